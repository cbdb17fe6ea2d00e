/* The witness of a journal's end: a lost end is told with its count, never where nothing was lost, and there is a way back. */
#include <errno.h>
#include <sqlite3.h>

#include "store_for_test.h"
#include "world/disk.h"

#define FOLDER "/data/sessions/a/"

/* A disk that counts the calls for journal.end, and refuses its writes when told to. */
struct seen {
	struct disk table;
	const struct disk *under;
	struct world_disk *disk;
	struct place place;
	const char *name; /* of the witness that is watched; eleven bytes */
	int file;
	unsigned writes, syncs;
	bool is_refusing;
};

static int seen_open(void *self, const char *path, int flags)
{
	struct seen *s = self;
	int file = s->under->open(s->under->self, path, flags);
	size_t size = strlen(path);
	if (file >= 0 && size > 11 && strcmp(path + size - 11, s->name) == 0 && (flags & O_ACCMODE) != O_RDONLY)
		s->file = file;
	return file;
}

static ssize_t seen_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	struct seen *s = self;
	s->writes += file == s->file;
	if (file == s->file && s->is_refusing)
		return -EIO;
	return s->under->write(s->under->self, file, bytes, size, at);
}

static int seen_sync(void *self, int file)
{
	struct seen *s = self;
	s->syncs += file == s->file;
	return s->under->sync(s->under->self, file);
}

#define PASS(type, name, params, args) \
	static type seen_##name params { struct seen *s = self; return s->under->name args; }
PASS(int, lock, (void *self, int file), (s->under->self, file))
PASS(ssize_t, read, (void *self, int file, void *to, size_t n, uint64_t at), (s->under->self, file, to, n, at))
PASS(int64_t, size, (void *self, int file), (s->under->self, file))
PASS(int, allocate, (void *self, int file, uint64_t size), (s->under->self, file, size))
PASS(int, close, (void *self, int file), (s->under->self, file))
PASS(int, make_folder, (void *self, const char *path), (s->under->self, path))
PASS(int, folder_mode, (void *self, const char *path), (s->under->self, path))
PASS(int, sync_folder, (void *self, const char *path), (s->under->self, path))
PASS(int, list, (void *self, const char *path, disk_each each, void *ctx), (s->under->self, path, each, ctx))
PASS(int, rename, (void *self, const char *from, const char *to), (s->under->self, from, to))
PASS(int, remove, (void *self, const char *path), (s->under->self, path))
PASS(int64_t, free_size, (void *self, const char *path), (s->under->self, path))
#undef PASS

static int seen_make(void **state)
{
	struct seen *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	s->disk = world_disk_new();
	s->under = world_disk_table(s->disk);
	s->file = -1;
	s->name = "journal.end";
	s->table = (struct disk){
		.self = s, .vfs = s->under->vfs, .open = seen_open, .lock = seen_lock, .read = seen_read, .write = seen_write,
		.sync = seen_sync, .size = seen_size, .allocate = seen_allocate, .close = seen_close,
		.make_folder = seen_make_folder, .folder_mode = seen_folder_mode, .sync_folder = seen_sync_folder,
		.list = seen_list, .rename = seen_rename, .remove = seen_remove, .free_size = seen_free_size,
	};
	s->place = (struct place){.dir = "/data", .disk = &s->table};
	log_set_level((enum log_level)-1);
	place_open(&s->place);
	*state = s;
	return 0;
}

static int seen_drop(void **state)
{
	struct seen *s = *state;
	store_close(s->place.store);
	world_disk_free(s->disk);
	free(s);
	return 0;
}

/* A journal of ten batches of 7, left as a killed process leaves it: all in the log. */
static void leave_a_journal(struct seen *s)
{
	struct journal *j = journal_of(&s->place, "a");
	for (int i = 0; i < 10; i++)
		assert_int_equal(commit_next(j, 7), ERR_NONE);
	world_disk_cut_now(s->disk);
	journal_close(j);
	store_close(s->place.store);
	world_disk_kill_process(s->disk);
	place_open(&s->place);
}

