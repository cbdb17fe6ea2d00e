/* base/arena.h: memory that dies together (a request, a plan).
 *
 * Blocks grow by doubling up to `maximum` bytes in all; then arena_alloc gives
 * NULL. Nothing is freed alone. Memory is zeroed. Alignment 16.
 */
#ifndef CORDON_BASE_ARENA_H
#define CORDON_BASE_ARENA_H

#include "base/text.h"

struct arena;
struct arena *arena_new(size_t maximum);             /* NULL: no memory */
void arena_free(struct arena *a);                    /* NULL is fine */
void arena_reset(struct arena *a);                   /* keeps the first block */
void *arena_alloc(struct arena *a, size_t size);     /* zeroed; NULL: maximum or no memory */
void *arena_alloc_array(struct arena *a, size_t count, size_t size);
char *arena_string(struct arena *a, struct text t);  /* a NUL-terminated copy */
bool arena_reserve(struct arena *a, size_t size);      /* the next `size` bytes, 16 more a piece, will be there; false: no memory */
size_t arena_used(const struct arena *a);            /* bytes given out */

#endif
