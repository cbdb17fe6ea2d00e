/* A ledger from saved bytes. The bytes may be torn, or made by an enemy: nothing is believed that the ledger's own
 * calls would not have made possible, and whatever else they say, no index leaves its array. */
#include <string.h>

#include "base/check.h"
#include "ledger/saved.h"

#define PEOPLE_BOOKED_MAX (INT64_C(1) << 45) /* no sum over all zones comes near the end of an int64 */

struct reader {
	const uint8_t *at;
	size_t left;
	bool bad;
	bool no_memory; /* and therefore bad: no fault of the bytes */
};

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

static bool is_at(int64_t at)
{
	return at == AT_NONE || (at >= 0 && at <= AT_MS_MAX);
}

static bool is_people(int64_t ppl)
{
	return ppl >= -PEOPLE_BOOKED_MAX && ppl <= PEOPLE_BOOKED_MAX;
}

/* False for what is no number, too. */
static bool is_figure(double v, enum form form)
{
	const double most = 2.0 * (double)PEOPLE_BOOKED_MAX;
	return v >= (form == FORM_F64 ? -most : 0) && v <= (form == FORM_SQUARE ? most * most : most);
}

static double f64_of(uint64_t bits)
{
	double v;
	memcpy(&v, &bits, sizeof v);
	return v;
}

/* What cannot stand in a member of its form is not put there. */
static void load_members(struct reader *r, const struct member *members, size_t count, void *of)
{
	for (size_t i = 0; i < count; i++) {
		enum form form = members[i].form;
		void *to = (char *)of + members[i].offset;
		if (form == FORM_U32) {
			*(uint32_t *)to = take_u32(r);
			continue;
		}
		if (form == FORM_BOOL) {
			*(bool *)to = take_below(r, 2) != 0;
			continue;
		}
		uint64_t v = take_u64(r);
		bool is_f64 = form == FORM_F64 || form == FORM_POSITIVE || form == FORM_SQUARE;
		if ((form == FORM_AT && !is_at((int64_t)v)) || (form == FORM_PEOPLE && !is_people((int64_t)v))
			|| (is_f64 && !is_figure(f64_of(v), form)))
			r->bad = true;
		else if (is_f64)
			*(double *)to = f64_of(v);
		else
			*(uint64_t *)to = v;
	}
}
#define LOAD(r, part, of) load_members(r, part##_members, MEMBER_COUNT(part##_members), of)

static void load_zone(struct reader *r, struct zone *z)
{
	LOAD(r, zone, z);
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
		LOAD(r, second, &one);
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
	struct checkpoint said = { 0 };
	uint32_t index;
	LOAD(r, checkpoint, &said);
	if (r->bad || said.minutes_used > l->limits.minutes || ledger_add_checkpoint(l, said.from, said.to, &index) != ERR_NONE) {
		r->bad = true;
		return;
	}
	struct checkpoint *c = &l->checkpoints[index];
	said.device_first = c->device_first;
	said.device_last = c->device_last;
	said.at_final = said.at_watermark == AT_NONE ? AT_NONE : said.at_watermark - said.at_watermark % MINUTE_MS;
	*c = said;
	struct bucket *row = &l->buckets[(size_t)index * l->limits.minutes];
	for (uint32_t m = 0; m < c->minutes_used && !r->bad; m++)
		LOAD(r, minute, &row[m]);
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
		struct past p = { 0 };
		LOAD(r, past, &p);
		if (r->bad || p.from >= l->zone_count || p.to >= l->zone_count) {
			r->bad = true;
			return;
		}
		err_t e = past_add(l, &p);
		r->no_memory = e == ERR_MEMORY;
		if (e != ERR_NONE || l->past_count != i + 1)
			r->bad = true;
	}
}

static void load_device(struct reader *r, struct ledger *l)
{
	uint32_t checkpoint = take_below(r, l->checkpoint_count);
	uint32_t flags = take_below(r, DEVICE_FLAGS_END), index;
	struct device said = { .accuracy.totals = (flags & DEVICE_TOTALS) != 0 };
	LOAD(r, device, &said);
	if (r->bad || !accuracy_is_sound(&said.accuracy)
		|| ledger_add_device(l, checkpoint, &said.accuracy, &index) != ERR_NONE) {
		r->bad = true;
		return;
	}
	struct device *d = &l->devices[index];
	said.checkpoint = d->checkpoint;
	said.next = d->next;
	said.stream_recent = said.stream_newest = said.totals_newest = NONE;
	said.retired = (flags & DEVICE_RETIRED) != 0;
	said.ahead = (flags & DEVICE_AHEAD) != 0;
	said.at_deadline = said.at_heard == AT_NONE ? AT_NONE : said.at_heard + ALARM_PERIODS * said.accuracy.period_ms;
	*d = said;
	for (int side = 0; side < 2; side++)
		if (d->sides[side].in > d->in || d->sides[side].out > d->out)
			r->bad = true;
	if ((d->at_event != AT_NONE && d->at_heard == AT_NONE) || d->ahead_ms < 0 || d->ahead_ms > AT_MS_MAX)
		r->bad = true;
}

static void load_totals(struct reader *r, struct totals *k)
{
	uint32_t flags = take_below(r, TOTALS_FLAGS_END);
	k->state = flags & TOTALS_STATE_BITS;
	k->held = (flags & TOTALS_HELD) != 0;
	if (k->state > TOTALS_BASED || (k->state == TOTALS_NONE && k->held))
		r->bad = true;
	if (k->state != TOTALS_NONE)
		LOAD(r, totals, k);
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
	LOAD(r, stream, st);
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
	LOAD(r, limits, &m);
	at_ms at_recorded = (at_ms)take_u64(r);
	uint64_t passages = take_u64(r);
	counts->zones = take_u32(r);
	counts->checkpoints = take_u32(r);
	counts->past = take_u32(r);
	counts->devices = take_u32(r);
	counts->streams = take_u32(r);
	if (r->bad || at_recorded < 0 || at_recorded > AT_MS_MAX || m.at_window == AT_NONE || m.at_window % MINUTE_MS != 0)
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

#define HEAD_BYTES (sizeof SAVED_MAGIC - 1 + 4)

/* 0: not what was saved. */
static uint32_t version_of(struct text saved)
{
	const uint8_t *bytes = (const uint8_t *)saved.at;
	if (saved.size < HEAD_BYTES + 4 || memcmp(bytes, SAVED_MAGIC, sizeof SAVED_MAGIC - 1) != 0
		|| check_crc32c(0, bytes, saved.size - 4) != unpack_u32(bytes + saved.size - 4))
		return 0;
	return unpack_u32(bytes + sizeof SAVED_MAGIC - 1);
}

bool ledger_is_older(struct text saved)
{
	uint32_t version = version_of(saved);
	return version > 0 && version < SAVED_VERSION;
}

err_t ledger_load(struct text saved, struct ledger **out)
{
	uint32_t version = version_of(saved);
	if (version != SAVED_VERSION)
		return version > SAVED_VERSION ? ERR_STORE_VERSION : ERR_STORE_CORRUPT;
	struct reader r = { .at = (const uint8_t *)saved.at + HEAD_BYTES, .left = saved.size - HEAD_BYTES - 4 };
	struct saved_counts counts;
	struct ledger *l = NULL;
	err_t e = load_head(&r, &l, &counts);
	if (e != ERR_NONE)
		return e;
	load_body(&r, l, &counts);
	if (r.bad || !whole_is_sound(l)) {
		ledger_free(l);
		return r.no_memory ? ERR_MEMORY : ERR_STORE_CORRUPT;
	}
	*out = l;
	return ERR_NONE;
}
