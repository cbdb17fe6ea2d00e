/* No memory left in SQLite: each of its allocations fails in turn. The store says so, keeps what was
 * acknowledged, shows nothing else, and works again as soon as there is memory. */
#include <sqlite3.h>

#include "store_for_test.h"

static sqlite3_mem_methods real;
static long allocations, fail_at; /* the n-th from 1 on fails; 0: none does */

static bool may_allocate(void)
{
	return fail_at == 0 || ++allocations != fail_at;
}

static void *counted_malloc(int size)
{
	return may_allocate() ? real.xMalloc(size) : NULL;
}

static void *counted_realloc(void *at, int size)
{
	return may_allocate() ? real.xRealloc(at, size) : NULL;
}

static void fail_once_at(long n)
{
	allocations = 0;
	fail_at = n;
}

/* What a failure may be called: an opening cannot always tell memory from the file. */
static bool is_told(err_t error)
{
	return error == ERR_NONE || error == ERR_MEMORY || error == ERR_STORE_OPEN;
}

static void opening_without_memory_is_told_and_can_be_tried_again(void **state)
{
	struct place *p = *state;
	bool was_hit = true;
	journal_close(journal_of(p, "a"));
	store_close(p->store);
	p->store = NULL;
	for (long n = 1; was_hit; n++) {
		struct journal *j = NULL;
		struct journal_reader *r = NULL;
		fail_once_at(n);
		err_t error = store_open(p->dir, &p->store, NULL);
		assert_true(is_told(error));
		if (error == ERR_NONE) {
			assert_true(is_told(journal_open(p->store, "a", &j, NULL)));
			assert_true(is_told(journal_reader_open(p->store, "a", &r, NULL)));
			assert_true(is_told(journal_tidy(p->store, "a")));
			journal_reader_close(r);
			journal_close(j);
			store_close(p->store);
			p->store = NULL;
		}
		was_hit = allocations >= n;
		fail_once_at(0);
		assert_true(n < 100000);
	}
	place_open(p);
	assert_int_equal(count_right(p, "a"), 0);
}

static void a_commit_without_memory_leaves_nothing_and_the_next_one_goes_in(void **state)
{
	struct place *p = *state;
	bool was_hit = true;
	struct journal *j = journal_of(p, "a");
	for (long n = 1; was_hit; n++) {
		uint64_t before = journal_count(j);
		fail_once_at(n);
		err_t error = commit_next(j, 1 + (uint32_t)n % 700);
		was_hit = allocations >= n;
		fail_once_at(0);
		assert_true(error == ERR_NONE || error == ERR_MEMORY);
		if (error == ERR_MEMORY)
			assert_int_equal(journal_count(j), before);
		assert_int_equal(count_right(p, "a"), journal_count(j));
		assert_int_equal(commit_next(j, 3), ERR_NONE);
		assert_true(n < 100000);
	}
	journal_close(j);
	assert_true(count_right(p, "a") > 0);
}

static void reading_without_memory_is_never_called_corrupt(void **state)
{
	struct place *p = *state;
	bool was_hit = true;
	struct journal *j = journal_of(p, "a");
	struct journal_reader *r = NULL;
	struct journal_batch b;
	bool more = false;
	assert_int_equal(commit_next(j, 1000), ERR_NONE);
	assert_int_equal(commit_next(j, 0 + 1), ERR_NONE);
	for (long n = 1; was_hit; n++) {
		uint64_t count = 0;
		assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
		fail_once_at(n);
		err_t error = journal_reader_seek(r, 1);
		if (error == ERR_NONE)
			error = journal_reader_next(r, &b, &more);
		was_hit = allocations >= n;
		fail_once_at(0);
		assert_true(error == ERR_NONE || error == ERR_MEMORY);
		assert_int_equal(journal_reader_seek(r, 1), ERR_NONE);
		assert_int_equal(read_on(r, &count), ERR_NONE);
		assert_int_equal(count, 1001);
		journal_reader_close(r);
		assert_true(n < 100000);
	}
	journal_close(j);
}

static bool take_none(void *ctx, const char *key, uint64_t version, struct text body)
{
	(void)ctx;
	(void)key;
	return version > 0 && body.size > 0;
}

static void the_catalog_without_memory_stays_as_it_was(void **state)
{
	struct place *p = *state;
	bool was_hit = true;
	char body[3000];
	uint64_t version = 0, seen = 0;
	memset(body, 'x', sizeof(body));
	for (long n = 1; was_hit; n++) {
		struct buf out;
		buf_init(&out, 10000);
		fail_once_at(n);
		err_t put = catalog_put(p->store, "plan", "a", CATALOG_ANY, (struct text){body, sizeof(body)}, &version);
		err_t list = catalog_list(p->store, "plan", take_none, NULL);
		err_t get = catalog_get(p->store, "plan", "a", &out, &seen);
		was_hit = allocations >= n;
		fail_once_at(0);
		assert_true(put == ERR_NONE || put == ERR_MEMORY);
		assert_true(list == ERR_NONE || list == ERR_MEMORY);
		assert_true(get == ERR_NONE || get == ERR_MEMORY || (get == ERR_NOT_FOUND && version == 0));
		buf_free(&out);
		if (version > 0) {
			assert_int_equal(catalog_get(p->store, "plan", "a", NULL, &seen), ERR_NONE);
			assert_int_equal(seen, version);
		}
		assert_true(n < 100000);
	}
}

int main(void)
{
	sqlite3_mem_methods counted;
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
		return 1;
	counted = real;
	counted.xMalloc = counted_malloc;
	counted.xRealloc = counted_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &counted) != SQLITE_OK)
		return 1;
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0); /* or small allocations would never get here */
#define T(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
	const struct CMUnitTest tests[] = {
		T(opening_without_memory_is_told_and_can_be_tried_again),
		T(a_commit_without_memory_leaves_nothing_and_the_next_one_goes_in),
		T(reading_without_memory_is_never_called_corrupt),
		T(the_catalog_without_memory_stays_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
