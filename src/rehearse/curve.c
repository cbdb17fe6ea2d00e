/* rehearse/curve.c: arrival curves from a file: lines "minutes,share".
 *
 * Read by hand and not by strtod, because that follows the locale, takes hexadecimals and needs a closing NUL. */
#include <math.h>
#include <string.h>

#include "rehearse/inside.h"

#define LINES_MAX 10000
#define LINE_SIZE_MAX 200
#define NUMBER_MAX 1e12

struct cursor { const char *at, *end; };

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

/* Digits, at most 17 of which count; gives how many there were. */
static int read_digits(struct cursor *c, double *value, int *scale)
{
	int count = 0;
	for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, count++) {
		if (*value < 1e16) {
			*value = *value * 10 + (*c->at - '0');
			*scale -= 1;
		}
	}
	return count;
}

/* [+-]digits[.digits][e[+-]digits]; false: no number here, or too large. */
static bool read_number(struct cursor *c, double *out)
{
	bool negative = c->at < c->end && *c->at == '-';
	if (c->at < c->end && (*c->at == '-' || *c->at == '+'))
		c->at++;
	double value = 0;
	int before = 0, after = 0;
	int whole = read_digits(c, &value, &before), part = 0;
	int dropped = whole + before; /* digits that did not count any more */
	if (c->at < c->end && *c->at == '.') {
		c->at++;
		part = read_digits(c, &value, &after);
	}
	if (whole + part == 0)
		return false;
	int power = dropped + after;
	if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
		c->at++;
		bool down = c->at < c->end && *c->at == '-';
		if (c->at < c->end && (*c->at == '-' || *c->at == '+'))
			c->at++;
		double exponent = 0;
		int ignored = 0;
		if (read_digits(c, &exponent, &ignored) == 0 || exponent > 300)
			return false;
		power += down ? -(int)exponent : (int)exponent;
	}
	value = power < 0 ? value / pow(10, -power) : value * pow(10, power);
	*out = negative ? -value : value;
	return fabs(value) <= NUMBER_MAX;
}

/* Two numbers apart by a comma, semicolon or tab, and nothing else but a comment. */
static bool read_pair(struct text line, double *minutes, double *share)
{
	struct cursor c = {line.at, line.at + line.size};
	skip_space(&c);
	if (!read_number(&c, minutes))
		return false;
	while (c.at < c.end && *c.at == ' ')
		c.at++;
	if (c.at >= c.end || (*c.at != ',' && *c.at != ';' && *c.at != '\t'))
		return false;
	c.at++;
	skip_space(&c);
	if (!read_number(&c, share))
		return false;
	skip_space(&c);
	return c.at == c.end || *c.at == '#';
}

static bool is_blank(struct text line)
{
	size_t i = 0;
	while (i < line.size && (line.at[i] == ' ' || line.at[i] == '\t'))
		i++;
	return i == line.size || line.at[i] == '#';
}

/* A head line begins with a letter (or a quote, or any byte of another script). */
static bool is_head(struct text line)
{
	unsigned char c = line.size > 0 ? (unsigned char)line.at[0] : 0;
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '\'' || c >= 0x80;
}

static err_t bad_line(struct problem *problem, uint32_t line, const char *why)
{
	err_t error = problem_set(problem, ERR_REHEARSE_CURVE, NULL, "line %u: %s", line, why);
	if (problem != NULL)
		problem->line = (int)line;
	return error;
}

static const char *point_wrong(const struct plan_curve_point *points, uint32_t count, double minutes, double share)
{
	if (!(fabs(minutes) <= 10080))
		return "the minutes lie more than a week from the start";
	if (share < 0)
		return "the share is below 0";
	if (count > 0 && minutes <= points[count - 1].minutes_from_start)
		return "the minutes do not rise";
	if (count > 0 && share < points[count - 1].share)
		return "the share falls; it is cumulative";
	return NULL;
}

static struct text next_line(struct text *rest)
{
	const char *end = memchr(rest->at, '\n', rest->size);
	size_t size = end == NULL ? rest->size : (size_t)(end - rest->at);
	struct text line = {rest->at, size};
	size_t used = end == NULL ? size : size + 1;
	*rest = (struct text){rest->at + used, rest->size - used};
	if (line.size > 0 && line.at[line.size - 1] == '\r')
		line.size--;
	return line;
}

/* Counts become shares. Shares end at 1 or below; what ends above is counts. */
static err_t finish(struct plan_curve_point *points, uint32_t count, uint32_t line, struct problem *problem)
{
	if (count < 2)
		return bad_line(problem, line, "a curve has at least two points");
	double last = points[count - 1].share;
	if (last <= 0)
		return bad_line(problem, line, "the last share is 0: nobody would come");
	for (uint32_t i = 0; last > 1 && i < count; i++)
		points[i].share = i + 1 == count ? 1 : points[i].share / last;
	return ERR_NONE;
}

err_t rehearse_read_curve(struct text csv, struct arena *arena, struct plan_curve_point **out, uint32_t *count,
                          struct problem *problem)
{
	struct plan_curve_point *points = arena_alloc_array(arena, LINES_MAX, sizeof(*points));
	if (points == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "no memory for the curve");
	uint32_t found = 0, number = 0, lines = 0;
	bool head_possible = true;
	if (csv.size >= 3 && memcmp(csv.at, "\xEF\xBB\xBF", 3) == 0)
		csv = (struct text){csv.at + 3, csv.size - 3}; /* spreadsheets begin a file so */
	while (csv.size > 0) {
		struct text line = next_line(&csv);
		number++;
		if (++lines > LINES_MAX)
			return bad_line(problem, number, "the file has more than 10,000 lines");
		if (line.size > LINE_SIZE_MAX)
			return bad_line(problem, number, "the line is longer than 200 bytes");
		if (is_blank(line))
			continue;
		double minutes, share;
		if (!read_pair(line, &minutes, &share)) {
			if (!head_possible || !is_head(line))
				return bad_line(problem, number, "it is not two numbers, minutes from the start and share");
			head_possible = false;
			continue;
		}
		head_possible = false;
		const char *wrong = point_wrong(points, found, minutes, share);
		if (wrong != NULL)
			return bad_line(problem, number, wrong);
		points[found++] = (struct plan_curve_point){minutes, share};
	}
	err_t error = finish(points, found, number, problem);
	if (error == ERR_NONE) {
		*out = points;
		*count = found;
	}
	return error;
}
