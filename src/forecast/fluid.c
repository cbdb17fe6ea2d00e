/* The entry chain as a fluid in tanks, stepped forward. The fluid approximation of a queue, good where a rush is far
 * longer than one service: G. F. Newell, "Applications of Queueing Theory", 2nd ed. 1982, chapter 2. */
#include <math.h>

#include "forecast/fluid.h"

#define MINUTE_MS 60000
#define END_AFTER_START_MS (INT64_C(6) * 3600 * 1000)
#define DONE_PPL 0.01

static double positive(double x)
{
	return isfinite(x) && x > 0 ? x : 0;
}

/* The share of all visitors that the plan expects to have come by `at`; `hint` is where to look first and moves on. */
static double curve_share(const struct chain_now *now, uint32_t count, at_ms at, uint32_t *hint)
{
	while (*hint < count && now->curve[*hint].at <= at)
		++*hint;
	if (*hint == 0)
		return 0;
	const struct chain_curve_point *a = &now->curve[*hint - 1], *b = &now->curve[*hint];
	if (*hint == count)
		return a->share;
	return a->share + (b->share - a->share) * (double)(at - a->at) / (double)(b->at - a->at);
}

/* Spreads those still to come over the steps as the curve does. */
static void set_up_arrivals(struct fluid *f, const struct chain_now *now)
{
	uint32_t count = now->curve_count < CHAIN_CURVE_MAX ? now->curve_count : CHAIN_CURVE_MAX;
	uint32_t hint = 0;
	double come = positive(curve_share(now, count, f->at_now, &hint));
	double left = count > 0 ? positive(now->curve[count - 1].share) - come : 0;
	f->curve_done = !(left > 1e-9);
	for (uint32_t i = 0; i < f->steps && !f->curve_done; i++) {
		double by = positive(curve_share(now, count, f->at_now + (i + 1) * f->step_ms, &hint));
		f->share[i] = by > come ? (by - come) / left : 0;
		come = by > come ? by : come;
	}
}

static void set_up_stage(struct fluid *f, const struct chain_stage *s, int k)
{
	double capacity = positive(s->capacity_ppl_min), flow = positive(s->flow_ppl_min);
	f->present[k] = s->present;
	f->queue_ppl[k] = s->present ? positive(s->queue_ppl) : 0;
	f->room_ppl[k] = positive(s->queue_capacity_ppl);
	/* A stage at work shows what it can do; no flow at all in five minutes is no measurement of its rate. */
	bool measured = f->queue_ppl[k] > capacity * FLUID_WAITING_MIN && flow > 0;
	f->rate_ppl_min[k] = measured && flow < capacity ? flow : capacity;
}

void fluid_set_up(struct fluid *f, const struct chain_now *now)
{
	f->at_now = now->at_now;
	f->at_end = now->at_end != AT_NONE ? now->at_end : now->at_start + END_AFTER_START_MS;
	int64_t horizon_ms = f->at_end > f->at_now ? f->at_end - f->at_now : 0;
	f->step_ms = FLUID_STEP_MS;
	while (horizon_ms / f->step_ms >= FLUID_STEPS_MAX)
		f->step_ms *= 2;
	f->steps = (uint32_t)((horizon_ms + f->step_ms - 1) / f->step_ms);
	f->expected_ppl = positive(now->expected_ppl);
	f->inside_ppl = isfinite(now->inside_ppl) ? now->inside_ppl : 0;
	f->arrivals_ppl_min = 0;
	for (int k = CHAIN_STAGES_MAX - 1; k >= 0; k--) {
		set_up_stage(f, &now->stages[k], k);
		if (f->present[k])
			f->arrivals_ppl_min = positive(now->stages[k].flow_ppl_min);
	}
	set_up_arrivals(f, now);
}

/* One run's state. */
struct tanks {
	double queue_ppl[CHAIN_STAGES_MAX], per_step_ppl[CHAIN_STAGES_MAX];
	double to_come_ppl, left_ppl;
	int busy_last; /* the stage nearest to the inside that was busy when somebody was last held up; else arrivals */
};

