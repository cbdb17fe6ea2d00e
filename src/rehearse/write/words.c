/* rehearse/write/words.c: numbers, moments and names as people read them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define MINUTE_MS 60000

struct voice voice_of_page(const struct rehearsal *r, bool chinese)
{
	return (struct voice){r, chinese, "\xe2\x80\xaf", "\xe2\x80\x93"};
}

struct voice voice_of_terminal(const struct rehearsal *r, bool chinese)
{
	return (struct voice){r, chinese, ",", "-"};
}

static void add_grouped(struct buf *out, const char *thousand, double value)
{
	char digits[32];
	struct buf whole;
	buf_init(&whole, sizeof(digits));
	buf_addf(&whole, "%.0f", value);
	for (size_t i = 0; i < whole.size; i++) {
		if (i > 0 && (whole.size - i) % 3 == 0)
			buf_add_str(out, thousand);
		buf_add_char(out, whole.at[i]);
	}
	buf_free(&whole);
}

/* "0:45", "7:20", "1:23:20": minutes and seconds, hours where there are any. */
static void add_span(struct buf *out, double seconds)
{
	uint64_t s = (uint64_t)(seconds + 0.5);
	if (s >= 3600)
		buf_addf(out, "%llu:%02u:%02u", (unsigned long long)(s / 3600), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	else
		buf_addf(out, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

/* The clock of the venue; without one, or in an evacuation, the time since the beginning. */
static void add_moment(struct buf *out, const struct rehearsal *r, double at_s)
{
	if (r->at_start == AT_NONE || r->settings.phase == REHEARSE_EVACUATION) {
		buf_add_str(out, at_s < 0 ? "T\xe2\x88\x92" : "T+");
		add_span(out, fabs(at_s));
		return;
	}
	char text[WHEN_SIZE];
	at_ms at = r->at_start + (at_ms)llround(at_s / 60) * MINUTE_MS;
	when_format(at, r->offset_min, text);
	if (strlen(text) >= 16)
		buf_add(out, text + 11, 5);
}

static bool is_unit(const char *unit, const char *word)
{
	return strcmp(unit, word) == 0;
}

static void add_size(struct buf *out, const struct voice *v, const char *unit, double value)
{
	if (is_unit(unit, "s"))
		add_span(out, value);
	else if (is_unit(unit, "ppl_m2"))
		buf_addf(out, "%.2f", value);
	else if (is_unit(unit, "share"))
		buf_addf(out, "%.0f%%", value * 100);
	else if (value < 9.95 && value >= 0.05 && floor(value) != value)
		buf_addf(out, "%.1f", value);
	else
		add_grouped(out, v->thousand, value);
}

void words_value(struct buf *out, const struct voice *v, const char *unit, double value)
{
	if (!isfinite(value)) {
		buf_add_str(out, v->none);
		return;
	}
	if (is_unit(unit, "at")) {
		add_moment(out, v->r, value);
		return;
	}
	if (value < 0)
		buf_add_str(out, "\xe2\x88\x92");
	add_size(out, v, unit, fabs(value));
}

void words_mean(struct buf *out, const struct voice *v, enum rehearse_figure f, double mean)
{
	const struct rehearse_figure_row *row = rehearse_figure_row(f);
	if (isfinite(mean) || !is_unit(row->unit, "at") || row->better == REHEARSE_NEITHER)
		words_value(out, v, row->unit, mean);
	else if (row->better == REHEARSE_HIGHER)
		buf_add_str(out, pick(v->chinese, "never", "未出现"));
	else
		buf_add_str(out, pick(v->chinese, "not by the end", "结束前未完成"));
}

void words_change(struct buf *out, const struct voice *v, const char *unit, double value)
{
	const char *as = is_unit(unit, "at") ? "s" : unit;
	if (!isfinite(value)) {
		buf_add_str(out, v->none);
		return;
	}
	double shown = words_rounded(as, value);
	buf_add_str(out, shown < 0 ? "\xe2\x88\x92" : shown > 0 ? "+" : "");
	add_size(out, v, as, fabs(shown));
}

double words_rounded(const char *unit, double value)
{
	if (!isfinite(value))
		return value;
	if (is_unit(unit, "at"))
		return 60 * round(value / 60);
	double step = is_unit(unit, "ppl_m2") || is_unit(unit, "share") ? 0.01 : is_unit(unit, "s") || fabs(value) >= 9.95 ? 1 : 0.1;
	double rounded = step * round(value / step);
	return rounded == 0 ? 0 : rounded;
}

void words_interval(struct buf *out, const struct voice *v, const char *unit, const struct crowd_estimate *e, bool change)
{
	if (!isfinite(e->low) || !isfinite(e->high))
		return;
	/* What cannot be below nothing is not shown so, though Student's interval may reach there. */
	bool floored = !change && !is_unit(unit, "at") && e->low < 0;
	buf_add_char(out, '[');
	(change ? words_change : words_value)(out, v, unit, floored ? 0 : e->low);
	buf_add_str(out, ", ");
	(change ? words_change : words_value)(out, v, unit, e->high);
	buf_add_char(out, ']');
}

bool words_partly(struct buf *out, const struct voice *v, const struct crowd_estimate *e)
{
	if (e->missing == 0 || e->runs == 0)
		return false;
	buf_addf(out, v->chinese ? "%u/%u 次推演中出现" : "in %u of %u runs", e->runs, e->runs + e->missing);
	return true;
}

const char *words_unit(const char *unit, bool chinese)
{
	static const struct { const char *word, *en, *zh; } units[] = {
		{"s", "min:s", "分:秒"}, {"ppl", "people", "人"}, {"ppl_m2", "/m\xc2\xb2", "人/㎡"},
		{"ppl_min", "person-min", "人·分钟"}, {"share", "", ""}, {"at", "", ""}, {"count", "", ""}};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (is_unit(unit, units[i].word))
			return pick(chinese, units[i].en, units[i].zh);
	return "";
}

const char *word_of_level(enum rehearse_level level)
{
	return level == REHEARSE_MICRO ? "micro" : "meso";
}

const char *word_of_phase(enum rehearse_phase phase)
{
	static const char *const words[] = {"ingress", "egress", "evacuation"};
	return words[phase];
}

const char *words_level(enum rehearse_level level, bool chinese)
{
	return level == REHEARSE_MICRO ? pick(chinese, "every walker in the true geometry", "微观：逐人在真实图形中行走")
		: pick(chinese, "people through areas and checks", "中观：人员通过区域与卡点");
}

const char *words_phase(enum rehearse_phase phase, bool chinese)
{
	static const char *const en[] = {"Ingress", "Egress", "Emergency evacuation"}, *const zh[] = {"入场", "离场", "应急疏散"};
	return pick(chinese, en[phase], zh[phase]);
}

#define CHANGES_TOLD 12

static void add_change(struct buf *out, const struct rehearsal *r, const struct rehearse_change *c, bool chinese)
{
	buf_add_str(out, c->id);
	if (c->kind == REHEARSE_CHANGE_LANES)
		buf_addf(out, chinese ? " 开 %.0f 条通道" : " %.0f lanes", c->value);
	else if (c->kind == REHEARSE_CHANGE_RATE)
		buf_addf(out, chinese ? " 每通道每分钟 %.4g 人" : " %.4g a minute and lane", c->value);
	else
		buf_add_str(out, pick(chinese, " closed", " 封闭"));
	if (isnan(c->from_min))
		return;
	buf_add_char(out, ' ');
	add_moment(out, r, 60 * c->from_min);
	buf_add_str(out, "\xe2\x80\x93");
	add_moment(out, r, 60 * c->to_min);
}

void words_changes(struct buf *out, const struct rehearsal *r, bool chinese)
{
	const struct rehearse_settings *s = &r->settings;
	const char *between = "";
	for (uint32_t i = 0; i < s->change_count && i < CHANGES_TOLD; i++) {
		buf_add_str(out, between);
		add_change(out, r, &s->changes[i], chinese);
		between = pick(chinese, "; ", "；");
	}
	if (s->change_count > CHANGES_TOLD)
		buf_addf(out, chinese ? "；另有 %u 项" : "; and %u more", s->change_count - CHANGES_TOLD);
	if (s->arrivals_shift_min != 0) {
		buf_add_str(out, between);
		bool later = s->arrivals_shift_min > 0;
		buf_add_str(out, chinese ? (later ? "到场推迟 " : "到场提前 ") : "arrivals ");
		buf_addf(out, "%.4g", fabs(s->arrivals_shift_min));
		buf_add_str(out, chinese ? " 分钟" : later ? " min later" : " min earlier");
		between = pick(chinese, "; ", "；");
	}
	if (s->curve_count > 0) {
		buf_add_str(out, between);
		buf_add_str(out, pick(chinese, "an arrival curve of its own", "另用到场曲线"));
	}
}

void words_assumption(struct buf *out, const struct rehearse_assumption_row *row, bool chinese)
{
	if (is_unit(row->unit, "share")) {
		buf_addf(out, "%.3g%%", row->value * 100);
		return;
	}
	const char *unit = is_unit(row->unit, "ratio") ? "" : is_unit(row->unit, "s") ? pick(chinese, "s", "秒")
		: is_unit(row->unit, "m/s") ? pick(chinese, "m/s", "米/秒") : words_unit(row->unit, chinese);
	buf_addf(out, "%.4g%s%s", row->value, unit[0] == '\0' ? "" : " ", unit);
}

/* ---- finding what is said ---- */

const struct rehearse_row *figure_row(const struct rehearsal *r, enum rehearse_figure f, uint32_t subject)
{
	for (uint32_t i = 0; i < r->row_count; i++)
		if (r->rows[i].figure == f && r->rows[i].subject == subject)
			return &r->rows[i];
	return NULL;
}

double figure_mean(const struct rehearsal *r, enum rehearse_figure f, uint32_t subject)
{
	const struct rehearse_row *row = figure_row(r, f, subject);
	return row == NULL ? NAN : row->estimate.mean;
}

uint32_t subject_by_id(const struct rehearsal *r, enum rehearse_subject kind, const char *id)
{
	for (uint32_t i = 0; i < r->subject_count[kind]; i++)
		if (strcmp(r->subjects[kind][i].id, id) == 0)
			return i;
	return CROWD_NONE;
}

const struct rehearse_band *find_band(const struct rehearsal *r, const char *word, enum rehearse_subject kind, uint32_t subject)
{
	for (uint32_t i = 0; i < r->band_count; i++)
		if (r->bands[i].kind == kind && r->bands[i].subject == subject && strcmp(r->bands[i].word, word) == 0)
			return &r->bands[i];
	return NULL;
}

const struct rehearse_difference *difference_of(const struct rehearse_comparison *c, enum rehearse_figure f, const char *id)
{
	for (uint32_t i = 0; i < c->row_count; i++)
		if (c->rows[i].figure == f && (id == NULL || (c->rows[i].subject_id != NULL && strcmp(c->rows[i].subject_id, id) == 0)))
			return &c->rows[i];
	return NULL;
}

struct ranked { double value; uint32_t subject; };

static int by_value_down(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	if (a->value != b->value)
		return a->value < b->value ? 1 : -1;
	return a->subject < b->subject ? -1 : a->subject > b->subject;
}

uint32_t subjects_by(const struct rehearsal *r, const struct rehearsal *b, enum rehearse_subject kind, enum rehearse_figure f,
                     uint32_t *out, uint32_t max)
{
	uint32_t count = 0, all = r->subject_count[kind];
	struct ranked *ranked = calloc(all > 0 ? all : 1, sizeof(*ranked));
	if (ranked == NULL)
		return 0;
	for (uint32_t i = 0; i < r->row_count; i++) /* one pass: a plan may have thousands of subjects */
		if (r->rows[i].figure == f && r->rows[i].subject < all && r->rows[i].estimate.mean > 0)
			ranked[count < all ? count++ : all - 1] = (struct ranked){r->rows[i].estimate.mean, r->rows[i].subject};
	for (uint32_t i = 0; b != NULL && i < count; i++) {
		uint32_t there = subject_by_id(b, kind, r->subjects[kind][ranked[i].subject].id);
		ranked[i].value = there == CROWD_NONE ? ranked[i].value : fmax(ranked[i].value, figure_mean(b, f, there));
	}
	qsort(ranked, count, sizeof(*ranked), by_value_down);
	count = count < max ? count : max;
	for (uint32_t i = 0; i < count; i++)
		out[i] = ranked[i].subject;
	free(ranked);
	return count;
}

const enum rehearse_figure *figures_for(enum rehearse_subject kind, enum rehearse_phase phase, uint32_t *count)
{
#define LIST(...) \
	do { \
		static const enum rehearse_figure list[] = {__VA_ARGS__}; \
		*count = sizeof(list) / sizeof(list[0]); \
		return list; \
	} while (0)
#define F(name) REHEARSE_FIGURE_##name
	if (kind == REHEARSE_WHOLE && phase == REHEARSE_INGRESS)
		LIST(F(ALL_IN), F(IN_BY_START), F(IN), F(NOT_IN), F(REFUSED), F(TO_IN_MEAN), F(TO_IN_P95), F(DENSITY_WORST), F(PPL_MIN_2),
			F(PPL_MIN_35), F(PPL_MIN_47), F(SPILLBACK_AT), F(STREET_MAX), F(STREET_AT), F(STREET_PPL_MIN));
	if (kind == REHEARSE_WHOLE)
		LIST(F(ALL_OUT), F(OUT_TIME), F(DENSITY_WORST), F(PPL_MIN_2), F(PPL_MIN_35), F(PPL_MIN_47), F(SPILLBACK_AT), F(STREET_MAX),
			F(STREET_AT), F(STREET_PPL_MIN));
	if (kind == REHEARSE_STAGE)
		LIST(F(STAGE_QUEUE_MAX), F(STAGE_WAIT_MEAN), F(STAGE_WAIT_P95));
	if (kind == REHEARSE_AREA)
		LIST(F(AREA_DENSITY_MAX), F(AREA_PEOPLE_MAX), F(AREA_PEOPLE_AT), F(AREA_FULL_AT), F(AREA_FULL));
	if (kind == REHEARSE_CHECKPOINT)
		LIST(F(CHECK_QUEUE_MAX), F(CHECK_QUEUE_AT), F(CHECK_WAIT_MEAN), F(CHECK_WAIT_P95), F(CHECK_PASSED), F(CHECK_BUSY),
			F(CHECK_BLOCKED));
	LIST(F(LINK_DENSITY_MAX), F(LINK_HELD), F(LINK_PASSED));
#undef F
#undef LIST
}
