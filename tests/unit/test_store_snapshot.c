/* Snapshots: whole or passed over; and journals whose bytes somebody changed. */
#include <dirent.h>
#include <sqlite3.h>

#include "store_for_test.h"

static const char body[] = "the fold of the first records, with a\0NUL in it";

static err_t write_number(struct place *p, uint64_t number)
{
	char bytes[sizeof(body) + 20];
	memcpy(bytes, body, sizeof(body));
	int size = snprintf(bytes + sizeof(body), 20, "%d", (int)number);
	return snapshot_write(p->store, "a", number, bytes, sizeof(body) + (size_t)size);
}

/* Reads the newest up to `number_max`; its bytes must be those of its number. */
static uint64_t read_newest(struct place *p, uint64_t number_max)
{
	struct buf b;
	uint64_t number = 12345;
	char tail[20];
	buf_init(&b, 10000);
	assert_int_equal(snapshot_read(p->store, "a", number_max, &number, &b), ERR_NONE);
	if (number > 0) {
		assert_memory_equal(b.at, body, sizeof(body));
		snprintf(tail, sizeof(tail), "%d", (int)number);
		assert_string_equal(b.at + sizeof(body), tail);
		assert_int_equal(b.size, sizeof(body) + strlen(tail));
	} else {
		assert_int_equal(b.size, 0);
	}
	buf_free(&b);
	return number;
}

static void snapshot_file(struct place *p, uint64_t number, char out[256])
{
	snprintf(out, 256, "%s/sessions/a/%020llu.snapshot", p->dir, (unsigned long long)number);
}

static unsigned count_files(struct place *p)
{
	char path[256];
	unsigned count = 0;
	place_path(p, "sessions/a", path);
	DIR *dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		count += e->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void without_snapshots_there_is_number_zero(void **state)
{
	struct place *p = *state;
	assert_int_equal(read_newest(p, UINT64_MAX), 0); /* not even a folder */
	journal_close(journal_of(p, "a"));
	assert_int_equal(read_newest(p, UINT64_MAX), 0);
	assert_int_equal(snapshot_write(p->store, "a", 0, "x", 1), ERR_BUG);
}

static void the_newest_two_are_kept(void **state)
{
	struct place *p = *state;
	for (uint64_t n = 8; n <= 12; n++) { /* 9 and 10: the order is of numbers, not of letters */
		assert_int_equal(write_number(p, n * n), ERR_NONE);
		assert_int_equal(read_newest(p, UINT64_MAX), n * n);
	}
	assert_int_equal(count_files(p), 2);
	assert_int_equal(read_newest(p, 144), 144);
	assert_int_equal(read_newest(p, 143), 121);
	assert_int_equal(read_newest(p, 121), 121);
	assert_int_equal(read_newest(p, 120), 0);
	assert_int_equal(read_newest(p, 0), 0);
	assert_int_equal(write_number(p, 144), ERR_NONE); /* once more the same */
	assert_int_equal(read_newest(p, 150), 144);
	assert_int_equal(count_files(p), 2);
}

static void a_snapshot_cut_short_anywhere_is_passed_over(void **state)
{
	struct place *p = *state;
	char path[256];
	struct stat st;
	assert_int_equal(write_number(p, 5), ERR_NONE);
	for (off_t size = -1;;) {
		assert_int_equal(write_number(p, 9), ERR_NONE);
		snapshot_file(p, 9, path);
		assert_int_equal(stat(path, &st), 0);
		if (++size >= st.st_size)
			break;
		assert_int_equal(truncate(path, size), 0);
		assert_int_equal(read_newest(p, UINT64_MAX), 5);
	}
	assert_int_equal(truncate(path, st.st_size + 1), 0);
	assert_int_equal(read_newest(p, UINT64_MAX), 5);
	snapshot_file(p, 5, path);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(read_newest(p, UINT64_MAX), 0);
}

static void flip(const char *path, off_t at, unsigned bit)
{
	unsigned char c;
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0 && pread(fd, &c, 1, at) == 1);
	c = (unsigned char)(c ^ 1u << bit);
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void a_snapshot_with_any_bit_changed_is_passed_over(void **state)
{
	struct place *p = *state;
	char path[256];
	struct stat st;
	assert_int_equal(write_number(p, 5), ERR_NONE);
	assert_int_equal(write_number(p, 9), ERR_NONE);
	snapshot_file(p, 9, path);
	assert_int_equal(stat(path, &st), 0);
	for (off_t at = 0; at < st.st_size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			flip(path, at, bit);
			assert_int_equal(read_newest(p, UINT64_MAX), 5);
			flip(path, at, bit);
		}
	}
	assert_int_equal(read_newest(p, UINT64_MAX), 9);
}

