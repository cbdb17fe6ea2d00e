/* crowd/walk/step_isa.c: which of the three widths this machine has. */
#include "crowd/walk/step_inside.h"

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
		&& __builtin_cpu_supports("avx512bw");
}

enum crowd_isa step_best_isa(enum crowd_isa asked)
{
	__builtin_cpu_init();
	if ((asked == CROWD_ISA_BEST || asked == CROWD_ISA_AVX512) && has_avx512())
		return CROWD_ISA_AVX512;
	if (asked != CROWD_ISA_PLAIN && has_avx2())
		return CROWD_ISA_AVX2;
	return CROWD_ISA_PLAIN;
}

const char *crowd_isa_word(enum crowd_isa isa)
{
	switch (isa == CROWD_ISA_BEST ? step_best_isa(isa) : isa) {
	case CROWD_ISA_AVX512:
		return "avx512";
	case CROWD_ISA_AVX2:
		return "avx2";
	default:
		return "plain";
	}
}
