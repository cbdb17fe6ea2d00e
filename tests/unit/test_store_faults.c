/* The store on bad days: full disks, failing disks, power cuts, and writers killed in the middle. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "store_for_test.h"
#include "world/disk.h"

struct bad_place {
	struct place place; /* first: the helpers take it */
	struct world_disk *disk;
};

static int bad_place_make(void **state)
{
	struct bad_place *b = calloc(1, sizeof(*b));
	assert_non_null(b);
	b->disk = world_disk_new();
	b->place = (struct place){.dir = "/data", .disk = world_disk_table(b->disk)};
	log_set_level((enum log_level)-1); /* the failures are wanted here */
	place_open(&b->place);
	*state = b;
	return 0;
}

static int bad_place_drop(void **state)
{
	struct bad_place *b = *state;
	store_close(b->place.store);
	world_disk_free(b->disk);
	free(b);
	return 0;
}

static bool reserve_is_there(struct bad_place *b)
{
	size_t size = 0;
	return world_disk_bytes(b->disk, "/data/reserve", &size) != NULL && size == 1 << 20;
}

/* The `after`-th call fails, and all that follow. */
static void fail_from(struct bad_place *b, enum world_fault fault, uint64_t after)
{
	world_disk_plan_fault(b->disk, fault, after, UINT64_MAX);
}

static void fail_once(struct bad_place *b, enum world_fault fault, uint64_t after)
{
	world_disk_plan_fault(b->disk, fault, after, 1);
}

/* ---- a full disk ---- */

static void a_full_disk_takes_the_reserve_and_the_last_batch_is_kept(void **state)
{
	struct bad_place *b = *state;
	struct journal *j = journal_of(&b->place, "a");
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	assert_true(reserve_is_there(b));
	assert_false(store_is_disk_full(b->place.store));
	fail_once(b, WORLD_FULL, 1); /* the reserve makes room */
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	assert_false(reserve_is_there(b));
	assert_true(store_is_disk_full(b->place.store));
	assert_int_equal(count_right(&b->place, "a"), 20);
	assert_int_equal(journal_tidy(b->place.store, "a"), ERR_NONE); /* there is room: the reserve comes back */
	assert_true(reserve_is_there(b));
	assert_false(store_is_disk_full(b->place.store));
	journal_close(j);
}

static void a_full_disk_heals_by_itself(void **state)
{
	struct bad_place *b = *state;
	struct journal *j = journal_of(&b->place, "a");
	for (int round = 0; round < 12; round++) {
		assert_int_equal(commit_next(j, 100), ERR_NONE);
		uint64_t before = journal_count(j);
		fail_from(b, WORLD_FULL, 1 + (uint64_t)round % 3); /* at the first, second, third write of a commit */
		for (int i = 0; i < 3; i++)
			assert_int_equal(commit_next(j, 200), ERR_STORE_FULL);
		assert_int_equal(journal_count(j), before);
		assert_int_equal(count_right(&b->place, "a"), before); /* nothing of the batch to be seen */
		world_disk_heal(b->disk);
		assert_int_equal(commit_next(j, 200), ERR_NONE);
		assert_int_equal(count_right(&b->place, "a"), before + 200);
	}
	journal_close(j);
	assert_int_equal(count_right(&b->place, "a"), 3600);
}

static void a_full_disk_leaves_the_catalog_as_it_was(void **state)
{
	struct bad_place *b = *state;
	struct store *s = b->place.store;
	struct buf out;
	uint64_t v = 0;
	buf_init(&out, 100);
	assert_int_equal(catalog_put(s, "plan", "a", 0, TEXT("one"), NULL), ERR_NONE);
	fail_from(b, WORLD_FULL, 1);
	assert_int_equal(catalog_put(s, "plan", "a", 1, TEXT("two"), NULL), ERR_STORE_FULL);
	assert_int_equal(chain_append(s, "audit", TEXT("x"), NULL), ERR_STORE_FULL);
	assert_int_equal(catalog_get(s, "plan", "a", &out, &v), ERR_NONE);
	assert_true(v == 1 && strcmp(out.at, "one") == 0);
	world_disk_heal(b->disk);
	assert_int_equal(catalog_put(s, "plan", "a", 1, TEXT("two"), &v), ERR_NONE);
	assert_int_equal(chain_append(s, "audit", TEXT("x"), &v), ERR_NONE);
	assert_int_equal(v, 1);
	buf_free(&out);
}

/* ---- a failing disk ---- */

