/* geo/frame.c: degrees to metres and back around a venue.
 *
 * Transverse Mercator on WGS 84 by Krueger's series in n, as in C. Karney, "Transverse
 * Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), eqs. 7 to 12, 35, 36;
 * scale 1 on the central meridian. Four terms: what is left out is of the order n^5 times the
 * earth's radius, 0.1 micrometre. Pure arithmetic, so a frame may be shared by threads. */
#include <math.h>
#include <stdlib.h>

#include "geo/geo.h"

#define PI 3.14159265358979323846
#define WGS84_A_M 6378137.0
#define WGS84_F (1.0 / 298.257223563)
#define TERMS 4
#define LATITUDE_MAX_DEG 85.0
#define NEWTON_ROUNDS 5 /* quadratic from a start within 0.4 %: three reach the last bit */

struct geo_frame {
	double lon0_rad, xi0;   /* the centre; xi is the northing over the radius */
	double radius_m;        /* of the rectifying sphere */
	double e, e2;           /* eccentricity */
	double to[TERMS], back[TERMS];
};

static double radians(double deg) { return deg / 180.0 * PI; }
static double degrees(double rad) { return rad / PI * 180.0; }

static void set_series(struct geo_frame *f)
{
	double n = WGS84_F / (2.0 - WGS84_F), n2 = n * n, n3 = n2 * n, n4 = n2 * n2;
	f->e2 = WGS84_F * (2.0 - WGS84_F);
	f->e = sqrt(f->e2);
	f->radius_m = WGS84_A_M / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0);
	f->to[0] = n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4;
	f->to[1] = 13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1440.0 * n4;
	f->to[2] = 61.0 / 240.0 * n3 - 103.0 / 140.0 * n4;
	f->to[3] = 49561.0 / 161280.0 * n4;
	f->back[0] = n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - 1.0 / 360.0 * n4;
	f->back[1] = 1.0 / 48.0 * n2 + 1.0 / 15.0 * n3 - 437.0 / 1440.0 * n4;
	f->back[2] = 17.0 / 480.0 * n3 - 37.0 / 840.0 * n4;
	f->back[3] = 4397.0 / 161280.0 * n4;
}

/* The tangent of the conformal latitude from that of the geographic one. */
static double conformal_tangent(const struct geo_frame *f, double t)
{
	double secant = sqrt(1.0 + t * t);
	double sigma = sinh(f->e * atanh(f->e * t / secant));
	return t * sqrt(1.0 + sigma * sigma) - sigma * secant;
}

/* Its inverse by Newton's method. */
static double geographic_tangent(const struct geo_frame *f, double conformal)
{
	double t = conformal;
	for (int round = 0; round < NEWTON_ROUNDS; round++) {
		double here = conformal_tangent(f, t);
		t += (conformal - here) / sqrt(1.0 + here * here) * (1.0 + (1.0 - f->e2) * t * t) /
		     ((1.0 - f->e2) * sqrt(1.0 + t * t));
	}
	return t;
}

/* xi north, eta east, both over the radius. */
static void project(const struct geo_frame *f, struct lon_lat p, double *xi, double *eta)
{
	double tangent = conformal_tangent(f, tan(radians(p.lat_deg)));
	double east = remainder(radians(p.lon_deg) - f->lon0_rad, 2.0 * PI);
	double xi0 = atan2(tangent, cos(east));
	double eta0 = asinh(sin(east) / sqrt(tangent * tangent + cos(east) * cos(east)));
	*xi = xi0;
	*eta = eta0;
	for (int j = 0; j < TERMS; j++) {
		double k = 2.0 * (j + 1);
		*xi += f->to[j] * sin(k * xi0) * cosh(k * eta0);
		*eta += f->to[j] * cos(k * xi0) * sinh(k * eta0);
	}
}

err_t geo_frame_new(struct lon_lat centre, struct geo_frame **out)
{
	if (!isfinite(centre.lon_deg) || fabs(centre.lon_deg) > 180.0 || !(fabs(centre.lat_deg) <= LATITUDE_MAX_DEG))
		return ERR_BUG;
	struct geo_frame *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ERR_MEMORY;
	set_series(f);
	f->lon0_rad = radians(centre.lon_deg);
	double eta;
	project(f, centre, &f->xi0, &eta);
	*out = f;
	return ERR_NONE;
}

void geo_frame_free(struct geo_frame *f) { free(f); }

struct point_m geo_to_local(const struct geo_frame *f, struct lon_lat p)
{
	double xi, eta;
	project(f, p, &xi, &eta);
	return (struct point_m){f->radius_m * eta, f->radius_m * (xi - f->xi0)};
}

struct lon_lat geo_to_globe(const struct geo_frame *f, struct point_m p)
{
	double xi = p.y_m / f->radius_m + f->xi0, eta = p.x_m / f->radius_m;
	double xi0 = xi, eta0 = eta;
	for (int j = 0; j < TERMS; j++) {
		double k = 2.0 * (j + 1);
		xi0 -= f->back[j] * sin(k * xi) * cosh(k * eta);
		eta0 -= f->back[j] * cos(k * xi) * sinh(k * eta);
	}
	double conformal = sin(xi0) / sqrt(sinh(eta0) * sinh(eta0) + cos(xi0) * cos(xi0));
	double east = atan2(sinh(eta0), cos(xi0));
	double lat_rad = atan(geographic_tangent(f, conformal));
	return (struct lon_lat){degrees(remainder(f->lon0_rad + east, 2.0 * PI)), degrees(lat_rad)};
}
