/* A scene from drawing to the last one out: ways, choices, doors, stairs, groups; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scene_for_test.h"

static void one_walker_in_a_corridor_takes_length_over_speed(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 41, 2);
	uint32_t exit = add_goal(d, "exit", true, 40.5, 0, 41, 2), line;
	assert_int_equal(crowd_draft_line(d, "end", LINE2(30, 2, 30, 0), &line), ERR_NONE);
	add_walker(d, route_to(d, &exit, 1, NULL), 0.5, 1, 1.33, 0);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
	run_scene(s, 60);
	const struct crowd_left *w = left_of(s, 0);
	assert_true(fabs(w->at_left_s - 40 / 1.33) < 0.01 * 40 / 1.33);
	assert_true(fabs(w->walked_m - 40) < 0.3);
	assert_int_equal(w->goal, exit);
	struct crowd_line_result r;
	crowd_scene_line(s, line, &r);
	assert_int_equal(r.forth + r.back, 1);
	crowd_scene_free(s);
}

static void each_starts_at_his_time(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 12, 10);
	uint32_t exit = add_goal(d, "exit", true, 11, 0, 12, 10), route = route_to(d, &exit, 1, NULL);
	for (int i = 0; i < 10; i++)
		add_walker(d, route, 1, 0.5 + i, 1.2, i * 0.73);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
	run_scene(s, 60);
	for (int i = 0; i < 10; i++) {
		assert_true(fabs(left_of(s, (uint32_t)i)->at_started_s - i * 0.73) <= 0.05 + 1e-9);
		assert_true(fabs(left_of(s, (uint32_t)i)->at_left_s - i * 0.73 - 10 / 1.2) < 0.6);
	}
	crowd_scene_free(s);
}

/*  +--------+
 *  |  post  +--+
 *  |   []    go>    everybody out, nobody through a wall
 *  |        +--+
 *  +--------+        */
static struct crowd_scene_draft *room_with_neck(uint32_t people, bool mirrored)
{
	struct crowd_scene_draft *d = new_draft();
	double m = mirrored ? -1 : 1;
	add_floor(d, fmin(0, m * 10), 0, fmax(0, m * 10), 8);
	add_floor(d, fmin(m * 10, m * 13), 3.25, fmax(m * 10, m * 13), 4.75);
	assert_int_equal(crowd_draft_obstacle(d, "post", RECTANGLE(fmin(m * 7, m * 7.5), 3.75, fmax(m * 7, m * 7.5), 4.25)), ERR_NONE);
	uint32_t exit = add_goal(d, "exit", true, fmin(m * 12, m * 13), 3.25, fmax(m * 12, m * 13), 4.75), line;
	assert_int_equal(crowd_draft_line(d, "door", LINE2(m * 10.5, 3, m * 10.5, 5), &line), ERR_NONE);
	add_people(d, people, route_to(d, &exit, 1, NULL), fmin(m * 0.5, m * 6), 0.5, fmax(m * 0.5, m * 6), 7.5);
	return d;
}

static void all_leave_a_room_and_each_is_counted_at_the_door(void **state)
{
	(void)state;
	struct crowd_scene *s = new_scene(room_with_neck(60, false), (struct crowd_scene_settings){.seed = 3});
	double all_out_s = run_scene(s, 200);
	assert_true(crowd_scene_done(s));
	assert_true(all_out_s > 12 && all_out_s < 90);
	struct crowd_line_result r;
	crowd_scene_line(s, 0, &r);
	assert_int_equal((int)r.forth - (int)r.back, 60);
	crowd_scene_free(s);
}

static double mean_out_s(bool mirrored, uint64_t seed)
{
	struct crowd_scene *s = new_scene(room_with_neck(40, mirrored), (struct crowd_scene_settings){.seed = seed});
	double sum = 0;
	run_scene(s, 200);
	for (uint32_t i = 0; i < 40; i++)
		sum += left_of(s, i)->at_left_s / 40;
	crowd_scene_free(s);
	return sum;
}

static void a_mirrored_room_empties_alike(void **state)
{
	(void)state;
	double sum = 0;
	for (uint64_t seed = 1; seed <= 6; seed++)
		sum += (mean_out_s(true, seed) - mean_out_s(false, seed)) / 6;
	assert_true(fabs(sum) < 2.5); /* of some 15 s: the places are drawn, not mirrored */
}

