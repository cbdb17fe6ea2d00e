/* plan/view.c: the plan as the browser draws it: WGS 84, defaults filled in, nothing to look up. */
#include <math.h>
#include <string.h>

#include "plan/rules.h"

#define DEGREE_DECIMALS 7 /* 1 cm */

struct view {
	const struct plan *p;
	const struct plan_measures *m;
	struct buf *out;
};

static void key(struct buf *out, const char *name)
{
	buf_addf(out, ",\"%s\":", name);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	key(out, name);
	buf_add_json_str(out, value);
}

static void add_number(struct buf *out, const char *name, double value, int decimals)
{
	key(out, name);
	buf_add_json_f64(out, value, decimals);
}

static void add_bool(struct buf *out, const char *name, bool value)
{
	key(out, name);
	buf_add_str(out, value ? "true" : "false");
}

static void add_name(struct buf *out, const char *name, struct plan_name value)
{
	key(out, name);
	buf_add_str(out, "{\"zh\":");
	buf_add_json_str(out, value.zh);
	buf_add_str(out, ",\"en\":");
	buf_add_json_str(out, value.en);
	buf_add_char(out, '}');
}

static void add_time(struct buf *out, const char *name, at_ms at, int offset_min, bool first)
{
	char text[WHEN_SIZE];
	buf_addf(out, "%s\"%s\":", first ? "" : ",", name);
	if (at == AT_NONE)
		buf_add_str(out, "null");
	else
		buf_add_json_str(out, when_format(at, offset_min, text));
}

static void add_degrees(struct buf *out, struct lon_lat at)
{
	buf_add_char(out, '[');
	buf_add_json_f64(out, at.lon_deg, DEGREE_DECIMALS);
	buf_add_char(out, ',');
	buf_add_json_f64(out, at.lat_deg, DEGREE_DECIMALS);
	buf_add_char(out, ']');
}

static void add_position(struct view *v, struct point_m at) { add_degrees(v->out, plan_locate(v->p, at)); }

static void add_ring(struct view *v, const struct geo_ring *ring)
{
	buf_add_char(v->out, '[');
	for (uint32_t i = 0; i < ring->count; i++) {
		if (i > 0)
			buf_add_char(v->out, ',');
		add_position(v, ring->points[i]);
	}
	buf_add_char(v->out, ']');
}

static void add_polygon(struct view *v, const struct geo_part *part)
{
	buf_add_char(v->out, '[');
	for (uint32_t r = 0; r < part->ring_count; r++) {
		if (r > 0)
			buf_add_char(v->out, ',');
		add_ring(v, &part->rings[r]);
	}
	buf_add_char(v->out, ']');
}

static void add_geometry(struct view *v, const struct geo_shape *s)
{
	buf_add_str(v->out, "\"geometry\":{\"type\":");
	if (s->form == GEO_POINT) {
		buf_add_str(v->out, "\"Point\",\"coordinates\":");
		add_position(v, s->parts[0].rings[0].points[0]);
	} else if (s->form == GEO_LINE) {
		buf_add_str(v->out, "\"LineString\",\"coordinates\":");
		add_ring(v, &s->parts[0].rings[0]);
	} else if (s->part_count == 1) {
		buf_add_str(v->out, "\"Polygon\",\"coordinates\":");
		add_polygon(v, &s->parts[0]);
	} else {
		buf_add_str(v->out, "\"MultiPolygon\",\"coordinates\":[");
		for (uint32_t i = 0; i < s->part_count; i++) {
			if (i > 0)
				buf_add_char(v->out, ',');
			add_polygon(v, &s->parts[i]);
		}
		buf_add_char(v->out, ']');
	}
	buf_add_char(v->out, '}');
}

/* ---- what each kind has ---- */

static void add_zone(struct view *v, uint32_t index)
{
	const struct plan_zone *z = &v->p->zones[index];
	const struct plan_capacity *holding = &v->m->zone_holding[index];
	add_text(v->out, "use", plan_use_word(z->use));
	add_bool(v->out, "counts_inside", z->counts_inside);
	add_bool(v->out, "dynamic", z->dynamic);
	add_number(v->out, "seats", z->seats, 0);
	add_number(v->out, "area_m2", z->area_m2, 1);
	add_number(v->out, "obstructed_m2", z->obstructed_m2, 1);
	add_number(v->out, "usable_m2", z->usable_m2, 1);
	add_number(v->out, "physical", z->physical, 3);
	add_number(v->out, "safety", z->safety, 3);
	add_number(v->out, "capacity_ppl", z->capacity_ppl > 0 ? (double)z->capacity_ppl : holding->ppl, 0);
	add_bool(v->out, "capacity_given", z->capacity_ppl > 0);
	add_text(v->out, "capacity_rule", holding->rule);
	add_text(v->out, "capacity_source", holding->source);
	add_text(v->out, "capacity_source_zh", holding->source_zh);
	add_text(v->out, "capacity_how", holding->how);
	add_text(v->out, "capacity_how_zh", holding->how_zh);
}

