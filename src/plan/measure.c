/* plan/measure.c: the four capacities, each with its figures and who says so. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/findings.h"
#include "plan/graph.h"

static struct plan_capacity capacity_of(enum plan_rules rules, double ppl, const struct rule_figure *figure_used)
{
	struct plan_capacity c = {.ppl = ppl, .rule = plan_rules_word(rules), .source = figure_used->source_en,
		.source_zh = figure_used->source_zh};
	return c;
}

/* The rule set has no figure for this capacity. */
static struct plan_capacity not_given(enum plan_rules rules)
{
	static const struct rule_figure none = {0, "This rule set has no figure", "该规则集未规定"};
	struct plan_capacity c = capacity_of(rules, NAN, &none);
	snprintf(c.how, sizeof(c.how), "not given by this rule set");
	snprintf(c.how_zh, sizeof(c.how_zh), "该规则集未规定");
	return c;
}

static double people(double ppl) { return floor(ppl + 1e-6); }

/* ---- holding ---- */

static const struct rule_figure *area_figure(const struct rule_set *set, const struct plan_zone *z)
{
	bool small = set->small_standing_ppl_m2.value > 0 && z->area_m2 <= set->small_area_m2;
	return small ? &set->small_standing_ppl_m2 : &set->standing_ppl_m2;
}

static struct plan_capacity zone_holding(const struct rule_set *set, enum plan_rules rules, const struct plan_zone *z)
{
	double ppl = rule_zone_ppl(set, z), factor = set->uses_factors ? fmin(z->physical, z->safety) : 1;
	struct plan_capacity c = capacity_of(rules, ppl, z->seats > 0 ? &set->seat_share : area_figure(set, z));
	if (z->feature == UINT32_MAX) {
		snprintf(c.how, sizeof(c.how), "not drawn");
		snprintf(c.how_zh, sizeof(c.how_zh), "未绘制");
		return c;
	}
	char formula[96];
	if (z->seats > 0)
		snprintf(formula, sizeof(formula), "%u x %s", z->seats, figure(set->seat_share.value * factor, 3).at);
	else
		snprintf(formula, sizeof(formula), "%s m2 x %s /m2", figure(z->usable_m2, 1).at,
			figure(rule_density_ppl_m2(set, z), 3).at);
	bool given = z->capacity_ppl > 0 && z->capacity_ppl < ppl;
	const char *en = z->seats > 0 ? "seats " : "", *zh = z->seats > 0 ? "座位 " : "";
	if (given) {
		snprintf(c.how, sizeof(c.how), "given in the plan; the rule allows %s (%s%s)", figure(ppl, 0).at, en, formula);
		snprintf(c.how_zh, sizeof(c.how_zh), "方案给定；规则允许 %s（%s%s）", figure(ppl, 0).at, zh, formula);
		c.ppl = z->capacity_ppl;
	} else {
		snprintf(c.how, sizeof(c.how), "%s%s", en, formula);
		snprintf(c.how_zh, sizeof(c.how_zh), "%s%s", zh, formula);
	}
	return c;
}

static struct plan_capacity whole_holding(const struct plan *p, const struct rule_set *set,
                                          const struct plan_measures *m, const bool *audience)
{
	double ppl = 0, seats = 0, standing_ppl = 0, standing_m2 = 0;
	uint32_t zones = 0;
	for (uint32_t i = 0; i < p->zone_count; i++) {
		if (!audience[i])
			continue;
		zones++;
		ppl += m->zone_holding[i].ppl;
		seats += p->zones[i].seats;
		if (p->zones[i].seats > 0)
			continue;
		standing_ppl += m->zone_holding[i].ppl;
		standing_m2 += p->zones[i].usable_m2;
	}
	struct plan_capacity c = capacity_of(m->rules, ppl, seats > 0 ? &set->seat_share : &set->standing_ppl_m2);
	snprintf(c.how, sizeof(c.how), "%u zones: %s seats, %s standing on %s m2", zones, figure(seats, 0).at,
		figure(standing_ppl, 0).at, figure(standing_m2, 0).at);
	snprintf(c.how_zh, sizeof(c.how_zh), "%u 个区域：%s 座，站立 %s 人（%s 平方米）", zones, figure(seats, 0).at,
		figure(standing_ppl, 0).at, figure(standing_m2, 0).at);
	return c;
}

