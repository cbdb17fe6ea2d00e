/* crowd/walk/step.h: one step of all walkers, from the old places to the new ones. Inside crowd/ (and bench/, tests).
 *
 *   step_add ... --> step_sort --> step_ranges(where to: the scene) --> step_walk --> step_ranges(what was reached)
 *                    cells, row by row             wanted_x/_y            new places        step_remove
 *
 * Walkers are arrays, one value each (SoA, float32; places in the frame of the settings' box and walls, whose origin is the
 * caller's choice: near the middle is best), sorted into cells at step_sort. Indices are good until the next step_sort; the
 * pointers of step_walkers() until the next step_sort or step_walk (arrays are exchanged, not copied): ask again after them. `slot`
 * is what stays with a walker. wanted_x/_y are used up by step_walk: set them before each. The neighbours of a walker are always
 * met in the order of the arrays, so any number of threads gives the same bits. At most 64 bytes a walker in all.
 * Two models: STEP_PEER is the collision-free speed model exactly as in section 2.1 of the sources, for timing beside
 * others; STEP_CALIBRATED is Cordon's (walk/model.h has the formulas and the one set of parameters).
 */
#ifndef CORDON_CROWD_WALK_STEP_H
#define CORDON_CROWD_WALK_STEP_H

#include "crowd/crowd.h"

enum step_model { STEP_PEER, STEP_CALIBRATED };
struct step_wall { float ax_m, ay_m, bx_m, by_m; };
struct step_settings {
	enum step_model model;
	enum crowd_isa isa;
	uint32_t threads, walkers_max;
	double x_min_m, y_min_m, x_max_m, y_max_m; /* nobody leaves this box: the walls see to it, else clamped */
	double cut_off_m;                          /* neighbours further away are not seen; 0: the model's own */
	struct crowd_body body;                    /* STEP_CALIBRATED: anticipation and reaction; per walker: speed, radius, gap */
	const struct step_wall *walls; uint32_t wall_count;
};
struct step;
err_t step_new(const struct step_settings *settings, struct step **out); /* CROWD_GEOMETRY (no box), CROWD_TOO_LARGE, MEMORY */
void step_free(struct step *s);
size_t step_bytes(const struct step_settings *settings);
size_t step_bytes_per_walker(const struct step *s);

/* Arrays of `count` walkers, in the order of the cells since the last step_sort. */
struct step_walkers {
	uint32_t count;
	float *x_m, *y_m;
	float *along_x, *along_y;   /* the direction walked last: a unit vector, 0 0 before the first step */
	float *speed_ms;            /* walked last */
	float *free_speed_ms;       /* what he would walk now, alone: set it as places demand (stairs); 0: stands */
	float *wanted_x, *wanted_y; /* unit vector where he wants to go: set before step_walk; 0 0: stands, others walk round him */
	float *radius_m, *gap_s;
	float *comfort_m;           /* kept clear beyond the bodies: model_comfort_m() of the place; born with MODEL_COMFORT_M */
	uint32_t *slot;             /* the caller's number, below walkers_max */
};
struct step_walkers step_walkers(struct step *s);
/* A new walker at the end of the arrays; false: walkers_max are there, or a number is none (NAN, INFINITY, slot CROWD_NONE). He is put
 * into the box; speeds over 10 m/s, radii over 0.5 m and gaps under 0.01 s are cut. */
bool step_add(struct step *s, uint32_t slot, float x_m, float y_m, float free_speed_ms, float radius_m, float gap_s);
void step_remove(struct step *s, uint32_t index); /* marks (slot becomes CROWD_NONE); gone at the next step_sort */
void step_sort(struct step *s);
void step_walk(struct step *s, double dt_s); /* sorts first if anybody was added or removed since */
/* Calls `work` for ranges that together are all walkers, on the step's threads; a range is touched by one thread. */
void step_ranges(struct step *s, void (*work)(void *ctx, uint32_t first, uint32_t count), void *ctx);
/* Is there room for a disc here (others' discs and walls)? For births; after step_sort. */
bool step_free_at(const struct step *s, float x_m, float y_m, float radius_m);
/* Indices of walkers within `reach_m` (at most max), in the arrays' order; after step_sort. */
uint32_t step_near(const struct step *s, float x_m, float y_m, float reach_m, uint32_t *out, uint32_t max);
enum crowd_isa step_isa(const struct step *s);

#endif
