/* plan/read.c: the way of a plan file from bytes to a struct plan. The picture is in reader.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/read_json.h"
#include "plan/reader.h"

#define PLAN_ARENA_BYTES_MAX ((size_t)512 << 20)

/* The id from properties or from beside them. A number beside them is GDAL's row number, and not an id. */
static const char *id_of(struct reader *r, const json_t *feature, const json_t *properties)
{
	const char *inner = json_string_value(json_object_get(properties, "id"));
	const char *outer = json_string_value(json_object_get(feature, "id"));
	const char *id = inner != NULL ? inner : outer;
	if (id == NULL) {
		reader_find(r, FINDING_ID_MISSING, NULL, "id", NULL, NULL, NULL);
		return NULL;
	}
	if (!reader_id_good(id)) {
		reader_find(r, FINDING_ID_FORM, NULL, "id", id, NULL, NULL);
		return NULL;
	}
	snprintf(r->here_id, sizeof(r->here_id), "%s", id);
	if (inner != NULL && outer != NULL && strcmp(inner, outer) != 0)
		reader_find(r, FINDING_ID_DIFFERS, NULL, "id", inner, outer, NULL);
	return id;
}

static bool kind_of(struct reader *r, const json_t *properties, enum plan_kind *out)
{
	const json_t *value = json_object_get(properties, "kind");
	const char *word = json_string_value(value);
	for (int k = 0; word != NULL && k < PLAN_KIND_COUNT; k++)
		if (strcmp(plan_kind_words[k], word) == 0) {
			*out = (enum plan_kind)k;
			return true;
		}
	if (value == NULL || json_is_null(value))
		reader_find(r, FINDING_FIELD_MISSING, "properties", "kind", "kind", NULL, NULL);
	else if (word == NULL)
		reader_find(r, FINDING_FIELD_TYPE, "properties", "kind", "kind", "text", reader_type_word(value));
	else
		reader_find(r, FINDING_FEATURE_KIND, "properties", "kind", word, schema_nearest_word(plan_kind_words, word), NULL);
	return false;
}

/* Its own id, not used before; remembers the line. */
static bool claim_id(struct reader *r, const char *id, enum plan_kind kind)
{
	uint32_t before = names_count(r->ids), index;
	if (strcmp(id, "outside") == 0 && kind != PLAN_ZONE) { /* always a zone */
		reader_find(r, FINDING_ID_FORM, NULL, "id", id, NULL, NULL);
		return false;
	}
	if (names_add(r->ids, text_of(id), &index) != ERR_NONE) {
		reader_fail(r, ERR_MEMORY);
		return false;
	}
	if (index < before) {
		reader_find(r, FINDING_ID_TWICE, NULL, "id", id, figure(r->id_lines[index], 0).at, NULL);
		return false;
	}
	r->id_lines[index] = r->here.line;
	return true;
}

static void drop(struct reader *r, const char *id)
{
	uint32_t ignored;
	if (names_add(r->dropped, text_of(id), &ignored) != ERR_NONE)
		reader_fail(r, ERR_MEMORY);
}

static void keep(struct reader *r, const char *id, enum plan_kind kind, struct geo_shape shape, json_t *properties)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[p->feature_count];
	f->id = arena_string(p->arena, text_of(id));
	if (f->id == NULL) {
		reader_fail(r, ERR_MEMORY);
		return;
	}
	f->kind = kind;
	f->line = r->here.line;
	f->shape = shape;
	f->form = f->note = "";
	f->name = (struct plan_name){f->id, f->id};
	struct object o = {properties, 1u << kind, "properties"};
	reader_name(r, &o, "name", &f->name);
	reader_whole(r, &o, "level", &f->level);
	reader_text(r, &o, "note", &f->note);
	reader_unknown(r, &o, 1u << kind);
	r->drafts[p->feature_count] = (struct draft){properties, p->feature_count};
	p->feature_count++;
}

static void read_draft(struct reader *r, json_t *feature, size_t index)
{
	json_t *properties = json_object_get(feature, "properties");
	const char *type = json_string_value(json_object_get(feature, "type"));
	enum plan_kind kind = PLAN_ZONE;
	struct geo_shape shape = {0};
	snprintf(r->here_id, sizeof(r->here_id), "#%zu", index + 1);
	r->here = (struct finding_place){index < r->scan.feature_count ? r->scan.feature_lines[index] : 0, r->here_id, NULL};
	if (type == NULL || strcmp(type, "Feature") != 0 || !json_is_object(properties)) {
		reader_find(r, FINDING_FEATURE_TYPE, NULL, NULL, figure((double)index + 1, 0).at, NULL, NULL);
		return;
	}
	const char *id = id_of(r, feature, properties);
	bool known = kind_of(r, properties, &kind);
	if (id == NULL || !claim_id(r, id, kind))
		return;
	if (known && read_shape(r, json_object_get(feature, "geometry"), kind, &shape))
		keep(r, id, kind, shape, properties);
	else
		drop(r, id);
}

static bool make_room(struct reader *r, size_t feature_count)
{
	struct plan *p = r->plan;
	uint32_t room = (uint32_t)feature_count + 1;
	p->features = reader_alloc(r, room, sizeof(*p->features));
	r->drafts = calloc(room, sizeof(*r->drafts));
	r->id_lines = calloc(room, sizeof(*r->id_lines));
	r->ids = names_new(room);
	r->dropped = names_new(room);
	p->zone_ids = names_new(PLAN_ZONES_MAX + 1);
	p->checkpoint_ids = names_new(PLAN_CHECKPOINTS_MAX);
	if (p->features == NULL || r->drafts == NULL || r->id_lines == NULL || r->ids == NULL || r->dropped == NULL ||
	    p->zone_ids == NULL || p->checkpoint_ids == NULL)
		reader_fail(r, ERR_MEMORY);
	return r->error == ERR_NONE;
}

