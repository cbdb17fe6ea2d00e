/* geo/gcj02.c: the degrees of Chinese map products and back.
 *
 * The shift is a sum of sines over the offset from 105 E, 35 N, in metres on the Krasovsky
 * ellipsoid, turned into degrees. It was never published officially; the constants are those
 * that all open implementations share (e.g. eviltransform, whose three test points the unit
 * test holds us to). There is no closed inverse: the shift varies by under 0.1 % over its own
 * length, so subtracting it repeatedly gains three digits a round. */
#include <math.h>

#include "geo/geo.h"

#define PI 3.14159265358979323846
#define KRASOVSKY_A_M 6378245.0
#define KRASOVSKY_E2 0.00669342162296594323
#define INVERSE_ROUNDS 8 /* three digits a round: five would do */

bool geo_in_china(struct lon_lat p)
{
	return p.lon_deg >= 72.004 && p.lon_deg <= 137.8347 && p.lat_deg >= 0.8293 && p.lat_deg <= 55.8271;
}

/* The waves that both axes share: along x, periods of 1/3 and 1 degree. */
static double fine_waves_m(double x)
{
	return (20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0 / 3.0;
}

static double north_shift_m(double x, double y)
{
	double smooth = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x));
	double coarse =
		20.0 * sin(y * PI) + 40.0 * sin(y / 3.0 * PI) + 160.0 * sin(y / 12.0 * PI) + 320.0 * sin(y / 30.0 * PI);
	return smooth + fine_waves_m(x) + coarse * 2.0 / 3.0;
}

static double east_shift_m(double x, double y)
{
	double smooth = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x));
	double coarse =
		20.0 * sin(x * PI) + 40.0 * sin(x / 3.0 * PI) + 150.0 * sin(x / 12.0 * PI) + 300.0 * sin(x / 30.0 * PI);
	return smooth + fine_waves_m(x) + coarse * 2.0 / 3.0;
}

/* The shift at p in degrees, whether or not p lies in the box. */
static struct lon_lat shift_at(struct lon_lat p)
{
	double x = p.lon_deg - 105.0, y = p.lat_deg - 35.0;
	double lat = p.lat_deg / 180.0 * PI;
	double w2 = 1.0 - KRASOVSKY_E2 * sin(lat) * sin(lat);
	double meridian_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_E2) / (w2 * sqrt(w2));
	double parallel_m = KRASOVSKY_A_M / sqrt(w2) * cos(lat);
	double per_radian = 180.0 / PI;
	return (struct lon_lat){east_shift_m(x, y) / parallel_m * per_radian, north_shift_m(x, y) / meridian_m * per_radian};
}

struct lon_lat geo_gcj02_from_wgs84(struct lon_lat p)
{
	if (!geo_in_china(p))
		return p;
	struct lon_lat shift = shift_at(p);
	return (struct lon_lat){p.lon_deg + shift.lon_deg, p.lat_deg + shift.lat_deg};
}

struct lon_lat geo_wgs84_from_gcj02(struct lon_lat p)
{
	if (!geo_in_china(p))
		return p;
	struct lon_lat guess = p;
	for (int round = 0; round < INVERSE_ROUNDS; round++) {
		struct lon_lat shift = shift_at(guess);
		guess.lon_deg = p.lon_deg - shift.lon_deg;
		guess.lat_deg = p.lat_deg - shift.lat_deg;
	}
	return guess;
}
