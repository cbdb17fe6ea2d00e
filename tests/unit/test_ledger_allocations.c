/* Every taking of memory by the ledger fails once: the error is told, nothing has changed, the same call succeeds next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "failing_memory.h"
#include "ledger/ledger.h"

#define T0 INT64_C(1764000000000)

static const struct ledger_limits limits = {.zones_max = 8, .checkpoints_max = 40, .devices_max = 4, .streams_max = 8,
	.identity_pages_max = 16, .at_window = T0, .minutes = 10};

static struct ledger *busy_ledger(void)
{
	struct ledger *l;
	uint32_t index;
	assert_int_equal(ledger_new(&limits, &l), ERR_NONE);
	for (uint32_t z = 1; z < 8; z++)
		assert_int_equal(ledger_add_zone(l, &index), ERR_NONE);
	for (uint32_t c = 0; c < 40; c++)
		assert_int_equal(ledger_add_checkpoint(l, c % 8, (c + 1) % 8, &index), ERR_NONE);
	assert_int_equal(ledger_add_device(l, 0, &(struct ledger_accuracy){.period_ms = 60000}, &index), ERR_NONE);
	for (uint32_t c = 0; c < 40; c++) {
		struct ledger_passage p = {.device = 0, .checkpoint = c, .boot = 1, .seq = c + 1, .at = T0, .in = c + 1};
		assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
		ledger_post_passage(l, &p, T0);
	}
	return l;
}

static void a_ledger_without_memory_is_not_born(void **state)
{
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct ledger *l = NULL;
		memory_refuse(n);
		err_t e = ledger_new(&limits, &l);
		if (!memory_was_refused()) {
			assert_int_equal(n, 3); /* itself and its region */
			ledger_free(l);
			break;
		}
		assert_int_equal(e, ERR_MEMORY);
		assert_null(l);
	}
}

static void saving_without_memory_says_so_and_spoils_nothing(void **state)
{
	struct ledger *l = busy_ledger();
	struct buf whole, again;
	(void)state;
	buf_init(&whole, 1 << 20);
	assert_int_equal(ledger_save(l, &whole), ERR_NONE);
	for (unsigned long n = 1;; n++) {
		buf_init(&again, 1 << 20);
		memory_refuse(n);
		err_t e = ledger_save(l, &again);
		bool refused = memory_was_refused();
		assert_int_equal(e, refused ? ERR_MEMORY : ERR_NONE);
		if (!refused) {
			assert_true(n > 4);
			assert_int_equal(again.size, whole.size);
			assert_memory_equal(again.at, whole.at, whole.size);
			buf_free(&again);
			break;
		}
		buf_free(&again);
		assert_int_equal(ledger_view_books(l).sum, 0);
	}
	buf_free(&whole);
	ledger_free(l);
}

/* Every checkpoint moves: places of the past are kept, and their list grows several times. */
static void move_all(struct ledger *l, unsigned long refuse, bool *out_refused)
{
	memory_refuse(refuse);
	for (uint32_t c = 0; c < 40; c++) {
		err_t e = ledger_change_checkpoint(l, c, (c + 3) % 8, c % 7, false);
		if (e == ERR_NONE)
			continue;
		assert_int_equal(e, ERR_MEMORY);
		assert_int_equal(ledger_view_books(l).sum, 0);
		assert_int_equal(ledger_change_checkpoint(l, c, (c + 3) % 8, c % 7, false), ERR_NONE);
	}
	*out_refused = memory_was_refused();
}

static void a_checkpoint_that_could_not_move_can_move_next(void **state)
{
	struct buf wanted, got;
	bool refused;
	(void)state;
	struct ledger *plain = busy_ledger();
	move_all(plain, 0, &refused);
	buf_init(&wanted, 1 << 20);
	assert_int_equal(ledger_save(plain, &wanted), ERR_NONE);
	ledger_free(plain);
	for (unsigned long n = 1;; n++) {
		struct ledger *l = busy_ledger();
		move_all(l, n, &refused);
		buf_init(&got, 1 << 20);
		assert_int_equal(ledger_save(l, &got), ERR_NONE);
		assert_int_equal(got.size, wanted.size);
		assert_memory_equal(got.at, wanted.at, got.size);
		buf_free(&got);
		ledger_free(l);
		if (!refused) {
			assert_true(n > 1);
			break;
		}
	}
	buf_free(&wanted);
}

static void loading_without_memory_is_not_told_as_corrupt(void **state)
{
	struct ledger *l = busy_ledger();
	struct buf saved;
	bool refused;
	(void)state;
	move_all(l, 0, &refused); /* so that there is a past, which takes memory too */
	buf_init(&saved, 1 << 20);
	assert_int_equal(ledger_save(l, &saved), ERR_NONE);
	ledger_free(l);
	for (unsigned long n = 1;; n++) {
		struct ledger *loaded = NULL;
		memory_refuse(n);
		err_t e = ledger_load((struct text){saved.at, saved.size}, &loaded);
		refused = memory_was_refused();
		assert_int_equal(e, refused ? ERR_MEMORY : ERR_NONE);
		ledger_free(loaded);
		if (!refused) {
			assert_true(n > 3);
			break;
		}
		assert_null(loaded);
	}
	buf_free(&saved);
}

static int tell(void **state)
{
	(void)state;
	print_message("%lu takings of memory refused\n", memory_refusals);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ledger_without_memory_is_not_born),
		cmocka_unit_test(saving_without_memory_says_so_and_spoils_nothing),
		cmocka_unit_test(a_checkpoint_that_could_not_move_can_move_next),
		cmocka_unit_test(loading_without_memory_is_not_told_as_corrupt),
	};
	return cmocka_run_group_tests_name("the ledger without memory", tests, NULL, tell);
}
