/* cordon drive: plays a session against a server through its public API. */
#include "cli/verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/say.h"
#include "drive/drive.h"

static const char help_en[] =
	"Usage: cordon drive --url URL --session ID (--drill | --counts FILE) [options]\n"
	"\n"
	"Plays a session against a server through its public API: simulated devices send what\n"
	"they count, at any speed, with the faults of real ones.\n"
	"\n"
	"The server\n"
	"  --url URL              e.g. https://127.0.0.1:8443\n"
	"  --session ID           the session to speak to\n"
	"  --token-file FILE      a device token (one line)\n"
	"  --user NAME            or sign in as a person who may; the password is read from\n"
	"  --password-file FILE   this file (one line)\n"
	"  --ca FILE              trust this certificate authority (DATA/tls/ca.pem)\n"
	"  --insecure             do not check the server's certificate\n"
	"  --patience S           wait so long for a server that is away (default 60)\n"
	"\n"
	"The session is opened first if --plan is given together with --open\n"
	"  --plan FILE            the plan in force; with --counts it is made from the file\n"
	"  --base FILE            its base map\n"
	"  --open                 open the session as an exercise (needs --user)\n"
	"  --speed N              the exercise's time runs N times as fast (default 1)\n"
	"  --at TIME              the exercise's time at opening (default: 30 min before the doors)\n"
	"\n"
	"What is played\n"
	"  --drill                people come by the plan's curve, queue, pass, leave\n"
	"  --people N             how many (default: the plan's expected number)\n"
	"  --counts FILE          CSV: stationID,hour,per_ten_minute,outNums,inNums\n"
	"  --date YYYY-MM-DD      the day of the counts (default 2019-01-01)\n"
	"  --devices N            devices at each place of the counts (default 4)\n"
	"  --write-plan FILE      write the plan made from the counts\n"
	"  --seed N               everything random follows from it (default 1)\n"
	"  --faults LIST          duplicate=0.2,late=0.05,late_s=600,shuffle=600,restart=0.1,\n"
	"                         silent=0.1,lie=0.001: shares, or chances a device and hour\n"
	"\n"
	"How\n"
	"  --fast                 do not wait for the session's clock\n"
	"  --clients N            parallel connections (default 2, at most 16)\n"
	"  --batch N              records a request at the most (default 2000)\n"
	"  --until TIME           stop at this session time\n"
	"  --verify               at the end compare the server's numbers; exit 1 if they differ\n"
	"  --quiet                no progress line\n"
	"\n"
	"Interrupt it with Ctrl-C: what was written is sent, the tally is printed.\n";
static const char help_zh[] =
	"用法：cordon drive --url 地址 --session 场次 (--drill | --counts 文件) [选项]\n"
	"\n"
	"通过公开接口向服务器演放一个场次：模拟设备上报各自的计数，速度任意，并带有真实设备\n"
	"会出的各种毛病。\n"
	"\n"
	"服务器\n"
	"  --url 地址             如 https://127.0.0.1:8443\n"
	"  --session 场次         场次编号\n"
	"  --token-file 文件      设备令牌（一行）\n"
	"  --user 用户名          或以有权限的人员身份登录，密码从\n"
	"  --password-file 文件   此文件读取（一行）\n"
	"  --ca 文件              信任此根证书（数据目录/tls/ca.pem）\n"
	"  --insecure             不核验服务器证书\n"
	"  --patience 秒          服务器不可用时最多等待多久（默认 60）\n"
	"\n"
	"与 --open 同用 --plan 时，先新建场次\n"
	"  --plan 文件            当前方案；用 --counts 时由计数文件生成\n"
	"  --base 文件            底图\n"
	"  --open                 以演练方式新建场次（需要 --user）\n"
	"  --speed N              演练时间走快 N 倍（默认 1）\n"
	"  --at 时间              演练开始的时刻（默认开门前 30 分钟）\n"
	"\n"
	"演放内容\n"
	"  --drill                人群按方案的到达曲线前来、排队、通过、离场\n"
	"  --people N             人数（默认为方案的预计人数）\n"
	"  --counts 文件          CSV：stationID,hour,per_ten_minute,outNums,inNums\n"
	"  --date 年-月-日        计数所属日期（默认 2019-01-01）\n"
	"  --devices N            每个地点的设备数（默认 4）\n"
	"  --write-plan 文件      写出由计数生成的方案\n"
	"  --seed N               所有随机量的种子（默认 1）\n"
	"  --faults 列表          duplicate=0.2,late=0.05,late_s=600,shuffle=600,restart=0.1,\n"
	"                         silent=0.1,lie=0.001：比例，或每台设备每小时的概率\n"
	"\n"
	"方式\n"
	"  --fast                 不等待场次时钟\n"
	"  --clients N            并行连接数（默认 2，最多 16）\n"
	"  --batch N              每次请求最多的记录数（默认 2000）\n"
	"  --until 时间           到此场次时刻停止\n"
	"  --verify               结束时核对服务器的数字，不一致则退出码为 1\n"
	"  --quiet                不显示进度\n"
	"\n"
	"按 Ctrl-C 中断：已生成的会发完，并显示统计。\n";

