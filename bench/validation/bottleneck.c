/* Narrow places: flow by width, entrances by the width of the corridor before them, one real entrance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "stage.h"
#include "table.h"

#define RUNS_MAX 10

/* A crowd of 3 /m2 before a neck 2 m long; flow of the central 60 %, people a second. */
static double neck_flow(struct trial *t, uint64_t seed, double width_m)
{
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.cell_m = 0.1;
	double room = width_m > 3.0 ? 14.0 : 10.0, half = width_m / 2.0;
	uint32_t count = (uint32_t)(width_m < 1.4 ? 180.0 : 120.0 * width_m);
	double depth = count / (3.0 * room);
	stage_floor(&g, (struct box){-depth - 2, -room / 2, 0, room / 2});
	stage_floor(&g, (struct box){0, -half, 2, half});
	stage_floor(&g, (struct box){2, -room / 2, 8, room / 2});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){6, -room / 2, 8, room / 2}));
	stage_strew(&g, (struct box){-depth - 0.3, -room / 2 + 0.2, -0.3, room / 2 - 0.2}, count, 0.0, route);
	struct gauge *x = stage_gauge(&g, 1.0, -half, 1.0, half);
	double flow = NAN;
	if (stage_build(&g) && !isnan(stage_run(&g, 900.0)))
		flow = gauge_flow(x, 1.0);
	stage_end(&g);
	return flow;
}

static void draw_experiments(struct trial *t)
{
	static const char *const names[][2] = {{"1981Mueller.txt", "Mueller 1981"}, {"2006Kretz.txt", "Kretz 2006"},
		{"2006Nagai.txt", "Nagai 2006"}, {"2009Seyfried.txt", "Seyfried 2009"}, {"2010Daamen.txt", "Daamen 2010"}};
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		char path[120];
		struct table points;
		snprintf(path, sizeof(path), "data/pedestrian/bottleneck-flow/%s", names[k][0]);
		if (!table_read(&points, t->shared, path, 2))
			continue;
		for (uint32_t i = 0; i < points.rows; i++)
			trial_point(t, "bottleneck", names[k][1], table_at(&points, i, 0), table_at(&points, i, 1));
		table_free(&points);
	}
}

void case_bottleneck(struct trial *t)
{
	static const double widths[] = {0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0};
	uint32_t runs = trial_seeds(t, 4, 5), count = 0;
	double x[8], y[8];
	for (uint32_t k = 0; k < 8; k++) {
		if (t->short_form && k != 0 && k != 2 && k != 5 && k != 7) /* the extremes too */
			continue;
		double flows[RUNS_MAX];
		for (uint32_t i = 0; i < runs; i++)
			flows[i] = neck_flow(t, 1 + i, widths[k]);
		double flow = crowd_estimate_of(flows, runs).mean;
		char figure[60];
		snprintf(figure, sizeof(figure), "flow, %.1f m : 1.9 x width", widths[k]);
		trial_within(t, figure, flow / (1.9 * widths[k]), "", 0.9, 1.1);
		trial_point(t, "bottleneck", "Cordon", widths[k], flow);
		x[count] = widths[k];
		y[count++] = flow;
	}
	struct crowd_line_fit fit = crowd_fit_line(x, y, count);
	trial_within(t, "straight line through the flows: R2", fit.r2, "", 0.97, 1.0);
	trial_tell(t, "slope", fit.slope, "1/(m s)");
	draw_experiments(t);
}

/* ---- entrances: a gate of half a metre behind a corridor ---- */

struct entrance { double density_ppl_m2, for_s; };

/* Mean density in the box 1.2 x 1.2 m before the gate while the middle half of the people passes: by both moments. */
static double density_between(const double *moments_s, const double *densities, uint32_t count, double from_s, double to_s)
{
	double sum = 0.0;
	uint32_t samples = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (moments_s[i] < from_s || moments_s[i] > to_s)
			continue;
		sum += densities[i];
		samples++;
	}
	return samples > 0 ? sum / samples : NAN;
}

struct before_gate { double moments_s[4000], densities[4000]; uint32_t count; };

static const double before_gate_xy[] = {-0.6, 0.1, 0.6, 0.1, 0.6, 1.3, -0.6, 1.3};

