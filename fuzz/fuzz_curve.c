/* Arrival curves: whatever is taken rises, lies in 0..1 and ends above 0; and read again from what was taken it is the same curve. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "rehearse/rehearse.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_points(const struct plan_curve_point *points, uint32_t count)
{
	HOLD(count >= 2 && count <= 10000 && points[count - 1].share > 0);
	for (uint32_t i = 0; i < count; i++) {
		HOLD(fabs(points[i].minutes_from_start) <= 10080 && points[i].share >= 0 && points[i].share <= 1);
		HOLD(i == 0 || (points[i].minutes_from_start > points[i - 1].minutes_from_start && points[i].share >= points[i - 1].share));
	}
}

/* As it was taken, printed and read once more. */
static void read_again(const struct plan_curve_point *points, uint32_t count)
{
	struct buf text;
	struct plan_curve_point *again = NULL;
	uint32_t again_count = 0;
	buf_init(&text, (size_t)1 << 24);
	for (uint32_t i = 0; i < count; i++)
		buf_addf(&text, "%.17g,%.17g\n", points[i].minutes_from_start, points[i].share);
	struct arena *arena = arena_new((size_t)1 << 22);
	struct problem problem = {0};
	if (text.error == ERR_NONE && arena != NULL) {
		err_t error = rehearse_read_curve((struct text){text.at, text.size}, arena, &again, &again_count, &problem);
		/* Neighbours closer than the reader's last digit may fall together: then it says that they do not rise. */
		HOLD(error == ERR_NONE || error == ERR_REHEARSE_CURVE);
		HOLD(error != ERR_NONE || again_count == count);
		for (uint32_t i = 0; error == ERR_NONE && i < count; i++)
			HOLD(fabs(again[i].minutes_from_start - points[i].minutes_from_start) <= 1e-9 &&
				fabs(again[i].share - points[i].share) <= 1e-12);
	}
	arena_free(arena);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)1 << 22);
	struct plan_curve_point *points = NULL;
	uint32_t count = 0;
	struct problem problem = {0};
	if (arena == NULL)
		return 0;
	err_t error = rehearse_read_curve((struct text){(const char *)data, size}, arena, &points, &count, &problem);
	if (error == ERR_NONE) {
		check_points(points, count);
		read_again(points, count);
	} else {
		HOLD(error == ERR_REHEARSE_CURVE && problem.detail[0] != '\0' && problem.line >= 0);
	}
	arena_free(arena);
	return 0;
}
