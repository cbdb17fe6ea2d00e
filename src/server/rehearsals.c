/* server/rehearsals.c: the queue of rehearsals, its slots, and what callers ask of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "server/rehearsals_inside.h"

static void free_job(struct job *j)
{
	buf_free(&j->frame);
	free(j);
}

static struct job **place_of(struct rehearsals *r, const char *session, uint32_t number)
{
	struct job **at = &r->jobs;
	while (*at != NULL && ((*at)->number != number || strcmp((*at)->session, session) != 0))
		at = &(*at)->next;
	return at;
}

static void take_out(struct rehearsals *r, struct job *j)
{
	struct job **at = &r->jobs;
	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
}

static bool runs_one(const struct rehearsals *r, const char *by)
{
	for (const struct job *j = r->jobs; j != NULL; j = j->next)
		if (j->state == JOB_RUNNING && strcmp(j->by, by) == 0)
			return true;
	return false;
}

/* The one that waits longest (the last of the list), of those first who have nothing running: nobody holds all slots while others wait. */
static struct job *first_waiting(struct rehearsals *r)
{
	struct job *found = NULL, *fair = NULL;
	for (struct job *j = r->jobs; j != NULL; j = j->next) {
		if (j->state != JOB_WAITING)
			continue;
		found = j;
		if (!runs_one(r, j->by))
			fair = j;
	}
	return fair != NULL ? fair : found;
}

static at_ms now(const struct rehearsals *r) { return r->settings.clock.now(r->settings.clock.self); }

/* ---- slots ---- */

/* Result first: what says that there is one is never there without it. */
static void keep_end(struct rehearsals *r, struct job *j, enum job_state state, struct buf *result)
{
	err_t e = ERR_NONE;
	pthread_mutex_lock(&r->lock);
	j->has_result = result->size > 0;
	pthread_mutex_unlock(&r->lock);
	if (result->size > 0)
		e = job_keep_result(r, j, (struct text){result->at, result->size});
	if (e == ERR_NONE)
		e = job_keep(r, j, state, CATALOG_ANY);
	if (e == ERR_NONE)
		return;
	log_warn("rehearsal", "%s/%u cannot be kept: %s", j->session, j->number, error_row(e)->code);
	pthread_mutex_lock(&r->lock);
	j->has_result = false;
	problem_set(&j->problem, e, NULL, "the result cannot be kept");
	pthread_mutex_unlock(&r->lock);
}

/* A hidden one, for good. Its number is free only when the catalog has forgotten it. */
static err_t forget(struct rehearsals *r, struct job *j)
{
	err_t e = job_forget(r, j->session, j->number);
	pthread_mutex_lock(&r->lock);
	take_out(r, j);
	pthread_mutex_unlock(&r->lock);
	free_job(j);
	return e;
}

static void run_one(struct rehearsals *r, struct job *j)
{
	struct buf result;
	buf_init(&result, REHEARSE_RESULT_BYTES_MAX);
	enum job_state state = job_run(r, j, &result);
	pthread_mutex_lock(&r->lock);
	buf_free(&j->frame);
	j->at_ended = now(r);
	bool lost = j->hidden || r->ending; /* at the end of the server it stays "interrupted" */
	pthread_mutex_unlock(&r->lock);
	if (!lost)
		keep_end(r, j, state, &result);
	buf_free(&result);
	pthread_mutex_lock(&r->lock);
	j->state = j->problem.error != ERR_NONE && !j->has_result && state != JOB_STOPPED ? JOB_FAILED : state;
	bool is_deleted = j->hidden;
	pthread_mutex_unlock(&r->lock);
	if (is_deleted)
		forget(r, j);
}

