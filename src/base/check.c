/* base/check.c: CRC32C, by instruction where there is one and by tables elsewhere. */
#include "base/check.h"

#include <string.h>

/* The CRC is linear over XOR, so a table of 256 entries follows from its eight entries for single
 * bits; the compiler writes the tables out. Table k: the effect of a byte that k more bytes follow. */
#define BIT(i, b, v) ((i) >> (b) & 1u ? (v) : 0u)
#define T0(i) (BIT(i, 0, 0xF26B8303u) ^ BIT(i, 1, 0xE13B70F7u) ^ BIT(i, 2, 0xC79A971Fu) ^ BIT(i, 3, 0x8AD958CFu) ^ \
               BIT(i, 4, 0x105EC76Fu) ^ BIT(i, 5, 0x20BD8EDEu) ^ BIT(i, 6, 0x417B1DBCu) ^ BIT(i, 7, 0x82F63B78u))
