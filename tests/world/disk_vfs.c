/* tests/world/disk_vfs.c: SQLite's way in: a VFS of one process, whose log index lies in plain memory.
 *
 * It does what SQLite's own for Unix does, where that can be seen on the disk: the first sync of a new log syncs its name too,
 * and the log's index is made anew by the first connection of a process. */
#include "disk_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vfs_file {
	sqlite3_file base;
	struct world_disk *disk;
	struct node *node, *folder; /* folder: whose names the first sync must bring to the disk; NULL: no more */
	uint64_t life;
	int level;
	struct shm *shm;
	uint16_t shared, exclusive; /* of the index: which locks this connection has */
	char *path_gone;            /* to be removed at closing, or NULL */
};

static struct vfs_file *of(sqlite3_file *f)
{
	return (struct vfs_file *)(void *)f;
}

/* A file of a process that is gone, or of a disk without power. */
static bool is_dead(const struct vfs_file *f)
{
	return f->life != f->disk->life || f->disk->is_cut;
}

/* ---- bytes ---- */

static int vfs_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at)
{
	struct vfs_file *f = of(file);
	world_enter(f->disk);
	int64_t n = is_dead(f) ? -EIO : world_read(f->disk, f->node, (uint64_t)at, bytes, (uint64_t)size);
	world_leave(f->disk);
	if (n < 0)
		return SQLITE_IOERR_READ;
	if (n == size)
		return SQLITE_OK;
	memset((char *)bytes + n, 0, (size_t)(size - n));
	return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
	struct vfs_file *f = of(file);
	world_look(f->disk);
	world_enter(f->disk);
	int64_t n = is_dead(f) ? -EIO : world_write(f->disk, f->node, (uint64_t)at, bytes, (uint64_t)size);
	world_leave(f->disk);
	if (n == size)
		return SQLITE_OK;
	return n >= 0 || n == -ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int vfs_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct vfs_file *f = of(file);
	world_look(f->disk);
	world_enter(f->disk);
	int rc = is_dead(f) ? -EIO : world_truncate(f->disk, f->node, (uint64_t)size);
	world_leave(f->disk);
	return rc == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int vfs_sync(sqlite3_file *file, int flags)
{
	struct vfs_file *f = of(file);
	(void)flags;
	world_look(f->disk);
	world_enter(f->disk);
	int rc = is_dead(f) ? -EIO : world_sync(f->disk, f->node);
	struct node *folder = rc == 0 ? f->folder : NULL;
	world_leave(f->disk);
	if (rc != 0)
		return SQLITE_IOERR_FSYNC;
	if (folder == NULL)
		return SQLITE_OK;
	world_look(f->disk);
	world_enter(f->disk);
	rc = is_dead(f) ? -EIO : world_sync(f->disk, folder);
	if (rc == 0) {
		node_drop(f->folder);
		f->folder = NULL;
	}
	world_leave(f->disk);
	return rc == 0 ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

static int vfs_size(sqlite3_file *file, sqlite3_int64 *out)
{
	struct vfs_file *f = of(file);
	world_enter(f->disk);
	bool dead = is_dead(f);
	if (!dead)
		*out = (sqlite3_int64)f->node->size;
	world_leave(f->disk);
	return dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

/* ---- locks of the database file: many share, one reserves, one excludes ---- */

static int take_level(struct vfs_file *f, int level)
{
	struct node *n = f->node;
	if (f->level == SQLITE_LOCK_NONE) {
		if (n->db_pending || n->db_exclusive)
			return SQLITE_BUSY;
		n->db_shared++;
		f->level = SQLITE_LOCK_SHARED;
	}
	if (level >= SQLITE_LOCK_RESERVED && f->level < SQLITE_LOCK_RESERVED) {
		if (n->db_reserved)
			return SQLITE_BUSY;
		n->db_reserved = true;
		f->level = SQLITE_LOCK_RESERVED;
	}
	if (level == SQLITE_LOCK_EXCLUSIVE && f->level < SQLITE_LOCK_EXCLUSIVE) {
		n->db_pending = true;
		f->level = SQLITE_LOCK_PENDING;
		if (n->db_shared > 1)
			return SQLITE_BUSY;
		n->db_exclusive = true;
		f->level = SQLITE_LOCK_EXCLUSIVE;
	}
	return SQLITE_OK;
}

static int vfs_lock(sqlite3_file *file, int level)
{
	struct vfs_file *f = of(file);
	world_enter(f->disk);
	int rc = is_dead(f) ? SQLITE_IOERR_LOCK : f->level >= level ? SQLITE_OK : take_level(f, level);
	world_leave(f->disk);
	return rc;
}

static void give_level(struct vfs_file *f, int level)
{
	struct node *n = f->node;
	if (f->level > SQLITE_LOCK_SHARED && level <= SQLITE_LOCK_SHARED) {
		n->db_reserved = n->db_pending = n->db_exclusive = false;
		f->level = SQLITE_LOCK_SHARED;
	}
	if (f->level == SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE) {
		n->db_shared--;
		f->level = SQLITE_LOCK_NONE;
	}
}

static int vfs_unlock(sqlite3_file *file, int level)
{
	struct vfs_file *f = of(file);
	world_enter(f->disk);
	if (f->life == f->disk->life)
		give_level(f, level);
	world_leave(f->disk);
	return SQLITE_OK;
}

static int vfs_check_reserved(sqlite3_file *file, int *out)
{
	struct vfs_file *f = of(file);
	world_enter(f->disk);
	*out = f->life == f->disk->life && f->node->db_reserved;
	world_leave(f->disk);
	return SQLITE_OK;
}

/* ---- the log's index ---- */

void shm_drop(struct shm *shm)
{
	if (shm == NULL || --shm->refs > 0)
		return;
	for (int i = 0; i < shm->region_count; i++)
		free(shm->regions[i]);
	free(shm->regions);
	free(shm);
}

static void *zeros(size_t size)
{
	void *at = calloc(1, size);
	if (at == NULL)
		abort();
	return at;
}

static int map_region(struct vfs_file *f, int at, int size, bool is_wanted, void volatile **out)
{
	if (f->shm == NULL) {
		if (f->node->shm == NULL) {
			f->node->shm = zeros(sizeof(struct shm));
			f->node->shm->refs = 1;
		}
		f->shm = f->node->shm;
		f->shm->refs++;
	}
	struct shm *shm = f->shm;
	*out = NULL;
	if (at >= shm->region_count) {
		if (!is_wanted)
			return SQLITE_OK;
		if (world_meets(f->disk, WORLD_FULL))
			return SQLITE_IOERR_SHMSIZE;
		shm->regions = realloc(shm->regions, ((size_t)at + 1) * sizeof(*shm->regions));
		if (shm->regions == NULL)
			abort();
		while (shm->region_count <= at)
			shm->regions[shm->region_count++] = zeros((size_t)size);
	}
	*out = shm->regions[at];
	return SQLITE_OK;
}

static int vfs_shm_map(sqlite3_file *file, int at, int size, int is_wanted, void volatile **out)
{
	struct vfs_file *f = of(file);
	world_enter(f->disk);
	int rc = is_dead(f) ? SQLITE_IOERR_SHMMAP : map_region(f, at, size, is_wanted, out);
	world_leave(f->disk);
	return rc;
}

static void unlock_index(struct vfs_file *f, int first, int count)
{
	for (int i = first; i < first + count; i++) {
		uint16_t bit = (uint16_t)(1u << i);
		if ((f->shared & bit) != 0)
			f->shm->shared[i]--;
		if ((f->exclusive & bit) != 0)
			f->shm->is_exclusive[i] = false;
		f->shared = (uint16_t)(f->shared & ~bit);
		f->exclusive = (uint16_t)(f->exclusive & ~bit);
	}
}

static int lock_index(struct vfs_file *f, int first, int count, bool is_exclusive)
{
	struct shm *shm = f->shm;
	for (int i = first; i < first + count; i++) {
		unsigned mine = f->shared >> i & 1;
		if ((shm->is_exclusive[i] && (f->exclusive >> i & 1) == 0) || (is_exclusive && shm->shared[i] > mine))
			return SQLITE_BUSY;
	}
	for (int i = first; i < first + count; i++) {
		uint16_t bit = (uint16_t)(1u << i);
		if (is_exclusive) {
			shm->is_exclusive[i] = true;
			f->exclusive |= bit;
		} else if ((f->shared & bit) == 0) {
			shm->shared[i]++;
			f->shared |= bit;
		}
	}
	return SQLITE_OK;
}

static int vfs_shm_lock(sqlite3_file *file, int first, int count, int flags)
{
	struct vfs_file *f = of(file);
	int rc = SQLITE_OK;
	world_enter(f->disk);
	if (f->shm == NULL)
		rc = (flags & SQLITE_SHM_UNLOCK) != 0 ? SQLITE_OK : SQLITE_IOERR_SHMLOCK;
	else if ((flags & SQLITE_SHM_UNLOCK) != 0)
		unlock_index(f, first, count);
	else
		rc = is_dead(f) ? SQLITE_IOERR_SHMLOCK : lock_index(f, first, count, (flags & SQLITE_SHM_EXCLUSIVE) != 0);
	world_leave(f->disk);
	return rc;
}

static void vfs_shm_barrier(sqlite3_file *file)
{
	world_enter(of(file)->disk);
	world_leave(of(file)->disk);
}

/* The last connection takes the index with it: the next one makes it from the log. */
static int vfs_shm_unmap(sqlite3_file *file, int is_last)
{
	struct vfs_file *f = of(file);
	(void)is_last;
	world_enter(f->disk);
	if (f->shm != NULL) {
		unlock_index(f, 0, SHM_LOCKS);
		if (f->shm == f->node->shm && f->shm->refs == 2) {
			shm_drop(f->node->shm);
			f->node->shm = NULL;
		}
		shm_drop(f->shm);
		f->shm = NULL;
	}
	world_leave(f->disk);
	return SQLITE_OK;
}

/* ---- the rest of a file ---- */

static int vfs_close(sqlite3_file *file)
{
	struct vfs_file *f = of(file);
	vfs_shm_unmap(file, 0);
	world_enter(f->disk);
	if (f->life == f->disk->life)
		give_level(f, SQLITE_LOCK_NONE);
	if (f->path_gone != NULL && !is_dead(f))
		world_remove(f->disk, f->path_gone);
	node_let_go(f->disk, f->node, f->life);
	node_drop(f->folder);
	world_leave(f->disk);
	free(f->path_gone);
	return SQLITE_OK;
}

static int vfs_file_control(sqlite3_file *file, int op, void *arg)
{
	(void)file;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int vfs_sector_size(sqlite3_file *file)
{
	(void)file;
	return 4096; /* as on a machine of today */
}

static int vfs_characteristics(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* what a torn write did not mean to change is not changed */
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = vfs_close, .xRead = vfs_read, .xWrite = vfs_write, .xTruncate = vfs_truncate,
	.xSync = vfs_sync, .xFileSize = vfs_size, .xLock = vfs_lock, .xUnlock = vfs_unlock,
	.xCheckReservedLock = vfs_check_reserved, .xFileControl = vfs_file_control, .xSectorSize = vfs_sector_size,
	.xDeviceCharacteristics = vfs_characteristics, .xShmMap = vfs_shm_map, .xShmLock = vfs_shm_lock,
	.xShmBarrier = vfs_shm_barrier, .xShmUnmap = vfs_shm_unmap,
};

/* ---- files by name ---- */

static int open_flags(int flags)
{
	int made = (flags & SQLITE_OPEN_CREATE) != 0 ? O_CREAT : 0;
	return (flags & SQLITE_OPEN_READWRITE) != 0 ? O_RDWR | made : O_RDONLY;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
	struct world_disk *d = vfs->pAppData;
	struct vfs_file *f = of(file);
	struct node *folder = NULL;
	*f = (struct vfs_file){.disk = d};
	if ((flags & SQLITE_OPEN_CREATE) != 0)
		world_look(d);
	world_enter(d);
	int rc = 0;
	if (path == NULL) { /* a temporary file has no name */
		f->node = node_new(d, false);
		node_hold(d, f->node);
		node_drop(f->node);
	} else {
		rc = world_open(d, path, open_flags(flags), &f->node, &folder);
	}
	if (rc == -EROFS && (flags & SQLITE_OPEN_READWRITE) != 0) {
		flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
		rc = world_open(d, path, O_RDONLY, &f->node, &folder);
	}
	if (rc == 0) {
		int logs = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
		f->folder = (flags & logs) != 0 && (flags & SQLITE_OPEN_CREATE) != 0 ? node_keep(folder) : NULL;
		f->life = d->life;
		f->path_gone = path != NULL && (flags & SQLITE_OPEN_DELETEONCLOSE) != 0 ? strdup(path) : NULL;
		f->base.pMethods = &methods;
	}
	world_leave(d);
	if (out_flags != NULL)
		*out_flags = flags;
	return rc == 0 ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int is_synced)
{
	struct world_disk *d = vfs->pAppData;
	struct node *folder;
	char name[256];
	world_look(d);
	world_enter(d);
	int rc = world_remove(d, path);
	if (rc == 0 && is_synced) {
		path_find(d, path, &folder, name);
		if (world_sync(d, folder) != 0)
			rc = -EINVAL; /* told from a failed removal below */
	}
	world_leave(d);
	if (rc == -ENOENT)
		return SQLITE_IOERR_DELETE_NOENT;
	return rc == 0 ? SQLITE_OK : rc == -EINVAL ? SQLITE_IOERR_DIR_FSYNC : SQLITE_IOERR_DELETE;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int what, int *out)
{
	struct world_disk *d = vfs->pAppData;
	struct node *folder;
	char name[256];
	world_enter(d);
	struct node *n = path_find(d, path, &folder, name);
	/* As SQLite's own: an empty file is as good as none to one who asks whether it exists. */
	*out = n != NULL && (what != SQLITE_ACCESS_EXISTS || n->is_folder || n->size > 0);
	bool is_cut = d->is_cut;
	world_leave(d);
	return is_cut ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	(void)vfs;
	int n = snprintf(out, (size_t)size, "%s%s", path[0] == '/' ? "" : "/", path);
	return n > 0 && n < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* The same each time: nothing here needs secrets. */
static int vfs_randomness(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	memset(out, 1, (size_t)size);
	return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int for_us)
{
	(void)vfs;
	return for_us;
}

static int vfs_now(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	(void)vfs;
	*out = INT64_C(212466844800000); /* 2020-09-13, in milliseconds of the Julian day: SQLite asks only for its date functions */
	return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	if (size > 0)
		out[0] = '\0';
	return 0;
}

void world_vfs_begin(struct world_disk *d)
{
	snprintf(d->vfs_name, sizeof(d->vfs_name), "world-%p", (void *)d); /* no two disks that live have the same */
	d->vfs = (sqlite3_vfs){
		.iVersion = 2, .szOsFile = (int)sizeof(struct vfs_file), .mxPathname = 1024, .zName = d->vfs_name, .pAppData = d,
		.xOpen = vfs_open, .xDelete = vfs_delete, .xAccess = vfs_access, .xFullPathname = vfs_full_path,
		.xRandomness = vfs_randomness, .xSleep = vfs_sleep, .xGetLastError = vfs_last_error, .xCurrentTimeInt64 = vfs_now,
	};
	if (sqlite3_vfs_register(&d->vfs, 0) != SQLITE_OK)
		abort();
}

void world_vfs_end(struct world_disk *d)
{
	sqlite3_vfs_unregister(&d->vfs);
}
