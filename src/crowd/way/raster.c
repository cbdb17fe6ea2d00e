/* crowd/way/raster.c: cells, links and bins of thin walls. See raster.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/way/raster.h"

/* Bins: thin walls by squares of so many cells; a bin holds all lines within BIN_REACH_CELLS of it, for raster_sees. */
enum { BIN_CELLS = 4, BIN_REACH_CELLS = 4 };
struct raster_walls {
	struct raster_line *lines;
	uint32_t columns, rows, *first, *list; /* list[first[bin] .. first[bin + 1]) */
};

double raster_distance_m(const struct raster_line *l, double x_m, double y_m)
{
	double dx = l->bx - l->ax, dy = l->by - l->ay, length2 = dx * dx + dy * dy;
	double t = length2 > 0 ? ((x_m - l->ax) * dx + (y_m - l->ay) * dy) / length2 : 0;
	t = t < 0 ? 0 : t > 1 ? 1 : t;
	double ex = l->ax + t * dx - x_m, ey = l->ay + t * dy - y_m;
	return sqrt(ex * ex + ey * ey);
}

/* Which side of a-b is p on: > 0 left. */
static double side_of(double ax, double ay, double bx, double by, double px, double py)
{
	return (bx - ax) * (py - ay) - (by - ay) * (px - ax);
}

/* Touching counts: a way may not graze the end of a wall. */
bool raster_cross(const struct raster_line *l, double x0, double y0, double x1, double y1)
{
	double a = side_of(x0, y0, x1, y1, l->ax, l->ay), b = side_of(x0, y0, x1, y1, l->bx, l->by);
	if ((a > 0 && b > 0) || (a < 0 && b < 0))
		return false;
	double p = side_of(l->ax, l->ay, l->bx, l->by, x0, y0), q = side_of(l->ax, l->ay, l->bx, l->by, x1, y1);
	if ((p > 0 && q > 0) || (p < 0 && q < 0))
		return false;
	if (a == 0 && b == 0) /* on one straight line */
		return fmin(l->ax, l->bx) <= fmax(x0, x1) && fmax(l->ax, l->bx) >= fmin(x0, x1) && fmin(l->ay, l->by) <= fmax(y0, y1) &&
		       fmax(l->ay, l->by) >= fmin(y0, y1);
	return true;
}

bool raster_inside(const struct crowd_outline *p, double x_m, double y_m)
{
	bool inside = false;
	for (uint32_t i = 0, j = p->count - 1; i < p->count; j = i++) {
		const struct crowd_point *a = &p->points[i], *b = &p->points[j];
		if ((a->y_m > y_m) != (b->y_m > y_m) && x_m < (b->x_m - a->x_m) * (y_m - a->y_m) / (b->y_m - a->y_m) + a->x_m)
			inside = !inside;
	}
	return inside;
}

static double centre_x(const struct raster *r, uint32_t column) { return r->x_min_m + (column + 0.5) * r->cell_m; }
static double centre_y(const struct raster *r, uint32_t row) { return r->y_min_m + (row + 0.5) * r->cell_m; }

