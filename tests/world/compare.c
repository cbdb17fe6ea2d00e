/* tests/world/compare.c: what Cordon says in JSON, member by member, held against the picture of the list. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "world.h"

struct comparing {
	struct world *w;
	const struct model *m;
	const struct picture *p;
	at_ms at;                       /* of the view */
	const char *list;               /* where we are, for the words */
	char id[16];
};

#define SAYS(c, condition, ...) do { if (!(condition)) differ(c, __VA_ARGS__); } while (0)
__attribute__((noreturn, format(printf, 2, 3)))
static void differ(const struct comparing *c, const char *format, ...)
{
	char what[400], at[WHEN_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	world_fail(c->w, "%s, the state of %s with %llu records: %s %s: %s", c->m->id, when_format(c->at, 480, at),
	           (unsigned long long)c->p->records, c->list, c->id, what);
}

/* ---- members ---- */

static json_t *member(const struct comparing *c, json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);
	SAYS(c, v != NULL, "has no %s", key);
	return v;
}

static void same_int(const struct comparing *c, json_t *o, const char *key, int64_t want)
{
	json_t *v = member(c, o, key);
	SAYS(c, json_is_integer(v) && json_integer_value(v) == want, "%s is %lld, not %lld", key, (long long)json_integer_value(v),
	     (long long)want);
}

static void same_bool(const struct comparing *c, json_t *o, const char *key, bool want)
{
	SAYS(c, json_is_true(member(c, o, key)) == want, "%s is not %s", key, want ? "true" : "false");
}

static void same_word(const struct comparing *c, json_t *o, const char *key, const char *want)
{
	const char *have = json_string_value(member(c, o, key));
	SAYS(c, have != NULL && strcmp(have, want) == 0, "%s is \"%s\", not \"%s\"", key, have == NULL ? "?" : have, want);
}

static void same_null(const struct comparing *c, json_t *o, const char *key)
{
	SAYS(c, json_is_null(member(c, o, key)), "%s is not null", key);
}

/* A number that was rounded to `step`. */
static void same_near(const struct comparing *c, json_t *o, const char *key, double want, double step)
{
	json_t *v = member(c, o, key);
	double have = json_number_value(v);
	SAYS(c, json_is_number(v) && fabs(have - want) <= step / 2 + 1e-6 * (1 + fabs(want)), "%s is %.6f, not %.6f", key, have, want);
}

static void same_near_or_null(const struct comparing *c, json_t *o, const char *key, bool known, double want, double step)
{
	if (known)
		same_near(c, o, key, want, step);
	else
		same_null(c, o, key);
}

static at_ms time_of(const struct comparing *c, json_t *o, const char *key)
{
	json_t *v = member(c, o, key);
	at_ms at = AT_NONE;
	SAYS(c, json_is_null(v) || (json_is_string(v) && when_parse(text_of(json_string_value(v)), &at, NULL) == ERR_NONE),
	     "%s is no time", key);
	return at;
}

static void same_time(const struct comparing *c, json_t *o, const char *key, at_ms want)
{
	at_ms have = time_of(c, o, key);
	SAYS(c, have == want, "%s is %lld, not %lld", key, (long long)have, (long long)want);
}

/* The item of a list; in the plan's order at `index`. */
static json_t *item(struct comparing *c, json_t *state, const char *list, size_t index, char letter, uint32_t name)
{
	c->list = list;
	snprintf(c->id, sizeof c->id, "%c%u", letter, name);
	json_t *o = json_array_get(json_object_get(state, list), index);
	SAYS(c, o != NULL, "is not there");
	same_word(c, o, "id", c->id);
	return o;
}

/* The same in a list that has an order of its own. */
static json_t *item_by_id(struct comparing *c, json_t *answer, const char *list, char letter, uint32_t name)
{
	size_t i;
	json_t *o;
	c->list = list;
	snprintf(c->id, sizeof c->id, "%c%u", letter, name);
	json_array_foreach(json_object_get(answer, list), i, o)
		if (json_object_get(o, "id") != NULL && strcmp(json_string_value(json_object_get(o, "id")), c->id) == 0)
			return o;
	SAYS(c, false, "is not there");
}

