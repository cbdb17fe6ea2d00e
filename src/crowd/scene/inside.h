/* crowd/scene/inside.h: what the files of scene/ share. Nobody else includes it.
 *
 *   draft.c   what is drawn                       birth.c   who comes, and finds room
 *   build.c   walls, cells, marks                 way.c     where to: choice, direction, reached
 *   fields.c  goals, fields, their renewal        gate.c    lanes, queues, service
 *   check.c   is there a way?                     group.c   who waits for whom
 *   scene.c         new, one step, free                 measure.c lines, areas, grid   trajectory.c
 *
 * Everything inside is in metres from the lower left corner of the scene's box; origin_x/y_m bring it back.
 * A walker is a `person` in a slot, and an index in the step's arrays that changes at each sort. In the parallel parts
 * (way.c) a thread writes only the persons and flags of its own range; what several share (gates, births,
 * counts) happens in between, in the order of the arrays, which is the same for any number of threads.
 */
#ifndef CORDON_CROWD_SCENE_INSIDE_H
#define CORDON_CROWD_SCENE_INSIDE_H

#include "crowd/walk/model_place.h"
#include "crowd/way/raster.h"
#include "crowd/scene/draft.h"
#include "crowd/walk/step.h"

#define SCENE_REFERENCE_MS 1.34 /* the speed for which ways are weighed */
#define SCENE_LOOK_STEPS 2u     /* a walker looks where to go every so many steps */
#define SCENE_GATE_REACH_M 12.0 /* who is so near a gate has joined its crowd: his wait begins */

enum scene_mode { MODE_STILL, MODE_WALK, MODE_TO_SLOT, MODE_SERVED };
struct person {                  /* one line of the cache: where_to and what_was_reached look at each in every step */
	uint32_t number;             /* CROWD_NONE: the slot is free */
	uint32_t who;                /* what is drawn for him hangs on this */
	uint32_t index;              /* in the step's arrays */
	uint32_t route, step, target; /* target: of scene.targets; CROWD_NONE: none open */
	uint32_t group, lane, place; /* lane: CROWD_NONE: none yet; place: in its line, 0 is next; CROWD_NONE: not in it */
	float wanted_x, wanted_y;
	float free_ms, limit_ms;     /* his own speed; what his group walks (INFINITY: alone) */
	float radius_m, walked_m;    /* walked_m: but for the last step */
	uint8_t mode, traits, epoch;
	bool look : 1;               /* look anew in this step: he has a new target */
	bool joined : 1;             /* waits at a gate */
};
_Static_assert(sizeof(struct person) == 64, "a person is a line of the cache");
struct times { double start_s, joined_s, until_s; }; /* stands still until; came to a gate; his service ends */

enum { FLAG_REACHED = 1, FLAG_LINE = 2, FLAG_PORTAL = 4, FLAG_GATE = 8 };
enum { MARK_GOAL = 1, MARK_LINE = 2, MARK_SLOW = 4, MARK_PORTAL = 8, MARK_GATE = 16 };

struct box { double x_min_m, y_min_m, x_max_m, y_max_m; };
struct shape { char *id; struct crowd_point *points; uint32_t count; struct box box; };
/* What a walker heads for: a goal, or a gate (its mouths: where its lanes' lines end). */
struct target {
	bool gate, exit, open;
	uint32_t index;              /* among the goals, or the gates */
	struct field *field;
	struct model_place *press;   /* where people close up on the way to it */
	double door_next_s, door_a_person_s; /* limiter of narrow doors; 0: none */
};
struct goal { struct shape shape; double inner_x, inner_y; };
struct portal { char *id; double a[4], b[4]; };

