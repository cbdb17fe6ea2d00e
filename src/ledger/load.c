/* A ledger from saved bytes. The bytes may be torn, or made by an enemy: nothing is believed that the ledger's own
 * calls would not have made possible, and whatever else they say, no index leaves its array. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "ledger/saved.h"

#define PEOPLE_BOOKED_MAX (INT64_C(1) << 45) /* no sum over all zones comes near the end of an int64 */

struct reader { const uint8_t *at; size_t left; bool bad; };

static const uint8_t *take(struct reader *r, size_t size)
{
	static const uint8_t nothing[8];
	if (r->bad || r->left < size) {
		r->bad = true;
		return nothing;
	}
	const uint8_t *p = r->at;
	r->at += size;
	r->left -= size;
	return p;
}

static uint32_t take_u32(struct reader *r)
{
	return unpack_u32(take(r, 4));
}

static uint64_t take_u64(struct reader *r)
{
	return unpack_u64(take(r, 8));
}

static uint32_t take_below(struct reader *r, uint32_t bound)
{
	uint32_t v = take_u32(r);
	if (v < bound)
		return v;
	r->bad = true;
	return 0;
}

static at_ms take_at(struct reader *r)
{
	int64_t v = (int64_t)take_u64(r);
	if (v != AT_NONE && (v < 0 || v > AT_MS_MAX)) {
		r->bad = true;
		return AT_NONE;
	}
	return v;
}

static int64_t take_people(struct reader *r)
{
	int64_t v = (int64_t)take_u64(r);
	if (v < -PEOPLE_BOOKED_MAX || v > PEOPLE_BOOKED_MAX) {
		r->bad = true;
		return 0;
	}
	return v;
}

static double take_f64(struct reader *r)
{
	uint64_t bits = take_u64(r);
	double v;
	memcpy(&v, &bits, sizeof v);
	if (!isfinite(v)) {
		r->bad = true;
		return 0;
	}
	return v;
}

static double take_positive(struct reader *r)
{
	double v = take_f64(r);
	if (v < 0)
		r->bad = true;
	return v;
}

static void load_zone(struct reader *r, struct zone *z)
{
	z->balance = take_people(r);
	z->in = take_u64(r);
	z->out = take_u64(r);
	z->emptied = take_people(r);
	z->at_emptied = take_at(r);
	z->at_recount = take_at(r);
	z->adjusted = take_f64(r);
	z->gain = take_positive(r);
	z->carried.random_ppl2 = take_positive(r);
	z->carried.miss_in_ppl = take_positive(r);
	z->carried.miss_out_ppl = take_positive(r);
	z->carried.bias_ppl = take_f64(r);
	z->recount_sigma_ppl = take_positive(r);
	z->recount_ppl = take_u32(r);
	if (z->in - z->out - (uint64_t)z->emptied != (uint64_t)z->balance)
		r->bad = true;
}

static void load_seconds(struct reader *r, struct ledger *l, uint32_t checkpoint)
{
	struct rate *ring = &l->rates[(size_t)checkpoint * RATE_SECONDS];
	uint32_t count = take_below(r, RATE_SECONDS);
	int64_t now = l->at_recorded / 1000, before = now - RATE_LONG_S;
	for (uint32_t i = 0; i < count && !r->bad; i++) {
		struct rate one;
		one.second = (int64_t)take_u64(r);
		one.in = take_u32(r);
		one.out = take_u32(r);
		if (one.second <= before || one.second < 0 || one.second > now + RATE_AHEAD_S || (one.in == 0 && one.out == 0)) {
			r->bad = true;
			return;
		}
		before = one.second;
		ring[(size_t)one.second % RATE_SECONDS] = one;
	}
}

static void load_checkpoint(struct reader *r, struct ledger *l)
{
	uint32_t from = take_below(r, l->zone_count);
	uint32_t to = take_below(r, l->zone_count), index;
	if (r->bad || ledger_add_checkpoint(l, from, to, &index) != ERR_NONE) {
		r->bad = true;
		return;
	}
	struct checkpoint *c = &l->checkpoints[index];
	c->retired = take_below(r, 2) != 0;
	c->at_posted = take_at(r);
	c->at_watermark = take_at(r);
	if (c->at_watermark != AT_NONE)
		c->at_final = c->at_watermark - c->at_watermark % MINUTE_MS;
	c->in = take_u64(r);
	c->out = take_u64(r);
	c->in_past = take_u64(r);
	c->out_past = take_u64(r);
	c->minutes_used = take_below(r, l->limits.minutes + 1);
	struct bucket *row = &l->buckets[(size_t)index * l->limits.minutes];
	for (uint32_t m = 0; m < c->minutes_used && !r->bad; m++) {
		row[m].in = take_u32(r);
		row[m].out = take_u32(r);
		row[m].revision = take_u32(r);
	}
	if (r->bad || (c->minutes_used > 0 && row[c->minutes_used - 1].in == 0 && row[c->minutes_used - 1].out == 0)
		|| c->in_past > c->in || c->out_past > c->out) {
		r->bad = true;
		return;
	}
	load_seconds(r, l, index);
}

