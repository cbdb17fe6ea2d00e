/* plan/check_ways.c: checkpoints with their lanes, links, devices. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/check.h"

#define LANE_IMPOSSIBLE_PPL_MIN 60.0 /* one a second, without a pause: nobody checks anything at that rate */
#define WIDTH_LEAST_M 0.5            /* shoulders */
#define WIDTH_MOST_M 100.0
#define PERIOD_MOST_S 3600

static const struct geo_shape *outline(const struct checker *c, uint32_t zone)
{
	return c->sound[zone] ? &c->p->features[c->p->zones[zone].feature].shape : NULL;
}

static void check_width(struct checker *c, uint32_t feature, double width_m)
{
	if (width_m > 0 && (width_m <= WIDTH_LEAST_M || width_m > WIDTH_MOST_M))
		check_find(c, FINDING_WIDTH_IMPOSSIBLE, feature, "properties.width_m", figure(width_m, 3).at, NULL, NULL);
}

/* ---- where a checkpoint stands ---- */

static void check_near(struct checker *c, const struct plan_checkpoint *k, uint32_t zone, const char *field)
{
	const struct geo_shape *around = outline(c, zone);
	double away_m = around != NULL ? check_distance_m(c, &c->p->features[k->feature].shape, around) : 0;
	if (away_m > CHECK_TOUCH_M)
		check_find(c, FINDING_CHECKPOINT_AWAY, k->feature, field, figure(away_m, 1).at, c->p->zones[zone].id, NULL);
}

static void check_position(struct checker *c, const struct plan_checkpoint *k)
{
	const struct geo_shape *from = outline(c, k->from), *to = outline(c, k->to);
	if (k->from == k->to) {
		check_find(c, FINDING_CHECKPOINT_SAME, k->feature, "properties.to", c->p->zones[k->to].id, NULL, NULL);
		return;
	}
	double apart_m = from != NULL && to != NULL ? check_distance_m(c, from, to) : 0;
	if (apart_m > CHECK_TOUCH_M) {
		check_find(c, FINDING_CHECKPOINT_APART, k->feature, "properties.to", c->p->zones[k->from].id, c->p->zones[k->to].id,
			figure(apart_m, 1).at);
		return;
	}
	check_near(c, k, k->from, "properties.from");
	check_near(c, k, k->to, "properties.to");
}

static void check_direction(struct checker *c, const struct plan_checkpoint *k)
{
	const struct plan_zone *from = &c->p->zones[k->from], *to = &c->p->zones[k->to];
	if (k->stage <= PLAN_SECURITY && from->counts_inside && !to->counts_inside)
		check_find(c, FINDING_CHECKPOINT_ORDER, k->feature, "properties.from", plan_stage_word(k->stage), from->id, to->id);
	if (k->stage == PLAN_EXIT && !from->counts_inside && to->counts_inside)
		check_find(c, FINDING_CHECKPOINT_EXIT, k->feature, "properties.from", from->id, to->id, NULL);
}

/* ---- lanes ---- */

static void check_rate(struct checker *c, const struct plan_checkpoint *k, uint32_t index)
{
	char name[32], field[64];
	double rate = k->lanes[index].rate_ppl_min;
	const struct rule_figure *ceiling = k->stage == PLAN_TICKET ? &c->set->turnstile_ppl_min : &c->set->search_ppl_min;
	snprintf(name, sizeof(name), "lanes[%u].rate_ppl_min", index);
	snprintf(field, sizeof(field), "properties.%s", name);
	if (rate > LANE_IMPOSSIBLE_PPL_MIN)
		check_find(c, FINDING_LANE_IMPOSSIBLE, k->feature, field, name, figure(rate, 2).at,
			figure(LANE_IMPOSSIBLE_PPL_MIN, 0).at);
	else if ((k->stage == PLAN_TICKET || k->stage == PLAN_SECURITY) && ceiling->value > 0 && rate > ceiling->value)
		check_find(c, FINDING_LANE_HIGH, k->feature, field, name, figure(rate, 2).at, ceiling->source_en);
}

