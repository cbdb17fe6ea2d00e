/* crowd/scene/gate.c: lanes, queues, service. See inside.h.
 *
 *   walks by the gate's field --> within reach: joined, has a lane --> a line: slot by slot --+--> called: to `at` --> served --> on
 *                                                                  \-> a crowd: nearest next --+
 *
 * Service begins when the one before is let go, for whoever stands next: stepping up is part of it, as in the rates that are
 * counted at real lanes. Who is let go must have left the place before the next is called: a full room behind holds the lane.
 * A wait is what passes between joining and being called, less the time to walk that way alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/scene/inside.h"

#define SLOT_M 0.6
#define CALL_M 1.2          /* who is so near is called */
#define STEP_UP_S 1.5       /* so long after the last one went, the next one's service has begun when he went */
#define THERE_M 0.35        /* near enough to be served, or to have left */
#define LOST_S 1.5          /* so long a lane waits at most for who was called and cannot come */
#define UNDERFOOT_M 0.45    /* who is so near a slot between barriers stands in that lane */
#define FRONT_M 0.75        /* a crowd leaves so much room round who is served */
#define LINE_M 0.8          /* who is so near the tail of a line stands in it */
#define ORDER_CLEAR_M 1.0   /* half the width of an approach in which a line holds */
#define STRAIGHT_M 6.0      /* so near a lane he walks straight to it, if he sees it */
#define THINK_STEPS 100u    /* how often another lane is thought of */
#define SWITCH_S 10.0       /* and by how much it must be better */

/* ---- making ---- */

/* Slots every slot_m along the line, the first at least that far from where people are served. */
static err_t lay_slots(const struct crowd_scene *s, const struct crowd_scene_lane *drawn, struct lane *l)
{
	double slot_m = drawn->slot_m > 0.2 ? drawn->slot_m : SLOT_M, whole = 0, next = 0, gone = 0;
	for (uint32_t i = 1; i < drawn->queue.count; i++)
		whole += hypot(drawn->queue.points[i].x_m - drawn->queue.points[i - 1].x_m,
			drawn->queue.points[i].y_m - drawn->queue.points[i - 1].y_m);
	uint32_t most = drawn->queue.count > 0 ? 1 + (uint32_t)fmin(whole / slot_m + 1e-6, 10000) : 0;
	l->slots = calloc((size_t)most + 1, sizeof *l->slots);
	l->line = calloc((size_t)most + 1, sizeof *l->line);
	if (l->slots == NULL || l->line == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < drawn->queue.count; i++) {
		const struct crowd_point *a = &drawn->queue.points[i], *b = &drawn->queue.points[i + 1 < drawn->queue.count ? i + 1 : i];
		double size = hypot(b->x_m - a->x_m, b->y_m - a->y_m), end = i + 1 < drawn->queue.count ? gone + size : gone;
		for (; next <= end + 1e-6 && l->slot_count < most; next += slot_m) {
			double t = size > 0 ? fmin(1, (next - gone) / size) : 0;
			double x = a->x_m + t * (b->x_m - a->x_m) - s->origin_x_m, y = a->y_m + t * (b->y_m - a->y_m) - s->origin_y_m;
			if (hypot(x - l->at_x, y - l->at_y) > 0.9 * slot_m)
				l->slots[l->slot_count++] = (struct lane_slot){(float)x, (float)y};
		}
		gone = end;
	}
	return ERR_NONE;
}

/* A line holds where its approach is narrow: between barriers. */
static bool is_narrow(const struct crowd_scene *s, const struct lane *l)
{
	uint32_t narrow = 0;
	for (uint32_t i = 0; i < l->slot_count; i++) {
		double clear = INFINITY;
		for (uint32_t k = 0; k < s->walls.count && clear > ORDER_CLEAR_M; k++)
			clear = fmin(clear, raster_distance_m(&s->walls.at[k], l->slots[i].x, l->slots[i].y));
		narrow += clear <= ORDER_CLEAR_M;
	}
	return l->slot_count > 0 && 2 * narrow > l->slot_count;
}

