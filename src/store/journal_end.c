/* store/journal_end.c: is the end of a journal there? Its witness and the names of its snapshots know; and what there is left of
 * one that lost it. */
#include "store/inside.h"

#include <stdio.h>

/* The batch that the mark speaks of, as it is in the journal now. */
static err_t is_batch_there(sqlite3 *db, const struct witness_mark *mark, bool *out)
{
	sqlite3_stmt *row = NULL;
	err_t error = sql_prepare(db, "SELECT count, crc32c FROM batch WHERE first = ?1", &row);
	if (error != ERR_NONE)
		return error;
	sqlite3_bind_int64(row, 1, (sqlite3_int64)mark->first);
	int rc = sqlite3_step(row);
	*out = rc == SQLITE_ROW && sqlite3_column_int64(row, 0) == mark->count && sqlite3_column_int64(row, 1) == mark->crc;
	error = sql_read_error(db, rc);
	sqlite3_finalize(row);
	return error;
}

static err_t count_records(sqlite3 *db, uint64_t *out)
{
	sqlite3_stmt *row = NULL;
	err_t error = sql_prepare(db, "SELECT first, count FROM batch ORDER BY first DESC LIMIT 1", &row);
	if (error != ERR_NONE)
		return error;
	int rc = sqlite3_step(row);
	*out = rc != SQLITE_ROW ? 0 : (uint64_t)sqlite3_column_int64(row, 0) + (uint64_t)sqlite3_column_int64(row, 1) - 1;
	error = sql_read_error(db, rc);
	sqlite3_finalize(row);
	return error;
}

static uint64_t known_by(const struct witness *w)
{
	uint64_t known = w->mark.first == 0 ? 0 : w->mark.first + w->mark.count - 1;
	return known >= w->snapshot ? known : w->snapshot;
}

static err_t say_damaged(const char *path, struct problem *problem)
{
	return problem_set(problem, ERR_STORE_CORRUPT, NULL, "the witness beside %s is damaged: nobody can tell whether its end is there",
	                   path);
}

err_t journal_end_check(const struct witness *w, sqlite3 *db, uint64_t *out_lost, struct problem *problem)
{
	const struct witness_mark *mark = &w->mark;
	const char *path = sqlite3_db_filename(db, "main");
	uint64_t known = known_by(w), count = 0;
	const char *who = known > w->snapshot ? "its witness" : "a snapshot";
	*out_lost = 0;
	err_t count_error = count_records(db, &count);
	if (count_error != ERR_NONE)
		return problem_set(problem, count_error, NULL, "%s: %s", path, sqlite3_errmsg(db));
	if (known > count) {
		*out_lost = known - count;
		return problem_set(problem, ERR_STORE_CORRUPT, NULL, "%s ends at record %llu, but %s knows %llu: %llu are missing",
		                   path, (unsigned long long)count, who, (unsigned long long)known,
		                   (unsigned long long)*out_lost);
	}
	if (w->is_damaged) {
		*out_lost = JOURNAL_LOST_UNKNOWN;
		return say_damaged(path, problem);
	}
	bool is_there = true;
	err_t error = mark->first == 0 ? ERR_NONE : is_batch_there(db, mark, &is_there);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "%s: %s", path, sqlite3_errmsg(db));
	if (is_there)
		return ERR_NONE;
	*out_lost = mark->count;
	return problem_set(problem, ERR_STORE_CORRUPT, NULL, "%s: the batch at record %llu is not the one that was committed",
	                   path, (unsigned long long)mark->first);
}

err_t journal_end_look_first(const struct store *s, const struct witness *w, const char *path, struct problem *problem)
{
	sqlite3 *db = NULL;
	uint64_t known = known_by(w), lost;
	if (known == 0)
		return w->is_damaged ? say_damaged(path, problem) : ERR_NONE;
	err_t error = sql_open(s->disk, path, SQL_LOOK, &journal_shape, &db, problem);
	if (error == ERR_NOT_FOUND)
		return problem_set(problem, ERR_STORE_CORRUPT, NULL, "%s is missing or empty: %llu records are missing", path,
		                   (unsigned long long)known);
	if (error == ERR_NONE)
		error = journal_end_check(w, db, &lost, problem);
	sqlite3_close(db);
	return error;
}

/* ---- what is left ---- */

