/* The whole ledger as bytes, canonical: only what was told, in the order of its names. Little-endian.
 *
 *   "CLDG" version | limits, time, counts | zones | checkpoints, each with its minutes and seconds | past pairs
 *   | devices | streams by (device, boot), each with its pages by number | CRC32C of all before
 *
 * Not saved: caches, the order in tables, what a release gave back, marks of changed minutes, seconds that no rate can
 * show any more. load.c reads the same in the same order; a change here needs a new SAVED_VERSION there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ledger/saved.h"

static void put_u32(struct buf *b, uint32_t v)
{
	uint8_t bytes[4];
	pack_u32(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

static void put_u64(struct buf *b, uint64_t v)
{
	uint8_t bytes[8];
	pack_u64(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

static void put_i64(struct buf *b, int64_t v)
{
	put_u64(b, (uint64_t)v);
}

static void put_f64(struct buf *b, double v)
{
	uint64_t bits;
	double plain = v == 0 ? 0 : v; /* one zero only */
	memcpy(&bits, &plain, sizeof bits);
	put_u64(b, bits);
}

static void save_zone(const struct zone *z, struct buf *b)
{
	put_i64(b, z->balance);
	put_u64(b, z->in);
	put_u64(b, z->out);
	put_i64(b, z->emptied);
	put_i64(b, z->at_emptied);
	put_i64(b, z->at_recount);
	put_f64(b, z->adjusted);
	put_f64(b, z->gain);
	put_f64(b, z->carried.random_ppl2);
	put_f64(b, z->carried.miss_in_ppl);
	put_f64(b, z->carried.miss_out_ppl);
	put_f64(b, z->carried.bias_ppl);
	put_f64(b, z->recount_sigma_ppl);
	put_u32(b, z->recount_ppl);
}

static void save_seconds(const struct ledger *l, uint32_t checkpoint, struct buf *b)
{
	const struct rate *ring = &l->rates[(size_t)checkpoint * RATE_SECONDS];
	int64_t now = l->at_recorded / 1000;
	int64_t first = now - RATE_LONG_S + 1 > 0 ? now - RATE_LONG_S + 1 : 0, last = now + RATE_AHEAD_S;
	uint32_t count = 0;
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1)
			put_u32(b, count);
		for (int64_t s = first; s <= last; s++) {
			const struct rate *r = &ring[(size_t)s % RATE_SECONDS];
			if (r->second != s || (r->in == 0 && r->out == 0))
				continue;
			count += pass == 0;
			if (pass == 1) {
				put_i64(b, s);
				put_u32(b, r->in);
				put_u32(b, r->out);
			}
		}
	}
}

static void save_checkpoint(const struct ledger *l, uint32_t index, struct buf *b)
{
	const struct checkpoint *c = &l->checkpoints[index];
	put_u32(b, c->from);
	put_u32(b, c->to);
	put_u32(b, c->retired);
	put_i64(b, c->at_posted);
	put_i64(b, c->at_watermark);
	put_u64(b, c->in);
	put_u64(b, c->out);
	put_u64(b, c->in_past);
	put_u64(b, c->out_past);
	put_u32(b, c->minutes_used);
	const struct bucket *row = &l->buckets[(size_t)index * l->limits.minutes];
	for (uint32_t m = 0; m < c->minutes_used; m++) {
		put_u32(b, row[m].in);
		put_u32(b, row[m].out);
		put_u32(b, row[m].revision);
	}
	save_seconds(l, index, b);
}

static void save_device(const struct device *d, struct buf *b)
{
	put_u32(b, d->checkpoint);
	put_u32(b, (uint32_t)d->retired | (uint32_t)d->ahead << 1 | (uint32_t)d->accuracy.totals << 2);
	put_f64(b, d->accuracy.miss_in);
	put_f64(b, d->accuracy.miss_out);
	put_f64(b, d->accuracy.double_rate);
	put_i64(b, d->accuracy.period_ms);
	put_i64(b, d->at_heard);
	put_i64(b, d->at_event);
	put_u64(b, d->records);
	put_u64(b, d->in);
	put_u64(b, d->out);
	put_i64(b, d->at_missing_since);
	put_u64(b, d->late);
	put_u64(b, d->resets);
	put_u64(b, d->backwards);
	put_u64(b, d->duplicates);
	put_u64(b, d->conflicts);
	put_i64(b, d->ahead_ms);
	for (int side = 0; side < 2; side++) {
		put_u64(b, d->sides[side].in);
		put_u64(b, d->sides[side].out);
	}
}

