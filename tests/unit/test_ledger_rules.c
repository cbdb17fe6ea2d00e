/* The ledger's rules one by one, as a reader of ledger.h would try them. The schedules by seed against a naive
 * second ledger are in test_ledger_oracle.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ledger/ledger.h"

#define T0 INT64_C(1764000000000) /* a whole minute */
#define MINUTE 60000

/* outside --(0: devices 0, 1)--> plaza --(1: device 2)--> stand */
struct venue {
	struct ledger *l;
	uint32_t plaza, stand, gate, stair, device[3];
};

static struct ledger_limits limits(void)
{
	return (struct ledger_limits){ .zones_max = 8, .checkpoints_max = 8, .devices_max = 8, .streams_max = 64,
		.identity_pages_max = 256, .at_window = T0, .minutes = 240 };
}

static struct venue venue(struct ledger_accuracy a)
{
	struct venue v;
	struct ledger_limits m = limits();
	assert_int_equal(ledger_new(&m, &v.l), ERR_NONE);
	assert_int_equal(ledger_add_zone(v.l, &v.plaza), ERR_NONE);
	assert_int_equal(ledger_add_zone(v.l, &v.stand), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(v.l, 0, v.plaza, &v.gate), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(v.l, v.plaza, v.stand, &v.stair), ERR_NONE);
	assert_int_equal(ledger_add_device(v.l, v.gate, &a, &v.device[0]), ERR_NONE);
	assert_int_equal(ledger_add_device(v.l, v.gate, &a, &v.device[1]), ERR_NONE);
	assert_int_equal(ledger_add_device(v.l, v.stair, &a, &v.device[2]), ERR_NONE);
	return v;
}

static const struct ledger_accuracy exact = { .period_ms = MINUTE };

static struct ledger_passage passage(const struct venue *v, int device, uint64_t seq, at_ms at, uint32_t in,
	uint32_t out)
{
	return (struct ledger_passage){ .device = v->device[device], .checkpoint = device < 2 ? v->gate : v->stair,
		.boot = 1, .seq = seq, .at = at, .in = in, .out = out };
}

static void say(const struct venue *v, const struct ledger_passage *p, at_ms at_recorded)
{
	assert_int_equal(ledger_claim(v->l, p), LEDGER_NEW);
	ledger_post_passage(v->l, p, at_recorded);
}

static void say_people(const struct venue *v, int device, uint64_t seq, at_ms at, uint32_t in, uint32_t out)
{
	struct ledger_passage p = passage(v, device, seq, at, in, out);
	say(v, &p, at);
}

static int64_t balance(const struct venue *v, uint32_t zone)
{
	struct ledger_zone_view z;
	ledger_view_zone(v->l, zone, T0, &z);
	assert_int_equal(ledger_view_books(v->l).sum, 0);
	return z.balance;
}

static struct ledger_device_view device_view(const struct venue *v, int device, at_ms at_now)
{
	struct ledger_device_view d;
	ledger_view_device(v->l, v->device[device], at_now, &d);
	return d;
}

static void people_move_from_zone_to_zone_and_the_books_balance(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0, 10, 2);
	say_people(&v, 2, 1, T0 + 1, 5, 0);
	assert_int_equal(balance(&v, 0), -8);
	assert_int_equal(balance(&v, v.plaza), 3);
	assert_int_equal(balance(&v, v.stand), 5);
	uint32_t inside[] = { v.plaza, v.stand, v.stand };
	struct ledger_zone_view z;
	ledger_view_zones(v.l, inside, 3, T0 + 2, &z);
	assert_int_equal(z.balance, 8);
	assert_int_equal(z.in, 10);
	assert_int_equal(z.out, 2);
	assert_int_equal(z.devices, 2); /* the stair lies within */
	assert_true(z.at_least);        /* the second device at the gate never spoke */
	ledger_free(v.l);
}

static void a_negative_balance_is_kept_as_evidence(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0, 0, 7);
	assert_int_equal(balance(&v, v.plaza), -7);
	ledger_free(v.l);
}

static void a_passage_counts_once_and_another_content_is_a_conflict(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	struct ledger_passage p = passage(&v, 0, 7, T0, 1, 0), other = p;
	say(&v, &p, T0);
	assert_int_equal(ledger_claim(v.l, &p), LEDGER_DUPLICATE);
	other.in = 2;
	assert_int_equal(ledger_claim(v.l, &other), LEDGER_CONFLICT);
	other.boot = 2;
	assert_int_equal(ledger_claim(v.l, &other), LEDGER_NEW);
	ledger_note_duplicates(v.l, p.device, 3);
	ledger_note_conflict(v.l, &other, T0);
	assert_int_equal(device_view(&v, 0, T0).duplicates, 3);
	assert_int_equal(device_view(&v, 0, T0).conflicts, 1);
	assert_int_equal(balance(&v, v.plaza), 1);
	ledger_free(v.l);
}

