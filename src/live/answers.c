/* live/answers.c: flow by minutes, conflicts, journal records as JSON. */
#include <stdlib.h>

#include "live/emit.h"
#include "live/view.h"

#define MS_PER_MINUTE 60000

static bool zone_is_inside(const struct fold *f, uint32_t zone)
{
	uint32_t of_plan = f->zones[zone].of_plan;
	return of_plan != NAMES_NONE && live_plan_of(f->plan)->zones[of_plan].counts_inside;
}

static struct ledger_minute minute_of(const struct fold *f, uint32_t checkpoint, uint32_t minute)
{
	struct ledger_minute m = {0};
	ledger_view_minute(f->ledger, checkpoint, ledger_window_at(f->ledger) + (int64_t)minute * MS_PER_MINUTE, &m);
	return m;
}

/* The first and one behind the last minute in which anything happened anywhere. */
static void find_busy(const struct fold *f, uint32_t *out_first, uint32_t *out_end)
{
	uint32_t first = UINT32_MAX, end = 0;
	for (uint32_t c = 0; c < ledger_checkpoint_count(f->ledger); c++) {
		uint32_t used, final_count;
		ledger_view_minutes(f->ledger, c, &used, &final_count);
		end = used > end ? used : end;
		for (uint32_t i = 0; i < used && i < first; i++) {
			struct ledger_minute m = minute_of(f, c, i);
			if (m.in > 0 || m.out > 0)
				first = i;
		}
	}
	*out_first = first < end ? first : end;
	*out_end = end;
}

static uint32_t clamp_minute(const struct fold *f, at_ms at, bool up, uint32_t otherwise)
{
	if (at == AT_NONE)
		return otherwise;
	int64_t minute = (at - ledger_window_at(f->ledger) + (up ? MS_PER_MINUTE - 1 : 0)) / MS_PER_MINUTE;
	return minute < 0 ? 0 : minute > LEDGER_MINUTES_MAX ? LEDGER_MINUTES_MAX : (uint32_t)minute;
}

enum series { SERIES_IN, SERIES_OUT, SERIES_REVISION };

static void add_series(const struct fold *f, uint32_t checkpoint, enum series which, uint32_t first, uint32_t end,
                       struct buf *out)
{
	static const char *keys[] = {"in", "out", "revision"};
	emit_key(out, keys[which]);
	buf_add_char(out, '[');
	for (uint32_t i = first; i < end; i++) {
		struct ledger_minute m = minute_of(f, checkpoint, i);
		emit_comma(out);
		buf_add_i64(out, which == SERIES_IN ? m.in : which == SERIES_OUT ? m.out : m.revision);
	}
	buf_add_char(out, ']');
}

static void add_checkpoint(const struct fold *f, uint32_t checkpoint, uint32_t first, uint32_t end, struct buf *out)
{
	uint32_t used, final_count;
	ledger_view_minutes(f->ledger, checkpoint, &used, &final_count);
	final_count = final_count < first ? 0 : final_count - first;
	emit_comma(out);
	buf_add_char(out, '{');
	emit_str(out, "id", names_at(f->checkpoint_names, checkpoint));
	add_series(f, checkpoint, SERIES_IN, first, end, out);
	add_series(f, checkpoint, SERIES_OUT, first, end, out);
	emit_u64(out, "final_count", final_count > end - first ? end - first : final_count);
	add_series(f, checkpoint, SERIES_REVISION, first, end, out);
	buf_add_char(out, '}');
}

/* What every minute added to the people inside: its checkpoints over the border of the inside zones. */
static err_t add_inside(const struct fold *f, uint32_t first, uint32_t end, struct buf *out)
{
	int64_t *change = calloc((size_t)end + 1, sizeof *change);
	if (change == NULL)
		return ERR_MEMORY;
	for (uint32_t c = 0; c < ledger_checkpoint_count(f->ledger); c++) {
		int way = (int)zone_is_inside(f, f->checkpoints[c].to) - (int)zone_is_inside(f, f->checkpoints[c].from);
		uint32_t used, final_count;
		ledger_view_minutes(f->ledger, c, &used, &final_count);
		for (uint32_t i = 0; way != 0 && i < used && i < end; i++) {
			struct ledger_minute m = minute_of(f, c, i);
			change[i] += way * ((int64_t)m.in - (int64_t)m.out);
		}
	}
	emit_key(out, "inside");
	buf_add_char(out, '[');
	int64_t ppl = 0;
	for (uint32_t i = 0; i < end; i++) {
		ppl += change[i];
		if (i < first)
			continue;
		emit_comma(out);
		buf_add_i64(out, ppl);
	}
	buf_add_char(out, ']');
	free(change);
	return out->error;
}

err_t answer_flow(const struct fold *f, const struct flow_range *range, struct buf *out)
{
	uint32_t first, end, only = NAMES_NONE;
	if (range->checkpoint.size > 0) {
		only = names_find(f->checkpoint_names, range->checkpoint);
		if (only == NAMES_NONE)
			return ERR_PASSAGE_CHECKPOINT;
	}
	find_busy(f, &first, &end);
	first = clamp_minute(f, range->at_from, false, first);
	end = clamp_minute(f, range->at_to, true, end);
	end = end < first ? first : end;
	buf_add_char(out, '{');
	emit_time(out, "from", ledger_window_at(f->ledger) + (int64_t)first * MS_PER_MINUTE,
	          live_plan_of(f->plan)->offset_min);
	emit_u64(out, "step_s", 60);
	emit_key(out, "checkpoints");
	buf_add_char(out, '[');
	for (uint32_t c = 0; c < ledger_checkpoint_count(f->ledger); c++)
		if (only == NAMES_NONE ? f->checkpoints[c].of_plan != NAMES_NONE : c == only)
			add_checkpoint(f, c, first, end, out);
	buf_add_char(out, ']');
	err_t e = add_inside(f, first, end, out);
	buf_add_char(out, '}');
	return e != ERR_NONE ? e : out->error;
}

