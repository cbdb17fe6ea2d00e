/* tests/unit/rehearsal_for_test.h: a rehearsal filled by hand from any plan: every figure, every series, with holes where nothing was
 * seen, and with two texts. `worse` times a mild evening: queues, densities and waits grow with it. Nothing here is simulated. */
#ifndef CORDON_TESTS_REHEARSAL_FOR_TEST_H
#define CORDON_TESTS_REHEARSAL_FOR_TEST_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/rehearse.h"

#define MADE_RUNS 20
#define MADE_MINUTES 240

static double made_value(enum rehearse_figure f, uint32_t subject, double worse)
{
	const char *unit = rehearse_figure_row(f)->unit;
	double k = 1 + subject % 7;
	if (strcmp(unit, "ppl_m2") == 0)
		return 0.5 * k * worse;
	if (strcmp(unit, "share") == 0)
		return 0.12 * k;
	if (strcmp(unit, "at") == 0)
		return -1800 + 600 * k * worse;
	return strcmp(unit, "s") == 0 ? 95 * k * worse : 130.4 * k * worse;
}

static void made_rows(struct rehearsal *r, double worse)
{
	uint32_t max = 0;
	for (int f = 0; f < REHEARSE_FIGURE_COUNT; f++)
		max += r->subject_count[rehearse_figure_row((enum rehearse_figure)f)->subject];
	r->rows = calloc(max, sizeof(*r->rows));
	for (int f = 0; f < REHEARSE_FIGURE_COUNT; f++) {
		enum rehearse_subject kind = rehearse_figure_row((enum rehearse_figure)f)->subject;
		for (uint32_t i = 0; i < r->subject_count[kind]; i++) {
			struct rehearse_row *row = &r->rows[r->row_count++];
			*row = (struct rehearse_row){.figure = (enum rehearse_figure)f, .subject = i, .runs = calloc(MADE_RUNS, sizeof(double))};
			bool never = f == REHEARSE_FIGURE_STREET_AT && worse < 1.5;
			for (int k = 0; k < MADE_RUNS; k++)
				row->runs[k] = never || (f == REHEARSE_FIGURE_SPILLBACK_AT && k < 3) ? NAN
					: made_value(row->figure, i, worse) * (1 + 0.01 * (k % 5));
			row->estimate = crowd_estimate_of(row->runs, MADE_RUNS);
		}
	}
}

/* A hill in time, the higher the worse; waits have no value where nobody is served. */
static void made_band(struct rehearsal *r, const char *word, enum rehearse_subject kind, uint32_t subject, double worse)
{
	struct rehearse_band *b = &r->bands[r->band_count++];
	*b = (struct rehearse_band){.word = word, .kind = kind, .subject = subject, .mean = calloc(MADE_MINUTES, sizeof(float)),
		.p10 = calloc(MADE_MINUTES, sizeof(float)), .p90 = calloc(MADE_MINUTES, sizeof(float))};
	for (int i = 0; i < MADE_MINUTES; i++) {
		double t = (i - 120.0) / 30, hill = exp(-t * t / 2) * 400 * worse * (1 + subject % 5), rise = 28600 / (1 + exp(-t));
		double v = kind == REHEARSE_WHOLE ? rise / (strcmp(word, "come") == 0 ? 1 : 1 + 0.1 * worse) : hill;
		bool nobody = strcmp(word, "wait") == 0 && (i < 20 || i > 215);
		b->mean[i] = nobody ? NAN : (float)v;
		b->p10[i] = nobody ? NAN : (float)(v * 0.9);
		b->p90[i] = nobody ? NAN : (float)(v * 1.1);
	}
}

static void made_subjects(struct rehearsal *r, const struct plan *p)
{
	r->subjects[REHEARSE_AREA] = calloc(p->zone_count, sizeof(struct rehearse_named));
	r->subjects[REHEARSE_CHECKPOINT] = calloc(p->checkpoint_count, sizeof(struct rehearse_named));
	r->subjects[REHEARSE_STAGE] = calloc(3, sizeof(struct rehearse_named));
	r->subjects[REHEARSE_LINK] = calloc(p->link_count + 1, sizeof(struct rehearse_named));
	r->subjects[REHEARSE_WHOLE] = calloc(1, sizeof(struct rehearse_named));
	r->subjects[REHEARSE_WHOLE][0] = (struct rehearse_named){.id = "", .name = {"", ""}};
	r->subject_count[REHEARSE_WHOLE] = 1;
	for (uint32_t i = 1; i < p->zone_count; i++)
		if (p->zones[i].use != PLAN_STAND)
			r->subjects[REHEARSE_AREA][r->subject_count[REHEARSE_AREA]++] = (struct rehearse_named){p->zones[i].id, p->zones[i].name, 0, 0,
				p->zones[i].capacity_ppl > 0 ? (double)p->zones[i].capacity_ppl : (double)INFINITY, p->zones[i].usable_m2};
	for (uint32_t i = 0; i < p->checkpoint_count; i++)
		if (p->checkpoints[i].lane_count > 0)
			r->subjects[REHEARSE_CHECKPOINT][r->subject_count[REHEARSE_CHECKPOINT]++] = (struct rehearse_named){p->checkpoints[i].id,
				p->checkpoints[i].name, 0, 0, NAN, NAN};
	for (uint32_t i = 0; i < p->link_count; i++)
		r->subjects[REHEARSE_LINK][r->subject_count[REHEARSE_LINK]++] = (struct rehearse_named){p->links[i].id,
			p->features[p->links[i].feature].name, 0, 0, NAN, NAN};
	static const struct plan_name stages[] = {{"预检", "Pre-check"}, {"检票", "Ticket check"}, {"安检", "Security check"}};
	for (uint32_t i = 0; i < 3; i++)
		r->subjects[REHEARSE_STAGE][i] = (struct rehearse_named){plan_stage_word((enum plan_stage)i), stages[i], NAN, NAN, NAN, NAN};
	r->subject_count[REHEARSE_STAGE] = 3;
}

