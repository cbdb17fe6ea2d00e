/* rehearse/lanes.h: the parts of the search for lanes: lanes.c, lanes_search.c, lanes_judge.c. */
#ifndef CORDON_REHEARSE_LANES_H
#define CORDON_REHEARSE_LANES_H

#include "rehearse/inside.h"

#define QUARTERS_MAX 192
#define LANES_AT(s, check, quarter) ((s)->lanes[(size_t)(check) * (s)->quarter_count + (quarter)])

struct search {
	const struct plan *p;
	struct rehearse_settings s;       /* resolved; changes: the caller's, then ours */
	struct rehearse_lanes_wanted wanted;
	struct arena *arena;
	struct rehearse_change *changes;
	uint32_t own_changes;             /* the caller's */
	uint32_t check_count, quarter_count;
	double from_s, until_s;           /* the quarters begin; the run ends */
	uint32_t *plan_index, *subject;   /* [check] */
	uint32_t *there, *most;           /* [check]: lanes that stand there; that may be proposed now */
	double *staff, *rate_ppl_min;     /* [check]: of one lane */
	uint32_t *lanes, *kept;           /* [check][quarter]: the present proposal, and one to go back to */
	double *load;                     /* [check][quarter]: lanes' worth of people who come there without limits */
	double *wait_s;                   /* [check][quarter]: by the last judgement; NAN: nobody */
	double *wait_p95_s;               /* [check]: of all its people, likewise; with those who wait for the doors */
	bool waits_for_doors;             /* people come before them */
	double to_in_s;                   /* likewise */
	bool may_build, stuck;            /* another search with more lanes may follow; someone waits where no lane could be raised */
	uint32_t judged;                  /* for the progress */
	struct problem *problem;
};

/* The present proposal, run so many times; sets what was judged. `out` NULL: thrown away. `q` may be NULL. */
err_t lanes_judge(struct search *s, uint32_t replications, struct rehearsal **out, struct quarters *q);
/* Loads from a run in which lanes do not bind. */
err_t lanes_loads(struct search *s);
/* Makes the proposal better until the wish holds or nothing helps. */
err_t lanes_search(struct search *s);
/* The proposal with all its runs, mended where it does not hold with them. */
err_t lanes_mend(struct search *s, struct rehearsal **after, struct quarters *q);
bool lanes_hold(const struct search *s);                     /* the wish, by the last judgement */
double lanes_staff(const struct search *s, uint32_t quarter);
float quarter_mean(const struct quarters *q, const float *values, uint32_t runs, uint32_t subjects, uint32_t subject, uint32_t quarter);

#endif
