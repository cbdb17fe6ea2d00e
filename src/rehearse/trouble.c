/* rehearse/trouble.c: what goes wrong: when, where, why, how sure: sentences that can be read aloud.
 *
 * A trouble is one that happens in at least a fifth of the runs. Weights order them: people in danger, then the street, then
 * who is not in by the start, then waits and what stands idle. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/graph.h"
#include "rehearse/inside.h"
#include "rehearse/words.h"

#define TROUBLES_MAX 24
#define OF_A_KIND_MAX 5
#define WAIT_LONG_S 600.0
#define FULL_LEAST_S 60.0

struct finder {
	const struct built *b;
	struct rehearsal *r;
	struct rehearse_trouble list[TROUBLES_MAX + 1];
	uint32_t count;
};

static struct rehearse_trouble *add(struct finder *f, const char *id, double at_s, double weight)
{
	struct rehearse_trouble *t = &f->list[f->count < TROUBLES_MAX ? f->count++ : TROUBLES_MAX]; /* one place to throw away */
	*t = (struct rehearse_trouble){.id = id, .at_s = at_s, .weight = (int)weight};
	return t;
}

static double mean_of(const struct finder *f, enum rehearse_figure figure, uint32_t subject)
{
	const struct rehearse_row *row = row_find(f->r, figure, subject);
	return row == NULL ? NAN : row->estimate.mean;
}

/* In how many runs the value is there and at least `least`. */
static uint32_t runs_over(const struct finder *f, enum rehearse_figure figure, uint32_t subject, double least)
{
	const struct rehearse_row *row = row_find(f->r, figure, subject);
	uint32_t count = 0;
	for (uint32_t i = 0; row != NULL && i < f->r->runs; i++)
		count += row->runs[i] >= least;
	return count;
}

static bool often(const struct finder *f, uint32_t runs)
{
	return runs > 0 && 5 * runs >= f->r->runs;
}

struct ranked { uint32_t subject; double value; };

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return x->value != y->value ? (x->value < y->value) - (x->value > y->value) : (x->subject > y->subject) - (x->subject < y->subject);
}

/* The subjects of a kind with the highest means, at most `max`. */
static uint32_t highest(const struct finder *f, enum rehearse_figure figure, double least, struct ranked *out, uint32_t max)
{
	uint32_t count = 0, all = f->r->subject_count[rehearse_figure_row(figure)->subject];
	struct ranked *ranks = arena_alloc_array(f->b->arena, all + 1, sizeof(*ranks));
	for (uint32_t i = 0; ranks != NULL && i < all; i++) {
		double value = mean_of(f, figure, i);
		if (value >= least)
			ranks[count++] = (struct ranked){i, value};
	}
	if (count == 0)
		return 0;
	qsort(ranks, count, sizeof(*ranks), by_value);
	count = count < max ? count : max;
	memcpy(out, ranks, count * sizeof(*out));
	return count;
}

static const struct rehearse_named *named(const struct finder *f, enum rehearse_subject kind, uint32_t subject)
{
	return &f->r->subjects[kind][subject];
}

/* ---- people in the open ---- */

static void street(struct finder *f)
{
	uint32_t runs = runs_over(f, REHEARSE_FIGURE_STREET_MAX, 0, STREET_LEAST_PPL);
	if (!often(f, runs))
		return;
	double at_s = mean_of(f, REHEARSE_FIGURE_STREET_AT, 0);
	struct words at = words_clock(f->r, at_s), most = words_people(mean_of(f, REHEARSE_FIGURE_STREET_MAX, 0));
	struct words how = words_runs(runs, f->r->runs), spent = words_people(mean_of(f, REHEARSE_FIGURE_STREET_PPL_MIN, 0));
	struct rehearse_trouble *t = add(f, NULL, at_s, 950);
	words_say(t->text_en, "From %s people are held up outside the holding areas, on the approach and in the street: %s at the worst "
		"moment, %s person-minutes in all (%s). Widen the holding areas, open lanes, or hold people further out.", at.en, most.en,
		spent.en, how.en);
	words_say(t->text_zh, "%s 起，候检区容纳不下，人员滞留在外围广场和道路：最多 %s 人，累计 %s 人·分钟（%s）。应扩大候检区、增开通道，或在更外围分段控制。",
		at.zh, most.zh, spent.zh, how.zh);
}

