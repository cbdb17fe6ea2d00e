/* The simplest demands: a walker keeps his speed, on stairs too; people start when told, turn corners, and are as fast as drawn. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "stage.h"

/* A walker from x = 0 along a corridor 2 m wide: seconds until he has gone `length_m`. */
static double walk_alone_s(struct trial *t, double length_m, double speed_ms)
{
	struct stage g;
	stage_begin(&g, t, 1);
	stage_floor(&g, (struct box){-2, 0, length_m + 3, 2});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){length_m + 1, 0, length_m + 3, 2}));
	stage_place(&g, 0.0, 1.0, speed_ms, 0.0, route);
	/* From right to left of the line's first end: looking north along it, the walker comes from its left. */
	struct gauge *x = stage_gauge(&g, length_m, 0, length_m, 2);
	double at_s = NAN;
	if (stage_build(&g)) {
		stage_run(&g, 10.0 + 4.0 * length_m / speed_ms);
		at_s = x->count == 1 ? x->times_s[0] : NAN;
	}
	stage_end(&g);
	return at_s;
}

void case_corridor_rimea(struct trial *t)
{
	trial_seeds(t, 1, 1);
	double at_s = walk_alone_s(t, 40.0, 1.33);
	trial_within(t, "travel time (guideline)", at_s, "s", 26.0, 34.0);
	trial_within(t, "travel time (ours: 30.1 s +- 1 %)", at_s, "s", 0.99 * 40.0 / 1.33, 1.01 * 40.0 / 1.33);
}

void case_corridor_imo(struct trial *t)
{
	trial_seeds(t, 1, 1);
	trial_within(t, "travel time", walk_alone_s(t, 40.0, 1.0), "s", 0.99 * 40.0, 1.01 * 40.0);
}

void case_corridor_nist(struct trial *t)
{
	trial_seeds(t, 1, 1);
	trial_within(t, "speed", 40.0 / walk_alone_s(t, 40.0, 1.0), "m/s", 0.95, 1.05);
}

/* A stair of `length_m` along its slope, walked upwards (to the right) or downwards at `factor` of the speed. Gives the speed on it. */
static double stair_speed_ms(struct trial *t, double length_m, double speed_ms, double factor, bool upwards)
{
	struct stage g;
	stage_begin(&g, t, 1);
	stage_floor(&g, (struct box){-4, 0, length_m + 4, 2});
	stage_slow(&g, (struct box){0, 0, length_m, 2}, factor);
	uint32_t right = stage_exit(&g, (struct box){length_m + 3, 0, length_m + 4, 2}), left = stage_exit(&g, (struct box){-4, 0, -3, 2});
	stage_place(&g, upwards ? -1.5 : length_m + 1.5, 1.0, speed_ms, 0.0, stage_route_to(&g, upwards ? right : left));
	double at = upwards ? 0.0 : length_m, to = upwards ? length_m : 0.0, y0 = upwards ? 0.0 : 2.0;
	struct gauge *first = stage_gauge(&g, at, y0, at, 2.0 - y0), *last = stage_gauge(&g, to, y0, to, 2.0 - y0);
	double result = NAN;
	if (stage_build(&g)) {
		stage_run(&g, 20.0 + 8.0 * length_m / speed_ms);
		result = first->count == 1 && last->count == 1 ? length_m / (last->times_s[0] - first->times_s[0]) : NAN;
	}
	stage_end(&g);
	return result;
}

static void stair(struct trial *t, double speed_ms, double factor, bool upwards)
{
	trial_seeds(t, 1, 1);
	double wanted_s = 10.0 / (speed_ms * factor);
	trial_within(t, "time on the stair", 10.0 / stair_speed_ms(t, 10.0, speed_ms, factor, upwards), "s",
		0.95 * wanted_s, 1.05 * wanted_s);
}

void case_stair_up_rimea(struct trial *t)
{
	stair(t, 1.33, 0.5, true);
}

void case_stair_down_rimea(struct trial *t)
{
	stair(t, 1.33, 0.65, false);
}

