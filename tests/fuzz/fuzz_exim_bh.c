#include <stdlib.h>
#include <string.h>

#include "mail/exim_bh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct arena a = ARENA_INIT;
	struct bh_session s;
	const char *name;

	exim_bh_read(text, n % (BH_RECIPIENTS_MAX + 8), "acl_smtp_rcpt", &a, &s);
	if (s.n > BH_RECIPIENTS_MAX || s.nlists > BH_LISTS_MAX)
		abort();
	for (size_t i = 0; i < s.n; i++) {
		const struct bh_answer *x = &s.answer[i];

		if (s.whole && (x->code < 200 || x->code > 599 || !x->text))
			abort();
		if (x->decision.by != BH_BY_UNKNOWN && !bh_accepts(x))
			abort();
		if (x->decision.verb && (!x->decision.file || !x->decision.asks))
			abort();
	}
	for (size_t i = 0; i < s.nlists; i++)
		if (!bh_item_file(s.list[i].item).p)
			abort();
	name = exim_authenticator(text, &a);
	if (name && strlen(name) > 64)
		abort();
	arena_clear(&a);
	return 0;
}
