/* tests/world/picture.c: what a list of entries comes to, worked out from its beginning. The people are the naive ledger's. */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define HOUR INT64_C(3600000)

void chart_init(struct chart *c)
{
	memset(c, 0xFF, sizeof *c);
	c->zone_count = 1;
	c->checkpoint_count = c->device_count = 0;
}

void chart_take(struct chart *c, const struct venue *v)
{
	for (uint32_t i = 0; i < v->zone_count; i++)
		if (c->zones[v->zones[i].name] == WORLD_NONE)
			c->zones[v->zones[i].name] = c->zone_count++;
	for (uint32_t i = 0; i < v->checkpoint_count; i++)
		if (c->checkpoints[v->checkpoints[i].name] == WORLD_NONE)
			c->checkpoints[v->checkpoints[i].name] = c->checkpoint_count++;
	for (uint32_t i = 0; i < v->device_count; i++)
		if (c->devices[v->devices[i].name] == WORLD_NONE)
			c->devices[v->devices[i].name] = c->device_count++;
}

uint32_t chart_zone(const struct chart *c, const struct venue *v, uint32_t place)
{
	return c->zones[v->zones[place].name];
}

void picture_init(struct picture *p)
{
	memset(p, 0, sizeof *p);
	chart_init(&p->chart);
	p->at_first = p->at_recorded = p->at_closed = AT_NONE;
	for (uint32_t i = 0; i <= ZONE_NAMES; i++)
		p->at_emptied[i] = AT_NONE;
}

void picture_free(struct picture *p)
{
	if (p->naive != NULL)
		naive_free(p->naive);
	free(p->conflicts);
	memset(p, 0, sizeof *p);
}

/* ---- a plan comes in force ---- */

/* Twelve hours before the doors, from a whole hour on, to a day after the end; a session whose time is far from the plan's
 * has its own day. */
static void begin_books(struct picture *p, const struct venue *v, at_ms at_recorded)
{
	at_ms at_doors = v->at_doors, at_end = v->at_end;
	if (at_recorded < at_doors - 24 * HOUR || at_recorded > at_end + 48 * HOUR) {
		at_doors = at_recorded;
		at_end = at_recorded + 12 * HOUR;
	}
	p->at_window = (at_doors - 12 * HOUR) / HOUR * HOUR;
	if (p->at_window < 0)
		p->at_window = 0;
	int64_t minutes = (at_end + 24 * HOUR - p->at_window) / 60000;
	p->minutes = minutes > LEDGER_MINUTES_MAX ? LEDGER_MINUTES_MAX : (uint32_t)minutes;
	p->naive = naive_new(p->at_window, p->minutes);
}

static void take_lanes(struct picture_checkpoint *c, const struct venue_checkpoint *now)
{
	struct lane_state lanes[VENUE_LANES];
	for (uint32_t i = 0; i < now->lane_count; i++) {
		lanes[i] = (struct lane_state){now->lanes[i].name, now->lanes[i].open, false};
		for (uint32_t k = 0; c->in_plan && k < c->lane_count; k++)
			if (c->lanes[k].name == now->lanes[i].name && c->lanes[k].by_hand)
				lanes[i] = c->lanes[k];
	}
	c->lane_count = now->lane_count;
	memcpy(c->lanes, lanes, now->lane_count * sizeof *lanes);
}

static void take_checkpoints(struct picture *p, const struct venue *v)
{
	bool in_plan[CHECKPOINT_NAMES] = {false};
	uint32_t known = p->chart.checkpoint_count;
	struct chart after = p->chart;
	chart_take(&after, v);
	for (uint32_t i = 0; i < v->checkpoint_count; i++) {
		const struct venue_checkpoint *c = &v->checkpoints[i];
		uint32_t here = after.zones[v->zones[c->zone].name];
		uint32_t from = c->way == WAY_IN ? 0 : here;
		uint32_t to = c->way == WAY_IN ? here : c->way == WAY_OUT ? 0 : after.zones[v->zones[c->zone + 1].name];
		uint32_t index = after.checkpoints[c->name];
		if (index >= known)
			naive_add_checkpoint(p->naive, from, to);
		else
			naive_change_checkpoint(p->naive, index, from, to, false);
		take_lanes(&p->checkpoints[index], c);
		p->checkpoints[index].from = from;
		p->checkpoints[index].to = to;
		in_plan[index] = true;
	}
	for (uint32_t i = 0; i < after.checkpoint_count; i++) {
		if (!in_plan[i] && p->checkpoints[i].in_plan) {
			naive_change_checkpoint(p->naive, i, p->checkpoints[i].from, p->checkpoints[i].to, true);
			p->checkpoints[i].lane_count = 0;
		}
		p->checkpoints[i].in_plan = in_plan[i];
	}
}

