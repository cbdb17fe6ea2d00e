/* Time: the quick parser against a slow one that counts days one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/when.h"

/* ---- the oracle ---- */

static bool slow_is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int slow_month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && slow_is_leap(year));
}

static int64_t slow_days(int year, int month, int day)
{
	int64_t days = 0;
	for (int y = 1970; y < year; y++)
		days += slow_is_leap(y) ? 366 : 365;
	for (int m = 1; m < month; m++)
		days += slow_month_days(year, m);
	return days + day - 1;
}

/* `count` digits at *p as a number, -1 if one is missing. */
static int slow_number(const char **p, int count)
{
	int v = 0;
	for (int i = 0; i < count; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

static bool slow_mark(const char **p, const char *allowed)
{
	if (**p == '\0' || strchr(allowed, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

static bool slow_offset(const char **p, int *out)
{
	if (slow_mark(p, "Zz")) {
		*out = 0;
		return true;
	}
	int sign = **p == '-' ? -1 : 1;
	if (!slow_mark(p, "+-"))
		return false;
	int hours = slow_number(p, 2);
	if (!slow_mark(p, ":"))
		return false;
	int minutes = slow_number(p, 2);
	*out = sign * (hours * 60 + minutes);
	return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

/* `p` is NUL-terminated. */
static bool slow_parse(const char *p, at_ms *out, int *out_offset)
{
	int year = slow_number(&p, 4);
	if (year < 1970 || !slow_mark(&p, "-"))
		return false;
	int month = slow_number(&p, 2);
	if (month < 1 || month > 12 || !slow_mark(&p, "-"))
		return false;
	int day = slow_number(&p, 2);
	if (day < 1 || day > slow_month_days(year, month) || !slow_mark(&p, "Tt"))
		return false;
	int hour = slow_number(&p, 2);
	if (hour < 0 || hour > 23 || !slow_mark(&p, ":"))
		return false;
	int minute = slow_number(&p, 2);
	if (minute < 0 || minute > 59 || !slow_mark(&p, ":"))
		return false;
	int second = slow_number(&p, 2), ms = 0, offset = 0;
	if (second < 0 || second > 60)
		return false;
	if (slow_mark(&p, ".")) {
		char digits[4] = "000";
		int count = 0;
		for (; *p >= '0' && *p <= '9'; p++, count++)
			if (count < 3)
				digits[count] = *p;
		if (count < 1 || count > 9)
			return false;
		const char *d = digits;
		ms = slow_number(&d, 3);
	}
	if (!slow_offset(&p, &offset) || *p != '\0')
		return false;
	int64_t at = ((slow_days(year, month, day) * 24 + hour) * 60 + minute - offset) * 60000 + second * 1000 + ms;
	*out = at;
	*out_offset = offset;
	return at >= 0 && at <= AT_MS_MAX;
}

/* ---- tests ---- */

/* The text lies at the very end of an allocation of its own size, so that ASan sees a step too far. */
static err_t parse_exact(const char *s, at_ms *out, int *out_offset)
{
	size_t size = strlen(s);
	char *exact = test_malloc(size + (size == 0));
	memcpy(exact, s, size);
	err_t error = when_parse((struct text){exact, size}, out, out_offset);
	test_free(exact);
	return error;
}

static void agree(const char *s)
{
	at_ms slow = -7, quick = -7;
	int slow_off = -7, quick_off = -7;
	bool is_good = slow_parse(s, &slow, &slow_off);
	err_t error = parse_exact(s, &quick, &quick_off);
	if (is_good != (error == ERR_NONE) || (is_good && (slow != quick || slow_off != quick_off)))
		fail_msg("\"%s\": oracle %d %lld %d, parser %d %lld %d", s, is_good, (long long)slow, slow_off,
		         error == ERR_NONE, (long long)quick, quick_off);
	if (error != ERR_NONE)
		assert_true(error == ERR_TIME_FORMAT && quick == -7 && quick_off == -7);
}

static void known_times_are_read(void **state)
{
	(void)state;
	static const struct { const char *text; at_ms at; int offset; } known[] = {
		{"2026-11-24T18:41:03.250+08:00", INT64_C(1795516863250), 480},
		{"1970-01-01T00:00:00Z", 0, 0},
		{"1970-01-01t08:00:00.0009+08:00", 0, 480},
		{"2000-02-29T23:59:59.999999999z", INT64_C(951868799999), 0},
		{"2016-12-31T23:59:60Z", INT64_C(1483228800000), 0},
		{"2017-01-01T07:59:60+08:00", INT64_C(1483228800000), 480},
		{"9999-12-31T23:59:59.999Z", AT_MS_MAX, 0},
		{"2026-01-01T00:00:00-00:00", INT64_C(1767225600000), 0},
		{"2026-01-01T00:00:00.5-09:30", INT64_C(1767259800500), -570},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		at_ms at = 0;
		int offset = 0;
		assert_int_equal(parse_exact(known[i].text, &at, &offset), ERR_NONE);
		assert_int_equal(at, known[i].at);
		assert_int_equal(offset, known[i].offset);
		assert_int_equal(parse_exact(known[i].text, &at, NULL), ERR_NONE);
		agree(known[i].text);
	}
}

static void what_is_no_rfc_3339_time_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "2026", "2026-11-24", "2026-11-24T18:41:03", "2026-11-24T18:41:03.250", "2026-11-24 18:41:03Z",
		"2026-11-24T18:41Z", "2026-11-24T18:41:03.Z", "2026-11-24T18:41:03.1234567890Z", "2026-11-24T18:41:03,25Z",
		"2026-11-24T18:41:03+0800", "2026-11-24T18:41:03+08", "2026-11-24T18:41:03+8:00", "2026-11-24T18:41:03+08:60",
		"2026-11-24T18:41:03+24:00", "2026-11-24T18:41:03 Z", "2026-11-24T18:41:03Z ", " 2026-11-24T18:41:03Z",
		"2026-11-24T18:41:03ZZ", "2026-11-24T24:00:00Z", "2026-11-24T18:60:00Z", "2026-11-24T18:41:61Z",
		"2026-00-24T18:41:03Z", "2026-13-24T18:41:03Z", "2026-11-00T18:41:03Z", "2026-11-31T18:41:03Z",
		"2026-02-29T18:41:03Z", "2100-02-29T18:41:03Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
		"9999-12-31T23:59:60Z", "9999-12-31T23:59:59-00:01", "+026-11-24T18:41:03Z", "-026-11-24T18:41:03Z",
		"2026-1-024T18:41:03Z", "2026-11-24T18:4a:03Z", "2026/11/24T18:41:03Z", "20261124T184103Z",
		"2026-11-24T18:41:03.250+08:00:00", "2026-11-24T18:41:03.250\xEF\xBC\x8B" "08:00",
		"\xEF\xBC\x92" "026-11-24T18:41:03Z", "2026-11-24T18:41:03.-50Z", "2026-11-24T18:41:03.2.5Z",
		"2026-11-24T18:41:03@08:00",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		at_ms at;
		if (parse_exact(bad[i], &at, NULL) != ERR_TIME_FORMAT)
			fail_msg("\"%s\" was taken", bad[i]);
		agree(bad[i]);
	}
	at_ms at;
	assert_int_equal(when_parse((struct text){"2026-11-24T18:41:03Z\0", 21}, &at, NULL), ERR_TIME_FORMAT);
	assert_int_equal(when_parse((struct text){"2026-11-24T18:41:0\0Z", 20}, &at, NULL), ERR_TIME_FORMAT);
}

static void every_day_of_four_centuries_is_the_day_counted_one_by_one(void **state)
{
	(void)state;
	int64_t days = 0;
	for (int year = 1970; year <= 2400; year++) {
		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= 32; day++) {
				char s[WHEN_SIZE], again[WHEN_SIZE];
				at_ms at = -1;
				snprintf(s, sizeof(s), "%04d-%02d-%02dT00:00:00.000Z", year, month, day);
				err_t error = parse_exact(s, &at, NULL);
				if (day > slow_month_days(year, month)) {
					assert_int_equal(error, ERR_TIME_FORMAT);
					continue;
				}
				assert_int_equal(error, ERR_NONE);
				assert_int_equal(at, days * 86400000);
				assert_string_equal(when_format(at, 0, again), s);
				days++;
			}
		}
	}
}

/* A good time by chance, in any of its forms. */
static void make_time(struct random *r, char out[64])
{
	int year = 1970 + (int)random_below(r, 8030);
	int n = snprintf(out, 64, "%04d-%02d-%02d%c%02d:%02d:%02d", year, 1 + (int)random_below(r, 12),
	                 1 + (int)random_below(r, 31), random_below(r, 8) ? 'T' : 't', (int)random_below(r, 24),
	                 (int)random_below(r, 60), (int)random_below(r, 61));
	size_t digits = random_below(r, 11);
	if (digits > 0)
		out[n++] = '.';
	for (size_t i = 0; i < digits; i++)
		out[n++] = (char)('0' + random_below(r, 10));
	if (random_below(r, 3) == 0)
		snprintf(out + n, (size_t)(64 - n), "%c", random_below(r, 2) ? 'Z' : 'z');
	else
		snprintf(out + n, (size_t)(64 - n), "%c%02d:%02d", random_below(r, 2) ? '+' : '-', (int)random_below(r, 25),
		         (int)random_below(r, 61));
}

static void the_quick_parser_agrees_with_the_slow_one(void **state)
{
	(void)state;
	static const char marks[] = "0123456789-+:.TtZz /;,A\x7F\x80\xFF";
	struct random r;
	random_seed(&r, 3339);
	for (int i = 0; i < 200000; i++) {
		char s[64];
		make_time(&r, s);
		agree(s);
		size_t size = strlen(s), at = random_below(&r, size);
		switch (random_below(&r, 4)) {
		case 0: s[at] = marks[random_below(&r, sizeof(marks) - 1)]; break;
		case 1: s[at] = (char)(1 + random_below(&r, 255)); break;
		case 2: memmove(s + at, s + at + 1, size - at); break;
		default:
			memmove(s + at + 1, s + at, size - at + 1);
			s[at] = marks[random_below(&r, sizeof(marks) - 1)];
		}
		agree(s);
	}
}

static void a_time_written_reads_back_the_same(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 7);
	for (int i = 0; i < 100000; i++) {
		char s[WHEN_SIZE];
		int offset = (int)random_below(&r, 2 * 1439 + 1) - 1439, offset_again = 0;
		at_ms at = (at_ms)random_below(&r, (uint64_t)AT_MS_MAX - 2 * 86400000) + 86400000, again = 0;
		when_format(at, offset, s);
		assert_int_equal(parse_exact(s, &again, &offset_again), ERR_NONE);
		assert_int_equal(again, at);
		assert_int_equal(offset_again, offset);
	}
}

static void times_that_cannot_be_written_give_no_text(void **state)
{
	(void)state;
	char s[WHEN_SIZE];
	assert_string_equal(when_format(AT_NONE, 0, s), "");
	assert_string_equal(when_format(INT64_MAX, 480, s), "");
	assert_string_equal(when_format(AT_MS_MAX, 1, s), "");
	assert_string_equal(when_format(AT_MS_MAX, 0, s), "9999-12-31T23:59:59.999Z");
	assert_string_equal(when_format(-1, 0, s), "1969-12-31T23:59:59.999Z");
	assert_string_equal(when_format(0, -60, s), "1969-12-31T23:00:00.000-01:00");
	assert_string_equal(when_format(INT64_C(-62167219200000), 0, s), "0000-01-01T00:00:00.000Z");
	assert_string_equal(when_format(INT64_C(-62167219200000), -1, s), "");
	assert_string_equal(when_format(0, 99999, s), "1970-01-01T00:00:00.000Z");
}

static void a_session_clock_runs_at_its_own_speed(void **state)
{
	(void)state;
	struct session_clock plain = {1000, 1000, 1};
	assert_int_equal(session_clock_now(&plain, INT64_C(1795516863251)), INT64_C(1795516863251));
	struct session_clock drill = {.at_wall = 5000, .at_session = 100000, .speed = 60};
	assert_int_equal(session_clock_now(&drill, 5000), 100000);
	assert_int_equal(session_clock_now(&drill, 6000), 160000);
	assert_int_equal(session_clock_now(&drill, 4000), 40000);
	struct session_clock slow = {0, 0, 0.001};
	at_ms last = -1;
	for (at_ms wall = 0; wall < 5000; wall++) {
		at_ms now = session_clock_now(&slow, wall);
		assert_true(now >= last && now <= 5);
		last = now;
	}
	assert_true(session_clock_now(&plain, AT_NONE) == AT_NONE);
	struct session_clock mad = {AT_NONE, 0, 1e300};
	assert_true(session_clock_now(&mad, INT64_MAX) == AT_NONE);
}

static void the_system_clock_does_not_run_backwards(void **state)
{
	(void)state;
	struct clock c = clock_system();
	assert_true(c.now(c.self) > INT64_C(1700000000000));
	int64_t before = c.monotonic_ns(c.self);
	for (int i = 0; i < 1000; i++) {
		int64_t now = c.monotonic_ns(c.self);
		assert_true(now >= before);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_are_read),
		cmocka_unit_test(what_is_no_rfc_3339_time_is_refused),
		cmocka_unit_test(every_day_of_four_centuries_is_the_day_counted_one_by_one),
		cmocka_unit_test(the_quick_parser_agrees_with_the_slow_one),
		cmocka_unit_test(a_time_written_reads_back_the_same),
		cmocka_unit_test(times_that_cannot_be_written_give_no_text),
		cmocka_unit_test(a_session_clock_runs_at_its_own_speed),
		cmocka_unit_test(the_system_clock_does_not_run_backwards),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
