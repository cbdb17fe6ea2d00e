/* A saved ledger written here, member by member, without the ledger's own writer: what the saved form is, and which lies in it are
 * found though the checksum fits. Every lie is one member, or a few that hang together. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "ledger/ledger.h"

#define T0 INT64_C(1764000000000) /* a whole minute */
#define NEVER ((uint64_t)AT_NONE)
#define ONE_HALF UINT64_C(0x3FE0000000000000)
#define NOT_A_NUMBER UINT64_C(0x7FF8000000000000)
#define MINUS_ONE UINT64_C(0xBFF0000000000000)
#define HUGE_ONE UINT64_C(0x7E37E43C8800759C) /* 1e300 */

struct member { const char *name; unsigned bytes; uint64_t value; };

/* outside --checkpoint 0: one device, boot 1, numbers 1 and 3 of 7 and 2 people--> hall; the checkpoint stood the other way round
 * before, when 4 people passed; the hall was counted once. */
static const struct member small_ledger[] = {
	{"magic", 4, 0x47444C43}, {"version", 4, 2},
	{"zones_max", 4, 4}, {"checkpoints_max", 4, 2}, {"devices_max", 4, 2}, {"streams_max", 4, 4}, {"pages_max", 4, 4},
	{"window", 8, T0}, {"minutes", 4, 60}, {"recorded", 8, T0 + 120000}, {"passages", 8, 3},
	{"zones", 4, 2}, {"checkpoints", 4, 1}, {"past", 4, 1}, {"devices", 4, 1}, {"streams", 4, 1},

	{"z0.balance", 8, (uint64_t)-5}, {"z0.in", 8, 4}, {"z0.out", 8, 9}, {"z0.emptied", 8, 0}, {"z0.at_emptied", 8, NEVER},
	{"z0.at_recount", 8, NEVER}, {"z0.adjusted", 8, 0}, {"z0.gain", 8, 0}, {"z0.random", 8, 0}, {"z0.miss_in", 8, 0},
	{"z0.miss_out", 8, 0}, {"z0.bias", 8, 0}, {"z0.sigma", 8, 0}, {"z0.ppl", 4, 0},
	{"z1.balance", 8, 5}, {"z1.in", 8, 9}, {"z1.out", 8, 4}, {"z1.emptied", 8, 0}, {"z1.at_emptied", 8, NEVER},
	{"z1.at_recount", 8, T0}, {"z1.adjusted", 8, MINUS_ONE}, {"z1.gain", 8, ONE_HALF}, {"z1.random", 8, ONE_HALF},
	{"z1.miss_in", 8, 0}, {"z1.miss_out", 8, 0}, {"z1.bias", 8, 0}, {"z1.sigma", 8, ONE_HALF}, {"z1.ppl", 4, 4},

	{"c.from", 4, 0}, {"c.to", 4, 1}, {"c.retired", 4, 0}, {"c.posted", 8, T0 + 61000}, {"c.watermark", 8, T0 + 61000},
	{"c.in", 8, 9}, {"c.out", 8, 4}, {"c.in_past", 8, 0}, {"c.out_past", 8, 4}, {"c.minutes", 4, 2},
	{"m0.in", 4, 7}, {"m0.out", 4, 4}, {"m0.revision", 4, 0}, {"m1.in", 4, 2}, {"m1.out", 4, 0}, {"m1.revision", 4, 1},
	{"c.seconds", 4, 2}, {"s0.at", 8, T0 / 1000}, {"s0.in", 4, 7}, {"s0.out", 4, 4},
	{"s1.at", 8, T0 / 1000 + 61}, {"s1.in", 4, 2}, {"s1.out", 4, 0},

	{"p.from", 4, 1}, {"p.to", 4, 0}, {"p.in", 8, 0}, {"p.out", 8, 4},

	{"d.checkpoint", 4, 0}, {"d.flags", 4, 0}, {"d.miss_in", 8, 0}, {"d.miss_out", 8, 0}, {"d.double", 8, 0},
	{"d.period", 8, 60000}, {"d.heard", 8, T0 + 61000}, {"d.event", 8, T0 + 61000}, {"d.records", 8, 3}, {"d.in", 8, 9},
	{"d.out", 8, 4}, {"d.missing_since", 8, T0 + 61000}, {"d.late", 8, 0}, {"d.resets", 8, 0}, {"d.backwards", 8, 0},
	{"d.duplicates", 8, 1}, {"d.conflicts", 8, 0}, {"d.ahead", 8, 0},
	{"d.from_in", 8, 9}, {"d.from_out", 8, 4}, {"d.to_in", 8, 9}, {"d.to_out", 8, 4},

	{"t.device", 4, 0}, {"t.boot", 8, 1}, {"t.first", 8, 1}, {"t.newest", 8, 4}, {"t.count", 8, 3}, {"t.totals", 4, 0},
	{"t.pages", 4, 1}, {"g.number", 8, 0}, {"g.seen", 8, 0x16}, {"g.h1", 4, 11}, {"g.h2", 4, 12}, {"g.h4", 4, 14},
};
#define MEMBERS (sizeof small_ledger / sizeof small_ledger[0])

