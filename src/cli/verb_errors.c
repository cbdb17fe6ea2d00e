/* cli/verb_errors.c: `cordon errors`: the list of errors for people, or as TypeScript for the page. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/say.h"
#include "cli/verbs.h"

static const char help_en[] =
	"cordon errors          every code with its HTTP status, reason and remedy\n"
	"cordon errors --ts     the same as TypeScript: > web/src/api/errors.ts\n";

static const char help_zh[] =
	"cordon errors          列出全部错误代码、HTTP 状态、原因与处理办法\n"
	"cordon errors --ts     输出为 TypeScript：> web/src/api/errors.ts\n";

static void print_list(bool chinese)
{
	for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
		const struct error_row *row = error_row((err_t)e);
		printf("%-28s %d  %s. %s.\n", row->code, row->http_status, chinese ? row->reason_zh : row->reason_en, chinese
				? row->fix_zh : row->fix_en);
	}
}

static const char *fault_word(enum fault fault)
{
	static const char *const words[] = {"caller", "setup", "resource", "system", "bug"};
	return words[fault];
}

static void write_member(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, " %s: ", name);
	buf_add_json_str(out, value);
	buf_add_char(out, ',');
}

static void write_ts(struct buf *out)
{
	buf_add_str(out,
			"// Made by `cordon errors --ts` from src/base/error_list.h; do not edit.\n\nexport type ErrorCode =");
	for (int e = ERR_NONE + 1; e < ERR_COUNT; e++)
		buf_addf(out, "\n  | '%s'", error_row((err_t)e)->code);
	buf_add_str(out,
			";\n\nexport type Fault = 'caller' | 'setup' | 'resource' | 'system' | 'bug';\n\n"
			"export interface ErrorRow {\n  fault: Fault;\n"
		"  status: number;\n  en: string;\n  zh: string;\n  fixEn: string;\n  fixZh: string;\n}\n\n"
		"export const errors: Readonly<Record<ErrorCode, ErrorRow>> = {\n");
	for (int e = ERR_NONE + 1; e < ERR_COUNT; e++) {
		const struct error_row *row = error_row((err_t)e);
		buf_addf(out, "  '%s': {\n    fault: '%s', status: %d,\n   ", row->code, fault_word(row->fault),
				row->http_status);
		write_member(out, "en", row->reason_en);
		write_member(out, "zh", row->reason_zh);
		buf_add_str(out, "\n   ");
		write_member(out, "fixEn", row->fix_en);
		write_member(out, "fixZh", row->fix_zh);
		buf_add_str(out, "\n  },\n");
	}
	buf_add_str(out, "};\n");
}

int verb_errors(int argc, char **argv)
{
	bool ts = argc > 1 && strcmp(argv[1], "--ts") == 0;
	const struct say_option options[] = {{NULL, NULL}};
	int words = 0;
	bool help = false;
	int code = ts && argc == 2 ? 0 : say_read_options(argc, argv, options, NULL, 0, &words, &help);
	if (code != 0)
		return code;
	if (help) {
		fputs(say_in_chinese() ? help_zh : help_en, stdout);
	} else if (!ts) {
		print_list(say_in_chinese());
	} else {
		struct buf out;
		buf_init(&out, (size_t)1 << 20);
		write_ts(&out);
		fwrite(out.at, 1, out.size, stdout);
		buf_free(&out);
	}
	return 0;
}
