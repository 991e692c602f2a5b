#include <string.h>

#include "core/check.h"
#include "mail/manual_plan.h"
#include "mail/routing_evidence.h"

#define PATH "/etc/manualmx"

/* How the hosts of a line compare with the domain's mail exchangers. */
enum target {
	TARGET_FITS,	/* one of them is an exchanger, or nothing can be said */
	TARGET_UNKNOWN,	/* a look-up failed */
	TARGET_GONE,	/* none of them exists */
	TARGET_HERE,	/* all of them are this server */
	TARGET_OTHER,	/* none of them is an exchanger */
};

static bool same_place(const struct mx_host *a, const struct mx_host *b)
{
	if (!strcmp(a->name, b->name))
		return true;
	for (size_t i = 0; i < a->nips; i++)
		for (size_t j = 0; j < b->nips; j++)
			if (ip_equal(&a->ips[i], &b->ips[j]))
				return true;
	return false;
}

static bool is_exchanger(const struct domain *d, const struct mx_host *h)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (same_place(d->mx[i].host, h))
			return true;
	return false;
}

static size_t count(const struct manual_route *m, enum mx_host_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < m->nhosts; i++)
		n += mx_host_state(m->hosts[i]) == state;
	return n;
}

/* Where this server is the exchanger it may be the front of the one behind; and
 * without an exchanger elsewhere there is nothing to compare with. */
static enum target compare(const struct manual_route *m, const struct domain *d)
{
	struct mx_view v = mx_look(d);

	if (m->special)
		return TARGET_FITS;
	for (size_t i = 0; i < m->nhosts; i++)
		if (is_exchanger(d, m->hosts[i]) && !m->hosts[i]->ours)
			return TARGET_FITS;
	if (count(m, MX_HOST_UNKNOWN))
		return TARGET_UNKNOWN;
	if (count(m, MX_HOST_ABSENT) == m->nhosts)
		return TARGET_GONE;
	if (count(m, MX_HOST_OURS) == m->nhosts)
		return TARGET_HERE;
	if (v.side == MX_UNKNOWN)
		return TARGET_UNKNOWN;
	return (v.side == MX_ELSEWHERE || v.side == MX_BACKUP_HERE) && !v.implicit ?
		TARGET_OTHER : TARGET_FITS;
}

static const struct {
	enum severity severity;
	const char *clause, *advice;
} says[] = {
	[TARGET_UNKNOWN] = { SEV_UNKNOWN,
		"; whether that is still right could not be looked up",
		"Scan again later." },
	[TARGET_GONE] = { SEV_CRITICAL, ", which does not exist",
		"Take the line out of /etc/manualmx, so that mail follows the domain's MX again." },
	[TARGET_HERE] = { SEV_CRITICAL, ", which is itself",
		"Take the line out of /etc/manualmx. Then see that the domain is routed as it should be." },
	[TARGET_OTHER] = { SEV_WARNING, ", which is not among its mail exchangers",
		"If the domain's move is over, take the line out of /etc/manualmx: mail then follows the MX. If the route is meant, leave it." },
};

static const char *hosts_of(struct report *r, const struct manual_route *m)
{
	const char *text = m->hosts[0]->name;

	for (size_t i = 1; i < m->nhosts; i++)
		text = arena_printf(r->arena, "%s, %s", text, m->hosts[i]->name);
	return text;
}

static void add(const struct check *c, const struct facts *f,
		const struct manual_route *m, const struct domain *d,
		enum target t, struct report *r)
{
	const char *hosts = hosts_of(r, m), *why;
	struct finding *x = report_add(r, c, says[t].severity, SUBJECT_DOMAIN,
		m->domain, "This server hands mail for %s to %s%s", m->domain, hosts,
		says[t].clause);

	finding_evidence(r, x, PATH, "line %u: %s: %s", m->line, m->domain, hosts);
	for (size_t i = 0; i < m->nhosts; i++)
		host_evidence(r, x, m->hosts[i]);
	routing_evidence(r, x, f, d);
	why = manual_route_obstacle(f, d, m, r->arena);
	if (t == TARGET_UNKNOWN)
		finding_no_fix(r, x, "%s", says[t].advice);
	else if (why)
		finding_no_fix(r, x, "%s There is no button for it: %s.", says[t].advice, why);
}

static void not_understood(const struct check *c, const struct manual_route *m,
			   struct report *r)
{
	struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_DOMAIN, m->domain,
		"The manual route of %s could not be compared with its MX", m->domain);

	finding_evidence(r, x, PATH, "line %u: %s", m->line, m->fault);
	finding_no_fix(r, x, "Look at line %u of /etc/manualmx: is it still meant?", m->line);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->nmanual; i++) {
		const struct manual_route *m = &f->manual[i];
		const struct domain *d = facts_domain_or_other(f, m->domain);
		enum target t;

		if (m->fault) {
			not_understood(c, m, r);
			continue;
		}
		if (!d || !domain_is_public(d))
			continue;
		t = compare(m, d);
		if (t != TARGET_FITS && !(t == TARGET_UNKNOWN &&
					  d->routing == ROUTING_NO_ANSWER))
			add(c, f, m, d, t, r);
	}
	if (f->manual_why) {
		struct finding *x = report_add(r, c, SEV_UNKNOWN, SUBJECT_SERVER, PATH,
					       "Not all of %s is understood", PATH);

		finding_evidence(r, x, PATH, "%s", f->manual_why);
	}
}

const struct check check_manual_mx_stale = {
	.id = "manual_mx_stale", .rule = "D11",
	.title = "A manual route sends mail past the domain's MX",
	.why = "A line in /etc/manualmx, often left over from the move of an account, makes this server hand the domain's mail to a fixed host, whatever its MX says. When that host has gone or no longer has the mailboxes, the mail is lost or goes round in a circle.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_DOMAINS | SRC_FILES | SRC_ADDRESSES | SRC_DNS,
	.run = run,
	.fix = "drop_manual_mx",
};
