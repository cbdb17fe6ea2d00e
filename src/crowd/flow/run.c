/* crowd/flow/run.c: the memory of a run, taken once, and the loop over its events. */
#include "crowd/flow/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STOP_LOOKED_AT_EVERY 4096u

/* ---- memory: one block, laid out by the same code that says how large it is ---- */
struct sizes { size_t areas, links, stations, lanes, streams, people, largest_stream, samples, ring; };

static void *place(char *block, size_t *at, size_t count, size_t size)
{
	size_t from = (*at + 63) & ~(size_t)63;
	*at = from + count * size;
	return block == NULL ? NULL : block + from;
}

#define PLACE(pointer, count) ((pointer) = place(block, &at, (count), sizeof(*(pointer))))

static size_t lay_results(const struct sizes *s, struct crowd_run *r, char *block, size_t at)
{
	PLACE(r->areas, s->areas);
	PLACE(r->checkpoints, s->stations);
	PLACE(r->links, s->links);
	PLACE(r->streams, s->streams);
	PLACE(r->area_people, s->samples * s->areas);
	PLACE(r->queue_ppl, s->samples * s->stations);
	PLACE(r->wait_s, s->samples * s->stations);
	PLACE(r->passed_total, s->samples * s->stations);
	PLACE(r->come_total, s->samples);
	PLACE(r->in_total, s->samples);
	PLACE(r->reached_total, s->samples);
	return at;
}

static size_t tally_count(const struct sizes *s)
{
	return s->areas + s->stations + s->streams + 1;
}

static size_t lay_run(const struct sizes *s, struct run *u, uint32_t **cells, char *block, size_t at)
{
	size_t hands = s->lanes + s->links + s->streams, nodes = s->areas + s->links;
	size_t events = s->people + 2 * s->lanes + 2 * s->links + s->streams + 2 * s->areas + 1;
	PLACE(u->events.near, events);
	PLACE(u->events.far, events);
	PLACE(u->events.far_next, events);
	PLACE(u->people, s->people);
	PLACE(u->order, s->people);
	PLACE(u->due_s, s->people);
	PLACE(u->leader_way, s->people);
	PLACE(u->sort_cells, s->largest_stream + 1);
	PLACE(u->areas, s->areas);
	PLACE(u->lanes, s->lanes);
	PLACE(u->stations, s->stations);
	PLACE(u->links, s->links);
	PLACE(u->streams, s->streams);
	PLACE(u->rings, s->ring);
	PLACE(u->hand_next, hands);
	PLACE(u->hand_waits, hands);
	PLACE(u->pending, s->areas);
	PLACE(u->jam_by, nodes);
	PLACE(u->jam_seen, nodes);
	PLACE(u->jam_stack, nodes);
	PLACE(u->jam_noted, nodes);
	PLACE(u->jam_is_noted, nodes);
	PLACE(*cells, tally_count(s) * WAIT_CELLS);
	return at;
}

static size_t bytes_of(const struct sizes *s)
{
	struct crowd_run r;
	struct run u;
	uint32_t *cells;
	size_t at = lay_results(s, &r, NULL, 0);
	return lay_run(s, &u, &cells, NULL, at) + sizeof(struct run) + sizeof(struct crowd_run);
}

/* Of a plan that nobody has checked: what is no number counts as nothing, crowd_network_new will say so. */
size_t crowd_network_run_bytes(const struct crowd_network_plan *p)
{
	struct sizes s = {.areas = p->area_count, .links = p->link_count, .stations = p->checkpoint_count, .streams = p->stream_count};
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		s.lanes += p->checkpoints[i].lane_count > 0 ? p->checkpoints[i].lane_count : 1;
	for (uint32_t i = 0; i < p->stream_count; i++) {
		s.people += p->streams[i].ppl;
		s.largest_stream = p->streams[i].ppl > s.largest_stream ? p->streams[i].ppl : s.largest_stream;
	}
	double samples = p->until_s / (p->sample_s > 0 ? p->sample_s : 60) + 1;
	s.samples = samples >= 1 && samples < 1e9 ? (size_t)samples : 1;
	for (uint32_t i = 0; i < p->link_count; i++) {
		double storage = fmax(1, floor(JAM_PPL_M2 * p->links[i].length_m * p->links[i].width_m));
		s.ring += storage < (double)s.people ? (size_t)storage : 0;
	}
	return bytes_of(&s);
}

