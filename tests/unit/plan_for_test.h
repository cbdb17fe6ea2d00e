/* tests/unit/plan_for_test.h: a small plan without a fault, and ways to spoil it.
 *
 *   y 80 +-----------+
 *        |   stand   |  1,000 seats, 60 m x 20 m
 *     60 +----vom----+  transfer, and the link "stairs"
 *  west  | concourse |  east        exits: west 3 m over steps, east 4 m
 *     40 +----tic----+  ticket, 2 lanes of 10 a minute
 *        |  holding  |
 *     20 +----pre----+  pre-check, 2 lanes of 15 a minute
 *        | approach  |
 *      0 +----arr----+  transfer from outside
 *        0          60  x
 */
#ifndef CORDON_TESTS_PLAN_FOR_TEST_H
#define CORDON_TESTS_PLAN_FOR_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

static const char good_plan[] =
	"{\"type\":\"FeatureCollection\",\n"
	"\"cordon\":{\"plan\":1,\"name\":{\"zh\":\"小场馆\",\"en\":\"Small hall\"},\"coordinates\":\"local\",\n"
	" \"timetable\":{\"doors\":\"2026-11-24T18:00:00+08:00\",\"start\":\"2026-11-24T19:30:00+08:00\",\n"
	"  \"interval\":\"2026-11-24T20:15:00+08:00\",\"end\":\"2026-11-24T21:30:00+08:00\"},\n"
	" \"expected_ppl\":900,\"approved_ppl\":1000,\"rules\":\"green-guide\",\"evacuation_min\":8,"
	"\"arrivals\":\"default\"},\n"
	"\"features\":[\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"approach\",\"kind\":\"zone\",\"use\":\"approach\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[60,0],[60,20],[0,20],[0,0]]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"holding\",\"kind\":\"zone\",\"use\":\"holding\"},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,20],[60,20],[60,40],[0,40],[0,20]]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"concourse\",\"kind\":\"zone\",\"use\":\"concourse\","
	"\"obstructed_m2\":200},"
	"\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,40],[60,40],[60,60],[0,60],[0,40]]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"stand\",\"kind\":\"zone\",\"use\":\"stand\",\"seats\":1000,"
	"\"name\":{\"zh\":\"北看台\",\"en\":\"North stand\"}},"
	"\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,60],[60,60],[60,80],[0,80],[0,60]]]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"arr\",\"kind\":\"checkpoint\",\"stage\":\"transfer\","
	"\"from\":\"outside\","
	"\"to\":\"approach\",\"devices\":[{\"id\":\"d-arr\",\"kind\":\"camera\"}]},"
	"\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[0,0],[60,0]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"pre\",\"kind\":\"checkpoint\",\"stage\":\"precheck\","
	"\"from\":\"approach\","
	"\"to\":\"holding\",\"lanes\":[{\"id\":\"p1\",\"rate_ppl_min\":15},{\"id\":\"p2\",\"rate_ppl_min\":15}],"
	"\"devices\":[{\"id\":\"d-pre\",\"kind\":\"counter\",\"period_s\":30}]},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,20]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"tic\",\"kind\":\"checkpoint\",\"stage\":\"ticket\","
	"\"from\":\"holding\","
	"\"to\":\"concourse\",\"lanes\":[{\"id\":\"t1\",\"rate_ppl_min\":10},{\"id\":\"t2\",\"rate_ppl_min\":10,"
	"\"kind\":\"turnstile\"},"
	"{\"id\":\"t3\",\"rate_ppl_min\":10,\"open\":false}],"
	"\"devices\":[{\"id\":\"d-tic\",\"kind\":\"turnstile\",\"miss_in\":0.003,\"totals\":true}]},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,40]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"vom\",\"kind\":\"checkpoint\",\"stage\":\"transfer\","
	"\"from\":\"concourse\","
	"\"to\":\"stand\",\"devices\":[{\"id\":\"d-vom\",\"kind\":\"scanner\"}]},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,60]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"east\",\"kind\":\"checkpoint\",\"stage\":\"exit\","
	"\"from\":\"concourse\","
	"\"to\":\"outside\",\"width_m\":4,\"devices\":[{\"id\":\"d-east\",\"kind\":\"clicker\"}]},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[60,50]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"west\",\"kind\":\"checkpoint\",\"stage\":\"exit\","
	"\"from\":\"concourse\","
	"\"to\":\"outside\",\"width_m\":3,\"steps\":true,\"devices\":[{\"id\":\"d-west\",\"kind\":\"clicker\"}]},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[0,50]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"stairs\",\"kind\":\"link\",\"from\":\"concourse\",\"to\":\"stand\","
	"\"form\":\"stair\",\"width_m\":2},"
	"\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[10,55],[10,65]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"post-1\",\"kind\":\"post\",\"staff_ppl\":2,"
	"\"role\":\"steward\",\"zone\":\"holding\"},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[20,30]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"cam-1\",\"kind\":\"camera\",\"heading_deg\":180,"
	"\"watches\":[\"tic\"]},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,45]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"fence\",\"kind\":\"barrier\",\"form\":\"fence\",\"height_m\":2},"
	"\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[0,0],[0,40]]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"metro\",\"kind\":\"source\",\"form\":\"metro\",\"share\":1,"
	"\"to\":\"approach\","
	"\"batch_ppl\":200,\"headway_s\":300},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,-50]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"aid\",\"kind\":\"asset\",\"form\":\"first_aid\"},"
	"\"geometry\":{\"type\":\"Point\",\"coordinates\":[50,50]}},\n"
	"{\"type\":\"Feature\",\"properties\":{\"id\":\"way-in\",\"kind\":\"route\",\"form\":\"ingress\"},"
	"\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[30,-50],[30,60]]}}\n"
	"]}\n";

/* `text` with every `find` replaced; the caller frees. Ends the test program if `find` is not there: a test that
 * spoils nothing would pass for the wrong reason. */
static inline char *spoiled(const char *text, const char *find, const char *replace)
{
	size_t count = 0, size = strlen(find), with = strlen(replace);
	for (const char *p = text; (p = strstr(p, find)) != NULL; p += size)
		count++;
	char *out = count > 0 ? malloc(strlen(text) + count * with + 1) : NULL;
	if (out == NULL) {
		fprintf(stderr, "the plan does not have: %s\n", find);
		abort();
	}
	char *at = out;
	for (const char *p; (p = strstr(text, find)) != NULL; text = p + size) {
		memcpy(at, text, (size_t)(p - text));
		at += p - text;
		memcpy(at, replace, with);
		at += with;
	}
	memcpy(at, text, strlen(text) + 1);
	return out;
}

static inline const struct plan_finding *finding_of(const struct plan_findings *f, const char *code)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (strcmp(f->items[i].code, code) == 0)
			return &f->items[i];
	return NULL;
}

static inline void print_findings(const struct plan_findings *f)
{
	for (uint32_t i = 0; i < f->count; i++)
		fprintf(stderr, "  %d %s %s %s: %s\n", f->items[i].line, f->items[i].code, f->items[i].feature, f->items[i].field,
			f->items[i].text_en);
}

#endif
