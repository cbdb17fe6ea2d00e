/* base/text.h: slices of text, growing buffers, UTF-8, JSON output.
 *
 * struct text   a borrowed slice; never owns, never NUL-terminated by promise.
 * struct buf    a growing buffer with a maximum demanded at init. `at` is always
 *               NUL-terminated once anything was added. A failed addition (no
 *               memory, maximum reached) sets `error` and every later addition
 *               does nothing, so a writer checks once, at the end.
 */
#ifndef CORDON_BASE_TEXT_H
#define CORDON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct text {
	const char *at;
	size_t size; /* bytes */
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})
struct text text_of(const char *c_string);          /* NULL gives the empty text, with `at` not NULL */
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *c_string);
bool text_starts(struct text a, const char *prefix);
bool text_valid_utf8(struct text a);                 /* strict: no surrogates, no overlong forms, no NUL */
/* The greatest size <= size_max that cuts no UTF-8 character in two. */
size_t text_fit(struct text a, size_t size_max);
/* Bytes that belong to no character, and NULs, become '?'. */
void text_mend_utf8(char *at, size_t size);
/* Good spread, not against an enemy who knows the seed. For memory only: never written to disk. */
uint64_t text_hash(struct text a, uint64_t seed);
/* Decimal digits only, no sign, no leading zero but "0" itself; false if it does not fit. */
bool text_to_u64(struct text a, uint64_t *out);

struct buf {
	char *at;
	size_t size, capacity, maximum; /* bytes; maximum without the closing NUL */
	err_t error;                    /* ERR_NONE, ERR_MEMORY or ERR_TOO_LARGE */
};

void buf_init(struct buf *b, size_t maximum);  /* allocates nothing */
void buf_free(struct buf *b);                  /* back to the state after buf_init */
void buf_reset(struct buf *b);                 /* empty, keeps its memory, clears the error */
err_t buf_reserve(struct buf *b, size_t more); /* room for `more` bytes without allocation */
void buf_add(struct buf *b, const void *bytes, size_t size);
void buf_add_text(struct buf *b, struct text t);
void buf_add_str(struct buf *b, const char *c_string);
void buf_add_char(struct buf *b, char c);
void buf_add_i64(struct buf *b, int64_t v);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The whole JSON string with quotes; bad UTF-8 becomes U+FFFD. NULL gives null. */
void buf_add_json(struct buf *b, struct text t);
void buf_add_json_str(struct buf *b, const char *c_string);
/* A finite number in the shortest of at most `decimals` places ("1.5", "0"); else null. */
void buf_add_json_f64(struct buf *b, double v, int decimals);

#endif
