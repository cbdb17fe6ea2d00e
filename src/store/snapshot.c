/* store/snapshot.c: a snapshot is a file of its own, whole or not there.
 *
 *   0         8        12       16       24     32
 *   "CDNSNAP\0" version  crc32c   number   size   bytes ...     (little-endian)
 *
 * The crc covers the head (with its own place zero) and the bytes. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define HEAD_SIZE 32
#define VERSION 1
#define KEPT_COUNT 2
#define NAME_FORMAT "%020" PRIu64 ".snapshot"
#define NAME_SIZE 64

static const char magic[8] = "CDNSNAP";

static void pack_head(uint8_t head[HEAD_SIZE], uint64_t number, const void *bytes, size_t size)
{
	memset(head, 0, HEAD_SIZE);
	memcpy(head, magic, sizeof(magic));
	pack_u32(head + 8, VERSION);
	pack_u64(head + 16, number);
	pack_u64(head + 24, size);
	pack_u32(head + 12, check_crc32c(check_crc32c(0, head, HEAD_SIZE), bytes, size));
}

/* ---- which there are ---- */

/* The number in a snapshot's file name, 0 if it is not one. */
static uint64_t number_of_name(const char *name)
{
	uint64_t number = 0;
	char again[NAME_SIZE];
	for (const char *p = name; *p >= '0' && *p <= '9' && p - name < 20; p++) {
		unsigned digit = (unsigned)(*p - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return 0;
		number = number * 10 + digit;
	}
	snprintf(again, sizeof(again), NAME_FORMAT, number);
	return strcmp(name, again) == 0 ? number : 0;
}

struct newest { uint64_t below, number; };

static bool note_newest(void *ctx, const char *name)
{
	struct newest *n = ctx;
	uint64_t number = number_of_name(name);
	if (number > n->number && number < n->below)
		n->number = number;
	return true;
}

/* The greatest number below `below` in the folder, 0 if there is none. The folder holds two or three files. */
static uint64_t newest_below(const struct store *s, const char *folder, uint64_t below)
{
	struct newest n = {.below = below};
	s->disk->list(s->disk->self, folder, note_newest, &n);
	return n.number;
}

size_t snapshot_list(struct store *s, const char *session_id, uint64_t *out_numbers, size_t count_max)
{
	char folder[STORE_PATH_SIZE];
	uint64_t number = UINT64_MAX;
	size_t count = 0;
	if (store_path(s, session_id, "", folder) != ERR_NONE)
		return 0;
	while (count < count_max && (number = newest_below(s, folder, number)) > 0)
		out_numbers[count++] = number;
	return count;
}

uint64_t snapshot_newest_number(const struct store *s, const char *session_id)
{
	char folder[STORE_PATH_SIZE];
	return store_path(s, session_id, "", folder) == ERR_NONE ? newest_below(s, folder, UINT64_MAX) : 0;
}

static err_t snapshot_path(const struct store *s, const char *session_id, uint64_t number, char out[STORE_PATH_SIZE])
{
	char name[NAME_SIZE];
	snprintf(name, sizeof(name), NAME_FORMAT, number);
	return store_path(s, session_id, name, out);
}

static void remove_old(const struct store *s, const char *session_id, const char *folder)
{
	char path[STORE_PATH_SIZE];
	uint64_t number = UINT64_MAX;
	for (int i = 0; i < KEPT_COUNT; i++)
		number = newest_below(s, folder, number);
	while (number > 0 && (number = newest_below(s, folder, number)) > 0)
		if (snapshot_path(s, session_id, number, path) != ERR_NONE || s->disk->remove(s->disk->self, path) != 0)
			return;
}

/* ---- writing ---- */

static err_t write_error(ssize_t rc)
{
	if (rc >= 0)
		return ERR_NONE;
	return rc == -ENOSPC || rc == -EDQUOT ? ERR_STORE_FULL : ERR_STORE_WRITE;
}

static err_t write_all(const struct disk *disk, int file, const void *bytes, size_t size, uint64_t at)
{
	const char *p = bytes;
	for (size_t done = 0; done < size;) {
		ssize_t n = disk->write(disk->self, file, p + done, size - done, at + done);
		if (n <= 0)
			return write_error(n < 0 ? n : -ENOSPC);
		done += (size_t)n;
	}
	return ERR_NONE;
}

/* Written under a name that no reader takes, on disk before it gets its own. */
static err_t write_aside(const struct disk *disk, const char *path_aside, uint64_t number, const void *bytes,
                         size_t size)
{
	uint8_t head[HEAD_SIZE];
	int file = disk->open(disk->self, path_aside, O_WRONLY | O_CREAT | O_TRUNC);
	if (file < 0)
		return write_error(file);
	pack_head(head, number, bytes, size);
	err_t error = write_all(disk, file, head, sizeof(head), 0);
	if (error == ERR_NONE)
		error = write_all(disk, file, bytes, size, sizeof(head));
	if (error == ERR_NONE)
		error = write_error(disk->sync(disk->self, file));
	err_t close_error = write_error(disk->close(disk->self, file));
	return error == ERR_NONE ? close_error : error;
}

err_t snapshot_write(struct store *s, const char *session_id, uint64_t number, const void *bytes, size_t size)
{
	char path[STORE_PATH_SIZE], path_aside[STORE_PATH_SIZE], folder[STORE_PATH_SIZE];
	if (number == 0)
		return ERR_BUG;
	err_t error = store_make_session(s, session_id, NULL);
	if (error == ERR_NONE)
		error = snapshot_path(s, session_id, number, path);
	if (error == ERR_NONE)
		error = store_path(s, session_id, "snapshot.part", path_aside);
	if (error == ERR_NONE)
		error = store_path(s, session_id, "", folder);
	if (error != ERR_NONE)
		return error;
	error = write_aside(s->disk, path_aside, number, bytes, size);
	if (error == ERR_NONE)
		error = write_error(s->disk->rename(s->disk->self, path_aside, path));
	if (error == ERR_NONE)
		error = store_sync_folder(s, folder);
	if (error == ERR_NONE) {
		remove_old(s, session_id, folder);
	} else {
		log_warn("store", "%s was not written (%s)", path, error_row(error)->code);
		s->disk->remove(s->disk->self, path_aside);
	}
	return error;
}

/* ---- reading ---- */

static bool read_all(const struct disk *disk, int file, void *bytes, size_t size, uint64_t at)
{
	char *p = bytes;
	for (size_t done = 0; done < size;) {
		ssize_t n = disk->read(disk->self, file, p + done, size - done, at + done);
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* Errors: STORE_CORRUPT (to be passed over), MEMORY and TOO_LARGE (to be told). */
static err_t read_checked(const struct disk *disk, int file, uint64_t number, struct buf *out)
{
	uint8_t head[HEAD_SIZE], again[HEAD_SIZE];
	int64_t file_size = disk->size(disk->self, file);
	if (file_size < HEAD_SIZE || !read_all(disk, file, head, sizeof(head), 0))
		return ERR_STORE_CORRUPT;
	uint64_t size = unpack_u64(head + 24);
	/* The file's own size bounds what a damaged head can ask for. */
	if (size != (uint64_t)file_size - HEAD_SIZE)
		return ERR_STORE_CORRUPT;
	buf_reset(out);
	err_t error = buf_reserve(out, size);
	if (error != ERR_NONE)
		return error;
	if (!read_all(disk, file, out->at, size, HEAD_SIZE))
		return ERR_STORE_CORRUPT;
	pack_head(again, number, out->at, size);
	if (memcmp(head, again, HEAD_SIZE) != 0)
		return ERR_STORE_CORRUPT;
	out->size = size;
	out->at[size] = '\0';
	return ERR_NONE;
}

err_t snapshot_read_one(struct store *s, const char *session_id, uint64_t number, struct buf *out)
{
	char path[STORE_PATH_SIZE];
	err_t error = snapshot_path(s, session_id, number, path);
	if (error != ERR_NONE)
		return error;
	int file = s->disk->open(s->disk->self, path, O_RDONLY);
	if (file < 0)
		return ERR_STORE_CORRUPT;
	error = read_checked(s->disk, file, number, out);
	s->disk->close(s->disk->self, file);
	return error;
}

err_t snapshot_set_aside(struct store *s, const char *session_id, uint64_t number)
{
	char path[STORE_PATH_SIZE], path_aside[STORE_PATH_SIZE], folder[STORE_PATH_SIZE], name[NAME_SIZE + 8];
	snprintf(name, sizeof(name), NAME_FORMAT ".bad", number);
	err_t error = snapshot_path(s, session_id, number, path);
	if (error == ERR_NONE)
		error = store_path(s, session_id, name, path_aside);
	if (error == ERR_NONE)
		error = store_path(s, session_id, "", folder);
	if (error == ERR_NONE)
		error = write_error(s->disk->rename(s->disk->self, path, path_aside));
	return error != ERR_NONE ? error : store_sync_folder(s, folder);
}

err_t snapshot_read(struct store *s, const char *session_id, uint64_t number_max, uint64_t *out_number,
                    struct buf *out)
{
	char folder[STORE_PATH_SIZE], path[STORE_PATH_SIZE];
	err_t error = store_path(s, session_id, "", folder);
	if (error != ERR_NONE)
		return error;
	uint64_t number = number_max == UINT64_MAX ? number_max : number_max + 1;
	while ((number = newest_below(s, folder, number)) > 0) {
		if ((error = snapshot_path(s, session_id, number, path)) != ERR_NONE)
			return error;
		error = snapshot_read_one(s, session_id, number, out);
		if (error == ERR_NONE)
			break;
		if (error != ERR_STORE_CORRUPT)
			return error;
		log_warn("store", "%s fails its check and is passed over", path);
	}
	if (number == 0)
		buf_reset(out);
	*out_number = number;
	return ERR_NONE;
}
