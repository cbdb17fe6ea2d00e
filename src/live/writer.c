/* live/writer.c: the only writer of all sessions.
 *
 *   everything that waits --> by session --> claim --> journal (one commit a group) --> fold --> receipts --> deltas
 *
 * A passage is claimed before it is written, so that the journal holds each once; if the commit fails, the claims are given
 * back and the senders hear of it. What is answered is on disk. Statistics (duplicates, refused lines) go with the next commit:
 * a resend alone costs no write.
 *
 * Between two publications, nothing here allocates.
 */
#include <stdlib.h>

#include "base/log.h"
#include "live/inside.h"
#include "live/emit.h"

static int64_t monotonic_ns(const struct live *l)
{
	return l->settings.clock.monotonic_ns(l->settings.clock.self);
}

/* The session's time for the next record; never before the last one's. A closed session's time stands still. */
static at_ms recording_time(const struct live_session *s)
{
	if (s->w.fold->at_closed != AT_NONE)
		return s->w.fold->at_closed;
	at_ms now = live_session_now(s);
	return s->w.fold->at_recorded != AT_NONE && now < s->w.fold->at_recorded ? s->w.fold->at_recorded : now;
}

/* ---- the journal ---- */

/* A commit held, or did not: an alarm when it did not, until one does. */
static void note_commit(struct live_session *s, err_t e)
{
	struct live *l = s->live;
	if (e == s->w.refused || e == ERR_TOO_LARGE || e == ERR_MEMORY)
		return;
	if (s->w.refused == ERR_NONE)
		atomic_fetch_add(&l->refusing, 1);
	if (e == ERR_NONE) {
		atomic_fetch_sub(&l->refusing, 1);
		trouble_clear(l, LIVE_REFUSES, s->id);
	} else {
		trouble_set(l, LIVE_REFUSES, s->id, e, s->w.fold->records + 1);
	}
	s->w.refused = e;
}

err_t writer_commit(struct live_session *s, const struct buf *bytes, uint32_t count, struct live_plan *ready)
{
	struct live *l = s->live;
	struct journal_batch batch = {.first = s->w.fold->records + 1, .count = count, .at_recorded = recording_time(s),
		.bytes = bytes->at, .size = bytes->size};
	err_t e = s->w.broken ? ERR_STORE_CORRUPT : bytes->error;
	if (e == ERR_NONE)
		e = journal_commit(s->w.journal, &batch);
	note_commit(s, e);
	if (e != ERR_NONE) {
		if (s->w.fold->ledger != NULL)
			fold_release(s->w.fold, bytes->at, bytes->size);
		return e;
	}
	atomic_fetch_add(&l->committed, count);
	atomic_fetch_add(&l->commits, 1);
	atomic_fetch_add(&s->committed, count);
	atomic_fetch_add(&s->committed_bytes, bytes->size);
	s->w.changed = true;
	e = fold_batch(s->w.fold, &batch, true, ready);
	if (e == ERR_NONE)
		return e;
	/* It is on disk, and cannot be folded: out of memory, or our mistake. The session takes nothing more until a restart. */
	log_error("live", "session %s: record %llu cannot be folded: %s", s->id, (unsigned long long)batch.first,
	          error_row(e)->code);
	s->w.broken = true;
	note_commit(s, ERR_STORE_CORRUPT);
	return ERR_NONE;
}

err_t writer_begin(struct live_session *s, const struct buf *bytes, struct live_plan *plan)
{
	struct journal_batch batch = {.first = 1, .count = 1, .at_recorded = recording_time(s), .bytes = bytes->at, .size = bytes->size};
	err_t e = bytes->error;
	if (e == ERR_NONE)
		e = fold_batch(s->w.fold, &batch, true, plan);
	if (e == ERR_NONE && (s->l.roster = roster_new(plan)) == NULL)
		e = ERR_MEMORY;
	if (e == ERR_NONE)
		e = roster_fill(s->l.roster, s->w.fold);
	if (e == ERR_NONE)
		e = journal_commit(s->w.journal, &batch);
	if (e != ERR_NONE)
		return e;
	atomic_fetch_add(&s->live->committed, 1);
	atomic_fetch_add(&s->live->commits, 1);
	atomic_fetch_add(&s->committed_bytes, bytes->size);
	s->w.changed = true;
	return ERR_NONE;
}

