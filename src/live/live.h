/* live/live.h: sessions while their doors are open. The only writer.
 *
 *   loop thread                     writer thread                      keeper thread
 *   -----------                     -------------                      -------------
 *   live_batch_* --bounded queue--> claim, journal commit (group of
 *                                   all that waits), fold, views  ---> follows the journal with a ledger of its own:
 *   live_poll() <--bounded queue--- done, answers, deltas              snapshots, ?at= answers
 *
 * Every call here is made from ONE thread, the loop's, and returns at once. Answers come as callbacks, from within
 * live_poll(), which the owner calls after `wake` was called (from another thread; it may only nudge the loop).
 *
 * Group commit by demand: while one commit is being synced, what arrives is collected; no timer. An answer comes after
 * its records are on disk and folded. The writer's clock gives at_recorded: the session's clock, never decreasing.
 *
 * Memory: batches come from a fixed pool; when it is empty live_batch_new gives NULL and the caller stops reading from its
 * socket (back-pressure) until `room` is called. Nothing is allocated on the passage path after start.
 *
 * Time: a real session's is the wall's. A drill's begins where it is told, runs `speed` times as fast, and after a restart goes
 * on from the last recorded moment: what was not running did not pass. A closed session's stands still.
 *
 * A disk that fails: the waiting batches get STORE_WRITE or STORE_FULL, their identities are released, nothing was folded.
 */
#ifndef CORDON_LIVE_LIVE_H
#define CORDON_LIVE_LIVE_H

#include "live/input.h"
#include "plan/plan.h"
#include "store/store.h"

/* A text shared between threads; counted. */
struct live_text;
struct text live_text_of(const struct live_text *t);
struct live_text *live_text_keep(struct live_text *t);
void live_text_drop(struct live_text *t);             /* NULL is fine */

struct live;
struct live_session;                                   /* owned by live; pointer stable until live_free */

struct live_settings {
	struct store *store;          /* outlives live */
	struct clock clock;
	void (*wake)(void *ctx);      /* any thread: makes the loop call live_poll soon */
	void (*room)(void *ctx);      /* from live_poll: batches are free again */
	void *ctx;
	uint32_t batches;             /* in the pool; 0 = 64 */
	uint32_t batch_records;       /* of one; 0 = 4096 */
	int64_t publish_ms;           /* deltas at most this often; 0 = 100 */
	uint64_t snapshot_records;    /* a snapshot after so many; 0 = 1,000,000, and at a clean stop */
	bool by_hand;                 /* no threads: their work is done in live_step_writer and live_step_keeper */
};
/* Starts threads, opens all stored sessions. */
err_t live_new(const struct live_settings *settings, struct live **out, struct problem *problem);
void live_free(struct live *l);                        /* commits and answers what waits, snapshots, joins; questions get BUSY */
void live_poll(struct live *l);
/* With settings.by_hand: one round of what that thread would do, with all that waits now and what is due by the clock. For
 * a world whose time is simulated (tests/world): the order of the rounds is the caller's, so the same calls give the same bytes. */
void live_step_writer(struct live *l);
void live_step_keeper(struct live *l);

/* ---- sessions ---- */

struct live_session_info {
	char id[65];
	struct plan_name name, event;  /* of the plan in force; live until the next live_poll */
	at_ms at_doors, at_start, at_end, at_now;
	int offset_min;
	bool exercise, closed;
	double speed;
	uint32_t plan_version;
};
struct live_open {
	struct text id;                /* [a-z0-9-]{1,64} */
	struct text plan;              /* plan file text; must have no error findings */
	struct text by;
	bool exercise;
	double speed;                  /* 1..10,000; only an exercise may differ from 1 */
	at_ms at;                      /* an exercise's session time at opening; AT_NONE: now */
};
/* Done (on the loop): error ERR_NONE and the session, or an error with a problem. */
typedef void (*live_done)(void *ctx, err_t error, const struct problem *problem, struct live_session *session);
void live_open_session(struct live *l, const struct live_open *what, live_done done, void *ctx);
struct live_session *live_find_session(struct live *l, struct text id);   /* NULL: none */
uint32_t live_session_count(const struct live *l);
struct live_session *live_session_at(struct live *l, uint32_t index);
void live_session_info(const struct live_session *s, struct live_session_info *out);
/* The plan in force, immutable; live until the next live_poll. */
const struct plan *live_session_plan(const struct live_session *s);
/* Its text, as it was put in force; as long. */
struct text live_session_plan_text(const struct live_session *s);

/* ---- passages ---- */

struct live_batch;
enum live_verdict { LIVE_ACCEPTED, LIVE_DUPLICATE, LIVE_REJECTED };
struct live_rejection { uint32_t line; err_t error; };
struct live_receipt {
	err_t error;                   /* not ERR_NONE: nothing of the batch is stored; send it all again */
	uint32_t accepted, duplicate;
	const struct live_rejection *rejected; /* by line; conflicts are among them */
	uint32_t rejected_count;
};
typedef void (*live_receipt_done)(void *ctx, const struct live_receipt *receipt);

struct live_batch *live_batch_new(struct live *l, struct live_session *s); /* NULL: none free */
bool live_batch_full(const struct live_batch *b);
uint32_t live_batch_count(const struct live_batch *b);
/* Resolves names, checks ranges and time, and adds; or notes the line as rejected. `line` is 1-based, < 2^31. A full batch
 * takes nothing: ask live_batch_full before, submit it, and go on in the next. Accepted, duplicate and rejected together are
 * the lines that were added; the texts of `p` are not kept. */
