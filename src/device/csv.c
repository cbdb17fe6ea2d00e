/* device/csv.c: lines with a column mapping, for counters and turnstiles that only export tables.
 *
 *   device:0,boot:1,seq:2,at:3,in:4,out:5            columns by number
 *   device:Device ID,seq:No,at:Time,in:Count         by name: the first row is a header
 *   ...,time_format:unix_ms,direction:6              how time is written; a column that says in or out
 *
 * With `direction`, the column `in` (or, if none is mapped, one person a row) counts the way that it names. Cells may be
 * quoted (RFC 4180); what is quoted with doubled quotes is decoded into the scratch.
 */
#include "device/device.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64
#define WHOLE_MAX ((UINT64_C(1) << 53) - 1)

enum column { COLUMN_DEVICE, COLUMN_BOOT, COLUMN_SEQ, COLUMN_AT, COLUMN_CHECKPOINT, COLUMN_IN, COLUMN_OUT, COLUMN_IN_TOTAL,
	COLUMN_OUT_TOTAL, COLUMN_DIRECTION, COLUMN_COUNT };
enum time_format { TIME_RFC3339, TIME_UNIX, TIME_UNIX_MS };

static const char *const column_words[COLUMN_COUNT] = {"device", "boot", "seq", "at", "checkpoint", "in", "out", "in_total",
	"out_total", "direction"};

struct csv_mapping {
	enum time_format time_format;
	bool mapped[COLUMN_COUNT];
	uint32_t place[COLUMN_COUNT];       /* counted from 0 */
	char *name[COLUMN_COUNT];           /* of a header; NULL: by number */
	bool header_wanted, header_bad;
};

/* ---- the mapping ---- */

static err_t map_column(struct csv_mapping *m, enum column c, struct text where, struct problem *problem)
{
	uint64_t place;
	if (m->mapped[c])
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "\"%s\" is mapped twice", column_words[c]);
	m->mapped[c] = true;
	if (text_to_u64(where, &place)) {
		if (place >= COLUMNS_MAX)
			return problem_set(problem, ERR_HTTP_QUERY, "columns", "\"%s\": there are at most %d columns",
			                   column_words[c], COLUMNS_MAX);
		m->place[c] = (uint32_t)place;
		return ERR_NONE;
	}
	if (where.size == 0 || where.size > PASSAGE_NAME_BYTES_MAX || !text_valid_utf8(where))
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "\"%s\" needs a column's number or name", column_words[c]);
	m->name[c] = malloc(where.size + 1);
	if (m->name[c] == NULL)
		return problem_set(problem, ERR_MEMORY, "columns", "no room for the mapping");
	memcpy(m->name[c], where.at, where.size);
	m->name[c][where.size] = '\0';
	m->header_wanted = true;
	return ERR_NONE;
}

static err_t read_item(struct csv_mapping *m, struct text item, struct problem *problem)
{
	static const char *const formats[] = {"rfc3339", "unix", "unix_ms"};
	const char *colon = memchr(item.at, ':', item.size);
	if (colon == NULL)
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "Write it like device:0,seq:1,at:2,in:3");
	struct text key = {item.at, (size_t)(colon - item.at)}, value = {colon + 1, item.size - key.size - 1};
	for (enum column c = 0; c < COLUMN_COUNT; c++)
		if (text_is(key, column_words[c]))
			return map_column(m, c, value, problem);
	if (!text_is(key, "time_format"))
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "\"%.*s\" is none of device, boot, seq, at, checkpoint, in, "
		                   "out, in_total, out_total, direction, time_format", key.size > 64 ? 64 : (int)key.size, key.at);
	for (enum time_format f = TIME_RFC3339; f <= TIME_UNIX_MS; f++)
		if (text_is(value, formats[f])) {
			m->time_format = f;
			return ERR_NONE;
		}
	return problem_set(problem, ERR_HTTP_QUERY, "columns", "time_format is rfc3339, unix or unix_ms");
}

static err_t check_mapping(const struct csv_mapping *m, struct problem *problem)
{
	bool totals = m->mapped[COLUMN_IN_TOTAL] || m->mapped[COLUMN_OUT_TOTAL];
	bool counts = m->mapped[COLUMN_IN] || m->mapped[COLUMN_OUT];
	if (!m->mapped[COLUMN_DEVICE] || !m->mapped[COLUMN_SEQ] || !m->mapped[COLUMN_AT])
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "device, seq and at must be mapped: they are the identity");
	if (totals && (counts || m->mapped[COLUMN_DIRECTION]))
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "Running totals do not mix with in, out or direction");
	if (m->mapped[COLUMN_DIRECTION] && m->mapped[COLUMN_OUT])
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "With direction, map the number of people as \"in\" alone");
	if (!totals && !counts && !m->mapped[COLUMN_DIRECTION])
		return problem_set(problem, ERR_HTTP_QUERY, "columns", "Map in, out, in_total, out_total or direction");
	return ERR_NONE;
}

