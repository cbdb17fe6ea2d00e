/* Writers of a rehearsal: JSON that any reader takes, CSV that runs nothing, a page without a stranger's tag, nothing where nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "plan_for_test.h"
#include "rehearsal_for_test.h"
#include "rehearse/write/inside.h"

struct made { struct plan *p; struct rehearsal *a, *b; struct rehearse_comparison *c; struct buf out, more; };

static int set_up(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	struct plan_findings findings = {0};
	struct problem problem = {0};
	if (plan_read(text_of(good_plan), &m->p, &findings, &problem) != ERR_NONE)
		return -1;
	plan_findings_free(&findings);
	m->a = made_rehearsal(m->p, 2.0);
	m->b = made_rehearsal(m->p, 0.7);
	m->c = made_comparison(m->a, m->b);
	buf_init(&m->out, 64u << 20);
	buf_init(&m->more, 64u << 20);
	*state = m;
	return 0;
}

static int tear_down(void **state)
{
	struct made *m = *state;
	buf_free(&m->out);
	buf_free(&m->more);
	made_comparison_free(m->c);
	made_free(m->a);
	made_free(m->b);
	plan_free(m->p);
	free(m);
	return 0;
}

static uint32_t times(const char *text, const char *part)
{
	uint32_t count = 0;
	for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
		count++;
	return count;
}

static void the_json_is_one_object_with_every_figure(void **state)
{
	struct made *m = *state;
	json_error_t error;
	rehearsal_write_json(m->a, m->c, NULL, &m->out);
	json_t *root = json_loadb(m->out.at, m->out.size, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "figures")), m->a->row_count);
	assert_int_equal(json_array_size(json_object_get(json_object_get(root, "series"), "bands")), m->a->band_count);
	assert_string_equal(json_string_value(json_object_get(root, "level")), "meso");
	json_t *against = json_object_get(root, "against");
	assert_int_equal(json_array_size(json_object_get(against, "differences")), m->c->row_count);
	json_decref(root);
}

static void a_moment_stands_in_the_json_as_seconds_and_as_the_venue_writes_time(void **state)
{
	struct made *m = *state;
	rehearsal_write_json(m->a, NULL, NULL, &m->out);
	json_t *root = json_loadb(m->out.at, m->out.size, 0, NULL), *first = json_array_get(json_object_get(root, "figures"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "figure")), "all_in_at");
	double s = json_number_value(json_object_get(first, "mean"));
	at_ms at = AT_NONE;
	int offset = 0;
	assert_int_equal(when_parse(text_of(json_string_value(json_object_get(first, "at"))), &at, &offset), ERR_NONE);
	assert_int_equal(offset, 480);
	assert_true(llabs((long long)(at - m->a->at_start) - llround(s * 1000)) <= 100);
	json_decref(root);
}

static void what_never_happened_is_null_and_empty_and_never_zero(void **state)
{
	struct made *m = *state;
	rehearsal_write_json(m->b, NULL, NULL, &m->out);
	assert_non_null(strstr(m->out.at, "{\"figure\":\"street_at\",\"subject_kind\":\"whole\",\"subject\":null,\"unit\":\"at\",\"mean\":null,"
		"\"low\":null,\"high\":null,\"sd\":null,\"runs\":0,\"missing\":20,\"at\":null"));
	buf_reset(&m->out);
	rehearsal_write_csv(m->b, NULL, &m->out, &m->more);
	assert_non_null(strstr(m->out.at, "a,street_at,whole,,,,at,higher,,,,,0,20\n"));
	buf_reset(&m->out);
	rehearsal_write_table(m->b, NULL, NULL, false, &m->out);
	assert_non_null(strstr(m->out.at, "never"));
	assert_null(strstr(m->out.at, "nan"));
}

static uint32_t commas(const char *line, const char *end)
{
	uint32_t count = 0;
	bool quoted = false;
	for (; line < end; line++) {
		quoted = *line == '"' ? !quoted : quoted;
		count += *line == ',' && !quoted;
	}
	return count;
}

static void every_line_of_the_csv_has_as_many_fields_as_its_head(void **state)
{
	struct made *m = *state;
	rehearsal_write_csv(m->a, m->c, &m->out, &m->more);
	const struct buf *files[] = {&m->out, &m->more};
	for (int f = 0; f < 2; f++) {
		const char *at = files[f]->at, *end = strchr(at, '\n');
		uint32_t wanted = commas(at, end), lines = 0;
		assert_memory_equal(at, "\xef\xbb\xbf", 3);
		for (; end != NULL; at = end + 1, end = strchr(at, '\n'), lines++)
			assert_int_equal(commas(at, end), wanted);
		assert_int_equal(lines, 1 + (f == 0 ? m->a->row_count + m->b->row_count + m->c->row_count
			: (m->a->band_count + m->b->band_count) * MADE_MINUTES));
	}
}

static void a_name_that_is_a_formula_or_a_tag_is_only_a_name(void **state)
{
	struct made *m = *state;
	struct plan_name evil = {"=HYPERLINK(\"http://x\",\"y\")", "</title><script>alert(1)</script>\"'&"};
	m->a->subjects[REHEARSE_AREA][0].name = evil;
	m->a->subjects[REHEARSE_CHECKPOINT][0].name = evil;
	m->a->plan_name = evil;
	rehearsal_write_csv(m->a, NULL, &m->out, &m->more);
	assert_non_null(strstr(m->out.at, ",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\","));
	buf_reset(&m->out);
	rehearsal_write_html(m->a, m->p, NULL, NULL, NULL, false, &m->out);
	assert_int_equal(times(m->out.at, "<script>"), 1); /* ours */
	assert_int_equal(times(m->out.at, "alert(1)"), times(m->out.at, "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;"));
	buf_reset(&m->out);
	rehearsal_write_json(m->a, NULL, NULL, &m->out);
	json_t *root = json_loadb(m->out.at, m->out.size, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_object_get(root, "plan"), "en")), evil.en);
	json_decref(root);
}

