/* plan/import_features.c: writes the guessed plan, feature by feature. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/import_draft.h"

#define AT_OUTLINE_M 8.0       /* an entrance this near to the outline belongs to it */
#define TOUCH_M 2.0
#define LANE_RATE_PPL_MIN 11   /* Green Guide: 660 an hour through a turnstile, a ceiling */
#define GATE_WIDTH_M 1.2
#define SOURCE_REACH_M 1200.0
#define ASSET_REACH_M 400.0
#define BARRIER_REACH_M 150.0
#define PLACEHOLDER_PPL 1000

static void begin(struct draft *d, const char *id, const char *kind)
{
	buf_addf(d->out, "%s{\"type\":\"Feature\",\"id\":\"%s\",\"properties\":{\"kind\":\"%s\"", d->first ? ",\n" : "\n",
		id, kind);
	d->first = true;
}

static void finish(struct draft *d, OGRGeometryH shape)
{
	buf_add_str(d->out, "},\"geometry\":");
	write_geometry(d->out, shape, d->frame, d->frame == NULL ? 3 : 8);
	buf_add_char(d->out, '}');
}

static void finish_point(struct draft *d, struct point_m at)
{
	OGRGeometryH point = shape_point(at);
	finish(d, point);
	OGR_G_DestroyGeometry(point);
}

static void item_name(struct draft *d, const struct import_item *item)
{
	if (item != NULL)
		write_name(d->out, item->name, item->zh, item->en);
}

static void figure(struct draft *d, const char *name, double v)
{
	buf_addf(d->out, ",\"%s\":", name);
	buf_add_json_f64(d->out, v, 2);
}

/* ---- head ---- */

static void write_head(struct draft *d)
{
	const struct import_item *venue = d->venue_item;
	long people = venue != NULL && venue->capacity_ppl >= 1 ? lround(venue->capacity_ppl) : PLACEHOLDER_PPL;
	buf_add_str(d->out, "{\"type\":\"FeatureCollection\",\n\"cordon\":{\"plan\":1");
	write_name(d->out, NULL, "由地图生成的方案初稿", "First plan, made from a map");
	if (venue != NULL && venue->name != NULL) {
		struct buf name;
		buf_init(&name, 4096);
		write_name(&name, venue->name, venue->zh, venue->en);
		buf_add_str(d->out, ",\"venue\":");
		if (name.error == ERR_NONE)
			buf_add_str(d->out, name.at + strlen(",\"name\":"));
		buf_free(&name);
	}
	if (d->frame == NULL)
		buf_add_str(d->out, ",\"coordinates\":\"local\"");
	if (d->in->base_name != NULL) {
		buf_add_str(d->out, ",\"base\":");
		buf_add_json_str(d->out, d->in->base_name);
	}
	buf_addf(d->out,
		",\n\"timetable\":{\"doors\":\"2030-01-01T17:30:00+08:00\",\"start\":\"2030-01-01T19:30:00+08:00\","
	         "\"end\":\"2030-01-01T22:00:00+08:00\"},\"expected_ppl\":%ld,\"approved_ppl\":%ld", people, people);
	if (d->in->osm)
		buf_add_str(d->out, ",\n\"attribution\":\"© OpenStreetMap contributors, ODbL 1.0\"");
	buf_add_str(d->out,
		",\n\"note\":\"Placeholders to replace: timetable, people, lanes and rates, widths, shares of the sources"
	            "; zones are guessed\"},\n\"features\":[");
}

/* ---- zones ---- */

static void write_zone(struct draft *d, const struct draft_zone *zone, const char *use, const char *zh, const char *en)
{
	const struct import_item *item = zone->item;
	begin(d, zone->id, "zone");
	if (item != NULL && item->name != NULL)
		item_name(d, item);
	else
		write_name(d->out, NULL, zh, en);
	buf_addf(d->out, ",\"use\":\"%s\"", use);
	if (strcmp(use, "stand") == 0 && item != NULL && item->capacity_ppl >= 1)
		figure(d, "seats", round(item->capacity_ppl));
	finish(d, zone->shape);
}

