/* live/keeper.c: everything that may take its time: plans are read and checked, the past is folded anew, snapshots are
 * written, journals tidied. It reads the journals with handles and folds of its own, so the writer never waits for it.
 *
 * The past: a fold of all batches recorded up to a moment. Keyframes (saved folds, kept in memory, thinned as they
 * grow) are laid down wherever a fold passes, so that the next question near by begins there.
 *
 *   journal  |------------K------------K------------K--------x---->
 *                                                   ^begins  ^the moment asked for
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "live/inside.h"
#include "live/emit.h"

#define NICENESS 10
#define ROUND_MS 1000
#define TIDY_BYTES (8u << 20)
#define TIDY_NS INT64_C(2000000000)
#define TIDY_SMALL_NS INT64_C(30000000000)
#define REST_NS INT64_C(600000000000)
#define JOURNAL_COUNT 100u
#define JOURNAL_COUNT_MAX 10000u

static int64_t monotonic_ns(const struct live *l)
{
	return l->settings.clock.monotonic_ns(l->settings.clock.self);
}

/* ---- keyframes ---- */

static void drop_frame(struct keeper_part *k, uint32_t index)
{
	k->frame_bytes -= k->frames[index].saved.capacity;
	buf_free(&k->frames[index].saved);
	for (uint32_t i = index + 1; i < k->frame_count; i++)
		k->frames[i - 1] = k->frames[i];
	k->frame_count--;
}

static void thin_frames(struct keeper_part *k)
{
	k->stride *= 2;
	for (uint32_t i = 0; i < k->frame_count; i++)
		drop_frame(k, i);
}

/* The last frame with number <= `number`, as index + 1; 0: none. */
static uint32_t frame_before(const struct keeper_part *k, uint64_t number)
{
	uint32_t i = k->frame_count;
	while (i > 0 && k->frames[i - 1].number > number)
		i--;
	return i;
}

/* Lays one down if there is none near. Failing for memory is fine: it only saves time. */
static void lay_frame(struct keeper_part *k, const struct fold *f)
{
	uint32_t at = frame_before(k, f->records);
	uint64_t before = at == 0 ? 0 : k->frames[at - 1].number;
	if (f->records < before + k->stride || (at < k->frame_count && k->frames[at].number < f->records + k->stride))
		return;
	if (k->frame_count == KEYFRAMES_MAX) {
		thin_frames(k);
		lay_frame(k, f);
		return;
	}
	struct keyframe frame = {.number = f->records, .at_recorded = f->at_recorded};
	buf_init(&frame.saved, FOLD_BYTES_MAX);
	if (fold_save(f, &frame.saved) != ERR_NONE) {
		buf_free(&frame.saved);
		return;
	}
	for (uint32_t i = k->frame_count; i > at; i--)
		k->frames[i] = k->frames[i - 1];
	k->frames[at] = frame;
	k->frame_count++;
	k->frame_bytes += frame.saved.capacity;
	while (k->frame_bytes > KEYFRAME_BYTES_MAX && k->frame_count > 1)
		thin_frames(k);
}

/* ---- folding ---- */

/* Folds on from where `f` stands, up to the last batch recorded at or before `at` (AT_NONE: to the end). */
static err_t fold_on(struct live_session *s, struct fold *f, at_ms at)
{
	struct journal_batch batch;
	bool more;
	err_t e = ERR_NONE;
	if (s->k.reader == NULL)
		e = journal_reader_open(s->live->settings.store, s->id, &s->k.reader, NULL);
	if (e == ERR_NONE)
		e = journal_reader_seek(s->k.reader, f->records + 1);
	while (e == ERR_NONE) {
		e = journal_reader_next(s->k.reader, &batch, &more);
		if (e != ERR_NONE || !more || (at != AT_NONE && batch.at_recorded > at))
			return e;
		e = fold_batch(f, &batch, false, NULL);
		if (e == ERR_NONE)
			lay_frame(&s->k, f);
	}
	return e;
}

