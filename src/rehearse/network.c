/* rehearse/network.c: a plan becomes areas and ways.
 *
 *   ingress     source -> street before the zone -> approach -> holding ... -> stand     one way in, transfers both ways
 *   egress      stand -> ... -> outside (all of it one area)                             exits, exit_use, transfers, links
 *   evacuation  the same, at once
 *
 * In ingress the world outside is cut in one piece for each zone that people are let off at: who comes from the metro goes
 * where the plan's source says, and who finds that zone full waits in the street before it.
 * Checks with lanes come first, by their ids: then a check has the same number in two plans that both have it, and a person the
 * same luck there (common random numbers).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/inside.h"

#define BUILT_SIZE_MAX ((size_t)1 << 30)
#define STANDING_LIMIT_PPL_M2 4.0 /* where people walk: above it nobody presses in any more (Still:
	four or more take the freedom to move) */
#define STAIR_FACTOR 0.5          /* stairs up: 0.61 m/s of 1.34 on the level, down 0.69 (Weidmann 1993) */
#define RAMP_FACTOR 0.85
#define VIRTUAL_DOOR_M 20.0       /* where the plan draws no way from the street into a source's zone */
#define PLAIN_DOOR_M 3.0          /* a transfer drawn as a point without a width */

bool is_outside(const struct plan *p, uint32_t zone)
{
	return zone == 0 || p->zones[zone].use == PLAN_OUTSIDE;
}

bool zone_counts_density(const struct plan_zone *z)
{
	return z->feature != UINT32_MAX && z->use != PLAN_STAND && z->use != PLAN_OUTSIDE;
}

/* An approach from which people come to holding areas only is no place to wait: who is held up there stands in everybody's way. */
static bool is_public_ground(const struct plan *p, uint32_t zone)
{
	if (is_outside(p, zone))
		return true;
	if (p->zones[zone].use != PLAN_APPROACH)
		return false;
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		if (p->checkpoints[i].from == zone && p->checkpoints[i].lane_count > 0)
			return false;
	return true;
}

static double limit_of(const struct built *b, uint32_t zone)
{
	const struct plan_zone *z = &b->p->zones[zone];
	if (is_outside(b->p, zone) || b->is_goal[zone] || z->use == PLAN_STAND)
		return INFINITY; /* a ticket is a seat; who stands on a field too full is counted, not locked out */
	if (z->capacity_ppl > 0)
		return z->capacity_ppl;
	double ppl_m2 = z->use == PLAN_HOLDING ? b->s->assume.holding_ppl_m2 : STANDING_LIMIT_PPL_M2;
	return fmax(1, floor(z->usable_m2 * ppl_m2));
}

static void add_areas(struct built *b)
{
	const struct plan *p = b->p;
	bool ingress = b->s->phase == REHEARSE_INGRESS;
	for (uint32_t i = 0; i < p->zone_count; i++) {
		const struct plan_zone *z = &p->zones[i];
		b->street_of[i] = CROWD_NONE;
		if (!ingress && i > 0 && is_outside(p, i)) {
			b->area_of[i] = b->area_of[0];
			continue;
		}
		uint32_t area = b->net.area_count++;
		b->area_of[i] = area;
		b->zone_of[area] = i;
		b->areas[area] = (struct crowd_area){.id = z->id, .area_m2 = is_outside(p, i) ? 0 : z->usable_m2,
			.limit_ppl = ingress || !is_outside(p, i) ? limit_of(b, i) : INFINITY,
			.inside = ingress && z->counts_inside && !is_outside(p, i), .street = ingress && is_public_ground(p, i)};
	}
	for (uint32_t i = 0; ingress && i < p->source_count; i++) {
		uint32_t zone = p->sources[i].to;
		if (is_outside(p, zone) || b->street_of[zone] != CROWD_NONE)
			continue;
		uint32_t area = b->net.area_count++;
		b->street_of[zone] = area;
		b->zone_of[area] = CROWD_NONE;
		b->areas[area] = (struct crowd_area){.id = p->sources[i].id, .limit_ppl = INFINITY, .street = true};
	}
}

/* Does a way from one zone to the other help those who come in (nobody goes back) or those who leave? */
static bool leads_in(const struct plan *p, uint32_t from, uint32_t to)
{
	return !(is_outside(p, to) && !is_outside(p, from)) && !(p->zones[from].counts_inside && !p->zones[to].counts_inside);
}

static uint32_t start_area(const struct built *b, uint32_t from, uint32_t to)
{
	bool through_street = is_outside(b->p, from) && !is_outside(b->p, to) && b->street_of[to] != CROWD_NONE;
	return through_street ? b->street_of[to] : b->area_of[from];
}

