/* live/save.c: a fold as bytes: what a snapshot holds. Equal folds give equal bytes.
 *
 *   magic 4  version 4 | records at_first at_recorded at_passage rejected at_closed | plan version, plan text |
 *   zones: name, recount_by | checkpoints: name, from, to, lanes | devices: name, checkpoint |
 *   conflicts | the ledger's own bytes
 */
#include "live/fold.h"
#include "live/pack.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC 0x444C4643u /* "CFLD" */
#define SAVE_VERSION 1 /* of all but the ledger; with a next one fold_is_older() must know this one */

static void save_chart(const struct fold *f, struct buf *out)
{
	pack_add_u32(out, names_count(f->zone_names));
	for (uint32_t z = 0; z < names_count(f->zone_names); z++) {
		pack_add_text(out, text_of(names_at(f->zone_names, z)));
		pack_add_text(out, text_of(f->zones[z].recount_by));
	}
	pack_add_u32(out, names_count(f->checkpoint_names));
	for (uint32_t c = 0; c < names_count(f->checkpoint_names); c++) {
		const struct fold_checkpoint *checkpoint = &f->checkpoints[c];
		pack_add_text(out, text_of(names_at(f->checkpoint_names, c)));
		pack_add_u32(out, checkpoint->from);
		pack_add_u32(out, checkpoint->to);
		pack_add_u32(out, checkpoint->lane_count);
		for (uint32_t i = 0; i < checkpoint->lane_count; i++)
			buf_add_char(out, (char)(checkpoint->lanes[i].open | checkpoint->lanes[i].by_hand << 1));
	}
	pack_add_u32(out, names_count(f->device_names));
	for (uint32_t d = 0; d < names_count(f->device_names); d++) {
		pack_add_text(out, text_of(names_at(f->device_names, d)));
		pack_add_u32(out, f->devices[d].checkpoint);
	}
}

static void save_conflicts(const struct fold *f, struct buf *out)
{
	pack_add_u64(out, f->conflict_count);
	uint64_t held = f->conflict_count < FOLD_CONFLICTS_MAX ? f->conflict_count : FOLD_CONFLICTS_MAX;
	for (uint64_t n = f->conflict_count - held; n < f->conflict_count; n++) {
		const struct fold_conflict *c = &f->conflicts[n % FOLD_CONFLICTS_MAX];
		uint8_t bytes[INPUT_PASSAGE_BYTES];
		input_write_passage(INPUT_CONFLICT, &c->passage, bytes);
		buf_add(out, bytes, sizeof bytes);
		pack_add_u64(out, (uint64_t)c->at_recorded);
	}
}

err_t fold_save(const struct fold *f, struct buf *out)
{
	pack_add_u32(out, MAGIC);
	pack_add_u32(out, SAVE_VERSION);
	pack_add_u64(out, f->records);
	pack_add_u64(out, (uint64_t)f->at_first);
	pack_add_u64(out, (uint64_t)f->at_recorded);
	pack_add_u64(out, (uint64_t)f->at_passage);
	pack_add_u64(out, f->rejected);
	pack_add_u64(out, (uint64_t)f->at_closed);
	pack_add_u32(out, f->plan_version);
	pack_add_text(out, live_plan_text(f->plan));
	save_chart(f, out);
	save_conflicts(f, out);
	return out->error != ERR_NONE ? out->error : ledger_save(f->ledger, out);
}

/* ---- loading ---- */

/* Adds one name, which must be new: index == position in the list. */
static err_t load_name(struct unpack *r, struct names *names, uint32_t index)
{
	uint32_t added = NAMES_NONE;
	struct text name = unpack_next_text(r);
	if (r->bad)
		return ERR_STORE_CORRUPT;
	err_t e = names_add(names, name, &added);
	return e == ERR_MEMORY ? e : added == index ? ERR_NONE : ERR_STORE_CORRUPT;
}

