/* The network against what queueing theory knows, and against the walkers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "stage.h"

/* ---- formulas ---- */

/* Erlang's C: mean wait of M/M/c at `offered` = arrival rate x service. */
static double wait_mmc_s(double rate, double service_s, uint32_t c)
{
	double a = rate * service_s, term = 1.0, sum = 0.0;
	for (uint32_t k = 0; k < c; k++) {
		sum += term;
		term *= a / (k + 1.0);
	}
	double waits = term / (1.0 - a / c);
	return waits / (sum + waits) / (c / service_s - rate);
}

#define STATES 600
/* M/D/c: who is there D later is max(0, n - c) plus a Poisson number of newcomers, whatever the moment: the distribution that stays the
 * same under this step is that of any moment (Crommelin 1932). Its mean gives the wait by Little's law. */
static double wait_mdc_s(double rate, double service_s, uint32_t c)
{
	static const int rounds = 4000;
	double *p = calloc(STATES, sizeof(double)), *next = calloc(STATES, sizeof(double)), newcomers[STATES], mean = 0.0;
	double a = rate * service_s;
	newcomers[0] = exp(-a);
	for (int k = 1; k < STATES; k++)
		newcomers[k] = newcomers[k - 1] * a / k;
	if (p == NULL || next == NULL) {
		free(p);
		free(next);
		return NAN;
	}
	p[0] = 1.0;
	for (int round = 0; round < rounds; round++) {
		for (int n = 0; n < STATES; n++)
			next[n] = 0.0;
		for (int n = 0; n < STATES; n++)
			if (p[n] > 1e-16)
				for (int k = 0, to = n > (int)c ? n - (int)c : 0; to + k < STATES && k < 120; k++)
					next[to + k] += p[n] * newcomers[k];
		double *swap = p;
		p = next;
		next = swap;
	}
	for (int n = 0; n < STATES; n++)
		mean += n * p[n];
	free(p);
	free(next);
	return mean / rate - service_s;
}

/* ---- one station ---- */

struct station { uint32_t lanes, ppl; double every_s, service_s; enum crowd_form form; bool evenly; };

/* Mean wait over runs; people come by chance over the whole time, or one by one exactly every_s apart. */
static double station_wait_s(struct trial *t, struct station s, uint32_t runs)
{
	const struct crowd_area areas[] = {{.id = "before", .area_m2 = 0.0, .limit_ppl = INFINITY},
		{.id = "behind", .area_m2 = 0.0, .limit_ppl = INFINITY, .inside = true}};
	struct crowd_lane lanes[16] = {0};
	for (uint32_t k = 0; k < s.lanes; k++)
		lanes[k] = (struct crowd_lane){.service = 0, .takes = CROWD_BAG | CROWD_NEEDS_STEP_FREE, .open = true};
	const struct crowd_service service = {.form = s.form, .mean_s = s.service_s};
	const struct crowd_checkpoint check = {.id = "check", .from = 0, .to = 1, .lane_first = 0, .lane_count = s.lanes, .x_m = NAN,
		.y_m = NAN, .refused_to = CROWD_NONE};
	const struct crowd_curve_point line[] = {{0.0, 0.0}, {s.every_s * s.ppl, 1.0}};
	const uint32_t goal = 1;
	const double all = 1.0;
	/* Evenly: all are due at the origin, and come one by one. */
	const struct crowd_stream stream = {.id = "people", .to = 0, .x_m = NAN, .y_m = NAN, .ppl = s.ppl, .curve = {line, s.evenly ? 0 : 2},
		.batch_ppl = s.evenly ? 1 : 0, .headway_s = s.evenly ? s.every_s : 0.0, .goals = &goal, .goal_shares = &all, .goal_count = 1};
	const struct crowd_network_plan plan = {.areas = areas, .area_count = 2, .checkpoints = &check, .checkpoint_count = 1, .lanes = lanes,
		.lane_count = s.lanes, .services = &service, .service_count = 1, .streams = &stream, .stream_count = 1,
		.until_s = 4.0 * s.every_s * s.ppl + 1e6, .sample_s = s.every_s * s.ppl, .start_s = INFINITY};
	struct problem p = {0};
	struct crowd_network *n = NULL;
	struct crowd_run *r = NULL;
	double sum = 0.0;
	err_t e = crowd_network_new(&plan, &n, &p);
	if (e == ERR_NONE)
		e = crowd_run_new(n, &r);
	for (uint32_t i = 0; e == ERR_NONE && i < runs; i++) {
		e = crowd_network_run(n, 1 + i, NULL, r);
		sum += r->checkpoints[0].wait.mean_s / runs;
	}
	if (e != ERR_NONE)
		trial_note(t, "network refused: %s %s %s", error_row(e)->code, p.feature, p.detail);
	crowd_run_free(r);
	crowd_network_free(n);
	return e == ERR_NONE ? sum : NAN;
}

