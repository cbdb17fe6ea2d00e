/* plan/import.c: maps in, through GDAL. What is read is not trusted: the driver is chosen by the
 * file's ending among four, the path must be a plain file (so no /vsicurl and the like), no
 * network, no plugins, sizes bounded; GDAL's complaints become one problem. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/names.h"
#include "plan/import.h"

#define ARENA_BYTES_MAX ((size_t)256 << 20)
#define DRAWING_BYTES 65536u /* of a DXF read at once; its header lies within the first */

struct format { const char *ending, *driver; };
static const struct format formats[] = {
	{".osm", "OSM"}, {".osm.pbf", "OSM"}, {".pbf", "OSM"}, {".geojson", "GeoJSON"}, {".json", "GeoJSON"},
	{".dxf", "DXF"}, {".gpkg", "GPKG"},
};

static const struct format *format_of(const char *path)
{
	size_t size = strlen(path);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		size_t ending = strlen(formats[i].ending);
		if (size > ending && strcasecmp(path + size - ending, formats[i].ending) == 0)
			return &formats[i];
	}
	return NULL;
}

/* GDAL's settings, for this thread only. */
static void set_up_gdal(bool quiet)
{
	static const char *const settings[][2] = {
		{"GDAL_DRIVER_PATH", "disable"}, {"GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"}, {"PROJ_NETWORK", "OFF"},
		{"OSM_MAX_TMPFILE_SIZE", "200"}, {"OGR_GEOJSON_MAX_OBJ_SIZE", "64"},
	};
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		CPLSetThreadLocalConfigOption(settings[i][0], quiet ? settings[i][1] : NULL);
	if (quiet) {
		CPLPushErrorHandler(CPLQuietErrorHandler);
		CPLErrorReset();
		GDALAllRegister();
	} else {
		CPLPopErrorHandler();
	}
}

/* GDAL's last words on one line; they may quote the file. */
static void copy_words(char out[240])
{
	struct text words = text_of(CPLGetLastErrorMsg());
	size_t size = text_fit(words, 239);
	for (size_t i = 0; i < size; i++)
		out[i] = (unsigned char)words.at[i] < 0x20 ? ' ' : words.at[i];
	out[size] = '\0';
}

static err_t refuse(struct problem *problem, const char *what)
{
	char words[240];
	copy_words(words);
	return problem_set(problem, ERR_IMPORT_FORMAT, "file", "%s%s%s", what, words[0] == '\0' ? "" : ": ", words);
}

/* Every key that is asked for becomes a field; closed ways of these keys become polygons. */
static char *osm_settings(char name[64], const void *unique)
{
	static const char *const layers[] = {"points", "lines", "multipolygons", "multilinestrings", "other_relations"};
	struct buf b;
	buf_init(&b, 16384);
	buf_add_str(&b, "closed_ways_are_polygons=aeroway,amenity,boundary,building,craft,geological,historic,"
	            "landuse,leisure,military,natural,office,place,shop,sport,tourism,highway=platform,public_transport=platform\n"
	            "attribute_name_laundering=no\n");
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		buf_addf(&b, "[%s]\nosm_id=yes\nattributes=", layers[i]);
		for (size_t k = 0; import_tag_keys[k] != NULL; k++)
			buf_addf(&b, "%s%s", k > 0 ? "," : "", import_tag_keys[k]);
		buf_add_str(&b, "\nother_tags=no\n");
	}
	snprintf(name, 64, "/vsimem/cordon-%p.ini", unique);
	char *text = b.error == ERR_NONE ? CPLStrdup(b.at) : NULL; /* GDAL frees it */
	buf_free(&b);
	return text;
}

static GDALDatasetH open_file(const char *path, const struct format *format, const void *unique)
{
	const char *drivers[] = {format->driver, NULL};
	char **options = NULL, name[64] = "", setting[96];
	if (strcmp(format->driver, "OSM") == 0) {
		char *text = osm_settings(name, unique);
		if (text == NULL)
			return NULL;
		VSIFCloseL(VSIFileFromMemBuffer(name, (GByte *)text, strlen(text), TRUE));
		snprintf(setting, sizeof(setting), "CONFIG_FILE=%s", name);
		options = CSLAddString(options, setting);
	} else if (strcmp(format->driver, "GPKG") == 0) {
		options = CSLAddString(options, "IMMUTABLE=YES");
	}
	GDALDatasetH set = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers, (const char *const *)options, NULL);
	CSLDestroy(options);
	if (name[0] != '\0')
		VSIUnlink(name);
	return set;
}