static void add_passage(const struct fold *f, const struct ledger_passage *p, struct buf *out)
{
	emit_str(out, "device", names_at(f->device_names, p->device));
	emit_str(out, "checkpoint", names_at(f->checkpoint_names, p->checkpoint));
	emit_u64(out, "boot", p->boot);
	emit_u64(out, "seq", p->seq);
	emit_time(out, "at", p->at, live_plan_of(f->plan)->offset_min);
	emit_u64(out, p->totals ? "in_total" : "in", p->in);
	emit_u64(out, p->totals ? "out_total" : "out", p->out);
}

static void add_first(const struct fold *f, const struct conflict_first *first, struct buf *out)
{
	emit_key(out, "first");
	if (first == NULL || !first->is_found) {
		buf_add_str(out, "null");
		return;
	}
	buf_add_char(out, '{');
	emit_time(out, "recorded_at", first->at_recorded, live_plan_of(f->plan)->offset_min);
	add_passage(f, &first->passage, out);
	buf_add_char(out, '}');
}

void answer_conflicts(const struct fold *f, const struct conflict_first *firsts, struct buf *out)
{
	uint64_t held = f->conflict_count < FOLD_CONFLICTS_MAX ? f->conflict_count : FOLD_CONFLICTS_MAX;
	buf_add_char(out, '{');
	emit_u64(out, "count", f->conflict_count);
	emit_key(out, "conflicts");
	buf_add_char(out, '[');
	for (uint64_t n = f->conflict_count - held; n < f->conflict_count; n++) {
		const struct fold_conflict *c = &f->conflicts[n % FOLD_CONFLICTS_MAX];
		emit_comma(out);
		buf_add_char(out, '{');
		emit_time(out, "recorded_at", c->at_recorded, live_plan_of(f->plan)->offset_min);
		add_passage(f, &c->passage, out);
		add_first(f, firsts == NULL ? NULL : &firsts[n % FOLD_CONFLICTS_MAX], out);
		buf_add_char(out, '}');
	}
	buf_add_str(out, "]}");
}

static const char *record_word(enum input_kind kind)
{
	static const char *words[] = {[INPUT_PASSAGE] = "passage", [INPUT_CONFLICT] = "conflict",
		[INPUT_DUPLICATES] = "duplicates", [INPUT_RECOUNT] = "recount", [INPUT_EMPTY] = "empty", [INPUT_LANES] = "lane",
		[INPUT_PLAN] = "plan", [INPUT_TICK] = "tick", [INPUT_CLOSE] = "close", [INPUT_REJECTED] = "rejected"};
	return words[kind];
}

static void add_recount(const struct fold *f, const struct ledger_recount *r, struct buf *out)
{
	emit_str(out, "zone", names_at(f->zone_names, r->zone));
	emit_u64(out, "ppl", r->ppl);
	emit_f64(out, "sigma_ppl", r->sigma_ppl, 1);
	emit_time(out, "at", r->at, live_plan_of(f->plan)->offset_min);
}

/* A lane is told by its place in the checkpoint's list: its name is the plan's of that time. */
static void add_lane(const struct fold *f, const struct input *in, struct buf *out)
{
	emit_str(out, "checkpoint", names_at(f->checkpoint_names, in->checkpoint));
	emit_u64(out, "lane_number", (uint64_t)in->lane + 1);
	emit_bool(out, "open", in->open);
}

void answer_record(const struct fold *f, uint64_t number, at_ms at_recorded, const struct input *in, struct buf *out)
{
	emit_comma(out);
	buf_add_char(out, '{');
	emit_u64(out, "number", number);
	emit_time(out, "recorded_at", at_recorded, live_plan_of(f->plan)->offset_min);
	emit_str(out, "kind", record_word(in->kind));
	switch (in->kind) {
	case INPUT_PASSAGE: case INPUT_CONFLICT: add_passage(f, &in->passage, out); break;
	case INPUT_DUPLICATES:
		emit_str(out, "device", names_at(f->device_names, in->passage.device));
		emit_u64(out, "count", in->passage.in);
		break;
	case INPUT_RECOUNT: add_recount(f, &in->recount, out); break;
	case INPUT_LANES: add_lane(f, in, out); break;
	case INPUT_PLAN:
		emit_u64(out, "version", in->version);
		emit_u64(out, "bytes", in->plan.size);
		break;
	case INPUT_REJECTED: emit_u64(out, "count", in->count); break;
	case INPUT_EMPTY: case INPUT_CLOSE: case INPUT_TICK: break;
	}
	if (in->kind >= INPUT_RECOUNT && in->kind != INPUT_TICK && in->kind != INPUT_REJECTED) {
		emit_text(out, "by", in->by);
		if (in->reason.size > 0)
			emit_text(out, "reason", in->reason);
	}
	buf_add_char(out, '}');
}
