/* tests/world/world.c: the step loop: time, talk, faults, crashes, restarts, and the looks at everything. */
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "live/inside.h"
#include "world.h"

#define FOLDER "data"
#define T0 INT64_C(1795500000000) /* 2026-11-24T14:00:00+08:00 */
#define MINUTE INT64_C(60000)

void world_fail(struct world *w, const char *format, ...)
{
	char at[WHEN_SIZE];
	int n = snprintf(w->what, sizeof w->what, "seed %llu, step %u, at %s: ", (unsigned long long)w->seed, w->step,
	                 when_format(w->at_true, 480, at));
	va_list args;
	va_start(args, format);
	vsnprintf(w->what + n, sizeof w->what - (size_t)n, format, args);
	va_end(args);
	longjmp(w->failed, 1);
}

uint32_t below(struct world *w, uint32_t bound)
{
	return (uint32_t)random_below(&w->r, bound);
}

bool chance(struct world *w, uint32_t in_thousand)
{
	return random_below(&w->r, 1000) < in_thousand;
}

void world_note(struct world *w, const void *bytes, size_t size)
{
	w->digest = check_crc32c(w->digest, bytes, size);
}

/* ---- clock and loop as live/ sees them ---- */

static at_ms wall_now(void *self)
{
	return ((struct world *)self)->at_wall;
}

static int64_t monotonic_now(void *self)
{
	return ((struct world *)self)->mono_ns;
}

static void ignore(void *ctx)
{
	(void)ctx;
}

static void pass(struct world *w, int64_t for_ms)
{
	w->at_true += for_ms;
	w->mono_ns += for_ms * 1000000;
	w->at_wall = w->at_true + w->offset_ms;
	if (w->at_wall < 0)
		w->at_wall = 0;
	w->tally.simulated_s += (double)for_ms / 1000;
	for (uint32_t i = 0; i < w->model_count; i++) {
		struct model *m = &w->models[i];
		at_ms now = model_now(w, m);
		m->at_highest = m->session != NULL && now > m->at_highest ? now : m->at_highest;
	}
}

/* Looked up, since it depends on when Cordon looked; but it must be possible. */
at_ms world_latest(struct world *w, const struct model *m)
{
	at_ms latest = live_session_latest(m->session), now = model_now(w, m);
	at_ms highest = m->at_highest > m->tip.at_recorded ? m->at_highest : m->tip.at_recorded;
	MUST(latest >= now && latest <= highest, "%s: the latest time is %lld; now %lld, recorded %lld, highest %lld",
	     m->id, (long long)latest, (long long)now, (long long)m->tip.at_recorded, (long long)m->at_highest);
	return latest;
}

static void set_clock(struct world *w, int64_t offset_ms)
{
	w->offset_ms = offset_ms;
	pass(w, 0);
}

/* ---- rounds ---- */

static void take_down(struct world *w);
static bool crash_if_cut(struct world *w);

void world_poll(struct world *w)
{
	live_poll(w->live);
	while (w->replies != NULL) {
		struct reply *r = w->replies;
		if (!w->faulty && !w->cut_planned && !w->dying)
			audit(w, r->ask->session, false);
		compare_reply(w, r);
		w->replies = r->next;
		if (w->replies == NULL)
			w->replies_last = &w->replies;
		live_text_drop(r->json);
		ask_free(r->ask);
		free(r);
	}
}

/* What waits for the writer is done at this moment of the session's time. */
static void stamp_writer(struct world *w)
{
	for (struct ask *a = w->asks; a != NULL; a = a->next) {
		struct model *m = &w->models[a->session];
		if (a->place != ASK_AT_WRITER)
			continue;
		if (a->kind == ASK_OPEN) {
			m->at_clock_wall = w->at_wall;
			m->at_clock_session = a->at == AT_NONE ? w->at_wall : a->at;
		}
		a->at_session = model_now(w, m);
		a->excused = w->faulty;
		a->place = ASK_PROCESSED;
	}
}

void world_step_writer(struct world *w)
{
	stamp_writer(w);
	for (uint32_t i = 0; w->faulty && i < w->model_count; i++)
		w->models[i].may_be_sick = true;
	live_step_writer(w->live);
}

