/* What a scene refuses, and with which words: nothing bad is drawn, nothing impossible is begun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scene_for_test.h"

static void refused(struct crowd_scene_draft *d, err_t error, const char *feature)
{
	assert_int_equal(error, ERR_CROWD_GEOMETRY);
	assert_string_equal(crowd_draft_problem(d)->feature, feature);
	assert_true(crowd_draft_problem(d)->detail[0] != '\0');
}

static void a_bad_drawing_is_refused_at_once_and_by_name(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	uint32_t n = 0, known = 5;
	refused(d, crowd_draft_floor(d, "two corners", WALL(0, 0, 5, 5)), "two corners");
	refused(d, crowd_draft_floor(d, "flat", RECTANGLE(0, 3, 5, 3)), "flat");
	refused(d, crowd_draft_obstacle(d, "nan", RECTANGLE(0, 0, NAN, 3)), "nan");
	refused(d, crowd_draft_obstacle(d, "far", RECTANGLE(0, 0, 1e9, 3)), "far");
	refused(d, crowd_draft_wall(d, "point", WALL(1, 1, 1, 1)), "point");
	refused(d, crowd_draft_slow(d, "standstill", RECTANGLE(0, 0, 1, 1), 0), "standstill");
	refused(d, crowd_draft_goal(d, "nowhere", RECTANGLE(0, 0, INFINITY, 1), true, &n), "nowhere");
	refused(d, crowd_draft_portal(d, "slit", LINE2(0, 0, 0.1, 0), LINE2(5, 0, 6, 0)), "slit");
	refused(d, crowd_draft_route(d, "to no goal", &(struct crowd_route_step){false, &known, 1, NULL}, 1, &n), "to no goal");
	struct crowd_scene_source source = {.id = "no route", .polygon = RECTANGLE(0, 0, 1, 1), .ppl = 1};
	refused(d, crowd_draft_source(d, &source), "no route");
	refused(d, crowd_draft_gate(d, "no lane", NULL, 0, &n), "no lane");
	crowd_draft_free(d);
}

static void not_made(struct crowd_scene_draft *d, struct crowd_scene_settings settings, err_t wanted,
	const char *feature, const char *word)
{
	struct crowd_scene *s = NULL;
	struct problem problem = {0};
	settings.threads = 1;
	err_t error = crowd_scene_new(d, &settings, &s, &problem);
	if (error != wanted || strcmp(problem.feature, feature) != 0 || strstr(problem.detail, word) == NULL)
		print_message("%s: %s\n", problem.feature, problem.detail);
	assert_int_equal(error, wanted);
	assert_string_equal(problem.feature, feature);
	assert_non_null(strstr(problem.detail, word));
	assert_null(s);
	crowd_draft_free(d);
}

static void a_goal_off_the_floor_is_named(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 10, 10);
	uint32_t exit = add_goal(d, "exit", true, 20, 0, 21, 2);
	add_walker(d, route_to(d, &exit, 1, NULL), 5, 5, 1, 0);
	not_made(d, (struct crowd_scene_settings){0}, ERR_CROWD_GEOMETRY, "exit", "outside");
}

static void no_way_names_the_source_and_the_goal(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 10, 10);
	add_floor(d, 12, 0, 22, 10);
	uint32_t exit = add_goal(d, "exit", true, 20, 0, 22, 2);
	add_people(d, 5, route_to(d, &exit, 1, NULL), 1, 1, 4, 4);
	not_made(d, (struct crowd_scene_settings){0}, ERR_CROWD_GEOMETRY, "source", "no way from here to exit");
}

static void no_way_between_two_steps_names_them(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 10, 10);
	add_floor(d, 12, 0, 22, 10);
	uint32_t first = add_goal(d, "first", false, 8, 8, 10, 10), exit = add_goal(d, "exit", true, 20, 0, 22, 2);
	const struct crowd_route_step steps[] = {{false, &first, 1, NULL}, {false, &exit, 1, NULL}};
	add_people(d, 5, add_route(d, steps, 2), 1, 1, 4, 4);
	not_made(d, (struct crowd_scene_settings){0}, ERR_CROWD_GEOMETRY, "first", "no way from here to exit");
}

/* A wall with a gap of so many metres, at every place relative to the cells and slanting: a body of 0.3 m gets through or not. */
static void a_passage_narrower_than_a_body_is_named_with_its_place(void **state)
{
	(void)state;
	for (int k = 0; k < 24; k++) {
		double y = 4 + 0.037 * k, slant = 0.3 * (k % 4), width = k % 2 ? 0.25 : 0.5;
		struct crowd_scene_draft *d = new_draft();
		add_floor(d, 0, 0, 12, 10);
		double length = hypot(slant * 10, 10), ux = slant * 10 / length, uy = 10 / length, x0 = 5 - ux * 5, half = width / 2;
		double mx = x0 + ux * y, my = uy * y;
		assert_int_equal(crowd_draft_wall(d, "south", WALL(x0 - ux, -uy, mx - ux * half, my - uy * half)), ERR_NONE);
		assert_int_equal(crowd_draft_wall(d, "north", WALL(mx + ux * half, my + uy * half, x0 + ux * 20, uy * 20)), ERR_NONE);
		uint32_t exit = add_goal(d, "exit", true, 11, 0, 12, 10);
		add_people(d, 5, route_to(d, &exit, 1, NULL), 0.2, 4, 1.2, 8);
		struct crowd_body body = crowd_body_default();
		body.radius_m = 0.15;
		if (width < 0.3) {
			not_made(d, (struct crowd_scene_settings){.body = body}, ERR_CROWD_GEOMETRY, "exit", "narrower than a body");
		} else {
			struct crowd_scene *s = new_scene(d, (struct crowd_scene_settings){.body = body, .seed = 1});
			run_scene(s, 120);
			assert_true(crowd_scene_done(s));
			crowd_scene_free(s);
		}
	}
}

