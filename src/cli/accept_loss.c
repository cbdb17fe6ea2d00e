/* cli/accept_loss.c: `cordon verify --accept-loss`: going on with a journal, or a catalog, whose end is lost, in writing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "cli/say.h"
#include "cli/verify.h"

/* A catalog cannot have the name of a session: that has no dot. */
#define CATALOG "cordon.db"

/* Snapshots of what is lost go with it, and what is damaged behind the last whole batch; any other damage is not what this is for. */
static bool only_the_end(const struct live_report *r, const struct journal_loss *loss)
{
	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct live_finding *f = &r->findings[i];
		bool is_end = f->fault == LIVE_END_LOST || f->fault == LIVE_WITNESS_DAMAGED || f->fault == LIVE_SNAPSHOT_DAMAGED ||
		              (f->fault == LIVE_JOURNAL_DAMAGED_AT && f->number == loss->kept + 1);
		if (!is_end)
			return false;
	}
	return true;
}

static err_t look(const char *dir, const char *id, struct live_report *out, struct journal_loss *out_loss, struct problem *problem)
{
	struct store *store = NULL;
	err_t error = store_open_to_look(dir, &store, problem);
	if (error == ERR_NONE)
		error = verify_look(store, id, true, out);
	if (error == ERR_NONE && out->finding_count > 0)
		error = journal_look_for_loss(store, id, out_loss, problem);
	store_close(store);
	return error;
}

static int say_no_look(const char *dir, err_t error, const struct problem *problem)
{
	say_error(error, problem);
	if (error == ERR_STORE_LOCKED)
		verify_say_holder(dir);
	return 2;
}

static bool confirmed(const char *id, bool chinese)
{
	char line[128];
	const char *what = strcmp(id, CATALOG) == 0 ? (chinese ? " " CATALOG : CATALOG) : chinese ? "场次编号" : "the session's name";
	fprintf(stderr, chinese ? "确认放弃，请再次输入%s：" : "To go on without them, type %s again: ", what);
	bool is_same = false;
	if (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		is_same = strcmp(line, id) == 0;
	}
	if (!is_same)
		fprintf(stderr, chinese ? "未确认，未作任何改动\n" : "Not confirmed; nothing was changed\n");
	return is_same;
}

static err_t write_it_down(struct store *store, const char *what, const char *id, const char *detail, struct problem *problem)
{
	struct accounts *accounts = NULL;
	char first_password[ACCOUNT_PASSWORD_BYTES] = "";
	err_t error = accounts_open(store, clock_system(), first_password, &accounts, problem);
	if (error == ERR_NONE && first_password[0] != '\0')
		printf(say_in_chinese() ? "管理员 admin 的初始密码：%s\n" : "The administrator is admin, password %s\n", first_password);
	explicit_bzero(first_password, sizeof(first_password));
	if (error == ERR_NONE)
		error = audit_add(accounts, "console", "", what, id, text_of(detail));
	accounts_close(accounts);
	return error;
}

static err_t accept_loss(const char *dir, const char *id, uint64_t kept, struct problem *problem)
{
	struct store *store = NULL;
	char detail[128];
	uint64_t lost = 0;
	err_t error = store_open(dir, &store, problem);
	if (error == ERR_NONE)
		error = journal_accept_loss(store, id, &lost, problem);
	char gone[32] = "null";
	if (lost != JOURNAL_LOST_UNKNOWN)
		snprintf(gone, sizeof(gone), "%" PRIu64, lost);
	snprintf(detail, sizeof(detail), "{\"records_kept\":%" PRIu64 ",\"records_lost\":%s}", kept, gone);
	if (error == ERR_NONE)
		error = write_it_down(store, "journal-accept-loss", id, detail, problem);
	store_close(store);
	return error;
}

