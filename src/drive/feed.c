/* drive/feed.c: takes what is due, writes it as NDJSON, posts it until it is acknowledged.
 *
 *   source --records--> by device to one of the clients --bodies (bounded)--> POST .../passages
 *
 * A device always goes through the same client, so its records keep their order on the way.
 */
#include "drive/drive.h"

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define CLIENTS_MAX 16
#define BODIES_WAITING_MAX 4
#define LINE_BYTES_MAX 512
#define TAKE_RECORDS 8192
#define ANSWER_BYTES_MAX (4u << 20)
#define CLOCK_EVERY_MS 5000
#define STATE_EVERY_MS 2000
#define FLUSH_EVERY_MS 100

struct client {
	struct drive_http *http;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct buf bodies[BODIES_WAITING_MAX];
	uint32_t lines[BODIES_WAITING_MAX];
	unsigned first, count;     /* ring of bodies */
	struct buf open;           /* the body being written, not yet waiting */
	uint32_t open_lines;
	bool ending;
	err_t error;
	struct problem problem;
	uint64_t accepted, duplicates, rejected, requests;
	char path[128];
};

struct feed {
	const struct drive_play *play;
	struct drive_source *source;
	struct drive_tally *tally;
	struct client clients[CLIENTS_MAX];
	struct drive_http *http;   /* for clock and state */
	at_ms at_session;          /* the session's clock at `read_ms` */
	double speed;
	int64_t read_ms, state_ms, flushed_ms, shown_ms;
	uint64_t rejected_shown;
};

static volatile sig_atomic_t stop_asked;

static void ask_stop(int signal_number)
{
	(void)signal_number;
	stop_asked = 1;
}

bool drive_stop_asked(void)
{
	return stop_asked != 0;
}

static int64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void take_receipt(struct client *c, const struct buf *answer, uint32_t lines)
{
	json_error_t error;
	json_t *root = json_loadb(answer->at ? answer->at : "", answer->size, 0, &error);
	json_t *first = json_array_get(json_object_get(root, "rejected"), 0);
	uint64_t accepted = (uint64_t)json_integer_value(json_object_get(root, "accepted"));
	uint64_t duplicates = (uint64_t)json_integer_value(json_object_get(root, "duplicate"));

	pthread_mutex_lock(&c->lock);
	c->accepted += accepted;
	c->duplicates += duplicates;
	c->rejected += lines - accepted - duplicates;
	c->requests++;
	pthread_mutex_unlock(&c->lock);
	if (first)
		log_debug("drive", "refused: %s", json_string_value(json_object_get(first, "code")));
	json_decref(root);
}

static void post_body(struct client *c, struct buf *body, uint32_t lines)
{
	struct buf answer;
	struct problem problem = {0};
	long status = 0;
	err_t err;

	buf_init(&answer, ANSWER_BYTES_MAX);
	err = drive_http_send(c->http, "POST", c->path, "application/x-ndjson", (struct text){body->at, body->size}, &answer, &status,
	                      &problem);
	if (err == ERR_NONE && status != 200)
		err = problem_set(&problem, status == 507 ? ERR_STORE_FULL : ERR_STORE_WRITE, NULL, "the server answered %ld%s%.200s", status,
		                  status == 507 ? "" : ": ", status == 507 || answer.at == NULL ? "" : answer.at);
	if (err == ERR_NONE) {
		take_receipt(c, &answer, lines);
	} else {
		pthread_mutex_lock(&c->lock);
		c->error = err;
		c->problem = problem;
		pthread_mutex_unlock(&c->lock);
	}
	buf_free(&answer);
}

static void *client_main(void *arg)
{
	struct client *c = arg;

	for (;;) {
		struct buf *body;
		uint32_t lines;

		pthread_mutex_lock(&c->lock);
		while (c->count == 0 && !c->ending)
			pthread_cond_wait(&c->changed, &c->lock);
		if (c->count == 0) {
			pthread_mutex_unlock(&c->lock);
			return NULL;
		}
		body = &c->bodies[c->first];
		lines = c->lines[c->first];
		pthread_mutex_unlock(&c->lock);
		if (c->error == ERR_NONE)
			post_body(c, body, lines);
		pthread_mutex_lock(&c->lock);
		buf_reset(body);
		c->first = (c->first + 1) % BODIES_WAITING_MAX;
		c->count--;
		pthread_cond_broadcast(&c->changed);
		pthread_mutex_unlock(&c->lock);
	}
}

