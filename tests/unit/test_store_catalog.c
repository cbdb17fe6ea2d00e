/* The catalog: documents change only as their writer saw them; chains only grow. */
#include <pthread.h>
#include <sqlite3.h>

#include "store_for_test.h"

static err_t put(struct place *p, const char *key, uint64_t expected, const char *body, uint64_t *version)
{
	return catalog_put(p->store, "plan", key, expected, text_of(body), version);
}

static void expect_document(struct place *p, const char *kind, const char *key, const char *body, uint64_t version)
{
	struct buf b;
	uint64_t v = 0;
	buf_init(&b, 1000);
	assert_int_equal(catalog_get(p->store, kind, key, &b, &v), ERR_NONE);
	assert_int_equal(b.size, strlen(body));
	assert_true(b.size == 0 || strcmp(b.at, body) == 0);
	assert_int_equal(v, version);
	buf_free(&b);
}

static void a_document_has_versions_and_survives(void **state)
{
	struct place *p = *state;
	uint64_t v = 0;
	assert_int_equal(put(p, "a", 0, "one", &v), ERR_NONE);
	assert_int_equal(v, 1);
	assert_int_equal(put(p, "a", 1, "two", &v), ERR_NONE);
	assert_int_equal(v, 2);
	assert_int_equal(put(p, "a", CATALOG_ANY, "three", &v), ERR_NONE);
	assert_int_equal(v, 3);
	assert_int_equal(put(p, "b", CATALOG_ANY, "", NULL), ERR_NONE);
	store_close(p->store);
	place_open(p);
	expect_document(p, "plan", "a", "three", 3);
	expect_document(p, "plan", "b", "", 1);
}

static void a_writer_who_saw_another_version_changes_nothing(void **state)
{
	struct place *p = *state;
	uint64_t v = 77;
	assert_int_equal(put(p, "a", 1, "x", &v), ERR_NOT_FOUND);
	assert_int_equal(put(p, "a", 0, "one", NULL), ERR_NONE);
	assert_int_equal(put(p, "a", 0, "x", &v), ERR_EXISTS);
	assert_int_equal(put(p, "a", 2, "x", &v), ERR_STALE);
	assert_int_equal(put(p, "a", 1, "two", NULL), ERR_NONE);
	assert_int_equal(put(p, "a", 1, "x", &v), ERR_STALE);
	assert_int_equal(v, 77);
	expect_document(p, "plan", "a", "two", 2);
}

static void kinds_do_not_mix_and_deleted_is_gone(void **state)
{
	struct place *p = *state;
	struct buf b;
	buf_init(&b, 100);
	assert_int_equal(put(p, "a", 0, "plan", NULL), ERR_NONE);
	assert_int_equal(catalog_put(p->store, "user", "a", 0, TEXT("user"), NULL), ERR_NONE);
	assert_int_equal(catalog_delete(p->store, "plan", "a"), ERR_NONE);
	assert_int_equal(catalog_delete(p->store, "plan", "a"), ERR_NOT_FOUND);
	assert_int_equal(catalog_get(p->store, "plan", "a", &b, NULL), ERR_NOT_FOUND);
	assert_int_equal(b.size, 0);
	expect_document(p, "user", "a", "user", 1);
	assert_int_equal(put(p, "a", 0, "again", NULL), ERR_NONE);
	expect_document(p, "plan", "a", "again", 1);
}

