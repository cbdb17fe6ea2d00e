/* rehearse/write/table.c: a rehearsal for a terminal: what goes wrong first, then the figures that matter. */
#include <math.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define WORST_MAX 8
#define SENTENCES_MAX 12
#define NAME_COLUMNS_MAX 56
#define CELL_COLUMNS 26

struct table {
	struct buf *out, cell;
	struct voice v;
	const struct rehearsal *a, *b;
	const struct rehearse_comparison *c;
	size_t name_columns;          /* of the block that is being written */
};

/* Chinese characters take two columns of a terminal, accents and spaces of no width are not in our texts. */
static size_t columns_of(const char *text)
{
	size_t columns = 0;
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		bool wide = *p >= 0xe3 && *p < 0xf0; /* from U+3000 on; below lie the dashes and minus signs */
		columns += (*p & 0xc0) == 0x80 ? 0 : wide || *p >= 0xf0 ? 2 : 1;
	}
	return columns;
}

static void pad(struct buf *out, const char *text, size_t columns)
{
	size_t taken = columns_of(text);
	buf_add_str(out, text);
	do
		buf_add_char(out, ' ');
	while (++taken < columns);
}

/* Puts what was written to `cell` at the end of the line. */
static void end_cell(struct table *t, size_t columns)
{
	if (columns == 0)
		buf_add_str(t->out, t->cell.at != NULL ? t->cell.at : "");
	else
		pad(t->out, t->cell.at != NULL ? t->cell.at : "", columns);
	buf_reset(&t->cell);
}

static void end_line(struct table *t)
{
	while (t->out->size > 0 && t->out->at[t->out->size - 1] == ' ')
		t->out->at[--t->out->size] = '\0';
	buf_add_char(t->out, '\n');
}

static void heading(struct table *t, const char *en, const char *zh)
{
	buf_addf(t->out, "\n%s\n", pick(t->v.chinese, en, zh));
}

static void estimate_cell(struct table *t, const struct rehearsal *r, enum rehearse_figure f, const struct crowd_estimate *e)
{
	struct voice v = t->v;
	const char *unit = rehearse_figure_row(f)->unit;
	v.r = r;
	words_mean(&t->cell, &v, f, e->mean);
	if (isfinite(e->low)) {
		buf_add_char(&t->cell, ' ');
		words_interval(&t->cell, &v, unit, e, false);
	}
}

static void add_label(struct table *t, const char *name, const char *unit)
{
	buf_addf(&t->cell, "  %s%s%s%s", name, unit[0] != '\0' ? " (" : "", unit, unit[0] != '\0' ? ")" : "");
}

/* As wide as the longest label wants. */
static void widen(struct table *t, const char *name, const char *unit)
{
	add_label(t, name, unit);
	size_t columns = columns_of(t->cell.at != NULL ? t->cell.at : "") + 2;
	if (columns > t->name_columns)
		t->name_columns = columns < NAME_COLUMNS_MAX ? columns : NAME_COLUMNS_MAX;
	buf_reset(&t->cell);
}

/* name | A | B | difference, or name | A | how often. */
static void figure_line(struct table *t, const char *name, enum rehearse_figure f, uint32_t subject)
{
	const struct rehearse_figure_row *what = rehearse_figure_row(f);
	const struct rehearse_row *row = figure_row(t->a, f, subject);
	const char *unit = words_unit(what->unit, t->v.chinese);
	if (row == NULL)
		return;
	add_label(t, name, unit);
	end_cell(t, t->name_columns);
	estimate_cell(t, t->a, f, &row->estimate);
	const char *id = what->subject == REHEARSE_WHOLE ? NULL : t->a->subjects[what->subject][subject].id;
	const struct rehearse_difference *d = t->c == NULL ? NULL : difference_of(t->c, f, id);
	if (d == NULL) {
		end_cell(t, CELL_COLUMNS);
		words_partly(&t->cell, &t->v, &row->estimate);
		end_cell(t, 0);
		end_line(t);
		return;
	}
	end_cell(t, CELL_COLUMNS);
	estimate_cell(t, t->b, f, &d->b);
	end_cell(t, CELL_COLUMNS);
	words_change(&t->cell, &t->v, what->unit, d->difference.mean);
	if (isfinite(d->difference.low)) {
		buf_add_char(&t->cell, ' ');
		words_interval(&t->cell, &t->v, what->unit, &d->difference, true);
	}
	if (d->sure)
		buf_add_str(&t->cell, " *");
	end_cell(t, 0);
	end_line(t);
}

static void column_heads(struct table *t, const char *what)
{
	buf_addf(&t->cell, "  %s", what);
	end_cell(t, t->name_columns);
	if (t->c != NULL) {
		pad(t->out, "A", CELL_COLUMNS);
		pad(t->out, "B", CELL_COLUMNS);
		buf_add_str(t->out, pick(t->v.chinese, "B - A (* sure)", "B - A（* 差异显著）"));
	} else {
		buf_add_str(t->out, pick(t->v.chinese, "mean [95 % interval]", "均值 [95% 区间]"));
	}
	end_line(t);
}

