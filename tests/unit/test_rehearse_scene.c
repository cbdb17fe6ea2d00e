/* Walkers in a small place: everybody gets in through the lanes, maps are made, and what nobody can walk is named. */
#include "rehearse_for_test.h"

#include "rehearse/scene.h"

static const struct small_place ten_minutes = {.ppl = 60, .arrivals = "[[-10,0],[0,1]]"};

static struct rehearse_settings walkers(void)
{
	struct rehearse_settings s = rehearse_settings_default();
	s.level = REHEARSE_MICRO;
	s.replications = 1;
	s.threads = 1;
	s.assume.refused_share = 0;
	return s;
}

static void everybody_walks_in_through_the_lanes(void **state)
{
	(void)state;
	struct plan *p = place_plan(&ten_minutes);
	struct rehearse_settings s = walkers();
	struct rehearsal *r = NULL;
	struct problem problem = {0};
	if (rehearse_run(p, &s, &r, &problem) != ERR_NONE)
		fail_msg("%s %s", problem.feature, problem.detail);
	assert_true(rehearsal_find(r, REHEARSE_FIGURE_IN, NULL)->runs[0] == 60);
	assert_true(rehearsal_find(r, REHEARSE_FIGURE_NOT_IN, NULL)->runs[0] == 0);
	assert_true(rehearsal_find(r, REHEARSE_FIGURE_CHECK_PASSED, "check")->runs[0] == 60);
	/* From the road to the check are some 70 m: nobody flies, nobody loiters. */
	double mean_s = rehearsal_find(r, REHEARSE_FIGURE_TO_IN_MEAN, NULL)->runs[0];
	assert_true(mean_s > 30 && mean_s < 180);
	assert_true(rehearsal_find(r, REHEARSE_FIGURE_AREA_PEOPLE_MAX, "hold")->runs[0] >= 2);
	assert_non_null(r->maximum_map.values);
	assert_true(r->maximum_map.columns > 10 && r->maximum_map.rows > 10);
	float most = 0;
	for (uint32_t i = 0; i < r->maximum_map.columns * r->maximum_map.rows; i++)
		most = fmaxf(most, r->maximum_map.values[i]);
	assert_true(most > 0.2F && (double)most >= rehearsal_find(r, REHEARSE_FIGURE_DENSITY_WORST, NULL)->runs[0] - 1e-6);
	rehearsal_free(r);
	plan_free(p);
}

static void a_lane_is_drawn_on_its_line_and_its_people_come_from_outside(void **state)
{
	(void)state;
	struct plan *p = place_plan(&ten_minutes);
	struct rehearse_settings given = walkers(), s;
	struct built *b = NULL;
	struct scene_made *m = NULL;
	assert_int_equal(settings_resolve(p, &given, &s, NULL), ERR_NONE);
	assert_int_equal(network_build(p, &s, &b, NULL), ERR_NONE);
	assert_int_equal(scene_make(b, &m, NULL), ERR_NONE);
	uint32_t hold = plan_find_zone(p, text_of("hold")), hall = plan_find_zone(p, text_of("hall"));
	assert_true(m->floor[hold] && !m->goal[hold] && m->floor[hall] && m->goal[hall]);
	assert_false(m->floor[plan_find_zone(p, text_of("W"))]); /* behind the first inside zone nobody walks any more */
	assert_int_equal(m->corridor_count, 1);
	assert_true(scene_zone_contains(m, hold, (struct point_m){30, 10}) && !scene_zone_contains(m, hold, (struct point_m){30, 30}));
	scene_made_free(m);
	built_free(b);
	plan_free(p);
}

static void leaving_on_foot_is_refused_with_the_setting(void **state)
{
	(void)state;
	struct plan *p = place_plan(&ten_minutes);
	struct rehearse_settings s = walkers();
	struct rehearsal *r = NULL;
	struct problem problem = {0};
	s.phase = REHEARSE_EVACUATION;
	assert_int_equal(rehearse_run(p, &s, &r, &problem), ERR_REHEARSE_SETTING);
	assert_string_equal(problem.field, "level");
	plan_free(p);
}

static void a_way_that_is_blocked_is_named(void **state)
{
	(void)state;
	struct plan *p = place_plan(&ten_minutes);
	struct rehearse_settings s = walkers();
	struct rehearse_change block = {REHEARSE_CHANGE_BLOCK, "check", 0, NAN, NAN};
	struct rehearsal *r = NULL;
	struct problem problem = {0};
	s.changes = &block;
	s.change_count = 1;
	assert_int_equal(rehearse_run(p, &s, &r, &problem), ERR_CROWD_GEOMETRY);
	assert_string_equal(problem.feature, "road");
	plan_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_walks_in_through_the_lanes),
		cmocka_unit_test(a_lane_is_drawn_on_its_line_and_its_people_come_from_outside),
		cmocka_unit_test(leaving_on_foot_is_refused_with_the_setting),
		cmocka_unit_test(a_way_that_is_blocked_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
