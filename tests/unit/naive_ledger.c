/* The naive ledger, part one: what it is told, as a list. See naive_ledger.h. */
#include "naive_inside.h"

#include <stdlib.h>
#include <string.h>

static void *grown(void *old, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return old;
	*capacity = *capacity * 2 + 64;
	void *p = realloc(old, *capacity * size);
	if (p == NULL)
		abort();
	return p;
}

struct naive *naive_new(at_ms at_window, uint32_t minutes)
{
	struct naive *n = calloc(1, sizeof *n);
	if (n == NULL)
		abort();
	n->at_window = at_window - at_window % 60000;
	n->minutes = minutes;
	n->zones = 1;
	return n;
}

void naive_free(struct naive *n)
{
	for (uint32_t i = 0; i < NAIVE_CHECKPOINTS; i++)
		free(n->c[i].minutes);
	free(n->events);
	free(n->claimed);
	free(n->heard);
	free(n->marks);
	free(n->flows);
	free(n);
}

/* ---- what is told ---- */

size_t naive_event_count(const struct naive *n)
{
	return n->event_count;
}

const struct naive_event *naive_event_at(const struct naive *n, size_t index)
{
	return &n->events[index];
}

static struct naive_event *tell(struct naive *n, enum naive_kind kind)
{
	n->events = grown(n->events, n->event_count, &n->event_capacity, sizeof *n->events);
	struct naive_event *e = &n->events[n->event_count++];
	*e = (struct naive_event){ .kind = kind, .at_recorded = n->at_recorded, .of_plan = n->in_plan };
	return e;
}

void naive_advance(struct naive *n, at_ms at_recorded)
{
	if (at_recorded > n->at_recorded)
		n->at_recorded = at_recorded;
}

uint32_t naive_add_zone(struct naive *n)
{
	if (n->zones == NAIVE_ZONES)
		abort();
	tell(n, NAIVE_ADD_ZONE);
	return n->zones++;
}

uint32_t naive_add_checkpoint(struct naive *n, uint32_t from, uint32_t to)
{
	if (n->checkpoints == NAIVE_CHECKPOINTS)
		abort();
	struct naive_event *e = tell(n, NAIVE_ADD_CHECKPOINT);
	e->x = n->checkpoints;
	e->from = from;
	e->to = to;
	return n->checkpoints++;
}

uint32_t naive_add_device(struct naive *n, uint32_t checkpoint, const struct ledger_accuracy *a)
{
	if (n->devices == NAIVE_DEVICES)
		abort();
	struct naive_event *e = tell(n, NAIVE_ADD_DEVICE);
	e->x = n->devices;
	e->from = checkpoint;
	e->a = *a;
	return n->devices++;
}

void naive_begin_plan(struct naive *n)
{
	tell(n, NAIVE_PLAN);
	n->in_plan = true;
}

void naive_end_plan(struct naive *n)
{
	n->in_plan = false;
}

void naive_change_checkpoint(struct naive *n, uint32_t checkpoint, uint32_t from, uint32_t to, bool retired)
{
	struct naive_event *e = tell(n, NAIVE_CHANGE_CHECKPOINT);
	e->x = checkpoint;
	e->from = from;
	e->to = to;
	e->retired = retired;
}

void naive_change_device(struct naive *n, uint32_t device, uint32_t checkpoint, const struct ledger_accuracy *a,
	bool retired)
{
	struct naive_event *e = tell(n, NAIVE_CHANGE_DEVICE);
	e->x = device;
	e->from = checkpoint;
	e->a = *a;
	e->retired = retired;
}

static int by_identity(const struct ledger_passage *a, const struct ledger_passage *b)
{
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->boot != b->boot)
		return a->boot < b->boot ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* Where `p` stands in the sorted list, or would. */
