/* base/memory.c: MemAvailable of /proc/meminfo. */
#include "base/memory.h"

#include <stdio.h>

size_t memory_free_bytes(void)
{
	size_t kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "MemAvailable: %zu kB", &kib) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kib * 1024;
}
