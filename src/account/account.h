/* account/account.h: who may. Users, roles, sign-in, device tokens, the audit chain, certificates.
 *
 * Passwords are kept as Argon2id strings (libsodium, interactive limits), tokens and cookies as BLAKE2b-256 hashes.
 * A look-up of a cookie or a token is a table look-up in memory; account_sign_in(), account_new() and account_set_password() are
 * slow on purpose (0.1 s and 64 MiB) and every call that changes something, audit_add() included, waits for the disk: they belong
 * on a worker thread. account_who_*() and account_token_covers() never wait for the disk or for Argon2 and may be called on the
 * loop. All calls are thread-safe. Use times are written about once a minute by a thread inside, and by accounts_close().
 * What is kept: catalog kinds "account" and "device-token"; cookies only in memory and, so that people stay signed in over a
 * restart, as hashes in kind "cookie". Audit: chain "audit", each line JSON with the BLAKE2b hash of the line before.
 */
#ifndef CORDON_ACCOUNT_ACCOUNT_H
#define CORDON_ACCOUNT_ACCOUNT_H

#include "base/when.h"
#include "store/store.h"

enum role { VIEWER = 1, OPERATOR = 2, PLANNER = 4, ADMIN = 8, DEVICE = 16 };
#define ANYONE 0
#define SIGNED_IN (VIEWER | OPERATOR | PLANNER | ADMIN)
const char *role_word(enum role r);                  /* "viewer" ... */
bool role_from_word(struct text word, enum role *out);

#define ACCOUNT_NAME_BYTES 65                        /* 64 bytes of UTF-8: 21 Chinese characters */
#define ACCOUNT_SECRET_CHARS 43                      /* 32 random bytes, base64url without padding */
#define ACCOUNTS_MAX 10000
#define DEVICE_TOKENS_MAX 20000

/* Who speaks: filled by account_who_*; plain data. */
struct principal {
	enum role role;
	char name[ACCOUNT_NAME_BYTES];               /* of the person, or "token:ID" */
	bool must_change_password;
	at_ms at_end;                                /* of a person: when the sign-in ends at the latest; else AT_NONE */
	char session[65];                            /* device tokens: the session, "" = any */
	uint32_t token;                              /* index for account_token_covers */
};

struct accounts;
/* Loads. On the very first start there is no account: makes `admin` with a random password, written to
 * `out_first_password` (else ""), to be shown once; it must be changed at first sign-in... by the person who signs in. */
#define ACCOUNT_PASSWORD_BYTES 32
err_t accounts_open(struct store *s, struct clock clock, char out_first_password[ACCOUNT_PASSWORD_BYTES], struct accounts **out,
                    struct problem *problem);
void accounts_close(struct accounts *a);

/* ---- people ---- */
/* Slow. Rate-limited by name and by address: 5 free tries, then 2^k s; ERR_SIGN_IN_SLOW sets *retry_after_s. The same time is
 * spent whether the name exists or not. On success `secret` is the cookie's value: it ends 2 h after its last use and 12 h
 * after the sign-in, however much it is used. */
/* Whoever has signed in from an address before is not locked out there by what strangers try elsewhere. */
err_t account_sign_in(struct accounts *a, struct text name, struct text password, const char *address,
                      char secret[ACCOUNT_SECRET_CHARS + 1], struct principal *out, int *retry_after_s);
/* Somebody has signed in from there since the start. Never waits for the disk. */
bool account_knows_address(struct accounts *a, const char *address);
/* It has ended whatever is returned; with an error the next start may not know it. */
err_t account_sign_out(struct accounts *a, struct text secret);
/* Errors: SIGN_IN_NEEDED, SIGN_IN_OVER (it was one, until lately). */
err_t account_who_cookie(struct accounts *a, struct text secret, struct principal *out);
/* Slow. The owner must change the password at first sign-in. Errors: EXISTS, NAME_BAD, PASSWORD_WEAK, JSON_FIELD (role), TOO_LARGE. */
err_t account_new(struct accounts *a, struct text name, enum role role, struct text password);
/* Ends the account's cookies. The last administrator stays one: FORBIDDEN. */
err_t account_set_role(struct accounts *a, struct text name, enum role role, bool disabled);
/* `old` NULL: an administrator sets it (the owner must change it at next sign-in). Ends the account's cookies but `keep` (the secret of
 * the cookie that asks; empty: none is kept). Slow. Errors: SIGN_IN_WRONG, SIGN_IN_SLOW, PASSWORD_WEAK, NOT_FOUND. */
