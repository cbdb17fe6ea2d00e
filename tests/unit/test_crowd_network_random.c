/* What must hold in any network: people are conserved, the same seed gives the same bytes, a mirrored network mirrored results, and one
 * more lane never makes people wait longer. */
#include "network_for_test.h"

#include "base/random.h"

#define CASES 40

/*  street -> layer of areas -> layer of areas -> ... -> inside; checkpoints, doors and (if asked) links between neighbours */
static void draw(struct net *t, uint64_t seed, bool links, bool trains)
{
	static double changes_s[NET_MAX][2]; /* no two gates at the same moment: who is told first would hang on the order of the list */
	for (uint32_t i = 0; i < NET_MAX; i++) {
		changes_s[i][0] = 100 + 17.3 * i;
		changes_s[i][1] = 900 + 13.7 * i;
	}
	struct random r;
	random_seed(&r, seed);
	net_begin(t);
	uint32_t before[4], before_count = 1, inside, layers = 1 + (uint32_t)random_below(&r, 3);
	before[0] = net_area(t, 0, INFINITY, false);
	t->areas[before[0]].street = true;
	for (uint32_t k = 0; k < 3; k++) {
		t->services[net_service(t, (enum crowd_form)(1 + k), 2 + random_unit(&r) * 4, 0.3 + random_unit(&r))].bag_factor = 1 + (k == 1);
		t->services[k].refused_share = k == 2 ? 0.03 : 0;
		t->services[k].second_share = k == 2 ? 0.1 : 0;
		t->services[k].second_mean_s = 20;
		t->services[k].second_cv = 0.5;
	}
	for (uint32_t layer = 0; layer <= layers; layer++) {
		uint32_t here[4], count = layer == layers ? 1 : 1 + (uint32_t)random_below(&r, 3);
		for (uint32_t k = 0; k < count; k++)
			here[k] = layer == layers ? net_area(t, 0, INFINITY, true) : net_area(t, 30 + 100 * random_unit(&r),
				5 + random_unit(&r) * 60, false);
		for (uint32_t a = 0; a < before_count; a++) {
			for (uint32_t b = 0; b < count; b++) {
				uint64_t kind = random_below(&r, links ? 3 : 2);
				if (kind == 0) {
					net_door(t, before[a], here[b], 1 + random_unit(&r) * 2);
				} else if (kind == 1) {
					uint32_t first = t->plan.lane_count, c = net_check(t, before[a], here[b],
						2 + (uint32_t)random_below(&r, 4), (uint32_t)random_below(&r, 3));
					t->checkpoints[c].stage = layer;
					t->checkpoints[c].x_m = random_unit(&r) * 50;
					t->checkpoints[c].y_m = random_unit(&r) * 50;
					t->lanes[first].takes = 0;
					t->lanes[first + 1].changes_at_s = changes_s[c];
					t->lanes[first + 1].change_count = 2;
				} else {
					uint32_t there = net_link(t, before[a], here[b], 3 + random_unit(&r) * 20, 1 + random_unit(&r));
					uint32_t back = net_link(t, here[b], before[a], t->links[there].length_m, t->links[there].width_m);
					t->links[there].opposite = back;
					t->links[back].opposite = there;
				}
			}
		}
		memcpy(before, here, sizeof(here));
		before_count = count;
	}
	inside = before[0];
	for (uint32_t k = 0; k < 2; k++) {
		uint32_t s = net_stream(t, 0, inside, 300 + (uint32_t)random_below(&r, 700), 900);
		t->streams[s].crowd = (struct crowd_crowd){.bag_share = 0.3, .step_free_share = 0.02, .group_share = {0.4, 0.4, 0.1, 0.1}};
		t->streams[s].batch_ppl = trains && k == 1 ? 200 : 0;
		t->streams[s].headway_s = 180;
	}
	t->plan.sample_s = 30;
	t->plan.until_s = 40000;
}

/* Without links everybody who has come and was not refused stands in some area at every moment; those before a full area, and none else,
 * would be missing, but the street takes all. */
static void people_are_conserved_at_every_sample(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct net t;
		draw(&t, seed, false, true);
		t.services[2].refused_share = 0;
		struct ran r = net_run(&t, seed);
		for (uint32_t s = 0; s < r.run->sample_count; s++) {
			double people = 0;
			for (uint32_t a = 0; a < t.plan.area_count; a++)
				people += (double)r.run->area_people[s * t.plan.area_count + a];
			assert_close(people, r.run->come_total[s], 0);
			assert_true(r.run->reached_total[s] == r.run->in_total[s] && r.run->in_total[s] <= r.run->come_total[s]);
		}
		assert_int_equal(r.run->reached, r.run->come);
		net_end(&r);
	}
}

static void everybody_arrives_through_links_and_refusals_too(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		struct net t;
		draw(&t, seed, true, true);
		struct ran r = net_run(&t, seed);
		assert_int_equal(r.run->come, t.streams[0].ppl + t.streams[1].ppl);
		assert_int_equal(r.run->still_there, 0);
		for (uint32_t a = 0; a < t.plan.area_count; a++)
			assert_true(r.run->areas[a].people_max <= t.areas[a].limit_ppl + r.run->swaps);
		for (uint32_t l = 0; l < t.plan.link_count; l++)
			assert_true(r.run->links[l].density_max_ppl_m2 <= 2 * 5.4 + 1e-9);
		net_end(&r);
	}
}