static void names_and_bodies_have_limits(void **state)
{
	struct place *p = *state;
	char key[300];
	memset(key, 'k', sizeof(key));
	key[257] = '\0';
	assert_int_equal(put(p, "", 0, "x", NULL), ERR_NAME_BAD);
	assert_int_equal(put(p, key, 0, "x", NULL), ERR_NAME_BAD);
	assert_int_equal(put(p, "\xFF", 0, "x", NULL), ERR_NAME_BAD);
	assert_int_equal(catalog_put(p->store, "", "a", 0, TEXT("x"), NULL), ERR_NAME_BAD);
	struct text huge = {"x", CATALOG_BODY_BYTES_MAX + 1};
	assert_int_equal(catalog_put(p->store, "plan", "a", 0, huge, NULL), ERR_TOO_LARGE);
	key[256] = '\0';
	assert_int_equal(put(p, key, 0, "x", NULL), ERR_NONE);
	expect_document(p, "plan", key, "x", 1);
	struct buf small;
	buf_init(&small, 2);
	assert_int_equal(put(p, "a", 0, "xyz", NULL), ERR_NONE);
	assert_int_equal(catalog_get(p->store, "plan", "a", &small, NULL), ERR_TOO_LARGE);
	uint64_t v = 0;
	assert_int_equal(catalog_get(p->store, "plan", "a", NULL, &v), ERR_NONE);
	assert_int_equal(v, 1);
	buf_free(&small);
}

static void a_large_body_with_any_byte_comes_back(void **state)
{
	struct place *p = *state;
	size_t size = 3000000;
	char *body = malloc(size);
	struct buf b;
	assert_non_null(body);
	for (size_t i = 0; i < size; i++)
		body[i] = (char)(i * 31 + i / 4096);
	buf_init(&b, size);
	assert_int_equal(catalog_put(p->store, "plan", "big", 0, (struct text){body, size}, NULL), ERR_NONE);
	assert_int_equal(catalog_get(p->store, "plan", "big", &b, NULL), ERR_NONE);
	assert_int_equal(b.size, size);
	assert_memory_equal(b.at, body, size);
	buf_free(&b);
	free(body);
}

struct listing {
	struct place *place;
	struct buf out;
	int left;
};

static bool note(void *ctx, const char *key, uint64_t version, struct text body)
{
	struct listing *l = ctx;
	if (body.at == NULL) {
		buf_addf(&l->out, "%s is damaged ", key);
		return true;
	}
	buf_addf(&l->out, "%s@%d=%.*s ", key, (int)version, (int)body.size, body.at);
	if (l->place != NULL)
		expect_document(l->place, "plan", key, "v", 1); /* reading from within is allowed */
	return --l->left > 0;
}

static void documents_are_listed_in_order_of_key(void **state)
{
	struct place *p = *state;
	struct listing l = {.place = p, .left = 100};
	buf_init(&l.out, 1000);
	assert_int_equal(catalog_list(p->store, "plan", note, &l), ERR_NONE);
	assert_int_equal(l.out.size, 0);
	static const char *const keys[] = {"c", "a", "b", "a1", "\xE5\x9C\xBA"};
	for (int i = 0; i < 5; i++)
		assert_int_equal(put(p, keys[i], 0, "v", NULL), ERR_NONE);
	assert_int_equal(catalog_put(p->store, "other", "a", 0, TEXT("x"), NULL), ERR_NONE);
	assert_int_equal(catalog_list(p->store, "plan", note, &l), ERR_NONE);
	assert_string_equal(l.out.at, "a@1=v a1@1=v b@1=v c@1=v \xE5\x9C\xBA@1=v ");
	buf_reset(&l.out);
	l.left = 2;
	assert_int_equal(catalog_list(p->store, "plan", note, &l), ERR_NONE);
	assert_string_equal(l.out.at, "a@1=v a1@1=v ");
	buf_free(&l.out);
}

static bool note_line(void *ctx, uint64_t number, struct text line)
{
	struct listing *l = ctx;
	buf_addf(&l->out, "%d=%.*s ", (int)number, (int)line.size, line.at);
	return --l->left > 0;
}