/* D/D/c over its capacity: who comes n-th begins when the (n - c)-th is done. */
static double wait_ddc_s(uint32_t ppl, double every_s, double service_s, uint32_t c)
{
	double done[16] = {0}, sum = 0.0;
	for (uint32_t k = 0; k < ppl; k++) {
		double comes = k * every_s, begins = fmax(comes, done[k % c]);
		done[k % c] = begins + service_s;
		sum += begins - comes;
	}
	return sum / ppl;
}

static void compare(struct trial *t, const char *name, double measured, double wanted)
{
	char figure[100];
	snprintf(figure, sizeof(figure), "%s: mean wait (formula %.4f s)", name, wanted);
	trial_within(t, figure, measured, "s", 0.99 * wanted, 1.01 * wanted);
}

void case_queue_formulas(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 2, 16), ppl = t->short_form ? 400000 : 1000000;
	compare(t, "M/M/1 at 60 %", station_wait_s(t, (struct station){1, ppl, 10.0, 6.0, CROWD_EXPONENTIAL, false},
		runs), wait_mmc_s(0.1, 6.0, 1));
	compare(t, "M/M/5 at 80 %", station_wait_s(t, (struct station){5, ppl, 2.0, 8.0, CROWD_EXPONENTIAL, false},
		runs), wait_mmc_s(0.5, 8.0, 5));
	compare(t, "M/D/1 at 70 %", station_wait_s(t, (struct station){1, ppl, 10.0, 7.0, CROWD_FIXED, false}, runs),
		wait_mdc_s(0.1, 7.0, 1));
	compare(t, "M/D/4 at 80 %", station_wait_s(t, (struct station){4, ppl, 2.5, 8.0, CROWD_FIXED, false}, runs), wait_mdc_s(0.4, 8.0, 4));
	compare(t, "D/D/3 at 120 %", station_wait_s(t, (struct station){3, 20000, 2.0, 7.2, CROWD_FIXED, true}, 1),
		wait_ddc_s(20000, 2.0, 7.2, 3));
	trial_within(t, "D/D/3 at 96 %: mean wait (formula 0 s)", station_wait_s(t, (struct station){3, 20000, 2.5, 7.2,
		CROWD_FIXED, true}, 1), "s", 0.0, 1e-6);
}

/* ---- two stations in a row, little room between ---- */

/* One lane each, exponential, the first always busy: people through a second. The area between holds `room` people. */
static double tandem_rate(struct trial *t, double first_s, double second_s, double room, uint32_t ppl, uint64_t seed)
{
	const struct crowd_area areas[] = {{.id = "before", .limit_ppl = INFINITY}, {.id = "between", .area_m2 = 10.0, .limit_ppl = room},
		{.id = "behind", .limit_ppl = INFINITY, .inside = true}};
	const struct crowd_lane lanes[] = {{.service = 0, .takes = 3, .open = true}, {.service = 1, .takes = 3, .open = true}};
	const struct crowd_service services[] = {{.form = CROWD_EXPONENTIAL, .mean_s = first_s},
		{.form = CROWD_EXPONENTIAL, .mean_s = second_s}};
	const struct crowd_checkpoint checks[] = {
		{.id = "first", .from = 0, .to = 1, .lane_first = 0, .lane_count = 1, .x_m = NAN, .y_m = NAN, .refused_to = CROWD_NONE},
		{.id = "second", .from = 1, .to = 2, .lane_first = 1, .lane_count = 1, .x_m = NAN, .y_m = NAN, .refused_to = CROWD_NONE}};
	const uint32_t goal = 2;
	const double all = 1.0;
	const struct crowd_stream stream = {.id = "people", .to = 0, .x_m = NAN, .y_m = NAN, .ppl = ppl, .goals = &goal,
		.goal_shares = &all, .goal_count = 1};
	const struct crowd_network_plan plan = {.areas = areas, .area_count = 3, .checkpoints = checks, .checkpoint_count = 2, .lanes = lanes,
		.lane_count = 2, .services = services, .service_count = 2, .streams = &stream, .stream_count = 1, .until_s = 1e9, .sample_s = 1e7,
		.start_s = INFINITY};
	struct problem p = {0};
	struct crowd_network *n = NULL;
	struct crowd_run *r = NULL;
	double rate = NAN;
	err_t e = crowd_network_new(&plan, &n, &p);
	if (e == ERR_NONE)
		e = crowd_run_new(n, &r);
	if (e == ERR_NONE)
		e = crowd_network_run(n, seed, NULL, r);
	if (e == ERR_NONE)
		rate = ppl / r->checkpoints[1].at_last_s;
	else
		trial_note(t, "network refused: %s %s %s", error_row(e)->code, p.feature, p.detail);
	crowd_run_free(r);
	crowd_network_free(n);
	return rate;
}

