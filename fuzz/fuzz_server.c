/* Whole HTTP connections, from their bytes to the answer: heads, routes, rights, bodies, handlers, the store, WebSockets.
 *
 * The first two bytes say in which pieces the bytes come and how slowly the answers are taken ("00": all at once). Lines of
 * four signs between LF: ==== the next client, ---- the other client goes on, ++++ a second passes, >>>> fifteen, ~~~~ the client stops or
 * begins to take what it is answered, !!!! it is gone. In a part,
 * "Content-Length: @" stands for the size of what follows the head. Secrets of one letter: fuzz/rig.h. */
/* link: --wrap=account_who_cookie,--wrap=account_who_token,--wrap=ledger_new,--wrap=names_new */
/* args: -detect_leaks=0 -entropic_scale_per_exec_time=1 -- one input leaves things to the next; leaks are looked for at the end */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define CLIENTS_MAX 4
#define SECONDS_MAX 8
#define LEAPS_MAX 6
#define LEAP_S 15
#define INPUT_BYTES_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct play {
	struct rig *rig;
	size_t piece, window;
	int clients[CLIENTS_MAX], count, now;
	int seconds, leaps;
};

static size_t place_of(struct text t, const char *what)
{
	const char *at = memmem(t.at, t.size, what, strlen(what));
	return at == NULL ? SIZE_MAX : (size_t)(at - t.at);
}

/* With the length in the place of its sign. */
static void say(struct play *p, struct text part)
{
	static const char sign[] = "Content-Length: @";
	struct buf with;
	size_t at = place_of(part, sign);
	buf_init(&with, INPUT_BYTES_MAX + 64);
	if (at != SIZE_MAX) {
		struct text rest = {part.at + at, part.size - at};
		size_t body = place_of(rest, "\r\n\r\n");
		body = body == SIZE_MAX ? 0 : rest.size - body - 4;
		buf_add(&with, part.at, at + sizeof(sign) - 2);
		buf_add_i64(&with, (int64_t)body);
		buf_add(&with, rest.at + sizeof(sign) - 1, rest.size - (sizeof(sign) - 1));
		part = (struct text){with.at, with.size};
	}
	if (part.size > 0 && p->clients[p->now] >= 0)
		rig_say(p->rig, p->clients[p->now], part, p->piece, p->window);
	buf_free(&with);
}

static void turn(struct play *p, char sign)
{
	if (sign == '=' && p->count < CLIENTS_MAX) {
		p->now = p->count++;
		p->clients[p->now] = rig_open(p->rig, false);
	} else if (sign == '-') {
		p->now = (p->now + 1) % p->count;
	} else if (sign == '+' && p->seconds++ < SECONDS_MAX) {
		rig_seconds(p->rig, 1);
	} else if (sign == '>' && p->leaps++ < LEAPS_MAX) {
		rig_seconds(p->rig, LEAP_S);
	} else if (sign == '~' && p->clients[p->now] >= 0) {
		rig_stick(p->rig, p->clients[p->now]);
	} else if (sign == '!' && p->clients[p->now] >= 0) {
		rig_leave(p->rig, p->clients[p->now]);
	}
	rig_quiet(p->rig);
}

static bool is_sign(const char *at, size_t left)
{
	return left >= 6 && at[0] == '\n' && at[5] == '\n' && memchr("=-+>~!", at[1], 6) != NULL && at[1] == at[2] && at[1] == at[3] &&
	       at[1] == at[4];
}

static void play(struct play *p, struct text bytes)
{
	size_t from = 0;
	for (size_t at = 0; at < bytes.size; at++) {
		if (!is_sign(bytes.at + at, bytes.size - at))
			continue;
		if (at > from) /* two signs may share a line's end */
			say(p, (struct text){bytes.at + from, at - from});
		turn(p, bytes.at[at + 1]);
		from = at + 6;
		at = at + 4; /* the line's end may begin the next sign */
	}
	if (bytes.size > from)
		say(p, (struct text){bytes.at + from, bytes.size - from});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > INPUT_BYTES_MAX)
		return 0;
	struct text bytes = {(const char *)data + 2, size - 2};
	struct play p = {.rig = rig_ready(), .count = 1};
	p.piece = (data[0] & 15) == 0 ? SIZE_MAX : (size_t)1 << (data[0] & 15);
	p.window = (data[1] & 7) == 0 ? SIZE_MAX : (size_t)64 << (data[1] & 7);
	p.clients[0] = rig_open(p.rig, false);
	play(&p, bytes);
	rig_quiet(p.rig);
	bool any_head = place_of(bytes, "HEAD") != SIZE_MAX;
	for (int i = 0; i < p.count; i++)
		if (p.clients[i] >= 0)
			rig_hold_http(rig_heard(p.rig, p.clients[i]), any_head);
	rig_end(p.rig);
	return 0;
}
