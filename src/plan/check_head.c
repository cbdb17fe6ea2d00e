/* plan/check_head.c: the timetable, the people, the sources. */
#include <math.h>
#include <stdio.h>

#include "plan/check.h"

#define HEAD UINT32_MAX
#define SHARES_TOLERANCE 0.005

static void check_timetable(struct checker *c)
{
	const struct { const char *name; at_ms at; } times[] = {{"timetable.doors", c->p->at_doors},
		{"timetable.start", c->p->at_start}, {"timetable.interval", c->p->at_interval}, {"timetable.end", c->p->at_end}};
	int before = -1;
	for (int i = 0; i < 4; i++) {
		if (times[i].at == AT_NONE)
			continue;
		if (before >= 0 && times[i].at <= times[before].at) {
			char text[WHEN_SIZE], field[48];
			snprintf(field, sizeof(field), "cordon.%s", times[i].name);
			check_find(c, FINDING_TIMETABLE_ORDER, HEAD, field, times[i].name, when_format(times[i].at, c->p->offset_min, text),
				times[before].name);
		}
		before = i;
	}
}

static void check_people(struct checker *c, const struct plan_measures *m)
{
	const struct plan *p = c->p;
	double share = c->set->ticket_share.value;
	if (p->approved_ppl == 0)
		return; /* said when it was read */
	if (p->expected_ppl > p->approved_ppl)
		check_find(c, FINDING_PEOPLE_APPROVED, HEAD, "cordon.expected_ppl", figure(p->expected_ppl, 0).at,
			figure(p->approved_ppl, 0).at, NULL);
	else if (share > 0 && p->expected_ppl > share * p->approved_ppl)
		check_find(c, FINDING_PEOPLE_TICKETS, HEAD, "cordon.expected_ppl", figure(p->expected_ppl, 0).at,
			c->set->ticket_share.source_en, figure(p->approved_ppl, 0).at);
	if (p->approved_ppl > m->safe_ppl)
		check_find(c, FINDING_PEOPLE_SAFE, HEAD, "cordon.approved_ppl", figure(p->approved_ppl, 0).at,
			figure(m->safe_ppl, 0).at, plan_capacity_word(m->lowest));
}

static void check_evacuation_time(struct checker *c)
{
	double low = c->set->evacuation_low_min, high = c->set->evacuation_high_min, given = c->p->evacuation_min;
	if (given > 0 && high > 0 && (given < low || given > high))
		check_find(c, FINDING_EVACUATION_TIME, HEAD, "cordon.evacuation_min", figure(given, 2).at,
			plan_rules_word(c->p->rules), figures(low, " .. ", high, 1).at);
}

static void check_sources(struct checker *c)
{
	const struct plan *p = c->p;
	double sum = 0;
	for (uint32_t i = 0; i < p->source_count; i++) {
		const struct plan_source *s = &p->sources[i];
		sum += s->share;
		if ((s->batch_ppl > 0) != (s->headway_s > 0))
			check_find(c, FINDING_SOURCE_BATCH, s->feature, s->batch_ppl > 0 ? "properties.headway_s" : "properties.batch_ppl",
				NULL, NULL, NULL);
	}
	if (p->source_count == 0)
		check_find(c, FINDING_SOURCE_NONE, HEAD, NULL, NULL, NULL, NULL);
	else if (fabs(sum - 1) > SHARES_TOLERANCE)
		check_find(c, FINDING_SOURCE_SHARES, p->sources[0].feature, "properties.share", figure(sum, 3).at, NULL, NULL);
}

err_t check_head(struct checker *c, const struct plan_measures *m)
{
	check_timetable(c);
	check_sources(c);
	check_evacuation_time(c);
	check_people(c, m);
	return ERR_NONE;
}
