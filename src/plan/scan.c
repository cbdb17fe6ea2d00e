/* plan/scan.c: one pass over the bytes before the parser.
 *
 * It knows of JSON only strings, brackets and commas. That is enough to say on which line
 * each feature begins (jansson forgets), and to refuse what would cost a parser much more
 * memory than its own size: 64 MiB of "[],[],..." would become 3 GiB of arrays. What it says
 * of broken JSON does not matter, because the parser refuses that afterwards. */
#include <stdlib.h>
#include <string.h>

#include "plan/reader.h"

#define DEPTH_MAX 32u          /* a MultiPolygon's numbers lie at depth 8 */
#define COMMAS_MAX 4000000u    /* 1,000,000 vertices with height and room to spare */
#define LISTS_MAX 1300000u
#define OBJECTS_MAX 300000u

struct scanner {
	struct text text;
	size_t at;
	int line;
	uint32_t depth, commas, lists, objects;
	uint32_t features_depth;   /* depth of the elements of "features"; 0 outside */
	bool element_expected;     /* the next value is an element of "features" */
	bool key_is_features, key_is_head;
	struct scan *out;
	uint32_t capacity;
};

static err_t note_element(struct scanner *s)
{
	struct scan *out = s->out;
	if (out->feature_count >= PLAN_FEATURES_MAX)
		return ERR_PLAN_TOO_LARGE;
	if (out->feature_count == s->capacity) {
		s->capacity = s->capacity == 0 ? 256 : s->capacity * 2;
		int *lines = realloc(out->feature_lines, s->capacity * sizeof(*lines));
		if (lines == NULL)
			return ERR_MEMORY;
		out->feature_lines = lines;
	}
	out->feature_lines[out->feature_count++] = s->line;
	s->element_expected = false;
	return ERR_NONE;
}

/* Stands on the opening quote; ends on the closing one. Remembers what a key of the outermost object says. */
static void skip_string(struct scanner *s)
{
	size_t begin = s->at + 1, end = begin;
	while (end < s->text.size && s->text.at[end] != '"') {
		if (s->text.at[end] == '\n')
			s->line++;
		end += s->text.at[end] == '\\' ? 2 : 1;
	}
	if (end > s->text.size)
		end = s->text.size;
	if (s->depth == 1) {
		struct text word = {s->text.at + begin, end - begin};
		s->key_is_features = text_is(word, "features");
		s->key_is_head = text_is(word, "cordon");
		if (s->key_is_head)
			s->out->head_line = s->line;
	}
	s->at = end;
}

static err_t open_bracket(struct scanner *s, bool list)
{
	s->depth++;
	s->lists += list;
	s->objects += !list;
	if (s->depth > DEPTH_MAX || s->lists > LISTS_MAX || s->objects > OBJECTS_MAX)
		return ERR_PLAN_TOO_LARGE;
	if (list && s->depth == 2 && s->key_is_features) {
		s->features_depth = 2;
		s->element_expected = true;
		s->out->feature_count = 0; /* a second list of the name: the parser refuses it */
	}
	return ERR_NONE;
}

static void close_bracket(struct scanner *s)
{
	if (s->depth == s->features_depth) {
		s->features_depth = 0;
		s->element_expected = false;
	}
	if (s->depth > 0)
		s->depth--;
}

static err_t scan_byte(struct scanner *s, char c)
{
	err_t error = ERR_NONE;
	switch (c) {
	case '\n':
		s->line++;
		return ERR_NONE;
	case ' ': case '\t': case '\r': case ':':
		return ERR_NONE;
	case ',':
		s->element_expected = s->features_depth != 0 && s->depth == s->features_depth;
		return ++s->commas > COMMAS_MAX ? ERR_PLAN_TOO_LARGE : ERR_NONE;
	case ']': case '}':
		close_bracket(s);
		return ERR_NONE;
	default:
		break;
	}
	if (s->element_expected)
		error = note_element(s);
	if (error == ERR_NONE && (c == '[' || c == '{'))
		error = open_bracket(s, c == '[');
	if (c == '"')
		skip_string(s);
	return error;
}

err_t scan_text(struct text text, struct scan *out, struct problem *problem)
{
	*out = (struct scan){0};
	struct scanner s = {.text = text, .line = 1, .out = out};
	for (; s.at < text.size; s.at++) {
		err_t error = scan_byte(&s, text.at[s.at]);
		if (error == ERR_NONE)
			continue;
		scan_free(out);
		problem_set(problem, error, NULL, "At most %d features, %u vertices and %u levels of brackets", PLAN_FEATURES_MAX,
			PLAN_VERTICES_MAX, DEPTH_MAX);
		if (problem != NULL)
			problem->line = s.line;
		return error;
	}
	return ERR_NONE;
}

void scan_free(struct scan *s)
{
	free(s->feature_lines);
	*s = (struct scan){0};
}