/* ---- coordinates ---- */

struct reading {
	struct import *in;
	OGRSpatialReferenceH wgs84;
	OGRLayerH layer;                     /* the one that `change` is for */
	OGRCoordinateTransformationH change; /* NULL: none needed */
	bool degrees;                        /* the layer's positions are lon/lat, or become so */
	bool asked_local, decided;
	struct names *seen;                  /* "way/123": osmium exports a closed way as a line and as an area */
	uint32_t looked_at, unusable;
};

static void choose_layer(struct reading *r, OGRLayerH layer)
{
	if (layer == r->layer)
		return;
	if (r->change != NULL)
		OCTDestroyCoordinateTransformation(r->change);
	r->change = NULL;
	r->layer = layer;
	OGRSpatialReferenceH from = r->asked_local ? NULL : OGR_L_GetSpatialRef(layer);
	OGREnvelope box;
	if (from != NULL && (OSRIsGeographic(from) || OSRIsProjected(from))) {
		OGRSpatialReferenceH own = OSRClone(from);
		OSRSetAxisMappingStrategy(own, OAMS_TRADITIONAL_GIS_ORDER);
		if (!OSRIsSame(own, r->wgs84))
			r->change = OCTNewCoordinateTransformation(own, r->wgs84);
		OSRRelease(own);
		r->degrees = true;
	} else {
		/* No reference system: degrees if all fits on the globe and is not wide enough to be a site in metres. */
		r->degrees = !r->asked_local && OGR_L_GetExtent(layer, &box, TRUE) == OGRERR_NONE && fabs(box.MinX) <= 180 &&
		             fabs(box.MaxX) <= 180 && fabs(box.MinY) <= 85 && fabs(box.MaxY) <= 85 && box.MaxX - box.MinX < 2;
	}
}

/* All points to the output's coordinates; false: one of them cannot be a place. */
static bool settle_points(struct reading *r, OGRGeometryH shape)
{
	int parts = OGR_G_GetGeometryCount(shape), points = OGR_G_GetPointCount(shape);
	for (int i = 0; i < parts; i++)
		if (!settle_points(r, OGR_G_GetGeometryRef(shape, i)))
			return false;
	for (int i = 0; parts == 0 && i < points; i++) {
		double x = OGR_G_GetX(shape, i), y = OGR_G_GetY(shape, i), most = r->in->local ? 1e7 : 180;
		if (!isfinite(x) || !isfinite(y))
			return false;
		if (r->in->local) {
			x *= r->in->unit_m;
			y *= r->in->unit_m;
		} else if (r->in->gcj02) {
			struct lon_lat true_place = geo_wgs84_from_gcj02((struct lon_lat){x, y});
			x = true_place.lon_deg;
			y = true_place.lat_deg;
		}
		if (fabs(x) > most || fabs(y) > (r->in->local ? 1e7 : 85))
			return false;
		OGR_G_SetPoint_2D(shape, i, x, y);
	}
	r->in->vertices += parts == 0 ? points : 0;
	return true;
}

/* Of several parts that are one, the one. Takes `shape`. */
static OGRGeometryH single(OGRGeometryH shape)
{
	OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(shape));
	if ((type != wkbMultiPolygon && type != wkbMultiLineString && type != wkbMultiPoint) ||
		OGR_G_GetGeometryCount(shape) != 1)
		return shape;
	OGRGeometryH part = OGR_G_Clone(OGR_G_GetGeometryRef(shape, 0));
	OGR_G_DestroyGeometry(shape);
	return part;
}

static OGRGeometryH settle(struct reading *r, OGRGeometryH given)
{
	bool curved = OGR_G_HasCurveGeometry(given, TRUE);
	OGRGeometryH shape = curved ? OGR_G_GetLinearGeometry(given, 0, NULL) : OGR_G_Clone(given);
	if (shape == NULL)
		return NULL;
	OGR_G_FlattenTo2D(shape);
	if ((r->change != NULL && OGR_G_Transform(shape, r->change) != OGRERR_NONE) || OGR_G_IsEmpty(shape) ||
		!settle_points(r, shape)) {
		OGR_G_DestroyGeometry(shape);
		return NULL;
	}
	return single(shape);
}

/* ---- features ---- */

static const char *keep_tag(struct import *in, struct tags *t, const char *key)
{
	const char *text = tags_get(t, key);
	return text == NULL ? NULL : arena_string(in->arena, text_of(text));
}

