/* tests/world/devices.c: what devices say, how they err, and the senders that forget nothing until it is acknowledged. */
#include <stdlib.h>
#include <string.h>

#include "device/device.h"
#include "world.h"

#define MINUTE INT64_C(60000)

/* The session's time as somebody with a good clock knows it. */
static at_ms true_now(const struct world *w, const struct model *m)
{
	return model_now_by(m, w->at_true);
}

/* ---- talking ---- */

static struct speaker *speaker_of(struct world *w, uint32_t session, uint32_t device)
{
	struct speaker *s = &w->crowds[session].speakers[device];
	if (s->exists)
		return s;
	*s = (struct speaker){.exists = true, .totals = chance(w, 250), .stubborn = chance(w, 60),
		.sender = below(w, w->shape.senders), .boot = below(w, 4)};
	uint32_t begin = below(w, 10);
	s->seq = begin < 4 ? 1 : begin < 6 ? 0 : begin < 9 ? below(w, 1000000) : (UINT64_C(1) << 53) - 200 - below(w, 2000);
	uint32_t clock = below(w, 10);
	s->offset_ms = clock < 6 ? (int64_t)below(w, 2000) - 1000 : clock < 9 ? (int64_t)below(w, 120000) - 60000 :
		(int64_t)below(w, 86400000) - 43200000;
	s->drift = ((double)below(w, 400) - 200) * 1e-6;
	s->in_total = chance(w, 500) ? 0 : below(w, 50000);
	s->out_total = chance(w, 500) ? 0 : below(w, 50000);
	if (chance(w, 20))
		s->in_total = UINT32_MAX - below(w, 300);
	return s;
}

static void restart(struct world *w, struct speaker *s)
{
	if (!s->stubborn)
		s->boot += 1 + below(w, 2);
	s->seq = chance(w, 500) ? 1 : 0;
	if (chance(w, 700))
		s->in_total = s->out_total = 0;
	if (chance(w, 300))
		s->offset_ms = (int64_t)below(w, 4000) - 2000; /* set anew from the network */
}

static void put_in_outbox(struct world *w, struct crowd *c, struct speaker *s, uint32_t index)
{
	if (s->outbox_count == s->outbox_capacity) {
		s->outbox_capacity = s->outbox_capacity * 2 + 16;
		s->outbox = realloc(s->outbox, s->outbox_capacity * sizeof *s->outbox);
		if (s->outbox == NULL)
			abort();
	}
	s->outbox[s->outbox_count++] = index;
	(void)c;
	w->tally.offered++;
}

static uint32_t add_said(struct crowd *c, const struct said *said)
{
	if (c->said_count == c->said_capacity) {
		c->said_capacity = c->said_capacity * 2 + 256;
		c->said = realloc(c->said, c->said_capacity * sizeof *c->said);
		if (c->said == NULL)
			abort();
	}
	c->said[c->said_count] = *said;
	return (uint32_t)c->said_count++;
}

static at_ms clamp_time(at_ms at)
{
	return at < 0 ? 0 : at > AT_MS_MAX ? AT_MS_MAX : at;
}

static void say(struct world *w, uint32_t session, uint32_t device)
{
	struct crowd *c = &w->crowds[session];
	struct speaker *s = speaker_of(w, session, device);
	at_ms now = true_now(w, &w->models[session]);
	if (chance(w, 8))
		restart(w, s);
	if (chance(w, 4))
		s->offset_ms += (int64_t)below(w, 7200000) - 3600000; /* its clock jumps */
	if (chance(w, 12))
		s->at_offline = w->at_true + (at_ms)below(w, chance(w, 300) ? 4 * 3600000 : 10 * 60000);
	if (chance(w, 15))
		s->seq += 1 + below(w, 3); /* lost for ever */
	struct said said = {.device = device, .boot = s->boot, .seq = s->seq++, .totals = s->totals};
	said.at = clamp_time(now + s->offset_ms + (int64_t)((double)(w->at_true % 86400000) * s->drift) - below(w, 3000));
	said.in = chance(w, 200) ? 0 : below(w, 6);
	said.out = chance(w, 600) ? 0 : below(w, 4);
	if (chance(w, 3))
		said.in = LEDGER_PEOPLE_MAX - below(w, 2);
	if (s->totals) {
		s->in_total += said.in;
		s->out_total += said.out;
		if (chance(w, 10))
			s->in_total = s->out_total = below(w, 3); /* begins anew without a word */
		if (chance(w, 20) && s->in_total > 30)
			s->in_total -= below(w, 12); /* a small step back */
		said.in = s->in_total;
		said.out = s->out_total;
	}
	put_in_outbox(w, c, s, add_said(c, &said));
}

