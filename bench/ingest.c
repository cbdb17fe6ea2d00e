/* bench/ingest.c: one client, many connections: how many passages a second are durably acknowledged?
 *
 *   bench_ingest http  HOST PORT SESSION TOKEN RECORDS PER_BODY CONNECTIONS [tls]
 *   bench_ingest mqtt  HOST PORT SESSION TOKEN RECORDS PER_MESSAGE CONNECTIONS
 *   bench_ingest single HOST PORT SESSION TOKEN RATE SECONDS CONNECTIONS   one passage a request, open loop
 *   bench_ingest pg    CONNINFO RECORDS PER_INSERT CONNECTIONS
 *   bench_ingest redis SOCKET RECORDS PER_PIPELINE CONNECTIONS
 *
 * All messages are written before the clock starts; it stops when the last one is acknowledged. The records are the same for all: 500
 * devices D000..D499 in turn (the worst locality), checkpoint C00..C99 = device / 5. Prints one line: "passages_per_s N" or
 * "p50_us N p99_us N p999_us N sent N". bench/run makes JSON of it.
 */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"

#define DEVICES 500
#define CONNECTIONS_MAX 64
#define MQTT_WINDOW 1000

struct job {
	pthread_t thread;
	int index, connections;
	const char *host, *port, *session, *token;
	long records, per_message;
	bool tls;
	char *bytes;              /* all messages, one after the other */
	size_t *ends;             /* where each ends */
	long messages;
	bool failed;
	int socket;
	SSL *ssl;
	/* single: */
	double rate;
	int seconds;
	uint32_t *latencies_us;
	long latency_count;
};

static pthread_barrier_t gate;
static at_ms day_at;
static uint64_t boot;

static void die(const char *what)
{
	fprintf(stderr, "bench_ingest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Record `n` of all: which device, which number of that device, when. */
static size_t write_record(char *out, size_t room, long n)
{
	char at[WHEN_SIZE];
	long device = n % DEVICES, seq = n / DEVICES + 1;

	when_format(day_at + n / 2000, 480, at);
	return (size_t)snprintf(out, room, "{\"device\":\"D%03ld\",\"boot\":%llu,\"seq\":%ld,\"at\":\"%s\",\"checkpoint\":\"C%02ld\",\"in\":1,"
	                        "\"out\":0}\n", device, (unsigned long long)boot, seq, at, device / 5);
}

/* ---- sockets ---- */

static void open_socket(struct job *j)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(j->port, NULL, 10))};
	int one = 1;

	inet_pton(AF_INET, j->host, &to.sin_addr);
	j->socket = socket(AF_INET, SOCK_STREAM, 0);
	if (j->socket < 0 || connect(j->socket, (struct sockaddr *)&to, sizeof(to)) != 0)
		die("connect");
	setsockopt(j->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (j->tls) {
		SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

		j->ssl = SSL_new(ctx);
		SSL_set_fd(j->ssl, j->socket);
		if (SSL_connect(j->ssl) != 1)
			die("TLS");
	}
}

static void send_all(struct job *j, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = j->ssl ? SSL_write(j->ssl, bytes, (int)(size > 65536 ? 65536 : size)) : write(j->socket, bytes, size);

		if (n <= 0)
			die("write");
		bytes += n;
		size -= (size_t)n;
	}
}

static ssize_t receive(struct job *j, char *bytes, size_t room)
{
	ssize_t n = j->ssl ? SSL_read(j->ssl, bytes, (int)room) : read(j->socket, bytes, room);

	if (n <= 0)
		die("read");
	return n;
}

/* Reads one whole HTTP answer with Content-Length or chunked "0\r\n\r\n" end; gives the status. */
static int read_answer(struct job *j, char *text, size_t room)
{
	size_t size = 0;
	char *body, *length;

	for (;;) {
		size += (size_t)receive(j, text + size, room - size - 1);
		text[size] = '\0';
		body = strstr(text, "\r\n\r\n");
		if (!body)
			continue;
		length = strcasestr(text, "content-length:");
		if (length && length < body) {
			if ((size_t)(text + size - body - 4) >= strtoul(length + 15, NULL, 10))
				break;
		} else if (strstr(body, "\r\n0\r\n\r\n") || strstr(body + 4, "0\r\n\r\n") == body + 4) {
			break;
		}
	}
	return (int)strtol(text + 9, NULL, 10);
}

/* ---- HTTP NDJSON ---- */

