/* plan/import_draft.c: from a map to a first plan that somebody edits. What is guessed:
 *
 *        ~~~~~~~~~~~~ approach: 25 m around, less the buildings ~~~~~~~~~~~~
 *        ~  +-----------[gate]--------- outline of the venue -----------+  ~
 *   link ~  |  concourse: what is left   +-------+   +--------------+   |  ~
 *   -----~  |                     [door] | stand |   | pitch  [door]|   |  ~
 *
 * The venue: the largest leisure=stadium; else the hull of the stands, a pitch, a square, or as
 * a last resort a square of 60 m in the middle. Zones are cut so that none overlap; every zone
 * gets a way in and out, so that the plan passes its check; what nobody can know (rates, widths,
 * times) is a placeholder and the head's note says so. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/import_draft.h"

#define APPROACH_M 25.0
#define GAP_M 0.1 /* between neighbours: no rounding makes an overlap of it, and up to 5 m count as touching */
#define STAND_LEAST_M2 30.0
#define STAND_MOST_OF_VENUE 0.8 /* a building that covers more is the venue itself */
#define BASE_REACH_M 1500.0
#define VENUE_MOST_M 5000.0
#define REACH_MOST_M 20000.0 /* what lies or reaches further away has no part in a plan */

static double item_area(const struct import *in, const struct import_item *item)
{
	OGREnvelope box;
	if (OGR_G_GetDimension(item->shape) != 2)
		return 0;
	OGR_G_GetEnvelope(item->shape, &box);
	return OGR_G_Area(item->shape) * (in->local ? 1 : cos((box.MinY + box.MaxY) / 2 * 3.14159265358979 / 180));
}

/* A venue of over 5 km is a mistake in the map. */
static bool venue_sized(const struct import *in, const struct import_item *item)
{
	OGREnvelope box;
	double most = in->local ? VENUE_MOST_M : VENUE_MOST_M / 111000;
	OGR_G_GetEnvelope(item->shape, &box);
	return box.MaxX - box.MinX <= most && box.MaxY - box.MinY <= most;
}

static const struct import_item *largest(const struct import *in, enum import_role role)
{
	const struct import_item *best = NULL;
	double most = 0;
	for (uint32_t i = 0; i < in->count; i++)
		if (in->items[i].role == role && venue_sized(in, &in->items[i]) && item_area(in, &in->items[i]) > most) {
			most = item_area(in, &in->items[i]);
			best = &in->items[i];
		}
	return best;
}

static struct point_m middle_of_all(const struct import *in)
{
	OGREnvelope box, all = {DBL_MAX, -DBL_MAX, DBL_MAX, -DBL_MAX};
	for (uint32_t i = 0; i < in->count; i++) {
		OGR_G_GetEnvelope(in->items[i].shape, &box);
		all.MinX = fmin(all.MinX, box.MinX);
		all.MaxX = fmax(all.MaxX, box.MaxX);
		all.MinY = fmin(all.MinY, box.MinY);
		all.MaxY = fmax(all.MaxY, box.MaxY);
	}
	return (struct point_m){(all.MinX + all.MaxX) / 2, (all.MinY + all.MaxY) / 2};
}

OGRGeometryH draft_local(const struct draft *d, const struct import_item *item)
{
	OGREnvelope box;
	OGRGeometryH shape = shape_to_local(item->shape, d->frame);
	if (shape == NULL)
		return NULL;
	OGR_G_GetEnvelope(shape, &box);
	if (fmax(fabs(box.MinX - d->centre.x_m), fabs(box.MaxX - d->centre.x_m)) < REACH_MOST_M &&
	    fmax(fabs(box.MinY - d->centre.y_m), fabs(box.MaxY - d->centre.y_m)) < REACH_MOST_M)
		return shape;
	OGR_G_DestroyGeometry(shape);
	return NULL;
}

bool draft_middle(const struct draft *d, const struct import_item *item, struct point_m *out)
{
	OGRGeometryH shape = draft_local(d, item);
	bool found = shape != NULL && shape_middle(shape, out);
	if (shape != NULL)
		OGR_G_DestroyGeometry(shape);
	return found;
}

double draft_away(const struct draft *d, const struct import_item *item)
{
	OGRGeometryH shape = draft_local(d, item);
	double away = shape == NULL ? -1 : OGR_G_Distance(shape, d->venue);
	if (shape != NULL)
		OGR_G_DestroyGeometry(shape);
	return away < 0 ? DBL_MAX : away;
}

