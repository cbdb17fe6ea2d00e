/* store/catalog_end.c: is the end of the catalog there?
 *
 * Every change is counted in the same transaction, in a document of its own whose version is the count; its body is a checksum
 * over all changes so far, so that two histories of the same length are told apart. cordon.end is told the same (witness.c). A
 * catalog of before has no such document: it begins to count with its next change. */
#include "store/inside.h"

#include <stdio.h>

const char catalog_end_kind[] = "change-count", catalog_end_key[] = "last";

static err_t read_row(sqlite3 *db, sqlite3_stmt *row, struct witness_mark *out)
{
	uint64_t number = (uint64_t)sqlite3_column_int64(row, 0), crc = 0;
	const char *bytes = sqlite3_column_blob(row, 2);
	struct text body = {bytes == NULL ? "" : bytes, (size_t)sqlite3_column_bytes(row, 2)};
	if (bytes == NULL && sqlite3_errcode(db) == SQLITE_NOMEM)
		return ERR_MEMORY;
	if (sqlite3_column_int64(row, 1) != (int64_t)catalog_crc(catalog_end_kind, catalog_end_key, number, body) || number == 0 ||
	    !text_to_u64(body, &crc) || crc > UINT32_MAX)
		return ERR_STORE_CORRUPT;
	*out = (struct witness_mark){number, 1, (uint32_t)crc};
	return ERR_NONE;
}

err_t catalog_end_read(sqlite3 *db, struct witness_mark *out)
{
	sqlite3_stmt *row = NULL;
	*out = (struct witness_mark){0};
	err_t error = sql_prepare(db, "SELECT version, crc32c, body FROM document WHERE kind = ?1 AND key = ?2", &row);
	if (error != ERR_NONE)
		return error;
	sqlite3_bind_text(row, 1, catalog_end_kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, catalog_end_key, -1, SQLITE_STATIC);
	int rc = sqlite3_step(row);
	error = rc == SQLITE_ROW ? read_row(db, row, out) : sql_read_error(db, rc);
	sqlite3_finalize(row);
	return error;
}

#define WAY_BACK "bring back cordon.db and cordon.end from one copy, or go on without: cordon verify --accept-loss cordon.db"

err_t catalog_end_check(const struct witness *w, sqlite3 *db, struct witness_mark *out, uint64_t *out_lost,
                        struct problem *problem)
{
	unsigned long long known = w->mark.first;
	*out_lost = 0;
	err_t error = catalog_end_read(db, out);
	if (error == ERR_STORE_CORRUPT) {
		*out_lost = CATALOG_LOST_UNKNOWN;
		return problem_set(problem, error, NULL, "the catalog's count of its changes is damaged; " WAY_BACK);
	}
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "cordon.db: %s", sqlite3_errmsg(db));
	if (w->is_damaged) {
		*out_lost = CATALOG_LOST_UNKNOWN;
		return problem_set(problem, ERR_STORE_CORRUPT, NULL,
		                   "cordon.end is damaged: nobody can tell whether the catalog's end is there; " WAY_BACK);
	}
	if (known > out->first) {
		*out_lost = known - out->first;
		return problem_set(problem, ERR_STORE_CORRUPT, NULL,
		                   "the catalog ends at change %llu, but cordon.end knows %llu: %llu are missing; " WAY_BACK,
		                   (unsigned long long)out->first, known, (unsigned long long)*out_lost);
	}
	if (known > 0 && known == out->first && w->mark.crc != out->crc) {
		*out_lost = 1;
		return problem_set(problem, ERR_STORE_CORRUPT, NULL,
		                   "change %llu of the catalog is not the one that cordon.end knows; " WAY_BACK, known);
	}
	return ERR_NONE;
}

err_t catalog_end_missing(const struct witness *w, struct catalog_loss *out, struct problem *problem)
{
	*out = (struct catalog_loss){0, w->is_damaged ? CATALOG_LOST_UNKNOWN : w->mark.first};
	if (w->is_damaged)
		return problem_set(problem, ERR_STORE_CORRUPT, NULL,
		                   "cordon.db is missing or empty, and cordon.end is damaged: nobody can tell what there was; " WAY_BACK);
	return problem_set(problem, ERR_STORE_CORRUPT, NULL, "cordon.db is missing or empty: %llu changes are missing; " WAY_BACK,
	                   (unsigned long long)w->mark.first);
}

err_t catalog_end_look_first(const struct store *s, const struct witness *w, const char *path, struct catalog_loss *out,
                             struct problem *problem)
{
	sqlite3 *db = NULL;
	struct witness_mark mark = {0};
	*out = (struct catalog_loss){0, 0};
	if (w->mark.first == 0 && !w->is_damaged && !s->is_loss_accepted)
		return ERR_NONE;
	err_t error = sql_open(s->disk, path, SQL_LOOK, &catalog_shape, &db, problem);
	if (error == ERR_NOT_FOUND)
		return w->mark.first == 0 && !w->is_damaged ? ERR_NONE : catalog_end_missing(w, out, problem);
	if (error == ERR_NONE)
		error = catalog_end_check(w, db, &mark, &out->lost, problem);
	out->kept = mark.first;
	sqlite3_close(db);
	return error;
}
