/* server/arguments.c: bodies and query parameters into values, or a problem that names the field. */
#include "server/inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/read_json.h"

static bool take_text(struct call *c, const struct argument *a, const json_t *value)
{
	if (!json_is_string(value)) {
		call_fail(c, ERR_JSON_FIELD, a->name, "a text is needed here");
		return false;
	}
	*(struct text *)a->out = (struct text){json_string_value(value), json_string_length(value)};
	return true;
}

static bool take_number(struct call *c, const struct argument *a, const json_t *value)
{
	bool whole = a->type == ARGUMENT_WHOLE;
	if (!json_is_number(value) || (whole && (!json_is_integer(value) || json_integer_value(value) < 0)) ||
	    !isfinite(json_number_value(value))) {
		call_fail(c, ERR_JSON_FIELD, a->name, whole ? "a whole number from 0 on is needed here" :
				"a number is needed here");
		return false;
	}
	if (whole)
		*(uint64_t *)a->out = (uint64_t)json_integer_value(value);
	else
		*(double *)a->out = json_number_value(value);
	return true;
}

static bool take_value(struct call *c, const struct argument *a, json_t *value)
{
	struct text t;
	switch (a->type) {
	case ARGUMENT_TEXT:
		return take_text(c, a, value);
	case ARGUMENT_NUMBER:
	case ARGUMENT_WHOLE:
		return take_number(c, a, value);
	case ARGUMENT_BOOL:
		if (!json_is_boolean(value)) {
			call_fail(c, ERR_JSON_FIELD, a->name, "true or false is needed here");
			return false;
		}
		*(bool *)a->out = json_is_true(value);
		return true;
	case ARGUMENT_OBJECT:
	case ARGUMENT_LIST:
		if (a->type == ARGUMENT_OBJECT ? !json_is_object(value) : !json_is_array(value)) {
			call_fail(c, ERR_JSON_FIELD, a->name, a->type == ARGUMENT_OBJECT ? "an object is needed here" :
					"a list is needed here");
			return false;
		}
		*(json_t **)a->out = value;
		return true;
	case ARGUMENT_TIME:
		t = json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)} : TEXT("");
		if (when_parse(t, a->out, NULL) != ERR_NONE) {
			call_fail(c, ERR_TIME_FORMAT, a->name, NULL);
			return false;
		}
		return true;
	}
	return false;
}

static bool known(const struct argument *arguments, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(arguments[i].name, name) == 0)
			return true;
	return false;
}

bool call_read_json(struct call *c, const struct argument *arguments, size_t count)
{
	json_error_t error;
	err_t read = ERR_NONE;
	if (c->json == NULL) /* else a worker has read it: it is large */
		read = read_json((struct text){c->body.at, c->body.size}, JSON_REJECT_DUPLICATES, &c->json, &error);
	if (read == ERR_MEMORY) {
		call_fail(c, read, NULL, NULL);
		return false;
	}
	if (read != ERR_NONE) {
		struct problem problem = {.error = ERR_JSON_SYNTAX, .line = error.line};
		problem_set(&problem, ERR_JSON_SYNTAX, NULL, "line %d, column %d: %s", error.line, error.column, error.text);
		call_problem(c, ERR_JSON_SYNTAX, &problem);
		return false;
	}
	if (!json_is_object(c->json)) {
		call_fail(c, ERR_JSON_FIELD, NULL, "the body must be one JSON object");
		return false;
	}
	const char *name;
	json_t *value;
	json_object_foreach(c->json, name, value) {
		if (!known(arguments, count, name)) {
			call_fail(c, ERR_JSON_FIELD, name, "there is no such field here");
			return false;
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct argument *a = &arguments[i];
		value = json_object_get(c->json, a->name);
		if (a->given != NULL)
			*a->given = value != NULL && !json_is_null(value);
		if (value == NULL || (json_is_null(value) && !a->needed)) {
			if (!a->needed)
				continue;
			call_fail(c, ERR_JSON_FIELD, a->name, "this field is needed");
			return false;
		}
		if (!take_value(c, a, value))
			return false;
	}
	return true;
}

/* ---- the query ---- */

struct text call_query(const struct call *c, const char *name)
{
	const struct request_head *h = request_head(c->peer);
	for (uint32_t i = 0; i < h->query_count; i++)
		if (text_is(h->query[i].name, name))
			return h->query[i].value;
	return TEXT("");
}

bool call_query_known(struct call *c, const char *const *names)
{
	const struct request_head *h = request_head(c->peer);
	for (uint32_t i = 0; i < h->query_count; i++) {
		const char *const *name = names;
		while (*name != NULL && !text_is(h->query[i].name, *name))
			name++;
		if (*name == NULL) {
			char said[64];
			size_t size = text_fit(h->query[i].name, sizeof(said) - 1);
			memcpy(said, h->query[i].name.at, size);
			said[size] = '\0';
			call_fail(c, ERR_HTTP_QUERY, said, "there is no such parameter here");
			return false;
		}
	}
	return true;
}

bool call_query_time(struct call *c, const char *name, at_ms *out)
{
	struct text t = call_query(c, name);
	*out = AT_NONE;
	if (t.size == 0 || when_parse(t, out, NULL) == ERR_NONE)
		return true;
	call_fail(c, ERR_TIME_FORMAT, name, NULL);
	return false;
}

bool call_query_number(struct call *c, const char *name, uint64_t otherwise, uint64_t most, uint64_t *out)
{
	struct text t = call_query(c, name);
	*out = otherwise;
	if (t.size == 0 || (text_to_u64(t, out) && *out <= most))
		return true;
	call_fail(c, ERR_HTTP_QUERY, name, "a whole number from 0 to %llu is needed here", (unsigned long long)most);
	return false;
}
