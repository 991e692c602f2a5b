#include <stdbool.h>

#include "mail/zone_evidence.h"

static const char *serial_text(struct arena *a, const struct mx_set *s)
{
	return s->apex ? arena_printf(a, " (serial %u)", s->serial) : "";
}

static void server_evidence(struct report *r, struct finding *x,
			    const struct name_server *s)
{
	char ip[IP_TEXT_MAX];
	const char *source = arena_printf(r->arena, "name server %s (%s)", s->name,
					  ip_text(ip, &s->ip));

	if (s->state == SERVER_ANSWERS && s->says.alias)
		finding_evidence(r, x, source, "an alias (CNAME) of %s", s->says.alias);
	else if (s->state == SERVER_ANSWERS)
		finding_evidence(r, x, source, "%s%s", mx_set_text(r->arena, &s->says),
				 serial_text(r->arena, &s->says));
	else
		finding_evidence(r, x, source, "%s: %s", s->state == SERVER_LAME ?
				 "does not keep this zone" : "did not answer",
				 dns_status_text(s->status));
}

void zone_evidence(struct report *r, struct finding *x, const struct domain *d)
{
	const struct zone *z = domain_zone(d);

	if (!z)
		return;
	for (size_t i = 0; i < z->nservers; i++)
		server_evidence(r, x, &z->servers[i]);
	if (!z->nservers && z->why)
		finding_evidence(r, x, "name servers", "%s", z->why);
	if (z->here.status != DNS_UNASKED)
		finding_evidence(r, x, "zone on this server", "%s%s",
				 mx_set_text(r->arena, &z->here),
				 serial_text(r->arena, &z->here));
	if (z->resolver.status != DNS_UNASKED && mx_set_known(&z->delegated) &&
	    !mx_set_equal(&z->resolver, &z->delegated))
		finding_evidence(r, x, "this server's resolver", "%s%s",
				 mx_set_text(r->arena, &z->resolver), z->resolver_is_own ?
				 ", from the zone on this server" : "");
}

const char *zone_keeper(const struct zone *z)
{
	return z && z->keeper ? z->keeper : "its DNS operator";
}

void zone_letter(struct report *r, struct finding *x, const struct domain *d,
		 const char *wanted, const char *why)
{
	const struct zone *z = domain_zone(d);

	if (!z || z->delegated_here || !mx_set_known(&z->delegated))
		return;
	x->letter_to = arena_printf(r->arena,
		"whoever manages the DNS of %s (its name servers belong to %s)",
		d->name, zone_keeper(z));
	x->letter = arena_printf(r->arena,
		"Please change the MX records of %s.\n"
		"Now:    %s\n"
		"Wanted: %s\n"
		"Why:    %s\n"
		"Name servers asked: %s%s",
		d->name, mx_set_text(r->arena, &z->delegated), wanted, why,
		z->servers[0].name, z->nservers > 1 ? " and others" : "");
}
