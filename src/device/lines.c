/* device/lines.c: lines out of a stream of bytes, whatever the pieces it comes in.
 *
 * A line that lies whole in the piece is given from there, uncopied; only the one that is cut by the end of a piece is
 * carried over. So at most one line is ever held.
 */
#include "device/device.h"

#include <string.h>

void line_cutter_init(struct line_cutter *c)
{
	c->carried = 0;
	c->line = 0;
	c->skipping = false;
}

/* Gives one line without its LF; false: the taker has no room, and the line is not consumed. */
static bool give(struct line_cutter *c, struct text line, line_each each, void *ctx)
{
	if (line.size > 0 && line.at[line.size - 1] == '\r')
		line.size--;
	if (line.size == 0) {
		c->line++;
		return true;
	}
	if (line.size > PASSAGE_LINE_BYTES_MAX) { /* whole in one piece, and too long all the same */
		if (!each(ctx, (struct text){line.at, 0}, c->line + 1, true))
			return false;
	} else if (!each(ctx, line, c->line + 1, false)) {
		return false;
	}
	c->line++;
	return true;
}

/* The beginning of a line that goes on in the next piece. False: too long, and no room to say so. */
static bool carry(struct line_cutter *c, const char *bytes, size_t size, line_each each, void *ctx)
{
	if (c->skipping)
		return true;
	if (c->carried + size <= sizeof c->carry) {
		memcpy(c->carry + c->carried, bytes, size);
		c->carried += size;
		return true;
	}
	if (!each(ctx, (struct text){c->carry, 0}, c->line + 1, true))
		return false;
	c->carried = 0;
	c->skipping = true;
	return true;
}

/* The end of a line whose beginning was carried. False: no room; what was carried stays. */
static bool finish_carried(struct line_cutter *c, const char *bytes, size_t size, line_each each, void *ctx)
{
	if (c->skipping) {
		c->skipping = false;
		c->line++;
		return true;
	}
	if (c->carried + size > sizeof c->carry) {
		if (!each(ctx, (struct text){c->carry, 0}, c->line + 1, true))
			return false;
		c->line++;
	} else {
		memcpy(c->carry + c->carried, bytes, size);
		if (!give(c, (struct text){c->carry, c->carried + size}, each, ctx))
			return false;
	}
	c->carried = 0;
	return true;
}

size_t line_cutter_feed(struct line_cutter *c, const char *bytes, size_t size, line_each each, void *ctx)
{
	size_t used = 0;
	while (used < size) {
		const char *at = bytes + used;
		const char *newline = memchr(at, '\n', size - used);
		size_t length = newline == NULL ? size - used : (size_t)(newline - at);
		bool taken;
		if (newline == NULL)
			taken = carry(c, at, length, each, ctx);
		else if (c->carried > 0 || c->skipping)
			taken = finish_carried(c, at, length, each, ctx);
		else
			taken = give(c, (struct text){at, length}, each, ctx);
		if (!taken)
			break;
		used += length + (newline != NULL);
	}
	return used;
}

bool line_cutter_end(struct line_cutter *c, line_each each, void *ctx)
{
	if (c->carried == 0 && !c->skipping)
		return true;
	return finish_carried(c, "", 0, each, ctx);
}