static struct sizes sizes_of(const struct crowd_network *n)
{
	struct sizes s = {.areas = n->area_count, .links = n->link_count, .stations = n->checkpoint_count, .lanes = n->lane_count,
		.streams = n->stream_count, .people = n->people, .samples = n->sample_count, .ring = n->ring_size};
	for (uint32_t i = 0; i < n->stream_count; i++)
		s.largest_stream = n->streams[i].s.ppl > s.largest_stream ? n->streams[i].s.ppl : s.largest_stream;
	return s;
}

err_t crowd_run_new(const struct crowd_network *n, struct crowd_run **out)
{
	struct sizes s = sizes_of(n);
	struct crowd_run *r = calloc(1, sizeof(*r));
	struct run *u = calloc(1, sizeof(*u));
	char *block = NULL;
	if (r == NULL || u == NULL || (block = aligned_alloc(64, (bytes_of(&s) + 63) & ~(size_t)63)) == NULL) {
		free(r);
		free(u);
		return ERR_MEMORY;
	}
	size_t at = lay_results(&s, r, block, 0);
	memset(block, 0, at);
	uint32_t *cells;
	lay_run(&s, u, &cells, block, at);
	for (uint32_t i = 0; i < n->area_count; i++, cells += WAIT_CELLS)
		u->areas[i].stay.cells = cells;
	for (uint32_t i = 0; i < n->checkpoint_count; i++, cells += WAIT_CELLS)
		u->stations[i].wait.cells = cells;
	for (uint32_t i = 0; i < n->stream_count; i++, cells += WAIT_CELLS)
		u->streams[i].to_in.cells = cells;
	u->to_in.cells = cells;
	u->n = n;
	u->r = r;
	r->workspace = u;
	*out = r;
	return ERR_NONE;
}

void crowd_run_free(struct crowd_run *r)
{
	if (r == NULL)
		return;
	free(r->areas); /* the first of the block */
	free(r->workspace);
	free(r);
}

/* ---- the beginning ---- */

static struct wait_tally emptied(struct wait_tally w)
{
	memset(w.cells, 0, WAIT_CELLS * sizeof(*w.cells));
	return (struct wait_tally){.cells = w.cells};
}

static void reset_results(const struct crowd_network *n, struct crowd_run *r)
{
	struct crowd_run kept = *r;
	*r = (struct crowd_run){.areas = kept.areas, .checkpoints = kept.checkpoints, .links = kept.links, .streams = kept.streams,
		.at_last_in_s = (double)NAN, .at_last_reached_s = (double)NAN, .at_first_street_s = (double)NAN, .at_street_max_s = (double)NAN,
		.sample_count = n->sample_count, .sample_s = n->sample_s, .area_people = kept.area_people, .queue_ppl = kept.queue_ppl,
		.wait_s = kept.wait_s, .passed_total = kept.passed_total, .come_total = kept.come_total, .in_total = kept.in_total,
		.reached_total = kept.reached_total, .workspace = kept.workspace};
	for (uint32_t i = 0; i < n->area_count; i++)
		r->areas[i] = (struct crowd_area_result){.at_people_max_s = (double)NAN, .at_first_full_s = (double)NAN};
	for (uint32_t i = 0; i < n->checkpoint_count; i++)
		r->checkpoints[i] = (struct crowd_checkpoint_result){.at_queue_max_s = (double)NAN, .at_first_blocked_s = (double)NAN,
			.at_last_s = (double)NAN};
	for (uint32_t i = 0; i < n->link_count; i++)
		r->links[i] = (struct crowd_link_result){.at_first_held_s = (double)NAN};
	memset(r->streams, 0, n->stream_count * sizeof(*r->streams));
}

