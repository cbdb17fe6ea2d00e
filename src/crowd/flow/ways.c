/* crowd/flow/ways.c: what remains to each goal after each way, when nobody else is there: Dijkstra 1959, backwards, over ways
 * instead of areas, because how far it is to the next gate hangs on the gate by which one came in. */
#include "crowd/flow/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WORK_MAX 2e10       /* pairs of ways x goals x combinations: a minute or so */
#define TABLE_BYTES_MAX ((size_t)2 << 30)

static void make_station_way(const struct crowd_network *n, uint32_t i, struct way *w)
{
	const struct crowd_checkpoint *c = &n->checkpoints[i];
	double mean_s = 0;
	*w = (struct way){.from = c->from, .to = c->to, .name = network_name(c->id), .x_m = {(float)c->x_m, (float)c->x_m},
		.y_m = {(float)c->y_m, (float)c->y_m}};
	for (uint32_t k = 0; k < n->station_lanes[i].count; k++) {
		const struct crowd_lane *l = &n->lanes[n->station_lanes[i].first + k];
		mean_s += crowd_service_mean_s(&n->services[l->service].s, n->bag_share) / n->station_lanes[i].count;
		for (uint32_t combo = 0; combo < COMBOS; combo++)
			if ((combo & ~l->takes) == 0 && (l->open || l->change_count > 0) && !c->closed)
				w->takes |= (uint8_t)(1u << combo);
	}
	w->weight_s = (float)mean_s;
}

static void make_link_way(const struct crowd_network *n, uint32_t i, struct way *w)
{
	const struct crowd_link *l = &n->links[i];
	*w = (struct way){.from = l->from, .to = l->to, .name = network_name(l->id), .x_m = {(float)l->x_m[0], (float)l->x_m[1]},
		.y_m = {(float)l->y_m[0], (float)l->y_m[1]}, .takes = l->closed ? 0 : (1u << COMBOS) - 1};
	w->weight_s = (float)(l->length_m / (n->walk_ms * l->speed_factor));
	w->capacity_ppl_s = (float)(l->width_m * (l->flow_ppl_m_s > 0 ? l->flow_ppl_m_s : CAPACITY_PPL_M_S));
}

struct named { const char *id; uint32_t way; };

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->id, y->id);
	return order != 0 ? order : (x->way > y->way) - (x->way < y->way);
}

/* The ways out of each area in the order of their ids: a plan whose features are listed the other way round gives the same run. */
static err_t list_out(struct crowd_network *n)
{
	struct named *named = calloc(n->way_count > 0 ? n->way_count : 1, sizeof(*named));
	if (named == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < n->way_count; i++) {
		named[i] = (struct named){i < n->checkpoint_count ? n->checkpoints[i].id : n->links[i - n->checkpoint_count].id, i};
		n->out[n->ways[i].from].count++;
	}
	qsort(named, n->way_count, sizeof(*named), by_name);
	uint32_t at = 0;
	for (uint32_t a = 0; a < n->area_count; a++) {
		n->out[a].first = at;
		at += n->out[a].count;
		n->out[a].count = 0;
	}
	for (uint32_t i = 0; i < n->way_count; i++) {
		struct span *s = &n->out[n->ways[named[i].way].from];
		n->out_ways[s->first + s->count++] = named[i].way;
	}
	free(named);
	return ERR_NONE;
}

/* ---- Dijkstra ---- */
struct search {
	const struct crowd_network *n;
	struct span *in; uint32_t *in_ways;   /* ways into each area */
	uint32_t *heap, *place, count;        /* ways by what remains; place + 1 in the heap, 0: not in it */
	float *rest_s;
};

static void heap_put(struct search *s, uint32_t i, uint32_t way)
{
	s->heap[i] = way;
	s->place[way] = i + 1;
}

