/* server/work.h: a few threads for what would keep the loop waiting: Argon2, plan checks, the catalog's disk. */
#ifndef CORDON_SERVER_WORK_H
#define CORDON_SERVER_WORK_H

#include "base/text.h"

struct work;
/* One thread more than `threads` (none for 0) does only what is owed, so that it never waits behind what is slow; the others have a
 * lower priority than everything else of the process.
 * `wake` is called from a worker when something is done: it makes the loop call work_poll() soon. */
err_t work_new(uint32_t threads, uint32_t waiting_max, void (*wake)(void *ctx), void *ctx, struct work **out);
/* Runs `run(ctx)` on a worker, later `done(ctx)` from work_poll(). BUSY when `waiting_max` wait already,
 * or when there is no `w` any more. */
err_t work_add(struct work *w, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx);
/* The same for what belongs to something that is done already and cannot be refused any more: WORK_OWED_MAX more may
 * wait. */
err_t work_add_owed(struct work *w, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx);
void work_poll(struct work *w);
/* Runs what waits on the caller's thread: for whoever made it with no threads, to have all in one (fuzz/). */
void work_step(struct work *w);
/* Finishes what was begun and what waits, calls every `done`, joins. */
void work_free(struct work *w);

#endif
