/* The small readers, each against a slow and plain one: time, UTF-8, numbers, JSON text, addresses, names, lines, device patterns,
 * and the counts that `cordon drive` plays. The first letter says which. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/inside.h"
#include "device/device.h"
#include "drive/drive.h"
#include "hold.h"
#include "scratch.h"
#include "server/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- time ---- */

static bool digits(struct text t, size_t at, size_t count, int *out)
{
	*out = 0;
	for (size_t i = at; i < at + count; i++) {
		if (i >= t.size || t.at[i] < '0' || t.at[i] > '9')
			return false;
		*out = *out * 10 + (t.at[i] - '0');
	}
	return true;
}

/* RFC 3339 by the C library's calendar. */
static bool plain_time(struct text t, at_ms *out)
{
	int year, month, day, hour, minute, second, ms = 0, offset_hour = 0, offset_minute = 0;
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool good = digits(t, 0, 4, &year) && digits(t, 5, 2, &month) && digits(t, 8, 2, &day) && digits(t, 11, 2, &hour) &&
	            digits(t, 14, 2, &minute) && digits(t, 17, 2, &second);
	if (!good || t.at[4] != '-' || t.at[7] != '-' || (t.at[10] != 'T' && t.at[10] != 't') || t.at[13] != ':' || t.at[16] != ':')
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1] + (month == 2 && leap) || hour > 23 || minute > 59 || second > 60)
		return false;
	size_t at = 19;
	if (at < t.size && t.at[at] == '.') {
		size_t n = 0;
		for (at++; at < t.size && t.at[at] >= '0' && t.at[at] <= '9'; at++, n++)
			ms = n < 3 ? ms * 10 + (t.at[at] - '0') : ms;
		for (size_t i = n; i < 3; i++)
			ms *= 10;
		if (n == 0 || n > 9)
			return false;
	}
	int sign = 0;
	if (at < t.size && (t.at[at] == 'Z' || t.at[at] == 'z'))
		at++;
	else if (at + 6 <= t.size && (t.at[at] == '+' || t.at[at] == '-') && t.at[at + 3] == ':' && digits(t, at + 1, 2, &offset_hour) &&
	         digits(t, at + 4, 2, &offset_minute) && offset_hour < 24 && offset_minute < 60) {
		sign = t.at[at] == '-' ? -1 : 1;
		at += 6;
	} else
		return false;
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute, .tm_sec = second};
	*out = (at_ms)timegm(&tm) * 1000 + ms - sign * (offset_hour * 60 + offset_minute) * INT64_C(60000);
	return at == t.size && year >= 1970 && *out >= 0 && *out <= AT_MS_MAX;
}

static void try_time(struct text t)
{
	at_ms at = 0, plain = 0, again = 0;
	int offset;
	char words[WHEN_SIZE];
	bool ours = when_parse(t, &at, &offset) == ERR_NONE;
	hold(ours == plain_time(t, &plain) && (!ours || at == plain), "a time is what the calendar says");
	if (ours && when_format(at, offset, words)[0] != '\0')
		hold(when_parse(text_of(words), &again, NULL) == ERR_NONE && again == at, "a time that was written is read");
}

/* ---- text ---- */

/* Code point by code point, by the table of RFC 3629. */
static bool plain_utf8(struct text t)
{
	for (size_t i = 0; i < t.size;) {
		uint32_t b = (uint8_t)t.at[i], c;
		size_t more = b < 0x80 ? 0 : b >> 5 == 6 ? 1 : b >> 4 == 14 ? 2 : b >> 3 == 30 ? 3 : 9;
		if (more == 9 || b == 0 || i + more >= t.size)
			return false;
		c = more == 0 ? b : b & (0x3Fu >> more);
		for (size_t k = 1; k <= more; k++) {
			if (((uint8_t)t.at[i + k] & 0xC0) != 0x80)
				return false;
			c = c << 6 | ((uint8_t)t.at[i + k] & 0x3F);
		}
		static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
		if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return false;
		i += more + 1;
	}
	return true;
}