static void prepare_http(struct job *j)
{
	long m, first = j->index;
	size_t size = 0, room = (size_t)(j->records / j->connections + 1) * 190 + (size_t)j->messages * 512 + 65536;
	char *body = malloc((size_t)j->per_message * 192);

	j->bytes = malloc(room);
	j->ends = malloc(sizeof(*j->ends) * (size_t)(j->messages + 1));
	for (m = 0; m < j->messages; m++) {
		size_t body_size = 0;
		long k, base = (m * j->connections + first) * j->per_message;

		for (k = 0; k < j->per_message; k++)
			body_size += write_record(body + body_size, 192, base + k);
		size += (size_t)snprintf(j->bytes + size, room - size, "POST /api/v1/sessions/%s/passages HTTP/1.1\r\nHost: %s\r\n"
		                         "Authorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
		                         j->session, j->host, j->token, body_size);
		memcpy(j->bytes + size, body, body_size);
		size += body_size;
		j->ends[m] = size;
	}
	free(body);
}

static void *run_http(void *arg)
{
	struct job *j = arg;
	static _Thread_local char answer[1 << 20];
	size_t from = 0;
	long m;

	open_socket(j);
	prepare_http(j);
	pthread_barrier_wait(&gate);
	for (m = 0; m < j->messages; m++) {
		send_all(j, j->bytes + from, j->ends[m] - from);
		from = j->ends[m];
		if (read_answer(j, answer, sizeof(answer)) != 200 || !strstr(answer, "\"rejected\":[]")) {
			fprintf(stderr, "bench_ingest: the server answered: %.600s\n", answer);
			j->failed = true;
			break;
		}
	}
	pthread_barrier_wait(&gate);
	return NULL;
}

/* ---- MQTT QoS 1 ---- */

static size_t mqtt_length(char *out, size_t value)
{
	size_t n = 0;

	do {
		out[n] = (char)(value % 128 | (value >= 128 ? 128 : 0));
		value /= 128;
		n++;
	} while (value > 0);
	return n;
}

static size_t mqtt_text(char *out, const char *text)
{
	size_t size = strlen(text);

	out[0] = (char)(size >> 8);
	out[1] = (char)size;
	memcpy(out + 2, text, size);
	return size + 2;
}

static void connect_mqtt(struct job *j)
{
	char body[512], packet[600], name[32];
	size_t size = 0, head;

	open_socket(j);
	size += mqtt_text(body, "MQTT");
	body[size++] = 4;
	body[size++] = (char)0xc2; /* user, password, clean session */
	body[size++] = 0;
	body[size++] = 60;
	snprintf(name, sizeof(name), "bench-%d", j->index);
	size += mqtt_text(body + size, name);
	size += mqtt_text(body + size, "device");
	size += mqtt_text(body + size, j->token);
	packet[0] = 0x10;
	head = 1 + mqtt_length(packet + 1, size);
	memcpy(packet + head, body, size);
	send_all(j, packet, head + size);
	if (receive(j, packet, 4) != 4 || packet[0] != 0x20 || packet[3] != 0) {
		fprintf(stderr, "bench_ingest: CONNACK says %d\n", packet[3]);
		exit(1);
	}
}

static void prepare_mqtt(struct job *j)
{
	size_t size = 0, room = (size_t)(j->records / j->connections + 1) * 190 + (size_t)j->messages * 128 + 65536;
	char *body = malloc((size_t)j->per_message * 192 + 256), topic[128];
	long m, k;

	j->bytes = malloc(room);
	j->ends = malloc(sizeof(*j->ends) * (size_t)(j->messages + 1));
	snprintf(topic, sizeof(topic), "cordon/%s/passages", j->session);
	for (m = 0; m < j->messages; m++) {
		size_t n = mqtt_text(body, topic);
		long base = (m * j->connections + j->index) * j->per_message;
		unsigned id = (unsigned)(m % 65535) + 1;

		body[n++] = (char)(id >> 8);
		body[n++] = (char)id;
		for (k = 0; k < j->per_message; k++)
			n += write_record(body + n, 192, base + k);
		j->bytes[size] = 0x32;
		size += 1 + mqtt_length(j->bytes + size + 1, n);
		memcpy(j->bytes + size, body, n);
		size += n;
		j->ends[m] = size;
	}
	free(body);
}

