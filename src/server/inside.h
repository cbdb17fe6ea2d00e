/* server/inside.h: what the routes share: the server, the route table, and one call (a request being answered).
 *
 *   transport event --> routes.c: which route, who asks, may they --> route_<name>(call) --> answer.c --> transport
 *                                                                       |  ^
 *                                                        work.c or live/ +--+ later, on the loop again
 *
 * A call lives as long as its request, or as the work begun for it: `holds` counts both. `peer` is NULL once the client
 * is gone;
 * everything a handler needs after that is copied into the call.
 */
#ifndef CORDON_SERVER_INSIDE_H
#define CORDON_SERVER_INSIDE_H

#include <jansson.h>

#include "account/account.h"
#include "device/device.h"
#include "live/live.h"
#include "server/bounds.h"
#include "server/rehearsals.h"
#include "server/server.h"
#include "server/transport.h"
#include "server/work.h"

struct audience;
struct web;
struct mqtt_carrier;
struct server;
struct call;
struct passages;

/* ---- the route table ---- */

enum body_type { BODY_NONE, BODY_JSON, BODY_GEOJSON, BODY_NDJSON, BODY_CSV };
enum answer_type { ANSWER_NONE, ANSWER_JSON, ANSWER_GEOJSON, ANSWER_SOCKET };
struct route {
	enum http_method method;
	const char *path;
	unsigned who;                  /* bits of enum role, 0: anyone */
	const char *name;
	void (*handler)(struct call *c);
	enum body_type body;
	int64_t limit;
	enum answer_type answer;
	const char *en, *zh;
};
#define ROUTE_PARAMETERS_MAX 2
extern const struct route route_table[];
extern const size_t route_count;
/* The route of a method and path; fills the parameters ({id} ...), borrowed from `path`. NULL: none; then *allowed has
 * a bit for
 * each method that the path does take (0: no such path). */
const struct route *route_find(enum http_method method, struct text path, struct text parameters[ROUTE_PARAMETERS_MAX],
		unsigned *allowed);
const char *body_type_word(enum body_type t);      /* "application/json" */
bool body_type_fits(enum body_type t, struct text content_type);

#define R(method, path, who, handler, body, limit, answer, en, zh) void route_##handler(struct call *c);
#include "server/route_list.h"
#undef R

/* ---- the server ---- */

struct server {
	struct server_settings settings;
	struct transport *transport;
	struct store *store;
	struct accounts *accounts;
	struct live *live;
	struct mqtt_carrier *mqtt;     /* NULL: not listened for */
	struct work *work;
	struct rehearsals *rehearsals;
	struct web *web;
	struct audience *audiences;    /* WebSocket clients by session: sockets.c */
	struct call *calls_free;
	struct passages *passages_free, *passages_active;
	struct cached *cached;         /* plans and base maps as they were written: routes_plan.c */
	size_t bodies_bytes;           /* of all calls together */
	struct call *documents;        /* those of them: how many bytes of whom */
	struct call *working;          /* whose work is under way, by work_next */
	struct buf openapi;
	struct buf ca;                 /* the root certificate that phones fetch, empty if there is none of ours */
	char version[32];
	bool tls;
	int port;
};

/* ---- a call ---- */

struct call {
	struct server *server;
	struct peer *peer;             /* NULL: the client is gone */
	const struct route *route;
	struct principal who;
	struct text cookie;            /* its secret, "" = none; only while the peer is there */
	char parameter[ROUTE_PARAMETERS_MAX][72];
	char address[48];
	bool chinese;
	struct live_session *session;  /* of {id} */
	int holds;
	bool answered;
	struct buf body;
	int64_t body_counted;          /* in server.bodies_bytes */
	json_t *json;                  /* the body, once read */
	struct passages *passages;     /* streamed bodies */
	/* work on another thread: in and out */
	void (*work)(struct call *c);
	void (*finish)(struct call *c);
	err_t error;
	struct problem problem;
	struct buf out;                /* the answer's text */
	int retry_after_s;
	int waiting;                   /* of several inputs at once */
	char words[4][160];            /* whatever the handler keeps across */
	uint64_t numbers[2];
	uint64_t asker;                /* the account's name or, before sign-in, the address, hashed: who has how much under way */
	bool stranger;                 /* a sign-in from an address that nobody has signed in from */
	struct call *next;             /* in calls_free, or in documents */
	struct call *work_next;
};