struct options {
	struct drive_server server;
	struct drive_faults faults;
	const char *session, *plan, *base, *counts, *date, *write_plan, *faults_text;
	char *token, *password;
	uint64_t seed;
	uint32_t people, devices, clients, batch;
	double speed;
	at_ms at, at_until;
	bool open, drill, fast, verify, quiet;
};

enum { OPT_URL = 256, OPT_SESSION, OPT_TOKEN, OPT_USER, OPT_PASSWORD, OPT_CA, OPT_INSECURE, OPT_PATIENCE, OPT_PLAN, OPT_BASE, OPT_OPEN,
	OPT_SPEED, OPT_AT, OPT_DRILL, OPT_PEOPLE, OPT_COUNTS, OPT_DATE, OPT_DEVICES, OPT_WRITE_PLAN, OPT_SEED, OPT_FAULTS, OPT_FAST,
	OPT_CLIENTS, OPT_BATCH, OPT_UNTIL, OPT_VERIFY, OPT_QUIET, OPT_HELP };

static const struct option long_options[] = {
	{"url", 1, 0, OPT_URL}, {"session", 1, 0, OPT_SESSION}, {"token-file", 1, 0, OPT_TOKEN}, {"user", 1, 0, OPT_USER},
	{"password-file", 1, 0, OPT_PASSWORD}, {"ca", 1, 0, OPT_CA}, {"insecure", 0, 0, OPT_INSECURE}, {"patience", 1, 0, OPT_PATIENCE},
	{"plan", 1, 0, OPT_PLAN}, {"base", 1, 0, OPT_BASE}, {"open", 0, 0, OPT_OPEN}, {"speed", 1, 0, OPT_SPEED}, {"at", 1, 0, OPT_AT},
	{"drill", 0, 0, OPT_DRILL}, {"people", 1, 0, OPT_PEOPLE}, {"counts", 1, 0, OPT_COUNTS}, {"date", 1, 0, OPT_DATE},
	{"devices", 1, 0, OPT_DEVICES}, {"write-plan", 1, 0, OPT_WRITE_PLAN}, {"seed", 1, 0, OPT_SEED}, {"faults", 1, 0, OPT_FAULTS},
	{"fast", 0, 0, OPT_FAST}, {"clients", 1, 0, OPT_CLIENTS}, {"batch", 1, 0, OPT_BATCH}, {"until", 1, 0, OPT_UNTIL},
	{"verify", 0, 0, OPT_VERIFY}, {"quiet", 0, 0, OPT_QUIET}, {"help", 0, 0, OPT_HELP}, {0, 0, 0, 0}};

static err_t number(const char *text, uint64_t least, uint64_t most, const char *option, uint64_t *out, struct problem *problem)
{
	if (!text_to_u64(text_of(text), out) || *out < least || *out > most)
		return problem_set(problem, ERR_USAGE, option, "a whole number from %llu to %llu", (unsigned long long)least,
		                   (unsigned long long)most);
	return ERR_NONE;
}