static void a_snapshot_under_a_wrong_name_is_passed_over(void **state)
{
	struct place *p = *state;
	char from[256], to[256];
	assert_int_equal(write_number(p, 5), ERR_NONE);
	snapshot_file(p, 5, from);
	snapshot_file(p, 7, to);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(read_newest(p, UINT64_MAX), 0);
	snprintf(from, sizeof(from), "%s/sessions/a/7.snapshot", p->dir);
	assert_int_equal(rename(to, from), 0);
	assert_int_equal(read_newest(p, UINT64_MAX), 0);
}

static void a_snapshot_larger_than_the_reader_allows_is_told(void **state)
{
	struct place *p = *state;
	struct buf b;
	uint64_t number = 3;
	assert_int_equal(write_number(p, 5), ERR_NONE);
	buf_init(&b, 10);
	assert_int_equal(snapshot_read(p->store, "a", 5, &number, &b), ERR_TOO_LARGE);
	assert_int_equal(number, 3);
	buf_free(&b);
}

/* ---- journals with changed bytes ---- */

enum { BATCHES = 20, A_BATCH = 40 };

static void copy_file(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(in >= 0 && out >= 0);
	for (ssize_t n; (n = read(in, bytes, sizeof(bytes))) > 0;)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
}

/* Reads what there is of session "copy"; wrong bytes fail the test. */
static err_t read_copy(struct place *p, uint64_t *out_count)
{
	struct journal_reader *r = NULL;
	*out_count = 0;
	err_t error = journal_reader_open(p->store, "copy", &r, NULL);
	if (error == ERR_NONE)
		error = read_on(r, out_count);
	journal_reader_close(r);
	return error;
}

static void make_journal(struct place *p, char path[256], char copy[256])
{
	struct journal *j = journal_of(p, "a");
	for (int i = 0; i < BATCHES; i++)
		assert_int_equal(commit_next(j, A_BATCH), ERR_NONE);
	journal_close(j);
	journal_close(journal_of(p, "copy"));
	place_path(p, "sessions/a/journal.db", path);
	place_path(p, "sessions/copy/journal.db", copy);
}

static void a_flipped_bit_in_a_batch_is_found(void **state)
{
	struct place *p = *state;
	char path[256], copy[256], bytes[1 << 17];
	make_journal(p, path, copy);
	int fd = open(path, O_RDONLY);
	ssize_t size = read(fd, bytes, sizeof(bytes));
	close(fd);
	assert_true(size > 0 && size < (ssize_t)sizeof(bytes));
	/* Each record's own bytes are somewhere in the file, in one piece or cut by a page's end. */
	for (uint64_t number = 1; number <= BATCHES * A_BATCH; number += 7) {
		uint8_t record[RECORD_SIZE];
		record_fill(number, record);
		const char *at = memmem(bytes, (size_t)size, record + 8, 8);
		if (at == NULL)
			continue;
		uint64_t count;
		copy_file(path, copy);
		flip(copy, (off_t)(at - bytes), number % 8);
		assert_int_equal(read_copy(p, &count), ERR_STORE_CORRUPT);
		assert_int_equal(count, (number - 1) / A_BATCH * A_BATCH); /* all before it is good */
	}
}

/* Anywhere in the file: an error, or the right records; never a wrong one. */
static void a_flipped_bit_anywhere_never_gives_wrong_records(void **state)
{
	struct place *p = *state;
	char path[256], copy[256];
	struct stat st;
	struct random r;
	make_journal(p, path, copy);
	random_seed(&r, 5);
	assert_int_equal(stat(path, &st), 0);
	unsigned short_count = 0, fail_count = 0;
	for (int i = 0; i < 1500; i++) {
		uint64_t count;
		/* Half of them into the first page and the heads of the others, where the tree's own numbers are. */
		off_t at = i % 2 ? (off_t)random_below(&r, (uint64_t)st.st_size)
		                 : (off_t)(random_below(&r, (uint64_t)st.st_size / 4096) * 4096 + random_below(&r, 64));
		copy_file(path, copy);
		flip(copy, at, (unsigned)random_below(&r, 8));
		err_t error = read_copy(p, &count);
		if (error == ERR_NONE && count != BATCHES * A_BATCH)
			short_count++;
		fail_count += error != ERR_NONE;
	}
	print_message("    %u of 1500 flips found, %u cut the end off\n", fail_count, short_count);
	assert_true(fail_count > 500);
	assert_true(short_count < 30);
}

static void a_journal_cut_short_never_gives_wrong_records(void **state)
{
	struct place *p = *state;
	char path[256], copy[256];
	struct stat st;
	make_journal(p, path, copy);
	assert_int_equal(stat(path, &st), 0);
	for (off_t size = 0; size < st.st_size; size += 1024) {
		uint64_t count;
		copy_file(path, copy);
		assert_int_equal(truncate(copy, size), 0);
		assert_int_not_equal(read_copy(p, &count), ERR_NONE);
	}
}

