/* Plans: whatever is read is also checked, measured by every rule set, written for the browser, and its numbers are
 * held to what the header promises. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "plan/plan.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maximum, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maximum);

/* ---- mutation: half the time a whole JSON value gives way to another, so that the text stays one that parses ---- */

static size_t value_end(const uint8_t *text, size_t at, size_t size)
{
	for (int depth = 0; at < size; at++) {
		if (depth == 0 && (text[at] == ',' || text[at] == ']' || text[at] == '}'))
			return at;
		depth += text[at] == '[' || text[at] == '{';
		depth -= text[at] == ']' || text[at] == '}';
		if (text[at] == '"')
			for (at++; at < size && text[at] != '"'; at++)
				at += text[at] == '\\';
	}
	return size;
}

/* Behind a random colon, comma or bracket; 0: there is none. */
static size_t value_begin(const uint8_t *text, size_t size, struct random *r)
{
	size_t begin = size > 0 ? random_below(r, size) : 0;
	for (size_t i = 0; i < size; i++) {
		size_t at = (begin + i) % size;
		if (text[at] == ':' || text[at] == '[' || text[at] == ',')
			return at + 1;
	}
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maximum, unsigned seed)
{
	static const char *const values[] = {"null", "true", "-1", "0", "1e308", "\"\"", "\"outside\"", "[]", "{}", "[1,2]",
		"7.5", "[[0,0],[9,0],[9,9],[0,0]]", "\"2026-11-24T19:30:00+08:00\"", "\"stand\"", "\"exit\"", "1000", "180", "-90"};
	struct random r;
	random_seed(&r, seed);
	size_t begin = value_begin(data, size, &r), end = value_end(data, begin, size);
	if (begin == 0 || random_below(&r, 2) == 0)
		return LLVMFuzzerMutate(data, size, maximum);
	struct text with = text_of(values[random_below(&r, sizeof(values) / sizeof(values[0]))]);
	char copy[512];
	size_t from = value_begin(data, size, &r), length = value_end(data, from, size) - from;
	if (random_below(&r, 2) == 0 && length <= sizeof(copy)) {
		memcpy(copy, data + from, length);
		with = (struct text){copy, length};
	}
	if (size - (end - begin) + with.size > maximum)
		return LLVMFuzzerMutate(data, size, maximum);
	memmove(data + begin + with.size, data + end, size - end);
	memcpy(data + begin, with.at, with.size);
	return size - (end - begin) + with.size;
}

/* ---- what must hold ---- */

static void hold_findings(const struct plan_findings *f)
{
	uint32_t errors = 0;
	for (uint32_t i = 0; i < f->count; i++) {
		errors += f->items[i].severity == PLAN_ERROR;
		HOLD(text_valid_utf8(text_of(f->items[i].text_en)) && text_valid_utf8(text_of(f->items[i].text_zh)));
		HOLD(text_valid_utf8(text_of(f->items[i].field)) && f->items[i].line >= 0);
	}
	HOLD(errors <= f->errors && f->errors <= errors + f->dropped && f->count <= PLAN_FINDINGS_MAX);
}

static void hold_plan(const struct plan *p)
{
	HOLD(p->zone_count >= 1 && p->zone_count <= PLAN_ZONES_MAX + 1 && plan_find_zone(p, TEXT("outside")) == 0);
	for (uint32_t i = 0; i < p->zone_count; i++)
		HOLD(isfinite(p->zones[i].area_m2) && p->zones[i].usable_m2 >= 0 &&
		     plan_find_zone(p, text_of(p->zones[i].id)) == i);
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[i];
		HOLD(c->from < p->zone_count && c->to < p->zone_count && c->device_first + c->device_count <= p->device_count);
		HOLD(p->features[c->feature].of_kind == i && c->lane_count <= PLAN_LANES_MAX);
	}
	for (uint32_t i = 0; i < p->device_count; i++)
		HOLD(p->devices[i].checkpoint < p->checkpoint_count);
	double before = 0;
	for (int minute = -200; p->at_start != AT_NONE && minute < 100; minute++) {
		double share = plan_arrived_share(p, p->at_start + minute * 60000);
		HOLD(share >= before && share <= 1);
		before = share;
	}
}

static void use(const struct plan *p, struct plan_findings *findings)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct buf out;
	buf_init(&out, (size_t)256 << 20);
	HOLD(arena != NULL && plan_check(p, findings) == ERR_NONE);
	for (int rules = 0; rules < PLAN_RULES_COUNT; rules++) {
		struct plan_measures m;
		HOLD(plan_measure(p, (enum plan_rules)rules, arena, &m) == ERR_NONE && plan_measures_write(p, &m, &out) == ERR_NONE);
		HOLD(isnan(m.safe_ppl) || m.safe_ppl >= 0);
	}
	buf_reset(&out);
	HOLD(plan_write_view(p, &out) == ERR_NONE && text_valid_utf8((struct text){out.at, out.size}));
	buf_free(&out);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan *p = NULL;
	struct plan_findings findings = {0};
	struct problem problem = {0};
	err_t error = plan_read((struct text){(const char *)data, size}, &p, &findings, &problem);
	HOLD((error == ERR_NONE) == (p != NULL));
	if (error == ERR_NONE) {
		hold_plan(p);
		use(p, &findings);
	}
	hold_findings(&findings);
	plan_free(p);
	plan_findings_free(&findings);
	return 0;
}
