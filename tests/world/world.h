/* tests/world/world.h: a whole world from one seed, in simulated time, around the real live/, ledger/, store/ and device/.
 *
 *   devices --said--> senders --batches--> live ==(by hand)== writer, keeper, loop --journal--> a disk that forgets and tears
 *      |                  ^                 |                                                        |
 *      | drift, jump,     `--- receipts ----+--- answers, publications                               | kills, power cuts,
 *      | lie, restart                       v                                                        | faults, restarts
 *   the venue's plan changes         the model: a list of what was acknowledged; every number is worked out anew from it
 *
 * Nothing here knows a clock, a thread or an address: the same seed gives the same bytes (`digest`).
 *
 *   venue.c    plans: zones, checkpoints, devices, lanes, and how they change
 *   devices.c  what devices say and how they err
 *   asks.c     what is asked of live/ (batches, inputs, questions), and what the answers must be
 *   model.c    the list, and the picture that a list gives; picture.c
 *   audit.c    the journal held against the list
 *   compare.c  states, flows, conflicts, publications held against the picture
 *   world.c    the step loop: time, faults, crashes, restarts
 *   main.c     seeds, workers, figures
 */
#ifndef CORDON_WORLD_H
#define CORDON_WORLD_H

#include <setjmp.h>
#include <jansson.h>

#include "base/random.h"
#include "disk.h"
#include "live/live.h"
#include "naive_ledger.h"

#define WORLD_NONE UINT32_MAX
#define WORLD_SESSIONS 3
#define ZONE_NAMES 20u          /* names are numbers: Z0 .. Z19; `outside` is not among them */
#define CHECKPOINT_NAMES 60u
#define DEVICE_NAMES 480u
#define VENUE_ZONES 10u
#define VENUE_CHECKPOINTS 28u
#define VENUE_DEVICES 400u
#define VENUE_LANES 5u

/* ---- the venue: a plan in plain words ---- */

enum way { WAY_IN, WAY_BETWEEN, WAY_OUT }; /* a ticket check from outside, a transfer, an exit */
struct venue_lane { uint32_t name; bool open; };
struct venue_checkpoint {
	uint32_t name;
	enum way way;
	uint32_t zone;                  /* place in the row of zones; BETWEEN: from this one to the next */
	struct venue_lane lanes[VENUE_LANES];
	uint32_t lane_count;
};
struct venue_zone { uint32_t name; bool inside; };
struct venue_device { uint32_t name, checkpoint; /* place in the list */ struct ledger_accuracy accuracy; };
struct venue {
	at_ms at_doors, at_start, at_end;
	struct venue_zone zones[VENUE_ZONES];
	struct venue_checkpoint checkpoints[VENUE_CHECKPOINTS];
	struct venue_device devices[VENUE_DEVICES]; /* in order of checkpoint */
	uint32_t zone_count, checkpoint_count, device_count;
	char *text;                     /* the plan file */
	size_t text_size;
	struct venue *next;             /* all of a world */
};

/* ---- the model ---- */

enum entry_kind { ENTRY_PASSAGE, ENTRY_CONFLICT, ENTRY_RECOUNT, ENTRY_EMPTY, ENTRY_LANE, ENTRY_PLAN, ENTRY_CLOSE,
	ENTRY_DUPLICATES, ENTRY_REJECTED, ENTRY_TICK };  /* the last three: only the journal tells them */
struct entry {
	enum entry_kind kind;
	at_ms at_session;               /* the session's clock when the writer did it */
	at_ms at_recorded;              /* as the journal says */
	struct ledger_passage p;        /* DUPLICATES: .device, .in */
	struct ledger_recount recount;  /* .at AT_NONE: when recorded */
	uint32_t checkpoint, lane, version, count;
	bool open;
	const struct venue *venue;
	const char *by, *reason;        /* static */
};
struct entries { struct entry *at; size_t count, capacity; };
void entries_add(struct entries *list, const struct entry *e);

/* Names -> indices, in the order of their first coming. */
struct chart {
	uint32_t zones[ZONE_NAMES], checkpoints[CHECKPOINT_NAMES], devices[DEVICE_NAMES];
	uint32_t zone_count, checkpoint_count, device_count; /* zones: with outside */
};
void chart_init(struct chart *c);
void chart_take(struct chart *c, const struct venue *v);
uint32_t chart_zone(const struct chart *c, const struct venue *v, uint32_t place); /* WORLD_NONE: outside */

struct lane_state { uint32_t name; bool open, by_hand; };
struct picture_checkpoint { uint32_t from, to, lane_count; bool in_plan; struct lane_state lanes[VENUE_LANES]; };

