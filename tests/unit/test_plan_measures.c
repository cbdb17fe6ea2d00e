/* The measures against hand calculations, and the entry chain against a naive second reckoning. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/random.h"
#include "plan/graph.h"
#include "plan_for_test.h"

static struct plan *plan_of(const char *text)
{
	struct plan *p = NULL;
	struct plan_findings f = {0};
	assert_int_equal(plan_read(text_of(text), &p, &f, NULL), ERR_NONE);
	if (f.errors > 0)
		print_findings(&f);
	assert_int_equal(f.errors, 0);
	plan_findings_free(&f);
	return p;
}

struct measured { struct plan *p; struct arena *arena; struct plan_measures m; };

static struct measured measure(const char *text, enum plan_rules rules)
{
	struct measured out = {plan_of(text), arena_new((size_t)1 << 20), {0}};
	assert_int_equal(plan_measure(out.p, rules, out.arena, &out.m), ERR_NONE);
	return out;
}

static void done(struct measured *d)
{
	arena_free(d->arena);
	plan_free(d->p);
}

static double zone_ppl(const struct measured *d, const char *id)
{
	return d->m.zone_holding[plan_find_zone(d->p, text_of(id))].ppl;
}

static void the_green_guide_gives_the_four_capacities_of_the_drawing(void **state)
{
	(void)state;
	struct measured d = measure(good_plan, PLAN_GREEN_GUIDE);
	/* Holding: the stand's 1,000 seats; the concourse is passed through. */
	assert_true(d.m.whole[PLAN_HOLDING_CAPACITY].ppl == 1000);
	/* Entry: pre-check 2 x 15 = 30, ticket 2 open lanes x 10 = 20 a minute: 20 x 60. */
	assert_true(d.m.whole[PLAN_ENTRY_CAPACITY].ppl == 1200);
	/* Exit: 4 m x 82 + 3 m x 66 = 328 + 198 = 526 a minute, 8 minutes. */
	assert_true(d.m.whole[PLAN_EXIT_CAPACITY].ppl == 4208);
	/* Evacuation: without the largest (328): 198 x 8. */
	assert_true(d.m.whole[PLAN_EVACUATION_CAPACITY].ppl == 1584);
	assert_int_equal(d.m.lowest, PLAN_HOLDING_CAPACITY);
	assert_true(d.m.safe_ppl == 1000);
	/* Concourse and stand: 2 x 1,200 m2, of which 200 obstructed. */
	assert_true(fabs(d.m.area_m2 - 2400) < 1e-6 && fabs(d.m.usable_m2 - 2200) < 1e-6);
	/* Standing: holding 1,200 m2 x 4.7; concourse 1,000 m2 x 4.7. */
	assert_true(zone_ppl(&d, "holding") == 5640 && zone_ppl(&d, "concourse") == 4700 && zone_ppl(&d, "stand") == 1000);
	assert_true(isnan(zone_ppl(&d, "outside")));
	assert_true(d.m.entry_by_stage[PLAN_PRECHECK].ppl == 1800 && d.m.entry_by_stage[PLAN_TICKET].ppl == 1200);
	assert_true(isnan(d.m.entry_by_stage[PLAN_SECURITY].ppl)); /* the plan has none */
	done(&d);
}

static void the_lower_of_p_and_s_reduces_seats_and_standing(void **state)
{
	(void)state;
	char *text = spoiled(good_plan, "\"seats\":1000", "\"seats\":1000,\"physical\":0.9,\"safety\":0.75");
	struct measured d = measure(text, PLAN_GREEN_GUIDE);
	assert_true(zone_ppl(&d, "stand") == 750);
	done(&d);
	free(text);
	text = spoiled(good_plan, "\"obstructed_m2\":200", "\"obstructed_m2\":200,\"physical\":0.5");
	d = measure(text, PLAN_GREEN_GUIDE);
	assert_true(zone_ppl(&d, "concourse") == 2350); /* 1,000 x 4.7 x 0.5 */
	done(&d);
	/* No other rule set knows these factors. */
	d = measure(text, PLAN_OPEN_AIR);
	assert_true(zone_ppl(&d, "concourse") == 2000);
	done(&d);
	free(text);
}

static void a_turnstile_counts_for_at_most_eleven_a_minute(void **state)
{
	(void)state;
	char *text = spoiled(good_plan, "{\"id\":\"t1\",\"rate_ppl_min\":10}", "{\"id\":\"t1\",\"rate_ppl_min\":16}");
	struct measured d = measure(text, PLAN_GREEN_GUIDE);
	assert_true(d.m.whole[PLAN_ENTRY_CAPACITY].ppl == 21 * 60);
	done(&d);
	free(text);
}

