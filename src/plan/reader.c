/* plan/reader.c: one typed getter for each type of the schema. */
#include "plan/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void reader_fail(struct reader *r, err_t error)
{
	if (r->error == ERR_NONE)
		r->error = error;
}

void *reader_alloc(struct reader *r, size_t count, size_t size)
{
	void *memory = arena_alloc_array(r->plan->arena, count > 0 ? count : 1, size);
	if (memory == NULL)
		reader_fail(r, ERR_MEMORY);
	return memory;
}

void reader_find(struct reader *r, enum finding_code code, const char *path, const char *name, const char *a,
                 const char *b, const char *c)
{
	char field[192];
	bool both = path != NULL && *path != '\0' && name != NULL;
	snprintf(field, sizeof(field), "%.90s%s%.90s", path != NULL ? path : "", both ? "." : "", name != NULL ? name : "");
	struct finding_place place = {r->here.line, r->here.feature, field};
	finding_add(r->findings, code, place, a, b, c);
}

const char *reader_type_word(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "text";
	case JSON_INTEGER: case JSON_REAL: return "a number";
	case JSON_TRUE: case JSON_FALSE: return "true or false";
	default: return "null";
	}
}

/* null and, for texts, "" are the same as absent: QGIS writes every column of a layer into every feature. */
static bool is_absent(const struct schema_field *field, const json_t *value)
{
	bool text = field->type == SCHEMA_TEXT || field->type == SCHEMA_NAME;
	return value == NULL || json_is_null(value) || (text && json_is_string(value) && json_string_length(value) == 0);
}

/* The value of a field; NULL after saying so where it is required. */
static json_t *value_of(struct reader *r, const struct object *o, const char *name,
                        const struct schema_field **out_field)
{
	const struct schema_field *field = schema_find(o->of, name);
	json_t *value = json_object_get(o->json, name);
	*out_field = field;
	if (field == NULL) {
		reader_fail(r, ERR_BUG); /* a getter for a field that the schema does not have */
		return NULL;
	}
	if (!is_absent(field, value))
		return value;
	if (field->required)
		reader_find(r, FINDING_FIELD_MISSING, o->path, name, name, NULL, NULL);
	return NULL;
}

static void wrong_type(struct reader *r, const struct object *o, const char *name, const char *wanted,
                       const json_t *value)
{
	reader_find(r, FINDING_FIELD_TYPE, o->path, name, name, wanted, reader_type_word(value));
}

static bool in_range(struct reader *r, const struct object *o, const struct schema_field *field, double v)
{
	if (v >= field->min && v <= field->max)
		return true;
	reader_find(r, FINDING_FIELD_RANGE, o->path, field->name, field->name, figure(v, 6).at,
		figures(field->min, " .. ", field->max, 3).at);
	return false;
}

bool reader_number(struct reader *r, const struct object *o, const char *name, double *out)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	if (!json_is_number(value)) {
		wrong_type(r, o, name, "a number", value);
		return false;
	}
	double v = json_number_value(value);
	if (!in_range(r, o, field, v))
		return false;
	*out = v;
	return true;
}

/* A whole number may be written 30000.0: QGIS does. */
static bool whole_number(struct reader *r, const struct object *o, const char *name, double *out)
{
	double v;
	if (!reader_number(r, o, name, &v))
		return false;
	if (v != floor(v)) {
		reader_find(r, FINDING_FIELD_TYPE, o->path, name, name, "a whole number", figure(v, 6).at);
		return false;
	}
	*out = v;
	return true;
}

bool reader_count(struct reader *r, const struct object *o, const char *name, uint32_t *out)
{
	double v;
	if (!whole_number(r, o, name, &v))
		return false;
	*out = (uint32_t)v; /* the schema's limits lie within 0 .. 1e9 */
	return true;
}

bool reader_whole(struct reader *r, const struct object *o, const char *name, int *out)
{
	double v;
	if (!whole_number(r, o, name, &v))
		return false;
	*out = (int)v;
	return true;
}