void crowd_talk(struct world *w, uint32_t session)
{
	const struct model *m = &w->models[session];
	if (m->venue == NULL)
		return;
	for (uint32_t i = 1 + below(w, w->shape.talk); i > 0; i--) {
		uint32_t device = m->venue->devices[below(w, m->venue->device_count)].name;
		for (uint32_t n = chance(w, 200) ? 1 + below(w, 6) : 1; n > 0; n--)
			say(w, session, device);
	}
}

/* ---- sending ---- */

/* What the session must make of a line, by the plan that its loop knows. */
static void resolve(struct world *w, const struct model *m, const struct said *p, uint32_t checkpoint_name,
                    struct ask_line *line)
{
	uint32_t place = p->device < DEVICE_NAMES ? venue_find_device(m->venue, p->device) : WORLD_NONE;
	at_ms latest = world_latest(w, m);
	line->error = ERR_NONE;
	if (!p->totals && (p->in > LEDGER_PEOPLE_MAX || p->out > LEDGER_PEOPLE_MAX))
		line->error = ERR_PASSAGE_FIELD;
	else if (place == WORLD_NONE)
		line->error = ERR_PASSAGE_DEVICE;
	else if (checkpoint_name != WORLD_NONE &&
	         checkpoint_name != m->venue->checkpoints[m->venue->devices[place].checkpoint].name)
		line->error = venue_find_checkpoint(m->venue, checkpoint_name) == WORLD_NONE ? ERR_PASSAGE_CHECKPOINT :
			ERR_PASSAGE_ELSEWHERE;
	else if (p->at > latest + MINUTE) /* wrong, unless it is our own clock that was set back */
		line->error = model_now(w, m) < latest ? ERR_CLOCK_BEHIND : ERR_PASSAGE_FUTURE;
	if (line->error != ERR_NONE)
		return;
	uint32_t at = m->venue->checkpoints[m->venue->devices[place].checkpoint].name;
	line->p = (struct ledger_passage){.device = m->chart.devices[p->device], .checkpoint = m->chart.checkpoints[at],
		.boot = p->boot, .seq = p->seq, .at = p->at, .in = p->in, .out = p->out, .totals = p->totals};
}

/* The same passage, by way of its text. */
static void by_text(struct world *w, struct passage_said *p, struct scan_scratch *scratch, char *line, size_t size)
{
	char at[WHEN_SIZE];
	int offset = (int)below(w, 27) * 60 - 720, n;
	const char *suffix = p->totals ? "_total" : "";
	n = snprintf(line, size, "{\"device\":\"%.*s\",\"boot\":%llu,\"seq\":%llu,\"at\":\"%s\",%s%.*s%s\"in%s\":%u,\"out%s\":%u}",
	             (int)p->device.size, p->device.at, (unsigned long long)p->boot, (unsigned long long)p->seq,
	             when_format(p->at, offset, at), p->checkpoint.size > 0 ? "\"checkpoint\":\"" : "", (int)p->checkpoint.size,
	             p->checkpoint.at, p->checkpoint.size > 0 ? "\"," : "", suffix, p->in, suffix, p->out);
	struct passage_said read;
	err_t e = device_scan_passage((struct text){line, (size_t)n}, scratch, &read);
	MUST(e == ERR_NONE, "the scanner refuses (%s) %s", error_row(e)->code, line);
	MUST(text_equal(read.device, p->device) && text_equal(read.checkpoint, p->checkpoint) && read.boot == p->boot &&
	     read.seq == p->seq && read.at == p->at && read.in == p->in && read.out == p->out && read.totals == p->totals,
	     "the scanner reads something else from %s", line);
	*p = read;
}

