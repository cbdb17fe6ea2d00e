/* live/view_inside.h: what view.c and view_chain.c share. */
#ifndef CORDON_LIVE_VIEW_INSIDE_H
#define CORDON_LIVE_VIEW_INSIDE_H

#include "forecast/chain.h"
#include "live/emit.h"
#include "live/view.h"

enum { VIEW_HEAD, VIEW_BOOKS, VIEW_INSIDE, VIEW_ALL_IN, VIEW_MEMBERS };
enum { VIEW_DEVICES, VIEW_ZONES, VIEW_CHECKPOINTS, VIEW_STAGES, VIEW_SOURCES, VIEW_LISTS };

struct zone_seen {
	uint32_t chart;
	struct ledger_zone_view view;
	bool known;                     /* someone spoke or counted there, and it has a border */
	double density_ppl_m2, capacity_ppl; /* NAN, 0: not known */
};
struct checkpoint_seen { uint32_t chart; struct ledger_checkpoint_view view; bool ever; };

/* One stage of the entry chain, its checkpoints and the zones in front of them together. */
struct stage_seen {
	enum plan_stage stage;
	bool present, known, at_least, queue_known;
	double flow_ppl_min;            /* of the last minute; NAN: no device live */
	at_ms at_heard;
	struct chain_stage chain;
};

/* A rendered member or item: its JSON without the closing brace. */
struct piece { size_t offset, size; uint64_t hash, told; };

struct view {
	const struct live_plan *plan;   /* only compared */
	uint32_t plan_version;
	struct buf text;
	struct piece members[VIEW_MEMBERS];
	struct piece *items[VIEW_LISTS];
	uint32_t counts[VIEW_LISTS];
	struct zone_seen *zones;        /* by index of the plan */
	struct checkpoint_seen *checkpoints;
};

/* What a renderer works with. */
struct render {
	const struct fold *fold;
	const struct plan *plan;
	const struct view_of *of;
	struct buf *text;
	struct zone_seen *zones;
	struct checkpoint_seen *checkpoints;
	struct ledger_zone_view inside;
	struct stage_seen stages[CHAIN_STAGES_MAX]; /* in the order of passing; absent ones last */
	uint32_t stage_count;
	struct chain_outlook outlook;
};

/* A point in time from noisy rates, cut to ten seconds so that it does not tremble. */
static inline at_ms view_settle(at_ms at)
{
	return at == AT_NONE ? AT_NONE : at - at % 10000;
}

uint32_t view_count_stages(const struct plan *plan);
void view_see_chain(struct render *r);
void render_stage(struct render *r, uint32_t index);
void render_all_in(struct render *r);

#endif
