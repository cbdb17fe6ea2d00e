/* plan/schema.c: the table. Limits here are those beyond which a figure cannot be stored or
 * means nothing at all; what is merely impossible for people is plan_check's to say. */
#include "plan/schema.h"

#include <string.h>

const char *const plan_kind_words[] = {"zone", "checkpoint", "link", "post", "camera", "barrier", "source", "asset",
	"route", NULL};
const char *const plan_use_words[] = {"outside", "approach", "holding", "concourse", "stand", "pitch", "stage",
	"other", NULL};
const char *const plan_stage_words[] = {"precheck", "ticket", "security", "exit", "transfer", NULL};
const char *const plan_rules_words[] = {"green-guide", "open-air", "cn-local", "nfpa", NULL};
const char *const plan_device_words[] = {"turnstile", "counter", "scanner", "clicker", "camera", NULL};
const char *const plan_coordinates_words[] = {"wgs84", "local", "gcj02", NULL};
static const char *const link_forms[] = {"walk", "stair", "ramp", "escalator", NULL};
static const char *const link_directions[] = {"both", "forward", "backward", NULL};
static const char *const post_roles[] = {"steward", "police", "medical", "fire", "volunteer", "command", NULL};
static const char *const barrier_forms[] = {"fence", "wall", "rail", "block", NULL};
static const char *const source_forms[] = {"metro", "bus", "carpark", "walk", "dropoff", NULL};
static const char *const asset_forms[] = {"first_aid", "ambulance", "fire", "toilet", "water", "screen", "gate",
	"sign", "other", NULL};
static const char *const route_forms[] = {"ingress", "egress", "evacuation", "patrol", "vehicle", NULL};

#define PEOPLE_MAX 10000000.0

