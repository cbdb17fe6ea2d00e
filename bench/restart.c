/* bench restart: 10 million passages in one session, and how long a start takes until they are back in memory: by folding the whole
 * journal, and from the newest snapshot. Median of five starts each; the limit is five seconds. Then what the keeper's check of that
 * snapshot costs those who send and ask meanwhile, beside the ten seconds before it begins. Data go to the current folder.
 *
 *   bench_restart [passages] */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "live/live.h"

#define DIR_NAME "restart-data"
#define CHECKPOINTS 100
#define DEVICES_EACH 5
#define ROUNDS 5
#define LIMIT_S 5.0

struct bench {
	struct store *store;
	struct live *live;
	struct live_session *session;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool is_woken, opened, is_empty;
	uint64_t accepted, under_way;
};

static void fail(const char *what, err_t e)
{
	fprintf(stderr, "bench_restart: %s: %s\n", what, error_row(e)->reason_en);
	exit(1);
}

static void wake(void *ctx)
{
	struct bench *b = ctx;
	pthread_mutex_lock(&b->lock);
	b->is_woken = true;
	pthread_cond_signal(&b->woken);
	pthread_mutex_unlock(&b->lock);
}

static void wait_and_poll(struct bench *b)
{
	pthread_mutex_lock(&b->lock);
	while (!b->is_woken)
		pthread_cond_wait(&b->woken, &b->lock);
	b->is_woken = false;
	pthread_mutex_unlock(&b->lock);
	live_poll(b->live);
}

static struct buf make_plan(at_ms now)
{
	struct buf out;
	char doors[WHEN_SIZE], start[WHEN_SIZE], end[WHEN_SIZE];
	buf_init(&out, 1 << 22);
	buf_addf(&out, "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"bench\",\"coordinates\":\"local\","
	         "\"timetable\":{\"doors\":\"%s\",\"start\":\"%s\",\"end\":\"%s\"},"
	         "\"expected_ppl\":50000,\"approved_ppl\":60000},\"features\":[",
	         when_format(now - 7200000, 0, doors),
	         when_format(now + 3600000, 0, start), when_format(now + 7200000, 0, end));
	buf_add_str(&out, "{\"type\":\"Feature\",\"id\":\"inside\",\"properties\":{\"kind\":\"zone\",\"use\":\"concourse\"},"
	            "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1000,0],[1000,400],[0,400],[0,0]]]}}");
	for (int c = 0; c < CHECKPOINTS; c++) {
		buf_addf(&out, ",{\"type\":\"Feature\",\"id\":\"C%02d\",\"properties\":{\"kind\":\"checkpoint\",\"stage\":\"ticket\","
		         "\"from\":\"outside\",\"to\":\"inside\",\"width_m\":2,\"exit_use\":true,"
		         "\"lanes\":[{\"id\":\"1\",\"rate_ppl_min\":11}],\"devices\":[", c);
		for (int d = 0; d < DEVICES_EACH; d++)
			buf_addf(&out, "%s{\"id\":\"D%03d\",\"kind\":\"turnstile\"}", d == 0 ? "" : ",", c * DEVICES_EACH + d);
		buf_addf(&out, "]},\"geometry\":{\"type\":\"Point\",\"coordinates\":[%d,%d]}}", 10 + c % 20 * 48, 10 + c / 20 * 90);
	}
	buf_add_str(&out, "]}");
	return out;
}

static void opened(void *ctx, err_t error, const struct problem *problem, struct live_session *session)
{
	struct bench *b = ctx;
	if (error != ERR_NONE) {
		fprintf(stderr, "%s %s\n", problem->field, problem->detail);
		fail("opening", error);
	}
	b->session = session;
	b->opened = true;
}

static void answered(void *ctx, const struct live_receipt *r)
{
	struct bench *b = ctx;
	if (r->error != ERR_NONE || r->rejected_count > 0)
		fail("sending", r->error != ERR_NONE ? r->error : r->rejected[0].error);
	b->accepted += r->accepted;
	b->under_way--;
}

