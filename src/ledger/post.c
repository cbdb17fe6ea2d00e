/* Booking: from a claimed passage to two zones, a minute, a second, and what its device is known by.
 *
 * Finality must not depend on how the calls are cut into batches or on ticks that no journal holds. So the
 * watermark of a checkpoint at time t is a function of what its devices said strictly before t:
 *
 *      posts at time 1      posts at time 2            tick at 3
 *      ---------------|-----------------------|-------------------->
 *                     `- latched by the first post at 2, or by a tick between: the same
 */
#include "ledger/internal.h"

static uint32_t add_saturated(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void mark_changed(struct ledger *l, uint32_t checkpoint, uint32_t minute)
{
	struct checkpoint *c = &l->checkpoints[checkpoint];
	uint32_t word = minute / 64;
	l->changed[(size_t)checkpoint * l->changed_words + word] |= UINT64_C(1) << minute % 64;
	if (c->changed_low == c->changed_high) {
		c->changed_low = word;
		c->changed_high = word + 1;
	} else {
		c->changed_low = word < c->changed_low ? word : c->changed_low;
		c->changed_high = word >= c->changed_high ? word + 1 : c->changed_high;
	}
}

/* The watermark only rises; the minutes that thereby became final have changed. */
static void watermark_raise(struct ledger *l, uint32_t checkpoint, at_ms at)
{
	struct checkpoint *c = &l->checkpoints[checkpoint];
	if (at <= c->at_watermark)
		return;
	at_ms at_before = c->at_final;
	c->at_watermark = at;
	c->at_final = at - at % MINUTE_MS;
	if (c->at_final == at_before || c->at_final <= l->limits.at_window)
		return;
	uint64_t end = (uint64_t)(c->at_final - l->limits.at_window) / MINUTE_MS;
	uint32_t from = at_before > l->limits.at_window
		? (uint32_t)((uint64_t)(at_before - l->limits.at_window) / MINUTE_MS) : 0;
	const struct bucket *row = &l->buckets[(size_t)checkpoint * l->limits.minutes];
	for (uint32_t m = from; m < end && m < c->minutes_used; m++)
		if (row[m].in != 0 || row[m].out != 0)
			mark_changed(l, checkpoint, m);
}

static bool holds_watermark(const struct device *d)
{
	return !d->retired && !d->ahead && d->at_event != AT_NONE;
}

/* The watermark is the least of the live devices' last event times. Devices fall silent one by one as time
 * passes and each fall can only raise it, so the answer at t is that of the last moment up to t at which any
 * was live: one look at t gives the same as many looks on the way. No device live: it stays. */
void checkpoint_latch(struct ledger *l, uint32_t checkpoint, at_ms at_recorded)
{
	struct checkpoint *c = &l->checkpoints[checkpoint];
	if (at_recorded <= c->at_posted)
		return;
	at_ms at_last_live = AT_NONE;
	for (uint32_t i = c->device_first; i != NONE; i = l->devices[i].next)
		if (holds_watermark(&l->devices[i]) && l->devices[i].at_deadline > at_last_live)
			at_last_live = l->devices[i].at_deadline;
	if (at_last_live == AT_NONE)
		return;
	at_ms at_look = at_recorded < at_last_live ? at_recorded : at_last_live;
	at_ms at_least_event = AT_MS_MAX;
	for (uint32_t i = c->device_first; i != NONE; i = l->devices[i].next) {
		const struct device *d = &l->devices[i];
		if (holds_watermark(d) && d->at_deadline >= at_look && d->at_event < at_least_event)
			at_least_event = d->at_event;
	}
	watermark_raise(l, checkpoint, at_least_event);
}

void ledger_advance(struct ledger *l, at_ms at_recorded)
{
	if (at_recorded < l->at_recorded)
		return;
	l->at_recorded = at_recorded;
	for (uint32_t c = 0; c < l->checkpoint_count; c++)
		checkpoint_latch(l, c, at_recorded);
}

/* For what is dated at or before the zone was last seen empty or counted. It must not undo what was seen: the empty venue stays
 * empty, and a recount that already measured these people does not count them again (it took `gain` of the difference). */
static void zone_settle_late(struct ledger *l, struct zone *z, at_ms at, int64_t net)
{
	if (at <= z->at_emptied) {
		z->balance -= net;
		z->emptied += net;
		l->zones[OUTSIDE].balance += net;
		l->zones[OUTSIDE].emptied -= net;
	} else {
		z->adjusted -= z->gain * (double)net;
	}
}

static void book_zones(struct ledger *l, const struct checkpoint *c, at_ms at, struct people n)
{
	struct zone *from = &l->zones[c->from], *to = &l->zones[c->to];
	int64_t net = (int64_t)n.in - (int64_t)n.out;
	from->balance -= net;
	from->in += n.out;
	from->out += n.in;
	to->balance += net;
	to->in += n.in;
	to->out += n.out;
	if (at <= from->at_emptied || at <= from->at_recount)
		zone_settle_late(l, from, at, -net);
	if (at <= to->at_emptied || at <= to->at_recount)
		zone_settle_late(l, to, at, net);
}

static void book_minute(struct ledger *l, uint32_t checkpoint, at_ms at, struct people n)
{
	struct checkpoint *c = &l->checkpoints[checkpoint];
	if (at < l->limits.at_window)
		return;
	uint64_t minute = (uint64_t)(at - l->limits.at_window) / MINUTE_MS;
	if (minute >= l->limits.minutes)
		return;
	uint32_t m = (uint32_t)minute;
	struct bucket *b = &l->buckets[(size_t)checkpoint * l->limits.minutes + m];
	b->in = add_saturated(b->in, n.in);
	b->out = add_saturated(b->out, n.out);
	if (at < c->at_final)
		b->revision = add_saturated(b->revision, 1);
	if (m >= c->minutes_used)
		c->minutes_used = m + 1;
	mark_changed(l, checkpoint, m);
}

/* A ring of seconds; of two seconds that share a slot the newer wins, in whatever order they come. */
static void book_second(struct ledger *l, uint32_t checkpoint, at_ms at, struct people n)
{
	if (at > l->at_recorded + RATE_AHEAD_S * 1000)
		return;
	int64_t second = at / 1000;
	struct rate *r = &l->rates[(size_t)checkpoint * RATE_SECONDS + (size_t)second % RATE_SECONDS];
	if (r->second < second)
		*r = (struct rate){ .second = second };
	if (r->second == second) {
		r->in = add_saturated(r->in, n.in);
		r->out = add_saturated(r->out, n.out);
	}
}

/* Keeps first, newest and count of the stream, and with them what is missing between. */
static void note_sequence(struct ledger *l, struct device *d, uint32_t stream, uint64_t seq)
{
	struct stream *st = &l->streams[stream];
	uint64_t missing_before = 0;
	if (st->count == 0) {
		st->first = st->newest = seq;
		if (d->stream_newest == NONE || st->boot > l->streams[d->stream_newest].boot)
			d->stream_newest = stream;
	} else {
		missing_before = st->newest - st->first - (st->count - 1);
		st->first = seq < st->first ? seq : st->first;
		st->newest = seq > st->newest ? seq : st->newest;
	}
	st->count++;
	uint64_t before = d->missing;
	d->missing += st->newest - st->first - (st->count - 1) - missing_before;
	if (d->missing == 0)
		d->at_missing_since = AT_NONE;
	else if (before == 0)
		d->at_missing_since = l->at_recorded;
}

static void note_times(struct device *d, at_ms at, at_ms at_recorded)
{
	d->records++;
	d->at_heard = at_recorded;
	d->at_deadline = at_recorded + ALARM_PERIODS * d->accuracy.period_ms;
	int64_t ahead_ms = at - at_recorded;
	d->ahead = ahead_ms > AHEAD_MS;
	if (d->ahead) { /* such a word never moves a watermark, and while its clock runs ahead the device holds none back */
		d->ahead_ms = ahead_ms > d->ahead_ms ? ahead_ms : d->ahead_ms;
		return;
	}
	at_ms at_event = at < at_recorded ? at : at_recorded;
	if (at_event > d->at_event)
		d->at_event = at_event;
}

void ledger_post_passage(struct ledger *l, const struct ledger_passage *p, at_ms at_recorded)
{
	if (p->device >= l->device_count || p->checkpoint >= l->checkpoint_count)
		return;
	uint32_t s = stream_find(l, p->device, p->boot);
	if (s == NONE || l->streams[s].count == l->streams[s].claimed)
		return; /* never claimed */
	if (at_recorded > l->at_recorded)
		l->at_recorded = at_recorded;
	at_recorded = l->at_recorded;
	at_ms at = p->at < 0 ? 0 : p->at > AT_MS_MAX ? AT_MS_MAX : p->at;

	struct device *d = &l->devices[p->device];
	struct checkpoint *c = &l->checkpoints[p->checkpoint];
	if (at_recorded > l->checkpoints[d->checkpoint].at_posted)
		checkpoint_latch(l, d->checkpoint, at_recorded);
	l->checkpoints[d->checkpoint].at_posted = at_recorded;
	if (p->checkpoint != d->checkpoint)
		checkpoint_latch(l, p->checkpoint, at_recorded);

	struct people n = p->totals ? totals_to_people(l, s, p) : (struct people){ p->in, p->out };
	note_sequence(l, d, s, p->seq);
	note_times(d, at, at_recorded);
	l->passages++;
	if (n.in == 0 && n.out == 0)
		return;
	d->in += n.in;
	d->out += n.out;
	c->in += n.in;
	c->out += n.out;
	if (at < c->at_final)
		d->late++;
	book_zones(l, c, at, n);
	book_minute(l, p->checkpoint, at, n);
	book_second(l, p->checkpoint, at, n);
}

void ledger_note_duplicates(struct ledger *l, uint32_t device, uint32_t count)
{
	if (device < l->device_count)
		l->devices[device].duplicates += count;
}

void ledger_note_conflict(struct ledger *l, const struct ledger_passage *other, at_ms at_recorded)
{
	if (at_recorded > l->at_recorded)
		l->at_recorded = at_recorded;
	if (other->device < l->device_count)
		l->devices[other->device].conflicts++;
}
