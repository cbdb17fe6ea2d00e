/* plan/read_shape.c: GeoJSON geometry to shapes, still in the file's own coordinates. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/reader.h"

#define RAW_LOCAL_MAX_M 1e8 /* CAD in a national grid with its zone number in front */

/* What each kind may be drawn as. */
#define AS_POINT (1u << GEO_POINT)
#define AS_LINE (1u << GEO_LINE)
#define AS_POLYGON (1u << GEO_POLYGON)
static const struct { unsigned forms; const char *words; } drawn_as[PLAN_KIND_COUNT] = {
	[PLAN_ZONE] = {AS_POLYGON, "a Polygon or MultiPolygon"},
	[PLAN_CHECKPOINT] = {AS_POINT | AS_LINE, "a Point or LineString"},
	[PLAN_LINK] = {AS_LINE, "a LineString"},
	[PLAN_POST] = {AS_POINT, "a Point"},
	[PLAN_CAMERA] = {AS_POINT, "a Point"},
	[PLAN_BARRIER] = {AS_LINE | AS_POLYGON, "a LineString or Polygon"},
	[PLAN_SOURCE] = {AS_POINT, "a Point"},
	[PLAN_ASSET] = {AS_POINT | AS_LINE | AS_POLYGON, "a Point, LineString or Polygon"},
	[PLAN_ROUTE] = {AS_LINE, "a LineString"},
};

/* The GeoJSON types. A Multi type of one part is taken as its part: QGIS makes a whole layer Multi. */
static const struct geometry_type { const char *word; enum geo_form form; bool multi; } types[] = {
	{"Point", GEO_POINT, false}, {"LineString", GEO_LINE, false}, {"Polygon", GEO_POLYGON, false},
	{"MultiPoint", GEO_POINT, true}, {"MultiLineString", GEO_LINE, true}, {"MultiPolygon", GEO_POLYGON, true},
};

struct shaping {
	struct reader *r;
	const char *kind;
	uint32_t position; /* 1-based, over the whole feature */
	bool good;
};

static void bad(struct shaping *s, enum finding_code code, const char *a, const char *b, const char *c)
{
	reader_find(s->r, code, "geometry", "coordinates", a, b, c);
	s->good = false;
}

static bool read_position(struct shaping *s, const json_t *pair, struct point_m *out)
{
	const json_t *x = json_array_get(pair, 0), *y = json_array_get(pair, 1);
	s->position++;
	if (s->position > PLAN_FEATURE_VERTICES_MAX) {
		bad(s, FINDING_GEOMETRY_DETAIL, figure(PLAN_FEATURE_VERTICES_MAX, 0).at, NULL, NULL);
		return false;
	}
	if (++s->r->vertex_count > PLAN_VERTICES_MAX) {
		reader_fail(s->r, ERR_PLAN_TOO_LARGE);
		return s->good = false;
	}
	if (!json_is_number(x) || !json_is_number(y) || !isfinite(json_number_value(x)) || !isfinite(json_number_value(y))) {
		bad(s, FINDING_GEOMETRY_NUMBER, figure(s->position, 0).at, NULL, NULL);
		return false;
	}
	*out = (struct point_m){json_number_value(x), json_number_value(y)};
	bool local = s->r->coordinates == COORDINATES_LOCAL;
	double x_max = local ? RAW_LOCAL_MAX_M : 180.0, y_max = local ? RAW_LOCAL_MAX_M : 85.0;
	if (fabs(out->x_m) <= x_max && fabs(out->y_m) <= y_max)
		return true;
	bad(s, FINDING_GEOMETRY_RANGE, figure(s->position, 0).at, figures(out->x_m, ", ", out->y_m, 6).at,
		local ? "100,000 km" : "180 x 85 deg");
	return false;
}

