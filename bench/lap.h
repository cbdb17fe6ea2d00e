/* bench/lap.h: clocks and medians of the benchmarks. */
#ifndef CORDON_BENCH_LAP_H
#define CORDON_BENCH_LAP_H

#include <stdlib.h>
#include <time.h>

/* CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID or CLOCK_MONOTONIC. */
static inline double lap_s(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline int lap_rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts the values; of an even number the upper of the two in the middle. */
static inline double lap_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), lap_rising);
	return values[count / 2];
}

#endif
