/* cli/main.c: `cordon VERB ...`. The verbs are a table; each has its file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "cli/verbs.h"

struct verb {
	const char *name, *second;     /* "plan" "check" */
	int (*run)(int argc, char **argv);
	const char *en, *zh;
};

static const struct verb verbs[] = {
	{"serve", NULL, verb_serve, "Run the server", "运行服务"},
	{"plan", "check", verb_plan_check, "Check and measure a plan file", "校验并量算安保方案"},
	{"plan", "import", verb_plan_import, "Turn a map into a base map and a first plan", "由地图生成底图与方案初稿"},
	{"rehearse", NULL, verb_rehearse, "Rehearse a plan in simulation, or two against each other", "推演安保方案，或两方案对比"},
	{"drive", NULL, verb_drive, "Play a session against a server", "向服务器回放或演练一个场次"},
	{"account", NULL, verb_account, "Accounts and device tokens in a data folder", "管理数据目录中的账户与设备令牌"},
	{"cert", NULL, verb_cert, "The server's certificate, and how phones come to trust it", "服务器证书及手机信任方法"},
	{"verify", NULL, verb_verify, "Check that nothing in a data folder is lost or damaged", "检查数据目录有无丢失或损坏"},
	{"errors", NULL, verb_errors, "The list of errors", "错误代码列表"},
	{"openapi", NULL, verb_openapi, "The description of the API", "接口描述（OpenAPI）"},
};
#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void write_name(const struct verb *v, char out[32])
{
	snprintf(out, 32, "%s%s%s", v->name, v->second == NULL ? "" : " ", v->second == NULL ? "" : v->second);
}

static void print_help(FILE *to)
{
	bool chinese = say_in_chinese();
	fprintf(to, chinese ? "Cordon：大型活动安保，从方案到复盘。\n\n用法：cordon 命令 [选项]\n\n"
	                    : "Cordon: the safety of a large public event, from the plan to the debrief.\n\n"
	                      "Usage: cordon VERB [options]\n\n");
	for (size_t i = 0; i < VERB_COUNT; i++) {
		char name[32];
		write_name(&verbs[i], name);
		fprintf(to, "  %-14s %s\n", name, chinese ? verbs[i].zh : verbs[i].en);
	}
	fprintf(to, chinese ? "\n各命令的选项：cordon 命令 --help\n" : "\nThe options of each: cordon VERB --help\n");
}

/* How many letters have to be changed, added or dropped (Levenshtein), up to 32 letters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[33];
	size_t size_b = strlen(b) > 32 ? 32 : strlen(b);
	for (unsigned j = 0; j <= size_b; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0' && i < 32; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i + 1;
		for (size_t j = 1; j <= size_b; j++) {
			unsigned change = diagonal + (a[i] != b[j - 1]);
			diagonal = row[j];
			unsigned other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			row[j] = change < other ? change : other;
		}
	}
	return row[size_b];
}

static int unknown(const char *first, const char *second)
{
	char said[64], best[32] = "";
	unsigned nearest = 4; /* farther away is no help */
	bool two_words = false;
	for (size_t i = 0; i < VERB_COUNT; i++)
		two_words = two_words || (verbs[i].second != NULL && strcmp(verbs[i].name, first) == 0);
	snprintf(said, sizeof(said), "%s%s%s", first, two_words && second != NULL ? " " : "", two_words && second != NULL
			? second : "");
	for (size_t i = 0; i < VERB_COUNT; i++) {
		char name[32];
		write_name(&verbs[i], name);
		unsigned d = distance(said, name);
		if (d < nearest) {
			nearest = d;
			memcpy(best, name, sizeof(best));
		}
	}
	bool chinese = say_in_chinese();
	fprintf(stderr, chinese ? "cordon：没有命令“%s”" : "cordon: there is no verb \"%s\"", said);
	if (best[0] != '\0')
		fprintf(stderr, chinese ? "，是否为“%s”？" : "; did you mean \"%s\"?", best);
	fprintf(stderr, chinese ? "\n见 cordon --help\n" : "\nSee cordon --help\n");
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("cordon %s\n", CORDON_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "rehearse-worker") == 0)
		return verb_rehearse_worker(argc - 1, argv + 1);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (strcmp(verbs[i].name, argv[1]) != 0)
			continue;
		if (verbs[i].second == NULL)
			return verbs[i].run(argc - 1, argv + 1);
		if (argc > 2 && strcmp(verbs[i].second, argv[2]) == 0)
			return verbs[i].run(argc - 2, argv + 2);
		if (argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0)) {
			print_help(stdout);
			return 0;
		}
	}
	return unknown(argv[1], argc > 2 ? argv[2] : NULL);
}
