/* live/view_chain.c: the entry chain: each stage's flow, capacity and queue, and when everyone is in. */
#include "live/view_inside.h"

#define QUEUE_IS_NOTHING 0.005 /* of the expected people */
#define ALL_IN_GRACE_MS 180000 /* who comes with the start is in with the start when it takes no longer than this */

uint32_t view_count_stages(const struct plan *plan)
{
	uint32_t seen = 0;
	for (uint32_t i = 0; i < plan->checkpoint_count; i++)
		if (plan->checkpoints[i].stage <= PLAN_SECURITY)
			seen |= 1u << plan->checkpoints[i].stage;
	return (uint32_t)__builtin_popcount(seen);
}

static void add_checkpoint(struct stage_seen *s, const struct plan_checkpoint *c, const struct checkpoint_seen *seen,
                           const struct fold_checkpoint *lanes)
{
	const struct ledger_checkpoint_view *v = &seen->view;
	s->present = true;
	s->at_least |= v->devices_live < v->devices || v->devices == 0;
	if (v->devices_live > 0) {
		s->flow_ppl_min += v->in_ppl_min;
		s->chain.flow_ppl_min += v->in_ppl_5min;
		if (!s->known || v->at_heard < s->at_heard)
			s->at_heard = v->at_heard; /* the oldest of those that speak */
		s->known = true;
	} else if (!s->known && v->at_heard > s->at_heard) {
		s->at_heard = v->at_heard; /* nobody speaks: the last that was heard (AT_NONE is the least) */
	}
	for (uint32_t i = 0; i < lanes->lane_count; i++) {
		s->chain.lanes++;
		s->chain.lane_rate_ppl_min += c->lanes[i].rate_ppl_min; /* a sum until see_stage divides it */
		if (lanes->lanes[i].open) {
			s->chain.lanes_open++;
			s->chain.capacity_ppl_min += c->lanes[i].rate_ppl_min;
		}
	}
}

/* Who waits in a zone in front of several stages waits for the first of them. */
static void add_queue(struct stage_seen *s, const struct plan_zone *z, const struct zone_seen *seen, bool *taken)
{
	if (*taken || (z->use != PLAN_HOLDING && z->use != PLAN_APPROACH))
		return;
	*taken = true;
	s->at_least |= seen->view.at_least || !seen->known;
	if (seen->known) {
		s->queue_known = true;
		s->chain.queue_ppl += fmax(seen->view.ppl, 0);
	}
	s->chain.queue_capacity_ppl += seen->capacity_ppl;
}

static void see_stage(struct render *r, enum plan_stage stage, bool *taken)
{
	struct stage_seen s = {.stage = stage, .at_heard = AT_NONE};
	for (uint32_t i = 0; i < r->plan->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &r->plan->checkpoints[i];
		if (c->stage != stage)
			continue;
		add_checkpoint(&s, c, &r->checkpoints[i], &r->fold->checkpoints[r->checkpoints[i].chart]);
		add_queue(&s, &r->plan->zones[c->from], &r->zones[c->from], &taken[c->from]);
	}
	if (!s.present)
		return;
	s.chain.present = true;
	if (s.chain.lanes > 0)
		s.chain.lane_rate_ppl_min /= s.chain.lanes;
	if (!s.known) /* nobody measures it: taken to serve what its open lanes can; at_least says that this is a guess */
		s.chain.flow_ppl_min = s.chain.capacity_ppl_min;
	r->stages[r->stage_count++] = s;
}

/* The question of the evening is whether those who come by the start are in by the start: until then the curve ends there. Some always come
 * later; no lane is to blame for them, and they must not hide a queue that a lane would shorten. */
static void see_arrivals(const struct render *r, struct chain_now *now)
{
	const struct plan *plan = r->plan;
	bool before = r->of->at < plan->at_start;
	double by_start = plan_arrived_share(plan, plan->at_start);

	for (uint32_t i = 0; i < plan->arrival_count && now->curve_count < CHAIN_CURVE_MAX - 1; i++) {
		if (before && plan->arrivals[i].minutes_from_start >= 0)
			break;
		now->curve[now->curve_count++] = (struct chain_curve_point){
			plan->at_start + (int64_t)(plan->arrivals[i].minutes_from_start * 60000), plan->arrivals[i].share};
	}
	if (before && by_start > 0) {
		now->curve[now->curve_count++] = (struct chain_curve_point){plan->at_start, by_start};
		now->expected_ppl *= by_start;
	}
}

