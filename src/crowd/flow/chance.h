/* crowd/flow/chance.h: what people.c prepares once for many draws. Inside crowd/. */
#ifndef CORDON_CROWD_FLOW_CHANCE_H
#define CORDON_CROWD_FLOW_CHANCE_H

#include "crowd/people.h"

static inline uint64_t crowd_mixed(uint64_t z)
{
	z += UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

struct crowd_spread { double median_s, sigma; }; /* of a lognormal */
struct crowd_service_ready { struct crowd_service s; struct crowd_spread first, second; };
struct crowd_service_ready crowd_service_ready(const struct crowd_service *s);
double crowd_service_ready_draw_s(const struct crowd_service_ready *r, uint64_t seed, uint64_t who, uint32_t which, bool bag);

#endif
