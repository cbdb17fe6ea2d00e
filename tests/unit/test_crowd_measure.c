/* Levels, reference curves, flow over lines and the numbers that many runs say together: each against a table or by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd/crowd.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void near(double is, double wanted, double within)
{
	if (!(fabs(is - wanted) <= within))
		fail_msg("%.9g is not within %.3g of %.9g", is, within, wanted);
}

static void levels_begin_where_fruin_says(void **state)
{
	(void)state;
	const double walking[] = {0.31, 0.43, 0.72, 1.08, 2.17}, queueing[] = {0.83, 1.08, 1.54, 3.59, 5.38};
	for (int i = 0; i < 5; i++) {
		assert_int_equal(crowd_level_walking(walking[i] - 1e-9), i);
		assert_int_equal(crowd_level_walking(walking[i]), i + 1);
		assert_int_equal(crowd_level_queueing(queueing[i] - 1e-9), i);
		assert_int_equal(crowd_level_queueing(queueing[i]), i + 1);
	}
	assert_int_equal(crowd_level_walking(0.0), CROWD_LEVEL_A);
	assert_int_equal(crowd_level_queueing(9.0), CROWD_LEVEL_F);
}

static void a_crush_is_never_shown_without_a_caution(void **state)
{
	(void)state;
	assert_null(crowd_caution(CROWD_CRUSH_PPL_M2, false));
	assert_null(crowd_caution(NAN, true));
	assert_non_null(strstr(crowd_caution(5.01, false), "forces"));
	assert_non_null(strstr(crowd_caution(5.01, true), "挤压力"));
}

static void weidmann_is_as_in_his_table(void **state)
{
	(void)state;
	const double table[][2] = {{0.5, 1.298}, {1.0, 1.058}, {1.5, 0.807}, {2.0, 0.606}, {2.5, 0.452}, {3.0, 0.331}, {3.5, 0.234},
		{4.0, 0.156}, {4.5, 0.092}, {5.0, 0.037}};
	for (size_t i = 0; i < COUNT(table); i++)
		near(crowd_speed_weidmann_ms(table[i][0]), table[i][1], 0.0006);
	near(crowd_speed_weidmann_ms(0.0), 1.34, 0.0);
	near(crowd_speed_weidmann_ms(1e-9), 1.34, 1e-12);
	near(crowd_speed_weidmann_ms(5.4), 0.0, 0.0);
	near(crowd_speed_weidmann_ms(9.0), 0.0, 0.0);
}

static void hermes_goes_through_its_runs_and_not_beyond(void **state)
{
	(void)state;
	near(crowd_speed_hermes_ms(0.0), 1.34, 0.0);
	near(crowd_speed_hermes_ms(1.13), 1.18, 1e-12);
	near(crowd_speed_hermes_ms(1.375), (1.18 + 0.99) / 2.0, 1e-12);
	near(crowd_speed_hermes_ms(3.0), 0.29, 1e-12);
	assert_true(isnan(crowd_speed_hermes_ms(3.001)));
	assert_true(isnan(crowd_speed_hermes_ms(NAN)));
}

static void a_counted_density_is_people_by_area(void **state)
{
	(void)state;
	const float x[] = {0.5f, 1.5f, 2.5f, 0.0f}, y[] = {0.5f, 0.5f, 0.5f, 0.0f};
	const struct crowd_frame f = {x, y, NULL, 4};
	const double square[] = {0, 0, 2, 0, 2, 1, 0, 1}, turned[] = {0, 1, 2, 1, 2, 0, 0, 0}, flat[] = {0, 0, 1, 0, 2, 0};
	near(crowd_density_counted(&f, square, 4), 1.5, 1e-12); /* the corner (0, 0) belongs to it: half open */
	near(crowd_density_counted(&f, turned, 4), 1.5, 1e-12);
	assert_true(isnan(crowd_density_counted(&f, flat, 3)));
}

static void a_crossing_has_a_direction(void **state)
{
	(void)state;
	const double north[4] = {0, 0, 0, 2}; /* from south to north: the left is west */
	assert_int_equal(crowd_crossing(north, -1, 1, 1, 1), 1);
	assert_int_equal(crowd_crossing(north, 1, 1, -1, 1), -1);
	assert_int_equal(crowd_crossing(north, -1, 1, -0.1, 1), 0);
	assert_int_equal(crowd_crossing(north, -1, 3, 1, 3), 0);
	assert_int_equal(crowd_crossing(north, -1, -0.1, 1, -0.1), 0);
	assert_int_equal(crowd_crossing(north, -1, 1, -1, 1), 0);
	/* Slanting past the end: both sides change, and yet it is no crossing. */
	assert_int_equal(crowd_crossing(north, -1, 1, 1, 4), 0);
	assert_int_equal(crowd_crossing(north, -1, 0, 1, 3), 1);
}