static void check_lanes(struct checker *c, const struct plan_checkpoint *k)
{
	uint32_t open = 0;
	for (uint32_t i = 0; i < k->lane_count; i++) {
		open += k->lanes[i].open;
		check_rate(c, k, i);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(k->lanes[i].id, k->lanes[j].id) == 0) {
				check_find(c, FINDING_LANE_TWICE, k->feature, "properties.lanes", k->lanes[i].id, NULL, NULL);
				break;
			}
	}
	if (k->stage <= PLAN_SECURITY && k->lane_count == 0)
		check_find(c, FINDING_CHECKPOINT_LANES, k->feature, "properties.lanes", plan_stage_word(k->stage), NULL, NULL);
	else if (k->lane_count > 0 && open == 0)
		check_find(c, FINDING_CHECKPOINT_CLOSED, k->feature, "properties.lanes", figure(k->lane_count, 0).at, NULL, NULL);
}

void check_checkpoints(struct checker *c)
{
	bool way_out = false;
	for (uint32_t i = 0; i < c->p->checkpoint_count; i++) {
		const struct plan_checkpoint *k = &c->p->checkpoints[i];
		check_position(c, k);
		check_direction(c, k);
		check_lanes(c, k);
		check_width(c, k->feature, k->width_m);
		if (k->width_m <= 0 && (k->stage == PLAN_EXIT || k->exit_use))
			check_find(c, FINDING_CHECKPOINT_WIDTH, k->feature, "properties.width_m", NULL, NULL, NULL);
		if (k->device_count == 0)
			check_find(c, FINDING_CHECKPOINT_UNCOUNTED, k->feature, "properties.devices", NULL, NULL, NULL);
		bool crosses = c->p->zones[k->from].counts_inside != c->p->zones[k->to].counts_inside;
		way_out = way_out || (crosses && (k->stage == PLAN_EXIT || k->exit_use));
	}
	if (!way_out)
		check_find(c, FINDING_EXIT_NONE, UINT32_MAX, NULL, NULL, NULL, NULL);
}

/* ---- links ---- */

static void check_end(struct checker *c, const struct plan_link *l, struct point_m end, uint32_t zone,
                      const char *field)
{
	struct geo_ring ring = {&end, 1};
	struct geo_part part = {&ring, 1};
	struct geo_shape point = {GEO_POINT, &part, 1};
	const struct geo_shape *around = outline(c, zone);
	double away_m = around != NULL ? check_distance_m(c, &point, around) : 0;
	if (away_m > CHECK_TOUCH_M)
		check_find(c, FINDING_LINK_AWAY, l->feature, field, figure(away_m, 1).at, c->p->zones[zone].id, NULL);
}

void check_links(struct checker *c)
{
	for (uint32_t i = 0; i < c->p->link_count; i++) {
		const struct plan_link *l = &c->p->links[i];
		const struct geo_ring *line = &c->p->features[l->feature].shape.parts[0].rings[0];
		struct point_m first = line->points[0], last = line->points[line->count - 1];
		double straight_m = hypot(last.x_m - first.x_m, last.y_m - first.y_m);
		check_width(c, l->feature, l->width_m);
		if (l->length_m < straight_m - 0.5)
			check_find(c, FINDING_LINK_SHORT, l->feature, "properties.length_m", figure(l->length_m, 1).at,
				figure(straight_m, 1).at, NULL);
		if (l->from == l->to) {
			check_find(c, FINDING_LINK_SAME, l->feature, "properties.to", c->p->zones[l->to].id, NULL, NULL);
			continue;
		}
		check_end(c, l, first, l->from, "properties.from");
		check_end(c, l, last, l->to, "properties.to");
	}
}

/* ---- devices ---- */

err_t check_devices(struct checker *c)
{
	const struct plan *p = c->p;
	struct names *seen = names_new(p->device_count + 1);
	err_t error = seen == NULL ? ERR_MEMORY : ERR_NONE;
	for (uint32_t i = 0; error == ERR_NONE && i < p->device_count; i++) {
		const struct plan_device *d = &p->devices[i];
		const struct plan_checkpoint *k = &p->checkpoints[d->checkpoint];
		uint32_t before = names_count(seen), index;
		char field[64];
		snprintf(field, sizeof(field), "properties.devices[%u]", i - k->device_first);
		error = names_add(seen, text_of(d->id), &index);
		if (error == ERR_NONE && index < before) {
			uint32_t first = 0;
			while (strcmp(p->devices[first].id, d->id) != 0)
				first++;
			check_find(c, FINDING_DEVICE_TWICE, k->feature, field, d->id, p->checkpoints[p->devices[first].checkpoint].id, NULL);
		}
		if (d->period_s < 1 || d->period_s > PERIOD_MOST_S)
			check_find(c, FINDING_DEVICE_PERIOD, k->feature, field, "period_s", figure(d->period_s, 0).at, NULL);
	}
	names_free(seen);
	return error;
}
