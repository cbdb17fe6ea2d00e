/* What people do in the network: spillback, lanes that open and close, bags, groups, trains, choice, circles of people who wait. */
#include "network_for_test.h"

static void a_full_area_holds_up_the_lane_before_it_and_then_the_street(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t street = net_area(&t, 0, INFINITY, false), hold = net_area(&t, 100, 20, false), in = net_area(&t, 0, INFINITY, true);
	t.areas[street].street = true;
	net_check(&t, street, hold, 9, net_service(&t, CROWD_FIXED, 4, 0));
	net_check(&t, hold, in, 1, net_service(&t, CROWD_FIXED, 4, 0));
	net_stream(&t, street, in, 400, 400);
	struct ran r = net_run(&t, 1);
	assert_int_equal(r.run->reached, 400);
	assert_close(r.run->areas[hold].people_max, 20, 0);
	assert_close(r.run->areas[hold].density_max_ppl_m2, 0.2, 1e-12);
	assert_true(r.run->areas[hold].at_first_full_s > 10 && r.run->areas[hold].at_first_full_s < 120);
	assert_true(r.run->areas[hold].full_s > 1000);
	assert_true(r.run->checkpoints[0].at_first_blocked_s <= r.run->areas[hold].at_first_full_s);
	assert_true(r.run->street_max_ppl > 200 && r.run->street_ppl_min > 0);
	assert_true(r.run->at_first_street_s >= r.run->areas[hold].at_first_full_s);
	assert_close(r.run->at_last_in_s, 1600, 15);
	net_end(&r);
}

/* link 0 fills, its storage is used up, people wait before it. */
static void a_jam_at_the_end_of_a_link_grows_back_through_it(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t street = net_area(&t, 0, INFINITY, false), hold = net_area(&t, 10, 10, false), in = net_area(&t, 0, INFINITY, true);
	t.areas[street].street = true;
	uint32_t link = net_link(&t, street, hold, 10, 2); /* 108 people at most */
	net_check(&t, hold, in, 1, net_service(&t, CROWD_FIXED, 2, 0));
	net_stream(&t, street, in, 500, 250);
	struct ran r = net_run(&t, 1);
	assert_int_equal(r.run->reached, 500);
	/* 5.4 but for the room that is on its way back: 0.5 people a second over 10 m at 0.336 m/s */
	assert_close(r.run->links[link].density_max_ppl_m2, 5.4 - 0.5 / 0.336 / 2, 0.06);
	assert_true(r.run->links[link].held_s > 500 && r.run->links[link].at_first_held_s < 60);
	assert_true(r.run->street_max_ppl > 100);
	assert_close(r.run->at_last_in_s, 1000, 30);
	net_end(&r);
}

static void a_lane_that_closes_finishes_its_person_and_opens_again(void **state)
{
	(void)state;
	static const double changes_s[] = {95, 500};
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	net_check(&t, out, in, 1, net_service(&t, CROWD_FIXED, 10, 0));
	t.lanes[0].changes_at_s = changes_s;
	t.lanes[0].change_count = 2;
	net_stream(&t, out, in, 20, 0);
	struct ran r = net_run(&t, 1);
	assert_int_equal(r.run->reached, 20);
	assert_int_equal(r.run->passed_total[2], 10); /* at 120 s: the tenth, begun at 90 s, is done */
	assert_int_equal(r.run->passed_total[8], 10);
	assert_close(r.run->at_last_in_s, 600, 1e-9);
	assert_close(r.run->checkpoints[0].wait.max_s, 590, 1e-9); /* a wait at a closed door is a wait */
	net_end(&r);
}

static void whoever_finds_everything_shut_waits_until_something_opens(void **state)
{
	(void)state;
	static const double opens_s[] = {1000};
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true), service = net_service(&t, CROWD_FIXED, 1, 0);
	t.areas[out].street = true;
	net_check(&t, out, in, 1, service);
	net_check(&t, out, in, 1, service);
	for (uint32_t i = 0; i < 2; i++) {
		t.lanes[i].open = false;
		t.lanes[i].changes_at_s = opens_s;
		t.lanes[i].change_count = 1;
	}
	net_stream(&t, out, in, 100, 0);
	struct ran r = net_run(&t, 1);
	assert_int_equal(r.run->reached, 100);
	assert_close(r.run->street_max_ppl, 100, 0);
	assert_close(r.run->at_first_street_s, 0, 0);
	assert_true(r.run->at_last_in_s > 1040 && r.run->at_last_in_s < 1080); /* both are used */
	assert_true(r.run->checkpoints[0].wait.max_s >= 1000);
	net_end(&r);
}

