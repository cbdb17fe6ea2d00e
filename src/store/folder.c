/* store/folder.c: the data folder, its lock and its reserve. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define RESERVE_SIZE (1 << 20)
#define SESSION_ID_SIZE_MAX 64
/* The reserve is made again when so much is free: far enough from full not to be the cause of it. */
#define REFILL_FREE_SIZE ((int64_t)16 * RESERVE_SIZE)

static bool is_session_id(const char *id)
{
	size_t size = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return id[size] == '\0' && size >= 1 && size <= SESSION_ID_SIZE_MAX;
}

err_t store_path(const struct store *s, const char *session_id, const char *name, char out[STORE_PATH_SIZE])
{
	int size;
	if (session_id == NULL)
		size = snprintf(out, STORE_PATH_SIZE, "%s/%s", s->dir, name);
	else if (!is_session_id(session_id))
		return ERR_NAME_BAD;
	else
		size = snprintf(out, STORE_PATH_SIZE, "%s/sessions/%s%s%s", s->dir, session_id, name[0] ? "/" : "", name);
	return size < STORE_PATH_SIZE ? ERR_NONE : ERR_TOO_LARGE;
}

err_t store_sync_folder(const struct store *s, const char *path)
{
	return s->disk->sync_folder(s->disk->self, path) == 0 ? ERR_NONE : ERR_STORE_WRITE;
}

/* Who may not read the folder above has not made this one; and what can be neither written nor synced (the root of a live system,
 * on which the data folder is mounted) has nothing that waits for the disk. */
static bool has_nothing_to_sync(int rc)
{
	return rc == -EACCES || rc == -EPERM || rc == -EINVAL || rc == -EROFS;
}

/* The folder, and the folder above it synced so that a power loss leaves the name: also where the folder is there already,
 * for who made it may have been killed before the sync. */
static err_t make_folder(const struct store *s, const char *path, const char *above, struct problem *problem)
{
	int rc = s->disk->make_folder(s->disk->self, path);
	bool is_there = rc == -EEXIST && s->disk->folder_mode(s->disk->self, path) >= 0;
	if (rc == 0 || is_there) {
		int sync_rc = s->disk->sync_folder(s->disk->self, above);
		if (sync_rc == 0 || (is_there && has_nothing_to_sync(sync_rc)))
			return ERR_NONE;
		return problem_set(problem, ERR_STORE_OPEN, NULL, "%s cannot be synced: %s", above, strerror(-sync_rc));
	}
	return problem_set(problem, ERR_STORE_OPEN, NULL, "%s: %s", path,
	                   rc == -EEXIST ? "not a folder" : strerror(-rc));
}

err_t store_make_session(const struct store *s, const char *session_id, struct problem *problem)
{
	char path[STORE_PATH_SIZE], above[STORE_PATH_SIZE];
	err_t error = store_path(s, session_id, "", path);
	if (error == ERR_NONE)
		error = store_path(s, NULL, "sessions", above);
	if (error != ERR_NONE)
		return problem_set(problem, error, "session", "%.80s", session_id);
	return make_folder(s, path, above, problem);
}

bool store_spend_reserve(struct store *s)
{
	if (atomic_exchange(&s->is_reserve_spent, true))
		return false;
	char path[STORE_PATH_SIZE];
	bool is_freed = store_path(s, NULL, "reserve", path) == ERR_NONE &&
		s->disk->remove(s->disk->self, path) == 0;
	log_error("store", "the disk of %s is full: %s", s->dir,
	          is_freed ? "the reserve of 1 MiB was given back to it" : "there is no reserve");
	return is_freed;
}

/* Blocks, not a hole: only what was taken can be given back. */
static bool make_reserve(const struct disk *disk, const char *path)
{
	int file = disk->open(disk->self, path, O_RDWR | O_CREAT);
	if (file < 0)
		return false;
	bool is_made = disk->allocate(disk->self, file, RESERVE_SIZE) == 0;
	disk->close(disk->self, file);
	if (!is_made)
		disk->remove(disk->self, path);
	return is_made;
}

void store_refill_reserve(struct store *s)
{
	if (!atomic_load(&s->is_reserve_spent))
		return;
	char path[STORE_PATH_SIZE];
	if (s->disk->free_size(s->disk->self, s->dir) < REFILL_FREE_SIZE)
		return;
	if (store_path(s, NULL, "reserve", path) == ERR_NONE && make_reserve(s->disk, path)) {
		atomic_store(&s->is_reserve_spent, false);
		log_info("store", "the disk of %s has room again; the reserve is back", s->dir);
	}
}

bool store_is_disk_full(const struct store *s)
{
	return atomic_load(&s->is_reserve_spent);
}

static err_t take_lock(struct store *s, struct problem *problem)
{
	char path[STORE_PATH_SIZE];
	err_t error = store_path(s, NULL, "lock", path);
	if (error != ERR_NONE)
		return problem_set(problem, error, NULL, "the path is too long");
	s->lock_file = s->disk->open(s->disk->self, path, O_RDWR | O_CREAT);
	if (s->lock_file < 0)
		return problem_set(problem, ERR_STORE_OPEN, NULL, "%s: %s", path, strerror(-s->lock_file));
	int rc = s->disk->lock(s->disk->self, s->lock_file);
	if (rc != 0)
		return problem_set(problem, rc == -EWOULDBLOCK ? ERR_STORE_LOCKED : ERR_STORE_OPEN, NULL, "%s: %s", path,
		                   strerror(-rc));
	return ERR_NONE;
}

