/* The walker's formulas (crowd/walk/model.h), one walker at a time: what is promised of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "naive_walker.h"

#define DT_S 0.05

static struct model_walker eastward(void)
{
	return (struct model_walker){ 1, 0, 1.34, 1, 0, 1.34, MODEL_RADIUS_M, MODEL_GAP_S, MODEL_COMFORT_M };
}

static struct model_move walked(struct model_walker w, const struct model_seen *seen, uint32_t count, const struct model_wall *walls,
                                uint32_t wall_count)
{
	struct model_numbers n = model_numbers_default();
	return model_walk(&n, &w, seen, count, walls, wall_count, DT_S);
}

static void alone_he_walks_his_own_speed_where_he_wants(void **state)
{
	(void)state;
	struct model_move m = walked(eastward(), NULL, 0, NULL, 0);
	assert_true(m.along_x == 1.0 && m.along_y == 0.0 && m.speed_ms == 1.34);
}

static void who_wants_nowhere_or_is_blocked_stands(void **state)
{
	(void)state;
	struct model_walker w = eastward();
	struct model_seen front = { 2 * MODEL_RADIUS_M + MODEL_COMFORT_M, 0, 1, 0, 0, MODEL_RADIUS_M };
	assert_true(walked(w, &front, 1, NULL, 0).speed_ms < 1e-9);
	w.wanted_x = 0;
	assert_true(walked(w, NULL, 0, NULL, 0).speed_ms == 0.0);
	w = eastward();
	w.free_speed_ms = 0;
	assert_true(walked(w, NULL, 0, NULL, 0).speed_ms == 0.0);
}

static void behind_somebody_he_keeps_ease_and_time(void **state)
{
	(void)state;
	for (double d = 0.5; d < 1.9; d += 0.1) {
		struct model_seen front = { d, 0, 1, 0, 1.34, MODEL_RADIUS_M };
		double expected = fmin(1.34, (d - 2 * MODEL_RADIUS_M - MODEL_COMFORT_M) / MODEL_GAP_S);
		assert_true(fabs(walked(eastward(), &front, 1, NULL, 0).speed_ms - expected) < 1e-9);
	}
}

static void of_two_who_see_each_other_ahead_the_one_further_back_yields(void **state)
{
	(void)state;
	double s = sqrt(0.5);
	struct model_walker back = { s, s, 0.5, s, s, 1.34, MODEL_RADIUS_M, MODEL_GAP_S, 0 };
	struct model_walker fore = { s, -s, 0.5, s, -s, 1.34, MODEL_RADIUS_M, MODEL_GAP_S, 0 };
	struct model_seen fore_seen = { 0.1, 0.36, s, -s, 0.5, MODEL_RADIUS_M }, back_seen = { -0.1, -0.36, s, s, 0.5, MODEL_RADIUS_M };
	assert_true(walked(fore, &back_seen, 1, NULL, 0).speed_ms > 3 * walked(back, &fore_seen, 1, NULL, 0).speed_ms);
}

static void a_mirrored_place_gives_the_mirrored_step(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 5);
	for (int trial = 0; trial < 2000; trial++) {
		struct model_walker w = eastward(), mirror_w;
		struct model_seen seen[6], mirror[6];
		struct model_wall wall = { 0.3, 0.2 + 0.3 * random_unit(&r) }, mirror_wall = { wall.dx_m, -wall.dy_m };
		for (int k = 0; k < 6; k++) {
			double turn = 6.28 * random_unit(&r), at = 6.28 * random_unit(&r), d = 0.3 + random_unit(&r);
			seen[k] = (struct model_seen){ d * cos(at), d * sin(at), cos(turn), sin(turn), random_unit(&r), 0.1 + 0.1 * random_unit(&r) };
			mirror[k] = seen[k];
			mirror[k].dy_m = -seen[k].dy_m;
			mirror[k].along_y = -seen[k].along_y;
		}
		w.along_y = 0.6;
		w.along_x = 0.8;
		mirror_w = w;
		mirror_w.along_y = -0.6;
		struct model_move a = walked(w, seen, 6, &wall, 1), b = walked(mirror_w, mirror, 6, &mirror_wall, 1);
		assert_true(a.along_x == b.along_x && a.along_y == -b.along_y && a.speed_ms == b.speed_ms);
	}
}

/* ---- a box of 2 x 2 m, full of people of any size who want anywhere, many born into each other ---- */
#define PEOPLE 14
#define BOX_M 2.0
struct box { double x[PEOPLE], y[PEOPLE]; struct model_walker w[PEOPLE]; };

