/* tests/unit/scene_for_test.h: scenes drawn in a few words. */
#ifndef CORDON_TESTS_SCENE_FOR_TEST_H
#define CORDON_TESTS_SCENE_FOR_TEST_H

#include <math.h>
#include <string.h>

#include "crowd/crowd.h"

#define RECTANGLE(x0, y0, x1, y1) \
	((struct crowd_outline){(const struct crowd_point[]){{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, 4})
#define LINE2(x0, y0, x1, y1) ((const struct crowd_point[]){{x0, y0}, {x1, y1}})
#define WALL(x0, y0, x1, y1) ((struct crowd_outline){LINE2(x0, y0, x1, y1), 2})

static inline struct crowd_scene_draft *new_draft(void)
{
	struct crowd_scene_draft *d = NULL;
	assert_int_equal(crowd_draft_new(&d), ERR_NONE);
	return d;
}

static inline void add_floor(struct crowd_scene_draft *d, double x0, double y0, double x1, double y1)
{
	assert_int_equal(crowd_draft_floor(d, "floor", RECTANGLE(x0, y0, x1, y1)), ERR_NONE);
}

static inline uint32_t add_goal(struct crowd_scene_draft *d, const char *id, bool exit, double x0, double y0, double x1, double y1)
{
	uint32_t goal = 0;
	assert_int_equal(crowd_draft_goal(d, id, RECTANGLE(x0, y0, x1, y1), exit, &goal), ERR_NONE);
	return goal;
}

static inline uint32_t add_route(struct crowd_scene_draft *d, const struct crowd_route_step *steps, uint32_t count)
{
	uint32_t route = 0;
	assert_int_equal(crowd_draft_route(d, "route", steps, count, &route), ERR_NONE);
	return route;
}

static inline uint32_t route_to(struct crowd_scene_draft *d, const uint32_t *goals, uint32_t count, const double *weights)
{
	return add_route(d, &(struct crowd_route_step){false, goals, count, weights}, 1);
}

static inline void add_people(struct crowd_scene_draft *d, uint32_t ppl, uint32_t route, double x0, double y0, double x1, double y1)
{
	struct crowd_scene_source source = {.id = "source", .polygon = RECTANGLE(x0, y0, x1, y1), .ppl = ppl, .route = route};
	assert_int_equal(crowd_draft_source(d, &source), ERR_NONE);
}

static inline void add_walker(struct crowd_scene_draft *d, uint32_t route, double x, double y, double speed_ms, double start_s)
{
	struct crowd_placed w = {.x_m = x, .y_m = y, .speed_ms = speed_ms, .start_s = start_s, .route = route, .group = CROWD_NONE};
	assert_int_equal(crowd_draft_walker(d, &w), ERR_NONE);
}

/* Makes the scene and ends the draft. */
static inline struct crowd_scene *new_scene(struct crowd_scene_draft *d, struct crowd_scene_settings settings)
{
	struct crowd_scene *s = NULL;
	struct problem problem = {0};
	if (settings.threads == 0)
		settings.threads = 1;
	err_t error = crowd_scene_new(d, &settings, &s, &problem);
	if (error != ERR_NONE)
		print_message("%s: %s\n", problem.feature, problem.detail);
	assert_int_equal(error, ERR_NONE);
	crowd_draft_free(d);
	return s;
}

/* Steps until all have left, or this time; people are conserved at every step. */
static inline double run_scene(struct crowd_scene *s, double until_s)
{
	while (!crowd_scene_done(s) && crowd_scene_now_s(s) < until_s) {
		assert_int_equal(crowd_scene_step(s), ERR_NONE);
		uint32_t present, born, left = 0;
		crowd_scene_walkers(s, &present);
		const struct crowd_left *all = crowd_scene_left(s, &born);
		for (uint32_t i = 0; i < born; i++)
			left += isnan(all[i].at_left_s) ? 0 : 1;
		assert_int_equal(born, left + present);
	}
	return crowd_scene_now_s(s);
}

static inline const struct crowd_left *left_of(const struct crowd_scene *s, uint32_t number)
{
	uint32_t count;
	const struct crowd_left *left = crowd_scene_left(s, &count);
	assert_true(number < count);
	return &left[number];
}

#endif
