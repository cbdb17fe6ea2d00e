/* server/mqtt_packets.c: connections, and what each packet does. */
#include "server/mqtt_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* What became of a packet. */
enum took { TOOK_IT, TOOK_NO_ROOM, TOOK_THE_END };

void carrier_note_rejected(struct mqtt_carrier *m, err_t error, uint64_t count)
{
	m->counts.rejected += count;
	snprintf(m->last_rejected, sizeof(m->last_rejected), "%s", error_row(error)->code);
}

/* ---- pausing, failing, ending ---- */

void connection_pause(struct mqtt_connection *c, uint8_t why)
{
	if (c->paused == 0 && c->peer != NULL)
		raw_pause(c->peer);
	c->paused |= why;
}

void connection_resume(struct mqtt_connection *c, uint8_t why)
{
	if ((c->paused & why) == 0)
		return;
	c->paused = (uint8_t)(c->paused & ~why);
	c->heard_s = c->m->now_s; /* it could not be heard meanwhile */
	if (c->paused == 0 && c->peer != NULL)
		raw_resume(c->peer);
}

void connection_fail(struct mqtt_connection *c, err_t error)
{
	if (c->failing)
		return;
	c->failing = true;
	c->end_s = c->m->now_s + SEND_AGAIN_AFTER_S;
	connection_pause(c, PAUSED_END);
	c->m->counts.failed++;
	snprintf(c->m->last_failed, sizeof(c->m->last_failed), "%s", error_row(error)->code);
	memcpy(c->m->last_who, c->who.name, sizeof(c->m->last_who));
}

static void leave_bucket(struct mqtt_connection *c)
{
	struct mqtt_connection **at = &c->m->buckets[c->client_hash % CLIENT_BUCKETS];
	while (*at != NULL && *at != c)
		at = &(*at)->bucket_next;
	if (*at == c)
		*at = c->bucket_next;
}

static void leave_waiting(struct mqtt_connection *c)
{
	struct mqtt_connection **at = &c->m->waiting;
	while (*at != NULL && *at != c)
		at = &(*at)->waiting_next;
	if (*at == c)
		*at = c->waiting_next;
	c->is_waiting = false;
}

static void wait_for_room(struct mqtt_connection *c)
{
	connection_pause(c, PAUSED_ROOM);
	if (c->is_waiting)
		return;
	c->is_waiting = true;
	c->waiting_next = c->m->waiting;
	c->m->waiting = c;
}

void connection_release(struct mqtt_connection *c)
{
	if (c->peer == NULL && c->marks == 0)
		free(c);
}

/* No byte more is read; what was sent goes out. The peer's `closed` does the rest. */
static void end_soon(struct mqtt_connection *c)
{
	if (c->peer == NULL)
		return;
	connection_pause(c, PAUSED_END);
	raw_close(c->peer);
}

/* ---- the peer's events ---- */

static bool opened(void *ctx, struct peer *p)
{
	struct mqtt_carrier *m = ctx;
	struct mqtt_connection *c = m->stopped ? NULL : calloc(1, sizeof(*c));
	if (c == NULL)
		return false;
	c->m = m;
	c->peer = p;
	c->heard_s = m->now_s;
	c->end_s = m->now_s + CONNECT_WITHIN_S;
	c->next = m->all;
	if (m->all != NULL)
		m->all->before = c;
	m->all = c;
	m->counts.connections++;
	peer_set_own(p, c);
	return true;
}

static void closed(void *ctx, struct peer *p)
{
	struct mqtt_carrier *m = ctx;
	struct mqtt_connection *c = peer_own(p);
	if (c == NULL)
		return;
	peer_set_own(p, NULL);
	c->peer = NULL;
	if (c->next != NULL)
		c->next->before = c->before;
	if (c->before != NULL)
		c->before->next = c->next;
	else
		m->all = c->next;
	if (c->connected)
		leave_bucket(c);
	if (c->is_waiting)
		leave_waiting(c);
	m->counts.connections--;
	connection_release(c);
}

