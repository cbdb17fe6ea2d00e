/* server/routes.c: from a request to its handler: which route, who asks, may they, is the body what it should be.
 * The right to call is checked before a byte of the body is read. */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CALL_BODY_BYTES_MAX ((size_t)64 << 20)
#define API "/api/"

/* ---- calls ---- */

struct call *call_new(struct server *s, struct peer *p)
{
	struct call *c = s->calls_free;
	if (c == NULL) {
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return NULL;
		buf_init(&c->body, CALL_BODY_BYTES_MAX);
		buf_init(&c->out, ANSWER_COPIED_BYTES_MAX);
	} else {
		s->calls_free = c->next;
	}
	struct buf body = c->body, out = c->out;
	memset(c, 0, sizeof(*c));
	c->body = body;
	c->out = out;
	c->server = s;
	c->peer = p;
	c->holds = 1;
	c->cookie = TEXT("");
	memcpy(c->address, peer_address(p), sizeof(c->address));
	return c;
}

void call_hold(struct call *c) { c->holds++; }

static void buf_rest(struct buf *b)
{
	if (b->capacity > 65536)
		buf_free(b);
	else
		buf_reset(b);
}

static void document_gone(struct server *s, struct call *c)
{
	struct call **at = &s->documents;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	s->bodies_bytes -= (size_t)c->body_counted;
}

void call_drop(struct call *c)
{
	if (--c->holds > 0)
		return;
	struct server *s = c->server;
	if (c->body_counted > 0)
		document_gone(s, c);
	json_decref(c->json);
	c->json = NULL;
	buf_rest(&c->body);
	buf_rest(&c->out);
	c->next = s->calls_free;
	s->calls_free = c;
}

void calls_end(struct server *s)
{
	while (s->calls_free != NULL) {
		struct call *c = s->calls_free;
		s->calls_free = c->next;
		buf_free(&c->body);
		buf_free(&c->out);
		free(c);
	}
}

/* ---- who asks ---- */

static struct text cookie_value(struct text cookie, const char *name)
{
	size_t size = strlen(name), at = 0;
	while (at < cookie.size) {
		while (at < cookie.size && (cookie.at[at] == ' ' || cookie.at[at] == ';'))
			at++;
		const char *end = at < cookie.size ? memchr(cookie.at + at, ';', cookie.size - at) : NULL;
		size_t to = end == NULL ? cookie.size : (size_t)(end - cookie.at);
		if (to - at > size && memcmp(cookie.at + at, name, size) == 0 && cookie.at[at + size] == '=')
			return (struct text){cookie.at + at + size + 1, to - at - size - 1};
		at = to;
	}
	return TEXT("");
}

/* The request comes from a page of ours: same host as the one that was asked. */
static bool own_origin(const struct request_head *h)
{
	const char *after = memmem(h->origin.at, h->origin.size, "://", 3);
	if (after == NULL)
		return false;
	struct text host = {after + 3, h->origin.size - (size_t)(after + 3 - h->origin.at)};
	return host.size == h->host.size && strncasecmp(host.at, h->host.at, host.size) == 0;
}

static err_t who_asks(struct call *c, const struct request_head *h)
{
	struct text bearer = h->authorization, secret = cookie_value(h->cookie, "cordon");
	err_t error = ERR_SIGN_IN_NEEDED;
	if (bearer.size > 7 && strncasecmp(bearer.at, "Bearer ", 7) == 0) {
		error = account_who_token(c->server->accounts, (struct text){bearer.at + 7, bearer.size - 7}, &c->who);
	} else if (secret.size > 0) {
		error = account_who_cookie(c->server->accounts, secret, &c->who);
		if (error == ERR_NONE)
			c->cookie = secret;
	}
	if (error == ERR_NONE)
		peer_known(c->peer);
	return error;
}

/* A browser sends the cookie along with what other sites make it send: only our own page may change anything or open a
 * socket. */
static bool cross_site(const struct call *c, const struct request_head *h)
{
	if (h->origin.size > 0)
		return !own_origin(h);
	bool changes = h->method != HTTP_GET && h->method != HTTP_HEAD;
	return changes && c->cookie.size > 0 && !h->own_page;
}

static void write_refusals(void *ctx)
{
	struct server *s = ctx;
	audit_refusals_write(s->accounts);
}

