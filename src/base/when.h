/* base/when.h: points in time, RFC 3339, and the clock that somebody else owns.
 *
 * A point in time is `at_ms`: milliseconds since 1970-01-01T00:00:00Z, no leap
 * seconds. AT_NONE means "never / not known". A span is plain int64_t `for_ms`.
 * Domain code knows no clock but the `struct clock` that it is given.
 */
#ifndef CORDON_BASE_WHEN_H
#define CORDON_BASE_WHEN_H

#include "base/text.h"

typedef int64_t at_ms;
#define AT_NONE INT64_MIN
#define AT_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* RFC 3339 date-time with offset ("Z", "+08:00"), years 1970 to 9999, up to nine
 * fraction digits (cut to ms). ':60' seconds are taken as the next second. The
 * moment itself lies in 0 .. AT_MS_MAX too. 't' and 'z' may be small, as the RFC
 * says; a space instead of 'T' is refused. `out_offset_min` may be NULL.
 * Errors: ERR_TIME_FORMAT. */
err_t when_parse(struct text t, at_ms *out, int *out_offset_min);

#define WHEN_SIZE 32
/* "2026-11-24T18:41:03.250+08:00"; returns `out`. Offset 0 is written "Z"; an offset beyond
 * +-23:59 counts as 0. AT_NONE, and what does not fit the years 0 to 9999, gives "". */
char *when_format(at_ms at, int offset_min, char out[WHEN_SIZE]);

struct clock {
	at_ms (*now)(void *self);            /* wall or simulated time; may jump */
	int64_t (*monotonic_ns)(void *self); /* never runs backwards */
	void *self;
};
struct clock clock_system(void);

/* A session's own time: wall time, or a drill's time that began elsewhere and runs
 * faster. session = at_session + (wall - at_wall) * speed.  speed 1 and at_session ==
 * at_wall is plain wall time. What cannot be said gives AT_NONE. */
struct session_clock {
	at_ms at_wall, at_session;
	double speed;
};
at_ms session_clock_now(const struct session_clock *c, at_ms wall);

#endif
