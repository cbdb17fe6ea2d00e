/* base/check.c: CRC32C, by instruction where there is one and by tables elsewhere. */
#include "base/check.h"

#include <string.h>

/* The CRC is linear over XOR, so a table of 256 entries follows from its eight entries for single
 * bits; the compiler writes the tables out. Table k: the effect of a byte that k more bytes follow
 * (slicing by four, Kounavis & Berry 2005). */
#define BIT(i, b, v) ((i) >> (b) & 1u ? (v) : 0u)
#define EIGHT(i, a, b, c, d, e, f, g, h) \
	(BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ \
	 BIT(i, 4, e) ^ BIT(i, 5, f) ^ BIT(i, 6, g) ^ BIT(i, 7, h))
#define T0(i) EIGHT(i, 0xF26B8303u, 0xE13B70F7u, 0xC79A971Fu, 0x8AD958CFu, \
                    0x105EC76Fu, 0x20BD8EDEu, 0x417B1DBCu, 0x82F63B78u)
#define T1(i) EIGHT(i, 0x13A29877u, 0x274530EEu, 0x4E8A61DCu, 0x9D14C3B8u, \
                    0x3FC5F181u, 0x7F8BE302u, 0xFF17C604u, 0xFBC3FAF9u)
#define T2(i) EIGHT(i, 0xA541927Eu, 0x4F6F520Du, 0x9EDEA41Au, 0x38513EC5u, \
                    0x70A27D8Au, 0xE144FB14u, 0xC76580D9u, 0x8B277743u)
#define T3(i) EIGHT(i, 0xDD45AAB8u, 0xBF672381u, 0x7B2231F3u, 0xF64463E6u, \
                    0xE964B13Du, 0xD725148Bu, 0xABA65FE7u, 0x52A0C93Fu)
#define BY_4(t, i) t(i), t((i) + 1u), t((i) + 2u), t((i) + 3u)
#define BY_16(t, i) BY_4(t, i), BY_4(t, (i) + 4u), BY_4(t, (i) + 8u), BY_4(t, (i) + 12u)
#define BY_64(t, i) BY_16(t, i), BY_16(t, (i) + 16u), BY_16(t, (i) + 32u), BY_16(t, (i) + 48u)
#define BY_256(t) BY_64(t, 0u), BY_64(t, 64u), BY_64(t, 128u), BY_64(t, 192u)

static const uint32_t table[4][256] = {{BY_256(T0)}, {BY_256(T1)}, {BY_256(T2)}, {BY_256(T3)}};

uint32_t check_crc32c_tables(uint32_t crc, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint32_t c = ~crc;
	for (; size >= 4; p += 4, size -= 4) {
		c ^= unpack_u32(p);
		c = table[3][c & 0xFF] ^ table[2][c >> 8 & 0xFF] ^ table[1][c >> 16 & 0xFF] ^ table[0][c >> 24];
	}
	for (; size > 0; p++, size--)
		c = c >> 8 ^ table[0][(c ^ *p) & 0xFF];
	return ~c;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc, const uint8_t *p, size_t size)
{
	uint64_t c = ~crc;
	for (; size >= 8; p += 8, size -= 8) {
		uint64_t word;
		memcpy(&word, p, sizeof(word));
		c = __builtin_ia32_crc32di(c, word);
	}
	uint32_t rest = (uint32_t)c;
	for (; size > 0; p++, size--)
		rest = __builtin_ia32_crc32qi(rest, *p);
	return ~rest;
}
#endif

uint32_t check_crc32c(uint32_t crc, const void *bytes, size_t size)
{
	if (size == 0)
		return crc;
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return crc_by_instruction(crc, bytes, size);
#endif
	return check_crc32c_tables(crc, bytes, size);
}
