/* What several runs say together: means with their interval, quantiles, a line through points, a sample against a distribution. */
#include <math.h>
#include <stdlib.h>

#include "crowd/measure.h"

/* Sums are kept by Kahan's way: ten thousand runs of a large figure lose nothing. NULL `a`: the values of b alone. */
static struct crowd_estimate estimate(const double *a, const double *b, uint32_t count)
{
	struct crowd_estimate e = {.mean = NAN, .low = NAN, .high = NAN, .sd = NAN};
	double sum = 0.0, lost = 0.0;
	for (uint32_t i = 0; i < count; i++) {
		double v = a == NULL ? b[i] : b[i] - a[i];
		if (isnan(v)) {
			e.missing++;
			continue;
		}
		e.runs++;
		double term = v - lost, next = sum + term;
		lost = (next - sum) - term;
		sum = next;
	}
	if (e.runs == 0)
		return e;
	e.mean = sum / e.runs;
	if (e.runs == 1)
		return e;
	double squares = 0.0;
	for (uint32_t i = 0; i < count; i++) {
		double v = a == NULL ? b[i] : b[i] - a[i];
		if (!isnan(v))
			squares += (v - e.mean) * (v - e.mean);
	}
	e.sd = sqrt(squares / (e.runs - 1));
	double half = crowd_student_quantile(0.975, e.runs - 1) * e.sd / sqrt(e.runs);
	e.low = e.mean - half;
	e.high = e.mean + half;
	return e;
}

struct crowd_estimate crowd_estimate_of(const double *values, uint32_t count)
{
	return estimate(NULL, values, count);
}

struct crowd_estimate crowd_estimate_of_difference(const double *a, const double *b, uint32_t count)
{
	return estimate(a, b, count);
}

static int by_size_nan_last(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	if (isnan(a) || isnan(b))
		return (int)isnan(a) - (int)isnan(b);
	return (a > b) - (a < b);
}

/* Sorts; gives how many are numbers. */
static uint32_t sort_values(double *values, uint32_t count)
{
	if (count == 0)
		return 0;
	qsort(values, count, sizeof(values[0]), by_size_nan_last);
	while (count > 0 && isnan(values[count - 1]))
		count--;
	return count;
}

double crowd_quantile(double *values, uint32_t count, double share)
{
	count = sort_values(values, count);
	if (count == 0 || isnan(share))
		return NAN;
	double at = (share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share) * (count - 1);
	uint32_t below = (uint32_t)at;
	if (below + 1 >= count)
		return values[count - 1];
	return values[below] + (at - below) * (values[below + 1] - values[below]);
}

struct crowd_line_fit crowd_fit_line(const double *x, const double *y, uint32_t count)
{
	struct crowd_line_fit fit = {NAN, NAN, NAN};
	if (count < 2)
		return fit;
	double mean_x = 0.0, mean_y = 0.0, xx = 0.0, xy = 0.0, yy = 0.0;
	for (uint32_t i = 0; i < count; i++) {
		mean_x += x[i] / count;
		mean_y += y[i] / count;
	}
	for (uint32_t i = 0; i < count; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
		yy += (y[i] - mean_y) * (y[i] - mean_y);
	}
	if (!(xx > 0.0))
		return fit;
	fit.slope = xy / xx;
	fit.intercept = mean_y - fit.slope * mean_x;
	fit.r2 = yy > 0.0 ? xy * xy / (xx * yy) : 1.0;
	return fit;
}

/* Kolmogorov's distribution: the share beyond lambda. Two series of the same function: the first is quick for large lambda,
 * the second for small. */
static double kolmogorov_beyond(double lambda)
{
	if (lambda < 0.15)
		return 1.0;
	double sum = 0.0;
	if (lambda > 1.0) {
		for (int k = 1; k < 20; k++)
			sum += (k % 2 ? 2.0 : -2.0) * exp(-2.0 * k * k * lambda * lambda);
		return sum;
	}
	for (int k = 1; k < 20; k++)
		sum += exp(-(2 * k - 1) * (2 * k - 1) * M_PI * M_PI / (8.0 * lambda * lambda));
	return 1.0 - sqrt(2.0 * M_PI) / lambda * sum;
}

/* Stephens 1970: with this factor the asymptotic law holds from five values on. */
double crowd_ks_p(double *values, uint32_t count, double (*cdf)(void *ctx, double x), void *ctx)
{
	count = sort_values(values, count);
	if (count == 0)
		return NAN;
	double furthest = 0.0;
	for (uint32_t i = 0; i < count; i++) {
		double share = cdf(ctx, values[i]);
		furthest = fmax(furthest, fmax(share - (double)i / count, (i + 1.0) / count - share));
	}
	return kolmogorov_beyond((sqrt(count) + 0.12 + 0.11 / sqrt(count)) * furthest);
}
