/* CSV: the first line is the mapping, the others are rows, cut by the line cutter in pieces of a size from the first byte; each row
 * against a second reader that takes the mapping and the row apart by the rules, one after another. */
#include <stdlib.h>
#include <string.h>

#include "device/device.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the second reader ---- */

enum { DEVICE, BOOT, SEQ, AT, CHECKPOINT, IN, OUT, IN_TOTAL, OUT_TOTAL, DIRECTION, COUNT };
static const char *const words[COUNT] = {"device", "boot", "seq", "at", "checkpoint", "in", "out", "in_total", "out_total", "direction"};

struct plain {
	struct text where[COUNT];       /* of the mapping; at NULL: not mapped */
	int64_t place[COUNT];           /* -1: not there */
	int unit;                       /* of time: 0 RFC 3339, else ms */
	bool wants_header, is_lost;     /* a named column was not in the header */
};

/* Only of a mapping that was taken. */
static void plain_mapping(struct text columns, struct plain *out)
{
	*out = (struct plain){.unit = 0};
	for (size_t at = 0; at <= columns.size;) {
		size_t end = at, colon;
		while (end < columns.size && columns.at[end] != ',')
			end++;
		for (colon = at; columns.at[colon] != ':';)
			colon++;
		struct text key = {columns.at + at, colon - at}, value = {columns.at + colon + 1, end - colon - 1};
		if (text_is(key, "time_format"))
			out->unit = text_is(value, "unix") ? 1000 : text_is(value, "unix_ms") ? 1 : 0;
		for (int c = 0; c < COUNT; c++)
			if (text_is(key, words[c]))
				out->where[c] = value;
		at = end + 1;
	}
	for (int c = 0; c < COUNT; c++) {
		uint64_t place;
		bool is_number = out->where[c].at != NULL && text_to_u64(out->where[c], &place);
		out->place[c] = is_number ? (int64_t)place : -1;
		out->wants_header = out->wants_header || (out->where[c].at != NULL && !is_number);
	}
}

/* Character by character. Gives the number of cells, at most 64, or -1. */
static int plain_split(struct text line, char cells[64][4200], size_t sizes[64])
{
	size_t at = 0;
	int count = 0;
	for (;;) {
		char cell[4200];
		size_t size = 0;
		if (at < line.size && line.at[at] == '"') {
			for (at++;; at++) {
				if (at >= line.size)
					return -1;
				if (line.at[at] == '"' && (at + 1 >= line.size || line.at[at + 1] != '"'))
					break;
				at += line.at[at] == '"';
				cell[size++] = line.at[at];
			}
			at++;
			if (at < line.size && line.at[at] != ',')
				return -1;
		} else {
			while (at < line.size && line.at[at] != ',')
				cell[size++] = line.at[at++];
		}
		if (count < 64) {
			memcpy(cells[count], cell, size);
			sizes[count++] = size;
		}
		if (at >= line.size)
			return count;
		at++;
	}
}

static bool plain_whole(struct text t, uint64_t max, uint64_t *out)
{
	return t.at == NULL || (text_to_u64(t, out) && *out <= max);
}

static bool plain_cells(const struct plain *m, struct text cell[COUNT], uint64_t whole[COUNT], at_ms *at)
{
	static const uint64_t max[COUNT] = {[BOOT] = (UINT64_C(1) << 53) - 1, [SEQ] = (UINT64_C(1) << 53) - 1, [IN] = LEDGER_PEOPLE_MAX,
		[OUT] = LEDGER_PEOPLE_MAX, [IN_TOTAL] = UINT32_MAX, [OUT_TOTAL] = UINT32_MAX};
	bool good = cell[DEVICE].at != NULL && cell[SEQ].at != NULL && cell[AT].at != NULL;
	for (int c = 0; c < COUNT; c++)
		good = good && (max[c] == 0 || plain_whole(cell[c], max[c], &whole[c]));
	for (int c = DEVICE; c <= CHECKPOINT; c += CHECKPOINT)
		good = good && (cell[c].at == NULL || (cell[c].size <= PASSAGE_NAME_BYTES_MAX && text_valid_utf8(cell[c])));
	uint64_t v = 0;
	if (good && m->unit != 0)
		good = text_to_u64(cell[AT], &v) && v <= (uint64_t)AT_MS_MAX / (uint64_t)m->unit;
	else if (good)
		good = when_parse(cell[AT], at, NULL) == ERR_NONE;
	if (m->unit != 0)
		*at = (at_ms)(v * (uint64_t)m->unit);
	return good && (m->where[DIRECTION].at == NULL || (cell[DIRECTION].at != NULL &&
		(text_is(cell[DIRECTION], "in") || text_is(cell[DIRECTION], "out"))));
}