/* Turns one bit, `back` bytes before the end. */
static void turn_a_bit_of(struct seen *s, const char *path, size_t back)
{
	size_t size;
	const unsigned char *bytes = world_disk_bytes(s->disk, path, &size);
	assert_true(bytes != NULL && size > back);
	unsigned char *copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	copy[size - back] ^= 4;
	world_disk_put(s->disk, path, copy, size);
	free(copy);
}

static void turn_a_bit_of_the_log(struct seen *s, size_t back)
{
	turn_a_bit_of(s, FOLDER "journal.db-wal", back);
}

static void a_lost_end_is_told_to_writers_and_readers(void **state)
{
	struct seen *s = *state;
	struct journal *j = NULL;
	struct journal_reader *r = NULL;
	struct problem problem = {0};
	leave_a_journal(s);
	turn_a_bit_of_the_log(s, 100);
	assert_int_equal(journal_reader_open(s->place.store, "a", &r, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "7 are missing"));
	assert_int_equal(journal_open(s->place.store, "a", &j, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "ends at record 63"));
	assert_non_null(strstr(problem.detail, "knows 70"));
	assert_non_null(strstr(problem.detail, "7 are missing"));
	assert_int_equal(journal_open(s->place.store, "a", &j, &problem), ERR_STORE_CORRUPT); /* and stays so */
	assert_null(j);
	turn_a_bit_of_the_log(s, 100); /* nothing was touched: who can mend the log has everything again */
	assert_int_equal(count_right(&s->place, "a"), 70);
	j = journal_of(&s->place, "a");
	assert_int_equal(journal_count(j), 70);
	journal_close(j);
}

static void an_accepted_loss_is_kept_aside_and_the_journal_goes_on(void **state)
{
	struct seen *s = *state;
	struct problem problem = {0};
	uint64_t lost = 99, number = 0;
	size_t size;
	struct buf b;
	leave_a_journal(s);
	assert_int_equal(snapshot_write(s->place.store, "a", 35, "old", 3), ERR_NONE);
	assert_int_equal(snapshot_write(s->place.store, "a", 70, "new", 3), ERR_NONE);
	turn_a_bit_of_the_log(s, 100);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, &problem), ERR_NONE);
	assert_int_equal(lost, 7);
	assert_non_null(world_disk_bytes(s->disk, FOLDER "journal.end.00000000000000000063.aside", &size));
	assert_non_null(world_disk_bytes(s->disk, FOLDER "00000000000000000070.snapshot.bad", &size));
	struct journal *j = journal_of(&s->place, "a");
	assert_int_equal(journal_count(j), 63);
	assert_int_equal(commit_next(j, 3), ERR_NONE);
	journal_close(j);
	assert_int_equal(count_right(&s->place, "a"), 66);
	buf_init(&b, 100);
	assert_int_equal(snapshot_read(s->place.store, "a", 66, &number, &b), ERR_NONE);
	assert_int_equal(number, 35);
	buf_free(&b);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, &problem), ERR_NONE);
	assert_int_equal(lost, 0);
	assert_int_equal(count_right(&s->place, "a"), 66);
}

static size_t size_of(struct seen *s, const char *path)
{
	size_t size = 0;
	return world_disk_bytes(s->disk, path, &size) == NULL ? 0 : size;
}

/* Whoever looks for the cause finds the damaged log, which goes on over its own beginning from then on. */
static void an_accepted_loss_keeps_a_copy_of_the_damaged_log(void **state)
{
	struct seen *s = *state;
	uint64_t lost = 0;
	leave_a_journal(s);
	turn_a_bit_of_the_log(s, 100);
	size_t size = size_of(s, FOLDER "journal.db-wal");
	assert_true(size > 0);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, NULL), ERR_NONE);
	assert_int_equal(lost, 7);
	assert_int_equal(size_of(s, FOLDER "journal.db-wal.00000000000000000063.aside"), size);
	assert_int_equal(size_of(s, FOLDER "journal.db.00000000000000000063.aside"), 0); /* that loses nothing */
}

