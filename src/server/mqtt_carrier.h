/* server/mqtt_carrier.h: passages over MQTT 3.1.1, on the loop thread. PUBACK is sent after the commit, never before.
 *
 *   raw bytes -> device/mqtt.h packet -> lines -> scan -> may the token? -> one open batch a session --submit--> live
 *   PUBACKs <------------------------------------- its flight <------------------------- receipt --'
 *
 * While one batch of a session is being committed, what comes in, from all connections, collects in the next one (group
 * commit by demand). PUBACKs go out after the receipt, in the order in which the PUBLISHes came [MQTT-4.6.0-2].
 *
 *   CONNECT      password = a device token; the user name says nothing. Level 4 only; another gets return code 1.
 *                A second connection of the same token and client id ends the first. Wills are read over. Clean session
 *                or not: the device keeps what is not acknowledged, Cordon keeps what is; "session present" is always 0.
 *   PUBLISH      cordon/SESSION/passages, one or more NDJSON lines. QoS 1: acknowledged when all lines are on disk, or are
 *                refused for good (a bad field, an unknown device: sent again they would be refused again; they are counted and
 *                logged). QoS 0: taken, but nothing is promised. QoS 2 closes the connection. Retain says nothing.
 *                Other topics (a bridge's own notices) are acknowledged and dropped.
 *                Not acknowledged, and closed after a pause so that it is sent again: a disk that refuses, no room, a
 *                session that there is not (yet), a session that the token is not for.
 *   SUBSCRIBE    "$cordon/time" is granted: the server's time now and every 10 s (QoS 0), for devices without NTP; all else is not.
 *   keep-alive   one and a half times what CONNECT says, then the connection is closed.
 */
#ifndef CORDON_SERVER_MQTT_CARRIER_H
#define CORDON_SERVER_MQTT_CARRIER_H

#include "account/account.h"
#include "live/live.h"
#include "server/transport.h"

struct mqtt_carrier;

struct mqtt_carrier_settings {
	struct transport *transport;
	struct live *live;
	struct accounts *accounts;
	struct clock clock;
	const char *listen;             /* "ADDR:PORT" */
	bool tls;
};
/* Listens. *out_port is the true port. */
err_t mqtt_carrier_start(const struct mqtt_carrier_settings *settings, int *out_port, struct mqtt_carrier **out, struct problem *problem);
/* Batches are free again: to be called from live's `room`. */
void mqtt_carrier_room(struct mqtt_carrier *m);
/* Gives what was collected and not yet handed over back to live, takes nothing more. Before live_free(). */
void mqtt_carrier_stop(struct mqtt_carrier *m);
/* After transport_free() and live_free(): no event and no receipt comes any more. NULL is fine. */
void mqtt_carrier_free(struct mqtt_carrier *m);

struct mqtt_counts {
	uint32_t connections;
	uint64_t refused;               /* CONNECTs */
	uint64_t publishes, accepted, duplicate, rejected;  /* the last three: passages */
	uint64_t dropped;               /* PUBLISHes on other topics */
	uint64_t failed;                /* connections closed so that they send again */
};
void mqtt_carrier_counts(const struct mqtt_carrier *m, struct mqtt_counts *out);

#endif
