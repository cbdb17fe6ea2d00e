/* server/route_table.c: route_list.h as a table, and finding the route of an address. */
#include "server/inside.h"

#include <string.h>
#include <strings.h>

#define BODY_OF(type) BODY_##type
#define ANSWER_OF(type) ANSWER_##type

const struct route route_table[] = {
#define R(method, path, who, handler, body, limit, answer, en, zh) \
	{HTTP_##method, path, who, #handler, route_##handler, BODY_OF(body), limit, ANSWER_OF(answer), en, zh},
#include "server/route_list.h"
#undef R
};
const size_t route_count = sizeof(route_table) / sizeof(route_table[0]);

static struct text part(struct text *rest)
{
	const char *slash = rest->size == 0 ? NULL : memchr(rest->at, '/', rest->size);
	size_t size = slash == NULL ? rest->size : (size_t)(slash - rest->at);
	struct text p = {rest->at, size};
	rest->at += size + (slash != NULL);
	rest->size -= size + (slash != NULL);
	return p;
}

static bool fits(const char *pattern, struct text path, struct text parameters[ROUTE_PARAMETERS_MAX])
{
	struct text want = text_of(pattern);
	/* As many slashes in both, and each part equal or a parameter. */
	uint32_t count = 0;
	bool more;
	do {
		more = want.size > 0;
		if (more != (path.size > 0))
			return false;
		struct text a = part(&want), b = part(&path);
		if (a.size > 0 && a.at[0] == '{') {
			if (b.size == 0 || count == ROUTE_PARAMETERS_MAX)
				return false;
			parameters[count++] = b;
		} else if (!text_equal(a, b)) {
			return false;
		}
	} while (more);
	return true;
}

const struct route *route_find(enum http_method method, struct text path, struct text parameters[ROUTE_PARAMETERS_MAX],
		unsigned *allowed)
{
	const struct route *found = NULL;
	*allowed = 0;
	if (path.size > 1 && path.at[path.size - 1] == '/')
		return NULL;
	for (size_t i = 0; i < route_count; i++) {
		struct text said[ROUTE_PARAMETERS_MAX] = {{"", 0}, {"", 0}};
		if (!fits(route_table[i].path, path, said))
			continue;
		*allowed |= 1u << route_table[i].method;
		if (route_table[i].method == HTTP_GET && route_table[i].answer != ANSWER_SOCKET)
			*allowed |= 1u << HTTP_HEAD;
		if (found == NULL && (route_table[i].method == method ||
				(method == HTTP_HEAD && route_table[i].method == HTTP_GET &&
		                                                            route_table[i].answer != ANSWER_SOCKET))) {
			found = &route_table[i];
			memcpy(parameters, said, sizeof(said));
		}
	}
	return found;
}

static const char *const body_words[] = {"", "application/json", "application/geo+json", "application/x-ndjson",
		"text/csv"};

const char *body_type_word(enum body_type t) { return body_words[t]; }

/* Parameters (charset) do not matter; GeoJSON may also be called JSON, and NDJSON by its other names. */
bool body_type_fits(enum body_type t, struct text said)
{
	const char *semicolon = said.size == 0 ? NULL : memchr(said.at, ';', said.size);
	size_t size = semicolon == NULL ? said.size : (size_t)(semicolon - said.at);
	while (size > 0 && (said.at[size - 1] == ' ' || said.at[size - 1] == '\t'))
		size--;
	const char *const names[][4] = {
		[BODY_NONE] = {NULL},
		[BODY_JSON] = {"application/json", NULL},
		[BODY_GEOJSON] = {"application/geo+json", "application/json", "application/vnd.geo+json", NULL},
		[BODY_NDJSON] = {"application/x-ndjson", "application/ndjson", "application/jsonl", NULL},
		[BODY_CSV] = {"text/csv", "application/csv", NULL},
	};
	for (const char *const *name = names[t]; *name != NULL; name++)
		if (strlen(*name) == size && strncasecmp(*name, said.at, size) == 0)
			return true;
	return false;
}
