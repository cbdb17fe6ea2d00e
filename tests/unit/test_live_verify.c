/* Is what is kept whole? Each kind of damage is laid into a good session and must be found and named; what is whole must pass;
 * and a wrong snapshot that a start believed must be found out by the keeper while the server runs. */
#include <sqlite3.h>

#include "base/check.h"
#include "live/fold.h"
#include "live_for_test.h"

/* ---- a session with two snapshots and a tail ---- */

static void send_some(struct hall *h, uint64_t *seq, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct passage_said p[10];
		at_ms now = atomic_load(&h->clock.now);
		for (int k = 0; k < 10; k++, ++*seq)
			p[k] = said(k % 2 == 0 ? "T1" : "S1", *seq, now - k * 1000, 1 + (uint32_t)(*seq % 3), (uint32_t)(*seq % 2));
		assert_int_equal(hall_send(h, p, 10).accepted, 10);
		test_clock_step(&h->clock, 3000);
	}
}

/* Two lives that end in order, and one whose stop could write no snapshot: its records are the tail. */
static uint64_t live_three_lives(struct hall *h)
{
	uint64_t seq = 1, numbers[4];
	send_some(h, &seq, 20);
	hall_restart(h);
	send_some(h, &seq, 20);
	hall_restart(h);
	send_some(h, &seq, 20);
	hall_stop(h);
	size_t count = snapshot_list(h->place->store, "s", numbers, 4);
	assert_int_equal(count, 2);
	char path[256], name[96];
	snprintf(name, sizeof(name), "sessions/s/%020llu.snapshot", (unsigned long long)numbers[0]);
	place_path(h->place, name, path);
	assert_int_equal(remove(path), 0);
	struct buf one;
	buf_init(&one, FOLD_BYTES_MAX);
	assert_int_equal(snapshot_read_one(h->place->store, "s", numbers[1], &one), ERR_NONE);
	buf_free(&one);
	return numbers[1];
}

static struct live_report verify_as(struct hall *h, const char *id, live_progress progress, void *ctx, err_t expected)
{
	struct live_report r = {0};
	struct store *looked;
	store_close(h->place->store);
	assert_int_equal(store_open_to_look(h->place->dir, &looked, NULL), ERR_NONE);
	assert_int_equal(live_verify_session(looked, id, progress, ctx, &r), expected);
	store_close(looked);
	place_open(h->place);
	return r;
}

static struct live_report verify(struct hall *h)
{
	return verify_as(h, "s", NULL, NULL, ERR_NONE);
}

static void assert_found(const struct live_report *r, enum live_fault fault, uint64_t number)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].fault == fault && r->findings[i].number == number)
			return;
	fail_msg("fault %d at %llu was not found, but %u, first %d at %llu", fault, (unsigned long long)number, r->finding_count,
	         r->findings[0].fault, (unsigned long long)r->findings[0].number);
}

static void change_journal(struct hall *h, const char *sql)
{
	char path[256];
	sqlite3 *db;
	place_path(h->place, "sessions/s/journal.db", path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(db) > 0, 1);
	sqlite3_close(db);
}

/* The first record of a batch near the middle, and how many records the journal has. */
static uint64_t batch_in_the_middle(struct hall *h, uint64_t *out_records)
{
	struct journal_reader *reader;
	struct journal_batch b;
	uint64_t first = 0, records = 0;
	bool more = true;
	assert_int_equal(journal_reader_open(h->place->store, "s", &reader, NULL), ERR_NONE);
	while (journal_reader_next(reader, &b, &more) == ERR_NONE && more) {
		records = b.first + b.count - 1;
		if (first == 0 && b.first > 150)
			first = b.first;
	}
	journal_reader_close(reader);
	assert_true(first > 0);
	if (out_records != NULL)
		*out_records = records;
	return first;
}

