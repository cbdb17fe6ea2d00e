/* crowd/flow/arrive.c: who comes, with what, and when: each at his own place on the curve (his share of it is drawn once for all plans),
 * groups together, trains as full as the curve demands. */
#include "crowd/flow/inside.h"

#include <math.h>

static uint32_t group_size(const struct crowd_crowd *c, double drawn)
{
	for (uint32_t k = 0; k < 6; k++) {
		drawn -= c->group_share[k];
		if (drawn < 0)
			return k + 1;
	}
	return 1;
}

static uint16_t goal_drawn(const struct run *u, const struct stream *s, double drawn)
{
	uint32_t k = 0;
	while (k + 1 < s->s.goal_count && (drawn -= s->s.goal_shares[k]) >= 0)
		k++;
	return (uint16_t)u->n->goal_of_stream[s->goal_first + k];
}

/* The share of all who have come when each comes: members of a group, who stand behind one another in the stream, come together. */
static void draw_shares(struct run *u, uint32_t stream)
{
	const struct stream *s = &u->n->streams[stream];
	double groups = 0;
	for (int k = 1; k < 6; k++)
		groups += s->s.crowd.group_share[k];
	for (uint32_t k = 0, size; k < s->s.ppl; k += size) {
		size = groups > 0 ? group_size(&s->s.crowd, crowd_draw_unit(u->seed, s->name + k, CROWD_ASK_GROUP, 0)) : 1;
		size = size > s->s.ppl - k ? s->s.ppl - k : size;
		double share = crowd_draw_unit(u->seed, s->name + k, CROWD_ASK_ARRIVAL, 0);
		for (uint32_t i = s->first_who + k; i < s->first_who + k + size; i++) {
			u->due_s[i] = share;
			u->leader_way[i] = k; /* for a moment: whose group it is */
		}
	}
}

static struct person person_of(const struct run *u, uint32_t stream, uint32_t k)
{
	const struct stream *s = &u->n->streams[stream];
	struct person p = {.by = CROWD_NONE, .way = CROWD_NONE, .who = k, .stream = (uint16_t)stream};
	uint64_t who = s->name + k;
	if (s->s.crowd.bag_share > 0 && crowd_draw_unit(u->seed, who, CROWD_ASK_TRAITS, 0) < s->s.crowd.bag_share) {
		p.flags |= PERSON_BAG;
		p.combo |= CROWD_BAG;
	}
	if (s->s.crowd.step_free_share > 0 && crowd_draw_unit(u->seed, who, CROWD_ASK_TRAITS, 1) < s->s.crowd.step_free_share)
		p.combo |= CROWD_NEEDS_STEP_FREE;
	p.goal = goal_drawn(u, s, s->s.goal_count > 1 ? crowd_draw_unit(u->seed, who, CROWD_ASK_GOAL, 0) : 0);
	return p;
}

/* In the order in which they come: who stand beside each other later lie beside each other in memory. A group is one run of it, its
 * leader first; it has one goal, and takes ways that take all of them. */
static void make_people(struct run *u, uint32_t stream)
{
	const struct stream *s = &u->n->streams[stream];
	const uint32_t *order = u->order + s->first_who, *group = u->leader_way + s->first_who;
	struct person *people = u->people + s->first_who;
	for (uint32_t i = 0, size; i < s->s.ppl; i += size) {
		uint8_t combo = 0;
		for (size = 0; i + size < s->s.ppl && group[order[i + size]] == group[order[i]]; size++) {
			people[i + size] = person_of(u, stream, order[i + size]);
			combo |= people[i + size].combo;
		}
		for (uint32_t k = i; k < i + size; k++) {
			people[k].leader = s->first_who + i;
			people[k].combo = combo;
			people[k].goal = people[i].goal;
			people[k].flags |= size > 1 ? PERSON_GROUP : 0;
		}
	}
}

/* By their shares: even in (0, 1), so as many cells as people hold one each on the average; then neighbours change places. */
static void sort_people(struct run *u, uint32_t stream)
{
	const struct stream *s = &u->n->streams[stream];
	uint32_t count = s->s.ppl, *cells = u->sort_cells, *order = u->order + s->first_who;
	const double *shares = u->due_s + s->first_who;
	for (uint32_t i = 0; i <= count; i++)
		cells[i] = 0;
	for (uint32_t i = 0; i < count; i++)
		cells[(uint32_t)(shares[i] * count) + 1]++;
	for (uint32_t i = 1; i <= count; i++)
		cells[i] += cells[i - 1];
	for (uint32_t i = 0; i < count; i++)
		order[cells[(uint32_t)(shares[i] * count)]++] = i;
	for (uint32_t i = 1; i < count; i++) {
		uint32_t moved = order[i], at = i;
		for (; at > 0 && shares[order[at - 1]] > shares[moved]; at--)
			order[at] = order[at - 1];
		order[at] = moved;
	}
}

/* When `share` have come; shares that rise from call to call: `at` is where the last one lay. */
static double due_s(const struct crowd_curve *c, double share, uint32_t *at)
{
	if (c->count == 0)
		return 0;
	while (*at < c->count && c->points[*at].share < share)
		++*at;
	if (*at == 0)
		return c->points[0].at_s;
	if (*at == c->count)
		return (double)INFINITY;
	const struct crowd_curve_point *p = &c->points[*at - 1];
	return p[0].at_s + (p[1].at_s - p[0].at_s) * ((share - p[0].share) / (p[1].share - p[0].share));
}

