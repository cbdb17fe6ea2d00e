/* The formulas of crowd/walk/model.h as they stand there, one walker, doubles: clear before fast. What step*.c does with many at
 * once is held to it. */
#include "naive_walker.h"

static double clamped(double x, double low, double high)
{
	return fmin(fmax(x, low), high);
}

/* A vector of length 1, or 0 0 of one too short to have a direction. */
static void make_unit(double *x, double *y)
{
	double length = sqrt(*x * *x + *y * *y);
	double scale = length > 1e-9 ? 1.0 / length : 0.0;
	*x *= scale;
	*y *= scale;
}

static double push_of_neighbour(const struct model_numbers *m, const struct model_walker *w, const struct model_seen *j)
{
	double d = sqrt(j->dx_m * j->dx_m + j->dy_m * j->dy_m);
	bool ahead = w->wanted_x * j->dx_m + w->wanted_y * j->dy_m >= 0.0 || w->along_x * j->dx_m + w->along_y * j->dy_m >= 0.0;
	if (d >= m->cut_off_m || d < 1e-9 || !ahead)
		return 0.0;
	double l = w->radius_m + j->radius_m;
	double px = j->dx_m + m->anticipate_s * (j->speed_ms * j->along_x - w->speed_ms * w->wanted_x);
	double py = j->dy_m + m->anticipate_s * (j->speed_ms * j->along_y - w->speed_ms * w->wanted_y);
	double near = fmax(l, (px * j->dx_m + py * j->dy_m) / d);
	double against = 1.0 + 0.5 * (1.0 - (w->wanted_x * j->along_x + w->wanted_y * j->along_y));
	double side = clamped((py * w->wanted_x - px * w->wanted_y) / m->turn_soft_m, -1.0, 1.0);
	return -m->turn * against * exp((l - near) / m->turn_range_m) * side;
}

static double push_of_wall(const struct model_numbers *m, const struct model_walker *w, const struct model_wall *wall)
{
	double d = sqrt(wall->dx_m * wall->dx_m + wall->dy_m * wall->dy_m);
	if (d < 1e-9)
		return 0.0;
	double side = (wall->dy_m * w->wanted_x - wall->dx_m * w->wanted_y) / d;
	return -m->wall_turn * exp((w->radius_m - d) / m->wall_range_m) * side;
}

/* Takes off what would lead into a wall sooner than two steps can tell. */
static void bend_along_walls(const struct model_walker *w, const struct model_wall *walls, uint32_t count, double dt_s,
                             struct model_move *out)
{
	for (uint32_t k = 0; k < count; k++) {
		double d = sqrt(walls[k].dx_m * walls[k].dx_m + walls[k].dy_m * walls[k].dy_m);
		if (d < 1e-9)
			continue;
		double nx = walls[k].dx_m / d, ny = walls[k].dy_m / d;
		double into = out->along_x * nx + out->along_y * ny - (d - w->radius_m) / (2.0 * w->free_speed_ms * dt_s);
		out->along_x -= fmax(0.0, into) * nx;
		out->along_y -= fmax(0.0, into) * ny;
	}
	make_unit(&out->along_x, &out->along_y);
}

/* How much somebody near comes against him: 1 head on, 0 across, with him, or far. */
static double opposed_by(const struct model_numbers *m, const struct model_walker *w, const struct model_seen *j)
{
	bool near = j->dx_m * j->dx_m + j->dy_m * j->dy_m < m->opposed_m * m->opposed_m;
	bool ahead = w->wanted_x * j->dx_m + w->wanted_y * j->dy_m >= 0.0;
	return near && ahead ? clamped(-(w->wanted_x * j->along_x + w->wanted_y * j->along_y), 0.0, 1.0) : 0.0;
}

