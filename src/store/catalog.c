/* store/catalog.c: documents by kind and key, and append-only chains.
 *
 * One connection for all threads behind one lock: the catalog is read at sign-in and written when a person
 * does something, never on the passage path. The lock can be taken again by its holder, so `each` may read. */
#include "store/inside.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define KIND_SIZE_MAX 64
#define KEY_SIZE_MAX 256
#define LOG_PAGES_MAX 1000 /* the catalog tidies its own log */

const struct sql_shape catalog_shape = {
	.application_id = 0x43444E43, /* "CDNC" */
	.version = 1,
	.schema =
		"CREATE TABLE document (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
		" version INTEGER NOT NULL, crc32c INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (kind, key)) STRICT;"
		"CREATE TABLE chain (chain TEXT NOT NULL, number INTEGER NOT NULL, crc32c INTEGER NOT NULL,"
		" line BLOB NOT NULL, PRIMARY KEY (chain, number)) STRICT, WITHOUT ROWID",
};

enum statement { BEGIN, COMMIT, ROLLBACK, VERSION, PUT, GET, DELETE, LAST, APPEND, STATEMENT_COUNT };

static const char *const sql[STATEMENT_COUNT] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[VERSION] = "SELECT version FROM document WHERE kind = ?1 AND key = ?2",
	[PUT] = ("INSERT INTO document (kind, key, version, crc32c, body) VALUES (?1, ?2, ?3, ?4, ?5)"
	         " ON CONFLICT (kind, key) DO UPDATE SET version = ?3, crc32c = ?4, body = ?5"),
	[GET] = "SELECT key, version, crc32c, body FROM document WHERE kind = ?1 AND key = ?2",
	[DELETE] = "DELETE FROM document WHERE kind = ?1 AND key = ?2",
	[LAST] = "SELECT coalesce(max(number), 0) FROM chain WHERE chain = ?1",
	[APPEND] = "INSERT INTO chain (chain, number, crc32c, line) VALUES (?1, ?2, ?3, ?4)",
};

/* These two are prepared for each call: `each` may begin another one. */
static const char sql_list[] = "SELECT key, version, crc32c, body FROM document WHERE kind = ?1 ORDER BY key";
static const char sql_chain[] =
	"SELECT number, crc32c, line FROM chain WHERE chain = ?1 AND number >= ?2 ORDER BY number LIMIT ?3";

struct catalog {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	pthread_mutex_t lock;
	bool is_broken; /* a write or sync failed: no more writing until the store is opened again */
	struct witness_mark mark; /* the last change */
	struct witness witness;
	bool is_log_moved; /* into the file, just now: time to sync the witness */
};

/* ---- opening ---- */

static err_t make_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t kind;
	if (pthread_mutexattr_init(&kind) != 0)
		return ERR_MEMORY;
	pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
	int rc = pthread_mutex_init(lock, &kind);
	pthread_mutexattr_destroy(&kind);
	return rc == 0 ? ERR_NONE : ERR_MEMORY;
}

/* The catalog tidies its own log: as SQLite would, which forgives a checkpoint that fails, but we want to know of it. */
static int tidy_log(void *self, sqlite3 *db, const char *name, int page_count)
{
	struct catalog *c = self;
	if (page_count >= LOG_PAGES_MAX)
		c->is_log_moved = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK;
	return SQLITE_OK;
}

/* Before it is opened for writing: one that lost its end is refused as it lies, or its log is copied before it is moved. */
static err_t look_first(struct store *s, const char *path, struct problem *problem)
{
	err_t error = catalog_end_look_first(s, &s->catalog->witness, path, &s->loss, problem);
	if (error != ERR_STORE_CORRUPT || !s->is_loss_accepted || s->loss.lost == 0)
		return error;
	error = aside_copy(s, NULL, "cordon.db-wal", s->loss.kept);
	return error == ERR_NONE ? ERR_NONE : problem_set(problem, error, NULL, "%s-wal could not be copied aside", path);
}