static void who_stops_on_a_line_is_counted_once(void **state)
{
	(void)state;
	const double north[4] = {0, 0, 0, 2}, further[4] = {0, 2, 0, 4};
	assert_int_equal(crowd_crossing(north, -1, 1, 0, 1) + crowd_crossing(north, 0, 1, 1, 1), 1);
	assert_int_equal(crowd_crossing(north, 1, 1, 0, 1) + crowd_crossing(north, 0, 1, -1, 1), -1);
	assert_int_equal(crowd_crossing(north, -1, 1, 0, 1) + crowd_crossing(north, 0, 1, -1, 1), 0);
	/* Exactly where two lines meet: by one of them. */
	assert_int_equal(crowd_crossing(north, -1, 2, 1, 2) + crowd_crossing(further, -1, 2, 1, 2), 1);
	assert_int_equal(crowd_crossing(north, 1, 2, -1, 2) + crowd_crossing(further, 1, 2, -1, 2), -1);
}

/* Any walk from west to east must sum to one over a line that is long enough, whatever its steps. */
static void a_wandering_walk_sums_to_where_it_ends(void **state)
{
	(void)state;
	const double line[4] = {3, -100, 3, 100};
	for (uint64_t who = 0; who < 200; who++) {
		double x = 0.0, y = 0.0;
		int sum = 0;
		for (uint32_t k = 0; k < 300; k++) {
			/* Steps of a quarter metre, so that the line is met exactly now and then. */
			double nx = x + 0.25 * floor(5.0 * crowd_draw_unit(7, who, CROWD_ASK_PLACE, 2 * k) - 2.0);
			double ny = y + crowd_draw_unit(7, who, CROWD_ASK_PLACE, 2 * k + 1) - 0.5;
			sum += crowd_crossing(line, x, y, nx, ny);
			x = nx;
			y = ny;
		}
		assert_int_equal(sum, x >= 3.0 ? 1 : 0);
	}
}

static void flow_is_of_the_middle_of_the_crossings(void **state)
{
	(void)state;
	double times[12];
	for (int i = 0; i < 10; i++)
		times[i] = 2.0 + 0.5 * i;
	times[0] = -50.0; /* the first and the last are far off: not in the middle 60 % */
	times[9] = 90.0;
	near(crowd_flow_ppl_m_s(times, 10, 1.0, 0.6), 2.0, 1e-12);
	near(crowd_flow_ppl_m_s(times, 10, 0.8, 0.6), 2.5, 1e-12);
	near(crowd_flow_ppl_m_s(times, 10, 1.0, 1.0), 9.0 / 140.0, 1e-12);
	assert_true(isnan(crowd_flow_ppl_m_s(times, 2, 1.0, 1.0)));
	assert_true(isnan(crowd_flow_ppl_m_s(times, 4, 1.0, 0.4)));
	const double at_once[] = {1, 1, 1};
	assert_true(isnan(crowd_flow_ppl_m_s(at_once, 3, 1.0, 1.0)));
}

/* Two-sided 95 % and 99 % and the 90 % quantile: the table that stands in every textbook. */
static void students_t_is_as_in_the_table(void **state)
{
	(void)state;
	const struct { uint32_t degrees; double t90, t975, t995; } table[] = {{1, 3.0777, 12.7062, 63.6567}, {2, 1.8856, 4.3027, 9.9248},
		{3, 1.6377, 3.1824, 5.8409}, {4, 1.5332, 2.7764, 4.6041}, {5, 1.4759, 2.5706, 4.0321}, {9, 1.3830, 2.2622, 3.2498},
		{10, 1.3722, 2.2281, 3.1693}, {29, 1.3114, 2.0452, 2.7564}, {30, 1.3104, 2.0423, 2.7500}, {99, 1.2902, 1.9842, 2.6264},
		{1000, 1.2824, 1.9623, 2.5808}};
	for (size_t i = 0; i < COUNT(table); i++) {
		near(crowd_student_quantile(0.90, table[i].degrees), table[i].t90, 0.00006);
		near(crowd_student_quantile(0.975, table[i].degrees), table[i].t975, 0.00006);
		near(crowd_student_quantile(0.995, table[i].degrees), table[i].t995, 0.00006);
		near(crowd_student_quantile(0.025, table[i].degrees), -table[i].t975, 0.00006);
	}
	near(crowd_student_quantile(0.975, 4000000000u), 1.959964, 1e-6);
	near(crowd_student_quantile(0.5, 3), 0.0, 1e-12);
	/* One degree is Cauchy, two have a closed form: exact. */
	near(crowd_student_quantile(0.99, 1), tan(M_PI * 0.49), 1e-8);
	near(crowd_student_quantile(0.99, 2), 0.98 / sqrt(2.0 * 0.99 * 0.01), 1e-10);
	assert_true(isnan(crowd_student_quantile(0.975, 0)));
	assert_true(isnan(crowd_student_quantile(1.0, 5)));
}

