/* bench/crowd.c: how many walker-steps a second, and are they the right ones?
 *
 *   bench_crowd [--case room10|neck4|gates20|room25] [--n N] [--dt S] [--steps K] [--threads T] [--isa avx512|avx2|plain]
 *               [--model peer|calibrated] [--runs R]
 *
 * The cases of crowd_case.h with the peer's model (a collision-free speed model, radius 0.2 m, gap 1 s, 1.2 m/s), so that a figure can
 * be laid beside that of any other engine that walks the same steps; and with Cordon's own calibrated model. A step is all that
 * a step needs: sorting, the direction wanted, the walk, taking out who has arrived. Figures are walker-steps per second of
 * processor time (of all threads together), medians over the runs. After the steps for which the peer's double precision is
 * known, the mean place of all walkers is told, how far it is from that, and whether it holds. Without --case: the whole table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crowd_case.h"
#include "lap.h"

#define RUNS_MAX 99
#define EXACT_M 1e-8      /* doubles, seen 3 m far, steps 1 and 10 */
#define FLOAT_M 5e-6      /* float32, steps 1 and 10 */
#define LATER_M 0.05      /* afterwards: statistics */
#define LATER_PEOPLE 0.005

struct job {
	struct crowd_case of;
	uint32_t steps, threads, runs;
	enum step_model model;
	enum crowd_isa isa;
	double limit; /* 0: none */
};

struct run {
	const struct job *job;
	struct step *step;
	uint8_t *lane; /* by slot */
	uint32_t *leaving, leaving_count;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_crowd: %s\n", what);
	exit(1);
}

static double now_s(const struct job *job)
{
	return lap_s(job->threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID);
}

static struct run run_new(const struct job *job)
{
	struct step_wall walls[CASE_WALLS_MAX];
	uint32_t n = job->of.walkers;
	struct crowd_body body = { 0 };
	double far_m = job->of.kind == CASE_ROOM25 ? 200.0 : 50.0;
	struct step_settings settings = { .model = job->model, .isa = job->isa, .threads = job->threads, .walkers_max = n, .x_min_m = -50.0,
		.y_min_m = -50.0, .x_max_m = far_m + 4.0, .y_max_m = far_m, .body = body, .walls = walls,
		.wall_count = case_walls(job->of.kind, walls) };
	struct run r = { job, NULL, calloc(n, 1), calloc(n, sizeof *r.leaving), 0 };
	double *x_m = calloc(n, sizeof *x_m), *y_m = calloc(n, sizeof *y_m);
	if (r.lane == NULL || r.leaving == NULL || x_m == NULL || y_m == NULL || step_new(&settings, &r.step) != ERR_NONE)
		die("no memory");
	case_places(&job->of, x_m, y_m);
	bool peer = job->model == STEP_PEER;
	for (uint32_t i = 0; i < n; i++) {
		r.lane[i] = (uint8_t)case_lane(job->of.kind, y_m[i]);
		step_add(r.step, i, (float)x_m[i], (float)y_m[i], 1.2f, peer ? 0.2f : 0.15f, peer ? 1.0f : 0.85f);
	}
	step_sort(r.step);
	free(x_m);
	free(y_m);
	return r;
}

static void run_free(struct run *r)
{
	step_free(r->step);
	free(r->lane);
	free(r->leaving);
}

/* The room's own loop, so that the compiler can make vectors of it. */
static void want_room(struct step_walkers w, float x_m, float y_m, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i < last; i++) {
		float dx = x_m - w.x_m[i], dy = y_m - w.y_m[i], per = 1.0f / sqrtf(dx * dx + dy * dy);
		w.wanted_x[i] = dx * per;
		w.wanted_y[i] = dy * per;
	}
}

