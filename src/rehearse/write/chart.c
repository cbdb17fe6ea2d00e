/* rehearse/write/chart.c: lines over time as SVG, with the band of the middle eight of ten runs; A and B on one paper.
 *
 *   y_top  +------------------+     x: minutes from t0 to t1 of both plans together, one value a minute
 *          |      /--- A      |     y: 0 to a round number above the greatest
 *   y_foot +---+----+----+----+
 */
#include <math.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define Y_TOP 12.0
#define CHECKS_MAX 6
#define AREAS_MAX 4

struct paper { double width, x0, height, x1, y_foot, t0_min, t1_min, top; const char *unit; };

struct line { const struct rehearsal *r; const struct rehearse_band *band; const char *style, *name; };

static double x_of(const struct paper *p, double minute)
{
	return p->x0 + (minute - p->t0_min) / (p->t1_min - p->t0_min) * (p->x1 - p->x0);
}

static double y_of(const struct paper *p, double value)
{
	return p->y_foot - value / p->top * (p->y_foot - Y_TOP);
}

static double first_minute(const struct rehearsal *r)
{
	return round(r->from_s / 60);
}

/* The next of 1, 2, 5, 10 ... that is at least `least`. */
static double round_step(double least)
{
	double ten = pow(10, floor(log10(least)));
	double steps[] = {1, 2, 5, 10};
	for (size_t i = 0; i < 4; i++)
		if (steps[i] * ten >= least * (1 - 1e-9))
			return steps[i] * ten;
	return 10 * ten;
}

/* Of seconds: steps that a clock has. */
static double seconds_step(double least)
{
	static const double steps[] = {1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] >= least)
			return steps[i];
	return 3600 * ceil(least / 3600);
}

static double minutes_step(double span)
{
	static const double steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 240, 480};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (span / steps[i] <= 7)
			return steps[i];
	return 1440;
}

static double greatest(const struct line *lines, uint32_t count, double least)
{
	double top = least;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < lines[i].r->minute_count; k++)
			top = fmax(top, fmax((double)lines[i].band->p90[k], (double)lines[i].band->mean[k])); /* fmax passes over NAN */
	return top;
}

/* ---- one line ---- */

static bool seen(const struct rehearse_band *b, uint32_t i)
{
	return isfinite(b->mean[i]);
}

static void add_path_of(struct page *g, const struct paper *p, const struct line *l)
{
	buf_addf(g->out, "<path class=\"l %s\" data-t=%.0f data-n=\"", l->style, first_minute(l->r));
	page_text(g, l->name);
	page_add(g, "\" d=\"");
	for (uint32_t i = 0; i < l->r->minute_count; i++) {
		const float *v = l->band->mean;
		bool begins = i == 0 || !seen(l->band, i - 1), ends = i + 1 == l->r->minute_count || !seen(l->band, i + 1);
		if (!seen(l->band, i) || (!begins && !ends && v[i] == v[i - 1] && v[i] == v[i + 1]))
			continue;
		buf_addf(g->out, "%c%.1f %.1f", begins ? 'M' : 'L', x_of(p, first_minute(l->r) + i), y_of(p, (double)v[i]));
	}
	page_add(g, "\" data-v=\"");
	for (uint32_t i = 0; i < l->r->minute_count; i++) {
		page_add(g, i > 0 ? " " : "");
		if (seen(l->band, i))
			buf_addf(g->out, "%.0f", (double)l->band->mean[i]);
	}
	page_add(g, "\"/>");
}

static bool banded(const struct rehearse_band *b, uint32_t i)
{
	return isfinite(b->p10[i]) && isfinite(b->p90[i]);
}

static void add_band_of(struct page *g, const struct paper *p, const struct line *l)
{
	double first = first_minute(l->r);
	if (l->r->runs < 2)
		return;
	buf_addf(g->out, "<path class=\"band %s\" d=\"", l->style);
	for (uint32_t i = 0; i < l->r->minute_count;) {
		uint32_t end = i;
		while (end < l->r->minute_count && banded(l->band, end))
			end++;
		for (uint32_t k = i; k < end; k++)
			buf_addf(g->out, "%c%.1f %.1f", k == i ? 'M' : 'L', x_of(p, first + k), y_of(p, (double)l->band->p90[k]));
		for (uint32_t k = end; k > i; k--)
			buf_addf(g->out, "L%.1f %.1f", x_of(p, first + k - 1), y_of(p, (double)l->band->p10[k - 1]));
		page_add(g, end > i ? "Z" : "");
		i = end > i ? end : i + 1;
	}
	page_add(g, "\"/>");
}

/* ---- the paper ---- */

