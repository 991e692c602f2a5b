#include <string.h>
#include <strings.h>

#include "engine/preview.h"
#include "engine/probe.h"
#include "sources/exim.h"
#include "sources/relay_lists.h"
#include "sources/whm.h"
#include "sources/zones.h"

const char *preview_address(const char *domain, const char *mailbox,
			    struct arena *a)
{
	return mailbox ? mailbox : arena_printf(a, "postmaster@%s", domain);
}

/* "check:subject" → its two parts; NULL when it is not of that form. */
const struct check *preview_split(const char *finding, const char **subject)
{
	const char *colon = strchr(finding, ':');
	char id[64];

	if (!colon || (size_t)(colon - finding) >= sizeof(id))
		return NULL;
	memcpy(id, finding, (size_t)(colon - finding));
	id[colon - finding] = '\0';
	*subject = colon + 1;
	return check_find(id);
}

const char *preview_domain(const char *subject, char out[DOMAIN_TEXT_MAX])
{
	size_t n = strcspn(subject, ">");
	const char *at = memrchr(subject, '@', n);
	const char *domain = at ? at + 1 : subject;

	n -= (size_t)(domain - subject);
	if (at == subject || n >= DOMAIN_TEXT_MAX)
		return NULL;
	memcpy(out, domain, n);
	out[n] = '\0';
	return text_is_domain(out) ? out : NULL;
}

static const struct finding *still_there(const struct report *r, const char *id)
{
	for (const struct finding *x = r->first; x; x = x->next)
		if (!strcmp(x->id, id))
			return x;
	return NULL;
}

static int refuse_gone(const char *id, const struct facts *f,
		       const struct domain *d, struct err *e)
{
	const char *why = d && d->routing_why ? d->routing_why : "";

	for (int i = 0; i < NSOURCES; i++)
		if (i != SOURCE_SETTINGS && f->source[i].state == SOURCE_FAILED)
			return err_set(e, ERR_UNAVAILABLE,
				       "%s cannot be judged now: %s", id,
				       f->source[i].why);
	if (d && (d->routing == ROUTING_NO_ANSWER || d->routing == ROUTING_NOT_PUBLIC ||
		  d->routing == ROUTING_UNJUDGED))
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be judged now: %s", id, why);
	return err_set(e, ERR_STALE,
		       "%s is not found any more%s%s; scan again to see the present state",
		       id, *why ? ": " : "", why);
}

/* Of a check that has looked and found nothing, where a fix of it may be named all the
 * same: the server stands for the finding. */
static const struct finding *not_found(const struct report *r, const char *id,
				       const struct check *c, const char *subject,
				       const struct fix_input *in)
{
	const struct facts *f = in->facts;
	const char *named = fix_param(in, "fix");
	const struct fix *fix = named && c && c->page_fix && !strcmp(named, c->page_fix) ?
		fix_find(named) : NULL;
	struct finding *x;

	if (!fix || !fix->unasked || (c->needs & ~facts_available(f)) ||
	    !f->hostname || strcmp(subject, f->hostname))
		return NULL;
	x = arena_zalloc(r->arena, sizeof(*x));
	x->check = c;
	x->id = id;
	x->severity = SEV_INFO;
	x->subject = f->hostname;
	x->text = c->title;
	return x;
}

/* What has no button, an admin who knows better may have (fix_is_asked_for): the fix
 * itself then refuses or takes it. */
static const struct fix *fix_of(const struct fix_input *in, struct err *e)
{
	const struct finding *x = in->finding;
	const char *named = fix_param(in, "fix");
	const char *id = named && x->check->page_fix && !strcmp(named, x->check->page_fix) ?
		named : x->fix ? x->fix : x->check->fix;
	const struct fix *fix = id ? fix_find(id) : NULL;

	if (fix && id == x->check->fix && id != x->fix && !fix_is_asked_for(fix, in))
		fix = NULL;
	if (!fix)
		err_set(e, ERR_DENIED, "%s has no one-click fix%s%s", x->id,
			x->advice ? ": " : "", x->advice ? x->advice : "");
	return fix;
}

/* A mailbox that is forwarded says nothing about the domain. */
const char *preview_leaves_for(const struct exim_route *r)
{
	if (r->kind != EXIM_ROUTE_REMOTE || r->asked)
		return NULL;
	return r->nhosts ? r->hosts[0].name : "another server";
}

int preview_choose(const struct report *r, const char *id, struct fix_input *in,
		   const struct fix **fix, struct err *e)
{
	const char *subject;
	const struct check *c = preview_split(id, &subject);
	bool of_server = c && check_is_of_server(c);

	in->finding = still_there(r, id);
	if (!in->finding)
		in->finding = not_found(r, id, c, subject, in);
	if (!in->finding)
		return refuse_gone(id, in->facts, of_server ? NULL :
				   facts_domain(in->facts, subject), e);
	*fix = fix_of(in, e);
	return *fix ? 0 : -1;
}

/* What a fix of the zone plans from. */
static void look_at_zone(struct world *w, const struct domain *d, struct arena *a,
			 struct preview *out)
{
	const char *named = fix_param(&out->input, "exchanger");
	struct mx_host *host;

	whm_ask_zone(w, d, a, &out->input.kept);
	if (!named || !text_is_domain(named))
		return;
	host = arena_zalloc(a, sizeof(*host));
	zones_look_up_host(w, &out->facts, text_lower(arena_strdup(a, named)), a, host);
	out->input.exchanger = host;
}