static void want(void *ctx, uint32_t first, uint32_t count)
{
	struct run *r = ctx;
	struct step_walkers w = step_walkers(r->step);
	enum case_kind kind = r->job->of.kind;
	if (case_is_room(kind)) {
		want_room(w, kind == CASE_ROOM25 ? 199.0f : 49.0f, kind == CASE_ROOM25 ? 75.0f : 0.0f, first, first + count);
		return;
	}
	for (uint32_t i = first; i < first + count; i++) {
		double x, y;
		case_wanted(kind, r->lane[w.slot[i]], (double)w.x_m[i], (double)w.y_m[i], &x, &y);
		w.wanted_x[i] = (float)x;
		w.wanted_y[i] = (float)y;
	}
}

/* Who stands in the exit when the step begins walks it and is gone in the next. */
static void one_step(struct run *r)
{
	for (uint32_t k = 0; k < r->leaving_count; k++)
		step_remove(r->step, r->leaving[k]);
	step_sort(r->step);
	struct step_walkers w = step_walkers(r->step);
	r->leaving_count = 0;
	for (uint32_t i = 0; i < w.count; i++) {
		if (w.x_m[i] >= 48.0f && case_at_exit(r->job->of.kind, r->lane[w.slot[i]], (double)w.x_m[i], (double)w.y_m[i]))
			r->leaving[r->leaving_count++] = i;
	}
	step_ranges(r->step, want, r);
	step_walk(r->step, r->job->of.dt_s);
}

static struct case_mean mean_of(struct step *s)
{
	struct step_walkers w = step_walkers(s);
	struct case_mean mean = { w.count, 0.0, 0.0 };
	for (uint32_t i = 0; i < w.count; i++) {
		mean.x_m += (double)w.x_m[i];
		mean.y_m += (double)w.y_m[i];
	}
	mean.x_m = mean.x_m / w.count + CASE_MIDDLE_M;
	mean.y_m = mean.y_m / w.count + CASE_MIDDLE_M;
	return mean;
}

static void say_name(const struct job *job, const char *isa)
{
	printf("{\"bench\":\"crowd\",\"case\":\"%s-%u-dt%g-%s-%s", case_name(job->of.kind), job->of.walkers, job->of.dt_s,
	       job->model == STEP_PEER ? "peer" : "calibrated", isa);
	if (job->threads != 1)
		printf("-%u-threads", job->threads);
	printf("\"");
}

static bool same_case(const struct crowd_case *a, const struct crowd_case *b)
{
	return a->kind == b->kind && a->walkers == b->walkers && fabs(a->dt_s - b->dt_s) < 1e-9;
}

/* A line for each value known after this step. */
static void check(const struct job *job, const char *isa, uint32_t step, struct case_mean mean, double early_m)
{
	uint32_t count;
	const struct case_check *checks = case_checks(&count);
	for (uint32_t k = 0; k < count; k++) {
		const struct case_check *c = &checks[k];
		if (job->model != STEP_PEER || c->step != step || !same_case(&c->of, &job->of))
			continue;
		double off_x = mean.x_m - c->x_m, off_y = mean.y_m - c->y_m, allowed_m = step <= 10 ? early_m : LATER_M;
		double people = c->people == 0 ? 0.0 : fabs((double)mean.people / c->people - 1.0);
		bool holds = fabs(off_x) <= allowed_m && fabs(off_y) <= allowed_m && people <= LATER_PEOPLE;
		say_name(job, isa);
		printf(",\"figure\":\"mean_place\",\"step\":%u,\"x_m\":%.9f,\"y_m\":%.9f,\"people\":%u,\"off_x_m\":%.2e,\"off_y_m\":%.2e,"
		       "\"limit\":%g,\"unit\":\"m\",\"holds\":%s}\n", step, mean.x_m, mean.y_m, mean.people, off_x, off_y, allowed_m,
		       holds ? "true" : "false");
	}
}

struct timing { double per_cpu_s, per_s, life_per_cpu_s; size_t bytes; };

