/* plan/check.h: the parts of plan_check. */
#ifndef CORDON_PLAN_CHECK_H
#define CORDON_PLAN_CHECK_H

#include "plan/findings.h"
#include "plan/graph.h"

#define CHECK_TOUCH_M 5.0       /* zones that lie nearer than this touch; a gate stands this near its zones */
#define CHECK_HOLD_MIN 5.0      /* a holding area should take what its checks pass in this time */
#define CHECK_DISTANCE_WORK_MAX UINT64_C(5000000) /* corners; a plan that people draw needs a hundredth */
#define CHECK_QUEUE_PPL_M2 2.0  /* at this density: event field figure, HSE via UK councils */

struct checker {
	const struct plan *p;
	const struct rule_set *set;
	struct plan_findings *findings;
	bool *sound; /* [zone_count]: drawn, with an outline that is valid */
	uint64_t distance_work; /* corners of outlines whose distance was asked */
	bool cut;               /* something was left out, because it would have cost too much */
};

void check_find(struct checker *c, enum finding_code code, uint32_t feature, const char *field, const char *a,
                const char *b, const char *third);
/* UINT32_MAX as feature: the head. */

uint64_t check_corners(const struct geo_shape *s);
/* 0 where they touch, and where it was not asked any more. */
double check_distance_m(struct checker *c, const struct geo_shape *a, const struct geo_shape *b);

err_t check_head(struct checker *c, const struct plan_measures *m); /* check_head.c */
void check_zones(struct checker *c);                                /* check_zones.c */
err_t check_reach(struct checker *c);
void check_checkpoints(struct checker *c);                          /* check_ways.c */
void check_links(struct checker *c);
err_t check_devices(struct checker *c);

#endif
