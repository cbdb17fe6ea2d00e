/* store/witness.c: what a journal's end was, told by another file.
 *
 * A log that lost its last frames looks to SQLite like one that ended earlier: acknowledged batches would be gone without a
 * word. So beside the journal lies journal.end, with the numbers and the checksum of the last batch that held. It is written
 * after the commit is durable and not synced then: it may know less than the journal, after a kill or a power cut, but never
 * more. If it does, records are lost.
 *
 *   0         8        16      20           24              4096 ...
 *   "CDNEND\1" first    count   batch crc32c  crc32c of this   the same once more     (little-endian)
 *
 * The two places are written in turn, so that a torn write leaves the other one. They are allocated when the file is made:
 * writing needs no room on a full disk. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define NAME "journal.end"
#define SLOT_DISTANCE 4096u /* no sector holds both */
#define SLOT_SIZE 28u

static const char magic[8] = "CDNEND\1";

static void pack_slot(uint8_t slot[SLOT_SIZE], const struct witness_mark *mark)
{
	memcpy(slot, magic, sizeof(magic));
	pack_u64(slot + 8, mark->first);
	pack_u32(slot + 16, mark->count);
	pack_u32(slot + 20, mark->crc);
	pack_u32(slot + 24, check_crc32c(0, slot, 24));
}

/* False: there is none at that place. `out_is_blank`: and never was. */
static bool read_slot(const struct disk *disk, int file, unsigned slot, struct witness_mark *out, bool *out_is_blank)
{
	uint8_t bytes[SLOT_SIZE] = {0}, blank[SLOT_SIZE] = {0};
	for (size_t done = 0; done < SLOT_SIZE;) {
		ssize_t n = disk->read(disk->self, file, bytes + done, SLOT_SIZE - done, slot * SLOT_DISTANCE + done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	*out_is_blank = memcmp(bytes, blank, SLOT_SIZE) == 0;
	*out = (struct witness_mark){unpack_u64(bytes + 8), unpack_u32(bytes + 16), unpack_u32(bytes + 20)};
	return memcmp(bytes, magic, sizeof(magic)) == 0 && unpack_u32(bytes + 24) == check_crc32c(0, bytes, 24) &&
	       out->first >= 1 && out->count >= 1;
}

static void read_marks(const struct disk *disk, int file, const char *path, struct witness *w)
{
	struct witness_mark marks[2];
	bool is_blank[2], is_there[2];
	for (unsigned i = 0; i < 2; i++)
		is_there[i] = read_slot(disk, file, i, &marks[i], &is_blank[i]);
	for (unsigned i = 0; i < 2; i++) {
		if (is_there[i] && marks[i].first > w->mark.first) {
			w->mark = marks[i];
			w->next_slot = 1 - i;
		}
	}
	if ((!is_there[0] && !is_blank[0]) || (!is_there[1] && !is_blank[1]))
		log_warn("store", "%s is damaged; %s", path, w->mark.first == 0 ? "it knows nothing any more" : "half of it is whole");
}

void witness_read(const struct store *s, const char *session_id, struct witness *out)
{
	char path[STORE_PATH_SIZE];
	*out = (struct witness){.file = -1};
	out->snapshot = snapshot_newest_number(s, session_id);
	if (store_path(s, session_id, NAME, path) != ERR_NONE)
		return;
	int file = s->disk->open(s->disk->self, path, O_RDONLY);
	if (file < 0) {
		if (file != -ENOENT)
			log_warn("store", "%s cannot be read: %s", path, strerror(-file));
		return;
	}
	read_marks(s->disk, file, path, out);
	s->disk->close(s->disk->self, file);
}

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

err_t witness_check(const struct witness *w, sqlite3 *db, uint64_t *out_lost, struct problem *problem)
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

err_t witness_look_first(const struct store *s, const struct witness *w, const char *path, struct problem *problem)
{
	sqlite3 *db = NULL;
	uint64_t known = known_by(w), lost;
	if (known == 0)
		return ERR_NONE;
	err_t error = sql_open(s->disk, path, SQL_LOOK, &journal_shape, &db, problem);
	if (error == ERR_NOT_FOUND)
		return problem_set(problem, ERR_STORE_CORRUPT, NULL, "%s is missing or empty: %llu records are missing", path,
		                   (unsigned long long)known);
	if (error == ERR_NONE)
		error = witness_check(w, db, &lost, problem);
	sqlite3_close(db);
	return error;
}

/* ---- writing ---- */

static void fail_once(struct witness *w, const char *path, ssize_t rc)
{
	if (!w->is_failing)
		log_warn("store", "%s cannot be written (%s): a lost end of this journal might not be noticed", path,
		         strerror((int)-rc));
	w->is_failing = true;
}

void witness_open(const struct store *s, const char *session_id, struct witness *w)
{
	char path[STORE_PATH_SIZE];
	const struct disk *disk = s->disk;
	if (store_path(s, session_id, NAME, path) != ERR_NONE)
		return;
	w->file = disk->open(disk->self, path, O_RDWR | O_CREAT);
	if (w->file < 0) {
		fail_once(w, path, w->file);
		return;
	}
	int rc = disk->allocate(disk->self, w->file, 2 * SLOT_DISTANCE);
	if (rc != 0)
		fail_once(w, path, rc);
}

void witness_note(const struct store *s, struct witness *w, const struct witness_mark *mark)
{
	uint8_t slot[SLOT_SIZE];
	if (w->file < 0)
		return;
	pack_slot(slot, mark);
	ssize_t n = s->disk->write(s->disk->self, w->file, slot, SLOT_SIZE, w->next_slot * SLOT_DISTANCE);
	w->mark = *mark;
	w->next_slot = 1 - w->next_slot;
	if (n != SLOT_SIZE)
		fail_once(w, NAME, n < 0 ? n : -ENOSPC);
}

void witness_close(const struct store *s, struct witness *w)
{
	if (w->file < 0)
		return;
	s->disk->sync(s->disk->self, w->file);
	s->disk->close(s->disk->self, w->file);
	w->file = -1;
}

void witness_sync(const struct store *s, const char *session_id)
{
	char path[STORE_PATH_SIZE];
	if (store_path(s, session_id, NAME, path) != ERR_NONE)
		return;
	struct witness w = {.file = s->disk->open(s->disk->self, path, O_RDWR)};
	witness_close(s, &w);
}

err_t witness_set_aside(struct store *s, const char *session_id, uint64_t count)
{
	char path[STORE_PATH_SIZE], path_aside[STORE_PATH_SIZE], name[64];
	uint64_t number;
	snprintf(name, sizeof(name), NAME ".%020llu.aside", (unsigned long long)count);
	err_t error = store_path(s, session_id, NAME, path);
	if (error == ERR_NONE)
		error = store_path(s, session_id, name, path_aside);
	if (error != ERR_NONE)
		return error;
	int rc = s->disk->rename(s->disk->self, path, path_aside);
	if (rc != 0 && rc != -ENOENT)
		return ERR_STORE_WRITE;
	while ((number = snapshot_newest_number(s, session_id)) > count)
		if ((error = snapshot_set_aside(s, session_id, number)) != ERR_NONE)
			return error;
	return store_path(s, session_id, "", path) == ERR_NONE ? store_sync_folder(s, path) : ERR_STORE_WRITE;
}
