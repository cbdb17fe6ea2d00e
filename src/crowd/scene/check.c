/* crowd/scene/check.c: is there a way, and is it wide enough for a body? See inside.h.
 *
 * No way at all: the field says so. Narrower than a body: no way over cells whose centres are a radius off all walls,
 * looked for once more in cells a quarter as large before anybody is told; then the place is the narrowest point of the
 * widest way there is. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crowd/scene/inside.h"

#define FINE_CELLS_MAX 16e6
#define SPARE_M 0.02 /* a passage exactly as wide as a body is one */

err_t scene_refuse(struct problem *problem, err_t error, const char *feature, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	problem_set(problem, error, NULL, "%s", text);
	if (problem != NULL) {
		size_t size = text_fit(text_of(feature), sizeof problem->feature - 1);
		memcpy(problem->feature, feature, size);
		problem->feature[size] = '\0';
	}
	return error;
}

/* Three quarters of what is available; where the system says nothing, 4 GiB. */
size_t scene_memory_limit(void)
{
	size_t free_bytes = memory_free_bytes();
	return free_bytes > 0 ? free_bytes / 4 * 3 : (size_t)4 << 30;
}

/* ---- a flood over cells that are wide enough ---- */
struct flood { const struct raster *raster; const float *clear_m; uint8_t *reached; uint32_t *stack; uint32_t height; float least_m; };

static void wet(struct flood *f, uint32_t cell)
{
	if (f->reached[cell] || f->raster->wall[cell] || f->clear_m[cell] < f->least_m)
		return;
	f->reached[cell] = 1;
	f->stack[f->height++] = cell;
}

/* From cell to cell a wall's end may stand in the way of a body that both centres keep off. */
static bool is_wide(const struct flood *f, uint32_t cell, uint32_t next)
{
	const struct raster *r = f->raster;
	if (f->reached[next] || f->clear_m[cell] >= f->least_m + r->cell_m)
		return true;
	double x0 = r->x_min_m + (cell % r->columns + 0.5) * r->cell_m, y0 = r->y_min_m + (cell / r->columns + 0.5) * r->cell_m;
	double x1 = r->x_min_m + (next % r->columns + 0.5) * r->cell_m, y1 = r->y_min_m + (next / r->columns + 0.5) * r->cell_m;
	return raster_sees_wide(r, x0, y0, x1, y1, f->least_m);
}

static void spread(struct flood *f)
{
	const struct raster *r = f->raster;
	const ptrdiff_t steps[4] = {1, r->columns, -1, -(ptrdiff_t)r->columns};
	while (f->height > 0) {
		uint32_t cell = f->stack[--f->height];
		for (int k = 0; k < 4; k++) {
			uint32_t next = (uint32_t)((ptrdiff_t)cell + steps[k]);
			if ((r->links[cell] >> k & 1) && is_wide(f, cell, next))
				wet(f, next);
		}
		for (uint32_t i = 0; i < r->jump_count; i++)
			if (r->jumps[i].to == cell)
				wet(f, r->jumps[i].from);
	}
}

static bool flood_new(struct flood *f, const struct raster *r, const float *clear_m, float least_m)
{
	size_t cells = (size_t)r->columns * r->rows;
	*f = (struct flood){r, clear_m, calloc(cells, 1), malloc(cells * sizeof(uint32_t)), 0, least_m};
	return f->reached != NULL && f->stack != NULL;
}

static void flood_free(struct flood *f)
{
	free(f->reached);
	free(f->stack);
	f->reached = NULL;
	f->stack = NULL;
}

/* ---- places: a polygon, or a point ---- */
struct place { const char *id; const struct shape *shape; double x, y; };

static struct place place_of_target(const struct crowd_scene *s, uint32_t target, uint32_t lane)
{
	const struct target *t = &s->targets[target];
	if (!t->gate)
		return (struct place){s->goals[t->index].shape.id, &s->goals[t->index].shape, 0, 0};
	return (struct place){s->gates[t->index].id, NULL, s->gates[t->index].lanes[lane].beyond_x,
		s->gates[t->index].lanes[lane].beyond_y};
}

