/* server/mqtt_carrier.c: start, stop and the tick. The connections are in mqtt_packets.c, the batches in mqtt_collect.c. */
#include "server/mqtt_inside.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

static int64_t monotonic_s(const struct mqtt_carrier *m)
{
	return m->settings.clock.monotonic_ns(m->settings.clock.self) / 1000000000;
}

/* Counted, and told every ten seconds at most: a thousand broken devices are one line. */
static void tell(struct mqtt_carrier *m)
{
	struct mqtt_counts now = m->counts, *before = &m->logged;
	if (now.rejected > before->rejected)
		log_warn("mqtt", "%" PRIu64 " passages rejected for good; the last: %s, %s", now.rejected - before->rejected, m->last_rejected,
		         m->last_who);
	if (now.refused > before->refused)
		log_warn("mqtt", "%" PRIu64 " connections refused; the last: %s", now.refused - before->refused, m->last_refused);
	if (now.failed > before->failed)
		log_warn("mqtt", "%" PRIu64 " connections closed so that they send again; the last: %s, %s", now.failed - before->failed,
		         m->last_failed, m->last_who);
	*before = now;
}

static void tick(void *ctx)
{
	struct mqtt_carrier *m = ctx;
	m->now_s = monotonic_s(m);
	bool say_time = m->now_s - m->time_s >= SAY_TIME_EVERY_S;
	struct mqtt_connection *next = NULL;
	for (struct mqtt_connection *c = m->all; c != NULL; c = next) {
		next = c->next;
		if (say_time && c->wants_time)
			connection_say_time(c);
		connection_tick(c);
	}
	mqtt_carrier_room(m); /* whoever waits for others' batches asks again */
	if (say_time)
		m->time_s = m->now_s;
	if (m->now_s - m->log_s < LOG_EVERY_S)
		return;
	m->log_s = m->now_s;
	tell(m);
}

void mqtt_carrier_room(struct mqtt_carrier *m)
{
	struct mqtt_connection *c = m->waiting;
	m->waiting = NULL;
	while (c != NULL) {
		struct mqtt_connection *next = c->waiting_next;
		c->is_waiting = false;
		connection_resume(c, PAUSED_ROOM);
		c = next;
	}
}

err_t mqtt_carrier_start(const struct mqtt_carrier_settings *settings, int *out_port, struct mqtt_carrier **out, struct problem *problem)
{
	struct mqtt_carrier *m = calloc(1, sizeof(*m));
	if (m == NULL)
		return problem_set(problem, ERR_MEMORY, NULL, "%s", "");
	m->settings = *settings;
	m->now_s = m->log_s = m->time_s = monotonic_s(m);
	m->hash_seed = (uint64_t)settings->clock.monotonic_ns(settings->clock.self);
	err_t error = collect_new(m);
	if (error != ERR_NONE)
		problem_set(problem, error, NULL, "%s", "");
	if (error == ERR_NONE)
		error = transport_listen_raw(settings->transport, settings->listen, settings->tls, &mqtt_raw_events, m, out_port, problem);
	if (error == ERR_NONE)
		error = transport_every(settings->transport, 1000, tick, m);
	if (error != ERR_NONE) {
		mqtt_carrier_free(m);
		return error;
	}
	*out = m;
	return ERR_NONE;
}

void mqtt_carrier_stop(struct mqtt_carrier *m)
{
	collect_stop(m);
	tell(m);
}

void mqtt_carrier_free(struct mqtt_carrier *m)
{
	if (m == NULL)
		return;
	collect_free(m);
	free(m);
}

void mqtt_carrier_counts(const struct mqtt_carrier *m, struct mqtt_counts *out)
{
	*out = m->counts;
}