static bool closed(OGRGeometryH shape)
{
	int points = OGR_G_GetPointCount(shape);
	return points > 3 && OGR_G_GetX(shape, 0) == OGR_G_GetX(shape, points - 1) &&
	       OGR_G_GetY(shape, 0) == OGR_G_GetY(shape, points - 1);
}

/* In drawings an area is mostly a closed line. Takes `shape`. */
static OGRGeometryH area_from_line(OGRGeometryH shape)
{
	if (wkbFlatten(OGR_G_GetGeometryType(shape)) != wkbLineString || !closed(shape))
		return shape;
	OGRGeometryH area = OGR_G_ForceToPolygon(shape);
	return area;
}

static bool wants_area(const struct import_item *item)
{
	return item->role == ROLE_STAND || item->role == ROLE_PITCH || item->role == ROLE_VENUE ||
		item->layer == BASE_BUILDING ||
	       item->layer == BASE_WATER || item->layer == BASE_GREEN || item->layer == BASE_PITCH ||
		item->layer == BASE_PARKING;
}

static err_t keep(struct import *in, const struct import_item *item)
{
	if (in->count >= IMPORT_ITEMS_MAX || in->vertices > IMPORT_VERTICES_MAX)
		return ERR_PLAN_TOO_LARGE;
	if (in->count == in->capacity) {
		uint32_t capacity = in->capacity == 0 ? 1024 : in->capacity * 2;
		struct import_item *items = realloc(in->items, capacity * sizeof(*items));
		if (items == NULL)
			return ERR_MEMORY;
		in->items = items;
		in->capacity = capacity;
	}
	in->items[in->count++] = *item;
	return ERR_NONE;
}

/* Notes who this is; true: the same object came before, in another form. */
static bool seen_before(struct reading *r, struct tags *t)
{
	char who[96];
	const char *id = tags_get(t, "@id"), *type = NULL;
	uint32_t index, before = names_count(r->seen);
	if (id == NULL || r->in->osm || (type = keep_tag(r->in, t, "@type")) == NULL)
		return false;
	snprintf(who, sizeof(who), "%.40s/%.40s", type, tags_get(t, "@id"));
	return names_add(r->seen, text_of(who), &index) == ERR_NONE && names_count(r->seen) == before;
}

static err_t take_feature(struct reading *r, OGRFeatureH feature, OGRLayerH layer)
{
	struct import *in = r->in;
	OGRGeometryH given = OGR_F_GetGeometryRef(feature);
	if (given == NULL)
		return ERR_NONE;
	choose_layer(r, layer);
	if (!r->decided)
		in->local = !r->degrees; /* the first layer says what the output is */
	r->decided = true;
	struct tags t = tags_of(feature, OGR_L_GetName(layer));
	struct import_item item = {0};
	struct plan_import_counts uncounted = {0};
	int dimension = OGR_G_GetDimension(given);
	tags_classify(&t, dimension == 2, dimension == 0, &item, seen_before(r, &t) ? &uncounted : in->counts);
	if ((item.layer == BASE_NONE && item.role == ROLE_NONE) || r->degrees == in->local) {
		r->unusable += r->degrees == in->local;
		return ERR_NONE;
	}
	item.shape = settle(r, given);
	if (item.shape == NULL) {
		r->unusable++;
		return ERR_NONE;
	}
	if (in->local && wants_area(&item))
		item.shape = area_from_line(item.shape);
	item.name = keep_tag(in, &t, "name");
	if (item.name == NULL)
		item.name = keep_tag(in, &t, "Text");
	item.zh = keep_tag(in, &t, "name:zh");
	item.en = keep_tag(in, &t, "name:en");
	err_t error = keep(in, &item);
	if (error != ERR_NONE)
		OGR_G_DestroyGeometry(item.shape);
	return error;
}

/* The other two layers of an OSM file hold relations (bus lines, sites) whose members are there already. */
static bool wanted_layer(const struct import *in, OGRLayerH layer)
{
	const char *name = OGR_L_GetName(layer);
	return !in->osm || (strcmp(name, "multilinestrings") != 0 && strcmp(name, "other_relations") != 0);
}

static err_t read_features(struct reading *r, GDALDatasetH set, void (*progress)(void *, double), void *ctx)
{
	err_t error = ERR_NONE;
	double share = 0;
	OGRLayerH layer = NULL;
	OGRFeatureH feature;
	GDALDatasetResetReading(set);
	while (error == ERR_NONE && (feature = GDALDatasetGetNextFeature(set, &layer, &share, NULL, NULL)) != NULL) {
		r->looked_at++;
		if (layer != NULL && wanted_layer(r->in, layer))
			error = take_feature(r, feature, layer);
		OGR_F_Destroy(feature);
		if (r->looked_at > IMPORT_READ_MAX)
			error = ERR_PLAN_TOO_LARGE;
		if (progress != NULL && r->looked_at % 256 == 0)
			progress(ctx, 0.9 * fmin(1, fmax(0, share)));
	}
	if (r->change != NULL)
		OCTDestroyCoordinateTransformation(r->change);
	r->change = NULL;
	return error;
}

