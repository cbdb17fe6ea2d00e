/* The Voronoi density against a plain second way: a fine raster, each of its points given to whoever is nearest. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crowd/crowd.h"

#define PEOPLE_MAX 400

static void near(double is, double wanted, double within)
{
	if (!(fabs(is - wanted) <= within))
		fail_msg("%.9g is not within %.3g of %.9g", is, within, wanted);
}

static bool inside(const double *xy, uint32_t corners, double x, double y)
{
	bool in = false;
	for (uint32_t i = 0, j = corners - 1; i < corners; j = i++)
		if ((xy[2 * i + 1] > y) != (xy[2 * j + 1] > y)
			&& x < (xy[2 * j] - xy[2 * i]) * (y - xy[2 * i + 1]) / (xy[2 * j + 1] - xy[2 * i + 1]) + xy[2 * i])
			in = !in;
	return in;
}

/* Integral over points of a raster from (-4, -4) to (14, 14): slow, and nothing to get wrong. */
static void by_raster(const struct crowd_frame *f, const double *polygon, uint32_t corners, double reach, const double *floor_xy,
	uint32_t floor_corners, double *out_density, double *out_speed)
{
	const double step = 0.02;
	double own[PEOPLE_MAX] = {0}, in[PEOPLE_MAX] = {0}, area = 0.0, people = 0.0, owned = 0.0, speeds = 0.0;
	for (double y = -4.0 + step / 2.0; y < 14.0; y += step) {
		for (double x = -4.0 + step / 2.0; x < 14.0; x += step) {
			bool there = inside(polygon, corners, x, y);
			area += there ? step * step : 0.0;
			double best = reach * reach;
			int nearest = -1;
			for (uint32_t i = 0; i < f->count; i++) {
				double dx = (double)f->x_m[i] - x, dy = (double)f->y_m[i] - y;
				if (dx * dx + dy * dy < best) {
					best = dx * dx + dy * dy;
					nearest = (int)i;
				}
			}
			if (nearest < 0 || (floor_xy != NULL && !inside(floor_xy, floor_corners, x, y)))
				continue;
			own[nearest] += step * step;
			in[nearest] += there ? step * step : 0.0;
		}
	}
	for (uint32_t i = 0; i < f->count; i++) {
		people += own[i] > 0.0 ? in[i] / own[i] : 0.0;
		owned += in[i];
		speeds += in[i] * (double)f->speed_ms[i];
	}
	*out_density = people / area;
	*out_speed = speeds / owned;
}

struct people { float x[PEOPLE_MAX], y[PEOPLE_MAX], speed[PEOPLE_MAX]; struct crowd_frame frame; };

static void strew(struct people *p, uint64_t seed, uint32_t count, double wide)
{
	for (uint32_t i = 0; i < count; i++) {
		p->x[i] = (float)(wide * crowd_draw_unit(seed, i, CROWD_ASK_PLACE, 0));
		p->y[i] = (float)(wide * crowd_draw_unit(seed, i, CROWD_ASK_PLACE, 1));
		p->speed[i] = (float)crowd_draw_unit(seed, i, CROWD_ASK_SPEED, 0);
	}
	p->frame = (struct crowd_frame){p->x, p->y, p->speed, count};
}

static const double square[] = {2, 2, 8, 2, 8, 8, 2, 8};
static const double hook[] = {1, 1, 9, 1, 9, 4, 4, 4, 4, 9, 1, 9}; /* an L: not convex */
static const double room[] = {0, 0, 10, 0, 10, 5, 5, 5, 5, 10, 0, 10}; /* holds it, with walls near */

static void cells_are_those_of_the_nearest(void **state)
{
	(void)state;
	const uint32_t counts[] = {1, 3, 20, 90};
	static struct people p;
	for (uint64_t k = 0; k < 4; k++) {
		strew(&p, 100 + k, counts[k], 10.0);
		double density, speed, wanted, wanted_speed;
		assert_int_equal(crowd_density_voronoi(&p.frame, square, 4, 1.5, &density, &speed), ERR_NONE);
		by_raster(&p.frame, square, 4, 1.5, NULL, 0, &wanted, &wanted_speed);
		near(density, wanted, 0.004 * wanted + 1e-3);
		near(speed, wanted_speed, 0.01);
	}
}

static void a_polygon_may_have_any_shape_and_turn(void **state)
{
	(void)state;
	static struct people p;
	strew(&p, 9, 60, 10.0);
	double density, speed, wanted, wanted_speed, turned[12], again;
	for (int i = 0; i < 6; i++) {
		turned[2 * i] = hook[10 - 2 * i];
		turned[2 * i + 1] = hook[11 - 2 * i];
	}
	assert_int_equal(crowd_density_voronoi(&p.frame, hook, 6, 1.0, &density, &speed), ERR_NONE);
	by_raster(&p.frame, hook, 6, 1.0, NULL, 0, &wanted, &wanted_speed);
	near(density, wanted, 0.004 * wanted + 1e-3);
	near(speed, wanted_speed, 0.01);
	assert_int_equal(crowd_density_voronoi(&p.frame, turned, 6, 1.0, &again, &speed), ERR_NONE);
	near(again, density, 1e-9);
}

