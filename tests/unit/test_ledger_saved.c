/* Saved bytes that are torn, flipped or made by an enemy: said to be corrupt, or a ledger that can be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/random.h"
#include "ledger/ledger.h"

#define T0 INT64_C(1764000000000)

/* A small ledger with something of everything in it. */
static struct buf something_saved(void)
{
	struct ledger_limits m = { .zones_max = 4, .checkpoints_max = 3, .devices_max = 4, .streams_max = 16,
		.identity_pages_max = 32, .at_window = T0, .minutes = 30 };
	struct ledger *l;
	uint32_t index;
	struct ledger_accuracy a = { .miss_in = 0.01, .miss_out = 0.02, .period_ms = 30000 };
	assert_int_equal(ledger_new(&m, &l), ERR_NONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ledger_add_zone(l, &index), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(l, 0, 1, &index), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(l, 1, 2, &index), ERR_NONE);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(ledger_add_device(l, i / 2, &a, &index), ERR_NONE);
	struct random r;
	random_seed(&r, 3);
	for (uint32_t i = 0; i < 120; i++) {
		uint32_t d = (uint32_t)random_below(&r, 3);
		struct ledger_passage p = { .device = d, .checkpoint = d / 2, .boot = random_below(&r, 3) };
		p.seq = random_below(&r, 150);
		p.at = T0 + i * 4000 + (at_ms)random_below(&r, 9000);
		p.in = i % 4;
		p.out = i % 3;
		p.totals = d == 1;
		if (ledger_claim(l, &p) == LEDGER_NEW)
			ledger_post_passage(l, &p, T0 + i * 4000);
	}
	ledger_post_recount(l, &(struct ledger_recount){ 1, 60, 5, T0 + 400000 }, T0 + 480000);
	ledger_post_empty(l, &(uint32_t){ 2 }, 1, T0 + 480000);
	assert_int_equal(ledger_change_checkpoint(l, 1, 1, 3, false), ERR_NONE);
	ledger_note_duplicates(l, 0, 7);
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(ledger_save(l, &b), ERR_NONE);
	ledger_free(l);
	return b;
}

/* Whatever was let in must bear every call. */
static void use(struct ledger *l)
{
	assert_int_equal(ledger_view_books(l).sum, 0);
	uint32_t zones[4] = { 0, 1, 2, 3 }, count = ledger_zone_count(l) < 4 ? ledger_zone_count(l) : 4;
	struct ledger_zone_view z;
	ledger_view_zones(l, zones, count, T0 + 500000, &z);
	for (uint32_t d = 0; d < ledger_device_count(l); d++) {
		struct ledger_device_view v;
		ledger_view_device(l, d, T0 + 500000, &v);
		struct ledger_passage p = { .device = d, .checkpoint = v.checkpoint, .boot = v.boot, .seq = v.seq + 1,
			.at = T0 + 490000, .in = 3, .out = 1 };
		if (ledger_claim(l, &p) == LEDGER_NEW)
			ledger_post_passage(l, &p, T0 + 490000);
	}
	for (uint32_t c = 0; c < ledger_checkpoint_count(l); c++) {
		struct ledger_checkpoint_view v;
		ledger_view_checkpoint(l, c, T0 + 500000, &v);
	}
	ledger_post_recount(l, &(struct ledger_recount){ 0, 60, 5, T0 + 450000 }, T0 + 491000);
	ledger_post_empty(l, zones, count, T0 + 492000);
	ledger_advance(l, T0 + 900000);
	assert_int_equal(ledger_view_books(l).sum, 0);
	struct buf b;
	buf_init(&b, 1 << 24);
	assert_int_equal(ledger_save(l, &b), ERR_NONE);
	buf_free(&b);
}

static err_t load_copy(const uint8_t *bytes, size_t size, struct ledger **out)
{
	char *exact = malloc(size + (size == 0)); /* so that a byte too far is seen */
	assert_non_null(exact);
	memcpy(exact, bytes, size);
	err_t e = ledger_load((struct text){ exact, size }, out);
	free(exact);
	return e;
}

static void mend_checksum(uint8_t *bytes, size_t size)
{
	if (size >= 4)
		pack_u32(bytes + size - 4, check_crc32c(0, bytes, size - 4));
}

