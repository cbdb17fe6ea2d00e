/* rehearse/write/map.c: the plan drawn, zones coloured by their worst density, checkpoints with their longest queue; with walkers the
 * fields of density too. Numbers stand beside colours; where two would lie on each other the greater one is kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define WIDTH 640.0
#define MARGIN 14.0
#define LABELS_MAX 400
#define QUEUES_MAX 16
#define GRID_BYTES_MAX 480000u

struct box { double x0, y0, x1, y1; };
struct map {
	struct page *g;
	const struct rehearsal *r;
	const struct plan *p;
	struct geo_box bounds;
	double scale, height;          /* pixels a metre, of the picture */
	struct box taken[LABELS_MAX]; uint32_t taken_count;
};

static double map_x(const struct map *m, double x_m)
{
	return MARGIN + (x_m - m->bounds.x_min_m) * m->scale;
}

static double map_y(const struct map *m, double y_m)
{
	return MARGIN + (m->bounds.y_max_m - y_m) * m->scale;
}

static void widen(struct geo_box *all, bool *any, struct geo_box b)
{
	if (!*any)
		*all = b;
	*any = true;
	all->x_min_m = fmin(all->x_min_m, b.x_min_m);
	all->y_min_m = fmin(all->y_min_m, b.y_min_m);
	all->x_max_m = fmax(all->x_max_m, b.x_max_m);
	all->y_max_m = fmax(all->y_max_m, b.y_max_m);
}

/* Both plans lie on the same paper. What is outside is not what is asked. */
static void widen_by_plan(struct geo_box *all, bool *any, const struct plan *p)
{
	for (uint32_t i = 0; i < p->zone_count; i++)
		if (p->zones[i].feature != UINT32_MAX && p->zones[i].use != PLAN_OUTSIDE)
			widen(all, any, geo_bounds(&p->features[p->zones[i].feature].shape));
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		widen(all, any, geo_bounds(&p->features[p->checkpoints[i].feature].shape));
}

/* Corners nearer than half a pixel are not drawn. */
static void add_ring(struct map *m, const struct geo_ring *ring, bool closed)
{
	double last_x = NAN, last_y = NAN;
	for (uint32_t i = 0; i < ring->count; i++) {
		double x = map_x(m, ring->points[i].x_m), y = map_y(m, ring->points[i].y_m);
		if (i > 0 && i + 1 < ring->count && fabs(x - last_x) < 0.5 && fabs(y - last_y) < 0.5)
			continue;
		buf_addf(m->g->out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x, y);
		last_x = x;
		last_y = y;
	}
	page_add(m->g, closed ? "Z" : "");
}

static void add_shape(struct map *m, const struct geo_shape *s)
{
	page_add(m->g, " fill-rule=evenodd d=\"");
	for (uint32_t i = 0; i < s->part_count; i++)
		for (uint32_t k = 0; k < s->parts[i].ring_count; k++)
			add_ring(m, &s->parts[i].rings[k], s->form == GEO_POLYGON);
	page_add(m->g, "\"");
}

static void add_pair(struct map *m, const char *en, const char *zh, const char *unit, double value)
{
	if (!isfinite(value))
		return;
	page_add(m->g, "\n");
	page_say(m->g, en, zh);
	words_value(m->g->out, &m->g->v, unit, value);
	page_add(m->g, " ");
	page_add(m->g, words_unit(unit, m->g->v.chinese));
}

static void add_zone(struct map *m, uint32_t zone, bool outlines)
{
	const struct plan_zone *z = &m->p->zones[zone];
	uint32_t area = subject_by_id(m->r, REHEARSE_AREA, z->id);
	double density = area == CROWD_NONE ? NAN : figure_mean(m->r, REHEARSE_FIGURE_AREA_DENSITY_MAX, area);
	if (outlines || !isfinite(density))
		page_add(m->g, "<path class=\"zone none\"");
	else
		buf_addf(m->g->out, "<path class=\"zone d%u\"", density_step(density));
	add_shape(m, &m->p->features[z->feature].shape);
	page_add(m->g, "><title>");
	page_text(m->g, name_in(m->g->v.chinese, z->name));
	if (area != CROWD_NONE) {
		add_pair(m, "highest density ", "密度峰值 ", "ppl_m2", density);
		add_pair(m, "most people ", "人数峰值 ", "ppl", figure_mean(m->r, REHEARSE_FIGURE_AREA_PEOPLE_MAX, area));
		add_pair(m, "holds ", "可容 ", "ppl", m->r->subjects[REHEARSE_AREA][area].limit_ppl);
	}
	page_add(m->g, "</title></path>\n");
}

