/* rehearse/compare.c: two plans with the same people: differences run by run, and in words where they matter. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "rehearse/inside.h"
#include "rehearse/words.h"

#define SENTENCES_MAX 24
#define KEY_SIZE_MAX 128

struct comparer {
	const struct rehearsal *a, *b;
	struct rehearse_comparison *out;
};

static struct rehearse_sentence *sentence(struct comparer *c)
{
	struct rehearse_comparison *o = c->out;
	return &o->sentences[o->sentence_count < SENTENCES_MAX - 1 ? o->sentence_count++ : SENTENCES_MAX - 1];
}

/* ---- rows ---- */

static struct text key_of(const struct rehearsal *r, const struct rehearse_row *row, char out[KEY_SIZE_MAX])
{
	const char *id = r->subjects[rehearse_figure_row(row->figure)->subject][row->subject].id;
	size_t size = strlen(id);
	size = size < KEY_SIZE_MAX - 3 ? size : KEY_SIZE_MAX - 3;
	out[0] = (char)('A' + row->figure / 26);
	out[1] = (char)('A' + row->figure % 26);
	memcpy(out + 2, id, size);
	return (struct text){out, size + 2};
}

static void compare_row(struct comparer *c, const struct rehearse_row *a, const struct rehearse_row *b, uint32_t runs)
{
	const struct rehearse_named *n = &c->a->subjects[rehearse_figure_row(a->figure)->subject][a->subject];
	struct crowd_estimate d = crowd_estimate_of_difference(a->runs, b->runs, runs);
	/* Where a run has no value (it never came to that) those that have one are no fair sample. */
	bool sure = d.missing == 0 && d.runs >= 2 && isfinite(d.low) && (d.low > 0 || d.high < 0);
	c->out->rows[c->out->row_count++] = (struct rehearse_difference){a->figure, n->id, n->name, a->estimate, b->estimate, d, sure};
}

static err_t compare_rows(struct comparer *c)
{
	char key[KEY_SIZE_MAX];
	uint32_t runs = c->a->runs < c->b->runs ? c->a->runs : c->b->runs;
	struct names *names = names_new(c->b->row_count + 1);
	c->out->rows = arena_alloc_array(c->out->arena, c->a->row_count + 1, sizeof(*c->out->rows));
	err_t error = names == NULL || c->out->rows == NULL ? ERR_MEMORY : ERR_NONE;
	for (uint32_t i = 0; error == ERR_NONE && i < c->b->row_count; i++) {
		uint32_t index;
		error = names_add(names, key_of(c->b, &c->b->rows[i], key), &index);
	}
	for (uint32_t i = 0; error == ERR_NONE && i < c->a->row_count; i++) {
		uint32_t found = names_find(names, key_of(c->a, &c->a->rows[i], key));
		if (found != NAMES_NONE)
			compare_row(c, &c->a->rows[i], &c->b->rows[found], runs);
	}
	names_free(names);
	return error;
}

static const struct rehearse_difference *difference(const struct comparer *c, enum rehearse_figure f, uint32_t subject)
{
	uint32_t seen = 0;
	for (uint32_t i = 0; i < c->out->row_count; i++)
		if (c->out->rows[i].figure == f && seen++ == subject)
			return &c->out->rows[i];
	return NULL;
}

/* ---- words ---- */

/* "2.8 min shorter [2.6, 3.0]": in minutes from a minute and a half on. */
static struct words words_of_change(const struct rehearse_difference *d, const char *en, const char *zh)
{
	struct words out;
	bool less = d->difference.mean < 0;
	double low = less ? -d->difference.high : d->difference.low, high = less ? -d->difference.low : d->difference.high;
	double mean = fabs(d->difference.mean), unit = mean >= 90 ? 60 : 1;
	int decimals = unit > 1 && mean < 600;
	snprintf(out.en, sizeof(out.en), "%.*f %s %s [%.*f, %.*f]", decimals, mean / unit, unit > 1 ? "min" : "s", en,
		decimals, low / unit, decimals,
		high / unit);
	snprintf(out.zh, sizeof(out.zh), "%s %.*f %s［%.*f，%.*f］", zh, decimals, mean / unit, unit > 1 ? "分钟" : "秒",
		decimals, low / unit, decimals,
		high / unit);
	return out;
}

/* A moment or a span: sooner or later, shorter or longer. */
static void say_time(struct comparer *c, enum rehearse_figure f, const char *what_en, const char *what_zh, bool moment)
{
	const struct rehearse_difference *d = difference(c, f, 0);
	if (d == NULL || !d->sure || fabs(d->difference.mean) < 30)
		return;
	bool less = d->difference.mean < 0;
	struct words how = words_of_change(d, moment ? (less ? "earlier" : "later") : (less ? "shorter" : "longer"),
		moment ? (less ? "提前" : "推迟") : (less ? "缩短" : "延长"));
	struct words a = moment ? words_clock(c->a, d->a.mean) : words_span(d->a.mean);
	struct words b = moment ? words_clock(c->b, d->b.mean) : words_span(d->b.mean);
	struct rehearse_sentence *s = sentence(c);
	words_say(s->text_en, "With \"%s\" %s %s: %s instead of %s.", c->b->plan_name.en, what_en, how.en, b.en, a.en);
	words_say(s->text_zh, moment ? "采用“%s”，%s%s：由 %s 变为 %s。" : "采用“%s”，%s%s：由 %s变为 %s。", c->b->plan_name.zh, what_zh, how.zh, a.zh, b.zh);
}

