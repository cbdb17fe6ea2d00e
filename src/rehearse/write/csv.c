/* rehearse/write/csv.c: figures and series for a spreadsheet: one row a number, plans "a", "b" and the difference "b-a".
 * UTF-8 with a byte order mark (spreadsheets take Chinese for something else without), commas, lines end with LF. */
#include <math.h>
#include <string.h>

#include "rehearse/write/inside.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* A field of the plan's own text. One that begins like a formula gets an apostrophe before it: it is data, and not to be run. */
static void add_text(struct buf *out, const char *text)
{
	bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
	if (!formula && strpbrk(text, ",\"\n\r") == NULL) {
		buf_add_str(out, text);
		return;
	}
	buf_add_char(out, '"');
	if (formula)
		buf_add_char(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

/* Six digits are more than any figure has. */
static void add_number(struct buf *out, double value)
{
	buf_add_char(out, ',');
	if (!isfinite(value))
		return;
	if (fabs(value) >= 1000)
		buf_addf(out, "%.1f", value);
	else
		buf_addf(out, "%.6g", value);
}

static void add_subject(struct buf *out, enum rehearse_subject kind, const char *id, struct plan_name name)
{
	buf_addf(out, ",%s,", rehearse_subject_word(kind));
	add_text(out, id);
	buf_add_char(out, ',');
	add_text(out, name.zh);
	buf_add_char(out, ',');
	add_text(out, name.en);
}

static void add_estimate(struct buf *out, const char *plan, enum rehearse_figure f, const char *id, struct plan_name name,
                         const struct crowd_estimate *e)
{
	const struct rehearse_figure_row *row = rehearse_figure_row(f);
	static const char *const better[] = {"lower", "higher", "neither"};
	buf_addf(out, "%s,%s", plan, row->word);
	add_subject(out, row->subject, id, name);
	buf_addf(out, ",%s,%s", row->unit, better[row->better]);
	add_number(out, e->mean);
	add_number(out, e->low);
	add_number(out, e->high);
	add_number(out, e->sd);
	buf_addf(out, ",%u,%u\n", e->runs, e->missing);
}

static void add_figures(struct buf *out, const char *plan, const struct rehearsal *r)
{
	for (uint32_t i = 0; i < r->row_count; i++) {
		const struct rehearse_row *row = &r->rows[i];
		enum rehearse_subject kind = rehearse_figure_row(row->figure)->subject;
		struct rehearse_named whole = {.id = "", .name = {"", ""}};
		const struct rehearse_named *n = kind == REHEARSE_WHOLE ? &whole : &r->subjects[kind][row->subject];
		add_estimate(out, plan, row->figure, n->id, n->name, &row->estimate);
	}
}

static void add_moment(struct buf *out, const struct rehearsal *r, double at_s)
{
	char text[WHEN_SIZE] = "";
	if (r->at_start != AT_NONE)
		when_format(r->at_start + (at_ms)llround(at_s * 1000), r->offset_min, text);
	buf_addf(out, ",%s", text);
}

static void add_series(struct buf *out, const char *plan, const struct rehearsal *r)
{
	for (uint32_t k = 0; k < r->band_count; k++) {
		const struct rehearse_band *band = &r->bands[k];
		struct rehearse_named whole = {.id = "", .name = {"", ""}};
		const struct rehearse_named *n = band->kind == REHEARSE_WHOLE ? &whole : &r->subjects[band->kind][band->subject];
		for (uint32_t i = 0; i < r->minute_count; i++) {
			buf_addf(out, "%s,%s", plan, band->word);
			add_subject(out, band->kind, n->id, n->name);
			add_number(out, r->from_s + 60.0 * i);
			add_moment(out, r, r->from_s + 60.0 * i);
			add_number(out, band->mean[i]);
			add_number(out, band->p10[i]);
			add_number(out, band->p90[i]);
			buf_add_char(out, '\n');
		}
	}
}

void rehearsal_write_csv(const struct rehearsal *r, const struct rehearse_comparison *c, struct buf *figures, struct buf *series)
{
	buf_add_str(figures, BYTE_ORDER_MARK "plan,figure,subject_kind,subject,name_zh,name_en,unit,better,mean,low,high,sd,runs,missing\n");
	add_figures(figures, "a", r);
	if (c != NULL)
		add_figures(figures, "b", c->b);
	for (uint32_t i = 0; c != NULL && i < c->row_count; i++) {
		const struct rehearse_difference *d = &c->rows[i];
		struct plan_name none = {"", ""};
		bool whole = rehearse_figure_row(d->figure)->subject == REHEARSE_WHOLE;
		add_estimate(figures, "b-a", d->figure, whole ? "" : d->subject_id, whole ? none : d->subject_name, &d->difference);
	}
	buf_add_str(series, BYTE_ORDER_MARK "plan,series,subject_kind,subject,name_zh,name_en,at_s,at,mean,p10,p90\n");
	add_series(series, "a", r);
	if (c != NULL)
		add_series(series, "b", c->b);
}