static void save_stream(const struct ledger *l, uint32_t index, uint32_t pages, struct buf *b)
{
	const struct stream *st = &l->streams[index];
	const struct totals *k = &l->totals[index];
	put_u32(b, st->device);
	put_u64(b, st->boot);
	put_u64(b, st->first);
	put_u64(b, st->newest);
	put_u64(b, st->count);
	put_u32(b, (uint32_t)k->state | (uint32_t)k->held << 2);
	if (k->state != TOTALS_NONE) {
		put_u64(b, k->seq_newest);
		put_u64(b, k->seq_base);
		put_u32(b, k->in_mark);
		put_u32(b, k->out_mark);
		put_u32(b, k->in_base);
		put_u32(b, k->out_base);
	}
	put_u32(b, pages);
}

static void save_page(const uint32_t *hashes, uint64_t number, struct buf *b)
{
	uint64_t seen = 0;
	for (unsigned i = 0; i < LEDGER_PAGE_SEQS; i++)
		seen |= (uint64_t)(hashes[i] != 0) << i;
	uint8_t bytes[16 + 4 * LEDGER_PAGE_SEQS];
	size_t size = 16;
	pack_u64(bytes, number);
	pack_u64(bytes + 8, seen);
	for (unsigned i = 0; i < LEDGER_PAGE_SEQS; i++) {
		if (hashes[i] == 0)
			continue;
		pack_u32(bytes + size, hashes[i]);
		size += 4;
	}
	buf_add(b, bytes, size);
}

/* One line of the two sorted lists: streams by (device, boot), pages by (rank of their stream, number). */
struct line { uint32_t major, index; uint64_t minor; };

static int line_compare(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return a->minor < b->minor ? -1 : a->minor > b->minor;
}

static err_t save_identities(const struct ledger *l, struct buf *b)
{
	err_t e = ERR_MEMORY;
	struct line *streams = calloc((size_t)l->stream_count + 1, sizeof *streams);
	struct line *pages = calloc((size_t)l->page_count + 1, sizeof *pages);
	uint32_t *rank = calloc((size_t)l->stream_top + 1, sizeof *rank);
	if (streams == NULL || pages == NULL || rank == NULL)
		goto out;
	uint32_t stream_count = 0, page_count = 0;
	for (uint32_t s = 0; s < l->stream_top; s++)
		if (l->streams[s].device != NONE)
			streams[stream_count++] = (struct line){ l->streams[s].device, s, l->streams[s].boot };
	qsort(streams, stream_count, sizeof *streams, line_compare);
	for (uint32_t r = 0; r < stream_count; r++)
		rank[streams[r].index] = r;
	for (uint64_t i = 0; i <= l->page_table.mask; i++) {
		const struct table_entry *t = &l->page_table.entries[i];
		if (t->value != 0)
			pages[page_count++] = (struct line){ rank[t->a], t->value - 1, t->b };
	}
	qsort(pages, page_count, sizeof *pages, line_compare);
	for (uint32_t r = 0, at = 0; r < stream_count; r++) {
		uint32_t end = at;
		while (end < page_count && pages[end].major == r)
			end++;
		save_stream(l, streams[r].index, end - at, b);
		for (; at < end; at++)
			save_page(l->pages[pages[at].index], pages[at].minor, b);
	}
	e = ERR_NONE;
out:
	free(streams);
	free(pages);
	free(rank);
	return e;
}

static void save_head(const struct ledger *l, struct buf *b)
{
	buf_add(b, SAVED_MAGIC, sizeof SAVED_MAGIC - 1);
	put_u32(b, SAVED_VERSION);
	put_u32(b, l->limits.zones_max);
	put_u32(b, l->limits.checkpoints_max);
	put_u32(b, l->limits.devices_max);
	put_u32(b, l->limits.streams_max);
	put_u32(b, l->limits.identity_pages_max);
	put_i64(b, l->limits.at_window);
	put_u32(b, l->limits.minutes);
	put_i64(b, l->at_recorded);
	put_u64(b, l->passages);
	put_u32(b, l->zone_count);
	put_u32(b, l->checkpoint_count);
	put_u32(b, l->past_count);
	put_u32(b, l->device_count);
	put_u32(b, l->stream_count);
}

err_t ledger_save(const struct ledger *l, struct buf *out)
{
	size_t begin = out->size;
	save_head(l, out);
	for (uint32_t i = 0; i < l->zone_count; i++)
		save_zone(&l->zones[i], out);
	for (uint32_t i = 0; i < l->checkpoint_count; i++)
		save_checkpoint(l, i, out);
	for (uint32_t i = 0; i < l->past_count; i++) {
		put_u32(out, l->past[i].from);
		put_u32(out, l->past[i].to);
		put_u64(out, l->past[i].in);
		put_u64(out, l->past[i].out);
	}
	for (uint32_t i = 0; i < l->device_count; i++)
		save_device(&l->devices[i], out);
	err_t e = save_identities(l, out);
	if (e != ERR_NONE || out->error != ERR_NONE)
		return e != ERR_NONE ? e : out->error;
	put_u32(out, check_crc32c(0, out->at + begin, out->size - begin));
	return out->error;
}
