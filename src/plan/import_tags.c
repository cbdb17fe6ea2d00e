/* plan/import_tags.c: from tags, field values and layer names to what a thing is. Tables as
 * data: the first row that fits decides. The keys are OpenStreetMap's (wiki.openstreetmap.org,
 * "Map features"); drawings without tags are judged by the words in their layer's name. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plan/import.h"

const char *const import_tag_keys[] = {
	"name", "name:zh", "name:en", "building", "highway", "railway", "barrier", "entrance", "natural",
	"waterway", "landuse", "leisure", "amenity", "emergency", "man_made", "place", "public_transport",
	"station", "area", "area:highway", "width", "height", "building:levels", "lanes", "capacity",
	"camera:direction", "direction", "layer", "tunnel", "information", "healthcare", NULL,
};

struct tags tags_of(OGRFeatureH feature, const char *layer_name)
{
	struct tags t = {.feature = feature, .layer_name = layer_name, .other = ""};
	int field = OGR_F_GetFieldIndex(feature, "Layer"); /* OGR compares names without case: also "layer" */
	if (field >= 0 && OGR_F_IsFieldSetAndNotNull(feature, field))
		t.layer_name = OGR_F_GetFieldAsString(feature, field);
	field = OGR_F_GetFieldIndex(feature, "other_tags");
	if (field >= 0 && OGR_F_IsFieldSetAndNotNull(feature, field))
		t.other = OGR_F_GetFieldAsString(feature, field);
	return t;
}

/* Copies the quoted text that begins at `at` (behind the quote); gives the place behind it, NULL if it does not end. */
static const char *unquote(const char *at, char *out, size_t size)
{
	size_t length = 0;
	for (; *at != '"'; at++) {
		if (*at == '\\' && at[1] != '\0')
			at++;
		if (*at == '\0')
			return NULL;
		if (out != NULL && length + 1 < size)
			out[length++] = *at;
	}
	if (out != NULL)
		out[length] = '\0';
	return at + 1;
}

/* "key"=>"value","key"=>"value": what GDAL writes into other_tags. */
static const char *find_other(struct tags *t, const char *key)
{
	const char *at = t->other;
	char found[64];
	while (at != NULL && *at == '"') {
		at = unquote(at + 1, found, sizeof(found));
		if (at == NULL || strncmp(at, "=>\"", 3) != 0)
			return NULL;
		bool wanted = strcmp(found, key) == 0;
		at = unquote(at + 3, wanted ? t->value : NULL, sizeof(t->value));
		if (wanted && at != NULL)
			return t->value[0] == '\0' ? NULL : t->value;
		if (at != NULL && *at == ',')
			at++;
	}
	return NULL;
}

const char *tags_get(struct tags *t, const char *key)
{
	int field = OGR_F_GetFieldIndex(t->feature, key);
	if (field < 0 || !OGR_F_IsFieldSetAndNotNull(t->feature, field))
		return find_other(t, key);
	const char *value = OGR_F_GetFieldAsString(t->feature, field);
	return value[0] == '\0' ? NULL : value;
}

static bool tag_is(struct tags *t, const char *key, const char *value)
{
	const char *found = tags_get(t, key);
	return found != NULL && (value == NULL ? strcmp(found, "no") != 0 : strcmp(found, value) == 0);
}

/* A figure in metres; "3,5", "2 m" and the like are read, everything else is 0. */
static double tag_number(struct tags *t, const char *key, double most)
{
	const char *text = tags_get(t, key);
	double v = text == NULL ? 0 : strtod(text, NULL);
	return v > 0 && v <= most ? v : 0;
}

/* ---- OpenStreetMap ---- */

enum form { ANY, AREA, LINE, POINT };
struct rule { const char *key, *value; enum form form; enum base_layer layer; };

