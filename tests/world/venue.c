/* tests/world/venue.c: plans. A row of zones; ways in from outside, ways between neighbours, ways out; devices at each.
 *
 *        I0        I1                I2
 *   |    v    |    v    |       |    v    |
 *   |   Z3    X   Z0    X  ...  |   Z7    |      X: a way between
 *   |    v    |         |       |    v    |
 *        O0                          O1
 */
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define ZONE_M 30
#define ZONE_HIGH_M 40

uint32_t venue_find_device(const struct venue *v, uint32_t name)
{
	for (uint32_t i = 0; i < v->device_count; i++)
		if (v->devices[i].name == name)
			return i;
	return WORLD_NONE;
}

uint32_t venue_find_checkpoint(const struct venue *v, uint32_t name)
{
	for (uint32_t i = 0; i < v->checkpoint_count; i++)
		if (v->checkpoints[i].name == name)
			return i;
	return WORLD_NONE;
}

static uint32_t find_zone(const struct venue *v, uint32_t name)
{
	for (uint32_t i = 0; i < v->zone_count; i++)
		if (v->zones[i].name == name)
			return i;
	return WORLD_NONE;
}

/* Drawn from nothing, so that a seed's story does not depend on them. */
struct zone_figures venue_zone_figures(const struct venue *v, uint32_t place)
{
	uint32_t mixed = v->zones[place].name * 7 + v->zone_count, obstructed_m2 = mixed % 4 * 380;
	return (struct zone_figures){.obstructed_m2 = obstructed_m2, .usable_m2 = ZONE_M * ZONE_HIGH_M - obstructed_m2,
		.capacity_ppl = 5 + mixed % 7 * 31, .dynamic = mixed % 6 != 5};
}

/* A name that the plan does not use; it may be one of before. */
static uint32_t free_name(struct world *w, const struct venue *v, uint32_t names, uint32_t (*find)(const struct venue *, uint32_t))
{
	uint32_t name = below(w, names);
	for (uint32_t i = 0; i < names && find(v, name) != WORLD_NONE; i++)
		name = (name + 1) % names;
	return name;
}

/* ---- the text ---- */

static void add_time(struct buf *b, const char *key, at_ms at)
{
	char text[WHEN_SIZE];
	buf_addf(b, "\"%s\":\"%s\"", key, when_format(at, 480, text));
}

static void write_devices(const struct venue *v, uint32_t checkpoint, struct buf *b)
{
	bool any = false;
	buf_add_str(b, ",\"devices\":[");
	for (uint32_t i = 0; i < v->device_count; i++) {
		const struct venue_device *d = &v->devices[i];
		if (d->checkpoint != checkpoint)
			continue;
		buf_addf(b, "%s{\"id\":\"D%u\",\"kind\":\"counter\",\"period_s\":%d,\"miss_in\":%.3f,\"miss_out\":%.3f,\"double\":%.3f%s}",
		         any ? "," : "", d->name, (int)(d->accuracy.period_ms / 1000), d->accuracy.miss_in, d->accuracy.miss_out,
		         d->accuracy.double_rate, d->accuracy.totals ? ",\"totals\":true" : "");
		any = true;
	}
	buf_add_str(b, "]");
}

static void write_checkpoint(const struct venue *v, uint32_t place, struct buf *b)
{
	static const char *stages[] = {[WAY_IN] = "ticket", [WAY_BETWEEN] = "transfer", [WAY_OUT] = "exit"};
	const struct venue_checkpoint *c = &v->checkpoints[place];
	unsigned x = c->zone * ZONE_M + (c->way == WAY_BETWEEN ? ZONE_M : ZONE_M / 2);
	unsigned y = c->way == WAY_IN ? 0 : c->way == WAY_OUT ? 40 : 20;
	buf_addf(b, ",{\"type\":\"Feature\",\"id\":\"C%u\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%u,%u]},"
	         "\"properties\":{\"kind\":\"checkpoint\",\"stage\":\"%s\",\"width_m\":4,", c->name, x, y, stages[c->way]);
	if (c->way == WAY_IN)
		buf_addf(b, "\"from\":\"outside\",\"to\":\"Z%u\"", v->zones[c->zone].name);
	else if (c->way == WAY_OUT)
		buf_addf(b, "\"from\":\"Z%u\",\"to\":\"outside\"", v->zones[c->zone].name);
	else
		buf_addf(b, "\"from\":\"Z%u\",\"to\":\"Z%u\"", v->zones[c->zone].name, v->zones[c->zone + 1].name);
	buf_add_str(b, ",\"lanes\":[");
	for (uint32_t i = 0; i < c->lane_count; i++)
		buf_addf(b, "%s{\"id\":\"L%u\",\"rate_ppl_min\":10,\"open\":%s}", i > 0 ? "," : "", c->lanes[i].name,
		         c->lanes[i].open ? "true" : "false");
	buf_add_str(b, "]");
	write_devices(v, place, b);
	buf_add_str(b, "}}");
}

