/* Rehearsals as a whole: what is known beforehand comes out, nobody is lost, threads and mirrors change nothing. */
#include <time.h>

#include "rehearse_for_test.h"
#include "tree_for_test.h"

#include "base/text.h"
#include "rehearse/inside.h"

static struct rehearsal *rehearse(const struct small_place *place, const struct rehearse_settings *s)
{
	struct plan *p = place_plan(place);
	struct rehearsal *r = NULL;
	struct problem problem = {0};
	if (rehearse_run(p, s, &r, &problem) != ERR_NONE)
		fail_msg("%s: %s", problem.field, problem.detail);
	plan_free(p);
	return r;
}

static const struct rehearse_row *row(const struct rehearsal *r, enum rehearse_figure f, const char *id)
{
	const struct rehearse_row *found = rehearsal_find(r, f, id);
	if (found == NULL)
		fail_msg("no row %s of %s", rehearse_figure_row(f)->word, id == NULL ? "the whole" : id);
	return found;
}

static double mean(const struct rehearsal *r, enum rehearse_figure f, const char *id)
{
	return row(r, f, id)->estimate.mean;
}

/* Whom it takes exactly so long: no spread, no bags, no second looks, nobody turned away, everybody alone. */
static struct rehearse_settings exact(void)
{
	struct rehearse_settings s = rehearse_settings_default();
	s.assume.bag_share = 0;
	s.assume.step_free_share = 0;
	s.assume.ticket_cv = s.assume.search_cv = 0;
	s.assume.second_share = 0;
	s.assume.refused_share = 0;
	s.assume.groups = 1;
	s.replications = 2;
	s.threads = 1;
	return s;
}

static void people_are_conserved(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	s.replications = 3;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 1200, .holds_ppl = 60}, &s);
	const struct rehearse_row *in = row(r, REHEARSE_FIGURE_IN, NULL), *out = row(r, REHEARSE_FIGURE_NOT_IN, NULL);
	const struct rehearse_row *refused = row(r, REHEARSE_FIGURE_REFUSED, NULL), *passed = row(r, REHEARSE_FIGURE_CHECK_PASSED, "check");
	for (uint32_t k = 0; k < r->runs; k++) {
		assert_true(in->runs[k] + out->runs[k] + refused->runs[k] == 1200);
		assert_true(passed->runs[k] == in->runs[k]);
	}
	rehearsal_free(r);
}

/* 1,200 in an hour, 16 a minute pass: the fluid's queue is 240 at the end, the last waits 15 minutes. */
static void a_check_that_is_too_small_fills_as_a_fluid_would(void **state)
{
	(void)state;
	struct rehearse_settings s = exact();
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 1200}, &s);
	assert_true(fabs(mean(r, REHEARSE_FIGURE_CHECK_QUEUE_MAX, "check") - 240) < 16);
	assert_true(fabs(mean(r, REHEARSE_FIGURE_CHECK_WAIT_MEAN, "check") - 450) < 30);
	assert_true(fabs(mean(r, REHEARSE_FIGURE_CHECK_LAST, "check") - 900) < 90);
	assert_true(fabs(mean(r, REHEARSE_FIGURE_ALL_IN, NULL) - 900) < 90);
	assert_true(mean(r, REHEARSE_FIGURE_CHECK_BUSY, "check") > 0.95);
	assert_true(isnan(mean(r, REHEARSE_FIGURE_STREET_AT, NULL)) || mean(r, REHEARSE_FIGURE_STREET_MAX, NULL) < 20);
	assert_true(mean(r, REHEARSE_FIGURE_AREA_DENSITY_MAX, "hold") > 0.18 && mean(r, REHEARSE_FIGURE_AREA_DENSITY_MAX, "hold") < 0.3);
	assert_true(mean(r, REHEARSE_FIGURE_IN_BY_START, NULL) > 900 && mean(r, REHEARSE_FIGURE_IN_BY_START, NULL) < 965);
	rehearsal_free(r);
}

static void a_full_holding_area_sends_people_into_the_street(void **state)
{
	(void)state;
	struct rehearse_settings s = exact();
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 1200, .holds_ppl = 100}, &s);
	/* It holds 100 of the 240: some 140 wait in the street, from the moment at which 4 a minute have filled it. */
	assert_true(fabs(mean(r, REHEARSE_FIGURE_STREET_MAX, NULL) - 140) < 25);
	assert_true(fabs(mean(r, REHEARSE_FIGURE_AREA_FULL_AT, "hold") - (-3600 + 25 * 60)) < 300);
	assert_true(mean(r, REHEARSE_FIGURE_AREA_PEOPLE_MAX, "hold") <= 100);
	bool told = false;
	for (uint32_t i = 0; i < r->trouble_count; i++)
		told = told || (strstr(r->troubles[i].text_en, "held up outside") != NULL && strstr(r->troubles[i].text_zh, "滞留") != NULL);
	assert_true(told);
	rehearsal_free(r);
}