static void a_loss_is_not_accepted_where_the_log_cannot_be_kept(void **state)
{
	struct seen *s = *state;
	struct problem problem = {0};
	uint64_t lost = 99;
	leave_a_journal(s);
	turn_a_bit_of_the_log(s, 100);
	world_disk_remove(s->disk, "/data/reserve");
	size_t size = size_of(s, FOLDER "journal.db-wal");
	world_disk_set_size(s->disk, (64u << 20) - (uint64_t)s->under->free_size(s->under->self, "/data"));
	err_t error = journal_accept_loss(s->place.store, "a", &lost, &problem);
	world_disk_set_size(s->disk, 64u << 20);
	assert_int_equal(error, ERR_STORE_FULL);
	assert_int_equal(lost, 99);
	assert_int_equal(size_of(s, FOLDER "journal.db-wal"), size);
	assert_int_equal(size_of(s, FOLDER "journal.db-wal.00000000000000000063.aside"), 0);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, &problem), ERR_NONE);
	assert_int_equal(lost, 7);
	assert_int_equal(count_right(&s->place, "a"), 63);
}

/* Of a record that lies whole on one page. */
static void turn_a_byte_of_record(struct seen *s, uint64_t number)
{
	size_t size;
	uint8_t wanted[RECORD_SIZE];
	record_fill(number, wanted);
	const unsigned char *bytes = world_disk_bytes(s->disk, FOLDER "journal.db", &size);
	assert_non_null(bytes);
	const unsigned char *at = memmem(bytes, size, wanted, sizeof(wanted));
	assert_non_null(at);
	unsigned char *copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, bytes, size);
	copy[at - bytes + 20] ^= 4;
	world_disk_put(s->disk, FOLDER "journal.db", copy, size);
	free(copy);
}

static void ten_closed_batches(struct seen *s)
{
	struct journal *j = journal_of(&s->place, "a");
	for (int i = 0; i < 10; i++)
		assert_int_equal(commit_next(j, 7), ERR_NONE);
	journal_close(j);
}

static void expect_let_go(struct seen *s, uint64_t kept)
{
	struct journal *j = NULL;
	struct journal_loss loss;
	uint64_t lost = 0;
	char aside[128];
	size_t size = size_of(s, FOLDER "journal.db");
	assert_int_equal(journal_open(s->place.store, "a", &j, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(journal_look_for_loss(s->place.store, "a", &loss, NULL), ERR_NONE);
	assert_int_equal(loss.kept, kept);
	assert_int_equal(loss.lost, 70 - kept);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, NULL), ERR_NONE);
	assert_int_equal(lost, 70 - kept);
	snprintf(aside, sizeof(aside), FOLDER "journal.db.%020llu.aside", (unsigned long long)kept);
	assert_int_equal(size_of(s, aside), size);
	assert_int_equal(count_right(&s->place, "a"), kept);
	j = journal_of(&s->place, "a");
	assert_int_equal(commit_next(j, 7), ERR_NONE);
	journal_close(j);
	assert_int_equal(count_right(&s->place, "a"), kept + 7);
}

static void a_last_batch_that_fails_its_check_can_be_let_go(void **state)
{
	struct seen *s = *state;
	ten_closed_batches(s);
	turn_a_byte_of_record(s, 70);
	expect_let_go(s, 63);
}

static void so_can_several_and_without_a_witness(void **state)
{
	struct seen *s = *state;
	ten_closed_batches(s);
	turn_a_byte_of_record(s, 57);
	turn_a_byte_of_record(s, 64);
	world_disk_remove(s->disk, FOLDER "journal.end");
	expect_let_go(s, 56);
}

