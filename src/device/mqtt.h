/* device/mqtt.h: MQTT 3.1.1 packets (OASIS 2014), as much as a listener for counts needs. Bytes only: no socket, no session.
 *
 * CONNECT (username = anything, password = device token), CONNACK, PUBLISH QoS 0 and 1 (QoS 2 is refused by closing, as 3.1.1
 * knows no other way; documented), PUBACK, SUBSCRIBE/UNSUBSCRIBE (granted 0x80 "failure" but for "$cordon/time"), PINGREQ, DISCONNECT.
 * Topic: cordon/SESSION/passages; payload: one or more NDJSON passages. PUBACK is sent by the carrier after the commit.
 */
#ifndef CORDON_DEVICE_MQTT_H
#define CORDON_DEVICE_MQTT_H

#include "base/text.h"

#define MQTT_PACKET_BYTES_MAX (256u * 1024u)

enum mqtt_type { MQTT_CONNECT = 1, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_PUBREC, MQTT_PUBREL, MQTT_PUBCOMP, MQTT_SUBSCRIBE,
	MQTT_SUBACK, MQTT_UNSUBSCRIBE, MQTT_UNSUBACK, MQTT_PINGREQ, MQTT_PINGRESP, MQTT_DISCONNECT };

/* One packet; text is borrowed from the bytes. */
struct mqtt_packet {
	enum mqtt_type type;
	uint8_t qos; bool retain, duplicate;
	uint16_t id;                          /* PUBLISH QoS 1, PUBACK, SUBSCRIBE, UNSUBSCRIBE */
	struct text topic, payload;           /* PUBLISH; SUBSCRIBE: payload = its filters, see mqtt_next_filter */
	struct { uint8_t level; bool clean; uint16_t keep_alive_s; struct text client, user, password; } connect;
};

/* Looks at the first bytes: *need = size of the whole packet, 0 = not yet known (give more).
 * Errors: PASSAGE_SYNTAX (malformed), TOO_LARGE. */
err_t mqtt_packet_size(const uint8_t *bytes, size_t size, size_t *need);
/* Reads a whole packet; strict by the specification. Of a CONNECT of another protocol level only `level` is told (3.1 counts as
 * level 3): the rest has a shape of its own. CONNACK and SUBACK: payload = what follows the head. Errors: PASSAGE_SYNTAX. */
err_t mqtt_read(const uint8_t *bytes, size_t size, struct mqtt_packet *out);
/* Takes the next filter off `filters`; `out_qos` NULL: those of an UNSUBSCRIBE, which have none. False: no more. */
bool mqtt_next_filter(struct text *filters, struct text *out_filter, uint8_t *out_qos);
/* Writers give the number of bytes written (the buffer has at least 8). */
size_t mqtt_write_connack(uint8_t *out, bool session_present, uint8_t code);
size_t mqtt_write_puback(uint8_t *out, uint16_t id);
size_t mqtt_write_pingresp(uint8_t *out);
size_t mqtt_write_unsuback(uint8_t *out, uint16_t id);
/* The head of a SUBACK; the caller adds `count` bytes, one a filter: 0 granted, MQTT_NOT_GRANTED. */
#define MQTT_NOT_GRANTED 0x80
size_t mqtt_write_suback_head(uint8_t *out, uint16_t id, size_t count);
/* A whole PUBLISH, QoS 0; 0 if it does not fit. */
size_t mqtt_write_publish(uint8_t *out, size_t out_size, struct text topic, struct text payload);

#endif