static struct buf fold_of_first(struct hall *h, uint64_t number, uint64_t rejected_more)
{
	struct journal_reader *reader;
	struct journal_batch b;
	struct fold *f;
	struct buf out;
	bool more = true;
	buf_init(&out, FOLD_BYTES_MAX);
	assert_int_equal(fold_new(&f), ERR_NONE);
	assert_int_equal(journal_reader_open(h->place->store, "s", &reader, NULL), ERR_NONE);
	while (f->records < number && journal_reader_next(reader, &b, &more) == ERR_NONE && more)
		assert_int_equal(fold_batch(f, &b, false, NULL), ERR_NONE);
	journal_reader_close(reader);
	assert_int_equal(f->records, number);
	f->rejected += rejected_more;
	assert_int_equal(fold_save(f, &out), ERR_NONE);
	fold_free(f);
	return out;
}

/* A snapshot that passes every check of its own and tells of refused lines that there never were. */
static void lay_wrong_snapshot(struct hall *h, uint64_t number)
{
	struct buf wrong = fold_of_first(h, number, 7);
	assert_int_equal(snapshot_write(h->place->store, "s", number, wrong.at, wrong.size), ERR_NONE);
	buf_free(&wrong);
}

/* ---- what is found ---- */

static bool count_steps(void *ctx, uint64_t records)
{
	(void)records;
	++*(int *)ctx;
	return true;
}

static void a_whole_session_is_called_whole(void **state)
{
	struct hall *h = *state;
	int steps = 0;
	live_three_lives(h);
	struct live_report r = verify_as(h, "s", count_steps, &steps, ERR_NONE);
	assert_int_equal(r.finding_count, 0);
	assert_int_equal(r.passages, 600);
	assert_true(r.records >= 601);
	assert_int_equal(r.snapshot_count, 1);
	assert_int_equal(r.at_first, T0);
	assert_true(r.at_last > T0);
	assert_int_equal(r.offset_min, 480);
	assert_true(steps > 0);
}

static void looking_changes_no_file_that_is_kept(void **state)
{
	struct hall *h = *state;
	char path[256], name[80];
	struct buf before, after;
	uint64_t snapshot = live_three_lives(h);
	snprintf(name, sizeof(name), "sessions/s/%020llu.snapshot", (unsigned long long)snapshot);
	const char *const kept[] = {"cordon.db", "sessions/s/journal.db", "sessions/s/journal.end", name};
	buf_init(&before, 1 << 24);
	buf_init(&after, 1 << 24);
	store_close(h->place->store);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
			char bytes[4096];
			place_path(h->place, kept[i], path);
			FILE *f = fopen(path, "rb");
			assert_non_null(f);
			for (size_t n; (n = fread(bytes, 1, sizeof(bytes), f)) > 0;)
				buf_add(pass == 0 ? &before : &after, bytes, n);
			fclose(f);
		}
		struct store *looked;
		struct live_report r;
		if (pass == 1)
			break;
		assert_int_equal(store_open_to_look(h->place->dir, &looked, NULL), ERR_NONE);
		assert_int_equal(live_verify_session(looked, "s", NULL, NULL, &r), ERR_NONE);
		store_close(looked);
	}
	assert_true(before.size > 10000);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.at, after.at, before.size);
	buf_free(&before);
	buf_free(&after);
	place_open(h->place);
}

static bool stop_at_once(void *ctx, uint64_t records)
{
	(void)ctx;
	(void)records;
	return false;
}

static void whoever_watches_can_stop_it(void **state)
{
	struct hall *h = *state;
	live_three_lives(h);
	verify_as(h, "s", stop_at_once, NULL, ERR_BUSY);
}

static void a_changed_byte_in_the_journal_is_found_at_its_batch(void **state)
{
	struct hall *h = *state;
	live_three_lives(h);
	uint64_t first = batch_in_the_middle(h, NULL);
	char sql[160];
	snprintf(sql, sizeof(sql), "UPDATE batch SET body = zeroblob(length(body)) WHERE first = %llu", (unsigned long long)first);
	change_journal(h, sql);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_JOURNAL_DAMAGED_AT, first);
	assert_int_equal(r.records, first - 1); /* so far it is whole */
}