/* Statistics gathered since the last commit; returns the number of records. */
static uint32_t add_statistics(struct live_session *s, struct buf *out)
{
	struct writer_part *w = &s->w;
	uint32_t count = 0;
	for (uint32_t i = 0; i < w->duplicate_device_count; i++) {
		uint32_t device = w->duplicate_devices[i];
		struct ledger_passage p = {.device = device, .in = w->duplicates[device]};
		uint8_t bytes[INPUT_PASSAGE_BYTES];
		input_write_passage(INPUT_DUPLICATES, &p, bytes);
		buf_add(out, bytes, sizeof bytes);
		count++;
	}
	if (w->rejected > 0) {
		struct input in = {.kind = INPUT_REJECTED, .count = w->rejected > UINT32_MAX ? UINT32_MAX : (uint32_t)w->rejected};
		input_write(&in, out);
		count++;
	}
	return count;
}

static void forget_statistics(struct live_session *s)
{
	for (uint32_t i = 0; i < s->w.duplicate_device_count; i++)
		s->w.duplicates[s->w.duplicate_devices[i]] = 0;
	s->w.duplicate_device_count = 0;
	s->w.rejected = 0;
}

static bool has_statistics(const struct live_session *s)
{
	return s->w.duplicate_device_count > 0 || s->w.rejected > 0;
}

static void note_duplicate(struct live_session *s, uint32_t device)
{
	if (s->w.duplicates[device] == 0)
		s->w.duplicate_devices[s->w.duplicate_device_count++] = device;
	if (s->w.duplicates[device] < UINT32_MAX)
		s->w.duplicates[device]++;
}

/* ---- passages: groups of batches ---- */

static void set_aside(struct live_batch *b, uint32_t i, err_t error)
{
	b->aside[b->aside_count++] = (struct live_rejection){b->lines[i], error};
}

/* Claims a batch's passages and writes the new ones behind the group's; returns how many records came. */
static uint32_t claim_batch(struct live_session *s, struct live_batch *b, struct buf *group)
{
	uint32_t records = 0;
	for (uint32_t i = 0; i < b->count; i++) {
		const struct ledger_passage *p = &b->records[i];
		uint8_t bytes[INPUT_PASSAGE_BYTES];
		enum input_kind kind = INPUT_PASSAGE;
		switch (ledger_claim(s->w.fold->ledger, p)) {
		case LEDGER_NEW:
			b->accepted++;
			break;
		case LEDGER_CONFLICT:
			set_aside(b, i, ERR_PASSAGE_CONFLICT);
			kind = INPUT_CONFLICT;
			break;
		case LEDGER_DUPLICATE:
			b->duplicate++;
			b->lines[i] |= LINE_DUPLICATE;
			continue;
		case LEDGER_IDENTITY_FULL:
			set_aside(b, i, ERR_PASSAGE_IDENTITY_FULL);
			continue;
		}
		input_write_passage(kind, p, bytes);
		buf_add(group, bytes, sizeof bytes);
		records++;
	}
	return records;
}

/* After a commit that held: what the batch adds to the statistics. */
static void count_batch(struct live_session *s, const struct live_batch *b)
{
	s->w.rejected += b->rejected_count + b->aside_count;
	for (uint32_t i = 0, left = b->duplicate; left > 0 && i < b->count; i++)
		if (b->lines[i] & LINE_DUPLICATE) {
			note_duplicate(s, b->records[i].device);
			left--;
		}
}

