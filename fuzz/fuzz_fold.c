/* What a journal holds, folded: any records are refused or give a state whose books balance, that is the same after a save and
 * a load in the middle, and that can be told to browsers.
 *
 * The first byte says how many records make a batch and how much time passes between two; the others are records
 * (live/input.h), behind the plan of the rig. */
/* link: --wrap=ledger_new,--wrap=names_new */
/* args: -detect_leaks=0 -entropic_scale_per_exec_time=1 -- plans are kept from input to input; leaks are looked for at the end */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fold_use.h"
#include "hold.h"
#include "rig_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct live_plan *plan_of_rig(void)
{
	static struct live_plan *plan;
	if (plan == NULL)
		hold(live_plan_read(text_of(rig_plan), true, &plan, NULL) == ERR_NONE, "the rig's plan is good");
	return plan;
}

static struct fold *begin(void)
{
	struct fold *f;
	struct buf record;
	struct input in = {.kind = INPUT_PLAN, .version = 1, .plan = text_of(rig_plan), .by = TEXT("pia"), .reason = TEXT("")};
	buf_init(&record, 65536);
	input_write(&in, &record);
	struct journal_batch batch = {.first = 1, .count = 1, .at_recorded = FOLD_T0, .bytes = record.at, .size = record.size};
	hold(fold_new(&f) == ERR_NONE && fold_batch(f, &batch, false, plan_of_rig()) == ERR_NONE, "a fold begins");
	buf_free(&record);
	return f;
}

/* The next so many whole records of the input; false: none. */
static bool next_batch(const uint8_t *data, size_t size, uint32_t count_max, struct journal_batch *b)
{
	size_t at = 0, used;
	struct input in;
	b->bytes = data;
	for (b->count = 0; b->count < count_max && at < size && input_read(data + at, size - at, &in, &used) == ERR_NONE; at += used)
		b->count++;
	b->size = at;
	return b->count > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t steps[] = {0, 1, 1000, 60000, 3600000, 86400000, INT64_C(1) << 40, INT64_C(1) << 50};
	if (size == 0)
		return 0;
	struct fold *a = begin(), *b = begin();
	struct journal_batch batch = {.at_recorded = FOLD_T0};
	err_t error = ERR_NONE;
	uint32_t batches = 0;
	for (size_t at = 1; error == ERR_NONE && next_batch(data + at, size - at, (data[0] & 7) + 1u, &batch); at += batch.size) {
		batch.first = a->records + 1;
		batch.at_recorded += steps[data[0] >> 3 & 7];
		if (batch.at_recorded > AT_MS_MAX)
			break; /* the clock of no session goes there */
		error = fold_batch(a, &batch, false, NULL);
		hold(fold_batch(b, &batch, false, NULL) == error, "two folds say the same");
		batches++;
		if (error == ERR_NONE && (batches & (batches - 1)) == 0)
			b = fold_again(b, a->plan);
	}
	if (error == ERR_NONE) {
		fold_hold_same(a, b);
		fold_use(a);
	}
	fold_free(a);
	fold_free(b);
	return 0;
}
