/* live/inside.h: what the files of live/ share. Who may touch what is written at each member:
 *
 *   [loop] only the loop's thread    [writer] only the writer's    [keeper] only the keeper's
 *   [once] set before it is seen by another thread, then never changed
 *   everything handed over goes through a struct post, whose mutex orders it
 */
#ifndef CORDON_LIVE_INSIDE_H
#define CORDON_LIVE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "live/fold.h"
#include "live/live.h"
#include "live/verify.h"
#include "live/view.h"

#define LIVE_SESSIONS_MAX 256
#define LIVE_OPS_MAX 4096u              /* questions and inputs under way, batches aside: more are told BUSY */
#define LIVE_HELD_MAX 256u              /* deltas held for resuming, a session */
#define LIVE_HELD_BYTES_MAX (16u << 20)
#define LIVE_UNREAD_MAX 8u              /* publications that the loop has not fetched: more are not made, the next says it all */
#define LIVE_BATCH_RECORDS_MAX 65536u
#define LIVE_GROUP_RECORDS_MAX 32768u   /* of one commit: more would make single passages wait */
#define LIVE_FUTURE_MS 60000
#define LIVE_PLAN_BYTES_MAX (JOURNAL_BATCH_BYTES_MAX - 65536u)
#define LIVE_WORDS_BYTES_MAX 2000u      /* of a reason */
#define LIVE_TICK_MS 10000              /* of session time */
#define LIVE_QUIET_MS 3600000           /* nothing but ticks for so long: nothing can change any more */
#define LIVE_BEAT_NS INT64_C(1000000000)

struct live_text *live_text_new(struct text t); /* NULL: no memory */

/* ---- what goes from thread to thread ---- */

enum op_kind { OP_BATCH, OP_OPEN, OP_PLAN, OP_RECOUNT, OP_EMPTY, OP_LANE, OP_CLOSE, /* inputs: to the writer */
	OP_STATE,                                /* to the writer, or with a past moment to the keeper */
	OP_FLOW, OP_CONFLICTS, OP_JOURNAL,       /* to the keeper */
	OP_PUBLISHED };                          /* from the writer */

struct op {
	struct op *next;
	enum op_kind kind;
	struct live_session *session;
	err_t error;
	struct problem problem;
	live_done done;                 /* OP_OPEN .. OP_CLOSE */
	live_answer answer;             /* OP_STATE .. OP_JOURNAL */
	void *ctx;
	struct live_text *json;         /* answers and publications */
	uint64_t seq;                   /* OP_PUBLISHED */
	struct live_plan *plan;         /* OP_OPEN, OP_PLAN: read and checked by the keeper */
	struct roster *roster;          /* for the loop: the names from now on */
	/* what was asked */
	char *words;                    /* owns the bytes of the texts below */
	struct text id, text, by, reason, checkpoint, lane, zone;
	bool open, exercise;
	double speed, sigma_ppl;
	uint32_t ppl, count;
	uint64_t from;
	at_ms at, at_from, at_to;
	at_ms at_closed;                /* OP_CLOSE: when it was */
};

/* A queue between two threads: taken whole. Its length is bounded by what is put in: pool, LIVE_OPS_MAX, LIVE_UNREAD_MAX. */
struct post {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct op *first, **last;
	bool stop;
};
err_t post_init(struct post *p);
void post_free(struct post *p);
bool post_put(struct post *p, struct op *op);   /* true: it was empty */
struct op *post_take(struct post *p);           /* all, oldest first; NULL: nothing */
/* Waits until something is there, `stop` was called, or for_ms passed. */
struct op *post_wait(struct post *p, int64_t for_ms, bool *out_stop);
void post_stop(struct post *p);

/* ---- the loop's side ---- */

