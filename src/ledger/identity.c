/* Who has been heard: (device, boot, seq), each once.
 *
 *   device --(boot)--> stream --(seq / 64)--> page: 64 content hashes, 0 = not seen
 *
 * A device speaks in rising numbers, so both arrows are remembered (device.stream_recent,
 * stream.page_recent) and the tables are asked once in 64 passages. What a release empties is given back at
 * once: the state is the same as if the claim had never been.
 *
 * One broken device (a boot number that changes with every message, random sequence numbers) must not use
 * up what the others need: a device that holds more than is left for all is refused.
 */
#include "ledger/internal.h"

static uint64_t mix(uint64_t x)
{
	/* The finisher of MurmurHash3 (Appleby, public domain). */
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static uint64_t table_home(const struct table *t, uint32_t a, uint64_t b)
{
	return mix(b + mix(a ^ t->seed)) & t->mask;
}

/* The entry of (a, b), or the free one where it belongs. */
static uint64_t table_slot(const struct table *t, uint32_t a, uint64_t b)
{
	uint64_t i = table_home(t, a, b);
	while (t->entries[i].value != 0 && (t->entries[i].a != a || t->entries[i].b != b))
		i = (i + 1) & t->mask;
	return i;
}

uint32_t table_find(const struct table *t, uint32_t a, uint64_t b)
{
	uint32_t value = t->entries[table_slot(t, a, b)].value;
	return value != 0 ? value - 1 : NONE;
}

static void table_put(struct table *t, uint32_t a, uint64_t b, uint32_t index)
{
	t->entries[table_slot(t, a, b)] = (struct table_entry){ .a = a, .b = b, .value = index + 1 };
}

/* Of an entry that is there. */
static void table_remove(struct table *t, uint32_t a, uint64_t b)
{
	uint64_t hole = table_slot(t, a, b);
	for (uint64_t i = (hole + 1) & t->mask; t->entries[i].value != 0; i = (i + 1) & t->mask) {
		uint64_t home = table_home(t, t->entries[i].a, t->entries[i].b);
		/* An entry may fill the hole if its home does not lie behind the hole. */
		if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
			t->entries[hole] = t->entries[i];
			hole = i;
		}
	}
	t->entries[hole].value = 0;
}

uint32_t stream_find(struct ledger *l, uint32_t device, uint64_t boot)
{
	struct device *d = &l->devices[device];
	if (d->stream_recent != NONE && l->streams[d->stream_recent].boot == boot)
		return d->stream_recent;
	uint32_t s = table_find(&l->stream_table, device, boot);
	if (s != NONE)
		d->stream_recent = s;
	return s;
}

uint32_t stream_take(struct ledger *l, uint32_t device, uint64_t boot)
{
	struct device *d = &l->devices[device];
	if (l->stream_count == l->limits.streams_max)
		return NONE;
	uint32_t s = l->stream_free;
	if (s != NONE)
		l->stream_free = l->streams[s].next_free;
	else
		s = l->stream_top++;
	l->stream_count++;
	d->stream_count++;
	l->streams[s] = (struct stream){ .boot = boot, .device = device };
	l->totals[s] = (struct totals){ 0 };
	table_put(&l->stream_table, device, boot, s);
	d->stream_recent = s;
	return s;
}

static void stream_give_back(struct ledger *l, uint32_t s)
{
	struct stream *st = &l->streams[s];
	struct device *d = &l->devices[st->device];
	table_remove(&l->stream_table, st->device, st->boot);
	d->stream_recent = NONE;
	d->stream_count--;
	l->stream_count--;
	st->device = NONE;
	st->next_free = l->stream_free;
	l->stream_free = s;
}

uint32_t page_take(struct ledger *l, uint32_t stream, uint64_t page)
{
	struct device *d = &l->devices[l->streams[stream].device];
	if (l->page_count == l->limits.identity_pages_max)
		return NONE;
	uint32_t index = l->page_free;
	if (index != NONE)
		l->page_free = l->page_names[index].next_free;
	else
		index = l->page_top++;
	l->page_count++;
	d->page_count++;
	table_put(&l->page_table, stream, page, index);
	l->page_names[index] = (struct page_name){ .number = page, .stream = stream };
	return index;
}

