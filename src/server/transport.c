/* server/transport.c: the loop, the listeners, and connections from accept to close.
 *
 * One turn: wait for readiness, let each ready peer read and write what it can, look again at those who asked for it,
 * close the dead, run what is due. A peer is closed only at the end of a turn, so no event handler ever holds one that
 * is gone.
 */
#include "server/transport_inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define READS_A_TURN 8 /* of one peer, so that a fast sender does not starve the others */
#define ACCEPTS_A_TURN 64
#define UNSENT_BYTES 131072 /* that the kernel keeps of an answer, beyond what is on its way */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void transport_date(struct transport *t)
{
	time_t now = time(NULL);
	struct tm tm;
	gmtime_r(&now, &tm);
	strftime(t->date, sizeof(t->date), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
}

/* ---- peers ---- */

/* Large buffers go back to the system, small ones wait for the next user. */
static void buf_rest(struct buf *b)
{
	if (b->capacity > 16384)
		buf_free(b);
	else
		buf_reset(b);
}

static void peer_clear(struct peer *p)
{
	struct transport *t = p->t;
	struct buf in = p->in, head = p->head_text, out = p->out, message = p->message;
	memset(p, 0, sizeof(*p));
	p->t = t;
	p->in = in;
	p->head_text = head;
	p->out = out;
	p->message = message;
	buf_rest(&p->in);
	buf_rest(&p->head_text);
	buf_rest(&p->out);
	buf_rest(&p->message);
	link_init(&p->link);
	link_init(&p->again);
	link_init(&p->idle);
}

static struct peer *peer_new(struct transport *t)
{
	struct peer *p;
	if (link_empty(&t->peers_free)) {
		p = calloc(1, sizeof(*p));
		if (p == NULL)
			return NULL;
		p->t = t;
		buf_init(&p->in, (size_t)READ_BYTES + RAW_KEPT_BYTES_MAX);
		buf_init(&p->head_text, HEAD_BYTES_MAX);
		buf_init(&p->out, ANSWER_COPIED_BYTES_MAX);
		buf_init(&p->message, SOCKET_FRAME_BYTES_MAX);
	} else {
		p = LINK_OWNER(t->peers_free.next, struct peer, link);
		link_remove(&p->link);
	}
	peer_clear(p);
	link_add(&t->peers, &p->link);
	t->counts.peers++;
	return p;
}

static void peer_drop_buffers(struct peer *p)
{
	buf_free(&p->in);
	buf_free(&p->head_text);
	buf_free(&p->out);
	buf_free(&p->message);
}

static void peer_free(struct peer *p)
{
	struct transport *t = p->t;
	switch (p->kind) {
	case PEER_HTTP: http_gone(p); break;
	case PEER_SOCKET: socket_gone(p); break;
	case PEER_RAW:
		if (p->opened)
			p->listener->raw->closed(p->listener->raw_ctx, p);
		break;
	}
	t->of_address[p->slot]--;
	stream_close(p);
	link_remove(&p->link);
	link_remove(&p->again);
	link_remove(&p->idle);
	peer_clear(p);
	link_add(&t->peers_free, &p->link);
	t->counts.peers--;
}

void peer_again(struct peer *p)
{
	if (link_empty(&p->again) && !p->dead)
		link_add(&p->t->again, &p->again);
}

void peer_dies(struct peer *p)
{
	if (p->dead)
		return;
	p->dead = true;
	link_remove(&p->idle);
	link_remove(&p->again);
	link_add(&p->t->dying, &p->again);
}

void peer_known(struct peer *p) { link_remove(&p->idle); }

void peer_rests(struct peer *p)
{
	link_remove(&p->idle);
	if (!p->dead)
		link_add(&p->t->idle, &p->idle);
}

struct peer *peer_idlest(const struct transport *t)
{
	return link_empty(&t->idle) ? NULL : LINK_OWNER(t->idle.next, struct peer, idle);
}

void peer_watch(struct peer *p)
{
	bool waits = p->out_sent < p->out.size || p->body_sent < p->body.size || (!p->shaken && p->want_write);
	uint32_t interest = (p->deaf || p->ended ? 0u : (uint32_t)EPOLLIN) | (waits ? (uint32_t)EPOLLOUT : 0u);
	if (interest == p->interest || p->dead)
		return;
	if (!stream_watch(p, interest))
		peer_dies(p);
	p->interest = interest;
}

const char *peer_address(const struct peer *p) { return p->address; }
void peer_set_own(struct peer *p, void *own) { p->own = own; }
void *peer_own(const struct peer *p) { return p->own; }

/* ---- one peer's turn ---- */

bool peer_flush(struct peer *p)
{
	for (;;) {
		struct text first = {p->out.at == NULL ? "" : p->out.at + p->out_sent, p->out.size - p->out_sent};
		struct text second = {p->body.at == NULL ? "" : p->body.at + p->body_sent, p->body.size - p->body_sent};
		if (first.size + second.size == 0)
			return true;
		if (p->dead)
			return false;
		size_t written = 0;
		enum stream_result said = stream_write(p, first, second, &written);
		if (said != STREAM_MORE) {
			if (said == STREAM_END)
				peer_dies(p);
			else
				peer_watch(p);
			return false;
		}
		p->second = p->t->second;
		size_t of_first = written < first.size ? written : first.size;
		p->out_sent += of_first;
		p->body_sent += written - of_first;
	}
}

static size_t peer_take(struct peer *p, char *bytes, size_t size)
{
	switch (p->kind) {
	case PEER_HTTP: return http_take(p, bytes, size);
	case PEER_SOCKET: return socket_take(p, bytes, size);
	case PEER_RAW: return raw_take(p, bytes, size);
	}
	return size;
}

/* Offers what is kept; what is left stays. */
static void peer_take_kept(struct peer *p)
{
	while (p->in.size > 0 && !p->dead) {
		enum peer_kind before = p->kind;
		size_t used = peer_take(p, p->in.at, p->in.size);
		if (used > 0) /* else each byte of a large packet that drips would cost a copy of what is kept */
			memmove(p->in.at, p->in.at + used, p->in.size - used);
		p->in.size -= used;
		/* An upgrade changes who reads the rest. */
		if (p->kind == before)
			break;
	}
	if (p->in.size == 0)
		buf_rest(&p->in);
	/* One read's worth may wait unread while a request is worked on; then the client has to wait. */
	p->deaf = p->paused || (p->kind != PEER_RAW && p->in.size >= READ_BYTES);
}

static void peer_ended(struct peer *p)
{
	p->ended = true;
	if (p->kind == PEER_HTTP)
		http_ended(p);
	else
		peer_dies(p);
	peer_watch(p);
}

/* True: there is perhaps more to read now. */
static bool peer_read_once(struct peer *p)
{
	struct transport *t = p->t;
	size_t size = 0;
	enum stream_result said = stream_read(p, t->reading, READ_BYTES, &size);
	if (said == STREAM_LATER)
		return false;
	if (said == STREAM_END) {
		peer_ended(p);
		return false;
	}
	size_t used = 0;
	if (p->lingering) {
		p->discarded += (int64_t)size;
		if (p->discarded > DISCARD_BYTES_MAX)
			peer_dies(p);
		return !p->dead;
	}
	if (p->in.size == 0) {
		enum peer_kind before = p->kind;
		used = peer_take(p, (char *)t->reading, size);
		if (p->kind != before && used < size)
			used += peer_take(p, (char *)t->reading + used, size - used);
	}
	if (used < size) {
		bool had = p->in.size > 0;
		/* After a rest, the time of the next head begins with its first byte. */
		if (!had && p->kind == PEER_HTTP && p->state == PEER_IDLE && p->ever_asked)
			p->second = t->second;
		buf_add(&p->in, t->reading + used, size - used);
		if (p->in.error != ERR_NONE) {
			peer_dies(p);
			return false;
		}
		if (had)
			peer_take_kept(p);
		else
			p->deaf = p->paused || (p->kind != PEER_RAW && p->in.size >= READ_BYTES);
	}
	return !p->deaf && !p->dead;
}

static void peer_readable(struct peer *p)
{
	if (!p->shaken) {
		enum stream_result said = stream_shake(p);
		if (said == STREAM_END)
			peer_dies(p);
		if (said != STREAM_MORE) {
			peer_watch(p);
			return;
		}
		p->want_write = false;
	}
	if (p->kind == PEER_RAW && !p->opened) {
		p->opened = p->listener->raw->opened(p->listener->raw_ctx, p);
		if (!p->opened) {
			peer_dies(p);
			return;
		}
	}
	int reads = 0;
	while (!p->deaf && !p->ended && !p->dead && reads++ < READS_A_TURN && peer_read_once(p))
		;
	if (stream_has_more(p) && !p->deaf && !p->dead)
		peer_again(p);
	peer_watch(p);
}

static void peer_written(struct peer *p)
{
	switch (p->kind) {
	case PEER_HTTP: http_written(p); break;
	case PEER_SOCKET: socket_written(p); break;
	case PEER_RAW:
		if (p->close_after)
			peer_dies(p);
		break;
	}
}

/* Somebody asked for it: try to write, use what is kept, read on. */
static void peer_turn(struct peer *p)
{
	if (p->shaken && peer_flush(p) && !p->dead)
		peer_written(p);
	if (!p->dead && p->in.size > 0 && !p->paused)
		peer_take_kept(p);
	else if (!p->paused)
		p->deaf = false;
	if (!p->dead && !p->deaf)
		peer_readable(p);
	peer_watch(p);
}

void peer_ready(struct peer *p, uint32_t what)
{
	if (p->dead)
		return;
	if (what & (uint32_t)(EPOLLERR | EPOLLHUP)) {
		/* Both directions are gone: nothing that waits can be delivered. */
		if (p->deaf || p->ended || (what & (uint32_t)EPOLLERR)) {
			peer_dies(p);
			return;
		}
	}
	if ((what & (uint32_t)EPOLLOUT) && p->shaken && peer_flush(p))
		peer_written(p);
	if (!p->dead && (what & (uint32_t)(EPOLLIN | EPOLLHUP) || !p->shaken))
		peer_readable(p);
	if (!p->dead)
		peer_watch(p);
}

/* ---- accept ---- */

static bool loopback(const struct sockaddr_storage *from)
{
	if (from->ss_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)(const void *)from)->sin_addr.s_addr) >> 24) == 127;
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}

