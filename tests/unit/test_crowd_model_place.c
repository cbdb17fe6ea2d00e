/* Where people press (crowd/walk/model_place.h): a room before a neck, a corridor, a narrow approach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd/walk/model_place.h"
#include "crowd/way/raster.h"

/* A hall from x = 0 to 10, then a way from 10 to 20; both round y = 6; the goal is the last metre. */
static struct model_place *place_of_way(double hall_m, double way_m, double cell_m)
{
	struct crowd_point hall[] = { { 0, 6 - hall_m / 2 }, { 10, 6 - hall_m / 2 }, { 10, 6 + hall_m / 2 }, { 0, 6 + hall_m / 2 } };
	struct crowd_point way[] = { { 10, 6 - way_m / 2 }, { 20, 6 - way_m / 2 }, { 20, 6 + way_m / 2 }, { 10, 6 + way_m / 2 } };
	struct crowd_point goal[] = { { 19, 0 }, { 20, 0 }, { 20, 12 }, { 19, 12 } };
	struct crowd_outline floors[] = { { hall, 4 }, { way, 4 } }, end = { goal, 4 };
	struct raster_line *walls;
	uint32_t count;
	assert_int_equal(raster_outline(floors, 2, &walls, &count), ERR_NONE);
	struct raster_drawing d = { .x_max_m = 20, .y_max_m = 12, .cell_m = cell_m, .floors = floors, .floor_count = 2, .lines = walls,
		.line_count = count };
	struct raster *r;
	struct field *f;
	assert_int_equal(raster_new(&d, &r), ERR_NONE);
	uint8_t *cells = calloc((size_t)r->columns * r->rows, 1);
	assert_non_null(cells);
	raster_fill(r, &end, cells, 1);
	assert_int_equal(field_new(r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, cells, NULL), ERR_NONE);
	struct model_place *p;
	assert_int_equal(model_place_new(f, &p), ERR_NONE);
	free(cells);
	free(walls);
	field_free(f);
	raster_free(r);
	return p;
}

static void a_room_before_a_neck_presses_and_the_neck_does_not(void **state)
{
	(void)state;
	static const double necks_m[] = { 1, 2, 5 }, cells_m[] = { 0.1, 0.25 };
	for (int k = 0; k < 6; k++) {
		struct model_place *p = place_of_way(10, necks_m[k / 2], cells_m[k % 2]);
		assert_true(model_place_press(p, 9, 6) > 0.95f && model_place_press(p, 8, 4) > 0.95f && model_place_press(p, 6, 7) > 0.95f);
		assert_true(model_place_press(p, 2, 6) < 0.05f); /* far from it */
		assert_true(model_place_press(p, 14, 6) < 0.05f);
		model_place_free(p);
	}
}

static void a_corridor_and_a_narrow_approach_keep_order(void **state)
{
	(void)state;
	static const double cells_m[] = { 0.1, 0.25 };
	for (int k = 0; k < 2; k++) {
		struct model_place *even = place_of_way(2, 2, cells_m[k]), *wide = place_of_way(6, 6, cells_m[k]);
		struct model_place *narrow = place_of_way(1.2, 0.5, cells_m[k]);
		for (float x = 0.5f; x < 18; x += 0.5f)
			for (float y = 5.5f; y < 6.6f; y += 0.1f) {
				assert_true(model_place_press(even, x, y) < 0.05f);
				assert_true(model_place_press(wide, x, y) < 0.05f);
				assert_true((x > 9 && x < 10) || model_place_press(narrow, x, y) < 0.4f);
			}
		model_place_free(even);
		model_place_free(wide);
		model_place_free(narrow);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_before_a_neck_presses_and_the_neck_does_not),
		cmocka_unit_test(a_corridor_and_a_narrow_approach_keep_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
