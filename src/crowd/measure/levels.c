/* Levels of service and the reference curves of speed over density. */
#include <math.h>

#include "crowd/measure.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static enum crowd_level level_of(double ppl_m2, const double bounds[5])
{
	int level = CROWD_LEVEL_A;
	while (level < CROWD_LEVEL_F && ppl_m2 >= bounds[level])
		level++;
	return (enum crowd_level)level;
}

/* Fruin, Pedestrian Planning and Design, 1971; the bounds belong to the level above, F alone begins past its own. */
const double crowd_walking_bounds_ppl_m2[5] = {0.31, 0.43, 0.72, 1.08, 2.17};
const double crowd_queueing_bounds_ppl_m2[5] = {0.83, 1.08, 1.54, 3.59, 5.38};
const double crowd_above_ppl_m2[CROWD_ABOVE_COUNT] = {2, 3.5, 4.7};

enum crowd_level crowd_level_walking(double ppl_m2) { return level_of(ppl_m2, crowd_walking_bounds_ppl_m2); }
enum crowd_level crowd_level_queueing(double ppl_m2) { return level_of(ppl_m2, crowd_queueing_bounds_ppl_m2); }

const char *crowd_caution(double ppl_m2, bool chinese)
{
	if (!(ppl_m2 > 5.0))
		return NULL;
	if (chinese)
		return "每平方米超过 5 人：本模型只推演人怎么走、走多快，算不出人群中的挤压力，不能用来判断会不会挤伤、踩踏；到了这个密度，应当立即限流疏散。";
	return "Above 5 people per square metre this model still says where people go and how fast, but nothing of the forces between them: "
		"it cannot tell whether anybody is crushed. Do not let it come to this density.";
}

double crowd_speed_weidmann_ms(double ppl_m2)
{
	if (!(ppl_m2 > 0.0))
		return 1.34;
	if (ppl_m2 >= 5.4)
		return 0.0;
	return 1.34 * (1.0 - exp(-1.913 * (1.0 / ppl_m2 - 1.0 / 5.4)));
}

/* Corridor 1.8 m wide, one direction, open ends (Juelich archive, doi 10.34735/ped.2009.14): mean density and speed of the six runs
 * uo-050-180-180 to uo-180-180-070, evaluated as docs/VALIDATION.md says. */
double crowd_speed_hermes_ms(double ppl_m2)
{
	static const struct { double ppl_m2, ms; } runs[] = {
		{0.57, 1.34}, {0.64, 1.33}, {1.13, 1.18}, {1.62, 0.99}, {2.09, 0.62}, {3.00, 0.29}};
	if (isnan(ppl_m2) || ppl_m2 > runs[COUNT(runs) - 1].ppl_m2)
		return NAN;
	if (ppl_m2 <= runs[0].ppl_m2)
		return runs[0].ms;
	size_t i = 1;
	while (ppl_m2 > runs[i].ppl_m2)
		i++;
	double share = (ppl_m2 - runs[i - 1].ppl_m2) / (runs[i].ppl_m2 - runs[i - 1].ppl_m2);
	return runs[i - 1].ms + share * (runs[i].ms - runs[i - 1].ms);
}
