/* crowd/scene.h: each walker in the true geometry: the micro level. Part of crowd/crowd.h.
 *
 *   floors, walls, obstacles ----> distance field for each goal ---+
 *   walkers: body, route of stages ------------------------------> step: where to, how fast, new places ---> trajectories,
 *   gates: lanes, service, a queue line while order holds --------+                                         measures
 *
 * The walker: collision-free speed model (Tordeux, Chraibi, Seyfried 2016) with anticipation (Xu, Chraibi, Tordeux, Zhang
 * 2021); speed by the clear distance ahead over the time gap, direction by the way's field and the others. First-order: no
 * forces, see crowd.h. Bit-identical for any number of threads; the code path (plain, AVX2, AVX-512) is chosen at the start
 * and gives the same within rounding.
 * Levels are sheets: a stair is a floor strip of its own with portals at both ends.
 */
#ifndef CORDON_CROWD_SCENE_H
#define CORDON_CROWD_SCENE_H

#include "crowd/people.h"

#define CROWD_WALKERS_MAX 2000000u
#define CROWD_GOALS_MAX 1024

struct crowd_point { double x_m, y_m; };
struct crowd_outline { const struct crowd_point *points; uint32_t count; }; /* polygon: closed by itself; line: open */

enum crowd_isa { CROWD_ISA_BEST, CROWD_ISA_PLAIN, CROWD_ISA_AVX2, CROWD_ISA_AVX512 };
const char *crowd_isa_word(enum crowd_isa isa); /* "avx512"; of BEST: what this machine would choose */

struct crowd_scene_settings {
	double dt_s;             /* 0: 0.05 */
	double cell_m;           /* of the fields; 0: 0.25, coarser where that would be over 16 million cells */
	uint32_t threads;        /* 0: as many as the machine has cores */
	enum crowd_isa isa;      /* BEST: what the machine has */
	uint64_t seed;
	struct crowd_body body;  /* all 0: crowd_body_default() */
	double refresh_s;        /* how often ways are weighed anew by the crowd on them; 0: never (shortest ways) */
	uint32_t walkers_max;    /* 0: as many as sources and crowd_scene_place need */
	bool flow_limit_doors;   /* exits behind a door of less than 2 m let at most 1.33 /(m s) out (IMO, NIST 5.2); default false */
};

/* ---- drawing it: all calls copy; ids are for messages. Errors: CROWD_GEOMETRY (with the feature), TOO_LARGE, MEMORY ---- */
struct crowd_scene_draft;
err_t crowd_draft_new(struct crowd_scene_draft **out);
void crowd_draft_free(struct crowd_scene_draft *d);
/* The words to the last error of a draft call: the feature and what is wrong with it. */
const struct problem *crowd_draft_problem(const struct crowd_scene_draft *d);
/* Where people may be: the union of floors; outside of it is wall. No floor at all: everywhere within the walls' bounds. */
err_t crowd_draft_floor(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon);
err_t crowd_draft_wall(struct crowd_scene_draft *d, const char *id, struct crowd_outline line);
err_t crowd_draft_obstacle(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon);
/* A place where everybody walks at `speed_factor` of his speed (stairs). At most 254 such places; of two on one spot the later. */
err_t crowd_draft_slow(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon, double speed_factor);
/* Who steps over the line a (2 points, walked towards its left side) goes on at the same place along line b. */
err_t crowd_draft_portal(struct crowd_scene_draft *d, const char *id, const struct crowd_point a[2], const struct crowd_point b[2]);
/* A goal: a polygon; reached when the centre is inside. `exit`: who reaches it leaves the scene. Gives its number. */
err_t crowd_draft_goal(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon, bool exit, uint32_t *out);
/* A gate with lanes: each lane is served at `at`, reached along `queue` (its points from the server outwards; slots every
 * slot_m, 0: 0.6 m; count 0: no line, a crowd before it) and left to `beyond`. While a line has free slots and its approach
 * is narrower than two metres (between barriers) people stand in it; else they crowd, and the nearest is next. Stepping up to `at` is
 * part of the service. Who is refused leaves the scene there and then: his goal is CROWD_NONE. */
struct crowd_scene_lane {
	struct crowd_point at, beyond;
	struct crowd_outline queue;
	double slot_m;
	uint32_t service, takes;
	const double *changes_at_s; uint32_t change_count;
	bool open;
};
err_t crowd_draft_service(struct crowd_scene_draft *d, const struct crowd_service *s, uint32_t *out);
err_t crowd_draft_gate(struct crowd_scene_draft *d, const char *id, const struct crowd_scene_lane *lanes, uint32_t count, uint32_t *out);
/* A route: what is passed in this order. A step with several goals or gates: each walker takes the one that costs him least time
 * (way + wait); weights may force shares instead (NULL: free choice). Gives its number. */