/* The first line of a file: secrets do not belong on a command line. */
static err_t first_line(const char *path, const char *option, char **out, struct problem *problem)
{
	char line[512];
	FILE *file = fopen(path, "r");

	if (!file || !fgets(line, sizeof(line), file)) {
		if (file)
			fclose(file);
		return problem_set(problem, ERR_FILE_OPEN, option, "%s", path);
	}
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	*out = strdup(line);
	return *out ? ERR_NONE : ERR_MEMORY;
}

static err_t take_number(struct options *o, int option, const char *text, struct problem *problem)
{
	uint64_t v = 0;
	err_t err = ERR_NONE;

	switch (option) {
	case OPT_PATIENCE:
		err = number(text, 0, 86400, "--patience", &v, problem);
		o->server.patience_s = (int)v;
		break;
	case OPT_PEOPLE:
		err = number(text, 1, 1000000, "--people", &v, problem);
		o->people = (uint32_t)v;
		break;
	case OPT_DEVICES:
		err = number(text, 1, 100, "--devices", &v, problem);
		o->devices = (uint32_t)v;
		break;
	case OPT_CLIENTS:
		err = number(text, 1, 16, "--clients", &v, problem);
		o->clients = (uint32_t)v;
		break;
	case OPT_BATCH:
		err = number(text, 1, 100000, "--batch", &v, problem);
		o->batch = (uint32_t)v;
		break;
	default:
		err = number(text, 0, UINT64_MAX, "--seed", &o->seed, problem);
	}
	return err;
}

static err_t take_option(struct options *o, int option, char *text, struct problem *problem)
{
	char *end;

	switch (option) {
	case OPT_URL: o->server.url = text; break;
	case OPT_SESSION: o->session = text; break;
	case OPT_TOKEN: return first_line(text, "--token-file", &o->token, problem);
	case OPT_USER: o->server.name = text; break;
	case OPT_PASSWORD: return first_line(text, "--password-file", &o->password, problem);
	case OPT_CA: o->server.ca_file = text; break;
	case OPT_INSECURE: o->server.insecure = true; break;
	case OPT_PLAN: o->plan = text; break;
	case OPT_BASE: o->base = text; break;
	case OPT_OPEN: o->open = true; break;
	case OPT_DRILL: o->drill = true; break;
	case OPT_COUNTS: o->counts = text; break;
	case OPT_DATE: o->date = text; break;
	case OPT_WRITE_PLAN: o->write_plan = text; break;
	case OPT_FAULTS: o->faults_text = text; break;
	case OPT_FAST: o->fast = true; break;
	case OPT_VERIFY: o->verify = true; break;
	case OPT_QUIET: o->quiet = true; break;
	case OPT_AT:
	case OPT_UNTIL:
		if (when_parse(text_of(text), option == OPT_AT ? &o->at : &o->at_until, NULL) != ERR_NONE)
			return problem_set(problem, ERR_TIME_FORMAT, option == OPT_AT ? "--at" : "--until", "not \"%s\"", text);
		break;
	case OPT_SPEED:
		o->speed = strtod(text, &end);
		if (*end || !(o->speed >= 1 && o->speed <= 10000))
			return problem_set(problem, ERR_USAGE, "--speed", "%s", "a number from 1 to 10000");
		break;
	default: return take_number(o, option, text, problem);
	}
	return ERR_NONE;
}

static err_t check_options(const struct options *o, struct problem *problem)
{
	if (o->counts && o->write_plan && !o->session)
		return ERR_NONE;
	if (!o->server.url || !o->session)
		return problem_set(problem, ERR_USAGE, "--url, --session", "%s", "which server, which session?");
	if (!o->drill == !o->counts)
		return problem_set(problem, ERR_USAGE, "--drill, --counts", "%s", "exactly one of them");
	if (o->drill && !o->plan)
		return problem_set(problem, ERR_USAGE, "--plan", "%s", "a drill needs the plan's file");
	if (!o->token && !(o->server.name && o->password))
		return problem_set(problem, ERR_USAGE, "--token-file", "%s", "or --user with --password-file");
	if (o->open && !(o->server.name && o->password))
		return problem_set(problem, ERR_USAGE, "--open", "%s", "needs --user and --password-file of a planner or administrator");
	return ERR_NONE;
}

