/* The import of maps: on real ones where the shared data are there, on small ones made here, and on broken ones. */
#include <gdal.h>
#include <math.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "tree_for_test.h"

#include "base/random.h"
#include "plan/plan.h"

struct imported {
	struct buf plan, base;
	struct plan_import_counts counts;
	struct problem problem;
	err_t error;
};

static void note_progress(void *ctx, double share)
{
	double *last = ctx;
	assert_true(share >= *last && share <= 1);
	*last = share;
}

static void bring_in(const char *path, const char *coordinates, struct imported *in)
{
	double last = 0;
	memset(in, 0, sizeof(*in));
	buf_init(&in->plan, (size_t)64 << 20);
	buf_init(&in->base, (size_t)64 << 20);
	in->error = plan_import(path, coordinates, "venue.base.geojson", note_progress, &last, &in->plan, &in->base,
	                        &in->counts, &in->problem);
	if (in->error == ERR_NONE)
		assert_true(last == 1);
}

static void put_away(struct imported *in)
{
	buf_free(&in->plan);
	buf_free(&in->base);
}

/* The plan reads and its check finds no error. The caller frees it. */
static struct plan *passes_check(const struct imported *in)
{
	struct plan *plan = NULL;
	struct plan_findings findings = {0};
	struct problem problem = {0};
	assert_int_equal(in->error, ERR_NONE);
	assert_int_equal(plan_read((struct text){in->plan.at, in->plan.size}, &plan, &findings, &problem), ERR_NONE);
	assert_int_equal(plan_check(plan, &findings), ERR_NONE);
	for (uint32_t i = 0; i < findings.count; i++)
		if (findings.items[i].severity == PLAN_ERROR)
			print_error("%d: %s: %s\n", findings.items[i].line, findings.items[i].feature, findings.items[i].text_en);
	assert_int_equal(findings.errors, 0);
	plan_findings_free(&findings);
	return plan;
}

static uint32_t zones_of(const struct plan *p, enum plan_use use)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < p->zone_count; i++)
		count += p->zones[i].use == use && p->zones[i].feature != UINT32_MAX;
	return count;
}

static uint32_t layers_of(const struct imported *in, const char *layer)
{
	char wanted[64];
	uint32_t count = 0;
	snprintf(wanted, sizeof(wanted), "\"layer\":\"%s\"", layer);
	for (const char *at = in->base.at; (at = strstr(at, wanted)) != NULL; at++)
		count++;
	return count;
}

/* ---- real maps ---- */

static void the_stadium_in_monaco_is_counted_as_its_sources_say(void **state)
{
	char path[TREE_PATH];
	struct imported in;
	(void)state;
	if (!tree_shared("data/maps/stade-louis-ii.osm", path))
		skip();
	bring_in(path, NULL, &in);
	struct plan *plan = passes_check(&in);
	assert_int_equal(in.counts.footways, 581);
	assert_int_equal(in.counts.steps, 112);
	assert_int_equal(in.counts.barriers, 91);
	assert_int_equal(in.counts.entrances, 48);
	assert_int_equal(in.counts.gates, 15);
	/* 339 ways and 8 relations are tagged building; of two relations the cut lacks members, so they have no outline. */
	assert_int_equal(in.counts.buildings, 345);
	assert_string_equal(plan->venue.en, "Louis II Stadium");
	assert_int_equal(plan->approved_ppl, 18523);
	assert_non_null(strstr(plan->attribution, "OpenStreetMap"));
	assert_string_equal(plan->base, "venue.base.geojson");
	assert_int_equal(zones_of(plan, PLAN_PITCH), 1);
	assert_true(zones_of(plan, PLAN_STAND) >= 2);
	assert_true(plan->source_count > 1 && plan->link_count > 1);
	assert_true(layers_of(&in, "footway") > 500 && layers_of(&in, "building") > 300);
	plan_free(plan);
	put_away(&in);
}

