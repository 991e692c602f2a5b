#include <string.h>

#include "core/zone.h"
#include "mail/routing_evidence.h"
#include "mail/when.h"
#include "mail/zone_evidence.h"

#define ADDRESSES_SHOWN 6
#define RECORDS_SHOWN 20

/* ---- DNS -------------------------------------------------------------- */

static const char *addresses(struct arena *a, const struct mx_host *h)
{
	const char *text = "";
	char one[IP_TEXT_MAX];

	for (size_t i = 0; i < h->nips && i < ADDRESSES_SHOWN; i++)
		text = arena_printf(a, "%s%s%s", text, *text ? ", " : "",
				    ip_text(one, &h->ips[i]));
	if (h->nips > ADDRESSES_SHOWN)
		text = arena_printf(a, "%s and %u more", text,
				    h->nips - ADDRESSES_SHOWN);
	return text;
}

/* What there is to say of a host behind its name. */
static const char *host_text(struct arena *a, const struct mx_host *h)
{
	const char *alias = h->cname ? arena_printf(a, " (alias of %s)", h->cname) : "";

	if (h->is_address)
		return "an address, where a host name belongs";
	if (!h->nips)
		return arena_printf(a, "no address%s (A: %s, AAAA: %s)", alias,
				    dns_status_text(h->a), dns_status_text(h->aaaa));
	return arena_printf(a, "%s%s, %s", addresses(a, h), alias,
			    h->ours ? "this server" :
			    ip_is_loopback(&h->ips[0]) ? "which leads nowhere" :
			    h->provider_title ? h->provider_title :
			    h->provider ? h->provider : "not this server");
}

void host_evidence(struct report *r, struct finding *x, const struct mx_host *h)
{
	if (!h->is_address)
		finding_evidence(r, x, "DNS", "%s: %s", h->name, host_text(r->arena, h));
}

void exchanger_evidence(struct report *r, struct finding *x,
			const struct domain *d)
{
	if (d->mx_status != DNS_OK)
		finding_evidence(r, x, "DNS", "%s MX: %s", d->name,
				 dns_status_text(d->mx_status));
	if (d->null_mx)
		finding_evidence(r, x, "DNS", "%s MX 0 . (takes no mail)", d->name);
	if (d->mx_status == DNS_NODATA && d->implicit)
		finding_evidence(r, x, "DNS", "%s has no MX; its own address: %s",
				 d->name, host_text(r->arena, d->implicit));
	for (size_t i = 0; i < d->nmx && i < RECORDS_SHOWN; i++)
		finding_evidence(r, x, "DNS", "%s MX %u %s: %s", d->name,
				 d->mx[i].preference, d->mx[i].host->name,
				 host_text(r->arena, d->mx[i].host));
}

/* ---- the server ------------------------------------------------------- */

static void list_evidence(struct report *r, struct finding *x,
			  const struct facts *f, const struct domain *d)
{
	for (int l = 0; l < NLISTS; l++) {
		const char *path = list_path((enum list_id)l);

		if (d->line[l])
			finding_evidence(r, x, path, "line %u: %s", d->line[l], d->name);
		if (domain_more(d)->bad_line[l])
			finding_evidence(r, x, path, "line %u does not count: %s",
					 domain_more(d)->bad_line[l], domain_more(d)->bad_why[l]);
	}
	if (!domain_listed(d) && !domain_line_unusable(d))
		finding_evidence(r, x, list_path(LIST_LOCAL), "not listed here, nor in %s, nor in %s",
				 list_path(LIST_REMOTE), list_path(LIST_SECONDARY));
	if (!domain_listed(d) && d->owner)
		finding_evidence(r, x, f->userdomains.path ? f->userdomains.path :
				 "/etc/userdomains", "%s: %s", d->name, d->owner);
}

/* "Automatically Detect" reads the server's own zone when it is set, never
 * again (cPanel documentation, Email Routing). */
static void panel_evidence(struct report *r, struct finding *x,
			   const struct domain *d)
{
	if (!domain_more(d)->mxcheck)
		return;
	if (!strcmp(domain_more(d)->mxcheck, "auto"))
		finding_evidence(r, x, "cPanel", "Email Routing is on Automatically Detect, which once decided: %s. It looks at this server's own zone when it is set and never again",
				 domain_more(d)->detected ? domain_more(d)->detected : "unknown");
	else
		finding_evidence(r, x, "cPanel", "Email Routing is set to: %s", domain_more(d)->mxcheck);
}

