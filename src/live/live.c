/* live/live.c: the loop's side: start and stop, questions and inputs handed over, answers called back. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "live/inside.h"

at_ms live_session_now(const struct live_session *s)
{
	const struct clock *c = &s->live->settings.clock;
	return session_clock_now(&s->clock, c->now(c->self));
}

at_ms live_session_latest(struct live_session *s)
{
	at_ms now = live_session_now(s), latest = atomic_load(&s->at_latest);
	while (now > latest && !atomic_compare_exchange_weak(&s->at_latest, &latest, now))
		;
	return now > latest ? now : latest;
}

/* ---- life ---- */

static void settle_settings(struct live_settings *s)
{
	s->batches = s->batches == 0 ? 64 : s->batches;
	s->batch_records = s->batch_records == 0 ? 4096 : s->batch_records;
	if (s->batch_records > LIVE_BATCH_RECORDS_MAX)
		s->batch_records = LIVE_BATCH_RECORDS_MAX;
	s->publish_ms = s->publish_ms <= 0 ? 100 : s->publish_ms;
	s->snapshot_records = s->snapshot_records == 0 ? 1000000 : s->snapshot_records;
}

static void free_all(struct live *l)
{
	for (uint32_t i = 0; i < atomic_load(&l->session_count); i++)
		session_free(l->sessions[i]);
	while (l->old_rosters != NULL) {
		struct roster *r = l->old_rosters;
		l->old_rosters = r->next;
		roster_free(r);
	}
	free(l->batches);
	free(l->batch_memory);
	buf_free(&l->group);
	buf_free(&l->text);
	post_free(&l->to_writer);
	post_free(&l->to_keeper);
	post_free(&l->to_loop);
	refold_close(&l->check.all);
	buf_free(&l->check.again);
	pthread_mutex_destroy(&l->troubles.lock);
	free(l);
}

static err_t start_threads(struct live *l)
{
	l->ticked_ns = l->settings.clock.monotonic_ns(l->settings.clock.self);
	if (l->settings.by_hand)
		return ERR_NONE;
	l->writer_runs = pthread_create(&l->writer, NULL, writer_main, l) == 0;
	l->keeper_runs = l->writer_runs && pthread_create(&l->keeper, NULL, keeper_main, l) == 0;
	return l->keeper_runs ? ERR_NONE : ERR_MEMORY;
}

static void stop_threads(struct live *l)
{
	if (l->keeper_runs) { /* first: it may still hand plans on to the writer */
		post_stop(&l->to_keeper);
		pthread_join(l->keeper, NULL);
	}
	if (l->writer_runs) {
		post_stop(&l->to_writer);
		pthread_join(l->writer, NULL);
	}
	l->keeper_runs = l->writer_runs = false;
}

/* What the threads do when they are told to stop, in their order. */
static void stop_by_hand(struct live *l)
{
	keeper_round(l, post_take(&l->to_keeper), true);
	writer_end(l);
}

void live_step_writer(struct live *l)
{
	writer_round(l, post_take(&l->to_writer));
}

void live_step_keeper(struct live *l)
{
	keeper_round(l, post_take(&l->to_keeper), false);
}

err_t live_new(const struct live_settings *settings, struct live **out, struct problem *problem)
{
	struct live *l = calloc(1, sizeof *l);
	if (l == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "the live sessions do not fit");
	l->settings = *settings;
	settle_settings(&l->settings);
	if (post_init(&l->to_writer) != ERR_NONE || post_init(&l->to_keeper) != ERR_NONE ||
	    post_init(&l->to_loop) != ERR_NONE || pthread_mutex_init(&l->troubles.lock, NULL) != 0) {
		free(l);
		return problem_set(problem, ERR_MEMORY, NULL, "no room for the queues");
	}
	buf_init(&l->group, JOURNAL_BATCH_BYTES_MAX);
	buf_init(&l->text, VIEW_BYTES_MAX);
	buf_init(&l->check.again, FOLD_BYTES_MAX);
	err_t e = buf_reserve(&l->group, JOURNAL_BATCH_BYTES_MAX);
	if (e == ERR_NONE)
		e = batches_new(l);
	if (e == ERR_NONE)
		e = live_begin_numbers(l);
	if (e == ERR_NONE)
		e = session_load_all(l);
	l->seen_count = atomic_load(&l->session_count);
	if (e == ERR_NONE)
		e = start_threads(l);
	if (e != ERR_NONE) {
		stop_threads(l);
		free_all(l);
		return problem_set(problem, e, NULL, "the live sessions could not be started");
	}
	*out = l;
	return ERR_NONE;
}

