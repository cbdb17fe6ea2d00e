/* live/input.h: what happens to a session: the inputs that its journal holds, and their bytes.
 *
 * `struct passage_said` is a passage as a device says it, with names; drivers (device/) make it. `struct input` is the same
 * after names became indices of the session's chart: one journal record. State is a fold of inputs.
 */
#ifndef CORDON_LIVE_INPUT_H
#define CORDON_LIVE_INPUT_H

#include "ledger/ledger.h"

#define PASSAGE_LINE_BYTES_MAX 4096
#define PASSAGE_NAME_BYTES_MAX 200 /* of a device's or checkpoint's name; a plan's ids have at most 64 */

/* Borrowed text: lives as long as the bytes that were parsed. */
struct passage_said {
	struct text device, checkpoint; /* checkpoint may be empty: the device's own */
	uint64_t boot, seq;
	at_ms at;
	uint32_t in, out;
	bool totals;
};

enum input_kind {
	INPUT_PASSAGE = 1,  /* 40 bytes, fixed: the hot one */
	INPUT_CONFLICT,     /* a passage kept aside */
	INPUT_DUPLICATES,   /* device, count: statistics of one batch */
	INPUT_RECOUNT,      /* zone, ppl, sigma, at, by, reason */
	INPUT_EMPTY,        /* by, reason */
	INPUT_LANES,        /* checkpoint, lane, open, by */
	INPUT_PLAN,         /* the plan's text, version, by: sets or grows the chart; the first input of every session */
	INPUT_TICK,         /* time passed */
	INPUT_CLOSE,        /* by, reason */
	INPUT_REJECTED      /* count: lines refused since the last of these (statistics, with the next commit) */
};
#define INPUT_KIND_MAX INPUT_REJECTED

/* Text members are borrowed. Which members count depends on the kind. */
struct input {
	enum input_kind kind;
	struct ledger_passage passage;          /* PASSAGE, CONFLICT; DUPLICATES: .device, .in = count */
	struct ledger_recount recount;
	uint32_t checkpoint, lane; bool open;   /* LANES */
	uint32_t version; struct text plan;     /* PLAN */
	struct text by, reason;
	uint32_t count;                         /* REJECTED */
};

/* Appends the record's bytes (self-delimiting, little-endian, versioned by its first byte).
 *
 *   passage, conflict, duplicates   kind|version 1  flags 1  device 3  checkpoint 3  boot 8  seq 8  at 8  in 4  out 4
 *   all others                      kind|version 1  size 4  then their members, texts with their size before them
 */
void input_write(const struct input *in, struct buf *out);
#define INPUT_PASSAGE_BYTES 40
#define INPUT_RECOUNT_PPL_MAX (10 * LEDGER_PEOPLE_MAX) /* of a recount, and of its sigma: more than any crowd */
#define INPUT_INDEX_MAX 0xFFFFFFu       /* devices and checkpoints are written in three bytes */
void input_write_passage(enum input_kind kind, const struct ledger_passage *p, uint8_t out[INPUT_PASSAGE_BYTES]);
/* Reads one record; *used = its bytes. Hostile bytes: STORE_CORRUPT. */
err_t input_read(const void *bytes, size_t size, struct input *out, size_t *used);

#endif
