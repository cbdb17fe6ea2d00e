/* crowd/scene/build.c: the ground: bounds, walls, cells, pace, marks. See inside.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

#define CELLS_WANTED 16e6
#define DEFAULT_CELL_M 0.25

static void widen(struct box *b, const struct crowd_point *p, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		b->x_min_m = fmin(b->x_min_m, p[i].x_m);
		b->y_min_m = fmin(b->y_min_m, p[i].y_m);
		b->x_max_m = fmax(b->x_max_m, p[i].x_m);
		b->y_max_m = fmax(b->y_max_m, p[i].y_m);
	}
}

static void widen_by_list(struct box *b, const struct draft_list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		widen(b, l->at[i].outline.points, l->at[i].outline.count);
}

/* Floors bound the scene; where there are none the walls do; where there are none either, all that is drawn, and half a metre. */
err_t scene_bounds(const struct crowd_scene_draft *d, struct box *out, struct problem *problem)
{
	struct box b = {INFINITY, INFINITY, -INFINITY, -INFINITY};
	widen_by_list(&b, &d->floors);
	if (d->floors.count == 0) {
		widen_by_list(&b, &d->walls);
		widen_by_list(&b, &d->goals);
		for (uint32_t i = 0; i < d->source_count; i++)
			widen(&b, d->sources[i].polygon.points, d->sources[i].polygon.count);
		for (uint32_t i = 0; i < d->walker_count; i++)
			widen(&b, &(struct crowd_point){d->walkers[i].x_m, d->walkers[i].y_m}, 1);
		for (uint32_t i = 0; i < d->gate_count; i++)
			for (uint32_t k = 0; k < d->gates[i].count; k++) {
				widen(&b, &d->gates[i].lanes[k].at, 1);
				widen(&b, &d->gates[i].lanes[k].beyond, 1);
				widen(&b, d->gates[i].lanes[k].queue.points, d->gates[i].lanes[k].queue.count);
			}
		double more = d->walls.count > 0 ? 0 : 0.5;
		b = (struct box){b.x_min_m - more, b.y_min_m - more, b.x_max_m + more, b.y_max_m + more};
	}
	if (!(b.x_max_m > b.x_min_m) || !(b.y_max_m > b.y_min_m))
		return scene_refuse(problem, ERR_CROWD_GEOMETRY, "", "nothing is drawn: a scene needs floors, walls or goals");
	if (b.x_max_m - b.x_min_m > DRAFT_FAR_M || b.y_max_m - b.y_min_m > DRAFT_FAR_M)
		return scene_refuse(problem, ERR_CROWD_GEOMETRY, "", "the scene is %.0f m x %.0f m: 50 km at most; is a coordinate wrong?",
		                    b.x_max_m - b.x_min_m, b.y_max_m - b.y_min_m);
	*out = b;
	return ERR_NONE;
}

double scene_cell_m(const struct crowd_scene_settings *settings, const struct box *b)
{
	if (settings->cell_m > 0)
		return settings->cell_m;
	double area = (b->x_max_m - b->x_min_m) * (b->y_max_m - b->y_min_m);
	return fmax(DEFAULT_CELL_M, sqrt(area / CELLS_WANTED));
}

/* ---- shapes: copies in the scene's own metres ---- */
err_t scene_copy_shape(const struct crowd_scene *s, const char *id, const struct crowd_outline *o, struct shape *out)
{
	struct shape shape = {strdup(id ? id : ""), malloc((o->count + 1) * sizeof(struct crowd_point)), o->count,
		{INFINITY, INFINITY, -INFINITY, -INFINITY}};
	if (shape.id == NULL || shape.points == NULL) {
		scene_free_shape(&shape);
		return ERR_MEMORY;
	}
	for (uint32_t i = 0; i < o->count; i++)
		shape.points[i] = (struct crowd_point){o->points[i].x_m - s->origin_x_m, o->points[i].y_m - s->origin_y_m};
	widen(&shape.box, shape.points, shape.count);
	*out = shape;
	return ERR_NONE;
}

void scene_free_shape(struct shape *shape)
{
	free(shape->id);
	free(shape->points);
	*shape = (struct shape){0};
}

struct crowd_outline scene_outline(const struct shape *shape)
{
	return (struct crowd_outline){shape->points, shape->count};
}

