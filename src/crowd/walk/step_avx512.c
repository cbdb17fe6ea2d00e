/* crowd/walk/step_avx512.c: sixteen walkers at a time. */
#include <immintrin.h>

#include "crowd/walk/step_inside.h"

#define KERNEL static inline __attribute__((always_inline, target("avx512f,avx512vl,avx512dq,avx512bw,popcnt")))
#define WIDTH 16u
typedef __m512 vec;
typedef __mmask16 mask;

KERNEL mask m_first(uint32_t count) { return (mask)(count >= WIDTH ? 0xffffu : (1u << count) - 1u); }
KERNEL vec v_set(float a) { return _mm512_set1_ps(a); }
KERNEL vec v_load(const float *at) { return _mm512_loadu_ps(at); }
KERNEL vec v_load_some(const float *at, uint32_t count) { return _mm512_maskz_loadu_ps(m_first(count), at); }
KERNEL void v_store_some(float *at, vec a, uint32_t count) { _mm512_mask_storeu_ps(at, m_first(count), a); }
KERNEL vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
KERNEL vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
KERNEL vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
KERNEL vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
KERNEL vec v_sqrt(vec a) { return _mm512_sqrt_ps(a); }
KERNEL vec v_min(vec a, vec b) { return _mm512_min_ps(a, b); }
KERNEL vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
KERNEL vec v_abs(vec a) { return _mm512_abs_ps(a); }
KERNEL mask m_lt(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
KERNEL mask m_le(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
KERNEL mask m_and(mask a, mask b) { return (mask)(a & b); }
KERNEL mask m_or(mask a, mask b) { return (mask)(a | b); }
KERNEL mask m_and_not(mask a, mask b) { return (mask)(a & ~b); }
KERNEL mask m_none(void) { return 0; }
KERNEL bool m_any(mask a) { return a != 0; }
KERNEL uint32_t m_count(mask a) { return (uint32_t)__builtin_popcount(a); }
KERNEL vec v_keep(mask m, vec a) { return _mm512_maskz_mov_ps(m, a); }
KERNEL vec v_pick(mask m, vec a, vec b) { return _mm512_mask_mov_ps(b, m, a); }
KERNEL vec v_min_where(mask m, vec a, vec b) { return _mm512_mask_min_ps(a, m, b, a); }
/* Compressed in a register and stored whole: compressing straight into memory is microcode on some machines. */
KERNEL void v_pack(float *at, vec a, mask m) { _mm512_storeu_ps(at, _mm512_maskz_compress_ps(m, a)); }

KERNEL vec v_rsqrt_guess(vec a)
{
	__m512i half = _mm512_srli_epi32(_mm512_castps_si512(a), 1);
	return _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(0x5f376908), half));
}

KERNEL vec v_scale(vec a, vec magic)
{
	__m512i power = _mm512_slli_epi32(_mm512_castps_si512(magic), 23);
	return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), power));
}

#include "crowd/walk/step_kernel.h"

__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,popcnt")))
void step_avx512(const struct step *s, uint32_t first, uint32_t last)
{
	kernel_walk(s, first, last);
}
