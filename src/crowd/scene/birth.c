/* crowd/scene/birth.c: who comes when, as what, and where he finds room. See inside.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

#define TRIES 24u              /* places looked at for one person in one step */
#define HASH_CELL_M 1.0f       /* newborns are kept apart by squares of this size: wider than two bodies */

/* ---- those of a source: times, groups ---- */
static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Trains leave every headway with at most a batch: whoever is there takes the next one with room. */
static void put_on_trains(const struct crowd_scene_source *drawn, double *comes_s, uint32_t count)
{
	double train = 0;
	uint32_t on_it = 0;
	for (uint32_t i = 0; i < count; i++) {
		double due = ceil(comes_s[i] / drawn->headway_s - 1e-9);
		if (i == 0 || due > train) {
			train = due;
			on_it = 0;
		} else if (on_it == drawn->batch_ppl) {
			train++;
			on_it = 0;
		}
		on_it++;
		comes_s[i] = train * drawn->headway_s;
	}
}

static uint32_t draw_group_size(const struct crowd_scene *s, const struct crowd_crowd *crowd, uint32_t who)
{
	double u = crowd_draw_unit(s->seed, who, CROWD_ASK_GROUP, 0), sum = 0;
	for (uint32_t size = 1; size <= 6; size++) {
		sum += crowd->group_share[size - 1];
		if (u < sum)
			return size;
	}
	return 1;
}

/* Groups are people one after the other: they come together, when the first of them does. */
static void make_groups(struct crowd_scene *s, struct source *source, uint32_t *group_next)
{
	for (uint32_t i = 0; i < source->ppl;) {
		uint32_t size = draw_group_size(s, &source->crowd, source->who_first + i), first = i;
		for (; i < source->ppl && i < first + size; i++) {
			source->group[i] = size > 1 ? *group_next : CROWD_NONE;
			source->comes_s[i] = source->comes_s[first];
		}
		*group_next += size > 1;
	}
}

static err_t build_source(struct crowd_scene *s, const struct crowd_scene_source *drawn, struct source *source, uint32_t who_first,
                          uint32_t *group_next)
{
	const struct crowd_body none = {0};
	*source = (struct source){.ppl = drawn->ppl, .who_first = who_first, .route = drawn->route, .crowd = drawn->crowd,
		.body = memcmp(&drawn->body, &none, sizeof none) == 0 ? s->body : drawn->body};
	err_t error = scene_copy_shape(s, drawn->id, &drawn->polygon, &source->place);
	source->comes_s = malloc(((size_t)drawn->ppl + 1) * sizeof *source->comes_s);
	source->group = malloc(((size_t)drawn->ppl + 1) * sizeof *source->group);
	if (error != ERR_NONE || source->comes_s == NULL || source->group == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < drawn->ppl; i++) {
		double u = crowd_draw_unit(s->seed, who_first + i, CROWD_ASK_ARRIVAL, 0);
		source->comes_s[i] = drawn->curve.count > 0 ? crowd_curve_inverse_s(&drawn->curve, u) : 0;
		if (!(source->comes_s[i] >= 0))
			source->comes_s[i] = 0;
	}
	qsort(source->comes_s, drawn->ppl, sizeof *source->comes_s, by_time);
	if (drawn->batch_ppl > 0)
		put_on_trains(drawn, source->comes_s, drawn->ppl);
	make_groups(s, source, group_next);
	return ERR_NONE;
}

err_t scene_build_sources(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	s->sources = calloc(d->source_count + 1, sizeof *s->sources);
	if (s->sources == NULL)
		return ERR_MEMORY;
	s->source_count = d->source_count;
	uint32_t who = d->walker_count, group_next = 0;
	for (uint32_t i = 0; i < d->walker_count; i++)
		if (d->walkers[i].group != CROWD_NONE && d->walkers[i].group >= group_next && d->walkers[i].group < CROWD_WALKERS_MAX)
			group_next = d->walkers[i].group + 1;
	for (uint32_t i = 0; i < d->source_count; i++) {
		err_t error = build_source(s, &d->sources[i], &s->sources[i], who, &group_next);
		if (error != ERR_NONE)
			return error;
		who += d->sources[i].ppl;
	}
	s->group_count = group_next;
	s->groups = calloc((size_t)group_next + 1, sizeof *s->groups);
	for (uint32_t i = 0; s->groups != NULL && i < group_next; i++)
		s->groups[i].least_ms = INFINITY;
	return s->groups == NULL ? ERR_MEMORY : ERR_NONE;
}

void scene_free_sources(struct crowd_scene *s)
{
	for (uint32_t i = 0; s->sources != NULL && i < s->source_count; i++) {
		scene_free_shape(&s->sources[i].place);
		free(s->sources[i].comes_s);
		free(s->sources[i].group);
	}
	free(s->sources);
	free(s->groups);
}

