/* rehearse/rehearse.h: a plan run in simulation: what will happen, how sure that is, and what would help.
 *
 *   struct plan --+--> crowd_network (meso) --+--> replications by paired seeds --> struct rehearsal --> table, JSON, CSV, HTML
 *   settings -----+--> crowd_scene (micro) ---+                                          |
 *                                              another plan, the same people -------- difference with its interval
 *
 * It draws conclusions from a plan and from nothing else: no clock, no store, no socket. A plan with error findings is refused
 * with its list. All figures are those of figure_list.h; each is an estimate with a 95 % interval over the replications.
 * Assumptions that the plan does not state (bags, service spread, walking speed ...) are settings with their source shown.
 */
#ifndef CORDON_REHEARSE_REHEARSE_H
#define CORDON_REHEARSE_REHEARSE_H

#include "crowd/crowd.h"
#include "plan/plan.h"

#define REHEARSE_REPLICATIONS_MAX 10000
#define REHEARSE_CHANGES_MAX 256
#define REHEARSE_SUBJECTS_MAX 16384

enum rehearse_level { REHEARSE_MESO, REHEARSE_MICRO };
enum rehearse_phase { REHEARSE_INGRESS, REHEARSE_EGRESS, REHEARSE_EVACUATION };
enum rehearse_subject { REHEARSE_WHOLE, REHEARSE_AREA, REHEARSE_CHECKPOINT, REHEARSE_STAGE, REHEARSE_LINK, REHEARSE_SUBJECT_COUNT };
enum rehearse_better { REHEARSE_LOWER, REHEARSE_HIGHER, REHEARSE_NEITHER };
enum rehearse_figure {
#define X(NAME, word, subject, unit, better, en, zh) REHEARSE_FIGURE_##NAME,
#include "rehearse/figure_list.h"
#undef X
	REHEARSE_FIGURE_COUNT
};
struct rehearse_figure_row { const char *word; enum rehearse_subject subject; const char *unit; enum rehearse_better better;
	const char *en, *zh; };
const struct rehearse_figure_row *rehearse_figure_row(enum rehearse_figure f);
const char *rehearse_subject_word(enum rehearse_subject s); /* "whole" "area" "checkpoint" "stage" "link" */

/* ---- what is assumed beside the plan: a table with sources, shown with every result ---- */
struct rehearse_assumptions {
	double bag_share;            /* of the people who carry a bag */
	double step_free_share;
	double ticket_cv, search_cv; /* spread of service times */
	double second_share, second_mean_s; /* searched again; the lane's mean rate stays the plan's */
	double refused_share;        /* at the ticket check */
	double groups;               /* mean size of a group: 1 alone */
	double holding_ppl_m2;       /* up to which a holding area takes people in where the plan gives no capacity */
	double walk_ms;
	double premove_mean_s, premove_sd_s; /* evacuation: until people set off (lognormal) */
};
struct rehearse_assumptions rehearse_assumptions_default(void);
struct rehearse_assumption_row { const char *word, *unit, *en, *zh, *source_en, *source_zh; double value; };
/* As rows, for print. */
uint32_t rehearse_assumption_rows(const struct rehearse_assumptions *a, struct rehearse_assumption_row *out, uint32_t max);

/* One thing done by hand before the run. */
enum rehearse_change_kind {
	REHEARSE_CHANGE_LANES, /* so many of its lanes are open, new ones like the last where there are too few */
	REHEARSE_CHANGE_RATE,  /* every lane passes so many a minute */
	REHEARSE_CHANGE_BLOCK  /* nobody passes this checkpoint or link */
};
struct rehearse_change {
	enum rehearse_change_kind kind;
	const char *id;                      /* checkpoint or link */
	double value;
	double from_min, to_min;             /* minutes from the start of the session; both NAN: always */
};

