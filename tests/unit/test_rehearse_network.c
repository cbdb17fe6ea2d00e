/* A plan becomes a network: every number of a small place against what is reckoned by hand. */
#include "rehearse_for_test.h"

#include "rehearse/inside.h"

struct made { struct plan *p; struct rehearse_settings s; struct built *b; };

static void make(struct made *m, const struct small_place *place, const struct rehearse_settings *given)
{
	struct problem problem = {0};
	m->p = place_plan(place);
	if (settings_resolve(m->p, given, &m->s, &problem) != ERR_NONE || network_build(m->p, &m->s, &m->b, &problem) != ERR_NONE)
		fail_msg("%s: %s", problem.field, problem.detail);
}

static void put_away(struct made *m)
{
	built_free(m->b);
	plan_free(m->p);
}

static const struct crowd_area *area(const struct made *m, const char *id)
{
	return &m->b->areas[m->b->area_of[plan_find_zone(m->p, text_of(id))]];
}

static const struct crowd_checkpoint *check(const struct made *m, const char *id)
{
	for (uint32_t i = 0; i < m->b->net.checkpoint_count; i++)
		if (strcmp(m->b->checkpoints[i].id, id) == 0)
			return &m->b->checkpoints[i];
	fail_msg("no checkpoint %s", id);
	return NULL;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static void a_zone_is_an_area_with_its_limit(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	assert_int_equal(m.b->net.area_count, 6); /* outside, four zones, the street before `hold` */
	assert_true(near(area(&m, "hold")->area_m2, 1200) && near(area(&m, "hold")->limit_ppl, 2400) && !area(&m, "hold")->inside);
	assert_true(near(area(&m, "hall")->limit_ppl, 4800) && area(&m, "hall")->inside);
	assert_true(isinf(area(&m, "W")->limit_ppl) && area(&m, "W")->inside);
	assert_true(area(&m, "outside")->street && area(&m, "outside")->area_m2 == 0);
	assert_false(area(&m, "hold")->street);
	put_away(&m);
	make(&m, &(struct small_place){.ppl = 900, .holds_ppl = 150}, &s);
	assert_true(area(&m, "hold")->limit_ppl == 150);
	put_away(&m);
}

static void people_come_through_the_street_before_their_zone(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	assert_int_equal(m.b->net.stream_count, 1);
	const struct crowd_stream *road = &m.b->streams[0];
	assert_int_equal(road->to, check(&m, "gate")->from);
	assert_true(m.b->areas[road->to].street && isinf(m.b->areas[road->to].limit_ppl));
	assert_int_equal(m.b->zone_of[road->to], CROWD_NONE);
	assert_true(road->ppl == 900 && road->x_m == 30 && road->y_m == -50);
	assert_true(near(check(&m, "gate")->flow_ppl_m_s, 82.0 / 60) && check(&m, "gate")->width_m == 10);
	assert_int_equal(road->goal_count, 2);
	assert_true(near(road->goal_shares[0], 1.0 / 3) && near(road->goal_shares[1], 2.0 / 3));
	assert_true(near(m.b->from_s, -3600) && near(road->curve.points[0].at_s, 0) && near(road->curve.points[1].at_s, 3600));
	assert_true(near(m.b->net.start_s, 3600));
	put_away(&m);
}

/* A lane's people together take what its rate says: first looks with their bags, and second looks. */
static double mean_s(const struct made *m, const struct crowd_lane *lane, double bag_share)
{
	const struct crowd_service *v = &m->b->services[lane->service];
	return v->mean_s * (1 + bag_share * (v->bag_factor - 1)) + v->second_share * v->second_mean_s;
}

static void a_lane_passes_its_planned_rate_bags_and_second_looks_included(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	const struct crowd_checkpoint *c = check(&m, "check");
	assert_int_equal(c->lane_count, 2); /* the closed one plays no part */
	for (uint32_t i = 0; i < 2; i++) {
		const struct crowd_lane *lane = &m.b->lanes[c->lane_first + i];
		assert_true(near(mean_s(&m, lane, 0.3), 7.5));
		assert_int_equal(lane->takes, CROWD_BAG | CROWD_NEEDS_STEP_FREE);
		assert_true(lane->open && lane->change_count == 0); /* the doors were open before the first came */
	}
	put_away(&m);
}

static void a_lane_without_bags_leaves_the_bags_to_the_others(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	make(&m, &(struct small_place){.ppl = 900, .lanes = "[{\"id\":\"1\",\"rate_ppl_min\":10,\"kind\":\"no-bag\"},"
		"{\"id\":\"2\",\"rate_ppl_min\":6,\"kind\":\"bag\"},{\"id\":\"3\",\"rate_ppl_min\":6,\"kind\":\"accessible\"}]"}, &s);
	const struct crowd_lane *lanes = &m.b->lanes[check(&m, "check")->lane_first];
	assert_int_equal(lanes[0].takes, 0);
	assert_int_equal(lanes[1].takes, CROWD_BAG);
	assert_int_equal(lanes[2].takes, CROWD_BAG | CROWD_NEEDS_STEP_FREE);
	assert_true(near(mean_s(&m, &lanes[0], 0), 6));
	/* 22 a minute pass, 6.6 of them with bags, all of them at the two lanes of 6: 55 of 100 there. */
	assert_true(near(mean_s(&m, &lanes[1], 0.55), 10));
	put_away(&m);
}

static void nobody_is_left_without_a_lane_that_takes_him(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	make(&m, &(struct small_place){.ppl = 900, .lanes = "[{\"id\":\"1\",\"rate_ppl_min\":10,\"kind\":\"no-bag\"},"
		"{\"id\":\"2\",\"rate_ppl_min\":6,\"kind\":\"accessible\",\"open\":false}]"}, &s);
	const struct crowd_checkpoint *c = check(&m, "check");
	assert_int_equal(c->lane_count, 1);
	assert_int_equal(m.b->lanes[c->lane_first].takes, CROWD_BAG | CROWD_NEEDS_STEP_FREE);
	put_away(&m);
}

static void lanes_open_at_the_doors(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	make(&m, &(struct small_place){.ppl = 900, .arrivals = "[[-120,0],[0,1]]"}, &s); /* doors at -90 */
	const struct crowd_lane *lane = &m.b->lanes[check(&m, "check")->lane_first];
	assert_false(lane->open);
	assert_int_equal(lane->change_count, 1);
	assert_true(near(lane->changes_at_s[0], 1800));
	put_away(&m);
}

static void lanes_open_and_close_by_hand(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	struct rehearse_change four = {REHEARSE_CHANGE_LANES, "check", 4, -40, -20};
	s.changes = &four;
	s.change_count = 1;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	const struct crowd_checkpoint *c = check(&m, "check");
	assert_int_equal(c->lane_count, 4); /* two planned, the closed one, one more like the last */
	for (uint32_t i = 0; i < 4; i++) {
		const struct crowd_lane *lane = &m.b->lanes[c->lane_first + i];
		assert_int_equal(lane->open, i < 2);
		assert_int_equal(lane->change_count, i < 2 ? 0 : 2);
		if (i >= 2)
			assert_true(near(lane->changes_at_s[0], 1200) && near(lane->changes_at_s[1], 2400));
	}
	put_away(&m);
}

static void another_rate_for_a_time_is_another_lane_for_that_time(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	struct rehearse_change slow = {REHEARSE_CHANGE_RATE, "check", 4, -40, -20};
	s.changes = &slow;
	s.change_count = 1;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	const struct crowd_checkpoint *c = check(&m, "check");
	assert_int_equal(c->lane_count, 4);
	const struct crowd_lane *lane = &m.b->lanes[c->lane_first];
	assert_true(lane[0].open && lane[0].change_count == 2 && near(mean_s(&m, &lane[0], 0.3), 7.5));
	assert_true(!lane[1].open && lane[1].change_count == 2 && near(mean_s(&m, &lane[1], 0.3), 15));
	assert_true(near(lane[1].changes_at_s[0], 1200) && near(lane[1].changes_at_s[1], 2400));
	put_away(&m);
}

static void a_blocked_check_or_exit_is_closed(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	struct rehearse_change block = {REHEARSE_CHANGE_BLOCK, "exit-e", 0, NAN, NAN};
	s.changes = &block;
	s.change_count = 1;
	s.phase = REHEARSE_EVACUATION;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	assert_true(check(&m, "exit-e")->closed);
	assert_false(check(&m, "exit-w")->closed);
	put_away(&m);
}

static void people_leave_by_exits_and_transfers_alone(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made m;
	s.phase = REHEARSE_EVACUATION;
	make(&m, &(struct small_place){.ppl = 900}, &s);
	for (uint32_t i = 0; i < m.b->net.checkpoint_count; i++)
		assert_string_not_equal(m.b->checkpoints[i].id, "check"); /* no exit_use */
	assert_int_equal(m.b->net.stream_count, 2);
	assert_true(m.b->streams[0].ppl == 300 && m.b->streams[1].ppl == 600 && m.b->streams[0].there_at_origin);
	assert_int_equal(m.b->streams[0].goals[0], m.b->area_of[0]);
	const struct crowd_curve *c = &m.b->streams[0].curve;
	assert_true(c->points[0].share == 0 && c->points[c->count - 1].share == 1);
	/* Lognormal: its median lies at mean / sqrt(1 + (sd / mean)^2). */
	assert_true(fabs(crowd_curve_share(c, 60 / sqrt(1.25)) - 0.5) < 0.01);
	put_away(&m);
}

static void a_check_has_the_same_number_in_both_plans(void **state)
{
	(void)state;
	struct rehearse_settings s = rehearse_settings_default();
	struct made a, b;
	make(&a, &(struct small_place){.ppl = 900}, &s);
	make(&b, &(struct small_place){.ppl = 900, .mirrored = 1, .holds_ppl = 80}, &s);
	assert_int_equal(check(&a, "check") - a.b->checkpoints, 0);
	assert_int_equal(check(&b, "check") - b.b->checkpoints, 0);
	put_away(&a);
	put_away(&b);
}

static void group_sizes_have_the_mean_asked_for(void **state)
{
	(void)state;
	for (double mean = 1; mean <= 5; mean += 0.25) {
		double shares[6], sum = 0, people = 0;
		group_shares(mean, shares);
		for (int k = 0; k < 6; k++) {
			sum += shares[k];
			people += shares[k] * (k + 1);
		}
		assert_true(near(sum, 1) && fabs(people - mean) < 1e-6);
	}
}

/* ---- settings of an enemy ---- */

struct hostile { struct rehearse_settings s; const char *field; };

static void a_wrong_setting_is_named(void **state)
{
	(void)state;
	struct plan *p = place_plan(&(struct small_place){.ppl = 900});
	static const struct plan_curve_point falls[] = {{-60, 0.5}, {0, 0.4}}, nobody[] = {{-60, 0}, {0, 0}}, wild[] = {{NAN, 0}, {0, 1}};
	static const struct rehearse_change changes[] = {
		{REHEARSE_CHANGE_LANES, "nowhere", 2, NAN, NAN}, {REHEARSE_CHANGE_LANES, "check", 2.5, NAN, NAN},
		{REHEARSE_CHANGE_RATE, "check", 1e9, NAN, NAN}, {REHEARSE_CHANGE_BLOCK, "exit-e", 0, -10, 10},
		{REHEARSE_CHANGE_LANES, "check", 2, 10, -10}, {REHEARSE_CHANGE_LANES, "gate", 2, NAN, NAN},
			{REHEARSE_CHANGE_LANES, NULL, 2, NAN, NAN},
		{REHEARSE_CHANGE_LANES, "check", NAN, NAN, NAN}, {(enum rehearse_change_kind)9, "check", 1, NAN, NAN}};
	struct rehearse_settings d = rehearse_settings_default();
	struct hostile h[32];
	uint32_t n = 0;
#define TRY(where, ...) do { h[n] = (struct hostile){d, where}; struct rehearse_settings *s = &h[n++].s; __VA_ARGS__; } while (0)
	TRY("arrivals_ppl", s->arrivals_ppl = UINT32_MAX);
	TRY("curve", s->curve = falls; s->curve_count = 2);
	TRY("curve", s->curve = nobody; s->curve_count = 2);
	TRY("curve", s->curve = wild; s->curve_count = 2);
	TRY("curve", s->curve = falls; s->curve_count = 1);
	TRY("arrivals_shift_min", s->arrivals_shift_min = NAN);
	TRY("replications", s->replications = REHEARSE_REPLICATIONS_MAX + 1);
	TRY("threads", s->threads = 100000);
	TRY("level", s->level = (enum rehearse_level)7);
	TRY("phase", s->phase = (enum rehearse_phase)-1);
	TRY("assume.bag_share", s->assume.bag_share = 1.5);
	TRY("assume.walk_ms", s->assume.walk_ms = NAN);
	TRY("assume.groups", s->assume.groups = 0);
	static const char *const fields[] = {"changes[0].id", "changes[0].value", "changes[0].value", "changes[0].id", "changes[0].from_min",
		"changes[0].id", "changes[0].id", "changes[0].value", "changes[0].kind"};
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		TRY(i == 3 ? "changes[0].from_min" : fields[i], s->changes = &changes[i]; s->change_count = 1);
	for (uint32_t i = 0; i < n; i++) {
		struct problem problem = {0};
		struct rehearsal *r = NULL;
		assert_int_equal(rehearse_run(p, &h[i].s, &r, &problem), ERR_REHEARSE_SETTING);
		assert_null(r);
		assert_string_equal(problem.field, h[i].field);
		assert_true(problem.detail[0] != '\0');
	}
	plan_free(p);
}

static void a_plan_with_an_error_is_refused_and_the_error_named(void **state)
{
	(void)state;
	struct plan *p = NULL;
	struct plan_findings f = {0};
	struct problem problem = {0};
	struct rehearse_settings s = rehearse_settings_default();
	struct rehearsal *r = NULL;
	char *text = place_text(&(struct small_place){.ppl = 900}), *at = strstr(text, "\"share\":1");
	assert_non_null(at);
	at[8] = '0'; /* nobody comes from anywhere */
	assert_int_equal(plan_read(text_of(text), &p, &f, NULL), ERR_NONE);
	assert_int_equal(rehearse_run(p, &s, &r, &problem), ERR_REHEARSE_PLAN);
	assert_non_null(strstr(problem.detail, "source.shares"));
	plan_findings_free(&f);
	plan_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_an_area_with_its_limit),
		cmocka_unit_test(people_come_through_the_street_before_their_zone),
		cmocka_unit_test(a_lane_passes_its_planned_rate_bags_and_second_looks_included),
		cmocka_unit_test(a_lane_without_bags_leaves_the_bags_to_the_others),
		cmocka_unit_test(nobody_is_left_without_a_lane_that_takes_him),
		cmocka_unit_test(lanes_open_at_the_doors),
		cmocka_unit_test(lanes_open_and_close_by_hand),
		cmocka_unit_test(another_rate_for_a_time_is_another_lane_for_that_time),
		cmocka_unit_test(a_blocked_check_or_exit_is_closed),
		cmocka_unit_test(people_leave_by_exits_and_transfers_alone),
		cmocka_unit_test(a_check_has_the_same_number_in_both_plans),
		cmocka_unit_test(group_sizes_have_the_mean_asked_for),
		cmocka_unit_test(a_wrong_setting_is_named),
		cmocka_unit_test(a_plan_with_an_error_is_refused_and_the_error_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
