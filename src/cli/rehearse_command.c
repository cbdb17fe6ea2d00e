/* cli/rehearse_command.c: the command line of `cordon rehearse`, read into data. Every mistake names its option and what it wants. */
#include "cli/rehearse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"

#define IDS_BYTES_MAX ((size_t)1 << 20)
#define WEEK_MIN 10080.0

static const char help_en[] =
	"Usage: cordon rehearse PLAN [options]\n"
	"\n"
	"Runs a plan in simulation: queues, waits, densities, when everyone is in, each with its\n"
	"95 % interval; what goes wrong, when, where and why. Against another plan: what differs.\n"
	"A plan with errors is refused with the list that `cordon plan check` prints.\n"
	"\n"
	"What is compared, and how\n"
	"  --against PLAN2        rehearse this plan with the same people, and compare\n"
	"  --level meso|micro     meso: people through areas and checks, a second (default);\n"
	"                         micro: every walker in the true geometry, minutes\n"
	"  --phase ingress|egress coming in (default) or leaving after the end\n"
	"  --evacuate             everybody who is inside leaves at once\n"
	"\n"
	"Who comes\n"
	"  --arrivals N           so many people (default: the plan's expected number)\n"
	"  --curve FILE           when: CSV lines MINUTES,SHARE; minutes from the start, shares rise\n"
	"  --shift MIN            everybody comes so many minutes later (negative: earlier)\n"
	"\n"
	"What is tried by hand (an option may be given several times)\n"
	"  --lanes ID=N[@FROM..TO],...  checkpoint ID has N lanes open; FROM and TO as minutes\n"
	"                         from the start (-60..0) or as the clock shows them (18:30..19:30)\n"
	"  --rate ID=R,...        every lane of ID passes R people a minute\n"
	"  --block ID,...         nobody passes this checkpoint or link\n"
	"\n"
	"Find the lanes: how many must be open at each checkpoint in each quarter hour\n"
	"  --find-lanes           with --staff, --wait or both\n"
	"  --staff N              so many people can man lanes at once\n"
	"  --wait S               95 of 100 wait at most S seconds at every checkpoint\n"
	"\n"
	"How sure\n"
	"  --replications R       runs (default: 20 meso, 5 micro; at most 10000)\n"
	"  --seed S               everything random follows from it (default 1): the same seed,\n"
	"                         the same bytes\n"
	"  --threads T            default: as many as there are cores\n"
	"\n"
	"What comes out\n"
	"  --out DIR              rehearsal.html, rehearsal.json, figures.csv, series.csv in DIR\n"
	"                         (made if missing); without it only the table is printed\n"
	"  --lang zh|en           language of table and page (default: from the environment's LANG)\n"
	"\n"
	"Ctrl-C stops cleanly and keeps the runs that are done; a second Ctrl-C ends at once.\n"
	"Exit status: 0 done, 1 it did not work, 2 the command line is wrong, 130 stopped.\n"
	"What goes in and out, and what the model does not know: docs/REHEARSAL.md.\n";
