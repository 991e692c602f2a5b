#include <string.h>

#include "core/fix.h"
#include "core/zone.h"
#include "mail/verdict.h"
#include "mail/when.h"

static const char *const values[] = { "local", "remote", "secondary", "auto" };

static bool is(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* ---- what is asked for ------------------------------------------------ */

static bool known_value(const char *value)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (is(value, values[i]))
			return true;
	return false;
}

static int check_params(const struct fix_input *in, struct err *e)
{
	for (size_t i = 0; i < in->nparams; i++) {
		const struct param *p = &in->params[i];

		if (is(p->name, "value") && known_value(p->value))
			continue;
		if (is(p->name, "gateway") && (is(p->value, "yes") || is(p->value, "no")))
			continue;
		return err_set(e, ERR_INPUT,
			       "set_routing takes value=local|remote|secondary|auto and gateway=yes|no, not %.40s=%.40s",
			       p->name, p->value ? p->value : "");
	}
	return 0;
}

/* The side that live DNS speaks for. NULL where it speaks for none: no MX, and
 * the address of a web server elsewhere says nothing about mail; or in doubt. */
static const char *by_dns(const struct facts *f, const struct domain *d)
{
	static const char *const sides[] = {
		[MX_HERE] = "local", [MX_BACKUP_HERE] = "secondary",
		[MX_ELSEWHERE] = "remote",
	};
	struct mx_view v = mx_look(d);

	if (v.side == MX_UNKNOWN || v.side == MX_NONE ||
	    (v.side == MX_ELSEWHERE && v.implicit) || mx_doubt(f, &v))
		return NULL;
	return sides[v.side];
}

/* ---- what forbids it -------------------------------------------------- */

static int check_verdict(const struct domain *d, struct err *e)
{
	const char *why = d->routing_why ? d->routing_why : "no reason known";

	if (routing_is_wrong(d->routing) || d->routing == ROUTING_GATEWAY)
		return 0;
	if (d->routing == ROUTING_OK)
		return err_set(e, ERR_STALE, "nothing to change for %s: %s", d->name, why);
	return err_set(e, ERR_UNAVAILABLE,
		       "what is right for %s is not known, so nothing is changed: %s",
		       d->name, why);
}

static int check_exim(const struct facts *f, const char *wanted, struct err *e)
{
	const struct source_status *s = &f->source[SOURCE_EXIM];
	enum list_id needed = is(wanted, "secondary") ? LIST_SECONDARY : LIST_LOCAL;

	if (s->state == SOURCE_FAILED)
		return err_set(e, ERR_UNAVAILABLE,
			       "Exim did not say which lists it reads: %.300s", s->why);
	if (s->state == SOURCE_OK && !(f->exim.reads[LIST_LOCAL] && f->exim.reads[needed]))
		return err_set(e, ERR_DENIED,
			       "the running Exim is not seen to look up %s, so the change might do nothing; compare its configuration first",
			       list_path(f->exim.reads[LIST_LOCAL] ? needed : LIST_LOCAL));
	return 0;
}

static int check_panel(const struct facts *f, const struct domain *d,
		       struct err *e)
{
	const struct source_status *s = &f->source[SOURCE_WHM];

	if (!d->owner)
		return err_set(e, ERR_DENIED,
			       "no account on this server has %s, so its routing cannot be set through the panel",
			       d->name);
	if (!d->whm_asked)
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel did not say how %s is routed now: %.300s",
			       d->name, s->why ? s->why : "it was not asked");
	if (!d->whm_listed || !domain_more(d)->mxcheck)
		return err_set(e, ERR_DENIED,
			       "cPanel does not offer Email Routing for %s; set it in WHM » DNS Functions » Edit MX Entry",
			       d->name);
	return 0;
}

static int check_gateway(const struct fix_input *in, const struct domain *d,
			 const char *wanted, struct err *e)
{
	const char *why;

	if (is(wanted, "local") || is(fix_param(in, "gateway"), "yes") ||
	    !mx_behind_gateway(d, &why))
		return 0;
	return err_set(e, ERR_DENIED,
		       "a mail gateway seems to stand in front of %s: %s; say value=local if its mail belongs here, or gateway=yes if its mailboxes really are elsewhere",
		       d->name, why);
}

/* Exim has the last word: where it does not do what the lists say, something
 * else decides, and they are not what to change. */
static int check_route(const struct fix_input *in, const struct domain *d,
		       struct err *e)
{
	if ((d->routing != ROUTING_LOCAL_MX_ELSEWHERE &&
	     d->routing != ROUTING_SHOULD_BE_BACKUP) ||
	    !d->line[LIST_LOCAL] || !in->leaves_for)
		return 0;
	return err_set(e, ERR_STALE,
		       "nothing to change for %s: it is listed as local, but Exim hands its mail to %s all the same (see /etc/manualmx and Exim's routers)",
		       d->name, in->leaves_for);
}

/* Exim looks names up where this server does. */
static int check_zone(const struct domain *d, const char *wanted, struct err *e)
{
	if (is(wanted, "local") || !zone_misleads(domain_zone(d)))
		return 0;
	return err_set(e, ERR_DENIED,
		       "this server goes by its own zone of %s, which differs from the public DNS, so its mail would be sent to the wrong place; correct or remove that zone first (zone_differs:%s)",
		       d->name, d->name);
}

/* Contradicting or missing lines are repaired by setting the same value again:
 * the panel then writes all its lists anew. */