/* ---- CONNECT ---- */

static enum took refuse(struct mqtt_connection *c, uint8_t code, const char *why)
{
	uint8_t bytes[8];
	raw_send(c->peer, bytes, mqtt_write_connack(bytes, false, code));
	c->m->counts.refused++;
	snprintf(c->m->last_refused, sizeof(c->m->last_refused), "%s", why);
	return TOOK_THE_END;
}

/* A device that was cut off comes back before we have noticed: the old connection ends [MQTT-3.1.4-2]. Only of the same token,
 * so that nobody can end somebody else's. */
static void take_over(struct mqtt_connection *c, struct text client)
{
	struct mqtt_carrier *m = c->m;
	c->client_hash = text_hash(client, m->hash_seed ^ c->who.token);
	struct mqtt_connection **bucket = &m->buckets[c->client_hash % CLIENT_BUCKETS];
	struct mqtt_connection *other = client.size > 0 ? *bucket : NULL;
	while (other != NULL && other->client_hash != c->client_hash)
		other = other->bucket_next;
	if (other != NULL)
		end_soon(other); /* there is at most one that was not ended before */
	c->bucket_next = *bucket;
	*bucket = c;
}

static enum took take_connect(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	if (c->connected)
		return TOOK_THE_END;
	if (p->connect.level != 4)
		return refuse(c, 1, "another protocol level than 3.1.1");
	if (p->connect.client.size == 0 && !p->connect.clean)
		return refuse(c, 2, "no client id, but a session to be kept");
	if (account_who_token(c->m->settings.accounts, p->connect.password, &c->who) != ERR_NONE)
		return refuse(c, 5, "the password is no device token");
	c->connected = true;
	peer_known(c->peer);
	c->end_s = 0;
	c->keep_alive_s = p->connect.keep_alive_s;
	take_over(c, p->connect.client);
	uint8_t bytes[8];
	raw_send(c->peer, bytes, mqtt_write_connack(bytes, false, 0));
	return TOOK_IT;
}

/* ---- PUBLISH ---- */

/* SESSION of "cordon/SESSION/passages"; empty: another topic. */
static struct text session_of(struct text topic)
{
	static const char before[] = "cordon/", after[] = "/passages";
	size_t around = sizeof(before) - 1 + sizeof(after) - 1;
	if (topic.size <= around || !text_starts(topic, before))
		return TEXT("");
	struct text id = {topic.at + sizeof(before) - 1, topic.size - around};
	bool ends = memcmp(id.at + id.size, after, sizeof(after) - 1) == 0;
	return ends && memchr(id.at, '/', id.size) == NULL ? id : TEXT("");
}

static bool is_topic_ready(const struct mqtt_connection *c, struct text topic)
{
	return c->collector != NULL && text_equal(topic, (struct text){c->topic, c->topic_size});
}

/* Finds where the topic leads. When that is another session than before and something of that one is not acknowledged yet, the
 * topic is left as it is. */
static err_t find_collector(struct mqtt_connection *c, struct text topic, struct text id)
{
	if (is_topic_ready(c, topic))
		return ERR_NONE;
	if (c->who.session[0] != '\0' && !text_is(id, c->who.session))
		return ERR_FORBIDDEN;
	struct live_session *session = live_find_session(c->m->settings.live, id);
	if (session == NULL || topic.size > sizeof(c->topic))
		return ERR_SESSION_UNKNOWN;
	struct collector *k = collect_find(c->m, session);
	if (k == NULL)
		return ERR_BUSY;
	if (k != c->collector && c->unacknowledged > 0)
		return ERR_NONE;
	c->collector = k;
	memcpy(c->topic, topic.at, topic.size);
	c->topic_size = topic.size;
	return ERR_NONE;
}

