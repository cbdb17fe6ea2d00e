/* plan/import_shape.c: the few operations of GEOS (through OGR) that a first plan needs. */
#include <float.h>
#include <math.h>

#include "plan/import.h"

static void move_points(OGRGeometryH shape, const struct geo_frame *frame)
{
	int parts = OGR_G_GetGeometryCount(shape), points = OGR_G_GetPointCount(shape);
	for (int i = 0; i < parts; i++)
		move_points(OGR_G_GetGeometryRef(shape, i), frame);
	for (int i = 0; parts == 0 && i < points; i++) {
		struct point_m to = geo_to_local(frame, (struct lon_lat){OGR_G_GetX(shape, i), OGR_G_GetY(shape, i)});
		OGR_G_SetPoint_2D(shape, i, to.x_m, to.y_m);
	}
}

OGRGeometryH shape_to_local(OGRGeometryH shape, const struct geo_frame *frame)
{
	OGRGeometryH copy = OGR_G_Clone(shape);
	if (copy != NULL && frame != NULL)
		move_points(copy, frame);
	return copy;
}

static void take_polygons(OGRGeometryH from, OGRGeometryH into, double least_m2)
{
	if (wkbFlatten(OGR_G_GetGeometryType(from)) == wkbPolygon) {
		if (OGR_G_Area(from) >= least_m2)
			OGR_G_AddGeometry(into, from);
		return;
	}
	int parts = OGR_G_GetGeometryCount(from);
	for (int i = 0; i < parts; i++)
		take_polygons(OGR_G_GetGeometryRef(from, i), into, least_m2);
}

OGRGeometryH shape_polygons(OGRGeometryH shape, double least_m2)
{
	OGRGeometryH whole = shape;
	if (shape == NULL)
		return NULL;
	if (!OGR_G_IsValid(shape)) {
		whole = OGR_G_MakeValid(shape);
		OGR_G_DestroyGeometry(shape);
		if (whole == NULL)
			return NULL;
	}
	OGRGeometryH many = OGR_G_CreateGeometry(wkbMultiPolygon);
	take_polygons(whole, many, least_m2);
	OGR_G_DestroyGeometry(whole);
	int parts = OGR_G_GetGeometryCount(many);
	if (parts > 1)
		return many;
	OGRGeometryH one = parts == 1 ? OGR_G_Clone(OGR_G_GetGeometryRef(many, 0)) : NULL;
	OGR_G_DestroyGeometry(many);
	return one;
}

OGRGeometryH shape_minus(OGRGeometryH from, OGRGeometryH cut, double gap_m)
{
	OGRGeometryH wide = OGR_G_Buffer(cut, gap_m, 1), smooth = NULL;
	OGRGeometryH left = wide == NULL ? NULL : OGR_G_Difference(from, wide);
	if (left != NULL) /* a buffer's corners have more points than anybody wants to edit; half the gap is left */
		smooth = OGR_G_SimplifyPreserveTopology(left, gap_m / 2);
	if (wide != NULL)
		OGR_G_DestroyGeometry(wide);
	if (smooth != NULL)
		OGR_G_DestroyGeometry(left);
	OGR_G_DestroyGeometry(from);
	return shape_polygons(smooth != NULL ? smooth : left, 1.0);
}

OGRGeometryH shape_line(const struct point_m *points, int count)
{
	OGRGeometryH line = OGR_G_CreateGeometry(wkbLineString);
	for (int i = 0; i < count; i++)
		OGR_G_AddPoint_2D(line, points[i].x_m, points[i].y_m);
	return line;
}

OGRGeometryH shape_point(struct point_m at)
{
	OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
	OGR_G_SetPoint_2D(point, 0, at.x_m, at.y_m);
	return point;
}

static struct point_m on_segment(struct point_m a, struct point_m b, struct point_m p)
{
	double dx = b.x_m - a.x_m, dy = b.y_m - a.y_m, square = dx * dx + dy * dy;
	double f = square > 0 ? ((p.x_m - a.x_m) * dx + (p.y_m - a.y_m) * dy) / square : 0;
	f = fmin(1, fmax(0, f));
	return (struct point_m){a.x_m + f * dx, a.y_m + f * dy};
}

static void nearest_in(OGRGeometryH shape, struct point_m to, struct point_m *best, double *least)
{
	int parts = OGR_G_GetGeometryCount(shape), points = OGR_G_GetPointCount(shape);
	for (int i = 0; i < parts; i++)
		nearest_in(OGR_G_GetGeometryRef(shape, i), to, best, least);
	for (int i = 1; parts == 0 && i < points; i++) {
		struct point_m a = {OGR_G_GetX(shape, i - 1), OGR_G_GetY(shape, i - 1)};
		struct point_m at = on_segment(a, (struct point_m){OGR_G_GetX(shape, i), OGR_G_GetY(shape, i)}, to);
		double away = hypot(at.x_m - to.x_m, at.y_m - to.y_m);
		if (away < *least) {
			*least = away;
			*best = at;
		}
	}
}

struct point_m shape_nearest(OGRGeometryH polygon, struct point_m to)
{
	struct point_m best = to;
	double least = DBL_MAX;
	nearest_in(polygon, to, &best, &least);
	return best;
}

bool shape_middle(OGRGeometryH shape, struct point_m *out)
{
	OGRGeometryH at = OGR_G_GetDimension(shape) == 2 ? OGR_G_PointOnSurface(shape) : OGR_G_CreateGeometry(wkbPoint);
	bool found = at != NULL && (OGR_G_GetDimension(shape) == 2 || OGR_G_Centroid(shape, at) == OGRERR_NONE) &&
		!OGR_G_IsEmpty(at);
	if (found)
		*out = (struct point_m){OGR_G_GetX(at, 0), OGR_G_GetY(at, 0)};
	if (at != NULL)
		OGR_G_DestroyGeometry(at);
	return found && isfinite(out->x_m) && isfinite(out->y_m);
}

double shape_distance(OGRGeometryH shape, struct point_m from)
{
	OGRGeometryH point = shape_point(from);
	double away = OGR_G_Distance(shape, point);
	OGR_G_DestroyGeometry(point);
	return away < 0 ? DBL_MAX : away;
}