/* Lower levels first; the outside, as it lies under everything, before all. */
static void add_zones(struct map *m, bool outlines)
{
	int lowest = 0, highest = 0;
	for (uint32_t i = 0; i < m->p->feature_count; i++) {
		lowest = m->p->features[i].level < lowest ? m->p->features[i].level : lowest;
		highest = m->p->features[i].level > highest ? m->p->features[i].level : highest;
	}
	for (int level = lowest; level <= highest; level++)
		for (uint32_t i = 0; i < m->p->zone_count; i++)
			if (m->p->zones[i].feature != UINT32_MAX && m->p->zones[i].use != PLAN_OUTSIDE &&
			    m->p->features[m->p->zones[i].feature].level == level)
				add_zone(m, i, outlines);
}

static void add_lines(struct map *m)
{
	for (uint32_t i = 0; i < m->p->barrier_count; i++) {
		page_add(m->g, "<path class=wall");
		add_shape(m, &m->p->features[m->p->barriers[i].feature].shape);
		page_add(m->g, "/>");
	}
	page_add(m->g, "\n");
}

/* ---- numbers ---- */

static bool take(struct map *m, struct box b)
{
	if (b.x0 < 0 || b.y0 < 0 || b.x1 > WIDTH || b.y1 > m->height || m->taken_count == LABELS_MAX)
		return false;
	for (uint32_t i = 0; i < m->taken_count; i++) {
		const struct box *t = &m->taken[i];
		if (b.x0 < t->x1 && b.x1 > t->x0 && b.y0 < t->y1 && b.y1 > t->y0)
			return false;
	}
	m->taken[m->taken_count++] = b;
	return true;
}

static void add_queue(struct map *m, uint32_t checkpoint, double x, double y)
{
	double queue = figure_mean(m->r, REHEARSE_FIGURE_CHECK_QUEUE_MAX, checkpoint);
	struct buf word;
	buf_init(&word, 64);
	words_value(&word, &m->g->v, "ppl", floor(queue + 0.5));
	double wide = 7.0 * (queue >= 1000 ? 5 : queue >= 100 ? 3 : queue >= 10 ? 2 : 1) + 4;
	const struct { double dx, dy; const char *anchor; } places[] = {{7, 4, "start"}, {-7, 4, "end"}, {0, -7, "middle"},
		{0, 16, "middle"}, {8, -6, "start"}, {-8, -6, "end"}, {8, 14, "start"}, {-8, 14, "end"}};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		double left = places[i].anchor[0] == 's' ? 0 : places[i].anchor[0] == 'e' ? -wide : -wide / 2;
		double tx = x + places[i].dx, ty = y + places[i].dy;
		if (!take(m, (struct box){tx + left, ty - 10, tx + left + wide, ty + 3}))
			continue;
		buf_addf(m->g->out, "<text class=q x=%.1f y=%.1f text-anchor=%s>%s</text>",
			tx, ty, places[i].anchor, word.at != NULL ? word.at : "");
		break;
	}
	buf_free(&word);
}

