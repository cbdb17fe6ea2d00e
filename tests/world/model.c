/* tests/world/model.c: the second model: what was acknowledged, as a list. It shares no code with what it judges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

void entries_add(struct entries *list, const struct entry *e)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity * 2 + 64;
		list->at = realloc(list->at, list->capacity * sizeof *list->at);
		if (list->at == NULL)
			abort();
	}
	list->at[list->count++] = *e;
}

void model_init(struct model *m, uint32_t number)
{
	memset(m, 0, sizeof *m);
	snprintf(m->id, sizeof m->id, "s%u", number);
	m->speed = 1;
	m->limbo_last = &m->limbo;
	chart_init(&m->chart);
	picture_init(&m->tip);
}

void model_free(struct model *m)
{
	free(m->book.at);
	free(m->acked.at);
	free(m->ids.slots);
	while (m->limbo != NULL) {
		struct ask *a = m->limbo;
		m->limbo = a->next;
		ask_free(a);
	}
	picture_free(&m->tip);
	json_decref(m->sub.state);
	memset(m, 0, sizeof *m);
}

/* ---- time ---- */

at_ms model_now_by(const struct model *m, at_ms at_wall)
{
	if (!m->exercise)
		return at_wall;
	double for_ms = (double)(at_wall - m->at_clock_wall) * m->speed;
	return m->at_clock_session + (at_ms)__builtin_floor(for_ms);
}

at_ms model_now(const struct world *w, const struct model *m)
{
	return model_now_by(m, w->at_wall);
}

/* ---- identities: open addressing, a slot with device WORLD_NONE is free ---- */

static size_t slot_of(const struct identities *ids, const struct ledger_passage *p)
{
	uint64_t h = p->device * UINT64_C(0x9E3779B97F4A7C15) ^ p->boot * UINT64_C(0xC2B2AE3D27D4EB4F) ^ p->seq;
	h = (h ^ h >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
	size_t i = (size_t)(h ^ h >> 32) & ids->mask;
	while (ids->slots[i].device != WORLD_NONE &&
	       (ids->slots[i].device != p->device || ids->slots[i].boot != p->boot || ids->slots[i].seq != p->seq))
		i = (i + 1) & ids->mask;
	return i;
}

static void identities_grow(struct identities *ids)
{
	struct identities old = *ids;
	size_t size = old.slots == NULL ? 1024 : (old.mask + 1) * 2;
	ids->mask = size - 1;
	ids->slots = malloc(size * sizeof *ids->slots);
	if (ids->slots == NULL)
		abort();
	for (size_t i = 0; i < size; i++)
		ids->slots[i].device = WORLD_NONE;
	for (size_t i = 0; old.slots != NULL && i <= old.mask; i++)
		if (old.slots[i].device != WORLD_NONE)
			ids->slots[slot_of(ids, &old.slots[i])] = old.slots[i];
	free(old.slots);
}

enum ledger_verdict identities_claim(struct identities *ids, const struct ledger_passage *p)
{
	if (ids->slots == NULL || ids->count * 2 > ids->mask)
		identities_grow(ids);
	struct ledger_passage *known = &ids->slots[slot_of(ids, p)];
	if (known->device == WORLD_NONE) {
		*known = *p;
		ids->count++;
		return LEDGER_NEW;
	}
	/* Not where: a device that was moved says again what it was never answered. */
	bool same = known->at == p->at && known->in == p->in && known->out == p->out && known->totals == p->totals;
	return same ? LEDGER_DUPLICATE : LEDGER_CONFLICT;
}

/* ---- what an ask comes to ---- */

void model_take_batch(struct world *w, struct model *m, const struct ask *a, struct verdicts *out)
{
	*out = (struct verdicts){.rejected = calloc(a->line_count + 1, sizeof *out->rejected)};
	if (out->rejected == NULL)
		abort();
	for (uint32_t i = 0; i < a->line_count; i++) {
		const struct ask_line *line = &a->lines[i];
		struct entry e = {.kind = ENTRY_PASSAGE, .at_session = a->at_session, .p = line->p};
		err_t error = line->error;
		if (error == ERR_NONE) {
			enum ledger_verdict v = identities_claim(&m->ids, &line->p);
			if (v == LEDGER_DUPLICATE) {
				out->duplicate++;
				m->duplicates[line->p.device]++;
				continue;
			}
			if (v == LEDGER_CONFLICT) {
				error = ERR_PASSAGE_CONFLICT;
				e.kind = ENTRY_CONFLICT;
				w->tally.conflicts++;
			} else {
				out->accepted++;
			}
			entries_add(&m->acked, &e);
		}
		if (error != ERR_NONE)
			out->rejected[out->rejected_count++] = (struct live_rejection){line->line, error};
	}
	m->rejected += out->rejected_count;
}

static err_t lane_refusal(const struct model *m, const struct ask *a)
{
	uint32_t place = a->checkpoint_name < CHECKPOINT_NAMES ? venue_find_checkpoint(m->venue, a->checkpoint_name) : WORLD_NONE;
	if (place == WORLD_NONE)
		return ERR_PASSAGE_CHECKPOINT;
	const struct venue_checkpoint *c = &m->venue->checkpoints[place];
	for (uint32_t i = 0; i < c->lane_count; i++)
		if (c->lanes[i].name == a->lane_name)
			return ERR_NONE;
	return ERR_JSON_FIELD;
}

static err_t recount_refusal(const struct model *m, const struct ask *a)
{
	for (uint32_t i = 0; i < m->venue->zone_count; i++)
		if (m->venue->zones[i].name == a->zone_name)
			return ERR_NONE;
	return ERR_JSON_FIELD;
}

err_t model_refuses(const struct model *m, const struct ask *a)
{
	if (a->kind == ASK_PLAN && a->refused != ERR_NONE)
		return a->refused; /* the keeper reads it before anybody asks whether the session is open */
	if (m->closed)
		return ERR_SESSION_CLOSED;
	if (a->refused != ERR_NONE)
		return a->refused;
	return a->kind == ASK_LANE ? lane_refusal(m, a) : a->kind == ASK_RECOUNT ? recount_refusal(m, a) : ERR_NONE;
}

void model_take_input(struct model *m, const struct ask *a)
{
	struct entry e = a->entry;
	e.at_session = a->at_session;
	switch (a->kind) {
	case ASK_OPEN: case ASK_PLAN:
		e.kind = ENTRY_PLAN;
		e.venue = m->venue = a->venue;
		e.version = ++m->version;
		chart_take(&m->chart, a->venue);
		break;
	case ASK_RECOUNT:
		e.kind = ENTRY_RECOUNT;
		e.recount.zone = m->chart.zones[a->zone_name];
		break;
	case ASK_LANE: {
		const struct venue_checkpoint *c = &m->venue->checkpoints[venue_find_checkpoint(m->venue, a->checkpoint_name)];
		e.kind = ENTRY_LANE;
		e.checkpoint = m->chart.checkpoints[a->checkpoint_name];
		for (e.lane = 0; c->lanes[e.lane].name != a->lane_name;)
			e.lane++;
		break;
	}
	case ASK_EMPTY: e.kind = ENTRY_EMPTY; break;
	default:
		e.kind = ENTRY_CLOSE;
		m->closed = true;
		break;
	}
	entries_add(&m->acked, &e);
}

/* It failed or was never answered: after a restart it is there, whole, or not at all. */
void model_doubt(struct model *m, struct ask *a)
{
	a->next = NULL;
	*m->limbo_last = a;
	m->limbo_last = &a->next;
}
