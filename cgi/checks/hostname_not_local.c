#include <string.h>

#include "core/check.h"
#include "mail/routing_evidence.h"

struct answer {
	const char *text;	/* a clause that follows the name; NULL: all is well */
	const char *advice;
};

/* Exim may take the name for local by something else than a line. */
static bool is_local(const struct facts *f, const struct domain *d)
{
	return (d && d->line[LIST_LOCAL]) || f->exim.names_host ||
		f->exim.loose[LIST_LOCAL];
}

static struct answer judge(const struct facts *f, const struct domain *d)
{
	if (d && (routing_is_wrong(d->routing) || domain_line_unusable(d)))
		return (struct answer){ NULL, NULL };	/* told as a domain's */
	if (d && (d->line[LIST_REMOTE] || d->line[LIST_SECONDARY]))
		return (struct answer){
			"is listed as somebody else's domain",
			"Take the name out of /etc/remotedomains and /etc/secondarymx, and see that /etc/localdomains has it.",
		};
	if (!is_local(f, d))
		return (struct answer){
			"is not among the local domains",
			"Add the name as a line of its own to /etc/localdomains.",
		};
	if (d && d->owner)
		return (struct answer){
			"is also the domain of an account",
			"Give the server a name of its own, such as one below that domain (WHM » Networking Setup » Change Hostname), or take the domain from the account.",
		};
	return (struct answer){ NULL, NULL };
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct domain *d;
	struct answer said;
	struct finding *x;

	if (f->partial || !f->hostname || !strchr(f->hostname, '.'))
		return;
	d = facts_domain(f, f->hostname);
	said = judge(f, d);
	if (!said.text)
		return;
	x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER, f->hostname,
		       "This server's own name %s %s", f->hostname, said.text);
	if (d)
		routing_evidence(r, x, f, d);
	else
		finding_evidence(r, x, list_path(LIST_LOCAL), "no line says %s",
				 f->hostname);
	finding_no_fix(r, x, "%s", said.advice);
}

const struct check check_hostname_not_local = {
	.id = "hostname_not_local", .rule = "D08",
	.title = "The server's own name is not local alone",
	.why = "Root's mail, cron's reports and the bounces of sites that send as user@server go to the server's own name. Where that is not local they are refused, or lost; where an account has it they land with that account.",
	.who = "the server's administrator",
	.ways = WAY_IN,
	.needs = SRC_DOMAINS | SRC_FILES,
	.run = run,
};
