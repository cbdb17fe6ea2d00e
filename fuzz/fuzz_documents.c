/* What the catalog holds, read back at a start: accounts, cookies, tokens, sessions and the audit chain, as somebody else may have
 * written them. Whatever stands there, the start ends in an error or in tables that answer every question with JSON.
 *
 * Each line of the input is "KIND KEY BODY" (KIND "audit": no key, a line of the chain); cookies and tokens of one letter are
 * asked for afterwards. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/account.h"
#include "live/live.h"
#include "hold.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = {"account", "cookie", "device-token", "session"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define LINES_MAX 32

/* ---- a clock and a catalog ---- */

static at_ms now(void *self) { (void)self; return INT64_C(1795514400000); }
static int64_t ns(void *self) { (void)self; return INT64_C(1000000000); }
static void nudge(void *ctx) { (void)ctx; }

struct keys { char key[LINES_MAX * 2][257]; uint32_t count; };

static bool note_key(void *ctx, const char *key, uint64_t version, struct text body)
{
	struct keys *k = ctx;
	(void)version;
	(void)body;
	if (k->count < LINES_MAX * 2)
		snprintf(k->key[k->count++], sizeof(k->key[0]), "%s", key);
	return true;
}

static void empty(struct store *s)
{
	static struct keys keys;
	for (size_t i = 0; i < KINDS; i++) {
		keys.count = 0;
		hold(catalog_list(s, kinds[i], note_key, &keys) == ERR_NONE, "the catalog is listed");
		for (uint32_t k = 0; k < keys.count; k++)
			hold(catalog_delete(s, kinds[i], keys.key[k]) == ERR_NONE, "a document is deleted");
	}
}

/* A key of one sign is the hash of that secret. */
static void write_line(struct store *s, struct text line)
{
	const char *space = memchr(line.at, ' ', line.size);
	char kind[65], key[257];
	if (space == NULL || space - line.at > 64)
		return;
	snprintf(kind, sizeof(kind), "%.*s", (int)(space - line.at), line.at);
	struct text rest = {space + 1, line.size - (size_t)(space + 1 - line.at)};
	if (strcmp(kind, "audit") == 0) {
		chain_append(s, kind, rest, NULL);
		return;
	}
	space = memchr(rest.at, ' ', rest.size);
	if (space == NULL || space - rest.at > 256)
		return;
	snprintf(key, sizeof(key), "%.*s", (int)(space - rest.at), rest.at);
	if (strlen(key) == 1 && strcmp(kind, "cookie") == 0) {
		unsigned char hash[32];
		crypto_generichash(hash, sizeof(hash), (const unsigned char *)key, 1, NULL, 0);
		sodium_bin2hex(key, sizeof(key), hash, sizeof(hash));
	}
	rest = (struct text){space + 1, rest.size - (size_t)(space + 1 - rest.at)};
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kind, kinds[i]) == 0)
			catalog_put(s, kind, key, CATALOG_ANY, rest, NULL);
}

/* ---- asking ---- */

static bool see_account(void *ctx, const struct account_info *info)
{
	(void)ctx;
	hold(text_valid_utf8(text_of(info->name)) && (info->role & SIGNED_IN) != 0, "an account is one of people");
	return true;
}

static bool see_token(void *ctx, const struct token_info *info)
{
	(void)ctx;
	hold(strlen(info->id) < sizeof(info->id) && text_valid_utf8(text_of(info->note)), "a token is one");
	return true;
}

static void hold_json(const struct buf *out)
{
	json_t *json = json_loadb(out->at == NULL ? "" : out->at, out->size, 0, NULL);
	if (json == NULL)
		fprintf(stderr, "%.*s\n", (int)out->size, out->at);
	hold(json != NULL, "the audit list is JSON");
	json_decref(json);
}

static void ask(struct accounts *a)
{
	struct principal who;
	struct buf out;
	bool whole;
	int wait_s;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	buf_init(&out, 1u << 20);
	for (char c = 'a'; c <= 'e'; c++) {
		struct text one = {&c, 1};
		account_who_cookie(a, one, &who);
		if (account_who_token(a, one, &who) == ERR_NONE)
			account_token_covers(a, &who, TEXT("T1"));
	}
	accounts_list(a, see_account, NULL);
	account_tokens_list(a, see_token, NULL);
	if (account_sign_in(a, TEXT("a"), TEXT("password"), "192.0.2.1", secret, &who, &wait_s) == ERR_NONE)
		account_sign_out(a, text_of(secret));
	account_set_role(a, TEXT("a"), VIEWER, false);
	if (audit_list(a, 0, 50, &out, &whole) == ERR_NONE)
		hold_json(&out);
	buf_free(&out);
}

/* Made and ended for the audit chain, which no call shortens. */
static struct store *fresh(void)
{
	static uint32_t inputs;
	if (inputs++ % 64 == 0)
		scratch_renew();
	return scratch_store();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *s = fresh();
	struct clock clock = {now, ns, NULL};
	char password[ACCOUNT_PASSWORD_BYTES];
	struct accounts *a;
	struct live *l;
	size_t from = 0;
	int lines = 0;
	if (size > 16384)
		return 0;
	empty(s);
	for (size_t at = 0; at <= size && lines < LINES_MAX; at++)
		if (at == size || data[at] == '\n') {
			write_line(s, (struct text){(const char *)data + from, at - from});
			from = at + 1;
			lines++;
		}
	if (accounts_open(s, clock, password, &a, NULL) == ERR_NONE) {
		ask(a);
		accounts_close(a);
	}
	struct live_settings settings = {.store = s, .clock = clock, .wake = nudge, .room = nudge, .by_hand = true, .batches = 2,
		.batch_records = 8};
	if (memmem(data, size, "session", 7) != NULL && live_new(&settings, &l, NULL) == ERR_NONE) {
		for (uint32_t i = 0; i < live_session_count(l); i++) {
			struct live_session_info info;
			live_session_info(live_session_at(l, i), &info);
			hold(info.speed >= 1 && info.speed <= 10000, "a session's clock runs");
		}
		live_free(l);
	}
	return 0;
}