static void add_head(struct table *t)
{
	const struct rehearse_settings *s = &t->a->settings;
	bool zh = t->v.chinese;
	buf_addf(t->out, "%s%s\n", t->c != NULL ? "A  " : "", name_in(zh, t->a->plan_name));
	if (t->c != NULL)
		buf_addf(t->out, "B  %s\n", name_in(zh, t->b->plan_name));
	buf_addf(t->out, zh ? "%s，%s；" : "%s; %s; ", words_phase(s->phase, zh), words_level(s->level, zh));
	words_value(t->out, &t->v, "ppl", s->arrivals_ppl);
	buf_addf(t->out, zh ? " 人，推演 %u 次，种子 %llu\n" : " people, %u runs, seed %llu\n", t->a->runs, (unsigned long long)s->seed);
	words_changes(&t->cell, t->a, zh);
	if (t->cell.size > 0)
		buf_addf(t->out, zh ? "手工调整：%s\n" : "Changed by hand: %s\n", t->cell.at);
	buf_reset(&t->cell);
	if (t->a->stopped || (t->b != NULL && t->b->stopped))
		buf_addf(t->out, zh ? "已提前停止：要求 %u 次，以下结果取自已完成的各次。\n"
			: "Stopped early: %u runs were asked for; what follows is of those that were done.\n", s->replications);
}

static void add_sentences(struct table *t)
{
	bool zh = t->v.chinese;
	uint32_t differences = t->c == NULL ? 0 : t->c->sentence_count;
	if (differences > 0)
		heading(t, "What differs", "两方案差异");
	for (uint32_t i = 0; i < differences && i < SENTENCES_MAX; i++)
		buf_addf(t->out, "  - %s\n", pick(zh, t->c->sentences[i].text_en, t->c->sentences[i].text_zh));
	for (int side = 0; side < (t->b != NULL ? 2 : 1); side++) {
		const struct rehearsal *r = side == 0 ? t->a : t->b;
		buf_addf(t->out, zh ? "\n%s可能出现的问题\n" : "\nWhat goes wrong%s\n", t->b == NULL ? "" : side == 0 ? zh ? "方案 A " : " with A"
			: zh ? "方案 B " : " with B");
		for (uint32_t i = 0; i < r->trouble_count && i < SENTENCES_MAX; i++)
			buf_addf(t->out, "  - %s\n", pick(zh, r->troubles[i].text_en, r->troubles[i].text_zh));
		if (r->trouble_count > SENTENCES_MAX)
			buf_addf(t->out, zh ? "  另有 %u 条，见 rehearsal.json\n" : "  ... and %u more in rehearsal.json\n",
				r->trouble_count - SENTENCES_MAX);
		if (r->trouble_count == 0)
			buf_addf(t->out, "  %s\n", pick(zh, "nothing that this model sees", "本模型未发现"));
	}
}

static void add_whole(struct table *t)
{
	uint32_t count;
	const enum rehearse_figure *list = figures_for(REHEARSE_WHOLE, t->a->settings.phase, &count);
	buf_add_char(t->out, '\n');
	t->name_columns = 24;
	for (uint32_t i = 0; i < count; i++) {
		const struct rehearse_figure_row *what = rehearse_figure_row(list[i]);
		widen(t, pick(t->v.chinese, what->en, what->zh), words_unit(what->unit, t->v.chinese));
	}
	column_heads(t, pick(t->v.chinese, "Altogether", "总体"));
	for (uint32_t i = 0; i < count; i++)
		figure_line(t, pick(t->v.chinese, rehearse_figure_row(list[i])->en, rehearse_figure_row(list[i])->zh), list[i], 0);
}

/* For each subject one line of each of two or three figures, named by the subject. */
static void add_subjects(struct table *t, enum rehearse_subject kind, const uint32_t *subjects, uint32_t subject_count,
                         const enum rehearse_figure *list, uint32_t count)
{
	for (uint32_t k = 0; k < count && subject_count > 0; k++) {
		const struct rehearse_figure_row *what = rehearse_figure_row(list[k]);
		buf_add_char(t->out, '\n');
		t->name_columns = 24;
		widen(t, pick(t->v.chinese, what->en, what->zh), "");
		for (uint32_t i = 0; i < subject_count; i++)
			widen(t, name_in(t->v.chinese, t->a->subjects[kind][subjects[i]].name), words_unit(what->unit, t->v.chinese));
		column_heads(t, pick(t->v.chinese, what->en, what->zh));
		for (uint32_t i = 0; i < subject_count; i++)
			figure_line(t, name_in(t->v.chinese, t->a->subjects[kind][subjects[i]].name), list[k], subjects[i]);
	}
}