static void a_chain_grows_by_one_and_is_read_in_parts(void **state)
{
	struct place *p = *state;
	struct listing l = {.left = 100};
	uint64_t number = 0;
	buf_init(&l.out, 1000);
	for (uint64_t i = 1; i <= 5; i++) {
		char line[8];
		snprintf(line, sizeof(line), "l%d", (int)i);
		assert_int_equal(chain_append(p->store, "audit", text_of(line), &number), ERR_NONE);
		assert_int_equal(number, i);
	}
	assert_int_equal(chain_append(p->store, "other", TEXT("x"), &number), ERR_NONE);
	assert_int_equal(number, 1);
	assert_int_equal(chain_append(p->store, "", TEXT("x"), &number), ERR_NAME_BAD);
	struct text huge = {"x", CHAIN_LINE_BYTES_MAX + 1};
	assert_int_equal(chain_append(p->store, "audit", huge, NULL), ERR_TOO_LARGE);
	store_close(p->store);
	place_open(p);
	assert_int_equal(chain_list(p->store, "audit", 0, UINT64_MAX, note_line, &l), ERR_NONE);
	assert_string_equal(l.out.at, "1=l1 2=l2 3=l3 4=l4 5=l5 ");
	buf_reset(&l.out);
	assert_int_equal(chain_list(p->store, "audit", 3, 2, note_line, &l), ERR_NONE);
	assert_string_equal(l.out.at, "3=l3 4=l4 ");
	buf_reset(&l.out);
	l.left = 1;
	assert_int_equal(chain_list(p->store, "audit", 4, 9, note_line, &l), ERR_NONE);
	assert_int_equal(chain_list(p->store, "audit", 6, 9, note_line, &l), ERR_NONE);
	assert_int_equal(chain_list(p->store, "audit", UINT64_MAX, 9, note_line, &l), ERR_NONE);
	assert_string_equal(l.out.at, "4=l4 ");
	buf_free(&l.out);
}

/* Somebody edits the file with SQL, checksums untouched. */
static void edit(struct place *p, const char *sql)
{
	char path[256];
	sqlite3 *db = NULL;
	store_close(p->store);
	p->store = NULL;
	place_path(p, "cordon.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	place_open(p);
}

static void an_edited_line_or_document_is_found(void **state)
{
	struct place *p = *state;
	struct listing l = {.left = 100};
	struct buf b;
	buf_init(&b, 100);
	buf_init(&l.out, 1000);
	for (int i = 0; i < 4; i++)
		assert_int_equal(chain_append(p->store, "audit", TEXT("line"), NULL), ERR_NONE);
	assert_int_equal(put(p, "a", 0, "body", NULL), ERR_NONE);
	assert_int_equal(put(p, "b", 0, "body", NULL), ERR_NONE);
	edit(p, "UPDATE chain SET line = x'6C696E66' WHERE number = 2");
	assert_int_equal(chain_list(p->store, "audit", 1, 9, note_line, &l), ERR_STORE_CORRUPT);
	assert_string_equal(l.out.at, "1=line ");
	edit(p, "DELETE FROM chain WHERE number = 2");
	assert_int_equal(chain_list(p->store, "audit", 1, 9, note_line, &l), ERR_STORE_CORRUPT);
	assert_int_equal(chain_list(p->store, "audit", 2, 9, note_line, &l), ERR_STORE_CORRUPT);
	assert_int_equal(chain_list(p->store, "audit", 3, 9, note_line, &l), ERR_NONE);
	edit(p, "UPDATE document SET body = x'626F647921' WHERE key = 'a'");
	assert_int_equal(catalog_get(p->store, "plan", "a", &b, NULL), ERR_STORE_CORRUPT);
	buf_reset(&l.out);
	assert_int_equal(catalog_list(p->store, "plan", note, &l), ERR_NONE);
	assert_string_equal(l.out.at, "a is damaged b@1=body "); /* one that is lost takes nobody along */
	edit(p, "UPDATE document SET key = 'c' WHERE key = 'b'");
	assert_int_equal(catalog_get(p->store, "plan", "c", &b, NULL), ERR_STORE_CORRUPT);
	assert_int_equal(b.size, 0);
	buf_free(&l.out);
}

/* ---- threads and folders ---- */

enum { THREADS = 4, CHANGES = 25 };

static void *count_up(void *self)
{
	struct place *p = self;
	for (int done = 0; done < CHANGES;) {
		struct buf b;
		uint64_t v = 0, n = 0;
		char body[32];
		buf_init(&b, 100);
		err_t error = catalog_get(p->store, "plan", "count", &b, &v);
		if (error == ERR_NONE)
			text_to_u64((struct text){b.at, b.size}, &n);
		snprintf(body, sizeof(body), "%d", (int)n + 1);
		buf_free(&b);
		error = put(p, "count", v, body, NULL);
		if (error == ERR_NONE)
			done += chain_append(p->store, "count", text_of(body), NULL) == ERR_NONE;
		else if (error != ERR_STALE && error != ERR_EXISTS)
			return self;
	}
	return NULL;
}

static void many_threads_count_without_losing_one(void **state)
{
	struct place *p = *state;
	pthread_t threads[THREADS];
	void *failed = NULL;
	uint64_t number = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, p), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	expect_document(p, "plan", "count", "100", 100);
	assert_int_equal(chain_append(p->store, "count", TEXT("end"), &number), ERR_NONE);
	assert_int_equal(number, THREADS * CHANGES + 1);
}