/* What is damaged before a whole last batch is no lost end: nothing may be thrown away for it. */
static void a_damaged_batch_in_the_middle_is_not_let_go(void **state)
{
	struct seen *s = *state;
	struct journal_loss loss;
	uint64_t lost = 99;
	size_t size;
	ten_closed_batches(s);
	turn_a_byte_of_record(s, 60);
	assert_int_equal(journal_look_for_loss(s->place.store, "a", &loss, NULL), ERR_NONE);
	assert_int_equal(loss.kept, 70);
	assert_int_equal(loss.lost, 0);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, NULL), ERR_NONE);
	assert_int_equal(lost, 0);
	turn_a_byte_of_record(s, 69); /* they are all there still */
	assert_null(world_disk_bytes(s->disk, FOLDER "journal.db.00000000000000000070.aside", &size));
}

/* ---- cut short while it is accepted ---- */

struct cuts {
	struct seen *seen;
	struct random random;
	bool may_come_back; /* with a log whose removal was not on disk yet, and which has the batch as it was */
	unsigned looks, refused;
};

/* The disk as a kill or a power cut leaves it in the middle: what is whole is there, and the way back can be gone to its end. */
static void look_at_a_half_accepted_journal(void *ctx)
{
	struct cuts *c = ctx;
	for (int fate = 0; fate < 3; fate++) {
		struct world_disk *disk = world_disk_copy(c->seen->disk, fate == 0 ? NULL : &c->random);
		struct place p = {.dir = "/data", .disk = world_disk_table(disk)};
		struct journal *j = NULL;
		uint64_t lost = 0;
		place_open(&p);
		err_t error = journal_open(p.store, "a", &j, NULL);
		journal_close(j);
		assert_true(error == ERR_NONE || error == ERR_STORE_CORRUPT);
		c->refused += error != ERR_NONE;
		assert_int_equal(journal_accept_loss(p.store, "a", &lost, NULL), ERR_NONE);
		assert_true((error == ERR_NONE) == (lost == 0));
		uint64_t count = count_right(&p, "a");
		assert_true(count == 63 || (c->may_come_back && lost == 0 && count == 70));
		c->looks++;
		store_close(p.store);
		world_disk_free(disk);
	}
}

static void accept_and_cut(struct seen *s, bool may_come_back)
{
	struct cuts c = {.seen = s, .may_come_back = may_come_back};
	uint64_t lost = 0;
	random_seed(&c.random, 5);
	world_disk_watch(s->disk, look_at_a_half_accepted_journal, &c);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, NULL), ERR_NONE);
	world_disk_watch(s->disk, NULL, NULL);
	print_message("    %u cuts, %u before it was accepted\n", c.looks, c.refused);
	assert_true(c.refused > 0 && c.refused < c.looks);
}

static void a_cut_at_every_change_of_accepting_a_lost_end_leaves_the_way_open(void **state)
{
	struct seen *s = *state;
	leave_a_journal(s);
	turn_a_bit_of_the_log(s, 100);
	accept_and_cut(s, false);
}

static void so_does_one_of_letting_a_damaged_batch_go(void **state)
{
	struct seen *s = *state;
	ten_closed_batches(s);
	turn_a_byte_of_record(s, 70);
	accept_and_cut(s, true);
}

static void look_at_a_half_accepted_catalog(void *ctx)
{
	struct cuts *c = ctx;
	for (int fate = 0; fate < 3; fate++) {
		struct world_disk *disk = world_disk_copy(c->seen->disk, fate == 0 ? NULL : &c->random);
		struct store *store = NULL;
		struct catalog_loss loss = {0};
		uint64_t number = 0;
		err_t error = store_open_on("/data", world_disk_table(disk), &store, NULL);
		assert_true(error == ERR_NONE || error == ERR_STORE_CORRUPT);
		c->refused += error != ERR_NONE;
		store_close(store);
		assert_int_equal(store_accept_loss("/data", world_disk_table(disk), &store, &loss, NULL), ERR_NONE);
		assert_true((error == ERR_NONE) == (loss.lost == 0));
		assert_int_equal(chain_append(store, "audit", TEXT("a line"), &number), ERR_NONE);
		assert_int_equal(number, 5);
		c->looks++;
		store_close(store);
		world_disk_free(disk);
	}
}

