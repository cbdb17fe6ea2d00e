/* fuzz/quick_password.c: in the place of Argon2id, which costs a tenth of a second on purpose: the linker leads the calls of
 * account/ here (--wrap). */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password, unsigned long long size,
                             unsigned long long opslimit, size_t memlimit);
int __wrap_crypto_pwhash_str_verify(const char *string, const char *password, unsigned long long size);
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_size, const char *password, unsigned long long size,
                         const unsigned char *salt, unsigned long long opslimit, size_t memlimit, int algorithm);

/* Tried against the password of nobody. */
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long out_size, const char *password, unsigned long long size,
                         const unsigned char *salt, unsigned long long opslimit, size_t memlimit, int algorithm)
{
	(void)opslimit;
	(void)memlimit;
	(void)algorithm;
	return crypto_generichash(out, out_size, (const unsigned char *)password, size, salt, crypto_pwhash_SALTBYTES);
}

int __wrap_crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *password, unsigned long long size,
                             unsigned long long opslimit, size_t memlimit)
{
	unsigned char hash[16];
	char hex[33];
	(void)opslimit;
	(void)memlimit;
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)password, size, NULL, 0);
	memset(out, 0, crypto_pwhash_STRBYTES);
	snprintf(out, crypto_pwhash_STRBYTES, "$quick$%s", sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash)));
	return 0;
}

int __wrap_crypto_pwhash_str_verify(const char *string, const char *password, unsigned long long size)
{
	char again[crypto_pwhash_STRBYTES];
	__wrap_crypto_pwhash_str(again, password, size, 0, 0);
	return strcmp(again, string) == 0 ? 0 : -1;
}