static void heap_up(struct search *s, uint32_t i)
{
	uint32_t way = s->heap[i];
	for (; i > 0 && s->rest_s[s->heap[(i - 1) / 2]] > s->rest_s[way]; i = (i - 1) / 2)
		heap_put(s, i, s->heap[(i - 1) / 2]);
	heap_put(s, i, way);
}

static uint32_t heap_pop(struct search *s)
{
	uint32_t top = s->heap[0], way = s->heap[--s->count], i = 0;
	s->place[top] = 0;
	if (s->count == 0)
		return top;
	for (uint32_t c; (c = 2 * i + 1) < s->count; i = c) {
		c += c + 1 < s->count && s->rest_s[s->heap[c + 1]] < s->rest_s[s->heap[c]];
		if (s->rest_s[s->heap[c]] >= s->rest_s[way])
			break;
		heap_put(s, i, s->heap[c]);
	}
	heap_put(s, i, way);
	return top;
}

static void lower(struct search *s, uint32_t way, float rest_s)
{
	if (!(rest_s < s->rest_s[way]))
		return;
	s->rest_s[way] = rest_s;
	if (s->place[way] == 0)
		heap_put(s, s->count++, way);
	heap_up(s, s->place[way] - 1);
}

static void find_rest(struct search *s, uint32_t goal, uint32_t combo)
{
	const struct crowd_network *n = s->n;
	uint32_t area = n->goals[goal];
	for (uint32_t i = 0; i < n->way_count; i++)
		s->rest_s[i] = INFINITY;
	for (uint32_t i = 0; i < s->in[area].count; i++) {
		uint32_t way = s->in_ways[s->in[area].first + i];
		if ((n->ways[way].takes >> combo & 1) != 0)
			lower(s, way, 0);
	}
	while (s->count > 0) {
		uint32_t next = heap_pop(s);
		const struct way *w = &n->ways[next];
		if (w->from == area)
			continue; /* whoever is there goes no further */
		for (uint32_t i = 0; i < s->in[w->from].count; i++) {
			uint32_t before = s->in_ways[s->in[w->from].first + i];
			const struct way *b = &n->ways[before];
			if ((b->takes >> combo & 1) == 0)
				continue;
			float dx = w->x_m[0] - b->x_m[1], dy = w->y_m[0] - b->y_m[1];
			float walk_s = sqrtf(dx * dx + dy * dy) / (float)n->walk_ms;
			lower(s, before, s->rest_s[next] + w->weight_s + (isfinite(walk_s) ? walk_s : 0));
		}
	}
}

static err_t find_all(struct crowd_network *n)
{
	struct search s = {.n = n, .in = calloc(n->area_count + 1u, sizeof(*s.in)), .in_ways = calloc(n->way_count + 1u, sizeof(uint32_t)),
		.heap = calloc(n->way_count + 1u, sizeof(uint32_t)), .place = calloc(n->way_count + 1u, sizeof(uint32_t))};
	err_t e = s.in == NULL || s.in_ways == NULL || s.heap == NULL || s.place == NULL ? ERR_MEMORY : ERR_NONE;
	uint32_t at = 0;
	if (e != ERR_NONE)
		goto out;
	for (uint32_t i = 0; i < n->way_count; i++)
		s.in[n->ways[i].to].count++;
	for (uint32_t a = 0; a < n->area_count; a++) {
		s.in[a].first = at;
		at += s.in[a].count;
		s.in[a].count = 0;
	}
	for (uint32_t i = 0; i < n->way_count; i++) {
		struct span *in = &s.in[n->ways[i].to];
		s.in_ways[in->first + in->count++] = i;
	}
	for (uint32_t g = 0; g < n->goal_count; g++) {
		for (uint32_t combo = 0; combo < COMBOS; combo++) {
			s.rest_s = n->rest_s + ((size_t)g * COMBOS + combo) * n->way_count;
			find_rest(&s, g, combo);
		}
	}
out:
	free(s.in);
	free(s.in_ways);
	free(s.heap);
	free(s.place);
	return e;
}

