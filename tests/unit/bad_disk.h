/* tests/unit/bad_disk.h: a disk that fails when told to, and forgets what was not synced.
 *
 * A SQLite VFS laid over the real one. It counts writes and syncs and fails the n-th of them; and it remembers,
 * for each file, every write since that file's last sync, with the bytes before and after. From these it makes
 * what a power cut could leave: each such write done, not done, or half done, in any mixture.
 *
 * What it takes for granted: a synced byte stays, a folder's names stay, a sector of 512 bytes is whole or old. */
#ifndef CORDON_TEST_BAD_DISK_H
#define CORDON_TEST_BAD_DISK_H

#include <sqlite3.h>

#include "store_for_test.h"

#define SECTOR 512
#define FILES_MAX 32

struct unsynced {
	struct unsynced *next;
	sqlite3_int64 at;
	int size;
	unsigned char *before, *after; /* `before` may be shorter in truth: see size_synced */
};

struct disk_file {
	char path[256];
	sqlite3_int64 size_synced;
	struct unsynced *first, **last;
};

struct bad_disk {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	long writes, syncs;
	long fail_write_at, fail_sync_at; /* 0: none; the count is from 1 */
	bool is_failing_on;               /* not only that one, but all after it too */
	int write_rc, sync_rc;
	void (*look)(void *ctx); /* looks at the disk before each write and sync; NULL: nothing */
	void *ctx;
	struct disk_file files[FILES_MAX];
	int file_count;
};

struct open_file {
	sqlite3_file base;
	struct bad_disk *disk;
	struct disk_file *file; /* NULL: temporary or not remembered */
	sqlite3_file *real;
};

static inline struct open_file *of(sqlite3_file *f)
{
	return (struct open_file *)(void *)f;
}

static inline void forget_unsynced(struct disk_file *f)
{
	for (struct unsynced *u = f->first; u != NULL;) {
		struct unsynced *next = u->next;
		free(u->before);
		free(u->after);
		free(u);
		u = next;
	}
	f->first = NULL;
	f->last = &f->first;
}

static inline void remember_write(struct open_file *o, const void *bytes, int size, sqlite3_int64 at)
{
	if (o->file == NULL)
		return;
	struct unsynced *u = calloc(1, sizeof(*u));
	assert_non_null(u);
	u->at = at;
	u->size = size;
	u->before = calloc(1, (size_t)size);
	u->after = malloc((size_t)size);
	assert_true(u->before != NULL && u->after != NULL);
	memcpy(u->after, bytes, (size_t)size);
	o->real->pMethods->xRead(o->real, u->before, size, at); /* behind the end: zeros */
	*o->file->last = u;
	o->file->last = &u->next;
}

static inline bool is_struck(long count, long at, bool is_failing_on)
{
	return at > 0 && (count == at || (is_failing_on && count > at));
}

static int disk_write(sqlite3_file *f, const void *bytes, int size, sqlite3_int64 at)
{
	struct open_file *o = of(f);
	struct bad_disk *d = o->disk;
	if (d->look != NULL)
		d->look(d->ctx);
	if (is_struck(++d->writes, d->fail_write_at, d->is_failing_on))
		return d->write_rc;
	remember_write(o, bytes, size, at);
	return o->real->pMethods->xWrite(o->real, bytes, size, at);
}

static int disk_sync(sqlite3_file *f, int flags)
{
	struct open_file *o = of(f);
	struct bad_disk *d = o->disk;
	if (d->look != NULL)
		d->look(d->ctx);
	if (is_struck(++d->syncs, d->fail_sync_at, d->is_failing_on))
		return d->sync_rc;
	int rc = o->real->pMethods->xSync(o->real, flags);
	if (rc == SQLITE_OK && o->file != NULL) {
		forget_unsynced(o->file);
		o->real->pMethods->xFileSize(o->real, &o->file->size_synced);
	}
	return rc;
}

static int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct open_file *o = of(f);
	int rc = o->real->pMethods->xTruncate(o->real, size);
	if (o->file != NULL) {
		forget_unsynced(o->file); /* taken for synced: SQLite cuts only what it has synced elsewhere */
		o->file->size_synced = size;
	}
	return rc;
}

static int disk_close(sqlite3_file *f)
{
	int rc = of(f)->real->pMethods->xClose(of(f)->real);
	free(of(f)->real);
	return rc;
}

#define PASS(name, params, args) \
	static int disk_##name params { return of(f)->real->pMethods->name args; }
PASS(xRead, (sqlite3_file *f, void *p, int n, sqlite3_int64 at), (of(f)->real, p, n, at))
PASS(xFileSize, (sqlite3_file *f, sqlite3_int64 *out), (of(f)->real, out))
PASS(xLock, (sqlite3_file *f, int l), (of(f)->real, l))
PASS(xUnlock, (sqlite3_file *f, int l), (of(f)->real, l))
PASS(xCheckReservedLock, (sqlite3_file *f, int *out), (of(f)->real, out))
PASS(xFileControl, (sqlite3_file *f, int op, void *arg), (of(f)->real, op, arg))
PASS(xSectorSize, (sqlite3_file *f), (of(f)->real))
PASS(xDeviceCharacteristics, (sqlite3_file *f), (of(f)->real))
PASS(xShmMap, (sqlite3_file *f, int n, int size, int w, void volatile **out), (of(f)->real, n, size, w, out))
PASS(xShmLock, (sqlite3_file *f, int at, int n, int flags), (of(f)->real, at, n, flags))
PASS(xShmUnmap, (sqlite3_file *f, int del), (of(f)->real, del))
static void disk_barrier(sqlite3_file *f) { of(f)->real->pMethods->xShmBarrier(of(f)->real); }
#undef PASS