static void density(struct finder *f, enum rehearse_figure figure, enum rehearse_subject kind)
{
	struct ranked worst[OF_A_KIND_MAX];
	uint32_t count = highest(f, figure, 3.5, worst, OF_A_KIND_MAX);
	for (uint32_t i = 0; i < count; i++) {
		const struct rehearse_named *n = named(f, kind, worst[i].subject);
		bool over = worst[i].value >= 4.7;
		double at_s = kind == REHEARSE_AREA ? mean_of(f, REHEARSE_FIGURE_AREA_PEOPLE_AT, worst[i].subject) : NAN;
		struct words at = words_clock(f->r, at_s), how = words_runs(runs_over(f, figure, worst[i].subject, 3.5), f->r->runs);
		bool timed = isfinite(at_s);
		struct rehearse_trouble *t = add(f, n->id, at_s, over ? 1000 : 900);
		words_say(t->text_en, "%s%s%s gets as dense as %.1f people /m2%s (%s)%s", n->name.en, timed ? " at " : "",
			timed ? at.en : "", worst[i].value,
			over ? ", over the 4.7 that is the most for standing people" : ", where people are pressed against each other", how.en,
			over ? ": people can be hurt; keep them out of it." : ". Hold people back before it.");
		words_say(t->text_zh, "%s%s密度达到 %.1f 人/㎡，%s（%s）。%s", n->name.zh, timed ? at.zh : "", worst[i].value,
			over ? "超过站立人群 4.7 人/㎡的上限" : "人员已互相挤压", how.zh, over ? "存在伤人风险，必须限制进入。" : "应在其前方分段控制人流。");
	}
}

/* ---- holding areas ---- */

/* The check that empties an area, and what it passes a minute; NULL: none. */
static const struct plan_checkpoint *check_behind(const struct finder *f, const char *area_id, double *out_ppl_min)
{
	const struct plan *p = f->b->p;
	uint32_t zone = plan_find_zone(p, text_of(area_id));
	const struct plan_checkpoint *found = NULL;
	*out_ppl_min = 0;
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[i];
		if (c->from != zone || c->lane_count == 0 || c->stage == PLAN_EXIT)
			continue;
		found = c;
		for (uint32_t k = 0; k < c->lane_count; k++)
			*out_ppl_min += c->lanes[k].open ? c->lanes[k].rate_ppl_min : 0;
	}
	return found;
}

static void full_areas(struct finder *f)
{
	struct ranked worst[OF_A_KIND_MAX];
	uint32_t count = highest(f, REHEARSE_FIGURE_AREA_FULL, FULL_LEAST_S, worst, OF_A_KIND_MAX);
	for (uint32_t i = 0; i < count; i++) {
		const struct rehearse_named *n = named(f, REHEARSE_AREA, worst[i].subject);
		double at_s = mean_of(f, REHEARSE_FIGURE_AREA_FULL_AT, worst[i].subject), ppl_min;
		uint32_t runs = runs_over(f, REHEARSE_FIGURE_AREA_FULL, worst[i].subject, FULL_LEAST_S);
		if (!often(f, runs))
			continue;
		struct words at = words_clock(f->r, at_s), how = words_runs(runs, f->r->runs), limit = words_people(n->limit_ppl);
		struct words span = words_span(worst[i].value);
		const struct plan_checkpoint *c = check_behind(f, n->id, &ppl_min);
		struct rehearse_trouble *t = add(f, n->id, at_s, 700 + fmin(99, worst[i].value / 60));
		if (c != NULL) {
			words_say(t->text_en, "%s is full (%s people) at %s and for %s after that (%s): %s passes %.0f a minute. Who comes next "
				"stands before it.", n->name.en, limit.en, at.en, span.en, how.en, c->name.en, ppl_min);
			words_say(t->text_zh, "%s于 %s 满员（%s 人），此后累计满员 %s（%s）：%s每分钟只能通过 %.0f 人，后续人员只能在其外等候。",
				n->name.zh, at.zh, limit.zh, span.zh, how.zh, c->name.zh, ppl_min);
		} else {
			words_say(t->text_en, "%s is full (%s people) at %s and for %s after that (%s): who comes next stands before it.",
				n->name.en, limit.en, at.en, span.en, how.en);
			words_say(t->text_zh, "%s于 %s 满员（%s 人），此后累计满员 %s（%s），后续人员只能在其外等候。", n->name.zh, at.zh, limit.zh,
				span.zh, how.zh);
		}
	}
}

