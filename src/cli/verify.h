/* cli/verify.h: what the files of `cordon verify` share. Inside cli/ only. */
#ifndef CORDON_CLI_VERIFY_H
#define CORDON_CLI_VERIFY_H

#include "live/live.h"

/* What is wrong and what to do about it, a sentence each, in the user's language. */
struct verify_words { char what[320]; const char *fix; };
void verify_describe(const struct live_report *report, const struct live_finding *finding, bool chinese, struct verify_words *out);
const char *verify_fault_code(enum live_fault fault);   /* "end_lost": stable, for --json */
/* 1234567 -> "1,234,567". */
const char *verify_number(uint64_t n, char out[32]);
/* "cordon verify: DIR is in use by process 4711 (cordon)", where the system tells. */
void verify_say_holder(const char *dir);
/* A look at one session with progress on standard error; `progress` false: in silence. */
err_t verify_look(struct store *store, const char *id, bool progress, struct live_report *out);

/* cordon verify --accept-loss; the exit code. */
int verify_accept_loss(const char *dir, const char *id, bool yes);

#endif