static void add_axes(struct page *g, const struct paper *p)
{
	bool seconds = strcmp(p->unit, "s") == 0;
	double step = seconds ? seconds_step(p->top / 4) : round_step(fmax(p->top / 4, 1));
	for (double v = 0; v <= p->top * 1.0001; v += step) {
		buf_addf(g->out, "<path class=grid d=\"M%.0f %.1fH%.1f\"/><text x=%.0f y=%.1f text-anchor=end>",
			p->x0, y_of(p, v), p->x1, p->x0 - 6,
			y_of(p, v) + 4);
		words_value(g->out, &g->v, p->unit, v);
		page_add(g, "</text>");
	}
	double minutes = minutes_step((p->t1_min - p->t0_min) * 400 / p->width);
	for (double m = minutes * ceil(p->t0_min / minutes); m <= p->t1_min; m += minutes) {
		buf_addf(g->out, "<path class=grid d=\"M%.1f %.1fv4\"/><text x=%.1f y=%.1f text-anchor=middle>", x_of(p, m), p->y_foot, x_of(p, m),
			p->y_foot + 16);
		words_value(g->out, &g->v, "at", m * 60);
		page_add(g, "</text>");
	}
}

static void add_mark(struct page *g, const struct paper *p, double minute, const char *en, const char *zh)
{
	if (minute < p->t0_min || minute > p->t1_min)
		return;
	buf_addf(g->out, "<path class=mark d=\"M%.1f %.1fV%.1f\"/><text x=%.1f y=%.1f text-anchor=%s>", x_of(p, minute), Y_TOP, p->y_foot,
		x_of(p, minute), Y_TOP - 3, minute - p->t0_min < 0.08 * (p->t1_min - p->t0_min) ? "start" : "middle");
	page_say(g, en, zh);
	page_add(g, "</text>");
}

static void add_marks(struct page *g, const struct paper *p)
{
	const struct rehearsal *r = g->a;
	if (r->settings.phase != REHEARSE_INGRESS || r->at_start == AT_NONE)
		return;
	add_mark(g, p, 0, "start", "开始");
	if (r->at_doors != AT_NONE)
		add_mark(g, p, (double)(r->at_doors - r->at_start) / 60000, "doors", "开门");
}

static void begin_svg(struct page *g, const struct paper *p, const char *title, const char *more)
{
	uint32_t id = ++g->pictures;
	int clock = -1;
	char start[WHEN_SIZE];
	when_format(g->a->at_start, g->a->offset_min, start);
	if (strlen(start) >= 16 && g->a->settings.phase != REHEARSE_EVACUATION)
		clock = (start[11] - '0') * 600 + (start[12] - '0') * 60 + (start[14] - '0') * 10 + (start[15] - '0');
	buf_addf(g->out, "<svg class=chart viewBox=\"0 0 %.0f %.0f\" role=img aria-labelledby=\"t%u e%u\"", p->width, p->height, id, id);
	buf_addf(g->out, " data-w=%.0f data-x0=%.0f data-x1=%.0f data-t0=%.0f data-t1=%.0f data-u=%s data-clock=\"", p->width, p->x0, p->x1,
		p->t0_min, p->t1_min, p->unit);
	if (clock >= 0)
		buf_add_i64(g->out, clock);
	buf_addf(g->out, "\"><title id=t%u>", id);
	page_text(g, title);
	buf_addf(g->out, "</title><desc id=e%u>", id);
	page_text(g, more);
	page_add(g, "</desc>");
}

/* What a line comes to at its highest, for those who do not see it. */
static void describe(struct page *g, const struct line *lines, uint32_t count, const char *unit, struct buf *out)
{
	for (uint32_t i = 0; i < count; i++) {
		double top = -1;
		uint32_t at = 0;
		for (uint32_t k = 0; k < lines[i].r->minute_count; k++) {
			if (seen(lines[i].band, k) && (double)lines[i].band->mean[k] > top) {
				top = (double)lines[i].band->mean[k];
				at = k;
			}
		}
		if (top < 0)
			continue;
		buf_add_str(out, lines[i].name);
		buf_add_str(out, pick(g->v.chinese, ": highest ", "：最高 "));
		words_value(out, &g->v, unit, top);
		buf_add_str(out, pick(g->v.chinese, " at ", "，时刻 "));
		words_value(out, &g->v, "at", lines[i].r->from_s + 60.0 * at);
		buf_add_str(out, pick(g->v.chinese, ". ", "。"));
	}
}

