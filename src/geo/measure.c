/* geo/measure.c: what plain arithmetic answers: areas, lengths, bounds, inside or not.
 * Sums run relative to a shape's first point, so that metres far from the origin keep their
 * last digits. */
#include <math.h>

#include "geo/shape.h"

/* Twice the signed area, anticlockwise positive, and (if asked) six times the first moments about `o`. */
static double ring_twice_area(const struct geo_ring *ring, struct point_m o, struct point_m *moment)
{
	double twice = 0;
	for (uint32_t i = 0; i + 1 < ring->count; i++) {
		double ax = ring->points[i].x_m - o.x_m, ay = ring->points[i].y_m - o.y_m;
		double bx = ring->points[i + 1].x_m - o.x_m, by = ring->points[i + 1].y_m - o.y_m;
		double cross = ax * by - bx * ay;
		twice += cross;
		if (moment != NULL) {
			moment->x_m += (ax + bx) * cross;
			moment->y_m += (ay + by) * cross;
		}
	}
	return twice;
}

double geo_area_m2(const struct geo_shape *s)
{
	if (s->form != GEO_POLYGON)
		return 0;
	double area = 0;
	for (uint32_t p = 0; p < s->part_count; p++) {
		const struct geo_part *part = &s->parts[p];
		double of_part = 0;
		for (uint32_t r = 0; r < part->ring_count; r++) {
			if (part->rings[r].count == 0)
				continue;
			double one = fabs(ring_twice_area(&part->rings[r], part->rings[r].points[0], NULL)) / 2.0;
			of_part += r == 0 ? one : -one;
		}
		area += of_part > 0 ? of_part : 0;
	}
	return area;
}

static double ring_length_m(const struct geo_ring *ring)
{
	double length = 0;
	for (uint32_t i = 0; i + 1 < ring->count; i++)
		length += hypot(ring->points[i + 1].x_m - ring->points[i].x_m, ring->points[i + 1].y_m - ring->points[i].y_m);
	return length;
}

double geo_length_m(const struct geo_shape *s)
{
	double length = 0;
	for (uint32_t p = 0; s->form != GEO_POINT && p < s->part_count; p++)
		for (uint32_t r = 0; r < s->parts[p].ring_count; r++)
			length += ring_length_m(&s->parts[p].rings[r]);
	return length;
}

struct geo_box geo_bounds(const struct geo_shape *s)
{
	struct geo_box box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
	for (uint32_t p = 0; p < s->part_count; p++)
		for (uint32_t r = 0; r < s->parts[p].ring_count; r++)
			for (uint32_t i = 0; i < s->parts[p].rings[r].count; i++) {
				struct point_m at = s->parts[p].rings[r].points[i];
				box.x_min_m = fmin(box.x_min_m, at.x_m);
				box.y_min_m = fmin(box.y_min_m, at.y_m);
				box.x_max_m = fmax(box.x_max_m, at.x_m);
				box.y_max_m = fmax(box.y_max_m, at.y_m);
			}
	return box.x_min_m <= box.x_max_m ? box : (struct geo_box){0, 0, 0, 0};
}

bool geo_boxes_apart(struct geo_box a, struct geo_box b, double by_m)
{
	return a.x_min_m > b.x_max_m + by_m || b.x_min_m > a.x_max_m + by_m || a.y_min_m > b.y_max_m + by_m ||
	       b.y_min_m > a.y_max_m + by_m;
}

bool geo_contains(const struct geo_shape *polygon, struct point_m p)
{
	bool inside = false;
	if (polygon->form != GEO_POLYGON)
		return false;
	for (uint32_t k = 0; k < polygon->part_count; k++)
		for (uint32_t r = 0; r < polygon->parts[k].ring_count; r++) {
			const struct geo_ring *ring = &polygon->parts[k].rings[r];
			for (uint32_t i = 0; i + 1 < ring->count; i++) {
				struct point_m a = ring->points[i], b = ring->points[i + 1];
				if ((a.y_m > p.y_m) == (b.y_m > p.y_m))
					continue;
				if (p.x_m < a.x_m + (p.y_m - a.y_m) / (b.y_m - a.y_m) * (b.x_m - a.x_m))
					inside = !inside;
			}
		}
	return inside;
}

struct point_m geo_half_way(const struct geo_ring *line)
{
	double left = ring_length_m(line) / 2.0;
	for (uint32_t i = 0; i + 1 < line->count; i++) {
		struct point_m a = line->points[i], b = line->points[i + 1];
		double length = hypot(b.x_m - a.x_m, b.y_m - a.y_m);
		if (length > 0 && left <= length)
			return (struct point_m){a.x_m + (b.x_m - a.x_m) * left / length, a.y_m + (b.y_m - a.y_m) * left / length};
		left -= length;
	}
	return line->points[0];
}

bool geo_centroid(const struct geo_shape *polygon, struct point_m *out)
{
	struct point_m o = polygon->parts[0].rings[0].points[0], moment = {0, 0};
	double twice = 0;
	for (uint32_t p = 0; p < polygon->part_count; p++)
		for (uint32_t r = 0; r < polygon->parts[p].ring_count; r++) {
			struct point_m of_ring = {0, 0};
			double one = ring_twice_area(&polygon->parts[p].rings[r], o, &of_ring);
			/* Orientation says nothing in the files we read: the first ring adds, the others take away. */
			double sign = (one < 0) == (r == 0) ? -1.0 : 1.0;
			twice += sign * one;
			moment.x_m += sign * of_ring.x_m;
			moment.y_m += sign * of_ring.y_m;
		}
	if (!(twice > 1e-9))
		return false;
	*out = (struct point_m){o.x_m + moment.x_m / (3.0 * twice), o.y_m + moment.y_m / (3.0 * twice)};
	return true;
}
