/* plan/rules.c: the four rule sets.
 *
 * Sources as they could be read: the Green Guide (SGSA, Guide to Safety at Sports Grounds, 6th
 * ed. 2018) is a paid book; its figures are taken from the SGSA's own pages, the Taylor report
 * and councils that quote it, each named here. Every source string is shown with the number. */
#include "plan/rules.h"

#include <math.h>

static const struct rule_set sets[PLAN_RULES_COUNT] = {
	[PLAN_GREEN_GUIDE] = {
		.standing_ppl_m2 = {4.7,
			"Green Guide, 6th ed. 2018: 47 people per 10 m2 of usable area, times the lower of (P) and (S)",
			"英国《绿色指南》2018 年第 6 版：可用面积每 10 平方米 47 人，乘以 P、S 系数中较小者"},
		.seat_share = {1, "Green Guide, 6th ed. 2018: usable seats, times the lower of (P) and (S)",
			"英国《绿色指南》2018 年第 6 版：可用座位数，乘以 P、S 系数中较小者"},
		.uses_factors = true,
		.entry_window_min = {60,
			"Green Guide, 6th ed. 2018 (SGSA): what all entry points pass in one hour; a turnstile at most 11 a minute",
			"英国《绿色指南》2018 年第 6 版：全部入口一小时的通过人数，单台闸机不超过每分钟 11 人"},
		.turnstile_ppl_min = {11, "Green Guide ceiling of 11 for a turnstile", ""},
		.search_ppl_min = {10, "Green Guide ceiling of 10 for a search lane", ""}, /* 600 an hour, SGSA at ESSMA */
		.level_ppl_m_min = {82,
			"Green Guide, 6th ed. 2018: 82 people/m/min on the level, 66 on steps, 8 minutes (SGSA, Buckinghamshire)",
			"英国《绿色指南》2018 年第 6 版：平地每米每分钟 82 人，台阶 66 人，8 分钟"},
		.steps_ppl_m_min = {66, "", ""},
		.exit_min = {8, "", ""},
		.evacuation_min = {8,
			"Green Guide, 6th ed. 2018: 82/66 people/m/min in 2.5 to 8 minutes by fire risk (8 for open ground), "
			"largest exit removed (Buckinghamshire)",
			"英国《绿色指南》2018 年第 6 版：平地 82、台阶 66 人/米/分钟，按火灾风险 2.5 至 8 分钟（露天场地取 8），去除最大出口"},
		.evacuation_low_min = 2.5, .evacuation_high_min = 8, .largest_exit_removed = true,
	},
	[PLAN_OPEN_AIR] = {
		.standing_ppl_m2 = {2, "HSE figure for event fields, quoted by UK councils: 0.5 m2 a person",
			"英国 HSE 活动场地数值（地方政府引用）：每人 0.5 平方米"},
		.seat_share = {1, "Seats as given", "按座位数"},
		.level_ppl_m_min = {109,
			"Fire Safety Risk Assessment, Open Air Events (Hastings): 109 people/m/min, 10 minutes at low risk",
			"英国《露天活动消防安全风险评估》：每米每分钟 109 人，低风险 10 分钟"},
		.steps_ppl_m_min = {109, "", ""}, /* the guide gives one figure */
		.exit_min = {10, "", ""},
		.evacuation_min = {5,
			"Fire Safety Risk Assessment, Open Air Events (Hastings): 109 people/m/min, 5 to 10 minutes by risk "
			"(5: the safe end), largest exit removed on the safe side",
			"英国《露天活动消防安全风险评估》：每米每分钟 109 人，按风险 5 至 10 分钟（取偏安全的 5），去除最大出口"},
		.evacuation_low_min = 5, .evacuation_high_min = 10, .largest_exit_removed = true,
	},
	[PLAN_CN_LOCAL] = {
		.standing_ppl_m2 = {0.5,
			"China, local on-site safety reference standard: at least 2 m2 a person without seats, net of facilities",
			"国内地方现场安全参考标准：无座位活动每人不少于 2 平方米，扣除设施面积"},
		.seat_share = {0.8, "China, local on-site safety reference standard: at most 80 % of the fixed seats",
			"国内地方现场安全参考标准：不超过固定座位数的 80 %"},
		.ticket_share = {0.8, "80 %", ""},
	},
	[PLAN_NFPA] = {
		.standing_ppl_m2 = {1 / 0.65, "NFPA 101: one person per 0.65 m2 (7 ft2) in areas above 930 m2 (10,000 ft2)",
			"NFPA 101：930 平方米以上的区域每 0.65 平方米 1 人"},
		.small_standing_ppl_m2 = {1 / 0.46, "NFPA 101: one person per 0.46 m2 (5 ft2) in areas up to 930 m2",
			"NFPA 101：930 平方米及以下的区域每 0.46 平方米 1 人"},
		.small_area_m2 = 930,
		.seat_share = {1, "Seats as given", "按座位数"},
	},
};

const struct rule_set *rule_set_of(enum plan_rules rules) { return &sets[rules]; }

double rule_lane_ppl_min(const struct rule_set *set, enum plan_stage stage, double rate_ppl_min)
{
	double ceiling = stage == PLAN_TICKET ? set->turnstile_ppl_min.value : 0;
	return ceiling > 0 && rate_ppl_min > ceiling ? ceiling : rate_ppl_min;
}

static double factor_of(const struct rule_set *set, const struct plan_zone *z)
{
	return set->uses_factors ? fmin(z->physical, z->safety) : 1.0;
}

double rule_density_ppl_m2(const struct rule_set *set, const struct plan_zone *z)
{
	bool small = set->small_standing_ppl_m2.value > 0 && z->area_m2 <= set->small_area_m2;
	return (small ? set->small_standing_ppl_m2.value : set->standing_ppl_m2.value) * factor_of(set, z);
}

double rule_zone_ppl(const struct rule_set *set, const struct plan_zone *z)
{
	if (z->feature == UINT32_MAX)
		return NAN;
	if (z->seats > 0)
		return floor((double)z->seats * set->seat_share.value * factor_of(set, z) + 1e-6);
	return floor(z->usable_m2 * rule_density_ppl_m2(set, z) + 1e-6);
}

/* Stands always. A pitch or another zone where the plan gives it a capacity: on the grass of a football match
 * nobody stands, on that of a concert some thousands do. Concourses are passed through, and a stage holds the show.
 * A plan in which that leaves nothing (a hall, a field) holds people in every inside zone but the stage. */
void rule_audience_zones(const struct plan *p, bool *out)
{
	uint32_t found = 0;
	for (uint32_t i = 0; i < p->zone_count; i++) {
		const struct plan_zone *z = &p->zones[i];
		bool field = (z->use == PLAN_PITCH || z->use == PLAN_OTHER) && z->capacity_ppl > 0;
		out[i] = z->counts_inside && z->feature != UINT32_MAX && (z->use == PLAN_STAND || field);
		found += out[i];
	}
	for (uint32_t i = 0; found == 0 && i < p->zone_count; i++)
		out[i] = p->zones[i].counts_inside && p->zones[i].feature != UINT32_MAX && p->zones[i].use != PLAN_STAGE_AREA;
}
