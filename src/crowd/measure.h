/* crowd/measure.h: what is read off a crowd: density, flow, levels, reference curves, intervals. Part of crowd/crowd.h.
 * Pure functions over arrays; the sources of the formulas stand at the functions. */
#ifndef CORDON_CROWD_MEASURE_H
#define CORDON_CROWD_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* ---- levels of service (Fruin 1971) ---- */
enum crowd_level { CROWD_LEVEL_A, CROWD_LEVEL_B, CROWD_LEVEL_C, CROWD_LEVEL_D, CROWD_LEVEL_E, CROWD_LEVEL_F };
extern const double crowd_walking_bounds_ppl_m2[5], crowd_queueing_bounds_ppl_m2[5]; /* where B, C ... F begin */
enum crowd_level crowd_level_walking(double ppl_m2);
enum crowd_level crowd_level_queueing(double ppl_m2);
/* From which densities person-minutes are counted: event fields (HSE), contact, the Green Guide's limit. */
#define CROWD_ABOVE_COUNT 3
extern const double crowd_above_ppl_m2[CROWD_ABOVE_COUNT];
/* The words that must stand beside a figure of this density: NULL up to 5 /m2, then that a first-order model says nothing of
 * forces. */
const char *crowd_caution(double ppl_m2, bool chinese);

/* ---- reference curves: mean speed (m/s) at a density (people /m2), one direction on the level ---- */
double crowd_speed_weidmann_ms(double ppl_m2); /* Weidmann 1993: 1.34 (1 - exp(-1.913 (1/rho - 1/5.4))) */
/* Through the HERMES 2009 corridor runs (Juelich), linear between them; NAN above their 3.0 /m2. */
double crowd_speed_hermes_ms(double ppl_m2);

/* ---- density ---- */
struct crowd_frame { const float *x_m, *y_m, *speed_ms; uint32_t count; }; /* speed_ms may be NULL */
/* People in the polygon / its area. */
double crowd_density_counted(const struct crowd_frame *f, const double *polygon_xy, uint32_t corners);
/* Steffen, Seyfried 2010: everybody owns the ground nearer to him than to others, at most `reach_m` away; density = integral of
 * 1/cell over the polygon / its area; speed weighted by the ground owned in it (NAN: nobody owns any). Walls are not known here: a cell
 * goes on behind them, so beside a wall too few are found; _within cuts the cells to a floor that holds the whole polygon. Polygons of
 * any simple shape, corners in either turn; one without an area: NAN. Errors: MEMORY. */
err_t crowd_density_voronoi(const struct crowd_frame *f, const double *polygon_xy, uint32_t corners, double reach_m,
                            double *out_density, double *out_speed_ms);
err_t crowd_density_voronoi_within(const struct crowd_frame *f, const double *polygon_xy, uint32_t corners, double reach_m,
                                   const double *floor_xy, uint32_t floor_corners, double *out_density, double *out_speed_ms);

/* ---- flow ---- */
/* Crossings of a line between two moments of one person: +1 left to right (seen from its first end), -1 back, 0 none. Who stops on it
 * is over it; a walk through its first end counts, through its last does not: lines that meet count everybody once. */
int crowd_crossing(const double ends_xy[4], double x0, double y0, double x1, double y1);
/* Specific flow from the times of crossings: (n-1)/(last-first)/width over the central `share` of them (0.6 as in section 2.2 of
 * the sources). NAN with fewer than three. times rise. */
double crowd_flow_ppl_m_s(const double *times_s, uint32_t count, double width_m, double share);

/* ---- numbers ---- */
/* 95 %, Student's t. missing: runs without a value (NAN); of a single run low, high and sd are NAN, of none the mean too. */
struct crowd_estimate { double mean, low, high, sd; uint32_t runs, missing; };
double crowd_student_quantile(double share, uint32_t degrees); /* of Student's t; NAN for no degree or a share outside (0, 1) */
struct crowd_estimate crowd_estimate_of(const double *values, uint32_t count);
struct crowd_estimate crowd_estimate_of_difference(const double *a, const double *b, uint32_t count); /* b - a, paired */
/* Sorts them, NANs last and not counted; linear between; NAN of none. */
double crowd_quantile(double *values, uint32_t count, double share);
struct crowd_line_fit { double slope, intercept, r2; };
struct crowd_line_fit crowd_fit_line(const double *x, const double *y, uint32_t count);
/* Kolmogorov-Smirnov: p that a sample is of the distribution (asymptotic, Stephens 1970). values are sorted. */
double crowd_ks_p(double *values, uint32_t count, double (*cdf)(void *ctx, double x), void *ctx);

#endif
