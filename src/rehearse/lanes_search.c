/* rehearse/lanes_search.c: from square-root staffing to lanes that hold, with the simulation as judge.
 *
 * Halfin and Whitt (1981): c = a + beta sqrt(a) lanes for a lanes' worth of people keep waits short whatever the size. That is
 * the start; after it the network is run, and lanes are added where people wait too long, and taken where nobody does. */
#include <math.h>
#include <string.h>

#include "rehearse/lanes.h"

#define BETA 1.0
#define SEARCH_RUNS 2u
#define RAISE_ROUNDS 14
#define PRUNE_ROUNDS 10
#define MEND_ROUNDS 4
#define SWAP_ROUNDS 10
enum { LEFT, TAKEN, NEEDED }; /* of a lane, when they are pruned */
#define BUSY_MOST 0.95  /* nobody takes a lane away that leaves the others busier than this */

static double load(const struct search *s, uint32_t check, uint32_t quarter)
{
	return s->load[(size_t)check * s->quarter_count + quarter];
}

static double wait_of(const struct search *s, uint32_t check, uint32_t quarter)
{
	double wait = s->wait_s[(size_t)check * s->quarter_count + quarter];
	return isnan(wait) ? 0 : wait;
}

double lanes_staff(const struct search *s, uint32_t quarter)
{
	double sum = 0;
	for (uint32_t c = 0; c < s->check_count; c++)
		sum += LANES_AT(s, c, quarter) * s->staff[c];
	return sum;
}

static bool fits(const struct search *s, uint32_t quarter, double more)
{
	return s->wanted.staff == 0 || lanes_staff(s, quarter) + more <= s->wanted.staff + 1e-9;
}

static bool asks_wait(const struct search *s)
{
	return !isnan(s->wanted.wait_p95_s);
}

bool lanes_hold(const struct search *s)
{
	for (uint32_t q = 0; q < s->quarter_count; q++)
		if (!fits(s, q, 0))
			return false;
	for (uint32_t c = 0; asks_wait(s) && c < s->check_count; c++) {
		if (!s->waits_for_doors && s->wait_p95_s[c] > s->wanted.wait_p95_s)
			return false;
		for (uint32_t q = 0; q < s->quarter_count; q++)
			if (wait_of(s, c, q) > s->wanted.wait_p95_s)
				return false;
	}
	return true;
}

/* The check from which a lane can be taken with the least harm in this quarter; CROWD_NONE: none. */
static uint32_t easiest_to_take(const struct search *s, uint32_t quarter, double busy_most)
{
	uint32_t best = CROWD_NONE;
	double least = busy_most;
	for (uint32_t c = 0; c < s->check_count; c++) {
		uint32_t lanes = LANES_AT(s, c, quarter);
		if (lanes > 1 && load(s, c, quarter) / (lanes - 1) < least) {
			least = load(s, c, quarter) / (lanes - 1);
			best = c;
		}
	}
	return best;
}

static void fit_staff(struct search *s, uint32_t quarter)
{
	while (!fits(s, quarter, 0)) {
		uint32_t c = easiest_to_take(s, quarter, INFINITY);
		if (c == CROWD_NONE)
			return;
		LANES_AT(s, c, quarter)--;
	}
}

/* Staff that is left goes where lanes are busiest. */
static void use_staff(struct search *s, uint32_t quarter)
{
	for (;;) {
		uint32_t best = CROWD_NONE;
		double most = 0.3; /* below it one more lane saves nobody a second */
		for (uint32_t c = 0; c < s->check_count; c++) {
			uint32_t lanes = LANES_AT(s, c, quarter);
			if (lanes > 0 && lanes < s->most[c] && fits(s, quarter, s->staff[c]) && load(s, c, quarter) / lanes > most) {
				most = load(s, c, quarter) / lanes;
				best = c;
			}
		}
		if (best == CROWD_NONE)
			return;
		LANES_AT(s, best, quarter)++;
	}
}

/* Whom the lanes of a quarter cannot pass stand there in the next one as well. */
static void carry_over(struct search *s, uint32_t quarter)
{
	for (uint32_t c = 0; c < s->check_count && quarter + 1 < s->quarter_count; c++)
		s->load[(size_t)c * s->quarter_count + quarter + 1] += fmax(0, load(s, c, quarter) - LANES_AT(s, c, quarter));
}

