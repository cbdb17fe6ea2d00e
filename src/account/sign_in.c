/* account/sign_in.c: passwords and sign-in. Slow by design: Argon2id, 64 MiB, about 0.1 s.
 *
 * Both limits are charged before the password is tried and given back when it was right, so that many tries at once
 * gain nothing. Where somebody has signed in before, only what is tried there for that name counts: else a stranger who guesses
 * at a name would keep its owner out. An unknown name is tried against a string that nothing matches, so that it takes as long
 * as a known one. */
#include "account/inside.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* The hash of 32 random bytes that nobody has kept; same costs as password_hash(). */
static const char nobodys_password[] =
	"$argon2id$v=19$m=65536,t=2,p=1$/qdTYxvfezZJitZwkho4WQ$iJn3pFL2+PHnM0aR64qiXcmHkr2jZ/zUn08Ig2j3EyA";

err_t password_hash(struct text password, char out[crypto_pwhash_STRBYTES])
{
	return crypto_pwhash_str(out, password.at, password.size, crypto_pwhash_OPSLIMIT_INTERACTIVE,
	                         crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0 ? ERR_NONE : ERR_MEMORY;
}

/* What a try needs to know, copied so that no lock is held while it is slow. */
struct attempt {
	uint64_t name_key, address_key, place_key;
	bool has_address;
	bool is_known;    /* who has signed in from there before */
	uint32_t account; /* NAMES_NONE */
	bool may;         /* known and not disabled */
	int failures;
	char password[crypto_pwhash_STRBYTES];
};

/* Looks up and charges. Errors: SIGN_IN_SLOW with *retry_after_s. */
static err_t begin(struct accounts *a, struct text name, const char *address, struct attempt *out, int *retry_after_s)
{
	struct attempt t = {.account = NAMES_NONE, .has_address = address != NULL};
	pthread_mutex_lock(&a->lock);
	int64_t now_ms = accounts_now_ms(a);
	t.name_key = limit_key_of_name(a->by_name, name);
	if (address != NULL) {
		t.place_key = limit_key_of_place(a->by_name, name, address);
		t.is_known = known_has(&a->places, t.place_key);
		if (t.is_known)
			t.name_key = t.place_key;
	}
	int wait_s = limit_wait_s(a->by_name, t.name_key, now_ms);
	if (address != NULL) {
		t.address_key = limit_key_of_address(a->by_address, address);
		int wait_address_s = t.is_known ? 0 : limit_wait_s(a->by_address, t.address_key, now_ms);
		wait_s = wait_address_s > wait_s ? wait_address_s : wait_s;
	}
	if (wait_s > 0) {
		pthread_mutex_unlock(&a->lock);
		*retry_after_s = wait_s;
		return ERR_SIGN_IN_SLOW;
	}
	limit_charge(a->by_name, t.name_key, now_ms);
	if (address != NULL)
		limit_charge(a->by_address, t.address_key, now_ms);
	t.failures = limit_failures(a->by_name, t.name_key, now_ms);
	t.account = accounts_find(a, name);
	t.may = t.account != NAMES_NONE && !a->rows[t.account]->disabled;
	memcpy(t.password, t.may ? a->rows[t.account]->password : nobodys_password,
	       t.may ? sizeof(t.password) : sizeof(nobodys_password));
	pthread_mutex_unlock(&a->lock);
	*out = t;
	return ERR_NONE;
}

static void forgive(struct accounts *a, const struct attempt *t)
{
	pthread_mutex_lock(&a->lock);
	limit_clear(a->by_name, t->name_key);
	if (t->has_address) {
		known_add(&a->places, t->place_key);
		known_add(&a->places, t->address_key);
		limit_refund(a->by_address, t->address_key, accounts_now_ms(a));
	}
	pthread_mutex_unlock(&a->lock);
}

/* The password could not be tried: then it was no try. */
static void take_back(struct accounts *a, const struct attempt *t)
{
	pthread_mutex_lock(&a->lock);
	limit_refund(a->by_name, t->name_key, accounts_now_ms(a));
	if (t->has_address)
		limit_refund(a->by_address, t->address_key, accounts_now_ms(a));
	pthread_mutex_unlock(&a->lock);
}

/* $argon2id$v=19$m=KiB,t=passes,p=1$salt$hash, as crypto_pwhash_str() writes it. */
struct stored { unsigned long long passes; size_t memory; unsigned char salt[crypto_pwhash_SALTBYTES], hash[32]; };

static bool read_base64(const char *from, size_t size, unsigned char *out, size_t out_size)
{
	size_t got;
	return sodium_base642bin(out, out_size, from, size, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
		got == out_size;
}

static bool read_stored(const char *text, struct stored *out)
{
	char salt[32], hash[64];
	unsigned kib, passes;
	if (sscanf(text, "$argon2id$v=19$m=%9u,t=%9u,p=1$%31[A-Za-z0-9+/]$%63[A-Za-z0-9+/]", &kib, &passes, salt, hash) != 4)
		return false;
	out->passes = passes;
	out->memory = (size_t)kib * 1024;
	return read_base64(salt, strlen(salt), out->salt, sizeof(out->salt)) &&
		read_base64(hash, strlen(hash), out->hash, sizeof(out->hash));
}

/* crypto_pwhash_str_verify() says the same "no" to a wrong password and to a lack of the 64 MiB that it takes to know; the
 * second is nobody's failure, and only crypto_pwhash() tells it. */
static err_t verify(const char *stored, const char *password, size_t size)
{
	struct stored s;
	unsigned char hash[sizeof(s.hash)];
	if (!read_stored(stored, &s))
		return crypto_pwhash_str_verify(stored, password, size) == 0 ? ERR_NONE : ERR_SIGN_IN_WRONG;
	if (crypto_pwhash(hash, sizeof(hash), password, size, s.salt, s.passes, s.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_MEMORY;
	err_t error = sodium_memcmp(hash, s.hash, sizeof(hash)) == 0 ? ERR_NONE : ERR_SIGN_IN_WRONG;
	sodium_memzero(hash, sizeof(hash));
	return error;
}

static err_t try_password(const struct attempt *t, struct text password)
{
	/* An absurdly long one is not worth hashing whole: it cannot have been set. */
	size_t size = password.size > 4096 ? 4096 : password.size;
	err_t error = verify(t->password, password.at, size);
	return error != ERR_NONE || (t->may && size == password.size) ? error : ERR_SIGN_IN_WRONG;
}

/* A wrong name may be a password typed into the wrong box: only names that exist are written down. */
static void audit_failure(struct accounts *a, struct text name, const char *address, const struct attempt *t)
{
	char who[ACCOUNT_NAME_BYTES];
	text_copy(who, sizeof(who), t->account == NAMES_NONE ? TEXT("") : name);
	const struct refused said = {.what = "sign-in-failed", .who = who, .address = address, .object = "", .code = "",
		.name_key = t->name_key, .failures = t->failures};
	if (refusals_note(a, &said))
		refusals_write(a, false);
}

/* Under `writing`: the account may have changed while the password was tried. */
static err_t admit(struct accounts *a, const struct attempt *t, char secret[ACCOUNT_SECRET_CHARS + 1], struct principal *out)
{
	struct account *row = a->rows[t->account];
	if (row->disabled || strcmp(row->password, t->password) != 0)
		return ERR_SIGN_IN_WRONG;
	struct account changed = *row;
	changed.at_signed_in = accounts_now(a);
	err_t error = accounts_save(a, &changed, CATALOG_ANY);
	if (error == ERR_NONE || error == ERR_STORE_FULL)
		error = cookie_new(a, t->account, secret);
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->lock);
		*row = changed;
		pthread_mutex_unlock(&a->lock);
		*out = (struct principal){.role = row->role, .must_change_password = row->must_change_password,
			.at_end = changed.at_signed_in + COOKIE_FOR_MS};
		memcpy(out->name, row->name, sizeof(out->name));
	}
	sodium_memzero(&changed, sizeof(changed));
	return error;
}

err_t account_sign_in(struct accounts *a, struct text name, struct text password, const char *address,
                      char secret[ACCOUNT_SECRET_CHARS + 1], struct principal *out, int *retry_after_s)
{
	struct attempt t;
	err_t error = begin(a, name, address, &t, retry_after_s);
	if (error != ERR_NONE)
		return error;
	error = try_password(&t, password);
	if (error == ERR_MEMORY) { /* neither blamed nor forgiven */
		take_back(a, &t);
		sodium_memzero(&t, sizeof(t));
		return error;
	}
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->writing);
		error = admit(a, &t, secret, out);
		pthread_mutex_unlock(&a->writing);
	}
	if (error == ERR_SIGN_IN_WRONG)
		audit_failure(a, name, address, &t);
	else
		forgive(a, &t);
	if (error == ERR_NONE && audit_add(a, out->name, address, "sign-in", "", TEXT("")) != ERR_NONE)
		log_warn("account", "%s signed in from %s; the audit chain could not be told", out->name, address);
	sodium_memzero(&t, sizeof(t));
	return error;
}

