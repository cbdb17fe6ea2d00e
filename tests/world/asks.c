/* tests/world/asks.c: what is asked of live/, and what the answers must be.
 *
 *   asked --(keeper step: plans read, questions)--> --(writer step: stamped with the session's time)--> answered in a poll
 *
 * Answers come in the order in which the writer did things, so the model takes them in that order. What fails because of the
 * disk, or is not answered before a crash, stays in doubt until the journal tells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static const char *const names[] = {"anna", "bo", "李娜", ""};
static const char *const reasons[] = {"", "seen", "现场清点", "counted at the gate"};
#define X100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X700 X100 X100 X100 X100 X100 X100 X100
static const char too_long[] = X700 X700 X700; /* a reason has at most 2,000 bytes */

struct ask *ask_new(struct world *w, enum ask_kind kind, uint32_t session, enum ask_place place)
{
	struct ask *a = calloc(1, sizeof *a);
	if (a == NULL)
		abort();
	*a = (struct ask){.w = w, .kind = kind, .session = session, .place = place, .at_session = AT_NONE, .at = AT_NONE};
	*w->asks_last = a;
	w->asks_last = &a->next;
	w->asks_open++;
	return a;
}

void ask_close_up(struct ask *a)
{
	struct world *w = a->w;
	struct ask **link = &w->asks;
	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	if (w->asks_last == &a->next)
		w->asks_last = link;
	a->next = NULL;
	w->asks_open--;
}

void ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	free(a->lines);
	free(a);
}

/* ---- answers to what changes something ---- */

/* An error that only the disk can be blamed for. True: it stays in doubt. */
static bool blame_disk(const struct ask *a, struct model *m, err_t e, const char *what)
{
	struct world *w = a->w;
	if (w->stopping && e == ERR_BUSY)
		return false; /* the keeper does nothing more */
	if (w->dying) {
		if (e != ERR_STORE_FULL && e != ERR_BUSY)
			m->sick = true;
		return e != ERR_BUSY && e != ERR_STORE_FULL; /* full: said before the crash, and nothing of it is there */
	}
	MUST(a->excused || m->sick || m->may_be_sick, "%s: %s failed on a healthy disk: %s", m->id, what,
	     error_row(e)->code);
	MUST(e == ERR_STORE_FULL || e == ERR_STORE_WRITE, "%s: %s failed with %s, which is no word for a disk", m->id, what,
	     error_row(e)->code);
	if (e == ERR_STORE_WRITE)
		m->sick = true;
	return e == ERR_STORE_WRITE;
}

static void hold_receipt(struct world *w, const struct model *m, const struct live_receipt *r, const struct verdicts *v)
{
	MUST(r->accepted == v->accepted && r->duplicate == v->duplicate && r->rejected_count == v->rejected_count,
	     "%s: the receipt says accepted %u, duplicate %u, rejected %u; it should be %u, %u, %u", m->id, r->accepted, r->duplicate,
	     r->rejected_count, v->accepted, v->duplicate, v->rejected_count);
	for (uint32_t i = 0; i < v->rejected_count; i++)
		MUST(r->rejected[i].line == v->rejected[i].line && r->rejected[i].error == v->rejected[i].error,
		     "%s: line %u is rejected with %s; it should be line %u with %s", m->id, r->rejected[i].line,
		     error_row(r->rejected[i].error)->code, v->rejected[i].line, error_row(v->rejected[i].error)->code);
}

void ask_receipt(void *ctx, const struct live_receipt *r)
{
	struct ask *a = ctx;
	struct world *w = a->w;
	struct model *m = &w->models[a->session];
	struct { int error; uint32_t session, accepted, duplicate, rejected; } note =
		{(int)r->error, a->session, r->accepted, r->duplicate, r->rejected_count};
	world_note(w, &note, sizeof note);
	ask_close_up(a);
	if (r->error != ERR_NONE) {
		w->tally.refused_batches++;
		if (m->closed) {
			MUST(r->error == ERR_SESSION_CLOSED, "%s: closed, but says %s", m->id, error_row(r->error)->code);
		} else if (blame_disk(a, m, r->error, "a batch")) {
			model_doubt(m, a);
			return;
		}
		ask_free(a);
		return;
	}
	MUST(!m->closed, "%s: closed, but takes a batch", m->id);
	MUST(r->accepted + r->duplicate + r->rejected_count == a->line_count, "%s: the receipt is about %u lines of %u", m->id,
	     r->accepted + r->duplicate + r->rejected_count, a->line_count);
	MUST(!m->sick || r->accepted == 0, "%s: %u records acknowledged by a journal whose write had failed", m->id, r->accepted);
	struct verdicts v;
	model_take_batch(w, m, a, &v);
	hold_receipt(w, m, r, &v);
	free(v.rejected);
	w->tally.acked += r->accepted;
	w->tally.duplicates += r->duplicate;
	w->tally.rejected += r->rejected_count;
	crowd_settle(w, a->session, a, r);
	ask_free(a);
}

static void opened(struct model *m, struct live_session *session)
{
	m->is_open = true;
	m->session = session;
	m->at_highest = AT_MS_MAX; /* what its clock showed until now was not noted */
}

