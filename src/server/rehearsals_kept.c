/* server/rehearsals_kept.c: what the catalog keeps of a rehearsal: who asked for what, how it ended, and its result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/read_json.h"
#include "server/inside.h"
#include "server/rehearsals_inside.h"

#define KIND "rehearsal"
#define KIND_RESULT "rehearsal-result"
#define KEY_SIZE 96
#define BODY_BYTES_MAX 16384

static const char *const state_words[JOB_STATE_COUNT] = {"waiting", "running", "done", "stopped", "failed", "interrupted"};
static const char *const level_words[] = {"meso", "micro", NULL};
static const char *const phase_words[] = {"ingress", "egress", "evacuation", NULL};

const char *job_state_word(enum job_state s) { return state_words[s]; }

static void write_key(const char *session, uint32_t number, char out[KEY_SIZE])
{
	snprintf(out, KEY_SIZE, "%s/%06u", session, number);
}

static void add_flag(struct buf *out, const char *name, bool value)
{
	buf_addf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void add_moment(struct buf *out, const char *name, at_ms at)
{
	char text[WHEN_SIZE];
	buf_addf(out, ",\"%s\":", name);
	buf_add_json_str(out, at == AT_NONE ? NULL : when_format(at, 0, text));
}

/* What the list and the catalog have in common. */
static void write_members(const struct job *j, enum job_state as, struct buf *out)
{
	buf_addf(out, "\"state\":\"%s\",\"by\":", state_words[as]);
	buf_add_json_str(out, j->by);
	add_moment(out, "at", j->at_asked);
	add_moment(out, "ended", j->at_ended);
	buf_addf(out, ",\"plan_version\":");
	if (j->plan_version > 0)
		buf_add_i64(out, j->plan_version);
	else
		buf_add_str(out, "null");
	buf_addf(out, ",\"level\":\"%s\",\"phase\":\"%s\",\"done\":%u,\"of\":%u", level_words[j->level], phase_words[j->phase], j->done,
	         j->of);
	add_flag(out, "compares", j->compares);
	add_flag(out, "find_lanes", j->find_lanes);
	add_flag(out, "result", j->has_result && (as != JOB_RUNNING));
}

void job_write(const struct job *j, bool chinese, struct buf *out)
{
	buf_addf(out, "{\"id\":\"%u\",", j->number);
	write_members(j, j->state, out);
	buf_add_str(out, ",\"problem\":");
	if (j->problem.error == ERR_NONE)
		buf_add_str(out, "null");
	else
		problem_write(out, j->problem.error, &j->problem, chinese);
	buf_add_char(out, '}');
}

err_t job_keep(struct rehearsals *r, const struct job *j, enum job_state as, uint64_t expected_version)
{
	char key[KEY_SIZE];
	struct buf body;
	buf_init(&body, BODY_BYTES_MAX);
	buf_add_char(&body, '{');
	write_members(j, as, &body);
	if (j->problem.error != ERR_NONE) {
		buf_addf(&body, ",\"code\":\"%s\",\"line\":%d,\"feature\":", error_row(j->problem.error)->code, j->problem.line);
		buf_add_json_str(&body, j->problem.feature);
		buf_add_str(&body, ",\"field\":");
		buf_add_json_str(&body, j->problem.field);
		buf_add_str(&body, ",\"detail\":");
		buf_add_json_str(&body, j->problem.detail);
	}
	buf_add_char(&body, '}');
	write_key(j->session, j->number, key);
	err_t e = body.error;
	if (e == ERR_NONE)
		e = catalog_put(r->settings.store, KIND, key, expected_version, (struct text){body.at, body.size}, NULL);
	buf_free(&body);
	return e;
}

err_t job_keep_result(struct rehearsals *r, const struct job *j, struct text result)
{
	char key[KEY_SIZE];
	write_key(j->session, j->number, key);
	return catalog_put(r->settings.store, KIND_RESULT, key, CATALOG_ANY, result, NULL);
}

err_t job_read_result(struct rehearsals *r, const char *session, uint32_t number, struct buf *out)
{
	char key[KEY_SIZE];
	write_key(session, number, key);
	err_t e = catalog_get(r->settings.store, KIND_RESULT, key, out, NULL);
	return e == ERR_NOT_FOUND ? ERR_REHEARSE_UNKNOWN : e;
}

