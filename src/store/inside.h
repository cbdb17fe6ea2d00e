/* store/inside.h: what the files of store/ share. Not for others.
 *
 *   folder.c    the data folder: lock, reserve, paths        sql.c      one way to open and to fail
 *   disk.c      the machine's own disk (disk.h)              witness.c  what an end was
 *   journal.c   the writer and the tidying                   reader.c   the reader
 *   snapshot.c  snapshots                                    catalog.c  documents and chains
 *   journal_end.c, catalog_end.c   holding each to its witness
 *   aside.c     other names and copies for what is damaged
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
	bool is_loss_accepted; /* what cordon.end knows more than the catalog is let go */
	struct catalog_loss loss;
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
/* Do the file's pages hang together? A damaged one may hide rows without a word. Reads all of it. Errors: STORE_CORRUPT. */
err_t sql_check_pages(sqlite3 *db);
/* What the failure `rc` (extended) of a read or of a write means. Logs what is not ordinary. */
err_t sql_read_error(sqlite3 *db, int rc);
err_t sql_write_error(sqlite3 *db, int rc);

/* ---- journal.c, for reader.c ---- */

extern const struct sql_shape journal_shape;
/* Over the numbers and the bytes, so that neither can change alone. */
uint32_t journal_batch_crc(const struct journal_batch *batch);
/* Reads the columns first, count, at_recorded, crc32c, body of a row. Errors: STORE_CORRUPT. */
err_t journal_batch_read(sqlite3_stmt *row, struct journal_batch *out);

/* ---- witness.c: of a journal, or (session_id NULL) of the catalog ---- */

/* A batch by its numbers and its checksum, or a change of the catalog (count = 1); first = 0: none. */
struct witness_mark {
	uint64_t first;
	uint32_t count, crc;
};

struct witness {
	struct witness_mark mark; /* the last that is known to have held */
	uint64_t snapshot;        /* of a journal: the newest snapshot's number, which knows, too */
	int file;
	unsigned next_slot;
	bool is_failing;
	bool is_damaged;          /* it was written to, and none of it can be read: nobody knows what it knew */
};

/* What the files know. Before the database is looked at: they never know more than it has. */
void witness_read(const struct store *s, const char *session_id, struct witness *out);
/* For the writer: makes the file where it is missing. What fails here is logged once, and no error of what it tells of. */
void witness_open(const struct store *s, const char *session_id, struct witness *w);
void witness_note(const struct store *s, struct witness *w, const struct witness_mark *mark); /* one system call */
void witness_sync(const struct store *s, const struct witness *w);
void witness_close(const struct store *s, struct witness *w); /* and syncs it */
void witness_sync_file(const struct store *s, const char *session_id); /* by whoever has not opened it */
err_t witness_set_aside(const struct store *s, const char *session_id, uint64_t count);

/* ---- aside.c: NAME becomes, or is copied to, NAME.NUMBER.aside; one that is not there is none to keep ---- */

err_t aside_rename(const struct store *s, const char *session_id, const char *name, uint64_t number);
err_t aside_copy(const struct store *s, const char *session_id, const char *name, uint64_t number); /* synced. STORE_FULL */

/* ---- journal_end.c ---- */

/* Holds a journal to its witness. Errors: STORE_CORRUPT with *out_lost records missing; of reading. */
err_t journal_end_check(const struct witness *w, sqlite3 *db, uint64_t *out_lost, struct problem *problem);
/* The same before anything is opened for writing, which would end a log where it is damaged: what is refused stays as it lies,
 * so that a copy or an expert can still mend it. */
err_t journal_end_look_first(const struct store *s, const struct witness *w, const char *path, struct problem *problem);
/* Batches that are there and fail their check: behind the one that begins at record `behind`, or of numbers that cannot be. */
struct journal_bad {
	bool is_there;
	uint64_t behind; /* 0: no batch is whole */
};
/* Up to where it is whole. Only looks. */
err_t journal_end_find(const struct store *s, const char *session_id, struct journal_loss *out, struct journal_bad *out_bad,
                       struct problem *problem);
/* Copies the log (and the file, where it will lose something) as they lie. */
err_t journal_end_keep_copies(const struct store *s, const char *session_id, uint64_t kept, bool is_bad);
/* Throws them out. */
err_t journal_end_drop(sqlite3 *db, const struct journal_bad *bad);
/* Gives the witness, and the snapshots of more than `count` records, other names. */
err_t journal_end_set_aside(struct store *s, const char *session_id, uint64_t count);

/* ---- catalog_end.c ---- */

/* The catalog counts its changes in a document of its own, of a kind that nobody else may use. */
extern const char catalog_end_kind[], catalog_end_key[];
/* The last change that it has (first = 0: none since it counts). Errors: STORE_CORRUPT (fails its check), of reading. */
err_t catalog_end_read(sqlite3 *db, struct witness_mark *out);
/* Holds it to its witness. Errors: STORE_CORRUPT, with *out_lost changes missing, or CATALOG_LOST_UNKNOWN. */
err_t catalog_end_check(const struct witness *w, sqlite3 *db, struct witness_mark *out, uint64_t *out_lost,
                        struct problem *problem);
/* There is no catalog, but a witness of one. */
err_t catalog_end_missing(const struct witness *w, struct catalog_loss *out, struct problem *problem);
/* The same before anything is opened for writing. */
err_t catalog_end_look_first(const struct store *s, const struct witness *w, const char *path, struct catalog_loss *out,
                             struct problem *problem);

/* ---- snapshot.c, for others ---- */

/* The number in the newest snapshot's name, 0 if there is none. */
uint64_t snapshot_newest_number(const struct store *s, const char *session_id);

/* ---- catalog.c, for folder.c ---- */

err_t catalog_open(struct store *s, struct problem *problem);
void catalog_close(struct store *s);
extern const struct sql_shape catalog_shape;
/* Over the names and the number too: a body must not turn up under another key. */
uint32_t catalog_crc(const char *kind, const char *key, uint64_t number, struct text body);

#endif
