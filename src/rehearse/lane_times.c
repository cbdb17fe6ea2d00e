/* rehearse/lane_times.c: the lanes of one check through the evening: planned ones, changes by hand, rates, bags.
 *
 *   time      doors        from          to
 *   lane 1  ....|############################      '#' open. A lane whose rate changes for a time is drawn as two lanes
 *   lane 2  ....|############|..........|####      that take turns.
 */
#include <math.h>
#include <string.h>

#include "rehearse/inside.h"

#define BAG_FACTOR 2.5 /* hand search: 10 a minute without bags, 4 with (eventknowhow.com) */
/* Two of each change of the caller's; those of the search for lanes are at most one a quarter hour of two days. */
#define MOMENTS_MAX (2 * REHEARSE_CHANGES_MAX + 2 * 192 + 2)

struct by_time {
	const struct built *b;
	const struct plan_checkpoint *c;
	uint32_t order[PLAN_LANES_MAX]; /* of the plan's lanes: the open ones first */
	uint32_t count;                 /* with those that a change adds */
	double moments[MOMENTS_MAX];    /* beginnings of the stretches in which nothing changes */
	uint32_t moment_count;
	bool takes_bags[PLAN_LANES_MAX], takes_step_free[PLAN_LANES_MAX];
	double bag_share;               /* of those at lanes that take bags */
};

static bool has_word(const char *kind, const char *a, const char *b, const char *c)
{
	return strstr(kind, a) != NULL || strstr(kind, b) != NULL || strstr(kind, c) != NULL;
}

static const struct plan_lane *lane_at(const struct by_time *t, uint32_t j)
{
	return &t->c->lanes[j < t->c->lane_count ? t->order[j] : t->c->lane_count - 1];
}

static bool applies(const struct by_time *t, const struct rehearse_change *c, enum rehearse_change_kind kind, double at_s)
{
	return c->kind == kind && strcmp(c->id, t->c->id) == 0 &&
	       (isnan(c->from_min) || (at_s >= 60 * c->from_min && at_s < 60 * c->to_min));
}

static const struct rehearse_change *last_change(const struct by_time *t, enum rehearse_change_kind kind, double at_s)
{
	for (uint32_t i = t->b->s->change_count; i-- > 0;)
		if (applies(t, &t->b->s->changes[i], kind, at_s))
			return &t->b->s->changes[i];
	return NULL;
}

static double doors_s(const struct built *b)
{
	return b->p->at_doors == AT_NONE ? -INFINITY : (double)(b->p->at_doors - b->p->at_start) / 1000;
}

static bool is_open(const struct by_time *t, uint32_t j, double at_s)
{
	if (at_s < doors_s(t->b) || last_change(t, REHEARSE_CHANGE_BLOCK, at_s) != NULL)
		return false;
	const struct rehearse_change *lanes = last_change(t, REHEARSE_CHANGE_LANES, at_s);
	if (lanes != NULL)
		return j < (uint32_t)lanes->value;
	return j < t->c->lane_count && lane_at(t, j)->open;
}

static double rate_at(const struct by_time *t, uint32_t j, double at_s)
{
	const struct rehearse_change *rate = last_change(t, REHEARSE_CHANGE_RATE, at_s);
	double ppl_min = rate == NULL ? lane_at(t, j)->rate_ppl_min : rate->value;
	return rate != NULL ? ppl_min : rule_lane_ppl_min(rule_set_of(t->b->p->rules), t->c->stage, ppl_min);
}

static void add_moment(struct by_time *t, double at_s)
{
	uint32_t i = t->moment_count;
	if (at_s <= t->b->from_s || at_s >= t->b->until_s || t->moment_count == MOMENTS_MAX)
		return;
	for (uint32_t k = 0; k < t->moment_count; k++)
		if (t->moments[k] == at_s)
			return;
	for (; i > 0 && t->moments[i - 1] > at_s; i--)
		t->moments[i] = t->moments[i - 1];
	t->moments[i] = at_s;
	t->moment_count++;
}

