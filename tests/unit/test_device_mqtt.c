/* MQTT packets drawn byte by byte, and against a naive encoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "device/mqtt.h"

/* "10 04 'MQTT'": hex pairs, and letters between quotes. */
static size_t draw(const char *picture, uint8_t *out)
{
	size_t size = 0;
	for (const char *c = picture; *c != '\0';) {
		if (*c == ' ') {
			c++;
		} else if (*c == '\'') {
			for (c++; *c != '\''; c++)
				out[size++] = (uint8_t)*c;
			c++;
		} else {
			char pair[3] = {c[0], c[1], '\0'};
			out[size++] = (uint8_t)strtoul(pair, NULL, 16);
			c += 2;
		}
	}
	return size;
}

/* Reads from memory of its own size, so that the sanitizer sees a step too far. */
static err_t read_drawn(const char *picture, struct mqtt_packet *out)
{
	uint8_t bytes[512];
	static uint8_t *kept;
	size_t size = draw(picture, bytes), need = 0;
	free(kept);
	kept = malloc(size > 0 ? size : 1);
	memcpy(kept, bytes, size);
	assert_int_equal(mqtt_packet_size(kept, size, &need), mqtt_packet_size(bytes, size, &need));
	err_t error = mqtt_read(kept, size, out);
	if (error != ERR_NONE) {
		free(kept);
		kept = NULL;
	}
	return error;
}

static void connect_is_read_whole(void **state)
{
	(void)state;
	struct mqtt_packet p;
	/*                                  name        lv fl keep   client        will topic    will message user      password */
	assert_int_equal(read_drawn("10 25 00 04 'MQTT' 04 EE 00 3C 00 03 'dev' 00 02 'wt' 00 03 'w' 00 FF 00 04 "
	                            "'user' 00 05 's' FF 'c' 00 't'", &p), ERR_NONE);
	assert_int_equal(p.type, MQTT_CONNECT);
	assert_int_equal(p.connect.level, 4);
	assert_true(p.connect.clean);
	assert_int_equal(p.connect.keep_alive_s, 60);
	assert_true(text_is(p.connect.client, "dev"));
	assert_true(text_is(p.connect.user, "user"));
	assert_int_equal(p.connect.password.size, 5);
	assert_memory_equal(p.connect.password.at, "s\xFF" "c\0t", 5);
	assert_int_equal(read_drawn("10 0C 00 04 'MQTT' 04 00 00 00 00 00", &p), ERR_NONE);
	assert_false(p.connect.clean);
	assert_int_equal(p.connect.password.size, 0);
}

static void other_levels_are_told_and_no_more(void **state)
{
	(void)state;
	struct mqtt_packet p;
	assert_int_equal(read_drawn("10 0D 00 04 'MQTT' 05 02 00 3C 00 00 00", &p), ERR_NONE);
	assert_int_equal(p.connect.level, 5);
	assert_int_equal(read_drawn("10 0E 00 06 'MQIsdp' 03 02 00 3C 00 00", &p), ERR_NONE);
	assert_int_equal(p.connect.level, 3);
	assert_int_equal(read_drawn("10 0C 00 04 'MQTT' 84 02 00 3C 00 00", &p), ERR_NONE);
	assert_int_equal(p.connect.level, 0x84);
}

static void publish_is_read_whole(void **state)
{
	(void)state;
	struct mqtt_packet p;
	assert_int_equal(read_drawn("3B 09 00 03 'a/b' 12 34 'hi'", &p), ERR_NONE);
	assert_true(p.duplicate && p.retain);
	assert_int_equal(p.qos, 1);
	assert_int_equal(p.id, 0x1234);
	assert_true(text_is(p.topic, "a/b"));
	assert_true(text_is(p.payload, "hi"));
	assert_int_equal(read_drawn("30 05 00 03 'a/b'", &p), ERR_NONE);
	assert_int_equal(p.payload.size, 0);
	assert_int_equal(read_drawn("34 06 00 02 'ab' 00 01", &p), ERR_NONE);
	assert_int_equal(p.qos, 2);
}

