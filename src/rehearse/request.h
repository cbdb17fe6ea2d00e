/* rehearse/request.h: a rehearsal asked for over the API: its settings as JSON, and the worker that answers it.
 *
 *   server --request, plan, against--> worker process (standard input, one frame) --progress, result--> server
 *
 * The worker is a process of its own, so that whatever happens in a simulation happens there alone. It is given one frame, by
 * rehearse_frame_write, and says, on standard output, a line at a time:
 *   progress DONE OF      any number of times, then one of
 *   problem BYTES         and so many bytes: {"code","line","feature","field","detail"}
 *   result BYTES          and so many bytes: the JSON of rehearsal_write_json
 */
#ifndef CORDON_REHEARSE_REQUEST_H
#define CORDON_REHEARSE_REQUEST_H

#include <jansson.h>

#include "rehearse/rehearse.h"

#define REHEARSE_REQUEST_BYTES_MAX ((size_t)1 << 20)  /* settings without plans */
#define REHEARSE_RESULT_BYTES_MAX ((size_t)32 << 20)
#define REHEARSE_PEOPLE_MAX 1000000.0                 /* of a request; the command line may have more */

struct rehearse_request {
	struct rehearse_settings settings;
	bool find_lanes;
	struct rehearse_lanes_wanted wanted;
};
/* {"level","phase","arrivals_ppl","curve":[[minutes,share],..],"shift_min","seed","replications","changes":[{"kind":"lanes"|"rate"|
 * "block","id","value","from_min","to_min"}],"find_lanes":{"staff","wait_p95_s"}}: every member may be left out. "plan" and "against" are
 * passed over. Texts and lists are of `arena`, and of `body` for ids. Errors: REHEARSE_SETTING (`problem` names the field), MEMORY. */
err_t rehearse_request_read(const json_t *body, struct arena *arena, struct rehearse_request *out, struct problem *problem);
/* Reads and checks the plans, rehearses, compares (against.size > 0) or finds the lanes, and writes the JSON. `stop`, `progress`,
 * `ctx` as in the settings. Errors: those of plan_read, rehearse_run, rehearse_find_lanes; TOO_LARGE. */
err_t rehearse_request_answer(const struct rehearse_request *request, struct text plan, struct text against, struct buf *out,
                              struct problem *problem);

/* What the worker is given: "cordon-rehearsal 1 REQUEST PLAN AGAINST\n" with three sizes, and the bytes of the three. */
struct rehearse_frame { struct text request, plan, against; };
void rehearse_frame_write(const struct rehearse_frame *f, struct buf *out);
bool rehearse_frame_read(struct text bytes, struct rehearse_frame *out); /* borrows; false: it is none */
/* The whole of the worker: reads the frame from `in`, answers on `out`. Gives the exit code. */
int rehearse_worker(int in, int out, const volatile int *stop);

#endif