bool scene_in_shape(const struct shape *shape, double x_m, double y_m)
{
	if (x_m < shape->box.x_min_m || x_m > shape->box.x_max_m || y_m < shape->box.y_min_m || y_m > shape->box.y_max_m)
		return false;
	struct crowd_outline o = scene_outline(shape);
	return raster_inside(&o, x_m, y_m);
}

static err_t copy_outlines(const struct crowd_scene *s, const struct draft_list *l, struct shape **out_shapes,
	struct crowd_outline **out)
{
	struct shape *shapes = calloc(l->count + 1, sizeof *shapes);
	struct crowd_outline *outlines = calloc(l->count + 1, sizeof *outlines);
	err_t error = shapes == NULL || outlines == NULL ? ERR_MEMORY : ERR_NONE;
	for (uint32_t i = 0; i < l->count && error == ERR_NONE; i++) {
		error = scene_copy_shape(s, l->at[i].id, &l->at[i].outline, &shapes[i]);
		if (error == ERR_NONE)
			outlines[i] = scene_outline(&shapes[i]);
	}
	*out_shapes = shapes;
	*out = outlines;
	return error;
}

static void free_shapes(struct shape *shapes, uint32_t count)
{
	for (uint32_t i = 0; shapes != NULL && i < count; i++)
		scene_free_shape(&shapes[i]);
	free(shapes);
}

/* ---- walls ---- */
static err_t add_edges(struct crowd_scene *s, const struct crowd_outline *o, bool closed)
{
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i + (closed ? 0 : 1) < o->count && error == ERR_NONE; i++) {
		const struct crowd_point *a = &o->points[i], *b = &o->points[(i + 1) % o->count];
		error = raster_lines_add(&s->walls, (struct raster_line){a->x_m, a->y_m, b->x_m, b->y_m});
	}
	return error;
}

static err_t add_floor_outline(struct crowd_scene *s, const struct crowd_outline *floors, uint32_t count)
{
	const struct crowd_point corners[4] = {{0, 0}, {s->width_m, 0}, {s->width_m, s->height_m}, {0, s->height_m}};
	if (count == 0)
		return add_edges(s, &(struct crowd_outline){corners, 4}, true);
	struct raster_line *lines, *gaps = calloc(2 * (size_t)s->portal_count + 1, sizeof *gaps);
	uint32_t line_count;
	if (gaps == NULL)
		return ERR_MEMORY;
	err_t error = raster_outline(floors, count, &lines, &line_count);
	if (error == ERR_NONE) {
		for (uint32_t i = 0; i < s->portal_count; i++) {
			const struct portal *p = &s->portals[i];
			gaps[2 * i] = (struct raster_line){p->a[0], p->a[1], p->a[2], p->a[3]};
			gaps[2 * i + 1] = (struct raster_line){p->b[0], p->b[1], p->b[2], p->b[3]};
		}
		for (uint32_t i = 0; i < line_count && error == ERR_NONE; i++)
			error = raster_lines_add_without(&s->walls, lines[i], gaps, 2 * s->portal_count);
		free(lines);
	}
	free(gaps);
	return error;
}

/* ---- pace: seconds a metre, dearer beside walls than a body is wide, so that ways keep off corners ---- */
static err_t make_pace(struct crowd_scene *s)
{
	size_t cells = (size_t)s->raster->columns * s->raster->rows;
	float *clear_m;
	err_t error = raster_clearance(s->raster, s->walls.at, s->walls.count, (float)s->keep_m, &clear_m);
	if (error != ERR_NONE)
		return error;
	for (size_t i = 0; i < cells; i++) {
		double near = 1 - clear_m[i] / s->keep_m;
		clear_m[i] = (float)((1 + 3 * near) / SCENE_REFERENCE_MS);
	}
	s->ground_pace = clear_m;
	s->pace = malloc(cells * sizeof(float));
	if (s->pace == NULL)
		return ERR_MEMORY;
	memcpy(s->pace, s->ground_pace, cells * sizeof(float));
	return ERR_NONE;
}

