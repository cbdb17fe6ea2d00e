/* rehearse/collect.c: what single runs said, kept by replication, and made into rows with intervals and bands.
 *
 * A row's values are written by whichever thread ran the replication, each into its own place: the result does not depend on
 * who ran what when. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/collect.h"

size_t collect_bytes(const struct built *b, uint32_t runs)
{
	size_t subjects = (size_t)b->p->zone_count + b->p->checkpoint_count + b->p->link_count + PLAN_STAGE_COUNT;
	size_t samples = (size_t)(b->net.until_s / b->net.sample_s) + 2, bands = 3 + (size_t)b->p->zone_count +
		3 * ((size_t)b->p->checkpoint_count + PLAN_STAGE_COUNT);
	size_t kept = runs < BAND_RUNS_MAX ? runs : BAND_RUNS_MAX;
	return subjects * 10 * (sizeof(struct rehearse_row) + runs * sizeof(double)) + bands * samples * (kept + 3) * sizeof(float);
}

/* ---- subjects ---- */

static err_t name_areas(struct collected *c)
{
	const struct plan *p = c->b->p;
	for (uint32_t i = 0; i < p->zone_count; i++) {
		const struct plan_zone *z = &p->zones[i];
		if (z->feature == UINT32_MAX || is_outside(p, i))
			continue;
		struct point_m at = geo_centre(&p->features[z->feature].shape);
		const struct crowd_area *a = &c->b->areas[c->b->area_of[i]];
		struct rehearse_named *n = subject_add(c, REHEARSE_AREA);
		c->area[c->r->subject_count[REHEARSE_AREA] - 1] = c->b->area_of[i];
		*n = (struct rehearse_named){rehearsal_string(c->r, z->id), rehearsal_name(c->r, z->name), at.x_m, at.y_m, a->limit_ppl,
			z->usable_m2};
		if (n->id == NULL || n->name.en == NULL || n->name.zh == NULL)
			return ERR_MEMORY;
	}
	return ERR_NONE;
}

static err_t name_checkpoints(struct collected *c)
{
	const struct plan *p = c->b->p;
	for (uint32_t i = 0; i < p->checkpoint_count; i++) {
		uint32_t found[2] = {CROWD_NONE, CROWD_NONE}, count = 0;
		for (uint32_t k = 0; k < c->b->net.checkpoint_count && count < 2; k++)
			if (c->b->checkpoint_of[k] == i)
				found[count++] = k;
		if (count == 0)
			continue;
		const struct plan_checkpoint *q = &p->checkpoints[i];
		struct point_m at = geo_centre(&p->features[q->feature].shape);
		struct rehearse_named *n = subject_add(c, REHEARSE_CHECKPOINT);
		memcpy(c->check[c->r->subject_count[REHEARSE_CHECKPOINT] - 1], found, sizeof(found));
		*n = (struct rehearse_named){rehearsal_string(c->r, q->id), rehearsal_name(c->r, q->name), at.x_m, at.y_m, NAN, NAN};
		if (n->id == NULL || n->name.en == NULL || n->name.zh == NULL)
			return ERR_MEMORY;
	}
	return ERR_NONE;
}

static err_t name_links(struct collected *c)
{
	const struct plan *p = c->b->p;
	for (uint32_t i = 0; i < p->link_count; i++) {
		uint32_t found[2] = {CROWD_NONE, CROWD_NONE}, count = 0;
		for (uint32_t k = 0; k < c->b->net.link_count && count < 2; k++)
			if (c->b->link_of[k] == i)
				found[count++] = k;
		if (count == 0)
			continue;
		const struct plan_feature *f = &p->features[p->links[i].feature];
		struct point_m at = geo_centre(&f->shape);
		struct rehearse_named *n = subject_add(c, REHEARSE_LINK);
		memcpy(c->link[c->r->subject_count[REHEARSE_LINK] - 1], found, sizeof(found));
		*n = (struct rehearse_named){rehearsal_string(c->r, p->links[i].id), rehearsal_name(c->r, f->name), at.x_m, at.y_m, NAN,
			p->links[i].width_m * p->links[i].length_m};
		if (n->id == NULL || n->name.en == NULL || n->name.zh == NULL)
			return ERR_MEMORY;
	}
	return ERR_NONE;
}

static const struct plan_name stage_names[PLAN_STAGE_COUNT] = {{"预检", "Pre-check"}, {"检票", "Ticket check"},
	{"安检", "Security check"}, {"出口", "Exits"}, {"通行口", "Doors"}};

static void name_stages(struct collected *c)
{
	for (uint32_t stage = 0; stage < PLAN_TRANSFER; stage++) {
		bool found = false;
		for (uint32_t k = 0; k < c->b->net.checkpoint_count; k++)
			found = found || c->b->checkpoints[k].stage == stage;
		if (!found)
			continue;
		struct rehearse_named *n = subject_add(c, REHEARSE_STAGE);
		c->stage[c->r->subject_count[REHEARSE_STAGE] - 1] = stage;
		*n = (struct rehearse_named){plan_stage_word((enum plan_stage)stage), stage_names[stage], NAN, NAN, NAN, NAN};
	}
}

