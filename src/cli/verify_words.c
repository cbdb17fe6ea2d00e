/* cli/verify_words.c: the findings of `cordon verify` as sentences, and its progress. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/verify.h"

#define TELL_NS INT64_C(10000000000)     /* into a file or pipe; a terminal hears every step */

/* %1$s: the record; %2$s: how many are lost. */
struct row { const char *code, *en, *zh, *fix_en, *fix_zh; };

static const struct row rows[] = {
	[LIVE_JOURNAL_MISSING] = {"journal_missing",
		"There is no journal, or an empty one: the session was never opened to the end, or its folder is lost",
		"没有场次日志或日志为空：场次未成功建立，或其目录已丢失",
		"If the session was in use: bring back sessions/ID from a copy. Else the next start forgets it or leaves it out",
		"若该场次曾经使用，请用备份恢复 sessions/场次 目录；否则下次启动将移除或不加载该场次"},
	[LIVE_JOURNAL_DAMAGED_AT] = {"journal_damaged", "The journal is damaged or has a gap at record %1$s; what is before it is whole",
		"场次日志在第 %1$s 条记录处损坏或缺失，此前的记录完整",
		"Keep this folder as it is, and bring back sessions/ID from a copy. If there is none, cordon verify --accept-loss ID "
		"goes on without it, but only if nothing whole is behind it",
		"请保留本目录原样，并用备份恢复 sessions/场次 目录；若无备份，可试用 cordon verify --accept-loss 场次，仅在其后已无完好记录时可行"},
	[LIVE_RECORD_BAD] = {"record_bad",
		"The bytes from record %1$s on are as they were written, but cannot be: no such thing can happen in a session",
		"自第 %1$s 条起，记录字节无损但内容不成立",
		"Keep this folder as it is and report it with the server's log", "请保留本目录原样，并附服务器日志反馈"},
	[LIVE_BOOKS_OFF] = {"books_off", "The books do not balance: the sum over all zones is not zero",
		"台账不平：各区域合计不为零",
		"Keep this folder as it is and report it with the server's log", "请保留本目录原样，并附服务器日志反馈"},
	[LIVE_WITNESS_DAMAGED] = {"witness_damaged",
		"journal.end is damaged: nobody can tell whether record %1$s is the last that was acknowledged",
		"journal.end 已损坏，无法判断第 %1$s 条是否为最后一条已确认的记录",
		"Bring back sessions/ID from a copy. If there is none, and you go on with what is there: cordon verify --accept-loss ID",
		"请用备份恢复 sessions/场次 目录；若无备份且决定以现有记录继续，使用 cordon verify --accept-loss 场次"},
	[LIVE_END_LOST] = {"end_lost", "The end of the journal is lost: behind record %1$s at least %2$s acknowledged records are missing",
		"场次日志末尾丢失：第 %1$s 条之后至少缺 %2$s 条已确认的记录",
		"Bring back sessions/ID from a copy. If there is none, and you go on without them: cordon verify --accept-loss ID",
		"请用备份恢复 sessions/场次 目录；若无备份且决定放弃这些记录，使用 cordon verify --accept-loss 场次"},
	[LIVE_SNAPSHOT_DAMAGED] = {"snapshot_damaged", "The snapshot of record %1$s fails its check",
		"第 %1$s 条记录处的快照校验失败",
		"Nothing is lost: the start passes it over. Remove the file, and check the disk", "数据未丢失，启动时会跳过它；请删除该文件并检查磁盘"},
	[LIVE_SNAPSHOT_DIFFERS] = {"snapshot_differs", "The snapshot of record %1$s is not what the journal gives",
		"第 %1$s 条记录处的快照与日志重算结果不一致",
		"Remove the .snapshot files of this session: the next start folds the whole journal. Then report it",
		"请删除该场次的 .snapshot 文件，下次启动将由日志重新计算，并反馈此问题"},
	[LIVE_TAIL_DIFFERS] = {"tail_differs", "From the snapshot of record %1$s on, the end is not what the whole journal gives",
		"由第 %1$s 条记录处的快照续算，结果与日志全程重算不一致",
		"Remove the .snapshot files of this session: the next start folds the whole journal. Then report it",
		"请删除该场次的 .snapshot 文件，下次启动将由日志重新计算，并反馈此问题"},
};

