/* crowd/walk/model_place.c: where people press: a wide place before a narrow one, on the way to one goal. See model.h.
 *
 *   wall ------------------+          width of a place: free to both sides, across the way, REACH_M at most each
 *     here: 8 m            +--------  ahead: the narrowest on the way of the next AHEAD_M
 *         . . . . . . . > 2 m         looked at on a grid of its own: as fine as the raster, but at most PLACES_MAX
 *     wall ----------------+--------
 */
#include <stdlib.h>

#include "crowd/walk/model.h"
#include "crowd/walk/model_place.h"

#define REACH_M 8.0f
#define AHEAD_M 6.0f
#define PLACES_MAX 65536.0

struct model_place { double x_min_m, y_min_m, pitch_m; uint32_t columns, rows; uint8_t *press; };
struct look { const struct field *f; const struct raster *r; const struct model_place *p; float *width_m; };

/* How far it is to a wall from here in this direction. */
static float free_way_m(const struct raster *r, float x_m, float y_m, float along_x, float along_y)
{
	float step_m = (float)r->cell_m, was_x = x_m, was_y = y_m;
	double most_x = r->x_min_m + r->columns * r->cell_m, most_y = r->y_min_m + r->rows * r->cell_m;
	for (float way_m = step_m; way_m < REACH_M; way_m += step_m) {
		float x = x_m + way_m * along_x, y = y_m + way_m * along_y;
		bool out = (double)x < r->x_min_m || (double)y < r->y_min_m || (double)x >= most_x || (double)y >= most_y;
		if (out || r->wall[raster_cell(r, (double)x, (double)y)] || !raster_sees(r, (double)was_x, (double)was_y, (double)x, (double)y))
			return way_m - 0.5f * step_m;
		was_x = x;
		was_y = y;
	}
	return REACH_M;
}

/* Across the way. 0: no way from here. Beside a door people come along its wall: there even a narrow approach counts as wide,
 * and the one or two at the door close up. */
static float width_at(const struct look *l, float x_m, float y_m)
{
	float along_x, along_y;
	if (l->r->wall[raster_cell(l->r, (double)x_m, (double)y_m)] || !field_towards(l->f, x_m, y_m, &along_x, &along_y))
		return 0.0f;
	return free_way_m(l->r, x_m, y_m, -along_y, along_x) + free_way_m(l->r, x_m, y_m, along_y, -along_x);
}

static uint32_t place_of(const struct model_place *p, float x_m, float y_m)
{
	double fx = ((double)x_m - p->x_min_m) / p->pitch_m, fy = ((double)y_m - p->y_min_m) / p->pitch_m;
	uint32_t column = fx > 0 ? (uint32_t)fmin(fx, p->columns - 1.0) : 0, row = fy > 0 ? (uint32_t)fmin(fy, p->rows - 1.0) : 0;
	return row * p->columns + column;
}

/* Beside walls it is measured where he comes by: a door may lie between two of the places looked at. */
static float ahead_of(const struct look *l, float x_m, float y_m, float here_m)
{
	float step_m = fminf(0.5f, (float)l->p->pitch_m), least_m = here_m, along_x, along_y;
	for (float way_m = 0.0f; way_m < AHEAD_M && least_m > 0.5f * here_m; way_m += step_m) {
		if (!field_towards(l->f, x_m, y_m, &along_x, &along_y))
			break;
		x_m += step_m * along_x;
		y_m += step_m * along_y;
		bool beside = l->f->links[raster_cell(l->r, (double)x_m, (double)y_m)] & FIELD_NEAR;
		float width_m = beside ? width_at(l, x_m, y_m) : l->width_m[place_of(l->p, x_m, y_m)];
		least_m = width_m > 0.0f ? fminf(least_m, width_m) : least_m;
	}
	return least_m;
}

static void look_at_all(struct model_place *p, const struct field *f, float *width_m)
{
	struct look l = { f, f->raster, p, width_m };
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < p->rows * p->columns; i++) {
			float x = (float)(p->x_min_m + (i % p->columns + 0.5) * p->pitch_m);
			float y = (float)(p->y_min_m + (i / p->columns + 0.5) * p->pitch_m);
			if (pass == 0)
				width_m[i] = width_at(&l, x, y);
			else if (width_m[i] > (float)MODEL_ORDER_NARROW_M)
				p->press[i] = (uint8_t)(255.0 * model_press((double)width_m[i], (double)ahead_of(&l, x, y, width_m[i])) + 0.5);
		}
}

err_t model_place_new(const struct field *f, struct model_place **out)
{
	const struct raster *r = f->raster;
	double cells = (double)r->columns * r->rows, wide_m = r->columns * r->cell_m, high_m = r->rows * r->cell_m;
	struct model_place *p = calloc(1, sizeof *p);
	if (p == NULL)
		return ERR_MEMORY;
	p->x_min_m = r->x_min_m;
	p->y_min_m = r->y_min_m;
	p->pitch_m = r->cell_m * ceil(sqrt(fmax(1.0, cells / PLACES_MAX)));
	p->columns = (uint32_t)ceil(wide_m / p->pitch_m);
	p->rows = (uint32_t)ceil(high_m / p->pitch_m);
	p->press = calloc((size_t)p->columns * p->rows, 1);
	float *width_m = calloc((size_t)p->columns * p->rows, sizeof *width_m);
	err_t error = p->press == NULL || width_m == NULL ? ERR_MEMORY : ERR_NONE;
	if (error == ERR_NONE) {
		look_at_all(p, f, width_m);
		*out = p;
	} else {
		model_place_free(p);
	}
	free(width_m);
	return error;
}

void model_place_free(struct model_place *p)
{
	if (p == NULL)
		return;
	free(p->press);
	free(p);
}

float model_place_press(const struct model_place *p, float x_m, float y_m)
{
	return (float)p->press[place_of(p, x_m, y_m)] / 255.0f;
}
