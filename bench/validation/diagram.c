/* Speed over density: corridors, single file.
 *
 * A corridor 220 m long is filled evenly; people walk for 70 s and are read at 120 m from 10 s on: what happens at the open ends has
 * not come there yet (nothing travels faster than people forwards, or faster than 1.5 m/s backwards). */
#include "diagram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "table.h"

static struct diagram_point diagram_run(struct trial *t, uint64_t seed, struct diagram_case c)
{
	struct stage g;
	stage_begin(&g, t, seed);
	if (c.mean_ms > 0.0) { /* another population: all else as the default body */
		g.settings.body.speed_min_ms += c.mean_ms - g.settings.body.speed_ms;
		g.settings.body.speed_max_ms += c.mean_ms - g.settings.body.speed_ms;
		g.settings.body.speed_ms = c.mean_ms;
	}
	double length = 220.0, from_y = c.width_m / 2.0 - 1.0;
	stage_floor(&g, (struct box){-2, 0, length + 2, c.width_m});
	uint32_t east = stage_route_to(&g, stage_exit(&g, (struct box){length + 1, 0, length + 2, c.width_m}));
	uint32_t west = stage_route_to(&g, stage_exit(&g, (struct box){-2, 0, -1, c.width_m}));
	uint32_t count = (uint32_t)(c.density_ppl_m2 * length * c.width_m + 0.5);
	/* Each way its own lattice would lay people on each other: one lattice, every other one by chance the other way. */
	double columns = ceil(sqrt(count * length / c.width_m)), rows = ceil(count / columns);
	for (uint32_t k = 0; k < count; k++) {
		uint32_t place = (uint32_t)(k * columns * rows / count), across = (uint32_t)columns;
		double px = length / columns, py = c.width_m / rows, body = 2.0 * g.settings.body.radius_m + 0.005;
		double jx = fmax(0.0, fmin(0.3 * px, (px - body) / 2.0)), jy = fmax(0.0, fmin(0.3 * py, (py - body) / 2.0));
		double u = crowd_draw_unit(seed, k, CROWD_ASK_PLACE, 0), v = crowd_draw_unit(seed, k, CROWD_ASK_PLACE, 1);
		bool back = c.both_ways && crowd_draw_unit(seed, k, CROWD_ASK_DIRECTION, 0) < 0.5;
		stage_place(&g, (place % across + 0.5) * px + (2.0 * u - 1.0) * jx, (place / across + 0.5) * py + (2.0 * v - 1.0) * jy,
			c.speed_ms, 0.0, back ? west : east);
	}
	for (int k = -1; k <= 1; k++) {
		struct meter *m = stage_meter(&g, (struct box){119 + 4.0 * k, from_y, 121 + 4.0 * k, from_y + 2}, 10.0, 70.0);
		m->along_x = c.both_ways ? 0.0 : 1.0;
	}
	struct diagram_point p = {NAN, NAN};
	if (stage_build(&g)) {
		stage_run(&g, 70.0);
		double people = 0.0, speed = 0.0, speeds = 0.0;
		for (int k = 0; k < 3; k++) {
			people += g.meters[k].density_ppl_m2 / 3.0;
			speed += g.meters[k].speed_sum;
			speeds += g.meters[k].speeds;
		}
		p = (struct diagram_point){people, speed / speeds};
	}
	stage_end(&g);
	return p;
}

struct diagram_point diagram_mean(struct trial *t, uint32_t runs, struct diagram_case c)
{
	struct diagram_point sum = {0.0, 0.0};
	for (uint32_t i = 0; i < runs; i++) {
		struct diagram_point p = diagram_run(t, 1 + i, c);
		sum.density_ppl_m2 += p.density_ppl_m2 / runs;
		sum.speed_ms += p.speed_ms / runs;
	}
	return sum;
}

