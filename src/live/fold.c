/* live/fold.c: applies journal records to the state of one session. */
#include "live/fold.h"

#include <stdlib.h>
#include <string.h>

#define STREAMS_MAX 65536u
#define IDENTITY_PAGES_MAX (1u << 20)   /* 67 M dense passages a session */
#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)

err_t fold_new(struct fold **out)
{
	struct fold *f = calloc(1, sizeof *f);
	if (f == NULL)
		return ERR_MEMORY;
	f->at_first = f->at_recorded = f->at_passage = f->at_closed = AT_NONE;
	f->zone_names = names_new(PLAN_ZONES_MAX);
	f->checkpoint_names = names_new(PLAN_CHECKPOINTS_MAX);
	f->device_names = names_new(PLAN_DEVICES_MAX);
	if (f->zone_names == NULL || f->checkpoint_names == NULL || f->device_names == NULL) {
		fold_free(f);
		return ERR_MEMORY;
	}
	*out = f;
	return ERR_NONE;
}

void fold_free(struct fold *f)
{
	if (f == NULL)
		return;
	ledger_free(f->ledger);
	live_plan_drop(f->plan);
	names_free(f->zone_names);
	names_free(f->checkpoint_names);
	names_free(f->device_names);
	free(f->zones);
	free(f->checkpoints);
	free(f->devices);
	free(f);
}

/* ---- a plan comes in force ---- */

/* The flow's minutes: from twelve hours before the doors open to a day after the end. A drill whose time is far from the
 * plan's is given its own day. */
static err_t start_ledger(struct fold *f, const struct plan *plan, at_ms at_recorded)
{
	at_ms at_doors = plan->at_doors == AT_NONE ? plan->at_start : plan->at_doors;
	at_ms at_end = plan->at_end == AT_NONE ? plan->at_start + 12 * MS_PER_HOUR : plan->at_end;
	bool far = at_doors == AT_NONE || at_recorded < at_doors - 24 * MS_PER_HOUR || at_recorded > at_end + 48 * MS_PER_HOUR;
	if (far) {
		at_doors = at_recorded;
		at_end = at_doors + 12 * MS_PER_HOUR;
	}
	at_ms at_window = at_doors - 12 * MS_PER_HOUR;
	at_window = at_window > 0 ? at_window - at_window % MS_PER_HOUR : 0; /* a clock without a battery says 1970 */
	int64_t minutes = (at_end + 24 * MS_PER_HOUR - at_window) / MS_PER_MINUTE;
	struct ledger_limits limits = {
		.zones_max = PLAN_ZONES_MAX, .checkpoints_max = PLAN_CHECKPOINTS_MAX, .devices_max = PLAN_DEVICES_MAX,
		.streams_max = STREAMS_MAX, .identity_pages_max = IDENTITY_PAGES_MAX, .at_window = at_window,
		.minutes = minutes > LEDGER_MINUTES_MAX ? LEDGER_MINUTES_MAX : (uint32_t)minutes,
	};
	return ledger_new(&limits, &f->ledger);
}

static struct text id_of(const char *id)
{
	return text_of(id);
}

/* Room for `count` items; what is there stays. */
static err_t widen(void **array, size_t item_size, uint32_t *room, uint32_t count)
{
	if (count <= *room)
		return ERR_NONE;
	void *wider = realloc(*array, item_size * count);
	if (wider == NULL)
		return ERR_MEMORY;
	*array = wider;
	*room = count;
	return ERR_NONE;
}

/* Grows an array to `count` items, the new ones zeroed. */
static err_t grow(void **array, size_t item_size, uint32_t *room, uint32_t before, uint32_t count)
{
	if (count <= before)
		return ERR_NONE;
	err_t e = widen(array, item_size, room, count);
	if (e == ERR_NONE)
		memset((char *)*array + item_size * before, 0, item_size * (count - before));
	return e;
}

/* The index of a name, new or known. Its place in the array is made first: no name is ever without one. */
static err_t add_name(struct names *names, const char *id, void **array, size_t item_size, uint32_t *room, uint32_t *out)
{
	uint32_t known = names_count(names);
	*out = names_find(names, id_of(id));
	if (*out != NAMES_NONE)
		return ERR_NONE;
	err_t e = grow(array, item_size, room, known, known + 1);
	return e == ERR_NONE ? names_add(names, id_of(id), out) : e;
}

