/* crowd/network.h: many people through areas, links and checkpoints: the meso level. Part of crowd/crowd.h.
 *
 *   stream --> [ area ]==link==>[ area ]--checkpoint: lanes-->[ area ]--door-->[ area: goal ]
 *                 ^                 |  full: nobody is let in, the lane before it stands still (spillback)
 *                 +---- refused ----+
 *
 * Event-driven, every person apart, exact times (no step). Areas hold at most limit_ppl; links are FIFO with the speed of
 * the fundamental diagram at their present density (Weidmann 1993), what they take is bounded by their storage and
 * what they let out by their capacity (link transmission, Newell 1993; Yperman 2007). Checkpoints are multi-server
 * stations: one queue for each checkpoint, lanes that open and close, blocking after service. Whoever stands in an area
 * chooses the next checkpoint or link towards his goal by walking time + perceived wait (logit), and may change while he
 * waits if another becomes clearly better.
 * Walking inside an area takes the distance between the points given, at Weidmann's speed for the density as it begins (no denser than
 * 1.75 /m2, as on links: beyond it people do not walk slowly, they stand, and queues, storage and capacity say that). Nobody takes a
 * way that leads him no nearer more than twice. Full areas whose people wait for each other in a circle change places (swaps).
 * A waiting room (queue_ppl) holds those called next; they have left the area, and stay when the lanes close.
 * Measured: bench/run queue. Held to M/M/c, M/D/c, D/D/c and tandem blocking by tests/unit/test_crowd_network_exact.c.
 */
#ifndef CORDON_CROWD_NETWORK_H
#define CORDON_CROWD_NETWORK_H

#include "crowd/people.h"

#define CROWD_AREAS_MAX 4096
#define CROWD_LINKS_MAX 8192
#define CROWD_CHECKPOINTS_MAX 4096
#define CROWD_PEOPLE_MAX 2000000u

struct crowd_area {
	const char *id;
	double area_m2;      /* usable; 0: no extent (the world outside) */
	double limit_ppl;    /* so many at most are let in; INFINITY: no limit */
	bool inside;         /* being here counts as being in: the first time is the person's time of entry */
	bool street;         /* whoever must wait here stands in the street: spillback that everybody sees */
};
struct crowd_link {      /* one direction; a two-way walkway is two links that name each other */
	const char *id;
	uint32_t from, to;   /* areas */
	double length_m, width_m;
	double speed_factor; /* of the free speed on the level: 1; stairs about 0.5 */
	double flow_ppl_m_s; /* capacity; 0: that of the fundamental diagram */
	double x_m[2], y_m[2]; /* where it begins and ends, for walking distances inside areas; NAN: not known */
	uint32_t opposite;   /* CROWD_NONE: one-way */
	bool closed;
};
struct crowd_lane {
	uint32_t service;            /* index */
	uint32_t takes;              /* CROWD_BAG set: takes people with bags; CROWD_NEEDS_STEP_FREE set: those too */
	const double *changes_at_s;  /* when it opens and closes: rising; in turn, beginning with the opposite of `open` */
	uint32_t change_count;
	bool open;                   /* at the origin */
};
struct crowd_checkpoint {
	const char *id;
	uint32_t from, to;           /* areas */
	uint32_t lane_first, lane_count; /* none: a door, and width_m counts */
	double width_m, flow_ppl_m_s; /* a door lets width x flow through */
	double x_m, y_m;             /* where it stands; NAN: not known */
	double queue_ppl;            /* a waiting room of its own before it, 0: they wait in the area `from` */
	uint32_t refused_to;         /* area, which they cross and are gone; CROWD_NONE: they leave by the way they came */
	uint32_t stage;              /* the caller's number, for sums by stage; below 8 */
	bool closed;
};
struct crowd_stream {            /* those who come by one source, or are there at the beginning */
	const char *id;
	uint32_t to;                 /* the area in which they appear */
	double x_m, y_m;             /* where; NAN: not known */
	uint32_t ppl;
	struct crowd_curve curve;    /* when, not before the origin; count 0: all at the origin; whoever lies beyond its end never comes */
	uint32_t batch_ppl; double headway_s; /* trains every headway_s from the curve's first point on: each brings those who by the curve
	                                         have come since the last, batch_ppl at most, the rest with the next; 0: none */
	bool there_at_origin;        /* they stand in `to` from the origin on (egress); the curve says when they set off */
	const uint32_t *goals; const double *goal_shares; uint32_t goal_count; /* areas, sum 1 */
	struct crowd_crowd crowd;
};
struct crowd_network_plan {      /* all of it borrowed: copied by crowd_network_new */
	const struct crowd_area *areas; uint32_t area_count;
	const struct crowd_link *links; uint32_t link_count;
	const struct crowd_checkpoint *checkpoints; uint32_t checkpoint_count;
	const struct crowd_lane *lanes; uint32_t lane_count;
	const struct crowd_service *services; uint32_t service_count;
	const struct crowd_stream *streams; uint32_t stream_count;
	double walk_ms;              /* free speed; 0: crowd_body_default's */
	double choice_s;             /* scale of the logit: how far apart waits must be to be told apart; 0: 60 s */
	double until_s;              /* the run ends here at the latest */
	double sample_s;             /* series: a value every so many seconds from the origin; 0: 60 */
	uint32_t street_least_ppl;   /* from so many on people are held up in the street (at_first_street_s); 0: 1 */
	double start_s;              /* those inside by then are counted as in by the start; INFINITY: not asked */
};