void world_step_keeper(struct world *w)
{
	bool questions = false;
	for (struct ask *a = w->asks; a != NULL; a = a->next)
		questions |= a->place == ASK_AT_KEEPER && a->kind != ASK_PLAN && a->kind != ASK_OPEN;
	if (questions)
		world_poll(w); /* so that what the keeper reads is what the model knows */
	for (struct ask *a = w->asks; a != NULL; a = a->next) {
		if (a->place != ASK_AT_KEEPER)
			continue;
		bool plan = a->kind == ASK_PLAN || a->kind == ASK_OPEN;
		a->place = plan ? ASK_AT_WRITER : ASK_PROCESSED;
		a->excused = w->faulty;
		if (!plan)
			a->at_session = world_latest(w, &w->models[a->session]);
	}
	live_step_keeper(w->live);
	if (questions && !crash_if_cut(w))
		world_poll(w);
}

/* ---- start and stop ---- */

static void forget_opening(struct world *w)
{
	struct model *m = &w->models[w->model_count - 1];
	uint32_t session = w->model_count - 1;
	model_free(m);
	model_init(m, w->ids_given++);
	crowd_free(&w->crowds[session]);
	w->model_count--;
}

/* All sessions that were acknowledged are there; the last may be or not. */
static void find_sessions(struct world *w)
{
	for (uint32_t i = 0; i < w->model_count; i++) {
		struct model *m = &w->models[i];
		m->session = live_find_session(w->live, text_of(m->id));
		m->sick = m->may_be_sick = false;
		m->at_highest = w->at_wall;
		MUST(m->session != NULL || !m->is_open, "%s: LOST: the session is not there after a restart", m->id);
	}
	w->opening = false;
	if (w->model_count > 0 && w->models[w->model_count - 1].session == NULL)
		forget_opening(w);
	MUST(live_session_count(w->live) == w->model_count, "there are %u sessions, not %u", live_session_count(w->live), w->model_count);
}

static void settle_session(struct world *w, uint32_t i, bool statistics)
{
	struct model *m = &w->models[i];
	m->is_open = true;
	if (statistics && m->limbo == NULL) {
		struct model before = *m;
		audit(w, i, false);
		compare_statistics(w, i);
		(void)before;
	}
	audit(w, i, true);
	m->at_clock_wall = w->at_wall;
	m->at_clock_session = m->tip.at_recorded;
	m->at_highest = model_now(w, m);
	audit_folds(w, i);
}

static bool try_start(struct world *w)
{
	struct problem problem = {0};
	err_t e = store_open_on(FOLDER, world_disk_table(w->disk), &w->store, &problem);
	MUST(e == ERR_NONE || w->faulty, "the store does not open: %s (%s)", error_row(e)->code, problem.detail);
	if (e != ERR_NONE)
		return false;
	struct live_settings settings = {.store = w->store, .clock = {wall_now, monotonic_now, w}, .wake = ignore, .room = ignore,
		.batches = w->shape.batches, .batch_records = w->shape.batch_records, .publish_ms = w->shape.publish_ms,
		.snapshot_records = w->shape.snapshot_records, .by_hand = true};
	e = live_new(&settings, &w->live, &problem);
	MUST(e == ERR_NONE || w->faulty, "the sessions do not start: %s (%s)", error_row(e)->code, problem.detail);
	if (e != ERR_NONE) {
		store_close(w->store);
		w->store = NULL;
	}
	return e == ERR_NONE;
}

static void plan_fault(struct world *w)
{
	static const enum world_fault faults[] = {WORLD_FULL, WORLD_FULL, WORLD_WRITE_ERROR, WORLD_SYNC_ERROR, WORLD_SYNC_ERROR,
		WORLD_READ_ERROR, WORLD_READ_ONLY};
	enum world_fault fault = faults[below(w, 7)];
	uint64_t count = chance(w, 400) ? 1 : chance(w, 500) ? 1 + below(w, 20) : UINT64_MAX;
	uint64_t after = 1 + below(w, 20);
	if (fault == WORLD_FULL && chance(w, 600)) { /* full it is, until somebody makes room */
		after = 1;
		count = UINT64_MAX;
	}
	w->faulty = true;
	world_disk_plan_fault(w->disk, fault, after, count);
}

