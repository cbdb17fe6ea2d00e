/* The store at its edges: names, paths and files that are not its own, what each word of SQLite's means, and lies that pass no check. */
#include <errno.h>
#include <limits.h>

#define PLACE_ROOT "/dev/shm"
#include "base/check.h"
#include "store/disk.h"
#include "store/inside.h"
#include "store_for_test.h"

/* ---- SQLite's words ---- */

static void each_failure_of_sqlite_means_one_of_ours(void **state)
{
	static const struct { int rc; err_t write, read; } rows[] = {
		{SQLITE_OK, ERR_NONE, ERR_NONE}, {SQLITE_ROW, ERR_NONE, ERR_NONE}, {SQLITE_DONE, ERR_NONE, ERR_NONE},
		{SQLITE_FULL, ERR_STORE_FULL, ERR_STORE_FULL}, {SQLITE_NOMEM, ERR_MEMORY, ERR_MEMORY},
		{SQLITE_BUSY, ERR_BUSY, ERR_BUSY}, {SQLITE_LOCKED, ERR_BUSY, ERR_BUSY}, {SQLITE_BUSY_SNAPSHOT, ERR_BUSY, ERR_BUSY},
		{SQLITE_IOERR_NOMEM, ERR_MEMORY, ERR_MEMORY}, {SQLITE_IOERR_SHMSIZE, ERR_STORE_FULL, ERR_STORE_FULL},
		{SQLITE_IOERR_WRITE, ERR_STORE_WRITE, ERR_STORE_OPEN}, {SQLITE_IOERR_FSYNC, ERR_STORE_WRITE, ERR_STORE_OPEN},
		{SQLITE_IOERR_READ, ERR_STORE_WRITE, ERR_STORE_OPEN}, {SQLITE_IOERR_SHORT_READ, ERR_STORE_WRITE, ERR_STORE_CORRUPT},
		{SQLITE_IOERR_DATA, ERR_STORE_WRITE, ERR_STORE_CORRUPT}, {SQLITE_IOERR_CORRUPTFS, ERR_STORE_WRITE, ERR_STORE_CORRUPT},
		{SQLITE_CORRUPT, ERR_STORE_WRITE, ERR_STORE_CORRUPT}, {SQLITE_CORRUPT_INDEX, ERR_STORE_WRITE, ERR_STORE_CORRUPT},
		{SQLITE_NOTADB, ERR_STORE_WRITE, ERR_STORE_CORRUPT}, {SQLITE_MISMATCH, ERR_STORE_WRITE, ERR_STORE_CORRUPT},
		{SQLITE_ERROR, ERR_STORE_WRITE, ERR_STORE_CORRUPT}, {SQLITE_TOOBIG, ERR_STORE_WRITE, ERR_STORE_CORRUPT},
		{SQLITE_READONLY, ERR_STORE_WRITE, ERR_STORE_OPEN}, {SQLITE_CANTOPEN, ERR_STORE_WRITE, ERR_STORE_OPEN},
		{SQLITE_PERM, ERR_STORE_WRITE, ERR_STORE_OPEN},
	};
	sqlite3 *db;
	(void)state;
	log_set_level((enum log_level)-1);
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_null(sql_log_file(db)); /* it has none */
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (sql_write_error(db, rows[i].rc) != rows[i].write || sql_read_error(db, rows[i].rc) != rows[i].read)
			fail_msg("%d: %s, %s", rows[i].rc, error_row(sql_write_error(db, rows[i].rc))->code,
			         error_row(sql_read_error(db, rows[i].rc))->code);
	}
	sqlite3_close(db);
}

/* ---- names and paths ---- */

