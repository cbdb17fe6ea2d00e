/* Gates: who is served when, lines and crowds, waits against the queue of one server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scene_for_test.h"

/*         crowd side            |   beyond
 *   source                   at o   o           lanes at y = 2, 5, 8; the wall has an opening of 1 m at each;
 *                               |               `barriers`: walls 1 m apart along 4 m of each lane's line          */
struct gate_case { uint32_t lanes; double service_s, refused; bool barriers; uint32_t people; double over_s; uint64_t seed; };

static struct crowd_scene *gate_scene(const struct gate_case *c)
{
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 30, 10);
	double from = 0;
	for (uint32_t i = 0; i < c->lanes; i++) {
		double y = 2 + 3 * i;
		assert_int_equal(crowd_draft_wall(d, "front", WALL(20, from, 20, y - 0.5)), ERR_NONE);
		from = y + 0.5;
		if (c->barriers) {
			assert_int_equal(crowd_draft_wall(d, "barrier", WALL(16, y - 0.5, 20, y - 0.5)), ERR_NONE);
			assert_int_equal(crowd_draft_wall(d, "barrier", WALL(16, y + 0.5, 20, y + 0.5)), ERR_NONE);
		}
	}
	assert_int_equal(crowd_draft_wall(d, "front", WALL(20, from, 20, 10)), ERR_NONE);
	struct crowd_service service = {.form = CROWD_FIXED, .mean_s = c->service_s, .refused_share = c->refused};
	struct crowd_scene_lane lanes[3];
	struct crowd_point lines[3][2];
	uint32_t served, gate, exit = add_goal(d, "exit", true, 28, 0, 30, 10);
	assert_int_equal(crowd_draft_service(d, &service, &served), ERR_NONE);
	for (uint32_t i = 0; i < c->lanes; i++) {
		double y = 2 + 3 * i;
		lines[i][0] = (struct crowd_point){19.5, y};
		lines[i][1] = (struct crowd_point){16, y};
		lanes[i] = (struct crowd_scene_lane){.at = {19.5, y}, .beyond = {21, y}, .queue = {lines[i], 2}, .service = served,
			.takes = CROWD_BAG | CROWD_NEEDS_STEP_FREE, .open = true};
	}
	assert_int_equal(crowd_draft_gate(d, "gate", lanes, c->lanes, &gate), ERR_NONE);
	const struct crowd_route_step steps[] = {{true, &gate, 1, NULL}, {false, &exit, 1, NULL}};
	const struct crowd_curve_point curve[] = {{0, 0}, {c->over_s, 1}};
	struct crowd_scene_source source = {.id = "s", .polygon = RECTANGLE(0.5, 0.5, 4, 9.5), .ppl = c->people,
		.route = add_route(d, steps, 2),
		.curve = {curve, 2}};
	assert_int_equal(crowd_draft_source(d, &source), ERR_NONE);
	return new_scene(d, (struct crowd_scene_settings){.seed = c->seed});
}

static void everybody_passes_at_the_rate_of_the_lanes(void **state)
{
	(void)state;
	for (int barriers = 0; barriers < 2; barriers++)
		for (uint32_t lanes = 1; lanes <= 3; lanes += 2) {
			struct crowd_scene *s = gate_scene(&(struct gate_case){lanes, 4, 0, barriers, 20 * lanes, 1, 5});
			double end_s = run_scene(s, 400);
			struct crowd_gate_result g;
			crowd_scene_gate(s, 0, &g);
			assert_true(crowd_scene_done(s));
			assert_int_equal(g.passed, 20 * lanes);
			assert_int_equal(g.refused + g.queue, 0);
			assert_int_equal(g.wait.count, 20 * lanes);
			/* 20 services of 4 s each, some 12 s to get there, 7 s to leave; uneven lanes and the way past others: a fifth more at most. */
			assert_true(end_s > 80 + 12 && end_s < 1.2 * 80 + 26);
			assert_true(g.wait.max_s > 60 && g.wait.max_s < 100);
			crowd_scene_free(s);
		}
}

/* What each waits at one server, from the times at which they come: begin = max(come, end of the one before). */
static void waits_are_those_of_one_server_within_a_tenth(void **state)
{
	(void)state;
	struct gate_case c = {1, 3, 0, false, 60, 150, 8};
	struct crowd_scene *s = gate_scene(&c);
	run_scene(s, 600);
	struct crowd_gate_result g;
	crowd_scene_gate(s, 0, &g);
	double come[60], free_s = 0, sum = 0;
	uint32_t count;
	const struct crowd_left *left = crowd_scene_left(s, &count);
	assert_int_equal(count, 60);
	for (uint32_t i = 0; i < count; i++)
		come[i] = left[i].at_born_s;
	for (uint32_t i = 0; i < count; i++) {
		double begins = fmax(come[i], free_s);
		sum += (begins - come[i]) / 60;
		free_s = begins + 3;
	}
	assert_true(fabs(g.wait.mean_s - sum) < 0.1 * sum + 1);
	crowd_scene_free(s);
}

static void the_refused_are_counted_and_do_not_pass(void **state)
{
	(void)state;
	struct crowd_scene *s = gate_scene(&(struct gate_case){3, 1, 0.3, false, 90, 20, 6});
	run_scene(s, 300);
	struct crowd_gate_result g;
	crowd_scene_gate(s, 0, &g);
	assert_true(crowd_scene_done(s));
	assert_int_equal(g.passed + g.refused, 90);
	assert_true(g.refused > 14 && g.refused < 42);
	uint32_t gone = 0;
	for (uint32_t i = 0; i < 90; i++)
		gone += left_of(s, i)->goal == CROWD_NONE;
	assert_int_equal(gone, g.refused);
	crowd_scene_free(s);
}

static void a_lane_that_closes_sends_its_line_to_the_others(void **state)
{
	(void)state;
	for (int barriers = 0; barriers < 2; barriers++) {
		struct crowd_scene *s = gate_scene(&(struct gate_case){3, 5, 0, barriers, 45, 1, 7});
		run_scene(s, 25);
		assert_int_equal(crowd_scene_set_lane(s, 0, 1, false), ERR_NONE);
		double end_s = run_scene(s, 600);
		struct crowd_gate_result g;
		crowd_scene_gate(s, 0, &g);
		assert_true(crowd_scene_done(s));
		assert_int_equal(g.passed, 45);
		assert_true(end_s > 100); /* 45 services in two lanes instead of three */
		crowd_scene_free(s);
	}
}

static void in_a_line_they_stand_slot_by_slot(void **state)
{
	(void)state;
	struct crowd_scene *s = gate_scene(&(struct gate_case){1, 30, 0, true, 5, 1, 2});
	run_scene(s, 45);
	uint32_t count, queueing = 0;
	const struct crowd_walker *w = crowd_scene_walkers(s, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (w[i].doing != CROWD_QUEUEING)
			continue;
		queueing++;
		assert_true(fabsf(w[i].y_m - 2) < 0.15f && w[i].speed_ms < 0.3f);
	}
	assert_true(queueing >= 3);
	crowd_scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_passes_at_the_rate_of_the_lanes),
		cmocka_unit_test(waits_are_those_of_one_server_within_a_tenth),
		cmocka_unit_test(the_refused_are_counted_and_do_not_pass),
		cmocka_unit_test(a_lane_that_closes_sends_its_line_to_the_others),
		cmocka_unit_test(in_a_line_they_stand_slot_by_slot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
