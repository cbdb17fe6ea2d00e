/* tests/unit/naive_ledger.h: a second ledger that is slow and plain, the oracle of ledger/.
 *
 * It keeps everything it was told as a list and works every number out anew from the whole list. It shares
 * ledger.h's words and view structs and not one line of its code. Calls mirror ledger.h; they abort on misuse.
 * naive_recompute() must be called before views, after the last change.
 *
 * Not modelled: limits (IDENTITY_FULL, TOO_LARGE).
 */
#ifndef CORDON_TESTS_NAIVE_LEDGER_H
#define CORDON_TESTS_NAIVE_LEDGER_H

#include "ledger/ledger.h"

#define NAIVE_ZONES 64
#define NAIVE_CHECKPOINTS 128
#define NAIVE_DEVICES 512

enum naive_kind {
	NAIVE_ADD_ZONE, NAIVE_ADD_CHECKPOINT, NAIVE_ADD_DEVICE, NAIVE_CHANGE_CHECKPOINT, NAIVE_CHANGE_DEVICE,
	NAIVE_PLAN, NAIVE_PASSAGE, NAIVE_DUPLICATES, NAIVE_CONFLICT, NAIVE_RECOUNT, NAIVE_EMPTY
};
struct naive_event {
	enum naive_kind kind;
	at_ms at_recorded;
	struct ledger_passage p;      /* PASSAGE, CONFLICT */
	struct ledger_recount r;      /* RECOUNT */
	struct ledger_accuracy a;     /* ADD_DEVICE, CHANGE_DEVICE */
	uint32_t x, from, to;         /* the index meant; zones, or the checkpoint of a device in `from` */
	uint32_t zones[NAIVE_ZONES], count; /* EMPTY; count of DUPLICATES */
	bool retired, of_plan;        /* of_plan: one of several changes that come in force together */
};

struct naive;
struct naive *naive_new(at_ms at_window, uint32_t minutes);
void naive_free(struct naive *n);
size_t naive_event_count(const struct naive *n);
const struct naive_event *naive_event_at(const struct naive *n, size_t index);
/* Does to a real ledger what the event says; false: it refused. Passages are claimed and posted. */
bool naive_tell(const struct naive_event *e, struct ledger *l);

uint32_t naive_add_zone(struct naive *n);
uint32_t naive_add_checkpoint(struct naive *n, uint32_t from, uint32_t to);
uint32_t naive_add_device(struct naive *n, uint32_t checkpoint, const struct ledger_accuracy *a);
/* Several changes that come in force together, as one plan: up to here the chart before decides what is final. */
void naive_begin_plan(struct naive *n);
void naive_end_plan(struct naive *n);
void naive_change_checkpoint(struct naive *n, uint32_t checkpoint, uint32_t from, uint32_t to, bool retired);
void naive_change_device(struct naive *n, uint32_t device, uint32_t checkpoint, const struct ledger_accuracy *a,
	bool retired);
enum ledger_verdict naive_claim(struct naive *n, const struct ledger_passage *p);
void naive_release(struct naive *n, const struct ledger_passage *p);
void naive_post_passage(struct naive *n, const struct ledger_passage *p, at_ms at_recorded);
void naive_note_duplicates(struct naive *n, uint32_t device, uint32_t count);
void naive_note_conflict(struct naive *n, const struct ledger_passage *other, at_ms at_recorded);
void naive_post_recount(struct naive *n, const struct ledger_recount *r, at_ms at_recorded);
void naive_post_empty(struct naive *n, const uint32_t *zones, uint32_t count, at_ms at_recorded);
void naive_advance(struct naive *n, at_ms at_recorded);

void naive_recompute(struct naive *n);
void naive_view_device(const struct naive *n, uint32_t device, at_ms at_now, struct ledger_device_view *out);
void naive_view_zones(const struct naive *n, const uint32_t *zones, uint32_t count, at_ms at_now,
	struct ledger_zone_view *out);
void naive_view_checkpoint(const struct naive *n, uint32_t checkpoint, at_ms at_now,
	struct ledger_checkpoint_view *out);
struct ledger_minute naive_view_minute(const struct naive *n, uint32_t checkpoint, uint32_t minute);
void naive_view_minutes(const struct naive *n, uint32_t checkpoint, uint32_t *out_used, uint32_t *out_final_count);
struct ledger_books naive_view_books(const struct naive *n);

#endif