struct crowd_network;            /* checked and made ready; read-only, shared by threads */
/* Errors: CROWD_NETWORK (`problem` names the feature: no way from a stream to a goal, a curve that falls, ...), CROWD_TOO_LARGE
 * (with the number of bytes), MEMORY. */
err_t crowd_network_new(const struct crowd_network_plan *plan, struct crowd_network **out, struct problem *problem);
void crowd_network_free(struct crowd_network *n);
size_t crowd_network_run_bytes(const struct crowd_network_plan *plan); /* what one run needs, before anything is made */

/* ---- one run ---- */
struct crowd_area_result {
	double people_max, at_people_max_s, density_max_ppl_m2;
	double at_first_full_s;      /* NAN: never; somebody had to wait outside it because it was full */
	double full_s;               /* how long somebody had to */
	double ppl_min_above[3];     /* person-minutes above 2, 3.5 and 4.7 /m2 */
	double level_s[6];           /* seconds in Fruin's levels A..F (queue figures) while anybody was there */
	struct crowd_waits stay;
};
struct crowd_checkpoint_result {
	uint32_t passed, refused;
	struct crowd_waits wait;     /* from joining the queue to the beginning of service */
	double queue_max_ppl, at_queue_max_s;
	double busy_share;           /* of the open lane time while anybody had still to come */
	double blocked_s;            /* lane seconds in which a served person could not go on */
	double at_first_blocked_s;   /* NAN: never */
	double at_last_s;            /* the last one through; NAN: nobody */
};
struct crowd_link_result { uint32_t passed; double density_max_ppl_m2, held_s, at_first_held_s, flow_max_ppl_s; };
struct crowd_stream_result { uint32_t come, in, gone, refused, still_there; struct crowd_waits to_in; };
struct crowd_run {               /* arrays owned by the run, sized by the network */
	struct crowd_area_result *areas;
	struct crowd_checkpoint_result *checkpoints;
	struct crowd_link_result *links;
	struct crowd_stream_result *streams;
	uint32_t refused_outside;    /* of the refused: before they were in */
	uint32_t come, in, reached, refused, still_there; /* come = reached + refused + still_there: people are conserved */
	uint32_t in_by_start;
	double at_last_in_s, at_last_reached_s; /* NAN: not everybody by until_s */
	struct crowd_waits to_in;    /* from coming to being in */
	double street_max_ppl, at_street_max_s, at_first_street_s, street_ppl_min; /* who waits in areas of the street */
	/* Series: sample_count rows. area_people[sample * area_count + area] ... */
	uint32_t sample_count; double sample_s;
	float *area_people, *queue_ppl /* by checkpoint */, *wait_s /* of those who began service since the last sample; NAN: nobody */;
	uint32_t *passed_total /* by checkpoint */, *come_total, *in_total, *reached_total /* by sample */;
	uint64_t events;
	uint32_t swaps;              /* people who changed places because they waited for each other in a circle */
	void *workspace;             /* private: kept so that the next run allocates nothing */
};
err_t crowd_run_new(const struct crowd_network *n, struct crowd_run **out); /* MEMORY */
void crowd_run_free(struct crowd_run *r);
/* Runs once. *stop (may be NULL) is looked at now and then: non-zero ends the run early with CROWD_STOPPED. Deterministic. */
err_t crowd_network_run(const struct crowd_network *n, uint64_t seed, const volatile int *stop, struct crowd_run *r);

#endif