/* ---- a state ---- */

static void same_source(const struct comparing *c, json_t *o, uint32_t live, uint32_t all)
{
	char words[40];
	snprintf(words, sizeof words, "%u of %u devices", live, all);
	same_word(c, o, "source", words);
}

static void same_people(const struct comparing *c, json_t *o, const struct ledger_zone_view *v, bool known)
{
	same_near_or_null(c, o, "ppl", known, fmax(v->ppl, 0), 1);
	same_near_or_null(c, o, "low", known, fmax(v->low, 0), 1);
	same_near_or_null(c, o, "high", known, fmax(v->high, 0), 1);
	same_bool(c, o, "at_least", v->at_least);
	same_time(c, o, "heard_at", v->at_heard);
	same_source(c, o, v->devices_live, v->devices);
	same_near_or_null(c, o, "in_ppl_min", v->devices_live > 0, v->in_ppl_min, 0.1);
	same_near_or_null(c, o, "out_ppl_min", v->devices_live > 0, v->out_ppl_min, 0.1);
}

/* How many of the limits a value has reached (`over`: is over). Two sums of fractions may lie on two sides of a limit: *out_most. */
static int steps(double value, const double *limits, int count, bool over, double slack, int *out_most)
{
	int least = 0, most = 0;
	for (int i = 0; i < count; i++) {
		least += over ? value - slack > limits[i] : value - slack >= limits[i];
		most += over ? value + slack > limits[i] : value + slack >= limits[i];
	}
	*out_most = most;
	return least;
}

static void one_of_words(const struct comparing *c, json_t *o, const char *key, const char *const *words, int least, int most)
{
	const char *have = json_string_value(member(c, o, key));
	bool found = false;
	for (int i = least; i <= most; i++)
		found |= have != NULL && strcmp(have, words[i]) == 0;
	SAYS(c, found, "%s is \"%s\", not \"%s\"", key, have == NULL ? "?" : have, words[least]);
}

static int greater(int a, int b)
{
	return a > b ? a : b;
}

/* docs/STATE.md: Fruin's levels; the worse of two states, by density where people move and by capacity. */
static void compare_fullness(struct comparing *c, json_t *o, const struct zone_figures *f, const struct ledger_zone_view *v, bool known)
{
	static const char *levels[] = {"A", "B", "C", "D", "E", "F"}, *states[] = {"normal", "watch", "warning", "critical"};
	static const double level_limits[] = {0.31, 0.43, 0.72, 1.08, 2.15}, watch = 1.1, warning = 2.2, critical = 3.5;
	double ppl = fmax(v->ppl, 0), density = f->usable_m2 > 0 ? ppl / f->usable_m2 : 0, full = v->ppl / f->capacity_ppl;
	double slack = v->recount.at == AT_NONE ? 0 : 1e-6; /* whole people are held to the limit itself */
	int least, most, w[2], r[2], k[2], nearly[2], over[2];
	bool has_density = known && f->usable_m2 > 0, counts = has_density && f->dynamic;
	same_near_or_null(c, o, "density_ppl_m2", has_density, density, 0.01);
	same_near(c, o, "capacity_ppl", f->capacity_ppl, 1);
	if (counts) {
		least = steps(density, level_limits, 5, false, slack, &most);
		one_of_words(c, o, "level", levels, least, most);
	} else {
		same_null(c, o, "level");
	}
	if (!known || v->devices_live == 0) {
		same_word(c, o, "state", "unknown");
		return;
	}
	w[0] = steps(density, &watch, 1, false, slack, &w[1]);
	r[0] = steps(density, &warning, 1, false, slack, &r[1]);
	k[0] = steps(density, &critical, 1, true, slack, &k[1]);
	nearly[0] = steps(full, &(double){0.9}, 1, false, slack, &nearly[1]);
	over[0] = steps(full, &(double){1.0}, 1, true, slack, &over[1]);
	least = greater(counts ? w[0] + r[0] + k[0] : 0, over[0] ? 3 : nearly[0] ? 2 : 0);
	most = greater(counts ? w[1] + r[1] + k[1] : 0, over[1] ? 3 : nearly[1] ? 2 : 0);
	one_of_words(c, o, "state", states, least, most);
	c->w->tally.told_states[least]++;
}

