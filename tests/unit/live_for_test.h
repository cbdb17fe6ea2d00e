/* tests/unit/live_for_test.h: live sessions under a clock that the test owns, and a loop that waits for what it asked.
 *
 *        outside --gate-t--> hold --gate-s--> hall --door-x--> outside
 *                 T1 T2            S1 S2            X1 (running totals)
 */
#ifndef CORDON_TEST_LIVE_H
#define CORDON_TEST_LIVE_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "live/live.h"
#include "store_for_test.h"

#define T0 INT64_C(1795514400000) /* 2026-11-24T18:00:00+08:00, half an hour before the start */

#define DEVICE(id, extra) "{\"id\":\"" id "\",\"kind\":\"turnstile\",\"period_s\":60" extra "}"
#define ZONE(id, use, x0, x1) "{\"type\":\"Feature\",\"id\":\"" id "\",\"properties\":{\"kind\":\"zone\",\"use\":\"" use \
	"\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" x0 ",0],[" x1 ",0],[" x1 ",40],[" x0 ",40],[" x0 ",0]]]}}"
#define CHECKPOINT(id, stage, from, to, x, more, devices) "{\"type\":\"Feature\",\"id\":\"" id \
	"\",\"properties\":{\"kind\":\"checkpoint\",\"stage\":\"" stage "\",\"from\":\"" from "\",\"to\":\"" to "\"," more \
	",\"devices\":[" devices "]},\"geometry\":{\"type\":\"Point\",\"coordinates\":[" x ",20]}}"
#define LANE(id, open) "{\"id\":\"" id "\",\"rate_ppl_min\":10,\"open\":" open "}"
#define LANES(second) "\"lanes\":[" LANE("1", "true") "," LANE("2", second) "]"
#define PLAN_HEAD "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"Test\",\"coordinates\":\"local\"," \
	"\"timetable\":{\"doors\":\"2026-11-24T17:30:00+08:00\",\"start\":\"2026-11-24T18:30:00+08:00\"," \
	"\"end\":\"2026-11-24T20:00:00+08:00\"},\"expected_ppl\":1000,\"approved_ppl\":1200},\"features\":["
#define PLAN_ZONES ZONE("hold", "holding", "0", "30") "," ZONE("hall", "concourse", "30", "80") ","
#define PLAN_GATE_T(more) CHECKPOINT("gate-t", "ticket", "outside", "hold", "0", LANES("true"), \
	DEVICE("T1", "") "," DEVICE("T2", "") more) ","
#define PLAN_GATE_S CHECKPOINT("gate-s", "security", "hold", "hall", "30", LANES("false"), \
	DEVICE("S1", "") "," DEVICE("S2", "")) ","
#define PLAN_DOOR CHECKPOINT("door-x", "exit", "hall", "outside", "80", "\"width_m\":4", DEVICE("X1", ",\"totals\":true"))

static const char plan_small[] = PLAN_HEAD PLAN_ZONES PLAN_GATE_T("") PLAN_GATE_S PLAN_DOOR "]}";
/* The next version: a new device at the first gate, and S2 is gone. */
static const char plan_larger[] = PLAN_HEAD PLAN_ZONES PLAN_GATE_T("," DEVICE("T3", ""))
	CHECKPOINT("gate-s", "security", "hold", "hall", "30", LANES("false"), DEVICE("S1", "")) "," PLAN_DOOR "]}";

/* ---- a clock that the test sets ---- */

struct test_clock { _Atomic int64_t now, ns; };

static inline at_ms test_clock_now(void *self)
{
	return atomic_load(&((struct test_clock *)self)->now);
}

static inline int64_t test_clock_ns(void *self)
{
	return atomic_load(&((struct test_clock *)self)->ns);
}

static inline void test_clock_step(struct test_clock *c, int64_t for_ms)
{
	atomic_fetch_add(&c->now, for_ms);
	atomic_fetch_add(&c->ns, for_ms * 1000000);
}

/* ---- the loop ---- */

struct hall {
	struct place *place;
	struct test_clock clock;
	struct live_settings settings;
	struct live *live;
	struct live_session *session;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool is_woken;
	uint32_t rooms;
};

static inline void hall_wake(void *ctx)
{
	struct hall *h = ctx;
	pthread_mutex_lock(&h->lock);
	h->is_woken = true;
	pthread_cond_signal(&h->woken);
	pthread_mutex_unlock(&h->lock);
}

static inline void hall_room(void *ctx)
{
	((struct hall *)ctx)->rooms++;
}

/* One round of both threads' work, by hand. */
static inline void hall_step(struct hall *h)
{
	live_step_keeper(h->live);
	live_step_writer(h->live);
	live_poll(h->live);
}

/* Polls until *done; a minute without it is a failure. By hand: steps, as often as anything can take. */
static inline void hall_await(struct hall *h, const bool *done)
{
	if (h->settings.by_hand) {
		for (int i = 0; i < 100 && !*done; i++)
			hall_step(h);
		assert_true(*done);
		return;
	}
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	while (live_poll(h->live), !*done) {
		pthread_mutex_lock(&h->lock);
		while (!h->is_woken)
			if (pthread_cond_timedwait(&h->woken, &h->lock, &until) != 0) {
				pthread_mutex_unlock(&h->lock);
				fail_msg("nothing came for a minute");
			}
		h->is_woken = false;
		pthread_mutex_unlock(&h->lock);
	}
}

struct answer { bool done; err_t error; struct problem problem; struct live_session *session; struct live_text *json; };

static inline void answer_done(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct answer *a = ctx;
	a->done = true;
	a->error = error;
	a->problem = *problem;
	a->session = session;
}

