/* cli/rehearse.h: what the files of `cordon rehearse` share: its command line as data. Inside cli/ only. */
#ifndef CORDON_CLI_REHEARSE_H
#define CORDON_CLI_REHEARSE_H

#include "rehearse/rehearse.h"

/* A moment on the command line: minutes from the start ("-45"), or the venue's clock ("18:45"). */
struct rehearse_moment { double minutes; bool by_clock; };
struct rehearse_wish {
	const char *option, *id;          /* "--lanes"; the checkpoint or link */
	enum rehearse_change_kind kind;
	double value;
	bool always;                      /* no from..to was given */
	struct rehearse_moment from, to;
};
struct rehearse_command {
	const char *plan, *against, *out, *curve;
	enum rehearse_level level;
	enum rehearse_phase phase;
	uint32_t arrivals_ppl, replications, threads, staff;
	uint64_t seed;
	double shift_min, wait_s;         /* wait_s: NAN without --wait */
	struct rehearse_wish wishes[REHEARSE_CHANGES_MAX]; uint32_t wish_count;
	bool find_lanes, chinese, help;
	struct arena *arena;              /* of the ids */
};
/* Reads the command line. 0, or the exit code 2 after saying which option is wrong and what it wants. */
int rehearse_read_command(int argc, char **argv, struct rehearse_command *out);
void rehearse_print_help(void);
/* "cordon rehearse: OPTION: text", then where help is; gives 2. */
int rehearse_wrong(const char *option, const char *word, const char *en, const char *zh);
/* The wishes as changes, in minutes from this plan's start; ids must be of this plan. 0, or 2 after saying what is wrong. */
int rehearse_make_changes(const struct rehearse_command *k, const struct plan *p, const char *file, struct rehearse_change *out);

#endif
