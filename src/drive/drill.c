/* drive/drill.c: simulated people come by the plan's curve, queue at its checkpoints, pass, sit, leave; every passage is told by one of
 * the checkpoint's devices. A way to fill a control room, not a prediction: that is crowd/'s work.
 *
 * One second of session time a step. A zone's people choose among its onward checkpoints by open capacity, walk there (a delay line by
 * distance), queue, and are served at the rate of the open lanes. After the end everyone leaves by the shortest way out.
 */
#include "drive/drive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS 1000
#define WALK_M_S 1.1
#define WALK_S_MAX 600
#define FREE_FLOW_PPL_M_MIN 60.0 /* a checkpoint without lanes: people a metre and minute */
#define FREE_WIDTH_M 4.0
#define LEAVE_AFTER_START_S 5400 /* without an end in the timetable */
#define REFUSED_SHARE 0.003      /* at the ticket check: they turn round and leave through the stage before */
#define HEARTBEAT_SHARE 0.8      /* of a device's period */

enum way { WAY_NONE, WAY_IN, WAY_OUT };

struct gate {
	double lane_rate_ppl_min; /* mean of its lanes; 0: free flow over its width */
	uint32_t lanes_open;
	double weight;            /* share of the zone's people that choose it, by capacity */
	double carry;             /* fraction of a person left over from the last step */
	uint32_t queue_in, queue_out;
	uint16_t *walking_in, *walking_out; /* rings of WALK_S_MAX: who arrives at the queue in how many seconds */
	uint32_t walk_s;
	bool entry;               /* leads onward on the way in */
	bool leads_out;           /* from -> to is a way out (an exit) */
	uint32_t back;            /* the checkpoint before, by which the refused leave; UINT32_MAX */
};

struct teller { uint64_t seq; at_ms at_last; };

struct drive_drill {
	const struct plan *plan;
	struct random random;
	uint32_t people;
	struct gate *gates;
	struct teller *tellers;
	uint32_t *steps_out;      /* by zone: checkpoints to the outside on the shortest way; UINT32_MAX none */
	uint32_t *seated;         /* by zone: people who have arrived where they stay */
	uint32_t *steps_in;       /* by zone: checkpoints to the nearest seat; UINT32_MAX none */
	double *arrival_carry;    /* by source */
	at_ms at, at_begin, at_leave, at_stop;
	struct drive_record *made;
	size_t made_count, made_room, given;
	bool out_of_memory;
};

static double rate_ppl_s(const struct drive_drill *d, uint32_t checkpoint)
{
	const struct gate *g = &d->gates[checkpoint];
	const struct plan_checkpoint *p = &d->plan->checkpoints[checkpoint];

	if (g->lane_rate_ppl_min > 0)
		return g->lane_rate_ppl_min * g->lanes_open / 60;
	return (p->width_m > 0 ? p->width_m : FREE_WIDTH_M) * FREE_FLOW_PPL_M_MIN / 60;
}

static uint32_t walk_seconds(const struct plan *plan, const struct plan_checkpoint *c)
{
	const struct plan_zone *z = &plan->zones[c->from];
	struct point_m a, b;
	double s;

	if (z->feature == UINT32_MAX)
		return 5;
	a = geo_centre(&plan->features[z->feature].shape);
	b = geo_centre(&plan->features[c->feature].shape);
	s = hypot(a.x_m - b.x_m, a.y_m - b.y_m) / WALK_M_S;
	return s < 5 ? 5 : s > WALK_S_MAX - 1 ? WALK_S_MAX - 1 : (uint32_t)s;
}

/* Breadth first from the outside against the way people leave: exits forward, transfers and entries between two inside zones backward. */
static void find_ways_out(struct drive_drill *d)
{
	const struct plan *plan = d->plan;
	bool changed = true;
	uint32_t i;

	for (i = 0; i < plan->zone_count; i++)
		d->steps_out[i] = plan->zones[i].use == PLAN_OUTSIDE ? 0 : UINT32_MAX;
	while (changed) {
		changed = false;
		for (i = 0; i < plan->checkpoint_count; i++) {
			const struct plan_checkpoint *c = &plan->checkpoints[i];
			uint32_t leave = d->gates[i].leads_out ? c->from : c->to, reach = d->gates[i].leads_out ? c->to : c->from;

			if (!d->gates[i].leads_out && !(c->stage == PLAN_TRANSFER))
				continue;
			if (d->steps_out[reach] != UINT32_MAX && d->steps_out[reach] + 1 < d->steps_out[leave]) {
				d->steps_out[leave] = d->steps_out[reach] + 1;
				changed = true;
			}
		}
	}
}

