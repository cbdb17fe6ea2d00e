/* rehearse/demand.c: who comes, from where, when, and where to.
 *
 *   ingress     one stream for each source; the plan's curve or the caller's
 *   egress      one for each stand; they set off around the end
 *   evacuation  one for each stand; they set off when they have understood (lognormal)
 */
#include <math.h>
#include <stdlib.h>

#include "rehearse/inside.h"

#define PREMOVE_POINTS 64
#define TRAINS_MAX 20000
#define WAY_OUT_PPL_S 5.0 /* of a station's exit or a bus stop: two escalators and a stair. An assumption of ours */

/* When people leave their seats, minutes from the end and share. An assumption of ours, to be replaced by counts of exits. */
static const struct plan_curve_point leaving[] = {{-15, 0}, {-5, 0.05}, {0, 0.12}, {2, 0.4}, {5, 0.75}, {10, 0.93}, {20, 1}};

static err_t copy_curve(const struct plan_curve_point *points, uint32_t count, double shift_s, struct arena *arena,
                        struct curve_points *out)
{
	struct crowd_curve_point *made = arena_alloc_array(arena, count + 1, sizeof(*made));
	if (made == NULL)
		return ERR_MEMORY;
	double last = count > 0 ? points[count - 1].share : 1;
	for (uint32_t i = 0; i < count; i++)
		made[i] = (struct crowd_curve_point){60 * points[i].minutes_from_start + shift_s, last > 0 ? points[i].share / last : 0};
	*out = (struct curve_points){.curve = {made, count}, .whole = last, .first_s = count > 0 ? made[0].at_s : shift_s,
		.last_s = count > 0 ? made[count - 1].at_s : shift_s};
	return ERR_NONE;
}

/* Distribution of the time until people set off: lognormal of that mean and sd. */
static err_t premove_curve(const struct rehearse_assumptions *a, struct arena *arena, struct curve_points *out)
{
	struct crowd_curve_point *made = arena_alloc_array(arena, PREMOVE_POINTS, sizeof(*made));
	if (made == NULL)
		return ERR_MEMORY;
	if (a->premove_mean_s <= 0) {
		*out = (struct curve_points){.curve = {made, 0}, .whole = 1};
		return ERR_NONE;
	}
	double ratio = a->premove_sd_s / a->premove_mean_s, sigma = sqrt(log(1 + ratio * ratio));
	double mu = log(a->premove_mean_s) - sigma * sigma / 2;
	double end_s = sigma > 0 ? exp(mu + 3.5 * sigma) : a->premove_mean_s + 1, begin_s = sigma > 0 ?
		exp(mu - 3.5 * sigma) : a->premove_mean_s;
	for (uint32_t i = 0; i < PREMOVE_POINTS; i++) {
		double at_s = begin_s * pow(end_s / begin_s, (double)i / (PREMOVE_POINTS - 1));
		double share = sigma > 0 ? 0.5 * erfc((mu - log(at_s)) / (sigma * sqrt(2))) : (double)i / (PREMOVE_POINTS - 1);
		made[i] = (struct crowd_curve_point){at_s, i == 0 ? 0 : i + 1 == PREMOVE_POINTS ? 1 : share};
	}
	*out = (struct curve_points){.curve = {made, PREMOVE_POINTS}, .whole = 1, .first_s = 0, .last_s = end_s};
	return ERR_NONE;
}

err_t demand_curve(const struct plan *p, const struct rehearse_settings *s, struct arena *arena, struct curve_points *out)
{
	if (s->phase == REHEARSE_EVACUATION)
		return premove_curve(&s->assume, arena, out);
	if (s->phase == REHEARSE_EGRESS)
		return copy_curve(leaving, sizeof(leaving) / sizeof(*leaving), (double)(p->at_end - p->at_start) / 1000, arena, out);
	if (s->curve_count > 0)
		return copy_curve(s->curve, s->curve_count, 60 * s->arrivals_shift_min, arena, out);
	return copy_curve(p->arrivals, p->arrival_count, 60 * s->arrivals_shift_min, arena, out);
}

