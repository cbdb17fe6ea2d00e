/* rehearse/lanes_judge.c: a proposal of lanes, run and read. */
#include <math.h>
#include <string.h>

#include "rehearse/lanes.h"

#define JUDGEMENTS_GUESSED 40 /* for the progress: how many a search takes */

/* A change for each stretch of quarters with the same lanes; the last one goes on to the end. */
static void write_changes(struct search *s)
{
	uint32_t count = s->own_changes;
	for (uint32_t c = 0; c < s->check_count; c++) {
		for (uint32_t q = 0; q < s->quarter_count;) {
			uint32_t end = q + 1;
			while (end < s->quarter_count && LANES_AT(s, c, end) == LANES_AT(s, c, q))
				end++;
			double to_s = end == s->quarter_count ? fmax(s->until_s, s->from_s + 900.0 * end) + 60 : s->from_s + 900.0 * end;
			s->changes[count++] = (struct rehearse_change){REHEARSE_CHANGE_LANES, s->p->checkpoints[s->plan_index[c]].id,
				LANES_AT(s, c, q), (s->from_s + 900.0 * q) / 60, to_s / 60};
			q = end;
		}
	}
	s->s.changes = s->changes;
	s->s.change_count = count;
}

float quarter_mean(const struct quarters *q, const float *values, uint32_t runs, uint32_t subjects, uint32_t subject, uint32_t quarter)
{
	float sum = 0, count = 0;
	for (uint32_t k = 0; k < runs; k++) {
		float v = values[((size_t)k * subjects + subject) * q->count + quarter];
		if (isnan(v))
			continue;
		sum += v;
		count++;
	}
	return count > 0 ? sum / count : NAN;
}

static void read_waits(struct search *s, const struct rehearsal *r, const struct quarters *q)
{
	uint32_t subjects = r->subject_count[REHEARSE_CHECKPOINT];
	for (uint32_t c = 0; c < s->check_count; c++) {
		for (uint32_t k = 0; k < s->quarter_count; k++)
			s->wait_s[(size_t)c * s->quarter_count + k] = (double)quarter_mean(q, q->wait_s, r->runs, subjects, s->subject[c], k);
		s->wait_p95_s[c] = row_find(r, REHEARSE_FIGURE_CHECK_WAIT_P95, s->subject[c])->estimate.mean;
	}
	s->to_in_s = row_find(r, REHEARSE_FIGURE_TO_IN_MEAN, 0)->estimate.mean;
}

err_t lanes_judge(struct search *s, uint32_t replications, struct rehearsal **out, struct quarters *q)
{
	struct rehearsal *r = NULL;
	struct quarters own, *used = q == NULL ? &own : q;
	struct rehearse_settings settings;
	write_changes(s);
	*used = (struct quarters){.from_s = s->from_s, .count = s->quarter_count};
	settings = s->s;
	settings.replications = replications;
	settings.progress = NULL;
	err_t error = rehearse_checked(s->p, &settings, used, &r, s->problem);
	if (error == ERR_NONE && r->stopped)
		error = problem_set(s->problem, ERR_CROWD_STOPPED, NULL, "the search for lanes was stopped");
	if (error == ERR_NONE) {
		read_waits(s, r, used);
		s->judged++;
		if (s->s.progress != NULL)
			s->s.progress(s->s.ctx, s->judged < JUDGEMENTS_GUESSED ? s->judged : JUDGEMENTS_GUESSED - 1, JUDGEMENTS_GUESSED);
	}
	if (error == ERR_NONE && out != NULL)
		*out = r;
	else
		rehearsal_free(r);
	return error;
}

err_t lanes_loads(struct search *s)
{
	struct quarters q;
	struct rehearsal *r = NULL;
	for (uint32_t i = 0; i < s->check_count * s->quarter_count; i++)
		s->lanes[i] = PLAN_LANES_MAX;
	err_t error = lanes_judge(s, s->s.replications < 2 ? s->s.replications : 2, &r, &q);
	if (error != ERR_NONE)
		return error;
	for (uint32_t c = 0; c < s->check_count; c++)
		for (uint32_t k = 0; k < s->quarter_count; k++) {
			float passed = quarter_mean(&q, q.passed, r->runs, r->subject_count[REHEARSE_CHECKPOINT], s->subject[c], k);
			s->load[(size_t)c * s->quarter_count + k] = isnan(passed) ? 0 : (double)passed / 15 / s->rate_ppl_min[c];
		}
	rehearsal_free(r);
	return ERR_NONE;
}
