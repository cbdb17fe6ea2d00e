/* crowd/flow/tally.c: what is counted while it goes, and the results made of it. */
#include "crowd/flow/inside.h"
#include "crowd/measure.h"

#include <math.h>
#include <string.h>

/* ---- waits ---- */

/* The cell by the bits of the double: exponent and the first six of the mantissa. */
void tally_wait(struct wait_tally *w, double wait_s)
{
	uint32_t cell = 0;
	if (wait_s >= 0x1p-4) {
		uint64_t bits;
		memcpy(&bits, &wait_s, sizeof(bits));
		uint64_t high = (bits >> 46) - ((UINT64_C(1023) - 4) << 6);
		cell = high >= WAIT_OCTAVES * WAIT_STEPS ? WAIT_CELLS - 1 : (uint32_t)high + 1;
	}
	w->cells[cell]++;
	w->count++;
	w->sum_s += wait_s;
	w->max_s = wait_s > w->max_s ? wait_s : w->max_s;
}

static double cell_s(uint32_t cell, double max_s)
{
	if (cell == 0)
		return 0;
	if (cell == WAIT_CELLS - 1)
		return max_s;
	uint32_t octave = (cell - 1) / WAIT_STEPS, step = (cell - 1) % WAIT_STEPS;
	return lesser(max_s, ldexp(1 + (step + 0.5) / WAIT_STEPS, (int)octave - 4));
}

static double quantile_s(const struct wait_tally *w, double share)
{
	uint64_t rank = (uint64_t)ceil(share * w->count), seen = 0;
	for (uint32_t i = 0; i < WAIT_CELLS; i++) {
		seen += w->cells[i];
		if (seen >= rank && seen > 0)
			return cell_s(i, w->max_s);
	}
	return w->max_s;
}

