/* The fold by itself: what a journal or a snapshot can hold that no session wrote, and plans at the edges of time and room. */
#include <math.h>

#include "live/fold.h"
#include "live/pack.h"
#include "live_for_test.h"

/* ---- batches ---- */

struct journal_under_test { struct fold *fold; struct buf bytes; uint32_t count; uint64_t first; at_ms at; };

static void begin(struct journal_under_test *j)
{
	*j = (struct journal_under_test){.first = 1, .at = T0};
	assert_int_equal(fold_new(&j->fold), ERR_NONE);
	buf_init(&j->bytes, 1 << 22);
}

static void end(struct journal_under_test *j)
{
	fold_free(j->fold);
	buf_free(&j->bytes);
}

static void add(struct journal_under_test *j, struct input in)
{
	input_write(&in, &j->bytes);
	j->count++;
}

static err_t fold_it(struct journal_under_test *j, bool claimed)
{
	struct journal_batch b = {j->first, j->count, j->at, j->bytes.at, j->bytes.size};
	err_t e = fold_batch(j->fold, &b, claimed, NULL);
	if (e == ERR_NONE)
		j->first += j->count;
	buf_reset(&j->bytes);
	j->count = 0;
	return e;
}

static void add_plan(struct journal_under_test *j, const char *plan)
{
	add(j, (struct input){.kind = INPUT_PLAN, .version = 1, .plan = text_of(plan), .by = TEXT("anna"), .reason = TEXT("")});
}

static struct input passage(uint32_t device, uint32_t checkpoint, uint64_t seq)
{
	return (struct input){.kind = INPUT_PASSAGE, .passage = {.device = device, .checkpoint = checkpoint, .boot = 1, .seq = seq,
		.at = T0, .in = 1}};
}

static struct input kind_of(struct input in, enum input_kind kind)
{
	in.kind = kind;
	return in;
}

static void a_record_that_cannot_be_is_corrupt(void **state)
{
	const struct input rows[] = {
		passage(5, 0, 1), passage(0, 3, 1), passage(0, 0, 1), /* the last: there already */
		kind_of(passage(5, 0, 1), INPUT_CONFLICT), kind_of(passage(0, 3, 1), INPUT_CONFLICT),
		kind_of(passage(5, 0, 1), INPUT_DUPLICATES),
		{.kind = INPUT_RECOUNT, .recount = {3, 10, 1, T0}, .by = TEXT("a"), .reason = TEXT("")},
		{.kind = INPUT_LANES, .checkpoint = 3, .by = TEXT("a"), .reason = TEXT("")},
		{.kind = INPUT_LANES, .checkpoint = 0, .lane = 2, .by = TEXT("a"), .reason = TEXT("")},
		{.kind = INPUT_PLAN, .version = 2, .plan = TEXT("{}"), .by = TEXT("a"), .reason = TEXT("")},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct journal_under_test j;
		begin(&j);
		add_plan(&j, plan_small);
		add(&j, passage(0, 0, 1));
		assert_int_equal(fold_it(&j, false), ERR_NONE);
		add(&j, rows[i]);
		err_t e = fold_it(&j, false);
		if (e != ERR_STORE_CORRUPT)
			fail_msg("row %zu: %s", i, error_row(e)->code);
		end(&j);
	}
}

static void a_batch_that_does_not_follow_is_corrupt(void **state)
{
	struct journal_under_test j;
	(void)state;
	begin(&j); /* the plan must be the first */
	add(&j, passage(0, 0, 1));
	assert_int_equal(fold_it(&j, false), ERR_STORE_CORRUPT);
	end(&j);
	begin(&j); /* nothing at all */
	assert_int_equal(fold_it(&j, false), ERR_STORE_CORRUPT);
	end(&j);
	begin(&j);
	add_plan(&j, plan_small);
	j.count = 2; /* one record said to be two */
	assert_int_equal(fold_it(&j, false), ERR_STORE_CORRUPT);
	end(&j);
	begin(&j);
	add_plan(&j, plan_small);
	j.first = 2;
	assert_int_equal(fold_it(&j, false), ERR_STORE_CORRUPT);
	end(&j);
	begin(&j);
	add_plan(&j, plan_small);
	buf_add_char(&j.bytes, 0); /* a byte too much */
	assert_int_equal(fold_it(&j, false), ERR_STORE_CORRUPT);
	fold_release(j.fold, "x", 1); /* and such bytes release nothing */
	end(&j);
}

