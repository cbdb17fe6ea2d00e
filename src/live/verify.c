/* live/verify.c: is what is kept of a session whole? Everything is read, checked and folded anew, and each snapshot held
 * against it, to the byte.
 *
 *   journal  1 ----------------------- N1 ------------- N2 -------- end
 *   fold     0 ---fold_batch--->       ==               ==          books 0
 *   snapshots                       N1.snapshot      N2.snapshot
 *                                       `--- loaded, folded on ----- == the same end
 */
#include "live/verify.h"

#include <stdlib.h>
#include <string.h>

#include "live/live.h"

#define SNAPSHOTS_MAX 16                /* the store keeps two; more is somebody's copy */
#define STEP_RECORDS 262144u            /* between two words of progress */

err_t refold_open(struct store *store, const char *id, struct refold *out)
{
	struct refold r = {0};
	err_t e = journal_reader_open(store, id, &r.reader, NULL);
	if (e == ERR_NONE)
		e = fold_new(&r.fold);
	if (e == ERR_NONE)
		*out = r;
	else
		refold_close(&r);
	return e;
}

void refold_close(struct refold *r)
{
	if (r->reader != NULL)
		journal_reader_close(r->reader);
	fold_free(r->fold);
	*r = (struct refold){0};
}

err_t refold_on(struct refold *r, const struct refold_step *step, bool *out_there)
{
	struct journal_batch batch;
	uint64_t until = r->fold->records + step->records_max;
	bool more = true, there = false;
	err_t e = journal_reader_seek(r->reader, r->fold->records + 1);
	while (e == ERR_NONE) {
		there = r->fold->records >= step->number;
		if (there || r->fold->records >= until ||
		    (step->monotonic_ns != NULL && step->monotonic_ns(step->self) >= step->until_ns))
			break;
		e = journal_reader_next(r->reader, &batch, &more);
		r->bad_record = false;
		if (e != ERR_NONE || !more) {
			there = e == ERR_NONE;
			break;
		}
		r->bad_record = true;
		e = fold_batch(r->fold, &batch, false, NULL);
	}
	if (e == ERR_NONE)
		e = journal_reader_seek(r->reader, r->fold->records + 1); /* lets go */
	if (e == ERR_NONE)
		*out_there = there;
	return e;
}

/* ---- the whole session ---- */

struct verifier {
	struct store *store;
	const char *id;
	live_progress progress;
	void *ctx;
	struct live_report report;
	struct refold all;
	struct buf kept, again;         /* a snapshot, and what it should be */
	uint64_t good[SNAPSHOTS_MAX];   /* snapshots that are the fold of their beginning */
	uint32_t good_count;
};

static void find(struct verifier *v, enum live_fault fault, uint64_t number)
{
	struct live_report *r = &v->report;
	if (r->finding_count < LIVE_FINDINGS_MAX)
		r->findings[r->finding_count++] = (struct live_finding){fault, number};
}

/* Damage is a finding and no error: *out_broken says that there is nothing to go on with. */
static err_t fold_to(struct verifier *v, struct refold *r, uint64_t number, bool *out_broken)
{
	const struct refold_step step = {.number = number, .records_max = STEP_RECORDS};
	err_t e = ERR_NONE;
	for (bool there = false; e == ERR_NONE && !there;) {
		e = refold_on(r, &step, &there);
		if (e == ERR_NONE && v->progress != NULL && !v->progress(v->ctx, r->fold->records))
			return ERR_BUSY;
	}
	*out_broken = e == ERR_STORE_CORRUPT;
	if (*out_broken)
		find(v, r->bad_record ? LIVE_RECORD_BAD : LIVE_JOURNAL_DAMAGED_AT, r->fold->records + 1);
	return *out_broken ? ERR_NONE : e;
}

/* One snapshot against the fold, which is brought to its number. */
static err_t compare_snapshot(struct verifier *v, uint64_t number, bool *out_broken)
{
	buf_reset(&v->kept);
	err_t e = snapshot_read_one(v->store, v->id, number, &v->kept);
	if (e == ERR_STORE_CORRUPT) {
		find(v, LIVE_SNAPSHOT_DAMAGED, number);
		return ERR_NONE;
	}
	if (e == ERR_NONE)
		e = fold_to(v, &v->all, number, out_broken);
	if (e != ERR_NONE || *out_broken)
		return e;
	if (v->all.fold->records < number) { /* the witness says so too, unless it was lost itself */
		v->report.records_lost = number - v->all.fold->records;
		return ERR_NONE;
	}
	buf_reset(&v->again);
	e = v->all.fold->records == number ? fold_save(v->all.fold, &v->again) : ERR_NONE;
	if (e != ERR_NONE)
		return e;
	if (v->again.size == v->kept.size && memcmp(v->again.at, v->kept.at, v->kept.size) == 0) {
		v->good[v->good_count++] = number;
		return ERR_NONE;
	}
	bool is_older = false;
	e = fold_is_older((struct text){v->kept.at, v->kept.size}, &is_older);
	if (e == ERR_NONE && !is_older)
		find(v, LIVE_SNAPSHOT_DIFFERS, number);
	return e;
}