static double train_s(const struct stream *s, uint32_t train)
{
	return (s->s.curve.count > 0 ? s->s.curve.points[0].at_s : 0) + train * s->s.headway_s;
}

static uint32_t next_person(const struct run *u, uint32_t stream)
{
	return u->n->streams[stream].first_who + u->streams[stream].next;
}

static void plan_next(struct run *u, uint32_t stream)
{
	const struct stream *s = &u->n->streams[stream];
	struct stream_run *r = &u->streams[stream];
	if (r->next == s->s.ppl)
		return;
	double at_s = u->people[next_person(u, stream)].at_come_s;
	if (!isfinite(at_s) || at_s > u->n->until_s)
		return;
	if (s->s.batch_ppl > 0 && !s->s.there_at_origin) {
		double first = ceil((at_s - train_s(s, 0)) / s->s.headway_s);
		r->trains = first > r->trains ? (uint32_t)lesser(first, 4e9) : r->trains;
		at_s = greater(at_s, train_s(s, r->trains));
	}
	events_plan(&u->events, greater(at_s, u->now_s), EVENT_COME, stream);
}

static void stand_there(struct run *u, uint32_t stream)
{
	const struct stream *s = &u->n->streams[stream];
	u->r->come += s->s.ppl;
	u->r->streams[stream].come = s->s.ppl;
	tally_people(u, s->s.to, s->s.ppl);
	if (!u->n->areas[s->s.to].inside)
		return;
	u->r->in += s->s.ppl;
	u->r->streams[stream].in = s->s.ppl;
	u->r->in_by_start += 0 <= u->n->start_s ? s->s.ppl : 0;
	u->r->at_last_in_s = 0;
	for (uint32_t i = 0; i < s->s.ppl; i++)
		u->people[s->first_who + i].flags |= PERSON_IN;
}

void arrive_prepare(struct run *u)
{
	u->at_all_come_s = 0;
	for (uint32_t i = 0; i < u->n->stream_count; i++) {
		const struct stream *s = &u->n->streams[i];
		u->streams[i].next = u->streams[i].trains = 0;
		u->streams[i].backlog = LIST_EMPTY;
		draw_shares(u, i);
		sort_people(u, i);
		make_people(u, i);
		uint32_t at = 0;
		for (uint32_t k = s->first_who; k < s->first_who + s->s.ppl; k++) {
			double at_s = due_s(&s->s.curve, u->due_s[s->first_who + u->people[k].who], &at);
			u->people[k].at_come_s = at_s;
			u->leader_way[k] = CROWD_NONE;
			if (at_s <= u->n->until_s)
				u->at_all_come_s = greater(u->at_all_come_s, at_s);
		}
		if (s->s.there_at_origin)
			stand_there(u, i);
		plan_next(u, i);
	}
	if (u->at_all_come_s <= 0)
		u->at_all_come_s = (double)INFINITY;
}

static void come(struct run *u, uint32_t stream, uint32_t person)
{
	const struct stream *s = &u->n->streams[stream];
	struct person *p = &u->people[person];
	if (s->s.there_at_origin) { /* sets off */
		p->at_come_s = p->at_entered_s = 0;
		if (u->n->goals[p->goal] == s->s.to) {
			u->r->reached++;
			u->r->streams[stream].gone++;
			u->r->at_last_reached_s = u->now_s;
		} else {
			choose_way(u, person, s->s.to);
		}
		return;
	}
	p->at_come_s = u->now_s;
	u->r->come++;
	u->r->streams[stream].come++;
	if (u->streams[stream].backlog.count == 0 && area_takes(u, s->s.to)) {
		area_enter(u, person, s->s.to, CROWD_NONE);
		return;
	}
	tally_street(u, 1);
	list_push(u, &u->streams[stream].backlog, person);
	if (u->streams[stream].backlog.count == 1)
		area_wait(u, s->s.to, hand_of_stream(u, stream));
}

void arrive_next(struct run *u, uint32_t stream)
{
	const struct stream *s = &u->n->streams[stream];
	struct stream_run *r = &u->streams[stream];
	uint32_t most = s->s.batch_ppl > 0 && !s->s.there_at_origin ? s->s.batch_ppl : UINT32_MAX;
	r->trains++;
	for (; most > 0 && r->next < s->s.ppl && u->people[next_person(u, stream)].at_come_s <= u->now_s; most--) {
		uint32_t person = next_person(u, stream);
		r->next++;
		come(u, stream, person);
	}
	plan_next(u, stream);
}

void arrive_let_in(struct run *u, uint32_t stream)
{
	struct list *backlog = &u->streams[stream].backlog;
	uint32_t person = list_pop(u, backlog);
	tally_street(u, -1);
	if (backlog->count > 0)
		area_wait(u, u->n->streams[stream].s.to, hand_of_stream(u, stream));
	area_enter(u, person, u->n->streams[stream].s.to, CROWD_NONE);
}