static void the_page_asks_nobody_for_anything_and_closes_what_it_opens(void **state)
{
	struct made *m = *state;
	static const char *const tags[] = {"section", "table", "tr", "td", "th", "svg", "figure", "div", "ul", "ol", "li", "b", "i", "small",
		"g"};
	for (int chinese = 0; chinese < 2; chinese++) {
		buf_reset(&m->out);
		rehearsal_write_html(m->a, m->p, m->c, m->p, NULL, chinese == 1, &m->out);
		assert_int_equal(m->out.error, ERR_NONE);
		assert_null(strstr(m->out.at, "http://"));
		assert_null(strstr(m->out.at, "https://"));
		assert_int_equal(times(m->out.at, "nan"), times(m->out.at, "dominant"));
		assert_null(strstr(m->out.at, "src=\""));
		for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
			char plain[16], with[16], close[16];
			snprintf(plain, sizeof(plain), "<%s>", tags[i]);
			snprintf(with, sizeof(with), "<%s ", tags[i]);
			snprintf(close, sizeof(close), "</%s>", tags[i]);
			assert_int_equal(times(m->out.at, plain) + times(m->out.at, with), times(m->out.at, close));
		}
		assert_int_equal(times(m->out.at, "<svg"), times(m->out.at, "role=img"));
		assert_int_equal(times(m->out.at, "<table"), times(m->out.at, "<caption>"));
	}
}

static void the_same_rehearsal_gives_the_same_bytes(void **state)
{
	struct made *m = *state;
	rehearsal_write_html(m->a, m->p, m->c, m->p, NULL, true, &m->out);
	rehearsal_write_html(m->a, m->p, m->c, m->p, NULL, true, &m->more);
	assert_int_equal(m->out.size, m->more.size);
	assert_memory_equal(m->out.at, m->more.at, m->out.size);
}

