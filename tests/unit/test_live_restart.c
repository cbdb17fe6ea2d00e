/* What comes back: the same state, to the byte, from journal, from snapshot and tail, at any past moment, after kill -9 and
 * after a full disk. The oracle is a fold of the whole journal, batch by batch, by this file. */
#include <signal.h>
#include <sys/wait.h>

#include "live/inside.h"
#include "live/view.h"
#include <sqlite3.h>

#include "live_for_test.h"
#include "world/disk.h"

/* ---- a session in which everything happens, by seed ---- */

static const char *const devices[] = {"T1", "T2", "S1", "S2", "X1", "T3"};

static struct passage_said random_passage(struct random *r, at_ms now, uint64_t seqs[6])
{
	uint32_t d = (uint32_t)random_below(r, 6);
	uint64_t seq = random_below(r, 8) == 0 && seqs[d] > 0 ? random_below(r, seqs[d]) + 1 : ++seqs[d] + random_below(r, 2);
	struct passage_said p = said(devices[d], seq, now - (at_ms)random_below(r, 200000), (uint32_t)random_below(r, 4),
		(uint32_t)random_below(r, 2));
	if (d == 4) {
		p.totals = true;
		p.in = (uint32_t)seq / 9;
		p.out = (uint32_t)seq * 3;
	}
	p.boot = 1 + random_below(r, 20) / 19;
	return p;
}

static void random_input(struct hall *h, struct random *r)
{
	struct answer a = {0};
	switch (random_below(r, 5)) {
	case 0:
		live_post_recount(h->session, TEXT("hold"), (uint32_t)random_below(r, 500), 10, AT_NONE,
		                  TEXT("anna"), TEXT("eye"), answer_done, &a);
		break;
	case 1: live_set_lane(h->session, TEXT("gate-s"), TEXT("2"), random_below(r, 2) == 0, TEXT("ben"), answer_done, &a); break;
	case 2: live_put_plan(h->session, random_below(r, 2) == 0 ? TEXT(plan_larger) : TEXT(plan_small), TEXT("ben"), answer_done, &a); break;
	case 3: live_post_empty(h->session, TEXT("anna"), TEXT("seen"), answer_done, &a); break;
	default: live_set_lane(h->session, TEXT("gate-t"), TEXT("1"), false, TEXT("ben"), answer_done, &a); break;
	}
	hall_await(h, &a.done);
	assert_int_equal(a.error, ERR_NONE);
}

static void live_through(struct hall *h, struct random *r, uint64_t seqs[6], int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct passage_said p[40];
		uint32_t count = (uint32_t)random_below(r, 40);
		at_ms now = atomic_load(&h->clock.now);
		for (uint32_t k = 0; k < count; k++)
			p[k] = random_passage(r, now, seqs);
		hall_send(h, p, count);
		if (random_below(r, 6) == 0)
			random_input(h, r);
		test_clock_step(&h->clock, (int64_t)random_below(r, 9000));
	}
}

static struct fold *fold_from_zero(struct place *place, at_ms at)
{
	struct journal_reader *reader;
	struct journal_batch batch;
	struct fold *f;
	bool more;
	assert_int_equal(fold_new(&f), ERR_NONE);
	assert_int_equal(journal_reader_open(place->store, "s", &reader, NULL), ERR_NONE);
	assert_int_equal(journal_reader_seek(reader, 1), ERR_NONE);
	while (journal_reader_next(reader, &batch, &more) == ERR_NONE && more && (at == AT_NONE || batch.at_recorded <= at))
		assert_int_equal(fold_batch(f, &batch, false, NULL), ERR_NONE);
	journal_reader_close(reader);
	return f;
}

static struct buf saved_fold(struct fold *f)
{
	struct buf b;
	buf_init(&b, FOLD_BYTES_MAX);
	assert_int_equal(fold_save(f, &b), ERR_NONE);
	return b;
}

static void assert_same_bytes(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a->at, b->at, a->size);
}