static void load_past(struct reader *r, struct ledger *l, uint32_t count)
{
	for (uint32_t i = 0; i < count && !r->bad; i++) {
		struct past p;
		p.from = take_below(r, l->zone_count);
		p.to = take_below(r, l->zone_count);
		p.in = take_u64(r);
		p.out = take_u64(r);
		if (r->bad || past_add(l, &p) != ERR_NONE || l->past_count != i + 1)
			r->bad = true;
	}
}

static void load_device(struct reader *r, struct ledger *l)
{
	uint32_t checkpoint = take_below(r, l->checkpoint_count);
	uint32_t flags = take_below(r, 8), index;
	struct ledger_accuracy a = { .totals = (flags & 4) != 0 };
	a.miss_in = take_f64(r);
	a.miss_out = take_f64(r);
	a.double_rate = take_f64(r);
	a.period_ms = (int64_t)take_u64(r);
	if (r->bad || !accuracy_is_sound(&a) || ledger_add_device(l, checkpoint, &a, &index) != ERR_NONE) {
		r->bad = true;
		return;
	}
	struct device *d = &l->devices[index];
	d->retired = (flags & 1) != 0;
	d->ahead = (flags & 2) != 0;
	d->at_heard = take_at(r);
	d->at_event = take_at(r);
	if (d->at_heard != AT_NONE)
		d->at_deadline = d->at_heard + ALARM_PERIODS * a.period_ms;
	d->records = take_u64(r);
	d->in = take_u64(r);
	d->out = take_u64(r);
	d->at_missing_since = take_at(r);
	d->late = take_u64(r);
	d->resets = take_u64(r);
	d->backwards = take_u64(r);
	d->duplicates = take_u64(r);
	d->conflicts = take_u64(r);
	d->ahead_ms = (int64_t)take_u64(r);
	for (int side = 0; side < 2; side++) {
		d->sides[side].in = take_u64(r);
		d->sides[side].out = take_u64(r);
		if (d->sides[side].in > d->in || d->sides[side].out > d->out)
			r->bad = true;
	}
	if ((d->at_event != AT_NONE && d->at_heard == AT_NONE) || d->ahead_ms < 0 || d->ahead_ms > AT_MS_MAX)
		r->bad = true;
}

static void load_totals(struct reader *r, struct totals *k)
{
	uint32_t flags = take_below(r, 8);
	k->state = flags & 3;
	k->held = (flags & 4) != 0;
	if (k->state > TOTALS_BASED || (k->state == TOTALS_NONE && k->held))
		r->bad = true;
	if (k->state == TOTALS_NONE)
		return;
	k->seq_newest = take_u64(r);
	k->seq_base = take_u64(r);
	k->in_mark = take_u32(r);
	k->out_mark = take_u32(r);
	k->in_base = take_u32(r);
	k->out_base = take_u32(r);
}

static void load_pages(struct reader *r, struct ledger *l, uint32_t stream, uint32_t count)
{
	struct stream *st = &l->streams[stream];
	uint64_t before = 0;
	for (uint32_t i = 0; i < count && !r->bad; i++) {
		uint64_t number = take_u64(r);
		uint64_t seen = take_u64(r);
		uint32_t index = NONE;
		if (!r->bad && seen != 0 && number <= UINT64_MAX / LEDGER_PAGE_SEQS && (i == 0 || number > before))
			index = page_take(l, stream, number);
		if (index == NONE) {
			r->bad = true;
			return;
		}
		before = number;
		for (unsigned bit = 0; bit < LEDGER_PAGE_SEQS; bit++) {
			if ((seen >> bit & 1) == 0)
				continue;
			l->pages[index][bit] = take_u32(r);
			if (l->pages[index][bit] == 0)
				r->bad = true;
			st->claimed++;
		}
	}
}

