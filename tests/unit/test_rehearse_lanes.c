/* Lanes that are found: where the answer is known beforehand, and what cannot be. */
#include "rehearse_for_test.h"

/* Six lanes stand there, two are open. 30 people a minute come in even two hours; a lane passes 8: 3.75 lanes' worth. */
#define SIX_LANES "[{\"id\":\"1\",\"rate_ppl_min\":8},{\"id\":\"2\",\"rate_ppl_min\":8},{\"id\":\"3\"," \
		"\"rate_ppl_min\":8,\"open\":false}," \
	"{\"id\":\"4\",\"rate_ppl_min\":8,\"open\":false},{\"id\":\"5\",\"rate_ppl_min\":8,\"open\":false},{\"id\":\"6\"," \
		"\"rate_ppl_min\":8,\"open\":false}]"
static const struct small_place even = {.ppl = 3600, .lanes = SIX_LANES, .arrivals = "[[-90,0],[30,1]]",
	.seats_w = 1500, .seats_e = 3000};

static struct rehearse_lanes *find(const struct small_place *place, struct rehearse_lanes_wanted wanted, uint32_t replications)
{
	struct plan *p = place_plan(place);
	struct rehearse_settings s = rehearse_settings_default();
	struct rehearse_lanes *l = NULL;
	struct problem problem = {0};
	s.replications = replications;
	if (rehearse_find_lanes(p, &s, &wanted, &l, &problem) != ERR_NONE)
		fail_msg("%s: %s", problem.field, problem.detail);
	plan_free(p);
	return l;
}

static double all_in_mean(const struct rehearsal *r)
{
	return rehearsal_find(r, REHEARSE_FIGURE_TO_IN_MEAN, NULL)->estimate.mean;
}

/* With three lanes the queue grows without end; with four an M/D/4 queue at 0.94 waits some 13 s: the wish holds with four. */
static void an_even_stream_gets_the_least_number_that_is_enough(void **state)
{
	(void)state;
	struct rehearse_lanes *l = find(&even, (struct rehearse_lanes_wanted){.wait_p95_s = 180}, 4);
	assert_true(l->reached);
	assert_int_equal(l->checkpoint_count, 1);
	assert_int_equal(l->checkpoints[0].lanes_there, 6);
	double lanes = 0, quarters = 0;
	for (uint32_t q = 0; q < l->quarter_count; q++) {
		const struct rehearse_quarter *k = &l->checkpoints[0].quarters[q];
		assert_true(isnan(k->wait_p95_s.mean) || k->wait_p95_s.mean <= 180);
		if (k->from_min < -75 || k->from_min >= 15)
			continue;
		quarters++;
		lanes += k->lanes;
		assert_true(k->lanes >= 3 && k->lanes <= 5); /* three for a quarter hour, where the one before left nobody waiting */
	}
	assert_true(quarters == 6 && lanes >= 3.7 * quarters && lanes <= 4.7 * quarters);
	assert_true(all_in_mean(l->after) < all_in_mean(l->before) - 300);
	rehearse_lanes_free(l);
}

/* Each change begins and ends a stretch of its own; the search adds its quarter hours. */
static void as_many_changes_as_there_may_be_leave_room_for_the_search(void **state)
{
	(void)state;
	static struct rehearse_change changes[REHEARSE_CHANGES_MAX];
	for (uint32_t i = 0; i < REHEARSE_CHANGES_MAX; i++)
		changes[i] = (struct rehearse_change){REHEARSE_CHANGE_LANES, "check", 2 + i % 4, -80.01 + 0.41 * i, -79.87 + 0.41 * i};
	struct plan *p = place_plan(&even);
	struct rehearse_settings s = rehearse_settings_default();
	struct rehearse_lanes_wanted wanted = {.wait_p95_s = 600};
	struct rehearse_lanes *l = NULL;
	struct problem problem = {0};
	s.replications = 2;
	s.changes = changes;
	s.change_count = REHEARSE_CHANGES_MAX;
	assert_int_equal(rehearse_find_lanes(p, &s, &wanted, &l, &problem), ERR_NONE);
	for (uint32_t q = 0; q < l->quarter_count; q++)
		assert_true(l->checkpoints[0].quarters[q].lanes <= l->checkpoints[0].lanes_max);
	rehearse_lanes_free(l);
	plan_free(p);
}

static void a_wish_beyond_all_lanes_says_so_and_gives_the_best_it_found(void **state)
{
	(void)state;
	struct rehearse_lanes *l = find(&even, (struct rehearse_lanes_wanted){.staff = 3, .wait_p95_s = 60}, 2);
	assert_false(l->reached);
	assert_true(l->staff_max == 3);
	assert_true(l->next_count == 1 && l->next[0].saves_s.mean > 60);
	rehearse_lanes_free(l);
}

static void staff_is_never_exceeded_and_goes_where_people_wait(void **state)
{
	(void)state;
	struct rehearse_lanes_wanted wanted = {.staff = 10, .wait_p95_s = NAN};
	wanted.staff_per_lane[PLAN_SECURITY] = 2.5;
	struct rehearse_lanes *l = find(&even, wanted, 2);
	assert_true(l->reached && l->staff_max == 10);
	for (uint32_t q = 0; q < l->quarter_count; q++)
		assert_true(l->checkpoints[0].quarters[q].lanes <= 4);
	assert_true(all_in_mean(l->after) < all_in_mean(l->before) - 300);
	rehearse_lanes_free(l);
}

static void a_question_that_is_none_is_refused(void **state)
{
	(void)state;
	struct plan *p = place_plan(&even);
	const struct { struct rehearse_lanes_wanted w; const char *field; } bad[] = {
		{{.staff = 0, .wait_p95_s = NAN}, "staff"}, {{.staff = 5, .wait_p95_s = -1}, "wait_p95_s"},
			{{.staff = UINT32_MAX, .wait_p95_s = NAN}, "staff"},
		{{.staff = 5, .wait_p95_s = NAN, .staff_per_lane = {NAN}}, "staff_per_lane"}, {{.staff = 5, .wait_p95_s = 1e9}, "wait_p95_s"}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rehearse_settings s = rehearse_settings_default();
		struct rehearse_lanes *l = NULL;
		struct problem problem = {0};
		assert_int_equal(rehearse_find_lanes(p, &s, &bad[i].w, &l, &problem), ERR_REHEARSE_SETTING);
		assert_string_equal(problem.field, bad[i].field);
		assert_null(l);
	}
	struct rehearse_settings s = rehearse_settings_default();
	struct rehearse_lanes *l = NULL;
	struct problem problem = {0};
	s.phase = REHEARSE_EVACUATION;
	assert_int_equal(rehearse_find_lanes(p, &s, &bad[1].w, &l, &problem), ERR_REHEARSE_SETTING);
	plan_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_even_stream_gets_the_least_number_that_is_enough),
		cmocka_unit_test(as_many_changes_as_there_may_be_leave_room_for_the_search),
		cmocka_unit_test(a_wish_beyond_all_lanes_says_so_and_gives_the_best_it_found),
		cmocka_unit_test(staff_is_never_exceeded_and_goes_where_people_wait),
		cmocka_unit_test(a_question_that_is_none_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
