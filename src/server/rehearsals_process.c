/* server/rehearsals_process.c: one rehearsal's process from its beginning to its end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/read_json.h"
#include "server/rehearsals_inside.h"

#define SAID_BYTES_MAX (REHEARSE_RESULT_BYTES_MAX + 65536)
#define LOOK_MS 250 /* between two looks at the clock while the process says nothing */

struct process {
	struct rehearsals *r;
	struct job *j;
	pid_t pid;
	int out;                           /* what it says */
	struct buf said;
	size_t at;                         /* read so far */
	bool has_problem, has_result;      /* the line that announces it was read: body_size bytes are due */
	size_t body_size;
	int64_t began_ns, stop_asked_ns;   /* 0: not yet */
	bool killed;
};

/* ---- starting it ---- */

/* The request in memory that only the process sees: nothing lies on a disk, nothing waits in a pipe. */
static int request_file(const struct buf *frame)
{
	int fd = memfd_create("rehearsal", MFD_CLOEXEC);
	size_t done = 0;
	while (fd >= 0 && done < frame->size) {
		ssize_t put = write(fd, frame->at + done, frame->size - done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)put;
	}
	if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int spawn(const char *program, int in, int out, pid_t *pid)
{
	char *const arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)"rehearse-worker", NULL};
	char *const environment[] = {(char *)(uintptr_t)"LC_ALL=C.UTF-8", NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGXFSZ);
	if (posix_spawn_file_actions_init(&files) != 0)
		return ENOMEM;
	int e = posix_spawnattr_init(&attributes);
	if (e == 0) {
		posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
		posix_spawnattr_setsigmask(&attributes, &none);
		posix_spawnattr_setsigdefault(&attributes, &usual);
		posix_spawnattr_setpgroup(&attributes, 0); /* Ctrl-C is for the server, which tells it */
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
		e = posix_spawn(pid, program, &files, &attributes, arguments, environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return e;
}

static err_t start(struct process *p)
{
	int in = request_file(&p->j->frame), ends[2] = {-1, -1}, failed = 0;
	if (in < 0 || pipe2(ends, O_CLOEXEC) != 0)
		failed = errno;
	else
		failed = spawn(p->r->settings.program, in, ends[1], &p->pid);
	if (in >= 0)
		close(in);
	if (ends[1] >= 0)
		close(ends[1]);
	if (failed != 0) {
		if (ends[0] >= 0)
			close(ends[0]);
		pthread_mutex_lock(&p->r->lock);
		problem_set(&p->j->problem, ERR_REHEARSE_WORKER, NULL, "it could not be started: %s", strerror(failed));
		pthread_mutex_unlock(&p->r->lock);
		return ERR_REHEARSE_WORKER;
	}
	p->out = ends[0];
	p->began_ns = p->r->settings.clock.monotonic_ns(p->r->settings.clock.self);
	return ERR_NONE;
}

/* ---- what it says ---- */

static bool size_said(const char *digits, size_t *out)
{
	uint64_t v;
	if (!text_to_u64(text_of(digits), &v) || v > REHEARSE_RESULT_BYTES_MAX)
		return false;
	*out = (size_t)v;
	return true;
}

/* False: no line of a worker of ours. */
static bool take_line(struct process *p, const char *line)
{
	unsigned done, of;
	char rest;
	if (sscanf(line, "progress %u %u%c", &done, &of, &rest) == 2) {
		pthread_mutex_lock(&p->r->lock);
		p->j->done = done;
		p->j->of = of;
		pthread_mutex_unlock(&p->r->lock);
		return true;
	}
	p->has_problem = strncmp(line, "problem ", 8) == 0;
	p->has_result = strncmp(line, "result ", 7) == 0;
	return (p->has_problem || p->has_result) && size_said(line + (p->has_problem ? 8 : 7), &p->body_size);
}

static bool take_said(struct process *p)
{
	while (!p->has_problem && !p->has_result) {
		char line[128];
		const char *begin = p->said.at + p->at, *end = memchr(begin, '\n', p->said.size - p->at);
		if (end == NULL)
			return p->said.size - p->at < sizeof(line);
		if ((size_t)(end - begin) >= sizeof(line))
			return false;
		memcpy(line, begin, (size_t)(end - begin));
		line[end - begin] = '\0';
		p->at += (size_t)(end - begin) + 1;
		if (!take_line(p, line))
			return false;
	}
	return p->said.size - p->at <= p->body_size;
}

static bool all_said(const struct process *p)
{
	return (p->has_problem || p->has_result) && p->said.size - p->at == p->body_size;
}

/* Too long at it, or asked to stop and does not: asked, then killed. */
static void mind_time(struct process *p)
{
	int64_t now = p->r->settings.clock.monotonic_ns(p->r->settings.clock.self), second = INT64_C(1000000000);
	pthread_mutex_lock(&p->r->lock);
	bool asked = p->j->stop_asked, gone = p->j->hidden || p->r->ending;
	pthread_mutex_unlock(&p->r->lock);
	if (!asked && now - p->began_ns > REHEARSAL_TIME_MAX_S * second) {
		pthread_mutex_lock(&p->r->lock);
		p->j->stop_asked = asked = true;
		pthread_mutex_unlock(&p->r->lock);
		kill(p->pid, SIGINT);
	}
	if (asked && p->stop_asked_ns == 0)
		p->stop_asked_ns = now;
	if (!p->killed && (gone || (p->stop_asked_ns != 0 && now - p->stop_asked_ns > REHEARSAL_STOP_S * second))) {
		kill(p->pid, SIGKILL);
		p->killed = true;
	}
}

/* Until it has said all, or ends, or says what makes no sense. */
static bool listen_to(struct process *p)
{
	char piece[65536];
	struct pollfd fd = {.fd = p->out, .events = POLLIN};
	while (!all_said(p)) {
		int ready = poll(&fd, 1, LOOK_MS);
		mind_time(p);
		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		ssize_t got = ready < 0 ? -1 : read(p->out, piece, sizeof(piece));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		buf_add(&p->said, piece, (size_t)got);
		if (p->said.error != ERR_NONE || !take_said(p))
			return false;
	}
	return true;
}

/* ---- its end ---- */

static int reap(struct process *p)
{
	int status = 0;
	pthread_mutex_lock(&p->r->lock);
	p->j->pid = 0; /* from here on the number may become another's */
	pthread_mutex_unlock(&p->r->lock);
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void take_problem(struct process *p)
{
	json_t *json = NULL;
	struct problem *out = &p->j->problem;
	if (read_json((struct text){p->said.at + p->at, p->body_size}, 0, &json, NULL) == ERR_NONE) {
		const char *code = json_string_value(json_object_get(json, "code"));
		const char *const names[3] = {"feature", "field", "detail"};
		char *const places[3] = {out->feature, out->field, out->detail};
		const size_t sizes[3] = {sizeof(out->feature), sizeof(out->field), sizeof(out->detail)};
		const struct error_row *row = code == NULL ? NULL : error_find(code);
		out->error = row == NULL ? ERR_REHEARSE_WORKER : row->error;
		out->line = (int)json_integer_value(json_object_get(json, "line"));
		for (int i = 0; i < 3; i++) {
			struct text said = text_of(json_string_value(json_object_get(json, names[i])));
			snprintf(places[i], sizes[i], "%.*s", (int)text_fit(said, sizes[i] - 1), said.at);
		}
	} else {
		problem_set(out, ERR_REHEARSE_WORKER, NULL, "what it said of its problem cannot be read");
	}
	json_decref(json);
}

static enum job_state conclude(struct process *p, bool heard, int status, struct buf *result)
{
	pthread_mutex_lock(&p->r->lock);
	bool stopped = p->j->stop_asked;
	if (heard && p->has_problem)
		take_problem(p);
	pthread_mutex_unlock(&p->r->lock);
	if (heard && p->has_result) {
		buf_add(result, p->said.at + p->at, p->body_size);
		return stopped ? JOB_STOPPED : JOB_DONE;
	}
	if (stopped)
		return JOB_STOPPED;
	if (!heard) {
		pthread_mutex_lock(&p->r->lock);
		problem_set(&p->j->problem, ERR_REHEARSE_WORKER, NULL, WIFSIGNALED(status) ? "signal %d" : "exit code %d",
		            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		pthread_mutex_unlock(&p->r->lock);
		log_warn("rehearsal", "%s/%u: its process ended before its time", p->j->session, p->j->number);
	}
	return JOB_FAILED;
}

enum job_state job_run(struct rehearsals *r, struct job *j, struct buf *result)
{
	struct process p = {.r = r, .j = j};
	if (start(&p) != ERR_NONE)
		return JOB_FAILED;
	buf_init(&p.said, SAID_BYTES_MAX);
	pthread_mutex_lock(&r->lock);
	j->pid = p.pid;
	buf_free(&j->frame); /* the process has its own */
	bool stop_now = j->stop_asked;
	pthread_mutex_unlock(&r->lock);
	if (stop_now) /* asked between being taken and having a number */
		kill(p.pid, SIGINT);
	bool heard = listen_to(&p);
	close(p.out);
	int status = reap(&p);
	enum job_state state = conclude(&p, heard, status, result);
	buf_free(&p.said);
	return state;
}