static void what_was_released_can_come_again(void **state)
{
	struct journal_under_test j;
	(void)state;
	begin(&j);
	add_plan(&j, plan_small);
	assert_int_equal(fold_it(&j, false), ERR_NONE);
	struct input in = passage(0, 0, 7);
	assert_int_equal(ledger_claim(j.fold->ledger, &in.passage), LEDGER_NEW);
	add(&j, (struct input){.kind = INPUT_TICK});
	add(&j, in);
	fold_release(j.fold, j.bytes.at, j.bytes.size); /* its batch never reached the disk */
	assert_int_equal(fold_it(&j, false), ERR_NONE);
	assert_int_equal(ledger_view_books(j.fold->ledger).passages, 1);
	assert_int_equal(ledger_view_books(j.fold->ledger).sum, 0);
	end(&j);
}

/* ---- time ---- */

#define HEAD(times) "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"Test\",\"coordinates\":\"local\"," \
	"\"timetable\":{" times "},\"expected_ppl\":1000},\"features\":["
#define REST PLAN_ZONES PLAN_GATE_T("") PLAN_GATE_S PLAN_DOOR "]}"
#define START "\"start\":\"2026-11-24T18:30:00+08:00\""
#define HOUR INT64_C(3600000)
#define T_START (T0 + HOUR / 2)

static void the_minutes_of_flow_begin_where_the_plan_or_the_clock_says(void **state)
{
	static const struct { const char *plan; at_ms at, window; } rows[] = {
		{HEAD(START) REST, T0, T_START - 12 * HOUR},                        /* no doors: twelve hours before the start */
		{HEAD("\"doors\":\"2026-11-24T17:30:00+08:00\"," START) REST, T0, T0 - HOUR / 2 - 12 * HOUR},
		{HEAD(START) REST, T_START - 25 * HOUR, T_START - 37 * HOUR},       /* far before: a day of its own */
		{HEAD(START) REST, T_START + 12 * HOUR + 49 * HOUR, T_START + 49 * HOUR}, /* far behind */
		{HEAD(START) REST, HOUR, 0},                                        /* a clock that says 1970 */
		{HEAD(START ",\"end\":\"2026-12-24T18:30:00+08:00\"") REST, T0, T_START - 12 * HOUR}, /* a month */
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct journal_under_test j;
		begin(&j);
		j.at = rows[i].at;
		add_plan(&j, rows[i].plan);
		err_t e = fold_it(&j, false);
		if (e != ERR_NONE)
			fail_msg("row %zu: %s", i, error_row(e)->code);
		at_ms window = rows[i].window - rows[i].window % HOUR;
		if (ledger_window_at(j.fold->ledger) != window)
			fail_msg("row %zu: %lld hours off", i, (long long)(ledger_window_at(j.fold->ledger) - window) / HOUR);
		struct ledger_minute m;
		assert_true(ledger_view_minute(j.fold->ledger, 0, window, &m));
		assert_false(ledger_view_minute(j.fold->ledger, 0, window + INT64_C(60000) * LEDGER_MINUTES_MAX, &m));
		end(&j);
	}
}

/* No session begins with such a plan; a journal that holds one would have the outlook reckon from never. */
static void a_plan_that_never_starts_is_corrupt(void **state)
{
	struct journal_under_test j;
	(void)state;
	begin(&j);
	add_plan(&j, HEAD("\"end\":\"2026-12-24T18:30:00+08:00\"") REST);
	assert_int_equal(fold_it(&j, false), ERR_STORE_CORRUPT);
	end(&j);
}

/* ---- room ---- */

