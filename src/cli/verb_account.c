/* cli/verb_account.c: `cordon account`: accounts and device tokens on the data folder itself, while no server runs: the way back
 * in when nobody knows a password any more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "account/account.h"
#include "base/log.h"
#include "cli/say.h"
#include "cli/verbs.h"

static const char help_en[] =
	"cordon account --data DIR list\n"
	"cordon account --data DIR add NAME --role ROLE [--first-sign-in keep]\n"
	"cordon account --data DIR role NAME --role ROLE\n"
	"cordon account --data DIR password NAME\n"
	"cordon account --data DIR disable NAME | enable NAME\n"
	"cordon account --data DIR tokens\n"
	"cordon account --data DIR token [--session ID] --devices 'G3-*,G4-L1' [--note TEXT]\n"
	"cordon account --data DIR token-end ID\n"
	"\n"
	"Works on the data folder itself, while no server uses it: the way back in when a\n"
	"password is lost. While a server runs, use its pages.\n"
	"\n"
	"ROLE is viewer, operator, planner or administrator. A password has at least ten\n"
	"characters; it is asked for without echo, or read as one line from standard input.\n"
	"Its owner must change it at the next sign-in, but with --first-sign-in keep (scripts,\n"
	"exercises).\n"
	"A token's secret is shown once; without --session it is good for any session.\n"
	"Everything done here stands in the audit chain.\n"
	"Exit status: 0 done, 1 it did not work, 2 the command line is not understood.\n";
static const char help_zh[] =
	"cordon account --data 目录 list\n"
	"cordon account --data 目录 add 用户名 --role 角色 [--first-sign-in keep]\n"
	"cordon account --data 目录 role 用户名 --role 角色\n"
	"cordon account --data 目录 password 用户名\n"
	"cordon account --data 目录 disable 用户名 | enable 用户名\n"
	"cordon account --data 目录 tokens\n"
	"cordon account --data 目录 token [--session 场次] --devices 'G3-*,G4-L1' [--note 备注]\n"
	"cordon account --data 目录 token-end 编号\n"
	"\n"
	"直接操作数据目录，须先停止服务器；用于找回密码等情形。服务器运行时请使用页面。\n"
	"\n"
	"角色为 viewer（查看）、operator（值守）、planner（方案）或 administrator（管理员）。\n"
	"密码至少 10 个字符，输入时不回显，也可从标准输入读取一行；本人下次登录时须修改；\n"
	"加 --first-sign-in keep 则不要求修改（用于脚本和演练）。\n"
	"设备令牌的密文仅显示一次；不指定 --session 则对所有场次有效。\n"
	"所有操作均记入审计链。\n"
	"退出码：0 完成，1 未完成，2 命令行有误。\n";

#define PASSWORD_LINE_BYTES 1200

struct options { const char *data, *role, *session, *devices, *note, *first_sign_in; };
struct job { struct accounts *a; const struct options *o; const char *name; struct problem problem; };

/* ---- the password ---- */

static bool read_line(char *out, size_t out_size)
{
	if (fgets(out, (int)out_size, stdin) == NULL)
		return false;
	size_t size = strcspn(out, "\r\n");
	bool whole = out[size] != '\0' || feof(stdin) != 0;
	out[size] = '\0';
	return whole;
}

