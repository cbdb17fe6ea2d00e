/* account/secrets.c: random secrets, their hashes, and the table from hashes to rows. */
#include "account/inside.h"

#include <stdlib.h>
#include <string.h>

void secret_make(char out[ACCOUNT_SECRET_CHARS + 1])
{
	uint8_t bytes[32];
	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2base64(out, ACCOUNT_SECRET_CHARS + 1, bytes, sizeof(bytes), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
}

/* The secret has 256 random bits: a plain hash is enough, there is nothing to guess. */
void secret_hash(struct text secret, uint8_t out[SECRET_HASH_BYTES])
{
	crypto_generichash(out, SECRET_HASH_BYTES, (const unsigned char *)secret.at, secret.size, NULL, 0);
}

void hash_to_hex(const uint8_t hash[SECRET_HASH_BYTES], char out[HEX_SIZE])
{
	sodium_bin2hex(out, HEX_SIZE, hash, SECRET_HASH_BYTES);
}

bool hash_from_hex(struct text hex, uint8_t out[SECRET_HASH_BYTES])
{
	size_t size = 0;
	return hex.size == HEX_SIZE - 1 &&
	       sodium_hex2bin(out, SECRET_HASH_BYTES, hex.at, hex.size, NULL, &size, NULL) == 0 &&
	       size == SECRET_HASH_BYTES;
}

void password_make(char out[ACCOUNT_PASSWORD_BYTES])
{
	static const char signs[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* without 0 o 1 l i */
	size_t at = 0;
	for (int group = 0; group < 4; group++) {
		if (group > 0)
			out[at++] = '-';
		for (int i = 0; i < 5; i++)
			out[at++] = signs[randombytes_uniform(sizeof(signs) - 1)];
	}
	out[at] = '\0';
}

/* ---- the table ---- */

err_t hash_table_init(struct hash_table *t, uint32_t slot_count_power)
{
	t->mask = (UINT32_C(1) << slot_count_power) - 1;
	t->slots = calloc((size_t)t->mask + 1, sizeof(*t->slots));
	return t->slots == NULL ? ERR_MEMORY : ERR_NONE;
}

void hash_table_free(struct hash_table *t)
{
	free(t->slots);
	t->slots = NULL;
}

static uint32_t home_of(const struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES])
{
	uint32_t first;
	memcpy(&first, hash, sizeof(first));
	return first & t->mask;
}

/* The slot of `hash`, or the free one where it would be put. */
static uint32_t slot_of(const struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES])
{
	uint32_t i = home_of(t, hash);
	while (t->slots[i].row_after != 0 && memcmp(t->slots[i].hash, hash, SECRET_HASH_BYTES) != 0)
		i = (i + 1) & t->mask;
	return i;
}

uint32_t hash_table_find(const struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES])
{
	uint32_t row_after = t->slots[slot_of(t, hash)].row_after;
	return row_after == 0 ? HASH_TABLE_NONE : row_after - 1;
}

void hash_table_put(struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES], uint32_t row)
{
	struct hash_slot *slot = &t->slots[slot_of(t, hash)];
	memcpy(slot->hash, hash, SECRET_HASH_BYTES);
	slot->row_after = row + 1;
}

/* Takes the slot out and moves back what had been pushed past it, so that no probe meets a hole too early. */
void hash_table_remove(struct hash_table *t, const uint8_t hash[SECRET_HASH_BYTES])
{
	uint32_t hole = slot_of(t, hash);
	if (t->slots[hole].row_after == 0)
		return;
	for (uint32_t i = (hole + 1) & t->mask; t->slots[i].row_after != 0; i = (i + 1) & t->mask) {
		uint32_t from_home = (i - home_of(t, t->slots[i].hash)) & t->mask;
		uint32_t from_hole = (i - hole) & t->mask;
		if (from_home >= from_hole) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	memset(&t->slots[hole], 0, sizeof(t->slots[hole]));
}
