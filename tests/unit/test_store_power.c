/* Lives of a store on a disk that loses its power, whose process is killed, that fails and fills up: whatever was acknowledged
 * in one life, or found when it began, is there in the next, and right. */
#include "store_for_test.h"
#include "world/disk.h"

/* ---- what must be there ---- */

#define SESSIONS 2
static const char *const ids[SESSIONS] = {"a", "b"};

/* Of each thing, what was acknowledged (or found, which is as good), and what may be there besides: one change in flight. */
struct known {
	uint64_t records[SESSIONS], records_flying[SESSIONS];
	uint64_t snapshot[SESSIONS], snapshot_flying[SESSIONS];
	uint64_t version, version_flying;
	uint64_t lines, lines_flying;
};

struct house {
	struct world_disk *disk;
	struct place place;
	struct journal *journals[SESSIONS];
	struct known known;
	struct random random;
	bool is_fresh[SESSIONS], is_catalog_fresh; /* opened, and what was found is not yet noted */
	unsigned long looks, in_flight_found;
	err_t last;
};

static void house_begin(struct house *h, uint64_t seed)
{
	*h = (struct house){.disk = world_disk_new()};
	h->place = (struct place){.dir = "/data", .disk = world_disk_table(h->disk)};
	random_seed(&h->random, seed);
	log_set_level((enum log_level)-1);
}

static void close_all(struct house *h)
{
	for (int i = 0; i < SESSIONS; i++) {
		journal_close(h->journals[i]);
		h->journals[i] = NULL;
	}
	store_close(h->place.store);
	h->place.store = NULL;
}

static void house_end(struct house *h)
{
	close_all(h);
	world_disk_free(h->disk);
}

/* ---- doing: each call may fail, and then nothing is acknowledged ---- */

static size_t snapshot_fill(uint64_t number, uint8_t bytes[4096])
{
	struct random r;
	size_t size = 100 + number * 37 % 3900;
	random_seed(&r, number);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)random_u64(&r);
	return size;
}

static err_t do_open(struct house *h)
{
	if (h->place.store == NULL) {
		if ((h->last = store_open_on(h->place.dir, h->place.disk, &h->place.store, NULL)) != ERR_NONE)
			return h->last;
		h->is_catalog_fresh = true;
	}
	for (int i = 0; i < SESSIONS; i++) {
		if (h->journals[i] != NULL)
			continue;
		if ((h->last = journal_open(h->place.store, ids[i], &h->journals[i], NULL)) != ERR_NONE)
			return h->last;
		h->is_fresh[i] = true;
	}
	return ERR_NONE;
}

static err_t do_commit(struct house *h, int i)
{
	uint32_t count = 1 + (uint32_t)random_below(&h->random, random_below(&h->random, 20) == 0 ? 900 : 8);
	if (h->known.records_flying[i] > 0) { /* its journal is broken: it takes nothing more */
		assert_int_equal(commit_next(h->journals[i], count), ERR_STORE_WRITE);
		return ERR_STORE_WRITE;
	}
	h->known.records_flying[i] = count;
	err_t error = commit_next(h->journals[i], count);
	if (error == ERR_NONE) {
		h->known.records[i] += count;
		h->known.records_flying[i] = 0;
	} else if (error == ERR_STORE_FULL) {
		h->known.records_flying[i] = 0; /* taken back: nothing of it may ever be seen */
	}
	return error;
}

static err_t do_snapshot(struct house *h, int i)
{
	uint8_t bytes[4096];
	uint64_t number = h->known.records[i];
	if (number == 0)
		return ERR_NONE;
	h->known.snapshot_flying[i] = number;
	err_t error = snapshot_write(h->place.store, ids[i], number, bytes, snapshot_fill(number, bytes));
	if (error == ERR_NONE)
		h->known.snapshot[i] = number;
	return error;
}

