/* live/sessions.c: a session's life on disk: opened, brought back, put to rest.
 *
 * What is kept:  catalog "session"/ID   {"exercise":true,"speed":30,"at":"..."}   that there is one, and how its clock runs;
 *                                       version 2: its journal has begun, and must be there from now on
 *                catalog "live"/first-seq     where the numbers of the deltas began at the last start
 *                journal ID             everything that happened, beginning with its plan
 *                snapshots ID           folds of the journal's beginning, to come back faster
 *
 * A drill's clock goes on, after a restart, from the last moment that was recorded: what was not running did not pass. A
 * real session's clock is the wall's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/read_json.h"
#include "live/inside.h"
#include "live/emit.h"

#define SPEED_MAX 10000.0
#define BEGUN 2 /* version of a session's document */

/* ---- the numbers of the deltas ---- */

/* Each start of the server begins far above the one before, whatever the wall clock says now: nobody resumes in the wrong
 * life. No life gives 2^32 numbers, and a browser counts to 2^53: 700,000 starts. */
#define LIFE_SEQS (UINT64_C(1) << 32)
#define SEQS_MAX (UINT64_C(1) << 53)

/* 0: there is none, or none that can be believed. A disk that does not answer is no reason to begin by the clock. */
static err_t stored_first_seq(struct live *l, uint64_t *out)
{
	struct buf body;
	uint64_t version, first = 0;
	buf_init(&body, 64);
	err_t e = catalog_get(l->settings.store, "live", "first-seq", &body, &version);
	if (e == ERR_NONE && (!text_to_u64((struct text){body.at, body.size}, &first) || first > SEQS_MAX - 4 * LIFE_SEQS))
		e = ERR_STORE_CORRUPT;
	buf_free(&body);
	if (e == ERR_STORE_CORRUPT)
		log_warn("live", "the numbers of the last start are not known (%s): they begin by the clock", error_row(e)->code);
	*out = e == ERR_NONE ? first : 0;
	return e == ERR_NOT_FOUND || e == ERR_STORE_CORRUPT ? ERR_NONE : e;
}

err_t live_begin_numbers(struct live *l)
{
	at_ms now = l->settings.clock.now(l->settings.clock.self);
	uint64_t wall = now > 0 ? (uint64_t)now : 1, before;
	err_t e = stored_first_seq(l, &before);
	if (e != ERR_NONE)
		return e;
	/* With the clock in it: two lives that follow the same one (the folder was restored from a copy) differ. */
	uint64_t after = before + 2 * LIFE_SEQS + wall % LIFE_SEQS, first = after > wall ? after : wall;
	char text[24];
	int size = snprintf(text, sizeof text, "%llu", (unsigned long long)first);
	e = catalog_put(l->settings.store, "live", "first-seq", CATALOG_ANY, (struct text){text, (size_t)size}, NULL);
	if (e != ERR_NONE) {
		/* Below what the next start that can write will take, and by the clock above the last that could not. */
		log_warn("live", "the numbers of this start cannot be kept (%s)", error_row(e)->code);
		first = first == wall ? wall : before + LIFE_SEQS + wall % LIFE_SEQS;
	}
	l->first_seq = first;
	return ERR_NONE;
}

/* ---- making and freeing ---- */

static struct live_session *session_new(struct live *l, const char *id)
{
	struct live_session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->live = l;
	memcpy(s->id, id, strlen(id) + 1);
	s->clock.speed = 1;
	s->at_first = s->l.at_closed = AT_NONE;
	s->w.inbox_last = &s->w.inbox;
	s->k.stride = l->settings.snapshot_records / KEYFRAME_STRIDE_SHARE + 1;
	s->w.seq = l->first_seq;
	atomic_init(&s->at_latest, AT_NONE);
	s->w.duplicates = calloc(PLAN_DEVICES_MAX, sizeof *s->w.duplicates);
	s->w.duplicate_devices = calloc(PLAN_DEVICES_MAX, sizeof *s->w.duplicate_devices);
	if (s->w.duplicates == NULL || s->w.duplicate_devices == NULL || view_new(&s->w.view) != ERR_NONE) {
		session_free(s);
		return NULL;
	}
	return s;
}

