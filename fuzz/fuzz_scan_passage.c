/* The passage scanner against jansson plus the rules: the same verdict, the same values, on any bytes. */
#include <stdlib.h>

#include "hold.h"
#include "scan_by_jansson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_scratch scratch;
	struct passage_said ours, theirs;
	json_t *root;
	char *exact = malloc(size + 1); /* so that a read past the end is seen */
	if (exact == NULL)
		return 0;
	memcpy(exact, data, size);
	exact = realloc(exact, size > 0 ? size : 1);
	struct text line = {exact, size};
	err_t e = device_scan_passage(line, &scratch, &ours);
	bool other = scan_by_jansson(line, &theirs, &root);
	HOLD(!((e == ERR_NONE) != other || (other && !same_passage(&ours, &theirs))));
	json_decref(root);
	free(exact);
	return 0;
}
