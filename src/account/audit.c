/* account/audit.c: the chain of who did what to what.
 *
 * Each line is one JSON object and ends with "before", the BLAKE2b-256 of the line before it (64 zeros for the first):
 * who changes a line must change every later one. A chain cut off at its end, or rewritten whole, is told by the hash of
 * its last line, which is logged at every start, for a copy of the log that is kept elsewhere. */
#include "account/inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define CHAIN "audit"
#define LINE_BYTES_MAX (16u * 1024u)
#define DETAIL_BYTES_MAX 8192
#define STEP 1000u /* lines of one look into the catalog: it is locked meanwhile */

static void hash_line(struct text line, uint8_t out[SECRET_HASH_BYTES])
{
	crypto_generichash(out, SECRET_HASH_BYTES, (const unsigned char *)line.at, line.size, NULL, 0);
}

/* ---- writing ---- */

static err_t add_detail(struct buf *line, struct text detail)
{
	json_t *json = NULL;
	if (detail.size == 0)
		return ERR_NONE;
	if (detail.size > DETAIL_BYTES_MAX)
		return ERR_JSON_FIELD;
	if (read_json(detail, JSON_REJECT_DUPLICATES, &json, NULL) == ERR_MEMORY)
		return ERR_MEMORY;
	bool is_object = json_is_object(json);
	char *compact = NULL;
	err_t error = is_object ? print_json(json, &compact) : ERR_JSON_FIELD;
	json_decref(json);
	if (error != ERR_NONE)
		return error;
	buf_add_str(line, ",\"detail\":");
	buf_add_str(line, compact);
	free(compact);
	return ERR_NONE;
}

static void add_member(struct buf *line, const char *key, const char *value)
{
	buf_add_str(line, key);
	buf_add_json_str(line, value == NULL ? "" : value);
}

static err_t write_line(struct accounts *a, struct buf *line, const char *who, const char *address, const char *what, const char *object,
                        struct text detail)
{
	char at[WHEN_SIZE], before[HEX_SIZE];
	add_member(line, "{\"at\":", when_format(accounts_now(a), 0, at));
	add_member(line, ",\"who\":", who);
	add_member(line, ",\"address\":", address);
	add_member(line, ",\"what\":", what);
	add_member(line, ",\"object\":", object);
	err_t error = add_detail(line, detail);
	if (error != ERR_NONE)
		return error;
	hash_to_hex(a->audit_head, before);
	add_member(line, ",\"before\":", before);
	buf_add_char(line, '}');
	return line->error;
}

err_t audit_add(struct accounts *a, const char *who, const char *address, const char *what, const char *object, struct text detail)
{
	struct buf line;
	buf_init(&line, LINE_BYTES_MAX);
	pthread_mutex_lock(&a->auditing);
	err_t error = write_line(a, &line, who, address, what, object, detail);
	struct text whole = {line.at, line.size};
	uint64_t number = 0;
	if (error == ERR_NONE)
		error = chain_append(a->store, CHAIN, whole, &number);
	if (error == ERR_NONE) {
		hash_line(whole, a->audit_head);
		a->audit_count = number;
	}
	pthread_mutex_unlock(&a->auditing);
	if (error != ERR_NONE)
		log_error("account", "an audit line (%s) could not be written: %s", what, error_row(error)->code);
	buf_free(&line);
	return error;
}

/* ---- finding the end at the start ---- */

struct probe { uint64_t number; uint8_t hash[SECRET_HASH_BYTES]; };

static bool take_line(void *ctx, uint64_t number, struct text line)
{
	struct probe *p = ctx;
	p->number = number;
	hash_line(line, p->hash);
	return true;
}

/* Is there a line `number` or a later one? A damaged one counts as there. */
static err_t has_line(struct accounts *a, uint64_t number, struct probe *out, bool *out_has)
{
	struct probe p = {.number = 0};
	err_t error = chain_list(a->store, CHAIN, number, 1, take_line, &p);
	if (error != ERR_NONE && error != ERR_STORE_CORRUPT)
		return error;
	*out_has = p.number != 0 || error == ERR_STORE_CORRUPT;
	if (p.number != 0)
		*out = p;
	return ERR_NONE;
}

/* Doubles, then halves: forty looks for any length. */
err_t audit_load(struct accounts *a)
{
	struct probe last = {.number = 0};
	uint64_t there = 0, absent = 1;
	bool has = true;
	err_t error = ERR_NONE;
	while (error == ERR_NONE && absent < UINT64_C(1) << 40) {
		error = has_line(a, absent, &last, &has);
		if (error != ERR_NONE || !has)
			break;
		there = absent;
		absent *= 2;
	}
	while (error == ERR_NONE && absent - there > 1) {
		uint64_t middle = there + (absent - there) / 2;
		error = has_line(a, middle, &last, &has);
		if (error == ERR_NONE && has)
			there = middle;
		else
			absent = middle;
	}
	if (error != ERR_NONE)
		return error;
	a->audit_count = there;
	memcpy(a->audit_head, last.hash, SECRET_HASH_BYTES);
	char hex[HEX_SIZE];
	hash_to_hex(last.hash, hex);
	log_info("account", "audit chain: %" PRIu64 " lines, last %s", there, hex);
	return ERR_NONE;
}

