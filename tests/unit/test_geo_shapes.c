/* Areas, distances and validity, drawn. Oracles: hand calculation, and counting of points for areas. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ascii_geo.h"
#include "base/random.h"

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static int make_arena(void **state) { return (*state = arena_new((size_t)1 << 20)) == NULL; }
static int free_arena(void **state)
{
	arena_free(*state);
	return 0;
}

/*   0    1    2         columns of 10 m: each cell below is 5 columns wide, so 40 m from letter to letter + 1 */
static const char plaza[] =
	"a----b----c\n"
	"|    |    |\n"
	"|  e-f    |\n"
	"|  | |    |\n"
	"|  h-g    |\n"
	"|         |\n"
	"d---------i\n"
	"           \n"
	"k--l  m   o\n"
	"|  |   \\ / \n"
	"n--p    X  \n"
	"       / \\ \n"
	"      r   s\n";

static void areas_are_those_of_the_drawing(void **state)
{
	/* a c i d: 10 columns x 6 rows of 10 m = 100 m x 60 m. */
	struct geo_shape whole = ascii_polygon(*state, plaza, 10, "acida");
	NEAR(geo_area_m2(&whole), 6000);
	NEAR(geo_length_m(&whole), 320);
	/* Either way round. */
	struct geo_shape reversed = ascii_polygon(*state, plaza, 10, "adica");
	NEAR(geo_area_m2(&reversed), 6000);
	/* The hole e f g h: 2 columns x 2 rows = 20 m x 20 m. */
	struct geo_shape holed = ascii_polygon(*state, plaza, 10, "acida/efghe");
	NEAR(geo_area_m2(&holed), 5600);
	/* A second part k l p n: 3 x 2 = 30 m x 20 m. */
	struct geo_shape two = ascii_polygon(*state, plaza, 10, "acida/efghe klpnk");
	NEAR(geo_area_m2(&two), 6200);
	assert_true(geo_valid(&two, NULL, NULL));
}

static void lines_and_points_have_no_area(void **state)
{
	struct geo_shape line = ascii_line(*state, plaza, 10, "aci"), point = ascii_point(*state, plaza, 10, 'e');
	NEAR(geo_area_m2(&line), 0);
	NEAR(geo_area_m2(&point), 0);
	NEAR(geo_length_m(&line), 160);
	NEAR(geo_length_m(&point), 0);
	/* Half way along a c i (100 + 60): 80 m, on a c. */
	struct point_m middle = geo_centre(&line);
	NEAR(middle.x_m, 80);
	NEAR(middle.y_m, 120);
}

static void a_hole_is_not_inside(void **state)
{
	struct geo_shape holed = ascii_polygon(*state, plaza, 10, "acida/efghe");
	assert_true(geo_contains(&holed, (struct point_m){10, 100}));
	assert_false(geo_contains(&holed, (struct point_m){40, 90}));
	assert_false(geo_contains(&holed, (struct point_m){-1, 90}));
	assert_false(geo_contains(&holed, (struct point_m){50, 130}));
}

static void the_centre_of_a_bent_polygon_lies_inside_it(void **state)
{
	static const char horseshoe[] =
		"a-b     c-d\n"
		"| |     | |\n"
		"| |     | |\n"
		"| f-----e |\n"
		"h---------g\n";
	struct geo_shape s = ascii_polygon(*state, horseshoe, 10, "abfecdgha");
	assert_true(geo_contains(&s, geo_centre(&s)));
	struct geo_shape ring = ascii_polygon(*state, plaza, 10, "acida/efghe");
	assert_true(geo_contains(&ring, geo_centre(&ring)));
	/* Where the centroid lies inside, it is the centroid: of a square its middle. */
	struct geo_shape square = ascii_polygon(*state, plaza, 10, "klpnk");
	NEAR(geo_centre(&square).x_m, 15);
	NEAR(geo_centre(&square).y_m, 30);
}

static void a_polygon_that_crosses_itself_is_said_to_with_its_place(void **state)
{
	struct point_m where = {0, 0};
	char why[80] = "";
	/* m o r s: the bow tie crosses at X, column 8, row 3 of the lower half. */
	struct geo_shape bow = ascii_polygon(*state, plaza, 10, "mosrm");
	assert_true(geo_valid(&bow, &where, why)); /* m o s r in this order is a plain quadrilateral */
	bow = ascii_polygon(*state, plaza, 10, "morsm");
	assert_false(geo_valid(&bow, &where, why));
	assert_string_equal(why, "Self-intersection");
	assert_true(fabs(where.x_m - 80) < 0.01 && fabs(where.y_m - 20) < 0.01);
}

