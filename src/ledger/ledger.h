/* ledger/ledger.h: people kept like money. Passages in, occupancy out.
 *
 * Accounts are zones; account 0 is `outside`. A passage moves n people from one zone to
 * another: it debits one and credits the other, so the sum over all accounts is zero at every moment. Nothing is
 * ever updated in place or clamped: a negative balance is evidence of missed entries.
 *
 *        zone A --(checkpoint c: in)--> zone B          balance[A] -= in - out
 *        zone A <--(checkpoint c: out)- zone B          balance[B] += in - out
 *
 * The ledger is a fold: a pure function of the calls made, in their order. It knows no clock,
 * socket or file; every call carries the session's recorded time, which never decreases (an earlier one is taken as
 * the latest). Two ledgers that got the same calls save the same bytes. More than that: extra calls of ledger_advance()
 * in between (ticks that no journal holds, batches cut in another way) change nothing, once both are advanced to the
 * same time. What makes a minute final for a passage recorded at t is what was recorded strictly before t.
 *
 * The chart (zones, checkpoints, devices) only grows; what a later plan drops is retired, and
 * keeps its index, its balance and its history. Index = order of addition.
 *
 * Identity. (device, boot, seq) is a passage's identity. ledger_claim() decides first, before anything is written
 * to disk: new, duplicate (the same time, people and totals), conflict. The checkpoint is no part of that: a device that
 * a plan has moved may say again what was never answered; it stays booked where it was first heard. Identities live in
 * pages of LEDGER_PAGE_SEQS sequence numbers (a 32-bit content hash each, 0 = not seen), in one region reserved at birth:
 * 4 bytes a passage when numbers are dense.
 *
 * A device that holds more identities than are left for all others is refused (IDENTITY_FULL): one that changes its
 * boot with every message cannot starve the rest.
 *
 * Memory is taken in ledger_new() (address space for all that the limits allow, touched on use) and when the chart
 * changes, never on the passage path. Indexes that were never given: claim says IDENTITY_FULL, post, note, recount and
 * empty do nothing, chart calls give ERR_BUG; views demand a valid index.
 * Not thread-safe: one writer owns it.
 */
#ifndef CORDON_LEDGER_LEDGER_H
#define CORDON_LEDGER_LEDGER_H

#include "base/when.h"

#define LEDGER_PAGE_SEQS 64
#define LEDGER_MINUTES_MAX 4320   /* three days of minute buckets */
#define LEDGER_NONE UINT32_MAX

struct ledger_limits {
	uint32_t zones_max, checkpoints_max, devices_max; /* e.g. 4096, 2048, 16384; at most 2^16, 2^14, 2^18 */
	uint32_t streams_max;          /* (device, boot) pairs; e.g. 65536; at most 2^20 */
	uint32_t identity_pages_max;   /* e.g. 1 << 20: 67 M dense passages; at most 2^24 */
	at_ms at_window;               /* first minute of the flow buckets (rounded down) */
	uint32_t minutes;              /* how many, <= LEDGER_MINUTES_MAX; events outside count in the balances only */
};

struct ledger;
/* Errors: TOO_LARGE (a limit out of range), MEMORY. */
err_t ledger_new(const struct ledger_limits *limits, struct ledger **out);
void ledger_free(struct ledger *l);

/* ---- the chart ---- */

/* Account 0, `outside`, is there from the start. Errors: TOO_LARGE, MEMORY. */
err_t ledger_add_zone(struct ledger *l, uint32_t *out);
err_t ledger_add_checkpoint(struct ledger *l, uint32_t from, uint32_t to, uint32_t *out);
struct ledger_accuracy { double miss_in, miss_out, double_rate; int64_t period_ms; bool totals; };
err_t ledger_add_device(struct ledger *l, uint32_t checkpoint, const struct ledger_accuracy *a, uint32_t *out);
/* A later plan: from/to of a checkpoint, checkpoint and accuracy of a device, retired or back in use. What was booked
 * stays where it was booked. Call ledger_advance() with the change's recorded time first: finality up to then is by
 * the old chart. A retired device is left out of watermarks and of `devices`. Errors: BUG (no such index), TOO_LARGE,
 * MEMORY. */
err_t ledger_change_checkpoint(struct ledger *l, uint32_t checkpoint, uint32_t from, uint32_t to, bool retired);
/* The next `moves` changes of that kind will find their memory. Changes nothing that is saved. Errors: MEMORY. */
err_t ledger_make_room(struct ledger *l, uint32_t moves);
err_t ledger_change_device(struct ledger *l, uint32_t device, uint32_t checkpoint, const struct ledger_accuracy *a,
	bool retired);
