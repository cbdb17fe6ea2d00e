/* Damaged files, enumerated: a journal in several states, and each of its files cut short at every length and with every byte
 * turned, near its end. What is asked: refused aloud, or every acknowledged record there and right. Never fewer in silence.
 *
 *   test_store_damage          what ./check runs
 *   test_store_damage full     every length and every byte of a larger part (a quarter of an hour) */
#include "store_for_test.h"
#include "world/disk.h"

#define FOLDER "/data/sessions/a/"
#define FILES_MAX 5

static bool is_full_run; /* set once, by main */

struct file {
	const char *name;
	unsigned char *bytes;
	size_t size;
};

/* A session's folder as it lies on a disk, and what was acknowledged. */
struct state {
	const char *what;
	struct file files[FILES_MAX];
	uint64_t records;
	uint64_t snapshots[2]; /* 0: none */
};

struct yard {
	struct world_disk *disk;
	struct place place;
	struct random random;
	bool is_full;
	unsigned long cases, refused, whole, passed_over;
};

static const char *const names[FILES_MAX] = {"journal.db", "journal.db-wal", "journal.end",
	"00000000000000000300.snapshot", "00000000000000000400.snapshot"};
enum { DB, WAL, WITNESS, SNAPSHOT, SNAPSHOT_NEWER };

static void yard_open(struct yard *y)
{
	y->disk = world_disk_new();
	y->place = (struct place){.dir = "/data", .disk = world_disk_table(y->disk)};
	log_set_level((enum log_level)-1);
	place_open(&y->place);
}

static void yard_close(struct yard *y)
{
	store_close(y->place.store);
	world_disk_free(y->disk);
}

/* ---- states ---- */

static uint8_t *snapshot_bytes(uint64_t number, size_t *out_size)
{
	*out_size = 3000 + number % 100;
	uint8_t *bytes = malloc(*out_size);
	assert_non_null(bytes);
	struct random r;
	random_seed(&r, number);
	for (size_t i = 0; i < *out_size; i++)
		bytes[i] = (uint8_t)random_u64(&r);
	return bytes;
}

static void write_snapshot(struct yard *y, uint64_t number)
{
	size_t size;
	uint8_t *bytes = snapshot_bytes(number, &size);
	assert_int_equal(snapshot_write(y->place.store, "a", number, bytes, size), ERR_NONE);
	free(bytes);
}

static void commit_some(struct yard *y, struct journal *j, int count)
{
	for (int i = 0; i < count; i++) /* now and then one over several pages */
		assert_int_equal(commit_next(j, i % 60 == 30 ? 200 : 1 + (uint32_t)random_below(&y->random, 4)), ERR_NONE);
}

/* Takes the files as they lie, the journal still open: as after a kill. */
static void take(struct yard *y, struct state *s)
{
	for (int i = 0; i < FILES_MAX; i++) {
		char path[128];
		size_t size = 0;
		snprintf(path, sizeof(path), FOLDER "%s", names[i]);
		const unsigned char *bytes = world_disk_bytes(y->disk, path, &size);
		s->files[i] = (struct file){.name = names[i]};
		if (bytes == NULL)
			continue;
		s->files[i].size = size;
		s->files[i].bytes = malloc(size + 1);
		assert_non_null(s->files[i].bytes);
		memcpy(s->files[i].bytes, bytes, size);
	}
}

static void state_free(struct state *s)
{
	for (int i = 0; i < FILES_MAX; i++)
		free(s->files[i].bytes);
}

enum { ALL_IN_LOG, MOSTLY_IN_FILE, JUST_TIDIED, CLOSED, WITH_SNAPSHOTS, STATES };
static const char *const state_names[STATES] = {"all in the log", "mostly in the file", "just tidied", "closed",
	"with two snapshots"};

static void make_state(struct yard *y, int which, struct state *s)
{
	*s = (struct state){.what = state_names[which]};
	struct journal *j = journal_of(&y->place, "a");
	/* Tidied now and then, so that a case is cheap: a short log. The last stretch is the longest, so it ends the log's file. */
	for (int i = 0; i < 6 && which != ALL_IN_LOG; i++) {
		commit_some(y, j, 36);
		assert_int_equal(journal_tidy(y->place.store, "a"), ERR_NONE);
	}
	commit_some(y, j, which == ALL_IN_LOG ? 100 : 44);
	if (which == JUST_TIDIED)
		assert_int_equal(journal_tidy(y->place.store, "a"), ERR_NONE);
	if (which == WITH_SNAPSHOTS) {
		write_snapshot(y, s->snapshots[0] = 300);
		write_snapshot(y, s->snapshots[1] = 400);
	}
	s->records = journal_count(j);
	assert_true(s->records > 400 || (which == ALL_IN_LOG && s->records > 300));
	if (which != CLOSED)
		take(y, s);
	journal_close(j);
	if (which == CLOSED)
		take(y, s);
}

