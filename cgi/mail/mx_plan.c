#include <string.h>

#include "base/text.h"
#include "core/zone.h"
#include "mail/mx_plan.h"
#include "mail/verdict.h"
#include "mail/zone_evidence.h"

#define TEXT_MAX 256	/* as long as the helper's journal holds */

bool mx_plan_offered(const struct domain *d)
{
	const struct zone *z = domain_zone(d);

	return d->owner && zone_is_ours_alone(z) && !strcmp(z->here.apex, d->name) &&
		!z->delegated.alias;
}

/* ---- whose the zone is ------------------------------------------------ */

static int check_params(const struct fix_input *in, struct err *e)
{
	for (size_t i = 0; i < in->nparams; i++)
		if (strcmp(in->params[i].name, "exchanger") &&
		    strcmp(in->params[i].name, "preference"))
			return err_set(e, ERR_INPUT,
				       "this fix takes exchanger=HOST and preference=NUMBER, not %.40s",
				       in->params[i].name);
	return 0;
}

static const char *elsewhere(const struct zone *z)
{
	if (z->disagree)
		return "its name servers do not say the same; a change may still be on its way between them";
	if (!z->delegated_here)
		return "other servers keep its zone";
	if (z->why)
		return z->why;
	return "not every one of its name servers answers with the serial number of the zone kept here";
}

static int check_delegation(const struct domain *d, struct err *e)
{
	const struct zone *z = domain_zone(d);

	if (zone_is_ours_alone(z) && !z->delegated.alias)
		return 0;
	return err_set(e, ERR_DENIED, "the MX of %s cannot be changed from here: %s (%s)",
		       d->name, z ? elsewhere(z) : "its name servers were not asked",
		       zone_keeper(z));
}

static int check_kept(const struct fix_input *in, const struct domain *d,
		      struct err *e)
{
	const struct zone_kept *k = &in->kept;

	if (!k->known)
		return err_set(e, ERR_UNAVAILABLE,
			       "the zone of %s cannot be read through cPanel: %.300s",
			       d->name, k->why ? k->why : "it was not asked");
	if (!k->authority)
		return err_set(e, ERR_DENIED,
			       "cPanel does not find %s delegated to this server, so a change of its zone here would have no effect",
			       d->name);
	if (k->zone && strcmp(k->zone, d->name))
		return err_set(e, ERR_DENIED,
			       "the records of %s stand in the zone of %s; edit them there (WHM » DNS Functions » DNS Zone Manager)",
			       d->name, k->zone);
	if (strcmp(domain_zone(d)->here.apex, d->name) || k->serial != domain_zone(d)->here.serial)
		return err_set(e, ERR_STALE,
			       "the zone of %s that cPanel has (serial %u) is not yet the one that is served (serial %u); try again in a minute",
			       d->name, k->serial, domain_zone(d)->here.serial);
	return 0;
}

/* The zone file and the name servers speak of the same records. */
static int check_same(const struct domain *d, const struct mx_line *lines,
		      size_t n, struct err *e)
{
	const struct mx_set *s = &domain_zone(d)->delegated;
	bool same = n == s->n;

	for (size_t i = 0; i < n && same; i++)
		same = lines[i].preference == s->records[i].preference &&
			!strcmp(lines[i].host, s->records[i].host);
	if (same)
		return 0;
	return err_set(e, ERR_DENIED,
		       "the zone of %s has other MX records of its own than the DNS tells (a wildcard, or an edit on its way); look at it in WHM » DNS Functions » DNS Zone Manager",
		       d->name);
}

int mx_plan_begin(const struct fix_input *in, struct domain **d,
		  struct mx_line lines[MX_LINES_MAX], size_t *n, struct err *e)
{
	*d = facts_domain(in->facts, in->finding->subject);
	if (!*d || !(*d)->owner)
		return err_set(e, ERR_DENIED, "no account on this server has %s",
			       in->finding->subject);
	if (check_params(in, e) || check_delegation(*d, e) || check_kept(in, *d, e))
		return -1;
	if (!mx_text_parse(in->kept.mx, lines, n))
		return err_set(e, ERR_BUG, "the MX records of %s cannot be read",
			       (*d)->name);
	return check_same(*d, lines, *n, e);
}

/* ---- what was named --------------------------------------------------- */

static bool has_public_address(const struct mx_host *h)
{
	for (size_t i = 0; i < h->nips; i++)
		if (h->ours || !ip_is_private(&h->ips[i]))
			return true;
	return false;
}

