/* crowd/walk/step.c: making a step, walkers in and out. */
#include <stdlib.h>
#include <string.h>

#include "crowd/walk/step_inside.h"

static uint32_t cells_of(double length_m, double cell_m)
{
	double cells = ceil(length_m / cell_m);
	return cells < 1.0 ? 1 : cells < 1e9 ? (uint32_t)cells : 1000000000u;
}

/* Rows as high as the cut-off and columns of a fourth of it; larger ones where the box is so wide that cells would cost more
 * memory than walkers. */
static struct step_ground ground_of(const struct step_settings *settings, double cut_off_m)
{
	double width_m = settings->x_max_m - settings->x_min_m, height_m = settings->y_max_m - settings->y_min_m;
	double column_m = cut_off_m / STEP_PATCH, row_m = cut_off_m * 1.001;
	double cells_max = 0.6 * settings->walkers_max + 2048.0;
	for (uint32_t turn = 0; ceil(width_m / column_m) * ceil(height_m / row_m) > cells_max; turn++) {
		if (turn % 3 == 2)
			row_m *= 2.0;
		else
			column_m *= 2.0;
	}
	return (struct step_ground){ .x_min_m = (float)settings->x_min_m, .y_min_m = (float)settings->y_min_m,
		.x_max_m = (float)settings->x_max_m, .y_max_m = (float)settings->y_max_m,
		.column_m = (float)column_m, .row_m = (float)row_m,
		.columns_per_m = (float)(1.0 / column_m), .rows_per_m = (float)(1.0 / row_m),
		.columns = cells_of(width_m, column_m), .rows = cells_of(height_m, row_m) };
}

static double cut_off_of(const struct step_settings *settings)
{
	if (settings->cut_off_m > 0.0)
		return fmin(fmax(settings->cut_off_m, 0.1), 100.0);
	return settings->model == STEP_PEER ? STEP_PEER_CUT_OFF_M : MODEL_CUT_OFF_M;
}

static bool box_is_good(const struct step_settings *s)
{
	const double *sides[] = { &s->x_min_m, &s->y_min_m, &s->x_max_m, &s->y_max_m };
	for (size_t k = 0; k < 4; k++) {
		if (!isfinite(*sides[k]) || fabs(*sides[k]) > 1e6)
			return false;
	}
	return s->x_max_m >= s->x_min_m && s->y_max_m >= s->y_min_m;
}

size_t step_bytes(const struct step_settings *settings)
{
	if (!box_is_good(settings))
		return SIZE_MAX;
	struct step_ground g = ground_of(settings, cut_off_of(settings));
	return ((size_t)settings->walkers_max + STEP_PAD) * STEP_FIELDS * sizeof(float)
		+ ((size_t)g.rows * g.columns + 1) * sizeof(uint32_t);
}

size_t step_bytes_per_walker(const struct step *s)
{
	size_t cells = (size_t)s->ground.rows * s->ground.columns;
	size_t patches = s->wall_count > 0 ?
		(size_t)s->ground.rows * s->patches.columns + s->patches.start[s->ground.rows * s->patches.columns] : 0;
	size_t walkers = s->walkers_max > 0 ? s->walkers_max : 1;
	return STEP_FIELDS * sizeof(float) + ((cells + patches) * sizeof(uint32_t) + walkers - 1) / walkers;
}

static float *new_floats(size_t count)
{
	size_t bytes = (count + STEP_PAD) * sizeof(float);
	float *all = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (all != NULL)
		memset(all, 0, bytes);
	return all;
}

/* One that is no number is none. */
static void add_wall(struct step *s, const struct step_wall *w)
{
	float ux = w->bx_m - w->ax_m, uy = w->by_m - w->ay_m, length2 = ux * ux + uy * uy;
	if (isfinite(w->ax_m) && isfinite(w->ay_m) && isfinite(length2))
		s->walls[s->wall_count++] = (struct step_edge){ w->ax_m, w->ay_m, w->bx_m, w->by_m, ux, uy,
			length2 > 1e-12f ? 1.0f / length2 : 0.0f };
}

static err_t step_allocate(struct step *s, const struct step_settings *settings)
{
	for (int f = 0; f < STEP_FIELDS; f++) {
		if ((s->field[f] = new_floats(s->walkers_max)) == NULL)
			return ERR_MEMORY;
	}
	s->cell_start = calloc((size_t)s->ground.rows * s->ground.columns + 1, sizeof *s->cell_start);
	s->stripe_count = calloc(STEP_THREADS_MAX, sizeof *s->stripe_count);
	s->walls = calloc((size_t)settings->wall_count + 1, sizeof *s->walls);
	if (s->cell_start == NULL || s->stripe_count == NULL || s->walls == NULL)
		return ERR_MEMORY;
	for (uint32_t w = 0; w < settings->wall_count; w++)
		add_wall(s, &settings->walls[w]);
	err_t error = step_patches_make(s);
	if (error != ERR_NONE)
		return error;
	return pool_new(settings->threads, &s->pool);
}