static void a_cut_at_every_change_of_accepting_a_catalog_leaves_the_way_open(void **state)
{
	struct seen *s = *state;
	struct cuts c = {.seen = s};
	struct catalog_loss loss = {0};
	random_seed(&c.random, 6);
	for (int i = 0; i < 5; i++)
		assert_int_equal(chain_append(s->place.store, "audit", TEXT("a line"), NULL), ERR_NONE);
	world_disk_cut_now(s->disk);
	store_close(s->place.store);
	s->place.store = NULL;
	world_disk_kill_process(s->disk);
	turn_a_bit_of(s, "/data/cordon.db-wal", 100);
	world_disk_watch(s->disk, look_at_a_half_accepted_catalog, &c);
	assert_int_equal(store_accept_loss("/data", &s->table, &s->place.store, &loss, NULL), ERR_NONE);
	world_disk_watch(s->disk, NULL, NULL);
	assert_true(loss.kept == 4 && loss.lost == 1);
	print_message("    %u cuts, %u before it was accepted\n", c.looks, c.refused);
	assert_true(c.refused > 0 && c.refused < c.looks);
}

static void a_journal_of_another_history_is_refused(void **state)
{
	struct seen *s = *state;
	struct journal *j = journal_of(&s->place, "a");
	struct problem problem = {0};
	uint64_t lost = 0;
	size_t size;
	for (int i = 0; i < 10; i++)
		assert_int_equal(commit_next(j, 7), ERR_NONE);
	journal_close(j);
	j = journal_of(&s->place, "b");
	for (int i = 0; i < 20; i++)
		assert_int_equal(commit_next(j, 10), ERR_NONE);
	journal_close(j);
	const unsigned char *other = world_disk_bytes(s->disk, "/data/sessions/b/journal.db", &size);
	unsigned char *copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, other, size);
	world_disk_put(s->disk, FOLDER "journal.db", copy, size);
	free(copy);
	assert_int_equal(journal_open(s->place.store, "a", &j, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "not the one that was committed"));
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, NULL), ERR_NONE);
	assert_int_equal(lost, 7);
	assert_int_equal(count_right(&s->place, "a"), 200);
}

static void a_commit_writes_it_once_and_never_syncs_it(void **state)
{
	struct seen *s = *state;
	struct journal *j = journal_of(&s->place, "a");
	unsigned writes = s->writes;
	for (int i = 0; i < 50; i++)
		assert_int_equal(commit_next(j, 3), ERR_NONE);
	assert_int_equal(s->writes - writes, 50);
	assert_int_equal(s->syncs, 0);
	journal_close(j);
	assert_int_equal(s->syncs, 1);
}

static void a_witness_that_cannot_be_written_is_no_error_of_the_commit(void **state)
{
	struct seen *s = *state;
	struct journal *j = journal_of(&s->place, "a");
	assert_int_equal(commit_next(j, 3), ERR_NONE);
	s->is_refusing = true;
	for (int i = 0; i < 5; i++)
		assert_int_equal(commit_next(j, 3), ERR_NONE);
	journal_close(j);
	s->is_refusing = false;
	j = journal_of(&s->place, "a"); /* it knows less: no reason to refuse; and now it knows all again */
	assert_int_equal(journal_count(j), 18);
	journal_close(j);
	assert_int_equal(count_right(&s->place, "a"), 18);
}

static void a_change_of_the_catalog_writes_its_witness_once_and_may_fail_to(void **state)
{
	struct seen *s = *state;
	store_close(s->place.store);
	s->name = "/cordon.end";
	for (int round = 0; round < 2; round++) {
		place_open(&s->place);
		unsigned writes = s->writes, syncs = s->syncs;
		s->is_refusing = round == 1;
		for (int i = 0; i < 50; i++)
			assert_int_equal(chain_append(s->place.store, "audit", TEXT("a line"), NULL), ERR_NONE);
		assert_int_equal(s->writes - writes, 50);
		assert_int_equal(s->syncs, syncs);
		store_close(s->place.store);
		assert_int_equal(s->syncs - syncs, 1);
	}
	s->is_refusing = false;
	place_open(&s->place); /* it knows less: no reason to refuse */
	uint64_t number = 0;
	assert_int_equal(chain_append(s->place.store, "audit", TEXT("a line"), &number), ERR_NONE);
	assert_int_equal(number, 101);
}

