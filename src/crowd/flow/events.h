/* crowd/flow/events.h: what happens next. A 4-ary heap over 16-byte keys (time, sequence, what): one comparison of 128 bits
 * orders by time and, at the same moment, by who was planned first. Only the nearest events are in the heap, so it is small; the others lie
 * on a calendar (Brown 1988) unsorted. Inside crowd/flow. */
#ifndef CORDON_CROWD_FLOW_EVENTS_H
#define CORDON_CROWD_FLOW_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 event_key;

enum event_kind { EVENT_COME, EVENT_AT_WAY, EVENT_DONE, EVENT_LANE, EVENT_LINK_OUT, EVENT_LINK_IN, EVENT_LEAVE, EVENT_JOCKEY };
struct event { double at_s; enum event_kind kind; uint32_t index; };

/* near: a heap of what happens in the present slice of time. far: what comes later, in lists by slice, as on a calendar whose year has
 * EVENT_SLICES slices: a slice's list holds this year's events and later years', which stay in it. */
#define EVENT_SLICES 1024u
#define EVENT_NONE UINT32_MAX
struct events {
	event_key *near, *far;
	uint32_t *far_next;
	uint32_t near_count, far_count, far_used, far_free, sequence;
	uint64_t slice;             /* the present one: all that lies in it or before is in near */
	double slices_s, until_s;   /* slices a second; later than until_s nothing is planned */
	uint32_t heads[EVENT_SLICES];
};

#define EVENT_INDEX_BITS 29

/* Doubles that are not negative order as their bits do. The sequence may wrap after 2^32 events: only the order of events planned
 * four thousand million apart for the same moment changes, the same way each time. */
static inline event_key event_key_of(double at_s, uint32_t sequence, enum event_kind kind, uint32_t index)
{
	uint64_t bits;
	memcpy(&bits, &at_s, sizeof(bits));
	return (event_key)bits << 64 | (uint64_t)sequence << 32 | ((uint32_t)kind << EVENT_INDEX_BITS | index);
}

static inline struct event event_of(event_key key)
{
	struct event e;
	uint64_t bits = (uint64_t)(key >> 64);
	memcpy(&e.at_s, &bits, sizeof(bits));
	e.kind = (enum event_kind)((uint32_t)key >> EVENT_INDEX_BITS);
	e.index = (uint32_t)key & ((1u << EVENT_INDEX_BITS) - 1);
	return e;
}

static inline void events_begin(struct events *h, double slice_s, double until_s)
{
	h->near_count = h->far_count = h->far_used = h->sequence = 0;
	h->far_free = EVENT_NONE;
	h->slice = 0;
	h->slices_s = 1 / slice_s;
	h->until_s = until_s;
	memset(h->heads, 0xff, sizeof(h->heads)); /* EVENT_NONE */
}

static inline void near_put(struct events *h, event_key key)
{
	uint32_t i = h->near_count++;
	while (i > 0) {
		uint32_t up = (i - 1) / 4;
		if (h->near[up] <= key)
			break;
		h->near[i] = h->near[up];
		i = up;
	}
	h->near[i] = key;
}

/* Both arrays hold everybody and everything that can have an event at once: they are never full. */
static inline void events_plan(struct events *h, double at_s, enum event_kind kind, uint32_t index)
{
	if (at_s > h->until_s)
		return;
	event_key key = event_key_of(at_s, h->sequence++, kind, index);
	uint64_t slice = (uint64_t)(at_s * h->slices_s);
	if (slice <= h->slice) {
		near_put(h, key);
		return;
	}
	uint32_t node = h->far_free;
	if (node != EVENT_NONE)
		h->far_free = h->far_next[node];
	else
		node = h->far_used++;
	h->far[node] = key;
	h->far_next[node] = h->heads[slice % EVENT_SLICES];
	h->heads[slice % EVENT_SLICES] = node;
	h->far_count++;
}

static inline uint64_t slice_of(const struct events *h, event_key key)
{
	return (uint64_t)(event_of(key).at_s * h->slices_s);
}

/* Moves what lies in the present slice into the heap. */
static inline void open_slice(struct events *h)
{
	uint32_t *at = &h->heads[h->slice % EVENT_SLICES];
	while (*at != EVENT_NONE) {
		uint32_t node = *at;
		if (slice_of(h, h->far[node]) != h->slice) {
			at = &h->far_next[node];
			continue;
		}
		near_put(h, h->far[node]);
		*at = h->far_next[node];
		h->far_next[node] = h->far_free;
		h->far_free = node;
		h->far_count--;
	}
}

/* A year without an event: on to the slice of the first of all. */
static inline void leap(struct events *h)
{
	uint64_t first = UINT64_MAX;
	for (uint32_t i = 0; i < EVENT_SLICES; i++) {
		for (uint32_t node = h->heads[i]; node != EVENT_NONE; node = h->far_next[node]) {
			uint64_t slice = slice_of(h, h->far[node]);
			first = slice < first ? slice : first;
		}
	}
	h->slice = first;
	open_slice(h);
}

static inline uint32_t least_child(const event_key *keys, uint32_t first, uint32_t count)
{
	if (first + 4 <= count) {
		uint32_t a = first + (keys[first + 1] < keys[first]), b = first + 2 + (keys[first + 3] < keys[first + 2]);
		return keys[b] < keys[a] ? b : a;
	}
	uint32_t least = first;
	for (uint32_t c = first + 1; c < count; c++)
		if (keys[c] < keys[least])
			least = c;
	return least;
}

static inline event_key near_take(struct events *h)
{
	event_key top = h->near[0], last = h->near[--h->near_count];
	uint32_t i = 0;
	for (uint32_t c; (c = 4 * i + 1) < h->near_count;) {
		uint32_t least = least_child(h->near, c, h->near_count);
		if (last <= h->near[least])
			break;
		h->near[i] = h->near[least];
		i = least;
	}
	h->near[i] = last;
	return top;
}

/* The next one, taken out; false: there is none. */
static inline bool events_next(struct events *h, struct event *out)
{
	for (uint32_t years = 0; h->near_count == 0; years++) {
		if (h->far_count == 0)
			return false;
		if (years == EVENT_SLICES) {
			leap(h);
			break;
		}
		h->slice++;
		open_slice(h);
	}
	*out = event_of(near_take(h));
	return true;
}

#endif
