/* Device tokens and the audit chain. */
#include "account_for_test.h"

#include <sqlite3.h>

#include "base/check.h"

static int set_up(void **state)
{
	*state = house_new();
	return 0;
}

static int tear_down(void **state)
{
	house_free(*state);
	return 0;
}

/* ---- tokens ---- */

static void patterns_cover_what_they_say_and_no_more(void **state)
{
	(void)state;
	static const struct { const char *devices, *device; bool covers; } cases[] = {
		{"G3-*", "G3-L2", true},
		{"G3-*", "G3-", true},
		{"G3-*", "G3", false},
		{"G3-*", "G33-L2", false},
		{"G3-L2", "G3-L2", true},
		{"G3-L2", "G3-L22", false},
		{"G3-L2", "G3-L", false},
		{"*", "anything", true},
		{"*", "", true},
		{"a,b*,c", "b7", true},
		{"a,b*,c", "c", true},
		{"a,b*,c", "a,b", false},
		{" a , b* ", "bb", true},
		{"\xE9\x97\xA8*", "\xE9\x97\xA8\xE4\xB8\x89", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct device_patterns p;
		assert_int_equal(device_patterns_read(text_of(cases[i].devices), &p), ERR_NONE);
		assert_int_equal(device_patterns_cover(&p, text_of(cases[i].device)), cases[i].covers);
	}
	static const char *const bad[] = {"", ",", "a,", "a,,b", "*a", "a*b", "**", "a\n", "\xFF"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct device_patterns p;
		assert_int_equal(device_patterns_read(text_of(bad[i]), &p), ERR_JSON_FIELD);
	}
	char longest[1024];
	memset(longest, 'x', sizeof(longest));
	struct device_patterns p;
	assert_int_equal(device_patterns_read((struct text){longest, 255}, &p), ERR_NONE);
	assert_int_equal(device_patterns_read((struct text){longest, 256}, &p), ERR_JSON_FIELD);
}

static void a_token_speaks_for_its_devices_until_it_is_ended(void **state)
{
	struct house *h = *state;
	char id[17], secret[ACCOUNT_SECRET_CHARS + 1];
	struct principal who, nobody;
	assert_int_equal(account_token_new(h->accounts, TEXT("final-2026"), TEXT("G3-*,G4-L1"), TEXT("gate 3"), id, secret), ERR_NONE);
	assert_int_equal(account_who_token(h->accounts, text_of(secret), &who), ERR_NONE);
	assert_int_equal(who.role, DEVICE);
	assert_string_equal(who.session, "final-2026");
	assert_true(text_starts(text_of(who.name), "token:"));
	assert_string_equal(who.name + 6, id);
	assert_true(account_token_covers(h->accounts, &who, TEXT("G3-L7")));
	assert_true(account_token_covers(h->accounts, &who, TEXT("G4-L1")));
	assert_false(account_token_covers(h->accounts, &who, TEXT("G4-L2")));
	secret[0] = secret[0] == 'A' ? 'B' : 'A';
	assert_int_equal(account_who_token(h->accounts, text_of(secret), &nobody), ERR_SIGN_IN_NEEDED);
	assert_int_equal(account_who_token(h->accounts, TEXT(""), &nobody), ERR_SIGN_IN_NEEDED);
	assert_int_equal(account_token_end(h->accounts, text_of(id)), ERR_NONE);
	assert_false(account_token_covers(h->accounts, &who, TEXT("G3-L7")));
	assert_int_equal(account_token_end(h->accounts, text_of(id)), ERR_NOT_FOUND);
}

static void people_and_unknown_tokens(void **state)
{
	struct house *h = *state;
	struct principal person = {.role = OPERATOR}, stranger = {.role = DEVICE, .token = 5}, far = {.role = DEVICE, .token = UINT32_MAX},
	                 nobody = {.role = ANYONE};
	assert_true(account_token_covers(h->accounts, &person, TEXT("any")));
	assert_false(account_token_covers(h->accounts, &stranger, TEXT("any")));
	assert_false(account_token_covers(h->accounts, &far, TEXT("any")));
	assert_false(account_token_covers(h->accounts, &nobody, TEXT("any")));
}

static void what_a_token_cannot_be(void **state)
{
	struct house *h = *state;
	char id[17], secret[ACCOUNT_SECRET_CHARS + 1], note[129];
	assert_int_equal(account_token_new(h->accounts, TEXT("../x"), TEXT("*"), TEXT(""), id, secret), ERR_JSON_FIELD);
	assert_int_equal(account_token_new(h->accounts, TEXT(""), TEXT("*x"), TEXT(""), id, secret), ERR_JSON_FIELD);
	assert_int_equal(account_token_new(h->accounts, TEXT(""), TEXT("*"), TEXT("two\nlines"), id, secret), ERR_JSON_FIELD);
	memset(note, 'n', sizeof(note));
	assert_int_equal(account_token_new(h->accounts, TEXT(""), TEXT("*"), (struct text){note, 128}, id, secret), ERR_JSON_FIELD);
	assert_int_equal(account_token_new(h->accounts, TEXT(""), TEXT("*"), (struct text){note, 127}, id, secret), ERR_NONE);
}

struct seen { int count; struct token_info last; };

static bool see_token(void *ctx, const struct token_info *info)
{
	struct seen *s = ctx;
	s->count++;
	s->last = *info;
	return true;
}

static void tokens_survive_a_restart_with_their_last_use(void **state)
{
	struct house *h = *state;
	char id[17], secret[ACCOUNT_SECRET_CHARS + 1], ended[17], other[ACCOUNT_SECRET_CHARS + 1];
	struct principal who;
	assert_int_equal(account_token_new(h->accounts, TEXT(""), TEXT("G3-*"), TEXT("gate 3"), id, secret), ERR_NONE);
	assert_int_equal(account_token_new(h->accounts, TEXT(""), TEXT("*"), TEXT(""), ended, other), ERR_NONE);
	assert_int_equal(account_token_end(h->accounts, text_of(ended)), ERR_NONE);
	house_pass(h, 5000);
	assert_int_equal(account_who_token(h->accounts, text_of(secret), &who), ERR_NONE);
	at_ms at_used = h->now;
	house_pass(h, 5000);
	house_open_again(h);
	struct seen s = {.count = 0};
	assert_int_equal(account_tokens_list(h->accounts, see_token, &s), ERR_NONE);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.last.id, id);
	assert_string_equal(s.last.devices, "G3-*");
	assert_string_equal(s.last.note, "gate 3");
	assert_true(s.last.at_used == at_used);
	assert_int_equal(account_who_token(h->accounts, text_of(secret), &who), ERR_NONE);
	assert_true(account_token_covers(h->accounts, &who, TEXT("G3-L1")));
	assert_int_equal(account_who_token(h->accounts, text_of(other), &who), ERR_SIGN_IN_NEEDED);
}

