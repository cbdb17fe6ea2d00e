/* cli/verb_rehearse_worker.c: `cordon rehearse-worker`: what the server starts for each rehearsal. Not for people: it is in no list of
 * verbs. It gives up what it does not need before it reads a byte: priority, files, core dumps, new rights. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/verbs.h"
#include "rehearse/request.h"

static volatile int stop_asked;

static void ask_stop(int signal_number)
{
	(void)signal_number;
	stop_asked = 1;
}

/* The kernel takes this one first when memory runs out. */
static void offer_to_die_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "900", 3) != 3)
		fputs("cordon rehearse-worker: it cannot offer itself to the kernel\n", stderr);
	close(fd);
}

static void give_up_rights(void)
{
	const struct rlimit none = {0, 0};
	setpriority(PRIO_PROCESS, 0, 10);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &none); /* it writes into its pipe and into nothing else */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	offer_to_die_first();
}

int verb_rehearse_worker(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = ask_stop}; /* SIGPIPE ends it: nobody listens any more */
	(void)argv;
	if (argc != 1)
		return 2;
	give_up_rights();
	signal(SIGTERM, SIG_IGN); /* of a whole service: the server ends it in its own way */
	sigaction(SIGINT, &action, NULL);
	return rehearse_worker(STDIN_FILENO, STDOUT_FILENO, &stop_asked);
}
