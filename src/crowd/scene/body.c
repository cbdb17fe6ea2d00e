/* crowd/scene/body.c: the walker that is meant where nobody says another. */
#include "crowd/people.h"
#include "crowd/walk/model.h"

/* Free speed: adults on the level, Weidmann 1993; cut at two and a half sigma. */
struct crowd_body crowd_body_default(void)
{
	return (struct crowd_body){.speed_ms = 1.34, .speed_sd_ms = 0.26, .speed_min_ms = 0.69, .speed_max_ms = 1.99,
		.radius_m = MODEL_RADIUS_M,
		.gap_s = MODEL_GAP_S, .anticipate_s = MODEL_ANTICIPATE_S, .react_s = MODEL_REACT_S};
}
