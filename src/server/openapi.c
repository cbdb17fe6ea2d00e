/* server/openapi.c: docs/openapi.json (OpenAPI 3.1) out of the route table and openapi_schemas.h. */
#include "server/inside.h"

#include <string.h>
#include <strings.h>

struct schema { const char *name, *text; };
static const struct schema schemas[] = {
#define S(name, text) {#name, text},
#define B(handler, body, answer, query)
#include "server/openapi_schemas.h"
#undef S
#undef B
};

/* Which schema a route takes and gives, by its handler's name. */
struct shape { const char *handler, *body, *answer, *query; };
static const struct shape shapes[] = {
#define S(name, text)
#define B(handler, body, answer, query) {#handler, body, answer, query},
#include "server/openapi_schemas.h"
#undef S
#undef B
};

static const struct shape *shape_of(const struct route *r)
{
	static const struct shape none = {"", "", "", ""};
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (strcmp(shapes[i].handler, r->name) == 0)
			return &shapes[i];
	return &none;
}

static void write_schema_ref(struct buf *out, const char *name)
{
	size_t size = strlen(name);
	bool list = size > 2 && strcmp(name + size - 2, "[]") == 0;
	buf_addf(out, list ? "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%.*s\"}}" :
			"{\"$ref\":\"#/components/schemas/%.*s\"}",
	         (int)(list ? size - 2 : size), name);
}

static void write_content(struct buf *out, const char *type, const char *schema)
{
	buf_addf(out, "\"content\":{\"%s\":{\"schema\":", type);
	write_schema_ref(out, schema);
	buf_add_str(out, "}}");
}

static void write_parameters(struct buf *out, const struct route *r, const struct shape *s)
{
	bool first = true;
	buf_add_str(out, ",\"parameters\":[");
	for (const char *open = strchr(r->path, '{'); open != NULL; open = strchr(open + 1, '{')) {
		buf_addf(out, "%s{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}", first
				? "" : ",",
		         (int)strcspn(open + 1, "}"), open + 1);
		first = false;
	}
	for (const char *at = s->query; *at != '\0';) {
		size_t size = strcspn(at, " ");
		buf_addf(out, "%s{\"name\":\"%.*s\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}", first ? "" : ",",
				(int)size, at);
		first = false;
		at += size + (at[size] == ' ');
	}
	buf_add_char(out, ']');
}

static void write_roles(struct buf *out, unsigned who)
{
	static const enum role roles[] = {VIEWER, OPERATOR, PLANNER, ADMIN, DEVICE};
	bool first = true;
	buf_add_str(out, ",\"x-roles\":[");
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (who & (unsigned)roles[i]) {
			buf_addf(out, "%s\"%s\"", first ? "" : ",", role_word(roles[i]));
			first = false;
		}
	buf_add_char(out, ']');
	if (who == ANYONE)
		buf_add_str(out, ",\"security\":[]");
}

static const char *const made[] = {"session_new", "account_new", "token_new"};

static int good_status(const struct route *r)
{
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (strcmp(made[i], r->name) == 0)
			return 201;
	return r->answer == ANSWER_NONE ? 204 : r->answer == ANSWER_SOCKET ? 101 : 200;
}

static void write_route(struct buf *out, const struct route *r)
{
	const struct shape *s = shape_of(r);
	char method[16] = "";
	for (size_t i = 0; http_method_word(r->method)[i] != '\0' && i + 1 < sizeof(method); i++)
		method[i] = (char)(http_method_word(r->method)[i] | 0x20);
	buf_addf(out, "\"%s\":{\"operationId\":\"%s\",\"summary\":", method, r->name);
	buf_add_json_str(out, r->en);
	buf_add_str(out, ",\"x-summary-zh\":");
	buf_add_json_str(out, r->zh);
	write_roles(out, r->who);
	write_parameters(out, r, s);
	if (r->body != BODY_NONE) {
		buf_add_str(out, ",\"requestBody\":{\"required\":true,");
		write_content(out, body_type_word(r->body), s->body[0] == '\0' ? "Anything" : s->body);
		buf_addf(out, ",\"x-limit-bytes\":%lld}", (long long)r->limit);
	}
	buf_addf(out, ",\"responses\":{\"%d\":{\"description\":\"%s\"", good_status(r), r->answer == ANSWER_SOCKET ?
			"The WebSocket" : "Done");
	if (s->answer[0] != '\0') {
		buf_add_char(out, ',');
		write_content(out, r->answer == ANSWER_GEOJSON ? "application/geo+json" : "application/json", s->answer);
	}
	buf_add_str(out, "},\"default\":{\"$ref\":\"#/components/responses/Problem\"}}}");
}

static bool path_before(size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(route_table[i].path, route_table[index].path) == 0)
			return true;
	return false;
}

static void write_paths(struct buf *out)
{
	bool first_path = true;
	buf_add_str(out, "\"paths\":{");
	for (size_t i = 0; i < route_count; i++) {
		if (path_before(i))
			continue;
		buf_addf(out, "%s\n\"%s\":{", first_path ? "" : ",", route_table[i].path);
		first_path = false;
		bool first = true;
		for (size_t k = i; k < route_count; k++) {
			if (strcmp(route_table[k].path, route_table[i].path) != 0)
				continue;
			buf_add_str(out, first ? "\n" : ",\n");
			first = false;
			write_route(out, &route_table[k]);
		}
		buf_add_char(out, '}');
	}
	buf_add_str(out, "},\n");
}

err_t server_write_openapi(struct buf *out)
{
	buf_add_str(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Cordon\",\"version\":\"1\","
		"\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"},"
		"\"description\":\"Every refusal is application/problem+json. Bodies carry Content-Length; "
		"NDJSON bodies are one JSON object a line. "
		"Requests that change something and carry the cookie "
		"come from Cordon's own page (Origin) or with the header X-Cordon: 1.\"},\n"
		"\"security\":[{\"cookie\":[]},{\"token\":[]}],\n");
	write_paths(out);
	buf_add_str(out,
			"\"components\":{\"securitySchemes\":{\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"cordon\"},"
		"\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\n\"responses\":{"
		"\"Problem\":{\"description\":\"Refused: what, why, and what to do\",");
	write_content(out, "application/problem+json", "Problem");
	buf_add_str(out, "}},\n\"schemas\":{");
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		buf_addf(out, "%s\n\"%s\":%s", i > 0 ? "," : "", schemas[i].name, schemas[i].text);
	buf_add_str(out, "}}}\n");
	return out->error;
}
