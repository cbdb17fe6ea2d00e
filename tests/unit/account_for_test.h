/* account_for_test.h: accounts in a folder of their own, under a clock that the test holds. */
#ifndef CORDON_TESTS_ACCOUNT_FOR_TEST_H
#define CORDON_TESTS_ACCOUNT_FOR_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/account.h"
#include "account/inside.h"

struct house {
	char dir[64];
	at_ms now;
	struct store *store;
	struct accounts *accounts;
	char first_password[ACCOUNT_PASSWORD_BYTES];
};

static inline at_ms house_now(void *self)
{
	return ((struct house *)self)->now;
}

static inline int64_t house_monotonic_ns(void *self)
{
	return ((struct house *)self)->now * 1000000;
}

static inline void house_pass(struct house *h, int64_t for_ms)
{
	h->now += for_ms;
}

static inline void house_open_again(struct house *h)
{
	if (h->accounts != NULL)
		accounts_close(h->accounts);
	if (h->store != NULL)
		store_close(h->store);
	struct problem problem;
	assert_int_equal(store_open(h->dir, &h->store, &problem), ERR_NONE);
	struct clock clock = {house_now, house_monotonic_ns, h};
	assert_int_equal(accounts_open(h->store, clock, h->first_password, &h->accounts, &problem), ERR_NONE);
}

static inline struct house *house_new(void)
{
	struct house *h = calloc(1, sizeof(*h));
	assert_non_null(h);
	snprintf(h->dir, sizeof(h->dir), "/tmp/cordon-account-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	h->now = INT64_C(1795000000000);
	house_open_again(h);
	return h;
}

static inline void remove_folder(const char *dir)
{
	DIR *d = opendir(dir);
	char path[512];
	for (struct dirent *e = d == NULL ? NULL : readdir(d); e != NULL; e = readdir(d)) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >= sizeof(path))
			continue;
		if (e->d_type == DT_DIR)
			remove_folder(path);
		else
			unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static inline void house_free(struct house *h)
{
	accounts_close(h->accounts);
	store_close(h->store);
	remove_folder(h->dir);
	free(h);
}

/* Sign-in with less to write; *retry_after_s may be NULL. */
static inline err_t house_sign_in(struct house *h, const char *name, const char *password, const char *address, char *secret,
                                  int *retry_after_s)
{
	char kept[ACCOUNT_SECRET_CHARS + 1];
	struct principal who;
	int wait_s = 0;
	err_t error = account_sign_in(h->accounts, text_of(name), text_of(password), address, secret == NULL ? kept : secret, &who, &wait_s);
	if (retry_after_s != NULL)
		*retry_after_s = wait_s;
	return error;
}

static inline err_t house_who(struct house *h, const char *secret, struct principal *out)
{
	struct principal who;
	return account_who_cookie(h->accounts, text_of(secret), out == NULL ? &who : out);
}

#endif
