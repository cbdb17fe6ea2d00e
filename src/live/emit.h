/* live/emit.h: members of JSON objects, one call each; commas are put where they belong. */
#ifndef CORDON_LIVE_EMIT_H
#define CORDON_LIVE_EMIT_H

#include <math.h>
#include <string.h>

#include "base/when.h"

static inline void emit_comma(struct buf *b)
{
	char last = b->size == 0 ? '{' : b->at[b->size - 1];
	if (last != '{' && last != '[' && last != ':')
		buf_add_char(b, ',');
}

/* `key` is plain ASCII of ours. */
static inline void emit_key(struct buf *b, const char *key)
{
	emit_comma(b);
	buf_add_char(b, '"');
	buf_add(b, key, strlen(key));
	buf_add(b, "\":", 2);
}

static inline void emit_i64(struct buf *b, const char *key, int64_t v)
{
	emit_key(b, key);
	buf_add_i64(b, v);
}

static inline void emit_u64(struct buf *b, const char *key, uint64_t v)
{
	emit_i64(b, key, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

static inline void emit_null(struct buf *b, const char *key)
{
	emit_key(b, key);
	buf_add(b, "null", 4);
}

static inline void emit_bool(struct buf *b, const char *key, bool v)
{
	emit_key(b, key);
	buf_add_str(b, v ? "true" : "false");
}

/* Not finite: null. */
static inline void emit_f64(struct buf *b, const char *key, double v, int decimals)
{
	emit_key(b, key);
	buf_add_json_f64(b, v, decimals);
}

/* A whole number of people from an estimate; not finite: null. */
static inline void emit_round(struct buf *b, const char *key, double v)
{
	if (isfinite(v) && fabs(v) < 9e15)
		emit_i64(b, key, (int64_t)llround(v));
	else
		emit_null(b, key);
}

static inline void emit_text(struct buf *b, const char *key, struct text v)
{
	emit_key(b, key);
	buf_add_json(b, v);
}

static inline void emit_str(struct buf *b, const char *key, const char *v)
{
	emit_key(b, key);
	buf_add_json_str(b, v);
}

static inline void emit_time_value(struct buf *b, at_ms at, int offset_min)
{
	char text[WHEN_SIZE];
	when_format(at, offset_min, text);
	if (at == AT_NONE || text[0] == '\0') {
		buf_add(b, "null", 4);
		return;
	}
	buf_add_char(b, '"');
	buf_add_str(b, text);
	buf_add_char(b, '"');
}

static inline void emit_time(struct buf *b, const char *key, at_ms at, int offset_min)
{
	emit_key(b, key);
	emit_time_value(b, at, offset_min);
}

#endif
