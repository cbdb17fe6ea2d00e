/* Student's t: the quantile, from the incomplete beta function. */
#include <math.h>

#include "crowd/measure.h"

/* Continued fraction of the incomplete beta function (Abramowitz, Stegun 26.5.8), evaluated forwards after Lentz. Converges in some
 * ten terms for x below (a + 1) / (a + b + 2), which the caller sees to. */
static double beta_fraction(double a, double b, double x)
{
	const double least = 1e-300;
	double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
	d = 1.0 / (fabs(d) < least ? least : d);
	double value = d;
	for (int m = 1; m < 500; m++) {
		double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
		const double terms[2] = {even, odd};
		double change = 1.0;
		for (int i = 0; i < 2; i++) {
			d = 1.0 + terms[i] * d;
			c = 1.0 + terms[i] / c;
			d = 1.0 / (fabs(d) < least ? least : d);
			c = fabs(c) < least ? least : c;
			change = c * d;
			value *= change;
		}
		if (fabs(change - 1.0) < 1e-15)
			break;
	}
	return value;
}

/* log(gamma(a + 1/2) / gamma(a)). For large a by its series: the difference of two large logarithms has no digits left. */
static double half_step(double a)
{
	int sign;
	if (a > 1000.0)
		return log(a) / 2.0 - 1.0 / (8.0 * a) + 1.0 / (192.0 * a * a * a);
	return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign);
}

/* The incomplete beta function of (a, 1/2). */
static double beta_share(double a, double x)
{
	if (x <= 0.0 || x >= 1.0)
		return x <= 0.0 ? 0.0 : 1.0;
	double front = exp(half_step(a) + a * log(x) + 0.5 * log1p(-x)) / sqrt(M_PI);
	if (x < (a + 1.0) / (a + 2.5))
		return front * beta_fraction(a, 0.5, x) / a;
	return 1.0 - front * beta_fraction(0.5, a, 1.0 - x) / 0.5;
}

/* The share above t, t >= 0. */
static double tail(double t, double degrees)
{
	return beta_share(degrees / 2.0, degrees / (degrees + t * t)) / 2.0;
}

double crowd_student_quantile(double share, uint32_t degrees)
{
	if (degrees == 0 || !(share > 0.0 && share < 1.0))
		return NAN;
	double above = share < 0.5 ? share : 1.0 - share, low = 0.0, high = 1.0;
	while (tail(high, degrees) > above && high < 1e300)
		high *= 2.0;
	for (int i = 0; i < 200 && high - low > 1e-14 * high; i++) {
		double middle = (low + high) / 2.0;
		if (tail(middle, degrees) > above)
			low = middle;
		else
			high = middle;
	}
	double t = (low + high) / 2.0;
	return share < 0.5 ? -t : t;
}
