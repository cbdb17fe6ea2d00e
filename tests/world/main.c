/* tests/world/main.c: seeds given to workers, and the figures.
 *
 * A worker is a process of its own, so that one that dies or hangs takes only its seed with it. What it did so far lies in
 * shared memory; its standard error in a file that is told from when it dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "world.h"

#define JOBS_MAX 64
#define HANG_S 600
#define FAILURES_MAX 10
#define SEEDS_MAX 1000
#define ENOUGH_SEEDS 60          /* of so many, everything that can happen must have happened */

struct options {
	double seconds, hours;
	uint64_t seeds, seed;
	bool one;                       /* --seed: this seed alone */
	unsigned jobs;
	bool verbose, twice, until_failure;
	uint64_t list[SEEDS_MAX];       /* --file: these, one a line, whatever follows it */
	bool listed;
};
struct worker {
	pid_t pid;
	int errors;                     /* a file */
	_Atomic uint64_t seed, passed, failed;
	_Atomic int64_t began_s;
	struct tally tally;
};
struct shared {
	_Atomic uint64_t next, digest;
	_Atomic bool enough;
	struct worker workers[JOBS_MAX];
};

static double seconds_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void add_tally(struct tally *sum, const struct tally *one)
{
	const uint64_t *from = (const uint64_t *)one;
	uint64_t *to = (uint64_t *)sum;
	for (size_t i = 0; i < offsetof(struct tally, simulated_s) / sizeof *to; i++)
		to[i] += from[i];
	sum->simulated_s += one->simulated_s;
}

/* ---- one seed ---- */

static bool live_once(struct world *w, uint64_t seed, uint32_t *out_digest)
{
	bool fine = world_live(w, seed);
	*out_digest = w->digest;
	if (!fine)
		printf("FAILED %s\n  to see it again: tests/world/run --seed %llu\n", w->what, (unsigned long long)seed);
	fflush(stdout);
	return fine;
}

static bool live_seed(struct world *w, const struct options *o, uint64_t seed, struct tally *tally)
{
	uint32_t first, second;
	if (!live_once(w, seed, &first))
		return false;
	add_tally(tally, &w->tally);
	if (o->one)
		printf("seed %llu: digest %08x\n", (unsigned long long)seed, first);
	if (!o->twice)
		return true;
	bool fine = live_once(w, seed, &second);
	if (fine && first != second) {
		printf("FAILED seed %llu: two runs differ, digests %08x and %08x\n", (unsigned long long)seed, first, second);
		fine = false;
	}
	return fine;
}

/* ---- workers ---- */

static uint64_t seed_number(const struct options *o, uint64_t n)
{
	return o->listed ? o->list[n] : o->seed + n;
}

static void work(struct shared *s, struct worker *me, const struct options *o)
{
	struct world *w = calloc(1, sizeof *w);
	if (w == NULL)
		abort();
	bool any_failed = false;
	log_set_level(LOG_LEVEL_WARN);
	while (!atomic_load(&s->enough)) {
		uint64_t n = atomic_fetch_add(&s->next, 1);
		if (o->seeds > 0 && n >= o->seeds)
			break;
		uint64_t seed = seed_number(o, n);
		if (!o->verbose && ftruncate(STDERR_FILENO, 0) == 0)
			lseek(STDERR_FILENO, 0, SEEK_SET);
		atomic_store(&me->began_s, (int64_t)seconds_now());
		atomic_store(&me->seed, seed);
		bool fine = live_seed(w, o, seed, &me->tally);
		atomic_store(&me->seed, 0);
		atomic_fetch_add(fine ? &me->passed : &me->failed, 1);
		any_failed |= !fine;
		if (!fine)
			break; /* what it held is not freed: a new process goes on */
	}
	free(w);
	fflush(stdout);
	if (any_failed)
		_exit(3);
	exit(0); /* with a look for leaks */
}

static void start_worker(struct shared *s, struct worker *me, const struct options *o)
{
	if (me->errors == 0) {
		char name[] = "/tmp/cordon-world-XXXXXX";
		me->errors = mkstemp(name);
		unlink(name);
	}
	fflush(stdout);
	pid_t pid = fork(); /* `me` is shared: only the parent writes it */
	if (pid != 0) {
		me->pid = pid;
		return;
	}
	if (!o->verbose)
		dup2(me->errors, STDERR_FILENO);
	work(s, me, o);
}

