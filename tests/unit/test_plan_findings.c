/* Every finding of the list can be provoked, says so in both languages, and the good plan provokes none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan/findings.h"
#include "plan/schema.h"
#include "plan_for_test.h"

/* What is spoiled, and what must be said about it, of which feature. */
static const struct spoil { const char *code, *feature, *find, *replace; } spoils[] = {
	{"head.missing", "", "\"cordon\":", "\"other\":"},
	{"field.missing", "approach", ",\"use\":\"approach\"", ""},
	{"field.missing", "", "\"approved_ppl\":1000,", ""},
	{"field.missing", "", "\"doors\":\"2026-11-24T18:00:00+08:00\",", ""},
	{"field.missing", "aid", "\"kind\":\"asset\",", ""},
	{"field.type", "east", "\"width_m\":4", "\"width_m\":\"4\""},
	{"field.type", "stand", "\"seats\":1000", "\"seats\":1000.5"},
	{"field.type", "tic", "\"totals\":true", "\"totals\":1"},
	{"field.type", "pre", "\"devices\":[{\"id\":\"d-pre\"", "\"devices\":[7,{\"id\":\"d-pre\""},
	{"field.type", "cam-1", "[\"tic\"]", "[{}]"},
	{"field.range", "tic", "\"miss_in\":0.003", "\"miss_in\":0.6"},
	{"field.range", "", "\"evacuation_min\":8", "\"evacuation_min\":60"},
	{"field.range", "approach", "\"use\":\"approach\"", "\"use\":\"approach\",\"physical\":1.5"},
	{"field.word", "stairs", "\"form\":\"stair\"", "\"form\":\"stairs\""},
	{"field.word", "", "\"rules\":\"green-guide\"", "\"rules\":\"greenguide\""},
	{"field.unknown", "stand", "\"seats\":1000", "\"seats\":1000,\"seat_rows\":20"},
	{"field.unknown", "tic", "\"open\":false", "\"opened\":false"},
	{"field.text", "stand", "North stand", "North\\nstand"},
	{"time.format", "", "2026-11-24T19:30:00+08:00", "2026-11-24 19:30"},
	{"feature.type", "#17", "{\"type\":\"Feature\",\"properties\":{\"id\":\"way-in\"",
		"{\"type\":\"Thing\",\"properties\":{\"id\":\"way-in\""},
	{"feature.kind", "aid", "\"kind\":\"asset\"", "\"kind\":\"assets\""},
	{"id.missing", "#16", "\"id\":\"aid\",", ""},
	{"id.form", "#16", "\"id\":\"aid\"", "\"id\":\"first aid\""},
	{"id.twice", "aid", "\"id\":\"fence\"", "\"id\":\"aid\""},
	{"id.differs", "aid", "{\"type\":\"Feature\",\"properties\":{\"id\":\"aid\"",
		"{\"type\":\"Feature\",\"id\":\"help\",\"properties\":{\"id\":\"aid\""},
	{"geometry.missing", "aid", "{\"type\":\"Point\",\"coordinates\":[50,50]}", "null"},
	{"geometry.type", "approach", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],",
		"{\"type\":\"LineString\",\"coordinates\":[[[0,0],"},
	{"geometry.number", "aid", "[50,50]", "[50,\"50\"]"},
	{"geometry.range", "aid", "[50,50]", "[50,5e9]"},
	{"geometry.short", "approach", "[[0,0],[60,0],[60,20],[0,20],[0,0]]", "[[0,0],[60,0],[0,0]]"},
	{"geometry.unclosed", "approach", "[0,20],[0,0]]", "[0,20]]"},
	{"geometry.far", "aid", "[50,50]", "[50,70000]"},
	{"reference.unknown", "post-1", "\"zone\":\"holding\"", "\"zone\":\"holdin\""},
	{"reference.unknown", "vom", "\"to\":\"stand\",\"devices\"", "\"to\":\"stand-9\",\"devices\""},
	{"reference.unknown", "cam-1", "[\"tic\"]", "[\"tick\"]"},
	{"curve.order", "", "\"arrivals\":\"default\"", "\"arrivals\":[[-60,0],[-30,0.5],[-40,0.6],[0,1]]"},
	{"curve.order", "", "\"arrivals\":\"default\"", "\"arrivals\":[[-60,0],[-30,0.5],[0,0.4]]"},
	{"curve.end", "", "\"arrivals\":\"default\"", "\"arrivals\":[[-60,0],[0,0.9]]"},
	{"timetable.order", "", "2026-11-24T20:15:00+08:00", "2026-11-24T19:15:00+08:00"},
	{"people.over_approved", "", "\"expected_ppl\":900", "\"expected_ppl\":1001"},
	{"people.over_safe", "", "\"approved_ppl\":1000", "\"approved_ppl\":1001"},
	{"people.tickets", "", "green-guide", "cn-local"},
	{"evacuation.time", "", "\"evacuation_min\":8", "\"evacuation_min\":9"},
	{"source.shares", "metro", "\"share\":1", "\"share\":0.9"},
	{"source.none", "", "\"kind\":\"source\"", "\"kind\":\"sauce\""},
	{"source.batch", "metro", ",\"headway_s\":300", ""},
	{"plan.empty", "", "\"kind\":\"zone\",", "\"kind\":\"zone\",\"counts_inside\":false,"},
	{"geometry.crossing", "holding", "[[0,20],[60,20],[60,40],[0,40],[0,20]]", "[[0,20],[60,40],[60,20],[0,40],[0,20]]"},
	{"zone.outside", "approach", "\"use\":\"approach\"", "\"use\":\"outside\",\"counts_inside\":true"},
	{"zone.unreachable", "holding", "\"from\":\"approach\",\"to\":\"holding\"",
		"\"from\":\"approach\",\"to\":\"outside\""},
	{"zone.no_way_out", "stand", "\"stage\":\"exit\"", "\"stage\":\"ticket\""},
	{"zone.overlap", "stand", "[[[[0,60],[60,60]", "[[[[0,59],[60,59]"},
	{"zone.capacity", "stand", "\"seats\":1000", "\"seats\":1000,\"capacity_ppl\":1001"},
	/* 1,000 m2 x 4.7 */
	{"zone.capacity", "concourse", "\"obstructed_m2\":200", "\"obstructed_m2\":200,\"capacity_ppl\":4701"},
	{"zone.obstructed", "concourse", "\"obstructed_m2\":200", "\"obstructed_m2\":1200"},
	{"zone.seats", "stand", "\"seats\":1000", "\"seats\":4000"}, /* on 1,200 m2 */
	/* 40 m2: 80; 20/min: 100 */
	{"zone.holding_small", "holding", "\"use\":\"holding\"", "\"use\":\"holding\",\"obstructed_m2\":1160"},
	{"checkpoint.same", "pre", "\"to\":\"holding\"", "\"to\":\"approach\""},
	{"checkpoint.apart", "pre", "\"from\":\"approach\",\"to\":\"holding\"", "\"from\":\"approach\",\"to\":\"concourse\""},
	{"checkpoint.away", "tic", "[30,40]", "[30,46]"},
	{"checkpoint.lanes", "pre", "[{\"id\":\"p1\",\"rate_ppl_min\":15},{\"id\":\"p2\",\"rate_ppl_min\":15}]", "[]"},
	{"checkpoint.closed", "tic",
		"{\"id\":\"t1\",\"rate_ppl_min\":10},{\"id\":\"t2\",\"rate_ppl_min\":10,\"kind\":\"turnstile\"},", ""},
	{"checkpoint.order", "tic", "\"from\":\"holding\",\"to\":\"concourse\"", "\"from\":\"concourse\",\"to\":\"holding\""},
	{"checkpoint.exit", "east", "\"from\":\"concourse\",\"to\":\"outside\",\"width_m\":4",
		"\"from\":\"outside\",\"to\":\"concourse\",\"width_m\":4"},
	{"checkpoint.width", "east", ",\"width_m\":4", ""},
	{"checkpoint.width", "tic", "\"stage\":\"ticket\"", "\"stage\":\"ticket\",\"exit_use\":true"},
	{"width.impossible", "east", "\"width_m\":4", "\"width_m\":400"},
	{"width.impossible", "stairs", "\"width_m\":2", "\"width_m\":0.5"},
	{"checkpoint.uncounted", "vom", ",\"devices\":[{\"id\":\"d-vom\",\"kind\":\"scanner\"}]", ""},
	{"exit.none", "", "\"stage\":\"exit\"", "\"stage\":\"transfer\""},
	{"lane.rate_impossible", "pre", "{\"id\":\"p1\",\"rate_ppl_min\":15}", "{\"id\":\"p1\",\"rate_ppl_min\":660}"},
	{"lane.rate_high", "tic", "{\"id\":\"t1\",\"rate_ppl_min\":10}", "{\"id\":\"t1\",\"rate_ppl_min\":12}"},
	{"lane.twice", "pre", "\"id\":\"p2\"", "\"id\":\"p1\""},
	{"device.twice", "tic", "\"id\":\"d-tic\"", "\"id\":\"d-pre\""},
	{"device.period", "pre", "\"period_s\":30", "\"period_s\":0"},
	{"link.same", "stairs", "\"from\":\"concourse\",\"to\":\"stand\",\"form\"",
		"\"from\":\"concourse\",\"to\":\"concourse\",\"form\""},
	{"link.away", "stairs", "[10,65]", "[10,99]"},
	{"link.short", "stairs", "\"width_m\":2", "\"width_m\":2,\"length_m\":5"},
};
#define SPOILS (sizeof(spoils) / sizeof(spoils[0]))

