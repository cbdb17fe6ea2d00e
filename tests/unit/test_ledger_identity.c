/* Identities under pressure: little room, much claimed and released, against a plain list. And what the passage
 * path takes from the system: nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "base/random.h"
#include "ledger/ledger.h"

#define T0 INT64_C(1764000000000)
#define DEVICES 6
#define HELD_MAX 4000

/* Linked with --wrap: every call of the ledger and of this file comes by here. */
static unsigned taken_from_system;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset);

void *__wrap_malloc(size_t size)
{
	taken_from_system++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	taken_from_system++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	taken_from_system++;
	return __real_realloc(old, size);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
	taken_from_system++;
	return __real_mmap64(at, size, protection, flags, file, offset);
}

static struct ledger *ledger_with(uint32_t streams, uint32_t pages)
{
	struct ledger_limits m = { .zones_max = 4, .checkpoints_max = 4, .devices_max = DEVICES, .streams_max = streams,
		.identity_pages_max = pages, .at_window = T0, .minutes = 60 };
	struct ledger *l;
	uint32_t index;
	assert_int_equal(ledger_new(&m, &l), ERR_NONE);
	assert_int_equal(ledger_add_zone(l, &index), ERR_NONE);
	assert_int_equal(ledger_add_checkpoint(l, 0, index, &index), ERR_NONE);
	struct ledger_accuracy a = { .period_ms = 60000 };
	for (int i = 0; i < DEVICES; i++)
		assert_int_equal(ledger_add_device(l, 0, &a, &index), ERR_NONE);
	return l;
}

static struct ledger_passage passage(uint32_t device, uint64_t boot, uint64_t seq, uint32_t in)
{
	return (struct ledger_passage){ .device = device, .boot = boot, .seq = seq, .at = T0, .in = in };
}

struct held { struct ledger_passage p[HELD_MAX]; bool posted[HELD_MAX]; size_t count; };

static size_t held_place(const struct held *h, const struct ledger_passage *p)
{
	size_t i = 0;
	while (i < h->count && (h->p[i].device != p->device || h->p[i].boot != p->boot || h->p[i].seq != p->seq))
		i++;
	return i;
}

static void claim_against_the_list(struct ledger *l, struct held *h, struct random *r, unsigned *refused)
{
	struct ledger_passage p = passage((uint32_t)random_below(r, DEVICES), random_below(r, 9), random_below(r, 12) * 64
		+ random_below(r, 3), (uint32_t)random_below(r, 2));
	size_t i = held_place(h, &p);
	enum ledger_verdict verdict = ledger_claim(l, &p);
	if (i < h->count) {
		assert_int_equal(verdict, p.in == h->p[i].in ? LEDGER_DUPLICATE : LEDGER_CONFLICT);
	} else if (verdict == LEDGER_NEW && h->count < HELD_MAX) {
		h->posted[h->count] = false;
		h->p[h->count++] = p;
	} else {
		assert_int_equal(verdict, LEDGER_IDENTITY_FULL);
		++*refused;
	}
}

/* What a device says is its number, its time and its people; where it stands is the plan's word. Moved by another plan, it
 * sends once more what it was never answered. */
static void a_device_that_was_moved_may_say_the_same_again(void **state)
{
	(void)state;
	struct ledger *l = ledger_with(40, 100);
	struct ledger_accuracy a = { .period_ms = 60000 };
	uint32_t elsewhere;
	struct ledger_passage p = passage(1, 1, 7, 3);
	assert_int_equal(ledger_add_checkpoint(l, 0, 1, &elsewhere), ERR_NONE);
	assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
	ledger_post_passage(l, &p, T0);
	assert_int_equal(ledger_change_device(l, 1, elsewhere, &a, false), ERR_NONE);
	p.checkpoint = elsewhere;
	assert_int_equal(ledger_claim(l, &p), LEDGER_DUPLICATE);
	p.in++;
	assert_int_equal(ledger_claim(l, &p), LEDGER_CONFLICT);
	p.in--;
	p.totals = true;
	assert_int_equal(ledger_claim(l, &p), LEDGER_CONFLICT);
	p.totals = false;
	p.at++;
	assert_int_equal(ledger_claim(l, &p), LEDGER_CONFLICT);
	ledger_free(l);
}