static void say_people(struct comparer *c, enum rehearse_figure f, const char *en, const char *zh, double least)
{
	const struct rehearse_difference *d = difference(c, f, 0);
	if (d == NULL || !d->sure || fabs(d->difference.mean) < least)
		return;
	bool less = d->difference.mean < 0;
	struct words n = words_people(d->difference.mean), low = words_people(less ? -d->difference.high : d->difference.low);
	struct words high = words_people(less ? -d->difference.low : d->difference.high), a = words_people(d->a.mean),
		b = words_people(d->b.mean);
	struct rehearse_sentence *s = sentence(c);
	words_say(s->text_en, "With \"%s\" %s %s %s [%s, %s]: %s instead of %s.", c->b->plan_name.en, n.en, less ?
		"fewer" : "more", en, low.en, high.en,
		b.en, a.en);
	words_say(s->text_zh, "采用“%s”，%s%s %s［%s，%s］：由 %s 变为 %s。", c->b->plan_name.zh, zh, less ? "减少" : "增加", n.zh, low.zh, high.zh, a.zh,
		b.zh);
}

static void say_density(struct comparer *c)
{
	const struct rehearse_difference *d = difference(c, REHEARSE_FIGURE_DENSITY_WORST, 0);
	if (d == NULL || !d->sure || fabs(d->difference.mean) < 0.1)
		return;
	struct rehearse_sentence *s = sentence(c);
	words_say(s->text_en,
		"With \"%s\" the worst density is %.1f people /m2 instead of %.1f (difference %+.1f [%.1f, %.1f]).", c->b->plan_name.en,
		d->b.mean, d->a.mean, d->difference.mean, d->difference.low, d->difference.high);
	words_say(s->text_zh, "采用“%s”，最高密度由 %.1f 人/㎡变为 %.1f 人/㎡（差值 %+.1f［%.1f，%.1f］）。", c->b->plan_name.zh, d->a.mean, d->b.mean,
		d->difference.mean, d->difference.low, d->difference.high);
}

static uint32_t runs_over(const struct rehearsal *r, enum rehearse_figure f, double least)
{
	const struct rehearse_row *row = row_find(r, f, 0);
	uint32_t count = 0;
	for (uint32_t i = 0; row != NULL && i < r->runs; i++)
		count += row->runs[i] >= least;
	return count;
}

/* What happens with one plan and never with the other. */
static void say_never(struct comparer *c, const struct rehearsal *does, const struct rehearsal *never,
	enum rehearse_figure f, double least,
                      bool is_street)
{
	const struct rehearse_row *row = row_find(does, f, 0);
	uint32_t often = runs_over(does, f, least);
	if (row == NULL || row_find(never, f, 0) == NULL || runs_over(never, f, least) > 0 || 2 * often < does->runs)
		return;
	double at_s = row_find(does, is_street ? REHEARSE_FIGURE_STREET_AT : REHEARSE_FIGURE_SPILLBACK_AT, 0)->estimate.mean;
	struct words at = words_clock(does, at_s), how = words_runs(often, does->runs), most = words_people(row->estimate.mean);
	struct rehearse_sentence *s = sentence(c);
	if (is_street) {
		words_say(s->text_en, "With \"%s\" nobody is held up outside the holding areas; with \"%s\" up to %s people are, from %s (%s).",
			never->plan_name.en, does->plan_name.en, most.en, at.en, how.en);
		words_say(s->text_zh, "采用“%s”，候检区外无人滞留；“%s”自 %s 起最多滞留 %s 人（%s）。", never->plan_name.zh, does->plan_name.zh, at.zh, most.zh,
			how.zh);
	} else {
		words_say(s->text_en, "With \"%s\" no area ever fills up; with \"%s\" one does from %s (%s) and stops the check before it.",
			never->plan_name.en, does->plan_name.en, at.en, how.en);
		words_say(s->text_zh, "采用“%s”，没有区域满员；“%s”自 %s 起有区域满员（%s），前一道检查被迫停顿。", never->plan_name.zh, does->plan_name.zh,
			at.zh, how.zh);
	}
}

