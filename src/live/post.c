/* live/post.c: queues between two threads. The taker takes all that waits: group commit by demand. */
#include <time.h>

#include "live/inside.h"

err_t post_init(struct post *p)
{
	pthread_condattr_t attributes;
	p->first = NULL;
	p->last = &p->first;
	p->stop = false;
	if (pthread_mutex_init(&p->lock, NULL) != 0)
		return ERR_MEMORY;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	int failed = pthread_cond_init(&p->filled, &attributes);
	pthread_condattr_destroy(&attributes);
	if (failed != 0)
		pthread_mutex_destroy(&p->lock);
	return failed != 0 ? ERR_MEMORY : ERR_NONE;
}

void post_free(struct post *p)
{
	pthread_cond_destroy(&p->filled);
	pthread_mutex_destroy(&p->lock);
}

bool post_put(struct post *p, struct op *op)
{
	op->next = NULL;
	pthread_mutex_lock(&p->lock);
	bool was_empty = p->first == NULL;
	*p->last = op;
	p->last = &op->next;
	if (was_empty)
		pthread_cond_signal(&p->filled);
	pthread_mutex_unlock(&p->lock);
	return was_empty;
}

static struct op *take_locked(struct post *p)
{
	struct op *all = p->first;
	p->first = NULL;
	p->last = &p->first;
	return all;
}

struct op *post_take(struct post *p)
{
	pthread_mutex_lock(&p->lock);
	struct op *all = take_locked(p);
	pthread_mutex_unlock(&p->lock);
	return all;
}

struct op *post_wait(struct post *p, int64_t for_ms, bool *out_stop)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(for_ms / 1000);
	until.tv_nsec += (long)(for_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&p->lock);
	while (p->first == NULL && !p->stop)
		if (pthread_cond_timedwait(&p->filled, &p->lock, &until) != 0)
			break;
	struct op *all = take_locked(p);
	*out_stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	return all;
}

void post_stop(struct post *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->filled);
	pthread_mutex_unlock(&p->lock);
}