static void a_lone_walker_in_a_mirrored_room_walks_mirrored(void **state)
{
	(void)state;
	float x[2][160], y[2][160];
	for (int m = 0; m < 2; m++) {
		struct crowd_scene_draft *d = new_draft();
		double f = m ? -1 : 1;
		add_floor(d, fmin(0, f * 10), 0, fmax(0, f * 10), 8);
		assert_int_equal(crowd_draft_wall(d, "wall", WALL(f * 5, 0, f * 5, 6)), ERR_NONE);
		uint32_t exit = add_goal(d, "exit", true, fmin(f * 9, f * 10), 0, fmax(f * 9, f * 10), 2);
		add_walker(d, route_to(d, &exit, 1, NULL), f * 1.3, 1.7, 1.3, 0);
		struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
		for (int i = 0; i < 160; i++) {
			uint32_t count;
			const struct crowd_walker *w = crowd_scene_walkers(s, &count);
			assert_int_equal(count, 1);
			x[m][i] = w->x_m;
			y[m][i] = w->y_m;
			assert_int_equal(crowd_scene_step(s), ERR_NONE);
		}
		crowd_scene_free(s);
	}
	for (int i = 0; i < 160; i++)
		assert_true(fabsf(x[0][i] + x[1][i]) < 0.05f && fabsf(y[0][i] - y[1][i]) < 0.05f);
}

static uint64_t bytes_of(uint32_t threads, double refresh_s)
{
	struct crowd_scene *s = new_scene(room_with_neck(80, false), (struct crowd_scene_settings){.seed = 5, .threads = threads,
		.refresh_s = refresh_s});
	uint64_t hash = 1469598103934665603u;
	for (int i = 0; i < 300; i++) {
		uint32_t count;
		assert_int_equal(crowd_scene_step(s), ERR_NONE);
		const struct crowd_walker *w = crowd_scene_walkers(s, &count);
		for (uint32_t k = 0; k < count; k++) {
			uint32_t words[3];
			memcpy(&words[0], &w[k].x_m, 4);
			memcpy(&words[1], &w[k].y_m, 4);
			words[2] = w[k].number;
			for (int j = 0; j < 3; j++)
				hash = (hash ^ words[j]) * 1099511628211u;
		}
	}
	crowd_scene_free(s);
	return hash;
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
	(void)state;
	for (int refresh = 0; refresh < 2; refresh++) {
		uint64_t one = bytes_of(1, refresh * 2.0);
		assert_true(bytes_of(1, refresh * 2.0) == one);
		assert_true(bytes_of(2, refresh * 2.0) == one);
		assert_true(bytes_of(8, refresh * 2.0) == one);
	}
}

/* ---- choice ---- */
static uint32_t chosen(struct crowd_scene *s, uint32_t people, uint32_t goal)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < people; i++)
		count += left_of(s, i)->goal == goal;
	return count;
}

static void weights_force_shares_and_otherwise_the_nearer_exit_is_taken(void **state)
{
	(void)state;
	for (int forced = 0; forced < 2; forced++) {
		struct crowd_scene_draft *d = new_draft();
		add_floor(d, 0, 0, 30, 10);
		uint32_t exits[2] = {add_goal(d, "west", true, 0, 4, 1, 6), add_goal(d, "east", true, 29, 4, 30, 6)};
		const double weights[2] = {20, 80};
		uint32_t route = route_to(d, exits, 2, forced ? weights : NULL);
		add_people(d, 100, route, 3, 0.5, 12, 9.5);
		struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.seed = 11});
		run_scene(s, 120);
		uint32_t west = chosen(s, 100, exits[0]);
		assert_true(forced ? west >= 10 && west <= 30 : west == 100);
		assert_int_equal(west + chosen(s, 100, exits[1]), 100);
		crowd_scene_free(s);
	}
}

static void a_shut_exit_makes_everybody_choose_anew(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 30, 10);
	uint32_t exits[2] = {add_goal(d, "west", true, 0, 4, 1, 6), add_goal(d, "east", true, 29, 4, 30, 6)};
	add_people(d, 50, route_to(d, exits, 2, NULL), 3, 0.5, 12, 9.5);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.seed = 2});
	run_scene(s, 1);
	assert_int_equal(crowd_scene_set_goal(s, exits[0], false), ERR_NONE);
	run_scene(s, 120);
	assert_int_equal(chosen(s, 50, exits[1]), 50);
	assert_int_equal(crowd_scene_set_goal(s, 77, false), ERR_CROWD_GEOMETRY);
	crowd_scene_free(s);
}

static void a_crowd_at_one_exit_sends_some_to_the_other_when_ways_are_weighed_anew(void **state)
{
	(void)state;
	uint32_t far[2];
	for (int weighed = 0; weighed < 2; weighed++) {
		struct crowd_scene_draft *d = new_draft();
		add_floor(d, 0, 0, 16, 10);
		add_floor(d, -2, 4.5, 0, 5.5);
		add_floor(d, 16, 4.5, 18, 5.5);
		uint32_t exits[2] = {add_goal(d, "near", true, -2, 4.5, -1, 5.5), add_goal(d, "far", true, 17, 4.5, 18, 5.5)};
		add_people(d, 100, route_to(d, exits, 2, NULL), 0.5, 0.5, 7, 9.5);
		struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.seed = 4, .refresh_s = weighed ? 2 : 0});
		run_scene(s, 200);
		far[weighed] = chosen(s, 100, exits[1]);
		crowd_scene_free(s);
	}
	assert_int_equal(far[0], 0);
	assert_true(far[1] >= 10 && far[1] <= 60);
}

