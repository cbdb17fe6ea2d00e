/* crowd/scene/portal.c: a step over one line goes on behind another: stairs between sheets. See inside.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

static void unit_left(const double l[4], double *out_x, double *out_y)
{
	double dx = l[2] - l[0], dy = l[3] - l[1], length = hypot(dx, dy);
	*out_x = -dy / length;
	*out_y = dx / length;
}

err_t scene_build_portals(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	s->portals = calloc(d->portal_count + 1, sizeof *s->portals);
	if (s->portals == NULL)
		return ERR_MEMORY;
	s->portal_count = d->portal_count;
	for (uint32_t i = 0; i < d->portal_count; i++) {
		const struct draft_portal *from = &d->portals[i];
		struct portal *p = &s->portals[i];
		*p = (struct portal){strdup(from->id),
			{from->a[0].x_m - s->origin_x_m, from->a[0].y_m - s->origin_y_m, from->a[1].x_m - s->origin_x_m,
			from->a[1].y_m - s->origin_y_m}, {from->b[0].x_m - s->origin_x_m, from->b[0].y_m - s->origin_y_m,
			from->b[1].x_m - s->origin_x_m, from->b[1].y_m - s->origin_y_m}};
		if (p->id == NULL)
			return ERR_MEMORY;
	}
	return ERR_NONE;
}

static int by_end(const void *a, const void *b)
{
	const struct raster_jump *x = a, *y = b;
	return x->to != y->to ? (x->to > y->to) - (x->to < y->to) : (x->from > y->from) - (x->from < y->from);
}

/* The first cell that can be walked, at most two cells off the line at this share of it; CROWD_NONE: none. */
static uint32_t cell_beside(const struct crowd_scene *s, const double l[4], double share, double nx, double ny)
{
	const struct raster *r = s->raster;
	for (int k = 1; k <= 4; k++) {
		double off = k * r->cell_m / 2, x = l[0] + share * (l[2] - l[0]) + off * nx, y = l[1] + share * (l[3] - l[1]) + off * ny;
		uint32_t cell = raster_cell(r, x, y);
		if (x >= 0 && y >= 0 && x <= s->width_m && y <= s->height_m && !r->wall[cell])
			return cell;
	}
	return CROWD_NONE;
}

/* Each cell before the line a leads to the cell behind b at the same share of it. */
err_t scene_link_portals(struct crowd_scene *s, struct problem *problem)
{
	uint32_t count = 0, capacity = 0;
	for (uint32_t i = 0; i < s->portal_count; i++)
		capacity += 2 + (uint32_t)(2 * hypot(s->portals[i].a[2] - s->portals[i].a[0],
			s->portals[i].a[3] - s->portals[i].a[1]) / s->raster->cell_m);
	struct raster_jump *jumps = calloc((size_t)capacity + 1, sizeof *jumps);
	if (jumps == NULL)
		return ERR_MEMORY;
	s->jumps = jumps;
	for (uint32_t i = 0; i < s->portal_count; i++) {
		const struct portal *p = &s->portals[i];
		double ax, ay, bx, by, length = hypot(p->a[2] - p->a[0], p->a[3] - p->a[1]);
		unit_left(p->a, &ax, &ay);
		unit_left(p->b, &bx, &by);
		uint32_t pieces = 1 + (uint32_t)(2 * length / s->raster->cell_m), before = count;
		for (uint32_t k = 0; k < pieces && count < capacity; k++) {
			double share = (k + 0.5) / pieces;
			uint32_t from = cell_beside(s, p->a, share, -ax, -ay), to = cell_beside(s, p->b, share, bx, by);
			if (from != CROWD_NONE && to != CROWD_NONE)
				jumps[count++] = (struct raster_jump){from, to, (float)ax, (float)ay};
		}
		if (count == before)
			return scene_refuse(problem, ERR_CROWD_GEOMETRY, p->id,
				"the portal does not lie at the edge of floors: before its first line and "
			                    "behind its second there must be one (lines are walked over towards their left side)");
	}
	qsort(jumps, count, sizeof *jumps, by_end);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || by_end(&jumps[kept - 1], &jumps[i]) != 0)
			jumps[kept++] = jumps[i];
	s->raster->jumps = jumps;
	s->raster->jump_count = kept;
	return ERR_NONE;
}

/* Where the step from old to new meets the line, as a share of it. */
static double share_of(const double l[4], const double old[2], const double new[2])
{
	double dx = l[2] - l[0], dy = l[3] - l[1], ex = new[0] - old[0], ey = new[1] - old[1], cross = dx * ey - dy * ex;
	double share = fabs(cross) > 1e-12 ? ((old[0] - l[0]) * ey - (old[1] - l[1]) * ex) / cross : 0.5;
	return fmin(fmax(share, 0), 1);
}

bool scene_portal_crossed(const struct crowd_scene *s, const double old[2], const double new[2], uint32_t *out)
{
	for (uint32_t i = 0; i < s->portal_count; i++) {
		const double *l = s->portals[i].a;
		double nx, ny;
		unit_left(l, &nx, &ny);
		if ((new[0] - old[0]) * nx + (new[1] - old[1]) * ny > 0 &&
		    raster_cross(&(struct raster_line){l[0], l[1], l[2], l[3]}, old[0], old[1], new[0], new[1])) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* To the other side if there is room, else back to where he was before the step. */
void scene_through_portal(struct crowd_scene *s, uint32_t index)
{
	struct person *p = &s->people[s->w.slot[index]];
	const double old[2] = {s->old_x[index], s->old_y[index]}, new[2] = {s->w.x_m[index], s->w.y_m[index]};
	uint32_t portal;
	if (!scene_portal_crossed(s, old, new, &portal))
		return;
	const double *a = s->portals[portal].a, *b = s->portals[portal].b;
	double ax, ay, bx, by, length = hypot(b[2] - b[0], b[3] - b[1]), radius = p->radius_m + 0.02;
	unit_left(a, &ax, &ay);
	unit_left(b, &bx, &by);
	double edge = fmin(0.5, radius / length), share = fmin(fmax(share_of(a, old, new), edge), 1 - edge);
	float x = (float)(b[0] + share * (b[2] - b[0]) + radius * bx), y = (float)(b[1] + share * (b[3] - b[1]) + radius * by);
	if (!step_free_at(s->step, x, y, p->radius_m) || !scene_apart_from_newborns(s, x, y, p->radius_m) ||
	    scene_remember_newborn(s, x, y, p->radius_m) != ERR_NONE) {
		s->w.x_m[index] = (float)old[0];
		s->w.y_m[index] = (float)old[1];
		s->w.speed_ms[index] = 0;
		return;
	}
	/* He turns as the second line lies to the first. */
	double cosine = ax * bx + ay * by, sine = ax * by - ay * bx;
	float ex = s->w.along_x[index], ey = s->w.along_y[index];
	s->w.along_x[index] = (float)(cosine * (double)ex - sine * (double)ey);
	s->w.along_y[index] = (float)(sine * (double)ex + cosine * (double)ey);
	s->w.x_m[index] = x;
	s->w.y_m[index] = y;
	p->look = true;
}
