/* account/limits.c: how often one may try to sign in.
 *
 * Five failures are free, after the k-th further one the next try waits 2^k seconds, up to a maximum. A failure is
 * forgotten after two quiet minutes. The table is eight-way associative: in a full set whoever failed least, and
 * of those whoever failed longest ago, is forgotten; a flood of new keys therefore pushes out its own kind first. */
#include "account/inside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 8u
#define SETS 512u
#define FREE_FAILURES 5
#define FAILURES_MAX 32
#define FORGET_ONE_MS (INT64_C(2) * 60 * 1000)

struct limit_entry {
	uint64_t key;
	int64_t at_last_ms, at_free_ms;
	int failures; /* 0: the entry is free */
};

struct limit_table {
	unsigned char secret[crypto_shorthash_KEYBYTES]; /* so that nobody outside can choose who shares a set */
	int wait_s_max;
	struct limit_entry entries[SETS * WAYS];
};

struct limit_table *limit_table_new(int wait_s_max)
{
	struct limit_table *t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	t->wait_s_max = wait_s_max;
	crypto_shorthash_keygen(t->secret);
	return t;
}

void limit_table_free(struct limit_table *t)
{
	free(t);
}

static uint64_t key_of(const struct limit_table *t, const void *bytes, size_t size)
{
	uint64_t key;
	crypto_shorthash((unsigned char *)&key, bytes, size, t->secret);
	return key;
}

uint64_t limit_key_of_name(const struct limit_table *t, struct text name)
{
	return key_of(t, name.at, name.size);
}

uint64_t limit_key_of_address(const struct limit_table *t, const char *address)
{
	char plain[INET6_ADDRSTRLEN];
	text_copy(plain, sizeof(plain), text_of(address));
	plain[strcspn(plain, "%")] = '\0'; /* fe80::1%eth0 */
	unsigned char bytes[16];
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
	if (inet_pton(AF_INET, plain, bytes) == 1)
		return key_of(t, bytes, 4);
	if (inet_pton(AF_INET6, plain, bytes) != 1)
		return key_of(t, plain, strlen(plain));
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return key_of(t, bytes + 12, 4);
	return key_of(t, bytes, 8); /* one household has a /64 of addresses */
}

/* Lets quiet time count. */
static void let_fade(struct limit_entry *e, int64_t now_ms)
{
	int64_t faded = (now_ms - e->at_last_ms) / FORGET_ONE_MS;
	if (faded <= 0)
		return;
	e->failures = faded >= e->failures ? 0 : e->failures - (int)faded;
	e->at_last_ms += faded * FORGET_ONE_MS;
}

static struct limit_entry *find(struct limit_table *t, uint64_t key, int64_t now_ms)
{
	struct limit_entry *set = &t->entries[(key % SETS) * WAYS];
	for (uint32_t i = 0; i < WAYS; i++) {
		if (set[i].failures == 0 || set[i].key != key)
			continue;
		let_fade(&set[i], now_ms);
		return set[i].failures == 0 ? NULL : &set[i];
	}
	return NULL;
}

static bool is_less_worth(const struct limit_entry *a, const struct limit_entry *b)
{
	return a->failures != b->failures ? a->failures < b->failures : a->at_last_ms < b->at_last_ms;
}

static struct limit_entry *find_or_make(struct limit_table *t, uint64_t key, int64_t now_ms)
{
	struct limit_entry *e = find(t, key, now_ms);
	if (e != NULL)
		return e;
	struct limit_entry *set = &t->entries[(key % SETS) * WAYS];
	e = &set[0];
	for (uint32_t i = 1; i < WAYS; i++)
		if (is_less_worth(&set[i], e))
			e = &set[i];
	*e = (struct limit_entry){.key = key, .at_last_ms = now_ms};
	return e;
}

int limit_wait_s(struct limit_table *t, uint64_t key, int64_t now_ms)
{
	const struct limit_entry *e = find(t, key, now_ms);
	return e == NULL || e->at_free_ms <= now_ms ? 0 : (int)((e->at_free_ms - now_ms + 999) / 1000);
}

static void set_free_time(const struct limit_table *t, struct limit_entry *e)
{
	e->at_free_ms = e->at_last_ms;
	if (e->failures < FREE_FAILURES)
		return;
	int64_t wait_s = INT64_C(1) << (e->failures - FREE_FAILURES);
	e->at_free_ms += (wait_s > t->wait_s_max ? t->wait_s_max : wait_s) * 1000;
}

void limit_charge(struct limit_table *t, uint64_t key, int64_t now_ms)
{
	struct limit_entry *e = find_or_make(t, key, now_ms);
	e->at_last_ms = now_ms;
	if (e->failures < FAILURES_MAX)
		e->failures++;
	set_free_time(t, e);
}

void limit_refund(struct limit_table *t, uint64_t key, int64_t now_ms)
{
	struct limit_entry *e = find(t, key, now_ms);
	if (e == NULL)
		return;
	e->failures--;
	e->at_free_ms = e->at_last_ms; /* the try before it had waited long enough */
}

void limit_clear(struct limit_table *t, uint64_t key)
{
	struct limit_entry *set = &t->entries[(key % SETS) * WAYS];
	for (uint32_t i = 0; i < WAYS; i++)
		if (set[i].key == key)
			set[i].failures = 0;
}

int limit_failures(struct limit_table *t, uint64_t key, int64_t now_ms)
{
	const struct limit_entry *e = find(t, key, now_ms);
	return e == NULL ? 0 : e->failures;
}

uint64_t limit_key_of_place(const struct limit_table *t, struct text name, const char *address)
{
	const uint64_t both[2] = {limit_key_of_name(t, name), limit_key_of_address(t, address)};
	return key_of(t, both, sizeof(both));
}

bool known_has(const struct known *k, uint64_t key)
{
	for (uint32_t i = 0; i < KNOWN_MAX; i++)
		if (k->keys[i] == key)
			return key != 0;
	return false;
}

void known_add(struct known *k, uint64_t key)
{
	if (known_has(k, key))
		return;
	k->keys[k->next] = key;
	k->next = (k->next + 1) % KNOWN_MAX;
}
