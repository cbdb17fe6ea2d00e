/* A plan from outside may be anything: it is refused with the feature and the field, and nothing is made of it. */
#include "network_for_test.h"

static void build(struct net *t)
{
	net_begin(t);
	uint32_t out = net_area(t, 0, INFINITY, false), hold = net_area(t, 100, 50, false), in = net_area(t, 0, INFINITY, true);
	net_link(t, out, hold, 20, 3);
	net_check(t, hold, in, 2, net_service(t, CROWD_LOGNORMAL, 5, 0.5));
	net_stream(t, out, in, 100, 600);
}

static void assert_refused(const struct net *t, err_t wanted, const char *feature, const char *field)
{
	struct crowd_network *n = NULL;
	struct problem p = {0};
	err_t e = crowd_network_new(&t->plan, &n, &p);
	if (e == ERR_NONE)
		crowd_network_free(n);
	if (e != wanted || strcmp(p.feature, feature) != 0 || strstr(p.field, field) == NULL || p.detail[0] == '\0')
		fail_msg("error %s, feature \"%s\", field \"%s\": %s; wanted %s of %s", error_row(e)->code, p.feature,
			p.field, p.detail, field, feature);
	assert_null(e == ERR_NONE ? (void *)1 : n);
	assert_int_equal(crowd_network_new(&t->plan, &n, NULL), wanted); /* and without words */
}

#define REFUSED(change, feature, field) do { \
	build(&t); \
	change; \
	assert_refused(&t, ERR_CROWD_NETWORK, feature, field); \
} while (0)

static const double bad[] = {(double)NAN, -1, (double)INFINITY, -(double)INFINITY};

static void numbers_that_are_none_are_refused_by_name(void **state)
{
	(void)state;
	struct net t;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REFUSED(t.areas[1].area_m2 = bad[i], "area1", "area_m2");
		REFUSED(t.links[0].length_m = bad[i], "link0", "length_m");
		REFUSED(t.links[0].width_m = bad[i], "link0", "width_m");
		REFUSED(t.links[0].speed_factor = bad[i], "link0", "speed_factor");
		REFUSED(t.links[0].flow_ppl_m_s = bad[i], "link0", "flow_ppl_m_s");
		REFUSED(t.services[0].mean_s = bad[i], "check0", "mean_s");
		REFUSED(t.services[0].cv = bad[i], "check0", "cv");
		REFUSED(t.services[0].bag_factor = bad[i], "check0", "bag_factor");
		REFUSED(t.services[0].second_share = bad[i], "check0", "second_share");
		REFUSED(t.services[0].refused_share = bad[i], "check0", "refused_share");
		REFUSED(t.checkpoints[0].queue_ppl = bad[i], "check0", "queue_ppl");
		REFUSED(t.checkpoints[0].lane_count = 0; t.checkpoints[0].width_m = bad[i], "check0", "width_m");
		REFUSED(t.shares[0] = bad[i], "stream0", "goals");
		REFUSED(t.curve[0][0].at_s = bad[i], "stream0", "curve");
		REFUSED(t.curve[0][1].share = bad[i], "stream0", "curve");
		REFUSED(t.streams[0].crowd.bag_share = bad[i], "stream0", "crowd");
		REFUSED(t.streams[0].crowd.group_share[2] = bad[i], "stream0", "group_share");
		REFUSED(t.streams[0].batch_ppl = 5; t.streams[0].headway_s = bad[i], "stream0", "headway_s");
		REFUSED(t.plan.until_s = bad[i], "", "times");
		REFUSED(t.plan.walk_ms = bad[i], "", "times");
	}
	REFUSED(t.areas[1].limit_ppl = NAN, "area1", "limit_ppl");
	REFUSED(t.areas[1].limit_ppl = 0, "area1", "limit_ppl");
	REFUSED(t.plan.until_s = 0, "", "times");
	REFUSED(t.plan.start_s = NAN, "", "times");
}

static void indices_that_lead_nowhere_are_refused_by_name(void **state)
{
	(void)state;
	struct net t;
	REFUSED(t.links[0].to = 3, "link0", "from, to");
	REFUSED(t.links[0].to = t.links[0].from, "link0", "from, to");
	REFUSED(t.links[0].opposite = 0, "link0", "opposite");
	REFUSED(t.links[0].opposite = 9, "link0", "opposite");
	REFUSED(t.checkpoints[0].from = CROWD_NONE, "check0", "from, to");
	REFUSED(t.checkpoints[0].lane_first = 1, "check0", "lanes");
	REFUSED(t.checkpoints[0].lane_count = CROWD_NONE, "check0", "lanes");
	REFUSED(t.checkpoints[0].refused_to = 3, "check0", "refused_to");
	REFUSED(t.checkpoints[0].stage = 8, "check0", "stage");
	REFUSED(t.lanes[1].service = 1, "check0", "lane.service");
	REFUSED(t.lanes[1].change_count = 1, "check0", "changes_at_s");
	REFUSED(t.services[0].form = (enum crowd_form)9, "check0", "form");
	REFUSED(t.streams[0].to = 3, "stream0", "to");
	REFUSED(t.goals[0] = 3, "stream0", "goals");
	REFUSED(t.streams[0].goal_count = 0, "stream0", "goals");
	REFUSED(t.shares[0] = 0.5, "stream0", "goal_shares");
	REFUSED(t.plan.areas = NULL, "", "areas");
}

