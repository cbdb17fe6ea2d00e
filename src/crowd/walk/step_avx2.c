/* crowd/walk/step_avx2.c: eight walkers at a time. A mask is a vector whose lanes are all ones or all zeros. */
#include <immintrin.h>

#include "crowd/walk/step_inside.h"

#define KERNEL static inline __attribute__((always_inline, target("avx2,popcnt")))
#define WIDTH 8u
typedef __m256 vec;
typedef __m256 mask;

KERNEL __m256i first_lanes(uint32_t count)
{
	return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(count < WIDTH ? count : WIDTH)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

KERNEL mask m_first(uint32_t count) { return _mm256_castsi256_ps(first_lanes(count)); }
KERNEL vec v_set(float a) { return _mm256_set1_ps(a); }
KERNEL vec v_load(const float *at) { return _mm256_loadu_ps(at); }
KERNEL vec v_load_some(const float *at, uint32_t count) { return _mm256_maskload_ps(at, first_lanes(count)); }
KERNEL void v_store_some(float *at, vec a, uint32_t count) { _mm256_maskstore_ps(at, first_lanes(count), a); }
KERNEL vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
KERNEL vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
KERNEL vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
KERNEL vec v_div(vec a, vec b) { return _mm256_div_ps(a, b); }
KERNEL vec v_sqrt(vec a) { return _mm256_sqrt_ps(a); }
KERNEL vec v_min(vec a, vec b) { return _mm256_min_ps(a, b); }
KERNEL vec v_max(vec a, vec b) { return _mm256_max_ps(a, b); }
KERNEL vec v_abs(vec a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
KERNEL mask m_lt(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
KERNEL mask m_le(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
KERNEL mask m_and(mask a, mask b) { return _mm256_and_ps(a, b); }
KERNEL mask m_or(mask a, mask b) { return _mm256_or_ps(a, b); }
KERNEL mask m_and_not(mask a, mask b) { return _mm256_andnot_ps(b, a); }
KERNEL mask m_none(void) { return _mm256_setzero_ps(); }
KERNEL bool m_any(mask a) { return _mm256_movemask_ps(a) != 0; }
KERNEL uint32_t m_count(mask a) { return (uint32_t)__builtin_popcount((unsigned int)_mm256_movemask_ps(a)); }
KERNEL vec v_keep(mask m, vec a) { return _mm256_and_ps(m, a); }
KERNEL vec v_pick(mask m, vec a, vec b) { return _mm256_blendv_ps(b, a, m); }
KERNEL vec v_min_where(mask m, vec a, vec b) { return _mm256_min_ps(_mm256_blendv_ps(a, b, m), a); }

/* Byte k of row m: the lane that comes to place k when the lanes of the bits of m are put to the front. */
#define BIT(m, k) (((m) >> (k)) & 1)
#define RANK_1(m) (BIT(m, 0))
#define RANK_2(m) (RANK_1(m) + BIT(m, 1))
#define RANK_3(m) (RANK_2(m) + BIT(m, 2))
#define RANK_4(m) (RANK_3(m) + BIT(m, 3))
#define RANK_5(m) (RANK_4(m) + BIT(m, 4))
#define RANK_6(m) (RANK_5(m) + BIT(m, 5))
#define RANK_7(m) (RANK_6(m) + BIT(m, 6))
#define LANE(m, k, rank) (BIT(m, k) ? UINT64_C(k) << (8 * (rank)) : 0)
#define ROW(m) (LANE(m, 1, RANK_1(m)) | LANE(m, 2, RANK_2(m)) | LANE(m, 3, RANK_3(m)) | LANE(m, 4, RANK_4(m)) | LANE(m, 5, RANK_5(m)) \
	| LANE(m, 6, RANK_6(m)) | LANE(m, 7, RANK_7(m)))
#define ROWS_4(m) ROW(m), ROW((m) + 1), ROW((m) + 2), ROW((m) + 3)
#define ROWS_16(m) ROWS_4(m), ROWS_4((m) + 4), ROWS_4((m) + 8), ROWS_4((m) + 12)
#define ROWS_64(m) ROWS_16(m), ROWS_16((m) + 16), ROWS_16((m) + 32), ROWS_16((m) + 48)
static const uint64_t to_the_front[256] = { ROWS_64(0), ROWS_64(64), ROWS_64(128), ROWS_64(192) };

KERNEL void v_pack(float *at, vec a, mask m)
{
	long long lanes = (long long)to_the_front[_mm256_movemask_ps(m)];
	_mm256_storeu_ps(at, _mm256_permutevar8x32_ps(a, _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(lanes))));
}

KERNEL vec v_rsqrt_guess(vec a)
{
	__m256i half = _mm256_srli_epi32(_mm256_castps_si256(a), 1);
	return _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(0x5f376908), half));
}

KERNEL vec v_scale(vec a, vec magic)
{
	__m256i power = _mm256_slli_epi32(_mm256_castps_si256(magic), 23);
	return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), power));
}

#include "crowd/walk/step_kernel.h"

__attribute__((target("avx2,popcnt")))
void step_avx2(const struct step *s, uint32_t first, uint32_t last)
{
	kernel_walk(s, first, last);
}
