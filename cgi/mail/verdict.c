#include <string.h>

#include "base/text.h"
#include "core/zone.h"
#include "mail/providers.h"
#include "mail/verdict.h"

const char *verdict_name(enum routing_verdict v)
{
	static const char *const names[] = {
		[ROUTING_UNJUDGED] = "unjudged",
		[ROUTING_OK] = "ok",
		[ROUTING_LINE_UNUSABLE] = "line_unusable",
		[ROUTING_NO_ANSWER] = "no_answer",
		[ROUTING_NXDOMAIN] = "nxdomain",
		[ROUTING_NOT_PUBLIC] = "not_public",
		[ROUTING_UNTOLD] = "untold",
		[ROUTING_LISTED_TWICE] = "listed_twice",
		[ROUTING_UNLISTED] = "unlisted",
		[ROUTING_GATEWAY] = "gateway",
		[ROUTING_LOCAL_MX_ELSEWHERE] = "local_mx_elsewhere",
		[ROUTING_REMOTE_MX_HERE] = "remote_mx_here",
		[ROUTING_SHOULD_BE_BACKUP] = "should_be_backup",
		[ROUTING_MX_DEAD] = "mx_dead",
		[ROUTING_NOT_HOSTED] = "not_hosted",
	};

	return names[v];
}

bool routing_is_wrong(enum routing_verdict v)
{
	return v == ROUTING_LISTED_TWICE || v == ROUTING_UNLISTED ||
		v == ROUTING_LOCAL_MX_ELSEWHERE || v == ROUTING_REMOTE_MX_HERE ||
		v == ROUTING_SHOULD_BE_BACKUP;
}

/* ---- the exchangers --------------------------------------------------- */

/* 127.0.0.1 is another server to each that asks: Exim passes over it as over a
 * host that does not exist (ignore_target_hosts). */
static bool exists(const struct mx_host *h)
{
	for (size_t i = 0; i < h->nips; i++)
		if (!ip_is_loopback(&h->ips[i]))
			return true;
	return false;
}

/* An address of one family proves "ours" at once; "elsewhere" and "absent" need
 * the answer for both. */
enum mx_host_state mx_host_state(const struct mx_host *h)
{
	if (h->ours)
		return MX_HOST_OURS;
	if (dns_unanswered(h->a) || dns_unanswered(h->aaaa))
		return MX_HOST_UNKNOWN;
	return exists(h) ? MX_HOST_ELSEWHERE : MX_HOST_ABSENT;
}

bool mx_lowest_preference(const struct domain *d, uint16_t *lowest)
{
	bool any = false;

	for (size_t i = 0; i < d->nmx; i++) {
		if (mx_host_state(d->mx[i].host) == MX_HOST_ABSENT ||
		    (any && d->mx[i].preference >= *lowest))
			continue;
		*lowest = d->mx[i].preference;
		any = true;
	}
	return any;
}

/* The first by name of the hosts in that state, at that preference or, with
 * at == NULL, at any: the same whatever the order of the records. */
static const struct mx *find_host(const struct domain *d, enum mx_host_state state,
				  const uint16_t *at)
{
	const struct mx *best = NULL;

	for (size_t i = 0; i < d->nmx; i++) {
		const struct mx *m = &d->mx[i];

		if (mx_host_state(m->host) == state && (!at || m->preference == *at) &&
		    (!best || strcmp(m->host->name, best->host->name) < 0))
			best = m;
	}
	return best;
}

static bool any_below(const struct domain *d, uint16_t preference)
{
	for (size_t i = 0; i < d->nmx; i++)
		if (d->mx[i].preference < preference)
			return true;
	return false;
}

const struct mx_host *mx_literal(const struct domain *d)
{
	const struct mx_host *best = NULL;

	for (size_t i = 0; i < d->nmx; i++) {
		const struct mx_host *h = d->mx[i].host;

		if (h->is_address && (!best || strcmp(h->name, best->name) < 0))
			best = h;
	}
	return best;
}

static struct mx_view none(const struct mx_host *h, const char *why)
{
	return (struct mx_view){ .side = MX_NONE, .host = h, .why = why };
}

static struct mx_view unknown(const struct mx_host *h, const char *why)
{
	return (struct mx_view){ .side = MX_UNKNOWN, .host = h, .why = why };
}

