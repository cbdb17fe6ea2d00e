/* Every taking of memory by live/, and by SQLite and jansson under it, fails once, for each thing that can be asked. What must hold:
 * an error is told or nothing is; whatever was acknowledged is there; the same call succeeds next; the books are at zero; after a
 * restart it is the same. */
#include <sqlite3.h>

#define PLACE_ROOT "/dev/shm"
#include "failing_memory.h"
#include "live/inside.h" /* the number of the last publication, without asking for a state */
#include "live_for_test.h"

#define TAKINGS_MAX 20000 /* of one call: more would be no end */

/* What happened so far, by what was acknowledged. */
struct evening { struct hall *h; struct problem problem; uint64_t t1_seq; uint64_t people; unsigned lanes_set; char id[16]; };

static void books_are_right(struct evening *e)
{
	json_t *s = hall_state(e->h, AT_NONE);
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), e->people);
	json_decref(s);
}

/* `act` with its n-th taking refused, for every n; each time once more with memory, and then it must succeed. */
typedef err_t (*act_fn)(struct evening *e, bool again);
static void each_taking_fails_once(struct evening *e, const char *what, act_fn act)
{
	unsigned long n, told = 0;
	for (n = 1; n < TAKINGS_MAX; n++) {
		memory_refuse(n);
		err_t error = act(e, false);
		if (!memory_was_refused()) {
			assert_int_equal(error, ERR_NONE);
			break;
		}
		if (error != ERR_NONE && error != ERR_MEMORY)
			fail_msg("%s, taking %lu: %s (%s)", what, n, error_row(error)->code, e->problem.detail);
		told += error != ERR_NONE;
		error = act(e, true);
		if (error != ERR_NONE)
			fail_msg("%s, once more after taking %lu: %s", what, n, error_row(error)->code);
		if (n % 16 == 0)
			books_are_right(e);
	}
	assert_true(n < TAKINGS_MAX);
	books_are_right(e);
	print_message("%s: %lu takings refused, %lu times told\n", what, n - 1, told);
}

/* The state without what differs from life to life. */
static json_t *state_of(struct evening *e)
{
	json_t *s = hall_state(e->h, AT_NONE);
	json_object_del(s, "seq");
	json_object_del(s, "records"); /* statistics that waited are written at the stop */
	return s;
}

static void it_comes_back_the_same(struct evening *e)
{
	test_clock_step(&e->h->clock, 15000);
	hall_step(e->h); /* a tick: statistics that wait are written */
	json_t *before = state_of(e);
	hall_restart(e->h);
	assert_non_null(e->h->session);
	json_t *after = state_of(e);
	const char *key;
	json_t *value;
	json_object_foreach(before, key, value)
		if (!json_equal(value, json_object_get(after, key)))
			fail_msg("%s: %s\n%s", key, json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY),
			         json_dumps(json_object_get(after, key), JSON_COMPACT | JSON_ENCODE_ANY));
	json_decref(before);
	json_decref(after);
}

/* ---- inputs ---- */

static err_t send_passages(struct evening *e, bool again)
{
	struct hall *h = e->h;
	e->t1_seq += again ? 0 : 2;
	struct passage_said p[] = {said("T1", e->t1_seq, T0, 1, 0), said("T1", e->t1_seq, T0, 1, 0), said("T1", e->t1_seq, T0, 2, 0),
		said("nobody", 1, T0, 1, 0), said("T1", e->t1_seq - 1, T0, 1, 0)};
	struct receipt r = hall_send(h, p, 5);
	if (r.error == ERR_NONE) {
		assert_int_equal(r.accepted + r.duplicate, 3);
		assert_int_equal(r.rejected, 2);
		e->people += r.accepted;
	}
	return r.error;
}

static err_t await(struct evening *e, struct answer *a)
{
	hall_await(e->h, &a->done);
	e->problem = a->problem;
	return a->error;
}

static err_t recount(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_post_recount(e->h->session, TEXT("hold"), 40, 5, AT_NONE, TEXT("anna"), TEXT("by eye"), answer_done, &a);
	return await(e, &a);
}

