/* rehearse/scene_run.c: the micro level. */
#include "rehearse/inside.h"

err_t rehearse_scene(const struct plan *p, const struct rehearse_settings *s, struct rehearsal *r, struct problem *problem)
{
	(void)p;
	(void)s;
	(void)r;
	return problem_set(problem, ERR_REHEARSE_SETTING, "level", "only meso is there");
}