static struct timing time_once(const struct job *job, bool tell)
{
	struct run r = run_new(job);
	const char *isa = crowd_isa_word(step_isa(r.step));
	double cpu_s = 0.0, passed_s = 0.0, walker_steps = 0.0;
	if (tell)
		check(job, isa, 0, mean_of(r.step), FLOAT_M);
	for (uint32_t step = 1; step <= job->steps; step++) {
		double at_cpu = now_s(job), at = lap_s(CLOCK_MONOTONIC);
		one_step(&r);
		cpu_s += now_s(job) - at_cpu;
		passed_s += lap_s(CLOCK_MONOTONIC) - at;
		walker_steps += step_walkers(r.step).count;
		if (tell)
			check(job, isa, step, mean_of(r.step), FLOAT_M);
	}
	struct timing t = { walker_steps / cpu_s, walker_steps / passed_s, job->steps * job->of.dt_s / cpu_s, step_bytes_per_walker(r.step) };
	run_free(&r);
	return t;
}

static void say(const struct job *job, const char *figure, double value, const char *unit, double limit, const char *more)
{
	say_name(job, crowd_isa_word(job->isa));
	printf(",\"figure\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", figure, value, unit);
	if (limit > 0.0)
		printf(",\"limit\":%.6g,\"ratio\":%.2f", limit, value / limit);
	printf("%s}\n", more);
	fflush(stdout);
}

static double run_job(const struct job *job)
{
	double cpu[RUNS_MAX], wall[RUNS_MAX], life[RUNS_MAX];
	struct timing t = { 0 };
	for (uint32_t run = 0; run < job->runs; run++) {
		t = time_once(job, run == 0);
		cpu[run] = t.per_cpu_s;
		wall[run] = t.per_s;
		life[run] = t.life_per_cpu_s;
	}
	char more[128];
	double median = lap_median(cpu, job->runs);
	snprintf(more, sizeof more, ",\"min\":%.6g,\"max\":%.6g,\"runs\":%u", cpu[0], cpu[job->runs - 1], job->runs);
	say(job, "walker_steps_per_cpu_s", median, "1/s", job->limit, more);
	if (job->threads != 1)
		say(job, "walker_steps_per_s", lap_median(wall, job->runs), "1/s", 0.0, "");
	say(job, "life_s_per_cpu_s", lap_median(life, job->runs), "1", job->of.walkers == 100000 ? 3.0 : 0.0, "");
	say(job, "bytes_per_walker", (double)t.bytes, "B", 64.0, "");
	return median;
}

/* The same in doubles, seen 3 m far: are the formulas the peer's? */
static void run_exact(const struct job *job)
{
	struct double_run *r = double_run_new(&job->of, 3.0);
	if (r == NULL)
		die("no memory");
	check(job, "double", 0, double_run_mean(r), EXACT_M);
	for (uint32_t step = 1; step <= job->steps && step <= 100; step++) {
		double_run_step(r);
		check(job, "double", step, double_run_mean(r), EXACT_M);
	}
	double_run_free(r);
}

static uint32_t usual_steps(uint32_t walkers)
{
	return walkers <= 1000 ? 1000 : walkers <= 10000 ? 200 : 20;
}

