/* account/certificate.c: the certificate's files: when they are made, renewed, replaced.
 *
 *   DIR/tls/ca-key.pem, ca.pem   the root of our own; ca.pem is what phones come to trust
 *   DIR/tls/key.pem, cert.pem    what the server speaks TLS with: signed by the root, or brought
 *   DIR/tls/names                the extra names that were asked for, so that a renewal keeps them
 *
 * Files are written aside, synced and renamed: never half a key. A crash between the two renames leaves a pair that does not
 * fit: our own is then made again, a brought one must be brought again. */
#include "account/account.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/x509.h"
#include "base/log.h"

#define RENEW_BEFORE_MS (INT64_C(30) * 24 * 3600 * 1000)
/* 2026-01-01: earlier than this program. A machine without a battery starts in 1970; such a clock is no reason to make a
 * new root, which every phone would have to come to trust, and what is made by it must be good when the clock is right. */
#define AT_FIRST_POSSIBLE INT64_C(1767225600000)
#define NAMES_MAX 64 /* in one certificate */
#define PEM_BYTES_MAX (256u * 1024u)

struct paths { char folder[480], ca_cert[512], ca_key[512], cert[512], key[512], names[512]; };

static err_t make_paths(const char *data_dir, struct paths *p)
{
	int size = snprintf(p->folder, sizeof(p->folder), "%s/tls", data_dir);
	if (size < 0 || (size_t)size >= sizeof(p->folder))
		return ERR_FILE_OPEN;
	snprintf(p->ca_cert, sizeof(p->ca_cert), "%s/ca.pem", p->folder);
	snprintf(p->ca_key, sizeof(p->ca_key), "%s/ca-key.pem", p->folder);
	snprintf(p->cert, sizeof(p->cert), "%s/cert.pem", p->folder);
	snprintf(p->key, sizeof(p->key), "%s/key.pem", p->folder);
	snprintf(p->names, sizeof(p->names), "%s/names", p->folder);
	return ERR_NONE;
}

/* ---- files ---- */

static bool write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		size -= (size_t)written;
	}
	return fsync(fd) == 0;
}

static bool sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/* Aside, synced, renamed. */
static err_t put_file(const struct paths *p, const char *path, mode_t mode, const struct buf *content, struct problem *problem)
{
	char aside[520];
	snprintf(aside, sizeof(aside), "%s.new", path);
	unlink(aside); /* of a run that was killed; opened with O_EXCL so that no link is followed */
	int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool good = fd >= 0 && write_all(fd, content->at, content->size);
	if (fd >= 0 && close(fd) != 0)
		good = false;
	good = good && rename(aside, path) == 0 && sync_folder(p->folder);
	if (good)
		return ERR_NONE;
	int why = errno;
	unlink(aside);
	return problem_set(problem, ERR_FILE_WRITE, NULL, "%s: %s", path, strerror(why));
}

static err_t put_pair(const struct paths *p, const char *cert_path, const char *key_path, const struct pair *pair, struct problem *problem)
{
	struct buf cert, key;
	buf_init(&cert, PEM_BYTES_MAX);
	buf_init(&key, PEM_BYTES_MAX);
	err_t error = ERR_NONE;
	if (!x509_key_pem(pair->key, &key) || !x509_cert_pem(pair->cert, &cert))
		error = problem_set(problem, ERR_MEMORY, NULL, "%s", "");
	if (error == ERR_NONE)
		error = put_file(p, key_path, 0600, &key, problem);
	if (error == ERR_NONE)
		error = put_file(p, cert_path, 0644, &cert, problem);
	if (key.at != NULL)
		explicit_bzero(key.at, key.size);
	buf_free(&key);
	buf_free(&cert);
	return error;
}

static err_t make_folder(const struct paths *p, struct problem *problem)
{
	if (mkdir(p->folder, 0700) == 0 || errno == EEXIST)
		return ERR_NONE;
	return problem_set(problem, ERR_FILE_WRITE, NULL, "%s: %s", p->folder, strerror(errno));
}

