/* forecast/fluid.h: the fluid run under chain.h, for chain.c and its tests.
 *
 *   arrivals --> [queue 0 | rate 0] --> [queue 1 | rate 1] --> [queue 2 | rate 2] --> inside
 *
 * In each step a stage takes what the stage before let through, serves min(what waits, rate x step) and passes it
 * on in the same step. Stages that the plan does not have are walked through.
 */
#ifndef CORDON_FORECAST_FLUID_H
#define CORDON_FORECAST_FLUID_H

#include "forecast/chain.h"

/* Walkers and a train that just came are worth up to so many minutes of capacity; more are waiting. */
#define FLUID_WAITING_MIN 3.0
#define FLUID_STEPS_MAX 4320
#define FLUID_STEP_MS 10000 /* twelve hours; a longer look ahead takes longer steps */

struct fluid {
	at_ms at_now, at_end;
	int64_t step_ms;
	uint32_t steps;
	double expected_ppl, inside_ppl;
	bool present[CHAIN_STAGES_MAX];
	double queue_ppl[CHAIN_STAGES_MAX], room_ppl[CHAIN_STAGES_MAX];
	double rate_ppl_min[CHAIN_STAGES_MAX];
	bool curve_done;                 /* nobody is due any more: those who lack come as they came lately */
	double arrivals_ppl_min;
	double share[FLUID_STEPS_MAX];   /* of those still to come, by step */
};

struct fluid_change {
	int stage;                       /* where lanes are opened; < 0: nowhere */
	double extra_ppl_min;
	at_ms at_open;
	double rate_factor;              /* 1: as measured */
	double inside_shift_ppl;         /* how many more are inside than the number says */
};

struct fluid_result {
	at_ms at_all_in;                 /* AT_NONE: not before at_end */
	int limited_by;                  /* a stage, or CHAIN_ARRIVALS */
	at_ms at_full[CHAIN_STAGES_MAX];
};

void fluid_set_up(struct fluid *f, const struct chain_now *now);
void fluid_run(const struct fluid *f, const struct fluid_change *change, struct fluid_result *out);

#endif
