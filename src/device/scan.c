/* device/scan.c: one passage from one line of JSON, in one pass, without a tree.
 *
 *   {"device":"G3-L2","boot":1,"seq":184467,"at":"2026-11-24T18:41:03.250+08:00","in":1}
 *    ^key     ^value
 *
 * The parser is the first wall on the way of a passage (measured: jansson 0.3 M, cJSON 1.7 M records a second), so this
 * one knows the nine fields and nothing else: whatever is not one of them is refused at once, and what is borrowed needs no
 * copy. It accepts exactly what jansson plus the rules of device.h accept (fuzz/fuzz_scan_passage.c holds it to that).
 */
#include "device/device.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define WHOLE_MAX ((UINT64_C(1) << 53) - 1) /* what every JSON implementation keeps exactly */
#define TIME_BYTES_MAX 64

enum field { FIELD_DEVICE, FIELD_BOOT, FIELD_SEQ, FIELD_AT, FIELD_CHECKPOINT, FIELD_IN, FIELD_OUT, FIELD_IN_TOTAL,
	FIELD_OUT_TOTAL, FIELD_COUNT };

static const struct { const char *name; uint32_t size; uint64_t value_max; } fields[FIELD_COUNT] = {
	{"device", 6, PASSAGE_NAME_BYTES_MAX}, {"boot", 4, WHOLE_MAX}, {"seq", 3, WHOLE_MAX}, {"at", 2, TIME_BYTES_MAX},
	{"checkpoint", 10, PASSAGE_NAME_BYTES_MAX}, {"in", 2, LEDGER_PEOPLE_MAX}, {"out", 3, LEDGER_PEOPLE_MAX},
	{"in_total", 8, UINT32_MAX}, {"out_total", 9, UINT32_MAX},
};

struct cursor {
	const char *p, *end;
	struct scan_scratch *scratch;
};

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
		c->p++;
}

static bool take(struct cursor *c, char wanted)
{
	skip_space(c);
	if (c->p >= c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

/* ---- strings ---- */

/* The first byte of [p, end) that ends or breaks plain text: a quote, a backslash, a control character. `wide`
 * gathers whether a byte over 0x7F was passed; bytes behind the stop may set it too, which costs a check, no more. */
static const char *find_stop(const char *p, const char *end, bool *wide)
{
#if defined(__SSE2__)
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x1F);
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, space), v); /* v <= 0x1F, unsigned */
		__m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)), low);
		*wide |= _mm_movemask_epi8(v) != 0;
		int mask = _mm_movemask_epi8(stop);
		if (mask != 0)
			return p + __builtin_ctz((unsigned)mask);
	}
#endif
	for (; p < end; p++) {
		unsigned char b = (unsigned char)*p;
		if (b == '"' || b == '\\' || b < 0x20)
			return p;
		*wide |= b >= 0x80;
	}
	return end;
}

static bool read_hex4(struct cursor *c, uint32_t *out)
{
	if (c->end - c->p < 4)
		return false;
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		unsigned char b = (unsigned char)*c->p++;
		uint32_t digit = b - (uint32_t)'0', letter = (b | 0x20u) - (uint32_t)'a';
		if (digit > 9 && letter > 5)
			return false;
		v = v << 4 | (digit <= 9 ? digit : letter + 10);
	}
	*out = v;
	return true;
}

/* Behind a backslash: the character meant. A surrogate must come as a pair (RFC 8259, section 7); U+0000 is no text. */
static bool read_escape(struct cursor *c, uint32_t *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	if (c->p >= c->end)
		return false;
	char kind = *c->p++;
	if (kind != 'u') {
		const char *found = kind == '\0' ? NULL : strchr(from, kind);
		if (found == NULL)
			return false;
		*out = (uint32_t)(unsigned char)to[found - from];
		return true;
	}
	uint32_t high = 0, low = 0;
	if (!read_hex4(c, &high) || high == 0 || (high >= 0xDC00 && high <= 0xDFFF))
		return false;
	if (high < 0xD800 || high > 0xDBFF) {
		*out = high;
		return true;
	}
	if (c->end - c->p < 2 || c->p[0] != '\\' || c->p[1] != 'u')
		return false;
	c->p += 2;
	if (!read_hex4(c, &low) || low < 0xDC00 || low > 0xDFFF)
		return false;
	*out = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
	return true;
}

static size_t encode_utf8(uint32_t v, char out[4])
{
	if (v < 0x80) {
		out[0] = (char)v;
		return 1;
	}
	size_t size = v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
	static const unsigned char lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
	for (size_t i = size - 1; i > 0; i--, v >>= 6)
		out[i] = (char)(0x80 | (v & 0x3F));
	out[0] = (char)(lead[size] | v);
	return size;
}

