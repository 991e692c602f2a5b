#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/parallel.h"
#include "mail/redirect.h"
#include "render/view.h"
#include "render/view_ports.h"
#include "render/view_zone.h"

json_object *view_time(int64_t t)
{
	time_t when = (time_t)t;
	char text[32];
	struct tm tm;

	if (!t || !gmtime_r(&when, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return NULL;
	return json_object_new_string(text);
}

json_object *view_last_day(int64_t t)
{
	json_object *time = view_time(t - 86400), *day;

	day = time ? json_object_new_string_len(json_object_get_string(time), 10) : NULL;
	json_object_put(time);
	return day;
}

static json_object *view_ips(const struct ip *ips, size_t n)
{
	json_object *list = json_object_new_array();
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_string(
			ip_text(text, &ips[i])));
	return list;
}

static json_object *view_words(const char *const *words, size_t n)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_new_text(words[i]));
	return list;
}

static json_object *view_server(const struct facts *f, const char *world,
				int64_t took_ms)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "hostname", f->hostname);
	json_object_object_add(o, "scanned_at", view_time(f->now));
	json_put_number(o, "duration_ms", took_ms);
	json_put_text(o, "world", world);
	json_put_text(o, "panel", f->panel);
	json_put_text(o, "exim", f->exim.version);
	json_object_object_add(o, "addresses", view_ips(f->own, f->nown));
	json_put_number(o, "scan_every", f->scan_every);
	json_put_number(o, "scan_on_change", f->scan_on_change);
	json_put_number(o, "probe_every", f->probe_every);
	json_put_number(o, "api_rate", f->api_rate);
	json_object_object_add(o, "one_call", view_words(f->one_call, f->none_call));
	json_put_number(o, "domains", (int64_t)f->ndomains);
	if (f->ports.outside.asked)
		json_object_object_add(o, "outside", view_outside(f));
	return o;
}

/* Why a source did not tell what it should; NULL: it did. A resolver without an
 * answer for a few names leaves each of them UNKNOWN, but it is silent too. */
static const char *silence(const struct facts *f, enum source_index i)
{
	if (f->source[i].state != SOURCE_OK)
		return f->source[i].why ? f->source[i].why : "no reason given";
	if (i == SOURCE_DNS && facts_dns_silent(f))
		return "no domain's MX records could be looked up";
	return NULL;
}

