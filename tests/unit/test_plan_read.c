/* Reading: what a good file gives, where coordinates go, and what a bad one cannot do. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/random.h"
#include "plan_for_test.h"

#define NEAR(a, b, by) assert_true(fabs((a) - (b)) < (by))

static struct plan *read_good(const char *text)
{
	struct plan *p = NULL;
	struct plan_findings f = {0};
	struct problem problem = {0};
	assert_int_equal(plan_read(text_of(text), &p, &f, &problem), ERR_NONE);
	print_findings(&f);
	assert_int_equal(f.count, 0);
	return p;
}

static struct point_m place_of(const struct plan *p, const char *id)
{
	for (uint32_t i = 0; i < p->feature_count; i++)
		if (strcmp(p->features[i].id, id) == 0)
			return p->features[i].shape.parts[0].rings[0].points[0];
	return (struct point_m){NAN, NAN};
}

/* ---- a good file ---- */

static void every_value_of_the_file_arrives(void **state)
{
	(void)state;
	struct plan *p = read_good(good_plan);
	assert_string_equal(p->name.zh, "小场馆");
	assert_string_equal(p->name.en, "Small hall");
	assert_string_equal(p->venue.en, "");
	assert_true(p->at_start - p->at_doors == 90 * 60000 && p->at_end - p->at_start == 120 * 60000);
	assert_int_equal(p->offset_min, 480);
	assert_int_equal(p->expected_ppl, 900);
	assert_int_equal(p->approved_ppl, 1000);
	assert_false(p->located);
	assert_int_equal(p->zone_count, 5);
	assert_int_equal(p->checkpoint_count, 6);
	assert_int_equal(p->device_count, 6);
	assert_int_equal(p->link_count + p->source_count + p->post_count + p->camera_count + p->barrier_count, 5);
	const struct plan_zone *stand = &p->zones[plan_find_zone(p, TEXT("stand"))];
	assert_string_equal(stand->name.zh, "北看台");
	assert_int_equal(stand->seats, 1000);
	assert_true(stand->counts_inside && !stand->dynamic);
	const struct plan_zone *holding = &p->zones[plan_find_zone(p, TEXT("holding"))];
	assert_true(!holding->counts_inside && holding->dynamic);
	assert_string_equal(holding->name.zh, "holding"); /* no name: the id */
	NEAR(holding->area_m2, 1200, 1e-6);
	const struct plan_checkpoint *tic = &p->checkpoints[plan_find_checkpoint(p, TEXT("tic"))];
	assert_int_equal(tic->stage, PLAN_TICKET);
	assert_int_equal(tic->from, plan_find_zone(p, TEXT("holding")));
	assert_int_equal(tic->lane_count, 3);
	assert_true(tic->lanes[1].open && !tic->lanes[2].open);
	assert_string_equal(tic->lanes[1].kind, "turnstile");
	const struct plan_device *device = &p->devices[tic->device_first];
	assert_string_equal(device->id, "d-tic");
	assert_true(device->totals && device->miss_in == 0.003 && device->miss_out == 0.002 && device->period_s == 60);
	assert_true(p->checkpoints[plan_find_checkpoint(p, TEXT("east"))].exit_use);
	assert_false(tic->exit_use);
	NEAR(p->links[0].length_m, 10, 1e-6);
	assert_int_equal(p->posts[0].zone, plan_find_zone(p, TEXT("holding")));
	assert_string_equal(p->cameras[0].watches[0], "tic");
	plan_free(p);
}

static void outside_is_zone_zero_whether_or_not_it_is_drawn(void **state)
{
	(void)state;
	struct plan *p = read_good(good_plan);
	assert_int_equal(plan_find_zone(p, TEXT("outside")), 0);
	assert_int_equal(p->zones[0].feature, UINT32_MAX);
	plan_free(p);
	char *text = spoiled(good_plan, "\"features\":[\n",
		"\"features\":[\n{\"type\":\"Feature\",\"properties\":{\"id\":\"outside\","
		"\"kind\":\"zone\",\"use\":\"outside\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
		"[[[-100,-100],[200,-100],[200,-5],[-100,-5],[-100,-100]]]}},\n");
	p = read_good(text);
	assert_int_equal(plan_find_zone(p, TEXT("outside")), 0);
	assert_int_equal(p->zone_count, 5);
	NEAR(p->zones[0].area_m2, 300 * 95, 1e-6);
	plan_free(p);
	free(text);
	assert_int_equal(UINT32_MAX, NAMES_NONE); /* what plan_find_* gives for none */
}

