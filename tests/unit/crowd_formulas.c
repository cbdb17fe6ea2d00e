/* tests/unit/crowd_formulas.c: see crowd_formulas.h. */
#include "crowd_formulas.h"

#include <math.h>

double formula_mmc_wait_s(double rate_ppl_s, double service_s, uint32_t lanes)
{
	double offered = rate_ppl_s * service_s, blocked = 1; /* Erlang B by its recursion, then C of it */
	for (uint32_t k = 1; k <= lanes; k++)
		blocked = offered * blocked / (k + offered * blocked);
	double waits = blocked / (1 - offered / lanes * (1 - blocked));
	return waits * service_s / (lanes - offered);
}

double formula_mg1_wait_s(double rate_ppl_s, double service_s, double cv)
{
	double busy = rate_ppl_s * service_s;
	return busy * service_s * (1 + cv * cv) / (2 * (1 - busy));
}

/* States: 0 .. places people at the second, and `places` with the first blocked. Up at 1/first, down at 1/second. */
double formula_tandem_ppl_s(double first_s, double second_s, uint32_t places)
{
	double weight = 1, sum = 1, busy = 0;
	for (uint32_t k = 1; k <= places + 1; k++) {
		weight *= second_s / first_s;
		sum += weight;
		busy += weight;
	}
	return busy / sum / second_s;
}

double formula_fluid_wait_s(double rate_ppl_s, double served_ppl_s, double for_s)
{
	return rate_ppl_s <= served_ppl_s ? 0 : (rate_ppl_s / served_ppl_s - 1) * for_s / 2;
}