err_t account_set_password(struct accounts *a, struct text name, const struct text *old, struct text password, struct text keep);
/* The password counts as its owner's own: it need not be changed. For whoever has the data folder. Errors: NOT_FOUND. */
err_t account_keep_password(struct accounts *a, struct text name);
struct account_info { char name[ACCOUNT_NAME_BYTES]; enum role role; bool disabled; at_ms at_signed_in; };
typedef bool (*account_each)(void *ctx, const struct account_info *info);
err_t accounts_list(struct accounts *a, account_each each, void *ctx);

/* ---- devices ---- */
/* `devices`: patterns like "G3-*" ('*' only at the end), separated by commas. `session` "" = any. The secret is given once.
 * Errors: JSON_FIELD (a bad pattern, session or note), TOO_LARGE (DEVICE_TOKENS_MAX). */
err_t account_token_new(struct accounts *a, struct text session, struct text devices, struct text note, char out_id[17],
                        char secret[ACCOUNT_SECRET_CHARS + 1]);
err_t account_token_end(struct accounts *a, struct text id);
err_t account_who_token(struct accounts *a, struct text secret, struct principal *out);    /* SIGN_IN_NEEDED */
bool account_token_covers(struct accounts *a, const struct principal *p, struct text device); /* people: true. Hot path: < 50 ns */
struct token_info { char id[17], session[65], devices[256], note[128]; at_ms at_made, at_used; };
typedef bool (*token_each)(void *ctx, const struct token_info *info);
err_t account_tokens_list(struct accounts *a, token_each each, void *ctx);

/* ---- the audit chain ---- */
/* Who did what to what. `detail` is one JSON object or empty. No secrets. */
err_t audit_add(struct accounts *a, const char *who, const char *address, const char *what, const char *object, struct text detail);
/* A right was refused: `object` says what was asked for, `code` the refusal. Counted in memory, so it may be called on the loop. One line
 * ("refused", with detail {code, count}) a minute for each who and object, so that a flood fills no disk; with more of them than a table
 * holds, the rest shares a line without a name. True: a line is due; audit_refusals_write() on a worker writes it, else the thread inside
 * does within a minute. Failed sign-ins are counted alike. */
bool audit_refused(struct accounts *a, const char *who, const char *address, const char *object, const char *code);
void audit_refusals_write(struct accounts *a);
uint64_t audit_count(struct accounts *a);              /* lines so far; the newest has this number */
/* Lines as JSON array into `out`; *out_whole tells whether every hash of the chain up to there is right. */
err_t audit_list(struct accounts *a, uint64_t from, uint64_t count_max, struct buf *out, bool *out_whole);

/* The whole chain in a folder that no server uses: how many lines there are, and the first whose hash or number is wrong (0:
 * none). A chain cut off at its end is not seen here: keep the hash that is logged at every start. */
err_t audit_check(struct store *s, uint64_t *out_count, uint64_t *out_first_bad);

/* ---- the certificate ---- */
/* Makes DIR/tls/key.pem (0600) and cert.pem if absent: P-256, self-made root + leaf, names: localhost, the host's name and addresses,
 * `extra` (comma-separated). 825 days at most; renewed when under 30 days are left or when a name is missing. A pair that was brought is
 * never replaced. Gives the paths. The server serves the file `ca_path` at /ca.crt to anyone, as application/x-x509-ca-cert: that is
 * what the QR code of `cordon cert` points phones to (`ca_path` is "" for a pair that was brought: then /ca.crt is 404). */
struct certificate {
	char cert_path[512], key_path[512], ca_path[512];
	char sha256[96], ca_sha256[96];              /* "AB:CD:..." of the leaf, of the root ("" if brought) */
	char subject[160], names[1024];              /* of the leaf; names separated by ", " */
	at_ms at_end;
	bool own;                                    /* made here, not brought */
};
err_t certificate_ready(const char *data_dir, const char *extra_names, at_ms now, struct certificate *out, struct problem *problem);
/* The same, but makes a new leaf in any case, also in the place of a pair that was brought.
 * `extra_names` NULL keeps the extra names there were. */
err_t certificate_new(const char *data_dir, const char *extra_names, at_ms now, struct certificate *out, struct problem *problem);
/* Takes your own pair after checking that they fit each other and are in date. Errors: CERTIFICATE, FILE_OPEN, FILE_WRITE. */
err_t certificate_bring(const char *data_dir, const char *cert_path, const char *key_path, at_ms now, struct problem *problem);
/* A QR code of `text` in half-block characters for a terminal. */
err_t certificate_qr(const char *text, struct buf *out);

#endif
