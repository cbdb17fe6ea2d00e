/* store/journal.c: the writer, and the tidying of its log.
 *
 *   commit   one INSERT of one blob, its own transaction: frames at the end of journal.db-wal, one fsync
 *   tidy     another connection, another thread: frames from the log into journal.db, fsync; when the log
 *            has grown large, it begins again at its start, over blocks that the disk already has
 */
#include "store/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define LOG_TIDY_SIZE ((int64_t)4 << 20)     /* below this a checkpoint is not worth its fsync */
#define LOG_LARGE_FRAMES 8192                /* 32 MiB: above this it must begin again, though the writer waits */
#define LOG_HUGE_SIZE ((int64_t)256 << 20)   /* above this the disk gets its room back */
#define BATCH_HEAD_SIZE 24

const struct sql_shape journal_shape = {
	.application_id = 0x43444E4A, /* "CDNJ" */
	.version = 1,
	.schema = "CREATE TABLE batch (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, at_recorded INTEGER NOT NULL,"
	          " crc32c INTEGER NOT NULL, body BLOB NOT NULL) STRICT",
};

struct journal {
	struct store *store;
	sqlite3 *db;
	sqlite3_stmt *insert;
	uint64_t count;
	at_ms last_at;
	struct witness witness;
	bool is_loss_accepted;   /* what the witness knows more than the journal is let go */
	struct journal_loss loss;
	bool is_broken;          /* a write or sync failed: nothing here can be believed any more */
	int64_t page_size;
	_Atomic int64_t log_size; /* read by the thread that tidies */
};

uint32_t journal_batch_crc(const struct journal_batch *batch)
{
	uint8_t head[BATCH_HEAD_SIZE];
	pack_u64(head, batch->first);
	pack_u32(head + 8, batch->count);
	pack_u64(head + 12, (uint64_t)batch->at_recorded);
	pack_u32(head + 20, (uint32_t)batch->size);
	return check_crc32c(check_crc32c(0, head, sizeof(head)), batch->bytes, batch->size);
}

err_t journal_batch_read(sqlite3_stmt *row, struct journal_batch *out)
{
	int64_t first = sqlite3_column_int64(row, 0), count = sqlite3_column_int64(row, 1);
	int64_t crc = sqlite3_column_int64(row, 3);
	struct journal_batch b = {.first = (uint64_t)first, .count = (uint32_t)count};
	b.at_recorded = sqlite3_column_int64(row, 2);
	b.bytes = sqlite3_column_blob(row, 4);
	b.size = (size_t)sqlite3_column_bytes(row, 4);
	if (b.bytes == NULL && b.size == 0) {
		if (sqlite3_errcode(sqlite3_db_handle(row)) == SQLITE_NOMEM)
			return ERR_MEMORY;
		b.bytes = ""; /* SQLite gives no address for no bytes */
	}
	if (first < 1 || count < 1 || count > UINT32_MAX || b.bytes == NULL || b.size > JOURNAL_BATCH_BYTES_MAX)
		return ERR_STORE_CORRUPT;
	if (crc != (int64_t)journal_batch_crc(&b))
		return ERR_STORE_CORRUPT;
	*out = b;
	return ERR_NONE;
}

/* ---- opening ---- */

static struct witness_mark mark_of(const struct journal_batch *b)
{
	return (struct witness_mark){b->first, b->count, journal_batch_crc(b)};
}

static err_t read_end(struct journal *j, struct witness_mark *out_last)
{
	sqlite3_stmt *row = NULL;
	err_t error = sql_prepare(j->db, "SELECT first, count, at_recorded, crc32c, body FROM batch"
	                                 " ORDER BY first DESC LIMIT 1", &row);
	if (error != ERR_NONE)
		return error;
	int rc = sqlite3_step(row);
	if (rc == SQLITE_ROW) {
		struct journal_batch last;
		error = journal_batch_read(row, &last);
		if (error == ERR_NONE) {
			j->count = last.first + last.count - 1;
			j->last_at = last.at_recorded;
			*out_last = mark_of(&last);
		}
	} else {
		error = sql_read_error(j->db, rc);
	}
	sqlite3_finalize(row);
	return error;
}

static int note_log_size(void *self, sqlite3 *db, const char *name, int page_count)
{
	struct journal *j = self;
	(void)db;
	(void)name;
	atomic_store_explicit(&j->log_size, page_count * j->page_size, memory_order_relaxed);
	return SQLITE_OK;
}

static err_t read_page_size(struct journal *j)
{
	sqlite3_stmt *row = NULL;
	err_t error = sql_prepare(j->db, "PRAGMA page_size", &row);
	if (error == ERR_NONE && sqlite3_step(row) == SQLITE_ROW)
		j->page_size = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return error;
}

