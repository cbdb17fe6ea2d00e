/* The outlook: one run as things are, two for the error, and a bounded search for what helps. */
#include <math.h>

#include "forecast/fluid.h"

#define MINUTE_MS 60000
#define RATE_ERROR 0.05
#define HELPS_MS MINUTE_MS /* advice that saves less is none */

static const struct fluid_change as_it_is = { .stage = -1, .rate_factor = 1 };

static at_ms all_in_with(const struct fluid *f, int stage, double extra_ppl_min, at_ms at_open)
{
	struct fluid_change change = { .stage = stage, .extra_ppl_min = extra_ppl_min, .at_open = at_open, .rate_factor = 1 };
	struct fluid_result r;
	fluid_run(f, &change, &r);
	return r.at_all_in != AT_NONE ? r.at_all_in : AT_MS_MAX;
}

/* Half the span between the rosy and the gloomy run; who is not in by the end counts as in at the end. */
static int64_t error_of(const struct fluid *f, double inside_error_ppl)
{
	double shift = isfinite(inside_error_ppl) ? fabs(inside_error_ppl) : 0;
	struct fluid_change rosy = { .stage = -1, .rate_factor = 1 + RATE_ERROR, .inside_shift_ppl = shift };
	struct fluid_change gloomy = { .stage = -1, .rate_factor = 1 - RATE_ERROR, .inside_shift_ppl = -shift };
	struct fluid_result early, late;
	fluid_run(f, &rosy, &early);
	fluid_run(f, &gloomy, &late);
	at_ms at_early = early.at_all_in != AT_NONE ? early.at_all_in : f->at_end;
	at_ms at_late = late.at_all_in != AT_NONE ? late.at_all_in : f->at_end;
	return at_late > at_early ? (at_late - at_early) / 2 : 0;
}

/* More lanes are never later and opening later is never earlier, so both are found by halving: at most
 * log2(lanes) + log2(minutes) runs. */
static void advise(const struct fluid *f, const struct chain_now *now, struct chain_outlook *out)
{
	int stage = out->limited_by;
	at_ms at_without = out->at_all_in != AT_NONE ? out->at_all_in : AT_MS_MAX;
	if (stage < 0 || at_without <= now->at_start)
		return;
	const struct chain_stage *s = &now->stages[stage];
	uint32_t closed = s->lanes > s->lanes_open ? s->lanes - s->lanes_open : 0;
	if (closed == 0 || !(s->lane_rate_ppl_min > 0) || !isfinite(s->lane_rate_ppl_min))
		return;
	uint32_t few = 1, many = closed;
	while (few < many) {
		uint32_t middle = few + (many - few) / 2;
		if (all_in_with(f, stage, middle * s->lane_rate_ppl_min, f->at_now) <= now->at_start)
			many = middle;
		else
			few = middle + 1;
	}
	at_ms at_with = all_in_with(f, stage, few * s->lane_rate_ppl_min, f->at_now);
	at_ms at_before = f->at_now;
	if (at_with <= now->at_start) {
		int64_t low = 0, high = (now->at_start - f->at_now) / MINUTE_MS; /* low: still in time */
		while (low < high) {
			int64_t middle = high - (high - low) / 2;
			if (all_in_with(f, stage, few * s->lane_rate_ppl_min, f->at_now + middle * MINUTE_MS) <= now->at_start)
				low = middle;
			else
				high = middle - 1;
		}
		at_before = f->at_now + low * MINUTE_MS;
	} else if (at_with > at_without - HELPS_MS) {
		return;
	}
	out->advice.stage = stage;
	out->advice.lanes = few;
	out->advice.at_before = at_before;
	out->advice.at_all_in = at_with != AT_MS_MAX ? at_with : AT_NONE;
}

/* Where the last arrivals decide when everyone is in, people may still stand before a stage now: that one is marked. */
static void mark_longest_wait(const struct fluid *f, struct chain_outlook *out)
{
	int longest = -1;
	for (int k = 0; k < CHAIN_STAGES_MAX; k++)
		if (f->present[k] && out->stages[k].wait_s > FLUID_WAITING_MIN * 60 &&
		    (longest < 0 || out->stages[k].wait_s > out->stages[longest].wait_s))
			longest = k;
	if (out->limited_by == CHAIN_ARRIVALS && longest >= 0)
		out->stages[longest].binding = true;
}

void chain_look_ahead(const struct chain_now *now, struct chain_outlook *out)
{
	struct fluid f;
	fluid_set_up(&f, now);
	struct fluid_result r;
	fluid_run(&f, &as_it_is, &r);
	*out = (struct chain_outlook){ .at_all_in = r.at_all_in, .limited_by = r.limited_by,
		.error_ms = error_of(&f, now->inside_error_ppl),
		.advice = { .stage = CHAIN_ARRIVALS, .at_before = AT_NONE, .at_all_in = AT_NONE } };
	for (int k = 0; k < CHAIN_STAGES_MAX; k++) {
		double queue = f.queue_ppl[k], rate = f.rate_ppl_min[k];
		out->stages[k].wait_s = queue <= 0 ? 0 : rate > 0 ? queue / rate * 60 : INFINITY;
		out->stages[k].at_full = r.at_full[k];
		out->stages[k].binding = k == r.limited_by;
	}
	mark_longest_wait(&f, out);
	advise(&f, now, out);
}

struct chain_outlook chain_no_outlook(void)
{
	struct chain_outlook out = { .at_all_in = AT_NONE, .limited_by = CHAIN_ARRIVALS,
		.advice = { .stage = CHAIN_ARRIVALS, .at_before = AT_NONE, .at_all_in = AT_NONE } };
	for (int k = 0; k < CHAIN_STAGES_MAX; k++)
		out.stages[k].at_full = AT_NONE;
	return out;
}
