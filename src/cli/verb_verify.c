/* cli/verb_verify.c: `cordon verify`: is everything in a data folder whole? Reads only. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/account.h"
#include "base/log.h"
#include "cli/say.h"
#include "cli/verbs.h"
#include "cli/verify.h"

static const char help_en[] =
	"cordon verify --data DIR [--session ID] [--json]\n"
	"cordon verify --data DIR --accept-loss ID [--yes]\n"
	"\n"
	"Looks whether a data folder, or a copy of one, is whole: every document of the catalog,\n"
	"that its last change is there, the hashes of the audit chain, and of each session every\n"
	"batch and record of its journal, that nothing is missing at its end, that its books come to\n"
	"zero, and that each snapshot is what the journal gives, to the byte. Nothing is changed. No\n"
	"server may be using it. It must lie where one can write (SQLite leaves -wal and -shm files\n"
	"beside): copy it from a read-only disk first.\n"
	"\n"
	"  --data DIR         the folder\n"
	"  --session ID       this session alone\n"
	"  --json             one JSON object instead of lines\n"
	"  --accept-loss ID   for a journal whose end is lost or damaged and of which there is no copy:\n"
	"                     keeps what is whole, renames what knows of more, copies what is damaged\n"
	"                     aside, and writes it into the audit chain. Asks for the name once more,\n"
	"                     unless --yes is given. ID cordon.db: the same for the catalog\n"
	"\n"
	"Exit status: 0 whole, 1 something is wrong, 2 it could not be looked at.\n";
static const char help_zh[] =
	"cordon verify --data 目录 [--session 场次] [--json]\n"
	"cordon verify --data 目录 --accept-loss 场次 [--yes]\n"
	"\n"
	"检查数据目录或其备份是否完整：目录库中的每份文档及最后一次改动是否仍在、审计链的散列，\n"
	"以及每个场次日志的每个批次和每条记录、末尾有无丢失、台账合计是否为零、各快照与日志重算\n"
	"结果是否逐字节一致。不改动任何数据；检查时不得有服务占用该目录。目录须可写（SQLite 会在旁\n"
	"边留下 -wal、-shm 文件），只读介质上的备份请先复制出来。\n"
	"\n"
	"  --data 目录          数据目录\n"
	"  --session 场次       只检查该场次\n"
	"  --json               输出一个 JSON 对象\n"
	"  --accept-loss 场次   日志末尾丢失或损坏且无备份时使用：保留完好的记录，与之矛盾的文件改名\n"
	"                       保留，损坏的文件另存副本，并记入审计链。须再次输入场次编号，加 --yes\n"
	"                       则不询问。目录库末尾丢失时，场次处填 cordon.db\n"
	"\n"
	"退出码：0 完整，1 有问题，2 无法检查。\n";

#define SESSIONS_MAX 4096
#define OUT_BYTES_MAX ((size_t)64 << 20)

struct look {
	const char *dir, *only;         /* only: NULL = all */
	bool json, chinese, is_wrong, is_blind; /* blind: something could not be looked at */
	struct store *store;
	char (*ids)[65];
	uint32_t id_count;
	uint64_t documents, lines;
	struct buf out;                 /* JSON */
	bool is_first;
};

static const char *say(const struct look *l, const char *en, const char *zh) __attribute__((format_arg(2), format_arg(3)));
static const char *say(const struct look *l, const char *en, const char *zh)
{
	return l->chinese ? zh : en;
}

static void note_id(struct look *l, const char *id)
{
	for (uint32_t i = 0; i < l->id_count; i++)
		if (strcmp(l->ids[i], id) == 0)
			return;
	if (l->id_count < SESSIONS_MAX && strlen(id) <= 64)
		snprintf(l->ids[l->id_count++], 65, "%s", id);
}

/* ---- the catalog and the audit chain ---- */

static void checked(void *ctx, const char *kind, const char *key, uint64_t number, bool is_good)
{
	struct look *l = ctx;
	bool is_line = strcmp(kind, "chain") == 0;
	l->documents += !is_line;
	l->lines += is_line;
	if (strcmp(kind, "session") == 0)
		note_id(l, key);
	if (is_good || l->json)
		return;
	printf(say(l, "  - %s %s (%" PRIu64 ") fails its check\n", "  - %s %s（%" PRIu64 "）校验失败\n"), kind, key, number);
}

static void say_changes_lost(const struct look *l, uint64_t lost)
{
	char n[32];
	if (lost == CATALOG_LOST_UNKNOWN)
		printf("%s", say(l, "  - Its count of changes is damaged: whether its end is there cannot be told.\n",
		                 "  - 改动计数已损坏，无法判断末尾是否完整。\n"));
	else
		printf(say(l, "  - Its end is lost: at least %s changes that were made are missing (sessions, accounts, tokens, audit lines).\n",
		           "  - 末尾丢失：至少缺 %s 次已生效的改动（场次、账户、令牌、审计记录）。\n"), verify_number(lost, n));
	printf("%s", say(l, "    Bring back cordon.db and cordon.end from one copy. If there is none: cordon verify --accept-loss cordon.db.\n",
	                 "    请用同一份备份恢复 cordon.db 和 cordon.end；若无备份，使用 cordon verify --accept-loss cordon.db。\n"));
}

