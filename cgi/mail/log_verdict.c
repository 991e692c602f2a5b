#include <string.h>

#include "mail/log_verdict.h"
#include "mail/when.h"

#define DAY 86400

bool log_is_told(const struct facts *f)
{
	return f->log.counted && !f->partial;
}

bool log_is_told_of_domain(const struct facts *f)
{
	return f->log.counted && (!f->partial || f->log.hosted_known);
}

bool log_row_is(const struct log_row *r, const char *class)
{
	return !strcmp(r->class, class);
}

/* ---- domains ------------------------------------------------------------ */

const struct domain *log_domain_of(const struct facts *f, const char *login)
{
	const char *at = strrchr(login, '@');

	if (at)
		return facts_domain(f, at + 1);
	/* Which of its domains is the main one, one of them alone does not tell. */
	return f->partial ? NULL : facts_account_domain(f, login);
}

static bool is_hosted(const struct facts *f, const char *domain)
{
	for (size_t i = 0; i < f->log.nhosted; i++)
		if (!strcmp(f->log.hosted[i], domain))
			return true;
	return facts_domain(f, domain) != NULL;
}

const struct domain *log_claimed_domain(const struct facts *f, const char *account)
{
	return *account == '@' ? facts_domain(f, account + 1) : NULL;
}

static bool exchanges_for(const struct domain *d, const struct ip *ip)
{
	for (size_t i = 0; d && i < d->nmx; i++)
		for (size_t j = 0; j < d->mx[i].host->nips; j++)
			if (ip_equal(&d->mx[i].host->ips[j], ip))
				return true;
	return false;
}

/* Its mail comes here by the MX though no account has it. */
static bool should_be_here(const struct domain *d)
{
	return d && d->routing == ROUTING_NOT_HOSTED;
}

/* ---- clients ------------------------------------------------------------ */

static bool is_own(const struct facts *f, const struct ip *ip)
{
	return ip_is_loopback(ip) || facts_own_address(f, ip);
}

/* An address of this server's stands in the same /16 (/64): a bridge to containers,
 * or a network behind the same router. */
static bool is_beside(const struct facts *f, const struct ip *ip)
{
	for (size_t i = 0; ip_is_private(ip) && i < f->nown; i++)
		if (f->own[i].family == ip->family && ip_is_private(&f->own[i]) &&
		    !memcmp(f->own[i].bytes, ip->bytes, ip->family == 4 ? 2 : 8))
			return true;
	return false;
}

static const struct log_login *customer(const struct facts *f, const struct log_row *r)
{
	const struct log_login *x = log_login_near(&f->log, &r->ip);

	return x && x->last >= (int64_t)(r->day - 1) * DAY ? x : NULL;
}

/* ---- the verdict -------------------------------------------------------- */

static enum refusal_of of_login(const struct facts *f, const struct log_row *r,
				const struct log_login **login)
{
	bool ours = log_domain_of(f, r->account) != NULL;

	if (is_own(f, &r->ip))
		return ours ? REFUSAL_SCRIPT : REFUSAL_UNTOLD;
	*login = ours ? customer(f, r) : NULL;
	if (*login)
		return REFUSAL_CUSTOMER;
	return ip_is_private(&r->ip) ? REFUSAL_UNTOLD : REFUSAL_PROBE;
}

enum refusal_of log_refusal_of(const struct facts *f, const struct log_row *r,
			       const struct log_login **login)
{
	const struct domain *to = *r->domain ? facts_domain_or_other(f, r->domain) : NULL;

	*login = NULL;
	if (!r->ip.family)
		return REFUSAL_UNTOLD;
	if (log_row_is(r, "auth_fail"))
		return of_login(f, r, login);
	if (!*r->domain)
		return REFUSAL_UNTOLD;
	if (is_hosted(f, r->domain) || should_be_here(to))
		return REFUSAL_ROUTING;
	if (is_own(f, &r->ip))
		return REFUSAL_SCRIPT;
	*login = customer(f, r);
	if (*login)
		return REFUSAL_CUSTOMER;
	if (is_beside(f, &r->ip))
		return REFUSAL_CONTAINER;
	if (exchanges_for(to, &r->ip))
		return REFUSAL_GATEWAY;
	return ip_is_private(&r->ip) ? REFUSAL_UNTOLD : REFUSAL_PROBE;
}

bool log_login_failed(const struct facts *f, const struct log_row *r)
{
	for (size_t i = 0; i < f->log.nrows && !strcmp(r->rule, LOG_RULE_AFTER_LOGIN); i++) {
		const struct log_row *x = &f->log.rows[i];

		if ((x->day == r->day || x->day == r->day - 1) &&	/* before midnight */
		    (log_row_is(x, "auth_fail") || log_row_is(x, "auth_tempfail")) && ip_equal(&x->ip, &r->ip) &&
		    log_domain_of(f, x->account))
			return true;
	}
	return false;
}

const struct domain *log_customer_refused(const struct facts *f, const struct log_row *r,
					  const struct log_login **login)
{
	if (!log_row_is(r, "relay_unauth") ||
	    log_refusal_of(f, r, login) != REFUSAL_CUSTOMER ||
	    log_login_failed(f, r))
		return NULL;
	return log_domain_of(f, (*login)->who);
}