/* Nobody asks any more when everyone is in: after the end, or when the plan expects nobody more and next to nobody stands in a queue. */
static bool question_is_over(const struct render *r, struct chain_now *now)
{
	const struct plan *plan = r->plan;
	double in_queues = 0;

	if (plan->at_end != AT_NONE && r->of->at >= plan->at_end)
		return true;
	if (now->curve_count == 0 || r->of->at < now->curve[now->curve_count - 1].at)
		return false;
	for (uint32_t i = 0; i < r->stage_count; i++)
		in_queues += r->stages[i].chain.queue_ppl;
	/* Who has not come by now does not come: everyone is those who are here. */
	now->expected_ppl = fmin(now->expected_ppl, now->inside_ppl + in_queues);
	return in_queues < plan->expected_ppl * QUEUE_IS_NOTHING;
}

void view_see_chain(struct render *r)
{
	bool taken[PLAN_ZONES_MAX] = {false};
	const struct plan *plan = r->plan;
	for (int i = 0; i < CHAIN_STAGES_MAX; i++)
		see_stage(r, live_plan_stage_order(r->fold->plan)[i], taken);
	struct chain_now now = {.at_now = r->of->at, .at_start = plan->at_start + ALL_IN_GRACE_MS, .at_end = plan->at_end,
		.expected_ppl = plan->expected_ppl, .inside_ppl = fmax(r->inside.ppl, 0),
		.inside_error_ppl = (r->inside.high - r->inside.low) / 2};
	for (uint32_t i = 0; i < r->stage_count; i++)
		now.stages[i] = r->stages[i].chain;
	see_arrivals(r, &now);
	if (question_is_over(r, &now))
		r->outlook = chain_no_outlook();
	else
		chain_look_ahead(&now, &r->outlook);
}

void render_stage(struct render *r, uint32_t index)
{
	struct buf *b = r->text;
	const struct stage_seen *s = &r->stages[index];
	emit_str(b, "stage", plan_stage_word(s->stage));
	emit_f64(b, "flow_ppl_min", s->known ? s->flow_ppl_min : NAN, 1);
	emit_f64(b, "capacity_ppl_min", s->chain.lanes > 0 ? s->chain.capacity_ppl_min : NAN, 1);
	emit_u64(b, "lanes", s->chain.lanes);
	emit_u64(b, "lanes_open", s->chain.lanes_open);
	emit_round(b, "queue_ppl", s->queue_known ? s->chain.queue_ppl : NAN);
	emit_round(b, "wait_s", s->queue_known ? r->outlook.stages[index].wait_s : NAN);
	emit_time(b, "full_at", view_settle(r->outlook.stages[index].at_full), r->plan->offset_min);
	emit_bool(b, "binding", r->outlook.stages[index].binding);
	emit_bool(b, "at_least", s->at_least);
	emit_time(b, "heard_at", s->at_heard, r->plan->offset_min);
}

static const char *stage_word(const struct render *r, int stage)
{
	return stage < 0 || (uint32_t)stage >= r->stage_count ? "arrivals" : plan_stage_word(r->stages[stage].stage);
}

void render_all_in(struct render *r)
{
	struct buf *b = r->text;
	const struct chain_outlook *o = &r->outlook;
	at_ms at = view_settle(o->at_all_in);
	emit_time(b, "at", at, r->plan->offset_min);
	if (at == AT_NONE || r->plan->at_start == AT_NONE) {
		emit_null(b, "error_s");
		emit_null(b, "late_s");
	} else {
		emit_i64(b, "error_s", o->error_ms / 1000);
		emit_i64(b, "late_s", (at - r->plan->at_start) / 1000);
	}
	emit_str(b, "limited_by", stage_word(r, o->limited_by));
	if (o->advice.lanes == 0) {
		emit_null(b, "advice");
		return;
	}
	emit_key(b, "advice");
	buf_add_char(b, '{');
	emit_str(b, "stage", stage_word(r, o->advice.stage));
	emit_u64(b, "lanes", o->advice.lanes);
	emit_time(b, "before", view_settle(o->advice.at_before), r->plan->offset_min);
	emit_time(b, "all_in_at", view_settle(o->advice.at_all_in), r->plan->offset_min);
	buf_add_char(b, '}');
}