uint32_t ledger_zone_count(const struct ledger *l);
uint32_t ledger_checkpoint_count(const struct ledger *l);
uint32_t ledger_device_count(const struct ledger *l);

/* ---- passages ---- */

struct ledger_passage {
	uint32_t device, checkpoint;
	uint64_t boot, seq;
	at_ms at;              /* by the device's clock; 0 .. AT_MS_MAX */
	uint32_t in, out;      /* people; with `totals` the device's running totals. in = out = 0: a heartbeat */
	bool totals;
};
#define LEDGER_PEOPLE_MAX 1000000u /* of one passage that is not totals; more is refused before it comes here */

enum ledger_verdict { LEDGER_NEW, LEDGER_DUPLICATE, LEDGER_CONFLICT, LEDGER_IDENTITY_FULL };

/* Takes the identity if it is new. Nothing else changes (but duplicate and conflict are counted by ledger_note_*,
 * which follow the journal). O(1), two cache misses. */
enum ledger_verdict ledger_claim(struct ledger *l, const struct ledger_passage *p);
/* Gives a claimed identity back because its batch never reached the disk: as if it had never been claimed. */
void ledger_release(struct ledger *l, const struct ledger_passage *p);
/* Books a claimed passage. at_recorded: the session's time of its commit. */
void ledger_post_passage(struct ledger *l, const struct ledger_passage *p, at_ms at_recorded);
/* Statistics that the journal also carries (counted per batch, not per record). */
void ledger_note_duplicates(struct ledger *l, uint32_t device, uint32_t count);
void ledger_note_conflict(struct ledger *l, const struct ledger_passage *other, at_ms at_recorded);

/* Running totals (docs/decisions/0002): the first word of a device with seq <= 1 counts from 0; a device first heard in
 * mid-life sets its base and adds nothing (words from before the base that come late move it down, and add what lies
 * between); a new boot with a total below the old one's counts from 0, else goes on from the old; a small step back
 * (<= max(10, 2 %)) is `backwards`: adds nothing, the high mark stays; a large one is a `reset`: the new total is
 * added; an older seq than the newest adds nothing: totals already hold it. 2^32 wraps. A step of more than
 * LEDGER_PEOPLE_MAX is no people: a new base, counted as a reset. */

/* ---- corrections ---- */

/* A count by hand: a measurement with its own error, weighed against the books (scalar Kalman filter on the zone's
 * offset; growth of the variance from the devices' stated accuracy; docs/decisions/0003). Never changes a balance:
 * moves `adjusted`. Weighed against the books as they stood at `at` (by event time), so it may be told minutes later;
 * what devices tell later about the time before `at` moves `adjusted` back by the share that the count had explained.
 * A difference that the band cannot explain (over 3 sigma) widens the band first. sigma_ppl below 1 counts as 1. */
struct ledger_recount { uint32_t zone; uint32_t ppl; double sigma_ppl; at_ms at; };
/* False: it changed nothing, since the venue was seen empty after it (or there is no such zone). */
bool ledger_post_recount(struct ledger *l, const struct ledger_recount *r, at_ms at_recorded);
/* The venue is seen to be empty: the one exact observation. What is left in each zone of the list is booked to
 * `outside`, visible as `emptied`; adjusted becomes 0, the band closes to 0. Passages dated before it that come later
 * are booked and emptied at once: the zone stays empty. `outside` in the list is skipped. */
void ledger_post_empty(struct ledger *l, const uint32_t *zones, uint32_t count, at_ms at_recorded);

/* Time passes: moves watermarks and makes minutes final. Called at each commit and tick; how often does not matter.
 * The watermark of a checkpoint is the least of its live devices' last event times (never past the recorded time),
 * latched: it only rises. Left out: devices that are retired, that never spoke, that are in ALARM, or whose last word
 * was dated over 5 s in the future (it moves nothing). No device left: it stays, its minutes provisional. */
void ledger_advance(struct ledger *l, at_ms at_recorded);

/* ---- what is known ---- */