static void a_missing_batch_is_found(void **state)
{
	struct hall *h = *state;
	live_three_lives(h);
	uint64_t first = batch_in_the_middle(h, NULL);
	char sql[96];
	snprintf(sql, sizeof(sql), "DELETE FROM batch WHERE first = %llu", (unsigned long long)first);
	change_journal(h, sql);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_JOURNAL_DAMAGED_AT, first);
}

/* By the witness; and where that went too, by the snapshot's number. */
static void a_lost_end_is_found_and_counted(void **state)
{
	struct hall *h = *state;
	uint64_t snapshot = live_three_lives(h), records, first = batch_in_the_middle(h, &records);
	assert_true(snapshot > first);
	char sql[96], path[256];
	snprintf(sql, sizeof(sql), "DELETE FROM batch WHERE first >= %llu", (unsigned long long)first);
	change_journal(h, sql);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_END_LOST, first - 1);
	assert_int_equal(r.records, first - 1);
	assert_int_equal(r.records_lost, records - first + 1);
	place_path(h->place, "sessions/s/journal.end", path);
	assert_int_equal(remove(path), 0);
	r = verify(h);
	assert_found(&r, LIVE_END_LOST, first - 1);
	assert_int_equal(r.records_lost, snapshot - first + 1);
}

static void after_the_loss_is_accepted_it_is_whole_again(void **state)
{
	struct hall *h = *state;
	uint64_t lost = 0, first;
	live_three_lives(h);
	first = batch_in_the_middle(h, NULL);
	char sql[96];
	snprintf(sql, sizeof(sql), "DELETE FROM batch WHERE first >= %llu", (unsigned long long)first);
	change_journal(h, sql);
	assert_int_equal(journal_accept_loss(h->place->store, "s", &lost, NULL), ERR_NONE);
	assert_true(lost > 0);
	struct live_report r = verify(h);
	assert_int_equal(r.finding_count, 0);
	assert_int_equal(r.records, first - 1);
	assert_int_equal(r.snapshot_count, 0);
}

static void an_empty_journal_and_none_are_found(void **state)
{
	struct hall *h = *state;
	live_three_lives(h);
	change_journal(h, "DELETE FROM batch");
	struct live_report r = verify(h);
	assert_found(&r, LIVE_END_LOST, 0);
	r = verify_as(h, "never", NULL, NULL, ERR_NONE);
	assert_found(&r, LIVE_JOURNAL_MISSING, 1);
}

/* The witness beside it knows how much there was; without it, the newest snapshot. */
static void a_journal_that_is_gone_or_emptied_is_counted(void **state)
{
	struct hall *h = *state;
	char path[256];
	uint64_t records = 0, snapshot = live_three_lives(h);
	batch_in_the_middle(h, &records);
	place_path(h->place, "sessions/s/journal.db", path);
	assert_int_equal(truncate(path, 0), 0);
	for (int round = 0; round < 3; round++) {
		struct live_report r = verify(h);
		assert_found(&r, LIVE_END_LOST, 0);
		assert_int_equal(r.finding_count, 1);
		assert_int_equal(r.records, 0);
		assert_int_equal(r.records_lost, round < 2 ? records : snapshot);
		place_path(h->place, round == 0 ? "sessions/s/journal.db" : "sessions/s/journal.end", path);
		assert_true(round == 2 || remove(path) == 0);
	}
}

static void a_changed_byte_in_a_snapshot_is_found(void **state)
{
	struct hall *h = *state;
	uint64_t snapshot = live_three_lives(h);
	char path[256], name[96];
	snprintf(name, sizeof(name), "sessions/s/%020llu.snapshot", (unsigned long long)snapshot);
	place_path(h->place, name, path);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	fseek(f, 500, SEEK_SET);
	int was = fgetc(f);
	fseek(f, 500, SEEK_SET);
	fputc(was ^ 0x10, f);
	fclose(f);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_SNAPSHOT_DAMAGED, snapshot);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.passages, 600);
}

