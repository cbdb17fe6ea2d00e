/* server/sockets.c: the browsers that watch a session (WebSocket .../live).
 *
 * Each client gets a state first and then every delta after it, in order, none twice. A client that joins or lost
 * its place waits for the next state (one is asked for all who wait); when it comes with number N, the deltas after N
 * that are already out are replayed from live/, and from then on it gets what is published.
 *
 * Texts are shared: a client's queue holds counted references. Over SOCKET_WAITING_BYTES_MAX its queue is thrown away
 * and it waits for a state again; if it takes nothing for SOCKET_STUCK_S it is cut.
 */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX 320 /* a whole replay (256) and some */

struct client {
	struct client *next, *before;
	struct audience *audience;     /* NULL: on the free list of a server that stops */
	struct peer *peer;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	char name[ACCOUNT_NAME_BYTES];
	bool bearer;
	unsigned who;                  /* roles of the route */
	bool wants_state, opened;
	uint64_t since;                /* the last number sent or queued */
	bool has_since;
	struct live_text *queue[QUEUE_MAX];
	uint32_t first, count;
	size_t bytes;
	int64_t stuck_s;               /* seconds in which nothing left although something waits */
};

struct audience {
	struct audience *next;
	struct server *server;
	struct live_session *session;
	struct client *clients;
	uint64_t published_seq;
	bool published, state_asked;
	uint32_t count;
};

static void ask_state(struct audience *a);

/* ---- queues ---- */

static void queue_clear(struct client *k)
{
	while (k->count > 0) {
		live_text_drop(k->queue[k->first]);
		k->first = (k->first + 1) % QUEUE_MAX;
		k->count--;
	}
	k->bytes = 0;
}

static void lose_place(struct client *k)
{
	queue_clear(k);
	k->wants_state = true;
}

static void queue_put(struct client *k, struct live_text *json)
{
	size_t size = live_text_of(json).size;
	/* One text alone may be larger than the limit: a state of a large session must get through. */
	if (k->count == QUEUE_MAX || (k->count > 0 && k->bytes + size > SOCKET_WAITING_BYTES_MAX)) {
		lose_place(k);
		return;
	}
	k->queue[(k->first + k->count++) % QUEUE_MAX] = live_text_keep(json);
	k->bytes += size;
	if (k->opened)
		socket_ask_writable(k->peer);
}

static void replay(void *ctx, struct live_session *session, uint64_t seq, struct live_text *json)
{
	(void)session;
	struct client *k = ctx;
	queue_put(k, json);
	k->since = seq;
}

/* ---- states ---- */

/* The number of a state: its first "seq" (session ids cannot hold a quotation mark). */
static bool read_seq(struct text json, uint64_t *out)
{
	static const char name[] = "\"seq\":";
	const char *at = memmem(json.at, json.size < 400 ? json.size : 400, name, sizeof(name) - 1);
	if (at == NULL)
		return false;
	at += sizeof(name) - 1;
	size_t size = 0, left = json.size - (size_t)(at - json.at);
	while (left > 0 && *at == ' ') {
		at++;
		left--;
	}
	while (size < left && at[size] >= '0' && at[size] <= '9')
		size++;
	return text_to_u64((struct text){at, size}, out);
}

static void catch_up(struct client *k, struct live_text *json, uint64_t seq)
{
	struct audience *a = k->audience;
	k->wants_state = false;
	queue_put(k, json);
	k->since = seq;
	if (a->published && a->published_seq > seq && !live_replay(a->session, seq, replay, k))
		lose_place(k);
}

static void state_came(void *ctx, err_t error, struct live_text *json)
{
	struct audience *a = ctx;
	uint64_t seq = 0;
	a->state_asked = false;
	bool good = error == ERR_NONE && read_seq(live_text_of(json), &seq);
	bool again = false;
	for (struct client *k = a->clients; k != NULL; k = k->next) {
		if (!k->wants_state || !k->opened)
			continue;
		if (!good)
			socket_close(k->peer, 1013, error_row(error)->code);
		else
			catch_up(k, json, seq);
		again = again || (good && k->wants_state);
	}
	if (again)
		ask_state(a);
}

static void ask_state(struct audience *a)
{
	if (a->state_asked)
		return;
	a->state_asked = true;
	live_read_state(a->session, AT_NONE, state_came, a);
}

void sockets_published(void *ctx, struct live_session *session, uint64_t seq, struct live_text *json)
{
	struct server *s = ctx;
	struct audience *a = s->audiences;
	while (a != NULL && a->session != session)
		a = a->next;
	if (a == NULL)
		return;
	bool beat = text_starts(live_text_of(json), "{\"type\":\"beat\"");
	if (!beat) {
		a->published = true;
		a->published_seq = seq;
	}
	for (struct client *k = a->clients; k != NULL; k = k->next) {
		if (!k->opened || k->wants_state)
			continue;
		if (beat && k->count > 0)
			continue; /* it has enough to read */
		if (!beat && seq != k->since + 1) {
			lose_place(k);
			ask_state(a);
			continue;
		}
		queue_put(k, json);
		if (!beat)
			k->since = seq;
	}
}

