/* tests/world/disk.c: bytes and names, what of them is unsynced, and what a cut leaves. */
#include "disk_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *world_grow(void *at, size_t *max, size_t wanted, size_t size_each)
{
	if (wanted <= *max)
		return at;
	*max = wanted > 2 * *max ? wanted : 2 * *max;
	at = realloc(at, *max * size_each);
	if (at == NULL)
		abort();
	return at;
}

/* ---- nodes ---- */

struct node *node_new(struct world_disk *d, bool is_folder)
{
	struct node *n = calloc(1, sizeof(*n));
	if (n == NULL)
		abort();
	n->is_folder = is_folder;
	n->refs = 1;
	n->life = d->life;
	return n;
}

struct node *node_keep(struct node *n)
{
	if (n != NULL)
		n->refs++;
	return n;
}

static void forget_renamings(struct node *folder)
{
	for (size_t i = 0; i < folder->renaming_count; i++) {
		free(folder->renamings[i].name);
		node_drop(folder->renamings[i].before);
		node_drop(folder->renamings[i].after);
	}
	folder->renaming_count = 0;
}

void node_drop(struct node *n)
{
	if (n == NULL || --n->refs > 0)
		return;
	for (size_t i = 0; i < n->entry_count; i++) {
		free(n->entries[i].name);
		node_drop(n->entries[i].node);
	}
	forget_renamings(n);
	shm_drop(n->shm);
	free(n->entries);
	free(n->renamings);
	free(n->unsynced);
	free(n->saved);
	free(n->bytes);
	free(n);
}