static void find_moments(struct by_time *t)
{
	t->moments[t->moment_count++] = t->b->from_s;
	add_moment(t, doors_s(t->b));
	for (uint32_t i = 0; i < t->b->s->change_count; i++) {
		const struct rehearse_change *c = &t->b->s->changes[i];
		if (strcmp(c->id, t->c->id) != 0)
			continue;
		if (c->kind == REHEARSE_CHANGE_LANES && (uint32_t)c->value > t->count)
			t->count = (uint32_t)c->value;
		if (!isnan(c->from_min)) {
			add_moment(t, 60 * c->from_min);
			add_moment(t, 60 * c->to_min);
		}
	}
}

static bool ever_open(const struct by_time *t, uint32_t j)
{
	for (uint32_t k = 0; k < t->moment_count; k++)
		if (is_open(t, j, t->moments[k]))
			return true;
	return false;
}

/* Who may pass where, by the lanes' kinds; nobody is left without a lane: then all lanes take him. */
static void find_takers(struct by_time *t)
{
	bool named = false, bags = false, step_free = false;
	for (uint32_t j = 0; j < t->count; j++)
		named = named || (ever_open(t, j) && has_word(lane_at(t, j)->kind, "accessible", "wheelchair", "无障碍"));
	for (uint32_t j = 0; j < t->count; j++) {
		const char *kind = lane_at(t, j)->kind;
		bool accessible = has_word(kind, "accessible", "wheelchair", "无障碍");
		t->takes_bags[j] = !has_word(kind, "no-bag", "no bag", "无包");
		t->takes_step_free[j] = named ? accessible : true;
		bags = bags || (t->takes_bags[j] && ever_open(t, j));
		step_free = step_free || (t->takes_step_free[j] && t->takes_bags[j] && ever_open(t, j));
	}
	for (uint32_t j = 0; j < t->count; j++) {
		t->takes_bags[j] = t->takes_bags[j] || !bags || (!step_free && t->takes_step_free[j]);
		t->takes_step_free[j] = t->takes_step_free[j] || !step_free;
	}
}

/* Lanes without bags take the people without; so those at the others carry more. With this share the check as a whole passes
 * what its lanes' rates sum to. Reckoned where most lanes are open. */
static void find_bag_share(struct by_time *t)
{
	double most = -1, with = 0, without = 0;
	for (uint32_t k = 0; k < t->moment_count; k++) {
		double sums[2] = {0, 0};
		for (uint32_t j = 0; j < t->count; j++)
			if (is_open(t, j, t->moments[k]))
				sums[t->takes_bags[j]] += rate_at(t, j, t->moments[k]);
		if (sums[0] + sums[1] > most) {
			most = sums[0] + sums[1];
			without = sums[0];
			with = sums[1];
		}
	}
	double share = t->b->s->assume.bag_share;
	t->bag_share = with > 0 ? fmin(1, share * (with + without) / with) : share;
}

/* How one person is served, so that the lane passes `rate` on the whole: bags and second looks are inside it. */
static struct crowd_service service_of(const struct by_time *t, uint32_t j, double rate_ppl_min)
{
	const struct rehearse_assumptions *a = &t->b->s->assume;
	double mean_s = lane_mean_s(rate_ppl_min);
	if (t->c->stage != PLAN_SECURITY)
		return (struct crowd_service){.form = a->ticket_cv > 0 ? CROWD_LOGNORMAL : CROWD_FIXED, .mean_s = mean_s, .cv = a->ticket_cv,
			.bag_factor = 1, .refused_share = t->c->stage == PLAN_TICKET ? a->refused_share : 0};
	double second_s = a->second_share > 0 ? fmin(a->second_mean_s, 0.5 * mean_s / a->second_share) : 0;
	double first_s = mean_s - a->second_share * second_s;
	double bags = t->takes_bags[j] ? t->bag_share : 0;
	return (struct crowd_service){.form = a->search_cv > 0 ? CROWD_LOGNORMAL : CROWD_FIXED,
		.mean_s = first_s / (1 + bags * (BAG_FACTOR - 1)),
		.cv = a->search_cv, .bag_factor = BAG_FACTOR, .second_share = second_s > 0 ? a->second_share : 0, .second_mean_s = second_s,
		.second_cv = a->search_cv};
}

