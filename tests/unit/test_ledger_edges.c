/* The ledger at its edges: what is refused changes nothing, numbers at their ends do not wrap, and a saved ledger that lies is not
 * believed. The books are at zero after every step. */
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
#define MINUTE INT64_C(60000)

static const struct ledger_accuracy exact = {.period_ms = MINUTE};

/* outside (0) --gate 0: devices 0, 1--> hall (1) --stair 1: device 2--> stand (2) */
static struct ledger *small_venue(void)
{
	struct ledger_limits m = {.zones_max = 8, .checkpoints_max = 4, .devices_max = 4, .streams_max = 8, .identity_pages_max = 16,
		.at_window = T0, .minutes = 10};
	struct ledger *l;
	uint32_t index;
	assert_int_equal(ledger_new(&m, &l), ERR_NONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(ledger_add_zone(l, &index), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(l, 0, 1, &index), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(l, 1, 2, &index), ERR_NONE);
	for (uint32_t d = 0; d < 3; d++)
		assert_int_equal(ledger_add_device(l, d / 2, &exact, &index), ERR_NONE);
	return l;
}

static struct ledger_passage people(uint32_t device, uint64_t seq, at_ms at, uint32_t in, uint32_t out)
{
	return (struct ledger_passage){.device = device, .checkpoint = device / 2, .boot = 1, .seq = seq, .at = at, .in = in,
		.out = out};
}

static void say(struct ledger *l, struct ledger_passage p)
{
	assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
	ledger_post_passage(l, &p, p.at);
	assert_int_equal(ledger_view_books(l).sum, 0);
}

static struct ledger_zone_view zone(const struct ledger *l, uint32_t z)
{
	struct ledger_zone_view v;
	ledger_view_zone(l, z, T0, &v);
	return v;
}

static struct buf saved(const struct ledger *l)
{
	struct buf b;
	buf_init(&b, 1 << 22);
	assert_int_equal(ledger_save(l, &b), ERR_NONE);
	return b;
}

/* Nothing that is saved differs; frees `before`. */
static void same_as(const struct ledger *l, struct buf before)
{
	struct buf now = saved(l);
	assert_int_equal(now.size, before.size);
	assert_memory_equal(now.at, before.at, now.size);
	buf_free(&now);
	buf_free(&before);
}

/* ---- what is refused changes nothing ---- */

static void limits_out_of_range_are_too_large(void **state)
{
	const struct ledger_limits good = {.zones_max = 1, .checkpoints_max = 1, .devices_max = 1, .streams_max = 1,
		.identity_pages_max = 1, .at_window = 0, .minutes = 1};
	struct ledger_limits bad[9];
	(void)state;
	for (size_t i = 0; i < 9; i++)
		bad[i] = good;
	bad[0].zones_max = 0;
	bad[1].zones_max = (1u << 16) + 1;
	bad[2].checkpoints_max = (1u << 14) + 1;
	bad[3].devices_max = (1u << 18) + 1;
	bad[4].streams_max = (1u << 20) + 1;
	bad[5].minutes = 0;
	bad[6].minutes = LEDGER_MINUTES_MAX + 1;
	bad[7].at_window = -1;
	bad[8].at_window = AT_MS_MAX + 1;
	for (size_t i = 0; i < 9; i++) {
		struct ledger *l = NULL;
		assert_int_equal(ledger_new(&bad[i], &l), ERR_TOO_LARGE);
		assert_null(l);
	}
	struct ledger *l;
	assert_int_equal(ledger_new(&good, &l), ERR_NONE);
	ledger_free(l);
	ledger_free(NULL);
}

static void indexes_that_were_never_given_do_nothing(void **state)
{
	struct ledger *l = small_venue();
	struct ledger_passage p = people(0, 1, T0, 5, 0), q;
	uint32_t index = 99;
	(void)state;
	say(l, p);
	struct buf before = saved(l);
	p = people(0, 2, T0, 5, 0);
	q = p;
	q.device = 3;
	assert_int_equal(ledger_claim(l, &q), LEDGER_IDENTITY_FULL);
	ledger_post_passage(l, &q, T0);
	ledger_release(l, &q);
	q = p;
	q.checkpoint = 2;
	ledger_post_passage(l, &q, T0);
	ledger_note_duplicates(l, 3, 7);
	q.device = 3;
	ledger_note_conflict(l, &q, T0);
	ledger_post_recount(l, &(struct ledger_recount){3, 10, 2, T0}, T0);
	ledger_post_recount(l, &(struct ledger_recount){1, 10, NAN, T0}, T0);
	ledger_post_empty(l, (uint32_t[]){0, 3}, 2, T0);
	ledger_advance(l, T0 - 1); /* time never decreases */
	assert_int_equal(ledger_add_checkpoint(l, 3, 0, &index), ERR_BUG);
	assert_int_equal(ledger_add_checkpoint(l, 0, 3, &index), ERR_BUG);
	assert_int_equal(ledger_add_device(l, 2, &exact, &index), ERR_BUG);
	assert_int_equal(ledger_change_checkpoint(l, 2, 0, 1, false), ERR_BUG);
	assert_int_equal(ledger_change_checkpoint(l, 0, 3, 1, false), ERR_BUG);
	assert_int_equal(ledger_change_checkpoint(l, 0, 0, 3, false), ERR_BUG);
	assert_int_equal(ledger_change_device(l, 3, 0, &exact, false), ERR_BUG);
	assert_int_equal(ledger_change_device(l, 0, 2, &exact, false), ERR_BUG);
	assert_int_equal(index, 99);
	same_as(l, before);
	struct ledger_zone_view z;
	ledger_view_zones(l, (uint32_t[]){1, 1, 3}, 3, T0, &z); /* what is not there, and what came before, count for nothing */
	assert_int_equal(z.balance, 5);
	ledger_free(l);
}

static void what_was_not_claimed_is_neither_posted_nor_released(void **state)
{
	struct ledger *l = small_venue();
	struct ledger_passage claimed = people(0, 1, T0, 5, 0), p;
	(void)state;
	assert_int_equal(ledger_claim(l, &claimed), LEDGER_NEW);
	struct buf before = saved(l);
	p = people(0, 1, T0, 5, 0);
	p.boot = 2;
	ledger_post_passage(l, &p, T0); /* a boot that nobody heard of */
	ledger_release(l, &p);
	p = people(0, 2, T0, 5, 0);
	ledger_release(l, &p);          /* the same page, another number */
	p.seq = 1000;
	ledger_release(l, &p);          /* another page */
	same_as(l, before);
	ledger_post_passage(l, &claimed, T0);
	before = saved(l);
	ledger_post_passage(l, &claimed, T0); /* all that was claimed is posted */
	ledger_release(l, &claimed);
	same_as(l, before);
	assert_int_equal(zone(l, 1).balance, 5);
	ledger_free(l);
}

static void a_checkpoint_that_has_moved_too_often_stays_where_it_is(void **state)
{
	struct ledger_limits m = {.zones_max = 8, .checkpoints_max = 1, .devices_max = 1, .streams_max = 1, .identity_pages_max = 1,
		.at_window = T0, .minutes = 1};
	struct ledger *l;
	uint32_t index, from = 0, to = 1;
	err_t e = ERR_NONE;
	(void)state;
	assert_int_equal(ledger_new(&m, &l), ERR_NONE);
	for (int i = 1; i < 8; i++)
		assert_int_equal(ledger_add_zone(l, &index), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(l, from, to, &index), ERR_NONE);
	assert_int_equal(ledger_add_device(l, 0, &exact, &index), ERR_NONE);
	unsigned moves = 0;
	for (uint64_t seq = 1; e == ERR_NONE && seq < 60; seq++) {
		say(l, people(0, seq, T0, seq % 2 == 0 ? 2 : 0, seq % 2)); /* in or out: either makes a past */
		uint32_t next_from = (uint32_t)seq / 7 % 8, next_to = (uint32_t)seq % 7 + 1;
		struct buf before = saved(l);
		e = ledger_change_checkpoint(l, 0, next_from, next_to, false);
		if (e != ERR_NONE)
			same_as(l, before);
		else
			buf_free(&before);
		moves += e == ERR_NONE;
		assert_int_equal(ledger_view_books(l).sum, 0);
	}
	assert_int_equal(e, ERR_TOO_LARGE);
	assert_true(moves >= 4);
	uint32_t all[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	struct ledger_zone_view v;
	ledger_view_zones(l, all, 8, T0, &v);
	assert_int_equal(v.in, 0); /* nobody came from elsewhere */
	assert_int_equal(v.out, 0);
	ledger_free(l);
}

static void a_stated_accuracy_without_sense_is_taken_to_the_nearest_that_has(void **state)
{
	static const double shares[] = {-1, 7, NAN, 0.25};
	static const double wanted[] = {0, 1, 0, 0.25};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct ledger *one = small_venue(), *two = small_venue();
		struct ledger_accuracy odd = {shares[i], shares[i], shares[i], i == 0 ? 0 : INT64_MAX, false};
		struct ledger_accuracy even = {wanted[i], wanted[i], wanted[i], i == 0 ? MINUTE : INT64_C(30) * 24 * 60 * MINUTE, false};
		assert_int_equal(ledger_change_device(one, 0, 0, &odd, false), ERR_NONE);
		assert_int_equal(ledger_change_device(two, 0, 0, &even, false), ERR_NONE);
		same_as(one, saved(two));
		ledger_free(one);
		ledger_free(two);
	}
}

/* ---- numbers at their ends ---- */

static void a_minute_and_a_second_hold_at_their_end_and_the_books_go_on(void **state)
{
	struct ledger *l = small_venue();
	struct ledger_minute m;
	(void)state;
	for (uint64_t seq = 1; seq <= 2; seq++)
		say(l, people(0, seq, T0 + 1000, 3000000000u, 0));
	assert_true(ledger_view_minute(l, 0, T0, &m));
	assert_int_equal(m.in, UINT32_MAX);
	assert_int_equal(zone(l, 1).balance, INT64_C(6000000000));
	ledger_free(l);
}

static void times_outside_1970_to_9999_are_taken_to_its_ends(void **state)
{
	struct ledger *one = small_venue(), *two = small_venue();
	static const at_ms said[] = {-5, AT_MS_MAX + 5}, meant[] = {0, AT_MS_MAX};
	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		struct ledger_passage p = people(0, i + 1, said[i], 1, 0), q = people(0, i + 1, meant[i], 1, 0);
		assert_int_equal(ledger_claim(one, &p), LEDGER_NEW);
		assert_int_equal(ledger_claim(two, &q), LEDGER_NEW);
		ledger_post_passage(one, &p, T0);
		ledger_post_passage(two, &q, T0);
	}
	struct ledger_device_view a, b;
	ledger_view_device(one, 0, T0, &a);
	ledger_view_device(two, 0, T0, &b);
	assert_int_equal(a.at_event, b.at_event);
	assert_int_equal(a.ahead_ms, b.ahead_ms);
	assert_int_equal(a.in, 2);
	assert_int_equal(a.at_event, 0);
	assert_int_equal(a.ahead_ms, AT_MS_MAX - T0);
	ledger_post_recount(one, &(struct ledger_recount){1, 10, 1, -5}, T0);
	assert_int_equal(zone(one, 1).recount.at, 0);
	ledger_free(one);
	ledger_free(two);
}

