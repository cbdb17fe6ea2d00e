/* tests/world/disk_table.c: the store's way in, faults, power, looking and spoiling. */
#include "disk_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_DEFAULT ((uint64_t)64 << 20)

/* ---- faults and power ---- */

void world_enter(struct world_disk *d)
{
	pthread_mutex_lock(&d->lock);
}

void world_leave(struct world_disk *d)
{
	pthread_mutex_unlock(&d->lock);
}

bool world_meets(struct world_disk *d, enum world_fault fault)
{
	struct plan *p = &d->plans[fault];
	p->calls++;
	if (p->count == 0)
		return false;
	if (p->after > 1) {
		p->after--;
		return false;
	}
	if (p->count != UINT64_MAX)
		p->count--;
	p->met++;
	return true;
}

enum gate world_change(struct world_disk *d)
{
	if (d->is_cut)
		return DEAD;
	d->changes++;
	if (d->cut_at == 0 || d->changes < d->cut_at)
		return GO;
	d->is_cut = true;
	return IN_FLIGHT;
}

/* The watcher may call back, and what it does is not watched. */
void world_look(struct world_disk *d)
{
	world_enter(d);
	void (*look)(void *) = d->is_cut ? NULL : d->look;
	void *ctx = d->look_ctx;
	d->look = look == NULL ? d->look : NULL;
	world_leave(d);
	if (look == NULL)
		return;
	look(ctx);
	world_enter(d);
	if (d->look == NULL && d->look_ctx == ctx)
		d->look = look;
	world_leave(d);
}

void world_disk_plan_fault(struct world_disk *d, enum world_fault fault, uint64_t after, uint64_t count)
{
	world_enter(d);
	d->plans[fault].after = after;
	d->plans[fault].count = count;
	world_leave(d);
}

void world_disk_heal(struct world_disk *d)
{
	world_enter(d);
	for (int i = 0; i < WORLD_FAULTS; i++)
		d->plans[i].count = 0;
	world_leave(d);
}

uint64_t world_disk_faults_met(const struct world_disk *d, enum world_fault fault)
{
	return d->plans[fault].met;
}

uint64_t world_disk_calls(const struct world_disk *d, enum world_fault fault)
{
	return d->plans[fault].calls;
}

void world_disk_set_size(struct world_disk *d, uint64_t bytes_max)
{
	world_enter(d);
	d->bytes_max = bytes_max;
	world_leave(d);
}

uint64_t world_disk_changes(const struct world_disk *d)
{
	return d->changes;
}

void world_disk_plan_cut(struct world_disk *d, uint64_t at)
{
	world_enter(d);
	d->cut_at = at;
	world_leave(d);
}

void world_disk_cut_now(struct world_disk *d)
{
	world_enter(d);
	d->is_cut = true;
	world_leave(d);
}

bool world_disk_is_cut(const struct world_disk *d)
{
	return d->is_cut;
}

static void begin_a_life(struct world_disk *d)
{
	d->life++;
	d->is_cut = false;
	d->cut_at = 0;
	for (int i = 0; i < d->handle_count; i++)
		if (d->handles[i].node != NULL)
			node_drop(d->handles[i].node);
	d->handle_first += d->handle_count;
	d->handle_count = 0;
	d->used = tree_room(d, d->root);
}

void world_disk_power_on(struct world_disk *d, struct random *r)
{
	world_enter(d);
	tree_cut(d->root, r);
	begin_a_life(d);
	world_leave(d);
}

void world_disk_kill_process(struct world_disk *d)
{
	world_enter(d);
	begin_a_life(d);
	world_leave(d);
}

void world_disk_watch(struct world_disk *d, void (*look)(void *ctx), void *ctx)
{
	world_enter(d);
	d->look = look;
	d->look_ctx = ctx;
	world_leave(d);
}

/* ---- one change or reading, with its faults ---- */

/* How much of a write that fails has happened all the same: never all of it. */
static void write_a_part(struct world_disk *d, struct node *n, uint64_t at, const void *bytes, uint64_t size)
{
	if (random_below(&d->random, 2) == 0)
		file_write(d, n, at, bytes, random_below(&d->random, size));
}

int64_t world_write(struct world_disk *d, struct node *n, uint64_t at, const void *bytes, uint64_t size)
{
	enum gate gate = world_change(d);
	if (gate == DEAD)
		return -EIO;
	bool is_read_only = world_meets(d, WORLD_READ_ONLY), is_full = world_meets(d, WORLD_FULL);
	bool is_failing = world_meets(d, WORLD_WRITE_ERROR);
	if (is_read_only)
		return -EROFS;
	if (is_full || is_failing) {
		write_a_part(d, n, at, bytes, size);
		return is_full ? -ENOSPC : -EIO;
	}
	uint64_t left = file_write(d, n, at, bytes, size);
	if (gate == IN_FLIGHT)
		return -EIO;
	return left == size && size > 0 ? -ENOSPC : (int64_t)(size - left);
}