static void *run_mqtt(void *arg)
{
	struct job *j = arg;
	char acks[8192];
	long sent = 0;
	size_t acked_bytes = 0, from = 0;

	connect_mqtt(j);
	prepare_mqtt(j);
	pthread_barrier_wait(&gate);
	while (acked_bytes < (size_t)j->messages * 4) {
		long window = (long)(acked_bytes / 4) + MQTT_WINDOW;

		if (window > j->messages)
			window = j->messages;
		if (sent < window) {
			send_all(j, j->bytes + from, j->ends[window - 1] - from);
			from = j->ends[window - 1];
			sent = window;
		}
		acked_bytes += (size_t)receive(j, acks, sizeof(acks));
	}
	pthread_barrier_wait(&gate);
	return NULL;
}

/* ---- one passage a request, at a fixed rate ---- */

static void *run_single(void *arg)
{
	struct job *j = arg;
	static _Thread_local char answer[65536];
	char record[192], request[1024];
	double gap_ns = 1e9 * j->connections / j->rate;
	long count = (long)(j->rate / j->connections * j->seconds), n;
	int64_t began;

	open_socket(j);
	j->latencies_us = malloc(sizeof(uint32_t) * (size_t)(count + 1));
	pthread_barrier_wait(&gate);
	began = now_ns() + (int64_t)(gap_ns * j->index / j->connections);
	for (n = 0; n < count; n++) {
		int64_t due = began + (int64_t)(gap_ns * (double)n), wait = due - now_ns();
		struct timespec pause = {.tv_nsec = (long)(wait > 0 ? wait % 1000000000 : 0), .tv_sec = wait > 0 ? wait / 1000000000 : 0};
		size_t size = write_record(record, sizeof(record), n * j->connections + j->index);
		int64_t start;
		int head;

		head = snprintf(request, sizeof(request), "POST /api/v1/sessions/%s/passages HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
		                "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n%s", j->session, j->host, j->token, size, record);
		if (wait > 0)
			nanosleep(&pause, NULL);
		/* From the moment it was due, so that a stalled server is not forgiven (coordinated omission); but a sleep that woke
		 * late is the client's fault. */
		start = wait > 0 ? now_ns() : due;
		send_all(j, request, (size_t)head);
		if (read_answer(j, answer, sizeof(answer)) != 200)
			j->failed = true;
		j->latencies_us[j->latency_count++] = (uint32_t)((now_ns() - start) / 1000);
	}
	pthread_barrier_wait(&gate);
	return NULL;
}

/* ---- PostgreSQL ---- */

static void *run_pg(void *arg)
{
	struct job *j = arg;
	static const char insert[] = "INSERT INTO passage SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], "
	                             "$6::int[], $7::int[]) ON CONFLICT DO NOTHING";
	PGconn *c = PQconnectdb(j->host);
	long m, k;
	char **texts = malloc(sizeof(char *) * (size_t)j->messages * 7);

	if (PQstatus(c) != CONNECTION_OK) {
		fprintf(stderr, "bench_ingest: %s", PQerrorMessage(c));
		exit(1);
	}
	PQclear(PQprepare(c, "ins", insert, 7, NULL));
	for (m = 0; m < j->messages; m++) {
		long base = (m * j->connections + j->index) * j->per_message;
		int f;

		for (f = 0; f < 7; f++) {
			char *t = texts[m * 7 + f] = malloc((size_t)j->per_message * 22 + 8), *p = t;

			*p++ = '{';
			for (k = 0; k < j->per_message; k++) {
				long n = base + k, device = n % DEVICES;
				long long v[7] = {device, (long long)boot, n / DEVICES + 1, day_at + n / 2000, device / 5, 1, 0};

				p += snprintf(p, 22, "%s%lld", k ? "," : "", v[f]);
			}
			*p++ = '}';
			*p = '\0';
		}
	}
	pthread_barrier_wait(&gate);
	for (m = 0; m < j->messages; m++) {
		PGresult *r = PQexecPrepared(c, "ins", 7, (const char *const *)&texts[m * 7], NULL, NULL, 0);

		if (PQresultStatus(r) != PGRES_COMMAND_OK) {
			fprintf(stderr, "bench_ingest: %s", PQerrorMessage(c));
			j->failed = true;
		}
		PQclear(r);
	}
	pthread_barrier_wait(&gate);
	PQfinish(c);
	return NULL;
}

/* ---- Redis ---- */

