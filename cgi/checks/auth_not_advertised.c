#include "core/check.h"
#include "mail/port_evidence.h"

/* A port that people's mail programs log in on: port 25 is for servers. */
static bool is_for_people(const struct own_port *o)
{
	return o->wanted && o->port != 25 && o->talk.state == TALK_ANSWERS;
}

/* The conversation came as far as a list of what is offered. */
static bool was_told(const struct smtp_talk *t)
{
	return t->tls == TALK_TLS_WORKS ? t->ehlo_within : t->ehlo_before;
}

static void finding(const struct check *c, const struct own_port *o, struct report *r)
{
	const struct smtp_talk *t = &o->talk;
	const char *family = port_family(o->family);
	bool broken = t->tls == TALK_TLS_BROKEN;
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_PORT,
		arena_printf(r->arena, "%u/%s", o->port, family),
		"Nobody can log in on port %u over %s: %s", o->port, family,
		broken ? "AUTH is not offered without TLS, and TLS fails" :
		t->tls == TALK_TLS_NONE ? "neither AUTH nor TLS is offered" :
		"AUTH is not offered, within TLS either");

	port_evidence_own(r, x, o);
	if (broken)
		finding_evidence(r, x, "TLS", "%s", t->tls_why);
	finding_no_fix(r, x, broken ?
		"Give Exim a certificate and key that it can read (WHM: Manage Service SSL Certificates), then restart it." :
		"Look at auth_advertise_hosts and the authenticators in Exim's configuration, and at SMTPAUTH_RESTRICT if CSF runs. Until then set mail programs up for a port that does offer it: relaydoctor show name@domain, or “Set up a mail program” on a domain’s page, tells which.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	for (size_t i = 0; i < f->ports.nown; i++) {
		const struct own_port *o = &f->ports.own[i];

		if (is_for_people(o) && was_told(&o->talk) && !o->talk.auth_before &&
		    !o->talk.auth_within)
			finding(c, o, r);
	}
}

const struct check check_auth_not_advertised = {
	.id = "auth_not_advertised", .rule = "A06",
	.title = "A port for mail programs offers no login",
	.why = "Mail programs cannot authenticate there, so what they send is refused as a stranger's: “AUTH command used when not advertised”, then “relay not permitted”.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_EXIM | SRC_PORTS,
	.run = run,
};
