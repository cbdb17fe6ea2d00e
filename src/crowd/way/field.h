/* crowd/way/field.h: the way to a goal from everywhere: travel time by the eikonal equation. Inside crowd/ (and bench/, tests).
 *
 *   cells: wall or walkable, with a pace (s/m) --> field_solve --> time to the goal in each cell --> field_towards: direction, time
 *
 * Fast marching (Sethian 1996) of second order where it can be (Sethian 1999), first order beside walls and at the front's
 * first cells. The front is kept in buckets a tenth of a cell wide (the untidy queue of Yatziv, Bartesaghi, Sapiro 2006): time
 * grows with the number of cells alone. A million cells in at most 0.25 s on one core. One raster is shared by all fields of
 * a scene.
 */
#ifndef CORDON_CROWD_WAY_FIELD_H
#define CORDON_CROWD_WAY_FIELD_H

#include "crowd/crowd.h"

/* What may be walked. links, walls and jumps are made by raster_new (walk/raster.h); in a raster made by hand they are NULL and
 * walls are whole cells. */
struct raster_walls;
struct raster_jump { uint32_t from, to; float towards_x, towards_y; }; /* a portal: who is in cell `from` goes on in cell `to` */
struct raster {
	double x_min_m, y_min_m, cell_m;
	uint32_t columns, rows;
	uint8_t *wall;                    /* 1: nobody can stand here */
	uint8_t *links;                   /* FIELD_EAST ...: the neighbours that can be reached; FIELD_NEAR: look before you go */
	const struct raster_walls *walls; /* thin walls */
	const struct raster_jump *jumps; uint32_t jump_count;
};
enum { FIELD_EAST = 1, FIELD_NORTH = 2, FIELD_WEST = 4, FIELD_SOUTH = 8, FIELD_NEAR = 16 };

struct field {
	const struct raster *raster;
	float *time_s;      /* INFINITY: no way */
	int8_t *slope;      /* 2 a cell: the direction of descent, 127 = 1 */
	uint8_t *links;     /* the raster's, or made here */
	bool own_links;
	float x_min_m, y_min_m, cells_a_m; /* the raster's, for questions in a hurry */
};
/* pace_s_m: NULL (1 everywhere: times are metres) or one value a cell, > 0; INFINITY: a cell that is shut. goal: one byte a
 * cell, 1 = goal. Errors: MEMORY. The raster outlives the field. */
err_t field_new(const struct raster *r, struct field **out);
void field_free(struct field *f);
err_t field_solve(struct field *f, const uint8_t *goal, const float *pace_s_m);
/* The direction of steepest descent, interpolated, that does not lead through a wall; false: no way from here, or at the goal. */
bool field_towards(const struct field *f, float x_m, float y_m, float *out_x, float *out_y);
float field_time_s(const struct field *f, float x_m, float y_m);

/* The cell that holds the place; of a place outside the nearest one. */
uint32_t raster_cell(const struct raster *r, double x_m, double y_m);
/* Does no wall lie between these two places? For short ways: some cells. */
bool raster_sees(const struct raster *r, double x0, double y0, double x1, double y1);

#endif
