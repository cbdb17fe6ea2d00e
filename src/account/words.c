/* account/words.c: roles, names, passwords and device patterns as people write them. */
#include "account/inside.h"

#include <string.h>

static const struct { enum role role; const char *word; } role_words[] = {
	{VIEWER, "viewer"}, {OPERATOR, "operator"}, {PLANNER, "planner"}, {ADMIN, "administrator"}, {DEVICE, "device"},
};
#define ROLE_COUNT (sizeof(role_words) / sizeof(role_words[0]))

const char *role_word(enum role r)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (role_words[i].role == r)
			return role_words[i].word;
	return "nobody";
}

bool role_from_word(struct text word, enum role *out)
{
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if (text_is(word, role_words[i].word)) {
			*out = role_words[i].role;
			return true;
		}
	}
	return false;
}

bool role_is_for_people(enum role r)
{
	return r == VIEWER || r == OPERATOR || r == PLANNER || r == ADMIN;
}

/* ---- printable text ---- */

/* The code point at `p` of valid UTF-8. */
static uint32_t decode(const unsigned char *p, size_t *size)
{
	if (p[0] < 0x80)
		return *size = 1, p[0];
	if (p[0] < 0xE0)
		return *size = 2, (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
	if (p[0] < 0xF0)
		return *size = 3, (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
	*size = 4;
	return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
}

/* Control characters, and those that make two different names look alike: joiners, direction marks, the BOM. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB);
}

bool text_is_printable(struct text t, size_t size_max)
{
	if (t.size > size_max || !text_valid_utf8(t))
		return false;
	size_t size = 0;
	for (size_t i = 0; i < t.size; i += size)
		if (is_hidden(decode((const unsigned char *)t.at + i, &size)))
			return false;
	return true;
}

void text_copy(char *out, size_t out_size, struct text t)
{
	size_t size = text_fit(t, out_size - 1);
	if (size > 0)
		memcpy(out, t.at, size);
	out[size] = '\0';
}

err_t account_name_check(struct text name)
{
	bool good = name.size > 0 && text_is_printable(name, ACCOUNT_NAME_BYTES - 1) && name.at[0] != ' ' &&
	            name.at[name.size - 1] != ' ' && !text_starts(name, "token:");
	return good ? ERR_NONE : ERR_NAME_BAD;
}

#define PASSWORD_CHARACTERS_MIN 10
#define PASSWORD_SIZE_MAX 1024 /* longer costs hashing time and helps nobody */

err_t account_password_check(struct text name, struct text password)
{
	if (password.size > PASSWORD_SIZE_MAX)
		return ERR_TOO_LARGE;
	if (!text_valid_utf8(password))
		return ERR_TEXT_UTF8;
	size_t characters = 0, size = 0;
	for (size_t i = 0; i < password.size; i += size, characters++)
		decode((const unsigned char *)password.at + i, &size);
	return characters < PASSWORD_CHARACTERS_MIN || text_equal(name, password) ? ERR_PASSWORD_WEAK : ERR_NONE;
}

/* ---- device patterns ---- */

static struct text trim(struct text t)
{
	while (t.size > 0 && t.at[0] == ' ')
		t = (struct text){t.at + 1, t.size - 1};
	while (t.size > 0 && t.at[t.size - 1] == ' ')
		t.size--;
	return t;
}

static err_t add_pattern(struct device_patterns *p, size_t *used, struct text one)
{
	const char *star = memchr(one.at, '*', one.size);
	if (one.size == 0 || (star != NULL && star != one.at + one.size - 1) || p->count == PATTERNS_MAX)
		return ERR_JSON_FIELD;
	size_t comma = p->count > 0 ? 1 : 0;
	if (*used + comma + one.size > sizeof(p->text) - 1)
		return ERR_JSON_FIELD;
	if (comma)
		p->text[(*used)++] = ',';
	memcpy(p->text + *used, one.at, one.size);
	p->each[p->count].at = (uint8_t)*used;
	p->each[p->count].size = (uint8_t)(star != NULL ? one.size - 1 : one.size);
	p->each[p->count].is_prefix = star != NULL;
	p->count++;
	*used += one.size;
	return ERR_NONE;
}

err_t device_patterns_read(struct text devices, struct device_patterns *out)
{
	if (!text_is_printable(devices, 1024))
		return ERR_JSON_FIELD;
	struct device_patterns p = {.count = 0};
	size_t used = 0;
	for (size_t at = 0; at <= devices.size;) {
		const char *comma = memchr(devices.at + at, ',', devices.size - at);
		size_t end = comma == NULL ? devices.size : (size_t)(comma - devices.at);
		err_t error = add_pattern(&p, &used, trim((struct text){devices.at + at, end - at}));
		if (error != ERR_NONE)
			return error;
		at = end + 1;
	}
	*out = p;
	return ERR_NONE;
}

bool device_patterns_cover(const struct device_patterns *p, struct text device)
{
	for (uint32_t i = 0; i < p->count; i++) {
		size_t size = p->each[i].size;
		bool may = p->each[i].is_prefix ? device.size >= size : device.size == size;
		if (may && memcmp(p->text + p->each[i].at, device.at, size) == 0)
			return true;
	}
	return false;
}
