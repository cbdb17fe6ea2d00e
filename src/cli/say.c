/* cli/say.c: what several verbs say in the same way. */
#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool say_in_chinese(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && value[0] != '\0')
			return strncmp(value, "zh", 2) == 0;
	}
	return false;
}

int say_error(err_t error, const struct problem *problem)
{
	const struct error_row *row = error_row(error);
	bool chinese = say_in_chinese();
	fprintf(stderr, "cordon: %s", chinese ? row->reason_zh : row->reason_en);
	if (problem != NULL && problem->error == error && problem->field[0] != '\0')
		fprintf(stderr, chinese ? "：%s" : ": %s", problem->field);
	if (problem != NULL && problem->error == error && problem->detail[0] != '\0')
		fprintf(stderr, chinese ? "：%s" : ": %s", problem->detail);
	fprintf(stderr, chinese ? "。%s（%s）\n" : ". %s (%s)\n", chinese ? row->fix_zh : row->fix_en, row->code);
	return 1;
}

int say_usage(const char *verb, const char *what, const char *word)
{
	bool chinese = say_in_chinese();
	fprintf(stderr, "cordon %s: %s%s%s\n", verb, what, word[0] != '\0' ? ": " : "", word);
	fprintf(stderr, chinese ? "用法见 cordon %s --help\n" : "See cordon %s --help\n", verb);
	return 2;
}

void say_finding(FILE *to, const char *path, const struct plan_finding *f, bool chinese)
{
	const char *word = f->severity == PLAN_ERROR ? (chinese ? "错误" : "error") : (chinese ? "警告" : "warning");
	fprintf(to, "%s:%d: %s %s", path, f->line, word, f->code);
	if (f->feature[0] != '\0')
		fprintf(to, chinese ? " 要素 %s" : " feature %s", f->feature);
	if (f->field[0] != '\0')
		fprintf(to, chinese ? "，字段 %s" : ", field %s", f->field);
	if (chinese)
		fprintf(to, "：%s。处理：%s。\n", f->text_zh, f->fix_zh);
	else
		fprintf(to, ": %s. Do: %s.\n", f->text_en, f->fix_en);
}

static const struct say_option *find(const struct say_option *options, const char *name)
{
	for (; options->name != NULL; options++)
		if (strcmp(options->name, name) == 0)
			return options;
	return NULL;
}

int say_read_options(int argc, char **argv, const struct say_option *options, const char **words, int words_max, int *word_count,
                     bool *help)
{
	bool chinese = say_in_chinese();
	*word_count = 0;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			*help = true;
			return 0;
		}
		if (strncmp(argv[i], "--", 2) != 0) {
			if (*word_count == words_max)
				return say_usage(argv[0], chinese ? "多余的参数" : "one word too many", argv[i]);
			words[(*word_count)++] = argv[i];
			continue;
		}
		const struct say_option *option = find(options, argv[i]);
		if (option == NULL)
			return say_usage(argv[0], chinese ? "未知选项" : "unknown option", argv[i]);
		if (i + 1 == argc)
			return say_usage(argv[0], chinese ? "选项缺少取值" : "the option needs a value", argv[i]);
		*option->value = argv[++i];
	}
	return 0;
}

bool say_take_flag(int *argc, char **argv, const char *flag)
{
	int kept = 1;
	for (int i = 1; i < *argc; i++)
		if (strcmp(argv[i], flag) != 0)
			argv[kept++] = argv[i];
	bool is_there = *argc > 1 && kept < *argc;
	*argc = *argc > 1 ? kept : *argc;
	return is_there;
}