err_t job_forget(struct rehearsals *r, const char *session, uint32_t number)
{
	char key[KEY_SIZE];
	write_key(session, number, key);
	err_t result = catalog_delete(r->settings.store, KIND_RESULT, key), meta = catalog_delete(r->settings.store, KIND, key);
	if (meta != ERR_NONE && meta != ERR_NOT_FOUND)
		return meta;
	return result == ERR_NOT_FOUND ? ERR_NONE : result;
}

/* ---- a start of the server ---- */

static int word_of(const json_t *json, const char *name, const char *const *words, int count)
{
	const char *said = json_string_value(json_object_get(json, name));
	for (int i = 0; said != NULL && i < count && words[i] != NULL; i++)
		if (strcmp(words[i], said) == 0)
			return i;
	return -1;
}

static void take_text(const json_t *json, const char *name, char *out, size_t size)
{
	const char *said = json_string_value(json_object_get(json, name));
	snprintf(out, size, "%s", said == NULL ? "" : said);
}

static at_ms take_moment(const json_t *json, const char *name)
{
	at_ms at = AT_NONE;
	const char *said = json_string_value(json_object_get(json, name));
	if (said == NULL || when_parse(text_of(said), &at, NULL) != ERR_NONE)
		return AT_NONE;
	return at;
}

static uint32_t take_whole(const json_t *json, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(json, name));
	return v < 0 || v > UINT32_MAX ? 0 : (uint32_t)v;
}

static void take_problem(const json_t *json, struct problem *out)
{
	const char *code = json_string_value(json_object_get(json, "code"));
	const struct error_row *row = code == NULL ? NULL : error_find(code);
	if (row == NULL)
		return;
	out->error = row->error;
	out->line = (int)take_whole(json, "line");
	take_text(json, "feature", out->feature, sizeof(out->feature));
	take_text(json, "field", out->field, sizeof(out->field));
	take_text(json, "detail", out->detail, sizeof(out->detail));
}

static bool read_job(const char *key, const json_t *json, struct job *out)
{
	const char *slash = strrchr(key, '/');
	int state = word_of(json, "state", state_words, JOB_STATE_COUNT), level = word_of(json, "level", level_words, 2);
	int phase = word_of(json, "phase", phase_words, 3);
	uint64_t number;
	if (slash == NULL || (size_t)(slash - key) >= sizeof(out->session) || state < JOB_DONE || level < 0 || phase < 0)
		return false;
	const char *digits = slash + 1;
	while (*digits == '0' && digits[1] != '\0')
		digits++;
	if (!text_to_u64(text_of(digits), &number) || number == 0 || number > UINT32_MAX)
		return false;
	memcpy(out->session, key, (size_t)(slash - key));
	out->number = (uint32_t)number;
	out->state = (enum job_state)state;
	out->level = (enum rehearse_level)level;
	out->phase = (enum rehearse_phase)phase;
	take_text(json, "by", out->by, sizeof(out->by));
	out->at_asked = take_moment(json, "at");
	out->at_ended = take_moment(json, "ended");
	out->plan_version = take_whole(json, "plan_version");
	out->done = take_whole(json, "done");
	out->of = take_whole(json, "of");
	out->compares = json_is_true(json_object_get(json, "compares"));
	out->find_lanes = json_is_true(json_object_get(json, "find_lanes"));
	out->has_result = json_is_true(json_object_get(json, "result"));
	take_problem(json, &out->problem);
	return true;
}

struct loading { struct rehearsals *r; err_t error; };

/* One that cannot be read takes no other along: it stays where it lies, and the log names it. */
static bool load_one(void *ctx, const char *key, uint64_t version, struct text body)
{
	struct loading *l = ctx;
	json_t *json = NULL;
	struct job *j = calloc(1, sizeof(*j));
	(void)version;
	if (j == NULL) {
		l->error = ERR_MEMORY;
		return false;
	}
	err_t e = body.at == NULL ? ERR_STORE_CORRUPT : read_json(body, 0, &json, NULL);
	if (e == ERR_MEMORY)
		l->error = e;
	if (e == ERR_NONE && read_job(key, json, j)) {
		buf_init(&j->frame, 1);
		j->next = l->r->jobs;
		l->r->jobs = j;
	} else {
		log_warn("rehearsal", "%.120s cannot be read and is left out", key);
		free(j);
	}
	json_decref(json);
	return l->error == ERR_NONE;
}

err_t jobs_load(struct rehearsals *r)
{
	struct loading l = {.r = r};
	err_t e = catalog_list(r->settings.store, KIND, load_one, &l);
	return e != ERR_NONE ? e : l.error;
}
