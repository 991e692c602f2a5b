#include <string.h>

#include "base/json.h"
#include "mail/outside.h"
#include "render/view.h"
#include "render/view_ports.h"

static const char *family_name(int family)
{
	return family == 4 ? "IPv4" : "IPv6";
}

static void put_ip(json_object *o, const char *key, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	json_put_text(o, key, ip->family ? ip_text(text, ip) : NULL);
}

/* ---- our own ports ------------------------------------------------------ */

static json_object *view_certificate(const struct facts *f, const struct smtp_talk *t)
{
	json_object *o;

	if (!t->certificate)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "name", t->certificate);
	json_object_object_add(o, "until", view_time(t->certificate_until));
	json_put_flag(o, "expired", t->certificate_until &&
		      t->certificate_until < f->now);
	return o;
}

static json_object *view_tls(const struct smtp_talk *t)
{
	static const char *const names[] = {
		[TALK_TLS_NONE] = "not offered", [TALK_TLS_WORKS] = "works",
		[TALK_TLS_BROKEN] = "broken",
	};
	json_object *o = json_object_new_object();

	json_put_text(o, "state", names[t->tls]);
	json_put_text(o, "version", t->tls_version);
	json_put_text(o, "why", t->tls_why);
	return o;
}

static void put_listener(json_object *o, const struct listener *l)
{
	put_ip(o, "bound_to", &l->ip);
	json_put_text(o, "program", l->program);
	if (l->pid)
		json_put_number(o, "pid", l->pid);
	json_put_number(o, "uid", l->uid);
}

static json_object *view_own(const struct facts *f, const struct own_port *p)
{
	struct in_view v = in_judge(&f->ports, p);
	json_object *o = json_object_new_object();

	json_put_number(o, "port", p->port);
	json_put_text(o, "family", family_name(p->family));
	json_put_text(o, "verdict", in_verdict_name(v.verdict));
	json_put_text(o, "why", v.why);
	json_put_text(o, "wanted_by", p->wanted ? p->wanted->from : NULL);
	if (p->listener)
		put_listener(o, p->listener);
	put_ip(o, "asked_at", &p->at);
	json_put_text(o, "banner", p->talk.banner);
	json_object_object_add(o, "tls", view_tls(&p->talk));
	json_put_text(o, "auth_before_tls", p->talk.auth_before);
	json_put_text(o, "auth_within_tls", p->talk.auth_within);
	json_object_object_add(o, "certificate", view_certificate(f, &p->talk));
	return o;
}

json_object *view_listener(const struct facts *f, unsigned port, int family)
{
	for (size_t i = 0; i < f->ports.nown; i++)
		if (f->ports.own[i].port == port && f->ports.own[i].family == family)
			return view_own(f, &f->ports.own[i]);
	return NULL;
}

static json_object *view_in(const struct facts *f, unsigned port)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < f->ports.nown; i++)
		if (!port || f->ports.own[i].port == port)
			json_object_array_add(list, view_own(f, &f->ports.own[i]));
	return list;
}

/* ---- connections that go out -------------------------------------------- */

static json_object *view_try(const struct out_try *t)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "user", out_user_name(t->user));
	put_ip(o, "host", &t->to);
	json_put_number(o, "port", t->port);
	json_put_text(o, "result", out_result_name(t->result));
	json_put_text(o, "error", t->error ? strerror(t->error) : NULL);
	json_put_number(o, "ms", t->ms);
	put_ip(o, "refused_by", &t->offender);
	json_put_flag(o, "kept_here", t->kept_here);
	json_put_flag(o, "ends_here", t->ends_here);
	json_put_text(o, "banner", t->banner);
	return o;
}

static json_object *view_cell(const struct facts *f, enum out_user user,
			      unsigned port, int family, struct arena *a)
{
	struct out_view v = out_judge(f, user, port, family, a);
	json_object *o;

	if (!v.hosts)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "user", out_user_name(user));
	json_put_number(o, "port", port);
	json_put_text(o, "family", family_name(family));
	json_put_text(o, "verdict", out_verdict_name(v.verdict));
	json_put_flag(o, "owner_rule", v.owner);
	json_put_text(o, "why", v.why);
	put_ip(o, "by", &v.by);
	json_put_number(o, "hosts", v.hosts);
	json_put_number(o, "connected", v.connected);
	return o;
}

/* Port 443 only tells whether a host is there at all. */
static void add_cells(json_object *list, const struct facts *f,
		      enum out_user user, int family, struct arena *a)
{
	static const unsigned ports[] = { 25, 465, 587, 2525 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		json_object *o = view_cell(f, user, ports[i], family, a);

		if (o)
			json_object_array_add(list, o);
	}
}

