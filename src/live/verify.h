/* live/verify.h: a fold made anew from zero, in steps, to hold a snapshot against. Inside live/ only: the public door is
 * live_verify_session() in live.h. */
#ifndef CORDON_LIVE_VERIFY_H
#define CORDON_LIVE_VERIFY_H

#include "live/fold.h"

struct refold {
	struct journal_reader *reader;
	struct fold *fold;
	bool bad_record;                /* after STORE_CORRUPT: a record cannot be folded; else the batch itself fails its check */
};
err_t refold_open(struct store *store, const char *id, struct refold *out);
void refold_close(struct refold *r);

/* When a step ends: whichever comes first. */
struct refold_step {
	uint64_t number;                /* the fold is to stand exactly there; UINT64_MAX: the end */
	uint64_t records_max;
	int64_t (*monotonic_ns)(void *self);
	void *self;
	int64_t until_ns;
};
/* *out_there: it stands at `number`, or beyond, or at the journal's end. Lets go of the log after each step, so that the
 * writer's can begin anew. Errors: STORE_CORRUPT (behind record fold->records), and those of reading. */
err_t refold_on(struct refold *r, const struct refold_step *step, bool *out_there);

#endif
