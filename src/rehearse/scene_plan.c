/* rehearse/scene_plan.c: the ground on which people come in: floors, gates with their lanes, sources.
 *
 *   source --corridor--> approach --door--> H1 ==lanes==> H2 ==lanes==> ... ==lanes==> inside: they leave the scene
 *
 * Only the ground level, and only what lies on the way from the sources to the first zone that counts as inside. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/scene.h"

#define SCENE_ARENA_MAX ((size_t)1 << 30)
#define CORRIDOR_HALF_M 6.0
#define LANE_GAP_M 1.2       /* the clear way of one lane, between rails along its line: people stand in it one behind the other */
#define POINT_LANE_M 1.2     /* lanes of a check drawn as a point stand so far apart */
#define AT_M 0.5             /* a person is served so far before the line, and goes on so far behind it */
#define QUEUE_M 3.0          /* of the line before a lane, where there is room */
#define SLOT_M 0.6

err_t scene_refused(struct scene_made *m, err_t error, const char *id, const char *why)
{
	const struct problem *words = crowd_draft_problem(m->draft);
	problem_set(m->problem, error, NULL, "%s", why != NULL ? why : words != NULL ? words->detail : "it cannot be drawn");
	if (m->problem != NULL) {
		size_t size = text_fit(text_of(id), sizeof(m->problem->feature) - 1);
		memcpy(m->problem->feature, id, size);
		m->problem->feature[size] = '\0';
	}
	return error;
}

static const struct geo_shape *zone_shape(const struct scene_made *m, uint32_t zone)
{
	return &m->b->p->features[m->b->p->zones[zone].feature].shape;
}

static bool is_drawn(const struct plan *p, uint32_t zone)
{
	return p->zones[zone].feature != UINT32_MAX;
}

/* ---- which zones ---- */

/* From `zone` on, everything that people walk into until they are inside. */
static err_t spread_floor(struct scene_made *m, uint32_t zone, uint32_t *queue)
{
	const struct plan *p = m->b->p;
	uint32_t head = 0, tail = 0;
	if (!m->floor[zone])
		queue[tail++] = zone;
	m->floor[zone] = true;
	while (head < tail) {
		uint32_t from = queue[head++];
		if (p->features[p->zones[from].feature].level != 0)
			return scene_refused(m, ERR_CROWD_GEOMETRY, p->zones[from].id,
				"it is on the way in and not on the ground: only level 0 is walked");
		if (p->zones[from].counts_inside) {
			m->goal[from] = true;
			continue;
		}
		for (uint32_t i = 0; i < m->b->net.checkpoint_count + m->b->net.link_count; i++) {
			bool link = i >= m->b->net.checkpoint_count;
			uint32_t k = link ? i - m->b->net.checkpoint_count : i;
			uint32_t a = m->b->zone_of[link ? m->b->links[k].from : m->b->checkpoints[k].from];
			uint32_t z = m->b->zone_of[link ? m->b->links[k].to : m->b->checkpoints[k].to];
			bool closed = link ? m->b->links[k].closed : m->b->checkpoints[k].closed;
			if (a != from || z == CROWD_NONE || m->floor[z] || closed || !is_drawn(p, z))
				continue;
			m->floor[z] = true;
			queue[tail++] = z;
		}
	}
	return ERR_NONE;
}

static err_t add_floor(struct scene_made *m, uint32_t zone)
{
	const struct geo_shape *shape = zone_shape(m, zone);
	const char *id = m->b->p->zones[zone].id;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < shape->part_count && error == ERR_NONE; i++) {
		const struct geo_ring *ring = &shape->parts[i].rings[0];
		struct crowd_point *points = arena_alloc_array(m->arena, ring->count + 1, sizeof(*points));
		if (points == NULL)
			return ERR_MEMORY;
		for (uint32_t k = 0; k < ring->count; k++)
			points[k] = (struct crowd_point){ring->points[k].x_m, ring->points[k].y_m};
		struct crowd_outline outline = {points, ring->count - 1};
		error = crowd_draft_floor(m->draft, id, outline);
		if (error == ERR_NONE && m->goal[zone] && i == 0)
			error = crowd_draft_goal(m->draft, id, outline, true, &m->goal_of[zone]);
	}
	return error == ERR_NONE ? error : scene_refused(m, error, id, NULL);
}

/* ---- openings ---- */

static void add_opening(struct scene_made *m, uint32_t a, uint32_t b, struct geo_ring line, double reach_m)
{
	if (m->opening_count < m->opening_max)
		m->openings[m->opening_count++] = (struct opening){a, b, line, reach_m};
}