struct lie { const char *name; uint64_t value; };

static size_t write_ledger(const struct lie *lies, size_t count, uint8_t *out)
{
	size_t size = 0, told = 0;
	for (size_t i = 0; i < MEMBERS; i++) {
		uint64_t v = small_ledger[i].value;
		for (size_t k = 0; k < count; k++)
			if (lies[k].name != NULL && strcmp(lies[k].name, small_ledger[i].name) == 0) {
				v = lies[k].value;
				told++;
			}
		if (small_ledger[i].bytes == 4)
			pack_u32(out + size, (uint32_t)v);
		else
			pack_u64(out + size, v);
		size += small_ledger[i].bytes;
	}
	for (size_t k = 0; k < count; k++)
		if (lies[k].name == NULL)
			told++;
	assert_int_equal(told, count); /* every name is a member's */
	pack_u32(out + size, check_crc32c(0, out, size));
	return size + 4;
}

static err_t load(const struct lie *lies, size_t count, struct ledger **out)
{
	uint8_t *bytes = malloc(4096);
	assert_non_null(bytes);
	size_t size = write_ledger(lies, count, bytes);
	uint8_t *exact = malloc(size);
	assert_non_null(exact);
	memcpy(exact, bytes, size);
	err_t e = ledger_load((struct text){(char *)exact, size}, out);
	free(exact);
	free(bytes);
	return e;
}

static void the_truth_is_loaded_and_saved_as_it_was(void **state)
{
	struct ledger *l = NULL;
	struct buf b;
	uint8_t bytes[4096];
	(void)state;
	assert_int_equal(load(NULL, 0, &l), ERR_NONE);
	buf_init(&b, 4096);
	assert_int_equal(ledger_save(l, &b), ERR_NONE);
	assert_int_equal(b.size, write_ledger(NULL, 0, bytes));
	assert_memory_equal(b.at, bytes, b.size);
	struct ledger_zone_view z;
	ledger_view_zone(l, 1, T0 + 120000, &z);
	assert_int_equal(z.balance, 5);
	assert_int_equal(z.recount.ppl, 4);
	struct ledger_device_view d;
	ledger_view_device(l, 0, T0 + 120000, &d);
	assert_int_equal(d.missing, 1);
	ledger_view_zones(l, (uint32_t[]){0, 1}, 2, T0 + 120000, &z); /* nobody came from elsewhere, past places counted */
	assert_int_equal(z.in + z.out, 0);
	buf_free(&b);
	ledger_free(l);
}