static void curves_and_times_that_fall_are_refused(void **state)
{
	(void)state;
	struct net t;
	static const double falling_s[] = {20, 10}, twice_s[] = {20, 20};
	REFUSED(t.curve[0][0].at_s = 700, "stream0", "curve");
	REFUSED(t.curve[0][0].share = 0.5; t.curve[0][1].share = 0.4, "stream0", "curve");
	REFUSED(t.streams[0].curve.points = NULL, "stream0", "curve");
	REFUSED(t.lanes[0].changes_at_s = falling_s; t.lanes[0].change_count = 2, "check0", "changes_at_s");
	REFUSED(t.lanes[0].changes_at_s = twice_s; t.lanes[0].change_count = 2, "check0", "changes_at_s");
}

static void a_goal_that_nobody_can_reach_is_named(void **state)
{
	(void)state;
	struct net t;
	struct problem p = {0};
	struct crowd_network *n = NULL;
	REFUSED(t.links[0].closed = true, "stream0", "goals");
	REFUSED(t.checkpoints[0].closed = true, "stream0", "goals");
	REFUSED(t.lanes[0].open = t.lanes[1].open = false, "stream0", "goals");
	build(&t);
	t.links[0].closed = true;
	assert_int_equal(crowd_network_new(&t.plan, &n, &p), ERR_CROWD_NETWORK);
	assert_string_equal(p.detail, "there is no way from area0 to area2");
}

static void what_is_too_large_is_refused_with_the_number(void **state)
{
	(void)state;
	struct net t;
	build(&t);
	t.streams[0].ppl = CROWD_PEOPLE_MAX + 1;
	assert_refused(&t, ERR_CROWD_TOO_LARGE, "", "people");
	build(&t);
	t.plan.area_count = CROWD_AREAS_MAX + 1;
	assert_refused(&t, ERR_CROWD_TOO_LARGE, "", "areas");
	build(&t);
	t.plan.sample_s = 1e-9;
	assert_refused(&t, ERR_CROWD_TOO_LARGE, "", "sample_s");
}

static void ids_may_be_missing_and_the_plan_is_not_needed_afterwards(void **state)
{
	(void)state;
	struct net t;
	build(&t);
	for (uint32_t i = 0; i < 3; i++)
		t.areas[i].id = NULL;
	t.links[0].id = t.checkpoints[0].id = t.streams[0].id = NULL;
	struct crowd_network *n = NULL;
	struct crowd_run *r = NULL;
	assert_int_equal(crowd_network_new(&t.plan, &n, NULL), ERR_NONE);
	memset(&t, 0xff, sizeof(t));
	assert_int_equal(crowd_run_new(n, &r), ERR_NONE);
	assert_int_equal(crowd_network_run(n, 1, NULL, r), ERR_NONE);
	assert_int_equal(r->reached, 100);
	crowd_run_free(r);
	crowd_network_free(n);
	crowd_run_free(NULL);
	crowd_network_free(NULL);
}

static void nobody_at_all_is_a_run_too(void **state)
{
	(void)state;
	struct net t;
	build(&t);
	t.streams[0].ppl = 0;
	struct ran r = net_run(&t, 1);
	assert_int_equal(r.run->come, 0);
	assert_true(isnan(r.run->at_last_in_s) && isnan(r.run->to_in.mean_s) && isnan(r.run->checkpoints[0].wait.p95_s));
	net_end(&r);
	net_begin(&t);
	r = net_run(&t, 1);
	assert_int_equal(r.run->events, 0);
	net_end(&r);
}

static void a_stop_ends_the_run_with_what_it_has(void **state)
{
	(void)state;
	struct net t;
	build(&t);
	t.streams[0].ppl = 50000;
	struct crowd_network *n = NULL;
	struct crowd_run *r = NULL;
	const volatile int stop = 1;
	assert_int_equal(crowd_network_new(&t.plan, &n, NULL), ERR_NONE);
	assert_int_equal(crowd_run_new(n, &r), ERR_NONE);
	assert_int_equal(crowd_network_run(n, 1, &stop, r), ERR_CROWD_STOPPED);
	assert_true(r->come > 0 && r->come < 50000);
	assert_int_equal(r->come, r->reached + r->refused + r->still_there);
	assert_int_equal(crowd_network_run(n, 1, NULL, r), ERR_NONE); /* and runs again */
	assert_int_equal(r->come, 50000);
	crowd_run_free(r);
	crowd_network_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_that_are_none_are_refused_by_name),
		cmocka_unit_test(indices_that_lead_nowhere_are_refused_by_name),
		cmocka_unit_test(curves_and_times_that_fall_are_refused),
		cmocka_unit_test(a_goal_that_nobody_can_reach_is_named),
		cmocka_unit_test(what_is_too_large_is_refused_with_the_number),
		cmocka_unit_test(ids_may_be_missing_and_the_plan_is_not_needed_afterwards),
		cmocka_unit_test(nobody_at_all_is_a_run_too),
		cmocka_unit_test(a_stop_ends_the_run_with_what_it_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
