/* rehearse/write/figures.c: the page's tables: the main figures and stages with their intervals, the worst places, lanes, assumptions. */
#include <math.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define WORST_MAX 10
#define QUARTERS_MAX 192 /* as many as a search has */

static struct voice voice_for(const struct page *g, const struct rehearsal *r)
{
	struct voice v = g->v;
	v.r = r;
	return v;
}

static void begin_table_of(struct page *g, const char *kind, const char *caption_en, const char *caption_zh)
{
	buf_addf(g->out, "<div class=%s><table role=table><caption>", kind);
	page_say(g, caption_en, caption_zh);
	page_add(g, "</caption><thead>");
}

static void begin_table(struct page *g, const char *caption_en, const char *caption_zh)
{
	begin_table_of(g, "wide", caption_en, caption_zh);
}

static void end_table(struct page *g)
{
	page_add(g, "</tbody></table></div>\n");
}

static void head_cell(struct page *g, const char *en, const char *zh)
{
	page_add(g, "<th scope=col role=columnheader>");
	page_say(g, en, zh);
	page_add(g, "</th>");
}

static void estimate_cell(struct page *g, const struct rehearsal *r, enum rehearse_figure f, const struct crowd_estimate *e)
{
	struct voice v = voice_for(g, r);
	page_add(g, "<td role=cell><b>");
	words_mean(g->out, &v, f, e->mean);
	page_add(g, "</b>");
	if (isfinite(e->low)) {
		page_add(g, " <small>");
		words_interval(g->out, &v, rehearse_figure_row(f)->unit, e, false);
		page_add(g, "</small>");
	}
	page_add(g, "</td>");
}

/* Better, worse, or not to be told: said by a word, and by colour for those who see it. */
static void difference_cells(struct page *g, const struct rehearse_difference *d)
{
	const struct rehearse_figure_row *what = rehearse_figure_row(d->figure);
	bool nothing = !isfinite(d->difference.mean), weighed = what->better != REHEARSE_NEITHER;
	bool good = !nothing && d->sure && weighed && (d->difference.mean < 0) == (what->better == REHEARSE_LOWER);
	bool bad = !nothing && d->sure && weighed && !good;
	page_add(g, good ? "<td role=cell class=good><b>" : bad ? "<td role=cell class=bad><b>" : "<td role=cell><b>");
	words_change(g->out, &g->v, what->unit, d->difference.mean);
	page_add(g, "</b>");
	if (isfinite(d->difference.low)) {
		page_add(g, " <small>");
		words_interval(g->out, &g->v, what->unit, &d->difference, true);
		page_add(g, "</small>");
	}
	page_add(g, "</td><td role=cell class=words>");
	if (good)
		page_say(g, "better", "改善");
	else if (bad)
		page_say(g, "worse", "变差");
	else if (!nothing && !d->sure)
		page_say(g, "no clear difference", "无明显差异");
	if (!nothing && d->difference.missing > 0) {
		page_add(g, d->sure && !weighed ? "" : pick(g->v.chinese, ", ", "，"));
		words_partly(g->out, &g->v, &d->difference);
	}
	page_add(g, "</td>");
}

static void name_cell(struct page *g, const char *name, const char *unit)
{
	page_add(g, "<tr role=row><th scope=row role=rowheader>");
	page_text(g, name);
	if (unit[0] != '\0')
		buf_addf(g->out, " <small>%s</small>", unit);
	page_add(g, "</th>");
}

static void figure_line(struct page *g, const char *name, enum rehearse_figure f, uint32_t subject)
{
	const struct rehearse_figure_row *what = rehearse_figure_row(f);
	const struct rehearse_row *row = figure_row(g->a, f, subject);
	if (row == NULL)
		return;
	const char *id = what->subject == REHEARSE_WHOLE ? NULL : g->a->subjects[what->subject][subject].id;
	const struct rehearse_difference *d = g->c == NULL ? NULL : difference_of(g->c, f, id);
	name_cell(g, name, words_unit(what->unit, g->v.chinese));
	estimate_cell(g, g->a, f, &row->estimate);
	if (d != NULL) {
		estimate_cell(g, g->b, f, &d->b);
		difference_cells(g, d);
	} else if (g->c != NULL) {
		page_add(g, "<td role=cell></td><td role=cell></td><td role=cell></td>");
	} else {
		page_add(g, "<td role=cell class=words>");
		words_partly(g->out, &g->v, &row->estimate);
		page_add(g, "</td>");
	}
	page_add(g, "</tr>\n");
}

