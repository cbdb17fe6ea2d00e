/* A rehearsal asked for over the API, as its worker does it: settings (JSON) up to the first newline, then a plan, then perhaps, behind
 * the byte 1E, another to compare with. Few people and runs, the network's level only (the walkers' takes seconds). Whatever comes out is
 * JSON with at least one run, or a refusal that is not our mistake.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/read_json.h"
#include "hold.h"
#include "rehearse/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(struct text bytes, const struct rehearse_frame *f)
{
	struct rehearse_frame other;
	struct buf whole;
	rehearse_frame_read(bytes, &other); /* of anything: it may be one or none */
	buf_init(&whole, (size_t)1 << 24);
	rehearse_frame_write(f, &whole);
	HOLD(whole.error == ERR_NONE && rehearse_frame_read((struct text){whole.at, whole.size}, &other));
	HOLD(text_equal(other.request, f->request) && text_equal(other.plan, f->plan) && text_equal(other.against, f->against));
	buf_free(&whole);
}

static void check_answer(err_t error, const struct problem *problem, const struct buf *out)
{
	json_t *json = NULL;
	if (error != ERR_NONE) {
		HOLD(error != ERR_BUG && error != ERR_MEMORY);
		HOLD(text_valid_utf8(text_of(problem->detail)));
		return;
	}
	HOLD(read_json((struct text){out->at, out->size}, JSON_REJECT_DUPLICATES, &json, NULL) == ERR_NONE);
	HOLD(json_integer_value(json_object_get(json, "runs")) >= 1);
	json_decref(json);
}

static void rehearse(struct rehearse_request *q, const struct rehearse_frame *f)
{
	struct problem problem = {0};
	struct buf out;
	buf_init(&out, REHEARSE_RESULT_BYTES_MAX);
	q->settings.level = REHEARSE_MESO;
	q->settings.arrivals_ppl = 1 + q->settings.arrivals_ppl % 60;
	q->settings.replications = 1 + q->settings.replications % 2;
	q->settings.threads = 1;
	q->settings.memory_max = (size_t)256 << 20;
	err_t error = rehearse_request_answer(q, f->plan, f->against, &out, &problem);
	check_answer(error, &problem, &out);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *line = size > 0 ? memchr(at, '\n', size) : NULL;
	struct rehearse_request request;
	struct problem problem = {0};
	json_t *json = NULL;
	if (line == NULL)
		return 0;
	struct rehearse_frame f = {.request = {at, (size_t)(line - at)}, .plan = {line + 1, size - (size_t)(line + 1 - at)},
		.against = {"", 0}};
	const char *second = f.plan.size > 0 ? memchr(f.plan.at, 0x1e, f.plan.size) : NULL;
	if (second != NULL) {
		f.against = (struct text){second + 1, f.plan.size - (size_t)(second + 1 - f.plan.at)};
		f.plan.size = (size_t)(second - f.plan.at);
	}
	check_frame((struct text){at, size}, &f);
	struct arena *arena = arena_new((size_t)16 << 20);
	if (arena != NULL && read_json(f.request, JSON_REJECT_DUPLICATES, &json, NULL) == ERR_NONE) {
		err_t error = rehearse_request_read(json, arena, &request, &problem);
		HOLD(error == ERR_NONE || error == ERR_REHEARSE_SETTING);
		if (error == ERR_NONE)
			rehearse(&request, &f);
	}
	json_decref(json);
	arena_free(arena);
	return 0;
}
