/* The naive ledger, part two: everything worked out anew from the list. Written from ledger.h's words, to be obviously
 * right and never fast. */
#include "naive_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- people from running totals ---- */

static struct marks *marks_of(struct naive *n, uint32_t device, uint64_t boot)
{
	for (size_t i = 0; i < n->mark_count; i++)
		if (n->marks[i].device == device && n->marks[i].boot == boot)
			return &n->marks[i];
	return NULL;
}

static int64_t forward(int64_t mark, int64_t total)
{
	/* Near the end of 32 bits a small total is the same counter gone round. */
	if (mark > 4294967295 - 1000000 && total < 1000000)
		return total - mark + 4294967296;
	return total - mark;
}

static int64_t allowed_step_back(int64_t mark)
{
	return mark / 50 > 10 ? mark / 50 : 10; /* two per cent, at least ten */
}

static void totals_new_boot(struct naive *n, const struct ledger_passage *p, int64_t *in, int64_t *out)
{
	struct marks *latest = NULL;
	for (size_t i = 0; i < n->mark_count; i++)
		if (n->marks[i].device == p->device && (latest == NULL || n->marks[i].boot > latest->boot))
			latest = &n->marks[i];
	struct marks m = { .device = p->device, .boot = p->boot, .newest = p->seq, .base_seq = p->seq, .in = p->in,
		.out = p->out };
	if (latest != NULL && latest->boot < p->boot) {
		bool goes_on = p->in >= latest->in && p->out >= latest->out;
		*in = goes_on ? p->in - latest->in : p->in;
		*out = goes_on ? p->out - latest->out : p->out;
		latest->held |= goes_on;
	} else if (p->seq <= 1) {
		*in = p->in;
		*out = p->out;
	} else {
		m.based = true;
		m.base_in = p->in;
		m.base_out = p->out;
	}
	n->marks[n->mark_count++] = m;
}

static void totals_known_boot(struct marks *m, struct device_state *d, const struct ledger_passage *p, int64_t *in,
	int64_t *out)
{
	if (p->seq < m->newest) {
		if (!m->based || p->seq >= m->base_seq || p->in > m->base_in || p->out > m->base_out)
			return;
		int64_t new_in = p->seq <= 1 ? 0 : p->in, new_out = p->seq <= 1 ? 0 : p->out;
		*in = m->base_in - new_in;
		*out = m->base_out - new_out;
		m->base_in = new_in;
		m->base_out = new_out;
		m->base_seq = p->seq;
		m->based = p->seq > 1;
		return;
	}
	if (m->held)
		return;
	m->newest = p->seq;
	int64_t up_in = forward(m->in, p->in), up_out = forward(m->out, p->out);
	bool reset = -up_in > allowed_step_back(m->in) || -up_out > allowed_step_back(m->out);
	if (reset)
		d->v.resets++;
	else if (up_in < 0 || up_out < 0)
		d->v.backwards++;
	*in = up_in >= 0 ? up_in : reset ? p->in : 0;
	*out = up_out >= 0 ? up_out : reset ? p->out : 0;
	if (up_in >= 0 || reset)
		m->in = p->in;
	if (up_out >= 0 || reset)
		m->out = p->out;
}

static void people_of(struct naive *n, const struct ledger_passage *p, int64_t *in, int64_t *out)
{
	*in = p->in;
	*out = p->out;
	if (!p->totals)
		return;
	*in = *out = 0;
	struct marks *m = marks_of(n, p->device, p->boot);
	if (m == NULL)
		totals_new_boot(n, p, in, out);
	else
		totals_known_boot(m, &n->d[p->device], p, in, out);
	if (*in > 1000000 || *out > 1000000) {
		n->d[p->device].v.resets++;
		*in = *in > 1000000 ? 0 : *in;
		*out = *out > 1000000 ? 0 : *out;
	}
}

/* ---- watermarks ---- */

static at_ms deadline(const struct device_state *d)
{
	return d->v.at_heard + 3 * d->a.period_ms;
}

/* The highest watermark over every moment up to `at` at which the set of live devices could have been another. */
static void latch(struct naive *n, uint32_t c, at_ms at)
{
	if (at <= n->c[c].at_posted || at == n->c[c].at_looked)
		return;
	n->c[c].at_looked = at;
	for (uint32_t i = 0; i <= n->devices; i++) {
		at_ms moment = at;
		if (i < n->devices) {
			if (n->d[i].checkpoint != c || n->d[i].v.at_heard == AT_NONE || deadline(&n->d[i]) > at)
				continue;
			moment = deadline(&n->d[i]);
		}
		at_ms least = AT_NONE;
		for (uint32_t k = 0; k < n->devices; k++) {
			const struct device_state *d = &n->d[k];
			if (d->checkpoint != c || d->retired || d->ahead || d->v.at_event == AT_NONE || deadline(d) < moment)
				continue;
			if (least == AT_NONE || d->v.at_event < least)
				least = d->v.at_event;
		}
		if (least > n->c[c].at_watermark)
			n->c[c].at_watermark = least;
	}
}