static void *slot(void *ctx)
{
	struct rehearsals *r = ctx;
	pthread_mutex_lock(&r->lock);
	while (!r->ending) {
		struct job *j = first_waiting(r);
		if (j == NULL) {
			pthread_cond_wait(&r->change, &r->lock);
			continue;
		}
		j->state = JOB_RUNNING;
		pthread_mutex_unlock(&r->lock);
		run_one(r, j);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

err_t rehearsals_new(const struct rehearsals_settings *settings, struct rehearsals **out)
{
	struct rehearsals *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ERR_MEMORY;
	r->settings = *settings;
	if (pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return ERR_MEMORY;
	}
	if (pthread_cond_init(&r->change, NULL) != 0) {
		pthread_mutex_destroy(&r->lock);
		free(r);
		return ERR_MEMORY;
	}
	err_t e = jobs_load(r);
	for (uint32_t i = 0; e == ERR_NONE && settings->program != NULL && i < REHEARSALS_AT_ONCE; i++) {
		if (pthread_create(&r->slots[i], NULL, slot, r) != 0)
			e = ERR_MEMORY;
		else
			r->slot_count++;
	}
	if (e != ERR_NONE)
		rehearsals_free(r);
	else
		*out = r;
	return e;
}

void rehearsals_free(struct rehearsals *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	for (struct job *j = r->jobs; j != NULL; j = j->next)
		if (j->pid > 0)
			kill(j->pid, SIGKILL);
	pthread_cond_broadcast(&r->change);
	pthread_mutex_unlock(&r->lock);
	for (uint32_t i = 0; i < r->slot_count; i++)
		pthread_join(r->slots[i], NULL);
	while (r->jobs != NULL) {
		struct job *j = r->jobs;
		r->jobs = j->next;
		free_job(j);
	}
	pthread_cond_destroy(&r->change);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* ---- asking ---- */

static err_t new_job(const struct rehearsal_asked *a, struct job **out)
{
	struct job *j = calloc(1, sizeof(*j));
	if (j == NULL)
		return ERR_MEMORY;
	snprintf(j->session, sizeof(j->session), "%s", a->session);
	snprintf(j->by, sizeof(j->by), "%s", a->by);
	j->plan_version = a->plan_version;
	j->level = a->request->settings.level;
	j->phase = a->request->settings.phase;
	j->compares = a->frame.against.size > 0;
	j->find_lanes = a->request->find_lanes;
	j->state = JOB_INTERRUPTED; /* until it is in the catalog it does not wait, and nobody sees it */
	j->hidden = true;
	j->at_ended = AT_NONE;
	buf_init(&j->frame, REHEARSAL_REQUEST_BYTES_MAX);
	rehearse_frame_write(&a->frame, &j->frame);
	err_t e = j->frame.error;
	if (e != ERR_NONE)
		free_job(j);
	else
		*out = j;
	return e;
}

/* Is there room for one more? With the lock; gives the next number. */
static err_t check_room(struct rehearsals *r, const struct rehearsal_asked *a, size_t bytes, uint32_t *out_number,
                        struct problem *problem)
{
	uint32_t waiting = 0, own = 0, kept = 0, own_kept = 0, last = 0;
	for (const struct job *j = r->jobs; j != NULL; j = j->next) {
		bool open = j->state == JOB_WAITING || j->state == JOB_RUNNING, same = strcmp(j->session, a->session) == 0;
		waiting += j->state == JOB_WAITING;
		own += open && strcmp(j->by, a->by) == 0;
		kept += same;
		own_kept += same && strcmp(j->by, a->by) == 0;
		bytes += j->frame.size;
		if (same && j->number > last)
			last = j->number;
	}
	if (waiting >= REHEARSALS_WAITING_MAX)
		return problem_set(problem, ERR_REHEARSE_BUSY, NULL, "%u are waiting", waiting);
	if (bytes > REHEARSALS_BYTES_MAX)
		return problem_set(problem, ERR_REHEARSE_BUSY, NULL, "the plans that wait fill the memory set aside for them");
	if (own >= REHEARSALS_OF_ONE_MAX)
		return problem_set(problem, ERR_REHEARSE_BUSY, NULL, "%u of yours are waiting or running", own);
	if (kept >= REHEARSALS_KEPT_MAX)
		return problem_set(problem, ERR_REHEARSE_BUSY, NULL, "%u are kept for this session: delete one", kept);
	if (own_kept >= REHEARSALS_KEPT_OF_ONE_MAX)
		return problem_set(problem, ERR_REHEARSE_BUSY, NULL, "%u of yours are kept for this session: delete one", own_kept);
	*out_number = last + 1;
	return ERR_NONE;
}

err_t rehearsals_add(struct rehearsals *r, const struct rehearsal_asked *asked, uint32_t *out_number, struct problem *problem)
{
	uint32_t number = 0;
	if (r->slot_count == 0)
		return problem_set(problem, ERR_REHEARSE_WORKER, NULL, "this server runs no rehearsals");
	struct job *j = NULL;
	err_t e = new_job(asked, &j);
	if (e != ERR_NONE)
		return problem_set(problem, e, NULL, "the plans and settings together may have %u MiB", REHEARSAL_REQUEST_BYTES_MAX >> 20);
	j->at_asked = now(r);
	pthread_mutex_lock(&r->lock);
	e = check_room(r, asked, j->frame.size, &number, problem);
	if (e == ERR_NONE) {
		j->number = number;
		j->next = r->jobs;
		r->jobs = j;
	}
	pthread_mutex_unlock(&r->lock);
	if (e != ERR_NONE) {
		free_job(j);
		return e;
	}
	e = job_keep(r, j, JOB_INTERRUPTED, CATALOG_ANY);
	pthread_mutex_lock(&r->lock);
	if (e == ERR_NONE) {
		j->state = JOB_WAITING;
		j->hidden = false;
		pthread_cond_signal(&r->change);
	} else {
		take_out(r, j);
	}
	pthread_mutex_unlock(&r->lock);
	if (e != ERR_NONE)
		free_job(j);
	else
		*out_number = number;
	return e;
}

/* ---- looking ---- */

void rehearsals_write(struct rehearsals *r, const char *session, bool chinese, struct buf *out)
{
	bool first = true;
	buf_add_char(out, '[');
	pthread_mutex_lock(&r->lock);
	for (const struct job *j = r->jobs; j != NULL; j = j->next) {
		if (j->hidden || strcmp(j->session, session) != 0)
			continue;
		if (!first)
			buf_add_char(out, ',');
		first = false;
		job_write(j, chinese, out);
	}
	pthread_mutex_unlock(&r->lock);
	buf_add_char(out, ']');
}

err_t rehearsals_write_one(struct rehearsals *r, const char *session, uint32_t number, bool chinese, struct buf *out)
{
	pthread_mutex_lock(&r->lock);
	const struct job *j = *place_of(r, session, number);
	bool there = j != NULL && !j->hidden;
	if (there)
		job_write(j, chinese, out);
	pthread_mutex_unlock(&r->lock);
	return there ? ERR_NONE : ERR_REHEARSE_UNKNOWN;
}

err_t rehearsals_result(struct rehearsals *r, const char *session, uint32_t number, struct buf *out)
{
	pthread_mutex_lock(&r->lock);
	const struct job *j = *place_of(r, session, number);
	bool there = j != NULL && !j->hidden && j->has_result && j->state != JOB_RUNNING;
	pthread_mutex_unlock(&r->lock);
	return there ? job_read_result(r, session, number, out) : ERR_REHEARSE_UNKNOWN;
}

/* ---- ending ---- */

/* Somebody may delete it meanwhile: then it must not come back. */
static err_t keep_stopped(struct rehearsals *r, const struct job *copy)
{
	err_t e = job_keep(r, copy, JOB_STOPPED, CATALOG_ANY);
	pthread_mutex_lock(&r->lock);
	const struct job *j = *place_of(r, copy->session, copy->number);
	bool gone = j == NULL || j->hidden;
	pthread_mutex_unlock(&r->lock);
	return gone ? job_forget(r, copy->session, copy->number) : e;
}

err_t rehearsals_stop(struct rehearsals *r, const char *session, uint32_t number)
{
	pthread_mutex_lock(&r->lock);
	struct job *j = *place_of(r, session, number);
	bool there = j != NULL && !j->hidden, was_waiting = there && j->state == JOB_WAITING;
	if (was_waiting) {
		j->state = JOB_STOPPED;
		j->at_ended = now(r);
		buf_free(&j->frame);
	} else if (there && j->state == JOB_RUNNING && !j->stop_asked) {
		j->stop_asked = true;
		if (j->pid > 0)
			kill(j->pid, SIGINT);
	}
	struct job copy = there ? *j : (struct job){0};
	pthread_mutex_unlock(&r->lock);
	if (!there)
		return ERR_REHEARSE_UNKNOWN;
	return was_waiting ? keep_stopped(r, &copy) : ERR_NONE;
}

err_t rehearsals_delete(struct rehearsals *r, const char *session, uint32_t number)
{
	pthread_mutex_lock(&r->lock);
	struct job *j = *place_of(r, session, number);
	if (j == NULL || j->hidden) {
		pthread_mutex_unlock(&r->lock);
		return ERR_REHEARSE_UNKNOWN;
	}
	bool running = j->state == JOB_RUNNING;
	if (running) {
		j->hidden = true; /* its slot takes it out when the process is gone */
		if (j->pid > 0)
			kill(j->pid, SIGKILL);
	} else {
		j->hidden = true;
		j->state = JOB_INTERRUPTED; /* no slot takes it any more */
	}
	pthread_mutex_unlock(&r->lock);
	return running ? ERR_NONE : forget(r, j);
}