/* Commits the group [first, end) of a session's batches, whose records are in l->group, and answers them. */
static void finish_group(struct live_session *s, struct op *first, struct op *end, uint32_t records)
{
	struct live *l = s->live;
	uint32_t statistics = records > 0 ? add_statistics(s, &l->group) : 0;
	err_t e = records == 0 ? ERR_NONE : writer_commit(s, &l->group, records + statistics, NULL);
	if (e == ERR_NONE && statistics > 0)
		forget_statistics(s);
	for (struct op *op = first, *next; op != end; op = next) {
		next = op->next;
		op->error = e;
		if (e == ERR_NONE)
			count_batch(s, (struct live_batch *)op);
		live_hand_back(l, op);
	}
}

/* As many batches from the head of the inbox as make one commit. */
static void do_batches(struct live_session *s)
{
	struct live *l = s->live;
	struct op *first = s->w.inbox, *op = first;
	uint32_t records = 0, offered = 0;
	buf_reset(&l->group);
	while (op != NULL && op->kind == OP_BATCH) {
		struct live_batch *b = (struct live_batch *)op;
		if (op != first && offered + b->count > LIVE_GROUP_RECORDS_MAX)
			break;
		offered += b->count;
		records += claim_batch(s, b, &l->group);
		op = op->next;
	}
	s->w.inbox = op;
	finish_group(s, first, op, records);
}

/* ---- the other inputs ---- */

static err_t words_fit(struct op *op)
{
	if (op->by.size > 64 || !text_valid_utf8(op->by))
		return problem_set(&op->problem, ERR_JSON_FIELD, "by", "At most 64 bytes of UTF-8");
	if (op->reason.size > LIVE_WORDS_BYTES_MAX || !text_valid_utf8(op->reason))
		return problem_set(&op->problem, ERR_JSON_FIELD, "reason", "At most %u bytes of UTF-8", LIVE_WORDS_BYTES_MAX);
	return ERR_NONE;
}

static err_t make_recount(struct live_session *s, struct op *op, struct input *in)
{
	at_ms now = recording_time(s);
	uint32_t zone = names_find(s->w.fold->zone_names, op->zone);
	if (zone == NAMES_NONE || s->w.fold->zones[zone].of_plan == NAMES_NONE)
		return problem_set(&op->problem, ERR_JSON_FIELD, "zone", "The plan in force has no zone \"%.*s\"",
		                   op->zone.size > 64 ? 64 : (int)op->zone.size, op->zone.at);
	if (op->ppl > 10 * LEDGER_PEOPLE_MAX)
		return problem_set(&op->problem, ERR_JSON_FIELD, "ppl", "At most %u people", 10 * LEDGER_PEOPLE_MAX);
	if (!(op->sigma_ppl > 0 && op->sigma_ppl <= 10 * LEDGER_PEOPLE_MAX))
		return problem_set(&op->problem, ERR_JSON_FIELD, "sigma_ppl", "How sure is the count? A number over 0");
	if (op->at != AT_NONE && op->at > now + LIVE_FUTURE_MS)
		return problem_set(&op->problem, ERR_JSON_FIELD, "at", "The time lies in the future");
	in->recount = (struct ledger_recount){zone, op->ppl, op->sigma_ppl, op->at == AT_NONE ? now : op->at};
	return ERR_NONE;
}

static err_t make_lane(struct live_session *s, struct op *op, struct input *in)
{
	const struct fold *f = s->w.fold;
	in->checkpoint = names_find(f->checkpoint_names, op->checkpoint);
	if (in->checkpoint == NAMES_NONE || f->checkpoints[in->checkpoint].of_plan == NAMES_NONE)
		return problem_set(&op->problem, ERR_PASSAGE_CHECKPOINT, "checkpoint", "There is no checkpoint \"%.*s\"",
		                   op->checkpoint.size > 64 ? 64 : (int)op->checkpoint.size, op->checkpoint.at);
	const struct plan_checkpoint *c = &live_plan_of(f->plan)->checkpoints[f->checkpoints[in->checkpoint].of_plan];
	for (in->lane = 0; in->lane < f->checkpoints[in->checkpoint].lane_count; in->lane++)
		if (text_is(op->lane, c->lanes[in->lane].id)) {
			in->open = op->open;
			return ERR_NONE;
		}
	return problem_set(&op->problem, ERR_JSON_FIELD, "lanes", "The checkpoint has no lane \"%.*s\"",
	                   op->lane.size > 64 ? 64 : (int)op->lane.size, op->lane.at);
}

