/* Sign-in, cookies, roles, passwords, and how often one may try. */
#include "account_for_test.h"
#include "world/disk.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* In the place of libsodium's: the 64 MiB that it takes can be lacking. */
static bool lacks_memory;

int crypto_pwhash(unsigned char *const out, unsigned long long out_size, const char *const password, unsigned long long size,
                  const unsigned char *const salt, unsigned long long passes, size_t memory, int algorithm)
{
	if (lacks_memory)
		return -1;
	return crypto_pwhash_argon2id(out, out_size, password, size, salt, passes, memory, algorithm);
}

static int set_up(void **state)
{
	*state = house_new();
	return 0;
}

static int tear_down(void **state)
{
	house_free(*state);
	return 0;
}

static void the_first_start_makes_an_administrator_once(void **state)
{
	struct house *h = *state;
	assert_true(strlen(h->first_password) >= 20);
	struct principal who;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", secret, NULL), ERR_NONE);
	assert_int_equal(house_who(h, secret, &who), ERR_NONE);
	assert_int_equal(who.role, ADMIN);
	assert_string_equal(who.name, "admin");
	assert_true(who.must_change_password);
	house_open_again(h);
	assert_string_equal(h->first_password, "");
}

static void a_wrong_password_and_an_unknown_name_are_told_alike(void **state)
{
	struct house *h = *state;
	assert_int_equal(house_sign_in(h, "admin", "not the password", "10.0.0.1", NULL, NULL), ERR_SIGN_IN_WRONG);
	assert_int_equal(house_sign_in(h, "nobody", "not the password", "10.0.0.1", NULL, NULL), ERR_SIGN_IN_WRONG);
	assert_int_equal(house_sign_in(h, "", "", "10.0.0.1", NULL, NULL), ERR_SIGN_IN_WRONG);
}

static void a_cookie_ends_two_hours_after_its_last_use(void **state)
{
	struct house *h = *state;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", secret, NULL), ERR_NONE);
	for (int i = 0; i < 3; i++) {
		house_pass(h, 2 * HOUR_MS - 1);
		assert_int_equal(house_who(h, secret, NULL), ERR_NONE);
	}
	house_pass(h, 2 * HOUR_MS);
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_OVER);
}

static void a_cookie_in_use_ends_twelve_hours_after_the_sign_in(void **state)
{
	struct house *h = *state;
	char secret[ACCOUNT_SECRET_CHARS + 1], again[ACCOUNT_SECRET_CHARS + 1];
	struct principal who;
	char password[ACCOUNT_PASSWORD_BYTES]; /* it is told at the first start only */
	memcpy(password, h->first_password, sizeof(password));
	at_ms at_sign_in = h->now;
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", secret, NULL), ERR_NONE);
	for (int i = 1; i < 12 * 60; i++) {
		house_pass(h, HOUR_MS / 60);
		assert_int_equal(house_who(h, secret, &who), ERR_NONE);
		assert_int_equal(who.at_end, at_sign_in + 12 * HOUR_MS);
	}
	house_open_again(h); /* a restart gives no more time */
	house_pass(h, HOUR_MS / 60 - 1);
	assert_int_equal(house_who(h, secret, NULL), ERR_NONE);
	house_pass(h, 1);
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_OVER);
	/* Its end is remembered for an hour, so that whoever comes back is told why; then it is forgotten. */
	accounts_tidy(h->accounts);
	house_open_again(h);
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_OVER);
	house_pass(h, HOUR_MS);
	accounts_tidy(h->accounts);
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_NEEDED);
	assert_int_equal(h->accounts->cookie_count, 0);
	/* A clock that is set back gives twelve hours from then, not days. */
	assert_int_equal(house_sign_in(h, "admin", password, "10.0.0.1", again, NULL), ERR_NONE);
	house_pass(h, -48 * HOUR_MS);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(house_who(h, again, NULL), ERR_NONE);
		house_pass(h, HOUR_MS);
	}
	assert_int_equal(house_who(h, again, NULL), ERR_SIGN_IN_OVER);
}

