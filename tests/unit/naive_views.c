/* The naive ledger, part three: what is known. */
#include "naive_inside.h"

#include <math.h>

static enum ledger_device_state state_of(const struct device_state *d, at_ms at_now)
{
	if (d->v.at_heard == AT_NONE)
		return LEDGER_NEVER;
	int64_t for_ms = at_now - d->v.at_heard;
	return for_ms > 3 * d->a.period_ms ? LEDGER_ALARM : for_ms > 2 * d->a.period_ms ? LEDGER_SILENT : LEDGER_LIVE;
}

void naive_view_device(const struct naive *n, uint32_t device, at_ms at_now, struct ledger_device_view *out)
{
	*out = n->d[device].v;
	out->state = state_of(&n->d[device], at_now);
	out->checkpoint = n->d[device].checkpoint;
	out->retired = n->d[device].retired;
}

static double lately(const struct naive *n, uint32_t checkpoint, at_ms at_now, int64_t seconds, bool in)
{
	int64_t sum = 0;
	for (size_t i = 0; i < n->flow_count; i++) {
		const struct flow *f = &n->flows[i];
		if (f->checkpoint == checkpoint && f->in_rates && f->second <= at_now / 1000 && f->second > at_now / 1000 - seconds)
			sum += in ? f->in : f->out;
	}
	return (double)sum;
}

struct heard { uint32_t devices, live; at_ms at_oldest_live, at_last; };

static void hear(const struct naive *n, uint32_t checkpoint, at_ms at_now, struct heard *h)
{
	for (uint32_t i = 0; i < n->devices; i++) {
		const struct device_state *d = &n->d[i];
		if (d->checkpoint != checkpoint || d->retired)
			continue;
		h->devices++;
		if (d->v.at_heard > h->at_last)
			h->at_last = d->v.at_heard;
		if (state_of(d, at_now) == LEDGER_LIVE) {
			h->live++;
			if (h->at_oldest_live == AT_NONE || d->v.at_heard < h->at_oldest_live)
				h->at_oldest_live = d->v.at_heard;
		}
	}
}

void naive_view_zones(const struct naive *n, const uint32_t *zones, uint32_t count, at_ms at_now,
	struct ledger_zone_view *out)
{
	bool within[NAIVE_ZONES] = { false };
	struct ledger_zone_view v = { .recount = { .at = AT_NONE } };
	struct gathered g = { 0 };
	struct heard h = { .at_oldest_live = AT_NONE, .at_last = AT_NONE };
	for (uint32_t i = 0; i < count; i++)
		within[zones[i]] = true;
	for (uint32_t z = 0; z < n->zones; z++) {
		if (!within[z])
			continue;
		v.balance += n->z[z].balance;
		v.adjusted += n->z[z].adjusted;
		v.emptied += n->z[z].emptied;
		g.random += n->carried[z].random;
		g.miss_in += n->carried[z].miss_in;
		g.miss_out += n->carried[z].miss_out;
		g.bias += n->carried[z].bias;
		for (uint32_t other = 0; other < n->zones; other++) {
			if (!within[other]) {
				v.in += n->moved[other][z];
				v.out += n->moved[z][other];
			}
		}
		if (n->z[z].at_recount > v.recount.at) {
			v.recount.at = n->z[z].at_recount;
			v.recount.ppl = n->z[z].recount_ppl;
			v.recount.sigma_ppl = n->z[z].recount_sigma;
		}
	}
	for (uint32_t i = 0; i < n->checkpoints; i++) {
		const struct checkpoint_state *c = &n->c[i];
		if (within[c->from] == within[c->to])
			continue;
		uint32_t inner = within[c->to] ? c->to : c->from;
		for (uint32_t d = 0; d < n->devices; d++) {
			if (n->d[d].checkpoint != i)
				continue;
			g.random += n->by[inner][d].random;
			g.miss_in += n->by[inner][d].miss_in;
			g.miss_out += n->by[inner][d].miss_out;
			g.bias += n->by[inner][d].bias;
		}
		v.in_ppl_min += lately(n, i, at_now, 60, within[c->to]);
		v.out_ppl_min += lately(n, i, at_now, 60, within[c->from]);
		if (!c->retired)
			hear(n, i, at_now, &h);
	}
	double sigma = sqrt(g.random + pow(g.miss_in / 2, 2) + pow(g.miss_out / 2, 2));
	v.ppl = (double)v.balance + v.adjusted;
	v.low = fmin(v.ppl, v.ppl + g.bias - 1.96 * sigma);
	v.high = fmax(v.ppl, v.ppl + g.bias + 1.96 * sigma);
	v.devices = h.devices;
	v.devices_live = h.live;
	v.at_least = h.live < h.devices;
	v.at_heard = h.live > 0 ? h.at_oldest_live : h.at_last;
	*out = v;
}

void naive_view_checkpoint(const struct naive *n, uint32_t checkpoint, at_ms at_now,
	struct ledger_checkpoint_view *out)
{
	struct heard h = { .at_oldest_live = AT_NONE, .at_last = AT_NONE };
	hear(n, checkpoint, at_now, &h);
	const struct checkpoint_state *c = &n->c[checkpoint];
	*out = (struct ledger_checkpoint_view){ .in = c->in, .out = c->out,
		.in_ppl_min = lately(n, checkpoint, at_now, 60, true), .out_ppl_min = lately(n, checkpoint, at_now, 60, false),
		.in_ppl_5min = lately(n, checkpoint, at_now, 300, true) / 5,
		.out_ppl_5min = lately(n, checkpoint, at_now, 300, false) / 5, .devices = h.devices, .devices_live = h.live,
		.at_heard = h.live > 0 ? h.at_oldest_live : h.at_last, .at_watermark = c->at_watermark, .retired = c->retired };
}

struct ledger_minute naive_view_minute(const struct naive *n, uint32_t checkpoint, uint32_t minute)
{
	struct ledger_minute m = n->c[checkpoint].minutes[minute];
	m.final = n->at_window + ((at_ms)minute + 1) * 60000 <= naive_final_edge(n, checkpoint);
	return m;
}

void naive_view_minutes(const struct naive *n, uint32_t checkpoint, uint32_t *out_used, uint32_t *out_final_count)
{
	*out_used = *out_final_count = 0;
	for (uint32_t m = 0; m < n->minutes; m++) {
		struct ledger_minute one = naive_view_minute(n, checkpoint, m);
		if (one.in != 0 || one.out != 0)
			*out_used = m + 1;
		if (one.final)
			*out_final_count = m + 1;
	}
}

struct ledger_books naive_view_books(const struct naive *n)
{
	struct ledger_books b = { .passages = n->passages };
	for (uint32_t i = 0; i < n->zones; i++)
		b.sum += n->z[i].balance;
	for (uint32_t i = 0; i < n->devices; i++) {
		b.duplicates += n->d[i].v.duplicates;
		b.conflicts += n->d[i].v.conflicts;
		b.late += n->d[i].v.late;
	}
	return b;
}