static void find_all(const char *text, struct plan_findings *findings)
{
	struct plan *p = NULL;
	struct problem problem = {0};
	*findings = (struct plan_findings){0};
	if (plan_read(text_of(text), &p, findings, &problem) != ERR_NONE) {
		fprintf(stderr, "not read: line %d %s\n", problem.line, problem.detail);
		abort();
	}
	assert_int_equal(plan_check(p, findings), ERR_NONE);
	plan_free(p);
}

static void the_good_plan_has_no_finding(void **state)
{
	(void)state;
	struct plan_findings f;
	find_all(good_plan, &f);
	print_findings(&f);
	assert_int_equal(f.count, 0);
	assert_int_equal(f.errors + f.dropped, 0);
	plan_findings_free(&f);
}

static void has_both_languages(const struct plan_finding *f)
{
	bool chinese = false;
	for (const char *p = f->text_zh; *p != '\0'; p++)
		chinese = chinese || (unsigned char)*p >= 0xe4;
	assert_true(chinese);
	assert_true(f->text_en[0] >= 'A' || f->text_en[0] >= '0' || f->text_en[0] == '"');
	assert_null(strstr(f->text_en, "{a}"));
	assert_null(strstr(f->text_zh, "{"));
	assert_true(f->fix_en[0] != '\0' && f->fix_zh[0] != '\0');
}

