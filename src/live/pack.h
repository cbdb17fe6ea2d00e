/* live/pack.h: little-endian members into a buffer, and out of bytes that may be hostile. */
#ifndef CORDON_LIVE_PACK_H
#define CORDON_LIVE_PACK_H

#include "base/check.h"
#include "base/text.h"

static inline void pack_add_u32(struct buf *b, uint32_t v)
{
	uint8_t bytes[4];
	pack_u32(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

static inline void pack_add_u64(struct buf *b, uint64_t v)
{
	uint8_t bytes[8];
	pack_u64(bytes, v);
	buf_add(b, bytes, sizeof bytes);
}

static inline void pack_add_text(struct buf *b, struct text t)
{
	pack_add_u32(b, (uint32_t)t.size);
	buf_add_text(b, t);
}

/* Reads forward; once something was not there, `bad` is set and everything reads as 0 or "". */
struct unpack {
	const uint8_t *p, *end;
	bool bad;
};

static inline const uint8_t *unpack_take(struct unpack *r, size_t size)
{
	if (r->bad || (size_t)(r->end - r->p) < size) {
		r->bad = true;
		return NULL;
	}
	r->p += size;
	return r->p - size;
}

static inline uint8_t unpack_next_u8(struct unpack *r)
{
	const uint8_t *p = unpack_take(r, 1);
	return p == NULL ? 0 : *p;
}

static inline uint32_t unpack_next_u32(struct unpack *r)
{
	const uint8_t *p = unpack_take(r, 4);
	return p == NULL ? 0 : unpack_u32(p);
}

static inline uint64_t unpack_next_u64(struct unpack *r)
{
	const uint8_t *p = unpack_take(r, 8);
	return p == NULL ? 0 : unpack_u64(p);
}

static inline struct text unpack_next_text(struct unpack *r)
{
	uint32_t size = unpack_next_u32(r);
	const uint8_t *p = unpack_take(r, size);
	return p == NULL ? TEXT("") : (struct text){(const char *)p, size};
}

#endif
