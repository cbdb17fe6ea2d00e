/* The pure parts of the server: heads of requests, WebSocket frames, routes, problems, the description of the API. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "server/frames.h"
#include "server/http_head.h"
#include "server/inside.h"

/* A copy on the heap, so that a read past its end is seen. */
static err_t read_head(const char *words, struct http_head *out, char **copy)
{
	size_t size = strlen(words);
	*copy = malloc(size);
	memcpy(*copy, words, size);
	return http_head_read(*copy, size, out);
}

static void assert_head(const char *words, err_t expected)
{
	struct http_head h;
	char *copy;
	err_t error = read_head(words, &h, &copy);
	if (error != expected)
		fail_msg("%s\n-> %s (%s), expected %s", words, error_row(error)->code, h.why, error_row(expected)->code);
	free(copy);
}

static void a_usual_head_is_read_with_its_decoded_path_and_query(void **state)
{
	(void)state;
	struct http_head h;
	char *copy;
	assert_int_equal(read_head("POST /api/v1/%E5%9C%BA?at=2026-11-24T18:41:03%2B08:00&x=1+1&y HTTP/1.1\r\n"
	                           "Host: a:1\r\nContent-Length: 12\r\n"
	                           "COOKIE:  a=b \r\nX-Cordon: 1\r\n\r\n", &h, &copy), ERR_NONE);
	assert_true(text_is(h.request.path, "/api/v1/\xe5\x9c\xba"));
	assert_int_equal(h.request.query_count, 3);
	assert_true(text_is(h.request.query[0].value, "2026-11-24T18:41:03+08:00"));
	assert_true(text_is(h.request.query[1].value, "1+1"));
	assert_true(text_is(h.request.query[2].name, "y"));
	assert_int_equal(h.request.body_bytes, 12);
	assert_true(text_is(h.request.cookie, "a=b"));
	assert_true(h.request.own_page && h.keep_alive && !h.request.upgrade);
	free(copy);
}

static void what_could_mean_two_things_is_refused(void **state)
{
	(void)state;
	assert_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_NONE);
	assert_head("GET / HTTP/1.1\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
			ERR_HTTP_REQUEST);
	assert_head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", ERR_HTTP_LENGTH);
	assert_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n", ERR_HTTP_LENGTH);
	assert_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4,4\r\n\r\n", ERR_HTTP_LENGTH);
	assert_head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("GET / HTTP/2.0\r\nHost: a\r\n\r\n", ERR_HTTP_REQUEST);
	assert_head("get / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_HTTP_METHOD);
	assert_head("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", ERR_HTTP_METHOD);
	assert_head("BREW / HTTP/1.1\r\nHost : a\r\n\r\n", ERR_HTTP_REQUEST);
}

