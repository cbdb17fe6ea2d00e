/* Text: slices, UTF-8 against every code point, buffers with a maximum, JSON strings. */
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
#include "base/text.h"

static void slices_compare_by_their_bytes(void **state)
{
	(void)state;
	assert_true(text_equal(TEXT("gate-3"), text_of("gate-3")));
	assert_false(text_equal(TEXT("gate-3"), TEXT("gate-33")));
	assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
	assert_true(text_is(TEXT("x"), "x"));
	assert_true(text_is((struct text){NULL, 0}, ""));
	assert_true(text_is(text_of(NULL), "") && text_of(NULL).at != NULL);
	assert_true(text_starts(TEXT("gate-3"), "gate") && text_starts(TEXT("gate"), ""));
	assert_false(text_starts(TEXT("gat"), "gate"));
}

static void whole_numbers_are_read_strictly(void **state)
{
	(void)state;
	uint64_t v = 7;
	assert_true(text_to_u64(TEXT("0"), &v) && v == 0);
	assert_true(text_to_u64(TEXT("18446744073709551615"), &v) && v == UINT64_MAX);
	static const char *const bad[] = {"", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "a",
	                                  "18446744073709551616", "99999999999999999999", "100000000000000000000",
	                                  "\xD9\xA1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		v = 7;
		assert_false(text_to_u64(text_of(bad[i]), &v));
		assert_int_equal(v, 7);
	}
	struct random r;
	random_seed(&r, 1);
	for (int i = 0; i < 10000; i++) {
		char s[32];
		uint64_t wanted = random_u64(&r) >> random_below(&r, 64);
		snprintf(s, sizeof(s), "%llu", (unsigned long long)wanted);
		assert_true(text_to_u64(text_of(s), &v) && v == wanted);
	}
}

/* ---- UTF-8 ---- */

/* RFC 3629, section 3: the definition, not the table of ranges that the code uses. */
static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = size - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3F));
	out[0] = (char)((0xF00u >> size & 0xFFu) | c);
	return size;
}

/* Decodes by the definition; false for a bad or a needlessly long form. */
static bool slow_valid(const unsigned char *p, size_t size)
{
	for (size_t i = 0; i < size;) {
		size_t n = p[i] < 0x80           ? 1
		         : (p[i] & 0xE0) == 0xC0 ? 2
		         : (p[i] & 0xF0) == 0xE0 ? 3
		         : (p[i] & 0xF8) == 0xF0 ? 4 : 0;
		char again[4];
		if (n == 0 || n > size - i)
			return false;
		uint32_t c = n == 1 ? p[i] : p[i] & (0x7Fu >> n);
		for (size_t k = 1; k < n; k++) {
			if ((p[i + k] & 0xC0) != 0x80)
				return false;
			c = c << 6 | (p[i + k] & 0x3F);
		}
		if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || encode(c, again) != n)
			return false;
		i += n;
	}
	return true;
}

static void every_code_point_is_valid_but_nul_and_surrogates(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x11FFFF; c++) {
		char s[4];
		size_t size = encode(c, s);
		bool wanted = c != 0 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
		if (text_valid_utf8((struct text){s, size}) != wanted)
			fail_msg("U+%04X", (unsigned)c);
		if (size > 1)
			assert_false(text_valid_utf8((struct text){s, size - 1}));
	}
}

static void every_three_bytes_are_judged_as_the_definition_judges_them(void **state)
{
	(void)state;
	unsigned char s[3];
	for (uint32_t v = 0; v < 1u << 24; v++) {
		s[0] = (unsigned char)(v >> 16);
		s[1] = (unsigned char)(v >> 8);
		s[2] = (unsigned char)v;
		if ((v & 0xFF) > 0xC2 && (v & 0xFF) < 0xFF && (v & 7) != 0)
			continue; /* the last byte's far end behaves alike */
		if (text_valid_utf8((struct text){(char *)s, 3}) != slow_valid(s, 3))
			fail_msg("%06X", (unsigned)v);
	}
}

static void long_texts_are_judged_like_short_ones(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 2);
	for (int i = 0; i < 200000; i++) {
		unsigned char s[40];
		size_t size = random_below(&r, sizeof(s) - 3), at = 0;
		while (at < size) {
			static const uint32_t tops[] = {0x7F, 0x7F, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
			at += encode((uint32_t)random_below(&r, tops[random_below(&r, 6)]) + 1, (char *)s + at);
		}
		if (random_below(&r, 2) && at > 0)
			s[random_below(&r, at)] = (unsigned char)random_u64(&r);
		unsigned char *exact = test_malloc(at + 1);
		memcpy(exact + 1, s, at);
		assert_int_equal(text_valid_utf8((struct text){(char *)exact + 1, at}), slow_valid(s, at));
		test_free(exact);
	}
}

