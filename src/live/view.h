/* live/view.h: a fold as the JSON of docs/STATE.md, whole or as what changed.
 *
 *   view_make         renders every member and every item of the lists, once
 *   view_write_state  puts all of them together
 *   view_write_delta  puts those together whose text differs from what was told last, and remembers
 *
 * So a delta can only say what a whole state would say.
 */
#ifndef CORDON_LIVE_VIEW_H
#define CORDON_LIVE_VIEW_H

#include "live/fold.h"

struct view;
struct view_of { const char *session; bool exercise; double speed; uint64_t seq; at_ms at; };

err_t view_new(struct view **out);
void view_free(struct view *v);
err_t view_make(struct view *v, const struct fold *f, const struct view_of *of);
err_t view_write_state(const struct view *v, const struct fold *f, const struct view_of *of, struct buf *out);
/* *out_changed = false: nothing did, and nothing was written. Takes the ledger's marks of changed minutes. */
err_t view_write_delta(struct view *v, struct fold *f, const struct view_of *of, struct buf *out, bool *out_changed);
/* What stands in a whole state that was just sent to all counts as told. */
void view_mark_told(struct view *v, struct fold *f);
void view_write_beat(const struct view_of *of, int offset_min, struct buf *out);
#define VIEW_BYTES_MAX ((size_t)64 << 20)

/* The other answers (live/answers.c). */
struct flow_range { struct text checkpoint; at_ms at_from, at_to; };
err_t answer_flow(const struct fold *f, const struct flow_range *range, struct buf *out);
struct conflict_first { bool is_found; struct ledger_passage passage; at_ms at_recorded; };
/* `firsts`: what was counted, in the order of f->conflicts; NULL: not looked up. */
void answer_conflicts(const struct fold *f, const struct conflict_first *firsts, struct buf *out);
/* Found if they lie in the last million records. Moves the reader. Errors: of reading. */
err_t conflicts_find_first(struct journal_reader *reader, const struct fold *f, struct conflict_first firsts[FOLD_CONFLICTS_MAX]);
/* One journal record as a JSON object, into a list that was opened with '['. */
void answer_record(const struct fold *f, uint64_t number, at_ms at_recorded, const struct input *in, struct buf *out);

#endif
