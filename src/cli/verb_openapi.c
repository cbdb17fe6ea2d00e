/* cli/verb_openapi.c: `cordon openapi`: docs/openapi.json, out of the route table. */
#include <stdio.h>

#include "cli/say.h"
#include "cli/verbs.h"
#include "server/server.h"

static const char help_en[] =
	"cordon openapi > docs/openapi.json\n"
	"\n"
	"Prints the description of the API (OpenAPI 3.1), made from the route table.\n";

static const char help_zh[] =
	"cordon openapi > docs/openapi.json\n"
	"\n"
	"输出接口描述（OpenAPI 3.1），由路由表生成。\n";

int verb_openapi(int argc, char **argv)
{
	const struct say_option options[] = {{NULL, NULL}};
	int words = 0;
	bool help = false;
	int code = say_read_options(argc, argv, options, NULL, 0, &words, &help);
	if (code != 0)
		return code;
	if (help) {
		fputs(say_in_chinese() ? help_zh : help_en, stdout);
		return 0;
	}
	struct buf out;
	buf_init(&out, (size_t)1 << 20);
	err_t error = server_write_openapi(&out);
	if (error == ERR_NONE)
		fwrite(out.at, 1, out.size, stdout);
	buf_free(&out);
	return error == ERR_NONE ? 0 : say_error(error, NULL);
}
