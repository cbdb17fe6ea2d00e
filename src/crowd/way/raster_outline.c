/* crowd/way/raster_outline.c: what is wall of the edges of several floors; lists of lines. See raster.h. */
#include <math.h>
#include <stdlib.h>

#include "crowd/way/raster.h"

#define TOUCH_M 0.005 /* drawings are no better than this: a smaller gap is none */
#define ALONG_M 0.05  /* so near to a portal's line an edge is that portal's opening */

err_t raster_lines_add(struct raster_lines *l, struct raster_line line)
{
	if (l->count == l->capacity) {
		uint32_t capacity = l->capacity ? 2 * l->capacity : 64;
		struct raster_line *more = realloc(l->at, capacity * sizeof *more);
		if (more == NULL)
			return ERR_MEMORY;
		l->at = more;
		l->capacity = capacity;
	}
	l->at[l->count++] = line;
	return ERR_NONE;
}

/* ---- where an edge is cut: shares of its length ---- */
struct cuts { double *at; uint32_t count, capacity; };

static err_t cut_at(struct cuts *c, double share)
{
	if (!(share > 0 && share < 1))
		return ERR_NONE;
	if (c->count == c->capacity) {
		uint32_t capacity = c->capacity ? 2 * c->capacity : 16;
		double *more = realloc(c->at, capacity * sizeof *more);
		if (more == NULL)
			return ERR_MEMORY;
		c->at = more;
		c->capacity = capacity;
	}
	c->at[c->count++] = share;
	return ERR_NONE;
}

/* Where the other line crosses it, and where the other's ends lie on it. */
static err_t cut_by(struct cuts *c, const struct raster_line *l, const struct raster_line *other)
{
	double dx = l->bx - l->ax, dy = l->by - l->ay, ex = other->bx - other->ax, ey = other->by - other->ay;
	double length2 = dx * dx + dy * dy, cross = dx * ey - dy * ex;
	err_t error = ERR_NONE;
	if (fabs(cross) > 1e-12) {
		double t = ((other->ax - l->ax) * ey - (other->ay - l->ay) * ex) / cross;
		double u = ((other->ax - l->ax) * dy - (other->ay - l->ay) * dx) / cross;
		if (u >= -1e-9 && u <= 1 + 1e-9)
			error = cut_at(c, t);
	}
	const double ends[2][2] = {{other->ax, other->ay}, {other->bx, other->by}};
	for (int k = 0; k < 2 && error == ERR_NONE; k++)
		if (raster_distance_m(l, ends[k][0], ends[k][1]) < ALONG_M)
			error = cut_at(c, ((ends[k][0] - l->ax) * dx + (ends[k][1] - l->ay) * dy) / length2);
	return error;
}

static int by_share(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static struct raster_line part_of(const struct raster_line *l, double from, double to)
{
	double dx = l->bx - l->ax, dy = l->by - l->ay;
	return (struct raster_line){l->ax + from * dx, l->ay + from * dy, l->ax + to * dx, l->ay + to * dy};
}

/* ---- the outline ---- */
struct floors { const struct crowd_outline *at; uint32_t count; };

static bool on_floor(const struct floors *f, double x_m, double y_m)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (raster_inside(&f->at[i], x_m, y_m))
			return true;
	return false;
}

/* The part is outline where floor lies on one side of it only. */
static bool is_outline(const struct floors *f, const struct raster_line *part)
{
	double dx = part->bx - part->ax, dy = part->by - part->ay, length = hypot(dx, dy);
	if (length < 1e-9)
		return false;
	double x = (part->ax + part->bx) / 2, y = (part->ay + part->by) / 2, nx = -dy / length * TOUCH_M, ny = dx / length * TOUCH_M;
	return on_floor(f, x + nx, y + ny) != on_floor(f, x - nx, y - ny);
}

static struct raster_line edge_of(const struct crowd_outline *p, uint32_t i)
{
	const struct crowd_point *a = &p->points[i], *b = &p->points[(i + 1) % p->count];
	return (struct raster_line){a->x_m, a->y_m, b->x_m, b->y_m};
}

static bool boxes_apart(const struct raster_line *a, const struct raster_line *b, double by)
{
	return fmin(a->ax, a->bx) > fmax(b->ax, b->bx) + by || fmax(a->ax, a->bx) < fmin(b->ax, b->bx) - by ||
	       fmin(a->ay, a->by) > fmax(b->ay, b->by) + by || fmax(a->ay, a->by) < fmin(b->ay, b->by) - by;
}

/* Adds the parts of `edge` that keep(ctx, part) wants; the cuts are sorted here. */
static err_t add_parts(struct raster_lines *l, const struct raster_line *edge, struct cuts *c,
	bool (*keep)(const void *, const struct raster_line *),
                       const void *ctx)
{
	if (c->count > 1)
		qsort(c->at, c->count, sizeof *c->at, by_share);
	double from = 0;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i <= c->count && error == ERR_NONE; i++) {
		double to = i < c->count ? c->at[i] : 1;
		struct raster_line part = part_of(edge, from, to);
		if (to > from && keep(ctx, &part))
			error = raster_lines_add(l, part);
		from = to;
	}
	return error;
}

static bool keep_outline(const void *floors, const struct raster_line *part) { return is_outline(floors, part); }

err_t raster_outline(const struct crowd_outline *polygons, uint32_t count, struct raster_line **out, uint32_t *out_count)
{
	struct floors floors = {polygons, count};
	struct raster_lines lines = {0};
	struct cuts cuts = {0};
	err_t error = ERR_NONE;
	for (uint32_t p = 0; p < count && error == ERR_NONE; p++)
		for (uint32_t i = 0; i < polygons[p].count && error == ERR_NONE; i++) {
			struct raster_line edge = edge_of(&polygons[p], i);
			cuts.count = 0;
			for (uint32_t q = 0; q < count && error == ERR_NONE; q++)
				for (uint32_t j = 0; q != p && j < polygons[q].count && error == ERR_NONE; j++) {
					struct raster_line other = edge_of(&polygons[q], j);
					if (!boxes_apart(&edge, &other, ALONG_M))
						error = cut_by(&cuts, &edge, &other);
				}
			if (error == ERR_NONE)
				error = add_parts(&lines, &edge, &cuts, keep_outline, &floors);
		}
	free(cuts.at);
	if (error != ERR_NONE) {
		free(lines.at);
		return error;
	}
	*out = lines.at;
	*out_count = lines.count;
	return ERR_NONE;
}

struct gaps { const struct raster_line *at; uint32_t count; };

static bool keep_beside(const void *ctx, const struct raster_line *part)
{
	const struct gaps *g = ctx;
	for (uint32_t i = 0; i < g->count; i++)
		if (fmax(raster_distance_m(&g->at[i], part->ax, part->ay), raster_distance_m(&g->at[i], part->bx, part->by)) < ALONG_M + 1e-9)
			return false;
	return true;
}

err_t raster_lines_add_without(struct raster_lines *l, struct raster_line line, const struct raster_line *gaps, uint32_t gap_count)
{
	struct cuts cuts = {0};
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < gap_count && error == ERR_NONE; i++)
		error = cut_by(&cuts, &line, &gaps[i]);
	if (error == ERR_NONE)
		error = add_parts(l, &line, &cuts, keep_beside, &(struct gaps){gaps, gap_count});
	free(cuts.at);
	return error;
}
