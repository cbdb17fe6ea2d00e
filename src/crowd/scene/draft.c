/* crowd/scene/draft.c: taking down what is drawn, and refusing what cannot be meant. See crowd/scene.h. */
#include <math.h>
#include <string.h>

#include "crowd/scene/draft.h"

#define DRAFT_BYTES_MAX ((size_t)1 << 30)

err_t crowd_draft_new(struct crowd_scene_draft **out)
{
	struct arena *arena = arena_new(DRAFT_BYTES_MAX);
	struct crowd_scene_draft *d = arena == NULL ? NULL : arena_alloc(arena, sizeof *d);
	if (d == NULL) {
		arena_free(arena);
		return ERR_MEMORY;
	}
	d->arena = arena;
	*out = d;
	return ERR_NONE;
}

void crowd_draft_free(struct crowd_scene_draft *d)
{
	if (d != NULL)
		arena_free(d->arena);
}

const struct problem *crowd_draft_problem(const struct crowd_scene_draft *d) { return &d->problem; }

/* ---- small helpers ---- */
static err_t refuse(struct crowd_scene_draft *d, const char *id, const char *why)
{
	memset(&d->problem, 0, sizeof d->problem);
	problem_set(&d->problem, ERR_CROWD_GEOMETRY, NULL, "%s", why);
	size_t size = text_fit(text_of(id), sizeof d->problem.feature - 1);
	memcpy(d->problem.feature, id ? id : "", id ? size : 0);
	return ERR_CROWD_GEOMETRY;
}

static err_t too_many(struct crowd_scene_draft *d, const char *id, const char *why)
{
	refuse(d, id, why);
	d->problem.error = ERR_CROWD_TOO_LARGE;
	return ERR_CROWD_TOO_LARGE;
}

/* Room for one more of `size` bytes in an array that lives in the arena: doubled by a copy. NULL: no memory. */
static void *one_more(struct crowd_scene_draft *d, void *at, uint32_t count, uint32_t *capacity, size_t size)
{
	if (count < *capacity)
		return at;
	uint32_t more = *capacity ? 2 * *capacity : 16;
	void *copy = arena_alloc_array(d->arena, more, size);
	if (copy == NULL)
		return NULL;
	if (count > 0)
		memcpy(copy, at, count * size);
	*capacity = more;
	return copy;
}

static const char *keep_id(struct crowd_scene_draft *d, const char *id) { return arena_string(d->arena, text_of(id)); }

static bool near_enough(const struct crowd_point *points, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!(fabs(points[i].x_m) <= 1e7) || !(fabs(points[i].y_m) <= 1e7)) /* NAN too */
			return false;
	return true;
}

static void *keep(struct crowd_scene_draft *d, const void *at, size_t count, size_t size)
{
	void *copy = arena_alloc_array(d->arena, count + 1, size);
	if (copy != NULL && count > 0)
		memcpy(copy, at, count * size);
	return copy;
}

static bool keep_outline(struct crowd_scene_draft *d, const struct crowd_outline *o, struct crowd_outline *out)
{
	*out = (struct crowd_outline){keep(d, o->points, o->count, sizeof *o->points), o->count};
	return out->points != NULL;
}

static err_t check_points(struct crowd_scene_draft *d, const char *id, const struct crowd_outline *o, uint32_t least)
{
	if (o->count < least)
		return refuse(d, id, least == 3 ? "a polygon needs at least three corners" : "a line needs at least two points");
	if (o->count > DRAFT_POINTS_MAX)
		return too_many(d, id, "more than 100,000 points");
	if (!near_enough(o->points, o->count))
		return refuse(d, id, "a coordinate is not a number, or further than 10,000 km away");
	return ERR_NONE;
}

static double area_m2(const struct crowd_outline *o)
{
	double twice = 0, x = o->points[0].x_m, y = o->points[0].y_m; /* from the first corner: exact far away too */
	for (uint32_t i = 1; i + 1 < o->count; i++) {
		const struct crowd_point *a = &o->points[i], *b = &o->points[i + 1];
		twice += (a->x_m - x) * (b->y_m - y) - (b->x_m - x) * (a->y_m - y);
	}
	return fabs(twice) / 2;
}

static double length_m(const struct crowd_outline *o)
{
	double sum = 0;
	for (uint32_t i = 1; i < o->count; i++)
		sum += hypot(o->points[i].x_m - o->points[i - 1].x_m, o->points[i].y_m - o->points[i - 1].y_m);
	return sum;
}

