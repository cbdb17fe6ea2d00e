/* base/names.c: linear probing in a table at most half full; names lie in an arena.
 *
 *   slot  {hash, index+1}  ->  entry[index] {at, size}  ->  "gate-3\0"
 *
 * The slot keeps 32 bits of the hash, so a miss is told without touching a name. */
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define NAME_SIZE_MAX ((size_t)65536)
#define CAPACITY_MAX (UINT32_C(1) << 30)

struct slot {
	uint32_t hash;
	uint32_t index_and_1; /* 0: free */
};

#define NUL_AND_ALIGNMENT 17 /* what a copy takes beside its bytes */

struct names {
	struct slot *slots;
	struct text *entries;
	struct arena *arena;
	uint32_t mask; /* number of slots - 1 */
	uint32_t capacity, count;
};

struct names *names_new(uint32_t capacity)
{
	if (capacity > CAPACITY_MAX)
		return NULL;
	uint32_t slot_count = 2;
	while (slot_count < 2 * capacity)
		slot_count *= 2;
	struct names *n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->slots = calloc(slot_count, sizeof(*n->slots));
	n->entries = calloc((size_t)capacity + 1, sizeof(*n->entries));
	n->arena = arena_new(((size_t)capacity + 1) * (NAME_SIZE_MAX + 16));
	if (n->slots == NULL || n->entries == NULL || n->arena == NULL) {
		names_free(n);
		return NULL;
	}
	n->mask = slot_count - 1;
	n->capacity = capacity;
	return n;
}

void names_free(struct names *n)
{
	if (n == NULL)
		return;
	arena_free(n->arena);
	free(n->entries);
	free(n->slots);
	free(n);
}

uint32_t names_count(const struct names *n)
{
	return n->count;
}

/* The slot that holds `name`, or the free one where it belongs. */
static uint32_t find_slot(const struct names *n, struct text name, uint32_t hash)
{
	uint32_t i = hash & n->mask;
	for (;; i = (i + 1) & n->mask) {
		const struct slot *s = &n->slots[i];
		if (s->index_and_1 == 0)
			return i;
		if (s->hash == hash && text_equal(n->entries[s->index_and_1 - 1], name))
			return i;
	}
}

static uint32_t hash_of(struct text name)
{
	uint64_t h = text_hash(name, 0);
	return (uint32_t)(h ^ h >> 32);
}

uint32_t names_find(const struct names *n, struct text name)
{
	const struct slot *s = &n->slots[find_slot(n, name, hash_of(name))];
	return s->index_and_1 == 0 ? NAMES_NONE : s->index_and_1 - 1;
}

err_t names_add(struct names *n, struct text name, uint32_t *out_index)
{
	uint32_t hash = hash_of(name);
	struct slot *s = &n->slots[find_slot(n, name, hash)];
	if (s->index_and_1 != 0) {
		*out_index = s->index_and_1 - 1;
		return ERR_NONE;
	}
	if (n->count == n->capacity || name.size > NAME_SIZE_MAX)
		return ERR_TOO_LARGE;
	const char *copy = arena_string(n->arena, name);
	if (copy == NULL)
		return ERR_MEMORY;
	n->entries[n->count] = (struct text){copy, name.size};
	*s = (struct slot){hash, n->count + 1};
	*out_index = n->count++;
	return ERR_NONE;
}

err_t names_reserve(struct names *n, uint32_t count, size_t size)
{
	return count == 0 || arena_reserve(n->arena, size + (size_t)count * NUL_AND_ALIGNMENT) ? ERR_NONE : ERR_MEMORY;
}

const char *names_at(const struct names *n, uint32_t index)
{
	return index < n->count ? n->entries[index].at : NULL;
}