static void add_places(struct table *t)
{
	static const enum rehearse_figure of_stage[] = {REHEARSE_FIGURE_STAGE_QUEUE_MAX, REHEARSE_FIGURE_STAGE_WAIT_MEAN,
		REHEARSE_FIGURE_STAGE_WAIT_P95};
	static const enum rehearse_figure of_area[] = {REHEARSE_FIGURE_AREA_DENSITY_MAX};
	static const enum rehearse_figure of_check[] = {REHEARSE_FIGURE_CHECK_QUEUE_MAX, REHEARSE_FIGURE_CHECK_WAIT_P95};
	uint32_t subjects[WORST_MAX], count = 0;
	while (count < t->a->subject_count[REHEARSE_STAGE] && count < WORST_MAX) {
		subjects[count] = count;
		count++;
	}
	if (count > 0)
		heading(t, "== Stages ==", "== 各环节 ==");
	add_subjects(t, REHEARSE_STAGE, subjects, count, of_stage, 3);
	count = subjects_by(t->a, t->b, REHEARSE_AREA, of_area[0], subjects, WORST_MAX);
	if (count > 0)
		heading(t, "== The densest areas ==", "== 密度最高的区域 ==");
	add_subjects(t, REHEARSE_AREA, subjects, count, of_area, 1);
	count = subjects_by(t->a, t->b, REHEARSE_CHECKPOINT, of_check[0], subjects, WORST_MAX);
	if (count > 0)
		heading(t, "== The longest queues ==", "== 排队最长的卡点 ==");
	add_subjects(t, REHEARSE_CHECKPOINT, subjects, count, of_check, 2);
}

static void add_lane_line(struct table *t, const struct rehearse_lanes *l, const struct rehearse_checkpoint_lanes *k)
{
	buf_addf(&t->cell, "  %s", name_in(t->v.chinese, l->before->subjects[REHEARSE_CHECKPOINT][k->subject].name));
	end_cell(t, t->name_columns);
	for (uint32_t i = 0; i < l->quarter_count; i++) {
		if (i > 0 && k->quarters[i].lanes == k->quarters[i - 1].lanes)
			continue; /* only where it changes */
		words_value(&t->cell, &t->v, "at", k->quarters[i].from_min * 60);
		buf_addf(&t->cell, " %u%s  ", k->quarters[i].lanes, k->quarters[i].lanes > k->lanes_there ? "!" : "");
	}
	end_cell(t, 0);
	end_line(t);
}

static void add_lanes(struct table *t, const struct rehearse_lanes *l)
{
	bool zh = t->v.chinese;
	heading(t, "== Lanes found: how many are open from when ==", "== 通道方案：各时段开放数 ==");
	t->name_columns = 36;
	if (!l->reached)
		buf_addf(t->out, "  %s\n", pick(zh, "The wish cannot be met with this staff; this is the best found.",
			"现有人力达不到要求，以下为所得最优方案。"));
	for (uint32_t i = 0; i < l->checkpoint_count; i++)
		add_lane_line(t, l, &l->checkpoints[i]);
	buf_addf(t->out, "  %s\n", pick(zh, "!: more than are there; they would have to be built.", "!：超出现有通道数，须增设。"));
	buf_addf(t->out, zh ? "  同时最多需要 %.0f 人\n" : "  Staff at once, at the most: %.0f\n", l->staff_max);
	if (l->next_count > 0)
		heading(t, "What one more lane would bring: seconds saved for each person", "再增开一条通道的收益：人均节省秒数");
	for (uint32_t i = 0; i < l->next_count && i < WORST_MAX; i++) {
		const struct rehearse_one_more *m = &l->next[i];
		buf_addf(&t->cell, "  %s", name_in(zh, l->before->subjects[REHEARSE_CHECKPOINT][m->subject].name));
		end_cell(t, t->name_columns);
		words_value(&t->cell, &t->v, "at", m->from_min * 60);
		buf_add_char(&t->cell, '-');
		words_value(&t->cell, &t->v, "at", m->to_min * 60);
		end_cell(t, CELL_COLUMNS);
		buf_addf(&t->cell, "%.1f [%.1f, %.1f]", m->saves_s.mean, m->saves_s.low, m->saves_s.high);
		end_cell(t, 0);
		end_line(t);
	}
}

static void add_foot(struct table *t)
{
	bool zh = t->v.chinese;
	double worst = fmax(figure_mean(t->a, REHEARSE_FIGURE_DENSITY_WORST, 0),
		t->b == NULL ? NAN : figure_mean(t->b, REHEARSE_FIGURE_DENSITY_WORST, 0));
	const char *caution = isfinite(worst) ? crowd_caution(worst, zh) : NULL;
	buf_addf(t->out, "\n%s\n", pick(zh, t->a->model_en, t->a->model_zh));
	if (caution != NULL)
		buf_addf(t->out, "%s\n", caution);
}

void rehearsal_write_table(const struct rehearsal *r, const struct rehearse_comparison *c, const struct rehearse_lanes *l,
                           bool chinese, struct buf *out)
{
	struct table t = {.out = out, .v = voice_of_terminal(r, chinese), .a = r, .b = c == NULL ? NULL : c->b, .c = c};
	buf_init(&t.cell, 4096);
	add_head(&t);
	add_sentences(&t);
	add_whole(&t);
	add_places(&t);
	if (l != NULL)
		add_lanes(&t, l);
	add_foot(&t);
	if (t.cell.error == ERR_MEMORY)
		out->error = ERR_MEMORY;
	buf_free(&t.cell);
}
