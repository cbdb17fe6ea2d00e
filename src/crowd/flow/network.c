/* crowd/flow/network.c: the plan copied, its doors made lanes, its ways listed in an order that does not hang on indices. */
#include "crowd/flow/inside.h"
#include "crowd/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *network_block(struct crowd_network *n, size_t count, size_t size)
{
	if (n->block_count == sizeof(n->blocks) / sizeof(n->blocks[0]))
		return NULL;
	void *block = calloc(count > 0 ? count : 1, size);
	if (block != NULL)
		n->blocks[n->block_count++] = block;
	return block;
}

static void *copied(struct crowd_network *n, const void *from, size_t count, size_t size, size_t more)
{
	char *to = network_block(n, count + more, size);
	if (to != NULL && count > 0)
		memcpy(to, from, count * size);
	return to;
}

/* FNV-1a, mixed. */
uint64_t network_name(const char *id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; id != NULL && *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return random_mixed(h);
}

/* All ids behind one another in one block. */
static err_t copy_ids(struct crowd_network *n)
{
	size_t size = 0;
	char *at = NULL;
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1 && (at = network_block(n, size, 1)) == NULL)
			return ERR_MEMORY;
#define EACH(list, count, field) \
		for (uint32_t i = 0; i < (count); i++) { \
			const char *id = (list)[i].field == NULL ? "" : (list)[i].field; \
			size_t length = strlen(id) + 1; \
			if (pass == 0) { \
				size += length; \
			} else { \
				memcpy(at, id, length); \
				(list)[i].field = at; \
				at += length; \
			} \
		}
		EACH(n->areas, n->area_count, id)
		EACH(n->links, n->link_count, id)
		EACH(n->checkpoints, n->checkpoint_count, id)
		EACH(n->streams, n->stream_count, s.id)
#undef EACH
	}
	return ERR_NONE;
}

/* A door is a lane that lets one through every 1 / (width x flow) seconds, whatever he carries. */
static err_t copy_lanes(struct crowd_network *n, const struct crowd_network_plan *p)
{
	uint32_t doors = 0;
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		doors += p->checkpoints[i].lane_count == 0;
	size_t changes = 0, lanes = 0;
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		lanes += p->checkpoints[i].lane_count;
	n->lanes = network_block(n, lanes + doors, sizeof(*n->lanes));
	n->lane_station = network_block(n, lanes + doors, sizeof(*n->lane_station));
	n->station_lanes = network_block(n, p->checkpoint_count, sizeof(*n->station_lanes));
	n->services = network_block(n, (size_t)p->service_count + doors, sizeof(*n->services));
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		for (uint32_t k = 0; k < p->checkpoints[i].lane_count; k++)
			changes += p->lanes[p->checkpoints[i].lane_first + k].change_count;
	double *times = network_block(n, changes, sizeof(*times));
	if (n->lanes == NULL || n->lane_station == NULL || n->station_lanes == NULL || n->services == NULL || times == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < p->service_count; i++)
		n->services[n->service_count++] = crowd_service_ready(&p->services[i]);
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct crowd_checkpoint *c = &p->checkpoints[i];
		n->station_lanes[i] = (struct span){n->lane_count, c->lane_count > 0 ? c->lane_count : 1};
		for (uint32_t k = 0; k < c->lane_count; k++) {
			struct crowd_lane l = p->lanes[c->lane_first + k];
			if (l.change_count > 0)
				memcpy(times, l.changes_at_s, l.change_count * sizeof(*times));
			l.changes_at_s = times;
			times += l.change_count;
			n->lane_station[n->lane_count] = i;
			n->lanes[n->lane_count++] = l;
		}
		if (c->lane_count > 0)
			continue;
		double flow = c->width_m * (c->flow_ppl_m_s > 0 ? c->flow_ppl_m_s : CAPACITY_PPL_M_S);
		struct crowd_service s = {.form = CROWD_FIXED, .mean_s = 1 / flow};
		n->lane_station[n->lane_count] = i;
		n->lanes[n->lane_count++] = (struct crowd_lane){.service = n->service_count,
			.takes = CROWD_BAG | CROWD_NEEDS_STEP_FREE, .open = true};
		n->services[n->service_count++] = crowd_service_ready(&s);
	}
	return ERR_NONE;
}

static uint32_t combos_of(const struct crowd_crowd *c)
{
	uint32_t combos = 0;
	bool groups = false;
	for (int k = 1; k < 6; k++)
		groups = groups || c->group_share[k] > 0;
	for (uint32_t k = 0; k < COMBOS; k++) {
		double share = ((k & CROWD_BAG) != 0 ? c->bag_share : groups ? 1 : 1 - c->bag_share) *
		               ((k & CROWD_NEEDS_STEP_FREE) != 0 ? c->step_free_share : groups ? 1 : 1 - c->step_free_share);
		combos |= share > 0 ? 1u << k : 0;
	}
	return combos;
}

