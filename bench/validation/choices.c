/* Which way out people take: familiar, near, not crowded, open. */
#include <math.h>

#include "cases.h"
#include "stage.h"

struct shares { double first_pc, out_s; };

/* Room 10 x 12 m, doors of 1 m in the east wall at its south and north end. */
struct hall { struct stage g; uint32_t doors[2]; };

static void hall_begin(struct hall *h, struct trial *t, uint64_t seed)
{
	stage_begin(&h->g, t, seed);
	stage_floor(&h->g, (struct box){0, 0, 10, 12});
	for (uint32_t i = 0; i < 2; i++) {
		double y = i == 0 ? 1.0 : 10.0;
		stage_floor(&h->g, (struct box){10, y, 11.5, y + 1});
		h->doors[i] = stage_exit(&h->g, (struct box){10.7, y, 11.5, y + 1});
	}
}

static uint32_t out_by(const struct stage *g, uint32_t goal)
{
	uint32_t born, count = 0;
	const struct crowd_left *left = crowd_scene_left(g->s, &born);
	for (uint32_t i = 0; i < born; i++)
		count += !isnan(left[i].at_left_s) && left[i].goal == goal;
	return count;
}

/* One person a little nearer to the south door; `others` crowd before it, `friends` of his group stand nearer to the north door. */
static bool goes_south(struct trial *t, uint32_t others, uint32_t friends)
{
	struct hall h;
	hall_begin(&h, t, 1);
	h.g.settings.refresh_s = 1.0;
	uint32_t route = stage_route(&h.g, h.doors, 2);
	struct crowd_placed one = {.x_m = 2.0, .y_m = 5.8, .speed_ms = 1.3, .route = route, .group = friends > 0
		? 0 : CROWD_NONE, .start_s = 2.0};
	if (!h.g.broken)
		h.g.broken = crowd_draft_walker(h.g.d, &one) != ERR_NONE;
	for (uint32_t i = 0; i < friends && !h.g.broken; i++) {
		struct crowd_placed friend_ = one;
		friend_.x_m = 2.0 + 0.5 * i;
		friend_.y_m = 6.8;
		h.g.broken = crowd_draft_walker(h.g.d, &friend_) != ERR_NONE;
	}
	h.g.placed = 1 + friends;
	if (others > 0)
		stage_strew(&h.g, (struct box){5.5, 0.2, 9.8, 4.5}, others, 1.3, stage_route_to(&h.g, h.doors[0]));
	bool south = false;
	if (stage_build(&h.g)) {
		stage_run(&h.g, 300.0);
		uint32_t born;
		const struct crowd_left *left = crowd_scene_left(h.g.s, &born);
		south = born > 0 && left[0].goal == h.doors[0];
	}
	stage_end(&h.g);
	return south;
}

void case_social_influence(struct trial *t)
{
	trial_seeds(t, 1, 1);
	trial_within(t, "alone: by the nearer door", goes_south(t, 0, 0), "", 1.0, 1.0);
	trial_within(t, "60 others before it: by the nearer door", goes_south(t, 60, 0), "", 0.0, 0.0);
	trial_within(t, "with four friends nearer to the other door: by his own nearer door", goes_south(t, 0, 4), "", 0.0, 0.0);
	trial_note(t, "Influence is by others' queue (a longer time that way) and by one's group. Imitation of strangers is not modelled.");
}

static double share_first(struct trial *t, uint64_t seed, double first)
{
	struct hall h;
	hall_begin(&h, t, seed);
	const double weights[2] = {first, 1.0 - first};
	stage_strew(&h.g, (struct box){0.5, 0.5, 9, 11.5}, 100, 0.0, stage_route_weighed(&h.g, h.doors, 2, weights));
	double share = NAN;
	if (stage_build(&h.g) && !isnan(stage_run(&h.g, 300.0)))
		share = out_by(&h.g, h.doors[0]);
	stage_end(&h.g);
	return share;
}

void case_familiar_exit(struct trial *t)
{
	uint32_t runs = trial_seeds(t, 5, 20);
	double even = 0.0, familiar = 0.0;
	for (uint32_t i = 0; i < runs; i++) {
		even += share_first(t, 1 + i, 0.5) / runs;
		familiar += share_first(t, 1 + i, 0.2) / runs;
	}
	trial_within(t, "by the first door at 50 : 50", even, "%", 45.0, 55.0);
	trial_within(t, "by the first door at 20 : 80", familiar, "%", 15.0, 25.0);
}

/* The south door is shut at t = 1 s; everybody had chosen it. */
static void shut_south(struct stage *g)
{
	const struct hall *h = g->ctx;
	double now_s = crowd_scene_now_s(g->s);
	if (now_s >= 1.0 - 1e-9 && now_s < 1.0 + 0.05 - 1e-9)
		g->broken = crowd_scene_set_goal(g->s, h->doors[0], false) != ERR_NONE;
}

void case_exit_shut(struct trial *t)
{
	trial_seeds(t, 1, 1);
	struct hall h;
	hall_begin(&h, t, 1);
	stage_strew(&h.g, (struct box){1, 0.5, 6, 4.5}, 40, 0.0, stage_route(&h.g, h.doors, 2));
	h.g.each_step = shut_south;
	h.g.ctx = &h;
	if (stage_build(&h.g)) {
		double out_s = stage_run(&h.g, 300.0);
		trial_within(t, "all out", out_s, "s", 0.0, 300.0);
		trial_within(t, "by the door left open", out_by(&h.g, h.doors[1]), "people of 40", 40.0, 40.0);
	}
	stage_end(&h.g);
}