static size_t claimed_place(const struct naive *n, const struct ledger_passage *p)
{
	size_t low = 0, high = n->claimed_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (by_identity(&n->claimed[middle], p) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

enum ledger_verdict naive_claim(struct naive *n, const struct ledger_passage *p)
{
	size_t i = claimed_place(n, p);
	if (i < n->claimed_count && by_identity(&n->claimed[i], p) == 0) {
		const struct ledger_passage *o = &n->claimed[i];
		bool same = o->at == p->at && o->in == p->in && o->out == p->out && o->totals == p->totals;
		return same ? LEDGER_DUPLICATE : LEDGER_CONFLICT;
	}
	n->claimed = grown(n->claimed, n->claimed_count, &n->claimed_capacity, sizeof *n->claimed);
	memmove(&n->claimed[i + 1], &n->claimed[i], (n->claimed_count - i) * sizeof *n->claimed);
	n->claimed[i] = *p;
	n->claimed_count++;
	return LEDGER_NEW;
}

void naive_release(struct naive *n, const struct ledger_passage *p)
{
	size_t i = claimed_place(n, p);
	n->claimed_count--;
	memmove(&n->claimed[i], &n->claimed[i + 1], (n->claimed_count - i) * sizeof *n->claimed);
}

void naive_post_passage(struct naive *n, const struct ledger_passage *p, at_ms at_recorded)
{
	naive_advance(n, at_recorded);
	tell(n, NAIVE_PASSAGE)->p = *p;
}

void naive_note_duplicates(struct naive *n, uint32_t device, uint32_t count)
{
	struct naive_event *e = tell(n, NAIVE_DUPLICATES);
	e->x = device;
	e->count = count;
}

void naive_note_conflict(struct naive *n, const struct ledger_passage *other, at_ms at_recorded)
{
	naive_advance(n, at_recorded);
	tell(n, NAIVE_CONFLICT)->p = *other;
}

void naive_post_recount(struct naive *n, const struct ledger_recount *r, at_ms at_recorded)
{
	naive_advance(n, at_recorded);
	tell(n, NAIVE_RECOUNT)->r = *r;
}

void naive_post_empty(struct naive *n, const uint32_t *zones, uint32_t count, at_ms at_recorded)
{
	naive_advance(n, at_recorded);
	struct naive_event *e = tell(n, NAIVE_EMPTY);
	memcpy(e->zones, zones, count * sizeof *zones);
	e->count = count;
}

bool naive_tell(const struct naive_event *e, struct ledger *l)
{
	uint32_t index;
	switch (e->kind) {
	case NAIVE_ADD_ZONE:
		return ledger_add_zone(l, &index) == ERR_NONE;
	case NAIVE_ADD_CHECKPOINT:
		return ledger_add_checkpoint(l, e->from, e->to, &index) == ERR_NONE && index == e->x;
	case NAIVE_ADD_DEVICE:
		return ledger_add_device(l, e->from, &e->a, &index) == ERR_NONE && index == e->x;
	case NAIVE_PLAN:
		ledger_advance(l, e->at_recorded);
		return true;
	case NAIVE_CHANGE_CHECKPOINT:
		if (!e->of_plan)
			ledger_advance(l, e->at_recorded);
		return ledger_change_checkpoint(l, e->x, e->from, e->to, e->retired) == ERR_NONE;
	case NAIVE_CHANGE_DEVICE:
		if (!e->of_plan)
			ledger_advance(l, e->at_recorded);
		return ledger_change_device(l, e->x, e->from, &e->a, e->retired) == ERR_NONE;
	case NAIVE_PASSAGE:
		if (ledger_claim(l, &e->p) != LEDGER_NEW)
			return false;
		ledger_post_passage(l, &e->p, e->at_recorded);
		return true;
	case NAIVE_DUPLICATES:
		ledger_note_duplicates(l, e->x, e->count);
		return true;
	case NAIVE_CONFLICT:
		ledger_note_conflict(l, &e->p, e->at_recorded);
		return true;
	case NAIVE_RECOUNT:
		ledger_post_recount(l, &e->r, e->at_recorded);
		return true;
	case NAIVE_EMPTY:
		ledger_post_empty(l, e->zones, e->count, e->at_recorded);
		return true;
	}
	return false;
}
