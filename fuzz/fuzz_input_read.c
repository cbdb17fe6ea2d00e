/* Journal records: any bytes give a record or STORE_CORRUPT; what was read is written again the same. */
#include <stdlib.h>
#include <string.h>

#include "live/input.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size + 1);
	if (exact == NULL)
		return 0;
	memcpy(exact, data, size);
	exact = realloc(exact, size > 0 ? size : 1);
	const uint8_t *p = exact;
	struct input in;
	for (size_t left = size, used; left > 0 && input_read(p, left, &in, &used) == ERR_NONE; p += used, left -= used) {
		struct buf again;
		HOLD(!(used == 0 || used > left));
		buf_init(&again, size + 64);
		input_write(&in, &again);
		HOLD(!(again.error != ERR_NONE || again.size != used || memcmp(again.at, p, used) != 0));
		buf_free(&again);
	}
	free(exact);
	return 0;
}
