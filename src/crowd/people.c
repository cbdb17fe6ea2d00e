/* crowd/people.c: chance by question. */
#include "crowd/crowd.h"

static uint64_t mixed(uint64_t z)
{
	z += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

uint64_t crowd_draw(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	return mixed(mixed(mixed(seed) + who) + ((uint64_t)question << 32 | which));
}

double crowd_draw_unit(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	return ((double)(crowd_draw(seed, who, question, which) >> 12) + 0.5) * 0x1p-52;
}