static err_t read_file(const char *path, struct buf *out, struct problem *problem)
{
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return problem_set(problem, ERR_FILE_OPEN, NULL, "%s: %s", path, strerror(errno));
	char bytes[4096];
	size_t size = 0;
	while ((size = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(out, bytes, size);
	bool failed = ferror(f) != 0;
	fclose(f);
	explicit_bzero(bytes, sizeof(bytes));
	if (failed || out->error != ERR_NONE)
		return problem_set(problem, failed ? ERR_FILE_OPEN : out->error, NULL, "%s", path);
	return ERR_NONE;
}

/* ---- names ---- */

struct name { char text[256]; bool is_address; };
struct names_wanted { struct name each[NAMES_MAX]; size_t count; char host[256]; };

static bool is_host_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		bool good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' || *c == '.' ||
		            *c == '_';
		if (!good)
			return false;
	}
	return name[0] != '\0' && name[0] != '.' && name[0] != '-';
}

/* False: it is neither a host name nor an address. A name twice, and one too many, is left out. */
static bool want(struct names_wanted *w, const char *name)
{
	unsigned char bytes[16];
	bool is_address = inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
	if (strlen(name) >= sizeof(w->each[0].text) || (!is_address && !is_host_name(name)))
		return false;
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->each[i].text, name) == 0)
			return true;
	if (w->count < NAMES_MAX) {
		snprintf(w->each[w->count].text, sizeof(w->each[0].text), "%s", name);
		w->each[w->count++].is_address = is_address;
	}
	return true;
}

/* Addresses that others can reach us by, and loopback; link-local ones mean nothing elsewhere. */
static void want_address(struct names_wanted *w, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
		if ((ntohl(v4->sin_addr.s_addr) >> 16) != 0xA9FE && inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text)) != NULL)
			want(w, text);
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
		if (!IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) && inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text)) != NULL)
			want(w, text);
	}
}

static err_t want_extra(struct names_wanted *w, const char *extra, struct problem *problem)
{
	while (extra != NULL && *extra != '\0') {
		char one[256];
		size_t size = strcspn(extra, ",");
		size_t from = strspn(extra, " "), until = size;
		while (until > from && extra[until - 1] == ' ')
			until--;
		if (until > from) {
			snprintf(one, sizeof(one), "%.*s", (int)(until - from), extra + from);
			if (until - from >= sizeof(one) || !want(w, one))
				return problem_set(problem, ERR_CERTIFICATE, "names", "\"%s\" is neither a host name nor an address", one);
		}
		extra += size + (extra[size] == ',' ? 1 : 0);
	}
	return ERR_NONE;
}

/* What was asked for comes first, so that a machine with very many addresses cannot push it out. */
static err_t want_all(struct names_wanted *w, const char *extra, struct problem *problem)
{
	w->count = 0;
	if (gethostname(w->host, sizeof(w->host)) != 0)
		snprintf(w->host, sizeof(w->host), "localhost");
	w->host[sizeof(w->host) - 1] = '\0';
	if (!is_host_name(w->host))
		snprintf(w->host, sizeof(w->host), "localhost");
	want(w, "localhost");
	want(w, w->host);
	err_t error = want_extra(w, extra, problem);
	struct ifaddrs *list = NULL;
	if (error != ERR_NONE || getifaddrs(&list) != 0)
		return error;
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && (i->ifa_flags & IFF_UP) != 0)
			want_address(w, i->ifa_addr);
	freeifaddrs(list);
	return ERR_NONE;
}

static void write_names(const struct names_wanted *w, struct buf *out)
{
	for (size_t i = 0; i < w->count; i++)
		buf_addf(out, "%s%s:%s", i > 0 ? "," : "", w->each[i].is_address ? "IP" : "DNS", w->each[i].text);
}

/* ---- the pair of our own ---- */

static bool lasts(const X509 *cert, at_ms now)
{
	return (x509_at_start(cert) <= now || now == AT_FIRST_POSSIBLE) && x509_at_end(cert) - now >= RENEW_BEFORE_MS;
}

static err_t ready_root(const struct paths *p, const char *host, at_ms now, struct pair *out, struct problem *problem)
{
	struct pair root = {x509_read_key(p->ca_key), x509_read_cert(p->ca_cert)};
	if (x509_fits(root.cert, root.key) && lasts(root.cert, now)) {
		*out = root;
		return ERR_NONE;
	}
	bool is_new = root.cert == NULL && root.key == NULL;
	pair_free(&root);
	if (!x509_make_root(host, now, &root))
		return problem_set(problem, ERR_CERTIFICATE, NULL, "OpenSSL could not make the root certificate");
	err_t error = put_pair(p, p->ca_cert, p->ca_key, &root, problem);
	if (error != ERR_NONE) {
		pair_free(&root);
		return error;
	}
	if (!is_new)
		log_warn("account", "a new root certificate was made: phones must come to trust it again");
	*out = root;
	return ERR_NONE;
}