/* The same for the way in: from the stands against the way people come. */
static void find_ways_in(struct drive_drill *d)
{
	const struct plan *plan = d->plan;
	bool changed = true;
	uint32_t i;

	for (i = 0; i < plan->zone_count; i++)
		d->steps_in[i] = plan->zones[i].use == PLAN_STAND ? 0 : UINT32_MAX;
	while (changed) {
		changed = false;
		for (i = 0; i < plan->checkpoint_count; i++) {
			const struct plan_checkpoint *c = &plan->checkpoints[i];

			if (c->stage == PLAN_EXIT || d->steps_in[c->to] == UINT32_MAX || d->steps_in[c->to] + 1 >= d->steps_in[c->from])
				continue;
			d->steps_in[c->from] = d->steps_in[c->to] + 1;
			changed = true;
		}
	}
}

static void set_up_gates(struct drive_drill *d)
{
	const struct plan *plan = d->plan;
	uint32_t i, k;

	for (i = 0; i < plan->checkpoint_count; i++) {
		const struct plan_checkpoint *c = &plan->checkpoints[i];
		struct gate *g = &d->gates[i];

		for (k = 0; k < c->lane_count; k++) {
			g->lane_rate_ppl_min += c->lanes[k].rate_ppl_min / c->lane_count;
			g->lanes_open += c->lanes[k].open;
		}
		g->leads_out = c->stage == PLAN_EXIT;
		g->entry = c->stage != PLAN_EXIT;
		g->walk_s = walk_seconds(plan, c);
		g->back = UINT32_MAX;
		for (k = 0; k < plan->checkpoint_count; k++)
			if (c->stage == PLAN_TICKET && plan->checkpoints[k].to == c->from && plan->checkpoints[k].stage != PLAN_EXIT)
				g->back = k;
	}
	for (i = 0; i < plan->checkpoint_count; i++)
		d->gates[i].weight = rate_ppl_s(d, i);
	find_ways_out(d);
	find_ways_in(d);
}

err_t drive_drill_new(const struct plan *plan, uint32_t people, uint64_t seed, struct drive_drill **out, struct problem *problem)
{
	struct drive_drill *d = calloc(1, sizeof(*d));
	uint32_t i;

	if (plan->source_count == 0) {
		free(d);
		return problem_set(problem, ERR_PLAN_SYNTAX, "source", "%s", "the plan has no sources: nobody comes");
	}
	if (!d)
		return ERR_MEMORY;
	d->plan = plan;
	d->people = people ? people : plan->expected_ppl;
	random_seed(&d->random, seed ^ 0x6472696c6cu);
	d->gates = calloc(plan->checkpoint_count + 1, sizeof(*d->gates));
	d->tellers = calloc(plan->device_count + 1, sizeof(*d->tellers));
	d->steps_out = calloc(plan->zone_count, sizeof(*d->steps_out));
	d->seated = calloc(plan->zone_count, sizeof(*d->seated));
	d->steps_in = calloc(plan->zone_count, sizeof(*d->steps_in));
	d->arrival_carry = calloc(plan->source_count, sizeof(*d->arrival_carry));
	if (!d->steps_in || !d->gates || !d->tellers || !d->steps_out || !d->seated || !d->arrival_carry)
		goto no_memory;
	for (i = 0; i < plan->checkpoint_count; i++) {
		d->gates[i].walking_in = calloc(WALK_S_MAX, sizeof(uint16_t));
		d->gates[i].walking_out = calloc(WALK_S_MAX, sizeof(uint16_t));
		if (!d->gates[i].walking_in || !d->gates[i].walking_out)
			goto no_memory;
	}
	set_up_gates(d);
	d->at_begin = d->at = plan->at_doors - 30 * 60000;
	d->at_leave = plan->at_end != AT_NONE ? plan->at_end : plan->at_start + LEAVE_AFTER_START_S * 1000;
	d->at_stop = d->at_leave + 90 * 60000;
	*out = d;
	return ERR_NONE;
no_memory:
	drive_drill_free(d);
	return ERR_MEMORY;
}

