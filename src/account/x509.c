/* account/x509.c: making, reading and checking certificates with OpenSSL 3. */
#include "account/x509.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define ROOT_NAME "Cordon root, "
#define DAY_S (24L * 3600)
#define ROOT_FOR_S (3650 * DAY_S)
#define LEAF_FOR_S (824 * DAY_S)   /* phones refuse more than 825 days */
#define BEFORE_S DAY_S             /* valid since yesterday: clocks in the field are wrong */

void pair_free(struct pair *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
	*p = (struct pair){NULL, NULL};
}

/* ---- making ---- */

static bool set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *number = NULL;
	bool good = RAND_bytes(bytes, sizeof(bytes)) == 1;
	bytes[0] = (unsigned char)((bytes[0] & 0x7F) | 0x40); /* positive, and always 16 bytes */
	number = good ? BN_bin2bn(bytes, sizeof(bytes), NULL) : NULL;
	good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
	BN_free(number);
	return good;
}

static bool set_subject(X509 *cert, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Cordon", -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	bool good = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

/* What a root and a leaf have in common; `end_s` in seconds since 1970. */
static bool begin(struct pair *p, const char *common_name, at_ms now, time_t end_s)
{
	time_t now_s = (time_t)(now / 1000);
	p->key = EVP_EC_gen("P-256");
	p->cert = X509_new();
	return p->key != NULL && p->cert != NULL && X509_set_version(p->cert, X509_VERSION_3) == 1 && set_serial(p->cert) &&
	       X509_time_adj_ex(X509_getm_notBefore(p->cert), 0, -BEFORE_S, &now_s) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(p->cert), 0, 0, &end_s) != NULL &&
	       X509_set_pubkey(p->cert, p->key) == 1 && set_subject(p->cert, common_name);
}

bool x509_make_root(const char *host, at_ms now, struct pair *out)
{
	struct pair p = {NULL, NULL};
	char name[65];
	snprintf(name, sizeof(name), ROOT_NAME "%.40s", host);
	bool good = begin(&p, name, now, (time_t)(now / 1000) + ROOT_FOR_S);
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, p.cert, p.cert, NULL, NULL, 0);
	good = good && X509_set_issuer_name(p.cert, X509_get_subject_name(p.cert)) == 1 &&
	       add_extension(p.cert, &ctx, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_extension(p.cert, &ctx, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       add_extension(p.cert, &ctx, NID_subject_key_identifier, "hash") &&
	       X509_sign(p.cert, p.key, EVP_sha256()) > 0;
	if (good)
		*out = p;
	else
		pair_free(&p);
	return good;
}

bool x509_make_leaf(const struct pair *root, const char *host, const char *names, at_ms now, struct pair *out)
{
	struct pair p = {NULL, NULL};
	char name[65];
	snprintf(name, sizeof(name), "%.64s", host);
	time_t end_s = (time_t)(now / 1000) + LEAF_FOR_S, root_end_s = (time_t)(x509_at_end(root->cert) / 1000);
	bool good = begin(&p, name, now, end_s < root_end_s ? end_s : root_end_s);
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, root->cert, p.cert, NULL, NULL, 0);
	good = good && X509_set_issuer_name(p.cert, X509_get_subject_name(root->cert)) == 1 &&
	       add_extension(p.cert, &ctx, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(p.cert, &ctx, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(p.cert, &ctx, NID_ext_key_usage, "serverAuth") &&
	       add_extension(p.cert, &ctx, NID_subject_alt_name, names) &&
	       add_extension(p.cert, &ctx, NID_subject_key_identifier, "hash") &&
	       add_extension(p.cert, &ctx, NID_authority_key_identifier, "keyid") &&
	       X509_sign(p.cert, root->key, EVP_sha256()) > 0;
	if (good)
		*out = p;
	else
		pair_free(&p);
	return good;
}

/* ---- reading ---- */

X509 *x509_read_cert(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *cert = file == NULL ? NULL : PEM_read_bio_X509(file, NULL, NULL, NULL);
	BIO_free(file);
	return cert;
}

/* A key with a passphrase cannot be used unattended: no prompt, but a refusal. */
static int no_passphrase(char *out, int size, int is_write, void *ctx)
{
	(void)out, (void)size, (void)is_write, (void)ctx;
	return -1;
}

EVP_PKEY *x509_read_key(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key = file == NULL ? NULL : PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
	BIO_free(file);
	return key;
}

bool x509_fits(X509 *cert, EVP_PKEY *key)
{
	return cert != NULL && key != NULL && X509_check_private_key(cert, key) == 1;
}

static at_ms time_of(const ASN1_TIME *t)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return AT_NONE;
	return (at_ms)timegm(&tm) * 1000;
}

at_ms x509_at_start(const X509 *cert)
{
	return time_of(X509_get0_notBefore(cert));
}

at_ms x509_at_end(const X509 *cert)
{
	return time_of(X509_get0_notAfter(cert));
}

void x509_sha256(const X509 *cert, char out[96])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	out[0] = '\0';
	if (X509_digest(cert, EVP_sha256(), hash, &size) != 1 || size != 32)
		return;
	for (unsigned int i = 0; i < size; i++)
		snprintf(out + (size_t)i * 3, 96 - (size_t)i * 3, i + 1 < size ? "%02X:" : "%02X", hash[i]);
}

