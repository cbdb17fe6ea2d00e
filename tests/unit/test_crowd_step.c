/* One step of walkers against the slow way to do it; the three widths against each other; hostile people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "naive_step.h"

static struct step *hall_new(enum step_model model, enum crowd_isa isa, uint32_t people, uint64_t seed)
{
	struct step_settings settings = hall_settings(model, isa, 1);
	struct step *s = NULL;
	assert_int_equal(step_new(&settings, &s), ERR_NONE);
	hall_fill(s, people, seed);
	return s;
}

/* Of a thousand walkers at most two may differ by more than rounding: who stands just at an edge of a formula. */
static void hold_to_naive(enum step_model model, double cut_off_m, uint64_t seed)
{
	static struct naive_crowd before;
	struct model_numbers n = model_numbers_default();
	n.cut_off_m = cut_off_m;
	uint32_t looked = 0, off = 0;
	struct step *s = hall_new(model, CROWD_ISA_BEST, 300, seed);
	for (uint32_t step = 0; step < 12; step++) {
		step_sort(s);
		hall_want(s, seed, step);
		naive_copy(s, &before);
		step_walk(s, 0.05);
		struct step_walkers w = step_walkers(s);
		for (uint32_t i = 0; i < w.count; i++) {
			struct model_move m = naive_move(&before, i, model, &n, hall_walls, HALL_WALLS, 0.05);
			double x = (double)before.x[i] + m.speed_ms * m.along_x * 0.05, y = (double)before.y[i] + m.speed_ms * m.along_y * 0.05;
			looked++;
			off += fabs((double)w.x_m[i] - x) > 2e-5 || fabs((double)w.y_m[i] - y) > 2e-5 ||
				fabs((double)w.speed_ms[i] - m.speed_ms) > 4e-4;
		}
	}
	assert_true(looked > 3000);
	assert_true(off * 500 <= looked);
	step_free(s);
}

static void the_peers_model_is_what_its_formula_says(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		hold_to_naive(STEP_PEER, 1.7, seed);
}

static void the_calibrated_model_is_what_its_formula_says(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		hold_to_naive(STEP_CALIBRATED, MODEL_CUT_OFF_M, seed);
}

static void every_width_gives_the_same_bits(void **state)
{
	(void)state;
	static struct naive_crowd plain, wide;
	for (uint32_t k = 0; k < 12; k++) {
		enum step_model model = k % 2 == 0 ? STEP_PEER : STEP_CALIBRATED;
		enum crowd_isa isa = k % 4 < 2 ? CROWD_ISA_AVX2 : CROWD_ISA_AVX512; /* where the machine has none: the next narrower */
		uint32_t people = 20 + 60 * k;
		struct step *a = hall_new(model, CROWD_ISA_PLAIN, people, k), *b = hall_new(model, isa, people, k);
		for (uint32_t step = 0; step < 30; step++) {
			hall_want(a, k, step);
			hall_want(b, k, step);
			step_walk(a, 0.05);
			step_walk(b, 0.05);
			step_sort(a);
			step_sort(b);
		}
		naive_copy(a, &plain);
		naive_copy(b, &wide);
		assert_true(plain.count == people || people > 500);
		assert_int_equal(plain.count, wide.count);
		assert_memory_equal(plain.slot, wide.slot, plain.count * sizeof(float));
		assert_memory_equal(plain.x, wide.x, plain.count * sizeof(float));
		assert_memory_equal(plain.y, wide.y, plain.count * sizeof(float));
		assert_memory_equal(plain.along_x, wide.along_x, plain.count * sizeof(float));
		assert_memory_equal(plain.speed, wide.speed, plain.count * sizeof(float));
		step_free(a);
		step_free(b);
	}
}

