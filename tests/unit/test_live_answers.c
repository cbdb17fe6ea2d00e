/* What live tells: every kind of record in the journal's answer, flow at all its edges, conflicts with what came first, and the state
 * of zones and of the entry chain by drawn cases. The fold alone where it does, a session where it must be. */
#include <math.h>

#define PLACE_ROOT "/dev/shm"
#include "live/fold.h"
#include "live/view.h"
#include "live_for_test.h"

#define MINUTE INT64_C(60000)

/* ---- a fold, without a session ---- */

static void put(struct fold *f, at_ms at, const struct input *in, uint32_t count)
{
	struct buf b;
	buf_init(&b, 1 << 22);
	for (uint32_t i = 0; i < count; i++)
		input_write(&in[i], &b);
	struct journal_batch batch = {f->records + 1, count, at, b.at, b.size};
	assert_int_equal(fold_batch(f, &batch, false, NULL), ERR_NONE);
	buf_free(&b);
}

static struct fold *fold_of(const char *plan, at_ms at)
{
	struct fold *f;
	assert_int_equal(fold_new(&f), ERR_NONE);
	put(f, at, &(struct input){.kind = INPUT_PLAN, .version = 1, .plan = text_of(plan), .by = TEXT("anna"), .reason = TEXT("")}, 1);
	return f;
}

static void pass(struct fold *f, const char *device, uint64_t seq, at_ms at, uint32_t in, uint32_t out)
{
	uint32_t d = names_find(f->device_names, text_of(device));
	assert_int_not_equal(d, NAMES_NONE);
	put(f, at, &(struct input){.kind = INPUT_PASSAGE, .passage = {.device = d, .checkpoint = f->devices[d].checkpoint, .boot = 1,
		.seq = seq, .at = at, .in = in, .out = out}}, 1);
}

static json_t *parse(struct buf *b)
{
	json_error_t error;
	assert_int_equal(b->error, ERR_NONE);
	json_t *j = json_loadb(b->at, b->size, JSON_REJECT_DUPLICATES, &error);
	if (j == NULL)
		fail_msg("%s: %s", error.text, b->at);
	buf_free(b);
	return j;
}

static json_t *state_at(struct fold *f, at_ms at)
{
	struct view_of of = {.session = "s", .speed = 1, .seq = 1, .at = at};
	struct view *v;
	struct buf out;
	buf_init(&out, VIEW_BYTES_MAX);
	assert_int_equal(view_new(&v), ERR_NONE);
	assert_int_equal(view_make(v, f, &of), ERR_NONE);
	assert_int_equal(view_write_state(v, f, &of, &out), ERR_NONE);
	view_free(v);
	view_free(NULL);
	return parse(&out);
}

/* ---- the journal ---- */

