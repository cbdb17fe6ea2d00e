/* tests/unit/rehearse_for_test.h: a small place whose rehearsal can be reckoned by hand.
 *
 *   y 60 +-----+-------+
 *        | W300|  E600 |  stands with seats
 *     40 +-vw--+--ve---+  transfers, 4 m
 *  exit-w|    hall     |exit-e   2 m and 4 m
 *     20 +----check----+  security: lanes as asked for
 *        |    hold     |  holding: capacity as asked for
 *      0 +----gate-----+  transfer from outside, 10 m
 *        0     30     60
 *             source at (30, -50)
 */
#ifndef CORDON_TESTS_REHEARSE_FOR_TEST_H
#define CORDON_TESTS_REHEARSE_FOR_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rehearse/rehearse.h"

struct small_place {
	uint32_t ppl;
	const char *lanes;    /* JSON list */
	const char *arrivals; /* JSON */
	uint32_t holds_ppl;   /* 0: by its area */
	int mirrored;         /* 1: x becomes 60 - x */
	int seats_w, seats_e; /* 0: 300, 600 */
};

#define TWO_LANES "[{\"id\":\"1\",\"rate_ppl_min\":8},{\"id\":\"2\",\"rate_ppl_min\":8},{\"id\":\"3\",\"rate_ppl_min\":8,\"open\":false}]"
#define EVEN_HOUR "[[-60,0],[0,1]]"

static inline char *place_text(const struct small_place *s)
{
	static char text[16384];
	char zones[4096], ways[4096];
	const int m = s->mirrored;
	const int w = m ? 60 : 0, e = m ? 0 : 60;
	char holds[40] = "";
	if (s->holds_ppl > 0)
		snprintf(holds, sizeof(holds), ",\"capacity_ppl\":%u", s->holds_ppl);
#define POLYGON(x1, y1, x2, y2) "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" #x1 "," #y1 "],[" #x2 "," #y1 "],[" #x2 "," #y2 \
	"],[" #x1 "," #y2 "],[" #x1 "," #y1 "]]]}}"
	snprintf(zones, sizeof(zones),
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"hold\",\"kind\":\"zone\",\"use\":\"holding\"%s}," POLYGON(0, 0, 60, 20) ",\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"hall\",\"kind\":\"zone\",\"use\":\"concourse\"}," POLYGON(0, 20, 60, 40) ",\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"%s\",\"kind\":\"zone\",\"use\":\"stand\",\"seats\":%d},"
		"" POLYGON(0, 40, 30, 60) ",\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"%s\",\"kind\":\"zone\",\"use\":\"stand\",\"seats\":%d},"
		"" POLYGON(30, 40, 60, 60) ",\n",
		holds, m ? "E" : "W", m ? (s->seats_e ? s->seats_e : 600) : (s->seats_w ? s->seats_w : 300), m ? "W" : "E",
		m ? (s->seats_w ? s->seats_w : 300) : (s->seats_e ? s->seats_e : 600));
	snprintf(ways, sizeof(ways),
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"gate\",\"kind\":\"checkpoint\",\"stage\":\"transfer\","
		"\"from\":\"outside\",\"to\":\"hold\","
		"\"width_m\":10},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[25,0],[35,0]]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"check\",\"kind\":\"checkpoint\",\"stage\":\"security\","
		"\"from\":\"hold\",\"to\":\"hall\","
		"\"lanes\":%s},\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,20]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"vw\",\"kind\":\"checkpoint\",\"stage\":\"transfer\","
		"\"from\":\"hall\",\"to\":\"W\",\"width_m\":4},"
		"\"geometry\":{\"type\":\"Point\",\"coordinates\":[%d,40]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"ve\",\"kind\":\"checkpoint\",\"stage\":\"transfer\","
		"\"from\":\"hall\",\"to\":\"E\",\"width_m\":4},"
		"\"geometry\":{\"type\":\"Point\",\"coordinates\":[%d,40]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"exit-w\",\"kind\":\"checkpoint\",\"stage\":\"exit\","
		"\"from\":\"hall\",\"to\":\"outside\","
		"\"width_m\":2},\"geometry\":{\"type\":\"Point\",\"coordinates\":[%d,30]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"exit-e\",\"kind\":\"checkpoint\",\"stage\":\"exit\","
		"\"from\":\"hall\",\"to\":\"outside\","
		"\"width_m\":4},\"geometry\":{\"type\":\"Point\",\"coordinates\":[%d,30]}},\n"
		"{\"type\":\"Feature\",\"properties\":{\"id\":\"road\",\"kind\":\"source\",\"form\":\"walk\",\"share\":1,\"to\":\"hold\"},"
		"\"geometry\":{\"type\":\"Point\",\"coordinates\":[30,-50]}}",
		s->lanes ? s->lanes : TWO_LANES, m ? 45 : 15, m ? 15 : 45, w, e);
	snprintf(text, sizeof(text),
		"{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"small\",\"coordinates\":\"local\",\n"
		"\"timetable\":{\"doors\":\"2026-11-24T18:00:00+08:00\",\"start\":\"2026-11-24T19:30:00+08:00\","
		"\"end\":\"2026-11-24T22:00:00+08:00\"},\n"
		"\"expected_ppl\":%u,\"approved_ppl\":100000,\"arrivals\":%s},\"features\":[\n%s%s]}", s->ppl, s->arrivals ?
			s->arrivals : EVEN_HOUR,
		zones, ways);
	return text;
}

static inline struct plan *place_plan(const struct small_place *s)
{
	struct plan *p = NULL;
	struct plan_findings f = {0};
	assert_int_equal(plan_read(text_of(place_text(s)), &p, &f, NULL), ERR_NONE);
	for (uint32_t i = 0; i < f.count; i++)
		if (f.items[i].severity == PLAN_ERROR)
			print_error("%s: %s\n", f.items[i].code, f.items[i].text_en);
	assert_int_equal(f.errors, 0);
	plan_findings_free(&f);
	return p;
}

#endif