static void square_root_staffing(struct search *s)
{
	for (uint32_t q = 0; q < s->quarter_count; q++) {
		bool before_doors = s->p->at_doors != AT_NONE && s->from_s + 900.0 * (q + 1) <= (double)(s->p->at_doors - s->p->at_start) / 1000;
		for (uint32_t c = 0; c < s->check_count; c++) {
			double a = load(s, c, q), lanes = ceil(a + BETA * sqrt(a) - 1e-9);
			LANES_AT(s, c, q) = before_doors ? 0 : (uint32_t)fmin(fmax(lanes, 1), s->most[c]);
		}
		fit_staff(s, q);
		if (!asks_wait(s)) {
			use_staff(s, q);
			carry_over(s, q);
		}
	}
}

/* One more lane here if there is room and somebody to man it, if need be taken from where it is missed least. */
static bool raise_cell(struct search *s, uint32_t check, uint32_t quarter, uint32_t by)
{
	bool raised = false;
	for (uint32_t i = 0; i < by && LANES_AT(s, check, quarter) > 0 && LANES_AT(s, check, quarter) < s->most[check]; i++) {
		for (int tries = 0; tries < 64 && !fits(s, quarter, s->staff[check]); tries++) {
			uint32_t from = easiest_to_take(s, quarter, BUSY_MOST);
			if (from == CROWD_NONE || from == check || wait_of(s, from, quarter) > 0.5 * wait_of(s, check, quarter))
				break;
			LANES_AT(s, from, quarter)--;
		}
		if (!fits(s, quarter, s->staff[check]))
			break;
		LANES_AT(s, check, quarter)++;
		raised = true;
	}
	return raised;
}

/* People wait too long in a quarter because of those who came before it: the quarter before gets lanes as well. */
static bool raise_all(struct search *s)
{
	bool raised = false;
	s->stuck = false;
	for (uint32_t c = 0; c < s->check_count; c++) {
		uint32_t worst = 0;
		bool any = false;
		for (uint32_t q = 0; q < s->quarter_count; q++) {
			if (wait_of(s, c, q) > wait_of(s, c, worst))
				worst = q;
			if (wait_of(s, c, q) <= s->wanted.wait_p95_s)
				continue;
			uint32_t by = 1 + LANES_AT(s, c, q) / 6;
			any = true;
			bool here = raise_cell(s, c, q, by);
			if (q > 0 && load(s, c, q - 1) > 0)
				here = raise_cell(s, c, q - 1, 1) || here;
			s->stuck = s->stuck || !here;
			raised = raised || here;
		}
		if (!any && !s->waits_for_doors && s->wait_p95_s[c] > s->wanted.wait_p95_s)
			raised = raise_cell(s, c, worst, 1) || raised;
	}
	return raised;
}

static uint32_t search_runs(const struct search *s)
{
	return s->s.replications < SEARCH_RUNS ? s->s.replications : SEARCH_RUNS;
}

static err_t raise_until_it_holds(struct search *s)
{
	err_t error = ERR_NONE;
	for (int round = 0; round < RAISE_ROUNDS && error == ERR_NONE; round++) {
		error = lanes_judge(s, search_runs(s), NULL, NULL);
		if (error != ERR_NONE || lanes_hold(s) || !raise_all(s) || (s->may_build && s->stuck && round >= 3))
			break;
	}
	return error;
}

/* May a lane go here, as far as can be seen beforehand? */
static bool can_spare(const struct search *s, uint32_t check, uint32_t quarter)
{
	uint32_t lanes = LANES_AT(s, check, quarter);
	return lanes > 1 && load(s, check, quarter) / (lanes - 1) < BUSY_MOST && wait_of(s, check, quarter) <= 0.6 * s->wanted.wait_p95_s;
}

static bool check_holds(const struct search *s, uint32_t check)
{
	for (uint32_t q = 0; q < s->quarter_count; q++)
		if (wait_of(s, check, q) > s->wanted.wait_p95_s)
			return false;
	return s->waits_for_doors || !(s->wait_p95_s[check] > s->wanted.wait_p95_s);
}

static void give_back(struct search *s, uint8_t *taken, uint32_t check, uint32_t quarter)
{
	uint8_t *cell = &taken[(size_t)check * s->quarter_count + quarter];
	if (*cell == TAKEN) {
		LANES_AT(s, check, quarter)++;
		*cell = NEEDED;
	}
}