static void enough_lanes_leave_no_trouble(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct rehearse_change five = {REHEARSE_CHANGE_LANES, "check", 5, NAN, NAN};
	s.changes = &five;
	s.change_count = 1;
	s.replications = 4;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 1200}, &s);
	for (uint32_t i = 0; i < r->trouble_count; i++)
		print_message("%s\n", r->troubles[i].text_en);
	assert_int_equal(r->trouble_count, 0);
	assert_true(mean(r, REHEARSE_FIGURE_CHECK_WAIT_P95, "check") < 60);
	rehearsal_free(r);
}

static void more_lanes_never_make_the_wait_longer(void **state)
{
	(void)state;
	double before = INFINITY;
	for (double lanes = 2; lanes <= 6; lanes++) {
		struct rehearse_settings s = rehearse_settings_default();
		struct rehearse_change change = {REHEARSE_CHANGE_LANES, "check", lanes, NAN, NAN};
		s.changes = &change;
		s.change_count = 1;
		s.replications = 6;
		struct rehearsal *r = rehearse(&(struct small_place){.ppl = 1500}, &s);
		double wait = mean(r, REHEARSE_FIGURE_CHECK_WAIT_MEAN, "check");
		assert_true(wait <= before * 1.02 + 0.5);
		before = wait;
		rehearsal_free(r);
	}
}

/* ---- the same bytes ---- */

static void write_bytes(const struct rehearsal *r, struct buf *out)
{
	buf_reset(out);
	for (uint32_t i = 0; i < r->row_count; i++) {
		buf_add(out, r->rows[i].runs, r->runs * sizeof(double));
		buf_add(out, &r->rows[i].estimate.mean, sizeof(double));
	}
	for (uint32_t b = 0; b < r->band_count; b++) {
		buf_add(out, r->bands[b].mean, r->minute_count * sizeof(float));
		buf_add(out, r->bands[b].p10, r->minute_count * sizeof(float));
		buf_add(out, r->bands[b].p90, r->minute_count * sizeof(float));
	}
	for (uint32_t i = 0; i < r->trouble_count; i++)
		buf_add_str(out, r->troubles[i].text_zh);
	assert_int_equal(out->error, ERR_NONE);
}

static void one_two_and_eight_threads_give_the_same_bytes(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct buf first, other;
	buf_init(&first, (size_t)1 << 26);
	buf_init(&other, (size_t)1 << 26);
	s.replications = 9;
	static const uint32_t threads[] = {1, 2, 8};
	for (int i = 0; i < 3; i++) {
		s.threads = threads[i];
		struct rehearsal *r = rehearse(&(struct small_place){.ppl = 700, .holds_ppl = 60}, &s);
		write_bytes(r, i == 0 ? &first : &other);
		if (i > 0)
			assert_true(first.size == other.size && memcmp(first.at, other.at, first.size) == 0);
		rehearsal_free(r);
	}
	s.seed++;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 700, .holds_ppl = 60}, &s);
	write_bytes(r, &other);
	assert_true(first.size != other.size || memcmp(first.at, other.at, first.size) != 0);
	rehearsal_free(r);
	buf_free(&first);
	buf_free(&other);
}

static void a_mirrored_plan_gives_mirrored_results(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	s.replications = 20;
	struct rehearsal *a = rehearse(&(struct small_place){.ppl = 800, .holds_ppl = 100}, &s);
	struct rehearsal *b = rehearse(&(struct small_place){.ppl = 800, .holds_ppl = 100, .mirrored = 1}, &s);
	struct rehearse_comparison *c = NULL;
	assert_int_equal(rehearse_compare(a, b, &c), ERR_NONE);
	uint32_t sure = 0;
	for (uint32_t i = 0; i < c->row_count; i++)
		sure += c->rows[i].sure;
	/* Stands are listed in the other order, so people differ: by chance one row in twenty may look sure. */
	assert_true(sure <= c->row_count / 6);
	assert_true(fabs(mean(a, REHEARSE_FIGURE_CHECK_PASSED, "vw") - mean(b, REHEARSE_FIGURE_CHECK_PASSED, "vw")) < 15);
	rehearse_comparison_free(c);
	rehearsal_free(a);
	rehearsal_free(b);
}

/* ---- comparison ---- */

