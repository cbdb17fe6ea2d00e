/* bench/ledger.c: what does one passage cost in memory and time, from claim to booked?
 *
 *   bench_ledger [--runs N] [--passages N]
 *
 * 500 devices at 100 checkpoints speak in turn, 1,000 passages a batch, time moving on by batches:
 *   dense      numbers in order
 *   shuffled   each batch in random order, as after a network fault
 *   totals     every device sends running totals
 *   again      all of it a second time: duplicates, found by the claim alone
 * Against the plain way to know an identity again: one hash set of (device, boot, seq), at most half full, asked
 * for the same passages (it books nothing). Then: saving and loading the whole. Processor time of one thread, page faults
 * included; medians over the runs, JSON lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "ledger/ledger.h"

#define DEVICES 500u
#define CHECKPOINTS 100u
#define BATCH 1000u
#define RUNS_MAX 99
#define T0 INT64_C(1764000000000)

enum { DENSE, SHUFFLED, TOTALS, AGAIN, HASH_SET, SAVE, LOAD, FIGURE_COUNT };
static const char *const names[FIGURE_COUNT] = {"dense", "shuffled", "totals", "again", "hash-set", "save", "load"};

struct bench {
	int runs;
	uint32_t count;
	struct ledger_passage *passages;
	double value[FIGURE_COUNT][RUNS_MAX];
	double bytes_a_passage, saved_bytes;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_ledger: %s\n", what);
	exit(1);
}

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double resident_bytes(void)
{
	long pages = 0, ignored = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f == NULL || fscanf(f, "%ld %ld", &ignored, &pages) != 2)
		die("no /proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static struct ledger *new_ledger(void)
{
	struct ledger_limits m = {.zones_max = 4096, .checkpoints_max = 2048, .devices_max = 16384, .streams_max = 65536,
		.identity_pages_max = 1u << 20, .at_window = T0, .minutes = 1440};
	struct ledger *l;
	uint32_t index;
	if (ledger_new(&m, &l) != ERR_NONE)
		die("no ledger");
	struct ledger_accuracy a = {.miss_in = 0.002, .miss_out = 0.002, .period_ms = 60000};
	for (uint32_t i = 1; i <= 20; i++)
		if (ledger_add_zone(l, &index) != ERR_NONE)
			die("no zone");
	for (uint32_t i = 0; i < CHECKPOINTS; i++)
		if (ledger_add_checkpoint(l, i % 20, i % 20 + 1, &index) != ERR_NONE)
			die("no checkpoint");
	for (uint32_t i = 0; i < DEVICES; i++)
		if (ledger_add_device(l, i % CHECKPOINTS, &a, &index) != ERR_NONE)
			die("no device");
	return l;
}

/* 10 million passages in four hours. */
static void make_passages(struct bench *b, int kind)
{
	struct random r;
	random_seed(&r, 1);
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t d = i % DEVICES, in = (uint32_t)random_below(&r, 3);
		uint64_t seq = i / DEVICES + 1;
		b->passages[i] = (struct ledger_passage){.device = d, .checkpoint = d % CHECKPOINTS, .boot = 1, .seq = seq,
			.at = T0 + (at_ms)((double)i / b->count * 14400000), .in = kind == TOTALS ? (uint32_t)seq : in,
			.out = kind == TOTALS ? (uint32_t)seq / 3 : 0, .totals = kind == TOTALS};
	}
	for (uint32_t batch = 0; kind == SHUFFLED && batch + BATCH <= b->count; batch += BATCH) {
		for (uint32_t i = BATCH - 1; i > 0; i--) {
			uint32_t k = batch + (uint32_t)random_below(&r, i + 1);
			struct ledger_passage p = b->passages[batch + i];
			b->passages[batch + i] = b->passages[k];
			b->passages[k] = p;
		}
	}
}

static double book_all(const struct bench *b, struct ledger *l, enum ledger_verdict expected)
{
	double begin = now_ns();
	for (uint32_t batch = 0; batch < b->count; batch += BATCH) {
		uint32_t end = batch + BATCH < b->count ? batch + BATCH : b->count;
		at_ms at_recorded = b->passages[batch].at + 1000;
		for (uint32_t i = batch; i < end; i++)
			if (ledger_claim(l, &b->passages[i]) != expected)
				die("an unexpected verdict");
		for (uint32_t i = batch; i < end && expected == LEDGER_NEW; i++)
			ledger_post_passage(l, &b->passages[i], at_recorded);
		ledger_advance(l, at_recorded);
	}
	return (now_ns() - begin) / b->count;
}

/* ---- the peer ---- */

struct key { uint64_t boot, seq; uint32_t device, used; };

