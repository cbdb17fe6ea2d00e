/* CSV rows by a column mapping, and the template's plain lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device/device.h"

#define AT_MS INT64_C(1795516863250)

static struct csv_mapping *mapping(const char *columns)
{
	struct csv_mapping *m = NULL;
	struct problem problem = {0};
	if (csv_mapping_read(text_of(columns), &m, &problem) != ERR_NONE)
		fail_msg("%s: %s", columns, problem.detail);
	return m;
}

static err_t read_row(struct csv_mapping *m, const char *line, struct passage_said *out)
{
	static struct scan_scratch scratch;
	return device_read_csv(m, text_of(line), &scratch, out);
}

static void rows_are_read_by_the_number_of_the_column(void **state)
{
	struct passage_said p;
	struct csv_mapping *m = mapping("device:0,boot:1,seq:2,at:3,checkpoint:4,in:5,out:6");
	(void)state;
	assert_int_equal(read_row(m, "G3,1,42,2026-11-24T18:41:03.250+08:00,gate-3,2,1", &p), ERR_NONE);
	assert_true(text_is(p.device, "G3"));
	assert_true(text_is(p.checkpoint, "gate-3"));
	assert_int_equal(p.boot, 1);
	assert_int_equal(p.seq, 42);
	assert_int_equal(p.at, AT_MS);
	assert_int_equal(p.in, 2);
	assert_int_equal(p.out, 1);
	assert_int_equal(read_row(m, "G3,,43,2026-11-24T18:41:03.250+08:00", &p), ERR_NONE); /* a short row: defaults */
	assert_int_equal(p.boot + p.in + p.out + p.checkpoint.size, 0);
	csv_mapping_free(m);
}

static void a_header_tells_where_the_named_columns_stand(void **state)
{
	struct passage_said p;
	struct csv_mapping *m = mapping("device:Device ID,seq:No,at:Time,in:Count,time_format:unix_ms");
	(void)state;
	assert_int_equal(read_row(m, "No,\"Device ID\",Time,Count", &p), ERR_NONE);
	assert_int_equal(p.device.size, 0);
	assert_int_equal(read_row(m, "7,东门,1795516863250,3", &p), ERR_NONE);
	assert_true(text_is(p.device, "东门"));
	assert_int_equal(p.at, AT_MS);
	assert_int_equal(p.in, 3);
	csv_mapping_free(m);
	m = mapping("device:Device ID,seq:No,at:Time,in:Count");
	assert_int_equal(read_row(m, "No,Device,Time,Count", &p), ERR_PASSAGE_FIELD);
	assert_int_equal(read_row(m, "7,D,2026-11-24T18:41:03.250+08:00,3", &p), ERR_PASSAGE_FIELD);
	csv_mapping_free(m);
}

static void quotes_hold_commas_and_doubled_quotes(void **state)
{
	struct passage_said p;
	struct csv_mapping *m = mapping("device:0,seq:1,at:2,in:3,time_format:unix");
	(void)state;
	assert_int_equal(read_row(m, "\"a, \"\"b\"\"\",\"1\",1795516863,1", &p), ERR_NONE);
	assert_true(text_is(p.device, "a, \"b\""));
	assert_int_equal(p.at, AT_MS - 250);
	assert_int_equal(read_row(m, "\"a,1,1795516863,1", &p), ERR_PASSAGE_SYNTAX);
	assert_int_equal(read_row(m, "\"a\"b,1,1795516863,1", &p), ERR_PASSAGE_SYNTAX);
	csv_mapping_free(m);
}

