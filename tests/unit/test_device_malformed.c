/* What devices and their files get wrong, by table: each mistake has its error, and nothing is told of a passage that was refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "device/device.h"
#include "device/mqtt.h"
#include "failing_memory.h"

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define NAME_200 FIFTY FIFTY FIFTY FIFTY
#define AT "\"at\":\"2026-11-24T18:41:03.250+08:00\""
#define AT_MS INT64_C(1795516863250)

/* ---- CSV: the mapping ---- */

static void each_mistake_in_a_mapping_is_told_in_words(void **state)
{
	static const struct { const char *columns, *word; } rows[] = {
		{"", "like device:0"},
		{"device", "like device:0"},
		{"device:0,device:1,seq:2,at:3,in:4", "mapped twice"},
		{"device:64,seq:1,at:2,in:3", "at most 64 columns"},
		{"device:,seq:1,at:2,in:3", "number or name"},
		{"device:" NAME_200 "x,seq:1,at:2,in:3", "number or name"},
		{"colour:0", "\"colour\" is none of"},
		{NAME_200 ":0", "\"" TEN TEN TEN TEN TEN TEN "0123\" is none of"},
		{"device:0,seq:1,at:2,in:3,time_format:iso", "rfc3339, unix or unix_ms"},
		{"seq:1,at:2,in:3", "identity"},
		{"device:0,at:2,in:3", "identity"},
		{"device:0,seq:1,in:3", "identity"},
		{"device:0,seq:1,at:2,in_total:3,in:4", "do not mix"},
		{"device:0,seq:1,at:2,out_total:3,out:4", "do not mix"},
		{"device:0,seq:1,at:2,out_total:3,direction:4", "do not mix"},
		{"device:0,seq:1,at:2,in:3,out:4,direction:5", "as \"in\" alone"},
		{"device:0,seq:1,at:2", "Map in, out"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct csv_mapping *m = (struct csv_mapping *)&rows; /* must stay what it was */
		struct problem problem = {0};
		assert_int_equal(csv_mapping_read(text_of(rows[i].columns), &m, &problem), ERR_HTTP_QUERY);
		assert_ptr_equal(m, &rows);
		assert_string_equal(problem.field, "columns");
		if (strstr(problem.detail, rows[i].word) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].columns, problem.detail, rows[i].word);
	}
}

static void a_mapping_without_memory_is_refused_and_leaks_nothing(void **state)
{
	(void)state;
	for (unsigned long n = 1;; n++) {
		struct csv_mapping *m = NULL;
		struct problem problem = {0};
		memory_refuse(n);
		err_t e = csv_mapping_read(TEXT("device:Device,seq:No,at:Time,in:Count"), &m, &problem);
		if (!memory_was_refused()) {
			assert_int_equal(e, ERR_NONE);
			assert_int_equal(n, 6); /* the mapping and four names */
			csv_mapping_free(m);
			break;
		}
		assert_int_equal(e, ERR_MEMORY);
		assert_null(m);
		assert_string_equal(problem.field, "columns");
	}
	csv_mapping_free(NULL);
}

/* ---- CSV: rows ---- */

struct csv_case { const char *columns, *line; err_t error; struct passage_said wanted; };
#define BASE "device:0,seq:1,at:2,"
#define NOTHING {.seq = 0}
#define WANTED(...) {.at = AT_MS, .seq = 7, .device = {"D", 1}, __VA_ARGS__}

