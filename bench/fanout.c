/* bench/fanout.c: N browsers watch; how long from an acknowledged passage to the frame in each of them?
 *
 *   bench_fanout HOST PORT SESSION TOKEN COOKIE BROWSERS POSTS
 *
 * Opens N WebSockets, posts one passage every 250 ms, notes when it is acknowledged, and when each browser gets
 * the delta that holds the new sum of its checkpoint. Prints "p50_us N p99_us N frames N missing N bytes N".
 * Plain HTTP on loopback; bench/run reads the server's CPU time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"

#define BROWSERS_MAX 2000
#define FRAME_BYTES_MAX (4u << 20)
#define POST_EVERY_NS 250000000

struct browser {
	int socket;
	char *bytes;
	size_t size;
	int64_t at_seen_ns; /* when the newest wanted frame came; 0: not yet */
};

static struct browser browsers[BROWSERS_MAX];
static uint64_t frame_bytes;

static void die(const char *what)
{
	fprintf(stderr, "bench_fanout: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int open_socket(const char *host, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, host, &to.sin_addr);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return s;
}

static void open_browser(struct browser *b, const char *host, const char *port, const char *session, const char *cookie)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
	                 "GET /api/v1/sessions/%s/live HTTP/1.1\r\nHost: %s:%s\r\n"
	                 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	                 "Sec-WebSocket-Key: Y29yZG9uLWJlbmNoLWtleQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://%s:%s\r\nCookie: %s\r\n\r\n",
	                 session, host, port, host, port, cookie);

	b->socket = open_socket(host, port);
	b->bytes = malloc(FRAME_BYTES_MAX);
	if (!b->bytes || write(b->socket, text, (size_t)n) != n)
		die("write");
	while (b->size < 4 || !memmem(b->bytes, b->size, "\r\n\r\n", 4)) {
		ssize_t got = read(b->socket, b->bytes + b->size, FRAME_BYTES_MAX - b->size);

		if (got <= 0)
			die("no upgrade");
		b->size += (size_t)got;
	}
	if (memcmp(b->bytes, "HTTP/1.1 101", 12) != 0) {
		fprintf(stderr, "bench_fanout: %.200s\n", b->bytes);
		exit(1);
	}
	n = (int)((char *)memmem(b->bytes, b->size, "\r\n\r\n", 4) + 4 - b->bytes);
	memmove(b->bytes, b->bytes + n, b->size - (size_t)n);
	b->size -= (size_t)n;
	fcntl(b->socket, F_SETFL, O_NONBLOCK);
}

/* Takes whole frames; the one that holds `wanted` stamps the browser. */
static void read_browser(struct browser *b, const char *wanted)
{
	for (;;) {
		ssize_t got = read(b->socket, b->bytes + b->size, FRAME_BYTES_MAX - b->size);

		if (got <= 0) {
			if (got < 0 && errno == EAGAIN)
				return;
			die("a browser was dropped");
		}
		b->size += (size_t)got;
		frame_bytes += (uint64_t)got;
		while (b->size >= 2) {
			const uint8_t *h = (const uint8_t *)b->bytes;
			size_t length = h[1] & 127, head = 2, i;

			if (length == 126 && b->size >= 4) {
				length = (size_t)h[2] << 8 | h[3];
				head = 4;
			} else if (length == 127 && b->size >= 10) {
				for (length = 0, i = 0; i < 8; i++)
					length = length << 8 | h[2 + i];
				head = 10;
			} else if (length >= 126) {
				break;
			}
			if (b->size < head + length)
				break;
			if (wanted && !b->at_seen_ns && memmem(b->bytes + head, length, wanted, strlen(wanted)))
				b->at_seen_ns = now_ns();
			memmove(b->bytes, b->bytes + head + length, b->size - head - length);
			b->size -= head + length;
		}
	}
}

static void pump(int poll, const char *wanted, int64_t until_ns)
{
	struct epoll_event events[256];
	int i, n;

	while (now_ns() < until_ns) {
		n = epoll_wait(poll, events, 256, 5);
		for (i = 0; i < n; i++)
			read_browser(&browsers[events[i].data.u32], wanted);
	}
}

/* Posts `n` people through checkpoint C00 and gives the moment of the acknowledgement. */
static int64_t post(int socket, const char *host, const char *session, const char *token, uint64_t boot, int seq)
{
	char record[256], request[1024], answer[4096], at[WHEN_SIZE];
	int size = snprintf(record, sizeof(record),
	                    "{\"device\":\"D000\",\"boot\":%llu,\"seq\":%d,"
	                    "\"at\":\"%s\",\"checkpoint\":\"C00\",\"in\":1}\n",
	                    (unsigned long long)boot, seq, when_format((at_ms)time(NULL) * 1000, 480, at));
	int n = snprintf(request, sizeof(request), "POST /api/v1/sessions/%s/passages HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
	                 "Content-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n%s", session, host, token, size, record);

	if (write(socket, request, (size_t)n) != n || read(socket, answer, sizeof(answer)) <= 0 || !memmem(answer, 16, " 200 ", 5))
		die("post");
	return now_ns();
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int count = argc > 6 ? (int)strtol(argv[6], NULL, 10) : 0, posts = argc > 7 ? (int)strtol(argv[7], NULL, 10) : 0;
	int poll = epoll_create1(0), socket, i, p;
	int64_t *waits, acked, due;
	uint64_t boot = (uint64_t)time(NULL);
	size_t seen = 0, missing = 0;
	char wanted[64];

	if (count < 1 || count > BROWSERS_MAX || posts < 1) {
		fprintf(stderr, "usage: see the head of bench/fanout.c\n");
		return 2;
	}
	waits = malloc(sizeof(*waits) * (size_t)count * (size_t)posts);
	for (i = 0; i < count; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};

		open_browser(&browsers[i], argv[1], argv[2], argv[3], argv[5]);
		epoll_ctl(poll, EPOLL_CTL_ADD, browsers[i].socket, &e);
		if (i % 16 == 15)
			pump(poll, NULL, now_ns() + 2000000);
	}
	socket = open_socket(argv[1], argv[2]);
	pump(poll, NULL, now_ns() + 1000000000);
	frame_bytes = 0;
	printf("ready\n");
	fflush(stdout);
	for (p = 0; p < posts; p++) {
		due = now_ns() + POST_EVERY_NS;
		for (i = 0; i < count; i++)
			browsers[i].at_seen_ns = 0;
		snprintf(wanted, sizeof(wanted), "\"in\":%d,\"out\":0", p + 1);
		acked = post(socket, argv[1], argv[3], argv[4], boot, p + 1);
		pump(poll, wanted, due + (p == posts - 1 ? 750000000 : 0));
		for (i = 0; i < count; i++) {
			if (browsers[i].at_seen_ns)
				waits[seen++] = browsers[i].at_seen_ns > acked ? browsers[i].at_seen_ns - acked : 0;
			else
				missing++;
		}
	}
	qsort(waits, seen, sizeof(*waits), by_value);
	if (seen == 0)
		die("no frame came");
	printf("p50_us %lld p99_us %lld frames %zu missing %zu bytes %llu\n", (long long)waits[seen / 2] / 1000,
	       (long long)waits[seen * 99 / 100] / 1000, seen, missing, (unsigned long long)frame_bytes);
	return 0;
}
