/* bench/validation/stage.h: drawing and running a scene in few words, and reading it as an experimenter would: people in a box,
 * their way within half a second, the moments when a line was passed. */
#ifndef CORDON_VALIDATION_STAGE_H
#define CORDON_VALIDATION_STAGE_H

#include "trial.h"

struct box { double x0, y0, x1, y1; };
#define STAGE_SAMPLE_S 0.5
#define STAGE_METERS 40
#define STAGE_GAUGES 16

/* Density (people counted / area, mean over samples) and speed (way along `along` within half a second) in a box. */
struct meter {
	struct box box;
	double from_s, until_s;      /* samples between; until 0: to the end */
	double along_x, along_y;     /* 0 0: the length of the way, whatever its direction */
	double density_ppl_m2, speed_ms; /* results: after stage_run */
	double people_sum, speed_sum, density_max_ppl_m2;
	uint32_t samples, speeds;
};
/* Moments at which a line was passed forth. */
struct gauge { uint32_t line, count, room; double *times_s; };

struct stage {
	struct trial *t;
	struct crowd_scene_draft *d;
	struct crowd_scene *s;
	struct crowd_scene_settings settings;
	struct meter meters[STAGE_METERS];
	uint32_t meter_count;
	struct gauge gauges[STAGE_GAUGES];
	uint32_t gauge_count;
	uint32_t placed;
	float *before_x, *before_y;  /* by number, at the last sample */
	uint32_t before_count;
	double next_sample_s;
	void (*each_step)(struct stage *g); /* may be NULL */
	void *ctx;
	bool broken;                 /* an error was said already */
};

void stage_begin(struct stage *g, struct trial *t, uint64_t seed);
void stage_end(struct stage *g);
void stage_floor(struct stage *g, struct box b);
void stage_obstacle(struct stage *g, struct box b);
void stage_wall(struct stage *g, double ax, double ay, double bx, double by);
void stage_slow(struct stage *g, struct box b, double factor);
/* A door out of the box: everybody in it is out. */
uint32_t stage_exit(struct stage *g, struct box b);
uint32_t stage_goal(struct stage *g, struct box b);
uint32_t stage_route(struct stage *g, const uint32_t *goals, uint32_t count); /* one step, all of them to choose from */
uint32_t stage_route_weighed(struct stage *g, const uint32_t *goals, uint32_t count, const double *weights);
uint32_t stage_route_to(struct stage *g, uint32_t goal);
void stage_place(struct stage *g, double x, double y, double speed_ms, double start_s, uint32_t route);
/* So many on a jittered lattice in the box; speed 0: drawn from the body. Gives the number of the first. */
uint32_t stage_strew(struct stage *g, struct box b, uint32_t count, double speed_ms, uint32_t route);
struct meter *stage_meter(struct stage *g, struct box b, double from_s, double until_s);
struct gauge *stage_gauge(struct stage *g, double ax, double ay, double bx, double by);
/* Makes the scene; false: it was refused, and the trial says so. */
bool stage_build(struct stage *g);
/* Until everybody is gone: gives the moment; NAN: somebody is still there at until_s. */
double stage_run(struct stage *g, double until_s);
uint32_t stage_here(struct stage *g); /* people there now */
/* Specific flow over a gauge's central 60 %. */
double gauge_flow(const struct gauge *x, double width_m);

#endif
