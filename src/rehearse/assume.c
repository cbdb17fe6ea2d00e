/* rehearse/assume.c: what is assumed beside the plan, with its sources, and the check of settings. */
#include <math.h>
#include <string.h>

#include "rehearse/inside.h"

#define CURVE_POINTS_MAX 10000
#define MINUTES_MAX 10080.0 /* a week: nobody comes earlier to a session */
#define THREADS_MAX 256

struct range { const char *field; size_t offset; double least, most; };
#define FIELD(name) offsetof(struct rehearse_assumptions, name)
static const struct range ranges[] = {
	{"assume.bag_share", FIELD(bag_share), 0, 1}, {"assume.step_free_share", FIELD(step_free_share), 0, 1},
	{"assume.ticket_cv", FIELD(ticket_cv), 0, 5}, {"assume.search_cv", FIELD(search_cv), 0, 5},
	{"assume.second_share", FIELD(second_share), 0, 1}, {"assume.second_mean_s", FIELD(second_mean_s), 0, 3600},
	{"assume.refused_share", FIELD(refused_share), 0, 0.5}, {"assume.groups", FIELD(groups), 1, 5},
	{"assume.holding_ppl_m2", FIELD(holding_ppl_m2), 0.1, 7}, {"assume.walk_ms", FIELD(walk_ms), 0.3, 3},
	{"assume.premove_mean_s", FIELD(premove_mean_s), 0, 3600}, {"assume.premove_sd_s", FIELD(premove_sd_s), 0, 3600},
};

/* Sources: shared figures of the field; what has none is said to be an assumption of ours. */
struct rehearse_assumptions rehearse_assumptions_default(void)
{
	return (struct rehearse_assumptions){.bag_share = 0.3, .step_free_share = 0.01, .ticket_cv = 0.4, .search_cv = 0.5,
		.second_share = 0.05, .second_mean_s = 30, .refused_share = 0.003, .groups = 2, .holding_ppl_m2 = 2, .walk_ms = 1.34,
		.premove_mean_s = 60, .premove_sd_s = 30};
}

static const struct rehearse_assumption_row texts[] = {
	{"bag_share", "share", "People with a bag", "携包人员比例", "hand search 10 a minute without, 7 mixed, 4 with bags (eventknowhow.com): "
		"7 comes out at 0.3", "手工安检每分钟无包 10 人、混合 7 人、带包 4 人（eventknowhow.com）：混合值对应 0.3", 0},
	{"step_free_share", "share", "People who need a step-free lane", "需无障碍通道人员比例", "assumption", "假定值", 0},
	{"ticket_cv", "ratio", "Spread of ticket times (sd / mean)", "检票用时离散系数", "lognormal, 0.4 to 0.8 in the field; the even end",
		"对数正态分布，行业经验 0.4 至 0.8，取较稳定一端", 0},
	{"search_cv", "ratio", "Spread of search times (sd / mean)", "安检用时离散系数", "lognormal, 0.4 to 0.8 in the field",
		"对数正态分布，行业经验 0.4 至 0.8", 0},
	{"second_share", "share", "People searched a second time", "二次安检比例", "5 to 15 of 100 in the field; the low end",
		"行业经验 5% 至 15%，取低值", 0},
	{"second_mean_s", "s", "Second search takes", "二次安检用时", "20 to 60 s in the field", "行业经验 20 至 60 秒", 0},
	{"refused_share", "share", "Turned away at the ticket check", "检票劝返比例", "assumption", "假定值", 0},
	{"groups", "ppl", "Mean size of a group", "平均同行人数", "groups of 2 to 4 in the field; many come alone", "行业经验同行 2 至 4 人，亦有独行", 0},
	{"holding_ppl_m2", "ppl_m2", "A holding area without a capacity takes", "未给定容量的候检区密度上限",
		"HSE event field figure, by UK councils", "英国 HSE 活动场地数值（地方政府引用）", 0},
	{"walk_ms", "m/s", "Free walking speed", "自由步行速度", "Weidmann 1993", "Weidmann 1993", 0},
	{"premove_mean_s", "s", "Evacuation: people set off after, mean", "疏散：平均反应时间", "assumption: lognormal; announced by voice",
		"假定值：对数正态分布，广播通知", 0},
	{"premove_sd_s", "s", "Evacuation: spread of it (sd)", "疏散：反应时间标准差", "assumption", "假定值", 0},
};

