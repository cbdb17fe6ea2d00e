/* No memory left: each allocation of base's parts fails in turn, and nothing is lost, leaked or half done.
 *
 * The parts are compiled into this file, so that their allocations can be counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static long allocations, fail_at; /* the n-th from 1 on fails, and all after it */

static bool may_allocate(void);

static void *counted_malloc(size_t size)
{
	return may_allocate() ? malloc(size) : NULL;
}

static void *counted_calloc(size_t count, size_t size)
{
	return may_allocate() ? calloc(count, size) : NULL;
}

static void *counted_realloc(void *at, size_t size)
{
	return may_allocate() ? realloc(at, size) : NULL;
}

#define malloc counted_malloc
#define calloc counted_calloc
#define realloc counted_realloc
#include "../../src/base/arena.c"
#include "../../src/base/names.c"
#include "../../src/base/text.c"
#undef malloc
#undef calloc
#undef realloc

static bool may_allocate(void)
{
	allocations++;
	return fail_at == 0 || allocations < fail_at;
}

static void fail_from(long n)
{
	allocations = 0;
	fail_at = n;
}

static void a_buffer_without_memory_keeps_what_it_has(void **state)
{
	(void)state;
	for (long n = 1; n < 8; n++) {
		struct buf b;
		size_t size_good = 0;
		buf_init(&b, 100000);
		fail_from(n);
		for (int i = 0; i < 2000; i++) {
			buf_addf(&b, "%04d", i);
			if (b.error == ERR_NONE)
				size_good = b.size;
		}
		if (b.error == ERR_NONE) {
			assert_int_equal(b.size, 8000);
		} else {
			assert_int_equal(b.error, ERR_MEMORY);
			assert_int_equal(b.size, size_good);
			assert_true(b.at == NULL || strlen(b.at) == size_good);
		}
		fail_from(0);
		buf_reset(&b);
		buf_add_json_str(&b, "again");
		assert_string_equal(b.at, "\"again\"");
		buf_free(&b);
	}
}

static void an_arena_without_memory_gives_null_and_goes_on_later(void **state)
{
	(void)state;
	fail_from(1);
	assert_null(arena_new(1000));
	for (long n = 2; n < 10; n++) {
		fail_from(n);
		struct arena *a = arena_new(1 << 20);
		assert_non_null(a);
		int given = 0;
		while (given < 1000 && arena_alloc(a, 100) != NULL)
			given++;
		assert_true(n == 2 ? given == 0 : given > 30);
		fail_from(0);
		assert_non_null(arena_alloc(a, 100));
		arena_free(a);
	}
}

static void names_without_memory_stay_as_they_were(void **state)
{
	(void)state;
	fail_from(0);
	struct names *whole = names_new(100);
	long for_new = allocations;
	names_free(whole);
	for (long n = 1; n <= for_new; n++) {
		fail_from(n);
		assert_null(names_new(100));
	}
	fail_from(for_new + 2); /* one block of names, and no more */
	struct names *names = names_new(5000);
	char s[64];
	uint32_t index = 77, added = 0;
	err_t error = ERR_NONE;
	for (; error == ERR_NONE && added < 5000; added += error == ERR_NONE) {
		snprintf(s, sizeof(s), "a name of some length, number %u", added);
		error = names_add(names, text_of(s), &index);
	}
	assert_int_equal(error, ERR_MEMORY);
	assert_int_equal(names_count(names), added);
	assert_int_equal(names_find(names, text_of(s)), NAMES_NONE);
	fail_from(0);
	assert_int_equal(names_add(names, text_of(s), &index), ERR_NONE);
	assert_int_equal(index, added);
	assert_int_equal(names_find(names, TEXT("a name of some length, number 0")), 0);
	fail_from(1); /* finding, and adding what is there, allocates nothing */
	assert_int_equal(names_find(names, text_of(s)), added);
	assert_int_equal(names_add(names, text_of(s), &index), ERR_NONE);
	assert_int_equal(allocations, 0);
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_without_memory_keeps_what_it_has),
		cmocka_unit_test(an_arena_without_memory_gives_null_and_goes_on_later),
		cmocka_unit_test(names_without_memory_stay_as_they_were),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