int world_truncate(struct world_disk *d, struct node *n, uint64_t size)
{
	enum gate gate = world_change(d);
	if (gate == DEAD)
		return -EIO;
	bool is_read_only = world_meets(d, WORLD_READ_ONLY);
	if (is_read_only || (size > n->size && world_meets(d, WORLD_FULL)))
		return is_read_only ? -EROFS : -ENOSPC;
	if (!file_truncate(d, n, size))
		return -ENOSPC;
	return gate == IN_FLIGHT ? -EIO : 0;
}

int world_sync(struct world_disk *d, struct node *n)
{
	if (world_change(d) != GO)
		return -EIO;
	if (world_meets(d, WORLD_SYNC_ERROR)) {
		file_sync_failed(n);
		return -EIO;
	}
	if (n->is_folder)
		folder_sync(n);
	else
		file_sync(n);
	return 0;
}

int64_t world_read(struct world_disk *d, const struct node *n, uint64_t at, void *bytes, uint64_t size)
{
	if (d->is_cut || world_meets(d, WORLD_READ_ERROR))
		return -EIO;
	return (int64_t)file_read(n, at, bytes, size);
}

/* A new name, if the disk has room and is not read-only. Takes over the caller's hold of `n`. */
static int make_name(struct world_disk *d, struct node *folder, const char *name, struct node *n)
{
	enum gate gate = world_change(d);
	int rc = gate == DEAD ? -EIO : gate == IN_FLIGHT ? -EIO : 0;
	bool is_read_only = gate != DEAD && world_meets(d, WORLD_READ_ONLY);
	if (is_read_only || (gate != DEAD && world_meets(d, WORLD_FULL)))
		rc = is_read_only ? -EROFS : -ENOSPC;
	else if (gate != DEAD)
		folder_set(d, folder, name, n, false);
	node_drop(n);
	return rc;
}

/* What is there; NULL: nothing. */
static struct node *node_at(struct world_disk *d, const char *path)
{
	struct node *folder;
	char name[256];
	return path_find(d, path, &folder, name);
}

int world_open(struct world_disk *d, const char *path, int flags, struct node **out, struct node **out_folder)
{
	struct node *folder;
	char name[256];
	if (d->is_cut)
		return -EIO;
	struct node *n = path_find(d, path, &folder, name);
	if (n == NULL) {
		if ((flags & O_CREAT) == 0 || folder == NULL)
			return -ENOENT;
		int rc = make_name(d, folder, name, node_new(d, false));
		if (rc != 0)
			return rc;
		n = path_find(d, path, &folder, name);
	} else if (n->is_folder) {
		return -EISDIR;
	} else if ((flags & O_ACCMODE) != O_RDONLY && world_meets(d, WORLD_READ_ONLY)) {
		return -EROFS;
	}
	int rc = (flags & O_TRUNC) != 0 && n->size > 0 ? world_truncate(d, n, 0) : 0;
	if (rc != 0)
		return rc;
	node_hold(d, n);
	*out = n;
	*out_folder = folder;
	return 0;
}

int world_remove(struct world_disk *d, const char *path)
{
	struct node *folder;
	char name[256];
	if (d->is_cut)
		return -EIO;
	struct node *n = path_find(d, path, &folder, name);
	if (n == NULL || n->is_folder)
		return n == NULL ? -ENOENT : -EISDIR;
	enum gate gate = world_change(d);
	if (world_meets(d, WORLD_READ_ONLY))
		return -EROFS;
	folder_set(d, folder, name, NULL, false);
	return gate == IN_FLIGHT ? -EIO : 0;
}

/* ---- struct disk ---- */

static struct handle *handle_of(struct world_disk *d, int file)
{
	int at = file - d->handle_first;
	return at >= 0 && at < d->handle_count && d->handles[at].node != NULL ? &d->handles[at] : NULL;
}