static void every_kind_of_record_is_told_with_its_members(void **state)
{
	struct fold *f = fold_of(plan_small, T0);
	struct ledger_passage p = {.device = 0, .checkpoint = 0, .boot = UINT64_MAX, .seq = 3, .at = AT_MS_MAX, .in = 5, .out = 1};
	const struct input rows[] = {
		{.kind = INPUT_PASSAGE, .passage = p},
		{.kind = INPUT_CONFLICT, .passage = {.device = 4, .checkpoint = 2, .boot = 1, .seq = 3, .at = T0, .in = 5, .out = 9,
			.totals = true}},
		{.kind = INPUT_DUPLICATES, .passage = {.device = 1, .in = 17}},
		{.kind = INPUT_RECOUNT, .recount = {1, 40, 2.5, T0}, .by = TEXT("anna"), .reason = TEXT("by eye")},
		{.kind = INPUT_EMPTY, .by = TEXT("anna"), .reason = TEXT("")},
		{.kind = INPUT_LANES, .checkpoint = 1, .lane = 1, .open = true, .by = TEXT("ben"), .reason = TEXT("")},
		{.kind = INPUT_PLAN, .version = 2, .plan = TEXT("12345"), .by = TEXT("ben"), .reason = TEXT("")},
		{.kind = INPUT_TICK},
		{.kind = INPUT_CLOSE, .by = TEXT("anna"), .reason = TEXT("all out")},
		{.kind = INPUT_REJECTED, .count = 7},
	};
	static const char *const wanted[] = {
		"\"kind\":\"passage\",\"device\":\"T1\",\"checkpoint\":\"gate-t\",\"boot\":9223372036854775807,\"seq\":3,\"at\":null,"
			"\"in\":5,\"out\":1}",
		"\"kind\":\"conflict\",\"device\":\"X1\",\"checkpoint\":\"door-x\",\"boot\":1,\"seq\":3,"
			"\"at\":\"2026-11-24T18:00:00.000+08:00\",\"in_total\":5,\"out_total\":9}",
		"\"kind\":\"duplicates\",\"device\":\"T2\",\"count\":17}",
		"\"kind\":\"recount\",\"zone\":\"hold\",\"ppl\":40,\"sigma_ppl\":2.5,\"at\":\"2026-11-24T18:00:00.000+08:00\","
			"\"by\":\"anna\",\"reason\":\"by eye\"}",
		"\"kind\":\"empty\",\"by\":\"anna\"}",
		"\"kind\":\"lane\",\"checkpoint\":\"gate-s\",\"lane_number\":2,\"open\":true,\"by\":\"ben\"}",
		"\"kind\":\"plan\",\"version\":2,\"bytes\":5,\"by\":\"ben\"}",
		"\"kind\":\"tick\"}",
		"\"kind\":\"close\",\"by\":\"anna\",\"reason\":\"all out\"}",
		"\"kind\":\"rejected\",\"count\":7}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;
		char whole[512];
		buf_init(&b, 4096);
		answer_record(f, i + 1, T0, &rows[i], &b);
		snprintf(whole, sizeof whole, "{\"number\":%zu,\"recorded_at\":\"2026-11-24T18:00:00.000+08:00\",%s", i + 1, wanted[i]);
		assert_string_equal(b.at, whole);
		buf_free(&b);
	}
	fold_free(f);
}

static json_t *journal(struct hall *h, uint64_t from, uint32_t count)
{
	struct answer a = {0};
	live_read_journal(h->session, from, count, answer_json, &a);
	hall_await(h, &a.done);
	assert_int_equal(a.error, ERR_NONE);
	return parsed(a.json);
}

static void the_journal_is_read_from_any_record_to_any(void **state)
{
	static const struct { uint64_t from; uint32_t count; size_t told; long long first, next; } rows[] = {
		{0, 0, 100, 102, 0}, {0, 5, 5, 197, 0}, {0, 20000, 201, 1, 0}, {1, 10, 10, 1, 11}, {150, 0, 52, 150, 0},
		{195, 7, 7, 195, 0}, {201, 1, 1, 201, 0}, {202, 10, 0, 0, 0}, {UINT64_MAX, 10, 0, 0, 0}, {50, 152, 152, 50, 0},
	};
	struct hall *h = *state;
	struct passage_said p[40];
	for (uint64_t seq = 0; seq < 200; seq += 40) {
		for (uint32_t i = 0; i < 40; i++)
			p[i] = said("T1", seq + i + 1, T0, 1, 0);
		assert_int_equal(hall_send(h, p, 40).accepted, 40);
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *j = journal(h, rows[i].from, rows[i].count), *list = json_object_get(j, "records");
		assert_int_equal(number(j, "count"), 201);
		if (json_array_size(list) != rows[i].told)
			fail_msg("row %zu: %zu records", i, json_array_size(list));
		if (rows[i].told > 0) {
			assert_int_equal(number(json_array_get(list, 0), "number"), rows[i].first);
			assert_int_equal(number(json_array_get(list, rows[i].told - 1), "number"), rows[i].first + (long long)rows[i].told - 1);
		}
		if (rows[i].next > 0)
			assert_int_equal(number(j, "next"), rows[i].next);
		else
			assert_true(json_is_null(json_object_get(j, "next")));
		json_decref(j);
	}
}

/* ---- conflicts ---- */

