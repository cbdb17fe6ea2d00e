/* How far the truth may lie from the books. docs/decisions/0003 has the formulas and what they assume.
 *
 *   since the last recount, for a zone, over the devices at its border (I people in, O out, as counted):
 *     random     sum of  I a(1-a) + O b(1-b) + g(I+O)       a, b: missed share in, out; g: counted twice
 *     bias       sum of  (a-g) I - (b-g) O                  expected truth minus books
 *     systematic half of sum (a+g) I, half of sum (b+g) O   the stated share itself is known to half of itself
 *
 * A device's people since the last recount are the difference to device.sides; when a device moves or
 * its accuracy changes, what it has gathered is settled into the zones it had.
 */
#include <math.h>

#include "ledger/internal.h"

#define SIGMAS_95 1.96
#define SIGMAS_SURPRISE 3.0

static void drift_add(struct drift *sum, const struct drift *d)
{
	sum->random_ppl2 += d->random_ppl2;
	sum->miss_in_ppl += d->miss_in_ppl;
	sum->miss_out_ppl += d->miss_out_ppl;
	sum->bias_ppl += d->bias_ppl;
}

void drift_add_device(struct drift *sum, const struct device *d, int side)
{
	const struct ledger_accuracy *a = &d->accuracy;
	double in = (double)(d->in - d->sides[side].in), out = (double)(d->out - d->sides[side].out);
	double random = in * a->miss_in * (1 - a->miss_in) + out * a->miss_out * (1 - a->miss_out)
		+ a->double_rate * (in + out);
	double miss_in = (a->miss_in + a->double_rate) * in, miss_out = (a->miss_out + a->double_rate) * out;
	double bias = (a->miss_in - a->double_rate) * in - (a->miss_out - a->double_rate) * out;
	/* Seen from the zone that people leave by going in, everything is the other way round. */
	struct drift one = side == SIDE_TO ? (struct drift){ random, miss_in, miss_out, bias }
		: (struct drift){ random, miss_out, miss_in, -bias };
	drift_add(sum, &one);
}

static void device_set_side(struct device *d, int side)
{
	d->sides[side] = (struct side){ d->in, d->out };
}

void device_settle_drift(struct ledger *l, struct device *d)
{
	const struct checkpoint *c = &l->checkpoints[d->checkpoint];
	drift_add_device(&l->zones[c->from].carried, d, SIDE_FROM);
	drift_add_device(&l->zones[c->to].carried, d, SIDE_TO);
	device_set_side(d, SIDE_FROM);
	device_set_side(d, SIDE_TO);
}

static double drift_variance(const struct drift *d)
{
	return d->random_ppl2 + d->miss_in_ppl * d->miss_in_ppl / 4 + d->miss_out_ppl * d->miss_out_ppl / 4;
}

struct band band_of(double books_ppl, double adjusted, const struct drift *d)
{
	double ppl = books_ppl + adjusted, middle = ppl + d->bias_ppl, half = SIGMAS_95 * sqrt(drift_variance(d));
	return (struct band){ ppl, fmin(ppl, middle - half), fmax(ppl, middle + half) };
}

/* All that a zone has gathered since its last recount. */
static struct drift zone_drift(const struct ledger *l, uint32_t zone)
{
	struct drift sum = l->zones[zone].carried;
	for (uint32_t i = 0; i < l->checkpoint_count; i++) {
		const struct checkpoint *c = &l->checkpoints[i];
		if ((c->from != zone && c->to != zone) || c->from == c->to)
			continue;
		for (uint32_t d = c->device_first; d != NONE; d = l->devices[d].next)
			drift_add_device(&sum, &l->devices[d], c->to == zone ? SIDE_TO : SIDE_FROM);
	}
	return sum;
}

/* From here on devices gather anew, on top of what is left. */
static void zone_begin_anew(struct ledger *l, uint32_t zone, const struct drift *left)
{
	l->zones[zone].carried = *left;
	for (uint32_t i = 0; i < l->checkpoint_count; i++) {
		const struct checkpoint *c = &l->checkpoints[i];
		for (uint32_t d = c->device_first; d != NONE; d = l->devices[d].next) {
			if (c->from == zone)
				device_set_side(&l->devices[d], SIDE_FROM);
			if (c->to == zone)
				device_set_side(&l->devices[d], SIDE_TO);
		}
	}
}

/* People booked at a checkpoint after the second of `at`, by event time: exact for the last five minutes. */
static double net_after_second(const struct ledger *l, uint32_t checkpoint, at_ms at)
{
	const struct rate *ring = &l->rates[(size_t)checkpoint * RATE_SECONDS];
	int64_t last = l->at_recorded / 1000 + RATE_AHEAD_S;
	double net = 0;
	for (int64_t s = at / 1000 + 1; s <= last; s++) {
		const struct rate *r = &ring[(size_t)s % RATE_SECONDS];
		if (r->second == s)
			net += (double)r->in - (double)r->out;
	}
	return net;
}

