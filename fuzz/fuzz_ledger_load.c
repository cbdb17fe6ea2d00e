/* A saved ledger: any bytes, with a checksum that fits, are refused or give a ledger that bears every call and whose
 * saved form loads again to the same. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "ledger/ledger.h"
#include "hold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void save(const struct ledger *l, struct buf *b)
{
	buf_init(b, 64u << 20);
	HOLD(ledger_save(l, b) == ERR_NONE);
}

static void use(struct ledger *l)
{
	uint32_t zone = 0;
	struct ledger_zone_view z;
	ledger_view_zone(l, zone, 1000, &z);
	for (uint32_t d = 0; d < ledger_device_count(l) && d < 8; d++) {
		struct ledger_device_view v;
		ledger_view_device(l, d, 1000, &v);
		struct ledger_passage p = { .device = d, .checkpoint = v.checkpoint, .boot = v.boot, .seq = v.seq + 1,
			.at = 500000, .in = 9, .out = 2, .totals = d % 2 != 0 };
		if (ledger_claim(l, &p) == LEDGER_NEW)
			ledger_post_passage(l, &p, 600000);
		p.seq += 70;
		if (ledger_claim(l, &p) == LEDGER_NEW)
			ledger_release(l, &p);
	}
	ledger_post_recount(l, &(struct ledger_recount){ 0, 5, 1, 100 }, 700000);
	ledger_post_empty(l, &zone, 1, 700000);
	ledger_advance(l, AT_MS_MAX);
	HOLD(ledger_view_books(l).sum == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size + 4);
	if (exact == NULL)
		return 0;
	memcpy(exact, data, size);
	pack_u32(exact + size, check_crc32c(0, exact, size));
	struct ledger *l, *again;
	if (ledger_load((struct text){ (const char *)exact, size + 4 }, &l) == ERR_NONE) {
		struct buf a, b;
		save(l, &a);
		HOLD(ledger_load((struct text){ a.at, a.size }, &again) == ERR_NONE);
		save(again, &b);
		HOLD(!(a.size != b.size || memcmp(a.at, b.at, a.size) != 0));
		ledger_free(again);
		buf_free(&a);
		buf_free(&b);
		use(l);
		ledger_free(l);
	}
	free(exact);
	return 0;
}
