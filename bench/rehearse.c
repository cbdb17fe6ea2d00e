/* bench_rehearse [--pairs N] [--runs R] [--ppl P] [--a FILE] [--b FILE]: the demo's plan A against plan B with the same people:
 * the time of a thousand paired replications. R runs of N pairs, each from the plans in memory to the comparison; medians. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rehearse/rehearse.h"
#include "lap.h"

#define RUNS_MAX 101
#define PATH_SIZE 4096

/* The nearest folder above this program that holds `name`. */
static bool find(const char *name, char out[PATH_SIZE])
{
	char at[PATH_SIZE];
	ssize_t size = readlink("/proc/self/exe", at, sizeof(at) - 1);
	if (size <= 0)
		return false;
	at[size] = '\0';
	for (char *slash = strrchr(at, '/'); slash != NULL; slash = strrchr(at, '/')) {
		*slash = '\0';
		if (snprintf(out, PATH_SIZE, "%s/%s", at, name) < PATH_SIZE && access(out, R_OK) == 0)
			return true;
	}
	return false;
}

static struct plan *read_plan(const char *path)
{
	struct plan *p = NULL;
	struct plan_findings findings = {0};
	struct problem problem = {0};
	if (plan_read_file(path, &p, &findings, &problem) != ERR_NONE || findings.errors > 0) {
		fprintf(stderr, "%s: %s\n", path, problem.detail);
		exit(1);
	}
	plan_findings_free(&findings);
	return p;
}

static struct rehearsal *run(const struct plan *p, const struct rehearse_settings *s)
{
	struct rehearsal *r = NULL;
	struct problem problem = {0};
	if (rehearse_run(p, s, &r, &problem) != ERR_NONE) {
		fprintf(stderr, "%s: %s\n", problem.field, problem.detail);
		exit(1);
	}
	return r;
}

static double difference_of(const struct rehearse_comparison *c, enum rehearse_figure f)
{
	for (uint32_t i = 0; i < c->row_count; i++)
		if (c->rows[i].figure == f)
			return c->rows[i].difference.mean;
	return 0;
}

int main(int argc, char **argv)
{
	char paths[2][PATH_SIZE] = {"", ""};
	const char *given[2] = {NULL, NULL};
	uint32_t pairs = 200, runs = 5, ppl = 30000;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--pairs") == 0)
			pairs = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--runs") == 0)
			runs = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--ppl") == 0)
			ppl = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--a") == 0 || strcmp(argv[i], "--b") == 0)
			given[argv[i][2] == 'b'] = argv[i + 1];
	}
	static const char *const names[2] = {"venues/sports-centre/plan-a.geojson", "venues/sports-centre/plan-b.geojson"};
	for (int i = 0; i < 2; i++)
		if (given[i] == NULL && !find(names[i], paths[i])) {
			fprintf(stderr, "%s is not there\n", names[i]);
			return 1;
		}
	struct plan *a = read_plan(given[0] ? given[0] : paths[0]), *b = read_plan(given[1] ? given[1] : paths[1]);
	struct rehearse_settings s = rehearse_settings_default();
	s.replications = pairs;
	s.arrivals_ppl = ppl;
	s.threads = 2;
	double wall[RUNS_MAX], cpu[RUNS_MAX], to_in = 0;
	runs = runs < 1 ? 1 : runs > RUNS_MAX ? RUNS_MAX : runs;
	for (uint32_t i = 0; i < runs; i++) {
		double wall_began = lap_s(CLOCK_MONOTONIC), cpu_began = lap_s(CLOCK_PROCESS_CPUTIME_ID);
		struct rehearsal *ra = run(a, &s), *rb = run(b, &s);
		struct rehearse_comparison *c = NULL;
		if (rehearse_compare(ra, rb, &c) != ERR_NONE)
			return 1;
		wall[i] = (lap_s(CLOCK_MONOTONIC) - wall_began) * 1000 / pairs;
		cpu[i] = (lap_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_began) * 1000 / pairs;
		to_in = difference_of(c, REHEARSE_FIGURE_TO_IN_MEAN);
		rehearse_comparison_free(c);
		rehearsal_free(ra);
		rehearsal_free(rb);
	}
	double wall_s = lap_median(wall, runs), cpu_s = lap_median(cpu, runs);
	printf("{\"bench\":\"queue\",\"case\":\"plan-a-against-b\",\"figure\":\"wall_of_1000_pairs\",\"value\":%.2f,\"unit\":\"s\","
	       "\"limit\":60,\"ratio\":%.2f,"
	       "\"min\":%.2f,\"max\":%.2f,\"cpu_s\":%.2f,\"people\":%u,\"pairs_a_run\":%u,\"threads\":2,\"people_per_cpu_s\":%.0f,\"runs\":%u,"
	       "\"to_in_mean_difference_s\":%.1f}\n", wall_s, 60 / wall_s, wall[0], wall[runs - 1], cpu_s, ppl, pairs,
	       2000.0 * ppl / cpu_s, runs, to_in);
	plan_free(a);
	plan_free(b);
	return 0;
}