static void watch_before_gate(struct stage *g)
{
	struct before_gate *b = g->ctx;
	double now_s = crowd_scene_now_s(g->s);
	if (b->count == 4000 || now_s < 0.5 * b->count)
		return;
	uint32_t count, people = 0;
	const struct crowd_walker *w = crowd_scene_walkers(g->s, &count);
	for (uint32_t i = 0; i < count; i++)
		people += fabsf(w[i].x_m) < 0.6f && w[i].y_m > 0.1f && w[i].y_m < 1.3f;
	b->moments_s[b->count] = now_s;
	b->densities[b->count++] = people / 1.44;
}

static struct entrance entrance_read(const struct gauge *x, const struct before_gate *b)
{
	if (x->count < 8)
		return (struct entrance){NAN, NAN};
	return (struct entrance){density_between(b->moments_s, b->densities, b->count, x->times_s[x->count / 4],
		x->times_s[3 * x->count / 4]),
		x->times_s[x->count - 1] - x->times_s[0]};
}

static struct entrance corridor_entrance(struct trial *t, uint64_t seed, double corridor_m)
{
	struct entrance result = {NAN, NAN};
	struct before_gate *b = calloc(1, sizeof(*b));
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.cell_m = 0.1;
	double deep = 75.0 / (2.0 * corridor_m), half = corridor_m / 2.0;
	stage_floor(&g, (struct box){-half, 0, half, deep + 3});
	stage_floor(&g, (struct box){-0.25, -0.8, 0.25, 0});
	stage_floor(&g, (struct box){-3, -5, 3, -0.8});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){-3, -5, 3, -3.5}));
	stage_strew(&g, (struct box){-half + 0.1, 0.4, half - 0.1, 0.4 + deep}, 75, 0.0, route);
	struct gauge *x = stage_gauge(&g, -0.25, -0.4, 0.25, -0.4);
	g.each_step = watch_before_gate;
	g.ctx = b;
	if (b != NULL && stage_build(&g) && !isnan(stage_run(&g, 900.0)) && x->count == 75)
		result = entrance_read(x, b);
	stage_end(&g);
	free(b);
	return result;
}

void case_entrance_width(struct trial *t)
{
	static const double widths[] = {1.2, 2.3, 3.4, 4.5, 5.6};
	uint32_t runs = trial_seeds(t, 2, 8);
	double narrow = NAN, wide = NAN, shortest = INFINITY, longest = 0.0;
	for (uint32_t k = 0; k < 5; k++) {
		if (t->short_form && k != 0 && k != 4)
			continue;
		double densities[RUNS_MAX], durations[RUNS_MAX];
		for (uint32_t i = 0; i < runs; i++) {
			struct entrance e = corridor_entrance(t, 1 + i, widths[k]);
			densities[i] = e.density_ppl_m2;
			durations[i] = e.for_s;
		}
		double density = crowd_estimate_of(densities, runs).mean, for_s = crowd_estimate_of(durations, runs).mean;
		char figure[60];
		snprintf(figure, sizeof(figure), "density before the gate, corridor %.1f m", widths[k]);
		trial_tell(t, figure, density, "/m2");
		snprintf(figure, sizeof(figure), "first to last of 75, corridor %.1f m", widths[k]);
		trial_tell(t, figure, for_s, "s");
		narrow = k == 0 ? density : narrow;
		wide = k == 4 ? density : wide;
		shortest = fmin(shortest, isnan(for_s) ? -INFINITY : for_s);
		longest = fmax(longest, isnan(for_s) ? INFINITY : for_s);
	}
	trial_within(t, "density, widest : narrowest corridor", wide / narrow, "", 1.5, INFINITY);
	trial_within(t, "duration, longest : shortest", longest / shortest, "", 1.0, 1.1 / 0.9);
}