void live_batch_add(struct live_batch *b, const struct passage_said *p, uint32_t line);
void live_batch_reject(struct live_batch *b, uint32_t line, err_t error);
/* Hands it over. The receipt comes once; the batch is gone. An empty batch is answered too. */
void live_batch_submit(struct live_batch *b, live_receipt_done done, void *ctx);
void live_batch_drop(struct live_batch *b);            /* not submitted after all */

/* ---- other inputs: checked, journaled, folded, answered ---- */

void live_put_plan(struct live_session *s, struct text plan, struct text by, live_done done, void *ctx);
void live_post_recount(struct live_session *s, struct text zone, uint32_t ppl, double sigma_ppl, at_ms at /* AT_NONE: now */,
                       struct text by, struct text reason, live_done done, void *ctx);
void live_post_empty(struct live_session *s, struct text by, struct text reason, live_done done, void *ctx);
void live_set_lane(struct live_session *s, struct text checkpoint, struct text lane, bool open, struct text by, live_done done, void *ctx);
void live_close_session(struct live_session *s, struct text by, struct text reason, live_done done, void *ctx);

/* ---- reading ---- */

/* json: kept for the callback only (live_text_keep to hold on); NULL with an error. at AT_NONE: now (from the writer, after
 * everything that was submitted before), else as it was known then (keeper). Flow, conflicts and journal always come from the
 * keeper, which reads all that is committed first. journal: `from` 0 = the newest `count`; count 0 = 100, at most 10,000. */
typedef void (*live_answer)(void *ctx, err_t error, struct live_text *json);
void live_read_state(struct live_session *s, at_ms at, live_answer answer, void *ctx);
struct live_flow_query { struct text checkpoint; at_ms at_from, at_to, at; }; /* empty / AT_NONE: all */
void live_read_flow(struct live_session *s, const struct live_flow_query *query, live_answer answer, void *ctx);
void live_read_conflicts(struct live_session *s, live_answer answer, void *ctx);
void live_read_journal(struct live_session *s, uint64_t from, uint32_t count, live_answer answer, void *ctx);

/* Deltas and beats (docs/STATE.md), on the loop. One subscriber a session: the server, which fans out. */
typedef void (*live_published)(void *ctx, struct live_session *s, uint64_t seq, struct live_text *json);
void live_subscribe(struct live *l, live_published published, void *ctx);
/* The deltas after `since`, oldest first, if they are still held (256, 16 MiB); false: send a whole state. Numbers begin above
 * those of every earlier life, so a client of before a restart is never told the wrong deltas. */
bool live_replay(struct live_session *s, uint64_t since, live_published each, void *ctx);

/* For health and metrics. writable: the last commit of every session held. checks_waiting: sessions whose snapshot has not
 * been held against the journal since the start. */
struct live_health { bool writable; uint32_t batches_free, checks_waiting; uint64_t committed, commits; };
void live_health(const struct live *l, struct live_health *out);

/* What is wrong and needs a person. */
enum live_trouble_kind {
	LIVE_DISK_FULL,                /* of all sessions: the reserve is spent; session "" */
	LIVE_REFUSES,                  /* the session's journal takes nothing: error says why */
	LIVE_LEFT_OUT,                 /* could not be brought back at the start: error says why */
	LIVE_SNAPSHOT_WRONG,           /* came back from a snapshot that is not the fold of the journal's first `number` records */
	LIVE_JOURNAL_DAMAGED           /* behind what was read at the start, at record `number` */
};
struct live_trouble { enum live_trouble_kind kind; char session[65]; at_ms at_since; err_t error; uint64_t number; };
/* At most `count_max`, oldest first; gives how many there are. Any thread. */
uint32_t live_troubles(struct live *l, struct live_trouble *out, uint32_t count_max);

/* ---- is what is kept whole? ---- */

enum live_fault {
	LIVE_JOURNAL_MISSING,          /* no journal, or an empty one: never opened to the end, or lost */
	LIVE_JOURNAL_DAMAGED_AT,       /* the batch at record `number` fails its check or is missing */
	LIVE_RECORD_BAD,               /* the records from `number` on are whole and cannot be: not written by Cordon, or its mistake */
	LIVE_BOOKS_OFF,                /* the sum over all zones is not zero */
	LIVE_WITNESS_DAMAGED,          /* what tells whether the end, record `number`, is the end cannot be read */
	LIVE_END_LOST,                 /* more was behind record `number`, the last there is: records_lost of them at least */
	LIVE_SNAPSHOT_DAMAGED,         /* the snapshot of record `number` fails its check */
	LIVE_SNAPSHOT_DIFFERS,         /* it passes, and is not the fold of the journal's first `number` records */
	LIVE_TAIL_DIFFERS              /* brought back and folded on to the end, it is not what the whole journal gives */
};
struct live_finding { enum live_fault fault; uint64_t number; };
#define LIVE_FINDINGS_MAX 40
struct live_report {
	uint64_t records, passages;    /* whole, from the beginning */
	uint64_t records_lost;         /* known to have been there */
	at_ms at_first, at_last;       /* recorded; AT_NONE: none */
	int offset_min;                /* of the plan in force */
	uint32_t snapshot_count, finding_count;
	struct live_finding findings[LIVE_FINDINGS_MAX];
};
/* Reads, checks and folds everything of one session; nothing is changed. `store` was opened to look. `progress`, which
 * may be NULL, hears of records folded, several times over for snapshots; false stops it (BUSY). Holds two folds and two saved
 * ones. Damage is told in the report; errors are of looking (MEMORY, STORE_OPEN, STORE_VERSION). */
typedef bool (*live_progress)(void *ctx, uint64_t records);
err_t live_verify_session(struct store *store, const char *id, live_progress progress, void *ctx, struct live_report *out);

#endif