/* At the present rates, cut to ten seconds; not within a day: not at all. */
static void compare_full_at(struct comparing *c, json_t *o, const struct zone_figures *f, const struct ledger_zone_view *v, bool known)
{
	double net_ppl_min = v->in_ppl_min - v->out_ppl_min, room_ppl = f->capacity_ppl - fmax(v->ppl, 0);
	double minutes = room_ppl / net_ppl_min, slack = 1e-6;
	at_ms at = time_of(c, o, "full_at");
	bool live = known && v->devices_live > 0;
	if (at == AT_NONE) {
		SAYS(c, !(live && room_ppl > slack && net_ppl_min >= 0.5 + slack && minutes < 1440 - slack), "full_at is null: %.3f minutes",
		     minutes);
		return;
	}
	SAYS(c, live && room_ppl > -slack && net_ppl_min >= 0.5 - slack && minutes <= 1440 + slack, "full_at is told, but it does not fill");
	double late_ms = (double)(at - c->at) - minutes * 60000;
	SAYS(c, late_ms <= 2 && late_ms > -10002, "full_at is %.0f ms from where the rates lead", late_ms);
	c->w->tally.fills++;
}

static void compare_zone(struct comparing *c, json_t *state, size_t index, const struct venue_zone *z)
{
	struct zone_figures f = venue_zone_figures(c->p->venue, (uint32_t)index - 1);
	json_t *o = item(c, state, "zones", index, 'Z', z->name);
	uint32_t chart = c->p->chart.zones[z->name];
	struct ledger_zone_view v;
	naive_view_zones(c->p->naive, &chart, 1, c->at, &v);
	bool known = v.in > 0 || v.out > 0 || v.at_heard != AT_NONE || v.recount.at != AT_NONE;
	same_people(c, o, &v, known);
	same_int(c, o, "ledger", v.balance);
	same_near(c, o, "adjusted", v.adjusted - (double)v.emptied, 1);
	compare_fullness(c, o, &f, &v, known);
	compare_full_at(c, o, &f, &v, known);
	if (v.recount.at == AT_NONE) {
		same_null(c, o, "recount");
		return;
	}
	json_t *r = member(c, o, "recount");
	same_int(c, r, "ppl", v.recount.ppl);
	same_near(c, r, "sigma_ppl", v.recount.sigma_ppl, 0.1);
	same_time(c, r, "at", v.recount.at);
	same_word(c, r, "by", c->p->recount_by[chart]);
}

static void compare_inside(struct comparing *c, json_t *state)
{
	uint32_t zones[VENUE_ZONES], count = 0;
	struct ledger_zone_view v;
	c->list = "inside";
	c->id[0] = '\0';
	for (uint32_t i = 0; i < c->p->venue->zone_count; i++)
		if (c->p->venue->zones[i].inside)
			zones[count++] = c->p->chart.zones[c->p->venue->zones[i].name];
	naive_view_zones(c->p->naive, zones, count, c->at, &v);
	same_people(c, member(c, state, "inside"), &v, true);
}

