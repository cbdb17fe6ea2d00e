/* fuzz/small_ledger.c: ledgers and tables of names with little room, so that making and saving them takes no time and a full one is
 * met: the linker leads the calls of live/ here (--wrap). */
#include "base/names.h"
#include "ledger/ledger.h"

#define HOURS_SKIPPED_MS (INT64_C(11) * 3600000)

err_t __real_ledger_new(const struct ledger_limits *limits, struct ledger **out);
err_t __wrap_ledger_new(const struct ledger_limits *limits, struct ledger **out);

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

err_t __wrap_ledger_new(const struct ledger_limits *limits, struct ledger **out)
{
	struct ledger_limits small = *limits;
	small.zones_max = least(limits->zones_max, 64);
	small.checkpoints_max = least(limits->checkpoints_max, 32);
	small.devices_max = least(limits->devices_max, 64);
	small.streams_max = least(limits->streams_max, 16);
	small.identity_pages_max = least(limits->identity_pages_max, 32);
	if (limits->minutes > 180) {
		small.minutes = 180;
		small.at_window = limits->at_window + HOURS_SKIPPED_MS <= AT_MS_MAX ? limits->at_window + HOURS_SKIPPED_MS : limits->at_window;
	}
	return __real_ledger_new(&small, out);
}

struct names *__real_names_new(uint32_t capacity);
struct names *__wrap_names_new(uint32_t capacity);

struct names *__wrap_names_new(uint32_t capacity)
{
	return __real_names_new(least(capacity, 128));
}
