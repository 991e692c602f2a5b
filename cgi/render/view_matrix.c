#include <string.h>

#include "base/json.h"
#include "mail/filter_view.h"
#include "mail/port_evidence.h"
#include "render/view.h"
#include "render/view_matrix.h"

#define PORTS_SHOWN 32

struct cell {
	const char *state, *verdict, *why;
	/* Holds the evidence alone. */
	struct report report;
	struct finding seen;
};

static void cell_init(struct cell *c, struct arena *a)
{
	memset(c, 0, sizeof(*c));
	report_init(&c->report, a);
	c->seen.evidence_tail = &c->seen.evidence;
}

static void say(struct cell *c, const char *state, const char *verdict, const char *why)
{
	c->state = state;
	c->verdict = verdict;
	c->why = why;
}

/* ---- connections that come in ------------------------------------------- */

static const struct own_port *own_port(const struct facts *f, unsigned port, int family)
{
	for (size_t i = 0; i < f->ports.nown; i++)
		if (f->ports.own[i].port == port && f->ports.own[i].family == family)
			return &f->ports.own[i];
	return NULL;
}

/* It answers here; do this server's own rules let clients come so far? */
static void judge_rules_in(const struct facts *f, const struct own_port *o, struct cell *c)
{
	struct fw_answer x;

	if (f->source[SOURCE_FIREWALL].state != SOURCE_OK) {
		say(c, "unknown", "answers here", f->source[SOURCE_FIREWALL].why ?
		    f->source[SOURCE_FIREWALL].why : "the firewall's rules were not read");
		return;
	}
	filter_in(f, o->family, (uint16_t)o->port, &x);
	filter_evidence(&c->report, &c->seen, o->family, &x);
	if (filter_blocks(&x))
		say(c, "shut", "own firewall", x.except.chain ?
		    "it answers, but the rules let only the addresses in that they name" :
		    "it answers, but this server's own rules keep clients out");
	else if (x.verdict == FW_V_UNKNOWN)
		say(c, "unknown", "answers here", x.why);
	else
		say(c, "open", "answers", NULL);
}

static void judge_in(const struct facts *f, unsigned port, int family, struct cell *c)
{
	const struct own_port *o = own_port(f, port, family);
	struct in_view v;

	if (!o) {
		say(c, "none", "not served", "Exim is not asked to serve it, and nothing listens");
		return;
	}
	v = in_judge(&f->ports, o);
	port_evidence_own(&c->report, &c->seen, o);
	if (v.verdict == IN_ANSWERS)
		judge_rules_in(f, o, c);
	else if (v.verdict == IN_UNKNOWN)
		say(c, "unknown", in_verdict_name(v.verdict), v.why);
	else
		say(c, o->wanted ? "shut" : "none", in_verdict_name(v.verdict), v.why);
}

/* ---- connections that go out -------------------------------------------- */

static bool class_of(const struct facts *f, enum out_user user, struct user_class *out)
{
	const char *name = user == OUT_NOBODY ? "nobody" : f->ports.probe.account;
	const struct system_user *u;

	if (user == OUT_ROOT || user == OUT_EXIM) {
		*out = user == OUT_ROOT ? root_class() : exim_class(f);
		return true;
	}
	u = name ? blocking_user(&f->blocking, name) : NULL;
	if (u)
		*out = (struct user_class){ u->name, u->uid, u->gid, 1 };
	return u != NULL;
}

/* What the rules alone say. */
static void judge_rules_out(const struct facts *f, enum out_user user, unsigned port,
			    int family, struct cell *c)
{
	struct user_class class;
	struct fw_answer x;

	say(c, "not asked", "not asked", "no probe was made, and the firewall's rules are not known");
	if (f->source[SOURCE_FIREWALL].state != SOURCE_OK || !class_of(f, user, &class))
		return;
	filter_out(f, &class, family, (uint16_t)port, &x);
	filter_evidence(&c->report, &c->seen, family, &x);
	if (filter_blocks(&x))
		say(c, "shut", "own firewall", "this server's own rules keep it in");
	else if (x.verdict == FW_V_REDIRECTED)
		say(c, "shut", "redirected", "this server's own rules lead it back to this server");
	else if (x.verdict == FW_V_ACCEPTED)
		c->why = "this server's own rules let it out; whether it arrives, only a probe tells";
	else
		c->why = x.why ? x.why : "the rules do not tell";
}

