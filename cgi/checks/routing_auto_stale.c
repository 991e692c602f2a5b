#include <string.h>

#include "core/check.h"
#include "mail/routing_evidence.h"

/* What the panel would have to detect, by the public DNS. NULL: it does not say. */
static const char *by_dns(const struct domain *d)
{
	struct mx_view v = mx_look(d);

	if (v.side == MX_HERE)
		return "local";
	if (v.side == MX_BACKUP_HERE)
		return "secondary";
	return v.side == MX_ELSEWHERE && !v.implicit ? "remote" : NULL;
}

/* Where a routing finding stands, this is evidence on it. */
static bool is_stale(const struct domain *d)
{
	const char *wanted = by_dns(d);

	return domain_more(d)->mxcheck && !strcmp(domain_more(d)->mxcheck, "auto") && domain_more(d)->detected && wanted &&
		strcmp(domain_more(d)->detected, wanted) && d->routing == ROUTING_OK;
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < facts_nnotable(f); i++) {
		const struct domain *d = facts_notable(f, i);
		struct finding *x;

		if (!is_stale(d))
			continue;
		x = report_add(r, c, SEV_WARNING, SUBJECT_DOMAIN, d->name,
			       "Email Routing of %s is on Automatically Detect and remembers “%s”, but the public DNS says “%s”",
			       d->name, domain_more(d)->detected, by_dns(d));
		routing_evidence(r, x, f, d);
		finding_no_fix(r, x, "The lists are right at present. Save “%s” itself in WHM » DNS Functions » Edit MX Entry, or under Email Routing in cPanel, so that they stay so.",
			       by_dns(d));
	}
}

const struct check check_routing_auto_stale = {
	.id = "routing_auto_stale", .rule = "D14",
	.title = "Automatic routing remembers what is no longer true",
	.why = "“Automatically Detect” looks at this server's own zone when it is set and never again. The day cPanel writes its lists anew, mail for the domain goes where it remembers.",
	.who = "the server's administrator, or the account's owner under Email Routing",
	.ways = WAY_IN | WAY_OUT,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_ADDRESSES | SRC_DNS | SRC_WHM,
	.run = run,
};
