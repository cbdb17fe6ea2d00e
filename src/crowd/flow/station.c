/* crowd/flow/station.c: checkpoints: one queue, lanes that open and close, service, blocking after it.
 *
 * A person's luck in service is asked of (seed, who, stage, how often he was looked at in that stage): not of the checkpoint, because
 * plan A and plan B may list their checkpoints otherwise or move them, and the person is the same.
 * A door keeps people 1 / (width x flow) apart: who finds it free passes at once, without an event.
 * A group is looked at in one lane, one after the other: who shows the tickets stands there anyway. */
#include "crowd/flow/inside.h"

#include <math.h>

#define PASSING_MAX 16 /* doors that a person passes in one moment without an event: bounds the stack */

void waits_begin(struct run *u, uint32_t person, uint32_t area)
{
	struct person *p = &u->people[person];
	if ((p->flags & PERSON_WAITS) != 0)
		return;
	p->flags |= PERSON_WAITS;
	p->at_waits_s = u->now_s;
	if (u->n->areas[area].street && (p->flags & PERSON_ROOM) == 0) {
		p->flags |= PERSON_STREET;
		tally_street(u, 1);
	}
}

void waits_end(struct run *u, uint32_t person)
{
	struct person *p = &u->people[person];
	if ((p->flags & PERSON_STREET) != 0)
		tally_street(u, -1);
	p->flags &= (uint8_t)~(PERSON_WAITS | PERSON_STREET);
}

static bool takes(const struct lane *l, uint32_t combo)
{
	return (l->takes >> combo & 1) != 0;
}

/* ---- lanes open and close ---- */

static void count_open(struct run *u, uint32_t lane, int more)
{
	const struct crowd_network *n = u->n;
	struct lane *l = &u->lanes[lane];
	struct station *s = &u->stations[l->station];
	const struct crowd_service *service = &n->services[n->lanes[lane].service].s;
	for (uint32_t k = 0; k < COMBOS; k++) {
		if (!takes(l, k))
			continue;
		double mean_s = crowd_service_mean_s(service, (k & CROWD_BAG) != 0 ? 1 : n->bag_share);
		s->open[k] += (uint32_t)more;
		s->rate[k] = s->open[k] == 0 ? 0 : s->rate[k] + (float)(more / mean_s);
	}
	s->open_lanes += (uint32_t)more;
	if (more > 0)
		l->at_opened_s = u->now_s;
	else
		s->open_s += greater(0, lesser(u->now_s, u->at_all_come_s) - l->at_opened_s);
}

static void set_idle(struct run *u, uint32_t lane)
{
	struct lane *l = &u->lanes[lane];
	struct station *s = &u->stations[l->station];
	l->state = l->open ? LANE_IDLE : LANE_SHUT;
	l->party = CROWD_NONE;
	if (!l->open)
		return;
	l->next_idle = s->idle;
	s->idle = lane;
	s->idle_count++;
}

/* An idle lane for such people, taken from the list; the one that takes the fewest kinds if they differ. */
static uint32_t take_idle(struct run *u, struct station *s, uint32_t combo)
{
	uint32_t best = CROWD_NONE, best_before = CROWD_NONE, before = CROWD_NONE;
	for (uint32_t lane = s->idle; lane != CROWD_NONE; before = lane, lane = u->lanes[lane].next_idle) {
		if (!takes(&u->lanes[lane], combo) || (best != CROWD_NONE && u->lanes[lane].takes >= u->lanes[best].takes))
			continue;
		best = lane;
		best_before = before;
		if (!s->mixed)
			break;
	}
	if (best == CROWD_NONE)
		return best;
	if (best_before == CROWD_NONE)
		s->idle = u->lanes[best].next_idle;
	else
		u->lanes[best_before].next_idle = u->lanes[best].next_idle;
	s->idle_count--;
	return best;
}

