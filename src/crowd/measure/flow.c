/* People counted in a polygon and over a line. */
#include <math.h>

#include "crowd/measure.h"
#include "crowd/measure/polygon.h"

/* Is (x, y) inside? By crossings of a ray to the right; a point on the boundary is in exactly one of two polygons that share it. */
static bool inside(const double *xy, uint32_t corners, double x, double y)
{
	bool in = false;
	for (uint32_t i = 0, before = corners - 1; i < corners; before = i++) {
		double xa = xy[2 * before], ya = xy[2 * before + 1], xb = xy[2 * i], yb = xy[2 * i + 1];
		if ((ya > y) != (yb > y) && x < xa + (y - ya) * (xb - xa) / (yb - ya))
			in = !in;
	}
	return in;
}

double crowd_density_counted(const struct crowd_frame *f, const double *polygon_xy, uint32_t corners)
{
	double area_m2 = fabs(polygon_area(polygon_xy, corners));
	if (!(area_m2 > 0.0))
		return NAN;
	uint32_t people = 0;
	for (uint32_t i = 0; i < f->count; i++)
		people += inside(polygon_xy, corners, (double)f->x_m[i], (double)f->y_m[i]);
	return people / area_m2;
}

static double side(double ax, double ay, double bx, double by, double x, double y)
{
	return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
}

/* Half open on both: who stops on the line is over it already, who passes through its first end crosses it and through its last
 * does not. So nobody is counted twice, be it in time or by two lines that meet. */
int crowd_crossing(const double ends_xy[4], double x0, double y0, double x1, double y1)
{
	double ax = ends_xy[0], ay = ends_xy[1], bx = ends_xy[2], by = ends_xy[3];
	bool left_before = side(ax, ay, bx, by, x0, y0) > 0.0, left_now = side(ax, ay, bx, by, x1, y1) > 0.0;
	if (left_before == left_now)
		return 0;
	double first = side(x0, y0, x1, y1, ax, ay), last = side(x0, y0, x1, y1, bx, by);
	if (!left_before) { /* seen from the other side */
		first = -first;
		last = -last;
	}
	/* Going from left to right the line's first end is on the right hand. */
	if (first > 0.0 || last <= 0.0)
		return 0;
	return left_before ? 1 : -1;
}

double crowd_flow_ppl_m_s(const double *times_s, uint32_t count, double width_m, double share)
{
	if (!(share > 0.0 && share <= 1.0) || !(width_m > 0.0))
		return NAN;
	uint32_t cut = (uint32_t)floor(count * (1.0 - share) / 2.0 + 0.5);
	if (2 * cut + 3 > count)
		return NAN;
	double for_s = times_s[count - 1 - cut] - times_s[cut];
	if (!(for_s > 0.0))
		return NAN;
	return (count - 2 * cut - 1) / for_s / width_m;
}
