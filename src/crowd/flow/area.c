/* crowd/flow/area.c: people in areas, and the hands that wait to let one in: lanes with a served person, the ends of links,
 * streams before a full area. A hand waits for one area at a time; who waits longest is let in first. */
#include "crowd/flow/inside.h"

#include <math.h>

bool area_takes(const struct run *u, uint32_t area)
{
	const struct area *a = &u->areas[area];
	return a->people + 1 <= a->limit && a->wait_head == CROWD_NONE;
}

void area_wait(struct run *u, uint32_t area, uint32_t hand)
{
	struct area *a = &u->areas[area];
	if (a->wait_head == CROWD_NONE) {
		a->wait_head = hand;
		a->at_wait_s = u->now_s;
		if (isnan(u->r->areas[area].at_first_full_s))
			u->r->areas[area].at_first_full_s = u->now_s;
	} else {
		u->hand_next[a->wait_tail] = hand;
	}
	a->wait_tail = hand;
	u->hand_next[hand] = CROWD_NONE;
	u->hand_waits[hand] = true;
}

/* Takes one hand out, wherever it stands: only when a circle is undone. */
static void unwait(struct run *u, uint32_t area, uint32_t hand)
{
	struct area *a = &u->areas[area];
	uint32_t before = CROWD_NONE;
	for (uint32_t h = a->wait_head; h != hand; h = u->hand_next[h])
		before = h;
	if (before == CROWD_NONE)
		a->wait_head = u->hand_next[hand];
	else
		u->hand_next[before] = u->hand_next[hand];
	if (a->wait_tail == hand)
		a->wait_tail = before;
	u->hand_waits[hand] = false;
	if (a->wait_head == CROWD_NONE)
		u->r->areas[area].full_s += u->now_s - a->at_wait_s;
}

static void let_one_in(struct run *u, uint32_t area, uint32_t hand, bool by_force)
{
	const struct crowd_network *n = u->n;
	unwait(u, area, hand);
	if (hand < n->lane_count)
		station_let_in(u, hand, area);
	else if (hand < n->lane_count + n->link_count)
		link_let_out(u, hand - n->lane_count, by_force);
	else
		arrive_let_in(u, hand - n->lane_count - n->link_count);
}

void area_let_in_by_force(struct run *u, uint32_t area, uint32_t hand)
{
	let_one_in(u, area, hand, true);
}

void area_let_in(struct run *u)
{
	while (u->pending_count > 0) {
		uint32_t area = u->pending[--u->pending_count];
		struct area *a = &u->areas[area];
		a->pending = false;
		while (a->wait_head != CROWD_NONE && a->people + 1 <= a->limit)
			let_one_in(u, area, a->wait_head, false);
	}
}

static void reached(struct run *u, uint32_t stream)
{
	u->r->reached++;
	u->r->streams[stream].gone++;
	u->r->at_last_reached_s = u->now_s;
}

void area_enter(struct run *u, uint32_t person, uint32_t area, uint32_t by)
{
	struct person *p = &u->people[person];
	tally_people(u, area, 1);
	p->at_entered_s = u->now_s;
	p->by = by;
	p->flags &= (uint8_t)~(PERSON_ROOM | PERSON_WAITS);
	if ((p->flags & PERSON_REFUSED) != 0) { /* across the area to wherever he goes: no more is known of him */
		double across_s = sqrt(u->n->areas[area].area_m2) / u->n->walk_ms;
		events_plan(&u->events, u->now_s + across_s, EVENT_LEAVE, person);
		return;
	}
	if (u->n->areas[area].inside && (p->flags & PERSON_IN) == 0) {
		p->flags |= PERSON_IN;
		u->r->in++;
		u->r->streams[p->stream].in++;
		u->r->at_last_in_s = u->now_s;
		u->r->in_by_start += u->now_s <= u->n->start_s;
		tally_wait(&u->to_in, u->now_s - p->at_come_s);
		tally_wait(&u->streams[p->stream].to_in, u->now_s - p->at_come_s);
	}
	if (u->n->goals[p->goal] == area)
		reached(u, p->stream);
	else
		choose_way(u, person, area);
}

void area_leave(struct run *u, uint32_t person, uint32_t area)
{
	struct area *a = &u->areas[area];
	tally_wait(&a->stay, u->now_s - u->people[person].at_entered_s);
	tally_people(u, area, -1);
	if (a->wait_head != CROWD_NONE && !a->pending) {
		a->pending = true;
		u->pending[u->pending_count++] = area;
	}
}