/* ---- the audit chain ---- */

static void list_audit(struct house *h, uint64_t from, uint64_t count, struct buf *out, bool *out_whole)
{
	buf_init(out, 1u << 20);
	assert_int_equal(audit_list(h->accounts, from, count, out, out_whole), ERR_NONE);
}

static bool audit_is_whole(struct house *h)
{
	struct buf out;
	bool whole = false;
	list_audit(h, 1, 10, &out, &whole);
	buf_free(&out);
	return whole;
}

static void add_lines(struct house *h, int count)
{
	char object[32];
	for (int i = 1; i <= count; i++) {
		snprintf(object, sizeof(object), "object-%d", i);
		assert_int_equal(audit_add(h->accounts, "li", "10.0.0.1", "session-open", object, TEXT("{\"n\": 1}")), ERR_NONE);
	}
}

static void the_chain_is_whole_over_restarts_of_any_length(void **state)
{
	struct house *h = *state;
	assert_true(audit_is_whole(h));
	for (int i = 0; i < 20; i++) {
		add_lines(h, i % 3 + 1);
		house_open_again(h);
		assert_true(audit_is_whole(h));
	}
	assert_int_equal(h->accounts->audit_count, 39);
}

static void the_list_gives_the_lines_asked_for(void **state)
{
	struct house *h = *state;
	add_lines(h, 5);
	struct buf out;
	bool whole = false;
	list_audit(h, 2, 2, &out, &whole);
	json_t *json = json_loadb(out.at, out.size, 0, NULL);
	assert_int_equal(json_array_size(json), 2);
	json_t *first = json_array_get(json, 0);
	assert_int_equal(json_integer_value(json_object_get(first, "number")), 2);
	assert_string_equal(json_string_value(json_object_get(first, "object")), "object-2");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(first, "detail"), "n")), 1);
	json_decref(json);
	buf_free(&out);
	list_audit(h, 6, 100, &out, &whole);
	assert_string_equal(out.at, "[]");
	assert_true(whole);
	buf_free(&out);
}

