/* A store's whole life while one thing fails: each taking of memory (by store/ and by SQLite), then each call of the disk's table with
 * each error that a disk has. What must hold: an error of the list, no leak, and what was acknowledged is there when the store is
 * opened again with nothing failing. */
#include <errno.h>
#include <sqlite3.h>

#define PLACE_ROOT "/dev/shm"
#include "failing_memory.h"
#include "store/disk.h"
#include "store_for_test.h"

#define TAKINGS_MAX 100000

/* ---- a disk whose n-th call fails: the system's, one call later ---- */

struct bad_table { unsigned long fail_at, calls, length; int error; bool met; };

static struct bad_table bad;

static bool fails(void)
{
	if (memory_refuse_in != 0 || bad.fail_at == 0 || ++bad.calls < bad.fail_at || bad.calls >= bad.fail_at + bad.length)
		return false;
	bad.met = true;
	return true;
}

#define OR_FAIL(call) (fails() ? -bad.error : disk_system.call)
static int bad_open(void *self, const char *path, int flags) { return OR_FAIL(open(self, path, flags)); }
static int bad_lock(void *self, int file) { return OR_FAIL(lock(self, file)); }
static ssize_t bad_read(void *self, int file, void *bytes, size_t size, uint64_t at)
{
	return OR_FAIL(read(self, file, bytes, size > 100 ? size / 2 : size, at)); /* short reads and writes are nothing unusual */
}
static ssize_t bad_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	return OR_FAIL(write(self, file, bytes, size > 100 ? size / 2 : size, at));
}
static int bad_sync(void *self, int file) { return OR_FAIL(sync(self, file)); }
static int64_t bad_size(void *self, int file) { return OR_FAIL(size(self, file)); }
static int bad_allocate(void *self, int file, uint64_t size) { return OR_FAIL(allocate(self, file, size)); }
static int bad_close(void *self, int file)
{
	int rc = disk_system.close(self, file); /* whatever it says, it is closed */
	return fails() ? -bad.error : rc;
}
static int bad_make_folder(void *self, const char *path) { return OR_FAIL(make_folder(self, path)); }
static int bad_folder_mode(void *self, const char *path) { return OR_FAIL(folder_mode(self, path)); }
static int bad_sync_folder(void *self, const char *path) { return OR_FAIL(sync_folder(self, path)); }
static int bad_list(void *self, const char *path, disk_each each, void *ctx) { return OR_FAIL(list(self, path, each, ctx)); }
static int bad_rename(void *self, const char *from, const char *to) { return OR_FAIL(rename(self, from, to)); }
static int bad_remove(void *self, const char *path) { return OR_FAIL(remove(self, path)); }
static int64_t bad_free_size(void *self, const char *path) { return OR_FAIL(free_size(self, path)); }

static const struct disk bad_disk = {.open = bad_open, .lock = bad_lock, .read = bad_read, .write = bad_write, .sync = bad_sync,
	.size = bad_size, .allocate = bad_allocate, .close = bad_close, .make_folder = bad_make_folder, .folder_mode = bad_folder_mode,
	.sync_folder = bad_sync_folder, .list = bad_list, .rename = bad_rename, .remove = bad_remove, .free_size = bad_free_size};

/* ---- a life ---- */

/* What was acknowledged, and what came out. */
struct life { uint64_t records, documents, lines, snapshot; bool may_be_more; err_t errors[64]; unsigned error_count; };

static bool is_told(struct life *l, err_t e)
{
	if (e == ERR_NONE)
		return true;
	assert_true(l->error_count < 64);
	l->errors[l->error_count++] = e;
	return false;
}

static bool count_document(void *ctx, const char *key, uint64_t version, struct text body)
{
	(void)version;
	assert_true(key[0] == 'k' && text_is(body, "{\"a document\":1}"));
	++*(uint64_t *)ctx;
	return true;
}

static bool count_line(void *ctx, uint64_t number, struct text line)
{
	assert_true(text_is(line, "a line"));
	*(uint64_t *)ctx = number;
	return true;
}

static void all_good(void *ctx, const char *kind, const char *key, uint64_t number, bool is_good)
{
	(void)kind;
	(void)key;
	(void)number;
	(void)ctx;
	assert_true(is_good);
}

