/* csf.conf as the helper edits it: what was added can be taken away without a trace. */
#include <stdlib.h>
#include <string.h>

#include "priv/csf_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void there_and_back(enum csf_list kind, struct slice list, const char *item)
{
	struct arena a = ARENA_INIT;
	struct slice with, back;
	struct err e;

	if (!csf_list_has(list, item, NULL) &&
	    !csf_list_with(kind, list, item, true, &a, &with, &e)) {
		if (!csf_list_has(with, item, NULL) ||
		    csf_list_with(kind, with, item, false, &a, &back, &e) ||
		    back.n != list.n || memcmp(back.p, list.p, list.n))
			abort();
	}
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = { (const char *)data, size };
	struct slice ports, users;
	struct err e;

	if (csf_text_check(text, &e))
		return 0;
	ports = csf_text_value(text, "TCP_OUT");
	users = csf_text_value(text, "SMTP_ALLOWUSER");
	if (ports.p)
		there_and_back(CSF_LIST_PORTS, ports, "465");
	if (users.p)
		there_and_back(CSF_LIST_USERS, users, "alice");
	return 0;
}