static void the_same_plan_twice_differs_in_nothing(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	s.replications = 4;
	struct rehearsal *a = rehearse(&(struct small_place){.ppl = 700}, &s), *b = rehearse(&(struct small_place){.ppl = 700}, &s);
	struct rehearse_comparison *c = NULL;
	assert_int_equal(rehearse_compare(a, b, &c), ERR_NONE);
	assert_int_equal(c->row_count, a->row_count);
	for (uint32_t i = 0; i < c->row_count; i++)
		assert_true(!c->rows[i].sure && (isnan(c->rows[i].difference.mean) || c->rows[i].difference.mean == 0));
	assert_int_equal(c->sentence_count, 1);
	assert_non_null(strstr(c->sentences[0].text_en, "larger than chance"));
	assert_string_equal(a->plan_hash, b->plan_hash);
	rehearse_comparison_free(c);
	rehearsal_free(a);
	rehearsal_free(b);
}

static void paired_seeds_tell_a_second_of_service_with_few_runs(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	s.replications = 6;
	struct rehearsal *a = rehearse(&(struct small_place){.ppl = 900}, &s);
	struct rehearse_change faster = {REHEARSE_CHANGE_RATE, "check", 8.2, NAN, NAN};
	s.changes = &faster;
	s.change_count = 1;
	struct rehearsal *b = rehearse(&(struct small_place){.ppl = 900}, &s);
	struct rehearse_comparison *c = NULL;
	assert_int_equal(rehearse_compare(a, b, &c), ERR_NONE);
	for (uint32_t i = 0; i < c->row_count; i++)
		if (c->rows[i].figure == REHEARSE_FIGURE_TO_IN_MEAN)
			assert_true(c->rows[i].sure && c->rows[i].difference.mean < 0);
	rehearse_comparison_free(c);
	rehearsal_free(a);
	rehearsal_free(b);
}

/* ---- stop, memory ---- */

struct stopper { volatile int stop; uint32_t after, told; };

static void stop_after(void *ctx, uint32_t done, uint32_t of)
{
	struct stopper *s = ctx;
	s->told = done;
	if (done >= s->after && done < of)
		s->stop = 1;
}

static void a_stop_keeps_the_replications_that_are_done(void **state)
{
	(void)state;
	struct stopper stopper = {.after = 3};
	struct rehearse_settings s = rehearse_settings_default();
	s.replications = 10000;
	s.threads = 2;
	s.progress = stop_after;
	s.ctx = &stopper;
	s.stop = &stopper.stop;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 300}, &s);
	assert_true(r->stopped && r->runs >= 2 && r->runs < 10000);
	assert_int_equal(stopper.told, r->runs);
	assert_int_equal(row(r, REHEARSE_FIGURE_IN, NULL)->estimate.runs, r->runs);
	rehearsal_free(r);
	struct plan *p = place_plan(&(struct small_place){.ppl = 300});
	struct problem problem = {0};
	stopper.stop = 1;
	assert_int_equal(rehearse_run(p, &s, &r, &problem), ERR_CROWD_STOPPED);
	plan_free(p);
}

static void too_large_is_refused_before_it_starts_with_the_number(void **state)
{
	(void)state;
	struct plan *p = place_plan(&(struct small_place){.ppl = 60000, .seats_w = 30000, .seats_e = 30000});
	struct rehearse_settings s = rehearse_settings_default();
	struct rehearsal *r = NULL;
	struct problem problem = {0};
	s.memory_max = (size_t)1 << 20;
	assert_int_equal(rehearse_run(p, &s, &r, &problem), ERR_CROWD_TOO_LARGE);
	assert_non_null(strstr(problem.detail, "MiB"));
	plan_free(p);
}

/* ---- out ---- */

/* 900 people through 6 m of exits at 82 a metre and minute: nearly two minutes, after people have set off. */
static void an_evacuation_takes_what_its_exits_take(void **state)
{
	(void)state;
	struct rehearse_settings s = exact();
	s.phase = REHEARSE_EVACUATION;
	s.assume.premove_mean_s = 0;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 900}, &s);
	double all = mean(r, REHEARSE_FIGURE_OUT_TIME, NULL);
	assert_true(all > 60 * 900 / (82.0 * 6) && all < 420);
	assert_true(mean(r, REHEARSE_FIGURE_CHECK_PASSED, "exit-w") + mean(r, REHEARSE_FIGURE_CHECK_PASSED, "exit-e") == 900);
	rehearsal_free(r);
	struct rehearse_change block = {REHEARSE_CHANGE_BLOCK, "exit-e", 0, NAN, NAN};
	s.changes = &block;
	s.change_count = 1;
	r = rehearse(&(struct small_place){.ppl = 900}, &s);
	assert_true(mean(r, REHEARSE_FIGURE_OUT_TIME, NULL) > 60 * 900 / (82.0 * 2) && mean(r, REHEARSE_FIGURE_OUT_TIME, NULL) > all);
	assert_true(mean(r, REHEARSE_FIGURE_CHECK_PASSED, "exit-e") == 0 && mean(r, REHEARSE_FIGURE_CHECK_PASSED, "exit-w") == 900);
	rehearsal_free(r);
}

