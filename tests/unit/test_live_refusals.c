/* What live refuses, in words, by table; and that nothing changed by it. Without threads, one step after the other. */
#include <math.h>

#define PLACE_ROOT "/dev/shm"
#include "live/inside.h" /* a session made unusable, which nothing outside can do */
#include "live_for_test.h"

#define TEN "0123456789"
#define LONG_65 TEN TEN TEN TEN TEN TEN "01234"

static struct answer await(struct hall *h, struct answer *a)
{
	hall_await(h, &a->done);
	return *a;
}

static uint64_t records(struct hall *h)
{
	json_t *s = hall_state(h, AT_NONE);
	uint64_t n = (uint64_t)number(s, "records");
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	json_decref(s);
	return n;
}

/* ---- opening ---- */

static void each_wrong_opening_is_told_by_its_field(void **state)
{
	static const struct { const char *id, *field; bool exercise; double speed; at_ms at; err_t error; } rows[] = {
		{"", "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{LONG_65, "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{"Hall", "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{"a_b", "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{"a~", "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{"a:", "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{"a/b", "id", false, 1, AT_NONE, ERR_JSON_FIELD},
		{"s", "id", false, 1, AT_NONE, ERR_EXISTS},
		{"d", "exercise.speed", true, 0.5, AT_NONE, ERR_JSON_FIELD},
		{"d", "exercise.speed", true, 10001, AT_NONE, ERR_JSON_FIELD},
		{"d", "exercise.speed", true, NAN, AT_NONE, ERR_JSON_FIELD},
		{"d", "exercise", false, 2, AT_NONE, ERR_JSON_FIELD},
		{"d", "exercise", false, 1, T0, ERR_JSON_FIELD},
		{"d", "exercise.at", true, 1, -1, ERR_JSON_FIELD},
		{"d", "exercise.at", true, 1, AT_MS_MAX + 1, ERR_JSON_FIELD},
	};
	struct hall *h = *state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct answer a = {0};
		live_open_session(h->live, &(struct live_open){.id = text_of(rows[i].id), .plan = TEXT(plan_small), .by = TEXT("anna"),
			.exercise = rows[i].exercise, .speed = rows[i].speed, .at = rows[i].at}, answer_done, &a);
		await(h, &a);
		if (a.error != rows[i].error || strcmp(a.problem.field, rows[i].field) != 0)
			fail_msg("row %zu: %s, field \"%s\"", i, error_row(a.error)->code, a.problem.field);
		assert_null(a.session);
	}
	assert_int_equal(live_session_count(h->live), 1);
	assert_ptr_equal(live_session_at(h->live, 0), h->session);
	assert_null(live_session_at(h->live, 1));
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("0-9az"), .plan = TEXT(plan_small), .by = TEXT("anna"),
		.exercise = true, .speed = 10000, .at = AT_NONE}), ERR_NONE); /* an exercise that begins now */
	struct live_session_info info;
	live_session_info(h->session, &info);
	assert_int_equal(info.at_now, T0);
	assert_true(info.exercise);
	hall_restart(h);
	assert_int_equal(live_session_count(h->live), 2);
	live_session_info(live_find_session(h->live, TEXT("0-9az")), &info);
	assert_true(info.exercise);
	assert_true(info.speed == 10000);
}

static void there_is_room_for_so_many_sessions_and_no_more(void **state)
{
	struct hall *h = *state;
	char id[16];
	for (uint32_t i = 1; i <= LIVE_SESSIONS_MAX; i++) {
		struct answer a = {0};
		snprintf(id, sizeof id, "n%u", i);
		live_open_session(h->live, &(struct live_open){.id = text_of(id), .plan = TEXT(plan_small), .by = TEXT("anna"), .speed = 1,
			.at = AT_NONE}, answer_done, &a);
		await(h, &a);
		assert_int_equal(a.error, i < LIVE_SESSIONS_MAX ? ERR_NONE : ERR_TOO_LARGE);
	}
	assert_int_equal(live_session_count(h->live), LIVE_SESSIONS_MAX);
	hall_restart(h);
	assert_int_equal(live_session_count(h->live), LIVE_SESSIONS_MAX);
	assert_null(live_find_session(h->live, text_of(id)));
}

/* ---- inputs ---- */

struct recount_case { const char *zone; uint32_t ppl; double sigma; at_ms at; const char *by, *reason, *field; };