err_t scene_build_ground(struct crowd_scene *s, const struct crowd_scene_draft *d, double cell_m)
{
	struct shape *floors = NULL, *obstacles = NULL, *walls = NULL;
	struct crowd_outline *floor_outlines = NULL, *obstacle_outlines = NULL, *wall_outlines = NULL;
	err_t error = copy_outlines(s, &d->floors, &floors, &floor_outlines);
	if (error == ERR_NONE)
		error = copy_outlines(s, &d->obstacles, &obstacles, &obstacle_outlines);
	if (error == ERR_NONE)
		error = copy_outlines(s, &d->walls, &walls, &wall_outlines);
	if (error == ERR_NONE)
		error = add_floor_outline(s, floor_outlines, d->floors.count);
	for (uint32_t i = 0; i < d->obstacles.count && error == ERR_NONE; i++)
		error = add_edges(s, &obstacle_outlines[i], true);
	for (uint32_t i = 0; i < d->walls.count && error == ERR_NONE; i++)
		error = add_edges(s, &wall_outlines[i], false);
	if (error == ERR_NONE)
		error = raster_new(&(struct raster_drawing){.x_max_m = s->width_m, .y_max_m = s->height_m, .cell_m = cell_m,
			.floors = floor_outlines, .floor_count = d->floors.count, .obstacles = obstacle_outlines,
			.obstacle_count = d->obstacles.count, .lines = s->walls.at, .line_count = s->walls.count}, &s->raster);
	if (error == ERR_NONE) {
		s->raster_x_m = (float)s->raster->x_min_m;
		s->raster_y_m = (float)s->raster->y_min_m;
		s->cells_a_m = (float)(1 / s->raster->cell_m);
		error = make_pace(s);
	}
	free_shapes(floors, d->floors.count);
	free_shapes(obstacles, d->obstacles.count);
	free_shapes(walls, d->walls.count);
	free(floor_outlines);
	free(obstacle_outlines);
	free(wall_outlines);
	return error;
}

/* ---- marks: what a walker must look for here ---- */
void scene_mark(struct crowd_scene *s, const struct box *b, double reach_m, uint8_t mark)
{
	const struct raster *r = s->raster;
	uint32_t low = raster_cell(r, b->x_min_m - reach_m, b->y_min_m - reach_m);
	uint32_t high = raster_cell(r, b->x_max_m + reach_m, b->y_max_m + reach_m);
	for (uint32_t row = low / r->columns; row <= high / r->columns; row++)
		for (uint32_t column = low % r->columns; column <= high % r->columns; column++)
			s->marks[(size_t)row * r->columns + column] |= mark;
}

static void mark_line(struct crowd_scene *s, const double ends[4], double reach_m, uint8_t mark)
{
	/* In pieces, so that a long slanting line does not mark a whole square. */
	uint32_t pieces = 1 + (uint32_t)(hypot(ends[2] - ends[0], ends[3] - ends[1]) / 2);
	for (uint32_t i = 0; i < pieces; i++) {
		double a = (double)i / pieces, b = (double)(i + 1) / pieces;
		struct crowd_point p[2] = {{ends[0] + a * (ends[2] - ends[0]), ends[1] + a * (ends[3] - ends[1])},
			{ends[0] + b * (ends[2] - ends[0]), ends[1] + b * (ends[3] - ends[1])}};
		struct box box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
		widen(&box, p, 2);
		scene_mark(s, &box, reach_m, mark);
	}
}

err_t scene_mark_ground(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	size_t cells = (size_t)s->raster->columns * s->raster->rows;
	double reach_m = s->raster->cell_m + 12 * s->dt_s; /* nobody walks faster than 12 m/s */
	s->marks = calloc(cells, 1);
	s->slow = d->slows.count > 0 ? calloc(cells, 1) : NULL;
	if (s->marks == NULL || (d->slows.count > 0 && s->slow == NULL))
		return ERR_MEMORY;
	for (uint32_t i = 0; i < s->line_count; i++)
		mark_line(s, s->lines[i].ends, reach_m, MARK_LINE);
	for (uint32_t i = 0; i < s->portal_count; i++)
		mark_line(s, s->portals[i].a, reach_m, MARK_PORTAL);
	s->factors[0] = 1;
	for (uint32_t i = 0; i < d->slows.count; i++) {
		struct shape shape;
		err_t error = scene_copy_shape(s, "", &d->slows.at[i].outline, &shape);
		if (error != ERR_NONE)
			return error;
		struct crowd_outline o = scene_outline(&shape);
		raster_fill(s->raster, &o, s->slow, (uint8_t)(i + 1));
		scene_free_shape(&shape);
		s->factors[i + 1] = (float)d->slows.at[i].factor;
	}
	for (size_t i = 0; s->slow != NULL && i < cells; i++) {
		s->marks[i] |= s->slow[i] ? MARK_SLOW : 0;
		s->ground_pace[i] /= s->factors[s->slow[i]];
		s->pace[i] = s->ground_pace[i];
	}
	return ERR_NONE;
}