static void each_mistake_in_a_row_has_its_error(void **state)
{
	static const struct csv_case rows[] = {
		{BASE "in:3,time_format:unix_ms", "D,7,1795516863250,3", ERR_NONE, WANTED(.in = 3)},
		{BASE "in:3,time_format:unix_ms", "D,7,1795516863250,\"3\"", ERR_NONE, WANTED(.in = 3)},
		{BASE "out_total:3,time_format:unix_ms", "D,7,1795516863250,4294967295", ERR_NONE,
			WANTED(.out = UINT32_MAX, .totals = true)},
		{BASE "out_total:3,time_format:unix_ms", "D,7,1795516863250,4294967296", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in_total:3,time_format:unix_ms", "D,7,1795516863250,-1", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in:3,out:4,time_format:unix_ms", "D,7,1795516863250,1000001,0", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in:3,out:4,time_format:unix_ms", "D,7,1795516863250,0,1000001", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "out:3,time_format:unix_ms", "D,7,1795516863250,1000000", ERR_NONE, WANTED(.out = 1000000)},
		{BASE "in:3,time_format:unix_ms", "D,7,soon,3", ERR_TIME_FORMAT, NOTHING},
		{BASE "in:3,time_format:unix", "D,7,253402300800,3", ERR_TIME_FORMAT, NOTHING},
		{BASE "in:3", "D,7,soon,3", ERR_TIME_FORMAT, NOTHING},
		{BASE "in:3", "D,7,,3", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in:3,time_format:unix_ms", "D,,1795516863250,3", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in:3,time_format:unix_ms", "D,9007199254740992,1795516863250,3", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "boot:4,in:3,time_format:unix_ms", "D,7,1795516863250,3,9007199254740992", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in:3,time_format:unix_ms", ",7,1795516863250,3", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "in:3,time_format:unix_ms", NAME_200 "x,7,1795516863250,3", ERR_TOO_LARGE, NOTHING},
		{BASE "checkpoint:3,in:4,time_format:unix_ms", "D,7,1795516863250," NAME_200 "x,3", ERR_TOO_LARGE, NOTHING},
		{BASE "in:3,time_format:unix_ms", "D\xC3,7,1795516863250,3", ERR_TEXT_UTF8, NOTHING},
		{BASE "direction:3,time_format:unix_ms", "D,7,1795516863250,up", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "direction:3,time_format:unix_ms", "D,7,1795516863250", ERR_PASSAGE_FIELD, NOTHING},
		{BASE "direction:3,time_format:unix_ms", "D,7,1795516863250,out", ERR_NONE, WANTED(.out = 1)},
		{BASE "in:3,time_format:unix_ms", "\"D\"\"\",7,1795516863250,\"3", ERR_PASSAGE_SYNTAX, NOTHING},
		{BASE "in:3,time_format:unix_ms", "D,7,1795516863250,\"3\"\"", ERR_PASSAGE_SYNTAX, NOTHING},
		{BASE "in:3,time_format:unix_ms", "\"\"\"" FIFTY FIFTY FIFTY NAME_200 NAME_200 "\",7,1795516863250,3", ERR_TOO_LARGE, NOTHING},
		{"device:0,seq:1,at:2,in:63,time_format:unix_ms", /* columns behind the 64th are there and no more */
			"D,7,1795516863250,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,5,6,\"7\"", ERR_NONE, WANTED(.in = 5)},
	};
	static struct scan_scratch scratch;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct csv_case *c = &rows[i];
		struct csv_mapping *m = NULL;
		struct passage_said p = {.seq = 99};
		assert_int_equal(csv_mapping_read(text_of(c->columns), &m, NULL), ERR_NONE);
		err_t e = device_read_csv(m, text_of(c->line), &scratch, &p);
		if (e != c->error)
			fail_msg("row %zu (%.60s): %s", i, c->line, error_row(e)->code);
		if (e != ERR_NONE) {
			assert_int_equal(p.seq, 99);
		} else {
			assert_true(text_equal(p.device, c->wanted.device));
			assert_int_equal(p.seq, c->wanted.seq);
			assert_int_equal(p.at, c->wanted.at);
			assert_int_equal(p.in, c->wanted.in);
			assert_int_equal(p.out, c->wanted.out);
			assert_int_equal(p.totals, c->wanted.totals);
		}
		csv_mapping_free(m);
	}
}

static void a_row_longer_than_a_line_may_be_is_too_large(void **state)
{
	static char line[PASSAGE_LINE_BYTES_MAX + 1];
	static struct scan_scratch scratch;
	struct csv_mapping *m = NULL;
	struct passage_said p = {.seq = 99};
	(void)state;
	memset(line, ',', sizeof line);
	assert_int_equal(csv_mapping_read(TEXT(BASE "in:3"), &m, NULL), ERR_NONE);
	assert_int_equal(device_read_csv(m, (struct text){line, sizeof line}, &scratch, &p), ERR_TOO_LARGE);
	assert_int_equal(device_read_csv(m, (struct text){line, sizeof line - 1}, &scratch, &p), ERR_PASSAGE_FIELD);
	assert_int_equal(p.seq, 99);
	csv_mapping_free(m);
}

/* ---- plain lines ---- */

static void each_mistake_in_a_plain_line_has_its_error(void **state)
{
	static const struct { const char *line; err_t error; } rows[] = {
		{"D 7 1795516863250 3 1", ERR_NONE},
		{"", ERR_PASSAGE_SYNTAX},
		{"D 7 1795516863250 3", ERR_PASSAGE_SYNTAX},
		{"D 7 1795516863250 3 1 2", ERR_PASSAGE_SYNTAX},
		{" 7 1795516863250 3 1", ERR_PASSAGE_FIELD},
		{NAME_200 " 7 1795516863250 3 1", ERR_NONE},
		{NAME_200 "x 7 1795516863250 3 1", ERR_PASSAGE_FIELD},
		{"D\xFF 7 1795516863250 3 1", ERR_TEXT_UTF8},
		{"D seven 1795516863250 3 1", ERR_PASSAGE_FIELD},
		{"D 9007199254740992 1795516863250 3 1", ERR_PASSAGE_FIELD},
		{"D 9007199254740991 1795516863250 3 1", ERR_NONE},
		{"D 7 now 3 1", ERR_TIME_FORMAT},
		{"D 7 253402300800000 3 1", ERR_TIME_FORMAT},
		{"D 7 1795516863250 x 1", ERR_PASSAGE_FIELD},
		{"D 7 1795516863250 3 x", ERR_PASSAGE_FIELD},
		{"D 7 1795516863250 1000001 1", ERR_PASSAGE_FIELD},
		{"D 7 1795516863250 3 1000001", ERR_PASSAGE_FIELD},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct passage_said p = {.in = 99};
		err_t e = device_read_plain(text_of(rows[i].line), &p);
		if (e != rows[i].error)
			fail_msg("%.60s: %s", rows[i].line, error_row(e)->code);
		assert_int_equal(p.in, e == ERR_NONE ? 3 : 99);
	}
}

/* ---- the scanner: what the tests beside jansson do not come to ---- */

static void odd_texts_and_numbers_have_their_errors(void **state)
{
#define DEVICE(text) "{\"device\":\"" text "\",\"seq\":1," AT "}"
	static const struct { const char *line; err_t error; } rows[] = {
		{DEVICE("\\ud83d\\ude00"), ERR_NONE},
		{DEVICE("\\ud83d"), ERR_PASSAGE_SYNTAX},          /* half a pair */
		{DEVICE("\\ud83d--"), ERR_PASSAGE_SYNTAX},
		{DEVICE("\\ud83d\\n"), ERR_PASSAGE_SYNTAX},
		{DEVICE("\\ud83d\\u12"), ERR_PASSAGE_SYNTAX},
		{DEVICE("\\ud83d\\u0041"), ERR_PASSAGE_SYNTAX},   /* a pair with no second half */
		{DEVICE("\\ud83d\\uffff"), ERR_PASSAGE_SYNTAX},
		{"{\"device\":\"\\ud83d\\", ERR_PASSAGE_SYNTAX},
		{"{\"device\":\"\\", ERR_PASSAGE_SYNTAX},
		{"{\"\\u0064evice\":\"a\",\"seq\":1," AT "}", ERR_NONE}, /* the name of a field may be escaped too */
		{"{\"\\u0064evicedevice\":\"a\",\"seq\":1," AT "}", ERR_PASSAGE_FIELD},
		{"{\"ax\":1}", ERR_PASSAGE_FIELD},
		{"{\"ix\":1}", ERR_PASSAGE_FIELD},
		{"{\"in_x\":1}", ERR_PASSAGE_FIELD},
		{"{\"ox\":1}", ERR_PASSAGE_FIELD},
		{"{\"out_x\":1}", ERR_PASSAGE_FIELD},
		{"{\"o\":", ERR_PASSAGE_FIELD},
		{"{\"device\":\"a\"," AT ",\"seq\":12", ERR_PASSAGE_SYNTAX},
		{"{\"device\":\"a\"," AT ",\"seq\":-", ERR_PASSAGE_SYNTAX},
		{"{\"device\":\"a\"," AT ",\"seq\":-0}", ERR_NONE},
		{"{\"device\":\"a\"," AT ",\"seq\":-1}", ERR_PASSAGE_FIELD},
		{"{\"device\":\"a\"," AT ",\"seq\":1,\"in\":1000001}", ERR_PASSAGE_FIELD},
		{"{\"device\":\"a\"," AT ",\"seq\":", ERR_PASSAGE_SYNTAX},
		{"{\"device\":", ERR_PASSAGE_SYNTAX},
		{"{\"device\":1}", ERR_PASSAGE_FIELD},
		{"{\"device\":\"a\",\"seq\":1,\"at\":\"" NAME_200 "\"}", ERR_TIME_FORMAT},
	};
	static struct scan_scratch scratch;
	static const char nul[] = "{\"device\":\"\\\0\",\"seq\":1," AT "}";
	struct passage_said p = {.boot = 99};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		p.boot = 99;
		err_t e = device_scan_passage(text_of(rows[i].line), &scratch, &p);
		if (e != rows[i].error)
			fail_msg("%.80s: %s", rows[i].line, error_row(e)->code);
		assert_int_equal(p.boot, e == ERR_NONE ? 0 : 99);
	}
	assert_int_equal(device_scan_passage((struct text){nul, sizeof nul - 1}, &scratch, &p), ERR_PASSAGE_SYNTAX);
}