static err_t do_put(struct house *h)
{
	char body[32];
	h->known.version_flying = h->known.version + 1;
	snprintf(body, sizeof(body), "version %llu", (unsigned long long)h->known.version_flying);
	err_t error = catalog_put(h->place.store, "plan", "a", h->known.version, text_of(body), NULL);
	if (error == ERR_NONE)
		h->known.version++;
	else if (error == ERR_STORE_FULL)
		h->known.version_flying = h->known.version;
	return error;
}

static err_t do_line(struct house *h)
{
	char line[32];
	h->known.lines_flying = h->known.lines + 1;
	snprintf(line, sizeof(line), "line %llu", (unsigned long long)h->known.lines_flying);
	err_t error = chain_append(h->place.store, "audit", text_of(line), NULL);
	if (error == ERR_NONE)
		h->known.lines++;
	else if (error == ERR_STORE_FULL)
		h->known.lines_flying = h->known.lines;
	return error;
}

static bool take_line(void *ctx, uint64_t number, struct text line)
{
	char wanted[32];
	uint64_t *count = ctx;
	snprintf(wanted, sizeof(wanted), "line %llu", (unsigned long long)number);
	assert_int_equal(line.size, strlen(wanted));
	assert_memory_equal(line.at, wanted, line.size);
	*count = number;
	return true;
}

static void expect_records(const struct known *k, int i, uint64_t count)
{
	if (count != k->records[i] && count != k->records[i] + k->records_flying[i])
		fail_msg("session %s: %llu acknowledged, %llu in flight, %llu there", ids[i], (unsigned long long)k->records[i],
		         (unsigned long long)k->records_flying[i], (unsigned long long)count);
}

/* What an opening found, while things go on failing: from now on it must be there. */
static void adopt(struct house *h)
{
	struct known *k = &h->known;
	uint64_t version = 0, lines = 0;
	for (int i = 0; i < SESSIONS; i++) {
		uint64_t count = journal_count(h->journals[i]);
		if (!h->is_fresh[i])
			continue;
		h->is_fresh[i] = false;
		expect_records(k, i, count);
		k->records[i] = count;
		k->records_flying[i] = 0;
	}
	if (!h->is_catalog_fresh)
		return;
	h->is_catalog_fresh = false;
	err_t error = catalog_get(h->place.store, "plan", "a", NULL, &version);
	if (error == ERR_NONE || error == ERR_NOT_FOUND) {
		assert_true(version == k->version || version == k->version_flying);
		k->version = k->version_flying = version;
	}
	if (chain_list(h->place.store, "audit", 1, UINT64_MAX, take_line, &lines) == ERR_NONE) {
		assert_true(lines == k->lines || lines == k->lines_flying);
		k->lines = k->lines_flying = lines;
	}
}

static err_t do_something(struct house *h)
{
	int i = (int)random_below(&h->random, SESSIONS);
	switch (random_below(&h->random, 16)) {
	case 0: return do_snapshot(h, i);
	case 1: return journal_tidy(h->place.store, ids[i]);
	case 2: return do_put(h);
	case 3: return do_line(h);
	case 4: {
		journal_close(h->journals[i]);
		h->journals[i] = NULL;
		err_t error = do_open(h);
		if (error == ERR_NONE)
			adopt(h);
		return error;
	}
	default: return do_commit(h, i);
	}
}

/* ---- looking ---- */

static void look_at_session(struct place *p, struct known *k, int i, struct journal *j)
{
	uint64_t count = journal_count(j), number = 0;
	uint8_t bytes[4096];
	struct buf out;
	expect_records(k, i, count);
	assert_int_equal(count_right(p, ids[i]), count);
	buf_init(&out, 1 << 20);
	assert_int_equal(snapshot_read(p->store, ids[i], count, &number, &out), ERR_NONE);
	if (number != k->snapshot[i] && number != k->snapshot_flying[i])
		fail_msg("session %s: snapshot %llu, not %llu", ids[i], (unsigned long long)number, (unsigned long long)k->snapshot[i]);
	if (number > 0) {
		assert_int_equal(out.size, snapshot_fill(number, bytes));
		assert_memory_equal(out.at, bytes, out.size);
	}
	buf_free(&out);
	k->records[i] = count;
	k->records_flying[i] = 0;
	k->snapshot[i] = k->snapshot_flying[i] = number;
}

