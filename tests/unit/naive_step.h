/* tests/unit/naive_step.h: one step of walkers the slow way: doubles, everybody against everybody, every wall.
 * Header only: each test of the step includes it. Also what those tests draw: random crowds among walls. */
#ifndef CORDON_TESTS_NAIVE_STEP_H
#define CORDON_TESTS_NAIVE_STEP_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "crowd/walk/step.h"
#include "naive_walker.h"

#define NAIVE_MAX 4096u

struct naive_crowd {
	uint32_t count;
	float x[NAIVE_MAX], y[NAIVE_MAX], along_x[NAIVE_MAX], along_y[NAIVE_MAX], speed[NAIVE_MAX], free_speed[NAIVE_MAX], wanted_x[NAIVE_MAX],
		wanted_y[NAIVE_MAX], radius[NAIVE_MAX], gap[NAIVE_MAX], comfort[NAIVE_MAX];
	uint32_t slot[NAIVE_MAX];
};

static inline void naive_copy(struct step *s, struct naive_crowd *out)
{
	struct step_walkers w = step_walkers(s);
	size_t bytes = w.count * sizeof(float);
	out->count = w.count;
	memcpy(out->x, w.x_m, bytes);
	memcpy(out->y, w.y_m, bytes);
	memcpy(out->along_x, w.along_x, bytes);
	memcpy(out->along_y, w.along_y, bytes);
	memcpy(out->speed, w.speed_ms, bytes);
	memcpy(out->free_speed, w.free_speed_ms, bytes);
	memcpy(out->wanted_x, w.wanted_x, bytes);
	memcpy(out->wanted_y, w.wanted_y, bytes);
	memcpy(out->radius, w.radius_m, bytes);
	memcpy(out->gap, w.gap_s, bytes);
	memcpy(out->comfort, w.comfort_m, bytes);
	memcpy(out->slot, w.slot, bytes);
}

static inline double naive_side(const struct step_wall *w, double x, double y)
{
	return ((double)w->bx_m - (double)w->ax_m) * (y - (double)w->ay_m) - ((double)w->by_m - (double)w->ay_m) * (x - (double)w->ax_m);
}

static inline bool naive_cross(const struct step_wall *w, double px, double py, double qx, double qy)
{
	double vx = qx - px, vy = qy - py;
	double a = vx * ((double)w->ay_m - py) - vy * ((double)w->ax_m - px), b = vx * ((double)w->by_m - py) - vy * ((double)w->bx_m - px);
	return naive_side(w, px, py) * naive_side(w, qx, qy) < 0.0 && a * b <= 0.0;
}

static inline struct model_wall naive_nearest(const struct step_wall *w, double x, double y)
{
	double ux = (double)w->bx_m - (double)w->ax_m, uy = (double)w->by_m - (double)w->ay_m;
	double vx = x - (double)w->ax_m, vy = y - (double)w->ay_m, length2 = ux * ux + uy * uy;
	double share = length2 > 0.0 ? fmin(fmax((ux * vx + uy * vy) / length2, 0.0), 1.0) : 0.0;
	return (struct model_wall){ share * ux - vx, share * uy - vy };
}

/* Section 2.1 of the sources. */
static inline struct model_move naive_peer(const struct model_walker *w, const struct model_seen *seen, uint32_t count,
                                           const struct model_wall *walls, uint32_t wall_count)
{
	double fx = w->wanted_x, fy = w->wanted_y, clear = 1e9;
	for (uint32_t k = 0; k < count; k++) {
		double d = sqrt(seen[k].dx_m * seen[k].dx_m + seen[k].dy_m * seen[k].dy_m);
		double push = 8.0 * exp((w->radius_m + seen[k].radius_m - d) / 0.1) / d;
		fx -= push * seen[k].dx_m;
		fy -= push * seen[k].dy_m;
	}
	for (uint32_t k = 0; k < wall_count; k++) {
		double d = sqrt(walls[k].dx_m * walls[k].dx_m + walls[k].dy_m * walls[k].dy_m);
		double push = d > 0.0 ? 5.0 * exp((w->radius_m - d) / 0.02) / d : 0.0;
		fx -= push * walls[k].dx_m;
		fy -= push * walls[k].dy_m;
	}
	double length = sqrt(fx * fx + fy * fy);
	double ex = length > 0.0 ? fx / length : w->along_x, ey = length > 0.0 ? fy / length : w->along_y;
	for (uint32_t k = 0; k < count; k++) {
		double l = w->radius_m + seen[k].radius_m, d = sqrt(seen[k].dx_m * seen[k].dx_m + seen[k].dy_m * seen[k].dy_m);
		if (ex * seen[k].dx_m + ey * seen[k].dy_m >= 0.0 && fabs(ex * seen[k].dy_m - ey * seen[k].dx_m) <= l)
			clear = fmin(clear, d - l);
	}
	return (struct model_move){ ex, ey, fmin(fmax(clear / w->gap_s, 0.0), w->free_speed_ms) };
}

