/* An MQTT client's whole stream, cut anywhere, against the carrier and all behind it: what is answered is MQTT, and the
 * PUBACKs are those of the PUBLISHes, in their order, none twice, none without.
 *
 * The first two bytes say in which pieces the bytes come and how slowly the answers are taken. A packet that begins with F0
 * (reserved: it ends a connection) followed by = + or > means the next client, or that a second or that fifteen
 * pass. */
/* link: --wrap=account_who_cookie,--wrap=account_who_token,--wrap=ledger_new,--wrap=names_new */
/* args: -detect_leaks=0 -entropic_scale_per_exec_time=1 -- one input leaves things to the next; leaks are looked for at the end */
#include <stdlib.h>
#include <string.h>

#include "device/mqtt.h"
#include "hold.h"
#include "rig.h"

#define CLIENTS_MAX 4
#define TIMES_MAX 8 /* that time passes */
#define LEAP_S 15
#define INPUT_BYTES_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct client { int connection; struct buf said; };

static bool next(const struct text *t, size_t at, size_t *out_size)
{
	size_t need = 0;
	bool is_whole = mqtt_packet_size((const uint8_t *)t->at + at, t->size - at, &need) == ERR_NONE && need > 0 && need <= t->size - at;
	*out_size = need;
	return is_whole;
}

/* Takes the id of the next PUBLISH of QoS 1 from what was said. */
static bool next_id(const struct text *said, size_t *at, uint16_t *out)
{
	struct mqtt_packet p;
	for (size_t size; next(said, *at, &size);) {
		err_t error = mqtt_read((const uint8_t *)said->at + *at, size, &p);
		*at += size;
		if (error != ERR_NONE)
			return false;
		if (p.type == MQTT_PUBLISH && p.qos == 1) {
			*out = p.id;
			return true;
		}
	}
	return false;
}

static void hold_answers(const struct client *c, const struct rig *r)
{
	struct text heard = rig_heard(r, c->connection), said = {c->said.at == NULL ? "" : c->said.at, c->said.size};
	size_t at = 0, at_said = 0, size;
	for (; next(&heard, at, &size); at += size) {
		const uint8_t *b = (const uint8_t *)heard.at + at;
		unsigned type = b[0] >> 4;
		hold((type == 2) == (at == 0), "CONNACK comes first and once");
		hold(type == 2 || type == 3 || type == 4 || type == 9 || type == 11 || type == 13, "a packet that a server sends");
		if (type != 4)
			continue;
		uint16_t id = 0;
		bool is_there = next_id(&said, &at_said, &id);
		hold(size == 4 && is_there && id == (b[2] << 8 | b[3]), "a PUBACK is of the next PUBLISH");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > INPUT_BYTES_MAX)
		return 0;
	size_t piece = (data[0] & 15) == 0 ? SIZE_MAX : (size_t)1 << (data[0] & 15);
	size_t window = (data[1] & 3) == 0 ? SIZE_MAX : (size_t)2 << (data[1] & 3);
	struct rig *r = rig_ready();
	struct client clients[CLIENTS_MAX];
	int count = 0, times = 0;
	bool is_new = true;
	for (size_t at = 2, from = 2; at <= size; at++) {
		bool is_sign = at + 1 < size && data[at] == 0xF0 && memchr("=+>", data[at + 1], 3) != NULL;
		if (!is_sign && at < size)
			continue;
		if (is_new) {
			clients[count].connection = rig_open(r, true);
			buf_init(&clients[count++].said, INPUT_BYTES_MAX);
		}
		is_new = false;
		struct client *c = &clients[count - 1];
		struct text part = {(const char *)data + from, at - from};
		buf_add_text(&c->said, part);
		/* What was not read is not to be followed by what comes later. */
		if (rig_say(r, c->connection, part, piece, window) < part.size || (is_sign && data[at + 1] == '='))
			is_new = true;
		rig_quiet(r);
		if (is_sign && data[at + 1] != '=' && times++ < TIMES_MAX)
			rig_seconds(r, data[at + 1] == '+' ? 1 : LEAP_S);
		if (is_new && count == CLIENTS_MAX)
			break;
		from = at + 2;
		at += is_sign;
	}
	for (int i = 0; i < count; i++)
		hold_answers(&clients[i], r);
	rig_end(r);
	for (int i = 0; i < count; i++)
		buf_free(&clients[i].said);
	return 0;
}