/* Run 040_c_56_h-: 75 people, gate 0.5 m behind a corridor of 5.6 m (Juelich, doi 10.34735/ped.2018.1), 25 frames a second. */
static struct entrance experiment_entrance(const struct table *all, double *out_flow)
{
	struct entrance result = {NAN, NAN};
	struct before_gate *b = calloc(1, sizeof(*b));
	double *times = malloc((all->rows + 1) * sizeof(double));
	uint32_t passed = 0, frames = 0;
	*out_flow = NAN;
	if (b == NULL || times == NULL)
		goto out;
	const double line[4] = {-0.25, -0.4, 0.25, -0.4};
	for (uint32_t i = 1; i < all->rows; i++)
		if (table_at(all, i, 0) == table_at(all, i - 1, 0) && crowd_crossing(line, table_at(all, i - 1, 2), table_at(all, i - 1, 3),
				table_at(all, i, 2), table_at(all, i, 3)) > 0)
			times[passed++] = table_at(all, i, 1) / 25.0;
	crowd_quantile(times, passed, 0.5); /* sorts them */
	for (uint32_t i = 0; i < all->rows; i++)
		frames = (uint32_t)fmax(frames, table_at(all, i, 1));
	for (uint32_t k = 0; k < 4000 && k * 12 <= frames; k++)
		b->moments_s[b->count++] = k * 12 / 25.0;
	for (uint32_t i = 0; i < all->rows; i++) {
		uint32_t frame = (uint32_t)table_at(all, i, 1);
		double x = table_at(all, i, 2), y = table_at(all, i, 3);
		if (frame % 12 == 0 && frame / 12 < b->count && x > before_gate_xy[0] && x < before_gate_xy[2]
			&& y > before_gate_xy[1] && y < before_gate_xy[5])
			b->densities[frame / 12] += 1.0 / 1.44;
	}
	const struct gauge seen = {.count = passed, .times_s = times};
	result = entrance_read(&seen, b);
	*out_flow = crowd_flow_ppl_m_s(times, passed, 1.0, 0.6);
out:
	free(b);
	free(times);
	return result;
}

static struct entrance simulated_entrance(struct trial *t, uint64_t seed, const struct table *all, double *out_flow)
{
	struct entrance result = {NAN, NAN};
	struct before_gate *b = calloc(1, sizeof(*b));
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.cell_m = 0.1;
	/* The barriers as SOURCES.md gives them; the corridor's back stays open. */
	stage_floor(&g, (struct box){-2.8, 0, 2.8, 8});
	stage_floor(&g, (struct box){-0.25, -1.1, 0.25, 0});
	stage_floor(&g, (struct box){-3, -5, 3, -1.1});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){-3, -5, 3, -3.5}));
	for (uint32_t i = 0; i < all->rows; i++)
		if (i == 0 || table_at(all, i, 0) != table_at(all, i - 1, 0)) /* everybody where he was first seen */
			stage_place(&g, fmin(2.6, fmax(-2.6, table_at(all, i, 2))), fmin(7.8, fmax(0.2, table_at(all, i, 3))), 0.0, 0.0, route);
	struct gauge *x = stage_gauge(&g, -0.25, -0.4, 0.25, -0.4);
	g.each_step = watch_before_gate;
	g.ctx = b;
	*out_flow = NAN;
	if (b != NULL && stage_build(&g) && !isnan(stage_run(&g, 900.0))) {
		result = entrance_read(x, b);
		*out_flow = gauge_flow(x, 1.0);
	}
	stage_end(&g);
	free(b);
	return result;
}

void case_entrance_run(struct trial *t)
{
	struct table all;
	if (!table_read(&all, t->shared, "data/pedestrian/bottleneck/040_c_56_h-.txt", 5)) {
		trial_skip(t, "the reference data are not here (CORDON_SHARED)");
		return;
	}
	uint32_t runs = trial_seeds(t, 2, 8);
	double flow, flows[RUNS_MAX], densities[RUNS_MAX], durations[RUNS_MAX];
	struct entrance seen = experiment_entrance(&all, &flow);
	for (uint32_t i = 0; i < runs; i++) {
		struct entrance e = simulated_entrance(t, 1 + i, &all, &flows[i]);
		densities[i] = e.density_ppl_m2;
		durations[i] = e.for_s;
	}
	trial_tell(t, "experiment: flow", flow, "1/s");
	trial_within(t, "flow : experiment", crowd_estimate_of(flows, runs).mean / flow, "", 0.85, 1.15);
	trial_tell(t, "experiment: first to last", seen.for_s, "s");
	trial_within(t, "first to last : experiment", crowd_estimate_of(durations, runs).mean / seen.for_s, "", 0.85, 1.15);
	trial_tell(t, "experiment: density before the gate", seen.density_ppl_m2, "/m2");
	trial_within(t, "density before the gate : experiment", crowd_estimate_of(densities,
		runs).mean / seen.density_ppl_m2, "", 0.75, 1.25);
	table_free(&all);
}
