/* Chance by question, service times by their moments, curves there and back. */
#include "network_for_test.h"

#define DRAWS 200000

static void a_number_is_the_same_for_the_same_question_and_no_other(void **state)
{
	(void)state;
	uint64_t first = crowd_draw(1, 2, CROWD_ASK_SERVICE, 3);
	assert_true(first == crowd_draw(1, 2, CROWD_ASK_SERVICE, 3));
	assert_true(first != crowd_draw(2, 2, CROWD_ASK_SERVICE, 3));
	assert_true(first != crowd_draw(1, 3, CROWD_ASK_SERVICE, 3));
	assert_true(first != crowd_draw(1, 2, CROWD_ASK_SECOND, 3));
	assert_true(first != crowd_draw(1, 2, CROWD_ASK_SERVICE, 4));
}

/* Neighbours in seed, person and question, too, are even and know nothing of each other. */
static void units_are_even_along_every_word(void **state)
{
	(void)state;
	for (int word = 0; word < 3; word++) {
		double sum = 0, square = 0, with_next = 0, last = 0.5;
		for (uint32_t i = 0; i < DRAWS; i++) {
			double u = crowd_draw_unit(word == 0 ? i : 1, word == 1 ? i : 1, CROWD_ASK_CHOICE, word == 2 ? i : 1);
			assert_true(u > 0 && u < 1);
			sum += u;
			square += u * u;
			with_next += (u - 0.5) * (last - 0.5);
			last = u;
		}
		assert_close(sum / DRAWS, 0.5, 4 * 0.2887 / sqrt(DRAWS));
		assert_close(square / DRAWS, 1.0 / 3, 4 * 0.298 / sqrt(DRAWS));
		assert_close(with_next / DRAWS, 0, 4 * 0.0834 / sqrt(DRAWS));
	}
}

static void normals_are_normal(void **state)
{
	(void)state;
	double sum = 0, square = 0;
	uint32_t beyond = 0;
	for (uint32_t i = 0; i < DRAWS; i++) {
		double z = crowd_draw_normal(5, i, CROWD_ASK_SPEED, 0);
		sum += z;
		square += z * z;
		beyond += fabs(z) > 1.959964;
	}
	assert_close(sum / DRAWS, 0, 4 / sqrt(DRAWS));
	assert_close(square / DRAWS, 1, 4 * sqrt(2.0 / DRAWS));
	assert_close((double)beyond / DRAWS, 0.05, 4 * sqrt(0.05 * 0.95 / DRAWS));
}

static void service_times_have_their_mean_and_spread(void **state)
{
	(void)state;
	static const struct { enum crowd_form form; double cv; } forms[] = {{CROWD_EXPONENTIAL, 1}, {CROWD_LOGNORMAL, 0.6}, {CROWD_GAMMA, 0.5},
		{CROWD_GAMMA, 1.5}, {CROWD_FIXED, 0}, {CROWD_LOGNORMAL, 0}, {CROWD_GAMMA, 0}};
	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		struct crowd_service s = {.form = forms[f].form, .mean_s = 8, .cv = forms[f].cv};
		double sum = 0, square = 0;
		for (uint32_t i = 0; i < DRAWS; i++) {
			double took_s = crowd_service_draw_s(&s, 3, i, 1, false);
			assert_true(took_s >= 0 && isfinite(took_s));
			sum += took_s;
			square += took_s * took_s;
		}
		double mean = sum / DRAWS, sd = sqrt(fmax(0, square / DRAWS - mean * mean));
		assert_close(mean, 8, 1e-6 + 4 * 8 * forms[f].cv / sqrt(DRAWS));
		assert_close(sd, 8 * forms[f].cv, 1e-3 + 0.03 * 8 * forms[f].cv);
	}
}

static void bags_and_second_looks_make_the_mean_longer_as_it_says(void **state)
{
	(void)state;
	struct crowd_service s = {.form = CROWD_LOGNORMAL, .mean_s = 6, .cv = 0.5, .bag_factor = 2, .second_share = 0.1, .second_mean_s = 40,
		.second_cv = 0.5};
	double sum = 0;
	for (uint32_t i = 0; i < DRAWS; i++)
		sum += crowd_service_draw_s(&s, 3, i, 1, i % 4 == 0);
	assert_close(crowd_service_mean_s(&s, 0.25), 6 * 1.25 + 4, 1e-12);
	assert_close(sum / DRAWS, 11.5, 0.2);
	s.bag_factor = 0;
	assert_close(crowd_service_mean_s(&s, 0.25), 10, 1e-12);
}

static void a_curve_and_its_inverse_belong_together(void **state)
{
	(void)state;
	static const struct crowd_curve_point points[] = {{10, 0}, {20, 0.25}, {30, 0.25}, {40, 0.75}, {40, 0.9}, {60, 1}};
	const struct crowd_curve c = {points, 6};
	assert_close(crowd_curve_share(&c, 9), 0, 0);
	assert_close(crowd_curve_share(&c, 15), 0.125, 1e-12);
	assert_close(crowd_curve_share(&c, 25), 0.25, 1e-12);
	assert_close(crowd_curve_share(&c, 40), 0.9, 1e-12);
	assert_close(crowd_curve_share(&c, 1e9), 1, 0);
	assert_close(crowd_curve_inverse_s(&c, 0.25), 20, 1e-12);
	assert_close(crowd_curve_inverse_s(&c, 0.8), 40, 1e-12);
	for (uint32_t i = 1; i < 1000; i++) {
		double at_s = crowd_curve_inverse_s(&c, i / 1000.0);
		assert_true(crowd_curve_share(&c, at_s) >= i / 1000.0 - 1e-12);
		assert_true(at_s >= 10 && at_s <= 60);
	}
	const struct crowd_curve none = {NULL, 0};
	assert_close(crowd_curve_inverse_s(&none, 0.5), 0, 0);
	assert_close(crowd_curve_share(&none, 0), 1, 0);
	const struct crowd_curve_point half[] = {{0, 0}, {10, 0.5}};
	const struct crowd_curve some = {half, 2};
	assert_true(isinf(crowd_curve_inverse_s(&some, 0.6))); /* they never come */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_the_same_for_the_same_question_and_no_other),
		cmocka_unit_test(units_are_even_along_every_word),
		cmocka_unit_test(normals_are_normal),
		cmocka_unit_test(service_times_have_their_mean_and_spread),
		cmocka_unit_test(bags_and_second_looks_make_the_mean_longer_as_it_says),
		cmocka_unit_test(a_curve_and_its_inverse_belong_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