static err_t set_lane(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_set_lane(e->h->session, TEXT("gate-s"), TEXT("2"), e->lanes_set++ % 2 == 0, TEXT("ben"), answer_done, &a);
	return await(e, &a);
}

static err_t empty(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_post_empty(e->h->session, TEXT("anna"), TEXT("seen"), answer_done, &a);
	return await(e, &a);
}

/* Each plan has a device that none before had. */
static err_t put_plan(struct evening *e, bool again)
{
	static unsigned number;
	static char plan[8192];
	struct answer a = {0};
	if (!again)
		number++;
	static const char form[] = PLAN_HEAD PLAN_ZONES PLAN_GATE_T("," DEVICE("N%04u", "")) PLAN_GATE_S PLAN_DOOR "]}";
	snprintf(plan, sizeof plan, form, number);
	live_put_plan(e->h->session, text_of(plan), TEXT("ben"), answer_done, &a);
	err_t error = await(e, &a);
	if (error == ERR_NONE) { /* in force: the loop knows the new name */
		char device[16];
		snprintf(device, sizeof device, "N%04u", number);
		struct memory_pause p = memory_pause();
		struct receipt r = hall_send_one(e->h, said(device, 1, T0, 1, 0));
		memory_go_on(p);
		assert_int_equal(r.error, ERR_NONE);
		if (r.accepted + r.duplicate != 1)
			fail_msg("device %s of the plan in force: %s", device, error_row(r.first[0].error)->code);
		e->people += r.accepted;
	}
	return error;
}

/* ---- questions ---- */

static err_t asked(struct evening *e, struct answer *a)
{
	err_t error = await(e, a);
	assert_true((error == ERR_NONE) == (a->json != NULL));
	if (error == ERR_NONE)
		assert_int_equal(live_text_of(a->json).at[0], '{');
	live_text_drop(a->json);
	return error;
}

static err_t read_state(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	test_clock_step(&e->h->clock, 200); /* so that it is made anew */
	live_read_state(e->h->session, AT_NONE, answer_json, &a);
	return asked(e, &a);
}

static err_t read_past(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_read_state(e->h->session, T0, answer_json, &a);
	return asked(e, &a);
}

static err_t read_flow(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_read_flow(e->h->session, &(struct live_flow_query){.checkpoint = TEXT(""), .at_from = AT_NONE, .at_to = AT_NONE,
		.at = AT_NONE}, answer_json, &a);
	return asked(e, &a);
}

static err_t read_conflicts(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_read_conflicts(e->h->session, answer_json, &a);
	return asked(e, &a);
}

static err_t read_journal(struct evening *e, bool again)
{
	struct answer a = {0};
	(void)again;
	live_read_journal(e->h->session, 0, 0, answer_json, &a);
	return asked(e, &a);
}

/* ---- the tests ---- */

static struct evening evening_of(struct hall *h)
{
	struct evening e = {.h = h};
	for (int i = 0; i < 20; i++) {
		assert_int_equal(send_passages(&e, false), ERR_NONE);
		test_clock_step(&h->clock, 15000);
		hall_step(h);
	}
	assert_int_equal(recount(&e, false), ERR_NONE);
	assert_int_equal(set_lane(&e, false), ERR_NONE);
	return e;
}

static void passages_are_accepted_once_whatever_is_refused(void **state)
{
	struct evening e = evening_of(*state);
	each_taking_fails_once(&e, "passages", send_passages);
	it_comes_back_the_same(&e);
}

static void inputs_are_told_and_can_be_sent_again(void **state)
{
	struct evening e = evening_of(*state);
	each_taking_fails_once(&e, "recount", recount);
	each_taking_fails_once(&e, "lane", set_lane);
	each_taking_fails_once(&e, "empty", empty);
	it_comes_back_the_same(&e);
}

static void a_plan_comes_in_force_or_not_and_the_session_goes_on(void **state)
{
	struct evening e = evening_of(*state);
	each_taking_fails_once(&e, "plan", put_plan);
	it_comes_back_the_same(&e);
}