err_t csv_mapping_read(struct text columns, struct csv_mapping **out, struct problem *problem)
{
	struct csv_mapping *m = calloc(1, sizeof *m);
	if (m == NULL)
		return problem_set(problem, ERR_MEMORY, "columns", "no room for the mapping");
	err_t e = ERR_NONE;
	for (size_t start = 0; e == ERR_NONE && start <= columns.size;) {
		const char *at = columns.at + start;
		size_t left = columns.size - start;
		const char *comma = left == 0 ? NULL : memchr(at, ',', left);
		size_t size = comma == NULL ? left : (size_t)(comma - at);
		e = read_item(m, (struct text){at, size}, problem);
		start += size + 1;
	}
	if (e == ERR_NONE)
		e = check_mapping(m, problem);
	if (e == ERR_NONE)
		*out = m;
	else
		csv_mapping_free(m);
	return e;
}

void csv_mapping_free(struct csv_mapping *m)
{
	if (m == NULL)
		return;
	for (enum column c = 0; c < COLUMN_COUNT; c++)
		free(m->name[c]);
	free(m);
}

/* ---- one row ---- */

/* The quoted cell at *p, behind its opening quote; moves *p behind the closing one. */
static err_t read_quoted(const char **p, const char *end, struct scan_scratch *scratch, struct text *out)
{
	const char *start = *p, *quote = memchr(start, '"', (size_t)(end - start));
	if (quote == NULL)
		return ERR_PASSAGE_SYNTAX;
	*out = (struct text){start, (size_t)(quote - start)};
	*p = quote + 1;
	if (*p >= end || **p != '"')
		return ERR_NONE;
	size_t first = scratch->used;
	for (const char *at = start; at < end; at++) {
		if (*at == '"' && (at + 1 >= end || at[1] != '"')) {
			*out = (struct text){scratch->at + first, scratch->used - first};
			*p = at + 1;
			return ERR_NONE;
		}
		at += *at == '"';
		if (scratch->used == sizeof scratch->at)
			return ERR_TOO_LARGE;
		scratch->at[scratch->used++] = *at;
	}
	return ERR_PASSAGE_SYNTAX;
}

static err_t split(struct text line, struct scan_scratch *scratch, struct text *cells, uint32_t *out_count)
{
	const char *p = line.at, *end = line.at + line.size;
	uint32_t count = 0;
	for (;;) {
		struct text cell;
		if (p < end && *p == '"') {
			p++;
			err_t e = read_quoted(&p, end, scratch, &cell);
			if (e != ERR_NONE)
				return e;
			if (p < end && *p != ',')
				return ERR_PASSAGE_SYNTAX;
		} else {
			const char *comma = p < end ? memchr(p, ',', (size_t)(end - p)) : NULL;
			cell = (struct text){p, (size_t)((comma == NULL ? end : comma) - p)};
			p += cell.size;
		}
		if (count < COLUMNS_MAX)
			cells[count++] = cell;
		if (p >= end)
			break;
		p++; /* the comma */
	}
	*out_count = count;
	return ERR_NONE;
}

/* A header row: where the named columns stand. */
static err_t read_header(struct csv_mapping *m, const struct text *cells, uint32_t count)
{
	m->header_wanted = false;
	for (enum column c = 0; c < COLUMN_COUNT; c++) {
		if (m->name[c] == NULL)
			continue;
		uint32_t i = 0;
		while (i < count && !text_is(cells[i], m->name[c]))
			i++;
		m->header_bad |= i == count;
		m->place[c] = i;
	}
	return m->header_bad ? ERR_PASSAGE_FIELD : ERR_NONE;
}

struct row { const struct csv_mapping *m; const struct text *cells; uint32_t count; };

/* The cell of a column; false: not mapped, or the row is too short, or it is empty. */
static bool cell_of(const struct row *r, enum column c, struct text *out)
{
	if (!r->m->mapped[c] || r->m->place[c] >= r->count || r->cells[r->m->place[c]].size == 0)
		return false;
	*out = r->cells[r->m->place[c]];
	return true;
}

