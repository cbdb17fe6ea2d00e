/* The simulated disk itself: it must forget what a disk may forget, and nothing else. */
#include <errno.h>
#include <sqlite3.h>

#include "store_for_test.h"
#include "world/disk.h"

struct bench {
	struct world_disk *disk;
	const struct disk *table;
};

static int bench_make(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	assert_non_null(b);
	b->disk = world_disk_new();
	b->table = world_disk_table(b->disk);
	*state = b;
	return 0;
}

static int bench_drop(void **state)
{
	struct bench *b = *state;
	world_disk_free(b->disk);
	free(b);
	return 0;
}

static int open_file(struct bench *b, const char *path)
{
	int file = b->table->open(b->table->self, path, O_RDWR | O_CREAT);
	assert_true(file >= 0);
	return file;
}

static void write_at(struct bench *b, int file, uint64_t at, char c, size_t size)
{
	char bytes[4096];
	assert_true(size <= sizeof(bytes));
	memset(bytes, c, size);
	assert_int_equal(b->table->write(b->table->self, file, bytes, size, at), size);
}

static void sync_all(struct bench *b, int file)
{
	assert_int_equal(b->table->sync(b->table->self, file), 0);
	assert_int_equal(b->table->sync_folder(b->table->self, "/"), 0);
}

/* The bytes of a file that a cut may leave, "" when it is gone. */
static struct text after_a_cut(struct bench *b, const char *path, struct random *r, char out[8192])
{
	struct world_disk *c = world_disk_copy(b->disk, r);
	size_t size = 0;
	const unsigned char *bytes = world_disk_bytes(c, path, &size);
	assert_true(size <= 8192);
	if (bytes != NULL)
		memcpy(out, bytes, size);
	world_disk_free(c);
	return (struct text){out, size};
}

static void what_is_synced_stays_and_the_rest_has_every_fate(void **state)
{
	struct bench *b = *state;
	struct random r;
	unsigned lost = 0, kept = 0, torn = 0, second_alone = 0;
	int file = open_file(b, "f");
	write_at(b, file, 0, 'a', 2048);
	sync_all(b, file);
	write_at(b, file, 1024, 'b', 2048); /* over the end */
	write_at(b, file, 3072, 'c', 512);
	random_seed(&r, 1);
	for (int i = 0; i < 300; i++) {
		char bytes[8192];
		struct text t = after_a_cut(b, "f", &r, bytes);
		assert_true(t.size >= 2048 && t.size <= 3584);
		for (size_t at = 0; at < 1024; at++)
			assert_int_equal(t.at[at], 'a');
		size_t b_count = 0;
		for (size_t at = 1024; at < t.size; at++) {
			b_count += t.at[at] == 'b';
			/* old, new, or a hole of zeros before something that was kept */
			assert_true(t.at[at] == 'b' || (at < 2048 && t.at[at] == 'a') || (at >= 2048 && t.at[at] == 0) ||
			            (at >= 3072 && t.at[at] == 'c'));
			assert_true(at % 512 == 0 || t.at[at] == t.at[at - 1]); /* sectors are whole */
		}
		lost += b_count == 0;
		kept += b_count == 2048;
		torn += b_count > 0 && b_count < 2048;
		second_alone += b_count == 0 && t.size == 3584;
	}
	assert_true(lost > 20 && kept > 20 && torn > 20 && second_alone > 5);
	b->table->close(b->table->self, file);
}