/* Calls `each` for the cells of the place until it says true. */
static bool any_cell(const struct raster *r, const struct place *p, bool (*each)(void *ctx, uint32_t cell), void *ctx)
{
	if (p->shape == NULL) {
		uint32_t cell = raster_cell(r, p->x, p->y), column = cell % r->columns, row = cell / r->columns;
		if (each(ctx, cell))
			return true;
		for (int dy = -1; dy <= 1; dy++)
			for (int dx = -1; dx <= 1; dx++) {
				uint32_t x = column + (uint32_t)dx, y = row + (uint32_t)dy;
				if (x < r->columns && y < r->rows && raster_sees(r, p->x, p->y, r->x_min_m + (x + 0.5) * r->cell_m,
					r->y_min_m + (y + 0.5) * r->cell_m) &&
				    each(ctx, y * r->columns + x))
					return true;
			}
		return false;
	}
	const struct box *b = &p->shape->box;
	uint32_t low = raster_cell(r, b->x_min_m, b->y_min_m), high = raster_cell(r, b->x_max_m, b->y_max_m);
	for (uint32_t row = low / r->columns; row <= high / r->columns; row++)
		for (uint32_t column = low % r->columns; column <= high % r->columns; column++) {
			double x = r->x_min_m + (column + 0.5) * r->cell_m, y = r->y_min_m + (row + 0.5) * r->cell_m;
			bool small = b->x_max_m - b->x_min_m < 2 * r->cell_m || b->y_max_m - b->y_min_m < 2 * r->cell_m;
			if ((small || scene_in_shape(p->shape, x, y)) && each(ctx, row * r->columns + column))
				return true;
		}
	return false;
}

static bool has_time(void *field, uint32_t cell) { return isfinite(((const struct field *)field)->time_s[cell]); }
static bool is_wet(void *flood, uint32_t cell) { return ((const struct flood *)flood)->reached[cell]; }
static bool make_wet(void *flood, uint32_t cell)
{
	wet(flood, cell);
	return false;
}

static void wet_target(const struct crowd_scene *s, struct flood *f, uint32_t target)
{
	const struct target *t = &s->targets[target];
	struct place p = {NULL, NULL, 0, 0};
	if (!t->gate) {
		p = place_of_target(s, target, 0);
		any_cell(f->raster, &p, make_wet, f);
	}
	for (uint32_t i = 0; t->gate && i < s->gates[t->index].lane_count; i++) {
		p.x = s->gates[t->index].lanes[i].mouth_x;
		p.y = s->gates[t->index].lanes[i].mouth_y;
		any_cell(f->raster, &p, make_wet, f);
	}
	spread(f);
}

/* ---- the narrowest point of the widest way ---- */
struct widest { uint8_t *seen; uint32_t *heap, size; const float *clear_m; };

