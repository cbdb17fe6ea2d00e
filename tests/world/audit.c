/* tests/world/audit.c: the journal, read by its own reader, held against what was acknowledged.
 *
 *   journal:   plan  p p p | tick | p c dup | recount | p p ...            (| a commit)
 *   the list:  plan  p p p          p c       recount   p p                each once, in this order, nothing else
 *
 * Ticks and statistics are Cordon's own; they must be possible. Behind the last acknowledged record there may be, after a
 * restart, what was never answered: whole, in its order, and nothing behind the first that is absent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/inside.h"
#include "world.h"

struct auditing {
	struct world *w;
	struct model *m;
	bool after_restart;
	at_ms at_before;                /* recorded time of the batch before */
	size_t acked_next;
	uint64_t group_left;            /* acknowledged entries that must come in this very commit: of a batch found after a restart */
};

const char *entry_words(const struct entry *e, char *out, size_t size)
{
	static const char *kinds[] = {[ENTRY_PASSAGE] = "passage", [ENTRY_CONFLICT] = "conflict", [ENTRY_RECOUNT] = "recount",
		[ENTRY_EMPTY] = "empty", [ENTRY_LANE] = "lane", [ENTRY_PLAN] = "plan", [ENTRY_CLOSE] = "close",
		[ENTRY_DUPLICATES] = "duplicates", [ENTRY_REJECTED] = "rejected", [ENTRY_TICK] = "tick"};
	snprintf(out, size, "%s{device %u checkpoint %u boot %llu seq %llu at %lld in %u out %u%s; zone %u ppl %u at %lld; lane %u/%u %d; "
	         "version %u; count %u; session time %lld; recorded %lld}", kinds[e->kind], e->p.device, e->p.checkpoint,
	         (unsigned long long)e->p.boot, (unsigned long long)e->p.seq, (long long)e->p.at, e->p.in, e->p.out,
	         e->p.totals ? " totals" : "", e->recount.zone, e->recount.ppl, (long long)e->recount.at, e->checkpoint, e->lane,
	         e->open, e->version, e->count, (long long)e->at_session, (long long)e->at_recorded);
	return out;
}

static bool same_passage(const struct ledger_passage *a, const struct ledger_passage *b)
{
	return a->device == b->device && a->checkpoint == b->checkpoint && a->boot == b->boot && a->seq == b->seq &&
	       a->at == b->at && a->in == b->in && a->out == b->out && a->totals == b->totals;
}

static bool same_words(struct text t, const char *words)
{
	return text_is(t, words == NULL ? "" : words);
}

/* Does the record say what the entry says? */
static bool says(const struct input *in, const struct entry *e, at_ms at_recorded)
{
	switch (e->kind) {
	case ENTRY_PASSAGE: return in->kind == INPUT_PASSAGE && same_passage(&in->passage, &e->p);
	case ENTRY_CONFLICT: return in->kind == INPUT_CONFLICT && same_passage(&in->passage, &e->p);
	case ENTRY_RECOUNT:
		return in->kind == INPUT_RECOUNT && in->recount.zone == e->recount.zone && in->recount.ppl == e->recount.ppl &&
		       in->recount.sigma_ppl == e->recount.sigma_ppl && same_words(in->by, e->by) && same_words(in->reason, e->reason) &&
		       in->recount.at == (e->recount.at == AT_NONE ? at_recorded : e->recount.at);
	case ENTRY_EMPTY:
		return in->kind == INPUT_EMPTY && same_words(in->by, e->by) && same_words(in->reason, e->reason);
	case ENTRY_LANE:
		return in->kind == INPUT_LANES && in->checkpoint == e->checkpoint && in->lane == e->lane && in->open == e->open &&
		       same_words(in->by, e->by);
	case ENTRY_PLAN:
		return in->kind == INPUT_PLAN && in->version == e->version && in->plan.size == e->venue->text_size &&
		       memcmp(in->plan.at, e->venue->text, in->plan.size) == 0 && same_words(in->by, e->by);
	case ENTRY_CLOSE:
		return in->kind == INPUT_CLOSE && same_words(in->by, e->by) && same_words(in->reason, e->reason);
	default: return false;
	}
}

static const char *input_words(const struct input *in, char *out, size_t size)
{
	const struct ledger_passage *p = &in->passage;
	snprintf(out, size, "kind %d {device %u checkpoint %u boot %llu seq %llu at %lld in %u out %u%s}", (int)in->kind, p->device,
	         p->checkpoint, (unsigned long long)p->boot, (unsigned long long)p->seq, (long long)p->at, p->in, p->out,
	         p->totals ? " totals" : "");
	return out;
}

static void to_book(struct model *m, const struct entry *e)
{
	entries_add(&m->book, e);
	picture_add(&m->tip, e);
}