/* ---- the venue ---- */

/* The hull of all stands and pitches within 300 m of `first`. */
static OGRGeometryH hull_around(const struct draft *d, const struct import_item *first)
{
	OGRGeometryH centre = draft_local(d, first), all = OGR_G_CreateGeometry(wkbGeometryCollection), hull = NULL;
	if (centre == NULL) {
		OGR_G_DestroyGeometry(all);
		return NULL;
	}
	for (uint32_t i = 0; i < d->in->count; i++) {
		const struct import_item *item = &d->in->items[i];
		if ((item->role != ROLE_STAND && item->role != ROLE_PITCH) || OGR_G_GetDimension(item->shape) != 2)
			continue;
		OGRGeometryH shape = draft_local(d, item);
		if (shape != NULL && OGR_G_Distance(shape, centre) <= 300)
			OGR_G_AddGeometry(all, shape);
		if (shape != NULL)
			OGR_G_DestroyGeometry(shape);
	}
	OGRGeometryH tight = OGR_G_ConvexHull(all);
	if (tight != NULL) {
		hull = OGR_G_Buffer(tight, 8, 4);
		OGR_G_DestroyGeometry(tight);
	}
	OGR_G_DestroyGeometry(centre);
	OGR_G_DestroyGeometry(all);
	return hull;
}

static OGRGeometryH square(struct point_m at, double side_m)
{
	double h = side_m / 2;
	struct point_m corners[5] = {{at.x_m - h, at.y_m - h}, {at.x_m + h, at.y_m - h}, {at.x_m + h, at.y_m + h},
		{at.x_m - h, at.y_m + h}, {at.x_m - h, at.y_m - h}};
	OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing), polygon = OGR_G_CreateGeometry(wkbPolygon);
	for (size_t i = 0; i < 5; i++)
		OGR_G_AddPoint_2D(ring, corners[i].x_m, corners[i].y_m);
	OGR_G_AddGeometryDirectly(polygon, ring);
	return polygon;
}

/* The outline without holes of the largest part. Takes `shape`. */
static OGRGeometryH outline(OGRGeometryH shape)
{
	OGRGeometryH best = NULL, whole = shape_polygons(shape, 1.0);
	if (whole == NULL)
		return NULL;
	int parts = wkbFlatten(OGR_G_GetGeometryType(whole)) == wkbMultiPolygon ? OGR_G_GetGeometryCount(whole) : 0;
	best = parts == 0 ? whole : OGR_G_GetGeometryRef(whole, 0);
	for (int i = 1; i < parts; i++)
		if (OGR_G_Area(OGR_G_GetGeometryRef(whole, i)) > OGR_G_Area(best))
			best = OGR_G_GetGeometryRef(whole, i);
	OGRGeometryH bare = OGR_G_CreateGeometry(wkbPolygon);
	OGR_G_AddGeometry(bare, OGR_G_GetGeometryRef(best, 0));
	OGR_G_DestroyGeometry(whole);
	return shape_polygons(bare, 1.0);
}

static err_t find_venue(struct draft *d)
{
	const struct import_item *stadium = largest(d->in, ROLE_VENUE), *stand = largest(d->in, ROLE_STAND);
	const struct import_item *pitch = largest(d->in, ROLE_PITCH), *ground = largest(d->in, ROLE_SQUARE);
	const struct import_item *small = pitch != NULL ? pitch : ground;
	const struct import_item *chosen = stadium != NULL ? stadium : stand != NULL ? stand : small;
	struct point_m centre = middle_of_all(d->in);
	err_t error = ERR_NONE;
	if (chosen != NULL)
		shape_middle(chosen->shape, &centre);
	if (!d->in->local) {
		error = geo_frame_new((struct lon_lat){centre.x_m, centre.y_m}, &d->frame);
		if (error != ERR_NONE)
			return error;
	}
	d->centre = d->frame == NULL ? centre : (struct point_m){0, 0};
	d->venue_item = chosen;
	d->open_ground = stadium == NULL && stand == NULL;
	if (chosen != NULL)
		d->venue = outline(chosen == stadium || chosen == ground ? draft_local(d, chosen) : hull_around(d, chosen));
	if (d->venue == NULL) {
		d->placeholder = true;
		d->venue = square(d->centre, 60);
	}
	return d->venue == NULL ? ERR_MEMORY : ERR_NONE;
}

/* ---- zones inside ---- */

