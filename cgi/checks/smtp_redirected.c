#include "core/check.h"
#include "mail/restrictions.h"

/* Exim's own connections come back: nothing gets out, and it loops. */
static void exim(const struct check *c, const struct facts *f, struct report *r,
		 int family)
{
	const struct user_class u = exim_class(f);
	struct fw_answer answer;
	struct finding *x;

	filter_out(f, &u, family, 25, &answer);
	if (answer.verdict != FW_V_REDIRECTED)
		return;
	x = report_add(r, c, SEV_CRITICAL, SUBJECT_PORT, family == 6 ? "25 by IPv6" : "25",
		       "A rule leads Exim's own connections to port 25 back to this server (IPv%d)",
		       family);
	filter_evidence(r, x, family, &answer);
	finding_evidence(r, x, "users", "Exim sends as user %u with group %u", u.uid, u.gid);
	finding_no_fix(r, x, "Let Exim's user and group past the rule, as the tool that made it does when it is turned off and on again.");
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct finding *x = NULL;
	struct restricted o;

	for (int family = 4; family <= 6; family += 2)
		if (server_has_family(f, family))
			exim(c, f, r, family);
	restricted_look(f, r->arena, &o);
	for (int v = 0; v < 2; v++)
		for (size_t i = 0; o.redirected[v] && i < o.nclasses; i++) {
			if (o.answer[i][v].verdict != FW_V_REDIRECTED)
				continue;
			if (!x)
				x = report_add(r, c, SEV_INFO, SUBJECT_SERVER,
					       f->hostname ? f->hostname : "this server",
					       "A site's program that connects to another mail server reaches this one instead");
			finding_evidence(r, x, "users", "%s by IPv%d",
					 class_text(&o.class[i], r->arena), v ? 6 : 4);
			filter_evidence(r, x, v ? 6 : 4, &o.answer[i][v]);
		}
	if (x && !(csf_is_active(f) && f->blocking.csf.smtp_block))
		finding_no_fix(r, x, "This is what SMTP Restrictions and CSF's SMTP_REDIRECT do. A site that complains of a wrong certificate, or of its login at an outside provider, has met it.");
}

const struct check check_smtp_redirected = {
	.id = "smtp_redirected", .rule = "A13",
	.title = "Connections to other mail servers are led back to this one",
	.why = "The program believes that it speaks to its provider: it complains of a certificate with this server's name, or of a password that this server does not know.",
	.who = "nobody, if it is meant; the server's administrator where Exim itself is hit",
	.ways = WAY_OUT,
	.needs = SRC_FIREWALL | SRC_ADDRESSES | SRC_OWNERS,
	.run = run,
	.fix = "exempt_account",
};
