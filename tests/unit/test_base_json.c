/* A document is read whole or not at all: jansson drops characters where it cannot grow a text, and says nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/read_json.h"
#include "failing_memory.h"

#define LONG "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
static const char document[] =
	"{\"name\": \"" LONG LONG "\", \"list\": [1, 2.5, 12345678901234, true, null, {\"" LONG "\": \"\\u5b89\\u68c0\"}]}";

static void test_without_memory_a_document_is_never_read_otherwise(void **state)
{
	(void)state;
	json_t *whole = NULL, *again = NULL;
	assert_int_equal(read_json(text_of(document), 0, &whole, NULL), ERR_NONE);
	unsigned refused = 0;
	for (unsigned long n = 1;; n++) {
		json_error_t told;
		memory_refuse(n);
		err_t error = read_json(text_of(document), 0, &again, &told);
		if (!memory_was_refused()) {
			assert_int_equal(error, ERR_NONE);
			break;
		}
		refused++;
		assert_int_equal(error, ERR_MEMORY);
		assert_null(again);
	}
	assert_true(refused > 15);
	assert_true(json_equal(whole, again));
	json_decref(whole);
	json_decref(again);
}

static void test_without_memory_a_document_is_never_printed_otherwise(void **state)
{
	(void)state;
	json_t *whole = NULL;
	char *wanted = NULL, *printed = NULL;
	assert_int_equal(read_json(text_of(document), 0, &whole, NULL), ERR_NONE);
	assert_int_equal(print_json(whole, &wanted), ERR_NONE);
	for (unsigned long n = 1;; n++) {
		memory_refuse(n);
		err_t error = print_json(whole, &printed);
		if (!memory_was_refused())
			break;
		assert_int_equal(error, ERR_MEMORY);
		assert_null(printed);
	}
	assert_string_equal(printed, wanted);
	free(printed);
	free(wanted);
	json_decref(whole);
}

static void test_bad_syntax_is_bad_syntax(void **state)
{
	(void)state;
	json_t *none = NULL;
	json_error_t told;
	assert_int_equal(read_json(TEXT("{\"a\":\n x}"), 0, &none, &told), ERR_JSON_SYNTAX);
	assert_int_equal(told.line, 2);
	assert_int_equal(read_json((struct text){NULL, 0}, 0, &none, NULL), ERR_JSON_SYNTAX);
	assert_int_equal(read_json(TEXT("{\"a\":1,\"a\":2}"), JSON_REJECT_DUPLICATES, &none, NULL), ERR_JSON_SYNTAX);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_memory_a_document_is_never_read_otherwise),
		cmocka_unit_test(test_without_memory_a_document_is_never_printed_otherwise),
		cmocka_unit_test(test_bad_syntax_is_bad_syntax),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
