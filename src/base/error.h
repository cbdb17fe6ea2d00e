/* base/error.h: every way in which Cordon refuses or fails, and how it is said.
 *
 * Errors are values from one list (error_list.h). A call that can fail returns
 * `err_t`, 0 (`ERR_NONE`) for success, and writes its out-parameters only then.
 * A call that can say more than the bare error takes a `struct problem *` as
 * its last argument; NULL means "I do not need the words".
 *
 * From the same list come the HTTP status and the problem+json of the API, the
 * TypeScript union in web/src/api/errors.ts and both languages' messages
 * (`cordon errors --ts` writes them; a test holds the file to the list).
 */
#ifndef CORDON_BASE_ERROR_H
#define CORDON_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

/* Whose fault it is: decides who must act, and the tone of the message. */
enum fault {
	FAULT_CALLER,   /* the request, file or message is wrong: the sender mends it */
	FAULT_SETUP,    /* configuration or rights: an administrator mends it */
	FAULT_RESOURCE, /* full, busy, too slow: wait, or give it more */
	FAULT_SYSTEM,   /* the operating system or the disk failed */
	FAULT_BUG       /* Cordon is wrong */
};

typedef enum err {
	ERR_NONE = 0,
#define X(name, code, fault, http, en, zh, fix_en, fix_zh) ERR_##name,
#include "base/error_list.h"
#undef X
	ERR_COUNT
} err_t;

/* One row of the list; strings live as long as the process. */
struct error_row {
	err_t error;
	const char *code;    /* "passage.unknown_checkpoint": stable, in the API */
	enum fault fault;
	int http_status;
	const char *reason_en, *reason_zh;
	const char *fix_en, *fix_zh; /* what to do about it */
};

/* The row of `error`; an unknown value gives the row of ERR_BUG. Never NULL. */
const struct error_row *error_row(err_t error);

/* Finds a row by its code, NULL if there is none. */
const struct error_row *error_find(const char *code);

/* What went wrong, where. Plain data, owned by the caller, no pointers to free. */
struct problem {
	err_t error;
	int line;          /* 1-based line of the file or the NDJSON body, 0 = not known */
	char feature[96];  /* the plan feature, "" = none */
	char field[96];    /* the field, e.g. "properties.lanes[2].rate_ppl_min" */
	char detail[320];  /* one sentence for this case; "" = the row's reason is enough */
};

/* Fills `problem` (which may be NULL) and returns `error`, so that a function
 * can end with `return problem_set(p, ERR_X, "field", "text %d", n);`.
 * `field` may be NULL. Text that does not fit is cut at a UTF-8 boundary; bytes that are no
 * text become '?'. */
err_t problem_set(struct problem *problem, err_t error, const char *field, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
