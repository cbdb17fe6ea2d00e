/* rehearse/write/inside.h: what the writers share: how a number, a moment and a name are written for people.
 *
 *   words.c   numbers in words            page.c    the page: order, head; style.c its look
 *   json.c    for programs                figures.c its tables
 *   csv.c     for spreadsheets            chart.c   its lines over time (SVG)
 *   table.c   for a terminal              map.c     its maps (SVG), grid.c its densities
 */
#ifndef CORDON_REHEARSE_WRITE_INSIDE_H
#define CORDON_REHEARSE_WRITE_INSIDE_H

#include "rehearse/rehearse.h"

/* How one reader is spoken to. */
struct voice {
	const struct rehearsal *r;  /* whose clock is meant */
	bool chinese;
	const char *thousand;       /* between groups of three digits */
	const char *none;           /* where there is no number */
};
struct voice voice_of_page(const struct rehearsal *r, bool chinese);
struct voice voice_of_terminal(const struct rehearsal *r, bool chinese);
static inline const char *pick(bool chinese, const char *en, const char *zh) { return chinese ? zh : en; }
static inline const char *name_in(bool chinese, struct plan_name n) { return chinese ? n.zh : n.en; }

/* "7:20", "18,240", "2.31", "84 %", "19:42": a value in its unit, without the unit's name. */
void words_value(struct buf *out, const struct voice *v, const char *unit, double value);
/* The mean of a figure; where it has none in words: "never", "not by the end". */
void words_mean(struct buf *out, const struct voice *v, enum rehearse_figure f, double mean);
/* The same with its sign: "+1:05"; a moment's difference is a time. */
void words_change(struct buf *out, const struct voice *v, const char *unit, double value);
/* "[6:58, 7:41]"; nothing where there is no interval. */
void words_interval(struct buf *out, const struct voice *v, const char *unit, const struct crowd_estimate *e, bool change);
/* "in 12 of 20 runs", where some have no value; false and nothing where all or none have. */
bool words_partly(struct buf *out, const struct voice *v, const struct crowd_estimate *e);
const char *words_unit(const char *unit, bool chinese); /* "min:s"; "" where the value says it itself */
double words_rounded(const char *unit, double value);   /* to what words_value shows: two that show alike are alike */

const char *words_level(enum rehearse_level level, bool chinese);
const char *words_phase(enum rehearse_phase phase, bool chinese);
const char *word_of_level(enum rehearse_level level);   /* in JSON: "meso" */
const char *word_of_phase(enum rehearse_phase phase);
/* What was changed by hand: "exit-N closed; G3-security 6 lanes 18:30-19:30; arrivals 10 min later"; nothing if nothing was. */
void words_changes(struct buf *out, const struct rehearsal *r, bool chinese);
/* An assumption's value: "0.3", "30 s". */
void words_assumption(struct buf *out, const struct rehearse_assumption_row *row, bool chinese);

/* The mean of a figure; NAN where there is none. */
double figure_mean(const struct rehearsal *r, enum rehearse_figure f, uint32_t subject);
const struct rehearse_row *figure_row(const struct rehearsal *r, enum rehearse_figure f, uint32_t subject);
/* The subject of the same id in another rehearsal; CROWD_NONE: it is not there. */
uint32_t subject_by_id(const struct rehearsal *r, enum rehearse_subject kind, const char *id);
const struct rehearse_band *find_band(const struct rehearsal *r, const char *word, enum rehearse_subject kind, uint32_t subject);
/* The `max` subjects of a kind with the greatest value of a figure in `r` or, where it has the same, in `b` (NULL: none): the greatest
 * first; those of 0 or without a value never. Gives how many. */
uint32_t subjects_by(const struct rehearsal *r, const struct rehearsal *b, enum rehearse_subject kind, enum rehearse_figure f,
                     uint32_t *out, uint32_t max);
const struct rehearse_difference *difference_of(const struct rehearse_comparison *c, enum rehearse_figure f, const char *id);

/* The figures in the order of the pages for one subject: `count` of them. */
const enum rehearse_figure *figures_for(enum rehearse_subject kind, enum rehearse_phase phase, uint32_t *count);

/* ---- the page ---- */
struct page {
	struct buf *out;
	struct voice v;
	const struct rehearsal *a, *b;         /* b: NULL without a comparison */
	const struct plan *p_a, *p_b;
	const struct rehearse_comparison *c;
	const struct rehearse_lanes *l;
	uint32_t pictures;                     /* so far: for ids */
};
void page_add(struct page *g, const char *text);           /* as it is */
void page_text(struct page *g, const char *text);          /* with & < > " escaped */
void page_say(struct page *g, const char *en, const char *zh); /* text in the page's language: ours, without escapes */
void page_styles(struct page *g);
void page_script(struct page *g);
void page_figures(struct page *g);
void page_worst(struct page *g);
void page_lanes(struct page *g);
void page_assumptions(struct page *g);
void page_charts(struct page *g);
void page_maps(struct page *g);
/* Density cells as one path a level, in the metres of the map: at most about `bytes_max` of text, coarser where it would be more. */
void page_grid(struct page *g, const struct crowd_grid *grid, size_t bytes_max);
uint32_t density_step(double ppl_m2); /* 0..4: below 1.1, 2.2, 3.5, 4.7, above */

#endif