int mx_plan_exchanger(const struct fix_input *in, struct err *e)
{
	const char *named = fix_param(in, "exchanger");
	const struct mx_host *h = in->exchanger;
	struct ip literal;

	if (!named || !*named)
		return err_set(e, ERR_INPUT,
			       "name the host that takes the mail of %s: exchanger=HOST",
			       in->finding->subject);
	if (!h || !strchr(h->name, '.') || ip_parse(&literal, h->name) || strlen(h->name) >= MX_HOST_MAX)
		return err_set(e, ERR_INPUT, "'%.100s' is not the name of a mail server (a host, not an address)",
			       named);
	if (dns_unanswered(h->a) || dns_unanswered(h->aaaa))
		return err_set(e, ERR_UNAVAILABLE,
			       "the address of %s could not be looked up (A: %s, AAAA: %s)",
			       h->name, dns_status_text(h->a), dns_status_text(h->aaaa));
	if (h->cname)
		return err_set(e, ERR_INPUT,
			       "%s is an alias of %s; an MX must name a host itself (RFC 2181, 10.3)",
			       h->name, h->cname);
	if (!has_public_address(h))
		return err_set(e, ERR_INPUT,
			       "%s has no address that the public internet could reach",
			       h->name);
	return 0;
}

int mx_plan_preference(const struct fix_input *in, uint16_t otherwise,
		       uint16_t *out, struct err *e)
{
	const char *asked = fix_param(in, "preference");
	uint64_t n = otherwise;

	if (asked && *asked && !slice_uint(slice_of(asked), UINT16_MAX, &n))
		return err_set(e, ERR_INPUT, "a preference is a number from 0 to 65535, not '%.40s'",
			       asked);
	*out = (uint16_t)n;
	return 0;
}

/* ---- where it leads --------------------------------------------------- */

static struct mx_host *host_of(const struct fix_input *in, const struct domain *d,
			       const char *name)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (!strcmp(d->mx[i].host->name, name))
			return d->mx[i].host;
	return in->exchanger;
}

/* On which side of the new records this server would be. */
static enum mx_side side_of(const struct fix_input *in, const struct domain *d,
			    const struct mx_line *lines, size_t n)
{
	struct mx mx[MX_LINES_MAX];
	struct domain after = {
		.name = d->name, .mx_status = DNS_OK, .mx = mx, .nmx = n,
	};

	for (size_t i = 0; i < n; i++) {
		mx[i].preference = lines[i].preference;
		mx[i].host = host_of(in, d, lines[i].host);
	}
	return mx_look(&after).side;
}

static const char *listed_as(const struct domain *d)
{
	if (d->line[LIST_LOCAL])
		return d->line[LIST_REMOTE] || d->line[LIST_SECONDARY] ? NULL : "local";
	return d->line[LIST_SECONDARY] ? "secondary" : d->line[LIST_REMOTE] ? "remote" : NULL;
}

static int check_routing(const struct fix_input *in, const struct domain *d,
			 const struct mx_line *lines, size_t n, struct err *e)
{
	static const char *const words[] = {
		[MX_HERE] = "local", [MX_BACKUP_HERE] = "secondary",
		[MX_ELSEWHERE] = "remote",
	};
	enum mx_side side = side_of(in, d, lines, n);
	const char *leads = side == MX_UNKNOWN || side == MX_NONE ? NULL : words[side];
	const char *now = listed_as(d);

	if (!domain_more(d)->mxcheck)
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel did not say how %s is routed now", d->name);
	if (!now || !leads)
		return err_set(e, ERR_DENIED,
			       "where the mail of %s would go cannot be told; set its Email Routing right first",
			       d->name);
	if (strcmp(now, leads))
		return err_set(e, ERR_DENIED,
			       "with these exchangers %s belongs on “%s”, and it is on “%s”: name another exchanger, or set its Email Routing first",
			       d->name, leads, now);
	if (!strcmp(domain_more(d)->mxcheck, "auto") && (!domain_more(d)->detected || strcmp(domain_more(d)->detected, leads)))
		return err_set(e, ERR_DENIED,
			       "Email Routing of %s is on Automatically Detect, which says “%s” now and would say “%s” then; set it to “%s” first",
			       d->name, domain_more(d)->detected ? domain_more(d)->detected : "unknown", leads, leads);
	return 0;
}

int mx_plan_end(const struct fix_input *in, struct domain *d,
		struct mx_line *lines, size_t n, struct plan *p, struct err *e)
{
	char text[TEXT_MAX];

	if (check_routing(in, d, lines, n, e))
		return -1;
	if (!mx_text_print(text, sizeof(text), lines, n))
		return err_set(e, ERR_LIMIT, "%s would have too many MX records to be put back later",
			       d->name);
	plan_op(p, "set_mx", d->name, in->kept.mx, text);
	plan_note(p, "The zone of %s on this server is edited as account %s. Its serial number is %u: if anybody edits the zone before, nothing is done.",
		  d->name, d->owner, in->kept.serial);
	plan_note(p, "Other servers may go by the old records for as long as they keep them: up to %u seconds here.",
		  d->ttl ? d->ttl : MX_PLAN_TTL);
	if (!strcmp(domain_more(d)->mxcheck, "auto"))
		plan_note(p, "Email Routing is on Automatically Detect, and these exchangers lead to the same as now. Should cPanel move it all the same, the old records are put back at once.");
	return 0;
}
