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
#define STEP_NS INT64_C(20000000)
#define STEP_RECORDS 32768u
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

static err_t compare(struct live_session *s, const struct fold *f)
{
	struct buf again;
	err_t e = ERR_NONE;
	buf_init(&again, FOLD_BYTES_MAX);
	bool same = f->records == s->k.check.number;
	if (same && (e = fold_save(f, &again)) == ERR_NONE)
		same = again.size == s->k.check.size && check_crc32c(0, again.at, again.size) == s->k.check.crc32c;
	if (e == ERR_NONE && !same)
		raise_wrong_snapshot(s);
	else if (e == ERR_NONE)
		log_info("live", "session %s: the snapshot of record %llu is the fold of its journal", s->id,
		         (unsigned long long)f->records);
	buf_free(&again);
	return e;
}

static void finish(struct live *l, struct live_session *s)
{
	refold_close(&l->check.all);
	if (s->k.check.number > 0)
		atomic_fetch_sub(&l->checks_waiting, 1);
	s->k.check.number = 0;
	l->check.next++;
}

/* One step on one session; ERR_NONE also when the session is done. */
static err_t step(struct live *l, struct live_session *s, int64_t now_ns)
{
	struct refold *all = &l->check.all;
	bool there = false;
	err_t e = all->fold == NULL ? refold_open(l->settings.store, s->id, all) : ERR_NONE;
	if (e != ERR_NONE)
		return e;
	const struct refold_step how = {.number = s->k.check.number, .records_max = STEP_RECORDS,
		.monotonic_ns = l->settings.clock.monotonic_ns, .self = l->settings.clock.self, .until_ns = now_ns + STEP_NS};
	/* The comparison is a step of its own. */
	bool folded = all->fold->records >= s->k.check.number || l->check.at_end;
	if (!folded) {
		e = refold_on(all, &how, &there);
		l->check.at_end = there;
		if (e == ERR_STORE_CORRUPT) {
			raise_damage(s, all->fold->records + 1);
			finish(l, s);
			e = ERR_NONE;
		}
		return e;
	}
	e = compare(s, all->fold);
	l->check.at_end = false;
	if (e == ERR_NONE)
		finish(l, s);
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
		refold_close(&k->all);
		k->at_end = false;
		k->due_ns = now_ns + AGAIN_NS;
	}
}
