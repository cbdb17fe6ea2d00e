/* bench/queue.c: how many people a second go through a network of links and checkpoints on one core. Thread CPU clock, median of the
 * runs, each with another seed.
 *
 *   chain   street =link=> hall -pre-check-> hall =link=> hall -search-> hall =link=> hall -ticket-> hall =link=> in
 *           30 lanes a checkpoint; the search is too slow for the peak: it fills its hall, the link before it, the lanes of the
 *           pre-check, and the street
 *   gates   street -> one of six gates, each three checkpoints behind each other with halls between: everybody weighs six ways
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/crowd.h"
#include "lap.h"

enum { RUNS_MAX = 99, GATES = 6, LANES_MAX = 256, AREAS_MAX = 32 };
#define ALL (CROWD_BAG | CROWD_NEEDS_STEP_FREE)

static void die(const char *why)
{
	fprintf(stderr, "bench_queue: %s\n", why);
	exit(1);
}

struct built {
	struct crowd_area areas[AREAS_MAX];
	struct crowd_link links[8];
	struct crowd_checkpoint checkpoints[32];
	struct crowd_lane lanes[LANES_MAX];
	char names[AREAS_MAX][16];
	struct crowd_curve_point curve[3];
	struct crowd_stream stream;
	struct crowd_network_plan plan;
};

static const struct crowd_service services[] = {
	{.form = CROWD_LOGNORMAL, .mean_s = 5.5, .cv = 0.5},
	{.form = CROWD_LOGNORMAL, .mean_s = 7, .cv = 0.6, .bag_factor = 1.5, .second_share = 0.1, .second_mean_s = 30, .second_cv = 0.5},
	{.form = CROWD_LOGNORMAL, .mean_s = 3, .cv = 0.4},
};
static const double whole = 1;

static void begin(struct built *b, uint32_t ppl, double for_s)
{
	memset(b, 0, sizeof *b);
	for (uint32_t i = 0; i < AREAS_MAX; i++)
		snprintf(b->names[i], sizeof b->names[i], "%u", i);
	b->curve[1] = (struct crowd_curve_point){for_s * 2 / 3, 0.5};
	b->curve[2] = (struct crowd_curve_point){for_s, 1};
	b->stream = (struct crowd_stream){.id = "people", .x_m = NAN, .y_m = NAN, .ppl = ppl, .curve = {b->curve, 3}, .goal_shares = &whole,
		.goal_count = 1, .crowd = {.bag_share = 0.3}};
	b->plan = (struct crowd_network_plan){.areas = b->areas, .links = b->links, .checkpoints = b->checkpoints, .lanes = b->lanes,
		.services = services, .service_count = 3, .streams = &b->stream, .stream_count = 1, .until_s = 4 * for_s, .start_s = INFINITY};
}

static uint32_t area(struct built *b, double area_m2, double limit_ppl)
{
	uint32_t i = b->plan.area_count++;
	b->areas[i] = (struct crowd_area){.id = b->names[i], .area_m2 = area_m2, .limit_ppl = limit_ppl, .street = i == 0};
	return i;
}

static void check(struct built *b, uint32_t from, uint32_t to, uint32_t lanes, uint32_t stage)
{
	uint32_t i = b->plan.checkpoint_count++;
	b->checkpoints[i] = (struct crowd_checkpoint){.id = b->names[i], .from = from, .to = to,
		.lane_first = b->plan.lane_count, .lane_count = lanes,
		.x_m = NAN, .y_m = NAN, .refused_to = CROWD_NONE, .stage = stage};
	for (uint32_t k = 0; k < lanes; k++)
		b->lanes[b->plan.lane_count++] = (struct crowd_lane){.service = stage, .takes = ALL, .open = true};
}

static void link_to(struct built *b, uint32_t from, uint32_t to)
{
	uint32_t i = b->plan.link_count++;
	b->links[i] = (struct crowd_link){.id = b->names[AREAS_MAX - 1 - i], .from = from, .to = to, .length_m = 20,
		.width_m = 8, .speed_factor = 1,
		.x_m = {NAN, NAN}, .y_m = {NAN, NAN}, .opposite = CROWD_NONE};
}

static void build_chain(struct built *b, uint32_t ppl)
{
	begin(b, ppl, ppl * 0.432);
	uint32_t at = area(b, 0, INFINITY);
	for (uint32_t stage = 0; stage < 3; stage++) {
		uint32_t hall = area(b, 200, 400), next = area(b, 200, 400);
		link_to(b, at, hall);
		check(b, hall, next, 30, stage);
		at = next;
	}
	static uint32_t goal;
	goal = area(b, 0, INFINITY);
	b->areas[goal].inside = true;
	link_to(b, at, goal);
	b->stream.goals = &goal;
}

static void build_gates(struct built *b, uint32_t ppl)
{
	static uint32_t goal;
	begin(b, ppl, ppl * 0.42);
	uint32_t street = area(b, 0, INFINITY);
	goal = area(b, 0, INFINITY);
	b->areas[goal].inside = true;
	for (uint32_t g = 0; g < GATES; g++) {
		uint32_t first = area(b, 200, 300), second = area(b, 150, 100);
		check(b, street, first, 5, 0);
		check(b, first, second, 5, 1);
		check(b, second, goal, 3, 2);
	}
	b->stream.goals = &goal;
}

static void say(const char *name, const char *figure, double value, double limit, double goal, uint32_t ppl, int runs)
{
	printf("{\"bench\":\"queue\",\"case\":\"%s\",\"figure\":\"%s\",\"value\":%.4g,\"unit\":\"1/s\",\"limit\":%g,\"goal\":%g,\"ratio\":%.2f,"
	       "\"people\":%u,\"runs\":%d}\n", name, figure, value, limit, goal, value / limit, ppl, runs);
}

static void one_case(const char *name, void (*build)(struct built *, uint32_t), uint32_t ppl, int runs)
{
	static struct built b;
	struct crowd_network *n;
	struct crowd_run *r;
	struct problem p = {0};
	double people[RUNS_MAX], events[RUNS_MAX];
	build(&b, ppl);
	if (crowd_network_new(&b.plan, &n, &p) != ERR_NONE)
		die(p.detail);
	if (crowd_run_new(n, &r) != ERR_NONE)
		die("no memory");
	for (int i = -1; i < runs; i++) { /* the first touches the memory */
		double began_s = lap_s(CLOCK_THREAD_CPUTIME_ID);
		if (crowd_network_run(n, (uint64_t)(i + 2), NULL, r) != ERR_NONE)
			die("the run failed");
		double took_s = lap_s(CLOCK_THREAD_CPUTIME_ID) - began_s;
		if (r->reached != ppl || r->checkpoints[0].blocked_s <= 0 || r->street_max_ppl < 100)
			die("not everybody is in, or nothing spilled back: this is not the case that is timed");
		if (i < 0)
			continue;
		people[i] = ppl / took_s;
		events[i] = (double)r->events / took_s;
	}
	say(name, "people_per_s", lap_median(people, (size_t)runs), 5e5, 1e6, ppl, runs);
	if (build == build_chain) /* the one that the targets are set for: the other does more at each event */
		say(name, "events_per_s", lap_median(events, (size_t)runs), 6e6, 12e6, ppl, runs);
	crowd_run_free(r);
	crowd_network_free(n);
}

int main(int argc, char **argv)
{
	uint32_t ppl = 100000;
	int runs = 7;
	for (int i = 1; i + 1 < argc; i += 2) {
		long value = strtol(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--n") == 0 && value >= 30000 && value <= (long)CROWD_PEOPLE_MAX)
			ppl = (uint32_t)value;
		else if (strcmp(argv[i], "--runs") == 0 && value >= 1 && value <= RUNS_MAX)
			runs = (int)value;
		else
			die("options: --n PEOPLE (30000 at least) --runs N (1 to 99)");
	}
	one_case("chain-spillback", build_chain, ppl, runs);
	one_case("gates-spillback", build_gates, ppl, runs);
	return 0;
}
