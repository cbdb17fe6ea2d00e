/* account/accounts.c: open, close, people, and the thread that writes use times. */
#include "account/inside.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define TIDY_EVERY_S 60
#define NAME_WAIT_S_MAX 64     /* short: a stranger must not be able to lock somebody else out */
#define ADDRESS_WAIT_S_MAX 900

at_ms accounts_now(struct accounts *a)
{
	return a->clock.now(a->clock.self);
}

int64_t accounts_now_ms(struct accounts *a)
{
	return a->clock.monotonic_ns(a->clock.self) / 1000000;
}

uint32_t accounts_find(struct accounts *a, struct text name)
{
	return name.size > 0 && name.size < ACCOUNT_NAME_BYTES ? names_find(a->names, name) : NAMES_NONE;
}

/* ---- documents ---- */

bool document_text(const json_t *document, const char *key, char *out, size_t out_size)
{
	const json_t *member = json_object_get(document, key);
	if (!json_is_string(member))
		return false;
	text_copy(out, out_size, (struct text){json_string_value(member), json_string_length(member)});
	return true;
}

bool document_time(const json_t *document, const char *key, at_ms *out)
{
	const json_t *member = json_object_get(document, key);
	*out = json_is_integer(member) ? (at_ms)json_integer_value(member) : AT_NONE;
	return json_is_integer(member);
}

err_t document_put(struct accounts *a, const char *kind, const char *key, uint64_t expected_version, json_t *json)
{
	char body[DOCUMENT_BYTES_MAX];
	size_t size = json == NULL ? 0 : json_dumpb(json, body, sizeof(body), JSON_COMPACT);
	json_decref(json);
	if (size == 0 || size > sizeof(body))
		return size == 0 ? ERR_MEMORY : ERR_TOO_LARGE;
	uint64_t version = 0;
	err_t error = catalog_put(a->store, kind, key, expected_version, (struct text){body, size}, &version);
	sodium_memzero(body, size);
	return error;
}

err_t accounts_save(struct accounts *a, const struct account *row, uint64_t expected_version)
{
	return document_put(a, KIND_ACCOUNT, row->name, expected_version,
		json_pack("{s:s, s:b, s:b, s:I, s:s}", "role", role_word(row->role), "disabled", row->disabled,
			"must_change_password", row->must_change_password, "at_signed_in", (json_int_t)row->at_signed_in,
			"password", row->password));
}

/* ---- loading ---- */

/* Appends a copy of `row`. Under both locks, or before there are others. */
static err_t add_row(struct accounts *a, const struct account *row)
{
	if (a->account_count == ACCOUNTS_MAX)
		return ERR_TOO_LARGE;
	struct account *copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return ERR_MEMORY;
	*copy = *row;
	uint32_t index = 0;
	err_t error = names_add(a->names, text_of(copy->name), &index);
	if (error != ERR_NONE) {
		free(copy);
		return error;
	}
	a->rows[index] = copy;
	a->account_count = index + 1;
	return ERR_NONE;
}

struct loading { struct accounts *a; err_t error; struct problem *problem; };

static bool load_account(void *ctx, const char *key, uint64_t version, struct text body)
{
	(void)version;
	struct loading *l = ctx;
	struct account row = {.role = 0};
	char role[32] = "";
	json_t *json = NULL;
	if (read_json(body, 0, &json, NULL) == ERR_MEMORY) {
		l->error = ERR_MEMORY;
		return false;
	}
	text_copy(row.name, sizeof(row.name), text_of(key));
	bool good = document_text(json, "role", role, sizeof(role)) && role_from_word(text_of(role), &row.role) &&
	            role_is_for_people(row.role) && document_text(json, "password", row.password, sizeof(row.password));
	if (json != NULL) {
		row.disabled = json_is_true(json_object_get(json, "disabled"));
		row.must_change_password = json_is_true(json_object_get(json, "must_change_password"));
		document_time(json, "at_signed_in", &row.at_signed_in);
	}
	json_decref(json);
	l->error = good ? add_row(l->a, &row)
	                : problem_set(l->problem, ERR_STORE_CORRUPT, "account", "The stored account %s cannot be read", row.name);
	sodium_memzero(&row, sizeof(row));
	return l->error == ERR_NONE;
}

/* The very first start: somebody must be able to sign in. */
static err_t make_first(struct accounts *a, char out_password[ACCOUNT_PASSWORD_BYTES])
{
	struct account row = {.name = "admin", .role = ADMIN, .must_change_password = true, .at_signed_in = AT_NONE};
	password_make(out_password);
	err_t error = password_hash(text_of(out_password), row.password);
	if (error == ERR_NONE)
		error = accounts_save(a, &row, 0);
	if (error == ERR_NONE)
		error = add_row(a, &row);
	return error;
}