void drive_drill_free(struct drive_drill *d)
{
	uint32_t i;

	if (!d)
		return;
	for (i = 0; d->gates && i < d->plan->checkpoint_count; i++) {
		free(d->gates[i].walking_in);
		free(d->gates[i].walking_out);
	}
	free(d->gates);
	free(d->tellers);
	free(d->steps_out);
	free(d->seated);
	free(d->steps_in);
	free(d->arrival_carry);
	free(d->made);
	free(d);
}

static void tell(struct drive_drill *d, uint32_t device, at_ms at, uint32_t in, uint32_t out)
{
	struct drive_record *r;

	if (d->made_count == d->made_room) {
		size_t room = d->made_room ? d->made_room * 2 : 8192;
		struct drive_record *bigger = realloc(d->made, room * sizeof(*bigger));

		if (!bigger) {
			d->out_of_memory = true;
			return;
		}
		d->made = bigger;
		d->made_room = room;
	}
	r = &d->made[d->made_count++];
	*r = (struct drive_record){.device = device, .boot = 1, .at = at, .at_due = at, .in = in, .out = out};
	d->tellers[device].at_last = at;
}

/* `people` pass through within this second; each is told by one of the checkpoint's devices. */
static void pass(struct drive_drill *d, uint32_t checkpoint, uint32_t people, enum way way)
{
	const struct plan_checkpoint *c = &d->plan->checkpoints[checkpoint];

	for (; people > 0 && c->device_count > 0; people--) {
		uint32_t device = c->device_first + (uint32_t)random_below(&d->random, c->device_count);

		tell(d, device, d->at + (at_ms)random_below(&d->random, STEP_MS), way == WAY_IN, way == WAY_OUT);
	}
}

/* An onward checkpoint of `zone`; into `only` if that is not ANY_ZONE. */
#define ANY_ZONE UINT32_MAX
static bool goes_on(const struct drive_drill *d, uint32_t checkpoint, uint32_t zone, uint32_t only)
{
	const struct plan_checkpoint *c = &d->plan->checkpoints[checkpoint];

	return d->gates[checkpoint].entry && c->from == zone && (only == ANY_ZONE || c->to == only);
}

/* How much an onward checkpoint draws. A stand: by the seats left in it, so that none is overfull while another is
 * empty. Inside, only what leads nearer to a seat: nobody walks in circles, or up to the stage. On the way in: its
 * capacity. */
static double draw(const struct drive_drill *d, uint32_t checkpoint)
{
	const struct plan_checkpoint *c = &d->plan->checkpoints[checkpoint];
	const struct plan_zone *to = &d->plan->zones[c->to];

	if (to->use == PLAN_STAND && to->seats > 0)
		return to->seats > d->seated[c->to] ? (double)(to->seats - d->seated[c->to]) : 0;
	if (d->steps_in[c->from] != UINT32_MAX && d->plan->zones[c->from].counts_inside && d->steps_in[c->to] >= d->steps_in[c->from])
		return 0;
	return d->gates[checkpoint].weight;
}

/* People in `zone` on the way in take the way to its onward checkpoints, by what they draw. false: there is none. */
static bool send_onward(struct drive_drill *d, uint32_t zone, uint32_t only, uint32_t people)
{
	const struct plan *plan = d->plan;
	double total = 0, dice;
	uint32_t i, last;

	for (i = 0; i < plan->checkpoint_count; i++)
		if (goes_on(d, i, zone, only))
			total += draw(d, i);
	if (total <= 0)
		return false;
	for (; people > 0; people--) {
		dice = random_unit(&d->random) * total;
		last = UINT32_MAX;
		for (i = 0; i < plan->checkpoint_count && dice >= 0; i++)
			if (goes_on(d, i, zone, only) && draw(d, i) > 0) {
				dice -= draw(d, i);
				last = i;
			}
		if (last != UINT32_MAX) {
			uint32_t walk_s = d->gates[last].walk_s;

			walk_s = 1 + (uint32_t)((double)walk_s * (0.7 + 0.6 * random_unit(&d->random)));
			d->gates[last].walking_in[((uint64_t)(d->at / 1000) + walk_s) % WALK_S_MAX]++;
		}
	}
	return true;
}

static void go_on_or_stay(struct drive_drill *d, uint32_t zone, uint32_t people)
{
	if (!send_onward(d, zone, ANY_ZONE, people))
		d->seated[zone] += people;
}

