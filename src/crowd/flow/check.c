/* crowd/flow/check.c: a plan from outside is hostile: every index, number and list is looked at before anything is made of it. */
#include "crowd/flow/inside.h"

#include <math.h>
#include <stdio.h>

#define CURVE_POINTS_MAX 100000u
#define CHANGES_MAX 10000u
#define SAMPLES_MAX 1000000.0
#define NETWORK_BYTES_MAX ((size_t)8 << 30) /* of one run; whoever has less says so himself, by crowd_network_run_bytes */

static err_t say(struct problem *problem, const char *kind, const char *id, const char *words)
{
	err_t e = problem_set(problem, ERR_CROWD_NETWORK, kind, "%s", words);
	if (problem != NULL)
		snprintf(problem->feature, sizeof(problem->feature), "%s", id == NULL ? "" : id);
	return e;
}

static bool at_least(double x, double least)
{
	return x >= least && !isinf(x);
}

static bool is_share(double x)
{
	return x >= 0 && x <= 1;
}

static err_t check_counts(const struct crowd_network_plan *p, struct problem *problem)
{
	const struct { const char *kind; uint32_t count, max; const void *list; } counts[] = {
		{"areas", p->area_count, CROWD_AREAS_MAX, p->areas},
		{"links", p->link_count, CROWD_LINKS_MAX, p->links},
		{"checkpoints", p->checkpoint_count, CROWD_CHECKPOINTS_MAX, p->checkpoints},
		{"lanes", p->lane_count, 65536, p->lanes},
		{"services", p->service_count, 65536, p->services},
		{"streams", p->stream_count, CROWD_AREAS_MAX, p->streams},
	};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (counts[i].count > counts[i].max)
			return problem_set(problem, ERR_CROWD_TOO_LARGE, counts[i].kind, "there are %u %s, at most %u can be simulated",
			                   counts[i].count, counts[i].kind, counts[i].max);
		if (counts[i].count > 0 && counts[i].list == NULL)
			return say(problem, counts[i].kind, NULL, "the list is missing");
	}
	if (!at_least(p->until_s, 0) || p->until_s == 0 || !at_least(p->sample_s, 0) || !at_least(p->walk_ms, 0) ||
	    !at_least(p->choice_s, 0) || isnan(p->start_s))
		return say(problem, "times", NULL,
			"until_s must be a number above 0; sample_s, walk_ms and choice_s not negative; start_s a number");
	if (p->until_s / (p->sample_s > 0 ? p->sample_s : 60) > SAMPLES_MAX)
		return problem_set(problem, ERR_CROWD_TOO_LARGE, "sample_s", "there would be %.0f samples, at most %.0f can be kept",
		                   p->until_s / (p->sample_s > 0 ? p->sample_s : 60), SAMPLES_MAX);
	return ERR_NONE;
}

static err_t check_areas(const struct crowd_network_plan *p, struct problem *problem)
{
	for (uint32_t i = 0; i < p->area_count; i++) {
		const struct crowd_area *a = &p->areas[i];
		if (!at_least(a->area_m2, 0))
			return say(problem, "area_m2", a->id, "the area's size is not a number of square metres");
		if (!(a->limit_ppl >= 1))
			return say(problem, "limit_ppl", a->id, "the area must take one person at least");
	}
	return ERR_NONE;
}

static err_t check_links(const struct crowd_network_plan *p, struct problem *problem)
{
	for (uint32_t i = 0; i < p->link_count; i++) {
		const struct crowd_link *l = &p->links[i];
		if (l->from >= p->area_count || l->to >= p->area_count || l->from == l->to)
			return say(problem, "from, to", l->id, "the link must join two different areas of the network");
		if (!at_least(l->length_m, 0.1) || l->length_m > 1e6 || !at_least(l->width_m, 0.1) || l->width_m > 1e4)
			return say(problem, "length_m, width_m", l->id, "the link must be 0.1 m long and wide at least, and 1,000 km long at most");
		if (!at_least(l->speed_factor, 0.01) || l->speed_factor > 10 || !at_least(l->flow_ppl_m_s, 0))
			return say(problem, "speed_factor, flow_ppl_m_s", l->id, "the speed factor must be 0.01 to 10, the flow not negative");
		if (l->opposite != CROWD_NONE && (l->opposite >= p->link_count || l->opposite == i || p->links[l->opposite].opposite != i))
			return say(problem, "opposite", l->id, "the two directions of a walkway must name each other");
	}
	return ERR_NONE;
}

