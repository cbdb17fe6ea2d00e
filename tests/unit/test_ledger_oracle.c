/* Random schedules by seed: the ledger against the naive one, its saved form against itself.
 *
 * Each round makes up a venue and a few hundred things that happen to it: passages in order and out of order,
 * late, from the future, sent twice, with another content, released; devices that restart, send totals that fall and
 * step back, go silent; recounts, the empty venue; zones, checkpoints and devices that are added, moved, retired. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "naive_ledger.h"

#define T0 INT64_C(1764000000000)
#define MINUTES 180
#define DEVICES 16

struct speaker {                  /* a device of the schedule */
	uint64_t boot, seq, skipped[8];
	unsigned skipped_count;
	bool totals, silent;
	uint32_t in_total, out_total;
	at_ms at_last;
};

struct world {
	struct random r;
	struct ledger *l;
	struct naive *n;
	at_ms at_now, at_edge;        /* at_edge: of the last recount or empty venue */
	uint32_t zones, checkpoints, devices;
	uint32_t checkpoint_of[DEVICES];
	struct speaker speakers[DEVICES];
	struct ledger_passage said[2000];
	size_t said_count;
	unsigned seed;
};

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			fail_msg("seed %u, after %zu events: %s", w->seed, naive_event_count(w->n), #condition); \
	} while (0)

static struct ledger_limits limits(void)
{
	return (struct ledger_limits){ .zones_max = 12, .checkpoints_max = 12, .devices_max = DEVICES, .streams_max = 4096,
		.identity_pages_max = 16384, .at_window = T0 + 12345, .minutes = MINUTES };
}

static uint32_t below(struct world *w, uint32_t bound)
{
	return (uint32_t)random_below(&w->r, bound);
}

static struct ledger_accuracy any_accuracy(struct world *w)
{
	return (struct ledger_accuracy){ .miss_in = below(w, 3) * 0.01, .miss_out = below(w, 3) * 0.015,
		.double_rate = below(w, 2) * 0.002, .period_ms = 10000 + 1000 * (int64_t)below(w, 50), .totals = below(w, 2) != 0 };
}

/* ---- equality ---- */

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-6 * (1 + fabs(a) + fabs(b));
}

static void compare_zones(struct world *w, const uint32_t *zones, uint32_t count)
{
	struct ledger_zone_view a, b;
	ledger_view_zones(w->l, zones, count, w->at_now, &a);
	naive_view_zones(w->n, zones, count, w->at_now, &b);
	CHECK(a.balance == b.balance && a.emptied == b.emptied);
	CHECK(near(a.adjusted, b.adjusted));
	CHECK(a.in == b.in && a.out == b.out);
	CHECK(a.devices == b.devices && a.devices_live == b.devices_live && a.at_least == b.at_least);
	CHECK(a.at_heard == b.at_heard);
	CHECK(near(a.ppl, b.ppl) && near(a.low, b.low) && near(a.high, b.high));
	CHECK(a.in_ppl_min == b.in_ppl_min && a.out_ppl_min == b.out_ppl_min);
	CHECK(a.recount.at == b.recount.at && a.recount.ppl == b.recount.ppl && a.recount.sigma_ppl == b.recount.sigma_ppl);
}

static void compare_checkpoint(struct world *w, uint32_t c)
{
	struct ledger_checkpoint_view a, b;
	ledger_view_checkpoint(w->l, c, w->at_now, &a);
	naive_view_checkpoint(w->n, c, w->at_now, &b);
	CHECK(a.in == b.in && a.out == b.out && a.retired == b.retired);
	CHECK(a.in_ppl_min == b.in_ppl_min && a.out_ppl_min == b.out_ppl_min);
	CHECK(near(a.in_ppl_5min, b.in_ppl_5min) && near(a.out_ppl_5min, b.out_ppl_5min));
	CHECK(a.devices == b.devices && a.devices_live == b.devices_live && a.at_heard == b.at_heard);
	CHECK(a.at_watermark == b.at_watermark);
	uint32_t used, final_count, naive_used, naive_final;
	ledger_view_minutes(w->l, c, &used, &final_count);
	naive_view_minutes(w->n, c, &naive_used, &naive_final);
	CHECK(used == naive_used && final_count == naive_final);
	for (uint32_t m = 0; m < MINUTES; m++) {
		struct ledger_minute x, y = naive_view_minute(w->n, c, m);
		CHECK(ledger_view_minute(w->l, c, ledger_window_at(w->l) + (at_ms)m * 60000 + below(w, 60000), &x));
		CHECK(x.in == y.in && x.out == y.out && x.revision == y.revision && x.final == y.final);
	}
}