bool reader_bool(struct reader *r, const struct object *o, const char *name, bool *out)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	if (!json_is_boolean(value)) {
		wrong_type(r, o, name, "true or false", value);
		return false;
	}
	*out = json_is_true(value);
	return true;
}

bool reader_word(struct reader *r, const struct object *o, const char *name, const char **out_word, int *out_index)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	const char *word = json_string_value(value);
	if (word == NULL) {
		wrong_type(r, o, name, "text", value);
		return false;
	}
	for (int i = 0; field->words[i] != NULL; i++) {
		if (strcmp(field->words[i], word) != 0)
			continue;
		if (out_word != NULL)
			*out_word = field->words[i];
		if (out_index != NULL)
			*out_index = i;
		return true;
	}
	reader_find(r, FINDING_FIELD_WORD, o->path, name, name, word, schema_nearest_word(field->words, word));
	return false;
}

/* One line of at most `maximum` bytes; jansson has checked the UTF-8. */
static const char *line_of_text(struct reader *r, const char *path, const char *name, const json_t *value,
                                size_t maximum)
{
	const char *text = json_string_value(value);
	size_t size = json_string_length(value);
	bool good = size <= maximum;
	for (size_t i = 0; good && i < size; i++)
		good = (unsigned char)text[i] >= 0x20 && text[i] != 0x7f;
	if (!good) {
		reader_find(r, FINDING_FIELD_TEXT, path, name, name, figure((double)maximum, 0).at, NULL);
		return NULL;
	}
	const char *copy = arena_string(r->plan->arena, (struct text){text, size});
	if (copy == NULL)
		reader_fail(r, ERR_MEMORY);
	return copy;
}

bool reader_text(struct reader *r, const struct object *o, const char *name, const char **out)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	if (!json_is_string(value)) {
		wrong_type(r, o, name, "text", value);
		return false;
	}
	const char *text = line_of_text(r, o->path, name, value, PLAN_TEXT_FIELD_BYTES_MAX);
	if (text == NULL)
		return false;
	*out = text;
	return true;
}

static bool both_languages(struct reader *r, const struct object *o, const char *name, const json_t *value,
                           bool required, struct plan_name *out)
{
	struct plan_name read = {NULL, NULL};
	const char *key;
	json_t *one;
	json_object_foreach((json_t *)value, key, one) {
		const char **into = strcmp(key, "zh") == 0 ? &read.zh : strcmp(key, "en") == 0 ? &read.en : NULL;
		if (into == NULL)
			reader_find(r, FINDING_FIELD_UNKNOWN, o->path, name, key, "a name", "en");
		else if (json_is_string(one) && json_string_length(one) == 0)
			continue;
		else if (json_is_string(one))
			*into = line_of_text(r, o->path, name, one, PLAN_NAME_BYTES_MAX);
		else
			reader_find(r, FINDING_FIELD_TYPE, o->path, name, key, "text", reader_type_word(one));
	}
	if (read.zh == NULL && read.en == NULL) {
		if (required)
			reader_find(r, FINDING_FIELD_MISSING, o->path, name, name, NULL, NULL);
		return false;
	}
	out->zh = read.zh != NULL ? read.zh : read.en;
	out->en = read.en != NULL ? read.en : read.zh;
	return true;
}

bool reader_name(struct reader *r, const struct object *o, const char *name, struct plan_name *out)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	if (json_is_object(value))
		return both_languages(r, o, name, value, field->required, out);
	if (!json_is_string(value)) {
		wrong_type(r, o, name, "text or {\"zh\",\"en\"}", value);
		return false;
	}
	const char *text = line_of_text(r, o->path, name, value, PLAN_NAME_BYTES_MAX);
	if (text == NULL)
		return false;
	*out = (struct plan_name){text, text};
	return true;
}

