/* rehearse/request.c: from JSON to settings, and from settings to the JSON of the result. */
#include "rehearse/request.h"

#include <string.h>

#define CURVE_POINTS_MAX 2000

struct reader { const json_t *body; struct arena *arena; struct problem *problem; err_t error; };

static bool refuse(struct reader *r, const char *field, const char *why)
{
	if (r->error == ERR_NONE)
		r->error = problem_set(r->problem, ERR_REHEARSE_SETTING, field, "%s", why);
	return false;
}

/* Leaves *out alone where the member is not there. */
static void number(struct reader *r, const json_t *of, const char *name, double least, double most, double *out)
{
	const json_t *value = json_object_get(of, name);
	if (value == NULL || json_is_null(value))
		return;
	double v = json_is_number(value) ? json_number_value(value) : NAN;
	char why[96];
	snprintf(why, sizeof(why), "a number from %.10g to %.10g is needed here", least, most);
	if (!(v >= least && v <= most))
		refuse(r, name, why);
	else
		*out = v;
}

static void whole(struct reader *r, const json_t *of, const char *name, double most, uint32_t *out)
{
	double v = NAN;
	number(r, of, name, 0, most, &v);
	if (isnan(v))
		return;
	if (v != floor(v))
		refuse(r, name, "a whole number is needed here");
	else
		*out = (uint32_t)v;
}

static int word(struct reader *r, const json_t *of, const char *name, const char *const *words, int otherwise)
{
	const json_t *value = json_object_get(of, name);
	if (value == NULL || json_is_null(value))
		return otherwise;
	char why[128] = "one of these words is needed here:";
	for (int i = 0; words[i] != NULL; i++) {
		if (json_is_string(value) && strcmp(json_string_value(value), words[i]) == 0)
			return i;
		size_t used = strlen(why);
		snprintf(why + used, sizeof(why) - used, " %s", words[i]);
	}
	refuse(r, name, why);
	return otherwise;
}

static bool known_members(struct reader *r, const json_t *of, const char *what, const char *const *names)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)of, name, value) {
		int i = 0;
		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL) {
			char field[96];
			snprintf(field, sizeof(field), "%s%s%.40s", what, what[0] == '\0' ? "" : ".", name);
			return refuse(r, field, "there is no such setting");
		}
	}
	return true;
}

static void read_curve(struct reader *r, struct rehearse_settings *s)
{
	const json_t *list = json_object_get(r->body, "curve");
	if (list == NULL || json_is_null(list))
		return;
	size_t count = json_array_size(list);
	if (!json_is_array(list) || count < 2 || count > CURVE_POINTS_MAX) {
		refuse(r, "curve", "2 to 2,000 pairs of minutes from the start and share are needed here");
		return;
	}
	struct plan_curve_point *points = arena_alloc_array(r->arena, count, sizeof(*points));
	if (points == NULL) {
		r->error = ERR_MEMORY;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *pair = json_array_get(list, i), *minutes = json_array_get(pair, 0), *share = json_array_get(pair, 1);
		if (json_array_size(pair) != 2 || !json_is_number(minutes) || !json_is_number(share)) {
			refuse(r, "curve", "each point is a pair of numbers");
			return;
		}
		points[i] = (struct plan_curve_point){json_number_value(minutes), json_number_value(share)};
		bool inside = fabs(points[i].minutes_from_start) <= 1440 && points[i].share >= 0 && points[i].share <= 1;
		if (!inside || (i > 0 && (points[i].minutes_from_start <= points[i - 1].minutes_from_start ||
		                          points[i].share < points[i - 1].share))) {
			refuse(r, "curve", "minutes rise within a day of the start; shares lie from 0 to 1 and never fall");
			return;
		}
	}
	s->curve = points;
	s->curve_count = (uint32_t)count;
}

static void read_change(struct reader *r, const json_t *one, struct rehearse_change *out)
{
	static const char *const kinds[] = {"lanes", "rate", "block", NULL};
	static const char *const names[] = {"kind", "id", "value", "from_min", "to_min", NULL};
	const char *id = json_string_value(json_object_get(one, "id"));
	if (!json_is_object(one) || id == NULL || json_string_value(json_object_get(one, "kind")) == NULL) {
		refuse(r, "changes", "each change is an object with kind and id");
		return;
	}
	if (!known_members(r, one, "changes", names))
		return;
	*out = (struct rehearse_change){.id = id, .from_min = NAN, .to_min = NAN};
	out->kind = (enum rehearse_change_kind)word(r, one, "kind", kinds, 0);
	double value = NAN;
	number(r, one, "value", 0, out->kind == REHEARSE_CHANGE_LANES ? PLAN_LANES_MAX : 60, &value);
	if (isnan(value) && out->kind != REHEARSE_CHANGE_BLOCK)
		refuse(r, "value", "lanes and rate need a value");
	out->value = isnan(value) ? 0 : value;
	number(r, one, "from_min", -1440, 1440, &out->from_min);
	number(r, one, "to_min", -1440, 1440, &out->to_min);
}

static void read_changes(struct reader *r, struct rehearse_settings *s)
{
	const json_t *list = json_object_get(r->body, "changes");
	if (list == NULL || json_is_null(list))
		return;
	size_t count = json_array_size(list);
	if (!json_is_array(list) || count > REHEARSE_CHANGES_MAX) {
		refuse(r, "changes", "a list of at most 256 changes is needed here");
		return;
	}
	struct rehearse_change *changes = arena_alloc_array(r->arena, count + 1, sizeof(*changes));
	if (changes == NULL) {
		r->error = ERR_MEMORY;
		return;
	}
	for (size_t i = 0; i < count && r->error == ERR_NONE; i++)
		read_change(r, json_array_get(list, i), &changes[i]);
	s->changes = changes;
	s->change_count = (uint32_t)count;
}

