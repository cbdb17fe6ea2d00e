/* server/transport_socket.c: WebSocket peers: text out, small text in, pings, closing. */
#include "server/transport_inside.h"

#include <string.h>

#include "server/frames.h"

static const struct http_events *events_of(const struct peer *p) { return p->t->settings.http; }

static void send_frame(struct peer *p, enum frame_kind kind, struct text payload)
{
	uint8_t head[FRAME_HEAD_BYTES_MAX];
	buf_add(&p->out, head, frame_write_head(head, kind, payload.size));
	buf_add_text(&p->out, payload);
	if (p->out.error != ERR_NONE)
		peer_dies(p);
}

/* Out with it; what does not fit now waits for the socket. */
static void push(struct peer *p)
{
	if (!p->dead && peer_flush(p))
		socket_written(p);
}

void socket_open(struct peer *p)
{
	char accept[29];
	frame_accept(p->head.socket_key, accept);
	p->opened = true;
	p->state = PEER_IDLE;
	p->close_after = false;
	p->heard_second = p->t->second;
	p->t->counts.sockets++;
	buf_reset(&p->message);
	buf_addf(&p->out, "HTTP/1.1 101 Switching Protocols\r\n%s", p->t->date);
	buf_addf(&p->out, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
	events_of(p)->socket_opened(p->t->settings.ctx, p);
	push(p);
}

void socket_ask_writable(struct peer *p)
{
	if (p->want_write || p->close_after || p->dead)
		return;
	p->want_write = true;
	/* With something under way, socket_written() comes anyhow. */
	if (p->out_sent == p->out.size)
		peer_again(p);
}

void socket_send(struct peer *p, struct text message)
{
	uint8_t head[FRAME_HEAD_BYTES_MAX];
	if (p->close_after || p->dead)
		return;
	/* Straight from the shared text; only what the socket does not take now is copied. */
	size_t head_size = frame_write_head(head, FRAME_TEXT, message.size), written = 0;
	if (p->out_sent == p->out.size) {
		enum stream_result said = stream_write(p, (struct text){(const char *)head, head_size}, message, &written);
		if (said == STREAM_END) {
			peer_dies(p);
			return;
		}
		if (said == STREAM_LATER)
			written = 0;
	}
	if (written > 0)
		p->second = p->t->second;
	if (written < head_size)
		buf_add(&p->out, head + written, head_size - written);
	size_t of_message = written > head_size ? written - head_size : 0;
	buf_add(&p->out, message.at + of_message, message.size - of_message);
	if (p->out.error != ERR_NONE)
		peer_dies(p);
}

void socket_close(struct peer *p, unsigned code, const char *why)
{
	if (p->close_after || p->dead)
		return;
	char payload[125];
	size_t size = strlen(why) < 100 ? strlen(why) : 100;
	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	memcpy(payload + 2, why, size);
	send_frame(p, FRAME_CLOSE, (struct text){payload, size + 2});
	p->close_after = true;
	p->second = p->t->second;
	if (p->opened)
		push(p);
}

void socket_cut(struct peer *p) { peer_dies(p); }

void socket_written(struct peer *p)
{
	buf_reset(&p->out);
	p->out_sent = 0;
	if (p->want_write && !p->close_after) {
		p->want_write = false;
		events_of(p)->socket_writable(p->t->settings.ctx, p);
	}
}

/* ---- what the client says ---- */

static void take_message(struct peer *p, const struct frame *f)
{
	bool begins = f->kind == FRAME_TEXT;
	/* `no_more` says that a message in parts is under way. */
	if (f->kind == FRAME_BINARY || begins == p->no_more || p->message.size + f->payload.size > SOCKET_FRAME_BYTES_MAX) {
		socket_close(p, f->kind == FRAME_BINARY ? 1003 : begins == p->no_more ? 1002 : 1009,
				"only text up to 4096 bytes");
		return;
	}
	buf_add_text(&p->message, f->payload);
	p->no_more = !f->last;
	if (!f->last)
		return;
	struct text said = {p->message.at == NULL ? "" : p->message.at, p->message.size};
	if (text_valid_utf8(said))
		events_of(p)->socket_said(p->t->settings.ctx, p, said);
	else
		socket_close(p, 1007, "not UTF-8");
	buf_reset(&p->message);
}

static void take_frame(struct peer *p, const struct frame *f)
{
	p->heard_second = p->t->second;
	switch (f->kind) {
	case FRAME_CLOSE:
		socket_close(p, 1000, "");
		if (p->out_sent == p->out.size)
			peer_dies(p);
		break;
	case FRAME_PING:
		/* A client that asks but does not read gets no second answer queued. */
		if (p->out.size - p->out_sent < SOCKET_FRAME_BYTES_MAX && !p->close_after) {
			send_frame(p, FRAME_PONG, f->payload);
			push(p);
		}
		break;
	case FRAME_PONG:
		break;
	case FRAME_MORE:
	case FRAME_TEXT:
	case FRAME_BINARY:
		if (!p->close_after)
			take_message(p, f);
		break;
	}
}

size_t socket_take(struct peer *p, char *bytes, size_t size)
{
	size_t at = 0;
	while (at < size && !p->dead) {
		struct frame f;
		size_t used;
		err_t error = frame_read((uint8_t *)bytes + at, size - at, SOCKET_FRAME_BYTES_MAX, &f, &used);
		if (error != ERR_NONE) {
			socket_close(p, error == ERR_TOO_LARGE ? 1009 : 1002, "a frame that RFC 6455 or Cordon does not allow");
			return size;
		}
		if (used == 0)
			break;
		take_frame(p, &f);
		at += used;
	}
	return at;
}

/* ---- time and end ---- */

void socket_tick(struct peer *p)
{
	int64_t silent = p->t->second - p->heard_second;
	if (p->close_after ? p->t->second - p->second > CLOSE_S : silent > 3 * SOCKET_PING_S) {
		peer_dies(p);
		return;
	}
	if (!p->close_after && silent > 0 && silent % SOCKET_PING_S == 0 && p->out_sent == p->out.size) {
		send_frame(p, FRAME_PING, (struct text){"", 0});
		push(p);
	}
}

void socket_gone(struct peer *p)
{
	if (p->opened)
		p->t->counts.sockets--;
	p->opened = false;
	events_of(p)->socket_closed(p->t->settings.ctx, p);
}