static void each_spoiled_plan_says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < SPOILS; i++) {
		struct plan_findings f;
		char *text = spoiled(good_plan, spoils[i].find, spoils[i].replace);
		find_all(text, &f);
		const struct plan_finding *found = NULL;
		for (uint32_t k = 0; k < f.count && found == NULL; k++)
			if (strcmp(f.items[k].code, spoils[i].code) == 0 && strcmp(f.items[k].feature, spoils[i].feature) == 0)
				found = &f.items[k];
		if (found == NULL) {
			fprintf(stderr, "%s of \"%s\" was not said; said was:\n", spoils[i].code, spoils[i].feature);
			print_findings(&f);
		}
		assert_non_null(found);
		if (strcmp(found->code, "head.missing") != 0)
			assert_true(found->line > 0);
		has_both_languages(found);
		plan_findings_free(&f);
		free(text);
	}
}

/* Findings that one changed word cannot provoke. */
static char *many_positions(void)
{
	size_t size = 0, room = 400000;
	char *line = malloc(room), *text;
	for (int i = 0; i < 10001; i++)
		size += (size_t)snprintf(line + size, room - size, "%s[%d,%d]", i > 0 ? "," : "[", i % 100, i / 100);
	snprintf(line + size, room - size, "]");
	text = spoiled(good_plan, "[[30,-50],[30,60]]", line);
	free(line);
	return text;
}

