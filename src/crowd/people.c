/* crowd/people.c: chance by question, service times, arrival curves. */
#include "crowd/flow/chance.h"

#include <math.h>

#define PI 3.14159265358979323846

uint64_t crowd_draw(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	return random_mixed(random_mixed(random_mixed(seed) + who) + ((uint64_t)question << 32 | which));
}

double crowd_draw_unit(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	return ((double)(crowd_draw(seed, who, question, which) >> 12) + 0.5) * 0x1p-52;
}

/* Box and Muller 1958, with the two halves of what is drawn for the two uniforms. */
double crowd_draw_normal(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	uint64_t a = crowd_draw(seed, who, question, which), b = random_mixed(a);
	double u = ((double)(a >> 12) + 0.5) * 0x1p-52, v = (double)(b >> 11) * 0x1p-53;
	return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

/* ---- service ---- */

/* The normal quantile: Wichura 1988, algorithm AS 241, right to 1 part in 10^16. By inversion, because it is one draw, and seven in
 * eight need no logarithm. */
static double polynomial(const double *c, double x)
{
	double y = c[7];
	for (int i = 6; i >= 0; i--)
		y = y * x + c[i];
	return y;
}

static double normal_of(double u)
{
	static const double a[8] = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
		4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
	static const double b[8] = {1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3, 2.1213794301586595867e+4,
		3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3};
	static const double c[8] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
	static const double d[8] = {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
		1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
	static const double e[8] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
	static const double f[8] = {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4,
		1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
	double q = u - 0.5;
	if (fabs(q) <= 0.425) {
		double r = 0.180625 - q * q;
		return q * polynomial(a, r) / polynomial(b, r);
	}
	double r = sqrt(-log(q < 0 ? u : 1 - u));
	double z = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
	return q < 0 ? -z : z;
}

static bool has_bag_factor(const struct crowd_service *s)
{
	return s->bag_factor > 0;
}

double crowd_service_mean_s(const struct crowd_service *s, double bag_share)
{
	double bags = has_bag_factor(s) ? 1 + bag_share * (s->bag_factor - 1) : 1;
	return s->mean_s * bags + s->second_share * s->second_mean_s;
}

/* A lognormal with this mean: exp(mu + sigma z), sigma^2 = ln(1 + cv^2), mu = ln(mean) - sigma^2 / 2. */
static struct crowd_spread spread_of(double mean_s, double cv)
{
	double variance = log1p(cv * cv);
	return (struct crowd_spread){mean_s * exp(-variance / 2), sqrt(variance)};
}

struct crowd_service_ready crowd_service_ready(const struct crowd_service *s)
{
	struct crowd_service_ready r = {.s = *s};
	if (s->form == CROWD_LOGNORMAL)
		r.first = spread_of(s->mean_s, s->cv);
	if (s->second_share > 0)
		r.second = spread_of(s->second_mean_s, s->second_cv);
	return r;
}

/* Marsaglia and Tsang 2000; a shape below 1 by the power of one more uniform. Each try is a question of its own. */
static double gamma_draw_s(const struct crowd_service *s, uint64_t seed, uint64_t who, uint32_t which)
{
	double shape = 1 / (s->cv * s->cv), boost = 1;
	uint32_t ask = which << 8;
	if (shape < 1) {
		boost = pow(crowd_draw_unit(seed, who, CROWD_ASK_SERVICE, ask | 255), 1 / shape);
		shape += 1;
	}
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d), v = 1;
	for (uint32_t attempt = 0; attempt < 120; attempt++) { /* 120 refusals in a row: less often than 1 in 10^100 */
		double z = crowd_draw_normal(seed, who, CROWD_ASK_SERVICE, ask | 2 * attempt);
		double u = crowd_draw_unit(seed, who, CROWD_ASK_SERVICE, ask | (2 * attempt + 1));
		v = 1 + c * z;
		v = v * v * v;
		if (v > 0 && log(u) < z * z / 2 + d - d * v + d * log(v))
			break;
	}
	return s->mean_s * s->cv * s->cv * boost * d * fmax(v, 0);
}

static double first_draw_s(const struct crowd_service_ready *r, uint64_t seed, uint64_t who, uint32_t which)
{
	switch (r->s.form) {
	case CROWD_EXPONENTIAL:
		return -r->s.mean_s * log(crowd_draw_unit(seed, who, CROWD_ASK_SERVICE, which << 8));
	case CROWD_LOGNORMAL:
		return r->first.median_s * exp(r->first.sigma * normal_of(crowd_draw_unit(seed, who, CROWD_ASK_SERVICE, which << 8)));
	case CROWD_GAMMA:
		return r->s.cv > 0 ? gamma_draw_s(&r->s, seed, who, which) : r->s.mean_s;
	case CROWD_FIXED:
	default:
		return r->s.mean_s;
	}
}

double crowd_service_ready_draw_s(const struct crowd_service_ready *r, uint64_t seed, uint64_t who, uint32_t which, bool bag)
{
	double took_s = first_draw_s(r, seed, who, which);
	if (bag && has_bag_factor(&r->s))
		took_s *= r->s.bag_factor;
	if (r->s.second_share > 0 && crowd_draw_unit(seed, who, CROWD_ASK_SECOND, which << 1) < r->s.second_share)
		took_s += r->second.median_s * exp(r->second.sigma * normal_of(crowd_draw_unit(seed, who, CROWD_ASK_SECOND, which << 1 | 1)));
	return took_s;
}

double crowd_service_draw_s(const struct crowd_service *s, uint64_t seed, uint64_t who, uint32_t which, bool bag)
{
	struct crowd_service_ready r = crowd_service_ready(s);
	return crowd_service_ready_draw_s(&r, seed, who, which, bag);
}

/* ---- arrivals ---- */

double crowd_curve_share(const struct crowd_curve *c, double at_s)
{
	if (c->count == 0)
		return at_s >= 0 ? 1 : 0;
	if (at_s < c->points[0].at_s)
		return 0;
	uint32_t low = 0, high = c->count; /* the last point at or before at_s lies in [low, high) */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (c->points[middle].at_s <= at_s)
			low = middle;
		else
			high = middle;
	}
	const struct crowd_curve_point *p = &c->points[low];
	if (high == c->count)
		return p->share;
	double run_s = p[1].at_s - p[0].at_s;
	return run_s > 0 ? p[0].share + (p[1].share - p[0].share) * ((at_s - p[0].at_s) / run_s) : p[0].share;
}

double crowd_curve_inverse_s(const struct crowd_curve *c, double share)
{
	if (c->count == 0)
		return 0;
	if (share <= c->points[0].share)
		return c->points[0].at_s;
	if (share > c->points[c->count - 1].share)
		return (double)INFINITY;
	uint32_t low = 0, high = c->count - 1; /* the first point with share or more lies in (low, high] */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (c->points[middle].share >= share)
			high = middle;
		else
			low = middle;
	}
	const struct crowd_curve_point *p = &c->points[low];
	return p[0].at_s + (p[1].at_s - p[0].at_s) * ((share - p[0].share) / (p[1].share - p[0].share));
}