static void tell_errors(const struct worker *me)
{
	static char text[6001];
	off_t size = lseek(me->errors, 0, SEEK_END), from = size > 200000 ? size - 200000 : 0;
	char *all = calloc(1, 200001);
	if (all == NULL)
		return;
	ssize_t n = pread(me->errors, all, 200000, from);
	const char *report = n > 0 ? strstr(all, "ERROR: ") : NULL;
	if (report == NULL)
		report = n > 3000 ? all + n - 3000 : all;
	snprintf(text, sizeof text, "%s", report);
	puts(text);
	free(all);
}

/* True: this worker's seed failed, or it was ended. */
static bool bury(struct worker *me, int status)
{
	me->pid = 0;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3))
		return WEXITSTATUS(status) == 3;
	uint64_t seed = atomic_load(&me->seed);
	atomic_fetch_add(&me->failed, 1);
	printf("FAILED seed %llu: the process ended with %s %d\n  to see it again: tests/world/run --seed %llu --verbose\n",
	       (unsigned long long)seed, WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), (unsigned long long)seed);
	tell_errors(me);
	atomic_store(&me->seed, 0);
	return true;
}

static void watch(struct shared *s, const struct options *o, double began)
{
	unsigned failures = 0;
	for (;;) {
		double now = seconds_now(), hours = 0;
		unsigned running = 0;
		for (unsigned i = 0; i < o->jobs; i++) {
			struct worker *me = &s->workers[i];
			int status;
			if (me->pid != 0 && waitpid(me->pid, &status, WNOHANG) == me->pid && bury(me, status)) {
				failures += o->until_failure ? FAILURES_MAX : 1;
				if (!o->one && failures < FAILURES_MAX && !atomic_load(&s->enough))
					start_worker(s, me, o);
			}
			running += me->pid != 0;
			hours += me->tally.simulated_s / 3600;
			if (me->pid != 0 && atomic_load(&me->seed) != 0 && (int64_t)now - atomic_load(&me->began_s) > HANG_S)
				kill(me->pid, SIGABRT);
		}
		if (running == 0)
			return;
		if ((o->seconds > 0 && now - began > o->seconds) || (o->hours > 0 && hours >= o->hours) || failures >= FAILURES_MAX)
			atomic_store(&s->enough, true);
		nanosleep(&(struct timespec){0, 20000000}, NULL);
	}
}

/* ---- figures ---- */

static void print_figures(const struct tally *t, double for_s)
{
	static const char *faults[] = {"full", "write error", "sync error", "read error", "read only"};
	unsigned long long seeds = t->seeds;
	printf("seeds %llu in %.1f s (%.1f/s); simulated %.0f h (%.1f h/s, %.0f h a minute); steps %llu\n", seeds, for_s,
	       (double)t->seeds / for_s, t->simulated_s / 3600, t->simulated_s / 3600 / for_s, t->simulated_s / 60 / for_s,
	       (unsigned long long)t->steps);
	printf("passages: offered %llu, acknowledged %llu; duplicates %llu, conflicts %llu, refused lines %llu; batches that failed %llu\n",
	       (unsigned long long)t->offered, (unsigned long long)t->acked, (unsigned long long)t->duplicates,
	       (unsigned long long)t->conflicts, (unsigned long long)t->rejected, (unsigned long long)t->refused_batches);
	printf("crashes: power %llu, kill %llu; clean restarts %llu; never answered and found on disk %llu\ndisk faults met:",
	       (unsigned long long)t->power, (unsigned long long)t->kills, (unsigned long long)t->clean,
	       (unsigned long long)t->limbo_found);
	for (int i = 0; i < WORLD_FAULTS; i++)
		printf(" %s %llu%s", faults[i], (unsigned long long)t->met[i], i + 1 < WORLD_FAULTS ? "," : "\n");
	printf("compared: journals %llu, states %llu (of past moments %llu), publications %llu; plans put in force %llu\n",
	       (unsigned long long)t->audits, (unsigned long long)t->states, (unsigned long long)t->past,
	       (unsigned long long)t->publications, (unsigned long long)t->plans);
	printf("zones: normal %llu, watch %llu, warning %llu, critical %llu; with a time at which they are full %llu\n",
	       (unsigned long long)t->told_states[0], (unsigned long long)t->told_states[1], (unsigned long long)t->told_states[2],
	       (unsigned long long)t->told_states[3], (unsigned long long)t->fills);
}

