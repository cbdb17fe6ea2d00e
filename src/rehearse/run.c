/* rehearse/run.c: replications on threads, each a run of its own over the same network.
 *
 *   caller: waits, tells progress, looks at *stop         workers: take the next number, run, write into its own place
 *
 * What is kept after a stop is the first so many replications without a gap, so that they still pair with another plan's. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "rehearse/inside.h"

#define ARENA_SIZE_MAX ((size_t)1 << 36)
#define THREADS_MAX 256
#define LOOK_MS 50

struct work {
	const struct crowd_network *network;
	const struct built *b;
	struct collected *collected;
	uint64_t seed;
	uint32_t replications, next;
	uint32_t done_count;          /* the first so many: what a stop keeps, and what is told */
	bool *done;
	volatile int halt;
	const volatile int *stop;         /* the caller's; NULL: none */
	err_t error;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

uint64_t replication_seed(uint64_t seed, uint32_t replication)
{
	return crowd_draw(seed, replication, CROWD_ASK_ARRIVAL, UINT32_MAX);
}

char *rehearsal_string(struct rehearsal *r, const char *s)
{
	return arena_string(r->arena, text_of(s));
}

struct plan_name rehearsal_name(struct rehearsal *r, struct plan_name n)
{
	return (struct plan_name){rehearsal_string(r, n.zh), rehearsal_string(r, n.en)};
}

/* 256 bits over the plan as it is shown: every resolved property and corner. */
static err_t hash_plan(const struct plan *p, char out[65])
{
	struct buf view;
	buf_init(&view, (size_t)1 << 28);
	err_t error = plan_write_view(p, &view);
	if (error == ERR_NONE)
		error = view.error;
	for (unsigned i = 0; error == ERR_NONE && i < 4; i++)
		snprintf(out + (size_t)16 * i, 17, "%016llx", (unsigned long long)text_hash((struct text){view.at, view.size}, i + 1));
	buf_free(&view);
	return error;
}

/* What was done by hand belongs to the result: without it nobody could say later what was rehearsed. */
static bool keep_changes(struct rehearsal *r, const struct rehearse_settings *s)
{
	struct rehearse_change *changes = arena_alloc_array(r->arena, s->change_count + 1, sizeof(*changes));
	r->settings.changes = changes;
	for (uint32_t i = 0; changes != NULL && i < s->change_count; i++) {
		changes[i] = s->changes[i];
		changes[i].id = rehearsal_string(r, s->changes[i].id);
		if (changes[i].id == NULL)
			return false;
	}
	return changes != NULL;
}

err_t rehearsal_new(const struct plan *p, const struct rehearse_settings *s, struct rehearsal **out)
{
	struct arena *arena = arena_new(ARENA_SIZE_MAX);
	struct rehearsal *r = arena == NULL ? NULL : arena_alloc(arena, sizeof(*r));
	if (r == NULL) {
		arena_free(arena);
		return ERR_MEMORY;
	}
	r->arena = arena;
	r->settings = *s;
	r->settings.curve = NULL;
	r->settings.progress = NULL;
	r->settings.ctx = NULL;
	r->settings.stop = NULL;
	r->plan_name = rehearsal_name(r, p->name);
	r->at_start = p->at_start;
	r->at_doors = p->at_doors;
	r->offset_min = p->offset_min;
	bool kept = keep_changes(r, s);
	err_t error = !kept || r->plan_name.en == NULL || r->plan_name.zh == NULL ? ERR_MEMORY : hash_plan(p, r->plan_hash);
	if (error != ERR_NONE) {
		rehearsal_free(r);
		return error;
	}
	*out = r;
	return ERR_NONE;
}

void rehearsal_free(struct rehearsal *r)
{
	if (r == NULL)
		return;
	free(r->worst_map.values);
	free(r->maximum_map.values);
	arena_free(r->arena);
}

const struct rehearse_row *row_find(const struct rehearsal *r, enum rehearse_figure f, uint32_t subject)
{
	for (uint32_t i = 0; i < r->row_count; i++)
		if (r->rows[i].figure == f && r->rows[i].subject == subject)
			return &r->rows[i];
	return NULL;
}

