/* Maps from strangers, through GDAL: any file is refused with a reason or gives a plan and a base map that are JSON, and the plan
 * can be read, checked and shown.
 *
 * The first byte says what the file is called (o .osm, p .osm.pbf, g .geojson, d .dxf, k .gpkg), the second which coordinates
 * are asked for (- the file's, l local, c gcj02). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"
#include "hold.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold_json(const struct buf *b, const char *what)
{
	json_error_t why;
	json_t *json = json_loadb(b->at == NULL ? "" : b->at, b->size, 0, &why);
	if (json == NULL)
		fprintf(stderr, "%s: %.*s\n", why.text, (int)(b->size < 4000 ? b->size : 4000), b->at);
	hold(json != NULL, what);
	json_decref(json);
}

static void use(const struct buf *text)
{
	struct plan *p = NULL;
	struct plan_findings findings = {0};
	struct problem problem = {0};
	err_t error = plan_read((struct text){text->at, text->size}, &p, &findings, &problem);
	if (error != ERR_NONE)
		fprintf(stderr, "%s %s %s\n", error_row(error)->code, problem.field, problem.detail);
	hold(error == ERR_NONE || findings.count > 0 || problem.detail[0] != '\0', "a plan that cannot be read says why");
	if (error == ERR_NONE) {
		struct buf out;
		buf_init(&out, (size_t)64 << 20);
		hold(plan_check(p, &findings) == ERR_NONE && plan_write_view(p, &out) == ERR_NONE, "an imported plan is shown");
		buf_free(&out);
	}
	hold(error == ERR_NONE, "an imported plan is read");
	plan_free(p);
	plan_findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct { char sign; const char *ending; } files[] = {{'o', "osm"}, {'p', "osm.pbf"}, {'g', "geojson"},
		{'d', "dxf"}, {'k', "gpkg"}};
	const char *ending = NULL;
	if (size < 2)
		return 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if ((char)data[0] == files[i].sign)
			ending = files[i].ending;
	if (ending == NULL)
		return 0;
	const char *coordinates = data[1] == 'l' ? "local" : data[1] == 'c' ? "gcj02" : NULL;
	char path[96];
	snprintf(path, sizeof(path), "%s/map.%s", scratch_dir(), ending);
	scratch_write(path, data + 2, size - 2);
	struct buf plan, base;
	struct plan_import_counts counts;
	struct problem problem = {0};
	buf_init(&plan, (size_t)64 << 20);
	buf_init(&base, (size_t)64 << 20);
	err_t error = plan_import(path, coordinates, "base.geojson", NULL, NULL, &plan, &base, &counts, &problem);
	hold(text_valid_utf8(text_of(problem.detail)), "a reason is text");
	if (error == ERR_NONE) {
		hold_json(&plan, "a plan is JSON");
		hold_json(&base, "a base map is JSON");
		use(&plan);
	}
	buf_free(&plan);
	buf_free(&base);
	unlink(path);
	return 0;
}
