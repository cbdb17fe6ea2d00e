/* Nobody stands in another or in a wall: looked at after every step, everybody against everybody near. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "stage.h"

#define CELL_M 1.0f

struct look { struct box floors[24]; uint32_t floor_count; double overlap_m,
	outside_m; uint64_t looked; uint32_t *first, *next; uint32_t room; };

/* Chains of walkers by cell of one metre over 256 x 128 m from (-16, -16). */
#define COLUMNS 256u
#define ROWS 128u

static uint32_t cell_of(float x, float y)
{
	float cx = (x + 16.0f) / CELL_M, cy = (y + 16.0f) / CELL_M;
	uint32_t c = cx <= 0.0f ? 0 : (uint32_t)cx, r = cy <= 0.0f ? 0 : (uint32_t)cy;
	return (r >= ROWS ? ROWS - 1 : r) * COLUMNS + (c >= COLUMNS ? COLUMNS - 1 : c);
}

static void look_at(struct look *k, const struct crowd_walker *w, uint32_t count, uint32_t i, uint32_t c)
{
	for (uint32_t j = k->first[c]; j != CROWD_NONE; j = k->next[j]) {
		if (j <= i || j >= count)
			continue;
		float dx = w[i].x_m - w[j].x_m, dy = w[i].y_m - w[j].y_m, l = w[i].radius_m + w[j].radius_m, d2 = dx * dx + dy * dy;
		if (d2 < l * l)
			k->overlap_m = fmax(k->overlap_m, (double)l - sqrt((double)d2));
	}
}

static void watch_solid(struct stage *g)
{
	struct look *k = g->ctx;
	uint32_t count;
	const struct crowd_walker *w = crowd_scene_walkers(g->s, &count);
	if (count > k->room)
		return;
	memset(k->first, 0xff, COLUMNS * ROWS * sizeof(k->first[0]));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t c = cell_of(w[i].x_m, w[i].y_m);
		k->next[i] = k->first[c];
		k->first[c] = i;
		double outside = INFINITY;
		for (uint32_t b = 0; b < k->floor_count; b++) {
			struct box f = k->floors[b];
			double x = (double)w[i].x_m, y = (double)w[i].y_m;
			outside = fmin(outside, fmax(fmax(f.x0 - x, x - f.x1), fmax(f.y0 - y, y - f.y1)));
		}
		k->outside_m = fmax(k->outside_m, outside);
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t c = cell_of(w[i].x_m, w[i].y_m), row = c / COLUMNS, column = c % COLUMNS;
		for (uint32_t r = row == 0 ? 0 : row - 1; r <= row + 1 && r < ROWS; r++)
			for (uint32_t q = column == 0 ? 0 : column - 1; q <= column + 1 && q < COLUMNS; q++)
				look_at(k, w, count, i, r * COLUMNS + q);
	}
	k->looked += count;
}

static void solid_floor(struct stage *g, struct look *k, struct box b)
{
	stage_floor(g, b);
	k->floors[k->floor_count++] = b;
}

/* A hall whose crowd leaves through doors of 0.8 to 3 m into a second hall with others coming back: jams, corners, counterflow. */
static void solid_run(struct trial *t, struct look *k, uint64_t seed, double wide_m, uint32_t people, uint64_t enough)
{
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.threads = t->short_form ? 1 : 0;
	k->floor_count = 0;
	double deep = wide_m / 2.0;
	solid_floor(&g, k, (struct box){0, 0, wide_m, deep});
	solid_floor(&g, k, (struct box){0, deep + 2, wide_m, 2 * deep + 2});
	static const double doors[] = {0.8, 1.2, 2.0, 3.0};
	for (uint32_t i = 0; i < 4; i++) {
		double x = wide_m * (i + 0.5) / 4.0;
		solid_floor(&g, k, (struct box){x - doors[i] / 2, deep, x + doors[i] / 2, deep + 2});
	}
	uint32_t north = stage_route_to(&g, stage_exit(&g, (struct box){0, 2 * deep + 0.5, wide_m, 2 * deep + 2}));
	uint32_t south = stage_route_to(&g, stage_exit(&g, (struct box){0, 0, wide_m, 1.5}));
	stage_strew(&g, (struct box){0.3, 1.8, wide_m - 0.3, deep - 0.3}, people, 0.0, north);
	stage_strew(&g, (struct box){0.3, deep + 2.3, wide_m - 0.3, 1.4 * deep}, people / 10, 0.0, south);
	g.each_step = watch_solid;
	g.ctx = k;
	if (stage_build(&g))
		while (!g.broken && !crowd_scene_done(g.s) && k->looked < enough && crowd_scene_now_s(g.s) < 1500.0)
			stage_run(&g, crowd_scene_now_s(g.s) + 10.0);
	stage_end(&g);
}

void case_nobody_overlaps(struct trial *t)
{
	uint64_t enough = t->short_form ? UINT64_C(10000000) : UINT64_C(1000000000);
	struct look k = {.room = 200000};
	k.first = malloc(COLUMNS * ROWS * sizeof(k.first[0]));
	k.next = malloc(k.room * sizeof(k.next[0]));
	uint32_t runs = 0;
	while (k.first != NULL && k.next != NULL && k.looked < enough && runs < 400) {
		uint64_t before = k.looked;
		solid_run(t, &k, 1 + runs, t->short_form ? 30.0 : 100.0, t->short_form ? 1500 : 16000, enough);
		runs++;
		if (k.looked == before)
			break;
	}
	t->seeds = runs;
	trial_within(t, "walker-steps looked at", (double)k.looked, "", (double)enough, INFINITY);
	trial_within(t, "deepest overlap of two", k.overlap_m, "m", 0.0, 0.02);
	trial_within(t, "furthest centre outside the walls", k.outside_m, "m", -INFINITY, 0.0);
	free(k.first);
	free(k.next);
}
