/* device/mqtt.c: MQTT 3.1.1 packets. Numbers in brackets are sections of the OASIS standard of 29 October 2014. */
#include "device/mqtt.h"

#include <string.h>

/* What the second half of the first byte must be [2.2.2]; PUBLISH says something with it. */
static const uint8_t flags_of[16] = {[MQTT_PUBREL] = 2, [MQTT_SUBSCRIBE] = 2, [MQTT_UNSUBSCRIBE] = 2};

static bool is_first_byte(uint8_t byte)
{
	uint8_t type = byte >> 4, flags = byte & 15;
	if (type < MQTT_CONNECT || type > MQTT_DISCONNECT)
		return false;
	if (type != MQTT_PUBLISH)
		return flags == flags_of[type];
	uint8_t qos = flags >> 1 & 3;
	return qos < 3 && (qos > 0 || (flags & 8) == 0); /* a first and only try is no duplicate [3.3.1.1] */
}

/* The size of the fixed head and of what follows [2.2.3]; *head = 0: not yet known. */
static err_t read_sizes(const uint8_t *bytes, size_t size, size_t *head, size_t *rest)
{
	*head = 0;
	*rest = 0;
	if (size == 0)
		return ERR_NONE;
	if (!is_first_byte(bytes[0]))
		return ERR_PASSAGE_SYNTAX;
	for (size_t i = 1; i < size; i++) {
		*rest |= (size_t)(bytes[i] & 0x7F) << (7 * (i - 1));
		if ((bytes[i] & 0x80) == 0) {
			*head = i + 1;
			return ERR_NONE;
		}
		if (i == 4)
			return ERR_PASSAGE_SYNTAX;
	}
	return ERR_NONE;
}

err_t mqtt_packet_size(const uint8_t *bytes, size_t size, size_t *need)
{
	size_t head = 0, rest = 0;
	err_t error = read_sizes(bytes, size, &head, &rest);
	if (error != ERR_NONE)
		return error;
	if (head + rest > MQTT_PACKET_BYTES_MAX)
		return ERR_TOO_LARGE;
	*need = head == 0 ? 0 : head + rest;
	return ERR_NONE;
}

/* ---- reading ---- */

/* What is left of a packet. A read that does not find enough sets `bad`, and everything after it gives nothing. */
struct rest { const uint8_t *at; size_t size; bool bad; };

static uint8_t take_byte(struct rest *r)
{
	if (r->size < 1) {
		r->bad = true;
		return 0;
	}
	r->size--;
	return *r->at++;
}

static uint16_t take_number(struct rest *r)
{
	unsigned high = take_byte(r);
	return (uint16_t)(high << 8 | take_byte(r));
}

static struct text take_bytes(struct rest *r)
{
	size_t size = take_number(r);
	if (r->bad || size > r->size) {
		r->bad = true;
		return TEXT("");
	}
	struct text t = {(const char *)r->at, size};
	r->at += size;
	r->size -= size;
	return t;
}

static struct text take_text(struct rest *r)
{
	struct text t = take_bytes(r);
	if (!text_valid_utf8(t)) /* no surrogates, no U+0000 [1.5.3] */
		r->bad = true;
	return t;
}

/* An identifier is never zero [2.3.1]. */
static uint16_t take_id(struct rest *r)
{
	uint16_t id = take_number(r);
	if (id == 0)
		r->bad = true;
	return id;
}

static struct text take_all(struct rest *r)
{
	struct text t = {(const char *)r->at, r->size};
	r->at += r->size;
	r->size = 0;
	return t;
}

static bool may_flags_be(uint8_t flags)
{
	bool will = (flags & 0x04) != 0, user = (flags & 0x80) != 0, password = (flags & 0x40) != 0;
	uint8_t will_qos = flags >> 3 & 3;
	bool good_will = will ? will_qos < 3 : (flags & 0x38) == 0;
	return (flags & 0x01) == 0 && good_will && (user || !password);
}

/* [3.1] */
static void read_connect(struct rest *r, struct mqtt_packet *out)
{
	struct text protocol = take_text(r);
	out->connect.level = take_byte(r);
	bool is_old = text_is(protocol, "MQIsdp") && out->connect.level == 3;
	if (!text_is(protocol, "MQTT") && !is_old)
		r->bad = true;
	if (r->bad || out->connect.level != 4) {
		take_all(r);
		return;
	}
	uint8_t flags = take_byte(r);
	out->connect.clean = (flags & 0x02) != 0;
	out->connect.keep_alive_s = take_number(r);
	out->connect.client = take_text(r);
	if ((flags & 0x04) != 0) {
		take_text(r);
		take_bytes(r);
	}
	if ((flags & 0x80) != 0)
		out->connect.user = take_text(r);
	if ((flags & 0x40) != 0)
		out->connect.password = take_bytes(r);
	if (!may_flags_be(flags))
		r->bad = true;
}

/* [3.3] */
static void read_publish(struct rest *r, uint8_t first, struct mqtt_packet *out)
{
	out->duplicate = (first & 8) != 0;
	out->qos = first >> 1 & 3;
	out->retain = (first & 1) != 0;
	out->topic = take_text(r);
	if (out->topic.size == 0 || memchr(out->topic.at, '+', out->topic.size) != NULL ||
	    memchr(out->topic.at, '#', out->topic.size) != NULL)
		r->bad = true;
	if (out->qos > 0)
		out->id = take_id(r);
	out->payload = take_all(r);
}

/* '+' fills a level, '#' is the last one [4.7.1]. */
static bool is_filter(struct text t)
{
	for (size_t i = 0; i < t.size; i++) {
		if (t.at[i] != '+' && t.at[i] != '#')
			continue;
		bool begins = i == 0 || t.at[i - 1] == '/', is_last = i + 1 == t.size;
		bool ends = is_last || (t.at[i] == '+' && t.at[i + 1] == '/');
		if (!begins || !ends)
			return false;
	}
	return t.size > 0;
}