static void lay(struct yard *y, const struct state *s)
{
	char path[128];
	for (int i = 0; i < FILES_MAX; i++) {
		snprintf(path, sizeof(path), FOLDER "%s", names[i]);
		if (s->files[i].bytes == NULL)
			world_disk_remove(y->disk, path);
		else
			world_disk_put(y->disk, path, s->files[i].bytes, s->files[i].size);
	}
}

/* ---- looking ---- */

static bool is_loud(err_t error)
{
	return error == ERR_STORE_CORRUPT || error == ERR_STORE_OPEN || error == ERR_STORE_VERSION || error == ERR_NOT_FOUND;
}

/* What the last call of a case says, for the one who has to look into it. */
static void blame(const struct state *s, int file, const char *how, size_t at, const char *what, unsigned long long n)
{
	fail_msg("%s, %s %s at %zu of %zu: %s (%llu of %llu)", s->what, names[file], how, at, s->files[file].size, what, n,
	         (unsigned long long)s->records);
}

/* Reads all; true: everything is there. Wrong bytes fail the test. */
static bool read_whole(struct yard *y, uint64_t *out_count)
{
	struct journal_reader *r = NULL;
	*out_count = 0;
	err_t error = journal_reader_open(y->place.store, "a", &r, NULL);
	if (error == ERR_NONE)
		error = read_on(r, out_count);
	journal_reader_close(r);
	assert_true(error == ERR_NONE || is_loud(error));
	return error == ERR_NONE;
}

static void look_at_snapshots(struct yard *y, const struct state *s)
{
	struct buf out;
	uint64_t number = 0;
	buf_init(&out, 1 << 20);
	assert_int_equal(snapshot_read(y->place.store, "a", s->records, &number, &out), ERR_NONE);
	assert_true(number == 0 || number == s->snapshots[0] || number == s->snapshots[1]);
	if (number != s->snapshots[1])
		y->passed_over++;
	if (number > 0) {
		size_t size;
		uint8_t *bytes = snapshot_bytes(number, &size);
		assert_int_equal(out.size, size);
		assert_memory_equal(out.at, bytes, size);
		free(bytes);
	}
	buf_free(&out);
}

/* One case: the damaged folder is read, and then opened for writing, each as it was damaged. */
static void look(struct yard *y, const struct state *s, int file, const char *how, size_t at)
{
	struct journal *j = NULL;
	uint64_t count;
	bool is_read = false;
	y->cases++;
	for (int turn = 0; turn < 2; turn++) {
		lay(y, s);
		if (turn == 0) {
			is_read = read_whole(y, &count);
			if (is_read && count != s->records)
				blame(s, file, how, at, "read in silence", count);
			continue;
		}
		err_t error = journal_open(y->place.store, "a", &j, NULL);
		if (error != ERR_NONE && !is_loud(error))
			blame(s, file, how, at, error_row(error)->code, 0);
		if (error != ERR_NONE) {
			y->refused++;
			continue;
		}
		if (journal_count(j) != s->records)
			blame(s, file, how, at, "opened in silence", journal_count(j));
		bool is_whole = read_whole(y, &count);
		if (is_whole && count != s->records)
			blame(s, file, how, at, "read in silence after opening", count);
		bool goes_on = is_whole && (y->is_full || y->cases % 8 == 0) && commit_next(j, 3) == ERR_NONE;
		if (goes_on && read_whole(y, &count) && count != s->records + 3)
			blame(s, file, how, at, "gone after a commit", count);
		y->refused += !is_whole;
		y->whole += is_whole;
		if (s->snapshots[0] > 0)
			look_at_snapshots(y, s);
		journal_close(j);
		j = NULL;
	}
	/* The witness and the snapshots are not the journal: whatever happens to them, that is whole. But a witness of which nothing
	 * can be read, and not because nothing was written, might have known more. */
	bool is_witness_gone = file == WITNESS && s->files[file].size < 28;
	if (file >= WITNESS && !is_read && !is_witness_gone)
		blame(s, file, how, at, "refused, though the journal is whole", 0);
}

/* ---- the damages ---- */

/* Where numbers lie that lead to other bytes: the beginnings of pages, frames, slots and heads. */
static bool is_head(int file, size_t at)
{
	switch (file) {
	case DB: return at < 100 || at % 4096 < 24;
	case WAL: return at < 32 || (at - 32) % (4096 + 24) < 24 + 24;
	case WITNESS: return at % 4096 < 28;
	default: return at < 32;
	}
}

static bool is_border(int file, size_t at)
{
	size_t step = file == WAL ? 4096 + 24 : 4096, from = file == WAL ? 32 : 0;
	return at < 64 || (at + 16 - from) % step < 32;
}