static struct mx_view look_implicit(const struct domain *d)
{
	static const enum mx_side sides[] = {
		[MX_HOST_OURS] = MX_HERE, [MX_HOST_ELSEWHERE] = MX_ELSEWHERE,
	};
	struct mx_view v = { .host = d->implicit, .implicit = true };
	enum mx_host_state state;

	if (!d->implicit)
		return unknown(NULL, "its own address was not asked for");
	state = mx_host_state(d->implicit);
	if (state == MX_HOST_UNKNOWN)
		return unknown(d->implicit, "it has no MX, and its own address could not be looked up");
	if (state == MX_HOST_ABSENT) {
		v.side = MX_NONE;
		v.why = "it has neither an MX nor an address";
	} else {
		v.side = sides[state];
	}
	return v;
}

static struct mx_view look_hosts(const struct domain *d)
{
	struct mx_view v = { .side = MX_HERE };
	const struct mx *m;

	if (!mx_lowest_preference(d, &v.preference))
		return none(find_host(d, MX_HOST_ABSENT, NULL)->host,
			    "none of its mail exchangers exists");
	v.skipped = any_below(d, v.preference);
	m = find_host(d, MX_HOST_OURS, &v.preference);
	if (!m && (m = find_host(d, MX_HOST_UNKNOWN, &v.preference)))
		return unknown(m->host, "the address of a mail exchanger could not be looked up");
	if (!m) {
		m = find_host(d, MX_HOST_ELSEWHERE, &v.preference);
		v.side = find_host(d, MX_HOST_OURS, NULL) ? MX_BACKUP_HERE : MX_ELSEWHERE;
	}
	v.host = m->host;
	return v;
}

struct mx_view mx_look(const struct domain *d)
{
	if (d->mx_status == DNS_NODATA)
		return look_implicit(d);
	if (d->mx_status == DNS_NXDOMAIN)
		return none(NULL, "it does not exist in the DNS");
	if (d->mx_status != DNS_OK)
		return unknown(NULL, "its MX records could not be looked up");
	if (d->null_mx)
		return none(NULL, "its MX says that it takes no mail (null MX)");
	if (mx_literal(d))
		return none(mx_literal(d), "an MX names an address instead of a host");
	if (!d->nmx)
		return none(NULL, "it has no usable MX");
	return look_hosts(d);
}

static bool any_public(const struct ip *ips, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ip_is_private(&ips[i]))
			return true;
	return false;
}

bool mx_host_reachable(const struct mx_host *h)
{
	return any_public(h->ips, h->nips);
}

const char *mx_doubt(const struct facts *f, const struct mx_view *v)
{
	if (v->side != MX_ELSEWHERE && v->side != MX_BACKUP_HERE)
		return NULL;
	if (f->nown && !any_public(f->own, f->nown))
		return "Only private addresses of this server are known, so its own public one may look like another server's. Declare that (address = IP in /etc/relaydoctor/relaydoctor.conf, or --address IP), then scan again.";
	if (!mx_host_reachable(v->host))
		return "The mail exchanger has a private address, which is another machine, or none, for everybody else. Correct the DNS first.";
	return NULL;
}

/* ---- who is behind them ----------------------------------------------- */

/* Calls each(h, …) until one of the lowest exchangers that exist says yes. */
static bool lowest_any(const struct domain *d, bool (*each)(const struct mx_host *))
{
	uint16_t lowest;

	if (d->mx_status != DNS_OK || !mx_lowest_preference(d, &lowest))
		return false;
	for (size_t i = 0; i < d->nmx; i++)
		if (d->mx[i].preference == lowest && !d->mx[i].host->ours &&
		    mx_host_state(d->mx[i].host) != MX_HOST_ABSENT &&
		    each(d->mx[i].host))
			return true;
	return false;
}

static bool is_gateway(const struct mx_host *h)
{
	return h->kind == PROVIDER_GATEWAY;
}

static bool is_mailbox(const struct mx_host *h)
{
	return h->kind == PROVIDER_MAILBOX;
}

static bool takes_in_the_world(const struct mx_host *h)
{
	const struct provider *p = provider_find(h->name);

	return p && p->only_own_deliveries;
}

bool mx_at_mailbox_provider(const struct domain *d)
{
	return lowest_any(d, is_mailbox);
}