/* ---- the clock ---- */

static double people_coming(const struct built *b)
{
	double sum = 0;
	for (uint32_t i = 0; i < b->net.stream_count; i++)
		sum += b->streams[i].ppl;
	return sum;
}

static void not_in(struct finder *f)
{
	double all = people_coming(f->b), lacking = mean_of(f, REHEARSE_FIGURE_NOT_IN, 0);
	double end_s = f->b->until_s;
	uint32_t runs = runs_over(f, REHEARSE_FIGURE_NOT_IN, 0, 1);
	if (!often(f, runs))
		return;
	struct words at = words_clock(f->r, end_s), some = words_people(lacking), of = words_people(all), how = words_runs(runs, f->r->runs);
	struct rehearse_trouble *t = add(f, NULL, end_s, 890);
	words_say(t->text_en, "%s of %s people are still not in at %s (%s): more come than the checks can ever pass.",
		some.en, of.en, at.en, how.en);
	words_say(t->text_zh, "到 %s 仍有 %s 人未能入场（共 %s 人，%s）：到场人数超出检查能力。", at.zh, some.zh, of.zh, how.zh);
}

static void late(struct finder *f)
{
	double came = people_coming(f->b) * crowd_curve_share(&f->b->curve.curve, -f->b->from_s);
	double outside = came - mean_of(f, REHEARSE_FIGURE_IN_BY_START, 0) - 0.5 * mean_of(f, REHEARSE_FIGURE_REFUSED, 0);
	double last_s = mean_of(f, REHEARSE_FIGURE_ALL_IN, 0);
	if (!(outside > 0.05 * came))
		return;
	const struct rehearse_row *row = row_find(f->r, REHEARSE_FIGURE_IN_BY_START, 0);
	uint32_t runs = 0;
	for (uint32_t i = 0; i < f->r->runs; i++)
		runs += came - row->runs[i] - 0.5 * mean_of(f, REHEARSE_FIGURE_REFUSED, 0) > 0.05 * came;
	struct words start = words_clock(f->r, 0), some = words_people(outside), how = words_runs(runs, f->r->runs);
	struct words last = words_clock(f->r, last_s), after = words_span(last_s);
	struct rehearse_trouble *t = add(f, NULL, 0, 850);
	if (isfinite(last_s) && last_s > 0) {
		words_say(t->text_en, "At the start (%s) %s people who have come are still outside (%s); the last is in at %s, %s after it.",
			start.en, some.en, how.en, last.en, after.en);
		words_say(t->text_zh, "开场时（%s）已到场人员中仍有 %s 人未入场（%s）；最后一人 %s 入场，晚于开场 %s。", start.zh, some.zh, how.zh,
			last.zh, after.zh);
	} else {
		words_say(t->text_en, "At the start (%s) %s people who have come are still outside (%s).", start.en, some.en, how.en);
		words_say(t->text_zh, "开场时（%s）已到场人员中仍有 %s 人未入场（%s）。", start.zh, some.zh, how.zh);
	}
}

