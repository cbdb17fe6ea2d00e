/* drive/verify.c: the server's numbers against what was played. */
#include "drive/drive.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 20
#define STEP_MINUTES 10
#define STEPS_A_DAY 144

static err_t get_json(const struct drive_play *play, const char *what, json_t **out, struct problem *problem)
{
	struct drive_http *http = NULL;
	struct buf answer;
	json_error_t error;
	char path[192];
	long status = 0;
	err_t err;

	buf_init(&answer, 256u << 20);
	err = drive_http_new(play->server, &http, problem);
	if (err != ERR_NONE)
		goto out;
	snprintf(path, sizeof(path), "/api/v1/sessions/%s/%s", play->session, what);
	err = drive_http_send(http, "GET", path, "application/json", TEXT(""), &answer, &status, problem);
	if (err != ERR_NONE)
		goto out;
	*out = json_loadb(answer.at ? answer.at : "", answer.size, 0, &error);
	if (status != 200 || !*out) {
		json_decref(*out);
		*out = NULL;
		err = problem_set(problem, ERR_NOT_FOUND, what, "the server answered %ld to GET %s", status, path);
	}
out:
	drive_http_free(http);
	buf_free(&answer);
	return err;
}

static void differ(uint64_t *differences, const char *what, const char *id, long long expected, long long found)
{
	if ((*differences)++ < SHOWN_MAX)
		printf("  %s %s: played %lld, the server says %lld\n", id, what, expected, found);
}

static void compare_checkpoints(const struct drive_play *play, const struct drive_tally *tally, json_t *state, uint64_t *differences)
{
	json_t *item;
	size_t i;
	uint32_t seen = 0;

	json_array_foreach(json_object_get(state, "checkpoints"), i, item) {
		const char *id = json_string_value(json_object_get(item, "id"));
		uint32_t c = id ? plan_find_checkpoint(play->plan, text_of(id)) : UINT32_MAX;
		json_int_t in = json_integer_value(json_object_get(item, "in")), out = json_integer_value(json_object_get(item, "out"));

		if (c == UINT32_MAX)
			continue;
		seen++;
		if ((uint64_t)in != tally->in[c])
			differ(differences, "in", id, (long long)tally->in[c], (long long)in);
		if ((uint64_t)out != tally->out[c])
			differ(differences, "out", id, (long long)tally->out[c], (long long)out);
	}
	if (seen != play->plan->checkpoint_count)
		differ(differences, "in the state", "checkpoints", play->plan->checkpoint_count, seen);
	if (json_integer_value(json_object_get(json_object_get(state, "books"), "sum")) != 0)
		differ(differences, "sum", "books", 0, (long long)json_integer_value(json_object_get(json_object_get(state, "books"), "sum")));
}

static long long sum_of(json_t *list, int64_t first, int64_t count)
{
	long long sum = 0;
	int64_t i;

	for (i = first < 0 ? 0 : first; i < first + count; i++)
		sum += json_integer_value(json_array_get(list, (size_t)i));
	return sum;
}

static err_t compare_steps(const struct drive_play *play, const struct drive_counts *counts, uint64_t *differences, uint64_t *compared,
                           struct problem *problem)
{
	json_t *flow = NULL, *item;
	at_ms at_from;
	size_t i;
	uint32_t place, step, in, out;
	err_t err = get_json(play, "flow", &flow, problem);

	if (err != ERR_NONE)
		return err;
	if (when_parse(text_of(json_string_value(json_object_get(flow, "from"))), &at_from, NULL) != ERR_NONE) {
		json_decref(flow);
		return problem_set(problem, ERR_TIME_FORMAT, "from", "%s", "the flow's first minute");
	}
	for (place = 0; place < drive_counts_places(counts); place++) {
		const char *id = drive_counts_place_id(counts, place);
		json_t *found = NULL;

		json_array_foreach(json_object_get(flow, "checkpoints"), i, item)
			if (strcmp(json_string_value(json_object_get(item, "id")), id) == 0)
				found = item;
		for (step = 0; step < STEPS_A_DAY; step++, *compared += 2) {
			int64_t first = (play->plan->at_doors - at_from) / 60000 + (int64_t)step * STEP_MINUTES;
			char what[32];

			drive_counts_at(counts, place, step, &in, &out);
			snprintf(what, sizeof(what), "%02u:%u0 in", step / 6, step % 6);
			if (sum_of(json_object_get(found, "in"), first, STEP_MINUTES) != in)
				differ(differences, what, id, in, sum_of(json_object_get(found, "in"), first, STEP_MINUTES));
			snprintf(what, sizeof(what), "%02u:%u0 out", step / 6, step % 6);
			if (sum_of(json_object_get(found, "out"), first, STEP_MINUTES) != out)
				differ(differences, what, id, out, sum_of(json_object_get(found, "out"), first, STEP_MINUTES));
		}
	}
	json_decref(flow);
	return ERR_NONE;
}

err_t drive_verify(const struct drive_play *play, const struct drive_tally *tally, const struct drive_counts *counts,
                   uint64_t *out_differences, struct problem *problem)
{
	json_t *state = NULL;
	uint64_t differences = 0, compared = 0;
	uint32_t i;
	unsigned long long in = 0, out = 0;
	err_t err = get_json(play, "state", &state, problem);

	if (err != ERR_NONE)
		return err;
	compare_checkpoints(play, tally, state, &differences);
	if (counts)
		err = compare_steps(play, counts, &differences, &compared, problem);
	json_decref(state);
	if (err != ERR_NONE)
		return err;
	for (i = 0; i < tally->checkpoint_count; i++) {
		in += tally->in[i];
		out += tally->out[i];
	}
	printf("verify: %u checkpoints", tally->checkpoint_count);
	if (counts)
		printf(", %llu ten-minute sums", (unsigned long long)compared);
	printf(", %llu people in and %llu out: %llu differences\n", in, out, (unsigned long long)differences);
	*out_differences = differences;
	return ERR_NONE;
}