/* ---- the keeper ---- */

void accounts_tidy(struct accounts *a)
{
	cookies_tidy(a);
	tokens_tidy(a);
	refusals_write(a, false);
}

static void *keep(void *self)
{
	struct accounts *a = self;
	pthread_mutex_lock(&a->keeper_lock);
	while (!a->keeper_ends) {
		struct timespec until;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += TIDY_EVERY_S;
		if (pthread_cond_timedwait(&a->keeper_wake, &a->keeper_lock, &until) == 0)
			continue;
		pthread_mutex_unlock(&a->keeper_lock);
		accounts_tidy(a);
		pthread_mutex_lock(&a->keeper_lock);
	}
	pthread_mutex_unlock(&a->keeper_lock);
	return NULL;
}

static err_t start_keeper(struct accounts *a)
{
	a->keeper_runs = pthread_create(&a->keeper, NULL, keep, a) == 0;
	return a->keeper_runs ? ERR_NONE : ERR_MEMORY;
}

static void stop_keeper(struct accounts *a)
{
	if (!a->keeper_runs)
		return;
	pthread_mutex_lock(&a->keeper_lock);
	a->keeper_ends = true;
	pthread_cond_signal(&a->keeper_wake);
	pthread_mutex_unlock(&a->keeper_lock);
	pthread_join(a->keeper, NULL);
}

/* ---- open, close ---- */

static void init_locks(struct accounts *a)
{
	pthread_mutex_init(&a->writing, NULL);
	pthread_mutex_init(&a->lock, NULL);
	pthread_mutex_init(&a->auditing, NULL);
	pthread_mutex_init(&a->refusing, NULL);
	pthread_mutex_init(&a->keeper_lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&a->keeper_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static err_t make_tables(struct accounts *a)
{
	a->names = names_new(ACCOUNTS_MAX);
	a->rows = calloc(ACCOUNTS_MAX, sizeof(struct account *));
	a->by_name = limit_table_new(NAME_WAIT_S_MAX);
	a->by_address = limit_table_new(ADDRESS_WAIT_S_MAX);
	a->refusals = refusals_new();
	a->cookies = calloc(COOKIES_MAX, sizeof(*a->cookies));
	a->tokens = calloc(TOKEN_ROWS_MAX, sizeof(*a->tokens));
	bool good = a->names != NULL && a->rows != NULL && a->by_name != NULL && a->by_address != NULL &&
	            a->refusals != NULL && a->cookies != NULL && a->tokens != NULL && hash_table_init(&a->cookie_table, 15) == ERR_NONE &&
	            hash_table_init(&a->token_table, 17) == ERR_NONE;
	return good ? ERR_NONE : ERR_MEMORY;
}

static err_t load_all(struct accounts *a, struct problem *problem)
{
	struct loading l = {.a = a, .problem = problem};
	err_t error = catalog_list(a->store, KIND_ACCOUNT, load_account, &l);
	if (error == ERR_NONE)
		error = l.error;
	if (error == ERR_NONE)
		error = cookies_load(a);
	if (error == ERR_NONE)
		error = tokens_load(a);
	if (error == ERR_NONE)
		error = audit_load(a);
	return error;
}

/* Frees what there is, whole or half made. */
static void drop(struct accounts *a)
{
	for (uint32_t i = 0; i < a->account_count; i++) {
		sodium_memzero(a->rows[i], sizeof(*a->rows[i]));
		free(a->rows[i]);
	}
	tokens_free(a);
	free(a->rows);
	free(a->cookies);
	names_free(a->names);
	limit_table_free(a->by_name);
	limit_table_free(a->by_address);
	refusals_free(a->refusals);
	hash_table_free(&a->cookie_table);
	hash_table_free(&a->token_table);
	pthread_mutex_destroy(&a->writing);
	pthread_mutex_destroy(&a->lock);
	pthread_mutex_destroy(&a->auditing);
	pthread_mutex_destroy(&a->refusing);
	pthread_mutex_destroy(&a->keeper_lock);
	pthread_cond_destroy(&a->keeper_wake);
	free(a);
}

err_t accounts_open(struct store *s, struct clock clock, char out_first_password[ACCOUNT_PASSWORD_BYTES], struct accounts **out,
                    struct problem *problem)
{
	if (sodium_init() < 0)
		return problem_set(problem, ERR_BUG, NULL, "libsodium does not start");
	struct accounts *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "%s", "");
	a->store = s;
	a->clock = clock;
	init_locks(a);
	char password[ACCOUNT_PASSWORD_BYTES] = "";
	err_t error = make_tables(a);
	if (problem != NULL)
		problem->error = ERR_NONE;
	if (error == ERR_NONE)
		error = load_all(a, problem);
	if (error == ERR_NONE && a->account_count == 0)
		error = make_first(a, password);
	if (error == ERR_NONE)
		error = start_keeper(a);
	if (error != ERR_NONE) {
		drop(a);
		if (problem != NULL && problem->error == error)
			return error;
		return problem_set(problem, error, "account", "%s", "");
	}
	text_copy(out_first_password, ACCOUNT_PASSWORD_BYTES, text_of(password));
	sodium_memzero(password, sizeof(password));
	*out = a;
	return ERR_NONE;
}

void accounts_close(struct accounts *a)
{
	if (a == NULL)
		return;
	stop_keeper(a);
	accounts_tidy(a);
	refusals_write(a, true);
	drop(a);
}

/* ---- people ---- */

err_t account_new(struct accounts *a, struct text name, enum role role, struct text password)
{
	err_t error = account_name_check(name);
	if (error == ERR_NONE && !role_is_for_people(role))
		error = ERR_JSON_FIELD;
	if (error == ERR_NONE)
		error = account_password_check(name, password);
	if (error != ERR_NONE)
		return error;
	struct account row = {.role = role, .must_change_password = true, .at_signed_in = AT_NONE};
	text_copy(row.name, sizeof(row.name), name);
	error = password_hash(password, row.password);
	if (error != ERR_NONE)
		return error;
	pthread_mutex_lock(&a->writing);
	if (accounts_find(a, name) != NAMES_NONE)
		error = ERR_EXISTS;
	else if (a->account_count == ACCOUNTS_MAX)
		error = ERR_TOO_LARGE;
	else
		error = accounts_save(a, &row, 0);
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->lock);
		error = add_row(a, &row);
		pthread_mutex_unlock(&a->lock);
	}
	pthread_mutex_unlock(&a->writing);
	sodium_memzero(&row, sizeof(row));
	return error;
}

