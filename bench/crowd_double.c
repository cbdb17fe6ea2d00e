/* bench/crowd_double.c: the peer's model in doubles, plainly: what the fast steps are held to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd_case.h"

#define RADIUS_M 0.2
#define GAP_S 1.0
#define FREE_MS 1.2
#define CELLS_X 40u
#define LEFT 60.0 /* the grid begins so far west and south of the middle */

struct double_run {
	struct crowd_case c;
	double cut_off_m, cell_m;
	uint32_t count, wall_count;
	double *x, *y, *along_x, *along_y, *next_x, *next_y;
	uint32_t *lane, *next_of, first_of[CELLS_X * CELLS_X];
	bool *leaves;
	struct step_wall walls[CASE_WALLS_MAX];
};

void double_run_free(struct double_run *r)
{
	if (r == NULL)
		return;
	free(r->x);
	free(r->lane);
	free(r->leaves);
	free(r);
}

struct double_run *double_run_new(const struct crowd_case *c, double cut_off_m)
{
	struct double_run *r = calloc(1, sizeof *r);
	size_t n = c->walkers;
	if (r == NULL)
		return NULL;
	r->x = calloc(6 * n, sizeof *r->x);
	r->lane = calloc(2 * n, sizeof *r->lane);
	r->leaves = calloc(n, sizeof *r->leaves);
	if (r->x == NULL || r->lane == NULL || r->leaves == NULL) {
		double_run_free(r);
		return NULL;
	}
	r->y = r->x + n;
	r->along_x = r->x + 2 * n;
	r->along_y = r->x + 3 * n;
	r->next_x = r->x + 4 * n;
	r->next_y = r->x + 5 * n;
	r->next_of = r->lane + n;
	r->c = *c;
	r->cut_off_m = cut_off_m;
	r->cell_m = fmax(3.0, cut_off_m);
	r->count = c->walkers;
	r->wall_count = case_walls(c->kind, r->walls);
	case_places(c, r->x, r->y);
	for (uint32_t i = 0; i < r->count; i++)
		r->lane[i] = case_lane(c->kind, r->y[i]);
	return r;
}

static uint32_t cell_number(const struct double_run *r, double at_m)
{
	return (uint32_t)((at_m + LEFT) / r->cell_m);
}

static void remove_who_left(struct double_run *r)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < r->count; i++) {
		if (r->leaves[i])
			continue;
		r->x[kept] = r->x[i];
		r->y[kept] = r->y[i];
		r->along_x[kept] = r->along_x[i];
		r->along_y[kept] = r->along_y[i];
		r->lane[kept++] = r->lane[i];
	}
	r->count = kept;
	memset(r->leaves, 0, r->count * sizeof *r->leaves);
}

static double side(const struct step_wall *w, double x, double y)
{
	return ((double)w->bx_m - (double)w->ax_m) * (y - (double)w->ay_m) - ((double)w->by_m - (double)w->ay_m) * (x - (double)w->ax_m);
}

static bool hidden(const struct double_run *r, uint32_t i, uint32_t j)
{
	double vx = r->x[j] - r->x[i], vy = r->y[j] - r->y[i];
	for (uint32_t k = 0; k < r->wall_count; k++) {
		const struct step_wall *w = &r->walls[k];
		double a = vx * ((double)w->ay_m - r->y[i]) - vy * ((double)w->ax_m - r->x[i]);
		double b = vx * ((double)w->by_m - r->y[i]) - vy * ((double)w->bx_m - r->x[i]);
		if (side(w, r->x[i], r->y[i]) * side(w, r->x[j], r->y[j]) < 0.0 && a * b <= 0.0)
			return true;
	}
	return false;
}

static uint32_t look(const struct double_run *r, uint32_t i, uint32_t *seen, uint32_t max)
{
	uint32_t count = 0, row = cell_number(r, r->y[i]), column = cell_number(r, r->x[i]);
	bool near_wall = fmax(fabs(r->x[i]), fabs(r->y[i])) > 50.0 - r->cut_off_m;
	for (uint32_t cell_y = row - 1; cell_y <= row + 1; cell_y++) {
		for (uint32_t cell_x = column - 1; cell_x <= column + 1; cell_x++) {
			for (uint32_t j = r->first_of[cell_y * CELLS_X + cell_x]; j != CROWD_NONE && count < max; j = r->next_of[j]) {
				double dx = r->x[j] - r->x[i], dy = r->y[j] - r->y[i];
				if (j != i && dx * dx + dy * dy <= r->cut_off_m * r->cut_off_m && !(near_wall && hidden(r, i, j)))
					seen[count++] = j;
			}
		}
	}
	return count;
}