static void findings_name_the_line_of_their_feature(void **state)
{
	(void)state;
	struct plan *p = NULL;
	struct plan_findings f = {0};
	/* The good plan's head stands on line 2, its first feature on line 7. */
	char *text = spoiled(good_plan, "\"use\":\"holding\"", "\"use\":\"hall\"");
	assert_int_equal(plan_read(text_of(text), &p, &f, NULL), ERR_NONE);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.items[0].line, 8);
	assert_string_equal(f.items[0].field, "properties.use");
	assert_int_equal(p->head_line, 2);
	assert_int_equal(p->features[0].line, 7);
	plan_free(p);
	plan_findings_free(&f);
	free(text);
}

static void a_file_that_qgis_has_saved_is_read_the_same(void **state)
{
	(void)state;
	/* A byte order mark, nulls in every column, row numbers as ids, whole numbers as reals, Multi geometry. */
	char *nulls = spoiled(good_plan, "\"kind\":\"asset\"",
		"\"kind\":\"asset\",\"seats\":null,\"lanes\":null,\"no_such\":null");
	char *multi = spoiled(nulls, "{\"type\":\"Point\",\"coordinates\":[50,50]}",
		"{\"type\":\"MultiPoint\",\"coordinates\":[[50,50,12.5]]}");
	char *real = spoiled(multi, "\"seats\":1000", "\"seats\":1000.0");
	char *numbered = spoiled(real, "{\"type\":\"Feature\",", "{\"type\":\"Feature\",\"id\":4,");
	char *marked = spoiled(numbered, "{\"type\":\"FeatureCollection\"",
		"\xef\xbb\xbf{\"type\":\"FeatureCollection\",\"crs\":{\"a\":1}");
	struct plan *p = read_good(marked);
	assert_int_equal(p->feature_count, 17);
	assert_int_equal(p->zones[plan_find_zone(p, TEXT("stand"))].seats, 1000);
	plan_free(p);
	free(marked);
	free(numbered);
	free(real);
	free(multi);
	free(nulls);
}

/* ---- where things are ---- */

static void local_metres_with_a_georeference_are_turned_and_placed(void **state)
{
	(void)state;
	/* The point (10, 20) of the drawing lies at 113.2 E, 36.2 N; its x axis points north (90 degrees from east). */
	char *text = spoiled(good_plan, "\"coordinates\":\"local\"",
		"\"coordinates\":\"local\",\"georeference\":{\"lon\":113.2,"
		"\"lat\":36.2,\"x_m\":10,\"y_m\":20,\"rotation_deg\":90}");
	struct plan *p = read_good(text);
	assert_true(p->located);
	/* [50,50] is 40 along x and 30 along y of the drawing: 40 m north and 30 m west. */
	struct point_m aid = place_of(p, "aid");
	NEAR(aid.x_m, -30, 1e-9);
	NEAR(aid.y_m, 40, 1e-9);
	struct lon_lat there = plan_locate(p, aid);
	NEAR(there.lat_deg, 36.2 + 40 / 110963.0, 1e-7);
	NEAR(there.lon_deg, 113.2 - 30 / (111320.0 * cos(36.2 / 57.29578)), 3e-6);
	struct point_m in_file = plan_position_in_file(p, aid);
	NEAR(in_file.x_m, 50, 1e-9);
	NEAR(in_file.y_m, 50, 1e-9);
	NEAR(p->zones[plan_find_zone(p, TEXT("holding"))].area_m2, 1200, 1e-6);
	plan_free(p);
	free(text);
}

static const char on_globe[] =
	"{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"x\",\"coordinates\":\"%s\",\"expected_ppl\":10,"
	"\"approved_ppl\":10,\"timetable\":{\"doors\":\"2026-11-24T18:00:00Z\",\"start\":\"2026-11-24T19:00:00Z\"}},"
	"\"features\":[{\"type\":\"Feature\",\"id\":\"hall\",\"properties\":{\"kind\":\"zone\",\"use\":\"stand\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[121.5315418592,31.1753039836],[121.5325418592,31.1753039836],"
	"[121.5325418592,31.1763039836],"
	"[121.5315418592,31.1763039836],[121.5315418592,31.1753039836]]]}}]}";

