/* server/frames.h: WebSocket frames (RFC 6455). Bytes only: no socket. */
#ifndef CORDON_SERVER_FRAMES_H
#define CORDON_SERVER_FRAMES_H

#include "base/text.h"

enum frame_kind { FRAME_MORE = 0, FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

struct frame { enum frame_kind kind; bool last; struct text payload; };

/* Reads one frame of a client and unmasks its payload in place. *used = 0: not all there yet. Errors: PASSAGE_SYNTAX
 * for what
 * RFC 6455 forbids (no mask, reserved bits, a control frame in parts or over 125 bytes), TOO_LARGE over `payload_max`.
 * */
err_t frame_read(uint8_t *bytes, size_t size, size_t payload_max, struct frame *out, size_t *used);

#define FRAME_HEAD_BYTES_MAX 10
/* A server's frame head (never masked) for a payload of `size`; gives its length. */
size_t frame_write_head(uint8_t out[FRAME_HEAD_BYTES_MAX], enum frame_kind kind, size_t size);

/* Sec-WebSocket-Accept for a key of 24 characters. */
void frame_accept(struct text key, char out[29]);

#endif