static double arrivals_in_step(const struct fluid *f, struct tanks *t, double all_ppl, uint32_t step)
{
	double n = f->curve_done ? f->arrivals_ppl_min * (double)f->step_ms / MINUTE_MS : all_ppl * f->share[step];
	n = n < t->to_come_ppl ? n : t->to_come_ppl;
	t->to_come_ppl -= n;
	return n;
}

/* Moves everybody one step on. Returns the part of the step that this took: 1, or less when it was the last. */
static double step_on(const struct fluid *f, struct tanks *t, double arriving_ppl)
{
	double flow = arriving_ppl, part = arriving_ppl > 0 ? 1 : 0;
	int busy = CHAIN_ARRIVALS;
	for (int k = 0; k < CHAIN_STAGES_MAX; k++) {
		if (!f->present[k])
			continue;
		double waits = t->queue_ppl[k] + flow, can = t->per_step_ppl[k];
		flow = waits < can ? waits : can;
		/* Those who stood here when the step began, or could not pass in it, were held up by this stage. */
		if (t->queue_ppl[k] > DONE_PPL || waits > can + DONE_PPL)
			busy = k;
		if (can > 0 && waits / can > part)
			part = waits / can < 1 ? waits / can : 1;
		t->queue_ppl[k] = waits - flow;
	}
	if (busy != CHAIN_ARRIVALS || arriving_ppl > DONE_PPL)
		t->busy_last = busy;
	t->left_ppl -= flow;
	return part;
}

static int slowest_stage(const struct fluid *f, const struct tanks *t)
{
	int slowest = CHAIN_ARRIVALS;
	double longest = 0;
	for (int k = 0; k < CHAIN_STAGES_MAX; k++) {
		double steps = t->queue_ppl[k] > DONE_PPL ? t->queue_ppl[k] / t->per_step_ppl[k] : 0; /* rate 0: infinite */
		if (f->present[k] && steps > longest) {
			longest = steps;
			slowest = k;
		}
	}
	return slowest;
}

void fluid_run(const struct fluid *f, const struct fluid_change *change, struct fluid_result *out)
{
	struct tanks t = { .busy_last = CHAIN_ARRIVALS };
	double step_min = (double)f->step_ms / MINUTE_MS;
	t.to_come_ppl = f->expected_ppl - (f->inside_ppl + change->inside_shift_ppl);
	for (int k = 0; k < CHAIN_STAGES_MAX; k++) {
		t.queue_ppl[k] = f->queue_ppl[k];
		t.per_step_ppl[k] = f->rate_ppl_min[k] * change->rate_factor * step_min;
		t.left_ppl += t.queue_ppl[k];
		t.to_come_ppl -= t.queue_ppl[k];
		out->at_full[k] = f->present[k] && f->room_ppl[k] > 0 && f->queue_ppl[k] >= f->room_ppl[k] ? f->at_now : AT_NONE;
	}
	t.to_come_ppl = positive(t.to_come_ppl);
	t.left_ppl += t.to_come_ppl;
	double all_ppl = t.to_come_ppl, part = 0;
	bool open = change->stage < 0;
	uint32_t i = 0;
	for (; i < f->steps && t.left_ppl > DONE_PPL; i++) {
		at_ms at = f->at_now + i * f->step_ms;
		if (!open && at >= change->at_open) {
			t.per_step_ppl[change->stage] += change->extra_ppl_min * change->rate_factor * step_min;
			open = true;
		}
		part = step_on(f, &t, arrivals_in_step(f, &t, all_ppl, i));
		for (int k = 0; k < CHAIN_STAGES_MAX; k++)
			if (out->at_full[k] == AT_NONE && f->room_ppl[k] > 0 && t.queue_ppl[k] >= f->room_ppl[k])
				out->at_full[k] = at + f->step_ms;
	}
	bool done = t.left_ppl <= DONE_PPL;
	out->at_all_in = !done ? AT_NONE : i == 0 ? f->at_now
		: f->at_now + (i - 1) * f->step_ms + (int64_t)(part * (double)f->step_ms);
	out->limited_by = done ? t.busy_last : slowest_stage(f, &t);
}
