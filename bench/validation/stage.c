/* Drawing, running and reading a scene. */
#include "stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void said(struct stage *g, err_t e, const struct problem *p, const char *where)
{
	if (e == ERR_NONE || g->broken)
		return;
	g->broken = true;
	trial_within(g->t, "scene made", 0.0, "", 1.0, 1.0);
	trial_note(g->t, "%s: %s %s %s", where, error_row(e)->code, p == NULL ? "" : p->feature, p == NULL ? "" : p->detail);
}

void stage_begin(struct stage *g, struct trial *t, uint64_t seed)
{
	*g = (struct stage){.t = t, .settings = {.threads = 1, .isa = CROWD_ISA_BEST, .seed = seed, .body = crowd_body_default()}};
	said(g, crowd_draft_new(&g->d), NULL, "draft");
}

void stage_end(struct stage *g)
{
	crowd_scene_free(g->s);
	crowd_draft_free(g->d);
	for (uint32_t i = 0; i < g->gauge_count; i++)
		free(g->gauges[i].times_s);
	free(g->before_x);
	free(g->before_y);
	*g = (struct stage){0};
}

static struct crowd_outline outline(struct box b, struct crowd_point corners[4])
{
	corners[0] = (struct crowd_point){b.x0, b.y0};
	corners[1] = (struct crowd_point){b.x1, b.y0};
	corners[2] = (struct crowd_point){b.x1, b.y1};
	corners[3] = (struct crowd_point){b.x0, b.y1};
	return (struct crowd_outline){corners, 4};
}

void stage_floor(struct stage *g, struct box b)
{
	struct crowd_point corners[4];
	if (!g->broken)
		said(g, crowd_draft_floor(g->d, "floor", outline(b, corners)), crowd_draft_problem(g->d), "floor");
}

void stage_obstacle(struct stage *g, struct box b)
{
	struct crowd_point corners[4];
	if (!g->broken)
		said(g, crowd_draft_obstacle(g->d, "obstacle", outline(b, corners)), crowd_draft_problem(g->d), "obstacle");
}

void stage_wall(struct stage *g, double ax, double ay, double bx, double by)
{
	const struct crowd_point ends[2] = {{ax, ay}, {bx, by}};
	if (!g->broken)
		said(g, crowd_draft_wall(g->d, "wall", (struct crowd_outline){ends, 2}), crowd_draft_problem(g->d), "wall");
}

void stage_slow(struct stage *g, struct box b, double factor)
{
	struct crowd_point corners[4];
	if (!g->broken)
		said(g, crowd_draft_slow(g->d, "stair", outline(b, corners), factor), crowd_draft_problem(g->d), "slow");
}

static uint32_t goal(struct stage *g, struct box b, bool exit)
{
	struct crowd_point corners[4];
	uint32_t number = 0;
	if (!g->broken)
		said(g, crowd_draft_goal(g->d, "goal", outline(b, corners), exit, &number), crowd_draft_problem(g->d), "goal");
	return number;
}

uint32_t stage_exit(struct stage *g, struct box b)
{
	return goal(g, b, true);
}

uint32_t stage_goal(struct stage *g, struct box b)
{
	return goal(g, b, false);
}

uint32_t stage_route_weighed(struct stage *g, const uint32_t *goals, uint32_t count, const double *weights)
{
	const struct crowd_route_step step = {false, goals, count, weights};
	uint32_t number = 0;
	if (!g->broken)
		said(g, crowd_draft_route(g->d, "route", &step, 1, &number), crowd_draft_problem(g->d), "route");
	return number;
}

uint32_t stage_route(struct stage *g, const uint32_t *goals, uint32_t count)
{
	return stage_route_weighed(g, goals, count, NULL);
}

uint32_t stage_route_to(struct stage *g, uint32_t goal_number)
{
	return stage_route(g, &goal_number, 1);
}

void stage_place(struct stage *g, double x, double y, double speed_ms, double start_s, uint32_t route)
{
	const struct crowd_placed w = {.x_m = x, .y_m = y, .speed_ms = speed_ms, .start_s = start_s, .route = route, .group = CROWD_NONE};
	if (!g->broken)
		said(g, crowd_draft_walker(g->d, &w), crowd_draft_problem(g->d), "walker");
	g->placed++;
}

uint32_t stage_strew(struct stage *g, struct box b, uint32_t count, double speed_ms, uint32_t route)
{
	double wide = b.x1 - b.x0, high = b.y1 - b.y0;
	uint32_t columns = (uint32_t)fmax(1.0, ceil(sqrt(count * wide / high))), rows = (count + columns - 1) / columns;
	double px = wide / columns, py = high / rows, body = 2.0 * g->settings.body.radius_m + 0.005;
	double jx = fmax(0.0, fmin(0.3 * px, (px - body) / 2.0)), jy = fmax(0.0, fmin(0.3 * py, (py - body) / 2.0));
	uint32_t first = g->placed;
	for (uint32_t k = 0; k < count; k++) {
		/* Evenly over the lattice: where it has more places than people, the gaps lie scattered. */
		uint32_t place = (uint32_t)((uint64_t)k * columns * rows / count);
		double u = crowd_draw_unit(g->settings.seed, first + k, CROWD_ASK_PLACE, 0);
		double v = crowd_draw_unit(g->settings.seed, first + k, CROWD_ASK_PLACE, 1);
		stage_place(g, b.x0 + (place % columns + 0.5) * px + (2.0 * u - 1.0) * jx,
			b.y0 + (place / columns + 0.5) * py + (2.0 * v - 1.0) * jy, speed_ms, 0.0, route);
	}
	return first;
}