static void the_same_map_as_geojson_gives_the_same_counts(void **state)
{
	char path[TREE_PATH];
	struct imported osm, geojson;
	(void)state;
	if (!tree_shared("data/maps/stade-louis-ii.osm", path))
		skip();
	bring_in(path, NULL, &osm);
	if (!tree_shared("data/maps/stade-louis-ii.geojson", path))
		skip();
	bring_in(path, NULL, &geojson);
	plan_free(passes_check(&geojson));
	assert_memory_equal(&osm.counts, &geojson.counts, sizeof(osm.counts));
	put_away(&osm);
	put_away(&geojson);
}

static void every_other_real_map_gives_a_plan_without_errors(void **state)
{
	static const struct { const char *name; uint32_t footways, steps, barriers, entrances; } maps[] = {
		{"data/maps/monaco-2025-02-11.osm.pbf", 1612, 426, 323, 100},
		{"data/maps/liechtenstein-2013-08-03.osm.pbf", 249, 34, 57, 0},
		{"data/maps/paris-eiffel-tower.osm", 46, 3, 11, 4},
		{"data/maps/breda-grote-markt.osm", 0, 0, 2, 0},
	};
	char path[TREE_PATH];
	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct imported in;
		if (!tree_shared(maps[i].name, path))
			skip();
		bring_in(path, NULL, &in);
		plan_free(passes_check(&in));
		assert_int_equal(in.counts.footways, maps[i].footways);
		assert_int_equal(in.counts.steps, maps[i].steps);
		assert_int_equal(in.counts.barriers, maps[i].barriers);
		assert_int_equal(in.counts.entrances, maps[i].entrances);
		put_away(&in);
	}
}

/* ---- small maps made here ---- */

static void temporary(char out[64], const char *ending, const char *text, size_t size)
{
	snprintf(out, 64, "/tmp/cordon-import-XXXXXX%s", ending);
	int file = mkstemps(out, (int)strlen(ending));
	assert_true(file >= 0);
	assert_true(write(file, text, size) == (ssize_t)size);
	close(file);
}

static void add_dxf_line(struct buf *b, const char *layer, bool closed, const double (*points)[2], size_t count)
{
	buf_addf(b, "0\nLWPOLYLINE\n100\nAcDbEntity\n8\n%s\n100\nAcDbPolyline\n90\n%zu\n70\n%d\n", layer, count, closed ? 1 : 0);
	for (size_t i = 0; i < count; i++)
		buf_addf(b, "10\n%.3f\n20\n%.3f\n", points[i][0], points[i][1]);
}

/* A hall of 60 x 40 m in millimetres:  +--G---+
 *                                      |SSSSSS|
 *                                      | PPPP |
 *                                      +------+  */
static void make_dxf(struct buf *b, const char *unit)
{
	static const double wall[][2] = {{0, 0}, {60000, 0}, {60000, 40000}, {0, 40000}};
	static const double stand[][2] = {{5000, 25000}, {55000, 25000}, {55000, 35000}, {5000, 35000}};
	static const double pitch[][2] = {{10000, 5000}, {50000, 5000}, {50000, 20000}, {10000, 20000}};
	static const double stairs[][2] = {{20000, 40500}, {20000, 60000}, {20000, 90000}};
	static const double fence[][2] = {{-5000, -5000}, {70000, -5000}};
	buf_addf(b, "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n%s0\nENDSEC\n0\nSECTION\n2\nENTITIES\n", unit);
	add_dxf_line(b, "A-VENUE", true, wall, 4);
	add_dxf_line(b, "STAND-1", true, stand, 4);
	add_dxf_line(b, "PITCH", true, pitch, 4);
	add_dxf_line(b, "Stairs", false, stairs, 3);
	add_dxf_line(b, "S-FENCE", false, fence, 2);
	buf_add_str(b, "0\nPOINT\n8\nGATES\n10\n30000\n20\n40000\n0\nENDSEC\n0\nEOF\n");
}