static void look_at_catalog(struct place *p, struct known *k)
{
	char wanted[32];
	uint64_t version = 0, lines = 0;
	struct buf body;
	buf_init(&body, 100);
	err_t error = catalog_get(p->store, "plan", "a", &body, &version);
	assert_true(error == ERR_NONE || error == ERR_NOT_FOUND);
	assert_true(version == k->version || version == k->version_flying);
	snprintf(wanted, sizeof(wanted), "version %llu", (unsigned long long)version);
	assert_true(version == 0 || strcmp(body.at, wanted) == 0);
	buf_free(&body);
	assert_int_equal(chain_list(p->store, "audit", 1, UINT64_MAX, take_line, &lines), ERR_NONE);
	assert_true(lines == k->lines || lines == k->lines_flying);
	k->version = k->version_flying = version;
	k->lines = k->lines_flying = lines;
}

/* Everything is opened and compared; what is found is what must be there from now on. */
static void look(struct place *p, struct journal *journals[SESSIONS], struct known *k)
{
	for (int i = 0; i < SESSIONS; i++)
		look_at_session(p, k, i, journals[i]);
	look_at_catalog(p, k);
}

static void begin_a_life(struct house *h)
{
	err_t error = do_open(h);
	if (error != ERR_NONE)
		fail_msg("opening on a healthy disk: %s", error_row(error)->code);
	adopt(h);
	look(&h->place, h->journals, &h->known);
	h->looks++;
}

/* ---- power cuts and kills, life after life ---- */

struct ends { bool cuts, kills; };

static void live_until_the_end(struct house *h, struct ends ends, uint64_t changes_max)
{
	bool is_kill = ends.kills && (!ends.cuts || random_below(&h->random, 3) == 0);
	world_disk_plan_cut(h->disk, world_disk_changes(h->disk) + 1 + random_below(&h->random, changes_max));
	if (do_open(h) == ERR_NONE) /* it may be cut short itself */
		adopt(h);
	while (!world_disk_is_cut(h->disk))
		do_something(h);
	close_all(h);
	if (is_kill)
		world_disk_kill_process(h->disk);
	else
		world_disk_power_on(h->disk, &h->random);
}

static unsigned long live_many_lives(uint64_t seed, struct ends ends, int lives, uint64_t changes_max)
{
	struct house h;
	house_begin(&h, seed);
	for (int life = 0; life < lives; life++) {
		live_until_the_end(&h, ends, changes_max);
		begin_a_life(&h);
		if (random_below(&h.random, 2) == 0) /* or else it goes on with what is open */
			close_all(&h);
	}
	unsigned long looks = h.looks;
	house_end(&h);
	return looks;
}

static int factor = 1;

static void life_after_life_of_power_cuts_loses_nothing(void **state)
{
	unsigned long lives = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 20u * (unsigned)factor; seed++)
		lives += live_many_lives(seed, (struct ends){.cuts = true}, 50, seed % 4 == 0 ? 12 : 300);
	print_message("    %lu lives ended by a power cut\n", lives);
}

static void life_after_life_of_kills_and_cuts_loses_nothing(void **state)
{
	unsigned long lives = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 20u * (unsigned)factor; seed++)
		lives += live_many_lives(1000 + seed, (struct ends){true, true}, 50, seed % 4 == 0 ? 12 : 300);
	print_message("    %lu lives ended by a kill or a power cut\n", lives);
}

/* ---- faults before the end ---- */

static void plan_a_fault(struct house *h, enum world_fault fault)
{
	uint64_t count = random_below(&h->random, 3) == 0 ? UINT64_MAX : 1 + random_below(&h->random, 3);
	world_disk_plan_fault(h->disk, fault, 1 + random_below(&h->random, 60), count);
}

