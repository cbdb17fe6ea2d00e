/* crowd/walk/step_walls.c: which walls are near each patch of the ground.
 *
 * A wall is noted in every patch that it comes nearer to than the cut-off, row by row: within a row and the cut-off above and
 * below it, the wall covers a stretch of x; the patches of that stretch, and the cut-off at both ends, have it. */
#include <stdlib.h>

#include "crowd/walk/step_inside.h"

#define ITEMS_MAX ((size_t)64 << 20)

/* The stretch of x that the wall covers between y_low and y_high; false: none. */
static bool stretch(const struct step_edge *w, double y_low, double y_high, double *x_low, double *x_high)
{
	double ax = (double)w->ax_m, ay = (double)w->ay_m, bx = (double)w->bx_m, by = (double)w->by_m;
	if (fmax(ay, by) < y_low || fmin(ay, by) > y_high)
		return false;
	double from = 0.0, to = 1.0;
	if (fabs(by - ay) > 1e-9) {
		double low = (y_low - ay) / (by - ay), high = (y_high - ay) / (by - ay);
		from = fmax(0.0, fmin(low, high));
		to = fmin(1.0, fmax(low, high));
	}
	double x_from = ax + (bx - ax) * from, x_to = ax + (bx - ax) * to;
	*x_low = fmin(x_from, x_to);
	*x_high = fmax(x_from, x_to);
	return true;
}

struct span { uint32_t row, first, last; }; /* patches first to last of a row */

/* Calls it for each row that the wall is near to. */
static size_t for_each_row(const struct step *s, uint32_t wall, void (*note)(struct step_patches *p, uint32_t wall, struct span span),
                           struct step_patches *patches)
{
	const struct step_ground *g = &s->ground;
	const struct step_edge *w = &s->walls[wall];
	double reach_m = (double)s->cut_off_m * 1.01;
	size_t items = 0;
	uint32_t last = step_row(g, (float)(fmax((double)w->ay_m, (double)w->by_m) + reach_m));
	for (uint32_t row = step_row(g, (float)(fmin((double)w->ay_m, (double)w->by_m) - reach_m)); row <= last; row++) {
		double y_m = (double)g->y_min_m + (double)g->row_m * row, x_low, x_high;
		if (!stretch(w, y_m - reach_m, y_m + (double)g->row_m + reach_m, &x_low, &x_high))
			continue;
		struct span span = { row, step_column(g, (float)(x_low - reach_m)) / STEP_PATCH,
			step_column(g, (float)(x_high + reach_m)) / STEP_PATCH };
		items += span.last - span.first + 1;
		if (note != NULL && items <= ITEMS_MAX)
			note(patches, wall, span);
	}
	return items;
}

static void count_items(struct step_patches *p, uint32_t wall, struct span span)
{
	(void)wall;
	for (uint32_t c = span.first; c <= span.last; c++)
		p->start[(size_t)span.row * p->columns + c]++;
}

/* Fills from behind: start[p] is the end of patch p before and its start afterwards. */
static void put_items(struct step_patches *p, uint32_t wall, struct span span)
{
	for (uint32_t c = span.first; c <= span.last; c++)
		p->items[--p->start[(size_t)span.row * p->columns + c]] = wall;
}

err_t step_patches_make(struct step *s)
{
	struct step_patches *p = &s->patches;
	p->columns = (s->ground.columns + STEP_PATCH - 1) / STEP_PATCH;
	if (s->wall_count == 0)
		return ERR_NONE;
	size_t patches = (size_t)p->columns * s->ground.rows, items = 0;
	if ((p->start = calloc(patches + 1, sizeof *p->start)) == NULL)
		return ERR_MEMORY;
	for (uint32_t w = 0; w < s->wall_count; w++) {
		items += for_each_row(s, w, count_items, p);
		if (items > ITEMS_MAX)
			return ERR_CROWD_TOO_LARGE;
	}
	for (size_t k = 0, sum = 0; k <= patches; k++) {
		sum += k < patches ? p->start[k] : 0;
		p->start[k] = (uint32_t)sum;
	}
	if ((p->items = calloc(items + 1, sizeof *p->items)) == NULL)
		return ERR_MEMORY;
	for (uint32_t w = s->wall_count; w-- > 0;)
		for_each_row(s, w, put_items, p);
	return ERR_NONE;
}

/* Puts a number into an ascending list that does not have it yet; false: no room. */
static bool put_ascending(uint32_t wall, uint32_t *list, uint32_t *count)
{
	uint32_t at = *count;
	while (at > 0 && list[at - 1] > wall)
		at--;
	if (at > 0 && list[at - 1] == wall)
		return true;
	if (*count == STEP_WALLS_ROOM)
		return false;
	for (uint32_t k = (*count)++; k > at; k--)
		list[k] = list[k - 1];
	list[at] = wall;
	return true;
}

uint32_t step_walls_near(const struct step *s, uint32_t row, uint32_t column_first, uint32_t column_last,
                         uint32_t room[STEP_WALLS_ROOM], const uint32_t **out)
{
	const struct step_patches *p = &s->patches;
	if (s->wall_count == 0)
		return 0;
	const uint32_t *start = p->start + (size_t)row * p->columns;
	uint32_t first = column_first / STEP_PATCH, last = column_last / STEP_PATCH, count = 0;
	*out = first == last ? p->items + start[first] : room;
	if (first == last)
		return start[first + 1] - start[first];
	for (uint32_t k = start[first]; k < start[last + 1]; k++) {
		if (!put_ascending(p->items[k], room, &count))
			return STEP_WALLS_MANY;
	}
	return count;
}
