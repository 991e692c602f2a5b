#include "mail/port_evidence.h"
#include "mail/when.h"

const char *port_family(int family)
{
	return family == 4 ? "IPv4" : "IPv6";
}

void port_evidence_own(struct report *r, struct finding *x, const struct own_port *o)
{
	const struct listener *l = o->listener;
	char ip[IP_TEXT_MAX];

	if (o->wanted)
		finding_evidence(r, x, o->wanted->from[0] == '/' ? o->wanted->from : "Exim",
				 "%s asks for port %u%s%s", o->wanted->from, o->port,
				 o->wanted->any ? "" : " on ",
				 o->wanted->any ? "" : ip_text(ip, &o->wanted->ip));
	if (!l)
		finding_evidence(r, x, "/proc/net/tcp", "nothing listens on port %u over %s",
				 o->port, port_family(o->family));
	else if (l->program)
		finding_evidence(r, x, "/proc/net/tcp", "%s (pid %u) listens on [%s]:%u",
				 l->program, l->pid, ip_text(ip, &l->ip), l->port);
	else
		finding_evidence(r, x, "/proc/net/tcp", "a process of uid %u listens on [%s]:%u",
				 l->uid, ip_text(ip, &l->ip), l->port);
	if (o->talk.state != TALK_NOT_ASKED)
		finding_evidence(r, x, "SMTP", "asked at [%s]:%u: %s%s%s",
				 ip_text(ip, &o->at), o->port,
				 talk_state_name(o->talk.state), o->talk.why ? ", " : "",
				 o->talk.why ? o->talk.why : "");
}

void port_evidence_log(struct report *r, struct finding *x,
		       const struct facts *f, int family)
{
	const struct out_log *log = &f->ports.log[family == 6];
	char when[WHEN_MAX];

	finding_evidence(r, x, "exim_mainlog",
			 "in the last hour, port 25 over %s: %u delivered, %u timed out, %u refused, %u without a route; %u different hosts failed",
			 port_family(family), log->delivered, log->timed_out,
			 log->refused, log->no_route, log->hosts_failed);
	if (log->last_delivered)
		finding_evidence(r, x, "exim_mainlog", "delivered last: %s, to %s",
				 when_text(when, log->last_delivered), log->last_host);
}

void port_evidence_probe(struct report *r, struct finding *x,
			 const struct facts *f, enum out_user user,
			 unsigned port, int family)
{
	const struct out_probe *p = &f->ports.probe;
	char when[WHEN_MAX], to[IP_TEXT_MAX], by[IP_TEXT_MAX];

	for (size_t i = 0; i < p->ntries; i++) {
		const struct out_try *t = &p->tries[i];

		if (t->user != user || t->port != port || t->to.family != family)
			continue;
		finding_evidence(r, x, "probe", "%s, as %s: [%s]:%u: %s after %u ms%s%s%s",
				 when_text(when, p->at), out_user_name(user),
				 ip_text(to, &t->to), port, out_result_name(t->result),
				 t->ms, t->offender.family ? ", by " : "",
				 t->offender.family ? ip_text(by, &t->offender) : "",
				 t->kept_here ? ", no packet left this server" : "");
	}
}
