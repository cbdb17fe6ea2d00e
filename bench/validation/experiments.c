/* Against the experiments themselves: the measures on the trajectories, the walkers in the same corridors. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "stage.h"
#include "table.h"

/* HERMES 2009, one direction, open ends: entrance - corridor - exit, cm; 16 frames a second; x 0 to 180, y -400 to 400 cm. The last
 * three columns: density, speed and flow as section 3.5 of the reference has them. */
static const struct hermes_run { const char *name; double entrance_m, exit_m, ppl_m2, ms, flow; } hermes_runs[] = {
	{"uo-050-180-180", 0.5, 1.8, 0.57, 1.34, 0.63}, {"uo-070-180-180", 0.7, 1.8, 0.64, 1.33, 0.80},
	{"uo-100-180-180", 1.0, 1.8, 1.13, 1.18, 1.34}, {"uo-180-180-180", 1.8, 1.8, 1.62, 0.99, 1.61},
	{"uo-180-180-120", 1.8, 1.2, 2.09, 0.62, 1.29}, {"uo-180-180-070", 1.8, 0.7, 3.00, 0.29, 0.87}};
#define HERMES_RUNS (sizeof(hermes_runs) / sizeof(hermes_runs[0]))

struct seen { double ppl_m2, ms, flow; uint32_t people; };

static struct seen read_hermes(const struct table *all)
{
	struct seen s = {NAN, NAN, NAN, 0};
	double first = INFINITY, last = 0.0, speeds = 0.0;
	double *times = malloc((all->rows + 1) * sizeof(double));
	uint32_t passed = 0, inside = 0, moving = 0;
	for (uint32_t i = 0; times != NULL && i < all->rows; i++) {
		bool same = i > 0 && table_at(all, i, 0) == table_at(all, i - 1, 0);
		s.people += !same;
		first = fmin(first, table_at(all, i, 1));
		last = fmax(last, table_at(all, i, 1));
		if (same && table_at(all, i - 1, 3) > 0.0 && table_at(all, i, 3) <= 0.0)
			times[passed++] = table_at(all, i, 1) / 16.0;
	}
	crowd_quantile(times, passed, 0.5); /* sorts them */
	double from = first + (last - first) / 4.0, to = last - (last - first) / 4.0;
	/* Speed and flow in the central half of the time in which people pass, density in that of all frames: as the reference did. */
	double begin_s = passed > 3 ? times[0] + (times[passed - 1] - times[0]) / 4.0 : 0.0;
	double end_s = passed > 3 ? times[passed - 1] - (times[passed - 1] - times[0]) / 4.0 : 0.0;
	for (uint32_t i = 8; times != NULL && i + 8 < all->rows; i++) {
		double frame = table_at(all, i, 1), y = table_at(all, i, 3), id = table_at(all, i, 0);
		if (fabs(y) > 100.0)
			continue;
		inside += frame >= from && frame <= to;
		if (frame >= begin_s * 16.0 && frame <= end_s * 16.0 && table_at(all, i - 8, 0) == id && table_at(all, i + 8, 0) == id) {
			double dx = table_at(all, i + 8, 2) - table_at(all, i - 8, 2), dy = table_at(all, i + 8, 3) - table_at(all, i - 8, 3);
			speeds += sqrt(dx * dx + dy * dy) / 100.0;
			moving++;
		}
	}
	s.ppl_m2 = inside / (to - from + 1.0) / (1.8 * 2.0);
	s.ms = speeds / moving;
	if (times != NULL) {
		uint32_t low = 0, count = 0;
		while (low < passed && times[low] < begin_s)
			low++;
		while (low + count < passed && times[low + count] <= end_s)
			count++;
		s.flow = crowd_flow_ppl_m_s(times + low, count, 1.8, 1.0);
	}
	free(times);
	return s;
}

static bool hermes_table(struct trial *t, const char *name, struct table *out)
{
	char path[120];
	snprintf(path, sizeof(path), "data/pedestrian/uni-directional/%s.txt", name);
	return table_read(out, t->shared, path, 5);
}

void case_measures_on_hermes(struct trial *t)
{
	for (size_t k = 0; k < HERMES_RUNS; k++) {
		const struct hermes_run *r = &hermes_runs[k];
		struct table all;
		if (!hermes_table(t, r->name, &all)) {
			trial_skip(t, "the reference data are not here (CORDON_SHARED)");
			return;
		}
		struct seen s = read_hermes(&all);
		char figure[80];
		snprintf(figure, sizeof(figure), "%s: density", r->name);
		trial_within(t, figure, s.ppl_m2, "/m2", 0.9 * r->ppl_m2, 1.1 * r->ppl_m2);
		snprintf(figure, sizeof(figure), "%s: speed", r->name);
		trial_within(t, figure, s.ms, "m/s", 0.9 * r->ms, 1.1 * r->ms);
		snprintf(figure, sizeof(figure), "%s: flow", r->name);
		trial_within(t, figure, s.flow, "1/(m s)", 0.9 * r->flow, 1.1 * r->flow);
		table_free(&all);
	}
}

