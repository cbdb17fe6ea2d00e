/* crowd/people.c: chance by question, service times, arrival curves. */
#include "crowd/flow/chance.h"

#include <math.h>

#define PI 3.14159265358979323846

uint64_t crowd_draw(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	return crowd_mixed(crowd_mixed(crowd_mixed(seed) + who) + ((uint64_t)question << 32 | which));
}

double crowd_draw_unit(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	return ((double)(crowd_draw(seed, who, question, which) >> 12) + 0.5) * 0x1p-52;
}

/* Box and Muller 1958, with the two halves of what is drawn for the two uniforms. */
double crowd_draw_normal(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which)
{
	uint64_t a = crowd_draw(seed, who, question, which), b = crowd_mixed(a);
	double u = ((double)(a >> 12) + 0.5) * 0x1p-52, v = (double)(b >> 11) * 0x1p-53;
	return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

/* ---- service ---- */

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
		return r->first.median_s * exp(r->first.sigma * crowd_draw_normal(seed, who, CROWD_ASK_SERVICE, which << 8));
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
		took_s += r->second.median_s * exp(r->second.sigma * crowd_draw_normal(seed, who, CROWD_ASK_SECOND, which << 1 | 1));
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