/* ---- places ---- */
/* Four walkers stand on a square grid of 1 m inside a square of 2 m: each has a cell of 1 m2. */
static void an_area_tells_density_and_the_grid_holds_everybody(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 20, 20);
	uint32_t goal = add_goal(d, "exit", true, 19, 9, 20, 11), area = CROWD_NONE, route = route_to(d, &goal, 1, NULL);
	for (int i = 0; i < 16; i++)
		add_walker(d, route, 8.5 + i % 4, 8.5 + i / 4, 1.0, 100);
	assert_int_equal(crowd_draft_area(d, "gauge", RECTANGLE(9, 9, 11, 11), &area), ERR_NONE);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.threads = 1});
	assert_int_equal(crowd_scene_step(s), ERR_NONE);
	struct crowd_place_result place;
	crowd_scene_place(s, area, &place);
	assert_int_equal(place.people, 4);
	assert_true(fabs(place.density_ppl_m2 - 1) < 0.01);
	assert_true(place.speed_ms == 0);
	struct crowd_grid grid;
	assert_int_equal(crowd_scene_density(s, 1.0, &grid), ERR_NONE);
	double people = 0, most = 0;
	for (uint32_t i = 0; i < grid.columns * grid.rows; i++) {
		people += (double)grid.values[i] * grid.cell_m * grid.cell_m;
		most = fmax(most, (double)grid.values[i]);
	}
	assert_true(fabs(people - 16) < 0.01 && most > 0.9 && most < 1.1);
	free(grid.values);
	crowd_scene_free(s);
}

static void a_slow_place_slows_by_its_factor(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 30, 2);
	assert_int_equal(crowd_draft_slow(d, "stair", RECTANGLE(10, 0, 20, 2), 0.5), ERR_NONE);
	uint32_t exit = add_goal(d, "exit", true, 29, 0, 30, 2);
	add_walker(d, route_to(d, &exit, 1, NULL), 1, 1, 1.25, 0);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
	run_scene(s, 60);
	assert_true(fabs(left_of(s, 0)->at_left_s - (18 / 1.25 + 10 / 0.625)) < 0.5);
	crowd_scene_free(s);
}

/*   |1 ......  a>|     |>b ...... exit|    two sheets; the way leads over the portal */
static void a_portal_leads_from_sheet_to_sheet_and_holds_who_finds_no_room(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 10, 2);
	add_floor(d, 20, 10, 30, 12);
	assert_int_equal(crowd_draft_portal(d, "stair", LINE2(10, 2, 10, 0), LINE2(20, 12, 20, 10)), ERR_NONE);
	uint32_t exit = add_goal(d, "exit", true, 29, 10, 30, 12);
	uint32_t route = route_to(d, &exit, 1, NULL);
	for (int i = 0; i < 12; i++)
		add_walker(d, route, 1 + 0.5 * (i / 3), 0.5 + 0.5 * (i % 3), 1.2, 0);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
	run_scene(s, 100);
	assert_true(crowd_scene_done(s));
	for (uint32_t i = 0; i < 12; i++)
		assert_true(left_of(s, i)->at_left_s > 12 && left_of(s, i)->at_left_s < 35);
	crowd_scene_free(s);
}

static void a_group_arrives_together(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 20, 9);
	uint32_t exit = add_goal(d, "exit", true, 19, 0, 20, 9), route = route_to(d, &exit, 1, NULL);
	for (int i = 0; i < 5; i++) {
		struct crowd_placed w = {.x_m = 1, .y_m = 2.5 + i, .speed_ms = i == 2 ? 0.5 : 1.25, .route = route, .group = 7};
		assert_int_equal(crowd_draft_walker(d, &w), ERR_NONE);
	}
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
	run_scene(s, 120);
	double first = INFINITY, last = 0;
	for (uint32_t i = 0; i < 5; i++) {
		first = fmin(first, left_of(s, i)->at_left_s);
		last = fmax(last, left_of(s, i)->at_left_s);
	}
	assert_true(last - first < 10 && last > 30);
	crowd_scene_free(s);
}

