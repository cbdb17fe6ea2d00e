/* fuzz/fold_use.c: see fold_use.h. */
#include "fold_use.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/view.h"
#include "hold.h"

static void save(const struct fold *f, struct buf *out)
{
	buf_init(out, FOLD_BYTES_MAX);
	hold(fold_save(f, out) == ERR_NONE, "a fold is saved");
}

struct fold *fold_again(struct fold *f, struct live_plan *known)
{
	struct buf saved;
	struct fold *again;
	save(f, &saved);
	fold_free(f);
	hold(fold_load((struct text){saved.at, saved.size}, known, &again) == ERR_NONE, "what was saved is loaded");
	buf_free(&saved);
	return again;
}

void fold_hold_same(const struct fold *a, const struct fold *b)
{
	struct buf x, y;
	save(a, &x);
	save(b, &y);
	hold(x.size == y.size && memcmp(x.at, y.at, x.size) == 0, "two folds of the same are the same");
	buf_free(&x);
	buf_free(&y);
}

static void hold_json(struct buf *out, const char *what)
{
	json_error_t why;
	hold(out->error == ERR_NONE, what);
	json_t *json = json_loadb(out->at == NULL ? "" : out->at, out->size, 0, &why);
	if (json == NULL)
		fprintf(stderr, "%s at %d in %.*s\n", why.text, why.position, (int)(out->size < 4000 ? out->size : 4000), out->at);
	hold(json != NULL, what);
	json_decref(json);
	buf_reset(out);
}

void fold_use(struct fold *f)
{
	struct view *view;
	struct buf out;
	struct view_of of = {.session = "s", .speed = 1, .seq = 1, .at = f->at_recorded};
	struct flow_range range = {.checkpoint = TEXT(""), .at_from = AT_NONE, .at_to = AT_NONE};
	bool changed;
	buf_init(&out, VIEW_BYTES_MAX);
	hold(ledger_view_books(f->ledger).sum == 0, "the books balance");
	hold(view_new(&view) == ERR_NONE && view_make(view, f, &of) == ERR_NONE, "a view is made");
	hold(view_write_state(view, f, &of, &out) == ERR_NONE, "a state is told");
	hold_json(&out, "a state is JSON");
	hold(view_write_delta(view, f, &of, &out, &changed) == ERR_NONE, "a delta is told");
	if (changed)
		hold_json(&out, "a delta is JSON");
	hold(answer_flow(f, &range, &out) == ERR_NONE, "the flow is told");
	hold_json(&out, "the flow is JSON");
	answer_conflicts(f, NULL, &out);
	hold_json(&out, "the conflicts are JSON");
	view_free(view);
	buf_free(&out);
}
