/* crowd/flow/link.c: walkways by link transmission (Newell 1993; Yperman 2007), person by person.
 *
 *   entry queue | first in ------------------------------- first out | held while the area is full
 *               '- at most one every 1/capacity s;                   '- at most one every 1/capacity s, and not
 *                  the n-th only after the (n - storage)-th              before he has walked the length
 *                  left and the wave of the room he left came back
 *
 * He walks at Weidmann's speed for the density of the walkway (both directions) as he enters, no denser than that of the greatest
 * flow: what is beyond it is not slow walking but people who stand because the end is held or the width lets no more out, and
 * storage and capacity say that already. */
#include "crowd/flow/inside.h"

#include <math.h>

static double density_of(const struct run *u, uint32_t link)
{
	const struct crowd_link *l = &u->n->links[link];
	uint32_t people = u->links[link].inside.count + (l->opposite != CROWD_NONE ? u->links[l->opposite].inside.count : 0);
	return people * u->links[link].per_m2;
}

double link_walk_s(const struct run *u, uint32_t link)
{
	return (double)u->n->ways[u->n->checkpoint_count + link].weight_s * network_slowness(u->n, density_of(u, link));
}

double pace_s_m(const struct run *u, uint32_t area)
{
	const struct area *a = &u->areas[area];
	return network_slowness(u->n, a->people * a->per_m2) / u->n->walk_ms;
}

double walk_s(const struct run *u, uint32_t area, float x0, float y0, float x1, float y1)
{
	double far_m = distance_m(x0, y0, x1, y1);
	return far_m > 0 ? far_m * pace_s_m(u, area) : 0;
}

void link_join(struct run *u, uint32_t person, uint32_t link)
{
	struct link_run *l = &u->links[link];
	waits_begin(u, person, u->n->links[link].from);
	list_push(u, &l->entry, person);
	if (!l->in_planned)
		link_admit(u, link);
}

static void take_in(struct run *u, uint32_t link)
{
	struct link_run *l = &u->links[link];
	const struct crowd_network *n = u->n;
	uint32_t person = list_pop(u, &l->entry);
	struct person *p = &u->people[person];
	waits_end(u, person);
	l->bound--;
	area_leave(u, person, n->links[link].from);
	double ready_s = u->now_s + link_walk_s(u, link);
	l->at_last_ready_s = greater(ready_s, l->at_last_ready_s); /* nobody overtakes */
	p->at_waits_s = l->at_last_ready_s;
	p->flags |= PERSON_ROOM; /* between areas */
	list_push(u, &l->inside, person);
	l->in_count++;
	l->at_next_in_s = u->now_s + 1 / (double)n->ways[n->checkpoint_count + link].capacity_ppl_s;
	double density = density_of(u, link);
	u->r->links[link].density_max_ppl_m2 = greater(u->r->links[link].density_max_ppl_m2, density);
	if (n->links[link].opposite != CROWD_NONE)
		u->r->links[n->links[link].opposite].density_max_ppl_m2 =
			greater(u->r->links[n->links[link].opposite].density_max_ppl_m2, density);
	if (l->inside.count == 1)
		events_plan(&u->events, greater(p->at_waits_s, l->at_next_out_s), EVENT_LINK_OUT, link);
}

static uint32_t ring_place(const struct run *u, uint32_t link, uint32_t count)
{
	return u->n->ring_first[link] + count % (uint32_t)u->n->storage_ppl[link];
}

void link_admit(struct run *u, uint32_t link)
{
	struct link_run *l = &u->links[link];
	const struct crowd_network *n = u->n;
	double storage = n->storage_ppl[link];
	while (l->entry.count > 0) {
		if (l->inside.count + 1.0 > storage) { /* room comes with the next one who leaves */
			jam_note(u, n->links[link].from, n->area_count + link);
			return;
		}
		double at_s = l->at_next_in_s;
		if (l->in_count >= storage && storage < n->people)
			at_s = greater(at_s, u->rings[ring_place(u, link, l->in_count)] + n->links[link].length_m / BACK_WAVE_MS);
		if (at_s > u->now_s) {
			l->in_planned = true;
			events_plan(&u->events, at_s, EVENT_LINK_IN, link);
			return;
		}
		take_in(u, link);
	}
}

void link_admit_by_force(struct run *u, uint32_t link)
{
	take_in(u, link);
}

/* The first one out of it, into the area, which has room. */
void link_let_out(struct run *u, uint32_t link, bool by_force)
{
	struct link_run *l = &u->links[link];
	const struct crowd_network *n = u->n;
	if (l->held) {
		u->r->links[link].held_s += u->now_s - l->at_held_s;
		l->held = false;
	}
	uint32_t person = list_pop(u, &l->inside);
	if (n->storage_ppl[link] < n->people)
		u->rings[ring_place(u, link, l->out_count)] = u->now_s;
	l->out_count++;
	l->sample_out++;
	u->r->links[link].passed++;
	l->at_next_out_s = u->now_s + 1 / (double)n->ways[n->checkpoint_count + link].capacity_ppl_s;
	if (l->inside.count > 0)
		events_plan(&u->events, greater(u->people[l->inside.head].at_waits_s, l->at_next_out_s), EVENT_LINK_OUT, link);
	area_enter(u, person, n->links[link].to, n->checkpoint_count + link);
	if (l->entry.count > 0 && !l->in_planned && !by_force)
		link_admit(u, link);
}

void link_out(struct run *u, uint32_t link)
{
	struct link_run *l = &u->links[link];
	uint32_t to = u->n->links[link].to;
	if (area_takes(u, to)) {
		link_let_out(u, link, false);
		return;
	}
	l->held = true;
	l->at_held_s = u->now_s;
	if (isnan(u->r->links[link].at_first_held_s))
		u->r->links[link].at_first_held_s = u->now_s;
	area_wait(u, to, hand_of_link(u, link));
	jam_note(u, u->n->area_count + link, to);
}