static void a_restart_signs_nobody_out_and_keeps_no_secret(void **state)
{
	struct house *h = *state;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", secret, NULL), ERR_NONE);
	house_pass(h, HOUR_MS);
	assert_int_equal(house_who(h, secret, NULL), ERR_NONE);
	house_open_again(h); /* writes the use time */
	house_pass(h, 2 * HOUR_MS - 1);
	assert_int_equal(house_who(h, secret, NULL), ERR_NONE);
	house_pass(h, 3 * HOUR_MS);
	house_open_again(h);
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_NEEDED);
	accounts_tidy(h->accounts);
	assert_int_equal(h->accounts->cookie_count, 0);
}

/* Found by a walk through a full disk: the banner told of it, but nobody could sign in to see it. */
static void a_full_disk_keeps_nobody_out(void **state)
{
	(void)state;
	struct house h = {.now = INT64_C(1795000000000)};
	struct world_disk *d = world_disk_new();
	struct clock clock = {house_now, house_monotonic_ns, &h};
	char secret[ACCOUNT_SECRET_CHARS + 1], again[ACCOUNT_PASSWORD_BYTES];
	struct principal who;
	int retry_after_s;
	assert_int_equal(store_open_on("/data", world_disk_table(d), &h.store, NULL), ERR_NONE);
	assert_int_equal(accounts_open(h.store, clock, h.first_password, &h.accounts, NULL), ERR_NONE);
	world_disk_plan_fault(d, WORLD_FULL, 1, UINT64_MAX);
	assert_int_equal(account_sign_in(h.accounts, TEXT("admin"), text_of(h.first_password), "127.0.0.1", secret, &who,
	                                 &retry_after_s), ERR_NONE);
	assert_int_equal(account_who_cookie(h.accounts, text_of(secret), &who), ERR_NONE);
	cookies_tidy(h.accounts); /* still full */
	assert_int_equal(account_who_cookie(h.accounts, text_of(secret), &who), ERR_NONE);
	world_disk_heal(d);
	cookies_tidy(h.accounts); /* there is room: now it is kept */
	accounts_close(h.accounts);
	assert_int_equal(accounts_open(h.store, clock, again, &h.accounts, NULL), ERR_NONE);
	assert_int_equal(account_who_cookie(h.accounts, text_of(secret), &who), ERR_NONE);
	accounts_close(h.accounts);
	store_close(h.store);
	world_disk_free(d);
}

static void signing_out_ends_the_cookie_for_good(void **state)
{
	struct house *h = *state;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", secret, NULL), ERR_NONE);
	account_sign_out(h->accounts, text_of(secret));
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_NEEDED);
	house_open_again(h);
	assert_int_equal(house_who(h, secret, NULL), ERR_SIGN_IN_NEEDED);
	account_sign_out(h->accounts, text_of(secret));
	account_sign_out(h->accounts, TEXT(""));
}

static void one_account_has_at_most_64_cookies_and_the_oldest_goes_first(void **state)
{
	struct house *h = *state;
	char secrets[COOKIES_OF_ONE_MAX + 1][ACCOUNT_SECRET_CHARS + 1];
	for (uint32_t i = 0; i <= COOKIES_OF_ONE_MAX; i++) {
		house_pass(h, 1000);
		pthread_mutex_lock(&h->accounts->writing); /* without the slow password */
		assert_int_equal(cookie_new(h->accounts, 0, secrets[i]), ERR_NONE);
		pthread_mutex_unlock(&h->accounts->writing);
	}
	assert_int_equal(h->accounts->cookie_count, COOKIES_OF_ONE_MAX);
	assert_int_equal(house_who(h, secrets[0], NULL), ERR_SIGN_IN_NEEDED);
	for (uint32_t i = 1; i <= COOKIES_OF_ONE_MAX; i++)
		assert_int_equal(house_who(h, secrets[i], NULL), ERR_NONE);
	house_open_again(h);
	assert_int_equal(house_who(h, secrets[0], NULL), ERR_SIGN_IN_NEEDED);
	assert_int_equal(house_who(h, secrets[COOKIES_OF_ONE_MAX], NULL), ERR_NONE);
}