static void figure_heads(struct page *g, const char *en, const char *zh)
{
	page_add(g, "<tr role=row>");
	head_cell(g, en, zh);
	if (g->c != NULL)
		page_add(g, "<th scope=col role=columnheader><i class=\"key a\">A</i></th><th scope=col role=columnheader>"
			"<i class=\"key b\">B</i></th>");
	else
		head_cell(g, "Mean [95 % interval]", "均值 [95% 区间]");
	if (g->c != NULL)
		head_cell(g, "Difference B \xe2\x88\x92 A", "差异 B \xe2\x88\x92 A");
	page_add(g, "<th scope=col></th></tr></thead><tbody>\n");
}

static void add_stages(struct page *g)
{
	uint32_t count;
	const enum rehearse_figure *list = figures_for(REHEARSE_STAGE, g->a->settings.phase, &count);
	if (g->a->subject_count[REHEARSE_STAGE] == 0)
		return;
	page_add(g, "<section><h2>");
	page_say(g, g->a->settings.phase == REHEARSE_INGRESS ? "The entry chain, stage by stage" : "Stage by stage",
		g->a->settings.phase == REHEARSE_INGRESS ? "入场链：逐环节" : "各环节");
	page_add(g, "</h2>");
	begin_table_of(g, "stack", "All checkpoints of a stage together.", "同一环节的全部卡点合计。");
	figure_heads(g, "Stage", "环节");
	for (uint32_t stage = 0; stage < g->a->subject_count[REHEARSE_STAGE]; stage++) {
		for (uint32_t k = 0; k < count; k++) {
			const struct rehearse_figure_row *what = rehearse_figure_row(list[k]);
			struct buf name;
			buf_init(&name, 512);
			buf_addf(&name, "%s%s%s", name_in(g->v.chinese, g->a->subjects[REHEARSE_STAGE][stage].name), pick(g->v.chinese, ": ", "："),
				pick(g->v.chinese, what->en, what->zh));
			if (name.error == ERR_NONE)
				figure_line(g, name.at, list[k], stage);
			buf_free(&name);
		}
	}
	end_table(g);
	page_add(g, "</section>\n");
}

void page_figures(struct page *g)
{
	uint32_t count;
	const enum rehearse_figure *list = figures_for(REHEARSE_WHOLE, g->a->settings.phase, &count);
	page_add(g, "<section><h2>");
	page_say(g, "The figures", "主要指标");
	page_add(g, "</h2>");
	begin_table_of(g, "stack", "Mean over the runs and its 95 % interval.", "各次推演的均值及 95% 置信区间。");
	figure_heads(g, "Altogether", "总体");
	for (uint32_t i = 0; i < count; i++) {
		const struct rehearse_figure_row *what = rehearse_figure_row(list[i]);
		figure_line(g, pick(g->v.chinese, what->en, what->zh), list[i], 0);
	}
	end_table(g);
	page_add(g, "</section>\n");
	add_stages(g);
}

/* ---- the worst places ---- */

static bool is_density(enum rehearse_figure f)
{
	return strcmp(rehearse_figure_row(f)->unit, "ppl_m2") == 0;
}

/* "412 +-12": half the interval, where it is more than the last digit shown. */
static void place_cell(struct page *g, const struct rehearsal *r, enum rehearse_figure f, uint32_t subject)
{
	const struct rehearse_row *row = r == NULL || subject == CROWD_NONE ? NULL : figure_row(r, f, subject);
	const char *unit = rehearse_figure_row(f)->unit;
	if (row == NULL) {
		page_add(g, "<td></td>");
		return;
	}
	struct voice v = voice_for(g, r);
	const struct crowd_estimate *e = &row->estimate;
	page_add(g, "<td>");
	if (is_density(f) && isfinite(e->mean))
		buf_addf(g->out, "<i class=\"lvl d%u\"></i>", density_step(e->mean));
	page_add(g, "<b>");
	words_value(g->out, &v, unit, e->mean);
	page_add(g, "</b>");
	const char *as = strcmp(unit, "at") == 0 ? "s" : unit;
	double half = (e->high - e->low) / 2;
	if (isfinite(half) && words_rounded(as, half) > 0) {
		page_add(g, " <small>\xc2\xb1");
		words_value(g->out, &v, as, half);
		page_add(g, "</small>");
	}
	page_add(g, "</td>");
}