static void input_done(void *ctx, err_t e, const struct problem *problem, struct live_session *session)
{
	struct ask *a = ctx;
	struct world *w = a->w;
	struct model *m = &w->models[a->session];
	struct { int error; uint32_t session; int kind; } note = {(int)e, a->session, (int)a->kind};
	world_note(w, &note, sizeof note);
	ask_close_up(a);
	if (a->kind == ASK_OPEN)
		w->opening = false;
	err_t refused = a->kind == ASK_OPEN ? a->refused : model_refuses(m, a);
	if (refused != ERR_NONE && !(w->stopping && e == ERR_BUSY)) {
		MUST(e == refused, "%s: an input of kind %d should be refused with %s and gets %s", m->id, (int)a->kind,
		     error_row(refused)->code, error_row(e)->code);
		MUST(problem->error == e, "%s: a refusal without its problem", m->id);
	} else if (e == ERR_NONE) {
		MUST(!m->sick || a->kind == ASK_OPEN, "%s: an input acknowledged by a journal whose write had failed", m->id);
		if (a->kind == ASK_OPEN)
			opened(m, session);
		model_take_input(m, a);
	} else if (refused == ERR_NONE && a->kind == ASK_OPEN) {
		MUST(w->dying || a->excused || (w->stopping && e == ERR_BUSY), "%s: cannot be opened on a healthy disk: %s (%s)", m->id,
		     error_row(e)->code, problem->detail);
		m->sick = e != ERR_BUSY;
		model_doubt(m, a);
		return;
	} else if (refused == ERR_NONE && blame_disk(a, m, e, "an input")) {
		model_doubt(m, a);
		return;
	}
	ask_free(a);
}

/* ---- operators ---- */

void ask_open(struct world *w)
{
	struct model *m = &w->models[w->model_count];
	if (w->model_count == w->shape.sessions || w->opening || (w->model_count > 0 && !w->models[w->model_count - 1].is_open))
		return;
	m->exercise = chance(w, 300);
	m->speed = m->exercise ? (double)(1u << below(w, 7)) : 1;
	struct ask *a = ask_new(w, ASK_OPEN, w->model_count, ASK_AT_KEEPER);
	a->venue = venue_make(w, w->shape.zones, w->shape.devices);
	a->entry.by = names[below(w, 4)];
	at_ms at = AT_NONE;
	if (m->exercise && chance(w, 600))
		at = chance(w, 900) ? w->at_true + (at_ms)below(w, 86400000) * (chance(w, 500) ? 1 : -30) : (at_ms)below(w, 100000000);
	/* The clock of an exercise begins where the opening says, when the writer does it. */
	a->at = at;
	m->at_clock_session = at;
	w->model_count++;
	w->opening = true;
	w->tally.plans++;
	struct live_open open = {.id = text_of(m->id), .plan = {a->venue->text, a->venue->text_size}, .by = text_of(a->entry.by),
		.exercise = m->exercise, .speed = m->speed, .at = at};
	live_open_session(w->live, &open, input_done, a);
}

void ask_plan(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	struct ask *a = ask_new(w, ASK_PLAN, session, ASK_AT_KEEPER);
	a->entry.by = names[below(w, 4)];
	w->tally.plans++;
	if (chance(w, 150)) { /* one that must not come in force */
		struct text bad = chance(w, 500) ? TEXT("{\"type\":") : TEXT("{\"type\":\"FeatureCollection\",\"features\":[]}");
		a->refused = bad.size < 10 ? ERR_PLAN_SYNTAX : ERR_SESSION_PLAN;
		live_put_plan(m->session, bad, text_of(a->entry.by), input_done, a);
		return;
	}
	a->venue = chance(w, 100) ? m->venue : venue_change(w, m->venue);
	live_put_plan(m->session, (struct text){a->venue->text, a->venue->text_size}, text_of(a->entry.by), input_done, a);
}

static const char *any_reason(struct world *w, struct ask *a)
{
	const char *reason = reasons[below(w, 4)];
	if (chance(w, 30)) {
		reason = too_long;
		a->refused = ERR_JSON_FIELD;
	}
	a->entry.reason = reason;
	return reason;
}

static void ask_recount(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	struct ask *a = ask_new(w, ASK_RECOUNT, session, ASK_AT_WRITER);
	char zone[16];
	const char *reason = any_reason(w, a);
	a->entry.by = names[below(w, 4)];
	a->zone_name = chance(w, 900) ? m->venue->zones[below(w, m->venue->zone_count)].name : below(w, ZONE_NAMES);
	uint32_t ppl = below(w, chance(w, 900) ? 200 : 10 * LEDGER_PEOPLE_MAX);
	double sigma = (double)below(w, 60) * 0.5;
	at_ms at = AT_NONE;
	if (chance(w, 400) && m->tip.at_recorded != AT_NONE) {
		at = m->tip.at_recorded - (at_ms)below(w, chance(w, 500) ? 300000 : 7200000);
		at = at < 0 ? 0 : at;
	}
	if (chance(w, 20)) {
		at = AT_MS_MAX;
		a->refused = ERR_JSON_FIELD;
	}
	if (sigma <= 0)
		a->refused = ERR_JSON_FIELD;
	a->entry.recount = (struct ledger_recount){0, ppl, sigma, at};
	snprintf(zone, sizeof zone, "Z%u", a->zone_name);
	live_post_recount(m->session, text_of(zone), ppl, sigma, at, text_of(a->entry.by), text_of(reason), input_done, a);
}

