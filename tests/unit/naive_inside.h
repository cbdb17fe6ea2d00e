/* tests/unit/naive_inside.h: what the naive ledger's own files share. */
#ifndef CORDON_TESTS_NAIVE_INSIDE_H
#define CORDON_TESTS_NAIVE_INSIDE_H

#include "naive_ledger.h"

struct zone_state {
	int64_t balance, emptied;
	at_ms at_emptied, at_recount;
	double adjusted, gain;
	uint32_t recount_ppl;
	double recount_sigma;
};
struct checkpoint_state {
	uint32_t from, to;
	bool retired;
	at_ms at_posted, at_watermark;
	at_ms at_looked;               /* when latch() last looked, if nothing it looks at has changed since */
	uint64_t in, out;
	struct ledger_minute *minutes;
};
struct device_state {
	uint32_t checkpoint;
	bool retired, ahead;
	struct ledger_accuracy a;
	struct ledger_device_view v;
};
struct heard_numbers { uint32_t device; uint64_t boot, low, high, count; };
struct marks {
	uint32_t device;
	uint64_t boot, newest, base_seq;
	int64_t in, out, base_in, base_out;
	bool based, held;
};
struct gathered { double random, miss_in, miss_out, bias; };
struct flow { uint32_t checkpoint; int64_t second; at_ms at; int64_t in, out; bool in_rates; };

struct naive {
	at_ms at_window, at_recorded;
	uint32_t minutes;
	uint32_t zones, checkpoints, devices;
	bool in_plan;
	struct naive_event *events;
	size_t event_count, event_capacity;
	struct ledger_passage *claimed; /* sorted by identity */
	size_t claimed_count, claimed_capacity;

	/* worked out by naive_recompute */
	struct zone_state z[NAIVE_ZONES];
	struct checkpoint_state c[NAIVE_CHECKPOINTS];
	struct device_state d[NAIVE_DEVICES];
	uint64_t moved[NAIVE_ZONES][NAIVE_ZONES];           /* people from zone to zone, ever */
	struct gathered carried[NAIVE_ZONES], by[NAIVE_ZONES][NAIVE_DEVICES];
	struct heard_numbers *heard;
	size_t heard_count;
	struct marks *marks;
	size_t mark_count;
	struct flow *flows;
	size_t flow_count;
	uint64_t passages;
};

/* The minutes of a checkpoint that end by then are final. */
at_ms naive_final_edge(const struct naive *n, uint32_t checkpoint);

#endif