/* Under `writing`. */
static bool is_last_administrator(const struct accounts *a, const struct account *row)
{
	if (row->role != ADMIN || row->disabled)
		return false;
	for (uint32_t i = 0; i < a->account_count; i++)
		if (a->rows[i] != row && a->rows[i]->role == ADMIN && !a->rows[i]->disabled)
			return false;
	return true;
}

static err_t change_role(struct accounts *a, uint32_t index, enum role role, bool disabled)
{
	struct account *row = a->rows[index];
	if (row->role == role && row->disabled == disabled)
		return ERR_NONE;
	if ((role != ADMIN || disabled) && is_last_administrator(a, row))
		return ERR_FORBIDDEN;
	struct account changed = *row;
	changed.role = role;
	changed.disabled = disabled;
	err_t error = accounts_save(a, &changed, CATALOG_ANY);
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->lock);
		*row = changed;
		pthread_mutex_unlock(&a->lock);
		cookies_end_of(a, index, NULL);
	}
	sodium_memzero(&changed, sizeof(changed));
	return error;
}

err_t account_set_role(struct accounts *a, struct text name, enum role role, bool disabled)
{
	if (!role_is_for_people(role))
		return ERR_JSON_FIELD;
	pthread_mutex_lock(&a->writing);
	uint32_t index = accounts_find(a, name);
	err_t error = index == NAMES_NONE ? ERR_NOT_FOUND : change_role(a, index, role, disabled);
	pthread_mutex_unlock(&a->writing);
	return error;
}

err_t accounts_list(struct accounts *a, account_each each, void *ctx)
{
	pthread_mutex_lock(&a->lock);
	uint32_t count = a->account_count;
	struct account_info *infos = calloc(count > 0 ? count : 1, sizeof(*infos));
	for (uint32_t i = 0; infos != NULL && i < count; i++) {
		const struct account *row = a->rows[i];
		infos[i].role = row->role;
		infos[i].disabled = row->disabled;
		infos[i].at_signed_in = row->at_signed_in;
		memcpy(infos[i].name, row->name, sizeof(infos[i].name));
	}
	pthread_mutex_unlock(&a->lock);
	if (infos == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < count && each(ctx, &infos[i]); i++)
		;
	free(infos);
	return ERR_NONE;
}
