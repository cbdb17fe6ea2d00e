/* crowd/walk/model.c: the numbers of model.h, and how much people press in a place. */
#include "crowd/walk/model.h"

struct model_numbers model_numbers_default(void)
{
	return (struct model_numbers){ .cut_off_m = MODEL_CUT_OFF_M, .turn = MODEL_TURN, .turn_range_m = MODEL_TURN_RANGE_M,
		.turn_soft_m = MODEL_TURN_SOFT_M, .wall_turn = MODEL_WALL_TURN, .wall_range_m = MODEL_WALL_RANGE_M,
		.strip_m = MODEL_STRIP_M, .slope = MODEL_SLOPE, .widen = MODEL_WIDEN, .opposed_m = MODEL_OPPOSED_M, .skin_m = MODEL_SKIN_M,
		.contact = MODEL_CONTACT, .contact_m = MODEL_CONTACT_M, .anticipate_s = MODEL_ANTICIPATE_S, .react_s = MODEL_REACT_S };
}

static double clamped(double x, double low, double high)
{
	return fmin(fmax(x, low), high);
}

double model_press(double here_m, double ahead_m)
{
	double wide = clamped((here_m - MODEL_ORDER_NARROW_M) / (MODEL_ORDER_WIDE_M - MODEL_ORDER_NARROW_M), 0.0, 1.0);
	/* None up to a fifth narrower (cells are no better than that), all of it from two fifths on. */
	return wide * clamped((0.8 - ahead_m / fmax(here_m, 1e-9)) / 0.2, 0.0, 1.0);
}

double model_comfort_m(double press)
{
	return MODEL_COMFORT_M + (MODEL_PRESS_M - MODEL_COMFORT_M) * press;
}