static err_t make_plan(struct live_session *s, struct op *op, struct input *in)
{
	if (fold_check_room(s->w.fold, live_plan_of(op->plan)) != ERR_NONE)
		return problem_set(&op->problem, ERR_TOO_LARGE, NULL,
		                   "With what earlier plans of this session named, there are too many zones, checkpoints or devices");
	in->version = s->w.fold->plan_version + 1;
	in->plan = op->text;
	return ERR_NONE;
}

static err_t make_input(struct live_session *s, struct op *op, struct input *in)
{
	static const enum input_kind kinds[] = {[OP_PLAN] = INPUT_PLAN, [OP_RECOUNT] = INPUT_RECOUNT, [OP_EMPTY] = INPUT_EMPTY,
		[OP_LANE] = INPUT_LANES, [OP_CLOSE] = INPUT_CLOSE};
	err_t e = words_fit(op);
	if (e != ERR_NONE)
		return e;
	*in = (struct input){.kind = kinds[op->kind], .by = op->by, .reason = op->reason};
	switch (in->kind) {
	case INPUT_RECOUNT: return make_recount(s, op, in);
	case INPUT_LANES: return make_lane(s, op, in);
	case INPUT_PLAN: return make_plan(s, op, in);
	default: return ERR_NONE;
	}
}

/* What a plan needs once it is on disk is taken before. */
static err_t make_room(struct live_session *s, struct op *op)
{
	op->roster = roster_new(op->plan);
	return op->roster == NULL ? ERR_MEMORY : fold_make_room(s->w.fold, live_plan_of(op->plan), recording_time(s));
}

static err_t do_input(struct live_session *s, struct op *op)
{
	struct live *l = s->live;
	struct input in;
	err_t e = make_input(s, op, &in);
	if (e != ERR_NONE)
		return e;
	buf_reset(&l->group);
	uint32_t statistics = in.kind == INPUT_PLAN ? 0 : add_statistics(s, &l->group);
	input_write(&in, &l->group);
	if (l->group.error != ERR_NONE)
		return l->group.error;
	e = op->kind == OP_PLAN ? make_room(s, op) : ERR_NONE;
	if (e == ERR_NONE)
		e = writer_commit(s, &l->group, statistics + 1, op->plan);
	if (e != ERR_NONE)
		return e;
	if (statistics > 0)
		forget_statistics(s);
	if (in.kind == INPUT_CLOSE)
		op->at_closed = s->w.fold->at_closed;
	if (in.kind == INPUT_PLAN) {
		s->w.whole_next = true;
		return s->w.broken ? ERR_STORE_CORRUPT : roster_fill(op->roster, s->w.fold);
	}
	return ERR_NONE;
}

/* ---- publishing ---- */

static struct view_of view_now(const struct live_session *s)
{
	return (struct view_of){.session = s->id, .exercise = s->exercise, .speed = s->clock.speed, .seq = s->w.seq,
		.at = recording_time(s)};
}

/* `lasting`: to be held for those who resume; a beat is not. */
static void publish(struct live_session *s, struct buf *json, bool lasting)
{
	struct op *op = calloc(1, sizeof *op);
	struct live_text *text = live_text_new((struct text){json->at, json->size});
	if (op == NULL || text == NULL) {
		free(op);
		live_text_drop(text);
		return; /* a gap in seq: the clients ask again */
	}
	*op = (struct op){.kind = OP_PUBLISHED, .session = s, .json = text, .seq = s->w.seq, .count = lasting};
	atomic_fetch_add(&s->unread, 1);
	s->w.told_ns = monotonic_ns(s->live);
	live_hand_back(s->live, op);
}