static err_t load_snapshot(struct live_session *s, struct fold **out)
{
	struct buf saved;
	uint64_t number = 0;
	buf_init(&saved, FOLD_BYTES_MAX);
	err_t e = snapshot_read(s->live->settings.store, s->id, UINT64_MAX, &number, &saved);
	if (e == ERR_NONE && number > 0)
		e = fold_load((struct text){saved.at, saved.size}, NULL, out);
	buf_free(&saved);
	return e;
}

/* The fold of the whole journal as it is on disk now. */
static err_t follow(struct live_session *s)
{
	struct keeper_part *k = &s->k;
	err_t e = ERR_NONE;
	bool suspect = atomic_load(&s->suspect); /* then no snapshot is believed, even if it could not be set aside */
	if (k->now == NULL && (suspect || load_snapshot(s, &k->now) != ERR_NONE || k->now == NULL)) {
		k->now = NULL;
		e = fold_new(&k->now);
	}
	if (e == ERR_NONE)
		e = fold_on(s, k->now, AT_NONE);
	if (e != ERR_NONE) { /* half folded is of no use */
		fold_free(k->now);
		k->now = NULL;
	}
	return e;
}

/* The best place to begin: the last answer's fold, a keyframe, or nothing. */
static err_t begin_past(struct live_session *s, at_ms at)
{
	struct keeper_part *k = &s->k;
	uint32_t frame = k->frame_count;
	while (frame > 0 && k->frames[frame - 1].at_recorded > at)
		frame--;
	bool usable = k->past != NULL && k->past->at_recorded <= at;
	if (usable && (frame == 0 || k->frames[frame - 1].number <= k->past->records))
		return ERR_NONE;
	struct fold *begun;
	struct live_plan *known = k->now != NULL ? k->now->plan : NULL;
	err_t e = frame == 0 ? fold_new(&begun) :
		fold_load((struct text){k->frames[frame - 1].saved.at, k->frames[frame - 1].saved.size}, known, &begun);
	if (e != ERR_NONE)
		return e;
	fold_free(k->past);
	k->past = begun;
	return ERR_NONE;
}

/* The fold as of `at`, or of now. */
static err_t fold_at(struct live_session *s, at_ms at, const struct fold **out)
{
	struct keeper_part *k = &s->k;
	if (at != AT_NONE && (at < s->at_first || at > live_session_latest(s)))
		return ERR_HISTORY_RANGE;
	err_t e = follow(s);
	if (e != ERR_NONE)
		return e;
	if (at == AT_NONE || k->now->at_recorded <= at) {
		*out = k->now;
		return ERR_NONE;
	}
	e = begin_past(s, at);
	if (e == ERR_NONE)
		e = fold_on(s, k->past, at);
	if (e != ERR_NONE) {
		fold_free(k->past);
		k->past = NULL;
		return e;
	}
	*out = k->past;
	return ERR_NONE;
}

/* ---- questions ---- */

static err_t answer_state(struct live_session *s, const struct op *op, const struct fold *f, struct buf *out)
{
	at_ms at = f->at_closed != AT_NONE && f->at_closed < op->at ? f->at_closed : op->at;
	struct view_of of = {.session = s->id, .exercise = s->exercise, .speed = s->clock.speed, .at = at};
	struct view *view;
	err_t e = view_new(&view);
	if (e != ERR_NONE)
		return e;
	e = view_make(view, f, &of);
	if (e == ERR_NONE)
		e = view_write_state(view, f, &of, out);
	view_free(view);
	return e;
}

static err_t add_batch_records(const struct fold *f, const struct journal_batch *batch, uint64_t from, uint64_t end,
                               struct buf *out)
{
	const uint8_t *p = batch->bytes;
	size_t left = batch->size, used;
	struct input in;
	for (uint64_t number = batch->first; left > 0 && number < end; number++, p += used, left -= used) {
		err_t e = input_read(p, left, &in, &used);
		if (e != ERR_NONE)
			return e;
		if (number >= from)
			answer_record(f, number, batch->at_recorded, &in, out);
	}
	return ERR_NONE;
}