/* Folders of before, and of whoever threw the file away, or put something else there. */
static void spoil_a_place_of(struct seen *s, const char *path, unsigned place)
{
	size_t size;
	unsigned char bytes[8192];
	const unsigned char *before = world_disk_bytes(s->disk, path, &size);
	assert_true(before != NULL && size == sizeof(bytes));
	memcpy(bytes, before, size);
	bytes[place * 4096 + 10] ^= 1;
	world_disk_put(s->disk, path, bytes, size);
}

/* Both places bear marks that cannot be read: no torn write does that, and what it knew is not known. */
static void a_damaged_witness_is_no_missing_one(void **state)
{
	struct seen *s = *state;
	uint64_t lost = 0;
	struct journal *j = NULL;
	struct journal_reader *r = NULL;
	struct problem problem = {0};
	ten_closed_batches(s);
	spoil_a_place_of(s, FOLDER "journal.end", 0);
	assert_int_equal(journal_open(s->place.store, "a", &j, NULL), ERR_NONE); /* one place is enough */
	journal_close(j);
	spoil_a_place_of(s, FOLDER "journal.end", 1); /* the other was not written anew: nothing was new to it */
	assert_int_equal(journal_open(s->place.store, "a", &j, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "damaged"));
	assert_int_equal(journal_reader_open(s->place.store, "a", &r, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(journal_accept_loss(s->place.store, "a", &lost, NULL), ERR_NONE);
	assert_true(lost == JOURNAL_LOST_UNKNOWN);
	assert_int_equal(journal_open(s->place.store, "a", &j, NULL), ERR_NONE);
	assert_int_equal(journal_count(j), 70);
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	journal_close(j);
	assert_int_equal(count_right(&s->place, "a"), 80);
	world_disk_put(s->disk, FOLDER "journal.end", "noise", 5);
	assert_int_equal(journal_open(s->place.store, "a", &j, NULL), ERR_STORE_CORRUPT);
}

static void a_damaged_witness_of_the_catalog_is_no_missing_one(void **state)
{
	struct seen *s = *state;
	struct problem problem = {0};
	struct catalog_loss loss = {0};
	for (int i = 0; i < 3; i++)
		assert_int_equal(catalog_put(s->place.store, "plan", "a", CATALOG_ANY, TEXT("x"), NULL), ERR_NONE);
	store_close(s->place.store);
	s->place.store = NULL;
	spoil_a_place_of(s, "/data/cordon.end", 0);
	spoil_a_place_of(s, "/data/cordon.end", 1);
	assert_int_equal(store_open_on("/data", &s->table, &s->place.store, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "damaged"));
	assert_int_equal(store_accept_loss("/data", &s->table, &s->place.store, &loss, NULL), ERR_NONE);
	assert_true(loss.lost == CATALOG_LOST_UNKNOWN);
	store_close(s->place.store);
	s->place.store = NULL;
	place_open(&s->place);
	assert_int_equal(catalog_put(s->place.store, "plan", "a", 3, TEXT("y"), NULL), ERR_NONE);
}

/* A page that hides rows: lists were short without a word, and the server started as if all were well. */
static void a_catalog_with_a_damaged_page_is_refused_and_left_alone(void **state)
{
	struct seen *s = *state;
	struct problem problem = {0};
	struct catalog_loss loss = {0};
	char key[16], body[400];
	memset(body, 'x', sizeof(body));
	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof(key), "plan-%03d", i);
		assert_int_equal(catalog_put(s->place.store, "plan", key, 0, (struct text){body, sizeof(body)}, NULL), ERR_NONE);
	}
	store_close(s->place.store);
	s->place.store = NULL;
	size_t size, end_size;
	const unsigned char *before = world_disk_bytes(s->disk, "/data/cordon.db", &size);
	assert_true(before != NULL && size > 10 * 4096);
	unsigned char *copy = malloc(size);
	assert_non_null(copy);
	memcpy(copy, before, size);
	size_t page = 4096;
	while (page < size && copy[page] != 0x0D) /* a leaf of a table */
		page += 4096;
	for (page += 4096; page < size && copy[page] != 0x0D; page += 4096) /* and not the first one */
		;
	assert_true(page < size && copy[page + 4] > 2);
	copy[page + 4] = 1; /* it says that it has one row */
	world_disk_put(s->disk, "/data/cordon.db", copy, size);
	free(copy);
	assert_int_equal(store_open_on("/data", &s->table, &s->place.store, &problem), ERR_STORE_CORRUPT);
	assert_int_equal(store_accept_loss("/data", &s->table, &s->place.store, &loss, &problem), ERR_STORE_CORRUPT);
	assert_non_null(strstr(problem.detail, "copy"));
	assert_non_null(world_disk_bytes(s->disk, "/data/cordon.end", &end_size)); /* not moved for nothing */
	s->place.store = NULL;
}