/* The rare string with escapes: decoded into the scratch, from `start` on. At most size_max bytes. */
static err_t read_escaped(struct cursor *c, const char *start, size_t size_max, struct text *out)
{
	struct scan_scratch *s = c->scratch;
	size_t first = s->used;
	bool too_long = false, wide = false;
	c->p = start;
	for (;;) {
		const char *plain = c->p;
		char encoded[4];
		const char *add = plain;
		c->p = find_stop(plain, c->end, &wide);
		size_t size = (size_t)(c->p - plain);
		if (size == 0) {
			if (c->p >= c->end || (unsigned char)*c->p < 0x20)
				return ERR_PASSAGE_SYNTAX;
			uint32_t character;
			if (*c->p++ == '"')
				break;
			if (!read_escape(c, &character))
				return ERR_PASSAGE_SYNTAX;
			size = encode_utf8(character, encoded);
			add = encoded;
		}
		too_long |= s->used - first + size > size_max || s->used + size > sizeof s->at;
		if (too_long)
			continue; /* the verdict on the text itself comes first */
		memcpy(s->at + s->used, add, size);
		s->used += size;
	}
	if (too_long)
		return ERR_TOO_LARGE;
	*out = (struct text){s->at + first, s->used - first};
	return wide && !text_valid_utf8(*out) ? ERR_TEXT_UTF8 : ERR_NONE;
}

/* Behind the opening quote, to behind the closing one. */
static err_t read_string(struct cursor *c, size_t size_max, struct text *out)
{
	const char *start = c->p;
	bool wide = false;
	const char *stop = find_stop(start, c->end, &wide);
	if (stop >= c->end || (unsigned char)*stop < 0x20)
		return ERR_PASSAGE_SYNTAX;
	if (*stop == '\\')
		return read_escaped(c, start, size_max, out);
	*out = (struct text){start, (size_t)(stop - start)};
	c->p = stop + 1;
	if (wide && !text_valid_utf8(*out))
		return ERR_TEXT_UTF8;
	return out->size > size_max ? ERR_TOO_LARGE : ERR_NONE;
}

/* ---- numbers ---- */

/* A whole number in 0 .. max; at least one byte is there. Fractions, exponents and signs are well-formed JSON and wrong here
 * ("-0" is 0). */