static void a_name_that_was_not_synced_may_be_gone_and_a_renaming_is_never_half(void **state)
{
	struct bench *b = *state;
	struct random r;
	unsigned none = 0, old_name = 0, new_name = 0;
	world_disk_put(b->disk, "/there", "old", 3);
	int file = open_file(b, "aside");
	write_at(b, file, 0, 'n', 3);
	assert_int_equal(b->table->sync(b->table->self, file), 0); /* its bytes, not its name */
	assert_int_equal(b->table->rename(b->table->self, "aside", "there"), 0);
	random_seed(&r, 2);
	for (int i = 0; i < 100; i++) {
		char bytes[8192];
		bool aside = after_a_cut(b, "aside", &r, bytes).size == 3;
		random_seed(&r, (uint64_t)i);
		struct text there = after_a_cut(b, "there", &r, bytes);
		assert_int_equal(there.size, 3); /* the one or the other */
		assert_true(memcmp(there.at, "old", 3) == 0 || memcmp(there.at, "nnn", 3) == 0);
		none += !aside;
		old_name += there.at[0] == 'o';
		new_name += there.at[0] == 'n';
	}
	assert_true(none > 10 && old_name > 10 && new_name > 10);
	b->table->close(b->table->self, file);
}

/* A sync that failed has forgotten what it was for: the next one "succeeds", and the bytes may be gone all the same. */
static void a_failed_sync_is_not_made_good_by_the_next(void **state)
{
	struct bench *b = *state;
	struct random r;
	unsigned gone = 0, kept = 0;
	int file = open_file(b, "f");
	sync_all(b, file);
	write_at(b, file, 0, 'a', 512);
	world_disk_plan_fault(b->disk, WORLD_SYNC_ERROR, 1, 1);
	assert_int_equal(b->table->sync(b->table->self, file), -EIO);
	write_at(b, file, 512, 'b', 512);
	assert_int_equal(b->table->sync(b->table->self, file), 0);
	random_seed(&r, 3);
	for (int i = 0; i < 100; i++) {
		char bytes[8192];
		struct text t = after_a_cut(b, "f", &r, bytes);
		assert_int_equal(t.size, 1024);
		assert_int_equal(t.at[600], 'b'); /* written after the failure and synced: there */
		gone += t.at[0] == 0;
		kept += t.at[0] == 'a';
	}
	assert_true(gone > 10 && kept > 10);
	write_at(b, file, 0, 'c', 512); /* written once more, it is kept */
	assert_int_equal(b->table->sync(b->table->self, file), 0);
	for (int i = 0; i < 30; i++) {
		char bytes[8192];
		assert_int_equal(after_a_cut(b, "f", &r, bytes).at[0], 'c');
	}
	b->table->close(b->table->self, file);
}

static void faults_meet_the_calls_they_are_planned_for(void **state)
{
	struct bench *b = *state;
	char byte = 'x';
	int file = open_file(b, "f");
	world_disk_plan_fault(b->disk, WORLD_FULL, 2, 2);
	ssize_t wanted[] = {1, -ENOSPC, -ENOSPC, 1};
	for (int i = 0; i < 4; i++)
		assert_int_equal(b->table->write(b->table->self, file, &byte, 1, 0), wanted[i]);
	assert_int_equal(world_disk_faults_met(b->disk, WORLD_FULL), 2);
	world_disk_plan_fault(b->disk, WORLD_READ_ONLY, 1, UINT64_MAX);
	assert_int_equal(b->table->write(b->table->self, file, &byte, 1, 0), -EROFS);
	assert_int_equal(b->table->open(b->table->self, "g", O_RDWR | O_CREAT), -EROFS);
	assert_int_equal(b->table->rename(b->table->self, "f", "g"), -EROFS);
	assert_int_equal(b->table->remove(b->table->self, "f"), -EROFS);
	assert_int_equal(b->table->make_folder(b->table->self, "h"), -EROFS);
	world_disk_heal(b->disk);
	world_disk_plan_fault(b->disk, WORLD_READ_ERROR, 1, 1);
	assert_int_equal(b->table->read(b->table->self, file, &byte, 1, 0), -EIO);
	assert_int_equal(b->table->read(b->table->self, file, &byte, 1, 0), 1);
	world_disk_set_size(b->disk, 8192);
	assert_int_equal(b->table->allocate(b->table->self, file, 8193), -ENOSPC);
	assert_int_equal(b->table->allocate(b->table->self, file, 8192), 0);
	assert_int_equal(b->table->free_size(b->table->self, "/"), 0);
	assert_int_equal(b->table->remove(b->table->self, "f"), 0);
	assert_int_equal(b->table->free_size(b->table->self, "/"), 0); /* still open */
	b->table->close(b->table->self, file);
	assert_int_equal(b->table->free_size(b->table->self, "/"), 8192);
}

