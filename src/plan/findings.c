/* plan/findings.c: sentences from a table. */
#include "plan/findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_BYTES_MAX 96 /* of one {a}: an id is 64 */

static const struct finding_row rows[FINDING_CODE_COUNT] = {
#define X(name, code, severity, en, zh, fix_en, fix_zh) {code, PLAN_##severity, en, zh, fix_en, fix_zh},
#include "plan/findings_list.h"
#undef X
};

const struct finding_row *finding_row(enum finding_code code) { return &rows[code]; }

/* Appends at most `limit` bytes of `from` to out[*at..size-1), whole characters only, control characters (also the
 * C1 ones, which some terminals obey) as '?'. */
static void append_clean(char *out, size_t size, size_t *at, const char *from, size_t limit)
{
	size_t i = 0;
	while (from[i] != '\0') {
		unsigned char c = (unsigned char)from[i];
		size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		for (size_t k = 1; k < length; k++)
			if (((unsigned char)from[i + k] & 0xc0) != 0x80)
				length = k; /* broken text: what there is of the character */
		if (i + length > limit || *at + length >= size)
			break;
		bool c1 = c == 0xc2 && length == 2 && (unsigned char)from[i + 1] < 0xa0;
		if (c < 0x20 || c == 0x7f || c1) {
			out[(*at)++] = '?';
		} else {
			memcpy(out + *at, from + i, length);
			*at += length;
		}
		i += length;
	}
	out[*at] = '\0';
}

static void copy_clean(char *out, size_t size, const char *from)
{
	size_t at = 0;
	append_clean(out, size, &at, from != NULL ? from : "", size);
}

/* Figures that are words: the same finding in Chinese says them in Chinese. */
static const struct { const char *en, *zh; } words[] = {
	{"a number", "数字"}, {"a whole number", "整数"}, {"text", "文字"}, {"text or {\"zh\",\"en\"}", "文字或 {\"zh\",\"en\"}"},
	{"a list", "列表"}, {"a list of objects", "对象列表"}, {"a list of ids", "编号列表"},
	{"a list of something else", "其他内容的列表"}, {"an object", "对象"}, {"true or false", "true 或 false"},
	{"null", "空值"}, {"a word or a list", "文字或列表"}, {"the head", "方案头"}, {"a timetable", "时间表"},
	{"a georeference", "地理参照"}, {"a lane", "通道"}, {"a device", "设备"}, {"a name", "名称"},
	{"A ring", "环"}, {"A line", "线"}, {"A polygon", "多边形"}, {"180 x 85 deg", "经度 180 度、纬度 85 度"},
	{"100,000 km", "十万公里"}, {"several parts", "多个部分"},
	{"holding", "驻留"}, {"entry", "入场"}, {"exit", "离场"}, {"evacuation", "疏散"},
	{"precheck", "预检"}, {"ticket", "检票"}, {"security", "安检"},
	{"Green Guide ceiling of 11 for a turnstile", "绿色指南闸机上限 11 人/分钟"},
	{"Green Guide ceiling of 10 for a search lane", "绿色指南安检通道上限 10 人/分钟"},
};

static const char *in_chinese(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].en, word) == 0)
			return words[i].zh;
	return word;
}

static void fill(char *out, size_t size, const char *format, const char *const figures_of_case[3], bool chinese)
{
	size_t at = 0;
	char one[5] = "";
	for (const char *p = format; *p != '\0';) {
		if (p[0] == '{' && p[1] >= 'a' && p[1] <= 'c' && p[2] == '}') {
			const char *value = figures_of_case[p[1] - 'a'];
			value = value == NULL ? "" : chinese ? in_chinese(value) : value;
			append_clean(out, size, &at, value, FIGURE_BYTES_MAX);
			p += 3;
			continue;
		}
		size_t length = 1;
		while (length < 4 && ((unsigned char)p[length] & 0xc0) == 0x80)
			length++;
		memcpy(one, p, length);
		one[length] = '\0';
		append_clean(out, size, &at, one, length);
		p += length;
	}
}

static struct plan_finding *room_for_one(struct plan_findings *f)
{
	if (f->count >= PLAN_FINDINGS_MAX)
		return NULL;
	if (f->count == f->capacity) {
		uint32_t capacity = f->capacity == 0 ? 16 : f->capacity * 2;
		struct plan_finding *items = realloc(f->items, capacity * sizeof(*items));
		if (items == NULL)
			return NULL;
		f->items = items;
		f->capacity = capacity;
	}
	return &f->items[f->count++];
}

void finding_add(struct plan_findings *f, enum finding_code code, struct finding_place place, const char *a,
                 const char *b, const char *c)
{
	const struct finding_row *row = &rows[code];
	const char *const of_case[3] = {a, b, c};
	if (row->severity == PLAN_ERROR)
		f->errors++;
	struct plan_finding *finding = room_for_one(f);
	if (finding == NULL) {
		f->dropped++;
		return;
	}
	*finding = (struct plan_finding){.severity = row->severity, .code = row->code, .line = place.line,
		.fix_en = row->fix_en, .fix_zh = row->fix_zh};
	copy_clean(finding->feature, sizeof(finding->feature), place.feature);
	copy_clean(finding->field, sizeof(finding->field), place.field);
	fill(finding->text_en, sizeof(finding->text_en), row->en, of_case, false);
	fill(finding->text_zh, sizeof(finding->text_zh), row->zh, of_case, true);
}

void plan_findings_free(struct plan_findings *f)
{
	free(f->items);
	*f = (struct plan_findings){0};
}

/* "12", "2.5": no trailing zeros; huge numbers as 1e+300 rather than as 300 digits. */
static void write_number(char *out, size_t size, double v, int decimals)
{
	if (fabs(v) >= 1e15) {
		snprintf(out, size, "%g", v);
		return;
	}
	int length = snprintf(out, size, "%.*f", decimals, v);
	if (decimals <= 0 || length <= 0 || (size_t)length >= size)
		return;
	while (out[length - 1] == '0')
		out[--length] = '\0';
	if (out[length - 1] == '.')
		out[--length] = '\0';
	if (strcmp(out, "-0") == 0)
		memcpy(out, "0", 2);
}

struct figure figure(double v, int decimals)
{
	struct figure out;
	write_number(out.at, sizeof(out.at), v, decimals);
	return out;
}

struct figure figures(double v, const char *between, double w, int decimals)
{
	struct figure first = figure(v, decimals), second = figure(w, decimals), out;
	snprintf(out.at, sizeof(out.at), "%.15s%.8s%.15s", first.at, between, second.at);
	return out;
}
