/* tests/unit/network_for_test.h: networks for tests, built up feature by feature. Areas, lanes and so on are numbered as added. */
#ifndef NETWORK_FOR_TEST_H
#define NETWORK_FOR_TEST_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "crowd/crowd.h"

#define assert_close(value, wanted, by) do { \
	double assert_value = (value), assert_wanted = (wanted); \
	if (!(fabs(assert_value - assert_wanted) <= (by))) \
		fail_msg("%s is %.12g, not %.12g", #value, assert_value, assert_wanted); \
} while (0)

#define NET_MAX 64
#define NET_LANES_MAX 256
#define TAKES_ALL (CROWD_BAG | CROWD_NEEDS_STEP_FREE)

struct net {
	struct crowd_area areas[NET_MAX];
	struct crowd_link links[NET_MAX];
	struct crowd_checkpoint checkpoints[NET_MAX];
	struct crowd_lane lanes[NET_LANES_MAX];
	struct crowd_service services[NET_MAX];
	struct crowd_stream streams[NET_MAX];
	struct crowd_curve_point curve[NET_MAX][2];
	uint32_t goals[NET_MAX];
	double shares[NET_MAX];
	char names[5 * NET_MAX][16];
	uint32_t name_count;
	struct crowd_network_plan plan;
};

static inline void net_begin(struct net *t)
{
	memset(t, 0, sizeof(*t));
	t->plan = (struct crowd_network_plan){.areas = t->areas, .links = t->links, .checkpoints = t->checkpoints, .lanes = t->lanes,
		.services = t->services, .streams = t->streams, .until_s = 1e6, .sample_s = 60, .start_s = INFINITY};
}

static inline const char *net_name(struct net *t, const char *kind, uint32_t number)
{
	char *name = t->names[t->name_count++];
	snprintf(name, sizeof(t->names[0]), "%s%u", kind, number);
	return name;
}

static inline uint32_t net_area(struct net *t, double area_m2, double limit_ppl, bool inside)
{
	uint32_t i = t->plan.area_count++;
	t->areas[i] = (struct crowd_area){.id = net_name(t, "area", i), .area_m2 = area_m2, .limit_ppl = limit_ppl, .inside = inside};
	return i;
}

static inline uint32_t net_service(struct net *t, enum crowd_form form, double mean_s, double cv)
{
	t->services[t->plan.service_count] = (struct crowd_service){.form = form, .mean_s = mean_s, .cv = cv};
	return t->plan.service_count++;
}

static inline uint32_t net_check(struct net *t, uint32_t from, uint32_t to, uint32_t lanes, uint32_t service)
{
	uint32_t i = t->plan.checkpoint_count++;
	t->checkpoints[i] = (struct crowd_checkpoint){.id = net_name(t, "check", i), .from = from, .to = to, .lane_first = t->plan.lane_count,
		.lane_count = lanes, .x_m = NAN, .y_m = NAN, .refused_to = CROWD_NONE};
	for (uint32_t k = 0; k < lanes; k++)
		t->lanes[t->plan.lane_count++] = (struct crowd_lane){.service = service, .takes = TAKES_ALL, .open = true};
	return i;
}

static inline uint32_t net_door(struct net *t, uint32_t from, uint32_t to, double width_m)
{
	uint32_t i = net_check(t, from, to, 0, 0);
	t->checkpoints[i].width_m = width_m;
	return i;
}

static inline uint32_t net_link(struct net *t, uint32_t from, uint32_t to, double length_m, double width_m)
{
	uint32_t i = t->plan.link_count++;
	t->links[i] = (struct crowd_link){.id = net_name(t, "link", i), .from = from, .to = to, .length_m = length_m, .width_m = width_m,
		.speed_factor = 1, .x_m = {NAN, NAN}, .y_m = {NAN, NAN}, .opposite = CROWD_NONE};
	return i;
}

/* People who come evenly by chance from the origin to for_s; 0: all at once. */
static inline uint32_t net_stream(struct net *t, uint32_t to, uint32_t goal, uint32_t ppl, double for_s)
{
	uint32_t i = t->plan.stream_count++;
	t->goals[i] = goal;
	t->shares[i] = 1;
	t->curve[i][0] = (struct crowd_curve_point){0, 0};
	t->curve[i][1] = (struct crowd_curve_point){for_s, 1};
	t->streams[i] = (struct crowd_stream){.id = net_name(t, "stream", i), .to = to, .x_m = NAN, .y_m = NAN, .ppl = ppl,
		.curve = {t->curve[i], for_s > 0 ? 2 : 0}, .goals = &t->goals[i], .goal_shares = &t->shares[i], .goal_count = 1};
	return i;
}

struct ran { struct crowd_network *network; struct crowd_run *run; };

static inline struct ran net_run(const struct net *t, uint64_t seed)
{
	struct ran r = {NULL, NULL};
	struct problem p = {0};
	if (crowd_network_new(&t->plan, &r.network, &p) != ERR_NONE)
		fail_msg("network refused: %s %s %s", p.feature, p.field, p.detail);
	assert_int_equal(crowd_run_new(r.network, &r.run), ERR_NONE);
	assert_int_equal(crowd_network_run(r.network, seed, NULL, r.run), ERR_NONE);
	assert_int_equal(r.run->come, r.run->reached + r.run->refused + r.run->still_there);
	return r;
}

static inline void net_end(struct ran *r)
{
	crowd_run_free(r->run);
	crowd_network_free(r->network);
}

#endif
