/* store/disk.h: the file calls of store/ behind one table, so that a test can put a disk of its own underneath.
 *
 *   store/ --struct disk--> the system's calls (store/disk.c), or a disk in memory (tests/world/disk.h)
 *      \--SQLite--> the VFS that the table names
 *
 * Each row stands for one system call, so that a mistake in their order (a rename before its sync) can be seen from below.
 * All return what was asked for, or 0, or a negative errno (-ENOSPC). Any thread.
 */
#ifndef CORDON_STORE_DISK_H
#define CORDON_STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Returns false to stop. */
typedef bool (*disk_each)(void *ctx, const char *name);

struct disk {
	void *self;
	const char *vfs; /* SQLite's name for the same disk; NULL: the system's */

	int (*open)(void *self, const char *path, int flags); /* flags of open(2), new files 0600; a file number >= 0 */
	int (*lock)(void *self, int file);                    /* for this opening alone; -EWOULDBLOCK: another has it */
	ssize_t (*read)(void *self, int file, void *bytes, size_t size, uint64_t at); /* may be short; 0 at the end */
	ssize_t (*write)(void *self, int file, const void *bytes, size_t size, uint64_t at); /* may be short */
	int (*sync)(void *self, int file);
	int64_t (*size)(void *self, int file);
	int (*allocate)(void *self, int file, uint64_t size); /* blocks, not a hole */
	int (*close)(void *self, int file);

	int (*make_folder)(void *self, const char *path);     /* 0700; -EEXIST */
	int (*folder_mode)(void *self, const char *path);     /* its permission bits; -ENOTDIR: something else is there */
	int (*sync_folder)(void *self, const char *path);     /* the names in it */
	int (*list)(void *self, const char *path, disk_each each, void *ctx); /* every name but . and .. */
	int (*rename)(void *self, const char *from, const char *to); /* takes the place of `to` */
	int (*remove)(void *self, const char *path);          /* a file's name */
	int64_t (*free_size)(void *self, const char *path);   /* what this user may still write there */
};

/* The disk of this machine. */
extern const struct disk disk_system;

#endif