/* Some sixteen events: ten a person, spread over the time in which people come. */
static double slice_s(const struct crowd_network *n)
{
	double last_s = 60;
	for (uint32_t i = 0; i < n->stream_count; i++) {
		const struct crowd_curve *c = &n->streams[i].s.curve;
		last_s = greater(last_s, c->count > 0 ? c->points[c->count - 1].at_s : 0);
	}
	return greater(lesser(last_s, n->until_s) * 1.6 / (n->people + 1.0), n->until_s * 1e-12);
}

static void reset(struct run *u)
{
	const struct crowd_network *n = u->n;
	reset_results(n, u->r);
	u->now_s = u->at_street_s = 0;
	u->pending_count = u->jam_count = u->jam_round = 0;
	events_begin(&u->events, slice_s(n), n->until_s);
	u->street = u->next_sample = u->refused_outside = 0;
	u->to_in = emptied(u->to_in);
	for (uint32_t i = 0; i < n->area_count; i++)
		u->areas[i] = (struct area){.limit = n->areas[i].limit_ppl,
			.per_m2 = n->areas[i].area_m2 > 0 ? 1 / n->areas[i].area_m2 : 0, .lower = (double)INFINITY,
			.idle = LIST_EMPTY, .wait_head = CROWD_NONE,
			.wait_tail = CROWD_NONE, .stay = emptied(u->areas[i].stay)};
	for (uint32_t i = 0; i < n->area_count; i++)
		tally_people(u, i, 0);
	for (uint32_t i = 0; i < n->checkpoint_count; i++)
		u->stations[i].wait = emptied(u->stations[i].wait);
	for (uint32_t i = 0; i < n->stream_count; i++)
		u->streams[i].to_in = emptied(u->streams[i].to_in);
	for (uint32_t i = 0; i < n->link_count; i++)
		u->links[i] = (struct link_run){.inside = LIST_EMPTY, .entry = LIST_EMPTY,
			.per_m2 = 1 / (n->links[i].length_m * n->links[i].width_m)};
	memset(u->hand_waits, 0, n->lane_count + n->link_count + n->stream_count);
	memset(u->jam_seen, 0, ((size_t)n->area_count + n->link_count) * sizeof(*u->jam_seen));
	memset(u->jam_is_noted, 0, (size_t)n->area_count + n->link_count);
}

/* ---- the loop ---- */

static void happen(struct run *u, struct event e)
{
	switch (e.kind) {
	case EVENT_COME: arrive_next(u, e.index); break;
	case EVENT_AT_WAY: choose_at_way(u, e.index); break;
	case EVENT_DONE: station_done(u, e.index); break;
	case EVENT_LANE: station_lane_changes(u, e.index); break;
	case EVENT_LINK_OUT: link_out(u, e.index); break;
	case EVENT_LINK_IN:
		u->links[e.index].in_planned = false;
		link_admit(u, e.index);
		break;
	case EVENT_LEAVE: area_leave(u, e.index, u->n->checkpoints[u->people[e.index].by].refused_to); break;
	case EVENT_JOCKEY: choose_again(u, e.index); break;
	}
	if (u->pending_count > 0)
		area_let_in(u);
	if (u->jam_count > 0)
		jam_undo(u);
}

err_t crowd_network_run(const struct crowd_network *n, uint64_t seed, const volatile int *stop, struct crowd_run *r)
{
	struct run *u = r->workspace;
	if (u->n != n)
		return ERR_BUG; /* a run is made for one network */
	u->seed = seed;
	reset(u);
	station_prepare(u);
	arrive_prepare(u);
	uint64_t events = 0;
	bool stopped = false;
	for (struct event e; events_next(&u->events, &e);) {
		if (e.at_s > u->now_s && u->next_sample * n->sample_s < e.at_s)
			tally_samples(u, e.at_s);
		u->now_s = e.at_s;
		happen(u, e);
		if (++events % STOP_LOOKED_AT_EVERY == 0 && stop != NULL && *stop != 0) {
			stopped = true;
			break;
		}
	}
	if (!stopped)
		u->now_s = n->until_s;
	tally_samples(u, (double)INFINITY);
	r->events = events;
	tally_finish(u);
	return stopped ? ERR_CROWD_STOPPED : ERR_NONE;
}
