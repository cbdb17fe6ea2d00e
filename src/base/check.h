/* base/check.h: CRC32C (Castagnoli) and little-endian packing, for what is written to disk. */
#ifndef CORDON_BASE_CHECK_H
#define CORDON_BASE_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* crc32c("123456789") == 0xE3069283. Pass the last result as `crc` to go on; start with 0.
 * Uses the SSE4.2 instruction where the processor has it (chosen at run time). */
uint32_t check_crc32c(uint32_t crc, const void *bytes, size_t size);
/* The same by tables, on any processor: what check_crc32c falls back to, and its oracle. */
uint32_t check_crc32c_tables(uint32_t crc, const void *bytes, size_t size);

static inline void pack_u16(uint8_t *p, uint16_t v) { p[0] = (uint8_t)v; p[1] = (uint8_t)(v >> 8); }
static inline void pack_u32(uint8_t *p, uint32_t v) { pack_u16(p, (uint16_t)v); pack_u16(p + 2, (uint16_t)(v >> 16)); }
static inline void pack_u64(uint8_t *p, uint64_t v) { pack_u32(p, (uint32_t)v); pack_u32(p + 4, (uint32_t)(v >> 32)); }
static inline uint16_t unpack_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t unpack_u32(const uint8_t *p) { return unpack_u16(p) | (uint32_t)unpack_u16(p + 2) << 16; }
static inline uint64_t unpack_u64(const uint8_t *p) { return unpack_u32(p) | (uint64_t)unpack_u32(p + 4) << 32; }

#endif
