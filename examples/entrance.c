/* examples/entrance.c: libcordon-crowd in thirty lines: 2,000 people, a search of four lanes, a ticket check of three.
 *
 *   square --search--> yard (200 people at most) --tickets--> hall
 *
 * cc entrance.c $(pkg-config --cflags --libs --static cordon-crowd) && ./a.out */
#include <stdio.h>

#include <crowd/crowd.h>

int main(void)
{
	struct crowd_area areas[] = {{.id = "square", .limit_ppl = INFINITY, .street = true}, {.id = "yard", .area_m2 = 120, .limit_ppl = 200},
		{.id = "hall", .limit_ppl = INFINITY, .inside = true}};
	struct crowd_service services[] = {{.form = CROWD_LOGNORMAL, .mean_s = 6, .cv = 0.6, .bag_factor = 1.5},
		{.form = CROWD_GAMMA, .mean_s = 5, .cv = 0.5}};
	struct crowd_lane lanes[7];
	for (int i = 0; i < 7; i++)
		lanes[i] = (struct crowd_lane){.service = i < 4 ? 0 : 1, .takes = CROWD_BAG | CROWD_NEEDS_STEP_FREE, .open = true};
	struct crowd_checkpoint checkpoints[] = {
		{.id = "search", .from = 0, .to = 1, .lane_first = 0, .lane_count = 4, .x_m = NAN, .y_m = NAN, .refused_to = CROWD_NONE},
		{.id = "tickets", .from = 1, .to = 2, .lane_first = 4, .lane_count = 3, .x_m = NAN, .y_m = NAN,
			.refused_to = CROWD_NONE, .stage = 1}};
	struct crowd_curve_point hour[] = {{0, 0}, {1800, 0.3}, {3600, 1}};
	uint32_t goal = 2;
	double all = 1;
	struct crowd_stream stream = {.id = "people", .to = 0, .x_m = NAN, .y_m = NAN, .ppl = 2000, .curve = {hour, 3}, .goals = &goal,
		.goal_shares = &all, .goal_count = 1, .crowd = {.bag_share = 0.4}};
	struct crowd_network_plan plan = {.areas = areas, .area_count = 3, .checkpoints = checkpoints, .checkpoint_count = 2, .lanes = lanes,
		.lane_count = 7, .services = services, .service_count = 2, .streams = &stream, .stream_count = 1, .until_s = 7200, .start_s = 3600};
	struct crowd_network *network = NULL;
	struct crowd_run *run = NULL;
	struct problem problem = {0};
	err_t e = crowd_network_new(&plan, &network, &problem);
	if (e == ERR_NONE && (e = crowd_run_new(network, &run)) == ERR_NONE)
		e = crowd_network_run(network, 1, NULL, run);
	if (e != ERR_NONE)
		printf("%s: %s: %s\n", error_row(e)->code, problem.feature, problem.detail);
	for (int i = 0; e == ERR_NONE && i < 2; i++)
		printf("%-8s mean wait %4.0f s, one in twenty over %4.0f s, longest queue %3.0f\n", checkpoints[i].id,
			run->checkpoints[i].wait.mean_s,
		       run->checkpoints[i].wait.p95_s, run->checkpoints[i].queue_max_ppl);
	if (e == ERR_NONE)
		printf("in by the start %u of %u, the last after %.0f min\n", run->in_by_start, run->come, run->at_last_in_s / 60);
	crowd_run_free(run);
	crowd_network_free(network);
	return e != ERR_NONE;
}