static void bags_go_only_where_bags_are_taken(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true), service = net_service(&t, CROWD_FIXED, 2, 0);
	t.services[service].bag_factor = 3;
	net_check(&t, out, in, 2, service);
	net_check(&t, out, in, 2, service);
	t.lanes[0].takes = t.lanes[1].takes = t.lanes[2].takes = 0; /* one lane of four is for bags */
	uint32_t s = net_stream(&t, out, in, 1000, 4000);
	t.streams[s].crowd.bag_share = 0.1;
	struct ran r = net_run(&t, 4);
	assert_int_equal(r.run->reached, 1000);
	assert_true(r.run->checkpoints[1].passed > 400);
	net_end(&r);
	t.lanes[3].takes = 0;
	struct crowd_network *n = NULL;
	struct problem p = {0};
	assert_int_equal(crowd_network_new(&t.plan, &n, &p), ERR_CROWD_NETWORK);
	assert_string_equal(p.feature, "stream0");
	assert_non_null(strstr(p.detail, "bags"));
}

static void the_refused_leave_by_their_way_and_are_counted(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true), side = net_area(&t, 100, 3, false);
	net_check(&t, out, in, 10, net_service(&t, CROWD_FIXED, 2, 0));
	t.services[0].refused_share = 0.2;
	t.checkpoints[0].refused_to = side;
	net_stream(&t, out, in, 5000, 5000);
	struct ran r = net_run(&t, 4);
	assert_int_equal(r.run->reached + r.run->refused, 5000);
	assert_int_equal(r.run->checkpoints[0].refused, r.run->refused);
	assert_close(r.run->refused, 1000, 100);
	assert_int_equal(r.run->areas[side].stay.count, r.run->refused);
	assert_close(r.run->areas[side].stay.mean_s, 10 / 1.34, 1e-6);
	assert_true(r.run->areas[side].people_max <= 3);
	net_end(&r);
}

static void a_group_is_served_one_after_the_other_in_one_lane(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	net_check(&t, out, in, 6, net_service(&t, CROWD_FIXED, 10, 0));
	uint32_t s = net_stream(&t, out, in, 4, 0);
	t.streams[s].crowd.group_share[3] = 1;
	struct ran r = net_run(&t, 1);
	assert_close(r.run->at_last_in_s, 40, 1e-9);
	net_end(&r);
	t.streams[s].crowd.group_share[3] = 0;
	r = net_run(&t, 1);
	assert_close(r.run->at_last_in_s, 10, 1e-9);
	net_end(&r);
}

static void trains_bring_whole_batches(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	net_door(&t, out, in, 100);
	uint32_t s = net_stream(&t, out, in, 1000, 600);
	t.streams[s].batch_ppl = 150;
	t.streams[s].headway_s = 120;
	struct ran r = net_run(&t, 1);
	uint32_t most = 0;
	for (uint32_t i = 1; i < 14; i++) {
		uint32_t come = r.run->come_total[i] - r.run->come_total[i - 1];
		most = come > most ? come : most;
		assert_true(i % 2 == 0 || come == 0); /* the sample of a moment holds what comes at it */
	}
	assert_int_equal(most, 150);
	assert_int_equal(r.run->come_total[13], 900); /* six trains; the rest come with the seventh */
	assert_int_equal(r.run->come, 1000);
	net_end(&r);
}

static void people_choose_the_gate_where_they_are_sooner_through(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true), service = net_service(&t,
		CROWD_EXPONENTIAL, 6, 0);
	net_check(&t, out, in, 1, service);
	net_check(&t, out, in, 3, service);
	net_stream(&t, out, in, 6000, 9000);
	t.plan.choice_s = 20;
	struct ran r = net_run(&t, 1);
	assert_close(r.run->checkpoints[1].passed, 4500, 250);
	assert_close(r.run->checkpoints[0].wait.mean_s, r.run->checkpoints[1].wait.mean_s, 30);
	net_end(&r);
}

