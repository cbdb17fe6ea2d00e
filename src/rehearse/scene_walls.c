/* rehearse/scene_walls.c: what keeps people in their zone: its outline, but for openings; and the barriers as drawn.
 *
 *        approach                  where two floors touch there is a wall, unless a door, a lane's gap or a link is there
 *   ====---====---====   H1        '-' lane gaps
 */
#include <math.h>
#include <string.h>

#include "rehearse/scene.h"

#define PIECE_M 0.3
#define BESIDE_M 0.35

double ring_distance_m(const struct geo_ring *line, struct point_m at, struct point_m *out_nearest)
{
	double best = INFINITY;
	for (uint32_t i = 0; i < line->count; i++) {
		struct point_m a = line->points[i], b = line->points[i + 1 < line->count ? i + 1 : i];
		double dx = b.x_m - a.x_m, dy = b.y_m - a.y_m, square = dx * dx + dy * dy;
		double t = square > 0 ? ((at.x_m - a.x_m) * dx + (at.y_m - a.y_m) * dy) / square : 0;
		t = fmin(1, fmax(0, t));
		struct point_m on = {a.x_m + t * dx, a.y_m + t * dy};
		double distance = hypot(at.x_m - on.x_m, at.y_m - on.y_m);
		if (distance < best) {
			best = distance;
			if (out_nearest != NULL)
				*out_nearest = on;
		}
	}
	return best;
}

bool scene_zone_contains(const struct scene_made *m, uint32_t zone, struct point_m at)
{
	struct geo_box box = m->boxes[zone];
	if (at.x_m < box.x_min_m || at.x_m > box.x_max_m || at.y_m < box.y_min_m || at.y_m > box.y_max_m)
		return false;
	return geo_contains(&m->b->p->features[m->b->p->zones[zone].feature].shape, at);
}

static bool in_corridor(const struct corridor *c, struct point_m at)
{
	if (at.x_m < c->box.x_min_m || at.x_m > c->box.x_max_m || at.y_m < c->box.y_min_m || at.y_m > c->box.y_max_m)
		return false;
	for (int i = 0; i < 4; i++) {
		struct point_m a = c->corners[i], b = c->corners[i + 1];
		if ((b.x_m - a.x_m) * (at.y_m - a.y_m) - (b.y_m - a.y_m) * (at.x_m - a.x_m) < 0)
			return false;
	}
	return true;
}

static bool is_open(const struct scene_made *m, uint32_t a, uint32_t b, struct point_m at)
{
	for (uint32_t i = 0; i < m->opening_count; i++) {
		const struct opening *o = &m->openings[i];
		if (((o->a == a && o->b == b) || (o->a == b && o->b == a)) && ring_distance_m(&o->line, at, NULL) <= o->reach_m)
			return true;
	}
	return false;
}

/* Is there another floor beside this place of the outline, and no opening to it? A hole is floor to the scene, so it is walled. */
static bool needs_wall(const struct scene_made *m, uint32_t zone, bool hole, struct point_m on, struct point_m beside)
{
	bool beside_open = false;
	for (uint32_t z = 0; z < m->b->p->zone_count; z++)
		if (z != zone && m->floor[z] && scene_zone_contains(m, z, beside)) {
			if (!is_open(m, zone, z, on))
				return true;
			beside_open = true;
		}
	for (uint32_t i = 0; i < m->corridor_count && !beside_open; i++)
		if (m->corridors[i].zone != zone && in_corridor(&m->corridors[i], beside))
			return true;
	return hole && !beside_open;
}

static err_t add_wall(struct scene_made *m, uint32_t zone, struct crowd_point a, struct crowd_point b)
{
	struct crowd_point ends[2] = {a, b};
	const char *id = m->b->p->zones[zone].id;
	err_t error = crowd_draft_wall(m->draft, id, (struct crowd_outline){ends, 2});
	return error == ERR_NONE ? error : scene_refused(m, error, id, NULL);
}

