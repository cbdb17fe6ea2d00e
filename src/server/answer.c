/* server/answer.c: answers, and problem+json (RFC 9457) for every refusal, in the asker's language. */
#include "server/inside.h"

#include <stdio.h>
#include <string.h>

#define SECURE_COMMON \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n"
#define HSTS "Strict-Transport-Security: max-age=31536000\r\n"

#define SECURE_API \
	"Cache-Control: no-store\r\n" SECURE_COMMON \
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n"

const struct text security_headers_api = {SECURE_API, sizeof(SECURE_API) - 1};
const struct text security_headers_hsts = {HSTS, sizeof(HSTS) - 1};

bool text_prefers_chinese(struct text accept)
{
	/* The first language named decides; quality values out of order are rare enough to be ignored. */
	size_t at = 0;
	while (at < accept.size && (accept.at[at] == ' ' || accept.at[at] == ','))
		at++;
	struct text rest = {accept.at + at, accept.size - at};
	return text_starts(rest, "zh") || text_starts(rest, "ZH");
}

/* ---- problems ---- */

void problem_write(struct buf *out, err_t error, const struct problem *problem, bool chinese)
{
	const struct error_row *row = error_row(error);
	const char *reason = chinese ? row->reason_zh : row->reason_en;
	buf_add_str(out, "{\"type\":\"urn:cordon:problem:");
	buf_add_str(out, row->code);
	buf_add_str(out, "\",\"title\":");
	buf_add_json_str(out, reason);
	buf_addf(out, ",\"status\":%d,\"code\":", row->http_status);
	buf_add_json_str(out, row->code);
	buf_add_str(out, ",\"reason\":");
	buf_add_json_str(out, reason);
	buf_add_str(out, ",\"suggestion\":");
	buf_add_json_str(out, chinese ? row->fix_zh : row->fix_en);
	if (problem != NULL && problem->field[0] != '\0') {
		buf_add_str(out, ",\"field\":");
		buf_add_json_str(out, problem->field);
	}
	if (problem != NULL && problem->detail[0] != '\0') {
		buf_add_str(out, ",\"detail\":");
		buf_add_json_str(out, problem->detail);
	}
	if (problem != NULL && problem->feature[0] != '\0') {
		buf_add_str(out, ",\"feature\":");
		buf_add_json_str(out, problem->feature);
	}
	if (problem != NULL && problem->line > 0)
		buf_addf(out, ",\"line\":%d", problem->line);
	buf_add_char(out, '}');
}

/* When to ask again: a full queue empties in a moment, a full disk does not. */
static int retry_after_s(const struct call *c, err_t error)
{
	if (c->retry_after_s > 0)
		return c->retry_after_s;
	return error == ERR_BUSY ? 1 : error == ERR_STORE_WRITE || error == ERR_STORE_FULL || error == ERR_MEMORY ? 5 : 0;
}

void call_problem(struct call *c, err_t error, const struct problem *problem)
{
	if (c->peer == NULL || c->answered)
		return;
	char headers[160] = "";
	int seconds = retry_after_s(c, error);
	if (error == ERR_HTTP_METHOD) {
		unsigned allowed = (unsigned)c->numbers[0];
		size_t at = (size_t)snprintf(headers, sizeof(headers), "Allow: ");
		for (unsigned m = 0, n = 0; m < HTTP_METHOD_COUNT; m++)
			if (allowed & 1u << m)
				at += (size_t)snprintf(headers + at, sizeof(headers) - at, "%s%s", n++ > 0 ? ", " : "",
						http_method_word((enum http_method)m));
		snprintf(headers + at, sizeof(headers) - at, "\r\n");
	} else if (error == ERR_SIGN_IN_NEEDED || error == ERR_SIGN_IN_OVER) {
		snprintf(headers, sizeof(headers), "WWW-Authenticate: Bearer realm=\"cordon\"\r\n");
	} else if (seconds > 0) {
		snprintf(headers, sizeof(headers), "Retry-After: %d\r\n", seconds);
	}
	buf_reset(&c->out);
	problem_write(&c->out, error, problem, c->chinese);
	call_answer_headers(c, error_row(error)->http_status, "application/problem+json",
	                    (struct text){c->out.at == NULL ? "{}" : c->out.at, c->out.size}, text_of(headers));
}

void call_fail(struct call *c, err_t error, const char *field, const char *format, ...)
{
	struct problem problem = {.error = error};
	char words[sizeof(problem.detail)] = "";
	if (format != NULL) {
		va_list args;
		va_start(args, format);
		vsnprintf(words, sizeof(words), format, args);
		va_end(args);
	}
	problem_set(&problem, error, field, "%s", words);
	call_problem(c, error, &problem);
}

