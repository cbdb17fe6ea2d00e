/* crowd/walk/step_walk.c: one step: every thread takes its share of the walkers, then the new places become the truth. */
#include "crowd/walk/step_inside.h"

static void walk_of_thread(void *ctx, uint32_t thread)
{
	struct step *s = ctx;
	uint32_t threads = pool_threads(s->pool);
	uint32_t first = pool_first(s->count, thread, threads), last = pool_first(s->count, thread + 1, threads);
	if (first < last)
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
