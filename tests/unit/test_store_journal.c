/* The journal: what was committed is there, in order, whole, and nothing else is. */
#include <pthread.h>
#include <stdatomic.h>

#include "store_for_test.h"

static void an_empty_journal_has_no_records(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	assert_int_equal(journal_count(j), 0);
	assert_true(journal_last_at(j) == AT_NONE);
	assert_false(journal_wants_tidy(j));
	assert_int_equal(count_right(p, "a"), 0);
	journal_close(j);
}

static void what_was_committed_is_there_after_reopening(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	for (uint32_t i = 1; i <= 40; i++)
		assert_int_equal(commit_next(j, i), ERR_NONE);
	assert_int_equal(count_right(p, "a"), 820);
	journal_close(j);
	store_close(p->store);
	place_open(p);
	j = journal_of(p, "a");
	assert_int_equal(journal_count(j), 820);
	assert_int_equal(journal_last_at(j), 781 * 1000);
	assert_int_equal(count_right(p, "a"), 820);
	assert_int_equal(commit_next(j, 5), ERR_NONE);
	assert_int_equal(count_right(p, "a"), 825);
	journal_close(j);
}

static void sessions_do_not_mix(void **state)
{
	struct place *p = *state;
	struct journal *a = journal_of(p, "a"), *b = journal_of(p, "b");
	assert_int_equal(commit_next(a, 3), ERR_NONE);
	assert_int_equal(commit_next(b, 7), ERR_NONE);
	assert_int_equal(count_right(p, "a"), 3);
	assert_int_equal(count_right(p, "b"), 7);
	journal_close(a);
	journal_close(b);
}

static void a_session_id_is_a_safe_file_name(void **state)
{
	struct place *p = *state;
	char long_id[80];
	memset(long_id, 'a', sizeof(long_id));
	long_id[65] = '\0';
	const char *bad[] = {"", ".", "..", "a/b", "A", "a b", "../x", "a\n", "\xE5\x9C\xBA", long_id};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct journal *j = NULL;
		struct journal_reader *r = NULL;
		struct buf b;
		uint64_t number;
		buf_init(&b, 100);
		assert_int_equal(journal_open(p->store, bad[i], &j, NULL), ERR_NAME_BAD);
		assert_int_equal(journal_reader_open(p->store, bad[i], &r, NULL), ERR_NAME_BAD);
		assert_int_equal(journal_tidy(p->store, bad[i]), ERR_NAME_BAD);
		assert_int_equal(snapshot_write(p->store, bad[i], 1, "x", 1), ERR_NAME_BAD);
		assert_int_equal(snapshot_read(p->store, bad[i], 1, &number, &b), ERR_NAME_BAD);
	}
	long_id[64] = '\0';
	journal_close(journal_of(p, long_id));
}

static void a_journal_that_was_never_opened_cannot_be_read(void **state)
{
	struct place *p = *state;
	struct journal_reader *r = NULL;
	struct problem problem;
	assert_int_equal(journal_reader_open(p->store, "nobody", &r, &problem), ERR_NOT_FOUND);
	assert_null(r);
	assert_int_equal(journal_tidy(p->store, "nobody"), ERR_NOT_FOUND);
}

static void a_batch_that_does_not_follow_is_refused_and_changes_nothing(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	uint8_t bytes[4 * RECORD_SIZE];
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	struct journal_batch good = batch_fill(11, 4, bytes), b;
	b = good, b.first = 12;
	assert_int_equal(journal_commit(j, &b), ERR_BUG);
	b = good, b.first = 10;
	assert_int_equal(journal_commit(j, &b), ERR_BUG);
	b = good, b.count = 0;
	assert_int_equal(journal_commit(j, &b), ERR_BUG);
	b = good, b.at_recorded = 999;
	assert_int_equal(journal_commit(j, &b), ERR_BUG);
	b = good, b.size = JOURNAL_BATCH_BYTES_MAX + 1;
	assert_int_equal(journal_commit(j, &b), ERR_TOO_LARGE);
	assert_int_equal(journal_count(j), 10);
	assert_int_equal(journal_commit(j, &good), ERR_NONE);
	assert_int_equal(count_right(p, "a"), 14);
	journal_close(j);
}

static void a_batch_may_be_empty_of_bytes_or_as_large_as_allowed(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	struct journal_reader *r = NULL;
	struct journal_batch b = {1, 3, 5, NULL, 0}, read;
	bool more;
	assert_int_equal(journal_commit(j, &b), ERR_NONE);
	uint8_t *bytes = malloc(JOURNAL_BATCH_BYTES_MAX);
	assert_non_null(bytes);
	for (size_t i = 0; i < JOURNAL_BATCH_BYTES_MAX; i++)
		bytes[i] = (uint8_t)(i * 7 + i / 251);
	b = (struct journal_batch){4, 1, 5, bytes, JOURNAL_BATCH_BYTES_MAX};
	assert_int_equal(journal_commit(j, &b), ERR_NONE);
	assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
	assert_int_equal(journal_reader_next(r, &read, &more), ERR_NONE);
	assert_true(more && read.size == 0 && read.bytes != NULL && read.count == 3);
	assert_int_equal(journal_reader_next(r, &read, &more), ERR_NONE);
	assert_true(more && read.size == JOURNAL_BATCH_BYTES_MAX);
	assert_memory_equal(read.bytes, bytes, JOURNAL_BATCH_BYTES_MAX);
	journal_reader_close(r);
	free(bytes);
	journal_close(j);
}