static err_t chart_zone(struct fold *f, const char *id, uint32_t *out)
{
	void *zones = f->zones;
	err_t e = add_name(f->zone_names, id, &zones, sizeof *f->zones, &f->zone_room, out);
	f->zones = zones;
	uint32_t added;
	if (e == ERR_NONE && *out >= ledger_zone_count(f->ledger)) /* `outside`, the first, is there from the start */
		e = ledger_add_zone(f->ledger, &added);
	return e;
}

static err_t chart_zones(struct fold *f, const struct plan *plan)
{
	uint32_t index;
	for (uint32_t z = 0; z < names_count(f->zone_names); z++)
		f->zones[z].of_plan = NAMES_NONE;
	for (uint32_t i = 0; i < plan->zone_count; i++) {
		err_t e = chart_zone(f, plan->zones[i].id, &index);
		if (e != ERR_NONE)
			return e;
		f->zones[index].of_plan = i;
	}
	return ERR_NONE;
}

static uint32_t zone_of(const struct fold *f, const struct plan *plan, uint32_t of_plan)
{
	return names_find(f->zone_names, id_of(plan->zones[of_plan].id));
}

/* The lanes of the new plan, keeping what was set by hand and is still there. `before`: the plan until now, or NULL. */
static void chart_lanes(struct fold_checkpoint *c, const struct plan *plan, uint32_t of_plan, const struct plan *before)
{
	struct fold_checkpoint old = *c;
	const struct plan_checkpoint *now = &plan->checkpoints[of_plan];
	const struct plan_checkpoint *then = before != NULL && old.of_plan != NAMES_NONE && old.lane_count > 0 ?
		&before->checkpoints[old.of_plan] : NULL;
	c->lane_count = now->lane_count > PLAN_LANES_MAX ? PLAN_LANES_MAX : now->lane_count;
	for (uint32_t i = 0; i < c->lane_count; i++) {
		c->lanes[i] = (struct fold_lane){now->lanes[i].open, false};
		for (uint32_t k = 0; then != NULL && k < old.lane_count; k++)
			if (old.lanes[k].by_hand && text_is(text_of(then->lanes[k].id), now->lanes[i].id))
				c->lanes[i] = old.lanes[k];
	}
}

static err_t chart_checkpoint(struct fold *f, const struct plan *plan, uint32_t of_plan, const struct plan *before,
                              uint32_t *out)
{
	const struct plan_checkpoint *c = &plan->checkpoints[of_plan];
	uint32_t from = zone_of(f, plan, c->from), to = zone_of(f, plan, c->to), known = names_count(f->checkpoint_names);
	void *checkpoints = f->checkpoints;
	err_t e = add_name(f->checkpoint_names, c->id, &checkpoints, sizeof *f->checkpoints, &f->checkpoint_room, out);
	f->checkpoints = checkpoints;
	if (e != ERR_NONE)
		return e;
	uint32_t added;
	if (*out == known) {
		f->checkpoints[*out].of_plan = NAMES_NONE;
		e = ledger_add_checkpoint(f->ledger, from, to, &added);
	} else {
		e = ledger_change_checkpoint(f->ledger, *out, from, to, false);
	}
	f->checkpoints[*out].from = from;
	f->checkpoints[*out].to = to;
	chart_lanes(&f->checkpoints[*out], plan, of_plan, before);
	return e;
}

static err_t chart_checkpoints(struct fold *f, const struct plan *plan, const struct plan *before)
{
	err_t e = ERR_NONE;
	uint32_t index;
	for (uint32_t i = 0; e == ERR_NONE && i < plan->checkpoint_count; i++)
		e = chart_checkpoint(f, plan, i, before, &index);
	for (uint32_t c = 0; e == ERR_NONE && c < names_count(f->checkpoint_names); c++)
		f->checkpoints[c].of_plan = NAMES_NONE;
	for (uint32_t i = 0; e == ERR_NONE && i < plan->checkpoint_count; i++)
		f->checkpoints[names_find(f->checkpoint_names, id_of(plan->checkpoints[i].id))].of_plan = i;
	for (uint32_t c = 0; e == ERR_NONE && c < names_count(f->checkpoint_names); c++)
		if (f->checkpoints[c].of_plan == NAMES_NONE) {
			f->checkpoints[c].lane_count = 0;
			e = ledger_change_checkpoint(f->ledger, c, f->checkpoints[c].from, f->checkpoints[c].to, true);
		}
	return e;
}

