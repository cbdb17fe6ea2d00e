/* account/x509.h: making, reading and checking certificates with OpenSSL. Inside account/ only. */
#ifndef CORDON_ACCOUNT_X509_H
#define CORDON_ACCOUNT_X509_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/when.h"

struct pair { EVP_PKEY *key; X509 *cert; };
void pair_free(struct pair *p);

/* A root of our own: P-256, ten years. False: OpenSSL failed. */
bool x509_make_root(const char *host, at_ms now, struct pair *out);
/* A certificate for `names` ("DNS:a,IP:1.2.3.4"), signed by `root`, not beyond its end. */
bool x509_make_leaf(const struct pair *root, const char *host, const char *names, at_ms now, struct pair *out);

/* From PEM files; NULL members where a file is absent or is no PEM. */
X509 *x509_read_cert(const char *path);
EVP_PKEY *x509_read_key(const char *path);
bool x509_fits(X509 *cert, EVP_PKEY *key);
at_ms x509_at_start(const X509 *cert);
at_ms x509_at_end(const X509 *cert);
/* "AB:CD:..." of the whole certificate, by SHA-256. */
void x509_sha256(const X509 *cert, char out[96]);
void x509_subject(const X509 *cert, char *out, size_t out_size);
/* Its names, separated by ", ". */
void x509_names(X509 *cert, char *out, size_t out_size);
/* `name` without "DNS:" or "IP:". */
bool x509_has_name(X509 *cert, const char *name, bool is_address);
/* Signed by a root that x509_make_root() made, here or elsewhere: its issuer says so. */
bool x509_is_own(const X509 *cert);
/* PEM text, into an initialised buffer. */
bool x509_cert_pem(X509 *cert, struct buf *out);
bool x509_key_pem(EVP_PKEY *key, struct buf *out);

#endif
