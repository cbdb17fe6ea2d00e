/* plan/plan.h: the security plan of a session as data: read, check, measure.
 *
 * The file format is docs/PLAN.md. A `struct plan` is read once, never changed, and may be
 * read from many threads. All its memory is one arena that dies with plan_free. Geometry is
 * held in local metres of the plan's own frame and can be given back as lon/lat.
 *
 *   text --plan_read--> struct plan --plan_check--> findings
 *                            |----plan_measure--> areas, four capacities with rule and source
 *
 * Limits: 64 MiB of text, PLAN_FEATURES_MAX features, 1,000,000 vertices, names 200 bytes.
 */
#ifndef CORDON_PLAN_PLAN_H
#define CORDON_PLAN_PLAN_H

#include "base/names.h"
#include "base/when.h"
#include "geo/geo.h"

#define PLAN_FEATURES_MAX 20000
#define PLAN_ZONES_MAX 4096
#define PLAN_CHECKPOINTS_MAX 2048
#define PLAN_DEVICES_MAX 16384
#define PLAN_LANES_MAX 64 /* of one checkpoint */

/* A name in both languages; where only one is given both are the same. Never NULL. */
struct plan_name { const char *zh, *en; };

enum plan_kind { PLAN_ZONE, PLAN_CHECKPOINT, PLAN_LINK, PLAN_POST, PLAN_CAMERA, PLAN_BARRIER, PLAN_SOURCE, PLAN_ASSET,
	PLAN_ROUTE, PLAN_KIND_COUNT };
enum plan_use { PLAN_OUTSIDE, PLAN_APPROACH, PLAN_HOLDING, PLAN_CONCOURSE, PLAN_STAND, PLAN_PITCH, PLAN_STAGE_AREA,
	PLAN_OTHER };
enum plan_stage { PLAN_PRECHECK, PLAN_TICKET, PLAN_SECURITY, PLAN_EXIT, PLAN_TRANSFER, PLAN_STAGE_COUNT };
enum plan_rules { PLAN_GREEN_GUIDE, PLAN_OPEN_AIR, PLAN_CN_LOCAL, PLAN_NFPA, PLAN_RULES_COUNT };
const char *plan_kind_word(enum plan_kind k);   /* "zone" ... as in the file */
const char *plan_use_word(enum plan_use u);
const char *plan_stage_word(enum plan_stage s);
const char *plan_rules_word(enum plan_rules r);

/* What every feature has. */
struct plan_feature {
	const char *id;
	enum plan_kind kind;
	struct plan_name name;
	int level;
	int line;               /* in the file, 1-based */
	struct geo_shape shape; /* local metres; at least one part with one ring */
	const char *note;       /* "" if none */
	const char *form;       /* of a link, source, barrier, asset, route; "" for the other kinds */
	uint32_t of_kind;       /* index in the array of its kind (zones[...]); kinds without an array: 0 */
};

struct plan_zone {
	uint32_t feature;       /* index into features; UINT32_MAX for the undrawn `outside` */
	const char *id;
	struct plan_name name;
	enum plan_use use;
	bool counts_inside, dynamic;
	uint32_t seats;
	uint32_t capacity_ppl;  /* given or, if 0, by the rule set: see plan_measure */
	double area_m2, obstructed_m2, usable_m2;    /* usable = area - obstructed, at least 0 */
	double physical, safety;                     /* the Green Guide's (P) and (S), 0..1 */
};

struct plan_lane { const char *id; double rate_ppl_min; bool open; const char *kind; };

struct plan_device {
	const char *id;
	uint32_t checkpoint;
	const char *kind;
	double miss_in, miss_out, double_rate;
	int period_s;
	bool totals;
};

struct plan_checkpoint {
	uint32_t feature;
	const char *id;
	struct plan_name name;
	enum plan_stage stage;
	uint32_t from, to;      /* zones; `in` counts from -> to */
	struct plan_lane *lanes;
	uint32_t lane_count;
	uint32_t device_first, device_count; /* a run of plan.devices */
	double width_m;
	bool exit_use, steps;
};

struct plan_link { uint32_t feature; const char *id; uint32_t from, to; double width_m, length_m;
	const char *form, *direction; };