void case_diagram_rimea(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 2);
	const double all[] = {0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
	double before = INFINITY;
	for (int k = t->short_form ? 1 : 0; k < (t->short_form ? 4 : 7); k++) {
		struct diagram_point p = diagram_mean(t, runs, (struct diagram_case){.density_ppl_m2 = all[k], .width_m = 4.0, .speed_ms = 1.34});
		char figure[80];
		snprintf(figure, sizeof(figure), "speed at %.0f /m2 (falls)", all[k]);
		if (k == 0)
			snprintf(figure, sizeof(figure), "speed at 0.5 /m2");
		trial_within(t, figure, p.speed_ms, "m/s", 0.0, before);
		before = p.speed_ms;
		if (all[k] > 3.0)
			continue;
		double hermes = p.speed_ms / crowd_speed_hermes_ms(fmin(p.density_ppl_m2, 3.0)) - 1.0;
		snprintf(figure, sizeof(figure), "at %.1f /m2: off HERMES 2009", all[k]);
		trial_within(t, figure, 100.0 * hermes, "%", -15.0, 15.0);
		snprintf(figure, sizeof(figure), "at %.1f /m2: off Weidmann 1993", all[k]);
		trial_tell(t, figure, 100.0 * (p.speed_ms / crowd_speed_weidmann_ms(p.density_ppl_m2) - 1.0), "%");
	}
}

void case_diagram_imo(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 2);
	struct diagram_point moderate = diagram_mean(t, runs, (struct diagram_case){.density_ppl_m2 = 1.75, .width_m = 4.0});
	struct diagram_point high = diagram_mean(t, runs, (struct diagram_case){.density_ppl_m2 = 4.0, .width_m = 4.0});
	double flow = moderate.density_ppl_m2 * moderate.speed_ms;
	trial_tell(t, "flow at 1.75 /m2", flow, "1/(m s)");
	trial_within(t, "flow at 4 /m2", high.density_ppl_m2 * high.speed_ms, "1/(m s)", 0.0, 0.9 * flow);
}

/* Those points of the table whose density is within `reach` of `density`: the 10 % and 90 % quantile of their speeds. */
static uint32_t band(const struct table *all, double density, double reach, double *out_low, double *out_high, double *out_median)
{
	double *speeds = malloc((all->rows + 1) * sizeof(double));
	uint32_t count = 0;
	for (uint32_t i = 0; speeds != NULL && i < all->rows; i++)
		if (fabs(table_at(all, i, 0) - density) <= reach)
			speeds[count++] = table_at(all, i, 1);
	*out_low = crowd_quantile(speeds, count, 0.1);
	*out_median = crowd_quantile(speeds, count, 0.5);
	*out_high = crowd_quantile(speeds, count, 0.9);
	free(speeds);
	return count;
}

static void draw_band(struct trial *t, const char *picture, const struct table *all, double step, double last)
{
	for (double density = step; density <= last; density += step) {
		double low, high, median;
		if (band(all, density, step / 2.0, &low, &high, &median) < 5)
			continue;
		trial_point(t, picture, "low", density, low);
		trial_point(t, picture, "median", density, median);
		trial_point(t, picture, "high", density, high);
	}
}

void case_diagram_own(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 3);
	double step = t->short_form ? 1.0 : 0.25;
	for (double density = t->short_form ? 1.0 : 0.5; density <= (t->short_form ? 3.01 : 5.01); density += step) {
		struct diagram_point p = diagram_mean(t, runs, (struct diagram_case){.density_ppl_m2 = density, .width_m = 4.0});
		trial_point(t, "diagram", "Cordon", p.density_ppl_m2, p.speed_ms);
		if (density > 3.01)
			continue;
		char figure[80];
		snprintf(figure, sizeof(figure), "speed at %.2f /m2: off HERMES 2009", density);
		trial_within(t, figure, 100.0 * (p.speed_ms / crowd_speed_hermes_ms(fmin(p.density_ppl_m2, 3.0)) - 1.0), "%", -15.0, 15.0);
	}
	for (double density = 0.1; density <= 5.41; density += 0.1)
		trial_point(t, "diagram", "Weidmann 1993", density, crowd_speed_weidmann_ms(density));
}

void case_scatter(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 3);
	struct table hermes;
	if (!table_read_folder(&hermes, t->shared, "data/pedestrian/fd/3test_UO", 2)) {
		trial_skip(t, "the reference data are not here (CORDON_SHARED)");
		return;
	}
	draw_band(t, "diagram", &hermes, 0.25, 4.0);
	double low, high, free_ms;
	band(&hermes, 0.25, 0.25, &low, &high, &free_ms);
	trial_tell(t, "the participants' free speed (median below 0.5 /m2)", free_ms, "m/s");
	double step = t->short_form ? 1.0 : 0.25;
	for (double density = t->short_form ? 1.0 : 0.5; density <= 3.01; density += step) {
		double median;
		char figure[80];
		struct diagram_point adults = diagram_mean(t, runs, (struct diagram_case){.density_ppl_m2 = density, .width_m = 4.0});
		band(&hermes, adults.density_ppl_m2, 0.125, &low, &high, &median);
		snprintf(figure, sizeof(figure), "speed at %.2f /m2", density);
		trial_within(t, figure, adults.speed_ms, "m/s", low, high);
		struct diagram_point students = diagram_mean(t, runs,
			(struct diagram_case){.density_ppl_m2 = density, .width_m = 4.0, .mean_ms = free_ms});
		snprintf(figure, sizeof(figure), "%s the same with the participants' free speed", students.speed_ms >= low
			&& students.speed_ms <= high
			? "inside:" : "outside:");
		trial_tell(t, figure, students.speed_ms, "m/s");
		trial_point(t, "diagram", "Cordon at the participants' free speed", students.density_ppl_m2, students.speed_ms);
	}
	table_free(&hermes);
}