/* ---- life ---- */

static struct audience *audience_of(struct server *s, struct live_session *session)
{
	struct audience *a = s->audiences;
	while (a != NULL && a->session != session)
		a = a->next;
	if (a != NULL)
		return a;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->server = s;
	a->session = session;
	a->next = s->audiences;
	s->audiences = a;
	return a;
}

static uint32_t client_count(const struct server *s)
{
	uint32_t count = 0;
	for (const struct audience *a = s->audiences; a != NULL; a = a->next)
		count += a->count;
	return count;
}

static uint32_t client_count_of(const struct server *s, const char *name)
{
	uint32_t count = 0;
	for (const struct audience *a = s->audiences; a != NULL; a = a->next)
		for (const struct client *k = a->clients; k != NULL; k = k->next)
			count += strcmp(k->name, name) == 0;
	return count;
}

static struct client *client_new(struct audience *a, struct call *c)
{
	struct client *k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->audience = a;
	k->peer = c->peer;
	k->who = c->route->who;
	k->bearer = c->cookie.size == 0;
	snprintf(k->secret, sizeof(k->secret), "%.*s", (int)c->cookie.size, c->cookie.at);
	memcpy(k->name, c->who.name, sizeof(k->name));
	k->wants_state = true;
	k->next = a->clients;
	if (a->clients != NULL)
		a->clients->before = k;
	a->clients = k;
	a->count++;
	return k;
}

static void client_free(struct client *k)
{
	queue_clear(k);
	if (k->before != NULL)
		k->before->next = k->next;
	else
		k->audience->clients = k->next;
	if (k->next != NULL)
		k->next->before = k->before;
	k->audience->count--;
	free(k);
}

void sockets_open(struct call *c)
{
	static const char *const names[] = {"since", NULL};
	uint64_t since;
	struct peer *p = c->peer;
	if (!request_head(p)->upgrade) {
		call_fail(c, ERR_HTTP_REQUEST, "Upgrade", "this address is a WebSocket");
		return;
	}
	if (!call_query_known(c, names) || !call_query_number(c, "since", UINT64_MAX, UINT64_MAX - 1, &since))
		return;
	bool room = client_count(c->server) < SOCKETS_MAX && client_count_of(c->server, c->who.name) < SOCKETS_OF_ONE_MAX;
	struct audience *a = room ? audience_of(c->server, c->session) : NULL;
	struct client *k = a == NULL ? NULL : client_new(a, c);
	if (k == NULL) {
		call_fail(c, ERR_BUSY, NULL, "too many browsers are watching");
		return;
	}
	k->has_since = call_query(c, "since").size > 0;
	k->since = since;
	request_upgrade(p);
	c->peer = NULL;
	peer_set_own(p, k);
	call_drop(c);
}

void route_live(struct call *c) { sockets_open(c); }

void sockets_opened(struct server *s, struct peer *p)
{
	(void)s;
	struct client *k = peer_own(p);
	k->opened = true;
	k->wants_state = !(k->has_since && live_replay(k->audience->session, k->since, replay, k));
	if (k->wants_state)
		ask_state(k->audience);
}

void sockets_writable(struct server *s, struct peer *p)
{
	(void)s;
	struct client *k = peer_own(p);
	k->stuck_s = 0;
	if (k->count > 0) {
		struct live_text *json = k->queue[k->first];
		k->first = (k->first + 1) % QUEUE_MAX;
		k->count--;
		k->bytes -= live_text_of(json).size;
		socket_send(p, live_text_of(json));
		live_text_drop(json);
	}
	if (k->count > 0)
		socket_ask_writable(p);
	else if (k->wants_state)
		ask_state(k->audience);
}

/* Nothing is asked for over this socket yet; what is said counts as a sign of life only. */
void sockets_said(struct server *s, struct peer *p, struct text said)
{
	(void)s;
	(void)p;
	(void)said;
}

void sockets_closed(struct server *s, struct peer *p)
{
	(void)s;
	client_free(peer_own(p));
}

/* Once a second: who is stuck, and who may not watch any more. */
void sockets_tick(struct server *s)
{
	for (struct audience *a = s->audiences; a != NULL; a = a->next)
		for (struct client *k = a->clients, *next; k != NULL; k = next) {
			next = k->next;
			struct principal who;
			k->stuck_s = k->count > 0 || k->wants_state ? k->stuck_s + 1 : 0;
			if (k->stuck_s > SOCKET_STUCK_S)
				socket_cut(k->peer);
			else if (!k->bearer && (account_who_cookie(s->accounts, text_of(k->secret), &who) != ERR_NONE ||
			                        (k->who & (unsigned)who.role) == 0))
				socket_close(k->peer, 4401, "signed out");
		}
}

void sockets_free_all(struct server *s)
{
	while (s->audiences != NULL) {
		struct audience *a = s->audiences;
		s->audiences = a->next;
		free(a);
	}
}
