/* bench/field.c: a distance field over 1,000 x 1,000 cells on one core, and how long a walker's question takes. Thread CPU
 * clock, median of the runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "crowd/way/raster.h"
#include "lap.h"

enum { RUNS_MAX = 99, SIDE = 1000, QUESTIONS = 2000000 };

static void die(const char *why)
{
	fprintf(stderr, "bench_field: %s\n", why);
	exit(1);
}

static void say(const char *name, const char *figure, double *values, int runs, double scale, const char *unit, double limit)
{
	double value = lap_median(values, (size_t)runs) * scale;
	printf("{\"bench\":\"field\",\"case\":\"%s\",\"figure\":\"%s\",\"value\":%.4g,\"unit\":\"%s\",\"limit\":%g,\"ratio\":%.2f,\"cells\":%d,"
	       "\"runs\":%d}\n", name, figure, value, unit, limit, limit / value, SIDE * SIDE, runs);
}

/* 250 x 250 m of 0.25 m: empty, or with 400 thin walls of 8 m at all angles. */
static void one_case(const char *name, uint32_t walls, bool paced, int runs)
{
	struct random random;
	random_seed(&random, 7);
	struct raster_lines lines = {0};
	for (uint32_t i = 0; i < walls; i++) {
		double x = 250 * random_unit(&random), y = 250 * random_unit(&random), a = 6.2832 * random_unit(&random);
		if (raster_lines_add(&lines, (struct raster_line){x, y, x + 8 * cos(a), y + 8 * sin(a)}) != ERR_NONE)
			die("no memory");
	}
	struct raster_drawing d = {.x_max_m = 250, .y_max_m = 250, .cell_m = 0.25, .lines = lines.at, .line_count = lines.count};
	struct raster *r;
	struct field *f;
	uint8_t *goal = calloc(SIDE * SIDE, 1);
	float *pace = malloc(SIDE * SIDE * sizeof *pace);
	double solve_s[RUNS_MAX], ask_s[RUNS_MAX], sum = 0;
	if (goal == NULL || pace == NULL || raster_new(&d, &r) != ERR_NONE || field_new(r, &f) != ERR_NONE)
		die("no memory");
	goal[raster_cell(r, 240, 125)] = 1;
	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		pace[i] = 0.75f + (float)(3 * random_unit(&random));
	for (int run = 0; run < runs; run++) {
		double began = lap_s(CLOCK_THREAD_CPUTIME_ID);
		if (field_solve(f, goal, paced ? pace : NULL) != ERR_NONE)
			die("no memory");
		solve_s[run] = lap_s(CLOCK_THREAD_CPUTIME_ID) - began;
		began = lap_s(CLOCK_THREAD_CPUTIME_ID);
		for (int i = 0; i < QUESTIONS; i++) { /* as the step asks: neighbours one after the other */
			float x = 0, y = 0;
			field_towards(f, (float)(i % 1400) * 0.178f, (float)(i / 1400) * 0.174f, &x, &y);
			sum += x;
		}
		ask_s[run] = (lap_s(CLOCK_THREAD_CPUTIME_ID) - began) / QUESTIONS;
	}
	if (!isfinite(sum))
		die("no direction");
	say(name, "solve", solve_s, runs, 1, "s", 0.25);
	say(name, "direction", ask_s, runs, 1e9, "ns", 100);
	field_free(f);
	raster_free(r);
	free(lines.at);
	free(goal);
	free(pace);
}

int main(int argc, char **argv)
{
	int runs = 5;
	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], "--runs") == 0)
			runs = (int)strtol(argv[i + 1], NULL, 10);
	if (runs < 1 || runs > RUNS_MAX)
		die("--runs 1 to 99");
	one_case("empty", 0, false, runs);
	one_case("walls", 400, false, runs);
	one_case("walls-and-crowds", 400, true, runs);
	return 0;
}