static void an_estimate_is_a_mean_with_its_interval(void **state)
{
	(void)state;
	const double values[] = {4, NAN, 6, 8, 2};
	struct crowd_estimate e = crowd_estimate_of(values, 5);
	assert_int_equal(e.runs, 4);
	assert_int_equal(e.missing, 1);
	near(e.mean, 5.0, 1e-12);
	near(e.sd, sqrt(20.0 / 3.0), 1e-12);
	near(e.high - e.mean, 3.182446 * sqrt(20.0 / 3.0) / 2.0, 1e-5);
	near(e.mean - e.low, e.high - e.mean, 1e-12);
	e = crowd_estimate_of(values, 1);
	near(e.mean, 4.0, 0.0);
	assert_true(isnan(e.low) && isnan(e.high) && isnan(e.sd));
	e = crowd_estimate_of(values + 1, 1);
	assert_true(isnan(e.mean) && e.runs == 0 && e.missing == 1);
}

static void a_large_figure_keeps_its_small_differences(void **state)
{
	(void)state;
	double values[1000];
	for (int i = 0; i < 1000; i++)
		values[i] = 1e9 + (i % 2 ? 0.25 : -0.25);
	struct crowd_estimate e = crowd_estimate_of(values, 1000);
	near(e.mean, 1e9, 1e-7);
	near(e.sd, 0.25 * sqrt(1000.0 / 999.0), 1e-9);
}

static void a_difference_is_taken_pair_by_pair(void **state)
{
	(void)state;
	/* Runs differ much, the pairs little: 10 apart +- 1. */
	const double a[] = {100, 500, 900, NAN, 50}, b[] = {109, 511, 910, 3, NAN};
	struct crowd_estimate e = crowd_estimate_of_difference(a, b, 5);
	assert_int_equal(e.runs, 3);
	assert_int_equal(e.missing, 2);
	near(e.mean, 10.0, 1e-12);
	near(e.sd, 1.0, 1e-12);
	near(e.high, 10.0 + 4.302653 / sqrt(3.0), 1e-5);
}

/* The interval of 95 % holds the truth in 95 of 100 samples: 4000 samples of six, the count itself binomial, sigma 0.34 %. */
static void the_interval_holds_the_truth_as_often_as_it_says(void **state)
{
	(void)state;
	uint32_t held = 0;
	for (uint64_t sample = 0; sample < 4000; sample++) {
		double values[6];
		for (uint32_t k = 0; k < 6; k++)
			values[k] = 3.0 + 2.0 * sqrt(-2.0 * log(crowd_draw_unit(11, sample, CROWD_ASK_SPEED, 2 * k)))
				* cos(2.0 * M_PI * crowd_draw_unit(11, sample, CROWD_ASK_SPEED, 2 * k + 1)); /* Box, Muller */
		struct crowd_estimate e = crowd_estimate_of(values, 6);
		held += e.low <= 3.0 && 3.0 <= e.high;
	}
	near(held / 4000.0, 0.95, 0.0138);
}

static void a_quantile_lies_between_its_neighbours(void **state)
{
	(void)state;
	double values[] = {NAN, 3, 1, 2, NAN, 5, 4};
	near(crowd_quantile(values, 7, 0.0), 1.0, 0.0);
	near(crowd_quantile(values, 7, 0.5), 3.0, 0.0);
	near(crowd_quantile(values, 7, 0.9), 4.6, 1e-12);
	near(crowd_quantile(values, 7, 1.0), 5.0, 0.0);
	near(crowd_quantile(values, 7, 2.0), 5.0, 0.0);
	double none[] = {NAN};
	assert_true(isnan(crowd_quantile(none, 1, 0.5)));
	assert_true(isnan(crowd_quantile(values, 0, 0.5)));
}

