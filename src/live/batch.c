/* live/batch.c: passages on the loop's side: names to indices, the checks that need the session, the pool.
 *
 * Everything here works in memory taken by batches_new; nothing is allocated afterwards. */
#include <stdlib.h>
#include <string.h>

#include "live/inside.h"

struct roster *roster_new(struct live_plan *p)
{
	const struct plan *plan = live_plan_of(p);
	struct roster *r = calloc(1, sizeof *r);
	if (r == NULL)
		return NULL;
	r->plan = live_plan_keep(p);
	r->devices = names_new(plan->device_count + 1);
	r->of_device = calloc(plan->device_count + 1, sizeof *r->of_device);
	uint32_t index;
	bool good = r->devices != NULL && r->of_device != NULL;
	for (uint32_t i = 0; good && i < plan->device_count; i++)
		good = names_add(r->devices, text_of(plan->devices[i].id), &index) == ERR_NONE;
	if (good)
		return r;
	roster_free(r);
	return NULL;
}

err_t roster_fill(struct roster *r, const struct fold *f)
{
	const struct plan *plan = live_plan_of(r->plan);
	r->version = f->plan_version;
	for (uint32_t i = 0; i < plan->device_count; i++) {
		struct text id = text_of(plan->devices[i].id);
		uint32_t index = names_find(r->devices, id), chart = names_find(f->device_names, id);
		if (index == NAMES_NONE || chart == NAMES_NONE)
			return ERR_BUG;
		r->of_device[index] = (struct roster_device){chart, f->devices[chart].checkpoint,
			plan->checkpoints[plan->devices[i].checkpoint].id};
	}
	return ERR_NONE;
}

void roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	names_free(r->devices);
	free(r->of_device);
	live_plan_drop(r->plan);
	free(r);
}

struct live_batch *live_batch_new(struct live *l, struct live_session *s)
{
	struct live_batch *b = l->batch_free;
	if (b == NULL) {
		l->starved = true;
		return NULL;
	}
	l->batch_free = (struct live_batch *)b->op.next;
	l->batch_free_count--;
	b->op.session = s;
	b->op.error = ERR_NONE;
	b->count = b->rejected_count = b->accepted = b->duplicate = b->aside_count = 0;
	b->last_device = NAMES_NONE;
	b->version = 0;
	b->at_now = live_session_latest(s);
	return b;
}

bool live_batch_full(const struct live_batch *b)
{
	return b->count + b->rejected_count >= b->capacity;
}

uint32_t live_batch_count(const struct live_batch *b)
{
	return b->count;
}

void live_batch_reject(struct live_batch *b, uint32_t line, err_t error)
{
	if (!live_batch_full(b))
		b->rejected[b->rejected_count++] = (struct live_rejection){line, error};
}

/* Many lines in a row come from one device: the one before is tried first. */
static const struct roster_device *find_device(struct live_batch *b, const struct roster *r, struct text name)
{
	if (b->version != r->version) {
		b->version = r->version; /* another plan came in force while the batch was filled */
		b->last_device = NAMES_NONE;
	}
	if (b->last_device != NAMES_NONE && text_is(name, names_at(r->devices, b->last_device)))
		return &r->of_device[b->last_device];
	b->last_device = names_find(r->devices, name);
	return b->last_device == NAMES_NONE ? NULL : &r->of_device[b->last_device];
}

/* A clock that is further ahead than ours is wrong; unless it is ours that was set back: then nobody can say, and the sender
 * keeps what it has until we know better. */
static err_t check_future(struct live_batch *b, at_ms at)
{
	if (at <= b->at_now + LIVE_FUTURE_MS)
		return ERR_NONE;
	b->at_now = live_session_latest(b->op.session); /* a drill's minute may be a moment long */
	if (at <= b->at_now + LIVE_FUTURE_MS)
		return ERR_NONE;
	return live_session_now(b->op.session) < b->at_now ? ERR_CLOCK_BEHIND : ERR_PASSAGE_FUTURE;
}