static void snapshot_and_tail_equal_a_full_rebuild_to_the_byte(void **state)
{
	struct hall *h = *state;
	struct random r;
	uint64_t seqs[6] = {0}, newest, older;
	random_seed(&r, 11);
	for (int life = 0; life < 4; life++) {
		live_through(h, &r, seqs, 40);
		hall_restart(h);
	}
	hall_stop(h);
	struct buf from_writer, before;
	buf_init(&from_writer, FOLD_BYTES_MAX);
	buf_init(&before, FOLD_BYTES_MAX);
	assert_int_equal(snapshot_read(h->place->store, "s", UINT64_MAX, &newest, &from_writer), ERR_NONE);
	assert_int_equal(snapshot_read(h->place->store, "s", newest - 1, &older, &before), ERR_NONE);
	assert_true(older > 0 && older < newest);
	struct fold *rebuilt = fold_from_zero(h->place, AT_NONE), *tailed;
	assert_int_equal(rebuilt->records, newest);
	struct buf all = saved_fold(rebuilt);
	assert_same_bytes(&all, &from_writer); /* the writer's own fold, through four lives */
	assert_int_equal(fold_load((struct text){before.at, before.size}, NULL, &tailed), ERR_NONE);
	struct journal_reader *reader;
	struct journal_batch batch;
	bool more;
	assert_int_equal(journal_reader_open(h->place->store, "s", &reader, NULL), ERR_NONE);
	assert_int_equal(journal_reader_seek(reader, older + 1), ERR_NONE);
	while (journal_reader_next(reader, &batch, &more) == ERR_NONE && more)
		assert_int_equal(fold_batch(tailed, &batch, false, NULL), ERR_NONE);
	journal_reader_close(reader);
	struct buf tail = saved_fold(tailed);
	assert_same_bytes(&all, &tail);
	fold_free(rebuilt);
	fold_free(tailed);
	buf_free(&all);
	buf_free(&tail);
	buf_free(&from_writer);
	buf_free(&before);
}

static void cut_or_turned_snapshots_are_refused_not_believed(void **state)
{
	struct hall *h = *state;
	struct random r;
	uint64_t seqs[6] = {0};
	random_seed(&r, 12);
	live_through(h, &r, seqs, 10);
	struct fold *f = fold_from_zero(h->place, AT_NONE), *other;
	struct buf b = saved_fold(f);
	for (int i = 0; i < 300; i++) {
		size_t cut = random_below(&r, b.size);
		assert_int_not_equal(fold_load((struct text){b.at, cut}, f->plan, &other), ERR_NONE);
	}
	for (int i = 0; i < 600; i++) { /* a turned bit may be another good state; it must not crash */
		size_t at = random_below(&r, i % 2 == 0 ? 256 : b.size);
		char was = b.at[at];
		b.at[at] = (char)(b.at[at] ^ 1 << random_below(&r, 8));
		if (fold_load((struct text){b.at, b.size}, f->plan, &other) == ERR_NONE)
			fold_free(other);
		b.at[at] = was;
	}
	buf_free(&b);
	fold_free(f);
}

static void the_past_is_told_as_it_was_known_then(void **state)
{
	struct hall *h = *state;
	struct random r;
	uint64_t seqs[6] = {0};
	random_seed(&r, 13);
	hall_stop(h);
	h->settings.snapshot_records = 320; /* a keyframe every 21 records: they are laid, used and thinned */
	hall_start(h);
	live_through(h, &r, seqs, 200);
	at_ms now = atomic_load(&h->clock.now);
	for (int i = 0; i < 60; i++) {
		at_ms at = T0 + (at_ms)random_below(&r, (uint64_t)(now - T0) + 1);
		struct live_text *told = hall_state_text(h, at);
		struct fold *f = fold_from_zero(h->place, at);
		struct view *view;
		struct buf wanted;
		struct view_of of = {.session = "s", .speed = 1, .at = at};
		buf_init(&wanted, VIEW_BYTES_MAX);
		assert_int_equal(view_new(&view), ERR_NONE);
		assert_int_equal(view_make(view, f, &of), ERR_NONE);
		assert_int_equal(view_write_state(view, f, &of, &wanted), ERR_NONE);
		if (!text_equal(live_text_of(told), (struct text){wanted.at, wanted.size}))
			fail_msg("at %lld:\n%s\n%s", (long long)at, live_text_of(told).at, wanted.at);
		live_text_drop(told);
		view_free(view);
		fold_free(f);
		buf_free(&wanted);
	}
	struct answer before = {0}, after = {0};
	live_read_state(h->session, T0 - 1, answer_json, &before);
	live_read_state(h->session, now + 1, answer_json, &after);
	hall_await(h, &before.done);
	hall_await(h, &after.done);
	assert_int_equal(before.error, ERR_HISTORY_RANGE);
	assert_int_equal(after.error, ERR_HISTORY_RANGE);
}