static void a_reader_follows_a_growing_journal(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	struct journal_reader *r = NULL;
	uint64_t count = 0;
	assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
	for (uint32_t i = 0; i < 700; i++) { /* more than one hold of the log */
		assert_int_equal(commit_next(j, i % 3 + 1), ERR_NONE);
		if (i % 100 == 99 || i < 5) {
			assert_int_equal(read_on(r, &count), ERR_NONE);
			assert_int_equal(count, journal_count(j));
		}
		if (i == 350)
			assert_int_equal(journal_tidy(p->store, "a"), ERR_NONE);
	}
	journal_reader_close(r);
	journal_close(j);
}

static void a_reader_begins_at_the_batch_that_holds_the_record(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	struct journal_reader *r = NULL;
	for (int i = 0; i < 20; i++)
		assert_int_equal(commit_next(j, 10), ERR_NONE);
	assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
	for (uint64_t number = 0; number <= 200; number++) {
		uint64_t first = number == 0 ? 1 : (number - 1) / 10 * 10 + 1, count = first - 1;
		assert_int_equal(journal_reader_seek(r, number), ERR_NONE);
		assert_int_equal(read_on(r, &count), ERR_NONE);
		assert_int_equal(count, 200);
	}
	const uint64_t behind[] = {201, 300, INT64_MAX, UINT64_MAX};
	for (size_t i = 0; i < 4; i++) {
		uint64_t count = 200 + 10 * i;
		assert_int_equal(journal_reader_seek(r, behind[i]), ERR_NONE);
		assert_int_equal(read_on(r, &count), ERR_NONE);
		assert_int_equal(count, 200 + 10 * i); /* nothing yet */
		assert_int_equal(commit_next(j, 10), ERR_NONE);
		assert_int_equal(read_on(r, &count), ERR_NONE);
		assert_int_equal(count, 210 + 10 * i);
	}
	journal_reader_close(r);
	journal_close(j);
}

static void tidying_loses_nothing_and_ends_the_log(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	for (int i = 0; i < 30; i++)
		assert_int_equal(commit_next(j, 5000), ERR_NONE);
	assert_true(journal_wants_tidy(j));
	assert_int_equal(journal_tidy(p->store, "a"), ERR_NONE);
	assert_int_equal(commit_next(j, 1), ERR_NONE);
	assert_false(journal_wants_tidy(j)); /* the log began again */
	assert_int_equal(count_right(p, "a"), 150001);
	journal_close(j);
	assert_int_equal(count_right(p, "a"), 150001);
}

struct tidier {
	struct place *place;
	_Atomic bool is_done;
	int calls, failures;
};

static void *tidy_until_done(void *self)
{
	struct tidier *t = self;
	do {
		t->failures += journal_tidy(t->place->store, "a") != ERR_NONE;
		t->calls++;
	} while (!atomic_load(&t->is_done));
	return NULL;
}

static void writing_and_tidying_at_the_same_time_loses_nothing(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "a");
	struct tidier t = {.place = p};
	pthread_t thread;
	for (int i = 0; i < 150; i++) /* a log over 32 MiB */
		assert_int_equal(commit_next(j, 5000), ERR_NONE);
	assert_int_equal(pthread_create(&thread, NULL, tidy_until_done, &t), 0);
	for (int i = 0; i < 500; i++)
		assert_int_equal(commit_next(j, 100), ERR_NONE);
	atomic_store(&t.is_done, true);
	pthread_join(thread, NULL);
	assert_int_equal(t.failures, 0);
	assert_int_equal(journal_tidy(p->store, "a"), ERR_NONE);
	assert_int_equal(commit_next(j, 1), ERR_NONE);
	assert_false(journal_wants_tidy(j));
	assert_int_equal(count_right(p, "a"), 800001);
	journal_close(j);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
	const struct CMUnitTest tests[] = {
		T(an_empty_journal_has_no_records),
		T(what_was_committed_is_there_after_reopening),
		T(sessions_do_not_mix),
		T(a_session_id_is_a_safe_file_name),
		T(a_journal_that_was_never_opened_cannot_be_read),
		T(a_batch_that_does_not_follow_is_refused_and_changes_nothing),
		T(a_batch_may_be_empty_of_bytes_or_as_large_as_allowed),
		T(a_reader_follows_a_growing_journal),
		T(a_reader_begins_at_the_batch_that_holds_the_record),
		T(tidying_loses_nothing_and_ends_the_log),
		T(writing_and_tidying_at_the_same_time_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