struct call *call_new(struct server *s, struct peer *p);
void call_hold(struct call *c);
void call_drop(struct call *c);
void calls_end(struct server *s);              /* frees those that are kept for the next */

/* answer.c */
void call_problem(struct call *c, err_t error, const struct problem *problem); /* problem may be NULL */
void call_fail(struct call *c, err_t error, const char *field, const char *format,
		...) __attribute__((format(printf, 4, 5)));
void call_answer(struct call *c, int status, const char *type, struct text body);  /* copied */
void call_answer_out(struct call *c, int status);                                    /* c->out as JSON; fails if
		out.error */
void call_answer_live(struct call *c, const char *type, struct live_text *json);     /* kept until it is sent */
void call_answer_headers(struct call *c, int status, const char *type, struct text body, struct text headers);
void call_nothing(struct call *c);                                                   /* 204 */
/* A whole problem+json. */
void problem_write(struct buf *out, err_t error, const struct problem *problem, bool chinese);
bool text_prefers_chinese(struct text accept_language);
extern const struct text security_headers_api, security_headers_hsts;

/* arguments.c: reading what was sent; on a mistake they answer with a problem and give false. */
enum argument_type { ARGUMENT_TEXT, ARGUMENT_NUMBER, ARGUMENT_WHOLE, ARGUMENT_BOOL, ARGUMENT_OBJECT, ARGUMENT_LIST,
		ARGUMENT_TIME };
struct argument { const char *name; enum argument_type type; bool needed; void *out; bool *given; };
bool call_read_json(struct call *c, const struct argument *arguments, size_t count);
struct text call_query(const struct call *c, const char *name);                      /* "" = not there */
bool call_query_time(struct call *c, const char *name, at_ms *out);                  /* AT_NONE = not there */
bool call_query_number(struct call *c, const char *name, uint64_t otherwise, uint64_t most, uint64_t *out);
/* Only these parameters may be there. */
bool call_query_known(struct call *c, const char *const *names);

/* Runs `work` on a worker, then `finish` on the loop. Fails the call with BUSY when the queue is full, or when its asker has his share
 * of it already. */
void call_work(struct call *c, void (*work)(struct call *c), void (*finish)(struct call *c));
/* For what follows on something that is done already: never refused. */
void call_work_owed(struct call *c, void (*work)(struct call *c), void (*finish)(struct call *c));
/* A finish that answers with c->error and c->problem, or 204. */
void finish_nothing(struct call *c);
void finish_out(struct call *c);
/* A line for the audit chain, written on a worker after the answer's content is settled; then `finish`. */
void call_audit(struct call *c, const char *what, const char *object, void (*finish)(struct call *c));

/* routes_passage.c */
size_t passages_body(struct call *c, const char *bytes, size_t size);
void passages_end(struct call *c);
void passages_gone(struct call *c);
void passages_room(struct server *s);
void passages_tick(struct server *s);
void passages_free_all(struct server *s);

/* sockets.c: WebSocket clients of /live */
void sockets_open(struct call *c);                 /* within begin */
void sockets_opened(struct server *s, struct peer *p);
void sockets_writable(struct server *s, struct peer *p);
void sockets_said(struct server *s, struct peer *p, struct text said);
void sockets_closed(struct server *s, struct peer *p);
void sockets_published(void *ctx, struct live_session *session, uint64_t seq, struct live_text *json);
void sockets_tick(struct server *s);
void sockets_free_all(struct server *s);

/* base_map.c */
err_t base_map_check(const json_t *base, struct problem *problem); /* JSON_FIELD */

/* routes_plan.c */
void plans_free_all(struct server *s);

/* web.c: the page */
err_t web_load(const char *dir, struct web **out, struct problem *problem);
void web_free(struct web *w);
void web_answer(struct server *s, struct peer *p);

/* routes.c */
extern const struct http_events server_http_events;

#endif