static err_t check_service(const struct crowd_service *s, struct problem *problem, const char *id)
{
	if (s->form != CROWD_FIXED && s->form != CROWD_EXPONENTIAL && s->form != CROWD_LOGNORMAL && s->form != CROWD_GAMMA)
		return say(problem, "service.form", id, "there is no such form of service times");
	if (!at_least(s->mean_s, 1e-3) || s->mean_s > 1e6 || !at_least(s->cv, 0) || s->cv > 10 || !at_least(s->bag_factor, 0) ||
	    s->bag_factor > 1000)
		return say(problem, "service.mean_s, cv, bag_factor", id, "the mean must be 1 ms at least, cv 0 to 10, the bag factor 0 to 1000");
	if (!is_share(s->second_share) || !is_share(s->refused_share))
		return say(problem, "service.second_share, refused_share", id, "shares lie from 0 to 1");
	if (s->second_share > 0 && (!at_least(s->second_mean_s, 0) || !at_least(s->second_cv, 0) || s->second_cv > 10))
		return say(problem, "service.second_mean_s, second_cv", id,
			"the second look needs a mean that is not negative and a cv of 0 to 10");
	return ERR_NONE;
}

static err_t check_lane(const struct crowd_network_plan *p, const struct crowd_lane *l, struct problem *problem, const char *id)
{
	if (l->service >= p->service_count)
		return say(problem, "lane.service", id, "the lane names a service that is not there");
	if (l->change_count > CHANGES_MAX || (l->change_count > 0 && l->changes_at_s == NULL))
		return say(problem, "lane.changes_at_s", id, "the lane's times are missing, or more than 10,000");
	for (uint32_t k = 0; k < l->change_count; k++)
		if (!at_least(l->changes_at_s[k], 0) || (k > 0 && !(l->changes_at_s[k] > l->changes_at_s[k - 1])))
			return say(problem, "lane.changes_at_s", id, "the times at which a lane opens and closes must rise and not be negative");
	return check_service(&p->services[l->service], problem, id);
}

static err_t check_checkpoints(const struct crowd_network_plan *p, struct problem *problem)
{
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct crowd_checkpoint *c = &p->checkpoints[i];
		if (c->from >= p->area_count || c->to >= p->area_count || c->from == c->to)
			return say(problem, "from, to", c->id, "the checkpoint must join two different areas of the network");
		if (c->lane_count > p->lane_count || c->lane_first > p->lane_count - c->lane_count)
			return say(problem, "lanes", c->id, "the checkpoint names lanes that are not there");
		if (c->lane_count == 0 && (!at_least(c->width_m, 0.1) || c->width_m > 1e4 || !at_least(c->flow_ppl_m_s, 0)))
			return say(problem, "width_m", c->id, "a door must be 0.1 m wide at least and let through a flow that is not negative");
		if (!at_least(c->queue_ppl, 0) || c->stage >= STAGES || (c->refused_to != CROWD_NONE && c->refused_to >= p->area_count))
			return say(problem, "queue_ppl, stage, refused_to", c->id,
			           "the waiting room must not be negative, the stage below 8, the area for the refused one of the network");
		for (uint32_t k = 0; k < c->lane_count; k++) {
			err_t e = check_lane(p, &p->lanes[c->lane_first + k], problem, c->id);
			if (e != ERR_NONE)
				return e;
		}
	}
	return ERR_NONE;
}

static err_t check_curve(const struct crowd_stream *s, struct problem *problem)
{
	const struct crowd_curve *c = &s->curve;
	if (c->count > CURVE_POINTS_MAX || (c->count > 0 && c->points == NULL))
		return say(problem, "curve", s->id, "the curve's points are missing, or more than 100,000");
	for (uint32_t k = 0; k < c->count; k++) {
		if (!at_least(c->points[k].at_s, 0) || !(c->points[k].share >= 0 && c->points[k].share <= 1 + 1e-9))
			return say(problem, "curve", s->id, "times of a curve must not be negative, and shares lie from 0 to 1");
		if (k > 0 && (c->points[k].at_s < c->points[k - 1].at_s || c->points[k].share < c->points[k - 1].share))
			return say(problem, "curve", s->id, "a curve must not fall: its times and shares rise");
	}
	return ERR_NONE;
}

