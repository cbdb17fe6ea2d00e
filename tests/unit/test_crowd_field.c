/* The way's field. Oracles: exact distances in an empty room and round one corner, Bellman-Ford over the same cells, a walk
 * downhill that must not cross a wall. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/random.h"
#include "crowd/way/raster.h"

/* A raster drawn with '#' for walls and 'G' for goal; the last row lies at y = 0. */
struct drawn { struct raster r; uint8_t *goal; float *pace; };
static struct drawn draw(const char *rows, double cell_m)
{
	struct drawn d = {.r = {.cell_m = cell_m}};
	d.r.columns = (uint32_t)strcspn(rows, "\n");
	d.r.rows = (uint32_t)(strlen(rows) / (d.r.columns + 1));
	size_t cells = (size_t)d.r.columns * d.r.rows;
	d.r.wall = calloc(cells, 1);
	d.goal = calloc(cells, 1);
	d.pace = malloc(cells * sizeof(float));
	for (uint32_t row = 0; row < d.r.rows; row++)
		for (uint32_t column = 0; column < d.r.columns; column++) {
			char c = rows[(d.r.rows - 1 - row) * (d.r.columns + 1) + column];
			d.r.wall[row * d.r.columns + column] = c == '#';
			d.goal[row * d.r.columns + column] = c == 'G';
			d.pace[row * d.r.columns + column] = c == '~' ? 2.0f : 1.0f;
		}
	return d;
}
static void erase(struct drawn *d)
{
	free(d->r.wall);
	free(d->goal);
	free(d->pace);
}

static struct raster empty(uint32_t columns, uint32_t rows, double cell_m)
{
	return (struct raster){.cell_m = cell_m, .columns = columns, .rows = rows, .wall = calloc((size_t)columns * rows, 1)};
}

static void in_an_empty_room_it_is_the_straight_distance_within_a_cell(void **state)
{
	(void)state;
	struct raster r = empty(200, 160, 0.25);
	uint8_t *goal = calloc(200 * 160, 1);
	goal[80 * 200 + 100] = 1;
	struct field *f;
	assert_int_equal(field_new(&r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, goal, NULL), ERR_NONE);
	double worst = 0;
	for (uint32_t row = 0; row < 160; row++)
		for (uint32_t column = 0; column < 200; column++) {
			double exact = 0.25 * hypot(column - 100.0, row - 80.0);
			worst = fmax(worst, fabs(f->time_s[row * 200 + column] - exact));
		}
	assert_true(worst < 0.25);
	/* And the direction leads straight to it. */
	for (int k = 0; k < 100; k++) {
		double angle = k * 0.0628, x = 25.125 + 10 * cos(angle), y = 20.125 + 10 * sin(angle);
		float dx, dy;
		assert_true(field_towards(f, (float)x, (float)y, &dx, &dy));
		assert_true(-(dx * cos(angle) + dy * sin(angle)) > 0.998);
	}
	field_free(f);
	free(goal);
	free(r.wall);
}

/* What a stretched rope would measure round a post of radius r at the wall's end: the cells nearest to the end keep off
 * it by half a cell, as a body does by its radius. */
static double rope(double x, double y, double gx, double gy, double cx, double cy, double r)
{
	double a = hypot(x - cx, y - cy), b = hypot(gx - cx, gy - cy);
	double arc = x < cx ? atan2(cx - x, y - cy) + atan2(gx - cx, gy - cy) - acos(fmin(1, r / a)) - acos(fmin(1, r / b)) : 0;
	return arc > 0 ? sqrt(fmax(0, a * a - r * r)) + sqrt(b * b - r * r) + r * arc : hypot(x - gx, y - gy);
}

