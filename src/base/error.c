/* base/error.c: the list of errors as a table, and the words for one case. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct error_row rows[ERR_COUNT] = {
	[ERR_NONE] = {ERR_NONE, "none", FAULT_CALLER, 200, "No error", "没有错误", "", ""},
#define X(name, code, fault, http, en, zh, fix_en, fix_zh) \
	[ERR_##name] = {ERR_##name, code, fault, http, en, zh, fix_en, fix_zh},
#include "base/error_list.h"
#undef X
};

const struct error_row *error_row(err_t error)
{
	/* err_t may be unsigned or signed: the cast makes one comparison cover both ends. */
	return (unsigned)error < (unsigned)ERR_COUNT ? &rows[error] : &rows[ERR_BUG];
}

const struct error_row *error_find(const char *code)
{
	if (code == NULL)
		return NULL;
	for (unsigned i = ERR_NONE + 1; i < ERR_COUNT; i++)
		if (strcmp(rows[i].code, code) == 0)
			return &rows[i];
	return NULL;
}

static void put_cut(char *out, size_t out_size, const char *from)
{
	struct text t = {from, strlen(from)};
	size_t size = text_fit(t, out_size - 1);
	memcpy(out, from, size);
	out[size] = '\0';
	text_mend_utf8(out, size); /* what a library says of a stranger's file may quote its bytes */
}

err_t problem_set(struct problem *problem, err_t error, const char *field, const char *format, ...)
{
	if (problem == NULL)
		return error;
	/* `field` may be a part of the problem itself (a caller that adds a detail): copy before clearing. */
	char words[sizeof(problem->detail) + 8] = "", name[sizeof(problem->field)];
	put_cut(name, sizeof(name), field == NULL ? "" : field);
	if (format != NULL) {
		va_list args;
		va_start(args, format);
		if (vsnprintf(words, sizeof(words), format, args) < 0)
			words[0] = '\0';
		va_end(args);
	}
	problem->error = error;
	memcpy(problem->field, name, sizeof(name));
	put_cut(problem->detail, sizeof(problem->detail), words);
	return error;
}
