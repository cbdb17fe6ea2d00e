/* The small parts of base: arenas, names, checksums, random numbers, errors and logs. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/error.h"
#include "base/log.h"
#include "base/names.h"
#include "base/random.h"

/* ---- arenas ---- */

static void an_arena_gives_zeroed_aligned_memory_that_does_not_overlap(void **state)
{
	(void)state;
	enum { COUNT = 500 };
	static unsigned char *at[COUNT];
	static size_t sizes[COUNT];
	struct random r;
	random_seed(&r, 1);
	struct arena *a = arena_new(8 << 20);
	assert_non_null(a);
	for (int round = 0; round < 3; round++) {
		size_t sum = 0;
		for (int i = 0; i < COUNT; i++) {
			sizes[i] = random_below(&r, i % 50 == 49 ? 20000 : 200);
			at[i] = arena_alloc(a, sizes[i]);
			assert_non_null(at[i]);
			assert_int_equal((uintptr_t)at[i] % 16, 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(at[i][k], 0);
			memset(at[i], i & 255, sizes[i]);
			sum += sizes[i];
		}
		for (int i = 0; i < COUNT; i++)
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(at[i][k], i & 255);
		assert_true(arena_used(a) >= sum && arena_used(a) <= sum + 16 * COUNT);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
	arena_free(NULL);
}

static void an_arena_gives_no_more_than_its_maximum(void **state)
{
	(void)state;
	struct arena *a = arena_new(1000);
	assert_non_null(arena_alloc(a, 1000));
	assert_null(arena_alloc(a, 1));
	assert_null(arena_alloc(a, 0));
	arena_reset(a);
	assert_null(arena_alloc(a, 1001));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc_array(a, SIZE_MAX / 2, 3));
	assert_non_null(arena_alloc_array(a, 10, 99));
	arena_free(a);
	a = arena_new(0);
	assert_null(arena_alloc(a, 0));
	assert_null(arena_alloc(a, 1));
	arena_free(a);
	a = arena_new(100000);
	size_t given = 0;
	while (arena_alloc(a, 64) != NULL)
		given += 64;
	assert_true(given > 99000 && given <= 100000);
	arena_free(a);
}

static void an_arena_copies_strings(void **state)
{
	(void)state;
	struct arena *a = arena_new(1000);
	assert_string_equal(arena_string(a, TEXT("gate-3")), "gate-3");
	assert_string_equal(arena_string(a, (struct text){NULL, 0}), "");
	assert_null(arena_string(a, (struct text){"", SIZE_MAX}));
	arena_free(a);
}

/* ---- names ---- */

static void names_are_numbered_in_order_and_found_again(void **state)
{
	(void)state;
	enum { COUNT = 5000 };
	struct names *n = names_new(COUNT);
	char s[32];
	uint32_t index = 99;
	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(s, sizeof(s), "device %u", i);
		assert_int_equal(names_find(n, text_of(s)), NAMES_NONE);
		assert_int_equal(names_add(n, text_of(s), &index), ERR_NONE);
		assert_int_equal(index, i);
		memset(s, 'x', 5); /* the table has a copy */
	}
	assert_int_equal(names_count(n), COUNT);
	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(s, sizeof(s), "device %u", i);
		assert_int_equal(names_find(n, text_of(s)), i);
		assert_int_equal(names_add(n, text_of(s), &index), ERR_NONE);
		assert_int_equal(index, i);
		assert_string_equal(names_at(n, i), s);
	}
	index = 99;
	assert_int_equal(names_add(n, TEXT("one more"), &index), ERR_TOO_LARGE);
	assert_int_equal(index, 99);
	assert_null(names_at(n, COUNT));
	assert_null(names_at(n, NAMES_NONE));
	names_free(n);
}

static void names_may_be_empty_or_hold_any_byte(void **state)
{
	(void)state;
	static const struct text odd[] = {{"", 0}, {"\0", 1}, {"\0\0", 2}, {"a\0", 2}, {"a", 1}, {"\xE5\x9C\xBA", 3}};
	struct names *n = names_new(6);
	uint32_t index;
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(names_add(n, odd[i], &index), ERR_NONE);
		assert_int_equal(index, i);
	}
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(names_find(n, odd[i]), i);
	names_free(n);
	n = names_new(0);
	assert_int_equal(names_find(n, TEXT("x")), NAMES_NONE);
	assert_int_equal(names_add(n, TEXT("x"), &index), ERR_TOO_LARGE);
	names_free(n);
	names_free(NULL);
	assert_null(names_new(UINT32_MAX));
}