static int check_value(const struct domain *d, const char *wanted, struct err *e)
{
	if (!wanted)
		return err_set(e, ERR_INPUT,
			       "DNS does not tell where the mail of %s belongs; say value=local, remote or secondary",
			       d->name);
	if (is(domain_more(d)->mxcheck, wanted) && d->routing != ROUTING_LISTED_TWICE &&
	    d->routing != ROUTING_UNLISTED)
		return err_set(e, ERR_STALE,
			       "Email Routing of %s is already set to %s, yet the lists say otherwise: save it again in WHM » DNS Functions » Edit MX Entry",
			       d->name, wanted);
	return 0;
}

/* ---- what the admin should know --------------------------------------- */

static const char *s_of(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void note_effect(struct plan *p, const struct domain *d, const char *wanted)
{
	struct mx_view v = mx_look(d);

	if (is(wanted, domain_more(d)->mxcheck))
		plan_note(p, "Email Routing has this value already, but the lists do not say so: it is saved again, so that cPanel writes them anew.");
	if (is(wanted, "local"))
		plan_note(p, "Mail for %s will be accepted here and delivered into the mailboxes of account %s.",
			  d->name, d->owner);
	else if (is(wanted, "secondary"))
		plan_note(p, "Mail for %s will be accepted here and passed on to its other mail exchangers.",
			  d->name);
	else if (is(wanted, "auto"))
		plan_note(p, "cPanel will decide by this server's own DNS zone, not by the public one, and only once.");
	else
		plan_note(p, "What this server sends to %s will leave for %s, and mail for it from outside will be refused here.",
			  d->name, v.host ? v.host->name : "its mail exchanger");
	if (is(wanted, "remote") && v.side == MX_HERE)
		plan_note(p, "The public MX of %s is this server: as remote it would get no mail at all.",
			  d->name);
}

static void note_present(struct plan *p, const struct domain *d)
{
	if (is(domain_more(d)->mxcheck, "auto"))
		plan_note(p, "Email Routing is on Automatically Detect now. It will stay as set from then on; undo puts it back on Automatically Detect.");
	for (size_t i = 0; i < d->nmx; i++) {
		const struct mx_host *h = d->mx[i].host;

		if (!h->ours && (dns_unanswered(h->a) || dns_unanswered(h->aaaa)))
			plan_note(p, "The address of its mail exchanger %s could not be looked up.",
				  h->name);
	}
}

/* Mail could be lying or arriving here: true when that is so or not known. */
static bool note_mail(const struct fix_input *in, const struct domain *d,
		      struct plan *p)
{
	const struct mail_here *here = &in->here;
	bool log_read = in->facts->source[SOURCE_LOG].state == SOURCE_OK;
	char when[WHEN_MAX];

	if (!here->asked || !here->known)
		plan_note(p, "Whether mailboxes of %s on this server hold mail could not be read%s%s.",
			  d->name, here->why ? ": " : "", here->why ? here->why : "");
	else if (!here->messages)
		plan_note(p, "No mailbox of %s on this server holds a message.", d->name);
	else
		plan_note(p, "%u mailbox%s of %s on this server hold%s %llu message%s. They stay where they are; new mail no longer joins them.",
			  here->mailboxes, here->mailboxes == 1 ? "" : "es", d->name,
			  here->mailboxes == 1 ? "s" : "",
			  (unsigned long long)here->messages, s_of(here->messages));
	if (!log_read)
		plan_note(p, "Whether mail for it arrives from outside could not be read in the log.");
	else if (domain_more(d)->arrivals.count)
		plan_note(p, "%u message%s for it came from other servers, the last on %s from %s.",
			  domain_more(d)->arrivals.count, s_of(domain_more(d)->arrivals.count),
			  when_text(when, domain_more(d)->arrivals.last),
			  domain_more(d)->arrivals.last_host ? domain_more(d)->arrivals.last_host : "an unknown host");
	else
		plan_note(p, "The log shows no mail for it from other servers since %s.",
			  when_text(when, in->facts->log_from));
	return !here->asked || !here->known || here->messages || !log_read ||
		domain_more(d)->arrivals.count;
}

/* Mail that Exim hands to another server now, past the MX, would stay here. */
static bool note_stays(const struct fix_input *in, const struct domain *d,
		       const char *wanted, struct plan *p)
{
	if (!is(wanted, "local") || !in->leaves_for)
		return false;
	plan_note(p, "Exim now hands mail for %s to %s, although its lists and the MX do not say so (a line in /etc/manualmx, a smarthost). It would no longer get there.",
		  d->name, in->leaves_for);
	return true;
}

/* ---- the plan --------------------------------------------------------- */

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	const struct facts *f = in->facts;
	struct domain *d = facts_domain(f, in->finding->subject);
	const char *wanted = fix_param(in, "value");

	if (check_params(in, e))
		return -1;
	if (!d)
		return err_set(e, ERR_NOT_FOUND, "%s is not on this server",
			       in->finding->subject);
	if (!wanted)
		wanted = by_dns(f, d);
	if (check_verdict(d, e) || check_panel(f, d, e) ||
	    check_gateway(in, d, wanted, e) || check_value(d, wanted, e) ||
	    check_zone(d, wanted, e) || check_exim(f, wanted, e) || check_route(in, d, e))
		return -1;
	plan_op(p, "set_routing", d->name, domain_more(d)->mxcheck, wanted);
	note_effect(p, d, wanted);
	note_present(p, d);
	if ((d->line[LIST_LOCAL] && !is(wanted, "local") && note_mail(in, d, p)) ||
	    note_stays(in, d, wanted, p))
		p->confirm = d->name;
	return 0;
}

const struct fix fix_set_routing = {
	.id = "set_routing",
	.title = "Set Email Routing",
	.risk = "Mail for this domain takes another way from that moment on; mail that has arrived is not moved.",
	.params = "value=local|remote|secondary|auto, gateway=yes",
	.bulk = true,
	.safe = true,
	.plan = plan,
};