static void write_zone(const struct venue *v, uint32_t place, struct buf *b)
{
	unsigned x0 = place * ZONE_M, x1 = x0 + ZONE_M;
	struct zone_figures f = venue_zone_figures(v, place);
	buf_addf(b, "%s{\"type\":\"Feature\",\"id\":\"Z%u\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
	         "[[[%u,0],[%u,0],[%u,%u],[%u,%u],[%u,0]]]},\"properties\":{\"kind\":\"zone\",\"use\":\"%s\",\"counts_inside\":%s,"
	         "\"dynamic\":%s,\"obstructed_m2\":%u,\"capacity_ppl\":%u}}",
	         place > 0 ? "," : "", v->zones[place].name, x0, x1, x1, ZONE_HIGH_M, x0, ZONE_HIGH_M, x0,
	         v->zones[place].inside ? "concourse" : "holding", v->zones[place].inside ? "true" : "false",
	         f.dynamic ? "true" : "false", f.obstructed_m2, f.capacity_ppl);
}

static int by_checkpoint(const void *a, const void *b)
{
	const struct venue_device *x = a, *y = b;
	if (x->checkpoint != y->checkpoint)
		return x->checkpoint < y->checkpoint ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* Puts the text to it and keeps it for the world's life. */
static struct venue *finish(struct world *w, struct venue *v)
{
	struct buf b;
	buf_init(&b, 4u << 20);
	bool any = false;
	for (uint32_t i = 0; i < v->zone_count; i++)
		any |= v->zones[i].inside;
	v->zones[0].inside |= !any;
	qsort(v->devices, v->device_count, sizeof *v->devices, by_checkpoint);
	buf_add_str(&b, "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"World\",\"coordinates\":\"local\",\"timetable\":{");
	add_time(&b, "doors", v->at_doors);
	buf_add_str(&b, ",");
	add_time(&b, "start", v->at_start);
	buf_add_str(&b, ",");
	add_time(&b, "end", v->at_end);
	buf_add_str(&b, "},\"expected_ppl\":1000,\"approved_ppl\":1200},\"features\":[");
	for (uint32_t i = 0; i < v->zone_count; i++)
		write_zone(v, i, &b);
	for (uint32_t i = 0; i < v->checkpoint_count; i++)
		write_checkpoint(v, i, &b);
	buf_add_str(&b, "]}");
	v->text = b.at; /* the buffer's memory goes over */
	v->text_size = b.size;
	v->next = w->venues;
	w->venues = v;
	return v;
}

void venues_free(struct world *w)
{
	while (w->venues != NULL) {
		struct venue *v = w->venues;
		w->venues = v->next;
		free(v->text);
		free(v);
	}
}

/* ---- making ---- */

static struct ledger_accuracy any_accuracy(struct world *w)
{
	return (struct ledger_accuracy){.miss_in = below(w, 4) * 0.01, .miss_out = below(w, 4) * 0.015,
		.double_rate = below(w, 3) * 0.001, .period_ms = 1000 * (int64_t)(10 + below(w, 6) * 30), .totals = below(w, 3) == 0};
}

static void add_checkpoint(struct world *w, struct venue *v, enum way way, uint32_t zone)
{
	if (v->checkpoint_count == VENUE_CHECKPOINTS)
		return;
	struct venue_checkpoint c = {.name = free_name(w, v, CHECKPOINT_NAMES, venue_find_checkpoint), .way = way, .zone = zone};
	c.lane_count = (way == WAY_IN ? 1 : 0) + below(w, 4);
	for (uint32_t i = 0; i < c.lane_count; i++)
		c.lanes[i] = (struct venue_lane){i + 1, chance(w, 700)};
	v->checkpoints[v->checkpoint_count++] = c;
}

static void add_device(struct world *w, struct venue *v)
{
	if (v->device_count == VENUE_DEVICES || v->device_count == DEVICE_NAMES)
		return;
	/* Small worlds take from few names, so that devices come back. */
	uint32_t names = w->shape.devices * 2 < DEVICE_NAMES ? w->shape.devices * 2 + 2 : DEVICE_NAMES;
	uint32_t name = free_name(w, v, names, venue_find_device);
	if (venue_find_device(v, name) != WORLD_NONE)
		return;
	v->devices[v->device_count++] = (struct venue_device){name, below(w, v->checkpoint_count), any_accuracy(w)};
}

struct venue *venue_make(struct world *w, uint32_t zones, uint32_t devices)
{
	struct venue *v = calloc(1, sizeof *v);
	if (v == NULL)
		abort();
	v->at_doors = w->at_true + (at_ms)below(w, 3600000);
	v->at_doors -= v->at_doors % 60000;
	v->at_start = v->at_doors + 3600000;
	v->at_end = v->at_start + 7200000;
	for (uint32_t i = 0; i < zones && i < VENUE_ZONES; i++)
		v->zones[v->zone_count++] = (struct venue_zone){free_name(w, v, ZONE_NAMES, find_zone), chance(w, 700)};
	add_checkpoint(w, v, WAY_IN, below(w, zones));
	for (uint32_t i = 0; i + 1 < zones; i++)
		add_checkpoint(w, v, WAY_BETWEEN, i);
	add_checkpoint(w, v, WAY_OUT, below(w, zones));
	for (uint32_t i = 0; i < zones; i++)
		if (chance(w, 400))
			add_checkpoint(w, v, chance(w, 500) ? WAY_IN : WAY_OUT, i);
	while (v->device_count < devices)
		add_device(w, v);
	return finish(w, v);
}

/* ---- changing ---- */

static void drop_checkpoint(struct venue *v, uint32_t place)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < v->device_count; i++) {
		struct venue_device d = v->devices[i];
		if (d.checkpoint == place)
			continue;
		d.checkpoint -= d.checkpoint > place;
		v->devices[kept++] = d;
	}
	v->device_count = kept;
	for (uint32_t i = place + 1; i < v->checkpoint_count; i++)
		v->checkpoints[i - 1] = v->checkpoints[i];
	v->checkpoint_count--;
}