/* Further back there are minutes; the one that `at` cuts is shared out evenly. */
static double net_after_minute(const struct ledger *l, uint32_t checkpoint, at_ms at)
{
	const struct bucket *row = &l->buckets[(size_t)checkpoint * l->limits.minutes];
	uint32_t used = l->checkpoints[checkpoint].minutes_used, m = 0;
	double net = 0;
	if (at >= l->limits.at_window) {
		uint64_t minute = (uint64_t)(at - l->limits.at_window) / MINUTE_MS;
		if (minute >= used)
			return 0;
		m = (uint32_t)minute;
		double rest = 1 - (double)((at - l->limits.at_window) % MINUTE_MS) / MINUTE_MS;
		net = rest * ((double)row[m].in - (double)row[m].out);
		m++;
	}
	for (; m < used; m++)
		net += (double)row[m].in - (double)row[m].out;
	return net;
}

static double net_after(const struct ledger *l, uint32_t checkpoint, at_ms at)
{
	bool lately = l->at_recorded / 1000 - at / 1000 < RATE_LONG_S;
	return lately ? net_after_second(l, checkpoint, at) : net_after_minute(l, checkpoint, at);
}

/* The books as they stood at the moment of the count: stewards count at 18:30 and say so at 18:36. */
static double balance_at(const struct ledger *l, uint32_t zone, at_ms at)
{
	double balance = (double)l->zones[zone].balance;
	for (uint32_t i = 0; i < l->checkpoint_count; i++) {
		const struct checkpoint *c = &l->checkpoints[i];
		if (c->from == c->to)
			continue;
		if (c->to == zone)
			balance -= net_after(l, i, at);
		else if (c->from == zone)
			balance += net_after(l, i, at);
	}
	return balance;
}

bool ledger_post_recount(struct ledger *l, const struct ledger_recount *r, at_ms at_recorded)
{
	if (at_recorded > l->at_recorded)
		l->at_recorded = at_recorded;
	if (r->zone >= l->zone_count || !isfinite(r->sigma_ppl))
		return false;
	struct zone *z = &l->zones[r->zone];
	at_ms at = r->at < 0 ? 0 : r->at < l->at_recorded ? r->at : l->at_recorded;
	if (at <= z->at_emptied)
		return false; /* told late: the venue was seen empty since */
	double sigma = r->sigma_ppl > 1 ? r->sigma_ppl : 1; /* only the empty venue is exact */
	struct drift d = zone_drift(l, r->zone);
	double expected = z->adjusted + d.bias_ppl;
	double variance = drift_variance(&d);
	double surprise = (double)r->ppl - (balance_at(l, r->zone, at) + expected);
	/* A difference that the band cannot explain says that the band is wrong (a device that was silent, a door
	 * left open), not the count: the band is widened to what was seen. */
	if (surprise * surprise > SIGMAS_SURPRISE * SIGMAS_SURPRISE * (variance + sigma * sigma)) {
		d.random_ppl2 += surprise * surprise - sigma * sigma - variance;
		variance = surprise * surprise - sigma * sigma;
	}
	double gain = variance / (variance + sigma * sigma);
	z->adjusted = expected + gain * surprise;
	z->gain = gain;
	z->at_recount = at;
	z->recount_ppl = r->ppl;
	z->recount_sigma_ppl = sigma;
	/* What is left of the error: (1 - gain) of what the books had, gain of what the count had. The systematic part stays
	 * people, not squares: the share that a device misses is the same after the recount, and the two add up. */
	double rest = 1 - gain;
	struct drift left = { rest * rest * d.random_ppl2 + gain * gain * sigma * sigma, rest * d.miss_in_ppl,
		rest * d.miss_out_ppl, 0 };
	zone_begin_anew(l, r->zone, &left);
	return true;
}

void ledger_post_empty(struct ledger *l, const uint32_t *zones, uint32_t count, at_ms at_recorded)
{
	if (at_recorded > l->at_recorded)
		l->at_recorded = at_recorded;
	for (uint32_t i = 0; i < count; i++) {
		if (zones[i] >= l->zone_count || zones[i] == OUTSIDE)
			continue;
		struct zone *z = &l->zones[zones[i]];
		l->zones[OUTSIDE].balance += z->balance;
		l->zones[OUTSIDE].emptied -= z->balance;
		z->emptied += z->balance;
		z->balance = 0;
		z->adjusted = z->gain = 0;
		z->at_emptied = l->at_recorded;
		zone_begin_anew(l, zones[i], &(struct drift){ 0 });
	}
}