static const char help_zh[] =
	"用法：cordon rehearse 方案 [选项]\n"
	"\n"
	"对安保方案进行推演：排队、等待、密度、全部入场时刻，均附 95% 置信区间；\n"
	"指出何时、何处、为何出现问题。可与另一方案对比，列出差异。\n"
	"方案有错误时不予推演，并列出与 cordon plan check 相同的问题清单。\n"
	"\n"
	"对比与方式\n"
	"  --against 方案2        以同样的人群推演方案2并对比\n"
	"  --level meso|micro     meso：人员通过区域与卡点，约一秒（默认）；\n"
	"                         micro：逐人在真实图形中行走，约数分钟\n"
	"  --phase ingress|egress 入场（默认）或散场\n"
	"  --evacuate             场内人员立即全部疏散\n"
	"\n"
	"到场人群\n"
	"  --arrivals N           人数（默认为方案的预计人数）\n"
	"  --curve 文件           到场曲线，CSV 每行“分钟,比例”：相对开始时刻的分钟，比例递增\n"
	"  --shift 分钟           所有人推迟到场的分钟数（负数为提前）\n"
	"\n"
	"人工调整（选项可重复）\n"
	"  --lanes ID=N[@起..止],...  卡点 ID 开放 N 条通道；起、止为相对开始的分钟\n"
	"                         （-60..0）或钟点（18:30..19:30）\n"
	"  --rate ID=R,...        卡点 ID 每条通道每分钟通过 R 人\n"
	"  --block ID,...         该卡点或通路禁止通行\n"
	"\n"
	"求通道数：各卡点每刻钟应开放多少条\n"
	"  --find-lanes           与 --staff、--wait 之一或同时使用\n"
	"  --staff N              可同时上岗的人数\n"
	"  --wait S               各卡点 95% 的人等待不超过 S 秒\n"
	"\n"
	"可信程度\n"
	"  --replications R       推演次数（默认 meso 20 次、micro 5 次，最多 10000）\n"
	"  --seed S               所有随机量的种子（默认 1）：种子相同，结果逐字节相同\n"
	"  --threads T            线程数（默认与处理器核数相同）\n"
	"\n"
	"输出\n"
	"  --out 目录             在目录中写出 rehearsal.html、rehearsal.json、figures.csv、\n"
	"                         series.csv（目录不存在则新建）；不给则只显示表格\n"
	"  --lang zh|en           表格与页面的语言（默认取环境变量 LANG）\n"
	"\n"
	"按 Ctrl-C 停止并保留已完成的各次推演；再按一次立即结束。\n"
	"退出码：0 完成，1 未完成，2 命令行有误，130 被停止。\n"
	"输入、输出及模型的局限见 docs/REHEARSAL.md。\n";

void rehearse_print_help(void)
{
	fputs(say_in_chinese() ? help_zh : help_en, stdout);
}

int rehearse_wrong(const char *option, const char *word, const char *en, const char *zh)
{
	bool chinese = say_in_chinese();
	fprintf(stderr, "cordon rehearse: %s%s%s%s%s\n", option, word[0] != '\0' ? " " : "", word, chinese ? "：" : ": ", chinese ? zh : en);
	fprintf(stderr, chinese ? "用法见 cordon rehearse --help\n" : "See cordon rehearse --help\n");
	return 2;
}

/* ---- single values ---- */

static bool read_number(const char *text, double *out)
{
	char *end = NULL;
	if (text[0] == '\0' || strspn(text, "+-.0123456789") != strlen(text)) /* no nan, no inf, no hexadecimal, no space */
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static int take_count(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	char en[96], zh[96];
	if (text_to_u64(text_of(text), out) && *out >= least && *out <= most)
		return 0;
	snprintf(en, sizeof(en), "a whole number from %llu to %llu is wanted", (unsigned long long)least, (unsigned long long)most);
	snprintf(zh, sizeof(zh), "应为 %llu 至 %llu 的整数", (unsigned long long)least, (unsigned long long)most);
	return rehearse_wrong(option, text, en, zh);
}

static int take_u32(const char *option, const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
	uint64_t v = 0;
	int rc = take_count(option, text, least, most, &v);
	*out = rc == 0 ? (uint32_t)v : *out;
	return rc;
}

static int take_minutes(const char *option, const char *text, double *out)
{
	if (read_number(text, out) && fabs(*out) <= WEEK_MIN)
		return 0;
	return rehearse_wrong(option, text, "a number of minutes, at most a week, is wanted", "应为分钟数，不超过一周");
}

static int take_word(const char *option, const char *text, const char *const words[2], int *out)
{
	char en[64], zh[64];
	for (int i = 0; i < 2; i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i;
			return 0;
		}
	}
	snprintf(en, sizeof(en), "%s or %s is wanted", words[0], words[1]);
	snprintf(zh, sizeof(zh), "应为 %s 或 %s", words[0], words[1]);
	return rehearse_wrong(option, text, en, zh);
}