/* A source's people come from outside: through the counted line round its zone, if there is one. */
static void come_from_outside(struct drive_drill *d, uint32_t zone, uint32_t people)
{
	uint32_t i;

	for (i = 0; i < d->plan->zone_count; i++)
		if (d->plan->zones[i].use == PLAN_OUTSIDE && i != zone && send_onward(d, i, zone, people))
			return;
	go_on_or_stay(d, zone, people);
}

static void arrive(struct drive_drill *d)
{
	const struct plan *plan = d->plan;
	double share = plan_arrived_share(plan, d->at + STEP_MS) - plan_arrived_share(plan, d->at);
	uint32_t i;

	for (i = 0; i < plan->source_count && share > 0; i++) {
		const struct plan_source *s = &plan->sources[i];
		double people = d->people * share * s->share + d->arrival_carry[i];
		double whole = floor(people);
		bool train = s->batch_ppl > 0 && s->headway_s > 0;

		d->arrival_carry[i] = people - whole;
		if (train && (d->at / 1000) % s->headway_s != 0) {
			d->arrival_carry[i] = people; /* they come with the next train */
			continue;
		}
		come_from_outside(d, s->to, (uint32_t)whole);
	}
}

/* The way out of a zone: the checkpoint that brings one nearest to the outside; several alike share by chance. */
static uint32_t way_out_of(struct drive_drill *d, uint32_t zone)
{
	const struct plan *plan = d->plan;
	double total = 0, dice;
	uint32_t i, round, reach, chosen = UINT32_MAX;

	for (round = 0, dice = 0; round < 2; round++) {
		for (i = 0; i < plan->checkpoint_count; i++) {
			const struct plan_checkpoint *c = &plan->checkpoints[i];
			uint32_t leave = d->gates[i].leads_out ? c->from : c->to;

			reach = d->gates[i].leads_out ? c->to : c->from;
			if (leave != zone || (!d->gates[i].leads_out && c->stage != PLAN_TRANSFER) || d->steps_out[reach] >= d->steps_out[zone])
				continue;
			if (round == 0) {
				total += c->width_m > 0 ? c->width_m : FREE_WIDTH_M;
			} else if (dice >= 0) {
				dice -= c->width_m > 0 ? c->width_m : FREE_WIDTH_M;
				chosen = i;
			}
		}
		dice = random_unit(&d->random) * total;
	}
	return chosen;
}

static void start_leaving(struct drive_drill *d, uint32_t zone, uint32_t people)
{
	for (; people > 0; people--) {
		uint32_t c = way_out_of(d, zone);

		if (c == UINT32_MAX) {
			d->seated[zone] += people;
			return;
		}
		d->gates[c].walking_out[((uint64_t)(d->at / 1000) + 10 + random_below(&d->random, 90)) % WALK_S_MAX]++;
	}
}

/* After the end a zone empties over about fifteen minutes. */
static void leave(struct drive_drill *d)
{
	uint32_t i, people;

	if (d->at < d->at_leave)
		return;
	for (i = 1; i < d->plan->zone_count; i++) {
		if (d->steps_out[i] == UINT32_MAX || d->steps_out[i] == 0 || d->seated[i] == 0)
			continue;
		people = (uint32_t)ceil(d->seated[i] / 300.0);
		d->seated[i] -= people;
		start_leaving(d, i, people);
	}
}

/* The refused leave through the stage before, and on by the way they came, as far as the outside. */
static void turn_back(struct drive_drill *d, uint32_t checkpoint, uint32_t people)
{
	const struct plan *plan = d->plan;
	uint32_t i, steps;

	for (steps = 0; steps < 8 && checkpoint != UINT32_MAX && people > 0; steps++) {
		uint32_t zone = plan->checkpoints[checkpoint].from;

		pass(d, checkpoint, people, WAY_OUT);
		checkpoint = UINT32_MAX;
		for (i = 0; i < plan->checkpoint_count && plan->zones[zone].use != PLAN_OUTSIDE; i++)
			if (d->gates[i].entry && plan->checkpoints[i].to == zone)
				checkpoint = i;
	}
}

