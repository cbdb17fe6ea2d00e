/* What a session meets seldom: a catalog that says odd things, snapshots of another life, a clock before 1970, plans with links and with
 * mistakes behind warnings. */
#define PLACE_ROOT "/dev/shm"
#include "live/inside.h"
#include "live_for_test.h"

static struct live_session_info info_of(struct hall *h, const char *id)
{
	struct live_session_info info;
	struct live_session *s = live_find_session(h->live, text_of(id));
	assert_non_null(s);
	live_session_info(s, &info);
	return info;
}

static void a_sessions_document_that_says_odd_things_is_taken_to_what_can_be(void **state)
{
	static const struct { const char *body; bool there, exercise; double speed; } rows[] = {
		{"{\"exercise\":true,\"speed\":30}", true, true, 30},
		{"{\"exercise\":true,\"speed\":0.5}", true, true, 1},
		{"{\"exercise\":true,\"speed\":20000}", true, true, 1},
		{"{\"exercise\":true,\"speed\":\"fast\"}", true, true, 1},
		{"{\"exercise\":false,\"speed\":30}", true, false, 1},
		{"[]", true, false, 1},
		{"{\"exercise\":", false, false, 0},
		{"{\"exercise\":true,\"speed\":30}", true, true, 30}, /* whole again: with all its records */
	};
	struct hall *h = *state;
	char long_key[80];
	memset(long_key, 'x', 70);
	long_key[70] = '\0';
	assert_int_equal(catalog_put(h->place->store, "session", long_key, CATALOG_ANY, TEXT("{}"), NULL), ERR_NONE); /* nobody's */
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 3, 0)).accepted, 1);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		hall_stop(h);
		assert_int_equal(catalog_put(h->place->store, "session", "s", CATALOG_ANY, text_of(rows[i].body), NULL), ERR_NONE);
		hall_start(h);
		assert_int_equal(live_session_count(h->live), rows[i].there ? 1 : 0);
		if (!rows[i].there)
			continue;
		struct live_session_info info = info_of(h, "s");
		assert_int_equal(info.exercise, rows[i].exercise);
		assert_true(info.speed == rows[i].speed);
		json_t *s = hall_state(h, AT_NONE);
		assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), 3);
		json_decref(s);
	}
}

static void the_first_number_of_a_life_is_believed_only_if_it_can_be(void **state)
{
	static const char *const rows[] = {"nine", "99999999999999999999", "9007199254740991", ""};
	struct hall *h = *state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		hall_stop(h);
		assert_int_equal(catalog_put(h->place->store, "live", "first-seq", CATALOG_ANY, text_of(rows[i]), NULL), ERR_NONE);
		hall_start(h);
		json_t *s = hall_state(h, AT_NONE);
		assert_true(number(s, "seq") >= T0);
		assert_true(number(s, "seq") < INT64_C(1) << 53);
		json_decref(s);
	}
	hall_stop(h);
	atomic_store(&h->clock.now, -5); /* before 1970 */
	assert_int_equal(catalog_delete(h->place->store, "live", "first-seq"), ERR_NONE);
	hall_start(h);
	json_t *s = hall_state(h, AT_NONE);
	assert_true(number(s, "seq") >= 1);
	json_decref(s);
}

/* A page that was left open must not take the deltas of the one life for those of the other. */
static void two_lives_after_the_same_copy_of_the_folder_count_apart(void **state)
{
	struct hall *h = *state;
	char kept[24];
	hall_restart(h);
	snprintf(kept, sizeof kept, "%llu", (unsigned long long)h->live->first_seq);
	test_clock_step(&h->clock, 60000);
	hall_restart(h);
	uint64_t lost = h->live->first_seq;
	hall_stop(h);
	assert_int_equal(catalog_put(h->place->store, "live", "first-seq", CATALOG_ANY, text_of(kept), NULL), ERR_NONE);
	test_clock_step(&h->clock, 600000);
	hall_start(h);
	assert_true(h->live->first_seq > lost + 100000);
}

/* A snapshot under a wrong number is whole, and yet not the fold of that many records. */
static void a_snapshot_of_another_moment_is_passed_over(void **state)
{
	struct hall *h = *state;
	struct buf saved;
	uint64_t snapshot_number;
	for (uint64_t seq = 1; seq <= 5; seq++)
		assert_int_equal(hall_send_one(h, said("T1", seq, T0, 1, 0)).accepted, 1);
	hall_restart(h); /* makes one of six records */
	buf_init(&saved, 1 << 22);
	assert_int_equal(snapshot_read(h->place->store, "s", UINT64_MAX, &snapshot_number, &saved), ERR_NONE);
	assert_int_equal(snapshot_number, 6);
	for (uint64_t seq = 6; seq <= 9; seq++)
		assert_int_equal(hall_send_one(h, said("T1", seq, T0, 1, 0)).accepted, 1);
	hall_stop(h);
	assert_int_equal(snapshot_write(h->place->store, "s", 10, saved.at, saved.size), ERR_NONE);
	hall_start(h);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), 9);
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	json_decref(s);
	buf_free(&saved);
}