static void questions_are_answered_or_told_that_there_is_no_memory(void **state)
{
	struct evening e = evening_of(*state);
	each_taking_fails_once(&e, "state", read_state);
	each_taking_fails_once(&e, "past state", read_past);
	each_taking_fails_once(&e, "flow", read_flow);
	each_taking_fails_once(&e, "conflicts", read_conflicts);
	each_taking_fails_once(&e, "journal", read_journal);
	it_comes_back_the_same(&e);
}

static err_t read_past_anew(struct evening *e, bool again)
{
	if (!again) { /* the keeper has nothing in memory yet */
		struct memory_pause p = memory_pause();
		hall_restart(e->h);
		memory_go_on(p);
	}
	return read_past(e, again);
}

static void the_keeper_begins_from_disk_with_little_memory(void **state)
{
	struct evening e = evening_of(*state);
	hall_stop(e.h);
	e.h->settings.snapshot_records = 16; /* keyframes every other record, snapshots often */
	hall_start(e.h);
	each_taking_fails_once(&e, "past state from disk", read_past_anew);
	it_comes_back_the_same(&e);
}

/* A session is opened while a taking fails: it is not there, or wholly there; and its name can be used next. */
static err_t open_another(struct evening *e, bool again)
{
	static unsigned number;
	struct answer a = {0};
	if (!again)
		snprintf(e->id, sizeof e->id, "o%u", ++number);
	struct live_open open = {.id = text_of(e->id), .plan = TEXT(plan_small), .by = TEXT("anna"), .speed = 1, .at = AT_NONE};
	bool is_there = live_find_session(e->h->live, text_of(e->id)) != NULL;
	live_open_session(e->h->live, &open, answer_done, &a);
	err_t error = await(e, &a);
	if (is_there && error == ERR_EXISTS)
		return ERR_NONE;
	assert_true((error == ERR_NONE) == (live_find_session(e->h->live, text_of(e->id)) != NULL));
	if (error == ERR_NONE) {
		struct memory_pause p = memory_pause();
		struct live_session *s = e->h->session;
		e->h->session = a.session;
		assert_int_equal(hall_send_one(e->h, said("T1", 1, T0, 1, 0)).accepted, 1);
		e->h->session = s;
		memory_go_on(p);
	}
	return error;
}

static void a_session_is_opened_wholly_or_not_at_all(void **state)
{
	struct evening e = {.h = *state};
	unsigned long n, told = 0;
	for (n = 1; n < TAKINGS_MAX; n++) {
		if (live_session_count(e.h->live) > 200) { /* another place: there is room for 256 */
			void *old = e.h;
			hall_drop(&old);
			hall_make_by_hand((void **)&e.h);
			*state = e.h;
		}
		memory_refuse(n);
		err_t error = open_another(&e, false);
		if (!memory_was_refused()) {
			assert_int_equal(error, ERR_NONE);
			break;
		}
		/* SQLite tells shared memory that it has no memory for as a lock that failed: a disk that cannot be used. */
		if (error != ERR_NONE && error != ERR_MEMORY && error != ERR_STORE_OPEN)
			fail_msg("opening, taking %lu: %s (%s)", n, error_row(error)->code, e.problem.detail);
		told += error != ERR_NONE;
		error = open_another(&e, true);
		if (error != ERR_NONE)
			fail_msg("opening, once more after taking %lu: %s", n, error_row(error)->code);
	}
	print_message("opening: %lu takings refused, %lu times told\n", n - 1, told);
	uint32_t count = live_session_count(e.h->live);
	hall_restart(e.h);
	assert_int_equal(live_session_count(e.h->live), count);
}

/* At a start: all sessions, or an error, or (loudly) without one; and the next start has all that was acknowledged. */
static void a_start_without_memory_loses_nothing(void **state)
{
	struct evening e = evening_of(*state);
	unsigned long n, refused = 0, left_out = 0;
	hall_stop(e.h);
	for (n = 1; n < TAKINGS_MAX; n++) {
		struct problem problem = {0};
		memory_refuse(n);
		err_t error = live_new(&e.h->settings, &e.h->live, &problem);
		bool was_refused = memory_was_refused();
		refused += error != ERR_NONE;
		if (error == ERR_NONE) {
			left_out += live_session_count(e.h->live) == 0;
			live_free(e.h->live);
		} else {
			assert_int_equal(error, ERR_MEMORY);
			assert_int_equal(problem.error, ERR_MEMORY);
		}
		e.h->live = NULL;
		if (!was_refused) {
			assert_int_equal(error, ERR_NONE);
			break;
		}
		if (n % 32 != 0)
			continue;
		hall_start(e.h);
		assert_non_null(e.h->session);
		books_are_right(&e);
		hall_stop(e.h);
	}
	print_message("start: %lu takings refused, %lu times told, %lu times a session was left out\n", n - 1, refused, left_out);
	hall_start(e.h);
	books_are_right(&e);
}