at_ms naive_final_edge(const struct naive *n, uint32_t checkpoint)
{
	at_ms w = n->c[checkpoint].at_watermark;
	return w == AT_NONE ? AT_NONE : w / 60000 * 60000;
}

/* ---- booking ---- */

static void gather(struct naive *n, uint32_t zone, uint32_t device, double entered, double left, bool to_side)
{
	const struct ledger_accuracy *a = &n->d[device].a;
	double miss_enter = to_side ? a->miss_in : a->miss_out, miss_leave = to_side ? a->miss_out : a->miss_in;
	struct gathered *g = &n->by[zone][device];
	g->random += entered * miss_enter * (1 - miss_enter) + left * miss_leave * (1 - miss_leave)
		+ a->double_rate * (entered + left);
	g->miss_in += (miss_enter + a->double_rate) * entered;
	g->miss_out += (miss_leave + a->double_rate) * left;
	g->bias += (miss_enter - a->double_rate) * entered - (miss_leave - a->double_rate) * left;
}

static void carry(struct naive *n, uint32_t device)
{
	for (uint32_t z = 0; z < n->zones; z++) {
		struct gathered *g = &n->by[z][device], *sum = &n->carried[z];
		sum->random += g->random;
		sum->miss_in += g->miss_in;
		sum->miss_out += g->miss_out;
		sum->bias += g->bias;
		*g = (struct gathered){ 0 };
	}
}

static void settle(struct naive *n, uint32_t zone, at_ms at, int64_t net)
{
	struct zone_state *z = &n->z[zone];
	if (z->at_emptied != AT_NONE && at <= z->at_emptied) {
		z->balance -= net;
		z->emptied += net;
		n->z[0].balance += net;
		n->z[0].emptied -= net;
	} else if (z->at_recount != AT_NONE && at <= z->at_recount) {
		z->adjusted -= z->gain * (double)net;
	}
}

static void note_number(struct naive *n, const struct ledger_passage *p, at_ms at_recorded)
{
	struct ledger_device_view *v = &n->d[p->device].v;
	size_t i = 0;
	while (i < n->heard_count && (n->heard[i].device != p->device || n->heard[i].boot != p->boot))
		i++;
	struct heard_numbers *h = &n->heard[i];
	if (i == n->heard_count) {
		*h = (struct heard_numbers){ p->device, p->boot, p->seq, p->seq, 0 };
		n->heard_count++;
	}
	h->count++;
	h->low = p->seq < h->low ? p->seq : h->low;
	h->high = p->seq > h->high ? p->seq : h->high;
	uint64_t missing = 0;
	const struct heard_numbers *newest = h;
	for (i = 0; i < n->heard_count; i++) {
		if (n->heard[i].device != p->device)
			continue;
		missing += n->heard[i].high - n->heard[i].low + 1 - n->heard[i].count;
		if (n->heard[i].boot > newest->boot)
			newest = &n->heard[i];
	}
	v->boot = newest->boot;
	v->seq = newest->high;
	if (missing == 0)
		v->at_missing_since = AT_NONE;
	else if (v->missing == 0)
		v->at_missing_since = at_recorded;
	v->missing = missing;
}

static void replay_passage(struct naive *n, const struct ledger_passage *p, at_ms at_recorded)
{
	struct device_state *d = &n->d[p->device];
	struct checkpoint_state *c = &n->c[p->checkpoint];
	for (uint32_t i = 0; i < n->checkpoints; i++)
		latch(n, i, at_recorded);
	n->c[d->checkpoint].at_posted = at_recorded; /* where its device stands now; the people went where it stood then */
	int64_t in, out;
	people_of(n, p, &in, &out);
	note_number(n, p, at_recorded);
	d->v.records++;
	d->v.at_heard = at_recorded;
	d->ahead = p->at > at_recorded + 5000;
	if (d->ahead && p->at - at_recorded > d->v.ahead_ms)
		d->v.ahead_ms = p->at - at_recorded;
	at_ms at_event = p->at > at_recorded ? at_recorded : p->at;
	if (!d->ahead && at_event > d->v.at_event)
		d->v.at_event = at_event;
	n->passages++;
	if (in == 0 && out == 0)
		return;
	d->v.in += (uint64_t)in;
	d->v.out += (uint64_t)out;
	c->in += (uint64_t)in;
	c->out += (uint64_t)out;
	n->moved[c->from][c->to] += (uint64_t)in;
	n->moved[c->to][c->from] += (uint64_t)out;
	gather(n, n->c[d->checkpoint].from, p->device, (double)out, (double)in, false);
	gather(n, n->c[d->checkpoint].to, p->device, (double)in, (double)out, true);
	n->z[c->from].balance -= in - out;
	n->z[c->to].balance += in - out;
	settle(n, c->from, p->at, out - in);
	settle(n, c->to, p->at, in - out);
	bool late = p->at < naive_final_edge(n, p->checkpoint);
	d->v.late += late;
	n->flows[n->flow_count++] = (struct flow){ p->checkpoint, p->at / 1000, p->at, in, out,
		p->at <= at_recorded + 600000 };
	if (p->at >= n->at_window && p->at < n->at_window + (at_ms)n->minutes * 60000) {
		struct ledger_minute *m = &c->minutes[(p->at - n->at_window) / 60000];
		m->in += (uint32_t)in;
		m->out += (uint32_t)out;
		m->revision += late;
	}
}

