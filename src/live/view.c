/* live/view.c: renders zones, checkpoints, devices; puts states and deltas together. The entry chain is in view_chain.c. */
#include "live/view_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- zones ---- */

/* Fruin's walkway levels (J. J. Fruin, Pedestrian Planning and Design, 1971): persons/m2 at which the next begins. */
static const char *walkway_level(double density_ppl_m2)
{
	static const struct { double below; const char *level; } levels[] = {
		{0.31, "A"}, {0.43, "B"}, {0.72, "C"}, {1.08, "D"}, {2.15, "E"}};
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (density_ppl_m2 < levels[i].below)
			return levels[i].level;
	return "F";
}

/* Densities of a moving crowd: Fruin's E/F edge, and 3.5 just under involuntary contact at 3.57 persons/m2 (Fruin). A full
 * zone is a warning at 90 % and critical over 100 % of its capacity, whoever moves in it. */
static const char *zone_state(const struct plan_zone *z, const struct zone_seen *seen)
{
	static const char *words[] = {"normal", "watch", "warning", "critical"};
	if (!seen->known || seen->view.devices_live == 0)
		return "unknown";
	int state = 0;
	if (z->dynamic && isfinite(seen->density_ppl_m2))
		state = seen->density_ppl_m2 > 3.5 ? 3 : seen->density_ppl_m2 >= 2.2 ? 2 : seen->density_ppl_m2 >= 1.1 ? 1 : 0;
	if (seen->capacity_ppl > 0) {
		double full = seen->view.ppl / seen->capacity_ppl;
		int by_capacity = full > 1.0 ? 3 : full >= 0.9 ? 2 : 0;
		state = by_capacity > state ? by_capacity : state;
	}
	return words[state];
}

/* When it is full if people go on coming and leaving as in the last minute; a day ahead is never. */
static at_ms zone_full_at(const struct zone_seen *seen, at_ms at_now)
{
	double net_ppl_min = seen->view.in_ppl_min - seen->view.out_ppl_min;
	double room_ppl = seen->capacity_ppl - fmax(seen->view.ppl, 0);
	if (!seen->known || seen->capacity_ppl <= 0 || room_ppl <= 0 || net_ppl_min < 0.5)
		return AT_NONE;
	double minutes = room_ppl / net_ppl_min;
	return minutes > 1440 ? AT_NONE : view_settle(at_now + (int64_t)(minutes * 60000));
}

static void see_zone(const struct fold *f, const struct plan *plan, uint32_t of_plan, at_ms at_now, struct zone_seen *out)
{
	const struct plan_zone *z = &plan->zones[of_plan];
	out->chart = names_find(f->zone_names, text_of(z->id));
	ledger_view_zone(f->ledger, out->chart, at_now, &out->view);
	bool heard = out->view.in > 0 || out->view.out > 0 || out->view.at_heard != AT_NONE;
	out->known = z->use != PLAN_OUTSIDE && (heard || out->view.recount.at != AT_NONE);
	out->capacity_ppl = live_plan_capacity(f->plan, of_plan);
	out->density_ppl_m2 = out->known && z->usable_m2 > 0 ? fmax(out->view.ppl, 0) / z->usable_m2 : NAN;
}

static void add_people(struct buf *b, const struct ledger_zone_view *v, bool known)
{
	emit_round(b, "ppl", known ? fmax(v->ppl, 0) : NAN);
	emit_round(b, "low", known ? fmax(v->low, 0) : NAN);
	emit_round(b, "high", known ? fmax(v->high, 0) : NAN);
}

static void add_source(struct buf *b, uint32_t live, uint32_t all)
{
	emit_key(b, "source");
	buf_addf(b, "\"%u of %u devices\"", live, all);
}