static void a_start_without_threads_is_told_and_leaves_nothing_behind(void **state)
{
	struct evening e = evening_of(*state);
	hall_stop(e.h);
	e.h->settings.by_hand = false;
	for (unsigned n = 1; n <= 2; n++) { /* the writer's, the keeper's */
		struct problem problem = {0};
		memory_refuse_thread_in = n;
		assert_int_equal(live_new(&e.h->settings, &e.h->live, &problem), ERR_MEMORY);
		assert_int_equal(problem.error, ERR_MEMORY);
		e.h->live = NULL;
	}
	e.h->settings.by_hand = true;
	hall_start(e.h);
	books_are_right(&e);
}

/* ---- what browsers are told ---- */

struct told { json_t *state; long long seq; unsigned gaps; bool whole_wanted; };

/* A browser's own fold of deltas (docs/STATE.md): members replace, items by id replace. */
static void apply(json_t *state, json_t *delta)
{
	const char *key;
	json_t *value;
	json_object_foreach(delta, key, value) {
		json_t *list = json_object_get(state, key), *one;
		size_t i, k;
		if (!json_is_array(value) || list == NULL) {
			json_object_set(state, key, value);
			continue;
		}
		json_array_foreach(value, i, one) {
			const char *name = strcmp(key, "stages") == 0 ? "stage" : "id";
			json_t *old;
			json_array_foreach(list, k, old)
				if (json_equal(json_object_get(old, name), json_object_get(one, name)))
					json_array_set(list, k, one);
		}
	}
}

static void publication(void *ctx, struct live_session *s, uint64_t seq, struct live_text *json)
{
	struct told *t = ctx;
	(void)s;
	struct memory_pause p = memory_pause();
	json_t *j = parsed(live_text_keep(json));
	if (strcmp(word(j, "type"), "beat") == 0) {
		t->whole_wanted |= (long long)seq != t->seq;
	} else if (strcmp(word(j, "type"), "state") == 0) {
		json_decref(t->state);
		t->state = json_deep_copy(j);
		t->whole_wanted = false;
		t->seq = (long long)seq;
	} else {
		t->whole_wanted |= (long long)seq != t->seq + 1; /* a gap: a browser asks for the whole state */
		t->seq = (long long)seq;
		apply(t->state, j);
	}
	json_decref(j);
	memory_go_on(p);
}

/* The lists that a browser holds against those of a whole state. `revised` is told once and is no part of a state. */
static void browser_knows_the_state(struct told *t, struct evening *e)
{
	static const char *const parts[] = {"books", "inside", "zones", "checkpoints", "devices", "closed"};
	json_t *now = hall_state(e->h, AT_NONE);
	hall_step(e->h);
	if (t->whole_wanted) {
		json_decref(t->state);
		t->state = json_deep_copy(now);
		t->seq = number(now, "seq");
		t->whole_wanted = false;
		t->gaps++;
	}
	size_t i;
	json_t *c;
	json_array_foreach(json_object_get(t->state, "checkpoints"), i, c)
		json_object_del(c, "revised");
	for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (!json_equal(json_object_get(now, parts[i]), json_object_get(t->state, parts[i])))
			fail_msg("%s: browser %s\nstate %s", parts[i], json_dumps(json_object_get(t->state, parts[i]), JSON_COMPACT | JSON_ENCODE_ANY),
			         json_dumps(json_object_get(now, parts[i]), JSON_COMPACT | JSON_ENCODE_ANY));
	json_decref(now);
}