static void gcj02_is_converted_when_read_and_never_kept(void **state)
{
	(void)state;
	char text[2048];
	/* The published pair: GCJ-02 121.53154, 31.17530 is WGS 84 121.5272106, 31.1774276. */
	snprintf(text, sizeof(text), on_globe, "gcj02");
	struct plan *p = read_good(text);
	struct lon_lat corner = plan_locate(p, place_of(p, "hall"));
	NEAR(corner.lon_deg, 121.5272106, 1e-7);
	NEAR(corner.lat_deg, 31.1774276, 1e-7);
	plan_free(p);
	snprintf(text, sizeof(text), on_globe, "wgs84");
	p = read_good(text);
	corner = plan_locate(p, place_of(p, "hall"));
	NEAR(corner.lon_deg, 121.5315418592, 1e-9);
	/* 0.001 deg by 0.001 deg at 31.18 N: 95.33 m x 110.87 m. */
	NEAR(p->zones[1].area_m2, 95.33 * 110.87, 5);
	plan_free(p);
}

static void a_national_grid_is_brought_to_the_origin(void **state)
{
	(void)state;
	/* The same hall in Gauss-Krueger metres with the zone number in front; only "aid" is moved by hand. */
	char text[2048];
	snprintf(text, sizeof(text),
		"{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"x\",\"coordinates\":\"local\","
		"\"expected_ppl\":10,\"approved_ppl\":10,\"timetable\":{\"doors\":\"2026-11-24T18:00:00Z\",\"start\":"
		"\"2026-11-24T19:00:00Z\"}},\"features\":[{\"type\":\"Feature\",\"id\":\"hall\",\"properties\":{\"kind\":\"zone\","
		"\"use\":\"stand\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[38500010.5,4007020],[38500040.5,4007020],"
		"[38500040.5,4007040],[38500010.5,4007040],[38500010.5,4007020]]]}}]}");
	struct plan *p = read_good(text);
	NEAR(p->zones[1].area_m2, 600, 1e-4);
	struct point_m corner = place_of(p, "hall"), back = plan_position_in_file(p, corner);
	assert_true(fabs(corner.x_m) < 1000 && fabs(corner.y_m) < 1000);
	NEAR(back.x_m, 38500010.5, 1e-6);
	plan_free(p);
}

static void one_feature_with_exchanged_coordinates_does_not_drag_the_plan_away(void **state)
{
	(void)state;
	char text[2048];
	struct plan *p = NULL;
	struct plan_findings f = {0};
	snprintf(text, sizeof(text), on_globe, "wgs84");
	char *spoilt = spoiled(text, "\"features\":[",
		"\"features\":[{\"type\":\"Feature\",\"id\":\"p\",\"properties\":{\"kind\":\"post\"},"
		"\"geometry\":{\"type\":\"Point\",\"coordinates\":[31.17,81.53]}},{\"type\":\"Feature\",\"id\":\"q\",\"properties\":"
		"{\"kind\":\"post\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[121.532,31.1759]}},");
	assert_int_equal(plan_read(text_of(spoilt), &p, &f, NULL), ERR_NONE);
	assert_int_equal(f.count, 1);
	assert_string_equal(f.items[0].code, "geometry.far");
	assert_string_equal(f.items[0].feature, "p");
	assert_int_equal(p->feature_count, 2);
	assert_string_equal(p->features[p->zones[1].feature].id, "hall");
	plan_free(p);
	plan_findings_free(&f);
	free(spoilt);
}

/* ---- time ---- */

static void arrivals_follow_the_curve_in_straight_lines(void **state)
{
	(void)state;
	struct plan *p = read_good(good_plan);
	NEAR(plan_arrived_share(p, p->at_start), 0.95, 1e-12);
	NEAR(plan_arrived_share(p, p->at_start - 30 * 60000), 0.64, 1e-12);
	NEAR(plan_arrived_share(p, p->at_start - 37 * 60000 - 30000), 0.545, 1e-12); /* half way from 0.45 to 0.64 */
	NEAR(plan_arrived_share(p, p->at_start - 200 * 60000), 0, 1e-12);
	NEAR(plan_arrived_share(p, p->at_start + 200 * 60000), 1, 1e-12);
	NEAR(plan_arrived_share(p, AT_NONE), 0, 1e-12);
	for (int minute = -200; minute < 60; minute++)
		assert_true(plan_arrived_share(p, p->at_start + minute * 60000) <=
		            plan_arrived_share(p, p->at_start + (minute + 1) * 60000));
	plan_free(p);
	char *text = spoiled(good_plan, "\"arrivals\":\"default\"", "\"arrivals\":[[-60,0],[-30,0.8],[0,1]]");
	p = read_good(text);
	NEAR(plan_arrived_share(p, p->at_start - 45 * 60000), 0.4, 1e-12);
	plan_free(p);
	free(text);
}

