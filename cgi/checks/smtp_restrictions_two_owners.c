#include "core/check.h"
#include "mail/restrictions.h"

static void run(const struct check *c, const struct facts *f, struct report *r)
{
	const struct smtp_restrictions *whm = &f->blocking.restrictions;
	const struct csf_facts *csf = &f->blocking.csf;
	struct finding *x;

	if (!csf_is_active(f) || !whm_restricts(f))
		return;
	x = report_add(r, c, SEV_WARNING, SUBJECT_SERVER,
		       f->hostname ? f->hostname : "this server", csf->smtp_block ?
		       "WHM's SMTP Restrictions and CSF's SMTP_BLOCK are both on, and undo each other's rules" :
		       "WHM's SMTP Restrictions are on, but CSF is running and takes their rules away");
	finding_evidence(r, x, "/var/cpanel/cpanel.config", "smtpmailgidonly=%d%s", whm->on,
			 whm->written ? "" : " (not written, so the default)");
	finding_evidence(r, x, "/var/cpanel/smtpgidonlytweak", whm->flag ?
			 "is there" : "is not there");
	finding_evidence(r, x, "/etc/csf/csf.conf", "SMTP_BLOCK = \"%d\", SMTP_REDIRECT = \"%d\"",
			 csf->smtp_block, csf->smtp_redirect);
}

const struct check check_smtp_restrictions_two_owners = {
	.id = "smtp_restrictions_two_owners", .rule = "B05",
	.title = "WHM and CSF both claim the SMTP restrictions",
	.why = "Each start of CSF flushes the rules that WHM has made. Whether sites are restricted then depends on what ran last, and nobody notices the change.",
	.who = "the server's administrator",
	.ways = WAY_OUT,
	.needs = SRC_CSF | SRC_RESTRICTIONS,
	.run = run,
	.fix = "one_restriction_owner",
};