static void names_that_cannot_be_are_found_nowhere(void **state)
{
	struct place *p = *state;
	struct store *s = p->store;
	char long_kind[80], long_key[300];
	uint64_t number, numbers[4];
	struct buf b;
	memset(long_kind, 'k', sizeof long_kind - 1);
	memset(long_key, 'k', sizeof long_key - 1);
	long_kind[79] = long_key[299] = '\0';
	buf_init(&b, 4096);
	assert_int_equal(catalog_get(s, long_kind, "k", NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(catalog_get(s, "kind", long_key, NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(catalog_get(s, "", "k", NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(catalog_delete(s, long_kind, "k"), ERR_NOT_FOUND);
	assert_int_equal(catalog_delete(s, "kind", long_key), ERR_NOT_FOUND);
	assert_int_equal(snapshot_list(s, "Not An Id", numbers, 4), 0);
	assert_int_equal(snapshot_read(s, "Not An Id", UINT64_MAX, &number, &b), ERR_NAME_BAD);
	assert_int_equal(snapshot_read_one(s, "Not An Id", 1, &b), ERR_NAME_BAD);
	assert_int_equal(snapshot_set_aside(s, "Not An Id", 1), ERR_NAME_BAD);
	assert_int_equal(snapshot_write(s, "Not An Id", 1, "x", 1), ERR_NAME_BAD);
	assert_int_equal(journal_tidy(s, "Not An Id"), ERR_NAME_BAD);
	assert_int_equal(journal_accept_loss(s, "Not An Id", &number, NULL), ERR_NAME_BAD);
	buf_free(&b);
}

static void a_folders_name_may_end_in_slashes_and_must_not_be_too_long(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	struct problem problem = {0};
	char dir[STORE_PATH_SIZE + 100];
	store_close(p->store);
	snprintf(dir, sizeof dir, "%s///", p->dir);
	assert_int_equal(store_open(dir, &p->store, NULL), ERR_NONE);
	assert_string_equal(store_dir(p->store), p->dir);
	memset(dir, 'x', sizeof dir - 1);
	dir[0] = '/';
	dir[sizeof dir - 1] = '\0';
	assert_int_equal(store_open(dir, &s, &problem), ERR_STORE_OPEN);
	assert_true(strstr(problem.detail, "too long") != NULL);
	assert_null(s);
}

static void who_only_looks_waits_for_nobody_and_makes_nothing(void **state)
{
	struct place *p = *state;
	struct store *looking = NULL;
	char path[256];
	assert_int_equal(store_open_to_look(p->dir, &looking, NULL), ERR_STORE_LOCKED); /* a server runs */
	store_close(p->store);
	p->store = NULL;
	place_path(p, "lock", path);
	assert_int_equal(remove(path), 0); /* a copy has none */
	assert_int_equal(store_open_to_look(p->dir, &looking, NULL), ERR_NONE);
	store_close(looking);
	assert_int_not_equal(access(path, F_OK), 0);
	place_open(p);
}

/* ---- files that are not ours ---- */

static void files_of_other_kinds_are_not_taken_for_a_journal(void **state)
{
	static const struct { const char *sql; err_t error; } rows[] = {
		{"PRAGMA user_version=3", ERR_NOT_FOUND}, /* nothing in it, and yet somebody's */
		{"CREATE TABLE a(b)", ERR_STORE_CORRUPT},
		{"PRAGMA application_id=7", ERR_STORE_CORRUPT},
	};
	struct place *p = *state;
	char path[256], id[16], name[64];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct journal *j = NULL;
		sqlite3 *db;
		snprintf(id, sizeof id, "s%zu", i);
		snprintf(name, sizeof name, "sessions/%s", id);
		place_path(p, name, path);
		assert_int_equal(mkdir(path, 0700), 0);
		snprintf(name, sizeof name, "sessions/%s/journal.db", id);
		place_path(p, name, path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, rows[i].sql, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		assert_int_equal(journal_open(p->store, id, &j, NULL), rows[i].error);
		assert_null(j);
	}
}

static void names_that_only_look_like_snapshots_are_none(void **state)
{
	static const char *const names[] = {"99999999999999999999.snapshot", "000000000000000000001.snapshot",
		"00000000000000000007.snapshot.bad", "7.snapshot", "0000000000000000000a.snapshot"};
	struct place *p = *state;
	uint64_t numbers[4], number;
	struct buf b;
	assert_int_equal(snapshot_write(p->store, "s", 5, "five", 4), ERR_NONE);
	assert_int_equal(snapshot_write(p->store, "s", 6, "six", 3), ERR_NONE);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[256], name[64];
		snprintf(name, sizeof name, "sessions/s/%s", names[i]);
		place_path(p, name, path);
		int fd = open(path, O_CREAT | O_WRONLY, 0600);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(snapshot_list(p->store, "s", numbers, 4), 2);
	assert_int_equal(numbers[0], 6);
	assert_int_equal(snapshot_list(p->store, "s", numbers, 1), 1);
	buf_init(&b, 64);
	assert_int_equal(snapshot_read(p->store, "s", UINT64_MAX, &number, &b), ERR_NONE);
	assert_int_equal(number, 6);
	assert_int_equal(snapshot_read_one(p->store, "s", 9, &b), ERR_STORE_CORRUPT); /* not there */
	buf_free(&b);
}

/* ---- rows that lie ---- */

static void run_sql(struct place *p, const char *file, const char *sql)
{
	char path[256];
	sqlite3 *db;
	place_path(p, file, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

struct seen { unsigned good, bad; };
static void see(void *ctx, const char *kind, const char *key, uint64_t number, bool is_good)
{
	struct seen *s = ctx;
	assert_true(kind[0] != '\0' && key[0] != '\0' && number > 0);
	s->good += is_good;
	s->bad += !is_good;
}

static void every_document_and_line_is_checked(void **state)
{
	static const char *const lies[] = {"UPDATE document SET crc32c = crc32c + 1 WHERE key = 'b'",
		"DELETE FROM chain WHERE chain = 'one' AND number = 2", "UPDATE chain SET line = x'00' WHERE chain = 'two' AND number = 3"};
	static const unsigned bad[] = {1, 2, 3};
	struct place *p = *state;
	bool whole = false;
	struct seen s = {0};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(catalog_put(p->store, "kind", i == 0 ? "a" : i == 1 ? "b" : "c", 0, TEXT("x"), NULL), ERR_NONE);
		assert_int_equal(chain_append(p->store, "one", TEXT("line"), NULL), ERR_NONE);
		assert_int_equal(chain_append(p->store, "two", TEXT("line"), NULL), ERR_NONE);
	}
	assert_int_equal(catalog_check(p->store, see, &s, &whole), ERR_NONE);
	assert_true(whole && s.good == 9 && s.bad == 0);
	for (size_t i = 0; i < 3; i++) {
		store_close(p->store);
		run_sql(p, "cordon.db", lies[i]);
		place_open(p);
		s = (struct seen){0};
		assert_int_equal(catalog_check(p->store, see, &s, &whole), ERR_NONE);
		assert_false(whole);
		assert_int_equal(s.bad, bad[i]);
	}
}

static bool look(void *ctx, const char *key, uint64_t version, struct text body)
{
	(void)version;
	(void)body;
	assert_non_null(key);
	++*(unsigned *)ctx;
	return true;
}

static void count_checked(void *ctx, const char *kind, const char *key, uint64_t number, bool is_good)
{
	struct seen *s = ctx;
	assert_true(kind != NULL && key != NULL);
	(void)number;
	s->good += is_good;
	s->bad += !is_good;
}

/* A catalog in which a name is nothing at all: its own schema forbids that, a damaged one does not. */
static void a_document_without_a_name_is_damage_and_no_crash(void **state)
{
	static const char *const nameless[] = {"UPDATE document SET key = NULL WHERE key = 'b'",
		"UPDATE document SET kind = NULL WHERE key = 'a'"};
	struct place *p = *state;
	unsigned listed = 0;
	bool whole = true;
	assert_int_equal(catalog_put(p->store, "kind", "a", 0, TEXT("x"), NULL), ERR_NONE);
	assert_int_equal(catalog_put(p->store, "kind", "b", 0, TEXT("x"), NULL), ERR_NONE);
	store_close(p->store);
	run_sql(p, "cordon.db", "PRAGMA writable_schema=ON;"
		" UPDATE sqlite_schema SET sql = replace(replace(sql, 'key TEXT NOT NULL', 'key TEXT'),"
		" 'kind TEXT NOT NULL', 'kind TEXT') WHERE name = 'document'; PRAGMA writable_schema=OFF");
	for (int i = 0; i < 2; i++) {
		run_sql(p, "cordon.db", nameless[i]);
		place_open(p);
		struct seen s = {0};
		if (i == 0)
			assert_int_equal(catalog_list(p->store, "kind", look, &listed), ERR_STORE_CORRUPT);
		assert_int_equal(catalog_check(p->store, count_checked, &s, &whole), ERR_NONE);
		assert_false(whole);
		assert_int_equal(s.bad, 1 + i);
		store_close(p->store);
	}
	place_open(p);
}

/* A page of the catalog that is no page: what was on it is gone, the rest is told, and nothing is made up. */
static void a_damaged_page_of_the_catalog_ends_the_walk(void **state)
{
	struct place *p = *state;
	char *body = calloc(1, 3001), key[16], path[256];
	unsigned listed = 0;
	bool whole = true;
	assert_non_null(body);
	memset(body, 'x', 3000);
	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "k%03d", i);
		assert_int_equal(catalog_put(p->store, "kind", key, 0, text_of(body), NULL), ERR_NONE);
	}
	store_close(p->store);
	place_path(p, "cordon.db", path);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	memset(body, 0xFF, 3000);
	assert_int_equal(pwrite(fd, body, 3000, 150 * 4096), 3000);
	close(fd);
	free(body);
	p->store = NULL;
	assert_int_equal(store_open(p->dir, &p->store, NULL), ERR_STORE_CORRUPT); /* to work on, no; to look at, yes */
	assert_int_equal(store_open_to_look(p->dir, &p->store, NULL), ERR_NONE);
	struct seen s = {0};
	assert_int_equal(catalog_list(p->store, "kind", look, &listed), ERR_STORE_CORRUPT);
	assert_int_equal(catalog_check(p->store, count_checked, &s, &whole), ERR_NONE);
	assert_false(whole);
	assert_true(listed > 0 && s.good > 0);
}

static void a_folder_open_to_others_is_used_all_the_same(void **state)
{
	struct place *p = *state;
	store_close(p->store);
	assert_int_equal(chmod(p->dir, 0755), 0);
	place_open(p); /* with a warning */
	assert_int_equal(catalog_put(p->store, "kind", "a", 0, TEXT("x"), NULL), ERR_NONE);
}

/* Two batches that follow each other in number and not in time, each with a checksum that fits. */
static void a_journal_whose_time_runs_backwards_is_corrupt(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "s");
	struct journal_reader *r;
	struct journal_batch b, early = {.first = 2, .count = 1, .at_recorded = 5, .bytes = "y", .size = 1};
	char sql[200];
	bool more;
	assert_int_equal(journal_commit(j, &(struct journal_batch){1, 1, 10, "x", 1}), ERR_NONE);
	assert_int_equal(journal_commit(j, &(struct journal_batch){2, 1, 10, "y", 1}), ERR_NONE);
	assert_int_equal(journal_commit(j, &(struct journal_batch){3, 1, 10, "z", 1}), ERR_NONE); /* the witness knows the last */
	assert_int_equal(journal_commit(j, &(struct journal_batch){4, 1, AT_NONE, "z", 1}), ERR_BUG);
	assert_int_equal(journal_commit(j, &(struct journal_batch){4, 1, 9, "z", 1}), ERR_BUG);
	journal_close(j);
	snprintf(sql, sizeof sql, "UPDATE batch SET at_recorded = 5, crc32c = %u WHERE first = 2", journal_batch_crc(&early));
	run_sql(p, "sessions/s/journal.db", sql);
	assert_int_equal(journal_reader_open(p->store, "s", &r, NULL), ERR_NONE);
	assert_int_equal(journal_reader_next(r, &b, &more), ERR_NONE);
	assert_int_equal(journal_reader_next(r, &b, &more), ERR_STORE_CORRUPT);
	journal_reader_close(r);
}

/* ---- a loss that is accepted, on a disk that does not always take part ---- */

static struct { int fail_in, error; } refusing;

static int refusing_rename(void *self, const char *from, const char *to)
{
	return refusing.fail_in > 0 && --refusing.fail_in == 0 ? -refusing.error : disk_system.rename(self, from, to);
}

#define WITNESS_NAME "journal.end"
#define WITNESS_DISTANCE 4096

static int refusing_mode(void *self, const char *path)
{
	(void)self;
	(void)path;
	return -EIO;
}

static ssize_t short_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	(void)self;
	(void)file;
	(void)bytes;
	(void)size;
	(void)at;
	return 0; /* a disk that takes nothing, and calls it no error */
}

static void a_loss_is_accepted_when_the_disk_lets_it_be(void **state)
{
	struct place *p = *state;
	struct disk disk = disk_system;
	disk.rename = refusing_rename;
	store_close(p->store);
	p->disk = &disk;
	place_open(p);
	struct journal *j = journal_of(p, "s");
	for (int i = 0; i < 3; i++)
		assert_int_equal(commit_next(j, 10), ERR_NONE);
	assert_int_equal(snapshot_write(p->store, "s", 25, "x", 1), ERR_NONE);
	assert_int_equal(snapshot_write(p->store, "s", 30, "y", 1), ERR_NONE);
	journal_close(j);
	run_sql(p, "sessions/s/journal.db", "DELETE FROM batch WHERE first = 21");
	uint64_t lost = 0;
	assert_int_equal(journal_open(p->store, "s", &j, NULL), ERR_STORE_CORRUPT);
	for (int n = 1; n <= 3; n++) { /* the witness, and two snapshots, are set aside */
		refusing.fail_in = n;
		refusing.error = EIO;
		assert_int_equal(journal_accept_loss(p->store, "s", &lost, NULL), ERR_STORE_WRITE);
		assert_int_equal(refusing.fail_in, 0);
		refusing.fail_in = 0;
		if (n < 3)
			assert_int_equal(journal_open(p->store, "s", &j, NULL), ERR_STORE_CORRUPT); /* still known */
	}
	assert_int_equal(journal_accept_loss(p->store, "s", &lost, NULL), ERR_NONE);
	assert_int_equal(count_right(p, "s"), 20);
	j = journal_of(p, "s");
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	journal_close(j);
	store_close(p->store);
	p->store = NULL;
	p->disk = NULL;
	place_open(p);
}

static void a_disk_that_takes_nothing_is_full_and_a_mode_that_is_not_told_is_no_matter(void **state)
{
	struct place *p = *state;
	struct disk disk = disk_system;
	disk.write = short_write;
	disk.folder_mode = refusing_mode;
	char new_dir[128];
	struct store *s;
	snprintf(new_dir, sizeof new_dir, "%s/new", p->dir);
	assert_int_equal(store_open_on(new_dir, &disk, &s, NULL), ERR_NONE);
	assert_int_equal(snapshot_write(s, "s", 1, "x", 1), ERR_STORE_FULL);
	struct journal *j;
	assert_int_equal(journal_open(s, "s", &j, NULL), ERR_STORE_OPEN); /* the folder is there, but is it one? */
	store_close(s);
}

static int full_allocate(void *self, int file, uint64_t size)
{
	(void)self;
	(void)file;
	(void)size;
	return refusing.error != 0 ? -refusing.error : disk_system.allocate(self, file, size);
}

static int64_t told_free(void *self, const char *path)
{
	(void)self;
	(void)path;
	return refusing.fail_in; /* so many bytes */
}

static int forbidden_sync_folder(void *self, const char *path)
{
	(void)self;
	(void)path;
	return -EPERM;
}

/* As squashfs answers, which knows no sync. */
static int no_sync_above(void *self, const char *path)
{
	size_t size = strlen(path);
	return size > 3 && strcmp(path + size - 3, "/..") == 0 ? -EINVAL : disk_system.sync_folder(self, path);
}

static ssize_t quota_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	(void)self;
	(void)file;
	(void)bytes;
	(void)size;
	(void)at;
	return -EDQUOT;
}

static void the_reserve_comes_back_when_there_is_room(void **state)
{
	struct place *p = *state;
	struct disk disk = disk_system;
	disk.allocate = full_allocate;
	disk.free_size = told_free;
	store_close(p->store);
	p->disk = &disk;
	refusing.error = ENOSPC;
	refusing.fail_in = 1000;
	place_open(p);
	assert_true(store_is_disk_full(p->store)); /* no reserve could be made */
	struct journal *j = journal_of(p, "s");
	assert_int_equal(commit_next(j, 5), ERR_NONE);
	assert_int_equal(journal_tidy(p->store, "s"), ERR_NONE);
	assert_true(store_is_disk_full(p->store));
	refusing.fail_in = 1 << 30; /* room, they say, and yet none */
	assert_int_equal(journal_tidy(p->store, "s"), ERR_NONE);
	assert_true(store_is_disk_full(p->store));
	refusing.error = 0;
	assert_int_equal(journal_tidy(p->store, "s"), ERR_NONE);
	assert_false(store_is_disk_full(p->store));
	refusing.fail_in = 0;
	journal_close(j);
	store_close(p->store);
	p->disk = NULL;
	place_open(p);
}

static void a_quota_is_a_full_disk_and_a_folder_of_others_need_not_be_synced(void **state)
{
	struct place *p = *state;
	struct disk disk = disk_system, no_vfs = disk_system;
	struct store *s = NULL;
	char path[300];
	store_close(p->store);
	disk.write = quota_write;
	disk.sync_folder = forbidden_sync_folder; /* of the folder above, which somebody else made */
	assert_int_equal(store_open_on(p->dir, &disk, &s, NULL), ERR_STORE_WRITE); /* our own must be */
	place_open(p);
	assert_int_equal(snapshot_write(p->store, "s", 1, "x", 1), ERR_NONE);
	store_close(p->store);
	disk.sync_folder = disk_system.sync_folder;
	p->disk = &disk;
	place_open(p);
	assert_int_equal(snapshot_write(p->store, "s", 2, "x", 1), ERR_STORE_FULL);
	store_close(p->store);
	no_vfs.vfs = "nobody's";
	assert_int_equal(store_open_on(p->dir, &no_vfs, &s, NULL), ERR_STORE_CORRUPT);
	snprintf(path, sizeof path, "%s/lock/below-a-file", p->dir);
	assert_int_equal(store_open(path, &s, NULL), ERR_STORE_OPEN);
	assert_null(s);
	p->disk = NULL;
	place_open(p);
}

static void a_folder_that_is_mounted_on_what_cannot_be_synced_is_used(void **state)
{
	struct place *p = *state;
	struct disk disk = disk_system;
	struct store *s = NULL;
	char fresh[300];
	store_close(p->store);
	disk.sync_folder = no_sync_above;
	assert_int_equal(store_open_on(p->dir, &disk, &s, NULL), ERR_NONE);
	store_close(s);
	snprintf(fresh, sizeof fresh, "%s/fresh", p->dir); /* a new name must be on disk */
	s = NULL;
	assert_int_equal(store_open_on(fresh, &disk, &s, NULL), ERR_STORE_OPEN);
	assert_null(s);
	place_open(p);
}

/* What stands in a witness wrongly, with a checksum that fits, is damage as any other. */
static void a_witness_of_nothing_is_damaged(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "s");
	char path[256];
	unsigned char bytes[8192];
	assert_int_equal(commit_next(j, 5), ERR_NONE);
	assert_int_equal(commit_next(j, 5), ERR_NONE);
	journal_close(j);
	place_path(p, "sessions/s/" WITNESS_NAME, path);
	for (int lie = 0; lie < 2; lie++) {
		int fd = open(path, O_RDWR);
		assert_true(fd >= 0);
		ssize_t size = pread(fd, bytes, sizeof bytes, 0);
		assert_true(size > 28);
		for (ssize_t slot = 0; slot < size; slot += WITNESS_DISTANCE) {
			memset(bytes + slot + (lie == 0 ? 8 : 16), 0, lie == 0 ? 8 : 4); /* first, then count */
			pack_u32(bytes + slot + 24, check_crc32c(0, bytes + slot, 24));
		}
		assert_int_equal(pwrite(fd, bytes, (size_t)size, 0), size);
		close(fd);
		j = NULL;
		assert_int_equal(journal_open(p->store, "s", &j, NULL), ERR_STORE_CORRUPT);
		uint64_t lost = 0;
		assert_int_equal(journal_accept_loss(p->store, "s", &lost, NULL), ERR_NONE);
		assert_true(lost == JOURNAL_LOST_UNKNOWN);
		j = journal_of(p, "s");
		assert_int_equal(journal_count(j), 10 + lie * 5);
		assert_int_equal(commit_next(j, 5), ERR_NONE);
		journal_close(j);
	}
}

static void rows_too_large_to_be_ours_are_corrupt(void **state)
{
	static const char *const lies[] = {"UPDATE batch SET count = 5000000000", "UPDATE batch SET body = zeroblob(5000000)",
		"UPDATE batch SET first = -7"};
	struct place *p = *state;
	char id[8], file[64];
	for (size_t i = 0; i < 3; i++) {
		snprintf(id, sizeof id, "s%zu", i);
		snprintf(file, sizeof file, "sessions/s%zu/journal.db", i);
		struct journal *j = journal_of(p, id);
		assert_int_equal(commit_next(j, 5), ERR_NONE);
		journal_close(j);
		run_sql(p, file, lies[i]);
		assert_int_equal(journal_open(p->store, id, &j, NULL), ERR_STORE_CORRUPT);
	}
}

static void a_large_log_is_begun_anew(void **state)
{
	struct place *p = *state;
	struct journal *j = journal_of(p, "s");
	char *bytes = calloc(1, JOURNAL_BATCH_BYTES_MAX);
	assert_non_null(bytes);
	for (uint64_t i = 1; i <= 10; i++)
		assert_int_equal(journal_commit(j, &(struct journal_batch){i, 1, 1, bytes, JOURNAL_BATCH_BYTES_MAX}), ERR_NONE);
	assert_true(journal_wants_tidy(j));
	assert_int_equal(journal_tidy(p->store, "s"), ERR_NONE);
	assert_int_equal(journal_commit(j, &(struct journal_batch){11, 1, 1, bytes, 10}), ERR_NONE);
	assert_false(journal_wants_tidy(j));
	journal_close(j);
	free(bytes);
}

static bool stop_at_once(void *ctx, const char *name)
{
	(void)name;
	++*(unsigned *)ctx;
	return false;
}

static void the_systems_errors_are_passed_on(void **state)
{
	struct place *p = *state;
	const struct disk *d = &disk_system;
	unsigned names = 0;
	char byte;
	assert_int_equal(d->read(NULL, -1, &byte, 1, 0), -EBADF);
	assert_int_equal(d->write(NULL, -1, "x", 1, 0), -EBADF);
	assert_int_equal(d->size(NULL, -1), -EBADF);
	assert_int_equal(d->sync(NULL, -1), -EBADF);
	assert_true(d->allocate(NULL, -1, 1) < 0);
	assert_int_equal(d->lock(NULL, -1), -EBADF);
	assert_int_equal(d->sync_folder(NULL, "/nowhere/at/all"), -ENOENT);
	assert_int_equal(d->free_size(NULL, "/nowhere/at/all"), -ENOENT);
	assert_int_equal(d->folder_mode(NULL, "/nowhere/at/all"), -ENOENT);
	assert_int_equal(d->folder_mode(NULL, "/dev/null"), -ENOTDIR);
	assert_int_equal(d->rename(NULL, "/nowhere/at/all", "/nowhere/else"), -ENOENT);
	assert_int_equal(d->remove(NULL, "/nowhere/at/all"), -ENOENT);
	assert_int_equal(d->make_folder(NULL, p->dir), -EEXIST);
	assert_int_equal(d->list(NULL, "/nowhere/at/all", stop_at_once, &names), -ENOENT);
	assert_int_equal(d->list(NULL, p->dir, stop_at_once, &names), 0);
	assert_int_equal(names, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define PLACE(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
		cmocka_unit_test(each_failure_of_sqlite_means_one_of_ours),
		PLACE(names_that_cannot_be_are_found_nowhere),
		PLACE(a_folders_name_may_end_in_slashes_and_must_not_be_too_long),
		PLACE(who_only_looks_waits_for_nobody_and_makes_nothing),
		PLACE(files_of_other_kinds_are_not_taken_for_a_journal),
		PLACE(names_that_only_look_like_snapshots_are_none),
		PLACE(every_document_and_line_is_checked),
		PLACE(a_document_without_a_name_is_damage_and_no_crash),
		PLACE(a_damaged_page_of_the_catalog_ends_the_walk),
		PLACE(a_folder_open_to_others_is_used_all_the_same),
		PLACE(a_journal_whose_time_runs_backwards_is_corrupt),
		PLACE(a_loss_is_accepted_when_the_disk_lets_it_be),
		PLACE(a_disk_that_takes_nothing_is_full_and_a_mode_that_is_not_told_is_no_matter),
		PLACE(the_reserve_comes_back_when_there_is_room),
		PLACE(a_quota_is_a_full_disk_and_a_folder_of_others_need_not_be_synced),
		PLACE(a_folder_that_is_mounted_on_what_cannot_be_synced_is_used),
		PLACE(a_witness_of_nothing_is_damaged),
		PLACE(rows_too_large_to_be_ours_are_corrupt),
		PLACE(a_large_log_is_begun_anew),
		PLACE(the_systems_errors_are_passed_on),
	};
	return cmocka_run_group_tests_name("the store at its edges", tests, NULL, NULL);
}
