/* server/transport_http.c: one HTTP/1.1 exchange after another on a connection.
 *
 *   IDLE --head--> HEAD --+--> BODY --all of it--> WAIT --answer--> ANSWER --written--> IDLE
 *                         +--no body-------------> WAIT
 *
 * What a client sends beyond its request waits in the peer's `in` until the answer is written.
 */
#include "server/transport_inside.h"

static const struct http_events *events_of(const struct peer *p) { return p->t->settings.http; }

const struct request_head *request_head(const struct peer *p) { return &p->head.request; }

/* ---- the head ---- */

static void refuse(struct peer *p, err_t error, const char *why)
{
	p->close_after = true;
	p->no_more = true;
	events_of(p)->refused(p->t->settings.ctx, p, error, why);
}

static void request_reset(struct peer *p)
{
	p->state = PEER_HEAD;
	p->second = p->t->second;
	p->ever_asked = true;
	p->paused = p->close_after = false;
	p->own = NULL;
	p->body_left = 0;
	buf_reset(&p->out);
	p->out_sent = p->body_sent = 0;
	p->body = (struct text){"", 0};
	p->release = NULL;
}

static void body_finished(struct peer *p)
{
	p->state = PEER_WAIT;
	events_of(p)->body_end(p->t->settings.ctx, p);
}

static void begin(struct peer *p, const char *bytes, size_t size)
{
	request_reset(p);
	buf_reset(&p->head_text);
	buf_add(&p->head_text, bytes, size);
	http_head_clear(&p->head);
	if (p->head_text.error != ERR_NONE) {
		refuse(p, p->head_text.error == ERR_MEMORY ? ERR_MEMORY : ERR_HTTP_HEAD, "");
		return;
	}
	err_t error = http_head_read(p->head_text.at, size, &p->head);
	if (error != ERR_NONE) {
		refuse(p, error, p->head.why);
		return;
	}
	p->body_left = p->head.request.body_bytes;
	p->close_after = !p->head.keep_alive;
	events_of(p)->begin(p->t->settings.ctx, p);
	if (p->kind == PEER_SOCKET) {
		socket_open(p);
		return;
	}
	if (p->state != PEER_HEAD)
		return;
	if (p->body_left == 0) {
		body_finished(p);
		return;
	}
	p->state = PEER_BODY;
	/* `curl` and others wait for this before they send a large body. */
	if (p->head.expects_continue) {
		buf_add_str(&p->out, "HTTP/1.1 100 Continue\r\n\r\n");
		peer_flush(p);
		peer_watch(p);
	}
}

/* ---- the body ---- */

static size_t take_body(struct peer *p, const char *bytes, size_t size)
{
	if ((int64_t)size > p->body_left)
		size = (size_t)p->body_left;
	/* What fits one packet or two has no reason to drip. */
	if (p->head.request.body_bytes > BODY_SMALL_BYTES)
		p->second = p->t->second;
	size_t used = events_of(p)->body(p->t->settings.ctx, p, bytes, size);
	/* Answered in the middle of it: the rest of this piece is thrown away with the rest of the body. */
	if (p->state != PEER_BODY)
		used = size;
	p->body_left -= (int64_t)used;
	if (used < size)
		p->paused = true;
	else if (p->body_left == 0 && p->state == PEER_BODY)
		body_finished(p);
	return used;
}

/* The body of a request that is answered already. */
static size_t discard_body(struct peer *p, size_t size)
{
	if ((int64_t)size > p->body_left)
		size = (size_t)p->body_left;
	p->body_left -= (int64_t)size;
	p->second = p->t->second;
	return size;
}

static void answer_written(struct peer *p);
static void linger(struct peer *p);

#define REQUESTS_A_TURN 4 /* of one peer: a row of requests for something large must not keep the others waiting */