struct rehearse_settings {
	enum rehearse_level level;
	enum rehearse_phase phase;
	uint32_t arrivals_ppl;               /* 0: the plan's expected_ppl */
	const struct plan_curve_point *curve; uint32_t curve_count; /* 0: the plan's */
	double arrivals_shift_min;           /* everybody so much later */
	uint64_t seed;
	uint32_t replications;               /* 0: 20 meso, 5 micro */
	uint32_t threads;                    /* 0: as many as cores */
	const struct rehearse_change *changes; uint32_t change_count;
	struct rehearse_assumptions assume;  /* all 0: the default */
	size_t memory_max;                   /* bytes; 0: three quarters of what the machine has free */
	void (*progress)(void *ctx, uint32_t done, uint32_t of); void *ctx; /* from the calling thread; may be NULL */
	const volatile int *stop;            /* non-zero: a clean stop that keeps the replications it has */
};
struct rehearse_settings rehearse_settings_default(void);
/* Reads a curve: lines "minutes,share" (a head line, comments with #, shares or counts: counts are divided by the last; blank
 * lines); minutes rise. At most 10,000 lines. `out` is of `arena`. Errors: REHEARSE_CURVE (with the line), MEMORY. */
err_t rehearse_read_curve(struct text csv, struct arena *arena, struct plan_curve_point **out, uint32_t *count,
                          struct problem *problem);

/* ---- results: plain data, owned by the rehearsal ---- */
struct rehearse_row {
	enum rehearse_figure figure;
	uint32_t subject;                    /* index in its kind's list */
	struct crowd_estimate estimate;
	double *runs;                        /* the value of each replication */
};
struct rehearse_named {
	const char *id;
	struct plan_name name;
	double x_m, y_m;                     /* centre in the plan's frame */
	double limit_ppl, area_m2;
};
/* What goes wrong, when, where, why: a sentence to be read aloud. */
struct rehearse_trouble { char text_en[320], text_zh[320]; const char *id; double at_s; int weight; };
/* A band over time: mean and the middle eight of ten runs, one value a minute. */
struct rehearse_band { const char *word; enum rehearse_subject kind; uint32_t subject; float *mean, *p10, *p90; };
struct rehearsal {
	struct rehearse_settings settings;   /* as run; of its pointers the changes are kept */
	struct plan_name plan_name;
	char plan_hash[65];                  /* hex, of the plan as read: names the version; not for secrets */
	at_ms at_start, at_doors;
	int offset_min;
	double from_s, until_s;              /* of the run, seconds from the start of the session */
	uint32_t runs;                       /* replications done: fewer than asked after a stop */
	bool stopped;
	struct rehearse_named *subjects[REHEARSE_SUBJECT_COUNT]; uint32_t subject_count[REHEARSE_SUBJECT_COUNT];
	struct rehearse_row *rows; uint32_t row_count;
	uint32_t minute_count;               /* of the bands */
	struct rehearse_band *bands; uint32_t band_count; /* "come" "in" "out" (WHOLE), "people" (AREA), "queue" "wait" "passed"
		(CHECKPOINT, STAGE) */
	/* Micro only: density maps, at the moment that was worst in the first run and its maximum over time; NULL values: none. */
	struct crowd_grid worst_map, maximum_map; double at_worst_map_s;
	struct rehearse_trouble *troubles; uint32_t trouble_count; /* the worst first */
	const char *model_en, *model_zh;     /* which model and calibration, and what it does not know */
	struct arena *arena;                 /* private */
};
/* Errors: REHEARSE_PLAN (the first finding), REHEARSE_SETTING, CROWD_GEOMETRY, CROWD_NETWORK, CROWD_TOO_LARGE, MEMORY;
 * CROWD_STOPPED only if not one replication was done. */
err_t rehearse_run(const struct plan *p, const struct rehearse_settings *s, struct rehearsal **out, struct problem *problem);
void rehearsal_free(struct rehearsal *r);
const struct rehearse_row *rehearsal_find(const struct rehearsal *r, enum rehearse_figure f, const char *subject_id /* NULL: whole */);