/* A journal that lost its end is refused, or, where that is wanted, begins anew from what there is. */
static err_t check_end(struct journal *j, const char *session_id, const struct witness_mark *last, struct problem *problem)
{
	uint64_t lost = 0;
	err_t error = journal_end_check(&j->witness, j->db, &lost, problem);
	if (error == ERR_STORE_CORRUPT && j->is_loss_accepted && lost > 0) {
		j->witness = (struct witness){.file = -1};
		error = journal_end_set_aside(j->store, session_id, j->count);
	}
	if (error != ERR_NONE)
		return error;
	if (j->loss.lost == JOURNAL_LOST_UNKNOWN)
		log_error("store", "session %s goes on from record %llu; its witness was damaged, and what may be lost is accepted",
		          session_id, (unsigned long long)j->count);
	else if (j->loss.lost > 0)
		log_error("store", "session %s goes on from record %llu without %llu records that were lost: their loss is accepted",
		          session_id, (unsigned long long)j->count, (unsigned long long)j->loss.lost);
	witness_open(j->store, session_id, &j->witness);
	if (last->first > j->witness.mark.first)
		witness_note(j->store, &j->witness, last);
	return ERR_NONE;
}

/* What is there is copied as it lies, before the log is moved into the file and what is damaged is thrown out of it. */
static err_t look_first(struct journal *j, const char *session_id, const char *path, struct journal_bad *out_bad, struct problem *problem)
{
	if (!j->is_loss_accepted)
		return journal_end_look_first(j->store, &j->witness, path, problem);
	err_t error = journal_end_find(j->store, session_id, &j->loss, out_bad, problem);
	if (error != ERR_NONE || j->loss.lost == 0)
		return error;
	error = journal_end_keep_copies(j->store, session_id, j->loss.kept, out_bad->is_there);
	return error == ERR_NONE ? ERR_NONE : problem_set(problem, error, NULL, "%s could not be copied aside", path);
}

static err_t open_parts(struct journal *j, const char *session_id, struct problem *problem)
{
	char path[STORE_PATH_SIZE];
	struct witness_mark last = {0};
	struct journal_bad bad = {false, 0};
	err_t error = store_make_session(j->store, session_id, problem);
	if (error != ERR_NONE)
		return error;
	witness_read(j->store, session_id, &j->witness);
	if ((error = store_path(j->store, session_id, "journal.db", path)) != ERR_NONE)
		return problem_set(problem, error, "session", NULL);
	if ((error = look_first(j, session_id, path, &bad, problem)) != ERR_NONE)
		return error;
	if ((error = sql_open(j->store->disk, path, SQL_MAKE, &journal_shape, &j->db, problem)) != ERR_NONE)
		return error;
	if (bad.is_there && (error = journal_end_drop(j->db, &bad)) != ERR_NONE)
		return problem_set(problem, error, NULL, "%s: what is damaged at its end cannot be removed", path);
	if ((error = read_end(j, &last)) != ERR_NONE || (error = read_page_size(j)) != ERR_NONE)
		return problem_set(problem, error, NULL, "%s: the last batch cannot be read", path);
	if ((error = check_end(j, session_id, &last, problem)) != ERR_NONE)
		return error;
	sqlite3_wal_hook(j->db, note_log_size, j);
	error = sql_prepare(j->db, "INSERT INTO batch (first, count, at_recorded, crc32c, body)"
	                           " VALUES (?1, ?2, ?3, ?4, ?5)", &j->insert);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "%s: %s", path, sqlite3_errmsg(j->db));
	store_path(j->store, session_id, "", path);
	return store_sync_folder(j->store, path);
}

static err_t open_journal(struct store *s, const char *session_id, bool is_loss_accepted, struct journal **out,
                          struct problem *problem)
{
	struct journal *j = calloc(1, sizeof(*j));
	if (j == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, NULL);
	j->store = s;
	j->last_at = AT_NONE;
	j->is_loss_accepted = is_loss_accepted;
	j->witness.file = -1;
	err_t error = open_parts(j, session_id, problem);
	if (error == ERR_STORE_FULL && store_spend_reserve(s)) {
		sqlite3_close(j->db);
		j->db = NULL;
		witness_close(s, &j->witness);
		error = open_parts(j, session_id, problem);
	}
	if (error != ERR_NONE) {
		journal_close(j);
		return error;
	}
	*out = j;
	return ERR_NONE;
}

err_t journal_open(struct store *s, const char *session_id, struct journal **out, struct problem *problem)
{
	return open_journal(s, session_id, false, out, problem);
}

