/* server/frames.c: see frames.h. */
#include "server/frames.h"

#include <openssl/evp.h>
#include <string.h>

err_t frame_read(uint8_t *bytes, size_t size, size_t payload_max, struct frame *out, size_t *used)
{
	*used = 0;
	if (size < 2)
		return ERR_NONE;
	unsigned kind = bytes[0] & 0x0f;
	bool last = (bytes[0] & 0x80) != 0, control = (kind & 8) != 0;
	uint64_t length = bytes[1] & 0x7f;
	if ((bytes[0] & 0x70) != 0 || (bytes[1] & 0x80) == 0 || (kind > 2 && kind < 8) || kind > 10)
		return ERR_PASSAGE_SYNTAX;
	if (control && (!last || length > 125))
		return ERR_PASSAGE_SYNTAX;
	size_t head = 2, more = length == 126 ? 2 : length == 127 ? 8 : 0;
	if (size < head + more)
		return ERR_NONE;
	if (more > 0) {
		length = 0;
		for (size_t i = 0; i < more; i++)
			length = length << 8 | bytes[head + i];
		head += more;
	}
	if (length > payload_max)
		return ERR_TOO_LARGE;
	if (size < head + 4 + length)
		return ERR_NONE;
	const uint8_t *mask = bytes + head;
	uint8_t *payload = bytes + head + 4;
	for (size_t i = 0; i < length; i++)
		payload[i] ^= mask[i & 3];
	*out = (struct frame){.kind = (enum frame_kind)kind, .last = last,
			.payload = {(const char *)payload, (size_t)length}};
	*used = head + 4 + (size_t)length;
	return ERR_NONE;
}

size_t frame_write_head(uint8_t out[FRAME_HEAD_BYTES_MAX], enum frame_kind kind, size_t size)
{
	out[0] = (uint8_t)(0x80 | (unsigned)kind);
	if (size < 126) {
		out[1] = (uint8_t)size;
		return 2;
	}
	size_t count = size <= 0xffff ? 2 : 8;
	out[1] = count == 2 ? 126 : 127;
	for (size_t i = 0; i < count; i++)
		out[2 + i] = (uint8_t)((uint64_t)size >> (8 * (count - 1 - i)));
	return 2 + count;
}

void frame_accept(struct text key, char out[29])
{
	/* The fixed text is RFC 6455's, section 1.3. */
	static const char fixed[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t joined[24 + sizeof(fixed)], digest[EVP_MAX_MD_SIZE];
	unsigned digest_size = 0;
	memcpy(joined, key.at, 24);
	memcpy(joined + 24, fixed, sizeof(fixed) - 1);
	memset(out, 0, 29);
	if (EVP_Digest(joined, 24 + sizeof(fixed) - 1, digest, &digest_size, EVP_sha1(), NULL) == 1)
		EVP_EncodeBlock((unsigned char *)out, digest, 20);
}
