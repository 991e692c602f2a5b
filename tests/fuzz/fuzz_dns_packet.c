#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sources/dns_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the packet asks itself, so that the rest of it is read too. */
static int own_question(const uint8_t *data, size_t size, ns_rr *rr)
{
	ns_msg m;

	return ns_initparse(data, (int)size, &m) || !ns_msg_count(m, ns_s_qd) ||
		ns_parserr(&m, ns_s_qd, 0, rr);
}

static void check(const struct dns_answer *x)
{
	if ((x->status == DNS_OK) != (x->n > 0) || x->n > DNS_RECORDS_MAX)
		abort();
	for (size_t i = 0; i < x->n; i++)
		for (const char *p = x->records[i].name; *p; p++)
			if (*p < 0x20 || *p > 0x7e)
				abort();
}

static void check_referral(const struct dns_referral *r, const char *name)
{
	if (!r->n || r->n > DNS_REFERRAL_MAX || !text_in_domain(name, r->zone))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dns_referral r;
	static struct dns_answer x;
	struct dns_question q = { .name = "example.com", .type = ns_t_mx };
	ns_rr rr;

	if (size > NS_MAXMSG)
		return 0;
	memset(&x, 0, sizeof(x));
	if (!own_question(data, size, &rr)) {
		q.name = ns_rr_name(rr);
		q.type = ns_rr_type(rr);
	}
	dns_packet_parse(data, size, &q, &x);
	check(&x);
	if (dns_packet_referral(data, size, &q, &r))
		check_referral(&r, q.name);
	return 0;
}