/* A snapshot brought back as a start would, and folded on to the end: it must say what `again` says. */
static err_t compare_tail(struct verifier *v, uint64_t number)
{
	struct refold tail = {0};
	bool broken = false;
	buf_reset(&v->kept);
	err_t e = journal_reader_open(v->store, v->id, &tail.reader, NULL);
	if (e == ERR_NONE)
		e = snapshot_read_one(v->store, v->id, number, &v->kept);
	if (e == ERR_NONE)
		e = fold_load((struct text){v->kept.at, v->kept.size}, v->all.fold->plan, &tail.fold);
	if (e == ERR_STORE_CORRUPT || e == ERR_STORE_VERSION) {
		find(v, LIVE_TAIL_DIFFERS, number);
		refold_close(&tail);
		return ERR_NONE;
	}
	if (e == ERR_NONE)
		e = fold_to(v, &tail, v->all.fold->records, &broken);
	buf_reset(&v->kept);
	if (e == ERR_NONE && !broken)
		e = fold_save(tail.fold, &v->kept);
	if (e == ERR_NONE && !broken && (v->kept.size != v->again.size || memcmp(v->kept.at, v->again.at, v->kept.size) != 0))
		find(v, LIVE_TAIL_DIFFERS, number);
	refold_close(&tail);
	return e;
}

/* Oldest snapshot first, then to the end of the journal. */
static err_t fold_all(struct verifier *v, bool *out_broken)
{
	uint64_t numbers[SNAPSHOTS_MAX];
	size_t count = snapshot_list(v->store, v->id, numbers, SNAPSHOTS_MAX);
	err_t e = ERR_NONE;
	v->report.snapshot_count = (uint32_t)count;
	while (e == ERR_NONE && !*out_broken && count > 0)
		e = compare_snapshot(v, numbers[--count], out_broken);
	if (e == ERR_NONE && !*out_broken)
		e = fold_to(v, &v->all, UINT64_MAX, out_broken);
	return e;
}

static void describe(struct verifier *v)
{
	const struct fold *f = v->all.fold;
	struct live_report *r = &v->report;
	r->records = f->records;
	r->at_first = f->at_first;
	r->at_last = f->at_recorded;
	if (f->ledger == NULL)
		return;
	struct ledger_books books = ledger_view_books(f->ledger);
	r->passages = books.passages;
	r->offset_min = live_plan_of(f->plan)->offset_min;
	if (books.sum != 0)
		find(v, LIVE_BOOKS_OFF, f->records);
}

/* None, or an empty one: what is beside it may know how much there was. */
static err_t say_missing(struct verifier *v)
{
	struct journal_loss loss;
	err_t e = journal_look_for_loss(v->store, v->id, &loss, NULL);
	if (e == ERR_NONE && loss.lost > 0 && loss.lost != JOURNAL_LOST_UNKNOWN) {
		v->report.records_lost = loss.lost;
		find(v, LIVE_END_LOST, 0);
	} else {
		find(v, LIVE_JOURNAL_MISSING, 1);
	}
	return e == ERR_MEMORY ? e : ERR_NONE;
}

static err_t verify(struct verifier *v)
{
	bool broken = false;
	err_t e = refold_open(v->store, v->id, &v->all);
	if (e == ERR_NOT_FOUND)
		return say_missing(v);
	if (e == ERR_STORE_CORRUPT) {
		find(v, LIVE_JOURNAL_DAMAGED_AT, 1);
		return ERR_NONE;
	}
	if (e == ERR_NONE)
		e = fold_all(v, &broken);
	if (e != ERR_NONE)
		return e;
	describe(v);
	uint64_t known_lost = journal_reader_lost(v->all.reader);
	if (known_lost == JOURNAL_LOST_UNKNOWN)
		find(v, LIVE_WITNESS_DAMAGED, v->report.records);
	else if (known_lost > v->report.records_lost)
		v->report.records_lost = known_lost;
	if (v->report.records_lost > 0)
		find(v, LIVE_END_LOST, v->report.records);
	else if (v->report.records == 0 && !broken)
		find(v, LIVE_JOURNAL_MISSING, 1);
	if (broken || v->good_count == 0)
		return ERR_NONE;
	buf_reset(&v->again);
	e = fold_save(v->all.fold, &v->again);
	for (uint32_t i = 0; e == ERR_NONE && i < v->good_count; i++)
		e = compare_tail(v, v->good[i]);
	return e;
}

err_t live_verify_session(struct store *store, const char *id, live_progress progress, void *ctx, struct live_report *out)
{
	struct verifier v = {.store = store, .id = id, .progress = progress, .ctx = ctx};
	v.report.at_first = v.report.at_last = AT_NONE;
	buf_init(&v.kept, FOLD_BYTES_MAX);
	buf_init(&v.again, FOLD_BYTES_MAX);
	err_t e = verify(&v);
	refold_close(&v.all);
	buf_free(&v.kept);
	buf_free(&v.again);
	if (e == ERR_NONE)
		*out = v.report;
	return e;
}