static void add_changes_lost(struct look *l, uint64_t lost)
{
	if (lost == CATALOG_LOST_UNKNOWN)
		buf_add_str(&l->out, ",\"changes_lost\":null},");
	else
		buf_addf(&l->out, ",\"changes_lost\":%" PRIu64 "},", lost);
}

static void look_at_catalog(struct look *l)
{
	bool whole = true;
	char documents[32], lines[32];
	uint64_t lost = store_changes_lost(l->store);
	err_t error = catalog_check(l->store, checked, l, &whole);
	whole = whole && lost == 0;
	if (error != ERR_NONE) {
		say_error(error, NULL);
		l->is_blind = true;
	}
	l->is_wrong |= !whole;
	verify_number(l->documents, documents);
	verify_number(l->lines, lines);
	if (l->json) {
		buf_addf(&l->out, "\"catalog\":{\"whole\":%s,\"documents\":%" PRIu64 ",\"lines\":%" PRIu64,
		         whole && error == ERR_NONE ? "true" : "false", l->documents, l->lines);
		add_changes_lost(l, lost);
	} else {
		printf(say(l, "catalog      %s  %s documents, %s lines of chains\n", "目录库       %s  %s 份文档，%s 行链记录\n"),
		       whole && error == ERR_NONE ? say(l, "whole", "完整") : say(l, "NOT WHOLE", "不完整"), documents, lines);
		if (lost > 0)
			say_changes_lost(l, lost);
		else if (!whole)
			printf("%s", say(l, "  - cordon.db is damaged: not all of it can be read.\n"
			                    "    Bring back cordon.db and cordon.end from one copy; keep the damaged ones.\n",
			                 "  - cordon.db 已损坏，无法全部读取。\n"
			                 "    请用同一份备份恢复 cordon.db 和 cordon.end，并保留损坏的文件。\n"));
	}
}

static void look_at_audit(struct look *l)
{
	uint64_t count = 0, bad = 0;
	char n[32];
	err_t error = audit_check(l->store, &count, &bad);
	if (error != ERR_NONE) {
		say_error(error, NULL);
		l->is_blind = true;
		bad = 1;
	}
	l->is_wrong |= bad != 0;
	if (l->json) {
		buf_addf(&l->out, "\"audit\":{\"whole\":%s,\"lines\":%" PRIu64 "", bad == 0 ? "true" : "false", count);
		if (bad != 0)
			buf_addf(&l->out, ",\"first_bad\":%" PRIu64, bad);
		buf_add_str(&l->out, "},");
		return;
	}
	printf(say(l, "audit chain  %s  %s lines\n", "审计链       %s  %s 行\n"), bad == 0 ? say(l, "whole", "完整")
	       : say(l, "BROKEN", "断裂"), verify_number(count, n));
	if (bad != 0)
		printf(say(l, "  - Line %s does not follow from the one before it. Keep this folder and compare it with a copy\n",
		           "  - 第 %s 行与前一行的散列不符。请保留本目录，并与备份比对\n"), verify_number(bad, n));
}

/* ---- sessions ---- */

/* Folders without a document: a session whose entry is gone would not be missed otherwise. */
static void add_folders(struct look *l)
{
	char path[4096];
	struct dirent *one;
	snprintf(path, sizeof(path), "%s/sessions", l->dir);
	DIR *dir = opendir(path);
	while (dir != NULL && (one = readdir(dir)) != NULL)
		if (one->d_name[0] != '.')
			note_id(l, one->d_name);
	if (dir != NULL)
		closedir(dir);
}

static void print_session(const struct look *l, const char *id, const struct live_report *r)
{
	char records[32], passages[32], from[WHEN_SIZE], to[WHEN_SIZE];
	printf("%-12s %s  ", id, r->finding_count == 0 ? say(l, "whole", "完整") : say(l, "NOT WHOLE", "不完整"));
	if (r->records == 0)
		printf("%s", say(l, "no record", "无记录"));
	else
		printf(say(l, "%s records, %s passages, %s .. %s", "%s 条记录，%s 条通行，%s 至 %s"), verify_number(r->records, records),
		       verify_number(r->passages, passages), when_format(r->at_first, r->offset_min, from),
		       when_format(r->at_last, r->offset_min, to));
	printf(r->snapshot_count == 1 ? say(l, ", %u snapshot\n", "，%u 个快照\n") : say(l, ", %u snapshots\n", "，%u 个快照\n"),
	       r->snapshot_count);
	for (uint32_t i = 0; i < r->finding_count; i++) {
		struct verify_words words;
		verify_describe(r, &r->findings[i], l->chinese, &words);
		printf(say(l, "  - %s.\n    %s.\n", "  - %s。\n    %s。\n"), words.what, words.fix);
	}
	fflush(stdout);
}

static void add_time(struct buf *out, const char *name, at_ms at, int offset_min)
{
	char text[WHEN_SIZE];
	buf_addf(out, ",\"%s\":", name);
	buf_add_json_str(out, at == AT_NONE ? NULL : when_format(at, offset_min, text));
}