bool account_knows_address(struct accounts *a, const char *address)
{
	pthread_mutex_lock(&a->lock);
	bool knows = known_has(&a->places, limit_key_of_address(a->by_address, address));
	pthread_mutex_unlock(&a->lock);
	return knows;
}

/* ---- setting a password ---- */

/* The owner proves to be the owner; limited like a sign-in. */
static err_t check_old(struct accounts *a, struct text name, struct text old)
{
	struct attempt t;
	int retry_after_s = 0;
	err_t error = begin(a, name, NULL, &t, &retry_after_s);
	if (error != ERR_NONE)
		return error;
	error = try_password(&t, old);
	if (error == ERR_NONE)
		forgive(a, &t);
	else if (error == ERR_SIGN_IN_WRONG)
		audit_failure(a, name, "", &t);
	else
		take_back(a, &t);
	sodium_memzero(&t, sizeof(t));
	return error;
}

static err_t change_password(struct accounts *a, uint32_t index, const char *hash, bool must_change, struct text keep)
{
	struct account changed = *a->rows[index];
	memcpy(changed.password, hash, sizeof(changed.password));
	changed.must_change_password = must_change;
	err_t error = accounts_save(a, &changed, CATALOG_ANY);
	if (error == ERR_NONE) {
		pthread_mutex_lock(&a->lock);
		*a->rows[index] = changed;
		limit_clear(a->by_name, limit_key_of_name(a->by_name, text_of(changed.name)));
		pthread_mutex_unlock(&a->lock);
		uint8_t keep_hash[SECRET_HASH_BYTES];
		secret_hash(keep, keep_hash);
		cookies_end_of(a, index, keep.size > 0 ? keep_hash : NULL);
	}
	sodium_memzero(&changed, sizeof(changed));
	return error;
}