static void hall_is_60_m_wide(const char *unit)
{
	struct buf dxf;
	struct imported in;
	char path[64];
	buf_init(&dxf, 65536);
	make_dxf(&dxf, unit);
	temporary(path, ".dxf", dxf.at, dxf.size);
	bring_in(path, NULL, &in);
	unlink(path);
	struct plan *plan = passes_check(&in);
	assert_false(plan->located);
	assert_int_equal(zones_of(plan, PLAN_STAND), 1);
	assert_int_equal(zones_of(plan, PLAN_PITCH), 1);
	uint32_t stand = plan_find_zone(plan, TEXT("stand-1")), gate = plan_find_checkpoint(plan, TEXT("gate-1"));
	assert_true(stand != UINT32_MAX && gate != UINT32_MAX);
	assert_true(fabs(plan->zones[stand].area_m2 - 500) < 5);
	assert_int_equal(plan->checkpoints[gate].stage, PLAN_TICKET);
	assert_int_equal(in.counts.steps, 1);
	assert_int_equal(in.counts.barriers, 1);
	assert_int_equal(in.counts.gates, 1);
	plan_free(plan);
	put_away(&in);
	buf_free(&dxf);
}

static void a_drawing_in_millimetres_becomes_a_local_plan_in_metres(void **state)
{
	(void)state;
	hall_is_60_m_wide("9\n$INSUNITS\n70\n4\n");
}

static void a_drawing_that_hides_its_unit_is_taken_for_millimetres_if_it_is_kilometres_wide(void **state)
{
	(void)state;
	hall_is_60_m_wide("");
}

static const char small_map[] =
	"{\"type\":\"FeatureCollection\",\"features\":["
	"{\"type\":\"Feature\",\"properties\":{\"leisure\":\"stadium\",\"name\":\"Ground\",\"capacity\":\"5000\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[113.2,36.2],[113.202,36.2],[113.202,36.2015],[113.2,36.2015],"
	"[113.2,36.2]]]}},"
	"{\"type\":\"Feature\",\"properties\":{\"barrier\":\"gate\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":"
	"[113.201,36.2]}},"
	"{\"type\":\"Feature\",\"properties\":{\"entrance\":\"exit\",\"width\":\"3.5\"},\"geometry\":{\"type\":\"Point\","
	"\"coordinates\":[113.202,36.201]}},"
	"{\"type\":\"Feature\",\"properties\":{\"highway\":\"footway\",\"width\":\"4\"},\"geometry\":{\"type\":\"LineString\","
	"\"coordinates\":[[113.201,36.199],[113.201,36.1999],[113.201,36.2002]]}},"
	"{\"type\":\"Feature\",\"properties\":{\"railway\":\"subway_entrance\",\"name\":\"C\"},\"geometry\":{\"type\":\"Point\","
	"\"coordinates\":[113.203,36.199]}},"
	"{\"type\":\"Feature\",\"properties\":{\"amenity\":\"toilets\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":"
	"[113.2005,36.1998]}}]}";

static void a_small_geojson_gives_gate_exit_link_source_and_asset(void **state)
{
	struct imported in;
	char path[64];
	(void)state;
	temporary(path, ".geojson", small_map, sizeof(small_map) - 1);
	bring_in(path, NULL, &in);
	unlink(path);
	struct plan *plan = passes_check(&in);
	uint32_t exit = plan_find_checkpoint(plan, TEXT("exit-1"));
	assert_true(exit != UINT32_MAX && plan_find_checkpoint(plan, TEXT("gate-1")) != UINT32_MAX);
	assert_true(plan->checkpoints[exit].width_m == 3.5);
	assert_int_equal(plan->link_count, 1);
	assert_true(plan->links[0].width_m == 4);
	assert_int_equal(plan->source_count, 1);
	assert_true(plan->sources[0].share == 1);
	assert_string_equal(plan->sources[0].form, "metro");
	assert_int_equal(plan->expected_ppl, 5000);
	assert_non_null(strstr(in.plan.at, "\"form\":\"toilet\""));
	plan_free(plan);
	put_away(&in);
}