static void what_is_too_large_is_refused_with_the_number_before_it_begins(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 20000, 20000);
	uint32_t exit = add_goal(d, "exit", true, 0, 0, 10, 10);
	add_people(d, 5, route_to(d, &exit, 1, NULL), 100, 100, 120, 120);
	struct crowd_scene_settings fine = {.cell_m = 0.05}, coarse = {0};
	assert_true(crowd_scene_bytes(d, &fine) > (size_t)1 << 40);
	assert_true(crowd_scene_bytes(d, &coarse) < (size_t)1 << 30);
	not_made(d, fine, ERR_CROWD_TOO_LARGE, "", "bytes");
}

static void nothing_drawn_is_no_scene(void **state)
{
	(void)state;
	not_made(new_draft(), (struct crowd_scene_settings){0}, ERR_CROWD_GEOMETRY, "", "nothing is drawn");
}

static void a_draft_may_be_used_again(void **state)
{
	(void)state;
	struct crowd_scene_draft *d = new_draft();
	add_floor(d, 0, 0, 10, 10);
	uint32_t exit = add_goal(d, "exit", true, 9, 0, 10, 10);
	add_walker(d, route_to(d, &exit, 1, NULL), 5, 5, 1, 0);
	for (int i = 0; i < 2; i++) {
		struct crowd_scene *s = NULL;
		assert_int_equal(crowd_scene_new(d, &(struct crowd_scene_settings){.threads = 1}, &s, NULL), ERR_NONE);
		run_scene(s, 20);
		assert_true(crowd_scene_done(s));
		crowd_scene_free(s);
	}
	crowd_draft_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_drawing_is_refused_at_once_and_by_name),
		cmocka_unit_test(a_goal_off_the_floor_is_named),
		cmocka_unit_test(no_way_names_the_source_and_the_goal),
		cmocka_unit_test(no_way_between_two_steps_names_them),
		cmocka_unit_test(a_passage_narrower_than_a_body_is_named_with_its_place),
		cmocka_unit_test(what_is_too_large_is_refused_with_the_number_before_it_begins),
		cmocka_unit_test(nothing_drawn_is_no_scene),
		cmocka_unit_test(a_draft_may_be_used_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
