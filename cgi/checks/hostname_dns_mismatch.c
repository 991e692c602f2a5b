#include <string.h>

#include "core/check.h"
#include "mail/routing_evidence.h"

/* Other servers find no way to write to somebody at this name. */
static bool is_unreachable(const struct domain *d, const struct mx_host *h)
{
	return mx_host_state(h) == MX_HOST_ABSENT &&
		(d->mx_status == DNS_NODATA || d->mx_status == DNS_NXDOMAIN || d->null_mx);
}

struct answer {
	enum severity severity;
	const char *text;	/* a clause that follows the name; NULL: all is well */
	const char *advice;
};

/* Of an address that nobody can hold, no reverse record is to be expected. */
static struct answer judge_reverse(const struct reverse_name *r)
{
	bool none = !r->name && (ip_is_private(&r->ip) || ip_is_documentation(&r->ip));

	if (!r->ip.family || r->fits || none || dns_unanswered(r->status) ||
	    r->status == DNS_UNASKED)
		return (struct answer){ SEV_INFO, NULL, NULL };
	return (struct answer){
		SEV_INFO, r->name ?
		"is not the name that its address leads back to" :
		"has an address that leads back to no name",
		"Let the operator of the address set its reverse record (PTR) to this name. Many servers refuse mail from an address without one.",
	};
}

static struct answer judge(const struct domain *d, const struct own_name *own)
{
	const struct mx_host *h = &own->host;

	if (h->answer_is_own || d->answer_is_own)
		return (struct answer){ SEV_UNKNOWN,
			"was only looked up in this server's own zone, so what others see is not known",
			"Scan with a public resolver (--resolver IP) to see what others see." };
	if (mx_host_state(h) == MX_HOST_UNKNOWN || dns_unanswered(d->mx_status))
		return (struct answer){ SEV_UNKNOWN,
			"could not be looked up in the DNS", "Scan again later." };
	if (is_unreachable(d, h))
		return (struct answer){ SEV_WARNING, "does not exist in the public DNS",
			"Give the name an A record with this server's address, or set another name that has one (WHM » Networking Setup » Change Hostname)." };
	if (mx_host_state(h) == MX_HOST_ELSEWHERE)
		return (struct answer){ SEV_WARNING, "leads to another server",
			"Point the name's A and AAAA records to this server. If that address is this server's, as behind a NAT, declare it: address = IP in /etc/relaydoctor/relaydoctor.conf." };
	return judge_reverse(&own->reverse);
}

static void evidence(struct report *r, struct finding *x, const struct domain *d,
		     const struct own_name *own)
{
	char ip[IP_TEXT_MAX];

	host_evidence(r, x, &own->host);
	exchanger_evidence(r, x, d);
	if (own->reverse.ip.family)
		finding_evidence(r, x, "DNS", "%s leads back to %s",
				 ip_text(ip, &own->reverse.ip), own->reverse.name ?
				 own->reverse.name : dns_status_text(own->reverse.status));
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct domain *d;
	struct answer said;
	struct finding *x;

	if (!f->own_name.asked)
		return;
	d = facts_domain_or_other(f, f->hostname);
	if (!d || d->mx_status == DNS_UNASKED)
		return;
	/* As one of the domains it is told of there. */
	if (facts_domain(f, f->hostname) && (d->routing == ROUTING_NO_ANSWER ||
					     d->routing == ROUTING_NOT_PUBLIC))
		return;
	said = judge(d, &f->own_name);
	if (!said.text)
		return;
	x = report_add(r, c, said.severity, SUBJECT_SERVER, f->hostname,
		       "This server's own name %s %s", f->hostname, said.text);
	evidence(r, x, d, &f->own_name);
	finding_no_fix(r, x, "%s", said.advice);
}

const struct check check_hostname_dns_mismatch = {
	.id = "hostname_dns_mismatch", .rule = "F07",
	.title = "The server's own name is not right in the DNS",
	.why = "Sites that send without a sender of their own send as user@server. Where that name has no address, other servers refuse the mail (“sender verify fail”); where it leads elsewhere or back to another name, they trust it less.",
	.who = "the server's administrator, and the operator of its address for the reverse record",
	.ways = WAY_OUT,
	.needs = SRC_ADDRESSES | SRC_DNS,
	.run = run,
};