/* A wait in one quarter may come from the one before it. Where neither lost a lane the harm is older: all go back. */
static void give_back_where_it_hurts(struct search *s, uint8_t *taken, uint32_t check, bool all)
{
	bool found = false;
	for (uint32_t q = 0; q < s->quarter_count && !all; q++) {
		if (wait_of(s, check, q) <= s->wanted.wait_p95_s)
			continue;
		for (uint32_t back = 0; back < 2 && back <= q; back++) {
			found = found || taken[(size_t)check * s->quarter_count + q - back] == TAKEN;
			give_back(s, taken, check, q - back);
		}
	}
	for (uint32_t q = 0; q < s->quarter_count && !found; q++)
		give_back(s, taken, check, q);
}

/* Takes a lane wherever one seems to be too many, and gives it back where the wish then fails. */
static err_t prune(struct search *s)
{
	size_t cells = (size_t)s->check_count * s->quarter_count;
	uint8_t *taken = arena_alloc_array(s->arena, cells + 1, sizeof(*taken));
	if (taken == NULL)
		return ERR_MEMORY;
	for (int round = 0; round < PRUNE_ROUNDS; round++) {
		bool any = false, blamed = false;
		for (uint32_t c = 0; c < s->check_count; c++)
			for (uint32_t q = 0; q < s->quarter_count; q++) {
				uint8_t *cell = &taken[(size_t)c * s->quarter_count + q];
				bool take = *cell != NEEDED && can_spare(s, c, q);
				*cell = *cell == NEEDED ? NEEDED : take ? TAKEN : LEFT;
				LANES_AT(s, c, q) -= take;
				any = any || take;
			}
		if (!any)
			return ERR_NONE;
		err_t error = lanes_judge(s, search_runs(s), NULL, NULL);
		if (error != ERR_NONE)
			return error;
		if (lanes_hold(s))
			continue;
		for (uint32_t c = 0; c < s->check_count; c++)
			if (!check_holds(s, c)) {
				blamed = true;
				give_back_where_it_hurts(s, taken, c, false);
			}
		for (uint32_t c = 0; c < s->check_count && !blamed; c++)
			give_back_where_it_hurts(s, taken, c, true);
	}
	return ERR_NONE;
}

/* In each quarter one lane goes from where people wait least to where they wait longest. */
static bool swap_lanes(struct search *s)
{
	bool any = false;
	for (uint32_t q = 0; q < s->quarter_count; q++) {
		uint32_t to = CROWD_NONE;
		for (uint32_t c = 0; c < s->check_count; c++)
			if (LANES_AT(s, c, q) > 0 && LANES_AT(s, c, q) < s->most[c] && wait_of(s, c, q) > 60 &&
			    (to == CROWD_NONE || wait_of(s, c, q) > wait_of(s, to, q)))
				to = c;
		if (to != CROWD_NONE)
			any = raise_cell(s, to, q, 1) || any;
	}
	return any;
}

static err_t swap_until_it_helps_no_more(struct search *s)
{
	size_t size = (size_t)s->check_count * s->quarter_count * sizeof(*s->lanes);
	err_t error = lanes_judge(s, search_runs(s), NULL, NULL);
	for (int round = 0; round < SWAP_ROUNDS && error == ERR_NONE; round++) {
		double before_s = s->to_in_s;
		memcpy(s->kept, s->lanes, size);
		if (!swap_lanes(s))
			break;
		error = lanes_judge(s, search_runs(s), NULL, NULL);
		if (error == ERR_NONE && !(s->to_in_s < before_s)) {
			memcpy(s->lanes, s->kept, size);
			break;
		}
	}
	return error;
}

err_t lanes_search(struct search *s)
{
	square_root_staffing(s);
	if (!asks_wait(s))
		return swap_until_it_helps_no_more(s);
	err_t error = raise_until_it_holds(s);
	if (error == ERR_NONE && lanes_hold(s))
		error = prune(s);
	/* The last that was judged may be a set from which too much had been taken: lanes were given back since. */
	if (error == ERR_NONE && !lanes_hold(s))
		error = lanes_judge(s, search_runs(s), NULL, NULL);
	return error;
}

/* What held with few runs may fail with all of them, by a little. */
err_t lanes_mend(struct search *s, struct rehearsal **after, struct quarters *q)
{
	err_t error = lanes_judge(s, s->s.replications, after, q);
	for (int round = 0; round < MEND_ROUNDS && error == ERR_NONE && asks_wait(s) && !lanes_hold(s) && raise_all(s); round++) {
		rehearsal_free(*after);
		*after = NULL;
		error = lanes_judge(s, s->s.replications, after, q);
	}
	return error;
}