/* ---- --lanes, --rate, --block ---- */

static bool read_moment(struct text t, struct rehearse_moment *out)
{
	char word[24];
	unsigned hour, minute;
	if (t.size == 0 || t.size >= sizeof(word))
		return false;
	memcpy(word, t.at, t.size);
	word[t.size] = '\0';
	char *colon = strchr(word, ':');
	out->by_clock = colon != NULL;
	if (colon == NULL)
		return read_number(word, &out->minutes) && fabs(out->minutes) <= WEEK_MIN;
	size_t digits = (size_t)(colon - word);
	if (digits < 1 || digits > 2 || strlen(colon + 1) != 2 || strspn(word, "0123456789") != digits || strspn(colon + 1, "0123456789") != 2)
		return false;
	hour = (unsigned)strtoul(word, NULL, 10);
	minute = (unsigned)strtoul(colon + 1, NULL, 10);
	out->minutes = hour * 60 + minute;
	return hour <= 23 && minute <= 59;
}

/* "N" or "N@FROM..TO" */
static bool read_wish_value(struct text t, bool times, struct rehearse_wish *out)
{
	char number[24];
	const char *at = memchr(t.at, '@', t.size);
	size_t size = at == NULL ? t.size : (size_t)(at - t.at);
	out->always = at == NULL;
	if (size == 0 || size >= sizeof(number) || (at != NULL && !times))
		return false;
	memcpy(number, t.at, size);
	number[size] = '\0';
	if (!read_number(number, &out->value))
		return false;
	if (at == NULL)
		return true;
	struct text span = {at + 1, t.size - size - 1};
	for (size_t i = 0; i + 1 < span.size; i++)
		if (span.at[i] == '.' && span.at[i + 1] == '.')
			return read_moment((struct text){span.at, i}, &out->from) &&
				read_moment((struct text){span.at + i + 2, span.size - i - 2}, &out->to);
	return false;
}

static bool read_wish(struct rehearse_command *k, struct text item, struct rehearse_wish *out)
{
	const char *equals = memchr(item.at, '=', item.size);
	struct text id = {item.at, equals == NULL ? item.size : (size_t)(equals - item.at)};
	bool block = out->kind == REHEARSE_CHANGE_BLOCK, lanes = out->kind == REHEARSE_CHANGE_LANES;
	if (id.size == 0 || id.size > 200 || (equals == NULL) != block)
		return false;
	out->always = true;
	if (!block && !read_wish_value((struct text){equals + 1, item.size - id.size - 1}, lanes, out))
		return false;
	if (lanes && !(out->value >= 0 && out->value <= PLAN_LANES_MAX && floor(out->value) == out->value))
		return false;
	if (out->kind == REHEARSE_CHANGE_RATE && !(out->value >= 0.1 && out->value <= 60))
		return false;
	out->id = arena_string(k->arena, id);
	return out->id != NULL;
}

static int take_wishes(struct rehearse_command *k, const char *option, enum rehearse_change_kind kind, const char *list)
{
	static const char *const en[] = {"ID=N or ID=N@FROM..TO is wanted, N from 0 to 64 lanes, as in G3-security=6@18:30..19:30",
		"ID=R is wanted, R from 0.1 to 60 people a minute, as in G3-security=9.5",
		"ids of checkpoints or links are wanted, as in exit-N,exit-NE"};
	static const char *const zh[] = {"应为 ID=N 或 ID=N@起..止，N 为 0 至 64 条通道，如 G3-security=6@18:30..19:30",
		"应为 ID=R，R 为每分钟 0.1 至 60 人，如 G3-security=9.5", "应为卡点或通路的编号，如 exit-N,exit-NE"};
	for (const char *at = list;;) {
		size_t size = strcspn(at, ",");
		struct rehearse_wish wish = {.option = option, .kind = kind};
		if (k->wish_count == REHEARSE_CHANGES_MAX)
			return rehearse_wrong(option, "", "256 changes are the most", "最多 256 处调整");
		if (!read_wish(k, (struct text){at, size}, &wish))
			return rehearse_wrong(option, list, en[kind], zh[kind]);
		k->wishes[k->wish_count++] = wish;
		if (at[size] == '\0')
			return 0;
		at += size + 1;
	}
}