static void a_line_is_fitted_by_least_squares(void **state)
{
	(void)state;
	const double x[] = {0, 1, 2, 3}, exact[] = {1, 3, 5, 7}, rough[] = {1, 2, 2, 4}, level[] = {2, 2, 2, 2};
	struct crowd_line_fit fit = crowd_fit_line(x, exact, 4);
	near(fit.slope, 2.0, 1e-12);
	near(fit.intercept, 1.0, 1e-12);
	near(fit.r2, 1.0, 1e-12);
	fit = crowd_fit_line(x, rough, 4); /* by hand: slope 0.9, intercept 0.9, r2 = 4.05 / 4.75 */
	near(fit.slope, 0.9, 1e-12);
	near(fit.intercept, 0.9, 1e-12);
	near(fit.r2, 4.05 / 4.75, 1e-12);
	near(crowd_fit_line(x, level, 4).r2, 1.0, 1e-12);
	assert_true(isnan(crowd_fit_line(level, x, 4).slope));
	assert_true(isnan(crowd_fit_line(x, exact, 1).slope));
}

static double of_the_unit(void *ctx, double x)
{
	(void)ctx;
	return x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
}

static void kolmogorov_smirnov_knows_its_table(void **state)
{
	(void)state;
	/* n = 100 evenly, then moved by d: D = d + 0.005. Stephens: (10 + 0.12 + 0.011) D = 1.358 at p = 0.05, 1.628 at 0.01, 1.224 at 0.1. */
	const double critical[][2] = {{1.358, 0.05}, {1.628, 0.01}, {1.224, 0.10}, {0.8276, 0.50}};
	for (size_t c = 0; c < COUNT(critical); c++) {
		double values[100], furthest = critical[c][0] / (10.0 + 0.12 + 0.011);
		for (int i = 0; i < 100; i++)
			values[99 - i] = (i + 0.5) / 100.0 + furthest - 0.005;
		near(crowd_ks_p(values, 100, of_the_unit, NULL), critical[c][1], 0.0006);
	}
	double even[50];
	for (int i = 0; i < 50; i++)
		even[i] = (i + 0.5) / 50.0;
	near(crowd_ks_p(even, 50, of_the_unit, NULL), 1.0, 1e-9);
	assert_true(isnan(crowd_ks_p(even, 0, of_the_unit, NULL)));
}

/* Samples that are of the distribution are refused at 5 % in 5 of 100 cases. */
static void kolmogorov_smirnov_refuses_as_often_as_it_says(void **state)
{
	(void)state;
	uint32_t refused = 0;
	for (uint64_t sample = 0; sample < 4000; sample++) {
		double values[40];
		for (uint32_t k = 0; k < 40; k++)
			values[k] = crowd_draw_unit(5, sample, CROWD_ASK_DELAY, k);
		refused += crowd_ks_p(values, 40, of_the_unit, NULL) < 0.05;
	}
	near(refused / 4000.0, 0.05, 0.0138);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_begin_where_fruin_says),
		cmocka_unit_test(a_crush_is_never_shown_without_a_caution),
		cmocka_unit_test(weidmann_is_as_in_his_table),
		cmocka_unit_test(hermes_goes_through_its_runs_and_not_beyond),
		cmocka_unit_test(a_counted_density_is_people_by_area),
		cmocka_unit_test(a_crossing_has_a_direction),
		cmocka_unit_test(who_stops_on_a_line_is_counted_once),
		cmocka_unit_test(a_wandering_walk_sums_to_where_it_ends),
		cmocka_unit_test(flow_is_of_the_middle_of_the_crossings),
		cmocka_unit_test(students_t_is_as_in_the_table),
		cmocka_unit_test(an_estimate_is_a_mean_with_its_interval),
		cmocka_unit_test(a_large_figure_keeps_its_small_differences),
		cmocka_unit_test(a_difference_is_taken_pair_by_pair),
		cmocka_unit_test(the_interval_holds_the_truth_as_often_as_it_says),
		cmocka_unit_test(a_quantile_lies_between_its_neighbours),
		cmocka_unit_test(a_line_is_fitted_by_least_squares),
		cmocka_unit_test(kolmogorov_smirnov_knows_its_table),
		cmocka_unit_test(kolmogorov_smirnov_refuses_as_often_as_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