/* ---- corrections ---- */

static struct gathered gathered_in(const struct naive *n, uint32_t zone)
{
	struct gathered sum = n->carried[zone];
	for (uint32_t d = 0; d < n->devices; d++) {
		sum.random += n->by[zone][d].random;
		sum.miss_in += n->by[zone][d].miss_in;
		sum.miss_out += n->by[zone][d].miss_out;
		sum.bias += n->by[zone][d].bias;
	}
	return sum;
}

static void forget_gathered(struct naive *n, uint32_t zone)
{
	n->carried[zone] = (struct gathered){ 0 };
	for (uint32_t d = 0; d < n->devices; d++)
		n->by[zone][d] = (struct gathered){ 0 };
}

static double books_at(const struct naive *n, uint32_t zone, at_ms at, at_ms at_recorded)
{
	double books = (double)n->z[zone].balance;
	bool lately = at_recorded / 1000 - at / 1000 < 300;
	for (size_t i = 0; i < n->flow_count; i++) {
		const struct flow *f = &n->flows[i];
		const struct checkpoint_state *c = &n->c[f->checkpoint];
		double share = 0;
		if (lately) {
			share = f->in_rates && f->second > at / 1000 ? 1 : 0;
		} else if (f->at >= n->at_window && f->at < n->at_window + (at_ms)n->minutes * 60000) {
			at_ms minute = f->at / 60000 * 60000;
			if (at < minute || at < n->at_window)
				share = 1;
			else if (at < minute + 60000)
				share = (double)(minute + 60000 - at) / 60000;
		}
		if (c->to == zone)
			books -= share * (double)(f->in - f->out);
		if (c->from == zone)
			books += share * (double)(f->in - f->out);
	}
	return books;
}

static void replay_recount(struct naive *n, const struct ledger_recount *r, at_ms at_recorded)
{
	struct zone_state *z = &n->z[r->zone];
	at_ms at = r->at > at_recorded ? at_recorded : r->at;
	if (z->at_emptied != AT_NONE && at <= z->at_emptied)
		return;
	struct gathered g = gathered_in(n, r->zone);
	double sigma = r->sigma_ppl < 1 ? 1 : r->sigma_ppl, expected = z->adjusted + g.bias;
	double variance = g.random + pow(g.miss_in / 2, 2) + pow(g.miss_out / 2, 2);
	double surprise = (double)r->ppl - books_at(n, r->zone, at, at_recorded) - expected;
	double unexplained = 0;
	if (fabs(surprise) > 3 * sqrt(variance + sigma * sigma))
		unexplained = surprise * surprise - sigma * sigma - variance;
	variance += unexplained;
	z->gain = variance / (variance + sigma * sigma);
	z->adjusted = expected + z->gain * surprise;
	z->at_recount = at;
	z->recount_ppl = r->ppl;
	z->recount_sigma = sigma;
	forget_gathered(n, r->zone);
	n->carried[r->zone].random = pow(1 - z->gain, 2) * (g.random + unexplained) + pow(z->gain * sigma, 2);
	n->carried[r->zone].miss_in = (1 - z->gain) * g.miss_in;
	n->carried[r->zone].miss_out = (1 - z->gain) * g.miss_out;
}

static void replay_empty(struct naive *n, const struct naive_event *e)
{
	for (uint32_t i = 0; i < e->count; i++) {
		uint32_t zone = e->zones[i];
		struct zone_state *z = &n->z[zone];
		if (zone == 0)
			continue;
		n->z[0].balance += z->balance;
		n->z[0].emptied -= z->balance;
		z->emptied += z->balance;
		z->balance = 0;
		z->adjusted = z->gain = 0;
		z->at_emptied = e->at_recorded;
		forget_gathered(n, zone);
	}
}