static void open_air_takes_109_without_the_largest_exit_and_knows_no_entry(void **state)
{
	(void)state;
	struct measured d = measure(good_plan, PLAN_OPEN_AIR);
	/* 7 m x 109 x 10 min; evacuation 3 m x 109 x 8 min (the plan's own time). */
	assert_true(d.m.whole[PLAN_EXIT_CAPACITY].ppl == 7630 && d.m.whole[PLAN_EVACUATION_CAPACITY].ppl == 2616);
	assert_true(zone_ppl(&d, "holding") == 2400); /* 2 /m2 */
	assert_true(isnan(d.m.whole[PLAN_ENTRY_CAPACITY].ppl));
	done(&d);
	char *text = spoiled(good_plan, ",\"evacuation_min\":8", "");
	d = measure(text, PLAN_OPEN_AIR);
	assert_true(d.m.whole[PLAN_EVACUATION_CAPACITY].ppl == 1635); /* 3 x 109 x 5 */
	done(&d);
	free(text);
}

static void china_local_takes_four_fifths_of_the_seats_and_two_square_metres(void **state)
{
	(void)state;
	struct measured d = measure(good_plan, PLAN_CN_LOCAL);
	assert_true(d.m.whole[PLAN_HOLDING_CAPACITY].ppl == 800 && zone_ppl(&d, "holding") == 600);
	assert_true(isnan(d.m.whole[PLAN_ENTRY_CAPACITY].ppl) && isnan(d.m.whole[PLAN_EXIT_CAPACITY].ppl) &&
	            isnan(d.m.whole[PLAN_EVACUATION_CAPACITY].ppl));
	assert_true(d.m.safe_ppl == 800 && d.m.lowest == PLAN_HOLDING_CAPACITY);
	done(&d);
}

static void nfpa_has_one_density_above_930_square_metres_and_one_below(void **state)
{
	(void)state;
	struct measured d = measure(good_plan, PLAN_NFPA);
	assert_true(zone_ppl(&d, "holding") == 1846);   /* 1,200 / 0.65 = 1846.15 */
	assert_true(zone_ppl(&d, "concourse") == 1538); /* 1,200 m2 is above, 1,000 m2 usable / 0.65 = 1538.46 */
	done(&d);
	char *text = spoiled(good_plan, "[[0,20],[60,20],[60,40],[0,40],[0,20]]", "[[15,20],[60,20],[60,40],[15,40],[15,20]]");
	d = measure(text, PLAN_NFPA);
	assert_true(zone_ppl(&d, "holding") == 1956); /* 45 m x 20 m = 900 m2; 900 / 0.46 = 1956.5 */
	done(&d);
	free(text);
}

static void a_pitch_holds_people_only_where_the_plan_says_how_many(void **state)
{
	(void)state;
	/* A football match: nobody stands on the grass (1,200 m2 x 4.7 would be 5,640). */
	char *pitch = spoiled(good_plan, "\"id\":\"concourse\",\"kind\":\"zone\",\"use\":\"concourse\"",
		"\"id\":\"concourse\",\"kind\":\"zone\",\"use\":\"pitch\"");
	struct measured d = measure(pitch, PLAN_GREEN_GUIDE);
	assert_true(d.m.whole[PLAN_HOLDING_CAPACITY].ppl == 1000);
	done(&d);
	/* A concert with 600 in front of the stage. */
	char *concert = spoiled(pitch, "\"use\":\"pitch\"", "\"use\":\"pitch\",\"capacity_ppl\":600");
	d = measure(concert, PLAN_GREEN_GUIDE);
	assert_true(d.m.whole[PLAN_HOLDING_CAPACITY].ppl == 1600);
	done(&d);
	free(concert);
	free(pitch);
	/* A hall without stands: then every inside zone holds. 1,000 m2 and 1,200 m2 at 4.7. */
	char *hall = spoiled(good_plan, "\"use\":\"stand\",\"seats\":1000", "\"use\":\"concourse\"");
	d = measure(hall, PLAN_GREEN_GUIDE);
	assert_true(d.m.whole[PLAN_HOLDING_CAPACITY].ppl == 4700 + 5640);
	done(&d);
	free(hall);
}