static void add_gate(struct map *m, uint32_t checkpoint)
{
	const struct plan_checkpoint *c = &m->p->checkpoints[checkpoint];
	struct point_m at = geo_centre(&m->p->features[c->feature].shape);
	double x = map_x(m, at.x_m), y = map_y(m, at.y_m);
	uint32_t subject = subject_by_id(m->r, REHEARSE_CHECKPOINT, c->id);
	double queue = subject == CROWD_NONE ? NAN : figure_mean(m->r, REHEARSE_FIGURE_CHECK_QUEUE_MAX, subject);
	double radius = queue >= 1 ? fmin(3 + sqrt(queue) / 12, 6) : 2.5;
	take(m, (struct box){x - radius, y - radius, x + radius, y + radius});
	buf_addf(m->g->out, "<circle class=\"gate%s\" cx=%.1f cy=%.1f r=%.1f><title>", queue >= 1 ? " q" : "", x, y, radius);
	page_text(m->g, name_in(m->g->v.chinese, c->name));
	if (subject != CROWD_NONE) {
		add_pair(m, "longest queue ", "最长排队 ", "ppl", queue);
		add_pair(m, "95 of 100 wait at most ", "95% 等待不超过 ", "s", figure_mean(m->r, REHEARSE_FIGURE_CHECK_WAIT_P95, subject));
	}
	page_add(m->g, "</title></circle>\n");
}

/* In the middle of the zone, or beside what lies there, but still in the zone. */
static void add_density(struct map *m, const struct geo_shape *s, double density)
{
	static const double places[][2] = {{0, 0}, {-13, 0}, {13, 0}, {0, -9}, {0, 9}, {-24, 0}, {24, 0}, {-13, 9}, {13, -9}};
	struct geo_box b = geo_bounds(s);
	double half_x = (b.x_max_m - b.x_min_m) * m->scale / 2, half_y = (b.y_max_m - b.y_min_m) * m->scale / 2;
	struct point_m at = geo_centre(s);
	if (density < 0.05 || ((half_x < 10 || half_y < 6) && density < 2.2))
		return;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		double x = map_x(m, at.x_m) + places[i][0], y = map_y(m, at.y_m) + places[i][1];
		if (fabs(places[i][0]) > fmax(half_x - 8, 0) || fabs(places[i][1]) > fmax(half_y - 5, 0))
			continue;
		if (!take(m, (struct box){x - 9.5, y - 6, x + 9.5, y + 6}))
			continue;
		buf_addf(m->g->out, "<text class=\"num on%u\" x=%.1f y=%.1f>%.1f</text>", density_step(density), x, y, density);
		return;
	}
}

static void add_densities(struct map *m)
{
	uint32_t found[LABELS_MAX / 2];
	uint32_t count = subjects_by(m->r, NULL, REHEARSE_AREA, REHEARSE_FIGURE_AREA_DENSITY_MAX, found, LABELS_MAX / 2);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t zone = plan_find_zone(m->p, text_of(m->r->subjects[REHEARSE_AREA][found[i]].id));
		if (zone == UINT32_MAX || m->p->zones[zone].feature == UINT32_MAX || m->p->zones[zone].use == PLAN_OUTSIDE)
			continue;
		add_density(m, &m->p->features[m->p->zones[zone].feature].shape,
			figure_mean(m->r, REHEARSE_FIGURE_AREA_DENSITY_MAX, found[i]));
	}
}

/* Doors at which nobody waits are left out: a stadium has more of them than a map has room for. */
static void add_gates(struct map *m)
{
	for (uint32_t i = 0; i < m->p->checkpoint_count; i++)
		if (m->p->checkpoints[i].lane_count > 0 || m->r->settings.phase != REHEARSE_INGRESS)
			add_gate(m, i);
}

static void add_queues(struct map *m)
{
	uint32_t longest[QUEUES_MAX];
	uint32_t count = subjects_by(m->r, NULL, REHEARSE_CHECKPOINT, REHEARSE_FIGURE_CHECK_QUEUE_MAX, longest, QUEUES_MAX);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t of_plan = plan_find_checkpoint(m->p, text_of(m->r->subjects[REHEARSE_CHECKPOINT][longest[i]].id));
		if (of_plan == UINT32_MAX || figure_mean(m->r, REHEARSE_FIGURE_CHECK_QUEUE_MAX, longest[i]) < 1)
			continue;
		struct point_m at = geo_centre(&m->p->features[m->p->checkpoints[of_plan].feature].shape);
		add_queue(m, longest[i], map_x(m, at.x_m), map_y(m, at.y_m));
	}
}

/* ---- the pictures ---- */