static struct rehearsal *made_rehearsal(const struct plan *p, double worse)
{
	static const char *const words[] = {"queue", "wait", "passed"};
	struct rehearsal *r = calloc(1, sizeof(*r));
	r->settings = rehearse_settings_default();
	r->settings.replications = MADE_RUNS;
	r->settings.arrivals_ppl = 28600;
	r->plan_name = p->name;
	memcpy(r->plan_hash, "0123456789abcdef", 16);
	r->at_start = p->at_start;
	r->at_doors = p->at_doors;
	r->offset_min = p->offset_min;
	r->from_s = -2 * 3600;
	r->until_s = r->from_s + 60 * MADE_MINUTES;
	r->runs = MADE_RUNS;
	r->minute_count = MADE_MINUTES;
	r->model_en = "Meso network, filled by hand.";
	r->model_zh = "中观网络，手工填写。";
	made_subjects(r, p);
	made_rows(r, worse);
	r->bands = calloc(2 + r->subject_count[REHEARSE_AREA] + 3 * (r->subject_count[REHEARSE_CHECKPOINT] + 3), sizeof(*r->bands));
	made_band(r, "come", REHEARSE_WHOLE, 0, worse);
	made_band(r, "in", REHEARSE_WHOLE, 0, worse);
	for (uint32_t i = 0; i < r->subject_count[REHEARSE_AREA]; i++)
		made_band(r, "people", REHEARSE_AREA, i, worse);
	for (int w = 0; w < 3; w++) {
		for (uint32_t i = 0; i < r->subject_count[REHEARSE_CHECKPOINT]; i++)
			made_band(r, words[w], REHEARSE_CHECKPOINT, i, worse);
		for (uint32_t i = 0; i < 3; i++)
			made_band(r, words[w], REHEARSE_STAGE, i, worse);
	}
	r->trouble_count = 2;
	r->troubles = calloc(2, sizeof(*r->troubles));
	r->troubles[0] = (struct rehearse_trouble){"Security check at <Gate 3>: from 18:47 up to 1,240 people wait 14 min.",
		"3号门安检：18:47 起最多 1,240 人排队，等待 14 分钟。", "G3-security", -2580, 9};
	r->troubles[1] = (struct rehearse_trouble){"Holding area 2 is full from 18:52.", "2号门候检区 18:52 起满员。", "G2-H1", -2280, 5};
	return r;
}

static void made_free(struct rehearsal *r)
{
	for (uint32_t i = 0; i < r->row_count; i++)
		free(r->rows[i].runs);
	for (uint32_t i = 0; i < r->band_count; i++) {
		free(r->bands[i].mean);
		free(r->bands[i].p10);
		free(r->bands[i].p90);
	}
	for (int k = 0; k < REHEARSE_SUBJECT_COUNT; k++)
		free(r->subjects[k]);
	free(r->rows);
	free(r->bands);
	free(r->troubles);
	free(r->worst_map.values);
	free(r->maximum_map.values);
	free(r);
}

/* Both have the same subjects here, in the same order. */
static struct rehearse_comparison *made_comparison(const struct rehearsal *a, const struct rehearsal *b)
{
	struct rehearse_comparison *c = calloc(1, sizeof(*c));
	*c = (struct rehearse_comparison){.a = a, .b = b, .rows = calloc(a->row_count, sizeof(*c->rows)), .row_count = a->row_count,
		.sentences = calloc(1, sizeof(*c->sentences)), .sentence_count = 1};
	for (uint32_t i = 0; i < a->row_count; i++) {
		enum rehearse_subject kind = rehearse_figure_row(a->rows[i].figure)->subject;
		const struct rehearse_named *n = &a->subjects[kind][a->rows[i].subject];
		struct crowd_estimate d = crowd_estimate_of_difference(a->rows[i].runs, b->rows[i].runs, MADE_RUNS);
		c->rows[i] = (struct rehearse_difference){a->rows[i].figure, kind == REHEARSE_WHOLE ? NULL : n->id, n->name, a->rows[i].estimate,
			b->rows[i].estimate, d, d.low > 0 || d.high < 0};
	}
	memcpy(c->sentences[0].text_en, "With B the last person is in 14 min earlier [12, 16].", 54);
	memcpy(c->sentences[0].text_zh, "方案 B 最后一人入场提前 14 分钟 [12, 16]。", sizeof("方案 B 最后一人入场提前 14 分钟 [12, 16]。"));
	return c;
}

static void made_comparison_free(struct rehearse_comparison *c)
{
	free(c->rows);
	free(c->sentences);
	free(c);
}

#endif
