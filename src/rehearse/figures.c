/* rehearse/figures.c: the rows of figure_list.h. */
#include "rehearse/rehearse.h"

static const struct rehearse_figure_row rows[REHEARSE_FIGURE_COUNT] = {
#define X(NAME, word, subject, unit, better, en, zh) {word, REHEARSE_##subject, unit, REHEARSE_##better, en, zh},
#include "rehearse/figure_list.h"
#undef X
};

const struct rehearse_figure_row *rehearse_figure_row(enum rehearse_figure f)
{
	return &rows[f];
}

const char *rehearse_subject_word(enum rehearse_subject s)
{
	static const char *const words[REHEARSE_SUBJECT_COUNT] = {"whole", "area", "checkpoint", "stage", "link"};
	return words[s];
}