static void gaps_in_a_devices_numbers_are_shown_until_they_are_filled(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1000, T0, 1, 0);
	assert_int_equal(device_view(&v, 0, T0).missing, 0);
	say_people(&v, 0, 1004, T0 + 5, 1, 0);
	say_people(&v, 0, 1005, T0 + 6, 1, 0);
	assert_int_equal(device_view(&v, 0, T0).missing, 3);
	assert_int_equal(device_view(&v, 0, T0).at_missing_since, T0 + 5);
	for (uint64_t seq = 1001; seq < 1004; seq++)
		say_people(&v, 0, seq, T0 + 7, 1, 0);
	assert_int_equal(device_view(&v, 0, T0).missing, 0);
	assert_true(device_view(&v, 0, T0).at_missing_since == AT_NONE);
	ledger_free(v.l);
}

static void no_room_for_an_identity_is_said_and_a_babbling_device_leaves_room_for_others(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	uint32_t taken = 0;
	struct ledger_passage p = passage(&v, 0, 0, T0, 1, 0);
	for (p.boot = 1; p.boot < 200; p.boot++)
		taken += ledger_claim(v.l, &p) == LEDGER_NEW;
	assert_int_equal(taken, 33); /* of 64 streams */
	say_people(&v, 1, 1, T0, 1, 0);
	p = passage(&v, 2, 0, T0, 1, 0);
	for (taken = 0; p.seq < 1000 * 64; p.seq += 64)
		taken += ledger_claim(v.l, &p) == LEDGER_NEW;
	assert_in_range(taken, 100, 128); /* of 256 pages */
	p = passage(&v, 1, 640, T0, 1, 0);
	assert_int_equal(ledger_claim(v.l, &p), LEDGER_NEW);
	ledger_free(v.l);
}

/* ---- running totals ---- */

struct word { uint64_t boot, seq; uint32_t in_total, out_total; };

/* What a device that says these words is booked with. */
static struct ledger_device_view totals_said(const struct word *words, size_t count)
{
	struct venue v = venue(exact);
	for (size_t i = 0; i < count; i++) {
		struct ledger_passage p = passage(&v, 0, words[i].seq, T0 + (at_ms)i, words[i].in_total, words[i].out_total);
		p.boot = words[i].boot;
		p.totals = true;
		say(&v, &p, T0 + (at_ms)i);
	}
	struct ledger_device_view d = device_view(&v, 0, T0);
	assert_int_equal(balance(&v, v.plaza), (int64_t)d.in - (int64_t)d.out);
	ledger_free(v.l);
	return d;
}

#define SAID(...) \
	totals_said((const struct word[]){ __VA_ARGS__ }, sizeof(const struct word[]){ __VA_ARGS__ } / sizeof(struct word))

static void totals_count_from_zero_or_from_a_base_in_mid_life(void **state)
{
	(void)state;
	assert_int_equal(SAID({ 1, 1, 5, 0 }, { 1, 2, 9, 1 }).in, 9);
	assert_int_equal(SAID({ 1, 77, 500, 0 }, { 1, 78, 509, 1 }).in, 9);
	assert_int_equal(SAID({ 1, 1, 5000000, 0 }, { 1, 2, 5000009, 1 }).in, 9); /* a life before us, not people */
}

static void totals_of_an_older_number_are_held_already(void **state)
{
	(void)state;
	assert_int_equal(SAID({ 1, 1, 5, 0 }, { 1, 3, 20, 0 }, { 1, 2, 9, 0 }).in, 20);
}

static void totals_that_come_from_before_the_base_move_it_down(void **state)
{
	(void)state;
	assert_int_equal(SAID({ 1, 9, 90, 0 }, { 1, 7, 70, 0 }, { 1, 8, 80, 0 }, { 1, 10, 95, 0 }).in, 25);
	assert_int_equal(SAID({ 1, 9, 90, 0 }, { 1, 1, 4, 0 }, { 1, 10, 95, 0 }).in, 95);
}