static void filters_come_one_by_one(void **state)
{
	(void)state;
	struct mqtt_packet p;
	struct text filter;
	uint8_t qos = 0;
	assert_int_equal(read_drawn("82 0E 00 0A 00 03 'a/+' 01 00 03 'b/#' 02", &p), ERR_NONE);
	assert_int_equal(p.id, 10);
	assert_true(mqtt_next_filter(&p.payload, &filter, &qos));
	assert_true(text_is(filter, "a/+"));
	assert_int_equal(qos, 1);
	assert_true(mqtt_next_filter(&p.payload, &filter, &qos));
	assert_true(text_is(filter, "b/#"));
	assert_int_equal(qos, 2);
	assert_false(mqtt_next_filter(&p.payload, &filter, &qos));
	assert_int_equal(read_drawn("A2 06 00 01 00 02 '+/'", &p), ERR_NONE);
	assert_true(mqtt_next_filter(&p.payload, &filter, NULL));
	assert_false(mqtt_next_filter(&p.payload, &filter, NULL));
}

static void short_packets_are_read(void **state)
{
	(void)state;
	struct mqtt_packet p;
	assert_int_equal(read_drawn("C0 00", &p), ERR_NONE);
	assert_int_equal(p.type, MQTT_PINGREQ);
	assert_int_equal(read_drawn("E0 00", &p), ERR_NONE);
	assert_int_equal(p.type, MQTT_DISCONNECT);
	assert_int_equal(read_drawn("40 02 FF FE", &p), ERR_NONE);
	assert_int_equal(p.id, 0xFFFE);
	assert_int_equal(read_drawn("20 02 00 05", &p), ERR_NONE);
	assert_int_equal(read_drawn("90 04 00 01 00 80", &p), ERR_NONE);
	assert_int_equal(read_drawn("62 02 00 01", &p), ERR_NONE);
}

static void what_the_standard_forbids_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"00 00", "F0 00",                                          /* types that do not exist */
		"C1 00", "11 0C 00 04 'MQTT' 04 02 00 00 00 00",           /* flags */
		"80 06 00 01 00 01 'a' 00", "A0 05 00 01 00 01 'a'", "60 02 00 01",
		"36 06 00 02 'ab' 00 01",                                  /* QoS 3 */
		"38 05 00 03 'a/b'",                                       /* a duplicate without acknowledgement */
		"32 05 00 01 'a' 00 00", "82 06 00 00 00 01 'a' 00", "40 02 00 00", /* identifier 0 */
		"32 04 00 01 'a' 00",                                      /* half an identifier */
		"30 02 00 00", "30 05 00 03 'a/+'", "30 05 00 03 'a/#'",   /* topics */
		"30 05 00 03 'a' 00 'b'", "30 05 00 03 ED A0 80", "30 04 00 02 C0 80", "30 03 00 02 'a'",
		"82 02 00 01", "A2 02 00 01",                              /* no filter */
		"82 05 00 01 00 00 00", "82 07 00 01 00 02 'a+' 00", "82 07 00 01 00 02 '+a' 00", "82 07 00 01 00 02 'a#' 00",
		"82 08 00 01 00 03 '#/a' 00", "82 06 00 01 00 01 'a' 03", "82 05 00 01 00 01 'a'",
		"10 0C 00 04 'MQTX' 04 02 00 00 00 00",                    /* protocol */
		"10 0E 00 06 'MQIsdp' 04 02 00 00 00 00",
		"10 0C 00 04 'MQTT' 04 03 00 00 00 00",                    /* the reserved flag */
		"10 0C 00 04 'MQTT' 04 0A 00 00 00 00", "10 0C 00 04 'MQTT' 04 22 00 00 00 00", /* a will's flags without a will */
		"10 10 00 04 'MQTT' 04 1E 00 00 00 00 00 00 00 00",        /* a will of QoS 3 */
		"10 0E 00 04 'MQTT' 04 42 00 00 00 00 00 00",              /* a password without a user */
		"10 0D 00 04 'MQTT' 04 02 00 00 00 00 00",                 /* a byte too many */
		"10 0B 00 04 'MQTT' 04 02 00 00 00", "10 04 00 04 'MQ'",
		"C0 01 00", "E0 01 00", "40 03 00 01 00", "40 01 00",      /* lengths */
		"20 02 02 00", "20 02 01 01", "20 02 00 06", "90 02 00 01", "90 03 00 01 03",
		"C0", "C0 80", "", "30 05 00 03 'a/' "                     /* not whole */
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mqtt_packet p;
		if (read_drawn(bad[i], &p) != ERR_PASSAGE_SYNTAX)
			fail_msg("read: %s", bad[i]);
	}
}

