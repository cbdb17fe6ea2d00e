/* crowd/scene/trajectory.c: the compact file of who was where. The format: docs/TRAJECTORIES.md. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

#define UNIT_M 0.01        /* places are whole centimetres */
#define BLOCK 65536u       /* bytes kept before they are written */
#define ENTRY_MAX 40u      /* bytes of one walker at most */

struct seen { uint32_t number; int32_t x, y, dx, dy; };
struct trajectory {
	crowd_write write;
	void *ctx;
	uint32_t every_steps, size;
	uint64_t frames;
	struct seen *seen;      /* by slot */
	uint8_t block[BLOCK];
};

static err_t flush(struct trajectory *t)
{
	uint32_t size = t->size;
	t->size = 0;
	return size > 0 && t->write(t->ctx, t->block, size) != 0 ? ERR_CROWD_STOPPED : ERR_NONE;
}

/* Seven bits a byte, the lowest first; the top bit says that more follow (LEB128). */
static void put(struct trajectory *t, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		t->block[t->size++] = (uint8_t)(value | 128);
	t->block[t->size++] = (uint8_t)value;
}

static void put_signed(struct trajectory *t, int64_t value)
{
	put(t, value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1);
}

static int32_t in_units(float m) { return (int32_t)lrintf(m / (float)UNIT_M); }

/* The surprise: where he is, less where he would be had he gone on as between the last two frames. */
static void put_walker(struct crowd_scene *s, struct trajectory *t, uint32_t slot, uint32_t after)
{
	const struct person *p = &s->people[slot];
	struct seen *last = &t->seen[slot];
	int32_t x = in_units(s->w.x_m[p->index]), y = in_units(s->w.y_m[p->index]);
	bool first = last->number != p->number;
	if (first)
		*last = (struct seen){.number = p->number};
	put(t, p->number - after);
	put_signed(t, (int64_t)x - last->x - last->dx);
	put_signed(t, (int64_t)y - last->y - last->dy);
	*last = (struct seen){p->number, x, y, first ? 0 : x - last->x, first ? 0 : y - last->y};
}

static err_t write_frame(struct crowd_scene *s, struct trajectory *t)
{
	err_t error = ERR_NONE;
	uint32_t after = 0;
	put(t, 1);
	put(t, s->step_count);
	put(t, s->present);
	for (uint32_t i = 0; i < s->order_count && error == ERR_NONE; i++) {
		const struct present *o = &s->order[i];
		if (s->people[o->slot].number != o->number)
			continue;
		put_walker(s, t, o->slot, after);
		after = o->number;
		if (t->size > BLOCK - ENTRY_MAX)
			error = flush(t);
	}
	t->frames++;
	return error == ERR_NONE ? flush(t) : error;
}

err_t crowd_trajectory_begin(struct crowd_scene *s, uint32_t every_steps, crowd_write write, void *ctx)
{
	if (s->trajectory != NULL)
		crowd_trajectory_end(s);
	struct trajectory *t = calloc(1, sizeof *t);
	if (t == NULL)
		return ERR_MEMORY;
	t->write = write;
	t->ctx = ctx;
	t->every_steps = every_steps > 0 ? every_steps : 1;
	t->seen = malloc((size_t)s->people_max * sizeof *t->seen);
	if (t->seen == NULL) {
		free(t);
		return ERR_MEMORY;
	}
	for (uint32_t i = 0; i < s->people_max; i++)
		t->seen[i].number = CROWD_NONE;
	s->trajectory = t;
	int size = snprintf((char *)t->block, BLOCK,
		"{\"cordon\":\"trajectory\",\"version\":1,\"x_m\":%.3f,\"y_m\":%.3f,\"width_m\":%.3f,"
		"\"height_m\":%.3f,\"unit_m\":%g,\"dt_s\":%.9g,\"every_steps\":%u,\"seed\":\"%" PRIu64 "\"}\n", s->origin_x_m,
			s->origin_y_m,
		s->width_m, s->height_m, UNIT_M, s->dt_s, t->every_steps, s->seed);
	t->size = size > 0 ? (uint32_t)size : 0;
	return write_frame(s, t);
}

err_t scene_trajectory_frame(struct crowd_scene *s)
{
	if (s->trajectory == NULL || s->step_count % s->trajectory->every_steps != 0)
		return ERR_NONE;
	return write_frame(s, s->trajectory);
}

void scene_trajectory_free(struct crowd_scene *s)
{
	if (s->trajectory == NULL)
		return;
	free(s->trajectory->seen);
	free(s->trajectory);
	s->trajectory = NULL;
}

err_t crowd_trajectory_end(struct crowd_scene *s)
{
	if (s->trajectory == NULL)
		return ERR_NONE;
	put(s->trajectory, 0);
	put(s->trajectory, s->trajectory->frames);
	err_t error = flush(s->trajectory);
	scene_trajectory_free(s);
	return error;
}