struct sending { struct ask *ask; struct live_batch *batch; bool by_text; };

static void add_line(struct world *w, struct sending *s, uint32_t index, const struct said *p, uint32_t checkpoint_name)
{
	char device[16], checkpoint[16] = "", text[512];
	struct scan_scratch scratch;
	if (live_batch_full(s->batch))
		return;
	snprintf(device, sizeof device, "D%u", p->device);
	if (checkpoint_name != WORLD_NONE)
		snprintf(checkpoint, sizeof checkpoint, "C%u", checkpoint_name);
	struct passage_said said = {.device = text_of(device), .checkpoint = text_of(checkpoint), .boot = p->boot, .seq = p->seq,
		.at = p->at, .in = p->in, .out = p->out, .totals = p->totals};
	struct ask *a = s->ask;
	struct ask_line *line = &a->lines[a->line_count];
	*line = (struct ask_line){.line = a->line_count + 1, .said = index};
	a->line_count++;
	if (index == WORLD_NONE && chance(w, 50)) {
		line->error = ERR_PASSAGE_SYNTAX;
		live_batch_reject(s->batch, line->line, line->error);
		return;
	}
	/* The text keeps milliseconds and whole people only. */
	if (s->by_text && (p->totals || (p->in <= LEDGER_PEOPLE_MAX && p->out <= LEDGER_PEOPLE_MAX)) &&
	    p->at > 86400000 && p->at < AT_MS_MAX - 86400000)
		by_text(w, &said, &scratch, text, sizeof text);
	resolve(w, &w->models[a->session], p, checkpoint_name, line);
	live_batch_add(s->batch, &said, line->line);
}

/* Something that was said before and does not belong here: again, or with another content, or nonsense. */
static void add_noise(struct world *w, struct sending *s)
{
	struct crowd *c = &w->crowds[s->ask->session];
	const struct venue *v = w->models[s->ask->session].venue;
	if (c->said_count == 0)
		return;
	struct said p = c->said[below(w, (uint32_t)c->said_count)];
	uint32_t checkpoint = WORLD_NONE;
	switch (below(w, 9)) {
	case 0: case 1: case 2: break; /* again */
	case 3: p.in++; break;
	case 4: p.at = clamp_time(p.at - 1); break;
	case 5: p.totals = !p.totals; break;
	case 6: p.device = DEVICE_NAMES + below(w, 3); break;
	case 7: checkpoint = chance(w, 500) ? v->checkpoints[below(w, v->checkpoint_count)].name : CHECKPOINT_NAMES + 1; break;
	default:
		if (chance(w, 500))
			p.at = clamp_time(world_latest(w, &w->models[s->ask->session]) + MINUTE + 1 + below(w, 100000000));
		else
			p.in = LEDGER_PEOPLE_MAX + 1 + below(w, 1000);
		break;
	}
	/* What was not said must not be taken for what was: the lie has its own number, unless it is one about a known one. */
	add_line(w, s, WORLD_NONE, &p, checkpoint);
}

static void add_from_outbox(struct world *w, struct sending *s, struct speaker *k)
{
	struct crowd *c = &w->crowds[s->ask->session];
	const struct venue *v = w->models[s->ask->session].venue;
	uint32_t count = 1 + below(w, chance(w, 300) ? k->outbox_count : 4), from = 0;
	if (count > k->outbox_count)
		count = k->outbox_count;
	if (chance(w, 200))
		from = below(w, k->outbox_count - count + 1); /* the older ones later */
	bool backwards = chance(w, 100);
	for (uint32_t i = 0; i < count && !live_batch_full(s->batch); i++) {
		uint32_t index = k->outbox[backwards ? from + count - 1 - i : from + i], checkpoint = WORLD_NONE;
		const struct said *p = &c->said[index];
		uint32_t place = venue_find_device(v, p->device);
		if (place != WORLD_NONE && chance(w, 300))
			checkpoint = v->checkpoints[v->devices[place].checkpoint].name;
		add_line(w, s, index, p, checkpoint);
	}
}