static void totals_that_step_back_a_little_add_nothing_and_far_back_are_a_reset(void **state)
{
	(void)state;
	struct ledger_device_view d = SAID({ 1, 1, 100, 0 }, { 1, 2, 92, 0 }, { 1, 3, 101, 0 });
	assert_int_equal(d.in, 101);
	assert_int_equal(d.backwards, 1);
	d = SAID({ 1, 1, 100, 50 }, { 1, 2, 3, 1 }, { 1, 3, 10, 1 });
	assert_int_equal(d.in, 110);
	assert_int_equal(d.out, 51);
	assert_int_equal(d.resets, 1);
	d = SAID({ 1, 1, 100, 5 }, { 1, 2, 3, 1 }); /* one direction far back: both began anew */
	assert_int_equal(d.out, 6);
}

static void totals_of_a_new_boot_go_on_or_begin_anew(void **state)
{
	(void)state;
	assert_int_equal(SAID({ 1, 1, 100, 0 }, { 2, 1, 7, 0 }).in, 107);
	assert_int_equal(SAID({ 1, 1, 100, 0 }, { 2, 1, 107, 0 }).in, 107);
	/* What the old boot says late: added if the new one began anew, held already if it went on. */
	assert_int_equal(SAID({ 1, 1, 100, 0 }, { 2, 1, 7, 0 }, { 1, 2, 103, 0 }).in, 110);
	assert_int_equal(SAID({ 1, 1, 100, 0 }, { 2, 1, 107, 0 }, { 1, 2, 103, 0 }).in, 107);
}

static void totals_wrap_at_two_to_the_thirty_second(void **state)
{
	(void)state;
	struct ledger_device_view d = SAID({ 1, 9, 4294967290u, 0 }, { 1, 10, 4, 0 }, { 1, 11, 6, 0 });
	assert_int_equal(d.in, 12);
	assert_int_equal(d.resets + d.backwards, 0);
}

/* ---- minutes ---- */

static struct ledger_minute minute(const struct venue *v, uint32_t checkpoint, at_ms at)
{
	struct ledger_minute m;
	assert_true(ledger_view_minute(v->l, checkpoint, at, &m));
	return m;
}

static void a_minute_is_final_when_the_slowest_device_has_passed_it_and_revised_after(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0 + 10, 3, 0);
	say_people(&v, 1, 1, T0 + 20, 1, 0);
	say_people(&v, 0, 2, T0 + MINUTE + 5, 2, 0);
	ledger_advance(v.l, T0 + MINUTE + 10);
	assert_false(minute(&v, v.gate, T0).final); /* device 1 has not passed it */
	say_people(&v, 1, 2, T0 + MINUTE + 30, 0, 0);
	ledger_advance(v.l, T0 + MINUTE + 31);
	assert_true(minute(&v, v.gate, T0).final);
	assert_int_equal(minute(&v, v.gate, T0).in, 4);
	struct ledger_passage late = passage(&v, 1, 3, T0 + 30, 6, 0);
	say(&v, &late, T0 + MINUTE + 32);
	assert_int_equal(minute(&v, v.gate, T0).in, 10);
	assert_int_equal(minute(&v, v.gate, T0).revision, 1);
	assert_true(minute(&v, v.gate, T0).final);
	assert_int_equal(ledger_view_books(v.l).late, 1);
	uint32_t used, final_count;
	ledger_view_minutes(v.l, v.gate, &used, &final_count);
	assert_int_equal(used, 2);
	assert_int_equal(final_count, 1);
	ledger_free(v.l);
}

static void a_silent_device_is_taken_out_and_its_old_data_revise_when_it_returns(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0, 1, 0);
	say_people(&v, 1, 1, T0, 1, 0);
	for (int i = 1; i <= 10; i++)
		say_people(&v, 0, (uint64_t)i + 1, T0 + i * MINUTE, 1, 0);
	ledger_advance(v.l, T0 + 10 * MINUTE + 1);
	assert_true(minute(&v, v.gate, T0 + 9 * MINUTE).final);
	assert_int_equal(device_view(&v, 1, T0 + 10 * MINUTE).state, LEDGER_ALARM);
	struct ledger_passage back = passage(&v, 1, 2, T0 + 2 * MINUTE, 5, 0);
	say(&v, &back, T0 + 11 * MINUTE);
	assert_int_equal(minute(&v, v.gate, T0 + 2 * MINUTE).revision, 1);
	assert_true(minute(&v, v.gate, T0 + 9 * MINUTE).final); /* once final, final */
	say_people(&v, 0, 12, T0 + 12 * MINUTE, 1, 0);
	ledger_advance(v.l, T0 + 12 * MINUTE + 1);
	assert_false(minute(&v, v.gate, T0 + 10 * MINUTE).final); /* the returned one still has to tell of it */
	ledger_free(v.l);
}