static void compare_minute(struct comparing *c, json_t *o, uint32_t chart)
{
	uint32_t used, final_count;
	naive_view_minutes(c->p->naive, chart, &used, &final_count);
	if (used == 0) {
		same_null(c, o, "minute");
		return;
	}
	struct ledger_minute m = naive_view_minute(c->p->naive, chart, used - 1);
	json_t *minute = member(c, o, "minute");
	same_time(c, minute, "at", c->p->at_window + (at_ms)(used - 1) * 60000);
	same_int(c, minute, "in", m.in);
	same_int(c, minute, "out", m.out);
	same_bool(c, minute, "final", m.final);
	same_int(c, minute, "revision", m.revision);
}

static void compare_lanes(struct comparing *c, json_t *o, const struct picture_checkpoint *k)
{
	uint32_t open = 0;
	char id[16];
	json_t *lanes = member(c, o, "lane");
	same_int(c, o, "lanes", k->lane_count);
	SAYS(c, json_array_size(lanes) == k->lane_count, "has %zu lanes", json_array_size(lanes));
	for (uint32_t i = 0; i < k->lane_count; i++) {
		open += k->lanes[i].open;
		snprintf(id, sizeof id, "L%u", k->lanes[i].name);
		same_word(c, json_array_get(lanes, i), "id", id);
		same_bool(c, json_array_get(lanes, i), "open", k->lanes[i].open);
	}
	same_int(c, o, "lanes_open", open);
}

static void compare_checkpoint(struct comparing *c, json_t *state, size_t index, const struct venue_checkpoint *k)
{
	json_t *o = item(c, state, "checkpoints", index, 'C', k->name);
	uint32_t chart = c->p->chart.checkpoints[k->name];
	struct ledger_checkpoint_view v;
	naive_view_checkpoint(c->p->naive, chart, c->at, &v);
	same_int(c, o, "in", (int64_t)v.in);
	same_int(c, o, "out", (int64_t)v.out);
	same_near_or_null(c, o, "in_ppl_min", v.devices_live > 0, v.in_ppl_min, 0.1);
	same_near_or_null(c, o, "out_ppl_min", v.devices_live > 0, v.out_ppl_min, 0.1);
	compare_lanes(c, o, &c->p->checkpoints[chart]);
	same_time(c, o, "heard_at", v.at_heard);
	same_int(c, o, "devices", v.devices);
	same_int(c, o, "devices_live", v.devices_live);
	same_word(c, o, "state", v.devices_live > 0 ? "normal" : v.at_heard != AT_NONE ? "silent" : "never");
	compare_minute(c, o, chart);
}

static void compare_device(struct comparing *c, json_t *state, size_t index, const struct venue_device *d)
{
	static const char *words[] = {[LEDGER_NEVER] = "never", [LEDGER_LIVE] = "live", [LEDGER_SILENT] = "silent",
		[LEDGER_ALARM] = "alarm"};
	json_t *o = item(c, state, "devices", index, 'D', d->name);
	char checkpoint[16];
	struct ledger_device_view v;
	naive_view_device(c->p->naive, c->p->chart.devices[d->name], c->at, &v);
	snprintf(checkpoint, sizeof checkpoint, "C%u", c->p->venue->checkpoints[d->checkpoint].name);
	same_word(c, o, "checkpoint", checkpoint);
	same_word(c, o, "state", words[v.state]);
	same_time(c, o, "heard_at", v.at_heard);
	same_time(c, o, "event_at", v.at_event);
	if (v.state == LEDGER_NEVER) {
		same_null(c, o, "seq");
	} else {
		same_int(c, o, "boot", (int64_t)v.boot);
		same_int(c, o, "seq", (int64_t)v.seq);
	}
	same_int(c, o, "missing", (int64_t)v.missing);
	same_time(c, o, "missing_since", v.missing > 0 ? v.at_missing_since : AT_NONE);
	same_int(c, o, "duplicates", (int64_t)v.duplicates);
	same_int(c, o, "conflicts", (int64_t)v.conflicts);
	same_int(c, o, "late", (int64_t)v.late);
	same_int(c, o, "resets", (int64_t)v.resets);
	same_int(c, o, "backwards", (int64_t)v.backwards);
	same_int(c, o, "ahead_ms", v.ahead_ms);
}