static void cells_end_at_the_walls_of_a_floor(void **state)
{
	(void)state;
	static struct people p;
	strew(&p, 21, 50, 10.0);
	for (uint32_t i = 0; i < 50; i++) /* nobody behind the walls */
		if (p.x[i] > 5.0f && p.y[i] > 5.0f)
			p.x[i] -= 5.0f;
	double density, speed, wanted, wanted_speed, without;
	assert_int_equal(crowd_density_voronoi_within(&p.frame, hook, 6, 2.0, room, 6, &density, &speed), ERR_NONE);
	by_raster(&p.frame, hook, 6, 2.0, room, 6, &wanted, &wanted_speed);
	near(density, wanted, 0.004 * wanted + 1e-3);
	near(speed, wanted_speed, 0.01);
	assert_int_equal(crowd_density_voronoi(&p.frame, hook, 6, 2.0, &without, &speed), ERR_NONE);
	assert_true(without < density);
}

/* A lattice has cells of one size: the density is exact. */
static void a_lattice_has_the_density_of_its_cells(void **state)
{
	(void)state;
	static struct people p;
	for (uint32_t i = 0; i < 400; i++) {
		p.x[i] = (float)(0.5 * (i % 20)) + 0.25f;
		p.y[i] = (float)(0.5 * (i / 20)) + 0.25f;
		p.speed[i] = 0.7f;
	}
	p.frame = (struct crowd_frame){p.x, p.y, p.speed, 400};
	double density, speed;
	assert_int_equal(crowd_density_voronoi(&p.frame, square, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 4.0, 1e-9);
	near(speed, 0.7, 1e-6);
	assert_int_equal(crowd_density_voronoi_within(&p.frame, room, 6, 1.0, room, 6, &density, &speed), ERR_NONE);
	/* The part where the room is not cuts nothing off the lattice's own cells along x = 5 and y = 5, beyond which others stand. */
	near(density, 4.0, 1e-9);
	p.frame.speed_ms = NULL;
	assert_int_equal(crowd_density_voronoi(&p.frame, square, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 4.0, 1e-9);
	assert_true(isnan(speed));
}

/* Alone: the disc of reach holds one person; a polygon that holds the disc counts one. */
static void one_person_is_one_person(void **state)
{
	(void)state;
	const float x[] = {5.0f}, y[] = {5.0f}, v[] = {1.0f};
	const struct crowd_frame f = {x, y, v, 1}, nobody = {x, y, v, 0};
	double density, speed;
	assert_int_equal(crowd_density_voronoi(&f, square, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 1.0 / 36.0, 1e-12);
	const double half[] = {5, 0, 10, 0, 10, 10, 5, 10};
	assert_int_equal(crowd_density_voronoi(&f, half, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 0.5 / 50.0, 1e-12);
	const double small[] = {4.9, 4.9, 5.1, 4.9, 5.1, 5.1, 4.9, 5.1}; /* wholly in his cell: 1 / (pi reach^2), the disc's own area */
	assert_int_equal(crowd_density_voronoi(&f, small, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 1.0 / M_PI, 1e-12);
	assert_int_equal(crowd_density_voronoi(&nobody, square, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 0.0, 0.0);
	assert_true(isnan(speed));
}

static void two_at_one_place_are_still_two(void **state)
{
	(void)state;
	const float x[] = {5.0f, 5.0f}, y[] = {5.0f, 5.0f}, v[] = {1.0f, 0.0f};
	const struct crowd_frame f = {x, y, v, 2};
	double density, speed;
	assert_int_equal(crowd_density_voronoi(&f, square, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 2.0 / 36.0, 1e-12);
	near(speed, 0.5, 1e-9);
}

/* A cell of more corners than a disc has: a ring of neighbours round one person. */
static void a_ring_of_neighbours_cuts_a_round_cell(void **state)
{
	(void)state;
	static struct people p;
	for (uint32_t i = 0; i < 360; i++) {
		p.x[i] = (float)(5.0 + cos(i * M_PI / 180.0));
		p.y[i] = (float)(5.0 + sin(i * M_PI / 180.0));
		p.speed[i] = 1.0f;
	}
	p.x[360] = p.y[360] = 5.0f;
	p.speed[360] = 2.0f;
	p.frame = (struct crowd_frame){p.x, p.y, p.speed, 361};
	double density, speed;
	const double small[] = {4.8, 4.8, 5.2, 4.8, 5.2, 5.2, 4.8, 5.2};
	assert_int_equal(crowd_density_voronoi(&p.frame, small, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 1.0 / (360.0 * 0.25 * tan(M_PI / 360.0)), 1e-4); /* the 360-gon around a circle of half a metre */
	near(speed, 2.0, 1e-9);
}

static void what_has_no_area_has_no_density(void **state)
{
	(void)state;
	static struct people p;
	strew(&p, 3, 5, 10.0);
	double density, speed;
	assert_int_equal(crowd_density_voronoi(&p.frame, square, 2, 1.0, &density, &speed), ERR_NONE);
	assert_true(isnan(density) && isnan(speed));
	assert_int_equal(crowd_density_voronoi(&p.frame, square, 4, 0.0, &density, &speed), ERR_NONE);
	assert_true(isnan(density));
	const float lost[] = {NAN, 5.0f, INFINITY}, there[] = {5.0f, 5.0f, 5.0f};
	const struct crowd_frame f = {lost, there, NULL, 3};
	assert_int_equal(crowd_density_voronoi(&f, square, 4, 1.0, &density, &speed), ERR_NONE);
	near(density, 1.0 / 36.0, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_those_of_the_nearest),
		cmocka_unit_test(a_polygon_may_have_any_shape_and_turn),
		cmocka_unit_test(cells_end_at_the_walls_of_a_floor),
		cmocka_unit_test(a_lattice_has_the_density_of_its_cells),
		cmocka_unit_test(one_person_is_one_person),
		cmocka_unit_test(two_at_one_place_are_still_two),
		cmocka_unit_test(a_ring_of_neighbours_cuts_a_round_cell),
		cmocka_unit_test(what_has_no_area_has_no_density),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