static void compare_device(struct world *w, uint32_t d)
{
	struct ledger_device_view a, b;
	ledger_view_device(w->l, d, w->at_now, &a);
	naive_view_device(w->n, d, w->at_now, &b);
	CHECK(a.state == b.state && a.checkpoint == b.checkpoint && a.retired == b.retired);
	CHECK(a.at_heard == b.at_heard && a.at_event == b.at_event && a.boot == b.boot && a.seq == b.seq);
	CHECK(a.missing == b.missing && a.at_missing_since == b.at_missing_since);
	CHECK(a.records == b.records && a.duplicates == b.duplicates && a.conflicts == b.conflicts && a.late == b.late);
	CHECK(a.resets == b.resets && a.backwards == b.backwards);
	CHECK(a.in == b.in && a.out == b.out && a.ahead_ms == b.ahead_ms);
}

static void compare(struct world *w)
{
	ledger_advance(w->l, w->at_now);
	naive_advance(w->n, w->at_now);
	naive_recompute(w->n);
	struct ledger_books a = ledger_view_books(w->l), b = naive_view_books(w->n);
	CHECK(a.sum == 0 && b.sum == 0 && a.passages == b.passages && a.duplicates == b.duplicates);
	CHECK(a.conflicts == b.conflicts && a.late == b.late);
	uint32_t some[12], count = 0;
	for (uint32_t z = 0; z < w->zones; z++) {
		compare_zones(w, &z, 1);
		if (below(w, 2) != 0)
			some[count++] = z;
	}
	compare_zones(w, some, count);
	for (uint32_t c = 0; c < w->checkpoints; c++)
		compare_checkpoint(w, c);
	for (uint32_t d = 0; d < w->devices; d++)
		compare_device(w, d);
}

/* ---- what happens ---- */

static void grow(struct world *w)
{
	uint32_t what = below(w, 3), index;
	if (what == 0 && w->zones < 12) {
		assert_int_equal(ledger_add_zone(w->l, &index), ERR_NONE);
		CHECK(index == naive_add_zone(w->n));
		w->zones++;
	} else if (what == 1 && w->checkpoints < 12) {
		uint32_t from = below(w, w->zones), to = (from + 1 + below(w, w->zones - 1)) % w->zones;
		assert_int_equal(ledger_add_checkpoint(w->l, from, to, &index), ERR_NONE);
		CHECK(index == naive_add_checkpoint(w->n, from, to));
		w->checkpoints++;
	} else if (what == 2 && w->devices < DEVICES) {
		struct ledger_accuracy a = any_accuracy(w);
		uint32_t at = below(w, w->checkpoints);
		assert_int_equal(ledger_add_device(w->l, at, &a, &index), ERR_NONE);
		CHECK(index == naive_add_device(w->n, at, &a));
		w->checkpoint_of[index] = at;
		w->speakers[index] = (struct speaker){ .boot = below(w, 3), .seq = below(w, 3) == 0 ? 1 : below(w, 100000),
			.totals = a.totals, .in_total = below(w, below(w, 2) * 8000 + 200), .at_last = w->at_now };
		w->devices++;
	}
}

static void change_plan(struct world *w)
{
	ledger_advance(w->l, w->at_now);
	naive_advance(w->n, w->at_now);
	bool retired = below(w, 3) == 0;
	if (below(w, 2) == 0) {
		uint32_t c = below(w, w->checkpoints), from = below(w, w->zones), to = (from + 1 + below(w, w->zones - 1)) % w->zones;
		assert_int_equal(ledger_change_checkpoint(w->l, c, from, to, retired), ERR_NONE);
		naive_change_checkpoint(w->n, c, from, to, retired);
		return;
	}
	uint32_t d = below(w, w->devices), c = below(w, 2) == 0 ? w->checkpoint_of[d] : below(w, w->checkpoints);
	struct ledger_accuracy a = any_accuracy(w);
	assert_int_equal(ledger_change_device(w->l, d, c, &a, retired), ERR_NONE);
	naive_change_device(w->n, d, c, &a, retired);
	w->checkpoint_of[d] = c;
}

static uint64_t next_number(struct world *w, struct speaker *s)
{
	if (s->skipped_count > 0 && below(w, 3) == 0)
		return s->skipped[--s->skipped_count];
	while (below(w, 6) == 0 && s->skipped_count < 8)
		s->skipped[s->skipped_count++] = s->seq++;
	return s->seq++;
}