struct crowd_route_step { bool gate; const uint32_t *choices; uint32_t count; const double *weights; };
err_t crowd_draft_route(struct crowd_scene_draft *d, const char *id, const struct crowd_route_step *steps, uint32_t count, uint32_t *out);
/* People who come: ppl of them by the curve (count 0: at the origin), anywhere in the polygon that is free; who finds no room waits
 * outside and is counted as waiting. */
struct crowd_scene_source {
	const char *id;
	struct crowd_outline polygon;
	uint32_t ppl;
	struct crowd_curve curve;
	uint32_t batch_ppl; double headway_s;
	uint32_t route;
	struct crowd_body body; /* all 0: the scene's */
	struct crowd_crowd crowd;
};
err_t crowd_draft_source(struct crowd_scene_draft *d, const struct crowd_scene_source *s);
/* One walker by hand. speed_ms 0: drawn from the body. group CROWD_NONE: alone; members of a group keep together. */
struct crowd_placed {
	double x_m, y_m, speed_ms;
	double radius_m; /* 0: the body's */
	double start_s;  /* stands still until then */
	uint32_t route, group, traits;
};
err_t crowd_draft_walker(struct crowd_scene_draft *d, const struct crowd_placed *w);
/* A line whose crossings are counted (left to right positive), and a polygon in which density and speed are measured. */
err_t crowd_draft_line(struct crowd_scene_draft *d, const char *id, const struct crowd_point ends[2], uint32_t *out);
err_t crowd_draft_area(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon, uint32_t *out);

/* ---- running it ---- */
struct crowd_scene;
/* Makes walls, fields and walkers. Errors: CROWD_GEOMETRY (no way from a source to a goal; a gate narrower than a body: the feature is
 * named), CROWD_TOO_LARGE (bytes in the words), MEMORY. The draft may be freed or used again afterwards. */
err_t crowd_scene_new(const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings, struct crowd_scene **out,
                      struct problem *problem);
void crowd_scene_free(struct crowd_scene *s);
/* An estimate, before anything is made. */
size_t crowd_scene_bytes(const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings);
err_t crowd_scene_step(struct crowd_scene *s);             /* one dt. Errors: MEMORY */
double crowd_scene_now_s(const struct crowd_scene *s);
bool crowd_scene_done(const struct crowd_scene *s);        /* nobody is there and nobody will come */
/* While it runs: an exit shut or opened again, walkers who wanted it choose anew; a lane opened or closed. */
err_t crowd_scene_set_goal(struct crowd_scene *s, uint32_t goal, bool open);
err_t crowd_scene_set_lane(struct crowd_scene *s, uint32_t gate, uint32_t lane, bool open);

/* The walkers present, in the order of their numbers (numbers are given at birth and stay). Valid until the next step. */
enum crowd_doing { CROWD_WAITING_TO_START, CROWD_WALKING, CROWD_QUEUEING, CROWD_IN_SERVICE };
struct crowd_walker { uint32_t number, route, step, goal; float x_m, y_m, speed_ms, free_speed_ms, radius_m; uint8_t doing; };
const struct crowd_walker *crowd_scene_walkers(struct crowd_scene *s, uint32_t *count);
/* Every walker ever born: when, where and how he left. */
struct crowd_left {
	double at_born_s;                /* when he came: he may have waited outside for room */
	double at_started_s, at_left_s;  /* at_left_s NAN: still there */
	uint32_t goal;
	double walked_m;
};
const struct crowd_left *crowd_scene_left(const struct crowd_scene *s, uint32_t *count);

struct crowd_line_result { uint32_t forth, back; };
struct crowd_place_result { double density_ppl_m2, speed_ms; uint32_t people; }; /* now: Voronoi density, mean speed of those inside */
struct crowd_gate_result { uint32_t passed, refused, queue; struct crowd_waits wait; };
void crowd_scene_line(const struct crowd_scene *s, uint32_t line, struct crowd_line_result *out);
void crowd_scene_place(struct crowd_scene *s, uint32_t area, struct crowd_place_result *out);
void crowd_scene_gate(const struct crowd_scene *s, uint32_t gate, struct crowd_gate_result *out);
uint32_t crowd_scene_waiting_outside(const struct crowd_scene *s); /* due, and found no room yet */

/* A field of density (people /m2) over the scene's bounds, rows south to north; cells of cell_m. For pictures. */
struct crowd_grid { double x_m, y_m, cell_m; uint32_t columns, rows; float *values; };
err_t crowd_scene_density(struct crowd_scene *s, double cell_m, struct crowd_grid *out); /* values: malloc'ed, the caller frees */

/* Trajectories: a compact file, a frame every so many steps. Format: docs/TRAJECTORIES.md. Bytes go to `write` (non-zero: stop). */
typedef int (*crowd_write)(void *ctx, const void *bytes, size_t size);
err_t crowd_trajectory_begin(struct crowd_scene *s, uint32_t every_steps, crowd_write write, void *ctx);
err_t crowd_trajectory_end(struct crowd_scene *s);

#endif