static void add_recount(struct buf *b, const struct ledger_zone_view *v, const char *by, int offset_min)
{
	if (v->recount.at == AT_NONE) {
		emit_null(b, "recount");
		return;
	}
	emit_key(b, "recount");
	buf_add_char(b, '{');
	emit_u64(b, "ppl", v->recount.ppl);
	emit_f64(b, "sigma_ppl", v->recount.sigma_ppl, 1);
	emit_time(b, "at", v->recount.at, offset_min);
	emit_str(b, "by", by);
	buf_add_char(b, '}');
}

static void render_zone(struct render *r, uint32_t of_plan)
{
	struct buf *b = r->text;
	const struct plan_zone *z = &r->plan->zones[of_plan];
	const struct zone_seen *seen = &r->zones[of_plan];
	const struct ledger_zone_view *v = &seen->view;
	bool live = v->devices_live > 0;
	emit_str(b, "id", z->id);
	add_people(b, v, seen->known);
	emit_i64(b, "ledger", v->balance);
	emit_round(b, "adjusted", v->adjusted - (double)v->emptied);
	emit_bool(b, "at_least", v->at_least);
	emit_time(b, "heard_at", v->at_heard, r->plan->offset_min);
	add_source(b, v->devices_live, v->devices);
	emit_f64(b, "density_ppl_m2", seen->density_ppl_m2, 2);
	emit_str(b, "level", z->dynamic && isfinite(seen->density_ppl_m2) ? walkway_level(seen->density_ppl_m2) : NULL);
	emit_str(b, "state", zone_state(z, seen));
	emit_round(b, "capacity_ppl", seen->capacity_ppl > 0 ? seen->capacity_ppl : NAN);
	emit_f64(b, "in_ppl_min", live ? v->in_ppl_min : NAN, 1);
	emit_f64(b, "out_ppl_min", live ? v->out_ppl_min : NAN, 1);
	emit_time(b, "full_at", live ? zone_full_at(seen, r->of->at) : AT_NONE, r->plan->offset_min);
	add_recount(b, v, r->fold->zones[seen->chart].recount_by, r->plan->offset_min);
}

static void render_inside(struct render *r)
{
	struct buf *b = r->text;
	const struct ledger_zone_view *v = &r->inside;
	emit_round(b, "ppl", fmax(v->ppl, 0));
	emit_round(b, "low", fmax(v->low, 0));
	emit_round(b, "high", fmax(v->high, 0));
	emit_bool(b, "at_least", v->at_least);
	emit_time(b, "heard_at", v->at_heard, r->plan->offset_min);
	add_source(b, v->devices_live, v->devices);
	emit_u64(b, "devices", v->devices);
	emit_u64(b, "devices_live", v->devices_live);
	emit_u64(b, "expected_ppl", r->plan->expected_ppl);
	emit_u64(b, "approved_ppl", r->plan->approved_ppl);
	emit_f64(b, "in_ppl_min", v->devices_live > 0 ? v->in_ppl_min : NAN, 1);
	emit_f64(b, "out_ppl_min", v->devices_live > 0 ? v->out_ppl_min : NAN, 1);
}

/* ---- checkpoints and devices ---- */

static void add_minute(struct render *r, uint32_t chart, uint32_t minute)
{
	struct buf *b = r->text;
	at_ms at = ledger_window_at(r->fold->ledger) + (int64_t)minute * 60000;
	struct ledger_minute m;
	if (!ledger_view_minute(r->fold->ledger, chart, at, &m)) {
		buf_add_str(b, "null");
		return;
	}
	buf_add_char(b, '{');
	emit_time(b, "at", at, r->plan->offset_min);
	emit_u64(b, "in", m.in);
	emit_u64(b, "out", m.out);
	emit_bool(b, "final", m.final);
	emit_u64(b, "revision", m.revision);
	buf_add_char(b, '}');
}

