/* crowd/walk/step_pool.c: a few threads that do the same piece of work together and wait for each other.
 *
 * A step is a fraction of a millisecond, so whoever waits looks again and again for a while before he sleeps. All data
 * are handed over at pool_run and pool_meet; nothing else is shared between threads that one of them writes. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "crowd/walk/step_inside.h"

#define LOOKS_BEFORE_SLEEP 4000
#define LOOKS_BEFORE_YIELD 200

struct pool {
	uint32_t threads, started;
	pthread_t *thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_uint turn;    /* goes up when there is work, or the end */
	atomic_uint meeting; /* goes up when everybody has met */
	atomic_uint here;
	bool end;
	void (*work)(void *ctx, uint32_t thread);
	void *ctx;
};

struct seat { struct pool *pool; uint32_t thread; };

static void look_again(uint32_t looks)
{
	if (looks > LOOKS_BEFORE_YIELD)
		sched_yield();
	else
		__builtin_ia32_pause();
}

void pool_meet(struct pool *p)
{
	unsigned int meeting = atomic_load(&p->meeting);
	if (atomic_fetch_add(&p->here, 1) + 1 == p->threads) {
		atomic_store(&p->here, 0);
		atomic_fetch_add(&p->meeting, 1);
		return;
	}
	for (uint32_t looks = 0; atomic_load(&p->meeting) == meeting; looks++)
		look_again(looks);
}

static void wait_for_turn(struct pool *p, unsigned int seen)
{
	for (uint32_t looks = 0; looks < LOOKS_BEFORE_SLEEP; looks++) {
		if (atomic_load(&p->turn) != seen)
			return;
		look_again(looks);
	}
	pthread_mutex_lock(&p->lock);
	while (atomic_load(&p->turn) == seen)
		pthread_cond_wait(&p->wake, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

static void *sit(void *arg)
{
	struct seat seat = *(struct seat *)arg;
	struct pool *p = seat.pool;
	free(arg);
	for (unsigned int turn = 0;; turn++) {
		wait_for_turn(p, turn);
		if (p->end)
			return NULL;
		p->work(p->ctx, seat.thread);
		pool_meet(p);
	}
}

static void next_turn(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->turn, 1);
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

void pool_run(struct pool *p, void (*work)(void *ctx, uint32_t thread), void *ctx)
{
	p->work = work;
	p->ctx = ctx;
	if (p->threads > 1)
		next_turn(p);
	work(ctx, 0);
	if (p->threads > 1)
		pool_meet(p);
}

uint32_t pool_threads(const struct pool *p)
{
	return p->threads;
}

static err_t seat_thread(struct pool *p, uint32_t thread)
{
	struct seat *seat = malloc(sizeof *seat);
	if (seat == NULL)
		return ERR_MEMORY;
	*seat = (struct seat){ p, thread };
	if (pthread_create(&p->thread[thread], NULL, sit, seat) != 0) {
		free(seat);
		return ERR_MEMORY;
	}
	p->started++;
	return ERR_NONE;
}

err_t pool_new(uint32_t threads, struct pool **out)
{
	if (threads == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		threads = cores < 1 ? 1 : cores > (long)STEP_THREADS_MAX ? STEP_THREADS_MAX : (uint32_t)cores;
	}
	struct pool *p = calloc(1, sizeof *p);
	if (p == NULL)
		return ERR_MEMORY;
	p->threads = threads;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	err_t error = (p->thread = calloc(threads, sizeof *p->thread)) == NULL ? ERR_MEMORY : ERR_NONE;
	for (uint32_t t = 1; t < threads && error == ERR_NONE; t++)
		error = seat_thread(p, t);
	if (error != ERR_NONE) {
		pool_free(p);
		return error;
	}
	*out = p;
	return ERR_NONE;
}

void pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	p->end = true;
	if (p->started > 0)
		next_turn(p);
	for (uint32_t t = 1; t <= p->started; t++)
		pthread_join(p->thread[t], NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p->thread);
	free(p);
}