static void exits_between_inside_zones_do_not_add_to_those_that_lead_out(void **state)
{
	(void)state;
	/* The stand's door as an exit to the concourse, 20 m wide: in series with the others, so nothing changes. */
	char *text = spoiled(good_plan, "\"stage\":\"transfer\",\"from\":\"concourse\",\"to\":\"stand\"",
		"\"stage\":\"exit\",\"from\":\"stand\",\"to\":\"concourse\",\"width_m\":20");
	struct measured d = measure(text, PLAN_GREEN_GUIDE);
	assert_true(d.m.whole[PLAN_EXIT_CAPACITY].ppl == 4208 && d.m.whole[PLAN_EVACUATION_CAPACITY].ppl == 1584);
	done(&d);
	free(text);
	/* A ticket gate that may be used to leave in an emergency counts there, against its direction, and not for the
	 * exit: 10 m x 82 = 820 is now the largest; 526 x 8 is left. */
	text = spoiled(good_plan, "\"stage\":\"ticket\"", "\"stage\":\"ticket\",\"exit_use\":true,\"width_m\":10");
	d = measure(text, PLAN_GREEN_GUIDE);
	assert_true(d.m.whole[PLAN_EXIT_CAPACITY].ppl == 4208 && d.m.whole[PLAN_EVACUATION_CAPACITY].ppl == 4208);
	done(&d);
	free(text);
}

static void a_way_in_without_a_check_bounds_nothing(void **state)
{
	(void)state;
	char *text = spoiled(good_plan, "\"stage\":\"ticket\",\"from\":\"holding\"",
		"\"stage\":\"ticket\",\"from\":\"outside\"");
	char *open = spoiled(text, "\"id\":\"vom\",\"kind\":\"checkpoint\",\"stage\":\"transfer\",\"from\":\"concourse\"",
		"\"id\":\"vom\",\"kind\":\"checkpoint\",\"stage\":\"transfer\",\"from\":\"outside\"");
	struct measured d = measure(open, PLAN_GREEN_GUIDE);
	assert_true(isnan(d.m.whole[PLAN_ENTRY_CAPACITY].ppl));
	assert_non_null(strstr(d.m.whole[PLAN_ENTRY_CAPACITY].how, "no check"));
	done(&d);
	free(open);
	free(text);
}

/* ---- the chain ---- */

/* Two gate groups side by side, made as a plan in memory: west security weak, east ticket weak. */
static void a_strong_group_does_not_help_a_weak_one(void **state)
{
	(void)state;
	struct plan_zone zones[6] = {{.id = "outside"}, {.id = "west"}, {.id = "spare"}, {.id = "east"}, {.id = "alone"},
		{.id = "in"}};
	for (int i = 1; i < 6; i++)
		zones[i].use = PLAN_CONCOURSE;
	struct plan_lane lanes[] = {{"a", 40, true, ""}, {"b", 10, true, ""}, {"c", 11, true, ""}, {"d", 50, true, ""}};
	struct plan_checkpoint checkpoints[] = {
		{.stage = PLAN_SECURITY, .from = 0, .to = 1, .lanes = &lanes[1], .lane_count = 1}, /* west: 10 */
		{.stage = PLAN_TICKET, .from = 1, .to = 5, .lanes = &lanes[2], .lane_count = 1},   /*       11 */
		{.stage = PLAN_SECURITY, .from = 0, .to = 3, .lanes = &lanes[0], .lane_count = 1}, /* east: 40 */
		{.stage = PLAN_TICKET, .from = 3, .to = 5, .lanes = &lanes[2], .lane_count = 1},   /*       11 */
	};
	struct plan p = {.zones = zones, .zone_count = 6, .checkpoints = checkpoints, .checkpoint_count = 4};
	bool audience[6] = {[5] = true};
	double flow = 0;
	/* The stages' sums are 50 and 22; but the west's tickets see only 10. */
	assert_int_equal(graph_entry_ppl_min(&p, rule_set_of(PLAN_GREEN_GUIDE), audience, &flow), ERR_NONE);
	assert_true(fabs(flow - 21) < 1e-6);
}

/* The naive oracle: push one person a minute along any path there is (depth first), until there is none. */
static bool push_one(const struct plan *p, double *room, uint32_t zone, bool *seen, const bool *audience)
{
	if (audience[zone])
		return true;
	seen[zone] = true;
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		uint32_t from = p->checkpoints[i].from, to = p->checkpoints[i].to;
		if (from == zone && !seen[to] && room[2 * i] >= 1 && push_one(p, room, to, seen, audience)) {
			room[2 * i] -= 1;
			room[2 * i + 1] += 1;
			return true;
		}
		if (to == zone && !seen[from] && room[2 * i + 1] >= 1 && push_one(p, room, from, seen, audience)) {
			room[2 * i + 1] -= 1;
			room[2 * i] += 1;
			return true;
		}
	}
	return false;
}

