/* rehearse/collect_run.c: one run of the network -> the values of its row and its bands. */
#include <math.h>

#include "rehearse/collect.h"

#define GROUPS_MAX 4096

/* ---- waits of several checks together ---- */

static double share_within(const struct crowd_waits *w, double at_s)
{
	const double x[4] = {0, w->p50_s, w->p95_s, w->max_s}, y[4] = {0, 0.5, 0.95, 1};
	for (int i = 3; i >= 0; i--) {
		if (at_s < x[i])
			continue;
		if (i == 3)
			return 1;
		return x[i + 1] > x[i] ? y[i] + (y[i + 1] - y[i]) * (at_s - x[i]) / (x[i + 1] - x[i]) : y[i + 1];
	}
	return 0;
}

static double quantile_together(const struct crowd_waits *groups, uint32_t count, double people, double share)
{
	double low = 0, high = 0;
	for (uint32_t i = 0; i < count; i++)
		if (groups[i].count > 0)
			high = fmax(high, groups[i].max_s);
	for (int step = 0; step < 50; step++) {
		double middle = (low + high) / 2, within = 0;
		for (uint32_t i = 0; i < count; i++)
			if (groups[i].count > 0)
				within += groups[i].count * share_within(&groups[i], middle);
		if (within < share * people)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct crowd_waits waits_together(const struct crowd_waits *groups, uint32_t count)
{
	struct crowd_waits out = {0, NAN, NAN, NAN, NAN};
	double sum = 0, people = 0;
	uint32_t last = 0, filled = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (groups[i].count == 0)
			continue;
		people += groups[i].count;
		sum += groups[i].count * groups[i].mean_s;
		out.max_s = filled == 0 ? groups[i].max_s : fmax(out.max_s, groups[i].max_s);
		last = i;
		filled++;
	}
	if (filled == 1)
		return groups[last];
	if (filled == 0)
		return out;
	out.count = (uint32_t)people;
	out.mean_s = sum / people;
	out.p50_s = quantile_together(groups, count, people, 0.5);
	out.p95_s = quantile_together(groups, count, people, 0.95);
	return out;
}

/* ---- values ---- */

static double later(const struct collected *c, double at_s)
{
	return at_s + c->b->from_s;
}

static uint32_t all_people(const struct collected *c)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < c->b->net.stream_count; i++)
		sum += c->b->streams[i].ppl;
	return sum;
}

static double over_areas(const struct collected *c, const struct crowd_run *run, enum rehearse_figure f)
{
	double out = f == REHEARSE_FIGURE_SPILLBACK_AT ? NAN : 0;
	for (uint32_t a = 0; a < c->b->net.area_count; a++) {
		const struct crowd_area_result *area = &run->areas[a];
		if (c->b->zone_of[a] == CROWD_NONE || !zone_counts_density(&c->b->p->zones[c->b->zone_of[a]]))
			continue;
		if (f == REHEARSE_FIGURE_DENSITY_WORST)
			out = fmax(out, area->density_max_ppl_m2);
		else if (f == REHEARSE_FIGURE_SPILLBACK_AT)
			out = fmin(out, later(c, area->at_first_full_s));
		else
			out += area->ppl_min_above[f - REHEARSE_FIGURE_PPL_MIN_2];
	}
	return out;
}

static double whole_value(const struct collected *c, const struct crowd_run *run, enum rehearse_figure f)
{
	switch (f) {
	case REHEARSE_FIGURE_ALL_IN: return later(c, run->at_last_in_s);
	case REHEARSE_FIGURE_IN_BY_START: return run->in_by_start;
	case REHEARSE_FIGURE_IN: return run->in;
	case REHEARSE_FIGURE_NOT_IN: return (double)all_people(c) - run->in - run->refused_outside;
	case REHEARSE_FIGURE_REFUSED: return run->refused;
	case REHEARSE_FIGURE_TO_IN_MEAN: return run->to_in.mean_s;
	case REHEARSE_FIGURE_TO_IN_P95: return run->to_in.p95_s;
	case REHEARSE_FIGURE_STREET_MAX: return run->street_max_ppl;
	case REHEARSE_FIGURE_STREET_AT: return later(c, run->at_first_street_s);
	case REHEARSE_FIGURE_STREET_PPL_MIN: return run->street_ppl_min;
	case REHEARSE_FIGURE_ALL_OUT: return later(c, run->at_last_reached_s);
	case REHEARSE_FIGURE_OUT_TIME: return c->b->s->phase == REHEARSE_EVACUATION ? run->at_last_reached_s :
		later(c, run->at_last_reached_s) - (double)(c->b->p->at_end - c->b->p->at_start) / 1000;
	default: return over_areas(c, run, f);
	}
}

