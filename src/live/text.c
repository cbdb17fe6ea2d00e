/* live/text.c: a text shared between threads, freed by whoever lets go of it last. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "live/inside.h"

struct live_text {
	atomic_uint refs;
	size_t size;
	char at[];
};

struct live_text *live_text_new(struct text t)
{
	struct live_text *copy = malloc(sizeof *copy + t.size + 1);
	if (copy == NULL)
		return NULL;
	atomic_init(&copy->refs, 1);
	copy->size = t.size;
	memcpy(copy->at, t.at, t.size);
	copy->at[t.size] = '\0';
	return copy;
}

struct text live_text_of(const struct live_text *t)
{
	return t == NULL ? TEXT("") : (struct text){t->at, t->size};
}

struct live_text *live_text_keep(struct live_text *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

void live_text_drop(struct live_text *t)
{
	if (t != NULL && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) == 1)
		free(t);
}