static bool read_ring(struct shaping *s, const json_t *list, enum geo_form form, uint32_t number, struct geo_ring *out)
{
	size_t count = json_array_size(list), least = form == GEO_POLYGON ? 4 : 2;
	if (count < least) {
		bad(s, FINDING_GEOMETRY_SHORT, form == GEO_POLYGON ? "A ring" : "A line", figure((double)count, 0).at,
			figure((double)least, 0).at);
		return false;
	}
	/* One more than needed, to close an open ring. */
	out->points = reader_alloc(s->r, count + 1, sizeof(*out->points));
	if (out->points == NULL)
		return s->good = false;
	for (size_t i = 0; i < count; i++)
		if (!read_position(s, json_array_get(list, i), &out->points[i]))
			return false;
	struct point_m first = out->points[0], last = out->points[count - 1];
	if (form == GEO_POLYGON && (first.x_m != last.x_m || first.y_m != last.y_m)) {
		reader_find(s->r, FINDING_GEOMETRY_UNCLOSED, "geometry", "coordinates", figure(number, 0).at, NULL, NULL);
		out->points[count++] = first; /* so that the rest of the plan can still be checked with it */
	}
	out->count = (uint32_t)count;
	return true;
}

static bool read_part(struct shaping *s, const json_t *coordinates, enum geo_form form, struct geo_part *out)
{
	size_t count = form == GEO_POLYGON ? json_array_size(coordinates) : 1;
	if (count == 0) {
		bad(s, FINDING_GEOMETRY_SHORT, "A polygon", "0", "4");
		return false;
	}
	out->rings = reader_alloc(s->r, count, sizeof(*out->rings));
	if (out->rings == NULL)
		return s->good = false;
	out->ring_count = (uint32_t)count;
	if (form == GEO_POINT) {
		out->rings[0].points = reader_alloc(s->r, 1, sizeof(struct point_m));
		out->rings[0].count = 1;
		return out->rings[0].points != NULL && read_position(s, coordinates, &out->rings[0].points[0]);
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *ring = form == GEO_POLYGON ? json_array_get(coordinates, i) : coordinates;
		if (!read_ring(s, ring, form, (uint32_t)i + 1, &out->rings[i]))
			return false;
	}
	return true;
}

static const struct geometry_type *find_type(const char *word)
{
	for (size_t i = 0; word != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].word, word) == 0)
			return &types[i];
	return NULL;
}

bool read_shape(struct reader *r, const json_t *geometry, enum plan_kind kind, struct geo_shape *out)
{
	struct shaping s = {.r = r, .kind = plan_kind_words[kind], .good = true};
	if (!json_is_object(geometry)) {
		reader_find(r, FINDING_GEOMETRY_MISSING, NULL, "geometry", NULL, NULL, NULL);
		return false;
	}
	const char *word = json_string_value(json_object_get(geometry, "type"));
	const struct geometry_type *type = find_type(word);
	const json_t *coordinates = json_object_get(geometry, "coordinates");
	size_t part_count = type != NULL && type->multi ? json_array_size(coordinates) : 1;
	bool several = part_count > 1 && type->form != GEO_POLYGON;
	if (type == NULL || (drawn_as[kind].forms & 1u << type->form) == 0 || several) {
		reader_find(r, FINDING_GEOMETRY_TYPE, "geometry", "type", s.kind, drawn_as[kind].words,
			word == NULL ? "given" : several ? "several parts" : word);
		return false;
	}
	if (!json_is_array(coordinates) || part_count == 0) {
		reader_find(r, FINDING_GEOMETRY_MISSING, "geometry", "coordinates", NULL, NULL, NULL);
		return false;
	}
	out->form = type->form;
	out->part_count = (uint32_t)part_count;
	out->parts = reader_alloc(r, part_count, sizeof(*out->parts));
	for (size_t i = 0; out->parts != NULL && s.good && i < part_count; i++)
		read_part(&s, type->multi ? json_array_get(coordinates, i) : coordinates, type->form, &out->parts[i]);
	return s.good && out->parts != NULL;
}