static err_t build_lane(struct crowd_scene *s, const struct crowd_scene_draft *d,
	const struct crowd_scene_lane *drawn, struct lane *l)
{
	*l = (struct lane){.service = d->services[drawn->service], .at_x = drawn->at.x_m - s->origin_x_m, .at_y = drawn->at.y_m - s->origin_y_m,
		.beyond_x = drawn->beyond.x_m - s->origin_x_m, .beyond_y = drawn->beyond.y_m - s->origin_y_m, .takes = drawn->takes,
		.open = drawn->open, .served = CROWD_NONE, .leaving = CROWD_NONE, .best = CROWD_NONE, .freed_s = -INFINITY,
			.change_count = drawn->change_count};
	l->mean_s = crowd_service_mean_s(&l->service, 0);
	l->changes_at_s = malloc(((size_t)drawn->change_count + 1) * sizeof(double));
	if (l->changes_at_s == NULL)
		return ERR_MEMORY;
	if (drawn->change_count > 0)
		memcpy(l->changes_at_s, drawn->changes_at_s, drawn->change_count * sizeof(double));
	err_t error = lay_slots(s, drawn, l);
	if (error != ERR_NONE)
		return error;
	l->order = is_narrow(s, l);
	l->mouth_x = l->order ? l->slots[l->slot_count - 1].x : l->at_x;
	l->mouth_y = l->order ? l->slots[l->slot_count - 1].y : l->at_y;
	double ends[4] = {fmin(l->at_x, l->mouth_x), fmin(l->at_y, l->mouth_y), fmax(l->at_x, l->mouth_x), fmax(l->at_y, l->mouth_y)};
	scene_mark(s, &(struct box){ends[0], ends[1], ends[2], ends[3]}, SCENE_GATE_REACH_M, MARK_GATE);
	return ERR_NONE;
}

err_t scene_build_gates(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	s->gates = calloc(d->gate_count + 1, sizeof *s->gates);
	if (s->gates == NULL)
		return ERR_MEMORY;
	s->gate_count = d->gate_count;
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < d->gate_count && error == ERR_NONE; i++) {
		struct gate *g = &s->gates[i];
		g->id = strdup(d->gates[i].id);
		g->lanes = calloc(d->gates[i].count, sizeof *g->lanes);
		if (g->id == NULL || g->lanes == NULL)
			return ERR_MEMORY;
		g->lane_count = d->gates[i].count;
		for (uint32_t k = 0; k < g->lane_count && error == ERR_NONE; k++)
			error = build_lane(s, d, &d->gates[i].lanes[k], &g->lanes[k]);
	}
	return error;
}

void scene_free_gates(struct crowd_scene *s)
{
	for (uint32_t i = 0; s->gates != NULL && i < s->gate_count; i++) {
		struct gate *g = &s->gates[i];
		for (uint32_t k = 0; g->lanes != NULL && k < g->lane_count; k++) {
			free(g->lanes[k].slots);
			free(g->lanes[k].line);
			free(g->lanes[k].changes_at_s);
		}
		free(g->lanes);
		free(g->waits_s);
		free(g->id);
	}
	free(s->gates);
}

/* ---- choice of a lane ---- */
static bool takes(const struct lane *l, const struct person *p)
{
	uint32_t needs = p->traits & (CROWD_BAG | CROWD_NEEDS_STEP_FREE);
	return l->open && (l->takes & needs) == needs;
}

static double lane_wait_s(const struct lane *l)
{
	return (double)l->coming * l->mean_s + (l->served != CROWD_NONE ? l->mean_s / 2 : 0);
}

#define NO_LANE_S 1e5 /* nobody takes him at present: he comes here only if there is no other way */
double scene_gate_wait_s(const struct crowd_scene *s, const struct gate *g, const struct person *p)
{
	(void)s;
	double least = NO_LANE_S;
	for (uint32_t i = 0; i < g->lane_count; i++)
		if (takes(&g->lanes[i], p))
			least = fmin(least, lane_wait_s(&g->lanes[i]));
	return least;
}