static void numbers_are_written_as_people_read_them(void **state)
{
	struct made *m = *state;
	struct voice v = voice_of_terminal(m->a, false);
	static const struct { const char *unit; double value; const char *text; } cases[] = {{"s", 44.4, "0:44"}, {"s", 440, "7:20"},
		{"s", 5000, "1:23:20"}, {"ppl", 28600, "28,600"}, {"ppl", 999.6, "1,000"}, {"ppl", 0.04, "0"}, {"ppl", 3.25, "3.2"},
		{"ppl", 7, "7"},
		{"ppl_m2", 2.314, "2.31"}, {"share", 0.836, "84%"}, {"at", 754, "19:43"}, {"at", -5400, "18:00"}, {"s", NAN, "-"},
		{"ppl", 1234567, "1,234,567"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&m->out);
		words_value(&m->out, &v, cases[i].unit, cases[i].value);
		assert_string_equal(m->out.at, cases[i].text);
	}
	buf_reset(&m->out);
	words_change(&m->out, &v, "at", -860);
	words_change(&m->out, &v, "ppl", 12);
	words_change(&m->out, &v, "s", 0.2);
	assert_string_equal(m->out.at, "\xe2\x88\x92" "14:20+120:00");
}

/* ASCII: '.' nobody, a digit the density. Row 0 of the grid is the south. */
static void a_field_of_density_is_drawn_cell_by_cell_in_its_steps(void **state)
{
	struct made *m = *state;
	static const char rows[3][9] = {"..133...", "..1345..", "......55"};
	struct crowd_grid grid = {.cell_m = 1, .columns = 8, .rows = 3, .values = calloc(24, sizeof(float))};
	struct page g = {.out = &m->out, .v = voice_of_page(m->a, false), .a = m->a};
	for (int i = 0; i < 24; i++)
		grid.values[i] = rows[i / 8][i % 8] == '.' ? 0 : (float)(rows[i / 8][i % 8] - '0');
	page_grid(&g, &grid, 10000);
	assert_non_null(strstr(m->out.at, "<path class=g0 d=\"M2 0h1M2 1h1\""));
	assert_non_null(strstr(m->out.at, "<path class=g2 d=\"M3 0h2M3 1h1\""));
	assert_non_null(strstr(m->out.at, "<path class=g3 d=\"M4 1h1\""));
	assert_non_null(strstr(m->out.at, "<path class=g4 d=\"M5 1h1M6 2h2\""));
	free(grid.values);
}

static void a_wild_field_of_density_stays_within_its_bytes(void **state)
{
	struct made *m = *state;
	struct crowd_grid grid = {.cell_m = 0.5, .columns = 1000, .rows = 800, .values = calloc(800000, sizeof(float))};
	struct page g = {.out = &m->out, .v = voice_of_page(m->a, false), .a = m->a};
	for (uint32_t i = 0; i < 800000; i++)
		grid.values[i] = (float)(crowd_draw_unit(1, i, CROWD_ASK_PLACE, 0) * 6);
	page_grid(&g, &grid, 200000);
	assert_int_equal(m->out.error, ERR_NONE);
	assert_in_range(m->out.size, 1000, 200000);
	free(grid.values);
}

static void a_page_that_does_not_fit_says_so(void **state)
{
	struct made *m = *state;
	struct buf small;
	buf_init(&small, 5000);
	rehearsal_write_html(m->a, m->p, m->c, m->p, NULL, false, &small);
	assert_int_equal(small.error, ERR_TOO_LARGE);
	buf_free(&small);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {T(the_json_is_one_object_with_every_figure),
		T(a_moment_stands_in_the_json_as_seconds_and_as_the_venue_writes_time),
		T(what_never_happened_is_null_and_empty_and_never_zero), T(every_line_of_the_csv_has_as_many_fields_as_its_head),
		T(a_name_that_is_a_formula_or_a_tag_is_only_a_name), T(the_page_asks_nobody_for_anything_and_closes_what_it_opens),
		T(the_same_rehearsal_gives_the_same_bytes), T(numbers_are_written_as_people_read_them),
		T(a_field_of_density_is_drawn_cell_by_cell_in_its_steps), T(a_wild_field_of_density_stays_within_its_bytes),
		T(a_page_that_does_not_fit_says_so)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
