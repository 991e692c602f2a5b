#ifndef MAIL_LOG_VERDICT_H
#define MAIL_LOG_VERDICT_H

#include "core/check.h"

/*
 * Whose fault a refusal for relaying or for a wrong login is (rule catalogue, 0.1).
 * The first that fits decides. What a client claims (its greeting, a sender's
 * address, a login) decides nothing by itself: only where it comes from, and what
 * this server itself hosts.
 */
enum refusal_of {
	REFUSAL_UNTOLD,		/* the line does not say enough */
	REFUSAL_ROUTING,	/* the recipient's domain is, or should be, ours: the
				 * routing checks say what is wrong */
	REFUSAL_SCRIPT,		/* from this server itself */
	REFUSAL_CONTAINER,	/* from a private network that it is part of */
	REFUSAL_CUSTOMER,	/* from a network that somebody logged in from, the day
				 * before or since */
	REFUSAL_GATEWAY,	/* from a mail exchanger of the recipient's domain */
	REFUSAL_PROBE,		/* nobody's here: rightly refused */
};

/* r: of class relay_unauth or auth_fail. *login: a customer's (REFUSAL_CUSTOMER). */
enum refusal_of log_refusal_of(const struct facts *f, const struct log_row *r,
			       const struct log_login **login);
/* The refusals of r came within 15 minutes of a login of the same client, to a mailbox
 * or an account of this server's, that failed: they follow from that. */
bool log_login_failed(const struct facts *f, const struct log_row *r);

/* r is a customer's refusal for relaying, and not the consequence of a login that
 * failed: the domain of the login that shows whose. NULL: it is not. */
const struct domain *log_customer_refused(const struct facts *f, const struct log_row *r,
					  const struct log_login **login);

/* The domain that a login belongs to: the one of "user@domain", or the account's main
 * one. NULL: none of this server's. */
const struct domain *log_domain_of(const struct facts *f, const char *login);
/* The same of "@domain", which a sender has claimed. */
const struct domain *log_claimed_domain(const struct facts *f, const char *account);

/* What the checks look at: there is a log, and all domains are known. */
bool log_is_told(const struct facts *f);
/* For findings about a domain: or one is looked at, and of the others it is known
 * which there are. */
bool log_is_told_of_domain(const struct facts *f);
bool log_row_is(const struct log_row *r, const char *class);

/* ---- rows that are about the same ---------------------------------------- */

#define LOG_GROUP_SHOWN 5

struct log_group {
	const char *subject;
	uint64_t n;
	int32_t last;		/* the last day */
	size_t nips, nnames;	/* different ones; LOG_GROUP_SHOWN are kept */
	struct ip ips[LOG_GROUP_SHOWN];
	const char *names[LOG_GROUP_SHOWN];
	const struct log_login *login;	/* the last one seen, or NULL */
	uint64_t unadvertised;	/* of n, right after a login tried where none is offered */
	struct log_group *next;
};

/* The group of that subject, made where there is none. */
struct log_group *log_group_at(struct log_group **all, const char *subject, struct arena *a);
/* name: whom the row is about as well, or NULL. */
void log_group_add(struct log_group *g, const struct log_row *r, const char *name);
/* "203.0.113.5, 203.0.113.6 and others" */
const char *log_group_addresses(const struct log_group *g, struct arena *a);
const char *log_group_names(const struct log_group *g, struct arena *a);

/* A count as evidence: "N refusals within 7 days, the last on 2026-11-24"; and as
 * the finding's impact. */
void log_group_evidence(struct report *r, struct finding *x, const struct log_group *g,
			const char *what);
/* "2026-11-24" */
const char *log_day_text(int32_t day, struct arena *a);

#endif