static void a_plan_with_more_names_than_there_is_room_for_is_told(void **state)
{
	enum { MANY = PLAN_DEVICES_MAX + 1 };
	static char ids[MANY][8];
	struct plan_zone *zones = calloc(PLAN_ZONES_MAX + 1, sizeof *zones);
	struct plan_checkpoint *checkpoints = calloc(PLAN_CHECKPOINTS_MAX + 1, sizeof *checkpoints);
	struct plan_device *devices = calloc(MANY, sizeof *devices);
	struct fold *f;
	(void)state;
	assert_true(zones != NULL && checkpoints != NULL && devices != NULL);
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof ids[i], "n%u", i);
		devices[i].id = ids[i];
		if (i <= PLAN_ZONES_MAX)
			zones[i].id = ids[i];
		if (i <= PLAN_CHECKPOINTS_MAX)
			checkpoints[i].id = ids[i];
	}
	struct plan p = {.zones = zones, .checkpoints = checkpoints, .devices = devices};
	assert_int_equal(fold_new(&f), ERR_NONE);
	p.zone_count = PLAN_ZONES_MAX;
	p.checkpoint_count = PLAN_CHECKPOINTS_MAX;
	p.device_count = PLAN_DEVICES_MAX;
	assert_int_equal(fold_check_room(f, &p), ERR_NONE);
	p.zone_count++;
	assert_int_equal(fold_check_room(f, &p), ERR_TOO_LARGE);
	p.zone_count = 1;
	p.checkpoint_count++;
	assert_int_equal(fold_check_room(f, &p), ERR_TOO_LARGE);
	p.checkpoint_count = 1;
	p.device_count++;
	assert_int_equal(fold_check_room(f, &p), ERR_TOO_LARGE);
	fold_free(f);
	fold_free(NULL);
	free(zones);
	free(checkpoints);
	free(devices);
}

/* ---- snapshots that lie: before the ledger's bytes, which have a checksum of their own ---- */

static struct fold *busy_fold(void)
{
	struct journal_under_test j;
	begin(&j);
	add_plan(&j, plan_small);
	assert_int_equal(fold_it(&j, false), ERR_NONE);
	for (uint64_t seq = 1; seq < 20; seq++)
		add(&j, passage((uint32_t)seq % 2, 0, seq));
	add(&j, kind_of(passage(0, 0, 2), INPUT_CONFLICT));
	add(&j, (struct input){.kind = INPUT_RECOUNT, .recount = {1, 10, 1, T0}, .by = TEXT("anna"), .reason = TEXT("")});
	add(&j, (struct input){.kind = INPUT_LANES, .checkpoint = 1, .lane = 1, .open = true, .by = TEXT("a"), .reason = TEXT("")});
	assert_int_equal(fold_it(&j, false), ERR_NONE);
	buf_free(&j.bytes);
	return j.fold;
}

/* In an allocation of its own size, so that a byte too far is seen. */
static err_t load_exactly(const char *bytes, size_t size, struct fold **out)
{
	char *exact = malloc(size + (size == 0));
	assert_non_null(exact);
	memcpy(exact, bytes, size);
	err_t e = fold_load((struct text){exact, size}, NULL, out);
	free(exact);
	return e;
}

static void a_saved_fold_cut_or_changed_anywhere_is_refused_or_harmless(void **state)
{
	struct fold *f = busy_fold(), *loaded;
	struct buf saved, again;
	(void)state;
	buf_init(&saved, 1 << 22);
	assert_int_equal(fold_save(f, &saved), ERR_NONE);
	size_t plan = 8 + 6 * 8 + 4 + 4, names = plan + strlen(plan_small), ledger = names;
	while (memcmp(saved.at + ledger, "CLDG", 4) != 0)
		ledger++;
	unsigned good = 0;
	for (size_t at = 0; at < ledger; at = at + 1 == plan ? names : at + 1) {
		char was = saved.at[at];
		static const unsigned char changes[] = {0x01, 0x02, 0x80, 0xFF, 0x55};
		for (size_t k = 0; k < sizeof changes; k++) {
			saved.at[at] = (char)(was ^ changes[k]);
			loaded = NULL;
			err_t e = load_exactly(saved.at, saved.size, &loaded);
			assert_true(e == ERR_NONE ? loaded != NULL : loaded == NULL);
			assert_true(e == ERR_NONE || e == ERR_STORE_CORRUPT || e == ERR_STORE_VERSION);
			if (e == ERR_NONE) { /* then it can be saved, and its books are right */
				buf_init(&again, 1 << 22);
				assert_int_equal(fold_save(loaded, &again), ERR_NONE);
				assert_int_equal(ledger_view_books(loaded->ledger).sum, 0);
				buf_free(&again);
				fold_free(loaded);
				good++;
			}
		}
		saved.at[at] = was;
	}
	for (size_t size = 0; size < ledger; size = size + 1 == plan ? names : size + 1) {
		assert_int_equal(load_exactly(saved.at, size, &loaded), ERR_STORE_CORRUPT);
	}
	assert_true(good > 50);
	assert_int_equal(load_exactly(saved.at, saved.size, &loaded), ERR_NONE);
	buf_init(&again, 1 << 22);
	assert_int_equal(fold_save(loaded, &again), ERR_NONE);
	assert_int_equal(again.size, saved.size);
	assert_memory_equal(again.at, saved.at, saved.size);
	fold_free(loaded);
	fold_free(f);
	buf_free(&again);
	buf_free(&saved);
}

