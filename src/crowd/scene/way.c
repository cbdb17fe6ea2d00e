/* crowd/scene/way.c: where each walker heads for, and what he reached. See inside.h. */
#include <math.h>

#include "crowd/walk/model.h"
#include "crowd/scene/inside.h"

#define AHEAD 16u /* so many walkers ahead their lines are fetched */

/* ---- choice ---- */
static double cost_s(const struct crowd_scene *s, const struct person *p, uint32_t target, float x_m, float y_m)
{
	const struct target *t = &s->targets[target];
	double way = field_time_s(t->field, x_m, y_m) * SCENE_REFERENCE_MS / fmax(p->free_ms, 0.1);
	return t->gate ? way + scene_gate_wait_s(s, &s->gates[t->index], p) : way;
}

static bool can_take(const struct crowd_scene *s, uint32_t target) { return s->targets[target].open; }

/* Shares are forced: each of the open targets takes its part of those who draw. */
static uint32_t drawn_target(const struct crowd_scene *s, const struct person *p, const struct route_step *step)
{
	double sum = 0, u = crowd_draw_unit(s->seed, p->who, CROWD_ASK_GOAL, p->step);
	for (uint32_t i = 0; i < step->count; i++)
		sum += can_take(s, step->targets[i]) ? step->weights[i] : 0;
	uint32_t last = CROWD_NONE;
	u *= sum;
	for (uint32_t i = 0; i < step->count; i++) {
		if (!can_take(s, step->targets[i]) || !(step->weights[i] > 0))
			continue;
		last = step->targets[i];
		u -= step->weights[i];
		if (u < 0)
			break;
	}
	return last;
}

/* The target of his step that costs him least time. Not anew: he stays unless another is clearly better. */
void scene_choose(const struct crowd_scene *s, struct person *p, float x_m, float y_m, bool anew)
{
	uint32_t before = p->target;
	p->epoch = s->epoch;
	const struct route *r = &s->routes[p->route];
	p->target = CROWD_NONE;
	if (p->step >= r->count)
		return;
	const struct route_step *step = &r->steps[p->step];
	if (step->weights != NULL) {
		p->target = drawn_target(s, p, step);
	} else {
		double least = INFINITY;
		for (uint32_t i = 0; i < step->count; i++) {
			uint32_t target = step->targets[i];
			if (!can_take(s, target))
				continue;
			double cost = cost_s(s, p, target, x_m, y_m);
			if (!anew && target == before)
				cost = 0.9 * cost - 1;
			if (cost < least) {
				least = cost;
				p->target = target;
			}
		}
	}
	if (p->target != before)
		p->look = true;
}

/* ---- direction ---- */
void scene_look_straight(struct person *p, float x_m, float y_m, double to_x, double to_y)
{
	float dx = (float)to_x - x_m, dy = (float)to_y - y_m, length = sqrtf(dx * dx + dy * dy);
	bool there = !(length > 1e-4f);
	p->wanted_x = there ? 0 : dx / length;
	p->wanted_y = there ? 0 : dy / length;
}

static double clamped(double v, double low, double high)
{
	double inset = fmin(0.1, (high - low) / 4);
	return fmin(fmax(v, low + inset), high - inset);
}

/* The last cells: straight into the polygon, by the shortest way where that is in sight. */
static bool look_into_goal(const struct crowd_scene *s, struct person *p, const struct goal *g, float x_m, float y_m)
{
	const struct box *b = &g->shape.box;
	double reach = 2 * s->raster->cell_m;
	if (x_m < b->x_min_m - reach || x_m > b->x_max_m + reach || y_m < b->y_min_m - reach || y_m > b->y_max_m + reach)
		return false;
	double x = clamped(x_m, b->x_min_m, b->x_max_m), y = clamped(y_m, b->y_min_m, b->y_max_m);
	if (!scene_in_shape(&g->shape, x, y)) {
		x = g->inner_x;
		y = g->inner_y;
	}
	if (hypot(x - x_m, y - y_m) > 3 * s->raster->cell_m || !raster_sees(s->raster, x_m, y_m, x, y))
		return false;
	scene_look_straight(p, x_m, y_m, x, y);
	return true;
}