/* The names of the plan in force as the loop needs them; made by the writer, then immutable. */
struct roster_device { uint32_t device, checkpoint; const char *checkpoint_id; };
struct roster {
	struct roster *next;            /* [loop] among those to be freed */
	struct live_plan *plan;
	uint32_t version;
	struct names *devices;
	struct roster_device *of_device;
};
/* Made before its plan is in force, while a lack of memory can still be told; filled from the fold once it is. */
struct roster *roster_new(struct live_plan *p); /* NULL: no memory */
err_t roster_fill(struct roster *r, const struct fold *f);
void roster_free(struct roster *r);

#define LINE_DUPLICATE 0x80000000u      /* in live_batch.lines: the writer found it to be one */
struct live_batch {
	struct op op;                   /* first: an op of kind OP_BATCH is a batch */
	struct live *live;
	uint32_t capacity, count, rejected_count, accepted, duplicate, aside_count;
	at_ms at_now;                   /* session time when it was begun, or later */
	uint32_t last_device;           /* index in the roster of the line before; NAMES_NONE */
	uint32_t version;               /* of the roster that last_device belongs to */
	struct ledger_passage *records;
	uint32_t *lines;
	struct live_rejection *rejected, *aside; /* aside: found by the writer */
	live_receipt_done receipt;
};

err_t batches_new(struct live *l);
void batch_answer(struct live_batch *b);        /* calls back, and returns it to the pool */

struct held { uint64_t seq; struct live_text *json; };

/* ---- a session ---- */

struct writer_part {
	struct fold *fold;
	struct journal *journal;
	struct view *view;
	struct op *inbox, **inbox_last; /* taken from the post, not yet done */
	err_t refused;                  /* the last commit's error; ERR_NONE: it held */
	bool touched, broken, changed;  /* changed: folded something since the last publication */
	bool whole_next;                /* the next publication is a whole state: another plan */
	uint64_t seq;
	int64_t published_ns, told_ns;  /* last look for changes; last message of any kind */
	struct live_text *state;        /* the whole state as last written, of `seq` */
	uint32_t *duplicates, *duplicate_devices, duplicate_device_count; /* to be journaled with the next commit */
	uint64_t rejected;              /* likewise */
	uint64_t snapshot_number;
};

struct loop_part {
	struct roster *roster;
	at_ms at_closed;
	struct held held[LIVE_HELD_MAX]; /* seq stands at seq % LIVE_HELD_MAX */
	uint64_t held_first, held_next;  /* held are held_first .. held_next - 1 */
	size_t held_bytes;
};

/* A fold of the journal's first `number` records, saved, to begin from when the past is asked for. */
struct keyframe { uint64_t number; at_ms at_recorded; struct buf saved; };
#define KEYFRAMES_MAX 64u
#define KEYFRAME_BYTES_MAX ((size_t)64 << 20) /* of one session's together; over it, every other one goes */
#define KEYFRAME_STRIDE_SHARE 16u /* a snapshot's records by this: records between two keyframes; doubled at each thinning */

/* What the session was brought back from, until that has been checked; number 0: nothing to check. */
struct snapshot_mark { uint64_t number; size_t size; uint32_t crc32c; };

struct keeper_part {
	struct fold *now;               /* follows the journal; NULL until asked for */
	struct fold *past;              /* where the last question about the past was answered */
	struct journal_reader *reader;
	struct keyframe frames[KEYFRAMES_MAX]; /* by number */
	uint32_t frame_count;
	size_t frame_bytes;
	uint64_t stride;
	uint64_t snapshot_number, tidied_bytes;
	int64_t tidied_ns, asked_ns;
	struct snapshot_mark check;     /* [once] until the keeper runs */
};

struct live_session {
	struct live *live;              /* [once] */
	char id[65];                    /* [once] */
	bool exercise;                  /* [once] */
	struct session_clock clock;     /* [once] */
	at_ms at_first;                 /* [once] recorded time of the first batch */
	_Atomic at_ms at_latest;        /* the latest that its clock has said or the journal holds */
	struct writer_part w;           /* [writer] */
	struct loop_part l;             /* [loop] */
	struct keeper_part k;           /* [keeper] */
	atomic_uint unread;             /* publications on their way to the loop */
	atomic_bool suspect;            /* came back from a wrong snapshot: its fold must not be saved */
	_Atomic uint64_t committed, committed_bytes;
};
at_ms live_session_now(const struct live_session *s);   /* any thread */
/* The latest time that this session has known, now or before: ahead of its clock only when that was set back. Any thread. */
at_ms live_session_latest(struct live_session *s);