static void send_all(struct bench *b, uint64_t passages, at_ms now)
{
	static char names[CHECKPOINTS * DEVICES_EACH][8];
	static uint64_t seqs[CHECKPOINTS * DEVICES_EACH];
	struct random r;
	random_seed(&r, 10);
	for (int d = 0; d < CHECKPOINTS * DEVICES_EACH; d++)
		snprintf(names[d], sizeof names[d], "D%03d", d);
	for (uint64_t sent = 0; sent < passages;) {
		struct live_batch *batch = live_batch_new(b->live, b->session);
		if (batch == NULL) {
			wait_and_poll(b);
			continue;
		}
		for (uint32_t i = 0; !live_batch_full(batch) && sent < passages; i++, sent++) {
			uint32_t d = (uint32_t)random_below(&r, CHECKPOINTS * DEVICES_EACH);
			struct passage_said p = {.device = {names[d], 4}, .checkpoint = TEXT(""), .boot = 1, .seq = ++seqs[d],
				.at = now - 7200000 + (at_ms)(sent * 7200000 / passages), .in = 1, .out = d % 3 == 0};
			live_batch_add(batch, &p, i + 1);
		}
		b->under_way++;
		live_batch_submit(batch, answered, b);
	}
	while (b->under_way > 0)
		wait_and_poll(b);
}

static void start(struct bench *b)
{
	struct live_settings settings = {.store = b->store, .clock = clock_system(), .wake = wake, .ctx = b};
	err_t e = live_new(&settings, &b->live, NULL);
	if (e != ERR_NONE)
		fail("starting", e);
}

