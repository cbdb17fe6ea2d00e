/* live/trouble.c: what is wrong and needs a person, for health and the page. Any thread; a short list under one lock. */
#include <string.h>

#include "live/inside.h"

static struct live_trouble *find(struct troubles *t, enum live_trouble_kind kind, const char *session)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->list[i].kind == kind && strcmp(t->list[i].session, session) == 0)
			return &t->list[i];
	return NULL;
}

void trouble_set(struct live *l, enum live_trouble_kind kind, const char *session, err_t error, uint64_t number)
{
	struct troubles *t = &l->troubles;
	pthread_mutex_lock(&t->lock);
	struct live_trouble *one = find(t, kind, session);
	if (one == NULL && t->count < LIVE_TROUBLES_MAX) {
		one = &t->list[t->count++];
		*one = (struct live_trouble){.kind = kind, .at_since = l->settings.clock.now(l->settings.clock.self)};
		memcpy(one->session, session, strlen(session) + 1);
	}
	if (one != NULL) {
		one->error = error;
		one->number = number;
	}
	pthread_mutex_unlock(&t->lock);
}

void trouble_clear(struct live *l, enum live_trouble_kind kind, const char *session)
{
	struct troubles *t = &l->troubles;
	pthread_mutex_lock(&t->lock);
	struct live_trouble *one = find(t, kind, session);
	if (one != NULL) {
		t->count--;
		memmove(one, one + 1, (size_t)(&t->list[t->count] - one) * sizeof *one);
	}
	pthread_mutex_unlock(&t->lock);
}

uint32_t live_troubles(struct live *l, struct live_trouble *out, uint32_t count_max)
{
	struct troubles *t = &l->troubles;
	pthread_mutex_lock(&t->lock);
	uint32_t count = t->count, given = count < count_max ? count : count_max;
	memcpy(out, t->list, given * sizeof *out);
	pthread_mutex_unlock(&t->lock);
	return count;
}
