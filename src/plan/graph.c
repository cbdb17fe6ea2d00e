/* plan/graph.c: reach by breadth-first search, entry by Dinic's maximum flow (1970).
 * Sizes are small (4,096 zones, 2,048 checkpoints, links), so edges are kept in one list and
 * the flow runs on an array of arcs in pairs: arc i and its opposite i ^ 1. */
#include "plan/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define FLOW_LEAST 1e-9

struct arc {
	uint32_t to, next; /* next arc of the same tail */
	double room_ppl_min;
};

struct graph {
	struct arc *arcs;
	uint32_t *first;  /* [node_count]: first arc of a node */
	uint32_t *level, *queue, *current;
	uint32_t node_count, arc_count;
};

static void graph_free(struct graph *g)
{
	free(g->arcs);
	free(g->first);
	free(g->level);
	free(g->queue);
	free(g->current);
}

static err_t graph_init(struct graph *g, uint32_t node_count, size_t edge_max)
{
	*g = (struct graph){.node_count = node_count};
	g->arcs = calloc(2 * edge_max + 2, sizeof(*g->arcs));
	g->first = calloc(node_count, sizeof(*g->first));
	g->level = calloc(node_count, sizeof(*g->level));
	g->queue = calloc(node_count, sizeof(*g->queue));
	g->current = calloc(node_count, sizeof(*g->current));
	if (g->arcs == NULL || g->first == NULL || g->level == NULL || g->queue == NULL || g->current == NULL) {
		graph_free(g);
		return ERR_MEMORY;
	}
	memset(g->first, 0xff, node_count * sizeof(*g->first));
	return ERR_NONE;
}

static void add_edge(struct graph *g, uint32_t from, uint32_t to, double forth, double back)
{
	g->arcs[g->arc_count] = (struct arc){to, g->first[from], forth};
	g->first[from] = g->arc_count++;
	g->arcs[g->arc_count] = (struct arc){from, g->first[to], back};
	g->first[to] = g->arc_count++;
}

static void add_links(struct graph *g, const struct plan *p)
{
	for (uint32_t i = 0; i < p->link_count; i++) {
		bool forth = strcmp(p->links[i].direction, "backward") != 0, back = strcmp(p->links[i].direction, "forward") != 0;
		add_edge(g, p->links[i].from, p->links[i].to, forth ? GRAPH_UNBOUNDED : 0, back ? GRAPH_UNBOUNDED : 0);
	}
}

static double lanes_ppl_min(const struct plan_checkpoint *c, const struct rule_set *set)
{
	double sum = 0;
	for (uint32_t i = 0; i < c->lane_count; i++)
		if (c->lanes[i].open)
			sum += rule_lane_ppl_min(set, c->stage, c->lanes[i].rate_ppl_min);
	return sum;
}

/* Room into the venue: a check passes what its open lanes pass; a transfer without lanes bounds nothing. `set` NULL:
 * only whether there is a way. */
static void add_ways_in(struct graph *g, const struct plan *p, const struct rule_set *set)
{
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[i];
		if (c->stage == PLAN_EXIT)
			continue;
		bool free_way = c->stage == PLAN_TRANSFER && c->lane_count == 0;
		double forth = set == NULL || free_way ? GRAPH_UNBOUNDED : lanes_ppl_min(c, set);
		add_edge(g, c->from, c->to, forth, c->stage == PLAN_TRANSFER ? forth : 0);
	}
}

static void add_ways_out(struct graph *g, const struct plan *p)
{
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[i];
		bool both = c->exit_use || c->stage == PLAN_TRANSFER;
		if (both || c->stage == PLAN_EXIT)
			add_edge(g, c->from, c->to, GRAPH_UNBOUNDED, both && c->stage != PLAN_EXIT ? GRAPH_UNBOUNDED : 0);
	}
}

/* Where people are before they have passed anything: outside, zones of that use, and where sources let them off. */
static void mark_outside(const struct plan *p, bool *out)
{
	for (uint32_t i = 0; i < p->zone_count; i++)
		out[i] = i == 0 || p->zones[i].use == PLAN_OUTSIDE;
}

static void mark_arrivals(const struct plan *p, bool *out)
{
	mark_outside(p, out);
	for (uint32_t i = 0; i < p->source_count; i++)
		out[p->sources[i].to] = true;
}