static void a_direction_column_says_which_way(void **state)
{
	struct passage_said p;
	struct csv_mapping *m = mapping("device:0,seq:1,at:2,direction:3,time_format:unix_ms");
	(void)state;
	assert_int_equal(read_row(m, "a,1,1795516863250,in", &p), ERR_NONE);
	assert_int_equal(p.in * 10 + p.out, 10);
	assert_int_equal(read_row(m, "a,2,1795516863250,out", &p), ERR_NONE);
	assert_int_equal(p.in * 10 + p.out, 1);
	assert_int_equal(read_row(m, "a,3,1795516863250,up", &p), ERR_PASSAGE_FIELD);
	assert_int_equal(read_row(m, "a,3,1795516863250", &p), ERR_PASSAGE_FIELD);
	csv_mapping_free(m);
	m = mapping("device:0,seq:1,at:2,direction:3,in:4,time_format:unix_ms");
	assert_int_equal(read_row(m, "a,1,1795516863250,out,7", &p), ERR_NONE);
	assert_int_equal(p.in * 10 + p.out, 7);
	csv_mapping_free(m);
}

static void running_totals_are_told_as_such(void **state)
{
	struct passage_said p;
	struct csv_mapping *m = mapping("device:0,seq:1,at:2,in_total:3,out_total:4,time_format:unix_ms");
	(void)state;
	assert_int_equal(read_row(m, "a,1,1795516863250,4294967295,9", &p), ERR_NONE);
	assert_true(p.totals);
	assert_int_equal(p.in, UINT32_MAX);
	assert_int_equal(read_row(m, "a,1,1795516863250,4294967296,9", &p), ERR_PASSAGE_FIELD);
	csv_mapping_free(m);
}