static void serve_in(struct drive_drill *d, uint32_t checkpoint)
{
	const struct plan_checkpoint *c = &d->plan->checkpoints[checkpoint];
	struct gate *g = &d->gates[checkpoint];
	uint32_t served, refused = 0, i;

	g->queue_in += g->walking_in[(uint64_t)(d->at / 1000) % WALK_S_MAX];
	g->walking_in[(uint64_t)(d->at / 1000) % WALK_S_MAX] = 0;
	if (d->at < d->plan->at_doors || g->queue_in == 0) {
		/* Before the doors people may come up to the first check and wait there. */
		if (c->stage != PLAN_TRANSFER || g->queue_in == 0)
			return;
	}
	/* Service times scatter: the second's capacity varies by a quarter around its mean. */
	g->carry += rate_ppl_s(d, checkpoint) * (1 + 0.25 * random_normal(&d->random));
	if (g->carry < 0)
		g->carry = 0;
	served = (uint32_t)g->carry;
	g->carry -= served;
	if (served > g->queue_in)
		served = g->queue_in;
	g->queue_in -= served;
	for (i = 0; c->stage == PLAN_TICKET && g->back != UINT32_MAX && i < served; i++)
		refused += random_unit(&d->random) < REFUSED_SHARE;
	turn_back(d, g->back, refused);
	pass(d, checkpoint, served - refused, WAY_IN);
	go_on_or_stay(d, c->to, served - refused);
}

static void serve_out(struct drive_drill *d, uint32_t checkpoint)
{
	const struct plan_checkpoint *c = &d->plan->checkpoints[checkpoint];
	struct gate *g = &d->gates[checkpoint];
	uint32_t served, reach;
	double width_m = c->width_m > 0 ? c->width_m : FREE_WIDTH_M;

	g->queue_out += g->walking_out[(uint64_t)(d->at / 1000) % WALK_S_MAX];
	g->walking_out[(uint64_t)(d->at / 1000) % WALK_S_MAX] = 0;
	served = (uint32_t)(width_m * FREE_FLOW_PPL_M_MIN / 60 + random_unit(&d->random));
	if (served > g->queue_out)
		served = g->queue_out;
	if (served == 0)
		return;
	g->queue_out -= served;
	pass(d, checkpoint, served, g->leads_out ? WAY_IN : WAY_OUT);
	reach = g->leads_out ? c->to : c->from;
	if (d->steps_out[reach] != 0)
		start_leaving(d, reach, served);
}

/* A device with nothing to tell says so. */
static void beat_hearts(struct drive_drill *d)
{
	uint32_t i;

	for (i = 0; i < d->plan->device_count; i++)
		if (d->at - d->tellers[i].at_last >= (at_ms)(d->plan->devices[i].period_s * 1000 * HEARTBEAT_SHARE))
			tell(d, i, d->at, 0, 0);
}

static int by_time(const void *a, const void *b)
{
	const struct drive_record *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->device > y->device) - (x->device < y->device);
}

static void step(struct drive_drill *d)
{
	uint32_t i;
	size_t n;

	d->made_count = d->given = 0;
	arrive(d);
	for (i = 0; i < d->plan->checkpoint_count; i++)
		if (d->gates[i].entry)
			serve_in(d, i);
	leave(d);
	for (i = 0; i < d->plan->checkpoint_count; i++)
		serve_out(d, i);
	beat_hearts(d);
	qsort(d->made, d->made_count, sizeof(*d->made), by_time);
	for (n = 0; n < d->made_count; n++)
		d->made[n].seq = ++d->tellers[d->made[n].device].seq;
	d->at += STEP_MS;
}

static bool drill_more(void *self, struct drive_record *records, size_t room, size_t *out_count, at_ms *out_horizon)
{
	struct drive_drill *d = self;
	size_t count;

	*out_count = 0;
	if (d->given == d->made_count) {
		if (d->at >= d->at_stop || d->out_of_memory)
			return false;
		step(d);
	}
	count = d->made_count - d->given < room ? d->made_count - d->given : room;
	if (count > 0)
		memcpy(records, d->made + d->given, count * sizeof(*records));
	d->given += count;
	*out_count = count;
	*out_horizon = d->given < d->made_count ? records[count - 1].at : d->at - 1;
	return true;
}

static void drill_lanes(void *self, uint32_t checkpoint, uint32_t lanes_open)
{
	struct drive_drill *d = self;

	if (d->gates[checkpoint].lane_rate_ppl_min > 0) {
		d->gates[checkpoint].lanes_open = lanes_open;
		d->gates[checkpoint].weight = rate_ppl_s(d, checkpoint);
	}
}

void drive_drill_source(struct drive_drill *d, struct drive_source *out)
{
	*out = (struct drive_source){.more = drill_more, .lanes = drill_lanes, .self = d};
}