/* ---- RiMEA 16: single file ---- */

#define RING_M 26.0 /* the oval of the experiments */
#define RINGS 6

/* A ring is a line that repeats itself: everybody of one copy has a twin in the next. Read is the copy in the middle, whose speed at
 * no time knows of the open ends: in front of the slowest of the first copy the way is free, as it is for him on the ring. */
struct file_run { uint32_t first, count; double x30, x90; uint32_t seen30, seen90; };

static void watch_file(struct stage *g)
{
	struct file_run *f = g->ctx;
	double now_s = crowd_scene_now_s(g->s);
	bool early = fabs(now_s - 30.0) < 0.024, late = fabs(now_s - 90.0) < 0.024;
	if (!early && !late)
		return;
	uint32_t count;
	const struct crowd_walker *w = crowd_scene_walkers(g->s, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (w[i].number < f->first || w[i].number >= f->first + f->count)
			continue;
		if (early)
			f->x30 += (double)w[i].x_m, f->seen30++;
		else
			f->x90 += (double)w[i].x_m, f->seen90++;
	}
}

static double file_speed(struct trial *t, uint64_t seed, double density_ppl_m)
{
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.cell_m = 0.1;
	double width = 0.4, long_m = RINGS * RING_M + 140.0;
	stage_floor(&g, (struct box){-1, 0, long_m, width});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){long_m - 1, 0, long_m, width}));
	uint32_t n = (uint32_t)(density_ppl_m * RING_M + 0.5);
	struct crowd_body b = g.settings.body;
	for (uint32_t k = 0; k < n * RINGS; k++) {
		uint32_t of = k % n;
		double speed = NAN; /* drawn for the one on the ring, so that his twins have it too: a normal cut at both ends */
		for (uint32_t try = 0; !(speed >= b.speed_min_ms && speed <= b.speed_max_ms) && try < 1000; try++)
			speed = b.speed_ms + b.speed_sd_ms * crowd_draw_normal(seed, of, CROWD_ASK_SPEED, try);
		double jitter = fmax(0.0, fmin(0.2, RING_M / n - 0.32)) * (crowd_draw_unit(seed, of, CROWD_ASK_PLACE, 0) - 0.5);
		stage_place(&g, k / n * RING_M + (of + 0.5) * RING_M / n + jitter, width / 2.0, speed, 0.0, route);
	}
	struct file_run f = {.first = 2 * n, .count = n};
	g.each_step = watch_file;
	g.ctx = &f;
	double speed = NAN;
	if (stage_build(&g)) {
		stage_run(&g, 90.1);
		speed = f.seen30 == n && f.seen90 == n ? (f.x90 - f.x30) / n / 60.0 : NAN;
	}
	stage_end(&g);
	return speed;
}

void case_single_file(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 5);
	struct table juelich;
	if (!table_read_folder(&juelich, t->shared, "data/pedestrian/fd/1test_1D", 2)) {
		trial_skip(t, "the reference data are not here (CORDON_SHARED)");
		return;
	}
	double step = t->short_form ? 0.5 : 0.2;
	for (double density = 0.6; density <= 2.41; density += step) {
		double speed = 0.0, low, high, median, there = floor(density * RING_M + 0.5) / RING_M;
		for (uint32_t i = 0; i < runs; i++)
			speed += file_speed(t, 1 + i, density) / runs;
		band(&juelich, there, 0.1, &low, &high, &median);
		trial_point(t, "single-file", "Cordon", there, speed);
		char figure[80];
		snprintf(figure, sizeof(figure), "speed at %.1f /m", density);
		trial_within(t, figure, speed, "m/s", low, high);
	}
	draw_band(t, "single-file", &juelich, 0.1, 2.8);
	table_free(&juelich);
}
