/* account/inside.h: what the files of account/ share. Not for others.
 *
 *   accounts.c   open, close, people, the keeper thread    cookies.c   who is signed in
 *   sign_in.c    passwords, sign-in                        tokens.c    what devices may say
 *   limits.c     how often one may try                     secrets.c   random secrets, their hashes, the table
 *   audit.c      the chain of who did what                 words.c     roles, names, patterns as text
 *   refusals.c   what was refused, a line a minute for the chain
 *   certificate.c, x509.c, qr.c                            the certificate; know nothing of accounts
 *
 * Two locks. `writing` is held by whoever changes something, over the disk write; `lock` guards the tables in memory, is
 * held for a look or a swap only and never over disk or Argon2. Order: writing, then lock. Rows change under both, so
 * either is enough to read them.
 */
#ifndef CORDON_ACCOUNT_INSIDE_H
#define CORDON_ACCOUNT_INSIDE_H

#include <jansson.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>

#include "account/account.h"
#include "base/names.h"
#include "base/read_json.h"

#define KIND_ACCOUNT "account"
#define KIND_COOKIE "cookie"
#define KIND_TOKEN "device-token"
#define DOCUMENT_BYTES_MAX 4096

/* ---- secrets.c ---- */

#define SECRET_HASH_BYTES 32
/* 32 random bytes as base64url. */
void secret_make(char out[ACCOUNT_SECRET_CHARS + 1]);
void secret_hash(struct text secret, uint8_t out[SECRET_HASH_BYTES]);
/* 256 bits as 64 hex digits, and back; false if it is none. */
#define HEX_SIZE (2 * SECRET_HASH_BYTES + 1)
void hash_to_hex(const uint8_t hash[SECRET_HASH_BYTES], char out[HEX_SIZE]);
bool hash_from_hex(struct text hex, uint8_t out[SECRET_HASH_BYTES]);
/* Four groups of five from 31 signs that are not mistaken for each other: 99 bits. */
void password_make(char out[ACCOUNT_PASSWORD_BYTES]);

/* A table from hashes to rows: open addressing, linear probes, fixed capacity. Hashes are random, so that their
 * first bytes are the place. */
struct hash_slot { uint8_t hash[SECRET_HASH_BYTES]; uint32_t row_after; }; /* row + 1, 0 = free */
struct hash_table { struct hash_slot *slots; uint32_t mask; };
#define HASH_TABLE_NONE UINT32_MAX
err_t hash_table_init(struct hash_table *t, uint32_t slot_count_power); /* 2^power slots */
void hash_table_free(struct hash_table *t);
uint32_t hash_table_find(const struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES]);
void hash_table_put(struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES], uint32_t row); /* there is room: the owner counts */
void hash_table_remove(struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES]);

/* ---- limits.c ---- */

/* Failures by key: the newest few thousand. A full table forgets whoever failed least. Not thread-safe. */
struct limit_table;
struct limit_table *limit_table_new(int wait_s_max);
void limit_table_free(struct limit_table *t);
uint64_t limit_key_of_name(const struct limit_table *t, struct text name);
uint64_t limit_key_of_address(const struct limit_table *t, const char *address); /* IPv6 by /64 */
int limit_wait_s(struct limit_table *t, uint64_t key, int64_t now_ms);           /* 0: may try */
/* Counts a failure before it is known to be one, so that tries side by side gain nothing. */
void limit_charge(struct limit_table *t, uint64_t key, int64_t now_ms);
void limit_refund(struct limit_table *t, uint64_t key, int64_t now_ms);           /* it was none */
void limit_clear(struct limit_table *t, uint64_t key);
/* Which keys have been seen, the newest few thousand; zeroed is empty. */
#define KNOWN_MAX 4096u
struct known { uint64_t keys[KNOWN_MAX]; uint32_t next; };
void known_add(struct known *k, uint64_t key);
bool known_has(const struct known *k, uint64_t key);
uint64_t limit_key_of_place(const struct limit_table *t, struct text name, const char *address);
int limit_failures(struct limit_table *t, uint64_t key, int64_t now_ms);

/* ---- words.c ---- */

bool role_is_for_people(enum role r);
err_t account_name_check(struct text name);         /* NAME_BAD */
err_t account_password_check(struct text name, struct text password); /* PASSWORD_WEAK, TEXT_UTF8, TOO_LARGE */
/* Whole and printable, at most size_max bytes: what may be shown in a list without surprise. */
bool text_is_printable(struct text t, size_t size_max);
void text_copy(char *out, size_t out_size, struct text t); /* cut at a character */

#define PATTERNS_MAX 128
struct device_patterns {
	char text[256];
	uint32_t count;
	struct { uint8_t at, size; bool is_prefix; } each[PATTERNS_MAX];
};
err_t device_patterns_read(struct text devices, struct device_patterns *out); /* JSON_FIELD */
bool device_patterns_cover(const struct device_patterns *p, struct text device);