static err_t load_array(struct unpack *r, uint32_t count_max, size_t item_size, void **out, uint32_t *out_count)
{
	uint32_t count = unpack_next_u32(r);
	if (r->bad || count > count_max)
		return ERR_STORE_CORRUPT;
	*out = calloc((size_t)count + 1, item_size);
	*out_count = count;
	return *out == NULL ? ERR_MEMORY : ERR_NONE;
}

static err_t load_zones(struct unpack *r, struct fold *f)
{
	uint32_t count = 0;
	void *zones = NULL;
	err_t e = load_array(r, PLAN_ZONES_MAX, sizeof *f->zones, &zones, &count);
	f->zones = zones;
	for (uint32_t z = 0; e == ERR_NONE && z < count; z++) {
		e = load_name(r, f->zone_names, z);
		struct text by = unpack_next_text(r);
		if (e == ERR_NONE && (r->bad || by.size >= sizeof f->zones[z].recount_by))
			e = ERR_STORE_CORRUPT;
		if (e == ERR_NONE)
			memcpy(f->zones[z].recount_by, by.at, by.size);
		f->zones[z].of_plan = NAMES_NONE;
	}
	return e;
}

static err_t load_lanes(struct unpack *r, struct fold_checkpoint *c)
{
	uint32_t lanes = unpack_next_u32(r);
	const uint8_t *bits = unpack_take(r, lanes);
	if (bits == NULL || lanes > PLAN_LANES_MAX)
		return ERR_STORE_CORRUPT;
	c->lane_count = lanes;
	for (uint32_t i = 0; i < lanes; i++)
		c->lanes[i] = (struct fold_lane){(bits[i] & 1) != 0, (bits[i] & 2) != 0};
	return ERR_NONE;
}

static err_t load_checkpoints(struct unpack *r, struct fold *f)
{
	uint32_t count = 0, zones = names_count(f->zone_names);
	void *checkpoints = NULL;
	err_t e = load_array(r, PLAN_CHECKPOINTS_MAX, sizeof *f->checkpoints, &checkpoints, &count);
	f->checkpoints = checkpoints;
	for (uint32_t i = 0; e == ERR_NONE && i < count; i++) {
		struct fold_checkpoint *c = &f->checkpoints[i];
		c->of_plan = NAMES_NONE;
		e = load_name(r, f->checkpoint_names, i);
		c->from = unpack_next_u32(r);
		c->to = unpack_next_u32(r);
		if (e == ERR_NONE && (c->from >= zones || c->to >= zones))
			e = ERR_STORE_CORRUPT;
		if (e == ERR_NONE)
			e = load_lanes(r, c);
	}
	return e;
}

static err_t load_devices(struct unpack *r, struct fold *f)
{
	uint32_t count = 0;
	void *devices = NULL;
	err_t e = load_array(r, PLAN_DEVICES_MAX, sizeof *f->devices, &devices, &count);
	f->devices = devices;
	for (uint32_t d = 0; e == ERR_NONE && d < count; d++) {
		e = load_name(r, f->device_names, d);
		f->devices[d] = (struct fold_device){unpack_next_u32(r), NAMES_NONE};
		if (e == ERR_NONE && (r->bad || f->devices[d].checkpoint >= names_count(f->checkpoint_names)))
			e = ERR_STORE_CORRUPT;
	}
	return e;
}

static err_t load_conflicts(struct unpack *r, struct fold *f)
{
	f->conflict_count = unpack_next_u64(r);
	uint64_t held = f->conflict_count < FOLD_CONFLICTS_MAX ? f->conflict_count : FOLD_CONFLICTS_MAX;
	for (uint64_t n = f->conflict_count - held; !r->bad && n < f->conflict_count; n++) {
		struct fold_conflict *c = &f->conflicts[n % FOLD_CONFLICTS_MAX];
		const uint8_t *bytes = unpack_take(r, INPUT_PASSAGE_BYTES);
		struct input in;
		size_t used;
		if (bytes == NULL || input_read(bytes, INPUT_PASSAGE_BYTES, &in, &used) != ERR_NONE || in.kind != INPUT_CONFLICT)
			return ERR_STORE_CORRUPT;
		*c = (struct fold_conflict){in.passage, (at_ms)unpack_next_u64(r)};
		if (in.passage.device >= names_count(f->device_names) ||
		    in.passage.checkpoint >= names_count(f->checkpoint_names))
			return ERR_STORE_CORRUPT;
	}
	return r->bad ? ERR_STORE_CORRUPT : ERR_NONE;
}

