/* rehearse/scene_run.c: the micro level: walkers stepped through the scene, read off into the same record as a run of the network.
 *
 *   step 0.05 s ... | 10 s: who is where, queues | 30 s: density in cells of 2 m | 60 s: a row of the series
 *
 * One replication at a time: the scene itself uses the threads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/scene.h"

#define COUNT_S 10.0
#define DENSITY_S 30.0
#define MAP_CELL_M 2.0     /* a cell of 4 m2: four people more or less are 1 /m2 */
#define FIELDS_BYTES_MAX ((size_t)512 << 20)

struct watcher {
	const struct scene_made *m;
	struct crowd_scene *scene;
	struct crowd_run run;
	struct rehearsal *r;
	bool first;                       /* the first replication makes the maps */
	uint32_t *cell_zone;              /* [cell]; CROWD_NONE: none. Made with the first grid */
	uint32_t cell_count;
	uint32_t *inside_count;           /* [area] */
	double *waited_s;                 /* [checkpoint]: by all who have passed */
	double next_count_s, next_density_s, next_sample_s;
	double worst_ppl_m2;
};

/* ---- the record ---- */

static err_t run_new(const struct built *b, struct arena *arena, struct crowd_run *run)
{
	uint32_t samples = (uint32_t)(b->net.until_s / 60) + 1;
	*run = (struct crowd_run){.sample_count = samples, .sample_s = 60};
	run->areas = arena_alloc_array(arena, b->net.area_count + 1, sizeof(*run->areas));
	run->checkpoints = arena_alloc_array(arena, b->net.checkpoint_count + 1, sizeof(*run->checkpoints));
	run->links = arena_alloc_array(arena, b->net.link_count + 1, sizeof(*run->links));
	run->streams = arena_alloc_array(arena, b->net.stream_count + 1, sizeof(*run->streams));
	run->area_people = arena_alloc_array(arena, (size_t)samples * b->net.area_count + 1, sizeof(float));
	run->queue_ppl = arena_alloc_array(arena, (size_t)samples * b->net.checkpoint_count + 1, sizeof(float));
	run->wait_s = arena_alloc_array(arena, (size_t)samples * b->net.checkpoint_count + 1, sizeof(float));
	run->passed_total = arena_alloc_array(arena, (size_t)samples * b->net.checkpoint_count + 1, sizeof(uint32_t));
	run->come_total = arena_alloc_array(arena, samples + 1, sizeof(uint32_t));
	run->in_total = arena_alloc_array(arena, samples + 1, sizeof(uint32_t));
	run->reached_total = arena_alloc_array(arena, samples + 1, sizeof(uint32_t));
	if (run->areas == NULL || run->checkpoints == NULL || run->links == NULL || run->streams == NULL || run->area_people == NULL ||
	    run->queue_ppl == NULL || run->wait_s == NULL || run->passed_total == NULL || run->come_total == NULL || run->in_total == NULL ||
	    run->reached_total == NULL)
		return ERR_MEMORY;
	for (uint32_t a = 0; a < b->net.area_count; a++)
		run->areas[a].at_first_full_s = run->areas[a].at_people_max_s = NAN;
	for (uint32_t k = 0; k < b->net.checkpoint_count; k++)
		run->checkpoints[k] = (struct crowd_checkpoint_result){.wait = {0, NAN, NAN, NAN, NAN}, .at_queue_max_s = NAN, .busy_share = NAN,
			.at_first_blocked_s = NAN, .at_last_s = NAN};
	run->at_first_street_s = run->at_street_max_s = run->at_last_in_s = run->at_last_reached_s = NAN;
	return ERR_NONE;
}

/* ---- looking ---- */

static void count_people(struct watcher *w, double now_s)
{
	const struct built *b = w->m->b;
	uint32_t count;
	const struct crowd_walker *walkers = crowd_scene_walkers(w->scene, &count);
	memset(w->inside_count, 0, b->net.area_count * sizeof(*w->inside_count));
	for (uint32_t i = 0; i < count; i++) {
		struct point_m at = {(double)walkers[i].x_m, (double)walkers[i].y_m};
		for (uint32_t z = 0; z < b->p->zone_count; z++)
			if (w->m->floor[z] && scene_zone_contains(w->m, z, at)) {
				w->inside_count[b->area_of[z]]++;
				break;
			}
	}
	for (uint32_t a = 0; a < b->net.area_count; a++)
		if (w->inside_count[a] > w->run.areas[a].people_max) {
			w->run.areas[a].people_max = w->inside_count[a];
			w->run.areas[a].at_people_max_s = now_s;
		}
	for (uint32_t k = 0; k < b->net.checkpoint_count; k++) {
		struct crowd_checkpoint_result *c = &w->run.checkpoints[k];
		struct crowd_gate_result gate;
		if (w->m->gate_of[k] == CROWD_NONE)
			continue;
		crowd_scene_gate(w->scene, w->m->gate_of[k], &gate);
		if (gate.queue > c->queue_max_ppl) {
			c->queue_max_ppl = gate.queue;
			c->at_queue_max_s = now_s;
		}
		if (gate.passed > c->passed)
			c->at_last_s = now_s;
		c->passed = gate.passed;
	}
	uint32_t outside = crowd_scene_waiting_outside(w->scene);
	w->run.street_ppl_min += outside * COUNT_S / 60;
	if (outside >= STREET_LEAST_PPL && isnan(w->run.at_first_street_s))
		w->run.at_first_street_s = now_s;
	if (outside > w->run.street_max_ppl) {
		w->run.street_max_ppl = outside;
		w->run.at_street_max_s = now_s;
	}
}