/* ---- the browser's view ---- */

static void the_view_is_geojson_in_degrees_with_everything_resolved(void **state)
{
	(void)state;
	struct plan *p = read_good(good_plan);
	struct buf out;
	buf_init(&out, (size_t)4 << 20);
	assert_int_equal(plan_write_view(p, &out), ERR_NONE);
	json_t *root = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	json_t *features = json_object_get(root, "features"), *bounds = json_object_get(root, "bounds");
	assert_int_equal(json_array_size(features), p->feature_count);
	assert_int_equal(json_array_size(bounds), 4);
	assert_true(json_number_value(json_array_get(bounds, 0)) < json_number_value(json_array_get(bounds, 2)));
	for (size_t i = 0; i < json_array_size(features); i++) {
		json_t *one = json_array_get(features, i), *properties = json_object_get(one, "properties");
		assert_string_equal(json_string_value(json_object_get(one, "id")), p->features[i].id);
		assert_string_equal(json_string_value(json_object_get(properties, "kind")), plan_kind_word(p->features[i].kind));
		assert_true(json_is_string(json_object_get(json_object_get(properties, "name"), "zh")));
		assert_true(json_is_integer(json_object_get(properties, "level")));
	}
	json_t *concourse = json_object_get(json_array_get(features, 2), "properties");
	NEAR(json_number_value(json_object_get(concourse, "usable_m2")), 1000, 0.1);
	assert_int_equal(json_integer_value(json_object_get(concourse, "capacity_ppl")), 4700);
	assert_string_equal(json_string_value(json_object_get(concourse, "capacity_rule")), "green-guide");
	/* Unlocated: 60 m east of 0, 0 is 0.000539 degrees, seven decimals. */
	json_t *ring = json_array_get(json_object_get(json_object_get(json_array_get(features, 0), "geometry"),
		"coordinates"), 0);
	NEAR(json_number_value(json_array_get(json_array_get(ring, 1), 0)), 0.000539, 1e-7);
	json_t *head = json_object_get(root, "cordon");
	assert_string_equal(json_string_value(json_object_get(json_object_get(head, "timetable"), "start")),
		"2026-11-24T19:30:00.000+08:00");
	json_decref(root);
	buf_free(&out);
	plan_free(p);
}

static void the_view_can_be_read_as_a_plan_again(void **state)
{
	(void)state;
	char text[2048];
	snprintf(text, sizeof(text), on_globe, "wgs84");
	struct plan *p = read_good(text), *again = NULL;
	struct plan_findings f = {0};
	struct buf out;
	buf_init(&out, (size_t)4 << 20);
	assert_int_equal(plan_write_view(p, &out), ERR_NONE);
	assert_int_equal(plan_read((struct text){out.at, out.size}, &again, &f, NULL), ERR_NONE);
	print_findings(&f);
	assert_int_equal(f.errors, 0); /* the resolved properties are unknown to a plan, which is a warning */
	NEAR(again->zones[1].area_m2, p->zones[1].area_m2, 0.1);
	plan_findings_free(&f);
	buf_free(&out);
	plan_free(again);
	plan_free(p);
}

/* ---- what is no plan ---- */

static err_t refuse(const char *text, size_t size, struct problem *problem)
{
	struct plan *p = NULL;
	struct plan_findings f = {0};
	*problem = (struct problem){0};
	err_t error = plan_read((struct text){text, size}, &p, &f, problem);
	assert_true((error == ERR_NONE) == (p != NULL));
	plan_free(p);
	plan_findings_free(&f);
	return error;
}