/* ---- lines too long, and a taker without room ---- */

struct taker { bool room; unsigned calls, long_ones; uint32_t last; };

static bool taken(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct taker *t = ctx;
	t->calls++;
	if (!t->room)
		return false;
	assert_true(too_long ? line.size == 0 : line.size <= PASSAGE_LINE_BYTES_MAX);
	t->long_ones += too_long;
	t->last = number;
	return true;
}

/* Feeds all of it in pieces of `step`; after each refusal once more, with room. */
static void feed(struct line_cutter *c, struct taker *t, const char *bytes, size_t size, size_t step)
{
	for (size_t at = 0; at < size;) {
		size_t piece = size - at < step ? size - at : step;
		t->room = false;
		size_t used = line_cutter_feed(c, bytes + at, piece, taken, t);
		at += used;
		if (used < piece) {
			t->room = true;
			size_t newline = 0;
			while (at + newline < size && newline < piece - used && bytes[at + newline] != '\n')
				newline++;
			size_t one = newline + 1 < piece - used ? newline + 1 : piece - used;
			assert_int_equal(line_cutter_feed(c, bytes + at, one, taken, t), one);
			at += one;
		}
	}
	t->room = true;
	assert_true(line_cutter_end(c, taken, t));
}

static void a_line_too_long_is_told_once_whatever_the_pieces_and_the_room(void **state)
{
	enum { LONG = PASSAGE_LINE_BYTES_MAX + 3 };
	static char bytes[3 * LONG];
	static const size_t steps[] = {1, 7, 1000, PASSAGE_LINE_BYTES_MAX, LONG, sizeof bytes};
	size_t size = 0;
	(void)state;
	bytes[size++] = 'a';
	bytes[size++] = '\n';
	memset(bytes + size, 'x', LONG);
	size += LONG;
	bytes[size++] = '\n';
	memset(bytes + size, 'y', PASSAGE_LINE_BYTES_MAX); /* just not too long */
	size += PASSAGE_LINE_BYTES_MAX;
	bytes[size++] = '\r';
	bytes[size++] = '\n';
	bytes[size++] = 'b'; /* without an end */
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		struct line_cutter c;
		struct taker t = {0};
		line_cutter_init(&c);
		feed(&c, &t, bytes, size, steps[i]);
		assert_int_equal(t.long_ones, 1);
		assert_int_equal(t.last, 4);
		assert_true(line_cutter_end(&c, taken, &t)); /* nothing is left */
		assert_int_equal(t.last, 4);
	}
}

