/* The network against queueing theory: M/M/c, M/D/1, M/G/1, D/D/c, tandem with blocking, fluid. Tolerances are three to four standard
 * errors of the seeds, which are fixed; bench/run validation does the same with millions, to 1 %. */
#include "network_for_test.h"

#include "crowd_formulas.h"

static double mean_wait_s(enum crowd_form form, double cv, uint32_t lanes, double rate, double mean_s, uint32_t ppl)
{
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	net_check(&t, out, in, lanes, net_service(&t, form, mean_s, cv));
	net_stream(&t, out, in, ppl, ppl / rate);
	t.plan.sample_s = t.plan.until_s = 4 * ppl / rate;
	struct ran r = net_run(&t, 7);
	assert_int_equal(r.run->reached, ppl);
	double mean = r.run->checkpoints[0].wait.mean_s;
	net_end(&r);
	return mean;
}

static void assert_near(double value, double wanted, double share)
{
	if (!(fabs(value - wanted) <= share * wanted))
		fail_msg("%g, but the formula says %g", value, wanted);
}

static void one_lane_with_exponential_service_waits_as_m_m_1(void **state)
{
	(void)state;
	assert_near(mean_wait_s(CROWD_EXPONENTIAL, 0, 1, 0.1, 6, 200000), formula_mmc_wait_s(0.1, 6, 1), 0.03);
}

static void ten_lanes_wait_as_m_m_10(void **state)
{
	(void)state;
	assert_near(mean_wait_s(CROWD_EXPONENTIAL, 0, 10, 1.0, 8, 200000), formula_mmc_wait_s(1.0, 8, 10), 0.04);
}

static void fixed_service_waits_as_m_d_1(void **state)
{
	(void)state;
	assert_near(mean_wait_s(CROWD_FIXED, 0, 1, 0.1, 7, 200000), formula_mg1_wait_s(0.1, 7, 0), 0.03);
}

static void gamma_and_lognormal_service_wait_as_m_g_1(void **state)
{
	(void)state;
	assert_near(mean_wait_s(CROWD_GAMMA, 0.6, 1, 0.1, 6, 200000), formula_mg1_wait_s(0.1, 6, 0.6), 0.03);
	assert_near(mean_wait_s(CROWD_GAMMA, 1.3, 1, 0.1, 6, 200000), formula_mg1_wait_s(0.1, 6, 1.3), 0.06);
	assert_near(mean_wait_s(CROWD_LOGNORMAL, 0.6, 1, 0.1, 6, 200000), formula_mg1_wait_s(0.1, 6, 0.6), 0.03);
}

static void even_arrivals_and_even_service_wait_exactly(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	net_check(&t, out, in, 3, net_service(&t, CROWD_FIXED, 7.5, 0));
	uint32_t s = net_stream(&t, out, in, 3000, 0);
	t.streams[s].batch_ppl = 1; /* one every two seconds */
	t.streams[s].headway_s = 2;
	struct ran r = net_run(&t, 1);
	double sum_s = 0, most_s = 0;
	for (uint32_t n = 0; n < 3000; n++) { /* the n-th begins when the (n-3)-th is done: every third waits 1.5 s longer */
		double wait_s = 1.5 * (n / 3);
		sum_s += wait_s;
		most_s = fmax(most_s, wait_s);
	}
	assert_close(r.run->checkpoints[0].wait.mean_s, sum_s / 3000, 1e-9);
	assert_close(r.run->checkpoints[0].wait.max_s, most_s, 1e-9);
	assert_near(r.run->checkpoints[0].wait.p50_s, most_s / 2, 0.01);
	assert_near(r.run->checkpoints[0].wait.p95_s, most_s * 0.95, 0.01);
	net_end(&r);
}