/* Hands the open body over; waits while the client has enough to do. */
static void flush_client(struct client *c)
{
	unsigned slot;
	struct buf swap;

	if (c->open_lines == 0)
		return;
	pthread_mutex_lock(&c->lock);
	while (c->count == BODIES_WAITING_MAX)
		pthread_cond_wait(&c->changed, &c->lock);
	slot = (c->first + c->count) % BODIES_WAITING_MAX;
	swap = c->bodies[slot];
	c->bodies[slot] = c->open;
	c->lines[slot] = c->open_lines;
	c->open = swap;
	c->open_lines = 0;
	c->count++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

static void write_record(struct feed *f, const struct drive_record *r)
{
	const struct plan *plan = f->play->plan;
	const struct plan_device *d = &plan->devices[r->device];
	struct client *c = &f->clients[r->device % f->play->clients];
	char at[WHEN_SIZE];

	buf_addf(&c->open, "{\"device\":\"%s\",\"boot\":%llu,\"seq\":%llu,\"at\":\"%s\",\"checkpoint\":\"%s\",\"%s\":%u,\"%s\":%u}\n", d->id,
	         (unsigned long long)r->boot, (unsigned long long)r->seq, when_format(r->at, plan->offset_min, at),
	         plan->checkpoints[d->checkpoint].id, r->totals ? "in_total" : "in", r->in, r->totals ? "out_total" : "out", r->out);
	f->tally->sent++;
	if (!r->again && !r->totals) {
		f->tally->in[d->checkpoint] += r->in;
		f->tally->out[d->checkpoint] += r->out;
	}
	if (++c->open_lines >= f->play->batch)
		flush_client(c);
}

/* GET /sessions/ID: what time is it there, how fast does it run? */
static err_t read_clock(struct feed *f, struct problem *problem)
{
	struct buf answer;
	char path[128];
	long status = 0;
	json_error_t error;
	json_t *root = NULL;
	const char *now;
	err_t err;

	buf_init(&answer, ANSWER_BYTES_MAX);
	snprintf(path, sizeof(path), "/api/v1/sessions/%s", f->play->session);
	err = drive_http_send(f->http, "GET", path, "application/json", TEXT(""), &answer, &status, problem);
	if (err != ERR_NONE)
		goto out;
	root = json_loadb(answer.at ? answer.at : "", answer.size, 0, &error);
	now = json_string_value(json_object_get(root, "now"));
	if (status != 200 || !now || when_parse(text_of(now), &f->at_session, NULL) != ERR_NONE) {
		err = problem_set(problem, ERR_SESSION_UNKNOWN, "--session", "the server answered %ld for session %s", status,
		                  f->play->session);
		goto out;
	}
	f->speed = json_number_value(json_object_get(root, "speed"));
	f->read_ms = monotonic_ms();
out:
	json_decref(root);
	buf_free(&answer);
	return err;
}

static at_ms session_now(const struct feed *f)
{
	return f->at_session + (at_ms)((double)(monotonic_ms() - f->read_ms) * f->speed);
}

/* What the operator has opened or closed is obeyed by a drill's people. */
static void read_lanes(struct feed *f)
{
	struct buf answer;
	char path[128];
	long status = 0;
	json_error_t error;
	json_t *root, *item;
	size_t i;

	f->state_ms = monotonic_ms();
	buf_init(&answer, ANSWER_BYTES_MAX * 4);
	snprintf(path, sizeof(path), "/api/v1/sessions/%s/state", f->play->session);
	if (drive_http_send(f->http, "GET", path, "application/json", TEXT(""), &answer, &status, NULL) == ERR_NONE && status == 200) {
		root = json_loadb(answer.at, answer.size, 0, &error);
		json_array_foreach(json_object_get(root, "checkpoints"), i, item) {
			const char *id = json_string_value(json_object_get(item, "id"));
			uint32_t checkpoint = plan_find_checkpoint(f->play->plan, text_of(id));

			if (checkpoint != UINT32_MAX)
				f->source->lanes(f->source->self, checkpoint,
				                 (uint32_t)json_integer_value(json_object_get(item, "lanes_open")));
		}
		json_decref(root);
	}
	buf_free(&answer);
}

static void show_progress(struct feed *f, at_ms at)
{
	uint64_t accepted = 0, duplicates = 0, rejected = 0;
	char text[WHEN_SIZE];
	uint32_t i;

	if (f->play->quiet || monotonic_ms() - f->shown_ms < (isatty(STDERR_FILENO) ? 500 : 30000))
		return;
	f->shown_ms = monotonic_ms();
	for (i = 0; i < f->play->clients; i++) {
		pthread_mutex_lock(&f->clients[i].lock);
		accepted += f->clients[i].accepted;
		duplicates += f->clients[i].duplicates;
		rejected += f->clients[i].rejected;
		pthread_mutex_unlock(&f->clients[i].lock);
	}
	fprintf(stderr, "%s%.19s  accepted %llu, duplicate %llu, refused %llu%s", isatty(STDERR_FILENO) ? "\r" : "",
	        when_format(at, f->play->plan->offset_min, text), (unsigned long long)accepted, (unsigned long long)duplicates,
	        (unsigned long long)rejected, isatty(STDERR_FILENO) ? "   " : "\n");
}

static void show_progress_end(const struct feed *f)
{
	if (!f->play->quiet)
		fprintf(stderr, "%splayed: sent %llu, accepted %llu, duplicate %llu, refused %llu in %llu requests\n",
		        isatty(STDERR_FILENO) ? "\n" : "", (unsigned long long)f->tally->sent, (unsigned long long)f->tally->accepted,
		        (unsigned long long)f->tally->duplicates, (unsigned long long)f->tally->rejected,
		        (unsigned long long)f->tally->requests);
}

static err_t client_failure(struct feed *f, struct problem *problem)
{
	err_t err = ERR_NONE;
	uint32_t i;

	for (i = 0; i < f->play->clients && err == ERR_NONE; i++) {
		pthread_mutex_lock(&f->clients[i].lock);
		err = f->clients[i].error;
		if (err != ERR_NONE && problem)
			*problem = f->clients[i].problem;
		pthread_mutex_unlock(&f->clients[i].lock);
	}
	return err;
}

/* Until `at` has come in the session; meanwhile clock, lanes and half-full bodies are looked after. */
static err_t wait_until(struct feed *f, at_ms at, struct problem *problem)
{
	while (!stop_asked) {
		int64_t now_ms = monotonic_ms();
		struct timespec pause = {.tv_nsec = 5000000};
		uint32_t i;
		err_t err = ERR_NONE;

		if (now_ms - f->read_ms > CLOCK_EVERY_MS)
			err = read_clock(f, problem);
		if (err == ERR_NONE)
			err = client_failure(f, problem);
		if (err != ERR_NONE)
			return err;
		if (f->source->lanes && now_ms - f->state_ms > STATE_EVERY_MS)
			read_lanes(f);
		if (now_ms - f->flushed_ms >= FLUSH_EVERY_MS) {
			for (i = 0; i < f->play->clients; i++)
				flush_client(&f->clients[i]);
			f->flushed_ms = now_ms;
		}
		show_progress(f, session_now(f));
		if (session_now(f) >= at)
			return ERR_NONE;
		nanosleep(&pause, NULL);
	}
	return ERR_NONE;
}

static err_t play_records(struct feed *f, struct problem *problem)
{
	struct drive_record *records = malloc(TAKE_RECORDS * sizeof(*records));
	at_ms at_horizon = AT_NONE;
	size_t count, i;
	bool more = true;
	err_t err = records ? ERR_NONE : ERR_MEMORY;

	while (err == ERR_NONE && more && !stop_asked) {
		more = f->source->more(f->source->self, records, TAKE_RECORDS, &count, &at_horizon);
		for (i = 0; i < count && err == ERR_NONE && !stop_asked; i++) {
			if (f->play->at_stop != AT_NONE && records[i].at_due > f->play->at_stop) {
				more = false;
				break;
			}
			if (f->play->paced)
				err = wait_until(f, records[i].at_due, problem);
			if (err == ERR_NONE)
				write_record(f, &records[i]);
		}
		if (!f->play->paced && count > 0)
			show_progress(f, records[count - 1].at);
		if (err == ERR_NONE && f->play->paced && more && at_horizon != AT_NONE)
			err = wait_until(f, at_horizon, problem);
		if (err == ERR_NONE)
			err = client_failure(f, problem);
	}
	free(records);
	return err;
}

static err_t start_clients(struct feed *f, struct problem *problem)
{
	uint32_t i, k;

	for (i = 0; i < f->play->clients; i++) {
		struct client *c = &f->clients[i];
		err_t err = drive_http_new(f->play->server, &c->http, problem);

		if (err != ERR_NONE)
			return err;
		for (k = 0; k < BODIES_WAITING_MAX; k++)
			buf_init(&c->bodies[k], (size_t)f->play->batch * LINE_BYTES_MAX);
		buf_init(&c->open, (size_t)f->play->batch * LINE_BYTES_MAX);
		snprintf(c->path, sizeof(c->path), "/api/v1/sessions/%s/passages", f->play->session);
		pthread_mutex_init(&c->lock, NULL);
		pthread_cond_init(&c->changed, NULL);
		if (pthread_create(&c->thread, NULL, client_main, c) != 0)
			return problem_set(problem, ERR_MEMORY, NULL, "%s", "no more threads");
		f->tally->checkpoint_count = f->play->plan->checkpoint_count;
	}
	return ERR_NONE;
}

/* Sends what waits and joins. Gives the first client's failure. */
static err_t end_clients(struct feed *f, struct problem *problem)
{
	err_t err = ERR_NONE;
	uint32_t i, k;

	for (i = 0; i < f->play->clients; i++) {
		struct client *c = &f->clients[i];

		if (c->thread) {
			flush_client(c);
			pthread_mutex_lock(&c->lock);
			c->ending = true;
			pthread_cond_broadcast(&c->changed);
			pthread_mutex_unlock(&c->lock);
			pthread_join(c->thread, NULL);
			pthread_mutex_destroy(&c->lock);
			pthread_cond_destroy(&c->changed);
		}
		drive_http_free(c->http);
		for (k = 0; k < BODIES_WAITING_MAX; k++)
			buf_free(&c->bodies[k]);
		buf_free(&c->open);
		f->tally->accepted += c->accepted;
		f->tally->duplicates += c->duplicates;
		f->tally->rejected += c->rejected;
		f->tally->requests += c->requests;
		if (c->error != ERR_NONE && err == ERR_NONE) {
			err = c->error;
			if (problem)
				*problem = c->problem;
		}
	}
	return err;
}

err_t drive_play(const struct drive_play *play, struct drive_source *source, struct drive_tally *tally, struct problem *problem)
{
	struct feed *f = calloc(1, sizeof(*f));
	struct sigaction on_signal = {.sa_handler = ask_stop};
	uint32_t count = play->plan->checkpoint_count ? play->plan->checkpoint_count : 1;
	err_t err = ERR_MEMORY, err_clients;

	*tally = (struct drive_tally){.in = calloc(count, sizeof(uint64_t)), .out = calloc(count, sizeof(uint64_t))};
	if (!f || !tally->in || !tally->out || play->clients < 1 || play->clients > CLIENTS_MAX)
		goto out;
	f->play = play;
	f->source = source;
	f->tally = tally;
	stop_asked = 0;
	sigaction(SIGINT, &on_signal, NULL);
	sigaction(SIGTERM, &on_signal, NULL);
	err = drive_http_new(play->server, &f->http, problem);
	if (err == ERR_NONE)
		err = read_clock(f, problem);
	if (err == ERR_NONE)
		err = start_clients(f, problem);
	if (err == ERR_NONE)
		err = play_records(f, problem);
	err_clients = end_clients(f, err == ERR_NONE ? problem : NULL);
	if (err == ERR_NONE)
		err = err_clients;
	show_progress_end(f);
	drive_http_free(f->http);
out:
	free(f);
	return err;
}

void drive_tally_free(struct drive_tally *t)
{
	free(t->in);
	free(t->out);
	*t = (struct drive_tally){0};
}