/* "A" and "B" at the line's highest point, so that nobody needs the colour. */
static void add_ends(struct page *g, const struct paper *p, const struct line *lines, uint32_t count)
{
	double taken_x = -1e9, taken_y = -1e9;
	for (uint32_t i = 0; i < count && g->b != NULL; i++) {
		uint32_t at = 0;
		double top = 0;
		for (uint32_t k = 0; k < lines[i].r->minute_count; k++) {
			if (seen(lines[i].band, k) && (double)lines[i].band->mean[k] > top * 1.001) {
				top = (double)lines[i].band->mean[k];
				at = k;
			}
		}
		if (top <= 0 || strstr(lines[i].style, "come") != NULL)
			continue;
		double x = x_of(p, first_minute(lines[i].r) + at), y = fmax(y_of(p, top) - 5, 11);
		if (fabs(x - taken_x) < 12 && fabs(y - taken_y) < 12)
			x += x < p->x1 - 20 ? 14 : -14;
		buf_addf(g->out, "<text class=\"end %s\" x=%.1f y=%.1f text-anchor=middle>%s</text>", lines[i].style, x, y,
			lines[i].r == g->a ? "A" : "B");
		taken_x = x;
		taken_y = y;
	}
}

static void add_limit(struct page *g, const struct paper *p, double limit)
{
	if (!isfinite(limit) || limit <= 0)
		return;
	buf_addf(g->out, "<path class=limit d=\"M%.0f %.1fH%.1f\"/><text x=%.1f y=%.1f text-anchor=end>", p->x0, y_of(p, limit), p->x1, p->x1,
		y_of(p, limit) - 4);
	page_say(g, "full", "满员");
	page_add(g, "</text>");
}

static void page_chart(struct page *g, const char *title, const char *unit, const struct line *lines, uint32_t count, double limit,
                       bool large)
{
	struct paper p = {.width = large ? 640 : 420, .height = large ? 226 : 172, .x0 = large ? 60 : 46,
		.t0_min = 1e9, .t1_min = -1e9, .unit = unit};
	double top = greatest(lines, count, isfinite(limit) && limit > 0 ? limit : 1);
	struct buf more;
	p.x1 = p.width - 14;
	p.y_foot = p.height - 22;
	for (uint32_t i = 0; i < count; i++) {
		p.t0_min = fmin(p.t0_min, first_minute(lines[i].r));
		p.t1_min = fmax(p.t1_min, first_minute(lines[i].r) + lines[i].r->minute_count - 1);
	}
	if (count == 0 || p.t1_min <= p.t0_min)
		return;
	p.top = strcmp(unit, "s") == 0 ? seconds_step(fmax(top, 4) / 4) * ceil(top / seconds_step(fmax(top, 4) / 4) - 1e-9)
		: round_step(fmax(top / 4, 1)) * ceil(top / round_step(fmax(top / 4, 1)) - 1e-9);
	p.top = fmax(p.top, 1);
	buf_init(&more, 8192);
	describe(g, lines, count, unit, &more);
	page_add(g, large ? "<figure class=large><figcaption>" : "<figure><figcaption>");
	page_text(g, title);
	page_add(g, " <small>");
	page_add(g, words_unit(unit, g->v.chinese));
	page_add(g, "</small></figcaption>");
	begin_svg(g, &p, title, more.at != NULL ? more.at : "");
	buf_free(&more);
	add_axes(g, &p);
	add_limit(g, &p, limit);
	for (uint32_t i = 0; i < count; i++)
		add_band_of(g, &p, &lines[i]);
	for (uint32_t i = 0; i < count; i++)
		add_path_of(g, &p, &lines[i]);
	add_marks(g, &p);
	add_ends(g, &p, lines, count);
	buf_addf(g->out, "<line class=hover x1=0 x2=0 y1=%.0f y2=%.0f /></svg></figure>\n", Y_TOP, p.y_foot);
}

/* ---- which charts ---- */

static uint32_t add_line(struct line *lines, uint32_t count, const struct rehearsal *r, const struct rehearse_band *band,
                         const char *style, const char *name)
{
	if (band == NULL || r->minute_count < 2)
		return count;
	lines[count] = (struct line){r, band, style, name};
	return count + 1;
}

