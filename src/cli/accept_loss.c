/* cli/accept_loss.c: `cordon verify --accept-loss`: going on with a journal whose end is lost, in writing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "cli/say.h"
#include "cli/verify.h"

static bool end_is_lost(const struct live_report *r)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].fault == LIVE_END_LOST)
			return true;
	return false;
}

/* Snapshots of what is lost go with it; any other damage is not what this is for. */
static bool only_the_end(const struct live_report *r)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].fault != LIVE_END_LOST && r->findings[i].fault != LIVE_SNAPSHOT_DAMAGED)
			return false;
	return true;
}

static err_t look(const char *dir, const char *id, struct live_report *out, struct problem *problem)
{
	struct store *store = NULL;
	err_t error = store_open_to_look(dir, &store, problem);
	if (error == ERR_NONE)
		error = verify_look(store, id, true, out);
	store_close(store);
	return error;
}

static bool confirmed(const char *id, bool chinese)
{
	char line[128];
	fprintf(stderr, chinese ? "确认放弃请再次输入场次编号：" : "To go on without them, type the session's name again: ");
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return strcmp(line, id) == 0;
}

static err_t write_it_down(struct store *store, const char *id, const struct live_report *r, uint64_t lost, struct problem *problem)
{
	struct accounts *accounts = NULL;
	char first_password[ACCOUNT_PASSWORD_BYTES] = "", detail[128];
	err_t error = accounts_open(store, clock_system(), first_password, &accounts, problem);
	if (error == ERR_NONE && first_password[0] != '\0')
		printf(say_in_chinese() ? "管理员 admin 的初始密码：%s\n" : "The administrator is admin, password %s\n", first_password);
	explicit_bzero(first_password, sizeof(first_password));
	int size = snprintf(detail, sizeof(detail), "{\"records_kept\":%" PRIu64 ",\"records_lost\":%" PRIu64 "}", r->records, lost);
	if (error == ERR_NONE)
		error = audit_add(accounts, "console", "", "journal-accept-loss", id, (struct text){detail, (size_t)size});
	accounts_close(accounts);
	return error;
}

static err_t accept_loss(const char *dir, const char *id, const struct live_report *r, uint64_t *out_lost, struct problem *problem)
{
	struct store *store = NULL;
	err_t error = store_open(dir, &store, problem);
	if (error == ERR_NONE)
		error = journal_accept_loss(store, id, out_lost, problem);
	if (error == ERR_NONE)
		error = write_it_down(store, id, r, *out_lost, problem);
	store_close(store);
	return error;
}

int verify_accept_loss(const char *dir, const char *id, bool yes)
{
	struct problem problem = {0};
	struct live_report r = {0};
	uint64_t lost = 0;
	char kept[32], gone[32];
	bool chinese = say_in_chinese();
	err_t error = look(dir, id, &r, &problem);
	if (error != ERR_NONE) {
		say_error(error, &problem);
		if (error == ERR_STORE_LOCKED)
			verify_say_holder(dir);
		return 2;
	}
	if (!end_is_lost(&r)) {
		printf(chinese ? "%s：未发现末尾丢失，未作任何改动\n" : "%s: its end is not lost; nothing was changed\n", id);
		return r.finding_count == 0 ? 0 : 1;
	}
	if (!only_the_end(&r)) {
		fprintf(stderr, chinese ? "%s：另有损坏，不能仅放弃末尾；请先运行 cordon verify 查看\n"
		                        : "%s: there is other damage, which this is no help against; see cordon verify\n", id);
		return 1;
	}
	verify_number(r.records, kept);
	printf(chinese ? "%s：保留 %s 条记录，至少 %s 条已确认的记录丢失\n"
	               : "%s: %s records are there, at least %s acknowledged ones are lost\n", id, kept, verify_number(r.records_lost, gone));
	fflush(stdout);
	if (!yes && !confirmed(id, chinese)) {
		fprintf(stderr, chinese ? "未确认，未作任何改动\n" : "Not confirmed; nothing was changed\n");
		return 1;
	}
	error = accept_loss(dir, id, &r, &lost, &problem);
	if (error != ERR_NONE)
		return say_error(error, &problem);
	printf(chinese ? "已接受：%s 从第 %s 条记录之后继续；与之矛盾的文件已改名保留，并记入审计链\n"
	               : "Accepted: %s goes on behind record %s. What knew of more was renamed and kept; it stands in the audit chain\n",
	       id, kept);
	return 0;
}
