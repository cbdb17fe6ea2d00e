/* crowd/walk/step_walk.c: one step: every thread takes its share of the walkers, then the new places become the truth. */
#include "crowd/walk/step_inside.h"

/* The smallest box around the batch, and the ranges of the arrays that hold everybody within the cut-off of it; how many. */
static uint32_t look_round(const struct step *s, struct step_batch *b)
{
	const struct step_ground *g = &s->ground;
	const float *x = s->field[STEP_X] + b->first, *y = s->field[STEP_Y] + b->first;
	b->x_low_m = b->x_high_m = x[0];
	b->y_low_m = b->y_high_m = y[0];
	for (uint32_t k = 1; k < b->count; k++) {
		b->x_low_m = x[k] < b->x_low_m ? x[k] : b->x_low_m;
		b->x_high_m = x[k] > b->x_high_m ? x[k] : b->x_high_m;
		b->y_low_m = y[k] < b->y_low_m ? y[k] : b->y_low_m;
		b->y_high_m = y[k] > b->y_high_m ? y[k] : b->y_high_m;
	}
	b->column_first = step_column(g, b->x_low_m);
	b->column_last = step_column(g, b->x_high_m);
	float reach_m = s->cut_off_m * 1.0005f;
	uint32_t from = step_column(g, b->x_low_m - reach_m), to = step_column(g, b->x_high_m + reach_m);
	uint32_t row = step_row(g, b->y_low_m - reach_m), row_last = step_row(g, b->y_high_m + reach_m), all = 0;
	for (b->ranges = 0; row <= row_last && b->ranges < 4; row++) {
		const uint32_t *start = s->cell_start + (size_t)row * g->columns;
		b->range_first[b->ranges] = start[from];
		b->range_last[b->ranges++] = start[to + 1];
		all += start[to + 1] - start[from];
	}
	return all;
}

void step_batch_next(const struct step *s, uint32_t first, uint32_t last, uint32_t width, struct step_batch *out)
{
	uint32_t row = step_row(&s->ground, s->field[STEP_Y][first]), row_end = s->cell_start[(size_t)(row + 1) * s->ground.columns];
	uint32_t end = row_end > first && row_end < last ? row_end : last;
	out->first = first;
	out->row = row;
	out->count = end - first < width ? end - first : width;
	while (look_round(s, out) > STEP_NEAR_MAX && out->count > 1)
		out->count /= 2;
}

static void walk_of_thread(void *ctx, uint32_t thread)
{
	struct step *s = ctx;
	uint32_t threads = pool_threads(s->pool);
	uint32_t first = pool_first(s->count, thread, threads), last = pool_first(s->count, thread + 1, threads);
	if (first >= last)
		return;
	if (s->isa == CROWD_ISA_AVX512)
		step_avx512(s, first, last);
	else if (s->isa == CROWD_ISA_AVX2)
		step_avx2(s, first, last);
	else
		step_plain(s, first, last);
}

static void exchange(float **a, float **b)
{
	float *held = *a;
	*a = *b;
	*b = held;
}

void step_walk(struct step *s, double dt_s)
{
	if (!s->sorted)
		step_sort(s);
	s->dt_s = dt_s;
	pool_run(s->pool, walk_of_thread, s);
	exchange(&s->field[STEP_X], &s->field[STEP_NEXT_X]);
	exchange(&s->field[STEP_Y], &s->field[STEP_NEXT_Y]);
	exchange(&s->field[STEP_SPEED], &s->field[STEP_NEXT_SPEED]);
	exchange(&s->field[STEP_ALONG_X], &s->field[STEP_WANTED_X]);
	exchange(&s->field[STEP_ALONG_Y], &s->field[STEP_WANTED_Y]);
}
