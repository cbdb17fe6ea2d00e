/* fuzz/rig_plan.h: the plan of the rig's sessions.
 *
 *        outside --gate-t--> hold --gate-s--> hall --door-x--> outside
 *                 T1 T2            S1 S2            X1 (running totals)
 */
#ifndef CORDON_FUZZ_RIG_PLAN_H
#define CORDON_FUZZ_RIG_PLAN_H

#define RIG_DEVICE(id, extra) "{\"id\":\"" id "\",\"kind\":\"turnstile\",\"period_s\":60" extra "}"
#define RIG_ZONE(id, use, x0, x1) "{\"type\":\"Feature\",\"id\":\"" id "\",\"properties\":{\"kind\":\"zone\",\"use\":\"" use \
	"\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" x0 ",0],[" x1 ",0],[" x1 ",40],[" x0 ",40],[" x0 ",0]]]}}"
#define RIG_CHECKPOINT(id, stage, from, to, x, more, devices) "{\"type\":\"Feature\",\"id\":\"" id \
	"\",\"properties\":{\"kind\":\"checkpoint\",\"stage\":\"" stage "\",\"from\":\"" from "\",\"to\":\"" to "\"," more \
	",\"devices\":[" devices "]},\"geometry\":{\"type\":\"Point\",\"coordinates\":[" x ",20]}}"
#define RIG_LANES "\"lanes\":[{\"id\":\"1\",\"rate_ppl_min\":10,\"open\":true},{\"id\":\"2\",\"rate_ppl_min\":10,\"open\":false}]"

static const char rig_plan[] = "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":\"Test\",\"coordinates\":\"local\","
	"\"timetable\":{\"doors\":\"2026-11-24T17:30:00+08:00\",\"start\":\"2026-11-24T18:30:00+08:00\","
	"\"end\":\"2026-11-24T20:00:00+08:00\"},\"expected_ppl\":1000,\"approved_ppl\":1200},\"features\":["
	RIG_ZONE("hold", "holding", "0", "30") "," RIG_ZONE("hall", "concourse", "30", "80") ","
	RIG_CHECKPOINT("gate-t", "ticket", "outside", "hold", "0", RIG_LANES, RIG_DEVICE("T1", "") "," RIG_DEVICE("T2", "")) ","
	RIG_CHECKPOINT("gate-s", "security", "hold", "hall", "30", RIG_LANES, RIG_DEVICE("S1", "") "," RIG_DEVICE("S2", "")) ","
	RIG_CHECKPOINT("door-x", "exit", "hall", "outside", "80", "\"width_m\":4", RIG_DEVICE("X1", ",\"totals\":true")) "]}";

#endif