/* What a list of entries comes to. */
struct picture {
	struct naive *naive;
	struct chart chart;
	const struct venue *venue;
	uint32_t version;
	struct picture_checkpoint checkpoints[CHECKPOINT_NAMES]; /* by index of the chart */
	bool device_in_plan[DEVICE_NAMES];
	uint32_t device_at[DEVICE_NAMES];
	struct ledger_accuracy accuracy[DEVICE_NAMES];
	const char *recount_by[ZONE_NAMES + 1];
	at_ms at_emptied[ZONE_NAMES + 1];
	at_ms at_first, at_recorded, at_closed;
	uint64_t records, rejected;
	size_t *conflicts, conflict_count, conflict_capacity; /* places in the list */
	uint32_t minutes;
	at_ms at_window;
};
void picture_init(struct picture *p);
void picture_free(struct picture *p);
void picture_add(struct picture *p, const struct entry *e);

/* Who said what, each once. */
struct identities { struct ledger_passage *slots; size_t count, mask; };
enum ledger_verdict identities_claim(struct identities *ids, const struct ledger_passage *p);

struct ask;
struct subscriber {
	json_t *state;                  /* merged from what was published; NULL: nothing yet */
	uint64_t seq, seq_greatest;     /* of this life; of all lives */
	bool heard;
	struct { uint64_t seq; uint32_t crc; } told[256]; /* seq % 256 */
	uint64_t told_count;            /* in this life */
};
struct model {
	char id[16];
	bool is_open, exercise;         /* is_open: acknowledged, or found after a restart */
	double speed;
	at_ms at_clock_wall, at_clock_session; /* of an exercise */
	struct entries book;            /* audited: record n stands at n - 1 */
	struct entries acked;           /* acknowledged, to be found in the journal */
	struct ask *limbo, **limbo_last;/* failed or never answered: may be there after a restart */
	struct identities ids;
	struct chart chart;             /* of all that was acknowledged */
	const struct venue *venue;      /* in force, as acknowledged */
	uint32_t version;
	bool closed, sick, may_be_sick; /* sick: a write failed; the journal takes nothing until it is opened again. may_be: a tick's */
	uint64_t duplicates[DEVICE_NAMES], duplicates_told[DEVICE_NAMES]; /* acknowledged; in the journal */
	uint64_t rejected, rejected_told;
	struct picture tip;             /* of the book */
	struct subscriber sub;
	struct live_session *session;   /* of this life */
	at_ms at_highest;               /* that its clock showed in this life */
};

/* ---- devices and senders ---- */

struct said { uint32_t device; uint64_t boot, seq; at_ms at; uint32_t in, out; bool totals, settled, is_acked; };
struct speaker {
	bool exists, totals, stubborn;  /* stubborn: restarts without a new boot number */
	uint32_t sender;
	uint64_t boot, seq;
	int64_t offset_ms;
	double drift;
	at_ms at_offline;               /* says nothing to its sender until then; keeps it all */
	uint32_t in_total, out_total;
	uint32_t *outbox, outbox_count, outbox_capacity; /* indices into said */
};
struct crowd {                          /* of one session */
	struct speaker speakers[DEVICE_NAMES];
	struct said *said;
	size_t said_count, said_capacity;
};

/* ---- what is asked ---- */

enum ask_kind { ASK_BATCH, ASK_OPEN, ASK_PLAN, ASK_RECOUNT, ASK_EMPTY, ASK_LANE, ASK_CLOSE, ASK_STATE, ASK_FLOW,
	ASK_CONFLICTS, ASK_JOURNAL };
enum ask_place { ASK_AT_KEEPER, ASK_AT_WRITER, ASK_PROCESSED };
struct ask_line { struct ledger_passage p; uint32_t line, said; err_t error; };
struct world;
struct ask {
	struct world *w;
	struct ask *next;
	enum ask_kind kind;
	enum ask_place place;
	uint32_t session;
	at_ms at_session;               /* stamped when the writer did it */
	bool excused;                   /* the disk may have been ill then */
	struct entry entry;             /* of an input */
	err_t refused;                  /* what it must be refused with whatever happens; ERR_NONE: taken */
	const struct venue *venue;      /* OPEN, PLAN */
	uint32_t zone_name, checkpoint_name, lane_name;
	struct ask_line *lines;
	uint32_t line_count;
	at_ms at;                       /* of a question; AT_NONE: now. OPEN: the exercise's beginning */
	uint64_t from;
	uint32_t count;
};
/* An answer to a question, kept until the poll is over. */
struct reply { struct ask *ask; err_t error; struct live_text *json; struct reply *next; };

/* ---- the world ---- */

struct shape {
	uint32_t devices, zones, sessions, senders, steps, talk;
	uint32_t batches, batch_records, whole_every;
	int64_t publish_ms;
	uint64_t snapshot_records;
	uint32_t faults, crashes, jumps, plans, lies; /* per thousand steps or words */
	bool subscribed;
};
struct tally {
	uint64_t seeds, steps, offered, acked, duplicates, conflicts, rejected, refused_batches;
	uint64_t power, kills, clean, met[WORLD_FAULTS], past, states, publications, audits, plans, limbo_found,
		told_states[4], fills;
	double simulated_s;
};

