/* One thread, two or eight: the same bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "naive_step.h"

/* Fifteen steps with people leaving and coming; what is left of them. */
static void walk_with(uint32_t threads, enum step_model model, struct naive_crowd *out)
{
	struct step_settings settings = hall_settings(model, CROWD_ISA_BEST, threads);
	struct step *s = NULL;
	assert_int_equal(step_new(&settings, &s), ERR_NONE);
	hall_fill(s, 400, 21);
	for (uint32_t step = 0; step < 15; step++) {
		hall_want(s, 21, step);
		step_walk(s, 0.05);
		for (uint32_t i = step; i < 400 - 10 * step; i += 97)
			step_remove(s, i);
		step_add(s, 1000 + step, -9.0f, -7.0f + (float)step, 1.2f, 0.15f, 0.85f);
		step_sort(s);
	}
	naive_copy(s, out);
	step_free(s);
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
	(void)state;
	static struct naive_crowd one, many;
	const uint32_t threads[] = { 2, 3, 8 };
	for (int model = 0; model < 2; model++) {
		memset(&one, 0, sizeof one);
		walk_with(1, (enum step_model)model, &one);
		assert_true(one.count > 300);
		for (size_t k = 0; k < 3; k++) {
			memset(&many, 0, sizeof many);
			walk_with(threads[k], (enum step_model)model, &many);
			assert_memory_equal(&one, &many, sizeof one);
		}
	}
}

struct counted { uint8_t touched[2000]; };

static void touch(void *ctx, uint32_t first, uint32_t count)
{
	struct counted *c = ctx;
	for (uint32_t i = first; i < first + count; i++)
		c->touched[i]++;
}

static void ranges_are_all_walkers_each_once(void **state)
{
	(void)state;
	for (uint32_t people = 0; people < 20; people++) {
		struct step_settings settings = hall_settings(STEP_PEER, CROWD_ISA_BEST, 8);
		struct step *s = NULL;
		struct counted c = { { 0 } };
		assert_int_equal(step_new(&settings, &s), ERR_NONE);
		for (uint32_t i = 0; i < people; i++)
			assert_true(step_add(s, i, (float)i * 0.5f, 0.0f, 1.0f, 0.2f, 1.0f));
		step_sort(s);
		step_ranges(s, touch, &c);
		for (uint32_t i = 0; i < 2000; i++)
			assert_int_equal(c.touched[i], i < people ? 1 : 0);
		step_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
		cmocka_unit_test(ranges_are_all_walkers_each_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