void case_stair_up_imo(struct trial *t)
{
	stair(t, 1.0, 0.5, true);
}

void case_stair_down_imo(struct trial *t)
{
	stair(t, 1.0, 0.65, false);
}

void case_stair_nist(struct trial *t)
{
	trial_seeds(t, 1, 1);
	trial_within(t, "speed up", stair_speed_ms(t, 100.0, 1.25, 0.8, true), "m/s", 0.95, 1.05);
	trial_within(t, "speed down", stair_speed_ms(t, 100.0, 1.25, 0.8, false), "m/s", 0.95, 1.05);
}

/* When each of the first `count` walkers was first seen moving. */
struct starts { double at_s[512]; uint32_t count; float x[512], y[512]; };

static void watch_starts(struct stage *g)
{
	struct starts *s = g->ctx;
	uint32_t count;
	const struct crowd_walker *w = crowd_scene_walkers(g->s, &count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = w[i].number;
		if (n >= s->count || !isnan(s->at_s[n]))
			continue;
		if (!isnan(s->x[n]) && (fabsf(w[i].x_m - s->x[n]) > 1e-4f || fabsf(w[i].y_m - s->y[n]) > 1e-4f))
			s->at_s[n] = crowd_scene_now_s(g->s);
		s->x[n] = w[i].x_m;
		s->y[n] = w[i].y_m;
	}
}

/* Room 8 x 5 m, a door of 1 m in the middle of the wall of 5 m. People start as told. */
static void run_starts(struct trial *t, const double *starts_s, uint32_t count, struct starts *seen)
{
	struct stage g;
	stage_begin(&g, t, 1);
	stage_floor(&g, (struct box){0, 0, 8, 5});
	stage_floor(&g, (struct box){8, 2, 9.5, 3});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){8.5, 2, 9.5, 3}));
	*seen = (struct starts){.count = count};
	for (uint32_t i = 0; i < count; i++) {
		uint32_t columns = (uint32_t)ceil(sqrt(count * 1.4));
		stage_place(&g, 0.5 + 7.0 * (i % columns + 0.5) / columns, 0.5 + 4.0 * (i / columns + 0.5) / columns * 1.2,
			1.0, starts_s[i], route);
		seen->at_s[i] = NAN;
		/* Seen before the first step at his place. */
		seen->x[i] = (float)(0.5 + 7.0 * (i % columns + 0.5) / columns);
		seen->y[i] = (float)(0.5 + 4.0 * (i / columns + 0.5) / columns * 1.2);
	}
	g.each_step = watch_starts;
	g.ctx = seen;
	if (stage_build(&g))
		trial_tell(t, "all out", stage_run(&g, 1000.0), "s");
	stage_end(&g);
}

static void starts_as_told(struct trial *t, const double *starts_s)
{
	trial_seeds(t, 1, 1);
	struct starts *seen = calloc(1, sizeof(*seen));
	if (seen == NULL)
		return;
	run_starts(t, starts_s, 10, seen);
	double furthest = 0.0;
	for (uint32_t i = 0; i < 10; i++)
		furthest = fmax(furthest, isnan(seen->at_s[i]) ? INFINITY : fabs(seen->at_s[i] - starts_s[i]));
	trial_within(t, "largest difference between told and seen start", furthest, "s", 0.0, 2.0 * 0.05 + 1e-6);
	free(seen);
}

void case_starts_fixed(struct trial *t)
{
	const double starts[10] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
	starts_as_told(t, starts);
}

void case_starts_drawn(struct trial *t)
{
	double starts[10];
	for (uint32_t i = 0; i < 10; i++)
		starts[i] = 10.0 + 90.0 * crowd_draw_unit(4, i, CROWD_ASK_DELAY, 0);
	starts_as_told(t, starts);
}

