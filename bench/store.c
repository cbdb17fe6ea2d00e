/* bench/store.c: how many records a second does the journal take, and how fast do they come back?
 *
 *   bench_store [--runs N] [--for-ms N]      (in the current folder, which should be on a disk)
 *
 * Records of 48 bytes, 1 to 10,000 a commit, each commit durable when it returns. Three ways in turn:
 *   journal   store/: a batch is one blob, the log tidied by a second thread as in the server
 *   rows      the same SQLite settings, one row a record, the log never tidied: the peer
 *   file      write and fdatasync of the same bytes at the end of a plain file: the limit of the disk
 * Prints JSON lines of medians over the runs; bench/run store adds the machine. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/random.h"
#include "store/store.h"

#define RECORD_SIZE 48
#define RUNS_MAX 99
#define COMMITS_MAX 200000
#define DATA_DIR "bench-store-data"

enum way { JOURNAL, ROWS, PLAIN_FILE, WAY_COUNT };
static const char *const way_names[WAY_COUNT] = {"journal", "rows", "file"};
static const uint32_t sizes[] = {1, 100, 1000, 10000};
#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

struct result {
	double records_per_s, p50_ms, p99_ms, read_per_s;
};

struct bench {
	int runs;
	int64_t for_ns;
	struct store *store;
	uint8_t *bytes;          /* the largest batch */
	int64_t *taken_ns;       /* one a commit */
	struct result results[WAY_COUNT][SIZE_COUNT][RUNS_MAX];
};

static int64_t now_ns(void)
{
	struct clock c = clock_system();
	return c.monotonic_ns(c.self);
}

static void die(const char *what)
{
	fprintf(stderr, "bench_store: %s failed\n", what);
	exit(1);
}

/* ---- the three ways: each opens, commits once, reads all, closes ---- */

struct tidier {
	struct store *store;
	struct journal *journal;
	const char *id;
	_Atomic bool is_done;
	pthread_t thread;
};

struct sink {
	enum way way;
	char id[32];
	struct journal *journal;
	struct tidier tidier;
	sqlite3 *db;
	sqlite3_stmt *insert;
	int fd;
	uint64_t count;
};

static void *tidy(void *self)
{
	struct tidier *t = self;
	while (!atomic_load(&t->is_done)) {
		if (journal_wants_tidy(t->journal))
			journal_tidy(t->store, t->id);
		usleep(2000);
	}
	return NULL;
}

static void rows_open(struct sink *s)
{
	char path[128];
	snprintf(path, sizeof(path), DATA_DIR "/%s.db", s->id);
	if (sqlite3_open(path, &s->db) != SQLITE_OK ||
	    sqlite3_exec(s->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
	                        "CREATE TABLE record (number INTEGER PRIMARY KEY, body BLOB NOT NULL)", NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(s->db, "INSERT INTO record VALUES (?1, ?2)", -1, &s->insert, NULL))
		die("opening the rows");
}

static void sink_open(struct bench *b, struct sink *s, enum way way, const char *id)
{
	char path[128];
	*s = (struct sink){.way = way, .fd = -1};
	snprintf(s->id, sizeof(s->id), "%s", id);
	switch (way) {
	case JOURNAL:
		if (journal_open(b->store, s->id, &s->journal, NULL) != ERR_NONE)
			die("journal_open");
		s->tidier = (struct tidier){.store = b->store, .journal = s->journal, .id = s->id};
		if (pthread_create(&s->tidier.thread, NULL, tidy, &s->tidier) != 0)
			die("pthread_create");
		break;
	case ROWS:
		rows_open(s);
		break;
	default:
		snprintf(path, sizeof(path), DATA_DIR "/%s.log", s->id);
		s->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
		if (s->fd < 0)
			die("opening the file");
	}
}

static void rows_commit(struct sink *s, const uint8_t *bytes, uint32_t count)
{
	sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL);
	for (uint32_t i = 0; i < count; i++) {
		sqlite3_bind_int64(s->insert, 1, (sqlite3_int64)(s->count + i + 1));
		sqlite3_bind_blob(s->insert, 2, bytes + (size_t)i * RECORD_SIZE, RECORD_SIZE, SQLITE_STATIC);
		sqlite3_step(s->insert);
		sqlite3_reset(s->insert);
	}
	if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		die("committing rows");
}