void live_free(struct live *l)
{
	if (l == NULL)
		return;
	if (l->settings.by_hand)
		stop_by_hand(l);
	else
		stop_threads(l);
	live_poll(l); /* the last receipts */
	free_all(l);
}

/* ---- what came back ---- */

void live_hand_back(struct live *l, struct op *op)
{
	if (post_put(&l->to_loop, op))
		l->settings.wake(l->settings.ctx);
}

void op_free(struct op *op)
{
	if (op == NULL)
		return;
	live_text_drop(op->json);
	live_plan_drop(op->plan);
	roster_free(op->roster);
	free(op->words);
	free(op);
}

static void install_roster(struct live *l, struct live_session *s, struct roster *r)
{
	if (s->l.roster != NULL) {
		s->l.roster->next = l->old_rosters;
		l->old_rosters = s->l.roster;
	}
	s->l.roster = r;
}

/* Keeps a publication for those who resume; the oldest give way. */
static void hold(struct loop_part *p, uint64_t seq, struct live_text *json)
{
	size_t size = live_text_of(json).size;
	while (seq != p->held_next && p->held_first < p->held_next) /* a gap: what lies before it is of no use */
		live_text_drop(p->held[p->held_first++ % LIVE_HELD_MAX].json);
	if (p->held_first == p->held_next) {
		p->held_first = p->held_next = seq;
		p->held_bytes = 0;
	}
	while (p->held_first < p->held_next &&
	       (p->held_next - p->held_first >= LIVE_HELD_MAX || p->held_bytes + size > LIVE_HELD_BYTES_MAX)) {
		struct held *h = &p->held[p->held_first++ % LIVE_HELD_MAX];
		p->held_bytes -= live_text_of(h->json).size;
		live_text_drop(h->json);
	}
	p->held[seq % LIVE_HELD_MAX] = (struct held){seq, live_text_keep(json)};
	p->held_bytes += size;
	p->held_next = seq + 1;
}

static void receive_publication(struct live *l, struct op *op)
{
	struct live_session *s = op->session;
	atomic_fetch_sub(&s->unread, 1);
	if (op->count > 0) /* a delta or a state, not a beat */
		hold(&s->l, op->seq, op->json);
	if (l->published != NULL)
		l->published(l->published_ctx, s, op->seq, op->json);
	op_free(op);
}

static void receive(struct live *l, struct op *op)
{
	if (op->kind == OP_PUBLISHED) {
		receive_publication(l, op);
		return;
	}
	if (op->kind == OP_BATCH) {
		batch_answer((struct live_batch *)op);
		return;
	}
	l->ops_open--;
	if (op->error == ERR_NONE && op->roster != NULL) {
		install_roster(l, op->session, op->roster);
		op->roster = NULL;
	}
	if (op->error == ERR_NONE && op->kind == OP_OPEN)
		l->seen_count++;
	if (op->error == ERR_NONE && op->kind == OP_CLOSE)
		op->session->l.at_closed = op->at_closed;
	if (op->problem.error == ERR_NONE)
		op->problem.error = op->error;
	if (op->done != NULL)
		op->done(op->ctx, op->error, &op->problem, op->error == ERR_NONE ? op->session : NULL);
	if (op->answer != NULL)
		op->answer(op->ctx, op->error, op->json);
	op_free(op);
}

void live_poll(struct live *l)
{
	while (l->old_rosters != NULL) {
		struct roster *r = l->old_rosters;
		l->old_rosters = r->next;
		roster_free(r);
	}
	for (struct op *op = post_take(&l->to_loop), *next; op != NULL; op = next) {
		next = op->next;
		receive(l, op);
	}
	if (l->starved && l->batch_free != NULL) {
		l->starved = false;
		if (l->settings.room != NULL)
			l->settings.room(l->settings.ctx);
	}
}