struct plan_source { uint32_t feature; const char *id; struct plan_name name; const char *form; double share;
	uint32_t to; uint32_t batch_ppl; int headway_s; };
struct plan_post { uint32_t feature; const char *id; struct plan_name name; uint32_t staff_ppl; const char *role;
	uint32_t zone; };      /* UINT32_MAX: none named */
struct plan_camera { uint32_t feature; const char *id; struct plan_name name; double heading_deg, field_of_view_deg;
	double range_m;
	const char **watches; uint32_t watch_count; };
struct plan_barrier { uint32_t feature; const char *id; double height_m; }; /* 0: not given */
struct plan_curve_point { double minutes_from_start, share; };

/* How a file with local coordinates lies in the frame: frame = turn(file - (x, y)). */
struct plan_axes { bool local; double x_m, y_m, cosine, sine; };

struct plan {
	struct plan_name name, venue, event;
	enum plan_rules rules;
	at_ms at_doors, at_start, at_interval, at_end; /* AT_NONE where not given */
	int offset_min;                                /* of the timetable's times: how the venue writes time */
	uint32_t expected_ppl, approved_ppl;
	double evacuation_min;                         /* 0: the rule set's default */
	const char *base, *attribution;                /* "" if none */
	int head_line;                                 /* of the member `cordon` in the file; 0: none */
	bool located;                                  /* false: local metres without a geo-reference */
	struct plan_curve_point *arrivals;
	uint32_t arrival_count;

	struct plan_feature *features; uint32_t feature_count;
	struct plan_zone *zones; uint32_t zone_count;   /* zones[0] is always `outside` */
	struct plan_checkpoint *checkpoints; uint32_t checkpoint_count;
	struct plan_device *devices; uint32_t device_count;
	struct plan_link *links; uint32_t link_count;
	struct plan_source *sources; uint32_t source_count;
	struct plan_post *posts; uint32_t post_count;
	struct plan_camera *cameras; uint32_t camera_count;
	struct plan_barrier *barriers; uint32_t barrier_count;
	const struct geo_frame *frame;                  /* plans that are not located: a frame at 0, 0 */

	struct arena *arena;                            /* of the plan; private, like the next three */
	struct geo_frame *own_frame;
	struct plan_axes file_axes;
	struct names *zone_ids, *checkpoint_ids;
};

/* ---- findings ---- */

enum plan_severity { PLAN_WARNING, PLAN_ERROR };
struct plan_finding {
	enum plan_severity severity;
	const char *code;      /* "zone.unreachable": static, listed in plan/findings_list.h */
	int line;
	char feature[96], field[96];
	char text_en[320], text_zh[320];   /* one sentence with the figures of the case */
	const char *fix_en, *fix_zh;       /* static */
};
/* At most PLAN_FINDINGS_MAX are kept, the rest counted; `errors` counts dropped ones too. Start with {0}. */
#define PLAN_FINDINGS_MAX 1000
struct plan_findings { struct plan_finding *items; uint32_t count, capacity, errors, dropped; };
void plan_findings_free(struct plan_findings *f);

/* Reads and resolves. Everything that can still be read is read: mistakes become findings (which the caller
 * frees), and *out is NULL only when nothing sensible is left. ERR_NONE means "a plan came out" even with
 * error findings; put a plan in force only if findings->errors == 0.
 * Errors: PLAN_SYNTAX, PLAN_VERSION, PLAN_TOO_LARGE, MEMORY (no plan; `problem` says why). */
err_t plan_read(struct text text, struct plan **out, struct plan_findings *findings, struct problem *problem);
err_t plan_read_file(const char *path, struct plan **out, struct plan_findings *findings, struct problem *problem);
void plan_free(struct plan *p);

/* Everything that can be wrong with a plan that could be read: crossing polygons, checkpoints between zones that do not
 * touch, zones nobody can reach, capacities over what the area allows, rates and widths that cannot be, timetables out
 * of order, shares that do not sum to 1, overlapping zones of one level, devices twice ... appended to `findings`. */
err_t plan_check(const struct plan *p, struct plan_findings *findings);

