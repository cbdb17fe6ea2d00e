/* live/conflicts.c: what came first, for each conflict that is held. The ledger keeps of a passage only a hash of its content;
 * the journal has it whole, and is read back for it, so far as a question may take. */
#include <string.h>

#include "live/inside.h"

#define LOOK_BACK_RECORDS 1000000u      /* some 50 ms */
#define SLOTS 1024u                     /* four times FOLD_CONFLICTS_MAX */

struct sought {
	const struct fold *f;
	uint16_t slots[SLOTS];          /* index in f->conflicts + 1; 0: free */
	struct conflict_first *firsts;
	uint32_t left;
};

static uint32_t slot_of(const struct ledger_passage *p)
{
	uint64_t h = (p->seq * UINT64_C(0x9E3779B97F4A7C15)) ^ (p->boot * UINT64_C(0xC2B2AE3D27D4EB4F)) ^ p->device;
	h ^= h >> 29;
	h *= UINT64_C(0xBF58476D1CE4E5B9);
	return (uint32_t)(h >> 40) % SLOTS;
}

static void seek(struct sought *s, const struct fold *f)
{
	uint64_t held = f->conflict_count < FOLD_CONFLICTS_MAX ? f->conflict_count : FOLD_CONFLICTS_MAX;
	s->left = (uint32_t)held;
	for (uint32_t i = 0; i < held; i++) {
		uint32_t at = slot_of(&f->conflicts[i].passage);
		while (s->slots[at] != 0)
			at = (at + 1) % SLOTS;
		s->slots[at] = (uint16_t)(i + 1);
	}
}

static void look_at(struct sought *s, const struct ledger_passage *p, at_ms at_recorded)
{
	for (uint32_t at = slot_of(p); s->slots[at] != 0; at = (at + 1) % SLOTS) {
		uint32_t i = s->slots[at] - 1u;
		const struct ledger_passage *other = &s->f->conflicts[i].passage;
		if (s->firsts[i].is_found || other->device != p->device || other->boot != p->boot || other->seq != p->seq)
			continue;
		s->firsts[i] = (struct conflict_first){true, *p, at_recorded};
		s->left--;
	}
}

static err_t look_at_batch(struct sought *s, const struct journal_batch *batch)
{
	const uint8_t *p = batch->bytes;
	size_t left = batch->size, used;
	struct input in;
	for (; left > 0; p += used, left -= used) {
		err_t e = input_read(p, left, &in, &used);
		if (e != ERR_NONE)
			return e;
		if (in.kind == INPUT_PASSAGE)
			look_at(s, &in.passage, batch->at_recorded);
	}
	return ERR_NONE;
}

err_t conflicts_find_first(struct journal_reader *reader, const struct fold *f, struct conflict_first firsts[FOLD_CONFLICTS_MAX])
{
	struct sought s = {.f = f, .firsts = firsts};
	struct journal_batch batch = {0};
	bool more = true;
	memset(firsts, 0, FOLD_CONFLICTS_MAX * sizeof *firsts);
	seek(&s, f);
	if (s.left == 0)
		return ERR_NONE;
	err_t e = journal_reader_seek(reader, f->records > LOOK_BACK_RECORDS ? f->records - LOOK_BACK_RECORDS + 1 : 1);
	while (e == ERR_NONE && s.left > 0) {
		e = journal_reader_next(reader, &batch, &more);
		if (e != ERR_NONE || !more || batch.first > f->records)
			break;
		e = look_at_batch(&s, &batch);
	}
	return e == ERR_NONE ? journal_reader_seek(reader, f->records + 1) : e; /* lets go of the log */
}