bool reader_id_good(const char *id)
{
	size_t size = strnlen(id, PLAN_ID_BYTES_MAX + 1);
	if (size == 0 || size > PLAN_ID_BYTES_MAX)
		return false;
	for (size_t i = 0; i < size; i++) {
		char c = id[i];
		bool sign = i > 0 && (c == '.' || c == '_' || c == '-');
		if (!sign && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return true;
}

bool reader_id(struct reader *r, const struct object *o, const char *name, const char **out)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	const char *id = json_string_value(value);
	if (id == NULL) {
		wrong_type(r, o, name, "text", value);
		return false;
	}
	if (!reader_id_good(id)) {
		reader_find(r, FINDING_ID_FORM, o->path, name, id, NULL, NULL);
		return false;
	}
	const char *copy = arena_string(r->plan->arena, text_of(id));
	if (copy == NULL) {
		reader_fail(r, ERR_MEMORY);
		return false;
	}
	*out = copy;
	return true;
}

#define COMPARED_MAX 4096u

const char *reader_nearest_id(struct reader *r, const struct names *ids, const char *id)
{
	const char *best = "?";
	unsigned fewest = UINT32_MAX;
	if (r->suggestions_left == 0)
		return best;
	r->suggestions_left--;
	for (uint32_t i = 0; i < names_count(ids) && i < COMPARED_MAX; i++) {
		unsigned edits = schema_edits(names_at(ids, i), id);
		if (edits < fewest) {
			fewest = edits;
			best = names_at(ids, i);
		}
	}
	return best;
}

bool reader_zone(struct reader *r, const struct object *o, const char *name, uint32_t *out)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	const char *id = json_string_value(value);
	if (id == NULL) {
		wrong_type(r, o, name, "text", value);
		return false;
	}
	uint32_t zone = names_find(r->plan->zone_ids, text_of(id));
	if (zone != NAMES_NONE) {
		*out = zone;
		return true;
	}
	if (names_find(r->dropped, text_of(id)) == NAMES_NONE)
		reader_find(r, FINDING_REFERENCE_UNKNOWN, o->path, name, name, id, reader_nearest_id(r, r->plan->zone_ids, id));
	return false;
}

bool reader_time(struct reader *r, const struct object *o, const char *name, at_ms *out, int *out_offset_min)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL)
		return false;
	if (!json_is_string(value)) {
		wrong_type(r, o, name, "text", value);
		return false;
	}
	struct text text = {json_string_value(value), json_string_length(value)};
	if (when_parse(text, out, out_offset_min) == ERR_NONE)
		return true;
	reader_find(r, FINDING_TIME_FORMAT, o->path, name, name, text.at, NULL);
	return false;
}

json_t *reader_list(struct reader *r, const struct object *o, const char *name)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL || json_is_array(value))
		return value;
	wrong_type(r, o, name, "a list", value);
	return NULL;
}

json_t *reader_object(struct reader *r, const struct object *o, const char *name)
{
	const struct schema_field *field;
	json_t *value = value_of(r, o, name, &field);
	if (value == NULL || json_is_object(value))
		return value;
	wrong_type(r, o, name, "an object", value);
	return NULL;
}

static const char *owner_word(uint32_t of)
{
	switch (of) {
	case OF_HEAD: return "the head";
	case OF_TIMETABLE: return "a timetable";
	case OF_GEOREFERENCE: return "a georeference";
	case OF_LANE: return "a lane";
	case OF_DEVICE: return "a device";
	default: break;
	}
	for (int k = 0; k < PLAN_KIND_COUNT; k++)
		if (of == 1u << k)
			return plan_kind_words[k];
	return "a feature";
}

void reader_unknown(struct reader *r, const struct object *o, uint32_t of)
{
	const char *key;
	json_t *value;
	json_object_foreach(o->json, key, value) {
		if (schema_find(of, key) != NULL || json_is_null(value))
			continue;
		bool kept = r->findings->count < PLAN_FINDINGS_MAX;
		reader_find(r, FINDING_FIELD_UNKNOWN, o->path, key, key, owner_word(of), kept ? schema_nearest(of, key) : NULL);
	}
}
