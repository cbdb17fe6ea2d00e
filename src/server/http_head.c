/* server/http_head.c: see http_head.h. One pass over the lines, then one look at each. */
#include "server/http_head.h"

#include <string.h>
#include <strings.h>

#include "server/bounds.h"

#define HEADERS_MAX 100 /* browsers send about 15 */

static const char *const method_words[HTTP_METHOD_COUNT] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

const char *http_method_word(enum http_method m) { return (unsigned)m < HTTP_METHOD_COUNT ? method_words[m] : "?"; }

size_t http_head_size(const char *bytes, size_t size)
{
	const char *end = memmem(bytes, size, "\r\n\r\n", 4);
	return end == NULL ? 0 : (size_t)(end - bytes) + 4;
}

static err_t fail(struct http_head *h, err_t error, const char *why)
{
	h->why = why;
	return error;
}

/* RFC 9110, 5.6.2 */
static bool token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			(c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool same_word(struct text a, const char *word)
{
	return a.size == strlen(word) && strncasecmp(a.at, word, a.size) == 0;
}

/* A comma-separated list holds the word, whatever its case. */
static bool list_has(struct text list, const char *word)
{
	size_t at = 0;
	while (at < list.size) {
		const char *comma = memchr(list.at + at, ',', list.size - at);
		size_t end = comma == NULL ? list.size : (size_t)(comma - list.at), from = at, to = end;
		while (from < to && (list.at[from] == ' ' || list.at[from] == '\t'))
			from++;
		while (to > from && (list.at[to - 1] == ' ' || list.at[to - 1] == '\t'))
			to--;
		if (same_word((struct text){list.at + from, to - from}, word))
			return true;
		at = end + 1;
	}
	return false;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool http_decode(char *at, size_t *size)
{
	size_t to = 0;
	for (size_t from = 0; from < *size; from++) {
		if (at[from] != '%') {
			at[to++] = at[from];
			continue;
		}
		if (from + 2 >= *size || hex(at[from + 1]) < 0 || hex(at[from + 2]) < 0)
			return false;
		at[to++] = (char)(hex(at[from + 1]) * 16 + hex(at[from + 2]));
		from += 2;
	}
	*size = to;
	return text_valid_utf8((struct text){at, to});
}

/* ---- the first line ---- */

static err_t read_path(struct http_head *h, char *at, size_t size)
{
	for (size_t i = 0; i + 2 < size; i++)
		if (at[i] == '%' && at[i + 1] == '2' && (at[i + 2] | 0x20) == 'f')
			return fail(h, ERR_HTTP_REQUEST, "an escaped slash in the address");
	if (!http_decode(at, &size))
		return fail(h, ERR_HTTP_REQUEST, "the address has a bad escape or is not UTF-8");
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f || at[i] == '\\')
			return fail(h, ERR_HTTP_REQUEST, "a control character or backslash in the address");
	for (size_t from = 1; from <= size;) {
		const char *slash = memchr(at + from, '/', size - from);
		size_t end = slash == NULL ? size : (size_t)(slash - at);
		struct text part = {at + from, end - from};
		if (text_is(part, ".") || text_is(part, "..") || (part.size == 0 && end < size))
			return fail(h, ERR_HTTP_REQUEST, "an empty, \".\" or \"..\" part in the address");
		from = end + 1;
	}
	h->request.path = (struct text){at, size};
	return ERR_NONE;
}

static err_t read_query(struct http_head *h, char *at, size_t size)
{
	struct request_head *r = &h->request;
	while (size > 0) {
		char *and = memchr(at, '&', size);
		size_t part = and == NULL ? size : (size_t)(and - at);
		if (part > 0) {
			if (r->query_count == QUERY_MAX)
				return fail(h, ERR_HTTP_REQUEST, "too many parameters in the address");
			char *equals = memchr(at, '=', part);
			size_t name = equals == NULL ? part : (size_t)(equals - at);
			size_t value = equals == NULL ? 0 : part - name - 1;
			/* A plus stays a plus: times carry one ("+08:00"), and this is not a form. */
			if (!http_decode(at, &name) || (value > 0 && !http_decode(equals + 1, &value)))
				return fail(h, ERR_HTTP_REQUEST, "a parameter has a bad escape or is not UTF-8");
			r->query[r->query_count].name = (struct text){at, name};
			r->query[r->query_count++].value = value > 0 ? (struct text){equals + 1, value} : (struct text){"", 0};
		}
		if (and == NULL)
			break;
		size -= part + 1;
		at = and + 1;
	}
	return ERR_NONE;
}

static err_t read_target(struct http_head *h, char *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)at[i] <= 0x20 || at[i] == 0x7f)
			return fail(h, ERR_HTTP_REQUEST, "a space or control character in the address");
	/* absolute-form, as a proxy sends it (RFC 9112, 3.2.2) */
	struct text target = {at, size};
	size_t scheme = text_starts(target, "http://") ? 7 : text_starts(target, "https://") ? 8 : 0;
	if (scheme > 0) {
		char *slash = memchr(at + scheme, '/', size - scheme);
		if (slash == NULL)
			return fail(h, ERR_HTTP_REQUEST, "the address has no path");
		size -= (size_t)(slash - at);
		at = slash;
	}
	if (size == 0 || at[0] != '/')
		return fail(h, ERR_HTTP_REQUEST, "the address must begin with a slash");
	char *mark = memchr(at, '?', size), *hash = memchr(at, '#', size);
	if (hash != NULL)
		return fail(h, ERR_HTTP_REQUEST, "a fragment in the address");
	size_t path = mark == NULL ? size : (size_t)(mark - at);
	err_t error = read_path(h, at, path);
	return error != ERR_NONE || mark == NULL ? error : read_query(h, mark + 1, size - path - 1);
}