static err_t check_end(struct store *s, struct problem *problem)
{
	struct catalog *c = s->catalog;
	uint64_t lost = 0;
	err_t error = catalog_end_check(&c->witness, c->db, &c->mark, &lost, problem);
	if (s->is_looking) {
		s->loss = (struct catalog_loss){c->mark.first, lost};
		return lost > 0 ? ERR_NONE : error;
	}
	if (lost > 0 && s->is_loss_accepted && s->loss.lost > 0) {
		if (lost == CATALOG_LOST_UNKNOWN && c->mark.first < c->witness.mark.first) /* it goes on counting where the witness knows it was */
			c->mark = c->witness.mark;
		log_error("store", "%s goes on with a catalog that lost changes behind %llu: their loss is accepted", s->dir,
		          (unsigned long long)s->loss.kept);
		c->witness = (struct witness){.file = -1};
		error = witness_set_aside(s, NULL, s->loss.kept);
	}
	if (error != ERR_NONE) {
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
		return error;
	}
	witness_open(s, NULL, &c->witness);
	if (c->mark.first > c->witness.mark.first)
		witness_note(s, &c->witness, &c->mark);
	return store_sync_folder(s, s->dir);
}

static err_t open_parts(struct store *s, struct problem *problem)
{
	char path[STORE_PATH_SIZE];
	struct catalog *c = s->catalog;
	err_t error = store_path(s, NULL, "cordon.db", path);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "the path is too long");
	witness_read(s, NULL, &c->witness);
	if (!s->is_looking && (error = look_first(s, path, problem)) != ERR_NONE)
		return error;
	error = sql_open(s->disk, path, s->is_looking ? SQL_LOOK : SQL_MAKE, &catalog_shape, &c->db, problem);
	if (s->is_looking && error == ERR_NOT_FOUND && (c->witness.mark.first > 0 || c->witness.is_damaged))
		return catalog_end_missing(&c->witness, &s->loss, problem);
	if (error == ERR_NONE && !s->is_looking && (error = sql_check_pages(c->db)) != ERR_NONE) {
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
		return problem_set(problem, error, NULL, "cordon.db is damaged inside; bring it back, with cordon.end, from one copy");
	}
	for (int i = 0; i < STATEMENT_COUNT && error == ERR_NONE; i++)
		error = sql_prepare(c->db, sql[i], &c->statements[i]);
	return error != ERR_NONE ? error : check_end(s, problem);
}

err_t catalog_open(struct store *s, struct problem *problem)
{
	struct catalog *c = calloc(1, sizeof(*c));
	if (c == NULL || make_lock(&c->lock) != ERR_NONE) {
		free(c);
		return problem_set(problem, ERR_MEMORY, NULL, NULL);
	}
	c->witness.file = -1;
	s->catalog = c;
	err_t error = open_parts(s, problem);
	if (error != ERR_NONE) {
		catalog_close(s);
		return error;
	}
	sqlite3_wal_hook(c->db, tidy_log, c);
	return ERR_NONE;
}

void catalog_close(struct store *s)
{
	struct catalog *c = s->catalog;
	if (c == NULL)
		return;
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(c->statements[i]);
	if (c->db != NULL && c->is_broken)
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	sqlite3_close(c->db);
	witness_close(s, &c->witness);
	pthread_mutex_destroy(&c->lock);
	free(c);
	s->catalog = NULL;
}

/* ---- pieces ---- */

static void bind_text(sqlite3_stmt *st, int at, const char *c_string)
{
	sqlite3_bind_text(st, at, c_string, -1, SQLITE_STATIC);
}

static void bind_body(sqlite3_stmt *st, int at, struct text body)
{
	sqlite3_bind_blob(st, at, body.size == 0 ? "" : body.at, (int)body.size, SQLITE_STATIC);
}

