/* Birth, death and the chart: zones, checkpoints, devices. */
#include <stdlib.h>
#include <sys/mman.h>

#include "ledger/internal.h"

static bool limits_are_sound(const struct ledger_limits *m)
{
	return m->zones_max >= 1 && m->zones_max <= ZONES_MAX && m->checkpoints_max <= CHECKPOINTS_MAX
		&& m->devices_max <= DEVICES_MAX && m->streams_max <= STREAMS_MAX && m->identity_pages_max <= PAGES_MAX
		&& m->minutes >= 1 && m->minutes <= LEDGER_MINUTES_MAX && m->at_window >= 0 && m->at_window <= AT_MS_MAX;
}

static size_t table_slots(uint32_t entries)
{
	size_t slots = 16;
	while (slots < (size_t)entries * 2)
		slots *= 2;
	return slots;
}

/* Hands out pieces of the region; with `base` NULL it only adds up their sizes. */
struct carver { unsigned char *base; size_t used; };

static void *carve(struct carver *c, size_t count, size_t size)
{
	void *piece = c->base != NULL ? c->base + c->used : NULL;
	c->used += (count * size + 63) / 64 * 64; /* on a cache line of its own */
	return piece;
}

static void lay_out(struct ledger *l, struct carver *c)
{
	const struct ledger_limits *m = &l->limits;
	size_t checkpoints = m->checkpoints_max;
	l->zones = carve(c, m->zones_max, sizeof *l->zones);
	l->checkpoints = carve(c, checkpoints, sizeof *l->checkpoints);
	l->devices = carve(c, m->devices_max, sizeof *l->devices);
	l->streams = carve(c, m->streams_max, sizeof *l->streams);
	l->totals = carve(c, m->streams_max, sizeof *l->totals);
	l->changed = carve(c, checkpoints * l->changed_words, sizeof *l->changed);
	l->stream_table.entries = carve(c, l->stream_table.mask + 1, sizeof(struct table_entry));
	l->rates = carve(c, checkpoints * RATE_SECONDS, sizeof *l->rates);
	l->buckets = carve(c, checkpoints * m->minutes, sizeof *l->buckets);
	l->page_table.entries = carve(c, l->page_table.mask + 1, sizeof(struct table_entry));
	l->page_names = carve(c, m->identity_pages_max, sizeof *l->page_names);
	l->pages = carve(c, m->identity_pages_max, sizeof *l->pages);
}

err_t ledger_new(const struct ledger_limits *limits, struct ledger **out)
{
	if (!limits_are_sound(limits))
		return ERR_TOO_LARGE;
	struct ledger *l = calloc(1, sizeof *l);
	if (l == NULL)
		return ERR_MEMORY;
	l->limits = *limits;
	l->limits.at_window -= limits->at_window % MINUTE_MS;
	l->changed_words = (limits->minutes + 63) / 64;
	l->at_recorded = 0;
	l->stream_free = l->page_free = NONE;
	l->stream_table.mask = table_slots(limits->streams_max) - 1;
	l->page_table.mask = table_slots(limits->identity_pages_max) - 1;
	struct carver c = { 0 };
	lay_out(l, &c);
	l->region_size = c.used;
	l->region = mmap(NULL, l->region_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (l->region == MAP_FAILED) {
		free(l);
		return ERR_MEMORY;
	}
	c = (struct carver){ .base = l->region };
	lay_out(l, &c);
	/* Where the system put us is not known to whoever sends the numbers: their collisions cannot be prepared. */
	l->stream_table.seed = l->page_table.seed = (uint64_t)(uintptr_t)l->region ^ (uint64_t)(uintptr_t)l << 20;
	uint32_t outside;
	(void)ledger_add_zone(l, &outside); /* zones_max >= 1 */
	*out = l;
	return ERR_NONE;
}

void ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	munmap(l->region, l->region_size);
	free(l->past);
	free(l);
}

err_t ledger_add_zone(struct ledger *l, uint32_t *out)
{
	if (l->zone_count >= l->limits.zones_max)
		return ERR_TOO_LARGE;
	*out = l->zone_count++;
	l->zones[*out] = (struct zone){ .at_emptied = AT_NONE, .at_recount = AT_NONE };
	return ERR_NONE;
}

err_t ledger_add_checkpoint(struct ledger *l, uint32_t from, uint32_t to, uint32_t *out)
{
	if (from >= l->zone_count || to >= l->zone_count)
		return ERR_BUG;
	if (l->checkpoint_count >= l->limits.checkpoints_max)
		return ERR_TOO_LARGE;
	*out = l->checkpoint_count++;
	l->checkpoints[*out] = (struct checkpoint){ .from = from, .to = to, .device_first = NONE, .device_last = NONE,
		.at_posted = AT_NONE, .at_watermark = AT_NONE, .at_final = AT_NONE };
	return ERR_NONE;
}

bool accuracy_is_sound(const struct ledger_accuracy *a)
{
	return a->miss_in >= 0 && a->miss_in <= 1 && a->miss_out >= 0 && a->miss_out <= 1 && a->double_rate >= 0
		&& a->double_rate <= 1 && a->period_ms > 0 && a->period_ms <= PERIOD_MAX_MS;
}

static double share_of(double x)
{
	return x >= 0 && x <= 1 ? x : x > 1 ? 1 : 0;
}

static struct ledger_accuracy accuracy_of(const struct ledger_accuracy *a)
{
	int64_t period_ms = a->period_ms > 0 ? a->period_ms : PERIOD_DEFAULT_MS;
	return (struct ledger_accuracy){ .miss_in = share_of(a->miss_in), .miss_out = share_of(a->miss_out),
		.double_rate = share_of(a->double_rate), .period_ms = period_ms < PERIOD_MAX_MS ? period_ms : PERIOD_MAX_MS,
		.totals = a->totals };
}