static void remove_snapshots(void)
{
	char path[512];
	DIR *dir = opendir(DIR_NAME "/sessions/bench");
	for (struct dirent *one; dir != NULL && (one = readdir(dir)) != NULL;)
		if (strstr(one->d_name, ".snapshot") != NULL) {
			snprintf(path, sizeof path, DIR_NAME "/sessions/bench/%s", one->d_name);
			unlink(path);
		}
	if (dir != NULL)
		closedir(dir);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static void measure(struct bench *b, const char *name, bool snapshots, uint64_t passages)
{
	struct clock clock = clock_system();
	double times_s[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		if (!snapshots)
			remove_snapshots();
		int64_t from_ns = clock.monotonic_ns(clock.self);
		start(b);
		times_s[i] = (double)(clock.monotonic_ns(clock.self) - from_ns) / 1e9;
		if (live_find_session(b->live, TEXT("bench")) == NULL)
			fail("coming back", ERR_STORE_CORRUPT);
		live_free(b->live);
	}
	qsort(times_s, ROUNDS, sizeof times_s[0], compare);
	printf("{\"bench\":\"restart\",\"case\":\"%s-%llu\",\"figure\":\"restart_s\",\"value\":%.3f,"
	       "\"unit\":\"s\",\"against\":\"limit-5-s\",\"ratio\":%.2f}\n", name,
	       (unsigned long long)passages, times_s[ROUNDS / 2], LIMIT_S / times_s[ROUNDS / 2]);
}

/* ---- while the keeper checks ---- */

#define SAMPLES_MAX 400000u
#define ASK_EVERY 50u
#define CHECK_AFTER_S 10.0 /* live/check.c */

struct samples { double *ms; uint32_t count; };
struct asked { struct bench *b; int64_t from_ns, done_ns; bool is_open; };

static int64_t now_ns(void)
{
	struct clock clock = clock_system();
	return clock.monotonic_ns(clock.self);
}

static void flow_told(void *ctx, err_t error, struct live_text *json)
{
	struct asked *a = ctx;
	(void)json;
	if (error != ERR_NONE)
		fail("asking", error);
	a->done_ns = now_ns();
}

static void sample(struct samples *s, int64_t for_ns)
{
	if (s->count < SAMPLES_MAX)
		s->ms[s->count++] = (double)for_ns / 1e6;
}

static void send_one(struct bench *b, uint64_t seq, struct samples *into)
{
	struct live_batch *batch = live_batch_new(b->live, b->session);
	struct clock clock = clock_system();
	struct passage_said p = {.device = TEXT("D001"), .checkpoint = TEXT(""), .boot = 2, .seq = seq, .at = clock.now(clock.self), .in = 1};
	int64_t from_ns = now_ns();
	live_batch_add(batch, &p, 1);
	b->under_way++;
	live_batch_submit(batch, answered, b);
	while (b->under_way > 0)
		wait_and_poll(b);
	sample(into, now_ns() - from_ns);
}

static void say_samples(const char *name, const char *figure, struct samples *s, double limit_ms)
{
	qsort(s->ms, s->count, sizeof s->ms[0], compare);
	for (int worst = 0; s->count > 0 && worst < 2; worst++) {
		double value = s->ms[worst ? s->count - 1 : s->count * 99 / 100];
		printf("{\"bench\":\"restart\",\"case\":\"%s\",\"figure\":\"%s_%s\",\"value\":%.2f,\"unit\":\"ms\",\"limit\":%.0f,"
		       "\"samples\":%u}\n", name, figure, worst ? "max" : "p99", value, limit_ms, s->count);
	}
}

static void measure_check(struct bench *b)
{
	struct live_health health;
	struct samples acks[2] = {0}, answers[2] = {0};
	struct asked asked = {.b = b};
	struct timespec pause = {0, 1000000};
	for (int i = 0; i < 2; i++) {
		acks[i].ms = malloc(SAMPLES_MAX * sizeof(double));
		answers[i].ms = malloc(SAMPLES_MAX * sizeof(double));
	}
	start(b);
	b->session = live_find_session(b->live, TEXT("bench"));
	int64_t from_ns = now_ns(), check_ns = 0;
	uint64_t seq = 0;
	do {
		bool checks = (double)(now_ns() - from_ns) / 1e9 > CHECK_AFTER_S;
		check_ns = checks && check_ns == 0 ? now_ns() : check_ns;
		send_one(b, ++seq, &acks[checks]);
		if (asked.is_open && asked.done_ns != 0) {
			sample(&answers[checks], asked.done_ns - asked.from_ns);
			asked.is_open = false;
		}
		if (!asked.is_open && seq % ASK_EVERY == 0) {
			asked = (struct asked){.b = b, .from_ns = now_ns(), .is_open = true};
			const struct live_flow_query all = {.checkpoint = TEXT("C01"), .at_from = AT_NONE, .at_to = AT_NONE, .at = AT_NONE};
			live_read_flow(b->session, &all, flow_told, &asked);
		}
		nanosleep(&pause, NULL);
		live_health(b->live, &health);
	} while (health.checks_waiting > 0);
	printf("{\"bench\":\"restart\",\"case\":\"check\",\"figure\":\"check_s\",\"value\":%.1f,\"unit\":\"s\"}\n",
	       (double)(now_ns() - check_ns) / 1e9);
	while (asked.is_open && asked.done_ns == 0)
		wait_and_poll(b);
	for (int i = 0; i < 2; i++) {
		say_samples(i ? "check" : "before-check", "ack", &acks[i], 5);
		say_samples(i ? "check" : "before-check", "answer", &answers[i], 50);
		free(acks[i].ms);
		free(answers[i].ms);
	}
	live_free(b->live);
}

int main(int argc, char **argv)
{
	uint64_t passages = 10000000;
	struct bench b = {.lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
	struct clock clock = clock_system();
	at_ms now = clock.now(clock.self);
	if (argc > 1 && (!text_to_u64(text_of(argv[1]), &passages) || passages == 0)) {
		fprintf(stderr, "usage: bench_restart [passages]\n");
		return 2;
	}
	log_set_level(LOG_LEVEL_WARN);
	err_t e = store_open(DIR_NAME, &b.store, NULL);
	if (e != ERR_NONE)
		fail("the folder " DIR_NAME, e);
	start(&b);
	struct buf plan = make_plan(now);
	live_open_session(b.live,
	                  &(struct live_open){.id = TEXT("bench"), .plan = {plan.at, plan.size},
	                                      .by = TEXT("bench"), .speed = 1, .at = AT_NONE},
	                  opened, &b);
	while (!b.opened)
		wait_and_poll(&b);
	int64_t from_ns = clock.monotonic_ns(clock.self);
	send_all(&b, passages, now);
	double for_s = (double)(clock.monotonic_ns(clock.self) - from_ns) / 1e9;
	if (b.accepted != passages)
		fail("counting", ERR_BUG);
	printf("{\"bench\":\"restart\",\"case\":\"written-%llu\","
	       "\"figure\":\"passages_per_s\",\"value\":%.0f,\"unit\":\"1/s\"}\n",
	       (unsigned long long)passages,
	       (double)b.accepted / for_s);
	live_free(b.live);
	measure(&b, "journal", false, passages);
	measure(&b, "snapshot", true, passages);
	measure_check(&b);
	buf_free(&plan);
	store_close(b.store);
	return 0;
}