static void write_zones(struct draft *d)
{
	write_zone(d, &d->approach, "approach", "场馆外围", "Approach");
	write_zone(d, &d->concourse, "concourse", d->open_ground ? "活动场地" : "场内通道",
		d->open_ground ? "Ground" : "Concourse");
	if (d->pitch.shape != NULL)
		write_zone(d, &d->pitch, "pitch", "场地", "Pitch");
	for (uint32_t i = 0; i < d->stand_count; i++)
		write_zone(d, &d->stands[i], "stand", "看台", "Stand");
}

/* ---- gates and doors ---- */

static bool taken(const struct draft *d, struct point_m at, double apart_m)
{
	for (uint32_t i = 0; i < d->placed_count; i++)
		if (hypot(d->placed[i].x_m - at.x_m, d->placed[i].y_m - at.y_m) < apart_m)
			return true;
	return d->placed_count >= DRAFT_GATES_MAX + DRAFT_LINKS_MAX;
}

/* The zone inside that a gate at `at` leads to; NULL: none is near enough. */
static const struct draft_zone *zone_behind(const struct draft *d, struct point_m at)
{
	if (shape_distance(d->concourse.shape, at) < TOUCH_M)
		return &d->concourse;
	for (uint32_t i = 0; i < d->stand_count; i++)
		if (shape_distance(d->stands[i].shape, at) < TOUCH_M)
			return &d->stands[i];
	return d->pitch.shape != NULL && shape_distance(d->pitch.shape, at) < TOUCH_M ? &d->pitch : NULL;
}

static void write_gate(struct draft *d, struct point_m at, const struct draft_zone *to, const struct import_item *item)
{
	char id[24];
	double width_m = item != NULL && item->width_m > 0.5 ? item->width_m : GATE_WIDTH_M;
	bool exit = item != NULL && item->role == ROLE_EXIT;
	snprintf(id, sizeof(id), exit ? "exit-%u" : "gate-%u", exit ? ++d->exit_count : ++d->gate_count);
	begin(d, id, "checkpoint");
	item_name(d, item);
	if (exit)
		buf_addf(d->out, ",\"stage\":\"exit\",\"from\":\"%s\",\"to\":\"outside\"", to->id);
	else
		buf_addf(d->out, ",\"stage\":\"ticket\",\"from\":\"approach\",\"to\":\"%s\",\"exit_use\":true,"
		         "\"lanes\":[{\"id\":\"1\",\"rate_ppl_min\":%d}]", to->id, LANE_RATE_PPL_MIN);
	figure(d, "width_m", width_m);
	if (item == NULL)
		buf_add_str(d->out, ",\"note\":\"placeholder: the map shows no entrance here\"");
	finish_point(d, at);
	d->placed[d->placed_count++] = at;
}

static bool try_gate(struct draft *d, struct point_m near, const struct import_item *item)
{
	struct point_m at = shape_nearest(d->venue, near);
	const struct draft_zone *to = zone_behind(d, at);
	if (to == NULL || shape_distance(d->approach.shape, at) > TOUCH_M || taken(d, at, 1.5))
		return false;
	write_gate(d, at, to, item);
	return true;
}

static void write_gates(struct draft *d)
{
	struct point_m at, middle = {0, 0};
	for (uint32_t i = 0; i < d->in->count && d->placed_count < DRAFT_GATES_MAX; i++) {
		const struct import_item *item = &d->in->items[i];
		if (item->role != ROLE_ENTRANCE && item->role != ROLE_GATE && item->role != ROLE_EXIT)
			continue;
		if (!draft_middle(d, item, &at))
			continue;
		struct point_m on = shape_nearest(d->venue, at);
		if (hypot(on.x_m - at.x_m, on.y_m - at.y_m) <= AT_OUTLINE_M)
			try_gate(d, at, item);
	}
	shape_middle(d->venue, &middle);
	for (int k = 0; k < 32 && d->gate_count == 0; k++) { /* nothing on the map: the first place around that will do */
		double turn = k * 3.14159265358979 / 16;
		try_gate(d, (struct point_m){middle.x_m + 1000 * cos(turn), middle.y_m + 1000 * sin(turn)}, NULL);
	}
}