static void a_journal_without_a_witness_gets_one(void **state)
{
	struct seen *s = *state;
	static const unsigned char blank[8192]; /* made, and the power went before anything was written */
	for (int round = 0; round < 2; round++) {
		struct journal *j = NULL;
		leave_a_journal(s);
		if (round == 1)
			world_disk_put(s->disk, FOLDER "journal.end", blank, sizeof(blank));
		else
			world_disk_remove(s->disk, FOLDER "journal.end");
		j = journal_of(&s->place, "a");
		uint64_t count = journal_count(j);
		assert_int_equal(count, 70);
		assert_int_equal(count_right(&s->place, "a"), count);
		journal_close(j);
		world_disk_remove(s->disk, FOLDER "journal.db");
		world_disk_remove(s->disk, FOLDER "journal.db-wal");
		j = NULL;
		assert_int_equal(journal_open(s->place.store, "a", &j, NULL), ERR_STORE_CORRUPT); /* it knows again */
		assert_null(j);
		world_disk_remove(s->disk, FOLDER "journal.db");
		world_disk_remove(s->disk, FOLDER "journal.db-wal");
		world_disk_remove(s->disk, FOLDER "journal.end");
	}
}

int main(void)
{
#define SEEN(name) cmocka_unit_test_setup_teardown(name, seen_make, seen_drop)
	const struct CMUnitTest tests[] = {
		SEEN(a_lost_end_is_told_to_writers_and_readers),
		SEEN(an_accepted_loss_is_kept_aside_and_the_journal_goes_on),
		SEEN(an_accepted_loss_keeps_a_copy_of_the_damaged_log),
		SEEN(a_loss_is_not_accepted_where_the_log_cannot_be_kept),
		SEEN(a_last_batch_that_fails_its_check_can_be_let_go),
		SEEN(so_can_several_and_without_a_witness),
		SEEN(a_damaged_batch_in_the_middle_is_not_let_go),
		SEEN(a_cut_at_every_change_of_accepting_a_lost_end_leaves_the_way_open),
		SEEN(so_does_one_of_letting_a_damaged_batch_go),
		SEEN(a_cut_at_every_change_of_accepting_a_catalog_leaves_the_way_open),
		SEEN(a_journal_of_another_history_is_refused),
		SEEN(a_commit_writes_it_once_and_never_syncs_it),
		SEEN(a_witness_that_cannot_be_written_is_no_error_of_the_commit),
		SEEN(a_change_of_the_catalog_writes_its_witness_once_and_may_fail_to),
		SEEN(a_damaged_witness_is_no_missing_one),
		SEEN(a_damaged_witness_of_the_catalog_is_no_missing_one),
		SEEN(a_catalog_with_a_damaged_page_is_refused_and_left_alone),
		SEEN(a_journal_without_a_witness_gets_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
