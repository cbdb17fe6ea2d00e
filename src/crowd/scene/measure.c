/* crowd/scene/measure.c: crossings, density, the picture of it; who is there and who left. See crowd/scene.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

#define VORONOI_REACH_M 2.0 /* nobody's cell reaches further */

err_t scene_build_measures(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	s->lines = calloc(d->lines.count + 1, sizeof *s->lines);
	s->areas = calloc(d->areas.count + 1, sizeof *s->areas);
	if (s->lines == NULL || s->areas == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < d->lines.count; i++) {
		const struct crowd_point *p = d->lines.at[i].outline.points;
		s->lines[i] = (struct scene_line){strdup(d->lines.at[i].id), {p[0].x_m - s->origin_x_m, p[0].y_m - s->origin_y_m,
			p[1].x_m - s->origin_x_m, p[1].y_m - s->origin_y_m}, {0}};
		if (s->lines[i].id == NULL)
			return ERR_MEMORY;
		s->line_count++;
	}
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < d->areas.count && error == ERR_NONE; i++) {
		error = scene_copy_shape(s, d->areas.at[i].id, &d->areas.at[i].outline, &s->areas[i]);
		s->area_count += error == ERR_NONE;
	}
	return error;
}

void scene_free_measures(struct crowd_scene *s)
{
	for (uint32_t i = 0; s->lines != NULL && i < s->line_count; i++)
		free(s->lines[i].id);
	for (uint32_t i = 0; s->areas != NULL && i < s->area_count; i++)
		scene_free_shape(&s->areas[i]);
	free(s->lines);
	free(s->areas);
}

void scene_count_lines(struct crowd_scene *s, uint32_t index)
{
	for (uint32_t i = 0; i < s->line_count; i++) {
		int way = crowd_crossing(s->lines[i].ends, s->old_x[index], s->old_y[index], s->w.x_m[index], s->w.y_m[index]);
		s->lines[i].result.forth += way > 0;
		s->lines[i].result.back += way < 0;
	}
}

void crowd_scene_line(const struct crowd_scene *s, uint32_t line, struct crowd_line_result *out)
{
	*out = line < s->line_count ? s->lines[line].result : (struct crowd_line_result){0};
}

/* Those present, one array each: in the order of the walkers' arrays. */
static struct crowd_frame frame_of(struct crowd_scene *s)
{
	float *x = s->frame, *y = x + s->people_max, *speed = y + s->people_max;
	uint32_t count = 0;
	for (uint32_t i = 0; i < s->w.count; i++) {
		if (s->w.slot[i] == CROWD_NONE)
			continue;
		x[count] = s->w.x_m[i];
		y[count] = s->w.y_m[i];
		speed[count++] = s->w.speed_ms[i];
	}
	return (struct crowd_frame){x, y, speed, count};
}

void crowd_scene_place(struct crowd_scene *s, uint32_t area, struct crowd_place_result *out)
{
	*out = (struct crowd_place_result){0};
	if (area >= s->area_count)
		return;
	const struct shape *shape = &s->areas[area];
	struct crowd_frame all = frame_of(s);
	/* Only who can have a cell in it: those further away would only slow the diagram down. */
	float *x = s->frame, *y = x + s->people_max, *speed = y + s->people_max;
	double reach = 2 * VORONOI_REACH_M, sum = 0;
	uint32_t near = 0;
	for (uint32_t i = 0; i < all.count; i++) {
		bool inside = scene_in_shape(shape, x[i], y[i]);
		out->people += inside;
		sum += inside ? speed[i] : 0;
		if (x[i] < shape->box.x_min_m - reach || x[i] > shape->box.x_max_m + reach || y[i] < shape->box.y_min_m - reach ||
		    y[i] > shape->box.y_max_m + reach)
			continue;
		x[near] = x[i];
		y[near] = y[i];
		speed[near++] = speed[i];
	}
	double speed_mean, *polygon = malloc(2 * (size_t)shape->count * sizeof *polygon);
	out->speed_ms = out->people > 0 ? sum / out->people : NAN;
	out->density_ppl_m2 = NAN;
	if (polygon == NULL)
		return;
	for (uint32_t i = 0; i < shape->count; i++) {
		polygon[2 * i] = shape->points[i].x_m;
		polygon[2 * i + 1] = shape->points[i].y_m;
	}
	struct crowd_frame frame = {x, y, speed, near};
	if (near == 0)
		out->density_ppl_m2 = 0;
	else if (crowd_density_voronoi(&frame, polygon, shape->count, VORONOI_REACH_M, &out->density_ppl_m2, &speed_mean) != ERR_NONE)
		out->density_ppl_m2 = crowd_density_counted(&frame, polygon, shape->count);
	free(polygon);
}

