/* rehearse/write/json.c: a rehearsal as one JSON object, as docs/REHEARSAL.md describes it. No value is null, never 0. */
#include <math.h>
#include <string.h>

#include "rehearse/write/inside.h"

static void add_key(struct buf *out, const char *key)
{
	buf_addf(out, ",\"%s\":", key);
}

static void add_str(struct buf *out, const char *key, const char *text)
{
	add_key(out, key);
	buf_add_json_str(out, text);
}

/* What a figure's unit can tell apart: a tenth of a second, a hundredth of a person, a thousandth per square metre. */
static int decimals_of(const char *unit)
{
	return strcmp(unit, "ppl_m2") == 0 || strcmp(unit, "share") == 0 ? 4 : strcmp(unit, "s") == 0 || strcmp(unit, "at") == 0 ? 1 : 2;
}

static void add_number(struct buf *out, const char *key, double v, int decimals)
{
	add_key(out, key);
	buf_add_json_f64(out, v, decimals);
}

static void add_name(struct buf *out, const char *key, struct plan_name n)
{
	add_key(out, key);
	buf_add_str(out, "{\"zh\":");
	buf_add_json_str(out, n.zh);
	buf_add_str(out, ",\"en\":");
	buf_add_json_str(out, n.en);
	buf_add_char(out, '}');
}

static void add_moment(struct buf *out, const char *key, const struct rehearsal *r, double at_s)
{
	char text[WHEN_SIZE] = "";
	if (r->at_start != AT_NONE && isfinite(at_s))
		when_format(r->at_start + (at_ms)llround(at_s * 1000), r->offset_min, text);
	add_str(out, key, text[0] == '\0' ? NULL : text);
}

static void add_at(struct buf *out, const char *key, at_ms at, int offset_min)
{
	char text[WHEN_SIZE];
	when_format(at, offset_min, text);
	add_str(out, key, text[0] == '\0' ? NULL : text);
}

static void add_estimate(struct buf *out, const char *unit, const struct crowd_estimate *e)
{
	int decimals = decimals_of(unit);
	add_number(out, "mean", e->mean, decimals);
	add_number(out, "low", e->low, decimals);
	add_number(out, "high", e->high, decimals);
	add_number(out, "sd", e->sd, decimals);
	buf_addf(out, ",\"runs\":%u,\"missing\":%u", e->runs, e->missing);
}

static void add_figure(struct buf *out, const struct rehearsal *r, const struct rehearse_row *row)
{
	const struct rehearse_figure_row *what = rehearse_figure_row(row->figure);
	buf_addf(out, "{\"figure\":\"%s\",\"subject_kind\":\"%s\"", what->word, rehearse_subject_word(what->subject));
	add_str(out, "subject", what->subject == REHEARSE_WHOLE ? NULL : r->subjects[what->subject][row->subject].id);
	add_str(out, "unit", what->unit);
	add_estimate(out, what->unit, &row->estimate);
	if (strcmp(what->unit, "at") == 0) {
		add_moment(out, "at", r, row->estimate.mean);
		add_moment(out, "at_low", r, row->estimate.low);
		add_moment(out, "at_high", r, row->estimate.high);
	}
	buf_add_char(out, '}');
}

static void add_values(struct buf *out, const char *key, const float *values, uint32_t count)
{
	add_key(out, key);
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_json_f64(out, (double)values[i], 1);
	}
	buf_add_char(out, ']');
}

