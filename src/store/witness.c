/* store/witness.c: what the end of a journal or of the catalog was, told by another file.
 *
 * A log that lost its last frames looks to SQLite like one that ended earlier: acknowledged batches or changes would be gone
 * without a word. So beside the journal lies journal.end, and beside the catalog cordon.end, with the number and the checksum
 * of the last batch or change that held. It is written after the commit is durable and not synced then: it may know less,
 * after a kill or a power cut, but never more. If it does, something is lost.
 *
 *   0         8        16      20           24              4096 ...
 *   "CDNEND\1" first    count   crc32c       crc32c of this   the same once more     (little-endian)
 *
 * The two places are written in turn, so that a torn write leaves the other one. They are allocated when the file is made:
 * writing needs no room on a full disk. Who holds a database to it: journal_end.c, catalog_end.c. */
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define SLOT_DISTANCE 4096u /* no sector holds both */
#define SLOT_SIZE 28u

static const char magic[8] = "CDNEND\1";

static const char *name_of(const char *session_id)
{
	return session_id == NULL ? "cordon.end" : "journal.end";
}

static void pack_slot(uint8_t slot[SLOT_SIZE], const struct witness_mark *mark)
{
	memcpy(slot, magic, sizeof(magic));
	pack_u64(slot + 8, mark->first);
	pack_u32(slot + 16, mark->count);
	pack_u32(slot + 20, mark->crc);
	pack_u32(slot + 24, check_crc32c(0, slot, 24));
}

/* False: there is none at that place. `out_is_blank`: and never was. */
static bool read_slot(const struct disk *disk, int file, unsigned slot, struct witness_mark *out, bool *out_is_blank)
{
	uint8_t bytes[SLOT_SIZE] = {0}, blank[SLOT_SIZE] = {0};
	for (size_t done = 0; done < SLOT_SIZE;) {
		ssize_t n = disk->read(disk->self, file, bytes + done, SLOT_SIZE - done, slot * SLOT_DISTANCE + done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	*out_is_blank = memcmp(bytes, blank, SLOT_SIZE) == 0;
	*out = (struct witness_mark){unpack_u64(bytes + 8), unpack_u32(bytes + 16), unpack_u32(bytes + 20)};
	return memcmp(bytes, magic, sizeof(magic)) == 0 && unpack_u32(bytes + 24) == check_crc32c(0, bytes, 24) &&
	       out->first >= 1 && out->count >= 1;
}

static void read_marks(const struct disk *disk, int file, const char *path, struct witness *w)
{
	struct witness_mark marks[2];
	bool is_blank[2], is_there[2];
	for (unsigned i = 0; i < 2; i++)
		is_there[i] = read_slot(disk, file, i, &marks[i], &is_blank[i]);
	for (unsigned i = 0; i < 2; i++) {
		if (is_there[i] && marks[i].first > w->mark.first) {
			w->mark = marks[i];
			w->next_slot = 1 - i;
		}
	}
	/* A write that was torn leaves one place damaged and the other whole; both, or the only one, is damage. */
	w->is_damaged = w->mark.first == 0 && !(is_blank[0] && is_blank[1]);
	if (w->is_damaged)
		log_error("store", "%s is damaged; it knows nothing any more", path);
	else if ((!is_there[0] && !is_blank[0]) || (!is_there[1] && !is_blank[1]))
		log_warn("store", "%s is damaged; half of it is whole", path);
}

void witness_read(const struct store *s, const char *session_id, struct witness *out)
{
	char path[STORE_PATH_SIZE];
	*out = (struct witness){.file = -1};
	if (session_id != NULL)
		out->snapshot = snapshot_newest_number(s, session_id);
	if (store_path(s, session_id, name_of(session_id), path) != ERR_NONE)
		return;
	int file = s->disk->open(s->disk->self, path, O_RDONLY);
	if (file < 0) {
		if (file != -ENOENT)
			log_warn("store", "%s cannot be read: %s", path, strerror(-file));
		return;
	}
	read_marks(s->disk, file, path, out);
	s->disk->close(s->disk->self, file);
}

/* ---- writing ---- */

static void fail_once(struct witness *w, const char *path, ssize_t rc)
{
	if (!w->is_failing)
		log_warn("store", "%s cannot be written (%s): a lost end might not be noticed", path, strerror((int)-rc));
	w->is_failing = true;
}

void witness_open(const struct store *s, const char *session_id, struct witness *w)
{
	char path[STORE_PATH_SIZE];
	const struct disk *disk = s->disk;
	if (store_path(s, session_id, name_of(session_id), path) != ERR_NONE)
		return;
	w->file = disk->open(disk->self, path, O_RDWR | O_CREAT);
	if (w->file < 0) {
		fail_once(w, path, w->file);
		return;
	}
	int rc = disk->allocate(disk->self, w->file, 2 * SLOT_DISTANCE);
	if (rc != 0)
		fail_once(w, path, rc);
}

void witness_note(const struct store *s, struct witness *w, const struct witness_mark *mark)
{
	uint8_t slot[SLOT_SIZE];
	if (w->file < 0)
		return;
	pack_slot(slot, mark);
	ssize_t n = s->disk->write(s->disk->self, w->file, slot, SLOT_SIZE, w->next_slot * SLOT_DISTANCE);
	w->mark = *mark;
	w->next_slot = 1 - w->next_slot;
	if (n != SLOT_SIZE)
		fail_once(w, "a witness", n < 0 ? n : -ENOSPC);
}

void witness_sync(const struct store *s, const struct witness *w)
{
	if (w->file >= 0)
		s->disk->sync(s->disk->self, w->file);
}

void witness_close(const struct store *s, struct witness *w)
{
	if (w->file < 0)
		return;
	witness_sync(s, w);
	s->disk->close(s->disk->self, w->file);
	w->file = -1;
}

void witness_sync_file(const struct store *s, const char *session_id)
{
	char path[STORE_PATH_SIZE];
	if (store_path(s, session_id, name_of(session_id), path) != ERR_NONE)
		return;
	struct witness w = {.file = s->disk->open(s->disk->self, path, O_RDWR)};
	witness_close(s, &w);
}

err_t witness_set_aside(const struct store *s, const char *session_id, uint64_t count)
{
	return aside_rename(s, session_id, name_of(session_id), count);
}