enum ledger_device_state { LEDGER_NEVER, LEDGER_LIVE, LEDGER_SILENT, LEDGER_ALARM }; /* > 2x, > 3x its period */
struct ledger_device_view {
	enum ledger_device_state state;
	uint32_t checkpoint;
	bool retired;
	at_ms at_heard, at_event;      /* recorded time of its last word; its newest event. AT_NONE: never */
	uint64_t boot, seq;            /* newest */
	/* Numbers between the first and the newest of each boot that never came; since when there are any (AT_NONE: none). */
	uint64_t missing; at_ms at_missing_since;
	/* late: records with people whose minute was final already. */
	uint64_t records, duplicates, conflicts, late, resets, backwards;
	uint64_t in, out;              /* people booked */
	int64_t ahead_ms;              /* how far its clock ran ahead of ours at worst, > 5 s is flagged; else 0 */
};
void ledger_view_device(const struct ledger *l, uint32_t device, at_ms at_now, struct ledger_device_view *out);

struct ledger_zone_view {
	int64_t balance;               /* the books */
	double adjusted;               /* by recounts */
	int64_t emptied;               /* booked to outside by ledger_post_empty; balance == in - out - emptied */
	uint64_t in, out;
	uint32_t devices, devices_live;/* at its checkpoints, retired ones left out */
	bool at_least;                 /* a device is silent, in alarm or never spoke */
	at_ms at_heard;                /* oldest last word of the live; none live: last word of all; AT_NONE: none */
	double ppl, low, high;         /* balance + adjusted; 95 % band, leaning to where people are missed; not clamped */
	double in_ppl_min, out_ppl_min;/* last 60 s by event time */
	struct { at_ms at; uint32_t ppl; double sigma_ppl; } recount; /* the newest; at AT_NONE: none */
};
void ledger_view_zone(const struct ledger *l, uint32_t zone, at_ms at_now, struct ledger_zone_view *out);
/* Several zones as one (the venue): checkpoints within the set cancel out, and only devices at its border are
 * counted; the band is that of the border plus the recounts'. `emptied`, `adjusted` are sums. A zone twice in the
 * list counts once. */
void ledger_view_zones(const struct ledger *l, const uint32_t *zones, uint32_t count, at_ms at_now,
	struct ledger_zone_view *out);

struct ledger_checkpoint_view {
	uint64_t in, out;
	double in_ppl_min, out_ppl_min;   /* last 60 s by event time, ending at at_now */
	double in_ppl_5min, out_ppl_5min; /* people a minute, mean of the last 5 min */
	uint32_t devices, devices_live;
	at_ms at_heard, at_watermark;
	bool retired;
};
void ledger_view_checkpoint(const struct ledger *l, uint32_t checkpoint, at_ms at_now,
	struct ledger_checkpoint_view *out);

struct ledger_minute { uint32_t in, out, revision; bool final; };
/* false: outside the window. */
bool ledger_view_minute(const struct ledger *l, uint32_t checkpoint, at_ms at, struct ledger_minute *out);
/* Minutes [0, *final_count) are final; *used = 1 + the last minute with anything in it. */
void ledger_view_minutes(const struct ledger *l, uint32_t checkpoint, uint32_t *out_used, uint32_t *out_final_count);
at_ms ledger_window_at(const struct ledger *l);
/* Minutes of `checkpoint` changed since the marks were last cleared (for deltas): calls each in rising order, then
 * clears. A minute changes by people booked into it and by becoming final with people in it. The marks are no part of
 * the saved state. */
void ledger_take_changed_minutes(struct ledger *l, uint32_t checkpoint,
	void (*each)(void *ctx, uint32_t minute), void *ctx);

struct ledger_books { int64_t sum; uint64_t passages, duplicates, conflicts, late; };
/* The sum is added up anew at each call: 0, or the books are wrong. */
struct ledger_books ledger_view_books(const struct ledger *l);

/* ---- saving ---- */

/* Adds the whole ledger to `out`, canonical: equal ledgers give equal bytes, whatever was released, however pages
 * lie. Between batches: identities that are claimed and not posted are saved as claimed. Errors: MEMORY, TOO_LARGE
 * (of `out`). */
err_t ledger_save(const struct ledger *l, struct buf *out);
/* A new ledger from saved bytes; torn or hostile bytes give STORE_CORRUPT, never a crash. Errors: STORE_CORRUPT,
 * STORE_VERSION, MEMORY. */
err_t ledger_load(struct text saved, struct ledger **out);
/* Whole, but saved by an earlier Cordon in its own form: ledger_load refuses it, and nothing is wrong with it. */
bool ledger_is_older(struct text saved);

#endif
