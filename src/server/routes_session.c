/* server/routes_session.c: signing in and out, and who I am. Passwords are checked on a worker: Argon2 takes 0.1 s. */
#include "server/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE_S 46800 /* the 12 h that account/ gives, and the hour in which it still says why it is over */

static void write_me(struct buf *out, const struct principal *who)
{
	buf_add_str(out, "{\"name\":");
	buf_add_json_str(out, who->name);
	char until[WHEN_SIZE];
	buf_addf(out, ",\"role\":\"%s\",\"must_change_password\":%s,\"until\":", role_word(who->role),
	         who->must_change_password ? "true" : "false");
	buf_add_json_str(out, when_format(who->at_end, 0, until));
	buf_add_char(out, '}');
}

static void set_cookie(const struct call *c, const char *secret, int for_s, char *out, size_t out_size)
{
	snprintf(out, out_size, "Set-Cookie: cordon=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s\r\n", secret, for_s,
	         c->server->tls ? "; Secure" : "");
}

/* The body with the password is wiped when it is not needed any more. */
static void forget_body(struct call *c)
{
	json_decref(c->json);
	c->json = NULL;
	if (c->body.at != NULL)
		explicit_bzero(c->body.at, c->body.size);
}

static struct text json_text(const struct call *c, const char *name)
{
	const json_t *value = json_object_get(c->json, name);
	return json_is_string(value) ? (struct text){json_string_value(value), json_string_length(value)} : TEXT("");
}

static void sign_in(struct call *c)
{
	struct accounts *a = c->server->accounts;
	struct text name = json_text(c, "name");
	char secret[ACCOUNT_SECRET_CHARS + 1] = "";
	/* account/ itself writes the audit chain: it knows what of a refused name may be told. */
	c->error = account_sign_in(a, name, json_text(c, "password"), c->address, secret, &c->who, &c->retry_after_s);
	if (c->error == ERR_NONE)
		set_cookie(c, secret, COOKIE_S, c->words[0], sizeof(c->words[0]));
	explicit_bzero(secret, sizeof(secret));
}

static void signed_in(struct call *c)
{
	forget_body(c);
	if (c->error != ERR_NONE) {
		call_problem(c, c->error, NULL);
		return;
	}
	buf_reset(&c->out);
	write_me(&c->out, &c->who);
	call_answer_headers(c, 200, "application/json", (struct text){c->out.at, c->out.size}, text_of(c->words[0]));
}

void route_sign_in(struct call *c)
{
	struct text name, password;
	const struct argument arguments[] = {{"name", ARGUMENT_TEXT, true, &name, NULL},
			{"password", ARGUMENT_TEXT, true, &password, NULL}};
	if (!call_read_json(c, arguments, 2))
		return;
	c->stranger = !account_knows_address(c->server->accounts, c->address);
	call_work(c, sign_in, signed_in);
}

static void sign_out(struct call *c)
{
	c->error = account_sign_out(c->server->accounts, text_of(c->words[0]));
	if (c->error != ERR_NONE)
		problem_set(&c->problem, c->error, NULL, "you are signed out, but the next start of the server may not know it");
	audit_add(c->server->accounts, c->who.name, c->address, "sign-out", "", TEXT(""));
}

static void signed_out(struct call *c)
{
	char header[160];
	if (c->error != ERR_NONE) {
		call_problem(c, c->error, &c->problem);
		return;
	}
	set_cookie(c, "", 0, header, sizeof(header));
	call_answer_headers(c, 204, NULL, TEXT(""), text_of(header));
}

void route_sign_out(struct call *c)
{
	snprintf(c->words[0], sizeof(c->words[0]), "%.*s", (int)c->cookie.size, c->cookie.at);
	call_work(c, sign_out, signed_out);
}

void route_me(struct call *c)
{
	write_me(&c->out, &c->who);
	call_answer_out(c, 200);
}

static void change_password(struct call *c)
{
	struct text old = json_text(c, "old");
	c->error = account_set_password(c->server->accounts, text_of(c->who.name), &old, json_text(c, "new"),
			text_of(c->words[0]));
	if (c->error == ERR_NONE)
		audit_add(c->server->accounts, c->who.name, c->address, "password.changed", c->who.name, TEXT(""));
}

static void password_changed(struct call *c)
{
	forget_body(c);
	finish_nothing(c);
}

void route_my_password(struct call *c)
{
	struct text old, fresh;
	const struct argument arguments[] = {{"old", ARGUMENT_TEXT, true, &old, NULL},
			{"new", ARGUMENT_TEXT, true, &fresh, NULL}};
	if (!call_read_json(c, arguments, 2))
		return;
	snprintf(c->words[0], sizeof(c->words[0]), "%.*s", (int)c->cookie.size, c->cookie.at);
	call_work(c, change_password, password_changed);
}
