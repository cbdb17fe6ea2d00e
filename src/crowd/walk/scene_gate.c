/* crowd/walk/scene_gate.c: lanes, queues, service. See scene_inside.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "crowd/walk/scene_inside.h"

err_t scene_build_gates(struct crowd_scene *s, const struct crowd_scene_draft *d)
{
	(void)s; (void)d;
	return ERR_NONE;
}
void scene_free_gates(struct crowd_scene *s) { (void)s; }
err_t scene_gates(struct crowd_scene *s) { (void)s; return ERR_NONE; }
double scene_gate_wait_s(const struct crowd_scene *s, const struct gate *g, const struct person *p) { (void)s;(void)g;(void)p; return 0; }
void scene_gate_towards(const struct crowd_scene *s, struct person *p, float x_m, float y_m, float *speed_ms) {(void)s;(void)p;(void)x_m;(void)y_m;(void)speed_ms;}
err_t crowd_scene_set_lane(struct crowd_scene *s, uint32_t gate, uint32_t lane, bool open) {(void)s;(void)gate;(void)lane;(void)open; return ERR_NONE;}
void crowd_scene_gate(const struct crowd_scene *s, uint32_t gate, struct crowd_gate_result *out){(void)s;(void)gate;*out=(struct crowd_gate_result){0};}
