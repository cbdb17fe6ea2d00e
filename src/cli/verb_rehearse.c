/* cli/verb_rehearse.c: `cordon rehearse PLAN`: a plan, or two with the same people, run in simulation; a table, and files to keep. */
#include "cli/rehearse.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli/verbs.h"

#define BAR_COLUMNS 32
#define CURVE_BYTES_MAX ((size_t)4 << 20)
#define FILE_BYTES_MAX ((size_t)1 << 30)

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_WRONG = 2, EXIT_STOPPED = 130 };

/* A signal handler has no other way to tell. */
static volatile sig_atomic_t stop_asked;

static void ask_stop(int signal_number)
{
	(void)signal_number;
	stop_asked = 1;
}

/* The first Ctrl-C asks, the second finds the system's own way: the program ends. */
static void stop_at_ctrl_c(void)
{
	struct sigaction once = {.sa_handler = ask_stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
	stop_asked = 0;
	sigaction(SIGINT, &once, NULL);
	sigaction(SIGTERM, &once, NULL);
}

/* ---- progress, on standard error ---- */

struct progress { const char *label; bool terminal, chinese, begun; uint32_t told; };

static void draw_progress(void *ctx, uint32_t done, uint32_t of)
{
	struct progress *p = ctx;
	if (of == 0)
		return;
	if (p->terminal) {
		int full = (int)((uint64_t)done * BAR_COLUMNS / of);
		fprintf(stderr, "\r%s[%.*s%*s] %u/%u", p->label, full, "################################", BAR_COLUMNS - full, "", done, of);
		return;
	}
	uint32_t quarter = (uint32_t)((uint64_t)done * 4 / of); /* that it began, and four lines, are enough for a log */
	if (done == 0 || (p->begun && quarter == p->told))
		return;
	p->begun = true;
	p->told = quarter;
	fprintf(stderr, p->chinese ? "%s已推演 %u/%u 次\n" : "%s%u of %u runs\n", p->label, done, of);
}

static void end_progress(const struct progress *p)
{
	if (p->terminal)
		fputs("\r\033[K", stderr);
}

/* ---- what it works on ---- */

struct work {
	const struct rehearse_command *k;
	struct plan *plan, *plan_b;
	struct rehearse_settings settings;
	struct rehearse_change changes[REHEARSE_CHANGES_MAX], changes_b[REHEARSE_CHANGES_MAX];
	struct arena *arena;              /* of the curve */
	struct rehearsal *a, *b;
	struct rehearse_comparison *c;
	struct rehearse_lanes *l;
};

static int read_plan(const char *path, struct plan **out)
{
	struct plan_findings findings = {0};
	struct problem problem = {0};
	bool chinese = say_in_chinese();
	int rc = EXIT_GOOD;
	err_t error = plan_read_file(path, out, &findings, &problem);
	if (error == ERR_NONE)
		error = plan_check(*out, &findings);
	if (error != ERR_NONE) {
		if (problem.error != error)
			problem_set(&problem, error, NULL, "%s", "");
		if (problem.field[0] == '\0')
			snprintf(problem.field, sizeof(problem.field), "%.95s", path);
		rc = say_error(error, &problem);
	} else if (findings.errors > 0) {
		for (uint32_t i = 0; i < findings.count; i++)
			if (findings.items[i].severity == PLAN_ERROR)
				say_finding(stderr, path, &findings.items[i], chinese);
		fprintf(stderr, chinese ? "cordon rehearse：%s 有 %u 个错误，未推演。改正后用 cordon plan check 复查。\n"
			: "cordon rehearse: %s has errors: %u. It was not rehearsed; mend them, and look again with cordon plan check.\n", path,
			findings.errors);
		rc = EXIT_FAILED;
	}
	plan_findings_free(&findings);
	return rc;
}

static int read_curve(struct work *w)
{
	struct buf text;
	struct problem problem = {0};
	struct plan_curve_point *points = NULL;
	uint32_t count = 0;
	char piece[65536];
	size_t size;
	FILE *file = fopen(w->k->curve, "rb");
	if (file == NULL) {
		problem_set(&problem, ERR_FILE_OPEN, "--curve", "%s: %s", w->k->curve, strerror(errno));
		return say_error(ERR_FILE_OPEN, &problem);
	}
	buf_init(&text, CURVE_BYTES_MAX);
	while (text.error == ERR_NONE && (size = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(&text, piece, size);
	err_t error = text.error;
	if (error == ERR_NONE && ferror(file))
		error = problem_set(&problem, ERR_FILE_OPEN, "--curve", "%s: %s", w->k->curve, strerror(errno));
	fclose(file);
	w->arena = arena_new(CURVE_BYTES_MAX);
	if (error == ERR_NONE && w->arena == NULL)
		error = ERR_MEMORY;
	if (error == ERR_NONE)
		error = rehearse_read_curve((struct text){text.at != NULL ? text.at : "", text.size}, w->arena, &points, &count, &problem);
	buf_free(&text);
	if (error != ERR_NONE) {
		struct problem said = problem;
		snprintf(said.field, sizeof(said.field), "--curve %.80s", w->k->curve);
		said.error = error;
		return say_error(error, &said);
	}
	w->settings.curve = points;
	w->settings.curve_count = count;
	return EXIT_GOOD;
}

static int make_settings(struct work *w)
{
	const struct rehearse_command *k = w->k;
	w->settings = rehearse_settings_default();
	w->settings.level = k->level;
	w->settings.phase = k->phase;
	w->settings.arrivals_ppl = k->arrivals_ppl;
	w->settings.arrivals_shift_min = k->shift_min;
	w->settings.seed = k->seed;
	w->settings.replications = k->replications;
	w->settings.threads = k->threads;
	w->settings.change_count = k->wish_count;
	w->settings.progress = draw_progress;
	w->settings.stop = &stop_asked;
	int rc = rehearse_make_changes(k, w->plan, k->plan, w->changes);
	if (rc == EXIT_GOOD && w->plan_b != NULL)
		rc = rehearse_make_changes(k, w->plan_b, k->against, w->changes_b);
	if (rc == EXIT_GOOD && k->curve != NULL)
		rc = read_curve(w);
	if (rc == EXIT_GOOD && w->plan_b != NULL && w->settings.arrivals_ppl == 0)
		w->settings.arrivals_ppl = w->plan->expected_ppl; /* the same people: those of the first plan */
	return rc;
}

/* ---- running ---- */

/* The field of the settings as the option by which it was given. */
static void name_option(const struct rehearse_command *k, struct problem *problem)
{
	static const char *const options[][2] = {{"level", "--level"}, {"phase", "--phase"}, {"arrivals_ppl", "--arrivals"},
		{"arrivals_shift_min", "--shift"}, {"replications", "--replications"}, {"threads", "--threads"}, {"curve", "--curve"},
		{"staff", "--staff"}, {"wait_p95_s", "--wait"}};
	unsigned long change = 0;
	if (strncmp(problem->field, "changes[", 8) == 0 && (change = strtoul(problem->field + 8, NULL, 10)) < k->wish_count) {
		snprintf(problem->field, sizeof(problem->field), "%s %.80s", k->wishes[change].option, k->wishes[change].id);
		return;
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(problem->field, options[i][0]) == 0)
			snprintf(problem->field, sizeof(problem->field), "%s", options[i][1]);
}

static int say_failure(const struct work *w, err_t error, struct problem *problem)
{
	if (error == ERR_CROWD_STOPPED) {
		fputs(say_in_chinese() ? "cordon rehearse：已停止，尚未完成一次推演，无结果。\n"
			: "cordon rehearse: stopped before one run was done: there is nothing to keep.\n", stderr);
		return EXIT_STOPPED;
	}
	name_option(w->k, problem);
	problem->error = error;
	return say_error(error, problem);
}

static int run_one(struct work *w, const struct plan *p, const struct rehearse_change *changes, const char *label, struct rehearsal **out)
{
	struct progress progress = {label, isatty(STDERR_FILENO) == 1, say_in_chinese(), false, 0};
	struct problem problem = {0};
	w->settings.ctx = &progress;
	w->settings.changes = changes;
	err_t error = rehearse_run(p, &w->settings, out, &problem);
	end_progress(&progress);
	return error == ERR_NONE ? EXIT_GOOD : say_failure(w, error, &problem);
}

static int run_lanes(struct work *w)
{
	struct progress progress = {"", isatty(STDERR_FILENO) == 1, say_in_chinese(), false, 0};
	struct rehearse_lanes_wanted wanted = {.staff = w->k->staff, .wait_p95_s = w->k->wait_s};
	struct problem problem = {0};
	w->settings.ctx = &progress;
	w->settings.changes = w->changes;
	err_t error = rehearse_find_lanes(w->plan, &w->settings, &wanted, &w->l, &problem);
	end_progress(&progress);
	if (error == ERR_NONE) {
		w->l->after->plan_name = (struct plan_name){"按所求通道数开放", "with the lanes found"};
		error = rehearse_compare(w->l->before, w->l->after, &w->c);
	}
	return error == ERR_NONE ? EXIT_GOOD : say_failure(w, error, &problem);
}

static int run_plans(struct work *w)
{
	int rc = run_one(w, w->plan, w->changes, w->plan_b != NULL ? "A " : "", &w->a);
	if (rc != EXIT_GOOD || w->plan_b == NULL)
		return rc;
	if (stop_asked == 0)
		rc = run_one(w, w->plan_b, w->changes_b, "B ", &w->b);
	if (w->b == NULL && stop_asked != 0) {
		fputs(say_in_chinese() ? "cordon rehearse：方案 B 尚未推演，仅保留方案 A 的结果。\n"
			: "cordon rehearse: B was not rehearsed; what was done of A is kept.\n", stderr);
		return EXIT_GOOD;
	}
	if (rc != EXIT_GOOD)
		return rc;
	err_t error = rehearse_compare(w->a, w->b, &w->c);
	return error == ERR_NONE ? EXIT_GOOD : say_error(error, NULL);
}

/* ---- files ---- */

/* The folder must be there before minutes are spent on what goes into it. */
static int make_folder(const char *path)
{
	struct problem problem = {0};
	struct stat there;
	if ((mkdir(path, 0777) == 0 || errno == EEXIST) && stat(path, &there) == 0 && S_ISDIR(there.st_mode) && access(path, W_OK | X_OK) == 0)
		return EXIT_GOOD;
	problem_set(&problem, ERR_FILE_WRITE, "--out", "%s: %s", path, errno == EEXIST || errno == 0 ? strerror(ENOTDIR) : strerror(errno));
	return say_error(ERR_FILE_WRITE, &problem);
}

/* Whole or not at all: written beside its place, then renamed. */
static int write_file(const char *folder, const char *name, const struct buf *text)
{
	struct buf path, part;
	struct problem problem = {0};
	buf_init(&path, 8192);
	buf_init(&part, 8192);
	buf_addf(&path, "%s/%s", folder, name);
	buf_addf(&part, "%s/.%s.part", folder, name);
	err_t error = text->error != ERR_NONE ? text->error : path.error != ERR_NONE ? path.error : part.error;
	if (error == ERR_NONE) {
		FILE *file = fopen(part.at, "wb");
		bool good = file != NULL && fwrite(text->at, 1, text->size, file) == text->size && fflush(file) == 0 && fsync(fileno(file)) == 0;
		int why = errno;
		if (file != NULL && fclose(file) != 0 && good) {
			good = false;
			why = errno;
		}
		if (good && rename(part.at, path.at) != 0) {
			good = false;
			why = errno;
		}
		if (!good) {
			error = problem_set(&problem, ERR_FILE_WRITE, "--out", "%s: %s", path.at, strerror(why));
			unlink(part.at);
		}
	}
	buf_free(&path);
	buf_free(&part);
	return error == ERR_NONE ? EXIT_GOOD : say_error(error, &problem);
}

static int write_files(const struct work *w, const struct rehearsal *a)
{
	const char *out = w->k->out;
	struct buf text, series;
	const struct plan *p_b = w->plan_b != NULL ? w->plan_b : w->plan;
	buf_init(&text, FILE_BYTES_MAX);
	buf_init(&series, FILE_BYTES_MAX);
	rehearsal_write_json(a, w->c, w->l, &text);
	int rc = write_file(out, "rehearsal.json", &text);
	buf_reset(&text);
	rehearsal_write_csv(a, w->c, &text, &series);
	if (rc == EXIT_GOOD)
		rc = write_file(out, "figures.csv", &text);
	if (rc == EXIT_GOOD)
		rc = write_file(out, "series.csv", &series);
	buf_reset(&text);
	rehearsal_write_html(a, w->plan, w->c, w->c != NULL ? p_b : NULL, w->l, w->k->chinese, &text);
	if (rc == EXIT_GOOD)
		rc = write_file(out, "rehearsal.html", &text);
	buf_free(&text);
	buf_free(&series);
	if (rc == EXIT_GOOD)
		printf(w->k->chinese ? "\n已写出 %s/rehearsal.html、rehearsal.json、figures.csv、series.csv\n"
			: "\nWritten: %s/rehearsal.html, rehearsal.json, figures.csv, series.csv\n", out);
	return rc;
}

static int say_result(const struct work *w)
{
	const struct rehearsal *a = w->l != NULL ? w->l->before : w->a;
	struct buf table;
	int rc = EXIT_GOOD;
	buf_init(&table, FILE_BYTES_MAX);
	rehearsal_write_table(a, w->c, w->l, w->k->chinese, &table);
	if (table.error == ERR_NONE)
		fwrite(table.at, 1, table.size, stdout);
	else
		rc = say_error(table.error, NULL);
	buf_free(&table);
	if (rc == EXIT_GOOD && w->k->out != NULL)
		rc = write_files(w, a);
	if (fflush(stdout) != 0 && rc == EXIT_GOOD)
		rc = say_error(ERR_FILE_WRITE, NULL);
	return rc;
}

static int rehearse(struct work *w)
{
	int rc = read_plan(w->k->plan, &w->plan);
	if (rc == EXIT_GOOD && w->k->against != NULL)
		rc = read_plan(w->k->against, &w->plan_b);
	if (rc == EXIT_GOOD)
		rc = make_settings(w);
	if (rc == EXIT_GOOD && w->k->out != NULL)
		rc = make_folder(w->k->out);
	if (rc != EXIT_GOOD)
		return rc;
	stop_at_ctrl_c();
	rc = w->k->find_lanes ? run_lanes(w) : run_plans(w);
	if (rc == EXIT_GOOD)
		rc = say_result(w);
	if (rc == EXIT_GOOD && stop_asked != 0) {
		fputs(say_in_chinese() ? "cordon rehearse：已按要求停止，结果取自已完成的各次推演。\n"
			: "cordon rehearse: stopped as asked; the result is of the runs that were done.\n", stderr);
		rc = EXIT_STOPPED;
	}
	return rc;
}

int verb_rehearse(int argc, char **argv)
{
	struct rehearse_command *command = calloc(1, sizeof(*command));
	struct work *w = calloc(1, sizeof(*w));
	int rc = EXIT_FAILED;
	if (command == NULL || w == NULL) {
		say_error(ERR_MEMORY, NULL);
		goto out;
	}
	w->k = command;
	rc = rehearse_read_command(argc, argv, command);
	if (rc == EXIT_GOOD && command->help)
		rehearse_print_help();
	else if (rc == EXIT_GOOD)
		rc = rehearse(w);
	rehearse_comparison_free(w->c);
	rehearse_lanes_free(w->l);
	rehearsal_free(w->a);
	rehearsal_free(w->b);
	plan_free(w->plan);
	plan_free(w->plan_b);
	arena_free(w->arena);
	arena_free(command->arena);
out:
	free(w);
	free(command);
	return rc;
}
