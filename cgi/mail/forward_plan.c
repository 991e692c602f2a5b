#include <string.h>

#include "base/text.h"
#include "mail/forward_plan.h"
#include "mail/forward_view.h"
#include "mail/manual_plan.h"
#include "mail/verdict.h"

#define VALUE_MAX 255	/* of the helper */

const struct forward_node *forward_named(const struct forward_facts *f, const char *name)
{
	for (size_t i = 0; i < f->nnodes; i++)
		if (f->nodes[i].line && !strcmp(f->nodes[i].name, name))
			return &f->nodes[i];
	return NULL;
}

const char *forward_value(const struct forward_facts *f, const struct forward_node *n,
			  const struct forward_edge *without, struct arena *a)
{
	char *value = NULL;

	for (uint32_t i = 0; i < n->n; i++) {
		const struct forward_edge *e = &f->edges[n->first + i];

		if (e != without)
			value = arena_printf(a, "%s%s%s", value ? value : "", value ? "," : "",
					     forward_target(f, e));
	}
	return value ? text_sort_list(value) : "none";
}

static bool named_twice(const struct forward_facts *f, const struct forward_node *n)
{
	for (uint32_t i = 1; i < n->n; i++)
		for (uint32_t k = 0; k < i; k++)
			if (f->edges[n->first + i].to == f->edges[n->first + k].to)
				return true;
	return false;
}

/* The panel puts addresses back, and nothing else. */
static bool addresses_alone(const struct forward_facts *f, const struct forward_node *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		if (f->edges[n->first + i].kind != FORWARD_ADDRESS)
			return false;
	return n->n > 0;
}

const char *forward_obstacle(const struct facts *f, const struct forward_node *n,
			     struct arena *a)
{
	const struct domain *d = facts_domain(f, n->domain);

	if (!d || !d->owner)
		return "no account on this server has the domain";
	return forward_odd_line(&f->forwarding, n, a);
}

const char *forward_odd_line(const struct forward_facts *g, const struct forward_node *n,
			     struct arena *a)
{
	if (n->n > VALUE_MAX / 4 || !addresses_alone(g, n) || named_twice(g, n) ||
	    strlen(n->name) > VALUE_MAX ||
	    strlen(forward_value(g, n, NULL, a)) > VALUE_MAX)
		return "its line holds more, or something else, than addresses that the panel could put back";
	return NULL;
}

void forward_button(struct report *r, struct finding *x, const struct facts *f,
		    const struct forward_node *n)
{
	const char *why = forward_obstacle(f, n, r->arena);

	if (why)
		finding_no_fix(r, x, "Change it in cPanel, under %s. There is no button for it: %s.",
			       n->is_default ? "Default Address" : "Forwarders", why);
}

const char *forward_death(const struct facts *f, const struct forward_node *to)
{
	const struct domain *d = to->here ? NULL : facts_domain_or_other(f, to->domain);

	if (!d || manual_route_of(f, d->name))
		return NULL;
	if (d->mx_status == DNS_NXDOMAIN && d->routing == ROUTING_NXDOMAIN)
		return "its domain does not exist";
	if (d->null_mx && domain_is_public(d))
		return "its domain says that it takes no mail (null MX)";
	if (d->routing == ROUTING_NOT_HOSTED || d->routing == ROUTING_REMOTE_MX_HERE)
		return "its MX is this server, which does not accept mail for the domain";
	if (d->nmx && domain_is_public(d) && !mx_literal(d) && mx_look(d).side == MX_NONE)
		return "none of its mail exchangers exists";
	return NULL;
}