static err_t read_document(struct reader *r, json_t *root)
{
	json_t *features = json_object_get(root, "features");
	if (!make_room(r, json_array_size(features)))
		return r->error;
	read_head(r, json_object_get(root, "cordon"));
	for (size_t i = 0; r->error == ERR_NONE && i < json_array_size(features); i++)
		read_draft(r, json_array_get(features, i), i);
	if (r->error == ERR_NONE)
		read_place(r);
	if (r->error == ERR_NONE)
		read_kinds(r);
	return r->error;
}

static err_t parse(struct text text, json_t **out, struct problem *problem)
{
	json_error_t error;
	err_t e = read_json(text, JSON_REJECT_DUPLICATES, out, &error);
	if (e == ERR_MEMORY)
		return problem_set(problem, e, NULL, "the plan does not fit");
	if (e != ERR_NONE) {
		char clean[sizeof(error.text)];
		size_t n = 0;
		for (; error.text[n] != '\0' && n + 1 < sizeof(clean); n++)
			clean[n] = (unsigned char)error.text[n] < 0x20 || error.text[n] == 0x7f ? '?' : error.text[n];
		clean[n] = '\0';
		problem_set(problem, ERR_PLAN_SYNTAX, NULL, "%s, column %d", clean, error.column);
		if (problem != NULL)
			problem->line = error.line;
		return ERR_PLAN_SYNTAX;
	}
	const char *type = json_string_value(json_object_get(*out, "type"));
	if (type != NULL && strcmp(type, "FeatureCollection") == 0 && json_is_array(json_object_get(*out, "features")))
		return ERR_NONE;
	return problem_set(problem, ERR_PLAN_SYNTAX, "type",
		"It must be an object with \"type\": \"FeatureCollection\" and a list \"features\"");
}

static err_t check_version(const json_t *root, struct problem *problem)
{
	const json_t *version = json_object_get(json_object_get(root, "cordon"), "plan");
	if (!json_is_integer(version) || json_integer_value(version) <= 1)
		return ERR_NONE;
	return problem_set(problem, ERR_PLAN_VERSION, "cordon.plan",
		"The file says version %" JSON_INTEGER_FORMAT ", this Cordon reads 1",
		json_integer_value(version));
}

static struct text without_bom(struct text text)
{
	if (text_starts(text, "\xef\xbb\xbf"))
		return (struct text){text.at + 3, text.size - 3};
	return text;
}

err_t plan_read(struct text text, struct plan **out, struct plan_findings *findings, struct problem *problem)
{
	struct reader r = {.findings = findings, .suggestions_left = PLAN_SUGGESTIONS_MAX};
	json_t *root = NULL;
	err_t error = ERR_NONE;
	text = without_bom(text);
	if (text.size > PLAN_TEXT_BYTES_MAX)
		return problem_set(problem, ERR_PLAN_TOO_LARGE, NULL, "%zu bytes, over %zu", text.size, PLAN_TEXT_BYTES_MAX);
	error = scan_text(text, &r.scan, problem);
	if (error != ERR_NONE)
		return error;
	error = parse(text, &root, problem);
	if (error == ERR_NONE)
		error = check_version(root, problem);
	if (error != ERR_NONE)
		goto out;
	r.plan = calloc(1, sizeof(*r.plan));
	if (r.plan != NULL)
		r.plan->arena = arena_new(PLAN_ARENA_BYTES_MAX);
	error = r.plan == NULL || r.plan->arena == NULL ? ERR_MEMORY : read_document(&r, root);
	if (error != ERR_NONE) {
		problem_set(problem, error, NULL, "At most %d zones, %d checkpoints, %d devices, %u vertices", PLAN_ZONES_MAX,
			PLAN_CHECKPOINTS_MAX, PLAN_DEVICES_MAX, PLAN_VERTICES_MAX);
		goto out;
	}
	*out = r.plan;
	r.plan = NULL;
out:
	plan_free(r.plan);
	json_decref(root);
	names_free(r.dropped);
	names_free(r.ids);
	free(r.id_lines);
	free(r.drafts);
	scan_free(&r.scan);
	return error;
}

/* The whole file, at most one byte over the limit, so that plan_read says that it is too large. */
static err_t read_bytes(int file, struct buf *out)
{
	for (;;) {
		err_t error = buf_reserve(out, 65536);
		if (error != ERR_NONE)
			return error;
		ssize_t got = read(file, out->at + out->size, 65536);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_FILE_OPEN;
		if (got == 0)
			return ERR_NONE;
		out->size += (size_t)got;
	}
}

err_t plan_read_file(const char *path, struct plan **out, struct plan_findings *findings, struct problem *problem)
{
	struct buf text;
	buf_init(&text, PLAN_TEXT_BYTES_MAX + 131072);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return problem_set(problem, ERR_FILE_OPEN, NULL, "%s: %s", path, strerror(errno));
	err_t error = read_bytes(file, &text);
	if (error == ERR_FILE_OPEN)
		problem_set(problem, error, NULL, "%s: %s", path, strerror(errno));
	else if (error == ERR_TOO_LARGE)
		error = problem_set(problem, ERR_PLAN_TOO_LARGE, NULL, "%s: over %zu bytes", path, PLAN_TEXT_BYTES_MAX);
	else if (error != ERR_NONE)
		problem_set(problem, error, NULL, "%s", path);
	close(file);
	if (error == ERR_NONE)
		error = plan_read((struct text){text.at != NULL ? text.at : "", text.size}, out, findings, problem);
	buf_free(&text);
	return error;
}
