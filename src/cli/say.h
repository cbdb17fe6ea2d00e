/* cli/say.h: what several verbs say in the same way: the language, errors, options that need a value. Inside cli/ only. */
#ifndef CORDON_CLI_SAY_H
#define CORDON_CLI_SAY_H

#include "base/error.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stdio.h>

/* By LC_ALL, LC_MESSAGES, LANG. */
bool say_in_chinese(void);
/* "cordon: reason: field: detail; what to do", to standard error. Gives the exit code 1. */
int say_error(err_t error, const struct problem *problem);
/* "cordon: `what`" and where help is, to standard error. Gives the exit code 2. */
int say_usage(const char *verb, const char *what, const char *word);
/* "plan.geojson:12: error zone.unreachable feature x, field y: what is wrong. Do: how it is mended." */
void say_finding(FILE *to, const char *path, const struct plan_finding *f, bool chinese);

/* One option of a verb: "--name" with a value. */
struct say_option { const char *name; const char **value; };
/* Reads options (ending with a NULL name) and at most `words_max` other words, from argv[1] on. "--help" sets *help.
 * 0, or the exit code 2 after saying why. */
int say_read_options(int argc, char **argv, const struct say_option *options, const char **words, int words_max, int *word_count,
                     bool *help);

/* Is the option without a value there? It is taken out, before the others are read. */
bool say_take_flag(int *argc, char **argv, const char *flag);

#endif