/* A whole number; an empty or unmapped cell leaves *out as it is. */
static err_t whole_of(const struct row *r, enum column c, uint64_t max, uint64_t *out)
{
	struct text cell;
	uint64_t v;
	if (!cell_of(r, c, &cell))
		return ERR_NONE;
	if (!text_to_u64(cell, &v) || v > max)
		return ERR_PASSAGE_FIELD;
	*out = v;
	return ERR_NONE;
}

static err_t time_of(const struct row *r, at_ms *out)
{
	struct text cell;
	uint64_t v;
	if (!cell_of(r, COLUMN_AT, &cell))
		return ERR_PASSAGE_FIELD;
	if (r->m->time_format == TIME_RFC3339)
		return when_parse(cell, out, NULL);
	uint64_t unit_ms = r->m->time_format == TIME_UNIX ? 1000 : 1;
	if (!text_to_u64(cell, &v) || v > (uint64_t)AT_MS_MAX / unit_ms)
		return ERR_TIME_FORMAT;
	*out = (at_ms)(v * unit_ms);
	return ERR_NONE;
}

static err_t counts_of(const struct row *r, struct passage_said *out)
{
	uint64_t in = 0, out_ppl = 0, in_total = 0, out_total = 0;
	struct text way;
	out->totals = r->m->mapped[COLUMN_IN_TOTAL] || r->m->mapped[COLUMN_OUT_TOTAL];
	if (r->m->mapped[COLUMN_DIRECTION] && !r->m->mapped[COLUMN_IN])
		in = 1;
	if (whole_of(r, COLUMN_IN, LEDGER_PEOPLE_MAX, &in) != ERR_NONE ||
	    whole_of(r, COLUMN_OUT, LEDGER_PEOPLE_MAX, &out_ppl) != ERR_NONE ||
	    whole_of(r, COLUMN_IN_TOTAL, UINT32_MAX, &in_total) != ERR_NONE ||
	    whole_of(r, COLUMN_OUT_TOTAL, UINT32_MAX, &out_total) != ERR_NONE)
		return ERR_PASSAGE_FIELD;
	if (r->m->mapped[COLUMN_DIRECTION]) {
		if (!cell_of(r, COLUMN_DIRECTION, &way) || (!text_is(way, "in") && !text_is(way, "out")))
			return ERR_PASSAGE_FIELD;
		if (text_is(way, "out")) {
			out_ppl = in;
			in = 0;
		}
	}
	out->in = (uint32_t)(out->totals ? in_total : in);
	out->out = (uint32_t)(out->totals ? out_total : out_ppl);
	return ERR_NONE;
}

static err_t name_of(const struct row *r, enum column c, struct text *out)
{
	if (!cell_of(r, c, out))
		return ERR_NONE;
	if (out->size > PASSAGE_NAME_BYTES_MAX)
		return ERR_TOO_LARGE;
	return text_valid_utf8(*out) ? ERR_NONE : ERR_TEXT_UTF8;
}

static err_t read_row(const struct row *r, struct passage_said *out)
{
	struct text seq;
	err_t e = name_of(r, COLUMN_DEVICE, &out->device);
	if (e == ERR_NONE)
		e = name_of(r, COLUMN_CHECKPOINT, &out->checkpoint);
	if (e == ERR_NONE && (out->device.size == 0 || !cell_of(r, COLUMN_SEQ, &seq)))
		e = ERR_PASSAGE_FIELD;
	if (e == ERR_NONE)
		e = whole_of(r, COLUMN_BOOT, WHOLE_MAX, &out->boot);
	if (e == ERR_NONE)
		e = whole_of(r, COLUMN_SEQ, WHOLE_MAX, &out->seq);
	if (e == ERR_NONE)
		e = time_of(r, &out->at);
	return e == ERR_NONE ? counts_of(r, out) : e;
}

err_t device_read_csv(struct csv_mapping *m, struct text line, struct scan_scratch *scratch, struct passage_said *out)
{
	struct text cells[COLUMNS_MAX];
	struct passage_said said = {.device = {line.at, 0}, .checkpoint = {line.at, 0}};
	uint32_t count;
	if (line.size > PASSAGE_LINE_BYTES_MAX)
		return ERR_TOO_LARGE;
	scratch->used = 0;
	err_t e = split(line, scratch, cells, &count);
	if (e != ERR_NONE)
		return e;
	if (m->header_wanted)
		e = read_header(m, cells, count);
	else if (m->header_bad)
		e = ERR_PASSAGE_FIELD;
	else
		e = read_row(&(struct row){m, cells, count}, &said);
	if (e == ERR_NONE)
		*out = said;
	return e;
}