static at_ms event_time(struct world *w, struct speaker *s)
{
	switch (below(w, 12)) {
	case 0:
		return w->at_now - (at_ms)below(w, 3600000); /* held back */
	case 1:
		return w->at_now + (at_ms)below(w, below(w, 2) == 0 ? 8000 : 4000000); /* a clock that runs ahead */
	case 2:
		return T0 - 60000 + (at_ms)below(w, 120000); /* the window's edge */
	case 3: /* on the edge of a minute, or of what was seen */
		return below(w, 2) == 0 ? w->at_now - w->at_now % 60000 - 60000 * (at_ms)below(w, 3) : w->at_edge;
	default:
		s->at_last += (at_ms)below(w, (uint32_t)(w->at_now - s->at_last) + 1);
		return s->at_last;
	}
}

static struct ledger_passage next_passage(struct world *w)
{
	uint32_t d = below(w, w->devices);
	while (w->speakers[d].silent && below(w, 40) != 0)
		d = below(w, w->devices);
	struct speaker *s = &w->speakers[d];
	s->silent = below(w, 60) == 0;
	if (below(w, 50) == 0) {
		*s = (struct speaker){ .boot = s->boot + 1, .seq = below(w, 2), .totals = s->totals, .at_last = s->at_last,
			.in_total = below(w, 2) * s->in_total, .out_total = s->out_total };
	}
	struct ledger_passage p = { .device = d, .checkpoint = w->checkpoint_of[d], .boot = s->boot,
		.seq = next_number(w, s), .at = event_time(w, s), .totals = s->totals && below(w, 30) != 0 };
	if (below(w, 60) == 0)
		p.boot = below(w, 4);
	if (below(w, 200) == 0)
		p.seq = UINT64_MAX - below(w, 2);
	p.in = below(w, 4) * below(w, 20);
	p.out = below(w, 3) * below(w, 8);
	if (p.totals) {
		uint32_t in_before = s->in_total;
		s->in_total += p.in;
		s->out_total += p.out;
		if (below(w, 40) == 0)
			s->in_total = s->out_total = below(w, 5); /* began anew without saying so */
		if (below(w, 100) == 0)
			s->in_total = UINT32_MAX - below(w, 20);
		bool stutters = below(w, 15) == 0 && in_before > 200;
		p.in = stutters ? in_before - below(w, 5 + below(w, 2) * 190) : s->in_total;
		p.out = s->out_total;
	}
	return p;
}

static void speak(struct world *w)
{
	struct ledger_passage p = next_passage(w);
	enum ledger_verdict verdict = naive_claim(w->n, &p);
	CHECK(ledger_claim(w->l, &p) == verdict);
	if (verdict == LEDGER_DUPLICATE) {
		ledger_note_duplicates(w->l, p.device, 1);
		naive_note_duplicates(w->n, p.device, 1);
	} else if (verdict == LEDGER_CONFLICT) {
		ledger_note_conflict(w->l, &p, w->at_now);
		naive_note_conflict(w->n, &p, w->at_now);
	} else {
		ledger_post_passage(w->l, &p, w->at_now);
		naive_post_passage(w->n, &p, w->at_now);
		if (w->said_count < sizeof w->said / sizeof *w->said)
			w->said[w->said_count++] = p;
	}
}

static void repeat(struct world *w)
{
	if (w->said_count == 0)
		return;
	struct ledger_passage p = w->said[below(w, (uint32_t)w->said_count)];
	if (below(w, 3) == 0)
		p.at++;
	CHECK(ledger_claim(w->l, &p) == naive_claim(w->n, &p));
}

static void correct(struct world *w)
{
	w->at_edge = w->at_now;
	if (below(w, 3) != 0) {
		struct ledger_recount r = { .zone = below(w, w->zones), .ppl = below(w, 300), .sigma_ppl = below(w, 40),
			.at = w->at_now - (at_ms)below(w, below(w, 2) == 0 ? 200000 : 2000000) };
		w->at_edge = r.at;
		ledger_post_recount(w->l, &r, w->at_now);
		naive_post_recount(w->n, &r, w->at_now);
	} else {
		uint32_t zones[2] = { below(w, w->zones), below(w, w->zones) };
		ledger_post_empty(w->l, zones, 2, w->at_now);
		naive_post_empty(w->n, zones, 2, w->at_now);
	}
}

static void save(struct world *w, const struct ledger *l, struct buf *out)
{
	buf_init(out, 64u << 20);
	CHECK(ledger_save(l, out) == ERR_NONE);
}

static bool saved_equal(const struct buf *a, const struct buf *b)
{
	return a->size == b->size && memcmp(a->at, b->at, a->size) == 0;
}