/* A hundred pages and forty streams for whatever comes: the tables are crowded, pages change hands all the time. */
static void claims_and_releases_in_little_room_agree_with_a_plain_list(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 42);
	unsigned refused = 0;
	static struct held h;
	for (int round = 0; round < 20; round++) {
		struct ledger *l = ledger_with(40, 100);
		h.count = 0;
		for (int i = 0; i < 4000; i++) {
			size_t any = h.count > 0 ? random_below(&r, h.count) : 0;
			if (h.count > 0 && random_below(&r, 2) == 0 && !h.posted[any]) {
				ledger_release(l, &h.p[any]);
				h.p[any] = h.p[--h.count];
				h.posted[any] = h.posted[h.count];
			} else if (h.count > 0 && random_below(&r, 60) == 0 && !h.posted[any]) {
				ledger_post_passage(l, &h.p[any], T0);
				h.posted[any] = true;
			} else {
				claim_against_the_list(l, &h, &r, &refused);
			}
		}
		for (size_t i = 0; i < h.count; i++)
			assert_int_equal(ledger_claim(l, &h.p[i]), LEDGER_DUPLICATE);
		ledger_free(l);
	}
	assert_true(refused > 100); /* the room was little indeed */
}

static void what_was_released_can_be_taken_again_for_ever(void **state)
{
	(void)state;
	struct ledger *l = ledger_with(8, 8);
	for (uint64_t i = 0; i < 1000; i++) {
		struct ledger_passage p = passage((uint32_t)(i % DEVICES), i, i * 1000, 1);
		assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
		ledger_release(l, &p);
		ledger_release(l, &p); /* twice does no more than once */
	}
	struct buf a, b;
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	assert_int_equal(ledger_save(l, &a), ERR_NONE);
	ledger_free(l);
	l = ledger_with(8, 8);
	assert_int_equal(ledger_save(l, &b), ERR_NONE);
	assert_true(a.size == b.size && memcmp(a.at, b.at, a.size) == 0);
	buf_free(&a);
	buf_free(&b);
	ledger_free(l);
}

static void a_posted_passage_is_not_released(void **state)
{
	(void)state;
	struct ledger *l = ledger_with(8, 8);
	struct ledger_passage p = passage(0, 1, 1, 5), other = passage(0, 1, 2, 5);
	assert_int_equal(ledger_claim(l, &p), LEDGER_NEW);
	ledger_post_passage(l, &p, T0);
	ledger_release(l, &p);
	assert_int_equal(ledger_claim(l, &p), LEDGER_DUPLICATE);
	ledger_post_passage(l, &other, T0); /* never claimed: not booked */
	assert_int_equal(ledger_view_books(l).passages, 1);
	ledger_free(l);
}

static void claiming_posting_and_time_take_nothing_from_the_system(void **state)
{
	(void)state;
	struct ledger *l = ledger_with(1000, 10000);
	assert_true(taken_from_system > 0); /* the counting works */
	struct random r;
	random_seed(&r, 9);
	taken_from_system = 0;
	for (uint64_t i = 0; i < 100000; i++) {
		struct ledger_passage p = passage((uint32_t)random_below(&r, DEVICES), random_below(&r, 50),
			random_below(&r, 4000), (uint32_t)i % 3);
		p.at = T0 + (at_ms)random_below(&r, 4000000);
		p.totals = random_below(&r, 4) == 0;
		enum ledger_verdict verdict = ledger_claim(l, &p);
		if (verdict == LEDGER_NEW && random_below(&r, 10) == 0)
			ledger_release(l, &p);
		else if (verdict == LEDGER_NEW)
			ledger_post_passage(l, &p, T0 + (at_ms)i);
		else if (verdict == LEDGER_CONFLICT)
			ledger_note_conflict(l, &p, T0 + (at_ms)i);
		if (i % 100 == 0)
			ledger_advance(l, T0 + (at_ms)i);
	}
	assert_int_equal(taken_from_system, 0);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_that_was_moved_may_say_the_same_again),
		cmocka_unit_test(claims_and_releases_in_little_room_agree_with_a_plain_list),
		cmocka_unit_test(what_was_released_can_be_taken_again_for_ever),
		cmocka_unit_test(a_posted_passage_is_not_released),
		cmocka_unit_test(claiming_posting_and_time_take_nothing_from_the_system),
	};
	return cmocka_run_group_tests_name("identities", tests, NULL, NULL);
}
