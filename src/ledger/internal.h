/* ledger/internal.h: what the ledger's own files share. Nobody else includes it.
 *
 *   ledger.c    birth, death, the chart
 *   identity.c  (device, boot, seq): streams, pages, claim and release
 *   totals.c    running totals -> people
 *   post.c      booking, watermarks, minutes
 *   band.c      error bands, recounts, the empty venue
 *   view.c      what is known
 *   save.c, load.c
 *
 * Every array is sized by the limits and lies in one region of address space, mapped at birth and touched on
 * use: no pointer ever moves, nothing is allocated later (but for `past`, which grows with the chart).
 */
#ifndef CORDON_LEDGER_INTERNAL_H
#define CORDON_LEDGER_INTERNAL_H

#include "ledger/ledger.h"

#define NONE LEDGER_NONE
#define MINUTE_MS 60000
#define OUTSIDE 0u
#define SILENT_PERIODS 2
#define ALARM_PERIODS 3      /* a device silent for longer is taken out of the watermark */
#define AHEAD_MS 5000        /* a clock this far ahead of ours is not believed */
#define PERIOD_DEFAULT_MS 60000
#define PERIOD_MAX_MS (INT64_C(30) * 24 * 3600 * 1000)
#define RATE_SECONDS 1024u   /* a power of two > 300 s behind us + RATE_AHEAD_S before us */
#define RATE_SHORT_S 60
#define RATE_LONG_S 300
#define RATE_AHEAD_S 600     /* events dated further ahead are left out of the rates, so that they push nothing out */

/* The bounds of the limits: what a saved ledger may ask for. */
#define ZONES_MAX (1u << 16)
#define CHECKPOINTS_MAX (1u << 14)
#define DEVICES_MAX (1u << 18)
#define STREAMS_MAX (1u << 20)
#define PAGES_MAX (1u << 24)
#define PAST_PER_CHECKPOINT 4

/* Open addressing with linear probing over (a, b) -> value; at most half full; removal shifts back, so that no
 * tombstones gather. The order inside is private: nothing that is seen or saved depends on it. */
struct table_entry { uint64_t b; uint32_t a, value; /* index + 1; 0: free */ };
struct table { struct table_entry *entries; uint64_t mask, seed; };

/* How far the devices' stated accuracy lets the truth lie from the books (docs/decisions/0003): a variance, and three
 * times people. */
struct drift { double random_ppl2, miss_in_ppl, miss_out_ppl, bias_ppl; };

struct zone {
	int64_t balance;
	uint64_t in, out;
	int64_t emptied;               /* balance == in - out - emptied, for outside too */
	at_ms at_emptied, at_recount;  /* AT_NONE: never */
	double adjusted, gain;         /* gain: of the last recount */
	struct drift carried;          /* left after the last recount; of devices that moved or changed their accuracy since */
	double recount_sigma_ppl;
	uint32_t recount_ppl;
};

struct checkpoint {
	uint32_t from, to;
	uint32_t device_first, device_last; /* its devices by index, through device.next */
	at_ms at_posted;               /* when one of its devices last spoke (recorded time) */
	at_ms at_watermark, at_final;  /* latched; at_final is the watermark's minute */
	uint64_t in, out;
	uint64_t in_past, out_past;    /* of these: booked between other zones (see struct past) */
	uint32_t minutes_used;
	uint32_t changed_low, changed_high; /* words of the bitmap: [low, high) may have bits */
	bool retired;
};

struct side { uint64_t in, out; }; /* a device's people at the last recount of that zone */
enum { SIDE_FROM, SIDE_TO };

struct device {
	uint32_t checkpoint, next;
	uint32_t stream_recent;        /* a cache; NONE: empty */
	uint32_t stream_newest;        /* the greatest boot that spoke */
	uint32_t totals_newest;        /* the greatest boot that spoke in totals */
	bool ahead, retired;           /* ahead: its last word was dated in the future */
	at_ms at_heard, at_event;
	at_ms at_deadline;             /* at_heard + three periods: live until then */
	uint64_t records, in, out;
	uint64_t missing;
	at_ms at_missing_since;
	uint64_t late, resets, backwards, duplicates, conflicts;
	int64_t ahead_ms;
	uint32_t stream_count, page_count;
	struct ledger_accuracy accuracy;
	struct side sides[2];
};

struct stream {                    /* one (device, boot) */
	uint64_t boot;
	uint64_t first, newest, count; /* of what was posted */
	uint64_t claimed;              /* identities held */
	uint64_t page_recent;          /* a cache: this page of numbers is page_index - 1; 0: empty */
	uint32_t page_index;
	uint32_t device;               /* NONE: free */
	uint32_t next_free;
};

enum totals_state { TOTALS_NONE, TOTALS_COUNTED, TOTALS_BASED };
struct totals {                    /* of one stream, parallel to it */
	uint64_t seq_newest, seq_base;
	uint32_t in_mark, out_mark;    /* the high marks */
	uint32_t in_base, out_base;    /* TOTALS_BASED: where counting began in mid-life */
	uint8_t state;
	bool held;                     /* a later boot went on from these marks: what comes late is in it already */
};

/* Whose page it is, so that saving walks the pages that there are and not the table's room for all. */
struct page_name { uint64_t number; uint32_t stream, next_free; }; /* stream NONE: free */
struct bucket { uint32_t in, out, revision; };
struct rate { int64_t second; uint32_t in, out; };
/* People booked between zones that a checkpoint no longer joins. */
struct past { uint32_t from, to; uint64_t in, out; };

struct ledger {
	struct ledger_limits limits;
	uint32_t zone_count, checkpoint_count, device_count;
	at_ms at_recorded;             /* the latest seen */
	uint64_t passages;

	struct zone *zones;
	struct checkpoint *checkpoints;
	struct device *devices;
	struct bucket *buckets;        /* checkpoint-major */
	struct rate *rates;            /* checkpoint-major, RATE_SECONDS each */
	uint64_t *changed;             /* checkpoint-major bitmaps of minutes */
	uint32_t changed_words;

	struct stream *streams;
	struct totals *totals;
	uint32_t stream_top, stream_free, stream_count; /* used so far, free list, in use */
	struct table stream_table;
	uint32_t (*pages)[LEDGER_PAGE_SEQS];
	struct page_name *page_names;  /* of each page */
	uint32_t page_top, page_free, page_count;
	struct table page_table;

	struct past *past;
	uint32_t past_count, past_capacity;

	void *region;
	size_t region_size;
};

struct people { uint32_t in, out; };

/* ledger.c */
bool accuracy_is_sound(const struct ledger_accuracy *a);
void device_join(struct ledger *l, uint32_t device, uint32_t checkpoint);
err_t past_add(struct ledger *l, const struct past *p);

/* identity.c */
uint32_t table_find(const struct table *t, uint32_t a, uint64_t b); /* index, or NONE */
uint32_t stream_find(struct ledger *l, uint32_t device, uint64_t boot);
/* NONE: no room. */
uint32_t stream_take(struct ledger *l, uint32_t device, uint64_t boot);
uint32_t page_take(struct ledger *l, uint32_t stream, uint64_t page);

/* totals.c */
struct people totals_to_people(struct ledger *l, uint32_t stream, const struct ledger_passage *p);

/* post.c */
void checkpoint_latch(struct ledger *l, uint32_t checkpoint, at_ms at_recorded);

/* band.c */
void drift_add_device(struct drift *sum, const struct device *d, int side);
void device_settle_drift(struct ledger *l, struct device *d);
struct band { double ppl, low, high; };
struct band band_of(double books_ppl, double adjusted, const struct drift *d);

#endif
