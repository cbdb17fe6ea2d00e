/* The passage scanner and the line cutter. jansson plus the rules is the oracle for every line here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../fuzz/scan_by_jansson.h"
#include "base/random.h"

#define AT "\"at\":\"2026-11-24T18:41:03.250+08:00\""
#define AT_MS INT64_C(1795516863250)

/* Scans a copy of exact size; asks the oracle the same; returns the verdict. */
static err_t scan_sized(const char *line, size_t size, struct passage_said *out, struct scan_scratch *scratch)
{
	static char exact[2][PASSAGE_LINE_BYTES_MAX * 2];
	struct passage_said theirs;
	json_t *root;
	char *end = exact[0] + sizeof exact[0] - size;
	memcpy(end, line, size);
	struct text t = {end, size};
	err_t e = device_scan_passage(t, scratch, out);
	bool other = scan_by_jansson(t, &theirs, &root);
	if ((e == ERR_NONE) != other)
		fail_msg("ours says %s, jansson %s: %.*s", e == ERR_NONE ? "good" : error_row(e)->code, other ? "good" : "bad", (int)size, line);
	if (other)
		assert_true(same_passage(out, &theirs));
	json_decref(root);
	return e;
}

static err_t scan(const char *line)
{
	struct passage_said p;
	struct scan_scratch scratch;
	return scan_sized(line, strlen(line), &p, &scratch);
}

static void the_contracts_line_is_read(void **state)
{
	struct passage_said p;
	struct scan_scratch scratch;
	const char *line = "{\"device\":\"G3-L2\",\"boot\":1,\"seq\":184467," AT ",\"checkpoint\":\"gate-3\",\"in\":1,\"out\":0}";
	(void)state;
	assert_int_equal(scan_sized(line, strlen(line), &p, &scratch), ERR_NONE);
	assert_true(text_is(p.device, "G3-L2"));
	assert_true(text_is(p.checkpoint, "gate-3"));
	assert_int_equal(p.boot, 1);
	assert_int_equal(p.seq, 184467);
	assert_int_equal(p.at, AT_MS);
	assert_int_equal(p.in, 1);
	assert_int_equal(p.out, 0);
	assert_false(p.totals);
}

static void what_may_be_left_out_has_its_default(void **state)
{
	struct passage_said p;
	struct scan_scratch scratch;
	const char *line = " {\t\"seq\" : 9007199254740991 ,\r\n" AT " , \"device\" : \"a\" } ";
	(void)state;
	assert_int_equal(scan_sized(line, strlen(line), &p, &scratch), ERR_NONE);
	assert_int_equal(p.seq, INT64_C(9007199254740991));
	assert_int_equal(p.boot + p.in + p.out + p.checkpoint.size, 0);
	line = "{\"device\":\"a\",\"seq\":0," AT ",\"in_total\":4294967295}";
	assert_int_equal(scan_sized(line, strlen(line), &p, &scratch), ERR_NONE);
	assert_true(p.totals);
	assert_int_equal(p.in, UINT32_MAX);
}

static void escapes_are_decoded_also_in_names(void **state)
{
	struct passage_said p;
	struct scan_scratch scratch;
	const char *line = "{\"d\\u0065vice\":\"\\u4e1c\\u95E8-\\ud83d\\ude00\\n\\\"\\\\\\/\",\"seq\":1,"
		"\"at\":\"2026-11-24\\u005418:41:03.250+08:00\",\"checkpoint\":\"\\u0067ate\"}";
	(void)state;
	assert_int_equal(scan_sized(line, strlen(line), &p, &scratch), ERR_NONE);
	assert_true(text_is(p.device, "东门-😀\n\"\\/"));
	assert_true(text_is(p.checkpoint, "gate"));
	assert_int_equal(p.at, AT_MS);
}

