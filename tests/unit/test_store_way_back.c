/* The ways back from a lost end, on disks that are in their way, and for files that say what no server of ours wrote. */
#include <errno.h>
#include <sqlite3.h>

#include "store_for_test.h"

#include "base/check.h"
#include "world/disk.h"

/* ---- this machine's disk, one kind of call on one name of which fails ---- */

enum call { NO_CALL, OPEN_TO_READ, OPEN_TO_WRITE, READ, WRITE };

static struct {
	const char *name; /* what the path must contain */
	enum call call;
	int result;       /* what it returns */
	unsigned after, met;
	int file;
} bad;

static bool is_met(enum call call)
{
	return bad.call == call && bad.met++ >= bad.after;
}

static int bad_open(void *self, const char *path, int flags)
{
	bool is_named = bad.name != NULL && strstr(path, bad.name) != NULL, writes = (flags & O_ACCMODE) != O_RDONLY;
	if (is_named && is_met(writes ? OPEN_TO_WRITE : OPEN_TO_READ))
		return bad.result;
	int file = disk_system.open(self, path, flags);
	if (is_named && writes == (bad.call == WRITE))
		bad.file = file;
	return file;
}

static ssize_t bad_read(void *self, int file, void *bytes, size_t size, uint64_t at)
{
	return file == bad.file && is_met(READ) ? bad.result : disk_system.read(self, file, bytes, size, at);
}

static ssize_t bad_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	return file == bad.file && is_met(WRITE) ? bad.result : disk_system.write(self, file, bytes, size, at);
}

static void fail_at(const char *name, enum call call, int result)
{
	bad.name = name;
	bad.call = call;
	bad.result = result;
	bad.after = bad.met = 0;
	bad.file = -1;
}

static void heal(void)
{
	fail_at(NULL, NO_CALL, 0);
}

static int place_make_bad(void **state)
{
	static struct disk disk; /* one test at a time */
	heal();
	place_make(state);
	struct place *p = *state;
	disk = disk_system;
	disk.open = bad_open;
	disk.read = bad_read;
	disk.write = bad_write;
	store_close(p->store);
	p->disk = &disk;
	place_open(p);
	return 0;
}

/* ---- what is laid there ---- */