static void an_evacuation_over_the_limit_is_said_aloud(void **state)
{
	(void)state;
	struct rehearse_settings s = exact();
	s.phase = REHEARSE_EVACUATION;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 6000}, &s); /* 12 minutes at the least */
	assert_true(r->trouble_count > 0);
	bool told = false;
	for (uint32_t i = 0; i < r->trouble_count; i++)
		told = told || strstr(r->troubles[i].text_en, "are allowed") != NULL;
	assert_true(told);
	rehearsal_free(r);
}

static void people_leave_after_the_end(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	s.phase = REHEARSE_EGRESS;
	s.replications = 2;
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 900}, &s);
	assert_true(mean(r, REHEARSE_FIGURE_OUT_TIME, NULL) > 20 * 60 * 0.9 && mean(r, REHEARSE_FIGURE_OUT_TIME, NULL) < 30 * 60);
	assert_true(fabs(mean(r, REHEARSE_FIGURE_ALL_OUT, NULL) - 9000 - mean(r, REHEARSE_FIGURE_OUT_TIME, NULL)) < 1e-6);
	rehearsal_free(r);
}

/* ---- real arrivals ---- */

/* Those who left a city's metro on one day, as a curve: a whole day comes in as it came out there. */
static void a_real_day_can_be_the_curve(void **state)
{
	(void)state;
	char path[TREE_PATH];
	const char *shared = getenv("CORDON_SHARED");
	FILE *f = NULL;
	if (shared != NULL && snprintf(path, sizeof(path), "%s/data/counts/metro_2019-01-01.csv", shared) < (int)sizeof(path))
		f = fopen(path, "r");
	if (f == NULL) {
		print_message("skipped: CORDON_SHARED has no data/counts\n");
		skip();
	}
	static double slots[145];
	char line[256];
	while (fgets(line, sizeof(line), f) != NULL) {
		int station, hour, slot;
		double out;
		if (sscanf(line, "%d,%d,%d,%lf", &station, &hour, &slot, &out) == 4 && station == 15 && hour >= 0 && hour < 24 && slot >= 0 &&
		    slot < 6)
			slots[6 * hour + slot + 1] = out;
	}
	fclose(f);
	struct buf csv;
	buf_init(&csv, 65536);
	double sum = 0;
	for (int i = 0; i <= 144; i++) {
		sum += slots[i];
		buf_addf(&csv, "%d,%.0f\n", -1440 + 10 * i, sum);
	}
	assert_true(sum > 1000);
	struct arena *arena = arena_new((size_t)1 << 20);
	struct plan_curve_point *points = NULL;
	struct rehearse_settings s = rehearse_settings_default();
	struct problem problem = {0};
	assert_int_equal(rehearse_read_curve((struct text){csv.at, csv.size}, arena, &points, &s.curve_count, &problem), ERR_NONE);
	s.curve = points;
	s.replications = 2;
	s.arrivals_ppl = 2000;
	/* Doors at 18:00, the day begins at 19:30 the evening before: who came early has waited for hours. */
	struct rehearsal *r = rehearse(&(struct small_place){.ppl = 900}, &s);
	const struct rehearse_row *in = row(r, REHEARSE_FIGURE_IN, NULL), *refused = row(r, REHEARSE_FIGURE_REFUSED, NULL);
	assert_true(in->runs[0] + refused->runs[0] == 2000);
	rehearsal_free(r);
	arena_free(arena);
	buf_free(&csv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_conserved),
		cmocka_unit_test(a_check_that_is_too_small_fills_as_a_fluid_would),
		cmocka_unit_test(a_full_holding_area_sends_people_into_the_street),
		cmocka_unit_test(enough_lanes_leave_no_trouble),
		cmocka_unit_test(more_lanes_never_make_the_wait_longer),
		cmocka_unit_test(one_two_and_eight_threads_give_the_same_bytes),
		cmocka_unit_test(a_mirrored_plan_gives_mirrored_results),
		cmocka_unit_test(the_same_plan_twice_differs_in_nothing),
		cmocka_unit_test(paired_seeds_tell_a_second_of_service_with_few_runs),
		cmocka_unit_test(a_stop_keeps_the_replications_that_are_done),
		cmocka_unit_test(too_large_is_refused_before_it_starts_with_the_number),
		cmocka_unit_test(an_evacuation_takes_what_its_exits_take),
		cmocka_unit_test(an_evacuation_over_the_limit_is_said_aloud),
		cmocka_unit_test(people_leave_after_the_end),
		cmocka_unit_test(a_real_day_can_be_the_curve),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
