/* plan/read_kinds.c: zones first, because others name them; then each kind in the order of the file. */
#include <string.h>

#include "plan/reader.h"

#define WATCHES_MAX 256 /* of one camera */

static void stand_at(struct reader *r, const struct plan_feature *f)
{
	r->here = (struct finding_place){f->line, f->id, NULL};
}

static struct object properties_of(const struct reader *r, uint32_t index)
{
	return (struct object){r->drafts[index].properties, 1u << r->plan->features[index].kind, "properties"};
}

static bool inside_by_use(enum plan_use use)
{
	return use == PLAN_CONCOURSE || use == PLAN_STAND || use == PLAN_PITCH || use == PLAN_STAGE_AREA;
}

static void read_zone(struct reader *r, uint32_t index, struct plan_zone *z)
{
	struct plan_feature *f = &r->plan->features[index];
	struct object o = properties_of(r, index);
	int use = strcmp(f->id, "outside") == 0 ? PLAN_OUTSIDE : PLAN_OTHER;
	stand_at(r, f);
	*z = (struct plan_zone){.feature = index, .id = f->id, .name = f->name, .physical = 1, .safety = 1};
	reader_word(r, &o, "use", NULL, &use);
	z->use = (enum plan_use)use;
	z->counts_inside = inside_by_use(z->use);
	z->dynamic = z->use != PLAN_STAND;
	reader_count(r, &o, "capacity_ppl", &z->capacity_ppl);
	reader_count(r, &o, "seats", &z->seats);
	reader_number(r, &o, "physical", &z->physical);
	reader_number(r, &o, "safety", &z->safety);
	reader_bool(r, &o, "counts_inside", &z->counts_inside);
	reader_bool(r, &o, "dynamic", &z->dynamic);
	reader_number(r, &o, "obstructed_m2", &z->obstructed_m2);
	z->area_m2 = geo_area_m2(&f->shape);
	z->usable_m2 = z->area_m2 > z->obstructed_m2 ? z->area_m2 - z->obstructed_m2 : 0;
}

static void read_zones(struct reader *r, uint32_t count)
{
	struct plan *p = r->plan;
	uint32_t index;
	if (count > PLAN_ZONES_MAX) {
		reader_fail(r, ERR_PLAN_TOO_LARGE);
		return;
	}
	p->zones = reader_alloc(r, count + 1, sizeof(*p->zones));
	if (p->zones == NULL)
		return;
	p->zones[0] = (struct plan_zone){.feature = UINT32_MAX, .id = "outside", .name = {"场外", "Outside"},
		.use = PLAN_OUTSIDE, .dynamic = true, .physical = 1, .safety = 1};
	p->zone_count = 1;
	if (names_add(p->zone_ids, TEXT("outside"), &index) != ERR_NONE)
		reader_fail(r, ERR_MEMORY);
	for (uint32_t i = 0; r->error == ERR_NONE && i < p->feature_count; i++) {
		struct plan_feature *f = &p->features[i];
		if (f->kind != PLAN_ZONE)
			continue;
		f->of_kind = strcmp(f->id, "outside") == 0 ? 0 : p->zone_count++;
		read_zone(r, i, &p->zones[f->of_kind]);
		if (names_add(p->zone_ids, text_of(f->id), &index) != ERR_NONE)
			reader_fail(r, ERR_MEMORY);
	}
}

static void read_link(struct reader *r, uint32_t index)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[index];
	struct object o = properties_of(r, index);
	struct plan_link l = {.feature = index, .id = f->id, .form = "walk", .direction = "both",
		.length_m = geo_length_m(&f->shape)};
	bool from = reader_zone(r, &o, "from", &l.from), to = reader_zone(r, &o, "to", &l.to);
	reader_number(r, &o, "width_m", &l.width_m);
	reader_number(r, &o, "length_m", &l.length_m);
	reader_word(r, &o, "form", &l.form, NULL);
	reader_word(r, &o, "direction", &l.direction, NULL);
	f->form = l.form;
	f->of_kind = UINT32_MAX;
	if (!from || !to)
		return;
	f->of_kind = p->link_count;
	p->links[p->link_count++] = l;
}

static void read_source(struct reader *r, uint32_t index)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[index];
	struct object o = properties_of(r, index);
	struct plan_source s = {.feature = index, .id = f->id, .name = f->name, .form = "walk"};
	uint32_t headway_s = 0;
	bool to = reader_zone(r, &o, "to", &s.to);
	reader_word(r, &o, "form", &s.form, NULL);
	reader_number(r, &o, "share", &s.share);
	reader_count(r, &o, "batch_ppl", &s.batch_ppl);
	reader_count(r, &o, "headway_s", &headway_s);
	s.headway_s = (int)headway_s;
	f->form = s.form;
	f->of_kind = UINT32_MAX;
	if (!to)
		return;
	f->of_kind = p->source_count;
	p->sources[p->source_count++] = s;
}

static void read_post(struct reader *r, uint32_t index)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[index];
	struct object o = properties_of(r, index);
	struct plan_post post = {.feature = index, .id = f->id, .name = f->name, .role = "steward", .zone = UINT32_MAX};
	reader_count(r, &o, "staff_ppl", &post.staff_ppl);
	reader_word(r, &o, "role", &post.role, NULL);
	reader_zone(r, &o, "zone", &post.zone);
	f->of_kind = p->post_count;
	p->posts[p->post_count++] = post;
}

