/* Snapshots. 'F': any bytes in the place of a snapshot's file; else the bytes are what a whole file holds, with every checksum
 * right, and are refused or give a fold that saves to what it was loaded from, balances, and can be told.
 *
 * The middle of a saved fold is the plan's text; "@" alone there stands for the plan of the rig. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "fold_use.h"
#include "hold.h"
#include "rig_plan.h"
#include "scratch.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_BYTES 60 /* of a saved fold, before its plan */

static void read_file(const uint8_t *data, size_t size)
{
	char path[160];
	struct buf out;
	uint64_t number = 0;
	struct store *store = scratch_store();
	snprintf(path, sizeof(path), "%s/data/sessions/s/00000000000000000007.snapshot", scratch_dir());
	scratch_write(path, data, size);
	buf_init(&out, 1u << 20);
	err_t error = snapshot_read(store, "s", UINT64_MAX, &number, &out);
	hold(error == ERR_NONE || error == ERR_TOO_LARGE, "a snapshot is read or passed over");
	hold(number == 0 || (number == 7 && out.size == size - 32), "what was read is all of it");
	buf_free(&out);
	unlink(path);
}

/* With the plan in its place and the ledger's checksum right. */
static void complete(const uint8_t *data, size_t size, struct buf *out)
{
	struct text plan = text_of(rig_plan);
	bool is_short = size > HEAD_BYTES + 5 && unpack_u32(data + HEAD_BYTES) == 1 && data[HEAD_BYTES + 4] == '@';
	if (is_short) {
		uint8_t plan_size[4];
		pack_u32(plan_size, (uint32_t)plan.size);
		buf_add(out, data, HEAD_BYTES);
		buf_add(out, plan_size, 4);
		buf_add_text(out, plan);
		data += HEAD_BYTES + 5;
		size -= HEAD_BYTES + 5;
	}
	buf_add(out, data, size);
	const char *ledger = out->at == NULL ? NULL : memmem(out->at, out->size, "CLDG", 4);
	if (ledger != NULL && (size_t)(out->at + out->size - ledger) > 8) {
		size_t ledger_size = (size_t)(out->at + out->size - ledger) - 4;
		pack_u32((uint8_t *)out->at + out->size - 4, check_crc32c(0, ledger, ledger_size));
	}
}

static void read_fold(const uint8_t *data, size_t size)
{
	struct buf saved;
	struct fold *f;
	buf_init(&saved, 1u << 20);
	complete(data, size, &saved);
	char *exact = malloc(saved.size + (saved.size == 0));
	hold(exact != NULL, "memory");
	memcpy(exact, saved.at == NULL ? "" : saved.at, saved.size);
	if (saved.error == ERR_NONE && fold_load((struct text){exact, saved.size}, NULL, &f) == ERR_NONE) {
		struct fold *again;
		struct buf out;
		buf_init(&out, FOLD_BYTES_MAX);
		hold(fold_save(f, &out) == ERR_NONE, "a loaded fold is saved");
		hold(fold_load((struct text){out.at, out.size}, NULL, &again) == ERR_NONE, "and loaded again");
		fold_hold_same(f, again);
		fold_free(again);
		buf_free(&out);
		if (f->at_recorded >= 0 && f->at_recorded <= AT_MS_MAX)
			fold_use(f);
		fold_free(f);
	}
	free(exact);
	buf_free(&saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 200000)
		return 0;
	if (data[0] == 'F')
		read_file(data + 1, size - 1);
	else
		read_fold(data, size);
	return 0;
}
