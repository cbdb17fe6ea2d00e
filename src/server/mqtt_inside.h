/* server/mqtt_inside.h: what the mqtt_*.c files share. Nobody else includes it.
 *
 *   mqtt_carrier.c   start, stop, the clock tick, time for subscribers
 *   mqtt_packets.c   connections and their packets
 *   mqtt_collect.c   flights: one batch each, with who is to be acknowledged when it is on disk
 */
#ifndef CORDON_SERVER_MQTT_INSIDE_H
#define CORDON_SERVER_MQTT_INSIDE_H

#include "device/device.h"
#include "device/mqtt.h"
#include "server/mqtt_carrier.h"

#define CONNECT_WITHIN_S 10
#define CONNECT_BYTES_MAX 8192u       /* nobody knows yet who it is */
#define UNACKNOWLEDGED_MAX 4096u      /* PUBLISHes of one connection; then it is not read */
#define SEND_AGAIN_AFTER_S 3          /* a connection that must send again is closed after this pause */
#define SAY_TIME_EVERY_S 10
#define LOG_EVERY_S 10
#define FLIGHT_MARKS_MAX 8192u        /* two PUBLISHes a record: many have no valid line */
#define FLIGHTS_MAX 32u               /* of all sessions together; each holds one of live's batches */
#define COLLECTORS_MAX 4096u          /* sessions that were ever published to */
#define CLIENT_BUCKETS 4096u
#define TOPIC_BYTES_MAX 96            /* "cordon/", a session's id of 64, "/passages" */

enum { PAUSED_ROOM = 1, PAUSED_ACKS = 2, PAUSED_END = 4 };

/* One client. Lives until its peer is gone and no flight holds a mark of it. */
struct mqtt_connection {
	struct mqtt_carrier *m;
	struct peer *peer;                     /* NULL: gone */
	struct mqtt_connection *next, *before; /* of all */
	struct mqtt_connection *bucket_next;   /* of those with the same hash of token and client id */
	struct mqtt_connection *waiting_next;  /* of those that wait for room */
	uint64_t client_hash;
	struct principal who;
	bool connected, failing, wants_time, is_waiting;
	uint8_t paused;                        /* bits */
	uint16_t keep_alive_s;
	int64_t heard_s, end_s;                /* end_s: when to close, 0 = not */
	uint32_t marks, unacknowledged;

	char topic[TOPIC_BYTES_MAX];           /* the last one that was found good, and where it leads */
	size_t topic_size;
	struct collector *collector;

	size_t payload_done;                   /* of the PUBLISH that waits for room: what was taken already */
	uint32_t mark_flight;                  /* number of the flight that holds the mark of the PUBLISH under way, 0 = none */
	uint32_t mark;
};

/* To be acknowledged (id) or only told of a failure (id 0) when the flight is back. */
struct mark { struct mqtt_connection *c; uint16_t id; bool failed; };

struct flight {
	struct flight *next;
	struct collector *collector;
	struct live_batch *batch;
	uint32_t number;
	uint32_t mark_count;
	struct mark marks[FLIGHT_MARKS_MAX];
};

struct collector {
	struct mqtt_carrier *m;
	struct live_session *session;
	struct flight *open;                   /* NULL: none */
	uint32_t under_way;                    /* flights that were handed over */
};

struct mqtt_carrier {
	struct mqtt_carrier_settings settings;
	struct mqtt_connection *all, *waiting;
	struct mqtt_connection *buckets[CLIENT_BUCKETS];
	uint64_t hash_seed;
	struct collector **collectors;         /* COLLECTORS_MAX */
	uint32_t collector_count;
	struct flight *flights, *flights_free; /* FLIGHTS_MAX */
	uint32_t flight_number;
	int64_t now_s;                         /* monotonic, by the tick */
	bool stopped;
	struct mqtt_counts counts, logged;
	int64_t log_s, time_s;
	char last_rejected[32], last_refused[48], last_failed[32], last_who[ACCOUNT_NAME_BYTES];
};

/* ---- mqtt_collect.c ---- */

err_t collect_new(struct mqtt_carrier *m);
void collect_free(struct mqtt_carrier *m);
void collect_stop(struct mqtt_carrier *m);
/* NULL: too many sessions. */
struct collector *collect_find(struct mqtt_carrier *m, struct live_session *session);
/* The open flight with room for a line and a mark, a new one if need be; NULL: no room now. */
struct flight *collect_room(struct collector *k);
/* The 1-based number of the connection's mark in the flight, a new one if it has none there. */
uint32_t collect_mark(struct flight *f, struct mqtt_connection *c);
/* Hands over what waits where nothing is under way. */
void collect_submit(struct mqtt_carrier *m);

/* ---- mqtt_packets.c ---- */

extern const struct raw_events mqtt_raw_events;
void connection_pause(struct mqtt_connection *c, uint8_t why);
void connection_resume(struct mqtt_connection *c, uint8_t why);
/* It must send again: nothing is acknowledged any more, and it is closed after a pause. */
void connection_fail(struct mqtt_connection *c, err_t error);
void connection_tick(struct mqtt_connection *c);
/* Frees it if it is gone and nobody holds a mark of it. */
void connection_release(struct mqtt_connection *c);
void connection_say_time(struct mqtt_connection *c);
void carrier_note_rejected(struct mqtt_carrier *m, err_t error, uint64_t count);

#endif
