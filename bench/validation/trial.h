/* bench/validation/trial.h: one validation case: what is built, what is asked of it, whose number that is, and what came out.
 *
 *   case table (cases.c) --> trial_run --> the case's function --> trial_within(figure, value, low, high) ... --> JSON lines
 *
 * A case is met when every figure that has a bound lies within it, and it gave at least one. The lines are read by
 * write.mjs, which writes docs/VALIDATION.md, and by ./check.
 */
#ifndef CORDON_VALIDATION_TRIAL_H
#define CORDON_VALIDATION_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "crowd/crowd.h"

struct trial;
struct trial_case {
	const char *suite, *number, *what;
	const char *geometry;       /* in words, with the people in it */
	const char *criterion;
	const char *whose;          /* the guideline's, another suite's, ours */
	void (*run)(struct trial *t);
	bool heavy;                 /* the short form does without it */
	const char *not_applicable; /* why; such a case has no function */
	const char *not_met;        /* known not to be met, and why; ./check then fails when it IS met, so that this is taken out */
};
extern const struct trial_case trial_cases[];
extern const uint32_t trial_case_count;

enum verdict { VERDICT_MET, VERDICT_NOT_MET, VERDICT_NOT_APPLICABLE, VERDICT_SKIPPED };
struct trial {
	const struct trial_case *c;
	bool short_form;
	const char *shared;      /* folder of the reference data; NULL: not there */
	struct buf lines;        /* figures and pictures as JSON lines */
	struct buf notes;        /* JSON strings, comma between */
	uint32_t figures, failed, seeds;
	const char *skipped;     /* why */
	double cpu_s;
	uint64_t walker_steps;
	enum verdict verdict;
};

void trial_run(struct trial *t);
const char *verdict_word(enum verdict v);
/* How many seeds a case uses: the first in the short form, the second in the long one; remembered for the report. */
uint32_t trial_seeds(struct trial *t, uint32_t in_short, uint32_t in_long);
/* A figure with bounds; -INFINITY or INFINITY: no bound on that side. NAN is never within. */
void trial_within(struct trial *t, const char *figure, double value, const char *unit, double low, double high);
/* A figure that decides nothing. */
void trial_tell(struct trial *t, const char *figure, double value, const char *unit);
void trial_note(struct trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The case cannot be run here (no reference data): neither met nor not. */
void trial_skip(struct trial *t, const char *why);
/* A point of a picture's series (write.mjs draws it). */
void trial_point(struct trial *t, const char *picture, const char *series, double x, double y);

#endif