static void run_sql(const struct place *p, const char *file, const char *sql)
{
	char path[256];
	sqlite3 *db = NULL;
	place_path(p, file, path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool is_there(const struct place *p, const char *name)
{
	char path[256];
	place_path(p, name, path);
	return access(path, F_OK) == 0;
}

static void lay(const struct place *p, const char *name, const void *bytes, size_t size)
{
	char path[256];
	place_path(p, name, path);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void drop(const struct place *p, const char *name)
{
	char path[256];
	place_path(p, name, path);
	assert_int_equal(remove(path), 0);
}

/* Three batches of ten in a closed journal; of the last one a byte is changed: it is no end, and its copy is wanted. */
static void leave_a_damaged_batch(struct place *p)
{
	struct journal *j = journal_of(p, "s");
	for (int i = 0; i < 3; i++)
		assert_int_equal(commit_next(j, 10), ERR_NONE);
	journal_close(j);
	run_sql(p, "sessions/s/journal.db", "UPDATE batch SET crc32c = crc32c + 1 WHERE first = 21");
}

static err_t accept(struct place *p, uint64_t *out_lost)
{
	struct problem problem = {0};
	err_t error = journal_accept_loss(p->store, "s", out_lost, &problem);
	assert_true(error == ERR_NONE || problem.detail[0] != '\0');
	return error;
}

#define ASIDE "sessions/s/journal.db.00000000000000000020.aside"

/* ---- copies that cannot be made ---- */

static void where_no_copy_can_be_made_nothing_is_let_go(void **state)
{
	static const struct { const char *name; enum call call; int result; unsigned after; err_t error; } ways[] = {
		{"journal.db.", OPEN_TO_WRITE, -EACCES, 0, ERR_STORE_WRITE}, {"journal.db.", OPEN_TO_WRITE, -ENOSPC, 0, ERR_STORE_FULL},
		{"journal.db.", OPEN_TO_WRITE, -EDQUOT, 0, ERR_STORE_FULL}, {"journal.db.", WRITE, -EIO, 0, ERR_STORE_WRITE},
		{"journal.db.", WRITE, 0, 0, ERR_STORE_WRITE}, {"journal.db.", WRITE, -ENOSPC, 0, ERR_STORE_FULL},
		{"/journal.db", READ, -EIO, 0, ERR_STORE_WRITE}, {"journal.db-wal", OPEN_TO_READ, -EACCES, 0, ERR_STORE_OPEN},
	};
	struct place *p = *state;
	uint64_t lost = 99;
	leave_a_damaged_batch(p);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct journal *j = NULL;
		fail_at(ways[i].name, ways[i].call, ways[i].result);
		err_t error = accept(p, &lost);
		if (error != ways[i].error || bad.met == 0)
			fail_msg("way %zu: %s, met %u times", i, error_row(error)->code, bad.met);
		heal();
		assert_int_equal(lost, 99);
		assert_false(is_there(p, ASIDE)); /* no half of a copy stays */
		assert_int_equal(journal_open(p->store, "s", &j, NULL), ERR_STORE_CORRUPT);
	}
	assert_int_equal(accept(p, &lost), ERR_NONE);
	assert_int_equal(lost, 10);
	assert_true(is_there(p, ASIDE));
	assert_int_equal(count_right(p, "s"), 20);
}

/* A name that cannot be looked at is taken for taken; of a hundred taken ones the last gives way. */
static void a_name_is_found_for_what_is_set_aside(void **state)
{
	struct place *p = *state;
	char name[96];
	uint64_t lost = 0;
	leave_a_damaged_batch(p);
	fail_at(".aside", OPEN_TO_READ, -EACCES);
	assert_int_equal(accept(p, &lost), ERR_NONE);
	heal();
	assert_true(is_there(p, ASIDE "-99"));
	assert_false(is_there(p, ASIDE));
	run_sql(p, "sessions/s/journal.db", "DELETE FROM batch");
	drop(p, "sessions/s/journal.end");
	leave_a_damaged_batch(p);
	drop(p, ASIDE "-99");
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), i == 0 ? ASIDE : ASIDE "-%d", i);
		lay(p, name, "x", 1);
	}
	assert_int_equal(accept(p, &lost), ERR_NONE);
	for (int i = 0; i < 100; i++) {
		struct stat st;
		char path[256];
		snprintf(name, sizeof(name), i == 0 ? ASIDE : ASIDE "-%d", i);
		place_path(p, name, path);
		assert_int_equal(stat(path, &st), 0);
		assert_true(i == 99 ? st.st_size > 4096 : st.st_size == 1);
	}
}