/* The same members, with one that says something else; written here, not by the fold. */
struct lie {
	const char *what;
	uint32_t zones, checkpoints, devices, by_size, from, to, lanes, at, conflict_device;
	const char *zone, *device;
};

static void write_saved(const struct fold *f, const struct lie *lie, const char *plan, struct buf *out)
{
	static const char *const zones[] = {"outside", "hold", "hall"}, *const gates[] = {"gate-t", "gate-s", "door-x"};
	static const char *const devices[] = {"T1", "T2", "S1", "S2", "X1"};
	static const uint32_t from[] = {0, 1, 2}, to[] = {1, 2, 0}, lanes[] = {2, 2, 0}, of[] = {0, 0, 1, 1, 2};
	static const char by[80] = "anna";
	pack_add_u32(out, 0x444C4643u);
	pack_add_u32(out, 1);
	pack_add_u64(out, f->records);
	pack_add_u64(out, (uint64_t)f->at_first);
	pack_add_u64(out, (uint64_t)f->at_recorded);
	pack_add_u64(out, (uint64_t)f->at_passage);
	pack_add_u64(out, 0);
	pack_add_u64(out, (uint64_t)AT_NONE);
	pack_add_u32(out, 1);
	pack_add_text(out, text_of(plan));
	pack_add_u32(out, lie->zones);
	for (uint32_t i = 0; i < lie->zones && i < 3; i++) {
		pack_add_text(out, text_of(i == 2 ? lie->zone : zones[i]));
		pack_add_text(out, (struct text){by, i == 1 ? lie->by_size : 0});
	}
	pack_add_u32(out, lie->checkpoints);
	for (uint32_t i = 0; i < lie->checkpoints && i < 3; i++) {
		pack_add_text(out, text_of(gates[i]));
		pack_add_u32(out, i == 2 ? lie->from : from[i]);
		pack_add_u32(out, i == 2 ? lie->to : to[i]);
		uint32_t count = i == 2 ? lie->lanes : lanes[i];
		pack_add_u32(out, count);
		for (uint32_t k = 0; k < count; k++)
			buf_add_char(out, 1);
	}
	pack_add_u32(out, lie->devices);
	for (uint32_t i = 0; i < lie->devices && i < 5; i++) {
		pack_add_text(out, text_of(i == 4 ? lie->device : devices[i]));
		pack_add_u32(out, i == 4 ? lie->at : of[i]);
	}
	pack_add_u64(out, 1);
	struct ledger_passage p = f->conflicts[0].passage;
	p.device = lie->conflict_device;
	uint8_t bytes[INPUT_PASSAGE_BYTES];
	input_write_passage(lie->what[0] == 'k' ? INPUT_PASSAGE : INPUT_CONFLICT, &p, bytes);
	buf_add(out, bytes, sizeof bytes);
	pack_add_u64(out, (uint64_t)T0);
	assert_int_equal(ledger_save(f->ledger, out), ERR_NONE);
}