static void begin_map(struct map *m, const char *en, const char *zh)
{
	struct page *g = m->g;
	uint32_t id = ++g->pictures;
	page_add(g, "<figure><figcaption>");
	buf_addf(g->out, "<i class=\"key %s\">%s</i>", m->r == g->a ? "a" : "b", m->r == g->a ? "A" : "B");
	page_say(g, en, zh);
	buf_addf(g->out, "</figcaption><svg viewBox=\"0 0 %.0f %.0f\" role=img aria-labelledby=\"t%u e%u\"><title id=t%u>",
		WIDTH, m->height, id,
		id, id);
	page_say(g, en, zh);
	buf_addf(g->out, "</title><desc id=e%u>", id);
	page_say(g, "The zones of the plan, coloured by density; the same numbers stand in the tables below.",
		"方案各区域按密度着色；相同数字见下方各表。");
	page_add(g, "</desc>");
	m->taken_count = 0;
}

static void end_map(struct map *m)
{
	page_add(m->g, "</svg></figure>\n");
}

static void map_of_zones(struct map *m)
{
	begin_map(m, "Highest density of each zone, longest queue of each checkpoint", "各区域密度峰值与各卡点最长排队");
	add_zones(m, false);
	add_lines(m);
	add_gates(m);
	add_densities(m);
	add_queues(m);
	end_map(m);
}

static void map_of_grid(struct map *m, const struct crowd_grid *grid, const char *en, const char *zh)
{
	if (grid->values == NULL)
		return;
	begin_map(m, en, zh);
	add_zones(m, true);
	buf_addf(m->g->out, "<g shape-rendering=crispEdges transform=\"translate(%.2f %.2f) scale(%.5f -%.5f)\">",
		map_x(m, grid->x_m), map_y(m, grid->y_m), grid->cell_m * m->scale, grid->cell_m * m->scale);
	page_grid(m->g, grid, GRID_BYTES_MAX);
	page_add(m->g, "</g>");
	add_lines(m);
	end_map(m);
}

static void add_legend(struct page *g)
{
	static const char *const steps[] = {"&lt; 1.1", "1.1\xe2\x80\x93" "2.2", "2.2\xe2\x80\x93" "3.5", "3.5\xe2\x80\x93" "4.7", "&gt; 4.7"};
	page_add(g, "<ul class=legend>");
	for (int i = 0; i < 5; i++)
		buf_addf(g->out, "<li><i class=d%d></i>%s %s</li>", i, steps[i], words_unit("ppl_m2", g->v.chinese));
	page_add(g, "<li>");
	page_say(g, "number in a zone: its highest density; beside a circle: the longest queue, people",
		"区域内数字：密度峰值；圆点旁数字：最长排队人数");
	page_add(g, "</li></ul>");
}

void page_maps(struct page *g)
{
	struct geo_box bounds = {0};
	bool any = false;
	if (g->p_a == NULL)
		return;
	widen_by_plan(&bounds, &any, g->p_a);
	if (g->b != NULL && g->p_b != NULL)
		widen_by_plan(&bounds, &any, g->p_b);
	double wide = bounds.x_max_m - bounds.x_min_m, high = bounds.y_max_m - bounds.y_min_m;
	if (!any || !(wide > 0) || !(high > 0))
		return;
	struct map *m = calloc(1, sizeof(*m));
	if (m == NULL) {
		g->out->error = ERR_MEMORY;
		return;
	}
	page_add(g, "<section><h2>");
	page_say(g, "Where it gets dense", "密度分布");
	page_add(g, "</h2><div class=maps>\n");
	for (int side = 0; side < (g->b != NULL ? 2 : 1); side++) {
		*m = (struct map){.g = g, .r = side == 0 ? g->a : g->b, .p = side == 0 ? g->p_a : g->p_b, .bounds = bounds};
		m->scale = fmin((WIDTH - 2 * MARGIN) / wide, 900 / high);
		m->height = high * m->scale + 2 * MARGIN;
		map_of_zones(m);
		map_of_grid(m, &m->r->maximum_map, "Walkers: highest density at each place over the whole time", "行人密度：各处全程峰值");
		map_of_grid(m, &m->r->worst_map, "Walkers: density at the worst moment", "行人密度：最严重时刻");
	}
	page_add(g, "</div>");
	add_legend(g);
	page_add(g, "</section>\n");
	free(m);
}
