/* live/check.c: the keeper's check of what the sessions were brought back from.
 *
 * After a start from a snapshot, once it has become quiet, the journal is folded from zero up to the snapshot's record and
 * the two are compared. A difference means that what is shown since the start is wrong: it is said loudly, and the
 * snapshots are set aside, so that the next start folds the whole journal.
 *
 * In steps short enough that a question in between waits for no more than one; one session, one fold at a time.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "live/inside.h"

#define BEGIN_NS INT64_C(10000000000)   /* after the start: devices send first what they held back */
#define STEP_NS INT64_C(10000000)
#define STEP_RECORDS 32768u             /* where the clock stands still: a simulated one */
#define PAUSE_NS INT64_C(20000000)
#define PAUSE_BUSY_NS INT64_C(200000000) /* while passages come in */
#define AGAIN_NS INT64_C(60000000000)   /* after no memory, a file that could not be opened ... */
#define SNAPSHOTS_MAX 16

void check_note_snapshot(struct live_session *s, uint64_t number, const struct buf *saved)
{
	s->k.check = (struct snapshot_mark){number, saved->size, check_crc32c(0, saved->at, saved->size)};
	atomic_fetch_add(&s->live->checks_waiting, 1);
}

static void set_aside_snapshots(struct live_session *s)
{
	uint64_t numbers[SNAPSHOTS_MAX];
	struct store *store = s->live->settings.store;
	size_t count = snapshot_list(store, s->id, numbers, SNAPSHOTS_MAX);
	for (size_t i = 0; i < count; i++) {
		err_t e = snapshot_set_aside(store, s->id, numbers[i]);
		if (e != ERR_NONE)
			log_error("live", "session %s: snapshot %llu could not be set aside: %s", s->id,
			          (unsigned long long)numbers[i], error_row(e)->code);
	}
}

/* What was folded on from the snapshot is wrong too: the keeper's own is made anew, the writer's saves nothing more. */
static void raise_wrong_snapshot(struct live_session *s)
{
	log_error("live", "session %s: the snapshot of record %llu is NOT the fold of its journal. What is shown since this start may "
	          "be wrong. Restart the server: it will fold the whole journal", s->id, (unsigned long long)s->k.check.number);
	atomic_store(&s->suspect, true);
	set_aside_snapshots(s);
	keeper_forget(s);
	trouble_set(s->live, LIVE_SNAPSHOT_WRONG, s->id, ERR_STORE_CORRUPT, s->k.check.number);
}

static void raise_damage(struct live_session *s, uint64_t number)
{
	log_error("live", "session %s: its journal is damaged at record %llu. Copy the data folder now, then restore this session",
	          s->id, (unsigned long long)number);
	trouble_set(s->live, LIVE_JOURNAL_DAMAGED, s->id, ERR_STORE_CORRUPT, number);
}

static void compare(struct live_session *s, const struct fold *f, const struct buf *again)
{
	const struct snapshot_mark *mark = &s->k.check;
	bool same = f->records == mark->number && again->size == mark->size &&
	            check_crc32c(0, again->at, again->size) == mark->crc32c;
	if (same)
		log_info("live", "session %s: the snapshot of record %llu is the fold of its journal", s->id,
		         (unsigned long long)f->records);
	else
		raise_wrong_snapshot(s);
}

static void drop(struct check *k)
{
	refold_close(&k->all);
	buf_free(&k->again);
	buf_init(&k->again, FOLD_BYTES_MAX);
	k->phase = CHECK_FOLD;
}

static void finish(struct live *l, struct live_session *s)
{
	drop(&l->check);
	atomic_fetch_sub(&l->checks_waiting, 1);
	s->k.check.number = 0;
	l->check.next++;
}

static err_t fold_step(struct live *l, struct live_session *s, int64_t now_ns)
{
	struct refold *all = &l->check.all;
	bool there = false;
	err_t e = all->fold == NULL ? refold_open(l->settings.store, s->id, all) : ERR_NONE;
	const struct refold_step how = {.number = s->k.check.number, .records_max = STEP_RECORDS,
		.monotonic_ns = l->settings.clock.monotonic_ns, .self = l->settings.clock.self, .until_ns = now_ns + STEP_NS};
	if (e == ERR_NONE)
		e = refold_on(all, &how, &there);
	if (there)
		l->check.phase = CHECK_SAVE;
	if (e != ERR_STORE_CORRUPT)
		return e;
	raise_damage(s, all->fold == NULL ? 1 : all->fold->records + 1);
	finish(l, s);
	return ERR_NONE;
}

/* One step on one session: folding has many; saving the fold and comparing have one each. */
static err_t step(struct live *l, struct live_session *s, int64_t now_ns)
{
	struct check *k = &l->check;
	err_t e = ERR_NONE;
	switch (k->phase) {
	case CHECK_FOLD:
		return fold_step(l, s, now_ns);
	case CHECK_SAVE:
		buf_reset(&k->again);
		e = fold_save(k->all.fold, &k->again);
		k->phase = CHECK_COMPARE;
		return e;
	case CHECK_COMPARE:
		compare(s, k->all.fold, &k->again);
		finish(l, s);
		break;
	}
	return e;
}

void check_round(struct live *l, int64_t now_ns)
{
	struct check *k = &l->check;
	if (k->due_ns == 0)
		k->due_ns = now_ns + BEGIN_NS;
	while (k->next < atomic_load(&l->session_count) && l->sessions[k->next]->k.check.number == 0)
		k->next++;
	if (k->next >= atomic_load(&l->session_count)) { /* sessions opened since came from no snapshot */
		atomic_store(&l->checks_waiting, 0);
		k->due_ns = INT64_MAX;
		return;
	}
	if (now_ns < k->due_ns)
		return;
	struct live_session *s = l->sessions[k->next];
	uint64_t committed = atomic_load(&l->committed);
	err_t e = step(l, s, now_ns);
	k->due_ns = now_ns + STEP_NS + (committed != k->committed ? PAUSE_BUSY_NS : PAUSE_NS);
	k->committed = committed;
	if (e != ERR_NONE) {
		log_warn("live", "session %s: its snapshot could not be checked (%s); again in a minute", s->id, error_row(e)->code);
		drop(k);
		k->due_ns = now_ns + AGAIN_NS;
	}
}
