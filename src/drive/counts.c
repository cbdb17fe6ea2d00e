/* drive/counts.c: a file of counts becomes single passages: each person a record of one, at a seeded moment of their ten minutes,
 * through a seeded device of their place. The sums are the file's, exactly. */
#include "drive/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_A_DAY 144
#define STEP_MS 600000
#define PLACES_MAX 1024
#define PEOPLE_A_STEP_MAX 1000000

struct place { char id[32]; uint32_t in[STEPS_A_DAY], out[STEPS_A_DAY]; };

struct drive_counts {
	struct place *places;
	uint32_t place_count, devices;
	at_ms day_at;
	struct random random;
	/* the play */
	const struct plan *plan;
	uint64_t *seqs;                /* by device of the plan */
	uint32_t step;
	struct drive_record *records;  /* of the step, in order of time */
	size_t record_count, record_room, given;
};

static struct place *find_place(struct drive_counts *c, const char *id)
{
	uint32_t i;

	for (i = 0; i < c->place_count; i++)
		if (strcmp(c->places[i].id, id) == 0)
			return &c->places[i];
	if (c->place_count == PLACES_MAX)
		return NULL;
	snprintf(c->places[c->place_count].id, sizeof(c->places[0].id), "%s", id);
	return &c->places[c->place_count++];
}

static bool read_row(struct drive_counts *c, const char *row)
{
	unsigned station, hour, ten;
	double out_count, in_count;
	struct place *place;
	char id[32];

	/* hour counts 0-23, per_ten_minute the steps of the whole day or of the hour: both are in use. */
	if (sscanf(row, "%u,%u,%u,%lf,%lf", &station, &hour, &ten, &out_count, &in_count) != 5 || hour > 23 || ten >= STEPS_A_DAY)
		return false;
	if (!(out_count >= 0 && out_count <= PEOPLE_A_STEP_MAX && in_count >= 0 && in_count <= PEOPLE_A_STEP_MAX))
		return false;
	if (ten < 6)
		ten += hour * 6;
	snprintf(id, sizeof(id), "place-%u", station);
	place = find_place(c, id);
	if (!place)
		return false;
	place->in[ten] += (uint32_t)in_count;
	place->out[ten] += (uint32_t)out_count;
	return true;
}

static err_t read_rows(struct drive_counts *c, FILE *file, const char *path, struct problem *problem)
{
	char row[256];
	int line = 0;

	while (fgets(row, sizeof(row), file)) {
		line++;
		if (line == 1 && strncmp(row, "stationID,hour,per_ten_minute,outNums,inNums", 44) == 0)
			continue;
		if (!read_row(c, row)) {
			problem_set(problem, ERR_JSON_FIELD, "row", "%s:%d is not stationID,hour,per_ten_minute,outNums,inNums", path, line);
			if (problem)
				problem->line = line;
			return ERR_JSON_FIELD;
		}
	}
	if (c->place_count == 0)
		return problem_set(problem, ERR_JSON_FIELD, "row", "%s holds no counts", path);
	return ERR_NONE;
}

err_t drive_counts_new(const char *path, at_ms day_at, uint32_t devices, uint64_t seed, struct drive_counts **out, struct problem *problem)
{
	struct drive_counts *c = calloc(1, sizeof(*c));
	FILE *file = NULL;
	err_t err = ERR_MEMORY;

	if (!c || !(c->places = calloc(PLACES_MAX, sizeof(*c->places))))
		goto out;
	c->day_at = day_at;
	c->devices = devices;
	random_seed(&c->random, seed ^ 0x636f756e7473u);
	file = fopen(path, "r");
	if (!file) {
		err = problem_set(problem, ERR_FILE_OPEN, "--counts", "%s", path);
		goto out;
	}
	err = read_rows(c, file, path, problem);
out:
	if (file)
		fclose(file);
	if (err != ERR_NONE) {
		drive_counts_free(c);
		return err;
	}
	*out = c;
	return ERR_NONE;
}

void drive_counts_free(struct drive_counts *c)
{
	if (!c)
		return;
	free(c->places);
	free(c->seqs);
	free(c->records);
	free(c);
}

uint32_t drive_counts_places(const struct drive_counts *c) { return c->place_count; }
const char *drive_counts_place_id(const struct drive_counts *c, uint32_t place) { return c->places[place].id; }

void drive_counts_at(const struct drive_counts *c, uint32_t place, uint32_t step, uint32_t *out_in, uint32_t *out_out)
{
	*out_in = c->places[place].in[step];
	*out_out = c->places[place].out[step];
}