static void write_address(const struct sockaddr_storage *from, char out[48])
{
	const void *at = from->ss_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)(const void *)from)->sin_addr
	                                            : (const void *)&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	if (inet_ntop(from->ss_family, at, out, 48) == NULL)
		out[0] = '\0';
}

static void listeners_watch(struct transport *t, bool on)
{
	t->full = !on;
	for (uint32_t i = 0; i < t->listener_count; i++) {
		struct listener *l = &t->listeners[i];
		struct epoll_event event = {.events = on ? EPOLLIN : 0u, .data.ptr = &l->watch};
		/* One that is not watched any more stays so until the server starts again: nothing else can be done here. */
		if (l->watch.fd >= 0 && epoll_ctl(t->epoll_fd, EPOLL_CTL_MOD, l->watch.fd, &event) < 0)
			log_error("server", "a listening socket cannot be watched: %s", strerror(errno));
	}
}

static uint16_t address_slot(const struct transport *t, const char *address)
{
	return (uint16_t)(text_hash(text_of(address), t->address_seed) % ADDRESS_SLOTS);
}

struct peer *peer_begin(struct transport *t, const struct listener *l, int fd, const char *address)
{
	struct peer *p = peer_new(t);
	if (p == NULL)
		return NULL;
	p->watch = (struct watch){WATCH_PEER, fd};
	p->listener = l;
	p->kind = l->http ? PEER_HTTP : PEER_RAW;
	p->slot = address_slot(t, address);
	memcpy(p->address, address, strnlen(address, sizeof(p->address) - 1));
	p->second = t->second;
	p->shaken = !l->tls;
	t->of_address[p->slot]++;
	peer_rests(p);
	if (!stream_watch(p, EPOLLIN))
		peer_dies(p);
	p->interest = EPOLLIN;
	return p;
}

