/* server/rehearsals_inside.h: one rehearsal as the server knows it; for rehearsals.c, rehearsals_kept.c, rehearsals_process.c. */
#ifndef CORDON_SERVER_REHEARSALS_INSIDE_H
#define CORDON_SERVER_REHEARSALS_INSIDE_H

#include <pthread.h>
#include <sys/types.h>

#include "server/rehearsals.h"

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_STOPPED, JOB_FAILED, JOB_INTERRUPTED, JOB_STATE_COUNT };
const char *job_state_word(enum job_state s);

struct job {
	struct job *next;                  /* newest first */
	char session[65], by[65];
	uint32_t number, plan_version;
	enum rehearse_level level;
	enum rehearse_phase phase;
	bool compares, find_lanes, has_result;
	at_ms at_asked, at_ended;
	struct problem problem;            /* .error ERR_NONE: none */
	enum job_state state;
	uint32_t done, of;
	bool hidden;                       /* from callers: not in the catalog yet, or deleted while it runs */
	bool stop_asked;
	pid_t pid;                         /* 0: no process that may be signalled */
	struct buf frame;                  /* until it runs */
};

struct rehearsals {
	struct rehearsals_settings settings;
	pthread_mutex_t lock;              /* the jobs and `ending` */
	pthread_cond_t change;
	struct job *jobs;
	bool ending;
	pthread_t slots[REHEARSALS_AT_ONCE];
	uint32_t slot_count;
};

/* rehearsals_kept.c: in the catalog. */
void job_write(const struct job *j, bool chinese, struct buf *out);
err_t job_keep(struct rehearsals *r, const struct job *j, enum job_state as, uint64_t expected_version);
err_t job_keep_result(struct rehearsals *r, const struct job *j, struct text result);
err_t job_read_result(struct rehearsals *r, const char *session, uint32_t number, struct buf *out);
err_t job_forget(struct rehearsals *r, const char *session, uint32_t number);
err_t jobs_load(struct rehearsals *r);

/* rehearsals_process.c: runs the job's process to its end; fills problem, has_result, and `result`. Called without the lock. */
enum job_state job_run(struct rehearsals *r, struct job *j, struct buf *result);

#endif