static void a_failed_sync_is_never_believed_again(void **state)
{
	struct bad_place *b = *state;
	struct journal *j = journal_of(&b->place, "a");
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	fail_once(b, WORLD_SYNC_ERROR, 1); /* this one only: the next would "succeed" */
	assert_int_equal(commit_next(j, 10), ERR_STORE_WRITE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(commit_next(j, 10), ERR_STORE_WRITE);
	assert_int_equal(journal_count(j), 10);
	assert_int_equal(count_right(&b->place, "a"), 10);
	journal_close(j);
	j = journal_of(&b->place, "a"); /* what is there now, with or without that whole batch, is the truth */
	assert_true(journal_count(j) == 10 || journal_count(j) == 20);
	assert_int_equal(count_right(&b->place, "a"), journal_count(j));
	assert_int_equal(commit_next(j, 5), ERR_NONE);
	journal_close(j);
}

static void a_failed_write_stops_the_journal_but_not_its_readers(void **state)
{
	struct bad_place *b = *state;
	struct journal *j = journal_of(&b->place, "a");
	assert_int_equal(commit_next(j, 10), ERR_NONE);
	fail_once(b, WORLD_WRITE_ERROR, 2);
	assert_int_equal(commit_next(j, 100), ERR_STORE_WRITE);
	assert_int_equal(commit_next(j, 100), ERR_STORE_WRITE);
	assert_int_equal(count_right(&b->place, "a"), 10);
	assert_int_equal(snapshot_write(b->place.store, "a", 10, "x", 1), ERR_NONE);
	journal_close(j);
	j = journal_of(&b->place, "a");
	assert_int_equal(journal_count(j), 10);
	journal_close(j);
}

static void a_failed_sync_stops_changes_of_the_catalog(void **state)
{
	struct bad_place *b = *state;
	struct buf out;
	buf_init(&out, 100);
	assert_int_equal(catalog_put(b->place.store, "plan", "a", 0, TEXT("one"), NULL), ERR_NONE);
	fail_once(b, WORLD_SYNC_ERROR, 1);
	assert_int_equal(catalog_put(b->place.store, "plan", "a", 1, TEXT("two"), NULL), ERR_STORE_WRITE);
	assert_int_equal(catalog_put(b->place.store, "plan", "a", 1, TEXT("two"), NULL), ERR_STORE_WRITE);
	assert_int_equal(chain_append(b->place.store, "audit", TEXT("x"), NULL), ERR_STORE_WRITE);
	assert_int_equal(catalog_get(b->place.store, "plan", "a", &out, NULL), ERR_NONE);
	assert_string_equal(out.at, "one");
	store_close(b->place.store);
	place_open(&b->place);
	assert_int_equal(catalog_put(b->place.store, "plan", "a", CATALOG_ANY, TEXT("two"), NULL), ERR_NONE);
	buf_free(&out);
}

static void a_checkpoint_that_fails_loses_nothing(void **state)
{
	struct bad_place *b = *state;
	struct journal *j = journal_of(&b->place, "a");
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 10; i++)
			assert_int_equal(commit_next(j, 100), ERR_NONE);
		if (round % 3 == 0)
			fail_from(b, WORLD_SYNC_ERROR, 1 + (uint64_t)round % 2);
		else
			fail_from(b, round % 2 ? WORLD_FULL : WORLD_WRITE_ERROR, 1 + (uint64_t)round);
		err_t error = journal_tidy(b->place.store, "a");
		assert_true(error == ERR_STORE_FULL || error == ERR_STORE_WRITE);
		world_disk_heal(b->disk);
		assert_int_equal(commit_next(j, 1), ERR_NONE);
		assert_int_equal(count_right(&b->place, "a"), journal_count(j));
	}
	assert_int_equal(journal_tidy(b->place.store, "a"), ERR_NONE);
	journal_close(j);
	assert_int_equal(count_right(&b->place, "a"), 20020);
}

/* ---- power cuts ---- */

struct power {
	struct bad_place *bad;
	struct journal *journal;
	struct random random;
	uint32_t in_flight; /* records of the batch being committed */
	uint64_t documents; /* puts acknowledged */
	unsigned cuts, kept_in_flight;
};

/* The disk after a cut at this very moment: every acknowledged record and document must be there. */
static void cut_and_look(struct power *w)
{
	struct world_disk *disk = world_disk_copy(w->bad->disk, &w->random);
	struct place after = {.dir = "/data", .disk = world_disk_table(disk)};
	uint64_t acknowledged = journal_count(w->journal), version = 0;
	place_open(&after);
	struct journal *j = journal_of(&after, "a");
	uint64_t count = journal_count(j);
	if (count != acknowledged && count != acknowledged + w->in_flight)
		fail_msg("%llu acknowledged, %llu there", (unsigned long long)acknowledged, (unsigned long long)count);
	assert_int_equal(count_right(&after, "a"), count);
	assert_int_equal(commit_next(j, 3), ERR_NONE); /* and it goes on from there */
	assert_int_equal(count_right(&after, "a"), count + 3);
	err_t error = catalog_get(after.store, "plan", "a", NULL, &version);
	assert_true(error == ERR_NONE ? version >= w->documents && version <= w->documents + 1 : w->documents == 0);
	w->cuts++;
	w->kept_in_flight += count != acknowledged;
	journal_close(j);
	store_close(after.store);
	world_disk_free(disk);
}