static char *many_lanes(void)
{
	char lanes[8192] = "[";
	size_t size = 1;
	for (int i = 0; i < 65; i++)
		size += (size_t)snprintf(lanes + size, sizeof(lanes) - size, "%s{\"id\":\"L%d\",\"rate_ppl_min\":9}", i > 0 ? ","
			: "", i);
	snprintf(lanes + size, sizeof(lanes) - size, "]");
	return spoiled(good_plan, "[{\"id\":\"p1\",\"rate_ppl_min\":15},{\"id\":\"p2\",\"rate_ppl_min\":15}]", lanes);
}

/* Two combs of 2,000 corners each: their overlap would cost more than a check may. */
static char *two_combs(void)
{
	size_t size = 0, room = 400000;
	char *combs = malloc(room);
	for (int comb = 0; comb < 2; comb++) {
		size += (size_t)snprintf(combs + size, room - size,
			"{\"type\":\"Feature\",\"properties\":{\"id\":\"comb-%d\",\"kind\":\"zone\","
			"\"use\":\"other\",\"level\":5},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0]", comb);
		for (int i = 0; i < 1000; i++)
			size += (size_t)snprintf(combs + size, room - size, ",[%g,100],[%g,1]", i * 0.1 + 0.03, i * 0.1 + 0.06);
		size += (size_t)snprintf(combs + size, room - size, ",[100,0],[0,0]]]}},\n");
	}
	char *with = malloc(room + 100);
	snprintf(with, room + 100, "\"features\":[\n%s", combs);
	char *text = spoiled(good_plan, "\"features\":[\n", with);
	free(with);
	free(combs);
	return text;
}

static const struct { const char *code; char *(*make)(void); } made[] = {{"geometry.detail", many_positions},
	{"lane.many", many_lanes}, {"check.limit", two_combs}};
#define MADE (sizeof(made) / sizeof(made[0]))

static void what_is_too_much_is_said_and_not_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE; i++) {
		struct plan_findings f;
		char *text = made[i].make();
		find_all(text, &f);
		if (finding_of(&f, made[i].code) == NULL)
			print_findings(&f);
		assert_non_null(finding_of(&f, made[i].code));
		has_both_languages(finding_of(&f, made[i].code));
		plan_findings_free(&f);
		free(text);
	}
}

static void every_code_of_the_list_is_provoked_by_a_test(void **state)
{
	(void)state;
	for (int c = 0; c < FINDING_CODE_COUNT; c++) {
		const char *code = finding_row((enum finding_code)c)->code;
		bool provoked = false;
		for (size_t i = 0; i < SPOILS; i++)
			provoked = provoked || strcmp(spoils[i].code, code) == 0;
		for (size_t i = 0; i < MADE; i++)
			provoked = provoked || strcmp(made[i].code, code) == 0;
		if (!provoked)
			fprintf(stderr, "no test provokes %s\n", code);
		assert_true(provoked);
		for (int other = 0; other < c; other++)
			assert_string_not_equal(finding_row((enum finding_code)other)->code, code);
	}
}

static void one_mistake_is_said_once_and_not_by_all_who_name_it(void **state)
{
	(void)state;
	struct plan_findings f;
	/* The holding zone cannot be drawn: the two checkpoints and the post that name it are not blamed. */
	char *text = spoiled(good_plan, "[[0,20],[60,20],[60,40],[0,40],[0,20]]", "[[0,20],[60,20]]");
	find_all(text, &f);
	assert_non_null(finding_of(&f, "geometry.short"));
	assert_null(finding_of(&f, "reference.unknown"));
	plan_findings_free(&f);
	free(text);
}

static void names_from_the_file_reach_no_terminal_as_control_characters(void **state)
{
	(void)state;
	struct plan_findings f;
	char *text = spoiled(good_plan, "\"seats\":1000", "\"seats\":1000,\"\\u001b]0;owned\\u0007\\u009b31m\":1");
	find_all(text, &f);
	const struct plan_finding *found = finding_of(&f, "field.unknown");
	assert_non_null(found);
	assert_non_null(strstr(found->text_en, "?]0;owned??31m"));
	for (const char *p = found->text_en; *p != '\0'; p++)
		assert_true((unsigned char)*p >= 0x20);
	plan_findings_free(&f);
	free(text);
}