static void live_catalog(struct store *s, struct life *l)
{
	uint64_t n = 0, version;
	struct buf body;
	bool whole = true;
	for (uint64_t i = 0; i < 2; i++) {
		char key[8];
		snprintf(key, sizeof key, "k%llu", (unsigned long long)l->documents);
		if (is_told(l, catalog_put(s, "kind", key, CATALOG_ANY, TEXT("{\"a document\":1}"), &version)))
			l->documents++;
		if (is_told(l, chain_append(s, "audit", TEXT("a line"), &n)))
			l->lines = n;
	}
	buf_init(&body, 4096);
	if (is_told(l, catalog_get(s, "kind", "k0", &body, &version)))
		assert_true(text_is((struct text){body.at, body.size}, "{\"a document\":1}"));
	buf_free(&body);
	/* Refused, and taken back: also without memory the next change is made. */
	is_told(l, catalog_delete(s, "kind", "k9"));
	is_told(l, catalog_put(s, "other", "k", CATALOG_ANY, TEXT("{}"), &version));
	n = 0;
	if (is_told(l, catalog_list(s, "kind", count_document, &n)))
		assert_true(n >= l->documents);
	n = 0;
	if (is_told(l, chain_list(s, "audit", 1, UINT64_MAX, count_line, &n)))
		assert_true(n >= l->lines);
	if (is_told(l, catalog_check(s, all_good, NULL, &whole)))
		assert_true(whole);
}

static void read_all(struct place *p, struct life *l)
{
	struct journal_reader *r;
	struct journal_batch b;
	bool more = true;
	uint64_t count = 0;
	if (!is_told(l, journal_reader_open(p->store, "s", &r, NULL)))
		return;
	is_told(l, journal_reader_seek(r, 1));
	while (is_told(l, journal_reader_next(r, &b, &more)) && more) {
		assert_true(batch_is_right(&b));
		assert_int_equal(b.first, count + 1);
		count += b.count;
	}
	journal_reader_close(r);
	if (l->error_count == 0)
		assert_int_equal(count, l->records);
}

static void live_journal(struct place *p, struct life *l)
{
	struct journal *j;
	uint8_t bytes[50 * RECORD_SIZE], snapshot[500] = {1, 2, 3};
	struct buf out;
	uint64_t number;
	if (!is_told(l, journal_open(p->store, "s", &j, NULL)))
		return;
	for (int i = 0; i < 3; i++) {
		struct journal_batch b = batch_fill(journal_count(j) + 1, 50, bytes);
		err_t e = journal_commit(j, &b);
		if (is_told(l, e))
			l->records = journal_count(j);
		l->may_be_more |= e == ERR_STORE_WRITE;
		if (i == 1)
			is_told(l, journal_tidy(p->store, "s"));
		if (i < 2 && l->records > 0 && is_told(l, snapshot_write(p->store, "s", l->records, snapshot, sizeof snapshot)))
			l->snapshot = l->records;
	}
	read_all(p, l);
	buf_init(&out, 4096);
	if (is_told(l, snapshot_read(p->store, "s", UINT64_MAX, &number, &out)) && number > 0)
		assert_memory_equal(out.at, snapshot, sizeof snapshot);
	buf_free(&out);
	journal_close(j);
	is_told(l, journal_accept_loss(p->store, "s", &number, NULL));
}

static void live_once(struct place *p, struct life *l)
{
	if (!is_told(l, store_open_on(p->dir, p->disk, &p->store, NULL))) {
		p->store = NULL;
		return;
	}
	live_catalog(p->store, l);
	live_journal(p, l);
	store_close(p->store);
	p->store = NULL;
	struct catalog_loss loss = {0};
	if (is_told(l, store_look_for_loss(p->dir, &loss, NULL)))
		assert_int_equal(loss.lost, 0);
	if (is_told(l, store_accept_loss(p->dir, p->disk, &p->store, &loss, NULL))) {
		assert_int_equal(loss.lost, 0);
		store_close(p->store);
	}
	p->store = NULL;
	if (is_told(l, store_open_to_look(p->dir, &p->store, NULL))) {
		read_all(p, l);
		store_close(p->store);
	}
	p->store = NULL;
}

