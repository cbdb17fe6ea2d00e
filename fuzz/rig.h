/* fuzz/rig.h: the whole server in one thread, without a socket: bytes of connections in, bytes of answers out.
 *
 *   rig_say(bytes) --> memory_stream.c --> transport, routes, MQTT --> live, store (a folder in memory) --> rig_heard()
 *
 * Time stands still but for rig_seconds(). Work of the other threads is done in rig_quiet(), in one order, so that the same
 * bytes give the same answers. Passwords cost nothing (quick_password.c), and a cookie or token of one letter stands for
 * the secret: v viewer, o operator, p planner, a administrator, d a device's token for all, e one for S* of session "s".
 */
#ifndef CORDON_FUZZ_RIG_H
#define CORDON_FUZZ_RIG_H

#include "server/inside.h"
#include "server/mqtt_carrier.h"

#define RIG_CONNECTIONS_MAX 8
#define RIG_T0 INT64_C(1795514400000) /* 2026-11-24T18:00:00+08:00: half an hour before the start of session "s" */

struct rig;
/* The one there is, made at the first call and again when the last input left too much behind. */
struct rig *rig_ready(void);
/* A client connects; gives its number. */
int rig_open(struct rig *r, bool mqtt);
/* Sends in pieces of at most `piece` bytes and takes `window` bytes of the answers a round; stops when it is not read any
 * more. Gives how much was taken. */
size_t rig_say(struct rig *r, int connection, struct text bytes, size_t piece, size_t window);
void rig_stick(struct rig *r, int connection); /* it takes nothing of the answers any more, or does again */
void rig_leave(struct rig *r, int connection); /* it is gone, whatever was under way */
void rig_quiet(struct rig *r);           /* until nothing moves any more */
void rig_seconds(struct rig *r, int count); /* pass, and nobody does anything meanwhile but the network */
bool rig_is_open(const struct rig *r, int connection);
struct text rig_heard(const struct rig *r, int connection);  /* all that was answered */
/* Every client goes; then nothing may be left of them. */
void rig_end(struct rig *r);

/* What every answer must be, whatever was asked. */
void rig_hold_http(struct text heard, bool any_head);

#endif