err_t journal_accept_loss(struct store *s, const char *session_id, uint64_t *out_records_lost, struct problem *problem)
{
	struct journal *j = NULL;
	err_t error = open_journal(s, session_id, true, &j, problem);
	if (error == ERR_NONE)
		*out_records_lost = j->loss.lost;
	journal_close(j);
	return error;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	sqlite3_finalize(j->insert);
	/* The last connection moves the log into the file; a broken journal is left as it lies, for the next opening. */
	if (j->db != NULL && j->is_broken)
		sqlite3_db_config(j->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	sqlite3_close(j->db);
	witness_close(j->store, &j->witness);
	free(j);
}

uint64_t journal_count(const struct journal *j)
{
	return j->count;
}

at_ms journal_last_at(const struct journal *j)
{
	return j->last_at;
}

/* ---- writing ---- */

static err_t check_batch(const struct journal *j, const struct journal_batch *b)
{
	if (b->count == 0 || b->first != j->count + 1 || b->first + b->count > (uint64_t)INT64_MAX)
		return ERR_BUG;
	if (b->at_recorded == AT_NONE || b->at_recorded < j->last_at)
		return ERR_BUG;
	return b->size > JOURNAL_BATCH_BYTES_MAX ? ERR_TOO_LARGE : ERR_NONE;
}

static err_t insert_batch(struct journal *j, const struct journal_batch *b, uint32_t crc)
{
	sqlite3_stmt *insert = j->insert;
	sqlite3_bind_int64(insert, 1, (sqlite3_int64)b->first);
	sqlite3_bind_int64(insert, 2, b->count);
	sqlite3_bind_int64(insert, 3, b->at_recorded);
	sqlite3_bind_int64(insert, 4, crc);
	sqlite3_bind_blob(insert, 5, b->size == 0 ? "" : b->bytes, (int)b->size, SQLITE_STATIC);
	int rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	sqlite3_bind_null(insert, 5); /* the caller's bytes may go away now */
	if (rc == SQLITE_DONE)
		return ERR_NONE;
	/* SQLite takes most failed transactions back by itself, and then a ROLLBACK is an error: ask first. */
	if (!sqlite3_get_autocommit(j->db))
		sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
	err_t error = sql_write_error(j->db, rc);
	if (error == ERR_STORE_WRITE || !sqlite3_get_autocommit(j->db)) {
		j->is_broken = true;
		log_error("store", "the journal takes no more records until it is opened again");
		return ERR_STORE_WRITE;
	}
	return error;
}

err_t journal_commit(struct journal *j, const struct journal_batch *batch)
{
	if (j->is_broken)
		return ERR_STORE_WRITE;
	err_t error = check_batch(j, batch);
	if (error != ERR_NONE)
		return error;
	struct witness_mark mark = mark_of(batch);
	error = insert_batch(j, batch, mark.crc);
	if (error == ERR_STORE_FULL && store_spend_reserve(j->store))
		error = insert_batch(j, batch, mark.crc);
	if (error != ERR_NONE)
		return error;
	j->count += batch->count;
	j->last_at = batch->at_recorded;
	witness_note(j->store, &j->witness, &mark);
	return ERR_NONE;
}

/* ---- tidying ---- */

bool journal_wants_tidy(const struct journal *j)
{
	return atomic_load_explicit(&j->log_size, memory_order_relaxed) >= LOG_TIDY_SIZE;
}

static int64_t log_file_size(sqlite3 *db)
{
	sqlite3_file *log = sql_log_file(db);
	sqlite3_int64 size = 0;
	return log != NULL && log->pMethods->xFileSize(log, &size) == SQLITE_OK ? size : 0;
}

/* The bulk goes while the writer works, and a log that is wholly in the file begins again by itself with the
 * next commit. Under steady load more always comes meanwhile: that rest is little, and when the log has grown
 * large the writer is kept waiting for it, or the log would never end. */
static int checkpoint(sqlite3 *db)
{
	int frames = 0, frames_done = 0;
	int rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &frames_done);
	if (rc != SQLITE_OK)
		return rc;
	if (log_file_size(db) >= LOG_HUGE_SIZE)
		return sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (frames >= LOG_LARGE_FRAMES && frames_done < frames)
		return sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	return SQLITE_OK;
}

err_t journal_tidy(struct store *s, const char *session_id)
{
	char path[STORE_PATH_SIZE];
	sqlite3 *db = NULL;
	err_t error = store_path(s, session_id, "journal.db", path);
	if (error != ERR_NONE)
		return error;
	error = sql_open(s->disk, path, SQL_EXISTING, &journal_shape, &db, NULL);
	if (error == ERR_NONE) {
		error = sql_write_error(db, checkpoint(db));
		sqlite3_close(db);
		witness_sync_file(s, session_id);
	}
	/* A reader or another tidying holds the log: nothing is wrong, the next call will do it. */
	if (error == ERR_BUSY)
		error = ERR_NONE;
	if (error == ERR_STORE_FULL)
		store_spend_reserve(s);
	else
		store_refill_reserve(s);
	return error;
}
