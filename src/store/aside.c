/* store/aside.c: files that are in the way are given another name, and files that will change are copied first, for whoever looks
 * for the cause:  NAME.N.aside, N = 20 digits: what was kept; then NAME.N.aside-1 and so on: nothing is written over. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/log.h"

#define STEP_SIZE 16384
#define NAMES_MAX 100 /* of one number; the hundredth takes the place of the one before */

static err_t find_free_name(const struct store *s, const char *session_id, const char *name, uint64_t number,
                            char out[STORE_PATH_SIZE])
{
	const struct disk *disk = s->disk;
	for (int i = 0; i < NAMES_MAX; i++) {
		char aside[96], tail[16] = "";
		if (i > 0)
			snprintf(tail, sizeof(tail), "-%d", i);
		snprintf(aside, sizeof(aside), "%.40s.%020llu.aside%s", name, (unsigned long long)number, tail);
		err_t error = store_path(s, session_id, aside, out);
		if (error != ERR_NONE)
			return error;
		int file = disk->open(disk->self, out, O_RDONLY);
		if (file == -ENOENT)
			break;
		if (file >= 0)
			disk->close(disk->self, file);
	}
	return ERR_NONE;
}

static err_t paths_of(const struct store *s, const char *session_id, const char *name, uint64_t number,
                      char path[STORE_PATH_SIZE], char path_aside[STORE_PATH_SIZE])
{
	err_t error = store_path(s, session_id, name, path);
	return error != ERR_NONE ? error : find_free_name(s, session_id, name, number, path_aside);
}

err_t aside_rename(const struct store *s, const char *session_id, const char *name, uint64_t number)
{
	char path[STORE_PATH_SIZE], path_aside[STORE_PATH_SIZE];
	err_t error = paths_of(s, session_id, name, number, path, path_aside);
	if (error != ERR_NONE)
		return error;
	int rc = s->disk->rename(s->disk->self, path, path_aside);
	return rc == 0 || rc == -ENOENT ? ERR_NONE : ERR_STORE_WRITE;
}

static int write_whole(const struct disk *disk, int file, const char *bytes, size_t size, uint64_t at)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = disk->write(disk->self, file, bytes + done, size - done, at + done);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int copy_bytes(const struct disk *disk, int from, int to)
{
	char bytes[STEP_SIZE];
	uint64_t at = 0;
	for (;;) {
		ssize_t n = disk->read(disk->self, from, bytes, sizeof(bytes), at);
		if (n <= 0)
			return n < 0 ? (int)n : disk->sync(disk->self, to);
		int rc = write_whole(disk, to, bytes, (size_t)n, at);
		if (rc != 0)
			return rc;
		at += (uint64_t)n;
	}
}

err_t aside_copy(const struct store *s, const char *session_id, const char *name, uint64_t number)
{
	char path[STORE_PATH_SIZE], path_aside[STORE_PATH_SIZE];
	const struct disk *disk = s->disk;
	err_t error = paths_of(s, session_id, name, number, path, path_aside);
	if (error != ERR_NONE)
		return error;
	int from = disk->open(disk->self, path, O_RDONLY);
	if (from < 0)
		return from == -ENOENT ? ERR_NONE : ERR_STORE_OPEN;
	if (disk->size(disk->self, from) == 0) { /* tells nobody anything */
		disk->close(disk->self, from);
		return ERR_NONE;
	}
	int to = disk->open(disk->self, path_aside, O_RDWR | O_CREAT);
	int rc = to < 0 ? to : copy_bytes(disk, from, to);
	disk->close(disk->self, from);
	if (to >= 0)
		disk->close(disk->self, to);
	if (rc == 0)
		return ERR_NONE;
	log_error("store", "%s could not be copied: system error %d", path, -rc);
	if (to >= 0)
		disk->remove(disk->self, path_aside);
	return rc == -ENOSPC || rc == -EDQUOT ? ERR_STORE_FULL : ERR_STORE_WRITE;
}