static double ask_hash_set(const struct bench *b)
{
	size_t slots = 1;
	while (slots < (size_t)b->count * 2)
		slots *= 2;
	struct key *set = calloc(slots, sizeof(*set));
	if (set == NULL)
		die("no memory");
	double begin = now_ns();
	for (uint32_t i = 0; i < b->count; i++) {
		const struct ledger_passage *p = &b->passages[i];
		uint64_t h = (p->seq ^ p->boot << 40 ^ (uint64_t)p->device << 44) * UINT64_C(0x9e3779b97f4a7c15);
		size_t k = (size_t)(h >> 20) & (slots - 1);
		while (set[k].used != 0 && (set[k].seq != p->seq || set[k].boot != p->boot || set[k].device != p->device))
			k = (k + 1) & (slots - 1);
		if (set[k].used != 0)
			die("the set knows it already");
		set[k] = (struct key){p->boot, p->seq, p->device, 1};
	}
	double ns = (now_ns() - begin) / b->count;
	free(set);
	return ns;
}

/* ---- runs ---- */

static void save_and_load(struct bench *b, struct ledger *l, int run)
{
	struct buf saved;
	struct ledger *loaded;
	buf_init(&saved, (size_t)1 << 32);
	double begin = now_ns();
	if (ledger_save(l, &saved) != ERR_NONE)
		die("it was not saved");
	b->value[SAVE][run] = (now_ns() - begin) / 1e6;
	b->saved_bytes = (double)saved.size;
	begin = now_ns();
	if (ledger_load((struct text){saved.at, saved.size}, &loaded) != ERR_NONE)
		die("it was not loaded");
	b->value[LOAD][run] = (now_ns() - begin) / 1e6;
	ledger_free(loaded);
	buf_free(&saved);
}

static void run_once(struct bench *b, int run)
{
	for (int kind = DENSE; kind <= TOTALS; kind++) {
		make_passages(b, kind);
		double before = resident_bytes();
		struct ledger *l = new_ledger();
		b->value[kind][run] = book_all(b, l, LEDGER_NEW);
		if (ledger_view_books(l).sum != 0 || ledger_view_books(l).passages != b->count)
			die("the books are wrong");
		if (kind == DENSE) {
			b->bytes_a_passage = (resident_bytes() - before) / b->count;
			b->value[AGAIN][run] = book_all(b, l, LEDGER_DUPLICATE);
			save_and_load(b, l, run);
			b->value[HASH_SET][run] = ask_hash_set(b);
		}
		ledger_free(l);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(struct bench *b, int figure)
{
	qsort(b->value[figure], (size_t)b->runs, sizeof(double), ascending);
	return b->value[figure][b->runs / 2];
}

static void report(struct bench *b)
{
	double peer = median(b, HASH_SET);
	for (int kind = DENSE; kind <= AGAIN; kind++)
		printf("{\"bench\":\"ledger\",\"case\":\"%s\",\"figure\":\"%s\",\"value\":%.1f,\"unit\":\"ns\",\"limit\":120,"
		       "\"against\":\"hash-set\",\"ratio\":%.2f,\"passages\":%u,\"runs\":%d}\n",
			names[kind], kind == AGAIN ? "claim" : "claim_and_post", median(b, kind), peer / median(b, kind), b->count,
			b->runs);
	printf("{\"bench\":\"ledger\",\"case\":\"dense\",\"figure\":\"memory_a_passage\",\"value\":%.2f,\"unit\":\"bytes\","
	       "\"against\":\"hash-set\",\"ratio\":%.1f,\"runs\":%d}\n", b->bytes_a_passage,
		(double)sizeof(struct key) * 2 / b->bytes_a_passage, b->runs);
	for (int kind = SAVE; kind <= LOAD; kind++)
		printf("{\"bench\":\"ledger\",\"case\":\"%s\",\"figure\":\"time\",\"value\":%.0f,\"unit\":\"ms\",\"bytes\":%.0f,"
		       "\"passages\":%u,\"runs\":%d}\n", names[kind], median(b, kind), b->saved_bytes, b->count, b->runs);
}

int main(int argc, char **argv)
{
	struct bench b = {.runs = 5, .count = 10000000};
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--runs") == 0)
			b.runs = (int)strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--passages") == 0)
			b.count = (uint32_t)strtoul(argv[i + 1], NULL, 10);
	}
	if (b.runs < 1 || b.runs > RUNS_MAX || b.count < BATCH || b.count > 30000000)
		die("--runs 1 to 99, --passages 1000 to 30000000");
	b.passages = calloc(b.count, sizeof(*b.passages));
	if (b.passages == NULL)
		die("no memory");
	for (int run = 0; run < b.runs; run++)
		run_once(&b, run);
	report(&b);
	free(b.passages);
	return 0;
}