static void free_keeper_part(struct keeper_part *k)
{
	fold_free(k->now);
	fold_free(k->past);
	if (k->reader != NULL)
		journal_reader_close(k->reader);
	for (uint32_t i = 0; i < k->frame_count; i++)
		buf_free(&k->frames[i].saved);
}

void session_free(struct live_session *s)
{
	if (s == NULL)
		return;
	free_keeper_part(&s->k);
	view_free(s->w.view);
	fold_free(s->w.fold);
	if (s->w.journal != NULL)
		journal_close(s->w.journal);
	live_text_drop(s->w.state);
	free(s->w.duplicates);
	free(s->w.duplicate_devices);
	while (s->l.held_first < s->l.held_next)
		live_text_drop(s->l.held[s->l.held_first++ % LIVE_HELD_MAX].json);
	roster_free(s->l.roster);
	free(s);
}

static err_t add_to_list(struct live *l, struct live_session *s)
{
	unsigned count = atomic_load(&l->session_count);
	if (count >= LIVE_SESSIONS_MAX)
		return ERR_TOO_LARGE;
	l->sessions[count] = s;
	atomic_store(&l->session_count, count + 1);
	return ERR_NONE;
}

/* ---- bringing back ---- */

/* Folds what the journal has behind the fold. */
static err_t fold_tail(struct live *l, const char *id, struct fold *f, at_ms *out_first)
{
	struct journal_reader *reader;
	struct journal_batch batch;
	bool more = false;
	err_t e = journal_reader_open(l->settings.store, id, &reader, NULL);
	if (e != ERR_NONE)
		return e;
	e = journal_reader_seek(reader, f->records + 1);
	while (e == ERR_NONE && (e = journal_reader_next(reader, &batch, &more)) == ERR_NONE && more)
		e = fold_batch(f, &batch, false, NULL);
	journal_reader_close(reader);
	*out_first = f->at_first;
	return e;
}

/* From the newest snapshot and the tail, or, if that snapshot is no good, from the whole journal. */
static err_t bring_back(struct live_session *s)
{
	struct live *l = s->live;
	struct buf saved;
	uint64_t number = 0;
	err_t e;
	buf_init(&saved, FOLD_BYTES_MAX);
	if (snapshot_read(l->settings.store, s->id, journal_count(s->w.journal), &number, &saved) == ERR_NONE && number > 0) {
		e = fold_load((struct text){saved.at, saved.size}, NULL, &s->w.fold);
		if (e == ERR_NONE && s->w.fold->records == number)
			e = fold_tail(l, s->id, s->w.fold, &s->at_first);
		else if (e == ERR_NONE)
			e = ERR_STORE_CORRUPT;
		if (e == ERR_NONE) {
			check_note_snapshot(s, number, &saved);
			goto out;
		}
		log_warn("live", "session %s: snapshot %llu cannot be used (%s); folding the whole journal", s->id,
		         (unsigned long long)number, error_row(e)->code);
		fold_free(s->w.fold);
		s->w.fold = NULL;
	}
	number = 0;
	e = fold_new(&s->w.fold);
	if (e == ERR_NONE)
		e = fold_tail(l, s->id, s->w.fold, &s->at_first);
out:
	s->w.snapshot_number = s->k.snapshot_number = number;
	if (e == ERR_NONE && s->w.fold->records != journal_count(s->w.journal))
		e = ERR_STORE_CORRUPT;
	buf_free(&saved);
	return e;
}

static err_t read_document(struct live_session *s, uint64_t *out_version)
{
	struct buf body;
	buf_init(&body, 65536);
	err_t e = catalog_get(s->live->settings.store, "session", s->id, &body, out_version);
	json_t *root = NULL;
	if (e == ERR_NONE)
		e = read_json((struct text){body.at, body.size}, JSON_REJECT_DUPLICATES, &root, NULL);
	if (e == ERR_NONE) {
		double speed = json_number_value(json_object_get(root, "speed"));
		s->exercise = json_is_true(json_object_get(root, "exercise"));
		s->clock.speed = s->exercise && speed >= 1 && speed <= SPEED_MAX ? speed : 1;
		json_decref(root);
	} else if (e == ERR_JSON_SYNTAX) {
		e = ERR_STORE_CORRUPT;
	}
	buf_free(&body);
	return e;
}

