/* crowd/flow/inside.h: a network as it is kept, a run as it goes. Inside crowd/flow.
 *
 *   check.c    is the plan one that people can move through?        arrive.c   who comes when, by the curve and the trains
 *   network.c  the plan copied; ways = checkpoints, then links      run.c      memory of a run, the loop over events
 *   ways.c     what remains to the goal after each way              area.c     in, out, who waits to be let in
 *                                                                   choose.c   which way next; changing while waiting
 *                                                                   station.c  queues, lanes, service, blocking
 *                                                                   link.c     walkways: storage, flow in, flow out
 *                                                                   jam.c      circles of people who wait for each other
 *                                                                   tally.c    what is counted, and the results of it
 */
#ifndef CORDON_CROWD_FLOW_INSIDE_H
#define CORDON_CROWD_FLOW_INSIDE_H

#include <math.h>

#include "crowd/flow/chance.h"
#include "crowd/flow/events.h"
#include "crowd/network.h"

#define JAM_PPL_M2 5.4          /* Weidmann 1993: nobody moves */
#define BRANCH_PPL_M2 1.75      /* where Weidmann's flow is greatest: up to here density slows people, beyond it jams do */
#define CAPACITY_PPL_M_S 1.225  /* that greatest flow */
#define BACK_WAVE_MS (CAPACITY_PPL_M_S / (JAM_PPL_M2 - BRANCH_PPL_M2)) /* how fast room freed at the end is felt at the beginning */
#define STAGES 8
#define SLOW_STEPS 512
#define COMBOS 4                /* of traits: none, bag, step-free, both */
#define DETOURS_MAX 2           /* so often a person takes a way that leads him no nearer */

/* fmin and fmax are calls, because of NAN; none comes here. */
static inline double lesser(double a, double b) { return a < b ? a : b; }
static inline double greater(double a, double b) { return a > b ? a : b; }

/* ---- the network, read-only ---- */
struct way {                    /* a checkpoint or a link */
	uint32_t from, to;
	uint64_t name;              /* hash of its id: the same in another plan */
	float x_m[2], y_m[2];       /* where it begins and ends; NAN: not known */
	float weight_s;             /* free time through it, with the mean service */
	float capacity_ppl_s;       /* links and doors: what they let through */
	uint8_t takes;              /* bit c: takes people of combination c, at some time */
};
struct span { uint32_t first, count; };
struct goal { uint32_t area; };
struct stream {
	struct crowd_stream s;      /* curve, goals: of this network's memory */
	uint64_t name;
	uint32_t first_who;         /* people of this stream are first_who ... */
	uint32_t goal_first;        /* in goal_of_stream */
};
struct crowd_network {
	struct crowd_area *areas; uint32_t area_count;
	struct crowd_link *links; uint32_t link_count;
	struct crowd_checkpoint *checkpoints; uint32_t checkpoint_count;
	struct crowd_lane *lanes; uint32_t lane_count;       /* with one for each door at the end */
	struct crowd_service_ready *services; uint32_t service_count;
	struct stream *streams; uint32_t stream_count;
	uint32_t *goal_of_stream;   /* indices of goals, one list a stream */
	struct way *ways; uint32_t way_count;                /* checkpoints first */
	struct span *out; uint32_t *out_ways;                /* of each area, in the order of their names */
	uint32_t *lane_station;     /* the checkpoint of each lane */
	struct span *station_lanes;
	uint32_t *circle;           /* strongly connected part of each area: only in one can people wait in a circle */
	uint32_t *goals; uint32_t goal_count;
	float *rest_s;              /* [(goal * COMBOS + combo) * way_count + way]; INFINITY: leads nowhere */
	double *storage_ppl;        /* of each link */
	uint32_t *ring_first, ring_size;
	uint32_t people, combos;    /* bit c: such people may come */
	double walk_ms, choice_s, until_s, sample_s, start_s, bag_share;
	uint32_t street_least_ppl;
	uint32_t sample_count;
	float slow[SLOW_STEPS + 2]; /* how many times longer than freely a walk takes, by density, up to BRANCH_PPL_M2 */
	void *blocks[48]; uint32_t block_count;
};
static inline float way_rest_s(const struct crowd_network *n, uint32_t goal, uint32_t combo, uint32_t way)
{
	return n->rest_s[((size_t)goal * COMBOS + combo) * n->way_count + way];
}
/* Linear between the steps: within 0.0001 of the formula. */
static inline double network_slowness(const struct crowd_network *n, double ppl_m2)
{
	double at = lesser(ppl_m2, BRANCH_PPL_M2) * (SLOW_STEPS / BRANCH_PPL_M2);
	uint32_t step = (uint32_t)at;
	return (double)n->slow[step] + (at - step) * (double)(n->slow[step + 1] - n->slow[step]);
}
/* Steps of crowd_network_new. */
err_t network_check(const struct crowd_network_plan *p, struct problem *problem);
err_t network_find_ways(struct crowd_network *n, struct problem *problem);
err_t network_check_ways(const struct crowd_network *n, struct problem *problem);
void *network_block(struct crowd_network *n, size_t count, size_t size); /* zeroed, freed with the network; NULL: no memory */
uint64_t network_name(const char *id);

