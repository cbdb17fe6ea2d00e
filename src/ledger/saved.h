/* ledger/saved.h: the saved form, for save.c and load.c: its name, and of each part the members in their order. Both files
 * go by these tables, so that what is written is what is read. Another order or member needs a new SAVED_VERSION. */
#ifndef CORDON_LEDGER_SAVED_H
#define CORDON_LEDGER_SAVED_H

#include <stddef.h>

#include "ledger/internal.h"

#define SAVED_MAGIC "CLDG"
#define SAVED_VERSION 2u /* 1: the checkpoint was part of a passage's hash */

/* How a member is written, and what a reader believes of it. */
enum form {
	FORM_U32,
	FORM_BOOL,     /* in four bytes: 0 or 1 */
	FORM_U64,
	FORM_I64,
	FORM_AT,       /* AT_NONE, or within 1970 .. 9999 */
	FORM_PEOPLE,   /* an int64 that no sum of can come near the end of */
	FORM_F64,      /* people or a share, within what FORM_PEOPLE allows twice over; one zero only */
	FORM_POSITIVE, /* likewise, not below 0 */
	FORM_SQUARE    /* people squared, not below 0 */
};
struct member { size_t offset; enum form form; };

#define MEMBER(type, name, form) { offsetof(struct type, name), FORM_##form }
#define MEMBER_COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct member limits_members[] = {
	MEMBER(ledger_limits, zones_max, U32), MEMBER(ledger_limits, checkpoints_max, U32), MEMBER(ledger_limits, devices_max, U32),
	MEMBER(ledger_limits, streams_max, U32), MEMBER(ledger_limits, identity_pages_max, U32), MEMBER(ledger_limits, at_window, AT),
	MEMBER(ledger_limits, minutes, U32),
};
static const struct member zone_members[] = {
	MEMBER(zone, balance, PEOPLE), MEMBER(zone, in, U64), MEMBER(zone, out, U64), MEMBER(zone, emptied, PEOPLE),
	MEMBER(zone, at_emptied, AT), MEMBER(zone, at_recount, AT), MEMBER(zone, adjusted, F64), MEMBER(zone, gain, POSITIVE),
	MEMBER(zone, carried.random_ppl2, SQUARE), MEMBER(zone, carried.miss_in_ppl, POSITIVE),
	MEMBER(zone, carried.miss_out_ppl, POSITIVE), MEMBER(zone, carried.bias_ppl, F64),
	MEMBER(zone, recount_sigma_ppl, POSITIVE), MEMBER(zone, recount_ppl, U32),
};
/* Behind them: each minute used, and the seconds that a rate can still show. */
static const struct member checkpoint_members[] = {
	MEMBER(checkpoint, from, U32), MEMBER(checkpoint, to, U32), MEMBER(checkpoint, retired, BOOL),
	MEMBER(checkpoint, at_posted, AT), MEMBER(checkpoint, at_watermark, AT), MEMBER(checkpoint, in, U64),
	MEMBER(checkpoint, out, U64), MEMBER(checkpoint, in_past, U64), MEMBER(checkpoint, out_past, U64),
	MEMBER(checkpoint, minutes_used, U32),
};
static const struct member minute_members[] = {
	MEMBER(bucket, in, U32), MEMBER(bucket, out, U32), MEMBER(bucket, revision, U32),
};
static const struct member second_members[] = { MEMBER(rate, second, I64), MEMBER(rate, in, U32), MEMBER(rate, out, U32) };
static const struct member past_members[] = {
	MEMBER(past, from, U32), MEMBER(past, to, U32), MEMBER(past, in, U64), MEMBER(past, out, U64),
};
/* Before them: the flags of a device, in four bytes. */
enum { DEVICE_RETIRED = 1, DEVICE_AHEAD = 2, DEVICE_TOTALS = 4, DEVICE_FLAGS_END = 8 };
static const struct member device_members[] = {
	MEMBER(device, accuracy.miss_in, F64), MEMBER(device, accuracy.miss_out, F64), MEMBER(device, accuracy.double_rate, F64),
	MEMBER(device, accuracy.period_ms, I64), MEMBER(device, at_heard, AT), MEMBER(device, at_event, AT),
	MEMBER(device, records, U64), MEMBER(device, in, U64), MEMBER(device, out, U64), MEMBER(device, at_missing_since, AT),
	MEMBER(device, late, U64), MEMBER(device, resets, U64), MEMBER(device, backwards, U64), MEMBER(device, duplicates, U64),
	MEMBER(device, conflicts, U64), MEMBER(device, ahead_ms, I64), MEMBER(device, sides[SIDE_FROM].in, U64),
	MEMBER(device, sides[SIDE_FROM].out, U64), MEMBER(device, sides[SIDE_TO].in, U64), MEMBER(device, sides[SIDE_TO].out, U64),
};
/* Before them: its device and boot. Behind them: the state of its totals with their members, the number of its pages, the pages. */
static const struct member stream_members[] = { MEMBER(stream, first, U64), MEMBER(stream, newest, U64), MEMBER(stream, count, U64) };
enum { TOTALS_STATE_BITS = 3, TOTALS_HELD = 4, TOTALS_FLAGS_END = 8 };
static const struct member totals_members[] = {
	MEMBER(totals, seq_newest, U64), MEMBER(totals, seq_base, U64), MEMBER(totals, in_mark, U32), MEMBER(totals, out_mark, U32),
	MEMBER(totals, in_base, U32), MEMBER(totals, out_base, U32),
};

#endif
