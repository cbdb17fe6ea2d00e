#include "crowd/walk/scene_inside.h"
err_t scene_trajectory_frame(struct crowd_scene *s) { (void)s; return ERR_NONE; }
void scene_trajectory_free(struct crowd_scene *s) { (void)s; }