/* A waiting hall, an entrance, 4 m on the corridor of 8 m, an exit: read in its middle 2 m. */
static struct seen walk_hermes(struct trial *t, uint64_t seed, const struct hermes_run *r, uint32_t people)
{
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.cell_m = 0.1;
	double deep = people / (3.0 * 6.0), in = (1.8 - r->entrance_m) / 2.0, out = (1.8 - r->exit_m) / 2.0;
	stage_floor(&g, (struct box){-4.6 - deep, -2.1, -4.2, 3.9});
	stage_floor(&g, (struct box){-4.2, in, -4.0, in + r->entrance_m});
	stage_floor(&g, (struct box){-4.0, 0, 4.0, 1.8});
	stage_floor(&g, (struct box){4.0, out, 4.2, out + r->exit_m});
	stage_floor(&g, (struct box){4.2, -1, 8.0, 2.8});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){6.5, -1, 8.0, 2.8}));
	stage_strew(&g, (struct box){-4.5 - deep, -2.0, -4.4, 3.8}, people, 0.0, route);
	struct gauge *x = stage_gauge(&g, 0, 0, 0, 1.8);
	struct seen s = {NAN, NAN, NAN, people};
	/* The central half of the run, as with the experiment: first the run's length is learnt, then it is read. */
	for (int pass = 0; pass < 2; pass++) {
		double from = pass == 0 ? 0.0 : x->times_s[x->count / 4], to = pass == 0 ? 0.0 : x->times_s[3 * x->count / 4];
		g.meter_count = 0;
		struct meter *m = stage_meter(&g, (struct box){-1, 0, 1, 1.8}, from, to);
		x->count = 0;
		g.next_sample_s = 0.0;
		g.before_count = 0;
		crowd_scene_free(g.s);
		g.s = NULL;
		if (!stage_build(&g) || isnan(stage_run(&g, 900.0)) || x->count < people)
			break;
		s.ppl_m2 = m->density_ppl_m2;
		s.ms = m->speed_ms;
		s.flow = crowd_flow_ppl_m_s(x->times_s, x->count, 1.8, 0.5);
	}
	stage_end(&g);
	return s;
}

void case_hermes_runs(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 5);
	for (size_t k = 0; k < HERMES_RUNS; k++) {
		const struct hermes_run *r = &hermes_runs[k];
		if (t->short_form && k % 2 == 0)
			continue;
		struct table all;
		if (!hermes_table(t, r->name, &all)) {
			trial_skip(t, "the reference data are not here (CORDON_SHARED)");
			return;
		}
		struct seen real = read_hermes(&all), sum = {0.0, 0.0, 0.0, 0};
		table_free(&all);
		for (uint32_t i = 0; i < runs; i++) {
			struct seen s = walk_hermes(t, 1 + i, r, real.people);
			sum.ppl_m2 += s.ppl_m2 / runs;
			sum.ms += s.ms / runs;
			sum.flow += s.flow / runs;
		}
		char figure[80];
		snprintf(figure, sizeof(figure), "%s: flow : experiment", r->name);
		trial_within(t, figure, sum.flow / real.flow, "", 0.8, 1.2);
		snprintf(figure, sizeof(figure), "%s: speed (experiment %.2f m/s)", r->name, real.ms);
		trial_tell(t, figure, sum.ms, "m/s");
		snprintf(figure, sizeof(figure), "%s: density (experiment %.2f /m2)", r->name, real.ppl_m2);
		trial_tell(t, figure, sum.ppl_m2, "/m2");
		trial_point(t, "diagram", "Cordon, HERMES corridors", sum.ppl_m2, sum.ms);
		trial_point(t, "diagram", "HERMES corridors", real.ppl_m2, real.ms);
	}
}

/* ---- the corner EO: corridor 2.4 m wide round a right angle, fed through 0.5 to 2.4 m ---- */

static struct seen walk_corner(struct trial *t, uint64_t seed, double entrance_m)
{
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.cell_m = 0.1;
	double in = (2.4 - entrance_m) / 2.0;
	stage_floor(&g, (struct box){-14, -1.8, -6.2, 4.2});
	stage_floor(&g, (struct box){-6.2, in, -6.0, in + entrance_m});
	stage_floor(&g, (struct box){-6.0, 0, 2.4, 2.4});
	stage_floor(&g, (struct box){0, 0, 2.4, 9});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){0, 8, 2.4, 9}));
	stage_strew(&g, (struct box){-13.8, -1.7, -6.4, 4.1}, 130, 0.0, route);
	struct meter *m = stage_meter(&g, (struct box){-2.4, 0, 0, 2.4}, 15.0, 15.0 + fmin(45.0, 45.0 / entrance_m));
	struct seen s = {NAN, NAN, NAN, 130};
	if (stage_build(&g) && !isnan(stage_run(&g, 600.0)))
		s = (struct seen){m->density_ppl_m2, m->speed_ms, NAN, 130};
	stage_end(&g);
	return s;
}

void case_corner_experiment(struct trial *t)
{
	struct table all;
	if (!table_read_folder(&all, t->shared, "data/pedestrian/fd/4test_EO", 2)) {
		trial_skip(t, "the reference data are not here (CORDON_SHARED)");
		return;
	}
	uint32_t runs = trial_seeds(t, 1, 4);
	static const double entrances[] = {0.6, 1.0, 1.5, 2.4};
	double *speeds = malloc((all.rows + 1) * sizeof(double));
	for (size_t k = t->short_form ? 1 : 0; speeds != NULL && k < 4; k += t->short_form ? 2 : 1) {
		struct seen sum = {0.0, 0.0, 0.0, 0};
		for (uint32_t i = 0; i < runs; i++) {
			struct seen s = walk_corner(t, 1 + i, entrances[k]);
			sum.ppl_m2 += s.ppl_m2 / runs;
			sum.ms += s.ms / runs;
		}
		uint32_t count = 0;
		for (uint32_t i = 0; i < all.rows; i++)
			if (fabs(table_at(&all, i, 0) - sum.ppl_m2) <= 0.25)
				speeds[count++] = table_at(&all, i, 1);
		char figure[80];
		snprintf(figure, sizeof(figure), "fed through %.1f m: speed at %.2f /m2", entrances[k], sum.ppl_m2);
		trial_within(t, figure, sum.ms, "m/s", crowd_quantile(speeds, count, 0.1), crowd_quantile(speeds, count, 0.9));
	}
	free(speeds);
	table_free(&all);
}
