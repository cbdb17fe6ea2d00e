/* forecast/chain.h: the entry chain run forward from what is live now: when is everyone in, what binds, what helps.
 *
 * Model: a fluid tandem queue. Arrivals follow the plan's cumulative curve, scaled so that what is still to come =
 * expected - (inside + everyone in the chain); once the curve is over (or if there is none), those who lack come at
 * the rate at which the first stage passes people now. Stage k serves min(what waits, its service rate). A stage
 * with people waiting (more than a minute of its capacity; fewer are on their way through) serves at its measured
 * rate, never above its capacity; one without, or one that nobody passed in five minutes, at capacity. Rates stay
 * what they are now until the end: "at the present rates". Walking times between the stages are neglected (they
 * shift by minutes, the chain's rates decide): said in the page's help. A holding area that is full does not stop
 * the stage before it.
 * Pure arithmetic: no clock, no allocation, no plan. At most about 25 runs of at most 4,320 steps: under a millisecond.
 * What is not finite or below zero counts as zero.
 */
#ifndef CORDON_FORECAST_CHAIN_H
#define CORDON_FORECAST_CHAIN_H

#include "base/when.h"

#define CHAIN_STAGES_MAX 3
#define CHAIN_CURVE_MAX 64

struct chain_stage {
	bool present;              /* false: the plan has no such stage */
	double flow_ppl_min;       /* measured, mean of 5 min */
	double capacity_ppl_min;   /* open lanes x rate */
	double lane_rate_ppl_min;  /* mean of one lane */
	uint32_t lanes_open, lanes;
	double queue_ppl;          /* in the holding areas in front of it */
	double queue_capacity_ppl; /* what they hold; 0 = not known */
};
struct chain_curve_point { at_ms at; double share; };
struct chain_now {
	at_ms at_now, at_start, at_end;    /* at_end AT_NONE: six hours after start */
	double expected_ppl, inside_ppl, inside_error_ppl;
	struct chain_stage stages[CHAIN_STAGES_MAX]; /* precheck, ticket, security in the plan's order of passing */
	struct chain_curve_point curve[CHAIN_CURVE_MAX];
	uint32_t curve_count;
};
#define CHAIN_ARRIVALS (-1)
struct chain_outlook {
	at_ms at_all_in;        /* AT_NONE: not before at_end */
	int64_t error_ms;       /* half-width: from the error of the inside number and of the flows (+/- 5 %) */
	int limited_by;         /* index of the stage that held people up at the last, or CHAIN_ARRIVALS */
	/* wait_s INFINITY: nobody is let through. at_full AT_NONE: does not fill. */
	struct { double wait_s; at_ms at_full; bool binding; } stages[CHAIN_STAGES_MAX];
	/* binding: decides when everyone is in; or, where arrivals decide, has the longest wait over three minutes.
	 * The smallest number of extra lanes at the binding stage (of those that stand closed) that brings everyone in by the
	 * start, and the latest minute (in whole minutes from now) at which opening them still does; if none does, all closed
	 * ones, now, if that saves a minute. at_all_in: if they are opened now. lanes 0: nothing to advise. */
	struct { int stage; uint32_t lanes; at_ms at_before, at_all_in; } advice;
};
/* What there is to say when there is no question: no moment, no advice, nothing that binds. */
struct chain_outlook chain_no_outlook(void);
void chain_look_ahead(const struct chain_now *now, struct chain_outlook *out);

#endif