static void the_folder_is_for_one_server_and_one_user(void **state)
{
	struct place *p = *state;
	struct store *second = NULL;
	struct problem problem = {0};
	struct stat st;
	char path[256];
	assert_int_equal(store_open(p->dir, &second, &problem), ERR_STORE_LOCKED);
	assert_null(second);
	assert_non_null(strstr(problem.detail, "lock"));
	assert_string_equal(store_dir(p->store), p->dir);
	struct journal *j = journal_of(p, "a");
	assert_int_equal(commit_next(j, 1), ERR_NONE);
	assert_int_equal(snapshot_write(p->store, "a", 1, "x", 1), ERR_NONE);
	static const char *const files[] = {"cordon.db", "cordon.db-wal", "lock", "reserve", "sessions/a/journal.db",
	                                    "sessions/a/journal.db-wal", "sessions/a/00000000000000000001.snapshot"};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		place_path(p, files[i], path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	place_path(p, "sessions/a", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	journal_close(j);
}

static void a_folder_that_cannot_be_made_or_understood_is_refused(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	struct problem problem;
	char path[256];
	assert_int_equal(store_open("/nonexistent/deep/folder", &s, &problem), ERR_STORE_OPEN);
	place_path(p, "lock", path);
	assert_int_equal(store_open(path, &s, &problem), ERR_STORE_OPEN); /* a file */
	char *long_path = malloc(10001);
	assert_non_null(long_path);
	memset(long_path, '/', 10000);
	memset(long_path + 5000, 'a', 5000);
	long_path[10000] = '\0';
	assert_int_equal(store_open(long_path, &s, &problem), ERR_STORE_OPEN);
	free(long_path);
	edit(p, "INSERT INTO chain VALUES ('x', 1, 1, x'00')");
	store_close(p->store);
	place_path(p, "cordon.db", path);
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version=2", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_open(p->dir, &s, &problem), ERR_STORE_VERSION);
	assert_int_equal(sqlite3_exec(db, "PRAGMA application_id=5", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_open(p->dir, &s, &problem), ERR_STORE_CORRUPT);
	sqlite3_close(db);
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0 && write(fd, "this is no database, but it is long enough to be read", 53) == 53);
	close(fd);
	assert_int_equal(store_open(p->dir, &s, &problem), ERR_STORE_CORRUPT);
	assert_true(strlen(problem.detail) > 5);
	assert_null(s);
	p->store = NULL;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
	const struct CMUnitTest tests[] = {
		T(a_document_has_versions_and_survives),
		T(a_writer_who_saw_another_version_changes_nothing),
		T(kinds_do_not_mix_and_deleted_is_gone),
		T(names_and_bodies_have_limits),
		T(a_large_body_with_any_byte_comes_back),
		T(documents_are_listed_in_order_of_key),
		T(a_chain_grows_by_one_and_is_read_in_parts),
		T(an_edited_line_or_document_is_found),
		T(many_threads_count_without_losing_one),
		T(the_folder_is_for_one_server_and_one_user),
		T(a_folder_that_cannot_be_made_or_understood_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