static void add_lanes(struct render *r, const struct plan_checkpoint *c, const struct fold_checkpoint *lanes)
{
	struct buf *b = r->text;
	uint32_t open = 0;
	double capacity_ppl_min = 0;
	for (uint32_t i = 0; i < lanes->lane_count; i++)
		if (lanes->lanes[i].open) {
			open++;
			capacity_ppl_min += c->lanes[i].rate_ppl_min;
		}
	emit_u64(b, "lanes", lanes->lane_count);
	emit_u64(b, "lanes_open", open);
	emit_f64(b, "capacity_ppl_min", lanes->lane_count > 0 ? capacity_ppl_min : NAN, 1);
	emit_key(b, "lane");
	buf_add_char(b, '[');
	for (uint32_t i = 0; i < lanes->lane_count; i++) {
		emit_comma(b);
		buf_add_char(b, '{');
		emit_str(b, "id", c->lanes[i].id);
		emit_bool(b, "open", lanes->lanes[i].open);
		buf_add_char(b, '}');
	}
	buf_add_char(b, ']');
}

static void render_checkpoint(struct render *r, uint32_t of_plan)
{
	struct buf *b = r->text;
	const struct plan_checkpoint *c = &r->plan->checkpoints[of_plan];
	const struct checkpoint_seen *seen = &r->checkpoints[of_plan];
	const struct ledger_checkpoint_view *v = &seen->view;
	uint32_t used, final_count;
	bool live = v->devices_live > 0;
	emit_str(b, "id", c->id);
	emit_u64(b, "in", v->in);
	emit_u64(b, "out", v->out);
	emit_f64(b, "in_ppl_min", live ? v->in_ppl_min : NAN, 1);
	emit_f64(b, "out_ppl_min", live ? v->out_ppl_min : NAN, 1);
	add_lanes(r, c, &r->fold->checkpoints[seen->chart]);
	emit_time(b, "heard_at", v->at_heard, r->plan->offset_min);
	emit_u64(b, "devices", v->devices);
	emit_u64(b, "devices_live", v->devices_live);
	emit_str(b, "state", live ? "normal" : seen->ever ? "silent" : "never");
	ledger_view_minutes(r->fold->ledger, seen->chart, &used, &final_count);
	emit_key(b, "minute");
	if (used == 0)
		buf_add_str(b, "null");
	else
		add_minute(r, seen->chart, used - 1);
}

static void see_checkpoint(const struct fold *f, const struct plan *plan, uint32_t of_plan, at_ms at_now,
                           struct checkpoint_seen *out)
{
	out->chart = names_find(f->checkpoint_names, text_of(plan->checkpoints[of_plan].id));
	ledger_view_checkpoint(f->ledger, out->chart, at_now, &out->view);
	out->ever = out->view.at_heard != AT_NONE;
}

static void render_device(struct render *r, uint32_t of_plan)
{
	static const char *words[] = {[LEDGER_NEVER] = "never", [LEDGER_LIVE] = "live", [LEDGER_SILENT] = "silent",
		[LEDGER_ALARM] = "alarm"};
	struct buf *b = r->text;
	const struct plan_device *d = &r->plan->devices[of_plan];
	struct ledger_device_view v;
	ledger_view_device(r->fold->ledger, names_find(r->fold->device_names, text_of(d->id)), r->of->at, &v);
	bool heard = v.state != LEDGER_NEVER;
	r->checkpoints[d->checkpoint].ever |= heard;
	emit_str(b, "id", d->id);
	emit_str(b, "checkpoint", r->plan->checkpoints[d->checkpoint].id);
	emit_str(b, "state", words[v.state]);
	emit_time(b, "heard_at", v.at_heard, r->plan->offset_min);
	emit_time(b, "event_at", v.at_event, r->plan->offset_min);
	if (heard) {
		emit_u64(b, "boot", v.boot);
		emit_u64(b, "seq", v.seq);
	} else {
		emit_null(b, "boot");
		emit_null(b, "seq");
	}
	emit_u64(b, "missing", v.missing);
	emit_time(b, "missing_since", v.missing > 0 ? v.at_missing_since : AT_NONE, r->plan->offset_min);
	emit_u64(b, "duplicates", v.duplicates);
	emit_u64(b, "conflicts", v.conflicts);
	emit_u64(b, "late", v.late);
	emit_u64(b, "resets", v.resets);
	emit_u64(b, "backwards", v.backwards);
	emit_i64(b, "ahead_ms", v.ahead_ms);
}