static void done_with(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

static struct text column_body(sqlite3_stmt *row, int at)
{
	const char *bytes = sqlite3_column_blob(row, at);
	return (struct text){bytes == NULL ? "" : bytes, (size_t)sqlite3_column_bytes(row, at)};
}

static bool is_name(const char *name, size_t size_max)
{
	struct text t = text_of(name);
	return t.size >= 1 && t.size <= size_max && text_valid_utf8(t);
}

static bool is_kind(const char *kind)
{
	return is_name(kind, KIND_SIZE_MAX) && strcmp(kind, catalog_end_kind) != 0;
}

/* The names and the number belong to what is checked: a body must not turn up under another key. */
uint32_t catalog_crc(const char *kind, const char *key, uint64_t number, struct text body)
{
	uint8_t head[8];
	pack_u64(head, number);
	uint32_t crc = check_crc32c(0, kind, strlen(kind) + 1);
	crc = check_crc32c(crc, key, strlen(key) + 1);
	crc = check_crc32c(crc, head, sizeof(head));
	return check_crc32c(crc, body.at, body.size);
}

/* ---- writing ---- */

struct change {
	const char *kind, *key; /* of a chain: "chain" and its name */
	uint64_t number;        /* the expected version; afterwards the new one, or the line's number */
	struct text body;
	uint32_t crc;           /* of what became of it */
};

static err_t step_write(struct catalog *c, enum statement which)
{
	sqlite3_stmt *st = c->statements[which];
	int rc = sqlite3_step(st);
	done_with(st);
	return sql_write_error(c->db, rc);
}

/* The one number that VERSION and LAST give; false in *out_found when there is no row. */
static err_t read_number(struct catalog *c, enum statement which, uint64_t *out, bool *out_found)
{
	sqlite3_stmt *st = c->statements[which];
	int rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = (uint64_t)sqlite3_column_int64(st, 0);
	done_with(st);
	*out_found = rc == SQLITE_ROW;
	return sql_read_error(c->db, rc);
}

static err_t step_put(struct catalog *c, struct change *change)
{
	sqlite3_stmt *put = c->statements[PUT];
	change->crc = catalog_crc(change->kind, change->key, change->number, change->body);
	bind_text(put, 1, change->kind);
	bind_text(put, 2, change->key);
	sqlite3_bind_int64(put, 3, (sqlite3_int64)change->number);
	sqlite3_bind_int64(put, 4, change->crc);
	bind_body(put, 5, change->body);
	return step_write(c, PUT);
}

static err_t put_document(struct catalog *c, struct change *change)
{
	uint64_t version = 0;
	bool is_there = false;
	bind_text(c->statements[VERSION], 1, change->kind);
	bind_text(c->statements[VERSION], 2, change->key);
	err_t error = read_number(c, VERSION, &version, &is_there);
	if (error != ERR_NONE)
		return error;
	if (change->number == 0 && is_there)
		return ERR_EXISTS;
	if (change->number != 0 && change->number != CATALOG_ANY) {
		if (!is_there)
			return ERR_NOT_FOUND;
		if (version != change->number)
			return ERR_STALE;
	}
	change->number = version + 1;
	return step_put(c, change);
}

static err_t delete_document(struct catalog *c, struct change *change)
{
	bind_text(c->statements[DELETE], 1, change->kind);
	bind_text(c->statements[DELETE], 2, change->key);
	change->crc = catalog_crc(change->kind, change->key, 0, TEXT(""));
	err_t error = step_write(c, DELETE);
	return error == ERR_NONE && sqlite3_changes(c->db) == 0 ? ERR_NOT_FOUND : error;
}

static err_t append_line(struct catalog *c, struct change *change)
{
	uint64_t number = 0;
	bool is_there = false;
	bind_text(c->statements[LAST], 1, change->key);
	err_t error = read_number(c, LAST, &number, &is_there);
	if (error != ERR_NONE)
		return error;
	change->number = number + 1;
	change->crc = catalog_crc(change->kind, change->key, change->number, change->body);
	sqlite3_stmt *append = c->statements[APPEND];
	bind_text(append, 1, change->key);
	sqlite3_bind_int64(append, 2, (sqlite3_int64)change->number);
	sqlite3_bind_int64(append, 3, change->crc);
	bind_body(append, 4, change->body);
	return step_write(c, APPEND);
}

/* In the same transaction: so that a catalog that lost it lost its count, too. */
static err_t count_change(struct catalog *c, const struct change *change, struct witness_mark *out)
{
	uint8_t crc[4];
	char digits[16];
	pack_u32(crc, change->crc);
	*out = (struct witness_mark){c->mark.first + 1, 1, check_crc32c(c->mark.crc, crc, sizeof(crc))};
	snprintf(digits, sizeof(digits), "%u", (unsigned)out->crc);
	struct change count = {catalog_end_kind, catalog_end_key, out->first, text_of(digits), 0};
	return step_put(c, &count);
}

typedef err_t (*change_fn)(struct catalog *c, struct change *change);

static void note_change(struct store *s, const struct witness_mark *mark)
{
	struct catalog *c = s->catalog;
	c->mark = *mark;
	witness_note(s, &c->witness, mark);
	if (c->is_log_moved)
		witness_sync(s, &c->witness);
	c->is_log_moved = false;
}

static err_t change_once(struct store *s, change_fn fn, struct change *change)
{
	struct catalog *c = s->catalog;
	struct change tried = *change;
	struct witness_mark mark = {0};
	err_t error = step_write(c, BEGIN);
	if (error == ERR_NONE)
		error = fn(c, &tried);
	if (error == ERR_NONE)
		error = count_change(c, &tried, &mark);
	if (error == ERR_NONE)
		error = step_write(c, COMMIT);
	if (error != ERR_NONE && !sqlite3_get_autocommit(c->db))
		step_write(c, ROLLBACK); /* prepared: it is needed most when there is no memory to prepare it */
	if (error == ERR_STORE_WRITE || !sqlite3_get_autocommit(c->db)) {
		c->is_broken = true;
		log_error("store", "the catalog takes no more changes until the server starts again");
	}
	if (error == ERR_NONE) {
		*change = tried;
		note_change(s, &mark);
	}
	return error;
}

static err_t change_durably(struct store *s, change_fn fn, struct change *change)
{
	struct catalog *c = s->catalog;
	pthread_mutex_lock(&c->lock);
	err_t error = c->is_broken ? ERR_STORE_WRITE : change_once(s, fn, change);
	if (error == ERR_STORE_FULL && store_spend_reserve(s))
		error = change_once(s, fn, change);
	pthread_mutex_unlock(&c->lock);
	return error;
}

err_t catalog_put(struct store *s, const char *kind, const char *key, uint64_t expected_version, struct text body,
                  uint64_t *out_version)
{
	if (!is_kind(kind) || !is_name(key, KEY_SIZE_MAX))
		return ERR_NAME_BAD;
	if (body.size > CATALOG_BODY_BYTES_MAX)
		return ERR_TOO_LARGE;
	struct change change = {kind, key, expected_version, body, 0};
	err_t error = change_durably(s, put_document, &change);
	if (error == ERR_NONE && out_version != NULL)
		*out_version = change.number;
	return error;
}

err_t catalog_delete(struct store *s, const char *kind, const char *key)
{
	if (!is_kind(kind) || !is_name(key, KEY_SIZE_MAX))
		return ERR_NOT_FOUND;
	struct change change = {kind, key, 0, TEXT(""), 0};
	return change_durably(s, delete_document, &change);
}

err_t chain_append(struct store *s, const char *chain, struct text line, uint64_t *out_number)
{
	if (!is_name(chain, KIND_SIZE_MAX))
		return ERR_NAME_BAD;
	if (line.size > CHAIN_LINE_BYTES_MAX)
		return ERR_TOO_LARGE;
	struct change change = {"chain", chain, 0, line, 0};
	err_t error = change_durably(s, append_line, &change);
	if (error == ERR_NONE && out_number != NULL)
		*out_number = change.number;
	return error;
}

/* ---- reading ---- */

struct document {
	const char *key;
	uint64_t version;
	struct text body;
};

/* A row of GET or LIST, checked. With STORE_CORRUPT, the key and the version are what the row says, and not to be trusted. */
static err_t read_document(struct catalog *c, sqlite3_stmt *row, const char *kind, struct document *out)
{
	struct document d;
	d.key = (const char *)sqlite3_column_text(row, 0);
	d.version = (uint64_t)sqlite3_column_int64(row, 1);
	d.body = column_body(row, 3);
	if (sqlite3_errcode(c->db) == SQLITE_NOMEM)
		return ERR_MEMORY;
	*out = d;
	if (d.key == NULL || sqlite3_column_int64(row, 2) != (int64_t)catalog_crc(kind, d.key, d.version, d.body)) {
		log_error("store", "catalog: the document %s of kind %s fails its check", d.key == NULL ? "?" : d.key, kind);
		return ERR_STORE_CORRUPT;
	}
	return ERR_NONE;
}

err_t catalog_get(struct store *s, const char *kind, const char *key, struct buf *out, uint64_t *out_version)
{
	struct catalog *c = s->catalog;
	struct document d = {NULL, 0, TEXT("")};
	if (!is_kind(kind) || !is_name(key, KEY_SIZE_MAX))
		return ERR_NOT_FOUND;
	pthread_mutex_lock(&c->lock);
	sqlite3_stmt *get = c->statements[GET];
	bind_text(get, 1, kind);
	bind_text(get, 2, key);
	int rc = sqlite3_step(get);
	err_t error = rc == SQLITE_ROW ? read_document(c, get, kind, &d) : sql_read_error(c->db, rc);
	if (error == ERR_NONE && rc != SQLITE_ROW)
		error = ERR_NOT_FOUND;
	if (error == ERR_NONE && out != NULL) {
		buf_add_text(out, d.body);
		error = out->error;
	}
	if (error == ERR_NONE && out_version != NULL)
		*out_version = d.version;
	done_with(get);
	pthread_mutex_unlock(&c->lock);
	return error;
}

err_t catalog_list(struct store *s, const char *kind, catalog_each each, void *ctx)
{
	struct catalog *c = s->catalog;
	struct document d;
	sqlite3_stmt *list = NULL;
	pthread_mutex_lock(&c->lock);
	err_t error = sql_prepare(c->db, sql_list, &list);
	if (error == ERR_NONE)
		bind_text(list, 1, kind);
	for (bool go_on = true; error == ERR_NONE && go_on;) {
		int rc = sqlite3_step(list);
		go_on = rc == SQLITE_ROW;
		error = go_on ? read_document(c, list, kind, &d) : sql_read_error(c->db, rc);
		if (error == ERR_STORE_CORRUPT && go_on && d.key != NULL) {
			d.body = (struct text){NULL, 0};
			error = ERR_NONE;
		}
		if (error == ERR_NONE && go_on)
			go_on = each(ctx, d.key, d.version, d.body);
	}
	sqlite3_finalize(list);
	pthread_mutex_unlock(&c->lock);
	return error;
}

static err_t read_line(struct catalog *c, sqlite3_stmt *row, const char *chain, uint64_t expected, struct text *out)
{
	uint64_t number = (uint64_t)sqlite3_column_int64(row, 0);
	struct text line = column_body(row, 2);
	if (sqlite3_errcode(c->db) == SQLITE_NOMEM)
		return ERR_MEMORY;
	if (number != expected || sqlite3_column_int64(row, 1) != (int64_t)catalog_crc("chain", chain, number, line)) {
		log_error("store", "catalog: line %llu of chain %s is missing or fails its check",
		          (unsigned long long)expected, chain);
		return ERR_STORE_CORRUPT;
	}
	*out = line;
	return ERR_NONE;
}

err_t chain_list(struct store *s, const char *chain, uint64_t from, uint64_t count_max, chain_each each, void *ctx)
{
	struct catalog *c = s->catalog;
	struct text line;
	sqlite3_stmt *list = NULL;
	uint64_t number = from == 0 ? 1 : from;
	if (number > INT64_MAX)
		return ERR_NONE;
	pthread_mutex_lock(&c->lock);
	err_t error = sql_prepare(c->db, sql_chain, &list);
	if (error == ERR_NONE) {
		bind_text(list, 1, chain);
		sqlite3_bind_int64(list, 2, (sqlite3_int64)number);
		sqlite3_bind_int64(list, 3, count_max > INT64_MAX ? INT64_MAX : (sqlite3_int64)count_max);
	}
	for (bool go_on = true; error == ERR_NONE && go_on; number++) {
		int rc = sqlite3_step(list);
		go_on = rc == SQLITE_ROW;
		error = go_on ? read_line(c, list, chain, number, &line) : sql_read_error(c->db, rc);
		if (error == ERR_NONE && go_on)
			go_on = each(ctx, number, line);
	}
	sqlite3_finalize(list);
	pthread_mutex_unlock(&c->lock);
	return error;
}

/* ---- checking all ---- */

static const char sql_all_documents[] = "SELECT key, version, crc32c, body, kind FROM document ORDER BY kind, key";
static const char sql_all_lines[] = "SELECT chain, number, crc32c, line FROM chain ORDER BY chain, number";

struct check { catalog_checked each; void *ctx; bool whole; };

/* A row of either: name, number, crc, bytes, and of documents the kind. */
static void check_row(struct check *k, sqlite3_stmt *row, bool is_line, uint64_t expected)
{
	const char *name = (const char *)sqlite3_column_text(row, 0);
	const char *kind = is_line ? "chain" : (const char *)sqlite3_column_text(row, 4);
	uint64_t number = (uint64_t)sqlite3_column_int64(row, 1);
	bool good = name != NULL && kind != NULL &&
		sqlite3_column_int64(row, 2) == (int64_t)catalog_crc(kind, name, number, column_body(row, 3));
	good = good && (!is_line || number == expected);
	k->whole = k->whole && good;
	if (good && strcmp(kind, catalog_end_kind) == 0)
		return; /* nobody's document */
	k->each(k->ctx, kind == NULL ? "" : kind, name == NULL ? "" : name, number, good);
}

/* Damage ends the walk: what follows it cannot be found. */
static err_t check_rows(struct catalog *c, const char *all, bool is_line, struct check *k)
{
	sqlite3_stmt *row = NULL;
	char chain[KIND_SIZE_MAX + 1] = "";
	uint64_t expected = 1;
	err_t error = sql_prepare(c->db, all, &row);
	while (error == ERR_NONE) {
		int rc = sqlite3_step(row);
		error = sql_read_error(c->db, rc);
		if (error != ERR_NONE || rc != SQLITE_ROW)
			break;
		const char *name = (const char *)sqlite3_column_text(row, 0);
		if (is_line && name != NULL && strcmp(chain, name) != 0) {
			expected = 1;
			snprintf(chain, sizeof(chain), "%s", name);
		}
		check_row(k, row, is_line, expected++);
	}
	sqlite3_finalize(row);
	if (error != ERR_STORE_CORRUPT)
		return error;
	k->whole = false;
	return ERR_NONE;
}

err_t catalog_check(struct store *s, catalog_checked each, void *ctx, bool *out_whole)
{
	struct catalog *c = s->catalog;
	struct check k = {each, ctx, true};
	pthread_mutex_lock(&c->lock);
	err_t error = check_rows(c, sql_all_documents, false, &k);
	if (error == ERR_NONE)
		error = check_rows(c, sql_all_lines, true, &k);
	pthread_mutex_unlock(&c->lock);
	if (error == ERR_NONE)
		*out_whole = k.whole;
	return error;
}