static void the_last_line_may_be_too_long_and_without_an_end(void **state)
{
	static char bytes[PASSAGE_LINE_BYTES_MAX * 2];
	struct line_cutter c;
	struct taker t = {.room = true};
	(void)state;
	memset(bytes, 'x', sizeof bytes);
	line_cutter_init(&c);
	assert_int_equal(line_cutter_feed(&c, bytes, sizeof bytes, taken, &t), sizeof bytes);
	assert_int_equal(line_cutter_feed(&c, bytes, 5, taken, &t), 5);
	assert_int_equal(t.long_ones, 1);
	assert_true(line_cutter_end(&c, taken, &t));
	assert_int_equal(t.calls, 1);
	/* Cut at the very byte that makes it too long: said with its end. */
	t = (struct taker){.room = true};
	line_cutter_init(&c);
	assert_int_equal(line_cutter_feed(&c, bytes, PASSAGE_LINE_BYTES_MAX + 1, taken, &t), PASSAGE_LINE_BYTES_MAX + 1);
	assert_int_equal(t.calls, 0);
	t.room = false;
	assert_int_equal(line_cutter_feed(&c, "x\n", 2, taken, &t), 0);
	assert_false(line_cutter_end(&c, taken, &t));
	t.room = true;
	assert_int_equal(line_cutter_feed(&c, "x\n", 2, taken, &t), 2);
	assert_int_equal(t.long_ones, 1);
	assert_int_equal(c.line, 1);
}