static err_t check_polygon(struct crowd_scene_draft *d, const char *id, struct crowd_outline *o)
{
	/* A ring that repeats its first point is the same ring. */
	while (o->count > 3 && o->points[0].x_m == o->points[o->count - 1].x_m && o->points[0].y_m == o->points[o->count - 1].y_m)
		o->count--;
	err_t e = check_points(d, id, o, 3);
	if (e == ERR_NONE && !(area_m2(o) > 1e-4))
		return refuse(d, id, "the polygon has no area");
	return e;
}

static err_t add_shape(struct crowd_scene_draft *d, struct draft_list *l, const struct draft_shape *shape, uint32_t *out)
{
	if (l->count >= DRAFT_FEATURES_MAX)
		return too_many(d, shape->id, "too many features of this kind");
	struct draft_shape *at = one_more(d, l->at, l->count, &l->capacity, sizeof *l->at);
	if (at == NULL)
		return ERR_MEMORY;
	l->at = at;
	struct draft_shape *new = &l->at[l->count];
	*new = *shape;
	new->id = keep_id(d, shape->id);
	if (new->id == NULL || !keep_outline(d, &shape->outline, &new->outline))
		return ERR_MEMORY;
	if (out != NULL)
		*out = l->count;
	l->count++;
	return ERR_NONE;
}

static err_t add_polygon(struct crowd_scene_draft *d, struct draft_list *l, struct draft_shape shape, uint32_t *out)
{
	err_t e = check_polygon(d, shape.id, &shape.outline);
	return e == ERR_NONE ? add_shape(d, l, &shape, out) : e;
}

/* ---- geometry ---- */
err_t crowd_draft_floor(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon)
{
	return add_polygon(d, &d->floors, (struct draft_shape){.id = id, .outline = polygon}, NULL);
}

err_t crowd_draft_wall(struct crowd_scene_draft *d, const char *id, struct crowd_outline line)
{
	err_t e = check_points(d, id, &line, 2);
	if (e == ERR_NONE && !(length_m(&line) > 1e-3))
		e = refuse(d, id, "the wall has no length");
	return e == ERR_NONE ? add_shape(d, &d->walls, &(struct draft_shape){.id = id, .outline = line}, NULL) : e;
}

err_t crowd_draft_obstacle(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon)
{
	return add_polygon(d, &d->obstacles, (struct draft_shape){.id = id, .outline = polygon}, NULL);
}

err_t crowd_draft_slow(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon, double speed_factor)
{
	if (!(speed_factor > 0.01 && speed_factor <= 4))
		return refuse(d, id, "a speed factor lies between 0.01 and 4");
	if (d->slows.count >= 254)
		return too_many(d, id, "more than 254 places with a speed of their own");
	return add_polygon(d, &d->slows, (struct draft_shape){.id = id, .outline = polygon, .factor = speed_factor}, NULL);
}

err_t crowd_draft_portal(struct crowd_scene_draft *d, const char *id, const struct crowd_point a[2], const struct crowd_point b[2])
{
	struct crowd_outline lines[2] = {{a, 2}, {b, 2}};
	for (int i = 0; i < 2; i++) {
		err_t e = check_points(d, id, &lines[i], 2);
		if (e != ERR_NONE)
			return e;
		if (!(length_m(&lines[i]) > 0.2))
			return refuse(d, id, "the portal is narrower than a body");
	}
	struct draft_portal *at = one_more(d, d->portals, d->portal_count, &d->portal_capacity, sizeof *at);
	const char *name = keep_id(d, id);
	if (at == NULL || name == NULL)
		return ERR_MEMORY;
	d->portals = at;
	if (d->portal_count >= 1024)
		return too_many(d, id, "more than 1,024 portals");
	at[d->portal_count++] = (struct draft_portal){name, {a[0], a[1]}, {b[0], b[1]}};
	return ERR_NONE;
}

err_t crowd_draft_goal(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon, bool exit, uint32_t *out)
{
	if (d->goals.count + d->gate_count >= CROWD_GOALS_MAX)
		return too_many(d, id, "more than 1,024 goals and gates");
	return add_polygon(d, &d->goals, (struct draft_shape){.id = id, .outline = polygon, .exit = exit}, out);
}

err_t crowd_draft_line(struct crowd_scene_draft *d, const char *id, const struct crowd_point ends[2], uint32_t *out)
{
	struct crowd_outline line = {ends, 2};
	err_t e = check_points(d, id, &line, 2);
	if (e == ERR_NONE && !(length_m(&line) > 1e-3))
		e = refuse(d, id, "the line has no length");
	return e == ERR_NONE ? add_shape(d, &d->lines, &(struct draft_shape){.id = id, .outline = line}, out) : e;
}

err_t crowd_draft_area(struct crowd_scene_draft *d, const char *id, struct crowd_outline polygon, uint32_t *out)
{
	return add_polygon(d, &d->areas, (struct draft_shape){.id = id, .outline = polygon}, out);
}

