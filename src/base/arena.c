/* base/arena.c: a chain of blocks, newest first; the oldest survives a reset. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN ((size_t)16)
#define FIRST_BLOCK_SIZE ((size_t)4096)

struct block {
	struct block *older;
	size_t size, used; /* bytes of `bytes` */
	alignas(16) unsigned char bytes[];
};

struct arena {
	struct block *newest;
	size_t maximum;
	size_t held; /* bytes of all blocks */
	size_t used; /* bytes given out, rounded up to the alignment */
};

struct arena *arena_new(size_t maximum)
{
	struct arena *a = calloc(1, sizeof(*a));
	if (a != NULL)
		a->maximum = maximum;
	return a;
}

static void drop_blocks(struct arena *a, bool keep_oldest)
{
	while (a->newest != NULL && !(keep_oldest && a->newest->older == NULL)) {
		struct block *gone = a->newest;
		a->newest = gone->older;
		a->held -= gone->size;
		free(gone);
	}
}

void arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	drop_blocks(a, false);
	free(a);
}

void arena_reset(struct arena *a)
{
	drop_blocks(a, true);
	if (a->newest != NULL)
		a->newest->used = 0;
	a->used = 0;
}

/* A block with room for `size`: twice the last one, if the maximum leaves that much. */
static bool add_block(struct arena *a, size_t size)
{
	size_t left = a->maximum - a->held;
	if (size > left)
		return false;
	size_t wish = a->newest == NULL ? FIRST_BLOCK_SIZE
	            : a->newest->size > SIZE_MAX / 2 ? a->newest->size : a->newest->size * 2;
	if (wish > left)
		wish = left;
	if (wish < size)
		wish = size;
	if (wish > SIZE_MAX - sizeof(struct block))
		return false;
	struct block *b = malloc(sizeof(*b) + wish);
	if (b == NULL)
		return false;
	b->older = a->newest;
	b->size = wish;
	b->used = 0;
	a->newest = b;
	a->held += wish;
	return true;
}

void *arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX - ALIGN)
		return NULL;
	size_t rounded = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (rounded == 0)
		rounded = ALIGN; /* two allocations are never the same address */
	struct block *b = a->newest;
	/* The last block may be as small as the maximum: the rounding need not fit, the size must. */
	if (b == NULL || size > b->size - b->used || (size == 0 && b->used == b->size)) {
		size_t need = rounded <= a->maximum - a->held ? rounded : size;
		if (need == 0 || !add_block(a, need))
			return NULL;
		b = a->newest;
	}
	unsigned char *p = b->bytes + b->used;
	size_t taken = rounded <= b->size - b->used ? rounded : b->size - b->used;
	b->used += taken;
	a->used += taken;
	memset(p, 0, size);
	return p;
}

bool arena_reserve(struct arena *a, size_t size)
{
	const struct block *b = a->newest;
	return (b != NULL && size <= b->size - b->used) || add_block(a, size);
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, count * size);
}

char *arena_string(struct arena *a, struct text t)
{
	if (t.size == SIZE_MAX)
		return NULL;
	char *s = arena_alloc(a, t.size + 1);
	if (s != NULL && t.size > 0)
		memcpy(s, t.at, t.size);
	return s;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