struct lane_slot { float x, y; };
struct lane {
	struct crowd_service service;
	double at_x, at_y, beyond_x, beyond_y, mouth_x, mouth_y;
	struct lane_slot *slots;     /* [0] is next; empty: a crowd */
	uint32_t *line;              /* who has which slot: slots of persons, CROWD_NONE: free */
	uint32_t slot_count, in_line, coming;
	double *changes_at_s; uint32_t change_count, next_change;
	uint32_t takes, served;      /* served: the slot of who is in service or called to it; CROWD_NONE: nobody */
	bool open, order;            /* order: its approach is narrow enough that a line holds */
	double mean_s, freed_s;      /* of a service; when the last one was let go */
	uint32_t leaving;            /* number of who was served and has not left the place yet */
	uint32_t best; double best_m; /* in this step: the nearest of its crowd */
};
struct gate {
	char *id;
	bool changed;                /* a lane opened or closed: the way leads elsewhere */
	struct lane *lanes; uint32_t lane_count;
	uint32_t passed, refused, present; /* present: within reach, waiting */
	double *waits_s; uint32_t wait_count, wait_capacity;
};

struct route_step { uint32_t *targets; uint32_t count; double *weights; /* NULL: free choice */ };
struct route { char *id; struct route_step *steps; uint32_t count; };

struct source {
	char *id;
	struct shape place;
	double *comes_s;             /* of each, rising */
	uint32_t *group;             /* of each */
	uint32_t ppl, next, who_first, route, tries;
	struct crowd_body body;
	struct crowd_crowd crowd;
};
struct group { uint32_t present, step; float least_ms; double rest_s; }; /* step, rest_s: of its last member */

struct scene_line { char *id; double ends[4]; struct crowd_line_result result; };
enum { BIRTH_HEADS = 16384 };
struct birth { float x, y, radius; int32_t next; };
struct present { uint32_t number, slot; };
struct trajectory;

struct crowd_scene {
	double origin_x_m, origin_y_m, width_m, height_m, dt_s, keep_m;
	uint64_t seed, step_count;
	struct crowd_body body;
	double refresh_s;
	bool door_limit;
	struct raster *raster;
	float raster_x_m, raster_y_m, cells_a_m; /* for cells in a hurry */
	struct raster_lines walls;
	struct raster_jump *jumps;
	uint8_t *marks, *slow;       /* a cell; slow: 0 or 1 + the region's number; NULL: none */
	float *ground_pace, *pace;   /* a cell: without people; with them */
	float factors[256];
	struct target *targets; uint32_t target_count, goal_count;
	struct goal *goals;
	struct gate *gates; uint32_t gate_count;
	struct portal *portals; uint32_t portal_count;
	struct route *routes; uint32_t route_count;
	struct source *sources; uint32_t source_count;
	struct group *groups; uint32_t group_count;
	struct scene_line *lines; uint32_t line_count;
	struct shape *areas; uint32_t area_count;
	uint32_t refresh_next;       /* the target whose field is renewed next */
	uint8_t epoch;               /* of the choice */

	struct step *step;
	struct step_walkers w;
	struct person *people; struct times *times; /* by slot */
	uint32_t people_max, slot_used, slot_free_count;
	uint32_t *slot_free;
	uint8_t *flags;              /* by index */
	float *old_x, *old_y;        /* by index: before the walk */
	struct present *order; uint32_t order_count, present; /* by number; those who left are dropped now and then */
	struct crowd_left *left; uint32_t born, left_capacity;
	struct crowd_walker *told;   /* what crowd_scene_walkers gives */
	uint32_t waiting;            /* outside */
	struct birth *births; uint32_t birth_count, birth_capacity;
	int32_t birth_heads[BIRTH_HEADS];
	struct trajectory *trajectory;
	float *frame;                /* x, y, speed of those present: for measures */
};

static inline double scene_now_s(const struct crowd_scene *s) { return (double)s->step_count * s->dt_s; }
static inline bool is_slot_taken(const struct person *p) { return p->number != CROWD_NONE; }

