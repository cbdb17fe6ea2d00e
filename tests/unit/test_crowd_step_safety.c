/* Nobody walks through a wall, nobody into another by more than two centimetres: long random runs of the calibrated model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "naive_step.h"

static void watch(struct step *s, const struct naive_crowd *before)
{
	struct step_walkers w = step_walkers(s);
	for (uint32_t i = 0; i < w.count; i++) {
		for (uint32_t k = 0; k < HALL_WALLS; k++) {
			assert_false(naive_cross(&hall_walls[k], (double)before->x[i], (double)before->y[i], (double)w.x_m[i], (double)w.y_m[i]));
			struct model_wall near = naive_nearest(&hall_walls[k], (double)w.x_m[i], (double)w.y_m[i]);
			assert_true(sqrt(near.dx_m * near.dx_m + near.dy_m * near.dy_m) > (double)w.radius_m[i] - 0.02);
		}
		for (uint32_t j = i + 1; j < w.count; j++) {
			float dx = w.x_m[j] - w.x_m[i], dy = w.y_m[j] - w.y_m[i], l = w.radius_m[i] + w.radius_m[j] - 0.02f;
			assert_true(dx * dx + dy * dy > l * l);
		}
	}
}

static void run(uint32_t people, double dt_s, uint32_t steps, uint64_t seed)
{
	static struct naive_crowd before;
	struct step_settings settings = hall_settings(STEP_CALIBRATED, CROWD_ISA_BEST, 1);
	struct step *s = NULL;
	assert_int_equal(step_new(&settings, &s), ERR_NONE);
	hall_fill(s, people, seed);
	for (uint32_t step = 0; step < steps; step++) {
		step_sort(s);
		hall_want(s, seed, step);
		naive_copy(s, &before);
		step_walk(s, dt_s);
		watch(s, &before);
	}
	step_free(s);
}

static void a_loose_crowd_meets_neither_walls_nor_others(void **state)
{
	(void)state;
	run(150, 0.05, 300, 11);
}

static void a_dense_crowd_meets_neither_walls_nor_others(void **state)
{
	(void)state;
	run(700, 0.05, 60, 12);
}

static void long_steps_meet_neither_walls_nor_others(void **state)
{
	(void)state;
	run(200, 0.5, 100, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loose_crowd_meets_neither_walls_nor_others),
		cmocka_unit_test(a_dense_crowd_meets_neither_walls_nor_others),
		cmocka_unit_test(long_steps_meet_neither_walls_nor_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