/* A check drawn as a point stands along the nearest side of its zone. */
static err_t line_of(struct scene_made *m, const struct plan_checkpoint *c, double length_m, struct geo_ring *out)
{
	const struct geo_shape *shape = &m->b->p->features[c->feature].shape;
	if (shape->form == GEO_LINE && shape->parts[0].rings[0].count >= 2) {
		*out = shape->parts[0].rings[0];
		return ERR_NONE;
	}
	struct point_m at = geo_centre(shape), *ends = arena_alloc_array(m->arena, 2, sizeof(*ends));
	if (ends == NULL)
		return ERR_MEMORY;
	const struct geo_ring *ring = &zone_shape(m, is_drawn(m->b->p, c->from) ? c->from : c->to)->parts[0].rings[0];
	double best = INFINITY, dx = 1, dy = 0;
	for (uint32_t i = 1; i < ring->count; i++) {
		struct geo_ring edge = {&ring->points[i - 1], 2};
		double distance = ring_distance_m(&edge, at, NULL), size = geo_length_m(&(struct geo_shape){GEO_LINE,
			&(struct geo_part){&edge, 1}, 1});
		if (distance < best && size > 1e-6) {
			best = distance;
			dx = (edge.points[1].x_m - edge.points[0].x_m) / size;
			dy = (edge.points[1].y_m - edge.points[0].y_m) / size;
		}
	}
	ends[0] = (struct point_m){at.x_m - dx * length_m / 2, at.y_m - dy * length_m / 2};
	ends[1] = (struct point_m){at.x_m + dx * length_m / 2, at.y_m + dy * length_m / 2};
	*out = (struct geo_ring){ends, 2};
	return ERR_NONE;
}

/* The place at a share of the line's length, and its direction there. */
static struct point_m along(const struct geo_ring *line, double share, double *out_dx, double *out_dy)
{
	double whole = 0, gone = 0;
	for (uint32_t i = 1; i < line->count; i++)
		whole += hypot(line->points[i].x_m - line->points[i - 1].x_m, line->points[i].y_m - line->points[i - 1].y_m);
	for (uint32_t i = 1; i < line->count; i++) {
		struct point_m a = line->points[i - 1], b = line->points[i];
		double size = hypot(b.x_m - a.x_m, b.y_m - a.y_m);
		if (size > 0 && (gone + size >= share * whole || i + 1 == line->count)) {
			double t = fmin(1, fmax(0, (share * whole - gone) / size));
			*out_dx = (b.x_m - a.x_m) / size;
			*out_dy = (b.y_m - a.y_m) / size;
			return (struct point_m){a.x_m + t * (b.x_m - a.x_m), a.y_m + t * (b.y_m - a.y_m)};
		}
		gone += size;
	}
	*out_dx = 1;
	*out_dy = 0;
	return line->points[0];
}

/* ---- gates ---- */

/* The rails of a lane: what makes people keep the line, and keeps the place behind the check free for who has been served. */
static err_t draw_rails(struct scene_made *m, const char *id, struct point_m at, double nx, double ny, double half_m, double reach_m)
{
	err_t error = ERR_NONE;
	for (int side = -1; side <= 1 && error == ERR_NONE; side += 2) {
		double x_m = at.x_m - side * ny * half_m, y_m = at.y_m + side * nx * half_m;
		struct crowd_point ends[2] = {{x_m, y_m}, {x_m + nx * reach_m, y_m + ny * reach_m}};
		error = crowd_draft_wall(m->draft, id, (struct crowd_outline){ends, 2});
	}
	return error == ERR_NONE ? error : scene_refused(m, error, id, NULL);
}

static err_t draw_lane(struct scene_made *m, const struct plan_checkpoint *c, uint32_t lane, uint32_t places, const struct geo_ring *line,
                       struct crowd_scene_lane *out)
{
	const struct crowd_lane *l = &m->b->lanes[lane];
	double dx, dy;
	struct point_m at = along(line, (m->b->place_of[lane] + 0.5) / places, &dx, &dy);
	double nx = -dy, ny = dx; /* to where people come from */
	if (!scene_zone_contains(m, c->from, (struct point_m){at.x_m + nx, at.y_m + ny}))
		nx = dy, ny = -dx;
	struct crowd_point *queue = arena_alloc_array(m->arena, 2, sizeof(*queue));
	struct geo_ring gap = {arena_alloc(m->arena, sizeof(struct point_m)), 1};
	if (queue == NULL || gap.points == NULL)
		return ERR_MEMORY;
	gap.points[0] = at;
	add_opening(m, c->from, c->to, gap, LANE_GAP_M / 2);
	double reach = AT_M;
	while (reach + SLOT_M <= AT_M + QUEUE_M && scene_zone_contains(m, c->from, (struct point_m){at.x_m + nx * (reach + 2 * SLOT_M),
		at.y_m + ny * (reach + 2 * SLOT_M)}))
		reach += SLOT_M;
	queue[0] = (struct crowd_point){at.x_m + nx * AT_M, at.y_m + ny * AT_M};
	queue[1] = (struct crowd_point){at.x_m + nx * reach, at.y_m + ny * reach};
	*out = (struct crowd_scene_lane){.at = queue[0], .beyond = {at.x_m - nx * 2 * AT_M, at.y_m - ny * 2 * AT_M},
		.queue = {queue, reach > AT_M ? 2 : 0}, .slot_m = SLOT_M, .service = m->service_of[l->service], .takes = l->takes,
		.changes_at_s = l->changes_at_s, .change_count = l->change_count, .open = l->open};
	if (out->queue.count == 0)
		return ERR_NONE;
	struct geo_ring whole = *line;
	double between_m = geo_length_m(&(struct geo_shape){GEO_LINE, &(struct geo_part){&whole, 1}, 1}) / places;
	return draw_rails(m, c->id, at, nx, ny, fmin(LANE_GAP_M, between_m) / 2, reach + SLOT_M / 2);
}