static void a_conflict_is_told_with_what_came_first(void **state)
{
	static const char *const devices[] = {"T1", "T2", "S1", "S2"};
	struct hall *h = *state;
	struct answer a = {0};
	live_read_conflicts(h->session, answer_json, &a);
	hall_await(h, &a.done);
	json_t *none = parsed(a.json);
	assert_int_equal(number(none, "count"), 0);
	json_decref(none);
	for (uint32_t round = 0; round < 40; round++) {
		struct passage_said p[16];
		for (uint32_t i = 0; i < 16; i++) {
			p[i] = said(devices[i % 4], 1 + round * 37, T0, 1 + i / 8, 0);
			p[i].boot = 1 + i / 4 % 2 * 1000;
		}
		struct receipt r = hall_send(h, p, 16);
		assert_int_equal(r.accepted, 8);
		assert_int_equal(r.rejected, 8);
	}
	a = (struct answer){0};
	live_read_conflicts(h->session, answer_json, &a);
	hall_await(h, &a.done);
	json_t *j = parsed(a.json), *one;
	size_t i;
	assert_int_equal(number(j, "count"), 320);
	assert_int_equal(json_array_size(json_object_get(j, "conflicts")), FOLD_CONFLICTS_MAX);
	json_array_foreach(json_object_get(j, "conflicts"), i, one) {
		json_t *first = json_object_get(one, "first");
		assert_int_equal(number(one, "in"), 2);
		assert_int_equal(number(first, "in"), 1);
		assert_int_equal(number(first, "seq"), number(one, "seq"));
		assert_int_equal(number(first, "boot"), number(one, "boot"));
		assert_string_equal(word(first, "device"), word(one, "device"));
	}
	json_decref(j);
}

static void a_conflict_without_its_first_says_so(void **state)
{
	struct fold *f = fold_of(plan_small, T0);
	struct conflict_first firsts[FOLD_CONFLICTS_MAX] = {{0}};
	struct buf b;
	(void)state;
	put(f, T0, &(struct input){.kind = INPUT_CONFLICT, .passage = {.device = 0, .checkpoint = 0, .seq = 1, .at = T0}}, 1);
	for (int known = 0; known < 2; known++) {
		buf_init(&b, 1 << 16);
		answer_conflicts(f, known == 0 ? NULL : firsts, &b);
		json_t *j = parse(&b);
		assert_true(json_is_null(json_object_get(json_array_get(json_object_get(j, "conflicts"), 0), "first")));
		json_decref(j);
	}
	fold_free(f);
}

/* ---- flow ---- */

static json_t *flow(struct fold *f, const char *checkpoint, at_ms from, at_ms to)
{
	struct buf b;
	buf_init(&b, VIEW_BYTES_MAX);
	assert_int_equal(answer_flow(f, &(struct flow_range){text_of(checkpoint), from, to}, &b), ERR_NONE);
	return parse(&b);
}

static size_t minutes_told(json_t *j, size_t checkpoint)
{
	json_t *one = json_array_get(json_object_get(j, "checkpoints"), checkpoint);
	assert_int_equal(json_array_size(json_object_get(one, "in")), json_array_size(json_object_get(one, "revision")));
	assert_int_equal(json_array_size(json_object_get(j, "inside")), json_array_size(json_object_get(one, "in")));
	return json_array_size(json_object_get(one, "in"));
}