/* ---- one person ---- */

/* A normal cut at both ends: drawn again until it lies between them. */
static float draw_speed(const struct crowd_scene *s, const struct crowd_body *b, uint32_t who)
{
	for (uint32_t i = 0; i < 64; i++) {
		double v = b->speed_ms + b->speed_sd_ms * crowd_draw_normal(s->seed, who, CROWD_ASK_SPEED, i);
		if (v >= b->speed_min_ms && v <= b->speed_max_ms)
			return (float)v;
	}
	return (float)fmin(fmax(b->speed_ms, b->speed_min_ms), b->speed_max_ms);
}

static err_t note_birth(struct crowd_scene *s, double at_s, double started_s)
{
	if (s->born == s->left_capacity) {
		uint32_t capacity = s->left_capacity ? 2 * s->left_capacity : 1024;
		struct crowd_left *left = realloc(s->left, capacity * sizeof *left);
		if (left == NULL)
			return ERR_MEMORY;
		s->left = left;
		s->left_capacity = capacity;
	}
	s->left[s->born] = (struct crowd_left){at_s, started_s, NAN, CROWD_NONE, 0};
	return ERR_NONE;
}

/* p: all but number and slot set. */
static err_t be_born(struct crowd_scene *s, struct person *p, double came_s, double start_s, float x_m, float y_m, float gap_s)
{
	if (s->slot_free_count == 0 && s->slot_used == s->people_max)
		return ERR_CROWD_TOO_LARGE;
	err_t error = note_birth(s, came_s, p->mode == MODE_STILL ? NAN : scene_now_s(s));
	if (error != ERR_NONE)
		return error;
	uint32_t slot = s->slot_free_count > 0 ? s->slot_free[--s->slot_free_count] : s->slot_used++;
	p->number = s->born++;
	s->people[slot] = *p;
	s->times[slot] = (struct times){start_s, NAN, NAN};
	if (p->mode != MODE_STILL)
		scene_choose(s, &s->people[slot], x_m, y_m, true);
	if (!step_add(s->step, slot, x_m, y_m, p->free_ms, p->radius_m, gap_s))
		return ERR_CROWD_TOO_LARGE;
	if (p->group != CROWD_NONE) {
		struct group *g = &s->groups[p->group];
		g->present++;
		g->least_ms = p->free_ms < g->least_ms ? p->free_ms : g->least_ms;
	}
	scene_drop_order(s);
	s->order[s->order_count++] = (struct present){p->number, slot};
	s->present++;
	return ERR_NONE;
}

/* Those who left are dropped from the list of those present when it is full; it has room for twice as many as there can be. */
void scene_drop_order(struct crowd_scene *s)
{
	if (s->order_count < 2 * s->people_max)
		return;
	uint32_t kept = 0;
	for (uint32_t i = 0; i < s->order_count; i++)
		if (s->people[s->order[i].slot].number == s->order[i].number)
			s->order[kept++] = s->order[i];
	s->order_count = kept;
}

static struct person nobody(void)
{
	return (struct person){.number = CROWD_NONE, .target = CROWD_NONE, .group = CROWD_NONE, .lane = CROWD_NONE, .place = CROWD_NONE,
		.limit_ms = INFINITY, .mode = MODE_WALK, .look = true};
}

err_t scene_place_walkers(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	for (uint32_t i = 0; i < d->walker_count; i++) {
		const struct crowd_placed *w = &d->walkers[i];
		struct person p = nobody();
		p.who = i;
		p.route = w->route;
		p.traits = (uint8_t)w->traits;
		p.group = w->group < s->group_count ? w->group : CROWD_NONE;
		p.mode = w->start_s > 0 ? MODE_STILL : MODE_WALK;
		p.free_ms = w->speed_ms > 0 ? (float)w->speed_ms : draw_speed(s, &s->body, i);
		p.radius_m = (float)(w->radius_m > 0 ? w->radius_m : s->body.radius_m);
		err_t error = be_born(s, &p, scene_now_s(s), w->start_s, (float)(w->x_m - s->origin_x_m), (float)(w->y_m - s->origin_y_m),
			(float)s->body.gap_s);
		if (error != ERR_NONE)
			return error;
	}
	return ERR_NONE;
}

/* ---- room: neither in a wall, nor in somebody, nor in one who was born in this very step ---- */
static uint32_t hash_of(float x, float y)
{
	uint32_t a = (uint32_t)(int32_t)floorf(x / HASH_CELL_M), b = (uint32_t)(int32_t)floorf(y / HASH_CELL_M);
	return (a * 73856093u ^ b * 19349663u) & (BIRTH_HEADS - 1);
}