/* How much of the end is damaged, and how densely. */
static size_t part_of(const struct yard *y, int file)
{
	size_t size = y->is_full ? 24576 : 4096;
	return file == WITNESS ? 8192 : file == WAL ? size + 2 * 24 : size;
}

/* What is written over or not looked at in this state needs no more than a sample, when there is little time. */
static bool is_thin(const struct yard *y, int which, int file)
{
	return !y->is_full && ((file == DB && which != CLOSED) || (file == WITNESS && which != CLOSED) ||
	                       (file == WAL && (which == WITH_SNAPSHOTS || which == JUST_TIDIED)));
}

static void cut_short(struct yard *y, struct state *s, int file, bool is_thin)
{
	struct file *f = &s->files[file];
	size_t whole = f->size, from = whole > part_of(y, file) ? whole - part_of(y, file) : 0;
	for (size_t size = from; size < whole; size++) {
		if (!y->is_full && !is_border(file, size) && size % 7 != 0 && whole - size > 64)
			continue;
		if (is_thin && size % 8 != 0)
			continue;
		f->size = size;
		look(y, s, file, "cut short", size);
	}
	f->size = whole;
}

static void turn_bits(struct yard *y, struct state *s, int file, bool is_thin)
{
	struct file *f = &s->files[file];
	size_t from = f->size > part_of(y, file) ? f->size - part_of(y, file) : 0;
	for (size_t at = 0; at < f->size; at++) {
		if (at >= 128 && at < from) /* the first head too */
			at = from;
		bool all = is_head(file, at);
		unsigned one = (unsigned)random_below(&y->random, 8);
		if (!y->is_full && !all && file == WITNESS && at % 16 != 0) /* between the two places */
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			if ((!all && bit != one) || (is_thin && (at + bit) % 8 != 0))
				continue;
			f->bytes[at] = (unsigned char)(f->bytes[at] ^ 1u << bit);
			look(y, s, file, "turned", at);
			f->bytes[at] = (unsigned char)(f->bytes[at] ^ 1u << bit);
		}
	}
}

static void damage(int which, bool is_full)
{
	struct yard y = {.is_full = is_full};
	struct state s;
	random_seed(&y.random, 77 + (uint64_t)which);
	yard_open(&y);
	make_state(&y, which, &s);
	for (int file = 0; file < FILES_MAX; file++) {
		if (s.files[file].bytes == NULL)
			continue;
		unsigned long cases = y.cases, refused = y.refused;
		cut_short(&y, &s, file, is_thin(&y, which, file));
		unsigned long cuts = y.cases - cases;
		turn_bits(&y, &s, file, is_thin(&y, which, file));
		print_message("    %s: %s of %zu bytes: %lu cut short, %lu bits turned, %lu refused\n", s.what, names[file],
		              s.files[file].size, cuts, y.cases - cases - cuts, y.refused - refused);
	}
	print_message("    %s: %lu cases, %lu refused, %lu whole, 0 wrong; %lu snapshots passed over\n", s.what, y.cases,
	              y.refused, y.whole, y.passed_over);
	state_free(&s);
	yard_close(&y);
}

/* ---- the catalog ---- */

struct shelf {
	struct world_disk *disk;
	struct place place;
	unsigned char *bytes[3]; /* as they are good */
	size_t sizes[3];
	unsigned long cases, refused, whole;
};

#define LINES 120
#define CATALOG_FILES 3
static const char *const catalog_paths[CATALOG_FILES] = {"/data/cordon.db", "/data/cordon.db-wal", "/data/cordon.end"};

static bool check_line(void *ctx, uint64_t number, struct text line)
{
	char wanted[32];
	uint64_t *count = ctx;
	snprintf(wanted, sizeof(wanted), "line %d", (int)number);
	assert_true(number == *count + 1 && line.size == strlen(wanted) && memcmp(line.at, wanted, line.size) == 0);
	*count = number;
	return true;
}

