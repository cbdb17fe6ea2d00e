/* The fluid run against closed forms, its advice against trying every pair of lanes and minute. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "forecast/fluid.h"

#define T0 INT64_C(1764000000000)
#define MINUTE INT64_C(60000)

/* 30,000 expected, 20,000 inside, an hour to the start; everybody else has left the metro already. */
static struct chain_now evening(void)
{
	struct chain_now n = { .at_now = T0, .at_start = T0 + 60 * MINUTE, .at_end = AT_NONE, .expected_ppl = 30000,
		.inside_ppl = 20000, .curve_count = 2 };
	n.curve[0] = (struct chain_curve_point){ T0 - 60 * MINUTE, 0 };
	n.curve[1] = (struct chain_curve_point){ T0 + 30 * MINUTE, 1 };
	return n;
}

static struct chain_stage stage(double queue_ppl, double flow_ppl_min, uint32_t lanes_open, uint32_t lanes)
{
	return (struct chain_stage){ .present = true, .flow_ppl_min = flow_ppl_min, .capacity_ppl_min = 10.0 * lanes_open,
		.lane_rate_ppl_min = 10, .lanes_open = lanes_open, .lanes = lanes, .queue_ppl = queue_ppl };
}

static void assert_minutes(at_ms at, double minutes_from_now, double within_minutes)
{
	assert_true(at != AT_NONE);
	double minutes = (double)(at - T0) / (double)MINUTE;
	if (fabs(minutes - minutes_from_now) > within_minutes)
		fail_msg("in after %.3f minutes, expected %.3f", minutes, minutes_from_now);
}

static void one_binding_stage_takes_what_remains_over_its_rate(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.stages[1] = stage(4000, 200, 20, 20);
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 10000.0 / 200, 0.01);
	assert_int_equal(o.limited_by, 1);
	assert_true(o.stages[1].binding && !o.stages[0].binding && !o.stages[2].binding);
	assert_true(fabs(o.stages[1].wait_s - 4000.0 / 200 * 60) < 1e-9);
	assert_int_equal(o.advice.lanes, 0); /* in time */
}

static void without_a_queue_the_arrivals_decide(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.stages[0] = stage(50, 90, 60, 60);
	n.stages[2] = stage(0, 90, 70, 80);
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 30, 0.2);
	assert_int_equal(o.limited_by, CHAIN_ARRIVALS);
	assert_int_equal(o.advice.lanes, 0);
}

static void a_queue_serves_at_what_was_measured_and_never_above_capacity(void **state)
{
	(void)state;
	struct chain_now n = evening();
	struct chain_outlook o;
	n.stages[2] = stage(4000, 160, 20, 20);
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 10000.0 / 160, 0.01);
	n.stages[2].flow_ppl_min = 900;
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 10000.0 / 200, 0.01);
	n.stages[2].flow_ppl_min = 0; /* the doors have just opened */
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 10000.0 / 200, 0.01);
}

static void in_a_tandem_the_slowest_stage_decides(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.stages[0] = stage(6000, 300, 30, 30);
	n.stages[1] = stage(0, 300, 25, 25);
	n.stages[2] = stage(1000, 150, 15, 40);
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 10000.0 / 150, 0.01);
	assert_int_equal(o.limited_by, 2);
}

static void a_holding_area_fills_when_more_come_than_go(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.stages[1] = stage(1000, 100, 10, 10);
	n.stages[1].queue_capacity_ppl = 3000;
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	/* 9,000 come in 30 minutes, 300 a minute; 100 go: 200 more a minute. */
	assert_minutes(o.stages[1].at_full, 10, 0.2);
	assert_true(o.stages[0].at_full == AT_NONE);
	n.stages[1].queue_ppl = 3500;
	chain_look_ahead(&n, &o);
	assert_true(o.stages[1].at_full == T0);
}