/* ---- members that are no lists ---- */

static void render_head(struct render *r)
{
	emit_bool(r->text, "exercise", r->of->exercise);
	emit_f64(r->text, "speed", r->of->speed, 3);
	emit_bool(r->text, "closed", r->fold->at_closed != AT_NONE);
	emit_u64(r->text, "plan_version", r->fold->plan_version);
}

static void render_books(struct render *r)
{
	struct ledger_books books = ledger_view_books(r->fold->ledger);
	emit_i64(r->text, "sum", books.sum);
	emit_u64(r->text, "passages", books.passages);
	emit_u64(r->text, "duplicates", books.duplicates);
	emit_u64(r->text, "conflicts", books.conflicts);
	emit_u64(r->text, "rejected", r->fold->rejected);
	emit_u64(r->text, "late", books.late);
}

static void render_source(struct render *r, uint32_t of_plan)
{
	const struct plan_source *s = &r->plan->sources[of_plan];
	/* The slope of the arrival curve over the minute around now. */
	double share = plan_arrived_share(r->plan, r->of->at + 30000) - plan_arrived_share(r->plan, r->of->at - 30000);
	emit_str(r->text, "id", s->id);
	emit_f64(r->text, "expected_ppl_min", share * s->share * r->plan->expected_ppl, 1);
}

/* What stands in a state, in order. A list's renderer is called for every item. */
static const struct { const char *key; void (*render)(struct render *); } member_rows[VIEW_MEMBERS] = {
	{NULL, render_head}, {"books", render_books}, {"inside", render_inside}, {"all_in", render_all_in}};
/* Devices come before checkpoints when rendering, since they tell whether a checkpoint ever spoke. */
static const struct { const char *key; void (*render)(struct render *, uint32_t); } list_rows[VIEW_LISTS] = {
	{"devices", render_device}, {"zones", render_zone}, {"checkpoints", render_checkpoint},
	{"stages", render_stage}, {"sources", render_source}};

/* ---- making ---- */

err_t view_new(struct view **out)
{
	struct view *v = calloc(1, sizeof *v);
	if (v == NULL)
		return ERR_MEMORY;
	buf_init(&v->text, VIEW_BYTES_MAX);
	*out = v;
	return ERR_NONE;
}

static void forget_plan(struct view *v)
{
	for (int list = 0; list < VIEW_LISTS; list++) {
		free(v->items[list]);
		v->items[list] = NULL;
		v->counts[list] = 0;
	}
	free(v->zones);
	free(v->checkpoints);
	v->zones = NULL;
	v->checkpoints = NULL;
	v->plan = NULL;
}

void view_free(struct view *v)
{
	if (v == NULL)
		return;
	forget_plan(v);
	buf_free(&v->text);
	free(v);
}

/* Room for the lists of another plan. The plan itself is kept alive by the fold. */
static err_t take_plan(struct view *v, const struct fold *f)
{
	const struct plan *plan = live_plan_of(f->plan);
	uint32_t counts[VIEW_LISTS] = {[VIEW_ZONES] = plan->zone_count, [VIEW_CHECKPOINTS] = plan->checkpoint_count,
		[VIEW_DEVICES] = plan->device_count, [VIEW_SOURCES] = plan->source_count};
	counts[VIEW_STAGES] = view_count_stages(plan);
	forget_plan(v);
	v->zones = calloc(plan->zone_count + 1, sizeof *v->zones);
	v->checkpoints = calloc(plan->checkpoint_count + 1, sizeof *v->checkpoints);
	bool enough = v->zones != NULL && v->checkpoints != NULL;
	for (int list = 0; list < VIEW_LISTS; list++) {
		v->items[list] = calloc(counts[list] + 1, sizeof *v->items[list]);
		enough &= v->items[list] != NULL;
		v->counts[list] = counts[list];
	}
	if (!enough) {
		forget_plan(v);
		return ERR_MEMORY;
	}
	v->plan = f->plan;
	v->plan_version = f->plan_version;
	return ERR_NONE;
}