static json_object *view_sources(const struct facts *f)
{
	json_object *list = json_object_new_array();

	for (int i = 0; i < NSOURCES; i++) {
		json_object *o = json_object_new_object();
		const char *why = silence(f, (enum source_index)i);

		json_put_text(o, "name", source_name((enum source_index)i));
		json_put_flag(o, "ok", !why);
		/* There is none to ask: nothing that is there was left unread. */
		json_put_flag(o, "absent", f->source[i].state == SOURCE_ABSENT);
		json_put_text(o, "why", why);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *view_summary(const struct facts *f, const struct report *r)
{
	json_object *o = json_object_new_object();
	json_object *not_asked = json_object_new_array();

	for (int s = SEV_CRITICAL; s <= SEV_INFO; s++)
		json_put_number(o, severity_name((enum severity)s),
				(int64_t)r->count[s]);
	json_put_number(o, "muted", (int64_t)r->nmuted);
	json_put_number(o, "domains", (int64_t)f->ndomains);
	for (size_t i = 0; i < r->nnot_asked; i++)
		json_object_array_add(not_asked,
				      json_object_new_string(r->not_asked[i]->id));
	json_object_object_add(o, "not_asked", not_asked);
	return o;
}

static json_object *view_evidence(const struct finding *x)
{
	json_object *list = json_object_new_array();

	for (const struct evidence *ev = x->evidence; ev; ev = ev->next) {
		json_object *o = json_object_new_object();

		json_put_text(o, "source", ev->source);
		json_put_text(o, "text", ev->text);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *view_fix(const char *id)
{
	const struct fix *fix = id ? fix_find(id) : NULL;
	json_object *o;

	if (!fix)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "id", fix->id);
	json_put_text(o, "title", fix->title);
	json_put_text(o, "risk", fix->risk);
	json_put_flag(o, "bulk", fix->bulk);
	return o;
}

static json_object *view_letter(const struct finding *x)
{
	json_object *o;

	if (!x->letter)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "to", x->letter_to);
	json_put_text(o, "text", x->letter);
	return o;
}

static json_object *view_impact(const struct impact *i)
{
	json_object *o, *accounts;

	if (!i)
		return NULL;
	o = json_object_new_object();
	accounts = json_object_new_array();
	json_put_number(o, "mails", (int64_t)i->mails);
	json_put_number(o, "days", i->days);
	for (size_t n = 0; n < i->naccounts; n++)
		json_object_array_add(accounts, json_new_text(i->accounts[n]));
	json_object_object_add(o, "accounts", accounts);
	return o;
}

const struct domain *view_domain_of(const struct facts *f, const char *subject)
{
	struct slice rest = slice_of(subject), from = slice_cut(&rest, '>');
	char name[ADDRESS_TEXT_MAX];
	const char *at;

	if (from.n >= sizeof(name))
		return NULL;
	memcpy(name, from.p, from.n);
	name[from.n] = '\0';
	at = strrchr(name, '@');
	return facts_domain(f, at ? at + 1 : name);
}

static json_object *view_muted(const struct mute *m)
{
	json_object *o;

	if (!m)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "by", m->by);
	json_object_object_add(o, "until", view_last_day(m->until));
	json_put_text(o, "reason", m->reason);
	return o;
}

static json_object *view_finding(const struct facts *f, const struct finding *x)
{
	const struct domain *d = x->kind == SUBJECT_DOMAIN || x->kind == SUBJECT_FORWARDER ?
		view_domain_of(f, x->subject) : NULL;
	json_object *o = json_object_new_object();
	json_object *subject = json_object_new_object();

	json_put_text(o, "id", x->id);
	json_put_text(o, "check", x->check->id);
	json_put_text(o, "rule", x->check->rule);
	json_put_text(o, "severity", severity_name(x->severity));
	json_put_text(subject, "kind", subject_kind_name(x->kind));
	json_put_text(subject, "name", x->subject);
	json_object_object_add(o, "subject", subject);
	json_put_text(o, "text", x->text);
	json_object_object_add(o, "evidence", view_evidence(x));
	json_object_object_add(o, "impact", view_impact(x->impact));
	json_object_object_add(o, "fix", view_fix(x->fix));
	json_put_text(o, "advice", x->advice);
	json_object_object_add(o, "letter", view_letter(x));
	json_put_text(o, "owner", d ? d->owner : NULL);
	/* The way of a forwarder may lead through accounts that are not the reseller's. */
	json_put_text(o, "reseller", d && x->kind == SUBJECT_DOMAIN ? d->reseller : NULL);
	json_object_object_add(o, "first_seen", view_time(x->first_seen));
	json_object_object_add(o, "since", view_time(x->since));
	json_put_flag(o, "new", x->is_new);
	json_object_object_add(o, "muted", view_muted(x->muted));
	return o;
}

/* What was found lately and is found no more, the last first. */
static json_object *view_gone(const struct report *r)
{
	struct json_list list = JSON_LIST_INIT;

	for (size_t i = 0; i < r->ngone; i++) {
		const struct gone_finding *x = &r->gone[i];
		json_object *o = json_object_new_object();
		json_object *subject = json_object_new_object();

		json_put_text(o, "id", x->id);
		json_put_text(o, "check", x->check);
		json_put_text(o, "severity", x->severity);
		json_put_text(subject, "kind", x->kind);
		json_put_text(subject, "name", x->subject);
		json_object_object_add(o, "subject", subject);
		json_put_text(o, "text", x->text);
		json_put_text(o, "reseller", x->reseller);
		json_object_object_add(o, "first_seen", view_time(x->first_seen));
		json_object_object_add(o, "last_seen", view_time(x->last_seen));
		json_list_add(&list, o);
	}
	return json_list_end(&list);
}

json_object *view_finding_list(const struct facts *f, const struct report *r)
{
	json_object *list = json_object_new_array();

	for (const struct finding *x = r->first; x; x = x->next)
		json_object_array_add(list, view_finding(f, x));
	return list;
}

/* From so many on they are shared out over the processors. */
#define MANY_FINDINGS 256

struct some_findings {
	const struct facts *f;
	const struct finding *first[PARALLEL_MAX + 1];	/* of each share */
	struct json_list text[PARALLEL_MAX];
};

static void view_some(void *ctx, size_t i, unsigned thread)
{
	struct some_findings *s = ctx;

	(void)thread;
	for (const struct finding *x = s->first[i]; x != s->first[i + 1]; x = x->next)
		json_list_add(&s->text[i], view_finding(s->f, x));
}

static struct json_list view_all(const struct facts *f, const struct report *r)
{
	struct some_findings s = { .f = f };
	size_t n = 0, i = 0, shares, each;

	for (const struct finding *x = r->first; x; x = x->next)
		n++;
	shares = n < MANY_FINDINGS ? 1 : parallel_threads();
	each = n / shares + 1;
	for (const struct finding *x = r->first; x; x = x->next, i++)
		if (i % each == 0)
			s.first[i / each] = x;
	for (i = 0; i < shares; i++)
		s.text[i] = (struct json_list)JSON_LIST_INIT;
	parallel_run(shares, view_some, &s);
	for (i = 1; i < shares; i++)
		json_list_join(&s.text[0], &s.text[i]);
	return s.text[0];
}

json_object *view_findings(const struct facts *f, const struct report *r,
			   const char *world, int64_t took_ms)
{
	struct json_list findings = view_all(f, r);
	json_object *o = json_object_new_object();

	json_put_text(o, "schema", "relaydoctor/1");
	json_object_object_add(o, "server", view_server(f, world, took_ms));
	json_object_object_add(o, "sources", view_sources(f));
	json_object_object_add(o, "summary", view_summary(f, r));
	json_object_object_add(o, "findings", json_list_end(&findings));
	json_object_object_add(o, "gone", view_gone(r));
	return o;
}

void view_first_look(json_object *o, const struct report *r, size_t most)
{
	json_object *list = json_object_new_array();
	const struct finding *x = r->first;

	for (size_t i = 0; x && i < most; i++, x = x->next) {
		json_object *one = json_object_new_object();

		json_put_text(one, "id", x->id);
		json_put_text(one, "severity", severity_name(x->severity));
		json_put_text(one, "text", x->text);
		json_object_array_add(list, one);
	}
	for (int s = SEV_CRITICAL; s <= SEV_WARNING; s++)
		json_put_number(o, severity_name((enum severity)s), (int64_t)r->count[s]);
	json_object_object_add(o, "findings", list);
}

/* Of another server no list is seen, only what its panel says. */
static json_object *view_lists(const struct facts *f, const struct domain *d)
{
	json_object *all = json_object_new_array();

	for (int i = 0; i < NLISTS && !f->panel; i++) {
		json_object *o = json_object_new_object();

		json_put_text(o, "file", list_path((enum list_id)i));
		json_object_object_add(o, "line", d->line[i] ?
				       json_object_new_int64(d->line[i]) : NULL);
		json_object_array_add(all, o);
	}
	return all;
}

static json_object *view_mx(const struct mx *mx)
{
	static const char *const kinds[] = {
		[PROVIDER_UNKNOWN] = "unknown", [PROVIDER_MAILBOX] = "mailbox",
		[PROVIDER_GATEWAY] = "gateway",
	};
	json_object *o = json_object_new_object();

	json_put_number(o, "preference", mx->preference);
	json_put_text(o, "host", mx->host->name);
	json_object_object_add(o, "addresses", view_ips(mx->host->ips, mx->host->nips));
	json_put_flag(o, "ours", mx->host->ours);
	json_put_text(o, "provider", mx->host->provider_title ?
		  mx->host->provider_title : mx->host->provider);
	json_put_text(o, "kind", kinds[mx->host->kind]);
	return o;
}

static json_object *view_exchangers(const struct domain *d)
{
	json_object *o = json_object_new_object();
	json_object *records = json_object_new_array();

	json_put_text(o, "status", dns_status_text(d->mx_status));
	json_put_flag(o, "null_mx", d->null_mx);
	for (size_t i = 0; i < d->nmx; i++)
		json_object_array_add(records, view_mx(&d->mx[i]));
	json_object_object_add(o, "records", records);
	return o;
}

static json_object *view_route(const struct exim_route *r)
{
	json_object *o, *hosts;
	char text[IP_TEXT_MAX];

	if (!r)
		return NULL;
	o = json_object_new_object();
	hosts = json_object_new_array();
	json_put_text(o, "address", r->address);
	json_put_text(o, "asked", r->asked);
	json_put_text(o, "kind", exim_route_kind_name(r->kind));
	json_put_text(o, "router", r->router);
	json_put_text(o, "transport", r->transport);
	for (size_t i = 0; i < r->nhosts; i++) {
		const struct exim_route_host *h = &r->hosts[i];
		char line[400];

		snprintf(line, sizeof(line), "%.255s%s%s%s", h->name,
			 h->ip.family ? " [" : "",
			 h->ip.family ? ip_text(text, &h->ip) : "",
			 h->ip.family ? "]" : "");
		json_object_array_add(hosts, json_new_text(line));
	}
	json_object_object_add(o, "hosts", hosts);
	json_put_text(o, "text", r->text);
	return o;
}

static json_object *view_arrivals(const struct arrivals *in)
{
	json_object *o = json_object_new_object();

	json_put_number(o, "count", in->count);
	json_object_object_add(o, "last", view_time(in->last));
	json_put_text(o, "host", in->last_host);
	return o;
}

json_object *view_domain(const struct facts *f, const struct domain *d,
			 const struct exim_route *route)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "name", d->name);
	json_put_text(o, "panel", f->panel);
	json_put_text(o, "owner", d->owner);
	json_put_text(o, "reseller", d->reseller);
	json_put_text(o, "verdict", verdict_name(d->routing));
	json_put_text(o, "why", d->routing_why);
	json_object_object_add(o, "lists", view_lists(f, d));
	json_object_object_add(o, "mx", view_exchangers(d));
	json_object_object_add(o, "zone", view_zone(domain_zone(d)));
	json_put_text(o, "mxcheck", domain_more(d)->mxcheck);
	json_put_text(o, "detected", domain_more(d)->detected);
	json_object_object_add(o, "arrivals", view_arrivals(&domain_more(d)->arrivals));
	json_object_object_add(o, "route", view_route(route));
	return o;
}

bool view_is_hosted(json_object *domain)
{
	json_object *lists = json_member(domain, "lists");

	for (size_t i = 0; i < json_count(lists); i++)
		if (json_member(json_object_array_get_idx(lists, i), "line"))
			return true;
	return json_text(domain, "owner") != NULL;
}

json_object *view_checks(void)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; all_checks[i]; i++) {
		const struct check *c = all_checks[i];
		json_object *o = json_object_new_object();

		json_put_text(o, "id", c->id);
		json_put_text(o, "rule", c->rule);
		json_put_text(o, "title", c->title);
		json_put_text(o, "why", c->why);
		json_put_text(o, "who", c->who);
		json_put_text(o, "fix", c->fix);
		json_object_array_add(list, o);
	}
	return list;
}

json_object *view_fixes(void)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; all_fixes[i]; i++) {
		json_object *o = view_fix(all_fixes[i]->id);

		json_put_text(o, "params", all_fixes[i]->params);
		json_put_flag(o, "safe", all_fixes[i]->safe);
		json_object_array_add(list, o);
	}
	return list;
}