/* In a flood of connections that say nothing the newest may be an honest one, the longest idle rather not. Closed at the end of
 * the turn, so that one turn's worth may be too many. */
static bool make_room(struct transport *t)
{
	if (t->counts.peers < PEERS_MAX)
		return true;
	struct peer *idlest = peer_idlest(t);
	if (t->counts.peers >= PEERS_MAX + ACCEPTS_A_TURN * LISTENERS_MAX || idlest == NULL)
		return false;
	peer_dies(idlest);
	return true;
}

/* False: nothing more to accept now. */
static bool accept_one(struct transport *t, const struct listener *l)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	int fd = accept4(l->watch.fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		/* No file or memory for it: what waits would wake the loop without end, so look again with the next tick. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			listeners_watch(t, false);
		return errno == EINTR || errno == ECONNABORTED;
	}
	t->counts.accepted++;
	char address[48];
	write_address(&from, address);
	uint16_t slot = address_slot(t, address);
	bool room = (t->of_address[slot] < PEERS_OF_ADDRESS_MAX || loopback(&from)) && make_room(t);
	if (!room || peer_begin(t, l, fd, address) == NULL) {
		t->counts.refused++;
		close(fd);
		return true;
	}
	int one = 1, unsent = UNSENT_BYTES;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* Without it the kernel takes megabytes for a client that does not read, and the loop spends its time copying them. */
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	return true;
}