double lane_mean_s(double rate_ppl_min)
{
	return 60 / rate_ppl_min;
}

static uint32_t add_service(struct built *b, struct crowd_service s)
{
	for (uint32_t i = 0; i < b->net.service_count; i++) {
		const struct crowd_service *o = &b->services[i];
		if (o->form == s.form && o->mean_s == s.mean_s && o->cv == s.cv && o->bag_factor == s.bag_factor &&
		    o->second_share == s.second_share && o->second_mean_s == s.second_mean_s && o->refused_share == s.refused_share)
			return i;
	}
	b->services[b->net.service_count] = s;
	return b->net.service_count++;
}

/* The lane at one of its rates: open whenever it is open and has this rate. */
static err_t add_lane(struct by_time *t, struct built *b, uint32_t j, double rate_ppl_min)
{
	double *changes = arena_alloc_array(b->arena, t->moment_count + 1, sizeof(*changes));
	if (changes == NULL)
		return ERR_MEMORY;
	struct crowd_lane lane = {.changes_at_s = changes,
		.takes = (t->takes_bags[j] ? CROWD_BAG : 0u) | (t->takes_step_free[j] ? CROWD_NEEDS_STEP_FREE : 0u)};
	bool now = false, ever = false;
	for (uint32_t k = 0; k < t->moment_count; k++) {
		bool next = is_open(t, j, t->moments[k]) && rate_at(t, j, t->moments[k]) == rate_ppl_min;
		if (k == 0)
			lane.open = next;
		else if (next != now)
			changes[lane.change_count++] = t->moments[k] - b->from_s;
		now = next;
		ever = ever || next;
	}
	if (!ever)
		return ERR_NONE;
	b->place_of[b->net.lane_count] = j < t->c->lane_count ? t->order[j] : j;
	lane.service = add_service(b, service_of(t, j, rate_ppl_min));
	b->lanes[b->net.lane_count++] = lane;
	return ERR_NONE;
}

err_t lanes_build(struct built *b, uint32_t plan_checkpoint, uint32_t network_checkpoint)
{
	struct by_time *t = arena_alloc(b->arena, sizeof(*t));
	if (t == NULL)
		return ERR_MEMORY;
	t->b = b;
	t->c = &b->p->checkpoints[plan_checkpoint];
	t->count = t->c->lane_count;
	uint32_t at = 0;
	for (int open = 1; open >= 0; open--)
		for (uint32_t i = 0; i < t->c->lane_count; i++)
			if (t->c->lanes[i].open == (open == 1))
				t->order[at++] = i;
	find_moments(t);
	find_takers(t);
	find_bag_share(t);
	struct crowd_checkpoint *c = &b->checkpoints[network_checkpoint];
	c->lane_first = b->net.lane_count;
	for (uint32_t j = 0; j < t->count; j++) {
		double done[REHEARSE_CHANGES_MAX + 1];
		uint32_t done_count = 0;
		for (uint32_t k = 0; k < t->moment_count; k++) {
			double rate = rate_at(t, j, t->moments[k]);
			bool seen = false;
			for (uint32_t d = 0; d < done_count; d++)
				seen = seen || done[d] == rate;
			if (seen)
				continue;
			done[done_count++] = rate;
			err_t error = add_lane(t, b, j, rate);
			if (error != ERR_NONE)
				return error;
		}
	}
	c->lane_count = b->net.lane_count - c->lane_first;
	b->places[network_checkpoint] = t->count;
	c->closed = c->closed || c->lane_count == 0;
	return ERR_NONE;
}