/* ---- kill -9 ---- */

#define LOOP_BATCH 25

/* Sends batch after batch of T1's passages and writes the last acknowledged number to the pipe, until it is killed. */
static void send_until_killed(struct place *place, uint64_t first, int pipe_to)
{
	struct hall h = {.place = place, .lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
	atomic_init(&h.clock.now, T0);
	place_open(place);
	hall_start(&h);
	for (uint64_t seq = first;; seq += LOOP_BATCH) {
		struct passage_said p[LOOP_BATCH];
		for (uint32_t i = 0; i < LOOP_BATCH; i++)
			p[i] = said("T1", seq + i, T0, 1, 0);
		struct receipt r = hall_send(&h, p, LOOP_BATCH);
		uint64_t acknowledged = seq + LOOP_BATCH - 1;
		if (r.error != ERR_NONE || write(pipe_to, &acknowledged, sizeof acknowledged) != sizeof acknowledged)
			_exit(1);
	}
}

/* One life: returns the greatest acknowledged number. */
static uint64_t run_and_kill(struct hall *h, uint64_t first, uint64_t kill_after)
{
	int ends[2];
	uint64_t acknowledged = first - 1, word;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		send_until_killed(h->place, first, ends[1]);
	}
	close(ends[1]);
	for (uint64_t i = 0; i < kill_after && read(ends[0], &word, sizeof word) == sizeof word; i++)
		acknowledged = word;
	kill(child, SIGKILL);
	while (read(ends[0], &word, sizeof word) == sizeof word)
		acknowledged = word;
	waitpid(child, NULL, 0);
	close(ends[0]);
	return acknowledged;
}

static void what_was_acknowledged_is_there_once_after_kill_9(void **state)
{
	struct hall *h = *state;
	struct random r;
	uint64_t next = 1;
	random_seed(&r, 14);
	hall_stop(h);
	for (int life = 0; life < 15; life++) {
		store_close(h->place->store);
		uint64_t acknowledged = run_and_kill(h, next, random_below(&r, 30) + 1);
		place_open(h->place);
		hall_start(h);
		assert_non_null(h->session);
		/* All again, and a batch that may have been under way: the old ones must be duplicates. */
		for (uint64_t seq = next; seq <= acknowledged + LOOP_BATCH; seq++) {
			struct receipt one = hall_send_one(h, said("T1", seq, T0, 1, 0));
			assert_int_equal(one.accepted + one.duplicate, 1);
			if (seq <= acknowledged && one.duplicate != 1)
				fail_msg("life %d: %llu was acknowledged and is not there", life, (unsigned long long)seq);
		}
		next = acknowledged + LOOP_BATCH + 1;
		json_t *s = hall_state(h, AT_NONE);
		assert_int_equal(number(item(s, "zones", "hold"), "ledger"), next - 1);
		assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
		json_decref(s);
		hall_stop(h);
	}
}

/* ---- a full disk ---- */

/* The hall moves to a simulated disk, with no session on it. */
static struct world_disk *move_to_an_empty_disk(struct hall *h, char dir[64])
{
	struct world_disk *disk = world_disk_new();
	hall_stop(h);
	store_close(h->place->store);
	memcpy(dir, h->place->dir, 64);
	snprintf(h->place->dir, sizeof(h->place->dir), "/data");
	h->place->disk = world_disk_table(disk);
	place_open(h->place);
	hall_start(h);
	return disk;
}

/* With a new session "s" on it; and back again. */
static struct world_disk *move_to_a_disk(struct hall *h, char dir[64])
{
	struct world_disk *disk = move_to_an_empty_disk(h, dir);
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("s"), .plan = TEXT(plan_small), .by = TEXT("anna"),
		.speed = 1, .at = AT_NONE}), ERR_NONE);
	return disk;
}