/* ---- gates ---- */
err_t crowd_draft_service(struct crowd_scene_draft *d, const struct crowd_service *s, uint32_t *out)
{
	if (!(s->mean_s >= 0 && s->mean_s < 1e6) || !(s->cv >= 0 && s->cv < 10) || !(s->refused_share >= 0 && s->refused_share <= 1) ||
	    !(s->second_share >= 0 && s->second_share <= 1) || !(s->second_mean_s >= 0 && s->second_mean_s < 1e6) ||
		!(s->bag_factor >= 0))
		return refuse(d, "", "a service time or share is out of its range");
	struct crowd_service *at = one_more(d, d->services, d->service_count, &d->service_capacity, sizeof *at);
	if (at == NULL)
		return ERR_MEMORY;
	d->services = at;
	at[d->service_count] = *s;
	*out = d->service_count++;
	return ERR_NONE;
}

static err_t keep_lane(struct crowd_scene_draft *d, const char *id, const struct crowd_scene_lane *lane,
	struct crowd_scene_lane *out)
{
	struct crowd_point ends[2] = {lane->at, lane->beyond};
	if (!near_enough(ends, 2))
		return refuse(d, id, "a lane's place is not a number");
	if (lane->service >= d->service_count)
		return refuse(d, id, "a lane names a service that is not there");
	if (lane->queue.count > 0) {
		err_t e = check_points(d, id, &lane->queue, 1);
		if (e != ERR_NONE)
			return e;
	}
	if (!(lane->slot_m >= 0 && lane->slot_m < 10))
		return refuse(d, id, "the slots of a queue are 0 to 10 m apart");
	for (uint32_t i = 0; i < lane->change_count; i++)
		if (!isfinite(lane->changes_at_s[i]) || (i > 0 && lane->changes_at_s[i] < lane->changes_at_s[i - 1]))
			return refuse(d, id, "the times at which a lane opens and closes must rise");
	*out = *lane;
	out->changes_at_s = keep(d, lane->changes_at_s, lane->change_count, sizeof(double));
	return keep_outline(d, &lane->queue, &out->queue) && out->changes_at_s != NULL ? ERR_NONE : ERR_MEMORY;
}

err_t crowd_draft_gate(struct crowd_scene_draft *d, const char *id, const struct crowd_scene_lane *lanes,
	uint32_t count, uint32_t *out)
{
	if (count == 0 || count > DRAFT_LANES_MAX)
		return refuse(d, id, "a gate has 1 to 256 lanes");
	if (d->goals.count + d->gate_count >= CROWD_GOALS_MAX)
		return too_many(d, id, "more than 1,024 goals and gates");
	struct draft_gate *at = one_more(d, d->gates, d->gate_count, &d->gate_capacity, sizeof *at);
	struct crowd_scene_lane *copy = keep(d, lanes, count, sizeof *lanes);
	const char *name = keep_id(d, id);
	if (at == NULL || copy == NULL || name == NULL)
		return ERR_MEMORY;
	d->gates = at;
	for (uint32_t i = 0; i < count; i++) {
		err_t e = keep_lane(d, id, &lanes[i], &copy[i]);
		if (e != ERR_NONE)
			return e;
	}
	at[d->gate_count] = (struct draft_gate){name, copy, count};
	*out = d->gate_count++;
	return ERR_NONE;
}

/* ---- routes and people ---- */
static err_t keep_step(struct crowd_scene_draft *d, const char *id, const struct crowd_route_step *step, struct draft_step *out)
{
	uint32_t known = step->gate ? d->gate_count : d->goals.count;
	double sum = 0;
	if (step->count == 0 || step->count > CROWD_GOALS_MAX)
		return refuse(d, id, "a step of a route has 1 to 1,024 choices");
	for (uint32_t i = 0; i < step->count; i++) {
		if (step->choices[i] >= known)
			return refuse(d, id, step->gate ? "a step names a gate that is not there" : "a step names a goal that is not there");
		if (step->weights != NULL && !(step->weights[i] >= 0 && step->weights[i] < 1e9))
			return refuse(d, id, "a weight is not a number of 0 or more");
		sum += step->weights != NULL ? step->weights[i] : 1;
	}
	if (!(sum > 0))
		return refuse(d, id, "all weights of a step are 0");
	*out = (struct draft_step){step->gate, keep(d, step->choices, step->count, sizeof(uint32_t)), step->count, NULL};
	if (step->weights != NULL && (out->weights = keep(d, step->weights, step->count, sizeof(double))) == NULL)
		return ERR_MEMORY;
	return out->choices == NULL ? ERR_MEMORY : ERR_NONE;
}

