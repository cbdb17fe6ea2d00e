/* server/transport_inside.h: what the transport*.c files share. Nobody else includes it. */
#ifndef CORDON_SERVER_TRANSPORT_INSIDE_H
#define CORDON_SERVER_TRANSPORT_INSIDE_H

#include <openssl/ssl.h>

#include "server/http_head.h"
#include "server/bounds.h"
#include "server/transport.h"

#define LISTENERS_MAX 4
#define EVERY_MAX 8
#define WATCHES_MAX 4
#define ADDRESS_SLOTS 65536u

/* What an epoll event points at; the first member of each. */
enum watch_kind { WATCH_LISTENER, WATCH_PEER, WATCH_WAKE, WATCH_FD };
struct watch { enum watch_kind kind; int fd; };

struct listener {
	struct watch watch;
	bool http, tls;
	const struct raw_events *raw;
	void *raw_ctx;
};

struct link { struct link *next, *before; };

enum peer_kind { PEER_HTTP, PEER_SOCKET, PEER_RAW };
enum peer_state { PEER_IDLE, PEER_HEAD, PEER_BODY, PEER_WAIT, PEER_ANSWER };

struct peer {
	struct watch watch;
	struct link link;                  /* of transport.peers */
	struct link again;                 /* of transport.again: to be looked at once more, outside of its caller */
	struct link idle;                  /* of transport.idle: it asks for nothing, and goes first when room is needed */
	struct transport *t;
	const struct listener *listener;
	SSL *ssl;                          /* NULL: plain */
	enum peer_kind kind;
	enum peer_state state;
	uint16_t slot;
	char address[48];
	int64_t second;                    /* of the last progress */
	uint32_t interest;                 /* what epoll watches for */
	bool watched;                      /* epoll knows it */
	bool shaken;                       /* TLS is set up (or there is none) */
	bool opened, ever_asked;
	bool deaf;                         /* reads nothing: paused, or enough is waiting */
	bool ended;                        /* the client will send nothing more */
	bool dead;                         /* to be closed at the end of this turn */
	bool lingering;                    /* answered before all was read: throws away what still comes, then closes */
	bool busy;                         /* within http_pump() */
	bool want_write;                   /* socket_writable is asked for */
	bool paused, close_after, no_more;
	void *own;

	struct buf in;                     /* read but not yet used */
	struct http_head head;
	struct buf head_text;              /* what `head` points into */
	int64_t body_left, discarded;
	struct buf out;                    /* to be written: head and copied body, frames, raw bytes */
	size_t out_sent;
	struct text body;                  /* then this, borrowed */
	size_t body_sent;
	void (*release)(void *owner);
	void *release_owner;

	struct buf message;                /* of a WebSocket, being put together */
	int64_t heard_second;
};

struct every { int64_t for_ms, due_ms; void (*fn)(void *); void *ctx; };

struct transport {
	struct transport_settings settings;
	SSL_CTX *tls;
	struct watch wake;
	int epoll_fd;
	struct listener listeners[LISTENERS_MAX];
	uint32_t listener_count;
	struct { struct watch watch; void (*fn)(void *); void *ctx; } watches[WATCHES_MAX];
	uint32_t watch_count;
	struct every every[EVERY_MAX];
	uint32_t every_count;
	struct link peers, peers_free, again, dying;
	struct link idle;                  /* the longest idle first */
	struct transport_counts counts;
	uint16_t *of_address;              /* by hash: two addresses in one slot share the limit, 1 chance in 65,536 */
	uint64_t address_seed;
	int64_t second, second_due_ms;     /* seconds since start, by the tick */
	int64_t drain_second;
	uint8_t *reading;                  /* READ_BYTES, shared by all: what is left over goes to the peer's `in` */
	char date[48];
	bool draining, stopped;
	bool full;                         /* the system had no file for one more: nothing is accepted until the next tick */
};

static inline void link_init(struct link *head) { head->next = head->before = head; }
static inline bool link_empty(const struct link *head) { return head->next == head; }
static inline void link_remove(struct link *l) { l->before->next = l->next; l->next->before = l->before; link_init(l); }
/* Behind all the others. */
static inline void link_add(struct link *head, struct link *l)
{
	l->before = head->before;
	l->next = head;
	head->before->next = l;
	head->before = l;
}
#define LINK_OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* transport.c */
err_t watch_add(struct transport *t, struct watch *watch);
void peer_again(struct peer *p);               /* peer_turn() soon */
void peer_dies(struct peer *p);                /* closed at the end of this turn */
void peer_rests(struct peer *p);               /* it has nothing under way: the newest of the idle */
struct peer *peer_idlest(const struct transport *t); /* the first to go; NULL: all are somebody's, and served */
void peer_watch(struct peer *p);               /* tells epoll what is wanted now */
void transport_date(struct transport *t);
/* Writes what waits in `out` and `body`. True: all is out. Marks the peer dead when it broke. */
bool peer_flush(struct peer *p);
/* The parts of transport_run(), for whoever brings connections, readiness and time himself (fuzz/). */
struct peer *peer_begin(struct transport *t, const struct listener *l, int fd, const char *address); /* NULL: no memory */
void peer_ready(struct peer *p, uint32_t what);   /* EPOLLIN ... */
void transport_settle(struct transport *t);       /* those who asked get their turn, the dead are closed */
void transport_second(struct transport *t);       /* a second has passed */

/* transport_stream.c: bytes in and out, plain or TLS */
enum stream_result { STREAM_MORE, STREAM_LATER, STREAM_END };  /* END: closed or broken */
enum stream_result stream_shake(struct peer *p);
enum stream_result stream_read(struct peer *p, void *bytes, size_t size, size_t *out_size);
enum stream_result stream_write(struct peer *p, struct text first, struct text second, size_t *out_size);
bool stream_has_more(const struct peer *p);    /* decrypted bytes that epoll does not see */
bool stream_watch(struct peer *p, uint32_t interest); /* false: it cannot be */
bool stream_end(struct peer *p);               /* nothing more is sent; false: it is broken */
void stream_close(struct peer *p);

/* transport_http.c, transport_socket.c, transport_raw.c: uses what it can of the bytes, gives how much. */
size_t http_take(struct peer *p, char *bytes, size_t size);
void http_written(struct peer *p);
void http_tick(struct peer *p);
void http_gone(struct peer *p);
void http_ended(struct peer *p);
size_t socket_take(struct peer *p, char *bytes, size_t size);
void socket_written(struct peer *p);
void socket_tick(struct peer *p);
void socket_gone(struct peer *p);
void socket_open(struct peer *p);
size_t raw_take(struct peer *p, char *bytes, size_t size);

#endif