static bool has_all_names(X509 *cert, const struct names_wanted *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (!x509_has_name(cert, w->each[i].text, w->each[i].is_address))
			return false;
	return true;
}

static bool is_signed_by(X509 *cert, const struct pair *root)
{
	EVP_PKEY *key = X509_get0_pubkey(root->cert);
	return cert != NULL && key != NULL && X509_verify(cert, key) == 1;
}

static err_t renew(const struct paths *p, const struct pair *root, const struct names_wanted *w, at_ms now, struct problem *problem)
{
	struct buf names;
	buf_init(&names, NAMES_MAX * 264);
	write_names(w, &names);
	struct pair leaf = {NULL, NULL};
	err_t error = names.error;
	if (now < x509_at_start(root->cert))
		now = x509_at_start(root->cert);
	if (error == ERR_NONE && !x509_make_leaf(root, w->host, names.at, now, &leaf))
		error = problem_set(problem, ERR_CERTIFICATE, NULL, "OpenSSL could not make the certificate for %s", names.at);
	if (error == ERR_NONE)
		error = put_pair(p, p->cert, p->key, &leaf, problem);
	pair_free(&leaf);
	buf_free(&names);
	return error;
}

/* The extra names: those given now, which are kept, else those kept before. */
static err_t ready_names(const struct paths *p, const char *extra, struct names_wanted *out, struct problem *problem)
{
	struct buf kept;
	buf_init(&kept, NAMES_MAX * 256);
	err_t error = ERR_NONE;
	if (extra != NULL) {
		buf_add_str(&kept, extra);
	} else if (access(p->names, F_OK) == 0) {
		error = read_file(p->names, &kept, problem);
	}
	if (error == ERR_NONE)
		error = kept.error;
	if (error == ERR_NONE)
		error = want_all(out, kept.at, problem);
	if (error == ERR_NONE && extra != NULL)
		error = put_file(p, p->names, 0600, &kept, problem);
	buf_free(&kept);
	return error;
}

/* Makes what is missing, too old or does not fit; `fresh`: a new leaf whatever there is. */
static err_t ready_own(const struct paths *p, const char *extra, bool fresh, at_ms now, struct problem *problem)
{
	struct names_wanted w;
	struct pair root = {NULL, NULL};
	err_t error = make_folder(p, problem);
	if (error == ERR_NONE)
		error = ready_names(p, extra, &w, problem);
	if (error == ERR_NONE)
		error = ready_root(p, w.host, now, &root, problem);
	if (error != ERR_NONE)
		return error;
	struct pair leaf = {x509_read_key(p->key), x509_read_cert(p->cert)};
	bool is_good = x509_fits(leaf.cert, leaf.key) && is_signed_by(leaf.cert, &root) && lasts(leaf.cert, now) &&
	               has_all_names(leaf.cert, &w);
	if (!is_good || fresh)
		error = renew(p, &root, &w, now, problem);
	pair_free(&leaf);
	pair_free(&root);
	return error;
}

/* ---- the pair that was brought ---- */

static err_t check_brought(X509 *cert, EVP_PKEY *key, at_ms now, struct problem *problem)
{
	char at[WHEN_SIZE];
	if (cert == NULL || key == NULL)
		return problem_set(problem, ERR_CERTIFICATE, cert == NULL ? "cert" : "key", "%s",
		                   cert == NULL ? "There is no certificate in PEM form in the file"
		                                : "There is no private key in PEM form without a passphrase in the file");
	if (!x509_fits(cert, key))
		return problem_set(problem, ERR_CERTIFICATE, "key", "The key does not belong to the certificate");
	if (x509_at_start(cert) > now)
		return problem_set(problem, ERR_CERTIFICATE, "cert", "It is valid from %s only", when_format(x509_at_start(cert), 0, at));
	if (x509_at_end(cert) <= now)
		return problem_set(problem, ERR_CERTIFICATE, "cert", "It ended at %s", when_format(x509_at_end(cert), 0, at));
	return ERR_NONE;
}

