/* tests/world/disk.h: a disk in memory that forgets, tears and fills up, by seed.
 *
 *   store/ --struct disk (store/disk.h), a SQLite VFS--> world_disk: for each file the bytes that are durable, and every
 *   write since its last sync; for each folder the names that are durable, and every change since its last sync.
 *
 * A power cut keeps what was synced; of the rest, each write is kept, lost, or kept in some sectors of 512 bytes, in any mixture
 * (so later ones may be there without earlier ones), and each change of names is kept or lost, in order within its folder.
 * One process, one thread. The same calls with the same seed leave the same bytes.
 */
#ifndef CORDON_WORLD_DISK_H
#define CORDON_WORLD_DISK_H

#include "base/random.h"
#include "store/disk.h"

struct world_disk;
struct world_disk *world_disk_new(void);                       /* empty, healthy, 64 MiB; aborts without memory */
void world_disk_free(struct world_disk *d);
/* What store_open_on takes; lives as long as `d`. Several disks may live side by side. */
const struct disk *world_disk_table(struct world_disk *d);

/* ---- faults: what the next calls meet; each is counted ---- */

enum world_fault {
	WORLD_FULL,          /* ENOSPC at a write or a growing; reading goes on */
	WORLD_WRITE_ERROR,   /* EIO at a write; a part of it may have happened */
	WORLD_SYNC_ERROR,    /* EIO at a sync: the unsynced writes are dropped or kept, and forgotten as unsynced: a second
	                        sync "succeeds" although they never were on disk */
	WORLD_READ_ERROR,    /* EIO at a read */
	WORLD_READ_ONLY,     /* EROFS at every change */
	WORLD_FAULTS
};
/* The fault meets the `after`-th call from now that it can meet (1 = the next), and `count` such calls from there on; UINT64_MAX: until
 * world_disk_heal. Several may wait at once. */
void world_disk_plan_fault(struct world_disk *d, enum world_fault fault, uint64_t after, uint64_t count);
void world_disk_heal(struct world_disk *d);                    /* no fault waits any more */
uint64_t world_disk_faults_met(const struct world_disk *d, enum world_fault fault);
void world_disk_set_size(struct world_disk *d, uint64_t bytes_max); /* what there is room for */

/* ---- power ---- */

uint64_t world_disk_changes(const struct world_disk *d);       /* writes, syncs, truncations, changes of names so far */
/* The power goes at the change number `at` (world_disk_changes() + 1 = the next): it and every later call fails with EIO. */
void world_disk_plan_cut(struct world_disk *d, uint64_t at);
void world_disk_cut_now(struct world_disk *d);
bool world_disk_is_cut(const struct world_disk *d);
/* After everything that used the disk was closed: what is left becomes what there is, and the disk works again. */
void world_disk_power_on(struct world_disk *d, struct random *r);
/* The same for a killed process: nothing written is lost, only what is open is closed. */
void world_disk_kill_process(struct world_disk *d);

/* ---- looking and spoiling ---- */

/* The bytes of a file as a reader would see them now; NULL: no such file. Borrowed until the next change. */
const unsigned char *world_disk_bytes(struct world_disk *d, const char *path, size_t *out_size);
void world_disk_put(struct world_disk *d, const char *path, const void *bytes, size_t size); /* durable at once */
struct world_disk *world_disk_copy(const struct world_disk *d, struct random *r); /* as a cut now may leave it; a disk of its own */

#endif