static void a_text_is_cut_between_characters(void **state)
{
	(void)state;
	struct text t = TEXT("a\xC3\xA9\xE5\x9C\xBA\xF0\x9F\x98\x80z");
	static const size_t wanted[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_int_equal(text_fit(t, i), wanted[i]);
	assert_int_equal(text_fit(TEXT("\x80\x80\x80\x80\x80\x80"), 5), 5); /* not text: anywhere */
	assert_int_equal(text_fit(TEXT(""), 5), 0);
}

static void bytes_that_belong_to_no_character_become_question_marks(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 3);
	char good[] = "a\xC3\xA9\xE5\x9C\xBA\xF0\x9F\x98\x80z", same[sizeof(good)];
	memcpy(same, good, sizeof(good));
	text_mend_utf8(good, sizeof(good) - 1);
	assert_memory_equal(good, same, sizeof(good));
	char bad[] = "\xE5\x9C" "x\xED\xA0\x80\0\xC0\xAF\xE5\x9C\xBA\xF0\x9F\x98";
	text_mend_utf8(bad, sizeof(bad) - 1);
	assert_memory_equal(bad, "??x??????\xE5\x9C\xBA???", sizeof(bad));
	for (int i = 0; i < 20000; i++) {
		char s[24];
		size_t size = random_below(&r, sizeof(s));
		for (size_t k = 0; k < size; k++)
			s[k] = (char)random_u64(&r);
		text_mend_utf8(s, size);
		assert_true(slow_valid((unsigned char *)s, size));
	}
}

/* ---- the hash ---- */

static void the_hash_spreads_names_that_differ_little(void **state)
{
	(void)state;
	enum { COUNT = 20000, PLACES = 1 << 16 };
	static uint8_t load[PLACES];
	for (unsigned seed = 0; seed < 4; seed++) {
		unsigned top = 0, low_bits = 0;
		memset(load, 0, sizeof(load));
		for (int i = 0; i < COUNT; i++) {
			char s[32];
			snprintf(s, sizeof(s), "G%d-L%d", i / 8, i % 8);
			uint64_t h = text_hash(text_of(s), seed);
			unsigned n = ++load[h % PLACES];
			top = n > top ? n : top;
			low_bits += (unsigned)(h >> 63);
		}
		assert_true(top <= 8); /* for 0.3 a place, more than eight in one has a chance below 1e-5 */
		assert_true(low_bits > COUNT / 2 - 500 && low_bits < COUNT / 2 + 500);
	}
}

static void the_hash_depends_on_every_byte_the_size_and_the_seed(void **state)
{
	(void)state;
	char s[80];
	for (size_t size = 0; size < sizeof(s); size++) {
		memset(s, 'a', sizeof(s));
		uint64_t h = text_hash((struct text){s, size}, 5);
		assert_true(h == text_hash((struct text){s, size}, 5));
		assert_true(h != text_hash((struct text){s, size}, 6));
		assert_true(size == 0 || h != text_hash((struct text){s, size - 1}, 5));
		for (size_t bit = 0; bit < size * 8; bit++) {
			s[bit / 8] = (char)(s[bit / 8] ^ 1 << bit % 8);
			uint64_t other = text_hash((struct text){s, size}, 5);
			int changed = __builtin_popcountll(h ^ other);
			if (changed < 8 || changed > 56)
				fail_msg("size %zu bit %zu: %d bits changed", size, bit, changed);
			s[bit / 8] = (char)(s[bit / 8] ^ 1 << bit % 8);
		}
	}
}

/* ---- buffers ---- */

static void a_buffer_takes_exactly_its_maximum(void **state)
{
	(void)state;
	for (size_t maximum = 0; maximum < 300; maximum++) {
		struct buf b;
		buf_init(&b, maximum);
		assert_null(b.at);
		for (size_t i = 0; i < maximum; i++)
			buf_add_char(&b, (char)('a' + i % 26));
		assert_int_equal(b.error, ERR_NONE);
		assert_int_equal(b.size, maximum);
		buf_add_char(&b, 'x');
		assert_int_equal(b.error, ERR_TOO_LARGE);
		buf_add_str(&b, "");
		buf_addf(&b, "%d", 1);
		assert_int_equal(b.size, maximum);
		if (maximum > 0)
			assert_int_equal(strlen(b.at), maximum);
		buf_reset(&b);
		assert_int_equal(b.error, ERR_NONE);
		assert_int_equal(b.size, 0);
		buf_free(&b);
		assert_int_equal(b.maximum, maximum);
	}
}

static void an_addition_that_does_not_fit_leaves_what_was_there(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);
	buf_add_str(&b, "12345");
	buf_addf(&b, "%s", "6789ab");
	assert_int_equal(b.error, ERR_TOO_LARGE);
	assert_string_equal(b.at, "12345");
	buf_reset(&b);
	buf_addf(&b, "%s", "123456789a");
	assert_int_equal(b.error, ERR_NONE);
	assert_string_equal(b.at, "123456789a");
	buf_reset(&b);
	assert_int_equal(buf_reserve(&b, 11), ERR_TOO_LARGE);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), ERR_TOO_LARGE);
	buf_free(&b);
	buf_init(&b, SIZE_MAX);
	buf_add_char(&b, 'x');
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 1), ERR_TOO_LARGE);
	buf_free(&b);
}