struct meter *stage_meter(struct stage *g, struct box b, double from_s, double until_s)
{
	struct meter *m = &g->meters[g->meter_count++];
	*m = (struct meter){.box = b, .from_s = from_s, .until_s = until_s > 0.0 ? until_s : INFINITY,
		.density_ppl_m2 = NAN, .speed_ms = NAN};
	return m;
}

struct gauge *stage_gauge(struct stage *g, double ax, double ay, double bx, double by)
{
	struct gauge *x = &g->gauges[g->gauge_count++];
	const struct crowd_point ends[2] = {{ax, ay}, {bx, by}};
	if (!g->broken)
		said(g, crowd_draft_line(g->d, "line", ends, &x->line), crowd_draft_problem(g->d), "line");
	return x;
}

bool stage_build(struct stage *g)
{
	struct problem p = {0};
	if (!g->broken)
		said(g, crowd_scene_new(g->d, &g->settings, &g->s, &p), &p, "scene");
	return !g->broken;
}

uint32_t stage_here(struct stage *g)
{
	uint32_t count = 0;
	if (g->s != NULL)
		crowd_scene_walkers(g->s, &count);
	return count;
}

static void remember(struct stage *g, const struct crowd_walker *w, uint32_t count)
{
	uint32_t most = count > 0 ? w[count - 1].number + 1 : 0;
	if (most > g->before_count) {
		float *x = realloc(g->before_x, most * sizeof(float)), *y = realloc(g->before_y, most * sizeof(float));
		g->before_x = x == NULL ? g->before_x : x;
		g->before_y = y == NULL ? g->before_y : y;
		if (x == NULL || y == NULL)
			return;
		for (uint32_t i = g->before_count; i < most; i++)
			g->before_x[i] = NAN;
		g->before_count = most;
	}
	for (uint32_t i = 0; i < count; i++) {
		g->before_x[w[i].number] = w[i].x_m;
		g->before_y[w[i].number] = w[i].y_m;
	}
}

static void read_meters(struct stage *g, double now_s)
{
	uint32_t count;
	const struct crowd_walker *w = crowd_scene_walkers(g->s, &count);
	for (uint32_t k = 0; k < g->meter_count; k++) {
		struct meter *m = &g->meters[k];
		if (now_s < m->from_s || now_s > m->until_s)
			continue;
		uint32_t people = 0;
		for (uint32_t i = 0; i < count; i++) {
			double x = (double)w[i].x_m, y = (double)w[i].y_m;
			if (!(x >= m->box.x0 && x < m->box.x1 && y >= m->box.y0 && y < m->box.y1))
				continue;
			people++;
			if (w[i].number >= g->before_count || isnan(g->before_x[w[i].number]))
				continue;
			double dx = x - (double)g->before_x[w[i].number], dy = y - (double)g->before_y[w[i].number];
			bool along = m->along_x != 0.0 || m->along_y != 0.0;
			m->speed_sum += (along ? dx * m->along_x + dy * m->along_y : sqrt(dx * dx + dy * dy)) / STAGE_SAMPLE_S;
			m->speeds++;
		}
		double density = people / ((m->box.x1 - m->box.x0) * (m->box.y1 - m->box.y0));
		m->people_sum += density;
		m->density_max_ppl_m2 = fmax(m->density_max_ppl_m2, density);
		m->samples++;
	}
	remember(g, w, count);
}

static void read_gauges(struct stage *g, double now_s)
{
	for (uint32_t k = 0; k < g->gauge_count; k++) {
		struct gauge *x = &g->gauges[k];
		struct crowd_line_result r;
		crowd_scene_line(g->s, x->line, &r);
		while (x->count < r.forth) {
			if (x->count == x->room) {
				uint32_t room = x->room == 0 ? 256 : 2 * x->room;
				double *times = realloc(x->times_s, room * sizeof(double));
				if (times == NULL)
					return;
				x->times_s = times;
				x->room = room;
			}
			x->times_s[x->count++] = now_s;
		}
	}
}

double stage_run(struct stage *g, double until_s)
{
	while (!g->broken && !crowd_scene_done(g->s) && crowd_scene_now_s(g->s) < until_s) {
		g->t->walker_steps += stage_here(g);
		said(g, crowd_scene_step(g->s), NULL, "step");
		double now_s = crowd_scene_now_s(g->s);
		read_gauges(g, now_s);
		if (g->each_step != NULL)
			g->each_step(g);
		if (now_s >= g->next_sample_s - 1e-6) {
			read_meters(g, now_s);
			g->next_sample_s += STAGE_SAMPLE_S;
		}
	}
	for (uint32_t k = 0; k < g->meter_count; k++) {
		struct meter *m = &g->meters[k];
		m->density_ppl_m2 = m->samples > 0 ? m->people_sum / m->samples : NAN;
		m->speed_ms = m->speeds > 0 ? m->speed_sum / m->speeds : NAN;
	}
	return !g->broken && crowd_scene_done(g->s) ? crowd_scene_now_s(g->s) : NAN;
}

double gauge_flow(const struct gauge *x, double width_m)
{
	return x->count < 3 ? NAN : crowd_flow_ppl_m_s(x->times_s, x->count, width_m, 0.6);
}
