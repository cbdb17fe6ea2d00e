/* server/http_head.h: the head of an HTTP/1.1 request, read strictly (RFC 9112). Bytes only: no socket.
 *
 * What is unclear is refused instead of guessed, because a proxy in front may guess otherwise (request smuggling): two
 * lengths, a
 * length and a Transfer-Encoding, bare CR or LF, folded lines, spaces before a colon, control characters, a second
 * Host.
 */
#ifndef CORDON_SERVER_HTTP_HEAD_H
#define CORDON_SERVER_HTTP_HEAD_H

#include "server/transport.h"

/* The size of the head with its empty line, 0 while it is not all there. */
size_t http_head_size(const char *bytes, size_t size);

/* Beside `struct request_head`: what only the transport wants to know. */
struct http_head {
	struct request_head request;
	bool keep_alive, expects_continue;
	struct text socket_key;        /* Sec-WebSocket-Key, when `upgrade` */
	const char *why;               /* after an error: one sentence */
};

/* As if nothing had been said: every text empty. */
void http_head_clear(struct http_head *out);

/* Reads `size` bytes (a whole head, at most HEAD_BYTES_MAX), decoding them in place: `bytes` is changed and `out`
 * points into it.
 * Errors: HTTP_REQUEST, HTTP_LENGTH, HTTP_METHOD; out->why says more. */
err_t http_head_read(char *bytes, size_t size, struct http_head *out);

/* Decodes %XX in place; false for a bad escape, NUL or text that is not UTF-8. */
bool http_decode(char *at, size_t *size);

#endif
