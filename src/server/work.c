/* server/work.c: two rings under one lock: what is to be run, what was run. */
#include "server/work.h"

#include "server/bounds.h"

#include <pthread.h>
#include <stdlib.h>

struct job { void (*run)(void *ctx); void (*done)(void *ctx); void *ctx; };

struct ring { struct job *jobs; uint32_t size, first, count; };

struct work {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct ring waiting, finished;
	uint32_t open;                 /* added and not yet polled: never more than either ring holds */
	uint32_t waiting_max;          /* of `open`, for what may still be refused */
	void (*wake)(void *ctx);
	void *ctx;
	bool stop;
	uint32_t thread_count;
	pthread_t threads[8];
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
static void run_one(struct work *w)
{
	struct job job = ring_take(&w->waiting);
	pthread_mutex_unlock(&w->lock);
	job.run(job.ctx);
	pthread_mutex_lock(&w->lock);
	ring_put(&w->finished, job);
	w->wake(w->ctx);
}

static void *worker(void *ctx)
{
	struct work *w = ctx;
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->waiting.count == 0 && !w->stop)
			pthread_cond_wait(&w->more, &w->lock);
		if (w->waiting.count == 0)
			break;
		run_one(w);
	}
	pthread_mutex_unlock(&w->lock);
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
	w->waiting_max = waiting_max;
	w->waiting = (struct ring){.jobs = calloc(size, sizeof(struct job)), .size = size};
	w->finished = (struct ring){.jobs = calloc(size, sizeof(struct job)), .size = size};
	bool good = w->waiting.jobs != NULL && w->finished.jobs != NULL && threads <= 8;
	while (good && w->thread_count < threads) {
		good = pthread_create(&w->threads[w->thread_count], NULL, worker, w) == 0;
		w->thread_count += good;
	}
	if (!good) {
		work_free(w);
		return ERR_MEMORY;
	}
	*out = w;
	return ERR_NONE;
}

static err_t add(struct work *w, uint32_t open_max, struct job job)
{
	pthread_mutex_lock(&w->lock);
	bool room = w->open < open_max && !w->stop;
	if (room) {
		w->open++;
		ring_put(&w->waiting, job);
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	return room ? ERR_NONE : ERR_BUSY;
}

err_t work_add(struct work *w, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx)
{
	return w == NULL ? ERR_BUSY : add(w, w->waiting_max, (struct job){run, done, ctx});
}

err_t work_add_owed(struct work *w, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx)
{
	return w == NULL ? ERR_BUSY : add(w, w->waiting.size, (struct job){run, done, ctx});
}

void work_poll(struct work *w)
{
	for (;;) {
		pthread_mutex_lock(&w->lock);
		bool some = w->finished.count > 0;
		struct job job = {0};
		if (some) {
			job = ring_take(&w->finished);
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
	while (w->waiting.count > 0)
		run_one(w);
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
	free(w->waiting.jobs);
	free(w->finished.jobs);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->more);
	free(w);
}
