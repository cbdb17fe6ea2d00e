/* server/routes_passage.c: passages, streamed: piece of body -> lines -> driver -> batch -> live/, one answer at the
 * end.
 *
 * A body may be a gigabyte; what is held of it is one line, one batch and one read. When live/ has no batch free the
 * peer is paused and goes to the end of a list; `room` wakes the list from its beginning. Nothing is allocated
 * once there are as many `struct passages` as there ever were uploads at the same time.
 */
#include "server/inside.h"

#include <stdlib.h>
#include <string.h>

struct passages {
	struct call *call;             /* NULL: the client is gone; the receipts are still to come */
	struct server *server;
	struct passages *next, *before; /* in server.passages_active, oldest first; `next` also in passages_free */
	struct live_batch *batch;      /* being filled */
	struct csv_mapping *csv;       /* NULL: NDJSON */
	uint32_t under_way;            /* batches handed over, not yet answered */
	bool thirsty;                  /* waits for a free batch */
	bool ended;                    /* the body is all here */
	uint32_t accepted, duplicate;
	uint64_t rejected_count;
	uint32_t listed;
	struct live_rejection rejected[REJECTED_LISTED_MAX];
	struct line_cutter cutter;
	struct scan_scratch scratch;
};

/* ---- life ---- */

static struct passages *passages_new(struct call *c)
{
	struct server *s = c->server;
	struct passages *u = s->passages_free;
	if (u != NULL)
		s->passages_free = u->next;
	else
		u = malloc(sizeof(*u));
	if (u == NULL)
		return NULL;
	/* Not all of it: the arrays are filled before they are read. */
	u->call = c;
	u->server = s;
	u->batch = NULL;
	u->csv = NULL;
	u->under_way = u->accepted = u->duplicate = u->listed = 0;
	u->rejected_count = 0;
	u->thirsty = u->ended = false;
	line_cutter_init(&u->cutter);
	u->scratch.used = 0;
	u->next = NULL;
	u->before = NULL;
	if (s->passages_active == NULL) {
		s->passages_active = u;
		u->before = u; /* the first one's `before` is the last */
	} else {
		u->before = s->passages_active->before;
		u->before->next = u;
		s->passages_active->before = u;
	}
	return u;
}

static void passages_free(struct passages *u)
{
	struct server *s = u->server;
	if (u == s->passages_active) {
		s->passages_active = u->next;
		if (u->next != NULL)
			u->next->before = u->before;
	} else {
		u->before->next = u->next;
		if (u->next != NULL)
			u->next->before = u->before;
		else
			s->passages_active->before = u->before;
	}
	csv_mapping_free(u->csv);
	u->next = s->passages_free;
	s->passages_free = u;
}

void passages_free_all(struct server *s)
{
	while (s->passages_active != NULL)
		passages_free(s->passages_active);
	while (s->passages_free != NULL) {
		struct passages *u = s->passages_free;
		s->passages_free = u->next;
		free(u);
	}
}

static bool over(const struct passages *u) { return u->under_way == 0 && (u->call == NULL || u->ended); }

/* ---- the answer ---- */

