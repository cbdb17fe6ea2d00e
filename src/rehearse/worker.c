/* rehearse/worker.c: the process in which a rehearsal of the API runs: a frame in, lines out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_json.h"
#include "rehearse/inside.h"
#include "rehearse/request.h"

#define FRAME_BYTES_MAX (((size_t)128 << 20) + REHEARSE_REQUEST_BYTES_MAX + 256) /* two plans of the largest size */
#define HEAD "cordon-rehearsal 1 "
#define HEAD_BYTES_MAX 120

void rehearse_frame_write(const struct rehearse_frame *f, struct buf *out)
{
	buf_addf(out, HEAD "%zu %zu %zu\n", f->request.size, f->plan.size, f->against.size);
	buf_add_text(out, f->request);
	buf_add_text(out, f->plan);
	buf_add_text(out, f->against);
}

static bool next_size(const char **at, size_t *out)
{
	char *end;
	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	unsigned long long v = strtoull(*at, &end, 10);
	if (errno != 0 || v > FRAME_BYTES_MAX)
		return false;
	*out = (size_t)v;
	*at = end;
	return true;
}

bool rehearse_frame_read(struct text bytes, struct rehearse_frame *out)
{
	char head[HEAD_BYTES_MAX + 1] = "";
	const char *line = memchr(bytes.at, '\n', bytes.size < HEAD_BYTES_MAX ? bytes.size : HEAD_BYTES_MAX), *at = head;
	size_t sizes[3];
	if (line == NULL || !text_starts(bytes, HEAD))
		return false;
	memcpy(head, bytes.at, (size_t)(line - bytes.at));
	at += sizeof(HEAD) - 1;
	for (int i = 0; i < 3; i++) {
		if ((i > 0 && *at++ != ' ') || !next_size(&at, &sizes[i]))
			return false;
	}
	size_t begin = (size_t)(line - bytes.at) + 1;
	if (*at != '\0' || bytes.size - begin != sizes[0] + sizes[1] + sizes[2])
		return false;
	out->request = (struct text){bytes.at + begin, sizes[0]};
	out->plan = (struct text){out->request.at + sizes[0], sizes[1]};
	out->against = (struct text){out->plan.at + sizes[1], sizes[2]};
	return true;
}

static err_t read_all(int in, struct buf *out)
{
	char piece[65536];
	for (;;) {
		ssize_t got = read(in, piece, sizeof(piece));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_FILE_OPEN;
		if (got == 0)
			return out->error;
		buf_add(out, piece, (size_t)got);
		if (out->error != ERR_NONE)
			return out->error;
	}
}

static bool write_all(int out, const char *at, size_t size)
{
	while (size > 0) {
		ssize_t put = write(out, at, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		at += put;
		size -= (size_t)put;
	}
	return true;
}

static bool say(int out, const char *word, const struct buf *body)
{
	char head[64];
	int size = snprintf(head, sizeof(head), "%s %zu\n", word, body->size);
	return write_all(out, head, (size_t)size) && write_all(out, body->at == NULL ? "" : body->at, body->size);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, ",\"%s\":", name);
	buf_add_json_str(out, value);
}

static bool say_problem(int out, err_t error, const struct problem *problem)
{
	struct buf body;
	buf_init(&body, 8192);
	buf_add_str(&body, "{\"code\":");
	buf_add_json_str(&body, error_row(error)->code);
	buf_addf(&body, ",\"line\":%d", problem->line);
	add_text(&body, "feature", problem->feature);
	add_text(&body, "field", problem->field);
	add_text(&body, "detail", problem->detail);
	buf_add_char(&body, '}');
	bool told = say(out, "problem", &body);
	buf_free(&body);
	return told;
}

struct teller { int out; };

static void tell_progress(void *ctx, uint32_t done, uint32_t of)
{
	const struct teller *t = ctx;
	char line[64];
	int size = snprintf(line, sizeof(line), "progress %u %u\n", done, of);
	write_all(t->out, line, (size_t)size);
}

static err_t answer(struct text bytes, struct teller *teller, const volatile int *stop, struct buf *result, struct problem *problem)
{
	struct rehearse_frame frame;
	struct rehearse_request request;
	json_t *body = NULL;
	if (!rehearse_frame_read(bytes, &frame))
		return problem_set(problem, ERR_REHEARSE_WORKER, NULL, "what was given to it is no rehearsal");
	struct arena *arena = arena_new((size_t)64 << 20);
	err_t e = arena == NULL ? ERR_MEMORY : read_json(frame.request, JSON_REJECT_DUPLICATES, &body, NULL);
	if (e == ERR_NONE)
		e = rehearse_request_read(body, arena, &request, problem);
	if (e == ERR_NONE) {
		request.settings.progress = tell_progress;
		request.settings.ctx = teller;
		request.settings.stop = stop;
		request.settings.memory_max = memory_may_take(2); /* as many as the server begins at once */
		e = rehearse_request_answer(&request, frame.plan, frame.against, result, problem);
	}
	json_decref(body);
	arena_free(arena);
	return e;
}

int rehearse_worker(int in, int out, const volatile int *stop)
{
	struct buf bytes, result;
	struct problem problem = {0};
	struct teller teller = {out};
	buf_init(&bytes, FRAME_BYTES_MAX);
	buf_init(&result, REHEARSE_RESULT_BYTES_MAX);
	err_t e = read_all(in, &bytes);
	if (e == ERR_NONE)
		e = answer((struct text){bytes.at == NULL ? "" : bytes.at, bytes.size}, &teller, stop, &result, &problem);
	bool told = e == ERR_NONE ? say(out, "result", &result) : say_problem(out, e, &problem);
	buf_free(&result);
	buf_free(&bytes);
	return told ? 0 : 1;
}
