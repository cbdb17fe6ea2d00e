/* crowd/flow/chance.h: what people.c prepares once for many draws. Inside crowd/. */
#ifndef CORDON_CROWD_FLOW_CHANCE_H
#define CORDON_CROWD_FLOW_CHANCE_H

#include "base/random.h"
#include "crowd/people.h"

struct crowd_spread { double median_s, sigma; }; /* of a lognormal */
struct crowd_service_ready { struct crowd_service s; struct crowd_spread first, second; };
struct crowd_service_ready crowd_service_ready(const struct crowd_service *s);
double crowd_service_ready_draw_s(const struct crowd_service_ready *r, uint64_t seed, uint64_t who, uint32_t which, bool bag);

#endif
