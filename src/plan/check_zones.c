/* plan/check_zones.c: areas, capacities, overlaps, and whether people can come and go. */
#include <math.h>
#include <stdlib.h>

#include "plan/check.h"

#define OVERLAP_LEAST_M2 1.0
#define SEATS_MOST_M2 3.1         /* 0.46 m x 0.70 m a seat */
/* Comparing outlines costs time and memory by the product of their corners: a plan that people draw needs a hundredth
 * of this, a hostile one gets no further. */
#define OVERLAP_PAIRS_MAX 20000u
#define OVERLAP_PAIR_WORK_MAX 1000000u
#define OVERLAP_WORK_MAX UINT64_C(50000000)

static const struct plan_feature *feature_of(const struct checker *c, uint32_t zone)
{
	return &c->p->features[c->p->zones[zone].feature];
}

static void check_area(struct checker *c, uint32_t index)
{
	const struct plan_zone *z = &c->p->zones[index];
	double most = rule_zone_ppl(c->set, z);
	if (z->use == PLAN_OUTSIDE && z->counts_inside)
		check_find(c, FINDING_ZONE_OUTSIDE, z->feature, "properties.counts_inside", NULL, NULL, NULL);
	if (!c->sound[index])
		return; /* its area means nothing */
	if (z->obstructed_m2 > 0 && z->obstructed_m2 >= z->area_m2)
		check_find(c, FINDING_ZONE_OBSTRUCTED, z->feature, "properties.obstructed_m2", figure(z->obstructed_m2, 1).at,
			figure(z->area_m2, 1).at, NULL);
	else if (z->capacity_ppl > 0 && z->capacity_ppl > most)
		check_find(c, FINDING_ZONE_CAPACITY, z->feature, "properties.capacity_ppl", figure(z->capacity_ppl, 0).at,
			figure(most, 0).at, plan_rules_word(c->p->rules));
	if (z->area_m2 > 0 && z->seats / z->area_m2 > SEATS_MOST_M2)
		check_find(c, FINDING_ZONE_SEATS, z->feature, "properties.seats", figure(z->seats, 0).at, figure(z->area_m2, 0).at,
			figure(z->seats / z->area_m2, 1).at);
}

/* The lanes that feed on a holding area: when they stop, what they would have passed stands in it. */
static void check_holding(struct checker *c, uint32_t index)
{
	const struct plan_zone *z = &c->p->zones[index];
	double ppl_min = 0, room = floor(z->usable_m2 * CHECK_QUEUE_PPL_M2);
	if (z->use != PLAN_HOLDING || !c->sound[index])
		return;
	for (uint32_t i = 0; i < c->p->checkpoint_count; i++) {
		const struct plan_checkpoint *k = &c->p->checkpoints[i];
		for (uint32_t l = 0; k->from == index && k->stage <= PLAN_SECURITY && l < k->lane_count; l++)
			ppl_min += k->lanes[l].open ? rule_lane_ppl_min(c->set, k->stage, k->lanes[l].rate_ppl_min) : 0;
	}
	if (room < ppl_min * CHECK_HOLD_MIN)
		check_find(c, FINDING_HOLDING_SMALL, z->feature, "geometry", figure(room, 0).at,
			figure(ppl_min * CHECK_HOLD_MIN, 0).at, "2 /m2");
}

/* ---- overlaps ---- */

/* The street and the approach lie around everything else and may be drawn through; what holds people may not. */
static bool must_be_apart(const struct checker *c, uint32_t zone)
{
	enum plan_use use = c->p->zones[zone].use;
	return c->sound[zone] && use != PLAN_OUTSIDE && use != PLAN_APPROACH;
}

struct outline { struct geo_box box; uint64_t corners; bool compare; };

static void compare(struct checker *c, uint32_t a, uint32_t b)
{
	double shared_m2 = geo_overlap_m2(&feature_of(c, a)->shape, &feature_of(c, b)->shape);
	if (shared_m2 > OVERLAP_LEAST_M2)
		check_find(c, FINDING_ZONE_OVERLAP, c->p->zones[b].feature, "geometry", figure(shared_m2, 1).at,
			c->p->zones[a].id, NULL);
}

static void check_overlaps(struct checker *c)
{
	uint32_t count = c->p->zone_count, pairs = 0;
	uint64_t work = 0;
	struct outline *outlines = calloc(count, sizeof(*outlines));
	for (uint32_t i = 0; outlines != NULL && i < count; i++)
		if (must_be_apart(c, i))
			outlines[i] = (struct outline){geo_bounds(&feature_of(c, i)->shape), check_corners(&feature_of(c, i)->shape), true};
	for (uint32_t b = 0; outlines != NULL && b < count; b++)
		for (uint32_t a = 0; outlines[b].compare && a < b; a++) {
			if (!outlines[a].compare || feature_of(c, a)->level != feature_of(c, b)->level ||
			    geo_boxes_apart(outlines[a].box, outlines[b].box, 0))
				continue;
			uint64_t cost = outlines[a].corners * outlines[b].corners;
			if (cost > OVERLAP_PAIR_WORK_MAX || work + cost > OVERLAP_WORK_MAX || pairs >= OVERLAP_PAIRS_MAX) {
				c->cut = true;
				continue;
			}
			work += cost;
			pairs++;
			compare(c, a, b);
		}
	c->cut = c->cut || outlines == NULL;
	free(outlines);
}

void check_zones(struct checker *c)
{
	bool inside = false;
	for (uint32_t i = 0; i < c->p->zone_count; i++) {
		inside = inside || c->p->zones[i].counts_inside;
		if (c->p->zones[i].feature == UINT32_MAX)
			continue;
		check_area(c, i);
		check_holding(c, i);
	}
	if (!inside)
		check_find(c, FINDING_PLAN_EMPTY, UINT32_MAX, NULL, NULL, NULL, NULL);
	check_overlaps(c);
}

err_t check_reach(struct checker *c)
{
	uint32_t count = c->p->zone_count;
	bool *in = calloc(count, sizeof(*in)), *out = calloc(count, sizeof(*out));
	err_t error = in == NULL || out == NULL ? ERR_MEMORY : graph_reach(c->p, GRAPH_IN, in);
	if (error == ERR_NONE)
		error = graph_reach(c->p, GRAPH_OUT, out);
	for (uint32_t i = 0; error == ERR_NONE && i < count; i++) {
		const struct plan_zone *z = &c->p->zones[i];
		if (!in[i])
			check_find(c, FINDING_ZONE_UNREACHABLE, z->feature, NULL, NULL, NULL, NULL);
		else if (!out[i] && z->counts_inside)
			check_find(c, FINDING_ZONE_NO_WAY_OUT, z->feature, NULL, NULL, NULL, NULL);
	}
	free(in);
	free(out);
	return error;
}