static void look(const struct crowd_scene *s, struct person *p, uint8_t mark, float x_m, float y_m)
{
	bool free_to_choose = !p->joined; /* who stands at a gate stays there */
	if ((free_to_choose && p->epoch != s->epoch) || (p->target != CROWD_NONE && !s->targets[p->target].open))
		scene_choose(s, p, x_m, y_m, false);
	p->look = false;
	p->wanted_x = p->wanted_y = 0;
	if (p->target == CROWD_NONE)
		return;
	const struct target *t = &s->targets[p->target];
	if ((mark & MARK_GOAL) && !t->gate && look_into_goal(s, p, &s->goals[t->index], x_m, y_m))
		return;
	if (!field_towards(t->field, x_m, y_m, &p->wanted_x, &p->wanted_y))
		p->wanted_x = p->wanted_y = 0;
}

/* He closes up at once where a narrower way is contested, and takes his ease again by and by. */
static void keep_clear(struct crowd_scene *s, const struct person *p, uint32_t index, float x_m, float y_m)
{
	float press = p->target == CROWD_NONE ? 0 : model_place_press(s->targets[p->target].press, x_m, y_m);
	float back_m = (float)((MODEL_COMFORT_M - MODEL_PRESS_M) / MODEL_COMFORT_BACK_S * s->dt_s), *comfort_m = &s->w.comfort_m[index];
	*comfort_m = fminf((float)model_comfort_m((double)press), *comfort_m + back_m);
}

/* raster_cell() in float, for all in every step. */
static uint32_t cell_at(const struct crowd_scene *s, float x_m, float y_m)
{
	const struct raster *r = s->raster;
	float fx = (x_m - s->raster_x_m) * s->cells_a_m, fy = (y_m - s->raster_y_m) * s->cells_a_m;
	float last_x = (float)(r->columns - 1), last_y = (float)(r->rows - 1);
	fx = fx > 0 ? (fx < last_x ? fx : last_x) : 0;
	fy = fy > 0 ? (fy < last_y ? fy : last_y) : 0;
	return (uint32_t)fy * r->columns + (uint32_t)fx;
}

static void where_to_of(struct crowd_scene *s, uint32_t index)
{
	struct person *p = &s->people[s->w.slot[index]];
	float x = s->w.x_m[index], y = s->w.y_m[index], speed = p->free_ms < p->limit_ms ? p->free_ms : p->limit_ms;
	p->index = index;
	p->walked_m += s->w.speed_ms[index] * (float)s->dt_s;
	s->old_x[index] = x;
	s->old_y[index] = y;
	if (p->mode == MODE_STILL && scene_now_s(s) + 1e-9 >= s->times[s->w.slot[index]].start_s) {
		p->mode = MODE_WALK;
		s->left[p->number].at_started_s = scene_now_s(s);
		scene_choose(s, p, x, y, true);
	}
	uint32_t cell = cell_at(s, x, y);
	uint8_t mark = s->marks[cell];
	if (mark & MARK_SLOW)
		speed *= s->factors[s->slow[cell]];
	if (p->mode == MODE_WALK && (p->look || (s->step_count + p->number) % SCENE_LOOK_STEPS == 0))
		look(s, p, mark, x, y);
	else if (p->mode == MODE_STILL)
		p->wanted_x = p->wanted_y = 0;
	if (p->mode > MODE_WALK || (p->target != CROWD_NONE && s->targets[p->target].gate && (mark & MARK_GATE)))
		scene_gate_towards(s, p, x, y, &speed);
	keep_clear(s, p, index, x, y);
	bool stands = p->wanted_x == 0 && p->wanted_y == 0;
	s->w.wanted_x[index] = p->wanted_x;
	s->w.wanted_y[index] = p->wanted_y;
	s->w.free_speed_ms[index] = stands ? 0 : speed;
}

/* What look() will read, fetched while others are looked after: fields are larger than the caches. */
static void fetch_way(const struct crowd_scene *s, uint32_t index)
{
	const struct person *p = &s->people[s->w.slot[index]];
	uint32_t cell = cell_at(s, s->w.x_m[index], s->w.y_m[index]), columns = s->raster->columns;
	__builtin_prefetch(&s->marks[cell]);
	if (p->target == CROWD_NONE || p->mode != MODE_WALK)
		return;
	const struct field *f = s->targets[p->target].field;
	__builtin_prefetch(&f->links[cell]);
	__builtin_prefetch(&f->slope[2 * (size_t)cell]);
	__builtin_prefetch(&f->slope[2 * (size_t)(cell >= columns ? cell - columns : cell)]);
	__builtin_prefetch(&f->slope[2 * (size_t)(cell + columns < columns * s->raster->rows ? cell + columns : cell)]);
}