static double area_value(const struct collected *c, const struct crowd_run *run, enum rehearse_figure f, uint32_t subject)
{
	const struct crowd_area_result *a = &run->areas[c->area[subject]];
	switch (f) {
	case REHEARSE_FIGURE_AREA_PEOPLE_MAX: return a->people_max;
	case REHEARSE_FIGURE_AREA_PEOPLE_AT: return a->people_max > 0 ? later(c, a->at_people_max_s) : NAN;
	case REHEARSE_FIGURE_AREA_DENSITY_MAX: /* people in seats are no crowd */
		return zone_counts_density(&c->b->p->zones[c->b->zone_of[c->area[subject]]]) ? a->density_max_ppl_m2 : NAN;
	case REHEARSE_FIGURE_AREA_FULL_AT: return later(c, a->at_first_full_s);
	case REHEARSE_FIGURE_AREA_FULL: return a->full_s;
	default: return a->ppl_min_above[f - REHEARSE_FIGURE_AREA_PPL_MIN_2];
	}
}

static double check_value(const struct collected *c, const struct crowd_run *run, enum rehearse_figure f, uint32_t subject)
{
	const uint32_t *at = c->check[subject];
	const struct crowd_checkpoint_result *a = &run->checkpoints[at[0]], *b = at[1] == CROWD_NONE ? NULL : &run->checkpoints[at[1]];
	const struct crowd_waits both[2] = {a->wait, b == NULL ? (struct crowd_waits){0} : b->wait};
	const struct crowd_checkpoint_result *longer = b != NULL && b->queue_max_ppl > a->queue_max_ppl ? b : a;
	switch (f) {
	case REHEARSE_FIGURE_CHECK_PASSED: return a->passed + (b == NULL ? 0.0 : b->passed);
	case REHEARSE_FIGURE_CHECK_REFUSED: return a->refused;
	case REHEARSE_FIGURE_CHECK_WAIT_MEAN: return waits_together(both, 2).mean_s;
	case REHEARSE_FIGURE_CHECK_WAIT_P50: return waits_together(both, 2).p50_s;
	case REHEARSE_FIGURE_CHECK_WAIT_P95: return waits_together(both, 2).p95_s;
	case REHEARSE_FIGURE_CHECK_QUEUE_MAX: return longer->queue_max_ppl;
	case REHEARSE_FIGURE_CHECK_QUEUE_AT: return longer->queue_max_ppl > 0 ? later(c, longer->at_queue_max_s) : NAN;
	case REHEARSE_FIGURE_CHECK_BUSY: return a->busy_share;
	case REHEARSE_FIGURE_CHECK_BLOCKED: return a->blocked_s;
	default: return later(c, b == NULL ? a->at_last_s : fmax(a->at_last_s, b->at_last_s));
	}
}

static double link_value(const struct collected *c, const struct crowd_run *run, enum rehearse_figure f, uint32_t subject)
{
	const uint32_t *at = c->link[subject];
	const struct crowd_link_result *a = &run->links[at[0]], *b = at[1] == CROWD_NONE ? NULL : &run->links[at[1]];
	switch (f) {
	case REHEARSE_FIGURE_LINK_DENSITY_MAX: return b == NULL ? a->density_max_ppl_m2 : fmax(a->density_max_ppl_m2, b->density_max_ppl_m2);
	case REHEARSE_FIGURE_LINK_HELD: return b == NULL ? a->held_s : fmax(a->held_s, b->held_s);
	default: return a->passed + (b == NULL ? 0.0 : b->passed);
	}
}

static float queue_of_stage(const struct collected *c, const struct crowd_run *run, uint32_t stage, uint32_t sample)
{
	float sum = 0;
	for (uint32_t k = 0; k < c->b->net.checkpoint_count; k++)
		if (c->b->checkpoints[k].stage == stage)
			sum += run->queue_ppl[(size_t)sample * c->b->net.checkpoint_count + k];
	return sum;
}

static double stage_value(const struct collected *c, const struct crowd_run *run, enum rehearse_figure f, uint32_t subject)
{
	struct crowd_waits groups[GROUPS_MAX];
	uint32_t count = 0;
	if (f == REHEARSE_FIGURE_STAGE_QUEUE_MAX) {
		float most = 0;
		for (uint32_t i = 0; i < run->sample_count; i++)
			most = fmaxf(most, queue_of_stage(c, run, c->stage[subject], i));
		return (double)most;
	}
	for (uint32_t k = 0; k < c->b->net.checkpoint_count && count < GROUPS_MAX; k++)
		if (c->b->checkpoints[k].stage == c->stage[subject])
			groups[count++] = run->checkpoints[k].wait;
	struct crowd_waits together = waits_together(groups, count);
	return f == REHEARSE_FIGURE_STAGE_WAIT_MEAN ? together.mean_s : together.p95_s;
}

static double value_of(const struct collected *c, const struct crowd_run *run, const struct rehearse_row *row)
{
	switch (rehearse_figure_row(row->figure)->subject) {
	case REHEARSE_WHOLE: return whole_value(c, run, row->figure);
	case REHEARSE_AREA: return area_value(c, run, row->figure, row->subject);
	case REHEARSE_CHECKPOINT: return check_value(c, run, row->figure, row->subject);
	case REHEARSE_STAGE: return stage_value(c, run, row->figure, row->subject);
	default: return link_value(c, run, row->figure, row->subject);
	}
}

