/* server/routes_system.c: is it well, and what can it do. */
#include "server/inside.h"
#include "server/mqtt_carrier.h"

#define TROUBLES_TOLD_MAX 64

/* Stable words, and the error of the list whose reason and remedy fit where the trouble names none. */
static const char *trouble_word(enum live_trouble_kind kind)
{
	static const char *const words[] = {[LIVE_DISK_FULL] = "disk_full", [LIVE_REFUSES] = "journal_refuses",
		[LIVE_LEFT_OUT] = "session_left_out", [LIVE_SNAPSHOT_WRONG] = "snapshot_wrong", [LIVE_JOURNAL_DAMAGED] = "journal_damaged"};
	return words[kind];
}

static void add_trouble(struct buf *out, const struct live_trouble *t, bool chinese)
{
	char at[WHEN_SIZE];
	const struct error_row *row = error_row(t->error);
	buf_addf(out, "{\"trouble\":\"%s\",\"session\":", trouble_word(t->kind));
	buf_add_json_str(out, t->session[0] == '\0' ? NULL : t->session);
	buf_addf(out, ",\"since\":\"%s\",\"code\":", when_format(t->at_since, 0, at));
	buf_add_json_str(out, row->code);
	buf_add_str(out, ",\"reason\":");
	buf_add_json_str(out, chinese ? row->reason_zh : row->reason_en);
	buf_add_str(out, ",\"suggestion\":");
	buf_add_json_str(out, chinese ? row->fix_zh : row->fix_en);
	if (t->number > 0)
		buf_addf(out, ",\"record\":%llu", (unsigned long long)t->number);
	buf_add_char(out, '}');
}

static void add_troubles(struct call *c)
{
	struct live_trouble list[TROUBLES_TOLD_MAX];
	uint32_t count = live_troubles(c->server->live, list, TROUBLES_TOLD_MAX);
	buf_addf(&c->out, ",\"trouble_count\":%u,\"troubles\":[", count);
	for (uint32_t i = 0; i < count && i < TROUBLES_TOLD_MAX; i++) {
		if (i > 0)
			buf_add_char(&c->out, ',');
		add_trouble(&c->out, &list[i], c->chinese);
	}
	buf_add_char(&c->out, ']');
}

static void add_mqtt(struct call *c)
{
	struct mqtt_counts m;
	if (c->server->mqtt == NULL) {
		buf_add_str(&c->out, ",\"mqtt\":null");
		return;
	}
	mqtt_carrier_counts(c->server->mqtt, &m);
	buf_addf(&c->out, ",\"mqtt\":{\"connections\":%u,\"refused\":%llu,\"publishes\":%llu,\"accepted\":%llu,\"duplicate\":%llu",
	         m.connections, (unsigned long long)m.refused, (unsigned long long)m.publishes, (unsigned long long)m.accepted,
	         (unsigned long long)m.duplicate);
	buf_addf(&c->out, ",\"rejected\":%llu,\"dropped\":%llu,\"failed\":%llu}", (unsigned long long)m.rejected,
	         (unsigned long long)m.dropped, (unsigned long long)m.failed);
}

/* Anybody hears whether it is well; what is wrong, and how much goes on here, is for those who are signed in. */
void route_health(struct call *c)
{
	struct live_health live;
	struct transport_counts counts;
	struct live_trouble one;
	live_health(c->server->live, &live);
	transport_counts(c->server->transport, &counts);
	bool ok = live.writable && live_troubles(c->server->live, &one, 1) == 0;
	buf_addf(&c->out, "{\"ok\":%s,\"version\":\"%s\",\"writable\":%s", ok ? "true" : "false", c->server->version,
	         live.writable ? "true" : "false");
	if ((c->who.role & SIGNED_IN) != 0 && !c->who.must_change_password) {
		buf_addf(&c->out, ",\"sessions\":%u,\"connections\":%u,\"sockets\":%u,\"committed\":%llu,\"commits\":%llu",
		         live_session_count(c->server->live), counts.peers, counts.sockets, (unsigned long long)live.committed,
		         (unsigned long long)live.commits);
		buf_addf(&c->out, ",\"batches_free\":%u,\"checks_waiting\":%u", live.batches_free, live.checks_waiting);
		add_troubles(c);
		add_mqtt(c);
	}
	buf_add_char(&c->out, '}');
	call_answer_out(c, 200);
}

void route_openapi(struct call *c)
{
	call_answer(c, 200, "application/json", (struct text){c->server->openapi.at, c->server->openapi.size});
}