static void who_cannot_come_in_is_said_not_to_come_in(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.stages[1] = stage(4000, 0, 0, 8);
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_true(o.at_all_in == AT_NONE);
	assert_int_equal(o.limited_by, 1);
	assert_true(isinf(o.stages[1].wait_s));
	assert_int_equal(o.advice.lanes, 8);
	assert_true(o.advice.at_before == T0);
}

static void when_everybody_is_in_it_is_now(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.inside_ppl = 30010;
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_true(o.at_all_in == T0);
	assert_int_equal(o.limited_by, CHAIN_ARRIVALS);
}

static void after_the_curve_those_who_lack_come_as_they_came_lately(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.curve_count = 0;
	n.inside_ppl = 29400;
	n.stages[0] = stage(0, 20, 30, 30);
	n.stages[2] = stage(0, 15, 30, 30);
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_minutes(o.at_all_in, 30, 0.2);
}

static void the_error_is_that_of_the_number_inside_and_of_the_rates(void **state)
{
	(void)state;
	struct chain_now n = evening();
	n.stages[1] = stage(4000, 200, 20, 20);
	n.inside_error_ppl = 300;
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	double half = (10300 / 190.0 - 9700 / 210.0) / 2;
	assert_true(fabs((double)o.error_ms / (double)MINUTE - half) < 0.02);
}

static void nonsense_gives_an_answer_and_no_crash(void **state)
{
	(void)state;
	struct chain_now n = { .at_now = T0, .at_start = T0 - MINUTE, .at_end = T0 - 2 * MINUTE, .expected_ppl = NAN,
		.inside_ppl = INFINITY, .inside_error_ppl = NAN, .curve_count = 4000000 };
	n.stages[0] = (struct chain_stage){ .present = true, .flow_ppl_min = -1, .capacity_ppl_min = NAN, .queue_ppl = 1e300,
		.lane_rate_ppl_min = INFINITY, .lanes = UINT32_MAX };
	struct chain_outlook o;
	chain_look_ahead(&n, &o);
	assert_true(o.at_all_in == AT_NONE);
	assert_int_equal(o.advice.lanes, 0);
}

/* ---- by seed ---- */

static struct chain_now random_evening(struct random *r)
{
	struct chain_now n = { .at_now = T0, .at_start = T0 + (at_ms)random_below(r, 90) * MINUTE + 1, .at_end = AT_NONE };
	n.expected_ppl = (double)random_below(r, 30000);
	n.inside_ppl = n.expected_ppl * random_unit(r);
	n.inside_error_ppl = (double)random_below(r, 300);
	for (int k = 0; k < CHAIN_STAGES_MAX; k++) {
		uint32_t lanes = 1 + (uint32_t)random_below(r, 40);
		n.stages[k] = stage((double)random_below(r, 3000), random_unit(r) * 400, (uint32_t)random_below(r, lanes + 1), lanes);
		n.stages[k].queue_capacity_ppl = (double)random_below(r, 2) * 4000;
		n.stages[k].present = random_below(r, 5) != 0;
	}
	n.curve_count = (uint32_t)random_below(r, 6);
	for (uint32_t i = 0; i < n.curve_count; i++)
		n.curve[i] = (struct chain_curve_point){ T0 + ((at_ms)i * 25 - 40) * MINUTE, (double)(i + 1) / n.curve_count };
	return n;
}

static at_ms tried(const struct fluid *f, int at_stage, double extra_ppl_min, at_ms at_open)
{
	struct fluid_change c = { .stage = at_stage, .extra_ppl_min = extra_ppl_min, .at_open = at_open, .rate_factor = 1 };
	struct fluid_result r;
	fluid_run(f, &c, &r);
	return r.at_all_in == AT_NONE ? AT_MS_MAX : r.at_all_in;
}