/* What changed since the last time goes out under the next number; the view is fresh afterwards. */
static err_t publish_changes(struct live_session *s)
{
	struct live *l = s->live;
	struct view_of of = view_now(s);
	bool changed = true;
	err_t e = view_make(s->w.view, s->w.fold, &of);
	s->w.published_ns = monotonic_ns(l);
	s->w.changed = e != ERR_NONE; /* then again at the next time */
	if (e != ERR_NONE)
		return e;
	buf_reset(&l->text);
	of.seq = s->w.seq + 1;
	if (s->w.whole_next) {
		e = view_write_state(s->w.view, s->w.fold, &of, &l->text);
		view_mark_told(s->w.view, s->w.fold);
	} else {
		e = view_write_delta(s->w.view, s->w.fold, &of, &l->text, &changed);
	}
	if (e != ERR_NONE) /* what counts as told went nowhere: the next publication says everything */
		s->w.changed = s->w.whole_next = true;
	if (e != ERR_NONE || !changed)
		return e;
	s->w.whole_next = false;
	s->w.seq++;
	live_text_drop(s->w.state);
	s->w.state = NULL;
	if (atomic_load(&l->subscribed))
		publish(s, &l->text, true);
	return ERR_NONE;
}

static void publish_due(struct live_session *s)
{
	struct live *l = s->live;
	int64_t now_ns = monotonic_ns(l);
	bool closed = s->w.fold->at_closed != AT_NONE, heard = atomic_load(&l->subscribed);
	if (!heard || s->w.broken || atomic_load(&s->unread) >= LIVE_UNREAD_MAX)
		return;
	int64_t for_ns = now_ns - s->w.published_ns;
	if ((s->w.changed && for_ns >= l->settings.publish_ms * 1000000) || (!closed && for_ns >= LIVE_BEAT_NS))
		publish_changes(s);
	if (now_ns - s->w.told_ns < LIVE_BEAT_NS)
		return;
	struct view_of of = view_now(s);
	buf_reset(&l->text);
	view_write_beat(&of, live_plan_of(s->w.fold->plan)->offset_min, &l->text);
	if (l->text.error == ERR_NONE) /* half a beat is none: the next round tries again */
		publish(s, &l->text, false);
}

/* The whole state, at the number of the last delta. Made anew only if something was folded or a publishing time passed. */
static err_t do_state(struct live_session *s, struct op *op)
{
	struct live *l = s->live;
	bool old = monotonic_ns(l) - s->w.published_ns >= l->settings.publish_ms * 1000000;
	if (s->w.changed || old || s->w.state == NULL) {
		err_t e = publish_changes(s);
		if (e != ERR_NONE)
			return e;
		struct view_of of = view_now(s);
		buf_reset(&l->text);
		e = view_write_state(s->w.view, s->w.fold, &of, &l->text);
		if (e != ERR_NONE)
			return e;
		live_text_drop(s->w.state);
		s->w.state = live_text_new((struct text){l->text.at, l->text.size});
		if (s->w.state == NULL)
			return ERR_MEMORY;
	}
	op->json = live_text_keep(s->w.state);
	return ERR_NONE;
}

/* ---- the rounds ---- */

static err_t do_op(struct live_session *s, struct op *op)
{
	if (s->w.broken)
		return ERR_STORE_CORRUPT;
	if (op->kind == OP_STATE)
		return do_state(s, op);
	if (s->w.fold->at_closed != AT_NONE)
		return ERR_SESSION_CLOSED;
	return do_input(s, op);
}

static bool takes_passages(const struct live_session *s)
{
	return !s->w.broken && s->w.fold->at_closed == AT_NONE;
}

