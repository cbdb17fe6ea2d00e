/* The files of a journal, damaged: what is read is what was written, as far as it goes, or an error; never another record.
 *
 * And as long as its witness (journal.end) is whole, no batch is missing in silence.
 *
 * 'A': the bytes are journal.db. Else the first byte says which files there are ('m' main file alone, 'w' with the log that was not
 * yet moved into it), and each five further bytes are one damage: '=' and '+' set or add to a byte of the main file, '<' and '>'
 * the same of its log, 'x' and 'y' cut them off, 'z' repeats the first part of the log, 'e' and 'c' set a byte of the witness or cut
 * it; then the place, little-endian in three bytes (from the end if the highest bit is set), and a value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/random.h"
#include "hold.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BATCHES 40
#define BATCHES_MOVED 20 /* into the main file */

struct bytes { uint8_t *at; size_t size; };
static struct bytes main_moved, main_part, log_part, witness_whole;
static struct { uint8_t bytes[200]; size_t size; uint32_t count; uint64_t first; } written[BATCHES];
static char main_path[160], log_path[160], index_path[160], witness_path[160];

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
	free(witness_whole.at);
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
	snprintf(witness_path, sizeof(witness_path), "%s/data/sessions/s/journal.end", scratch_dir());
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
	witness_whole = slurp(witness_path);
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

struct files { struct bytes main_file, log, witness; bool is_witness_whole; };

static void damage(struct files *f, const uint8_t *item)
{
	struct bytes *of = &f->main_file;
	if (memchr("<>yz", item[0], 4) != NULL)
		of = &f->log;
	if (item[0] == 'e' || item[0] == 'c') {
		of = &f->witness;
		f->is_witness_whole = false;
	}
	size_t at = place_of(item, of->size);
	if (of->size == 0)
		return;
	switch (item[0]) {
	case '=': case '<': case 'e': of->at[at] = item[4]; break;
	case '+': case '>': of->at[at] = (uint8_t)(of->at[at] + item[4]); break;
	case 'x': case 'y': case 'c': of->size = at; break;
	case 'z': memmove(of->at + at, of->at, of->size - at); break;
	default: break;
	}
}

/* Batches in their order, each as it was written; then the end or an error. */
static uint32_t hold_reader(bool ours, bool witnessed)
{
	struct journal_reader *r;
	struct journal_batch b;
	bool more = false;
	uint32_t count = 0;
	err_t error = journal_reader_open(scratch_store(), "s", &r, NULL);
	if (error != ERR_NONE)
		return 0;
	while ((error = journal_reader_next(r, &b, &more)) == ERR_NONE && more) {
		hold(!ours || (count < BATCHES && b.first == written[count].first && b.count == written[count].count &&
			b.at_recorded == (at_ms)(1000 * count) && b.size == written[count].size &&
			memcmp(b.bytes, written[count].bytes, b.size) == 0), "a batch is as it was written");
		count++;
	}
	hold(!witnessed || error != ERR_NONE || count == BATCHES, "no batch is missing in silence");
	journal_reader_close(r);
	return count;
}

/* And whoever opens it to write goes on behind what is there. */
static void hold_writer(uint32_t count, bool witnessed)
{
	struct journal *j;
	if (journal_open(scratch_store(), "s", &j, NULL) != ERR_NONE)
		return;
	uint64_t next = journal_count(j) + 1, whole = written[BATCHES - 1].first + written[BATCHES - 1].count;
	struct journal_batch b = {next, 1, journal_last_at(j) == AT_NONE ? 0 : journal_last_at(j), "x", 1};
	hold((!witnessed && count < BATCHES) || next == whole, "nothing is lost");
	if (next < INT64_MAX)
		journal_commit(j, &b);
	journal_close(j);
}

static void hold_writer_of_any(void)
{
	struct journal *j;
	if (journal_open(scratch_store(), "s", &j, NULL) != ERR_NONE)
		return;
	struct journal_batch b = {journal_count(j) + 1, 1, journal_last_at(j) == AT_NONE ? 0 : journal_last_at(j), "x", 1};
	if (b.first < INT64_MAX)
		journal_commit(j, &b);
	journal_close(j);
}

static struct bytes copy_of(const struct bytes *from)
{
	struct bytes b = {malloc(from->size + 1), from->size};
	hold(b.at != NULL, "memory");
	memcpy(b.at, from->at, from->size);
	return b;
}

static void lay_damaged(const uint8_t *data, size_t size, bool *out_witnessed)
{
	bool with_log = data[0] == 'w';
	struct files f = {copy_of(with_log ? &main_part : &main_moved), copy_of(&log_part), copy_of(&witness_whole), true};
	for (size_t at = 1; at + 5 <= size && at < 5 * 64; at += 5)
		damage(&f, data + at);
	scratch_write(main_path, f.main_file.at, f.main_file.size);
	if (with_log)
		scratch_write(log_path, f.log.at, f.log.size);
	scratch_write(witness_path, f.witness.at, f.witness.size);
	free(f.main_file.at);
	free(f.log.at);
	free(f.witness.at);
	*out_witnessed = f.is_witness_whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool witnessed = false;
	if (main_moved.at == NULL)
		make_all();
	if (size == 0 || size > 400000)
		return 0;
	unlink(index_path);
	unlink(log_path);
	unlink(witness_path);
	if (data[0] == 'A')
		scratch_write(main_path, data + 1, size - 1);
	else
		lay_damaged(data, size, &witnessed);
	uint32_t count = hold_reader(data[0] != 'A', witnessed);
	if (data[0] != 'A')
		hold_writer(count, witnessed);
	else
		hold_writer_of_any();
	return 0;
}