static err_t make_folders(const struct store *s, struct problem *problem)
{
	char path[STORE_PATH_SIZE], above[STORE_PATH_SIZE];
	if (store_path(s, NULL, "..", above) != ERR_NONE || store_path(s, NULL, "sessions", path) != ERR_NONE)
		return problem_set(problem, ERR_STORE_OPEN, NULL, "the path is too long");
	err_t error = make_folder(s, s->dir, above, problem);
	int mode = s->disk->folder_mode(s->disk->self, s->dir);
	if (error == ERR_NONE && mode > 0 && (mode & 077) != 0)
		log_warn("store", "other users may look into %s; chmod 700 it", s->dir);
	return error != ERR_NONE ? error : make_folder(s, path, s->dir, problem);
}

/* On a full disk even opening needs a little room (the log's index): the reserve is for that too. */
static err_t open_catalog(struct store *s, struct problem *problem)
{
	char path[STORE_PATH_SIZE];
	if (store_path(s, NULL, "reserve", path) != ERR_NONE)
		return ERR_TOO_LARGE;
	atomic_store(&s->is_reserve_spent, !make_reserve(s->disk, path));
	err_t error = catalog_open(s, problem);
	if (error == ERR_STORE_FULL && store_spend_reserve(s))
		error = catalog_open(s, problem);
	return error;
}

static struct store *new_store(const char *dir, const struct disk *disk)
{
	struct store *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->disk = disk == NULL ? &disk_system : disk;
	s->lock_file = -1;
	s->dir = strdup(dir);
	if (s->dir == NULL) {
		free(s);
		return NULL;
	}
	/* "data/" and "data" are the same folder; the root stays "/". */
	for (size_t size = strlen(s->dir); size > 1 && s->dir[size - 1] == '/'; size--)
		s->dir[size - 1] = '\0';
	return s;
}

err_t store_open(const char *dir, struct store **out, struct problem *problem)
{
	return store_open_on(dir, NULL, out, problem);
}

/* A copy may have come without its lock: then nobody uses it. */
static err_t take_lock_if_any(struct store *s, struct problem *problem)
{
	char path[STORE_PATH_SIZE];
	if (store_path(s, NULL, "lock", path) != ERR_NONE)
		return problem_set(problem, ERR_STORE_OPEN, NULL, "the path is too long");
	s->lock_file = s->disk->open(s->disk->self, path, O_RDONLY);
	int rc = s->lock_file < 0 ? 0 : s->disk->lock(s->disk->self, s->lock_file);
	if (rc == 0)
		return ERR_NONE;
	return problem_set(problem, rc == -EWOULDBLOCK ? ERR_STORE_LOCKED : ERR_STORE_OPEN, NULL, "%s: %s", path, strerror(-rc));
}

/* *out is there also after an error, unless that is of memory: it knows what is lost. */
static err_t look_into(const char *dir, struct store **out, struct problem *problem)
{
	struct store *s = *out = new_store(dir, NULL);
	if (s == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, NULL);
	s->is_looking = true;
	err_t error = take_lock_if_any(s, problem);
	return error == ERR_NONE ? catalog_open(s, problem) : error;
}

err_t store_open_to_look(const char *dir, struct store **out, struct problem *problem)
{
	struct store *s;
	err_t error = look_into(dir, &s, problem);
	if (error == ERR_NONE)
		*out = s;
	else
		store_close(s);
	return error;
}

err_t store_look_for_loss(const char *dir, struct catalog_loss *out, struct problem *problem)
{
	struct store *s;
	err_t error = look_into(dir, &s, problem);
	if (error == ERR_STORE_CORRUPT && s->loss.lost > 0)
		error = ERR_NONE;
	if (error == ERR_NONE)
		*out = s->loss;
	store_close(s);
	return error;
}

static err_t open_to_write(const char *dir, const struct disk *disk, bool is_loss_accepted, struct store **out,
                           struct problem *problem)
{
	struct store *s = new_store(dir, disk);
	if (s == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, NULL);
	s->is_loss_accepted = is_loss_accepted;
	err_t error = make_folders(s, problem);
	if (error == ERR_NONE)
		error = take_lock(s, problem);
	if (error == ERR_NONE)
		error = open_catalog(s, problem);
	if (error == ERR_MEMORY)
		problem_set(problem, error, NULL, NULL);
	if (error == ERR_NONE)
		*out = s;
	else
		store_close(s);
	return error;
}

err_t store_open_on(const char *dir, const struct disk *disk, struct store **out, struct problem *problem)
{
	return open_to_write(dir, disk, false, out, problem);
}

err_t store_accept_loss(const char *dir, const struct disk *disk, struct store **out, struct catalog_loss *out_loss,
                        struct problem *problem)
{
	err_t error = open_to_write(dir, disk, true, out, problem);
	if (error == ERR_NONE)
		*out_loss = (*out)->loss;
	return error;
}

uint64_t store_changes_lost(const struct store *s)
{
	return s->loss.lost;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	catalog_close(s);
	if (s->lock_file >= 0)
		s->disk->close(s->disk->self, s->lock_file); /* and with it the lock */
	free(s->dir);
	free(s);
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}