static void page_give_back(struct ledger *l, uint32_t stream, uint64_t page, uint32_t index)
{
	struct stream *st = &l->streams[stream];
	table_remove(&l->page_table, stream, page);
	st->page_index = 0;
	l->devices[st->device].page_count--;
	l->page_count--;
	l->page_names[index] = (struct page_name){ .stream = NONE, .next_free = l->page_free };
	l->page_free = index;
}

/* The page of `seq`, or NONE; remembered for the next passage. */
static uint32_t page_find(struct ledger *l, uint32_t stream, uint64_t page)
{
	struct stream *st = &l->streams[stream];
	if (st->page_index != 0 && st->page_recent == page)
		return st->page_index - 1;
	uint32_t index = table_find(&l->page_table, stream, page);
	if (index != NONE) {
		st->page_recent = page;
		st->page_index = index + 1;
	}
	return index;
}

/* What a device says, in 32 bits, never 0: not where it stands. That is the plan's word (a batch's reader refuses who
 * names another checkpoint), and a device that was moved may have to say again what it said before. It is saved:
 * another formula is another version of the saved form. */
static uint32_t content_hash(const struct ledger_passage *p)
{
	uint64_t x = mix((uint64_t)p->at + (p->totals ? UINT64_C(0x9e3779b97f4a7c15) : 0));
	uint32_t h = (uint32_t)mix(x + ((uint64_t)p->in << 32 | p->out));
	return h != 0 ? h : 1;
}

/* A device may not hold more than is left for all: the greediest gets half, the next a quarter. */
static bool leaves_enough(uint32_t held, uint32_t taken, uint32_t maximum)
{
	return held <= maximum - taken;
}

/* Finds or takes the stream and the page of a passage: the place of its hash, or NULL. */
static uint32_t *identity_place(struct ledger *l, const struct ledger_passage *p, uint32_t *out_stream)
{
	const struct device *d = &l->devices[p->device];
	uint32_t s = stream_find(l, p->device, p->boot);
	if (s == NONE && leaves_enough(d->stream_count, l->stream_count, l->limits.streams_max))
		s = stream_take(l, p->device, p->boot);
	if (s == NONE)
		return NULL;
	struct stream *st = &l->streams[s];
	uint64_t page = p->seq / LEDGER_PAGE_SEQS;
	uint32_t index = page_find(l, s, page);
	if (index == NONE) {
		if (leaves_enough(d->page_count, l->page_count, l->limits.identity_pages_max))
			index = page_take(l, s, page);
		if (index == NONE) {
			if (st->claimed == 0)
				stream_give_back(l, s);
			return NULL;
		}
		st->page_recent = page;
		st->page_index = index + 1;
	}
	*out_stream = s;
	return &l->pages[index][p->seq % LEDGER_PAGE_SEQS];
}

enum ledger_verdict ledger_claim(struct ledger *l, const struct ledger_passage *p)
{
	if (p->device >= l->device_count)
		return LEDGER_IDENTITY_FULL;
	uint32_t s;
	uint32_t *seen = identity_place(l, p, &s);
	if (seen == NULL)
		return LEDGER_IDENTITY_FULL;
	uint32_t hash = content_hash(p);
	if (*seen != 0)
		return *seen == hash ? LEDGER_DUPLICATE : LEDGER_CONFLICT;
	*seen = hash;
	l->streams[s].claimed++;
	return LEDGER_NEW;
}

void ledger_release(struct ledger *l, const struct ledger_passage *p)
{
	uint32_t s = p->device < l->device_count ? stream_find(l, p->device, p->boot) : NONE;
	if (s == NONE)
		return;
	struct stream *st = &l->streams[s];
	uint64_t page = p->seq / LEDGER_PAGE_SEQS;
	uint32_t index = page_find(l, s, page);
	if (index == NONE || l->pages[index][p->seq % LEDGER_PAGE_SEQS] == 0 || st->claimed == st->count)
		return; /* nothing is claimed there that was not posted */
	l->pages[index][p->seq % LEDGER_PAGE_SEQS] = 0;
	st->claimed--;
	uint32_t any = 0;
	for (unsigned i = 0; i < LEDGER_PAGE_SEQS; i++)
		any |= l->pages[index][i];
	if (any == 0)
		page_give_back(l, s, page, index);
	if (st->claimed == 0)
		stream_give_back(l, s);
}
