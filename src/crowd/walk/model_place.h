/* crowd/walk/model_place.h: where people press on the way to one goal: a wide place before a narrow one. Inside crowd/. */
#ifndef CORDON_CROWD_WALK_MODEL_PLACE_H
#define CORDON_CROWD_WALK_MODEL_PLACE_H

#include "crowd/way/field.h"

struct model_place;
/* Looks at the solved field and its raster once; both may change afterwards. Some 0.1 s however large they are. Errors: MEMORY. */
err_t model_place_new(const struct field *f, struct model_place **out);
void model_place_free(struct model_place *p);
/* model_press() of the place, 0 to 1. */
float model_place_press(const struct model_place *p, float x_m, float y_m);

#endif