static void *run_redis(void *arg)
{
	struct job *j = arg;
	redisContext *c = redisConnectUnix(j->host);
	char **commands = malloc(sizeof(char *) * (size_t)(j->messages * j->per_message));
	int *sizes = malloc(sizeof(int) * (size_t)(j->messages * j->per_message));
	long m, k;
	redisReply *reply;

	if (!c || c->err)
		die("redis");
	for (m = 0; m < j->messages; m++)
		for (k = 0; k < j->per_message; k++) {
			long n = (m * j->connections + j->index) * j->per_message + k, at = m * j->per_message + k, device = n % DEVICES;

			sizes[at] = redisFormatCommand(&commands[at], "XADD passages * d %ld b %llu s %ld t %lld c %ld i 1 o 0", device,
			                               (unsigned long long)boot, n / DEVICES + 1, (long long)(day_at + n / 2000), device / 5);
		}
	pthread_barrier_wait(&gate);
	for (m = 0; m < j->messages; m++) {
		for (k = 0; k < j->per_message; k++)
			redisAppendFormattedCommand(c, commands[m * j->per_message + k], (size_t)sizes[m * j->per_message + k]);
		for (k = 0; k < j->per_message; k++) {
			if (redisGetReply(c, (void **)&reply) != REDIS_OK || reply->type == REDIS_REPLY_ERROR)
				j->failed = true;
			freeReplyObject(reply);
		}
	}
	pthread_barrier_wait(&gate);
	return NULL;
}

/* ---- the measure ---- */

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_latencies(struct job *jobs, int connections)
{
	long total = 0, at = 0;
	uint32_t *all;
	int i;

	for (i = 0; i < connections; i++)
		total += jobs[i].latency_count;
	all = malloc(sizeof(*all) * (size_t)(total + 1));
	for (i = 0; i < connections; i++) {
		memcpy(all + at, jobs[i].latencies_us, sizeof(*all) * (size_t)jobs[i].latency_count);
		at += jobs[i].latency_count;
	}
	qsort(all, (size_t)total, sizeof(*all), by_value);
	printf("p50_us %u p99_us %u p999_us %u sent %ld\n", all[total / 2], all[total * 99 / 100], all[total * 999 / 1000], total);
}

int main(int argc, char **argv)
{
	static struct job jobs[CONNECTIONS_MAX];
	void *(*run)(void *) = NULL;
	const char *kind = argc > 1 ? argv[1] : "";
	bool server = strcmp(kind, "http") == 0 || strcmp(kind, "mqtt") == 0 || strcmp(kind, "single") == 0;
	int first = server ? 6 : 3, connections, i;
	int64_t began, took;
	bool failed = false;
	long records, per_message;

	run = strcmp(kind, "http") == 0 ? run_http : strcmp(kind, "mqtt") == 0 ? run_mqtt : strcmp(kind, "single") == 0 ? run_single
	    : strcmp(kind, "pg") == 0 ? run_pg : strcmp(kind, "redis") == 0 ? run_redis : NULL;
	if (!run || argc < first + 3) {
		fprintf(stderr, "usage: see the head of bench/ingest.c\n");
		return 2;
	}
	records = strtol(argv[first], NULL, 10);
	per_message = strtol(argv[first + 1], NULL, 10);
	connections = (int)strtol(argv[first + 2], NULL, 10);
	if (records < 1 || per_message < 1 || connections < 1 || connections > CONNECTIONS_MAX)
		return 2;
	boot = (uint64_t)time(NULL) * 1000 + (uint64_t)(now_ns() / 1000000 % 1000);
	day_at = (at_ms)time(NULL) * 1000 - 3600000;
	pthread_barrier_init(&gate, NULL, (unsigned)connections + 1);
	for (i = 0; i < connections; i++) {
		jobs[i] = (struct job){.index = i, .connections = connections, .host = argv[2], .port = server ? argv[3] : NULL,
			.session = server ? argv[4] : NULL, .token = server ? argv[5] : NULL, .records = records, .per_message = per_message,
			.messages = records / per_message / connections, .tls = server && argc > first + 3, .rate = (double)records,
			.seconds = (int)per_message};
		pthread_create(&jobs[i].thread, NULL, run, &jobs[i]);
	}
	pthread_barrier_wait(&gate);
	began = now_ns();
	pthread_barrier_wait(&gate);
	took = now_ns() - began;
	for (i = 0; i < connections; i++) {
		pthread_join(jobs[i].thread, NULL);
		failed = failed || jobs[i].failed;
	}
	if (run == run_single)
		print_latencies(jobs, connections);
	else
		printf("passages_per_s %.0f\n", (double)(jobs[0].messages * per_message * connections) / ((double)took / 1e9));
	return failed;
}