static void troubles_have_a_bound_and_go_one_by_one(void **state)
{
	struct hall *h = *state;
	char id[16];
	for (uint32_t i = 0; i < LIVE_TROUBLES_MAX + 10; i++) {
		snprintf(id, sizeof id, "n%u", i);
		trouble_set(h->live, LIVE_LEFT_OUT, id, ERR_MEMORY, 0);
	}
	assert_int_equal(h->live->troubles.count, LIVE_TROUBLES_MAX);
	trouble_clear(h->live, LIVE_LEFT_OUT, "n3");
	trouble_clear(h->live, LIVE_LEFT_OUT, "n3");
	trouble_clear(h->live, LIVE_REFUSES, "n4"); /* of another kind */
	assert_int_equal(h->live->troubles.count, LIVE_TROUBLES_MAX - 1);
	trouble_set(h->live, LIVE_LEFT_OUT, "n4", ERR_STORE_CORRUPT, 7);
	assert_int_equal(h->live->troubles.count, LIVE_TROUBLES_MAX - 1);
	assert_int_equal(h->live->troubles.list[3].error, ERR_STORE_CORRUPT);
	for (uint32_t i = 0; i < LIVE_TROUBLES_MAX; i++) {
		snprintf(id, sizeof id, "n%u", i);
		trouble_clear(h->live, LIVE_LEFT_OUT, id);
	}
	assert_int_equal(h->live->troubles.count, 0);
}

static void never(void *ctx, struct live_session *s, uint64_t seq, struct live_text *json)
{
	(void)ctx;
	(void)s;
	(void)seq;
	(void)json;
	fail_msg("nothing is held");
}

static void nothing_is_replayed_where_nothing_is_held(void **state)
{
	struct hall *h = *state;
	assert_false(live_replay(h->session, 0, never, NULL));
	assert_false(live_replay(h->session, h->session->w.seq, never, NULL));
	op_free(NULL);
	session_free(NULL);
}

/* ---- plans ---- */

#define LINK(id, from, to, x0, x1) "{\"type\":\"Feature\",\"id\":\"" id "\",\"properties\":{\"kind\":\"link\",\"from\":\"" from \
	"\",\"to\":\"" to "\",\"width_m\":3},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[" x0 ",20],[" x1 ",20]]}}"

/* People come to the hall by the ticket gate and a walkway, and only then are searched; the island is reached by nobody. */
static const char linked_plan[] = PLAN_HEAD ZONE("yard", "approach", "0", "30") "," ZONE("walk", "concourse", "30", "60") ","
	ZONE("hall", "stand", "60", "90") "," ZONE("island", "other", "200", "210") "," ZONE("rest", "other", "210", "220") ","
	CHECKPOINT("gate-s", "security", "walk", "hall", "60", LANES("true"), DEVICE("S1", "")) ","
	CHECKPOINT("gate-t", "ticket", "outside", "yard", "0", LANES("true"), DEVICE("T1", "")) ","
	CHECKPOINT("gate-i", "precheck", "island", "rest", "210", LANES("true"), DEVICE("I1", "")) ","
	CHECKPOINT("door-x", "exit", "hall", "outside", "90", "\"width_m\":4", DEVICE("X1", "")) ","
	LINK("way", "yard", "walk", "29", "31") "]}";

static void the_stages_stand_in_the_order_in_which_people_pass_them(void **state)
{
	struct live_plan *p = NULL;
	(void)state;
	assert_int_equal(live_plan_read(TEXT(linked_plan), false, &p, NULL), ERR_NONE);
	const enum plan_stage *order = live_plan_stage_order(p);
	assert_int_equal(order[0], PLAN_TICKET);
	assert_int_equal(order[1], PLAN_SECURITY);
	assert_int_equal(order[2], PLAN_PRECHECK); /* nobody comes there */
	assert_null(live_plan_keep(NULL));
	live_plan_drop(NULL);
	live_plan_drop(p);
}

static void the_first_mistake_of_a_plan_is_told_not_a_warning(void **state)
{
	/* A property that nobody knows is a warning; that no way leads out of the hall is a mistake. */
	static const char plan[] = PLAN_HEAD ZONE("hold", "holding\",\"colour\":\"red", "0", "30") "," ZONE("hall", "concourse", "30", "80") ","
		PLAN_GATE_T("") CHECKPOINT("gate-s", "security", "hold", "hall", "30", LANES("false"), DEVICE("S1", "")) "]}";
	struct hall *h = *state;
	struct answer a = {0};
	live_put_plan(h->session, TEXT(plan), TEXT("ben"), answer_done, &a);
	hall_await(h, &a.done);
	assert_int_equal(a.error, ERR_SESSION_PLAN);
	assert_null(strstr(a.problem.detail, "colour"));
	assert_string_not_equal(a.problem.feature, "");
	struct live_plan *p = NULL;
	assert_int_equal(live_plan_read(TEXT(plan), true, &p, NULL), ERR_SESSION_PLAN); /* who wants no words gets none */
	assert_null(p);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(s, "plan_version"), 1);
	json_decref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make_by_hand, hall_drop)
		HALL(a_sessions_document_that_says_odd_things_is_taken_to_what_can_be),
		HALL(the_first_number_of_a_life_is_believed_only_if_it_can_be),
		HALL(two_lives_after_the_same_copy_of_the_folder_count_apart),
		HALL(a_snapshot_of_another_moment_is_passed_over),
		HALL(troubles_have_a_bound_and_go_one_by_one),
		HALL(nothing_is_replayed_where_nothing_is_held),
		cmocka_unit_test(the_stages_stand_in_the_order_in_which_people_pass_them),
		HALL(the_first_mistake_of_a_plan_is_told_not_a_warning),
	};
	return cmocka_run_group_tests_name("live at its edges", tests, NULL, NULL);
}
