/* server/routes_rehearsal.c: rehearsals of a session: asked for, looked at, stopped, deleted. */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/read_json.h"

#define REQUEST_ARENA_BYTES_MAX ((size_t)4 << 20)

static bool read_number(struct call *c, uint32_t *out)
{
	uint64_t v;
	if (!text_to_u64(text_of(c->parameter[1]), &v) || v == 0 || v > UINT32_MAX) {
		call_fail(c, ERR_REHEARSE_UNKNOWN, "number", NULL);
		return false;
	}
	*out = (uint32_t)v;
	return true;
}

/* ---- looking ---- */

void route_rehearsals(struct call *c)
{
	rehearsals_write(c->server->rehearsals, c->parameter[0], c->chinese, &c->out);
	call_answer_out(c, 200);
}

static void answer_one(struct call *c, uint32_t number, int status)
{
	buf_reset(&c->out);
	err_t error = rehearsals_write_one(c->server->rehearsals, c->parameter[0], number, c->chinese, &c->out);
	if (error != ERR_NONE)
		call_fail(c, error, "number", NULL);
	else
		call_answer_out(c, status);
}

void route_rehearsal(struct call *c)
{
	uint32_t number;
	if (read_number(c, &number))
		answer_one(c, number, 200);
}

static void read_result(struct call *c)
{
	c->error = rehearsals_result(c->server->rehearsals, c->parameter[0], (uint32_t)c->numbers[0], &c->out);
}

static void finish_result(struct call *c)
{
	if (c->error != ERR_NONE)
		call_fail(c, c->error, "number", NULL);
	else
		call_answer_out(c, 200);
}

void route_rehearsal_result(struct call *c)
{
	uint32_t number;
	if (!read_number(c, &number))
		return;
	c->numbers[0] = number;
	call_work(c, read_result, finish_result);
}

/* ---- asking ---- */

/* The plan that was sent under `name` as text of its own; empty where none was. */
static err_t text_of_plan(const json_t *body, const char *name, char **out, struct text *text, struct problem *problem)
{
	const json_t *plan = json_object_get(body, name);
	if (plan == NULL || json_is_null(plan))
		return ERR_NONE;
	if (!json_is_object(plan))
		return problem_set(problem, ERR_REHEARSE_SETTING, name, "a plan (GeoJSON) is needed here");
	err_t error = print_json(plan, out);
	if (error == ERR_NONE)
		*text = text_of(*out);
	return error;
}

/* Of the settings alone: the worker gets the plans beside them. */
static err_t text_of_settings(json_t *body, char **out)
{
	json_object_del(body, "plan");
	json_object_del(body, "against");
	return print_json(body, out);
}

static err_t queue(struct call *c, struct rehearsal_asked *asked)
{
	uint32_t number = 0;
	char *settings = NULL;
	err_t error = text_of_settings(c->json, &settings);
	if (error == ERR_NONE) {
		asked->frame.request = text_of(settings);
		error = rehearsals_add(c->server->rehearsals, asked, &number, &c->problem);
	}
	free(settings);
	if (error != ERR_NONE)
		return error;
	c->numbers[0] = number;
	snprintf(c->words[0], sizeof(c->words[0]), "%s/%u", c->parameter[0], number);
	error = audit_add(c->server->accounts, c->who.name, c->address, "rehearsal.asked", c->words[0], TEXT(""));
	if (error != ERR_NONE)
		rehearsals_delete(c->server->rehearsals, c->parameter[0], number);
	return error;
}

/* On a worker. c->out holds the plan in force, where none was sent. */
static void ask(struct call *c)
{
	struct rehearse_request request;
	struct rehearsal_asked asked = {.session = c->parameter[0], .by = c->who.name, .request = &request};
	char *plan = NULL, *against = NULL;
	json_error_t where;
	struct arena *arena = arena_new(REQUEST_ARENA_BYTES_MAX);
	c->error = arena == NULL ? ERR_MEMORY : read_json(c->body.size == 0 ? TEXT("{}") : (struct text){c->body.at, c->body.size},
			JSON_REJECT_DUPLICATES, &c->json, &where);
	if (c->error == ERR_JSON_SYNTAX)
		problem_set(&c->problem, c->error, NULL, "line %d, column %d: %s", where.line, where.column, where.text);
	if (c->error == ERR_NONE)
		c->error = rehearse_request_read(c->json, arena, &request, &c->problem);
	if (c->error == ERR_NONE)
		c->error = text_of_plan(c->json, "plan", &plan, &asked.frame.plan, &c->problem);
	if (c->error == ERR_NONE)
		c->error = text_of_plan(c->json, "against", &against, &asked.frame.against, &c->problem);
	if (c->error == ERR_NONE && request.find_lanes && against != NULL)
		c->error = problem_set(&c->problem, ERR_REHEARSE_SETTING, "against", "lanes are found for one plan: leave it out");
	if (c->error == ERR_NONE && plan == NULL) {
		asked.frame.plan = (struct text){c->out.at, c->out.size};
		asked.plan_version = (uint32_t)c->numbers[1];
	}
	if (c->error == ERR_NONE)
		c->error = queue(c, &asked);
	free(plan);
	free(against);
	arena_free(arena);
}

static void asked(struct call *c)
{
	if (c->error != ERR_NONE)
		call_problem(c, c->error, &c->problem);
	else
		answer_one(c, (uint32_t)c->numbers[0], 202);
}

void route_rehearsal_new(struct call *c)
{
	struct live_session_info info;
	live_session_info(c->session, &info);
	c->numbers[1] = info.plan_version;
	/* Copied on the loop: another plan may come into force while the worker reads. At most 4 MiB. */
	buf_add_text(&c->out, live_session_plan_text(c->session));
	if (c->out.error != ERR_NONE)
		call_fail(c, c->out.error, NULL, NULL);
	else
		call_work(c, ask, asked);
}

/* ---- ending ---- */

static void stop(struct call *c)
{
	c->error = rehearsals_stop(c->server->rehearsals, c->parameter[0], (uint32_t)c->numbers[0]);
	if (c->error == ERR_NONE)
		c->error = audit_add(c->server->accounts, c->who.name, c->address, "rehearsal.stopped", c->words[0], TEXT(""));
}

static void end(struct call *c)
{
	c->error = rehearsals_delete(c->server->rehearsals, c->parameter[0], (uint32_t)c->numbers[0]);
	if (c->error == ERR_NONE)
		c->error = audit_add(c->server->accounts, c->who.name, c->address, "rehearsal.deleted", c->words[0], TEXT(""));
}

static void begin_end(struct call *c, void (*work)(struct call *c))
{
	uint32_t number;
	if (!read_number(c, &number))
		return;
	c->numbers[0] = number;
	snprintf(c->words[0], sizeof(c->words[0]), "%s/%u", c->parameter[0], number);
	call_work(c, work, finish_nothing);
}

void route_rehearsal_stop(struct call *c) { begin_end(c, stop); }
void route_rehearsal_end(struct call *c) { begin_end(c, end); }