uint32_t rehearse_assumption_rows(const struct rehearse_assumptions *a, struct rehearse_assumption_row *out, uint32_t max)
{
	uint32_t count = sizeof(texts) / sizeof(*texts);
	for (uint32_t i = 0; i < count && i < max; i++) {
		out[i] = texts[i];
		memcpy(&out[i].value, (const char *)a + ranges[i].offset, sizeof(double));
	}
	return count < max ? count : max;
}

struct rehearse_settings rehearse_settings_default(void)
{
	return (struct rehearse_settings){.seed = 1, .assume = rehearse_assumptions_default()};
}

void group_shares(double mean, double out[6])
{
	double low = 0, high = 1e3;
	for (int i = 0; i < 80; i++) {
		double ratio = (low + high) / 2, weight = 1, sum = 0, people = 0;
		for (int k = 0; k < 6; k++, weight *= ratio) {
			out[k] = weight;
			sum += weight;
			people += weight * (k + 1);
		}
		for (int k = 0; k < 6; k++)
			out[k] /= sum;
		if (people / sum < mean)
			low = ratio;
		else
			high = ratio;
	}
}

static bool all_zero(const struct rehearse_assumptions *a)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		double value;
		memcpy(&value, (const char *)a + ranges[i].offset, sizeof(value));
		if (value != 0)
			return false;
	}
	return true;
}

static err_t check_assumptions(const struct rehearse_assumptions *a, struct problem *problem)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		double value;
		memcpy(&value, (const char *)a + ranges[i].offset, sizeof(value));
		if (!(value >= ranges[i].least && value <= ranges[i].most))
			return problem_set(problem, ERR_REHEARSE_SETTING, ranges[i].field, "it is %g, outside %g to %g", value, ranges[i].least,
			                   ranges[i].most);
	}
	return ERR_NONE;
}

static err_t check_curve(const struct rehearse_settings *s, struct problem *problem)
{
	if (s->curve_count > CURVE_POINTS_MAX || s->curve_count == 1)
		return problem_set(problem, ERR_REHEARSE_SETTING, "curve", "it has %u points, not 2 to %d", s->curve_count, CURVE_POINTS_MAX);
	for (uint32_t i = 0; i < s->curve_count; i++) {
		const struct plan_curve_point *c = &s->curve[i];
		bool in_range = fabs(c->minutes_from_start) <= MINUTES_MAX && c->share >= 0 && c->share <= 1;
		bool rises = i == 0 || (c->minutes_from_start > c[-1].minutes_from_start && c->share >= c[-1].share);
		if (!in_range || !rises)
			return problem_set(problem, ERR_REHEARSE_SETTING, "curve",
			                   "point %u (%g, %g): minutes rise and lie within a week, shares lie in 0 to 1 and never fall", i + 1,
			                   c->minutes_from_start, c->share);
	}
	if (s->curve_count > 0 && s->curve[s->curve_count - 1].share <= 0)
		return problem_set(problem, ERR_REHEARSE_SETTING, "curve", "its last share is 0: nobody would come");
	return ERR_NONE;
}

static uint32_t find_link(const struct plan *p, const char *id)
{
	for (uint32_t i = 0; i < p->link_count; i++)
		if (strcmp(p->links[i].id, id) == 0)
			return i;
	return CROWD_NONE;
}

/* What is wrong with one change; NULL: nothing. Its member comes in `member`. */
static const char *change_wrong(const struct plan *p, const struct rehearse_change *c, const char **member)
{
	uint32_t checkpoint = c->id == NULL ? CROWD_NONE : plan_find_checkpoint(p, text_of(c->id));
	bool link = c->id != NULL && find_link(p, c->id) != CROWD_NONE;
	bool no_lanes = checkpoint == CROWD_NONE || p->checkpoints[checkpoint].lane_count == 0;
	*member = "id";
	if (c->kind == REHEARSE_CHANGE_BLOCK && checkpoint == CROWD_NONE && !link)
		return "the plan has no checkpoint and no link with this id";
	if (c->kind != REHEARSE_CHANGE_BLOCK && no_lanes)
		return "the plan has no checkpoint with lanes of this id";
	*member = "value";
	if (c->kind == REHEARSE_CHANGE_LANES && !(c->value >= 0 && c->value <= PLAN_LANES_MAX && floor(c->value) == c->value))
		return "lanes are a whole number from 0 to 64";
	if (c->kind == REHEARSE_CHANGE_RATE && !(c->value >= 0.1 && c->value <= 60))
		return "a lane passes 0.1 to 60 people a minute";
	*member = "from_min";
	if (isnan(c->from_min) != isnan(c->to_min))
		return "give both from and to, or neither";
	bool always = isnan(c->from_min);
	if (!always && !(fabs(c->from_min) <= MINUTES_MAX && fabs(c->to_min) <= MINUTES_MAX && c->from_min < c->to_min))
		return "from comes before to, both within a week of the start";
	if (!always && no_lanes)
		return "a door, an exit or a link can only be blocked for the whole time";
	*member = "kind";
	if (c->kind != REHEARSE_CHANGE_LANES && c->kind != REHEARSE_CHANGE_RATE && c->kind != REHEARSE_CHANGE_BLOCK)
		return "it is none of lanes, rate, block";
	return NULL;
}