static void leave_idle(struct run *u, uint32_t lane)
{
	struct station *s = &u->stations[u->lanes[lane].station];
	uint32_t *at = &s->idle;
	while (*at != lane)
		at = &u->lanes[*at].next_idle;
	*at = u->lanes[lane].next_idle;
	s->idle_count--;
}

/* ---- service ---- */

static void begin(struct run *u, uint32_t lane, uint32_t person)
{
	const struct crowd_network *n = u->n;
	struct lane *l = &u->lanes[lane];
	struct station *s = &u->stations[l->station];
	struct person *p = &u->people[person];
	const struct crowd_checkpoint *c = &n->checkpoints[l->station];
	double wait_s = u->now_s - p->at_waits_s;
	tally_wait(&s->wait, wait_s);
	s->sample_wait_s += wait_s;
	s->sample_began++;
	waits_end(u, person);
	s->ahead[p->combo]--;
	l->state = LANE_BUSY;
	l->person = person;
	l->at_began_s = u->now_s;
	l->party = (p->flags & PERSON_GROUP) != 0 ? p->leader : CROWD_NONE;
	const struct crowd_service_ready *service = &n->services[n->lanes[lane].service];
	double took_s = greater(0, l->at_free_s - u->now_s); /* a door */
	if (c->lane_count > 0) {
		uint32_t shift = 4 * c->stage, which = c->stage << 4 | (p->visits >> shift & 15);
		uint64_t who = person_who(u, p);
		took_s = crowd_service_ready_draw_s(service, u->seed, who, which, (p->flags & PERSON_BAG) != 0);
		if (service->s.refused_share > 0 && crowd_draw_unit(u->seed, who, CROWD_ASK_REFUSED, which) < service->s.refused_share)
			p->flags |= PERSON_REFUSED;
		p->visits = (p->visits & ~(15u << shift)) | ((p->visits + (1u << shift)) & (15u << shift));
	}
	if (took_s > 0 || u->passing >= PASSING_MAX) {
		events_plan(&u->events, u->now_s + took_s, EVENT_DONE, lane);
		return;
	}
	u->passing++;
	station_done(u, lane);
	u->passing--;
}

static uint32_t next_queue(const struct run *u, const struct lane *l)
{
	const struct station *s = &u->stations[l->station];
	uint32_t best = CROWD_NONE;
	for (uint32_t k = 0; k < COMBOS; k++)
		if (s->queue[k].count > 0 && takes(l, k) &&
		    (best == CROWD_NONE || u->people[s->queue[k].head].at_waits_s < u->people[s->queue[best].head].at_waits_s))
			best = k;
	return best;
}

/* Whoever stands before a waiting room goes in as there is room, and so leaves the area. */
static void fill_room(struct run *u, uint32_t station)
{
	struct station *s = &u->stations[station];
	while (s->outside.count > 0 && s->room_used + 1 <= s->room) {
		uint32_t person = list_pop(u, &s->outside);
		struct person *p = &u->people[person];
		if ((p->flags & PERSON_STREET) != 0)
			tally_street(u, -1);
		p->flags = (uint8_t)((p->flags & ~PERSON_STREET) | PERSON_ROOM);
		s->room_used += 1;
		area_leave(u, person, u->n->checkpoints[station].from);
		list_push(u, &s->queue[p->combo], person);
	}
}

/* The lane is free: its group first, then whoever waits longest of those it takes. */
static void call_next(struct run *u, uint32_t lane)
{
	struct lane *l = &u->lanes[lane];
	struct station *s = &u->stations[l->station];
	if (l->members.count > 0) {
		s->waiting--;
		begin(u, lane, list_pop(u, &l->members));
		return;
	}
	uint32_t k = l->open ? next_queue(u, l) : CROWD_NONE;
	if (k == CROWD_NONE) {
		set_idle(u, lane);
		return;
	}
	uint32_t person = list_pop(u, &s->queue[k]);
	s->waiting--;
	begin(u, lane, person);
	while (l->party != CROWD_NONE && s->queue[k].count > 0 && u->people[s->queue[k].head].leader == l->party &&
	       (u->people[s->queue[k].head].flags & PERSON_GROUP) != 0)
		list_push(u, &l->members, list_pop(u, &s->queue[k]));
	if (s->room > 0) {
		s->room_used -= 1 + l->members.count;
		fill_room(u, l->station);
	}
}