/* ---- sessions ---- */

struct live_session *session_find(struct live *l, struct text id, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (text_is(id, l->sessions[i]->id))
			return l->sessions[i];
	return NULL;
}

struct live_session *live_find_session(struct live *l, struct text id)
{
	return session_find(l, id, l->seen_count);
}

uint32_t live_session_count(const struct live *l)
{
	return l->seen_count;
}

struct live_session *live_session_at(struct live *l, uint32_t index)
{
	return index < l->seen_count ? l->sessions[index] : NULL;
}

void live_session_info(const struct live_session *s, struct live_session_info *out)
{
	const struct plan *plan = live_plan_of(s->l.roster->plan);
	memset(out, 0, sizeof *out);
	memcpy(out->id, s->id, sizeof out->id);
	out->name = plan->name;
	out->event = plan->event;
	out->at_doors = plan->at_doors;
	out->at_start = plan->at_start;
	out->at_end = plan->at_end;
	out->offset_min = plan->offset_min;
	out->exercise = s->exercise;
	out->speed = s->clock.speed;
	out->closed = s->l.at_closed != AT_NONE;
	out->at_now = out->closed ? s->l.at_closed : live_session_now(s);
	out->plan_version = s->l.roster->version;
}

const struct plan *live_session_plan(const struct live_session *s)
{
	return live_plan_of(s->l.roster->plan);
}

struct text live_session_plan_text(const struct live_session *s)
{
	return live_plan_text(s->l.roster->plan);
}

/* ---- handing over ---- */

static struct text copy_text(char **at, struct text t)
{
	if (t.size > 0)
		memcpy(*at, t.at, t.size);
	struct text copy = {*at, t.size};
	*at += t.size;
	return copy;
}

/* An op with its own copy of the texts; `given` holds the rest. */
static struct op *op_new(const struct op *given)
{
	struct op *op = malloc(sizeof *op);
	if (op == NULL)
		return NULL;
	*op = *given;
	size_t size = given->id.size + given->text.size + given->by.size + given->reason.size + given->checkpoint.size +
	              given->lane.size + given->zone.size;
	op->words = malloc(size + 1);
	if (op->words == NULL) {
		free(op);
		return NULL;
	}
	char *at = op->words;
	op->id = copy_text(&at, given->id);
	op->text = copy_text(&at, given->text);
	op->by = copy_text(&at, given->by);
	op->reason = copy_text(&at, given->reason);
	op->checkpoint = copy_text(&at, given->checkpoint);
	op->lane = copy_text(&at, given->lane);
	op->zone = copy_text(&at, given->zone);
	return op;
}

static void hand_over(struct live *l, struct post *to, const struct op *given)
{
	struct op less = *given;
	if (given->text.size > LIVE_PLAN_BYTES_MAX) {
		less.text = TEXT(""); /* refused without a copy */
		less.error = problem_set(&less.problem, ERR_PLAN_TOO_LARGE, NULL, "A plan in force has at most %u bytes",
		                         LIVE_PLAN_BYTES_MAX);
	}
	struct op *op = op_new(&less);
	if (op == NULL) { /* no memory even for the question: the one answer that comes at once */
		if (given->done != NULL)
			given->done(given->ctx, ERR_MEMORY, &(struct problem){.error = ERR_MEMORY}, NULL);
		if (given->answer != NULL)
			given->answer(given->ctx, ERR_MEMORY, NULL);
		return;
	}
	if (l->ops_open++ >= LIVE_OPS_MAX)
		op->error = ERR_BUSY;
	if (op->error != ERR_NONE)
		live_hand_back(l, op);
	else
		post_put(to, op);
}

void live_open_session(struct live *l, const struct live_open *what, live_done done, void *ctx)
{
	struct op op = {.kind = OP_OPEN, .id = what->id, .text = what->plan, .by = what->by, .exercise = what->exercise,
		.speed = what->speed, .at = what->at, .done = done, .ctx = ctx};
	hand_over(l, &l->to_keeper, &op);
}