/* The fewest lanes, then the latest minute, by trying all. */
static void advice_is_what_trying_every_pair_finds(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 20261124);
	int advised = 0;
	static struct fluid f;
	for (int round = 0; round < 300; round++) {
		struct chain_now n = random_evening(&r);
		struct chain_outlook o;
		chain_look_ahead(&n, &o);
		fluid_set_up(&f, &n);
		int k = o.limited_by;
		if (k < 0 || (o.at_all_in != AT_NONE && o.at_all_in <= n.at_start)) {
			assert_int_equal(o.advice.lanes, 0);
			continue;
		}
		uint32_t closed = n.stages[k].lanes - n.stages[k].lanes_open, lanes = 0;
		for (uint32_t few = 1; few <= closed && lanes == 0; few++)
			if (tried(&f, k, 10.0 * few, T0) <= n.at_start)
				lanes = few;
		if (lanes == 0) {
			assert_true(o.advice.lanes == 0 || (o.advice.lanes == closed && o.advice.at_before == T0));
			continue;
		}
		at_ms at_before = T0;
		for (at_ms at = T0; at <= n.at_start; at += MINUTE)
			if (tried(&f, k, 10.0 * lanes, at) <= n.at_start)
				at_before = at;
		assert_int_equal(o.advice.stage, k);
		assert_int_equal(o.advice.lanes, lanes);
		assert_true(o.advice.at_before == at_before);
		assert_true(o.advice.at_all_in == tried(&f, k, 10.0 * lanes, T0));
		advised++;
	}
	assert_true(advised > 20);
}

static void more_lanes_are_never_later_and_opening_later_is_never_earlier(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 7);
	static struct fluid f;
	for (int round = 0; round < 300; round++) {
		struct chain_now n = random_evening(&r);
		fluid_set_up(&f, &n);
		int k = (int)random_below(&r, CHAIN_STAGES_MAX);
		double extra = (double)random_below(&r, 100);
		at_ms at_open = T0 + (at_ms)random_below(&r, 100) * MINUTE;
		at_ms at_in = tried(&f, k, extra, at_open);
		assert_true(tried(&f, k, extra + 10, at_open) <= at_in);
		assert_true(tried(&f, k, extra, at_open + 5 * MINUTE) >= at_in);
	}
}

static void nobody_is_lost_or_made_on_the_way(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 8);
	static struct fluid f;
	for (int round = 0; round < 300; round++) {
		struct chain_now n = random_evening(&r);
		struct chain_outlook o;
		chain_look_ahead(&n, &o);
		fluid_set_up(&f, &n);
		double rate = INFINITY, left = n.expected_ppl - n.inside_ppl, queued = 0;
		for (int k = 0; k < CHAIN_STAGES_MAX; k++) {
			queued += f.queue_ppl[k];
			if (f.present[k])
				rate = fmin(rate, f.rate_ppl_min[k]);
		}
		left = fmax(left, queued);
		/* Those still outside the slowest stage cannot be faster than it. */
		if (o.at_all_in != AT_NONE && f.queue_ppl[0] == 0 && f.queue_ppl[1] == 0 && f.queue_ppl[2] == 0)
			assert_true((double)(o.at_all_in - T0) / (double)MINUTE >= left / rate - 0.01);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_binding_stage_takes_what_remains_over_its_rate),
		cmocka_unit_test(without_a_queue_the_arrivals_decide),
		cmocka_unit_test(a_queue_serves_at_what_was_measured_and_never_above_capacity),
		cmocka_unit_test(in_a_tandem_the_slowest_stage_decides),
		cmocka_unit_test(a_holding_area_fills_when_more_come_than_go),
		cmocka_unit_test(who_cannot_come_in_is_said_not_to_come_in),
		cmocka_unit_test(when_everybody_is_in_it_is_now),
		cmocka_unit_test(after_the_curve_those_who_lack_come_as_they_came_lately),
		cmocka_unit_test(the_error_is_that_of_the_number_inside_and_of_the_rates),
		cmocka_unit_test(nonsense_gives_an_answer_and_no_crash),
		cmocka_unit_test(advice_is_what_trying_every_pair_finds),
		cmocka_unit_test(more_lanes_are_never_later_and_opening_later_is_never_earlier),
		cmocka_unit_test(nobody_is_lost_or_made_on_the_way),
	};
	return cmocka_run_group_tests_name("the entry chain run forward", tests, NULL, NULL);
}