/* What needs a person: trouble.c. */
#define LIVE_TROUBLES_MAX 512u          /* each session can have two */
struct troubles { pthread_mutex_t lock; struct live_trouble list[LIVE_TROUBLES_MAX]; uint32_t count; };
void trouble_set(struct live *l, enum live_trouble_kind kind, const char *session, err_t error, uint64_t number);
void trouble_clear(struct live *l, enum live_trouble_kind kind, const char *session);

/* The keeper's check of snapshots: check.c. */
struct check {
	uint32_t next;                  /* the session whose turn it is */
	struct refold all;
	enum { CHECK_FOLD, CHECK_SAVE, CHECK_COMPARE } phase;
	struct buf again;               /* the fold's bytes, to be compared */
	int64_t due_ns;
	uint64_t committed;             /* of all sessions, at the last step */
};
void check_note_snapshot(struct live_session *s, uint64_t number, const struct buf *saved); /* before the threads run */
void check_round(struct live *l, int64_t now_ns);       /* does a step if one is due. [keeper] */
void keeper_forget(struct live_session *s);             /* its folds and keyframes. [keeper] */

struct live {
	struct live_settings settings;  /* [once] */
	struct post to_writer, to_keeper, to_loop;
	pthread_t writer, keeper;
	bool writer_runs, keeper_runs;
	struct live_session *sessions[LIVE_SESSIONS_MAX]; /* grows only; [writer] adds, then counts it */
	atomic_uint session_count;
	uint32_t seen_count;            /* [loop] sessions whose opening the loop has heard of */
	uint32_t ops_open;              /* [loop] */
	struct live_batch *batches, *batch_free; /* [loop]; chained by op.next */
	void *batch_memory;
	uint32_t batch_free_count;
	bool starved;                   /* [loop] somebody was told NULL */
	struct roster *old_rosters;     /* [loop] freed at the next poll */
	live_published published;       /* [loop] */
	void *published_ctx;
	atomic_bool subscribed;
	atomic_uint refusing;           /* sessions whose last commit failed */
	atomic_uint checks_waiting;     /* snapshots not yet held against their journal */
	struct troubles troubles;
	struct check check;             /* [keeper] */
	_Atomic uint64_t committed, commits;
	struct buf group;               /* [writer] the records of one commit */
	struct buf text;                /* [writer] JSON under way */
	int64_t ticked_ns;              /* [writer] */
	uint64_t first_seq;             /* [once] the numbers of this life begin above it */
};

void *writer_main(void *live);
void writer_round(struct live *l, struct op *all);            /* `all`: what came, may be NULL */
void writer_end(struct live *l);                              /* the last of what waits, and snapshots */
void *keeper_main(void *live);
void keeper_round(struct live *l, struct op *all, bool stop); /* `stop`: what waits is told BUSY */

/* Session life, in sessions.c */
err_t live_begin_numbers(struct live *l);                     /* before any session is made */
err_t session_load_all(struct live *l);                       /* before the threads run */
void session_free(struct live_session *s);
err_t session_open(struct live *l, struct op *op);            /* [writer] */
struct live_session *session_find(struct live *l, struct text id, uint32_t count);
void session_snapshot(struct live_session *s);                /* [writer] at a clean stop */

/* Commits `count` records in `bytes` and folds them; the one door to the journal. [writer] */
/* The first record of a session that nobody knows yet: folded, so that memory cannot lack afterwards, and then on disk. */
err_t writer_begin(struct live_session *s, const struct buf *bytes, struct live_plan *plan);
err_t writer_commit(struct live_session *s, const struct buf *bytes, uint32_t count, struct live_plan *ready);

/* Gives an answered op to the loop. */
void live_hand_back(struct live *l, struct op *op);
void op_free(struct op *op);

#endif
