/* store/reader.c: the journal read in order, each batch checked before anybody sees it. */
#include "store/inside.h"

#include <stdlib.h>

#include "base/log.h"

/* A reader holds back the log's new beginning; so it lets go of its place after so many batches. */
#define BATCHES_A_HOLD 256

struct journal_reader {
	sqlite3 *db;
	sqlite3_stmt *next, *seek;
	bool is_running;
	unsigned batches_held;
	uint64_t expected; /* the number that the next batch must begin with */
	at_ms last_at;
	uint64_t lost; /* records that the witnesses know of; else than 0 only where one looks */
};

/* A journal that lost its end shows no gap: only the witness tells. The log of one that is refused stays as it lies. */
static err_t check_end(struct journal_reader *r, const struct witness *witness, bool is_looking, struct problem *problem)
{
	err_t error = journal_end_check(witness, r->db, &r->lost, problem);
	if (error != ERR_NONE)
		sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	return error == ERR_STORE_CORRUPT && r->lost > 0 && is_looking ? ERR_NONE : error;
}

err_t journal_reader_open(struct store *s, const char *session_id, struct journal_reader **out,
                          struct problem *problem)
{
	char path[STORE_PATH_SIZE];
	struct journal_reader *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, NULL);
	struct witness witness;
	r->expected = 1;
	r->last_at = AT_NONE;
	witness_read(s, session_id, &witness);
	err_t error = store_path(s, session_id, "journal.db", path);
	if (error != ERR_NONE)
		problem_set(problem, error, "session", "%.80s", session_id);
	else
		error = sql_open(s->disk, path, s->is_looking ? SQL_LOOK : SQL_EXISTING, &journal_shape, &r->db, problem);
	if (error == ERR_NONE)
		error = sql_prepare(r->db, "SELECT first, count, at_recorded, crc32c, body FROM batch WHERE first >= ?1"
		                           " ORDER BY first", &r->next);
	if (error == ERR_NONE)
		error = sql_prepare(r->db, "SELECT first, count FROM batch WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
		                    &r->seek);
	if (error == ERR_NONE)
		error = check_end(r, &witness, s->is_looking, problem);
	if (error != ERR_NONE) {
		journal_reader_close(r);
		return error;
	}
	*out = r;
	return ERR_NONE;
}

uint64_t journal_reader_lost(const struct journal_reader *r)
{
	return r->lost;
}

void journal_reader_close(struct journal_reader *r)
{
	if (r == NULL)
		return;
	sqlite3_finalize(r->next);
	sqlite3_finalize(r->seek);
	sqlite3_close(r->db);
	free(r);
}

static void let_go(struct journal_reader *r)
{
	sqlite3_reset(r->next);
	r->is_running = false;
	r->batches_held = 0;
}

err_t journal_reader_seek(struct journal_reader *r, uint64_t number)
{
	let_go(r);
	uint64_t expected = 1;
	sqlite3_bind_int64(r->seek, 1, number > INT64_MAX ? INT64_MAX : (sqlite3_int64)number);
	int rc = sqlite3_step(r->seek);
	if (rc == SQLITE_ROW) {
		uint64_t first = (uint64_t)sqlite3_column_int64(r->seek, 0);
		uint64_t count = (uint64_t)sqlite3_column_int64(r->seek, 1);
		/* Behind the end, or in a gap: the next batch must follow this one, and next() will see whether it does. */
		expected = number - first < count ? first : first + count;
	}
	sqlite3_reset(r->seek);
	err_t error = sql_read_error(r->db, rc);
	if (error == ERR_NONE) {
		r->expected = expected;
		r->last_at = AT_NONE;
	}
	return error;
}

static err_t take_row(struct journal_reader *r, struct journal_batch *out)
{
	struct journal_batch b;
	err_t error = journal_batch_read(r->next, &b);
	if (error != ERR_NONE) {
		log_error("store", "journal %s: the batch at record %llu fails its check", sqlite3_db_filename(r->db, "main"),
		          (unsigned long long)r->expected);
		return error;
	}
	if (b.first != r->expected || b.at_recorded < r->last_at) {
		log_error("store", "journal %s: record %llu is missing, the next batch begins with %llu",
		          sqlite3_db_filename(r->db, "main"), (unsigned long long)r->expected, (unsigned long long)b.first);
		return ERR_STORE_CORRUPT;
	}
	r->expected = b.first + b.count;
	r->last_at = b.at_recorded;
	r->batches_held++;
	*out = b;
	return ERR_NONE;
}

err_t journal_reader_next(struct journal_reader *r, struct journal_batch *out, bool *out_more)
{
	if (r->batches_held >= BATCHES_A_HOLD)
		let_go(r);
	if (!r->is_running) {
		sqlite3_bind_int64(r->next, 1, (sqlite3_int64)r->expected);
		r->is_running = true;
	}
	int rc = sqlite3_step(r->next);
	err_t error = rc == SQLITE_ROW ? take_row(r, out) : sql_read_error(r->db, rc);
	if (rc != SQLITE_ROW || error != ERR_NONE)
		let_go(r);
	if (error == ERR_NONE)
		*out_more = rc == SQLITE_ROW;
	return error;
}
