/* server/routes_plan.c: sessions, their plans and base maps. Reading and checking a plan is a worker's task; what goes
 * to
 * browsers (the plan's view, the base map) is written once a version and shared by all who ask. */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/read_json.h"

#define MEASURES_BYTES_MAX ((size_t)64 << 20)
#define BASE_KIND "base-map"

/* ---- shared documents ---- */

struct document { int holds; struct buf text; };
struct cached {
	struct cached *next;
	const struct live_session *session;
	uint32_t plan_version;
	struct document *plan, *base;
	uint64_t base_changes;         /* a base map read before the last one is not kept */
};

static struct document *document_new(void)
{
	struct document *d = calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->holds = 1;
	buf_init(&d->text, ANSWER_COPIED_BYTES_MAX);
	return d;
}

static void document_drop(void *owner)
{
	struct document *d = owner;
	if (d == NULL || --d->holds > 0)
		return;
	buf_free(&d->text);
	free(d);
}

static void document_answer(struct call *c, struct document *d)
{
	char headers[512];
	if (c->peer == NULL || c->answered)
		return;
	c->answered = true;
	d->holds++;
	int size = snprintf(headers, sizeof(headers), "%s%s", security_headers_api.at, c->server->tls
			? security_headers_hsts.at : "");
	struct answer a = {.status = 200, .type = "application/geo+json", .body = {d->text.at, d->text.size},
		.headers = {headers, size < 0 ? 0 : (size_t)size}, .release = document_drop, .owner = d};
	request_answer(c->peer, &a);
}

static struct cached *cached_of(struct server *s, const struct live_session *session)
{
	struct cached *k = s->cached;
	while (k != NULL && k->session != session)
		k = k->next;
	if (k != NULL)
		return k;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->session = session;
	k->next = s->cached;
	s->cached = k;
	return k;
}

void plans_free_all(struct server *s)
{
	while (s->cached != NULL) {
		struct cached *k = s->cached;
		s->cached = k->next;
		document_drop(k->plan);
		document_drop(k->base);
		free(k);
	}
}

/* ---- sessions ---- */

static void write_name(struct buf *out, const char *name, struct plan_name n)
{
	buf_addf(out, ",\"%s\":{\"zh\":", name);
	buf_add_json_str(out, n.zh);
	buf_add_str(out, ",\"en\":");
	buf_add_json_str(out, n.en);
	buf_add_char(out, '}');
}

static void write_time(struct buf *out, const char *name, at_ms at, int offset_min)
{
	char text[WHEN_SIZE];
	buf_addf(out, ",\"%s\":", name);
	if (at == AT_NONE)
		buf_add_str(out, "null");
	else
		buf_add_json_str(out, when_format(at, offset_min, text));
}

static void write_session(struct buf *out, const struct live_session *session)
{
	struct live_session_info i;
	live_session_info(session, &i);
	buf_add_str(out, "{\"id\":");
	buf_add_json_str(out, i.id);
	write_name(out, "name", i.name);
	write_name(out, "event", i.event);
	write_time(out, "doors", i.at_doors, i.offset_min);
	write_time(out, "start", i.at_start, i.offset_min);
	write_time(out, "end", i.at_end, i.offset_min);
	buf_addf(out, ",\"exercise\":%s,\"speed\":", i.exercise ? "true" : "false");
	buf_add_json_f64(out, i.speed, 3);
	buf_addf(out, ",\"closed\":%s", i.closed ? "true" : "false");
	write_time(out, "now", i.at_now, i.offset_min);
	buf_addf(out, ",\"plan_version\":%u}", i.plan_version);
}

void route_sessions(struct call *c)
{
	struct live *l = c->server->live;
	bool first = true;
	buf_add_char(&c->out, '[');
	for (uint32_t i = 0; i < live_session_count(l); i++) {
		struct live_session *session = live_session_at(l, i);
		struct live_session_info info;
		live_session_info(session, &info);
		if (c->who.role == DEVICE && c->who.session[0] != '\0' && strcmp(c->who.session, info.id) != 0)
			continue;
		if (!first)
			buf_add_char(&c->out, ',');
		first = false;
		write_session(&c->out, session);
	}
	buf_add_char(&c->out, ']');
	call_answer_out(c, 200);
}

void route_session(struct call *c)
{
	write_session(&c->out, c->session);
	call_answer_out(c, 200);
}

/* ---- findings ---- */

static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, ",\"%s\":", name);
	buf_add_json_str(out, value);
}

