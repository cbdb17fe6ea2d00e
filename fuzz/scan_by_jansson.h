/* fuzz/scan_by_jansson.h: the second opinion on a passage line: a whole JSON library, then the rules, one after another.
 * Slow and plain; the fuzzer and the unit tests hold device/scan.c to its verdict and values, the benchmark to its pace. */
#ifndef CORDON_SCAN_BY_JANSSON_H
#define CORDON_SCAN_BY_JANSSON_H

#include <jansson.h>
#include <string.h>

#include "device/device.h"

/* The value of a whole-number member, *ok = false if it is there and cannot be; absent: 0. */
static inline uint64_t jansson_whole(json_t *root, const char *key, json_int_t max, bool *ok)
{
	json_t *v = json_object_get(root, key);
	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > max) {
		*ok = false;
		return 0;
	}
	return (uint64_t)json_integer_value(v);
}

static inline struct text jansson_text(json_t *root, const char *key, size_t size_max, bool *ok)
{
	json_t *v = json_object_get(root, key);
	if (v == NULL)
		return TEXT("");
	if (!json_is_string(v) || json_string_length(v) > size_max) {
		*ok = false;
		return TEXT("");
	}
	return (struct text){json_string_value(v), json_string_length(v)};
}

static inline bool jansson_fields_known(json_t *root)
{
	static const char *const known[] = {"device", "boot", "seq", "at", "checkpoint", "in", "out", "in_total", "out_total"};
	const char *key;
	json_t *value;
	json_object_foreach(root, key, value) {
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
			found |= strcmp(key, known[i]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* True: a passage. Its texts live as long as *out_root, which the caller drops. */
static inline bool scan_by_jansson(struct text line, struct passage_said *out, json_t **out_root)
{
	const json_int_t whole_max = ((json_int_t)1 << 53) - 1;
	bool ok = true;
	/* A NUL byte stands nowhere in RFC 8259 text, but jansson 2.14 swallows one behind a number (found by the fuzzer). */
	bool hopeless = line.size > PASSAGE_LINE_BYTES_MAX || (line.size > 0 && memchr(line.at, 0, line.size) != NULL);
	*out_root = hopeless ? NULL : json_loadb(line.at, line.size, JSON_REJECT_DUPLICATES, NULL);
	json_t *root = *out_root;
	if (root == NULL || !json_is_object(root) || !jansson_fields_known(root))
		return false;
	bool totals = json_object_get(root, "in_total") != NULL || json_object_get(root, "out_total") != NULL;
	bool counts = json_object_get(root, "in") != NULL || json_object_get(root, "out") != NULL;
	struct text at = jansson_text(root, "at", 64, &ok);
	*out = (struct passage_said){.device = jansson_text(root, "device", PASSAGE_NAME_BYTES_MAX, &ok),
		.checkpoint = jansson_text(root, "checkpoint", PASSAGE_NAME_BYTES_MAX, &ok),
		.boot = jansson_whole(root, "boot", whole_max, &ok), .seq = jansson_whole(root, "seq", whole_max, &ok),
		.totals = totals};
	out->in = (uint32_t)(totals ? jansson_whole(root, "in_total", UINT32_MAX, &ok) : jansson_whole(root, "in", LEDGER_PEOPLE_MAX, &ok));
	out->out = (uint32_t)(totals ? jansson_whole(root, "out_total", UINT32_MAX, &ok) :
		jansson_whole(root, "out", LEDGER_PEOPLE_MAX, &ok));
	return ok && !(totals && counts) && out->device.size > 0 && json_object_get(root, "seq") != NULL &&
	       when_parse(at, &out->at, NULL) == ERR_NONE;
}

static inline bool same_passage(const struct passage_said *a, const struct passage_said *b)
{
	return text_equal(a->device, b->device) && text_equal(a->checkpoint, b->checkpoint) && a->boot == b->boot &&
	       a->seq == b->seq && a->at == b->at && a->in == b->in && a->out == b->out && a->totals == b->totals;
}

#endif
