/* crowd/walk/step_sort.c: walkers in the order of their cells, row by row; and who is near a place.
 *
 * A counting sort. Each thread owns a stripe of rows: it looks at all walkers, takes those of its rows, and writes where they
 * will stand. Within a cell walkers keep their order, so the result does not depend on the number of threads. Then each array is
 * moved through a spare one: two at a time, since a step leaves two spare arrays. */
#include <string.h>

#include "crowd/walk/step_inside.h"

static uint32_t cell_of(const struct step *s, uint32_t i)
{
	return step_row(&s->ground, s->field[STEP_Y][i]) * s->ground.columns + step_column(&s->ground, s->field[STEP_X][i]);
}

/* Counts the walkers in cells first to last - 1: after it cell_start[c] is the number of them in cell c. */
static uint32_t count_cells(struct step *s, uint32_t first, uint32_t last)
{
	const uint32_t *slot = step_slots(s);
	uint32_t all = 0;
	memset(s->cell_start + first, 0, (size_t)(last - first) * sizeof *s->cell_start);
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t cell = cell_of(s, i);
		if (cell >= first && cell < last && slot[i] != CROWD_NONE) {
			s->cell_start[cell]++;
			all++;
		}
	}
	return all;
}

/* order[new place] = old place, for the cells of this thread. */
static void put_in_order(struct step *s, uint32_t first, uint32_t last, uint32_t base, uint32_t *order)
{
	const uint32_t *slot = step_slots(s);
	for (uint32_t c = first, at = base; c < last; c++) {
		uint32_t here = s->cell_start[c];
		s->cell_start[c] = at;
		at += here;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t cell = cell_of(s, i);
		if (cell >= first && cell < last && slot[i] != CROWD_NONE)
			order[s->cell_start[cell]++] = i;
	}
	/* Each start has become the next one's: move them back. */
	for (uint32_t c = last; c-- > first + 1;)
		s->cell_start[c] = s->cell_start[c - 1];
	if (last > first)
		s->cell_start[first] = base;
}

static void move_floats(float *to, const float *from, const uint32_t *order, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i < last; i++)
		to[i] = from[order[i]];
}

static void sort_of_thread(void *ctx, uint32_t thread)
{
	struct step *s = ctx;
	uint32_t threads = pool_threads(s->pool);
	uint32_t first = pool_first(s->ground.rows, thread, threads) * s->ground.columns;
	uint32_t last = pool_first(s->ground.rows, thread + 1, threads) * s->ground.columns, base = 0;
	uint32_t *order = (uint32_t *)(void *)s->field[STEP_NEXT_SPEED];
	s->stripe_count[thread] = count_cells(s, first, last);
	pool_meet(s->pool);
	for (uint32_t t = 0; t < thread; t++)
		base += s->stripe_count[t];
	put_in_order(s, first, last, base, order);
	uint32_t end = base + s->stripe_count[thread];
	for (int f = 0; f < STEP_KEPT; f += 2) {
		move_floats(s->field[STEP_NEXT_X], s->field[f], order, base, end);
		if (f + 1 < STEP_KEPT)
			move_floats(s->field[STEP_NEXT_Y], s->field[f + 1], order, base, end);
		pool_meet(s->pool);
		if (thread == 0) {
			float *spare_x = s->field[f], *spare_y = s->field[STEP_NEXT_Y];
			s->field[f] = s->field[STEP_NEXT_X];
			if (f + 1 < STEP_KEPT) {
				spare_y = s->field[f + 1];
				s->field[f + 1] = s->field[STEP_NEXT_Y];
			}
			s->field[STEP_NEXT_X] = spare_x;
			s->field[STEP_NEXT_Y] = spare_y;
		}
		pool_meet(s->pool);
	}
}

void step_sort(struct step *s)
{
	pool_run(s->pool, sort_of_thread, s);
	uint32_t all = 0, cells = s->ground.rows * s->ground.columns;
	for (uint32_t t = 0; t < pool_threads(s->pool); t++)
		all += s->stripe_count[t];
	s->cell_start[cells] = all;
	s->count = all;
	s->sorted = true;
}

/* The walkers in the columns of x - reach to x + reach of a row. */
struct row_range { uint32_t first, last; };
static struct row_range range_in_row(const struct step *s, uint32_t row, float x_m, float reach_m)
{
	const uint32_t *start = s->cell_start + (size_t)row * s->ground.columns;
	return (struct row_range){ start[step_column(&s->ground, x_m - reach_m)], start[step_column(&s->ground, x_m + reach_m) + 1] };
}

uint32_t step_near(const struct step *s, float x_m, float y_m, float reach_m, uint32_t *out, uint32_t max)
{
	const float *x = s->field[STEP_X], *y = s->field[STEP_Y];
	uint32_t found = 0, last_row = step_row(&s->ground, y_m + reach_m);
	for (uint32_t row = step_row(&s->ground, y_m - reach_m); s->sorted && row <= last_row; row++) {
		struct row_range range = range_in_row(s, row, x_m, reach_m);
		for (uint32_t i = range.first; i < range.last && found < max; i++) {
			float dx = x[i] - x_m, dy = y[i] - y_m;
			if (dx * dx + dy * dy <= reach_m * reach_m)
				out[found++] = i;
		}
	}
	return found;
}

static bool wall_in_way(const struct step_edge *w, float x_m, float y_m, float radius_m)
{
	float vx = x_m - w->ax_m, vy = y_m - w->ay_m;
	float along = fminf(fmaxf((w->ux_m * vx + w->uy_m * vy) * w->per_m2, 0.0f), 1.0f);
	float dx = vx - along * w->ux_m, dy = vy - along * w->uy_m;
	return dx * dx + dy * dy < radius_m * radius_m;
}

bool step_free_at(const struct step *s, float x_m, float y_m, float radius_m)
{
	const struct step_ground *g = &s->ground;
	if (!(x_m >= g->x_min_m && x_m <= g->x_max_m && y_m >= g->y_min_m && y_m <= g->y_max_m))
		return false;
	uint32_t row = step_row(g, y_m), column = step_column(g, x_m), room[STEP_WALLS_ROOM];
	const uint32_t *near;
	uint32_t walls = step_walls_near(s, row, column, column, room, &near);
	for (uint32_t k = 0; k < walls; k++) {
		if (wall_in_way(&s->walls[near[k]], x_m, y_m, radius_m))
			return false;
	}
	float reach_m = radius_m + STEP_RADIUS_MAX_M;
	uint32_t last_row = step_row(g, y_m + reach_m);
	for (uint32_t r = step_row(g, y_m - reach_m); r <= last_row; r++) {
		struct row_range range = range_in_row(s, r, x_m, reach_m);
		for (uint32_t i = range.first; i < range.last; i++) {
			float dx = s->field[STEP_X][i] - x_m, dy = s->field[STEP_Y][i] - y_m, l = s->field[STEP_RADIUS][i] + radius_m;
			if (dx * dx + dy * dy < l * l)
				return false;
		}
	}
	return true;
}
