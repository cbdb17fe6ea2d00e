/* rehearse/scene_routes.c: who walks which way: a route for each chain of checks, the sources shared out among them.
 *
 *   E-approach --> { G2-precheck } --> { G2-ticket } --> { G2-security } --> ring     44 of 100
 *              --> { G3-precheck } --> ...                                            56 of 100, by what the first checks pass
 *
 * Walkers do not choose anew between chains: behind the first check there is no way back. Checks that lead to the same zone are one
 * step, in which everybody takes the one that costs him least. */
#include <math.h>
#include <string.h>

#include "rehearse/scene.h"

#define CHAINS_MAX 64
#define CHAIN_STEPS_MAX 16

struct chain { uint32_t route; double ppl_min; };
struct walk { struct scene_made *m; bool *reached; uint32_t *queue; };

/* Everything that people walk to from a zone without a check. */
static void walk_freely(struct walk *w, uint32_t zone)
{
	const struct built *b = w->m->b;
	uint32_t head = 0, tail = 0;
	memset(w->reached, 0, b->p->zone_count * sizeof(*w->reached));
	w->reached[zone] = true;
	w->queue[tail++] = zone;
	while (head < tail) {
		uint32_t from = w->queue[head++];
		if (w->m->goal[from])
			continue;
		for (uint32_t i = 0; i < b->net.checkpoint_count + b->net.link_count; i++) {
			bool link = i >= b->net.checkpoint_count;
			uint32_t k = link ? i - b->net.checkpoint_count : i;
			uint32_t to = b->zone_of[link ? b->links[k].to : b->checkpoints[k].to];
			bool shut = link ? b->links[k].closed : b->checkpoints[k].closed || b->checkpoints[k].lane_count > 0;
			if (shut || b->zone_of[link ? b->links[k].from : b->checkpoints[k].from] != from || to == CROWD_NONE || !w->m->floor[to] ||
			    w->reached[to])
				continue;
			w->reached[to] = true;
			w->queue[tail++] = to;
		}
	}
}

static uint32_t reached_goals(const struct walk *w, uint32_t *out)
{
	uint32_t count = 0;
	for (uint32_t z = 0; z < w->m->b->p->zone_count; z++)
		if (w->reached[z] && w->m->goal[z])
			out[count++] = w->m->goal_of[z];
	return count;
}

static double check_ppl_min(const struct built *b, uint32_t check)
{
	const struct plan_checkpoint *c = &b->p->checkpoints[b->checkpoint_of[check]];
	double sum = 0;
	for (uint32_t i = 0; i < c->lane_count; i++)
		sum += c->lanes[i].open ? c->lanes[i].rate_ppl_min : 0.01;
	return sum;
}

/* The gates by which people leave what is reached, towards one zone. */
static uint32_t gates_to(const struct walk *w, uint32_t to, uint32_t *out, double *out_ppl_min)
{
	const struct built *b = w->m->b;
	uint32_t count = 0;
	*out_ppl_min = 0;
	for (uint32_t k = 0; k < b->net.checkpoint_count; k++) {
		uint32_t from = b->zone_of[b->checkpoints[k].from];
		if (w->m->gate_of[k] == CROWD_NONE || from == CROWD_NONE || !w->reached[from] || b->zone_of[b->checkpoints[k].to] != to)
			continue;
		out[count++] = w->m->gate_of[k];
		*out_ppl_min += check_ppl_min(b, k);
	}
	return count;
}

/* The first zone behind a gate from what is reached, from number `after` on; CROWD_NONE: none. */
static uint32_t next_zone(const struct walk *w, uint32_t after)
{
	const struct built *b = w->m->b;
	for (uint32_t z = after; z < b->p->zone_count; z++)
		for (uint32_t k = 0; k < b->net.checkpoint_count; k++) {
			uint32_t from = b->zone_of[b->checkpoints[k].from];
			if (w->m->gate_of[k] != CROWD_NONE && from != CROWD_NONE && w->reached[from] && b->zone_of[b->checkpoints[k].to] == z)
				return z;
		}
	return CROWD_NONE;
}

