/* crowd/way/raster.h: from drawn floors, walls and obstacles to cells. Inside crowd/ (and tests).
 *
 *   floors --> outline of their union --+
 *   walls, obstacles' outlines ---------+--> thin walls --> cells: wall?  links to the four neighbours  clearance
 *
 * A cell is wall where its centre is off the floor, in an obstacle or on a wall; two cells are linked where no wall
 * lies between their centres. So a passage is seen that is at least a cell wide, wherever it lies, and a wall is
 * never leaked through, however thin.
 */
#ifndef CORDON_CROWD_WAY_RASTER_H
#define CORDON_CROWD_WAY_RASTER_H

#include "crowd/way/field.h"

struct raster_line { double ax, ay, bx, by; };
struct raster_drawing { /* borrowed */
	double x_min_m, y_min_m, x_max_m, y_max_m, cell_m;
	const struct crowd_outline *floors; uint32_t floor_count; /* 0: everywhere in the box */
	const struct crowd_outline *obstacles; uint32_t obstacle_count;
	const struct raster_line *lines; uint32_t line_count;    /* all thin walls */
};
/* jumps are left to the caller: sorted by `to`, owned by him. Errors: MEMORY, CROWD_TOO_LARGE (more than 2^31 cells). */
err_t raster_new(const struct raster_drawing *d, struct raster **out);
void raster_free(struct raster *r);
size_t raster_bytes_a_cell(void);

/* How far each cell's centre is from the nearest thin wall, up to reach_m. One value a cell, malloc'ed. Errors: MEMORY. */
err_t raster_clearance(const struct raster *r, const struct raster_line *lines, uint32_t count, float reach_m, float **out);
/* As raster_sees, for a way so wide; at most a cell long, and half_m at most three cells. Of a raster with thin walls only. */
bool raster_sees_wide(const struct raster *r, double x0, double y0, double x1, double y1, double half_m);
/* Sets `value` in the cells of the polygon: centre inside, even-odd. */
void raster_fill(const struct raster *r, const struct crowd_outline *polygon, uint8_t *cells, uint8_t value);
bool raster_inside(const struct crowd_outline *polygon, double x_m, double y_m);

/* The outline of the union of polygons: their edges without those that lie inside of another or between two that touch
 * (5 mm are no gap). malloc'ed. Errors: MEMORY. */
err_t raster_outline(const struct crowd_outline *polygons, uint32_t count, struct raster_line **out, uint32_t *out_count);

/* A growing list of lines. */
struct raster_lines { struct raster_line *at; uint32_t count, capacity; };
err_t raster_lines_add(struct raster_lines *l, struct raster_line line);
/* Adds `line` without the parts that lie along `gap` (within 5 cm of it). */
err_t raster_lines_add_without(struct raster_lines *l, struct raster_line line, const struct raster_line *gaps, uint32_t gap_count);

double raster_distance_m(const struct raster_line *l, double x_m, double y_m);
bool raster_cross(const struct raster_line *l, double x0, double y0, double x1, double y1);

#endif