static void write_door(struct draft *d, const struct draft_zone *zone)
{
	char id[32];
	snprintf(id, sizeof(id), "%s-door", zone->id);
	begin(d, id, "checkpoint");
	buf_addf(d->out, ",\"stage\":\"transfer\",\"from\":\"concourse\",\"to\":\"%s\",\"width_m\":2,"
	         "\"note\":\"placeholder: draw the real ways\"", zone->id);
	finish_point(d, zone->door);
}

static void write_doors(struct draft *d)
{
	for (uint32_t i = 0; i < d->stand_count; i++)
		write_door(d, &d->stands[i]);
	if (d->pitch.shape != NULL)
		write_door(d, &d->pitch);
}

/* ---- links: ways that come onto the approach from outside ---- */

static bool in_zones(const struct draft *d, struct point_m at)
{
	return shape_distance(d->approach.shape, at) <= 0 || shape_distance(d->venue, at) <= 0;
}

static void write_link(struct draft *d, struct point_m from, struct point_m to, const struct import_item *item)
{
	char id[24];
	struct point_m ends[2] = {from, to};
	snprintf(id, sizeof(id), "link-%u", ++d->link_count);
	begin(d, id, "link");
	item_name(d, item);
	buf_addf(d->out, ",\"from\":\"outside\",\"to\":\"approach\",\"form\":\"%s\",\"direction\":\"both\"",
		item == NULL ? "walk" : item->word);
	figure(d, "width_m", item != NULL && item->width_m > 0.5 ? item->width_m : 2);
	OGRGeometryH line = shape_line(ends, 2);
	finish(d, line);
	OGR_G_DestroyGeometry(line);
	d->placed[d->placed_count++] = to;
}

/* The first piece of the way that comes from outside into the approach. */
static void link_way(struct draft *d, OGRGeometryH line, const struct import_item *item)
{
	int points = OGR_G_GetPointCount(line);
	struct point_m before = {OGR_G_GetX(line, 0), OGR_G_GetY(line, 0)};
	bool before_in = in_zones(d, before);
	for (int i = 1; i < points; i++) {
		struct point_m here = {OGR_G_GetX(line, i), OGR_G_GetY(line, i)};
		bool here_in = in_zones(d, here);
		struct point_m inner = here_in ? here : before, outer = here_in ? before : here;
		if (here_in != before_in && shape_distance(d->approach.shape, inner) < TOUCH_M && !taken(d, inner, 6)) {
			write_link(d, outer, inner, item);
			return;
		}
		before = here;
		before_in = here_in;
	}
}

static void write_links(struct draft *d)
{
	struct point_m middle = {0, 0};
	for (uint32_t i = 0; i < d->in->count && d->link_count < DRAFT_LINKS_MAX; i++) {
		const struct import_item *item = &d->in->items[i];
		if (item->role != ROLE_WAY || wkbFlatten(OGR_G_GetGeometryType(item->shape)) != wkbLineString)
			continue;
		OGRGeometryH line = draft_local(d, item);
		if (line != NULL && OGR_G_Intersects(line, d->approach.shape))
			link_way(d, line, item);
		if (line != NULL)
			OGR_G_DestroyGeometry(line);
	}
	if (d->link_count > 0)
		return;
	shape_middle(d->venue, &middle);
	struct point_m to = shape_nearest(d->approach.shape, (struct point_m){middle.x_m, middle.y_m - 10000});
	write_link(d, (struct point_m){to.x_m, to.y_m - 20}, to, NULL);
}

/* ---- sources ---- */

struct near_source { const struct import_item *item; double away_m; struct point_m at; };

static int by_distance(const void *a, const void *b)
{
	double left = ((const struct near_source *)a)->away_m, right = ((const struct near_source *)b)->away_m;
	return (left > right) - (left < right);
}

static void write_source(struct draft *d, uint32_t i, uint32_t count, const struct near_source *source)
{
	char id[24];
	double share = round(1000.0 / count) / 1000;
	snprintf(id, sizeof(id), "source-%u", i + 1);
	begin(d, id, "source");
	item_name(d, source->item);
	buf_addf(d->out, ",\"form\":\"%s\",\"to\":\"approach\",\"share\":",
		source->item == NULL ? "walk" : source->item->word);
	buf_add_json_f64(d->out, i + 1 < count ? share : 1 - share * (count - 1), 3);
	finish_point(d, source->at);
}