static err_t read_whole(const char *path, const char *option, struct buf *out, struct problem *problem)
{
	char piece[65536];
	size_t size;
	FILE *file = fopen(path, "r");

	if (!file)
		return problem_set(problem, ERR_FILE_OPEN, option, "%s", path);
	while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(out, piece, size);
	fclose(file);
	return out->error;
}

/* Opens the session as an exercise; one that is there already is gone on with. */
static err_t open_session(const struct options *o, const struct plan *plan, const struct buf *plan_text, struct problem *problem)
{
	struct drive_server as_person = o->server;
	struct drive_http *http = NULL;
	struct buf body, base, answer;
	char at[WHEN_SIZE];
	long status = 0;
	err_t err;

	buf_init(&body, 160u << 20);
	buf_init(&base, 64u << 20);
	buf_init(&answer, 16u << 20);
	as_person.token = NULL;
	err = drive_http_new(&as_person, &http, problem);
	if (err == ERR_NONE && o->base)
		err = read_whole(o->base, "--base", &base, problem);
	if (err != ERR_NONE)
		goto out;
	buf_addf(&body, "{\"id\":\"%s\",\"exercise\":{\"speed\":%g,\"at\":\"%s\"},\"plan\":", o->session, o->speed,
	         when_format(o->at != AT_NONE ? o->at : plan->at_doors - 30 * 60000, plan->offset_min, at));
	buf_add(&body, plan_text->at, plan_text->size);
	if (base.size > 0) {
		buf_add_str(&body, ",\"base\":");
		buf_add(&body, base.at, base.size);
	}
	buf_add_char(&body, '}');
	if (body.error != ERR_NONE) {
		err = problem_set(problem, body.error, "--plan", "%s", o->plan ? o->plan : "");
		goto out;
	}
	err = drive_http_send(http, "POST", "/api/v1/sessions", "application/json", (struct text){body.at, body.size}, &answer,
	                      &status, problem);
	if (err == ERR_NONE && status != 200 && status != 201 && status != 409)
		err = problem_set(problem, ERR_SESSION_PLAN, "--open", "the server answered %ld: %.200s", status, answer.at ? answer.at : "");
	if (err == ERR_NONE && status == 409 && !o->quiet)
		fprintf(stderr, "session %s is open already: going on with it\n", o->session);
out:
	drive_http_free(http);
	buf_free(&body);
	buf_free(&base);
	buf_free(&answer);
	return err;
}

struct stage { /* what main_drive builds up, to be freed together */
	struct plan *plan;
	struct plan_findings findings;
	struct buf plan_text;
	struct drive_counts *counts;
	struct drive_drill *drill;
	struct drive_faulty *faulty;
	struct drive_source source;
	struct drive_tally tally;
};

static err_t read_plan(struct options *o, struct stage *s, struct problem *problem)
{
	char day[40];
	at_ms day_at;
	err_t err;

	buf_init(&s->plan_text, 64u << 20);
	if (o->counts) {
		snprintf(day, sizeof(day), "%.10sT00:00:00+08:00", o->date);
		if (when_parse(text_of(day), &day_at, NULL) != ERR_NONE)
			return problem_set(problem, ERR_TIME_FORMAT, "--date", "YYYY-MM-DD, not \"%s\"", o->date);
		err = drive_counts_new(o->counts, day_at, o->devices, o->seed, &s->counts, problem);
		if (err == ERR_NONE && !o->plan)
			err = drive_counts_plan(s->counts, &s->plan_text);
		if (err != ERR_NONE)
			return err;
	}
	if (o->plan) {
		err = read_whole(o->plan, "--plan", &s->plan_text, problem);
		if (err != ERR_NONE)
			return err;
	}
	err = plan_read((struct text){s->plan_text.at, s->plan_text.size}, &s->plan, &s->findings, problem);
	if (err == ERR_NONE && s->findings.errors > 0)
		err = problem_set(problem, ERR_SESSION_PLAN, s->findings.items[0].feature, "%s", s->findings.items[0].text_en);
	return err;
}