static void the_size_is_told_as_soon_as_it_is_known(void **state)
{
	(void)state;
	static const struct { const char *picture; err_t error; size_t need; } cases[] = {
		{"", ERR_NONE, 0}, {"30", ERR_NONE, 0}, {"30 80", ERR_NONE, 0}, {"30 00", ERR_NONE, 2}, {"30 7F", ERR_NONE, 129},
		{"30 80 01", ERR_NONE, 131}, {"30 FF 7F", ERR_NONE, 16386}, {"30 80 80 01", ERR_NONE, 16388},
		{"30 FC FF 0F", ERR_NONE, 262144}, {"30 FD FF 0F", ERR_TOO_LARGE, 0}, {"30 FF FF FF 7F", ERR_TOO_LARGE, 0},
		{"30 80 80 80 80", ERR_PASSAGE_SYNTAX, 0}, {"30 FF FF FF FF 01", ERR_PASSAGE_SYNTAX, 0}, {"00", ERR_PASSAGE_SYNTAX, 0},
		{"C0 80 00", ERR_NONE, 3}, /* longer than need be: not forbidden before MQTT 5 */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[16];
		size_t need = 0;
		assert_int_equal(mqtt_packet_size(bytes, draw(cases[i].picture, bytes), &need), cases[i].error);
		assert_int_equal(need, cases[i].need);
	}
}

/* ---- the naive encoder: every packet is put together from its end to its beginning ---- */

struct made { uint8_t bytes[1024]; size_t from; };

static void before(struct made *m, const void *bytes, size_t size)
{
	m->from -= size;
	memcpy(m->bytes + m->from, bytes, size);
}

static void before_number(struct made *m, unsigned n)
{
	uint8_t b[2] = {(uint8_t)(n / 256), (uint8_t)(n % 256)};
	before(m, b, 2);
}

static void before_text(struct made *m, struct text t)
{
	before(m, t.at, t.size);
	before_number(m, (unsigned)t.size);
}

static void finish(struct made *m, uint8_t first)
{
	size_t rest = sizeof(m->bytes) - m->from;
	uint8_t head[5] = {first}, size = 1;
	for (bool more = true; more; rest /= 128) {
		more = rest >= 128;
		head[size++] = (uint8_t)(rest % 128 + (more ? 128 : 0));
	}
	before(m, head, size);
}

static struct text random_text(struct random *r, char *room, size_t size_max)
{
	size_t size = 1 + random_below(r, size_max);
	for (size_t i = 0; i < size; i++)
		room[i] = (char)('a' + random_below(r, 26));
	return (struct text){room, size};
}

static void random_connects_come_back(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 11);
	for (int i = 0; i < 20000; i++) {
		char a[100], b[100], c[100], d[100];
		struct text client = random_text(&r, a, 90), user = random_text(&r, b, 90), password = random_text(&r, c, 90),
		            will = random_text(&r, d, 90);
		bool has_user = random_below(&r, 2), has_password = has_user && random_below(&r, 2), has_will = random_below(&r, 2);
		unsigned keep = (unsigned)random_below(&r, 65536), clean = (unsigned)random_below(&r, 2);
		unsigned will_bits = has_will ? 0x04u | (unsigned)random_below(&r, 3) << 3 | (unsigned)random_below(&r, 2) << 5 : 0;
		struct made m = {.from = sizeof(m.bytes)};
		if (has_password)
			before_text(&m, password);
		if (has_user)
			before_text(&m, user);
		if (has_will) {
			before_text(&m, will);
			before_text(&m, will);
		}
		before_text(&m, client);
		before_number(&m, keep);
		uint8_t flags = (uint8_t)((has_user ? 0x80 : 0) | (has_password ? 0x40 : 0) | will_bits | clean << 1), level = 4;
		before(&m, &flags, 1);
		before(&m, &level, 1);
		before_text(&m, TEXT("MQTT"));
		finish(&m, 0x10);
		struct mqtt_packet p;
		assert_int_equal(mqtt_read(m.bytes + m.from, sizeof(m.bytes) - m.from, &p), ERR_NONE);
		assert_true(text_equal(p.connect.client, client));
		assert_true(text_equal(p.connect.user, has_user ? user : TEXT("")));
		assert_true(text_equal(p.connect.password, has_password ? password : TEXT("")));
		assert_int_equal(p.connect.keep_alive_s, keep);
		assert_int_equal(p.connect.clean, clean);
	}
}