static err_t draw_gate(struct scene_made *m, uint32_t check)
{
	const struct crowd_checkpoint *q = &m->b->checkpoints[check];
	const struct plan_checkpoint *c = &m->b->p->checkpoints[m->b->checkpoint_of[check]];
	uint32_t places = m->b->places[check];
	struct crowd_scene_lane *lanes = arena_alloc_array(m->arena, q->lane_count, sizeof(*lanes));
	struct geo_ring line;
	if (lanes == NULL)
		return ERR_MEMORY;
	err_t error = line_of(m, c, places * POINT_LANE_M, &line);
	for (uint32_t i = 0; i < q->lane_count && error == ERR_NONE; i++)
		error = draw_lane(m, c, q->lane_first + i, places, &line, &lanes[i]);
	if (error != ERR_NONE)
		return error;
	error = crowd_draft_gate(m->draft, q->id, lanes, q->lane_count, &m->gate_of[check]);
	return error == ERR_NONE ? error : scene_refused(m, error, q->id, NULL);
}

/* Does one direction of the plan's link let people through? */
static bool is_open_link(const struct built *b, uint32_t link)
{
	for (uint32_t k = 0; k < b->net.link_count; k++)
		if (b->link_of[k] == link && !b->links[k].closed)
			return true;
	return false;
}

static err_t draw_ways(struct scene_made *m)
{
	const struct plan *p = m->b->p;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < m->b->net.service_count && error == ERR_NONE; i++)
		error = crowd_draft_service(m->draft, &m->b->services[i], &m->service_of[i]);
	for (uint32_t i = 0; i < m->b->net.checkpoint_count && error == ERR_NONE; i++) {
		if (m->b->checkpoint_of[i] == CROWD_NONE || m->b->checkpoints[i].closed)
			continue;
		const struct plan_checkpoint *c = &p->checkpoints[m->b->checkpoint_of[i]];
		if (!m->floor[c->from] || !m->floor[c->to])
			continue;
		if (m->b->checkpoints[i].lane_count > 0) {
			error = draw_gate(m, i);
			continue;
		}
		struct geo_ring line;
		error = line_of(m, c, m->b->checkpoints[i].width_m, &line);
		if (error == ERR_NONE)
			add_opening(m, c->from, c->to, line, 1.0);
	}
	for (uint32_t i = 0; i < p->link_count && error == ERR_NONE; i++)
		if (m->floor[p->links[i].from] && m->floor[p->links[i].to] && is_open_link(m->b, i))
			add_opening(m, p->links[i].from, p->links[i].to, p->features[p->links[i].feature].shape.parts[0].rings[0],
				fmax(0.5, p->links[i].width_m / 2));
	return error;
}

/* ---- corridors ---- */

static err_t add_corridor(struct scene_made *m, uint32_t source)
{
	const struct plan *p = m->b->p;
	const struct plan_source *s = &p->sources[source];
	struct point_m at = geo_centre(&p->features[s->feature].shape), to = at;
	uint32_t zone = s->to;
	double best = INFINITY;
	if (!is_drawn(p, zone) || scene_zone_contains(m, zone, at))
		return ERR_NONE;
	const struct geo_shape *shape = zone_shape(m, zone);
	for (uint32_t i = 0; i < shape->part_count; i++) {
		struct point_m near;
		double distance = ring_distance_m(&shape->parts[i].rings[0], at, &near);
		if (distance < best) {
			best = distance;
			to = near;
		}
	}
	double dx = best > 0.1 ? (to.x_m - at.x_m) / best : 1, dy = best > 0.1 ? (to.y_m - at.y_m) / best : 0, h = CORRIDOR_HALF_M;
	struct point_m a = {at.x_m - 5 * dx, at.y_m - 5 * dy}, b = {to.x_m + 3 * dx, to.y_m + 3 * dy};
	struct corridor *c = &m->corridors[m->corridor_count++];
	*c = (struct corridor){.corners = {{a.x_m + h * dy, a.y_m - h * dx}, {b.x_m + h * dy, b.y_m - h * dx}, {b.x_m - h * dy,
		b.y_m + h * dx}, {a.x_m - h * dy, a.y_m + h * dx}, {a.x_m + h * dy, a.y_m - h * dx}}, .zone = zone};
	struct geo_ring ring = {c->corners, 5};
	c->box = geo_bounds(&(struct geo_shape){GEO_POLYGON, &(struct geo_part){&ring, 1}, 1});
	struct crowd_point points[4];
	for (int i = 0; i < 4; i++)
		points[i] = (struct crowd_point){c->corners[i].x_m, c->corners[i].y_m};
	err_t error = crowd_draft_floor(m->draft, s->id, (struct crowd_outline){points, 4});
	return error == ERR_NONE ? error : scene_refused(m, error, s->id, NULL);
}

