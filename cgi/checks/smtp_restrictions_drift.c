#include "core/check.h"
#include "mail/restrictions.h"

static struct finding *add(const struct check *c, const struct facts *f,
			   struct report *r, const char *text)
{
	const struct smtp_restrictions *whm = &f->blocking.restrictions;
	struct finding *x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER,
				       f->hostname ? f->hostname : "this server",
				       "%s", text);

	finding_evidence(r, x, "/var/cpanel/cpanel.config", "smtpmailgidonly=%d%s", whm->on,
			 whm->written ? "" : " (not written, so the default)");
	finding_evidence(r, x, "/var/cpanel/smtpgidonlytweak", whm->flag ?
			 "is there" : "is not there");
	/* Off, with rules or a flag: only their owner knows which of them is meant. */
	if (!whm->on || csf_is_active(f))
		finding_no_fix(r, x, "Turn SMTP Restrictions off and on again in WHM (Security Center), or run /usr/local/cpanel/scripts/smtpmailgidonly on.");
	return x;
}

/* Every class of accounts gets out by this family, of that we are sure. */
static bool unrestricted(const struct restricted *o, int v)
{
	return o->asked[v] && o->free[v] && !o->blocked[v] && !o->redirected[v] &&
		!o->unknown[v];
}

static void rules(const struct check *c, const struct facts *f, struct report *r)
{
	const bool on = whm_restricts(f);
	struct finding *x = NULL;
	struct restricted o;

	restricted_look(f, r->arena, &o);
	if (on && unrestricted(&o, 0) && (unrestricted(&o, 1) || !o.asked[1]))
		x = add(c, f, r, "WHM's SMTP Restrictions are on, but their rules are gone from the firewall");
	else if (on && (unrestricted(&o, 0) || unrestricted(&o, 1)))
		x = add(c, f, r, unrestricted(&o, 0) ?
			"WHM's SMTP Restrictions are on, but only the IPv6 half of their rules is there" :
			"WHM's SMTP Restrictions are on, but only the IPv4 half of their rules is there");
	else if (!on && (o.redirected[0] || o.redirected[1]))
		x = add(c, f, r, "WHM's SMTP Restrictions are off, but rules like theirs still lead sites' connections back to this server");
	for (int v = 0; x && v < 2; v++)
		if (o.asked[v])
			filter_evidence(r, x, v ? 6 : 4, &o.answer[0][v]);
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct smtp_restrictions *whm = &f->blocking.restrictions;

	if (whm->written && whm->on != whm->flag)
		add(c, f, r, whm->on ?
		    "WHM's SMTP Restrictions are on in its settings, but the flag of the running ones is missing" :
		    "WHM's SMTP Restrictions are off in its settings, but the flag of running ones is there");
	/* CSF makes and flushes rules of its own: smtp_restrictions_two_owners. */
	else if (f->source[SOURCE_FIREWALL].state == SOURCE_OK && !csf_is_active(f))
		rules(c, f, r);
}

const struct check check_smtp_restrictions_drift = {
	.id = "smtp_restrictions_drift", .rule = "B03",
	.title = "WHM's SMTP Restrictions are not what their setting says",
	.why = "Rules vanish when somebody flushes the firewall, while WHM still shows the restrictions as on: a hacked site can then send spam past the mail server, and the server's address ends on blocklists.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_RESTRICTIONS | SRC_ADDRESSES,
	.run = run,
	.fix = "repair_restrictions",
};
