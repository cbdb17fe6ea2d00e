/* base/memory.h: how much memory the machine has to spare. */
#ifndef CORDON_BASE_MEMORY_H
#define CORDON_BASE_MEMORY_H

#include <stddef.h>

/* What the system calls available, in bytes; 0 where it says nothing. A container's own limit is not seen. */
size_t memory_free_bytes(void);

#endif