static void a_name_has_a_greatest_size(void **state)
{
	(void)state;
	char *s = test_malloc(70000);
	memset(s, 'a', 70000);
	struct names *n = names_new(2);
	uint32_t index;
	assert_int_equal(names_add(n, (struct text){s, 65537}, &index), ERR_TOO_LARGE);
	assert_int_equal(names_add(n, (struct text){s, 65536}, &index), ERR_NONE);
	assert_int_equal(names_add(n, (struct text){s, 65535}, &index), ERR_NONE);
	assert_int_equal(names_find(n, (struct text){s, 65535}), 1);
	names_free(n);
	test_free(s);
}

/* ---- checksums and packing ---- */

static uint32_t slow_crc32c(const uint8_t *p, size_t size)
{
	uint32_t c = ~0u;
	for (size_t i = 0; i < size; i++)
		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (((c ^ (uint32_t)p[i] >> bit) & 1) ? 0x82F63B78u : 0);
	return ~c;
}

static void crc32c_has_its_known_values(void **state)
{
	(void)state;
	uint8_t zeros[32] = {0}, ones[32];
	memset(ones, 0xFF, sizeof(ones));
	assert_int_equal(check_crc32c(0, "123456789", 9), 0xE3069283);
	assert_int_equal(check_crc32c(0, zeros, 32), 0x8A9136AA); /* RFC 3720, B.4 */
	assert_int_equal(check_crc32c(0, ones, 32), 0x62A8AB43);
	assert_int_equal(check_crc32c(0, NULL, 0), 0);
	assert_int_equal(check_crc32c_tables(0, "123456789", 9), 0xE3069283);
}

static void crc32c_is_the_same_by_bits_tables_and_instruction(void **state)
{
	(void)state;
	uint8_t bytes[300];
	struct random r;
	random_seed(&r, 1);
	for (int i = 0; i < 3000; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)random_u64(&r);
		size_t from = random_below(&r, 16), size = random_below(&r, 280), cut = random_below(&r, size + 1);
		uint32_t wanted = slow_crc32c(bytes + from, size);
		assert_int_equal(check_crc32c(0, bytes + from, size), wanted);
		assert_int_equal(check_crc32c_tables(0, bytes + from, size), wanted);
		uint32_t half = check_crc32c(0, bytes + from, cut);
		assert_int_equal(check_crc32c(half, bytes + from + cut, size - cut), wanted);
		assert_int_equal(check_crc32c_tables(half, bytes + from + cut, size - cut), wanted);
	}
}