/* Deliveries prove it for Exim, without a probe. */
static bool judge_log(const struct facts *f, enum out_user user, unsigned port,
		      int family, struct cell *c)
{
	if (user != OUT_EXIM || port != 25 || out_log_judge(f, family) != OUT_LOG_OPEN)
		return false;
	port_evidence_log(&c->report, &c->seen, f, family);
	say(c, "open", "open", "mail was delivered within the last hour");
	return true;
}

static void judge_out(const struct facts *f, enum out_user user, unsigned port,
		      int family, struct arena *a, struct cell *c)
{
	struct out_view v = { .hosts = 0 };

	if (f->ports.probe.present && f->now - f->ports.probe.at < PROBE_BELIEVED)
		v = out_judge(f, user, port, family, a);
	if (!v.hosts) {
		if (!judge_log(f, user, port, family, c))
			judge_rules_out(f, user, port, family, c);
		return;
	}
	port_evidence_probe(&c->report, &c->seen, f, user, port, family);
	say(c, v.verdict == OUT_OPEN ? "open" : v.verdict == OUT_UNKNOWN ||
	    v.verdict == OUT_FAR_END || v.verdict == OUT_RESET_ALIKE ? "unknown" : "shut",
	    out_verdict_name(v.verdict), v.why);
}

/* ---- rows ---------------------------------------------------------------- */

static json_object *view_cell(const struct cell *c, const char *way, const char *user)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	json_put_text(o, "way", way);
	json_put_text(o, "user", user);
	json_put_text(o, "state", c->state);
	json_put_text(o, "verdict", c->verdict);
	json_put_text(o, "why", c->why);
	for (const struct evidence *e = c->seen.evidence; e; e = e->next) {
		json_object *one = json_object_new_object();

		json_put_text(one, "source", e->source);
		json_put_text(one, "text", e->text);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "evidence", list);
	return o;
}

static bool goes_out(unsigned port)
{
	return port == 25 || port == 465 || port == 587;
}

static json_object *view_row(const struct facts *f, unsigned port, int family,
			     struct arena *a)
{
	json_object *o = json_object_new_object(), *cells = json_object_new_array();
	struct cell c;

	cell_init(&c, a);
	judge_in(f, port, family, &c);
	json_object_array_add(cells, view_cell(&c, "in", "clients"));
	for (int u = 0; u < OUT_USERS; u++) {
		if (u == OUT_ACCOUNT && !f->ports.probe.account)
			continue;
		cell_init(&c, a);
		if (goes_out(port))
			judge_out(f, (enum out_user)u, port, family, a, &c);
		else
			say(&c, "none", "not used", "no other server is spoken to on it");
		json_object_array_add(cells, view_cell(&c, "out", out_user_name((enum out_user)u)));
	}
	json_put_number(o, "port", port);
	json_put_text(o, "family", port_family(family));
	json_object_object_add(o, "cells", cells);
	return o;
}

/* 25, 465 and 587, and what is served beside them. */
static size_t ports_of(const struct facts *f, unsigned out[PORTS_SHOWN])
{
	size_t n = 3;

	out[0] = 25, out[1] = 465, out[2] = 587;
	for (size_t i = 0; i < f->ports.nown && n < PORTS_SHOWN; i++) {
		size_t k = 0;

		while (k < n && out[k] != f->ports.own[i].port)
			k++;
		if (k == n)
			out[n++] = f->ports.own[i].port;
	}
	return n;
}

json_object *view_matrix(const struct facts *f, struct arena *a)
{
	json_object *o = json_object_new_object(), *rows = json_object_new_array();
	const struct out_probe *p = &f->ports.probe;
	bool has6 = server_has_family(f, 6);
	unsigned ports[PORTS_SHOWN];
	size_t n = ports_of(f, ports);

	for (size_t i = 0; i < n; i++)
		for (int family = 4; family <= (has6 ? 6 : 4); family += 2)
			json_object_array_add(rows, view_row(f, ports[i], family, a));
	json_put_text(o, "account", p->present ? p->account : NULL);
	json_object_object_add(o, "probed_at", view_time(p->present ? p->at : 0));
	json_put_flag(o, "has_ipv6", has6);
	json_object_object_add(o, "rows", rows);
	return o;
}
