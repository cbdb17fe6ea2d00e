/* Voronoi density after Steffen, Seyfried 2010: everybody owns the ground that is nearer to him than to others, at most `reach_m` away.
 *
 *      disc of reach, 64 sides     cut at the middle to each neighbour      ground of the polygon in it
 *            .--.                        .--|                                   +====|==
 *           ( x  )                      ( x |                                   |( x |  polygon
 *            '--'                        '--|                                   +====|==
 *
 * A cell is convex, so each neighbour cuts it by one half-plane; neighbours are found by a grid of `reach_m`, nobody beyond
 * 2 reach_m can cut. The polygon may be of any shape: what it has of a cell is the signed sum over its edges of the cell's part in the
 * triangle (person, edge).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/measure.h"
#include "crowd/measure/polygon.h"

#define SIDES 64 /* of the disc; scaled so that its area is the disc's */

struct corner { double x, y; };

struct grid {
	double x_min, y_min, size;
	uint32_t columns, rows, people;
	uint32_t *first;  /* of each cell in `who`, one more at the end */
	uint32_t *who;    /* indices into the frame */
	double box[4];    /* of the polygon: x, y least, x, y greatest */
	struct corner *cell, *spare, *piece; /* people + SIDES + 8 each: each cut adds at most one corner */
};

/* Keeps what lies left of a*x + b*y <= c; gives the corners left. */
static uint32_t cut(const struct corner *from, uint32_t count, double a, double b, double c, struct corner *to)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct corner here = from[i], next = from[i + 1 == count ? 0 : i + 1];
		double over_here = a * here.x + b * here.y - c, over_next = a * next.x + b * next.y - c;
		if (over_here <= 0.0)
			to[kept++] = here;
		if ((over_here < 0.0 && over_next > 0.0) || (over_here > 0.0 && over_next < 0.0)) {
			double share = over_here / (over_here - over_next);
			to[kept++] = (struct corner){here.x + share * (next.x - here.x), here.y + share * (next.y - here.y)};
		}
	}
	return kept;
}

static double corners_area(const struct corner *at, uint32_t count)
{
	double twice = 0.0;
	for (uint32_t i = 2; i < count; i++)
		twice += (at[i - 1].x - at[0].x) * (at[i].y - at[0].y) - (at[i].x - at[0].x) * (at[i - 1].y - at[0].y);
	return twice / 2.0;
}

static uint32_t place_of(double at, double from, double size, uint32_t count)
{
	double place = floor((at - from) / size);
	return place <= 0.0 ? 0 : place >= count - 1.0 ? count - 1 : (uint32_t)place;
}

static uint32_t cell_of(const struct grid *g, double x, double y)
{
	return place_of(y, g->y_min, g->size, g->rows) * g->columns + place_of(x, g->x_min, g->size, g->columns);
}

static void grid_free(struct grid *g)
{
	free(g->first);
	free(g->who);
	free(g->cell);
	free(g->spare);
	free(g->piece);
}

/* Sorts those who can matter (within 3 reach of the box: the owners of ground in it and their neighbours) into cells. */
static err_t grid_fill(struct grid *g, const struct crowd_frame *f)
{
	double x_max = g->x_min + g->columns * g->size, y_max = g->y_min + g->rows * g->size;
	g->first = calloc((size_t)g->columns * g->rows + 1, sizeof(g->first[0]));
	g->who = malloc(((size_t)f->count + 1) * sizeof(g->who[0]));
	if (g->first == NULL || g->who == NULL)
		return ERR_MEMORY;
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < f->count; i++) {
			double x = (double)f->x_m[i], y = (double)f->y_m[i];
			if (!(x >= g->x_min && x <= x_max && y >= g->y_min && y <= y_max))
				continue;
			uint32_t c = cell_of(g, x, y);
			if (pass == 0)
				g->people++, g->first[c + 1]++;
			else
				g->who[g->first[c]++] = i;
		}
		if (pass == 0)
			for (uint32_t c = 0; c < g->columns * g->rows; c++)
				g->first[c + 1] += g->first[c];
	}
	/* The second pass has moved each beginning to its end. */
	memmove(g->first + 1, g->first, (size_t)g->columns * g->rows * sizeof(g->first[0]));
	g->first[0] = 0;
	g->cell = malloc(((size_t)g->people + SIDES + 8) * sizeof(g->cell[0]));
	g->spare = malloc(((size_t)g->people + SIDES + 8) * sizeof(g->spare[0]));
	g->piece = malloc(((size_t)g->people + SIDES + 8) * sizeof(g->piece[0]));
	return g->cell == NULL || g->spare == NULL || g->piece == NULL ? ERR_MEMORY : ERR_NONE;
}

static err_t grid_new(struct grid *g, const struct crowd_frame *f, const double *xy, uint32_t corners, double reach_m)
{
	double x_min = INFINITY, y_min = INFINITY, x_max = -INFINITY, y_max = -INFINITY;
	for (uint32_t i = 0; i < corners; i++) {
		x_min = fmin(x_min, xy[2 * i]);
		x_max = fmax(x_max, xy[2 * i]);
		y_min = fmin(y_min, xy[2 * i + 1]);
		y_max = fmax(y_max, xy[2 * i + 1]);
	}
	double around = 3.1 * reach_m; /* the disc of 64 sides is a little wider than reach_m */
	*g = (struct grid){.x_min = x_min - around, .y_min = y_min - around, .box = {x_min, y_min, x_max, y_max}};
	double wide = x_max - x_min + 2.0 * around, high = y_max - y_min + 2.0 * around;
	g->size = fmax(reach_m, sqrt(wide * high / 4e6)); /* at most some four million cells, however large the polygon */
	g->columns = (uint32_t)ceil(wide / g->size);
	g->rows = (uint32_t)ceil(high / g->size);
	err_t e = grid_fill(g, f);
	if (e != ERR_NONE)
		grid_free(g);
	return e;
}

