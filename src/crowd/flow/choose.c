/* crowd/flow/choose.c: which way next. Logit over what each open way costs: walking to it at the speed of the area's present
 * density, the people before it by the rate at which it serves them now, itself, and what then remains to the goal when
 * nobody else is there. One draw a choice, over the ways in the order of their names: no index decides. */
#include "crowd/flow/inside.h"

#include <math.h>

#define OPTIONS_LISTED 64u     /* of so many the costs are kept; of more they are found twice */
#define JOCKEY_EVERY_S 15.0
#define JOCKEY_QUEUE_PPL 6u    /* shorter ones are not looked at */
#define JOCKEY_GAIN_S 45.0     /* so much sooner, and a quarter of the wait: else nobody moves */

/* How long whoever comes now expects to stand before way w. */
static double expected_s(const struct run *u, uint32_t w, uint32_t combo)
{
	const struct crowd_network *n = u->n;
	if (w >= n->checkpoint_count) {
		const struct link_run *l = &u->links[w - n->checkpoint_count];
		return l->bound / (double)n->ways[w].capacity_ppl_s;
	}
	const struct station *s = &u->stations[w];
	double ahead = 0;
	for (uint32_t k = combo; k < COMBOS; k++)
		if ((k & combo) == combo)
			ahead += s->ahead[k];
	double open = s->open_lanes > 0 ? greater(0.1, 1 - (double)s->blocked_lanes / s->open_lanes) : 1;
	return ahead / ((double)s->rate[combo] * open);
}

static bool is_open(const struct run *u, uint32_t w, uint32_t combo)
{
	return w >= u->n->checkpoint_count || u->stations[w].open[combo] > 0;
}

struct place { float x, y; double pace_s_m; };

static double cost_s(const struct run *u, const struct person *p, uint32_t w, struct place from)
{
	const struct crowd_network *n = u->n;
	const struct way *way = &n->ways[w];
	double through_s = w >= n->checkpoint_count ? link_walk_s(u, w - n->checkpoint_count) : (double)way->weight_s;
	return distance_m(from.x, from.y, way->x_m[0], way->y_m[0]) * from.pace_s_m + expected_s(u, w, p->combo) + through_s +
	       (double)way_rest_s(n, p->goal, p->combo, w);
}

static void where(const struct run *u, const struct person *p, float *x, float *y)
{
	const struct crowd_network *n = u->n;
	if (p->by != CROWD_NONE) {
		*x = n->ways[p->by].x_m[1];
		*y = n->ways[p->by].y_m[1];
	} else {
		*x = (float)n->streams[p->stream].s.x_m;
		*y = (float)n->streams[p->stream].s.y_m;
	}
}

/* What remained when he came in: a way after which no less remains is a detour. */
static float remains_s(const struct run *u, const struct person *p)
{
	return p->by == CROWD_NONE ? INFINITY : way_rest_s(u->n, p->goal, p->combo, p->by);
}

static bool may_take(const struct run *u, const struct person *p, uint32_t w, float remains)
{
	float rest_s = way_rest_s(u->n, p->goal, p->combo, w);
	if (!(rest_s < INFINITY) || !is_open(u, w, p->combo))
		return false;
	if (rest_s < remains)
		return true;
	bool back = p->by != CROWD_NONE && u->n->ways[w].to == u->n->ways[p->by].from;
	return p->detours < DETOURS_MAX && !back;
}

struct options { uint32_t count, way[OPTIONS_LISTED]; double cost_s[OPTIONS_LISTED], least_s; };

/* Keeps all if they fit, else the cheapest: of more than 64 gates nobody weighs the far ones. */
static void add_option(struct options *o, uint32_t w, double cost)
{
	uint32_t at = o->count;
	if (o->count == OPTIONS_LISTED) {
		at = 0;
		for (uint32_t i = 1; i < OPTIONS_LISTED; i++)
			if (o->cost_s[i] > o->cost_s[at])
				at = i;
		if (cost >= o->cost_s[at])
			return;
	} else {
		o->count++;
	}
	o->way[at] = w;
	o->cost_s[at] = cost;
	o->least_s = lesser(o->least_s, cost);
}