static void flow_is_told_for_any_range(void **state)
{
	struct fold *f = fold_of(plan_small, T0);
	struct buf b;
	(void)state;
	at_ms window = ledger_window_at(f->ledger);
	json_t *j = flow(f, "", AT_NONE, AT_NONE); /* nothing happened */
	assert_int_equal(minutes_told(j, 0), 0);
	json_decref(j);
	pass(f, "S1", 1, T0, 3, 0);
	pass(f, "S1", 2, T0 + 2 * MINUTE, 0, 1); /* out alone */
	pass(f, "T1", 1, T0 - MINUTE, 0, 2);
	j = flow(f, "", AT_NONE, AT_NONE);
	assert_int_equal(minutes_told(j, 0), 4);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(j, "inside"), 1)), 3);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(j, "inside"), 3)), 2);
	json_decref(j);
	j = flow(f, "gate-s", T0, T0 + MINUTE + 1); /* a begun minute counts */
	assert_int_equal(json_array_size(json_object_get(j, "checkpoints")), 1);
	assert_int_equal(minutes_told(j, 0), 2);
	json_decref(j);
	j = flow(f, "", window - 5 * MINUTE, window + 5 * MINUTE);
	assert_int_equal(minutes_told(j, 0), 5);
	json_decref(j);
	j = flow(f, "", T0 + MINUTE, T0); /* the end before the beginning */
	assert_int_equal(minutes_told(j, 0), 0);
	json_decref(j);
	j = flow(f, "", 0, AT_MS_MAX);
	assert_int_equal(minutes_told(j, 0), LEDGER_MINUTES_MAX);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(j, "inside"), LEDGER_MINUTES_MAX - 1)), 2);
	json_decref(j);
	buf_init(&b, 4096);
	assert_int_equal(answer_flow(f, &(struct flow_range){TEXT("gate-q"), AT_NONE, AT_NONE}, &b), ERR_PASSAGE_CHECKPOINT);
	buf_free(&b);
	buf_init(&b, 40);
	assert_int_equal(answer_flow(f, &(struct flow_range){TEXT(""), AT_NONE, AT_NONE}, &b), ERR_TOO_LARGE);
	buf_free(&b);
	/* A checkpoint that the plan dropped is told when asked for, and its people stay inside. */
	static const char no_hall[] = PLAN_HEAD ZONE("hold", "concourse", "0", "30") "," PLAN_GATE_T("")
		CHECKPOINT("door-y", "exit", "hold", "outside", "30", "\"width_m\":4", DEVICE("Y1", "")) "]}";
	put(f, T0 + 3 * MINUTE, &(struct input){.kind = INPUT_PLAN, .version = 2, .plan = TEXT(no_hall), .by = TEXT("b"),
		.reason = TEXT("")}, 1);
	j = flow(f, "", AT_NONE, AT_NONE);
	assert_int_equal(json_array_size(json_object_get(j, "checkpoints")), 2);
	json_decref(j);
	j = flow(f, "gate-s", AT_NONE, AT_NONE);
	assert_string_equal(word(json_array_get(json_object_get(j, "checkpoints"), 0), "id"), "gate-s");
	json_decref(j);
	fold_free(f);
}

/* ---- the past of a session that is closed ---- */

static void the_past_of_a_closed_session_ends_with_it(void **state)
{
	struct hall *h = *state;
	struct answer a = {0};
	hall_send_one(h, said("T1", 1, T0, 3, 0));
	test_clock_step(&h->clock, 30 * MINUTE);
	hall_step(h);
	hall_send_one(h, said("T1", 2, T0 + 30 * MINUTE, 4, 0));
	live_close_session(h->session, TEXT("anna"), TEXT("all out"), answer_done, &a);
	hall_await(h, &a.done);
	test_clock_step(&h->clock, 60 * MINUTE);
	hall_step(h);
	static const struct { int64_t after_min; long long in; const char *at; } rows[] = {
		{10, 3, "2026-11-24T18:10:00.000+08:00"}, {30, 7, "2026-11-24T18:30:00.000+08:00"},
		{60, 7, "2026-11-24T18:30:00.000+08:00"}, /* its time stands still */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		json_t *s = hall_state(h, T0 + rows[i].after_min * MINUTE);
		assert_int_equal(number(item(s, "checkpoints", "gate-t"), "in"), rows[i].in);
		assert_string_equal(word(s, "at"), rows[i].at);
		json_decref(s);
	}
	json_t *s = hall_state(h, AT_NONE);
	assert_true(json_is_true(json_object_get(s, "closed")));
	json_decref(s);
	assert_int_equal(hall_send_one(h, said("T1", 3, T0, 1, 0)).error, ERR_SESSION_CLOSED);
}

/* ---- zones ---- */

#define HEAD(times, more) "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"Test\",\"coordinates\":\"local\"," \
	"\"timetable\":{" times "},\"expected_ppl\":1000" more "},\"features\":["
#define DOORS "\"doors\":\"2026-11-24T17:30:00+08:00\","
#define START "\"start\":\"2026-11-24T18:30:00+08:00\""
#define END ",\"end\":\"2026-11-24T20:00:00+08:00\""
#define ZONE_WITH(id, use, x0, x1, more) "{\"type\":\"Feature\",\"id\":\"" id "\",\"properties\":{\"kind\":\"zone\",\"use\":\"" use \
	"\"" more "},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" x0 ",0],[" x1 ",0],[" x1 ",40],[" x0 ",40],[" x0 ",0]]]}}"

