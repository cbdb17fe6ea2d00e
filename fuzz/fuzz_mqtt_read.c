/* Hostile MQTT bytes: sizes and packets agree, text stays within the packet, what is read can be read again. */
#include <stdlib.h>
#include <string.h>

#include "device/mqtt.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void inside(struct text t, const uint8_t *bytes, size_t size)
{
	HOLD(!(t.size > 0 && ((const uint8_t *)t.at < bytes || (const uint8_t *)t.at + t.size > bytes + size)));
}

static void walk_filters(struct text filters, bool with_qos)
{
	struct text filter;
	uint8_t qos = 0;
	size_t count = 0;
	while (mqtt_next_filter(&filters, &filter, with_qos ? &qos : NULL)) {
		count++;
		HOLD(!(filter.size == 0 || qos > 2));
	}
	HOLD(!(filters.size != 0 || count == 0));
}

static void read_one(const uint8_t *bytes, size_t size)
{
	struct mqtt_packet p;
	if (mqtt_read(bytes, size, &p) != ERR_NONE)
		return;
	inside(p.topic, bytes, size);
	inside(p.payload, bytes, size);
	inside(p.connect.client, bytes, size);
	inside(p.connect.user, bytes, size);
	inside(p.connect.password, bytes, size);
	bool has_id = p.type == MQTT_SUBSCRIBE || p.type == MQTT_UNSUBSCRIBE || (p.type == MQTT_PUBLISH && p.qos > 0);
	HOLD(!(has_id && p.id == 0));
	HOLD(!(p.type == MQTT_PUBLISH && (p.topic.size == 0 || !text_valid_utf8(p.topic) || p.qos > 2)));
	if (p.type == MQTT_SUBSCRIBE || p.type == MQTT_UNSUBSCRIBE)
		walk_filters(p.payload, p.type == MQTT_SUBSCRIBE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t need = 0;
		if (mqtt_packet_size(bytes + at, size - at, &need) != ERR_NONE || need == 0 || need > size - at)
			break;
		/* A copy of its own, so that a read past the end of the packet is seen. */
		uint8_t *copy = malloc(need);
		HOLD(copy != NULL);
		memcpy(copy, bytes + at, need);
		read_one(copy, need);
		free(copy);
		at += need;
	}
	return 0;
}