/* One edge of an outline, in pieces; neighbouring pieces that need a wall become one. */
static err_t wall_edge(struct scene_made *m, uint32_t zone, bool hole, struct point_m a, struct point_m b)
{
	double length = hypot(b.x_m - a.x_m, b.y_m - a.y_m);
	uint32_t pieces = (uint32_t)fmin(100000, fmax(1, ceil(length / PIECE_M))), first = CROWD_NONE;
	if (length < 1e-6)
		return ERR_NONE;
	double nx = (b.y_m - a.y_m) / length * BESIDE_M, ny = -(b.x_m - a.x_m) / length * BESIDE_M;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i <= pieces && error == ERR_NONE; i++) {
		double t = (i + 0.5) / pieces;
		struct point_m on = {a.x_m + t * (b.x_m - a.x_m), a.y_m + t * (b.y_m - a.y_m)};
		struct point_m right = {on.x_m + nx, on.y_m + ny}, left = {on.x_m - nx, on.y_m - ny};
		bool right_in = scene_zone_contains(m, zone, right);
		bool wall = i < pieces && right_in != scene_zone_contains(m, zone, left) && needs_wall(m, zone, hole, on,
			right_in ? left : right);
		if (wall && first == CROWD_NONE)
			first = i;
		if (!wall && first != CROWD_NONE) {
			double t0 = (double)first / pieces, t1 = (double)i / pieces;
			error = add_wall(m, zone, (struct crowd_point){a.x_m + t0 * (b.x_m - a.x_m), a.y_m + t0 * (b.y_m - a.y_m)},
				(struct crowd_point){a.x_m + t1 * (b.x_m - a.x_m), a.y_m + t1 * (b.y_m - a.y_m)});
			first = CROWD_NONE;
		}
	}
	return error;
}

static err_t wall_zone(struct scene_made *m, uint32_t zone)
{
	const struct geo_shape *shape = &m->b->p->features[m->b->p->zones[zone].feature].shape;
	err_t error = ERR_NONE;
	for (uint32_t p = 0; p < shape->part_count; p++)
		for (uint32_t r = 0; r < shape->parts[p].ring_count; r++) {
			const struct geo_ring *ring = &shape->parts[p].rings[r];
			for (uint32_t i = 1; i < ring->count && error == ERR_NONE; i++)
				error = wall_edge(m, zone, r > 0, ring->points[i - 1], ring->points[i]);
		}
	return error;
}

static bool near_floors(const struct scene_made *m, const struct geo_shape *shape)
{
	struct geo_box box = geo_bounds(shape);
	for (uint32_t z = 0; z < m->b->p->zone_count; z++)
		if (m->floor[z] && !geo_boxes_apart(box, m->boxes[z], 0.5))
			return true;
	for (uint32_t i = 0; i < m->corridor_count; i++)
		if (!geo_boxes_apart(box, m->corridors[i].box, 0.5))
			return true;
	return false;
}

static err_t add_barrier(struct scene_made *m, const struct plan_feature *f)
{
	err_t error = ERR_NONE;
	for (uint32_t p = 0; p < f->shape.part_count && error == ERR_NONE; p++) {
		const struct geo_ring *ring = &f->shape.parts[p].rings[0];
		struct crowd_point *points = arena_alloc_array(m->arena, ring->count + 1, sizeof(*points));
		if (points == NULL)
			return ERR_MEMORY;
		for (uint32_t i = 0; i < ring->count; i++)
			points[i] = (struct crowd_point){ring->points[i].x_m, ring->points[i].y_m};
		bool block = f->shape.form == GEO_POLYGON;
		struct crowd_outline outline = {points, block ? ring->count - 1 : ring->count};
		error = block ? crowd_draft_obstacle(m->draft, f->id, outline) : crowd_draft_wall(m->draft, f->id, outline);
	}
	return error == ERR_NONE ? error : scene_refused(m, error, f->id, NULL);
}

err_t scene_add_walls(struct scene_made *m)
{
	const struct plan *p = m->b->p;
	err_t error = ERR_NONE;
	for (uint32_t z = 0; z < p->zone_count && error == ERR_NONE; z++)
		if (m->floor[z])
			error = wall_zone(m, z);
	for (uint32_t i = 0; i < p->barrier_count && error == ERR_NONE; i++) {
		const struct plan_feature *f = &p->features[p->barriers[i].feature];
		if (f->level == 0 && near_floors(m, &f->shape))
			error = add_barrier(m, f);
	}
	return error;
}