static void what_geos_cannot_build_is_never_valid_and_crashes_nothing(void **state)
{
	char why[80] = "";
	struct geo_shape open = ascii_polygon(*state, plaza, 10, "acid"), two = ascii_polygon(*state, plaza, 10, "aca");
	struct geo_shape whole = ascii_polygon(*state, plaza, 10, "acida"), nothing = {GEO_POLYGON, NULL, 0};
	assert_false(geo_valid(&open, NULL, why));
	assert_true(why[0] != '\0');
	assert_false(geo_valid(&two, NULL, NULL));
	assert_false(geo_valid(&nothing, NULL, NULL));
	NEAR(geo_overlap_m2(&open, &whole), 0);
	assert_true(isinf(geo_distance_m(&nothing, &whole)));
	NEAR(geo_centre(&nothing).x_m, 0);
	NEAR(geo_bounds(&nothing).x_max_m, 0);
}

static void touching_overlapping_and_containing_are_at_distance_zero(void **state)
{
	struct geo_shape left = ascii_polygon(*state, plaza, 10, "abgda"), whole = ascii_polygon(*state, plaza, 10, "acida");
	struct geo_shape inner = ascii_polygon(*state, plaza, 10, "efghe"), below = ascii_polygon(*state, plaza, 10, "klpnk");
	struct geo_shape gate = ascii_point(*state, plaza, 10, 'e'), line = ascii_line(*state, plaza, 10, "kl");
	NEAR(geo_distance_m(&left, &whole), 0);
	NEAR(geo_distance_m(&inner, &whole), 0); /* their edges are 20 m apart */
	NEAR(geo_distance_m(&whole, &inner), 0);
	NEAR(geo_distance_m(&whole, &gate), 0);
	NEAR(geo_distance_m(&below, &whole), 20); /* two rows */
	NEAR(geo_distance_m(&line, &whole), 20);
	NEAR(geo_distance_m(&gate, &below), 60); /* e stands over l, six rows up */
}

static void overlap_is_the_common_area(void **state)
{
	struct geo_shape whole = ascii_polygon(*state, plaza, 10, "acida"), inner = ascii_polygon(*state, plaza, 10, "efghe");
	struct geo_shape below = ascii_polygon(*state, plaza, 10, "klpnk"), half = ascii_polygon(*state, plaza, 10, "abgda");
	NEAR(geo_overlap_m2(&whole, &inner), 400);
	NEAR(geo_overlap_m2(&inner, &whole), 400);
	NEAR(geo_overlap_m2(&whole, &below), 0);
	NEAR(geo_overlap_m2(&whole, &half), geo_area_m2(&half));
	struct geo_shape line = ascii_line(*state, plaza, 10, "ai");
	NEAR(geo_overlap_m2(&whole, &line), 0);
}

/* Random stars around a point have no crossing; their area is found again by throwing points at them. */
static void area_and_containment_agree_with_each_other_on_random_stars(void **state)
{
	struct random r;
	random_seed(&r, 20261124);
	for (int round = 0; round < 20; round++) {
		struct point_m points[13];
		for (int i = 0; i < 12; i++) {
			double radius = 20 + 80 * random_unit(&r), turn = i * 3.14159265358979 / 6;
			points[i] = (struct point_m){radius * cos(turn), radius * sin(turn)};
		}
		points[12] = points[0];
		struct geo_ring ring = {points, 13};
		struct geo_part part = {&ring, 1};
		struct geo_shape star = {GEO_POLYGON, &part, 1};
		uint32_t hits = 0;
		for (int i = 0; i < 40000; i++) /* a lattice of 1 m */
			hits += geo_contains(&star, (struct point_m){i % 200 - 99.5, i / 200 - 99.5});
		assert_true(geo_valid(&star, NULL, NULL));
		assert_true(fabs(hits - geo_area_m2(&star)) < 0.02 * geo_area_m2(&star) + 60);
		assert_true(geo_contains(&star, geo_centre(&star)));
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(areas_are_those_of_the_drawing, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(lines_and_points_have_no_area, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(a_hole_is_not_inside, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(the_centre_of_a_bent_polygon_lies_inside_it, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(a_polygon_that_crosses_itself_is_said_to_with_its_place, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(what_geos_cannot_build_is_never_valid_and_crashes_nothing, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(touching_overlapping_and_containing_are_at_distance_zero, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(overlap_is_the_common_area, make_arena, free_arena),
		cmocka_unit_test(area_and_containment_agree_with_each_other_on_random_stars),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