static void what_is_not_geojson_is_refused_with_its_line(void **state)
{
	(void)state;
	static const char *const texts[] = {"", " ", "null", "[]", "{}", "{\"type\":\"FeatureCollection\"}",
		"{\"type\":\"Feature\"}",
		"{\"type\":\"FeatureCollection\",\"features\":{}}", "{\"type\":\"FeatureCollection\",\"features\":[}", "\xff\xfe{}",
		"{\"type\":\"FeatureCollection\",\"features\":[NaN]}", "{\"type\":\"FeatureCollection\",\"features\":[1e999]}",
		"{\"type\":\"FeatureCollection\",\"features\":[],\"features\":[]}", "{\"a\":\"\\u0000\"}"};
	struct problem problem;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(refuse(texts[i], strlen(texts[i]), &problem), ERR_PLAN_SYNTAX);
		assert_true(problem.detail[0] != '\0');
	}
	assert_int_equal(refuse("{\n\n\"type\": x}", 13, &problem), ERR_PLAN_SYNTAX);
	assert_int_equal(problem.line, 3);
	assert_int_equal(refuse(NULL, 0, &problem), ERR_PLAN_SYNTAX);
}

static void a_newer_plan_is_refused_by_name(void **state)
{
	(void)state;
	struct problem problem;
	char *text = spoiled(good_plan, "\"plan\":1", "\"plan\":2");
	assert_int_equal(refuse(text, strlen(text), &problem), ERR_PLAN_VERSION);
	assert_non_null(strstr(problem.detail, "version 2"));
	free(text);
}

/* A text of `count` times `piece` between two others. */
static char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
	size_t size = strlen(piece), at = strlen(before);
	char *text = malloc(at + size * count + strlen(after) + 1);
	memcpy(text, before, at);
	for (size_t i = 0; i < count; i++, at += size)
		memcpy(text + at, piece, size);
	memcpy(text + at, after, strlen(after) + 1);
	return text;
}

static void what_would_cost_the_parser_too_much_never_reaches_it(void **state)
{
	(void)state;
	static const struct { const char *piece; size_t count; } floods[] = {{"[", 100000}, {"{\"a\":", 100000}, {"[],",
		1400000},
		{"{},", 300001}, {"1,", 4000001}, {"{\"type\":\"Feature\"},", 20001}};
	struct problem problem;
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		char *text = repeated("{\"type\":\"FeatureCollection\",\"features\":[", floods[i].piece, floods[i].count, "0]}");
		assert_int_equal(refuse(text, strlen(text), &problem), ERR_PLAN_TOO_LARGE);
		assert_true(problem.detail[0] != '\0');
		free(text);
	}
}

static void more_zones_than_a_plan_may_have_are_refused(void **state)
{
	(void)state;
	size_t room = (size_t)5000 * 200, size = 0;
	struct problem problem;
	char *text = malloc(room);
	size += (size_t)snprintf(text, room, "{\"type\":\"FeatureCollection\",\"features\":[");
	for (int i = 0; i < PLAN_ZONES_MAX + 1; i++)
		size += (size_t)snprintf(text + size, room - size,
			"%s{\"type\":\"Feature\",\"id\":\"z%d\",\"properties\":{\"kind\":\"zone\","
			"\"use\":\"stand\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
			"[[[0,0],[1e-3,0],[1e-3,1e-3],[0,0]]]}}", i > 0 ? ","
				: "", i);
	size += (size_t)snprintf(text + size, room - size, "]}");
	assert_int_equal(refuse(text, size, &problem), ERR_PLAN_TOO_LARGE);
	free(text);
}

/* Any value in any place: findings or a refusal, never a crash, and the arena dies with the plan (ASan watches). */
static void every_value_of_a_plan_may_be_anything(void **state)
{
	(void)state;
	static const char *const junk[] = {"null", "true", "-1", "1e308", "\"\"", "\"x\"", "[]", "{}", "[[[]]]", "[1,2]",
		"[[1,2]]",
		"{\"zh\":1}", "\"outside\"", "99999999999", "[[[[0,0],[1e9,1],[2,2],[0,0]]]]", "\"2026-13-01T00:00:00Z\""};
	struct random r;
	size_t size = strlen(good_plan);
	random_seed(&r, 99);
	for (int round = 0; round < 3000; round++) {
		/* From a random colon or opening bracket to the end of the value that follows. */
		size_t at = random_below(&r, size - 1);
		while (good_plan[at] != ':' && good_plan[at] != '[')
			at = (at + 1) % (size - 1);
		size_t end = ++at;
		for (int depth = 0; end < size; end++) {
			char c = good_plan[end];
			if (depth == 0 && (c == ',' || c == ']' || c == '}'))
				break;
			depth += c == '[' || c == '{';
			depth -= c == ']' || c == '}';
			if (c == '"')
				end += strcspn(good_plan + end + 1, "\"") + 1;
		}
		end = end < size ? end : size; /* a colon in a string: the quotes that follow are taken the wrong way round */
		const char *with = junk[random_below(&r, sizeof(junk) / sizeof(junk[0]))];
		size_t length = strlen(with);
		char *text = malloc(size + length + 1);
		memcpy(text, good_plan, at);
		memcpy(text + at, with, length);
		memcpy(text + at + length, good_plan + end, size - end + 1);
		struct plan *p = NULL;
		struct plan_findings f = {0};
		if (plan_read(text_of(text), &p, &f, NULL) == ERR_NONE) {
			assert_int_equal(plan_check(p, &f), ERR_NONE);
			struct buf out;
			buf_init(&out, (size_t)4 << 20);
			assert_int_equal(plan_write_view(p, &out), ERR_NONE);
			buf_free(&out);
		}
		plan_free(p);
		plan_findings_free(&f);
		free(text);
	}
}

