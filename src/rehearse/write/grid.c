/* rehearse/write/grid.c: a field of density as SVG: in each row the cells of one step that lie side by side are one stroke. A crowd is
 * smooth, so a field of a hundred thousand cells becomes some kilobytes, and prints sharp at any size. */
#include <math.h>
#include <stdlib.h>

#include "rehearse/write/inside.h"

#define STEPS 5
#define NOBODY_PPL_M2 0.1 /* thinner is drawn as empty */
#define CELLS_MAX 4000000u

/* Steps of reference crowd safety figures: 1.1 free, 2.2 close, 3.5 tight, 4.7 the most that a standing place may hold. */
uint32_t density_step(double ppl_m2)
{
	static const double bounds[STEPS - 1] = {1.1, 2.2, 3.5, 4.7};
	uint32_t step = 0;
	while (step < STEPS - 1 && ppl_m2 >= bounds[step])
		step++;
	return step;
}

/* The greatest of a square of cells: a small dense spot is not thinned away. -1: nobody. */
static int step_at(const struct crowd_grid *grid, uint32_t column, uint32_t row, uint32_t square)
{
	double most = 0;
	for (uint32_t y = row * square; y < (row + 1) * square && y < grid->rows; y++)
		for (uint32_t x = column * square; x < (column + 1) * square && x < grid->columns; x++)
			most = fmax(most, (double)grid->values[(size_t)y * grid->columns + x]);
	return most < NOBODY_PPL_M2 ? -1 : (int)density_step(most);
}

static void add_step(struct buf *out, const struct crowd_grid *grid, int step, uint32_t square, size_t size_max)
{
	uint32_t columns = (grid->columns + square - 1) / square, rows = (grid->rows + square - 1) / square;
	buf_addf(out, "<path class=g%d d=\"", step);
	for (uint32_t row = 0; row < rows && out->size <= size_max; row++) {
		for (uint32_t column = 0; column < columns;) {
			uint32_t end = column;
			while (end < columns && step_at(grid, end, row, square) == step)
				end++;
			if (end > column)
				buf_addf(out, "M%u %uh%u", column * square, row * square, (end - column) * square);
			column = end > column ? end : end + 1;
		}
	}
	buf_addf(out, "\" stroke-width=%u transform=\"translate(0 %g)\" fill=none />", square, square / 2.0);
}

void page_grid(struct page *g, const struct crowd_grid *grid, size_t bytes_max)
{
	if (grid->values == NULL || (uint64_t)grid->columns * grid->rows > CELLS_MAX)
		return;
	struct buf path;
	buf_init(&path, bytes_max + 4096);
	uint32_t square = 1 + (uint32_t)(sqrt((double)grid->columns * grid->rows) / 1500);
	for (;; square *= 2) {
		buf_reset(&path);
		for (int step = 0; step < STEPS; step++)
			add_step(&path, grid, step, square, bytes_max);
		if (path.error == ERR_MEMORY || (path.error == ERR_NONE && path.size <= bytes_max) || square > grid->columns)
			break;
	}
	if (path.error == ERR_NONE)
		buf_add(g->out, path.at, path.size);
	else
		g->out->error = path.error;
	buf_free(&path);
}