bool mx_behind_gateway(const struct domain *d, const char **why)
{
	enum mx_side side = mx_look(d).side;
	const char *ignored;

	if (!why)
		why = &ignored;
	*why = NULL;
	if (side != MX_ELSEWHERE && side != MX_BACKUP_HERE)
		return false;
	if (lowest_any(d, is_gateway))
		*why = "its mail exchanger is a filtering service that hands mail on";
	else if (domain_more(d)->arrivals.from_provider)
		*why = "the operator of its mail exchangers delivers its mail to this server";
	else if (side == MX_ELSEWHERE && domain_more(d)->arrivals.count &&
		 !lowest_any(d, takes_in_the_world))
		*why = "mail for it arrives here from outside, without a login";
	return *why != NULL;
}

bool log_is_telling(const struct facts *f)
{
	return f->source[SOURCE_LOG].state == SOURCE_OK && f->log_from &&
		f->log_to - f->log_from >= (int64_t)LOG_DAYS_ENOUGH * 86400;
}

/* ---- the verdict ------------------------------------------------------ */

/* The domain's records, or the addresses they lead to, are this server's word
 * alone. */
static bool answer_is_own(const struct domain *d)
{
	bool own = d->answer_is_own || (d->implicit && d->implicit->answer_is_own);

	for (size_t i = 0; i < d->nmx && !own; i++)
		own = d->mx[i].host->answer_is_own;
	return own;
}

/* localhost, localhost.localdomain, a bare host name: in many a server's list,
 * and in no public DNS. */
static bool is_internal(const char *name)
{
	const char *dot = strrchr(name, '.');

	return !dot || !strcmp(dot, ".localdomain") || !strcmp(dot, ".localhost");
}

bool domain_is_the_server(const struct facts *f, const struct domain *d)
{
	return f->hostname && !strcmp(f->hostname, d->name);
}

bool domain_listed(const struct domain *d)
{
	return d->line[LIST_LOCAL] || d->line[LIST_REMOTE] || d->line[LIST_SECONDARY];
}

bool domain_line_unusable(const struct domain *d)
{
	return !domain_listed(d) &&
		(domain_more(d)->bad_line[LIST_LOCAL] || domain_more(d)->bad_line[LIST_REMOTE] ||
		 domain_more(d)->bad_line[LIST_SECONDARY]);
}

bool domain_hosted(const struct domain *d)
{
	return d->owner || domain_listed(d) || domain_line_unusable(d);
}

bool domain_is_public(const struct domain *d)
{
	return !answer_is_own(d) && !is_internal(d->name);
}

static void say(struct domain *d, enum routing_verdict v, const char *why)
{
	d->routing = v;
	d->routing_why = why;
}

/* False when something that every verdict rests on could not be read. */
static bool can_judge(const struct facts *f, struct domain *d, struct arena *a)
{
	static const enum source_index needed[] = {
		SOURCE_DOMAINS, SOURCE_ADDRESSES, SOURCE_DNS,
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		const struct source_status *s = &f->source[needed[i]];

		if (s->state == SOURCE_OK)
			continue;
		say(d, ROUTING_UNJUDGED,
		    arena_printf(a, "not judged, %s: %s", source_name(needed[i]),
				 s->why ? s->why : "not known here"));
		return false;
	}
	return true;
}

static void say_line_unusable(struct domain *d, struct arena *a)
{
	for (int l = 0; l < NLISTS; l++) {
		if (!domain_more(d)->bad_line[l])
			continue;
		say(d, ROUTING_LINE_UNUSABLE,
		    arena_printf(a, "line %u of %s names it in a way that Exim cannot match: %s",
				 domain_more(d)->bad_line[l], list_path((enum list_id)l),
				 domain_more(d)->bad_why[l]));
		return;
	}
}

static void say_no_answer(struct domain *d, const struct mx_view *v,
			  struct arena *a)
{
	if (!v->host)
		say(d, ROUTING_NO_ANSWER,
		    arena_printf(a, "%s: %s", v->why, dns_status_text(d->mx_status)));
	else
		say(d, ROUTING_NO_ANSWER,
		    arena_printf(a, "%s: %s (A: %s, AAAA: %s)", v->why,
				 v->host->name, dns_status_text(v->host->a),
				 dns_status_text(v->host->aaaa)));
}

static void say_not_public(struct domain *d, struct arena *a)
{
	const struct zone *zone = domain_zone(d);
	const char *why = zone ? zone->why : NULL;

	say(d, ROUTING_NOT_PUBLIC,
	    arena_printf(a, "the answer came from this server's own zone, not from the public DNS%s%s",
			 why ? ", and its name servers gave none: " : "", why ? why : ""));
}