static err_t make_cells(struct watcher *w, const struct crowd_grid *g)
{
	uint32_t cells = g->columns * g->rows;
	w->cell_zone = malloc((size_t)cells * sizeof(*w->cell_zone) + 1);
	if (w->cell_zone == NULL)
		return ERR_MEMORY;
	w->cell_count = cells;
	for (uint32_t i = 0; i < cells; i++) {
		struct point_m at = {g->x_m + (i % g->columns + 0.5) * g->cell_m, g->y_m + (i / g->columns + 0.5) * g->cell_m};
		w->cell_zone[i] = CROWD_NONE;
		for (uint32_t z = 0; z < w->m->b->p->zone_count && w->cell_zone[i] == CROWD_NONE; z++)
			if (w->m->floor[z] && scene_zone_contains(w->m, z, at))
				w->cell_zone[i] = z;
	}
	return ERR_NONE;
}

static void keep_maps(struct watcher *w, const struct crowd_grid *g, double worst, double now_s)
{
	struct rehearsal *r = w->r;
	if (r->maximum_map.values == NULL) {
		r->maximum_map = r->worst_map = *g;
		r->maximum_map.values = calloc(w->cell_count + 1, sizeof(float));
		r->worst_map.values = calloc(w->cell_count + 1, sizeof(float));
	}
	if (r->maximum_map.values == NULL || r->worst_map.values == NULL)
		return; /* pictures are missed, figures are not */
	for (uint32_t i = 0; i < w->cell_count; i++)
		r->maximum_map.values[i] = fmaxf(r->maximum_map.values[i], g->values[i]);
	if (worst > w->worst_ppl_m2) {
		memcpy(r->worst_map.values, g->values, w->cell_count * sizeof(float));
		r->at_worst_map_s = now_s + w->m->b->from_s;
	}
}

static err_t look_at_density(struct watcher *w, double now_s)
{
	struct crowd_grid g = {0};
	err_t error = crowd_scene_density(w->scene, MAP_CELL_M, &g);
	if (error == ERR_NONE && w->cell_zone == NULL)
		error = make_cells(w, &g);
	if (error != ERR_NONE) {
		free(g.values);
		return error;
	}
	double worst = 0;
	for (uint32_t i = 0; i < w->cell_count && i < g.columns * g.rows; i++) {
		double density = (double)g.values[i];
		if (w->cell_zone[i] == CROWD_NONE || density <= 0)
			continue;
		struct crowd_area_result *a = &w->run.areas[w->m->b->area_of[w->cell_zone[i]]];
		a->density_max_ppl_m2 = fmax(a->density_max_ppl_m2, density);
		worst = fmax(worst, density);
		for (int k = 0; k < CROWD_ABOVE_COUNT; k++)
			if (density > crowd_above_ppl_m2[k])
				a->ppl_min_above[k] += density * g.cell_m * g.cell_m * DENSITY_S / 60;
	}
	if (w->first)
		keep_maps(w, &g, worst, now_s);
	w->worst_ppl_m2 = fmax(w->worst_ppl_m2, worst);
	free(g.values);
	return ERR_NONE;
}

static bool is_in(const struct crowd_left *l)
{
	return !isnan(l->at_left_s) && l->goal != CROWD_NONE;
}