/* Where the damage leaves nothing before it, there is no end to let go. */
static const struct row from_the_start = {"journal_damaged", "The journal is damaged from its first record on: none of it can be read",
	"场次日志自第一条记录起损坏，无法读取",
	"Keep this folder as it is, and bring back sessions/ID from a copy", "请保留本目录原样，并用备份恢复 sessions/场次 目录"};

const char *verify_fault_code(enum live_fault fault)
{
	return rows[fault].code;
}

const char *verify_number(uint64_t n, char out[32])
{
	char digits[32];
	int size = snprintf(digits, sizeof(digits), "%" PRIu64, n), at = 0;
	for (int i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

/* The holes of a sentence, filled. */
static void fill(const char *text, const char *record, const char *lost, char *out, size_t out_size)
{
	size_t at = 0;
	while (*text != '\0' && at + 1 < out_size) {
		const char *hole = strncmp(text, "%1$s", 4) == 0 ? record : strncmp(text, "%2$s", 4) == 0 ? lost : NULL;
		if (hole == NULL) {
			out[at++] = *text++;
			continue;
		}
		text += 4;
		while (*hole != '\0' && at + 1 < out_size)
			out[at++] = *hole++;
	}
	out[at] = '\0';
}

void verify_describe(const struct live_report *report, const struct live_finding *finding, bool chinese, struct verify_words *out)
{
	char record[32], lost[32];
	bool is_all = finding->fault == LIVE_JOURNAL_DAMAGED_AT && finding->number <= 1;
	const struct row *row = is_all ? &from_the_start : &rows[finding->fault];
	fill(chinese ? row->zh : row->en, verify_number(finding->number, record), verify_number(report->records_lost, lost), out->what,
	     sizeof(out->what));
	out->fix = chinese ? row->fix_zh : row->fix_en;
}

/* ---- who has it ---- */

static void name_of_process(long pid, char out[32])
{
	char path[64];
	out[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(out, 32, f) != NULL)
		out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

/* A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 fd:01:262152 0 EOF". */
static long find_holder(const struct stat *st)
{
	char line[256], kind[16];
	long pid = 0, found = 0;
	unsigned major_of, minor_of;
	unsigned long long inode;
	FILE *f = fopen("/proc/locks", "r");
	while (f != NULL && found == 0 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*s %15s %*s %*s %ld %x:%x:%llu", kind, &pid, &major_of, &minor_of, &inode) == 5 &&
		    strcmp(kind, "FLOCK") == 0 && inode == st->st_ino && major_of == major(st->st_dev) && minor_of == minor(st->st_dev))
			found = pid;
	if (f != NULL)
		fclose(f);
	return found;
}

void verify_say_holder(const char *dir)
{
	char path[4096], name[32];
	struct stat st;
	snprintf(path, sizeof(path), "%s/lock", dir);
	long pid = stat(path, &st) == 0 ? find_holder(&st) : 0;
	if (pid <= 0)
		return;
	name_of_process(pid, name);
	fprintf(stderr, say_in_chinese() ? "  占用者：进程 %ld（%s）\n" : "  It is in use by process %ld (%s).\n", pid, name);
}

/* ---- one session, with progress ---- */

struct progress { const char *id; bool terminal, chinese; int64_t told_ns; };

static bool tell(void *ctx, uint64_t records)
{
	struct progress *p = ctx;
	struct clock clock = clock_system();
	int64_t now_ns = clock.monotonic_ns(clock.self);
	char n[32];
	if (!p->terminal && now_ns - p->told_ns < TELL_NS)
		return true;
	p->told_ns = now_ns;
	fprintf(stderr, p->chinese ? "%s%s：已核对 %s 条%s" : "%s%s: %s records checked%s", p->terminal ? "\r" : "", p->id,
	        verify_number(records, n), p->terminal ? "   " : "\n");
	return true;
}

err_t verify_look(struct store *store, const char *id, bool progress, struct live_report *out)
{
	struct clock clock = clock_system();
	struct progress p = {id, isatty(STDERR_FILENO) == 1, say_in_chinese(), clock.monotonic_ns(clock.self)};
	err_t error = live_verify_session(store, id, progress ? tell : NULL, &p, out);
	if (progress && p.terminal)
		fputs("\r\033[K", stderr);
	return error;
}