static void ask_lane(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	struct ask *a = ask_new(w, ASK_LANE, session, ASK_AT_WRITER);
	const struct venue_checkpoint *c = &m->venue->checkpoints[below(w, m->venue->checkpoint_count)];
	char checkpoint[16], lane[16];
	a->entry.by = names[below(w, 4)];
	a->entry.open = chance(w, 500);
	a->checkpoint_name = chance(w, 950) ? c->name : below(w, CHECKPOINT_NAMES);
	a->lane_name = chance(w, 950) && c->lane_count > 0 ? c->lanes[below(w, c->lane_count)].name : 1 + below(w, 9);
	snprintf(checkpoint, sizeof checkpoint, "C%u", a->checkpoint_name);
	snprintf(lane, sizeof lane, "L%u", a->lane_name);
	live_set_lane(m->session, text_of(checkpoint), text_of(lane), a->entry.open, text_of(a->entry.by), input_done, a);
}

void ask_close(struct world *w, uint32_t session)
{
	struct ask *a = ask_new(w, ASK_CLOSE, session, ASK_AT_WRITER);
	const char *reason = any_reason(w, a);
	a->entry.by = names[below(w, 4)];
	live_close_session(w->models[session].session, text_of(a->entry.by), text_of(reason), input_done, a);
}

void ask_operator(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	uint32_t what = below(w, 100);
	if (what < 45) {
		ask_recount(w, session);
	} else if (what < 90) {
		ask_lane(w, session);
	} else {
		struct ask *a = ask_new(w, ASK_EMPTY, session, ASK_AT_WRITER);
		const char *reason = any_reason(w, a);
		a->entry.by = names[below(w, 4)];
		live_post_empty(m->session, text_of(a->entry.by), text_of(reason), input_done, a);
	}
}

/* ---- questions ---- */

static void answered(void *ctx, err_t e, struct live_text *json)
{
	struct ask *a = ctx;
	struct world *w = a->w;
	struct reply *r = calloc(1, sizeof *r);
	if (r == NULL)
		abort();
	ask_close_up(a);
	*r = (struct reply){.ask = a, .error = e, .json = json == NULL ? NULL : live_text_keep(json)};
	*w->replies_last = r;
	w->replies_last = &r->next;
}

void ask_state(struct world *w, uint32_t session, at_ms at)
{
	struct ask *a = ask_new(w, ASK_STATE, session, at == AT_NONE ? ASK_AT_WRITER : ASK_AT_KEEPER);
	a->at = at;
	live_read_state(w->models[session].session, at, answered, a);
}

void ask_flow(struct world *w, uint32_t session, at_ms at)
{
	struct ask *a = ask_new(w, ASK_FLOW, session, ASK_AT_KEEPER);
	a->at = at;
	struct live_flow_query q = {.checkpoint = TEXT(""), .at_from = AT_NONE, .at_to = AT_NONE, .at = at};
	live_read_flow(w->models[session].session, &q, answered, a);
}

void ask_conflicts(struct world *w, uint32_t session)
{
	live_read_conflicts(w->models[session].session, answered, ask_new(w, ASK_CONFLICTS, session, ASK_AT_KEEPER));
}

void ask_journal(struct world *w, uint32_t session, uint64_t from, uint32_t count)
{
	struct ask *a = ask_new(w, ASK_JOURNAL, session, ASK_AT_KEEPER);
	a->from = from;
	a->count = count;
	live_read_journal(w->models[session].session, from, count, answered, a);
}

/* A moment of the session's life, or a little outside of it. */
static at_ms any_moment(struct world *w, const struct model *m)
{
	if (m->tip.at_first == AT_NONE || chance(w, 50))
		return m->tip.at_first == AT_NONE ? AT_NONE : m->tip.at_first - 1 - (at_ms)below(w, 100000);
	if (chance(w, 300) && m->book.count > 0) /* just at a commit, or just before it */
		return m->book.at[below(w, (uint32_t)m->book.count)].at_recorded - (at_ms)below(w, 2);
	at_ms now = model_now(w, m), span = now - m->tip.at_first;
	return span <= 0 ? now : m->tip.at_first + (at_ms)random_below(&w->r, (uint64_t)span);
}

void ask_reader(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	switch (below(w, 6)) {
	case 0: ask_state(w, session, AT_NONE); break;
	case 1: case 2: ask_state(w, session, any_moment(w, m)); break;
	case 3: ask_flow(w, session, chance(w, 500) ? AT_NONE : any_moment(w, m)); break;
	case 4: ask_conflicts(w, session); break;
	default: ask_journal(w, session, chance(w, 300) ? 0 : 1 + below(w, (uint32_t)m->book.count + 2), below(w, 60)); break;
	}
}
