/* account/cookies.c: who is signed in. In memory by the hash of the cookie; in the catalog so that a restart signs nobody out. */
#include "account/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* An open page uses its cookie every second: without the second limit it would never end. */
static at_ms end_of(const struct cookie *c)
{
	at_ms idle = c->at_used + COOKIE_IDLE_MS, latest = c->at_made + COOKIE_FOR_MS;
	return idle < latest ? idle : latest;
}

static bool is_forgotten(const struct cookie *c, at_ms now)
{
	return now - end_of(c) >= COOKIE_REMEMBERED_MS;
}

static err_t write_cookie(struct accounts *a, const struct cookie *c)
{
	char key[HEX_SIZE];
	hash_to_hex(c->hash, key);
	return document_put(a, KIND_COOKIE, key, CATALOG_ANY,
		json_pack("{s:s, s:I, s:I}", "name", a->rows[c->account]->name, "made", (json_int_t)c->at_made, "used",
			(json_int_t)c->at_used));
}

/* A cookie that cannot be deleted from the disk comes back at the next start: say so. */
static err_t delete_cookie(struct accounts *a, const uint8_t hash[SECRET_HASH_BYTES])
{
	char key[HEX_SIZE];
	hash_to_hex(hash, key);
	err_t error = catalog_delete(a->store, KIND_COOKIE, key);
	if (error != ERR_NONE && error != ERR_NOT_FOUND)
		log_error("account", "an ended sign-in could not be deleted from the catalog: %s", error_row(error)->code);
	return error;
}

/* Under `lock`. */
static void forget_row(struct accounts *a, struct cookie *c)
{
	hash_table_remove(&a->cookie_table, c->hash);
	c->is_live = false;
	a->cookie_count--;
}

/* ---- loading ---- */

static bool load_cookie(void *ctx, const char *key, uint64_t version, struct text body)
{
	(void)version;
	struct accounts *a = ctx;
	struct cookie c = {.is_live = true};
	char name[ACCOUNT_NAME_BYTES] = "";
	json_t *json = NULL;
	if (read_json(body, 0, &json, NULL) == ERR_MEMORY)
		return true; /* as below */
	bool good = hash_from_hex(text_of(key), c.hash) && document_text(json, "name", name, sizeof(name)) &&
	            document_time(json, "made", &c.at_made) && document_time(json, "used", &c.at_used);
	json_decref(json);
	c.account = accounts_find(a, text_of(name));
	if (!good || c.account == NAMES_NONE || a->rows[c.account]->disabled || a->cookie_count == COOKIES_MAX)
		return true; /* not worth a failed start: its owner signs in again */
	c.at_written = c.at_used;
	uint32_t row = a->cookie_count++;
	a->cookies[row] = c;
	hash_table_put(&a->cookie_table, c.hash, row);
	return true;
}

err_t cookies_load(struct accounts *a)
{
	return catalog_list(a->store, KIND_COOKIE, load_cookie, a);
}

/* ---- making ---- */

/* The row for one more cookie of `account`. Under both locks. Ends the least recently used one of the account when it has
 * too many, or of all when the table is full: its hash goes to `out_ended`. */
static struct cookie *take_row(struct accounts *a, uint32_t account, uint8_t out_ended[SECRET_HASH_BYTES], bool *out_is_ended)
{
	struct cookie *free_row = NULL, *oldest = NULL, *oldest_own = NULL;
	uint32_t own_count = 0;
	for (uint32_t i = 0; i < COOKIES_MAX; i++) {
		struct cookie *c = &a->cookies[i];
		if (!c->is_live) {
			free_row = free_row == NULL ? c : free_row;
			continue;
		}
		if (oldest == NULL || c->at_used < oldest->at_used)
			oldest = c;
		if (c->account != account)
			continue;
		own_count++;
		if (oldest_own == NULL || c->at_used < oldest_own->at_used)
			oldest_own = c;
	}
	struct cookie *end = own_count >= COOKIES_OF_ONE_MAX ? oldest_own : free_row == NULL ? oldest : NULL;
	*out_is_ended = end != NULL;
	if (end == NULL)
		return free_row;
	memcpy(out_ended, end->hash, SECRET_HASH_BYTES);
	forget_row(a, end);
	return end;
}