static struct lon_lat place_of_gate(const struct imported *in)
{
	struct plan *plan = passes_check(in);
	uint32_t gate = plan_find_checkpoint(plan, TEXT("gate-1"));
	assert_true(gate != UINT32_MAX);
	struct lon_lat at = plan_locate(plan, geo_centre(&plan->features[plan->checkpoints[gate].feature].shape));
	plan_free(plan);
	return at;
}

static void shifted_degrees_of_chinese_map_products_are_moved_back(void **state)
{
	struct imported plain, shifted;
	char path[64];
	(void)state;
	temporary(path, ".geojson", small_map, sizeof(small_map) - 1);
	bring_in(path, NULL, &plain);
	bring_in(path, "gcj02", &shifted);
	unlink(path);
	struct lon_lat drawn = place_of_gate(&plain), moved = place_of_gate(&shifted);
	struct lon_lat expected = geo_wgs84_from_gcj02(drawn);
	assert_true(fabs(moved.lon_deg - expected.lon_deg) < 2e-5 && fabs(moved.lat_deg - expected.lat_deg) < 2e-5);
	assert_true(fabs(moved.lon_deg - drawn.lon_deg) > 1e-3); /* some 500 m at this place */
	put_away(&plain);
	put_away(&shifted);
}

static OGRGeometryH square_at(double x, double y, double side)
{
	OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing), polygon = OGR_G_CreateGeometry(wkbPolygon);
	const double corners[5][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
	for (size_t i = 0; i < 5; i++)
		OGR_G_AddPoint_2D(ring, x + side * corners[i][0], y + side * corners[i][1]);
	OGR_G_AddGeometryDirectly(polygon, ring);
	return polygon;
}

/* In UTM zone 49N, as survey offices give it, with other_tags as GDAL writes them. */
static void make_gpkg(const char *path)
{
	GDALAllRegister();
	GDALDatasetH set = GDALCreate(GDALGetDriverByName("GPKG"), path, 0, 0, 0, GDT_Unknown, NULL);
	assert_non_null(set);
	OGRSpatialReferenceH utm = OSRNewSpatialReference(NULL);
	assert_int_equal(OSRImportFromEPSG(utm, 32649), OGRERR_NONE);
	OGRLayerH layer = GDALDatasetCreateLayer(set, "multipolygons", utm, wkbPolygon, NULL);
	OGRFieldDefnH field = OGR_Fld_Create("other_tags", OFTString);
	OGR_L_CreateField(layer, field, TRUE);
	OGR_Fld_Destroy(field);
	const struct { const char *tags; double x, y, side; } areas[] = {
		{"\"leisure\"=>\"stadium\",\"name\"=>\"A \\\"B\\\"\"", 600000, 4000000, 150},
		{"\"building\"=>\"yes\"", 600300, 4000000, 30},
	};
	for (size_t i = 0; i < 2; i++) {
		OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
		OGR_F_SetFieldString(feature, 0, areas[i].tags);
		OGR_F_SetGeometryDirectly(feature, square_at(areas[i].x, areas[i].y, areas[i].side));
		assert_int_equal(OGR_L_CreateFeature(layer, feature), OGRERR_NONE);
		OGR_F_Destroy(feature);
	}
	OSRRelease(utm);
	GDALClose(set);
}

static void a_geopackage_in_projected_metres_comes_out_in_degrees(void **state)
{
	struct imported in;
	char path[64];
	(void)state;
	temporary(path, ".gpkg", "", 0);
	unlink(path);
	make_gpkg(path);
	bring_in(path, NULL, &in);
	unlink(path);
	struct plan *plan = passes_check(&in);
	assert_true(plan->located);
	assert_string_equal(plan->venue.en, "A \"B\"");
	struct lon_lat at = plan_locate(plan, (struct point_m){0, 0});
	assert_true(at.lon_deg > 112 && at.lon_deg < 112.3 && at.lat_deg > 36 && at.lat_deg < 36.3);
	double area_m2 = plan->zones[plan_find_zone(plan, TEXT("concourse"))].area_m2;
	assert_true(area_m2 > 22450 && area_m2 < 22550); /* 150 m square; UTM's scale is 0.9997 here */
	assert_int_equal(in.counts.buildings, 1);
	assert_int_equal(layers_of(&in, "building"), 1);
	plan_free(plan);
	put_away(&in);
}

