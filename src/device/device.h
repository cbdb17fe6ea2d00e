/* device/device.h: drivers: what devices say -> passages. One driver, one file, one recording.
 *
 * A driver turns bytes into struct passage_said and knows nothing of sessions, sockets or disks. To write one: copy
 * driver_template.c, which names every other place to touch; a driver is not accepted without a recording
 * (tests/recordings/NAME.log, and what must come out, NAME.expected).
 *
 *   json   the contract's NDJSON line: a strict one-pass scanner (scan.c), the hot path
 *   csv    lines with a column mapping
 *   mqtt   is not a driver but a carrier: device/mqtt.h, whose payloads are json
 */
#ifndef CORDON_DEVICE_DEVICE_H
#define CORDON_DEVICE_DEVICE_H

#include "live/input.h"

/* One JSON passage, without its newline. Strict: RFC 8259 text, exactly the known fields (device, boot, seq, at, checkpoint, and
 * either in/out or in_total/out_total), each once; whole numbers 0 .. 2^53-1 (in, out <= 1,000,000; totals <= 2^32-1); in, out
 * default to 0, boot to 0, checkpoint to the device's own. Text is borrowed from `line`; only a string with escapes is decoded, into
 * `scratch`. Names are at most PASSAGE_NAME_BYTES_MAX long (TOO_LARGE), so the scratch always suffices.
 * Errors: PASSAGE_SYNTAX, PASSAGE_FIELD, TIME_FORMAT, TEXT_UTF8, TOO_LARGE. Same verdict as jansson plus the rules: fuzzed. */
struct scan_scratch { char at[512]; size_t used; };
err_t device_scan_passage(struct text line, struct scan_scratch *scratch, struct passage_said *out);

/* CSV: "device:0,boot:1,seq:2,at:3,checkpoint:4,in:5,out:6" or in_total/out_total; also header names ("device:Device ID" when the
 * first row is a header), `time_format:` unix|unix_ms|rfc3339, `direction:3` with values in/out. */
struct csv_mapping; /* keeps, after a header row, where the named columns stand: one mapping a file */
err_t csv_mapping_read(struct text columns, struct csv_mapping **out, struct problem *problem);
void csv_mapping_free(struct csv_mapping *m);
/* A header row: ERR_NONE with out->device empty. */
err_t device_read_csv(struct csv_mapping *m, struct text line, struct scan_scratch *scratch, struct passage_said *out);

/* The template's own format, "DEVICE SEQ UNIX_MS IN OUT" (driver_template.c). */
err_t device_read_plain(struct text line, struct passage_said *out);

/* Cuts a stream of bytes into lines, whatever the pieces it comes in; holds at most one line (4096 bytes). A longer line is
 * given as `too_long` once, its rest is skipped. CR LF is LF. Empty lines are counted and skipped. */
struct line_cutter { char carry[PASSAGE_LINE_BYTES_MAX + 1]; size_t carried; uint32_t line; bool skipping; }; /* + 1: its CR */
void line_cutter_init(struct line_cutter *c);
/* Feeds a piece: calls `each` for every whole line; stops early, with *used < size, when it returns false (no room). */
typedef bool (*line_each)(void *ctx, struct text line, uint32_t number, bool too_long);
size_t line_cutter_feed(struct line_cutter *c, const char *bytes, size_t size, line_each each, void *ctx);
bool line_cutter_end(struct line_cutter *c, line_each each, void *ctx); /* the last line without newline */

#endif
