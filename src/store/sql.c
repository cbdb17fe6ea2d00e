/* store/sql.c: one way to open a database, one table of what its failures mean. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define BUSY_STEP_NS 100000L /* a checkpoint's last step holds the log for about a millisecond */
#define BUSY_STEPS_MAX 50000 /* 5 s */

/* SQLite's own waiting sleeps whole milliseconds, doubling; a commit should lose less than that. */
static int wait_a_little(void *self, int tries)
{
	(void)self;
	struct timespec step = {0, BUSY_STEP_NS};
	nanosleep(&step, NULL);
	return tries < BUSY_STEPS_MAX;
}

static void log_failure(sqlite3 *db, int rc)
{
	const char *file = sqlite3_db_filename(db, "main");
	log_error("store", "%s: %s (%d, system error %d)", file == NULL ? "?" : file, sqlite3_errstr(rc), rc,
	          sqlite3_system_errno(db));
}

err_t sql_write_error(sqlite3 *db, int rc)
{
	switch (rc & 0xFF) {
	case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE: return ERR_NONE;
	case SQLITE_FULL: return ERR_STORE_FULL;
	case SQLITE_NOMEM: return ERR_MEMORY;
	case SQLITE_BUSY: case SQLITE_LOCKED: return ERR_BUSY;
	default: break;
	}
	if (rc == SQLITE_IOERR_NOMEM)
		return ERR_MEMORY;
	/* The log's index could not grow: on a full disk this comes instead of SQLITE_FULL. */
	if (rc == SQLITE_IOERR_SHMSIZE)
		return ERR_STORE_FULL;
	log_failure(db, rc);
	return ERR_STORE_WRITE;
}

err_t sql_read_error(sqlite3 *db, int rc)
{
	switch (rc & 0xFF) {
	case SQLITE_OK: case SQLITE_ROW: case SQLITE_DONE: return ERR_NONE;
	case SQLITE_NOMEM: return ERR_MEMORY;
	case SQLITE_BUSY: case SQLITE_LOCKED: return ERR_BUSY;
	case SQLITE_FULL: return ERR_STORE_FULL;
	default: break;
	}
	if (rc == SQLITE_IOERR_NOMEM)
		return ERR_MEMORY;
	if (rc == SQLITE_IOERR_SHMSIZE)
		return ERR_STORE_FULL;
	log_failure(db, rc);
	switch (rc & 0xFF) {
	case SQLITE_CORRUPT: case SQLITE_NOTADB: case SQLITE_MISMATCH: case SQLITE_ERROR: case SQLITE_TOOBIG:
		return ERR_STORE_CORRUPT;
	default:
		return rc == SQLITE_IOERR_SHORT_READ || rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_CORRUPTFS
		     ? ERR_STORE_CORRUPT : ERR_STORE_OPEN;
	}
}

err_t sql_check_pages(sqlite3 *db)
{
	sqlite3_stmt *row = NULL;
	err_t error = sql_prepare(db, "PRAGMA quick_check(1)", &row);
	if (error != ERR_NONE)
		return error;
	int rc = sqlite3_step(row);
	const unsigned char *said = rc == SQLITE_ROW ? sqlite3_column_text(row, 0) : NULL;
	if (said != NULL && strcmp((const char *)said, "ok") != 0) {
		log_error("store", "%s: %s", sqlite3_db_filename(db, "main"), (const char *)said);
		error = ERR_STORE_CORRUPT;
	} else {
		error = said == NULL && rc == SQLITE_ROW ? ERR_MEMORY : sql_read_error(db, rc);
	}
	sqlite3_finalize(row);
	return error;
}

err_t sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sql_read_error(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL));
}

static int read_int(sqlite3 *db, const char *sql, int *out)
{
	sqlite3_stmt *row = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &row, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(row);
		if (rc == SQLITE_ROW)
			*out = sqlite3_column_int(row, 0);
	}
	int rc_end = sqlite3_finalize(row);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? rc_end : rc;
}

/* An empty file gets its tables and its signature in one transaction: all or nothing. */
static int make_shape(sqlite3 *db, const struct sql_shape *shape)
{
	char signature[128];
	snprintf(signature, sizeof(signature), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
	         (int)shape->application_id, (int)shape->version);
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, shape->schema, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, signature, NULL, NULL, NULL);
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static err_t check_shape(sqlite3 *db, const char *path, enum sql_use use, const struct sql_shape *shape,
                         struct problem *problem)
{
	int id = 0, version = 0, objects = 0;
	int rc = read_int(db, "PRAGMA application_id", &id);
	if (rc == SQLITE_OK)
		rc = read_int(db, "PRAGMA user_version", &version);
	if (rc == SQLITE_OK)
		rc = read_int(db, "SELECT count(*) FROM sqlite_schema", &objects);
	if (rc == SQLITE_OK && use == SQL_MAKE && id == 0 && version == 0 && objects == 0) {
		rc = make_shape(db, shape);
		id = shape->application_id;
		version = shape->version;
	}
	err_t error = sql_read_error(db, rc);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "%s: %s", path, sqlite3_errmsg(db));
	if (id == 0 && objects == 0)
		return problem_set(problem, ERR_NOT_FOUND, NULL, "%s is empty", path);
	if (id != shape->application_id)
		return problem_set(problem, ERR_STORE_CORRUPT, NULL, "%s is another kind of file (%d)", path, id);
	if (version > shape->version)
		return problem_set(problem, ERR_STORE_VERSION, NULL, "%s has version %d; this cordon knows %d", path,
		                   version, (int)shape->version);
	return ERR_NONE;
}

