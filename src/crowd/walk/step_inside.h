/* crowd/walk/step_inside.h: what the files step*.c share. Nobody else includes it (but the tests of the step).
 *
 *   step.c        making, adding, removing         step_walls.c   which walls each patch of the ground has near it
 *   step_sort.c   into the cells; who is near      step_pool.c    the threads
 *   step_walk.c   one step: who computes what      step_plain.c, step_avx2.c, step_avx512.c: step_kernel.h in three widths
 */
#ifndef CORDON_CROWD_WALK_STEP_INSIDE_H
#define CORDON_CROWD_WALK_STEP_INSIDE_H

#include "crowd/walk/model.h"
#include "crowd/walk/step.h"

#define STEP_THREADS_MAX 256u
#define STEP_WALLS_MAX 1000000u
#define STEP_PAD 64u          /* floats behind each array that may be read, never used */
#define STEP_PEER_CUT_OFF_M 1.7 /* followed up to v0 T + l = 1.6 m, pushed by less than 2e-5 beyond 1.7 m */
#define STEP_SPEED_MAX_MS 10.0f
#define STEP_RADIUS_MAX_M 0.5f
#define STEP_GAP_MIN_S 0.01f

/* One array of four bytes a walker each. The last four hold what a step writes before it becomes the truth, and what a
 * sort needs in between. */
enum step_field { STEP_X, STEP_Y, STEP_ALONG_X, STEP_ALONG_Y, STEP_SPEED, STEP_FREE, STEP_WANTED_X, STEP_WANTED_Y, STEP_RADIUS, STEP_GAP,
	STEP_COMFORT, STEP_SLOT, STEP_KEPT, STEP_NEXT_X = STEP_KEPT, STEP_NEXT_Y, STEP_NEXT_SPEED, STEP_FIELDS };

/* The ground: rows from south to north, at least as high as the cut-off; columns narrower, so that sixteen neighbours in the
 * order of the cells stand close together. */
struct step_ground {
	float x_min_m, y_min_m, x_max_m, y_max_m;
	float column_m, row_m, columns_per_m, rows_per_m;
	uint32_t columns, rows;
};

/* A wall from a to b: u = b - a, per_m2 = 1 / u.u (0: a point). */
struct step_edge { float ax_m, ay_m, bx_m, by_m, ux_m, uy_m, per_m2; };

/* Walls near each patch (as high as a row, STEP_PATCH columns wide): items[start[p]] to items[start[p + 1]], ascending. */
#define STEP_PATCH 4u
struct step_patches { uint32_t columns; uint32_t *start, *items; };

struct pool;
struct step {
	enum step_model model;
	enum crowd_isa isa;
	struct step_ground ground;
	float cut_off_m;
	struct model_numbers numbers;
	uint32_t walkers_max, count;
	bool sorted;
	float *field[STEP_FIELDS];
	uint32_t *cell_start;     /* rows * columns + 1 */
	uint32_t *stripe_count;   /* of a sort: one a thread */
	struct step_edge *walls;
	uint32_t wall_count;
	struct step_patches patches;
	struct pool *pool;
	double dt_s;
};

static inline uint32_t *step_slots(const struct step *s)
{
	return (uint32_t *)(void *)s->field[STEP_SLOT];
}

/* The column or row of a place; what lies outside, or is no number, counts to the edge. */
static inline uint32_t step_place(float at_m, float min_m, float per_m, uint32_t count)
{
	float place = (at_m - min_m) * per_m;
	if (!(place > 0.0f))
		return 0;
	return place < (float)(count - 1) ? (uint32_t)place : count - 1;
}

static inline uint32_t step_column(const struct step_ground *g, float x_m)
{
	return step_place(x_m, g->x_min_m, g->columns_per_m, g->columns);
}

static inline uint32_t step_row(const struct step_ground *g, float y_m)
{
	return step_place(y_m, g->y_min_m, g->rows_per_m, g->rows);
}

/* ---- step_walk.c: the next walkers to be computed together: at most `width`, of one row, and those who may be near them ---- */
#define STEP_NEAR_MAX 512u
struct step_batch {
	uint32_t first, count, row, column_first, column_last; /* of the walkers themselves */
	float x_low_m, x_high_m, y_low_m, y_high_m;
	uint32_t ranges, range_first[4], range_last[4];        /* in the arrays; together at most STEP_NEAR_MAX if count > 1 */
};
void step_batch_next(const struct step *s, uint32_t first, uint32_t last, uint32_t width, struct step_batch *out);

/* ---- step_isa.c: what is asked for, or the widest that this machine has ---- */
enum crowd_isa step_best_isa(enum crowd_isa asked);

/* ---- step_walls.c ---- */
err_t step_patches_make(struct step *s);
/* The walls within the cut-off of anybody in these columns of this row (and perhaps others), each once, ascending, in *out:
 * either the list of the one patch itself or put together in `room`. STEP_WALLS_MANY: there are more than fit; ask for one column. */
#define STEP_WALLS_ROOM 256u
#define STEP_WALLS_MANY UINT32_MAX
uint32_t step_walls_near(const struct step *s, uint32_t row, uint32_t column_first, uint32_t column_last,
                         uint32_t room[STEP_WALLS_ROOM], const uint32_t **out);

/* ---- step_pool.c: threads that wait for work; all of them, the caller too, do each piece ---- */
err_t pool_new(uint32_t threads, struct pool **out);
void pool_free(struct pool *p);
uint32_t pool_threads(const struct pool *p);
void pool_run(struct pool *p, void (*work)(void *ctx, uint32_t thread), void *ctx);
void pool_meet(struct pool *p); /* inside `work`: waits until all are here */
static inline uint32_t pool_first(uint32_t count, uint32_t thread, uint32_t threads)
{
	return (uint32_t)((uint64_t)count * thread / threads);
}

/* ---- the three widths: walkers first to last - 1 from the arrays into STEP_NEXT_* and STEP_WANTED_* (the new direction) ---- */
void step_plain(const struct step *s, uint32_t first, uint32_t last);
void step_avx2(const struct step *s, uint32_t first, uint32_t last);
void step_avx512(const struct step *s, uint32_t first, uint32_t last);

#endif