static void heap_push(struct widest *w, uint32_t cell)
{
	uint32_t i = w->size++;
	for (; i > 0 && w->clear_m[w->heap[(i - 1) / 2]] < w->clear_m[cell]; i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = cell;
}

static uint32_t heap_pop(struct widest *w)
{
	uint32_t top = w->heap[0], last = w->heap[--w->size], i = 0;
	for (;;) {
		uint32_t child = 2 * i + 1;
		if (child >= w->size)
			break;
		if (child + 1 < w->size && w->clear_m[w->heap[child + 1]] > w->clear_m[w->heap[child]])
			child++;
		if (w->clear_m[w->heap[child]] <= w->clear_m[last])
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = last;
	return top;
}

/* From the place outwards, always by the widest cell there is, until the target: the narrowest cell passed on the way. */
static uint32_t narrowest(const struct raster *r, const float *clear_m, const struct place *from, const struct field *to)
{
	size_t cells = (size_t)r->columns * r->rows;
	struct widest w = {calloc(cells, 1), malloc(cells * sizeof(uint32_t)), 0, clear_m};
	uint32_t worst = CROWD_NONE;
	uint32_t start = raster_cell(r, from->shape ? (from->shape->box.x_min_m + from->shape->box.x_max_m) / 2 : from->x,
		from->shape ? (from->shape->box.y_min_m + from->shape->box.y_max_m) / 2 : from->y);
	const ptrdiff_t steps[4] = {1, r->columns, -1, -(ptrdiff_t)r->columns};
	if (w.seen != NULL && w.heap != NULL) {
		w.seen[start] = 1;
		heap_push(&w, start);
	}
	while (w.size > 0) {
		uint32_t cell = heap_pop(&w);
		if (worst == CROWD_NONE || clear_m[cell] < clear_m[worst])
			worst = cell;
		if (to->time_s[cell] <= 0)
			break;
		for (int k = 0; k < 4; k++) {
			size_t next = (size_t)((ptrdiff_t)cell + steps[k]);
			if ((r->links[cell] >> k & 1) && !w.seen[next]) {
				w.seen[next] = 1;
				heap_push(&w, (uint32_t)next);
			}
		}
	}
	free(w.seen);
	free(w.heap);
	return worst;
}

/* ---- one target: everybody who must come to it ---- */
struct checker {
	const struct crowd_scene *s;
	const struct crowd_scene_draft *d;
	struct problem *problem;
	float *clear_m;
	struct raster *fine; /* made when it is first asked for */
	float *fine_clear_m;
	bool fine_tried;
	struct flood fine_flood;
	uint32_t flooded; /* the target from which it was */
};

static const struct raster *fine_raster(struct checker *c)
{
	const struct raster *r = c->s->raster;
	double factor = (double)r->columns * r->rows * 16 <= FINE_CELLS_MAX ? 4 : 2;
	if (c->fine_tried || (double)r->columns * r->rows * factor * factor > FINE_CELLS_MAX || c->s->portal_count > 0)
		return c->fine;
	c->fine_tried = true;
	if (raster_new(&(struct raster_drawing){.x_max_m = c->s->width_m, .y_max_m = c->s->height_m, .cell_m = r->cell_m / factor,
		.lines = c->s->walls.at, .line_count = c->s->walls.count}, &c->fine) != ERR_NONE)
		return NULL;
	if (raster_clearance(c->fine, c->s->walls.at, c->s->walls.count, (float)(c->s->body.radius_m + 2 * r->cell_m),
		&c->fine_clear_m) != ERR_NONE) {
		raster_free(c->fine);
		c->fine = NULL;
	}
	return c->fine;
}

/* 1: wide enough; 0: not; -1: cannot be said. */
static int fits_a_body(struct checker *c, const struct place *from, uint32_t target, struct flood *coarse)
{
	if (any_cell(coarse->raster, from, is_wet, coarse))
		return 1;
	const struct raster *fine = fine_raster(c);
	if (fine == NULL)
		return -1;
	if (c->flooded != target) { /* once for all who go there */
		flood_free(&c->fine_flood);
		c->flooded = CROWD_NONE;
		if (!flood_new(&c->fine_flood, fine, c->fine_clear_m, coarse->least_m))
			return -1;
		wet_target(c->s, &c->fine_flood, target);
		c->flooded = target;
	}
	return any_cell(fine, from, is_wet, &c->fine_flood);
}

static err_t check_from(struct checker *c, const struct place *from, uint32_t target, struct flood *coarse)
{
	const struct crowd_scene *s = c->s;
	const char *to = s->targets[target].gate ? s->gates[s->targets[target].index].id : s->goals[s->targets[target].index].shape.id;
	if (!any_cell(s->raster, from, has_time, s->targets[target].field))
		return ERR_NONE; /* no way at all: another choice may have one, see check_step */
	if (fits_a_body(c, from, target, coarse) != 0)
		return ERR_NONE;
	uint32_t cell = narrowest(s->raster, c->clear_m, from, s->targets[target].field);
	if (cell == CROWD_NONE)
		return ERR_NONE;
	double x = s->raster->x_min_m + (cell % s->raster->columns + 0.5) * s->raster->cell_m + s->origin_x_m;
	double y = s->raster->y_min_m + (cell / s->raster->columns + 0.5) * s->raster->cell_m + s->origin_y_m;
	return scene_refuse(c->problem, ERR_CROWD_GEOMETRY, to,
		"the way from %s is narrower than a body (%.2f m) near x %.1f, y %.1f", from->id,
	                    2 * s->body.radius_m, x, y);
}

/* ---- all routes ---- */

/* Is there a way from the place to any of the step's targets? */
static err_t check_step(struct checker *c, const struct place *from, const struct route *route, uint32_t step)
{
	const struct crowd_scene *s = c->s;
	const struct route_step *at = &route->steps[step];
	for (uint32_t i = 0; i < at->count; i++)
		if (any_cell(s->raster, from, has_time, s->targets[at->targets[i]].field))
			return ERR_NONE;
	const struct target *t = &s->targets[at->targets[0]];
	return scene_refuse(c->problem, ERR_CROWD_GEOMETRY, from->id, "there is no way from here to %s (route %s, step %u)",
	                    t->gate ? s->gates[t->index].id : s->goals[t->index].shape.id, route->id, step + 1);
}

static err_t check_routes_from(struct checker *c, uint32_t route, uint32_t target, struct flood *flood, bool *checked)
{
	const struct crowd_scene *s = c->s;
	const struct route *r = &s->routes[route];
	err_t error = ERR_NONE;
	for (uint32_t step = 1; step < r->count && error == ERR_NONE; step++) {
		bool asked = target == CROWD_NONE;
		for (uint32_t i = 0; i < r->steps[step].count; i++)
			asked |= r->steps[step].targets[i] == target;
		for (uint32_t i = 0; asked && i < r->steps[step - 1].count && error == ERR_NONE; i++) {
			uint32_t before = r->steps[step - 1].targets[i];
			uint32_t lanes = s->targets[before].gate ? s->gates[s->targets[before].index].lane_count : 1;
			for (uint32_t lane = 0; lane < lanes && error == ERR_NONE; lane++) {
				struct place from = place_of_target(s, before, lane);
				error = target == CROWD_NONE ? check_step(c, &from, r, step) : check_from(c, &from, target, flood);
			}
		}
	}
	*checked = true;
	return error;
}

static bool leads_to(const struct crowd_scene *s, uint32_t route, uint32_t target)
{
	const struct route_step *first = &s->routes[route].steps[0];
	for (uint32_t i = 0; i < first->count; i++)
		if (first->targets[i] == target)
			return true;
	return false;
}

/* Target CROWD_NONE: is there a way at all; else: to this target, wide enough. */
static err_t check_all(struct checker *c, uint32_t target, struct flood *flood)
{
	const struct crowd_scene *s = c->s;
	bool *checked = calloc((size_t)s->route_count + 1, sizeof *checked);
	err_t error = checked == NULL ? ERR_MEMORY : ERR_NONE;
	for (uint32_t i = 0; i < c->d->source_count && error == ERR_NONE; i++) {
		const struct crowd_scene_source *source = &c->d->sources[i];
		struct shape shape;
		if (source->ppl == 0)
			continue;
		error = scene_copy_shape(s, source->id, &source->polygon, &shape);
		if (error != ERR_NONE)
			break;
		struct place from = {source->id, &shape, 0, 0};
		if (target == CROWD_NONE)
			error = check_step(c, &from, &s->routes[source->route], 0);
		else if (leads_to(s, source->route, target))
			error = check_from(c, &from, target, flood);
		if (error == ERR_NONE && !checked[source->route])
			error = check_routes_from(c, source->route, target, flood, &checked[source->route]);
		scene_free_shape(&shape);
	}
	for (uint32_t i = 0; i < c->d->walker_count && error == ERR_NONE; i++) {
		const struct crowd_placed *w = &c->d->walkers[i];
		char name[32];
		snprintf(name, sizeof name, "walker %u", i);
		struct place from = {name, NULL, w->x_m - s->origin_x_m, w->y_m - s->origin_y_m};
		if (target == CROWD_NONE)
			error = check_step(c, &from, &s->routes[w->route], 0);
		else if (leads_to(s, w->route, target))
			error = check_from(c, &from, target, flood);
		if (error == ERR_NONE && !checked[w->route])
			error = check_routes_from(c, w->route, target, flood, &checked[w->route]);
	}
	free(checked);
	return error;
}

err_t scene_check_ways(const struct crowd_scene *s, const struct crowd_scene_draft *d, struct problem *problem)
{
	struct checker c = {.s = s, .d = d, .problem = problem, .flooded = CROWD_NONE};
	err_t error = check_all(&c, CROWD_NONE, NULL);
	if (error == ERR_NONE)
		error = raster_clearance(s->raster, s->walls.at, s->walls.count,
			(float)(s->body.radius_m + 2 * s->raster->cell_m), &c.clear_m);
	for (uint32_t target = 0; target < s->target_count && error == ERR_NONE; target++) {
		struct flood flood;
		if (flood_new(&flood, s->raster, c.clear_m, (float)(s->body.radius_m - SPARE_M))) {
			wet_target(s, &flood, target);
			error = check_all(&c, target, &flood);
		} else {
			error = ERR_MEMORY;
		}
		flood_free(&flood);
	}
	flood_free(&c.fine_flood);
	free(c.clear_m);
	free(c.fine_clear_m);
	raster_free(c.fine);
	return error;
}