/* $INSUNITS of a DXF header: metres a drawing unit; 0 if it does not say. */
static double drawing_unit(const char *path)
{
	static const double units_m[] = {0, 0.0254, 0.3048, 1609.344, 0.001, 0.01, 1, 1000};
	double unit_m = 0;
	char *text = malloc(DRAWING_BYTES + 1);
	FILE *file = fopen(path, "rb");
	if (text != NULL && file != NULL) {
		size_t size = fread(text, 1, DRAWING_BYTES, file);
		text[size] = '\0';
		const char *at = strstr(text, "$INSUNITS");
		long group = 0, value = 0;
		char *end = NULL;
		if (at != NULL) {
			group = strtol(at + strlen("$INSUNITS"), &end, 10);
			value = strtol(end, NULL, 10);
		}
		if (group == 70 && value > 0 && value < (long)(sizeof(units_m) / sizeof(units_m[0])))
			unit_m = units_m[value];
	}
	if (file != NULL)
		fclose(file);
	free(text);
	return unit_m;
}

/* No drawing as text has a NUL; GDAL waits for the end of a line behind it for ever. */
static err_t check_drawing(const char *path, struct problem *problem)
{
	bool is_text = true;
	char *text = malloc(DRAWING_BYTES);
	FILE *file = fopen(path, "rb");
	for (size_t size = 1; text != NULL && file != NULL && is_text && size > 0;) {
		size = fread(text, 1, DRAWING_BYTES, file);
		is_text = memchr(text, '\0', size) == NULL;
	}
	err_t error = text == NULL ? ERR_MEMORY : ERR_NONE;
	if (error == ERR_NONE && file == NULL)
		error = problem_set(problem, ERR_FILE_OPEN, "file", "%s is not a file that can be read", path);
	if (error == ERR_NONE && !is_text)
		error = problem_set(problem, ERR_IMPORT_FORMAT, "file", "It is no drawing as text: save it as an ASCII DXF");
	if (file != NULL)
		fclose(file);
	free(text);
	return error;
}

static void shrink(OGRGeometryH shape, double by)
{
	int parts = OGR_G_GetGeometryCount(shape), points = OGR_G_GetPointCount(shape);
	for (int i = 0; i < parts; i++)
		shrink(OGR_G_GetGeometryRef(shape, i), by);
	for (int i = 0; parts == 0 && i < points; i++)
		OGR_G_SetPoint_2D(shape, i, OGR_G_GetX(shape, i) * by, OGR_G_GetY(shape, i) * by);
}

/* A drawing that does not name its unit and is over 5 km wide: architects draw in millimetres. */
static void guess_unit(struct import *in)
{
	OGREnvelope box;
	double least = HUGE_VAL, most = -HUGE_VAL;
	for (uint32_t i = 0; i < in->count; i++) {
		OGR_G_GetEnvelope(in->items[i].shape, &box);
		least = fmin(least, box.MinX);
		most = fmax(most, box.MaxX);
	}
	for (uint32_t i = 0; i < in->count && most - least > 5000; i++)
		shrink(in->items[i].shape, 0.001);
}

static err_t check_path(const char *path, const struct format **out, struct problem *problem)
{
	struct stat s;
	if (stat(path, &s) != 0 || !S_ISREG(s.st_mode))
		return problem_set(problem, ERR_FILE_OPEN, "file", "%s is not a file that can be read", path);
	*out = format_of(path);
	if (*out == NULL)
		return problem_set(problem, ERR_IMPORT_FORMAT, "file",
		                   "%s ends in none of .osm, .osm.pbf, .geojson, .dxf, .gpkg", path);
	if (s.st_size > IMPORT_FILE_BYTES_MAX)
		return problem_set(problem, ERR_PLAN_TOO_LARGE, "file",
		                   "%s has %lld MiB; 256 are allowed: cut out the venue's surroundings",
		                   path, (long long)(s.st_size >> 20));
	return ERR_NONE;
}

