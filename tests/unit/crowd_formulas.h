/* tests/unit/crowd_formulas.h: what queueing theory knows exactly; the network is held to it. */
#ifndef CROWD_FORMULAS_H
#define CROWD_FORMULAS_H

#include <stdint.h>

/* Mean wait of M/M/c (Erlang 1917). */
double formula_mmc_wait_s(double rate_ppl_s, double service_s, uint32_t lanes);
/* Mean wait of M/G/1 (Pollaczek 1930, Khinchine 1932); cv 0: M/D/1. */
double formula_mg1_wait_s(double rate_ppl_s, double service_s, double cv);
/* People a second through two exponential lanes, the first never idle, `places` in the area between, in service or not, blocking after
 * service: the chain of people there, solved state by state (Hunt 1956). */
double formula_tandem_ppl_s(double first_s, double second_s, uint32_t places);
/* Mean wait of a fluid that comes at `rate` for `for_s` and is served at `served`: Newell's A - D; 0 where served >= rate. */
double formula_fluid_wait_s(double rate_ppl_s, double served_ppl_s, double for_s);

#endif