static void add_lanes(struct view *v, const struct plan_checkpoint *c)
{
	key(v->out, "lanes");
	buf_add_char(v->out, '[');
	for (uint32_t i = 0; i < c->lane_count; i++) {
		buf_add_str(v->out, i > 0 ? ",{\"id\":" : "{\"id\":");
		buf_add_json_str(v->out, c->lanes[i].id);
		add_number(v->out, "rate_ppl_min", c->lanes[i].rate_ppl_min, 3);
		add_bool(v->out, "open", c->lanes[i].open);
		add_text(v->out, "kind", c->lanes[i].kind);
		buf_add_char(v->out, '}');
	}
	buf_add_char(v->out, ']');
}

static void add_devices(struct view *v, const struct plan_checkpoint *c)
{
	key(v->out, "devices");
	buf_add_char(v->out, '[');
	for (uint32_t i = 0; i < c->device_count; i++) {
		const struct plan_device *d = &v->p->devices[c->device_first + i];
		buf_add_str(v->out, i > 0 ? ",{\"id\":" : "{\"id\":");
		buf_add_json_str(v->out, d->id);
		add_text(v->out, "kind", d->kind);
		add_number(v->out, "miss_in", d->miss_in, 6);
		add_number(v->out, "miss_out", d->miss_out, 6);
		add_number(v->out, "double", d->double_rate, 6);
		add_number(v->out, "period_s", d->period_s, 0);
		add_bool(v->out, "totals", d->totals);
		buf_add_char(v->out, '}');
	}
	buf_add_char(v->out, ']');
}

static void add_checkpoint(struct view *v, uint32_t index)
{
	const struct plan_checkpoint *c = &v->p->checkpoints[index];
	add_text(v->out, "stage", plan_stage_word(c->stage));
	add_text(v->out, "from", v->p->zones[c->from].id);
	add_text(v->out, "to", v->p->zones[c->to].id);
	add_number(v->out, "width_m", c->width_m, 3);
	add_bool(v->out, "exit_use", c->exit_use);
	add_bool(v->out, "steps", c->steps);
	add_lanes(v, c);
	add_devices(v, c);
}

static void add_link(struct view *v, uint32_t index)
{
	const struct plan_link *l = &v->p->links[index];
	add_text(v->out, "from", v->p->zones[l->from].id);
	add_text(v->out, "to", v->p->zones[l->to].id);
	add_number(v->out, "width_m", l->width_m, 3);
	add_number(v->out, "length_m", l->length_m, 1);
	add_text(v->out, "direction", l->direction);
}

static void add_post(struct view *v, uint32_t index)
{
	const struct plan_post *post = &v->p->posts[index];
	add_number(v->out, "staff_ppl", post->staff_ppl, 0);
	add_text(v->out, "role", post->role);
	add_text(v->out, "zone", post->zone == UINT32_MAX ? NULL : v->p->zones[post->zone].id);
}

static void add_camera(struct view *v, uint32_t index)
{
	const struct plan_camera *c = &v->p->cameras[index];
	add_number(v->out, "heading_deg", c->heading_deg, 2);
	add_number(v->out, "field_of_view_deg", c->field_of_view_deg, 2);
	add_number(v->out, "range_m", c->range_m, 2);
	key(v->out, "watches");
	buf_add_char(v->out, '[');
	for (uint32_t i = 0; i < c->watch_count; i++) {
		if (i > 0)
			buf_add_char(v->out, ',');
		buf_add_json_str(v->out, c->watches[i]);
	}
	buf_add_char(v->out, ']');
}

static void add_source(struct view *v, uint32_t index)
{
	const struct plan_source *s = &v->p->sources[index];
	add_number(v->out, "share", s->share, 6);
	add_text(v->out, "to", v->p->zones[s->to].id);
	add_number(v->out, "batch_ppl", s->batch_ppl, 0);
	add_number(v->out, "headway_s", s->headway_s, 0);
}

static void add_of_kind(struct view *v, const struct plan_feature *f)
{
	switch (f->kind) {
	case PLAN_ZONE: add_zone(v, f->of_kind); break;
	case PLAN_CHECKPOINT: add_checkpoint(v, f->of_kind); break;
	case PLAN_LINK: add_link(v, f->of_kind); break;
	case PLAN_POST: add_post(v, f->of_kind); break;
	case PLAN_CAMERA: add_camera(v, f->of_kind); break;
	case PLAN_SOURCE: add_source(v, f->of_kind); break;
	case PLAN_BARRIER: add_number(v->out, "height_m", v->p->barriers[f->of_kind].height_m, 2); break;
	default: break;
	}
}