static err_t load_plan(struct unpack *r, struct live_plan *known, struct fold *f)
{
	f->plan_version = unpack_next_u32(r);
	struct text text = unpack_next_text(r);
	if (r->bad)
		return ERR_STORE_CORRUPT;
	if (known != NULL && text_equal(text, live_plan_text(known))) {
		f->plan = live_plan_keep(known);
		return ERR_NONE;
	}
	err_t e = live_plan_read(text, false, &f->plan, NULL);
	return e == ERR_NONE || e == ERR_MEMORY ? e : ERR_STORE_CORRUPT;
}

/* All that stands before the ledger. */
static err_t load_chart(struct unpack *r, struct live_plan *known, struct fold *f)
{
	if (unpack_next_u32(r) != MAGIC)
		return ERR_STORE_CORRUPT;
	uint32_t version = unpack_next_u32(r);
	if (version != SAVE_VERSION)
		return version > SAVE_VERSION ? ERR_STORE_VERSION : ERR_STORE_CORRUPT;
	f->records = unpack_next_u64(r);
	f->at_first = (at_ms)unpack_next_u64(r);
	f->at_recorded = (at_ms)unpack_next_u64(r);
	f->at_passage = (at_ms)unpack_next_u64(r);
	f->rejected = unpack_next_u64(r);
	f->at_closed = (at_ms)unpack_next_u64(r);
	err_t e = load_plan(r, known, f);
	if (e == ERR_NONE)
		e = load_zones(r, f);
	if (e == ERR_NONE)
		e = load_checkpoints(r, f);
	if (e == ERR_NONE)
		e = load_devices(r, f);
	return e == ERR_NONE ? load_conflicts(r, f) : e;
}

static struct text rest_of(const struct unpack *r)
{
	return (struct text){(const char *)r->p, (size_t)(r->end - r->p)};
}

static err_t load_members(struct unpack *r, struct live_plan *known, struct fold *f)
{
	err_t e = load_chart(r, known, f);
	if (e == ERR_NONE)
		e = ledger_load(rest_of(r), &f->ledger);
	if (e != ERR_NONE)
		return e;
	bool same = ledger_zone_count(f->ledger) == names_count(f->zone_names) &&
	            ledger_checkpoint_count(f->ledger) == names_count(f->checkpoint_names) &&
	            ledger_device_count(f->ledger) == names_count(f->device_names);
	return same ? fold_find_in_plan(f) : ERR_STORE_CORRUPT;
}

static struct unpack reader_of(struct text saved)
{
	return (struct unpack){(const uint8_t *)saved.at, (const uint8_t *)saved.at + saved.size, false};
}

err_t fold_is_older(struct text saved, bool *out)
{
	struct fold *f;
	err_t e = fold_new(&f);
	if (e != ERR_NONE)
		return e;
	struct unpack r = reader_of(saved);
	e = load_chart(&r, NULL, f);
	*out = e == ERR_NONE && ledger_is_older(rest_of(&r));
	fold_free(f);
	return e == ERR_MEMORY ? e : ERR_NONE;
}

err_t fold_load(struct text saved, struct live_plan *known, struct fold **out)
{
	struct fold *f;
	err_t e = fold_new(&f);
	if (e != ERR_NONE)
		return e;
	struct unpack r = reader_of(saved);
	e = load_members(&r, known, f);
	if (e == ERR_NONE)
		*out = f;
	else
		fold_free(f);
	return e;
}
