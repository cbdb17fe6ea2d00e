/* fuzz/rig.c: see rig.h. */
#include "rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hold.h"
#include "memory_stream.h"
#include "rig_plan.h"

#define INPUTS_A_LIFE 400       /* then the folder has grown enough */
#define ROUNDS_MAX 4000
#define BATCHES 4               /* so few, of so few records, that uploads wait for room */

struct rig {
	struct server server;
	struct mqtt_carrier *mqtt;
	struct listener http;
	char dir[64];
	struct { at_ms now; int64_t ns; } clock;
	uint32_t inputs;
	struct live_session *session;
	uint32_t plan_version;
	bool opened;
};

static const char letters[] = "vopade";
static char secrets[6][ACCOUNT_SECRET_CHARS + 1];

/* ---- secrets of one letter ---- */

err_t __real_account_who_cookie(struct accounts *a, struct text secret, struct principal *out);
err_t __real_account_who_token(struct accounts *a, struct text secret, struct principal *out);
err_t __wrap_account_who_cookie(struct accounts *a, struct text secret, struct principal *out);
err_t __wrap_account_who_token(struct accounts *a, struct text secret, struct principal *out);

static struct text whole_secret(struct text secret)
{
	const char *at = secret.size == 1 && secret.at[0] != '\0' ? strchr(letters, secret.at[0]) : NULL;
	return at == NULL ? secret : text_of(secrets[at - letters]);
}

err_t __wrap_account_who_cookie(struct accounts *a, struct text secret, struct principal *out)
{
	return __real_account_who_cookie(a, whole_secret(secret), out);
}

err_t __wrap_account_who_token(struct accounts *a, struct text secret, struct principal *out)
{
	return __real_account_who_token(a, whole_secret(secret), out);
}

/* ---- birth ---- */

static void good(err_t error, const char *what)
{
	if (error != ERR_NONE)
		fprintf(stderr, "%s: %s\n", what, error_row(error)->code);
	hold(error == ERR_NONE, what);
}

static at_ms clock_now(void *self) { return ((struct rig *)self)->clock.now; }
static int64_t clock_ns(void *self) { return ((struct rig *)self)->clock.ns; }
static void wake(void *ctx) { (void)ctx; }

static void room(void *ctx)
{
	struct rig *r = ctx;
	passages_room(&r->server);
	if (r->mqtt != NULL)
		mqtt_carrier_room(r->mqtt);
}

static void each_second(void *ctx) { sockets_tick(ctx); }
static void each_moment(void *ctx) { passages_tick(ctx); }

static void make_people(struct rig *r)
{
	static const struct { const char *name; enum role role; } people[] = {{"vera", VIEWER}, {"otto", OPERATOR}, {"pia", PLANNER},
		{"admin", ADMIN}};
	struct accounts *a = r->server.accounts;
	struct principal who;
	char id[17];
	int wait_s;
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
		struct text name = text_of(people[i].name), password = TEXT("a good long password");
		good(people[i].role == ADMIN ? account_set_password(a, name, NULL, password, TEXT(""))
		                             : account_new(a, name, people[i].role, password), "an account is made");
		good(account_keep_password(a, name), "a password is kept");
		good(account_sign_in(a, name, password, "192.0.2.1", secrets[i], &who, &wait_s), "somebody signs in");
	}
	good(account_token_new(a, TEXT(""), TEXT("*"), TEXT("all"), id, secrets[4]), "a token is made");
	good(account_token_new(a, TEXT("s"), TEXT("S*,T1"), TEXT("some"), id, secrets[5]), "a token is made");
}

static void session_opened(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct rig *r = ctx;
	(void)session;
	if (error != ERR_NONE)
		fprintf(stderr, "%s %s\n", problem->field, problem->detail);
	good(error, "a session opens");
	r->opened = true;
}

static void open_session(struct rig *r, const char *id, bool exercise)
{
	struct live_open what = {.id = text_of(id), .plan = text_of(rig_plan), .by = TEXT("pia"), .exercise = exercise, .speed = 1,
		.at = AT_NONE};
	r->opened = false;
	live_open_session(r->server.live, &what, session_opened, r);
	rig_quiet(r);
	hold(r->opened, "a session opens in time");
}

