/* bench/validation/cases.h: the functions of the table, by file. */
#ifndef CORDON_VALIDATION_CASES_H
#define CORDON_VALIDATION_CASES_H

#include "trial.h"

/* basics.c: one walker, stairs, corners, starting times, speeds */
void case_corridor_rimea(struct trial *t);
void case_corridor_imo(struct trial *t);
void case_corridor_nist(struct trial *t);
void case_stair_up_rimea(struct trial *t);
void case_stair_down_rimea(struct trial *t);
void case_stair_up_imo(struct trial *t);
void case_stair_down_imo(struct trial *t);
void case_stair_nist(struct trial *t);
void case_starts_fixed(struct trial *t);
void case_starts_drawn(struct trial *t);
void case_starts_distributions(struct trial *t);
void case_corner(struct trial *t);
void case_speeds_by_age(struct trial *t);
void case_speeds_imo_group(struct trial *t);
void case_speeds_normal(struct trial *t);
/* rooms.c: whole evacuations */
void case_three_storeys(struct trial *t);
void case_large_room(struct trial *t);
void case_cabins(struct trial *t);
void case_exit_choice(struct trial *t);
void case_exit_flow_imo(struct trial *t);
void case_room_corridor_stair(struct trial *t);
void case_room_and_corridor(struct trial *t);
void case_exit_flow_nist(struct trial *t);
void case_stair_jam(struct trial *t);
void case_two_ways(struct trial *t);
void case_crowd_round_corner(struct trial *t);
void case_necks(struct trial *t);
/* choices.c */
void case_social_influence(struct trial *t);
void case_familiar_exit(struct trial *t);
void case_exit_shut(struct trial *t);
/* others.c: people in each other's way */
void case_counterflow_imo(struct trial *t);
void case_counterflow_nist(struct trial *t);
void case_group(struct trial *t);
void case_slow_in_the_way(struct trial *t);
void case_bidirectional(struct trial *t);
/* diagram.c: speed over density */
void case_diagram_rimea(struct trial *t);
void case_diagram_imo(struct trial *t);
void case_diagram_own(struct trial *t);
void case_scatter(struct trial *t);
void case_single_file(struct trial *t);
/* bottleneck.c */
void case_bottleneck(struct trial *t);
void case_entrance_width(struct trial *t);
void case_entrance_run(struct trial *t);
/* experiments.c */
void case_measures_on_hermes(struct trial *t);
void case_hermes_runs(struct trial *t);
void case_corner_experiment(struct trial *t);
/* solid.c */
void case_nobody_overlaps(struct trial *t);
/* meso.c */
void case_queue_formulas(struct trial *t);
void case_tandem_blocking(struct trial *t);
void case_meso_against_micro(struct trial *t);

#endif