static void round_a_corner_it_is_the_length_of_a_rope_within_a_cell(void **state)
{
	(void)state;
	/* 40 x 30 m, a thin wall at x = 20 from the floor up to y = 20, the goal right of it at the floor. */
	struct raster_line wall = {20, 0, 20, 20};
	struct raster_drawing d = {.x_max_m = 40, .y_max_m = 30, .cell_m = 0.25, .lines = &wall, .line_count = 1};
	struct raster *r;
	assert_int_equal(raster_new(&d, &r), ERR_NONE);
	uint8_t *goal = calloc((size_t)r->columns * r->rows, 1);
	uint32_t at = raster_cell(r, 30.1, 5.1);
	goal[at] = 1;
	struct field *f;
	assert_int_equal(field_new(r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, goal, NULL), ERR_NONE);
	double worst = 0;
	for (uint32_t i = 0; i < r->columns * r->rows; i++) {
		double x = (i % r->columns + 0.5) * 0.25, y = (i / r->columns + 0.5) * 0.25;
		if (fabs(x - 20) > 0.2)
			worst = fmax(worst, fabs(f->time_s[i] - rope(x, y, 30.125, 5.125, 20, 20, 0.125)));
	}
	assert_true(worst < 0.25);
	field_free(f);
	free(goal);
	raster_free(r);
}

/* Bellman-Ford with the same difference equation of first order is slow and plain: the fields may differ by the order only. */
static void naive(const struct drawn *d, double *t)
{
	size_t cells = (size_t)d->r.columns * d->r.rows;
	for (size_t i = 0; i < cells; i++)
		t[i] = d->goal[i] ? 0 : INFINITY;
	for (bool changed = true; changed;) {
		changed = false;
		for (uint32_t row = 0; row < d->r.rows; row++)
			for (uint32_t column = 0; column < d->r.columns; column++) {
				size_t i = (size_t)row * d->r.columns + column;
				if (d->r.wall[i] || d->goal[i])
					continue;
				double e = column + 1 < d->r.columns ? t[i + 1] : INFINITY, w = column > 0 ? t[i - 1] : INFINITY;
				double n = row + 1 < d->r.rows ? t[i + d->r.columns] : INFINITY, s = row > 0 ? t[i - d->r.columns] : INFINITY;
				double a = fmin(e, w), b = fmin(n, s), h = d->r.cell_m * d->pace[i], new = fmin(a, b) + h;
				if (isfinite(a) && isfinite(b) && fabs(a - b) < h)
					new = (a + b + sqrt(2 * h * h - (a - b) * (a - b))) / 2;
				if (new < t[i] - 1e-12) {
					t[i] = new;
					changed = true;
				}
			}
	}
}

static const char maze[] =
	"########################\n"
	"#      #               #\n"
	"#  ##  #  ###########  #\n"
	"#  ##     #   ~~~   #  #\n"
	"#  ########   ~~~   #  #\n"
	"#             ~~~   #  #\n"
	"#  #####  #####     #  #\n"
	"#  #   #  #   #     #  #\n"
	"#  # # #  # # #######  #\n"
	"#    #      #         G#\n"
	"########################\n";

static void in_a_maze_it_agrees_with_bellman_ford(void **state)
{
	(void)state;
	struct drawn d = draw(maze, 0.5);
	size_t cells = (size_t)d.r.columns * d.r.rows;
	double *t = malloc(cells * sizeof *t);
	naive(&d, t);
	struct field *f;
	assert_int_equal(field_new(&d.r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, d.goal, d.pace), ERR_NONE);
	for (size_t i = 0; i < cells; i++) {
		assert_int_equal(isinf(t[i]), isinf(f->time_s[i]) != 0);
		if (isfinite(t[i]))
			assert_true(fabs(t[i] - f->time_s[i]) < 0.5 + 0.06 * t[i]);
	}
	field_free(f);
	free(t);
	erase(&d);
}

/* Walks downhill in small steps; never into a wall; in at most `steps`. */
static bool arrives(const struct field *f, float x, float y, double goal_x, double goal_y, double within, int steps)
{
	for (int i = 0; i < steps; i++) {
		if (hypot(x - goal_x, y - goal_y) < within)
			return true;
		float dx, dy;
		if (!field_towards(f, x, y, &dx, &dy))
			return false;
		assert_true(fabsf(dx * dx + dy * dy - 1) < 1e-4f);
		float nx = x + 0.05f * dx, ny = y + 0.05f * dy;
		assert_true(raster_sees(f->raster, x, y, nx, ny));
		x = nx;
		y = ny;
	}
	return false;
}