/* ---- a run ---- */
enum { PERSON_BAG = 1, PERSON_IN = 2, PERSON_GROUP = 4, PERSON_ROOM = 8, PERSON_WAITS = 16, PERSON_REFUSED = 32, PERSON_STREET = 64 };
struct person {                 /* one cache line */
	double at_come_s, at_entered_s, at_waits_s;
	uint32_t next, prev;        /* in the one list where he is */
	uint32_t way;               /* that he has chosen */
	uint32_t by;                /* the way by which he came into the area; CROWD_NONE: his stream */
	uint32_t leader;            /* of his group; himself if he is alone */
	uint32_t who;               /* his number in the stream: what chance is asked by */
	uint32_t visits;            /* four bits a stage: how often he was looked at there */
	uint16_t stream, goal;
	uint8_t flags, combo, choices, detours;
};
struct list { uint32_t head, tail, count; };
/* How often each wait was: 64 steps an octave from 1/16 s to 2^18 s, so a quantile is right within 0.8 %. */
#define WAIT_OCTAVES 22
#define WAIT_STEPS 64
#define WAIT_CELLS (2 + WAIT_OCTAVES * WAIT_STEPS)
struct wait_tally { double sum_s, max_s; uint32_t count, *cells; };

struct area {
	double people, limit, per_m2; /* per_m2: 1 / its size, 0 of none */
	double lower, upper;        /* as long as people lie in [lower, upper), level and above hold */
	double at_s;                /* until when times at a density are summed */
	uint32_t level, above;
	struct list idle;           /* people who know no open way */
	uint32_t wait_head, wait_tail; /* hands (lanes, links, streams) whose first person wants in */
	bool pending, jockeying, waking;
	double at_wait_s;           /* since when somebody waits */
	struct wait_tally stay;
};
enum lane_state { LANE_SHUT, LANE_IDLE, LANE_BUSY, LANE_BLOCKED };
struct lane {
	double at_began_s, at_blocked_s, at_opened_s, at_free_s; /* at_free_s: of a door, when the next may pass */
	uint32_t station, person, next_idle, changes_done;
	uint32_t party;             /* the group that it serves */
	struct list members;        /* of it, who stand by */
	uint8_t state, takes;       /* takes: bit c */
	bool open;
};
struct station {
	struct list queue[COMBOS];
	struct list outside;        /* who finds no room in the waiting room */
	uint32_t ahead[COMBOS];     /* bound for it or in its queue */
	float rate[COMBOS];         /* people a second of the open lanes that take this combination */
	uint32_t open[COMBOS];      /* those lanes */
	uint32_t idle, idle_count, open_lanes, blocked_lanes;
	uint32_t waiting;           /* in the queue */
	bool mixed;                 /* its lanes differ in what they take */
	double room, room_used;
	struct wait_tally wait;
	double sample_wait_s; uint32_t sample_began;
	double busy_s, open_s;
};
struct link_run {
	struct list inside, entry;
	double at_last_ready_s, at_next_in_s, at_next_out_s, per_m2;
	uint32_t in_count, out_count, bound;
	uint32_t sample_out;
	bool in_planned, held;
	double at_held_s;
};
struct stream_run {
	uint32_t next;              /* of order[]: who comes next */
	uint32_t trains;            /* that have come */
	struct list backlog;        /* in the street before a full area */
	struct wait_tally to_in;
};
struct run {
	const struct crowd_network *n;
	struct crowd_run *r;
	uint64_t seed;
	double now_s, at_all_come_s;
	struct events events;
	struct person *people;
	double *due_s;              /* by their number: when they come, as a share of all */
	uint32_t *order, *sort_cells;
	struct area *areas;
	struct lane *lanes;
	struct station *stations;
	struct link_run *links;
	struct stream_run *streams;
	double *rings;              /* times at which people left each link */
	uint32_t *hand_next;        /* lanes, links, streams: the next that waits for the same area */
	bool *hand_waits;
	uint32_t *pending, pending_count; /* areas with room and somebody who waits */
	uint32_t *jam_by, *jam_seen, *jam_stack, *jam_noted; /* jam.c: by node: areas, then links */
	uint32_t jam_round, jam_count;
	bool *jam_is_noted;
	uint32_t *leader_way;       /* what the leader of a group chose last */
	struct wait_tally to_in;
	uint32_t street, next_sample, refused_outside, passing;
	double at_street_s;
};
static inline uint64_t person_who(const struct run *u, const struct person *p)
{
	return u->n->streams[p->stream].name + p->who;
}
static inline uint32_t hand_of_lane(uint32_t lane) { return lane; }
static inline uint32_t hand_of_link(const struct run *u, uint32_t link) { return u->n->lane_count + link; }
static inline uint32_t hand_of_stream(const struct run *u, uint32_t stream)
{
	return u->n->lane_count + u->n->link_count + stream;
}

