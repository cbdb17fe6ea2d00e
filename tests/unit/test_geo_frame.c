/* Frames against PROJ (its transverse Mercator and its geodesics); GCJ-02 against published points. */
#include <geodesic.h>
#include <math.h>
#include <proj.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/random.h"
#include "geo/geo.h"

static const struct lon_lat venues[] = {{113.2, 36.2}, {7.4155, 43.7275}, {-0.2796, 51.556}, {103.87, 1.304}, {0, 0},
	{179.9999, -17.8}, {-68.13, -54.8}, {25.7, 71.1}};
#define VENUES (sizeof(venues) / sizeof(venues[0]))

static void a_frame_agrees_with_projs_transverse_mercator(void **state)
{
	(void)state;
	PJ_CONTEXT *context = proj_context_create();
	struct random r;
	random_seed(&r, 1);
	double worst_m = 0;
	for (size_t v = 0; v < VENUES; v++) {
		char definition[160];
		struct geo_frame *f = NULL;
		snprintf(definition, sizeof(definition), "+proj=tmerc +lat_0=%.9f +lon_0=%.9f +k=1 +ellps=WGS84 +units=m",
			venues[v].lat_deg, venues[v].lon_deg);
		PJ *proj = proj_create(context, definition);
		assert_non_null(proj);
		assert_int_equal(geo_frame_new(venues[v], &f), ERR_NONE);
		for (int i = 0; i < 500; i++) {
			struct lon_lat at = {venues[v].lon_deg + (random_unit(&r) - 0.5) * 0.5,
				venues[v].lat_deg + (random_unit(&r) - 0.5) * 0.5};
			PJ_COORD theirs = proj_trans(proj, PJ_FWD, proj_coord(proj_torad(at.lon_deg), proj_torad(at.lat_deg), 0, 0));
			struct point_m ours = geo_to_local(f, at);
			worst_m = fmax(worst_m, hypot(ours.x_m - theirs.xy.x, ours.y_m - theirs.xy.y));
			struct lon_lat back = geo_to_globe(f, ours);
			assert_true(fabs(remainder(back.lon_deg - at.lon_deg, 360)) < 1e-12 * 360 &&
				fabs(back.lat_deg - at.lat_deg) < 1e-10);
		}
		geo_frame_free(f);
		proj_destroy(proj);
	}
	proj_context_destroy(context);
	print_message("          worst difference to PROJ within 30 km: %.2e m\n", worst_m);
	assert_true(worst_m < 1e-6);
}

/* As geo.h promises: distances from the centre against the geodesic. */
static void distances_from_the_centre_are_those_of_the_geodesic(void **state)
{
	static const struct { double within_m, error_m; } promise[] = {{3000, 0.0002}, {6000, 0.001}, {10000, 0.005}};
	(void)state;
	struct geod_geodesic wgs84;
	geod_init(&wgs84, 6378137, 1 / 298.257223563);
	for (size_t k = 0; k < 3; k++) {
		double worst_m = 0;
		for (size_t v = 0; v < VENUES; v++) {
			struct geo_frame *f = NULL;
			assert_int_equal(geo_frame_new(venues[v], &f), ERR_NONE);
			for (int bearing = 0; bearing < 360; bearing += 5) {
				struct lon_lat there;
				geod_direct(&wgs84, venues[v].lat_deg, venues[v].lon_deg, bearing, promise[k].within_m, &there.lat_deg,
					&there.lon_deg, NULL);
				struct point_m p = geo_to_local(f, there);
				worst_m = fmax(worst_m, fabs(hypot(p.x_m, p.y_m) - promise[k].within_m));
			}
			geo_frame_free(f);
		}
		print_message("          worst error at %.0f m: %.2e m\n", promise[k].within_m, worst_m);
		assert_true(worst_m < promise[k].error_m);
	}
}

static void a_frame_can_not_be_made_where_the_projection_has_no_answer(void **state)
{
	(void)state;
	struct geo_frame *f = NULL;
	assert_int_equal(geo_frame_new((struct lon_lat){0, 90}, &f), ERR_BUG);
	assert_int_equal(geo_frame_new((struct lon_lat){NAN, 0}, &f), ERR_BUG);
	assert_int_equal(geo_frame_new((struct lon_lat){0, NAN}, &f), ERR_BUG);
	assert_int_equal(geo_frame_new((struct lon_lat){181, 0}, &f), ERR_BUG);
	assert_null(f);
}

/* The three points that the open implementations publish (eviltransform's tests: Shanghai, Shenzhen, Beijing). */
static void gcj02_gives_the_published_points(void **state)
{
	static const struct lon_lat pairs[][2] = {
		{{121.5272106, 31.1774276}, {121.531541859215, 31.17530398364597}},
		{{113.912316, 22.543847}, {113.9171764808363, 22.540796131694766}},
		{{116.377817, 39.911954}, {116.38404722455657, 39.91334545536069}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct lon_lat shifted = geo_gcj02_from_wgs84(pairs[i][0]);
		assert_true(fabs(shifted.lon_deg - pairs[i][1].lon_deg) < 1e-8); /* 1 mm */
		assert_true(fabs(shifted.lat_deg - pairs[i][1].lat_deg) < 1e-8);
	}
}

static void gcj02_comes_back_from_every_place_in_china(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 7);
	for (int i = 0; i < 20000; i++) {
		struct lon_lat at = {73.5 + 61 * random_unit(&r), 18 + 35 * random_unit(&r)};
		struct lon_lat back = geo_wgs84_from_gcj02(geo_gcj02_from_wgs84(at));
		assert_true(fabs(back.lon_deg - at.lon_deg) < 1e-9 && fabs(back.lat_deg - at.lat_deg) < 1e-9);
	}
}

static void nothing_is_shifted_outside_china(void **state)
{
	(void)state;
	const struct lon_lat away[] = {{7.4155, 43.7275}, {-74, 40.7}, {151.2, -33.9}, {72, 30}, {138, 36}};
	for (size_t i = 0; i < sizeof(away) / sizeof(away[0]); i++) {
		assert_false(geo_in_china(away[i]));
		struct lon_lat there = geo_gcj02_from_wgs84(away[i]), back = geo_wgs84_from_gcj02(away[i]);
		assert_true(there.lon_deg == away[i].lon_deg && there.lat_deg == away[i].lat_deg);
		assert_true(back.lon_deg == away[i].lon_deg && back.lat_deg == away[i].lat_deg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_agrees_with_projs_transverse_mercator),
		cmocka_unit_test(distances_from_the_centre_are_those_of_the_geodesic),
		cmocka_unit_test(a_frame_can_not_be_made_where_the_projection_has_no_answer),
		cmocka_unit_test(gcj02_gives_the_published_points),
		cmocka_unit_test(gcj02_comes_back_from_every_place_in_china),
		cmocka_unit_test(nothing_is_shifted_outside_china),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