/* ---- entry ---- */

struct stage_sum { uint32_t checkpoints, lanes, open; double ppl_min; };

static struct stage_sum sum_of_stage(const struct plan *p, const struct rule_set *set, enum plan_stage stage)
{
	struct stage_sum sum = {0};
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[i];
		if (c->stage != stage)
			continue;
		sum.checkpoints++;
		sum.lanes += c->lane_count;
		for (uint32_t k = 0; k < c->lane_count; k++) {
			sum.open += c->lanes[k].open;
			sum.ppl_min += c->lanes[k].open ? rule_lane_ppl_min(set, stage, c->lanes[k].rate_ppl_min) : 0;
		}
	}
	return sum;
}

/* Per stage: the plan's own lanes over an hour. The hour is the unit of the figure here, not a rule. */
static struct plan_capacity stage_entry(const struct plan *p, const struct rule_set *set, enum plan_rules rules,
                                        enum plan_stage stage)
{
	static const struct rule_figure lanes = {0, "The plan's open lanes at their rates, in an hour", "方案中开放通道按其速率一小时的通过量"};
	struct stage_sum sum = sum_of_stage(p, set, stage);
	bool ruled = stage == PLAN_TICKET && set->turnstile_ppl_min.value > 0;
	double ppl = sum.lanes > 0 ? people(sum.ppl_min * 60) : NAN;
	struct plan_capacity c = capacity_of(rules, ppl, ruled ? &set->entry_window_min : &lanes);
	snprintf(c.how, sizeof(c.how), "%u of %u lanes open, %s /min x 60 min", sum.open, sum.lanes,
		figure(sum.ppl_min, 1).at);
	snprintf(c.how_zh, sizeof(c.how_zh), "开放 %u/%u 条通道，每分钟 %s 人 x 60 分钟", sum.open, sum.lanes,
		figure(sum.ppl_min, 1).at);
	return c;
}

static err_t whole_entry(const struct plan *p, const struct rule_set *set, struct plan_measures *m,
                         const bool *audience, struct plan_capacity *out)
{
	static const char *const zh[PLAN_STAGE_COUNT] = {"预检", "检票", "安检", "出口", "过渡"};
	double flow_ppl_min = 0, lowest = INFINITY;
	enum plan_stage binding = PLAN_PRECHECK;
	if (set->entry_window_min.value <= 0) {
		*out = not_given(m->rules);
		return ERR_NONE;
	}
	err_t error = graph_entry_ppl_min(p, set, audience, &flow_ppl_min);
	if (error != ERR_NONE)
		return error;
	for (enum plan_stage s = PLAN_PRECHECK; s <= PLAN_SECURITY; s++) {
		struct stage_sum sum = sum_of_stage(p, set, s);
		if (sum.checkpoints > 0 && sum.ppl_min < lowest) {
			lowest = sum.ppl_min;
			binding = s;
		}
	}
	*out = capacity_of(m->rules, people(flow_ppl_min * set->entry_window_min.value), &set->entry_window_min);
	if (flow_ppl_min >= GRAPH_UNBOUNDED) {
		out->ppl = NAN;
		snprintf(out->how, sizeof(out->how), "not bounded: a way in has no check");
		snprintf(out->how_zh, sizeof(out->how_zh), "无上限：存在不设检查的入口");
	} else if (isinf(lowest)) {
		snprintf(out->how, sizeof(out->how), "no way in");
		snprintf(out->how_zh, sizeof(out->how_zh), "没有入口");
	} else {
		snprintf(out->how, sizeof(out->how), "%s /min through the chain x %s min; weakest stage %s, %s /min",
			figure(flow_ppl_min, 1).at, figure(set->entry_window_min.value, 0).at, plan_stage_word(binding),
			figure(lowest, 1).at);
		snprintf(out->how_zh, sizeof(out->how_zh), "入场链每分钟 %s 人 x %s 分钟；最弱环节为%s，每分钟 %s 人",
			figure(flow_ppl_min, 1).at, figure(set->entry_window_min.value, 0).at, zh[binding], figure(lowest, 1).at);
	}
	return ERR_NONE;
}

/* ---- exit and evacuation ---- */