struct world {
	uint64_t seed;
	uint32_t step;
	struct random r;
	struct shape shape;
	at_ms at_true, at_wall;
	int64_t mono_ns;
	struct world_disk *disk;
	struct store *store;
	struct live *live;
	bool faulty;                    /* faults may wait on the disk */
	bool cut_planned, cut_is_kill;
	bool dying, stopping, ending;   /* the process is gone but for its memory; it stops in peace; the last of all is sent */
	int64_t offset_ms;              /* of the server's clock */
	struct model models[WORLD_SESSIONS];
	struct crowd crowds[WORLD_SESSIONS];
	uint32_t model_count, ids_given; /* the last may not be open yet */
	bool opening;
	struct venue *venues;
	struct ask *asks, **asks_last;
	struct reply *replies, **replies_last;
	uint32_t asks_open;
	uint32_t digest;
	struct tally tally;
	jmp_buf failed;
	char what[4096];
	bool verbose;
};

/* Ends this seed: says what differed and how to see it again. */
void world_fail(struct world *w, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
#define MUST(condition, ...) do { if (!(condition)) world_fail(w, __VA_ARGS__); } while (0)
uint32_t below(struct world *w, uint32_t bound);
bool chance(struct world *w, uint32_t in_thousand);
void world_note(struct world *w, const void *bytes, size_t size); /* into the digest */
const char *entry_words(const struct entry *e, char *out, size_t size);

/* Lives through one seed. False: it failed, w->what says why. */
bool world_live(struct world *w, uint64_t seed);
void world_poll(struct world *w);       /* and everything that follows from the answers */
void world_step_writer(struct world *w);
void world_step_keeper(struct world *w);
at_ms model_now(const struct world *w, const struct model *m);      /* by the server's clock */
at_ms model_now_by(const struct model *m, at_ms at_wall);
at_ms world_latest(struct world *w, const struct model *m);         /* the latest time that the session has known */

/* venue.c */
struct venue *venue_make(struct world *w, uint32_t zones, uint32_t devices);
struct venue *venue_change(struct world *w, const struct venue *before);
void venues_free(struct world *w);
uint32_t venue_find_device(const struct venue *v, uint32_t name);   /* places; WORLD_NONE */
uint32_t venue_find_checkpoint(const struct venue *v, uint32_t name);
/* What a zone's fullness is told by; another plan gives it others. */
struct zone_figures { uint32_t obstructed_m2, usable_m2, capacity_ppl; bool dynamic; };
struct zone_figures venue_zone_figures(const struct venue *v, uint32_t place);

/* devices.c */
void crowd_talk(struct world *w, uint32_t session);
void crowd_send(struct world *w, uint32_t session);                 /* a batch of some sender */
void crowd_settle(struct world *w, uint32_t session, const struct ask *a, const struct live_receipt *r);
bool crowd_is_quiet(const struct world *w, uint32_t session);       /* nothing left to send */
void crowd_everybody_online(struct world *w, uint32_t session);
void crowd_free(struct crowd *c);

/* asks.c */
struct ask *ask_new(struct world *w, enum ask_kind kind, uint32_t session, enum ask_place place);
void ask_close_up(struct ask *a); /* answered: out of the world's list */
void ask_free(struct ask *a);
void ask_receipt(void *ctx, const struct live_receipt *r);
void ask_open(struct world *w);
void ask_operator(struct world *w, uint32_t session);
void ask_close(struct world *w, uint32_t session);
void ask_plan(struct world *w, uint32_t session);
void ask_reader(struct world *w, uint32_t session);
void ask_state(struct world *w, uint32_t session, at_ms at);
void ask_flow(struct world *w, uint32_t session, at_ms at);
void ask_conflicts(struct world *w, uint32_t session);
void ask_journal(struct world *w, uint32_t session, uint64_t from, uint32_t count);

/* model.c */
void model_init(struct model *m, uint32_t number);
void model_free(struct model *m);
/* What the ask comes to, as if acknowledged now: entries behind `acked`, identities, statistics. */
struct verdicts { uint32_t accepted, duplicate, rejected_count; struct live_rejection *rejected; };
void model_take_batch(struct world *w, struct model *m, const struct ask *a, struct verdicts *out);
err_t model_refuses(const struct model *m, const struct ask *a); /* ERR_NONE: it does not */
void model_take_input(struct model *m, const struct ask *a);
void model_doubt(struct model *m, struct ask *a);

/* audit.c */
void audit(struct world *w, uint32_t session, bool after_restart);
void audit_folds(struct world *w, uint32_t session);    /* from zero, from the snapshot, and the writer's: the same bytes */

/* compare.c */
void compare_reply(struct world *w, const struct reply *r);
void compare_published(void *ctx, struct live_session *s, uint64_t seq, struct live_text *json);
void compare_replay(struct world *w, uint32_t session);
void compare_statistics(struct world *w, uint32_t session); /* all that was acknowledged is in the journal */

#endif