static void add_series(struct buf *out, const struct rehearsal *r)
{
	buf_add_str(out, ",\"series\":{\"step_s\":60");
	add_number(out, "from_s", r->from_s, 1);
	add_moment(out, "from", r, r->from_s);
	buf_addf(out, ",\"count\":%u,\"bands\":[", r->minute_count);
	for (uint32_t i = 0; i < r->band_count; i++) {
		const struct rehearse_band *b = &r->bands[i];
		buf_addf(out, "%s{\"series\":\"%s\",\"subject_kind\":\"%s\"", i > 0 ? ",\n" : "\n", b->word, rehearse_subject_word(b->kind));
		add_str(out, "subject", b->kind == REHEARSE_WHOLE ? NULL : r->subjects[b->kind][b->subject].id);
		add_values(out, "mean", b->mean, r->minute_count);
		add_values(out, "p10", b->p10, r->minute_count);
		add_values(out, "p90", b->p90, r->minute_count);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
}

static void add_troubles(struct buf *out, const struct rehearsal *r)
{
	buf_add_str(out, ",\"troubles\":[");
	for (uint32_t i = 0; i < r->trouble_count; i++) {
		const struct rehearse_trouble *t = &r->troubles[i];
		buf_addf(out, "%s{\"weight\":%d", i > 0 ? "," : "", t->weight);
		add_str(out, "subject", t->id);
		add_number(out, "at_s", t->at_s, 1);
		add_moment(out, "at", r, t->at_s);
		add_str(out, "text_en", t->text_en);
		add_str(out, "text_zh", t->text_zh);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_subjects(struct buf *out, const struct rehearsal *r)
{
	buf_add_str(out, ",\"subjects\":[");
	bool first = true;
	for (int kind = REHEARSE_AREA; kind < REHEARSE_SUBJECT_COUNT; kind++) {
		for (uint32_t i = 0; i < r->subject_count[kind]; i++, first = false) {
			const struct rehearse_named *n = &r->subjects[kind][i];
			buf_addf(out, "%s{\"subject_kind\":\"%s\"", first ? "\n" : ",\n", rehearse_subject_word((enum rehearse_subject)kind));
			add_str(out, "subject", n->id);
			add_name(out, "name", n->name);
			if (kind == REHEARSE_AREA) {
				add_number(out, "area_m2", n->area_m2, 1);
				add_number(out, "limit_ppl", n->limit_ppl, 0);
			}
			buf_add_char(out, '}');
		}
	}
	buf_add_char(out, ']');
}

static void add_assumptions(struct buf *out, const struct rehearsal *r)
{
	struct rehearse_assumption_row rows[64];
	uint32_t count = rehearse_assumption_rows(&r->settings.assume, rows, 64);
	buf_add_str(out, ",\"assumptions\":[");
	for (uint32_t i = 0; i < count; i++) {
		buf_addf(out, "%s{\"assumption\":\"%s\"", i > 0 ? ",\n" : "\n", rows[i].word);
		add_number(out, "value", rows[i].value, 4);
		add_str(out, "unit", rows[i].unit);
		add_str(out, "en", rows[i].en);
		add_str(out, "zh", rows[i].zh);
		add_str(out, "source_en", rows[i].source_en);
		add_str(out, "source_zh", rows[i].source_zh);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_map(struct buf *out, const char *key, const struct crowd_grid *grid)
{
	if (grid->values == NULL)
		return;
	add_key(out, key);
	buf_add_str(out, "{\"unit\":\"ppl_m2\"");
	add_number(out, "x_m", grid->x_m, 2);
	add_number(out, "y_m", grid->y_m, 2);
	add_number(out, "cell_m", grid->cell_m, 3);
	buf_addf(out, ",\"columns\":%u,\"rows\":%u", grid->columns, grid->rows);
	add_values(out, "values", grid->values, grid->columns * grid->rows);
	buf_add_char(out, '}');
}

static void add_changes(struct buf *out, const struct rehearse_settings *s)
{
	static const char *const kinds[] = {"lanes", "rate", "block"};
	buf_add_str(out, ",\"changes\":[");
	for (uint32_t i = 0; i < s->change_count; i++) {
		const struct rehearse_change *c = &s->changes[i];
		buf_addf(out, "%s{\"kind\":\"%s\",\"id\":", i > 0 ? "," : "", kinds[c->kind]);
		buf_add_json_str(out, c->id);
		add_number(out, "value", c->kind == REHEARSE_CHANGE_BLOCK ? NAN : c->value, 3);
		add_number(out, "from_min", c->from_min, 2);
		add_number(out, "to_min", c->to_min, 2);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_head(struct buf *out, const struct rehearsal *r)
{
	const struct rehearse_settings *s = &r->settings;
	buf_add_str(out, "{\"rehearsal\":1");
	add_name(out, "plan", r->plan_name);
	add_str(out, "plan_hash", r->plan_hash);
	add_str(out, "level", word_of_level(s->level));
	add_str(out, "phase", word_of_phase(s->phase));
	buf_addf(out, ",\"seed\":%llu,\"runs\":%u,\"runs_asked\":%u,\"stopped\":%s,\"arrivals_ppl\":%u", (unsigned long long)s->seed, r->runs,
		s->replications, r->stopped ? "true" : "false", s->arrivals_ppl);
	add_number(out, "arrivals_shift_min", s->arrivals_shift_min, 2);
	add_changes(out, s);
	add_at(out, "doors", r->at_doors, r->offset_min);
	add_at(out, "start", r->at_start, r->offset_min);
	add_number(out, "from_s", r->from_s, 1);
	add_number(out, "until_s", r->until_s, 1);
	buf_add_str(out, ",\"model\":{\"en\":");
	buf_add_json_str(out, r->model_en);
	buf_add_str(out, ",\"zh\":");
	buf_add_json_str(out, r->model_zh);
	buf_add_char(out, '}');
	double worst = figure_mean(r, REHEARSE_FIGURE_DENSITY_WORST, 0);
	add_str(out, "caution_en", isfinite(worst) ? crowd_caution(worst, false) : NULL);
	add_str(out, "caution_zh", isfinite(worst) ? crowd_caution(worst, true) : NULL);
}

/* Everything of one plan; the brace is left open for what follows. */
static void add_rehearsal(struct buf *out, const struct rehearsal *r)
{
	add_head(out, r);
	add_assumptions(out, r);
	add_subjects(out, r);
	buf_add_str(out, ",\"figures\":[");
	for (uint32_t i = 0; i < r->row_count; i++) {
		buf_add_str(out, i > 0 ? ",\n" : "\n");
		add_figure(out, r, &r->rows[i]);
	}
	buf_add_char(out, ']');
	add_series(out, r);
	add_troubles(out, r);
	add_map(out, "worst_map", &r->worst_map);
	if (r->worst_map.values != NULL)
		add_number(out, "worst_map_at_s", r->at_worst_map_s, 1);
	add_map(out, "maximum_map", &r->maximum_map);
}

static void add_difference(struct buf *out, const struct rehearse_difference *d)
{
	const struct rehearse_figure_row *what = rehearse_figure_row(d->figure);
	buf_addf(out, "{\"figure\":\"%s\",\"subject_kind\":\"%s\"", what->word, rehearse_subject_word(what->subject));
	add_str(out, "subject", what->subject == REHEARSE_WHOLE ? NULL : d->subject_id);
	add_str(out, "unit", strcmp(what->unit, "at") == 0 ? "s" : what->unit);
	add_number(out, "a", d->a.mean, decimals_of(what->unit));
	add_number(out, "b", d->b.mean, decimals_of(what->unit));
	add_estimate(out, what->unit, &d->difference);
	buf_addf(out, ",\"sure\":%s}", d->sure ? "true" : "false");
}

static void add_against(struct buf *out, const struct rehearse_comparison *c)
{
	buf_add_str(out, ",\n\"against\":");
	add_rehearsal(out, c->b);
	buf_add_str(out, ",\"differences\":[");
	for (uint32_t i = 0; i < c->row_count; i++) {
		buf_add_str(out, i > 0 ? ",\n" : "\n");
		add_difference(out, &c->rows[i]);
	}
	buf_add_str(out, "],\"sentences\":[");
	for (uint32_t i = 0; i < c->sentence_count; i++) {
		buf_add_str(out, i > 0 ? ",{\"text_en\":" : "{\"text_en\":");
		buf_add_json_str(out, c->sentences[i].text_en);
		add_str(out, "text_zh", c->sentences[i].text_zh);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
}

static void add_quarters(struct buf *out, const struct rehearse_checkpoint_lanes *k, uint32_t count)
{
	buf_add_str(out, ",\"quarters\":[");
	for (uint32_t i = 0; i < count; i++) {
		const struct rehearse_quarter *q = &k->quarters[i];
		buf_addf(out, "%s{\"lanes\":%u", i > 0 ? "," : "", q->lanes);
		add_number(out, "from_min", q->from_min, 2);
		add_number(out, "wait_p95_s", q->wait_p95_s.mean, 1);
		add_number(out, "wait_p95_low_s", q->wait_p95_s.low, 1);
		add_number(out, "wait_p95_high_s", q->wait_p95_s.high, 1);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_lanes(struct buf *out, const struct rehearse_lanes *l)
{
	const struct rehearse_named *checkpoints = l->before->subjects[REHEARSE_CHECKPOINT];
	buf_addf(out, ",\n\"lanes\":{\"reached\":%s", l->reached ? "true" : "false");
	add_number(out, "staff_max", l->staff_max, 1);
	buf_add_str(out, ",\"checkpoints\":[");
	for (uint32_t i = 0; i < l->checkpoint_count; i++) {
		buf_addf(out, "%s{\"lanes_there\":%u,\"lanes_max\":%u", i > 0 ? ",\n" : "\n", l->checkpoints[i].lanes_there,
			l->checkpoints[i].lanes_max);
		add_str(out, "subject", checkpoints[l->checkpoints[i].subject].id);
		add_quarters(out, &l->checkpoints[i], l->quarter_count);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "],\"one_more\":[");
	for (uint32_t i = 0; i < l->next_count; i++) {
		buf_addf(out, "%s{\"runs\":%u", i > 0 ? ",\n" : "\n", l->next[i].saves_s.runs);
		add_str(out, "subject", checkpoints[l->next[i].subject].id);
		add_number(out, "from_min", l->next[i].from_min, 2);
		add_number(out, "to_min", l->next[i].to_min, 2);
		add_number(out, "saves_s", l->next[i].saves_s.mean, 2);
		add_number(out, "saves_low_s", l->next[i].saves_s.low, 2);
		add_number(out, "saves_high_s", l->next[i].saves_s.high, 2);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
}

void rehearsal_write_json(const struct rehearsal *r, const struct rehearse_comparison *c, const struct rehearse_lanes *l,
                          struct buf *out)
{
	add_rehearsal(out, r);
	if (c != NULL)
		add_against(out, c);
	if (l != NULL)
		add_lanes(out, l);
	buf_add_str(out, "}\n");
}
