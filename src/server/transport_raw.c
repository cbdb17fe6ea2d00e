/* server/transport_raw.c: peers of another protocol: bytes in as they come, bytes out in order. */
#include "server/transport_inside.h"

size_t raw_take(struct peer *p, char *bytes, size_t size)
{
	size_t at = 0;
	/* As long as something is used there may be a second packet behind it. */
	while (at < size && !p->paused && !p->dead && !p->close_after) {
		size_t used = p->listener->raw->received(p->listener->raw_ctx, p, bytes + at, size - at);
		if (used == 0)
			break;
		at += used;
	}
	return p->close_after ? size : at;
}

void raw_send(struct peer *p, const void *bytes, size_t size)
{
	if (p->close_after || p->dead)
		return;
	if (p->out_sent > 0 && p->out_sent == p->out.size) {
		buf_reset(&p->out);
		p->out_sent = 0;
	}
	if (p->out.size - p->out_sent + size > RAW_WAITING_BYTES_MAX) {
		peer_dies(p); /* it takes none of its answers */
		return;
	}
	buf_add(&p->out, bytes, size);
	if (p->out.error != ERR_NONE)
		peer_dies(p);
	else
		peer_again(p); /* what is sent in one turn leaves together */
}

void raw_pause(struct peer *p)
{
	p->paused = true;
	p->deaf = true;
	peer_watch(p);
}

void raw_resume(struct peer *p)
{
	if (!p->paused)
		return;
	p->paused = false;
	peer_again(p);
}

void raw_close(struct peer *p)
{
	p->close_after = true;
	p->second = p->t->second;
	peer_again(p);
}
