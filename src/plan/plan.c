/* plan/plan.c: what one asks a plan that has been read. */
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>

void plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	geo_frame_free(p->own_frame);
	names_free(p->zone_ids);
	names_free(p->checkpoint_ids);
	arena_free(p->arena);
	free(p);
}

uint32_t plan_find_zone(const struct plan *p, struct text id) { return names_find(p->zone_ids, id); }
uint32_t plan_find_checkpoint(const struct plan *p, struct text id) { return names_find(p->checkpoint_ids, id); }

struct lon_lat plan_locate(const struct plan *p, struct point_m at) { return geo_to_globe(p->frame, at); }

struct point_m plan_position_in_file(const struct plan *p, struct point_m at)
{
	const struct plan_axes *axes = &p->file_axes;
	if (axes->local)
		return (struct point_m){axes->x_m + at.x_m * axes->cosine + at.y_m * axes->sine,
			axes->y_m - at.x_m * axes->sine + at.y_m * axes->cosine};
	struct lon_lat on_globe = geo_to_globe(p->frame, at);
	return (struct point_m){on_globe.lon_deg, on_globe.lat_deg};
}

double plan_arrived_share(const struct plan *p, at_ms at)
{
	if (p->at_start == AT_NONE || at == AT_NONE || p->arrival_count == 0)
		return 0;
	double minutes = ((double)at - (double)p->at_start) / 60000.0;
	const struct plan_curve_point *points = p->arrivals;
	if (minutes < points[0].minutes_from_start)
		return 0;
	for (uint32_t i = 1; i < p->arrival_count; i++) {
		if (minutes >= points[i].minutes_from_start)
			continue;
		double width = points[i].minutes_from_start - points[i - 1].minutes_from_start;
		double along = (minutes - points[i - 1].minutes_from_start) / width;
		return points[i - 1].share + (points[i].share - points[i - 1].share) * along;
	}
	return points[p->arrival_count - 1].share;
}