static OGRGeometryH inside_venue(const struct draft *d, const struct import_item *item, double least_share)
{
	OGRGeometryH shape = shape_polygons(draft_local(d, item), STAND_LEAST_M2);
	if (shape == NULL)
		return NULL;
	double whole = OGR_G_Area(shape);
	OGRGeometryH part = shape_polygons(OGR_G_Intersection(shape, d->venue), STAND_LEAST_M2);
	OGR_G_DestroyGeometry(shape);
	if (part != NULL && OGR_G_Area(part) < whole * least_share) {
		OGR_G_DestroyGeometry(part);
		return NULL;
	}
	return part;
}

static void find_pitch(struct draft *d)
{
	double most = 0;
	for (uint32_t i = 0; i < d->in->count; i++) {
		if (d->in->items[i].role != ROLE_PITCH || OGR_G_GetDimension(d->in->items[i].shape) != 2)
			continue;
		OGRGeometryH shape = inside_venue(d, &d->in->items[i], 0.5);
		if (shape == NULL)
			continue;
		if (OGR_G_Area(shape) > most) {
			most = OGR_G_Area(shape);
			if (d->pitch.shape != NULL)
				OGR_G_DestroyGeometry(d->pitch.shape);
			d->pitch.shape = shape;
			d->pitch.item = &d->in->items[i];
		} else {
			OGR_G_DestroyGeometry(shape);
		}
	}
}

static void find_stands(struct draft *d)
{
	for (uint32_t i = 0; i < d->in->count && d->stand_count < DRAFT_STANDS_MAX; i++) {
		if (d->in->items[i].role != ROLE_STAND || OGR_G_GetDimension(d->in->items[i].shape) != 2)
			continue;
		OGRGeometryH shape = inside_venue(d, &d->in->items[i], 0.5);
		if (shape != NULL && OGR_G_Area(shape) > OGR_G_Area(d->venue) * STAND_MOST_OF_VENUE) {
			OGR_G_DestroyGeometry(shape);
			shape = NULL;
		}
		if (shape != NULL && d->pitch.shape != NULL)
			shape = shape_minus(shape, d->pitch.shape, GAP_M);
		for (uint32_t k = 0; shape != NULL && k < d->stand_count; k++)
			shape = shape_minus(shape, d->stands[k].shape, GAP_M);
		if (shape == NULL || OGR_G_Area(shape) < STAND_LEAST_M2) {
			if (shape != NULL)
				OGR_G_DestroyGeometry(shape);
			continue;
		}
		struct draft_zone *stand = &d->stands[d->stand_count++];
		stand->shape = shape;
		stand->item = &d->in->items[i];
		snprintf(stand->id, sizeof(stand->id), "stand-%u", d->stand_count);
	}
}

/* Where the zone meets the concourse; false: nowhere. */
static bool find_door(const struct draft *d, struct draft_zone *zone)
{
	OGRGeometryH wide = OGR_G_Buffer(zone->shape, 1, 4);
	OGRGeometryH common = wide == NULL ? NULL : OGR_G_Intersection(wide, d->concourse.shape);
	struct point_m at;
	bool found = common != NULL && !OGR_G_IsEmpty(common) && shape_middle(common, &at);
	if (found)
		zone->door = shape_nearest(zone->shape, shape_nearest(d->concourse.shape, at));
	if (common != NULL)
		OGR_G_DestroyGeometry(common);
	if (wide != NULL)
		OGR_G_DestroyGeometry(wide);
	return found && shape_distance(d->concourse.shape, zone->door) < 2;
}

static void drop_zone(struct draft_zone *zone)
{
	if (zone->shape != NULL)
		OGR_G_DestroyGeometry(zone->shape);
	zone->shape = NULL;
}

/* What neither stands nor pitch take; zones that do not touch it could not be reached and stay on the base map only. */
static void find_concourse(struct draft *d)
{
	d->concourse.shape = OGR_G_Clone(d->venue);
	for (uint32_t i = 0; i < d->stand_count && d->concourse.shape != NULL; i++)
		d->concourse.shape = shape_minus(d->concourse.shape, d->stands[i].shape, GAP_M);
	if (d->concourse.shape != NULL && d->pitch.shape != NULL)
		d->concourse.shape = shape_minus(d->concourse.shape, d->pitch.shape, GAP_M);
	bool whole = d->concourse.shape == NULL;
	if (whole)
		d->concourse.shape = OGR_G_Clone(d->venue);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < d->stand_count; i++) {
		if (!whole && find_door(d, &d->stands[i]))
			d->stands[kept++] = d->stands[i];
		else
			drop_zone(&d->stands[i]);
	}
	d->stand_count = kept;
	if (d->pitch.shape != NULL && (whole || !find_door(d, &d->pitch)))
		drop_zone(&d->pitch);
}

