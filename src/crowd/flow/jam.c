/* crowd/flow/jam.c: circles of people who wait for each other. A is full of people for B, B is full of people for A: on a real
 * floor they squeeze past each other. So do these: everybody in the circle goes one step on at once, and it is counted (run.swaps).
 * Nobody can wait so in a network without a circle of ways: there nothing is looked for. */
#include "crowd/flow/inside.h"

static uint32_t circle_of(const struct crowd_network *n, uint32_t node)
{
	if (node < n->area_count)
		return n->circle[node];
	const struct crowd_link *l = &n->links[node - n->area_count];
	return n->circle[l->from] == n->circle[l->to] ? n->circle[l->from] : CROWD_NONE;
}

void jam_note(struct run *u, uint32_t from, uint32_t to)
{
	uint32_t circle = circle_of(u->n, from);
	if (circle == CROWD_NONE || circle != circle_of(u->n, to) || u->jam_is_noted[from])
		return;
	u->jam_is_noted[from] = true;
	u->jam_noted[u->jam_count++] = from;
}

static uint32_t lane_target(const struct run *u, uint32_t lane)
{
	const struct crowd_checkpoint *c = &u->n->checkpoints[u->n->lane_station[lane]];
	return (u->people[u->lanes[lane].person].flags & PERSON_REFUSED) != 0 ? c->refused_to : c->to;
}

/* The k-th thing that waits to go on from a node; false: there are no more. CROWD_NONE as target: it does not wait. */
struct step { uint32_t target, lane; };
struct steps { uint32_t way, lane; };
static bool next_step(const struct run *u, uint32_t node, struct steps *at, struct step *out)
{
	const struct crowd_network *n = u->n;
	if (node >= n->area_count) {
		*out = (struct step){n->links[node - n->area_count].to, CROWD_NONE};
		return at->way++ == 0 && u->links[node - n->area_count].held;
	}
	for (; at->way < n->out[node].count; at->way++, at->lane = 0) {
		uint32_t way = n->out_ways[n->out[node].first + at->way];
		if (way >= n->checkpoint_count) {
			const struct link_run *l = &u->links[way - n->checkpoint_count];
			if (l->entry.count == 0 || l->inside.count + 1.0 <= n->storage_ppl[way - n->checkpoint_count])
				continue;
			at->way++;
			*out = (struct step){n->area_count + way - n->checkpoint_count, CROWD_NONE};
			return true;
		}
		struct span lanes = n->station_lanes[way];
		for (; at->lane < lanes.count && u->stations[way].blocked_lanes > 0; at->lane++) {
			uint32_t lane = lanes.first + at->lane;
			if (u->lanes[lane].state != LANE_BLOCKED || (u->people[u->lanes[lane].person].flags & PERSON_ROOM) != 0)
				continue;
			at->lane++;
			*out = (struct step){lane_target(u, lane), lane};
			return true;
		}
	}
	return false;
}

/* Moves whoever waits to go from one node to the next of the circle. */
static void go_on(struct run *u, uint32_t from, uint32_t to)
{
	const struct crowd_network *n = u->n;
	struct steps at = {0, 0};
	struct step s;
	while (next_step(u, from, &at, &s)) {
		if (s.target != to)
			continue;
		u->r->swaps++;
		if (to >= n->area_count)
			link_admit_by_force(u, to - n->area_count);
		else
			area_let_in_by_force(u, to, from >= n->area_count ? hand_of_link(u, from - n->area_count) : hand_of_lane(s.lane));
		return;
	}
	if (to >= n->area_count)
		link_admit(u, to - n->area_count);
}

/* Goes through all that waits behind `start`; true if it comes back to it: the circle then stands in jam_by. */
static bool find_circle(struct run *u, uint32_t start, uint32_t *last)
{
	uint32_t height = 0;
	u->jam_round++;
	u->jam_stack[height++] = start;
	u->jam_seen[start] = u->jam_round;
	while (height > 0) {
		uint32_t node = u->jam_stack[--height];
		struct steps at = {0, 0};
		struct step s;
		while (next_step(u, node, &at, &s)) {
			if (s.target == start) {
				*last = node;
				return true;
			}
			if (u->jam_seen[s.target] == u->jam_round)
				continue;
			u->jam_seen[s.target] = u->jam_round;
			u->jam_by[s.target] = node;
			u->jam_stack[height++] = s.target;
		}
	}
	return false;
}

void jam_undo(struct run *u)
{
	while (u->jam_count > 0) {
		uint32_t start = u->jam_noted[--u->jam_count], last;
		u->jam_is_noted[start] = false;
		if (!find_circle(u, start, &last))
			continue;
		uint32_t to = start;
		for (uint32_t from = last;; from = u->jam_by[from]) { /* backwards: who goes on makes room for the one behind him */
			go_on(u, from, to);
			to = from;
			if (from == start)
				break;
		}
		area_let_in(u);
	}
}