static void heal(struct world *w)
{
	if (w->cut_planned)
		world_disk_plan_cut(w->disk, UINT64_MAX);
	w->cut_planned = false;
	world_disk_heal(w->disk);
	w->faulty = false;
}

/* A session that could not be brought back is left out, but not in silence. */
static bool all_are_there(struct world *w)
{
	struct live_trouble troubles[2 * WORLD_SESSIONS + 2];
	uint32_t count = live_troubles(w->live, troubles, 2 * WORLD_SESSIONS + 2);
	bool all = true;
	for (uint32_t i = 0; i < w->model_count; i++) {
		bool told = false;
		for (uint32_t k = 0; k < count; k++)
			told |= troubles[k].kind == LIVE_LEFT_OUT && strcmp(troubles[k].session, w->models[i].id) == 0;
		bool there = live_find_session(w->live, text_of(w->models[i].id)) != NULL;
		MUST(there || told || !w->models[i].is_open, "%s: left out of a start, and nobody is told", w->models[i].id);
		all &= there && !told;
	}
	return all;
}

/* Starts; now and then first on a disk that is still ill, which may go wrong but must not do harm. */
static bool start_on_ill_disk(struct world *w)
{
	plan_fault(w);
	bool started = try_start(w), goes_on = started && all_are_there(w) && chance(w, 500);
	if (started && !goes_on) {
		w->dying = true;
		live_free(w->live);
		store_close(w->store);
		w->dying = false;
	}
	heal(w);
	return goes_on;
}

static void start(struct world *w, bool statistics)
{
	heal(w);
	bool ill = chance(w, 150), goes_on = ill && start_on_ill_disk(w);
	if (!goes_on)
		try_start(w);
	statistics &= !ill;
	if (w->shape.subscribed)
		live_subscribe(w->live, compare_published, w);
	find_sessions(w);
	for (uint32_t i = 0; i < w->model_count; i++) {
		w->models[i].may_be_sick = goes_on; /* what was opened on a disk that took no writes takes none until a restart */
		settle_session(w, i, statistics);
	}
}

/* What was heard in this life is over. */
static void end_life(struct world *w)
{
	MUST(w->asks == NULL, "%u questions and inputs were never answered", w->asks_open);
	w->live = NULL;
	w->store = NULL;
	for (uint32_t i = 0; i < w->model_count; i++) {
		struct subscriber *s = &w->models[i].sub;
		json_decref(s->state);
		s->state = NULL;
		s->heard = false;
		s->told_count = 0;
		w->models[i].session = NULL;
	}
}

static void stamp_all(struct world *w)
{
	stamp_writer(w);
	for (struct ask *a = w->asks; a != NULL; a = a->next)
		if (a->place == ASK_AT_KEEPER)
			a->at_session = model_now(w, &w->models[a->session]);
}

static void drop_replies(struct world *w)
{
	while (w->replies != NULL) {
		struct reply *r = w->replies;
		w->replies = r->next;
		r->ask->excused = true; /* there is no journal any more to hold it against */
		compare_reply(w, r);
		live_text_drop(r->json);
		ask_free(r->ask);
		free(r);
	}
	w->replies_last = &w->replies;
}

/* The disk answers nothing any more: what the process did until then is all it did. */
static void take_down(struct world *w)
{
	w->dying = w->stopping = true;
	live_poll(w->live);
	stamp_all(w);
	live_free(w->live);
	store_close(w->store);
	drop_replies(w);
	end_life(w);
	if (w->cut_is_kill) {
		world_disk_kill_process(w->disk);
		w->tally.kills++;
	} else {
		world_disk_power_on(w->disk, &w->r);
		w->tally.power++;
		w->mono_ns = (int64_t)below(w, 1000000000); /* booted anew */
	}
	w->dying = w->stopping = w->cut_planned = false;
	pass(w, below(w, chance(w, 900) ? 60000 : 3600000));
	start(w, false);
}

static bool crash_if_cut(struct world *w)
{
	if (!world_disk_is_cut(w->disk))
		return false;
	take_down(w);
	return true;
}

