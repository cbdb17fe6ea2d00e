/* device/driver_template.c: copy this file to begin a driver; then go through the list.
 *
 *   1. src/device/NAME.c            this file, renamed; say in one sentence which devices speak so, and cite their manual
 *   2. src/device/device.h          declare device_read_NAME beside the others
 *   3. src/device/meson.build       add the file
 *   4. tests/recordings/NAME.log    what a real device sent, byte for byte; NAME.expected: what must come out, a line each
 *   5. tests/unit/test_device_NAME.c  replays the recording, then everything that such a device can get wrong
 *   6. fuzz/fuzz_NAME.c             any bytes at all
 *   7. src/server/                  a route, if the device cannot send to one that exists
 *
 * A driver is a pure function from one message to one passage. It allocates nothing, keeps nothing, asks no clock, and
 * believes nothing: every field is checked here, because behind this door names and numbers are taken as they are. The
 * rules for what comes out: device not empty, names at most PASSAGE_NAME_BYTES_MAX bytes of UTF-8, boot and seq at most
 * 2^53-1, in and out at most LEDGER_PEOPLE_MAX (running totals: UINT32_MAX), at within 0 .. AT_MS_MAX.
 *
 * This one reads "DEVICE SEQ UNIX_MS IN OUT", the least that a device can say: a line for tests and for a shell script.
 */
#include "device/device.h"

#include <string.h>

#define WORDS 5

err_t device_read_plain(struct text line, struct passage_said *out)
{
	struct text word[WORDS];
	const char *p = line.at, *end = line.at + line.size;
	for (int i = 0; i < WORDS; i++) {
		const char *space = p < end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
		if ((space == NULL) != (i == WORDS - 1))
			return ERR_PASSAGE_SYNTAX;
		word[i] = (struct text){p, (size_t)((space == NULL ? end : space) - p)};
		p += word[i].size + 1;
	}
	uint64_t seq, at, in, out_ppl;
	if (word[0].size == 0 || word[0].size > PASSAGE_NAME_BYTES_MAX)
		return ERR_PASSAGE_FIELD;
	if (!text_valid_utf8(word[0]))
		return ERR_TEXT_UTF8;
	if (!text_to_u64(word[1], &seq) || seq >= UINT64_C(1) << 53)
		return ERR_PASSAGE_FIELD;
	if (!text_to_u64(word[2], &at) || at > (uint64_t)AT_MS_MAX)
		return ERR_TIME_FORMAT;
	if (!text_to_u64(word[3], &in) || !text_to_u64(word[4], &out_ppl) || in > LEDGER_PEOPLE_MAX || out_ppl > LEDGER_PEOPLE_MAX)
		return ERR_PASSAGE_FIELD;
	*out = (struct passage_said){.device = word[0], .checkpoint = {line.at, 0}, .seq = seq, .at = (at_ms)at,
		.in = (uint32_t)in, .out = (uint32_t)out_ppl};
	return ERR_NONE;
}