static const struct rule layer_rules[] = {
	{"leisure", "pitch", AREA, BASE_PITCH},
	{"leisure", "track", AREA, BASE_PITCH},
	{"leisure", "swimming_pool", AREA, BASE_WATER},
	{"amenity", "parking", AREA, BASE_PARKING},
	{"amenity", "parking_space", AREA, BASE_PARKING},
	{"building", NULL, AREA, BASE_BUILDING},
	{"highway", "steps", LINE, BASE_STEPS},
	{"highway", "footway", LINE, BASE_FOOTWAY},
	{"highway", "pedestrian", LINE, BASE_FOOTWAY},
	{"highway", "path", LINE, BASE_FOOTWAY},
	{"highway", "cycleway", LINE, BASE_FOOTWAY},
	{"highway", "corridor", LINE, BASE_FOOTWAY},
	{"highway", "footway", AREA, BASE_FOOTWAY},
	{"highway", "pedestrian", AREA, BASE_FOOTWAY},
	{"highway", "steps", AREA, BASE_STEPS},
	{"highway", "proposed", ANY, BASE_NONE},
	{"highway", "construction", ANY, BASE_NONE},
	{"highway", "elevator", ANY, BASE_NONE},
	{"highway", "platform", ANY, BASE_NONE},
	{"highway", "raceway", ANY, BASE_NONE},
	{"highway", NULL, LINE, BASE_ROAD},
	{"railway", "rail", LINE, BASE_RAIL},
	{"railway", "subway", LINE, BASE_RAIL},
	{"railway", "tram", LINE, BASE_RAIL},
	{"railway", "light_rail", LINE, BASE_RAIL},
	{"railway", "monorail", LINE, BASE_RAIL},
	{"railway", "narrow_gauge", LINE, BASE_RAIL},
	{"natural", "water", AREA, BASE_WATER},
	{"waterway", "riverbank", AREA, BASE_WATER},
	{"landuse", "reservoir", AREA, BASE_WATER},
	{"landuse", "basin", AREA, BASE_WATER},
	{"waterway", "river", LINE, BASE_WATER},
	{"waterway", "canal", LINE, BASE_WATER},
	{"waterway", "stream", LINE, BASE_WATER},
	{"leisure", "park", AREA, BASE_GREEN},
	{"leisure", "garden", AREA, BASE_GREEN},
	{"landuse", "grass", AREA, BASE_GREEN},
	{"landuse", "forest", AREA, BASE_GREEN},
	{"landuse", "meadow", AREA, BASE_GREEN},
	{"landuse", "village_green", AREA, BASE_GREEN},
	{"landuse", "recreation_ground", AREA, BASE_GREEN},
	{"landuse", "flowerbed", AREA, BASE_GREEN},
	{"landuse", "orchard", AREA, BASE_GREEN},
	{"natural", "wood", AREA, BASE_GREEN},
	{"natural", "scrub", AREA, BASE_GREEN},
	{"natural", "grassland", AREA, BASE_GREEN},
	{"natural", "heath", AREA, BASE_GREEN},
	{"leisure", "golf_course", AREA, BASE_GREEN},
	{"barrier", NULL, LINE, BASE_BARRIER},
	{"barrier", NULL, AREA, BASE_BARRIER},
	{"place", NULL, POINT, BASE_LABEL},
	{"railway", "station", POINT, BASE_LABEL},
	{"railway", "subway_entrance", POINT, BASE_LABEL},
	{"leisure", NULL, POINT, BASE_LABEL},
	{"tourism", NULL, POINT, BASE_LABEL},
};

struct role_rule { const char *key, *value; enum form form; enum import_role role; const char *word; };

