/* server/routes_state.c: what a session looks like, and what operators say to it. */
#include "server/inside.h"

#include <stdio.h>
#include <string.h>

static void answered(void *ctx, err_t error, struct live_text *json)
{
	struct call *c = ctx;
	if (error != ERR_NONE)
		call_problem(c, error, NULL);
	else
		call_answer_live(c, "application/json", json);
	call_drop(c);
}

void route_state(struct call *c)
{
	static const char *const names[] = {"at", NULL};
	at_ms at;
	if (!call_query_known(c, names) || !call_query_time(c, "at", &at))
		return;
	call_hold(c);
	live_read_state(c->session, at, answered, c);
}

void route_flow(struct call *c)
{
	static const char *const names[] = {"checkpoint", "from", "to", "at", NULL};
	struct live_flow_query query = {0};
	if (!call_query_known(c, names) || !call_query_time(c, "from", &query.at_from) ||
			!call_query_time(c, "to", &query.at_to) ||
	    !call_query_time(c, "at", &query.at))
		return;
	query.checkpoint = call_query(c, "checkpoint");
	if (query.checkpoint.size > 0 && plan_find_checkpoint(live_session_plan(c->session),
			query.checkpoint) == UINT32_MAX) {
		call_fail(c, ERR_PASSAGE_CHECKPOINT, "checkpoint", NULL);
		return;
	}
	if (query.at_from != AT_NONE && query.at_to != AT_NONE && query.at_to < query.at_from) {
		call_fail(c, ERR_HTTP_QUERY, "to", "it lies before from");
		return;
	}
	call_hold(c);
	live_read_flow(c->session, &query, answered, c);
}

void route_conflicts(struct call *c)
{
	call_hold(c);
	live_read_conflicts(c->session, answered, c);
}

void route_journal(struct call *c)
{
	static const char *const names[] = {"from", "count", NULL};
	uint64_t from, count;
	if (!call_query_known(c, names) || !call_query_number(c, "from", 0, UINT64_MAX / 2, &from) ||
	    !call_query_number(c, "count", 100, 10000, &count))
		return;
	call_hold(c);
	live_read_journal(c->session, from, (uint32_t)count, answered, c);
}

/* ---- inputs ---- */

/* Several inputs may be under way for one call: the first refusal is told, else {"ok":true} when all are in. */
static void settled(struct call *c)
{
	if (c->error != ERR_NONE) {
		call_problem(c, c->error, &c->problem);
		return;
	}
	call_answer(c, 200, "application/json", TEXT("{\"ok\":true}"));
}

static void input_done(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct call *c = ctx;
	(void)session;
	if (error != ERR_NONE && c->error == ERR_NONE) {
		c->error = error;
		if (problem != NULL)
			c->problem = *problem;
	}
	if (--c->waiting == 0) {
		if (c->error == ERR_NONE)
			call_audit(c, c->words[2], c->words[3], settled);
		else
			settled(c);
	}
	call_drop(c);
}

static void one_more(struct call *c)
{
	c->waiting++;
	call_hold(c);
}

static void say(struct call *c, const char *what, const char *object)
{
	snprintf(c->words[2], sizeof(c->words[2]), "%s", what);
	snprintf(c->words[3], sizeof(c->words[3]), "%s", object);
}

static bool has_reason(struct call *c, struct text reason)
{
	if (reason.size > 0 && reason.size <= 1000)
		return true;
	call_fail(c, ERR_JSON_FIELD, "reason", "1 to 1000 bytes are needed here");
	return false;
}

void route_recount(struct call *c)
{
	struct text zone, reason;
	uint64_t ppl;
	double sigma = 0;
	at_ms at = AT_NONE;
	const struct argument arguments[] = {{"zone", ARGUMENT_TEXT, true, &zone, NULL},
			{"ppl", ARGUMENT_WHOLE, true, &ppl, NULL},
		{"sigma_ppl", ARGUMENT_NUMBER, true, &sigma, NULL}, {"at", ARGUMENT_TIME, false, &at, NULL},
				{"reason", ARGUMENT_TEXT, true, &reason, NULL}};
	if (!call_read_json(c, arguments, 5) || !has_reason(c, reason))
		return;
	if (plan_find_zone(live_session_plan(c->session), zone) == UINT32_MAX)
		call_fail(c, ERR_JSON_FIELD, "zone", "the plan in force has no such zone");
	else if (ppl > 10000000)
		call_fail(c, ERR_JSON_FIELD, "ppl", "at most 10,000,000");
	else if (!(sigma >= 0 && sigma <= 1000000))
		call_fail(c, ERR_JSON_FIELD, "sigma_ppl", "from 0 to 1,000,000");
	else {
		say(c, "recount", c->session == NULL ? "" : c->parameter[0]);
		one_more(c);
		live_post_recount(c->session, zone, (uint32_t)ppl, sigma, at, text_of(c->who.name), reason, input_done, c);
	}
}

void route_empty(struct call *c)
{
	struct text reason;
	const struct argument arguments[] = {{"reason", ARGUMENT_TEXT, true, &reason, NULL}};
	if (!call_read_json(c, arguments, 1) || !has_reason(c, reason))
		return;
	say(c, "session.empty", c->parameter[0]);
	one_more(c);
	live_post_empty(c->session, text_of(c->who.name), reason, input_done, c);
}

static bool lanes_fit(struct call *c, const struct plan_checkpoint *checkpoint, json_t *lanes)
{
	const char *id;
	json_t *open;
	if (json_object_size(lanes) == 0) {
		call_fail(c, ERR_JSON_FIELD, "lanes", "at least one lane is needed here");
		return false;
	}
	json_object_foreach(lanes, id, open) {
		uint32_t i = 0;
		while (i < checkpoint->lane_count && strcmp(checkpoint->lanes[i].id, id) != 0)
			i++;
		if (i == checkpoint->lane_count || !json_is_boolean(open)) {
			call_fail(c, ERR_JSON_FIELD, "lanes", i == checkpoint->lane_count ? "checkpoint %s has no lane %.40s" :
					"%s: lane %.40s must be true or false",
			          checkpoint->id, id);
			return false;
		}
	}
	return true;
}

void route_lanes(struct call *c)
{
	struct text checkpoint;
	json_t *lanes, *open;
	const char *id;
	const struct argument arguments[] = {{"checkpoint", ARGUMENT_TEXT, true, &checkpoint, NULL},
			{"lanes", ARGUMENT_OBJECT, true, &lanes, NULL}};
	if (!call_read_json(c, arguments, 2))
		return;
	const struct plan *plan = live_session_plan(c->session);
	uint32_t index = plan_find_checkpoint(plan, checkpoint);
	if (index == UINT32_MAX) {
		call_fail(c, ERR_PASSAGE_CHECKPOINT, "checkpoint", NULL);
		return;
	}
	if (!lanes_fit(c, &plan->checkpoints[index], lanes))
		return;
	say(c, "lanes", c->parameter[0]);
	/* One hold for this function: the first input could be done before the second is given. */
	one_more(c);
	json_object_foreach(lanes, id, open) {
		one_more(c);
		live_set_lane(c->session, checkpoint, text_of(id), json_is_true(open), text_of(c->who.name), input_done, c);
	}
	input_done(c, ERR_NONE, NULL, c->session);
}
