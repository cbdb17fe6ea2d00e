/* rehearse/words.c: figures as they are read aloud. */
#include "rehearse/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void words_say(char out[320], const char *format, ...)
{
	char long_text[1024];
	va_list arguments;
	va_start(arguments, format);
	int size = vsnprintf(long_text, sizeof(long_text), format, arguments);
	va_end(arguments);
	size_t length = size < 0 ? 0 : (size_t)size < sizeof(long_text) ? (size_t)size : sizeof(long_text) - 1;
	size_t fit = text_fit((struct text){long_text, length}, 319);
	memcpy(out, long_text, fit);
	out[fit] = '\0';
}

struct words words_span(double s)
{
	struct words out;
	double size = fabs(s), minutes = round(size / 60);
	if (!isfinite(s)) {
		out = (struct words){"-", "-"};
	} else if (size < 89.5) {
		snprintf(out.en, sizeof(out.en), "%.0f s", size);
		snprintf(out.zh, sizeof(out.zh), "%.0f 秒", size);
	} else if (minutes < 120) {
		snprintf(out.en, sizeof(out.en), "%.0f min", minutes);
		snprintf(out.zh, sizeof(out.zh), "%.0f 分钟", minutes);
	} else {
		snprintf(out.en, sizeof(out.en), "%.0f h %02.0f min", floor(minutes / 60), fmod(minutes, 60));
		snprintf(out.zh, sizeof(out.zh), "%.0f 小时 %.0f 分", floor(minutes / 60), fmod(minutes, 60));
	}
	return out;
}

struct words words_clock(const struct rehearsal *r, double at_s)
{
	struct words out;
	if (!isfinite(at_s))
		return (struct words){"-", "-"};
	if (r->settings.phase == REHEARSE_EVACUATION) {
		struct words span = words_span(at_s);
		snprintf(out.en, sizeof(out.en), "%.24s after the alarm", span.en);
		snprintf(out.zh, sizeof(out.zh), "警报后 %.30s", span.zh);
		return out;
	}
	char stamp[WHEN_SIZE];
	when_format(r->at_start + (at_ms)llround(at_s / 60) * 60000, r->offset_min, stamp);
	snprintf(out.en, sizeof(out.en), "%.5s", strlen(stamp) > 16 ? stamp + 11 : "-");
	snprintf(out.zh, sizeof(out.zh), "%.5s", strlen(stamp) > 16 ? stamp + 11 : "-");
	return out;
}

struct words words_people(double ppl)
{
	struct words out;
	double whole = round(fabs(ppl));
	if (!isfinite(ppl))
		return (struct words){"-", "-"};
	if (whole < 1000)
		snprintf(out.en, sizeof(out.en), "%.0f", whole);
	else if (whole < 1e6)
		snprintf(out.en, sizeof(out.en), "%.0f,%03.0f", floor(whole / 1000), fmod(whole, 1000));
	else
		snprintf(out.en, sizeof(out.en), "%.0f,%03.0f,%03.0f", floor(whole / 1e6), fmod(floor(whole / 1000), 1000), fmod(whole, 1000));
	snprintf(out.zh, sizeof(out.zh), "%.0f", whole);
	return out;
}

struct words words_runs(uint32_t of, uint32_t runs)
{
	struct words out;
	if (runs == 1) {
		out = (struct words){"in one run", "单次推演"};
		return out;
	}
	snprintf(out.en, sizeof(out.en), "in %u of %u runs", of, runs);
	snprintf(out.zh, sizeof(out.zh), "%u 次推演中 %u 次", runs, of);
	return out;
}