static void place_heads(struct page *g, const char *en, const char *zh, const enum rehearse_figure *list, uint32_t count)
{
	page_add(g, "<tr>");
	buf_addf(g->out, "<th scope=col%s>%s</th>", g->b != NULL ? " rowspan=2" : "", pick(g->v.chinese, en, zh));
	for (uint32_t k = 0; k < count; k++) {
		const struct rehearse_figure_row *what = rehearse_figure_row(list[k]);
		const char *unit = words_unit(what->unit, g->v.chinese);
		buf_addf(g->out, "<th scope=%s>%s", g->b != NULL ? "colgroup colspan=2" : "col", pick(g->v.chinese, what->en, what->zh));
		buf_addf(g->out, unit[0] != '\0' ? " <small>%s</small></th>" : "%s</th>", unit);
	}
	page_add(g, "</tr>");
	for (uint32_t k = 0; g->b != NULL && k < count; k++)
		buf_addf(g->out, "%s<th scope=col><i class=\"key a\">A</i></th><th scope=col><i class=\"key b\">B</i></th>%s", k == 0 ? "<tr>" : "",
			k + 1 == count ? "</tr>" : "");
	page_add(g, "</thead><tbody>\n");
}

static void add_places(struct page *g, enum rehearse_subject kind, enum rehearse_figure by, const enum rehearse_figure *list,
                       uint32_t count, const char *en, const char *zh)
{
	uint32_t subjects[WORST_MAX], found = subjects_by(g->a, g->b, kind, by, subjects, WORST_MAX);
	if (found == 0)
		return;
	page_add(g, "<section><h2>");
	page_say(g, en, zh);
	page_add(g, "</h2>");
	begin_table(g, "Mean over the runs, with half its 95 % interval.", "各次推演的均值，± 为 95% 置信区间的一半。");
	place_heads(g, kind == REHEARSE_AREA ? "Zone" : kind == REHEARSE_LINK ? "Link" : "Checkpoint",
		kind == REHEARSE_AREA ? "区域" : kind == REHEARSE_LINK ? "通路" : "卡点", list, count);
	for (uint32_t i = 0; i < found; i++) {
		const struct rehearse_named *n = &g->a->subjects[kind][subjects[i]];
		uint32_t there = g->b == NULL ? CROWD_NONE : subject_by_id(g->b, kind, n->id);
		name_cell(g, name_in(g->v.chinese, n->name), "");
		for (uint32_t k = 0; k < count; k++) {
			place_cell(g, g->a, list[k], subjects[i]);
			if (g->b != NULL)
				place_cell(g, g->b, list[k], there);
		}
		page_add(g, "</tr>\n");
	}
	end_table(g);
	page_add(g, "</section>\n");
}

void page_worst(struct page *g)
{
	static const enum rehearse_figure of_area[] = {REHEARSE_FIGURE_AREA_DENSITY_MAX, REHEARSE_FIGURE_AREA_PEOPLE_MAX,
		REHEARSE_FIGURE_AREA_FULL_AT, REHEARSE_FIGURE_AREA_FULL};
	static const enum rehearse_figure of_check[] = {REHEARSE_FIGURE_CHECK_QUEUE_MAX, REHEARSE_FIGURE_CHECK_WAIT_MEAN,
		REHEARSE_FIGURE_CHECK_WAIT_P95, REHEARSE_FIGURE_CHECK_BUSY, REHEARSE_FIGURE_CHECK_BLOCKED};
	static const enum rehearse_figure of_link[] = {REHEARSE_FIGURE_LINK_DENSITY_MAX, REHEARSE_FIGURE_LINK_HELD,
		REHEARSE_FIGURE_LINK_PASSED};
	add_places(g, REHEARSE_AREA, of_area[0], of_area, 4, "The densest zones", "密度最高的区域");
	add_places(g, REHEARSE_CHECKPOINT, of_check[0], of_check, g->b == NULL ? 5 : 4, "The longest queues", "排队最长的卡点");
	add_places(g, REHEARSE_LINK, REHEARSE_FIGURE_LINK_HELD, of_link, 3, "Links on which people were held up", "发生滞留的通路");
}

/* ---- lanes ---- */

static void lanes_line(struct page *g, const struct rehearse_lanes *l, const struct rehearse_checkpoint_lanes *k, uint32_t count)
{
	name_cell(g, name_in(g->v.chinese, l->before->subjects[REHEARSE_CHECKPOINT][k->subject].name), "");
	for (uint32_t i = 0; i < count; i++) {
		bool changes = i == 0 || k->quarters[i].lanes != k->quarters[i - 1].lanes;
		buf_addf(g->out, changes ? "<td><b>%u%s</b></td>" : "<td>%u%s</td>", k->quarters[i].lanes,
			k->quarters[i].lanes > k->lanes_there ? "!" : "");
	}
	page_add(g, "</tr>\n");
}

