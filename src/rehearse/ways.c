/* rehearse/ways.c: leaves out the ways that bring nobody nearer to where he goes.
 *
 * A transfer can be walked both ways, but who comes in does not go from the gallery back to the ring and out to the plaza. A way
 * stays if for some goal its end is no further (in steps) than its beginning: so people may still go round by a neighbour. */
#include <string.h>

#include "rehearse/inside.h"

struct steps { uint32_t *to_goal, *queue, *first, *next; };

/* Ways by the area in which they end, as lists: checkpoints first, links after them. */
static void list_ways(const struct built *b, struct steps *s)
{
	memset(s->first, 0xff, (b->net.area_count + (size_t)1) * sizeof(*s->first));
	for (uint32_t i = 0; i < b->net.checkpoint_count + b->net.link_count; i++) {
		uint32_t to = i < b->net.checkpoint_count ? b->checkpoints[i].to : b->links[i - b->net.checkpoint_count].to;
		s->next[i] = s->first[to];
		s->first[to] = i;
	}
}

static void count_steps(const struct built *b, struct steps *s, uint32_t goal)
{
	uint32_t head = 0, tail = 0;
	memset(s->to_goal, 0xff, (b->net.area_count + (size_t)1) * sizeof(*s->to_goal));
	s->to_goal[goal] = 0;
	s->queue[tail++] = goal;
	while (head < tail) {
		uint32_t at = s->queue[head++];
		for (uint32_t i = s->first[at]; i != CROWD_NONE; i = s->next[i]) {
			uint32_t from = i < b->net.checkpoint_count ? b->checkpoints[i].from : b->links[i - b->net.checkpoint_count].from;
			if (s->to_goal[from] != CROWD_NONE)
				continue;
			s->to_goal[from] = s->to_goal[at] + 1;
			s->queue[tail++] = from;
		}
	}
}

static void mark_useful(const struct built *b, const struct steps *s, bool *useful)
{
	for (uint32_t i = 0; i < b->net.checkpoint_count + b->net.link_count; i++) {
		bool link = i >= b->net.checkpoint_count;
		uint32_t from = link ? b->links[i - b->net.checkpoint_count].from : b->checkpoints[i].from;
		uint32_t to = link ? b->links[i - b->net.checkpoint_count].to : b->checkpoints[i].to;
		useful[i] = useful[i] || (s->to_goal[to] != CROWD_NONE && s->to_goal[to] <= s->to_goal[from]);
	}
}

/* Checks with lanes stand first and stay where they are. */
static void drop_doors(struct built *b, const bool *useful)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < b->net.checkpoint_count; i++) {
		if (!useful[i] && b->places[i] == 0)
			continue;
		b->checkpoints[kept] = b->checkpoints[i];
		b->checkpoint_of[kept] = b->checkpoint_of[i];
		b->places[kept++] = b->places[i];
	}
	b->net.checkpoint_count = kept;
}

static void drop_links(struct built *b, const bool *useful, uint32_t *moved)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < b->net.link_count; i++) {
		moved[i] = useful[i] ? kept : CROWD_NONE;
		if (!useful[i])
			continue;
		b->links[kept] = b->links[i];
		b->link_of[kept++] = b->link_of[i];
	}
	for (uint32_t i = 0; i < kept; i++)
		if (b->links[i].opposite != CROWD_NONE)
			b->links[i].opposite = moved[b->links[i].opposite];
	b->net.link_count = kept;
}

err_t ways_prune(struct built *b)
{
	uint32_t ways = b->net.checkpoint_count + b->net.link_count, areas = b->net.area_count;
	struct steps s = {arena_alloc_array(b->arena, areas + 1, sizeof(uint32_t)), arena_alloc_array(b->arena, areas + 1, sizeof(uint32_t)),
		arena_alloc_array(b->arena, areas + 1, sizeof(uint32_t)), arena_alloc_array(b->arena, ways + 1, sizeof(uint32_t))};
	bool *useful = arena_alloc_array(b->arena, ways + 1, sizeof(*useful));
	uint32_t *moved = arena_alloc_array(b->arena, b->net.link_count + 1, sizeof(*moved));
	if (s.to_goal == NULL || s.queue == NULL || s.first == NULL || s.next == NULL || useful == NULL || moved == NULL)
		return ERR_MEMORY;
	list_ways(b, &s);
	if (b->s->phase != REHEARSE_INGRESS) {
		count_steps(b, &s, b->area_of[0]);
		mark_useful(b, &s, useful);
	}
	for (uint32_t z = 0; z < b->p->zone_count && b->s->phase == REHEARSE_INGRESS; z++) {
		if (!b->is_goal[z])
			continue;
		count_steps(b, &s, b->area_of[z]);
		mark_useful(b, &s, useful);
	}
	uint32_t checkpoints = b->net.checkpoint_count;
	drop_links(b, useful + checkpoints, moved);
	drop_doors(b, useful);
	return ERR_NONE;
}
