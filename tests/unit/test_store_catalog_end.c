/* The witness of the catalog's end: a lost change is told with its count, never where nothing was lost, and there is a way back.
 * On this machine's disk, its files changed from outside as a careless hand or a bad disk would. */
#include <sqlite3.h>

#include "store_for_test.h"

#define CHANGES 12

static bool file_there(const struct place *p, const char *name, off_t *out_size)
{
	char path[256];
	struct stat st;
	place_path(p, name, path);
	bool is_there = stat(path, &st) == 0;
	if (is_there && out_size != NULL)
		*out_size = st.st_size;
	return is_there;
}

static void copy_file(const struct place *p, const char *name, const char *to)
{
	char from_path[256], to_path[256], bytes[4096];
	place_path(p, name, from_path);
	place_path(p, to, to_path);
	FILE *from = fopen(from_path, "rb"), *copy = fopen(to_path, "wb");
	assert_true(from != NULL && copy != NULL);
	for (size_t n; (n = fread(bytes, 1, sizeof(bytes), from)) > 0;)
		assert_int_equal(fwrite(bytes, 1, n, copy), n);
	fclose(from);
	assert_int_equal(fclose(copy), 0);
}

static void remove_file(const struct place *p, const char *name)
{
	char path[256];
	place_path(p, name, path);
	assert_int_equal(remove(path), 0);
}

/* Turns one bit, `back` bytes before the end. */
static void turn_a_bit(const struct place *p, const char *name, long back)
{
	char path[256];
	place_path(p, name, path);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, -back, SEEK_END), 0);
	int was = fgetc(f);
	assert_int_equal(fseek(f, -back, SEEK_END), 0);
	fputc(was ^ 4, f);
	assert_int_equal(fclose(f), 0);
}

static void change(struct place *p, const char *sql)
{
	char path[256];
	sqlite3 *db = NULL;
	place_path(p, "cordon.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool note_number(void *ctx, uint64_t number, struct text line)
{
	(void)line;
	*(uint64_t *)ctx = number;
	return true;
}

static uint64_t lines_of(struct store *s)
{
	uint64_t lines = 0;
	assert_int_equal(chain_list(s, "audit", 1, UINT64_MAX, note_number, &lines), ERR_NONE);
	return lines;
}

/* Twelve changes: documents, a deletion, lines; the last three are lines. */
static void make_changes(struct store *s)
{
	char words[32];
	for (int i = 0; i < CHANGES; i++) {
		snprintf(words, sizeof(words), "thing %d", i);
		if (i == 5)
			assert_int_equal(catalog_delete(s, "plan", "a"), ERR_NONE);
		else if (i % 3 == 1 && i < 9)
			assert_int_equal(catalog_put(s, "plan", "a", CATALOG_ANY, text_of(words), NULL), ERR_NONE);
		else
			assert_int_equal(chain_append(s, "audit", text_of(words), NULL), ERR_NONE);
	}
}

static const char *const files[] = {"cordon.db", "cordon.db-wal", "cordon.end"};

/* The files as a killed server leaves them: all in the log. The store is closed. */
static void leave_a_catalog(struct place *p)
{
	char name[64];
	make_changes(p->store);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s.kept", files[i]);
		copy_file(p, files[i], name);
	}
	store_close(p->store);
	p->store = NULL;
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s.kept", files[i]);
		copy_file(p, name, files[i]);
		remove_file(p, name);
	}
}

static void expect_refused(struct place *p, const char *words)
{
	struct problem problem = {0};
	struct store *s = NULL;
	assert_int_equal(store_open(p->dir, &s, &problem), ERR_STORE_CORRUPT);
	if (strstr(problem.detail, words) == NULL)
		fail_msg("\"%s\" is not in: %s", words, problem.detail);
	assert_non_null(strstr(problem.detail, "cordon verify --accept-loss cordon.db"));
	assert_null(s);
}

static uint64_t look(struct place *p)
{
	struct store *s = NULL;
	struct problem problem = {0};
	if (store_open_to_look(p->dir, &s, &problem) != ERR_NONE)
		fail_msg("%s", problem.detail);
	uint64_t lost = store_changes_lost(s);
	store_close(s);
	return lost;
}

static struct catalog_loss accept(struct place *p)
{
	struct problem problem = {0};
	struct catalog_loss loss = {99, 99};
	if (store_accept_loss(p->dir, NULL, &p->store, &loss, &problem) != ERR_NONE)
		fail_msg("%s", problem.detail);
	return loss;
}

static void open_again(struct place *p)
{
	store_close(p->store);
	place_open(p);
}