static void compare_head(struct comparing *c, json_t *state)
{
	struct ledger_books b = naive_view_books(c->p->naive);
	c->list = "books";
	c->id[0] = '\0';
	same_word(c, state, "session", c->m->id);
	same_bool(c, state, "exercise", c->m->exercise);
	same_near(c, state, "speed", c->m->speed, 0.001);
	same_bool(c, state, "closed", c->p->at_closed != AT_NONE);
	same_int(c, state, "plan_version", c->p->version);
	json_t *books = member(c, state, "books");
	same_int(c, books, "sum", 0);
	same_int(c, books, "passages", (int64_t)b.passages);
	same_int(c, books, "duplicates", (int64_t)b.duplicates);
	same_int(c, books, "conflicts", (int64_t)b.conflicts);
	same_int(c, books, "rejected", (int64_t)c->p->rejected);
	same_int(c, books, "late", (int64_t)b.late);
}

static void compare_state(struct comparing *c, json_t *state)
{
	const struct venue *v = c->p->venue;
	compare_head(c, state);
	compare_inside(c, state);
	for (uint32_t i = 0; i < v->zone_count; i++)
		compare_zone(c, state, i + 1, &v->zones[i]); /* zone 0 is `outside` */
	for (uint32_t i = 0; i < v->checkpoint_count; i++)
		compare_checkpoint(c, state, i, &v->checkpoints[i]);
	for (uint32_t i = 0; i < v->device_count; i++)
		compare_device(c, state, i, &v->devices[i]);
	SAYS(c, json_array_size(json_object_get(state, "zones")) == v->zone_count + 1 &&
	     json_array_size(json_object_get(state, "checkpoints")) == v->checkpoint_count &&
	     json_array_size(json_object_get(state, "devices")) == v->device_count, "the lists are longer than the plan's");
}

/* ---- flows and conflicts ---- */

static void compare_flow(struct comparing *c, json_t *flow)
{
	c->list = "flow";
	at_ms at_from = time_of(c, flow, "from");
	uint32_t first = (uint32_t)((at_from - c->p->at_window) / 60000);
	for (uint32_t i = 0; i < c->p->venue->checkpoint_count; i++) {
		json_t *o = item_by_id(c, flow, "checkpoints", 'C', c->p->venue->checkpoints[i].name);
		uint32_t chart = c->p->chart.checkpoints[c->p->venue->checkpoints[i].name], used, final_count;
		json_t *in = member(c, o, "in"), *out = member(c, o, "out"), *revision = member(c, o, "revision");
		naive_view_minutes(c->p->naive, chart, &used, &final_count);
		size_t n = json_array_size(in);
		SAYS(c, first + n >= used || used == 0, "ends at minute %zu, but minute %u is used", first + n, used);
		for (uint32_t k = 0; k < c->p->minutes; k++) {
			struct ledger_minute m = naive_view_minute(c->p->naive, chart, k);
			if (k < first || k >= first + n) {
				SAYS(c, m.in == 0 && m.out == 0, "leaves out minute %u with %u in, %u out", k, m.in, m.out);
				continue;
			}
			int64_t have[3] = {json_integer_value(json_array_get(in, k - first)), json_integer_value(json_array_get(out, k - first)),
				json_integer_value(json_array_get(revision, k - first))};
			SAYS(c, have[0] == m.in && have[1] == m.out && have[2] == m.revision,
			     "minute %u is %lld in, %lld out, revision %lld, not %u, %u, %u", k, (long long)have[0], (long long)have[1],
			     (long long)have[2], m.in, m.out, m.revision);
		}
		int64_t want = final_count < first ? 0 : final_count - first;
		same_int(c, o, "final_count", want > (int64_t)n ? (int64_t)n : want);
	}
}