static void say_stages(struct comparer *c)
{
	for (uint32_t i = 0;; i++) {
		const struct rehearse_difference *d = difference(c, REHEARSE_FIGURE_STAGE_WAIT_MEAN, i);
		if (d == NULL)
			return;
		if (!d->sure || fabs(d->difference.mean) < 30)
			continue;
		bool less = d->difference.mean < 0;
		struct words how = words_of_change(d, less ? "shorter" : "longer", less ? "缩短" : "延长");
		struct words before = words_span(d->a.mean), after = words_span(d->b.mean);
		struct rehearse_sentence *s = sentence(c);
		words_say(s->text_en, "With \"%s\" the mean wait at the stage \"%s\" is %s: %s instead of %s.", c->b->plan_name.en,
			d->subject_name.en, how.en, after.en, before.en);
		words_say(s->text_zh, "采用“%s”，%s环节平均等待%s：由 %s变为 %s。", c->b->plan_name.zh, d->subject_name.zh, how.zh, before.zh, after.zh);
	}
}

static void say_nothing(struct comparer *c)
{
	if (c->out->sentence_count > 0)
		return;
	struct rehearse_sentence *s = sentence(c);
	uint32_t runs = c->a->runs < c->b->runs ? c->a->runs : c->b->runs;
	bool any = false;
	for (uint32_t i = 0; i < c->out->row_count; i++)
		any = any || c->out->rows[i].sure;
	if (runs < 2) {
		words_say(s->text_en, "One run cannot tell a difference from chance: take more.");
		words_say(s->text_zh, "仅推演一次，无法区分差异与随机波动，请增加推演次数。");
	} else if (any) {
		words_say(s->text_en, "Over %u paired runs the two plans differ by little only: see the figures marked as sure.", runs);
		words_say(s->text_zh, "在 %u 次配对推演中，两个方案差异很小，见标为“可靠”的数值。", runs);
	} else {
		words_say(s->text_en, "Over %u paired runs no difference between the two plans is larger than chance.", runs);
		words_say(s->text_zh, "在 %u 次配对推演中，两个方案没有超出随机波动的差异。", runs);
	}
}

static void say_all(struct comparer *c)
{
	say_time(c, REHEARSE_FIGURE_ALL_IN, "the last person is in", "全部入场时间", true);
	say_people(c, REHEARSE_FIGURE_IN_BY_START, "people are in by the start", "开场前入场人数", 50);
	say_people(c, REHEARSE_FIGURE_NOT_IN, "people are not in at the end", "结束时未入场人数", 1);
	say_time(c, REHEARSE_FIGURE_TO_IN_MEAN, "the time from coming to being in is on average", "到场至入场平均用时", false);
	say_time(c, REHEARSE_FIGURE_TO_IN_P95, "the time within which 95 of 100 are in is", "95% 人员到场至入场用时", false);
	say_never(c, c->a, c->b, REHEARSE_FIGURE_STREET_MAX, STREET_LEAST_PPL, true);
	say_never(c, c->b, c->a, REHEARSE_FIGURE_STREET_MAX, STREET_LEAST_PPL, true);
	if (runs_over(c->a, REHEARSE_FIGURE_STREET_MAX, STREET_LEAST_PPL) > 0 && runs_over(c->b,
		REHEARSE_FIGURE_STREET_MAX, STREET_LEAST_PPL) > 0)
		say_people(c, REHEARSE_FIGURE_STREET_MAX, "people at most are held up outside the holding areas", "候检区外滞留人数峰值", 20);
	say_never(c, c->a, c->b, REHEARSE_FIGURE_SPILLBACK_AT, -INFINITY, false);
	say_never(c, c->b, c->a, REHEARSE_FIGURE_SPILLBACK_AT, -INFINITY, false);
	say_density(c);
	say_stages(c);
	say_time(c, REHEARSE_FIGURE_OUT_TIME, "the time until everybody is out is", "全部离场用时", false);
	say_nothing(c);
}

err_t rehearse_compare(const struct rehearsal *a, const struct rehearsal *b, struct rehearse_comparison **out)
{
	size_t size = (a->row_count + (size_t)16) * sizeof(struct rehearse_difference) + (SENTENCES_MAX + 4) * sizeof(struct rehearse_sentence);
	struct arena *arena = arena_new(2 * size + 65536);
	struct rehearse_comparison *made = arena == NULL ? NULL : arena_alloc(arena, sizeof(*made));
	if (made == NULL) {
		arena_free(arena);
		return ERR_MEMORY;
	}
	*made = (struct rehearse_comparison){.a = a, .b = b, .arena = arena,
		.sentences = arena_alloc_array(arena, SENTENCES_MAX, sizeof(struct rehearse_sentence))};
	struct comparer c = {a, b, made};
	err_t error = made->sentences == NULL ? ERR_MEMORY : compare_rows(&c);
	if (error != ERR_NONE) {
		arena_free(arena);
		return error;
	}
	say_all(&c);
	*out = made;
	return ERR_NONE;
}

void rehearse_comparison_free(struct rehearse_comparison *c)
{
	if (c != NULL)
		arena_free(c->arena);
}