/* A new zone at `place`: what led over that border now leads into it, and a new way goes on from there. */
static void add_zone(struct world *w, struct venue *v, uint32_t place)
{
	if (v->zone_count == VENUE_ZONES || v->checkpoint_count == VENUE_CHECKPOINTS)
		return;
	struct venue_zone z = {free_name(w, v, ZONE_NAMES, find_zone), chance(w, 700)};
	for (uint32_t i = v->zone_count++; i > place; i--)
		v->zones[i] = v->zones[i - 1];
	v->zones[place] = z;
	for (uint32_t i = 0; i < v->checkpoint_count; i++) {
		struct venue_checkpoint *c = &v->checkpoints[i];
		if (c->zone >= place)
			c->zone++;
	}
	/* The way from place - 1 goes to the new zone now; from the new one to its other neighbour there is none yet. */
	add_checkpoint(w, v, WAY_BETWEEN, place == v->zone_count - 1 ? place - 1 : place);
}

static void drop_zone(struct venue *v, uint32_t place)
{
	if (v->zone_count < 2)
		return;
	uint32_t at_edge = place == v->zone_count - 1 ? place - 1 : place; /* the way that goes with it */
	for (uint32_t i = v->checkpoint_count; i-- > 0;)
		if (v->checkpoints[i].way == WAY_BETWEEN && v->checkpoints[i].zone == at_edge)
			drop_checkpoint(v, i);
	for (uint32_t i = 0; i < v->checkpoint_count; i++) {
		struct venue_checkpoint *c = &v->checkpoints[i];
		if (c->zone > place || (c->zone == place && place == v->zone_count - 1))
			c->zone--;
	}
	for (uint32_t i = place + 1; i < v->zone_count; i++)
		v->zones[i - 1] = v->zones[i];
	v->zone_count--;
}