/* ---- files ---- */

static void a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	struct plan *p = NULL;
	struct plan_findings f = {0};
	struct problem problem = {0};
	assert_int_equal(plan_read_file("/nonexistent/plan.geojson", &p, &f, &problem), ERR_FILE_OPEN);
	assert_non_null(strstr(problem.detail, "/nonexistent/plan.geojson"));
	assert_int_equal(plan_read_file("/", &p, &f, &problem), ERR_FILE_OPEN); /* a folder */
	assert_null(p);
}

/* Where the real maps lie: CORDON_SHARED, or shared/ beside the repository. */
static const char *shared_map(char path[4096])
{
	const char *folder = getenv("CORDON_SHARED");
	if (folder != NULL)
		snprintf(path, 4096, "%s/data/maps/stade-louis-ii.geojson", folder);
	else
		snprintf(path, 4096, "%.*s../../../shared/data/maps/stade-louis-ii.geojson",
			(int)(strrchr(__FILE__, '/') - __FILE__ + 1), __FILE__);
	return path;
}

static void a_real_map_of_a_stadium_is_no_plan_and_says_so(void **state)
{
	(void)state;
	char path[4096];
	FILE *there = fopen(shared_map(path), "r");
	if (there == NULL) {
		print_message("SKIPPED: %s is not there (set CORDON_SHARED)\n", path);
		skip();
	}
	fclose(there);
	struct plan *p = NULL;
	struct plan_findings f = {0};
	assert_int_equal(plan_read_file(path, &p, &f, NULL), ERR_NONE);
	assert_string_equal(f.items[0].code, "head.missing");
	assert_int_equal(f.items[1].line, 2);
	assert_int_equal(f.count, PLAN_FINDINGS_MAX);
	assert_true(f.errors > 5000);
	assert_int_equal(p->feature_count, 0);
	assert_int_equal(plan_check(p, &f), ERR_NONE);
	plan_free(p);
	plan_findings_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_of_the_file_arrives),
		cmocka_unit_test(outside_is_zone_zero_whether_or_not_it_is_drawn),
		cmocka_unit_test(findings_name_the_line_of_their_feature),
		cmocka_unit_test(a_file_that_qgis_has_saved_is_read_the_same),
		cmocka_unit_test(local_metres_with_a_georeference_are_turned_and_placed),
		cmocka_unit_test(gcj02_is_converted_when_read_and_never_kept),
		cmocka_unit_test(a_national_grid_is_brought_to_the_origin),
		cmocka_unit_test(one_feature_with_exchanged_coordinates_does_not_drag_the_plan_away),
		cmocka_unit_test(arrivals_follow_the_curve_in_straight_lines),
		cmocka_unit_test(the_view_is_geojson_in_degrees_with_everything_resolved),
		cmocka_unit_test(the_view_can_be_read_as_a_plan_again),
		cmocka_unit_test(what_is_not_geojson_is_refused_with_its_line),
		cmocka_unit_test(a_newer_plan_is_refused_by_name),
		cmocka_unit_test(what_would_cost_the_parser_too_much_never_reaches_it),
		cmocka_unit_test(more_zones_than_a_plan_may_have_are_refused),
		cmocka_unit_test(every_value_of_a_plan_may_be_anything),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(a_real_map_of_a_stadium_is_no_plan_and_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