/* ---- MQTT ---- */

static void a_connack_says_present_only_where_it_accepts(void **state)
{
	static const struct { uint8_t present, code; err_t error; } rows[] = {{0, 0, ERR_NONE}, {1, 0, ERR_NONE}, {0, 5, ERR_NONE},
		{1, 1, ERR_PASSAGE_SYNTAX}, {2, 0, ERR_PASSAGE_SYNTAX}, {0, 6, ERR_PASSAGE_SYNTAX}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t bytes[8];
		struct mqtt_packet p;
		size_t size = mqtt_write_connack(bytes, rows[i].present == 1, rows[i].code);
		bytes[2] = rows[i].present;
		assert_int_equal(mqtt_read(bytes, size, &p), rows[i].error);
	}
}

static void a_publish_that_does_not_fit_is_not_written(void **state)
{
	static char much[MQTT_PACKET_BYTES_MAX + 1];
	static uint8_t out[2 * MQTT_PACKET_BYTES_MAX];
	(void)state;
	struct text topic = TEXT("t"), large = {much, sizeof much}, long_topic = {much, UINT16_MAX + 1};
	assert_int_equal(mqtt_write_publish(out, sizeof out, topic, large), 0);
	assert_int_equal(mqtt_write_publish(out, sizeof out, long_topic, topic), 0);
	assert_int_equal(mqtt_write_publish(out, 8, topic, topic), 0);
	assert_int_equal(out[0], 0);
	assert_int_equal(mqtt_write_publish(out, 9, topic, topic), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_in_a_mapping_is_told_in_words),
		cmocka_unit_test(a_mapping_without_memory_is_refused_and_leaks_nothing),
		cmocka_unit_test(each_mistake_in_a_row_has_its_error),
		cmocka_unit_test(a_row_longer_than_a_line_may_be_is_too_large),
		cmocka_unit_test(each_mistake_in_a_plain_line_has_its_error),
		cmocka_unit_test(odd_texts_and_numbers_have_their_errors),
		cmocka_unit_test(a_line_too_long_is_told_once_whatever_the_pieces_and_the_room),
		cmocka_unit_test(the_last_line_may_be_too_long_and_without_an_end),
		cmocka_unit_test(a_connack_says_present_only_where_it_accepts),
		cmocka_unit_test(a_publish_that_does_not_fit_is_not_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