void live_batch_add(struct live_batch *b, const struct passage_said *p, uint32_t line)
{
	const struct roster *r = b->op.session->l.roster;
	const struct roster_device *d;
	err_t e = ERR_NONE;
	if (live_batch_full(b))
		return;
	if ((!p->totals && (p->in > LEDGER_PEOPLE_MAX || p->out > LEDGER_PEOPLE_MAX)) || p->at < 0 || p->at > AT_MS_MAX)
		e = ERR_PASSAGE_FIELD;
	else if ((d = find_device(b, r, p->device)) == NULL)
		e = ERR_PASSAGE_DEVICE;
	else if (p->checkpoint.size > 0 && !text_is(p->checkpoint, d->checkpoint_id))
		e = plan_find_checkpoint(live_plan_of(r->plan), p->checkpoint) == UINT32_MAX ?
			ERR_PASSAGE_CHECKPOINT : ERR_PASSAGE_ELSEWHERE;
	else
		e = check_future(b, p->at);
	if (e != ERR_NONE) {
		live_batch_reject(b, line, e);
		return;
	}
	b->lines[b->count] = line & ~LINE_DUPLICATE;
	b->records[b->count++] = (struct ledger_passage){
		.device = d->device, .checkpoint = d->checkpoint, .boot = p->boot, .seq = p->seq, .at = p->at,
		.in = p->in, .out = p->out, .totals = p->totals,
	};
}

void live_batch_submit(struct live_batch *b, live_receipt_done done, void *ctx)
{
	b->receipt = done;
	b->op.ctx = ctx;
	post_put(&b->live->to_writer, &b->op);
}

void live_batch_drop(struct live_batch *b)
{
	struct live *l = b->live;
	b->op.next = (struct op *)l->batch_free;
	l->batch_free = b;
	l->batch_free_count++;
}

err_t batches_new(struct live *l)
{
	uint32_t count = l->settings.batches, capacity = l->settings.batch_records;
	size_t record = sizeof(struct ledger_passage) + sizeof(uint32_t) + 2 * sizeof(struct live_rejection);
	l->batches = calloc(count, sizeof *l->batches);
	l->batch_memory = calloc((size_t)count * capacity, record);
	if (l->batches == NULL || l->batch_memory == NULL)
		return ERR_MEMORY;
	size_t all = (size_t)count * capacity;
	struct ledger_passage *records = l->batch_memory;
	struct live_rejection *rejections = (struct live_rejection *)(records + all);
	uint32_t *lines = (uint32_t *)(rejections + 2 * all);
	for (uint32_t i = count; i-- > 0;) {
		struct live_batch *b = &l->batches[i];
		*b = (struct live_batch){.live = l, .capacity = capacity, .records = records + (size_t)i * capacity,
			.rejected = rejections + (size_t)i * capacity, .aside = rejections + all + (size_t)i * capacity,
			.lines = lines + (size_t)i * capacity};
		b->op.kind = OP_BATCH;
		live_batch_drop(b);
	}
	return ERR_NONE;
}

/* Two runs in order of line into one, from the back; `rejected` has room for both (count + rejected <= capacity). */
static void merge_aside(struct live_batch *b)
{
	uint32_t i = b->rejected_count, k = b->aside_count, to = i + k;
	while (k > 0) {
		if (i > 0 && b->rejected[i - 1].line > b->aside[k - 1].line) {
			i--;
			b->rejected[--to] = b->rejected[i];
		} else {
			b->rejected[--to] = b->aside[--k];
		}
	}
	b->rejected_count += b->aside_count;
}

void batch_answer(struct live_batch *b)
{
	struct live_receipt receipt = {.error = b->op.error};
	if (receipt.error == ERR_NONE) {
		merge_aside(b);
		receipt.accepted = b->accepted;
		receipt.duplicate = b->duplicate;
		receipt.rejected = b->rejected;
		receipt.rejected_count = b->rejected_count;
	}
	if (b->receipt != NULL)
		b->receipt(b->op.ctx, &receipt);
	live_batch_drop(b);
}
