/* bench/crowd_case.c: rooms, places at the start and ways of the timed cases. */
#include <math.h>
#include <string.h>

#include "crowd_case.h"

static const char *const names[] = { "room10", "neck4", "gates20" };

bool case_named(const char *name, enum case_kind *out)
{
	for (int k = 0; k < 3; k++) {
		if (strcmp(name, names[k]) == 0) {
			*out = (enum case_kind)k;
			return true;
		}
	}
	return false;
}

const char *case_name(enum case_kind kind)
{
	return names[kind];
}

const struct case_check *case_checks(uint32_t *count)
{
	static const struct case_check checks[] = {
		{ { CASE_ROOM10, 1000, 0.05 }, 0, 1000, 48.694516782, 47.858100548 },
		{ { CASE_ROOM10, 1000, 0.05 }, 1, 0, 48.743338369, 47.860147431 },
		{ { CASE_ROOM10, 1000, 0.05 }, 10, 0, 49.182768394, 47.878571898 },
		{ { CASE_ROOM10, 1000, 0.05 }, 100, 994, 53.300444594, 48.052410565 },
		{ { CASE_ROOM10, 10000, 0.05 }, 0, 10000, 48.996738265, 48.997462770 },
		{ { CASE_ROOM10, 10000, 0.05 }, 1, 0, 49.024030331, 48.997998849 },
		{ { CASE_ROOM10, 10000, 0.05 }, 10, 0, 49.298288855, 49.004243849 },
		{ { CASE_ROOM10, 10000, 0.05 }, 100, 9960, 51.937889192, 49.064340862 },
		{ { CASE_ROOM10, 50000, 0.05 }, 0, 50000, 48.963789098, 48.831823777 },
		{ { CASE_ROOM10, 50000, 0.05 }, 1, 0, 48.964528479, 48.831838620 },
		{ { CASE_ROOM10, 50000, 0.05 }, 10, 0, 48.974374363, 48.832091912 },
		{ { CASE_ROOM10, 50000, 0.05 }, 20, 0, 48.987345170, 48.832454309 },
		{ { CASE_ROOM10, 10000, 0.01 }, 1, 0, 49.002196678, 48.997569986 },
		{ { CASE_ROOM10, 10000, 0.01 }, 10, 0, 49.054652332, 48.998810865 },
		{ { CASE_ROOM10, 10000, 0.01 }, 100, 0, 49.613887320, 49.012103635 },
		{ { CASE_NECK4, 10000, 0.05 }, 0, 10000, 49.996620725, 49.997371339 },
		{ { CASE_NECK4, 10000, 0.05 }, 1, 0, 50.024970777, 49.997440292 },
		{ { CASE_NECK4, 10000, 0.05 }, 10, 0, 50.308421202, 49.998447206 },
		{ { CASE_NECK4, 10000, 0.05 }, 100, 9994, 53.225579021, 50.009457967 },
		{ { CASE_GATES20, 10000, 0.05 }, 1, 0, 50.027406297, 49.997339052 },
		{ { CASE_GATES20, 10000, 0.05 }, 10, 0, 50.322903161, 49.997449805 },
		{ { CASE_GATES20, 10000, 0.05 }, 100, 9972, 53.249248264, 50.007680621 },
	};
	*count = sizeof checks / sizeof checks[0];
	return checks;
}

static void add_wall(struct step_wall *walls, uint32_t *count, double ax, double ay, double bx, double by)
{
	walls[(*count)++] = (struct step_wall){ (float)(ax - CASE_MIDDLE_M), (float)(ay - CASE_MIDDLE_M), (float)(bx - CASE_MIDDLE_M),
		(float)(by - CASE_MIDDLE_M) };
}

/* A pocket of 4 m on the east side between y_low and y_high. */
static void add_pocket(struct step_wall *walls, uint32_t *count, double y_low, double y_high)
{
	add_wall(walls, count, 100, y_low, 104, y_low);
	add_wall(walls, count, 104, y_low, 104, y_high);
	add_wall(walls, count, 104, y_high, 100, y_high);
}

