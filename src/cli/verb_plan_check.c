/* cli/verb_plan_check.c: `cordon plan check FILE`: every finding with its line, then what the plan measures. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/verbs.h"
#include "plan/plan.h"

#define OUTPUT_BYTES_MAX ((size_t)64 << 20)

enum { EXIT_GOOD = 0, EXIT_FINDINGS = 1, EXIT_UNREADABLE = 2 };

static const char help_en[] =
	"cordon plan check FILE [--json] [--rules SET] [--lang zh|en]\n"
	"\n"
	"Reads a plan, finds every mistake in it with feature, field and line, and measures it:\n"
	"the four capacities, each with its rule and source, the lowest marked (>).\n"
	"\n"
	"  --json       one JSON object: findings and measures\n"
	"  --rules SET  check and measure by green-guide, open-air, cn-local or nfpa instead of the plan's own set\n"
	"  --lang LANG  zh or en (default: from the environment's LANG)\n"
	"\n"
	"Exit status: 0 no errors (warnings may be), 1 errors, 2 the file cannot be read.\n"
	"The format of plans is docs/PLAN.md.\n";
static const char help_zh[] =
	"cordon plan check 文件 [--json] [--rules 规则集] [--lang zh|en]\n"
	"\n"
	"读取安保方案，逐条列出问题所在的要素、字段和行号，并给出四项容量，\n"
	"每项注明规则和出处，最低一项以 > 标出。\n"
	"\n"
	"  --json          输出一个 JSON 对象：问题与量算结果\n"
	"  --rules 规则集  改用 green-guide、open-air、cn-local 或 nfpa 规则集校验和量算\n"
	"  --lang 语言     zh 或 en（默认取环境变量 LANG）\n"
	"\n"
	"退出码：0 无错误（可有警告），1 有错误，2 文件无法读取。\n"
	"方案格式见 docs/PLAN.md。\n";

struct options {
	const char *path;
	bool json, chinese, help;
	int rules; /* -1: the plan's own */
};

static bool chinese_by_environment(void)
{
	const char *names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}

static int rules_by_word(const char *word)
{
	for (int r = 0; r < PLAN_RULES_COUNT; r++)
		if (strcmp(plan_rules_word((enum plan_rules)r), word) == 0)
			return r;
	return -1;
}

static bool wrong_usage(const char *what, const char *which)
{
	fprintf(stderr, "cordon plan check: %s%s\nSee cordon plan check --help\n", what, which);
	return false;
}

static bool take_option(struct options *o, int argc, char **argv, int *at)
{
	const char *name = argv[*at], *value = *at + 1 < argc ? argv[*at + 1] : NULL;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return o->help = true;
	if (strcmp(name, "--json") == 0)
		return o->json = true;
	if (strcmp(name, "--rules") != 0 && strcmp(name, "--lang") != 0)
		return wrong_usage("there is no option ", name);
	if (value == NULL)
		return wrong_usage("a value is missing after ", name);
	(*at)++;
	if (strcmp(name, "--rules") == 0) {
		o->rules = rules_by_word(value);
		return o->rules >= 0 || wrong_usage("SET is green-guide, open-air, cn-local or nfpa, not ", value);
	}
	o->chinese = strcmp(value, "zh") == 0;
	return o->chinese || strcmp(value, "en") == 0 || wrong_usage("LANG is zh or en, not ", value);
}

static bool take_arguments(struct options *o, int argc, char **argv)
{
	*o = (struct options){.rules = -1, .chinese = chinese_by_environment()};
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-' && argv[i][1] != '\0') {
			if (!take_option(o, argc, argv, &i))
				return false;
		} else if (o->path != NULL) {
			return wrong_usage("one file at a time, not also ", argv[i]);
		} else {
			o->path = argv[i];
		}
	}
	return o->help || o->path != NULL || wrong_usage("FILE is missing", "");
}

/* ---- people read ---- */

/* How many columns a terminal gives the text: Chinese characters take two. */
static int columns_of(const char *text)
{
	int columns = 0;
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
		columns += (*p & 0xc0) == 0x80 ? 0 : *p < 0xe0 ? 1 : 2;
	return columns;
}

static void print_padded(const char *text, int columns)
{
	printf("%s%*s", text, columns > columns_of(text) ? columns - columns_of(text) : 0, "");
}

