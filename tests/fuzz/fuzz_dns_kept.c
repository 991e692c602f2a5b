#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sources/dns_kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *s)
{
	for (; *s; s++)
		if (*s < 0x21 || *s > 0x7e)
			abort();
}

static size_t check_hosts(struct slice rest)
{
	struct kept_host h;
	size_t n = 0;

	for (; kept_host_next(&rest, &h); n++) {
		check_name(h.name);
		check_name(h.cname);
		for (int f = 0; f < 2; f++)
			if ((h.nips[f] > 0) != (h.answer[f].status == DNS_OK))
				abort();
	}
	return n;
}

/* The same bytes as hosts and as domains. What was read is written, and read
 * again as the same. A domain's name is compared with those of the lists alone: of what
 * it is made is not looked at. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, again;
	struct buf b = BUF_INIT(1u << 20);
	size_t nhosts = check_hosts(rest);
	struct kept_domain d, e;

	while (kept_domain_next(&rest, nhosts + 1, &d)) {
		b.len = 0;
		kept_domain_put(&b, d.name, &d.answer, d.nmx);
		for (size_t i = 0; i < d.nmx; i++)
			kept_mx_put(&b, kept_mx_at(&d, i).preference, kept_mx_at(&d, i).host);
		again = (struct slice){ b.data, b.len };
		if (!kept_domain_next(&again, nhosts + 1, &e) || again.n ||
		    strcmp(d.name, e.name) || d.nmx != e.nmx)
			abort();
	}
	buf_free(&b);
	return 0;
}