static void each_lie_in_a_saved_fold_is_found(void **state)
{
#define TRUTH .zones = 3, .checkpoints = 3, .devices = 5, .by_size = 4, .from = 2, .to = 0, .at = 2, .zone = "hall", .device = "X1"
	static const struct lie truth = {.what = "truth", TRUTH};
	struct lie rows[20];
	uint32_t n = 0;
	struct fold *f = busy_fold(), *loaded;
	(void)state;
#define LIE(name, member, value) do { rows[n] = truth; rows[n].what = name; rows[n++].member = value; } while (0)
	LIE("more zones than there can be", zones, PLAN_ZONES_MAX + 1);
	LIE("a zone too few", zones, 2);
	LIE("more zones than are told", zones, 4);
	LIE("a zone twice", zone, "hold");
	LIE("a zone that the plan does not have", zone, "cellar");
	LIE("an author too long", by_size, 65);
	LIE("more checkpoints than there can be", checkpoints, PLAN_CHECKPOINTS_MAX + 1);
	LIE("a checkpoint too few", checkpoints, 2);
	LIE("from nowhere", from, 3);
	LIE("to nowhere", to, 3);
	LIE("more lanes than there can be", lanes, PLAN_LANES_MAX + 1);
	LIE("more lanes than the plan has", lanes, 1);
	LIE("more devices than there can be", devices, PLAN_DEVICES_MAX + 1);
	LIE("a device too few", devices, 4);
	LIE("a device at no checkpoint", at, 3);
	LIE("a device twice", device, "S2");
	LIE("a device that the plan does not have", device, "X9");
	LIE("a conflict of no device", conflict_device, 5);
	LIE("kind of a conflict", zones, 3);
	struct buf b;
	buf_init(&b, 1 << 22);
	write_saved(f, &truth, plan_small, &b);
	assert_int_equal(load_exactly(b.at, b.size, &loaded), ERR_NONE);
	assert_int_equal(ledger_view_books(loaded->ledger).passages, 19);
	fold_free(loaded);
	for (uint32_t i = 0; i < n; i++) {
		buf_reset(&b);
		write_saved(f, &rows[i], plan_small, &b);
		err_t e = load_exactly(b.at, b.size, &loaded);
		if (e != ERR_STORE_CORRUPT)
			fail_msg("%s: %s", rows[i].what, error_row(e)->code);
	}
	/* A plan that fits nothing of what is counted; and none. */
	static const char *const plans[] = {
		HEAD(START) ZONE("hold", "holding", "0", "30") "," ZONE("yard", "concourse", "30", "80") ","
			CHECKPOINT("gate-t", "ticket", "outside", "hold", "0", LANES("true"), DEVICE("T1", "")) "]}",
		HEAD(START) ZONE("hold", "holding", "0", "30") "," CHECKPOINT("gate-q", "ticket", "outside", "hold", "0", LANES("true"),
			DEVICE("T1", "")) "]}",
		HEAD(START) ZONE("hold", "holding", "0", "30") "," CHECKPOINT("gate-t", "ticket", "outside", "hold", "0", LANES("true"),
			DEVICE("Q1", "")) "]}",
		"{}",
	};
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		buf_reset(&b);
		write_saved(f, &truth, plans[i], &b);
		err_t e = load_exactly(b.at, b.size, &loaded);
		if (e != ERR_STORE_CORRUPT)
			fail_msg("plan %zu: %s", i, error_row(e)->code);
	}
	buf_free(&b);
	fold_free(f);
}

int main(void)
{
	log_set_level((enum log_level)-1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_that_cannot_be_is_corrupt),
		cmocka_unit_test(a_batch_that_does_not_follow_is_corrupt),
		cmocka_unit_test(what_was_released_can_come_again),
		cmocka_unit_test(the_minutes_of_flow_begin_where_the_plan_or_the_clock_says),
		cmocka_unit_test(a_plan_that_never_starts_is_corrupt),
		cmocka_unit_test(a_plan_with_more_names_than_there_is_room_for_is_told),
		cmocka_unit_test(a_saved_fold_cut_or_changed_anywhere_is_refused_or_harmless),
		cmocka_unit_test(each_lie_in_a_saved_fold_is_found),
	};
	return cmocka_run_group_tests_name("the fold", tests, NULL, NULL);
}