static void add_one_more(struct page *g, const struct rehearse_lanes *l)
{
	if (l->next_count == 0)
		return;
	begin_table(g, "What one more lane would bring: time saved for each person, mean.", "再增开一条通道的收益：人均节省时间。");
	page_add(g, "<tr>");
	head_cell(g, "Checkpoint", "卡点");
	head_cell(g, "When", "时段");
	head_cell(g, "Saves <small>s</small>", "节省 <small>秒</small>");
	page_add(g, "</tr></thead><tbody>\n");
	for (uint32_t i = 0; i < l->next_count && i < WORST_MAX; i++) {
		const struct rehearse_one_more *m = &l->next[i];
		name_cell(g, name_in(g->v.chinese, l->before->subjects[REHEARSE_CHECKPOINT][m->subject].name), "");
		page_add(g, "<td>");
		words_value(g->out, &g->v, "at", m->from_min * 60);
		page_add(g, "\xe2\x80\x93");
		words_value(g->out, &g->v, "at", m->to_min * 60);
		buf_addf(g->out, "</td><td><b>%.1f</b> <small>[%.1f, %.1f]</small></td></tr>\n", m->saves_s.mean, m->saves_s.low, m->saves_s.high);
	}
	end_table(g);
}

void page_lanes(struct page *g)
{
	const struct rehearse_lanes *l = g->l;
	if (l == NULL)
		return;
	uint32_t count = l->quarter_count < QUARTERS_MAX ? l->quarter_count : QUARTERS_MAX;
	page_add(g, "<section><h2>");
	page_say(g, "Lanes found, by quarter hour", "通道方案（每刻钟）");
	page_add(g, "</h2>");
	if (!l->reached) {
		page_add(g, "<p>");
		page_say(g, "The wish cannot be met with this staff; this is the best found.", "现有人力达不到要求，以下为所得最优方案。");
		page_add(g, "</p>");
	}
	buf_addf(g->out, g->v.chinese ? "<p>同时最多需要 %.0f 人。</p>" : "<p>Staff at once, at the most: %.0f.</p>", l->staff_max);
	if (l->checkpoint_count > 0 && count > 0) {
		begin_table(g, "Open lanes; bold where the number changes; !: more than are there, they would have to be built.",
			"开放通道数；数目变化处加粗；! 表示超出现有通道数，须增设。");
		page_add(g, "<tr>");
		head_cell(g, "Checkpoint", "卡点");
		for (uint32_t i = 0; i < count; i++) {
			page_add(g, "<th scope=col>");
			words_value(g->out, &g->v, "at", l->checkpoints[0].quarters[i].from_min * 60);
			page_add(g, "</th>");
		}
		page_add(g, "</tr></thead><tbody>\n");
		for (uint32_t i = 0; i < l->checkpoint_count; i++)
			lanes_line(g, l, &l->checkpoints[i], count);
		end_table(g);
	}
	add_one_more(g, l);
	page_add(g, "</section>\n");
}

/* ---- assumptions ---- */

void page_assumptions(struct page *g)
{
	struct rehearse_assumption_row rows[64];
	uint32_t count = rehearse_assumption_rows(&g->a->settings.assume, rows, 64);
	page_add(g, "<section><h2>");
	page_say(g, "What is assumed beside the plan", "方案之外的假定");
	page_add(g, "</h2>");
	begin_table(g, "The same for both plans. Another value changes the figures: try it.", "两方案相同。取值不同，结果不同，可自行调整验证。");
	page_add(g, "<tr>");
	head_cell(g, "Assumption", "假定");
	head_cell(g, "Value", "取值");
	page_add(g, "<th scope=col style=\"text-align:left\">");
	page_say(g, "Source", "出处");
	page_add(g, "</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < count; i++) {
		name_cell(g, pick(g->v.chinese, rows[i].en, rows[i].zh), "");
		page_add(g, "<td><b>");
		words_assumption(g->out, &rows[i], g->v.chinese);
		page_add(g, "</b></td><td class=words>");
		page_text(g, pick(g->v.chinese, rows[i].source_en, rows[i].source_zh));
		page_add(g, "</td></tr>\n");
	}
	end_table(g);
	page_add(g, "</section>\n");
}