static void sample(struct watcher *w, uint32_t row, double now_s)
{
	const struct built *b = w->m->b;
	uint32_t born, in = 0;
	const struct crowd_left *left = crowd_scene_left(w->scene, &born);
	if (row >= w->run.sample_count)
		return;
	for (uint32_t i = 0; i < born; i++)
		in += is_in(&left[i]) && left[i].at_left_s <= now_s;
	w->run.come_total[row] = born + crowd_scene_waiting_outside(w->scene);
	w->run.in_total[row] = w->run.reached_total[row] = in;
	for (uint32_t a = 0; a < b->net.area_count; a++)
		w->run.area_people[(size_t)row * b->net.area_count + a] = (float)w->inside_count[a];
	for (uint32_t k = 0; k < b->net.checkpoint_count; k++) {
		size_t at = (size_t)row * b->net.checkpoint_count + k;
		struct crowd_gate_result gate = {0};
		w->run.wait_s[at] = NAN;
		if (w->m->gate_of[k] == CROWD_NONE)
			continue;
		crowd_scene_gate(w->scene, w->m->gate_of[k], &gate);
		w->run.queue_ppl[at] = (float)gate.queue;
		w->run.passed_total[at] = gate.passed;
		/* The mean of those who were called in this minute, from the means of all who have been. */
		double all = gate.wait.count * gate.wait.mean_s, then = w->waited_s[k];
		if (gate.wait.count > w->run.checkpoints[k].wait.count && isfinite(all)) {
			w->run.wait_s[at] = (float)fmax(0, (all - then) / (gate.wait.count - w->run.checkpoints[k].wait.count));
			w->waited_s[k] = all;
		}
		w->run.checkpoints[k].wait = gate.wait;
	}
}

/* ---- the end of a run ---- */

static err_t finish(struct watcher *w)
{
	const struct built *b = w->m->b;
	uint32_t born, all = 0;
	const struct crowd_left *left = crowd_scene_left(w->scene, &born);
	double *times = malloc((born + (size_t)1) * sizeof(*times)), sum = 0, last_s = NAN;
	if (times == NULL)
		return ERR_MEMORY;
	for (uint32_t k = 0; k < b->net.checkpoint_count; k++) {
		struct crowd_gate_result gate;
		w->run.checkpoints[k].blocked_s = NAN; /* the scene does not tell */
		if (w->m->gate_of[k] == CROWD_NONE)
			continue;
		crowd_scene_gate(w->scene, w->m->gate_of[k], &gate);
		w->run.checkpoints[k].wait = gate.wait;
		w->run.checkpoints[k].passed = gate.passed;
		w->run.checkpoints[k].refused = gate.refused;
		w->run.refused += gate.refused;
		w->run.refused_outside += gate.refused; /* who is in leaves the scene */
	}
	for (uint32_t i = 0; i < born; i++) {
		if (!is_in(&left[i]))
			continue;
		times[w->run.in] = left[i].at_left_s - left[i].at_born_s;
		sum += times[w->run.in++];
		last_s = isnan(last_s) ? left[i].at_left_s : fmax(last_s, left[i].at_left_s);
		w->run.in_by_start += left[i].at_left_s <= b->net.start_s;
	}
	for (uint32_t i = 0; i < b->net.stream_count; i++)
		all += b->streams[i].ppl;
	w->run.come = born;
	w->run.reached = w->run.in;
	w->run.still_there = born - w->run.in;
	w->run.at_last_in_s = w->run.at_last_reached_s = w->run.in + w->run.refused >= all ? last_s : NAN;
	if (w->run.in > 0) {
		w->run.to_in = (struct crowd_waits){w->run.in, sum / w->run.in, crowd_quantile(times, w->run.in, 0.5),
			crowd_quantile(times, w->run.in, 0.95), crowd_quantile(times, w->run.in, 1)};
	} else {
		w->run.to_in = (struct crowd_waits){0, NAN, NAN, NAN, NAN};
	}
	free(times);
	return ERR_NONE;
}

static err_t walk(struct watcher *w, const struct rehearse_settings *s)
{
	double until_s = w->m->b->net.until_s;
	uint32_t row = 0;
	err_t error = ERR_NONE;
	while (error == ERR_NONE) {
		double now_s = crowd_scene_now_s(w->scene);
		if (now_s + 1e-9 >= w->next_count_s) {
			count_people(w, now_s);
			w->next_count_s += COUNT_S;
		}
		if (now_s + 1e-9 >= w->next_density_s) {
			error = look_at_density(w, now_s);
			w->next_density_s += DENSITY_S;
		}
		if (now_s + 1e-9 >= w->next_sample_s) {
			sample(w, row++, now_s);
			w->next_sample_s += 60;
		}
		if (s->stop != NULL && *s->stop != 0)
			return ERR_CROWD_STOPPED;
		if (error != ERR_NONE || now_s >= until_s)
			break;
		if (crowd_scene_done(w->scene)) {
			sample(w, row++, w->next_sample_s);
			break;
		}
		error = crowd_scene_step(w->scene);
	}
	w->run.sample_count = row < w->run.sample_count ? row : w->run.sample_count;
	return error == ERR_NONE ? finish(w) : error;
}