/* Goals that several streams share are one. */
static err_t copy_streams(struct crowd_network *n, const struct crowd_network_plan *p)
{
	size_t goals = 0, points = 0;
	for (uint32_t i = 0; i < p->stream_count; i++) {
		goals += p->streams[i].goal_count;
		points += p->streams[i].curve.count;
	}
	n->streams = network_block(n, p->stream_count, sizeof(*n->streams));
	n->goal_of_stream = network_block(n, goals, sizeof(uint32_t));
	n->goals = network_block(n, p->area_count, sizeof(uint32_t));
	uint32_t *listed = network_block(n, p->area_count, sizeof(uint32_t)), *areas = network_block(n, goals, sizeof(uint32_t));
	double *shares = network_block(n, goals, sizeof(double));
	struct crowd_curve_point *curve = network_block(n, points, sizeof(*curve));
	if (n->streams == NULL || n->goal_of_stream == NULL || n->goals == NULL || listed == NULL || areas == NULL ||
			shares == NULL || curve == NULL)
		return ERR_MEMORY;
	uint32_t at = 0;
	for (uint32_t i = 0; i < p->stream_count; i++) {
		struct stream *s = &n->streams[i];
		*s = (struct stream){.s = p->streams[i], .name = network_name(p->streams[i].id), .first_who = n->people, .goal_first = at};
		n->people += s->s.ppl;
		n->combos |= s->s.ppl > 0 ? combos_of(&s->s.crowd) : 0;
		for (uint32_t k = 0; k < s->s.goal_count; k++) {
			uint32_t area = s->s.goals[k];
			if (listed[area] == 0) {
				n->goals[n->goal_count++] = area;
				listed[area] = n->goal_count;
			}
			n->goal_of_stream[at + k] = listed[area] - 1;
			areas[at + k] = area;
			shares[at + k] = s->s.goal_shares[k];
		}
		s->s.goals = areas + at;
		s->s.goal_shares = shares + at;
		at += s->s.goal_count;
		if (s->s.curve.count > 0)
			memcpy(curve, s->s.curve.points, s->s.curve.count * sizeof(*curve));
		s->s.curve.points = curve;
		curve += s->s.curve.count;
	}
	n->stream_count = p->stream_count;
	for (uint32_t i = 0; i < n->stream_count && n->people > 0; i++)
		n->bag_share += n->streams[i].s.crowd.bag_share * n->streams[i].s.ppl / n->people;
	return ERR_NONE;
}

static double storage_of(const struct crowd_link *l)
{
	return fmax(1, floor(JAM_PPL_M2 * l->length_m * l->width_m));
}

/* A link that everybody fits into needs no ring. */
static size_t ring_of(const struct crowd_link *l, uint64_t people)
{
	return storage_of(l) < (double)people ? (size_t)storage_of(l) : 0;
}

static err_t make_storage(struct crowd_network *n)
{
	n->storage_ppl = network_block(n, n->link_count, sizeof(double));
	n->ring_first = network_block(n, n->link_count, sizeof(uint32_t));
	if (n->storage_ppl == NULL || n->ring_first == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < n->link_count; i++) {
		n->storage_ppl[i] = storage_of(&n->links[i]);
		n->ring_first[i] = n->ring_size;
		n->ring_size += (uint32_t)ring_of(&n->links[i], n->people);
	}
	return ERR_NONE;
}

/* Weidmann 1993; thin crowds walk freely. */
static void make_slow(struct crowd_network *n)
{
	for (uint32_t i = 0; i < SLOW_STEPS + 2; i++) {
		double ppl_m2 = fmin(i * (BRANCH_PPL_M2 / SLOW_STEPS), BRANCH_PPL_M2);
		n->slow[i] = ppl_m2 < 0.1 ? 1 : (float)(crowd_speed_weidmann_ms(0) / crowd_speed_weidmann_ms(ppl_m2));
	}
}

static err_t copy_plan(struct crowd_network *n, const struct crowd_network_plan *p)
{
	n->areas = copied(n, p->areas, p->area_count, sizeof(*n->areas), 0);
	n->links = copied(n, p->links, p->link_count, sizeof(*n->links), 0);
	n->checkpoints = copied(n, p->checkpoints, p->checkpoint_count, sizeof(*n->checkpoints), 0);
	if (n->areas == NULL || n->links == NULL || n->checkpoints == NULL)
		return ERR_MEMORY;
	n->area_count = p->area_count;
	n->link_count = p->link_count;
	n->checkpoint_count = p->checkpoint_count;
	n->walk_ms = p->walk_ms > 0 ? p->walk_ms : crowd_body_default().speed_ms;
	n->choice_s = p->choice_s > 0 ? p->choice_s : 60;
	n->sample_s = p->sample_s > 0 ? p->sample_s : 60;
	n->until_s = p->until_s;
	n->start_s = p->start_s;
	n->street_least_ppl = p->street_least_ppl;
	n->sample_count = (uint32_t)(n->until_s / n->sample_s) + 1;
	make_slow(n);
	err_t e = copy_lanes(n, p);
	if (e == ERR_NONE)
		e = copy_streams(n, p);
	if (e == ERR_NONE)
		e = make_storage(n);
	return e == ERR_NONE ? copy_ids(n) : e;
}

err_t crowd_network_new(const struct crowd_network_plan *plan, struct crowd_network **out, struct problem *problem)
{
	err_t e = network_check(plan, problem);
	if (e != ERR_NONE)
		return e;
	struct crowd_network *n = calloc(1, sizeof(*n));
	if (n == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, NULL);
	e = copy_plan(n, plan);
	if (e == ERR_NONE)
		e = network_find_ways(n, problem);
	if (e == ERR_NONE)
		e = network_check_ways(n, problem);
	if (e == ERR_NONE)
		*out = n;
	else
		crowd_network_free(n);
	return e == ERR_MEMORY ? problem_set(problem, e, NULL, NULL) : e;
}

void crowd_network_free(struct crowd_network *n)
{
	if (n == NULL)
		return;
	for (uint32_t i = 0; i < n->block_count; i++)
		free(n->blocks[i]);
	free(n);
}