static void each_mistake_has_its_error(void **state)
{
	static const struct { err_t error; const char *line; } rows[] = {
		{ERR_PASSAGE_SYNTAX, ""}, {ERR_PASSAGE_SYNTAX, "{"}, {ERR_PASSAGE_SYNTAX, "[]"}, {ERR_PASSAGE_SYNTAX, "1"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"a\",\"seq\":1," AT "} x"}, {ERR_PASSAGE_SYNTAX, "{\"device\":\"a\",\"seq\":1," AT ",}"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"a\" \"seq\":1," AT "}"}, {ERR_PASSAGE_SYNTAX, "{\"device\":\"a\",\"seq\":01," AT "}"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"a\",\"seq\":+1," AT "}"}, {ERR_PASSAGE_SYNTAX, "{\"device\":\"a\tb\",\"seq\":1," AT "}"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"\\ud83d\",\"seq\":1," AT "}"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"\\ude00\",\"seq\":1," AT "}"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"\\x\",\"seq\":1," AT "}"}, {ERR_PASSAGE_SYNTAX, "{\"device\":\"\\u0000\",\"seq\":1," AT "}"},
		{ERR_PASSAGE_SYNTAX, "{\"device\":\"\\u12g4\",\"seq\":1," AT "}"}, {ERR_PASSAGE_SYNTAX, "{\"device\":\"a"},
		{ERR_PASSAGE_FIELD, "{}"}, {ERR_PASSAGE_FIELD, "{\"device\":\"a\"," AT "}"}, {ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1}"},
		{ERR_PASSAGE_FIELD, "{\"seq\":1," AT "}"}, {ERR_PASSAGE_FIELD, "{\"device\":\"\",\"seq\":1," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":1,\"seq\":1," AT "}"}, {ERR_PASSAGE_FIELD, "{\"device\":null,\"seq\":1," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":\"1\"," AT "}"}, {ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":true," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1.0," AT "}"}, {ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1e3," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":-1," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":9007199254740992," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":99999999999999999999," AT "}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"in\":1000001}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"in_total\":4294967296}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"in\":1,\"out_total\":1}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"seq\":1}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"s\\u0065q\":1}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"note\":{\"a\":[1]}}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1," AT ",\"SEQ\":1}"},
		{ERR_TIME_FORMAT, "{\"device\":\"a\",\"seq\":1,\"at\":\"2026-11-24 18:41:03Z\"}"},
		{ERR_TIME_FORMAT, "{\"device\":\"a\",\"seq\":1,\"at\":\"2026-02-30T18:41:03Z\"}"},
		{ERR_PASSAGE_FIELD, "{\"device\":\"a\",\"seq\":1,\"at\":1795516863250}"},
		{ERR_TEXT_UTF8, "{\"device\":\"\xC0\xAF\",\"seq\":1," AT "}"}, {ERR_TEXT_UTF8, "{\"device\":\"a\xED\xA0\x80\",\"seq\":1," AT "}"},
		{ERR_TEXT_UTF8, "{\"device\":\"\\n\xFF\",\"seq\":1," AT "}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		err_t e = scan(rows[i].line);
		if (e != rows[i].error)
			fail_msg("%s, not %s: %s", e == ERR_NONE ? "good" : error_row(e)->code, error_row(rows[i].error)->code, rows[i].line);
	}
}

static void long_names_and_long_lines_are_too_large(void **state)
{
	char line[PASSAGE_LINE_BYTES_MAX + 200], name[210];
	struct passage_said p;
	struct scan_scratch scratch;
	(void)state;
	memset(name, 'n', sizeof name);
	for (int size = 199; size <= 202; size++) {
		snprintf(line, sizeof line, "{\"device\":\"%.*s\",\"seq\":1," AT "}", size, name);
		assert_int_equal(scan(line), size <= 200 ? ERR_NONE : ERR_TOO_LARGE);
		snprintf(line, sizeof line, "{\"device\":\"\\n%.*s\",\"checkpoint\":\"\\n%.*s\",\"seq\":1," AT "}", size - 1, name, size - 1, name);
		assert_int_equal(scan(line), size <= 200 ? ERR_NONE : ERR_TOO_LARGE);
	}
	int size = snprintf(line, sizeof line, "{\"device\":\"a\",\"seq\":1," AT "}");
	memset(line + size, ' ', sizeof line - (size_t)size);
	assert_int_equal(scan_sized(line, PASSAGE_LINE_BYTES_MAX, &p, &scratch), ERR_NONE);
	assert_int_equal(scan_sized(line, PASSAGE_LINE_BYTES_MAX + 1, &p, &scratch), ERR_TOO_LARGE);
}

static void every_cut_and_every_changed_byte_gets_jansson_s_verdict(void **state)
{
	const char *line = "{\"device\":\"G3\\u002dL2\",\"boot\":1,\"seq\":184467," AT ",\"checkpoint\":\"东\",\"in\":1,\"out\":0}";
	size_t size = strlen(line);
	char changed[256];
	struct passage_said p;
	struct scan_scratch scratch;
	(void)state;
	for (size_t cut = 0; cut <= size; cut++)
		scan_sized(line, cut, &p, &scratch);
	for (size_t i = 0; i < size; i++)
		for (int byte = 1; byte < 256; byte++) {
			memcpy(changed, line, size);
			changed[i] = (char)byte;
			scan_sized(changed, size, &p, &scratch);
		}
}

/* ---- recordings ---- */

static char *read_file(const char *path, size_t *out_size)
{
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s is missing", path);
	static char bytes[1 << 16];
	*out_size = fread(bytes, 1, sizeof bytes - 1, f);
	bytes[*out_size] = '\0';
	fclose(f);
	return bytes;
}

struct replay { FILE *out; };