static void each_wrong_recount_is_told_by_its_field(void **state)
{
	static char reason[LIVE_WORDS_BYTES_MAX + 2];
	memset(reason, 'x', sizeof reason - 1);
	const struct recount_case rows[] = {
		{"cellar", 1, 1, AT_NONE, "anna", "", "zone"},
		{LONG_65, 1, 1, AT_NONE, "anna", "", "zone"},
		{"hold", 10000001, 1, AT_NONE, "anna", "", "ppl"},
		{"hold", 1, 0, AT_NONE, "anna", "", "sigma_ppl"},
		{"hold", 1, NAN, AT_NONE, "anna", "", "sigma_ppl"},
		{"hold", 1, 1e8, AT_NONE, "anna", "", "sigma_ppl"},
		{"hold", 1, 1, T0 + LIVE_FUTURE_MS + 1, "anna", "", "at"},
		{"hold", 1, 1, AT_NONE, LONG_65, "", "by"},
		{"hold", 1, 1, AT_NONE, "anna\xFF", "", "by"},
		{"hold", 1, 1, AT_NONE, "anna", reason, "reason"},
		{"hold", 1, 1, AT_NONE, "anna", "\xC3", "reason"},
	};
	struct hall *h = *state;
	uint64_t before = records(h);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct recount_case *c = &rows[i];
		struct answer a = {0};
		live_post_recount(h->session, text_of(c->zone), c->ppl, c->sigma, c->at, text_of(c->by), text_of(c->reason), answer_done, &a);
		await(h, &a);
		if (a.error != ERR_JSON_FIELD || strcmp(a.problem.field, c->field) != 0)
			fail_msg("row %zu: %s, field \"%s\"", i, error_row(a.error)->code, a.problem.field);
	}
	assert_int_equal(records(h), before);
	struct answer a = {0};
	live_post_recount(h->session, TEXT("hold"), 7, 2, T0 - 60000, TEXT("anna"), TEXT(""), answer_done, &a);
	assert_int_equal(await(h, &a).error, ERR_NONE);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(json_object_get(item(s, "zones", "hold"), "recount"), "ppl"), 7);
	json_decref(s);
}

static void each_wrong_lane_is_told(void **state)
{
	static const struct { const char *checkpoint, *lane; err_t error; } rows[] = {
		{"gate-z", "1", ERR_PASSAGE_CHECKPOINT}, {LONG_65, "1", ERR_PASSAGE_CHECKPOINT},
		{"gate-t", "9", ERR_JSON_FIELD}, {"gate-t", LONG_65, ERR_JSON_FIELD}, {"door-x", "1", ERR_JSON_FIELD},
	};
	struct hall *h = *state;
	uint64_t before = records(h);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct answer a = {0};
		live_set_lane(h->session, text_of(rows[i].checkpoint), text_of(rows[i].lane), true, TEXT("ben"), answer_done, &a);
		assert_int_equal(await(h, &a).error, rows[i].error);
	}
	assert_int_equal(records(h), before);
}

/* A plan without the hall and what leads there: they keep their history, and take nothing more. */
static void what_a_later_plan_drops_takes_no_more_inputs(void **state)
{
	static const char without_hall[] = PLAN_HEAD ZONE("hold", "concourse", "0", "30") "," PLAN_GATE_T("")
		CHECKPOINT("door-y", "exit", "hold", "outside", "30", "\"width_m\":4", DEVICE("Y1", "")) "]}";
	struct hall *h = *state;
	struct answer a = {0};
	assert_int_equal(hall_send_one(h, said("S1", 1, T0, 5, 0)).accepted, 1);
	live_put_plan(h->session, TEXT(without_hall), TEXT("ben"), answer_done, &a);
	if (await(h, &a).error != ERR_NONE)
		fail_msg("%s: %s", a.problem.field, a.problem.detail);
	a = (struct answer){0};
	live_post_recount(h->session, TEXT("hall"), 7, 2, AT_NONE, TEXT("anna"), TEXT(""), answer_done, &a);
	assert_int_equal(await(h, &a).error, ERR_JSON_FIELD);
	a = (struct answer){0};
	live_set_lane(h->session, TEXT("gate-s"), TEXT("1"), true, TEXT("ben"), answer_done, &a);
	assert_int_equal(await(h, &a).error, ERR_PASSAGE_CHECKPOINT);
	struct receipt r = hall_send_one(h, said("S1", 2, T0, 5, 0));
	assert_int_equal(r.first[0].error, ERR_PASSAGE_DEVICE);
	a = (struct answer){0};
	live_post_empty(h->session, TEXT("anna"), TEXT(""), answer_done, &a); /* the dropped hall's five people too */
	assert_int_equal(await(h, &a).error, ERR_NONE);
	a = (struct answer){0};
	live_put_plan(h->session, TEXT(plan_small), TEXT("ben"), answer_done, &a); /* and back: with its history */
	assert_int_equal(await(h, &a).error, ERR_NONE);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "checkpoints", "gate-s"), "in"), 5);
	assert_int_equal(number(item(s, "zones", "hall"), "ledger"), 0);
	json_decref(s);
	assert_int_equal(hall_send_one(h, said("S1", 2, T0, 5, 0)).accepted, 1);
	hall_restart(h);
	s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "checkpoints", "gate-s"), "in"), 10);
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	json_decref(s);
}