uint64_t node_room(const struct node *n)
{
	if (n->is_folder || (n->links == 0 && n->openings == 0))
		return 0;
	return (n->size + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
}

/* What belonged to a process that is gone does not hold any more. */
static void node_wake(struct world_disk *d, struct node *n)
{
	if (n->life == d->life)
		return;
	n->life = d->life;
	n->openings = 0;
	n->is_locked = false;
	n->db_shared = 0;
	n->db_reserved = n->db_pending = n->db_exclusive = false;
	shm_drop(n->shm);
	n->shm = NULL;
}

void node_hold(struct world_disk *d, struct node *n)
{
	node_wake(d, n);
	uint64_t before = node_room(n);
	n->openings++;
	d->used += node_room(n) - before;
	node_keep(n);
}

void node_let_go(struct world_disk *d, struct node *n, uint64_t life)
{
	if (life == d->life) {
		uint64_t before = node_room(n);
		n->openings--;
		d->used += node_room(n) - before;
	}
	node_drop(n);
}

/* ---- bytes ---- */

static void set_bytes(struct node *n, uint64_t at, const void *bytes, uint64_t size)
{
	if (size == 0)
		return;
	n->bytes = world_grow(n->bytes, &n->capacity, at + size, 1);
	if (at > n->filled)
		memset(n->bytes + n->filled, 0, at - n->filled);
	memcpy(n->bytes + at, bytes, size);
	n->filled = n->filled > at + size ? n->filled : at + size;
	n->size = n->size > at + size ? n->size : at + size;
}

static void set_size(struct node *n, uint64_t size)
{
	n->size = size;
	n->filled = n->filled < size ? n->filled : size;
}

uint64_t file_read(const struct node *n, uint64_t at, void *bytes, uint64_t size)
{
	if (at >= n->size)
		return 0;
	size = size < n->size - at ? size : n->size - at;
	uint64_t there = at >= n->filled ? 0 : n->filled - at < size ? n->filled - at : size;
	if (there > 0)
		memcpy(bytes, n->bytes + at, there);
	memset((char *)bytes + there, 0, size - there);
	return size;
}

static struct unsynced *remember(struct node *n, uint64_t at, uint64_t size)
{
	n->unsynced = world_grow(n->unsynced, &n->unsynced_max, n->unsynced_count + 1, sizeof(*n->unsynced));
	struct unsynced *u = &n->unsynced[n->unsynced_count++];
	*u = (struct unsynced){.at = at, .size = size, .size_before = n->size, .saved_at = n->saved_size};
	return u;
}

/* The bytes from `at` on, up to the file's end, are saved with the change. */
static void save_before(struct node *n, struct unsynced *u, uint64_t at, uint64_t size)
{
	n->saved = world_grow(n->saved, &n->saved_max, n->saved_size + size, 1);
	if (size > 0)
		u->before_size = file_read(n, at, n->saved + n->saved_size, size);
	n->saved_size += u->before_size;
}

static uint64_t room_for(const struct world_disk *d, const struct node *n, uint64_t size)
{
	uint64_t free_size = d->used < d->bytes_max ? d->bytes_max - d->used : 0;
	uint64_t most = (n->size + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE + free_size / BLOCK_SIZE * BLOCK_SIZE;
	return size < most ? size : most;
}

uint64_t file_write(struct world_disk *d, struct node *n, uint64_t at, const void *bytes, uint64_t size)
{
	uint64_t end = room_for(d, n, at + size), before = node_room(n);
	uint64_t now = end > at ? end - at : 0;
	if (now == 0)
		return size;
	struct unsynced *u = remember(n, at, now);
	save_before(n, u, at, now);
	n->saved = world_grow(n->saved, &n->saved_max, n->saved_size + now, 1);
	memcpy(n->saved + n->saved_size, bytes, now);
	n->saved_size += now;
	set_bytes(n, at, bytes, now);
	d->used += node_room(n) - before;
	return size - now;
}

bool file_truncate(struct world_disk *d, struct node *n, uint64_t size)
{
	uint64_t before = node_room(n);
	if (size > n->size && room_for(d, n, size) < size)
		return false;
	struct unsynced *u = remember(n, size < n->size ? size : n->size, size);
	u->is_truncation = true;
	if (size < n->filled)
		save_before(n, u, size, n->filled - size);
	set_size(n, size);
	d->used += node_room(n) - before;
	return true;
}

static void forget_unsynced(struct node *n)
{
	n->unsynced_count = 0;
	n->saved_size = 0;
	n->has_ghosts = false;
}

/* Over a ghost even a synced write must be kept: what a cut leaves is built from the bottom. An emptied file ends that. */
void file_sync(struct node *n)
{
	bool is_ghost_left = false;
	for (size_t i = 0; i < n->unsynced_count && n->has_ghosts; i++) {
		struct unsynced *u = &n->unsynced[i];
		u->is_synced = !u->is_ghost;
		if (u->is_ghost)
			is_ghost_left = true;
		else if (u->is_truncation && u->size == 0)
			is_ghost_left = false;
	}
	if (!is_ghost_left)
		forget_unsynced(n);
}

void file_sync_failed(struct node *n)
{
	for (size_t i = 0; i < n->unsynced_count; i++) {
		struct unsynced *u = &n->unsynced[i];
		u->is_ghost = !u->is_synced;
		n->has_ghosts = n->has_ghosts || u->is_ghost;
	}
}

/* ---- names ---- */

static struct entry *entry_of(const struct node *folder, const char *name)
{
	for (size_t i = 0; i < folder->entry_count; i++)
		if (strcmp(folder->entries[i].name, name) == 0)
			return &folder->entries[i];
	return NULL;
}

static char *copy_name(const char *name)
{
	char *copy = strdup(name);
	if (copy == NULL)
		abort();
	return copy;
}

/* The order of the names stays that of their making. */
static void set_entry(struct node *folder, const char *name, struct node *to)
{
	struct entry *e = entry_of(folder, name);
	if (to != NULL)
		to->links++;
	if (e != NULL && to != NULL) {
		e->node->links--;
		node_drop(e->node);
		e->node = node_keep(to);
	} else if (e != NULL) {
		e->node->links--;
		node_drop(e->node);
		free(e->name);
		size_t left = folder->entry_count - (size_t)(e - folder->entries) - 1;
		memmove(e, e + 1, left * sizeof(*e));
		folder->entry_count--;
	} else if (to != NULL) {
		folder->entries = world_grow(folder->entries, &folder->entry_max, folder->entry_count + 1, sizeof(*e));
		folder->entries[folder->entry_count++] = (struct entry){copy_name(name), node_keep(to)};
	}
	if (to != NULL && to->is_folder)
		to->above = folder;
}

void folder_set(struct world_disk *d, struct node *folder, const char *name, struct node *to, bool is_joined)
{
	struct entry *e = entry_of(folder, name);
	struct node *before = e == NULL ? NULL : node_keep(e->node);
	uint64_t room = (before == NULL ? 0 : node_room(before)) + (to == NULL ? 0 : node_room(to));
	folder->renamings = world_grow(folder->renamings, &folder->renaming_max, folder->renaming_count + 1,
	                               sizeof(*folder->renamings));
	folder->renamings[folder->renaming_count++] =
		(struct renaming){copy_name(name), before, node_keep(to), is_joined};
	set_entry(folder, name, to);
	d->used += (before == NULL ? 0 : node_room(before)) + (to == NULL ? 0 : node_room(to)) - room;
}

void folder_sync(struct node *n)
{
	forget_renamings(n);
}

struct node *path_find(const struct world_disk *d, const char *path, struct node **out_folder, char out_name[256])
{
	struct node *n = d->root, *folder = NULL;
	out_name[0] = '\0';
	for (const char *p = path;;) {
		p += strspn(p, "/");
		size_t size = strcspn(p, "/");
		if (size == 0)
			break;
		if (n == NULL || !n->is_folder || size > 255) { /* a part on the way is missing */
			*out_folder = NULL;
			return NULL;
		}
		memcpy(out_name, p, size);
		out_name[size] = '\0';
		p += size;
		if (strcmp(out_name, ".") == 0)
			continue;
		folder = n;
		struct entry *e = entry_of(n, out_name);
		n = strcmp(out_name, "..") == 0 ? (n->above == NULL ? n : n->above) : e == NULL ? NULL : e->node;
	}
	*out_folder = folder;
	return n;
}

/* ---- spoiling: durable at once ---- */

void folder_put(struct node *folder, const char *name, struct node *to)
{
	set_entry(folder, name, to);
}

void file_replace(struct node *n, const void *bytes, size_t size)
{
	forget_unsynced(n);
	set_size(n, 0);
	set_bytes(n, 0, bytes, size);
}

const unsigned char *file_whole(struct node *n)
{
	if (n->filled < n->size)
		set_bytes(n, n->size - 1, "", 1);
	return n->bytes == NULL ? (const unsigned char *)"" : n->bytes;
}

/* ---- what a cut leaves ---- */

enum fate { ALL_LOST, ALL_KEPT, FIRST_KEPT, ANY_KEPT, SECTORS_KEPT, FATES };

static void redo_write(struct node *n, const struct unsynced *u, struct random *r, bool by_sector)
{
	const unsigned char *after = n->saved + u->saved_at + u->before_size;
	for (uint64_t done = 0; done < u->size;) {
		uint64_t step = by_sector ? SECTOR_SIZE - (u->at + done) % SECTOR_SIZE : u->size;
		step = step < u->size - done ? step : u->size - done;
		if (!by_sector || random_below(r, 2) == 0)
			set_bytes(n, u->at + done, after + done, step);
		done += step;
	}
}

static void redo(struct node *n, const struct unsynced *u, struct random *r, bool by_sector)
{
	if (!u->is_truncation)
		redo_write(n, u, r, by_sector);
	else if (!by_sector || random_below(r, 2) == 0)
		set_size(n, u->size);
}

static void undo(struct node *n, const struct unsynced *u)
{
	set_bytes(n, u->at, n->saved + u->saved_at, u->before_size);
	set_size(n, u->size_before);
}

static void cut_file(struct node *n, struct random *r)
{
	if (n->unsynced_count == 0)
		return;
	enum fate fate = (enum fate)random_below(r, FATES);
	size_t first_lost = (size_t)random_below(r, n->unsynced_count + 1);
	for (size_t i = n->unsynced_count; i-- > 0;)
		undo(n, &n->unsynced[i]);
	for (size_t i = 0; i < n->unsynced_count; i++) {
		const struct unsynced *u = &n->unsynced[i];
		bool is_kept = fate == ALL_KEPT || fate == SECTORS_KEPT || (fate == FIRST_KEPT && i < first_lost) ||
		               (fate == ANY_KEPT && random_below(r, 2) == 0);
		if (u->is_synced || is_kept)
			redo(n, u, r, !u->is_synced && fate == SECTORS_KEPT);
	}
	forget_unsynced(n);
}

/* How many of the changes of names a cut keeps: never half of a renaming. */
static size_t names_kept(const struct node *folder, struct random *r)
{
	size_t kept = (size_t)random_below(r, folder->renaming_count + 1);
	while (kept < folder->renaming_count && folder->renamings[kept].is_joined)
		kept++;
	return kept;
}

static void cut_names(struct node *folder, struct random *r)
{
	size_t kept = names_kept(folder, r);
	for (size_t i = folder->renaming_count; i-- > kept;)
		set_entry(folder, folder->renamings[i].name, folder->renamings[i].before);
	forget_renamings(folder);
}

void tree_cut(struct node *n, struct random *r)
{
	if (!n->is_folder) {
		cut_file(n, r);
		return;
	}
	cut_names(n, r);
	for (size_t i = 0; i < n->entry_count; i++)
		tree_cut(n->entries[i].node, r);
}

uint64_t tree_room(struct world_disk *d, struct node *n)
{
	node_wake(d, n);
	uint64_t room = node_room(n);
	for (size_t i = 0; i < n->entry_count; i++)
		room += tree_room(d, n->entries[i].node);
	return room;
}

/* ---- a disk of its own ---- */

static struct node *copy_file(struct world_disk *to, const struct node *n)
{
	struct node *c = node_new(to, false);
	set_bytes(c, 0, n->bytes, n->filled);
	c->size = n->size;
	c->unsynced = world_grow(NULL, &c->unsynced_max, n->unsynced_count, sizeof(*c->unsynced));
	c->saved = world_grow(NULL, &c->saved_max, n->saved_size, 1);
	if (n->unsynced_count > 0)
		memcpy(c->unsynced, n->unsynced, n->unsynced_count * sizeof(*c->unsynced));
	if (n->saved_size > 0)
		memcpy(c->saved, n->saved, n->saved_size);
	c->unsynced_count = n->unsynced_count;
	c->saved_size = n->saved_size;
	return c;
}

/* The names as they are now, and those that come back when all changes but the first `kept` are taken back. */
static size_t names_after(const struct node *n, size_t kept, struct entry *out)
{
	size_t count = n->entry_count;
	for (size_t i = 0; i < count; i++)
		out[i] = n->entries[i];
	for (size_t i = n->renaming_count; i-- > kept;) {
		size_t at = 0;
		while (at < count && strcmp(out[at].name, n->renamings[i].name) != 0)
			at++;
		out[at] = (struct entry){n->renamings[i].name, n->renamings[i].before};
		count = at == count ? count + 1 : count;
	}
	return count;
}

/* `r` NULL: everything is kept. Otherwise the copy forgets what a cut forgets. */
struct node *tree_copy(struct world_disk *to, const struct node *n, struct random *r)
{
	if (!n->is_folder) {
		struct node *file = copy_file(to, n);
		if (r == NULL)
			forget_unsynced(file);
		else
			cut_file(file, r);
		return file;
	}
	struct node *c = node_new(to, true);
	size_t kept = r == NULL ? n->renaming_count : names_kept(n, r);
	struct entry *then = calloc(n->entry_count + n->renaming_count + 1, sizeof(*then));
	if (then == NULL)
		abort();
	size_t count = names_after(n, kept, then);
	for (size_t i = 0; i < count; i++) {
		if (then[i].node == NULL)
			continue;
		struct node *child = tree_copy(to, then[i].node, r);
		set_entry(c, then[i].name, child);
		node_drop(child);
	}
	free(then);
	return c;
}
