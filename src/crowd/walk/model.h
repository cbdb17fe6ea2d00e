/* crowd/walk/model.h: one walker among others: where he turns and how fast he goes. Inside crowd/ (and bench/, tests).
 *
 *        wanted w         1 turn    E = w + (sum of pushes) * left(w), a unit vector: sideways only, never back;
 *           ^   o j                 along e moves from the old direction towards E within react_s; walls bend it
 *           |  /          2 speed   v = min over j of (clear way to j) / T, at most the free speed
 *    o----> i <---- wall  3 bound   v is cut so that nobody is met: see "Nobody overlaps" below
 *
 * What step*.c does with many at once is held to these formulas in plain doubles (tests/unit/naive_walker.c).
 * Collision-free speed model (Tordeux, Chraibi, Seyfried 2016) with anticipation (Xu, Chraibi, Tordeux, Zhang 2021). Not of
 * these, and why: who yields (1), ease, contact. docs/decisions/0006 has what was measured with and without them.
 *
 * For a neighbour j at (dx, dy) = x_j - x_i, d = |dx, dy|, within cut_off_m and not behind a wall; bodies l = r_i + r_j:
 *   1 turn, of those ahead (w.dx >= 0 or e_i.dx >= 0):
 *       p  = dx + anticipate_s (v_j e_j - v_i w)                   where he will be, seen from me
 *       sa = max(l, p.dx / d)                                     how near that is
 *       push_j = turn (1 + (1 - w.e_j) / 2) exp((l - sa) / turn_range_m)
 *       lateral -= push_j clamp(p.left(w) / turn_soft_m, -1, 1)   away from where he will be
 *     of each wall whose nearest point is at (px, py), dw away, on the unit vector n:
 *       lateral -= wall_turn exp((r_i - dw) / wall_range_m) (n.left(w))
 *     E = unit(w + lateral left(w)); e = unit(e_i + (E - e_i) min(1, dt / react_s)); E itself if e_i = 0
 *     of all who all but touch, also behind: who is hemmed in slides along the others instead of holding up an arch
 *       e -= contact clamp((l - skin_m + contact_m - d) / contact_m, 0, 1) dx / d; then e = unit(e)
 *     walls, each once: e -= max(0, e.n - (dw - r_i) / (2 v0 dt)) n; then e = unit(e)
 *   2 speed, of those with a = e.dx > 0 and (e + e_j).dx > 0 (of two who see each other ahead, the one further back yields;
 *     two who meet head on turn, neither waits), b = |e x dx|:
 *       ease = comfort_i (1 - max over j within opposed_m with w.dx >= 0 of clamp(-w.e_j, 0, 1))   none among those who come against
 *       s_j = d - l - ease + slope max(0, b - strip_m - widen ease)     v <= s_j / T_i
 *   3 bound, by all near, also by those hidden by a wall (its end is soon passed):
 *       v <= (d - l + skin_m) d / (2 dt a)   for a > 0, never below 0;   walls with e.n > 0: v <= (dw - r_i + skin_m / 2) / (dt e.n)
 *   x_i += v e dt. All of it from the old state.
 *
 * Comfort is what a walker keeps clear beyond the bodies: MODEL_COMFORT_M where order holds (a corridor, a line, an approach
 * narrower than MODEL_ORDER_NARROW_M), MODEL_PRESS_M where a crowd wider than MODEL_ORDER_WIDE_M contests a narrower way ahead:
 * people queue in the one and close up in the other (Adrian et al. 2018, 2020; Sieben et al. 2017). model_press() says it of a
 * place. The scene sets it per walker, and lets it come back within MODEL_COMFORT_BACK_S once the narrow place is passed.
 *
 * Nobody overlaps by more than skin_m. Let n be the unit vector from i to j, g = d - (l - skin) the clear distance of the hard
 * bodies. The bound lets i move along n by at most max(0, g)/2, j along -n likewise, so the new distance is at
 * least d - max(0, g): hard bodies that were apart stay apart; those born into each other (g < 0) come no nearer, and may
 * leave. It needs no order of updates, no equal radii, and no swept strip: it is said of the components along n alone. Who is
 * further than the cut-off cannot be met: cut_off > r_i + r_j + 2 v0 dt. A wall is convex (a segment), so all of it lies
 * behind the line through its nearest point square to n; moving along n by at most dw - r + skin/2 never crosses that line:
 * the disc less skin/2 stays outside, whatever dt is.
 */