static void after_a_cut_all_is_dead_until_the_power_is_on(void **state)
{
	struct bench *b = *state;
	struct random r;
	char byte = 'x';
	int file = open_file(b, "f");
	assert_int_equal(b->table->lock(b->table->self, file), 0);
	world_disk_plan_cut(b->disk, world_disk_changes(b->disk) + 2);
	assert_int_equal(b->table->write(b->table->self, file, &byte, 1, 0), 1);
	assert_int_equal(b->table->write(b->table->self, file, &byte, 1, 1), -EIO); /* in flight */
	assert_true(world_disk_is_cut(b->disk));
	assert_int_equal(b->table->read(b->table->self, file, &byte, 1, 0), -EIO);
	assert_int_equal(b->table->open(b->table->self, "f", O_RDONLY), -EIO);
	world_disk_kill_process(b->disk);
	int again = open_file(b, "f");
	assert_int_not_equal(again, file);
	assert_int_equal(b->table->lock(b->table->self, again), 0); /* the dead one's lock is gone */
	assert_int_equal(b->table->size(b->table->self, again), 2);
	assert_int_equal(b->table->write(b->table->self, file, &byte, 1, 9), -EIO); /* the dead stay dead */
	random_seed(&r, 4);
	world_disk_power_on(b->disk, &r);
	assert_int_equal(b->table->write(b->table->self, again, &byte, 1, 9), -EIO);
}

/* The same calls by the same seed: byte for byte the same disk. SQLite's salts are made the same by its own means. */
static void the_same_seed_gives_the_same_bytes(void **state)
{
	unsigned char *first = NULL;
	size_t first_size = 0;
	(void)state;
	for (int round = 0; round < 2; round++) {
		struct world_disk *d = world_disk_new();
		struct place p = {.dir = "/data", .disk = world_disk_table(d)};
		struct random r;
		size_t size;
		random_seed(&r, 5);
		sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 7, NULL);
		place_open(&p);
		for (int life = 0; life < 10; life++) {
			struct journal *j = journal_of(&p, "a");
			world_disk_plan_cut(d, world_disk_changes(d) + 20 + (uint64_t)life);
			while (commit_next(j, 3) == ERR_NONE)
				;
			journal_close(j);
			store_close(p.store);
			world_disk_power_on(d, &r);
			place_open(&p);
		}
		struct journal *j = journal_of(&p, "a");
		const unsigned char *bytes = world_disk_bytes(d, "/data/sessions/a/journal.db", &size);
		assert_true(bytes != NULL && size > 4096);
		if (round == 0) {
			first = malloc(first_size = size);
			assert_non_null(first);
			memcpy(first, bytes, size);
		} else {
			assert_int_equal(size, first_size);
			assert_memory_equal(bytes, first, size);
		}
		journal_close(j);
		store_close(p.store);
		world_disk_free(d);
	}
	free(first);
}

int main(void)
{
	log_set_level((enum log_level)-1);
#define T(name) cmocka_unit_test_setup_teardown(name, bench_make, bench_drop)
	const struct CMUnitTest tests[] = {
		T(what_is_synced_stays_and_the_rest_has_every_fate),
		T(a_name_that_was_not_synced_may_be_gone_and_a_renaming_is_never_half),
		T(a_failed_sync_is_not_made_good_by_the_next),
		T(faults_meet_the_calls_they_are_planned_for),
		T(after_a_cut_all_is_dead_until_the_power_is_on),
		T(the_same_seed_gives_the_same_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
