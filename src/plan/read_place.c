/* plan/read_place.c: from the file's coordinates to metres around the venue.
 *
 * The frame's centre is the median of the features' first positions, not the middle of their
 * bounds: one feature with exchanged coordinates would drag the middle to another country, and
 * then every other feature would be the one that lies far away. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/reader.h"

#define CENTRE_STEP_DEG 1e-4       /* the centre is rounded, so that it stays the same under small edits */
#define FAR_M 1e6
#define UNLOCATED_SHIFT_OVER_M 1e5 /* national grids: bring the plan to the origin */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *values, uint32_t count)
{
	qsort(values, count, sizeof(*values), by_value);
	return values[count / 2];
}

static void each_point(struct geo_shape *s, void (*turn)(const struct reader *, struct point_m *),
                       const struct reader *r)
{
	for (uint32_t p = 0; p < s->part_count; p++)
		for (uint32_t k = 0; k < s->parts[p].ring_count; k++)
			for (uint32_t i = 0; i < s->parts[p].rings[k].count; i++)
				turn(r, &s->parts[p].rings[k].points[i]);
}

static void from_gcj02(const struct reader *r, struct point_m *p)
{
	(void)r;
	struct lon_lat at = geo_wgs84_from_gcj02((struct lon_lat){p->x_m, p->y_m});
	*p = (struct point_m){at.lon_deg, at.lat_deg};
}

/* What lies degrees away is far; the projection need not say how far, and beyond 90 degrees it could not. */
static void from_degrees(const struct reader *r, struct point_m *p)
{
	struct lon_lat centre = geo_to_globe(r->plan->frame, (struct point_m){0, 0});
	if (fabs(remainder(p->x_m - centre.lon_deg, 360.0)) > 10.0 || fabs(p->y_m - centre.lat_deg) > 2.0) {
		*p = (struct point_m){FAR_M, FAR_M};
		return;
	}
	*p = geo_to_local(r->plan->frame, (struct lon_lat){p->x_m, p->y_m});
}

static void from_local(const struct reader *r, struct point_m *p)
{
	const struct plan_axes *axes = &r->plan->file_axes;
	double x = p->x_m - axes->x_m, y = p->y_m - axes->y_m;
	*p = (struct point_m){x * axes->cosine - y * axes->sine, x * axes->sine + y * axes->cosine};
}

/* The median position in raw coordinates; false: nothing is drawn. */
static bool middle(struct reader *r, struct point_m *out)
{
	uint32_t count = r->plan->feature_count;
	double *values = count > 0 ? calloc(count, sizeof(*values)) : NULL;
	if (values == NULL) {
		if (count > 0)
			reader_fail(r, ERR_MEMORY);
		return false;
	}
	for (uint32_t i = 0; i < count; i++)
		values[i] = r->plan->features[i].shape.parts[0].rings[0].points[0].x_m;
	out->x_m = median(values, count);
	for (uint32_t i = 0; i < count; i++)
		values[i] = r->plan->features[i].shape.parts[0].rings[0].points[0].y_m;
	out->y_m = median(values, count);
	free(values);
	return true;
}

static void make_frame(struct reader *r, struct point_m at)
{
	struct plan *p = r->plan;
	struct lon_lat centre = {0, 0};
	p->located = r->coordinates != COORDINATES_LOCAL || r->georeferenced;
	p->file_axes = (struct plan_axes){.local = r->coordinates == COORDINATES_LOCAL, .cosine = 1, .sine = 0};
	if (r->coordinates != COORDINATES_LOCAL) {
		centre.lon_deg = round(at.x_m / CENTRE_STEP_DEG) * CENTRE_STEP_DEG;
		centre.lat_deg = round(at.y_m / CENTRE_STEP_DEG) * CENTRE_STEP_DEG;
	} else if (r->georeferenced) {
		centre = (struct lon_lat){r->reference_lon, r->reference_lat};
		double turn = r->rotation_deg / 180.0 * 3.14159265358979323846;
		p->file_axes = (struct plan_axes){true, r->reference_x_m, r->reference_y_m, cos(turn), sin(turn)};
	} else if (fabs(at.x_m) > UNLOCATED_SHIFT_OVER_M || fabs(at.y_m) > UNLOCATED_SHIFT_OVER_M) {
		p->file_axes.x_m = round(at.x_m / 1000.0) * 1000.0;
		p->file_axes.y_m = round(at.y_m / 1000.0) * 1000.0;
	}
	err_t error = geo_frame_new(centre, &p->own_frame);
	if (error != ERR_NONE)
		reader_fail(r, error);
	p->frame = p->own_frame;
}

static double farthest_m(const struct geo_shape *s, struct point_m from)
{
	struct geo_box box = geo_bounds(s);
	double x = fmax(fabs(box.x_min_m - from.x_m), fabs(box.x_max_m - from.x_m));
	double y = fmax(fabs(box.y_min_m - from.y_m), fabs(box.y_max_m - from.y_m));
	return hypot(x, y);
}

/* Takes the far features out of the plan; the drafts move with them. */
static void drop_far(struct reader *r, struct point_m centre)
{
	struct plan *p = r->plan;
	uint32_t kept = 0;
	for (uint32_t i = 0; i < p->feature_count; i++) {
		double far_m = farthest_m(&p->features[i].shape, centre);
		if (far_m <= PLAN_REACH_M) {
			p->features[kept] = p->features[i];
			r->drafts[kept] = r->drafts[i];
			kept++;
			continue;
		}
		uint32_t ignored;
		r->here = (struct finding_place){p->features[i].line, p->features[i].id, NULL};
		reader_find(r, FINDING_GEOMETRY_FAR, "geometry", "coordinates", figure(far_m / 1000.0, 0).at,
			figure(PLAN_REACH_M / 1000.0, 0).at, NULL);
		if (names_add(r->dropped, text_of(p->features[i].id), &ignored) == ERR_MEMORY)
			reader_fail(r, ERR_MEMORY);
	}
	p->feature_count = kept;
}

void read_place(struct reader *r)
{
	struct plan *p = r->plan;
	struct point_m at = {0, 0};
	if (r->coordinates == COORDINATES_GCJ02)
		for (uint32_t i = 0; i < p->feature_count; i++)
			each_point(&p->features[i].shape, from_gcj02, r);
	bool drawn = middle(r, &at);
	if (r->error == ERR_NONE)
		make_frame(r, at);
	if (r->error != ERR_NONE || !drawn)
		return;
	bool local = r->coordinates == COORDINATES_LOCAL;
	for (uint32_t i = 0; i < p->feature_count; i++)
		each_point(&p->features[i].shape, local ? from_local : from_degrees, r);
	if (local)
		from_local(r, &at);
	else
		from_degrees(r, &at);
	drop_far(r, at);
}