#ifndef CORDON_CROWD_WALK_MODEL_H
#define CORDON_CROWD_WALK_MODEL_H

#include "crowd/people.h"

/* The one calibration. docs/decisions/0006 says what was tried, docs/VALIDATION.md what comes of it. */
#define MODEL_CUT_OFF_M 2.0     /* neighbours further away are not seen */
#define MODEL_TURN 1.0          /* strength of turning away (AVM: k = 8; more makes arches at doors, and weaves away speed at 2 /m2) */
#define MODEL_TURN_RANGE_M 0.2  /* how fast it fades with distance (AVM: 0.1; less costs flow at 1 to 2 /m2) */
#define MODEL_TURN_SOFT_M 0.1   /* who will be straight ahead within this is passed on either side with less haste */
#define MODEL_WALL_TURN 0.0     /* the bound keeps people off walls; a push of 0.4 cost a fifth of the flow at a neck of 0.8 m */
#define MODEL_WALL_RANGE_M 0.1
#define MODEL_STRIP_M 0.215     /* half width of the strip in which somebody ahead is followed: sets flow per metre of width */
#define MODEL_SLOPE 20.0        /* beyond it each metre sideways is so many metres of clear way: nearly a hard edge */
#define MODEL_WIDEN 1.0         /* people at ease also keep so much more, times the ease, sideways */
#define MODEL_COMFORT_M 0.11    /* see above: speed at 2 to 3 /m2, single file, density in narrow approaches */
#define MODEL_PRESS_M 0.03      /* see above: flow at bottlenecks */
#define MODEL_COMFORT_BACK_S 5.0
#define MODEL_ORDER_NARROW_M 1.2 /* Adrian et al.: change of behaviour between 1.2 and 2.3 m */
#define MODEL_ORDER_WIDE_M 2.3
#define MODEL_OPPOSED_M 1.2     /* so near somebody who comes against takes the ease */
#define MODEL_SKIN_M 0.015      /* bodies give so much when they squeeze past each other (allowed: 0.02) */
#define MODEL_CONTACT 2.0       /* over 1: the way along a contact wins over the way into it */
#define MODEL_CONTACT_M 0.04    /* begins so far before the hard bodies meet */
#define MODEL_ANTICIPATE_S 1.0  /* AVM: 1 s */
#define MODEL_REACT_S 0.15      /* AVM: 0.3 s, with twice the strength: slower turns hold up doors */
#define MODEL_RADIUS_M 0.15     /* with comfort: 0.41 m centre to centre at standstill in order, as in single file */
#define MODEL_GAP_S 0.72        /* gives 1.0 /s at a gate of 0.5 m (measured: 1.15), the HERMES speeds, and single file from 1.4 /m on */

/* So that sweeps can change them; model_numbers_default() gives the defines above. */
struct model_numbers {
	double cut_off_m, turn, turn_range_m, turn_soft_m, wall_turn, wall_range_m, strip_m, slope, widen, opposed_m, skin_m, contact,
		contact_m, anticipate_s, react_s;
};
struct model_numbers model_numbers_default(void);

/* How much people press, 0 to 1, in a place `here_m` wide (wall to wall across the way) when the narrowest of the way soon
 * ahead is `ahead_m`. */
double model_press(double here_m, double ahead_m);
double model_comfort_m(double press);

#endif