/* ---- all of it ---- */

static err_t scene_new(const struct built *b, struct scene_made **out)
{
	struct arena *arena = arena_new(SCENE_ARENA_MAX);
	struct scene_made *m = arena == NULL ? NULL : arena_alloc(arena, sizeof(*m));
	if (m == NULL || crowd_draft_new(&m->draft) != ERR_NONE) {
		arena_free(arena);
		return ERR_MEMORY;
	}
	const struct plan *p = b->p;
	*m = (struct scene_made){.b = b, .draft = m->draft, .arena = arena,
		.opening_max = 2 * p->checkpoint_count + p->link_count + b->net.lane_count + 1};
	m->floor = arena_alloc_array(arena, p->zone_count, sizeof(*m->floor));
	m->goal = arena_alloc_array(arena, p->zone_count, sizeof(*m->goal));
	m->boxes = arena_alloc_array(arena, p->zone_count, sizeof(*m->boxes));
	m->goal_of = arena_alloc_array(arena, p->zone_count, sizeof(*m->goal_of));
	m->gate_of = arena_alloc_array(arena, b->net.checkpoint_count + 1, sizeof(*m->gate_of));
	m->service_of = arena_alloc_array(arena, b->net.service_count + 1, sizeof(*m->service_of));
	m->openings = arena_alloc_array(arena, m->opening_max, sizeof(*m->openings));
	m->corridors = arena_alloc_array(arena, p->source_count + 1, sizeof(*m->corridors));
	if (m->floor == NULL || m->goal == NULL || m->boxes == NULL || m->goal_of == NULL || m->gate_of == NULL || m->service_of == NULL ||
	    m->openings == NULL || m->corridors == NULL) {
		scene_made_free(m);
		return ERR_MEMORY;
	}
	for (uint32_t i = 0; i < b->net.checkpoint_count; i++)
		m->gate_of[i] = CROWD_NONE;
	for (uint32_t z = 0; z < p->zone_count; z++)
		if (is_drawn(p, z))
			m->boxes[z] = geo_bounds(zone_shape(m, z));
	*out = m;
	return ERR_NONE;
}

void scene_made_free(struct scene_made *m)
{
	if (m == NULL)
		return;
	crowd_draft_free(m->draft);
	arena_free(m->arena);
}

static err_t find_floors(struct scene_made *m)
{
	const struct plan *p = m->b->p;
	uint32_t *queue = arena_alloc_array(m->arena, p->zone_count + 1, sizeof(*queue));
	if (queue == NULL)
		return ERR_MEMORY;
	if (p->source_count == 0)
		return scene_refused(m, ERR_CROWD_GEOMETRY, p->zones[0].id, "the plan has no source: walkers must come from somewhere");
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < p->source_count && error == ERR_NONE; i++) {
		uint32_t zone = p->sources[i].to;
		if (!is_drawn(p, zone))
			return scene_refused(m, ERR_CROWD_GEOMETRY, p->sources[i].id,
				"it lets people off in the undrawn outside: name the zone that they walk to");
		error = spread_floor(m, zone, queue);
	}
	for (uint32_t z = 0; z < p->zone_count && error == ERR_NONE; z++)
		if (m->floor[z])
			error = add_floor(m, z);
	return error;
}

err_t scene_make(const struct built *b, struct scene_made **out, struct problem *problem)
{
	struct scene_made *m = NULL;
	err_t error = scene_new(b, &m);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "no memory for the scene");
	m->problem = problem;
	error = find_floors(m);
	for (uint32_t i = 0; i < b->p->source_count && error == ERR_NONE; i++)
		error = add_corridor(m, i);
	if (error == ERR_NONE)
		error = draw_ways(m);
	if (error == ERR_NONE)
		error = scene_add_walls(m);
	if (error == ERR_NONE)
		error = scene_add_routes(m);
	if (error != ERR_NONE) {
		scene_made_free(m);
		return error;
	}
	*out = m;
	return ERR_NONE;
}