static bool is_blocked(const struct built *b, const char *id)
{
	for (uint32_t i = 0; i < b->s->change_count; i++) {
		const struct rehearse_change *c = &b->s->changes[i];
		if (c->kind == REHEARSE_CHANGE_BLOCK && isnan(c->from_min) && strcmp(c->id, id) == 0)
			return true;
	}
	return false;
}

static double door_width_m(const struct plan *p, const struct plan_checkpoint *c)
{
	if (c->width_m > 0)
		return c->width_m;
	const struct geo_shape *shape = &p->features[c->feature].shape;
	double drawn = shape->form == GEO_LINE ? geo_length_m(shape) : 0;
	return drawn >= 0.6 ? drawn : PLAIN_DOOR_M;
}

static double door_flow_ppl_m_s(const struct plan *p, bool steps)
{
	const struct rule_set *set = rule_set_of(p->rules);
	if (set->level_ppl_m_min.value <= 0)
		set = rule_set_of(PLAN_GREEN_GUIDE);
	return (steps ? set->steps_ppl_m_min.value : set->level_ppl_m_min.value) / 60;
}

static void add_checkpoint(struct built *b, uint32_t plan_index, uint32_t from, uint32_t to)
{
	const struct plan_checkpoint *c = &b->p->checkpoints[plan_index];
	struct point_m at = geo_centre(&b->p->features[c->feature].shape);
	uint32_t index = b->net.checkpoint_count++;
	b->checkpoint_of[index] = plan_index;
	b->checkpoints[index] = (struct crowd_checkpoint){.id = c->id, .from = start_area(b, from, to), .to = b->area_of[to],
		.width_m = door_width_m(b->p, c), .flow_ppl_m_s = door_flow_ppl_m_s(b->p, c->steps), .x_m = at.x_m, .y_m = at.y_m,
		.refused_to = CROWD_NONE, .stage = (uint32_t)c->stage, .closed = is_blocked(b, c->id)};
}

struct named_index { const char *id; uint32_t index; };

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct named_index *)a)->id, ((const struct named_index *)b)->id);
}