/* TLS costs 20 KiB: taken with the client's first byte, not with the connection. */
static bool start_tls(struct peer *p)
{
	if (p->ssl != NULL || !p->listener->tls)
		return true;
	p->ssl = SSL_new(p->t->tls);
	if (p->ssl == NULL || SSL_set_fd(p->ssl, p->watch.fd) != 1)
		return false;
	SSL_set_accept_state(p->ssl);
	return true;
}

static void event_ready(struct transport *t, struct watch *watch, uint32_t what)
{
	switch (watch->kind) {
	case WATCH_LISTENER:
		for (int n = 0; n < ACCEPTS_A_TURN && accept_one(t, (struct listener *)(void *)watch); n++)
			;
		break;
	case WATCH_PEER: {
		struct peer *p = (struct peer *)(void *)watch;
		if (start_tls(p))
			peer_ready(p, what);
		else
			peer_dies(p);
		break;
	}
	case WATCH_WAKE: {
		uint64_t times;
		if (read(watch->fd, &times, sizeof(times)) > 0 && t->settings.woken != NULL)
			t->settings.woken(t->settings.ctx);
		break;
	}
	case WATCH_FD:
		for (uint32_t k = 0; k < t->watch_count; k++)
			if (&t->watches[k].watch == watch)
				t->watches[k].fn(t->watches[k].ctx);
		break;
	}
}

err_t watch_add(struct transport *t, struct watch *watch)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};
	return epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? ERR_MEMORY : ERR_NONE;
}

/* ---- time ---- */

err_t transport_every(struct transport *t, int64_t for_ms, void (*fn)(void *ctx), void *ctx)
{
	if (t->every_count == EVERY_MAX)
		return ERR_TOO_LARGE;
	t->every[t->every_count++] = (struct every){.for_ms = for_ms, .due_ms = now_ms() + for_ms, .fn = fn, .ctx = ctx};
	return ERR_NONE;
}