/* Statistics and ticks: nobody sent them, so they are held to what is known. */
static bool take_own(struct auditing *a, const struct input *in, at_ms at_recorded)
{
	struct world *w = a->w;
	struct model *m = a->m;
	struct entry e = {.at_recorded = at_recorded, .at_session = AT_NONE};
	if (in->kind == INPUT_TICK) {
		e.kind = ENTRY_TICK;
	} else if (in->kind == INPUT_REJECTED) {
		e.kind = ENTRY_REJECTED;
		e.count = in->count;
		m->rejected_told += in->count;
		MUST(m->rejected_told <= m->rejected, "%s: the journal counts %llu refused lines, %llu were answered so", m->id,
		     (unsigned long long)m->rejected_told, (unsigned long long)m->rejected);
	} else if (in->kind == INPUT_DUPLICATES) {
		uint32_t d = in->passage.device;
		e.kind = ENTRY_DUPLICATES;
		e.p = in->passage;
		MUST(d < m->chart.device_count, "%s: duplicates of device %u, which is not there", m->id, d);
		m->duplicates_told[d] += in->passage.in;
		MUST(m->duplicates_told[d] <= m->duplicates[d], "%s: the journal counts %llu duplicates of device %u, %llu were answered so",
		     m->id, (unsigned long long)m->duplicates_told[d], d, (unsigned long long)m->duplicates[d]);
	} else {
		return false;
	}
	to_book(m, &e);
	return true;
}

/* The next of what was never answered that leaves anything; its entries are now to be found. */
static bool take_from_limbo(struct auditing *a)
{
	struct model *m = a->m;
	while (a->after_restart && m->limbo != NULL) {
		struct ask *k = m->limbo;
		size_t before = m->acked.count;
		m->limbo = k->next;
		if (m->limbo == NULL)
			m->limbo_last = &m->limbo;
		if (k->kind == ASK_BATCH) {
			struct verdicts v;
			model_take_batch(a->w, m, k, &v);
			free(v.rejected);
		} else if (model_refuses(m, k) == ERR_NONE) {
			model_take_input(m, k);
		}
		ask_free(k);
		if (m->acked.count > before) {
			a->group_left = m->acked.count - before;
			a->w->tally.limbo_found++;
			return true;
		}
	}
	return false;
}

static void take_record(struct auditing *a, const struct input *in, at_ms at_recorded)
{
	struct world *w = a->w;
	struct model *m = a->m;
	char have[400], want[600];
	if (take_own(a, in, at_recorded))
		return;
	if (a->acked_next == m->acked.count && !take_from_limbo(a))
		MUST(false, "%s: record %zu of the journal was never sent, or is there twice: %s", m->id, m->book.count + 1,
		     input_words(in, have, sizeof have));
	struct entry e = m->acked.at[a->acked_next++];
	e.at_recorded = e.at_session > a->at_before ? e.at_session : a->at_before;
	MUST(says(in, &e, at_recorded), "%s: record %zu is %s, not %s", m->id, m->book.count + 1, input_words(in, have, sizeof have),
	     entry_words(&e, want, sizeof want));
	MUST(e.at_recorded == at_recorded, "%s: record %zu is recorded at %lld, not at %lld: %s", m->id, m->book.count + 1,
	     (long long)at_recorded, (long long)e.at_recorded, entry_words(&e, want, sizeof want));
	if (e.kind == ENTRY_RECOUNT)
		e.recount.at = in->recount.at;
	if (a->group_left > 0)
		a->group_left--;
	to_book(m, &e);
}

static void take_commit(struct auditing *a, const struct journal_batch *batch)
{
	struct world *w = a->w;
	struct model *m = a->m;
	const uint8_t *p = batch->bytes;
	size_t left = batch->size, used;
	uint64_t number = batch->first;
	MUST(batch->first == m->book.count + 1, "%s: a commit begins with record %llu, not %zu", m->id, (unsigned long long)batch->first,
	     m->book.count + 1);
	MUST(batch->at_recorded >= a->at_before, "%s: time runs backwards at record %llu", m->id, (unsigned long long)batch->first);
	MUST(m->tip.at_closed == AT_NONE, "%s: record %llu comes after the session was closed", m->id, (unsigned long long)batch->first);
	for (; left > 0; p += used, left -= used, number++) {
		struct input in;
		MUST(input_read(p, left, &in, &used) == ERR_NONE, "%s: record %llu cannot be read", m->id, (unsigned long long)number);
		take_record(a, &in, batch->at_recorded);
	}
	MUST(number == batch->first + batch->count, "%s: a commit of %u records holds %llu", m->id, batch->count,
	     (unsigned long long)(number - batch->first));
	MUST(a->group_left == 0, "%s: a batch that was never answered is there in part: %llu of its records are not", m->id,
	     (unsigned long long)a->group_left);
	a->at_before = batch->at_recorded;
}