/* From the end backwards: what fails its check is no end, but tells how much there was. */
static err_t find_whole_batch(sqlite3 *db, struct witness_mark *out_last, uint64_t *out_seen, struct journal_bad *out_bad)
{
	sqlite3_stmt *row = NULL;
	err_t error = sql_prepare(db, "SELECT first, count, at_recorded, crc32c, body FROM batch ORDER BY first DESC", &row);
	while (error == ERR_NONE) {
		struct journal_batch b;
		int rc = sqlite3_step(row);
		error = sql_read_error(db, rc);
		if (error != ERR_NONE || rc != SQLITE_ROW)
			break;
		int64_t first = sqlite3_column_int64(row, 0), count = sqlite3_column_int64(row, 1);
		uint64_t last = first < 1 ? 0 : (uint64_t)first + (count < 1 || count > UINT32_MAX ? 1u : (uint64_t)count) - 1;
		*out_seen = last > *out_seen ? last : *out_seen;
		error = journal_batch_read(row, &b);
		if (error == ERR_NONE) {
			*out_last = (struct witness_mark){b.first, b.count, journal_batch_crc(&b)};
			break;
		}
		out_bad->is_there = true;
		error = error == ERR_STORE_CORRUPT ? ERR_NONE : error;
	}
	sqlite3_finalize(row);
	return error;
}

static err_t hold_to(const struct witness *w, sqlite3 *db, struct journal_loss *out, struct journal_bad *out_bad)
{
	struct witness_mark last = {0};
	uint64_t known = known_by(w);
	bool is_there = true;
	err_t error = find_whole_batch(db, &last, &known, out_bad);
	if (error != ERR_NONE)
		return error;
	out->kept = last.first == 0 ? 0 : last.first + last.count - 1;
	out->lost = known - out->kept;
	out_bad->behind = last.first;
	if (out->lost == 0 && (w->is_damaged || out_bad->is_there))
		out->lost = JOURNAL_LOST_UNKNOWN;
	if (out->lost == 0 && w->mark.first > 0 && (error = is_batch_there(db, &w->mark, &is_there)) == ERR_NONE && !is_there)
		out->lost = w->mark.count;
	return error;
}

err_t journal_end_find(const struct store *s, const char *session_id, struct journal_loss *out, struct journal_bad *out_bad,
                       struct problem *problem)
{
	struct witness w;
	sqlite3 *db = NULL;
	char path[STORE_PATH_SIZE];
	*out = (struct journal_loss){0, 0};
	*out_bad = (struct journal_bad){false, 0};
	err_t error = store_path(s, session_id, "journal.db", path);
	if (error != ERR_NONE)
		return problem_set(problem, error, "session", "%.80s", session_id);
	witness_read(s, session_id, &w);
	error = sql_open(s->disk, path, SQL_LOOK, &journal_shape, &db, problem);
	if (error == ERR_NOT_FOUND) {
		out->lost = w.is_damaged && known_by(&w) == 0 ? JOURNAL_LOST_UNKNOWN : known_by(&w);
		return ERR_NONE;
	}
	if (error != ERR_NONE)
		return error;
	error = hold_to(&w, db, out, out_bad);
	if (error != ERR_NONE)
		problem_set(problem, error, NULL, "%s: %s", path, sqlite3_errmsg(db));
	sqlite3_close(db);
	return error;
}

err_t journal_look_for_loss(struct store *s, const char *session_id, struct journal_loss *out, struct problem *problem)
{
	struct journal_bad bad;
	return journal_end_find(s, session_id, out, &bad, problem);
}

err_t journal_end_keep_copies(const struct store *s, const char *session_id, uint64_t kept, bool is_bad)
{
	err_t error = aside_copy(s, session_id, "journal.db-wal", kept);
	if (error == ERR_NONE && is_bad)
		error = aside_copy(s, session_id, "journal.db", kept);
	return error;
}

err_t journal_end_drop(sqlite3 *db, const struct journal_bad *bad)
{
	char sql[80];
	snprintf(sql, sizeof(sql), "DELETE FROM batch WHERE first > %llu OR first < 1", (unsigned long long)bad->behind);
	return sql_write_error(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

err_t journal_end_set_aside(struct store *s, const char *session_id, uint64_t count)
{
	char path[STORE_PATH_SIZE];
	uint64_t number;
	err_t error = witness_set_aside(s, session_id, count);
	while (error == ERR_NONE && (number = snapshot_newest_number(s, session_id)) > count)
		error = snapshot_set_aside(s, session_id, number);
	if (error != ERR_NONE)
		return error;
	error = store_path(s, session_id, "", path);
	return error == ERR_NONE ? store_sync_folder(s, path) : error;
}