static void a_catalog_whose_log_cannot_be_kept_is_left_alone(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	struct catalog_loss loss = {99, 99};
	struct problem problem = {0};
	assert_int_equal(catalog_put(p->store, "plan", "a", 0, TEXT("x"), NULL), ERR_NONE);
	store_close(p->store);
	p->store = NULL;
	run_sql(p, "cordon.db", "UPDATE document SET version = version + 1 WHERE kind = 'change-count'");
	fail_at("cordon.db-wal", OPEN_TO_READ, -EACCES);
	assert_int_equal(store_accept_loss(p->dir, p->disk, &s, &loss, &problem), ERR_STORE_OPEN);
	assert_non_null(strstr(problem.detail, "could not be copied aside"));
	assert_true(bad.met > 0);
	heal();
	assert_int_equal(loss.lost, 99);
	assert_int_equal(store_open_on(p->dir, p->disk, &s, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(store_accept_loss(p->dir, p->disk, &p->store, &loss, NULL), ERR_NONE);
	assert_true(loss.lost == CATALOG_LOST_UNKNOWN);
}

/* ---- journals that no server of ours wrote ---- */

static void rows_that_cannot_be_are_let_go_whatever_they_say(void **state)
{
	static const struct { const char *lie; uint64_t kept, lost; } lies[] = {
		{"UPDATE batch SET count = 5000000000 WHERE first = 21", 20, 10},
		{"UPDATE batch SET count = -3 WHERE first = 21", 20, 10},
		{"UPDATE batch SET count = 0", 0, 30},
		{"UPDATE batch SET first = -7 WHERE first = 21", 20, 10},
		{"UPDATE batch SET first = first - 40", 0, 30},
		{"UPDATE batch SET first = 15, count = 2 WHERE first = 21", 20, 10},
	};
	struct place *p = *state;
	char id[8], file[64];
	for (size_t i = 0; i < 2 * sizeof(lies) / sizeof(lies[0]); i++) {
		size_t k = i / 2;
		bool is_witnessed = i % 2 == 0;
		struct journal_loss loss = {99, 99};
		uint64_t lost = 0;
		snprintf(id, sizeof(id), "s%zu", i);
		snprintf(file, sizeof(file), "sessions/s%zu/journal.db", i);
		struct journal *j = journal_of(p, id);
		for (int n = 0; n < 3; n++)
			assert_int_equal(commit_next(j, 10), ERR_NONE);
		journal_close(j);
		run_sql(p, file, lies[k].lie);
		snprintf(file, sizeof(file), "sessions/s%zu/journal.end", i);
		if (!is_witnessed)
			drop(p, file);
		assert_int_equal(journal_look_for_loss(p->store, id, &loss, NULL), ERR_NONE);
		assert_int_equal(loss.kept, lies[k].kept);
		if (is_witnessed && k != 0)
			assert_int_equal(loss.lost, lies[k].lost);
		assert_int_equal(journal_accept_loss(p->store, id, &lost, NULL), ERR_NONE);
		assert_true(lost == loss.lost);
		assert_int_equal(count_right(p, id), lies[k].kept);
		j = journal_of(p, id);
		assert_int_equal(commit_next(j, 10), ERR_NONE);
		journal_close(j);
	}
}

static void who_asks_what_is_lost_of_no_journal_hears_what_its_witness_knows(void **state)
{
	struct place *p = *state;
	struct journal_loss loss = {99, 99};
	struct problem problem = {0};
	assert_int_equal(journal_look_for_loss(p->store, "Not A Name", &loss, &problem), ERR_NAME_BAD);
	struct journal *j = journal_of(p, "s");
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	journal_close(j);
	drop(p, "sessions/s/journal.db");
	assert_int_equal(journal_look_for_loss(p->store, "s", &loss, NULL), ERR_NONE);
	assert_int_equal(loss.kept, 0);
	assert_int_equal(loss.lost, 10);
	lay(p, "sessions/s/journal.end", "noise", 5);
	assert_int_equal(journal_look_for_loss(p->store, "s", &loss, NULL), ERR_NONE);
	assert_true(loss.lost == JOURNAL_LOST_UNKNOWN);
	assert_int_equal(accept(p, &loss.lost), ERR_NONE);
	assert_true(loss.lost == JOURNAL_LOST_UNKNOWN);
	assert_int_equal(count_right(p, "s"), 0);
	assert_int_equal(journal_look_for_loss(p->store, "never", &loss, NULL), ERR_NONE);
	assert_int_equal(loss.lost, 0);
}

/* ---- catalogs that no server of ours wrote ---- */

/* The count of changes with a checksum that fits. */
static void lie_about_the_count(const struct place *p, uint64_t number, const char *body)
{
	char sql[256];
	uint8_t head[8];
	pack_u64(head, number);
	uint32_t crc = check_crc32c(check_crc32c(0, "change-count", 13), "last", 5);
	crc = check_crc32c(check_crc32c(crc, head, sizeof(head)), body, strlen(body));
	snprintf(sql, sizeof(sql), "UPDATE document SET version = %llu, crc32c = %u, body = CAST('%s' AS BLOB) WHERE kind = 'change-count'",
	         (unsigned long long)number, crc, body);
	run_sql(p, "cordon.db", sql);
}

static void a_count_that_is_none_is_damage_although_its_checksum_fits(void **state)
{
	static const struct { uint64_t number; const char *body; } lies[] = {{3, ""}, {0, "7"}, {3, "4294967296"}, {3, "07"}};
	struct place *p = *state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct store *s = NULL;
		struct catalog_loss loss = {0};
		struct problem problem = {0};
		assert_int_equal(catalog_put(p->store, "plan", "a", CATALOG_ANY, TEXT("x"), NULL), ERR_NONE);
		store_close(p->store);
		p->store = NULL;
		lie_about_the_count(p, lies[i].number, lies[i].body);
		if (i == 2)
			drop(p, "cordon.end"); /* also where no witness asks for it */
		assert_int_equal(store_open_on(p->dir, p->disk, &s, &problem), ERR_STORE_CORRUPT);
		assert_non_null(strstr(problem.detail, "count of its changes is damaged"));
		assert_int_equal(store_accept_loss(p->dir, p->disk, &p->store, &loss, NULL), ERR_NONE);
		assert_true(loss.lost == CATALOG_LOST_UNKNOWN);
	}
}

static void another_kind_of_file_is_no_loss_that_could_be_accepted(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	struct catalog_loss loss = {99, 99};
	assert_int_equal(catalog_put(p->store, "plan", "a", 0, TEXT("x"), NULL), ERR_NONE);
	store_close(p->store);
	p->store = NULL;
	run_sql(p, "cordon.db", "PRAGMA application_id = 5");
	assert_int_equal(store_look_for_loss(p->dir, &loss, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(store_accept_loss(p->dir, p->disk, &s, &loss, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(loss.lost, 99);
	assert_true(is_there(p, "cordon.end"));
	run_sql(p, "cordon.db", "PRAGMA application_id = 0x43444E43");
	place_open(p);
}

/* Nobody can tell whether there was one: it is not made anew in silence, and the way back is gone to its end at once. */
static void no_catalog_beside_a_damaged_witness_is_refused(void **state)
{
	static const char noise[64] = {[9] = 'x'};
	struct place *p = *state;
	struct store *s = NULL;
	struct catalog_loss loss = {99, 0};
	struct problem problem = {0};
	store_close(p->store);
	p->store = NULL;
	drop(p, "cordon.db");
	lay(p, "cordon.end", noise, sizeof(noise));
	assert_int_equal(store_open_on(p->dir, p->disk, &s, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "damaged"));
	assert_false(is_there(p, "cordon.db"));
	assert_int_equal(store_look_for_loss(p->dir, &loss, NULL), ERR_NONE);
	assert_true(loss.kept == 0 && loss.lost == CATALOG_LOST_UNKNOWN);
	assert_int_equal(store_accept_loss(p->dir, p->disk, &p->store, &loss, NULL), ERR_NONE);
	assert_true(loss.lost == CATALOG_LOST_UNKNOWN);
	assert_true(is_there(p, "cordon.end.00000000000000000000.aside"));
	assert_int_equal(catalog_put(p->store, "plan", "a", 0, TEXT("x"), NULL), ERR_NONE);
}

static void who_looks_into_a_folder_without_a_catalog_hears_that_there_is_none(void **state)
{
	struct place *p = *state;
	struct catalog_loss loss = {99, 99};
	store_close(p->store);
	p->store = NULL;
	drop(p, "cordon.db");
	if (is_there(p, "cordon.end"))
		drop(p, "cordon.end");
	assert_int_equal(store_look_for_loss(p->dir, &loss, NULL), ERR_NOT_FOUND);
	assert_int_equal(loss.lost, 99);
	assert_int_equal(store_accept_loss(p->dir, p->disk, &p->store, &loss, NULL), ERR_NONE); /* a new one: nothing was lost */
	assert_int_equal(loss.lost, 0);
}

/* ---- witnesses ---- */

/* A place that never was and one that is damaged: the mark was there. */
static void half_a_witness_that_is_damaged_is_no_blank_one(void **state)
{
	struct place *p = *state;
	unsigned char bytes[8192] = {0};
	for (unsigned place = 0; place < 2; place++) {
		struct journal *j = NULL;
		struct problem problem = {0};
		char id[4] = {'s', (char)('0' + place), '\0'}, name[64];
		snprintf(name, sizeof(name), "sessions/%s/journal.end", id);
		j = journal_of(p, id);
		assert_int_equal(commit_next(j, 10), ERR_NONE);
		journal_close(j);
		memset(bytes, 0, sizeof(bytes));
		bytes[place * 4096 + 3] = 1;
		lay(p, name, bytes, sizeof(bytes));
		assert_int_equal(journal_open(p->store, id, &j, &problem), ERR_STORE_CORRUPT);
		assert_non_null(strstr(problem.detail, "damaged"));
	}
}

/* A commit holds although its witness takes nothing; and it knows less then, never more. */
static void a_witness_that_takes_nothing_is_no_error_of_the_commit(void **state)
{
	struct place *p = *state;
	fail_at("journal.end", WRITE, 0);
	struct journal *j = journal_of(p, "s");
	for (int i = 0; i < 3; i++)
		assert_int_equal(commit_next(j, 10), ERR_NONE);
	assert_int_equal(bad.met, 3);
	journal_close(j);
	heal();
	assert_int_equal(count_right(p, "s"), 30);
}

static void a_catalog_without_a_witness_still_tidies_its_log(void **state)
{
	struct place *p = *state;
	size_t size = (size_t)6 << 20, read = 0;
	struct buf out;
	store_close(p->store);
	drop(p, "cordon.end");
	fail_at("cordon.end", OPEN_TO_WRITE, -EACCES);
	place_open(p);
	assert_int_equal(bad.met, 1);
	char *body = calloc(1, size);
	assert_non_null(body);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(catalog_put(p->store, "plan", "a", i, (struct text){body, size}, NULL), ERR_NONE);
	store_close(p->store);
	heal();
	place_open(p);
	buf_init(&out, size);
	assert_int_equal(catalog_get(p->store, "plan", "a", &out, NULL), ERR_NONE);
	read = out.size;
	assert_int_equal(read, size);
	buf_free(&out);
	free(body);
}

/* ---- a large log, and somebody who reads in it ---- */

static void a_large_log_in_use_is_left_for_the_next_time(void **state)
{
	struct place *p = *state;
	char path[256];
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;
	char *bytes = calloc(1, JOURNAL_BATCH_BYTES_MAX);
	struct journal *j = journal_of(p, "s");
	assert_non_null(bytes);
	assert_int_equal(journal_commit(j, &(struct journal_batch){1, 1, 1, "x", 1}), ERR_NONE);
	place_path(p, "sessions/s/journal.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT first FROM batch", -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW); /* from here on it holds the log as it is */
	for (uint64_t i = 2; i <= 11; i++)
		assert_int_equal(journal_commit(j, &(struct journal_batch){i, 1, 1, bytes, JOURNAL_BATCH_BYTES_MAX}), ERR_NONE);
	assert_int_equal(journal_tidy(p->store, "s"), ERR_NONE);
	assert_true(journal_wants_tidy(j));
	sqlite3_finalize(row);
	sqlite3_close(db);
	assert_int_equal(journal_tidy(p->store, "s"), ERR_NONE);
	assert_int_equal(journal_commit(j, &(struct journal_batch){12, 1, 1, "y", 1}), ERR_NONE);
	assert_false(journal_wants_tidy(j));
	assert_int_equal(journal_count(j), 12);
	journal_close(j);
	free(bytes);
}

/* ---- each call of the disk fails once while a loss is accepted ---- */

struct yard { struct world_disk *disk; const struct disk *table; struct place place; };

static void yard_make(struct yard *y, int round)
{
	y->disk = world_disk_new();
	y->place = (struct place){.dir = "/data", .disk = world_disk_table(y->disk)};
	place_open(&y->place);
	struct journal *j = journal_of(&y->place, "s");
	for (int i = 0; i < 4; i++)
		assert_int_equal(commit_next(j, 40), ERR_NONE);
	assert_int_equal(snapshot_write(y->place.store, "s", 160, "x", 1), ERR_NONE);
	if (round % 2 == 0)
		world_disk_cut_now(y->disk); /* all in the log */
	journal_close(j);
	store_close(y->place.store);
	world_disk_kill_process(y->disk);
	const char *file = round % 2 == 0 ? "/data/sessions/s/journal.db-wal" : "/data/sessions/s/journal.db";
	size_t size;
	uint8_t wanted[RECORD_SIZE];
	record_fill(160, wanted);
	const unsigned char *bytes = world_disk_bytes(y->disk, file, &size), *at = NULL;
	assert_non_null(bytes);
	for (const unsigned char *next = bytes; (next = memmem(next, size - (size_t)(next - bytes), wanted, 8)) != NULL; next++)
		at = next;
	assert_non_null(at);
	unsigned char *copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	copy[at - bytes + 4] ^= 4;
	world_disk_put(y->disk, file, copy, size);
	free(copy);
	place_open(&y->place);
}

static void each_call_may_fail_while_a_loss_is_accepted(void **state)
{
	static const enum world_fault faults[] = {WORLD_FULL, WORLD_WRITE_ERROR, WORLD_SYNC_ERROR, WORLD_READ_ERROR, WORLD_READ_ONLY};
	unsigned met = 0, refused = 0;
	(void)state;
	log_set_level((enum log_level)-1);
	for (int round = 0; round < 2 * (int)(sizeof(faults) / sizeof(faults[0])); round++) {
		enum world_fault fault = faults[round / 2];
		for (uint64_t after = 1;; after++) {
			struct yard y;
			struct journal *j = NULL;
			uint64_t lost = 0;
			yard_make(&y, round);
			uint64_t before = world_disk_faults_met(y.disk, fault);
			world_disk_plan_fault(y.disk, fault, after, 1);
			err_t error = journal_accept_loss(y.place.store, "s", &lost, NULL);
			world_disk_heal(y.disk);
			bool is_met = world_disk_faults_met(y.disk, fault) > before;
			met += is_met;
			refused += error != ERR_NONE;
			assert_true(error == ERR_NONE || (is_met && error != ERR_BUG));
			if (error != ERR_NONE) { /* the process ends, and somebody tries again */
				store_close(y.place.store);
				world_disk_kill_process(y.disk);
				place_open(&y.place);
				assert_int_equal(journal_accept_loss(y.place.store, "s", &lost, NULL), ERR_NONE);
			}
			assert_int_equal(count_right(&y.place, "s"), 120);
			j = journal_of(&y.place, "s");
			assert_int_equal(commit_next(j, 40), ERR_NONE);
			journal_close(j);
			store_close(y.place.store);
			world_disk_free(y.disk);
			if (!is_met)
				break;
		}
	}
	print_message("    %u failed calls, %u times refused\n", met, refused);
	assert_true(refused > 50 && met > refused);
}

int main(void)
{
#define PLACE(name) cmocka_unit_test_setup_teardown(name, place_make_bad, place_drop)
	const struct CMUnitTest tests[] = {
		PLACE(where_no_copy_can_be_made_nothing_is_let_go),
		PLACE(a_name_is_found_for_what_is_set_aside),
		PLACE(a_catalog_whose_log_cannot_be_kept_is_left_alone),
		PLACE(rows_that_cannot_be_are_let_go_whatever_they_say),
		PLACE(who_asks_what_is_lost_of_no_journal_hears_what_its_witness_knows),
		PLACE(a_count_that_is_none_is_damage_although_its_checksum_fits),
		PLACE(another_kind_of_file_is_no_loss_that_could_be_accepted),
		PLACE(no_catalog_beside_a_damaged_witness_is_refused),
		PLACE(who_looks_into_a_folder_without_a_catalog_hears_that_there_is_none),
		PLACE(half_a_witness_that_is_damaged_is_no_blank_one),
		PLACE(a_witness_that_takes_nothing_is_no_error_of_the_commit),
		PLACE(a_catalog_without_a_witness_still_tidies_its_log),
		PLACE(a_large_log_in_use_is_left_for_the_next_time),
		cmocka_unit_test(each_call_may_fail_while_a_loss_is_accepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