/* The quarter hour in which most come, and what the chain lets in. */
static void capacity(struct finder *f)
{
	const struct plan *p = f->b->p;
	double all = people_coming(f->b), most = 0, at_s = 0, entry = 0;
	if (f->b->s->change_count > 0) /* the plan's own lanes are not what is run */
		return;
	for (double t = 0; t + 900 <= f->b->until_s - f->b->from_s; t += 60) {
		double share = crowd_curve_share(&f->b->curve.curve, t + 900) - crowd_curve_share(&f->b->curve.curve, t);
		if (share > most + 1e-12) {
			most = share;
			at_s = t + f->b->from_s;
		}
	}
	double demand = all * most / 15;
	if (graph_entry_ppl_min(p, rule_set_of(p->rules), f->b->is_goal, &entry) != ERR_NONE || !(demand > 1.05 * entry))
		return;
	struct words from = words_clock(f->r, at_s), to = words_clock(f->r, at_s + 900), come = words_people(demand),
		in = words_people(entry);
	struct rehearse_trouble *t = add(f, NULL, at_s, 800);
	words_say(t->text_en,
		"From %s to %s %s people come a minute, and all open lanes together let %s in: a queue must grow by %.0f a minute.",
		from.en, to.en, come.en, in.en, demand - entry);
	words_say(t->text_zh, "%s 至 %s 每分钟到场 %s 人，全部开放通道每分钟只能放行 %s 人：排队必然以每分钟 %.0f 人增长。", from.zh, to.zh, come.zh,
		in.zh, demand - entry);
}

/* The plan's shares ask more of a line than its trains hold. */
static void trains(struct finder *f)
{
	const struct plan *p = f->b->p;
	for (uint32_t i = 0; i < p->source_count && i < f->b->net.stream_count; i++) {
		const struct plan_source *s = &p->sources[i];
		const struct crowd_curve *c = &f->b->curve.curve;
		double most = 0, at_s = 0;
		for (double t = 0; s->headway_s > 0 && t < f->b->until_s - f->b->from_s; t += s->headway_s) {
			double share = crowd_curve_share(c, t + s->headway_s) - crowd_curve_share(c, t);
			at_s = share > most + 1e-12 ? t + f->b->from_s : at_s;
			most = fmax(most, share);
		}
		double ppl = most * f->b->streams[i].ppl;
		if (s->headway_s <= 0 || ppl < 1.25 * s->batch_ppl)
			continue;
		struct words at = words_clock(f->r, at_s), some = words_people(ppl), holds = words_people(s->batch_ppl),
			every = words_span(s->headway_s);
		struct rehearse_trouble *t = add(f, s->id, at_s, 100);
		words_say(t->text_en,
			"%s: around %s the plan's share and curve bring %s people every %s; the plan says %s. They are let come; ask the "
			"operator for trains, or mend the share.", s->name.en, at.en, some.en, every.en, holds.en);
		words_say(t->text_zh, "%s：%s 前后，按方案比例与到场曲线每 %s应到 %s 人，而方案写明每班 %s 人。推演按前者计；应与运营方落实运力，或修正比例。",
			s->name.zh, at.zh, every.zh, some.zh, holds.zh);
	}
}

/* ---- waits ---- */