/* ---- rows and bands ---- */

/* What the walkers' level does not measure has no row, rather than one that says zero. */
static bool walkers_tell(const struct collected *c, enum rehearse_figure f, uint32_t subject)
{
	enum rehearse_subject kind = rehearse_figure_row(f)->subject;
	if (kind == REHEARSE_LINK || f == REHEARSE_FIGURE_SPILLBACK_AT || f == REHEARSE_FIGURE_AREA_FULL || f == REHEARSE_FIGURE_AREA_FULL_AT)
		return false;
	return kind != REHEARSE_CHECKPOINT || c->b->checkpoints[c->check[subject][0]].lane_count > 0;
}

static bool figure_is_wanted(const struct collected *c, enum rehearse_figure f, uint32_t subject)
{
	bool ingress = c->b->s->phase == REHEARSE_INGRESS;
	if (f == REHEARSE_FIGURE_ALL_OUT || f == REHEARSE_FIGURE_OUT_TIME)
		return !ingress;
	if (f <= REHEARSE_FIGURE_TO_IN_P95 || (f >= REHEARSE_FIGURE_STREET_MAX && f <= REHEARSE_FIGURE_STREET_PPL_MIN))
		return ingress;
	if (c->b->s->level == REHEARSE_MICRO && !walkers_tell(c, f, subject))
		return false;
	bool lanes_only = f == REHEARSE_FIGURE_CHECK_REFUSED || f == REHEARSE_FIGURE_CHECK_BUSY || f == REHEARSE_FIGURE_CHECK_BLOCKED;
	return !lanes_only || c->b->checkpoints[c->check[subject][0]].lane_count > 0;
}

static err_t make_rows(struct collected *c)
{
	struct rehearsal *r = c->r;
	uint32_t most = 0;
	for (uint32_t f = 0; f < REHEARSE_FIGURE_COUNT; f++)
		most += r->subject_count[rehearse_figure_row((enum rehearse_figure)f)->subject];
	r->rows = arena_alloc_array(r->arena, most + 1, sizeof(*r->rows));
	if (r->rows == NULL)
		return ERR_MEMORY;
	for (uint32_t f = 0; f < REHEARSE_FIGURE_COUNT; f++) {
		for (uint32_t i = 0; i < r->subject_count[rehearse_figure_row((enum rehearse_figure)f)->subject]; i++) {
			if (!figure_is_wanted(c, (enum rehearse_figure)f, i))
				continue;
			struct rehearse_row *row = &r->rows[r->row_count++];
			*row = (struct rehearse_row){.figure = (enum rehearse_figure)f, .subject = i,
				.runs = arena_alloc_array(r->arena, c->runs, sizeof(double))};
			if (row->runs == NULL)
				return ERR_MEMORY;
		}
	}
	return ERR_NONE;
}

static void band_add(struct rehearsal *r, const char *word, enum rehearse_subject kind, uint32_t subject)
{
	r->bands[r->band_count++] = (struct rehearse_band){.word = word, .kind = kind, .subject = subject};
}

static err_t make_bands(struct collected *c)
{
	struct rehearsal *r = c->r;
	uint32_t areas = r->subject_count[REHEARSE_AREA], checks = r->subject_count[REHEARSE_CHECKPOINT];
	uint32_t stages = r->subject_count[REHEARSE_STAGE];
	r->bands = arena_alloc_array(r->arena, 3 + areas + 3 * (checks + stages), sizeof(*r->bands));
	if (r->bands == NULL)
		return ERR_MEMORY;
	bool ingress = c->b->s->phase == REHEARSE_INGRESS;
	band_add(r, ingress ? "come" : "out", REHEARSE_WHOLE, 0);
	if (ingress)
		band_add(r, "in", REHEARSE_WHOLE, 0);
	for (uint32_t i = 0; i < areas; i++)
		band_add(r, "people", REHEARSE_AREA, i);
	static const char *const words[] = {"queue", "wait", "passed"};
	for (uint32_t i = 0; i < checks; i++)
		for (uint32_t w = 0; w < 3; w++)
			band_add(r, words[w], REHEARSE_CHECKPOINT, i);
	for (uint32_t i = 0; i < stages; i++)
		for (uint32_t w = 0; w < 3; w++)
			band_add(r, words[w], REHEARSE_STAGE, i);
	size_t values = (size_t)r->band_count * c->band_runs * c->samples;
	c->values = malloc(values * sizeof(*c->values) + 1);
	return c->values == NULL ? ERR_MEMORY : ERR_NONE;
}

static err_t quarters_new(struct collected *c)
{
	size_t values = (size_t)c->runs * c->r->subject_count[REHEARSE_CHECKPOINT] * c->quarters->count + 1;
	c->quarters->wait_s = arena_alloc_array(c->r->arena, values, sizeof(float));
	c->quarters->passed = arena_alloc_array(c->r->arena, values, sizeof(float));
	return c->quarters->wait_s == NULL || c->quarters->passed == NULL ? ERR_MEMORY : ERR_NONE;
}