static void make_web(const struct rig *r, char out[96])
{
	static const struct { const char *name, *bytes; } files[] = {{"index.html", "<!doctype html><title>Cordon</title>"},
		{"assets/a.js", "export const a = 1;\n"}, {"assets/a.js.gz", "packed"}};
	snprintf(out, 96, "%s/web", r->dir);
	char path[160];
	mkdir(out, 0700);
	snprintf(path, sizeof(path), "%s/assets", out);
	mkdir(path, 0700);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", out, files[i].name);
		FILE *f = fopen(path, "w");
		hold(f != NULL && fputs(files[i].bytes, f) >= 0 && fclose(f) == 0, "a page is written");
	}
}

static void nothing_closed(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	(void)ctx;
	(void)error;
	(void)problem;
	(void)session;
}

static struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct server *s = &r->server;
	char web[96];
	hold(r != NULL, "memory");
	snprintf(r->dir, sizeof(r->dir), "%s/cordon-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	hold(mkdtemp(r->dir) != NULL, "a folder is made");
	r->clock.now = RIG_T0;
	r->clock.ns = 1000000000;
	struct clock clock = {clock_now, clock_ns, r};
	char password[ACCOUNT_PASSWORD_BYTES], data[80];
	snprintf(data, sizeof(data), "%s/data", r->dir);
	make_web(r, web);
	buf_init(&s->openapi, (size_t)1 << 20);
	buf_init(&s->ca, 16384);
	buf_add_str(&s->ca, "-----BEGIN CERTIFICATE-----\n");
	snprintf(s->version, sizeof(s->version), "fuzz");
	s->tls = true;
	good(web_load(web, &s->web, NULL), "the page is read");
	good(server_write_openapi(&s->openapi), "the description is written");
	good(store_open(data, &s->store, NULL), "the store opens");
	good(accounts_open(s->store, clock, password, &s->accounts, NULL), "the accounts open");
	make_people(r);
	struct transport_settings transport = {.http = &server_http_events, .woken = NULL, .ctx = s};
	good(transport_new(&transport, &s->transport, NULL), "the transport is made");
	good(transport_every(s->transport, 1000, each_second, s), "a timer is set");
	good(transport_every(s->transport, 100, each_moment, s), "a timer is set");
	good(work_new(0, WORK_WAITING_MAX, wake, r, &s->work), "the workers are made");
	struct live_settings live = {.store = s->store, .clock = clock, .wake = wake, .room = room, .ctx = r, .by_hand = true,
		.batches = BATCHES, .batch_records = 8, .publish_ms = 4000};
	good(live_new(&live, &s->live, NULL), "live is made");
	live_subscribe(s->live, sockets_published, s);
	struct mqtt_carrier_settings mqtt = {.transport = s->transport, .live = s->live, .accounts = s->accounts, .clock = clock,
		.listen = "127.0.0.1:0"};
	int port;
	good(mqtt_carrier_start(&mqtt, &port, &r->mqtt, NULL), "MQTT starts");
	r->http = (struct listener){.http = true};
	open_session(r, "s", false);
	open_session(r, "drill", true);
	open_session(r, "closed", false);
	live_close_session(live_find_session(s->live, TEXT("closed")), TEXT("otto"), TEXT("over"), nothing_closed, r);
	rig_quiet(r);
	r->session = live_find_session(s->live, TEXT("s"));
	struct live_session_info info;
	live_session_info(r->session, &info);
	r->plan_version = info.plan_version;
	return r;
}

/* ---- death ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void rig_free(struct rig *r)
{
	struct server *s = &r->server;
	mqtt_carrier_stop(r->mqtt);
	work_step(s->work);
	work_free(s->work);
	s->work = NULL;
	transport_close(s->transport);
	live_free(s->live);
	transport_free(s->transport);
	mqtt_carrier_free(r->mqtt);
	passages_free_all(s);
	sockets_free_all(s);
	plans_free_all(s);
	accounts_close(s->accounts);
	store_close(s->store);
	web_free(s->web);
	buf_free(&s->openapi);
	buf_free(&s->ca);
	calls_end(s);
	nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(r);
}

/* Everybody can still sign in and passages are still taken. */
static bool is_fit(struct rig *r)
{
	struct principal who;
	struct live_session_info info;
	static const enum role roles[] = {VIEWER, OPERATOR, PLANNER, ADMIN};
	for (size_t i = 0; i < 4; i++)
		if (account_who_cookie(r->server.accounts, (struct text){&letters[i], 1}, &who) != ERR_NONE || who.role != roles[i])
			return false;
	for (size_t i = 4; i < 6; i++)
		if (account_who_token(r->server.accounts, (struct text){&letters[i], 1}, &who) != ERR_NONE)
			return false;
	live_session_info(r->session, &info);
	return !info.closed && info.plan_version == r->plan_version && live_session_count(r->server.live) < 8;
}