static const struct role_rule role_rules[] = {
	{"leisure", "stadium", AREA, ROLE_VENUE, NULL},
	{"leisure", "bleachers", AREA, ROLE_STAND, NULL},
	{"building", "grandstand", AREA, ROLE_STAND, NULL},
	{"building", "stadium", AREA, ROLE_STAND, NULL},
	{"leisure", "pitch", AREA, ROLE_PITCH, NULL},
	{"leisure", "track", AREA, ROLE_PITCH, NULL},
	{"place", "square", AREA, ROLE_SQUARE, NULL},
	{"leisure", "sports_centre", AREA, ROLE_SQUARE, NULL},
	{"highway", "pedestrian", AREA, ROLE_SQUARE, NULL},
	{"entrance", "exit", POINT, ROLE_EXIT, NULL},
	{"entrance", "emergency", POINT, ROLE_EXIT, NULL},
	{"entrance", "staircase", POINT, ROLE_NONE, NULL},
	{"entrance", "garage", POINT, ROLE_NONE, NULL},
	{"railway", "subway_entrance", POINT, ROLE_SOURCE, "metro"},
	{"entrance", NULL, POINT, ROLE_ENTRANCE, NULL},
	{"barrier", "gate", POINT, ROLE_GATE, "gate"},
	{"barrier", "turnstile", POINT, ROLE_GATE, "turnstile"},
	{"barrier", "entrance", POINT, ROLE_GATE, "gate"},
	{"barrier", "full-height_turnstile", POINT, ROLE_GATE, "turnstile"},
	{"barrier", "swing_gate", POINT, ROLE_GATE, "gate"},
	{"barrier", "sliding_gate", POINT, ROLE_GATE, "gate"},
	{"barrier", "fence", LINE, ROLE_BARRIER, "fence"},
	{"barrier", "wall", LINE, ROLE_BARRIER, "wall"},
	{"barrier", "retaining_wall", LINE, ROLE_BARRIER, "wall"},
	{"barrier", "city_wall", LINE, ROLE_BARRIER, "wall"},
	{"barrier", "guard_rail", LINE, ROLE_BARRIER, "rail"},
	{"barrier", "handrail", LINE, ROLE_BARRIER, "rail"},
	{"barrier", "chain", LINE, ROLE_BARRIER, "rail"},
	{"barrier", "jersey_barrier", LINE, ROLE_BARRIER, "block"},
	{"barrier", "block", LINE, ROLE_BARRIER, "block"},
	{"barrier", "hedge", LINE, ROLE_BARRIER, "fence"},
	{"barrier", NULL, LINE, ROLE_BARRIER, "fence"},
	{"railway", "station", ANY, ROLE_SOURCE, "metro"},
	{"railway", "halt", ANY, ROLE_SOURCE, "metro"},
	{"railway", "tram_stop", POINT, ROLE_SOURCE, "metro"},
	{"amenity", "bus_station", ANY, ROLE_SOURCE, "bus"},
	{"highway", "bus_stop", POINT, ROLE_SOURCE, "bus"},
	{"amenity", "parking", ANY, ROLE_SOURCE, "carpark"},
	{"amenity", "taxi", POINT, ROLE_SOURCE, "dropoff"},
	{"amenity", "toilets", ANY, ROLE_ASSET, "toilet"},
	{"amenity", "drinking_water", POINT, ROLE_ASSET, "water"},
	{"emergency", "fire_hydrant", POINT, ROLE_ASSET, "fire"},
	{"emergency", "fire_extinguisher", POINT, ROLE_ASSET, "fire"},
	{"emergency", "water_tank", ANY, ROLE_ASSET, "fire"},
	{"emergency", "suction_point", POINT, ROLE_ASSET, "fire"},
	{"amenity", "fire_station", ANY, ROLE_ASSET, "fire"},
	{"emergency", "ambulance_station", ANY, ROLE_ASSET, "ambulance"},
	{"emergency", "first_aid_kit", POINT, ROLE_ASSET, "first_aid"},
	{"emergency", "first_aid", ANY, ROLE_ASSET, "first_aid"},
	{"emergency", "defibrillator", POINT, ROLE_ASSET, "first_aid"},
	{"emergency", "assembly_point", POINT, ROLE_ASSET, "sign"},
	{"amenity", "clinic", ANY, ROLE_ASSET, "first_aid"},
	{"amenity", "hospital", ANY, ROLE_ASSET, "first_aid"},
	{"information", "board", POINT, ROLE_ASSET, "sign"},
	{"information", "map", POINT, ROLE_ASSET, "sign"},
	{"man_made", "surveillance", POINT, ROLE_CAMERA, NULL},
	{"highway", "steps", LINE, ROLE_WAY, "stair"},
	{"highway", "footway", LINE, ROLE_WAY, "walk"},
	{"highway", "pedestrian", LINE, ROLE_WAY, "walk"},
	{"highway", "path", LINE, ROLE_WAY, "walk"},
};

static bool fits(enum form wanted, bool areal, bool point)
{
	return wanted == ANY || wanted == (areal ? AREA : point ? POINT : LINE);
}

static void count_tags(struct tags *t, struct plan_import_counts *c)
{
	const char *highway = tags_get(t, "highway");
	bool footway = highway != NULL && strcmp(highway, "footway") == 0;
	bool steps = highway != NULL && strcmp(highway, "steps") == 0;
	bool road = highway != NULL && !footway && !steps, counted = highway != NULL;
	c->footways += footway;
	c->steps += steps;
	c->roads += road;
	if (tag_is(t, "building", NULL)) {
		c->buildings++;
		counted = true;
	}
	if (tag_is(t, "barrier", NULL)) {
		c->barriers++;
		c->gates += tag_is(t, "barrier", "gate");
		counted = true;
	}
	if (tag_is(t, "entrance", NULL)) {
		c->entrances++;
		counted = true;
	}
	c->others += !counted;
}

