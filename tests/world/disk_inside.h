/* tests/world/disk_inside.h: what the files of the simulated disk share.
 *
 *   disk.c        bytes and names, what is unsynced, what a cut leaves         disk_vfs.c   SQLite's way in
 *   disk_table.c  the store's way in (struct disk), faults and power           disk_inside.h
 */
#ifndef CORDON_WORLD_DISK_INSIDE_H
#define CORDON_WORLD_DISK_INSIDE_H

#include <pthread.h>
#include <sqlite3.h>

#include "disk.h"

#define SECTOR_SIZE 512u
#define BLOCK_SIZE 4096u /* what room is counted in */
#define SHM_LOCKS 8

/* A write or a truncation since the last sync that is believed. `before` and `after` lie in the file's `saved`. */
struct unsynced {
	bool is_truncation;
	bool is_ghost;  /* its sync failed: no later sync brings it to the disk */
	bool is_synced; /* kept only because a ghost lies under it */
	uint64_t at, size;  /* of a truncation: size is the new size */
	uint64_t size_before;
	size_t saved_at, before_size;
};

struct node;
struct entry {
	char *name;
	struct node *node;
};

/* One name of a folder set to something else; those of one rename belong together. */
struct renaming {
	char *name;
	struct node *before, *after;
	bool is_joined; /* with the one before it */
};

/* The write-ahead log's index, shared by the connections of one database. Outlives the process's death for those it left behind. */
struct shm {
	unsigned refs;
	unsigned char **regions;
	int region_count, region_size;
	unsigned shared[SHM_LOCKS];
	bool is_exclusive[SHM_LOCKS];
};

struct node {
	bool is_folder;
	unsigned refs;  /* who holds it in memory: names, unsynced names, openings */
	unsigned links, openings; /* while there is one, it takes room */
	uint64_t life;            /* of the process that its openings and locks belong to */
	/* a file */
	unsigned char *bytes;
	uint64_t size, filled; /* zeros from `filled` on */
	size_t capacity;
	struct unsynced *unsynced;
	size_t unsynced_count, unsynced_max;
	unsigned char *saved;
	size_t saved_size, saved_max;
	bool has_ghosts;
	/* what belongs to a process: of the life `life` */
	bool is_locked;        /* flock */
	unsigned db_shared;
	bool db_reserved, db_pending, db_exclusive;
	struct shm *shm;
	/* a folder */
	struct node *above;
	struct entry *entries;
	size_t entry_count, entry_max;
	struct renaming *renamings;
	size_t renaming_count, renaming_max;
};

struct plan {
	uint64_t after, count, met, calls;
};

struct handle {
	struct node *node;
	bool is_lock_held;
};

struct world_disk {
	struct disk table;
	sqlite3_vfs vfs;
	char vfs_name[32];
	pthread_mutex_t lock;
	struct node *root;
	struct random random; /* how much of a failed write happened */
	uint64_t used, bytes_max;
	uint64_t changes, cut_at;
	bool is_cut;
	uint64_t life; /* of the process: ends with the power and by a kill */
	struct plan plans[WORLD_FAULTS];
	void (*look)(void *ctx);
	void *look_ctx;
	struct handle *handles;
	size_t handle_max;
	int handle_count, handle_first; /* numbers are never used again in another life */
};

/* ---- disk.c: all with the lock held ---- */

void *world_grow(void *at, size_t *max, size_t wanted, size_t size_each); /* aborts without memory */
struct node *node_new(struct world_disk *d, bool is_folder);
struct node *node_keep(struct node *n);
void node_drop(struct node *n);
uint64_t node_room(const struct node *n); /* what it takes of the disk */
void node_hold(struct world_disk *d, struct node *n);                  /* an opening more */
void node_let_go(struct world_disk *d, struct node *n, uint64_t life); /* an opening of that life less */

uint64_t file_read(const struct node *n, uint64_t at, void *bytes, uint64_t size); /* what there is of it */
/* Written as far as there is room; what was not is the result. Remembered as unsynced. */
uint64_t file_write(struct world_disk *d, struct node *n, uint64_t at, const void *bytes, uint64_t size);
bool file_truncate(struct world_disk *d, struct node *n, uint64_t size); /* false: no room to grow */
void file_sync(struct node *n);
void file_sync_failed(struct node *n);
void folder_sync(struct node *n);

/* Finds what `path` names; the folder and the last part of the name also where there is nothing of that name. */
struct node *path_find(const struct world_disk *d, const char *path, struct node **out_folder, char out_name[256]);
/* Sets a name of a folder; NULL: takes it away. `is_joined`: one step with the change before it. */
void folder_set(struct world_disk *d, struct node *folder, const char *name, struct node *to, bool is_joined);

/* Spoiling: durable at once. */
void folder_put(struct node *folder, const char *name, struct node *to);
void file_replace(struct node *n, const void *bytes, size_t size);
const unsigned char *file_whole(struct node *n);

void tree_cut(struct node *n, struct random *r);
uint64_t tree_room(struct world_disk *d, struct node *n);
struct node *tree_copy(struct world_disk *to, const struct node *n, struct random *r); /* r NULL: nothing is lost */

/* ---- disk_table.c ---- */

void world_enter(struct world_disk *d);
void world_leave(struct world_disk *d);
bool world_meets(struct world_disk *d, enum world_fault fault);
void world_look(struct world_disk *d); /* before a change, without the lock */
/* Before each change. GO: do it. IN_FLIGHT: do it, and answer EIO, for the power is gone. DEAD: EIO. */
enum gate { GO, IN_FLIGHT, DEAD };
enum gate world_change(struct world_disk *d);
/* The whole of one change, with its faults: 0 or more, or a negative errno. With the lock held. */
int world_open(struct world_disk *d, const char *path, int flags, struct node **out, struct node **out_folder);
int64_t world_write(struct world_disk *d, struct node *n, uint64_t at, const void *bytes, uint64_t size);
int world_truncate(struct world_disk *d, struct node *n, uint64_t size);
int world_sync(struct world_disk *d, struct node *n);
int world_remove(struct world_disk *d, const char *path);
int64_t world_read(struct world_disk *d, const struct node *n, uint64_t at, void *bytes, uint64_t size);

/* ---- disk_vfs.c ---- */

void world_vfs_begin(struct world_disk *d);
void world_vfs_end(struct world_disk *d);
void shm_drop(struct shm *shm);

#endif