#define LIES_MAX 5
static void each_lie_is_found(void **state)
{
	static const struct lie rows[][LIES_MAX] = {
		{{"magic", 1}}, {{"version", 0}},
		{{"zones_max", 0}}, {{"zones_max", 1}}, {{"checkpoints_max", 0}}, {{"devices_max", 0}}, {{"streams_max", 0}},
		{{"pages_max", 0}}, {{"streams_max", 1u << 21}}, {{"window", NEVER}}, {{"window", T0 + 1}}, {{"window", (uint64_t)-60000}},
		{{"minutes", 0}}, {{"minutes", 5000}}, {{"recorded", NEVER}}, {{"recorded", (uint64_t)AT_MS_MAX + 1}},
		{{"passages", 4}}, {{"zones", 0}}, {{"zones", 1}}, {{"zones", 3}}, {{"checkpoints", 0}}, {{"past", 0}}, {{"past", 2}},
		{{"devices", 0}}, {{"streams", 0}}, {{"streams", 2}},
		/* zones: what came in less what went out is what is there, and all of them together are nothing */
		{{"z1.balance", 6}}, {{"z1.balance", 6}, {"z1.in", 10}}, {{"z0.balance", (uint64_t)1 << 50}, {"z0.in", (uint64_t)1 << 50}},
		{{"z0.balance", (uint64_t)INT64_MIN}}, {{"z1.emptied", 3}}, {{"z1.emptied", (uint64_t)1 << 60}},
		{{"z1.at_recount", 1u << 31}, {"z1.adjusted", NOT_A_NUMBER}}, {{"z1.gain", MINUS_ONE}}, {{"z1.random", MINUS_ONE}},
		{{"z1.miss_in", MINUS_ONE}}, {{"z1.miss_out", NOT_A_NUMBER}}, {{"z1.bias", NOT_A_NUMBER}}, {{"z1.sigma", MINUS_ONE}},
		/* more than any crowd: it would be told in 300 digits */
		{{"z1.adjusted", HUGE_ONE}}, {{"z1.bias", HUGE_ONE}}, {{"z1.random", HUGE_ONE}},
		{{"z1.miss_in", HUGE_ONE}}, {{"z1.sigma", HUGE_ONE}},
		{{"z1.at_emptied", (uint64_t)-2}},
		/* checkpoints */
		{{"c.from", 2}}, {{"c.to", 2}}, {{"c.retired", 2}}, {{"c.watermark", (uint64_t)-2}}, {{"c.in_past", 10}},
		{{"c.out_past", 5}}, {{"c.minutes", 61}}, {{"m1.in", 0}}, {{"c.seconds", 1024}}, {{"s0.in", 0}, {"s0.out", 0}},
		{{"s1.at", T0 / 1000}}, {{"s0.at", T0 / 1000 - 180}}, {{"s1.at", T0 / 1000 + 721}},
		{{"recorded", 60000}, {"s0.at", (uint64_t)-1}},
		{{"p.from", 2}}, {{"p.to", 2}},
		/* devices */
		{{"d.checkpoint", 1}}, {{"d.flags", 8}}, {{"d.miss_in", MINUS_ONE}}, {{"d.miss_out", NOT_A_NUMBER}},
		{{"d.double", UINT64_C(0x4000000000000000)}}, {{"d.period", 0}}, {{"d.period", UINT64_C(1) << 40}},
		{{"d.heard", NEVER}}, {{"d.heard", NEVER}, {"d.event", NEVER}}, {{"d.records", 0}}, {{"d.records", 4}},
		{{"d.from_in", 10}}, {{"d.to_out", 5}}, {{"d.missing_since", NEVER}}, {{"d.ahead", (uint64_t)-1}},
		{{"d.ahead", (uint64_t)AT_MS_MAX + 1}},
		{{"d.records", 0}, {"d.heard", NEVER}, {"d.event", NEVER}, {"passages", 0}},
		/* identities */
		{{"t.device", 1}}, {{"t.first", 5}}, {{"t.newest", 2}}, {{"t.count", 4}}, {{"t.count", 0}},
		{{"t.count", 0}, {"t.first", 4}}, {{"t.count", 0}, {"t.first", 4}, {"t.newest", 4}},
		{{"t.count", 0}, {"t.first", 0}, {"t.newest", 0}, {"t.totals", 1}},
		{{"t.totals", 3}}, {{"t.totals", 4}}, {{"t.totals", 8}}, {{"t.pages", 0}}, {{"t.pages", 2}}, {{"g.seen", 0}},
		{{"g.number", UINT64_MAX / 64 + 1}}, {{"g.h2", 0}}, {{"g.seen", 0x36}},
		{{"d.missing_since", NEVER}, {"t.newest", 3}, {"d.records", 0}, {"d.heard", NEVER}, {"d.event", NEVER}, },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ledger *l = NULL;
		err_t e = load(rows[i], LIES_MAX, &l);
		if (e != ERR_STORE_CORRUPT)
			fail_msg("%s = %llx ...: %s", rows[i][0].name, (unsigned long long)rows[i][0].value, error_row(e)->code);
		assert_null(l);
	}
}

static void claimed_and_not_posted_is_no_lie(void **state)
{
	/* All that is claimed lies between the claim and the commit: nothing was posted, nobody is anywhere. */
	static const struct lie rows[] = {{"t.first", 0}, {"t.newest", 0}, {"t.count", 0}, {"d.records", 0}, {"d.heard", NEVER},
		{"d.event", NEVER}, {"d.missing_since", NEVER}, {"passages", 0}};
	struct ledger *l = NULL;
	(void)state;
	assert_int_equal(load(rows, sizeof rows / sizeof rows[0], &l), ERR_NONE);
	struct ledger_passage p = {.device = 0, .checkpoint = 0, .boot = 1, .seq = 2, .at = T0};
	assert_int_equal(ledger_claim(l, &p), LEDGER_CONFLICT);
	ledger_release(l, &p);
	assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
	assert_int_equal(ledger_view_books(l).sum, 0);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_truth_is_loaded_and_saved_as_it_was),
		cmocka_unit_test(each_lie_is_found),
		cmocka_unit_test(claimed_and_not_posted_is_no_lie),
	};
	return cmocka_run_group_tests_name("forged ledgers", tests, NULL, NULL);
}
