/* Hostile WebSocket frames: a frame read whole is read alike after any of its prefixes, and stays within its bytes. */
#include <stdlib.h>
#include <string.h>

#include "server/frames.h"
#include "hold.h"

#define PAYLOAD_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void *copy_of(const uint8_t *bytes, size_t size)
{
	void *copy = malloc(size + (size == 0));
	HOLD(copy != NULL);
	memcpy(copy, bytes, size);
	return copy;
}

static void check_frame(const struct frame *f, const uint8_t *from, size_t used, const uint8_t *bytes)
{
	const uint8_t *payload = (const uint8_t *)f->payload.at;
	HOLD(!(payload < from + 6 || payload + f->payload.size != from + used || f->payload.size > PAYLOAD_MAX));
	HOLD(!(f->kind >= FRAME_CLOSE && (!f->last || f->payload.size > 125)));
	const uint8_t *mask = bytes + used - f->payload.size - 4;
	for (size_t i = 0; i < f->payload.size; i++)
		HOLD((payload[i] ^ mask[i & 3]) == mask[4 + i]);
	/* What a server writes of the same payload: our head, without the four bytes of the mask. */
	uint8_t head[FRAME_HEAD_BYTES_MAX];
	HOLD(!(frame_write_head(head, f->kind, f->payload.size) + 4 + f->payload.size > used));
}

/* Of a shorter piece nothing is taken and no byte changed; its verdict may only come earlier, never be another one. */
static void check_prefix(const uint8_t *bytes, size_t size, err_t whole)
{
	uint8_t *piece = copy_of(bytes, size);
	struct frame f;
	size_t used;
	err_t error = frame_read(piece, size, PAYLOAD_MAX, &f, &used);
	HOLD(!(used != 0 || (error != ERR_NONE && error != whole) || memcmp(piece, bytes, size) != 0));
	free(piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		uint8_t *copy = copy_of(bytes + at, size - at);
		struct frame f;
		size_t used;
		err_t error = frame_read(copy, size - at, PAYLOAD_MAX, &f, &used);
		HOLD(!(error != ERR_NONE && used != 0));
		if (used > 0)
			check_frame(&f, copy, used, bytes + at);
		free(copy);
		size_t end = used > 0 ? used : size - at;
		for (size_t piece = 0; piece < end && piece < 20; piece++)
			check_prefix(bytes + at, piece, error);
		if (used > 0)
			check_prefix(bytes + at, used - 1, error);
		if (error != ERR_NONE || used == 0)
			break;
		at += used;
	}
	return 0;
}