/* ---- answers ---- */

void call_answer_headers(struct call *c, int status, const char *type, struct text body, struct text headers)
{
	if (c->peer == NULL || c->answered)
		return;
	c->answered = true;
	char joined[1024];
	int size = snprintf(joined, sizeof(joined), "%s%s%.*s", security_headers_api.at, c->server->tls ? HSTS : "",
			(int)headers.size,
	                    headers.at);
	struct answer a = {.status = status, .type = type, .body = body, .headers = {joined, size < 0 ? 0 : (size_t)size}};
	request_answer(c->peer, &a);
}

void call_answer(struct call *c, int status, const char *type, struct text body)
{
	call_answer_headers(c, status, type, body, TEXT(""));
}

void call_nothing(struct call *c)
{
	call_answer_headers(c, 204, NULL, TEXT(""), TEXT(""));
}

void call_answer_out(struct call *c, int status)
{
	if (c->out.error != ERR_NONE)
		call_fail(c, c->out.error, NULL, "the answer does not fit");
	else
		call_answer(c, status, "application/json", (struct text){c->out.at, c->out.size});
}

static void drop_text(void *owner) { live_text_drop(owner); }

void call_answer_live(struct call *c, const char *type, struct live_text *json)
{
	if (c->peer == NULL || c->answered)
		return;
	c->answered = true;
	char joined[512];
	int size = snprintf(joined, sizeof(joined), "%s%s", security_headers_api.at, c->server->tls ? HSTS : "");
	struct answer a = {.status = 200, .type = type, .body = live_text_of(json),
			.headers = {joined, size < 0 ? 0 : (size_t)size},
		.release = drop_text, .owner = live_text_keep(json)};
	request_answer(c->peer, &a);
}

/* ---- work and its ends ---- */

void finish_nothing(struct call *c)
{
	if (c->error != ERR_NONE)
		call_problem(c, c->error, &c->problem);
	else
		call_nothing(c);
}

void finish_out(struct call *c)
{
	if (c->error != ERR_NONE)
		call_problem(c, c->error, &c->problem);
	else
		call_answer_out(c, 200);
}

static void run_work(void *ctx)
{
	struct call *c = ctx;
	c->work(c);
}

static void owed_done(void *ctx)
{
	struct call *c = ctx;
	c->finish(c);
	call_drop(c);
}

static void work_done(void *ctx)
{
	struct call *c = ctx, **at = &c->server->working;
	while (*at != c)
		at = &(*at)->work_next;
	*at = c->work_next;
	owed_done(c);
}

/* The queue is for everybody: nobody takes all of it, and guesses of passwords leave room for those who come from where people sign in. */
static bool has_share(const struct call *c)
{
	uint32_t own = 0, strangers = 0;
	for (const struct call *other = c->server->working; other != NULL; other = other->work_next) {
		own += other->asker == c->asker;
		strangers += other->stranger;
	}
	return own < WORK_OF_ONE_MAX && (!c->stranger || strangers < WORK_OF_STRANGERS_MAX);
}

void call_work(struct call *c, void (*work)(struct call *c), void (*finish)(struct call *c))
{
	c->work = work;
	c->finish = finish;
	if (!has_share(c) || work_add(c->server->work, run_work, work_done, c) != ERR_NONE) {
		call_fail(c, ERR_BUSY, NULL, NULL);
		return;
	}
	call_hold(c);
	c->work_next = c->server->working;
	c->server->working = c;
}

void call_work_owed(struct call *c, void (*work)(struct call *c), void (*finish)(struct call *c))
{
	c->work = work;
	c->finish = finish;
	call_hold(c);
	/* The workers have ended, or thousands wait: better a moment of the loop than a line that is missing. */
	if (work_add_owed(c->server->work, run_work, owed_done, c) != ERR_NONE) {
		run_work(c);
		owed_done(c);
	}
}

static void run_audit(struct call *c)
{
	err_t error = audit_add(c->server->accounts, c->who.name, c->address, c->words[0], c->words[1], TEXT(""));
	if (error != ERR_NONE && c->error == ERR_NONE)
		c->error = problem_set(&c->problem, error, NULL, "it was done, but could not be written into the audit chain");
}

void call_audit(struct call *c, const char *what, const char *object, void (*finish)(struct call *c))
{
	snprintf(c->words[0], sizeof(c->words[0]), "%s", what);
	snprintf(c->words[1], sizeof(c->words[1]), "%s", object);
	call_work_owed(c, run_audit, finish);
}