static void whoever_waits_long_changes_to_a_queue_that_is_clearly_shorter(void **state)
{
	(void)state;
	static const double opens_s[] = {600};
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true), service = net_service(&t, CROWD_FIXED, 6, 0);
	net_check(&t, out, in, 1, service);
	net_check(&t, out, in, 1, service);
	t.lanes[1].open = false; /* the second gate opens when all stand before the first */
	t.lanes[1].changes_at_s = opens_s;
	t.lanes[1].change_count = 1;
	net_stream(&t, out, in, 400, 500);
	struct ran r = net_run(&t, 1);
	assert_close(r.run->checkpoints[1].passed, 150, 20);
	assert_close(r.run->at_last_in_s, 1500, 90); /* 100 are through by 600 s, two gates pass the rest */
	net_end(&r);
}

/*  A <==> B, both full, each of people who want into the other */
static void people_who_wait_for_each_other_in_a_circle_change_places(void **state)
{
	(void)state;
	for (int links = 0; links < 2; links++) {
		struct net t;
		net_begin(&t);
		uint32_t a = net_area(&t, 10, 10, false), b = net_area(&t, 10, 10, false), left = net_area(&t, 0, INFINITY, true);
		uint32_t right = net_area(&t, 0, INFINITY, true), service = net_service(&t, CROWD_FIXED, 1, 0);
		if (links) {
			uint32_t there = net_link(&t, a, b, 2, 1), back = net_link(&t, b, a, 2, 1);
			t.links[there].opposite = back;
			t.links[back].opposite = there;
		} else {
			net_check(&t, a, b, 1, service);
			net_check(&t, b, a, 1, service);
		}
		net_door(&t, a, left, 1);
		net_door(&t, b, right, 1);
		t.streams[net_stream(&t, a, right, 200, 0)].there_at_origin = true; /* more than there should be */
		t.streams[net_stream(&t, b, left, 200, 0)].there_at_origin = true;
		t.plan.until_s = 5000;
		struct ran r = net_run(&t, 1);
		assert_int_equal(r.run->reached, 400);
		assert_true(r.run->swaps > 0);
		assert_true(r.run->areas[a].people_max <= 201 && r.run->areas[b].people_max <= 201);
		net_end(&r);
	}
}

static void in_an_evacuation_everybody_leaves_by_the_exits_that_are_not_blocked(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t hall = net_area(&t, 1000, INFINITY, true), outside = net_area(&t, 0, INFINITY, false);
	net_door(&t, hall, outside, 2);
	net_door(&t, hall, outside, 2);
	t.checkpoints[0].flow_ppl_m_s = t.checkpoints[1].flow_ppl_m_s = 1;
	uint32_t s = net_stream(&t, hall, outside, 2000, 30);
	t.streams[s].there_at_origin = true;
	struct ran r = net_run(&t, 1);
	assert_close(r.run->area_people[hall], 2000, 0);
	assert_close(r.run->at_last_reached_s, 500, 30);
	double both_s = r.run->at_last_reached_s;
	net_end(&r);
	t.checkpoints[1].closed = true;
	r = net_run(&t, 1);
	assert_int_equal(r.run->checkpoints[1].passed, 0);
	assert_close(r.run->at_last_reached_s, 2 * both_s, 0.05 * both_s);
	net_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_area_holds_up_the_lane_before_it_and_then_the_street),
		cmocka_unit_test(a_jam_at_the_end_of_a_link_grows_back_through_it),
		cmocka_unit_test(a_lane_that_closes_finishes_its_person_and_opens_again),
		cmocka_unit_test(whoever_finds_everything_shut_waits_until_something_opens),
		cmocka_unit_test(bags_go_only_where_bags_are_taken),
		cmocka_unit_test(the_refused_leave_by_their_way_and_are_counted),
		cmocka_unit_test(a_group_is_served_one_after_the_other_in_one_lane),
		cmocka_unit_test(trains_bring_whole_batches),
		cmocka_unit_test(people_choose_the_gate_where_they_are_sooner_through),
		cmocka_unit_test(whoever_waits_long_changes_to_a_queue_that_is_clearly_shorter),
		cmocka_unit_test(people_who_wait_for_each_other_in_a_circle_change_places),
		cmocka_unit_test(in_an_evacuation_everybody_leaves_by_the_exits_that_are_not_blocked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