static bool joins_party(struct run *u, uint32_t person, uint32_t station)
{
	const struct person *p = &u->people[person];
	struct span lanes = u->n->station_lanes[station];
	if ((p->flags & PERSON_GROUP) == 0 || u->stations[station].room > 0 || u->n->checkpoints[station].lane_count == 0)
		return false;
	for (uint32_t i = 0; i < lanes.count; i++) {
		struct lane *l = &u->lanes[lanes.first + i];
		if (l->party != p->leader || l->state == LANE_IDLE || l->state == LANE_SHUT)
			continue;
		list_push(u, &l->members, person);
		return true;
	}
	return false;
}

void station_join(struct run *u, uint32_t person, uint32_t station)
{
	struct station *s = &u->stations[station];
	struct person *p = &u->people[person];
	const struct crowd_checkpoint *c = &u->n->checkpoints[station];
	waits_begin(u, person, c->from);
	if (joins_party(u, person, station)) {
		s->waiting++;
	} else {
		uint32_t lane = s->idle_count > 0 ? take_idle(u, s, p->combo) : CROWD_NONE;
		if (lane != CROWD_NONE) {
			if (s->room > 0) {
				p->flags |= PERSON_ROOM;
				area_leave(u, person, c->from);
			}
			begin(u, lane, person);
			return;
		}
		s->waiting++;
		list_push(u, s->room > 0 ? &s->outside : &s->queue[p->combo], person);
		if (s->room > 0)
			fill_room(u, station);
	}
	struct crowd_checkpoint_result *r = &u->r->checkpoints[station];
	if (s->waiting > r->queue_max_ppl) {
		r->queue_max_ppl = s->waiting;
		r->at_queue_max_s = u->now_s;
	}
	if (s->waiting > 5)
		choose_watch(u, c->from);
}

/* ---- after service ---- */

static void pass_on(struct run *u, uint32_t lane, uint32_t to)
{
	struct lane *l = &u->lanes[lane];
	uint32_t person = l->person, station = l->station;
	struct crowd_checkpoint_result *r = &u->r->checkpoints[station];
	bool refused = (u->people[person].flags & PERSON_REFUSED) != 0;
	if ((u->people[person].flags & PERSON_ROOM) == 0)
		area_leave(u, person, u->n->checkpoints[station].from);
	if (refused) {
		r->refused++;
		u->r->refused++;
		u->refused_outside += (u->people[person].flags & PERSON_IN) == 0;
		u->r->streams[u->people[person].stream].refused++;
	} else {
		r->passed++;
		r->at_last_s = u->now_s;
	}
	if (u->n->checkpoints[station].lane_count == 0)
		l->at_free_s = u->now_s + u->n->services[u->n->lanes[lane].service].s.mean_s;
	if (to != CROWD_NONE)
		area_enter(u, person, to, station);
	call_next(u, lane); /* at a door: not before it is free again, so it never passes two in one moment */
}

void station_done(struct run *u, uint32_t lane)
{
	struct lane *l = &u->lanes[lane];
	struct station *s = &u->stations[l->station];
	const struct crowd_checkpoint *c = &u->n->checkpoints[l->station];
	double door_s = c->lane_count == 0 ? u->n->services[u->n->lanes[lane].service].s.mean_s : 0; /* held after him: the same, said before */
	s->busy_s += greater(0, lesser(u->now_s, u->at_all_come_s) - (c->lane_count == 0 ? u->now_s - door_s : l->at_began_s));
	uint32_t to = (u->people[l->person].flags & PERSON_REFUSED) != 0 ? c->refused_to : c->to;
	if (to == CROWD_NONE || to == c->from || area_takes(u, to)) {
		pass_on(u, lane, to);
		return;
	}
	l->state = LANE_BLOCKED;
	l->at_blocked_s = u->now_s;
	s->blocked_lanes++;
	if (isnan(u->r->checkpoints[l->station].at_first_blocked_s))
		u->r->checkpoints[l->station].at_first_blocked_s = u->now_s;
	area_wait(u, to, hand_of_lane(lane));
	jam_note(u, c->from, to);
}