static struct ledger_accuracy accuracy_of(const struct plan_device *d)
{
	return (struct ledger_accuracy){d->miss_in, d->miss_out, d->double_rate, (int64_t)d->period_s * 1000, d->totals};
}

static err_t chart_device(struct fold *f, const struct plan *plan, uint32_t of_plan)
{
	const struct plan_device *d = &plan->devices[of_plan];
	struct ledger_accuracy accuracy = accuracy_of(d);
	uint32_t at = names_find(f->checkpoint_names, id_of(plan->checkpoints[d->checkpoint].id));
	uint32_t known = names_count(f->device_names), index, added;
	void *devices = f->devices;
	err_t e = add_name(f->device_names, d->id, &devices, sizeof *f->devices, &f->device_room, &index);
	f->devices = devices;
	if (e != ERR_NONE)
		return e;
	f->devices[index].checkpoint = at;
	f->devices[index].of_plan = of_plan;
	return index == known ? ledger_add_device(f->ledger, at, &accuracy, &added) :
		ledger_change_device(f->ledger, index, at, &accuracy, false);
}

static err_t chart_devices(struct fold *f, const struct plan *plan, const struct plan *before)
{
	err_t e = ERR_NONE;
	uint32_t known = names_count(f->device_names);
	for (uint32_t d = 0; e == ERR_NONE && d < known; d++) {
		uint32_t was = f->devices[d].of_plan;
		f->devices[d].of_plan = NAMES_NONE;
		if (was == NAMES_NONE || before == NULL)
			continue; /* retired already */
		struct ledger_accuracy accuracy = accuracy_of(&before->devices[was]);
		e = ledger_change_device(f->ledger, d, f->devices[d].checkpoint, &accuracy, true);
	}
	for (uint32_t i = 0; e == ERR_NONE && i < plan->device_count; i++)
		e = chart_device(f, plan, i);
	return e;
}

/* Where the chart's things stand in the plan in force; for a loaded fold, whose ledger knows the rest. */
err_t fold_find_in_plan(struct fold *f)
{
	const struct plan *plan = live_plan_of(f->plan);
	uint32_t index;
	for (uint32_t i = 0; i < plan->zone_count; i++) {
		if ((index = names_find(f->zone_names, id_of(plan->zones[i].id))) == NAMES_NONE)
			return ERR_STORE_CORRUPT;
		f->zones[index].of_plan = i;
	}
	for (uint32_t i = 0; i < plan->checkpoint_count; i++) {
		index = names_find(f->checkpoint_names, id_of(plan->checkpoints[i].id));
		if (index == NAMES_NONE || f->checkpoints[index].lane_count > plan->checkpoints[i].lane_count)
			return ERR_STORE_CORRUPT;
		f->checkpoints[index].of_plan = i;
	}
	for (uint32_t i = 0; i < plan->device_count; i++) {
		if ((index = names_find(f->device_names, id_of(plan->devices[i].id))) == NAMES_NONE)
			return ERR_STORE_CORRUPT;
		f->devices[index].of_plan = i;
	}
	return ERR_NONE;
}

static err_t apply_plan(struct fold *f, const struct input *in, at_ms at_recorded, struct live_plan *ready)
{
	struct live_plan *p = NULL;
	err_t e = ERR_NONE;
	if (ready != NULL)
		p = live_plan_keep(ready);
	else
		e = live_plan_read(in->plan, false, &p, NULL);
	if (e != ERR_NONE)
		return e == ERR_MEMORY ? e : ERR_STORE_CORRUPT;
	const struct plan *plan = live_plan_of(p), *before = f->plan == NULL ? NULL : live_plan_of(f->plan);
	/* Until this moment the old plan's devices decide what is final. */
	if (f->ledger == NULL)
		e = start_ledger(f, plan, at_recorded);
	else if (before != NULL)
		ledger_advance(f->ledger, at_recorded);
	if (e == ERR_NONE)
		e = chart_zones(f, plan);
	if (e == ERR_NONE)
		e = chart_checkpoints(f, plan, before);
	if (e == ERR_NONE)
		e = chart_devices(f, plan, before);
	live_plan_drop(f->plan);
	f->plan = p;
	f->plan_version = in->version;
	return e;
}