static void look_at_client(struct world *w, struct arena *a, struct preview *out)
{
	const char *named = fix_param(&out->input, "address");
	struct relay_trust *t = arena_zalloc(a, sizeof(*t));

	if (!named || !ip_parse(&t->ip, named))
		return;
	relay_trust_ask(w, t, a);
	out->input.trust = t;
}

static int of_server(struct world *w, const char *id, struct arena *a,
		     struct preview *out, struct err *e)
{
	out->of_server = true;
	scan_server(w, a, &out->facts, &out->report);
	if (preview_choose(&out->report, id, &out->input, &out->fix, e))
		return -1;
	return out->fix->plan(&out->input, &out->plan, e);
}

static int of_address(struct world *w, const char *id, struct ip ip,
		      struct arena *a, struct preview *out, struct err *e)
{
	struct ip *asked = arena_zalloc(a, sizeof(*asked));

	*asked = ip;
	out->of_address = true;
	scan_address(w, asked, a, &out->facts, &out->look, &out->report);
	if (preview_choose(&out->report, id, &out->input, &out->fix, e))
		return -1;
	return out->fix->plan(&out->input, &out->plan, e);
}

bool preview_is_port(const char *subject, unsigned *port, int *family)
{
	struct slice rest = slice_of(subject), number = slice_cut(&rest, '/');
	uint64_t n;

	*family = slice_eq(rest, "IPv4") ? 4 : slice_eq(rest, "IPv6") ? 6 : 0;
	if (!*family || !slice_uint(number, 65535, &n))
		return false;
	*port = (unsigned)n;
	return true;
}

static bool is_listener(const struct check *c)
{
	return c->fix && !strcmp(c->fix, "enable_listener");
}

static int of_port(struct world *w, const char *id, struct arena *a,
		   struct preview *out, struct err *e)
{
	if (ports_judge(w, a, &out->facts, &out->report, e) ||
	    preview_choose(&out->report, id, &out->input, &out->fix, e))
		return -1;
	return out->fix->plan(&out->input, &out->plan, e);
}

/* What Exim is asked about: the address itself, or the mailbox before a '>'. */
static const char *address_of(const char *subject, struct arena *a)
{
	size_t n = strcspn(subject, ">");

	return memchr(subject, '@', n) ? arena_strndup(a, subject, n) : NULL;
}

/* Of another forwarder that was chosen: its owner must be known, too. NULL: the same. */
static const char *other_domain(const struct preview *out, const char *domain, struct arena *a)
{
	const char *named = fix_param(&out->input, "forwarder");
	char at[DOMAIN_TEXT_MAX];
	const char *other = named ? preview_domain(named, at) : NULL;

	return other && strcasecmp(other, domain) ? text_lower(arena_strdup(a, other)) : NULL;
}

static int of_domain(struct world *w, const char *id, const char *subject,
		     struct arena *a, struct preview *out, struct err *e)
{
	char at[DOMAIN_TEXT_MAX];
	const char *domain = text_lower(arena_strdup(a, preview_domain(subject, at)));
	const char *only[3] = { domain, other_domain(out, domain, a), NULL };
	bool whole = !strpbrk(subject, "@>"), filter = strchr(subject, '>');
	struct scan_options o = { .only = only };
	struct domain *d;

	scan_run(w, &o, a, &out->facts, &out->report);
	d = facts_domain(&out->facts, only[0]);
	if (preview_choose(&out->report, id, &out->input, &out->fix, e))
		return -1;
	if (d && d->owner && filter)
		whm_ask_filter(w, d, subject, a, &out->input.filter);
	if (d && d->owner && whole)
		whm_ask_mail_here(w, d, a, &out->input.here);
	if (d && d->owner && out->fix->edits_zone)
		look_at_zone(w, d, a, out);
	if (out->fix->trusts)
		look_at_client(w, a, out);
	out->has_route = !exim_route_ask(w, preview_address(only[0], whole ?
			out->input.here.mailbox : address_of(subject, a), a), a, &out->route, e);
	if (out->has_route)
		out->input.leaves_for = preview_leaves_for(&out->route);
	return out->fix->plan(&out->input, &out->plan, e);
}

int preview_make(struct world *w, const char *id, const struct param *params,
		 size_t nparams, const struct ip *from, struct arena *a,
		 struct preview *out, struct err *e)
{
	const char *subject;
	const struct check *c = preview_split(id, &subject);
	char domain[DOMAIN_TEXT_MAX];
	unsigned port;
	int family;
	struct ip ip;

	memset(out, 0, sizeof(*out));
	out->input = (struct fix_input){
		.facts = &out->facts, .params = params, .nparams = nparams,
		.from = from,
	};
	plan_init(&out->plan, a);
	if (c && ip_parse(&ip, subject))
		return of_address(w, id, ip, a, out, e);
	if (c && is_listener(c) && preview_is_port(subject, &port, &family))
		return of_port(w, id, a, out, e);
	if (c && check_is_of_server(c))
		return of_server(w, id, a, out, e);
	if (c && preview_domain(subject, domain))
		return of_domain(w, id, subject, a, out, e);
	return err_set(e, ERR_NOT_FOUND, "there is no finding '%.100s' with a fix", id);
}