static err_t too_large(const struct import *in, struct problem *problem)
{
	return problem_set(problem, ERR_PLAN_TOO_LARGE, "file",
	                   "%u things with %lld points, more than a plan takes (%u, %d): cut out the venue's surroundings",
	                   in->count, (long long)in->vertices, IMPORT_ITEMS_MAX, IMPORT_VERTICES_MAX);
}

static err_t read_file(struct import *in, const char *path, const struct format *format,
                       void (*progress)(void *, double), void *ctx, struct problem *problem)
{
	struct reading r = {.in = in, .asked_local = in->local || strcmp(format->driver, "DXF") == 0,
		.seen = names_new(in->osm ? 1 : IMPORT_ITEMS_MAX)};
	if (r.seen == NULL)
		return ERR_MEMORY;
	GDALDatasetH set = open_file(path, format, in);
	if (set == NULL) {
		names_free(r.seen);
		return refuse(problem, "The file cannot be read as its ending says");
	}
	r.wgs84 = OSRNewSpatialReference(NULL);
	OSRSetWellKnownGeogCS(r.wgs84, "WGS84");
	OSRSetAxisMappingStrategy(r.wgs84, OAMS_TRADITIONAL_GIS_ORDER);
	in->local = r.asked_local;
	CPLErrorReset();
	err_t error = read_features(&r, set, progress, ctx);
	if (error == ERR_PLAN_TOO_LARGE)
		error = too_large(in, problem);
	else if (error == ERR_NONE && CPLGetLastErrorType() >= CE_Failure)
		error = refuse(problem, "The file is damaged");
	else if (error == ERR_NONE && in->count == 0)
		error = problem_set(problem, ERR_IMPORT_FORMAT, "file",
		                    "Nothing in the file was recognised: %u features looked at, %u with "
		                    "coordinates that cannot be used (a drawing in metres needs --coordinates local)",
		                    r.looked_at, r.unusable);
	OSRRelease(r.wgs84);
	names_free(r.seen);
	GDALClose(set);
	return error;
}

static err_t write_both(struct import *in, struct buf *out_plan, struct buf *out_base, struct problem *problem)
{
	OGRGeometryH near = NULL;
	err_t error = draft_plan(in, out_plan, &near, problem);
	if (error == ERR_NONE)
		write_base(in, near, out_base);
	if (near != NULL)
		OGR_G_DestroyGeometry(near);
	if (error == ERR_NONE && (out_plan->error != ERR_NONE || out_base->error != ERR_NONE))
		error = out_plan->error == ERR_MEMORY || out_base->error == ERR_MEMORY ? ERR_MEMORY : too_large(in, problem);
	return error;
}

err_t plan_import(const char *path, const char *coordinates, const char *base_name,
                  void (*progress)(void *, double), void *ctx, struct buf *out_plan, struct buf *out_base,
                  struct plan_import_counts *counts, struct problem *problem)
{
	struct plan_import_counts found = {0};
	struct import in = {.counts = &found, .unit_m = 1};
	const struct format *format = NULL;
	err_t error = check_path(path, &format, problem);
	if (error == ERR_NONE && strcmp(format->driver, "DXF") == 0)
		error = check_drawing(path, problem);
	if (error != ERR_NONE)
		return error;
	if (coordinates != NULL && strcmp(coordinates, "gcj02") != 0 && strcmp(coordinates, "local") != 0)
		return problem_set(problem, ERR_USAGE, "coordinates", "\"%s\" is neither gcj02 nor local", coordinates);
	in.arena = arena_new(ARENA_BYTES_MAX);
	if (in.arena == NULL)
		return ERR_MEMORY;
	in.base_name = base_name;
	in.gcj02 = coordinates != NULL && strcmp(coordinates, "gcj02") == 0;
	in.local = coordinates != NULL && strcmp(coordinates, "local") == 0;
	in.osm = strcmp(format->driver, "OSM") == 0;
	if (strcmp(format->driver, "DXF") == 0 && drawing_unit(path) > 0)
		in.unit_m = drawing_unit(path);
	set_up_gdal(true);
	error = read_file(&in, path, format, progress, ctx, problem);
	if (strcmp(format->driver, "DXF") == 0 && drawing_unit(path) <= 0)
		guess_unit(&in);
	if (error == ERR_NONE)
		error = write_both(&in, out_plan, out_base, problem);
	if (error == ERR_NONE && counts != NULL)
		*counts = found;
	if (error == ERR_NONE && progress != NULL)
		progress(ctx, 1);
	for (uint32_t i = 0; i < in.count; i++)
		OGR_G_DestroyGeometry(in.items[i].shape);
	set_up_gdal(false);
	free(in.items);
	arena_free(in.arena);
	return error;
}
