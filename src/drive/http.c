/* drive/http.c: requests to a server that may be away, busy or full for a while. */
#include "drive/drive.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define ANSWER_BYTES_MAX (64u << 20)
#define RETRY_FIRST_MS 100
#define RETRY_LAST_MS 2000

struct drive_http {
	CURL *curl;
	struct drive_server server;
	struct curl_slist *headers;
	char content_type[96]; /* of `headers`, so that they are built once a kind, not once a request */
	bool signed_in;
};

static err_t sign_in(struct drive_http *h, struct problem *problem);

err_t drive_http_new(const struct drive_server *server, struct drive_http **out, struct problem *problem)
{
	struct drive_http *h = calloc(1, sizeof(*h));

	if (!h)
		return problem_set(problem, ERR_MEMORY, NULL, "%s", "");
	h->server = *server;
	h->curl = curl_easy_init();
	if (!h->curl) {
		free(h);
		return problem_set(problem, ERR_MEMORY, NULL, "%s", "libcurl cannot start");
	}
	*out = h;
	return ERR_NONE;
}

void drive_http_free(struct drive_http *h)
{
	if (!h)
		return;
	curl_slist_free_all(h->headers);
	curl_easy_cleanup(h->curl);
	free(h);
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *ctx)
{
	buf_add(ctx, bytes, size * count);
	return size * count;
}

/* The headers of one content type; the token goes here and nowhere else. */
static err_t set_headers(struct drive_http *h, const char *content_type)
{
	char line[256];
	struct curl_slist *list = NULL, *longer;

	if (h->headers && strcmp(h->content_type, content_type) == 0)
		return ERR_NONE;
	snprintf(line, sizeof(line), "Content-Type: %s", content_type);
	list = curl_slist_append(NULL, line);
	/* Expect: 100-continue would cost a round trip a batch. X-Cordon marks requests that no foreign page can make. */
	longer = list ? curl_slist_append(list, "Expect:") : NULL;
	longer = longer ? curl_slist_append(list, "X-Cordon: 1") : NULL;
	if (longer && h->server.token) {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", h->server.token);
		longer = curl_slist_append(list, line);
	}
	if (!longer) {
		curl_slist_free_all(list);
		return ERR_MEMORY;
	}
	curl_slist_free_all(h->headers);
	h->headers = list;
	snprintf(h->content_type, sizeof(h->content_type), "%s", content_type);
	return ERR_NONE;
}

static void set_options(struct drive_http *h, const char *method, struct text body, struct buf *answer)
{
	CURL *c = h->curl;

	curl_easy_setopt(c, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 120L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(c, CURLOPT_COOKIEFILE, ""); /* the cookie engine, in memory only */
	if (h->server.ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, h->server.ca_file);
	if (h->server.insecure) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (strcmp(method, "GET") == 0) {
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.size ? body.at : "");
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	}
}

/* A server that is starting, stopping, killed or full: worth asking again with the same bytes. */
static bool worth_another_try(CURLcode code, long status)
{
	if (code == CURLE_OK)
		return status == 503 || status == 507 || status == 408;
	return code == CURLE_COULDNT_CONNECT || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING ||
	       code == CURLE_PARTIAL_FILE || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_OPERATION_TIMEDOUT;
}

static void wait_ms(long for_ms)
{
	struct timespec t = {.tv_sec = for_ms / 1000, .tv_nsec = for_ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static err_t send_patiently(struct drive_http *h, const char *method, const char *path, const char *content_type, struct text body,
                            struct buf *answer, long *out_status, struct problem *problem)
{
	char url[1024];
	long status, waited_ms = 0, pause_ms = RETRY_FIRST_MS;
	CURLcode code;

	snprintf(url, sizeof(url), "%s%s", h->server.url, path);
	if (set_headers(h, content_type) != ERR_NONE)
		return problem_set(problem, ERR_MEMORY, NULL, "%s", "");
	for (;;) {
		buf_reset(answer);
		status = 0;
		set_options(h, method, body, answer);
		curl_easy_setopt(h->curl, CURLOPT_URL, url);
		code = curl_easy_perform(h->curl);
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
		if (!worth_another_try(code, status) || drive_stop_asked() || waited_ms >= h->server.patience_s * 1000L)
			break;
		wait_ms(pause_ms);
		waited_ms += pause_ms;
		pause_ms = pause_ms * 2 < RETRY_LAST_MS ? pause_ms * 2 : RETRY_LAST_MS;
	}
	if (code != CURLE_OK)
		return problem_set(problem, ERR_UNREACHABLE, "--url", "%s: %s", h->server.url, curl_easy_strerror(code));
	if (answer->error != ERR_NONE)
		return problem_set(problem, answer->error, NULL, "the answer of %s is too large", path);
	*out_status = status;
	return ERR_NONE;
}

err_t drive_http_send(struct drive_http *h, const char *method, const char *path, const char *content_type, struct text body,
                      struct buf *answer, long *out_status, struct problem *problem)
{
	err_t err;
	long status;
	int round;

	for (round = 0; round < 2; round++) {
		if (!h->server.token && !h->signed_in) {
			err = sign_in(h, problem);
			if (err != ERR_NONE)
				return err;
		}
		err = send_patiently(h, method, path, content_type, body, answer, &status, problem);
		if (err != ERR_NONE)
			return err;
		if (status != 401 || h->server.token)
			break;
		h->signed_in = false; /* the cookie has ended: once more */
	}
	*out_status = status;
	return ERR_NONE;
}

static err_t sign_in(struct drive_http *h, struct problem *problem)
{
	struct buf body, answer;
	long status = 0;
	err_t err;

	buf_init(&body, 4096);
	buf_init(&answer, ANSWER_BYTES_MAX);
	buf_add_str(&body, "{\"name\":");
	buf_add_json_str(&body, h->server.name ? h->server.name : "");
	buf_add_str(&body, ",\"password\":");
	buf_add_json_str(&body, h->server.password ? h->server.password : "");
	buf_add_char(&body, '}');
	err = send_patiently(h, "POST", "/api/v1/sign-in", "application/json", (struct text){body.at, body.size}, &answer, &status, problem);
	if (err == ERR_NONE && status != 200)
		err = problem_set(problem, ERR_SIGN_IN_WRONG, "--user", "the server answered %ld to the sign-in", status);
	h->signed_in = err == ERR_NONE;
	buf_free(&body);
	buf_free(&answer);
	return err;
}
