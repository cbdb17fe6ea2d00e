/* The files of a journal, damaged: what is read is what was written, as far as it goes, or an error; never another record.
 *
 * 'A': the bytes are journal.db. Else the first byte says which files there are ('m' main file alone, 'w' with the log that was not
 * yet moved into it), and each five further bytes are one damage: '=' and '+' set or add to a byte of the main file, '<' and '>'
 * the same of its log, 'x' and 'y' cut them off, 'z' repeats the first part of the log; then the place, little-endian in three
 * bytes (from the end if the highest bit is set), and a value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/random.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BATCHES 40
#define BATCHES_MOVED 20 /* into the main file */

struct bytes { uint8_t *at; size_t size; };
static struct bytes main_moved, main_part, log_part;
static struct { uint8_t bytes[200]; size_t size; uint32_t count; uint64_t first; } written[BATCHES];
static char main_path[160], log_path[160], index_path[160];

static void hold(bool true_thing, const char *what)
{
	if (true_thing)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static struct bytes slurp(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "r");
	hold(f != NULL && fstat(fileno(f), &st) == 0, "a file is there");
	struct bytes b = {malloc((size_t)st.st_size + 1), (size_t)st.st_size};
	hold(b.at != NULL && fread(b.at, 1, b.size, f) == b.size, "a file is read");
	fclose(f);
	return b;
}

static void forget_all(void)
{
	free(main_moved.at);
	free(main_part.at);
	free(log_part.at);
}

static void make_all(void)
{
	struct journal *j;
	struct random r;
	uint64_t first = 1;
	random_seed(&r, 1);
	snprintf(main_path, sizeof(main_path), "%s/data/sessions/s/journal.db", scratch_dir());
	snprintf(log_path, sizeof(log_path), "%s-wal", main_path);
	snprintf(index_path, sizeof(index_path), "%s-shm", main_path);
	hold(journal_open(scratch_store(), "s", &j, NULL) == ERR_NONE, "a journal opens");
	for (uint32_t i = 0; i < BATCHES; i++) {
		written[i].size = 20 + (size_t)random_below(&r, 180);
		written[i].count = 1 + (uint32_t)random_below(&r, 5);
		written[i].first = first;
		for (size_t k = 0; k < written[i].size; k++)
			written[i].bytes[k] = (uint8_t)random_below(&r, 256);
		struct journal_batch b = {first, written[i].count, (at_ms)(1000 * i), written[i].bytes, written[i].size};
		hold(journal_commit(j, &b) == ERR_NONE, "a batch is written");
		first += written[i].count;
		if (i + 1 == BATCHES_MOVED)
			hold(journal_tidy(scratch_store(), "s") == ERR_NONE, "the log is moved");
	}
	main_part = slurp(main_path);
	log_part = slurp(log_path);
	journal_close(j);
	main_moved = slurp(main_path);
	atexit(forget_all);
}

static size_t place_of(const uint8_t *item, size_t size)
{
	size_t at = (size_t)item[1] | (size_t)item[2] << 8 | (size_t)(item[3] & 0x7F) << 16;
	if (size == 0)
		return 0;
	at %= size;
	return (item[3] & 0x80) != 0 ? size - 1 - at : at;
}

static void damage(struct bytes *main_file, struct bytes *log, const uint8_t *item)
{
	struct bytes *of = item[0] == '<' || item[0] == '>' || item[0] == 'y' || item[0] == 'z' ? log : main_file;
	size_t at = place_of(item, of->size);
	if (of->size == 0)
		return;
	switch (item[0]) {
	case '=': case '<': of->at[at] = item[4]; break;
	case '+': case '>': of->at[at] = (uint8_t)(of->at[at] + item[4]); break;
	case 'x': case 'y': of->size = at; break;
	case 'z': memmove(of->at + at, of->at, of->size - at); break;
	default: break;
	}
}

/* Batches in their order, each as it was written; then the end or an error. */
static uint32_t hold_reader(bool ours)
{
	struct journal_reader *r;
	struct journal_batch b;
	bool more = false;
	uint32_t count = 0;
	if (journal_reader_open(scratch_store(), "s", &r, NULL) != ERR_NONE)
		return 0;
	while (journal_reader_next(r, &b, &more) == ERR_NONE && more) {
		hold(!ours || (count < BATCHES && b.first == written[count].first && b.count == written[count].count &&
			b.at_recorded == (at_ms)(1000 * count) && b.size == written[count].size &&
			memcmp(b.bytes, written[count].bytes, b.size) == 0), "a batch is as it was written");
		count++;
	}
	journal_reader_close(r);
	return count;
}

/* And whoever opens it to write goes on behind what is there. */
static void hold_writer(uint32_t count, bool ours)
{
	struct journal *j;
	if (journal_open(scratch_store(), "s", &j, NULL) != ERR_NONE)
		return;
	uint64_t next = journal_count(j) + 1;
	struct journal_batch b = {next, 1, journal_last_at(j) == AT_NONE ? 0 : journal_last_at(j), "x", 1};
	hold(!ours || count < BATCHES || next == written[BATCHES - 1].first + written[BATCHES - 1].count, "nothing is lost");
	if (next < INT64_MAX)
		journal_commit(j, &b);
	journal_close(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (main_moved.at == NULL)
		make_all();
	if (size == 0 || size > 400000)
		return 0;
	unlink(index_path);
	unlink(log_path);
	if (data[0] == 'A') {
		scratch_write(main_path, data + 1, size - 1);
	} else {
		bool with_log = data[0] == 'w';
		const struct bytes *from = with_log ? &main_part : &main_moved;
		struct bytes main_file = {malloc(from->size + 1), from->size}, log = {malloc(log_part.size + 1), with_log ? log_part.size : 0};
		hold(main_file.at != NULL && log.at != NULL, "memory");
		memcpy(main_file.at, from->at, from->size);
		memcpy(log.at, log_part.at, log.size);
		for (size_t at = 1; at + 5 <= size && at < 5 * 64; at += 5)
			damage(&main_file, &log, data + at);
		scratch_write(main_path, main_file.at, main_file.size);
		if (with_log)
			scratch_write(log_path, log.at, log.size);
		free(main_file.at);
		free(log.at);
	}
	uint32_t count = hold_reader(data[0] != 'A');
	hold_writer(count, data[0] != 'A');
	return 0;
}