static void log_evidence(struct report *r, struct finding *x,
			 const struct facts *f, const struct domain *d)
{
	const struct arrivals *seen = &domain_more(d)->arrivals;
	char when[WHEN_MAX];
	long span = (long)((f->log_to - f->log_from) / 86400);

	if (f->panel && d->routing == ROUTING_LOCAL_MX_ELSEWHERE)
		finding_evidence(r, x, "exim_mainlog", "not seen from here: that server's log would show whether its mail still arrives there, by a gateway of its own");
	if (f->source[SOURCE_LOG].state != SOURCE_OK || !f->log_from)
		return;
	if (seen->count)
		finding_evidence(r, x, "exim_mainlog", "%u message%s came for it from other servers in %ld day%s, the last from %s on %s",
				 seen->count, seen->count == 1 ? "" : "s", span,
				 span == 1 ? "" : "s",
				 seen->last_host ? seen->last_host : "an unknown host",
				 when_text(when, seen->last));
	else
		finding_evidence(r, x, "exim_mainlog", "in %ld day%s no mail came for it from another server",
				 span, span == 1 ? "" : "s");
	if (seen->from_provider && seen->provider_host)
		finding_evidence(r, x, "exim_mainlog", "%s, of the operator of its mail exchangers, delivered here",
				 seen->provider_host);
}

static void exim_evidence(struct report *r, struct finding *x,
			  const struct facts *f)
{
	if (f->source[SOURCE_EXIM].state == SOURCE_OK)
		finding_evidence(r, x, "Exim", "local_domains = %s",
				 f->exim.local_domains ? f->exim.local_domains :
				 "(no such list)");
}

void routing_evidence(struct report *r, struct finding *x,
		      const struct facts *f, const struct domain *d)
{
	if (f->panel)
		finding_evidence(r, x, "domain lists", "not seen from here, only what cPanel says of them: a list that was edited by hand may say something else");
	else
		list_evidence(r, x, f, d);
	exchanger_evidence(r, x, d);
	if (dns_unanswered(d->mx_status))
		zone_evidence(r, x, d);
	panel_evidence(r, x, d);
	log_evidence(r, x, f, d);
	exim_evidence(r, x, f);
}

/* ---- the button ------------------------------------------------------- */

void routing_button(struct report *r, struct finding *x,
		    const struct facts *f, const struct domain *d)
{
	const struct mx_view v = mx_look(d);
	const char *doubt = mx_doubt(f, &v);

	if (doubt)
		finding_no_fix(r, x, "%s", doubt);
	else if (v.side != MX_HERE && zone_misleads(domain_zone(d)))
		finding_no_fix(r, x, "This server's programs go by its own zone of %s, which differs from the public DNS: taken off the local list, its mail would be sent to what that zone says. Correct or remove that zone first (finding zone_differs:%s).",
			       d->name, d->name);
	else if (f->panel)
		finding_no_fix(r, x, "Nothing can be changed from here. On that server, relaydoctor fix %s previews the change; its owner can make it in cPanel under Email Routing.",
			       x->id);
	else if (f->source[SOURCE_EXIM].state == SOURCE_OK && !f->exim.reads[LIST_LOCAL])
		finding_no_fix(r, x, "The running Exim is not seen to look up /etc/localdomains (local_domains = %s), so a change to it might do nothing. Compare the Exim configuration with that list first.",
			       f->exim.local_domains ? f->exim.local_domains : "unknown");
	else if (!d->owner && f->source[SOURCE_OWNERS].state == SOURCE_OK)
		finding_no_fix(r, x, "No account on this server has %s, so the panel cannot change its routing. Give it to an account, or take its line out of the list by hand.",
			       d->name);
	else if (d->whm_asked && !d->whm_listed)
		finding_no_fix(r, x, "cPanel does not offer Email Routing for %s (it leaves out most subdomains). Set it in WHM » DNS Functions » Edit MX Entry, under Email Routing.",
			       d->name);
}

const char *routing_exchanger(struct report *r, const struct mx_view *v)
{
	const struct mx_host *h = v->host;

	if (!h)
		return "unknown";
	if (!h->provider_title)
		return h->name;
	return arena_printf(r->arena, "%s (%s)", h->name, h->provider_title);
}
