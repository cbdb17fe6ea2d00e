/* fuzz/memory_stream.c: in the place of server/transport_stream.c: a connection's bytes come from memory and go there. */
#include "memory_stream.h"

#include <stdlib.h>
#include <string.h>

struct memory_stream memory_streams[MEMORY_STREAMS_MAX];

static struct memory_stream *of(const struct peer *p) { return &memory_streams[p->watch.fd]; }

enum stream_result stream_shake(struct peer *p)
{
	p->shaken = true;
	return STREAM_MORE;
}

enum stream_result stream_read(struct peer *p, void *bytes, size_t size, size_t *out_size)
{
	struct memory_stream *m = of(p);
	if (m->offered.size == 0)
		return m->is_ended ? STREAM_END : STREAM_LATER;
	*out_size = size < m->offered.size ? size : m->offered.size;
	memcpy(bytes, m->offered.at, *out_size);
	m->offered.at += *out_size;
	m->offered.size -= *out_size;
	m->moved += *out_size;
	return STREAM_MORE;
}

enum stream_result stream_write(struct peer *p, struct text first, struct text second, size_t *out_size)
{
	struct memory_stream *m = of(p);
	if (m->is_ended || m->is_shut)
		return STREAM_END;
	if (m->window == 0)
		return STREAM_LATER;
	size_t of_first = first.size < m->window ? first.size : m->window;
	size_t left = m->window - of_first, of_second = second.size < left ? second.size : left;
	buf_add(&m->heard, first.at, of_first);
	buf_add(&m->heard, second.at, of_second);
	*out_size = of_first + of_second;
	m->window -= *out_size;
	m->moved += *out_size;
	return STREAM_MORE;
}

bool stream_has_more(const struct peer *p)
{
	(void)p;
	return false;
}

bool stream_watch(struct peer *p, uint32_t interest)
{
	of(p)->interest = interest;
	return true;
}

bool stream_end(struct peer *p)
{
	of(p)->is_shut = true;
	return !of(p)->is_ended;
}

void stream_close(struct peer *p)
{
	of(p)->peer = NULL;
}