/* Something fails, once or on and on; the store goes on as far as it can, is opened again, and then the power goes. */
static void live_badly(struct house *h)
{
	if (random_below(&h->random, 2) == 0) /* also while everything is made and opened */
		plan_a_fault(h, (enum world_fault)random_below(&h->random, WORLD_FAULTS));
	if (do_open(h) == ERR_NONE)
		adopt(h);
	else
		close_all(h);
	plan_a_fault(h, (enum world_fault)random_below(&h->random, WORLD_FAULTS));
	if (random_below(&h->random, 3) == 0)
		plan_a_fault(h, (enum world_fault)random_below(&h->random, WORLD_FAULTS));
	uint64_t until = world_disk_changes(h->disk) + random_below(&h->random, 300);
	for (int i = 0; i < 200 && world_disk_changes(h->disk) < until; i++) {
		if (h->journals[0] == NULL || h->journals[1] == NULL) {
			if (do_open(h) == ERR_NONE)
				adopt(h);
			else
				close_all(h);
			continue;
		}
		if (do_something(h) == ERR_STORE_WRITE && random_below(&h->random, 2) == 0) {
			close_all(h); /* "restart the server": the faults may go on */
			if (random_below(&h->random, 2) == 0)
				world_disk_kill_process(h->disk);
		}
	}
}

static void nothing_is_lost_by_faults_restarts_and_a_power_cut_after_them(void **state)
{
	unsigned long lives = 0, met[WORLD_FAULTS] = {0};
	(void)state;
	for (uint64_t seed = 1; seed <= 100u * (unsigned)factor; seed++) {
		struct house h;
		house_begin(&h, 2000 + seed);
		for (int life = 0; life < 10; life++) {
			live_badly(&h);
			close_all(&h);
			world_disk_heal(h.disk);
			if (random_below(&h.random, 3) != 0)
				world_disk_power_on(h.disk, &h.random);
			begin_a_life(&h);
		}
		lives += h.looks;
		for (int i = 0; i < WORLD_FAULTS; i++)
			met[i] += world_disk_faults_met(h.disk, (enum world_fault)i);
		house_end(&h);
	}
	print_message("    %lu lives; met: %lu full, %lu failed writes, %lu failed syncs, %lu failed reads, %lu read-only\n", lives,
	              met[WORLD_FULL], met[WORLD_WRITE_ERROR], met[WORLD_SYNC_ERROR], met[WORLD_READ_ERROR], met[WORLD_READ_ONLY]);
}

/* A batch whose sync failed is found on opening; the disk is full, so it cannot be moved into the file; its log is synced once
 * more, which succeeds and does nothing. What was found must still be there after the power went. */
static void a_sync_that_failed_is_not_made_good_by_one_that_succeeds(void **state)
{
	unsigned found = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct house h;
		house_begin(&h, 4000 + seed);
		begin_a_life(&h);
		for (int i = 0; i < 5; i++)
			assert_int_equal(do_commit(&h, 0), ERR_NONE);
		world_disk_plan_fault(h.disk, WORLD_SYNC_ERROR, 1, 1);
		assert_int_equal(do_commit(&h, 0), ERR_STORE_WRITE);
		close_all(&h);
		if (seed % 2 == 0)
			world_disk_kill_process(h.disk);
		uint64_t before = h.known.records[0];
		const struct disk *disk = h.place.disk; /* no room for even one block more */
		world_disk_set_size(h.disk, (64u << 20) - (uint64_t)disk->free_size(disk->self, "/data"));
		if (do_open(&h) == ERR_NONE) {
			adopt(&h);
			found += h.known.records[0] > before;
		}
		close_all(&h);
		world_disk_set_size(h.disk, 64u << 20);
		world_disk_power_on(h.disk, &h.random);
		begin_a_life(&h);
		house_end(&h);
	}
	print_message("    found in %u of 60 lives\n", found);
	assert_true(found > 10);
}

/* Each fault at each call that it can meet while a store and its journals are made; what was made half is made whole by
 * trying again, and then holds through a power cut. */
