/* crowd/walk/field.h: the way to a goal from everywhere: travel time by the eikonal equation. Inside crowd/ (and bench/, tests).
 *
 *   cells: wall or walkable, with a pace (s/m) --> field_solve --> time to the goal in each cell --> field_towards: direction, time
 *
 * Fast marching (Sethian 1996) of second order where it can be (Sethian 1999), first order beside walls and at the front's
 * first cells. A million cells in at most 0.25 s on one core. One raster is shared by all fields of a scene.
 */
#ifndef CORDON_CROWD_WALK_FIELD_H
#define CORDON_CROWD_WALK_FIELD_H

#include "crowd/crowd.h"

struct raster { double x_min_m, y_min_m, cell_m; uint32_t columns, rows; uint8_t *wall; /* 1: nobody can stand here */ };
struct field { const struct raster *raster; float *time_s; /* INFINITY: no way */ };
/* pace_s_m: NULL (1 everywhere: times are metres) or one value a cell. goal: one byte a cell, 1 = goal. */
err_t field_new(const struct raster *r, struct field **out);
void field_free(struct field *f);
err_t field_solve(struct field *f, const uint8_t *goal, const float *pace_s_m);
/* The direction of steepest descent, interpolated, that does not lead through a wall; false: no way from here. */
bool field_towards(const struct field *f, float x_m, float y_m, float *out_x, float *out_y);
float field_time_s(const struct field *f, float x_m, float y_m);

#endif
