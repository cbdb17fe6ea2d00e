/* crowd/measure/polygon.h: areas, shared by the measures. Inside measure/. */
#ifndef CORDON_CROWD_MEASURE_POLYGON_H
#define CORDON_CROWD_MEASURE_POLYGON_H

#include <stdint.h>

/* Shoelace: positive when the corners run against the clock. From the first corner, so that far from the origin nothing is lost. */
static inline double polygon_area(const double *xy, uint32_t corners)
{
	double twice = 0.0;
	for (uint32_t i = 2; i < corners; i++)
		twice += (xy[2 * i - 2] - xy[0]) * (xy[2 * i + 1] - xy[1]) - (xy[2 * i] - xy[0]) * (xy[2 * i - 1] - xy[1]);
	return twice / 2.0;
}

#endif
