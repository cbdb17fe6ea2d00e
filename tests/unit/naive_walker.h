/* tests/unit/naive_walker.h: one walker of crowd/walk/model.h in plain doubles: the oracle of the step. */
#ifndef CORDON_TESTS_NAIVE_WALKER_H
#define CORDON_TESTS_NAIVE_WALKER_H

#include "crowd/walk/model.h"

struct model_walker {
	double along_x, along_y, speed_ms;   /* as walked last; 0 0: not yet */
	double wanted_x, wanted_y;           /* unit vector, or 0 0: stands */
	double free_speed_ms, radius_m, gap_s, comfort_m;
};
struct model_seen { double dx_m, dy_m, along_x, along_y, speed_ms, radius_m; }; /* dx, dy: from the walker to him */
struct model_wall { double dx_m, dy_m; };                                       /* from the walker to its nearest point */
struct model_move { double along_x, along_y, speed_ms; };
/* What he does in the next dt_s. Those seen beyond the cut-off are passed over. */
struct model_move model_walk(const struct model_numbers *m, const struct model_walker *w, const struct model_seen *seen,
                             uint32_t seen_count, const struct model_wall *walls, uint32_t wall_count, double dt_s);

#endif