static json_object *view_cells(const struct facts *f, struct arena *a)
{
	json_object *list = json_object_new_array();

	for (int family = 4; family <= 6; family += 2)
		for (int u = 0; u < OUT_USERS; u++)
			add_cells(list, f, (enum out_user)u, family, a);
	return list;
}

static json_object *view_hosts(const struct out_probe *p)
{
	json_object *list = json_object_new_array();
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < p->ntries; i++) {
		size_t k = 0;

		while (k < i && !ip_equal(&p->tries[k].to, &p->tries[i].to))
			k++;
		if (k == i)
			json_object_array_add(list, json_object_new_string(
				ip_text(text, &p->tries[i].to)));
	}
	return list;
}

static json_object *view_out(const struct facts *f, struct arena *a)
{
	const struct out_probe *p = &f->ports.probe;
	json_object *o, *tries;

	if (!p->present)
		return NULL;
	o = json_object_new_object();
	tries = json_object_new_array();
	json_object_object_add(o, "at", view_time(p->at));
	json_put_text(o, "account", p->account);
	json_object_object_add(o, "hosts", view_hosts(p));
	json_object_object_add(o, "cells", view_cells(f, a));
	for (size_t i = 0; i < p->ntries; i++)
		json_object_array_add(tries, view_try(&p->tries[i]));
	json_object_object_add(o, "tries", tries);
	return o;
}

/* ---- the log ------------------------------------------------------------ */

static json_object *view_log(const struct facts *f, int family)
{
	static const char *const verdicts[] = {
		[OUT_LOG_QUIET] = "too little to tell", [OUT_LOG_OPEN] = "open",
		[OUT_LOG_TIMES_OUT] = "times out", [OUT_LOG_NO_ROUTE] = "no route",
	};
	const struct out_log *log = &f->ports.log[family == 6];
	json_object *o = json_object_new_object();

	json_put_text(o, "family", family_name(family));
	json_put_text(o, "verdict", verdicts[out_log_judge(f, family)]);
	json_put_number(o, "delivered", log->delivered);
	json_object_object_add(o, "last_delivered", view_time(log->last_delivered));
	json_put_text(o, "last_host", log->last_host);
	json_put_number(o, "timed_out", log->timed_out);
	json_put_number(o, "refused", log->refused);
	json_put_number(o, "no_route", log->no_route);
	json_put_number(o, "hosts_failed", log->hosts_failed);
	return o;
}

json_object *view_ports(const struct facts *f, unsigned port, struct arena *a)
{
	json_object *o = json_object_new_object(), *log = json_object_new_array();

	json_put_text(o, "schema", "relaydoctor/1");
	json_put_text(o, "server", f->hostname);
	json_object_object_add(o, "at", view_time(f->now));
	json_object_object_add(o, "in", view_in(f, port));
	json_object_object_add(o, "out", view_out(f, a));
	json_object_array_add(log, view_log(f, 4));
	json_object_array_add(log, view_log(f, 6));
	json_object_object_add(o, "log", log);
	return o;
}

/* ---- is it well --------------------------------------------------------- */

static bool is(json_object *o, const char *key, const char *value)
{
	const char *s = json_text(o, key);

	return s && !strcmp(s, value);
}

static bool port_shut(json_object *o)
{
	return json_text(o, "wanted_by") && !is(o, "verdict", "answers") &&
		!is(o, "verdict", "unknown");
}

/* Without a route for IPv6 a server is whole all the same. */
static bool cell_shut(json_object *o)
{
	return is(o, "user", "exim") && json_number(o, "port", 0) == 25 &&
		!is(o, "verdict", "open") && !is(o, "verdict", "unknown") &&
		!(is(o, "family", "IPv6") && is(o, "verdict", "no route"));
}

bool view_ports_shut(json_object *ports)
{
	json_object *in = json_member(ports, "in");
	json_object *cells = json_member(json_member(ports, "out"), "cells");

	for (size_t i = 0; i < json_count(in); i++)
		if (port_shut(json_object_array_get_idx(in, i)))
			return true;
	for (size_t i = 0; i < json_count(cells); i++)
		if (cell_shut(json_object_array_get_idx(cells, i)))
			return true;
	return false;
}

json_object *view_outside(const struct facts *f)
{
	json_object *list = json_object_new_array();
	struct arena a = ARENA_INIT;
	const struct out_try *t;

	for (size_t i = 0; (t = outside_next(f, &i));) {
		struct outside_view v = outside_judge(f, t, &a);
		json_object *o = json_object_new_object();
		char text[IP_TEXT_MAX];

		json_put_text(o, "address", ip_text(text, &t->to));
		json_put_number(o, "port", t->port);
		json_put_text(o, "verdict", outside_verdict_name(v.verdict));
		json_put_text(o, "why", v.why);
		json_object_array_add(list, o);
	}
	arena_clear(&a);
	return list;
}