static void box_fill(struct box *b, struct random *r)
{
	for (int i = 0; i < PEOPLE; i++) {
		double a = 6.28 * random_unit(r);
		b->x[i] = 0.3 + 1.4 * random_unit(r);
		b->y[i] = 0.3 + 1.4 * random_unit(r);
		b->w[i] = (struct model_walker){ 0, 0, 0, cos(a), sin(a), 2 * random_unit(r), 0.1 + 0.15 * random_unit(r), 0.1 + random_unit(r),
			0.15 * random_unit(r) };
	}
}

static void box_step(struct box *b, const struct model_numbers *n, double dt_s)
{
	struct model_move m[PEOPLE];
	for (int i = 0; i < PEOPLE; i++) {
		double x = b->x[i], y = b->y[i];
		struct model_seen seen[PEOPLE];
		struct model_wall walls[] = { { -x, 0 }, { BOX_M - x, 0 }, { 0, -y }, { 0, BOX_M - y } };
		uint32_t count = 0;
		for (int j = 0; j < PEOPLE; j++) {
			const struct model_walker *o = &b->w[j];
			if (j != i)
				seen[count++] = (struct model_seen){ b->x[j] - x, b->y[j] - y, o->along_x, o->along_y, o->speed_ms, o->radius_m };
		}
		m[i] = model_walk(n, &b->w[i], seen, count, walls, 4, dt_s);
	}
	for (int i = 0; i < PEOPLE; i++) {
		b->w[i].along_x = m[i].along_x;
		b->w[i].along_y = m[i].along_y;
		b->w[i].speed_ms = m[i].speed_ms;
		b->x[i] += m[i].along_x * m[i].speed_ms * dt_s;
		b->y[i] += m[i].along_y * m[i].speed_ms * dt_s;
	}
}

static double to_wall_m(const struct box *b, int i)
{
	return fmin(fmin(b->x[i], BOX_M - b->x[i]), fmin(b->y[i], BOX_M - b->y[i]));
}

static double apart_m(const struct box *b, int i, int j)
{
	return hypot(b->x[i] - b->x[j], b->y[i] - b->y[j]);
}

/* Two never come nearer than the hard bodies allow, those born into each other never nearer than they were. */
static void nobody_overlaps_nor_crosses_a_wall_wherever_he_starts(void **state)
{
	(void)state;
	static const double dts_s[] = { 0.02, 0.05, 0.1, 0.2 };
	struct model_numbers n = model_numbers_default();
	struct random r;
	random_seed(&r, 11);
	for (int trial = 0; trial < 200; trial++) {
		struct box b, old;
		box_fill(&b, &r);
		for (int step = 0; step < 40; step++) {
			old = b;
			box_step(&b, &n, dts_s[trial % 4]);
			for (int i = 0; i < PEOPLE; i++) {
				assert_true(to_wall_m(&b, i) > fmin(to_wall_m(&old, i), b.w[i].radius_m - 0.5 * n.skin_m) - 1e-9);
				for (int j = 0; j < i; j++)
					assert_true(apart_m(&b, i, j) > fmin(apart_m(&old, i, j), b.w[i].radius_m + b.w[j].radius_m - n.skin_m) - 1e-9);
			}
		}
	}
}

static void people_close_up_only_in_a_wide_place_before_a_narrow_one(void **state)
{
	(void)state;
	assert_true(model_press(10, 10) == 0.0 && model_press(10, 8) == 0.0);
	assert_true(model_press(1.2, 0.5) == 0.0);
	assert_true(model_press(5.6, 0.5) == 1.0 && model_press(10, 5) == 1.0);
	assert_true(model_press(1.8, 0.5) > 0.4 && model_press(1.8, 0.5) < 0.7);
	assert_true(model_comfort_m(0) == MODEL_COMFORT_M && fabs(model_comfort_m(1) - MODEL_PRESS_M) < 1e-12);
	for (double here_m = 0; here_m < 4; here_m += 0.1)
		assert_true(model_press(here_m + 0.1, 0.5) >= model_press(here_m, 0.5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone_he_walks_his_own_speed_where_he_wants),
		cmocka_unit_test(who_wants_nowhere_or_is_blocked_stands),
		cmocka_unit_test(behind_somebody_he_keeps_ease_and_time),
		cmocka_unit_test(of_two_who_see_each_other_ahead_the_one_further_back_yields),
		cmocka_unit_test(a_mirrored_place_gives_the_mirrored_step),
		cmocka_unit_test(nobody_overlaps_nor_crosses_a_wall_wherever_he_starts),
		cmocka_unit_test(people_close_up_only_in_a_wide_place_before_a_narrow_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