static inline void answer_json(void *ctx, err_t error, struct live_text *json)
{
	struct answer *a = ctx;
	a->done = true;
	a->error = error;
	a->json = json == NULL ? NULL : live_text_keep(json);
}

static inline void hall_start(struct hall *h)
{
	struct problem problem = {0};
	h->settings.store = h->place->store;
	h->settings.clock = (struct clock){test_clock_now, test_clock_ns, &h->clock};
	h->settings.wake = hall_wake;
	h->settings.room = hall_room;
	h->settings.ctx = h;
	err_t e = live_new(&h->settings, &h->live, &problem);
	if (e != ERR_NONE)
		fail_msg("live_new: %s (%s)", error_row(e)->code, problem.detail);
	h->session = live_find_session(h->live, TEXT("s"));
}

static inline void hall_stop(struct hall *h)
{
	live_free(h->live);
	h->live = NULL;
}

static inline void hall_restart(struct hall *h)
{
	hall_stop(h);
	hall_start(h);
}

static inline err_t hall_open(struct hall *h, struct live_open open)
{
	struct answer a = {0};
	live_open_session(h->live, &open, answer_done, &a);
	hall_await(h, &a.done);
	if (a.error != ERR_NONE && open.plan.at == plan_small)
		print_message("opening: %s %s (%s)\n", error_row(a.error)->code, a.problem.field, a.problem.detail);
	if (a.error == ERR_NONE)
		h->session = a.session;
	return a.error;
}

/* `by_hand`: without threads, one step after the other. */
static inline struct hall *hall_new(bool by_hand)
{
	struct hall *h = calloc(1, sizeof *h);
	assert_non_null(h);
	h->settings.by_hand = by_hand;
	h->settings.batches = by_hand ? 4 : 0;
	h->settings.batch_records = by_hand ? 64 : 0;
	place_make((void **)&h->place);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->woken, NULL);
	atomic_init(&h->clock.now, T0);
	atomic_init(&h->clock.ns, INT64_C(1000000000));
	hall_start(h);
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("s"), .plan = TEXT(plan_small), .by = TEXT("anna"),
		.speed = 1, .at = AT_NONE}), ERR_NONE);
	return h;
}

static inline int hall_make(void **state)
{
	*state = hall_new(false);
	return 0;
}

/* And with little room, which is made quickly. */
static inline int hall_make_by_hand(void **state)
{
	*state = hall_new(true);
	return 0;
}

static inline int hall_drop(void **state)
{
	struct hall *h = *state;
	if (h->live != NULL)
		hall_stop(h);
	pthread_cond_destroy(&h->woken);
	pthread_mutex_destroy(&h->lock);
	void *place = h->place;
	place_drop(&place);
	free(h);
	return 0;
}

/* ---- passages ---- */

struct receipt { bool done; err_t error; uint32_t accepted, duplicate, rejected; struct live_rejection first[16]; };

static inline void receipt_done(void *ctx, const struct live_receipt *r)
{
	struct receipt *to = ctx;
	to->done = true;
	to->error = r->error;
	to->accepted = r->accepted;
	to->duplicate = r->duplicate;
	to->rejected = r->rejected_count;
	for (uint32_t i = 0; i < r->rejected_count && i < 16; i++)
		to->first[i] = r->rejected[i];
}

static inline struct passage_said said(const char *device, uint64_t seq, at_ms at, uint32_t in, uint32_t out)
{
	return (struct passage_said){.device = text_of(device), .checkpoint = TEXT(""), .boot = 1, .seq = seq, .at = at,
		.in = in, .out = out};
}

/* Sends them in one batch and waits for the receipt. */
static inline struct receipt hall_send(struct hall *h, const struct passage_said *passages, uint32_t count)
{
	struct receipt r = {0};
	struct live_batch *b = live_batch_new(h->live, h->session);
	assert_non_null(b);
	for (uint32_t i = 0; i < count; i++)
		live_batch_add(b, &passages[i], i + 1);
	live_batch_submit(b, receipt_done, &r);
	hall_await(h, &r.done);
	return r;
}

static inline struct receipt hall_send_one(struct hall *h, struct passage_said p)
{
	return hall_send(h, &p, 1);
}

/* ---- reading ---- */

static inline struct live_text *hall_state_text(struct hall *h, at_ms at)
{
	struct answer a = {0};
	live_read_state(h->session, at, answer_json, &a);
	hall_await(h, &a.done);
	assert_int_equal(a.error, ERR_NONE);
	return a.json;
}

static inline json_t *parsed(struct live_text *t)
{
	json_error_t error;
	struct text text = live_text_of(t);
	json_t *j = json_loadb(text.at, text.size, JSON_REJECT_DUPLICATES, &error);
	if (j == NULL)
		fail_msg("not JSON: %s at %d: %.*s", error.text, error.position, (int)text.size, text.at);
	live_text_drop(t);
	return j;
}

static inline json_t *hall_state(struct hall *h, at_ms at)
{
	return parsed(hall_state_text(h, at));
}

/* The item of a list by its id (or stage). */
static inline json_t *item(json_t *state, const char *list, const char *id)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(state, list), i, one) {
		json_t *key = json_object_get(one, strcmp(list, "stages") == 0 ? "stage" : "id");
		if (key != NULL && strcmp(json_string_value(key), id) == 0)
			return one;
	}
	return NULL;
}

static inline long long number(json_t *object, const char *key)
{
	json_t *v = json_object_get(object, key);
	if (!json_is_number(v))
		fail_msg("no number \"%s\"", key);
	return (long long)json_number_value(v);
}

static inline const char *word(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

#endif
