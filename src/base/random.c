/* base/random.c: xoshiro256** 1.0 and splitmix64 (Blackman & Vigna, "Scrambled linear
 * pseudorandom number generators", 2018; Steele, Lea & Flood 2014). The same numbers on every
 * machine: nothing but whole-number arithmetic, IEEE + - * / and sqrt; the C library's log is not. */
#include "base/random.h"

#include <math.h>

__extension__ typedef unsigned __int128 u128;

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t out = random_mixed(*state);
	*state += UINT64_C(0x9E3779B97F4A7C15);
	return out;
}

void random_seed(struct random *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t v, int by)
{
	return v << by | v >> (64 - by);
}

uint64_t random_u64(struct random *r)
{
	uint64_t *s = r->s, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/* Lemire, "Fast random integer generation in an interval", 2019: the high half of a product, and
 * the few low halves that would favour some results are drawn again. */
uint64_t random_below(struct random *r, uint64_t bound)
{
	if (bound == 0)
		return 0;
	u128 product = (u128)random_u64(r) * bound;
	if ((uint64_t)product < bound) {
		uint64_t unfair = (0 - bound) % bound;
		while ((uint64_t)product < unfair)
			product = (u128)random_u64(r) * bound;
	}
	return (uint64_t)(product >> 64);
}

double random_unit(struct random *r)
{
	return (double)(random_u64(r) >> 11) * 0x1p-53;
}

/* ln x for 0 < x, good to about 1e-16: x = m 2^e with m in [sqrt 1/2, sqrt 2), and
 * ln m = 2 atanh s = 2 (s + s^3/3 + s^5/5 ...) with s = (m-1)/(m+1), |s| < 0.172. */
static double natural_log(double x)
{
	int e = 0;
	double m = frexp(x, &e);
	if (m < 0x1.6a09e667f3bcdp-1) {
		m *= 2;
		e--;
	}
	double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
	for (int k = 23; k >= 1; k -= 2)
		sum = sum * s2 + 1.0 / k;
	return e * 0x1.62e42fefa39efp-1 + 2 * s * sum;
}

/* Marsaglia's polar method, 1964; the second number of each pair is thrown away, so that the
 * state is the seed's four words and nothing else. */
double random_normal(struct random *r)
{
	double u, v, q;
	do {
		u = 2 * random_unit(r) - 1;
		v = 2 * random_unit(r) - 1;
		q = u * u + v * v;
	} while (q >= 1 || q == 0);
	return u * sqrt(-2 * natural_log(q) / q);
}

double random_exponential(struct random *r)
{
	return -natural_log(1 - random_unit(r));
}
