/* fuzz/memory_stream.h: connections without sockets; a peer's descriptor is its index here. */
#ifndef CORDON_FUZZ_MEMORY_STREAM_H
#define CORDON_FUZZ_MEMORY_STREAM_H

#include "server/transport_inside.h"

#define MEMORY_STREAMS_MAX 8

struct memory_stream {
	struct peer *peer;       /* NULL: closed by the server */
	bool is_taken;           /* by a client of this input */
	struct text offered;     /* can be read now */
	size_t window;           /* can be written now */
	struct buf heard;
	uint32_t interest;
	bool is_stuck;           /* the client takes nothing */
	bool is_ended;           /* the client sends nothing more and takes nothing more */
	bool is_shut;            /* the server sends nothing more */
	uint64_t moved;          /* bytes either way */
};
extern struct memory_stream memory_streams[MEMORY_STREAMS_MAX];

#endif