struct exit_sum { uint32_t count; double width_m, ppl_min, largest_ppl_min; };

/* An exit counts where it leads from inside to outside: doors between a stand and its concourse stand in series with
 * those, and adding both would count the same people twice. */
static bool leads_out(const struct plan *p, const struct plan_checkpoint *c, bool emergency)
{
	bool from_inside = p->zones[c->from].counts_inside, to_inside = p->zones[c->to].counts_inside;
	if (!emergency)
		return c->stage == PLAN_EXIT && from_inside && !to_inside;
	return c->exit_use && (c->stage == PLAN_EXIT ? from_inside && !to_inside : from_inside != to_inside);
}

static struct exit_sum sum_of_exits(const struct plan *p, const struct rule_set *set, bool emergency)
{
	struct exit_sum sum = {0};
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &p->checkpoints[i];
		if (!leads_out(p, c, emergency))
			continue;
		double flow = c->width_m * (c->steps ? set->steps_ppl_m_min.value : set->level_ppl_m_min.value);
		sum.count++;
		sum.width_m += c->width_m;
		sum.ppl_min += flow;
		sum.largest_ppl_min = fmax(sum.largest_ppl_min, flow);
	}
	return sum;
}

static struct plan_capacity whole_exit(const struct plan *p, const struct rule_set *set, enum plan_rules rules)
{
	if (set->level_ppl_m_min.value <= 0)
		return not_given(rules);
	struct exit_sum sum = sum_of_exits(p, set, false);
	double minutes = set->exit_min.value;
	struct plan_capacity c = capacity_of(rules, people(sum.ppl_min * minutes), &set->level_ppl_m_min);
	snprintf(c.how, sizeof(c.how), "%u exits, %s m, %s /min x %s min", sum.count, figure(sum.width_m, 1).at,
		figure(sum.ppl_min, 1).at, figure(minutes, 1).at);
	snprintf(c.how_zh, sizeof(c.how_zh), "%u 个出口，净宽 %s 米，每分钟 %s 人 x %s 分钟", sum.count, figure(sum.width_m, 1).at,
		figure(sum.ppl_min, 1).at, figure(minutes, 1).at);
	return c;
}

static struct plan_capacity whole_evacuation(const struct plan *p, const struct rule_set *set, enum plan_rules rules)
{
	if (set->level_ppl_m_min.value <= 0)
		return not_given(rules);
	struct exit_sum sum = sum_of_exits(p, set, true);
	double minutes = p->evacuation_min > 0 ? p->evacuation_min : set->evacuation_min.value;
	double removed = set->largest_exit_removed ? sum.largest_ppl_min : 0;
	struct plan_capacity c = capacity_of(rules, people((sum.ppl_min - removed) * minutes), &set->evacuation_min);
	snprintf(c.how, sizeof(c.how), "%u exits, %s /min less the largest (%s /min) x %s min", sum.count,
		figure(sum.ppl_min, 1).at, figure(removed, 1).at, figure(minutes, 1).at);
	snprintf(c.how_zh, sizeof(c.how_zh), "%u 个出口，每分钟 %s 人减去最大出口（%s 人）x %s 分钟", sum.count,
		figure(sum.ppl_min, 1).at, figure(removed, 1).at, figure(minutes, 1).at);
	return c;
}

/* ---- all ---- */

static void find_lowest(struct plan_measures *m)
{
	m->lowest = PLAN_HOLDING_CAPACITY;
	m->safe_ppl = NAN;
	for (int k = 0; k < PLAN_CAPACITY_COUNT; k++)
		if (!isnan(m->whole[k].ppl) && !(m->whole[k].ppl >= m->safe_ppl)) {
			m->lowest = (enum plan_capacity_kind)k;
			m->safe_ppl = m->whole[k].ppl;
		}
}

