/* plan/import.h: what the files of the map import share. Not public.
 *
 *   file -> GDAL -> import_tags: what is it? (layer of the base map, role in a plan, counts)
 *                -> struct import: items in the coordinates of the output
 *                      |--> import_write: the base map
 *                      '--> import_draft: the venue and a first plan to edit
 *
 * Geometry is held as OGR handles, owned by the items. Strings live in the arena. */
#ifndef CORDON_PLAN_IMPORT_H
#define CORDON_PLAN_IMPORT_H

#include <gdal.h>
#include <ogr_api.h>

#include "plan/plan.h"

#define IMPORT_FILE_BYTES_MAX ((int64_t)256 << 20)
#define IMPORT_ITEMS_MAX 200000u
#define IMPORT_VERTICES_MAX 2000000
#define IMPORT_READ_MAX 4000000u /* features looked at, kept or not */

enum base_layer { BASE_NONE, BASE_BUILDING, BASE_ROAD, BASE_FOOTWAY, BASE_STEPS, BASE_RAIL, BASE_WATER, BASE_GREEN,
	BASE_PITCH,
	BASE_BARRIER, BASE_PARKING, BASE_LABEL, BASE_COUNT };

enum import_role { ROLE_NONE, ROLE_VENUE, ROLE_SQUARE, ROLE_STAND, ROLE_PITCH, ROLE_ENTRANCE, ROLE_EXIT, ROLE_GATE,
	ROLE_BARRIER,
	ROLE_SOURCE, ROLE_ASSET, ROLE_CAMERA, ROLE_WAY };

struct import_item {
	OGRGeometryH shape;
	enum base_layer layer;
	enum import_role role;
	const char *word;              /* the form of a barrier, source, asset; of a way "walk" or "stair"; static */
	const char *name, *zh, *en;    /* NULL: not given */
	double width_m, height_m, capacity_ppl, heading_deg; /* 0 or less: not given */
};

struct import {
	struct arena *arena;
	struct import_item *items;
	uint32_t count, capacity;
	int64_t vertices;
	bool local;                    /* metres; else WGS 84 */
	bool osm, gcj02;
	double unit_m;                 /* of a local drawing */
	const char *base_name;         /* what the plan calls the base map; NULL: nothing */
	struct plan_import_counts *counts;
};

/* ---- import_tags.c ---- */

/* A feature's attributes, whatever file they come from. */
struct tags {
	OGRFeatureH feature;
	const char *layer_name;  /* of the drawing (DXF) or the file's layer */
	const char *other;       /* "other_tags" as hstore text, "" if none */
	char value[256];         /* of the last tag found in `other` */
};
struct tags tags_of(OGRFeatureH feature, const char *layer_name);
/* NULL: no such tag or empty. The text lives until the next call. */
const char *tags_get(struct tags *t, const char *key);
/* Fills layer, role, word and the numbers; counts it. `areal`: the shape is a polygon. */
void tags_classify(struct tags *t, bool areal, bool point, struct import_item *item, struct plan_import_counts *counts);
extern const char *const import_tag_keys[]; /* every key that is asked for, NULL-terminated */

/* ---- import_shape.c ---- */
/* All in metres of the frame, or of the drawing where `frame` is NULL. */
OGRGeometryH shape_to_local(OGRGeometryH shape, const struct geo_frame *frame);      /* a copy; NULL: no memory */
OGRGeometryH shape_polygons(OGRGeometryH shape, double least_m2);                    /* takes it; valid polygons only,
	or NULL */
OGRGeometryH shape_minus(OGRGeometryH from, OGRGeometryH cut,
	double gap_m);         /* takes `from`; NULL if nothing is left */
OGRGeometryH shape_line(const struct point_m *points, int count);
OGRGeometryH shape_point(struct point_m at);
struct point_m shape_nearest(OGRGeometryH polygon, struct point_m to);               /* on its outline */
bool shape_middle(OGRGeometryH shape, struct point_m *out);
double shape_distance(OGRGeometryH shape, struct point_m from);

/* ---- import_write.c ---- */
const char *base_layer_word(enum base_layer layer);
/* {"type":...,"coordinates":...}; `frame` NULL: coordinates as they are. False: nothing can be written of it. */
bool write_geometry(struct buf *out, OGRGeometryH shape, const struct geo_frame *frame, int decimals);
void write_name(struct buf *out, const char *name, const char *zh, const char *en);
void write_base(const struct import *in, OGRGeometryH near, struct buf *out);

/* ---- import_draft.c ---- */
/* Writes the plan; *out_near: the surroundings (output coordinates) of which the base map is kept, NULL for all. */
err_t draft_plan(const struct import *in, struct buf *out_plan, OGRGeometryH *out_near, struct problem *problem);

#endif
