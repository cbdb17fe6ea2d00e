/* fuzz/fold_use.h: what must hold of any fold, and what is done with one. */
#ifndef CORDON_FUZZ_FOLD_USE_H
#define CORDON_FUZZ_FOLD_USE_H

#include "live/fold.h"

#define FOLD_T0 INT64_C(1795514400000) /* 2026-11-24T18:00:00+08:00 */

/* Saved, freed, loaded. `known`: spares the parsing of a plan that it equals. */
struct fold *fold_again(struct fold *f, struct live_plan *known);
void fold_hold_same(const struct fold *a, const struct fold *b);
/* Tells it as state, delta, flow and conflicts, all JSON; its books balance. */
void fold_use(struct fold *f);

#endif