static void no_change_is_kept_from_the_browsers(void **state)
{
	struct evening e = evening_of(*state);
	struct told told = {0};
	unsigned long n;
	live_subscribe(e.h->live, publication, &told);
	told.state = hall_state(e.h, AT_NONE);
	told.seq = number(told.state, "seq");
	for (n = 1; n < TAKINGS_MAX; n++) {
		assert_int_equal(send_passages(&e, false), ERR_NONE);
		if (n % 3 == 0)
			assert_int_equal(set_lane(&e, false), ERR_NONE);
		test_clock_step(&e.h->clock, 150);
		memory_refuse(n);
		hall_step(e.h); /* the delta is made here */
		if (!memory_was_refused())
			break;
		test_clock_step(&e.h->clock, 1100); /* a beat tells those who missed one */
		hall_step(e.h);
		browser_knows_the_state(&told, &e);
	}
	print_message("deltas: %lu takings refused, %u gaps told\n", n - 1, told.gaps);
	browser_knows_the_state(&told, &e);
	json_decref(told.state);
}

/* After a start nothing was told yet, and the room for telling is small: the first delta says everything, and takes memory to do so.
 * If that fails in the middle, it is all said in the next. */
static void what_went_nowhere_is_told_next(void **state)
{
	struct evening e = evening_of(*state);
	unsigned long n;
	for (n = 1; n < TAKINGS_MAX; n++) {
		struct told told = {.state = json_object()};
		hall_restart(e.h);
		assert_int_equal(hall_send_one(e.h, said("T1", ++e.t1_seq, T0, 1, 0)).accepted, 1);
		e.people++;
		told.seq = (long long)e.h->session->w.seq;
		live_subscribe(e.h->live, publication, &told);
		test_clock_step(&e.h->clock, 150);
		memory_refuse(n);
		hall_step(e.h);
		bool refused = memory_was_refused();
		for (int i = 0; i < 3; i++) {
			test_clock_step(&e.h->clock, 1100);
			hall_step(e.h);
		}
		browser_knows_the_state(&told, &e);
		json_decref(told.state);
		live_subscribe(e.h->live, NULL, NULL);
		if (!refused)
			break;
	}
	print_message("first deltas: %lu takings refused\n", n - 1);
	assert_true(n > 5);
}

/* Nothing changed since the start, so that the first that is told is a beat: it is what takes the room for telling. */
static void a_beat_is_told_whole_or_not_at_all(void **state)
{
	struct evening e = evening_of(*state);
	unsigned long n;
	for (n = 1; n < TAKINGS_MAX; n++) {
		struct told told = {.state = json_object()};
		hall_restart(e.h);
		told.seq = (long long)e.h->session->w.seq;
		live_subscribe(e.h->live, publication, &told);
		e.h->session->w.changed = e.h->session->w.whole_next = false;
		e.h->session->w.published_ns = INT64_MAX / 2; /* no state comes before it */
		test_clock_step(&e.h->clock, 1100);
		memory_refuse(n);
		hall_step(e.h);
		bool refused = memory_was_refused();
		live_subscribe(e.h->live, NULL, NULL);
		json_decref(told.state);
		if (!refused)
			break;
	}
	print_message("first beats: %lu takings refused\n", n - 1);
	assert_true(n > 3);
}

static void that_a_session_closed_is_told_though_memory_was_short(void **state)
{
	struct hall *h = *state;
	for (unsigned long n = 1; n < TAKINGS_MAX; n++) {
		struct told told = {0};
		struct answer a = {0};
		char id[16];
		snprintf(id, sizeof id, "c%lu", n);
		assert_int_equal(hall_open(h, (struct live_open){.id = text_of(id), .plan = TEXT(plan_small), .by = TEXT("anna"), .speed = 1,
			.at = AT_NONE}), ERR_NONE);
		struct evening e = {.h = h};
		told.state = hall_state(h, AT_NONE);
		told.seq = number(told.state, "seq");
		live_subscribe(h->live, publication, &told);
		live_close_session(h->session, TEXT("anna"), TEXT(""), answer_done, &a);
		live_step_keeper(h->live);
		test_clock_step(&h->clock, 150);
		memory_refuse(n);
		live_step_writer(h->live);
		bool refused = memory_was_refused();
		live_poll(h->live);
		assert_true(a.done);
		if (a.error == ERR_NONE) {
			for (int i = 0; i < 3; i++) {
				test_clock_step(&h->clock, 1100);
				hall_step(h);
			}
			if (!told.whole_wanted && !json_is_true(json_object_get(told.state, "closed")))
				fail_msg("taking %lu: nobody was told that the session closed", n);
		}
		live_subscribe(h->live, NULL, NULL);
		browser_knows_the_state(&told, &e);
		json_decref(told.state);
		if (!refused)
			break;
	}
}