static bool replay_line(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct replay *r = ctx;
	struct scan_scratch scratch;
	struct passage_said p;
	char at[WHEN_SIZE];
	err_t e = too_long ? ERR_TOO_LARGE : device_scan_passage(line, &scratch, &p);
	if (e != ERR_NONE)
		fprintf(r->out, "%u %s\n", number, error_row(e)->code);
	else
		fprintf(r->out, "%u %.*s %.*s boot %llu seq %llu %s %s %u %u\n", number, (int)p.device.size, p.device.at,
		        p.checkpoint.size == 0 ? 1 : (int)p.checkpoint.size, p.checkpoint.size == 0 ? "-" : p.checkpoint.at,
		        (unsigned long long)p.boot, (unsigned long long)p.seq,
		        when_format(p.at, 480, at), p.totals ? "totals" : "counts", p.in, p.out);
	return true;
}

static void the_recording_gives_what_is_expected_in_pieces_of_any_size(void **state)
{
	(void)state;
	for (size_t piece = 1; piece <= 700; piece = piece * 3 / 2 + 1) {
		char *said = NULL;
		size_t said_size, size;
		struct replay r = {open_memstream(&said, &said_size)};
		struct line_cutter cutter;
		line_cutter_init(&cutter);
		const char *log = read_file(RECORDINGS "/json.log", &size);
		for (size_t at = 0; at < size; at += piece)
			line_cutter_feed(&cutter, log + at, size - at < piece ? size - at : piece, replay_line, &r);
		line_cutter_end(&cutter, replay_line, &r);
		fclose(r.out);
		assert_string_equal(said, read_file(RECORDINGS "/json.expected", &size));
		free(said);
	}
}

/* ---- the line cutter ---- */

struct cut { char text[8192]; size_t size; uint32_t count, last, refuse; };

static bool note_cut(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct cut *c = ctx;
	if (c->refuse > 0) {
		c->refuse--;
		return false;
	}
	c->count++;
	c->last = number;
	int added = too_long ? snprintf(c->text + c->size, sizeof c->text - c->size, "%u:too long;", number) :
		snprintf(c->text + c->size, sizeof c->text - c->size, "%u:%.*s;", number, line.size > 20 ? 20 : (int)line.size, line.at);
	c->size += (size_t)added;
	return true;
}

static void lines_come_whole_whatever_the_pieces(void **state)
{
	static char stream[3 * PASSAGE_LINE_BYTES_MAX + 64];
	size_t size = 0;
	(void)state;
	size += (size_t)snprintf(stream, sizeof stream, "one\r\n\n\ntwo\n");
	memset(stream + size, 'x', PASSAGE_LINE_BYTES_MAX + 1); /* line 5: one too many */
	size += PASSAGE_LINE_BYTES_MAX + 1;
	size += (size_t)snprintf(stream + size, 8, "\nsix\n");
	memset(stream + size, 'y', PASSAGE_LINE_BYTES_MAX);     /* line 7: just fits, with its CR */
	size += PASSAGE_LINE_BYTES_MAX;
	size += (size_t)snprintf(stream + size, 16, "\r\n\r\nlast");
	for (size_t piece = 1; piece < sizeof stream; piece = piece * 2 + 1) {
		struct cut c = {0};
		struct line_cutter cutter;
		line_cutter_init(&cutter);
		for (size_t at = 0; at < size; at += piece) {
			size_t now = size - at < piece ? size - at : piece;
			assert_int_equal(line_cutter_feed(&cutter, stream + at, now, note_cut, &c), now);
		}
		assert_true(line_cutter_end(&cutter, note_cut, &c));
		assert_string_equal(c.text, "1:one;4:two;5:too long;6:six;7:yyyyyyyyyyyyyyyyyyyy;9:last;");
	}
}

static void a_taker_without_room_gets_the_line_later(void **state)
{
	const char *stream = "a\nbb\nccc\n";
	(void)state;
	for (uint32_t refused = 1; refused < 4; refused++)
		for (size_t first = 1; first < strlen(stream); first++) {
			struct cut c = {0};
			struct line_cutter cutter;
			line_cutter_init(&cutter);
			for (size_t at = 0; at < strlen(stream);) {
				size_t now = at < first ? first - at : strlen(stream) - at;
				c.refuse = c.count == refused - 1 ? 1 : 0;
				size_t used = line_cutter_feed(&cutter, stream + at, now, note_cut, &c);
				at += used;
				c.refuse = 0;
				if (used < now)
					at += line_cutter_feed(&cutter, stream + at, now - used, note_cut, &c);
			}
			assert_true(line_cutter_end(&cutter, note_cut, &c));
			assert_string_equal(c.text, "1:a;2:bb;3:ccc;");
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_contracts_line_is_read),
		cmocka_unit_test(what_may_be_left_out_has_its_default),
		cmocka_unit_test(escapes_are_decoded_also_in_names),
		cmocka_unit_test(each_mistake_has_its_error),
		cmocka_unit_test(long_names_and_long_lines_are_too_large),
		cmocka_unit_test(every_cut_and_every_changed_byte_gets_jansson_s_verdict),
		cmocka_unit_test(the_recording_gives_what_is_expected_in_pieces_of_any_size),
		cmocka_unit_test(lines_come_whole_whatever_the_pieces),
		cmocka_unit_test(a_taker_without_room_gets_the_line_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