static void chart_whole(struct page *g)
{
	bool zh = g->v.chinese, ingress = g->a->settings.phase == REHEARSE_INGRESS;
	struct line lines[3];
	uint32_t count = 0;
	const char *word = ingress ? "in" : "out";
	if (ingress)
		count = add_line(lines, count, g->a, find_band(g->a, "come", REHEARSE_WHOLE, 0), "come", pick(zh, "have come", "已到场"));
	count = add_line(lines, count, g->a, find_band(g->a, word, REHEARSE_WHOLE, 0), "a",
		g->b != NULL ? pick(zh, ingress ? "A: in" : "A: out", ingress ? "A 已入场" : "A 已离场")
		: pick(zh, ingress ? "are in" : "are out", ingress ? "已入场" : "已离场"));
	if (g->b != NULL)
		count = add_line(lines, count, g->b, find_band(g->b, word, REHEARSE_WHOLE, 0), "b", pick(zh, ingress ? "B: in" : "B: out",
			ingress ? "B 已入场" : "B 已离场"));
	page_chart(g, pick(zh, ingress ? "How many have come, and are in" : "How many are out", ingress ? "累计到场与累计入场" : "累计离场"), "ppl",
		lines, count, NAN, true);
	page_add(g, "<ul class=read>");
	if (ingress)
		page_say(g, "<li>Dotted: have come.</li>", "<li>点线：已到场。</li>");
	if (g->b != NULL)
		page_say(g, "<li>Dashed, grey: A. Solid, blue: B.</li>", "<li>灰色虚线：A；蓝色实线：B。</li>");
	page_say(g, "<li>Line: the mean of the runs. Band: the middle eight of ten runs.</li>", "<li>线：各次均值。色带：十次中居中的八次。</li>");
	if (ingress)
		page_say(g, "<li>The distance between the lines, upwards: people on the way or waiting; sideways: the time it takes to be in.</li>",
			"<li>两线的竖直间距为途中与排队人数，水平间距为到场至入场的用时。</li>");
	page_add(g, "</ul>");
}

static void chart_subject(struct page *g, const char *word, const char *unit, enum rehearse_subject kind, uint32_t subject, bool limited)
{
	bool zh = g->v.chinese;
	const struct rehearse_named *n = &g->a->subjects[kind][subject];
	struct line lines[2];
	uint32_t count = add_line(lines, 0, g->a, find_band(g->a, word, kind, subject), "a", g->b != NULL ? "A" : name_in(zh, n->name));
	uint32_t there = g->b == NULL ? CROWD_NONE : subject_by_id(g->b, kind, n->id);
	if (there != CROWD_NONE)
		count = add_line(lines, count, g->b, find_band(g->b, word, kind, there), "b", "B");
	double limit = limited ? n->limit_ppl : NAN;
	if (limited && there != CROWD_NONE && g->b->subjects[kind][there].limit_ppl != limit)
		limit = NAN; /* two limits on one paper say nothing */
	page_chart(g, name_in(zh, n->name), unit, lines, count, limit, false);
}

static void begin_charts(struct page *g, const char *en, const char *zh)
{
	page_add(g, "<section><h2>");
	page_say(g, en, zh);
	page_add(g, "</h2><div class=charts>\n");
}

static void end_charts(struct page *g)
{
	page_add(g, "</div></section>\n");
}

static void charts_of(struct page *g, const char *word, const char *unit, enum rehearse_subject kind, const uint32_t *subjects,
                      uint32_t count, const char *en, const char *zh)
{
	if (count == 0)
		return;
	begin_charts(g, en, zh);
	for (uint32_t i = 0; i < count; i++)
		chart_subject(g, word, unit, kind, subjects[i], kind == REHEARSE_AREA);
	end_charts(g);
}

void page_charts(struct page *g)
{
	uint32_t stages[PLAN_STAGE_COUNT], found[CHECKS_MAX], stage_count = 0, count;
	begin_charts(g, "Over time", "全过程曲线");
	chart_whole(g);
	end_charts(g);
	while (stage_count < g->a->subject_count[REHEARSE_STAGE] && stage_count < PLAN_STAGE_COUNT) {
		stages[stage_count] = stage_count;
		stage_count++;
	}
	charts_of(g, "queue", "ppl", REHEARSE_STAGE, stages, stage_count, "Queue at each stage", "各环节排队人数");
	charts_of(g, "wait", "s", REHEARSE_STAGE, stages, stage_count, "Wait at each stage, of those who reach a lane in this minute",
		"各环节等待时间（该分钟到达通道的人）");
	count = subjects_by(g->a, g->b, REHEARSE_CHECKPOINT, REHEARSE_FIGURE_CHECK_QUEUE_MAX, found, CHECKS_MAX);
	charts_of(g, "queue", "ppl", REHEARSE_CHECKPOINT, found, count, "The longest queues", "排队最长的卡点");
	count = subjects_by(g->a, g->b, REHEARSE_AREA, REHEARSE_FIGURE_AREA_DENSITY_MAX, found, AREAS_MAX);
	charts_of(g, "people", "ppl", REHEARSE_AREA, found, count, "People in the densest zones", "密度最高区域的人数");
}