static void two_stations_with_little_room_between_block_as_the_chain_says(void **state)
{
	(void)state;
	static const struct { double first_s, second_s; uint32_t places; } cases[] = {{5, 5, 1}, {5, 5, 4}, {4, 5, 3}, {5, 4, 3}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net t;
		net_begin(&t);
		uint32_t out = net_area(&t, 0, INFINITY, false), mid = net_area(&t, 10, cases[i].places, false),
			in = net_area(&t, 0, INFINITY, true);
		net_check(&t, out, mid, 1, net_service(&t, CROWD_EXPONENTIAL, cases[i].first_s, 0));
		net_check(&t, mid, in, 1, net_service(&t, CROWD_EXPONENTIAL, cases[i].second_s, 0));
		net_stream(&t, out, in, 100000, 0);
		t.plan.until_s = 1e8;
		t.plan.sample_s = 1e6;
		struct ran r = net_run(&t, 3);
		assert_near(100000 / r.run->checkpoints[1].at_last_s, formula_tandem_ppl_s(cases[i].first_s,
			cases[i].second_s, cases[i].places), 0.01);
		assert_true(r.run->checkpoints[0].blocked_s > 0);
		assert_true(r.run->areas[mid].people_max <= cases[i].places);
		net_end(&r);
	}
}

/* A room of its own before the second station is a buffer like the area. */
static void a_waiting_room_blocks_like_an_area(void **state)
{
	(void)state;
	double rates[2];
	for (int i = 0; i < 2; i++) {
		struct net t;
		net_begin(&t);
		uint32_t out = net_area(&t, 0, INFINITY, false), mid = net_area(&t, 0, i == 0 ? 1 : 4, false), in = net_area(&t, 0, INFINITY, true);
		net_check(&t, out, mid, 1, net_service(&t, CROWD_EXPONENTIAL, 5, 0));
		uint32_t second = net_check(&t, mid, in, 1, net_service(&t, CROWD_EXPONENTIAL, 5, 0));
		t.checkpoints[second].queue_ppl = i == 0 ? 2 : 0; /* one in service, two in the room, one in the area */
		net_stream(&t, out, in, 20000, 0);
		t.plan.until_s = 1e8;
		t.plan.sample_s = 1e6;
		struct ran r = net_run(&t, 3);
		rates[i] = 20000 / r.run->checkpoints[1].at_last_s;
		net_end(&r);
	}
	assert_close(rates[0], rates[1], 1e-12);
}

static void a_crowd_over_capacity_waits_as_newells_fluid(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	net_door(&t, out, in, 2);
	t.checkpoints[0].flow_ppl_m_s = 1; /* two a second */
	net_stream(&t, out, in, 30000, 10000);
	struct ran r = net_run(&t, 5);
	assert_near(r.run->checkpoints[0].wait.mean_s, formula_fluid_wait_s(3, 2, 10000), 0.01);
	assert_near(r.run->at_last_in_s, 15000, 0.001);
	assert_near(r.run->checkpoints[0].queue_max_ppl, 10000, 0.02);
	net_end(&r);
}

/* A link lets out its capacity, and holds what does not go out: nobody walks faster than freely. */
static void a_link_lets_out_its_capacity(void **state)
{
	(void)state;
	struct net t;
	net_begin(&t);
	uint32_t out = net_area(&t, 0, INFINITY, false), in = net_area(&t, 0, INFINITY, true);
	uint32_t link = net_link(&t, out, in, 50, 2);
	net_stream(&t, out, in, 5000, 0);
	struct ran r = net_run(&t, 1);
	/* who goes in last still walks the length, at the speed of the greatest flow: 0.70 m/s */
	assert_near(r.run->at_last_in_s, 5000 / (2 * 1.225) + 50 / 0.70, 0.01);
	assert_true(r.run->links[link].density_max_ppl_m2 <= 5.4);
	assert_int_equal(r.run->links[link].passed, 5000);
	net_end(&r);
	t.streams[0].ppl = 1;
	r = net_run(&t, 1);
	assert_close(r.run->at_last_in_s, 50 / 1.34, 1e-4);
	net_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_lane_with_exponential_service_waits_as_m_m_1),
		cmocka_unit_test(ten_lanes_wait_as_m_m_10),
		cmocka_unit_test(fixed_service_waits_as_m_d_1),
		cmocka_unit_test(gamma_and_lognormal_service_wait_as_m_g_1),
		cmocka_unit_test(even_arrivals_and_even_service_wait_exactly),
		cmocka_unit_test(two_stations_with_little_room_between_block_as_the_chain_says),
		cmocka_unit_test(a_waiting_room_blocks_like_an_area),
		cmocka_unit_test(a_crowd_over_capacity_waits_as_newells_fluid),
		cmocka_unit_test(a_link_lets_out_its_capacity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