static void sorting_keeps_everybody_with_all_that_is_his(void **state)
{
	(void)state;
	struct step_settings settings = hall_settings(STEP_PEER, CROWD_ISA_BEST, 1);
	settings.walkers_max = 500;
	struct step *s = NULL;
	struct random r;
	bool there[3000] = { false };
	uint32_t next_slot = 0, count = 0;
	random_seed(&r, 5);
	assert_int_equal(step_new(&settings, &s), ERR_NONE);
	for (uint32_t turn = 0; turn < 30; turn++) {
		for (uint32_t k = 0; k < 60 && next_slot < 3000; k++) {
			float mark = (float)next_slot * 1e-4f;
			bool added = step_add(s, next_slot, (float)(random_unit(&r) * 30 - 15), (float)(random_unit(&r) * 30 - 15),
				mark, 0.2f, 1.0f + mark);
			assert_int_equal(added, count < 500);
			there[next_slot] = added;
			next_slot++;
			count += added;
		}
		struct step_walkers w = step_walkers(s);
		for (uint32_t i = 0; i < w.count; i++) {
			if (w.slot[i] != CROWD_NONE && random_unit(&r) < 0.1) {
				there[w.slot[i]] = false;
				count--;
				step_remove(s, i);
			}
		}
		step_sort(s);
		w = step_walkers(s);
		assert_int_equal(w.count, count);
		for (uint32_t i = 0; i < w.count; i++) {
			assert_true(w.slot[i] < next_slot && there[w.slot[i]]);
			assert_true(w.free_speed_ms[i] == (float)w.slot[i] * 1e-4f && w.gap_s[i] == 1.0f + w.free_speed_ms[i]);
			assert_true(w.x_m[i] >= -10.0f && w.x_m[i] <= 10.0f && w.y_m[i] >= -8.0f && w.y_m[i] <= 8.0f);
		}
	}
	step_free(s);
}

static void who_is_near_and_where_is_room_are_told_as_by_looking_at_all(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 6);
	struct step *s = hall_new(STEP_PEER, CROWD_ISA_BEST, 400, 6);
	struct step_walkers w = step_walkers(s);
	for (uint32_t k = 0; k < 2000; k++) {
		float x = (float)(random_unit(&r) * 22 - 11), y = (float)(random_unit(&r) * 18 - 9), reach = (float)random_unit(&r) * 5.0f;
		uint32_t found[400], count = step_near(s, x, y, reach, found, 400), expected = 0;
		float radius = (float)random_unit(&r) * 0.6f;
		bool free_here = x >= -10.0f && x <= 10.0f && y >= -8.0f && y <= 8.0f;
		for (uint32_t i = 0; i < w.count; i++) {
			float dx = w.x_m[i] - x, dy = w.y_m[i] - y, l = w.radius_m[i] + radius;
			if (dx * dx + dy * dy <= reach * reach) {
				assert_true(expected < count && found[expected] == i);
				expected++;
			}
			free_here = free_here && dx * dx + dy * dy >= l * l;
		}
		assert_int_equal(count, expected);
		for (uint32_t n = 0; n < HALL_WALLS; n++) {
			struct model_wall near = naive_nearest(&hall_walls[n], (double)x, (double)y);
			free_here = free_here && near.dx_m * near.dx_m + near.dy_m * near.dy_m >= (double)radius * (double)radius;
		}
		assert_int_equal(step_free_at(s, x, y, radius), free_here);
	}
	step_free(s);
}

/* Everybody at one place, more than fit into a look; people of no size, no speed, no gap; outside of the box. */
static void hostile_people_move_or_stand_but_are_always_somewhere(void **state)
{
	(void)state;
	for (uint32_t k = 0; k < 8; k++) {
		struct step_settings settings = hall_settings(k % 2 == 0 ? STEP_PEER : STEP_CALIBRATED,
			k < 4 ? CROWD_ISA_BEST : CROWD_ISA_PLAIN, 1);
		struct step *s = NULL;
		assert_int_equal(step_new(&settings, &s), ERR_NONE);
		assert_false(step_add(s, 0, NAN, 0, 1, 0.2f, 1));
		assert_false(step_add(s, 0, 0, INFINITY, 1, 0.2f, 1));
		assert_false(step_add(s, 0, 0, 0, 1, 0.2f, NAN));
		assert_false(step_add(s, CROWD_NONE, 0, 0, 1, 0.2f, 1));
		for (uint32_t i = 0; i < 700; i++)
			assert_true(step_add(s, i, k % 4 < 2 ? 1.0f : 1.0f + (float)i * 1e-20f, 1.0f, i % 3 == 0 ? 1e30f : 1.0f,
				i % 2 == 0 ? 0.0f : 9.0f, 0.0f));
		assert_true(step_add(s, 700, 1e30f, -1e30f, -1.0f, -1.0f, -1.0f));
		assert_true(step_add(s, 701, 2.0f, -3.0f, 1.0f, 0.2f, 1.0f)); /* on the end of a wall */
		for (uint32_t step = 0; step < 5; step++) {
			hall_want(s, k, step * 20);
			step_walk(s, step == 4 ? 10.0 : 0.05);
			step_sort(s);
			struct step_walkers w = step_walkers(s);
			assert_int_equal(w.count, 702);
			for (uint32_t i = 0; i < w.count; i++) {
				assert_true(w.x_m[i] >= -10.0f && w.x_m[i] <= 10.0f && w.y_m[i] >= -8.0f && w.y_m[i] <= 8.0f);
				assert_true(isfinite(w.along_x[i]) && isfinite(w.along_y[i]) && w.speed_ms[i] >= 0.0f && w.speed_ms[i] <= 10.0f);
			}
		}
		step_free(s);
	}
}

