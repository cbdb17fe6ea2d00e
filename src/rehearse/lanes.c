/* rehearse/lanes.c: how many lanes, where, when: the question, the search, the answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/lanes.h"

#define LANE_M 1.2          /* what a lane takes of the line it stands on */
#define ONE_MORE_MAX 8u
#define ONE_MORE_RUNS 10u
#define LANES_ARENA_MAX ((size_t)1 << 30)

static err_t check_wanted(const struct rehearse_settings *s, const struct rehearse_lanes_wanted *w, struct problem *problem)
{
	if (s->phase != REHEARSE_INGRESS || s->level != REHEARSE_MESO)
		return problem_set(problem, ERR_REHEARSE_SETTING, "lanes", "lanes are found for people coming in, at the meso level");
	if (w->staff == 0 && isnan(w->wait_p95_s))
		return problem_set(problem, ERR_REHEARSE_SETTING, "staff", "give a number of staff, a wait that must hold, or both");
	if (w->staff > 1000000)
		return problem_set(problem, ERR_REHEARSE_SETTING, "staff", "%u people, over a million", w->staff);
	if (!isnan(w->wait_p95_s) && !(w->wait_p95_s >= 1 && w->wait_p95_s <= 86400))
		return problem_set(problem, ERR_REHEARSE_SETTING, "wait_p95_s", "%g s, not 1 s to a day", w->wait_p95_s);
	for (uint32_t i = 0; i < PLAN_STAGE_COUNT; i++)
		if (!(w->staff_per_lane[i] >= 0 && w->staff_per_lane[i] <= 100))
			return problem_set(problem, ERR_REHEARSE_SETTING, "staff_per_lane", "%g for a lane, not 0 to 100", w->staff_per_lane[i]);
	return ERR_NONE;
}

static uint32_t lanes_with_room(const struct plan *p, const struct plan_checkpoint *c)
{
	const struct geo_shape *shape = &p->features[c->feature].shape;
	double line_m = fmax(c->width_m, shape->form == GEO_LINE ? geo_length_m(shape) : 0);
	double most = fmin(floor(line_m / LANE_M), PLAN_LANES_MAX);
	return most > c->lane_count ? (uint32_t)most : c->lane_count;
}

static void add_check(struct search *s, uint32_t plan_index, uint32_t subject)
{
	const struct plan_checkpoint *c = &s->p->checkpoints[plan_index];
	uint32_t at = s->check_count++;
	double sum = 0, given = 0;
	for (uint32_t i = 0; i < PLAN_STAGE_COUNT; i++)
		given += s->wanted.staff_per_lane[i];
	for (uint32_t i = 0; i < c->lane_count; i++)
		sum += rule_lane_ppl_min(rule_set_of(s->p->rules), c->stage, c->lanes[i].rate_ppl_min);
	s->plan_index[at] = plan_index;
	s->subject[at] = subject;
	s->there[at] = s->most[at] = c->lane_count;
	s->staff[at] = given > 0 ? s->wanted.staff_per_lane[c->stage] : 1;
	s->rate_ppl_min[at] = sum / c->lane_count;
}

static err_t find_checks(struct search *s, const struct rehearsal *before)
{
	uint32_t subjects = before->subject_count[REHEARSE_CHECKPOINT];
	s->plan_index = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->plan_index));
	s->subject = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->subject));
	s->there = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->there));
	s->most = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->most));
	s->staff = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->staff));
	s->rate_ppl_min = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->rate_ppl_min));
	s->wait_p95_s = arena_alloc_array(s->arena, subjects + 1, sizeof(*s->wait_p95_s));
	if (s->plan_index == NULL || s->subject == NULL || s->there == NULL || s->most == NULL || s->staff == NULL ||
	    s->rate_ppl_min == NULL || s->wait_p95_s == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < subjects; i++) {
		uint32_t plan_index = plan_find_checkpoint(s->p, text_of(before->subjects[REHEARSE_CHECKPOINT][i].id));
		if (s->p->checkpoints[plan_index].lane_count > 0 && s->p->checkpoints[plan_index].stage != PLAN_EXIT)
			add_check(s, plan_index, i);
	}
	return s->check_count > 0 ? ERR_NONE :
		problem_set(s->problem, ERR_REHEARSE_SETTING, "lanes", "the plan has no checkpoint with lanes on the way in");
}

