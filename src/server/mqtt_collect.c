/* server/mqtt_collect.c: flights. One batch of a session is under way, the next one fills; receipts turn into PUBACKs. */
#include "server/mqtt_inside.h"

#include <stdlib.h>
#include <string.h>

err_t collect_new(struct mqtt_carrier *m)
{
	m->collectors = calloc(COLLECTORS_MAX, sizeof(struct collector *));
	m->flights = calloc(FLIGHTS_MAX, sizeof(*m->flights));
	if (m->collectors == NULL || m->flights == NULL)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < FLIGHTS_MAX; i++) {
		m->flights[i].next = m->flights_free;
		m->flights_free = &m->flights[i];
	}
	return ERR_NONE;
}

void collect_free(struct mqtt_carrier *m)
{
	for (uint32_t i = 0; i < m->collector_count; i++)
		free(m->collectors[i]);
	free(m->collectors);
	free(m->flights);
}

struct collector *collect_find(struct mqtt_carrier *m, struct live_session *session)
{
	for (uint32_t i = 0; i < m->collector_count; i++)
		if (m->collectors[i]->session == session)
			return m->collectors[i];
	if (m->collector_count == COLLECTORS_MAX)
		return NULL;
	struct collector *k = calloc(1, sizeof(*k));
	if (k == NULL)
		return NULL;
	k->m = m;
	k->session = session;
	m->collectors[m->collector_count++] = k;
	return k;
}

static void give_flight_back(struct mqtt_carrier *m, struct flight *f)
{
	f->batch = NULL;
	f->mark_count = 0;
	f->next = m->flights_free;
	m->flights_free = f;
}

/* ---- the receipt ---- */

/* Would it be refused again if it were sent again? Room for identities never comes back in a session. */
static bool is_for_good(err_t error)
{
	enum fault fault = error_row(error)->fault;
	return fault == FAULT_CALLER || fault == FAULT_SETUP || error == ERR_PASSAGE_IDENTITY_FULL;
}

static void mark_failures(struct mqtt_carrier *m, struct flight *f, uint32_t lines, const struct live_receipt *receipt)
{
	if (receipt->error != ERR_NONE && is_for_good(receipt->error)) {
		carrier_note_rejected(m, receipt->error, lines); /* the session was closed meanwhile */
		return;
	}
	for (uint32_t i = 0; receipt->error != ERR_NONE && i < f->mark_count; i++)
		f->marks[i].failed = true;
	for (uint32_t i = 0; receipt->error == ERR_NONE && i < receipt->rejected_count; i++) {
		const struct live_rejection *r = &receipt->rejected[i];
		carrier_note_rejected(m, r->error, 1);
		if (!is_for_good(r->error) && r->line >= 1 && r->line <= f->mark_count)
			f->marks[r->line - 1].failed = true;
	}
	m->counts.accepted += receipt->accepted;
	m->counts.duplicate += receipt->duplicate;
}

/* PUBACKs of one connection that stand next to each other go out as one write. */
struct run { struct mqtt_connection *c; size_t size; uint8_t bytes[4096]; };

static void flush_run(struct run *r)
{
	if (r->size > 0 && r->c->peer != NULL)
		raw_send(r->c->peer, r->bytes, r->size);
	r->size = 0;
}

static void settle(struct run *run, const struct mark *mark, err_t error)
{
	struct mqtt_connection *c = mark->c;
	if (run->c != c || run->size + 4 > sizeof(run->bytes))
		flush_run(run);
	run->c = c;
	if (mark->failed && c->peer != NULL && !c->failing) {
		flush_run(run);
		connection_fail(c, error);
	}
	if (mark->id == 0)
		return;
	c->unacknowledged--;
	if (c->peer != NULL && !c->failing)
		run->size += mqtt_write_puback(run->bytes + run->size, mark->id);
}

static void settle_all(struct flight *f, err_t error)
{
	struct run run = {.c = NULL};
	for (uint32_t i = 0; i < f->mark_count; i++)
		settle(&run, &f->marks[i], error);
	flush_run(&run);
	for (uint32_t i = 0; i < f->mark_count; i++) {
		struct mqtt_connection *c = f->marks[i].c;
		c->marks--;
		if (c->unacknowledged <= UNACKNOWLEDGED_MAX / 2)
			connection_resume(c, PAUSED_ACKS);
		connection_release(c);
	}
}

static void on_receipt(void *ctx, const struct live_receipt *receipt)
{
	struct flight *f = ctx;
	struct collector *k = f->collector;
	struct mqtt_carrier *m = k->m;
	uint32_t lines = live_batch_count(f->batch);
	mark_failures(m, f, lines, receipt);
	settle_all(f, receipt->error != ERR_NONE ? receipt->error : ERR_BUSY);
	give_flight_back(m, f);
	k->under_way--;
	collect_submit(m);
	mqtt_carrier_room(m);
}

/* ---- filling and handing over ---- */

static void hand_over(struct collector *k)
{
	struct flight *f = k->open;
	k->open = NULL;
	k->under_way++;
	live_batch_submit(f->batch, on_receipt, f);
}

struct flight *collect_room(struct collector *k)
{
	struct mqtt_carrier *m = k->m;
	if (k->open != NULL && (live_batch_full(k->open->batch) || k->open->mark_count == FLIGHT_MARKS_MAX))
		hand_over(k);
	if (k->open != NULL)
		return k->open;
	struct flight *f = m->flights_free;
	if (f == NULL || m->stopped)
		return NULL;
	f->batch = live_batch_new(m->settings.live, k->session);
	if (f->batch == NULL)
		return NULL;
	m->flights_free = f->next;
	f->collector = k;
	f->mark_count = 0;
	f->number = ++m->flight_number != 0 ? m->flight_number : ++m->flight_number; /* never 0 */
	k->open = f;
	return f;
}

uint32_t collect_mark(struct flight *f, struct mqtt_connection *c)
{
	if (c->mark_flight != f->number) {
		f->marks[f->mark_count] = (struct mark){.c = c};
		c->mark_flight = f->number;
		c->mark = ++f->mark_count;
		c->marks++;
	}
	return c->mark;
}

void collect_submit(struct mqtt_carrier *m)
{
	for (uint32_t i = 0; i < m->collector_count; i++) {
		struct collector *k = m->collectors[i];
		if (k->open != NULL && k->under_way == 0)
			hand_over(k);
	}
}

/* What was not handed over was not acknowledged: it is sent again to whoever starts next. */
void collect_stop(struct mqtt_carrier *m)
{
	m->stopped = true;
	for (uint32_t i = 0; i < m->collector_count; i++) {
		struct flight *f = m->collectors[i]->open;
		m->collectors[i]->open = NULL;
		if (f == NULL)
			continue;
		live_batch_drop(f->batch);
		for (uint32_t j = 0; j < f->mark_count; j++) {
			f->marks[j].c->marks--;
			connection_release(f->marks[j].c);
		}
		give_flight_back(m, f);
	}
}
