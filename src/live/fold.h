/* live/fold.h: one session as the fold of its journal. No thread, no clock, no disk: bytes of batches in, state out.
 *
 *   journal_batch --fold_batch--> chart (names -> indices, from the plans put in force)
 *                                 ledger (people)
 *                                 lanes, last recounts' authors, conflicts, statistics
 *
 * The writer owns one fold a session, the keeper others. Two folds that got the same batches save the same bytes.
 *
 * The chart only grows: zones, checkpoints and devices keep their index for good; what a later plan drops is retired.
 * A lane that was opened or closed by hand stays so as long as the plan in force has it.
 */
#ifndef CORDON_LIVE_FOLD_H
#define CORDON_LIVE_FOLD_H

#include "base/names.h"
#include "live/input.h"
#include "base/arena.h"
#include "plan/plan.h"
#include "store/store.h"

/* A plan in force: parsed once, shared between threads, immutable. */
struct live_plan;
/* `strict`: checks it too, and refuses one with mistakes (SESSION_PLAN); the journal's plans were checked when they came. */
err_t live_plan_read(struct text text, bool strict, struct live_plan **out, struct problem *problem);
struct live_plan *live_plan_keep(struct live_plan *p);
void live_plan_drop(struct live_plan *p);
const struct plan *live_plan_of(const struct live_plan *p);
struct text live_plan_text(const struct live_plan *p);
double live_plan_capacity(const struct live_plan *p, uint32_t zone); /* people; 0: not known */
/* The stages precheck, ticket, security in the order in which people pass them. */
const enum plan_stage *live_plan_stage_order(const struct live_plan *p);

struct fold_lane { bool open, by_hand; };
struct fold_checkpoint {
	uint32_t from, to;              /* zones of the chart */
	uint32_t of_plan;               /* index in the plan in force; NAMES_NONE: retired */
	uint32_t lane_count;
	struct fold_lane lanes[PLAN_LANES_MAX];
};
struct fold_device { uint32_t checkpoint, of_plan; };
struct fold_zone { uint32_t of_plan; char recount_by[65]; };

#define FOLD_CONFLICTS_MAX 256          /* the newest are held; the journal has all */
struct fold_conflict { struct ledger_passage passage; at_ms at_recorded; };

struct fold {
	struct live_plan *plan;         /* NULL until the first plan came */
	uint32_t plan_version;
	struct ledger *ledger;          /* NULL until the first plan came */
	struct names *zone_names, *checkpoint_names, *device_names;
	struct fold_zone *zones;        /* by index of the chart */
	struct fold_checkpoint *checkpoints;
	struct fold_device *devices;
	uint32_t zone_room, checkpoint_room, device_room; /* of the arrays; 0: just what is in them */
	uint64_t records;               /* folded */
	at_ms at_first, at_recorded;    /* of the first and the last batch */
	at_ms at_passage;               /* recorded time of the last record that was not a tick */
	uint64_t rejected;
	at_ms at_closed;                /* AT_NONE: open */
	uint64_t conflict_count;
	struct fold_conflict conflicts[FOLD_CONFLICTS_MAX]; /* number n stands at n % MAX */
};

err_t fold_new(struct fold **out);
void fold_free(struct fold *f);
/* Folds one batch. `claimed`: the identities of its passages were taken before (the writer did, to tell new from
 * duplicate); else they are taken here. `ready`: the plan of an INPUT_PLAN in it, if parsed already, else NULL.
 * Errors: STORE_CORRUPT (the record cannot be), MEMORY. After an error the fold is of no more use. */
err_t fold_batch(struct fold *f, const struct journal_batch *batch, bool claimed, struct live_plan *ready);
/* Gives back the identities of a batch that never reached the disk. */
void fold_release(struct fold *f, const void *bytes, size_t size);
/* Would this plan's chart still fit? ERR_TOO_LARGE if not. */
err_t fold_check_room(const struct fold *f, const struct plan *plan);

/* Takes all the memory that the record of `plan` will need, so that once it is on disk it can be folded. Changes nothing that
 * is saved; a record that then never comes does no harm. Errors: MEMORY. */
err_t fold_make_room(struct fold *f, const struct plan *plan, at_ms at_recorded);

/* Points the chart at the plan in force (fold_load does). */
err_t fold_find_in_plan(struct fold *f);

err_t fold_save(const struct fold *f, struct buf *out);
/* `known`: a plan that the saved text may equal, so that it need not be parsed again; may be NULL. */
err_t fold_load(struct text saved, struct live_plan *known, struct fold **out);
/* Was it saved by an earlier Cordon, in a form that is not read any more? Then a start folds the whole journal. Errors: MEMORY. */
err_t fold_is_older(struct text saved, bool *out);
#define FOLD_BYTES_MAX ((size_t)1 << 30)

#endif