/* No account has it, by a list of owners that could be read. */
static bool is_ownerless(const struct facts *f, const struct domain *d)
{
	return !d->owner && f->source[SOURCE_OWNERS].state == SOURCE_OK;
}

/* Its MX names this server, which knows nothing of it. */
static void say_not_hosted(struct domain *d, const struct mx_view *v,
			   struct arena *a)
{
	say(d, ROUTING_NOT_HOSTED,
	    arena_printf(a, "its mail exchanger %s is this server, but no account here has it",
			 v->host->name));
}

/* In no list: the file is to blame, or nobody entered it, or it is no domain
 * of this server at all. */
static void judge_unlisted(const struct facts *f, struct domain *d,
			   const struct mx_view *v, struct arena *a)
{
	const bool *loose = f->exim.loose;

	if (f->panel)
		say(d, ROUTING_UNJUDGED, d->owner ?
		    "cPanel names no Email Routing for it, as for most subdomains, and its lists cannot be read from here" :
		    "no account has it of those that the token may see");
	else if (is_ownerless(f, d) && v->side == MX_HERE && !v->implicit &&
	    !loose[LIST_LOCAL] && !loose[LIST_SECONDARY])
		say_not_hosted(d, v, a);
	else if (!d->owner)
		say(d, ROUTING_UNJUDGED, "it is in no list and in no account of this server");
	else if (loose[LIST_LOCAL] || loose[LIST_REMOTE] || loose[LIST_SECONDARY])
		say(d, ROUTING_UNJUDGED, "it is in no list, but Exim looks a list up by patterns that may match it");
	else
		say(d, ROUTING_UNLISTED, "it belongs to an account here but is in none of the three lists");
}

/* The server's own name, which no account has: no routing of the panel's. */
static bool is_the_servers_alone(const struct facts *f, const struct domain *d)
{
	return domain_is_the_server(f, d) && is_ownerless(f, d);
}

static void judge_the_server(struct domain *d)
{
	if (d->line[LIST_LOCAL] && !d->line[LIST_REMOTE] && !d->line[LIST_SECONDARY])
		say(d, ROUTING_OK, "it is this server's own name, which has to be local");
	else
		say(d, ROUTING_UNJUDGED, "it is this server's own name, which has to be local and in no other list");
}

static void judge_here(const struct facts *f, struct domain *d,
		       const struct mx_view *v, struct arena *a)
{
	const char *what = v->implicit ? "it has no MX, its own address is this server" :
		arena_printf(a, "its mail exchanger %s is this server", v->host->name);

	if (d->line[LIST_LOCAL])
		say(d, ROUTING_OK, arena_printf(a, "%s, and it is delivered here", what));
	else if (d->line[LIST_SECONDARY])
		say(d, ROUTING_UNJUDGED,
		    arena_printf(a, "%s, and it is listed as a backup: whether a primary stands behind cannot be seen from here", what));
	else if (is_ownerless(f, d) && !v->implicit)
		say_not_hosted(d, v, a);
	else
		say(d, ROUTING_REMOTE_MX_HERE,
		    arena_printf(a, "%s, but it is listed as remote", what));
}

static void judge_backup_here(struct domain *d, const struct mx_view *v,
			      struct arena *a)
{
	const char *behind;
	const char *what = arena_printf(a, "mail goes to %s first, this server is a backup",
					v->host->name);

	if (d->line[LIST_SECONDARY])
		say(d, ROUTING_OK, arena_printf(a, "%s, and listed as one", what));
	else if (d->line[LIST_LOCAL] && mx_behind_gateway(d, &behind))
		say(d, ROUTING_GATEWAY, behind);
	else
		say(d, ROUTING_SHOULD_BE_BACKUP,
		    arena_printf(a, "%s, but not listed as one", what));
}

static void judge_elsewhere(struct domain *d, const struct mx_view *v,
			    struct arena *a)
{
	const char *behind;

	if (!d->line[LIST_LOCAL])
		say(d, ROUTING_OK, arena_printf(a, d->line[LIST_SECONDARY] ?
			"its mail goes to %s; that it is listed as a backup here does no harm" :
			"its mail goes to %s, and it is listed as remote", v->host->name));
	else if (v->implicit)
		say(d, ROUTING_MX_DEAD,
		    "it has no MX, and its address is not this server: nobody can tell where its mail should go");
	else if (mx_behind_gateway(d, &behind))
		say(d, ROUTING_GATEWAY, behind);
	else
		say(d, ROUTING_LOCAL_MX_ELSEWHERE,
		    arena_printf(a, "its mail goes to %s, but this server delivers it here",
				 v->host->name));
}

