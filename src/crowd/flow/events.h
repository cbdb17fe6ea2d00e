/* crowd/flow/events.h: what happens next. A 4-ary heap over 16-byte keys (time, sequence, what): one comparison of 128 bits
 * orders by time and, at the same moment, by who was planned first. Inside crowd/flow. */
#ifndef CORDON_CROWD_FLOW_EVENTS_H
#define CORDON_CROWD_FLOW_EVENTS_H

#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 event_key;

enum event_kind { EVENT_COME, EVENT_AT_WAY, EVENT_DONE, EVENT_LANE, EVENT_LINK_OUT, EVENT_LINK_IN, EVENT_LEAVE, EVENT_JOCKEY };
struct event { double at_s; enum event_kind kind; uint32_t index; };

struct events { event_key *keys; uint32_t count, size, sequence; };

#define EVENT_INDEX_BITS 29
#define EVENT_NEVER (~(event_key)0)

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

/* `size` holds everybody and everything that can have an event at once: never full. */
static inline void events_plan(struct events *h, double at_s, enum event_kind kind, uint32_t index)
{
	event_key key = event_key_of(at_s, h->sequence++, kind, index);
	uint32_t i = h->count++;
	while (i > 0) {
		uint32_t up = (i - 1) / 4;
		if (h->keys[up] <= key)
			break;
		h->keys[i] = h->keys[up];
		i = up;
	}
	h->keys[i] = key;
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

/* The next one, taken out; count > 0. */
static inline struct event events_next(struct events *h)
{
	event_key top = h->keys[0], last = h->keys[--h->count];
	uint32_t i = 0;
	for (uint32_t c; (c = 4 * i + 1) < h->count;) {
		uint32_t least = least_child(h->keys, c, h->count);
		if (last <= h->keys[least])
			break;
		h->keys[i] = h->keys[least];
		i = least;
	}
	h->keys[i] = last;
	return event_of(top);
}

#endif