/* What he may take; where there is but one, nothing is weighed. */
static void list_options(const struct run *u, const struct person *p, uint32_t area, struct options *o)
{
	const struct crowd_network *n = u->n;
	const uint32_t *ways = n->out_ways + n->out[area].first;
	uint32_t only = CROWD_NONE;
	float remains = remains_s(u, p);
	struct place here = {0, 0, 0};
	for (uint32_t i = 0; i < n->out[area].count; i++) {
		if (!may_take(u, p, ways[i], remains))
			continue;
		if (only == CROWD_NONE && o->count == 0) {
			only = ways[i];
			continue;
		}
		if (only != CROWD_NONE) {
			where(u, p, &here.x, &here.y);
			here.pace_s_m = pace_s_m(u, area);
			add_option(o, only, cost_s(u, p, only, here));
			only = CROWD_NONE;
		}
		add_option(o, ways[i], cost_s(u, p, ways[i], here));
	}
	if (only != CROWD_NONE)
		add_option(o, only, 0);
}

static uint32_t draw_option(const struct run *u, struct options *o, uint64_t who, uint32_t which)
{
	if (o->count == 1)
		return o->way[0];
	double sum = 0;
	for (uint32_t i = 0; i < o->count; i++) {
		o->cost_s[i] = (double)expf((float)((o->least_s - o->cost_s[i]) / u->n->choice_s));
		sum += o->cost_s[i];
	}
	double at = crowd_draw_unit(u->seed, who, CROWD_ASK_CHOICE, which) * sum;
	for (uint32_t i = 0; i + 1 < o->count; i++) {
		at -= o->cost_s[i];
		if (at < 0)
			return o->way[i];
	}
	return o->way[o->count - 1];
}

static uint32_t find_way(struct run *u, uint32_t person, uint32_t area)
{
	const struct crowd_network *n = u->n;
	struct person *p = &u->people[person];
	if ((p->flags & PERSON_GROUP) != 0 && p->leader != person) { /* one choice for all of them */
		uint32_t w = u->leader_way[p->leader];
		if (w != CROWD_NONE && n->ways[w].from == area && u->people[p->leader].goal == p->goal && may_take(u, p, w, remains_s(u, p)))
			return w;
	}
	struct options o;
	o.count = 0; /* the lists are filled as far as it says */
	o.least_s = INFINITY;
	list_options(u, p, area, &o);
	return o.count == 0 ? CROWD_NONE : draw_option(u, &o, person_who(u, p), p->choices++);
}

static void set_off(struct run *u, uint32_t person, uint32_t w, float x, float y)
{
	struct person *p = &u->people[person];
	const struct way *way = &u->n->ways[w];
	p->way = w;
	if (w < u->n->checkpoint_count)
		u->stations[w].ahead[p->combo]++;
	else
		u->links[w - u->n->checkpoint_count].bound++;
	double far_s = walk_s(u, way->from, x, y, way->x_m[0], way->y_m[0]);
	if (far_s > 0)
		events_plan(&u->events, u->now_s + far_s, EVENT_AT_WAY, person);
	else
		choose_at_way(u, person);
}

void choose_way(struct run *u, uint32_t person, uint32_t area)
{
	struct person *p = &u->people[person];
	uint32_t w = find_way(u, person, area);
	float x, y;
	if (w == CROWD_NONE) {
		waits_begin(u, person, area);
		list_push(u, &u->areas[area].idle, person);
		return;
	}
	if (!(way_rest_s(u->n, p->goal, p->combo, w) < remains_s(u, p)))
		p->detours++;
	if ((p->flags & PERSON_GROUP) != 0 && p->leader == person)
		u->leader_way[person] = w;
	where(u, p, &x, &y);
	set_off(u, person, w, x, y);
}

void choose_at_way(struct run *u, uint32_t person)
{
	struct person *p = &u->people[person];
	const struct crowd_network *n = u->n;
	if (p->way >= n->checkpoint_count) {
		link_join(u, person, p->way - n->checkpoint_count);
	} else if (is_open(u, p->way, p->combo)) {
		station_join(u, person, p->way);
	} else { /* it has shut while he walked */
		u->stations[p->way].ahead[p->combo]--;
		choose_way(u, person, n->ways[p->way].from);
	}
}

/* Two gates that open at the same moment are both open when people choose. */
void choose_wake(struct run *u, uint32_t area)
{
	struct area *a = &u->areas[area];
	if (a->waking || a->idle.count == 0)
		return;
	a->waking = true;
	events_plan(&u->events, u->now_s, EVENT_JOCKEY, u->n->area_count + area);
}

