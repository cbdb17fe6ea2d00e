/* Running totals: what a counter says of its whole life -> people that passed just now. docs/decisions/0002.
 *
 * One step is the difference to the high mark of the same boot. The rules, in the order in which they are asked:
 *
 *   first word of a boot    a later boot than all before: below the old marks -> counts from 0,
 *                           else goes on from them; otherwise number <= 1 -> counts from 0; in mid-life -> a base
 *   an older number         below the base: the base moves down and what lies between is added; else nothing
 *   a newer number          up: the difference; a small step back: nothing; a large one: a reset, the total is added
 *   more than a million     in one step are not people: a new base, counted as a reset
 */
#include "ledger/internal.h"

static bool totals_wrapped(uint32_t mark, uint32_t total)
{
	return mark > UINT32_MAX - LEDGER_PEOPLE_MAX && total < LEDGER_PEOPLE_MAX;
}

/* A step back that no correction by the device explains: over ten people and over 2 %. */
static bool totals_fell(uint32_t mark, uint32_t total)
{
	if (total >= mark || totals_wrapped(mark, total))
		return false;
	uint32_t step = mark - total, small = mark / 50 > 10 ? mark / 50 : 10;
	return step > small;
}

static uint32_t totals_step(uint32_t *mark, uint32_t total, bool reset)
{
	uint32_t people = 0;
	if (total >= *mark || totals_wrapped(*mark, total))
		people = total - *mark; /* modulo 2^32 */
	else if (reset)
		people = total;
	else
		return 0; /* backwards: the high mark stays */
	*mark = total;
	return people;
}

static struct people believable(struct device *d, struct people n)
{
	if (n.in <= LEDGER_PEOPLE_MAX && n.out <= LEDGER_PEOPLE_MAX)
		return n;
	d->resets++;
	return (struct people){ n.in <= LEDGER_PEOPLE_MAX ? n.in : 0, n.out <= LEDGER_PEOPLE_MAX ? n.out : 0 };
}

static struct people totals_begin(struct ledger *l, uint32_t stream, const struct ledger_passage *p)
{
	struct device *d = &l->devices[p->device];
	struct totals *k = &l->totals[stream];
	uint32_t before = d->totals_newest;
	*k = (struct totals){ .seq_newest = p->seq, .seq_base = p->seq, .in_mark = p->in, .out_mark = p->out,
		.state = TOTALS_COUNTED };
	if (before == NONE || l->streams[before].boot < p->boot)
		d->totals_newest = stream;
	if (before != NONE && l->streams[before].boot < p->boot) {
		struct totals *old = &l->totals[before];
		if (p->in < old->in_mark || p->out < old->out_mark)
			return (struct people){ p->in, p->out };
		old->held = true;
		return (struct people){ p->in - old->in_mark, p->out - old->out_mark };
	}
	if (p->seq <= 1)
		return (struct people){ p->in, p->out };
	k->state = TOTALS_BASED;
	k->in_base = p->in;
	k->out_base = p->out;
	return (struct people){ 0, 0 };
}

/* A number older than the newest: the totals hold it already, unless it lies before the place where we began. */
static struct people totals_extend(struct totals *k, const struct ledger_passage *p)
{
	if (k->state != TOTALS_BASED || p->seq > k->seq_base || p->in > k->in_base || p->out > k->out_base)
		return (struct people){ 0, 0 };
	struct people n = { k->in_base - p->in, k->out_base - p->out };
	if (p->seq <= 1) {
		n = (struct people){ k->in_base, k->out_base };
		k->state = TOTALS_COUNTED;
	}
	k->seq_base = p->seq;
	k->in_base = k->state == TOTALS_BASED ? p->in : 0;
	k->out_base = k->state == TOTALS_BASED ? p->out : 0;
	return n;
}

struct people totals_to_people(struct ledger *l, uint32_t stream, const struct ledger_passage *p)
{
	struct device *d = &l->devices[p->device];
	struct totals *k = &l->totals[stream];
	if (k->state == TOTALS_NONE)
		return believable(d, totals_begin(l, stream, p));
	if (p->seq < k->seq_newest)
		return believable(d, totals_extend(k, p));
	if (k->held)
		return (struct people){ 0, 0 };
	k->seq_newest = p->seq;
	bool fell = totals_fell(k->in_mark, p->in) || totals_fell(k->out_mark, p->out);
	bool back = (p->in < k->in_mark && !totals_wrapped(k->in_mark, p->in)) ||
		(p->out < k->out_mark && !totals_wrapped(k->out_mark, p->out));
	if (fell)
		d->resets++;
	else if (back)
		d->backwards++;
	struct people n = { totals_step(&k->in_mark, p->in, fell), totals_step(&k->out_mark, p->out, fell) };
	return believable(d, n);
}