static void add_session(struct look *l, const char *id, const struct live_report *r)
{
	struct buf *out = &l->out;
	buf_add_str(out, l->is_first ? "{\"id\":" : ",{\"id\":");
	l->is_first = false;
	buf_add_json_str(out, id);
	buf_addf(out, ",\"whole\":%s,\"records\":%" PRIu64 ",\"passages\":%" PRIu64 ",\"records_lost\":%" PRIu64 ",\"snapshots\":%u",
	         r->finding_count == 0 ? "true" : "false", r->records, r->passages, r->records_lost, r->snapshot_count);
	add_time(out, "from", r->at_first, r->offset_min);
	add_time(out, "to", r->at_last, r->offset_min);
	buf_add_str(out, ",\"findings\":[");
	for (uint32_t i = 0; i < r->finding_count; i++) {
		struct verify_words words;
		verify_describe(r, &r->findings[i], l->chinese, &words);
		buf_addf(out, "%s{\"code\":\"%s\",\"record\":%" PRIu64 ",\"reason\":", i > 0 ? "," : "", verify_fault_code(r->findings[i].fault),
		         r->findings[i].number);
		buf_add_json_str(out, words.what);
		buf_add_str(out, ",\"suggestion\":");
		buf_add_json_str(out, words.fix);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
}

static void look_at_session(struct look *l, const char *id)
{
	struct live_report r = {.at_first = AT_NONE, .at_last = AT_NONE};
	err_t error = verify_look(l->store, id, !l->json, &r);
	if (error != ERR_NONE) {
		fprintf(stderr, "%s: ", id);
		say_error(error, NULL);
		l->is_blind = true;
		return;
	}
	l->is_wrong |= r.finding_count > 0;
	if (l->json)
		add_session(l, id, &r);
	else
		print_session(l, id, &r);
}

static void look_at_sessions(struct look *l)
{
	bool found = false;
	l->is_first = true;
	buf_add_str(&l->out, "\"sessions\":[");
	for (uint32_t i = 0; i < l->id_count; i++)
		if (l->only == NULL || strcmp(l->only, l->ids[i]) == 0) {
			look_at_session(l, l->ids[i]);
			found = true;
		}
	buf_addf(&l->out, "],\"whole\":%s}\n", l->is_wrong || l->is_blind ? "false" : "true");
	if (l->only == NULL || found)
		return;
	say_error(ERR_SESSION_UNKNOWN, NULL);
	l->is_blind = true;
}

static int look_at_all(struct look *l)
{
	struct problem problem = {0};
	err_t error = store_open_to_look(l->dir, &l->store, &problem);
	if (error != ERR_NONE) {
		say_error(error, &problem);
		if (error == ERR_STORE_LOCKED)
			verify_say_holder(l->dir);
		if (error == ERR_NOT_FOUND)
			fprintf(stderr, "%s", say(l, "  This is no data folder of Cordon: name the one that holds cordon.db and sessions/.\n",
			                          "  这不是 Cordon 的数据目录；请指定含有 cordon.db 和 sessions/ 的目录。\n"));
		return 2;
	}
	buf_init(&l->out, OUT_BYTES_MAX);
	buf_add_char(&l->out, '{');
	look_at_catalog(l);
	look_at_audit(l);
	add_folders(l);
	look_at_sessions(l);
	if (l->json)
		fwrite(l->out.at, 1, l->out.size, stdout);
	else
		puts(l->is_blind ? say(l, "Not everything could be looked at.", "未能全部检查。")
		     : l->is_wrong ? say(l, "Something is wrong.", "存在问题。") : say(l, "All is whole.", "全部完整。"));
	buf_free(&l->out);
	store_close(l->store);
	return l->is_blind ? 2 : l->is_wrong ? 1 : 0;
}

int verb_verify(int argc, char **argv)
{
	struct look l = {.chinese = say_in_chinese()};
	const char *lost = NULL;
	const struct say_option options[] = {{"--data", &l.dir}, {"--session", &l.only}, {"--accept-loss", &lost}, {NULL, NULL}};
	int words = 0;
	bool help = false;
	l.json = say_take_flag(&argc, argv, "--json");
	bool yes = say_take_flag(&argc, argv, "--yes");
	int code = say_read_options(argc, argv, options, NULL, 0, &words, &help);
	if (code != 0)
		return code;
	if (help) {
		fputs(l.chinese ? help_zh : help_en, stdout);
		return 0;
	}
	if (l.dir == NULL)
		return say_usage("verify", say(&l, "name the data folder", "请指定数据目录"), "--data DIR");
	if ((lost == NULL && yes) || (lost != NULL && (l.json || l.only != NULL)))
		return say_usage("verify", say(&l, "these options do not go together", "选项不能同时使用"), "--accept-loss");
	log_set_level(LOG_LEVEL_ERROR);
	if (lost != NULL)
		return verify_accept_loss(l.dir, lost, yes);
	l.ids = calloc(SESSIONS_MAX, sizeof(*l.ids));
	if (l.ids == NULL)
		return 2;
	code = look_at_all(&l);
	free(l.ids);
	return code;
}