/* Worlds in which nothing happened prove nothing: of many, each of these must have come at least once. True: all did. */
static bool much_happened(const struct tally *t)
{
	const struct { const char *what; uint64_t count; } least[] = {
		{"acknowledged passage", t->acked}, {"duplicate", t->duplicates}, {"conflict", t->conflicts}, {"refused line", t->rejected},
		{"failed batch", t->refused_batches}, {"power cut", t->power}, {"kill", t->kills}, {"clean restart", t->clean},
		{"record found that was never answered", t->limbo_found}, {"full disk", t->met[0]}, {"write error", t->met[1]},
		{"sync error", t->met[2]}, {"read error", t->met[3]}, {"read-only disk", t->met[4]}, {"audit of a journal", t->audits},
		{"state compared", t->states}, {"past compared", t->past}, {"publication", t->publications}, {"plan change", t->plans},
		{"zone between normal and critical", t->told_states[1] + t->told_states[2]}, {"critical zone", t->told_states[3]},
		{"zone that fills", t->fills}};
	bool all = true;
	for (size_t i = 0; i < sizeof least / sizeof least[0]; i++)
		if (least[i].count == 0) {
			printf("FAILED not one %s in %llu seeds: they prove nothing about it\n", least[i].what, (unsigned long long)t->seeds);
			all = false;
		}
	return all;
}

static int run(const struct options *o, struct shared *s)
{
	double began = seconds_now();
	struct tally sum = {0};
	uint64_t passed = 0, failed = 0;
	for (unsigned i = 0; i < o->jobs; i++)
		start_worker(s, &s->workers[i], o);
	watch(s, o, began);
	for (unsigned i = 0; i < o->jobs; i++) {
		add_tally(&sum, &s->workers[i].tally);
		passed += atomic_load(&s->workers[i].passed);
		failed += atomic_load(&s->workers[i].failed);
	}
	print_figures(&sum, seconds_now() - began);
	if (!o->until_failure && failed == 0 && (passed == 0 || (passed >= ENOUGH_SEEDS && !much_happened(&sum))))
		failed++;
	printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
	return failed == 0 ? 0 : 1;
}

static bool read_list(struct options *o, const char *path)
{
	char line[400];
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return false;
	o->seeds = 0;
	o->listed = true;
	while (o->seeds < SEEDS_MAX && fgets(line, sizeof line, f) != NULL) {
		char *end;
		unsigned long long seed = strtoull(line, &end, 10);
		if (end != line)
			o->list[o->seeds++] = seed;
	}
	fclose(f);
	o->seed = 1;
	return o->seeds > 0;
}

static bool read_option(struct options *o, int argc, char **argv, int *i)
{
	const char *name = argv[*i], *value = *i + 1 < argc ? argv[*i + 1] : "";
	if (strcmp(name, "--verbose") == 0)
		return o->verbose = true;
	if (strcmp(name, "--twice") == 0)
		return o->twice = true;
	if (strcmp(name, "--until-failure") == 0)
		return o->until_failure = true;
	(*i)++;
	if (strcmp(name, "--file") == 0)
		return read_list(o, value);
	if (strcmp(name, "--seconds") == 0)
		o->seconds = strtod(value, NULL);
	else if (strcmp(name, "--hours") == 0)
		o->hours = strtod(value, NULL);
	else if (strcmp(name, "--seeds") == 0)
		o->seeds = strtoull(value, NULL, 10);
	else if (strcmp(name, "--seed") == 0)
		o->seed = strtoull(value, NULL, 10);
	else if (strcmp(name, "--jobs") == 0)
		o->jobs = (unsigned)strtoul(value, NULL, 10);
	else
		return false;
	return *value != '\0';
}

int main(int argc, char **argv)
{
	struct options o = {.jobs = 1};
	for (int i = 1; i < argc; i++)
		if (!read_option(&o, argc, argv, &i)) {
			fputs("world [--seconds N | --hours N | --seeds N | --file SEEDS] [--seed S] [--jobs J]"
			      " [--twice] [--until-failure] [--verbose]\n", stderr);
			return 2;
		}
	if (o.jobs < 1 || o.jobs > JOBS_MAX)
		o.jobs = 1;
	if (o.seed != 0 && o.seconds <= 0 && o.hours <= 0 && o.seeds == 0) {
		o.one = true;
		o.seeds = 1;
	}
	if (o.seed == 0) /* seeds that nobody ran before, but told */
		o.seed = (uint64_t)time(NULL) * 1000;
	if (o.seconds <= 0 && o.hours <= 0 && o.seeds == 0)
		o.seconds = 60;
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return 2;
	if (!o.one && !o.listed)
		printf("seeds from %llu on\n", (unsigned long long)o.seed);
	return run(&o, s);
}