/* Carriageway widths where none is given: lanes of 3.2 m, as many as such a road mostly has. */
static double road_width(struct tags *t)
{
	static const struct { const char *word; double width_m; } usual[] = {
		{"motorway", 22}, {"trunk", 18}, {"primary", 14}, {"secondary", 11}, {"tertiary", 9}, {"residential", 7},
		{"unclassified", 7}, {"service", 4.5}, {"living_street", 6}, {"track", 3},
	};
	double lanes = tag_number(t, "lanes", 20);
	if (lanes > 0)
		return lanes * 3.2;
	const char *word = tags_get(t, "highway");
	for (size_t i = 0; word != NULL && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(word, usual[i].word) == 0)
			return usual[i].width_m;
	return 6;
}

static void take_numbers(struct tags *t, struct import_item *item)
{
	item->width_m = tag_number(t, "width", 200);
	item->height_m = tag_number(t, "height", 900);
	item->capacity_ppl = tag_number(t, "capacity", 500000);
	if (item->layer == BASE_BUILDING && item->height_m <= 0)
		item->height_m = tag_number(t, "building:levels", 200) * 3;
	if (item->layer == BASE_ROAD && item->width_m <= 0)
		item->width_m = road_width(t);
	if (item->role == ROLE_CAMERA) {
		item->heading_deg = tag_number(t, "camera:direction", 360);
		if (item->heading_deg <= 0)
			item->heading_deg = tag_number(t, "direction", 360);
	}
}

static void classify_tags(struct tags *t, bool areal, bool point, struct import_item *item)
{
	for (size_t i = 0; i < sizeof(layer_rules) / sizeof(layer_rules[0]); i++)
		if (fits(layer_rules[i].form, areal, point) && tag_is(t, layer_rules[i].key, layer_rules[i].value)) {
			item->layer = layer_rules[i].layer;
			break;
		}
	for (size_t i = 0; i < sizeof(role_rules) / sizeof(role_rules[0]); i++)
		if (fits(role_rules[i].form, areal, point) && tag_is(t, role_rules[i].key, role_rules[i].value)) {
			item->role = role_rules[i].role;
			item->word = role_rules[i].word;
			break;
		}
}

/* ---- drawings: the words in a layer's name, in the order in which they decide ---- */

struct name_rule { const char *word; enum base_layer layer; enum import_role role; const char *form; };