static void the_future_moves_no_watermark_and_its_device_holds_none_back(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0, 1, 0);
	struct ledger_passage wrong = passage(&v, 1, 1, T0 + 100 * MINUTE, 1, 0);
	say(&v, &wrong, T0);
	ledger_advance(v.l, T0 + 1);
	struct ledger_checkpoint_view c;
	ledger_view_checkpoint(v.l, v.gate, T0 + 1, &c);
	assert_int_equal(c.at_watermark, T0);
	say_people(&v, 0, 2, T0 + 2 * MINUTE, 1, 0);
	ledger_advance(v.l, T0 + 2 * MINUTE + 1);
	assert_true(minute(&v, v.gate, T0 + MINUTE).final);
	assert_int_equal(device_view(&v, 1, T0).ahead_ms, 100 * MINUTE);
	ledger_free(v.l);
}

static void seen(void *ctx, uint32_t minute_index)
{
	uint64_t *minutes = ctx;
	*minutes = *minutes * 1000 + minute_index;
}

static void changed_minutes_are_told_once_in_order(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0 + 70 * MINUTE, 1, 0);
	say_people(&v, 0, 2, T0 + 3 * MINUTE, 1, 0);
	uint64_t minutes = 0;
	ledger_take_changed_minutes(v.l, v.gate, seen, &minutes);
	assert_int_equal(minutes, 3070);
	ledger_take_changed_minutes(v.l, v.gate, seen, &minutes);
	assert_int_equal(minutes, 3070);
	ledger_advance(v.l, T0 + 71 * MINUTE); /* minute 3 becomes final */
	ledger_take_changed_minutes(v.l, v.gate, seen, &minutes);
	assert_int_equal(minutes, 3070003);
	struct ledger_minute m;
	assert_false(ledger_view_minute(v.l, v.gate, T0 - 1, &m));
	assert_true(ledger_view_minute(v.l, v.gate, T0 + 240 * MINUTE - 1, &m));
	assert_false(ledger_view_minute(v.l, v.gate, T0 + 240 * MINUTE, &m));
	ledger_free(v.l);
}

static void rates_are_of_the_last_sixty_seconds_and_five_minutes_by_event_time(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0 + 1000, 10, 1);
	say_people(&v, 0, 2, T0 + 31000, 20, 0);
	struct ledger_checkpoint_view c;
	ledger_view_checkpoint(v.l, v.gate, T0 + 60000, &c);
	assert_true(c.in_ppl_min == 30 && c.out_ppl_min == 1 && c.in_ppl_5min == 6);
	ledger_view_checkpoint(v.l, v.gate, T0 + 61000, &c);
	assert_true(c.in_ppl_min == 20 && c.out_ppl_min == 0 && c.in_ppl_5min == 6);
	struct ledger_zone_view z;
	ledger_view_zone(v.l, 0, T0 + 60999, &z);
	assert_true(z.out_ppl_min == 30 && z.in_ppl_min == 1);
	ledger_free(v.l);
}

/* ---- corrections ---- */

static struct ledger_zone_view zone_view(const struct venue *v, uint32_t zone)
{
	struct ledger_zone_view z;
	ledger_view_zone(v->l, zone, T0, &z);
	return z;
}

static const struct ledger_accuracy percent = { .miss_in = 0.01, .miss_out = 0.01, .period_ms = MINUTE };

static void the_band_follows_the_devices_stated_accuracy(void **state)
{
	(void)state;
	struct venue v = venue(percent);
	say_people(&v, 0, 1, T0, 10000, 0);
	struct ledger_zone_view z = zone_view(&v, v.plaza);
	double sigma = sqrt(10000 * 0.01 * 0.99 + 50.0 * 50.0);
	assert_true(z.ppl == 10000);
	assert_true(fabs(z.high - (10100 + 1.96 * sigma)) < 1e-6);
	assert_true(fabs(z.low - (10100 - 1.96 * sigma)) < 1e-6 || z.low == 10000);
	assert_true(z.low <= z.ppl && z.ppl <= z.high);
	struct ledger_zone_view outside = zone_view(&v, 0);
	assert_true(fabs(outside.low + z.high) < 1e-6);
	ledger_free(v.l);
}