const struct rehearse_row *rehearsal_find(const struct rehearsal *r, enum rehearse_figure f, const char *subject_id)
{
	enum rehearse_subject kind = rehearse_figure_row(f)->subject;
	if (subject_id == NULL)
		return row_find(r, f, 0);
	for (uint32_t i = 0; i < r->subject_count[kind]; i++)
		if (strcmp(r->subjects[kind][i].id, subject_id) == 0)
			return row_find(r, f, i);
	return NULL;
}

/* ---- threads ---- */

static uint32_t next_replication(struct work *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->stop != NULL && *w->stop != 0)
		w->halt = 1;
	uint32_t out = w->halt != 0 || w->next == w->replications ? CROWD_NONE : w->next++;
	pthread_mutex_unlock(&w->lock);
	return out;
}

static void end_replication(struct work *w, uint32_t k, err_t error)
{
	pthread_mutex_lock(&w->lock);
	if (error == ERR_NONE) {
		w->done[k] = true;
		while (w->done_count < w->replications && w->done[w->done_count])
			w->done_count++;
	} else {
		w->halt = 1;
		if (error != ERR_CROWD_STOPPED && w->error == ERR_NONE)
			w->error = error;
	}
	pthread_cond_signal(&w->moved);
	pthread_mutex_unlock(&w->lock);
}

static void *work_on(void *ctx)
{
	struct work *w = ctx;
	struct crowd_run *run = NULL;
	err_t error = crowd_run_new(w->network, &run);
	for (uint32_t k; (k = next_replication(w)) != CROWD_NONE;) {
		if (error == ERR_NONE)
			error = crowd_network_run(w->network, replication_seed(w->seed, k), &w->halt, run);
		if (error == ERR_NONE)
			collect_run(w->collected, k, run);
		end_replication(w, k, error);
	}
	crowd_run_free(run);
	return NULL;
}

