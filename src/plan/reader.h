/* plan/reader.h: what the files that read a plan share.
 *
 *   text -> scan (limits, lines) -> jansson -> head -> drafts (id, kind, raw shape)
 *        -> place (raw positions to local metres) -> features of each kind -> struct plan
 *
 * Every getter leaves its out-parameter alone when the field is absent, null or wrong, so the
 * caller sets defaults first; a wrong or missing field has become a finding by then. */
#ifndef CORDON_PLAN_READER_H
#define CORDON_PLAN_READER_H

#include <jansson.h>

#include "plan/findings.h"
#include "plan/schema.h"

#define PLAN_TEXT_BYTES_MAX ((size_t)64 << 20)
#define PLAN_VERTICES_MAX 1000000u
#define PLAN_FEATURE_VERTICES_MAX 10000u /* the checks between two outlines take time by the product of their corners */
#define PLAN_NAME_BYTES_MAX 200u
#define PLAN_TEXT_FIELD_BYTES_MAX 1000u
#define PLAN_ID_BYTES_MAX 64u
#define PLAN_REACH_M 50000.0      /* how far a feature may lie from the middle of the plan */
#define PLAN_SUGGESTIONS_MAX 100u
#define PLAN_CURVE_POINTS_MAX 200u

/* ---- scan.c ---- */

/* Before a parser that allocates sees the text: how deep, how much; and where each feature begins. */
struct scan {
	int *feature_lines; /* one for each element of "features"; owned */
	uint32_t feature_count;
	int head_line;      /* of the member "cordon"; 0: none */
};
err_t scan_text(struct text text, struct scan *out, struct problem *problem);
void scan_free(struct scan *s);

/* ---- reader.c ---- */

enum coordinates { COORDINATES_WGS84, COORDINATES_LOCAL, COORDINATES_GCJ02 };

struct draft { /* a feature between the passes */
	json_t *properties;
	uint32_t feature; /* in plan->features */
};

struct reader {
	struct plan *plan;
	struct plan_findings *findings;
	struct scan scan;
	struct draft *drafts;      /* [plan->feature_count] */
	struct names *ids;         /* of all features kept */
	int *id_lines;             /* [index in ids] */
	struct names *dropped;     /* ids of features that could not be kept: no second finding for who names them */
	enum coordinates coordinates;
	bool georeferenced;
	double reference_lon, reference_lat, reference_x_m, reference_y_m, rotation_deg;
	uint32_t vertex_count;
	uint32_t suggestions_left; /* a hostile file names a million wrong ids: only the first ones are compared with all */
	struct finding_place here; /* line and id of the feature being read; field unused */
	char here_id[96];
	err_t error;               /* the first that ends reading: MEMORY or PLAN_TOO_LARGE */
};

/* A JSON object under a path, read by the rows of the schema that belong to `of`. */
struct object {
	json_t *json;
	uint32_t of;
	const char *path; /* "properties", "properties.lanes[2]", "cordon" */
};

void reader_fail(struct reader *r, err_t error);
void *reader_alloc(struct reader *r, size_t count, size_t size); /* from the plan's arena; NULL: r->error is set */
void reader_find(struct reader *r, enum finding_code code, const char *path, const char *name, const char *a,
                 const char *b, const char *c);
bool reader_number(struct reader *r, const struct object *o, const char *name, double *out);
bool reader_count(struct reader *r, const struct object *o, const char *name, uint32_t *out);
bool reader_whole(struct reader *r, const struct object *o, const char *name, int *out); /* may be negative */
bool reader_bool(struct reader *r, const struct object *o, const char *name, bool *out);
bool reader_word(struct reader *r, const struct object *o, const char *name, const char **out_word, int *out_index);
bool reader_text(struct reader *r, const struct object *o, const char *name, const char **out);
bool reader_name(struct reader *r, const struct object *o, const char *name, struct plan_name *out);
bool reader_id(struct reader *r, const struct object *o, const char *name, const char **out);
bool reader_zone(struct reader *r, const struct object *o, const char *name, uint32_t *out);
bool reader_time(struct reader *r, const struct object *o, const char *name, at_ms *out, int *out_offset_min);
json_t *reader_list(struct reader *r, const struct object *o, const char *name);   /* NULL: absent or wrong */
json_t *reader_object(struct reader *r, const struct object *o, const char *name);
void reader_unknown(struct reader *r, const struct object *o, uint32_t of); /* a finding for each unknown name */
bool reader_id_good(const char *id);
const char *reader_nearest_id(struct reader *r, const struct names *ids, const char *id);
const char *reader_type_word(const json_t *value); /* "text", "a list" ... */

/* ---- the parts of plan_read ---- */
void read_head(struct reader *r, json_t *head);                                     /* read_head.c */
/* read_shape.c */
bool read_shape(struct reader *r, const json_t *geometry, enum plan_kind kind, struct geo_shape *out);
void read_place(struct reader *r);                                                  /* read_place.c */
void read_kinds(struct reader *r);                                                  /* read_kinds.c */
void read_checkpoints(struct reader *r);                                            /* read_checkpoints.c */

#endif