/* Keeps the parts of the approach that touch the venue. Takes `shape`. */
static OGRGeometryH touching(const struct draft *d, OGRGeometryH shape)
{
	if (shape == NULL || wkbFlatten(OGR_G_GetGeometryType(shape)) != wkbMultiPolygon)
		return shape;
	OGRGeometryH many = OGR_G_CreateGeometry(wkbMultiPolygon);
	int parts = OGR_G_GetGeometryCount(shape);
	for (int i = 0; i < parts; i++)
		if (OGR_G_Distance(OGR_G_GetGeometryRef(shape, i), d->venue) < 1)
			OGR_G_AddGeometry(many, OGR_G_GetGeometryRef(shape, i));
	OGR_G_DestroyGeometry(shape);
	return shape_polygons(many, 20.0);
}

static void find_approach(struct draft *d)
{
	OGRGeometryH wide = OGR_G_Buffer(d->venue, APPROACH_M, 8);
	OGRGeometryH open = wide == NULL ? NULL : shape_minus(wide, d->venue, GAP_M);
	OGRGeometryH bare = open == NULL ? NULL : OGR_G_Clone(open);
	for (uint32_t i = 0; i < d->in->count && open != NULL; i++) {
		if (d->in->items[i].layer != BASE_BUILDING || OGR_G_GetDimension(d->in->items[i].shape) != 2 ||
		    draft_away(d, &d->in->items[i]) > APPROACH_M)
			continue;
		OGRGeometryH building = shape_polygons(draft_local(d, &d->in->items[i]), 1.0);
		if (building == NULL)
			continue;
		open = shape_minus(open, building, GAP_M);
		OGR_G_DestroyGeometry(building);
	}
	open = touching(d, open);
	d->approach.shape = open != NULL ? open : bare;
	if (open != NULL && bare != NULL)
		OGR_G_DestroyGeometry(bare);
}

/* ---- the base map's surroundings, in the output's coordinates ---- */

static OGRGeometryH surroundings(const struct draft *d)
{
	if (d->frame == NULL)
		return NULL;
	OGRGeometryH wide = OGR_G_Buffer(d->venue, BASE_REACH_M, 8);
	if (wide == NULL || OGR_G_GetGeometryCount(wide) != 1) {
		if (wide != NULL)
			OGR_G_DestroyGeometry(wide);
		return NULL;
	}
	OGRGeometryH ring = OGR_G_GetGeometryRef(wide, 0);
	int points = OGR_G_GetPointCount(ring);
	for (int i = 0; i < points; i++) {
		struct lon_lat at = geo_to_globe(d->frame, (struct point_m){OGR_G_GetX(ring, i), OGR_G_GetY(ring, i)});
		OGR_G_SetPoint_2D(ring, i, at.lon_deg, at.lat_deg);
	}
	return wide;
}

static void free_draft(struct draft *d)
{
	for (uint32_t i = 0; i < d->stand_count; i++)
		drop_zone(&d->stands[i]);
	drop_zone(&d->pitch);
	drop_zone(&d->concourse);
	drop_zone(&d->approach);
	if (d->venue != NULL)
		OGR_G_DestroyGeometry(d->venue);
	geo_frame_free(d->frame);
}

err_t draft_plan(const struct import *in, struct buf *out_plan, OGRGeometryH *out_near, struct problem *problem)
{
	struct draft *d = arena_alloc(in->arena, sizeof(*d));
	if (d == NULL)
		return ERR_MEMORY;
	d->in = in;
	d->out = out_plan;
	snprintf(d->pitch.id, sizeof(d->pitch.id), "pitch");
	snprintf(d->concourse.id, sizeof(d->concourse.id), "concourse");
	snprintf(d->approach.id, sizeof(d->approach.id), "approach");
	err_t error = find_venue(d);
	if (error == ERR_NONE) {
		find_pitch(d);
		find_stands(d);
		find_concourse(d);
		find_approach(d);
		if (d->concourse.shape == NULL || d->approach.shape == NULL)
			error = problem_set(problem, ERR_IMPORT_FORMAT, "geometry", "The venue's outline cannot be cut into zones");
	}
	if (error == ERR_NONE) {
		*out_near = surroundings(d);
		draft_write(d);
	}
	free_draft(d);
	return error;
}
