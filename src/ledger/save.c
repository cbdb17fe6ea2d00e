/* The whole ledger as bytes, canonical: only what was told, in the order of its names. Little-endian.
 *
 *   "CLDG" version | limits, time, counts | zones | checkpoints, each with its minutes and seconds | past pairs
 *   | devices | streams by (device, boot), each with its pages by number | CRC32C of all before
 *
 * Not saved: caches, the order in tables, what a release gave back, marks of changed minutes, seconds that no rate can
 * show any more. saved.h has the members of each part, for here and for load.c.
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

static void put_f64(struct buf *b, double v)
{
	uint64_t bits;
	double plain = v == 0 ? 0 : v; /* one zero only */
	memcpy(&bits, &plain, sizeof bits);
	put_u64(b, bits);
}

static void save_members(const struct member *members, size_t count, const void *of, struct buf *b)
{
	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)of + members[i].offset;
		switch (members[i].form) {
		case FORM_U32: put_u32(b, *(const uint32_t *)at); break;
		case FORM_BOOL: put_u32(b, *(const bool *)at); break;
		case FORM_F64: case FORM_POSITIVE: case FORM_SQUARE: put_f64(b, *(const double *)at); break;
		case FORM_U64: case FORM_I64: case FORM_AT: case FORM_PEOPLE: put_u64(b, *(const uint64_t *)at); break;
		}
	}
}
#define SAVE(part, of, b) save_members(part##_members, MEMBER_COUNT(part##_members), of, b)

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
			if (pass == 1)
				SAVE(second, r, b);
		}
	}
}

static void save_checkpoint(const struct ledger *l, uint32_t index, struct buf *b)
{
	const struct checkpoint *c = &l->checkpoints[index];
	SAVE(checkpoint, c, b);
	const struct bucket *row = &l->buckets[(size_t)index * l->limits.minutes];
	for (uint32_t m = 0; m < c->minutes_used; m++)
		SAVE(minute, &row[m], b);
	save_seconds(l, index, b);
}

static void save_device(const struct device *d, struct buf *b)
{
	put_u32(b, d->checkpoint);
	put_u32(b, (d->retired ? DEVICE_RETIRED : 0) | (d->ahead ? DEVICE_AHEAD : 0) | (d->accuracy.totals ? DEVICE_TOTALS : 0));
	SAVE(device, d, b);
}

static void save_stream(const struct ledger *l, uint32_t index, uint32_t pages, struct buf *b)
{
	const struct stream *st = &l->streams[index];
	const struct totals *k = &l->totals[index];
	put_u32(b, st->device);
	put_u64(b, st->boot);
	SAVE(stream, st, b);
	put_u32(b, k->state | (k->held ? TOTALS_HELD : 0));
	if (k->state != TOTALS_NONE)
		SAVE(totals, k, b);
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
	for (uint32_t i = 0; i < l->page_top; i++) {
		const struct page_name *p = &l->page_names[i];
		if (p->stream != NONE)
			pages[page_count++] = (struct line){ rank[p->stream], i, p->number };
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
	SAVE(limits, &l->limits, b);
	put_u64(b, (uint64_t)l->at_recorded);
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
		SAVE(zone, &l->zones[i], out);
	for (uint32_t i = 0; i < l->checkpoint_count; i++)
		save_checkpoint(l, i, out);
	for (uint32_t i = 0; i < l->past_count; i++)
		SAVE(past, &l->past[i], out);
	for (uint32_t i = 0; i < l->device_count; i++)
		save_device(&l->devices[i], out);
	err_t e = save_identities(l, out);
	if (e != ERR_NONE || out->error != ERR_NONE)
		return e != ERR_NONE ? e : out->error;
	put_u32(out, check_crc32c(0, out->at + begin, out->size - begin));
	return out->error;
}