/* A saturated first station, blocking after service,
	`places` at the second (the one in service with them): the states are 0 ... places at
 * the second, and one more: blocked. A birth-and-death chain with the ratio first : second. */
static double tandem_formula(double first_s, double second_s, uint32_t places)
{
	double x = second_s / first_s, sum = 0.0, term = 1.0;
	for (uint32_t k = 0; k <= places + 1; k++) {
		sum += term;
		term *= x;
	}
	return (1.0 - 1.0 / sum) / second_s;
}

void case_tandem_blocking(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 4), ppl = t->short_form ? 300000 : 1000000;
	static const struct { double first_s, second_s; uint32_t room; } cases[] = {{5.0, 5.0, 1}, {5.0, 5.0, 4}, {4.0,
		5.0, 3}, {5.0, 4.0, 3}};
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		double rate = 0.0, wanted = tandem_formula(cases[k].first_s, cases[k].second_s, cases[k].room);
		for (uint32_t i = 0; i < runs; i++)
			rate += tandem_rate(t, cases[k].first_s, cases[k].second_s, cases[k].room, ppl, 1 + i) / runs;
		char figure[120];
		snprintf(figure, sizeof(figure), "%.0f s, then %.0f s, %u places: people a second : formula %.5f",
			cases[k].first_s, cases[k].second_s,
			cases[k].room, wanted);
		trial_within(t, figure, rate / wanted, "", 0.99, 1.01);
	}
}

/* ---- a plaza with 20 gates, both ways ---- */

#define GATES 20
#define GATE_STEP_M 3.0

static const struct crowd_curve_point plaza_curve[] = {{0, 0}, {120, 0.08}, {300, 0.5}, {420, 0.85}, {600, 1.0}};
static const struct crowd_service plaza_service = {.form = CROWD_LOGNORMAL, .mean_s = 5.0, .cv = 0.5};

struct plaza { double wait_s, queue_max; };

static struct plaza plaza_meso(struct trial *t, uint64_t seed, uint32_t ppl)
{
	const struct crowd_area areas[] = {{.id = "plaza", .area_m2 = GATES * GATE_STEP_M * 40.0, .limit_ppl = INFINITY},
		{.id = "inside", .limit_ppl = INFINITY, .inside = true}};
	struct crowd_lane lanes[GATES];
	struct crowd_checkpoint checks[GATES];
	for (uint32_t k = 0; k < GATES; k++) {
		lanes[k] = (struct crowd_lane){.service = 0, .takes = 3, .open = true};
		checks[k] = (struct crowd_checkpoint){.id = "gate", .from = 0, .to = 1, .lane_first = k, .lane_count = 1,
			.x_m = GATE_STEP_M * (k + 0.5), .y_m = 40.0, .refused_to = CROWD_NONE};
	}
	const uint32_t goal = 1;
	const double all = 1.0;
	const struct crowd_stream stream = {.id = "people", .to = 0, .x_m = GATES * GATE_STEP_M / 2, .y_m = 2.0, .ppl = ppl,
		.curve = {plaza_curve, 5}, .goals = &goal, .goal_shares = &all, .goal_count = 1};
	const struct crowd_network_plan plan = {.areas = areas, .area_count = 2, .checkpoints = checks,
		.checkpoint_count = GATES, .lanes = lanes,
		.lane_count = GATES, .services = &plaza_service, .service_count = 1, .streams = &stream, .stream_count = 1, .until_s = 7200.0,
		.sample_s = 5.0, .start_s = INFINITY};
	struct plaza result = {NAN, NAN};
	struct problem p = {0};
	struct crowd_network *n = NULL;
	struct crowd_run *r = NULL;
	err_t e = crowd_network_new(&plan, &n, &p);
	if (e == ERR_NONE)
		e = crowd_run_new(n, &r);
	if (e == ERR_NONE)
		e = crowd_network_run(n, seed, NULL, r);
	if (e == ERR_NONE) {
		double sum = 0.0, people = 0.0;
		result.queue_max = 0.0;
		for (uint32_t k = 0; k < GATES; k++) {
			sum += r->checkpoints[k].wait.mean_s * r->checkpoints[k].wait.count;
			people += r->checkpoints[k].wait.count;
		}
		result.wait_s = sum / people;
		for (uint32_t i = 0; i < r->sample_count; i++) {
			double queue = 0.0;
			for (uint32_t k = 0; k < GATES; k++)
				queue += (double)r->queue_ppl[i * GATES + k];
			result.queue_max = fmax(result.queue_max, queue);
		}
	} else {
		trial_note(t, "network refused: %s %s %s", error_row(e)->code, p.feature, p.detail);
	}
	crowd_run_free(r);
	crowd_network_free(n);
	return result;
}

