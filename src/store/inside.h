/* store/inside.h: what the files of store/ share. Not for others.
 *
 *   folder.c    the data folder: lock, reserve, paths        sql.c      one way to open and to fail
 *   disk.c      the machine's own disk (disk.h)              witness.c  what a journal's end was
 *   journal.c   the writer and the tidying                   reader.c   the reader
 *   snapshot.c  snapshots                                    catalog.c  documents and chains
 */
#ifndef CORDON_STORE_INSIDE_H
#define CORDON_STORE_INSIDE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "store/disk.h"
#include "store/store.h"

struct catalog;

struct store {
	char *dir;
	const struct disk *disk;
	int lock_file;
	_Atomic bool is_reserve_spent;
	bool is_looking; /* opened by store_open_to_look: nothing is written */
	struct catalog *catalog;
};

/* ---- folder.c ---- */

#define STORE_PATH_SIZE 4096
/* DIR/name, or DIR/sessions/ID/name when `session_id` is not NULL. Errors: NAME_BAD (id), TOO_LARGE. */
err_t store_path(const struct store *s, const char *session_id, const char *name, char out[STORE_PATH_SIZE]);
/* Makes DIR/sessions/ID and has its name on disk. Errors: NAME_BAD, STORE_OPEN. */
err_t store_make_session(const struct store *s, const char *session_id, struct problem *problem);
/* fsync of a folder, so that the names in it are on disk. */
err_t store_sync_folder(const struct store *s, const char *path);
/* Gives the reserve back to a full disk. True if there was one: try once more. */
bool store_spend_reserve(struct store *s);
/* Makes the reserve again where it is missing and the disk has room to spare. */
void store_refill_reserve(struct store *s);

/* ---- sql.c ---- */

/* What a database of ours is told by, and how a new one is made. */
struct sql_shape {
	int32_t application_id;
	int32_t version;
	const char *schema;
};

enum sql_use { SQL_MAKE, SQL_EXISTING, SQL_LOOK }; /* LOOK: existing, and its log stays where it lies */

/* Opens for one thread at a time: WAL, synchronous=FULL, no automatic checkpoint, mode 0600.
 * SQL_MAKE is the writer's opening: makes a new file if there is none, and what is found is on disk before it is shown.
 * Errors: NOT_FOUND (SQL_EXISTING), STORE_OPEN, STORE_CORRUPT, STORE_VERSION, STORE_FULL, MEMORY. */
err_t sql_open(const struct disk *disk, const char *path, enum sql_use use, const struct sql_shape *shape,
               sqlite3 **out, struct problem *problem);
/* The connection's write-ahead log, NULL if it has none yet. */
sqlite3_file *sql_log_file(sqlite3 *db);
/* A statement kept for the life of its connection. Errors: STORE_CORRUPT, STORE_OPEN, MEMORY. */
err_t sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out);
/* What the failure `rc` (extended) of a read or of a write means. Logs what is not ordinary. */
err_t sql_read_error(sqlite3 *db, int rc);
err_t sql_write_error(sqlite3 *db, int rc);

/* ---- journal.c, for reader.c ---- */

extern const struct sql_shape journal_shape;
/* Over the numbers and the bytes, so that neither can change alone. */
uint32_t journal_batch_crc(const struct journal_batch *batch);
/* Reads the columns first, count, at_recorded, crc32c, body of a row. Errors: STORE_CORRUPT. */
err_t journal_batch_read(sqlite3_stmt *row, struct journal_batch *out);

/* ---- witness.c ---- */

/* A batch by its numbers and its checksum; first = 0: none. */
struct witness_mark {
	uint64_t first;
	uint32_t count, crc;
};

struct witness {
	struct witness_mark mark; /* the last batch that is known to have held */
	uint64_t snapshot;        /* the newest snapshot's number: it knows, too */
	int file;
	unsigned next_slot;
	bool is_failing;
};

/* What the files know. Before the journal is looked at: they never know more than it has. */
void witness_read(const struct store *s, const char *session_id, struct witness *out);
/* Holds a journal to it. Errors: STORE_CORRUPT with *out_lost records missing; of reading. */
err_t witness_check(const struct witness *w, sqlite3 *db, uint64_t *out_lost, struct problem *problem);
/* The same before anything is opened for writing, which would end a log where it is damaged: what is refused stays as it lies,
 * so that a copy or an expert can still mend it. */
err_t witness_look_first(const struct store *s, const struct witness *w, const char *path, struct problem *problem);
/* For the writer: makes the file where it is missing. What fails here is logged once, and no error of the journal. */
void witness_open(const struct store *s, const char *session_id, struct witness *w);
void witness_note(const struct store *s, struct witness *w, const struct witness_mark *mark); /* one system call */
void witness_close(const struct store *s, struct witness *w); /* and syncs it */
void witness_sync(const struct store *s, const char *session_id);
/* Gives the witness, and the snapshots of more than `count` records, other names. */
err_t witness_set_aside(struct store *s, const char *session_id, uint64_t count);

/* ---- snapshot.c, for witness.c ---- */

/* The number in the newest snapshot's name, 0 if there is none. */
uint64_t snapshot_newest_number(const struct store *s, const char *session_id);

/* ---- catalog.c, for folder.c ---- */

err_t catalog_open(struct store *s, struct problem *problem);
void catalog_close(struct store *s);

#endif
