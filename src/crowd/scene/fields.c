/* crowd/scene/fields.c: goals and gates as targets, each with its field; renewal by the crowd. See inside.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

#define SLOWEST_MS 0.1 /* nobody expects a jam to last for ever */

/* ---- goals ---- */

/* The cells of the goal; of one smaller than a cell: the cells of its corners and middle that can be walked. */
static uint32_t goal_cells(const struct crowd_scene *s, const struct shape *shape, uint8_t *cells)
{
	const struct raster *r = s->raster;
	struct crowd_outline o = scene_outline(shape);
	size_t count = (size_t)r->columns * r->rows;
	raster_fill(r, &o, cells, 1);
	uint32_t open = 0;
	for (size_t i = 0; i < count; i++)
		open += cells[i] && !r->wall[i];
	if (open > 0)
		return open;
	double x = 0, y = 0;
	for (uint32_t i = 0; i < shape->count; i++) {
		x += shape->points[i].x_m / shape->count;
		y += shape->points[i].y_m / shape->count;
	}
	for (uint32_t i = 0; i <= shape->count; i++) {
		double px = i < shape->count ? (shape->points[i].x_m + x) / 2 : x,
			py = i < shape->count ? (shape->points[i].y_m + y) / 2 : y;
		if (px < 0 || py < 0 || px > s->width_m || py > s->height_m)
			continue;
		uint32_t cell = raster_cell(r, px, py);
		cells[cell] = 1;
		open += !r->wall[cell];
	}
	return open;
}

/* A place well inside: the middle of the polygon where that lies in it, else the first inner place of a grid. */
static void find_inner(struct goal *g)
{
	const struct box *b = &g->shape.box;
	g->inner_x = (b->x_min_m + b->x_max_m) / 2;
	g->inner_y = (b->y_min_m + b->y_max_m) / 2;
	for (int k = 2; k < 40 && !scene_in_shape(&g->shape, g->inner_x, g->inner_y); k++)
		for (int i = 1; i < k * k && !scene_in_shape(&g->shape, g->inner_x, g->inner_y); i++) {
			g->inner_x = b->x_min_m + (b->x_max_m - b->x_min_m) * (i % k + 0.5) / k;
			g->inner_y = b->y_min_m + (b->y_max_m - b->y_min_m) * (i / k + 0.5) / k;
		}
}

static err_t build_goal(struct crowd_scene *s, const struct draft_shape *drawn, uint32_t index, uint8_t *cells,
	struct problem *problem)
{
	struct goal *g = &s->goals[index];
	err_t error = scene_copy_shape(s, drawn->id, &drawn->outline, &g->shape);
	if (error != ERR_NONE)
		return error;
	find_inner(g);
	scene_mark(s, &g->shape.box, 2 * s->raster->cell_m + 12 * s->dt_s, MARK_GOAL);
	if (goal_cells(s, &g->shape, cells) == 0)
		return scene_refuse(problem, ERR_CROWD_GEOMETRY, drawn->id, "the goal lies outside of the floors, or in an obstacle");
	s->targets[index] = (struct target){.exit = drawn->exit, .open = true, .index = index};
	return ERR_NONE;
}

/* Where a gate is reached: the outer end of each lane's line, or the place of service. */
static err_t gate_cells(const struct crowd_scene *s, const struct gate *g, uint8_t *cells, struct problem *problem)
{
	for (uint32_t i = 0; i < g->lane_count; i++) {
		const struct lane *l = &g->lanes[i];
		bool outside = l->mouth_x < 0 || l->mouth_y < 0 || l->mouth_x > s->width_m || l->mouth_y > s->height_m;
		uint32_t cell = raster_cell(s->raster, l->mouth_x, l->mouth_y);
		if (outside || s->raster->wall[cell])
			return scene_refuse(problem, ERR_CROWD_GEOMETRY, g->id,
				"lane %u: %s lies outside of the floors, or in an obstacle", i + 1,
			                    l->slot_count > 0 ? "the end of its line" : "its place of service");
		cells[cell] = 1;
	}
	return ERR_NONE;
}

static err_t solve(struct crowd_scene *s, struct target *t, const uint8_t *cells)
{
	err_t error = field_new(s->raster, &t->field);
	if (error == ERR_NONE)
		error = field_solve(t->field, cells, s->pace);
	return error == ERR_NONE ? model_place_new(t->field, &t->press) : error;
}

#define DOOR_M 2.0                /* what is wider is no door */
#define DOOR_FLOW_PPL_M_S 1.33     /* IMO MSC.1/Circ.1533: specific flow through a door */

