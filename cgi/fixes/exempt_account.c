#include <string.h>

#include "base/text.h"
#include "mail/csf_plan.h"
#include "mail/filter_view.h"

static bool is_account(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->ndomains; i++)
		if (f->domains[i].owner && !strcmp(f->domains[i].owner, name))
			return true;
	return false;
}

/* SMTP_ALLOWUSER has it, though the rules may not yet. */
static bool is_listed(const char *list, const char *name)
{
	struct slice rest = slice_of(list);

	while (rest.n)
		if (slice_eq(slice_trim(slice_cut(&rest, ',')), name))
			return true;
	return false;
}

static int check_account(const struct facts *f, const char *name, struct err *e)
{
	if (!name || !*name)
		return err_set(e, ERR_INPUT,
			       "which account? Say account=NAME; one at a time is let out");
	if (!text_is_account(name) || !is_account(f, name))
		return err_set(e, ERR_INPUT, "'%.40s' is no account of this server that has a domain",
			       name);
	if (!blocking_user(&f->blocking, name))
		return err_set(e, ERR_DENIED, "this system knows no user %s, so no rule can name it", name);
	if (is_listed(f->blocking.csf.allow_users, name))
		return err_set(e, ERR_STALE,
			       "%s stands in SMTP_ALLOWUSER already; if it is still held up, csf -r was not run since", name);
	return 0;
}

static void note_account(const struct facts *f, const char *name, struct plan *p)
{
	plan_note(p, "Programs of the account %s may then connect to the mail ports of other servers by themselves. All other accounts stay restricted.", name);
	plan_note(p, "Mail that they send so does not pass this server's Exim: no log here shows it, and no limit holds it. Should a site of %s be hacked, this server's address may end on blocklists.", name);
	for (size_t i = 0; i < f->blocking.nholds; i++)
		if (!strcmp(f->blocking.holds[i].account, name))
			plan_note(p, "The outgoing mail of %s is %s in WHM. See why before you let its programs past the mail server.",
				  name, f->blocking.holds[i].suspended ? "suspended" : "held");
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	static const char *const takes[] = { "account", NULL };
	const struct facts *f = in->facts;
	const char *name = fix_param(in, "account");

	if (plan_takes(in, takes, "account=NAME", e))
		return -1;
	if (csf_is_active(f) && !f->blocking.csf.smtp_block)
		return err_set(e, ERR_DENIED,
			       "CSF's SMTP_BLOCK is off, so its SMTP_ALLOWUSER exempts nobody; who holds the sites up is another rule");
	if (csf_plan_begin(in, e) || check_account(f, name, e))
		return -1;
	plan_op(p, "set_csf_user", name, "restricted", "exempt");
	note_account(f, name, p);
	csf_plan_end(in, p);
	return 0;
}

const struct fix fix_exempt_account = {
	.id = "exempt_account",
	.title = "Let one account connect to other mail servers",
	.risk = "A hacked site of this account can send spam past the mail server.",
	.params = "account=NAME",
	.plan = plan,
};
