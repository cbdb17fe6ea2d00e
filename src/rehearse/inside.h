/* rehearse/inside.h: what the files of rehearse/ share among themselves.
 *
 *   assume.c   assumptions, settings, their check      collect.c    runs -> rows, bands
 *   curve.c    arrival curves                          trouble.c    rows -> sentences of what goes wrong
 *   network.c  plan -> areas, ways, lanes              compare.c    two rehearsals -> differences
 *   demand.c   plan -> streams of people               lanes*.c     how many lanes, when
 *   run.c      replications on threads                 scene*.c     plan -> walkers' scene
 */
#ifndef CORDON_REHEARSE_INSIDE_H
#define CORDON_REHEARSE_INSIDE_H

#include "base/arena.h"
#include "plan/rules.h"
#include "rehearse/rehearse.h"

#define STREET_LEAST_PPL 20.0 /* fewer held up outside the holding areas are on their way */
#define BAND_RUNS_MAX 100 /* the bands' quantiles are those of the first so many runs: a hundred tell them,
	a thousand would cost 300 MB */

/* ---- assume.c ---- */
/* The settings with every default filled in. Errors: REHEARSE_SETTING, with the field. */
err_t settings_resolve(const struct plan *p, const struct rehearse_settings *given, struct rehearse_settings *out,
                       struct problem *problem);
void group_shares(double mean, double out[6]); /* of groups with 1 .. 6 people, geometric, with that mean size */

/* ---- demand.c: who comes, when, where to ---- */
struct curve_points { struct crowd_curve curve; double whole; double first_s, last_s; }; /* `whole`: the share that comes at all */
err_t share_out(uint32_t whole, const double *shares, uint32_t count, struct arena *arena, uint32_t *out); /* whole people */
/* From the plan or the settings, in seconds from the start of the session; NULL curve points: no memory. */
err_t demand_curve(const struct plan *p, const struct rehearse_settings *s, struct arena *arena, struct curve_points *out);

/* ---- network.c ---- */
struct built {
	struct arena *arena;              /* of everything here; freed by built_free */
	const struct plan *p;
	const struct rehearse_settings *s;
	struct crowd_network_plan net;    /* its times count from `from_s` */
	struct crowd_area *areas;
	struct crowd_link *links;
	struct crowd_checkpoint *checkpoints;
	struct crowd_lane *lanes;
	struct crowd_service *services;
	struct crowd_stream *streams;
	uint32_t lane_max, service_max, stream_max;
	uint32_t *place_of, *places;      /* [lane]: where it stands, from 0; [checkpoint]: how many stand beside each other */
	uint32_t *zone_of;                /* [area]: plan's zone; CROWD_NONE: the street before a zone */
	uint32_t *area_of;                /* [zone]; CROWD_NONE: plays no part */
	uint32_t *street_of;              /* [zone]: the area in which people appear who are let off there; CROWD_NONE: the zone itself */
	uint32_t *checkpoint_of, *link_of; /* [checkpoint], [link] of the network: the plan's; CROWD_NONE: made here */
	bool *is_goal;                    /* [zone] */
	double from_s, until_s;           /* seconds from the start of the session */
	struct curve_points curve;
};
/* Settings must be resolved. Errors: CROWD_TOO_LARGE, MEMORY, REHEARSE_SETTING. */
err_t network_build(const struct plan *p, const struct rehearse_settings *s, struct built **out, struct problem *problem);
void built_free(struct built *b);
err_t ways_prune(struct built *b); /* ways.c: ways that help nobody */
err_t demand_build(struct built *b, struct problem *problem); /* streams and goals; after the areas and ways */
bool zone_counts_density(const struct plan_zone *z);          /* where people move or queue: not seats, not the undrawn outside */
double lane_mean_s(double rate_ppl_min);
bool is_outside(const struct plan *p, uint32_t zone);

/* ---- lanes of a checkpoint by the clock (lane_times.c) ---- */
err_t lanes_build(struct built *b, uint32_t plan_checkpoint, uint32_t network_checkpoint);

/* ---- collect.c: values of single runs, kept by replication ---- */
struct collected;
/* What lanes are judged by: of each check (subjects with lanes first to last) and quarter hour, by replication. */
struct quarters {
	double from_s;                    /* seconds from the start of the session */
	uint32_t count;
	float *wait_s;                    /* [run][checkpoint subject][quarter]: the worst minute's mean; NAN: nobody was served */
	float *passed;                    /* alike: people */
};
err_t collected_new(const struct built *b, struct rehearsal *r, uint32_t runs, struct quarters *q, struct collected **out);
void collected_free(struct collected *c);
size_t collect_bytes(const struct built *b, uint32_t runs);
void collect_run(struct collected *c, uint32_t replication, const struct crowd_run *run); /* any thread, each replication once */
err_t collect_finish(struct collected *c, uint32_t runs_done);                       /* rows with estimates, bands */

/* ---- run.c ---- */
err_t rehearsal_new(const struct plan *p, const struct rehearse_settings *s, struct rehearsal **out);
char *rehearsal_string(struct rehearsal *r, const char *s);
struct plan_name rehearsal_name(struct rehearsal *r, struct plan_name n);
/* Of a plan that has no error and settings that are resolved. */
err_t rehearse_checked(const struct plan *p, const struct rehearse_settings *s, struct quarters *q /* NULL: not asked */,
                       struct rehearsal **out, struct problem *problem);
err_t plan_refuse(const struct plan *p, struct problem *problem); /* REHEARSE_PLAN: the first error of its check */
uint64_t replication_seed(uint64_t seed, uint32_t replication);
const struct rehearse_row *row_find(const struct rehearsal *r, enum rehearse_figure f, uint32_t subject);
size_t memory_may_take(uint32_t rehearsals); /* each of so many that may begin at the same moment */
err_t memory_check(const struct rehearse_settings *s, size_t needed, struct problem *problem);

/* ---- scene_run.c: the micro level ---- */
err_t rehearse_scene(const struct plan *p, const struct rehearse_settings *s, struct rehearsal *r, struct problem *problem);

/* ---- trouble.c ---- */
err_t troubles_find(const struct built *b, struct rehearsal *r);
void model_words(const struct rehearse_settings *s, struct rehearsal *r);

#endif