static void move_back(struct hall *h, struct world_disk *disk, const char dir[64])
{
	hall_stop(h);
	store_close(h->place->store);
	world_disk_free(disk);
	memcpy(h->place->dir, dir, 64);
	h->place->disk = NULL;
	place_open(h->place);
}

static void a_full_disk_is_told_and_heals(void **state)
{
	struct hall *h = *state;
	struct live_health health;
	char dir[64];
	struct world_disk *disk = move_to_a_disk(h, dir);
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	world_disk_plan_fault(disk, WORLD_FULL, 1, UINT64_MAX);
	struct receipt r = hall_send(h, (struct passage_said[]){said("T1", 2, T0, 10, 0), said("T1", 2, T0, 10, 0)}, 2);
	assert_int_equal(r.error, ERR_STORE_FULL);
	live_health(h->live, &health);
	assert_false(health.writable);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "zones", "hold"), "ledger"), 1);
	json_decref(s);
	world_disk_heal(disk);
	r = hall_send_one(h, said("T1", 2, T0, 20, 0)); /* nothing of it was kept: not even its identity */
	assert_int_equal(r.accepted, 1);
	live_health(h->live, &health);
	assert_true(health.writable);
	s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "zones", "hold"), "ledger"), 21);
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	json_decref(s);
	move_back(h, disk, dir);
}

/* Otherwise the alarm of a night stays until somebody counts again. */
static void a_refusal_is_over_when_there_is_room_though_nobody_says_anything_more(void **state)
{
	struct hall *h = *state;
	struct live_health health;
	char dir[64];
	h->settings.by_hand = true;
	struct world_disk *disk = move_to_a_disk(h, dir);
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	test_clock_step(&h->clock, 2 * LIVE_QUIET_MS);
	world_disk_plan_fault(disk, WORLD_FULL, 1, UINT64_MAX);
	assert_int_equal(hall_send_one(h, said("T1", 2, T0, 10, 0)).error, ERR_STORE_FULL);
	test_clock_step(&h->clock, LIVE_TICK_MS);
	live_step_writer(h->live);
	live_health(h->live, &health);
	assert_false(health.writable);
	world_disk_heal(disk);
	test_clock_step(&h->clock, LIVE_TICK_MS);
	live_step_writer(h->live);
	live_health(h->live, &health);
	assert_true(health.writable);
	uint64_t commits = health.commits;
	test_clock_step(&h->clock, LIVE_TICK_MS);
	live_step_writer(h->live);
	live_health(h->live, &health);
	assert_int_equal(health.commits, commits); /* and the session is quiet again */
	move_back(h, disk, dir);
}

static void room_is_seen_where_there_is_no_session(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	char dir[64];
	h->settings.by_hand = true;
	struct world_disk *disk = move_to_an_empty_disk(h, dir);
	assert_int_equal(live_session_count(h->live), 0);
	world_disk_plan_fault(disk, WORLD_FULL, 1, UINT64_MAX);
	assert_int_equal(catalog_put(h->place->store, "note", "n", CATALOG_ANY, TEXT("more than there is room for"), NULL), ERR_STORE_FULL);
	live_step_keeper(h->live);
	assert_int_equal(live_troubles(h->live, &t, 1), 1);
	assert_int_equal(t.kind, LIVE_DISK_FULL);
	world_disk_heal(disk);
	test_clock_step(&h->clock, 60000);
	live_step_keeper(h->live);
	live_step_keeper(h->live);
	assert_int_equal(live_troubles(h->live, &t, 1), 0);
	move_back(h, disk, dir);
}