/* "30,000"; "-" where there is no figure. */
static void write_people(char out[24], double ppl)
{
	char digits[24];
	if (!(ppl >= 0 && ppl < 1e12)) {
		snprintf(out, 24, "-");
		return;
	}
	int length = snprintf(digits, sizeof(digits), "%.0f", ppl);
	size_t at = 0;
	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
}

static void print_capacity(const struct options *o, const char *name, const struct plan_capacity *c, bool lowest)
{
	char ppl[24];
	write_people(ppl, c->ppl);
	printf("  %s ", lowest ? ">" : " ");
	print_padded(name, 12);
	printf("%10s   ", ppl);
	print_padded(o->chinese ? c->how_zh : c->how, 74);
	printf("  %s: %s\n", c->rule, o->chinese ? c->source_zh : c->source);
}

static void print_stages(const struct options *o, const struct plan_measures *m)
{
	static const char *const zh[PLAN_STAGE_COUNT] = {"预检", "检票", "安检", "出口", "过渡"};
	printf(o->chinese ? "\n各环节每小时通过能力\n" : "\nWhat each stage passes in an hour\n");
	for (int s = 0; s < PLAN_STAGE_COUNT; s++) {
		char ppl[24];
		if (isnan(m->entry_by_stage[s].ppl))
			continue;
		write_people(ppl, m->entry_by_stage[s].ppl);
		printf("    ");
		print_padded(o->chinese ? zh[s] : plan_stage_word((enum plan_stage)s), 12);
		printf("%10s   %s\n", ppl, o->chinese ? m->entry_by_stage[s].how_zh : m->entry_by_stage[s].how);
	}
}

static void print_measures(const struct options *o, const struct plan *p, const struct plan_measures *m)
{
	static const char *const zh[PLAN_CAPACITY_COUNT] = {"驻留容量", "入场容量", "离场容量", "疏散容量"};
	char safe[24], approved[24], expected[24];
	write_people(safe, m->safe_ppl);
	write_people(approved, p->approved_ppl);
	write_people(expected, p->expected_ppl);
	printf(o->chinese ? "\n%s\n四项容量（规则集 %s，场内面积 %.0f 平方米，可用 %.0f 平方米）\n"
		: "\n%s\nThe four capacities (rule set %s; inside %.0f m2, usable %.0f m2)\n",
		o->chinese ? p->name.zh : p->name.en, plan_rules_word(m->rules), m->area_m2, m->usable_m2);
	for (int k = 0; k < PLAN_CAPACITY_COUNT; k++)
		print_capacity(o, o->chinese ? zh[k] : plan_capacity_word((enum plan_capacity_kind)k), &m->whole[k],
			!isnan(m->safe_ppl) && (int)m->lowest == k);
	print_stages(o, m);
	printf(o->chinese ? "\n安全容量 %s 人，批准 %s 人，预计 %s 人\n" : "\nSafe capacity %s, approved %s, expected %s\n", safe, approved,
		expected);
}

static int check_for_people(const struct options *o, const struct plan *p, const struct plan_findings *f,
                            const struct plan_measures *m)
{
	for (uint32_t i = 0; i < f->count; i++)
		say_finding(stdout, o->path, &f->items[i], o->chinese);
	if (f->dropped > 0)
		printf(o->chinese ? "另有 %u 条未列出\n" : "... and %u more\n", f->dropped);
	if (p->zone_count > 1)
		print_measures(o, p, m);
	uint32_t warnings = f->count + f->dropped - f->errors;
	printf(o->chinese ? "%u 个错误，%u 个警告\n" : "Errors: %u, warnings: %u\n", f->errors, warnings);
	return f->errors > 0 ? EXIT_FINDINGS : EXIT_GOOD;
}

/* ---- programs read ---- */

static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, ",\"%s\":", name);
	buf_add_json_str(out, value);
}

static void add_finding(struct buf *out, const struct plan_finding *f)
{
	buf_addf(out, "{\"severity\":\"%s\"", f->severity == PLAN_ERROR ? "error" : "warning");
	add_field(out, "code", f->code);
	buf_addf(out, ",\"line\":%d", f->line);
	add_field(out, "feature", f->feature);
	add_field(out, "field", f->field);
	add_field(out, "text_en", f->text_en);
	add_field(out, "text_zh", f->text_zh);
	add_field(out, "fix_en", f->fix_en);
	add_field(out, "fix_zh", f->fix_zh);
	buf_add_char(out, '}');
}