static int table_open(void *self, const char *path, int flags)
{
	struct world_disk *d = self;
	struct node *n, *folder;
	if ((flags & (O_CREAT | O_TRUNC)) != 0)
		world_look(d);
	world_enter(d);
	int rc = world_open(d, path, flags, &n, &folder);
	if (rc == 0) {
		int at = 0;
		while (at < d->handle_count && d->handles[at].node != NULL)
			at++;
		d->handles = world_grow(d->handles, &d->handle_max, (size_t)at + 1, sizeof(*d->handles));
		d->handles[at] = (struct handle){.node = n};
		d->handle_count = at == d->handle_count ? at + 1 : d->handle_count;
		rc = d->handle_first + at;
	}
	world_leave(d);
	return rc;
}

static int table_lock(void *self, int file)
{
	struct world_disk *d = self;
	world_enter(d);
	struct handle *h = handle_of(d, file);
	int rc = h == NULL ? -EBADF : d->is_cut ? -EIO : h->node->is_locked && !h->is_lock_held ? -EWOULDBLOCK : 0;
	if (rc == 0)
		h->node->is_locked = h->is_lock_held = true;
	world_leave(d);
	return rc;
}

static ssize_t table_read(void *self, int file, void *bytes, size_t size, uint64_t at)
{
	struct world_disk *d = self;
	world_enter(d);
	struct handle *h = handle_of(d, file);
	ssize_t n = h == NULL ? -EIO : world_read(d, h->node, at, bytes, size);
	world_leave(d);
	return n;
}

static ssize_t table_write(void *self, int file, const void *bytes, size_t size, uint64_t at)
{
	struct world_disk *d = self;
	world_look(d);
	world_enter(d);
	struct handle *h = handle_of(d, file);
	ssize_t n = h == NULL ? -EIO : world_write(d, h->node, at, bytes, size);
	world_leave(d);
	return n;
}

static int table_sync(void *self, int file)
{
	struct world_disk *d = self;
	world_look(d);
	world_enter(d);
	struct handle *h = handle_of(d, file);
	int rc = h == NULL ? -EIO : world_sync(d, h->node);
	world_leave(d);
	return rc;
}

static int64_t table_size(void *self, int file)
{
	struct world_disk *d = self;
	world_enter(d);
	struct handle *h = handle_of(d, file);
	int64_t size = h == NULL || d->is_cut ? -EIO : (int64_t)h->node->size;
	world_leave(d);
	return size;
}

static int table_allocate(void *self, int file, uint64_t size)
{
	struct world_disk *d = self;
	world_look(d);
	world_enter(d);
	struct handle *h = handle_of(d, file);
	int rc = h == NULL ? -EIO : h->node->size >= size ? 0 : world_truncate(d, h->node, size);
	world_leave(d);
	return rc;
}

static int table_close(void *self, int file)
{
	struct world_disk *d = self;
	world_enter(d);
	struct handle *h = handle_of(d, file);
	if (h != NULL) {
		h->node->is_locked = h->node->is_locked && !h->is_lock_held;
		node_let_go(d, h->node, d->life);
		h->node = NULL;
	}
	world_leave(d);
	return 0;
}

static int table_make_folder(void *self, const char *path)
{
	struct world_disk *d = self;
	struct node *folder;
	char name[256];
	world_look(d);
	world_enter(d);
	struct node *n = path_find(d, path, &folder, name);
	int rc = d->is_cut ? -EIO : n != NULL ? -EEXIST : folder == NULL ? -ENOENT : 0;
	if (rc == 0)
		rc = make_name(d, folder, name, node_new(d, true));
	world_leave(d);
	return rc;
}

static int table_folder_mode(void *self, const char *path)
{
	struct world_disk *d = self;
	world_enter(d);
	struct node *n = node_at(d, path);
	int mode = d->is_cut ? -EIO : n == NULL ? -ENOENT : n->is_folder ? 0700 : -ENOTDIR;
	world_leave(d);
	return mode;
}

static int table_sync_folder(void *self, const char *path)
{
	struct world_disk *d = self;
	world_look(d);
	world_enter(d);
	struct node *n = node_at(d, path);
	int rc = d->is_cut ? -EIO : n == NULL ? -ENOENT : !n->is_folder ? -ENOTDIR : world_sync(d, n);
	world_leave(d);
	return rc;
}

static int table_list(void *self, const char *path, disk_each each, void *ctx)
{
	struct world_disk *d = self;
	world_enter(d);
	struct node *n = node_at(d, path);
	int rc = d->is_cut ? -EIO : n == NULL ? -ENOENT : !n->is_folder ? -ENOTDIR : 0;
	for (size_t i = 0; rc == 0 && i < n->entry_count; i++)
		if (!each(ctx, n->entries[i].name))
			break;
	world_leave(d);
	return rc;
}