static struct rig *the_rig;

static void at_end(void)
{
	if (the_rig != NULL)
		rig_free(the_rig);
	the_rig = NULL;
	for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++)
		buf_free(&memory_streams[i].heard);
}

struct rig *rig_ready(void)
{
	static bool is_told;
	if (!is_told) {
		is_told = true;
		atexit(at_end);
		for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++)
			buf_init(&memory_streams[i].heard, (size_t)256 << 20);
	}
	if (the_rig != NULL && (the_rig->inputs >= INPUTS_A_LIFE || !is_fit(the_rig))) {
		rig_free(the_rig);
		the_rig = NULL;
	}
	if (the_rig == NULL)
		the_rig = rig_new();
	the_rig->inputs++;
	return the_rig;
}

/* ---- bytes ---- */

int rig_open(struct rig *r, bool mqtt)
{
	for (int i = 0; i < RIG_CONNECTIONS_MAX; i++) {
		struct memory_stream *m = &memory_streams[i];
		if (m->is_taken)
			continue;
		struct buf heard = m->heard;
		*m = (struct memory_stream){.heard = heard, .is_taken = true};
		m->peer = peer_begin(r->server.transport, mqtt ? &r->server.transport->listeners[0] : &r->http, i, "192.0.2.7");
		hold(m->peer != NULL, "memory");
		return i;
	}
	return -1;
}

static uint64_t moved(const struct rig *r)
{
	uint64_t sum = 0;
	struct live_health health;
	live_health(r->server.live, &health);
	for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++)
		sum += memory_streams[i].moved + (memory_streams[i].peer == NULL);
	return sum + health.committed + health.commits;
}

static void round_of_all(struct rig *r, size_t window)
{
	struct server *s = &r->server;
	for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++) {
		struct memory_stream *m = &memory_streams[i];
		if (m->peer == NULL)
			continue;
		m->window = m->is_stuck ? 0 : window;
		bool in = (m->interest & EPOLLIN) != 0 && (m->offered.size > 0 || m->is_ended);
		uint32_t what = (in ? (uint32_t)EPOLLIN : 0u) | (m->interest & (uint32_t)EPOLLOUT);
		if (m->is_ended && !in)
			what |= EPOLLHUP;
		if (what != 0)
			peer_ready(m->peer, what);
	}
	transport_settle(s->transport);
	work_step(s->work);
	work_poll(s->work);
	live_step_writer(s->live);
	live_step_keeper(s->live);
	live_poll(s->live);
	passages_tick(s);
}

static void rounds(struct rig *r, size_t window, uint32_t still_max)
{
	uint32_t still = 0;
	for (uint32_t n = 0; still < still_max; n++) {
		uint64_t before = moved(r);
		round_of_all(r, window);
		still = moved(r) == before && link_empty(&r->server.transport->again) ? still + 1 : 0;
		hold(n < ROUNDS_MAX, "the server comes to rest");
	}
}

void rig_stick(struct rig *r, int connection)
{
	(void)r;
	memory_streams[connection].is_stuck = !memory_streams[connection].is_stuck;
}

void rig_leave(struct rig *r, int connection)
{
	struct memory_stream *m = &memory_streams[connection];
	m->is_ended = true;
	if (m->peer != NULL)
		peer_ready(m->peer, EPOLLERR);
	transport_settle(r->server.transport);
}

void rig_quiet(struct rig *r) { rounds(r, SIZE_MAX, 3); }

size_t rig_say(struct rig *r, int connection, struct text bytes, size_t piece, size_t window)
{
	struct memory_stream *m = &memory_streams[connection];
	size_t at = 0;
	while (at < bytes.size && m->peer != NULL) {
		size_t now = bytes.size - at < piece ? bytes.size - at : piece;
		m->offered = (struct text){bytes.at + at, now};
		round_of_all(r, window);
		if (m->offered.size > 0 && m->peer != NULL)
			rounds(r, window, 3);
		at += now - m->offered.size;
		if (m->offered.size == now)
			break; /* it is not read */
	}
	m->offered = TEXT("");
	return at;
}

void rig_seconds(struct rig *r, int count)
{
	struct transport *t = r->server.transport;
	for (int n = 0; n < count; n++) {
		r->clock.now += 1000;
		r->clock.ns += 1000000000;
		transport_second(t);
		for (uint32_t i = 0; i < t->every_count; i++)
			t->every[i].fn(t->every[i].ctx);
		transport_settle(t);
	}
	rig_quiet(r);
}

