/* cli/verbs.h: the verbs of `cordon`, one file a verb. Each gets argv from its own name on, prints to standard output,
 * says what is wrong on standard error, and gives the exit code: 0 done, 1 it did not work, 2 the command line is not understood
 * (rehearse also: 130 stopped by Ctrl-C). */
#ifndef CORDON_CLI_VERBS_H
#define CORDON_CLI_VERBS_H

int verb_serve(int argc, char **argv);
int verb_plan_check(int argc, char **argv);
int verb_plan_import(int argc, char **argv);
int verb_rehearse(int argc, char **argv);
int verb_rehearse_worker(int argc, char **argv); /* what the server starts: in no list */
int verb_drive(int argc, char **argv);
int verb_cert(int argc, char **argv);
int verb_account(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_errors(int argc, char **argv);
int verb_openapi(int argc, char **argv);

#endif