/* One route that begins with the gates to `first` (CROWD_NONE: straight to a goal). */
static err_t draw_chain(struct walk *w, const char *id, uint32_t from, uint32_t first, struct chain *out)
{
	struct crowd_route_step steps[CHAIN_STEPS_MAX + 1];
	uint32_t count = 0, zone = from;
	*out = (struct chain){0};
	while (count < CHAIN_STEPS_MAX) {
		uint32_t *choices = arena_alloc_array(w->m->arena, w->m->b->net.checkpoint_count + w->m->b->p->zone_count + 1, sizeof(*choices));
		if (choices == NULL)
			return ERR_MEMORY;
		walk_freely(w, zone);
		uint32_t goals = reached_goals(w, choices);
		if (goals > 0 && (count > 0 || first == CROWD_NONE)) {
			steps[count++] = (struct crowd_route_step){.choices = choices, .count = goals};
			err_t error = crowd_draft_route(w->m->draft, id, steps, count, &out->route);
			return error == ERR_NONE ? error : scene_refused(w->m, error, id, NULL);
		}
		uint32_t to = count == 0 ? first : next_zone(w, 0);
		if (to == CROWD_NONE)
			break;
		double passes;
		uint32_t gates = gates_to(w, to, choices, &passes);
		if (count == 0)
			out->ppl_min = passes;
		steps[count++] = (struct crowd_route_step){.gate = true, .choices = choices, .count = gates};
		zone = to;
	}
	return scene_refused(w->m, ERR_CROWD_GEOMETRY, id, "no way on foot leads from here to a zone that counts as inside");
}

static err_t add_source(struct scene_made *m, uint32_t source, const struct chain *chains, uint32_t chain_count)
{
	const struct plan_source *s = &m->b->p->sources[source];
	const struct crowd_stream *stream = &m->b->streams[source];
	struct point_m at = geo_centre(&m->b->p->features[s->feature].shape);
	struct crowd_point corners[4] = {{at.x_m - 4, at.y_m - 4}, {at.x_m + 4, at.y_m - 4}, {at.x_m + 4, at.y_m + 4},
		{at.x_m - 4, at.y_m + 4}};
	double shares[CHAINS_MAX];
	uint32_t each[CHAINS_MAX];
	for (uint32_t i = 0; i < m->corridor_count; i++) { /* anywhere in the first half of his corridor */
		const struct corridor *c = &m->corridors[i];
		bool his = hypot((c->corners[0].x_m + c->corners[3].x_m) / 2 - at.x_m,
			(c->corners[0].y_m + c->corners[3].y_m) / 2 - at.y_m) < 5.1;
		for (int k = 0; k < 4 && his; k++) {
			struct point_m near = c->corners[k == 0 || k == 1 ? 0 : 3], far = c->corners[k == 0 || k == 1 ? 1 : 2];
			double share = k == 0 || k == 3 ? 0.02 : 0.5;
			corners[k] = (struct crowd_point){near.x_m + share * (far.x_m - near.x_m), near.y_m + share * (far.y_m - near.y_m)};
		}
	}
	for (uint32_t i = 0; i < chain_count; i++)
		shares[i] = chains[i].ppl_min;
	err_t error = share_out(stream->ppl, shares, chain_count, m->arena, each);
	for (uint32_t i = 0; i < chain_count && error == ERR_NONE; i++) {
		if (each[i] == 0)
			continue;
		struct crowd_scene_source drawn = {.id = s->id, .polygon = {corners, 4}, .ppl = each[i], .curve = stream->curve,
			.route = chains[i].route, .crowd = stream->crowd};
		error = crowd_draft_source(m->draft, &drawn);
	}
	return error == ERR_NONE || error == ERR_MEMORY ? error : scene_refused(m, error, s->id, NULL);
}

static err_t add_source_routes(struct walk *w, uint32_t source)
{
	struct chain chains[CHAINS_MAX];
	uint32_t count = 0, from = w->m->b->p->sources[source].to;
	const char *id = w->m->b->p->sources[source].id;
	err_t error = ERR_NONE;
	walk_freely(w, from);
	for (uint32_t z = next_zone(w, 0); z != CROWD_NONE && count < CHAINS_MAX && error == ERR_NONE; z = next_zone(w, z + 1)) {
		error = draw_chain(w, id, from, z, &chains[count++]);
		walk_freely(w, from);
	}
	if (count == 0)
		error = draw_chain(w, id, from, CROWD_NONE, &chains[count++]);
	if (error == ERR_NONE && chains[0].ppl_min <= 0)
		chains[0].ppl_min = 1;
	return error == ERR_NONE ? add_source(w->m, source, chains, count) : error;
}

err_t scene_add_routes(struct scene_made *m)
{
	struct walk w = {m, arena_alloc_array(m->arena, m->b->p->zone_count + 1, sizeof(*w.reached)),
		arena_alloc_array(m->arena, m->b->p->zone_count + 1, sizeof(*w.queue))};
	if (w.reached == NULL || w.queue == NULL)
		return ERR_MEMORY;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < m->b->p->source_count && error == ERR_NONE; i++)
		error = add_source_routes(&w, i);
	return error;
}