/* Off everybody who all but touches. */
static void slide_off(const struct model_numbers *m, const struct model_walker *w, const struct model_seen *seen, uint32_t count,
                      struct model_move *out)
{
	double off_x = 0.0, off_y = 0.0;
	for (uint32_t k = 0; k < count; k++) {
		const struct model_seen *j = &seen[k];
		double d = sqrt(j->dx_m * j->dx_m + j->dy_m * j->dy_m);
		if (d < 1e-9)
			continue;
		double near = clamped((w->radius_m + j->radius_m - m->skin_m + m->contact_m - d) / m->contact_m, 0.0, 1.0);
		off_x += near * j->dx_m / d;
		off_y += near * j->dy_m / d;
	}
	out->along_x -= m->contact * off_x;
	out->along_y -= m->contact * off_y;
	make_unit(&out->along_x, &out->along_y);
}

static double speed_behind(const struct model_numbers *m, const struct model_walker *w, const struct model_seen *j,
                           const struct model_move *out, double ease_m, double dt_s)
{
	double d = sqrt(j->dx_m * j->dx_m + j->dy_m * j->dy_m);
	double a = out->along_x * j->dx_m + out->along_y * j->dy_m;
	if (d >= m->cut_off_m || a <= 0.0)
		return w->free_speed_ms;
	double l = w->radius_m + j->radius_m;
	double bound = (d - l + m->skin_m) * d / (2.0 * dt_s * a);
	if (a + j->along_x * j->dx_m + j->along_y * j->dy_m <= 0.0)
		return bound;
	double b = fabs(out->along_x * j->dy_m - out->along_y * j->dx_m);
	double clear = d - l - ease_m + m->slope * fmax(0.0, b - m->strip_m - m->widen * ease_m);
	return fmin(clear / w->gap_s, bound);
}

struct model_move model_walk(const struct model_numbers *m, const struct model_walker *w, const struct model_seen *seen,
                             uint32_t seen_count, const struct model_wall *walls, uint32_t wall_count, double dt_s)
{
	struct model_move out = { w->along_x, w->along_y, 0.0 };
	if ((w->wanted_x == 0.0 && w->wanted_y == 0.0) || w->free_speed_ms <= 0.0)
		return out;
	double lateral = 0.0, opposed = 0.0;
	for (uint32_t k = 0; k < seen_count; k++) {
		lateral += push_of_neighbour(m, w, &seen[k]);
		opposed = fmax(opposed, opposed_by(m, w, &seen[k]));
	}
	for (uint32_t k = 0; k < wall_count; k++)
		lateral += push_of_wall(m, w, &walls[k]);
	double turned_x = w->wanted_x - lateral * w->wanted_y, turned_y = w->wanted_y + lateral * w->wanted_x;
	make_unit(&turned_x, &turned_y);
	bool fresh = w->along_x == 0.0 && w->along_y == 0.0;
	double share = fresh ? 1.0 : fmin(1.0, dt_s / m->react_s);
	out.along_x += (turned_x - w->along_x) * share;
	out.along_y += (turned_y - w->along_y) * share;
	make_unit(&out.along_x, &out.along_y);
	slide_off(m, w, seen, seen_count, &out);
	bend_along_walls(w, walls, wall_count, dt_s, &out);
	double speed = w->free_speed_ms;
	for (uint32_t k = 0; k < seen_count; k++)
		speed = fmin(speed, speed_behind(m, w, &seen[k], &out, w->comfort_m * (1.0 - opposed), dt_s));
	for (uint32_t k = 0; k < wall_count; k++) {
		double d = sqrt(walls[k].dx_m * walls[k].dx_m + walls[k].dy_m * walls[k].dy_m);
		double into = d > 1e-9 ? (out.along_x * walls[k].dx_m + out.along_y * walls[k].dy_m) / d : 0.0;
		if (into > 0.0)
			speed = fmin(speed, (d - w->radius_m + 0.5 * m->skin_m) / (dt_s * into));
	}
	out.speed_ms = fmax(0.0, speed);
	return out;
}
