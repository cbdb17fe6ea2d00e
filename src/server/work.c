/* server/work.c: three rings under one lock: what is owed, what is to be run, what was run. */
#include "server/work.h"

#include "server/bounds.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define SLOW_NICE 5 /* Argon2 and plan checks give way to the loop, the journal and the audit chain */
#define THREADS_MAX 8

struct job { void (*run)(void *ctx); void (*done)(void *ctx); void *ctx; bool owed; };

struct ring { struct job *jobs; uint32_t size, first, count; };

struct work {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct ring owed, waiting, finished;
	uint32_t open_owed, open;      /* added and not yet polled: never more than their ring holds */
	void (*wake)(void *ctx);
	void *ctx;
	bool stop;
	uint32_t thread_count;
	pthread_t threads[THREADS_MAX];
};

static void ring_put(struct ring *r, struct job job)
{
	r->jobs[(r->first + r->count++) % r->size] = job;
}

static struct job ring_take(struct ring *r)
{
	struct job job = r->jobs[r->first];
	r->first = (r->first + 1) % r->size;
	r->count--;
	return job;
}

/* Under the lock, which is open meanwhile. */
static void run_one(struct work *w, struct ring *from)
{
	struct job job = ring_take(from);
	pthread_mutex_unlock(&w->lock);
	job.run(job.ctx);
	pthread_mutex_lock(&w->lock);
	ring_put(&w->finished, job);
	w->wake(w->ctx);
}

static void work_on(struct work *w, struct ring *of)
{
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (of->count == 0 && !w->stop)
			pthread_cond_wait(&w->more, &w->lock);
		if (of->count == 0)
			break;
		run_one(w, of);
	}
	pthread_mutex_unlock(&w->lock);
}

static void *worker_for_owed(void *ctx)
{
	struct work *w = ctx;
	work_on(w, &w->owed);
	return NULL;
}

static void *worker(void *ctx)
{
	struct work *w = ctx;
	/* Linux: of this thread alone. Not allowed or not possible: it works all the same. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), SLOW_NICE);
	work_on(w, &w->waiting);
	return NULL;
}

err_t work_new(uint32_t threads, uint32_t waiting_max, void (*wake)(void *ctx), void *ctx, struct work **out)
{
	struct work *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return ERR_MEMORY;
	w->wake = wake;
	w->ctx = ctx;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	uint32_t size = waiting_max + WORK_OWED_MAX;
	w->owed = (struct ring){.jobs = calloc(WORK_OWED_MAX, sizeof(struct job)), .size = WORK_OWED_MAX};
	w->waiting = (struct ring){.jobs = calloc(waiting_max, sizeof(struct job)), .size = waiting_max};
	w->finished = (struct ring){.jobs = calloc(size, sizeof(struct job)), .size = size};
	bool good = w->owed.jobs != NULL && w->waiting.jobs != NULL && w->finished.jobs != NULL && threads < THREADS_MAX;
	uint32_t wanted = threads == 0 ? 0 : threads + 1;
	while (good && w->thread_count < wanted) {
		bool first = w->thread_count == 0;
		good = pthread_create(&w->threads[w->thread_count], NULL, first ? worker_for_owed : worker, w) == 0;
		w->thread_count += good;
	}
	if (!good) {
		work_free(w);
		return ERR_MEMORY;
	}
	*out = w;
	return ERR_NONE;
}

static err_t add(struct work *w, struct job job)
{
	pthread_mutex_lock(&w->lock);
	struct ring *to = job.owed ? &w->owed : &w->waiting;
	uint32_t *open = job.owed ? &w->open_owed : &w->open;
	bool room = *open < to->size && !w->stop;
	if (room) {
		++*open;
		ring_put(to, job);
		pthread_cond_broadcast(&w->more); /* not everybody takes everything */
	}
	pthread_mutex_unlock(&w->lock);
	return room ? ERR_NONE : ERR_BUSY;
}

err_t work_add(struct work *w, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx)
{
	return w == NULL ? ERR_BUSY : add(w, (struct job){run, done, ctx, false});
}

err_t work_add_owed(struct work *w, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx)
{
	return w == NULL ? ERR_BUSY : add(w, (struct job){run, done, ctx, true});
}

void work_poll(struct work *w)
{
	for (;;) {
		pthread_mutex_lock(&w->lock);
		bool some = w->finished.count > 0;
		struct job job = {0};
		if (some) {
			job = ring_take(&w->finished);
			if (job.owed)
				w->open_owed--;
			else
				w->open--;
		}
		pthread_mutex_unlock(&w->lock);
		if (!some)
			return;
		job.done(job.ctx);
	}
}

void work_step(struct work *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->owed.count > 0 || w->waiting.count > 0)
		run_one(w, w->owed.count > 0 ? &w->owed : &w->waiting);
	pthread_mutex_unlock(&w->lock);
}

void work_free(struct work *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	for (uint32_t i = 0; i < w->thread_count; i++)
		pthread_join(w->threads[i], NULL);
	work_poll(w);
	free(w->owed.jobs);
	free(w->waiting.jobs);
	free(w->finished.jobs);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
	free(w);
}
