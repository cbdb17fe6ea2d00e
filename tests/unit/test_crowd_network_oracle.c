/* The network against a simulator that is too simple to be wrong: everybody is looked at again whenever anything happens. */
#include "network_for_test.h"

#include "crowd/flow/inside.h"

#define PPL 400
#define STATIONS 3

enum where { COMING, QUEUES, SERVED, BLOCKED, GONE };
struct one { enum where where; uint32_t at; double comes_s, until_s, waits_s, in_s; bool refused; };
struct line { uint32_t lanes[STATIONS], limit[STATIONS + 1]; struct crowd_service service[STATIONS]; };
struct told { double wait_sum_s[STATIONS], wait_max_s[STATIONS], blocked_s[STATIONS], in_sum_s, last_s; uint32_t in, refused; };

static uint32_t count(const struct one *p, uint32_t station, enum where from, enum where to)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < PPL; i++)
		n += p[i].at == station && p[i].where >= from && p[i].where <= to;
	return n;
}

static uint32_t first_of(const struct one *p, uint32_t station, enum where where, bool by_until)
{
	uint32_t best = UINT32_MAX;
	for (uint32_t i = 0; i < PPL; i++)
		if (p[i].at == station && p[i].where == where &&
		    (best == UINT32_MAX || (by_until ? p[i].until_s < p[best].until_s : p[i].waits_s < p[best].waits_s)))
			best = i;
	return best;
}

static void go_on(struct one *p, const struct line *l, double now_s, struct told *out)
{
	(void)l;
	out->blocked_s[p->at] += now_s - p->until_s;
	if (p->refused || p->at + 1 == STATIONS) {
		p->where = GONE;
		out->refused += p->refused;
		if (!p->refused) {
			out->in++;
			out->in_sum_s += now_s - p->comes_s;
			out->last_s = now_s;
		}
		p->at = STATIONS;
		return;
	}
	p->at++;
	p->where = QUEUES;
	p->waits_s = now_s;
}

/* Does one thing that can be done now; false: nothing can. */
static bool do_one(struct one *p, const struct line *l, double now_s, uint64_t seed, uint64_t name, struct told *out)
{
	for (uint32_t s = 0; s < STATIONS; s++) {
		uint32_t i = first_of(p, s, BLOCKED, true);
		bool room = i != UINT32_MAX && (p[i].refused || s + 1 == STATIONS || count(p, s + 1, QUEUES, BLOCKED) < l->limit[s + 1]);
		if (room) {
			go_on(&p[i], l, now_s, out);
			return true;
		}
		uint32_t next = first_of(p, s, QUEUES, false);
		if (next == UINT32_MAX || count(p, s, SERVED, BLOCKED) == l->lanes[s])
			continue;
		double wait_s = now_s - p[next].waits_s;
		out->wait_sum_s[s] += wait_s;
		out->wait_max_s[s] = fmax(out->wait_max_s[s], wait_s);
		p[next].where = SERVED;
		p[next].until_s = now_s + crowd_service_draw_s(&l->service[s], seed, name + next, s << 4, false);
		p[next].refused = crowd_draw_unit(seed, name + next, CROWD_ASK_REFUSED, s << 4) < l->service[s].refused_share;
		return true;
	}
	return false;
}

static struct told simulate(const struct line *l, const struct crowd_curve *curve, uint64_t seed, uint64_t name)
{
	static struct one p[PPL];
	struct told out = {0};
	for (uint32_t i = 0; i < PPL; i++)
		p[i] = (struct one){.where = COMING, .comes_s = crowd_curve_inverse_s(curve, crowd_draw_unit(seed, name + i,
			CROWD_ASK_ARRIVAL, 0))};
	for (;;) {
		double now_s = INFINITY;
		uint32_t who = UINT32_MAX;
		for (uint32_t i = 0; i < PPL; i++) {
			double at_s = p[i].where == COMING ? p[i].comes_s : p[i].where == SERVED ? p[i].until_s : (double)INFINITY;
			if (at_s < now_s) {
				now_s = at_s;
				who = i;
			}
		}
		if (who == UINT32_MAX)
			return out;
		p[who].waits_s = now_s;
		p[who].where = p[who].where == COMING ? QUEUES : BLOCKED; /* for no time, if there is room */
		while (do_one(p, l, now_s, seed, name, &out))
			;
	}
}

static void compare(const struct line *l, uint64_t seed, double for_s)
{
	struct net t;
	net_begin(&t);
	for (uint32_t s = 0; s <= STATIONS; s++)
		net_area(&t, 20, s == 0 || s == STATIONS ? (double)INFINITY : l->limit[s], s == STATIONS);
	for (uint32_t s = 0; s < STATIONS; s++) {
		t.services[t.plan.service_count++] = l->service[s];
		t.checkpoints[net_check(&t, s, s + 1, l->lanes[s], s)].stage = s;
	}
	net_stream(&t, 0, STATIONS, PPL, for_s);
	struct told wanted = simulate(l, &t.streams[0].curve, seed, network_name("stream0"));
	struct ran r = net_run(&t, seed);
	assert_int_equal(r.run->in, wanted.in);
	assert_int_equal(r.run->refused, wanted.refused);
	assert_close(r.run->to_in.mean_s, wanted.in_sum_s / wanted.in, 1e-7);
	for (uint32_t s = 0; s < STATIONS; s++) {
		const struct crowd_checkpoint_result *c = &r.run->checkpoints[s];
		assert_close(c->wait.mean_s, wanted.wait_sum_s[s] / c->wait.count, 1e-7);
		assert_close(c->wait.max_s, wanted.wait_max_s[s], 1e-7);
		assert_close(c->blocked_s, wanted.blocked_s[s], 1e-6);
	}
	assert_close(r.run->checkpoints[STATIONS - 1].at_last_s, wanted.last_s, 1e-7);
	net_end(&r);
}

static void a_line_of_stations_with_little_room_runs_as_the_naive_one(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 24; i++) {
		struct line l = {.limit = {0, 2 + i % 7, 1 + i % 3, 0}};
		for (uint32_t s = 0; s < STATIONS; s++) {
			l.lanes[s] = 1 + (i + s) % 4;
			l.service[s] = (struct crowd_service){.form = s == 0 ? CROWD_EXPONENTIAL : s == 1 ? CROWD_LOGNORMAL : CROWD_GAMMA,
				.mean_s = 3 + (i * 5 + s * 3) % 7, .cv = 0.5, .second_share = s == 1 ? 0.1 : 0, .second_mean_s = 20, .second_cv = 0.4};
		}
		l.service[2].refused_share = i % 2 == 0 ? 0.05 : 0;
		compare(&l, 100 + i, 500 + 100 * (i % 9));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_of_stations_with_little_room_runs_as_the_naive_one)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