uint32_t case_walls(enum case_kind kind, struct step_wall out[CASE_WALLS_MAX])
{
	uint32_t count = 0;
	double y_from = 0.0;
	add_wall(out, &count, 0, 0, 100, 0);
	add_wall(out, &count, 0, 100, 0, 0);
	add_wall(out, &count, 100, 100, 0, 100);
	for (uint32_t g = 0; kind != CASE_ROOM10 && g < (kind == CASE_NECK4 ? 1u : 20u); g++) {
		double y_low = kind == CASE_NECK4 ? 48.0 : 2.0 + 5.0 * g, y_high = kind == CASE_NECK4 ? 52.0 : 3.0 + 5.0 * g;
		add_wall(out, &count, 100, y_from, 100, y_low);
		add_pocket(out, &count, y_low, y_high);
		y_from = y_high;
	}
	add_wall(out, &count, 100, y_from, 100, 100);
	return count;
}

/* SplitMix64, 53 bits of it. */
static double next_unit(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	z ^= z >> 31;
	return (double)(z >> 11) * 0x1p-53;
}

void case_places(const struct crowd_case *c, double *x_m, double *y_m)
{
	uint64_t state = 1;
	uint32_t across = (uint32_t)ceil(sqrt((double)c->walkers));
	double pitch = (c->kind == CASE_ROOM10 ? 96.0 : 98.0) / across;
	double jitter = fmax(0.0, fmin(0.3 * pitch, (pitch - 0.405) / 2.0));
	for (uint32_t k = 0; k < c->walkers; k++) {
		x_m[k] = 1.0 + (k % across + 0.5) * pitch + (2.0 * next_unit(&state) - 1.0) * jitter - CASE_MIDDLE_M;
		y_m[k] = 1.0 + (k / across + 0.5) * pitch + (2.0 * next_unit(&state) - 1.0) * jitter - CASE_MIDDLE_M;
	}
}

uint32_t case_lane(enum case_kind kind, double y_m)
{
	double lane = floor((y_m + CASE_MIDDLE_M) / 5.0);
	return kind != CASE_GATES20 || lane < 0.0 ? 0 : lane > 19.0 ? 19 : (uint32_t)lane;
}

static double lane_middle_m(enum case_kind kind, uint32_t lane)
{
	return kind == CASE_GATES20 ? 2.5 + 5.0 * lane - CASE_MIDDLE_M : 0.0;
}

bool case_at_exit(enum case_kind kind, uint32_t lane, double x_m, double y_m)
{
	if (kind == CASE_ROOM10)
		return x_m >= 48.0 && x_m <= 50.0 && fabs(y_m) <= 5.0;
	double half_m = kind == CASE_NECK4 ? 2.0 : 0.5;
	return x_m >= 53.0 && x_m <= 54.0 && fabs(y_m - lane_middle_m(kind, lane)) <= half_m;
}

void case_wanted(enum case_kind kind, uint32_t lane, double x_m, double y_m, double *out_x, double *out_y)
{
	double to_x = kind == CASE_ROOM10 ? 49.0 : 53.5, to_y = lane_middle_m(kind, lane);
	double free_half_m = kind == CASE_NECK4 ? 1.8 : 0.3, middle_m = to_y;
	if (kind != CASE_ROOM10 && x_m < 50.0) {
		double y_at_mouth = y_m + (to_y - y_m) * (50.0 - x_m) / (to_x - x_m);
		if (fabs(y_at_mouth - middle_m) > free_half_m) {
			to_x = 50.0;
			to_y = middle_m + copysign(free_half_m, y_at_mouth - middle_m);
		}
	}
	double dx = to_x - x_m, dy = to_y - y_m, length = sqrt(dx * dx + dy * dy);
	*out_x = length > 0.0 ? dx / length : 0.0;
	*out_y = length > 0.0 ? dy / length : 0.0;
}