static const sqlite3_io_methods disk_methods = {
	.iVersion = 2, .xClose = disk_close, .xRead = disk_xRead, .xWrite = disk_write, .xTruncate = disk_truncate,
	.xSync = disk_sync, .xFileSize = disk_xFileSize, .xLock = disk_xLock, .xUnlock = disk_xUnlock,
	.xCheckReservedLock = disk_xCheckReservedLock, .xFileControl = disk_xFileControl,
	.xSectorSize = disk_xSectorSize, .xDeviceCharacteristics = disk_xDeviceCharacteristics,
	.xShmMap = disk_xShmMap, .xShmLock = disk_xShmLock, .xShmBarrier = disk_barrier, .xShmUnmap = disk_xShmUnmap,
};

static inline struct disk_file *disk_file_of(struct bad_disk *d, const char *path)
{
	for (int i = 0; i < d->file_count; i++)
		if (strcmp(d->files[i].path, path) == 0)
			return &d->files[i];
	assert_true(d->file_count < FILES_MAX);
	struct disk_file *f = &d->files[d->file_count++];
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->last = &f->first;
	struct stat st;
	f->size_synced = stat(path, &st) == 0 ? st.st_size : 0;
	return f;
}

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out_flags)
{
	struct bad_disk *d = vfs->pAppData;
	struct open_file *o = of(f);
	*o = (struct open_file){.disk = d, .real = calloc(1, (size_t)d->real->szOsFile)};
	assert_non_null(o->real);
	int rc = d->real->xOpen(d->real, path, o->real, flags, out_flags);
	if (rc != SQLITE_OK) {
		free(o->real);
		return rc;
	}
	o->file = path == NULL ? NULL : disk_file_of(d, path);
	o->base.pMethods = &disk_methods;
	return SQLITE_OK;
}

/* A file that is gone has nothing unsynced. */
static int disk_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
	struct bad_disk *d = vfs->pAppData;
	struct disk_file *f = disk_file_of(d, path);
	forget_unsynced(f);
	f->size_synced = 0;
	return d->real->xDelete(d->real, path, sync);
}

static inline void bad_disk_begin(struct bad_disk *d)
{
	memset(d, 0, sizeof(*d));
	d->real = sqlite3_vfs_find(NULL);
	d->vfs = *d->real;
	d->vfs.zName = "bad-disk";
	d->vfs.pAppData = d;
	d->vfs.szOsFile = (int)sizeof(struct open_file);
	d->vfs.xOpen = disk_open;
	d->vfs.xDelete = disk_delete;
	d->write_rc = SQLITE_FULL;
	d->sync_rc = SQLITE_IOERR_FSYNC;
	assert_int_equal(sqlite3_vfs_register(&d->vfs, 1), SQLITE_OK);
}

static inline void bad_disk_end(struct bad_disk *d)
{
	sqlite3_vfs_unregister(&d->vfs);
	sqlite3_vfs_register(d->real, 1);
	for (int i = 0; i < d->file_count; i++)
		forget_unsynced(&d->files[i]);
}

/* ---- what a power cut leaves ---- */

static inline void put_sectors(int fd, const struct unsynced *u, const unsigned char *bytes, struct random *r)
{
	for (int done = 0; done < u->size;) {
		int n = SECTOR - (int)((u->at + done) % SECTOR);
		n = n < u->size - done ? n : u->size - done;
		if (r == NULL || random_below(r, 2))
			assert_int_equal(pwrite(fd, bytes + done, (size_t)n, u->at + done), n);
		done += n;
	}
}

/* The file as it may be found: the unsynced writes taken back, and then some of them, or of their sectors, redone. */
static inline void cut_file(const struct disk_file *f, const char *path_to, struct random *r)
{
	static unsigned char bytes[1 << 16];
	const struct unsynced *back[4096];
	int count = 0, in = open(f->path, O_RDONLY);
	if (in < 0)
		return;
	int out = open(path_to, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(out >= 0);
	for (ssize_t n; (n = read(in, bytes, sizeof(bytes))) > 0;)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	close(in);
	for (const struct unsynced *u = f->first; u != NULL; u = u->next) {
		assert_true(count < 4096);
		back[count++] = u;
	}
	for (int i = count - 1; i >= 0; i--)
		put_sectors(out, back[i], back[i]->before, NULL);
	assert_int_equal(ftruncate(out, f->size_synced), 0);
	unsigned how = (unsigned)random_below(r, 4); /* all gone, all there, some, some sectors */
	for (int i = 0; i < count; i++)
		if (how == 1 || how == 3 || (how == 2 && random_below(r, 2)))
			put_sectors(out, back[i], back[i]->after, how == 3 ? r : NULL);
	close(out);
}

/* The data folder as a power cut now may leave it, in `dir_to` (which must not exist). */
static inline void bad_disk_cut(const struct bad_disk *d, const char *dir_from, const char *dir_to, struct random *r)
{
	char path[512];
	assert_int_equal(mkdir(dir_to, 0700), 0);
	snprintf(path, sizeof(path), "%s/sessions", dir_to);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/sessions/a", dir_to);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int i = 0; i < d->file_count; i++) {
		size_t size = strlen(dir_from);
		if (strncmp(d->files[i].path, dir_from, size) != 0 || d->files[i].path[size] != '/')
			continue;
		snprintf(path, sizeof(path), "%s%s", dir_to, d->files[i].path + size);
		cut_file(&d->files[i], path, r);
	}
}

#endif
