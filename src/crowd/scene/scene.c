/* crowd/scene/scene.c: made, stepped, freed. See crowd/scene.h and inside.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crowd/scene/inside.h"

/* ---- what it will need ---- */
static uint64_t people_of(const struct crowd_scene_draft *d)
{
	uint64_t sum = d->walker_count;
	for (uint32_t i = 0; i < d->source_count; i++)
		sum += d->sources[i].ppl;
	return sum;
}

static uint64_t walkers_of(const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings)
{
	uint64_t people = people_of(d);
	if (settings->walkers_max > 0 && settings->walkers_max < people)
		people = settings->walkers_max > d->walker_count ? settings->walkers_max : d->walker_count;
	return people > 0 ? people : 1;
}

size_t crowd_scene_bytes(const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings)
{
	struct box b;
	if (scene_bounds(d, &b, NULL) != ERR_NONE)
		return 0;
	double cell_m = scene_cell_m(settings, &b);
	double cells = ceil((b.x_max_m - b.x_min_m) / cell_m) * ceil((b.y_max_m - b.y_min_m) / cell_m);
	double fields = d->goals.count + d->gate_count;
	/* The raster, marks, two paces, three arrays while a field is solved; each field; each walker; everybody who will ever come. */
	double bytes = cells * ((double)raster_bytes_a_cell() + 2 + 2 * sizeof(float) + 8 + fields * (sizeof(float) + 2));
	size_t a_walker = sizeof(struct person) + sizeof(struct times) + 64 + sizeof(struct crowd_walker) + 2 * sizeof(struct present) + 29;
	bytes += (double)walkers_of(d, settings) * (double)a_walker;
	bytes += (double)people_of(d) * (sizeof(struct crowd_left) * 1.5 + sizeof(double) + sizeof(uint32_t));
	return bytes < 0x1p62 ? (size_t)bytes : (size_t)1 << 62;
}

static err_t check_size(const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings, struct problem *problem)
{
	if (walkers_of(d, settings) > CROWD_WALKERS_MAX)
		return scene_refuse(problem, ERR_CROWD_TOO_LARGE, "", "more than 2,000,000 people would be there at once");
	size_t bytes = crowd_scene_bytes(d, settings), limit = scene_memory_limit();
	if (bytes > limit)
		return scene_refuse(problem, ERR_CROWD_TOO_LARGE, "", "%zu bytes are needed, %zu may be used", bytes, limit);
	return ERR_NONE;
}