static void try_text(struct text t)
{
	struct buf out;
	bool is_good = text_valid_utf8(t);
	hold(is_good == plain_utf8(t), "UTF-8 is UTF-8");
	for (size_t size = 0; is_good && size <= t.size && size < 40; size++) {
		size_t fits = text_fit(t, size);
		hold(fits <= size && size - fits < 4 && text_valid_utf8((struct text){t.at, fits}), "a cut is between characters");
	}
	buf_init(&out, 1u << 20);
	buf_add_json(&out, t);
	json_t *json = out.error == ERR_NONE ? json_loadb(out.at, out.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
	hold(json_is_string(json), "any text is written as JSON");
	hold(!is_good || (json_string_length(json) == t.size && memcmp(json_string_value(json), t.at, t.size) == 0), "and read as it was");
	json_decref(json);
	buf_free(&out);
}

static void try_number(struct text t)
{
	uint64_t v = 0;
	char again[32];
	bool is_number = text_to_u64(t, &v);
	snprintf(again, sizeof(again), "%llu", (unsigned long long)v);
	hold(!is_number || text_is(t, again), "a number is written as it was read");
	bool plain = t.size > 0 && t.size <= 20 && (t.size == 1 || t.at[0] != '0');
	for (size_t i = 0; i < t.size; i++)
		plain = plain && t.at[i] >= '0' && t.at[i] <= '9';
	plain = plain && (t.size < 20 || memcmp(t.at, "18446744073709551615", 20) <= 0);
	hold(plain == is_number, "a number is one");
}

static int hex(char c)
{
	const char *at = c == '\0' ? NULL : strchr("0123456789abcdef0123456789ABCDEF", c);
	return at == NULL ? -1 : (int)((at - "0123456789abcdef0123456789ABCDEF") % 16);
}

static void try_escapes(struct text t)
{
	char *ours = malloc(t.size + 1), *plain = malloc(t.size + 1);
	size_t size = t.size, n = 0;
	bool good = true;
	hold(ours != NULL && plain != NULL, "memory");
	memcpy(ours, t.at, t.size);
	for (size_t i = 0; i < t.size; i++) {
		int high = i + 2 < t.size ? hex(t.at[i + 1]) : -1, low = i + 2 < t.size ? hex(t.at[i + 2]) : -1;
		bool is_escape = t.at[i] == '%';
		good = good && (!is_escape || (high >= 0 && low >= 0));
		plain[n++] = is_escape ? (char)(high * 16 + low) : t.at[i];
		i += is_escape ? 2 : 0;
	}
	good = good && text_valid_utf8((struct text){plain, n});
	bool is_decoded = http_decode(ours, &size);
	hold(is_decoded == good && (!good || (size == n && memcmp(ours, plain, n) == 0)), "an address is decoded");
	free(ours);
	free(plain);
}

/* ---- names and patterns ---- */

static void try_names(struct text t)
{
	struct names *n = names_new(64);
	struct text seen[64];
	uint32_t count = 0, index;
	hold(n != NULL, "memory");
	for (size_t at = 0; at <= t.size;) {
		const char *end = t.size - at == 0 ? NULL : memchr(t.at + at, '\n', t.size - at);
		struct text name = {t.at + at, end == NULL ? t.size - at : (size_t)(end - t.at) - at};
		uint32_t known = 0;
		while (known < count && !text_equal(seen[known], name))
			known++;
		hold(names_find(n, name) == (known < count ? known : NAMES_NONE), "a name is found if it is there");
		err_t error = names_add(n, name, &index);
		hold(error == ERR_TOO_LARGE ? known == count && (count == 64 || name.size > 65535) : error == ERR_NONE && index == known,
			"a name is added once");
		if (error == ERR_NONE && known == count)
			seen[count++] = name;
		at += name.size + 1;
	}
	names_free(n);
}

static void try_patterns(struct text t)
{
	struct device_patterns p;
	const char *newline = memchr(t.at, '\n', t.size);
	struct text list = {t.at, newline == NULL ? t.size : (size_t)(newline - t.at)};
	struct text device = newline == NULL ? TEXT("T1") : (struct text){newline + 1, t.size - list.size - 1};
	account_name_check(list);
	account_password_check(list, device);
	if (device_patterns_read(list, &p) != ERR_NONE)
		return;
	bool covers = false;
	for (char *words = p.text, *one; (one = strsep(&words, ",")) != NULL;) {
		size_t size = strlen(one);
		bool is_prefix = size > 0 && one[size - 1] == '*';
		size -= is_prefix;
		covers = covers || (device.size >= size && memcmp(device.at, one, size) == 0 && (is_prefix || device.size == size));
	}
	hold(device_patterns_read(list, &p) == ERR_NONE && covers == device_patterns_cover(&p, device), "a pattern covers what it says");
}

/* ---- lines ---- */

struct lines { char text[65536]; size_t size; };

static bool take_line(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct lines *l = ctx;
	int n = snprintf(l->text + l->size, sizeof(l->text) - l->size, "%u%c", number, too_long ? '!' : ':');
	l->size += (size_t)n;
	memcpy(l->text + l->size, line.at, line.size);
	l->size += line.size;
	return true;
}

/* Cut anywhere, the lines are those of the whole. */
static void try_lines(struct text t)
{
	static struct lines whole, cut;
	struct line_cutter cutter;
	if (t.size == 0 || t.size > 20000)
		return;
	size_t piece = (size_t)(uint8_t)t.at[0] + 1;
	whole.size = cut.size = 0;
	uint32_t number = 0;
	for (size_t at = 0; at < t.size;) {
		const char *end = memchr(t.at + at, '\n', t.size - at);
		struct text line = {t.at + at, end == NULL ? t.size - at : (size_t)(end - t.at) - at};
		at += line.size + 1;
		number++;
		line.size -= line.size > 0 && line.at[line.size - 1] == '\r';
		bool too_long = line.size > PASSAGE_LINE_BYTES_MAX;
		if (line.size > 0)
			take_line(&whole, too_long ? (struct text){line.at, 0} : line, number, too_long);
	}
	line_cutter_init(&cutter);
	for (size_t at = 0; at < t.size; at += piece) {
		size_t now = t.size - at < piece ? t.size - at : piece;
		char *exact = malloc(now);
		hold(exact != NULL, "memory");
		memcpy(exact, t.at + at, now);
		hold(line_cutter_feed(&cutter, exact, now, take_line, &cut) == now, "a taker with room takes all");
		free(exact);
	}
	line_cutter_end(&cutter, take_line, &cut);
	hold(whole.size == cut.size && memcmp(whole.text, cut.text, cut.size) == 0, "pieces do not change lines");
}

static void try_plain(struct text t)
{
	struct passage_said said;
	if (device_read_plain(t, &said) == ERR_NONE)
		hold(said.device.size > 0 && said.device.size <= PASSAGE_NAME_BYTES_MAX && text_valid_utf8(said.device) && said.at >= 0 &&
			said.at <= AT_MS_MAX && said.seq >> 53 == 0 && said.in <= LEDGER_PEOPLE_MAX && said.out <= LEDGER_PEOPLE_MAX,
			"a passage is one");
}

/* ---- counts ---- */

static void try_counts(struct text t)
{
	char path[96];
	struct drive_counts *c;
	struct problem problem = {0};
	snprintf(path, sizeof(path), "%s/counts.csv", scratch_dir());
	scratch_write(path, t.at, t.size);
	if (drive_counts_new(path, 0, 2, 1, &c, &problem) == ERR_NONE) {
		struct buf plan;
		struct plan *p = NULL;
		struct plan_findings findings = {0};
		buf_init(&plan, 8u << 20);
		hold(drive_counts_plan(c, &plan) == ERR_NONE, "counts have a plan");
		hold(plan_read((struct text){plan.at, plan.size}, &p, &findings, NULL) == ERR_NONE, "which is read");
		plan_free(p);
		plan_findings_free(&findings);
		buf_free(&plan);
		drive_counts_free(c);
	}
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct { char sign; void (*try)(struct text t); } readers[] = {{'t', try_time}, {'u', try_text}, {'n', try_number},
		{'%', try_escapes}, {'s', try_names}, {'p', try_patterns}, {'l', try_lines}, {'d', try_plain}, {'c', try_counts}};
	if (size == 0)
		return 0;
	char *exact = malloc(size);
	hold(exact != NULL, "memory");
	memcpy(exact, data + 1, size - 1);
	char *fitting = realloc(exact, size > 1 ? size - 1 : 1);
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].sign == (char)data[0])
			readers[i].try((struct text){fitting, size - 1});
	free(fitting);
	return 0;
}
