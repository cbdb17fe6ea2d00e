/* What the passage path takes from the system, which is nothing, and what happens when more comes than can be written. */
#include <sys/mman.h>

#include "live_for_test.h"

/* Linked with --wrap: every call of Cordon's modules and of this file comes by here, from any thread. SQLite is a library of
 * its own: what it takes inside a commit is not counted here (test_store_memory.c looks at that). */
static atomic_uint taken_from_system;
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
	atomic_fetch_add(&taken_from_system, 1);
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	atomic_fetch_add(&taken_from_system, 1);
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	atomic_fetch_add(&taken_from_system, 1);
	return __real_realloc(old, size);
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
	atomic_fetch_add(&taken_from_system, 1);
	return __real_mmap64(at, size, protection, flags, file, offset);
}

static void send_many(struct hall *h, uint64_t *seq, int batches)
{
	static struct passage_said p[512];
	for (int i = 0; i < batches; i++) {
		for (uint32_t k = 0; k < 512; k++) { /* new ones, duplicates, and one that is refused */
			p[k] = said(k % 3 == 0 ? "S1" : "T1", k % 16 == 1 ? *seq : ++*seq, T0, 1, 0);
			if (k == 511)
				p[k].device = TEXT("nobody");
		}
		struct receipt r = hall_send(h, p, 512);
		assert_int_equal(r.error, ERR_NONE);
		assert_int_equal(r.rejected, 1);
		assert_true(r.accepted > 400);
	}
}

static void nothing_is_allocated_on_the_passage_path_after_start(void **state)
{
	struct hall *h = *state;
	uint64_t seq = 0;
	send_many(h, &seq, 20);
	unsigned before = atomic_load(&taken_from_system);
	send_many(h, &seq, 300);
	assert_int_equal(atomic_load(&taken_from_system) - before, 0);
}

static void a_full_pool_says_so_and_room_comes_with_the_answers(void **state)
{
	struct hall *h = *state;
	struct live_batch *b[100];
	struct receipt r[100] = {0};
	uint32_t count = 0;
	struct live_health health;
	while (count < 100 && (b[count] = live_batch_new(h->live, h->session)) != NULL)
		count++;
	assert_int_equal(count, 64);
	live_health(h->live, &health);
	assert_int_equal(health.batches_free, 0);
	live_poll(h->live);
	assert_int_equal(h->rooms, 0); /* nothing came free */
	for (uint32_t i = 0; i < count; i++) {
		struct passage_said p = said("T1", i + 1, T0, 1, 0);
		live_batch_add(b[i], &p, 1);
		live_batch_submit(b[i], receipt_done, &r[i]);
	}
	for (uint32_t i = 0; i < count; i++) {
		hall_await(h, &r[i].done);
		assert_int_equal(r[i].accepted, 1);
	}
	assert_true(h->rooms >= 1);
	struct live_batch *again = live_batch_new(h->live, h->session);
	assert_non_null(again);
	live_batch_drop(again);
	live_health(h->live, &health);
	assert_int_equal(health.batches_free, 64);
}

static void a_batch_takes_no_more_lines_than_it_can_answer(void **state)
{
	struct hall *h = *state;
	struct receipt r = {0};
	struct live_batch *b = live_batch_new(h->live, h->session);
	uint32_t line = 0;
	while (!live_batch_full(b)) { /* half of them conflicts, which the writer finds; between them refused lines */
		struct passage_said p = said(line % 4 == 3 ? "nobody" : "T1", line / 4 + 1, T0, 1 + line % 4 / 2, 0);
		live_batch_add(b, &p, ++line);
	}
	assert_int_equal(line, 4096);
	live_batch_submit(b, receipt_done, &r);
	hall_await(h, &r.done);
	assert_int_equal(r.accepted, 1024);
	assert_int_equal(r.duplicate, 1024);
	assert_int_equal(r.rejected, 2048);
	for (uint32_t i = 0; i < 16; i++) {
		assert_int_equal(r.first[i].line, 3 + i / 2 * 4 + i % 2);
		assert_int_equal(r.first[i].error, i % 2 == 0 ? ERR_PASSAGE_CONFLICT : ERR_PASSAGE_DEVICE);
	}
}

/* ---- more than can be written: everything that is sent is answered, and the memory stays what it was ---- */

struct flood { struct hall *h; uint64_t accepted; uint32_t answered; bool all; uint32_t wanted; };

static void flood_answered(void *ctx, const struct live_receipt *r)
{
	struct flood *f = ctx;
	assert_int_equal(r->error, ERR_NONE);
	f->accepted += r->accepted;
	f->all = ++f->answered == f->wanted;
}

static void overload_is_answered_with_no_room_not_with_memory(void **state)
{
	struct hall *h = *state;
	struct flood flood = {.h = h, .wanted = 300};
	uint64_t seq = 0, refused = 0;
	uint32_t sent = 0;
	hall_stop(h);
	h->settings.snapshot_records = 1 << 30; /* snapshots are the keeper's, and do take memory */
	hall_start(h);
	send_many(h, &seq, 5);
	unsigned before = atomic_load(&taken_from_system);
	seq = 1 << 20;
	while (sent < flood.wanted) {
		struct live_batch *b = live_batch_new(h->live, h->session);
		if (b == NULL) {
			refused++;
			live_poll(h->live);
			continue;
		}
		while (!live_batch_full(b)) {
			struct passage_said p = said("T2", ++seq, T0, 1, 0);
			live_batch_add(b, &p, 1);
		}
		live_batch_submit(b, flood_answered, &flood);
		sent++;
	}
	hall_await(h, &flood.all);
	assert_int_equal(flood.accepted, 300u * 4096u);
	assert_int_equal(atomic_load(&taken_from_system) - before, 0);
	assert_true(refused > 0);
	assert_true(h->rooms > 0);
	json_t *s = hall_state(h, AT_NONE);
	assert_true(number(item(s, "checkpoints", "gate-t"), "in") > (long long)flood.accepted);
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	json_decref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make, hall_drop)
		HALL(nothing_is_allocated_on_the_passage_path_after_start),
		HALL(a_full_pool_says_so_and_room_comes_with_the_answers),
		HALL(a_batch_takes_no_more_lines_than_it_can_answer),
		HALL(overload_is_answered_with_no_room_not_with_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