static void add_feature(struct view *v, const struct plan_feature *f)
{
	buf_add_str(v->out, "{\"type\":\"Feature\",\"id\":");
	buf_add_json_str(v->out, f->id);
	buf_add_char(v->out, ',');
	add_geometry(v, &f->shape);
	buf_add_str(v->out, ",\"properties\":{\"id\":");
	buf_add_json_str(v->out, f->id);
	add_text(v->out, "kind", plan_kind_word(f->kind));
	add_name(v->out, "name", f->name);
	add_number(v->out, "level", f->level, 0);
	if (f->note[0] != '\0')
		add_text(v->out, "note", f->note);
	if (f->form[0] != '\0')
		add_text(v->out, "form", f->form);
	if (f->shape.form != GEO_POINT) {
		key(v->out, "centre");
		add_position(v, geo_centre(&f->shape));
	}
	add_of_kind(v, f);
	buf_add_str(v->out, "}}");
}

/* ---- the head ---- */

static void add_arrivals(struct view *v)
{
	key(v->out, "arrivals");
	buf_add_char(v->out, '[');
	for (uint32_t i = 0; i < v->p->arrival_count; i++) {
		buf_add_str(v->out, i > 0 ? ",[" : "[");
		buf_add_json_f64(v->out, v->p->arrivals[i].minutes_from_start, 3);
		buf_add_char(v->out, ',');
		buf_add_json_f64(v->out, v->p->arrivals[i].share, 6);
		buf_add_char(v->out, ']');
	}
	buf_add_char(v->out, ']');
}

static void add_head(struct view *v)
{
	const struct plan *p = v->p;
	buf_add_str(v->out, ",\"cordon\":{\"plan\":1,\"coordinates\":\"wgs84\"");
	add_name(v->out, "name", p->name);
	add_name(v->out, "venue", p->venue);
	add_name(v->out, "event", p->event);
	add_bool(v->out, "located", p->located);
	add_text(v->out, "rules", plan_rules_word(p->rules));
	key(v->out, "timetable");
	buf_add_char(v->out, '{');
	add_time(v->out, "doors", p->at_doors, p->offset_min, true);
	add_time(v->out, "start", p->at_start, p->offset_min, false);
	add_time(v->out, "interval", p->at_interval, p->offset_min, false);
	add_time(v->out, "end", p->at_end, p->offset_min, false);
	buf_add_char(v->out, '}');
	add_number(v->out, "expected_ppl", p->expected_ppl, 0);
	add_number(v->out, "approved_ppl", p->approved_ppl, 0);
	double evacuation_min = p->evacuation_min > 0 ? p->evacuation_min : rule_set_of(p->rules)->evacuation_min.value;
	add_number(v->out, "evacuation_min", evacuation_min > 0 ? evacuation_min : NAN, 2);
	add_number(v->out, "safe_ppl", v->m->safe_ppl, 0);
	add_text(v->out, "safe_by", plan_capacity_word(v->m->lowest));
	add_arrivals(v);
	add_text(v->out, "base", p->base);
	add_text(v->out, "attribution", p->attribution);
	buf_add_char(v->out, '}');
}

/* West, south, east, north; of the corners as they lie on the globe, because local axes may be turned. */
static void add_bounds(struct view *v)
{
	struct lon_lat least = {INFINITY, INFINITY}, most = {-INFINITY, -INFINITY};
	for (uint32_t i = 0; i < v->p->feature_count; i++) {
		struct geo_box box = geo_bounds(&v->p->features[i].shape);
		struct point_m corners[] = {{box.x_min_m, box.y_min_m}, {box.x_max_m, box.y_min_m}, {box.x_min_m, box.y_max_m},
			{box.x_max_m, box.y_max_m}};
		for (int k = 0; k < 4; k++) {
			struct lon_lat at = plan_locate(v->p, corners[k]);
			least = (struct lon_lat){fmin(least.lon_deg, at.lon_deg), fmin(least.lat_deg, at.lat_deg)};
			most = (struct lon_lat){fmax(most.lon_deg, at.lon_deg), fmax(most.lat_deg, at.lat_deg)};
		}
	}
	if (v->p->feature_count == 0)
		least = most = plan_locate(v->p, (struct point_m){0, 0});
	const double edges[] = {least.lon_deg, least.lat_deg, most.lon_deg, most.lat_deg};
	buf_add_str(v->out, ",\"bounds\":[");
	for (int k = 0; k < 4; k++) {
		if (k > 0)
			buf_add_char(v->out, ',');
		buf_add_json_f64(v->out, edges[k], DEGREE_DECIMALS);
	}
	buf_add_char(v->out, ']');
}

err_t plan_write_view(const struct plan *p, struct buf *out)
{
	struct plan_measures m;
	struct view v = {p, &m, out};
	struct arena *arena = arena_new((size_t)8 << 20);
	err_t error = arena == NULL ? ERR_MEMORY : plan_measure(p, p->rules, arena, &m);
	if (error != ERR_NONE)
		goto out;
	buf_add_str(out, "{\"type\":\"FeatureCollection\"");
	add_bounds(&v);
	add_head(&v);
	buf_add_str(out, ",\"features\":[");
	for (uint32_t i = 0; i < p->feature_count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		add_feature(&v, &p->features[i]);
	}
	buf_add_str(out, "]}");
	error = out->error;
out:
	arena_free(arena);
	return error;
}
