#include <string.h>

#include "base/text.h"
#include "mail/csf_plan.h"
#include "mail/log_verdict.h"

#define DAY 86400
#define DAYS_USUAL 30
#define DAYS_MAX 90

/* What the finding is about: a customer's mail program there was refused. */
static bool is_customers(const struct facts *f, const struct ip *ip, const char *domain)
{
	for (size_t i = 0; i < f->log.nrows; i++) {
		const struct log_row *row = &f->log.rows[i];
		const struct log_login *login;
		const struct domain *d;

		if (!ip_equal(&row->ip, ip))
			continue;
		d = log_customer_refused(f, row, &login);
		if (d && !strcmp(d->name, domain))
			return true;
	}
	return false;
}

static int check_address(const struct fix_input *in, struct err *e)
{
	const char *named = fix_param(in, "address"), *domain = in->finding->subject;
	const struct ip *ip = in->trust ? &in->trust->ip : NULL;

	if (!ip)
		return err_set(e, ERR_INPUT, "'%.50s' is no IP address; name one address, never a network: whoever is in it could send",
			       named ? named : "");
	if (ip_is_loopback(ip) || ip_is_unspecified(ip) || facts_own_address(in->facts, ip))
		return err_set(e, ERR_DENIED, "%.50s is this server itself: every account on it could send as anybody",
			       named);
	if (!is_customers(in->facts, ip, domain))
		return err_set(e, ERR_DENIED, "within the last days nobody of %s was refused from %.50s after logging in from its network; that it is a customer's address is not known",
			       domain, named);
	return 0;
}

static int check_list(const struct relay_trust *t, struct err *e)
{
	if (t->why)
		return err_set(e, ERR_UNAVAILABLE, "whether Exim relays for the address could not be asked: %s",
			       t->why);
	if (t->accepted)
		return err_set(e, ERR_STALE, "Exim relays for this address already; the refusals are older");
	if (!t->path)
		return err_set(e, ERR_DENIED, "this server's Exim is not seen to relay by /etc/trustedmailhosts or /etc/alwaysrelay, and other lists are not changed: relayhosts and recent_authed_mail_ips are made by the panel. Give the device a mailbox to log in with");
	if (t->ip.family == 6 && !t->lookup)
		return err_set(e, ERR_DENIED, "%s is not looked up by address, so how IPv6 has to be written there is not known; change it by hand",
			       t->path);
	return 0;
}

static int check_days(const struct fix_input *in, uint64_t *days, struct err *e)
{
	const char *text = fix_param(in, "days");

	*days = DAYS_USUAL;
	if (!text || !*text || (slice_uint(slice_of(text), DAYS_MAX, days) && *days))
		return 0;
	return err_set(e, ERR_INPUT, "days is a number from 1 to %d, not '%.20s'", DAYS_MAX, text);
}

static void note(const struct relay_trust *t, const char *ip, const char *day, struct plan *p)
{
	plan_note(p, "Whoever sits behind %s may then send to the whole world as anybody, without a password: everybody in that office or household, every guest in its network, and every hacked device. What they send stands in the log under this server's name, and blocklists will list this server for it.",
		  ip);
	plan_note(p, "An address from a provider may belong to somebody else tomorrow. Ask the customer whether it is a fixed one; if not, do not do this.");
	plan_note(p, "A login in the mail program is the better way, and needs no change here: port 465 or 587, the whole address as user name. This is for a device that cannot log in.");
	plan_note(p, "One line is added at the end of %s, and every other byte stays. It holds until the end of %s (UTC); within an hour after that it is taken out by itself, as long as Relay Doctor's service for WHM (relaydoctor-admin) runs. Exim is not restarted.",
		  t->path, day);
	plan_note(p, "Exim was asked as this client without a login, for mail to postmaster@example.com, and refuses: %s. It is asked again afterwards; unless it accepts by this very list, the line is taken out at once.",
		  t->reply);
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	static const char *const takes[] = { "address", "days", NULL };
	const struct relay_trust *t = in->trust;
	char *ip = arena_zalloc(p->arena, IP_TEXT_MAX);
	const char *day;
	uint64_t days;

	if (plan_takes(in, takes, "address=IP, days=NUMBER", e) ||
	    check_address(in, e) || check_days(in, &days, e) || check_list(t, e))
		return -1;
	ip_text(ip, &t->ip);
	day = log_day_text((int32_t)(in->facts->now / DAY + (int64_t)days), p->arena);
	plan_op(p, "trust_address", arena_printf(p->arena, "%s:%s", strrchr(t->path, '/') + 1, ip),
		"absent", arena_printf(p->arena, "until %s", day));
	note(t, ip, day, p);
	if (ip_is_private(&t->ip)) {
		p->confirm = ip;
		p->confirm_why = "This is a private address: in every network that this server is part of, a different machine may have it. Type the address if that is what you want.";
	}
	return 0;
}

const struct fix fix_trust_address = {
	.id = "trust_address",
	.title = "Let one address send without a login for some weeks",
	.risk = "Whoever sits behind that address may send as anybody.",
	.params = "address=IP, days=NUMBER",
	.trusts = true,
	.plan = plan,
};