/* The rows (or columns) whose centres lie in low..high: first and one after the last. */
static void centres_between(double min_m, double cell_m, uint32_t count, double low, double high, uint32_t *first, uint32_t *end)
{
	double a = ceil((low - min_m) / cell_m - 0.5), b = floor((high - min_m) / cell_m - 0.5) + 1;
	*first = a > 0 ? (a < count ? (uint32_t)a : count) : 0;
	*end = b > 0 ? (b < count ? (uint32_t)b : count) : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void raster_fill(const struct raster *r, const struct crowd_outline *p, uint8_t *cells, uint8_t value)
{
	double low = INFINITY, high = -INFINITY;
	for (uint32_t i = 0; i < p->count; i++) {
		low = fmin(low, p->points[i].y_m);
		high = fmax(high, p->points[i].y_m);
	}
	uint32_t row, end;
	centres_between(r->y_min_m, r->cell_m, r->rows, low, high, &row, &end);
	double few[64], *cuts = p->count <= 64 ? few : malloc(p->count * sizeof(double));
	for (; cuts != NULL && row < end; row++) {
		double y = centre_y(r, row);
		uint32_t count = 0;
		for (uint32_t i = 0, j = p->count - 1; i < p->count; j = i++) {
			const struct crowd_point *a = &p->points[i], *b = &p->points[j];
			if ((a->y_m > y) != (b->y_m > y))
				cuts[count++] = (b->x_m - a->x_m) * (y - a->y_m) / (b->y_m - a->y_m) + a->x_m;
		}
		qsort(cuts, count, sizeof *cuts, by_value);
		for (uint32_t k = 0; k + 1 < count; k += 2) {
			uint32_t first, last;
			centres_between(r->x_min_m, r->cell_m, r->columns, cuts[k], cuts[k + 1], &first, &last);
			for (uint32_t column = first; column < last; column++)
				cells[(size_t)row * r->columns + column] = value;
		}
	}
	if (cuts != few)
		free(cuts);
}

/* ---- cells near a line ---- */

/* For each row within `reach` of the line: the columns that may be within it. */
static void columns_near(const struct raster *r, const struct raster_line *l, double reach, uint32_t row,
	uint32_t *first, uint32_t *end)
{
	double y = centre_y(r, row), dy = l->by - l->ay;
	double t0 = 0, t1 = 1;
	if (fabs(dy) > 1e-12) {
		t0 = (y - reach - l->ay) / dy;
		t1 = (y + reach - l->ay) / dy;
		if (t0 > t1) {
			double t = t0;
			t0 = t1;
			t1 = t;
		}
		t0 = fmin(fmax(t0, 0), 1);
		t1 = fmin(fmax(t1, 0), 1);
	}
	double xa = l->ax + t0 * (l->bx - l->ax), xb = l->ax + t1 * (l->bx - l->ax);
	centres_between(r->x_min_m, r->cell_m, r->columns, fmin(xa, xb) - reach, fmax(xa, xb) + reach, first, end);
}

static void near_line(const struct raster *r, const struct raster_line *l, float reach, float *clear_m)
{
	uint32_t row, end, first, last;
	centres_between(r->y_min_m, r->cell_m, r->rows, fmin(l->ay, l->by) - reach, fmax(l->ay, l->by) + reach, &row, &end);
	for (; row < end; row++) {
		columns_near(r, l, reach, row, &first, &last);
		for (uint32_t column = first; column < last; column++) {
			float d = (float)raster_distance_m(l, centre_x(r, column), centre_y(r, row));
			float *cell = &clear_m[(size_t)row * r->columns + column];
			*cell = d < *cell ? d : *cell;
		}
	}
}

err_t raster_clearance(const struct raster *r, const struct raster_line *lines, uint32_t count, float reach_m, float **out)
{
	size_t cells = (size_t)r->columns * r->rows;
	float *clear_m = malloc(cells * sizeof *clear_m);
	if (clear_m == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < cells; i++)
		clear_m[i] = reach_m;
	for (uint32_t i = 0; i < count; i++)
		near_line(r, &lines[i], reach_m, clear_m);
	*out = clear_m;
	return ERR_NONE;
}

/* ---- links ---- */

/* Cuts the links that the line crosses: between columns where it meets a row's line of centres, and the other way. */
static void cut_links(struct raster *r, const struct raster_line *l)
{
	double slack = 1e-6 * r->cell_m; /* lines that end on a line of centres cut it too: no leak where two walls meet */
	uint32_t row, end, column;
	double dx = l->bx - l->ax, dy = l->by - l->ay;
	centres_between(r->y_min_m, r->cell_m, r->rows, fmin(l->ay, l->by) - slack, fmax(l->ay, l->by) + slack, &row, &end);
	for (; row < end && fabs(dy) > 1e-12; row++) {
		double x = l->ax + (centre_y(r, row) - l->ay) / dy * dx, f = floor((x - r->x_min_m) / r->cell_m - 0.5);
		if (f < 0 || f + 1 >= r->columns)
			continue;
		size_t i = (size_t)row * r->columns + (uint32_t)f;
		r->links[i] &= (uint8_t)~FIELD_EAST;
		r->links[i + 1] &= (uint8_t)~FIELD_WEST;
	}
	centres_between(r->x_min_m, r->cell_m, r->columns, fmin(l->ax, l->bx) - slack, fmax(l->ax, l->bx) + slack, &column, &end);
	for (; column < end && fabs(dx) > 1e-12; column++) {
		double y = l->ay + (centre_x(r, column) - l->ax) / dx * dy, f = floor((y - r->y_min_m) / r->cell_m - 0.5);
		if (f < 0 || f + 1 >= r->rows)
			continue;
		size_t i = (size_t)(uint32_t)f * r->columns + column;
		r->links[i] &= (uint8_t)~FIELD_NORTH;
		r->links[i + r->columns] &= (uint8_t)~FIELD_SOUTH;
	}
}

static void link_cells(struct raster *r, const struct raster_drawing *d, const float *clear_m)
{
	for (uint32_t row = 0; row < r->rows; row++)
		for (uint32_t column = 0; column < r->columns; column++) {
			size_t i = (size_t)row * r->columns + column;
			bool edge = column == 0 || row == 0 || column + 1 == r->columns || row + 1 == r->rows;
			int bits = edge || r->wall[i] || clear_m[i] < 2.2 * r->cell_m ? FIELD_NEAR : 0;
			if (!r->wall[i]) {
				bits |= column + 1 < r->columns && !r->wall[i + 1] ? FIELD_EAST : 0;
				bits |= column > 0 && !r->wall[i - 1] ? FIELD_WEST : 0;
				bits |= row + 1 < r->rows && !r->wall[i + r->columns] ? FIELD_NORTH : 0;
				bits |= row > 0 && !r->wall[i - r->columns] ? FIELD_SOUTH : 0;
			}
			r->links[i] = (uint8_t)bits;
		}
	for (uint32_t i = 0; i < d->line_count; i++)
		cut_links(r, &d->lines[i]);
}

/* ---- bins ---- */

/* Calls for each bin that the line may touch, widened by the reach; two passes: count, then fill. */
static void put_in_bins(const struct raster *r, struct raster_walls *w, uint32_t line, bool count_only)
{
	const struct raster_line *l = &w->lines[line];
	double bin_m = BIN_CELLS * r->cell_m, reach = BIN_REACH_CELLS * r->cell_m + bin_m; /* half diagonals are less */
	struct raster bins = {.x_min_m = r->x_min_m, .y_min_m = r->y_min_m, .cell_m = bin_m, .columns = w->columns, .rows = w->rows};
	uint32_t row, end, first, last;
	centres_between(bins.y_min_m, bin_m, bins.rows, fmin(l->ay, l->by) - reach, fmax(l->ay, l->by) + reach, &row, &end);
	for (; row < end; row++) {
		columns_near(&bins, l, reach, row, &first, &last);
		for (uint32_t column = first; column < last; column++) {
			if (raster_distance_m(l, centre_x(&bins, column), centre_y(&bins, row)) > reach)
				continue;
			uint32_t *next = &w->first[row * w->columns + column];
			if (!count_only)
				w->list[*next] = line;
			(*next)++;
		}
	}
}

static void walls_free(struct raster_walls *w)
{
	if (w == NULL)
		return;
	free(w->lines);
	free(w->first);
	free(w->list);
	free(w);
}

static err_t make_bins(const struct raster *r, const struct raster_drawing *d, struct raster_walls **out)
{
	struct raster_walls *w = calloc(1, sizeof *w);
	if (w == NULL)
		return ERR_MEMORY;
	w->columns = (r->columns + BIN_CELLS - 1) / BIN_CELLS;
	w->rows = (r->rows + BIN_CELLS - 1) / BIN_CELLS;
	uint32_t bins = w->columns * w->rows, sum = 0;
	w->lines = malloc((d->line_count + 1) * sizeof *w->lines);
	w->first = calloc((size_t)bins + 1, sizeof *w->first);
	if (w->lines == NULL || w->first == NULL)
		goto no_memory;
	if (d->line_count > 0)
		memcpy(w->lines, d->lines, d->line_count * sizeof *w->lines);
	for (uint32_t i = 0; i < d->line_count; i++)
		put_in_bins(r, w, i, true);
	for (uint32_t i = 0; i <= bins; i++) {
		uint32_t here = w->first[i];
		w->first[i] = sum;
		sum += here;
	}
	w->list = malloc(((size_t)sum + 1) * sizeof *w->list);
	if (w->list == NULL)
		goto no_memory;
	for (uint32_t i = 0; i < d->line_count; i++)
		put_in_bins(r, w, i, false);
	/* Filling moved each beginning to its end: back by one. */
	memmove(w->first + 1, w->first, bins * sizeof *w->first);
	w->first[0] = 0;
	*out = w;
	return ERR_NONE;
no_memory:
	walls_free(w);
	return ERR_MEMORY;
}

/* Walls are whole cells: the way must not touch one. */
static bool sees_past_cells(const struct raster *r, double x0, double y0, double x1, double y1)
{
	uint32_t a = raster_cell(r, fmin(x0, x1), fmin(y0, y1)), b = raster_cell(r, fmax(x0, x1), fmax(y0, y1));
	for (uint32_t row = a / r->columns; row <= b / r->columns; row++)
		for (uint32_t column = a % r->columns; column <= b % r->columns; column++) {
			if (!r->wall[(size_t)row * r->columns + column])
				continue;
			double h = r->cell_m / 2, x = centre_x(r, column), y = centre_y(r, row);
			bool ends_in = (fabs(x0 - x) <= h && fabs(y0 - y) <= h) || (fabs(x1 - x) <= h && fabs(y1 - y) <= h);
			struct raster_line diagonals[2] = {{x - h, y - h, x + h, y + h}, {x - h, y + h, x + h, y - h}};
			if (ends_in || raster_cross(&diagonals[0], x0, y0, x1, y1) || raster_cross(&diagonals[1], x0, y0, x1, y1))
				return false;
		}
	return true;
}

bool raster_sees(const struct raster *r, double x0, double y0, double x1, double y1)
{
	if (r->walls == NULL)
		return sees_past_cells(r, x0, y0, x1, y1);
	uint32_t cell = raster_cell(r, x0, y0), bin = cell / r->columns / BIN_CELLS * r->walls->columns + cell % r->columns / BIN_CELLS;
	for (uint32_t k = r->walls->first[bin]; k < r->walls->first[bin + 1]; k++)
		if (raster_cross(&r->walls->lines[r->walls->list[k]], x0, y0, x1, y1))
			return false;
	return true;
}

bool raster_sees_wide(const struct raster *r, double x0, double y0, double x1, double y1, double half_m)
{
	struct raster_line way = {x0, y0, x1, y1};
	uint32_t cell = raster_cell(r, x0, y0), bin = cell / r->columns / BIN_CELLS * r->walls->columns + cell % r->columns / BIN_CELLS;
	for (uint32_t k = r->walls->first[bin]; k < r->walls->first[bin + 1]; k++) {
		const struct raster_line *l = &r->walls->lines[r->walls->list[k]];
		if (raster_cross(l, x0, y0, x1, y1) || raster_distance_m(&way, l->ax, l->ay) < half_m ||
			raster_distance_m(&way, l->bx, l->by) < half_m ||
		    raster_distance_m(l, x0, y0) < half_m || raster_distance_m(l, x1, y1) < half_m)
			return false;
	}
	return true;
}

/* ---- all of it ---- */
size_t raster_bytes_a_cell(void) { return 2 + sizeof(uint32_t); }

err_t raster_new(const struct raster_drawing *d, struct raster **out)
{
	double columns = ceil((d->x_max_m - d->x_min_m) / d->cell_m - 1e-9), rows = ceil((d->y_max_m - d->y_min_m) / d->cell_m - 1e-9);
	columns = fmax(columns, 2);
	rows = fmax(rows, 2);
	if (!(columns * rows < 0x1p31))
		return ERR_CROWD_TOO_LARGE;
	struct raster *r = calloc(1, sizeof *r);
	float *clear_m = NULL;
	struct raster_walls *walls = NULL;
	err_t error = ERR_MEMORY;
	if (r == NULL)
		return ERR_MEMORY;
	r->cell_m = d->cell_m;
	r->columns = (uint32_t)columns;
	r->rows = (uint32_t)rows;
	/* In the middle of the box: a mirrored drawing has mirrored cells. */
	r->x_min_m = (d->x_min_m + d->x_max_m) / 2 - columns * d->cell_m / 2;
	r->y_min_m = (d->y_min_m + d->y_max_m) / 2 - rows * d->cell_m / 2;
	size_t cells = (size_t)r->columns * r->rows;
	r->wall = malloc(cells);
	r->links = malloc(cells);
	if (r->wall == NULL || r->links == NULL)
		goto out;
	if (raster_clearance(r, d->lines, d->line_count, (float)(2.5 * d->cell_m), &clear_m) != ERR_NONE)
		goto out;
	memset(r->wall, d->floor_count > 0, cells);
	for (uint32_t i = 0; i < d->floor_count; i++)
		raster_fill(r, &d->floors[i], r->wall, 0);
	for (uint32_t i = 0; i < d->obstacle_count; i++)
		raster_fill(r, &d->obstacles[i], r->wall, 1);
	for (size_t i = 0; i < cells; i++)
		r->wall[i] |= clear_m[i] < 0.05 * d->cell_m;
	link_cells(r, d, clear_m);
	error = make_bins(r, d, &walls);
	if (error != ERR_NONE)
		goto out;
	r->walls = walls;
	*out = r;
	r = NULL;
out:
	free(clear_m);
	raster_free(r);
	return error;
}

void raster_free(struct raster *r)
{
	if (r == NULL)
		return;
	walls_free((struct raster_walls *)(uintptr_t)r->walls);
	free(r->wall);
	free(r->links);
	free(r);
}
