/* server/web.c: the built page, read into memory at start: a map from path to bytes. No path of a request ever reaches
 * the
 * file system, so nothing outside of the folder can be asked for. */
#include "server/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define FILES_MAX 4096
#define FILES_BYTES_MAX ((size_t)128 << 20)
#define DEPTH_MAX 8

struct file { char *path; struct text bytes, packed; const char *type; char tag[24]; bool hashed; };
struct web { struct file *files; uint32_t count; size_t bytes; };

static const char no_page[] =
	"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Cordon</title>"
	"<style>body{font:16px/1.5 sans-serif;margin:3em;"
	"max-width:40em}</style><h1>Cordon</h1><p>The server runs, but the page was not built. In the project's folder:</p>"
	"<pre>cd web && npm ci && npm run build</pre>"
	"<p>then start the server again, or name the built page with <code>--web DIR</code>.</p>"
	"<p lang=\"zh\">服务已启动，但网页尚未构建。"
	"请在项目目录执行上面的命令后重启服务，或用 <code>--web</code> 指定已构建的网页目录。</p></html>";

static const char *type_of(const char *path)
{
	static const struct { const char *ending, *type; } list[] = {
		{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
				{".mjs", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"}, {".json", "application/json"}, {".geojson", "application/geo+json"},
		{".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".webp", "image/webp"},
		{".ico", "image/x-icon"}, {".woff2", "font/woff2"}, {".pbf", "application/x-protobuf"},
				{".txt", "text/plain; charset=utf-8"},
		{".webmanifest", "application/manifest+json"}, {".wasm", "application/wasm"},
	};
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot != NULL && i < sizeof(list) / sizeof(list[0]); i++)
		if (strcmp(dot, list[i].ending) == 0)
			return list[i].type;
	return "application/octet-stream";
}

/* ---- reading the folder ---- */

static err_t read_whole(int dir, const char *name, size_t size, char **out)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char *bytes = fd < 0 ? NULL : malloc(size + 1);
	size_t got = 0;
	while (bytes != NULL && got < size) {
		ssize_t n = read(fd, bytes + got, size - got);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		got += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	if (bytes == NULL || got < size) {
		free(bytes);
		return ERR_FILE_OPEN;
	}
	bytes[size] = '\0';
	*out = bytes;
	return ERR_NONE;
}

static err_t add_file(struct web *w, int dir, const char *name, const char *path, size_t size)
{
	if (w->count == FILES_MAX || w->bytes + size > FILES_BYTES_MAX)
		return ERR_TOO_LARGE;
	struct file *f = &w->files[w->count];
	char *bytes = NULL;
	f->path = strdup(path);
	if (f->path == NULL)
		return ERR_MEMORY;
	err_t error = read_whole(dir, name, size, &bytes);
	if (error != ERR_NONE) {
		free(f->path);
		return error;
	}
	w->count++;
	w->bytes += size;
	f->bytes = (struct text){bytes, size};
	f->packed = TEXT("");
	f->type = type_of(path);
	f->hashed = strncmp(path, "/assets/", 8) == 0;
	snprintf(f->tag, sizeof(f->tag), "\"%016llx\"", (unsigned long long)text_hash(f->bytes, 1));
	return ERR_NONE;
}

static err_t add_folder(struct web *w, int parent, const char *name, const char *path, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return ERR_FILE_OPEN;
	}
	err_t error = ERR_NONE;
	struct dirent *entry;
	while (error == ERR_NONE && (entry = readdir(dir)) != NULL) {
		char full[1024];
		struct stat about;
		if (entry->d_name[0] == '.' || fstatat(fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (snprintf(full, sizeof(full), "%s/%s", path, entry->d_name) >= (int)sizeof(full))
			continue;
		if (S_ISDIR(about.st_mode) && depth < DEPTH_MAX)
			error = add_folder(w, fd, entry->d_name, full, depth + 1);
		else if (S_ISREG(about.st_mode))
			error = add_file(w, fd, entry->d_name, full, (size_t)about.st_size);
	}
	closedir(dir);
	return error;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static struct file *find(const struct web *w, const char *path)
{
	struct file key = {.path = (char *)(uintptr_t)path};
	return w->count == 0 ? NULL : bsearch(&key, w->files, w->count, sizeof(w->files[0]), by_path);
}

/* x.js.gz beside x.js is what clients get that take gzip. */
static void pair_packed(struct web *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		char path[1028];
		snprintf(path, sizeof(path), "%s.gz", w->files[i].path);
		const struct file *packed = find(w, path);
		if (packed != NULL)
			w->files[i].packed = packed->bytes;
	}
}

err_t web_load(const char *dir, struct web **out, struct problem *problem)
{
	struct web *w = calloc(1, sizeof(*w));
	err_t error = w == NULL ? ERR_MEMORY : ERR_NONE;
	if (error == ERR_NONE && (w->files = calloc(FILES_MAX, sizeof(w->files[0]))) == NULL)
		error = ERR_MEMORY;
	if (error == ERR_NONE && dir != NULL && access(dir, R_OK) == 0)
		error = add_folder(w, AT_FDCWD, dir, "", 0);
	if (error != ERR_NONE) {
		web_free(w);
		return problem_set(problem, error, "web", "the page in %.200s cannot be read", dir == NULL ? "" : dir);
	}
	qsort(w->files, w->count, sizeof(w->files[0]), by_path);
	pair_packed(w);
	if (find(w, "/index.html") == NULL)
		log_warn("server", "no page in %.200s: the API works, the browser gets a hint", dir == NULL ? "(none)" : dir);
	*out = w;
	return ERR_NONE;
}

void web_free(struct web *w)
{
	if (w == NULL)
		return;
	for (uint32_t i = 0; i < w->count; i++) {
		free(w->files[i].path);
		free((char *)(uintptr_t)w->files[i].bytes.at);
	}
	free(w->files);
	free(w);
}

/* ---- answering ---- */

#define PAGE_POLICY \
	"Content-Security-Policy: default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; " \
	"style-src 'self'; " \
	"connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n" \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n"

/* The bytes live as long as the server. */
static void keep(void *owner) { (void)owner; }

static void answer(struct server *s, struct peer *p, int status, const char *type, struct text body, const char *more)
{
	char headers[1200];
	int size = snprintf(headers, sizeof(headers), "%s%s%s", more, PAGE_POLICY, s->tls ? security_headers_hsts.at : "");
	struct answer a = {.status = status, .type = type, .body = body, .headers = {headers, size < 0 ? 0 : (size_t)size},
			.release = keep};
	request_answer(p, &a);
}

static void answer_file(struct server *s, struct peer *p, const struct file *f)
{
	const struct request_head *h = request_head(p);
	bool packed = f->packed.size > 0 && memmem(h->accept_encoding.at, h->accept_encoding.size, "gzip", 4) != NULL;
	char more[256];
	snprintf(more, sizeof(more), "ETag: %s\r\nCache-Control: %s\r\nVary: Accept-Encoding\r\n%s", f->tag,
	         f->hashed ? "public, max-age=31536000, immutable" : "no-cache", packed ? "Content-Encoding: gzip\r\n" :
	         		"");
	if (h->if_none_match.size > 0 && memmem(h->if_none_match.at, h->if_none_match.size, f->tag, strlen(f->tag)) != NULL)
		answer(s, p, 304, NULL, TEXT(""), more);
	else
		answer(s, p, 200, f->type, packed ? f->packed : f->bytes, more);
}

static void answer_problem(struct server *s, struct peer *p, err_t error)
{
	struct buf out;
	const struct error_row *row = error_row(error);
	buf_init(&out, 4096);
	problem_write(&out, error, NULL, text_prefers_chinese(request_head(p)->accept_language));
	char headers[1200];
	int size = snprintf(headers, sizeof(headers), "%s%s%s", error == ERR_HTTP_METHOD ? "Allow: GET, HEAD\r\n" : "",
			security_headers_api.at,
	                    s->tls ? security_headers_hsts.at : "");
	struct answer a = {.status = row->http_status, .type = "application/problem+json",
			.body = {out.at == NULL ? "" : out.at, out.size},
		.headers = {headers, size < 0 ? 0 : (size_t)size}};
	request_answer(p, &a);
	buf_free(&out);
}

/* "/control/demo" is a place within the page; "/control/demo.js" would be a file that is not there. */
static bool place_of_page(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash != NULL && strchr(slash, '.') == NULL;
}

void web_answer(struct server *s, struct peer *p)
{
	const struct request_head *h = request_head(p);
	char path[1024];
	if (h->method != HTTP_GET && h->method != HTTP_HEAD) {
		answer_problem(s, p, ERR_HTTP_METHOD);
		return;
	}
	if (h->path.size >= sizeof(path)) {
		answer_problem(s, p, ERR_NOT_FOUND);
		return;
	}
	memcpy(path, h->path.at, h->path.size);
	path[h->path.size] = '\0';
	if (strcmp(path, "/ca.crt") == 0 && s->ca.size > 0) {
		answer(s, p, 200, "application/x-x509-ca-cert", (struct text){s->ca.at, s->ca.size},
		       "Content-Disposition: attachment; filename=cordon-ca.crt\r\nCache-Control: no-cache\r\n");
		return;
	}
	const struct file *f = find(s->web, path), *index = find(s->web, "/index.html");
	if (f == NULL && place_of_page(path))
		f = index;
	if (f != NULL)
		answer_file(s, p, f);
	else if (index == NULL && place_of_page(path))
		answer(s, p, 200, "text/html; charset=utf-8", (struct text){no_page, sizeof(no_page) - 1},
				"Cache-Control: no-store\r\n");
	else
		answer_problem(s, p, ERR_NOT_FOUND);
}
