/* plan/check.c: everything that can be wrong with a plan that could be read, in an order that
 * puts causes before consequences: the head, outlines, zones, ways, then capacities. */
#include "plan/check.h"

#include <stdlib.h>

void check_find(struct checker *c, enum finding_code code, uint32_t feature, const char *field, const char *a,
                const char *b, const char *third)
{
	struct finding_place place = {c->p->head_line, NULL, field};
	if (feature < c->p->feature_count) {
		place.line = c->p->features[feature].line;
		place.feature = c->p->features[feature].id;
	}
	finding_add(c->findings, code, place, a, b, third);
}

uint64_t check_corners(const struct geo_shape *s)
{
	uint64_t count = 0;
	for (uint32_t p = 0; p < s->part_count; p++)
		for (uint32_t r = 0; r < s->parts[p].ring_count; r++)
			count += s->parts[p].rings[r].count;
	return count;
}

double check_distance_m(struct checker *c, const struct geo_shape *a, const struct geo_shape *b)
{
	c->distance_work += check_corners(a) + check_corners(b);
	if (c->distance_work <= CHECK_DISTANCE_WORK_MAX)
		return geo_distance_m(a, b);
	c->cut = true;
	return 0;
}

/* Every outline and line must be simple, whatever it is of; zones that are not are left out of what needs it. */
static void check_outlines(struct checker *c)
{
	const struct plan *p = c->p;
	for (uint32_t i = 0; i < p->feature_count; i++) {
		const struct plan_feature *f = &p->features[i];
		struct point_m where = {0, 0};
		char why[80] = "";
		bool valid = f->shape.form != GEO_POLYGON || geo_valid(&f->shape, &where, why);
		if (f->kind == PLAN_ZONE)
			c->sound[f->of_kind] = valid;
		if (valid)
			continue;
		struct point_m at = plan_position_in_file(p, where);
		check_find(c, FINDING_GEOMETRY_CROSSING, i, "geometry", why, figures(at.x_m, ", ", at.y_m, 6).at, NULL);
	}
}

err_t plan_check(const struct plan *p, struct plan_findings *findings)
{
	struct checker c = {.p = p, .set = rule_set_of(p->rules), .findings = findings};
	struct plan_measures m;
	struct arena *arena = arena_new((size_t)8 << 20);
	err_t error = ERR_MEMORY;
	c.sound = calloc(p->zone_count, sizeof(*c.sound));
	if (arena == NULL || c.sound == NULL)
		goto out;
	error = plan_measure(p, p->rules, arena, &m);
	if (error != ERR_NONE)
		goto out;
	check_outlines(&c);
	check_zones(&c);
	check_checkpoints(&c);
	check_links(&c);
	error = check_devices(&c);
	if (error == ERR_NONE)
		error = check_reach(&c);
	if (error == ERR_NONE)
		error = check_head(&c, &m);
	if (c.cut)
		check_find(&c, FINDING_CHECK_LIMIT, UINT32_MAX, NULL, NULL, NULL, NULL);
out:
	free(c.sound);
	arena_free(arena);
	return error;
}