static void push_by_walls(const struct double_run *r, uint32_t i, double *fx, double *fy)
{
	for (uint32_t k = 0; k < r->wall_count; k++) {
		const struct step_wall *w = &r->walls[k];
		double ux = (double)w->bx_m - (double)w->ax_m, uy = (double)w->by_m - (double)w->ay_m;
		double vx = r->x[i] - (double)w->ax_m, vy = r->y[i] - (double)w->ay_m;
		double share = fmin(fmax((ux * vx + uy * vy) / (ux * ux + uy * uy), 0.0), 1.0);
		double dx = share * ux - vx, dy = share * uy - vy, d = sqrt(dx * dx + dy * dy);
		if (d > 0.0) {
			*fx -= 5.0 * exp((RADIUS_M - d) / 0.02) * dx / d;
			*fy -= 5.0 * exp((RADIUS_M - d) / 0.02) * dy / d;
		}
	}
}

static void walk_one(struct double_run *r, uint32_t i)
{
	uint32_t seen[1024], count = look(r, i, seen, 1024);
	double fx, fy, clear = 1e9, l = 2.0 * RADIUS_M;
	case_wanted(r->c.kind, r->lane[i], r->x[i], r->y[i], &fx, &fy);
	for (uint32_t k = 0; k < count; k++) {
		double dx = r->x[seen[k]] - r->x[i], dy = r->y[seen[k]] - r->y[i], d = sqrt(dx * dx + dy * dy);
		fx -= 8.0 * exp((l - d) / 0.1) * dx / d;
		fy -= 8.0 * exp((l - d) / 0.1) * dy / d;
	}
	push_by_walls(r, i, &fx, &fy);
	double length = sqrt(fx * fx + fy * fy);
	if (length > 0.0) {
		r->along_x[i] = fx / length;
		r->along_y[i] = fy / length;
	}
	double ex = r->along_x[i], ey = r->along_y[i];
	for (uint32_t k = 0; k < count; k++) {
		double dx = r->x[seen[k]] - r->x[i], dy = r->y[seen[k]] - r->y[i];
		if (ex * dx + ey * dy >= 0.0 && fabs(ex * dy - ey * dx) <= l)
			clear = fmin(clear, sqrt(dx * dx + dy * dy) - l);
	}
	double speed_ms = fmin(fmax(clear / GAP_S, 0.0), FREE_MS);
	r->next_x[i] = r->x[i] + speed_ms * ex * r->c.dt_s;
	r->next_y[i] = r->y[i] + speed_ms * ey * r->c.dt_s;
}

void double_run_step(struct double_run *r)
{
	remove_who_left(r);
	memset(r->first_of, 0xff, sizeof r->first_of);
	for (uint32_t i = r->count; i-- > 0;) {
		uint32_t cell = cell_number(r, r->y[i]) * CELLS_X + cell_number(r, r->x[i]);
		r->next_of[i] = r->first_of[cell];
		r->first_of[cell] = i;
		r->leaves[i] = case_at_exit(r->c.kind, r->lane[i], r->x[i], r->y[i]);
	}
	for (uint32_t i = 0; i < r->count; i++)
		walk_one(r, i);
	memcpy(r->x, r->next_x, r->count * sizeof *r->x);
	memcpy(r->y, r->next_y, r->count * sizeof *r->y);
}

struct case_mean double_run_mean(const struct double_run *r)
{
	struct case_mean mean = { r->count, 0.0, 0.0 };
	for (uint32_t i = 0; i < r->count; i++) {
		mean.x_m += r->x[i];
		mean.y_m += r->y[i];
	}
	mean.x_m = mean.x_m / r->count + CASE_MIDDLE_M;
	mean.y_m = mean.y_m / r->count + CASE_MIDDLE_M;
	return mean;
}