/* Spreads out[] along arcs with room; `against`: against their direction. */
static void spread(struct graph *g, bool *out, bool against)
{
	uint32_t head = 0, tail = 0;
	for (uint32_t i = 0; i < g->node_count; i++)
		if (out[i])
			g->queue[tail++] = i;
	while (head < tail) {
		for (uint32_t a = g->first[g->queue[head++]]; a != NONE; a = g->arcs[a].next) {
			if (g->arcs[against ? a ^ 1 : a].room_ppl_min <= 0 || out[g->arcs[a].to])
				continue;
			out[g->arcs[a].to] = true;
			g->queue[tail++] = g->arcs[a].to;
		}
	}
}

err_t graph_reach(const struct plan *p, enum direction direction, bool *out)
{
	struct graph g;
	err_t error = graph_init(&g, p->zone_count, (size_t)p->link_count + p->checkpoint_count);
	if (error != ERR_NONE)
		return error;
	add_links(&g, p);
	if (direction == GRAPH_IN) {
		add_ways_in(&g, p, NULL);
		mark_arrivals(p, out);
	} else {
		add_ways_out(&g, p);
		mark_outside(p, out);
	}
	spread(&g, out, direction == GRAPH_OUT);
	graph_free(&g);
	return ERR_NONE;
}

/* Levels from the source along arcs with room; false: the sink is cut off. */
static bool set_levels(struct graph *g, uint32_t source, uint32_t sink)
{
	uint32_t head = 0, tail = 0;
	memset(g->level, 0xff, g->node_count * sizeof(*g->level));
	g->level[source] = 0;
	g->queue[tail++] = source;
	while (head < tail) {
		uint32_t node = g->queue[head++];
		for (uint32_t a = g->first[node]; a != NONE; a = g->arcs[a].next)
			if (g->arcs[a].room_ppl_min > FLOW_LEAST && g->level[g->arcs[a].to] == NONE) {
				g->level[g->arcs[a].to] = g->level[node] + 1;
				g->queue[tail++] = g->arcs[a].to;
			}
	}
	return g->level[sink] != NONE;
}

/* One path down the levels; `path` holds its arcs. Gives what it could push, 0 when there is none left. A loop and
 * not a recursion, because a chain of 4,096 zones is a plan that can be read. */
static double push_path(struct graph *g, uint32_t source, uint32_t sink, uint32_t *path)
{
	uint32_t node = source, length = 0;
	while (node != sink) {
		uint32_t a = g->current[node];
		if (a == NONE) {
			if (length == 0)
				return 0;
			uint32_t back = path[--length];
			node = g->arcs[back ^ 1].to;
			g->current[node] = g->arcs[back].next;
			continue;
		}
		if (g->arcs[a].room_ppl_min > FLOW_LEAST && g->level[g->arcs[a].to] == g->level[node] + 1) {
			path[length++] = a;
			node = g->arcs[a].to;
		} else {
			g->current[node] = g->arcs[a].next;
		}
	}
	double least = INFINITY;
	for (uint32_t i = 0; i < length; i++)
		least = fmin(least, g->arcs[path[i]].room_ppl_min);
	for (uint32_t i = 0; i < length; i++) {
		g->arcs[path[i]].room_ppl_min -= least;
		g->arcs[path[i] ^ 1].room_ppl_min += least;
	}
	return least;
}

static double max_flow(struct graph *g, uint32_t source, uint32_t sink, uint32_t *path)
{
	double flow = 0, more;
	while (flow < GRAPH_UNBOUNDED && set_levels(g, source, sink)) {
		memcpy(g->current, g->first, g->node_count * sizeof(*g->first));
		while ((more = push_path(g, source, sink, path)) > 0)
			flow += more;
	}
	return flow;
}

err_t graph_entry_ppl_min(const struct plan *p, const struct rule_set *set, const bool *audience, double *out)
{
	struct graph g;
	uint32_t source = p->zone_count, sink = p->zone_count + 1;
	uint32_t *path = calloc(p->zone_count + 2, sizeof(*path));
	bool *arrivals = calloc(p->zone_count, sizeof(*arrivals));
	err_t error = graph_init(&g, p->zone_count + 2,
		(size_t)p->link_count + p->checkpoint_count + 2 * (size_t)p->zone_count);
	if (error != ERR_NONE)
		goto out;
	if (path == NULL || arrivals == NULL) {
		error = ERR_MEMORY;
		goto drop;
	}
	add_links(&g, p);
	add_ways_in(&g, p, set);
	mark_arrivals(p, arrivals);
	for (uint32_t i = 0; i < p->zone_count; i++) {
		if (arrivals[i])
			add_edge(&g, source, i, GRAPH_UNBOUNDED, 0);
		if (audience[i])
			add_edge(&g, i, sink, GRAPH_UNBOUNDED, 0);
	}
	*out = max_flow(&g, source, sink, path);
drop:
	graph_free(&g);
out:
	free(path);
	free(arrivals);
	return error;
}