/* A ring of 2,000 short walls: more than one look holds. */
static void a_wall_of_many_pieces_is_a_wall(void **state)
{
	(void)state;
	enum { PIECES = 2000 };
	static struct step_wall ring[PIECES];
	for (int k = 0; k < PIECES; k++) {
		double a = 6.283185307179586 * k / PIECES, b = 6.283185307179586 * (k + 1) / PIECES;
		ring[k] = (struct step_wall){ 3.0f * (float)cos(a), 3.0f * (float)sin(a), 3.0f * (float)cos(b), 3.0f * (float)sin(b) };
	}
	struct step_settings settings = hall_settings(STEP_CALIBRATED, CROWD_ISA_BEST, 1);
	settings.walls = ring;
	settings.wall_count = PIECES;
	struct step *s = NULL;
	assert_int_equal(step_new(&settings, &s), ERR_NONE);
	for (uint32_t i = 0; i < 25; i++)
		assert_true(step_add(s, i, (float)(i % 5) * 0.5f - 1.0f, (float)(i / 5) * 0.5f - 1.0f, 1.3f, 0.15f, 0.85f));
	for (uint32_t step = 0; step < 60; step++) {
		step_sort(s);
		hall_want(s, 3, step);
		step_walk(s, 0.05);
		struct step_walkers w = step_walkers(s);
		for (uint32_t i = 0; i < w.count; i++)
			assert_true(w.x_m[i] * w.x_m[i] + w.y_m[i] * w.y_m[i] < 2.9f * 2.9f);
	}
	step_free(s);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	struct step *s = NULL;
	struct step_settings settings = hall_settings(STEP_PEER, CROWD_ISA_BEST, 1);
	settings.x_max_m = NAN;
	assert_int_equal(step_new(&settings, &s), ERR_CROWD_GEOMETRY);
	settings = hall_settings(STEP_PEER, CROWD_ISA_BEST, 1);
	settings.walkers_max = CROWD_WALKERS_MAX + 1;
	assert_int_equal(step_new(&settings, &s), ERR_CROWD_TOO_LARGE);
	settings = hall_settings(STEP_PEER, CROWD_ISA_BEST, 100000);
	assert_int_equal(step_new(&settings, &s), ERR_CROWD_TOO_LARGE);
	assert_null(s);
}

static void a_walker_takes_at_most_sixty_four_bytes(void **state)
{
	(void)state;
	struct step_settings settings = { .model = STEP_CALIBRATED, .threads = 1, .walkers_max = 100000, .x_max_m = 1000, .y_max_m = 1000 };
	struct step *s = NULL;
	assert_int_equal(step_new(&settings, &s), ERR_NONE);
	assert_true(step_bytes_per_walker(s) <= 64);
	assert_true(step_bytes(&settings) <= 64u * 100000u + (64u << 10));
	step_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_peers_model_is_what_its_formula_says),
		cmocka_unit_test(the_calibrated_model_is_what_its_formula_says),
		cmocka_unit_test(every_width_gives_the_same_bits),
		cmocka_unit_test(sorting_keeps_everybody_with_all_that_is_his),
		cmocka_unit_test(who_is_near_and_where_is_room_are_told_as_by_looking_at_all),
		cmocka_unit_test(hostile_people_move_or_stand_but_are_always_somewhere),
		cmocka_unit_test(a_wall_of_many_pieces_is_a_wall),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_walker_takes_at_most_sixty_four_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
