/* Hostile heads of requests: what is read lies within the head, is clean text, and means one thing only. */
#include <stdlib.h>
#include <string.h>

#include "server/http_head.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void inside(struct text t, const char *bytes, size_t size)
{
	HOLD(!(t.size > 0 && (t.at < bytes || t.size > size || t.at > bytes + size - t.size)));
}

/* No line may be made out of it, in a log or in an answer. */
static void one_line(struct text t)
{
	for (size_t i = 0; i < t.size; i++)
		HOLD(!(t.at[i] == '\r' || t.at[i] == '\n' || t.at[i] == '\0'));
}

static void check_path(struct text path)
{
	HOLD(!(path.size == 0 || path.at[0] != '/' || !text_valid_utf8(path)));
	one_line(path);
	for (size_t i = 0; i + 1 < path.size; i++)
		HOLD(!(path.at[i] == '/' && path.at[i + 1] == '/'));
	HOLD(!(memmem(path.at, path.size, "/../", 4) != NULL || (path.size >= 3 && memcmp(path.at + path.size - 3, "/..", 3) == 0)));
}

static void check_head(const struct http_head *h, const char *bytes, size_t size)
{
	const struct request_head *r = &h->request;
	const struct text values[] = {r->host, r->cookie, r->authorization, r->content_type, r->origin, r->accept_language,
		r->accept_encoding, r->if_none_match, h->socket_key};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		inside(values[i], bytes, size);
		one_line(values[i]);
	}
	inside(r->path, bytes, size);
	check_path(r->path);
	for (size_t i = 0; i < (size_t)r->query_count; i++) {
		inside(r->query[i].name, bytes, size);
		inside(r->query[i].value, bytes, size);
		HOLD(!(!text_valid_utf8(r->query[i].name) || !text_valid_utf8(r->query[i].value)));
	}
	HOLD(!(r->body_bytes < 0 || (unsigned)r->method >= HTTP_METHOD_COUNT));
	HOLD(!(r->upgrade && (h->socket_key.size != 24 || r->method != HTTP_GET || r->body_bytes != 0)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t head = http_head_size((const char *)bytes + at, size - at);
		if (head == 0)
			break;
		/* A copy of its own, so that a read past the end of the head is seen. */
		char *copy = malloc(head);
		HOLD(copy != NULL);
		memcpy(copy, bytes + at, head);
		struct http_head h;
		err_t error = http_head_read(copy, head, &h);
		if (error == ERR_NONE)
			check_head(&h, copy, head);
		else
			HOLD(!(h.why == NULL || h.why[0] == '\0'));
		free(copy);
		at += head;
	}
	return 0;
}