/* The cell of person i, around himself as origin, into g->cell; gives its corners. */
static uint32_t cell_around(struct grid *g, const struct crowd_frame *f, uint32_t i, double reach_m)
{
	double x = (double)f->x_m[i], y = (double)f->y_m[i];
	double radius = reach_m * sqrt(2.0 * M_PI / (SIDES * sin(2.0 * M_PI / SIDES)));
	uint32_t count = SIDES;
	for (uint32_t k = 0; k < SIDES; k++)
		g->cell[k] = (struct corner){radius * cos(2.0 * M_PI * k / SIDES), radius * sin(2.0 * M_PI * k / SIDES)};
	double far = 2.0 * radius;
	uint32_t left = place_of(x - far, g->x_min, g->size, g->columns), right = place_of(x + far, g->x_min, g->size, g->columns);
	uint32_t low = place_of(y - far, g->y_min, g->size, g->rows), high = place_of(y + far, g->y_min, g->size, g->rows);
	for (uint32_t row = low; row <= high; row++) {
		uint32_t end = g->first[(size_t)row * g->columns + right + 1];
		for (uint32_t k = g->first[(size_t)row * g->columns + left]; k < end; k++) {
			double dx = (double)f->x_m[g->who[k]] - x, dy = (double)f->y_m[g->who[k]] - y, d2 = dx * dx + dy * dy;
			if (d2 > far * far || !(d2 > 0.0)) /* two at one place own the same ground: each counts, the density there is twice */
				continue;
			uint32_t kept = cut(g->cell, count, dx, dy, d2 / 2.0, g->spare);
			struct corner *swap = g->cell;
			g->cell = g->spare;
			g->spare = swap;
			count = kept;
		}
	}
	return count;
}

/* The area of the cell (around (x, y)) that lies in the polygon. */
static double part_in(struct grid *g, uint32_t count, double x, double y, const double *xy, uint32_t corners)
{
	double sum = 0.0;
	struct corner *one = g->spare, *two = g->piece;
	for (uint32_t i = 0; i < corners; i++) {
		uint32_t next = i + 1 == corners ? 0 : i + 1;
		struct corner a = {xy[2 * i] - x, xy[2 * i + 1] - y}, b = {xy[2 * next] - x, xy[2 * next + 1] - y};
		double turn = a.x * b.y - b.x * a.y;
		if (fabs(turn) < 1e-300)
			continue;
		double sign = turn > 0.0 ? 1.0 : -1.0;
		uint32_t kept = cut(g->cell, count, a.y * sign, -a.x * sign, 0.0, one);
		kept = cut(one, kept, -b.y * sign, b.x * sign, 0.0, two);
		double ex = (b.y - a.y) * sign, ey = (a.x - b.x) * sign;
		kept = cut(two, kept, ex, ey, ex * a.x + ey * a.y, one);
		sum += sign * corners_area(one, kept);
	}
	return fabs(sum);
}

err_t crowd_density_voronoi_within(const struct crowd_frame *f, const double *polygon_xy, uint32_t corners, double reach_m,
	const double *floor_xy, uint32_t floor_corners, double *out_density, double *out_speed_ms)
{
	double area_m2 = corners < 3 ? 0.0 : fabs(polygon_area(polygon_xy, corners));
	if (!(area_m2 > 0.0) || !(reach_m > 0.0)) {
		*out_density = *out_speed_ms = NAN;
		return ERR_NONE;
	}
	struct grid g;
	err_t e = grid_new(&g, f, polygon_xy, corners, reach_m);
	if (e != ERR_NONE)
		return e;
	double people = 0.0, speeds = 0.0, owned = 0.0, least_m2 = 1e-12 * reach_m * reach_m; /* less is rounding, no ground */
	for (uint32_t k = 0; k < g.people; k++) {
		uint32_t i = g.who[k];
		double x = (double)f->x_m[i], y = (double)f->y_m[i];
		double beside_x = fmax(fmax(g.box[0] - x, x - g.box[2]), 0.0), beside_y = fmax(fmax(g.box[1] - y, y - g.box[3]), 0.0);
		if (beside_x > 1.1 * reach_m || beside_y > 1.1 * reach_m) /* only there to cut others' cells */
			continue;
		uint32_t count = cell_around(&g, f, i, reach_m);
		double inside = part_in(&g, count, x, y, polygon_xy, corners);
		if (!(inside > least_m2))
			continue;
		double cell = floor_xy == NULL ? corners_area(g.cell, count) : part_in(&g, count, x, y, floor_xy, floor_corners);
		if (!(cell > least_m2)) /* stands off the floor that was named */
			continue;
		people += fmin(inside / cell, 1.0);
		owned += inside;
		if (f->speed_ms != NULL)
			speeds += inside * (double)f->speed_ms[i];
	}
	grid_free(&g);
	*out_density = people / area_m2;
	*out_speed_ms = f->speed_ms == NULL || !(owned > 0.0) ? NAN : speeds / owned;
	return ERR_NONE;
}

err_t crowd_density_voronoi(const struct crowd_frame *f, const double *polygon_xy, uint32_t corners, double reach_m,
	double *out_density, double *out_speed_ms)
{
	return crowd_density_voronoi_within(f, polygon_xy, corners, reach_m, NULL, 0, out_density, out_speed_ms);
}