/* A batch that was written but not synced is there when the journal is opened again: from then on it must stay. */
static void what_is_found_on_opening_is_on_disk_before_it_is_believed(void **state)
{
	struct bad_place *b = *state;
	struct power w = {.bad = b, .journal = journal_of(&b->place, "a")};
	random_seed(&w.random, 1);
	for (int round = 0; round < 20; round++) {
		assert_int_equal(commit_next(w.journal, 10), ERR_NONE);
		fail_once(b, WORLD_SYNC_ERROR, 1);
		assert_int_equal(commit_next(w.journal, 10), ERR_STORE_WRITE);
		journal_close(w.journal);
		w.journal = journal_of(&b->place, "a");
		cut_and_look(&w); /* none in flight: exactly journal_count records, whatever the cut takes away */
	}
	assert_true(journal_count(w.journal) > 200); /* in some rounds it was found */
	journal_close(w.journal);
}

static void cut_now_and_then(void *ctx)
{
	struct power *w = ctx;
	if (random_below(&w->random, 6) != 0)
		return;
	cut_and_look(w);
}

static void a_power_cut_at_any_moment_loses_nothing_acknowledged(void **state)
{
	struct bad_place *b = *state;
	struct power w = {.bad = b, .journal = journal_of(&b->place, "a")};
	random_seed(&w.random, 512);
	world_disk_watch(b->disk, cut_now_and_then, &w);
	for (int i = 0; i < 150; i++) {
		w.in_flight = 1 + (uint32_t)random_below(&w.random, i % 10 == 0 ? 2000 : 60);
		assert_int_equal(commit_next(w.journal, w.in_flight), ERR_NONE);
		w.in_flight = 0;
		if (i % 20 == 7) {
			assert_int_equal(catalog_put(b->place.store, "plan", "a", CATALOG_ANY, TEXT("x"), NULL), ERR_NONE);
			w.documents++;
		}
		if (i % 25 == 24)
			assert_int_equal(journal_tidy(b->place.store, "a"), ERR_NONE);
	}
	world_disk_watch(b->disk, NULL, NULL);
	cut_and_look(&w);
	print_message("    %u power cuts, %u of them left the batch in flight whole\n", w.cuts, w.kept_in_flight);
	assert_true(w.cuts > 50 && w.kept_in_flight > 0);
	journal_close(w.journal);
}

/* ---- kill -9 ---- */

/* Commits for ever; tells the pipe how many records are acknowledged, after each commit. */
static void write_until_killed(const char *dir, int pipe_fd, uint64_t seed)
{
	struct place p = {.store = NULL};
	struct random r;
	snprintf(p.dir, sizeof(p.dir), "%s", dir);
	random_seed(&r, seed);
	struct journal *j = NULL;
	if (store_open(p.dir, &p.store, NULL) != ERR_NONE || journal_open(p.store, "a", &j, NULL) != ERR_NONE)
		_exit(2);
	for (;;) {
		if (commit_next(j, 1 + (uint32_t)random_below(&r, 300)) != ERR_NONE)
			_exit(3);
		uint64_t count = journal_count(j);
		if (write(pipe_fd, &count, sizeof(count)) != sizeof(count))
			_exit(4);
		if (random_below(&r, 10) == 0)
			journal_tidy(p.store, "a");
	}
}

/* Kills the writer after a few acknowledgements; returns the last one that came through. */
static uint64_t kill_a_writer(const char *dir, struct random *r)
{
	int fds[2], status;
	uint64_t seed = random_u64(r), count = 0, last = 0;
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		write_until_killed(dir, fds[1], seed);
	}
	close(fds[1]);
	uint64_t wanted = 1 + random_below(r, 20), spin = random_below(r, 300000);
	for (uint64_t i = 0; i < wanted && read(fds[0], &count, sizeof(count)) == sizeof(count); i++)
		last = count;
	for (volatile uint64_t i = 0; i < spin; i++) /* some way into the next commit */
		;
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (read(fds[0], &count, sizeof(count)) == sizeof(count))
		last = count;
	close(fds[0]);
	return last;
}