/* build.c */
err_t scene_bounds(const struct crowd_scene_draft *d, struct box *out, struct problem *problem);
double scene_cell_m(const struct crowd_scene_settings *settings, const struct box *b);
err_t scene_build_ground(struct crowd_scene *s, const struct crowd_scene_draft *d, double cell_m);
err_t scene_copy_shape(const struct crowd_scene *s, const char *id, const struct crowd_outline *o, struct shape *out);
struct crowd_outline scene_outline(const struct shape *shape);
bool scene_in_shape(const struct shape *shape, double x_m, double y_m);
void scene_mark(struct crowd_scene *s, const struct box *b, double reach_m, uint8_t mark);
err_t scene_mark_ground(struct crowd_scene *s, const struct crowd_scene_draft *d);
void scene_free_shape(struct shape *shape);
/* fields.c */
err_t scene_build_targets(struct crowd_scene *s, const struct crowd_scene_draft *d, struct problem *problem);
err_t scene_refresh(struct crowd_scene *s);
void scene_free_targets(struct crowd_scene *s);
/* routes.c */
err_t scene_build_routes(struct crowd_scene *s, const struct crowd_scene_draft *d);
void scene_free_routes(struct crowd_scene *s);
/* check.c */
err_t scene_check_ways(const struct crowd_scene *s, const struct crowd_scene_draft *d, struct problem *problem);
err_t scene_refuse(struct problem *problem, err_t error, const char *feature, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
size_t scene_memory_limit(void);
/* birth.c */
err_t scene_build_sources(struct crowd_scene *s, const struct crowd_scene_draft *d);
err_t scene_place_walkers(struct crowd_scene *s, const struct crowd_scene_draft *d);
err_t scene_births(struct crowd_scene *s, bool *out_any); /* after a sort; any: another sort is due */
void scene_drop_order(struct crowd_scene *s);
bool scene_apart_from_newborns(const struct crowd_scene *s, float x, float y, float radius);
err_t scene_remember_newborn(struct crowd_scene *s, float x, float y, float radius);
void scene_leave(struct crowd_scene *s, uint32_t slot, uint32_t goal);
void scene_free_sources(struct crowd_scene *s);
/* way.c */
void scene_where_to(void *scene, uint32_t first, uint32_t count);
void scene_what_was_reached(void *scene, uint32_t first, uint32_t count);
void scene_look_straight(struct person *p, float x_m, float y_m, double to_x, double to_y);
err_t scene_handle_events(struct crowd_scene *s);
void scene_choose(const struct crowd_scene *s, struct person *p, float x_m, float y_m, bool anew);
void scene_next_step(struct crowd_scene *s, uint32_t slot);
/* gate.c */
err_t scene_build_gates(struct crowd_scene *s, const struct crowd_scene_draft *d);
void scene_free_gates(struct crowd_scene *s);
err_t scene_gates(struct crowd_scene *s);
double scene_gate_wait_s(const struct crowd_scene *s, const struct gate *g, const struct person *p);
void scene_gate_towards(const struct crowd_scene *s, struct person *p, float x_m, float y_m, float *speed_ms);
/* portal.c */
err_t scene_build_portals(struct crowd_scene *s, const struct crowd_scene_draft *d);
err_t scene_link_portals(struct crowd_scene *s, struct problem *problem);
bool scene_portal_crossed(const struct crowd_scene *s, const double old[2], const double new[2], uint32_t *out);
void scene_through_portal(struct crowd_scene *s, uint32_t index);
/* group.c */
void scene_groups(struct crowd_scene *s);
/* measure.c */
err_t scene_build_measures(struct crowd_scene *s, const struct crowd_scene_draft *d);
void scene_count_lines(struct crowd_scene *s, uint32_t index);
void scene_free_measures(struct crowd_scene *s);
/* trajectory.c */
err_t scene_trajectory_frame(struct crowd_scene *s);
void scene_trajectory_free(struct crowd_scene *s);

#endif