void scene_where_to(void *scene, uint32_t first, uint32_t count)
{
	struct crowd_scene *s = scene;
	for (uint32_t i = first; i < first + count; i++) {
		if (i + AHEAD < first + count)
			__builtin_prefetch(&s->people[s->w.slot[i + AHEAD]], 1);
		if (i + AHEAD / 2 < first + count)
			fetch_way(s, i + AHEAD / 2);
		where_to_of(s, i);
	}
}

/* ---- what was reached ---- */

/* Inside at the end of the step, or went in and out of it again. */
static bool reaches(const struct goal *g, const double old[2], const double new[2])
{
	if (scene_in_shape(&g->shape, new[0], new[1]))
		return true;
	const struct box *b = &g->shape.box;
	if (fmax(old[0], new[0]) < b->x_min_m || fmin(old[0], new[0]) > b->x_max_m || fmax(old[1], new[1]) < b->y_min_m ||
	    fmin(old[1], new[1]) > b->y_max_m)
		return false;
	for (uint32_t i = 0; i < g->shape.count; i++) {
		const struct crowd_point *p = &g->shape.points[i], *q = &g->shape.points[(i + 1) % g->shape.count];
		if (raster_cross(&(struct raster_line){p->x_m, p->y_m, q->x_m, q->y_m}, old[0], old[1], new[0], new[1]))
			return true;
	}
	return false;
}

static uint8_t reached_by(struct crowd_scene *s, uint32_t index)
{
	uint8_t mark = s->marks[cell_at(s, s->w.x_m[index], s->w.y_m[index])], flags = 0;
	if ((mark & (MARK_GOAL | MARK_GATE | MARK_LINE | MARK_PORTAL)) == 0)
		return 0;
	const struct person *p = &s->people[s->w.slot[index]];
	const double old[2] = {s->old_x[index], s->old_y[index]}, new[2] = {s->w.x_m[index], s->w.y_m[index]};
	const struct target *t = p->target == CROWD_NONE ? NULL : &s->targets[p->target];
	if ((mark & MARK_GOAL) && p->mode == MODE_WALK && t != NULL && !t->gate && t->open && reaches(&s->goals[t->index], old, new))
		flags |= FLAG_REACHED;
	if ((mark & MARK_GATE) && p->mode != MODE_STILL && ((t != NULL && t->gate) || p->mode > MODE_WALK))
		flags |= FLAG_GATE;
	if ((mark & MARK_LINE) && (old[0] < new[0] || old[0] > new[0] || old[1] < new[1] || old[1] > new[1]))
		flags |= FLAG_LINE;
	uint32_t portal;
	if ((mark & MARK_PORTAL) && scene_portal_crossed(s, old, new, &portal))
		flags |= FLAG_PORTAL;
	return flags;
}

void scene_what_was_reached(void *scene, uint32_t first, uint32_t count)
{
	struct crowd_scene *s = scene;
	for (uint32_t i = first; i < first + count; i++)
		s->flags[i] = reached_by(s, i);
}

void scene_next_step(struct crowd_scene *s, uint32_t slot)
{
	struct person *p = &s->people[slot];
	p->step++;
	p->mode = MODE_WALK;
	p->look = true;
	p->target = CROWD_NONE;
	scene_choose(s, p, s->w.x_m[p->index], s->w.y_m[p->index], true);
}

/* A narrow door lets one through at a time; the others stand in it until it is their turn. */
static bool door_lets_through(struct crowd_scene *s, struct target *t)
{
	double now = scene_now_s(s);
	if (!(t->door_a_person_s > 0))
		return true;
	if (now + 1e-9 < t->door_next_s)
		return false;
	t->door_next_s = fmax(t->door_next_s, now - s->dt_s) + t->door_a_person_s;
	return true;
}

err_t scene_handle_events(struct crowd_scene *s)
{
	for (uint32_t i = 0; i < s->w.count; i++) {
		uint8_t flags = s->flags[i];
		if (flags == 0)
			continue;
		uint32_t slot = s->w.slot[i];
		if (flags & FLAG_LINE)
			scene_count_lines(s, i);
		if (flags & FLAG_PORTAL)
			scene_through_portal(s, i);
		if (!(flags & FLAG_REACHED))
			continue;
		struct target *t = &s->targets[s->people[slot].target];
		if (!door_lets_through(s, t))
			continue;
		if (t->exit)
			scene_leave(s, slot, t->index);
		else
			scene_next_step(s, slot);
	}
	return ERR_NONE;
}
