/* bench/crowd_case.h: the cases on which steps of walkers are timed beside others, exactly as the project's sources give them.
 *
 *   room10    a square of 100 m, an exit in the middle of its east side, everybody heads for the exit's middle
 *   neck4     the same square and a neck 4 m wide on its east side, the exit at its end
 *   gates20   the same square and 20 lanes a metre wide, each walker heads for the one in front of him
 *   room25    a square of 250 m: room for 100,000 who move (1.6 /m2); not of the sources
 *
 * Places are in a frame whose origin is the middle of the square of 100 m, so that float32 has its best there; all figures told are
 * in the frame of the sources (0 to 100 m). */
#ifndef CORDON_BENCH_CROWD_CASE_H
#define CORDON_BENCH_CROWD_CASE_H

#include "crowd/walk/step.h"

#define CASE_MIDDLE_M 50.0
#define CASE_WALLS_MAX 128

enum case_kind { CASE_ROOM10, CASE_NECK4, CASE_GATES20, CASE_ROOM25 };
struct crowd_case {
	enum case_kind kind;
	uint32_t walkers;
	double dt_s;
};

/* What the peer's double precision gave: the mean place of those present after so many steps; people 0: not told. */
struct case_check { struct crowd_case of; uint32_t step, people; double x_m, y_m; };
const struct case_check *case_checks(uint32_t *count);

bool case_is_room(enum case_kind kind);
bool case_named(const char *name, enum case_kind *out);
const char *case_name(enum case_kind kind);
uint32_t case_walls(enum case_kind kind, struct step_wall out[CASE_WALLS_MAX]);
/* Places of all walkers at the start, in our frame. */
void case_places(const struct crowd_case *c, double *x_m, double *y_m);
uint32_t case_lane(enum case_kind kind, double y_m);              /* chosen at the start */
bool case_at_exit(enum case_kind kind, uint32_t lane, double x_m, double y_m);
/* The unit vector of the peer's shortest way, corners kept 0.2 m off. */
void case_wanted(enum case_kind kind, uint32_t lane, double x_m, double y_m, double *out_x, double *out_y);

/* ---- crowd_double.c: the same in doubles, seen 3 m far: the exact values ---- */
struct case_mean { uint32_t people; double x_m, y_m; };
struct double_run;
struct double_run *double_run_new(const struct crowd_case *c, double cut_off_m); /* NULL: no memory */
void double_run_step(struct double_run *r);
struct case_mean double_run_mean(const struct double_run *r);
void double_run_free(struct double_run *r);

#endif