/* Whole people by shares, so that they sum to `whole`: the largest remainders get one more (ties: the first). */
err_t share_out(uint32_t whole, const double *shares, uint32_t count, struct arena *arena, uint32_t *out)
{
	double sum = 0, *rest = arena_alloc_array(arena, count + 1, sizeof(*rest));
	if (rest == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < count; i++)
		sum += shares[i];
	uint32_t given = 0;
	for (uint32_t i = 0; i < count; i++) {
		double exact = sum > 0 ? whole * shares[i] / sum : (double)whole / count;
		out[i] = (uint32_t)floor(exact + 1e-9);
		rest[i] = exact - out[i];
		given += out[i];
	}
	while (given < whole) {
		uint32_t best = 0;
		for (uint32_t i = 1; i < count; i++)
			if (rest[i] > rest[best] + 1e-12)
				best = i;
		out[best]++;
		rest[best] -= 1;
		given++;
	}
	return ERR_NONE;
}

/* What a zone of the audience holds: its seats, its capacity, or what its area allows. */
static double audience_ppl(const struct built *b, uint32_t zone)
{
	const struct plan_zone *z = &b->p->zones[zone];
	if (z->seats > 0)
		return z->seats;
	if (z->capacity_ppl > 0)
		return z->capacity_ppl;
	double by_area = rule_zone_ppl(rule_set_of(b->p->rules), z);
	return isfinite(by_area) && by_area > 0 ? by_area : 1;
}

struct audience { uint32_t *zones, *areas, *ppl; double *shares; uint32_t count; };

static err_t find_audience(struct built *b, struct audience *out)
{
	const struct plan *p = b->p;
	double sum = 0;
	*out = (struct audience){.zones = arena_alloc_array(b->arena, p->zone_count, sizeof(*out->zones)),
		.areas = arena_alloc_array(b->arena, p->zone_count, sizeof(*out->areas)),
		.ppl = arena_alloc_array(b->arena, p->zone_count, sizeof(*out->ppl)),
		.shares = arena_alloc_array(b->arena, p->zone_count, sizeof(*out->shares))};
	if (out->zones == NULL || out->areas == NULL || out->ppl == NULL || out->shares == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < p->zone_count; i++) {
		if (!b->is_goal[i])
			continue;
		out->zones[out->count] = i;
		out->areas[out->count] = b->area_of[i];
		out->shares[out->count] = audience_ppl(b, i);
		sum += out->shares[out->count++];
	}
	for (uint32_t i = 0; i < out->count; i++)
		out->shares[i] /= sum;
	return ERR_NONE;
}

/* In the network's time. */
static err_t move_curve(struct built *b)
{
	struct crowd_curve_point *moved = arena_alloc_array(b->arena, b->curve.curve.count + 1, sizeof(*moved));
	if (moved == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < b->curve.curve.count; i++) {
		moved[i] = b->curve.curve.points[i];
		moved[i].at_s -= b->from_s;
	}
	b->curve.curve.points = moved;
	return ERR_NONE;
}

/* Trains: those who are due since the last one step out together, as many as the curve demands, and are let out at the rate of
 * the station's way out. The curve as a staircase with sloping risers, in the network's time. */
static err_t train_curve(const struct built *b, const struct plan_source *source, uint32_t ppl, struct crowd_curve *out)
{
	const struct crowd_curve *c = &b->curve.curve;
	double first_s = c->points[0].at_s, headway_s = source->headway_s;
	uint32_t trains = (uint32_t)fmin(TRAINS_MAX, ceil((c->points[c->count - 1].at_s - first_s) / headway_s) + 1), count = 0;
	struct crowd_curve_point *made = arena_alloc_array(b->arena, 2 * (size_t)trains + 2, sizeof(*made));
	if (made == NULL)
		return ERR_MEMORY;
	double before = 0;
	for (uint32_t k = 0; k < trains; k++) {
		double at_s = first_s + k * headway_s, share = k + 1 == trains ? 1 : crowd_curve_share(c, at_s);
		if (share <= before)
			continue;
		made[count++] = (struct crowd_curve_point){at_s, before};
		made[count++] = (struct crowd_curve_point){at_s + fmin(0.9 * headway_s, fmax(1, (share - before) * ppl / WAY_OUT_PPL_S)), share};
		before = share;
	}
	*out = (struct crowd_curve){made, count};
	return ERR_NONE;
}

