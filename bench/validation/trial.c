/* What a case says, as JSON lines. */
#include "trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

const char *verdict_word(enum verdict v)
{
	static const char *const words[] = {"met", "not met", "not applicable", "skipped"};
	return words[v];
}

static void begin_line(struct trial *t)
{
	buf_addf(&t->lines, "{\"bench\":\"validation\",\"case\":\"%s %s\",", t->c->suite, t->c->number);
}

static void add_field(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, ",\"%s\":", name);
	buf_add_json_str(b, text);
}

static void add_bound(struct buf *b, const char *name, double value)
{
	if (isfinite(value)) {
		buf_addf(b, ",\"%s\":", name);
		buf_add_json_f64(b, value, 5);
	}
}

static void add_figure(struct trial *t, const char *figure, double value, const char *unit)
{
	begin_line(t);
	buf_add_str(&t->lines, "\"figure\":");
	buf_add_json_str(&t->lines, figure);
	buf_add_str(&t->lines, ",\"value\":");
	buf_add_json_f64(&t->lines, value, 5);
	add_field(&t->lines, "unit", unit);
}

uint32_t trial_seeds(struct trial *t, uint32_t in_short, uint32_t in_long)
{
	t->seeds = t->short_form ? in_short : in_long;
	return t->seeds;
}

void trial_within(struct trial *t, const char *figure, double value, const char *unit, double low, double high)
{
	bool ok = value >= low && value <= high;
	t->figures++;
	t->failed += !ok;
	add_figure(t, figure, value, unit);
	add_bound(&t->lines, "low", low);
	add_bound(&t->lines, "high", high);
	buf_addf(&t->lines, ",\"ok\":%s}\n", ok ? "true" : "false");
}

void trial_tell(struct trial *t, const char *figure, double value, const char *unit)
{
	add_figure(t, figure, value, unit);
	buf_add_str(&t->lines, "}\n");
}

void trial_note(struct trial *t, const char *format, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (t->notes.size > 0)
		buf_add_char(&t->notes, ',');
	buf_add_json_str(&t->notes, text);
}

void trial_skip(struct trial *t, const char *why)
{
	t->skipped = why;
}

void trial_point(struct trial *t, const char *picture, const char *series, double x, double y)
{
	begin_line(t);
	buf_addf(&t->lines, "\"picture\":\"%s\"", picture);
	add_field(&t->lines, "series", series);
	buf_add_str(&t->lines, ",\"at\":[");
	buf_add_json_f64(&t->lines, x, 4);
	buf_add_char(&t->lines, ',');
	buf_add_json_f64(&t->lines, y, 4);
	buf_add_str(&t->lines, "]}\n");
}

static double cpu_now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void trial_run(struct trial *t)
{
	buf_init(&t->lines, 1u << 24);
	buf_init(&t->notes, 1u << 20);
	double began = cpu_now_s();
	if (t->c->not_applicable == NULL && t->skipped == NULL)
		t->c->run(t);
	t->cpu_s = cpu_now_s() - began;
	t->verdict = t->c->not_applicable != NULL ? VERDICT_NOT_APPLICABLE : t->skipped != NULL ? VERDICT_SKIPPED
		: t->failed == 0 && t->figures > 0 ? VERDICT_MET : VERDICT_NOT_MET;
	struct buf *b = &t->lines;
	begin_line(t);
	buf_add_str(b, "\"verdict\":");
	buf_add_json_str(b, verdict_word(t->verdict));
	add_field(b, "suite", t->c->suite);
	add_field(b, "number", t->c->number);
	add_field(b, "what", t->c->what);
	add_field(b, "geometry", t->c->geometry);
	add_field(b, "criterion", t->c->criterion);
	add_field(b, "whose", t->c->whose);
	add_field(b, "reason", t->c->not_applicable != NULL ? t->c->not_applicable : t->skipped);
	add_field(b, "known", t->c->not_met);
	buf_addf(b, ",\"form\":\"%s\",\"seeds\":%u,\"cpu_s\":%.2f,\"walker_steps\":%llu,\"notes\":[", t->short_form ? "short" : "long",
		t->seeds, t->cpu_s, (unsigned long long)t->walker_steps);
	buf_add(b, t->notes.at == NULL ? "" : t->notes.at, t->notes.size);
	buf_add_str(b, "]}\n");
	buf_free(&t->notes);
}