static void wrong_cells_reject_the_row_alone(void **state)
{
	struct passage_said p;
	struct csv_mapping *m = mapping("device:0,boot:1,seq:2,at:3,in:4");
	(void)state;
	static const struct { err_t error; const char *line; } rows[] = {
		{ERR_PASSAGE_FIELD, ",1,1,2026-11-24T18:41:03Z,1"}, {ERR_PASSAGE_FIELD, "a,1,,2026-11-24T18:41:03Z,1"},
		{ERR_PASSAGE_FIELD, "a,1,1,,1"},
		{ERR_PASSAGE_FIELD, "a,x,1,2026-11-24T18:41:03Z,1"},
		{ERR_PASSAGE_FIELD, "a,1,1,2026-11-24T18:41:03Z,-1"},
		{ERR_PASSAGE_FIELD, "a,1,1,2026-11-24T18:41:03Z,1000001"}, {ERR_PASSAGE_FIELD, "a,1,9007199254740992,2026-11-24T18:41:03Z,1"},
		{ERR_TIME_FORMAT, "a,1,1,yesterday,1"}, {ERR_TEXT_UTF8, "\xFF,1,1,2026-11-24T18:41:03Z,1"},
		{ERR_NONE, "a,1,1,2026-11-24T18:41:03Z,1"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (read_row(m, rows[i].line, &p) != rows[i].error)
			fail_msg("not %s: %s", error_row(rows[i].error)->code, rows[i].line);
	csv_mapping_free(m);
}

static void mappings_without_sense_are_refused_in_words(void **state)
{
	static const char *const wrong[] = {"", "device", "device:0,seq:1", "device:0,seq:1,at:2", "device:0,device:1,seq:2,at:3,in:4",
		"device:0,seq:1,at:2,in:3,in_total:4", "device:0,seq:1,at:2,out:3,direction:4", "device:0,seq:1,at:2,colour:3",
		"device:0,seq:1,at:2,in:64", "device:0,seq:1,at:2,in:", "device:0,seq:1,at:2,in:3,time_format:french", "device:0,seq:1,at:2,in:3,"};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct csv_mapping *m;
		struct problem problem = {0};
		if (csv_mapping_read(text_of(wrong[i]), &m, &problem) != ERR_HTTP_QUERY || problem.detail[0] == '\0')
			fail_msg("taken, or refused without a word: %s", wrong[i]);
	}
}

/* A NUL ends a C string: such a name would be found where an empty cell stands. */
static void a_columns_name_is_text(void **state)
{
	(void)state;
	struct csv_mapping *m = NULL;
	struct problem problem = {0};
	assert_int_equal(csv_mapping_read(TEXT("device:0,seq:1,at:2,in:\0\0"), &m, &problem), ERR_HTTP_QUERY);
	assert_int_equal(csv_mapping_read(TEXT("device:0,seq:1,at:2,in:\xff"), &m, &problem), ERR_HTTP_QUERY);
}

static void the_recording_gives_what_is_expected(void **state)
{
	char line[4096], said[4096], wanted[4096], at[WHEN_SIZE];
	struct passage_said p;
	FILE *log = fopen(RECORDINGS "/csv.log", "r"), *expected = fopen(RECORDINGS "/csv.expected", "r");
	struct csv_mapping *m = mapping("device:Zähler,boot:Start,seq:Lfd,at:Zeit,in:Ein,out:Aus");
	(void)state;
	assert_non_null(log);
	assert_non_null(expected);
	while (fgets(line, sizeof line, log) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		err_t e = read_row(m, line, &p);
		if (e == ERR_NONE && p.device.size == 0)
			continue;
		if (e != ERR_NONE)
			snprintf(said, sizeof said, "%s\n", error_row(e)->code);
		else
			snprintf(said, sizeof said, "%.*s boot %llu seq %llu %s %u %u\n", (int)p.device.size, p.device.at, (unsigned long long)p.boot,
			         (unsigned long long)p.seq, when_format(p.at, 60, at), p.in, p.out);
		assert_non_null(fgets(wanted, sizeof wanted, expected));
		assert_string_equal(said, wanted);
	}
	assert_null(fgets(wanted, sizeof wanted, expected));
	fclose(log);
	fclose(expected);
	csv_mapping_free(m);
}

static void the_template_reads_its_plain_lines(void **state)
{
	struct passage_said p;
	(void)state;
	assert_int_equal(device_read_plain(TEXT("G3 42 1795516863250 2 1"), &p), ERR_NONE);
	assert_true(text_is(p.device, "G3"));
	assert_int_equal(p.at, AT_MS);
	assert_int_equal(device_read_plain(TEXT("G3 42 1795516863250 2"), &p), ERR_PASSAGE_SYNTAX);
	assert_int_equal(device_read_plain(TEXT("G3 42 1795516863250 2 1 0"), &p), ERR_PASSAGE_SYNTAX);
	assert_int_equal(device_read_plain(TEXT("G3 42 now 2 1"), &p), ERR_TIME_FORMAT);
	assert_int_equal(device_read_plain(TEXT(""), &p), ERR_PASSAGE_SYNTAX);
}

static void the_templates_recording_gives_what_is_expected(void **state)
{
	char line[4096], said[4096], wanted[4096], at[WHEN_SIZE];
	struct passage_said p;
	FILE *log = fopen(RECORDINGS "/plain.log", "r"), *expected = fopen(RECORDINGS "/plain.expected", "r");
	(void)state;
	assert_non_null(log);
	assert_non_null(expected);
	while (fgets(line, sizeof line, log) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		err_t e = device_read_plain(text_of(line), &p);
		if (e != ERR_NONE)
			snprintf(said, sizeof said, "%s\n", error_row(e)->code);
		else
			snprintf(said, sizeof said, "%.*s seq %llu %s %u %u\n", (int)p.device.size, p.device.at, (unsigned long long)p.seq,
			         when_format(p.at, 480, at), p.in, p.out);
		assert_non_null(fgets(wanted, sizeof wanted, expected));
		assert_string_equal(said, wanted);
	}
	assert_null(fgets(wanted, sizeof wanted, expected));
	fclose(log);
	fclose(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_by_the_number_of_the_column),
		cmocka_unit_test(a_header_tells_where_the_named_columns_stand),
		cmocka_unit_test(quotes_hold_commas_and_doubled_quotes),
		cmocka_unit_test(a_direction_column_says_which_way),
		cmocka_unit_test(running_totals_are_told_as_such),
		cmocka_unit_test(wrong_cells_reject_the_row_alone),
		cmocka_unit_test(mappings_without_sense_are_refused_in_words),
		cmocka_unit_test(a_columns_name_is_text),
		cmocka_unit_test(the_recording_gives_what_is_expected),
		cmocka_unit_test(the_template_reads_its_plain_lines),
		cmocka_unit_test(the_templates_recording_gives_what_is_expected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