/* ---- making ---- */
static err_t build_people(struct crowd_scene *s, const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings)
{
	s->people_max = (uint32_t)walkers_of(d, settings);
	size_t n = s->people_max;
	s->people = aligned_alloc(64, n * sizeof *s->people);
	s->times = malloc(n * sizeof *s->times);
	s->slot_free = malloc(n * sizeof *s->slot_free);
	s->flags = calloc(n, 1);
	s->old_x = calloc(n, sizeof *s->old_x);
	s->old_y = calloc(n, sizeof *s->old_y);
	s->order = malloc(2 * n * sizeof *s->order);
	s->told = malloc(n * sizeof *s->told);
	s->frame = malloc(3 * n * sizeof *s->frame);
	if (s->people == NULL || s->times == NULL || s->slot_free == NULL || s->flags == NULL || s->old_x == NULL ||
		s->old_y == NULL || s->order == NULL ||
	    s->told == NULL || s->frame == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		s->people[i].number = CROWD_NONE;
	return ERR_NONE;
}

static err_t build_step(struct crowd_scene *s, const struct crowd_scene_settings *settings)
{
	struct step_wall *walls = malloc((s->walls.count + 1) * sizeof *walls);
	if (walls == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < s->walls.count; i++) {
		const struct raster_line *l = &s->walls.at[i];
		walls[i] = (struct step_wall){(float)l->ax, (float)l->ay, (float)l->bx, (float)l->by};
	}
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	err_t error = step_new(&(struct step_settings){.model = STEP_CALIBRATED, .isa = settings->isa,
		.threads = settings->threads > 0 ? settings->threads : cores > 0 ? (uint32_t)cores : 1, .walkers_max = s->people_max,
		.x_max_m = s->width_m, .y_max_m = s->height_m, .body = s->body, .walls = walls, .wall_count = s->walls.count}, &s->step);
	free(walls);
	return error;
}

static void sort(struct crowd_scene *s)
{
	step_sort(s->step);
	s->w = step_walkers(s->step);
}

/* Everybody's index, before anybody has walked. */
static void find_indices(struct crowd_scene *s)
{
	for (uint32_t i = 0; i < s->w.count; i++)
		s->people[s->w.slot[i]].index = i;
}

static err_t begin(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	bool any;
	err_t error = scene_place_walkers(s, d);
	if (error != ERR_NONE)
		return error;
	sort(s);
	error = scene_births(s, &any);
	sort(s);
	find_indices(s);
	return error;
}

static err_t build(struct crowd_scene *s, const struct crowd_scene_draft *d,
	const struct crowd_scene_settings *settings, double cell_m,
                   struct problem *problem)
{
	s->goals = calloc(s->goal_count + 1, sizeof *s->goals);
	s->targets = calloc(s->target_count + 1, sizeof *s->targets);
	if (s->goals == NULL || s->targets == NULL)
		return ERR_MEMORY;
	err_t error = scene_build_portals(s, d);
	if (error == ERR_NONE)
		error = scene_build_ground(s, d, cell_m);
	if (error == ERR_NONE)
		error = scene_link_portals(s, problem);
	if (error == ERR_NONE)
		error = scene_build_measures(s, d);
	if (error == ERR_NONE)
		error = scene_mark_ground(s, d);
	if (error == ERR_NONE)
		error = scene_build_gates(s, d);
	if (error == ERR_NONE)
		error = scene_build_targets(s, d, problem);
	if (error == ERR_NONE)
		error = scene_build_routes(s, d);
	if (error == ERR_NONE)
		error = scene_check_ways(s, d, problem);
	if (error == ERR_NONE)
		error = scene_build_sources(s, d);
	if (error == ERR_NONE)
		error = build_people(s, d, settings);
	if (error == ERR_NONE)
		error = build_step(s, settings);
	return error == ERR_NONE ? begin(s, d) : error;
}

err_t crowd_scene_new(const struct crowd_scene_draft *d, const struct crowd_scene_settings *settings, struct crowd_scene **out,
                      struct problem *problem)
{
	const struct crowd_body none = {0};
	struct box b;
	if (!(settings->dt_s >= 0 && settings->dt_s <= 1) || !(settings->cell_m >= 0 && settings->cell_m <= 10))
		return scene_refuse(problem, ERR_CROWD_GEOMETRY, "", "a step lasts at most 1 s, a cell is at most 10 m wide");
	err_t error = scene_bounds(d, &b, problem);
	if (error == ERR_NONE)
		error = check_size(d, settings, problem);
	if (error != ERR_NONE)
		return error;
	struct crowd_scene *s = calloc(1, sizeof *s);
	if (s == NULL)
		return ERR_MEMORY;
	s->origin_x_m = b.x_min_m;
	s->origin_y_m = b.y_min_m;
	s->width_m = b.x_max_m - b.x_min_m;
	s->height_m = b.y_max_m - b.y_min_m;
	s->dt_s = settings->dt_s > 0 ? settings->dt_s : 0.05;
	s->seed = settings->seed;
	s->body = memcmp(&settings->body, &none, sizeof none) == 0 ? crowd_body_default() : settings->body;
	s->refresh_s = settings->refresh_s;
	s->keep_m = s->body.radius_m + 0.05;
	s->goal_count = d->goals.count;
	s->target_count = d->goals.count + d->gate_count;
	s->refresh_next = s->target_count;
	s->door_limit = settings->flow_limit_doors;
	error = build(s, d, settings, scene_cell_m(settings, &b), problem);
	if (error != ERR_NONE) {
		crowd_scene_free(s);
		return problem != NULL && problem->error == error ? error : scene_refuse(problem, error, "", "the scene cannot be made");
	}
	*out = s;
	return ERR_NONE;
}

void crowd_scene_free(struct crowd_scene *s)
{
	if (s == NULL)
		return;
	step_free(s->step);
	scene_trajectory_free(s);
	scene_free_sources(s);
	scene_free_routes(s);
	scene_free_targets(s);
	scene_free_gates(s);
	scene_free_measures(s);
	for (uint32_t i = 0; s->portals != NULL && i < s->portal_count; i++)
		free(s->portals[i].id);
	free(s->portals);
	raster_free(s->raster);
	free(s->walls.at);
	free(s->jumps);
	free(s->marks);
	free(s->slow);
	free(s->ground_pace);
	free(s->pace);
	free(s->people);
	free(s->times);
	free(s->slot_free);
	free(s->flags);
	free(s->old_x);
	free(s->old_y);
	free(s->order);
	free(s->told);
	free(s->frame);
	free(s->left);
	free(s->births);
	free(s);
}

/* ---- one step ---- */
err_t crowd_scene_step(struct crowd_scene *s)
{
	bool any;
	sort(s);
	err_t error = scene_births(s, &any);
	if (error != ERR_NONE)
		return error;
	if (any)
		sort(s);
	error = scene_refresh(s);
	if (error != ERR_NONE)
		return error;
	step_ranges(s->step, scene_where_to, s);
	step_walk(s->step, s->dt_s);
	s->w = step_walkers(s->step);
	step_ranges(s->step, scene_what_was_reached, s);
	error = scene_handle_events(s);
	if (error == ERR_NONE)
		error = scene_gates(s);
	scene_groups(s);
	s->step_count++;
	if (error == ERR_NONE)
		error = scene_trajectory_frame(s);
	return error;
}

bool crowd_scene_done(const struct crowd_scene *s)
{
	for (uint32_t i = 0; i < s->source_count; i++)
		if (s->sources[i].next < s->sources[i].ppl)
			return false;
	return s->present == 0;
}

err_t crowd_scene_set_goal(struct crowd_scene *s, uint32_t goal, bool open)
{
	if (goal >= s->goal_count)
		return ERR_CROWD_GEOMETRY;
	s->targets[goal].open = open;
	s->epoch++; /* everybody chooses anew when he next looks */
	return ERR_NONE;
}
