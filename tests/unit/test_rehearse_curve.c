/* Arrival curves from a file: good ones in every spelling, and the table of what is refused, with its line. */
#include "rehearse_for_test.h"

static struct arena *arena;
static struct plan_curve_point *points;
static uint32_t count;
static struct problem problem;

static err_t read(const char *text)
{
	arena_free(arena);
	arena = arena_new((size_t)1 << 20);
	points = NULL;
	count = 0;
	problem = (struct problem){0};
	return rehearse_read_curve(text_of(text), arena, &points, &count, &problem);
}

static void shares_are_read_as_they_stand(void **state)
{
	(void)state;
	assert_int_equal(read("minutes,share\n# from last year\n\n-120, 0.03\r\n-60,3e-1\n 0 ; .95\n+30\t1 # the last\n"), ERR_NONE);
	assert_int_equal(count, 4);
	assert_true(points[0].minutes_from_start == -120 && points[0].share == 0.03);
	assert_true(points[1].minutes_from_start == -60 && points[1].share == 0.3);
	assert_true(points[2].minutes_from_start == 0 && points[2].share == 0.95);
	assert_true(points[3].minutes_from_start == 30 && points[3].share == 1);
}

static void counts_become_shares(void **state)
{
	(void)state;
	assert_int_equal(read("\xEF\xBB\xBF分钟,人数\n-30,0\n-10,1500\n0,6000"), ERR_NONE);
	assert_int_equal(count, 3);
	assert_true(points[0].share == 0 && points[1].share == 0.25 && points[2].share == 1);
}

static void numbers_are_read_as_a_plain_reader_would(void **state)
{
	(void)state;
	assert_int_equal(read("-1.5,0.125\n12345678901234567890e-18,0.25\n100.000000000000000000001,1.0e0"), ERR_NONE);
	assert_true(points[0].minutes_from_start == -1.5);
	assert_true(fabs(points[1].minutes_from_start - 12.345678901234567) < 1e-12);
	assert_true(fabs(points[2].minutes_from_start - 100) < 1e-12);
}

static void what_is_wrong_is_refused_with_its_line(void **state)
{
	(void)state;
	static const struct { const char *text; int line; } bad[] = {
		{"", 0}, {"\n\n", 2}, {"# nothing\n", 1}, {"minutes,share\n", 1}, {"0,1\n", 1}, {"-10,0\n-20,1\n", 2}, {"-10,0\n-10,1\n", 2},
		{"-10,0.5\n0,0.4\n", 2}, {"-10,-0.1\n0,1\n", 1}, {"-10,0\n0,0\n", 2}, {"-10,0\nabc,1\n", 2}, {"head\nhead again\n", 2},
		{"-10;\n", 1}, {"-10\n", 1}, {"-10,0,5\n", 1}, {"-10,0 x\n", 1}, {"nan,0\n0,1\n", 0}, {"-10,inf\n", 1}, {"0x10,1\n", 1},
		{"1e999,1\n", 1}, {"-10,1e301\n", 1}, {"--10,1\n", 1}, {"1.2.3,1\n", 1}, {".,1\n", 1}, {"99999999,1\n", 1}, {"1e,1\n", 1},
		{"-10,0\n0,\"1\"\n", 2}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (read(bad[i].text) != ERR_REHEARSE_CURVE)
			fail_msg("taken: %s", bad[i].text);
		if (bad[i].line > 0 && problem.line != bad[i].line)
			fail_msg("line %d, not %d: %s", problem.line, bad[i].line, bad[i].text);
		assert_null(points);
		assert_true(problem.detail[0] != '\0');
	}
}

static void long_files_and_long_lines_are_refused(void **state)
{
	(void)state;
	static char text[200000];
	size_t size = 0;
	for (int i = 0; i < 10000; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%d.%d,%d\n", i / 10, i % 10, i);
	assert_int_equal(read(text), ERR_NONE);
	assert_int_equal(count, 10000);
	snprintf(text + size, sizeof(text) - size, "1001,10000\n");
	assert_int_equal(read(text), ERR_REHEARSE_CURVE);
	memset(text, ' ', 250);
	memcpy(text + 250, "\n0,1\n", 6);
	assert_int_equal(read(text), ERR_REHEARSE_CURVE);
	assert_int_equal(problem.line, 1);
}

static void without_memory_it_says_so(void **state)
{
	(void)state;
	arena_free(arena);
	arena = arena_new(1024);
	assert_int_equal(rehearse_read_curve(TEXT("-1,0\n0,1\n"), arena, &points, &count, &problem), ERR_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_are_read_as_they_stand),
		cmocka_unit_test(counts_become_shares),
		cmocka_unit_test(numbers_are_read_as_a_plain_reader_would),
		cmocka_unit_test(what_is_wrong_is_refused_with_its_line),
		cmocka_unit_test(long_files_and_long_lines_are_refused),
		cmocka_unit_test(without_memory_it_says_so),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