static void a_lost_change_is_told_and_everything_stays_as_it_lies(void **state)
{
	struct place *p = *state;
	leave_a_catalog(p);
	turn_a_bit(p, "cordon.db-wal", 100);
	for (int i = 0; i < 2; i++) {
		expect_refused(p, "ends at change 11, but cordon.end knows 12: 1 are missing");
		assert_int_equal(look(p), 1);
	}
	struct catalog_loss loss = {0};
	assert_int_equal(store_look_for_loss(p->dir, &loss, NULL), ERR_NONE);
	assert_int_equal(loss.kept, 11);
	assert_int_equal(loss.lost, 1);
	turn_a_bit(p, "cordon.db-wal", 100); /* who can mend the log has everything again */
	assert_int_equal(look(p), 0);
	place_open(p);
	assert_int_equal(lines_of(p->store), 8);
}

static void an_accepted_loss_keeps_the_damaged_log_and_the_witness_and_goes_on(void **state)
{
	struct place *p = *state;
	off_t size = 0, aside = 0;
	leave_a_catalog(p);
	turn_a_bit(p, "cordon.db-wal", 100);
	assert_true(file_there(p, "cordon.db-wal", &size));
	struct catalog_loss loss = accept(p);
	assert_int_equal(loss.kept, 11);
	assert_int_equal(loss.lost, 1);
	assert_int_equal(lines_of(p->store), 7);
	assert_int_equal(chain_append(p->store, "audit", TEXT("accepted"), NULL), ERR_NONE);
	assert_true(file_there(p, "cordon.db-wal.00000000000000000011.aside", &aside));
	assert_int_equal(aside, size);
	assert_true(file_there(p, "cordon.end.00000000000000000011.aside", NULL));
	open_again(p);
	assert_int_equal(lines_of(p->store), 8);
	store_close(p->store);
	p->store = NULL;
	loss = accept(p); /* once more: nothing to accept */
	assert_int_equal(loss.lost, 0);
	assert_false(file_there(p, "cordon.end.00000000000000000012.aside", NULL));
	assert_int_equal(lines_of(p->store), 8);
}

/* The same number lost twice: the second does not take the place of the first. */
static void what_was_set_aside_is_never_written_over(void **state)
{
	struct place *p = *state;
	for (int round = 0; round < 2; round++) {
		if (round == 0)
			leave_a_catalog(p);
		turn_a_bit(p, "cordon.db-wal", 100);
		assert_int_equal(accept(p).kept, 11);
		if (round == 1)
			break;
		assert_int_equal(chain_append(p->store, "audit", TEXT("once more"), NULL), ERR_NONE);
		copy_file(p, "cordon.db-wal", "kept");
		copy_file(p, "cordon.db", "kept.db");
		store_close(p->store);
		p->store = NULL;
		copy_file(p, "kept", "cordon.db-wal");
		copy_file(p, "kept.db", "cordon.db");
	}
	assert_true(file_there(p, "cordon.db-wal.00000000000000000011.aside", NULL));
	assert_true(file_there(p, "cordon.db-wal.00000000000000000011.aside-1", NULL));
	assert_true(file_there(p, "cordon.end.00000000000000000011.aside-1", NULL));
}

static void an_older_copy_of_the_catalog_alone_is_refused(void **state)
{
	struct place *p = *state;
	make_changes(p->store);
	open_again(p);
	store_close(p->store);
	copy_file(p, "cordon.db", "old");
	copy_file(p, "cordon.end", "old.end");
	place_open(p);
	make_changes(p->store);
	store_close(p->store);
	p->store = NULL;
	copy_file(p, "old", "cordon.db");
	expect_refused(p, "12 are missing");
	copy_file(p, "old.end", "cordon.end"); /* both of one copy */
	place_open(p);
	assert_int_equal(lines_of(p->store), 8);
}

static void another_history_of_the_same_length_is_refused(void **state)
{
	struct place *p = *state;
	make_changes(p->store);
	store_close(p->store);
	copy_file(p, "cordon.db", "one");
	remove_file(p, "cordon.db");
	remove_file(p, "cordon.end");
	place_open(p);
	for (int i = 0; i < CHANGES; i++)
		assert_int_equal(chain_append(p->store, "audit", TEXT("other"), NULL), ERR_NONE);
	store_close(p->store);
	p->store = NULL;
	copy_file(p, "one", "cordon.db");
	expect_refused(p, "change 12 of the catalog is not the one");
	assert_int_equal(accept(p).lost, 1);
	open_again(p);
	assert_int_equal(lines_of(p->store), 8);
}