void station_let_in(struct run *u, uint32_t lane, uint32_t area)
{
	struct lane *l = &u->lanes[lane];
	u->stations[l->station].blocked_lanes--;
	u->r->checkpoints[l->station].blocked_s += u->now_s - l->at_blocked_s;
	l->state = LANE_BUSY;
	pass_on(u, lane, area);
}

/* ---- schedules ---- */

static void plan_change(struct run *u, uint32_t lane)
{
	const struct crowd_lane *l = &u->n->lanes[lane];
	if (u->lanes[lane].changes_done < l->change_count)
		events_plan(&u->events, l->changes_at_s[u->lanes[lane].changes_done], EVENT_LANE, lane);
}

/* No open lane takes them any more: who stands in the area looks for another way. Who is in the waiting room stays. */
static void send_away(struct run *u, uint32_t station)
{
	struct station *s = &u->stations[station];
	for (uint32_t k = 0; k < COMBOS && s->room <= 0; k++) {
		if (s->open[k] > 0)
			continue;
		struct list queue = s->queue[k];
		s->queue[k] = LIST_EMPTY;
		while (queue.count > 0) {
			uint32_t person = list_pop(u, &queue);
			s->waiting--;
			s->ahead[k]--;
			choose_way(u, person, u->n->checkpoints[station].from);
		}
	}
}

void station_lane_changes(struct run *u, uint32_t lane)
{
	struct lane *l = &u->lanes[lane];
	l->changes_done++;
	plan_change(u, lane);
	if (u->n->checkpoints[l->station].closed)
		return;
	l->open = !l->open;
	count_open(u, lane, l->open ? 1 : -1);
	if (!l->open) {
		if (l->state == LANE_IDLE) {
			leave_idle(u, lane);
			l->state = LANE_SHUT;
		}
		send_away(u, l->station);
		return;
	}
	if (l->state == LANE_SHUT)
		call_next(u, lane);
	choose_wake(u, u->n->checkpoints[l->station].from);
}

void station_prepare(struct run *u)
{
	const struct crowd_network *n = u->n;
	for (uint32_t i = 0; i < n->checkpoint_count; i++) {
		struct station *s = &u->stations[i];
		struct wait_tally wait = s->wait;
		*s = (struct station){.outside = LIST_EMPTY, .idle = CROWD_NONE, .room = floor(n->checkpoints[i].queue_ppl), .wait = wait};
		for (uint32_t k = 0; k < COMBOS; k++)
			s->queue[k] = LIST_EMPTY;
		for (uint32_t k = n->station_lanes[i].count; k-- > 0;) {
			uint32_t lane = n->station_lanes[i].first + k;
			struct lane *l = &u->lanes[lane];
			*l = (struct lane){.station = i, .person = CROWD_NONE, .party = CROWD_NONE, .members = LIST_EMPTY,
				.open = n->lanes[lane].open && !n->checkpoints[i].closed};
			for (uint32_t combo = 0; combo < COMBOS; combo++)
				l->takes |= (uint8_t)((combo & ~n->lanes[lane].takes) == 0 ? 1u << combo : 0);
			s->mixed = s->mixed || l->takes != u->lanes[n->station_lanes[i].first + n->station_lanes[i].count - 1].takes;
			if (l->open)
				count_open(u, lane, 1);
			set_idle(u, lane);
			plan_change(u, lane);
		}
	}
}