/* ---- the grid: counted in cells, then smoothed by 1 2 1 both ways, over the cells inside the grid ---- */
static void smooth(float *values, uint32_t columns, uint32_t rows, size_t step_along, size_t step_across, float *row)
{
	for (uint32_t k = 0; k < rows; k++) {
		float *v = values + k * step_across;
		for (uint32_t i = 0; i < columns; i++) {
			float before = i > 0 ? v[(i - 1) * step_along] : v[i * step_along];
			float after = i + 1 < columns ? v[(i + 1) * step_along] : v[i * step_along];
			row[i] = (before + 2 * v[i * step_along] + after) / 4;
		}
		for (uint32_t i = 0; i < columns; i++)
			v[i * step_along] = row[i];
	}
}

err_t crowd_scene_density(struct crowd_scene *s, double cell_m, struct crowd_grid *out)
{
	if (!(cell_m > 0))
		cell_m = 1;
	double columns = ceil(s->width_m / cell_m), rows = ceil(s->height_m / cell_m);
	if (!(columns * rows <= 64e6))
		return ERR_CROWD_TOO_LARGE;
	struct crowd_grid g = {s->origin_x_m, s->origin_y_m, cell_m, (uint32_t)columns, (uint32_t)rows, NULL};
	g.values = calloc((size_t)g.columns * g.rows, sizeof *g.values);
	float *row = malloc((size_t)(columns > rows ? columns : rows) * sizeof *row);
	if (g.values == NULL || row == NULL) {
		free(g.values);
		free(row);
		return ERR_MEMORY;
	}
	for (uint32_t i = 0; i < s->w.count; i++) {
		if (s->w.slot[i] == CROWD_NONE)
			continue;
		uint32_t x = (uint32_t)fmin(s->w.x_m[i] / cell_m, columns - 1), y = (uint32_t)fmin(s->w.y_m[i] / cell_m, rows - 1);
		g.values[(size_t)y * g.columns + x] += (float)(1 / (cell_m * cell_m));
	}
	smooth(g.values, g.columns, g.rows, 1, g.columns, row);
	smooth(g.values, g.rows, g.columns, g.columns, 1, row);
	free(row);
	*out = g;
	return ERR_NONE;
}

/* ---- who is there, who left ---- */
static uint8_t doing_of(const struct person *p)
{
	switch ((enum scene_mode)p->mode) {
	case MODE_STILL: return CROWD_WAITING_TO_START;
	case MODE_TO_SLOT: return CROWD_QUEUEING;
	case MODE_SERVED: return CROWD_IN_SERVICE;
	case MODE_WALK: return p->joined ? CROWD_QUEUEING : CROWD_WALKING;
	}
	return CROWD_WALKING;
}

const struct crowd_walker *crowd_scene_walkers(struct crowd_scene *s, uint32_t *count)
{
	uint32_t told = 0;
	for (uint32_t i = 0; i < s->order_count; i++) {
		const struct person *p = &s->people[s->order[i].slot];
		if (p->number != s->order[i].number)
			continue;
		s->told[told++] = (struct crowd_walker){p->number, p->route, p->step, p->target < s->goal_count ? p->target : CROWD_NONE,
			(float)(s->w.x_m[p->index] + s->origin_x_m), (float)(s->w.y_m[p->index] + s->origin_y_m), s->w.speed_ms[p->index],
			p->free_ms, p->radius_m, doing_of(p)};
	}
	*count = told;
	return s->told;
}

const struct crowd_left *crowd_scene_left(const struct crowd_scene *s, uint32_t *count)
{
	*count = s->born;
	return s->left;
}

uint32_t crowd_scene_waiting_outside(const struct crowd_scene *s) { return s->waiting; }
double crowd_scene_now_s(const struct crowd_scene *s) { return scene_now_s(s); }