static err_t write_plan(const struct options *o, const struct stage *s, struct problem *problem)
{
	FILE *file = fopen(o->write_plan, "w");
	bool good = file && fwrite(s->plan_text.at, 1, s->plan_text.size, file) == s->plan_text.size;

	if (file && fclose(file) != 0)
		good = false;
	return good ? ERR_NONE : problem_set(problem, ERR_FILE_WRITE, "--write-plan", "%s", o->write_plan);
}

static err_t set_stage(struct options *o, struct stage *s, struct problem *problem)
{
	err_t err = ERR_NONE;

	if (s->counts) {
		drive_counts_source(s->counts, s->plan, &s->source);
	} else {
		err = drive_drill_new(s->plan, o->people, o->seed, &s->drill, problem);
		if (err != ERR_NONE)
			return err;
		drive_drill_source(s->drill, &s->source);
	}
	o->faults.seed = o->seed;
	if (o->faults_text) {
		err = drive_faults_read(o->faults_text, &o->faults, problem);
		if (err == ERR_NONE)
			err = drive_faulty_new(&o->faults, s->plan, s->source, &s->faulty);
		if (err == ERR_NONE)
			drive_faulty_source(s->faulty, &s->source);
	}
	return err;
}

static err_t run(struct options *o, struct stage *s, uint64_t *differences, struct problem *problem)
{
	struct drive_play play = {.server = &o->server, .session = o->session, .clients = o->clients, .batch = o->batch, .paced = !o->fast,
		.quiet = o->quiet, .at_stop = o->at_until};
	err_t err = read_plan(o, s, problem);

	if (err == ERR_NONE && o->write_plan)
		err = write_plan(o, s, problem);
	if (err != ERR_NONE || !o->session)
		return err;
	if (o->open)
		err = open_session(o, s->plan, &s->plan_text, problem);
	if (err == ERR_NONE)
		err = set_stage(o, s, problem);
	if (err != ERR_NONE)
		return err;
	play.plan = s->plan;
	err = drive_play(&play, &s->source, &s->tally, problem);
	if (err == ERR_NONE && o->verify)
		err = drive_verify(&play, &s->tally, s->counts, differences, problem);
	return err;
}

int verb_drive(int argc, char **argv)
{
	struct options o = {.date = "2019-01-01", .seed = 1, .devices = 4, .clients = 2, .batch = 2000, .speed = 1, .at = AT_NONE,
		.at_until = AT_NONE, .server = {.patience_s = 60}};
	struct stage s = {0};
	struct problem problem = {0};
	uint64_t differences = 0;
	int option, rc = 0;
	err_t err = ERR_NONE;

	optind = 1;
	while (err == ERR_NONE && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(say_in_chinese() ? help_zh : help_en, stdout);
			goto out;
		}
		err = option == '?' ? problem_set(&problem, ERR_USAGE, NULL, "%s", "") : take_option(&o, option, optarg, &problem);
	}
	if (err == ERR_NONE && optind < argc)
		err = problem_set(&problem, ERR_USAGE, argv[optind], "%s", "not understood");
	if (err == ERR_NONE)
		err = check_options(&o, &problem);
	o.server.token = o.token;
	o.server.password = o.password;
	if (err == ERR_NONE)
		err = run(&o, &s, &differences, &problem);
	if (err != ERR_NONE) {
		say_error(err, &problem);
		rc = err == ERR_USAGE ? 2 : 1;
	} else if (differences > 0)
		rc = 1;
out:
	free(o.token);
	free(o.password);
	drive_tally_free(&s.tally);
	drive_faulty_free(s.faulty);
	drive_drill_free(s.drill);
	drive_counts_free(s.counts);
	plan_free(s.plan);
	plan_findings_free(&s.findings);
	buf_free(&s.plan_text);
	return rc;
}