/* Two plans with the same people. Rows of subjects that both have (by id; stages by word). */
struct rehearse_difference {
	enum rehearse_figure figure;
	const char *subject_id; struct plan_name subject_name;
	struct crowd_estimate a, b, difference;
	bool sure;                           /* the interval of the difference does not hold 0 */
};
struct rehearse_sentence { char text_en[320], text_zh[320]; };
struct rehearse_comparison {
	const struct rehearsal *a, *b;       /* borrowed */
	struct rehearse_difference *rows; uint32_t row_count;
	struct rehearse_sentence *sentences; uint32_t sentence_count; /* the differences that matter, in words */
	struct arena *arena;                 /* private */
};
err_t rehearse_compare(const struct rehearsal *a, const struct rehearsal *b, struct rehearse_comparison **out);
void rehearse_comparison_free(struct rehearse_comparison *c);

/* ---- find the lanes ---- */
struct rehearse_lanes_wanted {
	uint32_t staff;                      /* that can man lanes at once; 0: not bounded */
	double wait_p95_s;                   /* must hold at every checkpoint and quarter hour; NAN: not asked */
	double staff_per_lane[PLAN_STAGE_COUNT]; /* all 0: one */
};
/* wait_p95_s: of the quarter hour's worst minute (within a minute people wait nearly alike), over the replications. */
struct rehearse_quarter { double from_min; uint32_t lanes; struct crowd_estimate wait_p95_s; };
/* lanes_there: the plan's, open or closed; lanes_max: how many have room on the line as it is drawn, 1.2 m each. More than
 * are there are proposed only where the wish cannot be met without: those must be built. */
struct rehearse_checkpoint_lanes { uint32_t subject; uint32_t lanes_there, lanes_max; struct rehearse_quarter *quarters; };
/* What one more lane would bring: seconds of the mean time from coming to being in, saved for each person. */
struct rehearse_one_more { uint32_t subject; double from_min, to_min; struct crowd_estimate saves_s; };
struct rehearse_lanes {
	struct rehearse_checkpoint_lanes *checkpoints; uint32_t checkpoint_count, quarter_count;
	double staff_max;
	bool reached;                        /* false: the wish cannot be met with this staff; this is the best found */
	struct rehearsal *before, *after;    /* owned */
	struct rehearse_one_more *next; uint32_t next_count; /* the best first */
	struct arena *arena;                 /* private */
};
err_t rehearse_find_lanes(const struct plan *p, const struct rehearse_settings *s, const struct rehearse_lanes_wanted *wanted,
                          struct rehearse_lanes **out, struct problem *problem);
void rehearse_lanes_free(struct rehearse_lanes *l);

/* ---- out: write/ ---- */
/* One JSON object: {"rehearsal":1,"plan":..,"plan_hash":..,"level":..,"phase":..,"seed":..,"runs":..,"model":..,"assumptions":[..],
 * "figures":[{"figure","subject_kind","subject","unit","mean","low","high","runs","missing"}],
 * "series":{..},"troubles":[..],"against":{..}}.
 * docs/REHEARSAL.md describes it. `c`, `l` may be NULL. */
void rehearsal_write_json(const struct rehearsal *r, const struct rehearse_comparison *c, const struct rehearse_lanes *l,
                          struct buf *out);
void rehearsal_write_csv(const struct rehearsal *r, const struct rehearse_comparison *c, struct buf *figures, struct buf *series);
void rehearsal_write_table(const struct rehearsal *r, const struct rehearse_comparison *c, const struct rehearse_lanes *l,
                           bool chinese, struct buf *out);
/* One page that stands alone: no script from elsewhere, no font, no address. `p`, `p_b`: for the outlines of the maps. */
void rehearsal_write_html(const struct rehearsal *r, const struct plan *p, const struct rehearse_comparison *c, const struct plan *p_b,
                          const struct rehearse_lanes *l, bool chinese, struct buf *out);

#endif