/* The writer's parts that follow from the fold. */
static err_t ready(struct live_session *s)
{
	if (s->l.roster == NULL) {
		s->l.roster = roster_new(s->w.fold->plan);
		err_t e = s->l.roster == NULL ? ERR_MEMORY : roster_fill(s->l.roster, s->w.fold);
		if (e != ERR_NONE)
			return e;
	}
	s->l.at_closed = s->w.fold->at_closed;
	atomic_store(&s->at_latest, s->w.fold->at_recorded);
	atomic_store(&s->committed, s->w.fold->records);
	return ERR_NONE;
}

static err_t load(struct live *l, const char *id)
{
	struct live_session *s = session_new(l, id);
	uint64_t version = 0;
	err_t e = s == NULL ? ERR_MEMORY : read_document(s, &version);
	if (e == ERR_NONE)
		e = journal_open(l->settings.store, id, &s->w.journal, NULL);
	if (e == ERR_NONE && journal_count(s->w.journal) == 0 && version >= BEGUN) {
		log_error("live", "session %s: its journal is gone, with every record", id);
		e = ERR_STORE_CORRUPT;
	}
	if (e == ERR_NONE && journal_count(s->w.journal) == 0) {
		log_warn("live", "session %s was never opened to the end; forgotten", id);
		catalog_delete(l->settings.store, "session", id);
		session_free(s);
		return ERR_NONE;
	}
	if (e == ERR_NONE)
		e = bring_back(s);
	if (e == ERR_NONE)
		e = ready(s);
	if (e == ERR_NONE && s->exercise) {
		s->clock.at_wall = l->settings.clock.now(l->settings.clock.self);
		s->clock.at_session = s->w.fold->at_recorded;
	}
	if (e == ERR_NONE)
		e = add_to_list(l, s);
	if (e != ERR_NONE)
		session_free(s);
	return e;
}

struct ids { char (*id)[65]; uint32_t count; bool failed; };

static bool note_id(void *ctx, const char *key, uint64_t version, struct text body)
{
	struct ids *ids = ctx;
	(void)version;
	(void)body;
	if (strlen(key) > 64)
		return true;
	char (*more)[65] = realloc(ids->id, sizeof *more * (ids->count + 1));
	if (more == NULL) {
		ids->failed = true;
		return false;
	}
	ids->id = more;
	memcpy(ids->id[ids->count++], key, strlen(key) + 1);
	return true;
}

/* A session that cannot be brought back is left out, loudly: the others go on. */
err_t session_load_all(struct live *l)
{
	struct ids ids = {0};
	err_t e = catalog_list(l->settings.store, "session", note_id, &ids);
	if (e == ERR_NONE && ids.failed)
		e = ERR_MEMORY;
	for (uint32_t i = 0; e == ERR_NONE && i < ids.count; i++) {
		err_t one = load(l, ids.id[i]);
		if (one == ERR_NONE)
			continue;
		trouble_set(l, LIVE_LEFT_OUT, ids.id[i], one, 0);
		log_error("live", "session %s cannot be brought back: %s. It stays closed to all; %s", ids.id[i],
		          error_row(one)->reason_en, error_row(one)->fix_en);
	}
	free(ids.id);
	return e;
}

/* ---- opening ---- */

static err_t check_request(struct live *l, struct op *op)
{
	struct text id = op->id;
	bool good = id.size >= 1 && id.size <= 64;
	for (size_t i = 0; good && i < id.size; i++)
		good = (id.at[i] >= 'a' && id.at[i] <= 'z') || (id.at[i] >= '0' && id.at[i] <= '9') || id.at[i] == '-';
	if (!good)
		return problem_set(&op->problem, ERR_JSON_FIELD, "id", "An id has 1 to 64 of a-z, 0-9 and '-'");
	if (session_find(l, id, atomic_load(&l->session_count)) != NULL)
		return problem_set(&op->problem, ERR_EXISTS, "id", "There is a session \"%.*s\" already", (int)id.size, id.at);
	if (atomic_load(&l->session_count) >= LIVE_SESSIONS_MAX)
		return problem_set(&op->problem, ERR_TOO_LARGE, NULL, "There are %d sessions, the most", LIVE_SESSIONS_MAX);
	if (!(op->speed >= 1 && op->speed <= SPEED_MAX))
		return problem_set(&op->problem, ERR_JSON_FIELD, "exercise.speed", "A speed lies in 1 .. %.0f", SPEED_MAX);
	if (!op->exercise && (op->speed != 1 || op->at != AT_NONE))
		return problem_set(&op->problem, ERR_JSON_FIELD, "exercise", "Only an exercise has a time of its own");
	if (op->at != AT_NONE && (op->at < 0 || op->at > AT_MS_MAX))
		return problem_set(&op->problem, ERR_JSON_FIELD, "exercise.at", "The time lies outside 1970 .. 9999");
	return ERR_NONE;
}

