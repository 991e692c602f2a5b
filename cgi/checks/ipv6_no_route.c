#include "core/check.h"
#include "mail/port_evidence.h"

/* Of the last probe, as Exim's user. */
static bool probe_found_none(const struct facts *f, struct arena *a)
{
	return probe_counts(f, 6) &&
		out_judge(f, OUT_EXIM, 25, 6, a).verdict == OUT_NO_WAY;
}

/* A server without IPv6 is whole, as long as Exim does not try it. */
static void run(const struct check *c, const struct facts *f, struct report *r)
{
	bool tried = out_log_judge(f, 6) == OUT_LOG_NO_ROUTE;
	bool probed = f->ports.has6 && probe_found_none(f, r->arena);
	struct finding *x;

	if (!tried && !probed)
		return;
	x = report_add(r, c, SEV_WARNING, SUBJECT_PORT, "25/IPv6", f->ports.has6 ?
		       "This server has an IPv6 address, but no way out over IPv6" :
		       "Exim tries IPv6, and this server has none");
	if (probed)
		port_evidence_probe(r, x, f, OUT_EXIM, 25, 6);
	port_evidence_log(r, x, f, 6);
	finding_no_fix(r, x, f->ports.has6 ?
		"Look at the default route (ip -6 route), or set disable_ipv6 = true in Exim's configuration until there is one." :
		"Set disable_ipv6 = true in Exim's configuration, so that it asks for no IPv6 addresses.");
}

const struct check check_ipv6_no_route = {
	.id = "ipv6_no_route", .rule = "B16",
	.title = "Mail is tried over IPv6 without a route",
	.why = "Servers that have an IPv6 address only cannot be reached, and to others the first attempt of each delivery is lost.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_PORTS | SRC_LOG,
	.run = run,
};
