/* geo/topology.c: what needs GEOS: validity, distance, overlap, a point inside.
 * GEOS throws on what it cannot build; its C API turns that into NULL, and NULL into the
 * answers that geo.h promises. The context is made and freed in each call (about 1 us), so
 * nothing is shared between threads. */
#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "geo/shape.h"

static void quiet(const char *format, ...)
{
	(void)format; /* what GEOS has to say is asked for where it matters */
}

static GEOSContextHandle_t context_new(void)
{
	GEOSContextHandle_t geos = GEOS_init_r();
	if (geos != NULL) {
		GEOSContext_setNoticeHandler_r(geos, quiet);
		GEOSContext_setErrorHandler_r(geos, quiet);
	}
	return geos;
}

static GEOSCoordSequence *sequence_of(GEOSContextHandle_t geos, const struct geo_ring *ring)
{
	GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos, ring->count, 2);
	for (uint32_t i = 0; sequence != NULL && i < ring->count; i++)
		GEOSCoordSeq_setXY_r(geos, sequence, i, ring->points[i].x_m, ring->points[i].y_m);
	return sequence;
}

static GEOSGeometry *polygon_of(GEOSContextHandle_t geos, const struct geo_part *part)
{
	GEOSGeometry *rings[64], **holes = rings, *shell = NULL, *polygon = NULL;
	uint32_t made = 0, wanted = part->ring_count > 0 ? part->ring_count - 1 : 0;
	if (part->ring_count == 0)
		return NULL;
	if (wanted > 64 && (holes = calloc(wanted, sizeof(*holes))) == NULL)
		return NULL;
	/* The sequence belongs to the ring from here on, whether or not the ring can be made. */
	shell = GEOSGeom_createLinearRing_r(geos, sequence_of(geos, &part->rings[0]));
	while (shell != NULL && made < wanted) {
		holes[made] = GEOSGeom_createLinearRing_r(geos, sequence_of(geos, &part->rings[made + 1]));
		if (holes[made] == NULL)
			break;
		made++;
	}
	if (shell != NULL && made == wanted) {
		polygon = GEOSGeom_createPolygon_r(geos, shell, holes, made);
	} else {
		if (shell != NULL)
			GEOSGeom_destroy_r(geos, shell);
		for (uint32_t i = 0; i < made; i++)
			GEOSGeom_destroy_r(geos, holes[i]);
	}
	if (holes != rings)
		free(holes);
	return polygon;
}

static GEOSGeometry *part_of(GEOSContextHandle_t geos, const struct geo_shape *s, uint32_t index)
{
	const struct geo_part *part = &s->parts[index];
	if (part->ring_count == 0 || part->rings[0].count == 0)
		return NULL;
	if (s->form == GEO_POINT)
		return GEOSGeom_createPointFromXY_r(geos, part->rings[0].points[0].x_m, part->rings[0].points[0].y_m);
	if (s->form == GEO_LINE)
		return GEOSGeom_createLineString_r(geos, sequence_of(geos, &part->rings[0]));
	return polygon_of(geos, part);
}

/* NULL: GEOS cannot build it. */
static GEOSGeometry *geometry_of(GEOSContextHandle_t geos, const struct geo_shape *s)
{
	if (s->part_count == 0)
		return NULL;
	if (s->part_count == 1)
		return part_of(geos, s, 0);
	GEOSGeometry **parts = calloc(s->part_count, sizeof(*parts)), *all = NULL;
	if (parts == NULL)
		return NULL;
	uint32_t made = 0;
	while (made < s->part_count && (parts[made] = part_of(geos, s, made)) != NULL)
		made++;
	if (made == s->part_count) {
		int type = s->form == GEO_POLYGON ? GEOS_MULTIPOLYGON : s->form == GEO_LINE ? GEOS_MULTILINESTRING : GEOS_MULTIPOINT;
		all = GEOSGeom_createCollection_r(geos, type, parts, made);
	} else {
		for (uint32_t i = 0; i < made; i++)
			GEOSGeom_destroy_r(geos, parts[i]);
	}
	free(parts);
	return all;
}