static uint32_t missing_names(const struct names *n, const char *id)
{
	return names_find(n, id_of(id)) == NAMES_NONE;
}

err_t fold_check_room(const struct fold *f, const struct plan *plan)
{
	uint32_t zones = names_count(f->zone_names), checkpoints = names_count(f->checkpoint_names);
	uint32_t devices = names_count(f->device_names);
	for (uint32_t i = 0; i < plan->zone_count; i++)
		zones += missing_names(f->zone_names, plan->zones[i].id);
	for (uint32_t i = 0; i < plan->checkpoint_count; i++)
		checkpoints += missing_names(f->checkpoint_names, plan->checkpoints[i].id);
	for (uint32_t i = 0; i < plan->device_count; i++)
		devices += missing_names(f->device_names, plan->devices[i].id);
	bool fits = zones <= PLAN_ZONES_MAX && checkpoints <= PLAN_CHECKPOINTS_MAX && devices <= PLAN_DEVICES_MAX;
	return fits ? ERR_NONE : ERR_TOO_LARGE;
}

/* What of a plan's names the chart does not know yet. */
struct news { uint32_t count; size_t size; };

static void note_news(struct news *news, const struct names *known, const char *id)
{
	if (names_find(known, id_of(id)) != NAMES_NONE)
		return;
	news->count++;
	news->size += strlen(id);
}

static err_t make_room(struct names *names, const struct news *news, void **array, size_t item_size, uint32_t *room)
{
	err_t e = names_reserve(names, news->count, news->size);
	return e != ERR_NONE ? e : widen(array, item_size, room, names_count(names) + news->count);
}

err_t fold_make_room(struct fold *f, const struct plan *plan, at_ms at_recorded)
{
	struct news zones = {0}, checkpoints = {0}, devices = {0};
	for (uint32_t i = 0; i < plan->zone_count; i++)
		note_news(&zones, f->zone_names, plan->zones[i].id);
	for (uint32_t i = 0; i < plan->checkpoint_count; i++)
		note_news(&checkpoints, f->checkpoint_names, plan->checkpoints[i].id);
	for (uint32_t i = 0; i < plan->device_count; i++)
		note_news(&devices, f->device_names, plan->devices[i].id);
	void *zone = f->zones, *checkpoint = f->checkpoints, *device = f->devices;
	err_t e = make_room(f->zone_names, &zones, &zone, sizeof *f->zones, &f->zone_room);
	if (e == ERR_NONE)
		e = make_room(f->checkpoint_names, &checkpoints, &checkpoint, sizeof *f->checkpoints, &f->checkpoint_room);
	if (e == ERR_NONE)
		e = make_room(f->device_names, &devices, &device, sizeof *f->devices, &f->device_room);
	f->zones = zone;
	f->checkpoints = checkpoint;
	f->devices = device;
	if (e == ERR_NONE)
		e = f->ledger == NULL ? start_ledger(f, plan, at_recorded) : ledger_make_room(f->ledger, plan->checkpoint_count);
	return e;
}

/* ---- the other records ---- */

static bool passage_can_be(const struct fold *f, const struct ledger_passage *p)
{
	return p->device < ledger_device_count(f->ledger) && p->checkpoint < ledger_checkpoint_count(f->ledger);
}

static err_t apply_passage(struct fold *f, const struct ledger_passage *p, at_ms at_recorded, bool claimed)
{
	if (!passage_can_be(f, p))
		return ERR_STORE_CORRUPT;
	if (!claimed && ledger_claim(f->ledger, p) != LEDGER_NEW)
		return ERR_STORE_CORRUPT; /* the journal holds each once */
	ledger_post_passage(f->ledger, p, at_recorded);
	return ERR_NONE;
}

static err_t apply_conflict(struct fold *f, const struct ledger_passage *p, at_ms at_recorded)
{
	if (!passage_can_be(f, p))
		return ERR_STORE_CORRUPT;
	ledger_note_conflict(f->ledger, p, at_recorded);
	f->conflicts[f->conflict_count++ % FOLD_CONFLICTS_MAX] = (struct fold_conflict){*p, at_recorded};
	return ERR_NONE;
}

