/* plan/rules.h: the rule sets as data: what each allows, and who says so.
 *
 * A capacity is reckoned with one rule set alone. Where a set has no figure, the capacity is
 * not given rather than filled in from another set. */
#ifndef CORDON_PLAN_RULES_H
#define CORDON_PLAN_RULES_H

#include "plan/plan.h"

struct rule_figure {
	double value; /* 0: this set has no such figure */
	const char *source_en, *source_zh;
};

struct rule_set {
	struct rule_figure standing_ppl_m2;        /* of usable area */
	struct rule_figure small_standing_ppl_m2;  /* the same for zones of at most small_area_m2; 0: no difference */
	double small_area_m2;
	struct rule_figure seat_share;             /* of the seats */
	bool uses_factors;                         /* (P) and (S) apply */
	struct rule_figure entry_window_min;
	struct rule_figure turnstile_ppl_min;      /* ceiling of a ticket lane: more is not counted */
	struct rule_figure search_ppl_min;         /* highest recorded rate of a search lane: more is a warning */
	struct rule_figure level_ppl_m_min, steps_ppl_m_min; /* flow through exits */
	struct rule_figure exit_min;               /* time for leaving after the event */
	struct rule_figure evacuation_min;         /* default where the plan gives none */
	double evacuation_low_min, evacuation_high_min;
	bool largest_exit_removed;                 /* in an evacuation */
	struct rule_figure ticket_share;           /* of the approved number; 0: no rule */
};

const struct rule_set *rule_set_of(enum plan_rules rules);

/* What one lane counts for in a minute: its rate, or the ceiling where the set has one for its stage. */
double rule_lane_ppl_min(const struct rule_set *set, enum plan_stage stage, double rate_ppl_min);
/* People whom a zone may hold by the set, whatever capacity_ppl says; NAN: the undrawn outside. Cut to whole people. */
double rule_zone_ppl(const struct rule_set *set, const struct plan_zone *z);
/* with the factors where they apply */
double rule_density_ppl_m2(const struct rule_set *set, const struct plan_zone *z);
/* Whether people are there to stay and watch: what the venue holds is summed over these (docs/PLAN.md, "Measures"). */
void rule_audience_zones(const struct plan *p, bool *out /* [zone_count] */);

#endif