/* `cordon verify`: it says that it has no memory, or what it says with memory. A snapshot that is right, one that is not, and a tail. */
static void who_looks_whether_all_is_whole_is_told_the_truth_or_that_there_is_no_memory(void **state)
{
	struct evening e = evening_of(*state);
	uint64_t numbers[4];
	unsigned long n, told = 0;
	struct live_report whole, r;
	struct buf older;
	hall_restart(e.h);
	send_passages(&e, false);
	hall_restart(e.h);
	send_passages(&e, false);
	hall_stop(e.h);
	struct store *store = e.h->place->store;
	assert_int_equal(snapshot_list(store, "s", numbers, 4), 2);
	buf_init(&older, 1 << 24); /* a state, but not of that record */
	assert_int_equal(snapshot_read_one(store, "s", numbers[1], &older), ERR_NONE);
	assert_int_equal(snapshot_write(store, "s", numbers[0], older.at, older.size), ERR_NONE);
	buf_free(&older);
	assert_int_equal(live_verify_session(store, "s", NULL, NULL, &whole), ERR_NONE);
	assert_int_equal(whole.finding_count, 1);
	assert_int_equal(whole.findings[0].fault, LIVE_SNAPSHOT_DIFFERS);
	for (n = 1; n < TAKINGS_MAX; n++) {
		memset(&r, 0, sizeof r);
		memory_refuse(n);
		err_t error = live_verify_session(store, "s", NULL, NULL, &r);
		bool was_refused = memory_was_refused();
		if (error != ERR_NONE && error != ERR_MEMORY && error != ERR_STORE_OPEN)
			fail_msg("verify, taking %lu: %s", n, error_row(error)->code);
		told += error != ERR_NONE;
		if (error == ERR_NONE) {
			assert_int_equal(r.finding_count, 1);
			assert_true(r.findings[0].fault == LIVE_SNAPSHOT_DIFFERS && r.findings[0].number == numbers[0]);
			assert_int_equal(r.records, whole.records);
		}
		if (!was_refused)
			break;
	}
	assert_true(n < TAKINGS_MAX && told > 20);
	print_message("verify: %lu takings refused, %lu times told\n", n - 1, told);
	hall_start(e.h);
	books_are_right(&e);
}

/* ---- all of it ---- */

static int tell(void **state)
{
	(void)state;
	print_message("%lu takings of memory refused\n", memory_refusals);
	return 0;
}

int main(int argc, char **argv)
{
	memory_begin_sqlite();
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make_by_hand, hall_drop)
		HALL(passages_are_accepted_once_whatever_is_refused),
		HALL(inputs_are_told_and_can_be_sent_again),
		HALL(a_plan_comes_in_force_or_not_and_the_session_goes_on),
		HALL(questions_are_answered_or_told_that_there_is_no_memory),
		HALL(the_keeper_begins_from_disk_with_little_memory),
		HALL(a_session_is_opened_wholly_or_not_at_all),
		HALL(a_start_without_memory_loses_nothing),
		HALL(who_looks_whether_all_is_whole_is_told_the_truth_or_that_there_is_no_memory),
		HALL(a_start_without_threads_is_told_and_leaves_nothing_behind),
		HALL(no_change_is_kept_from_the_browsers),
		HALL(what_went_nowhere_is_told_next),
		HALL(a_beat_is_told_whole_or_not_at_all),
		HALL(that_a_session_closed_is_told_though_memory_was_short),
	};
	return cmocka_run_group_tests_name("live without memory", tests, NULL, tell);
}