static void leave_line(struct crowd_scene *s, struct lane *l, uint32_t place)
{
	for (uint32_t i = place; i + 1 < l->in_line; i++) {
		l->line[i] = l->line[i + 1];
		s->people[l->line[i]].place = i;
	}
	l->in_line--;
}

static void leave_lane(struct crowd_scene *s, struct gate *g, struct person *p)
{
	if (p->lane == CROWD_NONE)
		return;
	struct lane *l = &g->lanes[p->lane];
	if (p->place != CROWD_NONE)
		leave_line(s, l, p->place);
	l->coming--;
	p->lane = p->place = CROWD_NONE;
	p->mode = MODE_WALK;
	p->look = true;
}

static double to_lane_m(const struct crowd_scene *s, const struct lane *l, const struct person *p)
{
	return hypot(l->at_x - s->w.x_m[p->index], l->at_y - s->w.y_m[p->index]);
}

static void take_lane(struct crowd_scene *s, struct gate *g, struct person *p, uint32_t lane)
{
	if (lane == p->lane)
		return;
	leave_lane(s, g, p);
	p->lane = lane;
	if (lane != CROWD_NONE)
		g->lanes[lane].coming++;
}

/* The lane whose turn comes soonest, walking included; another than his own only if that is much better. */
static void choose_lane(struct crowd_scene *s, struct gate *g, struct person *p)
{
	uint32_t best = CROWD_NONE;
	double least = INFINITY;
	for (uint32_t i = 0; i < g->lane_count; i++) {
		const struct lane *l = &g->lanes[i];
		if (!takes(l, p))
			continue;
		double cost = lane_wait_s(l) + to_lane_m(s, l, p) / fmax(0.3, p->free_ms);
		if (i == p->lane)
			cost -= l->mean_s + SWITCH_S; /* himself, and what a change must be worth */
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	take_lane(s, g, p, best);
}

/* Who stands between the barriers of an open lane is in that lane, whatever he wanted. */
static uint32_t lane_underfoot(const struct crowd_scene *s, const struct gate *g, const struct person *p)
{
	float x = s->w.x_m[p->index], y = s->w.y_m[p->index];
	for (uint32_t i = 0; i < g->lane_count; i++) {
		const struct lane *l = &g->lanes[i];
		for (uint32_t k = 0; l->order && takes(l, p) && k < l->slot_count; k++)
			if (hypotf(l->slots[k].x - x, l->slots[k].y - y) < UNDERFOOT_M)
				return i;
	}
	return CROWD_NONE;
}

/* ---- those near a gate ---- */
static void join(struct crowd_scene *s, struct gate *g, struct person *p)
{
	choose_lane(s, g, p);
	double way_m = p->lane == CROWD_NONE ? 0 : fmax(0, to_lane_m(s, &g->lanes[p->lane], p) - CALL_M);
	s->times[p - s->people].joined_s = scene_now_s(s) + way_m / fmax(0.3, p->free_ms); /* when he could be called at the earliest */
	p->joined = true;
	g->present++;
}

static double nearest_m(const struct crowd_scene *s, const struct gate *g, const struct person *p)
{
	double least = INFINITY;
	for (uint32_t i = 0; i < g->lane_count; i++)
		least = fmin(least, hypot(g->lanes[i].mouth_x - s->w.x_m[p->index], g->lanes[i].mouth_y - s->w.y_m[p->index]));
	return least;
}

static void attend(struct crowd_scene *s, uint32_t slot)
{
	struct person *p = &s->people[slot];
	struct gate *g = &s->gates[s->targets[p->target].index];
	if (!p->joined) {
		if (nearest_m(s, g, p) > SCENE_GATE_REACH_M)
			return;
		join(s, g, p);
	}
	if (p->mode != MODE_WALK)
		return;
	uint32_t here = lane_underfoot(s, g, p);
	if (here != CROWD_NONE)
		take_lane(s, g, p, here);
	else if (p->lane == CROWD_NONE || !g->lanes[p->lane].open || (s->step_count + p->number) % THINK_STEPS == 0)
		choose_lane(s, g, p);
	if (p->lane == CROWD_NONE)
		return;
	struct lane *l = &g->lanes[p->lane];
	float x = s->w.x_m[p->index], y = s->w.y_m[p->index];
	if (l->order && l->in_line < l->slot_count) {
		const struct lane_slot *tail = &l->slots[l->in_line];
		/* At its tail, or past it already: between those who stand in it. */
		bool past = to_lane_m(s, l, p) < hypot(tail->x - l->at_x, tail->y - l->at_y) + SLOT_M / 2 &&
			raster_sees(s->raster, x, y, tail->x, tail->y);
		if (past || hypot(tail->x - x, tail->y - y) < LINE_M) {
			p->place = l->in_line;
			p->mode = MODE_TO_SLOT;
			l->line[l->in_line++] = slot;
		}
		return;
	}
	double distance = to_lane_m(s, l, p);
	if (!l->order && (l->best == CROWD_NONE || distance < l->best_m)) {
		l->best = slot;
		l->best_m = distance;
	}
}

/* Places follow the order in which they stand: in a narrow lane nobody gets past another. */
static void keep_order(struct crowd_scene *s, struct lane *l)
{
	for (uint32_t i = 0; i + 1 < l->in_line; i++) {
		struct person *first = &s->people[l->line[i]], *second = &s->people[l->line[i + 1]];
		if (to_lane_m(s, l, first) < to_lane_m(s, l, second) + 0.1)
			continue;
		uint32_t slot = l->line[i];
		l->line[i] = l->line[i + 1];
		l->line[i + 1] = slot;
		first->place = i + 1;
		second->place = i;
	}
}

/* ---- service ---- */
static err_t note_wait(struct gate *g, double wait_s)
{
	if (g->wait_count == g->wait_capacity) {
		uint32_t capacity = g->wait_capacity ? 2 * g->wait_capacity : 256;
		double *waits = realloc(g->waits_s, capacity * sizeof *waits);
		if (waits == NULL)
			return ERR_MEMORY;
		g->waits_s = waits;
		g->wait_capacity = capacity;
	}
	g->waits_s[g->wait_count++] = fmax(0, wait_s);
	return ERR_NONE;
}

static err_t call(struct crowd_scene *s, struct gate *g, struct lane *l, uint32_t slot)
{
	struct person *p = &s->people[slot];
	struct times *t = &s->times[slot];
	double now = scene_now_s(s), begins = now - l->freed_s < STEP_UP_S ? fmax(l->freed_s, fmin(t->joined_s, now)) : now;
	if (p->place != CROWD_NONE)
		leave_line(s, l, p->place);
	p->place = CROWD_NONE;
	p->mode = MODE_SERVED;
	t->until_s = begins + crowd_service_draw_s(&l->service, s->seed, p->who, (uint32_t)(g - s->gates),
		(p->traits & CROWD_BAG) != 0);
	l->coming--;
	l->served = slot;
	g->present--;
	return note_wait(g, begins - t->joined_s);
}

/* He goes on by the way to his next goal; the lane is free when he has left the place. */
static void let_go(struct crowd_scene *s, struct gate *g, struct lane *l)
{
	struct person *p = &s->people[l->served];
	p->joined = false;
	p->lane = CROWD_NONE;
	l->freed_s = scene_now_s(s);
	if (crowd_draw_unit(s->seed, p->who, CROWD_ASK_REFUSED, (uint32_t)(g - s->gates)) < l->service.refused_share) {
		g->refused++;
		scene_leave(s, l->served, CROWD_NONE);
		l->served = CROWD_NONE;
		return;
	}
	g->passed++;
	l->leaving = p->number;
	scene_next_step(s, l->served);
}

static void clear_place(struct crowd_scene *s, struct lane *l)
{
	const struct person *p = &s->people[l->served];
	if (p->number == l->leaving && to_lane_m(s, l, p) < THERE_M)
		return;
	l->served = l->leaving = CROWD_NONE;
}

static err_t work(struct crowd_scene *s, struct gate *g, struct lane *l)
{
	double now = scene_now_s(s);
	keep_order(s, l);
	if (l->served != CROWD_NONE && l->leaving == CROWD_NONE) {
		struct person *p = &s->people[l->served];
		/* Served standing at the place; who cannot get there in the throng is served where he stands. */
		if (now < s->times[l->served].until_s || (to_lane_m(s, l, p) > FRONT_M && now < s->times[l->served].until_s + LOST_S))
			return ERR_NONE;
		let_go(s, g, l);
	}
	if (l->served != CROWD_NONE)
		clear_place(s, l);
	if (l->served != CROWD_NONE || !l->open)
		return ERR_NONE;
	uint32_t next = l->in_line > 0 ? l->line[0] : l->best;
	if (next == CROWD_NONE || to_lane_m(s, l, &s->people[next]) > fmax(CALL_M, l->in_line > 0 ? 2 * SLOT_M : 0))
		return ERR_NONE;
	return call(s, g, l, next);
}

static void keep_schedule(struct crowd_scene *s, struct gate *g, struct lane *l)
{
	while (l->next_change < l->change_count && l->changes_at_s[l->next_change] <= scene_now_s(s)) {
		l->open = !l->open;
		l->next_change++;
		g->changed = true;
	}
	/* Closed: those in its line look for another lane, from the last one on. */
	while (!l->open && l->in_line > 0)
		leave_lane(s, g, &s->people[l->line[l->in_line - 1]]);
}

/* Ways lead to the lanes that are open; where none is, to all. */
static err_t renew_way(struct crowd_scene *s, struct gate *g)
{
	size_t count = (size_t)s->raster->columns * s->raster->rows;
	uint8_t *cells = calloc(count, 1);
	bool any = false;
	if (cells == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < g->lane_count; i++)
		any |= g->lanes[i].open;
	for (uint32_t i = 0; i < g->lane_count; i++)
		if (g->lanes[i].open || !any)
			cells[raster_cell(s->raster, g->lanes[i].mouth_x, g->lanes[i].mouth_y)] = 1;
	err_t error = field_solve(s->targets[s->goal_count + (uint32_t)(g - s->gates)].field, cells, s->pace);
	free(cells);
	g->changed = false;
	return error;
}

/* Lanes open and close; ways follow. */
static err_t keep_schedules(struct crowd_scene *s)
{
	err_t error = ERR_NONE;
	for (uint32_t i = 0; i < s->gate_count && error == ERR_NONE; i++) {
		struct gate *g = &s->gates[i];
		for (uint32_t k = 0; k < g->lane_count; k++) {
			keep_schedule(s, g, &g->lanes[k]);
			g->lanes[k].best = CROWD_NONE;
		}
		if (g->changed)
			error = renew_way(s, g);
	}
	return error;
}

err_t scene_gates(struct crowd_scene *s)
{
	if (s->gate_count == 0)
		return ERR_NONE;
	err_t error = keep_schedules(s);
	for (uint32_t i = 0; i < s->w.count; i++) {
		uint32_t slot = s->w.slot[i];
		if ((s->flags[i] & FLAG_GATE) == 0 || slot == CROWD_NONE)
			continue;
		const struct person *p = &s->people[slot];
		if (p->target == CROWD_NONE || !s->targets[p->target].gate)
			continue;
		if (p->mode != MODE_SERVED)
			attend(s, slot);
	}
	for (uint32_t i = 0; i < s->gate_count; i++)
		for (uint32_t k = 0; k < s->gates[i].lane_count && error == ERR_NONE; k++)
			error = work(s, &s->gates[i], &s->gates[i].lanes[k]);
	return error;
}

/* ---- where to, near a gate: many threads, nothing shared is written ---- */
static bool sees_far(const struct crowd_scene *s, double x0, double y0, double x1, double y1)
{
	double length = hypot(x1 - x0, y1 - y0);
	uint32_t pieces = 1 + (uint32_t)(length / (3 * s->raster->cell_m));
	for (uint32_t i = 0; i < pieces; i++) {
		double a = (double)i / pieces, b = (double)(i + 1) / pieces;
		if (!raster_sees(s->raster, x0 + a * (x1 - x0), y0 + a * (y1 - y0), x0 + b * (x1 - x0), y0 + b * (y1 - y0)))
			return false;
	}
	return true;
}

/* Straight there, slower over the last hand's breadth. */
static void stop_at(const struct crowd_scene *s, struct person *p, float x_m, float y_m, double to_x, double to_y, float *speed_ms)
{
	double distance = hypot(to_x - x_m, to_y - y_m);
	scene_look_straight(p, x_m, y_m, to_x, to_y);
	if (distance < 0.05)
		p->wanted_x = p->wanted_y = 0;
	*speed_ms = fminf(*speed_ms, (float)(distance / (2 * s->dt_s)));
}

void scene_gate_towards(const struct crowd_scene *s, struct person *p, float x_m, float y_m, float *speed_ms)
{
	if (p->target == CROWD_NONE || p->lane == CROWD_NONE || !s->targets[p->target].gate)
		return;
	const struct lane *l = &s->gates[s->targets[p->target].index].lanes[p->lane];
	switch ((enum scene_mode)p->mode) {
	case MODE_TO_SLOT:
		stop_at(s, p, x_m, y_m, l->slots[p->place].x, l->slots[p->place].y, speed_ms);
		return;
	case MODE_SERVED:
		stop_at(s, p, x_m, y_m, l->at_x, l->at_y, speed_ms);
		return;
	case MODE_STILL:
		return;
	case MODE_WALK:
		break;
	}
	bool room = l->order && l->in_line < l->slot_count;
	double x = room ? l->slots[l->in_line].x : l->mouth_x, y = room ? l->slots[l->in_line].y : l->mouth_y;
	double distance = hypot(x - x_m, y - y_m);
	if (!l->order && distance < FRONT_M)
		p->wanted_x = p->wanted_y = 0;
	else if (distance < STRAIGHT_M && sees_far(s, x_m, y_m, x, y))
		scene_look_straight(p, x_m, y_m, x, y);
}

/* ---- for the caller ---- */
err_t crowd_scene_set_lane(struct crowd_scene *s, uint32_t gate, uint32_t lane, bool open)
{
	if (gate >= s->gate_count || lane >= s->gates[gate].lane_count)
		return ERR_CROWD_GEOMETRY;
	s->gates[gate].lanes[lane].open = open;
	s->gates[gate].changed = true;
	s->epoch++;
	return ERR_NONE;
}

void crowd_scene_gate(const struct crowd_scene *s, uint32_t gate, struct crowd_gate_result *out)
{
	*out = (struct crowd_gate_result){.wait = {0, NAN, NAN, NAN, NAN}};
	if (gate >= s->gate_count)
		return;
	const struct gate *g = &s->gates[gate];
	out->passed = g->passed;
	out->refused = g->refused;
	out->queue = g->present;
	double *waits = g->wait_count > 0 ? malloc(g->wait_count * sizeof *waits) : NULL;
	if (waits == NULL)
		return;
	memcpy(waits, g->waits_s, g->wait_count * sizeof *waits);
	double sum = 0;
	for (uint32_t i = 0; i < g->wait_count; i++)
		sum += waits[i];
	out->wait = (struct crowd_waits){g->wait_count, sum / g->wait_count, crowd_quantile(waits, g->wait_count, 0.5),
		crowd_quantile(waits, g->wait_count, 0.95), waits[g->wait_count - 1]};
	free(waits);
}