static int table_rename(void *self, const char *from, const char *to)
{
	struct world_disk *d = self;
	struct node *folder, *folder_to;
	char name[256], name_to[256];
	world_look(d);
	world_enter(d);
	struct node *n = path_find(d, from, &folder, name);
	path_find(d, to, &folder_to, name_to);
	int rc = d->is_cut ? -EIO : n == NULL || folder_to == NULL ? -ENOENT : folder != folder_to ? -EXDEV : 0;
	if (rc == 0) {
		enum gate gate = world_change(d);
		if (world_meets(d, WORLD_READ_ONLY)) {
			rc = -EROFS;
		} else {
			node_keep(n);
			folder_set(d, folder, name_to, n, false);
			folder_set(d, folder, name, NULL, true);
			node_drop(n);
			rc = gate == IN_FLIGHT ? -EIO : 0;
		}
	}
	world_leave(d);
	return rc;
}

static int table_remove(void *self, const char *path)
{
	struct world_disk *d = self;
	world_look(d);
	world_enter(d);
	int rc = world_remove(d, path);
	world_leave(d);
	return rc;
}

static int64_t table_free_size(void *self, const char *path)
{
	struct world_disk *d = self;
	(void)path;
	world_enter(d);
	int64_t size = d->is_cut ? -EIO : d->used < d->bytes_max ? (int64_t)(d->bytes_max - d->used) : 0;
	world_leave(d);
	return size;
}

/* ---- making, copying ---- */

static struct world_disk *disk_begin(void)
{
	struct world_disk *d = calloc(1, sizeof(*d));
	if (d == NULL || pthread_mutex_init(&d->lock, NULL) != 0)
		abort();
	d->bytes_max = SIZE_MAX_DEFAULT;
	random_seed(&d->random, 1);
	d->table = (struct disk){
		.self = d, .vfs = d->vfs_name, .open = table_open, .lock = table_lock, .read = table_read, .write = table_write,
		.sync = table_sync, .size = table_size, .allocate = table_allocate, .close = table_close,
		.make_folder = table_make_folder, .folder_mode = table_folder_mode, .sync_folder = table_sync_folder,
		.list = table_list, .rename = table_rename, .remove = table_remove, .free_size = table_free_size,
	};
	world_vfs_begin(d);
	return d;
}

struct world_disk *world_disk_new(void)
{
	struct world_disk *d = disk_begin();
	d->root = node_new(d, true);
	return d;
}

struct world_disk *world_disk_copy(const struct world_disk *d, struct random *r)
{
	struct world_disk *c = disk_begin();
	c->bytes_max = d->bytes_max;
	c->root = tree_copy(c, d->root, r);
	c->used = tree_room(c, c->root);
	return c;
}

void world_disk_free(struct world_disk *d)
{
	if (d == NULL)
		return;
	world_vfs_end(d);
	begin_a_life(d);
	node_drop(d->root);
	free(d->handles);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

const struct disk *world_disk_table(struct world_disk *d)
{
	return &d->table;
}

/* ---- spoiling ---- */

const unsigned char *world_disk_bytes(struct world_disk *d, const char *path, size_t *out_size)
{
	world_enter(d);
	struct node *n = node_at(d, path);
	const unsigned char *bytes = NULL;
	if (n != NULL && !n->is_folder) {
		bytes = file_whole(n);
		*out_size = n->size;
	}
	world_leave(d);
	return bytes;
}

static struct node *make_durably(struct world_disk *d, const char *path)
{
	struct node *folder, *n = NULL;
	char name[256], part[4096];
	for (const char *p = path; *p != '\0';) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		size_t size = (size_t)(p - path);
		if (size >= sizeof(part))
			abort();
		memcpy(part, path, size);
		part[size] = '\0';
		n = path_find(d, part, &folder, name);
		if (n != NULL)
			continue;
		n = node_new(d, *p != '\0');
		folder_put(folder, name, n);
		node_drop(n);
	}
	return n;
}

void world_disk_put(struct world_disk *d, const char *path, const void *bytes, size_t size)
{
	world_enter(d);
	struct node *n = make_durably(d, path);
	if (n == NULL || n->is_folder)
		abort();
	uint64_t before = node_room(n);
	file_replace(n, bytes, size);
	d->used += node_room(n) - before;
	world_leave(d);
}

void world_disk_remove(struct world_disk *d, const char *path)
{
	struct node *folder;
	char name[256];
	world_enter(d);
	struct node *n = path_find(d, path, &folder, name);
	if (n != NULL && !n->is_folder) {
		uint64_t before = node_room(node_keep(n));
		folder_put(folder, name, NULL);
		d->used += node_room(n) - before;
		node_drop(n);
	}
	world_leave(d);
}