/* ---- how often ---- */

static void five_tries_are_free_then_each_waits_twice_as_long(void **state)
{
	(void)state;
	struct limit_table *t = limit_table_new(64);
	uint64_t key = limit_key_of_name(t, TEXT("zhang"));
	int64_t now_ms = 1000000;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(limit_wait_s(t, key, now_ms), 0);
		limit_charge(t, key, now_ms);
	}
	static const int waits_s[] = {1, 2, 4, 8, 16, 32, 64, 64, 64};
	for (size_t i = 0; i < sizeof(waits_s) / sizeof(waits_s[0]); i++) {
		assert_int_equal(limit_wait_s(t, key, now_ms), waits_s[i]);
		now_ms += waits_s[i] * 1000 - 1;
		assert_int_equal(limit_wait_s(t, key, now_ms), 1);
		now_ms += 1;
		assert_int_equal(limit_wait_s(t, key, now_ms), 0);
		limit_charge(t, key, now_ms);
	}
	now_ms += 2 * 60 * 1000 * 20;
	assert_int_equal(limit_failures(t, key, now_ms), 0);
	limit_table_free(t);
}

static void too_many_wrong_tries_keep_even_the_right_password_waiting(void **state)
{
	struct house *h = *state;
	int wait_s = 0;
	for (int i = 0; i < 5; i++)
		assert_int_equal(house_sign_in(h, "admin", "wrong", "10.0.0.9", NULL, &wait_s), ERR_SIGN_IN_WRONG);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.8", NULL, &wait_s), ERR_SIGN_IN_SLOW);
	assert_int_equal(wait_s, 1);
	house_pass(h, 1000);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.8", NULL, &wait_s), ERR_NONE);
	/* The name is forgiven, the address that guessed is not. */
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.8", NULL, &wait_s), ERR_NONE);
	assert_int_equal(house_sign_in(h, "admin", "wrong", "10.0.0.9", NULL, &wait_s), ERR_SIGN_IN_WRONG);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.9", NULL, &wait_s), ERR_SIGN_IN_SLOW);
	assert_int_equal(wait_s, 2);
}

static void a_password_that_could_not_be_tried_is_nobodys_failure(void **state)
{
	struct house *h = *state;
	int wait_s = 0;
	char secret[ACCOUNT_SECRET_CHARS + 1];
	struct text old = text_of(h->first_password);
	lacks_memory = true;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", NULL, &wait_s), ERR_MEMORY);
		assert_int_equal(account_set_password(h->accounts, TEXT("admin"), &old, TEXT("another password 2"), TEXT("")), ERR_MEMORY);
	}
	lacks_memory = false;
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", secret, &wait_s), ERR_NONE);
	for (int i = 0; i < 5; i++) /* and all the free tries are left */
		assert_int_equal(house_sign_in(h, "admin", "wrong", "10.0.0.2", NULL, &wait_s), ERR_SIGN_IN_WRONG);
}

