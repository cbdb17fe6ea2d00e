/* base/random.h: random numbers by seed (xoshiro256**, Blackman & Vigna 2018), the same
 * on every machine. Not for secrets: those come from libsodium in account/. */
#ifndef CORDON_BASE_RANDOM_H
#define CORDON_BASE_RANDOM_H

#include <stdint.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): spreads the bits of a number over all of it. */
static inline uint64_t random_mixed(uint64_t z)
{
	z += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

struct random { uint64_t s[4]; };
void random_seed(struct random *r, uint64_t seed);       /* splitmix64 expansion */
uint64_t random_u64(struct random *r);
uint64_t random_below(struct random *r, uint64_t bound); /* 0 .. bound-1, no bias; bound 0 gives 0 */
double random_unit(struct random *r);                    /* [0, 1) with 53 bits */
double random_normal(struct random *r);                  /* mean 0, sigma 1 */
double random_exponential(struct random *r);             /* mean 1 */

#endif