/* ---- the tables ---- */

struct account {
	char name[ACCOUNT_NAME_BYTES];
	enum role role;
	bool disabled, must_change_password;
	at_ms at_signed_in;
	char password[crypto_pwhash_STRBYTES];
};

#define COOKIES_MAX 16384u
#define COOKIES_OF_ONE_MAX 64u
#define COOKIE_FOR_MS (INT64_C(12) * 3600 * 1000)     /* since the sign-in, used or not: a shift */
#define COOKIE_IDLE_MS (INT64_C(2) * 3600 * 1000)     /* since its last use */
#define COOKIE_REMEMBERED_MS (INT64_C(3600) * 1000)   /* after its end, so that its owner is told why */
#define USE_WRITTEN_AFTER_MS (INT64_C(10) * 60 * 1000)
struct cookie {
	uint8_t hash[SECRET_HASH_BYTES];
	uint32_t account;
	bool is_live;
	at_ms at_made, at_used, at_written;
};

/* Rows of ended tokens stay until the process ends, so that account_token_covers needs no lock. */
#define TOKEN_ROWS_MAX 65536u
struct token {
	char id[17], session[65], note[128];
	struct device_patterns devices;
	uint8_t hash[SECRET_HASH_BYTES];
	at_ms at_made, at_written;
	_Atomic int64_t at_used;
	_Atomic bool ended;
};

struct accounts {
	struct store *store;
	struct clock clock;
	pthread_mutex_t writing, lock;

	struct names *names;                 /* of accounts; the index is the row */
	struct account **rows;
	uint32_t account_count;
	struct limit_table *by_name, *by_address;
	struct known places;                 /* addresses, and names at addresses, that signed in */

	struct cookie *cookies;              /* COOKIES_MAX rows */
	uint32_t cookie_count;
	struct hash_table cookie_table;

	_Atomic(struct token *) *tokens;     /* TOKEN_ROWS_MAX */
	uint32_t token_rows, token_count;    /* given out, live */
	struct hash_table token_table;

	pthread_mutex_t auditing;
	uint8_t audit_head[SECRET_HASH_BYTES];
	uint64_t audit_count;

	pthread_mutex_t refusing;            /* guards `refusals`; nothing is taken under it */
	struct refusals *refusals;

	pthread_t keeper;
	pthread_mutex_t keeper_lock;
	pthread_cond_t keeper_wake;
	bool keeper_runs, keeper_ends;
};

at_ms accounts_now(struct accounts *a);
int64_t accounts_now_ms(struct accounts *a);           /* monotonic */
/* Under a lock. NAMES_NONE: there is no such account. */
uint32_t accounts_find(struct accounts *a, struct text name);
err_t accounts_save(struct accounts *a, const struct account *row, uint64_t expected_version); /* under `writing` */
/* Writes use times and forgets what has expired: the keeper's work; tests call it. */
void accounts_tidy(struct accounts *a);
/* A document's text member, cut to fit; false if absent or no text. */
bool document_text(const json_t *document, const char *key, char *out, size_t out_size);
bool document_time(const json_t *document, const char *key, at_ms *out);
/* json as a compact document in the catalog; takes the reference. */
err_t document_put(struct accounts *a, const char *kind, const char *key, uint64_t expected_version, json_t *json);

/* ---- cookies.c ---- */

err_t cookies_load(struct accounts *a);
void cookies_tidy(struct accounts *a);
err_t cookie_new(struct accounts *a, uint32_t account, char secret[ACCOUNT_SECRET_CHARS + 1]);    /* under `writing` */
void cookies_end_of(struct accounts *a, uint32_t account, const uint8_t keep[SECRET_HASH_BYTES]); /* under `writing`; keep may be NULL */

/* ---- tokens.c ---- */

err_t tokens_load(struct accounts *a);
void tokens_tidy(struct accounts *a);
void tokens_free(struct accounts *a);

/* ---- audit.c ---- */

err_t audit_load(struct accounts *a);

/* ---- refusals.c ---- */

struct refusals;
struct refusals *refusals_new(void);
void refusals_free(struct refusals *r);
/* Of a failed sign-in: name_key tells the names that were tried apart, failures is how often in a row. `address` may be NULL. */
struct refused {
	const char *what, *who, *address, *object, *code;
	uint64_t name_key;
	int failures;
};
bool refusals_note(struct accounts *a, const struct refused *said); /* true: a line is due */
/* Writes what is due, or all that is counted. */
void refusals_write(struct accounts *a, bool all);

/* ---- sign_in.c ---- */

err_t password_hash(struct text password, char out[crypto_pwhash_STRBYTES]); /* slow; MEMORY */

#endif