err_t cookie_new(struct accounts *a, uint32_t account, char secret[ACCOUNT_SECRET_CHARS + 1])
{
	at_ms now = accounts_now(a);
	struct cookie c = {.account = account, .is_live = true, .at_made = now, .at_used = now, .at_written = now};
	char made[ACCOUNT_SECRET_CHARS + 1];
	secret_make(made);
	secret_hash(text_of(made), c.hash);
	err_t error = write_cookie(a, &c);
	if (error == ERR_STORE_FULL) { /* somebody must get in to make room: kept in memory, and on disk by cookies_tidy */
		c.at_written = now - USE_WRITTEN_AFTER_MS;
		error = ERR_NONE;
	}
	if (error == ERR_NONE) {
		uint8_t ended[SECRET_HASH_BYTES];
		bool is_ended = false;
		pthread_mutex_lock(&a->lock);
		struct cookie *row = take_row(a, account, ended, &is_ended);
		*row = c;
		hash_table_put(&a->cookie_table, c.hash, (uint32_t)(row - a->cookies));
		a->cookie_count++;
		pthread_mutex_unlock(&a->lock);
		if (is_ended)
			delete_cookie(a, ended);
		memcpy(secret, made, sizeof(made));
	}
	sodium_memzero(made, sizeof(made));
	return error;
}

/* ---- looking ---- */

/* Under `lock`. */
static err_t use_cookie(struct accounts *a, struct cookie *c, at_ms now, struct principal *out)
{
	if (now < c->at_made) /* the clock was set back: the time left counts from here */
		c->at_made = c->at_used = now;
	if (now >= end_of(c))
		return is_forgotten(c, now) ? ERR_SIGN_IN_NEEDED : ERR_SIGN_IN_OVER;
	const struct account *account = a->rows[c->account];
	if (now > c->at_used)
		c->at_used = now;
	*out = (struct principal){.role = account->role, .must_change_password = account->must_change_password,
		.at_end = c->at_made + COOKIE_FOR_MS};
	memcpy(out->name, account->name, sizeof(out->name));
	return ERR_NONE;
}

err_t account_who_cookie(struct accounts *a, struct text secret, struct principal *out)
{
	if (secret.size != ACCOUNT_SECRET_CHARS)
		return ERR_SIGN_IN_NEEDED;
	uint8_t hash[SECRET_HASH_BYTES];
	secret_hash(secret, hash);
	err_t error = ERR_SIGN_IN_NEEDED;
	pthread_mutex_lock(&a->lock);
	at_ms now = accounts_now(a);
	uint32_t row = hash_table_find(&a->cookie_table, hash);
	if (row != HASH_TABLE_NONE)
		error = use_cookie(a, &a->cookies[row], now, out);
	pthread_mutex_unlock(&a->lock);
	return error;
}

/* ---- ending ---- */

err_t account_sign_out(struct accounts *a, struct text secret)
{
	uint8_t hash[SECRET_HASH_BYTES];
	err_t error = ERR_NONE;
	secret_hash(secret, hash);
	pthread_mutex_lock(&a->writing);
	pthread_mutex_lock(&a->lock);
	uint32_t row = hash_table_find(&a->cookie_table, hash);
	if (row != HASH_TABLE_NONE)
		forget_row(a, &a->cookies[row]);
	pthread_mutex_unlock(&a->lock);
	if (row != HASH_TABLE_NONE)
		error = delete_cookie(a, hash);
	pthread_mutex_unlock(&a->writing);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

void cookies_end_of(struct accounts *a, uint32_t account, const uint8_t keep[SECRET_HASH_BYTES])
{
	for (uint32_t i = 0; i < COOKIES_MAX; i++) {
		struct cookie *c = &a->cookies[i];
		if (!c->is_live || c->account != account || (keep != NULL && memcmp(c->hash, keep, SECRET_HASH_BYTES) == 0))
			continue;
		pthread_mutex_lock(&a->lock);
		forget_row(a, c);
		pthread_mutex_unlock(&a->lock);
		delete_cookie(a, c->hash);
	}
}

/* ---- tidying ---- */

#define TIDY_ROWS 256u /* between two looks at who waits for `writing` */

static void tidy_row(struct accounts *a, struct cookie *c, at_ms now)
{
	pthread_mutex_lock(&a->lock);
	struct cookie copy = *c;
	bool over = copy.is_live && is_forgotten(c, now);
	if (over)
		forget_row(a, c);
	pthread_mutex_unlock(&a->lock);
	if (over) {
		delete_cookie(a, copy.hash);
		return;
	}
	if (!copy.is_live || copy.at_used - copy.at_written < USE_WRITTEN_AFTER_MS || write_cookie(a, &copy) != ERR_NONE)
		return;
	pthread_mutex_lock(&a->lock);
	c->at_written = copy.at_used;
	pthread_mutex_unlock(&a->lock);
}

void cookies_tidy(struct accounts *a)
{
	at_ms now = accounts_now(a);
	for (uint32_t from = 0; from < COOKIES_MAX; from += TIDY_ROWS) {
		pthread_mutex_lock(&a->writing);
		for (uint32_t i = from; i < from + TIDY_ROWS; i++)
			if (a->cookies[i].is_live) /* changes under `writing` only */
				tidy_row(a, &a->cookies[i], now);
		pthread_mutex_unlock(&a->writing);
	}
}
