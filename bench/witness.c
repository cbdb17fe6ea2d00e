/* bench/witness.c: what does the witness of a journal's end (store/witness.c) cost a commit?
 *
 *   bench_witness [COMMITS]      (in the current folder, which should be on a disk)
 *
 * Two stores side by side, the same but for journal.end, which one of them cannot open; commits in turn, each durable, so that
 * whatever else the machine does meets both alike. Prints a JSON line a size: medians, and the ratio of the commit rates. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/when.h"
#include "store/disk.h"
#include "store/store.h"

#define RECORD_SIZE 48
#define COMMITS_MAX 100000

static void die(const char *what)
{
	fprintf(stderr, "bench_witness: %s failed\n", what);
	exit(1);
}

static int open_all_but_the_witness(void *self, const char *path, int flags)
{
	const char *name = strrchr(path, '/');
	return name != NULL && strcmp(name, "/journal.end") == 0 ? -ENOENT : disk_system.open(self, path, flags);
}

static int64_t now_ns(void)
{
	struct clock c = clock_system();
	return c.monotonic_ns(c.self);
}

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Commits in turn to both journals; writes how long each took. */
static void commit_in_turn(struct journal *journals[2], uint32_t count, int commits, const uint8_t *bytes, int64_t *taken[2])
{
	for (int i = 0; i < commits; i++) {
		for (int k = 0; k < 2; k++) {
			int which = (i + k) % 2;
			struct journal *j = journals[which];
			struct journal_batch batch = {journal_count(j) + 1, count, (at_ms)i, bytes, (size_t)count * RECORD_SIZE};
			int64_t began = now_ns();
			if (journal_commit(j, &batch) != ERR_NONE)
				die("journal_commit");
			taken[which][i] = now_ns() - began;
		}
	}
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = {1, 100, 1000};
	static uint8_t bytes[1000 * RECORD_SIZE];
	uint64_t commits = 2000;
	struct disk without = disk_system;
	struct store *stores[2];
	int64_t *taken[2] = {calloc(COMMITS_MAX, sizeof(int64_t)), calloc(COMMITS_MAX, sizeof(int64_t))};
	if (argc > 1 && (!text_to_u64(text_of(argv[1]), &commits) || commits < 10 || commits > COMMITS_MAX))
		die("reading the number of commits");
	without.open = open_all_but_the_witness;
	log_set_level(LOG_LEVEL_ERROR);
	if (taken[0] == NULL || taken[1] == NULL || store_open("bench-witness-with", &stores[0], NULL) != ERR_NONE ||
	    store_open_on("bench-witness-without", &without, &stores[1], NULL) != ERR_NONE)
		die("store_open");
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		struct journal *journals[2];
		char id[32];
		snprintf(id, sizeof(id), "s%u-%lld", sizes[k], (long long)now_ns());
		for (int i = 0; i < 2; i++)
			if (journal_open(stores[i], id, &journals[i], NULL) != ERR_NONE)
				die("journal_open");
		commit_in_turn(journals, sizes[k], (int)commits, bytes, taken);
		for (int i = 0; i < 2; i++) {
			qsort(taken[i], commits, sizeof(int64_t), compare_i64);
			journal_close(journals[i]);
		}
		printf("{\"bench\":\"witness\",\"case\":\"records-%u\",\"with_ms\":%.4f,\"without_ms\":%.4f,\"with_p99_ms\":%.3f,"
		       "\"without_p99_ms\":%.3f,\"rate_ratio\":%.3f,\"commits\":%llu}\n", sizes[k],
		       (double)taken[0][commits / 2] / 1e6, (double)taken[1][commits / 2] / 1e6,
		       (double)taken[0][commits - 1 - commits / 100] / 1e6, (double)taken[1][commits - 1 - commits / 100] / 1e6,
		       (double)taken[1][commits / 2] / (double)taken[0][commits / 2], (unsigned long long)commits);
	}
	for (int i = 0; i < 2; i++) {
		store_close(stores[i]);
		free(taken[i]);
	}
	return 0;
}