static void a_detail_must_be_one_object(void **state)
{
	struct house *h = *state;
	assert_int_equal(audit_add(h->accounts, "li", "", "x", "", TEXT("[1]")), ERR_JSON_FIELD);
	assert_int_equal(audit_add(h->accounts, "li", "", "x", "", TEXT("{} {}")), ERR_JSON_FIELD);
	assert_int_equal(audit_add(h->accounts, "li", "", "x", "", TEXT("{\"a\":\n1}")), ERR_NONE);
	assert_int_equal(audit_add(h->accounts, "a \"quoted\"\nname", "", "x", "", TEXT("")), ERR_NONE);
	assert_true(audit_is_whole(h));
}

/* Somebody with the disk in hand changes a line and mends the store's own checksum where there is one. */
static void tamper(struct house *h, const char *sql, bool mend_checksum)
{
	accounts_close(h->accounts);
	store_close(h->store);
	h->accounts = NULL;
	h->store = NULL;
	char path[128];
	sqlite3 *db = NULL;
	snprintf(path, sizeof(path), "%s/cordon.db", h->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_stmt *row = NULL, *mend = NULL;
	if (mend_checksum) {
		assert_int_equal(sqlite3_prepare_v2(db, "SELECT line FROM chain WHERE number = 3", -1, &row, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_prepare_v2(db, "UPDATE chain SET crc32c = ?1 WHERE number = 3", -1, &mend, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(row), SQLITE_ROW);
		uint8_t number[8];
		pack_u64(number, 3);
		uint32_t crc = check_crc32c(check_crc32c(0, "chain\0audit", sizeof("chain\0audit")), number, sizeof(number));
		crc = check_crc32c(crc, sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0));
		sqlite3_bind_int64(mend, 1, crc);
		sqlite3_reset(row);
		assert_int_equal(sqlite3_step(mend), SQLITE_DONE);
	}
	sqlite3_finalize(row);
	sqlite3_finalize(mend);
	sqlite3_close(db);
	house_open_again(h);
}

#define CHANGE_LINE_3 "UPDATE chain SET line = CAST(replace(CAST(line AS TEXT), 'object-3', 'object-X') AS BLOB) WHERE number = 3"

static void a_changed_line_breaks_the_chain(void **state)
{
	struct house *h = *state;
	add_lines(h, 6);
	tamper(h, CHANGE_LINE_3, true);
	struct buf out;
	bool whole = true;
	list_audit(h, 1, 10, &out, &whole);
	assert_false(whole);
	assert_non_null(strstr(out.at, "object-X")); /* the store itself believed it */
	buf_free(&out);
}

static void a_damaged_line_is_shown_as_damaged_and_the_rest_is_given(void **state)
{
	struct house *h = *state;
	add_lines(h, 6);
	tamper(h, CHANGE_LINE_3, false);
	struct buf out;
	bool whole = true;
	list_audit(h, 1, 10, &out, &whole);
	assert_false(whole);
	json_t *json = json_loadb(out.at, out.size, 0, NULL);
	assert_int_equal(json_array_size(json), 6);
	assert_true(json_is_true(json_object_get(json_array_get(json, 2), "damaged")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 5), "object")), "object-6");
	json_decref(json);
	buf_free(&out);
}

