/* server/routes_account.c: accounts, device tokens and the audit chain, for administrators. All of it on workers: it
 * waits for the disk. */
#include "server/inside.h"

#include <stdio.h>
#include <string.h>

#define AUDIT_COUNT 200
#define AUDIT_COUNT_MAX 10000

static struct text json_text(const struct call *c, const char *name)
{
	const json_t *value = json_object_get(c->json, name);
	return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)} : TEXT("");
}

static void audit(struct call *c, const char *what, const char *object)
{
	if (c->error == ERR_NONE)
		c->error = audit_add(c->server->accounts, c->who.name, c->address, what, object, TEXT(""));
}

static void write_time(struct buf *out, const char *name, at_ms at)
{
	char text[WHEN_SIZE];
	buf_addf(out, ",\"%s\":", name);
	if (at == AT_NONE)
		buf_add_str(out, "null");
	else
		buf_add_json_str(out, when_format(at, 0, text));
}

/* ---- accounts ---- */

static bool write_account(void *ctx, const struct account_info *info)
{
	struct buf *out = ctx;
	buf_add_str(out, out->size > 1 ? ",{\"name\":" : "{\"name\":");
	buf_add_json_str(out, info->name);
	buf_addf(out, ",\"role\":\"%s\",\"disabled\":%s", role_word(info->role), info->disabled ? "true" : "false");
	write_time(out, "signed_in_at", info->at_signed_in);
	buf_add_char(out, '}');
	return true;
}

static void list_accounts(struct call *c)
{
	buf_add_char(&c->out, '[');
	c->error = accounts_list(c->server->accounts, write_account, &c->out);
	buf_add_char(&c->out, ']');
}

void route_accounts(struct call *c) { call_work(c, list_accounts, finish_out); }

/* A person's role: what a device may do is given by a token, not by an account. */
static bool read_role(struct call *c, struct text word, enum role *out)
{
	if (role_from_word(word, out) && *out != DEVICE)
		return true;
	call_fail(c, ERR_JSON_FIELD, "role", "one of viewer, operator, planner, administrator");
	return false;
}

static void make_account(struct call *c)
{
	c->error = account_new(c->server->accounts, json_text(c, "name"), (enum role)c->numbers[0],
			json_text(c, "password"));
	if (c->error == ERR_NONE)
		audit(c, "account.made", c->words[0]);
	buf_add_str(&c->out, "{\"name\":");
	buf_add_json_str(&c->out, c->words[0]);
	buf_addf(&c->out, ",\"role\":\"%s\"}", role_word((enum role)c->numbers[0]));
}

static void account_made(struct call *c)
{
	if (c->error != ERR_NONE)
		call_problem(c, c->error, &c->problem);
	else
		call_answer_out(c, 201);
}

void route_account_new(struct call *c)
{
	struct text name, role, password;
	enum role is;
	const struct argument arguments[] = {{"name", ARGUMENT_TEXT, true, &name, NULL},
			{"role", ARGUMENT_TEXT, true, &role, NULL},
		{"password", ARGUMENT_TEXT, true, &password, NULL}};
	if (!call_read_json(c, arguments, 3) || !read_role(c, role, &is))
		return;
	c->numbers[0] = (uint64_t)is;
	snprintf(c->words[0], sizeof(c->words[0]), "%.*s", (int)text_fit(name, 150), name.at);
	call_work(c, make_account, account_made);
}

struct found { const char *name; struct account_info info; bool there; };

static bool find_account(void *ctx, const struct account_info *info)
{
	struct found *f = ctx;
	if (strcmp(f->name, info->name) != 0)
		return true;
	f->info = *info;
	f->there = true;
	return false;
}

static void change_account(struct call *c)
{
	struct accounts *a = c->server->accounts;
	struct found f = {.name = c->parameter[0]};
	const json_t *disabled = json_object_get(c->json, "disabled");
	c->error = accounts_list(a, find_account, &f);
	if (c->error == ERR_NONE && !f.there)
		c->error = ERR_NOT_FOUND;
	if (c->error != ERR_NONE)
		return;
	enum role role = c->numbers[0] != 0 ? (enum role)c->numbers[0] : f.info.role;
	bool off = json_is_boolean(disabled) ? json_is_true(disabled) : f.info.disabled;
	if (role != f.info.role || off != f.info.disabled) {
		c->error = account_set_role(a, text_of(f.name), role, off);
		audit(c, off ? "account.disabled" : "account.changed", f.name);
	}
	if (c->error == ERR_NONE && json_object_get(c->json, "password") != NULL) {
		c->error = account_set_password(a, text_of(f.name), NULL, json_text(c, "password"), TEXT(""));
		audit(c, "password.set", f.name);
	}
	f.there = false;
	accounts_list(a, find_account, &f);
	write_account(&c->out, &f.info);
}