/* Everything that is promised, in one go. */
static void run_table(uint32_t runs)
{
	static const struct job jobs[] = {
		{ { CASE_ROOM10, 50000, 0.05 }, 20, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 6e6 },
		{ { CASE_ROOM10, 10000, 0.05 }, 200, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 10e6 },
		{ { CASE_ROOM10, 1000, 0.05 }, 1000, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 12e6 },
		{ { CASE_ROOM10, 10000, 0.01 }, 200, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 10e6 },
		{ { CASE_NECK4, 10000, 0.05 }, 200, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 0 },
		{ { CASE_GATES20, 10000, 0.05 }, 200, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 0 },
		{ { CASE_ROOM10, 50000, 0.05 }, 20, 1, 0, STEP_PEER, CROWD_ISA_AVX2, 4e6 },
		{ { CASE_ROOM10, 10000, 0.05 }, 200, 1, 0, STEP_PEER, CROWD_ISA_AVX2, 0 },
		{ { CASE_ROOM10, 50000, 0.05 }, 20, 1, 0, STEP_PEER, CROWD_ISA_PLAIN, 0 },
		{ { CASE_ROOM10, 10000, 0.05 }, 100, 1, 0, STEP_PEER, CROWD_ISA_PLAIN, 0 },
		{ { CASE_ROOM10, 50000, 0.05 }, 20, 1, 0, STEP_CALIBRATED, CROWD_ISA_AVX512, 0 },
		{ { CASE_ROOM10, 10000, 0.05 }, 200, 1, 0, STEP_CALIBRATED, CROWD_ISA_AVX512, 0 },
		{ { CASE_GATES20, 10000, 0.05 }, 200, 1, 0, STEP_CALIBRATED, CROWD_ISA_AVX512, 0 },
		{ { CASE_ROOM25, 100000, 0.05 }, 40, 1, 0, STEP_PEER, CROWD_ISA_AVX512, 0 },
		{ { CASE_ROOM25, 100000, 0.05 }, 40, 1, 0, STEP_CALIBRATED, CROWD_ISA_AVX512, 0 },
		{ { CASE_ROOM10, 50000, 0.05 }, 20, 2, 0, STEP_PEER, CROWD_ISA_AVX512, 0 },
	};
	for (size_t k = 0; k < sizeof jobs / sizeof jobs[0]; k++) {
		struct job job = jobs[k];
		job.runs = runs;
		run_job(&job);
		bool first_of_case = job.isa == CROWD_ISA_AVX512 && job.of.kind != CASE_ROOM25 && job.model == STEP_PEER && job.threads == 1;
		if (first_of_case)
			run_exact(&job);
	}
}

static bool take_option(struct job *job, bool *one, const char *key, const char *value)
{
	if (strcmp(key, "--case") == 0)
		return *one = case_named(value, &job->of.kind);
	if (strcmp(key, "--n") == 0)
		return (job->of.walkers = (uint32_t)strtoul(value, NULL, 10)) > 0 && job->of.walkers <= CROWD_WALKERS_MAX;
	if (strcmp(key, "--dt") == 0)
		return (job->of.dt_s = strtod(value, NULL)) > 0.0;
	if (strcmp(key, "--steps") == 0)
		return (job->steps = (uint32_t)strtoul(value, NULL, 10)) > 0;
	if (strcmp(key, "--threads") == 0)
		return (job->threads = (uint32_t)strtoul(value, NULL, 10)) > 0;
	if (strcmp(key, "--runs") == 0)
		return (job->runs = (uint32_t)strtoul(value, NULL, 10)) > 0 && job->runs <= RUNS_MAX;
	if (strcmp(key, "--model") == 0) {
		job->model = strcmp(value, "calibrated") == 0 ? STEP_CALIBRATED : STEP_PEER;
		return job->model == STEP_CALIBRATED || strcmp(value, "peer") == 0;
	}
	for (enum crowd_isa isa = CROWD_ISA_PLAIN; strcmp(key, "--isa") == 0 && isa <= CROWD_ISA_AVX512; isa++) {
		if (strcmp(value, crowd_isa_word(isa)) == 0) {
			job->isa = isa;
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	struct job job = { { CASE_ROOM10, 10000, 0.05 }, 0, 1, 5, STEP_PEER, CROWD_ISA_BEST, 0.0 };
	bool one = false;
	for (int k = 1; k < argc; k += 2) {
		if (k + 1 == argc || !take_option(&job, &one, argv[k], argv[k + 1])) {
			fprintf(stderr, "bench_crowd: not understood: %s %s\n", argv[k], k + 1 < argc ? argv[k + 1] : "");
			return 2;
		}
	}
	if (!one) {
		run_table(job.runs);
		return 0;
	}
	job.steps = job.steps > 0 ? job.steps : usual_steps(job.of.walkers);
	run_job(&job);
	if (job.of.kind != CASE_ROOM25)
		run_exact(&job);
	return 0;
}