static void a_way_by_stations_passes_each_in_turn(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 20, 20);
	uint32_t first = add_goal(d, "first", false, 18, 0, 20, 2), second = add_goal(d, "second", false, 0, 18, 2, 20);
	uint32_t exit = add_goal(d, "exit", true, 18, 18, 20, 20);
	const struct crowd_route_step steps[] = {{false, &first, 1, NULL}, {false, &second, 1, NULL}, {false, &exit, 1, NULL}};
	add_walker(d, add_route(d, steps, 3), 1, 1, 1.5, 0);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){0});
	run_scene(s, 100);
	assert_true(left_of(s, 0)->walked_m > 54 && left_of(s, 0)->walked_m < 62);
	crowd_scene_free(s);
}

/* ---- who comes ---- */
static void who_finds_no_room_waits_outside_and_comes_later(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 12, 3);
	uint32_t exit = add_goal(d, "exit", true, 11, 0, 12, 3);
	add_people(d, 60, route_to(d, &exit, 1, NULL), 0.2, 0.2, 1.7, 2.8);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.seed = 1});
	assert_int_equal(crowd_scene_step(s), ERR_NONE);
	uint32_t present, waiting = crowd_scene_waiting_outside(s);
	crowd_scene_walkers(s, &present);
	assert_true(waiting > 5 && present + waiting == 60);
	run_scene(s, 120);
	assert_true(crowd_scene_done(s) && crowd_scene_waiting_outside(s) == 0);
	crowd_scene_free(s);
}

static void people_come_by_the_curve_and_by_trains(void **state)
{
	(void)state;
	for (int trains = 0; trains < 2; trains++) {
		struct crowd_scene_draft *d = new_draft();
		add_floor(d, 0, 0, 30, 10);
		uint32_t exit = add_goal(d, "exit", true, 29, 0, 30, 10);
		const struct crowd_curve_point curve[] = {{10, 0}, {40, 1}};
		struct crowd_scene_source source = {.id = "s", .polygon = RECTANGLE(1, 1, 10, 9), .ppl = 90, .curve = {curve, 2},
			.route = route_to(d, &exit, 1, NULL), .batch_ppl = trains ? 50 : 0, .headway_s = 15};
		assert_int_equal(crowd_draft_source(d, &source), ERR_NONE);
		struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.seed = 9});
		run_scene(s, 120);
		for (uint32_t i = 0; i < 90; i++) {
			double at = left_of(s, i)->at_born_s;
			assert_true(at >= 10 && at < (trains ? 61 : 41));
			if (trains)
				assert_true(at - 15 * floor(at / 15) < 1); /* with the train, or as soon as there was room */
		}
		crowd_scene_free(s);
	}
}

static void speeds_are_of_the_cut_normal(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 60, 60);
	uint32_t exit = add_goal(d, "exit", true, 59, 0, 60, 60);
	add_people(d, 2000, route_to(d, &exit, 1, NULL), 1, 1, 50, 59);
	struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.seed = 21});
	uint32_t count;
	const struct crowd_walker *w = crowd_scene_walkers(s, &count);
	double sum = 0, squares = 0;
	struct crowd_body body = crowd_body_default();
	assert_int_equal(count, 2000);
	for (uint32_t i = 0; i < count; i++) {
		assert_true(w[i].free_speed_ms >= (float)body.speed_min_ms && w[i].free_speed_ms <= (float)body.speed_max_ms);
		sum += w[i].free_speed_ms;
		squares += w[i].free_speed_ms * w[i].free_speed_ms;
	}
	double mean = sum / 2000;
	assert_true(fabs(mean - body.speed_ms) < 0.03);
	assert_true(fabs(sqrt(squares / 2000 - mean * mean) - body.speed_sd_ms) < 0.04);
	crowd_scene_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_walker_in_a_corridor_takes_length_over_speed),
		cmocka_unit_test(each_starts_at_his_time),
		cmocka_unit_test(all_leave_a_room_and_each_is_counted_at_the_door),
		cmocka_unit_test(a_mirrored_room_empties_alike),
		cmocka_unit_test(a_lone_walker_in_a_mirrored_room_walks_mirrored),
		cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
		cmocka_unit_test(weights_force_shares_and_otherwise_the_nearer_exit_is_taken),
		cmocka_unit_test(a_shut_exit_makes_everybody_choose_anew),
		cmocka_unit_test(a_crowd_at_one_exit_sends_some_to_the_other_when_ways_are_weighed_anew),
		cmocka_unit_test(an_area_tells_density_and_the_grid_holds_everybody),
		cmocka_unit_test(a_slow_place_slows_by_its_factor),
		cmocka_unit_test(a_portal_leads_from_sheet_to_sheet_and_holds_who_finds_no_room),
		cmocka_unit_test(a_group_arrives_together),
		cmocka_unit_test(a_way_by_stations_passes_each_in_turn),
		cmocka_unit_test(who_finds_no_room_waits_outside_and_comes_later),
		cmocka_unit_test(people_come_by_the_curve_and_by_trains),
		cmocka_unit_test(speeds_are_of_the_cut_normal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