static void restart_in_peace(struct world *w)
{
	bool healthy = !w->faulty;
	w->stopping = true;
	for (uint32_t i = 0; i < w->model_count; i++)
		healthy &= !w->models[i].sick && !w->models[i].may_be_sick && w->models[i].is_open;
	if (w->cut_planned)
		world_disk_plan_cut(w->disk, UINT64_MAX);
	w->cut_planned = false;
	stamp_all(w);
	live_free(w->live);
	store_close(w->store);
	drop_replies(w);
	end_life(w);
	w->stopping = false;
	w->tally.clean++;
	pass(w, below(w, 20000));
	start(w, healthy);
}

/* ---- looks at everything ---- */

static void cheap_invariants(struct world *w)
{
	uint32_t out = 0;
	for (struct ask *a = w->asks; a != NULL; a = a->next)
		out += a->kind == ASK_BATCH;
	struct live_health health;
	live_health(w->live, &health);
	MUST(health.batches_free + out == w->shape.batches, "of %u batches %u are free and %u under way", w->shape.batches,
	     health.batches_free, out);
	for (uint32_t i = 0; i < w->model_count; i++) {
		const struct model *m = &w->models[i];
		if (m->session == NULL)
			continue;
		const struct fold *f = m->session->w.fold;
		struct ledger_books books = ledger_view_books(f->ledger);
		MUST(books.sum == 0, "%s: the books sum to %lld", m->id, (long long)books.sum);
		MUST(!m->session->w.broken, "%s: a record on disk could not be folded", m->id);
		MUST(f->records >= m->book.count, "%s: %llu records folded, %zu are known", m->id, (unsigned long long)f->records, m->book.count);
	}
}

/* Ten seconds after the last commit, what was counted is in the journal too; also of the time in which the disk was full. */
static void statistics_are_kept(struct world *w)
{
	uint64_t before[WORLD_SESSIONS] = {0};
	bool due[WORLD_SESSIONS] = {false};
	for (uint32_t i = 0; i < w->model_count; i++) {
		const struct model *m = &w->models[i];
		if (m->session == NULL || m->sick || !m->is_open)
			continue;
		before[i] = m->session->w.fold->records;
		due[i] = m->closed || model_now(w, m) >= m->session->w.fold->at_recorded + 10000;
	}
	world_step_writer(w);
	world_poll(w);
	for (uint32_t i = 0; i < w->model_count; i++) {
		struct model *m = &w->models[i];
		if (m->session != NULL && m->session->w.fold->records > before[i] && due[i])
			m->may_be_sick = false; /* its journal took a record on the healthy disk */
		if (!due[i] || m->may_be_sick)
			continue;
		audit(w, i, false);
		compare_statistics(w, i);
	}
}

/* What Cordon says is wrong is what we broke, and all of it. */
static void compare_troubles(struct world *w)
{
	struct live_trouble troubles[2 * WORLD_SESSIONS + 2];
	uint32_t count = live_troubles(w->live, troubles, 2 * WORLD_SESSIONS + 2);
	bool refuses[WORLD_SESSIONS] = {false};
	MUST(count <= 2 * WORLD_SESSIONS + 1, "%u troubles of %u sessions", count, w->model_count);
	for (uint32_t i = 0; i < count; i++) {
		const struct live_trouble *t = &troubles[i];
		MUST(t->kind == LIVE_DISK_FULL || t->kind == LIVE_REFUSES, "%s: trouble %d (%s, record %llu) that is none", t->session,
		     (int)t->kind, error_row(t->error)->code, (unsigned long long)t->number);
		for (uint32_t k = 0; k < w->model_count; k++)
			refuses[k] |= t->kind == LIVE_REFUSES && strcmp(t->session, w->models[k].id) == 0;
	}
	for (uint32_t i = 0; i < w->model_count; i++)
		MUST(!w->models[i].sick || !w->models[i].is_open || refuses[i], "%s: its journal refuses, and nobody is told", w->models[i].id);
}

