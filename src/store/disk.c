/* store/disk.c: the disk of this machine. Interrupted calls are made again here, so that nobody above has to. */
#include "store/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CALL_SIZE_MAX ((size_t)1 << 30) /* Linux moves no more than 2 GiB in one call */

static int result_of(int rc)
{
	return rc < 0 ? -errno : rc;
}

static int system_open(void *self, const char *path, int flags)
{
	(void)self;
	return result_of(open(path, flags | O_CLOEXEC, 0600));
}

static int system_lock(void *self, int file)
{
	(void)self;
	return result_of(flock(file, LOCK_EX | LOCK_NB));
}

static ssize_t system_read(void *self, int file, void *bytes, size_t size, uint64_t at)
{
	ssize_t n;
	(void)self;
	do
		n = pread(file, bytes, size < CALL_SIZE_MAX ? size : CALL_SIZE_MAX, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static ssize_t system_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	ssize_t n;
	(void)self;
	do
		n = pwrite(file, bytes, size < CALL_SIZE_MAX ? size : CALL_SIZE_MAX, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int system_sync(void *self, int file)
{
	(void)self;
	return result_of(fsync(file));
}

static int64_t system_size(void *self, int file)
{
	struct stat st;
	(void)self;
	return fstat(file, &st) == 0 ? st.st_size : -errno;
}

static int system_allocate(void *self, int file, uint64_t size)
{
	(void)self;
	return -posix_fallocate(file, 0, (off_t)size);
}

static int system_close(void *self, int file)
{
	(void)self;
	return result_of(close(file));
}

static int system_make_folder(void *self, const char *path)
{
	(void)self;
	return result_of(mkdir(path, 0700));
}

static int system_folder_mode(void *self, const char *path)
{
	struct stat st;
	(void)self;
	if (stat(path, &st) != 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? (int)(st.st_mode & 0777) : -ENOTDIR;
}

static int system_sync_folder(void *self, const char *path)
{
	(void)self;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = result_of(fsync(fd));
	close(fd);
	return rc;
}

static int system_list(void *self, const char *path, disk_each each, void *ctx)
{
	(void)self;
	DIR *dir = opendir(path);
	if (dir == NULL)
		return -errno;
	bool go_on = true;
	int reason = 0;
	while (go_on) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (entry == NULL) {
			reason = errno;
			break;
		}
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			go_on = each(ctx, entry->d_name);
	}
	closedir(dir);
	return -reason;
}

static int system_rename(void *self, const char *from, const char *to)
{
	(void)self;
	return result_of(rename(from, to));
}

static int system_remove(void *self, const char *path)
{
	(void)self;
	return result_of(unlink(path));
}

static int64_t system_free_size(void *self, const char *path)
{
	struct statvfs st;
	(void)self;
	return statvfs(path, &st) == 0 ? (int64_t)((uint64_t)st.f_bavail * st.f_frsize) : -errno;
}

const struct disk disk_system = {
	.open = system_open, .lock = system_lock, .read = system_read, .write = system_write, .sync = system_sync,
	.size = system_size, .allocate = system_allocate, .close = system_close, .make_folder = system_make_folder,
	.folder_mode = system_folder_mode, .sync_folder = system_sync_folder, .list = system_list,
	.rename = system_rename, .remove = system_remove, .free_size = system_free_size,
};
