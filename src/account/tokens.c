/* account/tokens.c: device tokens. Rows never move and never change but for two atomic members, so that
 * account_token_covers() reads them without a lock. */
#include "account/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static err_t write_token(struct accounts *a, const struct token *t, at_ms at_used, uint64_t expected_version)
{
	char hex[HEX_SIZE];
	hash_to_hex(t->hash, hex);
	return document_put(a, KIND_TOKEN, t->id, expected_version,
		json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "hash", hex, "session", t->session, "devices", t->devices.text,
			"note", t->note, "made", (json_int_t)t->at_made, "used", (json_int_t)at_used));
}

/* Takes the row over. Under both locks, or before there are others. */
static err_t add_row(struct accounts *a, struct token *t)
{
	if (a->token_rows == TOKEN_ROWS_MAX || a->token_count == DEVICE_TOKENS_MAX)
		return ERR_TOO_LARGE;
	uint32_t row = a->token_rows++;
	hash_table_put(&a->token_table, t->hash, row);
	atomic_store_explicit(&a->tokens[row], t, memory_order_release);
	a->token_count++;
	return ERR_NONE;
}

static bool is_session(struct text t)
{
	for (size_t i = 0; i < t.size; i++) {
		char c = t.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return t.size < sizeof(((struct token *)0)->session);
}

/* ---- loading ---- */

struct loading { struct accounts *a; err_t error; };

static bool read_token(const char *id, const json_t *json, struct token *out)
{
	char hex[HEX_SIZE] = "", devices[sizeof(out->devices.text)] = "";
	at_ms at_used = AT_NONE;
	text_copy(out->id, sizeof(out->id), text_of(id));
	bool good = document_text(json, "hash", hex, sizeof(hex)) && hash_from_hex(text_of(hex), out->hash) &&
	            document_text(json, "session", out->session, sizeof(out->session)) &&
	            document_text(json, "devices", devices, sizeof(devices)) &&
	            document_text(json, "note", out->note, sizeof(out->note)) && document_time(json, "made", &out->at_made) &&
	            document_time(json, "used", &at_used) &&
	            device_patterns_read(text_of(devices), &out->devices) == ERR_NONE;
	out->at_written = at_used;
	atomic_init(&out->at_used, at_used);
	return good;
}

static bool load_token(void *ctx, const char *key, uint64_t version, struct text body)
{
	(void)version;
	struct loading *l = ctx;
	struct token *t = calloc(1, sizeof(*t));
	json_t *json = NULL;
	err_t error = t == NULL ? ERR_MEMORY : read_json(body, 0, &json, NULL);
	if (error != ERR_NONE)
		l->error = error == ERR_MEMORY ? error : ERR_STORE_CORRUPT;
	else
		l->error = read_token(key, json, t) ? add_row(l->a, t) : ERR_STORE_CORRUPT;
	json_decref(json);
	if (l->error != ERR_NONE)
		free(t);
	return l->error == ERR_NONE;
}

err_t tokens_load(struct accounts *a)
{
	struct loading l = {.a = a};
	err_t error = catalog_list(a->store, KIND_TOKEN, load_token, &l);
	return error != ERR_NONE ? error : l.error;
}

void tokens_free(struct accounts *a)
{
	for (uint32_t i = 0; i < a->token_rows; i++)
		free(atomic_load_explicit(&a->tokens[i], memory_order_relaxed));
	free(a->tokens);
}

/* ---- making and ending ---- */

err_t account_token_new(struct accounts *a, struct text session, struct text devices, struct text note, char out_id[17],
                        char secret[ACCOUNT_SECRET_CHARS + 1])
{
	if (!is_session(session) || !text_is_printable(note, sizeof(((struct token *)0)->note) - 1))
		return ERR_JSON_FIELD;
	struct token *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_MEMORY;
	err_t error = device_patterns_read(devices, &t->devices);
	char made[ACCOUNT_SECRET_CHARS + 1];
	uint8_t id[8];
	secret_make(made);
	secret_hash(text_of(made), t->hash);
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(t->id, sizeof(t->id), id, sizeof(id));
	text_copy(t->session, sizeof(t->session), session);
	text_copy(t->note, sizeof(t->note), note);
	t->at_made = accounts_now(a);
	t->at_written = AT_NONE;
	atomic_init(&t->at_used, AT_NONE);
	pthread_mutex_lock(&a->writing);
	if (error == ERR_NONE && (a->token_rows == TOKEN_ROWS_MAX || a->token_count == DEVICE_TOKENS_MAX))
		error = ERR_TOO_LARGE;
	if (error == ERR_NONE)
		error = write_token(a, t, AT_NONE, 0);
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->lock);
		error = add_row(a, t);
		pthread_mutex_unlock(&a->lock);
	}
	pthread_mutex_unlock(&a->writing);
	if (error == ERR_NONE) {
		memcpy(out_id, t->id, sizeof(t->id));
		memcpy(secret, made, sizeof(made));
	} else {
		free(t);
	}
	sodium_memzero(made, sizeof(made));
	return error;
}

