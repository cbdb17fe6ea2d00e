/* What is known, with its age, its source and its error. Reads only; asked a few times a second, never on the
 * passage path, so it adds up rather than keeps. */
#include "ledger/internal.h"

static enum ledger_device_state device_state(const struct device *d, at_ms at_now)
{
	if (d->at_heard == AT_NONE)
		return LEDGER_NEVER;
	int64_t for_ms = at_now - d->at_heard;
	if (for_ms > ALARM_PERIODS * d->accuracy.period_ms)
		return LEDGER_ALARM;
	return for_ms > SILENT_PERIODS * d->accuracy.period_ms ? LEDGER_SILENT : LEDGER_LIVE;
}

void ledger_view_device(const struct ledger *l, uint32_t device, at_ms at_now, struct ledger_device_view *out)
{
	const struct device *d = &l->devices[device];
	const struct stream *st = d->stream_newest != NONE ? &l->streams[d->stream_newest] : NULL;
	*out = (struct ledger_device_view){ .state = device_state(d, at_now), .checkpoint = d->checkpoint,
		.retired = d->retired, .at_heard = d->at_heard, .at_event = d->at_event, .boot = st != NULL ? st->boot : 0,
		.seq = st != NULL ? st->newest : 0, .missing = d->missing, .at_missing_since = d->at_missing_since,
		.records = d->records, .duplicates = d->duplicates, .conflicts = d->conflicts, .late = d->late,
		.resets = d->resets, .backwards = d->backwards, .in = d->in, .out = d->out, .ahead_ms = d->ahead_ms };
}

/* Who speaks for a number. */
struct witness {
	uint32_t devices, live;
	at_ms at_oldest_live, at_newest;
};

static void witness_checkpoint(const struct ledger *l, const struct checkpoint *c, at_ms at_now, struct witness *w)
{
	for (uint32_t i = c->device_first; i != NONE; i = l->devices[i].next) {
		const struct device *d = &l->devices[i];
		if (d->retired)
			continue;
		w->devices++;
		if (d->at_heard > w->at_newest)
			w->at_newest = d->at_heard;
		if (device_state(d, at_now) != LEDGER_LIVE)
			continue;
		if (w->live == 0 || d->at_heard < w->at_oldest_live)
			w->at_oldest_live = d->at_heard;
		w->live++;
	}
}

/* The oldest word of those that are live; none live: the last that was heard at all. */
static at_ms witness_at_heard(const struct witness *w)
{
	return w->live > 0 ? w->at_oldest_live : w->at_newest;
}

struct rates { double in, out; };

/* People in the last `seconds` whole seconds, the one that at_now lies in included. */
static struct rates people_lately(const struct ledger *l, uint32_t checkpoint, at_ms at_now, int64_t seconds)
{
	const struct rate *ring = &l->rates[(size_t)checkpoint * RATE_SECONDS];
	int64_t now = at_now / 1000, first = now - seconds + 1 > 0 ? now - seconds + 1 : 0;
	uint64_t in = 0, out = 0;
	for (int64_t s = first; s <= now; s++) {
		const struct rate *r = &ring[(size_t)s % RATE_SECONDS];
		if (r->second == s) {
			in += r->in;
			out += r->out;
		}
	}
	return (struct rates){ (double)in, (double)out };
}

struct zone_set { uint64_t bits[ZONES_MAX / 64]; };

static bool set_has(const struct zone_set *s, uint32_t zone)
{
	return (s->bits[zone / 64] >> zone % 64 & 1) != 0;
}

static void set_sum_zones(const struct ledger *l, struct zone_set *set, const uint32_t *zones, uint32_t count,
	struct ledger_zone_view *v, struct drift *drift)
{
	for (uint32_t i = 0; i < count; i++) {
		if (zones[i] >= l->zone_count || set_has(set, zones[i]))
			continue;
		set->bits[zones[i] / 64] |= UINT64_C(1) << zones[i] % 64;
		const struct zone *z = &l->zones[zones[i]];
		v->balance += z->balance;
		v->adjusted += z->adjusted;
		v->emptied += z->emptied;
		v->in += z->in;
		v->out += z->out;
		drift->random_ppl2 += z->carried.random_ppl2;
		drift->miss_in_ppl += z->carried.miss_in_ppl;
		drift->miss_out_ppl += z->carried.miss_out_ppl;
		drift->bias_ppl += z->carried.bias_ppl;
		if (z->at_recount != AT_NONE && z->at_recount > v->recount.at) {
			v->recount.at = z->at_recount;
			v->recount.ppl = z->recount_ppl;
			v->recount.sigma_ppl = z->recount_sigma_ppl;
		}
	}
}

/* People who went from one zone of the set to another neither came nor left. */
static void set_cancel_inner(const struct ledger *l, const struct zone_set *set, struct ledger_zone_view *v)
{
	for (uint32_t i = 0; i < l->checkpoint_count; i++) {
		const struct checkpoint *c = &l->checkpoints[i];
		if (!set_has(set, c->from) || !set_has(set, c->to))
			continue;
		v->in -= c->in - c->in_past + (c->out - c->out_past);
		v->out -= c->in - c->in_past + (c->out - c->out_past);
	}
	for (uint32_t i = 0; i < l->past_count; i++) {
		const struct past *p = &l->past[i];
		if (!set_has(set, p->from) || !set_has(set, p->to))
			continue;
		v->in -= p->in + p->out;
		v->out -= p->in + p->out;
	}
}