static void a_writer_killed_thirty_times_loses_nothing_acknowledged(void **state)
{
	struct place *p = *state;
	struct random r;
	random_seed(&r, 9);
	store_close(p->store);
	p->store = NULL;
	for (int round = 0; round < 30; round++) {
		uint64_t acknowledged = kill_a_writer(p->dir, &r);
		assert_true(acknowledged > 0);
		place_open(p);
		struct journal *j = journal_of(p, "a");
		assert_true(journal_count(j) >= acknowledged && journal_count(j) <= acknowledged + 300);
		assert_int_equal(count_right(p, "a"), journal_count(j));
		journal_close(j);
		store_close(p->store);
		p->store = NULL;
	}
}

/* ---- a disk that is full in earnest ---- */

#define SMALL_DISK_OPTIONS "size=40m,mode=700"
#define SKIPPED 77

static bool reserve_has_blocks(struct place *p)
{
	char path[256];
	struct stat st;
	place_path(p, "reserve", path);
	return stat(path, &st) == 0 && st.st_size == 1 << 20 && st.st_blocks * 512 >= 1 << 20;
}

static bool write_ballast(const char *path, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool is_written = fd >= 0 && posix_fallocate(fd, 0, (off_t)size) == 0;
	if (fd >= 0)
		close(fd);
	return is_written;
}

#define MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			_exit(1); \
		} \
	} while (0)

/* In a process and a mount namespace of its own, so that nothing is left behind whatever happens. */
static void fill_a_small_disk(const char *dir)
{
	struct place p = {.store = NULL};
	struct journal *j = NULL;
	char ballast[256];
	err_t error = ERR_NONE;
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("small", dir, "tmpfs", MS_NOSUID | MS_NODEV, SMALL_DISK_OPTIONS) != 0)
		_exit(SKIPPED);
	snprintf(p.dir, sizeof(p.dir), "%s", dir);
	place_path(&p, "ballast", ballast);
	MUST(store_open(p.dir, &p.store, NULL) == ERR_NONE && journal_open(p.store, "a", &j, NULL) == ERR_NONE);
	MUST(write_ballast(ballast, 34 << 20));
	for (int i = 0; i < 2000 && error == ERR_NONE; i++)
		error = commit_next(j, 500);
	MUST(error == ERR_STORE_FULL);
	uint64_t count = journal_count(j);
	MUST(count > 50000 && store_is_disk_full(p.store));
	MUST(commit_next(j, 500) == ERR_STORE_FULL && journal_count(j) == count);
	MUST(count_right(&p, "a") == count);
	MUST(catalog_put(p.store, "plan", "a", 0, TEXT("x"), NULL) != ERR_STORE_WRITE);
	journal_close(j); /* a server started on a full disk shows what there is */
	store_close(p.store);
	MUST(store_open(p.dir, &p.store, NULL) == ERR_NONE && journal_open(p.store, "a", &j, NULL) == ERR_NONE);
	MUST(journal_count(j) == count && count_right(&p, "a") == count);
	MUST(unlink(ballast) == 0);
	MUST(commit_next(j, 500) == ERR_NONE);
	MUST(journal_tidy(p.store, "a") == ERR_NONE && !store_is_disk_full(p.store) && reserve_has_blocks(&p));
	MUST(count_right(&p, "a") == count + 500);
	journal_close(j);
	store_close(p.store);
	_exit(0);
}

static void a_small_disk_filled_in_earnest_heals(void **state)
{
	struct place *p = *state;
	int status;
	store_close(p->store);
	p->store = NULL;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		fill_a_small_disk(p->dir);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED) {
		print_message("SKIPPED: a small disk filled in earnest: no right to mount one here\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define BAD(name) cmocka_unit_test_setup_teardown(name, bad_place_make, bad_place_drop)
#define GOOD(name) cmocka_unit_test_setup_teardown(name, place_make, place_drop)
	const struct CMUnitTest tests[] = {
		BAD(a_full_disk_takes_the_reserve_and_the_last_batch_is_kept),
		BAD(a_full_disk_heals_by_itself),
		BAD(a_full_disk_leaves_the_catalog_as_it_was),
		BAD(a_failed_sync_is_never_believed_again),
		BAD(a_failed_write_stops_the_journal_but_not_its_readers),
		BAD(a_failed_sync_stops_changes_of_the_catalog),
		BAD(a_checkpoint_that_fails_loses_nothing),
		BAD(what_is_found_on_opening_is_on_disk_before_it_is_believed),
		BAD(a_power_cut_at_any_moment_loses_nothing_acknowledged),
		GOOD(a_writer_killed_thirty_times_loses_nothing_acknowledged),
		GOOD(a_small_disk_filled_in_earnest_heals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