static err_t read_first_line(struct http_head *h, char *at, size_t size)
{
	char *first = memchr(at, ' ', size), *last = memrchr(at, ' ', size);
	if (first == NULL || first == at || first == last)
		return fail(h, ERR_HTTP_REQUEST, "the first line is not METHOD ADDRESS VERSION");
	struct text version = {last + 1, size - (size_t)(last + 1 - at)}, method = {at, (size_t)(first - at)};
	if (!text_is(version, "HTTP/1.1") && !text_is(version, "HTTP/1.0"))
		return fail(h, ERR_HTTP_REQUEST, "only versions 1.1 and 1.0 are spoken here");
	h->keep_alive = version.at[7] == '1';
	for (size_t i = 0; i < method.size; i++)
		if (!token_char((unsigned char)method.at[i]))
			return fail(h, ERR_HTTP_REQUEST, "the first line is not METHOD ADDRESS VERSION");
	unsigned m = 0;
	while (m < HTTP_METHOD_COUNT && !text_is(method, method_words[m]))
		m++;
	if (m == HTTP_METHOD_COUNT)
		return fail(h, ERR_HTTP_METHOD, "no such method here");
	h->request.method = (enum http_method)m;
	return read_target(h, first + 1, (size_t)(last - first - 1));
}

/* ---- the other lines ---- */

struct seen { int hosts, lengths, encodings, versions; bool socket, upgrade_wanted; };

static err_t take_length(struct http_head *h, struct text value)
{
	uint64_t bytes;
	if (!text_to_u64(value, &bytes) || bytes > (uint64_t)1 << 50)
		return fail(h, ERR_HTTP_LENGTH, "Content-Length must be one whole number");
	h->request.body_bytes = (int64_t)bytes;
	return ERR_NONE;
}

static err_t take_header(struct http_head *h, struct text name, struct text value, struct seen *seen)
{
	struct request_head *r = &h->request;
	const struct { const char *name; struct text *to; } kept[] = {
		{"cookie", &r->cookie}, {"authorization", &r->authorization}, {"content-type", &r->content_type},
				{"origin", &r->origin},
		{"accept-language", &r->accept_language}, {"accept-encoding", &r->accept_encoding},
				{"if-none-match", &r->if_none_match},
		{"sec-websocket-key", &h->socket_key},
	};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (same_word(name, kept[i].name)) {
			/* Said twice, the first one counts: none of these may decide differently in front of us. */
			if (kept[i].to->size == 0)
				*kept[i].to = value;
			return ERR_NONE;
		}
	if (same_word(name, "host")) {
		r->host = value;
		seen->hosts++;
	} else if (same_word(name, "content-length")) {
		seen->lengths++;
		return take_length(h, value);
	} else if (same_word(name, "transfer-encoding")) {
		seen->encodings++;
	} else if (same_word(name, "connection")) {
		if (list_has(value, "close"))
			h->keep_alive = false;
		else if (list_has(value, "keep-alive"))
			h->keep_alive = true;
		if (list_has(value, "upgrade"))
			seen->upgrade_wanted = true;
	} else if (same_word(name, "upgrade")) {
		seen->socket = list_has(value, "websocket");
	} else if (same_word(name, "sec-websocket-version")) {
		seen->versions = text_is(value, "13");
	} else if (same_word(name, "expect")) {
		h->expects_continue = same_word(value, "100-continue");
	} else if (same_word(name, "content-encoding")) {
		r->is_packed = r->is_packed || !same_word(value, "identity");
	} else if (same_word(name, "x-cordon")) {
		r->own_page = true;
	}
	return ERR_NONE;
}

