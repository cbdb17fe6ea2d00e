/* crowd/people.h: who the people are, when they come and how long a check takes. Part of crowd/crowd.h. */
#ifndef CORDON_CROWD_PEOPLE_H
#define CORDON_CROWD_PEOPLE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CROWD_NONE UINT32_MAX

/* ---- chance: a number for each question, not a stream ----
 * What is drawn depends on (seed, who, what is asked) alone, never on the order of events. So person 17 brings the same
 * bag and the same luck at the scanner into plan A and plan B: common random numbers, the reason why a difference of two
 * plans needs a tenth of the runs. splitmix64 of the four words (Steele, Lea, Flood 2014). */
enum crowd_question { CROWD_ASK_ARRIVAL, CROWD_ASK_GROUP, CROWD_ASK_TRAITS, CROWD_ASK_SPEED, CROWD_ASK_GOAL, CROWD_ASK_SERVICE,
	CROWD_ASK_SECOND, CROWD_ASK_REFUSED, CROWD_ASK_CHOICE, CROWD_ASK_DELAY, CROWD_ASK_PLACE, CROWD_ASK_DIRECTION };
uint64_t crowd_draw(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which);
double crowd_draw_unit(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which);   /* (0, 1) */
double crowd_draw_normal(uint64_t seed, uint64_t who, enum crowd_question question, uint32_t which); /* mean 0, sigma 1 */

/* ---- service: how long one person holds a lane ---- */
enum crowd_form { CROWD_FIXED, CROWD_EXPONENTIAL, CROWD_LOGNORMAL, CROWD_GAMMA };
struct crowd_service {
	enum crowd_form form;
	double mean_s, cv;                 /* of the first look; cv is not used for fixed and exponential */
	double bag_factor;                 /* who carries a bag takes so many times mean_s; 0 or 1: no difference */
	double second_share;               /* so many are looked at a second time in the same lane, at once ... */
	double second_mean_s, second_cv;   /* ... for so long (lognormal) */
	double refused_share;              /* so many are turned away after their service */
};
/* The mean over everybody, with `bag_share` of them carrying bags. */
double crowd_service_mean_s(const struct crowd_service *s, double bag_share);
/* What person `who` takes. `which` is the caller's number below 2^24 of the look at him: the same number, the same luck. The network
 * gives stage x 16 + how often he was looked at in that stage, so that two plans agree whatever they call their checkpoints. */
double crowd_service_draw_s(const struct crowd_service *s, uint64_t seed, uint64_t who, uint32_t which, bool bag);

/* ---- arrivals: the share of all who have come by a moment; linear between points, times rise, shares never fall ---- */
struct crowd_curve_point { double at_s, share; };
struct crowd_curve { const struct crowd_curve_point *points; uint32_t count; };
double crowd_curve_share(const struct crowd_curve *c, double at_s);
/* When `share` of those on the curve have come; INFINITY: never, the curve ends below it. No points: all at 0 s. */
double crowd_curve_inverse_s(const struct crowd_curve *c, double share);

/* Waits, or stays, of so many people; all NAN of nobody. */
struct crowd_waits { uint32_t count; double mean_s, p50_s, p95_s, max_s; };

/* ---- bodies: the one calibration of the walkers (docs/VALIDATION.md is made with it) ---- */
struct crowd_body {
	double speed_ms, speed_sd_ms, speed_min_ms, speed_max_ms; /* free speed on the level: a normal cut at both ends */
	double radius_m;     /* of the disc */
	double gap_s;        /* time gap T: speed = (clear distance ahead) / T, up to the free speed */
	double anticipate_s; /* how far ahead in time others' movement is seen */
	double react_s;      /* how long a turn takes */
};
/* Adults by Weidmann 1993 (free speed 1.34 +- 0.26 m/s); radius, gap, anticipation calibrated as docs/VALIDATION.md says. */
struct crowd_body crowd_body_default(void);

/* What a person is, for lanes that take only some. */
enum crowd_trait { CROWD_BAG = 1, CROWD_NEEDS_STEP_FREE = 2 };
struct crowd_crowd {                /* of a whole stream */
	double bag_share, step_free_share;
	double group_share[6];          /* share of GROUPS with 1, 2 ... 6 people; sum 1; all 0: everybody alone */
};

#endif