/* From the terminal without echo, or a line of standard input. */
static bool ask(const char *prompt, char *out, size_t out_size)
{
	struct termios before, quiet;
	if (isatty(STDIN_FILENO) != 1 || tcgetattr(STDIN_FILENO, &before) != 0)
		return read_line(out, out_size);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	bool good = read_line(out, out_size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return good;
}

static err_t ask_password(struct problem *problem, char out[PASSWORD_LINE_BYTES])
{
	bool chinese = say_in_chinese();
	char again[PASSWORD_LINE_BYTES] = "";
	err_t error = ERR_NONE;
	if (!ask(chinese ? "新密码：" : "New password: ", out, PASSWORD_LINE_BYTES))
		error = problem_set(problem, ERR_PASSWORD_WEAK, NULL, "%s", chinese ? "标准输入中没有密码" : "no password came from standard input");
	else if (isatty(STDIN_FILENO) == 1 &&
	         (!ask(chinese ? "再次输入：" : "Once more: ", again, sizeof(again)) || strcmp(out, again) != 0))
		error = problem_set(problem, ERR_PASSWORD_WEAK, NULL, "%s", chinese ? "两次输入不一致" : "the two are not the same");
	explicit_bzero(again, sizeof(again));
	return error;
}

/* ---- the words ---- */

static err_t note(struct job *j, const char *what, const char *object)
{
	return audit_add(j->a, "console", "", what, object, TEXT(""));
}

static bool print_account(void *ctx, const struct account_info *info)
{
	(void)ctx;
	char at[WHEN_SIZE];
	printf("%-24s %-14s %-10s %s\n", info->name, role_word(info->role), info->disabled ? "disabled" : "-",
	       when_format(info->at_signed_in, 0, at));
	return true;
}

static err_t do_list(struct job *j)
{
	return accounts_list(j->a, print_account, NULL);
}

static err_t read_role(struct job *j, enum role *out)
{
	if (role_from_word(text_of(j->o->role), out) && *out != DEVICE)
		return ERR_NONE;
	return problem_set(&j->problem, ERR_USAGE, "--role", "viewer, operator, planner, administrator");
}

static err_t do_add(struct job *j)
{
	enum role role = VIEWER;
	char password[PASSWORD_LINE_BYTES] = "";
	err_t error = read_role(j, &role);
	if (error == ERR_NONE)
		error = ask_password(&j->problem, password);
	if (error == ERR_NONE)
		error = account_new(j->a, text_of(j->name), role, text_of(password));
	if (error == ERR_NONE && j->o->first_sign_in != NULL)
		error = account_keep_password(j->a, text_of(j->name));
	explicit_bzero(password, sizeof(password));
	return error != ERR_NONE ? error : note(j, "account-new", j->name);
}

static err_t do_password(struct job *j)
{
	char password[PASSWORD_LINE_BYTES] = "";
	err_t error = ask_password(&j->problem, password);
	if (error == ERR_NONE)
		error = account_set_password(j->a, text_of(j->name), NULL, text_of(password), TEXT(""));
	explicit_bzero(password, sizeof(password));
	return error != ERR_NONE ? error : note(j, "account-password", j->name);
}

struct sought { const char *name; struct account_info info; bool found; };

static bool seek(void *ctx, const struct account_info *info)
{
	struct sought *s = ctx;
	s->found = strcmp(info->name, s->name) == 0;
	if (s->found)
		s->info = *info;
	return !s->found;
}

static err_t change(struct job *j, const char *what, const enum role *role, const bool *disabled)
{
	struct sought s = {.name = j->name};
	err_t error = accounts_list(j->a, seek, &s);
	if (error == ERR_NONE && !s.found)
		error = problem_set(&j->problem, ERR_NOT_FOUND, NULL, "%s", j->name);
	if (error == ERR_NONE)
		error = account_set_role(j->a, text_of(j->name), role != NULL ? *role : s.info.role,
		                         disabled != NULL ? *disabled : s.info.disabled);
	if (error == ERR_FORBIDDEN)
		error = problem_set(&j->problem, error, NULL, "%s", say_in_chinese() ? "至少保留一名可用的管理员" : "the last administrator stays one");
	return error != ERR_NONE ? error : note(j, what, j->name);
}

static err_t do_role(struct job *j)
{
	enum role role = VIEWER;
	err_t error = read_role(j, &role);
	return error != ERR_NONE ? error : change(j, "account-role", &role, NULL);
}

static err_t do_disable(struct job *j)
{
	const bool disabled = true;
	return change(j, "account-disable", NULL, &disabled);
}

static err_t do_enable(struct job *j)
{
	const bool disabled = false;
	return change(j, "account-enable", NULL, &disabled);
}

static bool print_token(void *ctx, const struct token_info *info)
{
	(void)ctx;
	char made[WHEN_SIZE], used[WHEN_SIZE];
	printf("%s  %-24s %-24s %-20s %-20s %s\n", info->id, info->session[0] != '\0' ? info->session : "*", info->devices,
	       when_format(info->at_made, 0, made), when_format(info->at_used, 0, used), info->note);
	return true;
}

static err_t do_tokens(struct job *j)
{
	return account_tokens_list(j->a, print_token, NULL);
}

static err_t do_token(struct job *j)
{
	char id[17], secret[ACCOUNT_SECRET_CHARS + 1];
	if (j->o->devices == NULL)
		return problem_set(&j->problem, ERR_USAGE, "--devices", "%s", say_in_chinese() ? "请指定设备" : "name the devices, for example 'G3-*'");
	err_t error = account_token_new(j->a, text_of(j->o->session), text_of(j->o->devices), text_of(j->o->note), id, secret);
	if (error != ERR_NONE)
		return problem_set(&j->problem, error, NULL, "%s", say_in_chinese() ? "场次、设备或备注不合规则" : "session, devices or note");
	printf(say_in_chinese() ? "编号  %s\n密文  %s\n" : "id      %s\nsecret  %s\n", id, secret);
	explicit_bzero(secret, sizeof(secret));
	return note(j, "token-new", id);
}

static err_t do_token_end(struct job *j)
{
	err_t error = account_token_end(j->a, text_of(j->name));
	return error != ERR_NONE ? error : note(j, "token-end", j->name);
}

static const struct word { const char *word; bool needs_name, needs_role; err_t (*run)(struct job *j); } words[] = {
	{"list", false, false, do_list},
	{"add", true, true, do_add},
	{"role", true, true, do_role},
	{"password", true, false, do_password},
	{"disable", true, false, do_disable},
	{"enable", true, false, do_enable},
	{"tokens", false, false, do_tokens},
	{"token", false, false, do_token},
	{"token-end", true, false, do_token_end},
};

static const struct word *find_word(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return &words[i];
	return NULL;
}

static int run(const struct word *word, struct job *j)
{
	struct store *store = NULL;
	char first_password[ACCOUNT_PASSWORD_BYTES] = "";
	err_t error = store_open(j->o->data, &store, &j->problem);
	if (error == ERR_NONE)
		error = accounts_open(store, clock_system(), first_password, &j->a, &j->problem);
	if (error == ERR_NONE && first_password[0] != '\0')
		printf(say_in_chinese() ? "新数据目录。管理员 admin 的初始密码：%s\n" : "A new data folder. The administrator is admin, password %s\n",
		       first_password);
	explicit_bzero(first_password, sizeof(first_password));
	if (error == ERR_NONE)
		error = word->run(j);
	accounts_close(j->a);
	store_close(store);
	if (error != ERR_NONE)
		say_error(error, &j->problem);
	return error == ERR_NONE ? 0 : error == ERR_USAGE ? 2 : 1;
}

int verb_account(int argc, char **argv)
{
	struct options o = {NULL, NULL, "", NULL, "", NULL};
	const struct say_option options[] = {{"--data", &o.data}, {"--role", &o.role}, {"--session", &o.session}, {"--devices", &o.devices},
		{"--note", &o.note}, {"--first-sign-in", &o.first_sign_in}, {NULL, NULL}};
	const char *said[2] = {"", ""};
	int said_count = 0;
	bool help = false, chinese = say_in_chinese();
	int code = say_read_options(argc, argv, options, said, 2, &said_count, &help);
	if (code != 0)
		return code;
	if (help) {
		fputs(chinese ? help_zh : help_en, stdout);
		return 0;
	}
	const struct word *word = find_word(said[0]);
	if (word == NULL)
		return say_usage(argv[0], chinese ? "请指定操作"
			: "say what to do: list, add, role, password, disable, enable, token, tokens, token-end", said[0]);
	if (o.data == NULL)
		return say_usage(argv[0], chinese ? "请指定数据目录" : "name the data folder", "--data DIR");
	if (word->needs_name != (said_count == 2))
		return say_usage(argv[0], word->needs_name ? (chinese ? "缺少名称" : "a name is needed") : (chinese ? "多余的参数" : "one word too many"),
		                 said[0]);
	if (word->needs_role != (o.role != NULL))
		return say_usage(argv[0], word->needs_role ? (chinese ? "缺少 --role" : "--role is needed")
		                 : (chinese ? "不需要 --role" : "--role is not needed"),
		                 said[0]);
	if (o.first_sign_in != NULL && strcmp(o.first_sign_in, "keep") != 0)
		return say_usage(argv[0], chinese ? "只能是 keep" : "is keep or left out", "--first-sign-in");
	enum role role;
	if (o.role != NULL && !role_from_word(text_of(o.role), &role))
		return say_usage(argv[0], chinese ? "角色只能是 viewer（查看）、operator（值守）、planner（方案）、administrator（管理员）"
		                 : "a role is viewer, operator, planner or administrator", o.role);
	/* Only the first account may make the folder: a mistyped path must not look like an empty house. */
	if (strcmp(word->word, "add") != 0 && access(o.data, F_OK) != 0)
		return say_usage(argv[0], chinese ? "没有这个数据目录" : "there is no such data folder", o.data);
	log_set_level(LOG_LEVEL_WARN);
	struct job j = {.o = &o, .name = said[1]};
	return run(word, &j);
}