static void same_passage(struct comparing *c, json_t *o, const struct ledger_passage *p)
{
	same_int(c, o, "boot", (int64_t)p->boot);
	same_int(c, o, "seq", (int64_t)p->seq);
	same_time(c, o, "at", p->at);
	same_int(c, o, p->totals ? "in_total" : "in", p->in);
	same_int(c, o, p->totals ? "out_total" : "out", p->out);
	for (uint32_t i = 0; i < DEVICE_NAMES; i++)
		if (c->p->chart.devices[i] == p->device)
			snprintf(c->id, sizeof c->id, "D%u", i);
	same_word(c, o, "device", c->id);
}

static void compare_conflicts(struct comparing *c, json_t *answer)
{
	json_t *list = json_object_get(answer, "conflicts");
	size_t held = c->p->conflict_count < 256 ? c->p->conflict_count : 256;
	c->list = "conflicts";
	same_int(c, answer, "count", (int64_t)c->p->conflict_count);
	SAYS(c, json_array_size(list) == held, "are %zu, not %zu", json_array_size(list), held);
	for (size_t i = 0; i < held; i++) {
		const struct entry *e = &c->m->book.at[c->p->conflicts[c->p->conflict_count - held + i]];
		same_passage(c, json_array_get(list, i), &e->p);
		same_time(c, json_array_get(list, i), "recorded_at", e->at_recorded);
	}
}

static void compare_journal(struct comparing *c, json_t *answer, const struct ask *a)
{
	static const char *kinds[] = {[ENTRY_PASSAGE] = "passage", [ENTRY_CONFLICT] = "conflict", [ENTRY_RECOUNT] = "recount",
		[ENTRY_EMPTY] = "empty", [ENTRY_LANE] = "lane", [ENTRY_PLAN] = "plan", [ENTRY_CLOSE] = "close",
		[ENTRY_DUPLICATES] = "duplicates", [ENTRY_REJECTED] = "rejected", [ENTRY_TICK] = "tick"};
	json_t *list = member(c, answer, "records"), *o;
	size_t i, total = c->m->book.count, count = a->count == 0 ? 100 : a->count;
	size_t from = a->from > 0 ? a->from : total > count ? total - count + 1 : 1;
	size_t want = from > total ? 0 : total - from + 1 < count ? total - from + 1 : count;
	c->list = "journal";
	same_int(c, answer, "count", (int64_t)total);
	SAYS(c, json_array_size(list) == want, "from %zu: %zu records, not %zu", from, json_array_size(list), want);
	json_array_foreach(list, i, o) {
		const struct entry *e = &c->m->book.at[from + i - 1];
		same_int(c, o, "number", (int64_t)(from + i));
		same_time(c, o, "recorded_at", e->at_recorded);
		same_word(c, o, "kind", kinds[e->kind]);
		if (e->kind == ENTRY_PASSAGE || e->kind == ENTRY_CONFLICT)
			same_passage(c, o, &e->p);
	}
}

/* ---- answers ---- */

/* The picture of the first `count` records: the one at hand, or a new one. */
static const struct picture *picture_of(const struct model *m, size_t count, struct picture *made)
{
	picture_init(made);
	const struct picture *p = &m->tip;
	if (count != m->tip.records) {
		for (size_t i = 0; i < count; i++)
			picture_add(made, &m->book.at[i]);
		p = made;
	}
	naive_recompute(p->naive);
	return p;
}

/* How many records were recorded by then. */
static size_t count_by(const struct model *m, at_ms at)
{
	size_t count = 0;
	while (count < m->book.count && m->book.at[count].at_recorded <= at)
		count++;
	return count;
}