void transport_second(struct transport *t)
{
	t->second++;
	transport_date(t);
	if (t->full)
		listeners_watch(t, true);
	for (struct link *l = t->peers.next, *next; l != &t->peers; l = next) {
		next = l->next;
		struct peer *p = LINK_OWNER(l, struct peer, link);
		if (!p->shaken && t->second - p->second > SILENT_S)
			peer_dies(p);
		else if (p->kind == PEER_HTTP)
			http_tick(p);
		else if (p->kind == PEER_SOCKET)
			socket_tick(p);
		else if (t->second - p->second > (p->close_after ? ANSWER_STILL_S : p->opened ? INT64_MAX : SILENT_S))
			peer_dies(p);
	}
	if (t->draining && (t->counts.peers == 0 || t->second - t->drain_second >= DRAIN_S))
		t->stopped = true;
}

/* Runs what is due; gives the time until the next. */
static int run_due(struct transport *t)
{
	int64_t now = now_ms();
	if (now >= t->second_due_ms) {
		t->second_due_ms = now - t->second_due_ms > 2000 ? now + 1000 : t->second_due_ms + 1000;
		transport_second(t);
	}
	int64_t next = t->second_due_ms;
	for (uint32_t i = 0; i < t->every_count; i++) {
		struct every *e = &t->every[i];
		if (now >= e->due_ms) {
			e->due_ms = now + e->for_ms;
			e->fn(e->ctx);
		}
		if (e->due_ms < next)
			next = e->due_ms;
	}
	return next <= now ? 0 : (int)(next - now);
}

err_t transport_watch(struct transport *t, int fd, void (*fn)(void *ctx), void *ctx)
{
	if (t->watch_count == WATCHES_MAX)
		return ERR_TOO_LARGE;
	t->watches[t->watch_count].watch = (struct watch){WATCH_FD, fd};
	t->watches[t->watch_count].fn = fn;
	t->watches[t->watch_count].ctx = ctx;
	return watch_add(t, &t->watches[t->watch_count++].watch);
}

void transport_wake(struct transport *t)
{
	uint64_t one = 1;
	/* It can only fail when the counter is full: then the loop is being woken already. */
	ssize_t ignored = write(t->wake.fd, &one, sizeof(one));
	(void)ignored;
}

/* ---- birth, run, end ---- */