static err_t add_checks(struct built *b)
{
	const struct plan *p = b->p;
	uint32_t count = 0;
	struct named_index *order = arena_alloc_array(b->arena, p->checkpoint_count + 1, sizeof(*order));
	if (order == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		if (p->checkpoints[i].lane_count > 0 && p->checkpoints[i].stage != PLAN_EXIT)
			order[count++] = (struct named_index){p->checkpoints[i].id, i};
	qsort(order, count, sizeof(*order), by_id);
	for (uint32_t i = 0; i < count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[order[i].index];
		uint32_t index = b->net.checkpoint_count;
		if (!leads_in(p, c->from, c->to))
			continue;
		add_checkpoint(b, order[i].index, c->from, c->to);
		err_t error = lanes_build(b, order[i].index, index);
		if (error != ERR_NONE)
			return error;
	}
	return ERR_NONE;
}

static void add_doors_in(struct built *b)
{
	for (uint32_t i = 0; i < b->p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &b->p->checkpoints[i];
		if (c->stage != PLAN_TRANSFER)
			continue;
		if (c->lane_count == 0 && leads_in(b->p, c->from, c->to))
			add_checkpoint(b, i, c->from, c->to);
		if (c->lane_count == 0 && leads_in(b->p, c->to, c->from) && !is_outside(b->p, c->to))
			add_checkpoint(b, i, c->to, c->from);
	}
}

static void add_doors_out(struct built *b)
{
	for (uint32_t i = 0; i < b->p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &b->p->checkpoints[i];
		bool both = c->exit_use || c->stage == PLAN_TRANSFER;
		if (!both && c->stage != PLAN_EXIT)
			continue;
		if (b->area_of[c->from] != b->area_of[c->to] && !is_outside(b->p, c->from))
			add_checkpoint(b, i, c->from, c->to);
		if (b->area_of[c->from] != b->area_of[c->to] && both && c->stage != PLAN_EXIT && !is_outside(b->p, c->to))
			add_checkpoint(b, i, c->to, c->from);
	}
}

static void add_link(struct built *b, uint32_t plan_index, bool back)
{
	const struct plan_link *l = &b->p->links[plan_index];
	const struct geo_ring *line = &b->p->features[l->feature].shape.parts[0].rings[0];
	struct point_m first = line->points[0], last = line->points[line->count - 1];
	uint32_t from = back ? l->to : l->from, to = back ? l->from : l->to, index = b->net.link_count++;
	bool stair = strcmp(l->form, "stair") == 0, ramp = strcmp(l->form, "ramp") == 0;
	b->link_of[index] = plan_index;
	b->links[index] = (struct crowd_link){.id = l->id, .from = start_area(b, from, to), .to = b->area_of[to],
		.length_m = fmax(l->length_m, 0.5), .width_m = l->width_m, .speed_factor = stair ? STAIR_FACTOR : ramp ? RAMP_FACTOR : 1,
		.flow_ppl_m_s = 0, .x_m = {back ? last.x_m : first.x_m, back ? first.x_m : last.x_m},
		.y_m = {back ? last.y_m : first.y_m, back ? first.y_m : last.y_m}, .opposite = CROWD_NONE, .closed = is_blocked(b, l->id)};
}

static void add_links(struct built *b)
{
	bool ingress = b->s->phase == REHEARSE_INGRESS;
	for (uint32_t i = 0; i < b->p->link_count; i++) {
		const struct plan_link *l = &b->p->links[i];
		bool forth = strcmp(l->direction, "backward") != 0, back = strcmp(l->direction, "forward") != 0;
		if (b->area_of[l->from] == b->area_of[l->to])
			continue;
		forth = forth && (ingress ? leads_in(b->p, l->from, l->to) : !is_outside(b->p, l->from));
		back = back && (ingress ? leads_in(b->p, l->to, l->from) : !is_outside(b->p, l->to));
		if (forth)
			add_link(b, i, false);
		if (back)
			add_link(b, i, true);
		if (forth && back) {
			b->links[b->net.link_count - 2].opposite = b->net.link_count - 1;
			b->links[b->net.link_count - 1].opposite = b->net.link_count - 2;
		}
	}
}

/* A way in where the plan draws none from the street into the zone that a source names. */
static void add_virtual_doors(struct built *b)
{
	for (uint32_t z = 0; z < b->p->zone_count; z++) {
		bool found = b->street_of[z] == CROWD_NONE;
		for (uint32_t i = 0; i < b->net.checkpoint_count && !found; i++)
			found = b->checkpoints[i].from == b->street_of[z];
		for (uint32_t i = 0; i < b->net.link_count && !found; i++)
			found = b->links[i].from == b->street_of[z];
		if (found)
			continue;
		struct point_m at = geo_centre(&b->p->features[b->p->zones[z].feature].shape);
		uint32_t index = b->net.checkpoint_count++;
		b->checkpoint_of[index] = CROWD_NONE;
		b->checkpoints[index] = (struct crowd_checkpoint){.id = b->p->zones[z].id, .from = b->street_of[z], .to = b->area_of[z],
			.width_m = VIRTUAL_DOOR_M, .flow_ppl_m_s = door_flow_ppl_m_s(b->p, false), .x_m = at.x_m, .y_m = at.y_m,
			.refused_to = CROWD_NONE, .stage = PLAN_TRANSFER};
	}
}

/* Lanes at most: a changed checkpoint may have up to 64, each once for every rate that it is given. */
static uint32_t count_lanes(const struct plan *p, const struct rehearse_settings *s)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		uint32_t lanes = p->checkpoints[i].lane_count, rates = 1;
		for (uint32_t k = 0; k < s->change_count; k++) {
			if (strcmp(s->changes[k].id, p->checkpoints[i].id) != 0)
				continue;
			lanes = PLAN_LANES_MAX;
			rates += s->changes[k].kind == REHEARSE_CHANGE_RATE;
		}
		sum += lanes * rates;
	}
	return sum;
}