static void a_snapshot_that_passes_and_is_wrong_is_found(void **state)
{
	struct hall *h = *state;
	uint64_t snapshot = live_three_lives(h);
	lay_wrong_snapshot(h, snapshot);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_SNAPSHOT_DIFFERS, snapshot);
	assert_int_equal(r.finding_count, 1);
}

/* Its checksum is right; what it holds is no state at all. */
static void a_snapshot_of_something_else_is_found(void **state)
{
	struct hall *h = *state;
	uint64_t snapshot = live_three_lives(h);
	assert_int_equal(snapshot_write(h->place->store, "s", snapshot, "a poem", 6), ERR_NONE);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_SNAPSHOT_DIFFERS, snapshot);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.passages, 600); /* the journal is whole */
}

/* Nobody can tell whether the end is there: that is said, and no number is made up. */
static void a_damaged_witness_is_found(void **state)
{
	struct hall *h = *state;
	char path[256];
	live_three_lives(h);
	place_path(h->place, "sessions/s/journal.end", path);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	fputs("noise", f);
	assert_int_equal(fclose(f), 0);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_WITNESS_DAMAGED, r.records);
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.records_lost, 0);
	assert_int_equal(r.passages, 600);
}

/* After an update, before the first start: the ledger's version is the earlier one, its checksum right. */
static void a_snapshot_of_an_earlier_cordon_is_no_damage(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	uint64_t snapshot = live_three_lives(h);
	struct buf saved = fold_of_first(h, snapshot, 0);
	uint8_t *ledger = NULL, *end = (uint8_t *)saved.at + saved.size;
	for (size_t i = 0; i + 4 < saved.size; i++)
		if (memcmp(saved.at + i, "CLDG", 4) == 0)
			ledger = (uint8_t *)saved.at + i;
	assert_non_null(ledger);
	pack_u32(ledger + 4, unpack_u32(ledger + 4) - 1);
	pack_u32(end - 4, check_crc32c(0, ledger, (size_t)(end - 4 - ledger)));
	assert_int_equal(snapshot_write(h->place->store, "s", snapshot, saved.at, saved.size), ERR_NONE);
	struct live_report r = verify(h);
	assert_int_equal(r.finding_count, 0);
	hall_start(h);
	assert_non_null(h->session); /* and a start passes it over */
	assert_int_equal(live_troubles(h->live, &t, 1), 0);
	hall_stop(h);
	ledger[8] ^= 1; /* older, and damaged as well */
	assert_int_equal(snapshot_write(h->place->store, "s", snapshot, saved.at, saved.size), ERR_NONE);
	r = verify(h);
	assert_found(&r, LIVE_SNAPSHOT_DIFFERS, snapshot);
	buf_free(&saved);
}

static void a_snapshot_within_a_batch_is_found(void **state)
{
	struct hall *h = *state;
	uint64_t snapshot = live_three_lives(h);
	struct buf saved = fold_of_first(h, snapshot, 0);
	uint64_t within = batch_in_the_middle(h, NULL) + 3;
	assert_int_equal(snapshot_write(h->place->store, "s", within, saved.at, saved.size), ERR_NONE);
	buf_free(&saved);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_SNAPSHOT_DIFFERS, within);
}

/* A passage twice in the journal: every byte is as it was written, and it cannot be. */
static void a_record_that_cannot_be_is_found(void **state)
{
	struct hall *h = *state;
	live_three_lives(h);
	uint64_t records, first = batch_in_the_middle(h, &records);
	struct journal_reader *reader;
	struct journal_batch b;
	bool more;
	assert_int_equal(journal_reader_open(h->place->store, "s", &reader, NULL), ERR_NONE);
	assert_int_equal(journal_reader_seek(reader, first), ERR_NONE);
	assert_int_equal(journal_reader_next(reader, &b, &more), ERR_NONE);
	struct journal *j;
	assert_int_equal(journal_open(h->place->store, "s", &j, NULL), ERR_NONE);
	b.first = records + 1;
	b.at_recorded = journal_last_at(j);
	assert_int_equal(journal_commit(j, &b), ERR_NONE);
	journal_close(j);
	journal_reader_close(reader);
	struct live_report r = verify(h);
	assert_found(&r, LIVE_RECORD_BAD, records + 1);
}