/* What is not in the journal by now will never be. */
static void settle_limbo(struct model *m)
{
	while (m->limbo != NULL) {
		struct ask *k = m->limbo;
		m->limbo = k->next;
		ask_free(k);
	}
	m->limbo_last = &m->limbo;
	/* Statistics that no commit took with it die with the process. */
	memcpy(m->duplicates, m->duplicates_told, sizeof m->duplicates);
	m->rejected = m->rejected_told;
}

void audit(struct world *w, uint32_t session, bool after_restart)
{
	struct model *m = &w->models[session];
	struct auditing a = {.w = w, .m = m, .after_restart = after_restart, .at_before = m->tip.at_recorded};
	struct journal_reader *reader;
	struct journal_batch batch;
	struct problem problem = {0};
	bool more = true;
	err_t e = journal_reader_open(w->store, m->id, &reader, &problem);
	MUST(e == ERR_NONE, "%s: the journal cannot be opened: %s (%s)", m->id, error_row(e)->code, problem.detail);
	e = journal_reader_seek(reader, m->book.count + 1);
	while (e == ERR_NONE && (e = journal_reader_next(reader, &batch, &more)) == ERR_NONE && more)
		take_commit(&a, &batch);
	journal_reader_close(reader);
	MUST(e == ERR_NONE, "%s: the journal cannot be read behind record %zu: %s", m->id, m->book.count, error_row(e)->code);
	if (a.acked_next < m->acked.count) {
		char want[600];
		world_fail(w, "%s: LOST: %zu acknowledged records are not in the journal (it ends with record %zu); the first is %s", m->id,
		           m->acked.count - a.acked_next, m->book.count, entry_words(&m->acked.at[a.acked_next], want, sizeof want));
	}
	m->acked.count = 0;
	w->tally.audits++;
	if (after_restart)
		settle_limbo(m);
}

/* ---- folds ---- */

static void fold_rest(struct world *w, const struct model *m, struct fold *f)
{
	struct journal_reader *reader;
	struct journal_batch batch;
	bool more = true;
	err_t e = journal_reader_open(w->store, m->id, &reader, NULL);
	MUST(e == ERR_NONE, "%s: the journal cannot be opened to fold it: %s", m->id, error_row(e)->code);
	e = journal_reader_seek(reader, f->records + 1);
	while (e == ERR_NONE && (e = journal_reader_next(reader, &batch, &more)) == ERR_NONE && more)
		e = fold_batch(f, &batch, false, NULL);
	journal_reader_close(reader);
	MUST(e == ERR_NONE, "%s: the journal cannot be folded behind record %llu: %s", m->id, (unsigned long long)f->records,
	     error_row(e)->code);
}

static void save_fold(struct world *w, const struct fold *f, struct buf *out)
{
	buf_init(out, FOLD_BYTES_MAX);
	err_t e = fold_save(f, out);
	MUST(e == ERR_NONE, "a fold cannot be saved: %s", error_row(e)->code);
}

static void must_equal(struct world *w, const struct model *m, const struct buf *a, const struct fold *other, const char *what)
{
	struct buf b;
	save_fold(w, other, &b);
	size_t i = 0;
	while (i < a->size && i < b.size && a->at[i] == b.at[i])
		i++;
	MUST(a->size == b.size && i == a->size, "%s: %s saves other bytes (%zu) than the fold from zero (%zu), from byte %zu on", m->id,
	     what, b.size, a->size, i);
	buf_free(&b);
}

void audit_folds(struct world *w, uint32_t session)
{
	struct model *m = &w->models[session];
	struct fold *zero = NULL, *from = NULL;
	struct buf a, saved;
	uint64_t number = 0;
	MUST(fold_new(&zero) == ERR_NONE, "no memory for a fold");
	fold_rest(w, m, zero);
	save_fold(w, zero, &a);
	buf_init(&saved, FOLD_BYTES_MAX);
	err_t e = snapshot_read(w->store, m->id, UINT64_MAX, &number, &saved);
	MUST(e == ERR_NONE, "%s: the snapshot cannot be read: %s", m->id, error_row(e)->code);
	if (number > 0) {
		e = fold_load((struct text){saved.at, saved.size}, zero->plan, &from);
		MUST(e == ERR_NONE, "%s: snapshot %llu cannot be loaded: %s", m->id, (unsigned long long)number, error_row(e)->code);
		MUST(from->records == number, "%s: snapshot %llu holds %llu records", m->id, (unsigned long long)number,
		     (unsigned long long)from->records);
		fold_rest(w, m, from);
		must_equal(w, m, &a, from, "the snapshot with what follows");
		fold_free(from);
	}
	if (!m->session->w.broken)
		must_equal(w, m, &a, m->session->w.fold, "the writer's fold");
	if (m->session->k.now != NULL && m->session->k.now->records == zero->records)
		must_equal(w, m, &a, m->session->k.now, "the keeper's fold");
	world_note(w, a.at, a.size);
	fold_free(zero);
	buf_free(&a);
	buf_free(&saved);
}