/* ---- circles: Tarjan 1972, with a stack of its own ---- */
struct tarjan { uint32_t *order, *low, *stack, *calls, *at, count, height, depth, parts; bool *on; };

static void tarjan_visit(struct crowd_network *n, struct tarjan *t, uint32_t root)
{
	t->calls[t->depth++] = root;
	while (t->depth > 0) {
		uint32_t a = t->calls[t->depth - 1];
		if (t->order[a] == 0) {
			t->order[a] = t->low[a] = ++t->count;
			t->stack[t->height++] = a;
			t->on[a] = true;
		}
		if (t->at[a] < n->out[a].count) {
			uint32_t b = n->ways[n->out_ways[n->out[a].first + t->at[a]++]].to;
			if (t->order[b] == 0)
				t->calls[t->depth++] = b;
			else if (t->on[b] && t->order[b] < t->low[a])
				t->low[a] = t->order[b];
			continue;
		}
		t->depth--;
		if (t->depth > 0 && t->low[a] < t->low[t->calls[t->depth - 1]])
			t->low[t->calls[t->depth - 1]] = t->low[a];
		if (t->low[a] != t->order[a])
			continue;
		for (uint32_t b = CROWD_NONE; b != a;) {
			b = t->stack[--t->height];
			t->on[b] = false;
			n->circle[b] = t->parts;
		}
		t->parts++;
	}
}

static err_t find_circles(struct crowd_network *n)
{
	uint32_t *block = calloc(5 * ((size_t)n->area_count + 1), sizeof(uint32_t));
	struct tarjan t = {.on = calloc(n->area_count + 1u, sizeof(bool))};
	err_t e = block == NULL || t.on == NULL ? ERR_MEMORY : ERR_NONE;
	if (e == ERR_NONE) {
		t.order = block;
		t.low = t.order + n->area_count + 1;
		t.stack = t.low + n->area_count + 1;
		t.calls = t.stack + n->area_count + 1;
		t.at = t.calls + n->area_count + 1;
		for (uint32_t a = 0; a < n->area_count; a++)
			if (t.order[a] == 0)
				tarjan_visit(n, &t, a);
	}
	free(block);
	free(t.on);
	return e;
}

err_t network_find_ways(struct crowd_network *n, struct problem *problem)
{
	n->way_count = n->checkpoint_count + n->link_count;
	double rows = (double)n->goal_count * COMBOS * n->way_count;
	if (rows * sizeof(float) > (double)TABLE_BYTES_MAX)
		return problem_set(problem, ERR_CROWD_TOO_LARGE, "goals",
			"the ways to %u goals need %.0f bytes, at most %zu can be taken", n->goal_count,
		                   rows * sizeof(float), TABLE_BYTES_MAX);
	n->ways = network_block(n, n->way_count, sizeof(*n->ways));
	n->out = network_block(n, n->area_count, sizeof(*n->out));
	n->out_ways = network_block(n, n->way_count, sizeof(uint32_t));
	n->circle = network_block(n, n->area_count, sizeof(uint32_t));
	n->rest_s = network_block(n, (size_t)rows, sizeof(float));
	if (n->ways == NULL || n->out == NULL || n->out_ways == NULL || n->circle == NULL || n->rest_s == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < n->checkpoint_count; i++)
		make_station_way(n, i, &n->ways[i]);
	for (uint32_t i = 0; i < n->link_count; i++)
		make_link_way(n, i, &n->ways[n->checkpoint_count + i]);
	err_t e = list_out(n);
	if (e != ERR_NONE)
		return e;
	double pairs = 0;
	for (uint32_t i = 0; i < n->way_count; i++)
		pairs += n->out[n->ways[i].to].count;
	if (pairs * n->goal_count * COMBOS > WORK_MAX)
		return problem_set(problem, ERR_CROWD_TOO_LARGE, "goals",
			"%.0f pairs of ways for each of %u goals are more than can be searched", pairs,
		                   n->goal_count);
	e = find_all(n);
	return e == ERR_NONE ? find_circles(n) : e;
}