/* ---- reading and checking ---- */

struct walk {
	uint64_t next;                       /* the number that must come */
	uint64_t from, until;                /* of the lines to give: from <= n < until */
	uint8_t expected[SECRET_HASH_BYTES]; /* what its "before" must be */
	bool whole, is_first_given;
	uint64_t first_bad;                  /* 0: none */
	err_t error;                         /* not to be told from damage without memory: then nothing is said */
	struct buf *out;
};

static void give_line(struct walk *w, uint64_t number, struct text line, bool is_good)
{
	if (number < w->from || number >= w->until)
		return;
	if (w->is_first_given)
		buf_add_char(w->out, ',');
	w->is_first_given = true;
	buf_addf(w->out, "{\"number\":%" PRIu64 ",", number);
	if (is_good)
		buf_add(w->out, line.at + 1, line.size - 1);
	else
		buf_add_str(w->out, "\"damaged\":true}");
}

static bool check_line(void *ctx, uint64_t number, struct text line)
{
	struct walk *w = ctx;
	char before[HEX_SIZE] = "";
	uint8_t said[SECRET_HASH_BYTES];
	json_t *json = NULL;
	w->error = read_json(line, JSON_REJECT_DUPLICATES, &json, NULL) == ERR_MEMORY ? ERR_MEMORY : ERR_NONE;
	if (w->error != ERR_NONE)
		return false;
	bool is_json = json_is_object(json) && line.size > 2 && line.at[0] == '{';
	bool fits = is_json && document_text(json, "before", before, sizeof(before)) && hash_from_hex(text_of(before), said) &&
	            memcmp(said, w->expected, sizeof(said)) == 0;
	json_decref(json);
	if (!fits || number != w->next) {
		w->first_bad = w->whole ? number : w->first_bad;
		w->whole = false;
	}
	give_line(w, number, line, is_json);
	hash_line(line, w->expected);
	w->next = number + 1;
	return true;
}

#define DAMAGED_MAX 1000 /* lines that fail the store's own check; then the catalog itself is broken */

err_t audit_list(struct accounts *a, uint64_t from, uint64_t count_max, struct buf *out, bool *out_whole)
{
	from = from == 0 ? 1 : from;
	struct walk w = {.next = 1, .from = from, .whole = true, .out = out};
	w.until = count_max > UINT64_MAX - from ? UINT64_MAX : from + count_max;
	pthread_mutex_lock(&a->auditing);
	uint64_t count = a->audit_count;
	uint8_t head[SECRET_HASH_BYTES];
	memcpy(head, a->audit_head, sizeof(head));
	pthread_mutex_unlock(&a->auditing);
	buf_add_char(out, '[');
	for (int damaged = 0; w.next <= count;) {
		uint64_t step = count - w.next + 1 < STEP ? count - w.next + 1 : STEP, first = w.next;
		err_t error = chain_list(a->store, CHAIN, w.next, step, check_line, &w);
		if (w.error != ERR_NONE)
			return w.error;
		if (error == ERR_STORE_CORRUPT && damaged++ < DAMAGED_MAX) {
			w.whole = false;
			give_line(&w, w.next, TEXT(""), false);
			w.next++;
		} else if (error != ERR_NONE) {
			return error;
		} else if (w.next == first) {
			w.whole = false; /* cut off behind our back */
			break;
		}
	}
	buf_add_char(out, ']');
	*out_whole = w.whole && memcmp(head, w.expected, sizeof(head)) == 0;
	return out->error;
}

uint64_t audit_count(struct accounts *a)
{
	pthread_mutex_lock(&a->auditing);
	uint64_t count = a->audit_count;
	pthread_mutex_unlock(&a->auditing);
	return count;
}

err_t audit_check(struct store *s, uint64_t *out_count, uint64_t *out_first_bad)
{
	struct walk w = {.next = 1, .whole = true};
	err_t error = ERR_NONE;
	for (uint64_t first = 0; error == ERR_NONE && w.next != first;) {
		first = w.next;
		error = chain_list(s, CHAIN, w.next, STEP, check_line, &w);
		if (w.error != ERR_NONE)
			return w.error;
	}
	if (error != ERR_NONE && error != ERR_STORE_CORRUPT)
		return error;
	*out_count = w.next - 1;
	*out_first_bad = w.first_bad == 0 && error == ERR_STORE_CORRUPT ? w.next : w.first_bad;
	return ERR_NONE;
}
