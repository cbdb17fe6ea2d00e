/* plan/read_checkpoints.c: checkpoints with their lanes and devices. */
#include <stdio.h>
#include <string.h>

#include "plan/reader.h"

/* Share of people that a device does not count, by its kind, where the plan does not say (docs/PLAN.md). */
static const double miss_by_kind[] = {0.002 /* turnstile */, 0.01 /* counter */, 0.001 /* scanner */,
	0.02 /* clicker */, 0.05 /* camera */};
#define DEVICE_PERIOD_DEFAULT_S 60

struct path { char at[64]; };

static struct path element(const char *list, size_t index)
{
	struct path p;
	snprintf(p.at, sizeof(p.at), "properties.%s[%zu]", list, index);
	return p;
}

/* An element of a list that must be an object; NULL after saying so. */
static json_t *object_in(struct reader *r, json_t *list, const char *name, size_t index)
{
	json_t *one = json_array_get(list, index);
	if (json_is_object(one))
		return one;
	reader_find(r, FINDING_FIELD_TYPE, element(name, index).at, NULL, name, "a list of objects", reader_type_word(one));
	return NULL;
}

static void read_lanes(struct reader *r, const struct object *o, struct plan_checkpoint *c)
{
	json_t *list = reader_list(r, o, "lanes");
	size_t count = json_array_size(list);
	if (count > PLAN_LANES_MAX) {
		reader_find(r, FINDING_LANE_MANY, o->path, "lanes", figure((double)count, 0).at, figure(PLAN_LANES_MAX, 0).at, NULL);
		count = PLAN_LANES_MAX;
	}
	c->lanes = reader_alloc(r, count, sizeof(*c->lanes));
	if (c->lanes == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		json_t *json = object_in(r, list, "lanes", i);
		if (json == NULL)
			continue;
		struct path path = element("lanes", i);
		struct object lane = {json, OF_LANE, path.at};
		struct plan_lane read = {.id = NULL, .open = true, .kind = ""};
		bool id = reader_id(r, &lane, "id", &read.id);
		bool rate = reader_number(r, &lane, "rate_ppl_min", &read.rate_ppl_min);
		reader_bool(r, &lane, "open", &read.open);
		reader_text(r, &lane, "kind", &read.kind);
		reader_unknown(r, &lane, OF_LANE);
		if (id && rate)
			c->lanes[c->lane_count++] = read;
	}
}

static bool read_device(struct reader *r, const struct object *o, struct plan_device *out)
{
	int kind = 0;
	uint32_t period_s = DEVICE_PERIOD_DEFAULT_S;
	bool id = reader_id(r, o, "id", &out->id);
	bool known = reader_word(r, o, "kind", &out->kind, &kind);
	out->miss_in = out->miss_out = miss_by_kind[kind];
	reader_number(r, o, "miss_in", &out->miss_in);
	reader_number(r, o, "miss_out", &out->miss_out);
	reader_number(r, o, "double", &out->double_rate);
	reader_count(r, o, "period_s", &period_s);
	reader_bool(r, o, "totals", &out->totals);
	reader_unknown(r, o, OF_DEVICE);
	out->period_s = (int)period_s;
	return id && known;
}

static void read_devices(struct reader *r, const struct object *o, struct plan_checkpoint *c, uint32_t index)
{
	struct plan *p = r->plan;
	json_t *list = reader_list(r, o, "devices");
	c->device_first = p->device_count;
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *json = object_in(r, list, "devices", i);
		if (json == NULL)
			continue;
		struct path path = element("devices", i);
		struct object device = {json, OF_DEVICE, path.at};
		struct plan_device read = {.id = NULL, .checkpoint = index};
		if (read_device(r, &device, &read)) {
			p->devices[p->device_count++] = read;
			c->device_count++;
		}
	}
}

static void read_checkpoint(struct reader *r, uint32_t index)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[index];
	struct object o = {r->drafts[index].properties, OF_CHECKPOINT, "properties"};
	struct plan_checkpoint c = {.feature = index, .id = f->id, .name = f->name};
	int stage = PLAN_TRANSFER;
	r->here = (struct finding_place){f->line, f->id, NULL};
	bool good = reader_word(r, &o, "stage", NULL, &stage);
	good &= reader_zone(r, &o, "from", &c.from);
	good &= reader_zone(r, &o, "to", &c.to);
	c.stage = (enum plan_stage)stage;
	c.exit_use = c.stage == PLAN_EXIT;
	reader_number(r, &o, "width_m", &c.width_m);
	reader_bool(r, &o, "exit_use", &c.exit_use);
	reader_bool(r, &o, "steps", &c.steps);
	read_lanes(r, &o, &c);
	read_devices(r, &o, &c, p->checkpoint_count);
	f->of_kind = UINT32_MAX;
	if (!good) {
		p->device_count = c.device_first; /* what was wrong with them has been said */
		return;
	}
	uint32_t name;
	if (names_add(p->checkpoint_ids, text_of(f->id), &name) != ERR_NONE)
		reader_fail(r, ERR_MEMORY);
	f->of_kind = p->checkpoint_count;
	p->checkpoints[p->checkpoint_count++] = c;
}

void read_checkpoints(struct reader *r)
{
	struct plan *p = r->plan;
	size_t devices = 0;
	for (uint32_t i = 0; i < p->feature_count; i++)
		if (p->features[i].kind == PLAN_CHECKPOINT)
			devices += json_array_size(json_object_get(r->drafts[i].properties, "devices"));
	if (devices > PLAN_DEVICES_MAX) {
		reader_fail(r, ERR_PLAN_TOO_LARGE);
		return;
	}
	p->devices = reader_alloc(r, devices, sizeof(*p->devices));
	for (uint32_t i = 0; r->error == ERR_NONE && i < p->feature_count; i++)
		if (p->features[i].kind == PLAN_CHECKPOINT)
			read_checkpoint(r, i);
}