static void take_line(struct mqtt_connection *c, struct flight *f, struct text line)
{
	uint32_t number = collect_mark(f, c);
	if (line.size > 0 && line.at[line.size - 1] == '\r')
		line.size--;
	if (line.size == 0)
		return;
	struct scan_scratch scratch;
	struct passage_said said;
	err_t error = line.size > PASSAGE_LINE_BYTES_MAX ? ERR_TOO_LARGE : device_scan_passage(line, &scratch, &said);
	if (error == ERR_NONE && !account_token_covers(c->m->settings.accounts, &c->who, said.device))
		error = ERR_PASSAGE_NOT_YOURS;
	if (error == ERR_NONE)
		live_batch_add(f->batch, &said, number);
	else
		live_batch_reject(f->batch, number, error);
	if (error != ERR_NONE)
		memcpy(c->m->last_who, c->who.name, sizeof(c->m->last_who));
}

/* All lines, over as many flights as it takes; *c keeps the place when there is no room. */
static enum took take_lines(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	struct text payload = p->payload;
	do {
		struct flight *f = collect_room(c->collector);
		if (f == NULL)
			return TOOK_NO_ROOM;
		const char *from = payload.at + c->payload_done;
		size_t left = payload.size - c->payload_done;
		const char *newline = memchr(from, '\n', left);
		size_t size = newline != NULL ? (size_t)(newline - from) : left;
		take_line(c, f, (struct text){from, size});
		c->payload_done += size + (newline != NULL ? 1 : 0);
	} while (c->payload_done < payload.size);
	/* The mark of the last line is in the open flight: full ones are handed over only when the next line comes. */
	if (p->qos == 1) {
		c->collector->open->marks[c->mark - 1].id = p->id;
		c->unacknowledged++;
	}
	return TOOK_IT;
}

/* Another topic: dropped, but acknowledged after what came before it. */
static enum took take_foreign(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	if (p->qos == 1 && c->unacknowledged > 0) {
		struct flight *f = collect_room(c->collector);
		if (f == NULL) {
			wait_for_room(c);
			return TOOK_NO_ROOM;
		}
		f->marks[collect_mark(f, c) - 1].id = p->id;
		c->mark_flight = 0;
		c->unacknowledged++;
	} else if (p->qos == 1) {
		uint8_t bytes[8];
		raw_send(c->peer, bytes, mqtt_write_puback(bytes, p->id));
	}
	c->m->counts.dropped++;
	return TOOK_IT;
}

static enum took take_publish(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	if (p->qos == 2)
		return TOOK_THE_END;
	struct text id = session_of(p->topic);
	if (id.size == 0)
		return take_foreign(c, p);
	err_t error = find_collector(c, p->topic, id);
	if (error != ERR_NONE) {
		connection_fail(c, error);
		return TOOK_NO_ROOM;
	}
	/* Receipts of two sessions come in any order, PUBACKs must not: the next session waits for the last one's. */
	if (!is_topic_ready(c, p->topic)) {
		connection_pause(c, PAUSED_ACKS);
		return TOOK_NO_ROOM;
	}
	if (take_lines(c, p) != TOOK_IT) {
		wait_for_room(c);
		return TOOK_NO_ROOM;
	}
	c->payload_done = 0;
	c->mark_flight = 0;
	c->m->counts.publishes++;
	if (c->unacknowledged >= UNACKNOWLEDGED_MAX)
		connection_pause(c, PAUSED_ACKS);
	return TOOK_IT;
}

/* ---- SUBSCRIBE and the rest ---- */

static const char time_topic[] = "$cordon/time";

void connection_say_time(struct mqtt_connection *c)
{
	char at[WHEN_SIZE];
	uint8_t bytes[64];
	struct clock clock = c->m->settings.clock;
	struct text now = text_of(when_format(clock.now(clock.self), 0, at));
	size_t size = mqtt_write_publish(bytes, sizeof(bytes), text_of(time_topic), now);
	if (c->peer != NULL && size > 0)
		raw_send(c->peer, bytes, size);
}