/* lists of people */
static inline void list_push(struct run *u, struct list *l, uint32_t person)
{
	struct person *p = &u->people[person];
	p->next = CROWD_NONE;
	p->prev = l->tail;
	if (l->count++ == 0)
		l->head = person;
	else
		u->people[l->tail].next = person;
	l->tail = person;
}
static inline uint32_t list_pop(struct run *u, struct list *l)
{
	uint32_t person = l->head;
	l->head = u->people[person].next;
	if (--l->count > 0)
		u->people[l->head].prev = CROWD_NONE;
	else
		l->head = l->tail = CROWD_NONE;
	return person;
}
static inline uint32_t list_pop_last(struct run *u, struct list *l)
{
	uint32_t person = l->tail;
	l->tail = u->people[person].prev;
	if (--l->count > 0)
		u->people[l->tail].next = CROWD_NONE;
	else
		l->head = l->tail = CROWD_NONE;
	return person;
}
#define LIST_EMPTY ((struct list){CROWD_NONE, CROWD_NONE, 0})

/* arrive.c */
void arrive_prepare(struct run *u);
void arrive_next(struct run *u, uint32_t stream);        /* EVENT_COME */
void arrive_let_in(struct run *u, uint32_t stream);      /* the first of its backlog, into an area that has room */
/* area.c */
bool area_takes(const struct run *u, uint32_t area);     /* there is room, and nobody waits for it */
void area_wait(struct run *u, uint32_t area, uint32_t hand);
void area_let_in_by_force(struct run *u, uint32_t area, uint32_t hand); /* that waits, whether there is room or not */
void area_enter(struct run *u, uint32_t person, uint32_t area, uint32_t by);
void area_leave(struct run *u, uint32_t person, uint32_t area);
void area_let_in(struct run *u);                         /* works off what is pending */
static inline double distance_m(float x0, float y0, float x1, float y1) /* not known: 0 */
{
	float dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy;
	return square > 0 ? (double)sqrtf(square) : 0;
}
/* choose.c */
void choose_way(struct run *u, uint32_t person, uint32_t area);
void choose_at_way(struct run *u, uint32_t person);      /* EVENT_AT_WAY */
void choose_wake(struct run *u, uint32_t area);          /* something has opened: when all that opens now has */
void choose_again(struct run *u, uint32_t area);         /* EVENT_JOCKEY: an area; + area_count: its people who know no way */
void choose_watch(struct run *u, uint32_t area);         /* a queue has grown there */
double walk_s(const struct run *u, uint32_t area, float x0, float y0, float x1, float y1);
double pace_s_m(const struct run *u, uint32_t area);     /* of walking there now */
/* station.c */
void station_prepare(struct run *u);
void station_join(struct run *u, uint32_t person, uint32_t station);
void station_done(struct run *u, uint32_t lane);         /* EVENT_DONE */
void station_lane_changes(struct run *u, uint32_t lane); /* EVENT_LANE */
void station_let_in(struct run *u, uint32_t lane, uint32_t area); /* its blocked person */
void waits_begin(struct run *u, uint32_t person, uint32_t area);
void waits_end(struct run *u, uint32_t person);
/* link.c */
void link_join(struct run *u, uint32_t person, uint32_t link);
void link_admit(struct run *u, uint32_t link);           /* EVENT_LINK_IN, or room */
void link_out(struct run *u, uint32_t link);             /* EVENT_LINK_OUT */
void link_let_out(struct run *u, uint32_t link, bool by_force);
void link_admit_by_force(struct run *u, uint32_t link);
double link_walk_s(const struct run *u, uint32_t link);
/* jam.c */
void jam_note(struct run *u, uint32_t from, uint32_t to); /* somebody in `from` waits for `to`; nodes: areas, then links */
void jam_undo(struct run *u);                            /* circles through what was noted */
/* tally.c */
void tally_wait(struct wait_tally *w, double wait_s);
struct crowd_waits tally_waits(const struct wait_tally *w);
void tally_people(struct run *u, uint32_t area, double more);
void tally_street(struct run *u, int more);
void tally_samples(struct run *u, double before_s);
void tally_finish(struct run *u);

#endif