static err_t built_new(const struct plan *p, const struct rehearse_settings *s, struct built **out)
{
	struct arena *arena = arena_new(BUILT_SIZE_MAX);
	struct built *b = arena == NULL ? NULL : arena_alloc(arena, sizeof(*b));
	if (b == NULL) {
		arena_free(arena);
		return ERR_MEMORY;
	}
	uint32_t areas = p->zone_count + p->source_count, checks = 2 * p->checkpoint_count + p->source_count, links = 2 * p->link_count;
	*b = (struct built){.arena = arena, .p = p, .s = s, .lane_max = count_lanes(p, s),
		.stream_max = p->source_count + p->zone_count + 1};
	b->service_max = b->lane_max + 1;
	b->areas = arena_alloc_array(arena, areas + 1, sizeof(*b->areas));
	b->links = arena_alloc_array(arena, links + 1, sizeof(*b->links));
	b->checkpoints = arena_alloc_array(arena, checks + 1, sizeof(*b->checkpoints));
	b->lanes = arena_alloc_array(arena, b->lane_max + 1, sizeof(*b->lanes));
	b->place_of = arena_alloc_array(arena, b->lane_max + 1, sizeof(*b->place_of));
	b->places = arena_alloc_array(arena, checks + 1, sizeof(*b->places));
	b->services = arena_alloc_array(arena, b->service_max, sizeof(*b->services));
	b->streams = arena_alloc_array(arena, b->stream_max, sizeof(*b->streams));
	b->zone_of = arena_alloc_array(arena, areas + 1, sizeof(*b->zone_of));
	b->area_of = arena_alloc_array(arena, p->zone_count + 1, sizeof(*b->area_of));
	b->street_of = arena_alloc_array(arena, p->zone_count + 1, sizeof(*b->street_of));
	b->checkpoint_of = arena_alloc_array(arena, checks + 1, sizeof(*b->checkpoint_of));
	b->link_of = arena_alloc_array(arena, links + 1, sizeof(*b->link_of));
	b->is_goal = arena_alloc_array(arena, p->zone_count + 1, sizeof(*b->is_goal));
	if (b->areas == NULL || b->links == NULL || b->checkpoints == NULL || b->lanes == NULL || b->services == NULL ||
	    b->streams == NULL || b->zone_of == NULL || b->area_of == NULL || b->street_of == NULL || b->checkpoint_of == NULL ||
	    b->link_of == NULL || b->is_goal == NULL || b->place_of == NULL || b->places == NULL) {
		built_free(b);
		return ERR_MEMORY;
	}
	*out = b;
	return ERR_NONE;
}

void built_free(struct built *b)
{
	if (b != NULL)
		arena_free(b->arena);
}

/* The zones where people watch; stands alone where there are any, because a pitch's capacity is for those who work there. */
static void find_goals(struct built *b)
{
	bool stands = false;
	rule_audience_zones(b->p, b->is_goal);
	for (uint32_t i = 0; i < b->p->zone_count; i++)
		stands = stands || (b->is_goal[i] && b->p->zones[i].use == PLAN_STAND);
	for (uint32_t i = 0; i < b->p->zone_count; i++)
		b->is_goal[i] = b->is_goal[i] && (!stands || b->p->zones[i].use == PLAN_STAND);
}

/* When the run begins and ends. */
static void set_times(struct built *b)
{
	const struct plan *p = b->p;
	double end_s = p->at_end == AT_NONE ? NAN : (double)(p->at_end - p->at_start) / 1000;
	if (b->s->phase == REHEARSE_INGRESS) {
		b->from_s = 60 * floor(b->curve.first_s / 60);
		b->until_s = isnan(end_s) ? b->curve.last_s + 7200 : fmax(end_s, b->curve.last_s + 3600);
	} else if (b->s->phase == REHEARSE_EGRESS) {
		b->from_s = b->curve.first_s;
		b->until_s = b->curve.last_s + 4 * 3600;
	} else {
		b->from_s = 0;
		b->until_s = b->curve.last_s + 2 * 3600;
	}
}

err_t network_build(const struct plan *p, const struct rehearse_settings *s, struct built **out, struct problem *problem)
{
	struct built *b = NULL;
	err_t error = built_new(p, s, &b);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "no memory for the network");
	find_goals(b);
	error = demand_curve(p, s, b->arena, &b->curve);
	if (error != ERR_NONE)
		goto out;
	set_times(b);
	add_areas(b);
	if (s->phase == REHEARSE_INGRESS) {
		error = add_checks(b);
		if (error != ERR_NONE)
			goto out;
		add_doors_in(b);
	} else {
		add_doors_out(b);
	}
	add_links(b);
	add_virtual_doors(b);
	error = ways_prune(b);
	if (error != ERR_NONE)
		goto out;
	error = demand_build(b, problem);
	if (error != ERR_NONE)
		goto out;
	b->net.areas = b->areas;
	b->net.links = b->links;
	b->net.checkpoints = b->checkpoints;
	b->net.lanes = b->lanes;
	b->net.services = b->services;
	b->net.streams = b->streams;
	b->net.walk_ms = s->assume.walk_ms;
	b->net.until_s = b->until_s - b->from_s;
	b->net.sample_s = 60;
	b->net.street_least_ppl = (uint32_t)STREET_LEAST_PPL;
	b->net.start_s = s->phase == REHEARSE_INGRESS ? -b->from_s : INFINITY;
	*out = b;
	return ERR_NONE;
out:
	built_free(b);
	return problem_set(problem, error, NULL, "the network could not be made");
}