static void take_devices(struct picture *p, const struct venue *v, const struct chart *after)
{
	bool in_plan[DEVICE_NAMES] = {false};
	uint32_t known = p->chart.device_count;
	for (uint32_t i = 0; i < v->device_count; i++) {
		const struct venue_device *d = &v->devices[i];
		uint32_t index = after->devices[d->name], at = after->checkpoints[v->checkpoints[d->checkpoint].name];
		if (index >= known)
			naive_add_device(p->naive, at, &d->accuracy);
		else
			naive_change_device(p->naive, index, at, &d->accuracy, false);
		p->device_at[index] = at;
		p->accuracy[index] = d->accuracy;
		in_plan[index] = true;
	}
	for (uint32_t i = 0; i < known; i++)
		if (!in_plan[i] && p->device_in_plan[i])
			naive_change_device(p->naive, i, p->device_at[i], &p->accuracy[i], true);
	memcpy(p->device_in_plan, in_plan, sizeof in_plan);
}

static void take_plan(struct picture *p, const struct entry *e)
{
	const struct venue *v = e->venue;
	struct chart after = p->chart;
	chart_take(&after, v);
	if (p->naive == NULL)
		begin_books(p, v, e->at_recorded);
	naive_advance(p->naive, e->at_recorded);
	naive_begin_plan(p->naive);
	for (uint32_t i = p->chart.zone_count; i < after.zone_count; i++)
		naive_add_zone(p->naive);
	take_checkpoints(p, v);
	take_devices(p, v, &after);
	naive_end_plan(p->naive);
	p->chart = after;
	p->venue = v;
	p->version = e->version;
}

/* ---- the other entries ---- */

static void take_recount(struct picture *p, const struct entry *e)
{
	naive_post_recount(p->naive, &e->recount, e->at_recorded);
	/* A count of before the venue was seen empty says nothing any more. */
	uint32_t z = e->recount.zone;
	if (p->at_emptied[z] == AT_NONE || e->recount.at > p->at_emptied[z])
		p->recount_by[z] = e->by;
}

static void take_empty(struct picture *p, const struct entry *e)
{
	uint32_t zones[NAIVE_ZONES], count = 0;
	for (uint32_t z = 1; z < p->chart.zone_count; z++) {
		zones[count++] = z;
		p->at_emptied[z] = e->at_recorded;
	}
	naive_post_empty(p->naive, zones, count, e->at_recorded);
}

static void note_conflict(struct picture *p)
{
	if (p->conflict_count == p->conflict_capacity) {
		p->conflict_capacity = p->conflict_capacity * 2 + 16;
		p->conflicts = realloc(p->conflicts, p->conflict_capacity * sizeof *p->conflicts);
		if (p->conflicts == NULL)
			abort();
	}
	p->conflicts[p->conflict_count++] = (size_t)p->records;
}

static void take_lane(struct picture *p, const struct entry *e)
{
	struct lane_state *l = &p->checkpoints[e->checkpoint].lanes[e->lane];
	l->open = e->open;
	l->by_hand = true;
}

void picture_add(struct picture *p, const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_PASSAGE: naive_post_passage(p->naive, &e->p, e->at_recorded); break;
	case ENTRY_CONFLICT:
		naive_note_conflict(p->naive, &e->p, e->at_recorded);
		note_conflict(p);
		break;
	case ENTRY_RECOUNT: take_recount(p, e); break;
	case ENTRY_EMPTY: take_empty(p, e); break;
	case ENTRY_LANE: take_lane(p, e); break;
	case ENTRY_PLAN: take_plan(p, e); break;
	case ENTRY_CLOSE: p->at_closed = e->at_recorded; break;
	case ENTRY_DUPLICATES: naive_note_duplicates(p->naive, e->p.device, e->p.in); break;
	case ENTRY_REJECTED: p->rejected += e->count; break;
	case ENTRY_TICK: break;
	}
	naive_advance(p->naive, e->at_recorded);
	p->records++;
	p->at_recorded = e->at_recorded;
	if (p->at_first == AT_NONE)
		p->at_first = e->at_recorded;
}