err_t crowd_draft_route(struct crowd_scene_draft *d, const char *id, const struct crowd_route_step *steps,
	uint32_t count, uint32_t *out)
{
	if (count == 0 || count > DRAFT_STEPS_MAX)
		return refuse(d, id, "a route has 1 to 256 steps");
	if (d->route_count >= DRAFT_FEATURES_MAX)
		return too_many(d, id, "more than 65,536 routes");
	struct draft_route *at = one_more(d, d->routes, d->route_count, &d->route_capacity, sizeof *at);
	struct draft_step *copy = arena_alloc_array(d->arena, count, sizeof *copy);
	const char *name = keep_id(d, id);
	if (at == NULL || copy == NULL || name == NULL)
		return ERR_MEMORY;
	d->routes = at;
	for (uint32_t i = 0; i < count; i++) {
		err_t e = keep_step(d, id, &steps[i], &copy[i]);
		if (e != ERR_NONE)
			return e;
	}
	at[d->route_count] = (struct draft_route){name, copy, count};
	*out = d->route_count++;
	return ERR_NONE;
}

static err_t check_body(struct crowd_scene_draft *d, const char *id, const struct crowd_body *b)
{
	const struct crowd_body none = {0};
	if (memcmp(b, &none, sizeof none) == 0)
		return ERR_NONE;
	if (!(b->speed_ms > 0 && b->speed_ms < 12) || !(b->speed_sd_ms >= 0 && b->speed_sd_ms < 12) || !(b->speed_min_ms >= 0) ||
	    !(b->speed_max_ms >= b->speed_min_ms && b->speed_max_ms < 12) || !(b->radius_m >= 0.05 && b->radius_m <= 1) ||
		!(b->gap_s > 0) ||
	    !(b->anticipate_s >= 0) || !(b->react_s >= 0))
		return refuse(d, id, "a figure of the body is out of its range");
	return ERR_NONE;
}

err_t crowd_draft_source(struct crowd_scene_draft *d, const struct crowd_scene_source *s)
{
	struct crowd_scene_source copy = *s;
	err_t e = check_polygon(d, s->id, &copy.polygon);
	if (e == ERR_NONE)
		e = check_body(d, s->id, &s->body);
	if (e != ERR_NONE)
		return e;
	if (s->route >= d->route_count)
		return refuse(d, s->id, "the source names a route that is not there");
	if (s->ppl > CROWD_WALKERS_MAX || d->source_count >= DRAFT_FEATURES_MAX)
		return too_many(d, s->id, "more than 2,000,000 people, or 65,536 sources");
	if (s->batch_ppl > 0 && !(s->headway_s > 0 && s->headway_s < 1e7))
		return refuse(d, s->id, "batches need a headway of more than 0 s");
	for (uint32_t i = 0; i < s->curve.count; i++) {
		const struct crowd_curve_point *p = &s->curve.points[i];
		if (!isfinite(p->at_s) || !(p->share >= 0 && p->share <= 1) ||
		    (i > 0 && (p->at_s < p[-1].at_s || p->share < p[-1].share)))
			return refuse(d, s->id, "the curve's times and shares must rise, shares from 0 to 1");
	}
	copy.id = keep_id(d, s->id);
	copy.curve.points = keep(d, s->curve.points, s->curve.count, sizeof *s->curve.points);
	struct crowd_scene_source *at = one_more(d, d->sources, d->source_count, &d->source_capacity, sizeof *at);
	if (at == NULL || copy.id == NULL || copy.curve.points == NULL || !keep_outline(d, &copy.polygon, &copy.polygon))
		return ERR_MEMORY;
	d->sources = at;
	at[d->source_count++] = copy;
	return ERR_NONE;
}

err_t crowd_draft_walker(struct crowd_scene_draft *d, const struct crowd_placed *w)
{
	struct crowd_point at = {w->x_m, w->y_m};
	if (!near_enough(&at, 1))
		return refuse(d, "walker", "his place is not a number");
	if (!(w->speed_ms >= 0 && w->speed_ms < 12) || !(w->radius_m >= 0 && w->radius_m <= 1) || !isfinite(w->start_s))
		return refuse(d, "walker", "his speed, radius or start is out of its range");
	if (w->route >= d->route_count)
		return refuse(d, "walker", "he names a route that is not there");
	if (d->walker_count >= CROWD_WALKERS_MAX)
		return too_many(d, "walker", "more than 2,000,000 people");
	struct crowd_placed *list = one_more(d, d->walkers, d->walker_count, &d->walker_capacity, sizeof *list);
	if (list == NULL)
		return ERR_MEMORY;
	d->walkers = list;
	list[d->walker_count++] = *w;
	return ERR_NONE;
}