static void write_receipt(struct passages *u, struct buf *out, bool chinese)
{
	buf_add_str(out, "{\"accepted\":");
	buf_add_i64(out, u->accepted);
	buf_add_str(out, ",\"duplicate\":");
	buf_add_i64(out, u->duplicate);
	buf_add_str(out, ",\"rejected\":[");
	for (uint32_t i = 0; i < u->listed; i++) {
		const struct error_row *row = error_row(u->rejected[i].error);
		buf_add_str(out, i > 0 ? ",{\"line\":" : "{\"line\":");
		buf_add_i64(out, u->rejected[i].line);
		buf_add_str(out, ",\"code\":");
		buf_add_json_str(out, row->code);
		buf_add_str(out, ",\"reason\":");
		buf_add_json_str(out, chinese ? row->reason_zh : row->reason_en);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
	if (u->rejected_count > u->listed) {
		buf_add_str(out, ",\"rejected_count\":");
		buf_add_i64(out, (int64_t)u->rejected_count);
	}
	buf_add_char(out, '}');
}

static void finish_if_over(struct passages *u)
{
	if (!over(u) || u->batch != NULL || u->thirsty)
		return;
	struct call *c = u->call;
	if (c != NULL) {
		c->passages = NULL;
		if (!c->answered) {
			buf_reset(&c->out);
			write_receipt(u, &c->out, c->chinese);
			passages_free(u);
			call_answer_out(c, 200);
			return;
		}
	}
	passages_free(u);
}

/* From here on only the receipts of what is under way are waited for. */
static struct call *part(struct passages *u)
{
	struct call *c = u->call;
	u->call = NULL;
	u->thirsty = false;
	if (u->batch != NULL)
		live_batch_drop(u->batch);
	u->batch = NULL;
	if (c != NULL)
		c->passages = NULL;
	return c;
}

static void receipt(void *ctx, const struct live_receipt *r)
{
	struct passages *u = ctx;
	u->under_way--;
	if (r->error != ERR_NONE) {
		/* Nothing of this batch is stored. What other batches of the body stored is found to be duplicate when all is
		   sent again. */
		struct call *c = part(u);
		if (c != NULL)
			call_fail(c, r->error, NULL, "send the whole body again");
	} else {
		u->accepted += r->accepted;
		u->duplicate += r->duplicate;
		u->rejected_count += r->rejected_count;
		for (uint32_t i = 0; i < r->rejected_count && u->listed < REJECTED_LISTED_MAX; i++)
			u->rejected[u->listed++] = r->rejected[i];
	}
	finish_if_over(u);
}

static void submit(struct passages *u)
{
	struct live_batch *b = u->batch;
	u->batch = NULL;
	u->under_way++;
	live_batch_submit(b, receipt, u);
}

/* ---- lines ---- */

/* A line for the batch; false: no batch is free. */
static bool take_line(void *ctx, struct text line, uint32_t number, bool too_long)
{
	struct passages *u = ctx;
	struct passage_said said;
	if (u->batch == NULL)
		u->batch = live_batch_new(u->server->live, u->call->session);
	if (u->batch == NULL)
		return false;
	if (too_long) {
		live_batch_reject(u->batch, number, ERR_PASSAGE_SYNTAX);
	} else {
		u->scratch.used = 0;
		err_t error = u->csv != NULL ? device_read_csv(u->csv, line, &u->scratch, &said)
		                             : device_scan_passage(line, &u->scratch, &said);
		if (error != ERR_NONE)
			live_batch_reject(u->batch, number, error);
		else if (said.device.size == 0 && u->csv != NULL)
			return true; /* the header row */
		else if (!account_token_covers(u->server->accounts, &u->call->who, said.device))
			live_batch_reject(u->batch, number, ERR_PASSAGE_NOT_YOURS);
		else
			live_batch_add(u->batch, &said, number);
	}
	if (live_batch_full(u->batch))
		submit(u);
	return true;
}

size_t passages_body(struct call *c, const char *bytes, size_t size)
{
	struct passages *u = c->passages;
	u->thirsty = false;
	size_t used = line_cutter_feed(&u->cutter, bytes, size, take_line, u);
	if (used < size)
		u->thirsty = true;
	/* A short piece means that the client has sent what it has: no batch is kept from others meanwhile. */
	else if (u->batch != NULL && size < READ_BYTES / 4)
		submit(u);
	return used;
}

void passages_end(struct call *c)
{
	struct passages *u = c->passages;
	u->thirsty = !line_cutter_end(&u->cutter, take_line, u);
	if (u->thirsty)
		return; /* passages_room comes back here */
	if (u->batch != NULL)
		submit(u);
	u->ended = true;
	finish_if_over(u);
}

void passages_gone(struct call *c)
{
	struct passages *u = c->passages;
	part(u);
	finish_if_over(u);
}

/* ---- between ---- */

void passages_room(struct server *s)
{
	for (struct passages *u = s->passages_active, *next; u != NULL; u = next) {
		next = u->next;
		if (!u->thirsty || u->call == NULL || u->call->peer == NULL)
			continue;
		if (request_body_left(u->call->peer) > 0)
			request_resume(u->call->peer);
		else
			passages_end(u->call);
	}
}

/* A batch that a slow client has begun goes on its way. */
void passages_tick(struct server *s)
{
	for (struct passages *u = s->passages_active; u != NULL; u = u->next)
		if (u->batch != NULL && !u->thirsty)
			submit(u);
}

/* ---- the routes: called when the head is there ---- */

void route_passages(struct call *c)
{
	c->passages = passages_new(c);
	if (c->passages == NULL)
		call_fail(c, ERR_MEMORY, NULL, NULL);
}

void route_passages_csv(struct call *c)
{
	static const char *const names[] = {"columns", NULL};
	struct problem problem = {0};
	struct csv_mapping *mapping = NULL;
	if (!call_query_known(c, names))
		return;
	struct text columns = call_query(c, "columns");
	err_t error = csv_mapping_read(columns.size > 0 ? columns
			: TEXT("device:0,boot:1,seq:2,at:3,checkpoint:4,in:5,out:6"), &mapping, &problem);
	if (error != ERR_NONE) {
		call_problem(c, error, &problem);
		return;
	}
	c->passages = passages_new(c);
	if (c->passages == NULL) {
		csv_mapping_free(mapping);
		call_fail(c, ERR_MEMORY, NULL, NULL);
		return;
	}
	c->passages->csv = mapping;
}