static void guesses_elsewhere_keep_nobody_out_where_he_signed_in_before(void **state)
{
	struct house *h = *state;
	int wait_s = 0;
	char address[32];
	assert_false(account_knows_address(h->accounts, "10.0.0.1"));
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", NULL, &wait_s), ERR_NONE);
	assert_true(account_knows_address(h->accounts, "10.0.0.1"));
	for (int i = 0; i < 5; i++) {
		snprintf(address, sizeof(address), "10.0.1.%d", i);
		assert_int_equal(house_sign_in(h, "admin", "wrong", address, NULL, &wait_s), ERR_SIGN_IN_WRONG);
	}
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.2", NULL, &wait_s), ERR_SIGN_IN_SLOW);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", NULL, &wait_s), ERR_NONE);
	/* There, guessing has its own limit. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(house_sign_in(h, "admin", "wrong", "10.0.0.1", NULL, &wait_s), ERR_SIGN_IN_WRONG);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", NULL, &wait_s), ERR_SIGN_IN_SLOW);
}

static void the_places_known_are_bounded(void **state)
{
	(void)state;
	struct known *k = calloc(1, sizeof(*k));
	for (uint64_t key = 1; key <= 2 * KNOWN_MAX; key++)
		known_add(k, key);
	assert_false(known_has(k, KNOWN_MAX));
	assert_true(known_has(k, KNOWN_MAX + 1));
	assert_true(known_has(k, 2 * KNOWN_MAX));
	assert_false(known_has(k, 0));
	free(k);
}

static void addresses_of_one_ipv6_network_count_as_one(void **state)
{
	(void)state;
	struct limit_table *t = limit_table_new(64);
	assert_true(limit_key_of_address(t, "2001:db8:1:2::1") == limit_key_of_address(t, "2001:db8:1:2:ffff::9"));
	assert_true(limit_key_of_address(t, "2001:db8:1:2::1") != limit_key_of_address(t, "2001:db8:1:3::1"));
	assert_true(limit_key_of_address(t, "::ffff:10.1.2.3") == limit_key_of_address(t, "10.1.2.3"));
	assert_true(limit_key_of_address(t, "10.1.2.3") != limit_key_of_address(t, "10.1.2.4"));
	assert_true(limit_key_of_address(t, "fe80::1%eth0") == limit_key_of_address(t, "fe80::2"));
	assert_true(limit_key_of_address(t, "not an address") != limit_key_of_address(t, ""));
	limit_table_free(t);
}

static void a_flood_of_new_names_does_not_make_a_persistent_guesser_forgotten(void **state)
{
	(void)state;
	struct limit_table *t = limit_table_new(64);
	uint64_t guesser = limit_key_of_name(t, TEXT("guesser"));
	for (int i = 0; i < 10; i++)
		limit_charge(t, guesser, 1000);
	char name[32];
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "flood %d", i);
		limit_charge(t, limit_key_of_name(t, text_of(name)), 1000);
	}
	assert_int_equal(limit_failures(t, guesser, 1000), 10);
	limit_table_free(t);
}

/* ---- accounts ---- */

static void names_and_passwords_that_cannot_be_are_refused(void **state)
{
	struct house *h = *state;
	struct accounts *a = h->accounts;
	struct text good = TEXT("long enough 1");
	static const char *const bad_names[] = {"", " a", "a ", "a\nb", "a\x7F", "token:1", "\xC2\x80", "a\xE2\x80\x8B" "b", "\xFF",
		"\xE2\x80\xAE" "nimda", "1234567890123456789012345678901234567890123456789012345678901234x"};
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++)
		assert_int_equal(account_new(a, text_of(bad_names[i]), VIEWER, good), ERR_NAME_BAD);
	assert_int_equal(account_new(a, TEXT("li"), VIEWER, TEXT("short")), ERR_PASSWORD_WEAK);
	assert_int_equal(account_new(a, TEXT("li"), VIEWER, TEXT("\xE4\xB8\x80\xE4\xB8\x80\xE4\xB8\x80\xE4\xB8\x80")), ERR_PASSWORD_WEAK);
	assert_int_equal(account_new(a, TEXT("li is the name"), VIEWER, TEXT("li is the name")), ERR_PASSWORD_WEAK);
	assert_int_equal(account_new(a, TEXT("li"), DEVICE, good), ERR_JSON_FIELD);
	assert_int_equal(account_new(a, TEXT("li"), VIEWER | ADMIN, good), ERR_JSON_FIELD);
	assert_int_equal(account_new(a, TEXT("admin"), VIEWER, good), ERR_EXISTS);
	assert_int_equal(account_new(a, TEXT("\xE6\x9D\x8E\xE5\x9B\x9B"), VIEWER, good), ERR_NONE);
}

static void the_last_administrator_stays_one(void **state)
{
	struct house *h = *state;
	struct accounts *a = h->accounts;
	assert_int_equal(account_set_role(a, TEXT("admin"), VIEWER, false), ERR_FORBIDDEN);
	assert_int_equal(account_set_role(a, TEXT("admin"), ADMIN, true), ERR_FORBIDDEN);
	assert_int_equal(account_new(a, TEXT("second"), ADMIN, TEXT("long enough 1")), ERR_NONE);
	assert_int_equal(account_set_role(a, TEXT("admin"), VIEWER, false), ERR_NONE);
	assert_int_equal(account_set_role(a, TEXT("second"), ADMIN, true), ERR_FORBIDDEN);
	assert_int_equal(account_set_role(a, TEXT("third"), ADMIN, true), ERR_NOT_FOUND);
	house_open_again(h);
	assert_int_equal(account_set_role(h->accounts, TEXT("second"), OPERATOR, false), ERR_FORBIDDEN);
}