/* outside --gate-a--> hall (10 m x 40 m, for 400) --gate-b--> stand (seats) ; lawn: drawn outside; store: all of it obstructed */
static const char zones_plan[] = HEAD(DOORS START END, "")
	ZONE_WITH("hall", "concourse", "0", "10", ",\"capacity_ppl\":400") ","
	ZONE_WITH("stand", "stand", "10", "40", ",\"seats\":300") ","
	ZONE_WITH("store", "other", "40", "50", ",\"obstructed_m2\":400") ","
	ZONE_WITH("lawn", "outside", "-50", "0", "") ","
	CHECKPOINT("gate-a", "security", "lawn", "hall", "0", LANES("true"), DEVICE("A1", "")) ","
	CHECKPOINT("gate-b", "transfer", "hall", "stand", "10", "\"width_m\":2", DEVICE("B1", "")) ","
	CHECKPOINT("gate-c", "transfer", "hall", "store", "40", "\"width_m\":2", DEVICE("C1", "")) ","
	CHECKPOINT("gate-d", "transfer", "stand", "store", "40", "\"width_m\":2", "") "]}";

static void a_zone_is_judged_by_its_density_and_its_capacity(void **state)
{
	static const struct { uint32_t ppl; const char *state, *level; bool full; } rows[] = {
		{4, "normal", "A", true}, {150, "normal", "B", true}, {250, "normal", "C", true}, {350, "normal", "D", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fold *f = fold_of(zones_plan, T0);
		pass(f, "A1", 1, T0, rows[i].ppl, 0);
		pass(f, "B1", 1, T0, 0, 0);
		pass(f, "C1", 1, T0, 0, 0);
		json_t *s = state_at(f, T0), *hall = item(s, "zones", "hall");
		assert_int_equal(number(hall, "ppl"), rows[i].ppl);
		double density = json_number_value(json_object_get(hall, "density_ppl_m2"));
		assert_true(fabs(density - rows[i].ppl / 400.0) < 0.011);
		assert_int_equal(json_is_string(json_object_get(hall, "full_at")), rows[i].full);
		json_decref(s);
		fold_free(f);
	}
	static const struct { uint32_t ppl; const char *state; } full[] = {
		{359, "normal"}, {360, "warning"}, {401, "critical"}, {900, "critical"}, {1500, "critical"}};
	for (size_t i = 0; i < sizeof full / sizeof full[0]; i++) {
		struct fold *f = fold_of(zones_plan, T0);
		pass(f, "A1", 1, T0, full[i].ppl, 0);
		json_t *s = state_at(f, T0);
		assert_string_equal(word(item(s, "zones", "hall"), "state"), full[i].state);
		if (full[i].ppl > 400) /* full already: no time at which it will be */
			assert_true(json_is_null(json_object_get(item(s, "zones", "hall"), "full_at")));
		json_decref(s);
		fold_free(f);
	}
}

static void a_zone_without_a_measure_says_null_and_not_zero(void **state)
{
	struct fold *f = fold_of(zones_plan, T0);
	(void)state;
	json_t *s = state_at(f, T0); /* nobody spoke: not known */
	assert_true(json_is_null(json_object_get(item(s, "zones", "hall"), "ppl")));
	assert_string_equal(word(item(s, "zones", "hall"), "state"), "unknown");
	json_decref(s);
	pass(f, "A1", 1, T0, 100, 0);
	pass(f, "B1", 1, T0, 50, 0);
	pass(f, "C1", 1, T0, 2, 0);
	s = state_at(f, T0);
	assert_true(json_is_null(json_object_get(item(s, "zones", "stand"), "level")));       /* nobody walks there */
	assert_true(json_is_null(json_object_get(item(s, "zones", "store"), "density_ppl_m2"))); /* no place at all */
	assert_true(json_is_null(json_object_get(item(s, "zones", "lawn"), "ppl")));          /* who is outside is not counted */
	assert_true(json_is_null(json_object_get(item(s, "zones", "lawn"), "full_at")));
	assert_int_equal(number(item(s, "zones", "stand"), "ppl"), 50);
	json_decref(s);
	s = state_at(f, T0 + 150000); /* silent: the number stays, its flow is not known */
	assert_string_equal(word(item(s, "checkpoints", "gate-a"), "state"), "silent");
	assert_string_equal(word(item(s, "checkpoints", "gate-d"), "state"), "never");
	assert_true(json_is_null(json_object_get(item(s, "zones", "hall"), "in_ppl_min")));
	assert_string_equal(word(item(s, "zones", "hall"), "state"), "unknown");
	json_decref(s);
	/* Nobody reports there any more, and what they reported is kept. */
	static const char silent_plan[] = HEAD(DOORS START END, "") ZONE_WITH("hall", "concourse", "0", "10", ",\"capacity_ppl\":400") ","
		ZONE_WITH("lawn", "outside", "-50", "0", "") ","
		CHECKPOINT("gate-a", "security", "lawn", "hall", "0", LANES("true"), "") "]}";
	put(f, T0 + MINUTE, &(struct input){.kind = INPUT_PLAN, .version = 2, .plan = TEXT(silent_plan), .by = TEXT("b"),
		.reason = TEXT("")}, 1);
	s = state_at(f, T0 + MINUTE);
	assert_int_equal(number(item(s, "zones", "hall"), "ppl"), 48);
	assert_true(json_is_null(json_object_get(item(s, "zones", "hall"), "heard_at")));
	json_decref(s);
	fold_free(f);
}

/* ---- the entry chain ---- */

/* outside --gate-p (no device)--> yard --gate-t, gate-u--> hold; and gate-s from the yard too; the hold leads to the hall by gate-w. */
#define CHAIN_PLAN(times, more) HEAD(times, more) ZONE("yard", "approach", "0", "30") "," ZONE("hold", "holding", "30", "60") "," \
	ZONE("hall", "concourse", "60", "90") "," \
	CHECKPOINT("gate-p", "precheck", "outside", "yard", "0", "\"width_m\":4", "") "," \
	CHECKPOINT("gate-t", "ticket", "yard", "hold", "30", LANES("true"), DEVICE("T1", "")) "," \
	CHECKPOINT("gate-u", "ticket", "yard", "hold", "30", LANES("false"), DEVICE("U1", "")) "," \
	CHECKPOINT("gate-s", "security", "yard", "hall", "60", LANES("true"), DEVICE("S1", "")) "," \
	CHECKPOINT("gate-w", "security", "hold", "hall", "60", "\"width_m\":3", DEVICE("W1", "")) "," \
	CHECKPOINT("gate-o", "security", "hall", "hold", "60", "\"width_m\":3", "") "]}"

static void the_stages_say_what_is_heard_and_what_is_guessed(void **state)
{
	struct fold *f = fold_of(CHAIN_PLAN(DOORS START END, ""), T0);
	(void)state;
	json_t *s = state_at(f, T0), *stage = item(s, "stages", "precheck");
	assert_true(json_is_true(json_object_get(stage, "at_least"))); /* nobody measures it at all */
	assert_true(json_is_null(json_object_get(stage, "flow_ppl_min")));
	assert_true(json_is_null(json_object_get(stage, "capacity_ppl_min")));
	assert_true(json_is_null(json_object_get(item(s, "stages", "ticket"), "queue_ppl")));
	json_decref(s);
	pass(f, "T1", 1, T0, 30, 0);
	pass(f, "U1", 1, T0 + 5000, 10, 0);
	pass(f, "W1", 1, T0 + 6000, 5, 0);
	pass(f, "T1", 2, T0 + 10000, 0, 0);
	s = state_at(f, T0 + 10000);
	stage = item(s, "stages", "ticket");
	assert_int_equal(number(stage, "flow_ppl_min"), 40);
	assert_int_equal(number(stage, "lanes"), 4);
	assert_int_equal(number(stage, "lanes_open"), 3);
	assert_string_equal(word(stage, "heard_at"), "2026-11-24T18:00:05.000+08:00"); /* the oldest of those that speak */
	assert_int_equal(number(item(s, "stages", "security"), "queue_ppl"), 35);        /* the hold; who is in the yard waits for the ticket */
	json_decref(s);
	s = state_at(f, T0 + 150000); /* all of them silent: the last that was heard */
	stage = item(s, "stages", "ticket");
	assert_true(json_is_null(json_object_get(stage, "flow_ppl_min")));
	assert_string_equal(word(stage, "heard_at"), "2026-11-24T18:00:10.000+08:00");
	json_decref(s);
	pass(f, "U1", 2, T0 + 200000, 0, 0);
	pass(f, "T1", 3, T0 + 210000, 0, 0);
	s = state_at(f, T0 + 210000);
	assert_string_equal(word(item(s, "stages", "ticket"), "heard_at"), "2026-11-24T18:03:20.000+08:00");
	json_decref(s);
	fold_free(f);
}

static void when_everyone_is_in_is_asked_until_it_is_over(void **state)
{
	static const struct { const char *plan; int64_t after_min; uint32_t in; bool asked; } rows[] = {
		{CHAIN_PLAN(DOORS START END, ""), 0, 100, true},
		{CHAIN_PLAN(DOORS START END, ""), 125, 100, false},                              /* after the end */
		{CHAIN_PLAN(DOORS START, ""), 125, 100, false},                                  /* no end, nobody more expected, no queue */
		{CHAIN_PLAN(DOORS START, ",\"arrivals\":[[10,0],[30,1]]"), 0, 100, true},        /* all come after the start */
		{CHAIN_PLAN(DOORS START, ",\"arrivals\":[[10,0],[30,1]]"), 45, 100, true},       /* and are coming */
		{CHAIN_PLAN(DOORS START, ",\"arrivals\":[[-30,0],[30,1]]"), 45, 100, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fold *f = fold_of(rows[i].plan, T0);
		at_ms at = T0 + rows[i].after_min * MINUTE;
		pass(f, "T1", 1, at, rows[i].in, 0);
		pass(f, "U1", 1, at, 0, 0);
		pass(f, "S1", 1, at, 0, 0);
		pass(f, "W1", 1, at, rows[i].in, 0);
		json_t *s = state_at(f, at), *all_in = json_object_get(s, "all_in");
		if (!rows[i].asked && !json_is_null(json_object_get(all_in, "at")))
			fail_msg("row %zu: %s", i, json_dumps(all_in, JSON_COMPACT));
		assert_int_equal(json_is_null(json_object_get(all_in, "at")), json_is_null(json_object_get(all_in, "late_s")));
		json_decref(s);
		fold_free(f);
	}
}

static void a_long_curve_of_arrivals_is_taken_as_far_as_there_is_room(void **state)
{
	static char plan[16384];
	size_t used = 0;
	(void)state;
	used += (size_t)snprintf(plan, sizeof plan, "%s", "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"Test\","
		"\"coordinates\":\"local\",\"timetable\":{" DOORS START END "},\"expected_ppl\":1000,\"arrivals\":[");
	for (int i = 0; i < 200; i++)
		used += (size_t)snprintf(plan + used, sizeof plan - used, "%s[%d,%.3f]", i > 0 ? "," : "", i - 199, i / 199.0);
	snprintf(plan + used, sizeof plan - used, "%s", "]},\"features\":[" PLAN_ZONES PLAN_GATE_T("") PLAN_GATE_S PLAN_DOOR "]}");
	struct fold *f = fold_of(plan, T0);
	pass(f, "T1", 1, T0, 10, 0);
	json_t *s = state_at(f, T0);
	assert_non_null(json_object_get(s, "all_in"));
	assert_int_equal(number(json_object_get(s, "inside"), "expected_ppl"), 1000);
	json_decref(s);
	fold_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make_by_hand, hall_drop)
		cmocka_unit_test(every_kind_of_record_is_told_with_its_members),
		HALL(the_journal_is_read_from_any_record_to_any),
		HALL(a_conflict_is_told_with_what_came_first),
		cmocka_unit_test(a_conflict_without_its_first_says_so),
		cmocka_unit_test(flow_is_told_for_any_range),
		HALL(the_past_of_a_closed_session_ends_with_it),
		cmocka_unit_test(a_zone_is_judged_by_its_density_and_its_capacity),
		cmocka_unit_test(a_zone_without_a_measure_says_null_and_not_zero),
		cmocka_unit_test(the_stages_say_what_is_heard_and_what_is_guessed),
		cmocka_unit_test(when_everyone_is_in_is_asked_until_it_is_over),
		cmocka_unit_test(a_long_curve_of_arrivals_is_taken_as_far_as_there_is_room),
	};
	return cmocka_run_group_tests_name("what live tells", tests, NULL, NULL);
}
