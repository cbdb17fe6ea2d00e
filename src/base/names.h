/* base/names.h: a table from names to small whole numbers: 0, 1, 2 ... in order of
 * addition. Open addressing, capacity fixed at birth, lookups never allocate.
 * Safe for many readers while nobody adds. */
#ifndef CORDON_BASE_NAMES_H
#define CORDON_BASE_NAMES_H

#include "base/text.h"

#define NAMES_NONE UINT32_MAX
struct names;
struct names *names_new(uint32_t capacity);                   /* NULL: no memory */
void names_free(struct names *n);
uint32_t names_count(const struct names *n);
uint32_t names_find(const struct names *n, struct text name); /* NAMES_NONE: not there */
/* Adds, or finds. Errors: ERR_TOO_LARGE (capacity, or a name over 64 KiB), ERR_MEMORY. The name is copied. */
err_t names_add(struct names *n, struct text name, uint32_t *out_index);
/* The next `count` additions of `size` bytes in all will find their memory. */
err_t names_reserve(struct names *n, uint32_t count, size_t size);
/* NUL-terminated, lives with the table; NULL for an index that was never given. */
const char *names_at(const struct names *n, uint32_t index);

#endif
