#include <stdlib.h>

#include "mail/manual_mx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void walk(struct slice hosts)
{
	struct manual_mx_host h;
	const char *why;
	char separator = 0;

	while (manual_mx_host(&hosts, &separator, &h, &why))
		if (why || (h.ip.family ? *h.name != '\0' : !text_is_domain(h.name)))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct slice text = { (const char *)data, n };
	struct manual_mx m;
	struct manual_mx_entry x;
	unsigned line = 0;

	manual_mx_init(&m, text);
	while (manual_mx_next(&m, &x)) {
		if (x.line <= line)
			abort();
		line = x.line;
		if ((*x.domain && !text_is_domain(x.domain)) || (x.why && x.hosts.n))
			abort();
		if (x.hosts.n && (x.hosts.p < text.p ||
				  x.hosts.p + x.hosts.n > text.p + text.n))
			abort();
		walk(x.hosts);
	}
	/* The list alone, as no line would let it through. */
	walk(text);
	return 0;
}