static void see_inside(struct render *r)
{
	uint32_t zones[PLAN_ZONES_MAX], count = 0;
	for (uint32_t i = 0; i < r->plan->zone_count; i++)
		if (r->plan->zones[i].counts_inside)
			zones[count++] = r->zones[i].chart;
	ledger_view_zones(r->fold->ledger, zones, count, r->of->at, &r->inside);
}

static void end_piece(struct render *r, struct piece *p, size_t start)
{
	p->offset = start;
	p->size = r->text->size - start;
	p->hash = r->text->error == ERR_NONE ? text_hash((struct text){r->text->at + start, p->size}, 0) | 1 : 0;
}

err_t view_make(struct view *v, const struct fold *f, const struct view_of *of)
{
	if (v->plan != f->plan || v->plan_version != f->plan_version) {
		err_t e = take_plan(v, f);
		if (e != ERR_NONE)
			return e;
	}
	buf_reset(&v->text);
	struct render r = {.fold = f, .plan = live_plan_of(f->plan), .of = of, .text = &v->text, .zones = v->zones,
		.checkpoints = v->checkpoints};
	for (uint32_t i = 0; i < r.plan->zone_count; i++)
		see_zone(f, r.plan, i, of->at, &r.zones[i]);
	for (uint32_t i = 0; i < r.plan->checkpoint_count; i++)
		see_checkpoint(f, r.plan, i, of->at, &r.checkpoints[i]);
	see_inside(&r);
	view_see_chain(&r);
	for (int m = 0; m < VIEW_MEMBERS; m++) {
		size_t start = v->text.size;
		buf_add_char(&v->text, '{');
		member_rows[m].render(&r);
		end_piece(&r, &v->members[m], start);
	}
	for (int list = 0; list < VIEW_LISTS; list++)
		for (uint32_t i = 0; i < v->counts[list]; i++) {
			size_t start = v->text.size;
			buf_add_char(&v->text, '{');
			list_rows[list].render(&r, i);
			end_piece(&r, &v->items[list][i], start);
		}
	return v->text.error;
}

/* ---- putting together ---- */

static void begin(struct buf *out, const char *type, const struct view_of *of, uint64_t records, int offset_min)
{
	buf_add_char(out, '{');
	emit_str(out, "type", type);
	emit_str(out, "session", of->session);
	emit_u64(out, "seq", of->seq);
	emit_u64(out, "records", records);
	emit_time(out, "at", of->at, offset_min);
}

/* A member's piece is "{..." without its end; the head's members stand in the object itself. */
static void add_member(const struct view *v, int m, struct buf *out)
{
	const struct piece *p = &v->members[m];
	if (member_rows[m].key == NULL) {
		buf_add_char(out, ',');
		buf_add(out, v->text.at + p->offset + 1, p->size - 1);
		return;
	}
	emit_key(out, member_rows[m].key);
	buf_add(out, v->text.at + p->offset, p->size);
	buf_add_char(out, '}');
}

static void add_item(const struct view *v, const struct piece *p, struct buf *out)
{
	emit_comma(out);
	buf_add(out, v->text.at + p->offset, p->size);
}

err_t view_write_state(const struct view *v, const struct fold *f, const struct view_of *of, struct buf *out)
{
	begin(out, "state", of, f->records, live_plan_of(f->plan)->offset_min);
	for (int m = 0; m < VIEW_MEMBERS; m++)
		add_member(v, m, out);
	for (int list = 0; list < VIEW_LISTS; list++) {
		emit_key(out, list_rows[list].key);
		buf_add_char(out, '[');
		for (uint32_t i = 0; i < v->counts[list]; i++) {
			add_item(v, &v->items[list][i], out);
			buf_add_char(out, '}');
		}
		buf_add_char(out, ']');
	}
	buf_add_char(out, '}');
	return out->error;
}