/* The certificate's file is kept whole: it may hold the chain up to the root. */
err_t certificate_bring(const char *data_dir, const char *cert_path, const char *key_path, at_ms now, struct problem *problem)
{
	struct paths p;
	struct buf cert, key;
	struct pair pair = {NULL, NULL};
	buf_init(&cert, PEM_BYTES_MAX);
	buf_init(&key, PEM_BYTES_MAX);
	err_t error = make_paths(data_dir, &p);
	if (error == ERR_NONE)
		error = read_file(cert_path, &cert, problem);
	if (error == ERR_NONE)
		error = read_file(key_path, &key, problem);
	if (error != ERR_NONE)
		goto out;
	pair = (struct pair){x509_read_key(key_path), x509_read_cert(cert_path)};
	error = check_brought(pair.cert, pair.key, now, problem);
	if (error == ERR_NONE)
		error = make_folder(&p, problem);
	if (error == ERR_NONE)
		error = put_file(&p, p.key, 0600, &key, problem);
	if (error == ERR_NONE)
		error = put_file(&p, p.cert, 0644, &cert, problem);
out:
	if (key.at != NULL)
		explicit_bzero(key.at, key.size);
	buf_free(&key);
	buf_free(&cert);
	pair_free(&pair);
	return error;
}

/* ---- ready ---- */

static bool is_brought(const struct paths *p)
{
	X509 *cert = x509_read_cert(p->cert);
	bool brought = cert != NULL && !x509_is_own(cert);
	X509_free(cert);
	return brought;
}

static err_t describe(const struct paths *p, bool own, struct certificate *out, struct problem *problem)
{
	struct certificate c = {.own = own};
	X509 *cert = x509_read_cert(p->cert), *root = own ? x509_read_cert(p->ca_cert) : NULL;
	if (cert == NULL || (own && root == NULL)) {
		X509_free(cert);
		X509_free(root);
		return problem_set(problem, ERR_FILE_OPEN, NULL, "%s", p->cert);
	}
	snprintf(c.cert_path, sizeof(c.cert_path), "%s", p->cert);
	snprintf(c.key_path, sizeof(c.key_path), "%s", p->key);
	x509_sha256(cert, c.sha256);
	x509_subject(cert, c.subject, sizeof(c.subject));
	x509_names(cert, c.names, sizeof(c.names));
	c.at_end = x509_at_end(cert);
	if (own) {
		snprintf(c.ca_path, sizeof(c.ca_path), "%s", p->ca_cert);
		x509_sha256(root, c.ca_sha256);
	}
	X509_free(cert);
	X509_free(root);
	*out = c;
	return ERR_NONE;
}

/* One that has ended is better than a server that does not start in the middle of an event: browsers say so themselves. */
static err_t ready_brought(const struct paths *p, at_ms now, struct problem *problem)
{
	struct pair pair = {x509_read_key(p->key), x509_read_cert(p->cert)};
	err_t error = ERR_NONE;
	if (!x509_fits(pair.cert, pair.key))
		error = problem_set(problem, ERR_CERTIFICATE, "key", "%s and %s do not belong together", p->cert, p->key);
	else if (check_brought(pair.cert, pair.key, now, NULL) != ERR_NONE)
		log_warn("account", "the certificate %s is out of date", p->cert);
	pair_free(&pair);
	return error;
}

static err_t ready(const char *data_dir, const char *extra_names, bool fresh, at_ms now, struct certificate *out, struct problem *problem)
{
	struct paths p;
	err_t error = make_paths(data_dir, &p);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "The path of the data folder is too long");
	if (now < AT_FIRST_POSSIBLE)
		now = AT_FIRST_POSSIBLE;
	bool brought = !fresh && is_brought(&p);
	error = brought ? ready_brought(&p, now, problem) : ready_own(&p, extra_names, fresh, now, problem);
	return error != ERR_NONE ? error : describe(&p, !brought, out, problem);
}

err_t certificate_ready(const char *data_dir, const char *extra_names, at_ms now, struct certificate *out, struct problem *problem)
{
	return ready(data_dir, extra_names, false, now, out, problem);
}

err_t certificate_new(const char *data_dir, const char *extra_names, at_ms now, struct certificate *out, struct problem *problem)
{
	return ready(data_dir, extra_names, true, now, out, problem);
}