static void edit_journal(struct place *p, const char *sql)
{
	char path[256];
	sqlite3 *db = NULL;
	place_path(p, "sessions/a/journal.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_gap_in_the_numbers_is_refused(void **state)
{
	struct place *p = *state;
	char path[256], copy[256];
	struct journal_reader *r = NULL;
	struct journal_batch b;
	uint64_t count = 0;
	bool more;
	make_journal(p, path, copy);
	edit_journal(p, "DELETE FROM batch WHERE first = 81");
	assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
	assert_int_equal(read_on(r, &count), ERR_STORE_CORRUPT);
	assert_int_equal(count, 80);
	assert_int_equal(journal_reader_next(r, &b, &more), ERR_STORE_CORRUPT); /* and stays so */
	assert_int_equal(journal_reader_seek(r, 85), ERR_NONE);
	assert_int_equal(journal_reader_next(r, &b, &more), ERR_STORE_CORRUPT);
	count = 120;
	assert_int_equal(journal_reader_seek(r, 121), ERR_NONE);
	assert_int_equal(read_on(r, &count), ERR_NONE);
	journal_reader_close(r);
	edit_journal(p, "DELETE FROM batch WHERE first = 1");
	assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
	assert_int_equal(journal_reader_next(r, &b, &more), ERR_STORE_CORRUPT);
	journal_reader_close(r);
}

static void changed_numbers_of_a_batch_are_found(void **state)
{
	struct place *p = *state;
	static const char *const edits[] = {
		"UPDATE batch SET count = 39 WHERE first = 761", "UPDATE batch SET at_recorded = 761001 WHERE first = 761",
		"UPDATE batch SET first = 762 WHERE first = 761", "UPDATE batch SET count = 4294967336 WHERE first = 761",
		"UPDATE batch SET count = 0 WHERE first = 761",
		"UPDATE batch SET crc32c = crc32c - 4294967296 WHERE first = 761",
		"UPDATE batch SET body = x'' WHERE first = 761",
		"UPDATE batch SET body = CAST(body || x'00' AS BLOB) WHERE first = 761",
	};
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		char path[256], copy[256];
		struct journal *j = NULL;
		struct problem problem;
		uint64_t count = 0;
		if (i == 0)
			make_journal(p, path, copy);
		copy_file(path, copy);
		edit_journal(p, edits[i]);
		struct journal_reader *r = NULL;
		/* With the witness: a last batch that is not the one which was committed. */
		err_t error = journal_reader_open(p->store, "a", &r, NULL);
		if (error == ERR_NONE)
			error = read_on(r, &count);
		assert_int_equal(error, ERR_STORE_CORRUPT);
		assert_true(count == 0 || count == 760);
		journal_reader_close(r);
		assert_int_equal(journal_open(p->store, "a", &j, &problem), ERR_STORE_CORRUPT);
		/* Without it: by the batch's own checksum. */
		char witness[256];
		place_path(p, "sessions/a/journal.end", witness);
		unlink(witness);
		r = NULL;
		count = 0;
		assert_int_equal(journal_reader_open(p->store, "a", &r, NULL), ERR_NONE);
		assert_int_equal(read_on(r, &count), ERR_STORE_CORRUPT);
		assert_int_equal(count, 760);
		journal_reader_close(r);
		assert_int_equal(journal_open(p->store, "a", &j, &problem), ERR_STORE_CORRUPT);
		assert_null(j);
		copy_file(copy, path);
	}
}

static void a_journal_shorter_than_its_snapshot_is_refused(void **state)
{
	struct place *p = *state;
	char path[256], copy[256];
	struct journal *j = NULL;
	struct problem problem = {0};
	make_journal(p, path, copy);
	assert_int_equal(snapshot_write(p->store, "a", 800, "x", 1), ERR_NONE);
	journal_close(journal_of(p, "a"));
	edit_journal(p, "DELETE FROM batch WHERE first = 761");
	assert_int_equal(journal_open(p->store, "a", &j, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "760"));
	assert_non_null(strstr(problem.detail, "800"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
	const struct CMUnitTest tests[] = {
		T(without_snapshots_there_is_number_zero),
		T(the_newest_two_are_kept),
		T(a_snapshot_cut_short_anywhere_is_passed_over),
		T(a_snapshot_with_any_bit_changed_is_passed_over),
		T(a_snapshot_under_a_wrong_name_is_passed_over),
		T(a_snapshot_larger_than_the_reader_allows_is_told),
		T(a_flipped_bit_in_a_batch_is_found),
		T(a_flipped_bit_anywhere_never_gives_wrong_records),
		T(a_journal_cut_short_never_gives_wrong_records),
		T(a_gap_in_the_numbers_is_refused),
		T(changed_numbers_of_a_batch_are_found),
		T(a_journal_shorter_than_its_snapshot_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