void ledger_view_zones(const struct ledger *l, const uint32_t *zones, uint32_t count, at_ms at_now,
	struct ledger_zone_view *out)
{
	struct zone_set set = { { 0 } };
	struct ledger_zone_view v = { .recount = { .at = AT_NONE } };
	struct drift drift = { 0 };
	struct witness w = { .at_oldest_live = AT_NONE, .at_newest = AT_NONE };
	set_sum_zones(l, &set, zones, count, &v, &drift);
	set_cancel_inner(l, &set, &v);
	for (uint32_t i = 0; i < l->checkpoint_count; i++) {
		const struct checkpoint *c = &l->checkpoints[i];
		bool inwards = set_has(&set, c->to);
		if (inwards == set_has(&set, c->from))
			continue;
		for (uint32_t d = c->device_first; d != NONE; d = l->devices[d].next)
			drift_add_device(&drift, &l->devices[d], inwards ? SIDE_TO : SIDE_FROM);
		struct rates r = people_lately(l, i, at_now, RATE_SHORT_S);
		v.in_ppl_min += inwards ? r.in : r.out;
		v.out_ppl_min += inwards ? r.out : r.in;
		if (!c->retired)
			witness_checkpoint(l, c, at_now, &w);
	}
	struct band band = band_of((double)v.balance, v.adjusted, &drift);
	v.ppl = band.ppl;
	v.low = band.low;
	v.high = band.high;
	v.devices = w.devices;
	v.devices_live = w.live;
	v.at_least = w.live < w.devices;
	v.at_heard = witness_at_heard(&w);
	*out = v;
}

void ledger_view_zone(const struct ledger *l, uint32_t zone, at_ms at_now, struct ledger_zone_view *out)
{
	ledger_view_zones(l, &zone, 1, at_now, out);
}

void ledger_view_checkpoint(const struct ledger *l, uint32_t checkpoint, at_ms at_now,
	struct ledger_checkpoint_view *out)
{
	const struct checkpoint *c = &l->checkpoints[checkpoint];
	struct witness w = { .at_oldest_live = AT_NONE, .at_newest = AT_NONE };
	witness_checkpoint(l, c, at_now, &w);
	struct rates last = people_lately(l, checkpoint, at_now, RATE_SHORT_S);
	struct rates mean = people_lately(l, checkpoint, at_now, RATE_LONG_S);
	*out = (struct ledger_checkpoint_view){ .in = c->in, .out = c->out, .in_ppl_min = last.in, .out_ppl_min = last.out,
		.in_ppl_5min = mean.in * 60 / RATE_LONG_S, .out_ppl_5min = mean.out * 60 / RATE_LONG_S,
		.devices = w.devices, .devices_live = w.live, .at_heard = witness_at_heard(&w),
		.at_watermark = c->at_watermark, .retired = c->retired };
}

/* The minutes before this one are final. */
static uint32_t final_count(const struct ledger *l, const struct checkpoint *c)
{
	if (c->at_final <= l->limits.at_window)
		return 0;
	uint64_t count = (uint64_t)(c->at_final - l->limits.at_window) / MINUTE_MS;
	return count < l->limits.minutes ? (uint32_t)count : l->limits.minutes;
}

bool ledger_view_minute(const struct ledger *l, uint32_t checkpoint, at_ms at, struct ledger_minute *out)
{
	if (at < l->limits.at_window || (uint64_t)(at - l->limits.at_window) / MINUTE_MS >= l->limits.minutes)
		return false;
	uint32_t m = (uint32_t)((uint64_t)(at - l->limits.at_window) / MINUTE_MS);
	const struct bucket *b = &l->buckets[(size_t)checkpoint * l->limits.minutes + m];
	*out = (struct ledger_minute){ .in = b->in, .out = b->out, .revision = b->revision,
		.final = m < final_count(l, &l->checkpoints[checkpoint]) };
	return true;
}

void ledger_view_minutes(const struct ledger *l, uint32_t checkpoint, uint32_t *out_used, uint32_t *out_final_count)
{
	*out_used = l->checkpoints[checkpoint].minutes_used;
	*out_final_count = final_count(l, &l->checkpoints[checkpoint]);
}

void ledger_take_changed_minutes(struct ledger *l, uint32_t checkpoint,
	void (*each)(void *ctx, uint32_t minute), void *ctx)
{
	struct checkpoint *c = &l->checkpoints[checkpoint];
	uint64_t *words = &l->changed[(size_t)checkpoint * l->changed_words];
	uint32_t low = c->changed_low, high = c->changed_high;
	c->changed_low = c->changed_high = 0;
	for (uint32_t w = low; w < high; w++) {
		uint64_t bits = words[w];
		words[w] = 0;
		for (; bits != 0; bits &= bits - 1)
			each(ctx, w * 64 + (uint32_t)__builtin_ctzll(bits));
	}
}

struct ledger_books ledger_view_books(const struct ledger *l)
{
	struct ledger_books b = { .passages = l->passages };
	for (uint32_t i = 0; i < l->zone_count; i++)
		b.sum += l->zones[i].balance;
	for (uint32_t i = 0; i < l->device_count; i++) {
		b.duplicates += l->devices[i].duplicates;
		b.conflicts += l->devices[i].conflicts;
		b.late += l->devices[i].late;
	}
	return b;
}