/* With nothing on its way: the journal, the folds, and every answer, against the list. */
static void look_at_all(struct world *w)
{
	heal(w);
	world_step_keeper(w);
	world_step_writer(w);
	world_poll(w);
	for (uint32_t i = 0; i < w->model_count; i++) {
		struct model *m = &w->models[i];
		if (!m->is_open || m->session == NULL)
			continue;
		audit(w, i, false);
		audit_folds(w, i);
		ask_state(w, i, AT_NONE);
		ask_flow(w, i, AT_NONE);
		ask_conflicts(w, i);
		ask_journal(w, i, 1, 10000);
		for (int past = 0; past < 2; past++)
			ask_reader(w, i);
		compare_replay(w, i);
	}
	world_step_keeper(w);
	world_step_writer(w);
	world_poll(w);
	pass(w, 11000 + w->shape.publish_ms);
	statistics_are_kept(w);
	compare_troubles(w);
}

/* ---- steps ---- */

static void time_passes(struct world *w)
{
	uint32_t how = below(w, 1000);
	int64_t for_ms = how < 400 ? below(w, 20) : how < 700 ? 50 + below(w, 1500) : how < 880 ? 2000 + below(w, 20000) :
		how < 985 ? 60000 + below(w, 300000) : 600000 + below(w, chance(w, 900) ? 5000000 : 30000000);
	pass(w, for_ms);
	if (w->offset_ms != 0 && chance(w, 25))
		set_clock(w, 0); /* set right again */
	if (!chance(w, w->shape.jumps))
		return;
	switch (below(w, 5)) {
	case 0: set_clock(w, 60 * MINUTE); break;
	case 1: set_clock(w, -60 * MINUTE); break;
	case 2: set_clock(w, (int64_t)below(w, 1200000) - 600000); break;
	case 3: set_clock(w, (int64_t)below(w, 10000) - 5000); break;
	default: set_clock(w, (int64_t)below(w, 100000000) - w->at_true); break; /* 1970 */
	}
}

static void break_something(struct world *w)
{
	if (chance(w, w->shape.faults) && !w->cut_planned)
		plan_fault(w);
	if (w->faulty && chance(w, 80)) {
		heal(w);
		if (chance(w, 600))
			look_at_all(w);
	}
	if (chance(w, w->shape.crashes)) {
		w->cut_is_kill = chance(w, 500);
		if (chance(w, 200)) {
			world_disk_cut_now(w->disk);
		} else {
			heal(w);
			w->cut_planned = true;
			world_disk_plan_cut(w->disk, world_disk_changes(w->disk) + 1 + below(w, chance(w, 500) ? 8 : 60));
		}
		return;
	}
	bool sick = false;
	for (uint32_t i = 0; i < w->model_count; i++)
		sick |= w->models[i].sick || (w->models[i].may_be_sick && !w->faulty);
	if (sick ? chance(w, 60) : chance(w, w->shape.crashes / 2))
		restart_in_peace(w);
}

static void act(struct world *w)
{
	uint32_t session = below(w, w->model_count), what = below(w, 100);
	struct model *m = &w->models[session];
	if (!m->is_open || m->session == NULL)
		what = 60 + below(w, 40);
	if (what < 22)
		crowd_talk(w, session);
	else if (what < 50)
		crowd_send(w, session);
	else if (what < 53)
		ask_operator(w, session);
	else if (what < 57)
		ask_reader(w, session);
	else if (chance(w, w->shape.plans) && m->is_open && m->session != NULL)
		ask_plan(w, session);
	else if (what < 79)
		world_step_writer(w);
	else if (what < 86)
		world_step_keeper(w);
	else if (what < 99)
		world_poll(w);
	else if (w->model_count < w->shape.sessions)
		ask_open(w);
	else if (chance(w, 40) && m->is_open && m->session != NULL)
		ask_close(w, session);
}

static void step(struct world *w)
{
	w->tally.steps++;
	time_passes(w);
	break_something(w);
	if (crash_if_cut(w))
		return;
	act(w);
	if (crash_if_cut(w))
		return;
	cheap_invariants(w);
	if (below(w, w->shape.whole_every) == 0)
		look_at_all(w);
}

/* ---- a life ---- */