static void unknown_names_come_with_the_nearest_known_one(void **state)
{
	(void)state;
	struct plan_findings f;
	char *text = spoiled(good_plan, "\"obstructed_m2\":200", "\"obstruced_m2\":200");
	find_all(text, &f);
	assert_non_null(strstr(finding_of(&f, "field.unknown")->text_en, "\"obstructed_m2\""));
	plan_findings_free(&f);
	free(text);
	assert_int_equal(schema_edits("kitten", "sitting"), 3);
	assert_int_equal(schema_edits("", "abc"), 3);
	assert_int_equal(schema_edits("same", "same"), 0);
	assert_string_equal(schema_nearest(OF_DEVICE, "mis_in"), "miss_in");
	assert_string_equal(schema_nearest_word(plan_use_words, "stands"), "stand");
}

static void findings_are_kept_up_to_a_thousand_and_counted_beyond(void **state)
{
	(void)state;
	struct plan_findings f = {0};
	for (int i = 0; i < 1500; i++)
		finding_add(&f, i % 3 == 0 ? FINDING_ID_MISSING : FINDING_SOURCE_NONE, (struct finding_place){i, NULL, NULL}, NULL,
			NULL, NULL);
	assert_int_equal(f.count, PLAN_FINDINGS_MAX);
	assert_int_equal(f.dropped, 500);
	assert_int_equal(f.errors, 500); /* a third, also of those that were dropped */
	plan_findings_free(&f);
	assert_int_equal(f.count, 0);
}

/* docs/PLAN.md beside this file's repository; the caller frees. */
static char *the_document(void)
{
	char path[4096];
	size_t room = 262144, size = 0;
	snprintf(path, sizeof(path), "%.*s../../docs/PLAN.md", (int)(strrchr(__FILE__, '/') - __FILE__ + 1), __FILE__);
	FILE *file = fopen(path, "r");
	if (file == NULL)
		return NULL; /* run from another folder than the build's */
	char *text = malloc(room);
	size = fread(text, 1, room - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

static void is_documented(const char *document, const char *word)
{
	char quoted[128];
	snprintf(quoted, sizeof(quoted), "`%s`", word);
	if (strstr(document, quoted) != NULL)
		return;
	snprintf(quoted, sizeof(quoted), "\"%s\"", word);
	if (strstr(document, quoted) == NULL)
		fprintf(stderr, "docs/PLAN.md does not say %s\n", word);
	assert_non_null(strstr(document, quoted));
}

static void the_document_has_every_property_word_and_finding(void **state)
{
	(void)state;
	char *document = the_document();
	if (document == NULL)
		skip();
	for (size_t i = 0; schema_at(i) != NULL; i++) {
		is_documented(document, schema_at(i)->name);
		for (const char *const *word = schema_at(i)->words; word != NULL && *word != NULL; word++)
			is_documented(document, *word);
	}
	for (int c = 0; c < FINDING_CODE_COUNT; c++) {
		is_documented(document, finding_row((enum finding_code)c)->code);
		assert_non_null(strstr(document, finding_row((enum finding_code)c)->fix_en));
	}
	free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_plan_has_no_finding),
		cmocka_unit_test(each_spoiled_plan_says_what_is_wrong_and_where),
		cmocka_unit_test(what_is_too_much_is_said_and_not_done),
		cmocka_unit_test(every_code_of_the_list_is_provoked_by_a_test),
		cmocka_unit_test(one_mistake_is_said_once_and_not_by_all_who_name_it),
		cmocka_unit_test(names_from_the_file_reach_no_terminal_as_control_characters),
		cmocka_unit_test(unknown_names_come_with_the_nearest_known_one),
		cmocka_unit_test(the_document_has_every_property_word_and_finding),
		cmocka_unit_test(findings_are_kept_up_to_a_thousand_and_counted_beyond),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
