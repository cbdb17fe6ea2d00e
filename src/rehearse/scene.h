/* rehearse/scene.h: a plan as a scene of walkers: scene_plan.c (places and ways), scene_walls.c, scene_routes.c, scene_run.c. */
#ifndef CORDON_REHEARSE_SCENE_H
#define CORDON_REHEARSE_SCENE_H

#include "rehearse/inside.h"

/* Between two zones that touch, people pass here and nowhere else. */
struct opening { uint32_t a, b; struct geo_ring line; double reach_m; };
/* From where a source lets people off to its zone, where the plan draws nothing. */
struct corridor { struct point_m corners[5]; uint32_t zone; struct geo_box box; };

struct scene_made {
	const struct built *b;
	struct crowd_scene_draft *draft;
	struct arena *arena;
	bool *floor, *goal;               /* [zone] */
	struct geo_box *boxes;            /* [zone] */
	uint32_t *gate_of;                /* [network checkpoint]; CROWD_NONE */
	uint32_t *service_of;             /* [network service] */
	uint32_t *goal_of;                /* [zone] */
	struct opening *openings; uint32_t opening_count, opening_max;
	struct corridor *corridors; uint32_t corridor_count;
	struct problem *problem;
};
/* The draft of people coming in, and what is where in it. Errors: CROWD_GEOMETRY with the feature, MEMORY. */
err_t scene_make(const struct built *b, struct scene_made **out, struct problem *problem);
void scene_made_free(struct scene_made *m);
err_t scene_refused(struct scene_made *m, err_t error, const char *id, const char *why); /* `why` NULL: the draft's own words */
err_t scene_add_walls(struct scene_made *m);
err_t scene_add_routes(struct scene_made *m);
bool scene_zone_contains(const struct scene_made *m, uint32_t zone, struct point_m at);
double ring_distance_m(const struct geo_ring *line, struct point_m at, struct point_m *out_nearest);

#endif