static void sink_commit(struct sink *s, const uint8_t *bytes, uint32_t count)
{
	size_t size = (size_t)count * RECORD_SIZE;
	struct journal_batch batch = {s->count + 1, count, (at_ms)s->count, bytes, size};
	switch (s->way) {
	case JOURNAL:
		if (journal_commit(s->journal, &batch) != ERR_NONE)
			die("journal_commit");
		break;
	case ROWS:
		rows_commit(s, bytes, count);
		break;
	default:
		if (write(s->fd, bytes, size) != (ssize_t)size || fdatasync(s->fd) != 0)
			die("writing the file");
	}
	s->count += count;
}

static uint64_t journal_read(struct bench *b, const char *id)
{
	struct journal_reader *r = NULL;
	struct journal_batch batch;
	uint64_t count = 0;
	bool more = true;
	if (journal_reader_open(b->store, id, &r, NULL) != ERR_NONE)
		die("journal_reader_open");
	while (journal_reader_next(r, &batch, &more) == ERR_NONE && more)
		count += batch.count;
	journal_reader_close(r);
	return count;
}

static uint64_t rows_read(struct sink *s)
{
	sqlite3_stmt *row = NULL;
	uint64_t count = 0;
	unsigned sum = 0;
	if (sqlite3_prepare_v2(s->db, "SELECT number, body FROM record ORDER BY number", -1, &row, NULL) != SQLITE_OK)
		die("reading rows");
	for (; sqlite3_step(row) == SQLITE_ROW; count++) {
		const uint8_t *p = sqlite3_column_blob(row, 1);
		sum += p[0];
	}
	sqlite3_finalize(row);
	return count + (sum == 12345);
}

static uint64_t file_read(struct sink *s)
{
	static uint8_t bytes[1 << 18];
	uint64_t size = 0;
	lseek(s->fd, 0, SEEK_SET);
	for (ssize_t n; (n = read(s->fd, bytes, sizeof(bytes))) > 0;)
		size += (uint64_t)n;
	return size / RECORD_SIZE;
}

static void sink_end(struct sink *s)
{
	if (s->way == JOURNAL) {
		atomic_store(&s->tidier.is_done, true);
		pthread_join(s->tidier.thread, NULL);
		journal_close(s->journal);
	}
}

static void sink_close(struct sink *s)
{
	sqlite3_finalize(s->insert);
	sqlite3_close(s->db);
	if (s->fd >= 0)
		close(s->fd);
}

