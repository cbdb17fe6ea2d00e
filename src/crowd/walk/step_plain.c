/* crowd/walk/step_plain.c: one walker after the other. */
#include "crowd/walk/step_inside.h"

#define SEEN_MAX 512u

struct sight {
	struct model_seen seen[SEEN_MAX];
	struct model_wall wall[STEP_WALLS_ROOM];
	uint32_t seen_count, wall_count;
};

static bool crosses(const struct step_wall *w, double px, double py, double qx, double qy)
{
	double ux = (double)w->bx_m - (double)w->ax_m, uy = (double)w->by_m - (double)w->ay_m;
	double p = ux * (py - (double)w->ay_m) - uy * (px - (double)w->ax_m), q = ux * (qy - (double)w->ay_m) - uy * (qx - (double)w->ax_m);
	double vx = qx - px, vy = qy - py;
	double a = vx * ((double)w->ay_m - py) - vy * ((double)w->ax_m - px), b = vx * ((double)w->by_m - py) - vy * ((double)w->bx_m - px);
	return p * q < 0.0 && a * b <= 0.0;
}

static bool hidden(const struct step *s, const uint32_t *near, uint32_t walls, uint32_t i, uint32_t j)
{
	for (uint32_t k = 0; k < walls; k++) {
		if (crosses(&s->walls[near[k]], (double)s->field[STEP_X][i], (double)s->field[STEP_Y][i], (double)s->field[STEP_X][j],
		            (double)s->field[STEP_Y][j]))
			return true;
	}
	return false;
}

static struct model_wall nearest(const struct step_wall *w, double x, double y)
{
	double ux = (double)w->bx_m - (double)w->ax_m, uy = (double)w->by_m - (double)w->ay_m;
	double vx = x - (double)w->ax_m, vy = y - (double)w->ay_m, length2 = ux * ux + uy * uy;
	double along = length2 > 0.0 ? fmin(fmax((ux * vx + uy * vy) / length2, 0.0), 1.0) : 0.0;
	return (struct model_wall){ along * ux - vx, along * uy - vy };
}

static void look(const struct step *s, uint32_t i, struct sight *out)
{
	const struct step_ground *g = &s->ground;
	float x = s->field[STEP_X][i], y = s->field[STEP_Y][i], cut = s->cut_off_m;
	uint32_t room[STEP_WALLS_ROOM];
	const uint32_t *near = room;
	uint32_t walls = step_walls_near(s, step_row(g, y), step_column(g, x), step_column(g, x), room, &near);
	out->seen_count = out->wall_count = 0;
	for (uint32_t k = 0; k < walls && k < STEP_WALLS_ROOM; k++)
		out->wall[out->wall_count++] = nearest(&s->walls[near[k]], (double)x, (double)y);
	uint32_t last_row = step_row(g, y + cut);
	for (uint32_t row = step_row(g, y - cut); row <= last_row; row++) {
		const uint32_t *start = s->cell_start + (size_t)row * g->columns;
		for (uint32_t j = start[step_column(g, x - cut)]; j < start[step_column(g, x + cut) + 1] && out->seen_count < SEEN_MAX; j++) {
			float dx = s->field[STEP_X][j] - x, dy = s->field[STEP_Y][j] - y;
			if (j != i && dx * dx + dy * dy < cut * cut && !hidden(s, near, walls, i, j)) {
				out->seen[out->seen_count++] = (struct model_seen){ (double)dx, (double)dy, (double)s->field[STEP_ALONG_X][j],
					(double)s->field[STEP_ALONG_Y][j], (double)s->field[STEP_SPEED][j], (double)s->field[STEP_RADIUS][j] };
			}
		}
	}
}

/* Section 2.1 of the sources. */
static struct model_move walk_as_peer(const struct model_walker *w, const struct sight *sight)
{
	double fx = w->wanted_x, fy = w->wanted_y, clear = 1e9;
	for (uint32_t k = 0; k < sight->seen_count; k++) {
		const struct model_seen *j = &sight->seen[k];
		double d = sqrt(j->dx_m * j->dx_m + j->dy_m * j->dy_m);
		if (d <= 0.0)
			continue;
		double push = 8.0 * exp((w->radius_m + j->radius_m - d) / 0.1) / d;
		fx -= push * j->dx_m;
		fy -= push * j->dy_m;
	}
	for (uint32_t k = 0; k < sight->wall_count; k++) {
		double d = sqrt(sight->wall[k].dx_m * sight->wall[k].dx_m + sight->wall[k].dy_m * sight->wall[k].dy_m);
		if (d <= 0.0)
			continue;
		double push = 5.0 * exp((w->radius_m - d) / 0.02) / d;
		fx -= push * sight->wall[k].dx_m;
		fy -= push * sight->wall[k].dy_m;
	}
	double length = sqrt(fx * fx + fy * fy);
	double ex = length > 0.0 ? fx / length : w->along_x, ey = length > 0.0 ? fy / length : w->along_y;
	for (uint32_t k = 0; k < sight->seen_count; k++) {
		const struct model_seen *j = &sight->seen[k];
		double l = w->radius_m + j->radius_m, d = sqrt(j->dx_m * j->dx_m + j->dy_m * j->dy_m);
		if (d > 0.0 && ex * j->dx_m + ey * j->dy_m >= 0.0 && fabs(ex * j->dy_m - ey * j->dx_m) <= l)
			clear = fmin(clear, d - l);
	}
	return (struct model_move){ ex, ey, fmin(fmax(clear / w->gap_s, 0.0), w->free_speed_ms) };
}

void step_plain(const struct step *s, uint32_t first, uint32_t last)
{
	const struct step_ground *g = &s->ground;
	struct sight sight;
	for (uint32_t i = first; i < last; i++) {
		struct model_walker w = { (double)s->field[STEP_ALONG_X][i], (double)s->field[STEP_ALONG_Y][i], (double)s->field[STEP_SPEED][i],
			(double)s->field[STEP_WANTED_X][i], (double)s->field[STEP_WANTED_Y][i], (double)s->field[STEP_FREE][i],
			(double)s->field[STEP_RADIUS][i], (double)s->field[STEP_GAP][i], MODEL_COMFORT_M };
		struct model_move move = { w.along_x, w.along_y, 0.0 };
		look(s, i, &sight);
		bool stands = (w.wanted_x == 0.0 && w.wanted_y == 0.0) || w.free_speed_ms <= 0.0;
		if (!stands && s->model == STEP_PEER)
			move = walk_as_peer(&w, &sight);
		else if (!stands)
			move = model_walk(&s->numbers, &w, sight.seen, sight.seen_count, sight.wall, sight.wall_count, s->dt_s);
		double x = (double)s->field[STEP_X][i] + move.speed_ms * move.along_x * s->dt_s;
		double y = (double)s->field[STEP_Y][i] + move.speed_ms * move.along_y * s->dt_s;
		s->field[STEP_NEXT_X][i] = fminf(fmaxf((float)x, g->x_min_m), g->x_max_m);
		s->field[STEP_NEXT_Y][i] = fminf(fmaxf((float)y, g->y_min_m), g->y_max_m);
		s->field[STEP_NEXT_SPEED][i] = (float)move.speed_ms;
		s->field[STEP_WANTED_X][i] = (float)move.along_x;
		s->field[STEP_WANTED_Y][i] = (float)move.along_y;
	}
}