static void the_chains_flow_agrees_with_pushing_people_one_by_one(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 3);
	for (int round = 0; round < 300; round++) {
		struct plan_zone zones[8] = {{0}};
		struct plan_lane lanes[16];
		struct plan_checkpoint checkpoints[16];
		double room[32] = {0}, flow = 0;
		uint32_t pushed = 0, count = 4 + (uint32_t)random_below(&r, 13);
		bool audience[8] = {[7] = true}, seen[8] = {false};
		for (uint32_t i = 0; i < count; i++) {
			lanes[i] = (struct plan_lane){"l", (double)(1 + random_below(&r, 9)), true, ""};
			uint32_t from = (uint32_t)random_below(&r, 7), to = 1 + (uint32_t)random_below(&r, 7);
			checkpoints[i] = (struct plan_checkpoint){.stage = PLAN_SECURITY, .from = from, .to = to, .lanes = &lanes[i],
				.lane_count = 1};
			zones[from].use = zones[to].use = PLAN_CONCOURSE;
			room[2 * i] = lanes[i].rate_ppl_min;
		}
		for (int i = 0; i < 8; i++)
			zones[i].use = PLAN_CONCOURSE;
		struct plan p = {.zones = zones, .zone_count = 8, .checkpoints = checkpoints, .checkpoint_count = count};
		while (push_one(&p, room, 0, seen, audience)) {
			pushed++;
			memset(seen, 0, sizeof(seen));
		}
		assert_int_equal(graph_entry_ppl_min(&p, rule_set_of(PLAN_NFPA), audience, &flow), ERR_NONE);
		assert_true(fabs(flow - pushed) < 1e-6);
	}
}

/* ---- as JSON ---- */

static void every_figure_is_written_with_its_rule_and_source(void **state)
{
	(void)state;
	for (int rules = 0; rules < PLAN_RULES_COUNT; rules++) {
		struct measured d = measure(good_plan, (enum plan_rules)rules);
		struct buf out;
		buf_init(&out, (size_t)1 << 20);
		assert_int_equal(plan_measures_write(d.p, &d.m, &out), ERR_NONE);
		json_t *root = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(root);
		assert_string_equal(json_string_value(json_object_get(root, "rules")), plan_rules_word((enum plan_rules)rules));
		for (int k = 0; k < PLAN_CAPACITY_COUNT; k++) {
			json_t *one = json_object_get(root, plan_capacity_word((enum plan_capacity_kind)k));
			assert_string_equal(json_string_value(json_object_get(one, "rule")), plan_rules_word((enum plan_rules)rules));
			assert_true(json_string_length(json_object_get(one, "source")) > 0);
			assert_true(json_string_length(json_object_get(one, "source_zh")) > 0);
			assert_true(json_string_length(json_object_get(one, "how")) > 0);
			assert_true(json_string_length(json_object_get(one, "how_zh")) > 0);
		}
		assert_int_equal(json_array_size(json_object_get(root, "zones")), d.p->zone_count);
		json_decref(root);
		buf_free(&out);
		done(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_green_guide_gives_the_four_capacities_of_the_drawing),
		cmocka_unit_test(the_lower_of_p_and_s_reduces_seats_and_standing),
		cmocka_unit_test(a_turnstile_counts_for_at_most_eleven_a_minute),
		cmocka_unit_test(open_air_takes_109_without_the_largest_exit_and_knows_no_entry),
		cmocka_unit_test(china_local_takes_four_fifths_of_the_seats_and_two_square_metres),
		cmocka_unit_test(nfpa_has_one_density_above_930_square_metres_and_one_below),
		cmocka_unit_test(a_pitch_holds_people_only_where_the_plan_says_how_many),
		cmocka_unit_test(exits_between_inside_zones_do_not_add_to_those_that_lead_out),
		cmocka_unit_test(a_way_in_without_a_check_bounds_nothing),
		cmocka_unit_test(a_strong_group_does_not_help_a_weak_one),
		cmocka_unit_test(the_chains_flow_agrees_with_pushing_people_one_by_one),
		cmocka_unit_test(every_figure_is_written_with_its_rule_and_source),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