static void write_findings(struct buf *out, const struct plan_findings *f)
{
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < f->count; i++) {
		const struct plan_finding *one = &f->items[i];
		buf_addf(out, "%s{\"severity\":\"%s\"", i > 0 ? "," : "", one->severity == PLAN_ERROR ? "error" : "warning");
		add_field(out, "code", one->code);
		buf_addf(out, ",\"line\":%d", one->line);
		add_field(out, "feature", one->feature);
		add_field(out, "field", one->field);
		add_field(out, "text_en", one->text_en);
		add_field(out, "text_zh", one->text_zh);
		add_field(out, "fix_en", one->fix_en);
		add_field(out, "fix_zh", one->fix_zh);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static err_t write_measures(struct buf *out, const struct plan *p, enum plan_rules rules)
{
	struct arena *arena = arena_new(MEASURES_BYTES_MAX);
	struct plan_measures measures;
	err_t error = arena == NULL ? ERR_MEMORY : plan_measure(p, rules, arena, &measures);
	if (error == ERR_NONE)
		error = plan_measures_write(p, &measures, out);
	arena_free(arena);
	return error;
}

/* On a worker: findings (and measures) of a plan's text into c->out; c->numbers[1] = how many are errors. */
static void check_text(struct call *c, struct text text, bool measures)
{
	struct plan *plan = NULL;
	struct plan_findings findings = {0};
	c->error = plan_read(text, &plan, &findings, &c->problem);
	if (c->error == ERR_NONE)
		c->error = plan_check(plan, &findings);
	if (c->error == ERR_NONE) {
		c->numbers[1] = findings.errors;
		write_findings(&c->out, &findings);
		if (measures) {
			buf_add_str(&c->out, ",\"measures\":");
			if (findings.errors > 0 || write_measures(&c->out, plan, plan->rules) != ERR_NONE)
				buf_add_str(&c->out, "null");
		}
	}
	plan_findings_free(&findings);
	plan_free(plan);
}

static void check_plan(struct call *c)
{
	buf_add_str(&c->out, "{\"findings\":");
	check_text(c, (struct text){c->body.at == NULL ? "" : c->body.at, c->body.size}, true);
	buf_add_char(&c->out, '}');
}

void route_plan_check(struct call *c) { call_work(c, check_plan, finish_out); }

/* 422 with what is to be mended: the problem, and the findings as one more member. */
static void answer_findings(struct call *c)
{
	struct buf whole;
	struct problem problem = {.error = ERR_SESSION_PLAN};
	problem_set(&problem, ERR_SESSION_PLAN, "plan", "%llu errors", (unsigned long long)c->numbers[1]);
	buf_init(&whole, ANSWER_COPIED_BYTES_MAX);
	problem_write(&whole, ERR_SESSION_PLAN, &problem, c->chinese);
	if (whole.size > 0)
		whole.size--; /* its closing brace */
	buf_add_str(&whole, ",\"findings\":");
	buf_add_text(&whole, (struct text){c->out.at, c->out.size});
	buf_add_char(&whole, '}');
	if (whole.error != ERR_NONE)
		call_fail(c, ERR_SESSION_PLAN, "plan", NULL);
	else
		call_answer(c, error_row(ERR_SESSION_PLAN)->http_status, "application/problem+json",
				(struct text){whole.at, whole.size});
	buf_free(&whole);
}

/* ---- a new session ---- */

static void copy_error(struct call *c, err_t error, const struct problem *problem)
{
	c->error = error;
	if (problem != NULL)
		c->problem = *problem;
}

static void session_kept(struct call *c)
{
	buf_reset(&c->out);
	if (c->error != ERR_NONE) {
		call_problem(c, c->error, &c->problem);
		return;
	}
	write_session(&c->out, c->session);
	call_answer_out(c, 201);
}

static void keep_base(struct call *c)
{
	const json_t *base = json_object_get(c->json, "base");
	char *text = NULL;
	if (json_is_object(base))
		c->error = print_json(base, &text);
	if (text != NULL)
		c->error = catalog_put(c->server->store, BASE_KIND, c->words[3], CATALOG_ANY, text_of(text), NULL);
	free(text);
	if (c->error == ERR_NONE)
		c->error = audit_add(c->server->accounts, c->who.name, c->address, "session.opened", c->words[3], TEXT(""));
}

static void opened(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct call *c = ctx;
	c->session = session;
	if (error != ERR_NONE)
		call_problem(c, error, problem);
	else
		call_work_owed(c, keep_base, session_kept);
	call_drop(c);
}

/* The body, on a worker because it is large. False: c->error says why not. */
static bool read_document(struct call *c)
{
	json_error_t error;
	c->error = read_json((struct text){c->body.at, c->body.size}, JSON_REJECT_DUPLICATES, &c->json, &error);
	if (c->error == ERR_JSON_SYNTAX) {
		c->problem.line = error.line;
		problem_set(&c->problem, ERR_JSON_SYNTAX, NULL, "line %d, column %d: %s", error.line, error.column, error.text);
	}
	return c->error == ERR_NONE;
}

static void read_new_session(struct call *c)
{
	if (!read_document(c))
		return;
	const json_t *plan = json_object_get(c->json, "plan"), *base = json_object_get(c->json, "base");
	if (json_is_object(base) && (c->error = base_map_check(base, &c->problem)) != ERR_NONE)
		return;
	if (!json_is_object(plan))
		return; /* open_session says that the field is missing */
	char *text;
	c->error = print_json(plan, &text);
	if (c->error != ERR_NONE)
		return;
	check_text(c, text_of(text), false);
	buf_reset(&c->body);
	buf_add_str(&c->body, text);
	free(text);
	if (c->error == ERR_NONE)
		c->error = c->body.error;
}

/* {"speed": 1 to 10,000, "at": the session's time at its opening} */
static bool read_exercise(struct call *c, const json_t *exercise, struct live_open *out)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)exercise, name, value) {
		if (strcmp(name, "speed") == 0 && json_is_number(value) && json_number_value(value) >= 1 &&
				json_number_value(value) <= 10000) {
			out->speed = json_number_value(value);
		} else if (strcmp(name, "at") == 0 && json_is_string(value) &&
				when_parse(text_of(json_string_value(value)), &out->at, NULL) == ERR_NONE) {
			continue;
		} else {
			call_fail(c, ERR_JSON_FIELD, strcmp(name, "speed") == 0 ? "exercise.speed" : strcmp(name, "at") == 0 ?
					"exercise.at" : "exercise",
			          "speed (1 to 10,000) and at (an RFC 3339 time) may stand here");
			return false;
		}
	}
	return true;
}