static void a_recount_is_weighed_and_never_touches_the_books(void **state)
{
	(void)state;
	struct venue v = venue(percent);
	say_people(&v, 0, 1, T0, 10000, 0);
	double variance = 10000 * 0.01 * 0.99 + 50.0 * 50.0, gain = variance / (variance + 200.0 * 200.0);
	ledger_post_recount(v.l, &(struct ledger_recount){ v.plaza, 10300, 200, T0 + 10 }, T0 + 20);
	struct ledger_zone_view z = zone_view(&v, v.plaza);
	assert_int_equal(z.balance, 10000);
	assert_true(fabs(z.adjusted - (100 + gain * 200)) < 1e-6);
	assert_true(fabs((z.high - z.ppl) - 1.96 * sqrt((1 - gain) * variance)) < 1e-6);
	assert_int_equal(z.recount.at, T0 + 10);
	assert_int_equal(balance(&v, 0), -10000);
	ledger_free(v.l);
}

static void a_recount_is_compared_with_the_books_of_its_own_time(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0, 1000, 0);
	say_people(&v, 0, 2, T0 + 2 * MINUTE, 600, 0);
	ledger_post_recount(v.l, &(struct ledger_recount){ v.plaza, 1000, 10, T0 + MINUTE }, T0 + 5 * MINUTE);
	assert_true(zone_view(&v, v.plaza).ppl == 1600);
	ledger_free(v.l);
}

static void a_recount_finds_what_a_silent_device_hid_and_its_late_word_does_not_count_again(void **state)
{
	(void)state;
	struct venue v = venue(percent);
	say_people(&v, 0, 1, T0, 1000, 0);
	struct ledger_recount r = { v.plaza, 4000, 80, T0 + 30 * MINUTE };
	ledger_post_recount(v.l, &r, r.at);
	struct ledger_zone_view z = zone_view(&v, v.plaza);
	assert_true(fabs(z.ppl - 4000) < 20);
	struct ledger_passage late = passage(&v, 1, 1, T0 + 10 * MINUTE, 2950, 0);
	say(&v, &late, T0 + 40 * MINUTE);
	z = zone_view(&v, v.plaza);
	assert_int_equal(z.balance, 3950);
	assert_true(fabs(z.ppl - 4000) < 40);
	ledger_free(v.l);
}

static void the_empty_venue_is_the_exact_zero_and_stays_it_when_late_data_come(void **state)
{
	(void)state;
	struct venue v = venue(percent);
	say_people(&v, 0, 1, T0, 1000, 980);
	uint32_t zones[] = { 0, v.plaza, v.stand };
	ledger_post_empty(v.l, zones, 3, T0 + 100 * MINUTE);
	struct ledger_zone_view z = zone_view(&v, v.plaza);
	assert_true(z.balance == 0 && z.emptied == 20 && z.ppl == 0 && z.low == 0 && z.high == 0);
	assert_int_equal(balance(&v, 0), 0);
	struct ledger_passage late = passage(&v, 1, 1, T0 + 5, 0, 15);
	say(&v, &late, T0 + 101 * MINUTE);
	z = zone_view(&v, v.plaza);
	assert_true(z.balance == 0 && z.emptied == 5);
	say_people(&v, 1, 2, T0 + 102 * MINUTE, 3, 0);
	assert_int_equal(balance(&v, v.plaza), 3);
	assert_int_equal(balance(&v, 0), -3);
	ledger_free(v.l);
}

/* ---- a plan that changes ---- */

static void a_moved_checkpoint_leaves_what_was_booked_where_it_was(void **state)
{
	(void)state;
	struct venue v = venue(percent);
	say_people(&v, 2, 1, T0, 100, 0);
	struct ledger_zone_view before = zone_view(&v, v.stand), after;
	assert_int_equal(ledger_change_checkpoint(v.l, v.stair, 0, v.plaza, false), ERR_NONE);
	after = zone_view(&v, v.stand);
	assert_int_equal(after.balance, 100);
	assert_true(fabs(after.high - before.high) < 1e-9 && fabs(after.low - before.low) < 1e-9);
	say_people(&v, 2, 2, T0 + 1, 7, 0);
	assert_int_equal(balance(&v, v.stand), 100);
	assert_int_equal(balance(&v, v.plaza), -93);
	uint32_t inside[] = { v.plaza, v.stand };
	struct ledger_zone_view z;
	ledger_view_zones(v.l, inside, 2, T0 + 1, &z);
	assert_int_equal(z.in, 7); /* the hundred went from plaza to stand: within */
	assert_int_equal(z.out, 0);
	ledger_free(v.l);
}