static void no_path_climbs_or_hides(void **state)
{
	(void)state;
	static const char *const bad[] = {"/../a", "/a/..", "/%2e%2e/a", "/a/./b", "//a", "/a//b", "/%00", "/a%2fb",
			"/a%5Cb", "/%ff", "/%4", "/a%0ab",
		"a", "*", "/a#b"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char words[128];
		snprintf(words, sizeof(words), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", bad[i]);
		assert_head(words, ERR_HTTP_REQUEST);
	}
	assert_head("GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", ERR_NONE);
	assert_head("GET /a/ HTTP/1.1\r\nHost: a\r\n\r\n", ERR_NONE);
}

static void random_changes_of_a_head_never_read_outside_of_it(void **state)
{
	(void)state;
	static const char good[] =
			"GET /api/v1/x?a=%41&b=c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	struct random r;
	random_seed(&r, 7);
	for (int round = 0; round < 20000; round++) {
		char words[sizeof(good)];
		memcpy(words, good, sizeof(good));
		for (uint64_t n = random_below(&r, 6); n > 0; n--)
			words[random_below(&r, sizeof(good) - 1)] = (char)random_below(&r, 256);
		size_t size = http_head_size(words, sizeof(good) - 1);
		char *copy = malloc(size + 1);
		memcpy(copy, words, size);
		struct http_head h;
		if (size > 0 && http_head_read(copy, size, &h) == ERR_NONE)
			assert_true(h.request.path.size > 0 && h.request.path.at[0] == '/');
		free(copy);
	}
}

static void a_frame_comes_whole_or_not_at_all_whatever_the_pieces(void **state)
{
	(void)state;
	uint8_t bytes[8 + 5], piece[13];
	static const uint8_t sample[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}; /* RFC 6455,
			5.7: "Hello" */
	struct frame f;
	size_t used;
	memcpy(bytes, sample, sizeof(sample));
	for (size_t size = 0; size < sizeof(sample); size++) {
		memcpy(piece, sample, size);
		assert_int_equal(frame_read(piece, size, 100, &f, &used), ERR_NONE);
		assert_int_equal(used, 0);
	}
	assert_int_equal(frame_read(bytes, sizeof(sample), 100, &f, &used), ERR_NONE);
	assert_int_equal(used, sizeof(sample));
	assert_true(f.last && f.kind == FRAME_TEXT && text_is(f.payload, "Hello"));
}

static void frames_that_the_rfc_forbids_are_refused(void **state)
{
	(void)state;
	uint8_t unmasked[] = {0x81, 0x05, 'H', 'e', 'l', 'l', 'o'}, reserved[] = {0xc1, 0x80, 0, 0, 0, 0},
			unknown[] = {0x83, 0x80, 0, 0, 0, 0},
		cut_ping[] = {0x09, 0x80, 0, 0, 0, 0}, huge[] = {0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,
				0, 0, 0};
	struct frame f;
	size_t used;
	assert_int_equal(frame_read(unmasked, sizeof(unmasked), 100, &f, &used), ERR_PASSAGE_SYNTAX);
	assert_int_equal(frame_read(reserved, sizeof(reserved), 100, &f, &used), ERR_PASSAGE_SYNTAX);
	assert_int_equal(frame_read(unknown, sizeof(unknown), 100, &f, &used), ERR_PASSAGE_SYNTAX);
	assert_int_equal(frame_read(cut_ping, sizeof(cut_ping), 100, &f, &used), ERR_PASSAGE_SYNTAX);
	assert_int_equal(frame_read(huge, sizeof(huge), 100, &f, &used), ERR_TOO_LARGE);
}

static void the_handshake_answers_as_the_rfc_does(void **state)
{
	(void)state;
	char accept[29];
	frame_accept(TEXT("dGhlIHNhbXBsZSBub25jZQ=="), accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	uint8_t head[FRAME_HEAD_BYTES_MAX];
	assert_int_equal(frame_write_head(head, FRAME_TEXT, 125), 2);
	assert_int_equal(frame_write_head(head, FRAME_TEXT, 126), 4);
	assert_int_equal(frame_write_head(head, FRAME_TEXT, 65536), 10);
}

static void every_route_is_found_by_its_own_address_and_no_other(void **state)
{
	(void)state;
	struct text said[ROUTE_PARAMETERS_MAX];
	unsigned allowed;
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &route_table[i];
		assert_ptr_equal(route_find(r->method, text_of(r->path), said, &allowed), r);
		assert_true(allowed & 1u << r->method);
	}
	assert_ptr_equal(route_find(HTTP_GET, TEXT("/api/v1/sessions/"), said, &allowed), NULL);
	assert_ptr_equal(route_find(HTTP_GET, TEXT("/api/v1/sessions/a/b"), said, &allowed), NULL);
	assert_int_equal(allowed, 0);
	assert_ptr_equal(route_find(HTTP_DELETE, TEXT("/api/v1/sessions"), said, &allowed), NULL);
	assert_int_equal(allowed, 1u << HTTP_GET | 1u << HTTP_HEAD | 1u << HTTP_POST);
	assert_non_null(route_find(HTTP_GET, TEXT("/api/v1/sessions/night-1/state"), said, &allowed));
	assert_true(text_is(said[0], "night-1"));
}

static void a_content_type_fits_with_and_without_parameters(void **state)
{
	(void)state;
	assert_true(body_type_fits(BODY_JSON, TEXT("Application/JSON; charset=utf-8")));
	assert_true(body_type_fits(BODY_NDJSON, TEXT("application/x-ndjson")));
	assert_false(body_type_fits(BODY_JSON, TEXT("text/plain")));
	assert_false(body_type_fits(BODY_JSON, TEXT("")));
	assert_false(body_type_fits(BODY_NONE, TEXT("application/json")));
}

static void a_problem_says_everything_in_both_languages(void **state)
{
	(void)state;
	struct problem problem = {.line = 7};
	problem_set(&problem, ERR_JSON_FIELD, "zone", "a \"quoted\" word");
	for (int chinese = 0; chinese < 2; chinese++) {
		struct buf out;
		buf_init(&out, 4096);
		problem_write(&out, ERR_JSON_FIELD, &problem, chinese != 0);
		json_t *json = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(json);
		assert_string_equal(json_string_value(json_object_get(json, "code")), "json.field");
		assert_string_equal(json_string_value(json_object_get(json, "field")), "zone");
		assert_string_equal(json_string_value(json_object_get(json, "detail")), "a \"quoted\" word");
		assert_int_equal(json_integer_value(json_object_get(json, "line")), 7);
		assert_int_equal(json_integer_value(json_object_get(json, "status")), 400);
		const struct error_row *row = error_row(ERR_JSON_FIELD);
		assert_string_equal(json_string_value(json_object_get(json, "suggestion")), chinese ? row->fix_zh
				: row->fix_en);
		json_decref(json);
		buf_free(&out);
	}
}

static void the_description_covers_every_route_and_every_name_in_it_is_there(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, (size_t)1 << 20);
	assert_int_equal(server_write_openapi(&out), ERR_NONE);
	json_t *json = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	const json_t *paths = json_object_get(json, "paths");
	for (size_t i = 0; i < route_count; i++) {
		static const char *const methods[] = {"get", "head", "post", "put", "delete"};
		const json_t *path = json_object_get(paths, route_table[i].path);
		const json_t *operation = json_object_get(path, methods[route_table[i].method]);
		assert_string_equal(json_string_value(json_object_get(operation, "operationId")), route_table[i].name);
		bool has_body = json_object_get(operation, "requestBody") != NULL;
		assert_int_equal(has_body, route_table[i].body != BODY_NONE);
	}
	const json_t *schemas = json_object_get(json_object_get(json, "components"), "schemas");
	static const char mark[] = "#/components/schemas/";
	for (const char *at = strstr(out.at, mark); at != NULL; at = strstr(at + 1, mark)) {
		char name[64];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + sizeof(mark) - 1, "\""), at + sizeof(mark) - 1);
		if (json_object_get(schemas, name) == NULL)
			fail_msg("no schema %s", name);
	}
	json_decref(json);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_usual_head_is_read_with_its_decoded_path_and_query),
		cmocka_unit_test(what_could_mean_two_things_is_refused),
		cmocka_unit_test(no_path_climbs_or_hides),
		cmocka_unit_test(random_changes_of_a_head_never_read_outside_of_it),
		cmocka_unit_test(a_frame_comes_whole_or_not_at_all_whatever_the_pieces),
		cmocka_unit_test(frames_that_the_rfc_forbids_are_refused),
		cmocka_unit_test(the_handshake_answers_as_the_rfc_does),
		cmocka_unit_test(every_route_is_found_by_its_own_address_and_no_other),
		cmocka_unit_test(a_content_type_fits_with_and_without_parameters),
		cmocka_unit_test(a_problem_says_everything_in_both_languages),
		cmocka_unit_test(the_description_covers_every_route_and_every_name_in_it_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