static void a_changed_role_ends_the_cookies(void **state)
{
	struct house *h = *state;
	char admin[ACCOUNT_SECRET_CHARS + 1], li[ACCOUNT_SECRET_CHARS + 1];
	struct principal who;
	assert_int_equal(account_new(h->accounts, TEXT("li"), OPERATOR, TEXT("long enough 1")), ERR_NONE);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", admin, NULL), ERR_NONE);
	assert_int_equal(house_sign_in(h, "li", "long enough 1", "10.0.0.1", li, NULL), ERR_NONE);
	assert_int_equal(house_who(h, li, &who), ERR_NONE);
	assert_int_equal(who.role, OPERATOR);
	assert_int_equal(account_set_role(h->accounts, TEXT("li"), VIEWER, false), ERR_NONE);
	assert_int_equal(house_who(h, li, NULL), ERR_SIGN_IN_NEEDED);
	assert_int_equal(house_who(h, admin, NULL), ERR_NONE);
	assert_int_equal(account_set_role(h->accounts, TEXT("li"), VIEWER, true), ERR_NONE);
	assert_int_equal(house_sign_in(h, "li", "long enough 1", "10.0.0.1", li, NULL), ERR_SIGN_IN_WRONG);
}

static void a_changed_password_keeps_only_the_cookie_that_asked(void **state)
{
	struct house *h = *state;
	struct accounts *a = h->accounts;
	char here[ACCOUNT_SECRET_CHARS + 1], there[ACCOUNT_SECRET_CHARS + 1];
	struct principal who;
	struct text old = text_of(h->first_password), wrong = TEXT("wrong");
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", here, NULL), ERR_NONE);
	assert_int_equal(house_sign_in(h, "admin", h->first_password, "10.0.0.1", there, NULL), ERR_NONE);
	assert_int_equal(account_set_password(a, TEXT("admin"), &wrong, TEXT("a new password"), text_of(here)), ERR_SIGN_IN_WRONG);
	assert_int_equal(account_set_password(a, TEXT("admin"), &old, TEXT("short"), text_of(here)), ERR_PASSWORD_WEAK);
	assert_int_equal(account_set_password(a, TEXT("admin"), &old, old, text_of(here)), ERR_PASSWORD_WEAK);
	assert_int_equal(account_set_password(a, TEXT("admin"), &old, TEXT("a new password"), text_of(here)), ERR_NONE);
	assert_int_equal(house_who(h, here, &who), ERR_NONE);
	assert_false(who.must_change_password);
	assert_int_equal(house_who(h, there, NULL), ERR_SIGN_IN_NEEDED);
	assert_int_equal(account_set_password(a, TEXT("admin"), NULL, TEXT("set by another"), TEXT("")), ERR_NONE);
	assert_int_equal(house_who(h, here, NULL), ERR_SIGN_IN_NEEDED);
	assert_int_equal(house_sign_in(h, "admin", "set by another", "10.0.0.1", here, NULL), ERR_NONE);
	assert_int_equal(house_who(h, here, &who), ERR_NONE);
	assert_true(who.must_change_password);
	assert_int_equal(account_set_password(a, TEXT("nobody"), NULL, TEXT("a new password"), TEXT("")), ERR_NOT_FOUND);
}

static bool count_account(void *ctx, const struct account_info *info)
{
	int *count = ctx;
	assert_string_equal(info->name, *count == 0 ? "admin" : "li");
	assert_int_equal(info->role, *count == 0 ? ADMIN : PLANNER);
	++*count;
	return true;
}

