/* store/store.h: durable state behind one interface; SQLite inside.
 *
 * Two things are kept, and nothing else in Cordon speaks SQL:
 *
 *   journal   one file a session: every input of the session in order, in batches.
 *             A batch is one row: a group commit's worth of records as one checked blob.
 *             (Measured, 1,000 records of 48 bytes a commit: 3.1 M records/s durable and
 *             63 M/s read back; a row a record 1.3 M and 13 M. docs/decisions/0001.)
 *   catalog   one file an installation: documents by kind and key (sessions, plans,
 *             accounts, tokens), each with a version, and append-only chains (audit).
 *
 *   DIR/cordon.db                     catalog
 *   DIR/cordon.end                    what the catalog's last change was (its witness)
 *   DIR/lock                          flock()ed while a server runs
 *   DIR/sessions/ID/journal.db        journal (SQLite, WAL, synchronous=FULL)
 *   DIR/sessions/ID/journal.end       what the journal's last batch was (its witness)
 *   DIR/sessions/ID/N.snapshot        the two newest snapshots, N = 20 digits
 *   DIR/reserve                       1 MiB given back when the disk is full, so that the
 *                                     last commit and the checkpoint still fit
 *
 * What store/ does not know: what a record means. Records are bytes.
 * Ownership: handles are freed by their close; data in callbacks are borrowed.
 * Threads: one writer handle per journal; any number of readers (own handles).
 * After a failed commit no reader sees anything of the batch. A full disk (ERR_STORE_FULL) heals
 * by itself: the same batch may be tried again (or, if the process is killed just then, be found all the
 * same). A failed write or fsync (ERR_STORE_WRITE) is never retried and believed: the journal refuses every later commit until it is opened
 * again, and what is there then, with or without that whole batch, is the truth. A catalog
 * likewise refuses every later change until the store is opened again.
 * Checked on the way out: each batch, snapshot, document and line has a CRC32C over its numbers
 * and bytes. What no checksum can tell is a journal that lost its last batches, or a catalog that lost its
 * last changes: journal.end, cordon.end and the snapshots' names are the witnesses of that. They are written after what they tell
 * of is durable, so they may know less (after a power cut) but never more; what has less than they know is refused, also to readers.
 */
#ifndef CORDON_STORE_STORE_H
#define CORDON_STORE_STORE_H

#include "base/when.h"

/* ---- the data folder ---- */

struct store;
struct disk;
/* Makes DIR (0700) if absent, takes the lock. Errors: STORE_OPEN, STORE_LOCKED, STORE_VERSION, STORE_CORRUPT (also when
 * cordon.end knows of more changes than the catalog has: the problem says how many; the files are left as they lie). */
err_t store_open(const char *dir, struct store **out, struct problem *problem);
/* The same on another disk (store/disk.h), which must outlive the store; NULL: the system's. */
err_t store_open_on(const char *dir, const struct disk *disk, struct store **out, struct problem *problem);
/* To look at what is kept, also in a copy: makes no folder, no catalog, no reserve, and leaves every log where it lies.
 * Takes the lock where there is one. Only reading calls work on it. Errors: also NOT_FOUND (no catalog there). */
err_t store_open_to_look(const char *dir, struct store **out, struct problem *problem);
/* Of a store that was opened to look, which opens also with a catalog that lost its end: how many changes are known to have been
 * there and are not. CATALOG_LOST_UNKNOWN: its own count of them is damaged. */
#define CATALOG_LOST_UNKNOWN UINT64_MAX
uint64_t store_changes_lost(const struct store *s);
/* As store_open_on, and the way back for an operator who knows that the end of the catalog is lost, and wants to go on without it:
 * its log is copied and its witness renamed (NAME.N.aside, N = changes kept). lost = 0: nothing was missing, and nothing is changed.
 * A catalog that cannot be read stays refused. To be written into the audit chain by the caller. */
struct catalog_loss { uint64_t kept, lost; };
err_t store_look_for_loss(const char *dir, struct catalog_loss *out, struct problem *problem); /* what it would be; only looks */
err_t store_accept_loss(const char *dir, const struct disk *disk, struct store **out, struct catalog_loss *out_loss,
                        struct problem *problem);