struct crowd_waits tally_waits(const struct wait_tally *w)
{
	if (w->count == 0)
		return (struct crowd_waits){0, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
	return (struct crowd_waits){w->count, w->sum_s / w->count, quantile_s(w, 0.5), quantile_s(w, 0.95), w->max_s};
}

/* ---- people in areas ---- */

static void sum_area(struct run *u, uint32_t area)
{
	struct area *a = &u->areas[area];
	struct crowd_area_result *r = &u->r->areas[area];
	double for_s = u->now_s - a->at_s;
	a->at_s = u->now_s;
	if (a->people <= 0 || u->n->areas[area].area_m2 <= 0)
		return;
	r->level_s[a->level] += for_s;
	for (uint32_t k = 0; k < a->above; k++)
		r->ppl_min_above[k] += a->people * for_s / 60;
}

/* The band of people between two borders of density, so that a person more or less is one comparison. */
static void find_band(const struct run *u, uint32_t area)
{
	struct area *a = &u->areas[area];
	double area_m2 = u->n->areas[area].area_m2;
	a->lower = -1;
	a->upper = (double)INFINITY;
	a->level = a->above = 0;
	if (area_m2 <= 0)
		return;
	for (uint32_t k = 0; k < 8; k++) {
		double border = (k < 5 ? crowd_queueing_bounds_ppl_m2[k] : crowd_above_ppl_m2[k - 5]) * area_m2;
		if (a->people >= border) {
			a->lower = greater(a->lower, border);
			*(k < 5 ? &a->level : &a->above) = k < 5 ? k + 1 : k - 4;
		} else {
			a->upper = lesser(a->upper, border);
		}
	}
}

void tally_people(struct run *u, uint32_t area, double more)
{
	struct area *a = &u->areas[area];
	struct crowd_area_result *r = &u->r->areas[area];
	if (u->now_s > a->at_s)
		sum_area(u, area);
	a->people += more;
	if (a->people > r->people_max) {
		r->people_max = a->people;
		r->at_people_max_s = u->now_s;
	}
	if (!(a->people >= a->lower && a->people < a->upper))
		find_band(u, area);
}

/* Who only passes through the street within a moment does not stand in it: looked at when time goes on. */
static void sum_street(struct run *u)
{
	double for_s = u->now_s - u->at_street_s;
	if (u->street > 0 && for_s > 0) {
		u->r->street_ppl_min += u->street * for_s / 60;
		if (isnan(u->r->at_first_street_s) && u->street >= u->n->street_least_ppl)
			u->r->at_first_street_s = u->at_street_s;
		if (u->street > u->r->street_max_ppl) {
			u->r->street_max_ppl = u->street;
			u->r->at_street_max_s = u->at_street_s;
		}
	}
	u->at_street_s = u->now_s;
}

void tally_street(struct run *u, int more)
{
	sum_street(u);
	u->street += (uint32_t)more;
}

/* ---- series ---- */

static void sample(struct run *u)
{
	const struct crowd_network *n = u->n;
	struct crowd_run *r = u->r;
	size_t at = u->next_sample++;
	for (uint32_t i = 0; i < n->area_count; i++)
		r->area_people[at * n->area_count + i] = (float)u->areas[i].people;
	for (uint32_t i = 0; i < n->checkpoint_count; i++) {
		struct station *s = &u->stations[i];
		size_t k = at * n->checkpoint_count + i;
		r->queue_ppl[k] = (float)s->waiting;
		r->wait_s[k] = s->sample_began > 0 ? (float)(s->sample_wait_s / s->sample_began) : NAN;
		r->passed_total[k] = r->checkpoints[i].passed;
		s->sample_wait_s = 0;
		s->sample_began = 0;
	}
	for (uint32_t i = 0; i < n->link_count; i++) {
		r->links[i].flow_max_ppl_s = greater(r->links[i].flow_max_ppl_s, u->links[i].sample_out / n->sample_s);
		u->links[i].sample_out = 0;
	}
	r->come_total[at] = r->come;
	r->in_total[at] = r->in;
	r->reached_total[at] = r->reached;
}

void tally_samples(struct run *u, double before_s)
{
	while (u->next_sample < u->n->sample_count && u->next_sample * u->n->sample_s < before_s)
		sample(u);
}

/* ---- the end ---- */

static void finish_stations(struct run *u)
{
	const struct crowd_network *n = u->n;
	for (uint32_t i = 0; i < n->lane_count; i++) {
		struct lane *l = &u->lanes[i];
		struct station *s = &u->stations[l->station];
		double until_s = lesser(u->now_s, u->at_all_come_s);
		if (l->open)
			s->open_s += greater(0, until_s - l->at_opened_s);
		if (l->state == LANE_BUSY)
			s->busy_s += greater(0, until_s - l->at_began_s);
		if (l->state == LANE_BLOCKED)
			u->r->checkpoints[l->station].blocked_s += u->now_s - l->at_blocked_s;
	}
	for (uint32_t i = 0; i < n->checkpoint_count; i++) {
		u->r->checkpoints[i].wait = tally_waits(&u->stations[i].wait);
		u->r->checkpoints[i].busy_share = u->stations[i].open_s > 0 ?
			lesser(1, u->stations[i].busy_s / u->stations[i].open_s) : (double)NAN;
	}
}

void tally_finish(struct run *u)
{
	const struct crowd_network *n = u->n;
	struct crowd_run *r = u->r;
	for (uint32_t i = 0; i < n->area_count; i++) {
		struct area *a = &u->areas[i];
		sum_area(u, i);
		if (a->wait_head != CROWD_NONE)
			r->areas[i].full_s += u->now_s - a->at_wait_s;
		r->areas[i].density_max_ppl_m2 = n->areas[i].area_m2 > 0 ? r->areas[i].people_max / n->areas[i].area_m2 : 0;
		r->areas[i].stay = tally_waits(&a->stay);
	}
	sum_street(u);
	finish_stations(u);
	for (uint32_t i = 0; i < n->link_count; i++)
		if (u->links[i].held)
			r->links[i].held_s += u->now_s - u->links[i].at_held_s;
	for (uint32_t i = 0; i < n->stream_count; i++) {
		r->streams[i].to_in = tally_waits(&u->streams[i].to_in);
		r->streams[i].still_there = r->streams[i].come - r->streams[i].gone - r->streams[i].refused;
	}
	r->to_in = tally_waits(&u->to_in);
	r->still_there = r->come - r->reached - r->refused;
	r->refused_outside = u->refused_outside;
	if (r->in + u->refused_outside < n->people || r->in == 0)
		r->at_last_in_s = (double)NAN;
	if (r->reached + r->refused < n->people)
		r->at_last_reached_s = (double)NAN;
}
