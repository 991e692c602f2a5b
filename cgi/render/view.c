#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/parallel.h"
#include "mail/redirect.h"
#include "render/view.h"
#include "render/view_ports.h"
#include "render/view_zone.h"

#define TIME_TEXT 32

/* NULL: it is not known. */
static const char *time_text(int64_t t, char out[TIME_TEXT])
{
	time_t when = (time_t)t;
	struct tm tm;

	return t && gmtime_r(&when, &tm) &&
		strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) ? out : NULL;
}

/* The last one before that time. */
static const char *last_day(int64_t t, char out[TIME_TEXT])
{
	if (!time_text(t - 86400, out))
		return NULL;
	out[10] = '\0';
	return out;
}

static json_object *text_or_null(const char *s)
{
	return s ? json_object_new_string(s) : NULL;
}

json_object *view_time(int64_t t)
{
	char text[TIME_TEXT];

	return text_or_null(time_text(t, text));
}

json_object *view_last_day(int64_t t)
{
	char text[TIME_TEXT];

	return text_or_null(last_day(t, text));
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

static void write_evidence(struct buf *b, const struct finding *x)
{
	json_write_open(b, "evidence", '[');
	for (const struct evidence *ev = x->evidence; ev; ev = ev->next) {
		json_write_open(b, NULL, '{');
		json_write_text(b, "source", ev->source);
		json_write_text(b, "text", ev->text);
		json_write_close(b, '}');
	}
	json_write_close(b, ']');
}

/* False, and null is written, where there is nothing to tell of. */
static bool write_begin(struct buf *b, const char *key, const void *told)
{
	if (told)
		json_write_open(b, key, '{');
	else
		json_write_text(b, key, NULL);
	return told;
}

static void write_fix(struct buf *b, const struct fix *fix)
{
	if (!write_begin(b, "fix", fix))
		return;
	json_write_text(b, "id", fix->id);
	json_write_text(b, "title", fix->title);
	json_write_text(b, "risk", fix->risk);
	json_write_flag(b, "bulk", fix->bulk);
	json_write_close(b, '}');
}

static void write_letter(struct buf *b, const struct finding *x)
{
	if (!write_begin(b, "letter", x->letter))
		return;
	json_write_text(b, "to", x->letter_to);
	json_write_text(b, "text", x->letter);
	json_write_close(b, '}');
}

static void write_impact(struct buf *b, const struct impact *i)
{
	if (!write_begin(b, "impact", i))
		return;
	json_write_number(b, "mails", (int64_t)i->mails);
	json_write_number(b, "days", i->days);
	json_write_open(b, "accounts", '[');
	for (size_t n = 0; n < i->naccounts; n++)
		json_write_text(b, NULL, i->accounts[n]);
	json_write_close(b, ']');
	json_write_close(b, '}');
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

static void write_muted(struct buf *b, const struct mute *m)
{
	char day[TIME_TEXT];

	if (!write_begin(b, "muted", m))
		return;
	json_write_text(b, "by", m->by);
	json_write_text(b, "until", last_day(m->until, day));
	json_write_text(b, "reason", m->reason);
	json_write_close(b, '}');
}

static void write_finding(struct buf *b, const struct facts *f, const struct finding *x)
{
	const struct domain *d = x->kind == SUBJECT_DOMAIN || x->kind == SUBJECT_FORWARDER ?
		view_domain_of(f, x->subject) : NULL;
	char time[TIME_TEXT];

	json_write_open(b, NULL, '{');
	json_write_text(b, "id", x->id);
	json_write_text(b, "check", x->check->id);
	json_write_text(b, "rule", x->check->rule);
	json_write_text(b, "severity", severity_name(x->severity));
	json_write_open(b, "subject", '{');
	json_write_text(b, "kind", subject_kind_name(x->kind));
	json_write_text(b, "name", x->subject);
	json_write_close(b, '}');
	json_write_text(b, "text", x->text);
	write_evidence(b, x);
	write_impact(b, x->impact);
	write_fix(b, x->fix ? fix_find(x->fix) : NULL);
	json_write_text(b, "advice", x->advice);
	write_letter(b, x);
	json_write_text(b, "owner", d ? d->owner : NULL);
	/* The way of a forwarder may lead through accounts that are not the reseller's. */
	json_write_text(b, "reseller", d && x->kind == SUBJECT_DOMAIN ? d->reseller : NULL);
	json_write_text(b, "first_seen", time_text(x->first_seen, time));
	json_write_text(b, "since", time_text(x->since, time));
	json_write_flag(b, "new", x->is_new);
	write_muted(b, x->muted);
	json_write_close(b, '}');
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
	struct buf b = BUF_INIT(JSON_LIST_MAX);
	struct err ignored;	/* what we wrote can be read */
	json_object *list;

	json_write_open(&b, NULL, '[');
	for (const struct finding *x = r->first; x; x = x->next)
		write_finding(&b, f, x);
	json_write_close(&b, ']');
	list = json_read(b.data, b.len, "the findings", &ignored);
	buf_free(&b);
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
		write_finding(json_list_next(&s->text[i]), s->f, x);
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
		const struct fix *fix = all_fixes[i];
		json_object *o = json_object_new_object();

		json_put_text(o, "id", fix->id);
		json_put_text(o, "title", fix->title);
		json_put_text(o, "risk", fix->risk);
		json_put_flag(o, "bulk", fix->bulk);
		json_put_text(o, "params", fix->params);
		json_put_flag(o, "safe", fix->safe);
		json_object_array_add(list, o);
	}
	return list;
}