static bool accuracy_is_same(const struct ledger_accuracy *a, const struct ledger_accuracy *b)
{
	return a->miss_in == b->miss_in && a->miss_out == b->miss_out && a->double_rate == b->double_rate;
}

/* The list is kept in the order of indexes: sums of fractions must not depend on history. */
void device_join(struct ledger *l, uint32_t device, uint32_t checkpoint)
{
	struct checkpoint *c = &l->checkpoints[checkpoint];
	struct device *d = &l->devices[device];
	d->checkpoint = checkpoint;
	if (c->device_last == NONE || c->device_last < device) {
		d->next = NONE;
		if (c->device_last == NONE)
			c->device_first = device;
		else
			l->devices[c->device_last].next = device;
		c->device_last = device;
		return;
	}
	uint32_t *link = &c->device_first;
	while (*link < device)
		link = &l->devices[*link].next;
	d->next = *link;
	*link = device;
}

static void device_part(struct ledger *l, uint32_t device)
{
	struct checkpoint *c = &l->checkpoints[l->devices[device].checkpoint];
	uint32_t before = NONE, *link = &c->device_first;
	while (*link != device) {
		before = *link;
		link = &l->devices[*link].next;
	}
	*link = l->devices[device].next;
	if (c->device_last == device)
		c->device_last = before;
}

err_t ledger_add_device(struct ledger *l, uint32_t checkpoint, const struct ledger_accuracy *a, uint32_t *out)
{
	if (checkpoint >= l->checkpoint_count)
		return ERR_BUG;
	if (l->device_count >= l->limits.devices_max)
		return ERR_TOO_LARGE;
	*out = l->device_count++;
	l->devices[*out] = (struct device){ .stream_recent = NONE, .stream_newest = NONE, .totals_newest = NONE,
		.at_heard = AT_NONE, .at_event = AT_NONE, .at_deadline = AT_NONE, .at_missing_since = AT_NONE,
		.accuracy = accuracy_of(a) };
	device_join(l, *out, checkpoint);
	return ERR_NONE;
}

static err_t past_widen(struct ledger *l, uint32_t capacity)
{
	struct past *grown = realloc(l->past, capacity * sizeof *grown);
	if (grown == NULL)
		return ERR_MEMORY;
	l->past = grown;
	l->past_capacity = capacity;
	return ERR_NONE;
}

err_t ledger_make_room(struct ledger *l, uint32_t moves)
{
	uint32_t need = l->past_count + moves, most = l->limits.checkpoints_max * PAST_PER_CHECKPOINT;
	if (need > most)
		need = most; /* more will be refused */
	return need <= l->past_capacity ? ERR_NONE : past_widen(l, need);
}

err_t past_add(struct ledger *l, const struct past *p)
{
	for (uint32_t i = 0; i < l->past_count; i++) {
		if (l->past[i].from == p->from && l->past[i].to == p->to) {
			l->past[i].in += p->in;
			l->past[i].out += p->out;
			return ERR_NONE;
		}
	}
	if (l->past_count == l->past_capacity) {
		if (l->past_count >= l->limits.checkpoints_max * PAST_PER_CHECKPOINT)
			return ERR_TOO_LARGE;
		err_t e = past_widen(l, l->past_capacity * 2 + 16);
		if (e != ERR_NONE)
			return e;
	}
	l->past[l->past_count++] = *p;
	return ERR_NONE;
}

err_t ledger_change_checkpoint(struct ledger *l, uint32_t checkpoint, uint32_t from, uint32_t to, bool retired)
{
	if (checkpoint >= l->checkpoint_count || from >= l->zone_count || to >= l->zone_count)
		return ERR_BUG;
	struct checkpoint *c = &l->checkpoints[checkpoint];
	if (from != c->from || to != c->to) {
		struct past moved = { c->from, c->to, c->in - c->in_past, c->out - c->out_past };
		err_t e = moved.in != 0 || moved.out != 0 ? past_add(l, &moved) : ERR_NONE;
		if (e != ERR_NONE)
			return e;
		for (uint32_t d = c->device_first; d != NONE; d = l->devices[d].next)
			device_settle_drift(l, &l->devices[d]);
		c->in_past = c->in;
		c->out_past = c->out;
		c->from = from;
		c->to = to;
	}
	c->retired = retired;
	return ERR_NONE;
}

err_t ledger_change_device(struct ledger *l, uint32_t device, uint32_t checkpoint, const struct ledger_accuracy *a,
	bool retired)
{
	if (device >= l->device_count || checkpoint >= l->checkpoint_count)
		return ERR_BUG;
	struct device *d = &l->devices[device];
	struct ledger_accuracy accuracy = accuracy_of(a);
	if (d->checkpoint != checkpoint || !accuracy_is_same(&d->accuracy, &accuracy))
		device_settle_drift(l, d);
	if (d->checkpoint != checkpoint) {
		device_part(l, device);
		device_join(l, device, checkpoint);
	}
	d->accuracy = accuracy;
	if (d->at_heard != AT_NONE)
		d->at_deadline = d->at_heard + ALARM_PERIODS * d->accuracy.period_ms;
	d->retired = retired;
	return ERR_NONE;
}

uint32_t ledger_zone_count(const struct ledger *l)
{
	return l->zone_count;
}

uint32_t ledger_checkpoint_count(const struct ledger *l)
{
	return l->checkpoint_count;
}

uint32_t ledger_device_count(const struct ledger *l)
{
	return l->device_count;
}

at_ms ledger_window_at(const struct ledger *l)
{
	return l->limits.at_window;
}