err_t account_set_password(struct accounts *a, struct text name, const struct text *old, struct text password, struct text keep)
{
	err_t error = account_password_check(name, password);
	if (error == ERR_NONE && old != NULL)
		error = check_old(a, name, *old);
	if (error == ERR_NONE && old != NULL && text_equal(*old, password))
		error = ERR_PASSWORD_WEAK; /* a change that changes nothing would leave the printed password in use */
	char hash[crypto_pwhash_STRBYTES];
	if (error == ERR_NONE)
		error = password_hash(password, hash);
	if (error != ERR_NONE)
		return error;
	pthread_mutex_lock(&a->writing);
	uint32_t index = accounts_find(a, name);
	error = index == NAMES_NONE ? ERR_NOT_FOUND : change_password(a, index, hash, old == NULL, keep);
	pthread_mutex_unlock(&a->writing);
	sodium_memzero(hash, sizeof(hash));
	return error;
}

err_t account_keep_password(struct accounts *a, struct text name)
{
	char hash[crypto_pwhash_STRBYTES];
	pthread_mutex_lock(&a->writing);
	uint32_t index = accounts_find(a, name);
	err_t error = index == NAMES_NONE ? ERR_NOT_FOUND : ERR_NONE;
	if (error == ERR_NONE) {
		memcpy(hash, a->rows[index]->password, sizeof(hash));
		error = change_password(a, index, hash, false, TEXT(""));
		sodium_memzero(hash, sizeof(hash));
	}
	pthread_mutex_unlock(&a->writing);
	return error;
}