static err_t apply_recount(struct fold *f, const struct input *in, at_ms at_recorded)
{
	if (in->recount.zone >= names_count(f->zone_names))
		return ERR_STORE_CORRUPT;
	if (!ledger_post_recount(f->ledger, &in->recount, at_recorded))
		return ERR_NONE; /* whoever said it did not count what holds */
	struct fold_zone *z = &f->zones[in->recount.zone];
	size_t size = text_fit(in->by, sizeof z->recount_by - 1);
	memset(z->recount_by, 0, sizeof z->recount_by);
	memcpy(z->recount_by, in->by.at, size);
	return ERR_NONE;
}

/* Everything that counts inside, or lies within the checks: all zones but those that are outside. */
static err_t apply_empty(struct fold *f, at_ms at_recorded)
{
	const struct plan *plan = live_plan_of(f->plan);
	uint32_t zones[PLAN_ZONES_MAX], count = 0;
	for (uint32_t z = 0; z < names_count(f->zone_names); z++)
		if (f->zones[z].of_plan == NAMES_NONE || plan->zones[f->zones[z].of_plan].use != PLAN_OUTSIDE)
			zones[count++] = z;
	ledger_post_empty(f->ledger, zones, count, at_recorded);
	return ERR_NONE;
}

static err_t apply_lane(struct fold *f, const struct input *in)
{
	if (in->checkpoint >= names_count(f->checkpoint_names) || in->lane >= f->checkpoints[in->checkpoint].lane_count)
		return ERR_STORE_CORRUPT;
	f->checkpoints[in->checkpoint].lanes[in->lane] = (struct fold_lane){in->open, true};
	return ERR_NONE;
}

static err_t apply(struct fold *f, const struct input *in, at_ms at_recorded, bool claimed, struct live_plan *ready)
{
	if (in->kind != INPUT_PLAN && f->ledger == NULL)
		return ERR_STORE_CORRUPT; /* the plan is the first input of every session */
	switch (in->kind) {
	case INPUT_PASSAGE: return apply_passage(f, &in->passage, at_recorded, claimed);
	case INPUT_CONFLICT: return apply_conflict(f, &in->passage, at_recorded);
	case INPUT_DUPLICATES:
		if (in->passage.device >= ledger_device_count(f->ledger))
			return ERR_STORE_CORRUPT;
		ledger_note_duplicates(f->ledger, in->passage.device, in->passage.in);
		return ERR_NONE;
	case INPUT_RECOUNT: return apply_recount(f, in, at_recorded);
	case INPUT_EMPTY: return apply_empty(f, at_recorded);
	case INPUT_LANES: return apply_lane(f, in);
	case INPUT_PLAN: return apply_plan(f, in, at_recorded, ready);
	case INPUT_TICK: return ERR_NONE;
	case INPUT_CLOSE: f->at_closed = at_recorded; return ERR_NONE;
	case INPUT_REJECTED: f->rejected += in->count; return ERR_NONE;
	}
	return ERR_STORE_CORRUPT;
}

err_t fold_batch(struct fold *f, const struct journal_batch *batch, bool claimed, struct live_plan *ready)
{
	const uint8_t *p = batch->bytes;
	size_t left = batch->size, used;
	uint32_t count = 0;
	bool more_than_ticks = false;
	for (; left > 0; p += used, left -= used, count++) {
		struct input in;
		err_t e = input_read(p, left, &in, &used);
		if (e == ERR_NONE)
			e = apply(f, &in, batch->at_recorded, claimed, ready);
		if (e != ERR_NONE)
			return e;
		more_than_ticks |= in.kind != INPUT_TICK;
	}
	if (count != batch->count || batch->first != f->records + 1 || f->ledger == NULL)
		return ERR_STORE_CORRUPT;
	f->records += count;
	f->at_recorded = batch->at_recorded;
	if (f->at_first == AT_NONE)
		f->at_first = batch->at_recorded;
	if (more_than_ticks)
		f->at_passage = batch->at_recorded;
	ledger_advance(f->ledger, batch->at_recorded);
	return ERR_NONE;
}

void fold_release(struct fold *f, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	size_t used;
	struct input in;
	for (; size > 0 && input_read(p, size, &in, &used) == ERR_NONE; p += used, size -= used)
		if (in.kind == INPUT_PASSAGE)
			ledger_release(f->ledger, &in.passage);
}