/* Of a whole server nearly every domain is fine, and nobody reads why: then it is
 * not written out with the exchanger's name. */
static bool is_plainly_right(const struct facts *f, struct domain *d, enum mx_side side)
{
	if (f->partial)
		return false;
	if (side == MX_HERE && d->line[LIST_LOCAL])
		say(d, ROUTING_OK, "its mail exchanger is this server, and it is delivered here");
	else if (side == MX_ELSEWHERE && d->line[LIST_REMOTE] && !d->line[LIST_LOCAL] &&
		 !d->line[LIST_SECONDARY])
		say(d, ROUTING_OK, "its mail goes elsewhere, and it is listed as remote");
	else
		return false;
	return true;
}

/* Most of them have an account, one line, and one exchanger, which the world can
 * reach: if that fits the line, no check has anything to say. */
static bool judge_plain(const struct facts *f, struct domain *d)
{
	static const enum mx_side sides[] = {
		[MX_HOST_OURS] = MX_HERE, [MX_HOST_ELSEWHERE] = MX_ELSEWHERE,
		[MX_HOST_UNKNOWN] = MX_UNKNOWN, [MX_HOST_ABSENT] = MX_NONE,
	};
	const struct mx_host *h = d->nmx == 1 ? d->mx[0].host : NULL;

	d->plain = d->mx_status == DNS_OK && h && !h->is_address && !h->cname &&
		mx_host_reachable(h) && !d->more &&
		d->owner && (d->reseller || !f->accounts_known) &&
		!d->line[LIST_LOCAL] + !d->line[LIST_REMOTE] + !d->line[LIST_SECONDARY] == NLISTS - 1 &&
		domain_is_public(d) && !domain_is_the_server(f, d) &&
		is_plainly_right(f, d, sides[mx_host_state(h)]);
	return d->plain;
}

static void judge_side(const struct facts *f, struct domain *d,
		       const struct mx_view *v, struct arena *a)
{
	if (!v->implicit && is_plainly_right(f, d, v->side))
		return;
	if (v->side == MX_HERE)
		judge_here(f, d, v, a);
	else if (v->side == MX_BACKUP_HERE)
		judge_backup_here(d, v, a);
	else
		judge_elsewhere(d, v, a);
}

void verdict_judge(const struct facts *f, struct domain *d, struct arena *a)
{
	const struct zone *zone = domain_zone(d);
	struct mx_view v;

	if (!can_judge(f, d, a) || judge_plain(f, d))
		return;
	v = mx_look(d);
	if (domain_line_unusable(d))
		say_line_unusable(d, a);
	else if (domain_more(d)->untold)
		say(d, ROUTING_UNTOLD, domain_more(d)->untold);
	else if (is_internal(d->name))
		say(d, ROUTING_UNJUDGED, "a name for use inside a server, never in the public DNS");
	else if (v.side == MX_UNKNOWN && d->mx_status == DNS_UNASKED)
		say(d, ROUTING_UNJUDGED, "its DNS was not asked");
	else if (v.side == MX_UNKNOWN)
		say_no_answer(d, &v, a);
	else if (answer_is_own(d))
		say_not_public(d, a);
	else if (zone && zone->disagree)
		say(d, ROUTING_NOT_PUBLIC, zone->why);
	else if (d->mx_status == DNS_NXDOMAIN)
		say(d, ROUTING_NXDOMAIN, v.why);
	else if (v.side == MX_NONE && !v.implicit)
		say(d, ROUTING_MX_DEAD, v.why);
	else if (is_the_servers_alone(f, d))
		judge_the_server(d);
	else if (d->line[LIST_LOCAL] && (d->line[LIST_REMOTE] || d->line[LIST_SECONDARY]))
		say(d, ROUTING_LISTED_TWICE, "it is in lists that exclude each other");
	else if (!domain_listed(d))
		judge_unlisted(f, d, &v, a);
	else if (domain_is_the_server(f, d) && d->line[LIST_LOCAL])
		say(d, ROUTING_OK, "it is this server's own name, which has to be local");
	else if (v.side == MX_NONE)
		say(d, ROUTING_MX_DEAD, v.why);
	else
		judge_side(f, d, &v, a);
}