static inline struct model_move naive_move(const struct naive_crowd *c, uint32_t i, enum step_model model, const struct model_numbers *n,
                                           const struct step_wall *walls, uint32_t wall_count, double dt_s)
{
	static _Thread_local struct model_seen seen[NAIVE_MAX];
	static _Thread_local struct model_wall near[256];
	struct model_walker w = { (double)c->along_x[i], (double)c->along_y[i], (double)c->speed[i], (double)c->wanted_x[i],
		(double)c->wanted_y[i],
		(double)c->free_speed[i], (double)c->radius[i], (double)c->gap[i], (double)c->comfort[i] };
	if ((c->wanted_x[i] == 0.0f && c->wanted_y[i] == 0.0f) || c->free_speed[i] <= 0.0f)
		return (struct model_move){ w.along_x, w.along_y, 0.0 };
	uint32_t count = 0, hidden_count = 0;
	for (uint32_t j = 0; j < c->count; j++) {
		double dx = (double)c->x[j] - (double)c->x[i], dy = (double)c->y[j] - (double)c->y[i], d = sqrt(dx * dx + dy * dy);
		bool hidden = false;
		if (j == i || d >= n->cut_off_m || d <= 0.0)
			continue;
		for (uint32_t k = 0; k < wall_count && !hidden; k++)
			hidden = naive_cross(&walls[k], (double)c->x[i], (double)c->y[i], (double)c->x[j], (double)c->y[j]);
		struct model_seen one = { dx, dy, (double)c->along_x[j], (double)c->along_y[j], (double)c->speed[j], (double)c->radius[j] };
		if (hidden)
			seen[NAIVE_MAX - ++hidden_count] = one;
		else
			seen[count++] = one;
	}
	for (uint32_t k = 0; k < wall_count; k++)
		near[k] = naive_nearest(&walls[k], (double)c->x[i], (double)c->y[i]);
	if (model == STEP_PEER)
		return naive_peer(&w, seen, count, near, wall_count);
	struct model_move move = model_walk(n, &w, seen, count, near, wall_count, dt_s);
	for (uint32_t k = 1; k <= hidden_count; k++) { /* not seen, and yet not to be run into at a wall's end */
		const struct model_seen *h = &seen[NAIVE_MAX - k];
		double d = sqrt(h->dx_m * h->dx_m + h->dy_m * h->dy_m), ahead = move.along_x * h->dx_m + move.along_y * h->dy_m;
		if (ahead > 0.0)
			move.speed_ms = fmin(move.speed_ms, fmax(0.0, (d - w.radius_m - h->radius_m + n->skin_m) * d / (2.0 * dt_s * ahead)));
	}
	return move;
}

/* ---- a hall of 20 x 16 m, origin in its middle, with a few walls inside ---- */
#define HALL_WALLS 9u
static const struct step_wall hall_walls[HALL_WALLS] = {
	{ -10, -8, 10, -8 }, { 10, -8, 10, 8 }, { 10, 8, -10, 8 }, { -10, 8, -10, -8 },
	{ -4, -8, -4, -1 }, { -4, 1, -4, 8 },            /* a wall with a door of 2 m */
	{ 2, -3, 5, 0.5f }, { 5, 0.5f, 2.5f, 4 }, { 3, 6, 3, 6 }, /* a corner, and a post */
};

static inline struct step_settings hall_settings(enum step_model model, enum crowd_isa isa, uint32_t threads)
{
	return (struct step_settings){ .model = model, .isa = isa, .threads = threads, .walkers_max = 2000, .x_min_m = -10, .y_min_m = -8,
		.x_max_m = 10, .y_max_m = 8, .walls = hall_walls, .wall_count = HALL_WALLS };
}

/* Fills the hall with people who have room where they stand; mixed bodies. */
static inline void hall_fill(struct step *s, uint32_t people, uint64_t seed)
{
	struct random r;
	random_seed(&r, seed);
	for (uint32_t slot = 0, tries = 0; slot < people && tries < 100000; tries++) {
		float x = (float)(random_unit(&r) * 19.6 - 9.8), y = (float)(random_unit(&r) * 15.6 - 7.8);
		float radius = 0.12f + 0.08f * (float)random_unit(&r), speed = 0.6f + (float)random_unit(&r), gap = 0.5f + (float)random_unit(&r);
		step_sort(s);
		if (step_free_at(s, x, y, radius) && step_add(s, slot, x, y, speed, radius, gap))
			slot++;
	}
	step_sort(s);
}

/* Everybody wants somewhere of his own, anew every twenty steps; some stand. */
static inline void hall_want(struct step *s, uint64_t seed, uint32_t step)
{
	struct step_walkers w = step_walkers(s);
	for (uint32_t i = 0; i < w.count; i++) {
		struct random r;
		random_seed(&r, seed * 1000003u + w.slot[i] * 7919u + step / 20);
		double angle = random_unit(&r) * 6.283185307179586;
		bool stands = random_unit(&r) < 0.05;
		w.wanted_x[i] = stands ? 0.0f : (float)cos(angle);
		w.wanted_y[i] = stands ? 0.0f : (float)sin(angle);
	}
}

#endif