/* [3.8], [3.10] */
static void read_filters(struct rest *r, bool with_qos, struct mqtt_packet *out)
{
	out->id = take_id(r);
	out->payload = (struct text){(const char *)r->at, r->size};
	if (r->size == 0)
		r->bad = true;
	while (r->size > 0 && !r->bad)
		if (!is_filter(take_text(r)) || (with_qos && take_byte(r) > 2))
			r->bad = true;
}

/* [3.2]: a session can only be present where the connection is accepted. */
static void read_connack(struct rest *r, struct mqtt_packet *out)
{
	out->payload = (struct text){(const char *)r->at, r->size};
	uint8_t present = take_byte(r), code = take_byte(r);
	if (present > 1 || code > 5 || (present == 1 && code != 0))
		r->bad = true;
}

/* [3.9] */
static void read_suback(struct rest *r, struct mqtt_packet *out)
{
	out->id = take_id(r);
	out->payload = take_all(r);
	for (size_t i = 0; i < out->payload.size; i++) {
		uint8_t code = (uint8_t)out->payload.at[i];
		if (code > 2 && code != MQTT_NOT_GRANTED)
			r->bad = true;
	}
	if (out->payload.size == 0)
		r->bad = true;
}

err_t mqtt_read(const uint8_t *bytes, size_t size, struct mqtt_packet *out)
{
	size_t head = 0, rest = 0;
	err_t error = read_sizes(bytes, size, &head, &rest);
	if (error != ERR_NONE)
		return error;
	if (head == 0 || head + rest != size)
		return ERR_PASSAGE_SYNTAX;
	struct text none = TEXT("");
	struct mqtt_packet p = {.type = (enum mqtt_type)(bytes[0] >> 4), .topic = none, .payload = none};
	p.connect.client = p.connect.user = p.connect.password = none;
	struct rest r = {bytes + head, rest, false};
	switch (p.type) {
	case MQTT_CONNECT: read_connect(&r, &p); break;
	case MQTT_CONNACK: read_connack(&r, &p); break;
	case MQTT_PUBLISH: read_publish(&r, bytes[0], &p); break;
	case MQTT_SUBSCRIBE: read_filters(&r, true, &p); break;
	case MQTT_UNSUBSCRIBE: read_filters(&r, false, &p); break;
	case MQTT_SUBACK: read_suback(&r, &p); break;
	case MQTT_PUBACK: case MQTT_PUBREC: case MQTT_PUBREL: case MQTT_PUBCOMP: case MQTT_UNSUBACK: p.id = take_id(&r); break;
	case MQTT_PINGREQ: case MQTT_PINGRESP: case MQTT_DISCONNECT: break;
	}
	if (r.bad || r.size != 0)
		return ERR_PASSAGE_SYNTAX;
	*out = p;
	return ERR_NONE;
}

bool mqtt_next_filter(struct text *filters, struct text *out_filter, uint8_t *out_qos)
{
	struct rest r = {(const uint8_t *)filters->at, filters->size, false};
	struct text filter = take_bytes(&r);
	uint8_t qos = out_qos != NULL ? take_byte(&r) : 0;
	if (r.bad)
		return false;
	*out_filter = filter;
	if (out_qos != NULL)
		*out_qos = qos;
	*filters = (struct text){(const char *)r.at, r.size};
	return true;
}

/* ---- writing ---- */

static size_t write_head(uint8_t *out, uint8_t first, size_t rest)
{
	size_t size = 0;
	out[size++] = first;
	do {
		uint8_t seven = rest & 0x7F;
		rest >>= 7;
		out[size++] = (uint8_t)(seven | (rest > 0 ? 0x80 : 0));
	} while (rest > 0);
	return size;
}

static size_t write_number(uint8_t *out, uint16_t n)
{
	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	return 2;
}

static size_t write_with_id(uint8_t *out, enum mqtt_type type, uint16_t id)
{
	size_t size = write_head(out, (uint8_t)(type << 4), 2);
	return size + write_number(out + size, id);
}

size_t mqtt_write_connack(uint8_t *out, bool session_present, uint8_t code)
{
	size_t size = write_head(out, MQTT_CONNACK << 4, 2);
	out[size++] = session_present ? 1 : 0;
	out[size++] = code;
	return size;
}

size_t mqtt_write_puback(uint8_t *out, uint16_t id)
{
	return write_with_id(out, MQTT_PUBACK, id);
}

size_t mqtt_write_unsuback(uint8_t *out, uint16_t id)
{
	return write_with_id(out, MQTT_UNSUBACK, id);
}

size_t mqtt_write_pingresp(uint8_t *out)
{
	return write_head(out, MQTT_PINGRESP << 4, 0);
}

size_t mqtt_write_suback_head(uint8_t *out, uint16_t id, size_t count)
{
	size_t size = write_head(out, MQTT_SUBACK << 4, 2 + count);
	return size + write_number(out + size, id);
}

size_t mqtt_write_publish(uint8_t *out, size_t out_size, struct text topic, struct text payload)
{
	if (topic.size > UINT16_MAX || payload.size > MQTT_PACKET_BYTES_MAX || 5 + 2 + topic.size + payload.size > out_size)
		return 0;
	size_t size = write_head(out, MQTT_PUBLISH << 4, 2 + topic.size + payload.size);
	size += write_number(out + size, (uint16_t)topic.size);
	memcpy(out + size, topic.at, topic.size);
	size += topic.size;
	memcpy(out + size, payload.at, payload.size);
	return size + payload.size;
}
