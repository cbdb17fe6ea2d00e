/* crowd/scene/group.c: members of a group walk at the pace of the slowest, and who is ahead waits. See inside.h. */
#include <math.h>

#include "crowd/scene/inside.h"

#define GROUP_STEPS 10u  /* how often they look round for each other */
#define GROUP_SPREAD_S 3.0 /* so far ahead of the last one, in time of way, a member goes at half speed; at twice that he waits */

static double rest_s(const struct crowd_scene *s, const struct person *p)
{
	if (p->target == CROWD_NONE || p->mode != MODE_WALK)
		return NAN;
	return field_time_s(s->targets[p->target].field, s->w.x_m[p->index], s->w.y_m[p->index]);
}

/* The slowest may have left: whoever is still there sets the pace. */
static void gather(struct crowd_scene *s)
{
	for (uint32_t i = 0; i < s->group_count; i++) {
		s->groups[i].least_ms = INFINITY;
		s->groups[i].step = CROWD_NONE;
		s->groups[i].rest_s = 0;
	}
	for (uint32_t i = 0; i < s->w.count; i++) {
		const struct person *p = s->w.slot[i] == CROWD_NONE ? NULL : &s->people[s->w.slot[i]];
		if (p == NULL || p->group == CROWD_NONE)
			continue;
		struct group *g = &s->groups[p->group];
		g->least_ms = p->free_ms < g->least_ms ? p->free_ms : g->least_ms;
		double rest = rest_s(s, p);
		if (!isfinite(rest))
			continue;
		/* Who is in an earlier step of the route is the last one. */
		if (p->step < g->step || (p->step == g->step && rest > g->rest_s)) {
			g->step = p->step;
			g->rest_s = rest;
		}
	}
}

void scene_groups(struct crowd_scene *s)
{
	if (s->group_count == 0 || s->step_count % GROUP_STEPS != 0)
		return;
	gather(s);
	for (uint32_t i = 0; i < s->w.count; i++) {
		struct person *p = s->w.slot[i] == CROWD_NONE ? NULL : &s->people[s->w.slot[i]];
		if (p == NULL || p->group == CROWD_NONE)
			continue;
		const struct group *g = &s->groups[p->group];
		double rest = rest_s(s, p), ahead = p->step > g->step ? 2 * GROUP_SPREAD_S : isfinite(rest) ? g->rest_s - rest : 0;
		/* A little faster than the slowest, so that those behind close up; nobody waits who is being served. */
		float factor = ahead > 2 * GROUP_SPREAD_S ? 0.1f : ahead > GROUP_SPREAD_S ? 0.5f : 1.1f;
		if (g->step == CROWD_NONE || p->free_ms <= g->least_ms)
			factor = 1.1f;
		p->limit_ms = factor * g->least_ms;
	}
}
