/* One connection over a pair of sockets: in which pieces the bytes come must not matter. What the fuzzers found stands here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/transport_inside.h"

/* ---- a server that answers each request with its path, and refuses with the error's code ---- */

struct pair { struct transport *transport; struct listener listener; int client; struct peer *peer; int ends; };

static void answer_with(struct peer *p, int status, struct text body)
{
	struct answer a = {.status = status, .type = "text/plain", .body = body, .headers = TEXT("")};
	request_answer(p, &a);
}

static void begin(void *ctx, struct peer *p)
{
	(void)ctx;
	if (text_is(request_head(p)->path, "/forbidden")) /* before a byte of its body */
		answer_with(p, 401, TEXT("no"));
}

static size_t body(void *ctx, struct peer *p, const char *bytes, size_t size) { (void)ctx, (void)p, (void)bytes; return size; }
static void body_end(void *ctx, struct peer *p) { (void)ctx; answer_with(p, 200, request_head(p)->path); }
static void end(void *ctx, struct peer *p) { (void)p; ((struct pair *)ctx)->ends++; }

static void refused(void *ctx, struct peer *p, err_t error, const char *detail)
{
	(void)ctx, (void)detail;
	assert_non_null(request_head(p)->accept_language.at); /* absent is empty, not nowhere */
	answer_with(p, 400, text_of(error_row(error)->code));
}

static const struct http_events events = {.begin = begin, .body = body, .body_end = body_end, .refused = refused, .end = end};

static int pair_make(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	assert_non_null(pair);
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	struct transport_settings settings = {.http = &events, .ctx = pair};
	assert_int_equal(transport_new(&settings, &pair->transport, NULL), ERR_NONE);
	pair->listener = (struct listener){.http = true};
	pair->client = fds[0];
	pair->peer = peer_begin(pair->transport, &pair->listener, fds[1], "192.0.2.1");
	assert_non_null(pair->peer);
	*state = pair;
	return 0;
}

static int pair_drop(void **state)
{
	struct pair *pair = *state;
	close(pair->client);
	transport_free(pair->transport);
	free(pair);
	return 0;
}

/* Says it in pieces of `piece` bytes; gives all that was answered. */
static const char *say(struct pair *pair, const char *words, size_t piece, char answer[4096])
{
	size_t size = strlen(words), got = 0;
	for (size_t at = 0; at < size; at += piece) {
		size_t now = size - at < piece ? size - at : piece;
		if (send(pair->client, words + at, now, MSG_NOSIGNAL) < 0)
			break; /* it was refused and closed meanwhile */
		if (pair->transport->counts.peers > 0)
			peer_ready(pair->peer, EPOLLIN);
		for (int i = 0; i < 3; i++)
			transport_settle(pair->transport);
	}
	for (ssize_t n; (n = recv(pair->client, answer + got, 4095 - got, 0)) > 0;)
		got += (size_t)n;
	answer[got] = '\0';
	return answer;
}

static void a_head_that_is_refused_after_coming_in_pieces_is_answered(void **state)
{
	char answer[4096];
	say(*state, "1\r\n\r\n*", 2, answer);
	assert_non_null(strstr(answer, "HTTP/1.1 400 "));
	assert_non_null(strstr(answer, error_row(ERR_HTTP_REQUEST)->code));
}

static void a_request_that_ends_the_connection_may_come_in_pieces(void **state)
{
	char answer[4096];
	say(*state, "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n", 7, answer);
	assert_non_null(strstr(answer, "/a"));
	assert_null(strstr(answer, "/b"));
}

/* In a flood the newest may be an honest one, whose first word is still under way. */
static void the_first_to_go_is_the_longest_idle(void **state)
{
	struct pair *pair = *state;
	char answer[4096];
	int other[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, other), 0);
	struct peer *newer = peer_begin(pair->transport, &pair->listener, other[1], "192.0.2.2");
	assert_non_null(newer);
	assert_ptr_equal(peer_idlest(pair->transport), pair->peer);
	say(pair, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", 99, answer); /* has just asked for something */
	assert_ptr_equal(peer_idlest(pair->transport), newer);
	close(other[0]);
}

/* Whoever is refused and lets the rest of his body drip must not hold a place that others need. */
static void who_is_refused_and_sends_on_is_the_first_to_go(void **state)
{
	struct pair *pair = *state;
	char answer[4096];
	int other[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, other), 0);
	say(pair, "POST /forbidden HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n1", 99, answer);
	assert_non_null(strstr(answer, "HTTP/1.1 401 "));
	assert_non_null(peer_begin(pair->transport, &pair->listener, other[1], "192.0.2.2"));
	for (int i = 0; i < 3; i++) {
		say(pair, "2", 1, answer);
		assert_string_equal(answer, "");
		assert_ptr_equal(peer_idlest(pair->transport), pair->peer);
	}
	say(pair, "5GET /a HTTP/1.1\r\nHost: h\r\n\r\n", 99, answer); /* and who sends all of it is heard again */
	assert_non_null(strstr(answer, "/a"));
	assert_ptr_not_equal(peer_idlest(pair->transport), pair->peer);
	close(other[0]);
}

/* A request alone makes nobody known: one who takes his answer drop by drop must not hold a place either. */
static void who_asks_unknown_keeps_his_place_in_the_row(void **state)
{
	struct pair *pair = *state;
	char answer[4096];
	int other[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, other), 0);
	struct peer *newer = peer_begin(pair->transport, &pair->listener, other[1], "192.0.2.2");
	say(pair, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1", 99, answer); /* and is under way */
	assert_ptr_equal(peer_idlest(pair->transport), pair->peer);
	peer_known(pair->peer);
	assert_ptr_equal(peer_idlest(pair->transport), newer);
	close(other[0]);
}

static void a_head_that_does_not_end_in_time_is_refused_as_an_empty_one(void **state)
{
	struct pair *pair = *state;
	char answer[4096];
	say(pair, "GET / HTTP/1.1\r\nHo", 99, answer);
	assert_string_equal(answer, "");
	for (int i = 0; i <= SILENT_S; i++)
		transport_second(pair->transport);
	say(pair, "", 1, answer);
	assert_non_null(strstr(answer, error_row(ERR_HTTP_SLOW)->code));
}

static void a_head_that_is_too_large_is_refused_as_an_empty_one(void **state)
{
	char answer[4096], words[HEAD_BYTES_MAX + 2];
	memset(words, 'a', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	say(*state, words, 3000, answer);
	assert_non_null(strstr(answer, error_row(ERR_HTTP_HEAD)->code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_head_that_is_refused_after_coming_in_pieces_is_answered, pair_make, pair_drop),
		cmocka_unit_test_setup_teardown(a_request_that_ends_the_connection_may_come_in_pieces, pair_make, pair_drop),
		cmocka_unit_test_setup_teardown(the_first_to_go_is_the_longest_idle, pair_make, pair_drop),
		cmocka_unit_test_setup_teardown(who_is_refused_and_sends_on_is_the_first_to_go, pair_make, pair_drop),
		cmocka_unit_test_setup_teardown(who_asks_unknown_keeps_his_place_in_the_row, pair_make, pair_drop),
		cmocka_unit_test_setup_teardown(a_head_that_does_not_end_in_time_is_refused_as_an_empty_one, pair_make, pair_drop),
		cmocka_unit_test_setup_teardown(a_head_that_is_too_large_is_refused_as_an_empty_one, pair_make, pair_drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
