/* plan/read_head.c: the member `cordon`: names, timetable, people, rules, arrivals. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/reader.h"

/* Cumulative arrivals, minutes from start: an assumption to be replaced by the venue's own curve after one event
 * (docs/PLAN.md says so too). The late peak is the steeper variant. */
static const struct plan_curve_point default_curve[] = {{-150, 0}, {-120, 0.03}, {-90, 0.10}, {-60, 0.30}, {-45, 0.45},
	{-30, 0.64}, {-15, 0.84}, {0, 0.95}, {15, 0.99}, {30, 1}};
static const struct plan_curve_point late_curve[] = {{-120, 0}, {-60, 0.18}, {-45, 0.30}, {-30, 0.50}, {-15, 0.74},
	{0, 0.90}, {30, 1}};

static void take_curve(struct reader *r, const struct plan_curve_point *points, size_t count)
{
	struct plan_curve_point *copy = reader_alloc(r, count, sizeof(*copy));
	if (copy == NULL)
		return;
	memcpy(copy, points, count * sizeof(*copy));
	r->plan->arrivals = copy;
	r->plan->arrival_count = (uint32_t)count;
}

/* [minutes, share]; false: not that, or not after the point before. */
static bool curve_point(const json_t *pair, const struct plan_curve_point *before, struct plan_curve_point *out)
{
	const json_t *minutes = json_array_get(pair, 0), *share = json_array_get(pair, 1);
	if (json_array_size(pair) != 2 || !json_is_number(minutes) || !json_is_number(share))
		return false;
	*out = (struct plan_curve_point){json_number_value(minutes), json_number_value(share)};
	return fabs(out->minutes_from_start) <= 10080 && out->share >= 0 && out->share <= 1 &&
	       (before == NULL || (out->minutes_from_start > before->minutes_from_start && out->share >= before->share));
}

static void read_own_curve(struct reader *r, const json_t *list)
{
	struct plan_curve_point points[PLAN_CURVE_POINTS_MAX];
	size_t count = json_array_size(list);
	if (count < 2 || count > PLAN_CURVE_POINTS_MAX) {
		reader_find(r, FINDING_FIELD_RANGE, "cordon", "arrivals", "arrivals", figure((double)count, 0).at,
			figures(2, " .. ", PLAN_CURVE_POINTS_MAX, 0).at);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (!curve_point(json_array_get(list, i), i > 0 ? &points[i - 1] : NULL, &points[i])) {
			reader_find(r, FINDING_CURVE_ORDER, "cordon", "arrivals", figure((double)i + 1, 0).at, NULL, NULL);
			return;
		}
	if (points[count - 1].share < 0.9995)
		reader_find(r, FINDING_CURVE_END, "cordon", "arrivals", figure(points[count - 1].share, 3).at, NULL, NULL);
	take_curve(r, points, count);
}

static void read_arrivals(struct reader *r, const json_t *arrivals)
{
	static const char *const words[] = {"default", "late-peak", NULL};
	take_curve(r, default_curve, sizeof(default_curve) / sizeof(default_curve[0]));
	if (arrivals == NULL || json_is_null(arrivals))
		return;
	if (json_is_array(arrivals)) {
		read_own_curve(r, arrivals);
		return;
	}
	const char *word = json_string_value(arrivals);
	if (word == NULL)
		reader_find(r, FINDING_FIELD_TYPE, "cordon", "arrivals", "arrivals", "a word or a list", reader_type_word(arrivals));
	else if (strcmp(word, "late-peak") == 0)
		take_curve(r, late_curve, sizeof(late_curve) / sizeof(late_curve[0]));
	else if (strcmp(word, "default") != 0)
		reader_find(r, FINDING_FIELD_WORD, "cordon", "arrivals", "arrivals", word, schema_nearest_word(words, word));
}

static void read_timetable(struct reader *r, json_t *timetable)
{
	struct plan *p = r->plan;
	struct object o = {timetable, OF_TIMETABLE, "cordon.timetable"};
	reader_time(r, &o, "end", &p->at_end, &p->offset_min);
	reader_time(r, &o, "interval", &p->at_interval, &p->offset_min);
	reader_time(r, &o, "start", &p->at_start, &p->offset_min);
	reader_time(r, &o, "doors", &p->at_doors, &p->offset_min); /* last: the doors' offset is how the venue writes time */
	reader_unknown(r, &o, OF_TIMETABLE);
}

static void read_georeference(struct reader *r, json_t *reference)
{
	struct object o = {reference, OF_GEOREFERENCE, "cordon.georeference"};
	bool lon = reader_number(r, &o, "lon", &r->reference_lon);
	bool lat = reader_number(r, &o, "lat", &r->reference_lat);
	reader_number(r, &o, "x_m", &r->reference_x_m);
	reader_number(r, &o, "y_m", &r->reference_y_m);
	reader_number(r, &o, "rotation_deg", &r->rotation_deg);
	reader_unknown(r, &o, OF_GEOREFERENCE);
	r->georeferenced = lon && lat;
}

static void read_people(struct reader *r, const struct object *o)
{
	struct plan *p = r->plan;
	int index = 0;
	reader_count(r, o, "expected_ppl", &p->expected_ppl);
	reader_count(r, o, "approved_ppl", &p->approved_ppl);
	if (reader_word(r, o, "rules", NULL, &index))
		p->rules = (enum plan_rules)index;
	reader_number(r, o, "evacuation_min", &p->evacuation_min);
}

void read_head(struct reader *r, json_t *head)
{
	struct plan *p = r->plan;
	static const char nothing[] = "";
	p->name = p->venue = p->event = (struct plan_name){nothing, nothing};
	p->base = p->attribution = nothing;
	p->at_doors = p->at_start = p->at_interval = p->at_end = AT_NONE;
	p->rules = PLAN_GREEN_GUIDE;
	p->head_line = r->scan.head_line;
	r->here = (struct finding_place){r->scan.head_line, NULL, NULL};
	read_arrivals(r, json_object_get(head, "arrivals"));
	if (!json_is_object(head)) {
		reader_find(r, FINDING_HEAD_MISSING, NULL, "cordon", NULL, NULL, NULL);
		return;
	}
	struct object o = {head, OF_HEAD, "cordon"};
	uint32_t version = 1;
	int coordinates = COORDINATES_WGS84;
	const char *note = nothing;
	reader_count(r, &o, "plan", &version);
	reader_name(r, &o, "name", &p->name);
	reader_name(r, &o, "venue", &p->venue);
	reader_name(r, &o, "event", &p->event);
	if (reader_word(r, &o, "coordinates", NULL, &coordinates))
		r->coordinates = (enum coordinates)coordinates;
	read_people(r, &o);
	reader_text(r, &o, "base", &p->base);
	reader_text(r, &o, "attribution", &p->attribution);
	reader_text(r, &o, "note", &note);
	json_t *part = reader_object(r, &o, "timetable");
	if (part != NULL)
		read_timetable(r, part);
	part = reader_object(r, &o, "georeference");
	if (part != NULL)
		read_georeference(r, part);
	reader_unknown(r, &o, OF_HEAD);
}
