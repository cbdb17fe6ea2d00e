/* bench/validation/diagram.h: one point of the fundamental diagram: a long corridor at one density, read in its middle. */
#ifndef CORDON_VALIDATION_DIAGRAM_H
#define CORDON_VALIDATION_DIAGRAM_H

#include "stage.h"

struct diagram_case { double density_ppl_m2, width_m, speed_ms /* 0: drawn */, mean_ms /* 0: the default body's */; bool both_ways; };
struct diagram_point { double density_ppl_m2, speed_ms; };
struct diagram_point diagram_mean(struct trial *t, uint32_t runs, struct diagram_case c);

#endif