/* ---- the keeper's check, by hand ---- */

static void start_by_hand(struct hall *h)
{
	h->settings.by_hand = true;
	hall_start(h);
	assert_non_null(h->session);
}

/* Steps until nothing is left to check; how many rounds that took. */
static int check_all(struct hall *h)
{
	struct live_health health;
	int rounds = 0;
	do {
		live_step_keeper(h->live);
		live_step_writer(h->live);
		live_poll(h->live);
		test_clock_step(&h->clock, 1000);
		live_health(h->live, &health);
	} while (health.checks_waiting > 0 && ++rounds < 1000);
	assert_true(rounds < 1000);
	return rounds;
}

static uint32_t troubles_of(struct hall *h, enum live_trouble_kind kind, struct live_trouble *out)
{
	struct live_trouble all[8];
	uint32_t count = live_troubles(h->live, all, 8), found = 0;
	for (uint32_t i = 0; i < count && i < 8; i++)
		if (all[i].kind == kind) {
			*out = all[i];
			found++;
		}
	return found;
}

static json_t *ask(struct hall *h, at_ms at)
{
	struct answer a = {0};
	live_read_state(h->session, at, answer_json, &a);
	for (int i = 0; i < 10 && !a.done; i++) {
		live_step_keeper(h->live);
		live_step_writer(h->live);
		live_poll(h->live);
	}
	assert_true(a.done);
	assert_int_equal(a.error, ERR_NONE);
	return parsed(a.json);
}

static long long rejected_in(json_t *state)
{
	long long n = number(json_object_get(state, "books"), "rejected");
	json_decref(state);
	return n;
}

static void a_good_snapshot_is_checked_after_the_start_and_nothing_is_said(void **state)
{
	struct hall *h = *state;
	struct live_trouble all[1];
	struct live_health health;
	live_three_lives(h);
	start_by_hand(h);
	live_health(h->live, &health);
	assert_int_equal(health.checks_waiting, 1);
	live_step_keeper(h->live); /* not yet: devices send first what they held back */
	live_health(h->live, &health);
	assert_int_equal(health.checks_waiting, 1);
	assert_true(check_all(h) >= 10);
	assert_int_equal(live_troubles(h->live, all, 1), 0);
}

static void a_wrong_snapshot_that_was_believed_is_found_out_and_set_aside(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	uint64_t numbers[4], snapshot = live_three_lives(h);
	lay_wrong_snapshot(h, snapshot);
	start_by_hand(h);
	at_ms at_before = atomic_load(&h->clock.now);
	assert_int_equal(rejected_in(ask(h, AT_NONE)), 7); /* what it made of the books */
	check_all(h);
	assert_int_equal(troubles_of(h, LIVE_SNAPSHOT_WRONG, &t), 1);
	assert_string_equal(t.session, "s");
	assert_int_equal(t.number, snapshot);
	assert_true(t.at_since >= at_before);
	assert_int_equal(snapshot_list(h->place->store, "s", numbers, 4), 0);
	assert_int_equal(rejected_in(ask(h, at_before)), 0); /* the keeper's own books are right again */
	hall_stop(h); /* and the writer's wrong ones are not saved */
	assert_int_equal(snapshot_list(h->place->store, "s", numbers, 4), 0);
	hall_start(h);
	assert_int_equal(rejected_in(ask(h, AT_NONE)), 0);
	assert_int_equal(live_troubles(h->live, &t, 1), 0);
}

/* A folder stands where it would be renamed to. */
static void a_wrong_snapshot_that_cannot_be_set_aside_is_not_believed_twice(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	char name[64], path[256];
	uint64_t snapshot = live_three_lives(h);
	lay_wrong_snapshot(h, snapshot);
	snprintf(name, sizeof(name), "sessions/s/%020llu.snapshot.bad", (unsigned long long)snapshot);
	place_path(h->place, name, path);
	assert_int_equal(mkdir(path, 0700), 0);
	start_by_hand(h);
	check_all(h);
	assert_int_equal(troubles_of(h, LIVE_SNAPSHOT_WRONG, &t), 1);
	assert_int_equal(rejected_in(ask(h, atomic_load(&h->clock.now))), 0);
}