static err_t check_changes(const struct plan *p, const struct rehearse_settings *s, struct problem *problem)
{
	if (s->change_count > REHEARSE_CHANGES_MAX)
		return problem_set(problem, ERR_REHEARSE_SETTING, "changes", "there are %u, over %d", s->change_count, REHEARSE_CHANGES_MAX);
	for (uint32_t i = 0; i < s->change_count; i++) {
		const char *member = "", *wrong = change_wrong(p, &s->changes[i], &member);
		if (wrong == NULL)
			continue;
		err_t error = problem_set(problem, ERR_REHEARSE_SETTING, NULL, "%s", wrong);
		if (problem != NULL) {
			struct buf field;
			buf_init(&field, sizeof(problem->field) - 1);
			buf_addf(&field, "changes[%u].%s", i, member);
			if (field.error == ERR_NONE)
				memcpy(problem->field, field.at, field.size + 1);
			buf_free(&field);
		}
		return error;
	}
	return ERR_NONE;
}

static err_t check_numbers(const struct plan *p, struct rehearse_settings *s, struct problem *problem)
{
	if ((unsigned)s->level > REHEARSE_MICRO || (unsigned)s->phase > REHEARSE_EVACUATION)
		return problem_set(problem, ERR_REHEARSE_SETTING, (unsigned)s->level > REHEARSE_MICRO ? "level" : "phase", "no such word");
	if (s->arrivals_ppl == 0)
		s->arrivals_ppl = p->expected_ppl;
	if (s->arrivals_ppl == 0 || s->arrivals_ppl > CROWD_PEOPLE_MAX)
		return problem_set(problem, ERR_REHEARSE_SETTING, "arrivals_ppl", "%u people, not 1 to %u", s->arrivals_ppl, CROWD_PEOPLE_MAX);
	if (!(fabs(s->arrivals_shift_min) <= MINUTES_MAX))
		return problem_set(problem, ERR_REHEARSE_SETTING, "arrivals_shift_min", "%g minutes, over a week", s->arrivals_shift_min);
	if (s->replications == 0)
		s->replications = s->level == REHEARSE_MICRO ? 5 : 20;
	if (s->replications > REHEARSE_REPLICATIONS_MAX)
		return problem_set(problem, ERR_REHEARSE_SETTING, "replications", "%u, over %d", s->replications, REHEARSE_REPLICATIONS_MAX);
	if (s->threads > THREADS_MAX)
		return problem_set(problem, ERR_REHEARSE_SETTING, "threads", "%u, over %d", s->threads, THREADS_MAX);
	if (s->phase == REHEARSE_EGRESS && p->at_end == AT_NONE)
		return problem_set(problem, ERR_REHEARSE_SETTING, "phase", "the plan's timetable has no end, from which people leave");
	return ERR_NONE;
}

err_t settings_resolve(const struct plan *p, const struct rehearse_settings *given, struct rehearse_settings *out,
                       struct problem *problem)
{
	struct rehearse_settings s = *given;
	if (all_zero(&s.assume))
		s.assume = rehearse_assumptions_default();
	err_t error = check_numbers(p, &s, problem);
	if (error == ERR_NONE)
		error = check_assumptions(&s.assume, problem);
	if (error == ERR_NONE)
		error = check_curve(&s, problem);
	if (error == ERR_NONE)
		error = check_changes(p, &s, problem);
	if (error == ERR_NONE)
		*out = s;
	return error;
}
