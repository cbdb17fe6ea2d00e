/* server/routes_system.c: is it well, and what can it do. */
#include "server/inside.h"

void route_health(struct call *c)
{
	struct live_health live;
	struct transport_counts counts;
	live_health(c->server->live, &live);
	transport_counts(c->server->transport, &counts);
	buf_addf(&c->out, "{\"ok\":%s,\"version\":\"%s\",\"writable\":%s,\"sessions\":%u,\"connections\":%u,\"sockets\":%u",
			live.writable ? "true" : "false",
	         c->server->version, live.writable ? "true" : "false", live_session_count(c->server->live), counts.peers,
	         		counts.sockets);
	buf_addf(&c->out, ",\"committed\":%llu,\"commits\":%llu,\"batches_free\":%u}", (unsigned long long)live.committed,
	         (unsigned long long)live.commits, live.batches_free);
	call_answer_out(c, 200);
}

void route_openapi(struct call *c)
{
	call_answer(c, 200, "application/json", (struct text){c->server->openapi.at, c->server->openapi.size});
}