static void open_session(struct call *c)
{
	struct text id;
	json_t *plan, *base = NULL, *exercise = NULL;
	struct live_open what = {.by = text_of(c->who.name), .speed = 1, .at = AT_NONE};
	const struct argument arguments[] = {{"id", ARGUMENT_TEXT, true, &id, NULL},
			{"plan", ARGUMENT_OBJECT, true, &plan, NULL},
		{"base", ARGUMENT_OBJECT, false, &base, NULL}, {"exercise", ARGUMENT_OBJECT, false, &exercise, NULL}};
	if (c->error != ERR_NONE) {
		call_problem(c, c->error, &c->problem);
		return;
	}
	if (!call_read_json(c, arguments, 4))
		return;
	if (c->numbers[1] > 0) {
		answer_findings(c);
		return;
	}
	what.id = id;
	what.plan = (struct text){c->body.at, c->body.size};
	what.exercise = exercise != NULL;
	if (exercise != NULL && !read_exercise(c, exercise, &what))
		return;
	snprintf(c->words[3], sizeof(c->words[3]), "%.*s", (int)text_fit(id, 64), id.at);
	call_hold(c);
	live_open_session(c->server->live, &what, opened, c);
}

void route_session_new(struct call *c) { call_work(c, read_new_session, open_session); }

static void closed(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct call *c = ctx;
	(void)session;
	copy_error(c, error, problem);
	if (error != ERR_NONE) {
		call_problem(c, error, problem);
	} else {
		write_session(&c->out, c->session);
		call_audit(c, "session.closed", c->parameter[0], finish_out);
	}
	call_drop(c);
}

void route_session_close(struct call *c)
{
	struct text reason;
	const struct argument arguments[] = {{"reason", ARGUMENT_TEXT, true, &reason, NULL}};
	if (!call_read_json(c, arguments, 1))
		return;
	if (reason.size == 0 || reason.size > 1000) {
		call_fail(c, ERR_JSON_FIELD, "reason", "1 to 1000 bytes are needed here");
		return;
	}
	call_hold(c);
	live_close_session(c->session, text_of(c->who.name), reason, closed, c);
}

/* ---- the plan in force ---- */

void route_plan(struct call *c)
{
	struct cached *k = cached_of(c->server, c->session);
	struct live_session_info info;
	live_session_info(c->session, &info);
	if (k != NULL && (k->plan == NULL || k->plan_version != info.plan_version)) {
		struct document *d = document_new();
		err_t error = d == NULL ? ERR_MEMORY : plan_write_view(live_session_plan(c->session), &d->text);
		if (error == ERR_NONE && d->text.error == ERR_NONE) {
			document_drop(k->plan);
			k->plan = d;
			k->plan_version = info.plan_version;
		} else {
			document_drop(d);
			call_fail(c, error != ERR_NONE ? error : ERR_TOO_LARGE, NULL, "the plan cannot be written");
			return;
		}
	}
	if (k == NULL)
		call_fail(c, ERR_MEMORY, NULL, NULL);
	else
		document_answer(c, k->plan);
}