/* Claims that never reach the disk leave no trace, whatever pages they took. */
static void claim_and_release(struct world *w)
{
	struct buf before, after;
	save(w, w->l, &before);
	struct ledger_passage p[12];
	unsigned count = 1 + below(w, 12);
	for (unsigned i = 0; i < count; i++) {
		p[i] = next_passage(w);
		p[i].boot += below(w, 2) * 1000;
		p[i].seq += below(w, 2) * (uint64_t)below(w, 100000);
		if (ledger_claim(w->l, &p[i]) != LEDGER_NEW)
			p[i].device = LEDGER_NONE;
	}
	for (unsigned i = 0; i < count; i++)
		ledger_release(w->l, &p[i]);
	save(w, w->l, &after);
	CHECK(saved_equal(&before, &after));
	buf_free(&before);
	buf_free(&after);
}

static void save_and_go_on_with_the_loaded(struct world *w)
{
	struct buf first, second;
	save(w, w->l, &first);
	struct ledger *loaded = NULL;
	CHECK(ledger_load((struct text){ first.at, first.size }, &loaded) == ERR_NONE);
	save(w, loaded, &second);
	CHECK(saved_equal(&first, &second));
	ledger_free(w->l);
	w->l = loaded;
	buf_free(&first);
	buf_free(&second);
}

static void pass_time(struct world *w)
{
	uint32_t how = below(w, 40);
	w->at_now += how == 0 ? (at_ms)below(w, 400000) : how < 25 ? (at_ms)below(w, 6000) : 0;
	if (how == 1)
		w->at_now += 60000 - w->at_now % 60000;
	if (below(w, 4) == 0) {
		ledger_advance(w->l, w->at_now); /* a tick, which no list holds */
		naive_advance(w->n, w->at_now);
	}
}

static void something_happens(struct world *w)
{
	uint32_t what = below(w, 200);
	if (what < 8)
		grow(w);
	else if (what < 13)
		change_plan(w);
	else if (what < 30)
		repeat(w);
	else if (what < 36)
		correct(w);
	else if (what < 40)
		claim_and_release(w);
	else if (what < 43)
		save_and_go_on_with_the_loaded(w);
	else
		speak(w);
}

/* All that was told, told again to a new ledger: in one go, without the ticks, without claims that came to nothing. */
static void told_again_it_is_the_same(struct world *w)
{
	struct ledger_limits m = limits();
	struct ledger *again;
	struct buf a, b;
	CHECK(ledger_new(&m, &again) == ERR_NONE);
	for (size_t i = 0; i < naive_event_count(w->n); i++)
		CHECK(naive_tell(naive_event_at(w->n, i), again));
	ledger_advance(w->l, w->at_now);
	ledger_advance(again, w->at_now);
	save(w, w->l, &a);
	save(w, again, &b);
	CHECK(saved_equal(&a, &b));
	buf_free(&a);
	buf_free(&b);
	ledger_free(again);
}

static void live_through(unsigned seed, unsigned steps)
{
	struct world *w = calloc(1, sizeof *w);
	assert_non_null(w);
	w->seed = seed;
	random_seed(&w->r, seed);
	struct ledger_limits m = limits();
	assert_int_equal(ledger_new(&m, &w->l), ERR_NONE);
	w->n = naive_new(m.at_window, m.minutes);
	w->at_now = w->at_edge = T0 + (at_ms)below(w, 600000);
	w->zones = 1;
	uint32_t index;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ledger_add_zone(w->l, &index), ERR_NONE);
		CHECK(naive_add_zone(w->n) == w->zones++);
	}
	assert_int_equal(ledger_add_checkpoint(w->l, 0, 1, &index), ERR_NONE);
	CHECK(naive_add_checkpoint(w->n, 0, 1) == w->checkpoints++);
	while (w->devices < 3)
		grow(w);
	for (unsigned i = 0; i < steps; i++) {
		pass_time(w);
		something_happens(w);
		CHECK(ledger_view_books(w->l).sum == 0);
		if (i % 8 == 0)
			compare(w);
	}
	compare(w);
	told_again_it_is_the_same(w);
	ledger_free(w->l);
	naive_free(w->n);
	free(w);
}

static unsigned number_of(const char *name, unsigned otherwise)
{
	const char *value = getenv(name);
	return value != NULL ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static void it_says_what_the_naive_ledger_says_whatever_happens(void **state)
{
	(void)state;
	unsigned first = number_of("LEDGER_SEED", 1), count = number_of("LEDGER_SEEDS", 60);
	for (unsigned seed = first; seed < first + count; seed++)
		live_through(seed, 100 + seed % 5 * 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_the_naive_ledger_says_whatever_happens),
	};
	return cmocka_run_group_tests_name("the ledger against a naive one", tests, NULL, NULL);
}