/* ERR_NONE with out->device empty: a header; true: as the rules say. */
static bool plain_row(struct plain *m, struct text line, struct passage_said *out)
{
	static char cells[64][4200];
	size_t sizes[64];
	int count = plain_split(line, cells, sizes);
	struct text cell[COUNT] = {{0}};
	uint64_t whole[COUNT] = {0};
	*out = (struct passage_said){0};
	if (count < 0)
		return false;
	if (m->wants_header) {
		m->wants_header = false;
		for (int c = 0; c < COUNT; c++)
			for (int i = count - 1; m->where[c].at != NULL && i >= 0; i--)
				if (text_equal(m->where[c], (struct text){cells[i], sizes[i]}) && !text_to_u64(m->where[c], &whole[0]))
					m->place[c] = i;
		for (int c = 0; c < COUNT; c++)
			m->is_lost = m->is_lost || (m->where[c].at != NULL && m->place[c] < 0);
		return !m->is_lost;
	}
	for (int c = 0; c < COUNT; c++)
		if (m->place[c] >= 0 && m->place[c] < count && sizes[m->place[c]] > 0)
			cell[c] = (struct text){cells[m->place[c]], sizes[m->place[c]]};
	whole[IN] = m->where[DIRECTION].at != NULL && m->where[IN].at == NULL ? 1 : 0;
	if (m->is_lost || !plain_cells(m, cell, whole, &out->at))
		return false;
	bool is_out = m->where[DIRECTION].at != NULL && text_is(cell[DIRECTION], "out");
	out->totals = m->where[IN_TOTAL].at != NULL || m->where[OUT_TOTAL].at != NULL;
	out->device = cell[DEVICE];
	out->checkpoint = cell[CHECKPOINT].at == NULL ? TEXT("") : cell[CHECKPOINT];
	out->boot = whole[BOOT];
	out->seq = whole[SEQ];
	out->in = (uint32_t)(out->totals ? whole[IN_TOTAL] : is_out ? 0 : whole[IN]);
	out->out = (uint32_t)(out->totals ? whole[OUT_TOTAL] : is_out ? whole[IN] : whole[OUT]);
	return true;
}

/* ---- both ---- */

struct both { struct csv_mapping *ours; struct plain plain; };

static bool take_line(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct both *b = ctx;
	struct scan_scratch scratch;
	struct passage_said said, plain;
	(void)number;
	if (too_long)
		return true;
	err_t error = device_read_csv(b->ours, line, &scratch, &said);
	struct plain before = b->plain;
	bool other = plain_row(&b->plain, line, &plain);
	/* Quoted text with doubled quotes may fill the scratch: that alone is a limit of ours. */
	if (error == ERR_TOO_LARGE && memmem(line.at, line.size, "\"\"", 2) != NULL) {
		b->plain = before;
		return true;
	}
	bool same = (error == ERR_NONE) == other;
	if (same && other)
		same = text_equal(said.device, plain.device) && text_equal(said.checkpoint, plain.checkpoint) && said.boot == plain.boot &&
		       said.seq == plain.seq && said.at == plain.at && said.in == plain.in && said.out == plain.out &&
		       (said.totals == plain.totals || said.device.size == 0);
	HOLD(same);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size > 1 ? memchr(data + 1, '\n', size - 1) : NULL;
	struct both both;
	if (newline == NULL)
		return 0;
	struct text columns = {(const char *)data + 1, (size_t)(newline - data) - 1};
	if (csv_mapping_read(columns, &both.ours, NULL) != ERR_NONE)
		return 0;
	plain_mapping(columns, &both.plain);
	size_t piece = data[0] + 1u;
	struct line_cutter cutter;
	line_cutter_init(&cutter);
	for (const uint8_t *p = newline + 1; p < data + size;) {
		size_t left = (size_t)(data + size - p), now = left < piece ? left : piece;
		char *exact = malloc(now);
		if (exact == NULL)
			break;
		memcpy(exact, p, now);
		HOLD(line_cutter_feed(&cutter, exact, now, take_line, &both) == now);
		free(exact);
		p += now;
	}
	HOLD(line_cutter_end(&cutter, take_line, &both));
	csv_mapping_free(both.ours);
	return 0;
}