static err_t check_stream(const struct crowd_network_plan *p, const struct crowd_stream *s, struct problem *problem)
{
	if (s->to >= p->area_count)
		return say(problem, "to", s->id, "the stream leads to an area that is not there");
	if (s->goal_count == 0 || s->goal_count > p->area_count || s->goals == NULL || s->goal_shares == NULL)
		return say(problem, "goals", s->id, "the stream needs a goal");
	double sum = 0;
	for (uint32_t k = 0; k < s->goal_count; k++) {
		if (s->goals[k] >= p->area_count || !is_share(s->goal_shares[k]))
			return say(problem, "goals", s->id, "a goal is not an area of the network, or its share not from 0 to 1");
		sum += s->goal_shares[k];
	}
	if (fabs(sum - 1) > 1e-6)
		return say(problem, "goal_shares", s->id, "the shares of the goals must make 1");
	if (!is_share(s->crowd.bag_share) || !is_share(s->crowd.step_free_share))
		return say(problem, "crowd", s->id, "shares lie from 0 to 1");
	double groups = 0;
	for (int k = 0; k < 6; k++) {
		if (!is_share(s->crowd.group_share[k]))
			return say(problem, "crowd.group_share", s->id, "shares lie from 0 to 1");
		groups += s->crowd.group_share[k];
	}
	if (groups > 0 && fabs(groups - 1) > 1e-6)
		return say(problem, "crowd.group_share", s->id, "the shares of the groups must make 1, or all be 0");
	if (s->batch_ppl > 0 && !at_least(s->headway_s, 1))
		return say(problem, "headway_s", s->id, "trains come a second apart at least");
	return check_curve(s, problem);
}

err_t network_check(const struct crowd_network_plan *p, struct problem *problem)
{
	err_t e = check_counts(p, problem);
	if (e == ERR_NONE)
		e = check_areas(p, problem);
	if (e == ERR_NONE)
		e = check_links(p, problem);
	if (e == ERR_NONE)
		e = check_checkpoints(p, problem);
	uint64_t people = 0;
	for (uint32_t i = 0; i < p->stream_count && e == ERR_NONE; i++) {
		people += p->streams[i].ppl;
		e = check_stream(p, &p->streams[i], problem);
	}
	if (e != ERR_NONE)
		return e;
	if (people > CROWD_PEOPLE_MAX)
		return problem_set(problem, ERR_CROWD_TOO_LARGE, "people", "%llu people, at most %u can be simulated",
		                   (unsigned long long)people, CROWD_PEOPLE_MAX);
	size_t bytes = crowd_network_run_bytes(p);
	if (bytes > NETWORK_BYTES_MAX)
		return problem_set(problem, ERR_CROWD_TOO_LARGE, "memory",
			"one run needs %zu bytes, at most %zu can be taken", bytes, NETWORK_BYTES_MAX);
	return ERR_NONE;
}

/* Everybody must have a way, with what he may carry. */
err_t network_check_ways(const struct crowd_network *n, struct problem *problem)
{
	for (uint32_t i = 0; i < n->stream_count; i++) {
		const struct stream *s = &n->streams[i];
		for (uint32_t k = 0; k < s->s.goal_count * COMBOS; k++) {
			uint32_t combo = k % COMBOS, goal = n->goal_of_stream[s->goal_first + k / COMBOS];
			bool comes = s->s.ppl > 0 && s->s.goal_shares[k / COMBOS] > 0 && (n->combos >> combo & 1) != 0 &&
			             (s->s.crowd.bag_share > 0 || (combo & CROWD_BAG) == 0) &&
			             (s->s.crowd.step_free_share > 0 || (combo & CROWD_NEEDS_STEP_FREE) == 0);
			bool there = !comes || s->s.to == n->goals[goal];
			for (uint32_t j = 0; j < n->out[s->s.to].count && !there; j++)
				there = isfinite(way_rest_s(n, goal, combo, n->out_ways[n->out[s->s.to].first + j]));
			if (there)
				continue;
			char words[256];
			snprintf(words, sizeof(words), "there is no way from %s to %s%s%s", n->areas[s->s.to].id, n->areas[n->goals[goal]].id,
			         (combo & CROWD_BAG) != 0 ? " for people with bags" : "",
			         (combo & CROWD_NEEDS_STEP_FREE) != 0 ? " who need a way without steps" : "");
			return say(problem, "goals", s->s.id, words);
		}
	}
	return ERR_NONE;
}