static err_t come_in(struct built *b, const struct audience *goals, struct crowd_crowd crowd)
{
	const struct plan *p = b->p;
	uint32_t count = p->source_count, ppl = (uint32_t)llround(b->s->arrivals_ppl * b->curve.whole);
	double *shares = arena_alloc_array(b->arena, count + 1, sizeof(*shares));
	uint32_t *each = arena_alloc_array(b->arena, count + 1, sizeof(*each));
	if (shares == NULL || each == NULL)
		return ERR_MEMORY;
	struct crowd_stream plain = {.id = "outside", .to = b->area_of[0], .x_m = NAN, .y_m = NAN, .ppl = ppl, .curve = b->curve.curve,
		.goals = goals->areas, .goal_shares = goals->shares, .goal_count = goals->count, .crowd = crowd};
	if (count == 0) {
		b->streams[b->net.stream_count++] = plain;
		return ERR_NONE;
	}
	for (uint32_t i = 0; i < count; i++)
		shares[i] = p->sources[i].share;
	err_t error = share_out(ppl, shares, count, b->arena, each);
	if (error != ERR_NONE)
		return error;
	for (uint32_t i = 0; i < count; i++) {
		const struct plan_source *source = &p->sources[i];
		struct point_m at = geo_centre(&p->features[source->feature].shape);
		struct crowd_stream s = plain;
		s.id = source->id;
		s.to = b->street_of[source->to] != CROWD_NONE ? b->street_of[source->to] : b->area_of[source->to];
		s.x_m = at.x_m;
		s.y_m = at.y_m;
		s.ppl = each[i];
		if (source->headway_s > 0 && b->curve.curve.count > 0 && each[i] > 0) {
			error = train_curve(b, source, each[i], &s.curve);
			if (error != ERR_NONE)
				return error;
		}
		b->streams[b->net.stream_count++] = s;
	}
	return ERR_NONE;
}

static err_t go_out(struct built *b, const struct audience *from, struct crowd_crowd crowd)
{
	uint32_t *goal = arena_alloc(b->arena, sizeof(*goal));
	double *whole = arena_alloc(b->arena, sizeof(*whole));
	if (goal == NULL || whole == NULL)
		return ERR_MEMORY;
	*goal = b->area_of[0];
	*whole = 1;
	err_t error = share_out(b->s->arrivals_ppl, from->shares, from->count, b->arena, from->ppl);
	for (uint32_t i = 0; error == ERR_NONE && i < from->count; i++) {
		const struct plan_zone *z = &b->p->zones[from->zones[i]];
		struct point_m at = geo_centre(&b->p->features[z->feature].shape);
		b->streams[b->net.stream_count++] = (struct crowd_stream){.id = z->id, .to = from->areas[i], .x_m = at.x_m, .y_m = at.y_m,
			.ppl = from->ppl[i], .curve = b->curve.curve, .there_at_origin = true, .goals = goal, .goal_shares = whole,
			.goal_count = 1, .crowd = crowd};
	}
	return error;
}

err_t demand_build(struct built *b, struct problem *problem)
{
	struct audience audience;
	struct crowd_crowd crowd = {.bag_share = b->s->assume.bag_share, .step_free_share = b->s->assume.step_free_share};
	group_shares(b->s->assume.groups, crowd.group_share);
	err_t error = find_audience(b, &audience);
	if (error == ERR_NONE && audience.count == 0)
		return problem_set(problem, ERR_REHEARSE_PLAN, NULL, "no zone counts as inside, so nobody can be counted in");
	if (error == ERR_NONE)
		error = move_curve(b);
	if (error == ERR_NONE)
		error = b->s->phase == REHEARSE_INGRESS ? come_in(b, &audience, crowd) : go_out(b, &audience, crowd);
	return error;
}
