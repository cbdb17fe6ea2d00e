/* fuzz/hold.c: see hold.h. */
#include "hold.h"

#include <stdio.h>
#include <stdlib.h>

void hold_at(bool true_thing, const char *what, const char *file, int line)
{
	if (true_thing)
		return;
	fprintf(stderr, "does not hold (%s:%d): %s\n", file, line, what);
	abort();
}