struct revised { struct render render; uint32_t chart, newest; struct buf *out; bool any; };

static void add_revised(void *ctx, uint32_t minute)
{
	struct revised *r = ctx;
	if (minute == r->newest)
		return; /* that is `minute` */
	if (!r->any) {
		emit_key(r->out, "revised");
		buf_add_char(r->out, '[');
	}
	r->any = true;
	emit_comma(r->out);
	add_minute(&r->render, r->chart, minute);
}

/* The checkpoint, if it or one of its older minutes changed. */
static bool add_changed_checkpoint(struct view *v, struct fold *f, const struct view_of *of, uint32_t i, struct buf *out)
{
	struct piece *p = &v->items[VIEW_CHECKPOINTS][i];
	struct buf probe = *out; /* so that nothing stays of an item that did not change */
	uint32_t chart = v->checkpoints[i].chart, used, final_count;
	ledger_view_minutes(f->ledger, chart, &used, &final_count);
	add_item(v, p, out);
	struct revised r = {{.fold = f, .plan = live_plan_of(f->plan), .of = of, .text = out}, chart,
		used == 0 ? UINT32_MAX : used - 1, out, false};
	ledger_take_changed_minutes(f->ledger, chart, add_revised, &r);
	if (r.any)
		buf_add_char(out, ']');
	if (!r.any && p->hash == p->told) {
		out->size = probe.size;
		return false;
	}
	p->told = p->hash;
	buf_add_char(out, '}');
	return true;
}

static bool add_changed_item(struct view *v, int list, uint32_t i, struct buf *out)
{
	struct piece *p = &v->items[list][i];
	if (p->hash == p->told)
		return false;
	p->told = p->hash;
	add_item(v, p, out);
	buf_add_char(out, '}');
	return true;
}

static bool add_changed_list(struct view *v, struct fold *f, const struct view_of *of, int list, struct buf *out)
{
	size_t before = out->size;
	bool any = false;
	emit_key(out, list_rows[list].key);
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < v->counts[list]; i++)
		any |= list == VIEW_CHECKPOINTS ? add_changed_checkpoint(v, f, of, i, out) : add_changed_item(v, list, i, out);
	if (any)
		buf_add_char(out, ']');
	else
		out->size = before;
	return any;
}

err_t view_write_delta(struct view *v, struct fold *f, const struct view_of *of, struct buf *out, bool *out_changed)
{
	bool changed = false;
	begin(out, "delta", of, f->records, live_plan_of(f->plan)->offset_min);
	for (int m = 0; m < VIEW_MEMBERS; m++)
		if (v->members[m].hash != v->members[m].told) {
			v->members[m].told = v->members[m].hash;
			add_member(v, m, out);
			changed = true;
		}
	for (int list = 0; list < VIEW_LISTS; list++)
		changed |= add_changed_list(v, f, of, list, out);
	buf_add_char(out, '}');
	*out_changed = changed;
	return out->error;
}

static void ignore_minute(void *ctx, uint32_t minute)
{
	(void)ctx;
	(void)minute;
}

void view_mark_told(struct view *v, struct fold *f)
{
	for (int m = 0; m < VIEW_MEMBERS; m++)
		v->members[m].told = v->members[m].hash;
	for (int list = 0; list < VIEW_LISTS; list++)
		for (uint32_t i = 0; i < v->counts[list]; i++)
			v->items[list][i].told = v->items[list][i].hash;
	for (uint32_t c = 0; c < ledger_checkpoint_count(f->ledger); c++)
		ledger_take_changed_minutes(f->ledger, c, ignore_minute, NULL);
}

void view_write_beat(const struct view_of *of, int offset_min, struct buf *out)
{
	buf_add_char(out, '{');
	emit_str(out, "type", "beat");
	emit_u64(out, "seq", of->seq);
	emit_time(out, "at", of->at, offset_min);
	buf_add_char(out, '}');
}