/* ---- broken files ---- */

static void refused(const char *ending, const char *text, size_t size, err_t expected)
{
	struct imported in;
	char path[64];
	temporary(path, ending, text, size);
	bring_in(path, NULL, &in);
	unlink(path);
	assert_int_equal(in.error, expected);
	assert_true(in.problem.detail[0] != '\0' && text_valid_utf8(text_of(in.problem.detail)));
	put_away(&in);
}

static void broken_files_are_refused_with_a_reason(void **state)
{
	static const char empty[] = "{\"type\":\"FeatureCollection\",\"features\":[]}";
	static const char nowhere[] = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":"
		"{\"building\":\"yes\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[500000,4000000]}}]}";
	static const char cut[] = "<?xml version='1.0'?><osm version=\"0.6\"><node id=\"1\" lat=\"43.7\" lon=\"7.4\"><tag k=\"en";
	static const char bomb[] = "<?xml version=\"1.0\"?><!DOCTYPE osm [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
		"<osm version=\"0.6\"><node id=\"1\" lat=\"1\" lon=\"1\"><tag k=\"building\" v=\"&b;\"/></node></osm>";
	static const char *const endings[] = {".osm", ".osm.pbf", ".geojson", ".dxf", ".gpkg"};
	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		refused(endings[i], "", 0, ERR_IMPORT_FORMAT);
		refused(endings[i], "\0\1\2\3 not a map", 14, ERR_IMPORT_FORMAT);
	}
	refused(".geojson", empty, sizeof(empty) - 1, ERR_IMPORT_FORMAT);
	refused(".geojson", nowhere, sizeof(nowhere) - 1, ERR_IMPORT_FORMAT);
	refused(".osm", cut, sizeof(cut) - 1, ERR_IMPORT_FORMAT);
	refused(".osm", bomb, sizeof(bomb) - 1, ERR_IMPORT_FORMAT);
	refused(".shp", "x", 1, ERR_IMPORT_FORMAT);
}

/* SQLite's complaint quotes the file. */
static void a_reason_is_text_even_where_the_file_is_none(void **state)
{
	char path[64], text[131072];
	(void)state;
	temporary(path, ".gpkg", "", 0);
	unlink(path);
	make_gpkg(path);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t size = fread(text, 1, sizeof(text), file);
	fclose(file);
	unlink(path);
	char *name = memmem(text, size, "sqlite_autoindex_gpkg_contents_1", 32);
	assert_non_null(name);
	name[20] = '\xFF';
	refused(".gpkg", text, size, ERR_IMPORT_FORMAT);
	memcpy(name + 20, "\xE5\x9C-", 3);
	refused(".gpkg", text, size, ERR_IMPORT_FORMAT);
}

/* GDAL waits for the end of a line behind the NUL for ever. */
static void a_drawing_with_a_nul_is_refused_at_once(void **state)
{
	static const char head[] = "0\nSECTION\n2\nHEADER\n9\n$X\n1\nL\r\0\n9\n$X\n9\n$X\n9\n$X\n9\n$X\n9\n$X\n0\nENDSEC\n0\nEOF\n";
	struct buf dxf;
	(void)state;
	alarm(60);
	refused(".dxf", head, sizeof(head) - 1, ERR_IMPORT_FORMAT);
	buf_init(&dxf, (size_t)1 << 20);
	make_dxf(&dxf, "");
	for (size_t at = 0; at < dxf.size; at += 11) {
		char was = dxf.at[at];
		dxf.at[at] = '\0';
		refused(".dxf", dxf.at, dxf.size, ERR_IMPORT_FORMAT);
		dxf.at[at] = was;
	}
	for (int i = 0; i < 60000; i++) /* far behind what is read at once */
		buf_add_str(&dxf, "999\nx\n");
	dxf.at[dxf.size - 1] = '\0';
	refused(".dxf", dxf.at, dxf.size, ERR_IMPORT_FORMAT);
	alarm(0);
	buf_free(&dxf);
}