void crowd_send(struct world *w, uint32_t session)
{
	struct crowd *c = &w->crowds[session];
	struct model *m = &w->models[session];
	if (m->session == NULL || m->venue == NULL)
		return;
	struct sending s = {.batch = live_batch_new(w->live, m->session), .by_text = chance(w, 100)};
	if (s.batch == NULL)
		return; /* the sender waits */
	s.ask = ask_new(w, ASK_BATCH, session, ASK_AT_WRITER);
	s.ask->lines = calloc(w->shape.batch_records, sizeof *s.ask->lines);
	if (s.ask->lines == NULL)
		abort();
	uint32_t sender = below(w, w->shape.senders), first = below(w, DEVICE_NAMES);
	uint32_t wanted = 1 + below(w, chance(w, 300) ? w->shape.batch_records : 8);
	for (uint32_t i = 0; i < DEVICE_NAMES && s.ask->line_count < wanted; i++) {
		struct speaker *k = &c->speakers[(first + i) % DEVICE_NAMES];
		if (k->exists && k->sender == sender && k->outbox_count > 0 && k->at_offline <= w->at_true)
			add_from_outbox(w, &s, k);
	}
	while (chance(w, w->shape.lies))
		add_noise(w, &s);
	if (chance(w, 20)) { /* thought better of it */
		live_batch_drop(s.batch);
		ask_close_up(s.ask);
		ask_free(s.ask);
		return;
	}
	live_batch_submit(s.batch, ask_receipt, s.ask);
}

/* ---- after the receipt ---- */

static void drop_settled(struct crowd *c, struct speaker *k)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < k->outbox_count; i++)
		if (!c->said[k->outbox[i]].settled)
			k->outbox[kept++] = k->outbox[i];
	k->outbox_count = kept;
}

static err_t line_error(const struct live_receipt *r, uint32_t line)
{
	for (uint32_t i = 0; i < r->rejected_count; i++)
		if (r->rejected[i].line == line)
			return r->rejected[i].error;
	return ERR_NONE;
}

/* What was taken or known is forgotten; of what was refused, the sender tries again what may yet be taken. */
void crowd_settle(struct world *w, uint32_t session, const struct ask *a, const struct live_receipt *r)
{
	struct crowd *c = &w->crowds[session];
	for (uint32_t i = 0; i < a->line_count; i++) {
		const struct ask_line *line = &a->lines[i];
		if (line->said == WORLD_NONE || c->said[line->said].settled)
			continue;
		struct said *p = &c->said[line->said];
		err_t e = r->rejected_count == 0 ? ERR_NONE : line_error(r, line->line);
		bool again = e == ERR_CLOCK_BEHIND || (e == ERR_PASSAGE_FUTURE && p->at < true_now(w, &w->models[session]) + 2 * 3600000) ||
		             (e == ERR_PASSAGE_DEVICE && chance(w, 600));
		p->is_acked = e == ERR_NONE;
		p->settled = p->is_acked || !again || (w->ending && e != ERR_CLOCK_BEHIND);
		if (p->settled)
			drop_settled(c, &c->speakers[p->device]);
	}
}

bool crowd_is_quiet(const struct world *w, uint32_t session)
{
	for (uint32_t i = 0; i < DEVICE_NAMES; i++)
		if (w->crowds[session].speakers[i].outbox_count > 0)
			return false;
	return true;
}

void crowd_everybody_online(struct world *w, uint32_t session)
{
	for (uint32_t i = 0; i < DEVICE_NAMES; i++)
		w->crowds[session].speakers[i].at_offline = 0;
}

void crowd_free(struct crowd *c)
{
	for (uint32_t i = 0; i < DEVICE_NAMES; i++)
		free(c->speakers[i].outbox);
	free(c->said);
	memset(c, 0, sizeof *c);
}
