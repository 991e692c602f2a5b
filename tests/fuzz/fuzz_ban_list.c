#include <stdlib.h>

#include "mail/ban_list.h"
#include "sources/bans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The first byte says which list it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data + 1, n - 1 };
	struct arena a = ARENA_INIT;
	struct ban_reader r = { .arena = &a };
	struct ban_facts all = { .none = 0 };
	const struct ban *found[4];
	struct err e;

	if (!n)
		return 0;
	r.list = (enum ban_list)(*data % NBAN_LISTS);
	if (r.list >= BAN_HULK_BRUTE)
		hulk_read(&r, text, &e);
	else if (*data & 0x80)
		ban_list_read_included(&r, text, 1795500000);
	else
		ban_list_read(&r, text, 1795500000);
	bans_settle(r.bans, r.n, &a, &all);
	if (all.none + all.nwide != r.n)
		abort();
	for (size_t i = 0; i < r.n; i++)
		if (!bans_of(&all, &r.bans[i].net.from, found, 4) &&
		    r.bans[i].net.from.family == r.bans[i].net.to.family &&
		    ip_equal(&r.bans[i].net.from, &r.bans[i].net.to))
			abort();
	arena_clear(&a);
	return 0;
}