static void write_sources(struct draft *d)
{
	struct near_source near[DRAFT_SOURCES_MAX + 1] = {0};
	uint32_t count = 0;
	for (uint32_t i = 0; i < d->in->count; i++) {
		const struct import_item *item = &d->in->items[i];
		if (item->role != ROLE_SOURCE)
			continue;
		struct near_source this = {item, draft_away(d, item), {0, 0}};
		if (this.away_m > SOURCE_REACH_M || !draft_middle(d, item, &this.at))
			continue;
		/* The last place is for the one too many. */
		uint32_t place = count < DRAFT_SOURCES_MAX ? count++ : DRAFT_SOURCES_MAX;
		near[place] = this;
		qsort(near, place + 1, sizeof(near[0]), by_distance);
	}
	if (count == 0) {
		struct point_m middle = {0, 0};
		shape_middle(d->venue, &middle);
		near[0].at = shape_nearest(d->approach.shape, (struct point_m){middle.x_m, middle.y_m - 10000});
		count = 1;
	}
	for (uint32_t i = 0; i < count; i++)
		write_source(d, i, count, &near[i]);
}

/* ---- the rest ---- */

static void write_asset(struct draft *d, const struct import_item *item, OGRGeometryH shape, const char *form)
{
	char id[24];
	struct point_m at;
	OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(shape));
	snprintf(id, sizeof(id), "asset-%u", d->other_count);
	begin(d, id, "asset");
	item_name(d, item);
	buf_addf(d->out, ",\"form\":\"%s\"", form);
	if (type == wkbPoint || type == wkbLineString || type == wkbPolygon || !shape_middle(shape, &at))
		finish(d, shape);
	else
		finish_point(d, at);
}

static void write_barrier(struct draft *d, const struct import_item *item, OGRGeometryH shape)
{
	char id[24];
	OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(shape));
	if (type != wkbLineString && type != wkbPolygon)
		return;
	snprintf(id, sizeof(id), "barrier-%u", d->other_count);
	begin(d, id, "barrier");
	item_name(d, item);
	buf_addf(d->out, ",\"form\":\"%s\"", item->word);
	if (item->height_m > 0)
		figure(d, "height_m", fmin(item->height_m, 100));
	finish(d, shape);
}

static void write_camera(struct draft *d, const struct import_item *item, OGRGeometryH shape)
{
	char id[24];
	struct point_m at;
	if (!shape_middle(shape, &at))
		return;
	snprintf(id, sizeof(id), "camera-%u", d->other_count);
	begin(d, id, "camera");
	item_name(d, item);
	if (item->heading_deg > 0)
		figure(d, "heading_deg", item->heading_deg);
	finish_point(d, at);
}

static void write_other(struct draft *d, const struct import_item *item)
{
	double reach_m = item->role == ROLE_BARRIER ? BARRIER_REACH_M : ASSET_REACH_M;
	if (draft_away(d, item) > reach_m)
		return;
	OGRGeometryH shape = draft_local(d, item);
	if (shape != NULL && OGR_G_GetDimension(shape) == 2)
		shape = shape_polygons(shape, 0.01);
	if (shape == NULL)
		return;
	d->other_count++;
	if (item->role == ROLE_BARRIER)
		write_barrier(d, item, shape);
	else if (item->role == ROLE_CAMERA)
		write_camera(d, item, shape);
	else
		write_asset(d, item, shape, item->role == ROLE_GATE ? "gate" : item->word);
	OGR_G_DestroyGeometry(shape);
}

static void write_others(struct draft *d)
{
	for (uint32_t i = 0; i < d->in->count && d->other_count < DRAFT_OTHERS_MAX; i++) {
		enum import_role role = d->in->items[i].role;
		if (role == ROLE_BARRIER || role == ROLE_CAMERA || role == ROLE_ASSET || role == ROLE_GATE)
			write_other(d, &d->in->items[i]);
	}
}

void draft_write(struct draft *d)
{
	write_head(d);
	write_zones(d);
	write_gates(d);
	write_doors(d);
	write_links(d);
	write_sources(d);
	write_others(d);
	buf_add_str(d->out, "\n]}\n");
}