static void read_watches(struct reader *r, const struct object *o, struct plan_camera *c)
{
	json_t *list = reader_list(r, o, "watches");
	size_t count = json_array_size(list);
	if (count > WATCHES_MAX) {
		reader_find(r, FINDING_FIELD_RANGE, o->path, "watches", "watches", figure((double)count, 0).at,
			figures(0, " .. ", WATCHES_MAX, 0).at);
		count = 0;
	}
	c->watches = count > 0 ? reader_alloc(r, count, sizeof(*c->watches)) : NULL;
	if (count > 0 && c->watches == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *id = json_string_value(json_array_get(list, i));
		uint32_t known = id != NULL ? names_find(r->ids, text_of(id)) : NAMES_NONE;
		const char *copy = known != NAMES_NONE ? arena_string(r->plan->arena, text_of(id)) : NULL;
		if (id == NULL)
			reader_find(r, FINDING_FIELD_TYPE, o->path, "watches", "watches", "a list of ids", "a list of something else");
		else if (known == NAMES_NONE)
			reader_find(r, FINDING_REFERENCE_UNKNOWN, o->path, "watches", "watches", id, reader_nearest_id(r, r->ids, id));
		else if (copy == NULL)
			reader_fail(r, ERR_MEMORY);
		else
			c->watches[c->watch_count++] = copy;
	}
}

static void read_camera(struct reader *r, uint32_t index)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[index];
	struct object o = properties_of(r, index);
	struct plan_camera c = {.feature = index, .id = f->id, .name = f->name, .field_of_view_deg = 90, .range_m = 50};
	reader_number(r, &o, "heading_deg", &c.heading_deg);
	reader_number(r, &o, "field_of_view_deg", &c.field_of_view_deg);
	reader_number(r, &o, "range_m", &c.range_m);
	read_watches(r, &o, &c);
	f->of_kind = p->camera_count;
	p->cameras[p->camera_count++] = c;
}

static void read_barrier(struct reader *r, uint32_t index)
{
	struct plan *p = r->plan;
	struct plan_feature *f = &p->features[index];
	struct object o = properties_of(r, index);
	struct plan_barrier b = {.feature = index, .id = f->id};
	f->form = "fence";
	reader_word(r, &o, "form", &f->form, NULL);
	reader_number(r, &o, "height_m", &b.height_m);
	f->of_kind = p->barrier_count;
	p->barriers[p->barrier_count++] = b;
}

static void read_form(struct reader *r, uint32_t index)
{
	struct plan_feature *f = &r->plan->features[index];
	struct object o = properties_of(r, index);
	f->form = f->kind == PLAN_ASSET ? "other" : "ingress";
	reader_word(r, &o, "form", &f->form, NULL);
}

static void read_one(struct reader *r, uint32_t index)
{
	stand_at(r, &r->plan->features[index]);
	switch (r->plan->features[index].kind) {
	case PLAN_LINK: read_link(r, index); break;
	case PLAN_SOURCE: read_source(r, index); break;
	case PLAN_POST: read_post(r, index); break;
	case PLAN_CAMERA: read_camera(r, index); break;
	case PLAN_BARRIER: read_barrier(r, index); break;
	case PLAN_ASSET: case PLAN_ROUTE: read_form(r, index); break;
	default: break; /* zones and checkpoints have passes of their own */
	}
}

/* Features whose own record could not be made (a link to a zone that is not there) leave the plan. */
static void drop_broken(struct plan *p)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < p->feature_count; i++) {
		struct plan_feature f = p->features[i];
		if (f.of_kind == UINT32_MAX)
			continue;
		switch (f.kind) {
		case PLAN_ZONE: p->zones[f.of_kind].feature = kept; break;
		case PLAN_CHECKPOINT: p->checkpoints[f.of_kind].feature = kept; break;
		case PLAN_LINK: p->links[f.of_kind].feature = kept; break;
		case PLAN_SOURCE: p->sources[f.of_kind].feature = kept; break;
		case PLAN_POST: p->posts[f.of_kind].feature = kept; break;
		case PLAN_CAMERA: p->cameras[f.of_kind].feature = kept; break;
		case PLAN_BARRIER: p->barriers[f.of_kind].feature = kept; break;
		default: break;
		}
		p->features[kept++] = f;
	}
	p->feature_count = kept;
}

void read_kinds(struct reader *r)
{
	struct plan *p = r->plan;
	uint32_t count[PLAN_KIND_COUNT] = {0};
	for (uint32_t i = 0; i < p->feature_count; i++)
		count[p->features[i].kind]++;
	p->links = reader_alloc(r, count[PLAN_LINK], sizeof(*p->links));
	p->sources = reader_alloc(r, count[PLAN_SOURCE], sizeof(*p->sources));
	p->posts = reader_alloc(r, count[PLAN_POST], sizeof(*p->posts));
	p->cameras = reader_alloc(r, count[PLAN_CAMERA], sizeof(*p->cameras));
	p->barriers = reader_alloc(r, count[PLAN_BARRIER], sizeof(*p->barriers));
	p->checkpoints = reader_alloc(r, count[PLAN_CHECKPOINT], sizeof(*p->checkpoints));
	if (count[PLAN_CHECKPOINT] > PLAN_CHECKPOINTS_MAX)
		reader_fail(r, ERR_PLAN_TOO_LARGE);
	if (r->error == ERR_NONE)
		read_zones(r, count[PLAN_ZONE]);
	if (r->error == ERR_NONE)
		read_checkpoints(r);
	for (uint32_t i = 0; r->error == ERR_NONE && i < p->feature_count; i++)
		read_one(r, i);
	if (r->error == ERR_NONE)
		drop_broken(p);
}