static void wake(struct run *u, uint32_t area)
{
	struct list idle = u->areas[area].idle;
	u->areas[area].waking = false;
	u->areas[area].idle = LIST_EMPTY;
	while (idle.count > 0)
		choose_way(u, list_pop(u, &idle), area);
}

/* ---- changing while one waits ---- */

void choose_watch(struct run *u, uint32_t area)
{
	struct area *a = &u->areas[area];
	if (a->jockeying || u->n->out[area].count < 2)
		return;
	a->jockeying = true;
	events_plan(&u->events, u->now_s + JOCKEY_EVERY_S, EVENT_JOCKEY, area);
}

static uint32_t longest(const struct run *u, uint32_t area, double *wait_s)
{
	uint32_t found = CROWD_NONE;
	for (uint32_t i = 0; i < u->n->out[area].count; i++) {
		uint32_t w = u->n->out_ways[u->n->out[area].first + i];
		if (w >= u->n->checkpoint_count || u->stations[w].waiting < JOCKEY_QUEUE_PPL || u->n->checkpoints[w].queue_ppl > 0)
			continue;
		double here_s = expected_s(u, w, 0);
		if (isfinite(here_s) && (found == CROWD_NONE || here_s > *wait_s)) {
			found = w;
			*wait_s = here_s;
		}
	}
	return found;
}

/* The way that lets the last of the queue before `from` be through soonest; CROWD_NONE: none by a clear margin. */
static uint32_t better(const struct run *u, const struct person *p, uint32_t from)
{
	const struct crowd_network *n = u->n;
	const struct way *here = &n->ways[from];
	float remains = remains_s(u, p);
	struct place at = {here->x_m[0], here->y_m[0], pace_s_m(u, here->from)};
	double stay_s = expected_s(u, from, p->combo) + (double)(here->weight_s + way_rest_s(n, p->goal, p->combo, from));
	double best_s = stay_s - greater(JOCKEY_GAIN_S, 0.25 * expected_s(u, from, p->combo));
	uint32_t best = CROWD_NONE;
	for (uint32_t i = 0; i < n->out[here->from].count; i++) {
		uint32_t w = n->out_ways[n->out[here->from].first + i];
		if (w == from || w >= n->checkpoint_count || !may_take(u, p, w, remains))
			continue;
		double there_s = cost_s(u, p, w, at);
		if (there_s < best_s) {
			best_s = there_s;
			best = w;
		}
	}
	return best;
}

static struct list *last_queue(struct run *u, uint32_t w)
{
	struct list *last = NULL;
	for (uint32_t k = 0; k < COMBOS; k++) {
		struct list *q = &u->stations[w].queue[k];
		if (q->count > 0 && (last == NULL || u->people[q->tail].at_waits_s > u->people[last->tail].at_waits_s))
			last = q;
	}
	return last;
}

/* The last of the longest queue go where they are sooner through, as long as that is clearly so: those who stand behind its middle, a
 * quarter of it at most each time. What they walk to counts them at once, so no second look sends too many. */
static void jockey(struct run *u, uint32_t area)
{
	double wait_s = 0;
	u->areas[area].jockeying = false;
	uint32_t from = longest(u, area, &wait_s);
	if (from == CROWD_NONE)
		return;
	choose_watch(u, area);
	const struct way *here = &u->n->ways[from];
	uint32_t group = CROWD_NONE, to = CROWD_NONE;
	for (uint32_t left = u->stations[from].waiting / 4 + 1; left > 0;) {
		struct list *q = last_queue(u, from);
		if (q == NULL)
			return;
		uint32_t person = q->tail;
		struct person *p = &u->people[person];
		if (group == CROWD_NONE || p->leader != group) {
			to = better(u, p, from);
			if (to == CROWD_NONE)
				return;
			left--;
		}
		group = (p->flags & PERSON_GROUP) != 0 ? p->leader : CROWD_NONE;
		list_pop_last(u, q);
		u->stations[from].waiting--;
		u->stations[from].ahead[p->combo]--;
		if (!(way_rest_s(u->n, p->goal, p->combo, to) < remains_s(u, p)))
			p->detours++;
		set_off(u, person, to, here->x_m[0], here->y_m[0]);
	}
}

void choose_again(struct run *u, uint32_t area)
{
	if (area >= u->n->area_count)
		wake(u, area - u->n->area_count);
	else
		jockey(u, area);
}