static void wrote_refusals(void *ctx) { (void)ctx; }

/* What somebody known was refused goes into the audit chain. With a full queue account/ writes it a little later. */
static void note_refused(struct call *c, err_t error)
{
	char object[128];
	snprintf(object, sizeof(object), "%s %s", http_method_word(c->route->method), c->route->path);
	if (audit_refused(c->server->accounts, c->who.name, c->address, object, error_row(error)->code))
		work_add(c->server->work, write_refusals, wrote_refusals, c->server);
}

static void refuse(struct call *c, err_t error, const char *field, const char *why)
{
	if (c->who.name[0] != '\0')
		note_refused(c, error);
	call_fail(c, error, field, "%s", why);
}

static bool may_before_change(const struct route *r)
{
	return r->handler == route_me || r->handler == route_my_password || r->handler == route_sign_out;
}

static bool check_rights(struct call *c, const struct request_head *h)
{
	bool changes = h->method != HTTP_GET && h->method != HTTP_HEAD;
	if (c->route->who != ANYONE) {
		err_t error = who_asks(c, h);
		if (error != ERR_NONE) {
			call_fail(c, error, NULL, NULL);
			return false;
		}
	}
	if (c->route->handler == route_health)
		who_asks(c, h); /* no need to be known, but whoever is hears more */
	if ((changes || c->route->answer == ANSWER_SOCKET) && cross_site(c, h)) {
		refuse(c, ERR_CROSS_SITE, NULL, "");
		return false;
	}
	if (c->route->who != ANYONE && (c->route->who & (unsigned)c->who.role) == 0) {
		char why[32];
		snprintf(why, sizeof(why), "you are %s", role_word(c->who.role));
		refuse(c, ERR_FORBIDDEN, NULL, why);
		return false;
	}
	/* A password that somebody else has set opens nothing but its own change. */
	if (c->route->who != ANYONE && c->who.must_change_password && !may_before_change(c->route)) {
		refuse(c, ERR_PASSWORD_CHANGE, NULL, "");
		return false;
	}
	return true;
}

/* ---- what they ask for ---- */

static bool check_session(struct call *c)
{
	if (strncmp(c->route->path, "/api/v1/sessions/{id}", 21) != 0)
		return true;
	c->session = live_find_session(c->server->live, text_of(c->parameter[0]));
	bool of_other = c->who.role == DEVICE && c->who.session[0] != '\0' && strcmp(c->who.session, c->parameter[0]) != 0;
	if (c->session == NULL) {
		call_fail(c, ERR_SESSION_UNKNOWN, "id", NULL);
		return false;
	}
	if (of_other) {
		refuse(c, ERR_FORBIDDEN, "id", "this token belongs to another session");
		return false;
	}
	return true;
}

static size_t bodies_of(const struct server *s, uint64_t asker)
{
	size_t bytes = 0;
	for (const struct call *c = s->documents; c != NULL; c = c->next)
		bytes += c->asker == asker ? (size_t)c->body_counted : 0;
	return bytes;
}

static bool check_body(struct call *c, const struct request_head *h)
{
	const struct route *r = c->route;
	if (h->body_bytes == 0 && r->body == BODY_NONE)
		return true;
	if (h->body_bytes > r->limit) {
		call_fail(c, ERR_TOO_LARGE, NULL, "at most %lld bytes are taken here", (long long)r->limit);
		return false;
	}
	if (h->is_packed) {
		call_fail(c, ERR_HTTP_TYPE, "Content-Encoding", "bodies are taken as they are, not packed");
		return false;
	}
	if (!body_type_fits(r->body, h->content_type)) {
		call_fail(c, ERR_HTTP_TYPE, "Content-Type", "%s is needed here", body_type_word(r->body));
		return false;
	}
	if (r->body == BODY_NDJSON || r->body == BODY_CSV)
		return true;
	if (h->body_bytes <= BODY_UNCOUNTED_BYTES)
		return true;
	if (c->server->bodies_bytes + (size_t)h->body_bytes > BODIES_BYTES_MAX ||
	    bodies_of(c->server, c->asker) + (size_t)h->body_bytes > BODIES_OF_ONE_BYTES_MAX) {
		call_fail(c, ERR_BUSY, NULL, "too many large documents are being received");
		return false;
	}
	c->server->bodies_bytes += (size_t)h->body_bytes;
	c->body_counted = h->body_bytes;
	c->next = c->server->documents;
	c->server->documents = c;
	return true;
}