static void a_line_taken_out_breaks_the_chain(void **state)
{
	struct house *h = *state;
	add_lines(h, 6);
	tamper(h, "DELETE FROM chain WHERE number = 4", false);
	assert_false(audit_is_whole(h));
}

static void sign_ins_are_written_down_without_secrets_and_unknown_names(void **state)
{
	struct house *h = *state;
	house_sign_in(h, "admin", h->first_password, "10.0.0.1", NULL, NULL);
	house_sign_in(h, "admin", "guess one two", "10.0.0.2", NULL, NULL);
	house_sign_in(h, "pass word as name", "guess", "10.0.0.3", NULL, NULL);
	struct buf out;
	bool whole = false;
	list_audit(h, 1, 10, &out, &whole);
	assert_true(whole);
	json_t *json = json_loadb(out.at, out.size, 0, NULL);
	static const char *const what[] = {"sign-in", "sign-in-failed", "sign-in-failed"}, *const who[] = {"admin", "admin", ""};
	assert_int_equal(json_array_size(json), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(json_string_value(json_object_get(json_array_get(json, i), "what")), what[i]);
		assert_string_equal(json_string_value(json_object_get(json_array_get(json, i), "who")), who[i]);
	}
	json_decref(json);
	assert_null(strstr(out.at, h->first_password));
	assert_null(strstr(out.at, "guess"));
	assert_null(strstr(out.at, "pass word"));
	buf_free(&out);
}

/* How many lines of a `what` there are, and what they count together. */
static size_t count_lines(struct house *h, const char *what, json_int_t *out_sum)
{
	struct buf out;
	bool whole = false;
	list_audit(h, 1, 100000, &out, &whole);
	assert_true(whole);
	json_t *json = json_loadb(out.at, out.size, 0, NULL), *line;
	size_t i, lines = 0;
	*out_sum = 0;
	json_array_foreach(json, i, line) {
		if (strcmp(json_string_value(json_object_get(line, "what")), what) != 0)
			continue;
		lines++;
		*out_sum += json_integer_value(json_object_get(json_object_get(line, "detail"), "count"));
	}
	json_decref(json);
	buf_free(&out);
	return lines;
}

static void a_flood_of_refusals_is_a_line_a_minute_and_none_is_uncounted(void **state)
{
	struct house *h = *state;
	json_int_t sum;
	assert_true(audit_refused(h->accounts, "li", "10.0.0.1", "GET /api/v1/audit", "account.forbidden"));
	audit_refusals_write(h->accounts);
	assert_int_equal(count_lines(h, "refused", &sum), 1);
	assert_int_equal(sum, 1);
	for (int i = 0; i < 5 * 6000; i++) { /* five minutes, a hundred a second */
		house_pass(h, 10);
		assert_false(audit_refused(h->accounts, "li", "10.0.0.2", "GET /api/v1/audit", "account.forbidden"));
		if (i % 100 == 0)
			accounts_tidy(h->accounts);
	}
	assert_int_equal(count_lines(h, "refused", &sum), 1 + 4);
	assert_true(audit_refused(h->accounts, "li", "10.0.0.1", "GET /api/v1/accounts", "account.forbidden"));
	house_open_again(h); /* what is counted is written at the end */
	assert_int_equal(count_lines(h, "refused", &sum), 1 + 4 + 2);
	assert_int_equal(sum, 1 + 5 * 6000 + 1);
}

static void a_quiet_minute_ends_the_counting_and_the_next_refusal_is_due_at_once(void **state)
{
	struct house *h = *state;
	json_int_t sum;
	for (int i = 0; i < 3; i++) {
		assert_true(audit_refused(h->accounts, "li", "", "GET /x", "account.forbidden"));
		audit_refusals_write(h->accounts);
		house_pass(h, 60 * 1000);
		accounts_tidy(h->accounts);
	}
	assert_int_equal(count_lines(h, "refused", &sum), 3);
	assert_int_equal(sum, 3);
}