static int check_for_programs(const struct options *o, const struct plan *p, const struct plan_findings *f,
                              const struct plan_measures *m)
{
	struct buf out;
	buf_init(&out, OUTPUT_BYTES_MAX);
	buf_add_str(&out, "{\"file\":");
	buf_add_json_str(&out, o->path);
	buf_addf(&out, ",\"errors\":%u,\"warnings\":%u,\"not_listed\":%u,\"findings\":[", f->errors,
		f->count + f->dropped - f->errors, f->dropped);
	for (uint32_t i = 0; i < f->count; i++) {
		if (i > 0)
			buf_add_char(&out, ',');
		add_finding(&out, &f->items[i]);
	}
	buf_add_str(&out, "],\"measures\":");
	plan_measures_write(p, m, &out);
	buf_add_str(&out, "}\n");
	bool written = out.error == ERR_NONE && fwrite(out.at, 1, out.size, stdout) == out.size;
	buf_free(&out);
	return !written ? EXIT_UNREADABLE : f->errors > 0 ? EXIT_FINDINGS : EXIT_GOOD;
}

static int refuse(const struct options *o, const struct problem *problem)
{
	const struct error_row *row = error_row(problem->error);
	if (o->json) {
		struct buf out;
		buf_init(&out, 65536);
		buf_addf(&out, "{\"file\":");
		buf_add_json_str(&out, o->path);
		buf_addf(&out, ",\"line\":%d", problem->line);
		add_field(&out, "code", row->code);
		add_field(&out, "reason", o->chinese ? row->reason_zh : row->reason_en);
		add_field(&out, "detail", problem->detail);
		add_field(&out, "suggestion", o->chinese ? row->fix_zh : row->fix_en);
		buf_add_str(&out, "}\n");
		fwrite(out.at, 1, out.size, stdout);
		buf_free(&out);
	}
	char line[16] = "";
	if (problem->line > 0)
		snprintf(line, sizeof(line), ":%d", problem->line);
	fprintf(stderr, "%s%s: %s %s: %s%s%s%s. %s: %s.\n", o->path, line, o->chinese ? "错误" : "error", row->code,
		o->chinese ? row->reason_zh : row->reason_en, problem->detail[0] != '\0' ? " (" : "", problem->detail,
		problem->detail[0] != '\0' ? ")" : "", o->chinese ? "处理" : "Do", o->chinese ? row->fix_zh : row->fix_en);
	return EXIT_UNREADABLE;
}

static int check_file(const struct options *o)
{
	struct plan *p = NULL;
	struct plan_findings findings = {0};
	struct plan_measures m;
	struct problem problem = {0};
	struct arena *arena = arena_new((size_t)8 << 20);
	int status = EXIT_UNREADABLE;
	err_t error = arena == NULL ? ERR_MEMORY : plan_read_file(o->path, &p, &findings, &problem);
	if (error == ERR_NONE && o->rules >= 0)
		p->rules = (enum plan_rules)o->rules; /* ours alone still: nobody else has seen it */
	if (error == ERR_NONE)
		error = plan_check(p, &findings);
	if (error == ERR_NONE)
		error = plan_measure(p, p->rules, arena, &m);
	if (error == ERR_NONE)
		status = o->json ? check_for_programs(o, p, &findings, &m) : check_for_people(o, p, &findings, &m);
	else
		problem.error = error;
	if (error != ERR_NONE)
		status = refuse(o, &problem);
	plan_free(p);
	plan_findings_free(&findings);
	arena_free(arena);
	return status;
}

int verb_plan_check(int argc, char **argv)
{
	struct options o;
	if (argc > 1 && strcmp(argv[0], "plan") == 0) { /* called with both words in front */
		argc--;
		argv++;
	}
	if (!take_arguments(&o, argc, argv))
		return EXIT_UNREADABLE;
	if (o.help) {
		fputs(o.chinese ? help_zh : help_en, stdout);
		return EXIT_GOOD;
	}
	return check_file(&o);
}