static err_t read_whole(struct cursor *c, uint64_t max, uint64_t *out)
{
	const char *p = c->p;
	bool minus = *p == '-';
	p += minus;
	const char *first = p;
	uint64_t v = 0, digit;
	while (p < c->end && (digit = (uint64_t)(unsigned char)*p - '0') <= 9) {
		if (p - first > 16)
			return ERR_PASSAGE_FIELD;
		v = v * 10 + digit;
		p++;
	}
	if (p == c->end && p == first)
		return ERR_PASSAGE_SYNTAX;
	if (p == first)
		return *first == '"' || *first == '{' || *first == '[' || *first == 't' || *first == 'f' || *first == 'n' ?
			ERR_PASSAGE_FIELD : ERR_PASSAGE_SYNTAX;
	if (*first == '0' && p - first > 1)
		return ERR_PASSAGE_SYNTAX;
	if (p < c->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return ERR_PASSAGE_FIELD;
	if (v > max || (minus && v > 0))
		return ERR_PASSAGE_FIELD;
	c->p = p;
	*out = v;
	return ERR_NONE;
}

/* ---- the object ---- */

static enum field field_of(struct text key)
{
	for (enum field f = 0; f < FIELD_COUNT; f++)
		if (key.size == fields[f].size && memcmp(key.at, fields[f].name, key.size) == 0)
			return f;
	return FIELD_COUNT;
}

/* The field whose name, with its closing quote, stands at p: one comparison of constant size. */
static enum field guess_field(const char *p, size_t left)
{
#define IS(f, literal) (left >= sizeof(literal) - 1 && memcmp(p, literal, sizeof(literal) - 1) == 0 ? (f) : FIELD_COUNT)
	if (left < 3)
		return FIELD_COUNT;
	switch (*p) {
	case 'd': return IS(FIELD_DEVICE, "device\"");
	case 'b': return IS(FIELD_BOOT, "boot\"");
	case 's': return IS(FIELD_SEQ, "seq\"");
	case 'a': return IS(FIELD_AT, "at\"");
	case 'c': return IS(FIELD_CHECKPOINT, "checkpoint\"");
	case 'i': return p[2] == '"' ? IS(FIELD_IN, "in\"") : IS(FIELD_IN_TOTAL, "in_total\"");
	case 'o': return left > 3 && p[3] == '"' ? IS(FIELD_OUT, "out\"") : IS(FIELD_OUT_TOTAL, "out_total\"");
	default: return FIELD_COUNT;
	}
#undef IS
}

static err_t read_key(struct cursor *c, enum field *out)
{
	if (!take(c, '"'))
		return ERR_PASSAGE_SYNTAX;
	*out = guess_field(c->p, (size_t)(c->end - c->p));
	if (*out < FIELD_COUNT) {
		c->p += fields[*out].size + 1;
		return ERR_NONE;
	}
	struct text key;
	size_t used = c->scratch->used;
	err_t e = read_string(c, fields[FIELD_CHECKPOINT].size, &key);
	c->scratch->used = used;
	if (e == ERR_TOO_LARGE)
		return ERR_PASSAGE_FIELD;
	if (e != ERR_NONE)
		return e;
	*out = field_of(key);
	return *out < FIELD_COUNT ? ERR_NONE : ERR_PASSAGE_FIELD;
}

static err_t read_text_value(struct cursor *c, enum field f, struct text *out)
{
	if (c->p >= c->end)
		return ERR_PASSAGE_SYNTAX;
	if (*c->p != '"')
		return ERR_PASSAGE_FIELD;
	c->p++;
	return read_string(c, (size_t)fields[f].value_max, out);
}

static err_t read_value(struct cursor *c, enum field f, struct passage_said *out)
{
	skip_space(c);
	struct text text;
	uint64_t whole;
	err_t e;
	switch (f) {
	case FIELD_DEVICE: return read_text_value(c, f, &out->device);
	case FIELD_CHECKPOINT: return read_text_value(c, f, &out->checkpoint);
	case FIELD_AT:
		e = read_text_value(c, f, &text);
		if (e == ERR_TOO_LARGE)
			return ERR_TIME_FORMAT;
		return e != ERR_NONE ? e : when_parse(text, &out->at, NULL);
	default: break;
	}
	if (c->p >= c->end)
		return ERR_PASSAGE_SYNTAX;
	e = read_whole(c, fields[f].value_max, &whole);
	if (e != ERR_NONE)
		return e;
	switch (f) {
	case FIELD_BOOT: out->boot = whole; break;
	case FIELD_SEQ: out->seq = whole; break;
	case FIELD_IN: case FIELD_IN_TOTAL: out->in = (uint32_t)whole; break;
	default: out->out = (uint32_t)whole; break;
	}
	return ERR_NONE;
}

#define BIT(f) (1u << (f))

/* Which fields came: device, seq and at must; counts and running totals do not mix. */
static err_t check_seen(unsigned seen, struct passage_said *out)
{
	const unsigned needed = BIT(FIELD_DEVICE) | BIT(FIELD_SEQ) | BIT(FIELD_AT);
	const unsigned counts = BIT(FIELD_IN) | BIT(FIELD_OUT), totals = BIT(FIELD_IN_TOTAL) | BIT(FIELD_OUT_TOTAL);
	out->totals = (seen & totals) != 0;
	if ((seen & needed) != needed || (out->totals && (seen & counts) != 0) || out->device.size == 0)
		return ERR_PASSAGE_FIELD;
	return ERR_NONE;
}

err_t device_scan_passage(struct text line, struct scan_scratch *scratch, struct passage_said *out)
{
	if (line.size > PASSAGE_LINE_BYTES_MAX)
		return ERR_TOO_LARGE;
	struct cursor c = {line.at, line.at + line.size, scratch};
	struct passage_said said = {.device = {line.at, 0}, .checkpoint = {line.at, 0}};
	unsigned seen = 0;
	scratch->used = 0;
	if (!take(&c, '{'))
		return ERR_PASSAGE_SYNTAX;
	bool ended = take(&c, '}');
	while (!ended) {
		enum field f;
		err_t e = read_key(&c, &f);
		if (e != ERR_NONE)
			return e;
		if (seen & BIT(f))
			return ERR_PASSAGE_FIELD;
		seen |= BIT(f);
		if (!take(&c, ':'))
			return ERR_PASSAGE_SYNTAX;
		e = read_value(&c, f, &said);
		if (e != ERR_NONE)
			return e;
		if (!take(&c, ',')) {
			ended = take(&c, '}');
			if (!ended)
				return ERR_PASSAGE_SYNTAX;
		}
	}
	skip_space(&c);
	if (c.p != c.end)
		return ERR_PASSAGE_SYNTAX;
	err_t e = check_seen(seen, &said);
	if (e == ERR_NONE)
		*out = said;
	return e;
}