static void downhill_leads_to_the_goal_from_every_cell_of_a_maze(void **state)
{
	(void)state;
	struct drawn d = draw(maze, 0.5);
	struct field *f;
	assert_int_equal(field_new(&d.r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, d.goal, NULL), ERR_NONE);
	for (uint32_t i = 0; i < d.r.columns * d.r.rows; i++)
		if (!d.r.wall[i])
			assert_true(arrives(f, (float)((i % d.r.columns + 0.5) * 0.5), (float)((i / d.r.columns + 0.5) * 0.5),
				11.25, 0.75, 0.5, 2000));
	field_free(f);
	erase(&d);
}

static void thin_walls_at_any_angle_are_never_leaked_through(void **state)
{
	(void)state;
	/* A closed polygon of thin walls, turned: inside of it there is no way out; with a gap of 0.4 m there is. */
	for (int turn = 0; turn < 24; turn++)
		for (int gap = 0; gap < 2; gap++) {
			struct raster_line lines[5];
			double angle = turn * 0.27, px = 0, py = 0, sx = 10 + 0.013 * turn, sy = 10 - 0.029 * turn;
			for (int k = 0; k <= 4; k++) {
				double x = sx + 4 * cos(angle + k * M_PI / 2), y = sy + 4 * sin(angle + k * M_PI / 2);
				if (k > 0)
					lines[k - 1] = (struct raster_line){px, py, x, y};
				px = x;
				py = y;
			}
			uint32_t count = 4;
			if (gap) {
				double length = hypot(lines[0].bx - lines[0].ax, lines[0].by - lines[0].ay), share = 0.2 / length;
				struct raster_line whole = lines[0];
				double mx = (whole.ax + whole.bx) / 2, my = (whole.ay + whole.by) / 2, dx = whole.bx - whole.ax,
					dy = whole.by - whole.ay;
				lines[0] = (struct raster_line){whole.ax, whole.ay, mx - share * dx, my - share * dy};
				lines[count++] = (struct raster_line){mx + share * dx, my + share * dy, whole.bx, whole.by};
			}
			struct raster_drawing d = {.x_max_m = 20, .y_max_m = 20, .cell_m = 0.25, .lines = lines, .line_count = count};
			struct raster *r;
			assert_int_equal(raster_new(&d, &r), ERR_NONE);
			uint8_t *goal = calloc((size_t)r->columns * r->rows, 1);
			goal[raster_cell(r, 1, 1)] = 1;
			struct field *f;
			assert_int_equal(field_new(r, &f), ERR_NONE);
			assert_int_equal(field_solve(f, goal, NULL), ERR_NONE);
			assert_int_equal(isfinite(field_time_s(f, (float)sx, (float)sy)) != 0, gap);
			if (gap)
				assert_true(arrives(f, (float)sx, (float)sy, 1.125, 1.125, 0.4, 1000));
			field_free(f);
			free(goal);
			raster_free(r);
		}
}

static void floors_that_touch_have_no_wall_between_them(void **state)
{
	(void)state;
	/*  +-----+--------+
	 *  |  a  |   b    |      b is lower on its left side than a; they overlap by nothing, touch along a part
	 *  |     +---+----+      c lies across both
	 *  +-----+   |       */
	static const struct crowd_point a[] = {{0, 0}, {5, 0}, {5, 10}, {0, 10}}, b[] = {{5.001, 4}, {15, 4}, {15, 10}, {5.001, 10}},
		c[] = {{3, 2}, {12, 2}, {12, 6}, {3, 6}};
	struct crowd_outline floors[] = {{a, 4}, {b, 4}, {c, 4}};
	struct raster_line *lines;
	uint32_t count;
	assert_int_equal(raster_outline(floors, 3, &lines, &count), ERR_NONE);
	double length = 0;
	for (uint32_t i = 0; i < count; i++)
		length += hypot(lines[i].bx - lines[i].ax, lines[i].by - lines[i].ay);
	/* a: 0,0 - 5,0 - 5,2; c: 5,2 - 12,2 - 12,4; b: 12,4 - 15,4 - 15,10 - 0,10 - 0,0 */
	assert_true(fabs(length - (5 + 2 + 7 + 2 + 3 + 6 + 15 + 10)) < 0.02);
	free(lines);
	struct raster_line whole = {0, 0, 10, 0}, gap = {4, 0.01, 6, 0.01};
	struct raster_lines parts = {0};
	assert_int_equal(raster_lines_add_without(&parts, whole, &gap, 1), ERR_NONE);
	assert_int_equal(parts.count, 2);
	assert_true(fabs(parts.at[0].bx - 4) < 1e-9 && fabs(parts.at[1].ax - 6) < 1e-9);
	free(parts.at);
}