static void a_reserved_buffer_does_not_move(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1 << 20);
	assert_int_equal(buf_reserve(&b, 5000), ERR_NONE);
	const char *at = b.at;
	assert_string_equal(at, "");
	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%05d", i);
	assert_ptr_equal(b.at, at);
	assert_int_equal(b.size, 5000);
	buf_free(&b);
}

static void whole_numbers_are_written_like_printf(void **state)
{
	(void)state;
	static const int64_t known[] = {0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN, INT64_MIN + 1};
	struct random r;
	random_seed(&r, 4);
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < 10000; i++) {
		char s[32];
		int64_t v = i < 9 ? known[i] : (int64_t)random_u64(&r) >> random_below(&r, 64);
		snprintf(s, sizeof(s), "%lld", (long long)v);
		buf_reset(&b);
		buf_add_i64(&b, v);
		assert_string_equal(b.at, s);
	}
	buf_free(&b);
}

static void expect_json(struct text t, const char *wanted)
{
	struct buf b;
	buf_init(&b, 1000);
	buf_add_json(&b, t);
	assert_string_equal(b.at, wanted);
	assert_int_equal(b.error, ERR_NONE);
	buf_free(&b);
}

static void json_strings_are_escaped_and_always_valid(void **state)
{
	(void)state;
	expect_json(TEXT(""), "\"\"");
	expect_json((struct text){NULL, 0}, "null");
	expect_json(TEXT("gate \"3\" \\ /"), "\"gate \\\"3\\\" \\\\ /\"");
	expect_json(TEXT("\n\r\t\b\x01\x1F\x7F"), "\"\\n\\r\\t\\u0008\\u0001\\u001f\x7F\"");
	expect_json(TEXT("a\0b"), "\"a\\u0000b\"");
	expect_json(TEXT("\xE5\xAE\x89\xE6\xA3\x80"), "\"\xE5\xAE\x89\xE6\xA3\x80\"");
	expect_json(TEXT("a\xFF" "b\xC3"), "\"a\xEF\xBF\xBD" "b\xEF\xBF\xBD\"");
	expect_json(TEXT("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
	struct buf b;
	struct random r;
	random_seed(&r, 8);
	buf_init(&b, 10000);
	for (int i = 0; i < 20000; i++) {
		char s[24];
		for (size_t k = 0; k < sizeof(s); k++)
			s[k] = (char)random_u64(&r);
		buf_reset(&b);
		buf_add_json(&b, (struct text){s, random_below(&r, sizeof(s))});
		assert_true(text_valid_utf8((struct text){b.at, b.size}));
	}
	buf_reset(&b);
	buf_add_json_str(&b, NULL);
	buf_add_json_str(&b, "x");
	assert_string_equal(b.at, "null\"x\"");
	buf_free(&b);
}

static void expect_f64(double v, int decimals, const char *wanted)
{
	struct buf b;
	buf_init(&b, 1000);
	buf_add_json_f64(&b, v, decimals);
	assert_string_equal(b.at, wanted);
	buf_free(&b);
}

static void json_numbers_are_short_and_finite(void **state)
{
	(void)state;
	expect_f64(0, 3, "0");
	expect_f64(1.5, 3, "1.5");
	expect_f64(-1.25, 1, "-1.2");
	expect_f64(100, 2, "100");
	expect_f64(100, 0, "100");
	expect_f64(1200, -5, "1200");
	expect_f64(-0.0001, 2, "0");
	expect_f64(-0.0, 0, "0");
	expect_f64(0.1, 17, "0.10000000000000001");
	expect_f64(0.1, 99, "0.10000000000000001");
	expect_f64((double)NAN, 2, "null");
	expect_f64((double)INFINITY, 2, "null");
	expect_f64(-(double)INFINITY, 2, "null");
	expect_f64(1e22, 2, "10000000000000000000000");
	struct buf b;
	buf_init(&b, 1000);
	buf_add_json_f64(&b, -1.7976931348623157e308, 17);
	assert_int_equal(b.size, 310);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_compare_by_their_bytes),
		cmocka_unit_test(whole_numbers_are_read_strictly),
		cmocka_unit_test(every_code_point_is_valid_but_nul_and_surrogates),
		cmocka_unit_test(every_three_bytes_are_judged_as_the_definition_judges_them),
		cmocka_unit_test(long_texts_are_judged_like_short_ones),
		cmocka_unit_test(a_text_is_cut_between_characters),
		cmocka_unit_test(bytes_that_belong_to_no_character_become_question_marks),
		cmocka_unit_test(the_hash_spreads_names_that_differ_little),
		cmocka_unit_test(the_hash_depends_on_every_byte_the_size_and_the_seed),
		cmocka_unit_test(a_buffer_takes_exactly_its_maximum),
		cmocka_unit_test(an_addition_that_does_not_fit_leaves_what_was_there),
		cmocka_unit_test(a_reserved_buffer_does_not_move),
		cmocka_unit_test(whole_numbers_are_written_like_printf),
		cmocka_unit_test(json_strings_are_escaped_and_always_valid),
		cmocka_unit_test(json_numbers_are_short_and_finite),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