static bool find_route(struct call *c, const struct request_head *h)
{
	struct text said[ROUTE_PARAMETERS_MAX] = {{"", 0}, {"", 0}};
	unsigned allowed;
	c->route = route_find(h->method, h->path, said, &allowed);
	if (c->route == NULL) {
		c->numbers[0] = allowed;
		call_fail(c, allowed != 0 ? ERR_HTTP_METHOD : ERR_NOT_FOUND, NULL, NULL);
		return false;
	}
	for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
		if (said[i].size >= sizeof(c->parameter[i])) {
			call_fail(c, ERR_NOT_FOUND, NULL, NULL);
			return false;
		}
		memcpy(c->parameter[i], said[i].at, said[i].size);
		c->parameter[i][said[i].size] = '\0';
	}
	return true;
}

/* ---- events ---- */

static void begin(void *ctx, struct peer *p)
{
	struct server *s = ctx;
	const struct request_head *h = request_head(p);
	if (!text_starts(h->path, API)) {
		web_answer(s, p);
		return;
	}
	struct call *c = call_new(s, p);
	if (c == NULL)
		return; /* body_end answers: no memory */
	peer_set_own(p, c);
	c->chinese = text_prefers_chinese(h->accept_language);
	if (!find_route(c, h) || !check_rights(c, h))
		return;
	c->asker = text_hash(text_of(c->who.name[0] != '\0' ? c->who.name : c->address), 0);
	if (!check_session(c) || !check_body(c, h))
		return;
	if (c->route->answer == ANSWER_SOCKET)
		sockets_open(c);
	else if (c->route->body == BODY_NDJSON || c->route->body == BODY_CSV)
		c->route->handler(c);
}

static size_t body(void *ctx, struct peer *p, const char *bytes, size_t size)
{
	(void)ctx;
	struct call *c = peer_own(p);
	if (c == NULL || c->answered)
		return size;
	if (c->passages != NULL)
		return passages_body(c, bytes, size);
	buf_add(&c->body, bytes, size);
	if (c->body.error != ERR_NONE)
		call_fail(c, c->body.error, NULL, NULL);
	return size;
}

static void body_end(void *ctx, struct peer *p)
{
	struct server *s = ctx;
	struct call *c = peer_own(p);
	if (c == NULL) {
		struct answer a = {.status = 503, .type = NULL, .body = TEXT(""), .headers = TEXT("Retry-After: 5\r\n")};
		(void)s;
		request_answer(p, &a);
	} else if (c->answered) {
		return;
	} else if (c->passages != NULL) {
		passages_end(c);
	} else {
		c->route->handler(c);
	}
}

static void refused(void *ctx, struct peer *p, err_t error, const char *detail)
{
	struct server *s = ctx;
	struct call *c = peer_own(p);
	if (c == NULL) {
		c = call_new(s, p);
		if (c == NULL)
			return;
		peer_set_own(p, c);
		c->chinese = text_prefers_chinese(request_head(p)->accept_language);
		c->numbers[0] = 1u << HTTP_GET | 1u << HTTP_HEAD | 1u << HTTP_POST | 1u << HTTP_PUT | 1u << HTTP_DELETE;
	}
	call_fail(c, error, NULL, "%s", detail);
}

static void end(void *ctx, struct peer *p)
{
	(void)ctx;
	struct call *c = peer_own(p);
	if (c == NULL)
		return;
	if (c->passages != NULL)
		passages_gone(c);
	c->peer = NULL;
	c->cookie = TEXT("");
	call_drop(c);
}

static void socket_opened(void *ctx, struct peer *p) { sockets_opened(ctx, p); }
static void socket_writable(void *ctx, struct peer *p) { sockets_writable(ctx, p); }
static void socket_said(void *ctx, struct peer *p, struct text said) { sockets_said(ctx, p, said); }
static void socket_closed(void *ctx, struct peer *p) { sockets_closed(ctx, p); }

const struct http_events server_http_events = {
	.begin = begin, .body = body, .body_end = body_end, .refused = refused, .end = end, .socket_opened = socket_opened,
	.socket_writable = socket_writable, .socket_said = socket_said, .socket_closed = socket_closed,
};