static void a_saved_ledger_cut_anywhere_is_corrupt(void **state)
{
	(void)state;
	struct buf b = something_saved();
	struct ledger *l = NULL;
	for (size_t size = 0; size < b.size; size++) {
		assert_int_equal(load_copy((uint8_t *)b.at, size, &l), ERR_STORE_CORRUPT);
		uint8_t *cut = malloc(size + 4); /* and with a checksum that fits */
		assert_non_null(cut);
		memcpy(cut, b.at, size);
		mend_checksum(cut, size + 4);
		if (size + 4 != b.size)
			assert_int_equal(load_copy(cut, size + 4, &l), ERR_STORE_CORRUPT);
		free(cut);
	}
	assert_null(l);
	assert_int_equal(load_copy((uint8_t *)b.at, b.size, &l), ERR_NONE);
	use(l);
	ledger_free(l);
	buf_free(&b);
}

static void a_flipped_bit_is_found(void **state)
{
	(void)state;
	struct buf b = something_saved();
	struct ledger *l = NULL;
	for (size_t bit = 0; bit < b.size * 8; bit += 3) {
		b.at[bit / 8] = (char)(b.at[bit / 8] ^ 1 << bit % 8);
		assert_int_equal(load_copy((uint8_t *)b.at, b.size, &l), ERR_STORE_CORRUPT);
		b.at[bit / 8] = (char)(b.at[bit / 8] ^ 1 << bit % 8);
	}
	buf_free(&b);
}

static void bytes_changed_with_a_fitting_checksum_are_refused_or_harmless(void **state)
{
	(void)state;
	struct buf b = something_saved();
	uint8_t *copy = malloc(b.size);
	assert_non_null(copy);
	struct random r;
	random_seed(&r, 11);
	unsigned loaded = 0;
	for (size_t i = 0; i < b.size; i++) {
		for (int kind = 0; kind < 5; kind++) {
			memcpy(copy, b.at, b.size);
			copy[i] = kind == 0 ? 0 : kind == 1 ? 0xff : kind == 2 ? copy[i] ^ 0x80 : (uint8_t)random_u64(&r);
			if (kind == 4)
				copy[random_below(&r, b.size)] = (uint8_t)random_u64(&r);
			mend_checksum(copy, b.size);
			struct ledger *l = NULL;
			err_t e = load_copy(copy, b.size, &l);
			if (e == ERR_NONE) {
				use(l);
				ledger_free(l);
				loaded++;
			} else {
				assert_true(e == ERR_STORE_CORRUPT || e == ERR_STORE_VERSION || e == ERR_MEMORY);
			}
		}
	}
	assert_true(loaded > 100);
	free(copy);
	buf_free(&b);
}

static void a_newer_version_is_named(void **state)
{
	(void)state;
	struct buf b = something_saved();
	struct ledger *l = NULL;
	pack_u32((uint8_t *)b.at + 4, unpack_u32((const uint8_t *)b.at + 4) + 1);
	mend_checksum((uint8_t *)b.at, b.size);
	assert_int_equal(load_copy((uint8_t *)b.at, b.size, &l), ERR_STORE_VERSION);
	buf_free(&b);
}

static void a_buffer_that_is_too_small_is_said(void **state)
{
	(void)state;
	struct buf b = something_saved(), small;
	struct ledger *l = NULL;
	assert_int_equal(load_copy((uint8_t *)b.at, b.size, &l), ERR_NONE);
	buf_init(&small, b.size / 2);
	assert_int_equal(ledger_save(l, &small), ERR_TOO_LARGE);
	buf_free(&small);
	buf_free(&b);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_saved_ledger_cut_anywhere_is_corrupt),
		cmocka_unit_test(a_flipped_bit_is_found),
		cmocka_unit_test(bytes_changed_with_a_fitting_checksum_are_refused_or_harmless),
		cmocka_unit_test(a_newer_version_is_named),
		cmocka_unit_test(a_buffer_that_is_too_small_is_said),
	};
	return cmocka_run_group_tests_name("the saved ledger", tests, NULL, NULL);
}