/* ---- measuring ---- */

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int compare_f64(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static struct result measure(struct bench *b, enum way way, uint32_t batch_count, const char *id)
{
	struct sink s;
	struct result r;
	size_t commits = 0;
	sink_open(b, &s, way, id);
	int64_t began = now_ns(), last = began;
	while (last - began < b->for_ns && commits < COMMITS_MAX) {
		sink_commit(&s, b->bytes, batch_count);
		int64_t now = now_ns();
		b->taken_ns[commits++] = now - last;
		last = now;
	}
	r.records_per_s = (double)s.count * 1e9 / (double)(last - began);
	qsort(b->taken_ns, commits, sizeof(int64_t), compare_i64);
	r.p50_ms = (double)b->taken_ns[commits / 2] / 1e6;
	r.p99_ms = (double)b->taken_ns[commits - 1 - commits / 100] / 1e6;
	sink_end(&s);
	began = now_ns();
	uint64_t count = way == JOURNAL ? journal_read(b, id) : way == ROWS ? rows_read(&s) : file_read(&s);
	r.read_per_s = (double)count * 1e9 / (double)(now_ns() - began);
	if (count != s.count)
		die("reading everything back");
	sink_close(&s);
	return r;
}

/* The median of one figure over the runs; `offset` is the figure's place in struct result. */
static double median(const struct bench *b, enum way way, size_t size, size_t offset)
{
	double values[RUNS_MAX];
	for (int i = 0; i < b->runs; i++)
		memcpy(&values[i], (const char *)&b->results[way][size][i] + offset, sizeof(double));
	qsort(values, (size_t)b->runs, sizeof(double), compare_f64);
	return values[b->runs / 2];
}

static void print_rate(const struct bench *b, enum way way, size_t size, const char *figure, size_t offset)
{
	double value = median(b, way, size, offset);
	printf("{\"bench\":\"store\",\"case\":\"%s-%u\",\"figure\":\"%s\",\"value\":%.0f,\"unit\":\"1/s\"", way_names[way],
	       sizes[size], figure, value);
	if (way == JOURNAL)
		printf(",\"against\":\"rows\",\"ratio\":%.2f,\"of_limit\":%.2f", value / median(b, ROWS, size, offset),
		       value / median(b, PLAIN_FILE, size, offset));
	printf(",\"runs\":%d}\n", b->runs);
}

static void print_all(const struct bench *b)
{
	for (size_t k = 0; k < SIZE_COUNT; k++) {
		for (int way = 0; way < WAY_COUNT; way++) {
			print_rate(b, (enum way)way, k, "records_per_s", offsetof(struct result, records_per_s));
			printf("{\"bench\":\"store\",\"case\":\"%s-%u\",\"figure\":\"commit_p99\",\"value\":%.3f,\"unit\":\"ms\","
			       "\"p50\":%.3f,\"runs\":%d}\n", way_names[way], sizes[k],
			       median(b, (enum way)way, k, offsetof(struct result, p99_ms)),
			       median(b, (enum way)way, k, offsetof(struct result, p50_ms)), b->runs);
		}
	}
	for (size_t k = 0; k < SIZE_COUNT; k++)
		for (int way = 0; way < WAY_COUNT; way++)
			print_rate(b, (enum way)way, k, "read_back_per_s", offsetof(struct result, read_per_s));
}

static void remove_files(const char *dir)
{
	char path[512];
	DIR *d = opendir(dir);
	if (d == NULL)
		return;
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%.200s", dir, e->d_name);
		if (e->d_type == DT_DIR)
			remove_files(path);
		else
			unlink(path);
	}
	closedir(d);
	rmdir(dir);
}

static int read_option(int argc, char **argv, const char *name, int otherwise, int maximum)
{
	for (int i = 1; i + 1 < argc; i++) {
		uint64_t v;
		if (strcmp(argv[i], name) == 0 && text_to_u64(text_of(argv[i + 1]), &v) && v >= 1 && v <= (uint64_t)maximum)
			return (int)v;
	}
	return otherwise;
}

int main(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));
	if (b == NULL || (b->bytes = malloc(10000 * RECORD_SIZE)) == NULL ||
	    (b->taken_ns = malloc(COMMITS_MAX * sizeof(int64_t))) == NULL)
		die("malloc");
	b->runs = read_option(argc, argv, "--runs", 5, RUNS_MAX);
	b->for_ns = (int64_t)read_option(argc, argv, "--for-ms", 400, 60000) * 1000000;
	log_set_level(LOG_LEVEL_WARN);
	struct random r;
	random_seed(&r, 1);
	for (size_t i = 0; i < 10000 * RECORD_SIZE; i++)
		b->bytes[i] = (uint8_t)random_u64(&r);
	for (int run = 0; run < b->runs; run++) {
		for (size_t k = 0; k < SIZE_COUNT; k++) {
			for (int way = 0; way < WAY_COUNT; way++) {
				char id[32];
				if (store_open(DATA_DIR, &b->store, NULL) != ERR_NONE)
					die("store_open");
				snprintf(id, sizeof(id), "r%d-%u", run, sizes[k]);
				b->results[way][k][run] = measure(b, (enum way)way, sizes[k], id);
				store_close(b->store);
				remove_files(DATA_DIR);
			}
		}
	}
	print_all(b);
	free(b->taken_ns);
	free(b->bytes);
	free(b);
	return 0;
}