void live_put_plan(struct live_session *s, struct text plan, struct text by, live_done done, void *ctx)
{
	struct op op = {.kind = OP_PLAN, .session = s, .text = plan, .by = by, .done = done, .ctx = ctx};
	hand_over(s->live, &s->live->to_keeper, &op);
}

void live_post_recount(struct live_session *s, struct text zone, uint32_t ppl, double sigma_ppl, at_ms at, struct text by,
                       struct text reason, live_done done, void *ctx)
{
	struct op op = {.kind = OP_RECOUNT, .session = s, .zone = zone, .ppl = ppl, .sigma_ppl = sigma_ppl, .at = at, .by = by,
		.reason = reason, .done = done, .ctx = ctx};
	hand_over(s->live, &s->live->to_writer, &op);
}

void live_post_empty(struct live_session *s, struct text by, struct text reason, live_done done, void *ctx)
{
	struct op op = {.kind = OP_EMPTY, .session = s, .by = by, .reason = reason, .done = done, .ctx = ctx};
	hand_over(s->live, &s->live->to_writer, &op);
}

void live_set_lane(struct live_session *s, struct text checkpoint, struct text lane, bool open, struct text by,
                   live_done done, void *ctx)
{
	struct op op = {.kind = OP_LANE, .session = s, .checkpoint = checkpoint, .lane = lane, .open = open, .by = by,
		.done = done, .ctx = ctx};
	hand_over(s->live, &s->live->to_writer, &op);
}

void live_close_session(struct live_session *s, struct text by, struct text reason, live_done done, void *ctx)
{
	struct op op = {.kind = OP_CLOSE, .session = s, .by = by, .reason = reason, .done = done, .ctx = ctx};
	hand_over(s->live, &s->live->to_writer, &op);
}

void live_read_state(struct live_session *s, at_ms at, live_answer answer, void *ctx)
{
	struct op op = {.kind = OP_STATE, .session = s, .at = at, .answer = answer, .ctx = ctx};
	hand_over(s->live, at == AT_NONE ? &s->live->to_writer : &s->live->to_keeper, &op);
}

void live_read_flow(struct live_session *s, const struct live_flow_query *query, live_answer answer, void *ctx)
{
	struct op op = {.kind = OP_FLOW, .session = s, .checkpoint = query->checkpoint, .at_from = query->at_from,
		.at_to = query->at_to, .at = query->at, .answer = answer, .ctx = ctx};
	hand_over(s->live, &s->live->to_keeper, &op);
}

void live_read_conflicts(struct live_session *s, live_answer answer, void *ctx)
{
	struct op op = {.kind = OP_CONFLICTS, .session = s, .at = AT_NONE, .answer = answer, .ctx = ctx};
	hand_over(s->live, &s->live->to_keeper, &op);
}

void live_read_journal(struct live_session *s, uint64_t from, uint32_t count, live_answer answer, void *ctx)
{
	struct op op = {.kind = OP_JOURNAL, .session = s, .at = AT_NONE, .from = from, .count = count, .answer = answer,
		.ctx = ctx};
	hand_over(s->live, &s->live->to_keeper, &op);
}

void live_subscribe(struct live *l, live_published published, void *ctx)
{
	l->published = published;
	l->published_ctx = ctx;
	atomic_store(&l->subscribed, published != NULL);
}

bool live_replay(struct live_session *s, uint64_t since, live_published each, void *ctx)
{
	struct loop_part *p = &s->l;
	if (p->held_first == p->held_next || since + 1 < p->held_first || since >= p->held_next)
		return false;
	for (uint64_t seq = since + 1; seq < p->held_next; seq++)
		each(ctx, s, seq, p->held[seq % LIVE_HELD_MAX].json);
	return true;
}

void live_health(const struct live *l, struct live_health *out)
{
	out->writable = atomic_load(&l->refusing) == 0;
	out->checks_waiting = atomic_load(&l->checks_waiting);
	out->batches_free = l->batch_free_count;
	out->committed = atomic_load(&l->committed);
	out->commits = atomic_load(&l->commits);
}