static const struct name_rule name_rules[] = {
	{"stairs", BASE_STEPS, ROLE_WAY, "stair"},
	{"steps", BASE_STEPS, ROLE_WAY, "stair"},
	{"楼梯", BASE_STEPS, ROLE_WAY, "stair"},
	{"台阶", BASE_STEPS, ROLE_WAY, "stair"},
	{"grandstand", BASE_NONE, ROLE_STAND, NULL},
	{"看台", BASE_NONE, ROLE_STAND, NULL},
	{"seat", BASE_NONE, ROLE_STAND, NULL},
	{"座", BASE_NONE, ROLE_STAND, NULL},
	{"stand", BASE_NONE, ROLE_STAND, NULL},
	{"pitch", BASE_PITCH, ROLE_PITCH, NULL},
	{"field", BASE_PITCH, ROLE_PITCH, NULL},
	{"球场", BASE_PITCH, ROLE_PITCH, NULL},
	{"内场", BASE_PITCH, ROLE_PITCH, NULL},
	{"stadium", BASE_NONE, ROLE_VENUE, NULL},
	{"venue", BASE_NONE, ROLE_VENUE, NULL},
	{"体育场", BASE_NONE, ROLE_VENUE, NULL},
	{"红线", BASE_NONE, ROLE_VENUE, NULL},
	{"gate", BASE_NONE, ROLE_GATE, "gate"},
	{"turnstile", BASE_NONE, ROLE_GATE, "turnstile"},
	{"闸机", BASE_NONE, ROLE_GATE, "turnstile"},
	{"entrance", BASE_NONE, ROLE_ENTRANCE, NULL},
	{"door", BASE_NONE, ROLE_ENTRANCE, NULL},
	{"入口", BASE_NONE, ROLE_ENTRANCE, NULL},
	{"exit", BASE_NONE, ROLE_EXIT, NULL},
	{"出口", BASE_NONE, ROLE_EXIT, NULL},
	{"门", BASE_NONE, ROLE_ENTRANCE, NULL},
	{"fence", BASE_BARRIER, ROLE_BARRIER, "fence"},
	{"围栏", BASE_BARRIER, ROLE_BARRIER, "fence"},
	{"围挡", BASE_BARRIER, ROLE_BARRIER, "fence"},
	{"护栏", BASE_BARRIER, ROLE_BARRIER, "rail"},
	{"rail", BASE_BARRIER, ROLE_BARRIER, "rail"},
	{"barrier", BASE_BARRIER, ROLE_BARRIER, "fence"},
	{"wall", BASE_BARRIER, ROLE_BARRIER, "wall"},
	{"墙", BASE_BARRIER, ROLE_BARRIER, "wall"},
	{"footway", BASE_FOOTWAY, ROLE_WAY, "walk"},
	{"walk", BASE_FOOTWAY, ROLE_WAY, "walk"},
	{"步道", BASE_FOOTWAY, ROLE_WAY, "walk"},
	{"人行", BASE_FOOTWAY, ROLE_WAY, "walk"},
	{"road", BASE_ROAD, ROLE_NONE, NULL},
	{"street", BASE_ROAD, ROLE_NONE, NULL},
	{"道路", BASE_ROAD, ROLE_NONE, NULL},
	{"parking", BASE_PARKING, ROLE_SOURCE, "carpark"},
	{"停车", BASE_PARKING, ROLE_SOURCE, "carpark"},
	{"building", BASE_BUILDING, ROLE_NONE, NULL},
	{"建筑", BASE_BUILDING, ROLE_NONE, NULL},
	{"water", BASE_WATER, ROLE_NONE, NULL},
	{"水系", BASE_WATER, ROLE_NONE, NULL},
	{"湖", BASE_WATER, ROLE_NONE, NULL},
	{"green", BASE_GREEN, ROLE_NONE, NULL},
	{"绿", BASE_GREEN, ROLE_NONE, NULL},
	{"toilet", BASE_NONE, ROLE_ASSET, "toilet"},
	{"卫生间", BASE_NONE, ROLE_ASSET, "toilet"},
	{"hydrant", BASE_NONE, ROLE_ASSET, "fire"},
	{"消火栓", BASE_NONE, ROLE_ASSET, "fire"},
	{"camera", BASE_NONE, ROLE_CAMERA, NULL},
	{"监控", BASE_NONE, ROLE_CAMERA, NULL},
	{"text", BASE_LABEL, ROLE_NONE, NULL},
	{"label", BASE_LABEL, ROLE_NONE, NULL},
	{"文字", BASE_LABEL, ROLE_NONE, NULL},
};

static void count_name(const struct import_item *item, struct plan_import_counts *c)
{
	switch (item->layer) {
	case BASE_BUILDING: c->buildings++; return;
	case BASE_FOOTWAY: c->footways++; return;
	case BASE_STEPS: c->steps++; return;
	case BASE_ROAD: c->roads++; return;
	case BASE_BARRIER: c->barriers++; return;
	default: break;
	}
	c->gates += item->role == ROLE_GATE;
	c->entrances += item->role == ROLE_ENTRANCE || item->role == ROLE_EXIT;
	c->others += item->role != ROLE_GATE && item->role != ROLE_ENTRANCE && item->role != ROLE_EXIT;
}

static bool classify_name(const char *layer_name, struct import_item *item, struct plan_import_counts *counts)
{
	for (size_t i = 0; i < sizeof(name_rules) / sizeof(name_rules[0]); i++)
		if (strcasestr(layer_name, name_rules[i].word) != NULL) {
			item->layer = name_rules[i].layer;
			item->role = name_rules[i].role;
			item->word = name_rules[i].form;
			count_name(item, counts);
			return true;
		}
	return false;
}

static bool tagged(struct tags *t)
{
	static const char *const telling[] = {"building", "highway", "railway", "barrier", "entrance", "natural",
		"waterway", "landuse", "leisure", "amenity", "emergency", "man_made", "place", "public_transport"};
	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (tags_get(t, telling[i]) != NULL)
			return true;
	return false;
}

void tags_classify(struct tags *t, bool areal, bool point, struct import_item *item, struct plan_import_counts *counts)
{
	if (tagged(t)) {
		classify_tags(t, areal, point, item);
		count_tags(t, counts);
	} else if (!classify_name(t->layer_name, item, counts)) {
		counts->others++;
	}
	take_numbers(t, item);
}