static void waits(struct finder *f)
{
	struct ranked worst[OF_A_KIND_MAX];
	uint32_t count = highest(f, REHEARSE_FIGURE_CHECK_WAIT_P95, WAIT_LONG_S, worst, 3);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t subject = worst[i].subject;
		const struct rehearse_named *n = named(f, REHEARSE_CHECKPOINT, subject);
		double at_s = mean_of(f, REHEARSE_FIGURE_CHECK_QUEUE_AT, subject);
		struct words mean = words_span(mean_of(f, REHEARSE_FIGURE_CHECK_WAIT_MEAN, subject)), most = words_span(worst[i].value);
		struct words at = words_clock(f->r, at_s), queue = words_people(mean_of(f, REHEARSE_FIGURE_CHECK_QUEUE_MAX, subject));
		struct words how = words_runs(runs_over(f, REHEARSE_FIGURE_CHECK_WAIT_P95, subject, WAIT_LONG_S), f->r->runs);
		struct rehearse_trouble *t = add(f, n->id, at_s, 600 + fmin(99, worst[i].value / 60));
		words_say(t->text_en,
			"At %s people wait %s on average, one in twenty over %s; the queue is longest at %s with %s (%s).", n->name.en,
			mean.en, most.en, at.en, queue.en, how.en);
		words_say(t->text_zh, "%s平均等待 %s，二十人中有一人超过 %s；%s 排队最长，%s 人（%s）。", n->name.zh, mean.zh, most.zh, at.zh, queue.zh,
			how.zh);
	}
}

static uint32_t stage_of(const struct finder *f, uint32_t subject)
{
	return (uint32_t)f->b->p->checkpoints[plan_find_checkpoint(f->b->p, text_of(named(f, REHEARSE_CHECKPOINT, subject)->id))].stage;
}

/* Lanes of one check have little to do while people choke at another of the same stage. */
static void idle(struct finder *f)
{
	struct ranked worst[1];
	if (highest(f, REHEARSE_FIGURE_CHECK_WAIT_P95, WAIT_LONG_S, worst, 1) == 0)
		return;
	const struct rehearse_named *choked = named(f, REHEARSE_CHECKPOINT, worst[0].subject), *free_one = NULL;
	double least = 0.7, wait_s = NAN;
	for (uint32_t i = 0; i < f->r->subject_count[REHEARSE_CHECKPOINT]; i++) {
		double busy = mean_of(f, REHEARSE_FIGURE_CHECK_BUSY, i), wait = mean_of(f, REHEARSE_FIGURE_CHECK_WAIT_P95, i);
		if (!(busy < least) || wait > 0.2 * worst[0].value || stage_of(f, i) != stage_of(f, worst[0].subject))
			continue;
		least = busy;
		wait_s = isnan(wait) ? 0 : wait;
		free_one = named(f, REHEARSE_CHECKPOINT, i);
	}
	if (free_one == NULL)
		return;
	struct words here = words_span(wait_s), there = words_span(worst[0].value);
	struct rehearse_trouble *t = add(f, free_one->id, NAN, 500);
	words_say(t->text_en,
		"%s is busy for %.0f %% of its lane time with waits up to %s while people wait up to %s at %s: lead people over, or move "
		"lanes.", free_one->name.en, 100 * least, here.en, there.en, choked->name.en);
	words_say(t->text_zh, "%s通道繁忙度仅 %.0f%%（等待不超过 %s），而%s等待长达 %s：应引导分流，或调整通道。", free_one->name.zh, 100 * least, here.zh,
		choked->name.zh, there.zh);
}

/* ---- leaving ---- */

static void slow_exits(struct finder *f)
{
	struct ranked worst[2];
	uint32_t count = highest(f, REHEARSE_FIGURE_CHECK_QUEUE_MAX, 50, worst, 2);
	for (uint32_t i = 0; i < count; i++) {
		const struct rehearse_named *n = named(f, REHEARSE_CHECKPOINT, worst[i].subject);
		double at_s = mean_of(f, REHEARSE_FIGURE_CHECK_QUEUE_AT, worst[i].subject);
		struct words queue = words_people(worst[i].value), at = words_clock(f->r, at_s);
		struct words last = words_clock(f->r, mean_of(f, REHEARSE_FIGURE_CHECK_LAST, worst[i].subject));
		struct rehearse_trouble *t = add(f, n->id, at_s, 560 - (double)i);
		words_say(t->text_en, "Most people wait at %s: %s of them, %s; the last is through %s.", n->name.en, queue.en, at.en, last.en);
		words_say(t->text_zh, "%s滞留人数最多：%s 达 %s 人；最后一人通过时间：%s。", n->name.zh, at.zh, queue.zh, last.zh);
	}
}