/* Under a lock. */
static struct token *find_by_id(struct accounts *a, struct text id)
{
	for (uint32_t i = 0; i < a->token_rows; i++) {
		struct token *t = atomic_load_explicit(&a->tokens[i], memory_order_relaxed);
		if (!atomic_load(&t->ended) && text_is(id, t->id))
			return t;
	}
	return NULL;
}

err_t account_token_end(struct accounts *a, struct text id)
{
	pthread_mutex_lock(&a->writing);
	struct token *t = find_by_id(a, id);
	err_t error = t == NULL ? ERR_NOT_FOUND : catalog_delete(a->store, KIND_TOKEN, t->id);
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->lock);
		hash_table_remove(&a->token_table, t->hash);
		atomic_store(&t->ended, true);
		a->token_count--;
		pthread_mutex_unlock(&a->lock);
	}
	pthread_mutex_unlock(&a->writing);
	return error;
}

/* ---- looking ---- */

err_t account_who_token(struct accounts *a, struct text secret, struct principal *out)
{
	if (secret.size != ACCOUNT_SECRET_CHARS)
		return ERR_SIGN_IN_NEEDED;
	uint8_t hash[SECRET_HASH_BYTES];
	secret_hash(secret, hash);
	pthread_mutex_lock(&a->lock);
	uint32_t row = hash_table_find(&a->token_table, hash);
	pthread_mutex_unlock(&a->lock);
	if (row == HASH_TABLE_NONE)
		return ERR_SIGN_IN_NEEDED;
	struct token *t = atomic_load_explicit(&a->tokens[row], memory_order_acquire);
	atomic_store_explicit(&t->at_used, accounts_now(a), memory_order_relaxed);
	*out = (struct principal){.role = DEVICE, .token = row, .at_end = AT_NONE};
	memcpy(out->name, "token:", 6);
	memcpy(out->name + 6, t->id, sizeof(t->id));
	memcpy(out->session, t->session, sizeof(out->session));
	return ERR_NONE;
}

bool account_token_covers(struct accounts *a, const struct principal *p, struct text device)
{
	if (p->role != DEVICE)
		return p->role != 0;
	const struct token *t = p->token < TOKEN_ROWS_MAX ? atomic_load_explicit(&a->tokens[p->token], memory_order_acquire) : NULL;
	return t != NULL && !atomic_load_explicit(&t->ended, memory_order_relaxed) &&
	       device_patterns_cover(&t->devices, device);
}

err_t account_tokens_list(struct accounts *a, token_each each, void *ctx)
{
	pthread_mutex_lock(&a->lock);
	uint32_t rows = a->token_rows;
	pthread_mutex_unlock(&a->lock);
	for (uint32_t i = 0; i < rows; i++) {
		const struct token *t = atomic_load_explicit(&a->tokens[i], memory_order_acquire);
		if (atomic_load(&t->ended))
			continue;
		struct token_info info = {.at_made = t->at_made, .at_used = atomic_load(&t->at_used)};
		memcpy(info.id, t->id, sizeof(info.id));
		memcpy(info.session, t->session, sizeof(info.session));
		memcpy(info.devices, t->devices.text, sizeof(info.devices));
		memcpy(info.note, t->note, sizeof(info.note));
		if (!each(ctx, &info))
			break;
	}
	return ERR_NONE;
}

/* ---- tidying ---- */

void tokens_tidy(struct accounts *a)
{
	pthread_mutex_lock(&a->lock);
	uint32_t rows = a->token_rows;
	pthread_mutex_unlock(&a->lock);
	for (uint32_t i = 0; i < rows; i++) {
		struct token *t = atomic_load_explicit(&a->tokens[i], memory_order_acquire);
		at_ms at_used = atomic_load(&t->at_used);
		if (at_used == AT_NONE)
			continue;
		pthread_mutex_lock(&a->writing);
		bool due = t->at_written == AT_NONE || at_used - t->at_written >= USE_WRITTEN_AFTER_MS;
		if (due && !atomic_load(&t->ended) && write_token(a, t, at_used, CATALOG_ANY) == ERR_NONE)
			t->at_written = at_used;
		pthread_mutex_unlock(&a->writing);
	}
}
