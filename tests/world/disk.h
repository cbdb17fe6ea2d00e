/* tests/world/disk.h: a disk in memory that forgets, tears and fills up, by seed.
 *
 *   store/ --struct disk (store/disk.h), a SQLite VFS--> world_disk: for each file the bytes as they are read, and what was
 *   written since its last sync; for each folder its names, and how they changed since its last sync.
 *
 * A power cut keeps what was synced; of the rest, each write is kept, lost, or kept in some sectors of 512 bytes, in any mixture
 * (so later ones may be there without earlier ones), and each change of names is kept or lost, in order within its folder. A new
 * file whose name was never synced may be gone with all its synced bytes. A file is as long as what was kept of it.
 * One process. The same calls with the same seed leave the same bytes; several threads may call, but then their order decides.
 * (SQLite salts its logs by a generator of its own: sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, n, NULL) once a run.)
 */
#ifndef CORDON_WORLD_DISK_H
#define CORDON_WORLD_DISK_H

#include "base/random.h"
#include "store/disk.h"

struct world_disk;
struct world_disk *world_disk_new(void);                       /* empty, healthy, 64 MiB; aborts without memory */
void world_disk_free(struct world_disk *d);                    /* after all that used it was closed */
/* What store_open_on takes; lives as long as `d`. Several disks may live side by side. Paths begin at the root, "data" = "/data". */
const struct disk *world_disk_table(struct world_disk *d);

/* ---- faults: what the next calls meet; each is counted ---- */

enum world_fault {
	WORLD_FULL,          /* ENOSPC at a write, a growing or a new name; a part of a write may have happened; reading goes on */
	WORLD_WRITE_ERROR,   /* EIO at a write; a part of it may have happened */
	WORLD_SYNC_ERROR,    /* EIO at a sync: the unsynced writes are forgotten as unsynced: a second sync "succeeds" although
	                        they never were on disk. They can be read until the power goes, and then each is kept or lost.
	                        Of a folder: its names stay unsynced */
	WORLD_READ_ERROR,    /* EIO at a read */
	WORLD_READ_ONLY,     /* EROFS at every change, and at opening for writing */
	WORLD_FAULTS
};
/* The fault meets the `after`-th call from now that it can meet (1 = the next), and `count` such calls from there on; UINT64_MAX: until
 * world_disk_heal. Several may wait at once. */
void world_disk_plan_fault(struct world_disk *d, enum world_fault fault, uint64_t after, uint64_t count);
void world_disk_heal(struct world_disk *d);                    /* no fault waits any more */
uint64_t world_disk_faults_met(const struct world_disk *d, enum world_fault fault);
/* Calls so far that the fault could have met: so that each can be met in turn. */
uint64_t world_disk_calls(const struct world_disk *d, enum world_fault fault);
void world_disk_set_size(struct world_disk *d, uint64_t bytes_max); /* what there is room for */

/* ---- power ---- */

uint64_t world_disk_changes(const struct world_disk *d);       /* writes, syncs, truncations, changes of names so far */
/* The power goes at the change number `at` (world_disk_changes() + 1 = the next): it and every later call fails with EIO. That one
 * change is in flight: it may be there afterwards, wholly or partly. */
void world_disk_plan_cut(struct world_disk *d, uint64_t at);
void world_disk_cut_now(struct world_disk *d);
bool world_disk_is_cut(const struct world_disk *d);
/* What is left becomes what there is, and the disk works again. What was opened before is dead: it fails with EIO until
 * it is closed, which does nothing more to the disk. (Close it before or after; the store's closing is harmless then.) */
void world_disk_power_on(struct world_disk *d, struct random *r);
/* The same for a killed process: nothing written is lost, neither what is unsynced nor that it is; only what is open is dead.
 * A planned cut is the moment of the kill. */
void world_disk_kill_process(struct world_disk *d);

/* ---- looking and spoiling ---- */

/* Calls `look` before each change, for copies at every moment; it may use other disks, and of this one the calls below. NULL: no more. */
void world_disk_watch(struct world_disk *d, void (*look)(void *ctx), void *ctx);
/* As a cut now may leave it (r NULL: as a killed process would leave it, and all of that synced); a disk of its own. */
struct world_disk *world_disk_copy(const struct world_disk *d, struct random *r);
/* The bytes of a file as a reader would see them now; NULL: no such file. Borrowed until the next change. */
const unsigned char *world_disk_bytes(struct world_disk *d, const char *path, size_t *out_size);
void world_disk_put(struct world_disk *d, const char *path, const void *bytes, size_t size); /* durable at once, with its folders */
void world_disk_remove(struct world_disk *d, const char *path); /* durable at once; nothing if it is not there */

#endif