static void random_publishes_come_back_and_ours_are_the_same(void **state)
{
	(void)state;
	struct random r;
	random_seed(&r, 12);
	for (int i = 0; i < 20000; i++) {
		char a[100], b[400];
		struct text topic = random_text(&r, a, 90), payload = random_text(&r, b, 390);
		unsigned qos = (unsigned)random_below(&r, 3), id = 1 + (unsigned)random_below(&r, 65535);
		struct made m = {.from = sizeof(m.bytes)};
		before(&m, payload.at, payload.size);
		if (qos > 0)
			before_number(&m, id);
		before_text(&m, topic);
		finish(&m, (uint8_t)(0x30 | qos << 1));
		const uint8_t *bytes = m.bytes + m.from;
		size_t size = sizeof(m.bytes) - m.from, need = 0;
		struct mqtt_packet p;
		assert_int_equal(mqtt_packet_size(bytes, size, &need), ERR_NONE);
		assert_int_equal(need, size);
		assert_int_equal(mqtt_read(bytes, size, &p), ERR_NONE);
		assert_true(text_equal(p.topic, topic) && text_equal(p.payload, payload));
		assert_int_equal(p.id, qos > 0 ? id : 0);
		uint8_t ours[1024];
		if (qos == 0) {
			assert_int_equal(mqtt_write_publish(ours, sizeof(ours), topic, payload), size);
			assert_memory_equal(ours, bytes, size);
		}
		for (size_t cut = 0; cut < size; cut += 1 + cut / 3)
			assert_int_equal(mqtt_read(bytes, cut, &p), ERR_PASSAGE_SYNTAX);
	}
}

static void what_we_write_is_what_the_standard_draws(void **state)
{
	(void)state;
	static const struct { const char *picture; size_t which; } cases[] = {
		{"20 02 00 05", 0}, {"40 02 12 34", 1}, {"D0 00", 2}, {"B0 02 00 07", 3}, {"90 05 00 07", 4},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t wanted[16], out[16];
		size_t size = 0, wanted_size = draw(cases[i].picture, wanted);
		switch (cases[i].which) {
		case 0: size = mqtt_write_connack(out, false, 5); break;
		case 1: size = mqtt_write_puback(out, 0x1234); break;
		case 2: size = mqtt_write_pingresp(out); break;
		case 3: size = mqtt_write_unsuback(out, 7); break;
		default: size = mqtt_write_suback_head(out, 7, 3); break;
		}
		assert_int_equal(size, wanted_size);
		assert_memory_equal(out, wanted, size);
	}
	uint8_t small[8];
	assert_int_equal(mqtt_write_publish(small, sizeof(small), TEXT("topic"), TEXT("x")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connect_is_read_whole),
		cmocka_unit_test(other_levels_are_told_and_no_more),
		cmocka_unit_test(publish_is_read_whole),
		cmocka_unit_test(filters_come_one_by_one),
		cmocka_unit_test(short_packets_are_read),
		cmocka_unit_test(what_the_standard_forbids_is_refused),
		cmocka_unit_test(the_size_is_told_as_soon_as_it_is_known),
		cmocka_unit_test(random_connects_come_back),
		cmocka_unit_test(random_publishes_come_back_and_ours_are_the_same),
		cmocka_unit_test(what_we_write_is_what_the_standard_draws),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