static void plan_in_force(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct call *c = ctx;
	struct live_session_info info;
	if (error != ERR_NONE) {
		call_problem(c, error, problem);
	} else {
		live_session_info(session, &info);
		buf_addf(&c->out, ",\"version\":%u}", info.plan_version);
		call_audit(c, "plan.in_force", c->parameter[0], finish_out);
	}
	call_drop(c);
}

static void check_new_plan(struct call *c)
{
	check_text(c, (struct text){c->body.at == NULL ? "" : c->body.at, c->body.size}, false);
}

static void put_plan(struct call *c)
{
	if (c->error != ERR_NONE) {
		call_problem(c, c->error, &c->problem);
		return;
	}
	if (c->numbers[1] > 0) {
		answer_findings(c);
		return;
	}
	/* {"findings":[...] is there; its beginning goes before it. */
	struct buf findings = c->out;
	buf_init(&c->out, ANSWER_COPIED_BYTES_MAX);
	buf_add_str(&c->out, "{\"findings\":");
	buf_add_text(&c->out, (struct text){findings.at, findings.size});
	buf_free(&findings);
	call_hold(c);
	live_put_plan(c->session, (struct text){c->body.at, c->body.size}, text_of(c->who.name), plan_in_force, c);
}

void route_plan_put(struct call *c) { call_work(c, check_new_plan, put_plan); }

void route_measures(struct call *c)
{
	static const char *const names[] = {"rules", NULL};
	const struct plan *plan = live_session_plan(c->session);
	enum plan_rules rules = plan->rules;
	if (!call_query_known(c, names))
		return;
	struct text said = call_query(c, "rules");
	if (said.size > 0) {
		unsigned r = 0;
		while (r < PLAN_RULES_COUNT && !text_is(said, plan_rules_word((enum plan_rules)r)))
			r++;
		if (r == PLAN_RULES_COUNT) {
			call_fail(c, ERR_HTTP_QUERY, "rules", "one of %s, %s, %s, %s", plan_rules_word(PLAN_GREEN_GUIDE),
					plan_rules_word(PLAN_OPEN_AIR),
			          plan_rules_word(PLAN_CN_LOCAL), plan_rules_word(PLAN_NFPA));
			return;
		}
		rules = (enum plan_rules)r;
	}
	c->error = write_measures(&c->out, plan, rules);
	finish_out(c);
}

/* ---- the base map ---- */

static void read_base(struct call *c)
{
	c->error = catalog_get(c->server->store, BASE_KIND, c->parameter[0], &c->out, NULL);
	if (c->error == ERR_NOT_FOUND) {
		buf_reset(&c->out);
		buf_add_str(&c->out, "{\"type\":\"FeatureCollection\",\"features\":[]}");
		c->error = ERR_NONE;
	}
}

static void base_read(struct call *c)
{
	struct cached *k = cached_of(c->server, c->session);
	struct document *d = document_new();
	if (c->error != ERR_NONE || c->out.error != ERR_NONE || k == NULL || d == NULL) {
		document_drop(d);
		call_fail(c, c->error != ERR_NONE ? c->error : ERR_MEMORY, NULL, NULL);
		return;
	}
	buf_free(&d->text);
	d->text = c->out;
	buf_init(&c->out, ANSWER_COPIED_BYTES_MAX);
	document_answer(c, d);
	if (k->base_changes == c->numbers[0]) {
		document_drop(k->base);
		k->base = d;
	} else {
		document_drop(d);
	}
}

void route_base_map(struct call *c)
{
	struct cached *k = cached_of(c->server, c->session);
	if (k != NULL && k->base != NULL) {
		document_answer(c, k->base);
	} else {
		c->numbers[0] = k == NULL ? 0 : k->base_changes;
		call_work(c, read_base, base_read);
	}
}

static void put_base(struct call *c)
{
	if (!read_document(c))
		return;
	c->error = base_map_check(c->json, &c->problem);
	if (c->error == ERR_NONE)
		c->error = catalog_put(c->server->store, BASE_KIND, c->parameter[0], CATALOG_ANY,
				(struct text){c->body.at, c->body.size}, NULL);
	if (c->error == ERR_NONE)
		c->error = audit_add(c->server->accounts, c->who.name, c->address, "base_map.replaced", c->parameter[0],
				TEXT(""));
}

static void base_put(struct call *c)
{
	struct cached *k = cached_of(c->server, c->session);
	if (k != NULL) {
		document_drop(k->base);
		k->base = NULL; /* read again when it is asked for */
		k->base_changes++;
	}
	finish_nothing(c);
}

void route_base_map_put(struct call *c) { call_work(c, put_base, base_put); }