void route_account_change(struct call *c)
{
	struct text role, password;
	bool disabled, role_given;
	enum role is = 0;
	const struct argument arguments[] = {{"role", ARGUMENT_TEXT, false, &role, &role_given},
			{"disabled", ARGUMENT_BOOL, false, &disabled, NULL},
		{"password", ARGUMENT_TEXT, false, &password, NULL}};
	if (!call_read_json(c, arguments, 3) || (role_given && !read_role(c, role, &is)))
		return;
	c->numbers[0] = role_given ? (uint64_t)is : 0;
	call_work(c, change_account, finish_out);
}

/* ---- device tokens ---- */

static bool write_token(void *ctx, const struct token_info *info)
{
	struct buf *out = ctx;
	buf_add_str(out, out->size > 1 ? ",{\"id\":" : "{\"id\":");
	buf_add_json_str(out, info->id);
	buf_add_str(out, ",\"session\":");
	buf_add_json_str(out, info->session);
	buf_add_str(out, ",\"devices\":[");
	for (const char *at = info->devices; *at != '\0';) {
		size_t size = strcspn(at, ",");
		if (at != info->devices)
			buf_add_char(out, ',');
		buf_add_json(out, (struct text){at, size});
		at += size + (at[size] == ',');
	}
	buf_add_str(out, "],\"note\":");
	buf_add_json_str(out, info->note);
	write_time(out, "made_at", info->at_made);
	write_time(out, "used_at", info->at_used);
	buf_add_char(out, '}');
	return true;
}

static void list_tokens(struct call *c)
{
	buf_add_char(&c->out, '[');
	c->error = account_tokens_list(c->server->accounts, write_token, &c->out);
	buf_add_char(&c->out, ']');
}

void route_tokens(struct call *c) { call_work(c, list_tokens, finish_out); }

static void make_token(struct call *c)
{
	char id[17] = "", secret[ACCOUNT_SECRET_CHARS + 1] = "";
	struct text devices = {c->body.at, c->body.size};
	c->error = account_token_new(c->server->accounts, json_text(c, "session"), devices, json_text(c, "note"), id,
			secret);
	audit(c, "token.made", id);
	buf_add_str(&c->out, "{\"id\":");
	buf_add_json_str(&c->out, id);
	buf_add_str(&c->out, ",\"secret\":");
	buf_add_json_str(&c->out, secret);
	buf_add_char(&c->out, '}');
}

void route_token_new(struct call *c)
{
	struct text session = TEXT(""), note = TEXT("");
	json_t *devices, *one;
	size_t index;
	const struct argument arguments[] = {{"session", ARGUMENT_TEXT, false, &session, NULL},
			{"devices", ARGUMENT_LIST, true, &devices, NULL},
		{"note", ARGUMENT_TEXT, false, &note, NULL}};
	if (!call_read_json(c, arguments, 3))
		return;
	if (session.size > 0 && live_find_session(c->server->live, session) == NULL) {
		call_fail(c, ERR_SESSION_UNKNOWN, "session", NULL);
		return;
	}
	/* The body has been read: its buffer now takes the patterns, joined by commas. */
	buf_reset(&c->body);
	json_array_foreach(devices, index, one) {
		if (!json_is_string(one) || json_string_length(one) == 0 || strchr(json_string_value(one), ',') != NULL) {
			call_fail(c, ERR_JSON_FIELD, "devices", "a list of patterns like \"G3-*\" is needed here");
			return;
		}
		if (index > 0)
			buf_add_char(&c->body, ',');
		buf_add_str(&c->body, json_string_value(one));
	}
	call_work(c, make_token, account_made);
}

static void end_token(struct call *c)
{
	c->error = account_token_end(c->server->accounts, text_of(c->parameter[0]));
	audit(c, "token.ended", c->parameter[0]);
}

void route_token_end(struct call *c) { call_work(c, end_token, finish_nothing); }

/* ---- audit ---- */

static void list_audit(struct call *c)
{
	bool whole = false;
	buf_add_str(&c->out, "{\"entries\":");
	c->error = audit_list(c->server->accounts, c->numbers[0], c->numbers[1], &c->out, &whole);
	buf_addf(&c->out, ",\"intact\":%s}", whole ? "true" : "false");
}

void route_audit(struct call *c)
{
	static const char *const names[] = {"from", "count", NULL};
	uint64_t from, count;
	if (!call_query_known(c, names) || !call_query_number(c, "from", 0, UINT64_MAX - AUDIT_COUNT_MAX, &from) ||
	    !call_query_number(c, "count", AUDIT_COUNT, AUDIT_COUNT_MAX, &count))
		return;
	if (from == 0) { /* the newest */
		uint64_t there = audit_count(c->server->accounts);
		from = there > count ? there - count + 1 : 1;
	}
	c->numbers[0] = from;
	c->numbers[1] = count;
	call_work(c, list_audit, finish_out);
}
