/* bench/crowd_case.c: rooms, places at the start and ways of the timed cases. */
#include <math.h>
#include <string.h>

#include "crowd_case.h"

static const char *const names[] = { "room10", "neck4", "gates20", "room25" };

bool case_is_room(enum case_kind kind)
{
	return kind == CASE_ROOM10 || kind == CASE_ROOM25;
}

bool case_named(const char *name, enum case_kind *out)
{
	for (int k = 0; k < 4; k++) {
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
	double y_from = 0.0, side_m = kind == CASE_ROOM25 ? 250.0 : 100.0;
	add_wall(out, &count, 0, 0, side_m, 0);
	add_wall(out, &count, 0, side_m, 0, 0);
	add_wall(out, &count, side_m, side_m, 0, side_m);
	for (uint32_t g = 0; !case_is_room(kind) && g < (kind == CASE_NECK4 ? 1u : 20u); g++) {
		double y_low = kind == CASE_NECK4 ? 48.0 : 2.0 + 5.0 * g, y_high = kind == CASE_NECK4 ? 52.0 : 3.0 + 5.0 * g;
		add_wall(out, &count, 100, y_from, 100, y_low);
		add_pocket(out, &count, y_low, y_high);
		y_from = y_high;
	}
	add_wall(out, &count, side_m, y_from, side_m, side_m);
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
	double pitch = (c->kind == CASE_ROOM10 ? 96.0 : c->kind == CASE_ROOM25 ? 246.0 : 98.0) / across;
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
	if (kind == CASE_ROOM25)
		return x_m >= 198.0 && fabs(y_m - 75.0) <= 5.0;
	if (kind == CASE_ROOM10)
		return x_m >= 48.0 && x_m <= 50.0 && fabs(y_m) <= 5.0;
	double half_m = kind == CASE_NECK4 ? 2.0 : 0.5;
	return x_m >= 53.0 && x_m <= 54.0 && fabs(y_m - lane_middle_m(kind, lane)) <= half_m;
}

/* ---- the way: a string pulled tight through the gaps between triangles (Lee, Preparata 1984; Mononen 2010) ----
 *
 *   H-------------G    The peer cuts the floor into Delaunay triangles and keeps 0.2 m off the ends of every edge that is crossed,
 *   |\ fan of H   p    along that edge. So where its way bends depends on the triangles, and the same steps need the same ones. Of
 *   | \           p    this square they are a strip: from A to the corners p on the east side from south to north, the
 *   |   -----      p_m  triangle A H p_m, then from H to the corners further north. A lane has its corner-to-corner edge.
 *   | /           p
 *   |/  fan of A   p
 *   A-------------B */
#define KEPT_OFF_M 0.2
#define CORNERS_MAX 44u
struct place { double x, y; };
struct portal { struct place right, left; };
struct strip { enum case_kind kind; uint32_t corners, middle; };

static struct portal portal_of(struct place right, struct place left)
{
	double dx = left.x - right.x, dy = left.y - right.y, share = KEPT_OFF_M / sqrt(dx * dx + dy * dy);
	return (struct portal){ { right.x + dx * share, right.y + dy * share }, { left.x - dx * share, left.y - dy * share } };
}

static double turn(struct place from, struct place a, struct place b)
{
	return (a.x - from.x) * (b.y - from.y) - (a.y - from.y) * (b.x - from.x);
}

static bool same_place(struct place a, struct place b)
{
	return a.x == b.x && a.y == b.y;
}

static struct place first_bend(struct place from, const struct portal *portals, uint32_t count)
{
	struct place right = from, left = from;
	for (uint32_t k = 0; k < count; k++) {
		if (turn(from, right, portals[k].right) >= 0.0) {
			if (!same_place(from, right) && turn(from, left, portals[k].right) >= 0.0)
				return left;
			right = portals[k].right;
		}
		if (turn(from, left, portals[k].left) <= 0.0) {
			if (!same_place(from, left) && turn(from, right, portals[k].left) <= 0.0)
				return right;
			left = portals[k].left;
		}
	}
	return portals[count - 1].left;
}

static struct strip strip_of(enum case_kind kind)
{
	uint32_t corners = kind == CASE_NECK4 ? 4 : CORNERS_MAX - 2;
	return (struct strip){ kind, corners, corners / 2 - 1 };
}

static struct place corner(const struct strip *s, uint32_t k)
{
	if (k == 0 || k == s->corners - 1)
		return (struct place){ 100.0, k == 0 ? 0.0 : 100.0 };
	return (struct place){ 100.0, s->kind == CASE_NECK4 ? 44.0 + 4.0 * k : 2.0 + 5.0 * ((k - 1) / 2) + (k - 1) % 2 };
}

static const struct place south_west = { 0.0, 0.0 }, north_west = { 0.0, 100.0 };

static uint32_t triangle_at(const struct strip *s, struct place at)
{
	uint32_t k = 0;
	while (k < s->middle && turn(south_west, corner(s, k + 1), at) > 0.0)
		k++;
	if (k < s->middle || turn(north_west, corner(s, k), at) <= 0.0)
		return k;
	for (k++; k < s->corners - 1 && turn(north_west, corner(s, k), at) > 0.0; k++)
		;
	return k;
}

static void add_edge(const struct strip *s, uint32_t triangle, bool north, struct portal *portals, uint32_t *count)
{
	struct place west = triangle < s->middle ? south_west : north_west;
	struct place east = corner(s, triangle < s->middle ? triangle + 1 : triangle);
	portals[(*count)++] = north ? portal_of(east, west) : portal_of(west, east);
}

static struct place next_place(enum case_kind kind, uint32_t lane, struct place at)
{
	struct strip s = strip_of(kind);
	struct portal portals[CORNERS_MAX + 4];
	uint32_t count = 0, mouth = 2 * lane + 1;
	struct place south = corner(&s, mouth), north = corner(&s, mouth + 1), far_north = { 104.0, north.y };
	struct place goal = { 103.5, 0.5 * (south.y + north.y) };
	if (at.x < 100.0) {
		uint32_t here = triangle_at(&s, at), there = mouth < s.middle ? mouth : mouth + 1;
		for (uint32_t t = here; t < there; t++)
			add_edge(&s, t, true, portals, &count);
		for (uint32_t t = here; t > there; t--)
			add_edge(&s, t - 1, false, portals, &count);
		portals[count++] = portal_of(south, north);
	}
	if (at.x < 100.0 || turn(south, far_north, at) >= 0.0)
		portals[count++] = portal_of(south, far_north);
	portals[count++] = (struct portal){ goal, goal };
	return first_bend(at, portals, count);
}

void case_wanted(enum case_kind kind, uint32_t lane, double x_m, double y_m, double *out_x, double *out_y)
{
	struct place to = { kind == CASE_ROOM25 ? 249.0 : 99.0, kind == CASE_ROOM25 ? 125.0 : 50.0 };
	if (!case_is_room(kind))
		to = next_place(kind, lane, (struct place){ x_m + CASE_MIDDLE_M, y_m + CASE_MIDDLE_M });
	double dx = to.x - CASE_MIDDLE_M - x_m, dy = to.y - CASE_MIDDLE_M - y_m, length = sqrt(dx * dx + dy * dy);
	*out_x = length > 0.0 ? dx / length : 0.0;
	*out_y = length > 0.0 ? dy / length : 0.0;
}
