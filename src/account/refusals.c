/* account/refusals.c: what was refused (rights, sign-ins) goes into the audit chain, but a flood of it must neither fill the disk nor
 * hold up the loop. So it is counted in memory, by who and what: the first of a kind is due at once, those that follow within a
 * minute share one line when it is over. When all rows are taken, the last one counts whatever else comes, without a name. */
#include "account/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS_MAX 256u
#define REST KINDS_MAX /* the row of what found none */
#define WINDOW_MS (INT64_C(60) * 1000)
#define OBJECT_BYTES 128
#define WORD_BYTES 40

struct refusal {
	bool is_live, is_first; /* is_first: not one line of this window is written */
	char who[ACCOUNT_NAME_BYTES], address[48], what[WORD_BYTES], object[OBJECT_BYTES], code[WORD_BYTES];
	uint64_t name_key;
	int failures;
	uint64_t count; /* not written yet */
	int64_t at_begin_ms;
};

struct refusals { struct refusal rows[KINDS_MAX + 1]; };

struct refusals *refusals_new(void) { return calloc(1, sizeof(struct refusals)); }
void refusals_free(struct refusals *r) { free(r); }

/* Who tries to sign in is not known yet: there, the address is part of it, and the name that was tried even if there is none such:
 * a line is a write to the disk, and takes time that must not tell which names exist. */
static bool is_same(const struct refusal *a, const struct refusal *b)
{
	return strcmp(a->who, b->who) == 0 && a->name_key == b->name_key && strcmp(a->what, b->what) == 0 &&
	       strcmp(a->object, b->object) == 0 && strcmp(a->code, b->code) == 0 &&
	       (a->object[0] != '\0' || strcmp(a->address, b->address) == 0);
}

static struct refusal *row_for(struct refusals *r, const struct refusal *wanted)
{
	struct refusal *free_row = NULL;
	for (uint32_t i = 0; i < KINDS_MAX; i++) {
		struct refusal *row = &r->rows[i];
		if (row->is_live && is_same(row, wanted))
			return row;
		if (!row->is_live && free_row == NULL)
			free_row = row;
	}
	return free_row != NULL ? free_row : &r->rows[REST];
}

bool refusals_note(struct accounts *a, const struct refused *said)
{
	struct refusal wanted = {.is_live = true, .is_first = true, .name_key = said->name_key, .at_begin_ms = accounts_now_ms(a)};
	text_copy(wanted.who, sizeof(wanted.who), text_of(said->who));
	text_copy(wanted.address, sizeof(wanted.address), text_of(said->address == NULL ? "" : said->address));
	text_copy(wanted.what, sizeof(wanted.what), text_of(said->what));
	text_copy(wanted.object, sizeof(wanted.object), text_of(said->object));
	text_copy(wanted.code, sizeof(wanted.code), text_of(said->code));
	pthread_mutex_lock(&a->refusing);
	struct refusal *row = row_for(a->refusals, &wanted);
	if (!row->is_live && row != &a->refusals->rows[REST])
		*row = wanted;
	else if (!row->is_live)
		*row = (struct refusal){.is_live = true, .is_first = true, .at_begin_ms = wanted.at_begin_ms, .what = "refused"};
	row->count++;
	row->failures = said->failures;
	bool is_due = row->is_first && row->count == 1;
	pthread_mutex_unlock(&a->refusing);
	return is_due;
}

/* Under the lock: what of the row is to be written now goes to `out`; a row whose minute is over begins another, or is free. */
static bool take_due(struct refusal *row, int64_t now_ms, bool all, struct refusal *out)
{
	if (!row->is_live)
		return false;
	bool over = now_ms - row->at_begin_ms >= WINDOW_MS;
	bool due = row->count > 0 && (row->is_first || over || all);
	*out = *row;
	if (over && row->count == 0) {
		row->is_live = false;
	} else if (due) {
		row->is_first = false;
		row->count = 0;
		if (over)
			row->at_begin_ms = now_ms;
	}
	return due;
}

static void write_row(struct accounts *a, const struct refusal *row)
{
	struct buf detail;
	buf_init(&detail, 512);
	buf_addf(&detail, "{\"count\":%llu", (unsigned long long)row->count);
	if (row->code[0] != '\0') {
		buf_add_str(&detail, ",\"code\":");
		buf_add_json_str(&detail, row->code);
	}
	if (row->failures > 0)
		buf_addf(&detail, ",\"failures\":%d", row->failures);
	buf_add_char(&detail, '}');
	audit_add(a, row->who, row->address, row->what, row->object, (struct text){detail.at, detail.size});
	buf_free(&detail);
}

void refusals_write(struct accounts *a, bool all)
{
	for (uint32_t i = 0; i <= REST; i++) {
		struct refusal due;
		pthread_mutex_lock(&a->refusing);
		bool is_due = take_due(&a->refusals->rows[i], accounts_now_ms(a), all, &due);
		pthread_mutex_unlock(&a->refusing);
		if (is_due)
			write_row(a, &due);
	}
}

bool audit_refused(struct accounts *a, const char *who, const char *address, const char *object, const char *code)
{
	return refusals_note(a, &(struct refused){.what = "refused", .who = who, .address = address, .object = object, .code = code});
}

void audit_refusals_write(struct accounts *a) { refusals_write(a, false); }