static void out_in_time(struct finder *f)
{
	const struct plan *p = f->b->p;
	bool evacuation = f->b->s->phase == REHEARSE_EVACUATION;
	const struct rule_set *set = rule_set_of(p->rules);
	double limit_min = !evacuation ? set->exit_min.value : p->evacuation_min > 0 ? p->evacuation_min : set->evacuation_min.value;
	double out_s = mean_of(f, REHEARSE_FIGURE_OUT_TIME, 0);
	uint32_t over = runs_over(f, REHEARSE_FIGURE_OUT_TIME, 0, 60 * limit_min);
	const struct rehearse_row *row = row_find(f->r, REHEARSE_FIGURE_OUT_TIME, 0);
	if (row != NULL && often(f, row->estimate.missing)) {
		struct words how = words_runs(row->estimate.missing, f->r->runs);
		struct rehearse_trouble *t = add(f, NULL, NAN, 1100);
		words_say(t->text_en, "Not everybody gets out (%s): the ways that are left do not pass them.", how.en);
		words_say(t->text_zh, "未能全部离场（%s）：剩余通路无法让所有人通过。", how.zh);
	}
	if (!evacuation || limit_min <= 0 || !often(f, over))
		return;
	/* Of the runs that are over: the mean of all may lie below the limit. */
	out_s = 0;
	for (uint32_t i = 0; row != NULL && i < f->r->runs; i++)
		out_s += row->runs[i] >= 60 * limit_min ? row->runs[i] / over : 0;
	struct words how = words_runs(over, f->r->runs);
	struct rehearse_trouble *t = add(f, NULL, 60 * limit_min, 1050);
	words_say(t->text_en,
		"Everybody is out after %.1f min; %.1f min are allowed (%s, %s). The time counts from the alarm, with the time until "
		"people set off.", out_s / 60, limit_min, p->evacuation_min > 0 ? "the plan" : plan_rules_word(p->rules), how.en);
	words_say(t->text_zh, "全部疏散需 %.1f 分钟，允许 %.1f 分钟（%s，%s）。时间自警报起算，含人员反应时间。", out_s / 60, limit_min,
		p->evacuation_min > 0 ? "方案规定" : plan_rules_word(p->rules), how.zh);
}

static int by_weight(const void *a, const void *b)
{
	const struct rehearse_trouble *x = a, *y = b;
	if (x->weight != y->weight)
		return (x->weight < y->weight) - (x->weight > y->weight);
	return strcmp(x->text_en, y->text_en);
}

err_t troubles_find(const struct built *b, struct rehearsal *r)
{
	struct finder *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_MEMORY;
	f->b = b;
	f->r = r;
	density(f, REHEARSE_FIGURE_AREA_DENSITY_MAX, REHEARSE_AREA);
	density(f, REHEARSE_FIGURE_LINK_DENSITY_MAX, REHEARSE_LINK);
	if (b->s->phase == REHEARSE_INGRESS) {
		street(f);
		not_in(f);
		late(f);
		capacity(f);
		full_areas(f);
		waits(f);
		idle(f);
		trains(f);
	} else {
		out_in_time(f);
		slow_exits(f);
	}
	qsort(f->list, f->count, sizeof(*f->list), by_weight);
	r->troubles = arena_alloc_array(r->arena, f->count + 1, sizeof(*r->troubles));
	err_t error = r->troubles == NULL ? ERR_MEMORY : ERR_NONE;
	if (error == ERR_NONE && f->count > 0)
		memcpy(r->troubles, f->list, f->count * sizeof(*f->list));
	r->trouble_count = error == ERR_NONE ? f->count : 0;
	free(f);
	return error;
}