void store_close(struct store *s);
const char *store_dir(const struct store *s);
/* True from the moment a full disk took the reserve until it could be made again:
 * time for an alarm, while commits may still succeed. Any thread. */
bool store_is_disk_full(const struct store *s);
/* Makes the reserve again where it is missing and the disk has room to spare: to be called now and then. The thread that tidies. */
void store_refill_reserve(struct store *s);

/* ---- the journal of one session ---- */

#define JOURNAL_BATCH_BYTES_MAX (4u << 20)

/* A group commit: `count` records numbered first .. first+count-1 (numbers start at 1, no gaps). */
struct journal_batch {
	uint64_t first;
	uint32_t count;
	at_ms at_recorded;  /* the session's time of the commit; never decreases */
	const void *bytes;
	size_t size;
};

struct journal;
/* Opens or makes the session's journal. `session_id` is a safe file name ([a-z0-9-]{1,64}).
 * Errors: NAME_BAD, STORE_OPEN, STORE_VERSION, STORE_FULL, STORE_CORRUPT (also when a witness knows of more
 * records than the journal has, or cannot be read: its end was lost, or may be; the problem says how many). The
 * store must outlive the journal. */
err_t journal_open(struct store *s, const char *session_id, struct journal **out, struct problem *problem);
/* The way back for an operator who knows that the end of a journal is lost, and wants to go on without it: what knows of more
 * records than the journal has (witness, snapshots) is set aside under another name, and kept; so are a copy of its log, and, where
 * the last batches are there but fail their check and must go, of the whole file. The journal must not be open.
 * *out_records_lost = 0: nothing was missing; JOURNAL_LOST_UNKNOWN: the witness is damaged, nobody can tell. Errors:
 * as journal_open's; a journal that cannot be read stays refused. */
err_t journal_accept_loss(struct store *s, const char *session_id, uint64_t *out_records_lost,
                          struct problem *problem);
#define JOURNAL_LOST_UNKNOWN UINT64_MAX
/* What that would keep and lose; only looks. Errors: NAME_BAD, STORE_OPEN, STORE_VERSION, STORE_CORRUPT. */
struct journal_loss { uint64_t kept, lost; };
err_t journal_look_for_loss(struct store *s, const char *session_id, struct journal_loss *out, struct problem *problem);
void journal_close(struct journal *j);               /* checkpoints and closes */
uint64_t journal_count(const struct journal *j);     /* records committed; the next batch's first is this + 1 */
at_ms journal_last_at(const struct journal *j);      /* at_recorded of the last batch, AT_NONE if empty */

/* Durable when it returns ERR_NONE. Makes no checkpoint: that is journal_tidy's work.
 * Errors: STORE_WRITE (for good), STORE_FULL, BUSY (another process keeps the file locked for 5 s), MEMORY,
 * TOO_LARGE, BUG (numbers with a gap, at_recorded that runs backwards). Allocates nothing of its own. */
err_t journal_commit(struct journal *j, const struct journal_batch *batch);

/* True when the write-ahead log has grown so that journal_tidy is worth its fsync (4 MiB). Any thread. */
bool journal_wants_tidy(const struct journal *j);
/* Moves the write-ahead log into the file. To be called from a thread that may wait (own connection). The
 * writer goes on meanwhile; only when the log is over 32 MiB it waits for the last few frames. Also makes the
 * reserve again. Errors: NOT_FOUND, STORE_FULL, STORE_WRITE. */
err_t journal_tidy(struct store *s, const char *session_id);

/* A reader sees what was committed; used by restart, debrief, keeper. Own connection: any thread, one at a
 * time. Errors of opening: NOT_FOUND, STORE_OPEN, STORE_CORRUPT, STORE_VERSION. */
struct journal_reader;
err_t journal_reader_open(struct store *s, const char *session_id, struct journal_reader **out,
                          struct problem *problem);
void journal_reader_close(struct journal_reader *r);
/* Of a store that was opened to look, whose readers read also a journal that lost its end: how many records are known to
 * have been there and are not; JOURNAL_LOST_UNKNOWN where its witness is damaged. */