static int accept_journal(const char *dir, const char *id, bool yes)
{
	struct problem problem = {0};
	struct live_report r = {0};
	struct journal_loss loss = {0};
	char kept[32], gone[32];
	bool chinese = say_in_chinese();
	err_t error = look(dir, id, &r, &loss, &problem);
	if (error != ERR_NONE)
		return say_no_look(dir, error, &problem);
	if (r.finding_count == 0) {
		printf(chinese ? "%s：未发现末尾丢失，未作任何改动\n" : "%s: its end is not lost; nothing was changed\n", id);
		return 0;
	}
	if (r.findings[0].fault == LIVE_JOURNAL_MISSING) {
		fprintf(stderr, chinese ? "%s：没有该场次的日志，未作任何改动；请核对场次编号\n"
		                        : "%s: there is no journal of it; nothing was changed. Check the session's name\n", id);
		return 1;
	}
	if (loss.lost == 0 || !only_the_end(&r, &loss)) {
		fprintf(stderr, chinese ? "%s：损坏不在末尾，不能以此恢复；未作任何改动\n"
		                        : "%s: what is wrong is not a lost end; this is no help, and nothing was changed\n", id);
		return 1;
	}
	verify_number(loss.kept, kept);
	if (loss.lost == JOURNAL_LOST_UNKNOWN)
		printf(chinese ? "%s：保留 %s 条记录；见证文件已损坏，无法判断其后有无丢失\n"
		               : "%s: %s records are there; the witness is damaged, and nobody can tell whether more were\n", id, kept);
	else
		printf(chinese ? "%s：保留 %s 条记录，至少 %s 条已确认的记录丢失\n"
		               : "%s: %s records are there, at least %s acknowledged ones are lost\n", id, kept, verify_number(loss.lost, gone));
	fflush(stdout);
	if (!yes && !confirmed(id, chinese))
		return 1;
	error = accept_loss(dir, id, loss.kept, &problem);
	if (error != ERR_NONE)
		return say_error(error, &problem);
	printf(chinese ? "已接受：%s 从第 %s 条记录之后继续；与之矛盾的文件已改名保留，并记入审计链\n"
	               : "Accepted: %s goes on behind record %s. What knew of more was renamed and kept; it stands in the audit chain\n",
	       id, kept);
	return 0;
}

/* ---- the catalog ---- */

static err_t accept_catalog_loss(const char *dir, struct problem *problem)
{
	struct store *store = NULL;
	struct catalog_loss loss = {0};
	char detail[128], lost[32] = "null";
	err_t error = store_accept_loss(dir, NULL, &store, &loss, problem);
	if (error == ERR_NONE && loss.lost != CATALOG_LOST_UNKNOWN)
		snprintf(lost, sizeof(lost), "%" PRIu64, loss.lost);
	snprintf(detail, sizeof(detail), "{\"changes_kept\":%" PRIu64 ",\"changes_lost\":%s}", loss.kept, lost);
	if (error == ERR_NONE)
		error = write_it_down(store, "catalog-accept-loss", CATALOG, detail, problem);
	store_close(store);
	return error;
}

static int accept_catalog(const char *dir, bool yes)
{
	struct problem problem = {0};
	struct catalog_loss loss = {0};
	char n[32];
	bool chinese = say_in_chinese();
	err_t error = store_look_for_loss(dir, &loss, &problem);
	if (error != ERR_NONE)
		return say_no_look(dir, error, &problem);
	uint64_t lost = loss.lost;
	if (lost == 0) {
		printf("%s", chinese ? "目录库：未发现末尾丢失，未作任何改动\n" : "The catalog's end is not lost; nothing was changed\n");
		return 0;
	}
	if (lost == CATALOG_LOST_UNKNOWN)
		printf("%s", chinese ? "目录库：改动计数已损坏，可能有改动丢失\n" : "The catalog's count of its changes is damaged; some may be lost\n");
	else
		printf(chinese ? "目录库：至少 %s 次已生效的改动丢失（场次、账户、令牌、审计记录）\n"
		               : "At least %s changes of the catalog are lost (sessions, accounts, tokens, audit lines)\n", verify_number(lost, n));
	fflush(stdout);
	if (!yes && !confirmed(CATALOG, chinese))
		return 1;
	error = accept_catalog_loss(dir, &problem);
	if (error != ERR_NONE)
		return say_error(error, &problem);
	printf("%s", chinese ? "已接受：目录库以现有内容继续；损坏的日志已另存，并记入审计链。请核对账户、令牌和场次\n"
	                     : "Accepted: the catalog goes on as it is. Its log was copied aside; it stands in the audit chain. "
	                       "Look through accounts, tokens and sessions\n");
	return 0;
}

int verify_accept_loss(const char *dir, const char *id, bool yes)
{
	return strcmp(id, CATALOG) == 0 ? accept_catalog(dir, yes) : accept_journal(dir, id, yes);
}
