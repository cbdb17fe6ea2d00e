/* Journal records: written and read back, and every cut and bit of them turned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live/input.h"

static const struct ledger_passage passage = {.device = 16383, .checkpoint = 2047, .boot = UINT64_MAX >> 11, .seq = 42, .at = 1795514400000,
	.in = 1000000, .out = UINT32_MAX, .totals = true};

static const struct input inputs[] = {
	{.kind = INPUT_PASSAGE, .passage = {16383, 2047, 7, 42, 1795514400000, 3, 1, false}},
	{.kind = INPUT_CONFLICT, .passage = {1, 2, 7, 42, 0, 3, UINT32_MAX, true}},
	{.kind = INPUT_DUPLICATES, .passage = {.device = 5, .in = 77}},
	{.kind = INPUT_RECOUNT, .recount = {12, 3000, 61.5, 1795514400000}, .by = {"anna", 4}, .reason = {"按目测", 9}},
	{.kind = INPUT_EMPTY, .by = {"anna", 4}, .reason = {"", 0}},
	{.kind = INPUT_LANES, .checkpoint = 3, .lane = 63, .open = true, .by = {"ben", 3}, .reason = {"", 0}},
	{.kind = INPUT_PLAN, .version = 9, .plan = {"{\"type\":\"FeatureCollection\"}", 28}, .by = {"ben", 3}, .reason = {"", 0}},
	{.kind = INPUT_TICK},
	{.kind = INPUT_CLOSE, .by = {"anna", 4}, .reason = {"over", 4}},
	{.kind = INPUT_REJECTED, .count = 31},
};
#define INPUTS (sizeof inputs / sizeof inputs[0])

static bool same(const struct input *a, const struct input *b)
{
	struct buf x, y;
	buf_init(&x, 4096);
	buf_init(&y, 4096);
	input_write(a, &x);
	input_write(b, &y);
	bool equal = a->kind == b->kind && x.size == y.size && memcmp(x.at, y.at, x.size) == 0;
	buf_free(&x);
	buf_free(&y);
	return equal;
}

static void every_kind_comes_back_as_it_was_written(void **state)
{
	struct buf b;
	size_t at = 0, used;
	struct input in;
	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < INPUTS; i++)
		input_write(&inputs[i], &b);
	for (size_t i = 0; i < INPUTS; i++, at += used) {
		assert_int_equal(input_read(b.at + at, b.size - at, &in, &used), ERR_NONE);
		assert_true(same(&in, &inputs[i]));
	}
	assert_int_equal(at, b.size);
	assert_int_equal(input_read(b.at, b.size, &in, &used), ERR_NONE);
	assert_int_equal(used, INPUT_PASSAGE_BYTES);
	assert_int_equal(in.passage.device, 16383);
	assert_int_equal(in.passage.at, 1795514400000);
	buf_free(&b);
}

static void the_widest_passage_fits_its_forty_bytes(void **state)
{
	uint8_t bytes[INPUT_PASSAGE_BYTES];
	struct input in;
	size_t used;
	(void)state;
	input_write_passage(INPUT_PASSAGE, &passage, bytes);
	assert_int_equal(input_read(bytes, sizeof bytes, &in, &used), ERR_NONE);
	assert_int_equal(in.passage.boot, passage.boot);
	assert_int_equal(in.passage.checkpoint, passage.checkpoint);
	assert_int_equal(in.passage.out, passage.out);
	assert_true(in.passage.totals);
}

static void what_is_cut_or_turned_is_refused_or_another_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < INPUTS; i++) {
		struct buf b;
		struct input in;
		size_t used;
		buf_init(&b, 4096);
		input_write(&inputs[i], &b);
		for (size_t cut = 0; cut < b.size; cut++) {
			uint8_t *exact = malloc(cut + 1);
			memcpy(exact, b.at, cut);
			exact = realloc(exact, cut > 0 ? cut : 1);
			assert_int_equal(input_read(exact, cut, &in, &used), ERR_STORE_CORRUPT);
			free(exact);
		}
		for (size_t bit = 0; bit < b.size * 8; bit++) {
			b.at[bit / 8] = (char)(b.at[bit / 8] ^ 1 << bit % 8);
			if (input_read(b.at, b.size, &in, &used) == ERR_NONE)
				assert_true(used <= b.size && !(used == b.size && same(&in, &inputs[i])));
			b.at[bit / 8] = (char)(b.at[bit / 8] ^ 1 << bit % 8);
		}
		buf_free(&b);
	}
}

/* No writer lets it in: it would be told to browsers as a number of 300 digits. */
static void a_recount_of_more_than_any_crowd_is_refused(void **state)
{
	(void)state;
	const struct ledger_recount wrong[] = {{1, 5, 1e300, 7}, {1, 10 * LEDGER_PEOPLE_MAX + 1, 1, 7}};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct buf b;
		struct input in = {.kind = INPUT_RECOUNT, .recount = wrong[i], .by = TEXT("otto"), .reason = TEXT("")};
		size_t used;
		buf_init(&b, 4096);
		input_write(&in, &b);
		assert_int_equal(input_read(b.at, b.size, &in, &used), ERR_STORE_CORRUPT);
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_comes_back_as_it_was_written),
		cmocka_unit_test(the_widest_passage_fits_its_forty_bytes),
		cmocka_unit_test(what_is_cut_or_turned_is_refused_or_another_record),
		cmocka_unit_test(a_recount_of_more_than_any_crowd_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