static void look_at_catalog(struct shelf *s, int file, const unsigned char *bytes, size_t size)
{
	uint64_t lines = 0, version = 0;
	struct buf body;
	for (int i = 0; i < CATALOG_FILES; i++)
		world_disk_put(s->disk, catalog_paths[i], i == file ? bytes : s->bytes[i], i == file ? size : s->sizes[i]);
	s->cases++;
	err_t error = store_open_on("/data", s->place.disk, &s->place.store, NULL);
	if (error != ERR_NONE) {
		assert_true(is_loud(error) && (file != 2 || size < 28)); /* the witness is not the catalog, unless nothing of it is left */
		s->refused++;
		return;
	}
	buf_init(&body, 100);
	error = chain_list(s->place.store, "audit", 1, UINT64_MAX, check_line, &lines);
	err_t get_error = catalog_get(s->place.store, "plan", "a", &body, &version);
	assert_true(error == ERR_NONE || is_loud(error));
	assert_true(get_error == ERR_NONE || is_loud(get_error));
	if (get_error == ERR_NONE) { /* an older version, but then its own body */
		char wanted[32];
		snprintf(wanted, sizeof(wanted), "body %d", (int)version);
		assert_string_equal(body.at, wanted);
	}
	bool is_told = error != ERR_NONE || (get_error != ERR_NONE && get_error != ERR_NOT_FOUND);
	bool is_short = lines < LINES || version < LINES;
	s->refused += is_told;
	s->whole += !is_told && !is_short;
	if (!is_told && is_short)
		fail_msg("%s: %d of %d lines and version %d in silence", catalog_paths[file], (int)lines, LINES, (int)version);
	buf_free(&body);
	store_close(s->place.store);
}

static void fill_the_catalog(struct shelf *s)
{
	log_set_level((enum log_level)-1);
	s->disk = world_disk_new();
	s->place = (struct place){.dir = "/data", .disk = world_disk_table(s->disk)};
	place_open(&s->place);
	for (int i = 1; i <= LINES; i++) {
		char words[32];
		snprintf(words, sizeof(words), "line %d", i);
		assert_int_equal(chain_append(s->place.store, "audit", text_of(words), NULL), ERR_NONE);
		snprintf(words, sizeof(words), "body %d", i);
		assert_int_equal(catalog_put(s->place.store, "plan", "a", CATALOG_ANY, text_of(words), NULL), ERR_NONE);
	}
	for (int i = 0; i < CATALOG_FILES; i++) {
		const unsigned char *bytes = world_disk_bytes(s->disk, catalog_paths[i], &s->sizes[i]);
		assert_non_null(bytes);
		s->bytes[i] = malloc(s->sizes[i]);
		assert_non_null(s->bytes[i]);
		memcpy(s->bytes[i], bytes, s->sizes[i]);
	}
	store_close(s->place.store);
}

static void a_damaged_catalog_never_tells_anything_wrong_or_less(void **state)
{
	struct shelf s = {0};
	struct random r;
	(void)state;
	random_seed(&r, 9);
	fill_the_catalog(&s);
	for (int file = 0; file < CATALOG_FILES; file++) {
		unsigned long cases = s.cases, refused = s.refused;
		unsigned char *bytes = s.bytes[file], *copy = malloc(s.sizes[file]);
		size_t size = s.sizes[file], from = size > 4144 ? size - 4144 : 0;
		assert_non_null(copy);
		memcpy(copy, bytes, size);
		for (size_t at = from; at < size; at += is_full_run ? 1 : 3) {
			unsigned char bit = (unsigned char)(1u << random_below(&r, 8));
			look_at_catalog(&s, file, copy, at);
			copy[at] ^= bit;
			look_at_catalog(&s, file, copy, size);
			copy[at] ^= bit;
		}
		free(copy);
		print_message("    catalog: %s of %zu bytes: %lu cases, %lu refused\n", catalog_paths[file], size, s.cases - cases,
		              s.refused - refused);
	}
	print_message("    catalog: %lu cases, %lu refused, %lu whole, 0 ended earlier, 0 wrong\n", s.cases, s.refused, s.whole);
	for (int i = 0; i < CATALOG_FILES; i++)
		free(s.bytes[i]);
	world_disk_free(s.disk);
}


static void a_journal_all_in_its_log_is_never_read_short(void **state)
{
	(void)state;
	damage(ALL_IN_LOG, is_full_run);
}

static void a_journal_mostly_in_its_file_is_never_read_short(void **state)
{
	(void)state;
	damage(MOSTLY_IN_FILE, is_full_run);
}

static void a_journal_just_tidied_is_never_read_short(void **state)
{
	(void)state;
	damage(JUST_TIDIED, is_full_run);
}

static void a_closed_journal_is_never_read_short(void **state)
{
	(void)state;
	damage(CLOSED, is_full_run);
}

static void snapshots_are_passed_over_and_the_journal_stays_whole(void **state)
{
	(void)state;
	damage(WITH_SNAPSHOTS, is_full_run);
}

int main(int argc, char **argv)
{
	is_full_run = argc > 1 && strcmp(argv[1], "full") == 0;
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_journal_all_in_its_log_is_never_read_short),
		cmocka_unit_test(a_journal_mostly_in_its_file_is_never_read_short),
		cmocka_unit_test(a_journal_just_tidied_is_never_read_short),
		cmocka_unit_test(a_closed_journal_is_never_read_short),
		cmocka_unit_test(a_damaged_catalog_never_tells_anything_wrong_or_less),
		cmocka_unit_test(snapshots_are_passed_over_and_the_journal_stays_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