/* Minutes from the start; a clock time is that which lies nearest to the start. */
static double from_start(const struct rehearse_moment *m, const struct plan *p)
{
	if (!m->by_clock || p->at_start == AT_NONE)
		return m->minutes;
	double start = fmod((double)(p->at_start / 60000 + p->offset_min), 1440), minutes = m->minutes - start;
	return minutes < -720 ? minutes + 1440 : minutes > 720 ? minutes - 1440 : minutes;
}

static bool is_link(const struct plan *p, const char *id)
{
	for (uint32_t i = 0; i < p->link_count; i++)
		if (strcmp(p->links[i].id, id) == 0)
			return true;
	return false;
}

int rehearse_make_changes(const struct rehearse_command *k, const struct plan *p, const char *file, struct rehearse_change *out)
{
	for (uint32_t i = 0; i < k->wish_count; i++) {
		const struct rehearse_wish *w = &k->wishes[i];
		uint32_t checkpoint = plan_find_checkpoint(p, text_of(w->id));
		char en[256], zh[256];
		bool blocks = w->kind == REHEARSE_CHANGE_BLOCK;
		snprintf(en, sizeof(en), "%s has no checkpoint%s of this id; its ids stand in the plan file", file,
			blocks ? " or link" : " with lanes");
		snprintf(zh, sizeof(zh), "%s 中没有此编号的%s；编号见方案文件", file, blocks ? "卡点或通路" : "带通道的卡点");
		bool there = blocks ? checkpoint != UINT32_MAX || is_link(p, w->id)
			: checkpoint != UINT32_MAX && p->checkpoints[checkpoint].lane_count > 0;
		if (!there)
			return rehearse_wrong(w->option, w->id, en, zh);
		out[i] = (struct rehearse_change){w->kind, w->id, w->value, NAN, NAN};
		if (w->always)
			continue;
		out[i].from_min = from_start(&w->from, p);
		out[i].to_min = from_start(&w->to, p);
		if (!(out[i].from_min < out[i].to_min))
			return rehearse_wrong(w->option, w->id, "FROM must be before TO", "“起”应早于“止”");
	}
	return 0;
}

/* ---- the line ---- */

static int take_option(struct rehearse_command *k, const char *option, const char *value)
{
	static const char *const levels[] = {"meso", "micro"}, *const phases[] = {"ingress", "egress"};
	static const char *const languages[] = {"en", "zh"};
	int word = 0, rc;
#define IS(name) (strcmp(option, name) == 0)
	if (IS("--against") || IS("--out") || IS("--curve")) {
		*(IS("--against") ? &k->against : IS("--out") ? &k->out : &k->curve) = value;
		return value[0] != '\0' ? 0 : rehearse_wrong(option, "", "a name is wanted", "应为文件或目录名");
	}
	if (IS("--level") || IS("--phase") || IS("--lang")) {
		rc = take_word(option, value, IS("--level") ? levels : IS("--phase") ? phases : languages, &word);
		if (rc == 0 && IS("--level"))
			k->level = word == 1 ? REHEARSE_MICRO : REHEARSE_MESO;
		else if (rc == 0 && IS("--phase"))
			k->phase = word == 1 ? REHEARSE_EGRESS : REHEARSE_INGRESS;
		else if (rc == 0)
			k->chinese = word == 1;
		return rc;
	}
	if (IS("--lanes") || IS("--rate") || IS("--block"))
		return take_wishes(k, IS("--lanes") ? "--lanes" : IS("--rate") ? "--rate" : "--block",
			IS("--lanes") ? REHEARSE_CHANGE_LANES : IS("--rate") ? REHEARSE_CHANGE_RATE : REHEARSE_CHANGE_BLOCK, value);
	if (IS("--shift"))
		return take_minutes(option, value, &k->shift_min);
	if (IS("--seed"))
		return take_count(option, value, 0, UINT64_MAX, &k->seed);
	if (IS("--arrivals"))
		return take_u32(option, value, 1, CROWD_PEOPLE_MAX, &k->arrivals_ppl);
	if (IS("--replications"))
		return take_u32(option, value, 1, REHEARSE_REPLICATIONS_MAX, &k->replications);
	if (IS("--threads"))
		return take_u32(option, value, 1, 256, &k->threads);
	if (IS("--staff"))
		return take_u32(option, value, 1, 100000, &k->staff);
	if (IS("--wait"))
		return read_number(value, &k->wait_s) && k->wait_s > 0 && k->wait_s <= 86400 ? 0
			: rehearse_wrong(option, value, "a number of seconds above 0 is wanted", "应为大于 0 的秒数");
#undef IS
	return rehearse_wrong(option, "", "there is no such option", "没有此选项");
}