/* What was published is, put together, what the whole state says. */
static void compare_merged(struct comparing *c, json_t *state)
{
	const struct subscriber *s = &c->m->sub;
	if (s->state == NULL || !s->heard || (uint64_t)json_integer_value(json_object_get(state, "seq")) != s->seq)
		return;
	const char *key;
	json_t *v;
	c->list = "published";
	json_object_foreach(state, key, v)
		SAYS(c, strcmp(key, "at") == 0 || strcmp(key, "type") == 0 || strcmp(key, "records") == 0 ||
		     json_equal(v, json_object_get(s->state, key)) || (json_is_array(v) && json_array_size(v) == 0),
		     "%s of the state with number %llu is not what the deltas came to", key, (unsigned long long)s->seq);
}

static void compare_answer(struct world *w, const struct reply *r, json_t *answer)
{
	const struct ask *a = r->ask;
	const struct model *m = &w->models[a->session];
	struct picture made;
	struct comparing c = {.w = w, .m = m, .p = &m->tip, .list = "head"};
	size_t count = m->book.count;
	if (a->at != AT_NONE) {
		count = count_by(m, a->at);
		w->tally.past++;
	} else if (a->kind == ASK_STATE) {
		count = (size_t)json_integer_value(json_object_get(answer, "records"));
		MUST(count <= m->book.count, "%s: a state of %zu records; the journal has %zu", m->id, count, m->book.count);
	}
	c.p = picture_of(m, count, &made);
	c.at = a->at;
	if (a->kind == ASK_STATE) {
		at_ms at = time_of(&c, answer, "at");
		c.at = at;
		same_int(&c, answer, "records", (int64_t)count);
		if (a->at == AT_NONE)
			SAYS(&c, at >= c.p->at_recorded, "the state is older than its last record");
		else
			SAYS(&c, at == (c.p->at_closed != AT_NONE && c.p->at_closed < a->at ? c.p->at_closed : a->at), "is of another moment");
		compare_state(&c, answer);
		if (a->at == AT_NONE)
			compare_merged(&c, answer);
		w->tally.states++;
	} else if (a->kind == ASK_FLOW) {
		compare_flow(&c, answer);
	} else if (a->kind == ASK_CONFLICTS) {
		compare_conflicts(&c, answer);
	} else {
		compare_journal(&c, answer, a);
	}
	picture_free(&made);
}

void compare_reply(struct world *w, const struct reply *r)
{
	const struct ask *a = r->ask;
	const struct model *m = &w->models[a->session];
	struct { int error, kind; } note = {(int)r->error, (int)a->kind};
	world_note(w, &note, sizeof note);
	if (r->error != ERR_NONE) {
		bool outside = a->at != AT_NONE && (a->at < m->tip.at_first || a->at > a->at_session);
		MUST(a->excused || w->dying ||
		     (w->stopping && r->error == ERR_BUSY) || (r->error == ERR_HISTORY_RANGE && outside),
		     "%s: a question of kind %d about %lld gets %s", m->id,
		     (int)a->kind, (long long)a->at, error_row(r->error)->code);
		return;
	}
	struct text text = live_text_of(r->json);
	world_note(w, text.at, text.size);
	if (a->excused || w->faulty || w->dying || w->cut_planned)
		return;
	json_error_t error;
	json_t *answer = json_loadb(text.at, text.size, JSON_REJECT_DUPLICATES, &error);
	MUST(answer != NULL, "%s: an answer is not JSON: %s at %d", m->id, error.text, error.position);
	compare_answer(w, r, answer);
	json_decref(answer);
}

void compare_statistics(struct world *w, uint32_t session)
{
	const struct model *m = &w->models[session];
	MUST(m->rejected_told == m->rejected, "%s: %llu lines were refused, the journal counts %llu", m->id,
	     (unsigned long long)m->rejected, (unsigned long long)m->rejected_told);
	for (uint32_t d = 0; d < m->chart.device_count; d++)
		MUST(m->duplicates_told[d] == m->duplicates[d], "%s: device %u: %llu duplicates were answered, the journal counts %llu", m->id, d,
		     (unsigned long long)m->duplicates[d], (unsigned long long)m->duplicates_told[d]);
}