static err_t find_quarters(struct search *s, const struct rehearsal *before)
{
	const struct rehearse_row *all_in = row_find(before, REHEARSE_FIGURE_ALL_IN, 0);
	double last_s = isnan(all_in->estimate.mean) ? before->until_s : all_in->estimate.mean;
	s->from_s = 900 * floor(before->from_s / 900);
	s->until_s = before->until_s;
	s->waits_for_doors = s->p->at_doors != AT_NONE && (double)(s->p->at_doors - s->p->at_start) / 1000 > before->from_s;
	double count = ceil((fmin(last_s + 900, before->until_s) - s->from_s) / 900);
	s->quarter_count = (uint32_t)fmin(fmax(count, 1), QUARTERS_MAX);
	size_t cells = (size_t)s->check_count * s->quarter_count + 1;
	s->lanes = arena_alloc_array(s->arena, cells, sizeof(*s->lanes));
	s->kept = arena_alloc_array(s->arena, cells, sizeof(*s->kept));
	s->load = arena_alloc_array(s->arena, cells, sizeof(*s->load));
	s->wait_s = arena_alloc_array(s->arena, cells, sizeof(*s->wait_s));
	s->changes = arena_alloc_array(s->arena, cells + s->own_changes, sizeof(*s->changes));
	if (s->lanes == NULL || s->kept == NULL || s->load == NULL || s->wait_s == NULL || s->changes == NULL)
		return ERR_MEMORY;
	if (s->own_changes > 0)
		memcpy(s->changes, s->s.changes, s->own_changes * sizeof(*s->changes));
	return ERR_NONE;
}

/* ---- the answer ---- */

static err_t write_quarters(const struct search *s, const struct quarters *q, struct rehearse_lanes *l)
{
	const struct rehearsal *r = l->after;
	uint32_t subjects = r->subject_count[REHEARSE_CHECKPOINT];
	double *runs = arena_alloc_array(l->arena, r->runs + 1, sizeof(*runs));
	l->checkpoints = arena_alloc_array(l->arena, s->check_count, sizeof(*l->checkpoints));
	if (runs == NULL || l->checkpoints == NULL)
		return ERR_MEMORY;
	l->checkpoint_count = s->check_count;
	l->quarter_count = s->quarter_count;
	for (uint32_t c = 0; c < s->check_count; c++) {
		struct rehearse_checkpoint_lanes *out = &l->checkpoints[c];
		*out = (struct rehearse_checkpoint_lanes){s->subject[c], s->there[c],
			lanes_with_room(s->p, &s->p->checkpoints[s->plan_index[c]]), arena_alloc_array(l->arena,
				s->quarter_count, sizeof(*out->quarters))};
		if (out->quarters == NULL)
			return ERR_MEMORY;
		for (uint32_t k = 0; k < s->quarter_count; k++) {
			for (uint32_t i = 0; i < r->runs; i++)
				runs[i] = (double)q->wait_s[((size_t)i * subjects + s->subject[c]) * q->count + k];
			out->quarters[k] = (struct rehearse_quarter){(s->from_s + 900.0 * k) / 60, LANES_AT(s, c, k),
				crowd_estimate_of(runs, r->runs)};
			l->staff_max = fmax(l->staff_max, lanes_staff(s, k));
		}
	}
	return ERR_NONE;
}

struct candidate { uint32_t check; double wait_s; };

static int longest_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->wait_s != y->wait_s)
		return (x->wait_s < y->wait_s) - (x->wait_s > y->wait_s);
	return (x->check > y->check) - (x->check < y->check);
}

static int best_first(const void *a, const void *b)
{
	const struct rehearse_one_more *x = a, *y = b;
	double d = y->saves_s.mean - x->saves_s.mean;
	return d > 0 ? 1 : d < 0 ? -1 : (x->subject > y->subject) - (x->subject < y->subject);
}