/* Uses head after head and body after body while the answers come at once. */
size_t http_take(struct peer *p, char *bytes, size_t size)
{
	size_t at = 0;
	int begun = 0;
	if (p->busy)
		return 0;
	p->busy = true;
	while (at < size && !p->dead && !p->paused && !p->no_more && p->kind == PEER_HTTP) {
		size_t before = at;
		if (p->state == PEER_IDLE) {
			/* Empty lines before a request are skipped (RFC 9112, 2.2). */
			while (at + 1 < size && bytes[at] == '\r' && bytes[at + 1] == '\n')
				at += 2;
			size_t head = http_head_size(bytes + at, size - at);
			if (head > HEAD_BYTES_MAX || (head == 0 && size - at > HEAD_BYTES_MAX)) {
				request_reset(p);
				http_head_clear(&p->head);
				refuse(p, ERR_HTTP_HEAD, "");
			} else if (head == 0) {
				break;
			} else if (begun++ == REQUESTS_A_TURN) {
				peer_again(p);
				break;
			} else {
				begin(p, bytes + at, head);
				at += head;
			}
		} else if (p->state == PEER_BODY) {
			at += take_body(p, bytes + at, size - at);
		} else if (p->state == PEER_ANSWER && p->body_left > 0) {
			at += discard_body(p, size - at);
			if (p->body_left == 0)
				answer_written(p);
		} else {
			break;
		}
		if (at == before && p->state != PEER_IDLE)
			break;
	}
	p->busy = false;
	if (p->ended && p->state == PEER_IDLE && link_empty(&p->again) && !p->lingering && !p->dead)
		linger(p);
	return p->no_more ? size : at;
}

void request_resume(struct peer *p)
{
	if (p->kind != PEER_HTTP || p->state != PEER_BODY || !p->paused)
		return;
	p->paused = false;
	p->second = p->t->second;
	peer_again(p);
}

int64_t request_body_left(const struct peer *p) { return p->body_left; }

/* ---- the answer ---- */

