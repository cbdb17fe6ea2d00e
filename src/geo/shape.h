/* geo/shape.h: what the files of geo/ share among themselves. */
#ifndef CORDON_GEO_SHAPE_H
#define CORDON_GEO_SHAPE_H

#include "geo/geo.h"

struct point_m geo_half_way(const struct geo_ring *line); /* of at least one point */
/* The centre of mass of a polygon with at least one point; false where it has no area. */
bool geo_centroid(const struct geo_shape *polygon, struct point_m *out);

#endif