/* One more lane through the whole evening, at the checks with the longest waits. */
static err_t try_one_more(struct search *s, struct rehearse_lanes *l)
{
	struct candidate *list = arena_alloc_array(l->arena, s->check_count, sizeof(*list));
	uint32_t runs = l->after->runs < ONE_MORE_RUNS ? l->after->runs : ONE_MORE_RUNS;
	l->next = arena_alloc_array(l->arena, ONE_MORE_MAX, sizeof(*l->next));
	if (list == NULL || l->next == NULL)
		return ERR_MEMORY;
	for (uint32_t c = 0; c < s->check_count; c++)
		list[c] = (struct candidate){c, isnan(s->wait_p95_s[c]) ? 0 : s->wait_p95_s[c]};
	qsort(list, s->check_count, sizeof(*list), longest_first);
	for (uint32_t i = 0; i < s->check_count && l->next_count < ONE_MORE_MAX; i++) {
		uint32_t c = list[i].check;
		struct rehearsal *with = NULL;
		for (uint32_t q = 0; q < s->quarter_count; q++)
			LANES_AT(s, c, q) += LANES_AT(s, c, q) > 0 && LANES_AT(s, c, q) < PLAN_LANES_MAX;
		err_t error = lanes_judge(s, runs, &with, NULL);
		memcpy(s->lanes, s->kept, (size_t)s->check_count * s->quarter_count * sizeof(*s->lanes));
		if (error != ERR_NONE)
			return error;
		l->next[l->next_count++] = (struct rehearse_one_more){s->subject[c], s->from_s / 60, (s->from_s + 900.0 * s->quarter_count) / 60,
			crowd_estimate_of_difference(row_find(with, REHEARSE_FIGURE_TO_IN_MEAN, 0)->runs,
			                             row_find(l->after, REHEARSE_FIGURE_TO_IN_MEAN, 0)->runs, runs)};
		rehearsal_free(with);
	}
	qsort(l->next, l->next_count, sizeof(*l->next), best_first);
	return ERR_NONE;
}

/* With the lanes that stand there first; if the wish does not hold, with what has room. */
static err_t propose(struct search *s)
{
	for (uint32_t c = 0; c < s->check_count; c++)
		s->may_build = s->may_build || lanes_with_room(s->p, &s->p->checkpoints[s->plan_index[c]]) > s->there[c];
	err_t error = lanes_search(s);
	if (error != ERR_NONE || isnan(s->wanted.wait_p95_s) || lanes_hold(s) || !s->may_build)
		return error;
	for (uint32_t c = 0; c < s->check_count; c++)
		s->most[c] = lanes_with_room(s->p, &s->p->checkpoints[s->plan_index[c]]);
	s->may_build = false;
	return lanes_search(s);
}

static err_t find(struct search *s, struct rehearse_lanes *l)
{
	struct quarters q;
	err_t error = find_checks(s, l->before);
	if (error == ERR_NONE)
		error = find_quarters(s, l->before);
	if (error == ERR_NONE)
		error = lanes_loads(s);
	if (error == ERR_NONE)
		error = propose(s);
	if (error == ERR_NONE)
		error = lanes_mend(s, &l->after, &q);
	if (error != ERR_NONE)
		return error;
	l->reached = lanes_hold(s);
	memcpy(s->kept, s->lanes, (size_t)s->check_count * s->quarter_count * sizeof(*s->lanes));
	error = write_quarters(s, &q, l);
	if (error == ERR_NONE)
		error = try_one_more(s, l);
	return error;
}

err_t rehearse_find_lanes(const struct plan *p, const struct rehearse_settings *settings, const struct rehearse_lanes_wanted *wanted,
                          struct rehearse_lanes **out, struct problem *problem)
{
	struct search s = {.p = p, .wanted = *wanted, .problem = problem};
	struct rehearse_lanes *l = NULL;
	struct arena *arena = NULL;
	err_t error = plan_refuse(p, problem);
	if (error == ERR_NONE)
		error = settings_resolve(p, settings, &s.s, problem);
	if (error == ERR_NONE)
		error = check_wanted(&s.s, wanted, problem);
	if (error != ERR_NONE)
		return error;
	s.own_changes = s.s.change_count;
	s.arena = arena_new(LANES_ARENA_MAX);
	arena = arena_new(LANES_ARENA_MAX);
	l = arena == NULL ? NULL : arena_alloc(arena, sizeof(*l));
	if (s.arena == NULL || l == NULL) {
		arena_free(s.arena);
		arena_free(arena);
		return problem_set(problem, ERR_MEMORY, NULL, "no memory for the search");
	}
	l->arena = arena;
	struct rehearse_settings quiet = s.s;
	quiet.progress = NULL;
	error = rehearse_checked(p, &quiet, NULL, &l->before, problem);
	if (error == ERR_NONE)
		error = find(&s, l);
	if (error == ERR_NONE && s.s.progress != NULL)
		s.s.progress(s.s.ctx, 1, 1);
	arena_free(s.arena);
	if (error != ERR_NONE) {
		rehearse_lanes_free(l);
		return error == ERR_MEMORY ? problem_set(problem, error, NULL, "no memory for the search") : error;
	}
	*out = l;
	return ERR_NONE;
}

void rehearse_lanes_free(struct rehearse_lanes *l)
{
	if (l == NULL)
		return;
	rehearsal_free(l->before);
	rehearsal_free(l->after);
	arena_free(l->arena);
}
