/* crowd/walk/step_plain.c: one walker at a time, in C alone. */
#include <string.h>

#include "crowd/walk/step_inside.h"

#define KERNEL static inline __attribute__((always_inline))
#define WIDTH 1u
typedef float vec;
typedef bool mask;

KERNEL vec v_set(float a) { return a; }
KERNEL vec v_load(const float *at) { return *at; }
KERNEL vec v_load_some(const float *at, uint32_t count) { (void)count; return *at; }
KERNEL void v_store_some(float *at, vec a, uint32_t count) { (void)count; *at = a; }
KERNEL vec v_add(vec a, vec b) { return a + b; }
KERNEL vec v_sub(vec a, vec b) { return a - b; }
KERNEL vec v_mul(vec a, vec b) { return a * b; }
KERNEL vec v_div(vec a, vec b) { return a / b; }
KERNEL vec v_sqrt(vec a) { return sqrtf(a); }
KERNEL vec v_min(vec a, vec b) { return a < b ? a : b; }
KERNEL vec v_max(vec a, vec b) { return a > b ? a : b; }
KERNEL vec v_abs(vec a) { return fabsf(a); }
KERNEL mask m_lt(vec a, vec b) { return a < b; }
KERNEL mask m_le(vec a, vec b) { return a <= b; }
KERNEL mask m_and(mask a, mask b) { return a && b; }
KERNEL mask m_or(mask a, mask b) { return a || b; }
KERNEL mask m_and_not(mask a, mask b) { return a && !b; }
KERNEL mask m_none(void) { return false; }
KERNEL bool m_any(mask a) { return a; }
KERNEL uint32_t m_count(mask a) { return a; }
KERNEL mask m_first(uint32_t count) { return count > 0; }
KERNEL vec v_keep(mask m, vec a) { return m ? a : 0.0f; }
KERNEL vec v_pick(mask m, vec a, vec b) { return m ? a : b; }
KERNEL vec v_min_where(mask m, vec a, vec b) { return m && b < a ? b : a; }
KERNEL void v_pack(float *at, vec a, mask m) { (void)m; *at = a; }

/* The first guess of 1 / sqrt(a), by the bits of the number. */
KERNEL vec v_rsqrt_guess(vec a)
{
	uint32_t bits;
	memcpy(&bits, &a, sizeof bits);
	bits = 0x5f376908u - (bits >> 1);
	memcpy(&a, &bits, sizeof bits);
	return a;
}

/* a * 2^n, n the whole number in the low bits of `magic`. */
KERNEL vec v_scale(vec a, vec magic)
{
	uint32_t bits, power;
	memcpy(&bits, &a, sizeof bits);
	memcpy(&power, &magic, sizeof power);
	bits += power << 23;
	memcpy(&a, &bits, sizeof bits);
	return a;
}

#include "crowd/walk/step_kernel.h"

void step_plain(const struct step *s, uint32_t first, uint32_t last)
{
	kernel_walk(s, first, last);
}
