/* geo/geo.h: where things are. Metres, degrees, polygons; GEOS and PROJ inside.
 *
 * Local coordinates are metres east and north of an origin (struct geo_frame); every
 * measurement is made in them. On the globe: WGS 84 lon/lat in degrees. A frame is a
 * transverse Mercator projection centred on the venue (PROJ), exact to 1 mm within 10 km.
 * Ownership: rings and shapes are owned by the caller's arena; nothing here keeps pointers.
 * Not thread-safe per object; one GEOS context per call family, made and freed inside.
 */
#ifndef CORDON_GEO_GEO_H
#define CORDON_GEO_GEO_H

#include "base/arena.h"

struct point_m { double x_m, y_m; };
struct lon_lat { double lon_deg, lat_deg; };

/* ---- GCJ-02: the shifted degrees of Chinese map products; converted at the border only ---- */
bool geo_in_china(struct lon_lat p);                    /* outside the box nothing is shifted */
struct lon_lat geo_gcj02_from_wgs84(struct lon_lat p);
struct lon_lat geo_wgs84_from_gcj02(struct lon_lat p);  /* iterated: round trip within 1e-9 degrees */

/* ---- frames ---- */
struct geo_frame;
/* Centre in WGS 84. Errors: ERR_MEMORY, ERR_BUG (PROJ has no answer). */
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

double geo_area_m2(const struct geo_shape *s);           /* 0 for points and lines */
double geo_length_m(const struct geo_shape *s);          /* lines; perimeter of polygons */
struct point_m geo_centre(const struct geo_shape *s);    /* a point on the shape (polygon: inside it) */
struct geo_box geo_bounds(const struct geo_shape *s);
bool geo_contains(const struct geo_shape *polygon, struct point_m p);
double geo_distance_m(const struct geo_shape *a, const struct geo_shape *b); /* 0 if they touch or overlap */
/* Area common to both polygons. */
double geo_overlap_m2(const struct geo_shape *a, const struct geo_shape *b);
/* Valid in the sense of OGC Simple Features; if not, where and why ("Self-intersection"). */
bool geo_valid(const struct geo_shape *s, struct point_m *out_where, char out_why[80]);

#endif