/* The four distributions, by inverse and by share. Seconds. */
struct law { int form; };
static double normal_share(double z)
{
	return 0.5 * erfc(-z / sqrt(2.0));
}
static double normal_draw(uint64_t seed, uint64_t who)
{
	return sqrt(-2.0 * log(crowd_draw_unit(seed, who, CROWD_ASK_DELAY, 0))) * cos(2.0 * M_PI * crowd_draw_unit(seed,
		who, CROWD_ASK_DELAY, 1));
}
static double law_draw(int form, uint64_t seed, uint64_t who)
{
	double u = crowd_draw_unit(seed, who, CROWD_ASK_DELAY, 2);
	switch (form) {
	case 0: return 10.0 + 90.0 * u;
	case 1: return 60.0 + 10.0 * normal_draw(seed, who);
	case 2: return exp(3.5 + 0.4 * normal_draw(seed, who));
	default: return 40.0 * pow(-log(u), 1.0 / 2.0);
	}
}
static double law_share(void *ctx, double x)
{
	switch (((const struct law *)ctx)->form) {
	case 0: return fmin(1.0, fmax(0.0, (x - 10.0) / 90.0));
	case 1: return normal_share((x - 60.0) / 10.0);
	case 2: return x <= 0.0 ? 0.0 : normal_share((log(x) - 3.5) / 0.4);
	default: return x <= 0.0 ? 0.0 : 1.0 - exp(-(x / 40.0) * (x / 40.0));
	}
}

void case_starts_distributions(struct trial *t)
{
	static const char *const names[] = {"uniform: p", "normal: p", "lognormal: p", "Weibull: p"};
	uint32_t runs = trial_seeds(t, 10, 40);
	struct starts *seen = calloc(1, sizeof(*seen));
	for (int form = 0; seen != NULL && form < 4; form++) {
		double all[400];
		for (uint32_t run = 0; run < runs; run++) {
			double starts[10];
			for (uint32_t i = 0; i < 10; i++)
				starts[i] = law_draw(form, 100 + run, i + 1000u * (uint32_t)form);
			run_starts(t, starts, 10, seen);
			for (uint32_t i = 0; i < 10; i++)
				all[10 * run + i] = seen->at_s[i];
		}
		struct law law = {form};
		trial_within(t, names[form], crowd_ks_p(all, 10 * runs, law_share, &law), "", 0.05, 1.0);
	}
	free(seen);
}

/* How far outside of the L anybody's centre ever was. */
static void watch_corner(struct stage *g)
{
	double *outside_m = g->ctx;
	uint32_t count;
	const struct crowd_walker *w = crowd_scene_walkers(g->s, &count);
	for (uint32_t i = 0; i < count; i++) {
		double x = (double)w[i].x_m, y = (double)w[i].y_m;
		double a = fmax(fmax(-x, x - 12.0), fmax(-y, y - 2.0)), b = fmax(fmax(10.0 - x, x - 12.0), fmax(-y, y - 12.0));
		*outside_m = fmax(*outside_m, fmin(a, b));
	}
}

/* Arms of 10 m, 2 m wide: from the west, then left. */
void case_corner(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 3, 20);
	double outside_m = -1.0, slowest_s = 0.0;
	for (uint32_t run = 0; run < runs; run++) {
		struct stage g;
		stage_begin(&g, t, 1 + run);
		stage_floor(&g, (struct box){0, 0, 12, 2});
		stage_floor(&g, (struct box){10, 0, 12, 12});
		stage_strew(&g, (struct box){0, 0, 6, 2}, 20, 0.0, stage_route_to(&g, stage_exit(&g, (struct box){10, 11, 12, 12})));
		g.each_step = watch_corner;
		g.ctx = &outside_m;
		double out_s = stage_build(&g) ? stage_run(&g, 200.0) : NAN;
		slowest_s = isnan(out_s) ? INFINITY : fmax(slowest_s, out_s);
		stage_end(&g);
	}
	trial_within(t, "furthest centre outside the walls", outside_m, "m", -INFINITY, 0.001);
	trial_within(t, "all out, slowest run", slowest_s, "s", 0.0, 60.0);
}