/* The text of a memory BIO, cut to fit. */
static void take_text(BIO *memory, char *out, size_t out_size)
{
	char *bytes = NULL;
	long size = BIO_get_mem_data(memory, &bytes);
	size_t fits = text_fit((struct text){bytes, size > 0 ? (size_t)size : 0}, out_size - 1);
	if (fits > 0)
		memcpy(out, bytes, fits);
	out[fits] = '\0';
}

void x509_subject(const X509 *cert, char *out, size_t out_size)
{
	BIO *memory = BIO_new(BIO_s_mem());
	out[0] = '\0';
	if (memory != NULL && X509_NAME_print_ex(memory, X509_get_subject_name(cert), 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		take_text(memory, out, out_size);
	BIO_free(memory);
}

static void print_name(BIO *memory, const GENERAL_NAME *name, const char *before)
{
	if (name->type == GEN_DNS) {
		BIO_printf(memory, "%s%.*s", before, ASN1_STRING_length(name->d.dNSName), (const char *)ASN1_STRING_get0_data(name->d.dNSName));
	} else if (name->type == GEN_IPADD) {
		char text[INET6_ADDRSTRLEN] = "";
		int size = ASN1_STRING_length(name->d.iPAddress);
		if (size == 4 || size == 16)
			inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof(text));
		BIO_printf(memory, "%s%s", before, text[0] != '\0' ? text : "?");
	}
}

void x509_names(X509 *cert, char *out, size_t out_size)
{
	out[0] = '\0';
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	BIO *memory = BIO_new(BIO_s_mem());
	int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);
	for (int i = 0; memory != NULL && i < count; i++)
		print_name(memory, sk_GENERAL_NAME_value(names, i), i > 0 ? ", " : "");
	if (memory != NULL)
		take_text(memory, out, out_size);
	BIO_free(memory);
	GENERAL_NAMES_free(names);
}

bool x509_has_name(X509 *cert, const char *name, bool is_address)
{
	if (is_address)
		return X509_check_ip_asc(cert, name, 0) == 1;
	return X509_check_host(cert, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

bool x509_is_own(const X509 *cert)
{
	char name[65] = "";
	int size = X509_NAME_get_text_by_NID(X509_get_issuer_name(cert), NID_commonName, name, sizeof(name));
	return size > 0 && strncmp(name, ROOT_NAME, strlen(ROOT_NAME)) == 0;
}

static bool take_pem(BIO *memory, bool is_written, struct buf *out)
{
	char *bytes = NULL;
	long size = BIO_get_mem_data(memory, &bytes);
	if (is_written && size > 0)
		buf_add(out, bytes, (size_t)size);
	BIO_free(memory);
	return is_written && size > 0 && out->error == ERR_NONE;
}

bool x509_cert_pem(X509 *cert, struct buf *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	return memory != NULL && take_pem(memory, PEM_write_bio_X509(memory, cert) == 1, out);
}

bool x509_key_pem(EVP_PKEY *key, struct buf *out)
{
	BIO *memory = BIO_new(BIO_s_secmem());
	return memory != NULL && take_pem(memory, PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1, out);
}
