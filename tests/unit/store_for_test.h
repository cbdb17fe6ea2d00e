/* tests/unit/store_for_test.h: a data folder that goes away with the test, and batches whose bytes follow from
 * their numbers, so that any reader can tell whether it got the right ones. */
#ifndef CORDON_TEST_STORE_H
#define CORDON_TEST_STORE_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/random.h"
#include "store/store.h"

#ifndef PLACE_ROOT /* where it lies; a test that makes thousands of commits asks for memory: "/dev/shm" */
#define PLACE_ROOT "/tmp"
#endif

struct place {
	char dir[64];
	struct store *store;
	const struct disk *disk; /* NULL: this machine's */
};

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline void place_open(struct place *p)
{
	struct problem problem = {0};
	err_t error = store_open_on(p->dir, p->disk, &p->store, &problem);
	if (error != ERR_NONE)
		fail_msg("store_open: %s (%s)", error_row(error)->code, problem.detail);
}

static inline int place_make(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	assert_non_null(p);
	snprintf(p->dir, sizeof(p->dir), "%s/cordon-test-XXXXXX", PLACE_ROOT);
	assert_non_null(mkdtemp(p->dir));
	log_set_level((enum log_level)-1); /* the failures are wanted here */
	place_open(p);
	*state = p;
	return 0;
}

static inline int place_drop(void **state)
{
	struct place *p = *state;
	store_close(p->store);
	nftw(p->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(p);
	return 0;
}

static inline void place_path(const struct place *p, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", p->dir, name);
}

/* ---- batches ---- */

#define RECORD_SIZE 48

/* Record `number` is the number and what a generator seeded with it says. */
static inline void record_fill(uint64_t number, uint8_t out[RECORD_SIZE])
{
	struct random r;
	random_seed(&r, number);
	for (size_t i = 0; i < RECORD_SIZE; i += 8) {
		uint64_t v = i == 0 ? number : random_u64(&r);
		memcpy(out + i, &v, 8);
	}
}

/* A batch of `count` records from `first` on, in `bytes` (room for all of them). */
static inline struct journal_batch batch_fill(uint64_t first, uint32_t count, uint8_t *bytes)
{
	for (uint32_t i = 0; i < count; i++)
		record_fill(first + i, bytes + (size_t)i * RECORD_SIZE);
	return (struct journal_batch){first, count, (at_ms)(1000 * first), bytes, (size_t)count * RECORD_SIZE};
}

static inline err_t commit_next(struct journal *j, uint32_t count)
{
	uint8_t *bytes = malloc((size_t)count * RECORD_SIZE + 1);
	assert_non_null(bytes);
	struct journal_batch b = batch_fill(journal_count(j) + 1, count, bytes);
	err_t error = journal_commit(j, &b);
	free(bytes);
	return error;
}

/* True if the batch is one that batch_fill could have made. */
static inline bool batch_is_right(const struct journal_batch *b)
{
	if (b->size != (size_t)b->count * RECORD_SIZE || b->at_recorded != (at_ms)(1000 * b->first))
		return false;
	const uint8_t *bytes = b->bytes;
	for (uint32_t i = 0; i < b->count; i++) {
		uint8_t wanted[RECORD_SIZE];
		record_fill(b->first + i, wanted);
		if (memcmp(bytes + (size_t)i * RECORD_SIZE, wanted, RECORD_SIZE) != 0)
			return false;
	}
	return true;
}

static inline struct journal *journal_of(struct place *p, const char *id)
{
	struct journal *j = NULL;
	struct problem problem = {0};
	err_t error = journal_open(p->store, id, &j, &problem);
	if (error != ERR_NONE)
		fail_msg("journal_open: %s (%s)", error_row(error)->code, problem.detail);
	return j;
}

/* Reads on to the end; *out_count grows by the records read, all of which must be right. */
static inline err_t read_on(struct journal_reader *r, uint64_t *out_count)
{
	for (;;) {
		struct journal_batch b;
		bool more = false;
		err_t error = journal_reader_next(r, &b, &more);
		if (error != ERR_NONE || !more)
			return error;
		assert_true(batch_is_right(&b));
		assert_int_equal(b.first, *out_count + 1);
		*out_count += b.count;
	}
}

/* The number of records in the journal, read and compared from the first to the last. */
static inline uint64_t count_right(struct place *p, const char *id)
{
	struct journal_reader *r = NULL;
	uint64_t count = 0;
	assert_int_equal(journal_reader_open(p->store, id, &r, NULL), ERR_NONE);
	assert_int_equal(read_on(r, &count), ERR_NONE);
	journal_reader_close(r);
	return count;
}

#endif