static err_t run_once(const struct scene_made *m, const struct crowd_scene_settings *settings,
	const struct rehearse_settings *s, uint32_t k,
                      struct collected *collected, struct rehearsal *r, struct problem *problem)
{
	struct watcher w = {.m = m, .r = r, .first = k == 0};
	struct arena *arena = arena_new((size_t)1 << 32);
	struct crowd_scene_settings own = *settings;
	own.seed = replication_seed(s->seed, k);
	err_t error = arena == NULL ? ERR_MEMORY : run_new(m->b, arena, &w.run);
	if (error == ERR_NONE) {
		w.inside_count = arena_alloc_array(arena, m->b->net.area_count + 1, sizeof(*w.inside_count));
		w.waited_s = arena_alloc_array(arena, m->b->net.checkpoint_count + 1, sizeof(*w.waited_s));
		error = w.inside_count == NULL || w.waited_s == NULL ? ERR_MEMORY : crowd_scene_new(m->draft, &own, &w.scene, problem);
	}
	if (error == ERR_NONE)
		error = walk(&w, s);
	if (error == ERR_NONE)
		collect_run(collected, k, &w.run);
	free(w.cell_zone);
	crowd_scene_free(w.scene);
	arena_free(arena);
	return error;
}

/* Cells of a quarter of a metre, or as fine as the fields of all targets have room. */
static double cell_m(const struct scene_made *m)
{
	struct geo_box all = {INFINITY, INFINITY, -INFINITY, -INFINITY};
	double targets = 1, cell = 0.25;
	for (uint32_t z = 0; z < m->b->p->zone_count; z++) {
		if (!m->floor[z])
			continue;
		all = (struct geo_box){fmin(all.x_min_m, m->boxes[z].x_min_m), fmin(all.y_min_m, m->boxes[z].y_min_m),
			fmax(all.x_max_m, m->boxes[z].x_max_m), fmax(all.y_max_m, m->boxes[z].y_max_m)};
		targets += m->goal[z];
	}
	for (uint32_t k = 0; k < m->b->net.checkpoint_count; k++)
		targets += m->gate_of[k] != CROWD_NONE;
	double area_m2 = (all.x_max_m - all.x_min_m) * (all.y_max_m - all.y_min_m);
	while (cell < 2 && area_m2 / (cell * cell) * targets * sizeof(float) > (double)FIELDS_BYTES_MAX)
		cell += 0.05;
	return cell;
}

static err_t run_replications(const struct scene_made *m, const struct rehearse_settings *s, struct rehearsal *r, struct problem *problem)
{
	struct crowd_scene_settings settings = {.threads = s->threads, .cell_m = cell_m(m), .body = crowd_body_default()};
	struct collected *collected = NULL;
	uint32_t done = 0;
	settings.body.speed_ms *= s->assume.walk_ms / crowd_body_default().speed_ms;
	err_t error = memory_check(s, crowd_scene_bytes(m->draft, &settings) + collect_bytes(m->b, s->replications), problem);
	if (error == ERR_NONE)
		error = collected_new(m->b, r, s->replications, NULL, &collected);
	while (error == ERR_NONE && done < s->replications) {
		error = run_once(m, &settings, s, done, collected, r, problem);
		done += error == ERR_NONE;
		if (error == ERR_NONE && s->progress != NULL)
			s->progress(s->ctx, done, s->replications);
	}
	if (error == ERR_CROWD_STOPPED && done > 0)
		error = ERR_NONE;
	r->stopped = done < s->replications;
	if (error == ERR_NONE)
		error = collect_finish(collected, done);
	collected_free(collected);
	return error;
}

err_t rehearse_scene(const struct plan *p, const struct rehearse_settings *s, struct rehearsal *r, struct problem *problem)
{
	struct built *b = NULL;
	struct scene_made *m = NULL;
	if (s->phase != REHEARSE_INGRESS)
		return problem_set(problem, ERR_REHEARSE_SETTING, "level",
			"walkers are rehearsed coming in; leaving is rehearsed at the meso level");
	err_t error = network_build(p, s, &b, problem);
	if (error != ERR_NONE)
		return error;
	r->from_s = b->from_s;
	r->until_s = b->until_s;
	error = scene_make(b, &m, problem);
	if (error == ERR_NONE)
		error = run_replications(m, s, r, problem);
	if (error == ERR_NONE)
		error = troubles_find(b, r);
	else if (error == ERR_CROWD_STOPPED || error == ERR_MEMORY)
		problem_set(problem, error, NULL, error == ERR_MEMORY ? "no memory for the walkers" : "not one replication was done");
	scene_made_free(m);
	built_free(b);
	return error;
}