static void do_inbox(struct live_session *s)
{
	while (s->w.inbox != NULL) {
		struct op *op = s->w.inbox;
		if (op->kind == OP_BATCH && takes_passages(s)) {
			do_batches(s);
			continue;
		}
		s->w.inbox = op->next;
		op->error = op->kind == OP_BATCH ? (s->w.broken ? ERR_STORE_CORRUPT : ERR_SESSION_CLOSED) : do_op(s, op);
		live_hand_back(s->live, op);
	}
	s->w.inbox_last = &s->w.inbox;
}

/* Distributes what came to the sessions' inboxes, then does them. Openings are done at once: nobody can know the session yet. */
static void do_ops(struct live *l, struct op *all)
{
	for (struct op *op = all, *next; op != NULL; op = next) {
		next = op->next;
		op->next = NULL;
		if (op->kind == OP_OPEN) {
			op->error = session_open(l, op);
			live_hand_back(l, op);
			continue;
		}
		struct writer_part *w = &op->session->w;
		*w->inbox_last = op;
		w->inbox_last = &op->next;
		w->touched = true;
	}
	for (uint32_t i = 0; i < atomic_load(&l->session_count); i++)
		if (l->sessions[i]->w.touched) {
			l->sessions[i]->w.touched = false;
			do_inbox(l->sessions[i]);
		}
}

/* With what was counted since the last commit. */
static void commit_tick(struct live_session *s)
{
	struct live *l = s->live;
	struct input in = {.kind = INPUT_TICK};
	buf_reset(&l->group);
	uint32_t statistics = add_statistics(s, &l->group);
	input_write(&in, &l->group);
	if (writer_commit(s, &l->group, statistics + 1, NULL) == ERR_NONE && statistics > 0)
		forget_statistics(s);
}

/* Time passed: watermarks move, minutes become final, statistics get on disk. */
static void tick(struct live_session *s)
{
	const struct fold *f = s->w.fold;
	live_session_latest(s); /* so that a quiet session, too, knows when its clock is set back */
	at_ms now = recording_time(s);
	bool quiet = now - f->at_passage > LIVE_QUIET_MS && s->w.refused == ERR_NONE; /* else: has the disk room again? */
	if (f->at_closed != AT_NONE || s->w.broken || now - f->at_recorded < LIVE_TICK_MS || (quiet && !has_statistics(s)))
		return;
	commit_tick(s);
}

/* How long to sleep if nothing comes: until the next publication is due, and a tenth of a second at most. */
static int64_t idle_ms(const struct live *l)
{
	int64_t for_ms = l->settings.publish_ms < 100 ? l->settings.publish_ms : 100, now_ns = monotonic_ns(l);
	for (uint32_t i = 0; i < atomic_load(&l->session_count); i++) {
		const struct writer_part *w = &l->sessions[i]->w;
		int64_t due_ms = l->settings.publish_ms - (now_ns - w->published_ns) / 1000000;
		if (w->changed && due_ms < for_ms)
			for_ms = due_ms < 1 ? 1 : due_ms;
	}
	return for_ms;
}

void writer_round(struct live *l, struct op *all)
{
	do_ops(l, all);
	bool tick_now = monotonic_ns(l) - l->ticked_ns >= l->settings.publish_ms * 1000000;
	if (tick_now)
		l->ticked_ns = monotonic_ns(l);
	for (uint32_t i = 0; i < atomic_load(&l->session_count); i++) {
		if (tick_now)
			tick(l->sessions[i]);
		publish_due(l->sessions[i]);
	}
}

void writer_end(struct live *l)
{
	for (struct op *all; (all = post_take(&l->to_writer)) != NULL;)
		do_ops(l, all);
	for (uint32_t i = 0; i < atomic_load(&l->session_count); i++) {
		struct live_session *s = l->sessions[i];
		if (has_statistics(s) && takes_passages(s))
			commit_tick(s);
		session_snapshot(s);
	}
}

void *writer_main(void *live)
{
	struct live *l = live;
	bool stop = false;
	while (!stop)
		writer_round(l, post_wait(&l->to_writer, idle_ms(l), &stop));
	writer_end(l);
	return NULL;
}
