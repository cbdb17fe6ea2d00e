/* server/transport.h: sockets, TLS, HTTP/1.1 and WebSocket framing on one thread, and nothing of what they carry.
 *
 * epoll and OpenSSL stand behind this interface (transport*.c) and nowhere else; docs/decisions/0004 says why no library does.
 *
 *   listening --accept--> peer: http --upgrade--> socket (WebSocket), or raw; TLS is set up with the first byte
 *
 * A `struct peer` is one connection. All calls are made on the loop thread, but transport_wake(). Events may be
 * answered at once or later. Limits are in bounds.h.
 */
#ifndef CORDON_SERVER_TRANSPORT_H
#define CORDON_SERVER_TRANSPORT_H

#include "base/when.h"

struct transport;
struct peer;

/* ---- HTTP ---- */

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_PATCH, HTTP_OPTIONS, HTTP_METHOD_COUNT };
const char *http_method_word(enum http_method m);

/* The head of a request; lives until its `end`. Absent headers are empty text. */
struct request_head {
	enum http_method method;
	struct text path;              /* decoded, begins with '/', without "." and ".." parts and NUL */
	struct { struct text name, value; } query[12];
	uint32_t query_count;
	struct text host, cookie, authorization, content_type, origin, accept_language, accept_encoding, if_none_match;
	bool is_packed;                /* Content-Encoding */
	bool own_page;                 /* header "X-Cordon" is there: no other site's form can send it */
	bool upgrade;                  /* wants to become a WebSocket */
	int64_t body_bytes;            /* Content-Length; 0 = none */
};

struct answer {
	int status;
	const char *type;              /* of the body; NULL: no body */
	struct text body;
	struct text headers;           /* further lines, each ending in CR LF; copied */
	/* NULL: the body is copied now. Else it is borrowed, and released when it was sent or is not wanted any more. */
	void (*release)(void *owner);
	void *owner;
};

struct http_events {
	/* A head came. Answer, upgrade, or let the body come. */
	void (*begin)(void *ctx, struct peer *p);
	/* A piece of the body. Gives how much was used; less than `size` pauses the peer until request_resume(), which
	 * offers the rest again. */
	size_t (*body)(void *ctx, struct peer *p, const char *bytes, size_t size);
	void (*body_end)(void *ctx, struct peer *p);  /* also at once after `begin` when there is no body */
	/* The head or the pace of a request cannot be taken: answer it with a problem; the connection closes after that. */
	void (*refused)(void *ctx, struct peer *p, err_t error, const char *detail);
	/* The exchange is over: answered in full, or the client is gone. Forget the peer. */
	void (*end)(void *ctx, struct peer *p);
	/* WebSocket, after request_upgrade(). `writable` comes once for each socket_ask_writable(). */
	void (*socket_opened)(void *ctx, struct peer *p);
	void (*socket_writable)(void *ctx, struct peer *p);
	void (*socket_said)(void *ctx, struct peer *p, struct text said);
	void (*socket_closed)(void *ctx, struct peer *p);
};

const struct request_head *request_head(const struct peer *p);
void request_answer(struct peer *p, const struct answer *a);   /* once; the rest of a body is thrown away */
void request_resume(struct peer *p);
int64_t request_body_left(const struct peer *p);                /* bytes of the body that were not used yet */
/* Only within `begin` of a request whose head says upgrade. `end` does not come any more; `socket_closed` does. */
void request_upgrade(struct peer *p);
const char *peer_address(const struct peer *p);
void peer_known(struct peer *p);                                /* it is somebody's: while it is served it does not go for want of room */
/* What the owner hangs on the peer; NULL at the beginning of each request. */
void peer_set_own(struct peer *p, void *own);
void *peer_own(const struct peer *p);

void socket_ask_writable(struct peer *p);
void socket_send(struct peer *p, struct text message);          /* one text message, within socket_writable only */
void socket_close(struct peer *p, unsigned code, const char *why);
void socket_cut(struct peer *p);                                /* at once: it takes nothing any more */

/* ---- other protocols ---- */

struct raw_events {
	bool (*opened)(void *ctx, struct peer *p);              /* false: close it */
	/* All bytes not yet used, joined; gives how much was used. What is left is offered again with what comes next
	 * (up to RAW_KEPT_BYTES_MAX, then the peer is closed). */
	size_t (*received)(void *ctx, struct peer *p, const char *bytes, size_t size);
	void (*closed)(void *ctx, struct peer *p);
};
void raw_send(struct peer *p, const void *bytes, size_t size);  /* queued; a client that takes nothing is closed */
void raw_pause(struct peer *p);                                 /* read nothing more until raw_resume */
void raw_resume(struct peer *p);                                /* offers what is kept, soon */
void raw_close(struct peer *p);                                 /* after what was sent is out */

/* ---- the loop ---- */

struct transport_settings {
	const char *cert_path, *key_path;      /* NULL: no TLS at all */
	const struct http_events *http;
	void (*woken)(void *ctx);              /* after transport_wake() */
	void *ctx;
};
err_t transport_new(const struct transport_settings *settings, struct transport **out, struct problem *problem);
void transport_close(struct transport *t);                      /* closes every connection; events tell of it.
		transport_wake() still may come */
void transport_free(struct transport *t);                       /* NULL is fine */
/* "ADDR:PORT" or "[ADDR6]:PORT"; port 0 = any free one. *out_port is the true one. */
err_t transport_listen_http(struct transport *t, const char *listen, int *out_port, struct problem *problem);
err_t transport_listen_raw(struct transport *t, const char *listen, bool tls, const struct raw_events *events,
		void *ctx, int *out_port,
                           struct problem *problem);
/* Calls `fn` about every `for_ms`. At most 8 of them. */
err_t transport_every(struct transport *t, int64_t for_ms, void (*fn)(void *ctx), void *ctx);
/* Calls `fn` when `fd` can be read. At most 4. The fd stays the caller's. */
err_t transport_watch(struct transport *t, int fd, void (*fn)(void *ctx), void *ctx);
void transport_wake(struct transport *t);                       /* any thread */
void transport_run(struct transport *t);                        /* until drained or stopped */
/* Listens no more; idle connections are closed, requests under way are answered, WebSockets get 1001; transport_run
 * returns when
 * nothing is left, or after DRAIN_S. */
void transport_drain(struct transport *t);
void transport_stop(struct transport *t);                       /* transport_run returns now */
bool transport_draining(const struct transport *t);

struct transport_counts { uint32_t waiting, peers, sockets; uint64_t accepted, refused; };
void transport_counts(const struct transport *t, struct transport_counts *out);

#endif