static void a_portal_is_a_way_in_one_direction(void **state)
{
	(void)state;
	struct drawn d = draw(
		"#########\n"
		"#   #  G#\n"
		"#   #   #\n"
		"#########\n", 1);
	struct raster_jump jump = {1 * 9 + 3, 1 * 9 + 5, 1, 0};
	struct field *f;
	d.r.jumps = &jump;
	d.r.jump_count = 1;
	assert_int_equal(field_new(&d.r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, d.goal, NULL), ERR_NONE);
	assert_true(f->time_s[1 * 9 + 1] > 5.4f && f->time_s[1 * 9 + 1] < 6.0f);
	float x, y;
	assert_true(field_towards(f, 3.5f, 1.5f, &x, &y) && x > 0.99f);
	field_free(f);
	jump = (struct raster_jump){1 * 9 + 5, 1 * 9 + 3, -1, 0};
	assert_int_equal(field_new(&d.r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, d.goal, NULL), ERR_NONE);
	assert_true(isinf(f->time_s[1 * 9 + 1]));
	field_free(f);
	erase(&d);
}

static void slow_ground_is_walked_round_where_that_is_quicker(void **state)
{
	(void)state;
	struct raster r = empty(80, 80, 0.25);
	uint8_t *goal = calloc(6400, 1);
	float *pace = malloc(6400 * sizeof(float));
	for (uint32_t i = 0; i < 6400; i++)
		pace[i] = i % 80 >= 35 && i % 80 < 45 && i / 80 < 60 ? 20.0f : 1.0f; /* 2.5 m of it, open above y = 15 */
	goal[20 * 80 + 70] = 1;
	struct field *f;
	assert_int_equal(field_new(&r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, goal, pace), ERR_NONE);
	float x = 2, y = 5, highest = 0, dx, dy;
	for (int i = 0; i < 1000 && field_towards(f, x, y, &dx, &dy) && f->time_s[raster_cell(&r, x, y)] > 0; i++) {
		x += 0.05f * dx;
		y += 0.05f * dy;
		highest = fmaxf(highest, y);
	}
	assert_true(highest > 14.5f && highest < 15.6f && fabsf(x - 17.5f) < 0.5f);
	field_free(f);
	free(pace);
	free(goal);
	free(r.wall);
}

static void a_shut_cell_is_no_way(void **state)
{
	(void)state;
	struct drawn d = draw("    G\n", 1);
	d.pace[2] = INFINITY;
	struct field *f;
	assert_int_equal(field_new(&d.r, &f), ERR_NONE);
	assert_int_equal(field_solve(f, d.goal, d.pace), ERR_NONE);
	assert_true(isinf(f->time_s[0]) && isinf(f->time_s[2]) && f->time_s[3] <= 1.001f);
	field_free(f);
	erase(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_an_empty_room_it_is_the_straight_distance_within_a_cell),
		cmocka_unit_test(round_a_corner_it_is_the_length_of_a_rope_within_a_cell),
		cmocka_unit_test(in_a_maze_it_agrees_with_bellman_ford),
		cmocka_unit_test(downhill_leads_to_the_goal_from_every_cell_of_a_maze),
		cmocka_unit_test(thin_walls_at_any_angle_are_never_leaked_through),
		cmocka_unit_test(floors_that_touch_have_no_wall_between_them),
		cmocka_unit_test(a_portal_is_a_way_in_one_direction),
		cmocka_unit_test(slow_ground_is_walked_round_where_that_is_quicker),
		cmocka_unit_test(a_shut_cell_is_no_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
