/* drive/faults.c: what real devices do to their records on the way, by seed.
 *
 * Records come in by event time and leave by due time. In between they lie in a heap; a record may leave as soon as the inner
 * source's horizon has passed its due time, since nothing earlier can come any more.
 */
#include "drive/drive.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000
#define TAKE_RECORDS 4096

/* One device's troubles. */
struct mishap {
	uint64_t boots;         /* restarts so far */
	uint64_t seq_base;      /* subtracted after a restart, so that numbers begin at 1 again */
	at_ms at_next_hour;     /* when the dice are thrown again */
	at_ms at_silent_until;  /* records before this are kept back until then */
	at_ms at_restart;       /* AT_NONE or the moment of the next restart */
};

struct waiting {
	struct drive_record record;
	uint64_t order; /* ties in due time leave in order of arrival: the play is the same for the same seed */
};

struct drive_faulty {
	struct drive_faults faults;
	struct drive_source inner;
	struct random random;
	struct mishap *mishaps;
	uint32_t device_count;
	struct waiting *heap;
	size_t heap_count, heap_room;
	uint64_t orders;
	at_ms at_horizon;
	bool inner_done;
	struct drive_record taken[TAKE_RECORDS];
};

static const struct { const char *name; size_t offset; bool whole; } fault_names[] = {
	{"duplicate", offsetof(struct drive_faults, duplicate), false},
	{"late", offsetof(struct drive_faults, late), false},
	{"late_s", offsetof(struct drive_faults, late_s), true},
	{"shuffle", offsetof(struct drive_faults, shuffle_s), true},
	{"restart", offsetof(struct drive_faults, restart), false},
	{"silent", offsetof(struct drive_faults, silent), false},
	{"lie", offsetof(struct drive_faults, lie), false},
};

static err_t read_one(const char *text, size_t size, struct drive_faults *out, struct problem *problem)
{
	const char *equals = memchr(text, '=', size);
	char number[32], *end;
	size_t i, name_size, number_size;
	double value;

	name_size = equals ? (size_t)(equals - text) : size;
	number_size = equals ? size - name_size - 1 : 0;
	if (number_size == 0 || number_size >= sizeof(number))
		return problem_set(problem, ERR_USAGE, "--faults", "write name=value, not \"%.*s\"", (int)size, text);
	memcpy(number, equals + 1, number_size);
	number[number_size] = '\0';
	value = strtod(number, &end);
	for (i = 0; i < sizeof(fault_names) / sizeof(fault_names[0]); i++) {
		if (strlen(fault_names[i].name) != name_size || memcmp(fault_names[i].name, text, name_size) != 0)
			continue;
		if (*end || !(value >= 0) || value > (fault_names[i].whole ? 86400 : 1))
			return problem_set(problem, ERR_USAGE, "--faults", "%s is 0 to %s", fault_names[i].name,
			                   fault_names[i].whole ? "86400 seconds" : "1");
		if (fault_names[i].whole)
			*(int *)(void *)((char *)out + fault_names[i].offset) = (int)value;
		else
			*(double *)(void *)((char *)out + fault_names[i].offset) = value;
		return ERR_NONE;
	}
	return problem_set(problem, ERR_USAGE, "--faults", "there is no fault \"%.*s\"; there are duplicate, late, late_s, shuffle, "
	                   "restart, silent, lie", (int)name_size, text);
}

err_t drive_faults_read(const char *text, struct drive_faults *out, struct problem *problem)
{
	struct drive_faults faults = {.late_s = 600, .seed = out->seed};
	const char *comma;
	err_t err;

	for (; *text; text = *comma ? comma + 1 : comma) {
		comma = strchr(text, ',');
		if (!comma)
			comma = text + strlen(text);
		err = read_one(text, (size_t)(comma - text), &faults, problem);
		if (err != ERR_NONE)
			return err;
	}
	*out = faults;
	return ERR_NONE;
}

err_t drive_faulty_new(const struct drive_faults *faults, const struct plan *plan, struct drive_source inner, struct drive_faulty **out)
{
	struct drive_faulty *f = calloc(1, sizeof(*f));
	uint32_t i;

	if (!f)
		return ERR_MEMORY;
	f->faults = *faults;
	f->inner = inner;
	f->device_count = plan->device_count;
	f->mishaps = calloc(plan->device_count ? plan->device_count : 1, sizeof(*f->mishaps));
	if (!f->mishaps) {
		free(f);
		return ERR_MEMORY;
	}
	random_seed(&f->random, faults->seed ^ 0x6661756c74u);
	for (i = 0; i < plan->device_count; i++)
		f->mishaps[i] = (struct mishap){.at_next_hour = AT_NONE, .at_silent_until = AT_NONE, .at_restart = AT_NONE};
	f->at_horizon = AT_NONE;
	*out = f;
	return ERR_NONE;
}

void drive_faulty_free(struct drive_faulty *f)
{
	if (!f)
		return;
	free(f->mishaps);
	free(f->heap);
	free(f);
}

static bool before(const struct waiting *a, const struct waiting *b)
{
	if (a->record.at_due != b->record.at_due)
		return a->record.at_due < b->record.at_due;
	return a->order < b->order;
}