static enum took take_subscribe(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	struct text filters = p->payload, filter;
	uint8_t qos = 0, bytes[512];
	size_t count = 0, size = 0;
	while (mqtt_next_filter(&filters, &filter, &qos))
		count++;
	if (count > sizeof(bytes) - 8)
		return TOOK_THE_END;
	size = mqtt_write_suback_head(bytes, p->id, count);
	bool granted = false;
	filters = p->payload;
	while (mqtt_next_filter(&filters, &filter, &qos)) {
		bool is_time = text_is(filter, time_topic);
		bytes[size++] = is_time ? 0 : MQTT_NOT_GRANTED;
		granted = granted || is_time;
	}
	raw_send(c->peer, bytes, size);
	c->wants_time = c->wants_time || granted;
	if (granted)
		connection_say_time(c);
	return TOOK_IT;
}

static enum took take_unsubscribe(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	struct text filters = p->payload, filter;
	uint8_t bytes[8];
	while (mqtt_next_filter(&filters, &filter, NULL))
		if (text_is(filter, time_topic))
			c->wants_time = false;
	raw_send(c->peer, bytes, mqtt_write_unsuback(bytes, p->id));
	return TOOK_IT;
}

static enum took take_packet(struct mqtt_connection *c, const struct mqtt_packet *p)
{
	uint8_t bytes[8];
	if (!c->connected && p->type != MQTT_CONNECT)
		return TOOK_THE_END;
	switch (p->type) {
	case MQTT_CONNECT: return take_connect(c, p);
	case MQTT_PUBLISH: return take_publish(c, p);
	case MQTT_SUBSCRIBE: return take_subscribe(c, p);
	case MQTT_UNSUBSCRIBE: return take_unsubscribe(c, p);
	case MQTT_PINGREQ:
		raw_send(c->peer, bytes, mqtt_write_pingresp(bytes));
		return TOOK_IT;
	default: /* DISCONNECT, and what only a server says or belongs to QoS 2 */
		return TOOK_THE_END;
	}
}

/* One packet of the bytes; *out_size = 0: not whole yet. */
static enum took take_next(struct mqtt_connection *c, const uint8_t *bytes, size_t size, size_t *out_size)
{
	size_t need = 0;
	struct mqtt_packet p;
	*out_size = 0;
	if (mqtt_packet_size(bytes, size, &need) != ERR_NONE || (!c->connected && need > CONNECT_BYTES_MAX))
		return TOOK_THE_END;
	if (need == 0 || need > size)
		return TOOK_IT;
	if (mqtt_read(bytes, need, &p) != ERR_NONE)
		return TOOK_THE_END;
	*out_size = need;
	return take_packet(c, &p);
}

static size_t received(void *ctx, struct peer *p, const char *bytes, size_t size)
{
	struct mqtt_carrier *m = ctx;
	struct mqtt_connection *c = peer_own(p);
	size_t used = 0, packet = 0;
	if (c == NULL)
		return size;
	c->heard_s = m->now_s;
	c->marks++; /* held: sending may find that the peer is gone */
	while (c->paused == 0 && c->peer != NULL && used < size) {
		enum took took = take_next(c, (const uint8_t *)bytes + used, size - used, &packet);
		if (took == TOOK_THE_END) {
			end_soon(c);
			used = size;
		} else if (took == TOOK_NO_ROOM || packet == 0) {
			break;
		} else {
			used += packet;
		}
	}
	c->marks--;
	connection_release(c);
	collect_submit(m);
	return used;
}

const struct raw_events mqtt_raw_events = {opened, received, closed};

/* ---- time ---- */

void connection_tick(struct mqtt_connection *c)
{
	int64_t silent_s = c->m->now_s - c->heard_s;
	bool is_over = c->end_s != 0 && c->m->now_s >= c->end_s;
	/* Who is not read cannot be heard. */
	bool is_dead = c->paused == 0 && c->keep_alive_s != 0 && silent_s > c->keep_alive_s + c->keep_alive_s / 2 + 1;
	if (is_over || is_dead)
		end_soon(c);
}