err_t step_new(const struct step_settings *settings, struct step **out)
{
	if (settings->walkers_max > CROWD_WALKERS_MAX || settings->wall_count > STEP_WALLS_MAX || settings->threads > STEP_THREADS_MAX)
		return ERR_CROWD_TOO_LARGE;
	if (!box_is_good(settings))
		return ERR_CROWD_GEOMETRY;
	struct step *s = calloc(1, sizeof *s);
	if (s == NULL)
		return ERR_MEMORY;
	s->model = settings->model;
	s->isa = step_best_isa(settings->isa);
	s->ground = ground_of(settings, cut_off_of(settings));
	s->cut_off_m = (float)cut_off_of(settings);
	s->walkers_max = settings->walkers_max;
	s->numbers = model_numbers_default();
	s->numbers.cut_off_m = (double)s->cut_off_m;
	if (settings->body.anticipate_s > 0.0)
		s->numbers.anticipate_s = settings->body.anticipate_s;
	if (settings->body.react_s > 0.0)
		s->numbers.react_s = settings->body.react_s;
	err_t error = step_allocate(s, settings);
	if (error != ERR_NONE) {
		step_free(s);
		return error;
	}
	*out = s;
	return ERR_NONE;
}

void step_free(struct step *s)
{
	if (s == NULL)
		return;
	pool_free(s->pool);
	for (int f = 0; f < STEP_FIELDS; f++)
		free(s->field[f]);
	free(s->cell_start);
	free(s->stripe_count);
	free(s->walls);
	free(s->patches.start);
	free(s->patches.items);
	free(s);
}

enum crowd_isa step_isa(const struct step *s)
{
	return s->isa;
}

struct step_walkers step_walkers(struct step *s)
{
	return (struct step_walkers){ .count = s->count, .x_m = s->field[STEP_X], .y_m = s->field[STEP_Y],
		.along_x = s->field[STEP_ALONG_X], .along_y = s->field[STEP_ALONG_Y], .speed_ms = s->field[STEP_SPEED],
		.free_speed_ms = s->field[STEP_FREE], .wanted_x = s->field[STEP_WANTED_X], .wanted_y = s->field[STEP_WANTED_Y],
		.radius_m = s->field[STEP_RADIUS], .gap_s = s->field[STEP_GAP],
		.comfort_m = s->field[STEP_COMFORT], .slot = step_slots(s) };
}

bool step_add(struct step *s, uint32_t slot, float x_m, float y_m, float free_speed_ms, float radius_m, float gap_s)
{
	bool good = isfinite(x_m) && isfinite(y_m) && isfinite(free_speed_ms) && isfinite(radius_m) && isfinite(gap_s);
	if (s->count >= s->walkers_max || !good || slot == CROWD_NONE)
		return false;
	uint32_t i = s->count++;
	for (int f = 0; f < STEP_FIELDS; f++)
		s->field[f][i] = 0.0f;
	s->field[STEP_X][i] = fminf(fmaxf(x_m, s->ground.x_min_m), s->ground.x_max_m);
	s->field[STEP_Y][i] = fminf(fmaxf(y_m, s->ground.y_min_m), s->ground.y_max_m);
	s->field[STEP_FREE][i] = fminf(fmaxf(free_speed_ms, 0.0f), STEP_SPEED_MAX_MS);
	s->field[STEP_RADIUS][i] = fminf(fmaxf(radius_m, 0.0f), STEP_RADIUS_MAX_M);
	s->field[STEP_GAP][i] = fmaxf(gap_s, STEP_GAP_MIN_S);
	s->field[STEP_COMFORT][i] = (float)MODEL_COMFORT_M;
	step_slots(s)[i] = slot;
	s->sorted = false;
	return true;
}

void step_remove(struct step *s, uint32_t index)
{
	if (index >= s->count)
		return;
	step_slots(s)[index] = CROWD_NONE;
	s->sorted = false;
}

struct ranges { struct step *s; void (*work)(void *ctx, uint32_t first, uint32_t count); void *ctx; };

static void ranges_of_thread(void *ctx, uint32_t thread)
{
	const struct ranges *r = ctx;
	uint32_t threads = pool_threads(r->s->pool);
	uint32_t first = pool_first(r->s->count, thread, threads), last = pool_first(r->s->count, thread + 1, threads);
	if (last > first)
		r->work(r->ctx, first, last - first);
}

void step_ranges(struct step *s, void (*work)(void *ctx, uint32_t first, uint32_t count), void *ctx)
{
	struct ranges r = { s, work, ctx };
	pool_run(s->pool, ranges_of_thread, &r);
}