static void a_passage_may_be_booked_where_its_device_no_longer_stands(void **state)
{
	struct ledger *l = small_venue();
	struct ledger_passage p = people(0, 1, T0, 4, 1);
	struct ledger_checkpoint_view c;
	(void)state;
	assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
	assert_int_equal(ledger_change_device(l, 0, 1, &exact, false), ERR_NONE); /* between the claim and the commit */
	ledger_post_passage(l, &p, T0);
	ledger_view_checkpoint(l, 0, T0, &c);
	assert_int_equal(c.in, 4);
	ledger_view_checkpoint(l, 1, T0, &c);
	assert_int_equal(c.in, 0);
	assert_int_equal(zone(l, 1).balance, 3);
	assert_int_equal(ledger_view_books(l).sum, 0);
	ledger_free(l);
}

static void totals_beyond_belief_in_one_way_add_nothing_in_that_way(void **state)
{
	struct ledger *l = small_venue();
	struct ledger_device_view d;
	(void)state;
	struct ledger_passage p = people(0, 1, T0, 10, 10);
	p.totals = true;
	say(l, p);
	p.seq = 2;
	p.in = 2000000; /* a turnstile that was set back to somebody else's life */
	p.out = 15;
	say(l, p);
	p.seq = 3;
	p.in = 2000007;
	p.out = 3000000;
	say(l, p);
	ledger_view_device(l, 0, T0, &d);
	assert_int_equal(d.resets, 2);
	assert_int_equal(d.in, 10 + 0 + 7);
	assert_int_equal(d.out, 10 + 5 + 0);
	p = people(1, 1, T0, 0, UINT32_MAX - 10); /* `out` wraps at 2^32 and is no step back */
	p.totals = true;
	p.seq = 50;
	say(l, p);
	p.seq = 51;
	p.out = 9;
	say(l, p);
	ledger_view_device(l, 1, T0, &d);
	assert_int_equal(d.out, 20);
	assert_int_equal(d.backwards + d.resets, 0);
	ledger_free(l);
}