/* Opened again with nothing failing: all that was acknowledged is there, and it takes more. */
static void nothing_is_lost(struct place *p, const struct life *before)
{
	struct life l = *before;
	uint64_t n = 0;
	l.error_count = 0;
	p->disk = NULL;
	place_open(p);
	assert_int_equal(catalog_list(p->store, "kind", count_document, &n), ERR_NONE);
	assert_true(n >= l.documents);
	n = 0;
	assert_int_equal(chain_list(p->store, "audit", 1, UINT64_MAX, count_line, &n), ERR_NONE);
	assert_true(n >= l.lines);
	struct journal *j = journal_of(p, "s");
	assert_true(l.may_be_more ? journal_count(j) >= l.records : journal_count(j) == l.records);
	assert_int_equal(commit_next(j, 5), ERR_NONE);
	n = journal_count(j);
	journal_close(j);
	assert_int_equal(count_right(p, "s"), n);
	struct buf out;
	buf_init(&out, 4096);
	assert_int_equal(snapshot_read(p->store, "s", UINT64_MAX, &n, &out), ERR_NONE);
	assert_true(n >= l.snapshot);
	buf_free(&out);
	store_close(p->store);
	p->store = NULL;
}

static struct place *empty_place(void)
{
	struct place *p = calloc(1, sizeof *p);
	assert_non_null(p);
	snprintf(p->dir, sizeof p->dir, "%s/cordon-test-XXXXXX", PLACE_ROOT);
	assert_non_null(mkdtemp(p->dir));
	return p;
}

static void drop_place(struct place *p)
{
	nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(p);
}

static void each_taking_of_memory_fails_once(void **state)
{
	unsigned long n, told = 0;
	(void)state;
	for (n = 1; n < TAKINGS_MAX; n++) {
		struct place *p = empty_place();
		struct life l = {0};
		memory_refuse(n);
		live_once(p, &l);
		bool refused = memory_was_refused();
		for (unsigned i = 0; i < l.error_count; i++) {
			/* SQLite's own words for shared memory without memory are those of a disk that cannot be used; a document that is
			 * not there is not deleted. */
			err_t e = l.errors[i];
			if (e != ERR_MEMORY && e != ERR_STORE_OPEN && e != ERR_NOT_FOUND)
				fail_msg("taking %lu: %s", n, error_row(e)->code);
			told += e == ERR_MEMORY;
		}
		nothing_is_lost(p, &l);
		drop_place(p);
		if (!refused) {
			assert_int_equal(l.error_count, 1); /* k9 */
			break;
		}
	}
	assert_true(n < TAKINGS_MAX);
	print_message("%lu takings of memory refused, %lu times told\n", n - 1, told);
}

static void each_call_of_the_disk_fails_once_and_for_good(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EROFS, EACCES, EMFILE};
	static const unsigned long lengths[] = {1, 1000000};
	unsigned long failed = 0;
	(void)state;
	for (size_t k = 0; k < 10; k++) {
		for (unsigned long n = 1; n < TAKINGS_MAX; n++) {
			struct place *p = empty_place();
			struct life l = {0};
			p->disk = &bad_disk;
			bad = (struct bad_table){.fail_at = n, .error = errors[k / 2], .length = lengths[k % 2]};
			live_once(p, &l);
			bad.fail_at = 0;
			failed += bad.met;
			for (unsigned i = 0; i < l.error_count; i++) {
				err_t e = l.errors[i];
				if (e != ERR_STORE_OPEN && e != ERR_STORE_WRITE && e != ERR_STORE_FULL && e != ERR_NOT_FOUND && e != ERR_STORE_CORRUPT)
					fail_msg("call %lu, error %d: %s", n, errors[k / 2], error_row(e)->code);
			}
			nothing_is_lost(p, &l);
			drop_place(p);
			if (!bad.met)
				break;
		}
	}
	print_message("%lu calls of the disk failed\n", failed);
}

int main(int argc, char **argv)
{
	memory_begin_sqlite();
	log_set_level((enum log_level)-1);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_taking_of_memory_fails_once),
		cmocka_unit_test(each_call_of_the_disk_fails_once_and_for_good),
	};
	return cmocka_run_group_tests_name("the store without memory or disk", tests, NULL, NULL);
}