err_t collected_new(const struct built *b, struct rehearsal *r, uint32_t runs, struct quarters *q, struct collected **out)
{
	struct collected *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return ERR_MEMORY;
	*c = (struct collected){.b = b, .r = r, .runs = runs, .quarters = q, .band_runs = runs < BAND_RUNS_MAX ? runs : BAND_RUNS_MAX,
		.samples = (uint32_t)(b->net.until_s / b->net.sample_s) + 1};
	err_t error = subjects_new(c);
	if (error == ERR_NONE) {
		*subject_add(c, REHEARSE_WHOLE) = (struct rehearse_named){"whole", r->plan_name, NAN, NAN, NAN, NAN};
		error = name_areas(c);
	}
	if (error == ERR_NONE)
		error = name_checkpoints(c);
	if (error == ERR_NONE)
		error = name_links(c);
	if (error == ERR_NONE) {
		name_stages(c);
		error = make_rows(c);
	}
	if (error == ERR_NONE)
		error = make_bands(c);
	if (error == ERR_NONE && q != NULL)
		error = quarters_new(c);
	if (error != ERR_NONE) {
		collected_free(c);
		return error;
	}
	*out = c;
	return ERR_NONE;
}

void collected_free(struct collected *c)
{
	if (c == NULL)
		return;
	free(c->values);
	free(c);
}

err_t subjects_new(struct collected *c)
{
	const struct plan *p = c->b->p;
	struct arena *arena = c->r->arena;
	uint32_t most[REHEARSE_SUBJECT_COUNT] = {1, p->zone_count, p->checkpoint_count, PLAN_STAGE_COUNT, p->link_count};
	for (uint32_t s = 0; s < REHEARSE_SUBJECT_COUNT; s++) {
		c->r->subjects[s] = arena_alloc_array(arena, most[s] + 1, sizeof(**c->r->subjects));
		if (c->r->subjects[s] == NULL)
			return ERR_MEMORY;
	}
	c->area = arena_alloc_array(arena, p->zone_count + 1, sizeof(*c->area));
	c->check = arena_alloc_array(arena, p->checkpoint_count + 1, sizeof(*c->check));
	c->link = arena_alloc_array(arena, p->link_count + 1, sizeof(*c->link));
	return c->area == NULL || c->check == NULL || c->link == NULL ? ERR_MEMORY : ERR_NONE;
}

struct rehearse_named *subject_add(struct collected *c, enum rehearse_subject kind)
{
	return &c->r->subjects[kind][c->r->subject_count[kind]++];
}

/* ---- the end: estimates and bands ---- */

/* The last minute in which anybody came, came in or went. */
static uint32_t last_busy_minute(const struct collected *c, uint32_t runs)
{
	uint32_t last = 0, totals = c->b->s->phase == REHEARSE_INGRESS ? 2 : 1;
	for (uint32_t k = 0; k < runs && k < c->band_runs; k++) {
		for (uint32_t band = 0; band < totals; band++) {
			const float *v = values_at(c, k, band);
			uint32_t i = c->samples - 1;
			while (i > last && v[i] == v[i - 1])
				i--;
			last = i > last ? i : last;
		}
	}
	return last + 3 < c->samples ? last + 3 : c->samples;
}

static err_t finish_band(const struct collected *c, uint32_t band, uint32_t runs, double *scratch)
{
	struct rehearse_band *out = &c->r->bands[band];
	uint32_t minutes = c->r->minute_count;
	out->mean = arena_alloc_array(c->r->arena, minutes + 1, sizeof(float));
	out->p10 = arena_alloc_array(c->r->arena, minutes + 1, sizeof(float));
	out->p90 = arena_alloc_array(c->r->arena, minutes + 1, sizeof(float));
	if (out->mean == NULL || out->p10 == NULL || out->p90 == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < minutes; i++) {
		uint32_t count = 0;
		double sum = 0;
		for (uint32_t k = 0; k < runs; k++) {
			double v = values_at(c, k, band)[i];
			if (isnan(v))
				continue;
			scratch[count++] = v;
			sum += v;
		}
		out->mean[i] = count == 0 ? NAN : (float)(sum / count);
		out->p10[i] = (float)crowd_quantile(scratch, count, 0.1);
		out->p90[i] = (float)crowd_quantile(scratch, count, 0.9);
	}
	return ERR_NONE;
}

err_t collect_finish(struct collected *c, uint32_t runs_done)
{
	struct rehearsal *r = c->r;
	r->runs = runs_done;
	for (uint32_t i = 0; i < r->row_count; i++)
		r->rows[i].estimate = crowd_estimate_of(r->rows[i].runs, runs_done);
	uint32_t kept = runs_done < c->band_runs ? runs_done : c->band_runs;
	r->minute_count = kept == 0 ? 0 : last_busy_minute(c, kept);
	double scratch[BAND_RUNS_MAX];
	for (uint32_t band = 0; band < r->band_count; band++) {
		err_t error = finish_band(c, band, kept, scratch);
		if (error != ERR_NONE)
			return error;
	}
	return ERR_NONE;
}