static void packed_numbers_are_little_endian_and_come_back(void **state)
{
	(void)state;
	uint8_t p[8];
	pack_u64(p, UINT64_C(0x0102030405060708));
	assert_memory_equal(p, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	assert_true(unpack_u64(p) == UINT64_C(0x0102030405060708));
	pack_u32(p, 0xFFEEDDCCu);
	assert_true(unpack_u32(p) == 0xFFEEDDCCu && p[0] == 0xCC);
	pack_u16(p, 0xFFEE);
	assert_true(unpack_u16(p) == 0xFFEE && p[1] == 0xFF);
}

/* ---- random numbers ---- */

static void the_same_seed_gives_the_same_numbers_everywhere(void **state)
{
	(void)state;
	struct random r = {{1, 2, 3, 4}};
	/* By hand from the definition: rotl(2*5, 7) * 9 for the state 1 2 3 4, and the two that follow. */
	assert_true(random_u64(&r) == 11520);
	assert_true(random_u64(&r) == 0);
	assert_true(random_u64(&r) == 1509978240);
	struct random a, b;
	random_seed(&a, 42);
	random_seed(&b, 42);
	assert_true(a.s[0] == UINT64_C(0xBDD732262FEB6E95)); /* splitmix64 from 42 */
	for (int i = 0; i < 1000; i++)
		assert_true(random_u64(&a) == random_u64(&b));
	uint64_t sum = 0;
	random_seed(&a, 1);
	for (int i = 0; i < 1000; i++) {
		double v[3] = {random_unit(&a), random_normal(&a), random_exponential(&a)};
		for (int k = 0; k < 3; k++) {
			uint64_t bits;
			memcpy(&bits, &v[k], 8);
			sum = sum * 31 + bits;
		}
	}
	/* Worked out by another program in another language: every bit of three thousand numbers. */
	assert_true(sum == UINT64_C(0xE69AB84BFC182C9E));
}

static void random_below_is_fair_and_below(void **state)
{
	(void)state;
	struct random r;
	unsigned counts[7] = {0};
	random_seed(&r, 3);
	for (int i = 0; i < 70000; i++)
		counts[random_below(&r, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_true(counts[i] > 9600 && counts[i] < 10400);
	assert_int_equal(random_below(&r, 0), 0);
	assert_int_equal(random_below(&r, 1), 0);
	unsigned upper = 0;
	const uint64_t bound = UINT64_C(3) << 62; /* a bias of the simple ways would be plain to see here */
	for (int i = 0; i < 30000; i++) {
		uint64_t v = random_below(&r, bound);
		assert_true(v < bound);
		upper += v >= UINT64_C(1) << 63;
	}
	assert_true(upper > 9600 && upper < 10400);
}

static void random_shapes_have_their_means_and_widths(void **state)
{
	(void)state;
	enum { COUNT = 200000 };
	struct random r;
	random_seed(&r, 11);
	double sum[3] = {0}, squares[3] = {0}, beyond_2 = 0;
	for (int i = 0; i < COUNT; i++) {
		double v[3] = {random_unit(&r), random_normal(&r), random_exponential(&r)};
		assert_true(v[0] >= 0 && v[0] < 1 && isfinite(v[1]) && v[2] >= 0 && isfinite(v[2]));
		beyond_2 += fabs(v[1]) > 2;
		for (int k = 0; k < 3; k++) {
			sum[k] += v[k] / COUNT;
			squares[k] += v[k] * v[k] / COUNT;
		}
	}
	assert_true(fabs(sum[0] - 0.5) < 0.004 && fabs(squares[0] - 1.0 / 3) < 0.004);
	assert_true(fabs(sum[1]) < 0.012 && fabs(squares[1] - 1) < 0.02);
	assert_true(fabs(beyond_2 / COUNT - 0.0455) < 0.003);
	assert_true(fabs(sum[2] - 1) < 0.012 && fabs(squares[2] - 2) < 0.06);
}

/* ---- errors ---- */

static void every_error_has_a_row_a_code_of_its_own_and_both_languages(void **state)
{
	(void)state;
	for (unsigned i = 1; i < ERR_COUNT; i++) {
		const struct error_row *row = error_row((err_t)i);
		assert_int_equal(row->error, i);
		assert_ptr_equal(error_find(row->code), row);
		assert_true(row->http_status >= 400 && row->http_status < 600);
		const char *texts[] = {row->reason_en, row->reason_zh, row->fix_en, row->fix_zh};
		for (int k = 0; k < 4; k++)
			assert_true(strlen(texts[k]) > 3 && text_valid_utf8(text_of(texts[k])));
		assert_true((unsigned char)row->reason_zh[0] >= 0x80 || strchr(row->reason_zh, ' ') != NULL);
	}
	assert_int_equal(error_row((err_t)ERR_COUNT)->error, ERR_BUG);
	assert_int_equal(error_row((err_t)-1)->error, ERR_BUG);
	assert_null(error_find("no.such"));
	assert_null(error_find(NULL));
	assert_null(error_find(""));
}

static void a_problem_says_what_and_where(void **state)
{
	(void)state;
	struct problem p = {.line = 7};
	assert_int_equal(problem_set(&p, ERR_JSON_FIELD, "lanes[2]", "%d is too many", 9), ERR_JSON_FIELD);
	assert_int_equal(p.error, ERR_JSON_FIELD);
	assert_int_equal(p.line, 7);
	assert_string_equal(p.field, "lanes[2]");
	assert_string_equal(p.detail, "9 is too many");
	assert_int_equal(problem_set(&p, ERR_MEMORY, NULL, NULL), ERR_MEMORY);
	assert_string_equal(p.field, "");
	assert_string_equal(p.detail, "");
	assert_int_equal(problem_set(NULL, ERR_BUG, "x", "%d", 1), ERR_BUG);
}

static void words_that_are_too_long_are_cut_between_characters(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		char s[700] = "aaa";
		for (size_t i = shift; i + 3 < sizeof(s); i += 3)
			memcpy(s + i, "\xE5\x8D\xA1", 4);
		struct problem p = {0};
		problem_set(&p, ERR_JSON_FIELD, s, "%s", s);
		assert_true(text_valid_utf8(text_of(p.field)) && strlen(p.field) >= sizeof(p.field) - 4);
		assert_true(text_valid_utf8(text_of(p.detail)) && strlen(p.detail) >= sizeof(p.detail) - 4);
	}
	struct problem p = {0};
	problem_set(&p, ERR_JSON_FIELD, "lanes[2]", "x");
	problem_set(&p, ERR_JSON_FIELD, p.field, "%s again", p.detail); /* its own words may go into it */
	assert_string_equal(p.field, "lanes[2]");
	assert_string_equal(p.detail, "x again");
}

/* What a library says of a stranger's file may quote its bytes. */
static void words_that_are_no_text_become_text(void **state)
{
	(void)state;
	struct problem p = {0};
	problem_set(&p, ERR_IMPORT_FORMAT, "a\xFF" "b", "near \"\xE5\x8D\": \x80\xE5\x8D\xA1\xF0\x9F");
	assert_string_equal(p.field, "a?b");
	assert_string_equal(p.detail, "near \"??\": ?\xE5\x8D\xA1??");
}

/* ---- logs ---- */

/* What `text` becomes on standard error. */
static size_t logged(enum log_level level, const char *text, char *out, size_t size)
{
	int pipe_fds[2], saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_true(dup2(pipe_fds[1], STDERR_FILENO) >= 0);
	log_line(level, "test", "%s", text);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(pipe_fds[1]);
	ssize_t n = read(pipe_fds[0], out, size - 1);
	close(pipe_fds[0]);
	out[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void a_log_line_is_one_line_whatever_it_says(void **state)
{
	(void)state;
	char out[4096], text[3000];
	logged(LOG_LEVEL_WARN, "a\nb\x1B[31m \xE5\x9C\xBA", out, sizeof(out));
	assert_non_null(strstr(out, "Z warn test: a?b?[31m \xE5\x9C\xBA\n"));
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	size_t size = logged(LOG_LEVEL_ERROR, text, out, sizeof(out));
	assert_int_equal(size, 1000);
	assert_int_equal(out[999], '\n');
	assert_int_equal(logged(LOG_LEVEL_DEBUG, "quiet", out, sizeof(out)), 0);
	log_set_level(LOG_LEVEL_DEBUG);
	assert_true(logged(LOG_LEVEL_DEBUG, "loud", out, sizeof(out)) > 0);
	log_set_level(LOG_LEVEL_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_that_does_not_overlap),
		cmocka_unit_test(an_arena_gives_no_more_than_its_maximum),
		cmocka_unit_test(an_arena_copies_strings),
		cmocka_unit_test(names_are_numbered_in_order_and_found_again),
		cmocka_unit_test(names_may_be_empty_or_hold_any_byte),
		cmocka_unit_test(a_name_has_a_greatest_size),
		cmocka_unit_test(crc32c_has_its_known_values),
		cmocka_unit_test(crc32c_is_the_same_by_bits_tables_and_instruction),
		cmocka_unit_test(packed_numbers_are_little_endian_and_come_back),
		cmocka_unit_test(the_same_seed_gives_the_same_numbers_everywhere),
		cmocka_unit_test(random_below_is_fair_and_below),
		cmocka_unit_test(random_shapes_have_their_means_and_widths),
		cmocka_unit_test(every_error_has_a_row_a_code_of_its_own_and_both_languages),
		cmocka_unit_test(a_problem_says_what_and_where),
		cmocka_unit_test(words_that_are_too_long_are_cut_between_characters),
		cmocka_unit_test(words_that_are_no_text_become_text),
		cmocka_unit_test(a_log_line_is_one_line_whatever_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