/* ---- batches ---- */

static void a_passage_out_of_range_is_refused_alone(void **state)
{
	struct hall *h = *state;
	struct passage_said p[6];
	for (uint32_t i = 0; i < 6; i++)
		p[i] = said("T1", i + 1, T0, 1, 1);
	p[0].in = LEDGER_PEOPLE_MAX + 1;
	p[1].out = LEDGER_PEOPLE_MAX + 1;
	p[2].at = -1;
	p[3].at = AT_MS_MAX + 1;
	p[4].device = TEXT("X1");
	p[4].totals = true;
	p[4].in = UINT32_MAX; /* of a lifetime: no limit but its own */
	struct receipt r = hall_send(h, p, 6);
	assert_int_equal(r.accepted, 2);
	assert_int_equal(r.rejected, 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(r.first[i].line, i + 1);
		assert_int_equal(r.first[i].error, ERR_PASSAGE_FIELD);
	}
}

static void a_full_batch_takes_nothing_and_a_batch_may_be_given_without_a_receipt(void **state)
{
	struct hall *h = *state;
	struct passage_said p = said("T1", 1, T0, 1, 0);
	struct receipt r = {0};
	struct live_batch *b = live_batch_new(h->live, h->session);
	for (uint32_t line = 1; !live_batch_full(b); line++)
		live_batch_reject(b, line, ERR_PASSAGE_SYNTAX);
	live_batch_reject(b, 65, ERR_PASSAGE_SYNTAX);
	live_batch_add(b, &p, 66);
	assert_int_equal(live_batch_count(b), 0);
	live_batch_submit(b, receipt_done, &r);
	hall_await(h, &r.done);
	assert_int_equal(r.rejected, 64);
	b = live_batch_new(h->live, h->session);
	live_batch_add(b, &p, 1);
	live_batch_submit(b, NULL, NULL);
	hall_step(h);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), 1);
	assert_int_equal(number(json_object_get(s, "books"), "rejected"), 64);
	json_decref(s);
}

/* More devices change their boot than there is room for; see ledger.h. */
static void identities_that_do_not_fit_are_told_line_by_line(void **state)
{
	struct hall *h = *state;
	uint32_t refused = 0, accepted = 0;
	struct passage_said p[64];
	for (uint64_t boot = 1; refused == 0 && boot < 70000;) {
		for (uint32_t i = 0; i < 64; i++) {
			p[i] = said("T1", 1, T0, 1, 0);
			p[i].boot = boot++;
		}
		struct receipt r = hall_send(h, p, 64);
		accepted += r.accepted;
		refused += r.rejected;
		if (r.rejected > 0)
			assert_int_equal(r.first[0].error, ERR_PASSAGE_IDENTITY_FULL);
	}
	assert_true(refused > 0);
	assert_int_equal(hall_send_one(h, said("T2", 1, T0, 1, 0)).accepted, 1); /* the others go on */
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), accepted + 1);
	json_decref(s);
}

/* ---- the end ---- */

static void what_waits_at_the_stop_is_answered(void **state)
{
	struct hall *h = *state;
	struct answer question = {0}, plan = {0}, lane = {0};
	struct receipt r = {0};
	struct passage_said p = said("T1", 1, T0, 1, 0);
	struct live_batch *b = live_batch_new(h->live, h->session);
	live_batch_add(b, &p, 1);
	live_batch_submit(b, receipt_done, &r);
	live_set_lane(h->session, TEXT("gate-s"), TEXT("2"), true, TEXT("ben"), answer_done, &lane);
	live_put_plan(h->session, TEXT(plan_larger), TEXT("ben"), answer_done, &plan);
	live_step_keeper(h->live);
	live_step_writer(h->live); /* its names are on their way to the loop when the end comes */
	live_read_conflicts(h->session, answer_json, &question);
	hall_stop(h);
	assert_true(question.done && plan.done && lane.done && r.done);
	assert_int_equal(question.error, ERR_BUSY);
	assert_int_equal(plan.error, ERR_NONE);
	assert_int_equal(lane.error, ERR_NONE);
	assert_int_equal(r.accepted, 1);
	live_free(NULL);
	h->settings.publish_ms = 50;
	h->settings.batch_records = LIVE_BATCH_RECORDS_MAX + 1;
	hall_start(h);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(s, "plan_version"), 2);
	assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), 1);
	json_decref(s);
}

