/* fuzz/scratch.c: see scratch.h. */
#include "scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hold.h"

static char dir[64];
static struct store *store;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

void scratch_empty(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void at_end(void)
{
	store_close(store);
	store = NULL;
	scratch_empty(dir);
}

const char *scratch_dir(void)
{
	if (dir[0] != '\0')
		return dir;
	snprintf(dir, sizeof(dir), "%s/cordon-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	HOLD(mkdtemp(dir) != NULL);
	atexit(at_end);
	return dir;
}

struct store *scratch_store(void)
{
	char path[96];
	if (store != NULL)
		return store;
	snprintf(path, sizeof(path), "%s/data", scratch_dir());
	HOLD(store_open(path, &store, NULL) == ERR_NONE);
	snprintf(path, sizeof(path), "%s/data/sessions/s", dir);
	mkdir(path, 0700);
	return store;
}

void scratch_renew(void)
{
	char path[96];
	store_close(store);
	store = NULL;
	snprintf(path, sizeof(path), "%s/data", scratch_dir());
	scratch_empty(path);
}

void scratch_write(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	HOLD(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
}