static void refusals_of_thousands_of_kinds_are_bounded_too(void **state)
{
	struct house *h = *state;
	json_int_t sum;
	char who[32];
	for (int minute = 0; minute < 3; minute++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(who, sizeof(who), "guesser %d", i);
			if (audit_refused(h->accounts, who, "10.0.0.1", "GET /x", "account.forbidden") && i % 7 == 0)
				audit_refusals_write(h->accounts);
		}
		house_pass(h, 60 * 1000);
		accounts_tidy(h->accounts);
	}
	assert_true(count_lines(h, "refused", &sum) <= 3 * 2 * 257);
	accounts_close(h->accounts);
	h->accounts = NULL;
	house_open_again(h);
	assert_true(count_lines(h, "refused", &sum) <= 3 * 2 * 257);
	assert_int_equal(sum, 3 * 5000);
}

static void failed_sign_ins_of_a_minute_share_their_line(void **state)
{
	struct house *h = *state;
	json_int_t sum;
	for (int i = 0; i < 4; i++)
		assert_int_equal(house_sign_in(h, "admin", "guess one two", "10.0.0.2", NULL, NULL), ERR_SIGN_IN_WRONG);
	assert_int_equal(house_sign_in(h, "admin", "guess one two", "10.0.0.3", NULL, NULL), ERR_SIGN_IN_WRONG);
	assert_int_equal(count_lines(h, "sign-in-failed", &sum), 2);
	assert_int_equal(sum, 2);
	house_pass(h, 60 * 1000);
	accounts_tidy(h->accounts);
	assert_int_equal(count_lines(h, "sign-in-failed", &sum), 3);
	assert_int_equal(sum, 5);
}

/* A line is a write to the disk: were there one for names that exist and none for others, the time of a refusal would tell. */
static void a_guess_writes_as_much_for_a_name_that_exists_as_for_one_that_does_not(void **state)
{
	struct house *h = *state;
	static const char *const there[] = {"admin", "li", "wang"}, *const nowhere[] = {"nobody", "no one", "none"};
	json_int_t sum;
	for (int i = 1; i < 3; i++)
		assert_int_equal(account_new(h->accounts, text_of(there[i]), OPERATOR, TEXT("a good password")), ERR_NONE);
	size_t before = count_lines(h, "sign-in-failed", &sum), lines[2];
	for (int known = 0; known < 2; known++) {
		for (int i = 0; i < 3; i++)
			assert_int_equal(house_sign_in(h, known ? there[i] : nowhere[i], "guess one two", known ? "10.0.0.2" : "10.0.0.3", NULL, NULL),
			                 ERR_SIGN_IN_WRONG);
		size_t now = count_lines(h, "sign-in-failed", &sum);
		lines[known] = now - before;
		before = now;
	}
	assert_int_equal(lines[0], 3);
	assert_int_equal(lines[1], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_cover_what_they_say_and_no_more),
		cmocka_unit_test_setup_teardown(a_token_speaks_for_its_devices_until_it_is_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(people_and_unknown_tokens, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_token_cannot_be, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tokens_survive_a_restart_with_their_last_use, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_chain_is_whole_over_restarts_of_any_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_list_gives_the_lines_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_detail_must_be_one_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_changed_line_breaks_the_chain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_line_is_shown_as_damaged_and_the_rest_is_given, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_line_taken_out_breaks_the_chain, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sign_ins_are_written_down_without_secrets_and_unknown_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flood_of_refusals_is_a_line_a_minute_and_none_is_uncounted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_quiet_minute_ends_the_counting_and_the_next_refusal_is_due_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refusals_of_thousands_of_kinds_are_bounded_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failed_sign_ins_of_a_minute_share_their_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_guess_writes_as_much_for_a_name_that_exists_as_for_one_that_does_not, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