/* ---- everything anew ---- */

static void forget_all(struct naive *n)
{
	for (uint32_t i = 0; i < NAIVE_CHECKPOINTS; i++)
		free(n->c[i].minutes);
	free(n->heard);
	free(n->marks);
	free(n->flows);
	memset(n->z, 0, sizeof n->z);
	memset(n->c, 0, sizeof n->c);
	memset(n->d, 0, sizeof n->d);
	memset(n->moved, 0, sizeof n->moved);
	memset(n->carried, 0, sizeof n->carried);
	memset(n->by, 0, sizeof n->by);
	n->heard = calloc(n->event_count + 1, sizeof *n->heard);
	n->marks = calloc(n->event_count + 1, sizeof *n->marks);
	n->flows = calloc(n->event_count + 1, sizeof *n->flows);
	if (n->heard == NULL || n->marks == NULL || n->flows == NULL)
		abort();
	n->heard_count = n->mark_count = n->flow_count = 0;
	n->passages = 0;
	for (uint32_t i = 0; i < NAIVE_ZONES; i++)
		n->z[i].at_emptied = n->z[i].at_recount = AT_NONE;
	for (uint32_t i = 0; i < NAIVE_CHECKPOINTS; i++)
		n->c[i].at_posted = n->c[i].at_watermark = n->c[i].at_looked = AT_NONE;
	for (uint32_t i = 0; i < NAIVE_DEVICES; i++) /* at no checkpoint before it is added */
		n->d[i] = (struct device_state){ .checkpoint = NAIVE_CHECKPOINTS,
			.v = { .at_heard = AT_NONE, .at_event = AT_NONE, .at_missing_since = AT_NONE } };
}

static void replay_chart(struct naive *n, const struct naive_event *e)
{
	for (uint32_t c = 0; c < NAIVE_CHECKPOINTS; c++)
		n->c[c].at_looked = AT_NONE;
	if (e->kind == NAIVE_ADD_CHECKPOINT) {
		n->c[e->x] = (struct checkpoint_state){ .from = e->from, .to = e->to, .at_posted = AT_NONE,
			.at_watermark = AT_NONE, .at_looked = AT_NONE, .minutes = calloc(n->minutes, sizeof(struct ledger_minute)) };
		if (n->c[e->x].minutes == NULL)
			abort();
	} else if (e->kind == NAIVE_ADD_DEVICE) {
		n->d[e->x] = (struct device_state){ .checkpoint = e->from, .a = e->a,
			.v = { .at_heard = AT_NONE, .at_event = AT_NONE, .at_missing_since = AT_NONE } };
	} else if (e->kind == NAIVE_CHANGE_CHECKPOINT) {
		struct checkpoint_state *c = &n->c[e->x];
		if (c->from != e->from || c->to != e->to)
			for (uint32_t d = 0; d < n->devices; d++)
				if (n->d[d].checkpoint == e->x)
					carry(n, d);
		c->from = e->from;
		c->to = e->to;
		c->retired = e->retired;
	} else if (e->kind == NAIVE_CHANGE_DEVICE) {
		struct device_state *d = &n->d[e->x];
		if (d->checkpoint != e->from || d->a.miss_in != e->a.miss_in || d->a.miss_out != e->a.miss_out
			|| d->a.double_rate != e->a.double_rate)
			carry(n, e->x);
		d->checkpoint = e->from;
		d->a = e->a;
		d->retired = e->retired;
	}
}

void naive_recompute(struct naive *n)
{
	forget_all(n);
	for (size_t i = 0; i < n->event_count; i++) {
		const struct naive_event *e = &n->events[i];
		if (e->kind == NAIVE_PLAN || (!e->of_plan && (e->kind == NAIVE_CHANGE_CHECKPOINT || e->kind == NAIVE_CHANGE_DEVICE)))
			for (uint32_t c = 0; c < n->checkpoints; c++)
				latch(n, c, e->at_recorded);
		if (e->kind <= NAIVE_CHANGE_DEVICE)
			replay_chart(n, e);
		else if (e->kind == NAIVE_PASSAGE)
			replay_passage(n, &e->p, e->at_recorded);
		else if (e->kind == NAIVE_DUPLICATES)
			n->d[e->x].v.duplicates += e->count;
		else if (e->kind == NAIVE_CONFLICT)
			n->d[e->p.device].v.conflicts++;
		else if (e->kind == NAIVE_RECOUNT)
			replay_recount(n, &e->r, e->at_recorded);
		else if (e->kind == NAIVE_EMPTY)
			replay_empty(n, e);
	}
	for (uint32_t c = 0; c < n->checkpoints; c++)
		latch(n, c, n->at_recorded);
}