static void a_catalog_that_is_gone_is_not_made_anew_in_silence(void **state)
{
	struct place *p = *state;
	make_changes(p->store);
	store_close(p->store);
	p->store = NULL;
	remove_file(p, "cordon.db");
	expect_refused(p, "missing or empty: 12 changes are missing");
	assert_false(file_there(p, "cordon.db", NULL));
	struct store *s = NULL;
	struct catalog_loss loss = {0};
	assert_int_equal(store_open_to_look(p->dir, &s, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(store_look_for_loss(p->dir, &loss, NULL), ERR_NONE);
	assert_int_equal(loss.lost, 12);
	loss = accept(p);
	assert_int_equal(loss.kept, 0);
	assert_int_equal(loss.lost, 12);
	assert_int_equal(chain_append(p->store, "audit", TEXT("anew"), NULL), ERR_NONE);
	open_again(p);
	assert_int_equal(lines_of(p->store), 1);
}

/* Folders of before this witness, and of whoever threw the file away. */
static void a_catalog_of_before_opens_and_counts_from_then_on(void **state)
{
	struct place *p = *state;
	make_changes(p->store);
	store_close(p->store);
	change(p, "DELETE FROM document WHERE kind = 'change-count'");
	remove_file(p, "cordon.end");
	assert_int_equal(look(p), 0);
	place_open(p);
	assert_int_equal(lines_of(p->store), 8);
	assert_int_equal(chain_append(p->store, "audit", TEXT("counted"), NULL), ERR_NONE);
	open_again(p);
	store_close(p->store);
	remove_file(p, "cordon.end");
	place_open(p); /* without a witness it gets one */
	assert_int_equal(lines_of(p->store), 9);
	store_close(p->store);
	p->store = NULL;
	change(p, "DELETE FROM document WHERE kind = 'change-count'");
	expect_refused(p, "ends at change 0, but cordon.end knows 1");
}

static void a_damaged_count_is_refused_and_accepted(void **state)
{
	struct place *p = *state;
	make_changes(p->store);
	store_close(p->store);
	p->store = NULL;
	change(p, "UPDATE document SET version = version + 1 WHERE kind = 'change-count'");
	expect_refused(p, "count of its changes is damaged");
	assert_true(look(p) == CATALOG_LOST_UNKNOWN);
	assert_true(accept(p).lost == CATALOG_LOST_UNKNOWN);
	assert_int_equal(chain_append(p->store, "audit", TEXT("accepted"), NULL), ERR_NONE);
	open_again(p);
	assert_int_equal(lines_of(p->store), 9);
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(look(p), 0);
}

static void none(void *ctx, const char *kind, const char *key, uint64_t number, bool is_good)
{
	(void)key;
	(void)number;
	assert_true(is_good);
	*(unsigned *)ctx += strcmp(kind, "chain") != 0;
}

static void the_count_is_nobodys_document(void **state)
{
	struct place *p = *state;
	bool whole = false;
	unsigned documents = 0;
	make_changes(p->store);
	assert_int_equal(catalog_put(p->store, "change-count", "last", CATALOG_ANY, TEXT("1"), NULL), ERR_NAME_BAD);
	assert_int_equal(catalog_delete(p->store, "change-count", "last"), ERR_NOT_FOUND);
	assert_int_equal(catalog_get(p->store, "change-count", "last", NULL, NULL), ERR_NOT_FOUND);
	assert_int_equal(catalog_check(p->store, none, &documents, &whole), ERR_NONE);
	assert_true(whole);
	assert_int_equal(documents, 1);
}

/* What fails changes nothing, and counts nothing: else the next opening would miss it. */
static void a_change_that_is_refused_is_not_counted(void **state)
{
	struct place *p = *state;
	make_changes(p->store);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(catalog_put(p->store, "plan", "a", 0, TEXT("x"), NULL), ERR_EXISTS);
		assert_int_equal(catalog_delete(p->store, "plan", "none"), ERR_NOT_FOUND);
	}
	open_again(p);
	assert_int_equal(lines_of(p->store), 8);
}

int main(void)
{
#define PLACE(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
	const struct CMUnitTest tests[] = {
		PLACE(a_lost_change_is_told_and_everything_stays_as_it_lies),
		PLACE(an_accepted_loss_keeps_the_damaged_log_and_the_witness_and_goes_on),
		PLACE(what_was_set_aside_is_never_written_over),
		PLACE(an_older_copy_of_the_catalog_alone_is_refused),
		PLACE(another_history_of_the_same_length_is_refused),
		PLACE(a_catalog_that_is_gone_is_not_made_anew_in_silence),
		PLACE(a_catalog_of_before_opens_and_counts_from_then_on),
		PLACE(a_damaged_count_is_refused_and_accepted),
		PLACE(the_count_is_nobodys_document),
		PLACE(a_change_that_is_refused_is_not_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