static const struct schema_field fields[] = {
	{OF_FEATURE, "id", SCHEMA_ID, 0, 0, NULL, true},
	{OF_FEATURE, "kind", SCHEMA_WORD, 0, 0, plan_kind_words, true},
	{OF_FEATURE, "name", SCHEMA_NAME, 0, 0, NULL, false},
	{OF_FEATURE, "level", SCHEMA_NUMBER, -20, 200, NULL, false},
	{OF_FEATURE, "note", SCHEMA_TEXT, 0, 0, NULL, false},

	{OF_ZONE, "use", SCHEMA_WORD, 0, 0, plan_use_words, true},
	{OF_ZONE, "capacity_ppl", SCHEMA_COUNT, 1, PEOPLE_MAX, NULL, false},
	{OF_ZONE, "seats", SCHEMA_COUNT, 0, PEOPLE_MAX, NULL, false},
	{OF_ZONE, "obstructed_m2", SCHEMA_NUMBER, 0, 1e8, NULL, false},
	{OF_ZONE, "physical", SCHEMA_NUMBER, 0, 1, NULL, false},
	{OF_ZONE, "safety", SCHEMA_NUMBER, 0, 1, NULL, false},
	{OF_ZONE, "counts_inside", SCHEMA_BOOL, 0, 0, NULL, false},
	{OF_ZONE, "dynamic", SCHEMA_BOOL, 0, 0, NULL, false},

	{OF_CHECKPOINT, "stage", SCHEMA_WORD, 0, 0, plan_stage_words, true},
	{OF_CHECKPOINT | OF_LINK, "from", SCHEMA_ZONE, 0, 0, NULL, true},
	{OF_CHECKPOINT | OF_LINK | OF_SOURCE, "to", SCHEMA_ZONE, 0, 0, NULL, true},
	{OF_CHECKPOINT, "lanes", SCHEMA_LIST, 0, 0, NULL, false},
	{OF_CHECKPOINT | OF_LINK, "width_m", SCHEMA_NUMBER, 0, 1e5, NULL, false},
	{OF_CHECKPOINT, "exit_use", SCHEMA_BOOL, 0, 0, NULL, false},
	{OF_CHECKPOINT, "steps", SCHEMA_BOOL, 0, 0, NULL, false},
	{OF_CHECKPOINT, "devices", SCHEMA_LIST, 0, 0, NULL, false},

	{OF_LINK, "form", SCHEMA_WORD, 0, 0, link_forms, false},
	{OF_LINK, "direction", SCHEMA_WORD, 0, 0, link_directions, false},
	{OF_LINK, "length_m", SCHEMA_NUMBER, 0.1, 1e5, NULL, false},

	{OF_POST, "staff_ppl", SCHEMA_COUNT, 0, 100000, NULL, false},
	{OF_POST, "role", SCHEMA_WORD, 0, 0, post_roles, false},
	{OF_POST, "zone", SCHEMA_ZONE, 0, 0, NULL, false},

	{OF_CAMERA, "heading_deg", SCHEMA_NUMBER, 0, 360, NULL, false},
	{OF_CAMERA, "field_of_view_deg", SCHEMA_NUMBER, 1, 360, NULL, false},
	{OF_CAMERA, "range_m", SCHEMA_NUMBER, 0, 10000, NULL, false},
	{OF_CAMERA, "watches", SCHEMA_LIST, 0, 0, NULL, false},

	{OF_BARRIER, "form", SCHEMA_WORD, 0, 0, barrier_forms, false},
	{OF_BARRIER, "height_m", SCHEMA_NUMBER, 0, 100, NULL, false},

	{OF_SOURCE, "form", SCHEMA_WORD, 0, 0, source_forms, true},
	{OF_SOURCE, "share", SCHEMA_NUMBER, 0, 1, NULL, true},
	{OF_SOURCE, "batch_ppl", SCHEMA_COUNT, 1, 100000, NULL, false},
	{OF_SOURCE, "headway_s", SCHEMA_COUNT, 1, 86400, NULL, false},

	{OF_ASSET, "form", SCHEMA_WORD, 0, 0, asset_forms, true},
	{OF_ROUTE, "form", SCHEMA_WORD, 0, 0, route_forms, true},

	{OF_LANE | OF_DEVICE, "id", SCHEMA_ID, 0, 0, NULL, true},
	{OF_LANE, "rate_ppl_min", SCHEMA_NUMBER, 0.01, 1e6, NULL, true},
	{OF_LANE, "open", SCHEMA_BOOL, 0, 0, NULL, false},
	{OF_LANE, "kind", SCHEMA_TEXT, 0, 0, NULL, false},

	{OF_DEVICE, "kind", SCHEMA_WORD, 0, 0, plan_device_words, true},
	{OF_DEVICE, "miss_in", SCHEMA_NUMBER, 0, 0.5, NULL, false},
	{OF_DEVICE, "miss_out", SCHEMA_NUMBER, 0, 0.5, NULL, false},
	{OF_DEVICE, "double", SCHEMA_NUMBER, 0, 0.5, NULL, false},
	{OF_DEVICE, "period_s", SCHEMA_COUNT, 0, 1e9, NULL, false},
	{OF_DEVICE, "totals", SCHEMA_BOOL, 0, 0, NULL, false},

	{OF_HEAD, "plan", SCHEMA_COUNT, 1, 1, NULL, true},
	{OF_HEAD, "name", SCHEMA_NAME, 0, 0, NULL, true},
	{OF_HEAD, "venue", SCHEMA_NAME, 0, 0, NULL, false},
	{OF_HEAD, "event", SCHEMA_NAME, 0, 0, NULL, false},
	{OF_HEAD, "coordinates", SCHEMA_WORD, 0, 0, plan_coordinates_words, false},
	{OF_HEAD, "georeference", SCHEMA_OBJECT, 0, 0, NULL, false},
	{OF_HEAD, "timetable", SCHEMA_OBJECT, 0, 0, NULL, true},
	{OF_HEAD, "expected_ppl", SCHEMA_COUNT, 1, PEOPLE_MAX, NULL, true},
	{OF_HEAD, "approved_ppl", SCHEMA_COUNT, 1, PEOPLE_MAX, NULL, true},
	{OF_HEAD, "rules", SCHEMA_WORD, 0, 0, plan_rules_words, false},
	{OF_HEAD, "evacuation_min", SCHEMA_NUMBER, 2.5, 10, NULL, false},
	{OF_HEAD, "arrivals", SCHEMA_ANY, 0, 0, NULL, false},
	{OF_HEAD, "base", SCHEMA_TEXT, 0, 0, NULL, false},
	{OF_HEAD, "attribution", SCHEMA_TEXT, 0, 0, NULL, false},
	{OF_HEAD, "note", SCHEMA_TEXT, 0, 0, NULL, false},

	{OF_TIMETABLE, "doors", SCHEMA_TIME, 0, 0, NULL, true},
	{OF_TIMETABLE, "start", SCHEMA_TIME, 0, 0, NULL, true},
	{OF_TIMETABLE, "interval", SCHEMA_TIME, 0, 0, NULL, false},
	{OF_TIMETABLE, "end", SCHEMA_TIME, 0, 0, NULL, false},

	{OF_GEOREFERENCE, "lon", SCHEMA_NUMBER, -180, 180, NULL, true},
	{OF_GEOREFERENCE, "lat", SCHEMA_NUMBER, -85, 85, NULL, true},
	{OF_GEOREFERENCE, "x_m", SCHEMA_NUMBER, -1e7, 1e7, NULL, false},
	{OF_GEOREFERENCE, "y_m", SCHEMA_NUMBER, -1e7, 1e7, NULL, false},
	{OF_GEOREFERENCE, "rotation_deg", SCHEMA_NUMBER, -360, 360, NULL, false},
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

const struct schema_field *schema_at(size_t index) { return index < FIELD_COUNT ? &fields[index] : NULL; }

const struct schema_field *schema_find(uint32_t of, const char *name)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if ((fields[i].of & of) != 0 && strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

unsigned schema_edits(const char *a, const char *b)
{
	unsigned row[65];
	size_t width = strnlen(b, 64), height = strnlen(a, 64);
	for (size_t j = 0; j <= width; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= height; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= width; j++) {
			unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
			unsigned other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = replaced < other ? replaced : other;
		}
	}
	return row[width];
}

const char *schema_nearest(uint32_t of, const char *name)
{
	const char *best = "";
	unsigned fewest = UINT32_MAX;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		unsigned edits = (fields[i].of & of) != 0 ? schema_edits(fields[i].name, name) : UINT32_MAX;
		if (edits < fewest) {
			fewest = edits;
			best = fields[i].name;
		}
	}
	return best;
}

const char *schema_nearest_word(const char *const *words, const char *word)
{
	const char *best = "";
	unsigned fewest = UINT32_MAX;
	for (; *words != NULL; words++) {
		unsigned edits = schema_edits(*words, word);
		if (edits < fewest) {
			fewest = edits;
			best = *words;
		}
	}
	return best;
}

const char *plan_kind_word(enum plan_kind k) { return plan_kind_words[k]; }
const char *plan_use_word(enum plan_use u) { return plan_use_words[u]; }
const char *plan_stage_word(enum plan_stage s) { return plan_stage_words[s]; }
const char *plan_rules_word(enum plan_rules r) { return plan_rules_words[r]; }
