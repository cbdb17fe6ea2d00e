/* People in each other's way. */
#include <math.h>
#include <stdio.h>

#include "cases.h"
#include "stage.h"
#include "diagram.h"

/* ---- IMO 8, NIST 2.8: 100 people through a corridor against others ---- */

struct counter { double out_s; uint32_t stuck; };

static struct counter counterflow(struct trial *t, uint64_t seed, uint32_t against)
{
	struct stage g;
	stage_begin(&g, t, seed);
	stage_floor(&g, (struct box){0, 0, 10, 10});
	stage_floor(&g, (struct box){10, 4, 20, 6});
	stage_floor(&g, (struct box){20, 0, 30, 10});
	uint32_t east = stage_route_to(&g, stage_exit(&g, (struct box){28.5, 0, 30, 10}));
	uint32_t west = stage_route_to(&g, stage_exit(&g, (struct box){0, 0, 1.5, 10}));
	stage_strew(&g, (struct box){1.8, 0.5, 9.5, 9.5}, 100, 0.0, east);
	if (against > 0)
		stage_strew(&g, (struct box){20.5, 0.5, 28.2, 9.5}, against, 0.0, west);
	struct counter c = {NAN, 0};
	if (stage_build(&g)) {
		c.out_s = stage_run(&g, 900.0);
		c.stuck = stage_here(&g);
	}
	stage_end(&g);
	return c;
}

static void counterflows(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 2, 10), stuck = 0;
	const uint32_t against[] = {0, 10, 50, 100};
	double before = 0.0;
	for (int k = 0; k < 4; k++) {
		double out[10];
		for (uint32_t i = 0; i < runs; i++) {
			struct counter c = counterflow(t, 1 + i, against[k]);
			out[i] = isnan(c.out_s) ? 900.0 : c.out_s;
			stuck += c.stuck;
		}
		char figure[60];
		snprintf(figure, sizeof(figure), "all through, %u against 100", against[k]);
		double mean = crowd_estimate_of(out, runs).mean;
		trial_within(t, figure, mean, "s", before, 899.9);
		before = mean;
	}
	trial_within(t, "people stuck", stuck, "people in all runs", 0.0, 0.0);
}

void case_counterflow_imo(struct trial *t)
{
	counterflows(t);
}

void case_counterflow_nist(struct trial *t)
{
	counterflows(t);
}

/* ---- NIST 2.9: a group of five, one of them slow ---- */

void case_group(struct trial *t)
{
	trial_seeds(t, 1, 1);
	struct stage g;
	stage_begin(&g, t, 1);
	stage_floor(&g, (struct box){0, 0, 20, 5});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){17, 0, 20, 5}));
	for (uint32_t i = 0; i < 5 && !g.broken; i++) {
		struct crowd_placed w = {.x_m = 1.0 + 0.2 * (i % 2), .y_m = 1.5 + 0.5 * i, .speed_ms = i == 4 ? 0.5 : 1.25,
			.route = route, .group = 1};
		g.broken = crowd_draft_walker(g.d, &w) != ERR_NONE;
	}
	double first = INFINITY, last = 0.0;
	if (stage_build(&g)) {
		stage_run(&g, 200.0);
		uint32_t born;
		const struct crowd_left *left = crowd_scene_left(g.s, &born);
		for (uint32_t i = 0; i < born; i++) {
			first = fmin(first, left[i].at_left_s);
			last = isnan(left[i].at_left_s) ? INFINITY : fmax(last, left[i].at_left_s);
		}
	}
	stage_end(&g);
	trial_tell(t, "last arrival", last, "s");
	trial_within(t, "between the first and the last of the group", last - first, "s", 0.0, 10.0);
}

/* ---- NIST 2.10: somebody slow and large in the way ---- */

static double corridor_out_s(struct trial *t, uint64_t seed, bool slow)
{
	struct stage g;
	stage_begin(&g, t, seed);
	stage_floor(&g, (struct box){0, 0, 10, 5});
	stage_floor(&g, (struct box){10, 2, 30, 3.5});
	uint32_t route = stage_route_to(&g, stage_exit(&g, (struct box){28, 2, 30, 3.5}));
	struct crowd_placed w = {.x_m = 9.4, .y_m = 2.75, .speed_ms = slow ? 0.3 : 1.3, .radius_m = slow ? 0.4 : 0.0, .route = route,
		.group = CROWD_NONE};
	if (!g.broken)
		g.broken = crowd_draft_walker(g.d, &w) != ERR_NONE;
	g.placed = 1;
	stage_strew(&g, (struct box){0.5, 0.5, 8.6, 4.5}, 24, 1.25, route);
	double out_s = stage_build(&g) ? stage_run(&g, 400.0) : NAN;
	/* The others' time: the slow one himself needs long anyway. */
	double last = out_s;
	if (!isnan(out_s)) {
		uint32_t born;
		const struct crowd_left *left = crowd_scene_left(g.s, &born);
		last = 0.0;
		for (uint32_t i = 1; i < born; i++)
			last = fmax(last, left[i].at_left_s);
	}
	stage_end(&g);
	return last;
}

void case_slow_in_the_way(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 10);
	double with = 0.0, without = 0.0;
	for (uint32_t i = 0; i < runs; i++) {
		with += corridor_out_s(t, 1 + i, true) / runs;
		without += corridor_out_s(t, 1 + i, false) / runs;
	}
	trial_tell(t, "the 24 others out, nobody slow", without, "s");
	trial_within(t, "the 24 others out, a slow large person ahead", with, "s", 1.05 * without, 400.0);
}

/* ---- one corridor, one way and both ways ---- */

void case_bidirectional(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 3);
	const double densities[] = {0.5, 1.0, 1.5, 2.0, 2.5};
	double best[2] = {0.0, 0.0};
	for (int both = 0; both < 2; both++) {
		for (int k = 0; k < 5; k++) {
			struct diagram_point p = diagram_mean(t, runs, (struct diagram_case){.density_ppl_m2 = densities[k],
				.width_m = 4.0, .both_ways = both == 1});
			best[both] = fmax(best[both], p.density_ppl_m2 * p.speed_ms);
			trial_point(t, "bidirectional", both ? "both ways" : "one way", p.density_ppl_m2, p.density_ppl_m2 * p.speed_ms);
		}
	}
	trial_tell(t, "greatest flow one way", best[0], "1/(m s)");
	trial_within(t, "greatest flow both ways (sum)", best[1], "1/(m s)", 0.0, 0.95 * best[0]);
}