static struct timespec soon(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += LOOK_MS * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

/* The caller's part, until everything is done or halted. */
static void watch(struct work *w, const struct rehearse_settings *s)
{
	uint32_t told = 0;
	pthread_mutex_lock(&w->lock);
	while (w->done_count < w->replications && w->halt == 0) {
		struct timespec until = soon();
		pthread_cond_timedwait(&w->moved, &w->lock, &until);
		if (s->stop != NULL && *s->stop != 0)
			w->halt = 1;
		if (s->progress == NULL || w->done_count == told)
			continue;
		told = w->done_count;
		pthread_mutex_unlock(&w->lock);
		s->progress(s->ctx, told, w->replications);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
}

static bool lock_init(struct work *w)
{
	pthread_condattr_t attributes;
	if (pthread_mutex_init(&w->lock, NULL) != 0)
		return false;
	if (pthread_condattr_init(&attributes) != 0) {
		pthread_mutex_destroy(&w->lock);
		return false;
	}
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	bool made = pthread_cond_init(&w->moved, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	if (!made)
		pthread_mutex_destroy(&w->lock);
	return made;
}

static uint32_t thread_count(const struct rehearse_settings *s)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t wanted = s->threads > 0 ? s->threads : cores < 1 ? 1 : (uint32_t)cores;
	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	return wanted < s->replications ? wanted : s->replications;
}

/* Gives the replications done, without a gap from the first. */
static err_t run_all(struct work *w, const struct rehearse_settings *s, uint32_t *out)
{
	pthread_t threads[THREADS_MAX];
	uint32_t count = thread_count(s), started = 0;
	if (!lock_init(w))
		return ERR_MEMORY;
	while (started < count && pthread_create(&threads[started], NULL, work_on, w) == 0)
		started++;
	if (started > 0)
		watch(w, s);
	for (uint32_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&w->moved);
	pthread_mutex_destroy(&w->lock);
	if (started == 0 || w->error != ERR_NONE)
		return started == 0 ? ERR_MEMORY : w->error;
	if (s->progress != NULL)
		s->progress(s->ctx, w->done_count, w->replications);
	*out = w->done_count;
	return ERR_NONE;
}

/* ---- memory ---- */

/* Three quarters of what is available; where the system says nothing, of 1 GiB. */
size_t memory_may_take(uint32_t rehearsals)
{
	size_t free_bytes = memory_free_bytes();
	return (free_bytes > 0 ? free_bytes : (size_t)1 << 30) / 4 * 3 / rehearsals;
}

err_t memory_check(const struct rehearse_settings *s, size_t needed, struct problem *problem)
{
	size_t most = s->memory_max > 0 ? s->memory_max : memory_may_take(1);
	if (needed <= most)
		return ERR_NONE;
	return problem_set(problem, ERR_CROWD_TOO_LARGE, NULL, "it needs %zu MiB, and may take %zu MiB", (needed >> 20) + 1, most >> 20);
}

/* ---- one rehearsal ---- */

static err_t run_network(const struct built *b, const struct rehearse_settings *s, struct quarters *q, struct rehearsal *r,
                         struct problem *problem)
{
	struct work w = {.b = b, .seed = s->seed, .replications = s->replications, .stop = s->stop};
	struct crowd_network *network = NULL;
	err_t error = memory_check(s, collect_bytes(b, s->replications) + thread_count(s) * crowd_network_run_bytes(&b->net), problem);
	if (error != ERR_NONE)
		return error;
	w.done = calloc(s->replications, sizeof(*w.done));
	if (w.done == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "no memory for the replications");
	error = crowd_network_new(&b->net, &network, problem);
	if (error != ERR_NONE)
		goto out;
	w.network = network;
	error = collected_new(b, r, s->replications, q, &w.collected);
	uint32_t done = 0;
	if (error == ERR_NONE)
		error = run_all(&w, s, &done);
	if (error == ERR_NONE && done == 0)
		error = ERR_CROWD_STOPPED;
	if (error == ERR_NONE)
		error = collect_finish(w.collected, done);
	r->stopped = done < s->replications;
	if (error != ERR_NONE)
		problem_set(problem, error, NULL, error == ERR_CROWD_STOPPED ? "not one replication was done" : "the runs could not be made");
out:
	collected_free(w.collected);
	crowd_network_free(network);
	free(w.done);
	return error;
}

static err_t rehearse_network(const struct plan *p, const struct rehearse_settings *s, struct quarters *q, struct rehearsal *r,
                              struct problem *problem)
{
	struct built *b = NULL;
	err_t error = network_build(p, s, &b, problem);
	if (error != ERR_NONE)
		return error;
	r->from_s = b->from_s;
	r->until_s = b->until_s;
	error = run_network(b, s, q, r, problem);
	if (error == ERR_NONE)
		error = troubles_find(b, r);
	built_free(b);
	return error;
}

err_t rehearse_checked(const struct plan *p, const struct rehearse_settings *s, struct quarters *q, struct rehearsal **out,
                       struct problem *problem)
{
	struct rehearsal *r = NULL;
	err_t error = rehearsal_new(p, s, &r);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "no memory for the rehearsal");
	model_words(s, r);
	error = s->level == REHEARSE_MICRO ? rehearse_scene(p, s, r, problem) : rehearse_network(p, s, q, r, problem);
	if (error != ERR_NONE) {
		rehearsal_free(r);
		return error;
	}
	*out = r;
	return ERR_NONE;
}

err_t plan_refuse(const struct plan *p, struct problem *problem)
{
	struct plan_findings findings = {0};
	err_t error = plan_check(p, &findings);
	for (uint32_t i = 0; error == ERR_NONE && i < findings.count; i++) {
		const struct plan_finding *f = &findings.items[i];
		if (f->severity != PLAN_ERROR)
			continue;
		error = problem_set(problem, ERR_REHEARSE_PLAN, f->field, "%s %s: %s", f->code, f->feature, f->text_en);
		if (problem != NULL) {
			problem->line = f->line;
			memcpy(problem->feature, f->feature, sizeof(problem->feature));
		}
	}
	if (error == ERR_NONE && findings.errors > 0) /* not among those that are kept */
		error = problem_set(problem, ERR_REHEARSE_PLAN, NULL, "%u mistakes", findings.errors);
	plan_findings_free(&findings);
	return error;
}

err_t rehearse_run(const struct plan *p, const struct rehearse_settings *s, struct rehearsal **out, struct problem *problem)
{
	struct rehearse_settings resolved;
	err_t error = plan_refuse(p, problem);
	if (error == ERR_NONE)
		error = settings_resolve(p, s, &resolved, problem);
	return error != ERR_NONE ? error : rehearse_checked(p, &resolved, NULL, out, problem);
}
