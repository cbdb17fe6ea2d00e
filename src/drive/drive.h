/* drive/drive.h: plays a session against a server through its public API: `cordon drive`.
 *
 * It knows the plan's file and the API, nothing of the server's inside, so that what it shows is what a device maker sees.
 *
 *   counts.c  a file of counts (place, hour, ten minutes, in, out) -> single passages, spread by seed
 *   drill.c   simulated people who come, queue, pass and leave by a plan -> passages
 *        \________ struct drive_source: records in order of event time
 *   faults.c  sends some twice, late, shuffled; restarts, silences, lies, by seed
 *   feed.c    batches what is due, posts it until it is acknowledged, keeps the tally
 *   http.c    libcurl: sign-in, requests, waiting for a server that is away
 *   verify.c  at the end: do the server's numbers equal what was played?
 *
 * One thread makes the records, `clients` threads post them.
 */
#ifndef CORDON_DRIVE_DRIVE_H
#define CORDON_DRIVE_DRIVE_H

#include "base/random.h"
#include "plan/plan.h"

/* ---- HTTP ---- */

struct drive_server {
	const char *url;                  /* "https://127.0.0.1:8443" */
	const char *ca_file;              /* NULL: the system's, or none with `insecure` */
	const char *token;                /* device token; NULL: name and password */
	const char *name, *password;
	int patience_s;                   /* how long to wait for a server that is away */
	bool insecure;
};
struct drive_http;                    /* one connection; one thread */
err_t drive_http_new(const struct drive_server *server, struct drive_http **out, struct problem *problem);
void drive_http_free(struct drive_http *h);
/* One request; waits and repeats while the server cannot be reached or says 503/507, up to patience_s. *out_status: HTTP's. */
err_t drive_http_send(struct drive_http *h, const char *method, const char *path, const char *content_type, struct text body,
                      struct buf *answer, long *out_status, struct problem *problem);

/* True once SIGINT or SIGTERM came during drive_play(): nobody waits any longer for a server that is away. */
bool drive_stop_asked(void);

/* ---- what is played ---- */

struct drive_record {
	uint32_t device;                  /* index in plan->devices */
	uint64_t boot, seq;
	at_ms at;                         /* event time by the device's clock */
	at_ms at_due;                     /* session time at which it is sent */
	uint32_t in, out;                 /* with totals: running totals */
	bool totals;
	bool again;                       /* a second sending or a lie: not part of what was truly played */
};
struct drive_source {
	/* Fills up to `room` records whose at < the returned horizon, in order of `at`; false: nothing more will come. */
	bool (*more)(void *self, struct drive_record *records, size_t room, size_t *out_count, at_ms *out_horizon);
	/* Lanes open at a checkpoint have changed on the server (a drill obeys). May be NULL. */
	void (*lanes)(void *self, uint32_t checkpoint, uint32_t lanes_open);
	void *self;
};

struct drive_counts;
/* Columns stationID, hour, per_ten_minute, outNums, inNums; `day_at`: midnight of the day played. *out_plan_text: a plan with a
 * checkpoint a place and `devices` devices each. Errors: FILE_OPEN, JSON_FIELD (line). */
err_t drive_counts_new(const char *path, at_ms day_at, uint32_t devices, uint64_t seed, struct drive_counts **out, struct problem *problem);
void drive_counts_free(struct drive_counts *c);
err_t drive_counts_plan(const struct drive_counts *c, struct buf *out_plan);
void drive_counts_source(struct drive_counts *c, const struct plan *plan, struct drive_source *out);
/* People in and out of a place in ten-minute step `step` (0..143), as the file says. Places 0 .. count-1. */
uint32_t drive_counts_places(const struct drive_counts *c);
const char *drive_counts_place_id(const struct drive_counts *c, uint32_t place);
void drive_counts_at(const struct drive_counts *c, uint32_t place, uint32_t step, uint32_t *out_in, uint32_t *out_out);

struct drive_drill;
err_t drive_drill_new(const struct plan *plan, uint32_t people, uint64_t seed, struct drive_drill **out, struct problem *problem);
void drive_drill_free(struct drive_drill *d);
void drive_drill_source(struct drive_drill *d, struct drive_source *out);

/* ---- faults: shares 0..1 ---- */

struct drive_faults {
	double duplicate;     /* records sent twice, the second time up to 10 min later */
	double late;          /* records kept back for up to late_s */
	int late_s;
	int shuffle_s;        /* all records shuffled within this many seconds */
	double restart;       /* chance a device and hour that it restarts: boot + 1, seq from 1 */
	double silent;        /* chance a device and hour that it falls silent for 2 to 20 min, then sends all it kept */
	double lie;           /* records sent again under the same identity with another number: conflicts */
	uint64_t seed;
};
/* "duplicate=0.2,shuffle=600,..." Errors: USAGE. */
err_t drive_faults_read(const char *text, struct drive_faults *out, struct problem *problem);
struct drive_faulty;
err_t drive_faulty_new(const struct drive_faults *faults, const struct plan *plan, struct drive_source inner, struct drive_faulty **out);
void drive_faulty_free(struct drive_faulty *f);
/* Records in order of at_due now. */
void drive_faulty_source(struct drive_faulty *f, struct drive_source *out);

/* ---- the play ---- */

struct drive_tally {
	uint64_t sent, accepted, duplicates, rejected, requests;
	uint64_t *in, *out;   /* people by checkpoint that were truly played (each once, lies not) */
	uint32_t checkpoint_count;
};
struct drive_play {
	const struct drive_server *server;
	const char *session;
	const struct plan *plan;
	uint32_t clients;     /* parallel posters */
	uint32_t batch;       /* records a request at the most */
	bool paced;           /* by the session's clock; false: as fast as the server takes them */
	bool quiet;           /* no progress line */
	at_ms at_stop;        /* AT_NONE: to the end */
};
err_t drive_play(const struct drive_play *play, struct drive_source *source, struct drive_tally *tally, struct problem *problem);
void drive_tally_free(struct drive_tally *t);

/* Compares the server's checkpoints with the tally, and with `counts` (may be NULL) every place's ten-minute sums. Prints each difference
 * (at most 20) and one line of result. *out_differences = 0: equal. */
err_t drive_verify(const struct drive_play *play, const struct drive_tally *tally, const struct drive_counts *counts,
                   uint64_t *out_differences, struct problem *problem);

#endif