bool scene_apart_from_newborns(const struct crowd_scene *s, float x, float y, float radius)
{
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++) {
			uint32_t hash = hash_of(x + (float)dx * HASH_CELL_M, y + (float)dy * HASH_CELL_M);
			for (int32_t i = s->birth_heads[hash]; i >= 0; i = s->births[i].next) {
				float ex = s->births[i].x - x, ey = s->births[i].y - y, both = s->births[i].radius + radius;
				if (ex * ex + ey * ey < both * both)
					return false;
			}
		}
	return true;
}

err_t scene_remember_newborn(struct crowd_scene *s, float x, float y, float radius)
{
	if (s->birth_count == s->birth_capacity) {
		uint32_t capacity = s->birth_capacity ? 2 * s->birth_capacity : 256;
		struct birth *births = realloc(s->births, capacity * sizeof *births);
		if (births == NULL)
			return ERR_MEMORY;
		s->births = births;
		s->birth_capacity = capacity;
	}
	uint32_t hash = hash_of(x, y);
	s->births[s->birth_count] = (struct birth){x, y, radius, s->birth_heads[hash]};
	s->birth_heads[hash] = (int32_t)s->birth_count++;
	return ERR_NONE;
}

static bool find_room(const struct crowd_scene *s, struct source *source, uint32_t who, float radius, float *out_x, float *out_y)
{
	const struct box *b = &source->place.box;
	for (uint32_t i = 0; i < TRIES; i++) {
		uint32_t which = 2 * (source->tries++ & 0x3fffffff);
		double x = b->x_min_m + (b->x_max_m - b->x_min_m) * crowd_draw_unit(s->seed, who, CROWD_ASK_PLACE, which);
		double y = b->y_min_m + (b->y_max_m - b->y_min_m) * crowd_draw_unit(s->seed, who, CROWD_ASK_PLACE, which + 1);
		if (x < 0 || y < 0 || x > s->width_m || y > s->height_m || !scene_in_shape(&source->place, x, y) ||
		    s->raster->wall[raster_cell(s->raster, x, y)])
			continue;
		*out_x = (float)x;
		*out_y = (float)y;
		if (scene_apart_from_newborns(s, *out_x, *out_y, radius) && step_free_at(s->step, *out_x, *out_y, radius))
			return true;
	}
	return false;
}

static struct person draw_person(const struct crowd_scene *s, const struct source *source, uint32_t k)
{
	struct person p = nobody();
	p.who = source->who_first + k;
	p.route = source->route;
	p.group = source->group[k];
	if (crowd_draw_unit(s->seed, p.who, CROWD_ASK_TRAITS, 0) < source->crowd.bag_share)
		p.traits |= CROWD_BAG;
	if (crowd_draw_unit(s->seed, p.who, CROWD_ASK_TRAITS, 1) < source->crowd.step_free_share)
		p.traits |= CROWD_NEEDS_STEP_FREE;
	p.free_ms = draw_speed(s, &source->body, p.who);
	p.radius_m = (float)source->body.radius_m;
	return p;
}

static err_t births_of(struct crowd_scene *s, struct source *source, bool *out_any)
{
	double now = scene_now_s(s);
	while (source->next < source->ppl && source->comes_s[source->next] <= now) {
		struct person p = draw_person(s, source, source->next);
		float x, y;
		if (s->slot_free_count == 0 && s->slot_used == s->people_max)
			break; /* as many are there as may be */
		if (!find_room(s, source, p.who, p.radius_m, &x, &y))
			break; /* he waits outside, and those behind him */
		err_t error = scene_remember_newborn(s, x, y, p.radius_m);
		if (error == ERR_NONE)
			error = be_born(s, &p, source->comes_s[source->next], 0, x, y, (float)source->body.gap_s);
		if (error != ERR_NONE)
			return error;
		source->tries = 0;
		source->next++;
		*out_any = true;
	}
	for (uint32_t i = source->next; i < source->ppl && source->comes_s[i] <= now; i++)
		s->waiting++;
	return ERR_NONE;
}

err_t scene_births(struct crowd_scene *s, bool *out_any)
{
	err_t error = ERR_NONE;
	*out_any = false;
	s->birth_count = 0;
	s->waiting = 0;
	memset(s->birth_heads, -1, sizeof s->birth_heads);
	for (uint32_t i = 0; i < s->source_count && error == ERR_NONE; i++)
		error = births_of(s, &s->sources[i], out_any);
	return error;
}

void scene_leave(struct crowd_scene *s, uint32_t slot, uint32_t goal)
{
	struct person *p = &s->people[slot];
	struct crowd_left *left = &s->left[p->number];
	left->at_left_s = scene_now_s(s) + s->dt_s; /* at the end of this step */
	left->goal = goal;
	left->walked_m = (double)p->walked_m + (double)s->w.speed_ms[p->index] * s->dt_s;
	step_remove(s->step, p->index);
	if (p->group != CROWD_NONE)
		s->groups[p->group].present--;
	p->number = CROWD_NONE;
	s->slot_free[s->slot_free_count++] = slot;
	s->present--;
}