static void choose_shape(struct world *w)
{
	struct shape *s = &w->shape;
	uint32_t size = below(w, 20);
	if (size < 14)
		*s = (struct shape){.devices = 1 + below(w, 9), .zones = 1 + below(w, 4), .steps = 150 + below(w, 450), .talk = 3};
	else if (size < 19)
		*s = (struct shape){.devices = 10 + below(w, 50), .zones = 2 + below(w, 5), .steps = 150 + below(w, 350), .talk = 12};
	else
		*s = (struct shape){.devices = 120 + below(w, 230), .zones = 3 + below(w, 6), .steps = 100 + below(w, 150), .talk = 60};
	static const uint32_t faults[] = {0, 5, 20, 60}, crashes[] = {0, 4, 12, 40}, jumps[] = {0, 0, 4, 15}, plans[] = {5, 20, 80};
	s->sessions = 1 + (size < 14 ? below(w, 10) / 7 : below(w, 10) / 8);
	s->senders = 1 + below(w, 5);
	s->batches = 2 + below(w, 7);
	s->batch_records = size < 14 ? 4 + below(w, 40) : size < 19 ? 64 : 512;
	s->whole_every = size < 14 ? 60 : size < 19 ? 150 : 200;
	s->publish_ms = 50 + below(w, 3) * 400;
	s->snapshot_records = 20 + below(w, 400);
	s->faults = faults[below(w, 4)];
	s->crashes = crashes[below(w, 4)];
	s->jumps = jumps[below(w, 4)];
	s->plans = plans[below(w, 3)];
	s->lies = below(w, 500);
	s->subscribed = chance(w, 600);
}

/* Everything that was said and not refused gets there in the end. */
static void end_well(struct world *w)
{
	heal(w);
	w->ending = true;
	set_clock(w, 0);
	restart_in_peace(w);
	for (uint32_t i = 0; i < w->model_count; i++) {
		crowd_everybody_online(w, i);
		for (uint32_t tries = 0; !crowd_is_quiet(w, i) && !w->models[i].closed; tries++) {
			MUST(tries < 40000, "%s: the senders never get rid of what they have", w->models[i].id);
			crowd_send(w, i);
			world_step_writer(w);
			world_poll(w);
			pass(w, 500);
		}
	}
	look_at_all(w);
	w->cut_is_kill = chance(w, 500);
	world_disk_cut_now(w->disk);
	take_down(w);
	look_at_all(w);
	restart_in_peace(w);
	for (uint32_t i = 0; i < w->model_count; i++)
		for (uint32_t k = 0; k < w->crowds[i].said_count; k++) {
			const struct said *p = &w->crowds[i].said[k];
			struct ledger_passage known = {.device = w->models[i].chart.devices[p->device], .boot = p->boot, .seq = p->seq};
			MUST(!p->is_acked || identities_claim(&w->models[i].ids, &known) != LEDGER_NEW, "an acknowledged passage is not in the list");
		}
	w->stopping = true;
	live_free(w->live);
	store_close(w->store);
	end_life(w);
}

static void begin(struct world *w)
{
	sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)(w->seed & 0x7FFFFFFF) | 1, NULL);
	w->at_true = T0 + (at_ms)below(w, 86400000);
	w->mono_ns = (int64_t)below(w, 1000000000);
	w->disk = world_disk_new();
	w->asks_last = &w->asks;
	w->replies_last = &w->replies;
	for (uint32_t i = 0; i < WORLD_SESSIONS; i++)
		model_init(&w->models[i], w->ids_given++);
	pass(w, 0);
	choose_shape(w);
	try_start(w);
	if (w->shape.subscribed)
		live_subscribe(w->live, compare_published, w);
	ask_open(w);
	world_step_keeper(w);
	world_step_writer(w);
	world_poll(w);
	MUST(w->models[0].is_open, "the first session could not be opened");
}

bool world_live(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->seed = seed;
	random_seed(&w->r, seed);
	w->tally.seeds = 1;
	if (setjmp(w->failed) != 0)
		return false; /* what it held is left: the process ends soon */
	begin(w);
	for (w->step = 1; w->step <= w->shape.steps; w->step++)
		step(w);
	end_well(w);
	for (int i = 0; i < WORLD_FAULTS; i++)
		w->tally.met[i] = world_disk_faults_met(w->disk, (enum world_fault)i);
	for (uint32_t i = 0; i < WORLD_SESSIONS; i++) {
		model_free(&w->models[i]);
		crowd_free(&w->crowds[i]);
	}
	venues_free(w);
	world_disk_free(w->disk);
	return true;
}
