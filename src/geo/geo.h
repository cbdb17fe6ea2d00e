/* geo/geo.h: where things are. Metres, degrees, polygons; GEOS inside.
 *
 * Local coordinates are metres east (x) and north (y) of an origin (struct geo_frame); every
 * measurement is made in them. On the globe: WGS 84 lon/lat in degrees. A frame is a
 * transverse Mercator projection centred on the venue. Against the geodesic on the ellipsoid a
 * distance from the centre is right to 0.2 mm within 3 km, 1 mm within 6 km and 5 mm within
 * 10 km (tests/unit/test_geo_frame.c holds this to PROJ). The series is our own and not PROJ's,
 * because a PROJ object may not be shared by threads and a plan is read from many.
 * Ownership: rings and shapes are owned by the caller's arena; nothing here keeps pointers.
 * Every call is pure and may run in any thread: a GEOS context is made and freed inside the
 * call that needs one. Coordinates must be finite; a shape that GEOS cannot build (a ring
 * that is not closed, fewer than four points) has distance, overlap and touch 0 / infinity as
 * said at the call, and is never valid.
 */
#ifndef CORDON_GEO_GEO_H
#define CORDON_GEO_GEO_H

#include "base/arena.h"

struct point_m { double x_m, y_m; };
struct lon_lat { double lon_deg, lat_deg; };

/* ---- GCJ-02: the shifted degrees of Chinese map products; converted at the border only ---- */
bool geo_in_china(struct lon_lat p);                    /* the shift's box; outside it nothing is shifted */
struct lon_lat geo_gcj02_from_wgs84(struct lon_lat p);
/* Iterated: the round trip is right within 1e-9 degrees, but for the last kilometre inside the box's edge (sea and
 * neighbours), where a shifted point may lie outside it. */
struct lon_lat geo_wgs84_from_gcj02(struct lon_lat p);

/* ---- frames ---- */
struct geo_frame;
/* Centre in WGS 84, latitude within 85 degrees. Errors: ERR_MEMORY, ERR_BUG (no such place). */
err_t geo_frame_new(struct lon_lat centre, struct geo_frame **out);
void geo_frame_free(struct geo_frame *f);
struct point_m geo_to_local(const struct geo_frame *f, struct lon_lat p);
struct lon_lat geo_to_globe(const struct geo_frame *f, struct point_m p);

/* ---- shapes ---- */
enum geo_form { GEO_POINT, GEO_LINE, GEO_POLYGON };
struct geo_ring { struct point_m *points; uint32_t count; };   /* closed: first == last; a line: open or closed */
/* A polygon: rings[0] outer, others holes; a MultiPolygon: several parts. A point or a line: one part, one ring. */
struct geo_part { struct geo_ring *rings; uint32_t ring_count; };
struct geo_shape { enum geo_form form; struct geo_part *parts; uint32_t part_count; };
struct geo_box { double x_min_m, y_min_m, x_max_m, y_max_m; };

double geo_area_m2(const struct geo_shape *s);           /* holes taken off; 0 for points and lines */
double geo_length_m(const struct geo_shape *s);          /* lines; perimeter of polygons with their holes */
/* A point on the shape: polygon: inside it (the centroid where it lies inside); line: half way along it. */
struct point_m geo_centre(const struct geo_shape *s);
struct geo_box geo_bounds(const struct geo_shape *s);    /* of no points: all four 0 */
bool geo_boxes_apart(struct geo_box a, struct geo_box b, double by_m); /* more than by_m between them */
bool geo_contains(const struct geo_shape *polygon, struct point_m p);  /* even-odd; on the edge: either */
/* 0: they touch or overlap; INFINITY: GEOS cannot build one of them. */
double geo_distance_m(const struct geo_shape *a, const struct geo_shape *b);
/* The common area; 0 if one is no polygon or GEOS cannot build it. */
double geo_overlap_m2(const struct geo_shape *a, const struct geo_shape *b);
/* Valid in the sense of OGC Simple Features; if not, where and why ("Self-intersection"). Both may be NULL. */
bool geo_valid(const struct geo_shape *s, struct point_m *out_where, char out_why[80]);

#endif