static err_t read_line(struct http_head *h, char *at, size_t size, struct seen *seen)
{
	char *colon = memchr(at, ':', size);
	if (colon == NULL || colon == at)
		return fail(h, ERR_HTTP_REQUEST, "a header line without a name or colon");
	struct text name = {at, (size_t)(colon - at)};
	for (size_t i = 0; i < name.size; i++)
		if (!token_char((unsigned char)name.at[i]))
			return fail(h, ERR_HTTP_REQUEST, "a header's name has a character that it may not have");
	struct text value = {colon + 1, size - name.size - 1};
	while (value.size > 0 && (value.at[0] == ' ' || value.at[0] == '\t')) {
		value.at++;
		value.size--;
	}
	while (value.size > 0 && (value.at[value.size - 1] == ' ' || value.at[value.size - 1] == '\t'))
		value.size--;
	for (size_t i = 0; i < value.size; i++)
		if (((unsigned char)value.at[i] < 0x20 && value.at[i] != '\t') || value.at[i] == 0x7f)
			return fail(h, ERR_HTTP_REQUEST, "a control character in a header");
	return take_header(h, name, value, seen);
}

static err_t judge(struct http_head *h, const struct seen *seen)
{
	if (seen->encodings > 0)
		return seen->lengths > 0
			? fail(h, ERR_HTTP_REQUEST, "Content-Length and Transfer-Encoding together")
			: fail(h, ERR_HTTP_LENGTH, "Transfer-Encoding is not taken: send Content-Length");
	if (seen->lengths > 1)
		return fail(h, ERR_HTTP_REQUEST, "more than one Content-Length");
	if (seen->hosts != 1)
		return fail(h, ERR_HTTP_REQUEST, "there must be exactly one Host");
	if (seen->socket && seen->upgrade_wanted) {
		if (!seen->versions || h->socket_key.size != 24 || h->request.method != HTTP_GET || h->request.body_bytes > 0)
			return fail(h, ERR_HTTP_REQUEST, "the WebSocket handshake needs GET, version 13 and a key");
		h->request.upgrade = true;
	}
	return ERR_NONE;
}

void http_head_clear(struct http_head *out)
{
	struct text *const texts[] = {&out->request.path, &out->request.host, &out->request.cookie,
			&out->request.authorization,
		&out->request.content_type, &out->request.origin, &out->request.accept_language, &out->request.accept_encoding,
		&out->request.if_none_match, &out->socket_key};
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = (struct text){"", 0};
	out->why = "";
}

err_t http_head_read(char *bytes, size_t size, struct http_head *out)
{
	http_head_clear(out);
	struct seen seen = {0};
	err_t first = ERR_NONE;
	size_t at = 0;
	for (int line = 0;; line++) {
		char *end = memmem(bytes + at, size - at, "\r\n", 2);
		if (end == NULL || line > HEADERS_MAX)
			return fail(out, ERR_HTTP_REQUEST, "too many header lines");
		size_t length = (size_t)(end - (bytes + at));
		if (memchr(bytes + at, '\r', length) != NULL || memchr(bytes + at, '\n', length) != NULL ||
		    memchr(bytes + at, '\0', length) != NULL)
			return fail(out, ERR_HTTP_REQUEST, "a bare CR, LF or NUL in the head");
		if (line > 0 && length == 0)
			break;
		err_t error = line == 0 ? read_first_line(out, bytes + at, length) : read_line(out, bytes + at, length, &seen);
		/* An unknown method is told as such, but only of a head that is right otherwise. */
		if (error == ERR_HTTP_METHOD)
			first = error;
		else if (error != ERR_NONE)
			return error;
		at += length + 2;
	}
	err_t error = judge(out, &seen);
	if (error == ERR_NONE && first != ERR_NONE)
		return fail(out, first, "no such method here");
	return error;
}