bool rig_is_open(const struct rig *r, int connection)
{
	(void)r;
	return memory_streams[connection].peer != NULL;
}

struct text rig_heard(const struct rig *r, int connection)
{
	(void)r;
	const struct buf *heard = &memory_streams[connection].heard;
	return (struct text){heard->at == NULL ? "" : heard->at, heard->size};
}

void rig_end(struct rig *r)
{
	struct transport_counts counts;
	struct live_health health;
	struct mqtt_counts mqtt;
	for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++)
		memory_streams[i].is_ended = true;
	rig_quiet(r);
	transport_counts(r->server.transport, &counts);
	live_health(r->server.live, &health);
	mqtt_carrier_counts(r->mqtt, &mqtt);
	hold(counts.peers == 0 && counts.sockets == 0 && mqtt.connections == 0, "every connection is closed");
	hold(r->server.bodies_bytes == 0, "every body is given back");
	hold(r->server.passages_active == NULL, "every upload is over");
	hold(health.batches_free == BATCHES && health.writable, "every batch is free again");
	for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++)
		memory_streams[i].is_taken = false;
	for (size_t i = 0; i < MEMORY_STREAMS_MAX; i++)
		if (memory_streams[i].heard.capacity > 1u << 20)
			buf_free(&memory_streams[i].heard);
		else
			buf_reset(&memory_streams[i].heard);
}

/* ---- answers ---- */

static bool take_number(const char **at, const char *end, const char *before, uint64_t *out)
{
	size_t size = strlen(before);
	const char *p = memmem(*at, (size_t)(end - *at), before, size);
	if (p == NULL)
		return false;
	p += size;
	size_t digits = 0;
	while (p + digits < end && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	*at = p;
	return text_to_u64((struct text){p, digits}, out);
}

static void hold_json(struct text body)
{
	json_error_t why;
	json_t *json = json_loadb(body.at, body.size, JSON_DECODE_ANY, &why);
	if (json == NULL)
		fprintf(stderr, "%s in %.*s\n", why.text, (int)(body.size < 2000 ? body.size : 2000), body.at);
	hold(json != NULL, "an answer is JSON");
	json_decref(json);
}

/* Frames of a server: not masked, text or ping or close, the text JSON. */
static void hold_frames(struct text heard)
{
	const uint8_t *at = (const uint8_t *)heard.at, *end = at + heard.size;
	while (end - at >= 2) {
		uint64_t size = at[1] & 0x7F;
		size_t head = size == 126 ? 4 : size == 127 ? 10 : 2;
		unsigned kind = at[0] & 0x0F;
		hold((at[0] & 0xF0) == 0x80 && (at[1] & 0x80) == 0 && (kind == 1 || kind >= 8), "a frame is one of ours");
		if ((size_t)(end - at) < head)
			return;
		if (size >= 126)
			for (size_t i = 2, n = (size = 0, head); i < n; i++)
				size = size << 8 | at[i];
		if (size > (uint64_t)(end - at) - head)
			return;
		if (kind == 1)
			hold_json((struct text){(const char *)at + head, size});
		at += head + size;
	}
}

void rig_hold_http(struct text heard, bool any_head)
{
	const char *at = heard.at, *end = heard.at + heard.size;
	while (at < end) {
		uint64_t status = 0, length = 0;
		const char *head_end = memmem(at, (size_t)(end - at), "\r\n\r\n", 4), *scan = at;
		hold(end - at < 12 || memcmp(at, "HTTP/1.1 ", 9) == 0, "an answer begins as one");
		if (head_end == NULL)
			return; /* the client was gone before all of it was out */
		hold(take_number(&scan, head_end, "HTTP/1.1 ", &status) && status >= 100 && status < 600, "a status");
		hold(status != 500, "nothing is our mistake");
		scan = at;
		at = head_end + 4;
		if (status == 101) {
			hold_frames((struct text){at, (size_t)(end - at)});
			return;
		}
		bool has = take_number(&scan, head_end + 2, "Content-Length: ", &length);
		hold(has == (status != 100 && status != 204 && status != 304), "an answer says its length");
		if (any_head || length > (size_t)(end - at))
			return;
		if (length > 0 && (at[0] == '{' || at[0] == '['))
			hold_json((struct text){at, length});
		at += length;
	}
}