/* An exit behind a door: within a metre of it nobody is further from a wall than half the door's width. */
static err_t limit_doors(struct crowd_scene *s)
{
	size_t count = (size_t)s->raster->columns * s->raster->rows;
	float *clear_m;
	err_t error = raster_clearance(s->raster, s->walls.at, s->walls.count, (float)DOOR_M, &clear_m);
	for (uint32_t i = 0; i < s->goal_count && error == ERR_NONE; i++) {
		struct target *t = &s->targets[i];
		double widest = 0;
		for (size_t k = 0; t->exit && k < count; k++)
			if (t->field->time_s[k] > 0 && t->field->time_s[k] < 1 / SCENE_REFERENCE_MS)
				widest = fmax(widest, clear_m[k] + s->raster->cell_m / 4);
		if (widest > 0 && 2 * widest < DOOR_M)
			t->door_a_person_s = 1 / (DOOR_FLOW_PPL_M_S * 2 * widest);
	}
	if (error == ERR_NONE)
		free(clear_m);
	return error;
}

err_t scene_build_targets(struct crowd_scene *s, const struct crowd_scene_draft *d, struct problem *problem)
{
	size_t count = (size_t)s->raster->columns * s->raster->rows;
	uint8_t *cells = calloc(count, 1);
	err_t error = cells == NULL ? ERR_MEMORY : ERR_NONE;
	for (uint32_t i = 0; i < s->target_count && error == ERR_NONE; i++) {
		memset(cells, 0, count);
		if (i < s->goal_count) {
			error = build_goal(s, &d->goals.at[i], i, cells, problem);
		} else {
			s->targets[i] = (struct target){.gate = true, .open = true, .index = i - s->goal_count};
			error = gate_cells(s, &s->gates[i - s->goal_count], cells, problem);
		}
		if (error == ERR_NONE)
			error = solve(s, &s->targets[i], cells);
	}
	free(cells);
	return error == ERR_NONE && s->door_limit ? limit_doors(s) : error;
}

void scene_free_targets(struct crowd_scene *s)
{
	for (uint32_t i = 0; s->targets != NULL && i < s->target_count; i++) {
		field_free(s->targets[i].field);
		model_place_free(s->targets[i].press);
	}
	for (uint32_t i = 0; s->goals != NULL && i < s->goal_count; i++)
		scene_free_shape(&s->goals[i].shape);
	free(s->targets);
	free(s->goals);
}

/* ---- renewal: ways are dearer through a crowd ---- */

/* Pace by the speed that people have at this density (Weidmann 1993), in squares of a metre, smoothed over three by three. */
static err_t crowd_pace(struct crowd_scene *s)
{
	struct crowd_grid g;
	err_t error = crowd_scene_density(s, 1.0, &g);
	if (error != ERR_NONE)
		return error;
	const struct raster *r = s->raster;
	for (uint32_t row = 0; row < r->rows; row++)
		for (uint32_t column = 0; column < r->columns; column++) {
			double x = r->x_min_m + (column + 0.5) * r->cell_m + s->origin_x_m,
				y = r->y_min_m + (row + 0.5) * r->cell_m + s->origin_y_m;
			uint32_t gx = (uint32_t)fmax(0, fmin((x - g.x_m) / g.cell_m, g.columns - 1));
			uint32_t gy = (uint32_t)fmax(0, fmin((y - g.y_m) / g.cell_m, g.rows - 1));
			double density = g.values[(size_t)gy * g.columns + gx];
			double speed = density > 0.05 ? fmax(SLOWEST_MS, crowd_speed_weidmann_ms(fmin(density, 5.3))) : SCENE_REFERENCE_MS;
			size_t i = (size_t)row * r->columns + column;
			s->pace[i] = (float)(s->ground_pace[i] * SCENE_REFERENCE_MS / fmin(speed, SCENE_REFERENCE_MS));
		}
	free(g.values);
	return ERR_NONE;
}

static err_t renew(struct crowd_scene *s, struct target *t)
{
	size_t count = (size_t)s->raster->columns * s->raster->rows;
	uint8_t *cells = malloc(count);
	if (cells == NULL)
		return ERR_MEMORY;
	/* The goal's cells are those with no time left. */
	for (size_t i = 0; i < count; i++)
		cells[i] = t->field->time_s[i] <= 0;
	err_t error = field_solve(t->field, cells, s->pace);
	free(cells);
	return error;
}

/* One field after the other, spread over the interval; when all are new everybody may choose anew. */
err_t scene_refresh(struct crowd_scene *s)
{
	if (!(s->refresh_s > 0) || s->target_count == 0 || s->step_count == 0)
		return ERR_NONE;
	uint64_t interval = (uint64_t)fmax(1, s->refresh_s / s->dt_s);
	uint64_t now = s->step_count % interval;
	err_t error = ERR_NONE;
	if (now == 0) {
		s->refresh_next = 0;
		error = crowd_pace(s);
	}
	for (; error == ERR_NONE && s->refresh_next < s->target_count && s->refresh_next * interval <= (now + 1) * s->target_count;
	     s->refresh_next++)
		error = renew(s, &s->targets[s->refresh_next]);
	if (now == interval - 1)
		s->epoch++;
	return error;
}
