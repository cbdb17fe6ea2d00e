/* crowd/scene/draft.h: a scene as drawn: copies of everything the caller said. Inside crowd/walk/. */
#ifndef CORDON_CROWD_SCENE_DRAFT_H
#define CORDON_CROWD_SCENE_DRAFT_H

#include "base/arena.h"
#include "crowd/crowd.h"

#define DRAFT_FEATURES_MAX 65536u  /* of each kind */
#define DRAFT_POINTS_MAX 100000u   /* of one outline */
#define DRAFT_FAR_M 50000.0        /* of one scene: coordinates in float keep 4 mm then */
#define DRAFT_LANES_MAX 256u       /* of one gate */
#define DRAFT_STEPS_MAX 256u       /* of one route */

struct draft_shape { const char *id; struct crowd_outline outline; double factor; bool exit; };
struct draft_list { struct draft_shape *at; uint32_t count, capacity; };
struct draft_portal { const char *id; struct crowd_point a[2], b[2]; };
struct draft_gate { const char *id; struct crowd_scene_lane *lanes; uint32_t count; };
struct draft_step { bool gate; uint32_t *choices; uint32_t count; double *weights; };
struct draft_route { const char *id; struct draft_step *steps; uint32_t count; };

struct crowd_scene_draft {
	struct arena *arena;
	struct problem problem;
	struct draft_list floors, walls, obstacles, slows, goals, lines, areas;
	struct draft_portal *portals; uint32_t portal_count, portal_capacity;
	struct draft_gate *gates; uint32_t gate_count, gate_capacity;
	struct crowd_service *services; uint32_t service_count, service_capacity;
	struct draft_route *routes; uint32_t route_count, route_capacity;
	struct crowd_scene_source *sources; uint32_t source_count, source_capacity;
	struct crowd_placed *walkers; uint32_t walker_count, walker_capacity;
};

#endif
