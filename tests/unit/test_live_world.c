/* What tests/world found in live/, each as small as it could be made. */
#include "live/inside.h"
#include "live_for_test.h"
#include "world/disk.h"

/* Seed 1: a clean stop forgot the duplicates and refused lines of the last ten seconds. */
static void a_clean_stop_keeps_the_statistics(void **state)
{
	struct hall *h = *state;
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).accepted, 1);
	assert_int_equal(hall_send_one(h, said("T1", 1, T0, 1, 0)).duplicate, 1);
	assert_int_equal(hall_send_one(h, said("nobody", 1, T0, 1, 0)).rejected, 1);
	hall_restart(h);
	json_t *s = hall_state(h, AT_NONE), *books = json_object_get(s, "books");
	assert_int_equal(number(books, "duplicates"), 1);
	assert_int_equal(number(books, "rejected"), 1);
	assert_int_equal(number(item(s, "devices", "T1"), "duplicates"), 1);
	json_decref(s);
}

static void recount(struct hall *h, uint32_t ppl, at_ms at, const char *by)
{
	struct answer a = {0};
	live_post_recount(h->session, TEXT("hold"), ppl, 5, at, text_of(by), TEXT(""), answer_done, &a);
	hall_await(h, &a.done);
	assert_int_equal(a.error, ERR_NONE);
}

/* Seed 51: a count of before the venue was seen empty, told afterwards, changes nothing; but it put its teller's name
 * under the count that holds. */
static void a_recount_that_says_nothing_any_more_does_not_sign_the_one_that_does(void **state)
{
	struct hall *h = *state;
	struct answer a = {0};
	recount(h, 40, AT_NONE, "anna");
	test_clock_step(&h->clock, 60000);
	live_post_empty(h->session, TEXT("bo"), TEXT("seen"), answer_done, &a);
	hall_await(h, &a.done);
	test_clock_step(&h->clock, 60000);
	recount(h, 30, T0 + 1000, "carl");
	json_t *s = hall_state(h, AT_NONE), *r = json_object_get(item(s, "zones", "hold"), "recount");
	assert_int_equal(number(r, "ppl"), 40);
	assert_string_equal(word(r, "by"), "anna");
	json_decref(s);
}

/* Seed 99: a machine without a battery believes that it is 1970; the session could not be opened, "no memory", and its id was
 * lost for good. */
static void a_session_opens_on_the_first_day_of_1970(void **state)
{
	struct hall *h = *state;
	assert_int_equal(hall_open(h, (struct live_open){.id = TEXT("early"), .plan = TEXT(plan_small), .by = TEXT("anna"),
		.exercise = true, .speed = 1, .at = 1000}), ERR_NONE);
	assert_int_equal(hall_send_one(h, said("T1", 1, 2000, 3, 0)).accepted, 1);
	json_t *s = hall_state(h, AT_NONE);
	assert_int_equal(number(item(s, "zones", "hold"), "ppl"), 3);
	json_decref(s);
}

/* A start on a disk, by hand; gives the number above which its deltas count, 0: it did not start. */
static uint64_t start_and_stop(struct world_disk *disk, struct test_clock *clock)
{
	struct store *store;
	struct live *l;
	if (store_open_on("data", world_disk_table(disk), &store, NULL) != ERR_NONE)
		return 0;
	struct live_settings settings = {.store = store, .clock = {test_clock_now, test_clock_ns, clock}, .batches = 1,
		.batch_records = 1, .by_hand = true};
	uint64_t first = 0;
	if (live_new(&settings, &l, NULL) == ERR_NONE) {
		first = l->first_seq;
		live_free(l);
	}
	store_close(store);
	return first;
}

/* Seed 61: a start whose disk did not give the number of the last start took the clock's, and wrote that down: every later
 * start gave numbers again that clients had seen. */
static void numbers_rise_over_a_start_that_could_not_read(void **state)
{
	(void)state;
	struct world_disk *disk = world_disk_new();
	struct test_clock clock;
	atomic_init(&clock.now, T0);
	atomic_init(&clock.ns, 1);
	uint64_t newest = 0;
	for (uint64_t after = 1; after < 60; after++) {
		for (int healthy = 0; healthy < 2; healthy++) {
			if (!healthy)
				world_disk_plan_fault(disk, WORLD_READ_ERROR, after, 1);
			uint64_t first = start_and_stop(disk, &clock);
			world_disk_heal(disk);
			assert_true(healthy || first == 0 || first > newest);
			assert_true(!healthy || first > newest);
			newest = first > newest ? first : newest;
		}
	}
	world_disk_free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_clean_stop_keeps_the_statistics, hall_make, hall_drop),
		cmocka_unit_test_setup_teardown(a_recount_that_says_nothing_any_more_does_not_sign_the_one_that_does, hall_make, hall_drop),
		cmocka_unit_test(numbers_rise_over_a_start_that_could_not_read),
		cmocka_unit_test_setup_teardown(a_session_opens_on_the_first_day_of_1970, hall_make, hall_drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
