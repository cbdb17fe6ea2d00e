/* base/text.c: slices, growing buffers, UTF-8, JSON output. */
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

#define FIRST_CAPACITY ((size_t)128)

/* ---- slices ---- */

struct text text_of(const char *c_string)
{
	return c_string == NULL ? TEXT("") : (struct text){c_string, strlen(c_string)};
}

bool text_equal(struct text a, struct text b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

bool text_is(struct text a, const char *c_string)
{
	return text_equal(a, text_of(c_string));
}

bool text_starts(struct text a, const char *prefix)
{
	struct text p = text_of(prefix);
	return a.size >= p.size && text_equal((struct text){a.at, p.size}, p);
}

bool text_to_u64(struct text a, uint64_t *out)
{
	if (a.size == 0 || a.size > 20 || (a.at[0] == '0' && a.size > 1))
		return false;
	uint64_t v = 0;
	for (size_t i = 0; i < a.size; i++) {
		unsigned digit = (unsigned)(unsigned char)a.at[i] - '0';
		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

/* ---- UTF-8 ---- */

static bool is_tail(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* Bytes of the character at `p`, 0 if it is none (RFC 3629, the table of section 4). */
static size_t character_size(const unsigned char *p, size_t left)
{
	unsigned char c = p[0];
	if (c < 0x80)
		return 1;
	if (c < 0xC2 || left < 2 || !is_tail(p[1]))
		return 0;
	if (c < 0xE0)
		return 2;
	if (left < 3 || !is_tail(p[2]))
		return 0;
	if (c < 0xF0) {
		bool overlong = c == 0xE0 && p[1] < 0xA0, surrogate = c == 0xED && p[1] >= 0xA0;
		return overlong || surrogate ? 0 : 3;
	}
	if (c > 0xF4 || left < 4 || !is_tail(p[3]))
		return 0;
	bool overlong = c == 0xF0 && p[1] < 0x90, beyond = c == 0xF4 && p[1] >= 0x90;
	return overlong || beyond ? 0 : 4;
}

/* Eight bytes of plain ASCII without a NUL: the usual case, told at once. */
static bool eight_are_plain(const unsigned char *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof(w));
	return ((w | (w - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0;
}

bool text_valid_utf8(struct text a)
{
	const unsigned char *p = (const unsigned char *)a.at;
	size_t i = 0;
	while (i < a.size) {
		if (a.size - i >= 8 && eight_are_plain(p + i)) {
			i += 8;
			continue;
		}
		size_t size = p[i] == 0 ? 0 : character_size(p + i, a.size - i);
		if (size == 0)
			return false;
		i += size;
	}
	return true;
}

size_t text_fit(struct text a, size_t size_max)
{
	if (a.size <= size_max)
		return a.size;
	/* A character has at most three tail bytes; more of them are no character, and are cut anywhere. */
	size_t size = size_max;
	for (int i = 0; i < 3 && size > 0 && is_tail((unsigned char)a.at[size]); i++)
		size--;
	return size > 0 && is_tail((unsigned char)a.at[size]) ? size_max : size;
}

void text_mend_utf8(char *at, size_t size)
{
	for (size_t i = 0; i < size;) {
		size_t whole = at[i] == '\0' ? 0 : character_size((unsigned char *)at + i, size - i);
		if (whole == 0)
			at[i] = '?';
		i += whole == 0 ? 1 : whole;
	}
}

/* ---- the hash: 128-bit products folded in half, sixteen bytes a step ---- */

#define HASH_A UINT64_C(0x9E3779B97F4A7C15) /* fraction digits of the golden ratio, */
#define HASH_B UINT64_C(0xBB67AE8584CAA73B) /* of the square roots of 3 */
#define HASH_C UINT64_C(0x3C6EF372FE94F82B) /* and 5: bits nobody chose */

static uint64_t fold(uint64_t a, uint64_t b)
{
	u128 product = (u128)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load_8(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t load_4(const char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

uint64_t text_hash(struct text a, uint64_t seed)
{
	const char *p = a.at;
	size_t left = a.size;
	uint64_t x = 0, y = 0, h = fold(seed ^ HASH_A, HASH_B) ^ seed;
	for (; left > 16; p += 16, left -= 16)
		h = fold(load_8(p) ^ HASH_B, load_8(p + 8) ^ h);
	if (left >= 8) {
		x = load_8(p);
		y = load_8(p + left - 8);
	} else if (left >= 4) {
		x = load_4(p);
		y = load_4(p + left - 4);
	} else if (left > 0) {
		x = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[left / 2] << 8 |
		    (unsigned char)p[left - 1];
	}
	/* The size goes in last: "a" and "aa" load the same bytes. */
	h = fold(x ^ HASH_C, y ^ h);
	return fold(h ^ HASH_A ^ (uint64_t)a.size, HASH_C);
}

/* ---- growing buffers ---- */

void buf_init(struct buf *b, size_t maximum)
{
	*b = (struct buf){.maximum = maximum < SIZE_MAX ? maximum : SIZE_MAX - 1};
}

void buf_free(struct buf *b)
{
	free(b->at);
	buf_init(b, b->maximum);
}

void buf_reset(struct buf *b)
{
	b->size = 0;
	b->error = ERR_NONE;
	if (b->at != NULL)
		b->at[0] = '\0';
}

err_t buf_reserve(struct buf *b, size_t more)
{
	if (b->error != ERR_NONE)
		return b->error;
	if (more > b->maximum - b->size)
		return b->error = ERR_TOO_LARGE;
	size_t need = b->size + more + 1;
	if (need <= b->capacity)
		return ERR_NONE;
	size_t wish = b->capacity < FIRST_CAPACITY / 2 ? FIRST_CAPACITY
	            : b->capacity > SIZE_MAX / 2       ? SIZE_MAX : b->capacity * 2;
	if (wish > b->maximum)
		wish = b->maximum + 1;
	if (wish < need)
		wish = need;
	char *grown = realloc(b->at, wish);
	if (grown == NULL)
		return b->error = ERR_MEMORY;
	if (b->at == NULL)
		grown[0] = '\0';
	b->at = grown;
	b->capacity = wish;
	return ERR_NONE;
}

void buf_add(struct buf *b, const void *bytes, size_t size)
{
	if (buf_reserve(b, size) != ERR_NONE)
		return;
	if (size > 0)
		memcpy(b->at + b->size, bytes, size);
	b->size += size;
	b->at[b->size] = '\0';
}

void buf_add_text(struct buf *b, struct text t)
{
	buf_add(b, t.at, t.size);
}

void buf_add_str(struct buf *b, const char *c_string)
{
	buf_add_text(b, text_of(c_string));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_i64(struct buf *b, int64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (v < 0)
		digits[--at] = '-';
	buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_addf(struct buf *b, const char *format, ...)
{
	if (buf_reserve(b, 0) != ERR_NONE)
		return;
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int size = vsnprintf(b->at + b->size, b->capacity - b->size, format, args);
	va_end(args);
	if (size < 0) {
		b->error = ERR_TOO_LARGE;
	} else if ((size_t)size >= b->capacity - b->size) {
		b->at[b->size] = '\0'; /* the half line is not there if the room cannot be had */
		if (buf_reserve(b, (size_t)size) == ERR_NONE)
			size = vsnprintf(b->at + b->size, b->capacity - b->size, format, again);
	}
	va_end(again);
	if (b->error == ERR_NONE)
		b->size += (size_t)size;
}

/* ---- JSON ---- */

static void add_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char out[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
	switch (c) {
	case '"': case '\\': out[1] = (char)c; break;
	case '\n': out[1] = 'n'; break;
	case '\r': out[1] = 'r'; break;
	case '\t': out[1] = 't'; break;
	default: buf_add(b, out, 6); return;
	}
	buf_add(b, out, 2);
}

void buf_add_json(struct buf *b, struct text t)
{
	if (t.at == NULL) {
		buf_add_str(b, "null");
		return;
	}
	const unsigned char *p = (const unsigned char *)t.at;
	size_t done = 0, i = 0; /* [done, i) is good and not yet added */
	buf_add_char(b, '"');
	while (i < t.size) {
		bool plain = p[i] >= 0x20 && p[i] != '"' && p[i] != '\\';
		size_t size = plain ? character_size(p + i, t.size - i) : 0;
		if (size > 0) {
			i += size;
			continue;
		}
		buf_add(b, p + done, i - done);
		if (p[i] < 0x80)
			add_escape(b, p[i]);
		else
			buf_add_str(b, "\xEF\xBF\xBD"); /* U+FFFD for each byte that belongs to no character */
		done = ++i;
	}
	buf_add(b, p + done, i - done);
	buf_add_char(b, '"');
}

void buf_add_json_str(struct buf *b, const char *c_string)
{
	buf_add_json(b, c_string == NULL ? (struct text){NULL, 0} : text_of(c_string));
}

void buf_add_json_f64(struct buf *b, double v, int decimals)
{
	char out[352]; /* DBL_MAX has 309 digits before the point */
	if (!isfinite(v)) {
		buf_add_str(b, "null");
		return;
	}
	if (decimals < 0)
		decimals = 0;
	if (decimals > 17)
		decimals = 17;
	int n = snprintf(out, sizeof(out), "%.*f", decimals, v);
	size_t size = n > 0 && (size_t)n < sizeof(out) ? (size_t)n : 0;
	if (decimals > 0) {
		out[size - (size_t)decimals - 1] = '.'; /* whatever the locale writes there */
		while (out[size - 1] == '0')
			size--;
		if (out[size - 1] == '.')
			size--;
	}
	bool is_minus_zero = size == 2 && out[0] == '-' && out[1] == '0';
	buf_add(b, out + is_minus_zero, size - is_minus_zero);
}