static void accounts_survive_a_restart(void **state)
{
	struct house *h = *state;
	int count = 0;
	assert_int_equal(account_new(h->accounts, TEXT("li"), PLANNER, TEXT("long enough 1")), ERR_NONE);
	house_open_again(h);
	assert_int_equal(accounts_list(h->accounts, count_account, &count), ERR_NONE);
	assert_int_equal(count, 2);
	assert_int_equal(house_sign_in(h, "li", "long enough 1", "10.0.0.1", NULL, NULL), ERR_NONE);
}

static void roles_have_words_and_words_have_roles(void **state)
{
	(void)state;
	static const enum role roles[] = {VIEWER, OPERATOR, PLANNER, ADMIN, DEVICE};
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		enum role back = 0;
		assert_true(role_from_word(text_of(role_word(roles[i])), &back));
		assert_int_equal(back, roles[i]);
	}
	enum role none = 0;
	assert_false(role_from_word(TEXT("root"), &none));
}

/* ---- the table of hashes, against a plain list ---- */

#define LIST_MAX 600
struct listed { uint8_t hash[SECRET_HASH_BYTES]; uint32_t row; };

static uint32_t list_find(const struct listed *list, size_t count, const uint8_t *hash)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i].hash, hash, SECRET_HASH_BYTES) == 0)
			return list[i].row;
	return HASH_TABLE_NONE;
}

static void the_hash_table_agrees_with_a_plain_list(void **state)
{
	(void)state;
	struct hash_table t;
	assert_int_equal(hash_table_init(&t, 10), ERR_NONE);
	struct listed *list = calloc(LIST_MAX, sizeof(*list));
	size_t count = 0;
	uint32_t seed = 7;
	for (uint32_t step = 0; step < 40000; step++) {
		seed = seed * 1664525u + 1013904223u;
		uint8_t hash[SECRET_HASH_BYTES] = {0};
		uint32_t place = (seed >> 8) % 700; /* few places: long probes, many removals that hit */
		memcpy(hash, &place, 2);
		hash[0] = (uint8_t)(place % 13); /* crowded homes */
		hash[8] = (uint8_t)place;
		hash[9] = (uint8_t)(place >> 8);
		uint32_t found = list_find(list, count, hash);
		assert_int_equal(hash_table_find(&t, hash), found);
		if (found == HASH_TABLE_NONE && count < LIST_MAX) {
			memcpy(list[count].hash, hash, sizeof(hash));
			list[count++].row = step;
			hash_table_put(&t, hash, step);
		} else if (found != HASH_TABLE_NONE) {
			for (size_t i = 0; i < count; i++)
				if (list[i].row == found)
					list[i] = list[--count];
			hash_table_remove(&t, hash);
		}
	}
	free(list);
	hash_table_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_start_makes_an_administrator_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_password_and_an_unknown_name_are_told_alike, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cookie_ends_two_hours_after_its_last_use, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cookie_in_use_ends_twelve_hours_after_the_sign_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_restart_signs_nobody_out_and_keeps_no_secret, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_keeps_nobody_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signing_out_ends_the_cookie_for_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_account_has_at_most_64_cookies_and_the_oldest_goes_first, set_up, tear_down),
		cmocka_unit_test(five_tries_are_free_then_each_waits_twice_as_long),
		cmocka_unit_test_setup_teardown(too_many_wrong_tries_keep_even_the_right_password_waiting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_password_that_could_not_be_tried_is_nobodys_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guesses_elsewhere_keep_nobody_out_where_he_signed_in_before, set_up, tear_down),
		cmocka_unit_test(the_places_known_are_bounded),
		cmocka_unit_test(addresses_of_one_ipv6_network_count_as_one),
		cmocka_unit_test(a_flood_of_new_names_does_not_make_a_persistent_guesser_forgotten),
		cmocka_unit_test_setup_teardown(names_and_passwords_that_cannot_be_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_last_administrator_stays_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_role_ends_the_cookies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_password_keeps_only_the_cookie_that_asked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(accounts_survive_a_restart, set_up, tear_down),
		cmocka_unit_test(roles_have_words_and_words_have_roles),
		cmocka_unit_test(the_hash_table_agrees_with_a_plain_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