/* Only HTTP/1.1 is spoken here: say so to a client that asks. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *offered,
		unsigned size, void *ctx)
{
	(void)ssl;
	(void)ctx;
	static const unsigned char ours[] = "\x08http/1.1";
	for (unsigned at = 0; at < size; at += 1u + offered[at])
		if (at + 9 <= size && memcmp(offered + at, ours, 9) == 0) {
			*out = offered + at + 1;
			*out_size = 8;
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_NOACK;
}

static err_t make_tls(struct transport *t, struct problem *problem)
{
	t->tls = SSL_CTX_new(TLS_server_method());
	if (t->tls == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "no memory for TLS");
	SSL_CTX_set_min_proto_version(t->tls, TLS1_2_VERSION);
	SSL_CTX_set_options(t->tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(t->tls,
			SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(t->tls, choose_alpn, NULL);
	if (SSL_CTX_set_cipher_list(t->tls, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
	    SSL_CTX_use_certificate_chain_file(t->tls, t->settings.cert_path) != 1 ||
	    SSL_CTX_use_PrivateKey_file(t->tls, t->settings.key_path, SSL_FILETYPE_PEM) != 1 ||
	    		SSL_CTX_check_private_key(t->tls) != 1)
		return problem_set(problem, ERR_FILE_OPEN, "cert", "the certificate %.120s and key cannot be used: %.120s",
				t->settings.cert_path,
		                   ERR_reason_error_string(ERR_get_error()));
	return ERR_NONE;
}

err_t transport_new(const struct transport_settings *settings, struct transport **out, struct problem *problem)
{
	struct transport *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "no memory for the network");
	t->settings = *settings;
	link_init(&t->peers);
	link_init(&t->peers_free);
	link_init(&t->again);
	link_init(&t->dying);
	link_init(&t->idle);
	t->wake = (struct watch){WATCH_WAKE, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->of_address = calloc(ADDRESS_SLOTS, sizeof(t->of_address[0]));
	t->reading = malloc(READ_BYTES);
	err_t error = settings->cert_path != NULL ? make_tls(t, problem) : ERR_NONE;
	if (error == ERR_NONE && (t->wake.fd < 0 || t->epoll_fd < 0 || t->of_address == NULL || t->reading == NULL ||
	                          getrandom(&t->address_seed, sizeof(t->address_seed), 0) != sizeof(t->address_seed) ||
	                          watch_add(t, &t->wake) != ERR_NONE))
		error = problem_set(problem, ERR_MEMORY, NULL, "no memory for the network");
	if (error != ERR_NONE) {
		transport_free(t);
		return error;
	}
	t->second_due_ms = now_ms() + 1000;
	transport_date(t);
	*out = t;
	return ERR_NONE;
}

static void close_listeners(struct transport *t)
{
	for (uint32_t i = 0; i < t->listener_count; i++)
		if (t->listeners[i].watch.fd >= 0) {
			close(t->listeners[i].watch.fd);
			t->listeners[i].watch.fd = -1;
		}
}

static void bury(struct transport *t)
{
	while (!link_empty(&t->dying))
		peer_free(LINK_OWNER(t->dying.next, struct peer, again));
}

void transport_close(struct transport *t)
{
	if (t == NULL)
		return;
	t->draining = true;
	close_listeners(t);
	while (!link_empty(&t->peers))
		peer_free(LINK_OWNER(t->peers.next, struct peer, link));
}

void transport_free(struct transport *t)
{
	if (t == NULL)
		return;
	transport_close(t);
	while (!link_empty(&t->peers_free)) {
		struct peer *p = LINK_OWNER(t->peers_free.next, struct peer, link);
		link_remove(&p->link);
		peer_drop_buffers(p);
		free(p);
	}
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	if (t->wake.fd >= 0)
		close(t->wake.fd);
	SSL_CTX_free(t->tls);
	free(t->reading);
	free(t->of_address);
	free(t);
}

void transport_settle(struct transport *t)
{
	/* Those who ask during this round get their turn in the next. */
	struct link round;
	link_init(&round);
	while (!link_empty(&t->again)) {
		struct link *l = t->again.next;
		link_remove(l);
		link_add(&round, l);
	}
	while (!link_empty(&round)) {
		struct peer *p = LINK_OWNER(round.next, struct peer, again);
		link_remove(&p->again);
		peer_turn(p);
	}
	bury(t);
}

void transport_run(struct transport *t)
{
	while (!t->stopped) {
		int for_ms = run_due(t);
		bury(t);
		if (t->draining && t->counts.peers == 0)
			break;
		struct epoll_event events[256];
		int count = epoll_wait(t->epoll_fd, events, 256, link_empty(&t->again) ? for_ms : 0);
		for (int i = 0; i < count; i++)
			event_ready(t, events[i].data.ptr, events[i].events);
		transport_settle(t);
	}
}

void transport_drain(struct transport *t)
{
	if (t->draining)
		return;
	t->draining = true;
	t->drain_second = t->second;
	close_listeners(t);
	for (struct link *l = t->peers.next, *next; l != &t->peers; l = next) {
		next = l->next;
		struct peer *p = LINK_OWNER(l, struct peer, link);
		if (p->kind == PEER_SOCKET)
			socket_close(p, 1001, "the server stops");
		else if (p->kind == PEER_RAW)
			raw_close(p);
		else if (p->state == PEER_IDLE)
			peer_dies(p);
	}
}

void transport_stop(struct transport *t)
{
	t->stopped = true;
	transport_wake(t);
}

bool transport_draining(const struct transport *t) { return t->draining; }

void transport_counts(const struct transport *t, struct transport_counts *out)
{
	*out = t->counts;
}