static void watch_plaza(struct stage *g)
{
	double *queue_max = g->ctx, queue = 0.0;
	for (uint32_t k = 0; k < GATES; k++) {
		struct crowd_gate_result r;
		crowd_scene_gate(g->s, k, &r);
		queue += r.queue;
	}
	*queue_max = fmax(*queue_max, queue);
}

static struct plaza plaza_micro(struct trial *t, uint64_t seed, uint32_t ppl)
{
	struct plaza result = {NAN, 0.0};
	struct stage g;
	stage_begin(&g, t, seed);
	g.settings.refresh_s = 5.0;
	double wide = GATES * GATE_STEP_M;
	stage_floor(&g, (struct box){0, 0, wide, 40});
	stage_floor(&g, (struct box){0, 42, wide, 48});
	uint32_t service = 0, gates[GATES], exit = stage_exit(&g, (struct box){0, 46, wide, 48}), route = 0;
	if (!g.broken)
		g.broken = crowd_draft_service(g.d, &plaza_service, &service) != ERR_NONE;
	for (uint32_t k = 0; k < GATES && !g.broken; k++) {
		double x = GATE_STEP_M * (k + 0.5);
		stage_floor(&g, (struct box){x - 0.5, 40, x + 0.5, 42});
		const struct crowd_point line[] = {{x, 40.3}, {x, 32.0}};
		const struct crowd_scene_lane lane = {.at = {x, 41.0}, .beyond = {x, 42.6}, .queue = {line, 2},
			.service = service, .takes = 3, .open = true};
		g.broken = crowd_draft_gate(g.d, "gate", &lane, 1, &gates[k]) != ERR_NONE;
	}
	const struct crowd_route_step steps[] = {{true, gates, GATES, NULL}, {false, &exit, 1, NULL}};
	if (!g.broken)
		g.broken = crowd_draft_route(g.d, "in", steps, 2, &route) != ERR_NONE;
	const struct crowd_point south[] = {{1, 0.3}, {wide - 1, 0.3}, {wide - 1, 3.7}, {1, 3.7}};
	const struct crowd_scene_source source = {.id = "people", .polygon = {south, 4}, .ppl = ppl,
		.curve = {plaza_curve, 5}, .route = route};
	if (!g.broken)
		g.broken = crowd_draft_source(g.d, &source) != ERR_NONE;
	g.each_step = watch_plaza;
	g.ctx = &result.queue_max;
	if (stage_build(&g)) {
		double sum = 0.0, people = 0.0;
		double out_s = stage_run(&g, 1800.0);
		trial_tell(t, "walkers still there after half an hour", stage_here(&g), "people");
		for (uint32_t k = 0; k < GATES; k++) {
			struct crowd_gate_result r;
			crowd_scene_gate(g.s, gates[k], &r);
			sum += r.wait.count > 0 ? r.wait.mean_s * r.wait.count : 0.0;
			people += r.wait.count;
		}
		(void)out_s; /* whoever is left has no wait yet: said beside */
		result.wait_s = sum / people;
	}
	stage_end(&g);
	return result;
}

void case_meso_against_micro(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 1, 5), ppl = 3000;
	struct plaza a = {0.0, 0.0}, b = {0.0, 0.0};
	for (uint32_t i = 0; i < runs; i++) {
		struct plaza meso = plaza_meso(t, 1 + i, ppl), micro = plaza_micro(t, 1 + i, ppl);
		a.wait_s += meso.wait_s / runs;
		a.queue_max += meso.queue_max / runs;
		b.wait_s += micro.wait_s / runs;
		b.queue_max += micro.queue_max / runs;
	}
	trial_tell(t, "walkers: mean wait", b.wait_s, "s");
	trial_within(t, "mean wait, network : walkers", a.wait_s / b.wait_s, "", 0.9, 1.1);
	trial_tell(t, "walkers: longest queue", b.queue_max, "people");
	trial_within(t, "longest queue, network : walkers", a.queue_max / b.queue_max, "", 0.85, 1.15);
}