static void paths_that_are_no_plain_files_are_not_opened(void **state)
{
	static const char *const paths[] = {"/vsicurl/http://127.0.0.1:1/x.osm", "/vsimem/x.geojson", "no-such-file.osm", "/dev/zero",
		"/vsizip/a.zip/b.geojson", "http://127.0.0.1:1/x.geojson"};
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct imported in;
		bring_in(paths[i], NULL, &in);
		assert_int_equal(in.error, ERR_FILE_OPEN);
		put_away(&in);
	}
}

/* Bytes changed at random: a plan or an error, never a crash (the sanitizers watch). */
static void damaged_maps_never_crash(void **state)
{
	struct buf dxf;
	struct random r;
	char path[64], *text;
	(void)state;
	buf_init(&dxf, 65536);
	make_dxf(&dxf, "9\n$INSUNITS\n70\n4\n");
	random_seed(&r, 7);
	for (int round = 0; round < 60; round++) {
		bool drawing = round % 2 == 0;
		size_t size = drawing ? dxf.size : sizeof(small_map) - 1;
		text = malloc(size);
		assert_non_null(text);
		memcpy(text, drawing ? dxf.at : small_map, size);
		for (uint64_t k = 0; k < 1 + random_below(&r, 12); k++)
			text[random_below(&r, size)] = (char)random_below(&r, 256);
		struct imported in;
		temporary(path, drawing ? ".dxf" : ".geojson", text, size);
		bring_in(path, NULL, &in);
		unlink(path);
		assert_true(in.error == ERR_NONE || in.error == ERR_IMPORT_FORMAT);
		put_away(&in);
		free(text);
	}
	buf_free(&dxf);
}

/* Digits changed at random: places thrown over the globe, outlines that cross themselves. What comes out passes its check. */
static void maps_with_wrong_figures_still_give_plans_that_pass_their_check(void **state)
{
	struct random r;
	char path[64], text[sizeof(small_map)];
	(void)state;
	random_seed(&r, 11);
	for (int round = 0; round < 80; round++) {
		struct imported in;
		memcpy(text, small_map, sizeof(text));
		for (uint64_t k = 0; k < 40; k++) {
			char *at = &text[random_below(&r, sizeof(text) - 1)];
			*at = *at >= '0' && *at <= '9' ? (char)('0' + random_below(&r, 10)) : *at;
		}
		temporary(path, ".geojson", text, sizeof(text) - 1);
		bring_in(path, NULL, &in);
		unlink(path);
		if (in.error == ERR_NONE)
			plan_free(passes_check(&in));
		else
			assert_int_equal(in.error, ERR_IMPORT_FORMAT);
		put_away(&in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stadium_in_monaco_is_counted_as_its_sources_say),
		cmocka_unit_test(the_same_map_as_geojson_gives_the_same_counts),
		cmocka_unit_test(every_other_real_map_gives_a_plan_without_errors),
		cmocka_unit_test(a_drawing_in_millimetres_becomes_a_local_plan_in_metres),
		cmocka_unit_test(a_drawing_that_hides_its_unit_is_taken_for_millimetres_if_it_is_kilometres_wide),
		cmocka_unit_test(a_small_geojson_gives_gate_exit_link_source_and_asset),
		cmocka_unit_test(shifted_degrees_of_chinese_map_products_are_moved_back),
		cmocka_unit_test(a_geopackage_in_projected_metres_comes_out_in_degrees),
		cmocka_unit_test(broken_files_are_refused_with_a_reason),
		cmocka_unit_test(a_reason_is_text_even_where_the_file_is_none),
		cmocka_unit_test(a_drawing_with_a_nul_is_refused_at_once),
		cmocka_unit_test(paths_that_are_no_plain_files_are_not_opened),
		cmocka_unit_test(damaged_maps_never_crash),
		cmocka_unit_test(maps_with_wrong_figures_still_give_plans_that_pass_their_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