static void assert_same_bytes(const struct net *t, const struct crowd_run *a, const struct crowd_run *b)
{
	size_t areas = t->plan.area_count, checks = t->plan.checkpoint_count, samples = a->sample_count;
	assert_int_equal(a->events, b->events);
	assert_memory_equal(a->areas, b->areas, areas * sizeof(*a->areas));
	assert_memory_equal(a->checkpoints, b->checkpoints, checks * sizeof(*a->checkpoints));
	assert_memory_equal(a->streams, b->streams, t->plan.stream_count * sizeof(*a->streams));
	assert_memory_equal(a->area_people, b->area_people, samples * areas * sizeof(float));
	assert_memory_equal(a->wait_s, b->wait_s, samples * checks * sizeof(float));
	assert_memory_equal(a->queue_ppl, b->queue_ppl, samples * checks * sizeof(float));
	assert_memory_equal(a->passed_total, b->passed_total, samples * checks * sizeof(uint32_t));
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES / 4; seed++) {
		struct net t;
		draw(&t, seed, true, true);
		struct ran a = net_run(&t, 5), b = net_run(&t, 6);
		assert_true(a.run->to_in.mean_s < b.run->to_in.mean_s || a.run->to_in.mean_s > b.run->to_in.mean_s);
		assert_int_equal(crowd_network_run(b.network, 5, NULL, b.run), ERR_NONE);
		assert_same_bytes(&t, a.run, b.run);
		net_end(&a);
		net_end(&b);
	}
}

/* Everything listed the other way round, left and right changed. */
static void mirror(const struct net *t, struct net *m)
{
	*m = *t;
	uint32_t areas = t->plan.area_count, links = t->plan.link_count, checks = t->plan.checkpoint_count, streams = t->plan.stream_count;
	m->plan.areas = m->areas;
	m->plan.links = m->links;
	m->plan.checkpoints = m->checkpoints;
	m->plan.lanes = m->lanes;
	m->plan.services = m->services;
	m->plan.streams = m->streams;
	for (uint32_t i = 0; i < areas; i++)
		m->areas[areas - 1 - i] = t->areas[i];
	for (uint32_t i = 0; i < links; i++) {
		struct crowd_link *l = &m->links[links - 1 - i];
		*l = t->links[i];
		l->from = areas - 1 - l->from;
		l->to = areas - 1 - l->to;
		l->opposite = l->opposite == CROWD_NONE ? CROWD_NONE : links - 1 - l->opposite;
	}
	for (uint32_t i = 0; i < checks; i++) {
		struct crowd_checkpoint *c = &m->checkpoints[checks - 1 - i];
		*c = t->checkpoints[i];
		c->from = areas - 1 - c->from;
		c->to = areas - 1 - c->to;
		c->x_m = -c->x_m;
	}
	for (uint32_t i = 0; i < streams; i++) {
		struct crowd_stream *s = &m->streams[streams - 1 - i];
		*s = t->streams[i];
		s->to = areas - 1 - s->to;
		m->goals[i] = areas - 1 - t->goals[i];
		s->goals = &m->goals[i];
		s->goal_shares = &m->shares[i];
	}
}

static void a_mirrored_network_gives_mirrored_results(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES; seed++) {
		static struct net t, m;
		draw(&t, seed, true, false);
		mirror(&t, &m);
		struct ran a = net_run(&t, seed), b = net_run(&m, seed);
		uint32_t checks = t.plan.checkpoint_count, areas = t.plan.area_count;
		assert_int_equal(a.run->events, b.run->events);
		assert_close(a.run->to_in.mean_s, b.run->to_in.mean_s, 1e-6);
		for (uint32_t i = 0; i < checks; i++) {
			const struct crowd_checkpoint_result *x = &a.run->checkpoints[i], *y = &b.run->checkpoints[checks - 1 - i];
			assert_int_equal(x->passed, y->passed);
			assert_close(x->queue_max_ppl, y->queue_max_ppl, 0);
			assert_true(x->passed == 0 || fabs(x->wait.mean_s - y->wait.mean_s) < 1e-6);
		}
		for (uint32_t i = 0; i < areas; i++)
			assert_close(a.run->areas[i].people_max, b.run->areas[areas - 1 - i].people_max, 0);
		net_end(&a);
		net_end(&b);
	}
}

static void one_more_lane_never_makes_people_wait_longer(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= CASES / 4; seed++) {
		double with[2] = {0, 0};
		for (uint64_t run = 1; run <= 5; run++) {
			for (uint32_t more = 0; more < 2; more++) {
				struct net t;
				net_begin(&t);
				uint32_t out = net_area(&t, 0, INFINITY, false), mid = net_area(&t, 50, 40, false), in = net_area(&t, 0, INFINITY, true);
				uint32_t lanes = 2 + (uint32_t)seed % 4, service = net_service(&t, CROWD_LOGNORMAL, 6, 0.6);
				net_check(&t, out, mid, lanes + more * (uint32_t)(seed % 2), service);
				net_check(&t, out, mid, lanes, service);
				net_check(&t, mid, in, 2 * lanes + more * (uint32_t)(1 - seed % 2), service);
				net_stream(&t, out, in, 2000, 2000 * 6.0 / (2 * lanes) * (0.7 + 0.06 * (double)seed));
				struct ran r = net_run(&t, run);
				with[more] += r.run->to_in.mean_s / 5;
				net_end(&r);
			}
		}
		if (!(with[1] <= with[0] + 0.5))
			fail_msg("%g s with one lane more, %g s without", with[1], with[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_conserved_at_every_sample),
		cmocka_unit_test(everybody_arrives_through_links_and_refusals_too),
		cmocka_unit_test(the_same_seed_gives_the_same_bytes),
		cmocka_unit_test(a_mirrored_network_gives_mirrored_results),
		cmocka_unit_test(one_more_lane_never_makes_people_wait_longer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