err_t plan_measure(const struct plan *p, enum plan_rules rules, struct arena *arena, struct plan_measures *out)
{
	const struct rule_set *set = rule_set_of(rules);
	struct plan_measures m = {.rules = rules};
	bool *audience = calloc(p->zone_count, sizeof(*audience));
	m.zone_holding = arena_alloc_array(arena, p->zone_count, sizeof(*m.zone_holding));
	err_t error = audience == NULL || m.zone_holding == NULL ? ERR_MEMORY : ERR_NONE;
	if (error != ERR_NONE)
		goto out;
	rule_audience_zones(p, audience);
	for (uint32_t i = 0; i < p->zone_count; i++) {
		m.zone_holding[i] = zone_holding(set, rules, &p->zones[i]);
		m.area_m2 += p->zones[i].counts_inside ? p->zones[i].area_m2 : 0;
		m.usable_m2 += p->zones[i].counts_inside ? p->zones[i].usable_m2 : 0;
	}
	for (int s = 0; s < PLAN_STAGE_COUNT; s++)
		m.entry_by_stage[s] = stage_entry(p, set, rules, (enum plan_stage)s);
	m.whole[PLAN_HOLDING_CAPACITY] = whole_holding(p, set, &m, audience);
	m.whole[PLAN_EXIT_CAPACITY] = whole_exit(p, set, rules);
	m.whole[PLAN_EVACUATION_CAPACITY] = whole_evacuation(p, set, rules);
	error = whole_entry(p, set, &m, audience, &m.whole[PLAN_ENTRY_CAPACITY]);
	if (error != ERR_NONE)
		goto out;
	find_lowest(&m);
	*out = m;
out:
	free(audience);
	return error;
}

static const char *const capacity_words[PLAN_CAPACITY_COUNT] = {"holding", "entry", "exit", "evacuation"};

const char *plan_capacity_word(enum plan_capacity_kind k) { return capacity_words[k]; }

static void write_capacity(struct buf *out, const struct plan_capacity *c)
{
	buf_add_str(out, "{\"ppl\":");
	buf_add_json_f64(out, c->ppl, 0);
	buf_add_str(out, ",\"rule\":");
	buf_add_json_str(out, c->rule);
	buf_add_str(out, ",\"source\":");
	buf_add_json_str(out, c->source);
	buf_add_str(out, ",\"source_zh\":");
	buf_add_json_str(out, c->source_zh);
	buf_add_str(out, ",\"how\":");
	buf_add_json_str(out, c->how);
	buf_add_str(out, ",\"how_zh\":");
	buf_add_json_str(out, c->how_zh);
	buf_add_char(out, '}');
}

static void write_zone(struct buf *out, const struct plan_zone *z, const struct plan_capacity *holding)
{
	buf_add_str(out, "{\"id\":");
	buf_add_json_str(out, z->id);
	buf_add_str(out, ",\"area_m2\":");
	buf_add_json_f64(out, z->area_m2, 1);
	buf_add_str(out, ",\"usable_m2\":");
	buf_add_json_f64(out, z->usable_m2, 1);
	buf_addf(out, ",\"seats\":%u,\"holding\":", z->seats);
	write_capacity(out, holding);
	buf_add_char(out, '}');
}

err_t plan_measures_write(const struct plan *p, const struct plan_measures *m, struct buf *out)
{
	buf_add_str(out, "{\"rules\":");
	buf_add_json_str(out, plan_rules_word(m->rules));
	for (int k = 0; k < PLAN_CAPACITY_COUNT; k++) {
		buf_addf(out, ",\"%s\":", capacity_words[k]);
		write_capacity(out, &m->whole[k]);
	}
	buf_add_str(out, ",\"safe_ppl\":");
	buf_add_json_f64(out, m->safe_ppl, 0);
	buf_addf(out, ",\"lowest\":\"%s\",\"area_m2\":", capacity_words[m->lowest]);
	buf_add_json_f64(out, m->area_m2, 1);
	buf_add_str(out, ",\"usable_m2\":");
	buf_add_json_f64(out, m->usable_m2, 1);
	buf_add_str(out, ",\"entry_by_stage\":{");
	bool first = true;
	for (int s = 0; s < PLAN_STAGE_COUNT; s++) {
		if (isnan(m->entry_by_stage[s].ppl))
			continue;
		buf_addf(out, "%s\"%s\":", first ? "" : ",", plan_stage_word((enum plan_stage)s));
		write_capacity(out, &m->entry_by_stage[s]);
		first = false;
	}
	buf_add_str(out, "},\"zones\":[");
	for (uint32_t i = 0; i < p->zone_count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_zone(out, &p->zones[i], &m->zone_holding[i]);
	}
	buf_add_str(out, "]}");
	return out->error;
}