static void write_place(const struct drive_counts *c, uint32_t i, struct buf *out)
{
	uint32_t d;
	int x = (int)(i % 12) * 60, y = (int)(i / 12) * 40;
	const char *id = c->places[i].id;

	buf_addf(out, ",\n{\"type\":\"Feature\",\"properties\":{\"id\":\"%s\",\"kind\":\"checkpoint\",\"stage\":\"ticket\","
	         "\"from\":\"outside\",\"to\":\"network\",\"width_m\":6,\"exit_use\":true,\"lanes\":[", id);
	for (d = 0; d < c->devices; d++)
		buf_addf(out, "%s{\"id\":\"%u\",\"rate_ppl_min\":30}", d ? "," : "", d + 1);
	buf_add_str(out, "],\"devices\":[");
	for (d = 0; d < c->devices; d++)
		buf_addf(out, "%s{\"id\":\"%s-%u\",\"kind\":\"turnstile\",\"period_s\":600}", d ? "," : "", id, d + 1);
	buf_addf(out, "]},\"geometry\":{\"type\":\"Point\",\"coordinates\":[%d,%d]}}", x + 30, y + 20);
}

err_t drive_counts_plan(const struct drive_counts *c, struct buf *out)
{
	char doors[WHEN_SIZE], start[WHEN_SIZE], end[WHEN_SIZE];
	uint32_t i;
	int rows = (int)(c->place_count + 11) / 12;

	buf_addf(out, "{\"type\":\"FeatureCollection\",\"cordon\":{\"plan\":1,\"name\":{\"zh\":\"客流重放\",\"en\":\"Counts replayed\"},"
	         "\"coordinates\":\"local\",\"timetable\":{\"doors\":\"%s\",\"start\":\"%s\",\"end\":\"%s\"},"
	         "\"expected_ppl\":100000,\"approved_ppl\":100000},\"features\":[\n",
	         when_format(c->day_at, 480, doors), when_format(c->day_at + 43200000, 480, start),
	         when_format(c->day_at + 86400000, 480, end));
	buf_addf(out, "{\"type\":\"Feature\",\"properties\":{\"id\":\"network\",\"kind\":\"zone\",\"use\":\"concourse\","
	         "\"name\":{\"zh\":\"路网\",\"en\":\"Network\"}},"
	         "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[720,0],[720,%d],[0,%d],[0,0]]]}}",
	         rows * 40, rows * 40);
	for (i = 0; i < c->place_count; i++)
		write_place(c, i, out);
	buf_add_str(out, "\n]}\n");
	return out->error;
}

static bool add_person(struct drive_counts *c, uint32_t checkpoint, bool in)
{
	const struct plan_checkpoint *p = &c->plan->checkpoints[checkpoint];
	struct drive_record *r;

	if (c->record_count == c->record_room) {
		size_t room = c->record_room ? c->record_room * 2 : 65536;
		struct drive_record *bigger = realloc(c->records, room * sizeof(*bigger));

		if (!bigger)
			return false;
		c->records = bigger;
		c->record_room = room;
	}
	r = &c->records[c->record_count++];
	*r = (struct drive_record){.device = p->device_first + (uint32_t)random_below(&c->random, p->device_count), .boot = 1,
		.at = c->day_at + (at_ms)c->step * STEP_MS + (at_ms)random_below(&c->random, STEP_MS), .in = in, .out = !in};
	r->at_due = r->at;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct drive_record *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->device > y->device) - (x->device < y->device);
}

/* All people of one ten-minute step, in order of time, numbered by their devices. */
static bool make_step(struct drive_counts *c)
{
	uint32_t i, k, in, out;
	size_t n;

	c->record_count = 0;
	c->given = 0;
	for (i = 0; i < c->place_count; i++) {
		uint32_t checkpoint = plan_find_checkpoint(c->plan, text_of(c->places[i].id));

		if (checkpoint == UINT32_MAX || c->plan->checkpoints[checkpoint].device_count == 0)
			continue;
		drive_counts_at(c, i, c->step, &in, &out);
		for (k = 0; k < in + out; k++)
			if (!add_person(c, checkpoint, k < in))
				return false;
	}
	qsort(c->records, c->record_count, sizeof(*c->records), by_time);
	for (n = 0; n < c->record_count; n++)
		c->records[n].seq = ++c->seqs[c->records[n].device];
	return true;
}

static bool counts_more(void *self, struct drive_record *records, size_t room, size_t *out_count, at_ms *out_horizon)
{
	struct drive_counts *c = self;
	size_t count;

	if (!c->seqs)
		c->seqs = calloc(c->plan->device_count ? c->plan->device_count : 1, sizeof(*c->seqs));
	*out_count = 0;
	*out_horizon = AT_NONE;
	if (!c->seqs)
		return false;
	while (c->given == c->record_count) {
		if (c->step == STEPS_A_DAY || !make_step(c))
			return false;
		c->step++;
	}
	count = c->record_count - c->given < room ? c->record_count - c->given : room;
	memcpy(records, c->records + c->given, count * sizeof(*records));
	c->given += count;
	*out_count = count;
	*out_horizon = c->given < c->record_count ? records[count - 1].at : c->day_at + (at_ms)c->step * STEP_MS - 1;
	return c->given < c->record_count || c->step < STEPS_A_DAY;
}

void drive_counts_source(struct drive_counts *c, const struct plan *plan, struct drive_source *out)
{
	c->plan = plan;
	*out = (struct drive_source){.more = counts_more, .lanes = NULL, .self = c};
}