static void damage_before_the_snapshot_is_found_and_the_snapshot_kept(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	uint64_t numbers[4];
	live_three_lives(h);
	uint64_t first = batch_in_the_middle(h, NULL);
	char sql[160];
	snprintf(sql, sizeof(sql), "UPDATE batch SET body = zeroblob(length(body)) WHERE first = %llu", (unsigned long long)first);
	change_journal(h, sql);
	start_by_hand(h); /* from the snapshot behind it: nobody looked there */
	check_all(h);
	assert_int_equal(troubles_of(h, LIVE_JOURNAL_DAMAGED, &t), 1);
	assert_int_equal(t.number, first);
	assert_int_equal(snapshot_list(h->place->store, "s", numbers, 4), 1); /* now the best that there is */
}

static void a_session_that_was_left_out_is_told_and_can_be_asked_about(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	live_three_lives(h);
	uint64_t first = batch_in_the_middle(h, NULL);
	char sql[96];
	snprintf(sql, sizeof(sql), "DELETE FROM batch WHERE first >= %llu", (unsigned long long)first);
	change_journal(h, sql);
	h->settings.by_hand = true;
	hall_start(h);
	assert_null(h->session);
	assert_int_equal(troubles_of(h, LIVE_LEFT_OUT, &t), 1);
	assert_string_equal(t.session, "s");
	assert_int_equal(t.error, ERR_STORE_CORRUPT);
}

/* A folder that was removed, or not mounted: what is not there must not be taken for never having been. */
static void a_session_whose_folder_is_gone_is_left_out_and_not_forgotten(void **state)
{
	struct hall *h = *state;
	struct live_trouble t;
	char path[256];
	uint64_t version;
	hall_stop(h);
	place_path(h->place, "sessions/s", path);
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	h->settings.by_hand = true;
	for (int life = 0; life < 2; life++) {
		hall_start(h);
		assert_null(h->session);
		assert_int_equal(troubles_of(h, LIVE_LEFT_OUT, &t), 1);
		assert_string_equal(t.session, "s");
		assert_int_equal(catalog_get(h->place->store, "session", "s", NULL, &version), ERR_NONE);
		hall_stop(h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define HALL(name) cmocka_unit_test_setup_teardown(name, hall_make, hall_drop)
		HALL(a_whole_session_is_called_whole),
		HALL(looking_changes_no_file_that_is_kept),
		HALL(whoever_watches_can_stop_it),
		HALL(a_changed_byte_in_the_journal_is_found_at_its_batch),
		HALL(a_missing_batch_is_found),
		HALL(a_lost_end_is_found_and_counted),
		HALL(after_the_loss_is_accepted_it_is_whole_again),
		HALL(an_empty_journal_and_none_are_found),
		HALL(a_journal_that_is_gone_or_emptied_is_counted),
		HALL(a_changed_byte_in_a_snapshot_is_found),
		HALL(a_snapshot_that_passes_and_is_wrong_is_found),
		HALL(a_snapshot_of_something_else_is_found),
		HALL(a_damaged_witness_is_found),
		HALL(a_snapshot_of_an_earlier_cordon_is_no_damage),
		HALL(a_snapshot_within_a_batch_is_found),
		HALL(a_record_that_cannot_be_is_found),
		HALL(a_good_snapshot_is_checked_after_the_start_and_nothing_is_said),
		HALL(a_wrong_snapshot_that_was_believed_is_found_out_and_set_aside),
		HALL(a_wrong_snapshot_that_cannot_be_set_aside_is_not_believed_twice),
		HALL(damage_before_the_snapshot_is_found_and_the_snapshot_kept),
		HALL(a_session_that_was_left_out_is_told_and_can_be_asked_about),
		HALL(a_session_whose_folder_is_gone_is_left_out_and_not_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