static void after_a_failed_sync_nothing_is_believed_until_a_restart(void **state)
{
	struct hall *h = *state;
	char dir[64];
	struct world_disk *disk = move_to_a_disk(h, dir);
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	world_disk_plan_fault(disk, WORLD_SYNC_ERROR, 1, 1);
	assert_int_equal(hall_send_one(h, said("T1", 2, T0, 10, 0)).error, ERR_STORE_WRITE);
	assert_int_equal(hall_send_one(h, said("T1", 3, T0, 10, 0)).error, ERR_STORE_WRITE); /* the disk works again; we do not trust it */
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "zones", "hold"), "ledger"), 1);
	json_decref(s);
	hall_stop(h);
	store_close(h->place->store);
	place_open(h->place);
	hall_start(h);
	for (uint64_t seq = 1; seq <= 3; seq++) { /* the device sends again what was not acknowledged, and more */
		struct receipt r = hall_send_one(h, said("T1", seq, T0, seq == 1 ? 1 : 10, 0));
		assert_int_equal(r.accepted + r.duplicate, 1);
	}
	s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "zones", "hold"), "ledger"), 21);
	assert_int_equal(number(json_object_get(s, "books"), "sum"), 0);
	json_decref(s);
	move_back(h, disk, dir);
}

static void a_session_whose_journal_is_damaged_leaves_the_others_alone(void **state)
{
	struct hall *h = *state;
	char path[256];
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("other"), .plan = TEXT(plan_larger), .by = TEXT("anna"), .speed = 1,
		.at = AT_NONE}), ERR_NONE);
	hall_stop(h);
	place_path(h->place, "sessions/other/journal.db", path);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	for (int i = 0; i < 4096; i++)
		fputc(i & 0xFF, f);
	fclose(f);
	hall_start(h);
	assert_null(live_find_session(h->live, TEXT("other")));
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("other"), .plan = TEXT(plan_larger), .by = TEXT("anna"), .speed = 1,
		.at = AT_NONE}), ERR_EXISTS);
}

static void a_session_whose_document_is_damaged_leaves_the_others_alone(void **state)
{
	struct hall *h = *state;
	struct live_trouble told[8];
	char path[256];
	sqlite3 *db;
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("other"), .plan = TEXT(plan_larger), .by = TEXT("anna"), .speed = 1,
		.at = AT_NONE}), ERR_NONE);
	hall_stop(h);
	place_path(h->place, "cordon.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE document SET body = x'7B7D' WHERE key = 'other'", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(db), 1);
	sqlite3_close(db);
	hall_start(h);
	assert_null(live_find_session(h->live, TEXT("other")));
	assert_int_equal(live_troubles(h->live, told, 8), 1);
	assert_true(told[0].kind == LIVE_LEFT_OUT && told[0].error == ERR_STORE_CORRUPT);
	assert_string_equal(told[0].session, "other");
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
}

/* Found by tests/histories (seed 2, clock): who resumed with a number of an earlier life was told this life's deltas. */
static void numbers_rise_over_the_lives_though_the_clock_is_set_back(void **state)
{
	static const int64_t walls[] = {T0, T0 - 3600000, T0 - 3600000, 10000, T0 + 3600000, T0 + 1000, T0 + 1001};
	struct hall *h = *state;
	long long newest = 0;
	for (size_t life = 0; life < sizeof walls / sizeof *walls; life++) {
		atomic_store(&h->clock.now, walls[life]);
		hall_restart(h);
		for (uint64_t seq = 1; seq <= 50; seq++) {
			hall_send_one(h, said("T1", life * 100 + seq, 5000, 1, 0));
			json_t *s = hall_state(h, AT_NONE);
			assert_true(number(s, "seq") > newest);
			newest = number(s, "seq");
			json_decref(s);
		}
	}
	assert_true(newest < INT64_C(1) << 53); /* a browser's whole numbers */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make, hall_drop)
		HALL(snapshot_and_tail_equal_a_full_rebuild_to_the_byte),
		HALL(cut_or_turned_snapshots_are_refused_not_believed),
		HALL(the_past_is_told_as_it_was_known_then),
		HALL(what_was_acknowledged_is_there_once_after_kill_9),
		HALL(a_full_disk_is_told_and_heals),
		HALL(room_is_seen_where_there_is_no_session),
		HALL(a_refusal_is_over_when_there_is_room_though_nobody_says_anything_more),
		HALL(after_a_failed_sync_nothing_is_believed_until_a_restart),
		HALL(a_session_whose_journal_is_damaged_leaves_the_others_alone),
		HALL(a_session_whose_document_is_damaged_leaves_the_others_alone),
		HALL(numbers_rise_over_the_lives_though_the_clock_is_set_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