/* Streams come in the order of (device, boot), which also tells the newest of each. */
static void load_stream(struct reader *r, struct ledger *l, uint32_t *last)
{
	uint32_t device = take_below(r, l->device_count);
	uint64_t boot = take_u64(r);
	const struct stream *before = *last != NONE ? &l->streams[*last] : NULL;
	if (r->bad || (before != NULL && (device < before->device || (device == before->device && boot <= before->boot)))
		|| (*last = stream_take(l, device, boot)) == NONE) {
		r->bad = true;
		return;
	}
	struct stream *st = &l->streams[*last];
	struct device *d = &l->devices[device];
	st->first = take_u64(r);
	st->newest = take_u64(r);
	st->count = take_u64(r);
	load_totals(r, &l->totals[*last]);
	load_pages(r, l, *last, take_u32(r));
	d->stream_recent = NONE;
	uint64_t span = st->newest - st->first;
	if (st->first > st->newest || st->count > st->claimed || st->claimed == 0 || (st->count > 0 && st->count - 1 > span)
		|| (st->count == 0 && (span != 0 || st->first != 0 || l->totals[*last].state != TOTALS_NONE))) {
		r->bad = true;
		return;
	}
	if (st->count == 0)
		return;
	d->missing += span - (st->count - 1);
	d->stream_newest = *last;
	if (l->totals[*last].state != TOTALS_NONE)
		d->totals_newest = *last;
}

/* What only the whole can tell. */
static bool whole_is_sound(const struct ledger *l)
{
	struct ledger_books books = ledger_view_books(l);
	uint64_t records = 0;
	for (uint32_t i = 0; i < l->device_count; i++) {
		const struct device *d = &l->devices[i];
		records += d->records;
		if ((d->missing != 0) != (d->at_missing_since != AT_NONE) || (d->records != 0) != (d->at_heard != AT_NONE)
			|| (d->records != 0) != (d->stream_newest != NONE))
			return false;
	}
	return books.sum == 0 && records == l->passages;
}

struct saved_counts { uint32_t zones, checkpoints, past, devices, streams; };

static err_t load_head(struct reader *r, struct ledger **out, struct saved_counts *counts)
{
	struct ledger_limits m = { 0 };
	m.zones_max = take_u32(r);
	m.checkpoints_max = take_u32(r);
	m.devices_max = take_u32(r);
	m.streams_max = take_u32(r);
	m.identity_pages_max = take_u32(r);
	m.at_window = take_at(r);
	m.minutes = take_u32(r);
	at_ms at_recorded = take_at(r);
	uint64_t passages = take_u64(r);
	counts->zones = take_u32(r);
	counts->checkpoints = take_u32(r);
	counts->past = take_u32(r);
	counts->devices = take_u32(r);
	counts->streams = take_u32(r);
	if (r->bad || at_recorded == AT_NONE || m.at_window == AT_NONE || m.at_window % MINUTE_MS != 0)
		return ERR_STORE_CORRUPT;
	struct ledger *l;
	err_t e = ledger_new(&m, &l);
	if (e != ERR_NONE)
		return e == ERR_TOO_LARGE ? ERR_STORE_CORRUPT : e;
	l->at_recorded = at_recorded;
	l->passages = passages;
	*out = l;
	return ERR_NONE;
}

static void load_body(struct reader *r, struct ledger *l, const struct saved_counts *counts)
{
	for (uint32_t i = 0; i < counts->zones && !r->bad; i++) {
		uint32_t index = OUTSIDE;
		if (i > 0 && ledger_add_zone(l, &index) != ERR_NONE)
			r->bad = true;
		else
			load_zone(r, &l->zones[index]);
	}
	for (uint32_t i = 0; i < counts->checkpoints && !r->bad; i++)
		load_checkpoint(r, l);
	load_past(r, l, counts->past);
	for (uint32_t i = 0; i < counts->devices && !r->bad; i++)
		load_device(r, l);
	uint32_t last = NONE;
	for (uint32_t i = 0; i < counts->streams && !r->bad; i++)
		load_stream(r, l, &last);
	if (counts->zones == 0 || r->left != 0)
		r->bad = true;
}

err_t ledger_load(struct text saved, struct ledger **out)
{
	const size_t head = sizeof SAVED_MAGIC - 1 + 4;
	const uint8_t *bytes = (const uint8_t *)saved.at;
	if (saved.size < head + 4 || memcmp(bytes, SAVED_MAGIC, sizeof SAVED_MAGIC - 1) != 0
		|| check_crc32c(0, bytes, saved.size - 4) != unpack_u32(bytes + saved.size - 4))
		return ERR_STORE_CORRUPT;
	uint32_t version = unpack_u32(bytes + sizeof SAVED_MAGIC - 1);
	if (version != SAVED_VERSION)
		return version > SAVED_VERSION ? ERR_STORE_VERSION : ERR_STORE_CORRUPT;
	struct reader r = { .at = bytes + head, .left = saved.size - head - 4 };
	struct saved_counts counts;
	struct ledger *l = NULL;
	err_t e = load_head(&r, &l, &counts);
	if (e != ERR_NONE)
		return e;
	load_body(&r, l, &counts);
	if (r.bad || !whole_is_sound(l)) {
		ledger_free(l);
		return ERR_STORE_CORRUPT;
	}
	*out = l;
	return ERR_NONE;
}