/* SQLite throws the log of an empty file away: what was cut to nothing would be made anew, in silence. */
static bool is_log_orphaned(const struct disk *disk, int file, const char *path)
{
	char log_path[STORE_PATH_SIZE + 8];
	if (disk->size(disk->self, file) != 0)
		return false;
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
	int log = disk->open(disk->self, log_path, O_RDONLY);
	int64_t size = log < 0 ? 0 : disk->size(disk->self, log);
	if (log >= 0)
		disk->close(disk->self, log);
	return size > 0;
}

/* Mode 0600 from the start: SQLite gives its log and index the mode of the file that it finds. */
static err_t make_file(const struct disk *disk, const char *path, enum sql_use use, struct problem *problem)
{
	int file = disk->open(disk->self, path, O_RDWR | (use == SQL_MAKE ? O_CREAT : 0));
	if (file < 0) {
		err_t error = use != SQL_MAKE && file == -ENOENT ? ERR_NOT_FOUND : ERR_STORE_OPEN;
		return problem_set(problem, error, NULL, "%s: %s", path, strerror(-file));
	}
	bool is_orphaned = is_log_orphaned(disk, file, path);
	disk->close(disk->self, file);
	return is_orphaned ? problem_set(problem, ERR_STORE_CORRUPT, NULL, "%s is empty, but its log is not", path) : ERR_NONE;
}

static int set_up(sqlite3 *db)
{
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_handler(db, wait_a_little, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	return sqlite3_exec(db,
	                    "PRAGMA journal_mode=WAL;"
	                    "PRAGMA synchronous=FULL;"
	                    "PRAGMA wal_autocheckpoint=0;"
	                    "PRAGMA cell_size_check=ON;"
	                    "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
}

sqlite3_file *sql_log_file(sqlite3 *db)
{
	sqlite3_file *log = NULL;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	return rc == SQLITE_OK && log != NULL && log->pMethods != NULL ? log : NULL;
}

/* A writer that was killed, or whose fsync failed, may have left a transaction that can be read but is not on
 * disk. It would be taken for good from now on (a resend of it is answered "duplicate"), so it is brought there
 * first: out of the log into the file, and the log emptied. On a full disk, or beside a reader that holds the log,
 * the log stays, and is written over with its own bytes: after a failed sync the system takes them for written, and
 * a second sync alone would succeed without doing anything. */
static int write_log_again(sqlite3_file *log)
{
	char bytes[16384];
	sqlite3_int64 size = 0;
	int rc = log->pMethods->xFileSize(log, &size);
	for (sqlite3_int64 at = 0; at < size && rc == SQLITE_OK; at += (sqlite3_int64)sizeof(bytes)) {
		int step = size - at < (sqlite3_int64)sizeof(bytes) ? (int)(size - at) : (int)sizeof(bytes);
		rc = log->pMethods->xRead(log, bytes, step, at);
		if (rc == SQLITE_OK)
			rc = log->pMethods->xWrite(log, bytes, step, at);
	}
	return rc == SQLITE_OK ? log->pMethods->xSync(log, SQLITE_SYNC_FULL) : rc;
}

static int make_durable(sqlite3 *db)
{
	int rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (rc != SQLITE_OK && (rc & 0xFF) != SQLITE_FULL && (rc & 0xFF) != SQLITE_BUSY)
		return rc;
	sqlite3_file *log = sql_log_file(db);
	return log == NULL ? SQLITE_OK : rc == SQLITE_OK ? log->pMethods->xSync(log, SQLITE_SYNC_FULL) : write_log_again(log);
}

err_t sql_open(const struct disk *disk, const char *path, enum sql_use use, const struct sql_shape *shape,
               sqlite3 **out, struct problem *problem)
{
	sqlite3 *db = NULL;
	err_t error = make_file(disk, path, use, problem);
	if (error != ERR_NONE)
		return error;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, disk->vfs);
	if (db == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "%s", path);
	if (rc == SQLITE_OK)
		rc = set_up(db);
	if (rc == SQLITE_OK && use == SQL_MAKE)
		rc = make_durable(db);
	if (rc == SQLITE_OK && use == SQL_LOOK)
		rc = sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	error = sql_read_error(db, rc);
	if (error == ERR_NONE)
		error = check_shape(db, path, use, shape, problem);
	else
		problem_set(problem, error, NULL, "%s: %s", path, sqlite3_errmsg(db));
	if (error != ERR_NONE) {
		sqlite3_close(db);
		return error;
	}
	*out = db;
	return ERR_NONE;
}