static err_t answer_journal(struct live_session *s, const struct op *op, const struct fold *f, struct buf *out)
{
	struct journal_batch batch;
	bool more;
	uint64_t count = op->count == 0 ? JOURNAL_COUNT : op->count > JOURNAL_COUNT_MAX ? JOURNAL_COUNT_MAX : op->count;
	uint64_t from = op->from > 0 ? op->from : f->records > count ? f->records - count + 1 : 1;
	uint64_t end = from > f->records ? from : f->records + 1 - from > count ? from + count : f->records + 1;
	err_t e = ERR_NONE;
	buf_add_char(out, '{');
	emit_u64(out, "count", f->records);
	emit_key(out, "records");
	buf_add_char(out, '[');
	if (from < end)
		e = journal_reader_seek(s->k.reader, from);
	for (uint64_t at = from; e == ERR_NONE && at < end; at = batch.first + batch.count) {
		e = journal_reader_next(s->k.reader, &batch, &more);
		if (e == ERR_NONE && !more)
			break;
		if (e == ERR_NONE)
			e = add_batch_records(f, &batch, from, end, out);
	}
	buf_add_char(out, ']');
	if (end <= f->records)
		emit_u64(out, "next", end);
	else
		emit_null(out, "next");
	buf_add_char(out, '}');
	return e != ERR_NONE ? e : out->error;
}

static err_t answer_with_firsts(struct live_session *s, const struct fold *f, struct buf *out)
{
	struct conflict_first *firsts = calloc(FOLD_CONFLICTS_MAX, sizeof *firsts);
	if (firsts == NULL)
		return ERR_MEMORY;
	err_t e = conflicts_find_first(s->k.reader, f, firsts);
	if (e == ERR_NONE)
		answer_conflicts(f, firsts, out);
	free(firsts);
	return e;
}

static err_t do_question(struct live *l, struct op *op)
{
	struct live_session *s = op->session;
	const struct fold *f;
	struct buf out;
	s->k.asked_ns = monotonic_ns(l);
	err_t e = fold_at(s, op->at, &f);
	if (e != ERR_NONE)
		return e;
	buf_init(&out, VIEW_BYTES_MAX);
	switch (op->kind) {
	case OP_STATE: e = answer_state(s, op, f, &out); break;
	case OP_FLOW: e = answer_flow(f, &(struct flow_range){op->checkpoint, op->at_from, op->at_to}, &out); break;
	case OP_CONFLICTS: e = answer_with_firsts(s, f, &out); break;
	default: e = answer_journal(s, op, f, &out); break;
	}
	if (e == ERR_NONE)
		e = out.error;
	if (e == ERR_NONE) {
		op->json = live_text_new((struct text){out.at, out.size});
		e = op->json == NULL ? ERR_MEMORY : ERR_NONE;
	}
	buf_free(&out);
	return e;
}

/* ---- plans ---- */

/* Reads and checks the plan of an OP_OPEN or OP_PLAN; the writer does the rest. */
static void do_plan(struct live *l, struct op *op)
{
	op->error = live_plan_read(op->text, true, &op->plan, &op->problem);
	if (op->error == ERR_NONE)
		post_put(&l->to_writer, op);
	else
		live_hand_back(l, op);
}

static void do_all(struct live *l, struct op *all, bool stop)
{
	for (struct op *op = all, *next; op != NULL; op = next) {
		next = op->next;
		if (stop) {
			op->error = ERR_BUSY;
			live_hand_back(l, op);
		} else if (op->kind == OP_OPEN || op->kind == OP_PLAN) {
			do_plan(l, op);
		} else {
			op->error = do_question(l, op);
			live_hand_back(l, op);
		}
	}
}