/* ---- bands ---- */

/* Of one or two checks: queue, wait of those who began since the last minute (the mean of both), passed in all. */
static float check_minute(const struct collected *c, const struct crowd_run *run, char word, const uint32_t *at, uint32_t i)
{
	size_t first = (size_t)i * c->b->net.checkpoint_count;
	float a = word == 'q' ? run->queue_ppl[first + at[0]] : word == 'w' ? run->wait_s[first + at[0]] :
		(float)run->passed_total[first + at[0]];
	if (at[1] == CROWD_NONE)
		return a;
	float b = word == 'q' ? run->queue_ppl[first + at[1]] : word == 'w' ? run->wait_s[first + at[1]] :
		(float)run->passed_total[first + at[1]];
	return word != 'w' ? a + b : isnan(a) ? b : isnan(b) ? a : (a + b) / 2;
}

/* The wait of a stage: each check counts by those whom it passed in this minute. */
static float stage_minute(const struct collected *c, const struct crowd_run *run, char word, uint32_t stage, uint32_t i)
{
	size_t count = c->b->net.checkpoint_count, first = i * count;
	float sum = 0, people = 0;
	for (uint32_t k = 0; k < count; k++) {
		if (c->b->checkpoints[k].stage != stage)
			continue;
		uint32_t passed = run->passed_total[first + k] - (i == 0 ? 0 : run->passed_total[first - count + k]);
		float weight = passed == 0 ? 1 : (float)passed;
		if (word == 'q')
			sum += run->queue_ppl[first + k];
		else if (word == 'p')
			sum += (float)run->passed_total[first + k];
		else if (!isnan(run->wait_s[first + k])) {
			sum += weight * run->wait_s[first + k];
			people += weight;
		}
	}
	return word != 'w' ? sum : people > 0 ? sum / people : NAN;
}

static float band_minute(const struct collected *c, const struct crowd_run *run, const struct rehearse_band *band, uint32_t i)
{
	if (i >= run->sample_count) /* the run was over before its time */
		return run->sample_count == 0 || band->word[0] == 'w' ? NAN : band_minute(c, run, band, run->sample_count - 1);
	switch (band->kind) {
	case REHEARSE_WHOLE:
		return (float)(band->word[0] == 'c' ? run->come_total[i] : band->word[0] == 'i' ? run->in_total[i] : run->reached_total[i]);
	case REHEARSE_AREA: return run->area_people[(size_t)i * c->b->net.area_count + c->area[band->subject]];
	case REHEARSE_CHECKPOINT: return check_minute(c, run, band->word[0], c->check[band->subject], i);
	default: return stage_minute(c, run, band->word[0], c->stage[band->subject], i);
	}
}

/* The worst minute stands for its quarter: within a minute people wait nearly alike, because each queue is first come, first served.
 * Nobody's wait counts from before the doors: no lane can help there. */
static void collect_quarters(struct collected *c, uint32_t replication, const struct crowd_run *run)
{
	uint32_t checks = c->r->subject_count[REHEARSE_CHECKPOINT];
	const struct plan *p = c->b->p;
	double doors_s = p->at_doors == AT_NONE ? -INFINITY : (double)(p->at_doors - p->at_start) / 1000 - c->b->from_s;
	for (uint32_t i = 0; i < checks; i++) {
		float *wait = c->quarters->wait_s + ((size_t)replication * checks + i) * c->quarters->count;
		float *passed = c->quarters->passed + ((size_t)replication * checks + i) * c->quarters->count;
		float before = 0;
		for (uint32_t q = 0; q < c->quarters->count; q++) {
			float last = before;
			wait[q] = NAN;
			for (uint32_t m = 0; m < 15; m++) {
				double at_s = c->quarters->from_s + 900.0 * q + 60.0 * (m + 1) - c->b->from_s;
				if (at_s < 0)
					continue;
				uint32_t sample = (uint32_t)(at_s / 60);
				if (sample >= run->sample_count)
					break;
				float longest = (float)fmax(0, at_s - doors_s), wait_s = check_minute(c, run, 'w', c->check[i], sample);
				wait[q] = fmaxf(wait[q], isnan(wait_s) ? NAN : fminf(wait_s, longest));
				last = check_minute(c, run, 'p', c->check[i], sample);
			}
			passed[q] = last - before;
			before = last;
		}
	}
}

void collect_run(struct collected *c, uint32_t replication, const struct crowd_run *run)
{
	for (uint32_t i = 0; i < c->r->row_count; i++)
		c->r->rows[i].runs[replication] = value_of(c, run, &c->r->rows[i]);
	if (c->quarters != NULL)
		collect_quarters(c, replication, run);
	if (replication >= c->band_runs)
		return;
	for (uint32_t band = 0; band < c->r->band_count; band++) {
		float *values = values_at(c, replication, band);
		for (uint32_t i = 0; i < c->samples; i++)
			values[i] = band_minute(c, run, &c->r->bands[band], i);
	}
}
