#include "core/check.h"
#include "mail/kernel_log.h"
#include "mail/restrictions.h"

static const uint16_t ports[] = { 25, 465, 587 };

static void show(struct report *r, struct finding *x, const struct restricted *o)
{
	for (int v = 0; v < 2; v++)
		for (size_t i = 0; o->asked[v] && i < o->nclasses; i++) {
			const struct fw_answer *a = &o->answer[i][v];

			if (a->verdict == FW_V_UNKNOWN)
				continue;
			finding_evidence(r, x, "users", "%s by IPv%d: %s",
					 class_text(&o->class[i], r->arena), v ? 6 : 4,
					 a->verdict == FW_V_ACCEPTED ? "may connect" :
					 a->verdict == FW_V_REDIRECTED ? "led back to this server" :
					 fw_verdict_name(a->verdict));
			if (a->verdict != FW_V_ACCEPTED)
				filter_evidence(r, x, v ? 6 : 4, a);
		}
}

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	struct restricted o;
	struct finding *x;
	const char *owner;
	bool redirects;

	restricted_look(f, r->arena, &o);
	if (!(o.blocked[0] | o.blocked[1] | o.redirected[0] | o.redirected[1]))
		return;
	redirects = o.redirected[0] || o.redirected[1];
	owner = restrictions_owner(f, redirects);
	x = report_add(r, c, SEV_INFO, SUBJECT_SERVER,
		       f->hostname ? f->hostname : "this server",
		       "The sites' own programs may not connect to other mail servers: %s %s",
		       owner ? owner : "a rule that neither WHM nor CSF has made",
		       redirects ? "leads them back to this one" : "stops them");
	show(r, x, &o);
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		kernel_evidence_out(r, x, f, ports[i]);
	if (csf_is_active(f) && f->blocking.csf.smtp_block)
		return;
	finding_no_fix(r, x, "A site should send through this server (localhost, or sendmail). Where one account must reach another mail server itself, exempt that account alone: CSF's SMTP_ALLOWUSER.");
}

const struct check check_smtp_restrictions_on = {
	.id = "smtp_restrictions_on", .rule = "B03",
	.title = "Only Exim, root and named users may connect to other mail servers",
	.why = "It keeps a hacked site from sending spam past the mail server. A site that is set up to send by an outside provider fails with “connection refused”, or meets this server's certificate instead.",
	.who = "nobody, unless a site must send through an outside mail server",
	.ways = WAY_OUT,
	.needs = SRC_FIREWALL | SRC_ADDRESSES | SRC_OWNERS,
	.run = run,
	.fix = "exempt_account",
	.page_fix = "set_restrictions",
};
