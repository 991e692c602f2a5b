#include <string.h>

#include "mail/manual_plan.h"
#include "mail/verdict.h"

const struct manual_route *manual_route_of(const struct facts *f, const char *domain)
{
	for (size_t i = 0; i < f->nmanual; i++)
		if (!strcmp(f->manual[i].domain, domain))
			return &f->manual[i];
	return NULL;
}

const char *manual_route_obstacle(const struct facts *f, const struct domain *d,
				  const struct manual_route *m, struct arena *a)
{
	struct ip literal;

	if (f->panel)
		return "it is another server's";
	if (!d->owner)
		return "no account on this server has the domain";
	if (m->fault || m->special || m->nhosts != 1 ||
	    ip_parse(&literal, m->hosts[0]->name))
		return "the line is more than one host by its name, which cPanel could not put back";
	if (d->routing != ROUTING_OK)
		return arena_printf(a, "without it mail would go by a routing that is not right (%s)",
				    d->routing_why ? d->routing_why : "not judged");
	return NULL;
}
