/* rehearse/collect.h: the parts of collect.c and collect_run.c. */
#ifndef CORDON_REHEARSE_COLLECT_H
#define CORDON_REHEARSE_COLLECT_H

#include "rehearse/inside.h"

struct collected {
	const struct built *b;
	struct rehearsal *r;
	uint32_t runs, band_runs, samples;
	float *values;                      /* [band_runs][band][sample] */
	struct quarters *quarters;          /* NULL: not asked */
	uint32_t *area, (*check)[2], (*link)[2], stage[PLAN_STAGE_COUNT]; /* subject -> index in the network; CROWD_NONE: no second */
};

static inline float *values_at(const struct collected *c, uint32_t run, uint32_t band)
{
	return c->values + ((size_t)run * c->r->band_count + band) * c->samples;
}

err_t subjects_new(struct collected *c);
struct rehearse_named *subject_add(struct collected *c, enum rehearse_subject kind);
/* Of several groups together: the quantiles from each group's own three, linear between them: an estimate, exact for one group. */
struct crowd_waits waits_together(const struct crowd_waits *groups, uint32_t count);

#endif
