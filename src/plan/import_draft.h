/* plan/import_draft.h: the guessed plan between finding its parts and writing them. Not public. */
#ifndef CORDON_PLAN_IMPORT_DRAFT_H
#define CORDON_PLAN_IMPORT_DRAFT_H

#include "plan/import.h"

#define DRAFT_STANDS_MAX 64u
#define DRAFT_GATES_MAX 64u
#define DRAFT_LINKS_MAX 64u
#define DRAFT_SOURCES_MAX 12u
#define DRAFT_OTHERS_MAX 4000u /* barriers, assets, cameras */

struct draft_zone {
	OGRGeometryH shape;             /* metres; NULL: there is none */
	const struct import_item *item; /* what it was made from; may be NULL */
	char id[16];
	struct point_m door;            /* where it meets the concourse (stands, pitch) */
};

struct draft {
	const struct import *in;
	struct geo_frame *frame; /* NULL: the drawing's own metres */
	struct buf *out;
	struct point_m centre;
	OGRGeometryH venue;      /* the outline */
	const struct import_item *venue_item;
	bool open_ground, placeholder;
	struct draft_zone concourse, approach, pitch, stands[DRAFT_STANDS_MAX];
	uint32_t stand_count;
	struct point_m placed[DRAFT_GATES_MAX + DRAFT_LINKS_MAX]; /* gates, then links: no two at the same place */
	uint32_t placed_count, gate_count, exit_count, link_count, other_count;
	bool first;              /* a feature was written */
};

OGRGeometryH draft_local(const struct draft *d, const struct import_item *item); /* in metres; NULL: too far away */
bool draft_middle(const struct draft *d, const struct import_item *item, struct point_m *out);
double draft_away(const struct draft *d, const struct import_item *item);         /* metres from the venue */
void draft_write(struct draft *d);                                               /* import_features.c */

#endif