/* `version`: 0 to make it, then BEGUN - 1. */
static err_t write_document(struct live *l, const struct op *op, const char *id, uint64_t version)
{
	struct buf body;
	buf_init(&body, 65536);
	buf_add_char(&body, '{');
	emit_bool(&body, "exercise", op->exercise);
	emit_f64(&body, "speed", op->speed, 3);
	emit_time(&body, "at", op->at, 0);
	emit_text(&body, "by", op->by);
	buf_add_char(&body, '}');
	err_t e = body.error;
	if (e == ERR_NONE)
		e = catalog_put(l->settings.store, "session", id, version, (struct text){body.at, body.size}, NULL);
	buf_free(&body);
	return e;
}

/* The first record of every session: its plan. */
static err_t commit_first(struct live_session *s, const struct op *op)
{
	struct buf record;
	struct input in = {.kind = INPUT_PLAN, .version = 1, .plan = op->text, .by = op->by, .reason = TEXT("")};
	buf_init(&record, JOURNAL_BATCH_BYTES_MAX);
	input_write(&in, &record);
	err_t e = writer_begin(s, &record, op->plan);
	buf_free(&record);
	return e;
}

err_t session_open(struct live *l, struct op *op)
{
	err_t e = check_request(l, op);
	if (e != ERR_NONE)
		return e;
	char id[65] = {0};
	memcpy(id, op->id.at, op->id.size);
	struct live_session *s = session_new(l, id);
	if (s == NULL)
		return ERR_MEMORY;
	at_ms wall = l->settings.clock.now(l->settings.clock.self);
	s->exercise = op->exercise;
	if (op->exercise)
		s->clock = (struct session_clock){wall, op->at == AT_NONE ? wall : op->at, op->speed};
	e = fold_new(&s->w.fold);
	if (e == ERR_NONE)
		e = write_document(l, op, id, 0);
	if (e != ERR_NONE)
		goto out;
	e = journal_open(l->settings.store, id, &s->w.journal, &op->problem);
	if (e == ERR_NONE && journal_count(s->w.journal) > 0)
		e = problem_set(&op->problem, ERR_STORE_CORRUPT, NULL, "There is a journal of that name without a session");
	if (e == ERR_NONE)
		e = commit_first(s, op);
	if (e == ERR_NONE)
		e = ready(s);
	if (e != ERR_NONE) {
		/* A write that failed may be there after all: the next start knows, and needs the document then. */
		if (e != ERR_STORE_WRITE)
			catalog_delete(l->settings.store, "session", id);
		goto out;
	}
	if (write_document(l, op, id, BEGUN - 1) != ERR_NONE) /* it has begun all the same */
		log_warn("live", "session %s: that it has begun is not in the catalog", id);
	s->at_first = s->w.fold->at_first;
	op->roster = s->l.roster; /* the loop installs it */
	s->l.roster = NULL;
	op->session = s;
	return add_to_list(l, s);
out:
	session_free(s);
	return e;
}

void session_snapshot(struct live_session *s)
{
	struct buf saved;
	if (s->w.broken || atomic_load(&s->suspect) || s->w.fold->records == s->w.snapshot_number)
		return;
	buf_init(&saved, FOLD_BYTES_MAX);
	err_t e = fold_save(s->w.fold, &saved);
	if (e == ERR_NONE)
		e = snapshot_write(s->live->settings.store, s->id, s->w.fold->records, saved.at, saved.size);
	if (e != ERR_NONE)
		log_warn("live", "session %s: no snapshot at the stop (%s); the next start folds more", s->id, error_row(e)->code);
	buf_free(&saved);
}