uint32_t plan_find_zone(const struct plan *p, struct text id);        /* UINT32_MAX: none */
uint32_t plan_find_checkpoint(const struct plan *p, struct text id);
struct lon_lat plan_locate(const struct plan *p, struct point_m at);  /* unlocated plans: as if at 0, 0 */
/* The same place as the file writes it ([x, y] or [lon, lat]), for messages. */
struct point_m plan_position_in_file(const struct plan *p, struct point_m at);
/* The plan as GeoJSON in WGS 84 for the browser: all features with their properties resolved (defaults filled,
 * area_m2, usable_m2, capacity_ppl, capacity_rule), the head in `cordon`, and `bounds` [w,s,e,n]. */
err_t plan_write_view(const struct plan *p, struct buf *out);
/* Share of the expected people who have come by `at` (0..1), linear between the curve's points. */
double plan_arrived_share(const struct plan *p, at_ms at);

/* ---- measures: the four capacities of the Green Guide and their like (src/plan/rules.c has the figures) ---- */

struct plan_capacity {
	double ppl;             /* NAN: this rule set has no figure for it, `how` says so; not counted for the lowest */
	const char *rule;       /* "green-guide" */
	const char *source_zh;  /* the same as source, in Chinese */
	const char *source;     /* "Green Guide, 6th ed. 2018; 4.7 /m2 x min(P, S)" */
	char how[240];          /* the figures: "6 lanes x 11.0 /min x 60 min" */
	char how_zh[240];
};
enum plan_capacity_kind { PLAN_HOLDING_CAPACITY, PLAN_ENTRY_CAPACITY, PLAN_EXIT_CAPACITY, PLAN_EVACUATION_CAPACITY,
	PLAN_CAPACITY_COUNT };
const char *plan_capacity_word(enum plan_capacity_kind k); /* "holding" "entry" "exit" "evacuation" */
struct plan_measures {
	enum plan_rules rules;
	struct plan_capacity whole[PLAN_CAPACITY_COUNT]; /* of the venue (all zones that count inside) */
	enum plan_capacity_kind lowest;
	double safe_ppl;                    /* the lowest that the rule set has a figure for; NAN: none */
	struct plan_capacity *zone_holding; /* [zone_count] */
	double area_m2, usable_m2;          /* zones that count inside, together */
	struct plan_capacity entry_by_stage[PLAN_STAGE_COUNT]; /* all open lanes of a stage in an hour; NAN: no lanes */
};
/* What each figure counts stands in docs/PLAN.md ("Measures"). `arena` owns zone_holding. Errors: MEMORY. */
err_t plan_measure(const struct plan *p, enum plan_rules rules, struct arena *arena, struct plan_measures *out);
/* {"rules":..,"holding":{"ppl":..,"rule":..,"source":..,"source_zh":..,"how":..,"how_zh":..},"entry":..,"exit":..,
 * "evacuation":..,"safe_ppl":..,"lowest":"entry","area_m2":..,"usable_m2":..,"entry_by_stage":{"ticket":..},"zones":[
 * {"id":..,"area_m2":..,"usable_m2":..,"seats":..,"holding":{..}}]}; a capacity without a figure has "ppl":null. */
err_t plan_measures_write(const struct plan *p, const struct plan_measures *m, struct buf *out);

/* ---- import (plan/import.c, GDAL) ---- */

/* Reads .osm, .osm.pbf, .geojson, .dxf, .gpkg and writes a first plan to edit (`out_plan`) and its base map
 * (`out_base`), both GeoJSON text. `coordinates`: NULL (take the file's), "gcj02" or "local". `base_name`: the file
 * name under which the plan looks for its base map (NULL: none). Progress 0..1 through `progress` (may be NULL); no
 * network, whatever the file says. Errors: FILE_OPEN, IMPORT_FORMAT, PLAN_TOO_LARGE, USAGE (coordinates), MEMORY. */
struct plan_import_counts { uint32_t buildings, footways, steps, barriers, entrances, gates, roads, others; };
err_t plan_import(const char *path, const char *coordinates, const char *base_name, void (*progress)(void *, double),
                  void *ctx, struct buf *out_plan, struct buf *out_base, struct plan_import_counts *counts,
                  struct problem *problem);

#endif