static int check_together(const struct rehearse_command *k)
{
	if (k->plan == NULL)
		return rehearse_wrong("PLAN", "", "the plan's file is missing", "缺少方案文件");
	if (!k->find_lanes && (k->staff > 0 || !isnan(k->wait_s)))
		return rehearse_wrong(k->staff > 0 ? "--staff" : "--wait", "", "it goes with --find-lanes", "须与 --find-lanes 同用");
	if (k->find_lanes && k->staff == 0 && isnan(k->wait_s))
		return rehearse_wrong("--find-lanes", "", "say how many can man lanes (--staff N), or what wait must hold (--wait S)",
			"请给出可上岗人数（--staff N）或须满足的等待时间（--wait S）");
	if (k->find_lanes && k->against != NULL)
		return rehearse_wrong("--find-lanes", "", "it compares the plan with itself; leave --against out",
			"该功能以原方案自比，请勿同用 --against");
	if (k->find_lanes && k->phase != REHEARSE_INGRESS)
		return rehearse_wrong("--find-lanes", "", "lanes are found for coming in; leave --phase and --evacuate out",
			"只为入场求通道数，请勿同用 --phase 或 --evacuate");
	return 0;
}

int rehearse_read_command(int argc, char **argv, struct rehearse_command *out)
{
	*out = (struct rehearse_command){.seed = 1, .wait_s = NAN, .chinese = say_in_chinese(), .arena = arena_new(IDS_BYTES_MAX)};
	if (out->arena == NULL)
		return say_error(ERR_MEMORY, NULL);
	bool evacuate = false;
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		int rc = 0;
		if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
			out->help = true;
			return 0;
		}
		if (strcmp(word, "--evacuate") == 0)
			evacuate = true;
		else if (strcmp(word, "--find-lanes") == 0)
			out->find_lanes = true;
		else if (strncmp(word, "-", 1) != 0 && out->plan == NULL)
			out->plan = word;
		else if (strncmp(word, "--", 2) != 0)
			rc = rehearse_wrong(word, "", "one plan at a time; a second one comes with --against", "一次一个方案；第二个方案用 --against 给出");
		else if (i + 1 == argc)
			rc = rehearse_wrong(word, "", "its value is missing", "缺少取值");
		else
			rc = take_option(out, word, argv[++i]);
		if (rc != 0)
			return rc;
	}
	if (evacuate && out->phase == REHEARSE_EGRESS)
		return rehearse_wrong("--evacuate", "", "leave --phase egress out: one or the other", "不能与 --phase egress 同用");
	out->phase = evacuate ? REHEARSE_EVACUATION : out->phase;
	return check_together(out);
}