static void a_session_that_cannot_be_used_says_so_and_the_others_go_on(void **state)
{
	struct hall *h = *state;
	struct answer a = {0};
	struct receipt r = {0};
	struct live_session *bad = h->session;
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("good"), .plan = TEXT(plan_small), .by = TEXT("anna"), .speed = 1,
		.at = AT_NONE}), ERR_NONE);
	bad->w.broken = true; /* as if a record on disk could not be folded */
	struct live_batch *b = live_batch_new(h->live, bad);
	struct passage_said p = said("T1", 1, T0, 1, 0);
	live_batch_add(b, &p, 1);
	live_batch_submit(b, receipt_done, &r);
	hall_await(h, &r.done);
	assert_int_equal(r.error, ERR_STORE_CORRUPT);
	live_read_state(bad, AT_NONE, answer_json, &a);
	assert_int_equal(await(h, &a).error, ERR_STORE_CORRUPT);
	assert_null(a.json);
	a = (struct answer){0};
	live_post_empty(bad, TEXT("anna"), TEXT(""), answer_done, &a);
	assert_int_equal(await(h, &a).error, ERR_STORE_CORRUPT);
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	test_clock_step(&h->clock, 20000);
	hall_step(h);
	hall_restart(h); /* it was only in memory */
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
}

static void after_a_quiet_hour_no_ticks_are_written(void **state)
{
	struct hall *h = *state;
	for (int i = 0; i < 400; i++) {
		test_clock_step(&h->clock, 10000);
		hall_step(h);
	}
	uint64_t quiet = records(h);
	assert_true(quiet > 300 && quiet < 370);
	for (int i = 0; i < 100; i++) {
		test_clock_step(&h->clock, 10000);
		hall_step(h);
	}
	assert_int_equal(records(h), quiet);
	assert_int_equal(hall_send_one(h, said("nobody", 1, T0, 1, 0)).rejected, 1); /* statistics want to be written */
	test_clock_step(&h->clock, 10000);
	hall_step(h);
	assert_int_equal(records(h), quiet + 2);
}

static void nobody_listens(void *ctx, struct live_session *s, uint64_t seq, struct live_text *json)
{
	(void)s;
	(void)seq;
	(void)json;
	++*(unsigned *)ctx;
}

static void who_stops_listening_is_told_nothing_more(void **state)
{
	struct hall *h = *state;
	unsigned told = 0;
	live_subscribe(h->live, nobody_listens, &told);
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	test_clock_step(&h->clock, 150);
	hall_step(h);
	assert_true(told > 0);
	unsigned before = told;
	for (int i = 0; i < 20; i++) { /* nobody fetches: no more than eight are on their way */
		assert_true(live_text_of(NULL).size == 0);
		test_clock_step(&h->clock, 1100);
		live_step_writer(h->live);
	}
	assert_int_equal(atomic_load(&h->session->unread), LIVE_UNREAD_MAX);
	live_subscribe(h->live, NULL, NULL);
	live_poll(h->live);
	assert_int_equal(told, before);
	assert_int_equal(atomic_load(&h->session->unread), 0);
}

static void a_pool_without_anybody_to_tell_of_room_works(void **state)
{
	struct hall *h = *state;
	hall_stop(h);
	hall_start(h);
	h->live->settings.room = NULL;
	struct live_batch *b[4];
	for (int i = 0; i < 4; i++)
		assert_non_null(b[i] = live_batch_new(h->live, h->session));
	assert_null(live_batch_new(h->live, h->session));
	for (int i = 0; i < 4; i++)
		live_batch_drop(b[i]);
	live_poll(h->live);
	assert_int_equal(h->rooms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make_by_hand, hall_drop)
		HALL(each_wrong_opening_is_told_by_its_field),
		HALL(there_is_room_for_so_many_sessions_and_no_more),
		HALL(each_wrong_recount_is_told_by_its_field),
		HALL(each_wrong_lane_is_told),
		HALL(what_a_later_plan_drops_takes_no_more_inputs),
		HALL(a_passage_out_of_range_is_refused_alone),
		HALL(a_full_batch_takes_nothing_and_a_batch_may_be_given_without_a_receipt),
		HALL(identities_that_do_not_fit_are_told_line_by_line),
		HALL(what_waits_at_the_stop_is_answered),
		HALL(a_session_that_cannot_be_used_says_so_and_the_others_go_on),
		HALL(after_a_quiet_hour_no_ticks_are_written),
		HALL(who_stops_listening_is_told_nothing_more),
		HALL(a_pool_without_anybody_to_tell_of_room_works),
	};
	return cmocka_run_group_tests_name("what live refuses", tests, NULL, NULL);
}
