/* bench_validation [--short] [--only NAME] [--without NAMES] [--shared DIR] [--list]: runs the validation cases, prints JSON lines.
 *
 * Cases run side by side, a thread each core; each uses one thread of its own. The lines of a case stand together, in the table's
 * order; what was run ends, on stderr, with "N passed, N failed": passed is what came as the table says it would.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crowd/walk/model.h"
#include "trial.h"

struct work {
	pthread_mutex_t lock;
	pthread_cond_t done;
	struct trial *trials;
	uint32_t count, next;
	bool *finished;
};

static void *run_trials(void *arg)
{
	struct work *w = arg;
	for (;;) {
		pthread_mutex_lock(&w->lock);
		uint32_t mine = w->next++;
		pthread_mutex_unlock(&w->lock);
		if (mine >= w->count)
			return NULL;
		trial_run(&w->trials[mine]);
		pthread_mutex_lock(&w->lock);
		w->finished[mine] = true;
		pthread_cond_broadcast(&w->done);
		pthread_mutex_unlock(&w->lock);
	}
}

static bool wanted(const struct trial_case *c, const char *only, const char *without)
{
	char name[64];
	snprintf(name, sizeof(name), "%s %s", c->suite, c->number);
	if (without != NULL && strstr(without, c->number) != NULL && strcmp(c->suite, "Cordon") == 0)
		return false;
	if (only != NULL)
		return strcmp(name, only) == 0 || strcmp(c->suite, only) == 0 || strcmp(c->number, only) == 0;
	return true;
}

/* As the table says it would: met, or known not to be. */
static bool as_said(const struct trial *t)
{
	return t->verdict == VERDICT_NOT_MET ? t->c->not_met != NULL : t->c->not_met == NULL || t->short_form || t->verdict != VERDICT_MET;
}

static uint32_t print_all(struct work *w)
{
	uint32_t counts[4] = {0}, failed = 0;
	for (uint32_t i = 0; i < w->count; i++) {
		struct trial *t = &w->trials[i];
		pthread_mutex_lock(&w->lock);
		while (!w->finished[i])
			pthread_cond_wait(&w->done, &w->lock);
		pthread_mutex_unlock(&w->lock);
		fwrite(t->lines.at, 1, t->lines.size, stdout);
		fflush(stdout);
		buf_free(&t->lines);
		counts[t->verdict]++;
		failed += !as_said(t);
		fprintf(stderr, "%-14s %s %s: %s%s\n", verdict_word(t->verdict), t->c->suite, t->c->number, t->c->what,
			as_said(t) ? "" : t->verdict == VERDICT_MET
				? " (the table says it is not met: take that out)" : " (the table does not say so)");
		if (t->skipped != NULL)
			fprintf(stderr, "SKIPPED: %s %s: %s\n", t->c->suite, t->c->number, t->skipped);
	}
	fprintf(stderr, "%u met, %u not met, %u not applicable\n", counts[VERDICT_MET], counts[VERDICT_NOT_MET],
		counts[VERDICT_NOT_APPLICABLE]);
	fprintf(stderr, "%u passed, %u failed, %u skipped\n",
		w->count - failed - counts[VERDICT_SKIPPED] - counts[VERDICT_NOT_APPLICABLE], failed,
		counts[VERDICT_SKIPPED]);
	return failed;
}

static void print_calibration(void)
{
	struct crowd_body b = crowd_body_default();
	struct model_numbers m = model_numbers_default();
	printf("{\"bench\":\"validation\",\"case\":\"calibration\",\"isa\":\"%s\",\"calibration\":{\"speed_ms\":"
		"\"%.2f +- %.2f (%.2f to %.2f)\","
		"\"radius_m\":%g,\"gap_s\":%g,\"anticipate_s\":%g,\"react_s\":%g,\"turn\":%g,\"turn_range_m\":%g,\"turn_soft_m\":%g,"
		"\"wall_turn\":%g,\"wall_range_m\":%g,\"comfort_m\":%g,\"strip_m\":%g,\"slope\":%g,\"skin_m\":%g,\"cut_off_m\":%g}}\n",
		crowd_isa_word(CROWD_ISA_BEST), b.speed_ms, b.speed_sd_ms, b.speed_min_ms, b.speed_max_ms, b.radius_m, b.gap_s, b.anticipate_s,
		b.react_s, m.turn, m.turn_range_m, m.turn_soft_m, m.wall_turn, m.wall_range_m, MODEL_COMFORT_M, m.strip_m, m.slope, m.skin_m,
		m.cut_off_m);
}

static int list_cases(void)
{
	for (uint32_t i = 0; i < trial_case_count; i++)
		printf("%s %s\t%s\n", trial_cases[i].suite, trial_cases[i].number, trial_cases[i].what);
	return 0;
}

int main(int argc, char **argv)
{
	bool short_form = false;
	const char *only = NULL, *without = NULL /* of our own cases */, *shared = getenv("CORDON_SHARED");
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--short") == 0)
			short_form = true;
		else if (strcmp(argv[i], "--list") == 0)
			return list_cases();
		else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			only = argv[++i];
		else if (strcmp(argv[i], "--without") == 0 && i + 1 < argc)
			without = argv[++i];
		else if (strcmp(argv[i], "--shared") == 0 && i + 1 < argc)
			shared = argv[++i];
		else
			return fprintf(stderr, "usage: bench_validation [--short] [--only NAME] [--without NAMES] [--shared DIR] [--list]\n"), 2;
	}
	struct work w = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
	w.trials = calloc(trial_case_count, sizeof(w.trials[0]));
	w.finished = calloc(trial_case_count, sizeof(w.finished[0]));
	if (w.trials == NULL || w.finished == NULL)
		return 1;
	for (uint32_t i = 0; i < trial_case_count; i++)
		if (wanted(&trial_cases[i], only, without))
			w.trials[w.count++] = (struct trial){.c = &trial_cases[i], .short_form = short_form, .shared = shared,
				.skipped = short_form && only == NULL && trial_cases[i].heavy ? "takes minutes: only in the long form" : NULL};
	print_calibration();
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[64];
	uint32_t running = 0;
	for (; running < 64 && running < (uint32_t)cores && running < w.count; running++)
		if (pthread_create(&threads[running], NULL, run_trials, &w) != 0)
			break;
	uint32_t failed = running > 0 || w.count == 0 ? print_all(&w) : 1;
	for (uint32_t i = 0; i < running; i++)
		pthread_join(threads[i], NULL);
	free(w.trials);
	free(w.finished);
	return w.count > 0 && failed == 0 ? 0 : 1;
}