static void read_lanes(struct reader *r, struct rehearse_request *out)
{
	static const char *const names[] = {"staff", "wait_p95_s", NULL};
	const json_t *wanted = json_object_get(r->body, "find_lanes");
	if (wanted == NULL || json_is_null(wanted))
		return;
	if (!json_is_object(wanted)) {
		refuse(r, "find_lanes", "an object with staff or wait_p95_s is needed here");
		return;
	}
	if (!known_members(r, wanted, "find_lanes", names))
		return;
	out->find_lanes = true;
	out->wanted.wait_p95_s = NAN;
	whole(r, wanted, "staff", 100000, &out->wanted.staff);
	number(r, wanted, "wait_p95_s", 1, 36000, &out->wanted.wait_p95_s);
	if (out->wanted.staff == 0 && isnan(out->wanted.wait_p95_s))
		refuse(r, "find_lanes", "say how many staff there are, or which wait must hold");
}

err_t rehearse_request_read(const json_t *body, struct arena *arena, struct rehearse_request *out, struct problem *problem)
{
	static const char *const levels[] = {"meso", "micro", NULL}, *const phases[] = {"ingress", "egress", "evacuation", NULL};
	static const char *const names[] = {"plan", "against", "level", "phase", "arrivals_ppl", "curve", "shift_min", "seed",
		"replications", "changes", "find_lanes", NULL};
	struct reader r = {.body = body, .arena = arena, .problem = problem};
	struct rehearse_request q = {.settings = rehearse_settings_default()};
	double seed = 1;
	if (!json_is_object(body))
		return problem_set(problem, ERR_REHEARSE_SETTING, NULL, "one JSON object is needed");
	known_members(&r, body, "", names);
	q.settings.level = (enum rehearse_level)word(&r, body, "level", levels, REHEARSE_MESO);
	q.settings.phase = (enum rehearse_phase)word(&r, body, "phase", phases, REHEARSE_INGRESS);
	whole(&r, body, "arrivals_ppl", REHEARSE_PEOPLE_MAX, &q.settings.arrivals_ppl);
	number(&r, body, "shift_min", -720, 720, &q.settings.arrivals_shift_min);
	number(&r, body, "seed", 0, 9007199254740991.0, &seed);
	whole(&r, body, "replications", 1000, &q.settings.replications);
	q.settings.seed = (uint64_t)seed;
	read_curve(&r, &q.settings);
	read_changes(&r, &q.settings);
	read_lanes(&r, &q);
	if (r.error == ERR_NONE)
		*out = q;
	return r.error;
}

/* ---- the answer ---- */

static err_t read_plan(struct text text, struct plan **out, struct problem *problem)
{
	struct plan_findings findings = {0};
	struct plan *plan = NULL;
	err_t e = plan_read(text, &plan, &findings, problem);
	if (e == ERR_NONE)
		e = plan_check(plan, &findings);
	for (uint32_t i = 0; e == ERR_NONE && i < findings.count; i++) {
		const struct plan_finding *f = &findings.items[i];
		if (f->severity != PLAN_ERROR)
			continue;
		e = problem_set(problem, ERR_REHEARSE_PLAN, f->field, "%s (%u mistakes)", f->text_en, findings.errors);
		if (problem != NULL) {
			problem->line = f->line;
			memcpy(problem->feature, f->feature, sizeof(problem->feature));
		}
	}
	if (e == ERR_NONE && findings.errors > 0) /* not among those that are kept */
		e = problem_set(problem, ERR_REHEARSE_PLAN, NULL, "%u mistakes", findings.errors);
	plan_findings_free(&findings);
	if (e == ERR_NONE)
		*out = plan;
	else
		plan_free(plan);
	return e;
}

err_t rehearse_request_answer(const struct rehearse_request *request, struct text plan, struct text against, struct buf *out,
                              struct problem *problem)
{
	struct rehearse_settings settings = request->settings;
	struct plan *a = NULL, *b = NULL;
	struct rehearsal *of_a = NULL, *of_b = NULL;
	struct rehearse_comparison *comparison = NULL;
	struct rehearse_lanes *lanes = NULL;
	err_t e = read_plan(plan, &a, problem);
	if (e == ERR_NONE && against.size > 0)
		e = read_plan(against, &b, problem);
	if (e == ERR_NONE && b != NULL && settings.arrivals_ppl == 0)
		settings.arrivals_ppl = a->expected_ppl; /* the same people come to both */
	if (e == ERR_NONE && request->find_lanes)
		e = rehearse_find_lanes(a, &settings, &request->wanted, &lanes, problem);
	if (e == ERR_NONE && lanes == NULL)
		e = rehearse_run(a, &settings, &of_a, problem);
	if (e == ERR_NONE && lanes == NULL && b != NULL)
		e = rehearse_run(b, &settings, &of_b, problem);
	if (e == ERR_CROWD_STOPPED && of_a != NULL) { /* stopped before the second had a run: the first is kept */
		e = ERR_NONE;
		if (problem != NULL)
			*problem = (struct problem){0};
	}
	if (e == ERR_NONE && (of_b != NULL || lanes != NULL))
		e = rehearse_compare(lanes != NULL ? lanes->before : of_a, lanes != NULL ? lanes->after : of_b, &comparison);
	if (e == ERR_NONE)
		rehearsal_write_json(lanes != NULL ? lanes->before : of_a, comparison, lanes, out);
	if (e == ERR_NONE)
		e = out->error;
	rehearse_comparison_free(comparison);
	rehearse_lanes_free(lanes);
	rehearsal_free(of_b);
	rehearsal_free(of_a);
	plan_free(b);
	plan_free(a);
	return e;
}