static void change_lanes(struct world *w, struct venue_checkpoint *c)
{
	uint32_t what = below(w, 3);
	if (what == 0 && c->lane_count > 1) {
		uint32_t gone = below(w, c->lane_count);
		for (uint32_t i = gone + 1; i < c->lane_count; i++)
			c->lanes[i - 1] = c->lanes[i];
		c->lane_count--;
	} else if (what == 1 && c->lane_count < VENUE_LANES) {
		uint32_t name = 1; /* the least that is free: one of before may come back */
		for (uint32_t i = 0; i < c->lane_count; i++)
			if (c->lanes[i].name == name) {
				name++;
				i = UINT32_MAX;
			}
		c->lanes[c->lane_count++] = (struct venue_lane){name, chance(w, 500)};
	} else if (c->lane_count > 0) {
		struct venue_lane *l = &c->lanes[below(w, c->lane_count)];
		l->open = !l->open;
	}
}

static void drop_device(struct world *w, struct venue *v)
{
	if (v->device_count < 2)
		return;
	uint32_t gone = below(w, v->device_count);
	for (uint32_t i = gone + 1; i < v->device_count; i++)
		v->devices[i - 1] = v->devices[i];
	v->device_count--;
}

/* A gate is moved: another zone, the same name. */
static void move_checkpoint(struct world *w, struct venue *v)
{
	struct venue_checkpoint *c = &v->checkpoints[below(w, v->checkpoint_count)];
	if (c->way != WAY_BETWEEN)
		c->zone = below(w, v->zone_count);
	else if (v->zone_count > 2) { /* two ways change places */
		for (uint32_t i = 0; i < v->checkpoint_count; i++) {
			struct venue_checkpoint *other = &v->checkpoints[i];
			if (other->way == WAY_BETWEEN && other != c) {
				uint32_t zone = other->zone;
				other->zone = c->zone;
				c->zone = zone;
				return;
			}
		}
	}
}

static void change_once(struct world *w, struct venue *v)
{
	switch (below(w, 9)) {
	case 0: add_device(w, v); break;
	case 1: drop_device(w, v); break;
	case 2: v->devices[below(w, v->device_count)].checkpoint = below(w, v->checkpoint_count); break;
	case 3: v->devices[below(w, v->device_count)].accuracy = any_accuracy(w); break;
	case 4: add_zone(w, v, below(w, v->zone_count + 1)); break;
	case 5: drop_zone(v, below(w, v->zone_count)); break;
	case 6: move_checkpoint(w, v); break;
	case 7: change_lanes(w, &v->checkpoints[below(w, v->checkpoint_count)]); break;
	default: add_checkpoint(w, v, chance(w, 500) ? WAY_IN : WAY_OUT, below(w, v->zone_count)); break;
	}
	while (v->device_count == 0)
		add_device(w, v);
}

struct venue *venue_change(struct world *w, const struct venue *before)
{
	struct venue *v = malloc(sizeof *v);
	if (v == NULL)
		abort();
	*v = *before;
	v->text = NULL;
	for (uint32_t i = 1 + below(w, 4); i > 0; i--)
		change_once(w, v);
	if (v->checkpoint_count > 14) { /* not for ever more */
		uint32_t place = below(w, v->checkpoint_count), ways[3] = {0};
		for (uint32_t i = 0; i < v->checkpoint_count; i++)
			ways[v->checkpoints[i].way]++;
		if (v->checkpoints[place].way != WAY_BETWEEN && ways[v->checkpoints[place].way] > 1)
			drop_checkpoint(v, place);
	}
	while (v->device_count == 0)
		add_device(w, v);
	return finish(w, v);
}
