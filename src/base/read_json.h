/* base/read_json.h: JSON documents through jansson, with what it leaves unsaid: whether it lacked memory.
 *
 * Without memory jansson calls a good document "invalid" or, worse, drops a character of a name or a digit of a number and
 * says nothing. Here every allocation of the reading thread is watched, and a document read without enough memory
 * is none. Whoever reads JSON in Cordon reads it by this; a document as a whole is small (passages have device/scan.c). */
#ifndef CORDON_BASE_READ_JSON_H
#define CORDON_BASE_READ_JSON_H

#include <jansson.h>

#include "base/text.h"

/* `flags` are jansson's. `error` (may be NULL) is filled when it fails. The caller ends *out with json_decref().
 * Errors: JSON_SYNTAX, MEMORY. Any thread. */
err_t read_json(struct text text, size_t flags, json_t **out, json_error_t *error);

/* The compact text, to be given to free(). Errors: MEMORY (jansson alone may leave out what it has no memory for). */
err_t print_json(const json_t *json, char **out);

#endif