static void all_minutes_of_the_window_can_be_final(void **state)
{
	struct ledger *l = small_venue();
	uint32_t used, final_count;
	struct ledger_minute m;
	(void)state;
	say(l, people(0, 1, T0 + 9 * MINUTE, 1, 0));
	say(l, people(0, 2, T0 + 30 * MINUTE, 1, 0)); /* behind the window: in the balances only */
	ledger_advance(l, T0 + 31 * MINUTE);
	ledger_view_minutes(l, 0, &used, &final_count);
	assert_int_equal(used, 10);
	assert_int_equal(final_count, 10);
	assert_true(ledger_view_minute(l, 0, T0 + 9 * MINUTE, &m));
	assert_true(m.final);
	assert_int_equal(m.in, 1);
	assert_int_equal(zone(l, 1).balance, 2);
	ledger_free(l);
}

/* ---- a content whose hash comes out as 0, which means "not seen" ---- */

static uint64_t inverse_of(uint64_t odd)
{
	uint64_t x = odd; /* Newton: each step doubles the right bits */
	for (int i = 0; i < 6; i++)
		x *= 2 - odd * x;
	return x;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static uint64_t unmix(uint64_t x)
{
	x = (x ^ x >> 33) * inverse_of(UINT64_C(0xc4ceb9fe1a85ec53));
	x = (x ^ x >> 33) * inverse_of(UINT64_C(0xff51afd7ed558ccd));
	return x ^ x >> 33;
}

static void a_content_made_to_look_unseen_counts_once_all_the_same(void **state)
{
	struct ledger *l = small_venue();
	struct ledger_passage p = people(0, 1, T0, 0, 0);
	(void)state;
	p.totals = true;
	/* The hash is the low half of mix(mix(at + where * golden) + (in << 32 | out)). */
	uint64_t inner = mix((uint64_t)p.at + (((uint64_t)p.checkpoint << 1) | 1) * UINT64_C(0x9e3779b97f4a7c15));
	uint64_t counts = unmix(UINT64_C(0x1234567800000000)) - inner;
	p.in = (uint32_t)(counts >> 32);
	p.out = (uint32_t)counts;
	assert_int_equal((uint32_t)mix(inner + ((uint64_t)p.in << 32 | p.out)), 0);
	say(l, p);
	assert_int_equal(ledger_claim(l, &p), LEDGER_DUPLICATE);
	p.in++;
	assert_int_equal(ledger_claim(l, &p), LEDGER_CONFLICT);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_out_of_range_are_too_large),
		cmocka_unit_test(indexes_that_were_never_given_do_nothing),
		cmocka_unit_test(what_was_not_claimed_is_neither_posted_nor_released),
		cmocka_unit_test(a_checkpoint_that_has_moved_too_often_stays_where_it_is),
		cmocka_unit_test(a_stated_accuracy_without_sense_is_taken_to_the_nearest_that_has),
		cmocka_unit_test(a_minute_and_a_second_hold_at_their_end_and_the_books_go_on),
		cmocka_unit_test(times_outside_1970_to_9999_are_taken_to_its_ends),
		cmocka_unit_test(a_passage_may_be_booked_where_its_device_no_longer_stands),
		cmocka_unit_test(totals_beyond_belief_in_one_way_add_nothing_in_that_way),
		cmocka_unit_test(all_minutes_of_the_window_can_be_final),
		cmocka_unit_test(a_content_made_to_look_unseen_counts_once_all_the_same),
	};
	return cmocka_run_group_tests_name("the ledger at its edges", tests, NULL, NULL);
}