static bool heap_push(struct drive_faulty *f, const struct drive_record *r)
{
	struct waiting w = {.record = *r, .order = f->orders++};
	size_t i, parent;

	if (f->heap_count == f->heap_room) {
		size_t room = f->heap_room ? f->heap_room * 2 : 65536;
		struct waiting *bigger = realloc(f->heap, room * sizeof(*bigger));

		if (!bigger)
			return false;
		f->heap = bigger;
		f->heap_room = room;
	}
	for (i = f->heap_count++; i > 0 && before(&w, &f->heap[parent = (i - 1) / 2]); i = parent)
		f->heap[i] = f->heap[parent];
	f->heap[i] = w;
	return true;
}

static struct drive_record heap_pop(struct drive_faulty *f)
{
	struct drive_record top = f->heap[0].record;
	struct waiting last = f->heap[--f->heap_count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < f->heap_count) {
		if (child + 1 < f->heap_count && before(&f->heap[child + 1], &f->heap[child]))
			child++;
		if (!before(&f->heap[child], &last))
			break;
		f->heap[i] = f->heap[child];
		i = child;
	}
	f->heap[i] = last;
	return top;
}

static at_ms in_the_next(struct random *r, int64_t for_ms)
{
	return (at_ms)random_below(r, (uint64_t)for_ms);
}

/* Once an hour of event time a device may plan a restart and a silence. */
static void throw_dice(struct drive_faulty *f, struct mishap *m, at_ms at)
{
	m->at_next_hour = at + HOUR_MS;
	if (random_unit(&f->random) < f->faults.restart)
		m->at_restart = at + in_the_next(&f->random, HOUR_MS);
	if (random_unit(&f->random) < f->faults.silent) {
		at_ms begins = at + in_the_next(&f->random, HOUR_MS / 2);

		m->at_silent_until = begins + 120000 + in_the_next(&f->random, 18 * 60000);
	}
}

static bool add_with_faults(struct drive_faulty *f, struct drive_record r)
{
	struct mishap *m = &f->mishaps[r.device];
	struct drive_record again;

	if (m->at_next_hour == AT_NONE || r.at >= m->at_next_hour)
		throw_dice(f, m, r.at);
	if (m->at_restart != AT_NONE && r.at >= m->at_restart) {
		m->boots++;
		m->seq_base = r.seq - 1;
		m->at_restart = AT_NONE;
	}
	r.boot += m->boots;
	r.seq -= m->seq_base;
	if (f->faults.shuffle_s > 0)
		r.at_due += in_the_next(&f->random, f->faults.shuffle_s * 1000);
	if (f->faults.late > 0 && random_unit(&f->random) < f->faults.late)
		r.at_due += in_the_next(&f->random, f->faults.late_s * 1000 + 1);
	/* 20 min is the longest silence: it has begun when less than that is left. */
	if (m->at_silent_until != AT_NONE && r.at < m->at_silent_until && r.at > m->at_silent_until - 20 * 60000 &&
	    r.at_due < m->at_silent_until)
		r.at_due = m->at_silent_until;
	if (!heap_push(f, &r))
		return false;
	again = r;
	again.again = true;
	if (f->faults.duplicate > 0 && random_unit(&f->random) < f->faults.duplicate) {
		again.at_due = r.at_due + in_the_next(&f->random, 600000);
		if (!heap_push(f, &again))
			return false;
	}
	if (f->faults.lie > 0 && random_unit(&f->random) < f->faults.lie) {
		again.at_due = r.at_due + 1 + in_the_next(&f->random, 60000);
		again.in += 1 + (uint32_t)random_below(&f->random, 9);
		return heap_push(f, &again);
	}
	return true;
}

static bool faulty_more(void *self, struct drive_record *records, size_t room, size_t *out_count, at_ms *out_horizon)
{
	struct drive_faulty *f = self;
	size_t count = 0, taken, i;

	while (count < room) {
		if (f->heap_count > 0 && (f->inner_done || f->heap[0].record.at_due <= f->at_horizon)) {
			records[count++] = heap_pop(f);
			continue;
		}
		if (f->inner_done)
			break;
		f->inner_done = !f->inner.more(f->inner.self, f->taken, TAKE_RECORDS, &taken, &f->at_horizon);
		for (i = 0; i < taken; i++)
			if (!add_with_faults(f, f->taken[i]))
				return false;
		if (count > 0 && taken == 0)
			break; /* a drill that obeys the live lanes: hand over what is known before looking further ahead */
	}
	*out_count = count;
	*out_horizon = f->at_horizon;
	return !(f->inner_done && f->heap_count == 0);
}

static void faulty_lanes(void *self, uint32_t checkpoint, uint32_t lanes_open)
{
	struct drive_faulty *f = self;

	if (f->inner.lanes)
		f->inner.lanes(f->inner.self, checkpoint, lanes_open);
}

void drive_faulty_source(struct drive_faulty *f, struct drive_source *out)
{
	*out = (struct drive_source){.more = faulty_more, .lanes = faulty_lanes, .self = f};
}