static const char *status_words(int status)
{
	static const struct { int status; const char *words; } list[] = {
		{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {304, "Not Modified"},
				{400, "Bad Request"},
		{401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
				{408, "Request Timeout"},
		{409, "Conflict"}, {411, "Length Required"}, {413, "Content Too Large"}, {415, "Unsupported Media Type"},
		{422, "Unprocessable Content"}, {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {503, "Service Unavailable"}, {507, "Insufficient Storage"},
	};
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].status == status)
			return list[i].words;
	return "Other";
}

static void write_head(struct peer *p, const struct answer *a)
{
	struct buf *out = &p->out;
	buf_add_str(out, "HTTP/1.1 ");
	buf_add_i64(out, a->status);
	buf_add_char(out, ' ');
	buf_add_str(out, status_words(a->status));
	buf_add_str(out, "\r\n");
	buf_add_str(out, p->t->date);
	if (a->type != NULL) {
		buf_add_str(out, "Content-Type: ");
		buf_add_str(out, a->type);
		buf_add_str(out, "\r\n");
	}
	if (a->status != 204 && a->status != 304) {
		buf_add_str(out, "Content-Length: ");
		buf_add_i64(out, (int64_t)a->body.size);
		buf_add_str(out, "\r\n");
	}
	buf_add_text(out, a->headers);
	if (p->close_after)
		buf_add_str(out, "Connection: close\r\n");
	buf_add_str(out, "\r\n");
}

void request_answer(struct peer *p, const struct answer *a)
{
	if (p->kind != PEER_HTTP || p->state == PEER_IDLE || p->state == PEER_ANSWER) {
		if (a->release != NULL)
			a->release(a->owner);
		return;
	}
	if (p->t->draining || p->body_left > DISCARD_BYTES_MAX || (p->body_left > 0 && p->head.expects_continue))
		p->close_after = true;
	p->state = PEER_ANSWER;
	p->paused = false;
	p->second = p->t->second;
	write_head(p, a);
	p->release = a->release;
	p->release_owner = a->owner;
	if (p->head.request.method != HTTP_HEAD && a->status != 304) {
		if (a->release != NULL)
			p->body = a->body;
		else
			buf_add_text(&p->out, a->body);
	}
	if (p->out.error != ERR_NONE) {
		peer_dies(p);
		return;
	}
	if (peer_flush(p))
		answer_written(p);
}

static void exchange_over(struct peer *p)
{
	if (p->release != NULL)
		p->release(p->release_owner);
	p->release = NULL;
	enum peer_state before = p->state;
	p->state = PEER_IDLE;
	peer_rests(p);
	p->body = (struct text){"", 0};
	if (before != PEER_IDLE)
		events_of(p)->end(p->t->settings.ctx, p);
	p->own = NULL;
	p->second = p->t->second;
	if (p->out.capacity > 65536)
		buf_free(&p->out);
	else
		buf_reset(&p->out);
	p->out_sent = p->body_sent = 0;
}

/* Closing with unread bytes would make the kernel reset the connection and the client lose the answer: so say that
 * nothing more
 * comes, and throw away what the client still sends, for a short time. */
static void linger(struct peer *p)
{
	p->lingering = true;
	p->no_more = true;
	p->deaf = p->paused = false;
	p->discarded = 0;
	/* Whoever is just being read to gives all of it back as used. */
	if (!p->busy)
		buf_reset(&p->in);
	if (!stream_end(p) || p->ended)
		peer_dies(p);
	peer_watch(p);
}

/* Called when the answer is out, and again when the rest of its body has come. */
static void answer_written(struct peer *p)
{
	if (p->state != PEER_ANSWER || p->dead || p->out_sent < p->out.size || p->body_sent < p->body.size)
		return;
	if (p->body_left > 0 && !p->close_after && !p->ended) {
		if (link_empty(&p->idle)) /* else a drip would bring it forward */
			peer_rests(p); /* nothing more is done for it: what still comes is thrown away */
		/* Only if there is something to do now: else the rest of the body wakes us. */
		if (p->in.size > 0 || p->deaf)
			peer_again(p);
		return;
	}
	/* Requests that came in a row before the client's end are still answered; http_take() sees when none is left. */
	bool close_now = p->close_after || p->t->draining || (p->ended && !p->busy && p->in.size == 0);
	exchange_over(p);
	if (close_now)
		linger(p);
	else if (p->in.size > 0 && !p->busy)
		peer_again(p);
	if (!p->busy && p->in.size == 0 && p->deaf) {
		p->deaf = false;
		peer_watch(p);
	}
}

void http_written(struct peer *p)
{
	answer_written(p);
}

/* ---- upgrade ---- */

void request_upgrade(struct peer *p)
{
	if (p->kind == PEER_HTTP && p->state == PEER_HEAD && p->head.request.upgrade)
		p->kind = PEER_SOCKET;
}

/* ---- time and end ---- */

void http_gone(struct peer *p)
{
	exchange_over(p);
}

/* A client may close its sending side and wait for the answer. */
void http_ended(struct peer *p)
{
	if (p->state == PEER_WAIT || (p->state == PEER_ANSWER && !p->lingering))
		return;
	if (p->state == PEER_IDLE && p->in.size > 0 && !link_empty(&p->again) && !p->lingering)
		return; /* a row of requests whose turn comes */
	peer_dies(p);
}

void http_tick(struct peer *p)
{
	int64_t still = p->t->second - p->second;
	if (p->lingering) {
		if (still > LINGER_S)
			peer_dies(p);
		return;
	}
	switch (p->state) {
	case PEER_IDLE:
		/* A head that has begun, and a connection that never asked, get less time than a client that rests. */
		if (p->t->draining || still > (p->ever_asked && p->in.size == 0 ? IDLE_S : SILENT_S)) {
			if (p->in.size > 0 && !p->t->draining) {
				request_reset(p);
				http_head_clear(&p->head);
				refuse(p, ERR_HTTP_SLOW, "the head was not complete after 10 s");
			} else {
				peer_dies(p);
			}
		}
		break;
	case PEER_BODY:
		if (!p->paused && still > BODY_STILL_S)
			refuse(p, ERR_HTTP_SLOW, "the body stood still for 30 s, or was small and not complete by then");
		break;
	case PEER_ANSWER:
		if (still > ANSWER_STILL_S)
			peer_dies(p);
		break;
	case PEER_HEAD:
	case PEER_WAIT:
		break;
	}
}