/* Speeds as walked: each alone on his own lane, 3 m from the next. */
static uint32_t walked_speeds(struct trial *t, struct crowd_body body, uint64_t seed, uint32_t count, double *speeds)
{
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.body = body;
	g.settings.cell_m = 1.0;
	stage_floor(&g, (struct box){0, 0, 40, 3.0 * count});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){38, 0, 40, 3.0 * count}));
	for (uint32_t i = 0; i < count; i++)
		stage_place(&g, 1.0, 3.0 * i + 1.5, 0.0, 0.0, route);
	uint32_t found = 0;
	if (stage_build(&g)) {
		stage_run(&g, 200.0);
		uint32_t born;
		const struct crowd_left *left = crowd_scene_left(g.s, &born);
		for (uint32_t i = 0; i < born; i++)
			speeds[found++] = left[i].walked_m / (left[i].at_left_s - left[i].at_started_s);
	}
	stage_end(&g);
	return found;
}

/* A normal cut at both ends. */
static double body_share(void *ctx, double x)
{
	const struct crowd_body *b = ctx;
	double low = normal_share((b->speed_min_ms - b->speed_ms) / b->speed_sd_ms);
	double high = normal_share((b->speed_max_ms - b->speed_ms) / b->speed_sd_ms);
	double at = normal_share((x - b->speed_ms) / b->speed_sd_ms);
	return fmin(1.0, fmax(0.0, (at - low) / (high - low)));
}

static struct crowd_body body_of(double mean, double sd, double low, double high)
{
	struct crowd_body b = crowd_body_default();
	b.speed_ms = mean;
	b.speed_sd_ms = sd;
	b.speed_min_ms = low;
	b.speed_max_ms = high;
	return b;
}

static void speeds_of_group(struct trial *t, const char *name, struct crowd_body body, uint64_t seed, uint32_t count)
{
	double low = INFINITY, high = 0.0;
	uint32_t of_it = 0;
	for (uint32_t run = 0; run < t->seeds; run++) {
		double speeds[128];
		uint32_t found = walked_speeds(t, body, seed + 10 * run, count, speeds);
		for (uint32_t i = 0; i < found; i++) {
			low = fmin(low, speeds[i]);
			high = fmax(high, speeds[i]);
		}
		of_it += found == count && crowd_ks_p(speeds, found, body_share, &body) > 0.05;
	}
	char figure[80];
	/* One sample in twenty fails by chance: more than five of twenty do in one case of three thousand. */
	snprintf(figure, sizeof(figure), "%s: runs with p > 0.05", name);
	trial_within(t, figure, 100.0 * of_it / t->seeds, "%", 75.0, 100.0);
	snprintf(figure, sizeof(figure), "%s: slowest", name);
	trial_within(t, figure, low, "m/s", body.speed_min_ms - 0.01, INFINITY);
	snprintf(figure, sizeof(figure), "%s: fastest", name);
	trial_within(t, figure, high, "m/s", 0.0, body.speed_max_ms + 0.01);
}

void case_speeds_by_age(struct trial *t)
{
	trial_seeds(t, 20, 20);
	speeds_of_group(t, "under 30", body_of(1.10, 0.26, 0.58, 1.61), 1, 50);
	speeds_of_group(t, "30 to 50", body_of(1.475, 0.05, 1.41, 1.54), 2, 50);
	speeds_of_group(t, "over 50", body_of(1.05, 0.18, 0.68, 1.41), 3, 50);
	speeds_of_group(t, "impaired", body_of(0.61, 0.08, 0.46, 0.76), 4, 50);
}

void case_speeds_imo_group(struct trial *t)
{
	trial_seeds(t, 20, 20);
	speeds_of_group(t, "men 30 to 50", body_of(1.295, 0.2, 0.97, 1.62), 5, 50);
}

void case_speeds_normal(struct trial *t)
{
	trial_seeds(t, 20, 20);
	speeds_of_group(t, "N(1.2, 0.2)", body_of(1.2, 0.2, 0.4, 2.0), 6, 100);
}
