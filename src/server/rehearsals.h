/* server/rehearsals.h: rehearsals asked for over the API: a queue, processes that run them, and what they found. Inside server/.
 *
 *   asked --kept in the catalog--> waiting --a slot is free--> running (a process) --> done | failed | stopped, with its result
 *
 * A rehearsal is a process of its own (rehearse/request.h), at a lower priority: if it crashes, or eats all memory, the server only
 * hears that it ended. Each slot is a thread that waits for its process. What is accepted is in the catalog before it is answered,
 * as "interrupted": that is what a start of the server finds if this life ends before the rehearsal does.
 * Any thread may call; nothing here waits for a simulation.
 */
#ifndef CORDON_SERVER_REHEARSALS_H
#define CORDON_SERVER_REHEARSALS_H

#include "base/when.h"
#include "rehearse/request.h"
#include "store/store.h"

#define REHEARSALS_AT_ONCE 2          /* processes; each uses the cores it finds, at a lower priority than the server */
#define REHEARSALS_WAITING_MAX 16
#define REHEARSALS_OF_ONE_MAX 4       /* waiting or running, of one account */
#define REHEARSALS_KEPT_MAX 64        /* of one session, with their results; then somebody deletes one */
#define REHEARSALS_KEPT_OF_ONE_MAX 32 /* of these, of one account: others need a place too */
#define REHEARSAL_REQUEST_BYTES_MAX (96u << 20) /* plans and settings of one, as they wait */
#define REHEARSALS_BYTES_MAX ((size_t)256 << 20) /* of all that wait */
#define REHEARSAL_TIME_MAX_S 1800     /* then it is asked to stop, and keeps what it has */
#define REHEARSAL_STOP_S 10           /* to stop in; then it is killed */

struct rehearsals;
struct rehearsals_settings {
	struct store *store;
	struct clock clock;
	const char *program;               /* run as `program rehearse-worker`; NULL: none can be run (tests, fuzz/) */
};
err_t rehearsals_new(const struct rehearsals_settings *settings, struct rehearsals **out); /* MEMORY, those of the catalog */
void rehearsals_free(struct rehearsals *r);           /* ends all processes; NULL is fine */

struct rehearsal_asked {
	const char *session, *by;
	uint32_t plan_version;             /* of the plan in force; 0: a plan of the asker's */
	const struct rehearse_request *request; /* what the list tells of it */
	struct rehearse_frame frame;       /* copied */
};
/* Errors: REHEARSE_BUSY, REHEARSE_WORKER (no program), TOO_LARGE, MEMORY, those of the catalog. */
err_t rehearsals_add(struct rehearsals *r, const struct rehearsal_asked *asked, uint32_t *out_number, struct problem *problem);
/* [{"id","state":"waiting"|"running"|"done"|"stopped"|"failed"|"interrupted","by","at","plan_version","level","phase","compares",
 * "find_lanes","done","of","ended","problem","result":true|false}], newest first; or one of them (REHEARSE_UNKNOWN). */
void rehearsals_write(struct rehearsals *r, const char *session, bool chinese, struct buf *out);
err_t rehearsals_write_one(struct rehearsals *r, const char *session, uint32_t number, bool chinese, struct buf *out);
/* The JSON of rehearsal_write_json. REHEARSE_UNKNOWN: there is none (yet). Reads the disk. */
err_t rehearsals_result(struct rehearsals *r, const char *session, uint32_t number, struct buf *out);
/* Asks it to stop and keep what it has; one that waits is stopped with nothing. REHEARSE_UNKNOWN. */
err_t rehearsals_stop(struct rehearsals *r, const char *session, uint32_t number);
/* Away with it and its result; one that runs is killed first. Writes the disk. REHEARSE_UNKNOWN. */
err_t rehearsals_delete(struct rehearsals *r, const char *session, uint32_t number);

#endif
