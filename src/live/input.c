/* live/input.c: the bytes of one journal record. The first byte holds the version in its high half, the kind in its low one. */
#include "live/input.h"

#include <string.h>

#include "live/pack.h"

#define VERSION 0x10
#define FLAG_TOTALS 1
#define FLAG_OPEN 1
#define LONG_HEAD_BYTES 5 /* first byte, size of all in four */

/* ---- writing ---- */

static void pack_u24(uint8_t *p, uint32_t v)
{
	pack_u16(p, (uint16_t)v);
	p[2] = (uint8_t)(v >> 16);
}

void input_write_passage(enum input_kind kind, const struct ledger_passage *p, uint8_t out[INPUT_PASSAGE_BYTES])
{
	out[0] = (uint8_t)(VERSION | kind);
	out[1] = p->totals ? FLAG_TOTALS : 0;
	pack_u24(out + 2, p->device);
	pack_u24(out + 5, p->checkpoint);
	pack_u64(out + 8, p->boot);
	pack_u64(out + 16, p->seq);
	pack_u64(out + 24, (uint64_t)p->at);
	pack_u32(out + 32, p->in);
	pack_u32(out + 36, p->out);
}

static void add_members(struct buf *b, const struct input *in)
{
	uint64_t sigma;
	switch (in->kind) {
	case INPUT_RECOUNT:
		memcpy(&sigma, &in->recount.sigma_ppl, sizeof sigma);
		pack_add_u32(b, in->recount.zone);
		pack_add_u32(b, in->recount.ppl);
		pack_add_u64(b, sigma);
		pack_add_u64(b, (uint64_t)in->recount.at);
		break;
	case INPUT_LANES:
		pack_add_u32(b, in->checkpoint);
		pack_add_u32(b, in->lane);
		buf_add_char(b, in->open ? FLAG_OPEN : 0);
		break;
	case INPUT_PLAN:
		pack_add_u32(b, in->version);
		pack_add_text(b, in->plan);
		break;
	case INPUT_REJECTED:
		pack_add_u32(b, in->count);
		return;
	case INPUT_TICK:
		return;
	default:
		break;
	}
	pack_add_text(b, in->by);
	pack_add_text(b, in->reason);
}

void input_write(const struct input *in, struct buf *out)
{
	if (in->kind <= INPUT_DUPLICATES) {
		uint8_t bytes[INPUT_PASSAGE_BYTES];
		input_write_passage(in->kind, &in->passage, bytes);
		buf_add(out, bytes, sizeof bytes);
		return;
	}
	size_t start = out->size;
	buf_add_char(out, (char)(VERSION | in->kind));
	pack_add_u32(out, 0);
	add_members(out, in);
	if (out->error == ERR_NONE)
		pack_u32((uint8_t *)out->at + start + 1, (uint32_t)(out->size - start));
}

/* ---- reading: every byte may be hostile ---- */

static uint32_t unpack_u24(const uint8_t *p)
{
	return (uint32_t)unpack_u16(p) | (uint32_t)p[2] << 16;
}

static err_t read_passage(const uint8_t *p, size_t size, struct input *out, size_t *used)
{
	if (size < INPUT_PASSAGE_BYTES || (p[1] & ~FLAG_TOTALS) != 0)
		return ERR_STORE_CORRUPT;
	out->passage = (struct ledger_passage){
		.device = unpack_u24(p + 2), .checkpoint = unpack_u24(p + 5), .boot = unpack_u64(p + 8),
		.seq = unpack_u64(p + 16), .at = (at_ms)unpack_u64(p + 24), .in = unpack_u32(p + 32),
		.out = unpack_u32(p + 36), .totals = (p[1] & FLAG_TOTALS) != 0,
	};
	*used = INPUT_PASSAGE_BYTES;
	return ERR_NONE;
}

static void read_members(struct unpack *r, struct input *out)
{
	uint64_t sigma;
	uint8_t flags;
	switch (out->kind) {
	case INPUT_RECOUNT:
		out->recount.zone = unpack_next_u32(r);
		out->recount.ppl = unpack_next_u32(r);
		sigma = unpack_next_u64(r);
		memcpy(&out->recount.sigma_ppl, &sigma, sizeof sigma);
		out->recount.at = (at_ms)unpack_next_u64(r);
		r->bad |= !(out->recount.sigma_ppl >= 0 && out->recount.sigma_ppl <= INPUT_RECOUNT_PPL_MAX) ||
		          out->recount.ppl > INPUT_RECOUNT_PPL_MAX;
		break;
	case INPUT_LANES:
		out->checkpoint = unpack_next_u32(r);
		out->lane = unpack_next_u32(r);
		flags = unpack_next_u8(r);
		r->bad |= flags > FLAG_OPEN;
		out->open = flags == FLAG_OPEN;
		break;
	case INPUT_PLAN:
		out->version = unpack_next_u32(r);
		out->plan = unpack_next_text(r);
		break;
	case INPUT_REJECTED:
		out->count = unpack_next_u32(r);
		return;
	case INPUT_TICK:
		return;
	default:
		break;
	}
	out->by = unpack_next_text(r);
	out->reason = unpack_next_text(r);
}

err_t input_read(const void *bytes, size_t size, struct input *out, size_t *used)
{
	const uint8_t *p = bytes;
	struct input in = {0};
	if (size == 0 || (p[0] & 0xF0) != VERSION)
		return ERR_STORE_CORRUPT;
	in.kind = p[0] & 0x0F;
	if (in.kind < INPUT_PASSAGE || in.kind > INPUT_KIND_MAX)
		return ERR_STORE_CORRUPT;
	if (in.kind <= INPUT_DUPLICATES) {
		err_t e = read_passage(p, size, &in, used);
		if (e == ERR_NONE)
			*out = in;
		return e;
	}
	if (size < LONG_HEAD_BYTES)
		return ERR_STORE_CORRUPT;
	size_t whole = unpack_u32(p + 1);
	if (whole < LONG_HEAD_BYTES || whole > size)
		return ERR_STORE_CORRUPT;
	struct unpack r = {p + LONG_HEAD_BYTES, p + whole, false};
	in.plan = in.by = in.reason = TEXT("");
	read_members(&r, &in);
	if (r.bad || r.p != r.end)
		return ERR_STORE_CORRUPT;
	*out = in;
	*used = whole;
	return ERR_NONE;
}