static void a_retired_device_keeps_its_history_and_holds_nothing_back(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	say_people(&v, 0, 1, T0, 1, 0);
	say_people(&v, 1, 1, T0, 2, 0);
	ledger_advance(v.l, T0 + 1);
	assert_int_equal(ledger_change_device(v.l, v.device[1], v.gate, &exact, true), ERR_NONE);
	say_people(&v, 0, 2, T0 + MINUTE, 1, 0);
	ledger_advance(v.l, T0 + MINUTE + 1);
	assert_true(minute(&v, v.gate, T0).final);
	assert_int_equal(device_view(&v, 1, T0).in, 2);
	struct ledger_checkpoint_view c;
	ledger_view_checkpoint(v.l, v.gate, T0 + MINUTE, &c);
	assert_int_equal(c.devices, 1);
	assert_int_equal(c.in, 4);
	ledger_free(v.l);
}

static void the_chart_refuses_what_is_too_much_or_not_there(void **state)
{
	(void)state;
	struct venue v = venue(exact);
	uint32_t index = 99;
	assert_int_equal(ledger_add_checkpoint(v.l, 0, 7, &index), ERR_BUG);
	assert_int_equal(ledger_add_device(v.l, 7, &exact, &index), ERR_BUG);
	assert_int_equal(index, 99);
	for (int i = 0; i < 5; i++)
		assert_int_equal(ledger_add_zone(v.l, &index), ERR_NONE);
	assert_int_equal(ledger_add_zone(v.l, &index), ERR_TOO_LARGE);
	struct ledger_limits m = limits();
	m.minutes = LEDGER_MINUTES_MAX + 1;
	struct ledger *none = NULL;
	assert_int_equal(ledger_new(&m, &none), ERR_TOO_LARGE);
	struct ledger_passage p = passage(&v, 0, 1, T0, 1, 0);
	p.device = 70;
	assert_int_equal(ledger_claim(v.l, &p), LEDGER_IDENTITY_FULL);
	ledger_post_passage(v.l, &p, T0);
	ledger_release(v.l, &p);
	assert_int_equal(balance(&v, 0), 0);
	ledger_free(v.l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_move_from_zone_to_zone_and_the_books_balance),
		cmocka_unit_test(a_negative_balance_is_kept_as_evidence),
		cmocka_unit_test(a_passage_counts_once_and_another_content_is_a_conflict),
		cmocka_unit_test(gaps_in_a_devices_numbers_are_shown_until_they_are_filled),
		cmocka_unit_test(no_room_for_an_identity_is_said_and_a_babbling_device_leaves_room_for_others),
		cmocka_unit_test(totals_count_from_zero_or_from_a_base_in_mid_life),
		cmocka_unit_test(totals_of_an_older_number_are_held_already),
		cmocka_unit_test(totals_that_come_from_before_the_base_move_it_down),
		cmocka_unit_test(totals_that_step_back_a_little_add_nothing_and_far_back_are_a_reset),
		cmocka_unit_test(totals_of_a_new_boot_go_on_or_begin_anew),
		cmocka_unit_test(totals_wrap_at_two_to_the_thirty_second),
		cmocka_unit_test(a_minute_is_final_when_the_slowest_device_has_passed_it_and_revised_after),
		cmocka_unit_test(a_silent_device_is_taken_out_and_its_old_data_revise_when_it_returns),
		cmocka_unit_test(the_future_moves_no_watermark_and_its_device_holds_none_back),
		cmocka_unit_test(changed_minutes_are_told_once_in_order),
		cmocka_unit_test(rates_are_of_the_last_sixty_seconds_and_five_minutes_by_event_time),
		cmocka_unit_test(the_band_follows_the_devices_stated_accuracy),
		cmocka_unit_test(a_recount_is_weighed_and_never_touches_the_books),
		cmocka_unit_test(a_recount_is_compared_with_the_books_of_its_own_time),
		cmocka_unit_test(a_recount_finds_what_a_silent_device_hid_and_its_late_word_does_not_count_again),
		cmocka_unit_test(the_empty_venue_is_the_exact_zero_and_stays_it_when_late_data_come),
		cmocka_unit_test(a_moved_checkpoint_leaves_what_was_booked_where_it_was),
		cmocka_unit_test(a_retired_device_keeps_its_history_and_holds_nothing_back),
		cmocka_unit_test(the_chart_refuses_what_is_too_much_or_not_there),
	};
	return cmocka_run_group_tests_name("the ledger's rules", tests, NULL, NULL);
}
