/* tests/unit/ascii_geo.h: geometry drawn in grids. Letters are corners, everything else is
 * drawing; one column is `step_m` east, one row `step_m` north, the last row lies at y = 0.
 *
 *	"a---b\n"
 *	"|   |\n"        ascii_polygon(arena, grid, 10, "abcda")
 *	"d---c\n"
 *
 * Rings are words: "/" begins a hole, a space the next part: "abcda/efghe klmnk". */
#ifndef CORDON_TESTS_ASCII_GEO_H
#define CORDON_TESTS_ASCII_GEO_H

#include <string.h>

#include "geo/geo.h"

static inline struct point_m ascii_corner(const char *grid, double step_m, char letter)
{
	int rows = 0, row = 0, column = 0;
	for (const char *p = grid; *p != '\0'; p++)
		rows += *p == '\n';
	for (const char *p = grid; *p != '\0' && *p != letter; p++) {
		column = *p == '\n' ? 0 : column + 1;
		row += *p == '\n';
	}
	return (struct point_m){column * step_m, (rows - 1 - row) * step_m};
}

static inline struct geo_ring ascii_ring(struct arena *a, const char *grid, double step_m, struct text word)
{
	struct geo_ring ring = {arena_alloc_array(a, word.size + 1, sizeof(struct point_m)), (uint32_t)word.size};
	for (size_t i = 0; i < word.size; i++)
		ring.points[i] = ascii_corner(grid, step_m, word.at[i]);
	return ring;
}

static inline struct geo_part ascii_part(struct arena *a, const char *grid, double step_m, struct text words)
{
	struct geo_part part = {arena_alloc_array(a, words.size + 1, sizeof(struct geo_ring)), 0};
	for (size_t at = 0; at <= words.size;) {
		size_t end = at;
		while (end < words.size && words.at[end] != '/')
			end++;
		part.rings[part.ring_count++] = ascii_ring(a, grid, step_m, (struct text){words.at + at, end - at});
		at = end + 1;
	}
	return part;
}

static inline struct geo_shape ascii_shape(struct arena *a, enum geo_form form, const char *grid, double step_m,
                                           const char *words)
{
	size_t size = strlen(words);
	struct geo_shape shape = {form, arena_alloc_array(a, size + 1, sizeof(struct geo_part)), 0};
	for (size_t at = 0; at <= size;) {
		size_t length = strcspn(words + at, " ");
		shape.parts[shape.part_count++] = ascii_part(a, grid, step_m, (struct text){words + at, length});
		at += length + 1;
	}
	return shape;
}

static inline struct geo_shape ascii_polygon(struct arena *a, const char *grid, double step_m, const char *words)
{
	return ascii_shape(a, GEO_POLYGON, grid, step_m, words);
}

static inline struct geo_shape ascii_line(struct arena *a, const char *grid, double step_m, const char *words)
{
	return ascii_shape(a, GEO_LINE, grid, step_m, words);
}

static inline struct geo_shape ascii_point(struct arena *a, const char *grid, double step_m, char letter)
{
	char word[2] = {letter, '\0'};
	return ascii_shape(a, GEO_POINT, grid, step_m, word);
}

#endif