uint64_t journal_reader_lost(const struct journal_reader *r);
/* Positions before the batch that holds record `number` (1 = the beginning), or at the end if it is not there yet. */
err_t journal_reader_seek(struct journal_reader *r, uint64_t number);
/* The next batch; bytes live until the next call. *out_more = false at the end (call again later
 * to follow a growing journal). Errors: STORE_CORRUPT when a checksum or the numbering fails. */
err_t journal_reader_next(struct journal_reader *r, struct journal_batch *out, bool *out_more);

/* ---- snapshots: the fold of a journal's first `number` records ---- */

/* Written aside, synced, renamed; the two newest are kept. `number` >= 1. Errors: STORE_FULL, STORE_WRITE. */
err_t snapshot_write(struct store *s, const char *session_id, uint64_t number, const void *bytes, size_t size);
/* The newest that passes its check and has number <= `number_max`, into `out` (initialised by the caller).
 * *out_number = 0 and an empty `out` when there is none. A damaged one is logged and passed over.
 * Errors: TOO_LARGE (the maximum of `out`), MEMORY. */
err_t snapshot_read(struct store *s, const char *session_id, uint64_t number_max, uint64_t *out_number,
                    struct buf *out);

/* Which there are, good or not: their numbers, newest first, at most `count_max`. Gives how many. */
size_t snapshot_list(struct store *s, const char *session_id, uint64_t *out_numbers, size_t count_max);
/* Exactly that one. Errors: STORE_CORRUPT (fails its check, or cannot be read), TOO_LARGE, MEMORY. */
err_t snapshot_read_one(struct store *s, const char *session_id, uint64_t number, struct buf *out);
/* Gives it another name (N.snapshot.bad), so that no start uses it and whoever looks for the cause has it. */
err_t snapshot_set_aside(struct store *s, const char *session_id, uint64_t number);

/* ---- the catalog ---- */

/* Stores `body` under (kind, key). `expected_version`: 0 = must be new (ERR_EXISTS), n = must be
 * version n now (ERR_STALE, ERR_NOT_FOUND), CATALOG_ANY = whatever is there. Durable on return. Versions
 * count 1, 2, 3 ...; a document deleted and made again begins at 1. `out_version` may be NULL. The kind "change-count" is the store's own.
 * Kinds have 1 to 64 bytes, keys 1 to 256, both UTF-8 (NAME_BAD). All catalog and chain calls: any thread. */
#define CATALOG_ANY UINT64_MAX
#define CATALOG_BODY_BYTES_MAX ((size_t)64 << 20) /* a plan with its base map is the largest document */
err_t catalog_put(struct store *s, const char *kind, const char *key, uint64_t expected_version, struct text body,
                  uint64_t *out_version);
/* Adds the body to `out` (NULL: only the version is wanted). Errors: NOT_FOUND, STORE_CORRUPT, TOO_LARGE (`out`). */
err_t catalog_get(struct store *s, const char *kind, const char *key, struct buf *out, uint64_t *out_version);
err_t catalog_delete(struct store *s, const char *kind, const char *key);
/* Calls `each` in order of key; it returns false to stop. It may read the catalog, not change it; others wait. Of a document that
 * fails its check it gets the key that stands there and a body whose `at` is NULL: one that is lost takes no other along. */
typedef bool (*catalog_each)(void *ctx, const char *key, uint64_t version, struct text body);
err_t catalog_list(struct store *s, const char *kind, catalog_each each, void *ctx);

/* Append-only lines (the audit chain's store; the hashing is account/'s). Numbers from 1, no gaps:
 * chain_list finds a missing or changed line (STORE_CORRUPT). */
#define CHAIN_LINE_BYTES_MAX ((size_t)1 << 20)
err_t chain_append(struct store *s, const char *chain, struct text line, uint64_t *out_number);
typedef bool (*chain_each)(void *ctx, uint64_t number, struct text line);
err_t chain_list(struct store *s, const char *chain, uint64_t from, uint64_t count_max, chain_each each, void *ctx);

/* Reads every document and every line of every chain, and tells of each whether it passes its check. Of a line, `kind` is
 * "chain", `key` the chain. *out_whole = false also where the file itself is damaged. Errors: of reading. */
typedef void (*catalog_checked)(void *ctx, const char *kind, const char *key, uint64_t number, bool is_good);
err_t catalog_check(struct store *s, catalog_checked each, void *ctx, bool *out_whole);

#endif
