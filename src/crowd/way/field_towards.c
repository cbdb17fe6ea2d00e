/* crowd/way/field_towards.c: which way from here. Away from walls: four cells, interpolated. Near walls: only cells that can
 * be seen, and no direction that a wall crosses. See field.h. */
#include <math.h>

#include "crowd/way/field.h"

/* So many cells ahead a direction must be free. */
#define AHEAD_CELLS 0.75f

/* Where a place lies in the raster: cell and fraction, of the lower left of the four centres round it. */
struct spot { int32_t column, row; float right, up; };

static struct spot spot_at(const struct field *f, float x_m, float y_m)
{
	const struct raster *r = f->raster;
	float fx = (x_m - f->x_min_m) * f->cells_a_m - 0.5f, fy = (y_m - f->y_min_m) * f->cells_a_m - 0.5f;
	float most_x = (float)r->columns - 1, most_y = (float)r->rows - 1;
	fx = fx > 0 ? (fx < most_x ? fx : most_x) : 0; /* NAN: 0 */
	fy = fy > 0 ? (fy < most_y ? fy : most_y) : 0;
	struct spot s = {(int32_t)fx, (int32_t)fy, 0, 0};
	if (s.column == (int32_t)r->columns - 1 && s.column > 0)
		s.column--;
	if (s.row == (int32_t)r->rows - 1 && s.row > 0)
		s.row--;
	s.right = fx - (float)s.column;
	s.up = fy - (float)s.row;
	return s;
}

uint32_t raster_cell(const struct raster *r, double x_m, double y_m)
{
	double fx = floor((x_m - r->x_min_m) / r->cell_m), fy = floor((y_m - r->y_min_m) / r->cell_m);
	uint32_t column = fx > 0 ? (fx < r->columns - 1 ? (uint32_t)fx : r->columns - 1) : 0;
	uint32_t row = fy > 0 ? (fy < r->rows - 1 ? (uint32_t)fy : r->rows - 1) : 0;
	return row * r->columns + column;
}

static uint32_t owner(const struct raster *r, const struct spot *s)
{
	uint32_t column = (uint32_t)s->column + (s->right >= 0.5f), row = (uint32_t)s->row + (s->up >= 0.5f);
	column = column < r->columns ? column : r->columns - 1;
	row = row < r->rows ? row : r->rows - 1;
	return row * r->columns + column;
}

static float centre_x(const struct raster *r, uint32_t column) { return (float)(r->x_min_m + (column + 0.5) * r->cell_m); }
static float centre_y(const struct raster *r, uint32_t row) { return (float)(r->y_min_m + (row + 0.5) * r->cell_m); }

static bool is_way(const struct field *f, uint32_t column, uint32_t row, float x_m, float y_m)
{
	const struct raster *r = f->raster;
	if (column >= r->columns || row >= r->rows)
		return false;
	size_t cell = (size_t)row * r->columns + column;
	return !r->wall[cell] && isfinite(f->time_s[cell]) && raster_sees(r, x_m, y_m, centre_x(r, column), centre_y(r, row));
}

static bool unit(float *x, float *y)
{
	float length = sqrtf(*x * *x + *y * *y);
	if (!(length > 1e-6f))
		return false;
	float scale = 1 / length;
	*x *= scale;
	*y *= scale;
	return true;
}

/* The cell in sight, at most two away, from which the goal is nearest: straight to its centre. */
static bool towards_best(const struct field *f, float x_m, float y_m, float *out_x, float *out_y)
{
	const struct raster *r = f->raster;
	uint32_t here = raster_cell(r, x_m, y_m);
	uint32_t column = here % r->columns, row = here / r->columns, best = CROWD_NONE;
	for (int dy = -2; dy <= 2; dy++)
		for (int dx = -2; dx <= 2; dx++) {
			uint32_t i = column + (uint32_t)dx, j = row + (uint32_t)dy, cell = j * r->columns + i;
			if (is_way(f, i, j, x_m, y_m) && (best == CROWD_NONE || f->time_s[cell] < f->time_s[best]))
				best = cell;
		}
	if (best == CROWD_NONE)
		return false;
	*out_x = centre_x(r, best % r->columns) - x_m;
	*out_y = centre_y(r, best / r->columns) - y_m;
	if (unit(out_x, out_y))
		return true;
	/* He stands on its centre: its own slope. */
	*out_x = f->slope[2 * (size_t)best];
	*out_y = f->slope[2 * (size_t)best + 1];
	return unit(out_x, out_y);
}

static bool towards_near_walls(const struct field *f, const struct spot *s, float x_m, float y_m, float *out_x, float *out_y)
{
	const struct raster *r = f->raster;
	float x = 0, y = 0;
	for (uint32_t k = 0; k < 4; k++) {
		uint32_t column = (uint32_t)s->column + (k & 1), row = (uint32_t)s->row + (k >> 1);
		float share = (k & 1 ? s->right : 1 - s->right) * (k >> 1 ? s->up : 1 - s->up);
		if (!(share > 0) || !is_way(f, column, row, x_m, y_m))
			continue;
		size_t cell = (size_t)row * r->columns + column;
		x += share * f->slope[2 * cell];
		y += share * f->slope[2 * cell + 1];
	}
	float ahead = AHEAD_CELLS * (float)r->cell_m;
	if (unit(&x, &y) && raster_sees(r, x_m, y_m, x_m + ahead * x, y_m + ahead * y)) {
		*out_x = x;
		*out_y = y;
		return true;
	}
	return towards_best(f, x_m, y_m, out_x, out_y);
}

bool field_towards(const struct field *f, float x_m, float y_m, float *out_x, float *out_y)
{
	const struct raster *r = f->raster;
	struct spot s = spot_at(f, x_m, y_m);
	uint32_t here = owner(r, &s);
	if (f->links[here] & FIELD_NEAR || r->columns < 2 || r->rows < 2)
		return towards_near_walls(f, &s, x_m, y_m, out_x, out_y);
	const int8_t *low = f->slope + 2 * ((size_t)s.row * r->columns + (size_t)s.column), *high = low + 2 * (size_t)r->columns;
	float left = 1 - s.right, down = 1 - s.up;
	float x = down * (left * low[0] + s.right * low[2]) + s.up * (left * high[0] + s.right * high[2]);
	float y = down * (left * low[1] + s.right * low[3]) + s.up * (left * high[1] + s.right * high[3]);
	if (!unit(&x, &y))
		return towards_best(f, x_m, y_m, out_x, out_y);
	*out_x = x;
	*out_y = y;
	return true;
}

float field_time_s(const struct field *f, float x_m, float y_m)
{
	const struct raster *r = f->raster;
	struct spot s = spot_at(f, x_m, y_m);
	bool near = f->links[owner(r, &s)] & FIELD_NEAR || r->columns < 2 || r->rows < 2;
	float sum = 0, shares = 0;
	for (uint32_t k = 0; k < 4; k++) {
		uint32_t column = (uint32_t)s.column + (k & 1), row = (uint32_t)s.row + (k >> 1);
		float share = (k & 1 ? s.right : 1 - s.right) * (k >> 1 ? s.up : 1 - s.up);
		if (!(share > 0) || (near && !is_way(f, column, row, x_m, y_m)))
			continue;
		sum += share * f->time_s[(size_t)row * r->columns + column];
		shares += share;
	}
	return shares > 0 ? sum / shares : f->time_s[owner(r, &s)];
}
