/* CSV: the first line is the mapping, the others are rows, cut by the line cutter in pieces of a size from the input. */
#include <stdlib.h>
#include <string.h>

#include "device/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_line(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct scan_scratch scratch;
	struct passage_said said;
	(void)number;
	if (too_long || device_read_csv(ctx, line, &scratch, &said) != ERR_NONE || said.device.size == 0)
		return true;
	bool good = text_valid_utf8(said.device) && said.device.size <= PASSAGE_NAME_BYTES_MAX && said.at >= 0 && said.at <= AT_MS_MAX &&
	            said.boot >> 53 == 0 && said.seq >> 53 == 0 && text_valid_utf8(said.checkpoint);
	if (!good || (!said.totals && (said.in > LEDGER_PEOPLE_MAX || said.out > LEDGER_PEOPLE_MAX)))
		abort();
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
	struct csv_mapping *m;
	if (newline == NULL || csv_mapping_read((struct text){(const char *)data + 1, (size_t)(newline - data) - 1}, &m, NULL) != ERR_NONE)
		return 0;
	size_t piece = data[0] + 1u;
	struct line_cutter cutter;
	line_cutter_init(&cutter);
	for (const uint8_t *p = newline + 1; p < data + size;) {
		size_t left = (size_t)(data + size - p), now = left < piece ? left : piece;
		char *exact = malloc(now);
		if (exact == NULL)
			break;
		memcpy(exact, p, now);
		if (line_cutter_feed(&cutter, exact, now, take_line, m) != now)
			abort();
		free(exact);
		p += now;
	}
	if (!line_cutter_end(&cutter, take_line, m))
		abort();
	csv_mapping_free(m);
	return 0;
}