bool geo_valid(const struct geo_shape *s, struct point_m *out_where, char out_why[80])
{
	struct point_m where = {0, 0};
	char *why = NULL;
	GEOSGeometry *place = NULL, *geometry = NULL;
	bool valid = false;
	GEOSContextHandle_t geos = context_new();
	if (geos == NULL)
		goto out;
	geometry = geometry_of(geos, s);
	if (geometry == NULL)
		goto out;
	valid = GEOSisValidDetail_r(geos, geometry, 0, &why, &place) == 1;
	if (!valid && place != NULL) {
		GEOSGeomGetX_r(geos, place, &where.x_m);
		GEOSGeomGetY_r(geos, place, &where.y_m);
	}
out:
	if (!valid && out_where != NULL)
		*out_where = where;
	if (!valid && out_why != NULL)
		snprintf(out_why, 80, "%s", why != NULL ? why : "Not closed, or too few points");
	if (geos != NULL) {
		if (why != NULL)
			GEOSFree_r(geos, why);
		if (place != NULL)
			GEOSGeom_destroy_r(geos, place);
		if (geometry != NULL)
			GEOSGeom_destroy_r(geos, geometry);
		GEOS_finish_r(geos);
	}
	return valid;
}

/* Two geometries for one question. They are not mended first: making a hostile polygon valid can take n^2 memory. */
struct pair {
	GEOSContextHandle_t geos;
	GEOSGeometry *a, *b;
};

static bool pair_make(struct pair *p, const struct geo_shape *a, const struct geo_shape *b)
{
	*p = (struct pair){context_new(), NULL, NULL};
	if (p->geos == NULL)
		return false;
	p->a = geometry_of(p->geos, a);
	p->b = geometry_of(p->geos, b);
	return p->a != NULL && p->b != NULL;
}

static void pair_drop(struct pair *p)
{
	if (p->geos == NULL)
		return;
	if (p->a != NULL)
		GEOSGeom_destroy_r(p->geos, p->a);
	if (p->b != NULL)
		GEOSGeom_destroy_r(p->geos, p->b);
	GEOS_finish_r(p->geos);
}

/* A part of `inner` begins inside `outer`: then their edges may be far apart and the distance still 0. */
static bool begins_inside(const struct geo_shape *outer, const struct geo_shape *inner)
{
	for (uint32_t i = 0; i < inner->part_count; i++)
		if (inner->parts[i].ring_count > 0 && inner->parts[i].rings[0].count > 0 &&
		    geo_contains(outer, inner->parts[i].rings[0].points[0]))
			return true;
	return false;
}

/* The indexed distance is between edges only, but takes n log n where the plain one takes n^2. */
double geo_distance_m(const struct geo_shape *a, const struct geo_shape *b)
{
	struct pair p;
	double distance = INFINITY;
	if (begins_inside(a, b) || begins_inside(b, a))
		return 0;
	if (pair_make(&p, a, b) && GEOSDistanceIndexed_r(p.geos, p.a, p.b, &distance) != 1)
		distance = INFINITY;
	pair_drop(&p);
	return distance;
}

double geo_overlap_m2(const struct geo_shape *a, const struct geo_shape *b)
{
	struct pair p;
	double area = 0;
	if (a->form != GEO_POLYGON || b->form != GEO_POLYGON || geo_boxes_apart(geo_bounds(a), geo_bounds(b), 0))
		return 0;
	if (pair_make(&p, a, b)) {
		GEOSGeometry *common = GEOSIntersection_r(p.geos, p.a, p.b);
		if (common != NULL) {
			if (GEOSArea_r(p.geos, common, &area) != 1)
				area = 0;
			GEOSGeom_destroy_r(p.geos, common);
		}
	}
	pair_drop(&p);
	return area;
}

static bool point_inside(const struct geo_shape *polygon, struct point_m *out)
{
	bool found = false;
	GEOSContextHandle_t geos = context_new();
	if (geos == NULL)
		return false;
	GEOSGeometry *geometry = geometry_of(geos, polygon);
	GEOSGeometry *point = geometry != NULL ? GEOSPointOnSurface_r(geos, geometry) : NULL;
	if (point != NULL) {
		struct point_m at;
		found = GEOSGeomGetX_r(geos, point, &at.x_m) == 1 && GEOSGeomGetY_r(geos, point, &at.y_m) == 1;
		if (found)
			*out = at;
		GEOSGeom_destroy_r(geos, point);
	}
	if (geometry != NULL)
		GEOSGeom_destroy_r(geos, geometry);
	GEOS_finish_r(geos);
	return found;
}

struct point_m geo_centre(const struct geo_shape *s)
{
	if (s->part_count == 0 || s->parts[0].ring_count == 0 || s->parts[0].rings[0].count == 0)
		return (struct point_m){0, 0};
	const struct geo_ring *first = &s->parts[0].rings[0];
	struct point_m at = first->points[0];
	if (s->form == GEO_LINE)
		return geo_half_way(first);
	if (s->form == GEO_POLYGON && !(geo_centroid(s, &at) && geo_contains(s, at)) && !point_inside(s, &at))
		return first->points[0];
	return at;
}