/* ---- house-keeping ---- */

static void tidy(struct live_session *s, int64_t now_ns)
{
	uint64_t bytes = atomic_load(&s->committed_bytes) - s->k.tidied_bytes;
	int64_t for_ns = now_ns - s->k.tidied_ns;
	if (bytes == 0 || for_ns < (bytes >= TIDY_BYTES ? TIDY_NS : TIDY_SMALL_NS))
		return;
	s->k.tidied_bytes += bytes;
	s->k.tidied_ns = now_ns;
	err_t e = journal_tidy(s->live->settings.store, s->id);
	if (e != ERR_NONE && e != ERR_BUSY)
		log_warn("live", "session %s: the journal could not be tidied: %s", s->id, error_row(e)->code);
}

static void snapshot(struct live_session *s)
{
	struct buf saved;
	if (atomic_load(&s->committed) < s->k.snapshot_number + s->live->settings.snapshot_records || follow(s) != ERR_NONE)
		return;
	buf_init(&saved, FOLD_BYTES_MAX);
	err_t e = fold_save(s->k.now, &saved);
	if (e == ERR_NONE)
		e = snapshot_write(s->live->settings.store, s->id, s->k.now->records, saved.at, saved.size);
	if (e != ERR_NONE)
		log_warn("live", "session %s: no snapshot: %s", s->id, error_row(e)->code);
	s->k.asked_ns = monotonic_ns(s->live);
	s->k.snapshot_number = s->k.now->records; /* failed or not: not again at once */
	buf_free(&saved);
}

/* Folds that nobody asked for lately are let go; keyframes stay. */
static void rest(struct live_session *s, int64_t now_ns)
{
	if (now_ns - s->k.asked_ns < REST_NS)
		return;
	fold_free(s->k.past);
	s->k.past = NULL;
	if (atomic_load(&s->committed) == (s->k.now == NULL ? 0 : s->k.now->records)) {
		fold_free(s->k.now);
		s->k.now = NULL;
	}
}

void keeper_forget(struct live_session *s)
{
	struct keeper_part *k = &s->k;
	fold_free(k->now);
	fold_free(k->past);
	k->now = k->past = NULL;
	while (k->frame_count > 0)
		drop_frame(k, k->frame_count - 1);
}

/* Has it room again? There need not be a session that is tidied. */
static void look_at_disk(struct live *l)
{
	store_refill_reserve(l->settings.store);
	if (store_is_disk_full(l->settings.store))
		trouble_set(l, LIVE_DISK_FULL, "", ERR_STORE_FULL, 0);
	else
		trouble_clear(l, LIVE_DISK_FULL, "");
}

/* How long nothing need be done: a round, or until the next step of the check. */
static int64_t pause_ms(struct live *l)
{
	int64_t for_ns = l->check.due_ns - monotonic_ns(l);
	bool waits = atomic_load(&l->checks_waiting) > 0 && l->check.due_ns != 0;
	return !waits || for_ns > ROUND_MS * INT64_C(1000000) ? ROUND_MS : for_ns < 1000000 ? 1 : for_ns / 1000000;
}

void keeper_round(struct live *l, struct op *all, bool stop)
{
	do_all(l, all, stop);
	int64_t now_ns = monotonic_ns(l);
	for (uint32_t i = 0; !stop && i < atomic_load(&l->session_count); i++) {
		tidy(l->sessions[i], now_ns);
		snapshot(l->sessions[i]);
		rest(l->sessions[i], now_ns);
	}
	if (!stop) {
		look_at_disk(l);
		check_round(l, monotonic_ns(l));
	}
}

void *keeper_main(void *live)
{
	struct live *l = live;
	bool stop = false;
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
	while (!stop) {
		struct op *all = post_wait(&l->to_keeper, pause_ms(l), &stop);
		keeper_round(l, all, stop);
	}
	return NULL;
}