static unsigned long fail_while_it_is_made(enum world_fault fault, uint64_t fates, bool is_killed)
{
	unsigned long cases = 0;
	uint64_t calls = 1;
	for (uint64_t at = 1; at <= calls; at++) {
		for (uint64_t fate = 1; fate <= fates; fate++) {
			struct house h;
			house_begin(&h, 5000 + 100 * at + fate);
			world_disk_plan_fault(h.disk, fault, at, 1);
			for (int tries = 0; do_open(&h) != ERR_NONE; tries++) {
				assert_true(tries < 2);
				close_all(&h);
				if (is_killed)
					world_disk_kill_process(h.disk);
			}
			calls = fate == 1 && at == 1 ? world_disk_calls(h.disk, fault) : calls;
			adopt(&h);
			world_disk_heal(h.disk);
			for (int i = 0; i < 6; i++)
				assert_int_equal(i % 3 == 2 ? do_line(&h) : do_commit(&h, i % 3), ERR_NONE);
			close_all(&h);
			world_disk_power_on(h.disk, &h.random);
			begin_a_life(&h);
			house_end(&h);
			cases++;
		}
	}
	return cases;
}

static void what_fails_while_a_store_is_made_can_be_tried_again_and_holds(void **state)
{
	static const char *const names[WORLD_FAULTS] = {"full", "failed writes", "failed syncs", "failed reads", "read-only"};
	(void)state;
	for (int fault = 0; fault < WORLD_FAULTS; fault++) {
		unsigned long cases = fail_while_it_is_made((enum world_fault)fault, 6, false) +
		                      fail_while_it_is_made((enum world_fault)fault, 6, true);
		print_message("    %s: %lu cases\n", names[fault], cases);
	}
}

/* ---- a cut at every change ---- */

struct watch {
	struct house *house;
	unsigned fates;
	unsigned long cuts;
};

/* The disk as a cut at this moment may leave it: opened, compared, gone on with. */
static void cut_and_look(void *ctx)
{
	struct watch *w = ctx;
	for (unsigned i = 0; i < w->fates; i++) {
		struct known known = w->house->known;
		struct world_disk *disk = world_disk_copy(w->house->disk, &w->house->random);
		struct house h = {.disk = disk, .place = {.dir = "/data", .disk = world_disk_table(disk)}};
		assert_int_equal(do_open(&h), ERR_NONE);
		look(&h.place, h.journals, &known);
		assert_int_equal(commit_next(h.journals[0], 2), ERR_NONE);
		assert_int_equal(count_right(&h.place, "a"), known.records[0] + 2);
		w->cuts++;
		house_end(&h);
	}
}

static void a_cut_at_every_change_of_an_evening_loses_nothing(void **state)
{
	struct house h;
	(void)state;
	house_begin(&h, 3000);
	struct watch w = {.house = &h, .fates = 2};
	world_disk_watch(h.disk, cut_and_look, &w); /* from the very first: the making of the folder */
	assert_int_equal(do_open(&h), ERR_NONE);
	for (int i = 0; i < 150 * factor; i++)
		assert_int_equal(do_something(&h), ERR_NONE);
	close_all(&h);
	world_disk_watch(h.disk, NULL, NULL);
	print_message("    %lu power cuts, %u at each of %llu changes\n", w.cuts, w.fates,
	              (unsigned long long)world_disk_changes(h.disk));
	house_end(&h);
}

int main(int argc, char **argv)
{
	uint64_t n;
	if (argc > 1 && text_to_u64(text_of(argv[1]), &n) && n >= 1 && n <= 10000)
		factor = (int)n; /* so many times as much */
	if (argc > 2)
		cmocka_set_test_filter(argv[2]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(life_after_life_of_power_cuts_loses_nothing),
		cmocka_unit_test(life_after_life_of_kills_and_cuts_loses_nothing),
		cmocka_unit_test(nothing_is_lost_by_faults_restarts_and_a_power_cut_after_them),
		cmocka_unit_test(what_fails_while_a_store_is_made_can_be_tried_again_and_holds),
		cmocka_unit_test(a_sync_that_failed_is_not_made_good_by_one_that_succeeds),
		cmocka_unit_test(a_cut_at_every_change_of_an_evening_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
