/* live/plan.c: a plan in force: read once, measured once, shared by writer, keeper and loop. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "live/fold.h"

#define STAGES 3

struct live_plan {
	atomic_uint refs;
	struct plan *plan;
	char *text;
	size_t text_size;
	double *capacity_ppl;
	enum plan_stage order[STAGES];
};

/* Steps from `outside` to every zone, over checkpoints (in the way of `in`) and links; UINT32_MAX: not reached. */
static void walk_from_outside(const struct plan *p, uint32_t *steps)
{
	for (uint32_t z = 0; z < p->zone_count; z++)
		steps[z] = z == 0 ? 0 : UINT32_MAX;
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t i = 0; i < p->checkpoint_count + p->link_count; i++) {
			bool link = i >= p->checkpoint_count;
			const struct plan_link *l = link ? &p->links[i - p->checkpoint_count] : NULL;
			uint32_t from = link ? l->from : p->checkpoints[i].from, to = link ? l->to : p->checkpoints[i].to;
			if (from >= p->zone_count || to >= p->zone_count)
				continue;
			if (!link && p->checkpoints[i].stage == PLAN_EXIT)
				continue;
			if (steps[from] != UINT32_MAX && steps[from] + 1 < steps[to]) {
				steps[to] = steps[from] + 1;
				changed = true;
			}
		}
	}
}

/* People pass the stages in the order of their mean distance from outside; as in the list where it does not tell. */
static err_t order_stages(struct live_plan *p)
{
	const struct plan *plan = p->plan;
	uint32_t *steps = malloc((plan->zone_count + 1) * sizeof *steps);
	if (steps == NULL)
		return ERR_MEMORY;
	walk_from_outside(plan, steps);
	double sum[STAGES] = {0}, count[STAGES] = {0};
	for (uint32_t i = 0; i < plan->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &plan->checkpoints[i];
		if (c->stage >= STAGES || c->from >= plan->zone_count || steps[c->from] == UINT32_MAX)
			continue;
		sum[c->stage] += steps[c->from];
		count[c->stage]++;
	}
	free(steps);
	double mean[STAGES];
	for (int s = 0; s < STAGES; s++) {
		p->order[s] = (enum plan_stage)s;
		mean[s] = count[s] > 0 ? sum[s] / count[s] : 1e9;
	}
	for (int i = 1; i < STAGES; i++)
		for (int k = i; k > 0 && mean[p->order[k]] < mean[p->order[k - 1]]; k--) {
			enum plan_stage other = p->order[k];
			p->order[k] = p->order[k - 1];
			p->order[k - 1] = other;
		}
	return ERR_NONE;
}

static err_t measure_capacities(struct live_plan *p)
{
	const struct plan *plan = p->plan;
	p->capacity_ppl = calloc(plan->zone_count + 1, sizeof *p->capacity_ppl);
	struct arena *arena = arena_new((size_t)64 << 20);
	struct plan_measures measures;
	err_t e = ERR_MEMORY;
	if (p->capacity_ppl == NULL || arena == NULL)
		goto out;
	e = plan_measure(plan, plan->rules, arena, &measures);
	if (e != ERR_NONE)
		goto out;
	for (uint32_t z = 0; z < plan->zone_count; z++)
		p->capacity_ppl[z] = plan->zones[z].capacity_ppl > 0 ? plan->zones[z].capacity_ppl :
			plan->zones[z].use == PLAN_OUTSIDE ? 0 : measures.zone_holding[z].ppl;
out:
	arena_free(arena);
	return e;
}

/* The first mistake, in words; the caller of the API gets the whole list from plan_check. */
static err_t refuse(const struct plan_findings *findings, struct problem *problem)
{
	for (uint32_t i = 0; i < findings->count; i++) {
		const struct plan_finding *f = &findings->items[i];
		if (f->severity != PLAN_ERROR)
			continue;
		err_t e = problem_set(problem, ERR_SESSION_PLAN, f->field, "%s", f->text_en);
		if (problem != NULL) {
			problem->line = f->line;
			memcpy(problem->feature, f->feature, sizeof problem->feature);
		}
		return e;
	}
	return problem_set(problem, ERR_SESSION_PLAN, NULL, "%u mistakes", findings->errors);
}

err_t live_plan_read(struct text text, bool strict, struct live_plan **out, struct problem *problem)
{
	struct live_plan *p = calloc(1, sizeof *p);
	struct plan_findings findings = {0};
	err_t e = ERR_MEMORY;
	if (p == NULL || (p->text = malloc(text.size + 1)) == NULL)
		goto out;
	atomic_init(&p->refs, 1);
	memcpy(p->text, text.at, text.size);
	p->text[text.size] = '\0';
	p->text_size = text.size;
	e = plan_read(text, &p->plan, &findings, problem);
	if (e != ERR_NONE)
		goto out;
	if (strict)
		e = plan_check(p->plan, &findings);
	if (e == ERR_NONE && strict && findings.errors > 0)
		e = refuse(&findings, problem);
	/* Even of a journal: whoever looks ahead reckons from the start. */
	if (e == ERR_NONE && p->plan->at_start == AT_NONE)
		e = problem_set(problem, ERR_SESSION_PLAN, "cordon.timetable.start", "a plan starts at some time");
	if (e == ERR_NONE)
		e = measure_capacities(p);
	if (e == ERR_NONE)
		e = order_stages(p);
	if (e == ERR_NONE) {
		*out = p;
		p = NULL;
	}
out:
	plan_findings_free(&findings);
	if (e == ERR_MEMORY)
		problem_set(problem, e, NULL, "the plan does not fit");
	if (p != NULL && p->text == NULL)
		free(p);
	else
		live_plan_drop(p);
	return e;
}

struct live_plan *live_plan_keep(struct live_plan *p)
{
	if (p != NULL)
		atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

void live_plan_drop(struct live_plan *p)
{
	if (p == NULL || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (p->plan != NULL)
		plan_free(p->plan);
	free(p->capacity_ppl);
	free(p->text);
	free(p);
}

const struct plan *live_plan_of(const struct live_plan *p)
{
	return p->plan;
}

struct text live_plan_text(const struct live_plan *p)
{
	return (struct text){p->text, p->text_size};
}

double live_plan_capacity(const struct live_plan *p, uint32_t zone)
{
	return p->capacity_ppl[zone];
}

const enum plan_stage *live_plan_stage_order(const struct live_plan *p)
{
	return p->order;
}
